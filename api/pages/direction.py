"""Marks of direction in customers' text: what a text opens, it must close, or it turns round what stands behind it.

A right-to-left override in a name would reverse the rest of the line that the page wrote. Unicode's algorithm ends an
embedding or isolate at its closing mark or at the end of the paragraph (UAX #9, rules X1 to X8), so the missing closing
marks are added behind the text. What a page must show as it was delivered is escaped in the template by hand (``|e``)
and passes unchanged.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_ISOLATES = frozenset("\u2066\u2067\u2068")


def closed(value: Any) -> Any:
    """A value of a template as it may stand in a line; all but plain text with open marks is left alone."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    missing = _missing(_CONTROLS.findall(value))
    return value + missing if missing else value


def _missing(controls: list[str]) -> str:
    """The closing marks that are not there, the innermost first."""
    opened: list[str] = []
    for mark in controls:
        if mark == _POP_EMBEDDING:
            if opened and opened[-1] == _POP_EMBEDDING:
                opened.pop()
        elif mark == _POP_ISOLATE:
            if _POP_ISOLATE in opened:
                while opened.pop() != _POP_ISOLATE:
                    pass
        else:
            opened.append(_POP_ISOLATE if mark in _ISOLATES else _POP_EMBEDDING)
    return "".join(reversed(opened))
