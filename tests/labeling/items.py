"""Items as labeling knows them, for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from labeling.interchange.shape import Item
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record, Suggestion

TEXT = "Call with Dana 🚒 on Monday.\nThe new CFO wants fewer tools by March. We still rebuild the report in Excel."
WHEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def span(words: str, label: str, text: str = TEXT, **attributes: object) -> LabelledSpan:
    start = text.index(words)
    return LabelledSpan(label, start, start + len(words), attributes)


CFO = span("The new CFO wants fewer tools by March.", "vendor_consolidation", driver="finance", deadline="by March")
EXCEL = span("We still rebuild the report in Excel.", "workaround", means="spreadsheet", effort_hours_per_month=2.5)
SUGGESTED = Suggestion((CFO,), {"vendor_consolidation": 0.81, "workaround": 0.3}, "2026.11.3")


def record(record_id: str = "r-1", suggestion: Suggestion | None = SUGGESTED, **facts: object) -> Record:
    known = {
        "document_id": "d-1",
        "account_id": "acme",
        "kind": "meeting_note",
        "occurred_at": WHEN,
        "text": TEXT,
        "start": CFO.start,
        "end": EXCEL.end,
        "origin": "random",
    }
    return Record(record_id=record_id, suggestion=suggestion, **(known | facts))


def annotation(
    annotator: str = "kim@example.com",
    spans: tuple[LabelledSpan, ...] = (CFO, EXCEL),
    state: AnnotationState = AnnotationState.SUBMITTED,
    **facts: object,
) -> Annotation:
    known = {
        "annotation_id": f"a-{annotator}",
        "record_id": "r-1",
        "guideline_version": "1",
        "made_at": WHEN,
        "seconds": 4.25,
        "reason": None,
        "comment": None,
    }
    return Annotation(annotator=annotator, spans=spans, state=state, **(known | facts))


ITEMS = (
    Item(
        record(),
        (
            annotation(comment="clear"),
            annotation("lee@example.com", (CFO,), AnnotationState.DRAFT, seconds=None),
            annotation("sam@example.com", (), AnnotationState.SKIPPED, reason="too short"),
            annotation("ana@example.com", ()),
        ),
    ),
    Item(record("r-2", None, document_id="d-2", kind="email")),
)
