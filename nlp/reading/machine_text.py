"""Lines that no person formulated: logs, stack traces, code, queries, addresses alone, rulers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import SkipReason
from nlp.reading.lines import Line

_LOG = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?[^\sa-z]{0,12}\s+(?:\[|(?:ERROR|WARN|INFO|DEBUG|FATAL|TRACE|NOTICE)|[\w.-]{1,60}\[\d+\]:)"
    r"|\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d[.,]\d{2,6}"
    r"|\[?(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE|CRITICAL)(?:\]|\s*[:\[]|\s+(?:\d|[\w-]{1,40}\.[\w.]{1,60}))"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s{1,2}\d{1,2} \d\d:\d\d:\d\d \S"
)
_TRACE = re.compile(
    r"at [\w$.<>/]{2,200}\(|at \S{1,120} \([^)]{2,200}:\d+|Traceback \(most|File \"[^\"]{1,200}\", line \d|Caused by: "
    r"|\.\.\. \d+ more|[\w.$]{2,120}(?:Error|Exception|Warning):(?:\s|$)|#\d+\s+0x[0-9a-f]+|goroutine \d+ \["
)
_COMMAND = re.compile(
    r"[$>#%] ?(?:sudo|curl|npm|pip|git|docker|kubectl|cd|ls|cat|ssh|python|node|psql|wget)\b|PS [A-Z]:\\|C:\\\S+>"
    r"|curl -|(?:GET|POST|PUT|PATCH|DELETE|HEAD) (?:/|https?:)\S*|HTTP/\d(?:\.\d)? \d{3}|<\?xml|<!DOCTYPE|#!/"
)
_SQL_BEGIN = re.compile(
    r"(?:SELECT\s.{1,300}|SELECT|INSERT INTO \w|UPDATE [\w.\"]{1,80}\s+SET\b|DELETE FROM \w|CREATE (?:TABLE|INDEX|VIEW)|ALTER TABLE|WITH \w{1,60} AS \()"
)
_SQL_ANY_CASE = re.compile(
    r"select\s.{1,200}\sfrom\s+[\w.\"]{1,80}(?:\s|;|$).{0,200}(?:;|\bwhere\b|=|\bjoin\b|\blimit\b)", re.IGNORECASE
)
_SQL_ON = re.compile(
    r"(?:FROM|WHERE|AND|OR|LEFT|INNER|JOIN|GROUP BY|ORDER BY|HAVING|SET|VALUES|LIMIT|ON|UNION|\)|--)(?!\w)"
)
_CODE = re.compile(
    r"(?:func|function|public|private|static|import|const|let|var|return|if|for|while|try|catch|export|package)\b.{0,160}[{;]$"
    r"|(?:def|class) \w{1,60}(?:\(.{0,120}\))?:$|from [\w.]{1,80} import \w|import [\w.]{1,80}$"
    r"|[\w.\[\]\"']{1,60}\s*(?:[+-]?=|:=|=>)\s*.{0,160};\s*$|[{}\[\]();,]{1,12}$|</?[a-z][\w-]{0,20}(?:\s[^<>]{0,200})?/?>$"
    r"|[\"'][\w.-]{1,60}[\"']\s*:\s*.{1,200}[,{\[]?$|\{\s*[\"'].{0,300}[\"'\d\]}]\s*[}\],]+,?$"
)
_PAIRS = re.compile(r"(?:[\w.-]{1,40}=\S{1,120}[\s,;&]+){2,12}\S{0,120}$")
_LABELLED = re.compile(
    r"(?:trace|correlation|request|session|span|event|transaction|error|build)[ _-]?(?:id|code|no|number)\s?[:=#]\s?\S{3,80}$"
    r"|user[- ]?agent\s?[:=]\s?\S.{0,200}$|mozilla/\d",
    re.IGNORECASE,
)
_URL = re.compile(r"[<(\[]?(?:https?://|www\.|ftp://|file://)\S{1,380}[>)\]]?$")
_FILE_MENTION = re.compile(
    r"[\[<(]?(?:image|cid|inline image|attachment|screenshot|file|attached file)\s?[:#-]\s?\S.{0,80}[\])>]?$|[\w%()+ -]{1,60}\.(?:png|jpe?g|gif|pdf|docx?|xlsx?|csv|zip|log|txt|har|mp4)(?:\s?\([\d.,]+\s?[kmg]?b\))?$",
    re.IGNORECASE,
)
_SQL_LINES_MAX = 60


def mark_machine_text(lines: Sequence[Line]) -> None:
    """Mark fenced blocks, traces, queries and single lines."""
    fenced, query, traced = False, 0, False
    for line in lines:
        fence = line.probe.startswith(("```", "~~~~", "{code", "[code", "{noformat"))
        closes = fence and len(line.probe) > 6 and line.probe.endswith("```")
        if fenced or fence:
            line.skip(SkipReason.LOG_OR_CODE)
        fenced = (fenced != fence) and not closes
        if line.reason is not None:
            continue
        query = _query_lines(line, query)
        traced = _is_traced(line, traced)
        if query or traced or is_machine_line(line):
            line.skip(SkipReason.LOG_OR_CODE)
        elif is_ruler(line.probe):
            line.skip(SkipReason.MARKUP)


def is_ruler(probe: str) -> bool:
    """Nothing to read: dashes, dots, signs. A mark of feeling (an emoji) is something."""
    return len(probe) > 1 and probe.isascii() and not any(map(str.isalnum, probe)) and not probe.startswith((":", ";"))


def is_machine_line(line: Line) -> bool:
    """Whether a single line was written by a machine or for one."""
    probe = line.probe
    if _LOG.match(probe):
        return True
    if not line.short:
        return False
    if _TRACE.match(probe) or _COMMAND.match(probe) or _URL.match(probe) or _SQL_ANY_CASE.match(probe):
        return True
    return bool(_CODE.match(probe) or _PAIRS.match(probe) or _LABELLED.match(probe) or _FILE_MENTION.match(probe))


def _query_lines(line: Line, query: int) -> int:
    """How many lines of a query are still expected; 0 outside one."""
    if query and not line.gap and _SQL_ON.match(line.probe):
        return 0 if line.probe.endswith(";") else query - 1
    if _SQL_BEGIN.match(line.probe):
        return _SQL_LINES_MAX
    return query - 1 if query > 1 and not line.gap and line.text[:1] in " \t" else 0


def _is_traced(line: Line, traced: bool) -> bool:
    """A stack trace goes on while its lines are indented or frames."""
    if _TRACE.match(line.probe):
        return True
    return traced and not line.gap and line.text[:1] in " \t"
