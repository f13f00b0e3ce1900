"""All attributes of one mention, by its label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.entities import Document, Label, Span
from nlp.attributes.effort import find_effort
from nlp.attributes.names import competitors_in, platform_in
from nlp.attributes.phrases import capability_in, gap_in
from nlp.dates import find_dates
from nlp.encoder import Array
from nlp.gazetteer import KnownName
from nlp.outputs import CHOICES, FLAGS, INDEX, choice_range

# People disagree most on how critical a request is; it is stated only where the reader is fairly sure.
_SURE_ENOUGH = {"criticality": 0.5, "driver": 0.0, "stance": 0.0}
_FLAG_LOGIT = 0.0


@dataclass(frozen=True, slots=True)
class MentionContext:
    """What the attributes of a mention may be read from."""

    document: Document
    span: Span
    known: Sequence[KnownName]
    outputs: Array
    tagged: Sequence[Span]
    earlier_rivals: Sequence[str]


def attributes_of(label: Label, context: MentionContext) -> dict[str, Any]:
    """The attributes that the labelling standard names for ``label``; what is not said is left out."""
    decided: dict[str, Any] = _choices(label, context.outputs) | _flags(label, context.outputs)
    return decided | _READERS[label](context)


def _choices(label: Label, outputs: Array) -> dict[str, Any]:
    found = {}
    for choice in CHOICES:
        if choice.label != label:
            continue
        logits = outputs[choice_range(choice)]
        shares = np.exp(logits - logits.max())
        best = int(shares.argmax())
        if shares[best] / shares.sum() >= _SURE_ENOUGH.get(choice.key, 0.0):
            found[choice.key] = choice.values[best]
    return found


def _flags(label: Label, outputs: Array) -> dict[str, Any]:
    return {
        flag.key: True
        for flag in FLAGS
        if flag.label == label and flag.key != "in_house" and outputs[INDEX[f"{label}.{flag.key}"]] > _FLAG_LOGIT
    }


def _competitive(context: MentionContext) -> dict[str, Any]:
    in_house = bool(context.outputs[INDEX[f"{Label.COMPETITIVE_MENTION}.in_house"]] > _FLAG_LOGIT)
    names = competitors_in(
        context.document,
        context.span,
        context.known,
        context.tagged,
        in_house=in_house,
        earlier=context.earlier_rivals,
    )
    return {"competitors": names}


def _consolidation(context: MentionContext) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if platform := platform_in(context.document, context.span, context.known, context.tagged):
        found["platform"] = platform
    dates = find_dates(context.span.of(context.document.text), context.document.occurred_at.date(), "future")
    if dates:
        found["deadline"], found["deadline_date"] = dates[-1].text, dates[-1].resolved
    return found


def _workaround(context: MentionContext) -> dict[str, Any]:
    found: dict[str, Any] = {}
    text = context.span.of(context.document.text)
    if effort := find_effort(text):
        found["effort"], found["effort_hours_per_month"] = effort.text, effort.hours_per_month
    if gap := gap_in(text):
        found["gap"] = gap
    return found


def _request(context: MentionContext) -> dict[str, Any]:
    found: dict[str, Any] = {}
    text = context.span.of(context.document.text)
    if capability := capability_in(text):
        found["capability"] = capability
    dates = find_dates(text, context.document.occurred_at.date(), "past")
    if dates:
        found["waiting_since"], found["waiting_since_date"] = dates[0].text, dates[0].resolved
    return found


_READERS = {
    Label.COMPETITIVE_MENTION: _competitive,
    Label.VENDOR_CONSOLIDATION: _consolidation,
    Label.WORKAROUND: _workaround,
    Label.UNBUILT_FEATURE_REQUEST: _request,
}
