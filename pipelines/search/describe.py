"""What was found, told: texts, the words that matched, and why each sentence is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.tables import AccountRow, DocumentRow, SentenceRow, SignalRow
from nlp.lexical import words
from pipelines.search.candidates import signals_of
from pipelines.search.lexicon import Group, Known
from pipelines.search.ranking import Found, Scored
from pipelines.wire import moment


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its text and where it comes from."""

    text: str
    speaker: str | None
    side: str
    document: DocumentRow
    account_name: str | None


def describe(session: Session, found: Sequence[Found], groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Documents as a page of results shows them."""
    said = _said(session, (item.candidate.sentence_id for one in found for item in one.best))
    signals = signals_of(session, (one.document_id for one in found))
    rows = []
    for one in found:
        best = [item for item in one.best if item.candidate.sentence_id in said]
        if best:
            told = [sentence_json(item, said[item.candidate.sentence_id], groups, signals) for item in best]
            rows.append(_document(said[best[0].candidate.sentence_id]) | {"score": one.score, "sentences": told})
    return rows


def describe_sentences(session: Session, scored: Sequence[Scored], groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Sentences one by one, each with its document."""
    said = _said(session, (item.candidate.sentence_id for item in scored))
    signals = signals_of(session, {item.candidate.document_id for item in scored})
    return [
        _document(said[item.candidate.sentence_id])
        | sentence_json(item, said[item.candidate.sentence_id], groups, signals)
        for item in scored
        if item.candidate.sentence_id in said
    ]


def sentence_json(item: Scored, said: Said, groups: Sequence[Group], signals: Sequence[SignalRow]) -> dict[str, Any]:
    """A sentence that was found, with the reason."""
    place = item.candidate
    marks = _marks(said.text, place.start, groups)
    seen = {mark["asked"] for mark in marks}
    around = [group.asked for at, group in enumerate(groups) if place.groups >> at & 1 and group.asked not in seen]
    return {
        "sentence_id": public_id(place.sentence_id),
        "start": place.start,
        "end": place.end,
        "text": said.text,
        "speaker": {"name": said.speaker, "side": said.side},
        "score": item.score,
        "marks": marks,
        "why": {
            "words": [{key: mark[key] for key in ("asked", "found", "how")} for mark in _once(marks)],
            "around": around,
            "likeness": round(place.cosine, 3),
            "signal": item.label,
            "parts": {name: round(getattr(item, name), 4) for name in ("meaning", "words", "covered", "signal")},
        },
        "signals": [
            {"signal_id": str(row.signal_id)}
            | {"label": row.label, "start": row.start, "end": row.end, "score": row.score}
            for row in signals
            if row.document_id == place.document_id and row.start < place.end and place.start < row.end
        ],
    }  # fmt: skip


def public_id(sentence_id: int) -> str:
    """A sentence's id as it is told: sixteen hexadecimal digits, as JSON numbers lose the last of 63 bits."""
    return f"{sentence_id:016x}"


def _said(session: Session, sentence_ids: Iterable[int]) -> dict[int, Said]:
    row = SentenceRow
    cut = func.substr(DocumentRow.text, row.start + 1, row.end - row.start)
    found = session.execute(
        select(row.sentence_id, cut, row.speaker, row.side, DocumentRow, AccountRow.name)
        .join(DocumentRow, DocumentRow.document_id == row.document_id)
        .outerjoin(AccountRow, AccountRow.account_id == DocumentRow.account_id)
        .where(row.sentence_id.in_(list(sentence_ids)))
    )
    return {
        sentence: Said(cut, speaker, side, document, name) for sentence, cut, speaker, side, document, name in found
    }


def _document(said: Said) -> dict[str, Any]:
    document = said.document
    return {
        "document": {"source": document.source, "id": document.external_id},
        "title": document.title,
        "account_id": document.account_id,
        "account_name": said.account_name,
        "kind": document.kind,
        "occurred_at": moment(document.occurred_at),
    }


def _marks(text: str, offset: int, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Words of a sentence that stand for words of the query, at their places in the document."""
    known: dict[str, tuple[str, Known]] = {
        form.term: (group.asked, form) for group in reversed(groups) for form in group.known
    }
    marks: list[dict[str, Any]] = []
    for word in words(text):
        if word.form not in known or (marks and offset + word.start < marks[-1]["end"]):
            continue
        asked, form = known[word.form]
        marks.append(
            {
                "start": offset + word.start,
                "end": offset + word.end,
                "found": text[word.start : word.end],
                "asked": asked,
                "how": form.nearness,
            }
        )
    return marks


def _once(marks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(mark["asked"], mark["found"].lower()): mark for mark in marks}.values())
