"""What the standard asks to be told of each label, in the form in which a person is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.entities import Label
from core.errors import InputError
from nlp.outputs import CHOICES, FLAGS

TEXT_MAX = 300
LIST_MAX = 20


@dataclass(frozen=True, slots=True)
class Question:
    """One attribute: a choice among ``values``, a flag, a number, a few words, or a list of names."""

    key: str
    kind: Literal["choice", "flag", "number", "text", "list"]
    values: tuple[str, ...] = ()


_WORDS: Mapping[Label, tuple[Question, ...]] = {
    Label.COMPETITIVE_MENTION: (Question("competitors", "list"),),
    Label.VENDOR_CONSOLIDATION: (
        Question("platform", "text"),
        Question("deadline", "text"),
        Question("deadline_date", "text"),
    ),
    Label.WORKAROUND: (
        Question("effort", "text"),
        Question("effort_hours_per_month", "number"),
        Question("gap", "text"),
    ),
    Label.UNBUILT_FEATURE_REQUEST: (
        Question("capability", "text"),
        Question("waiting_since", "text"),
        Question("waiting_since_date", "text"),
    ),
}
_NOT_ASKED = "in_house"  # said among the competitors


def questions_of(label: str) -> tuple[Question, ...]:
    """What is asked of a label; nothing of one that a workspace made itself."""
    if label not in set(Label):
        return ()
    known = Label(label)
    choices = [Question(choice.key, "choice", choice.values) for choice in CHOICES if choice.label is known]
    flags = [Question(flag.key, "flag") for flag in FLAGS if flag.label is known and flag.key != _NOT_ASKED]
    return (*choices, *_WORDS[known], *flags)


def checked_attributes(label: str, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The attributes, once each is one that the label has, with a value that it may take.

    Raises:
        InputError: naming the first that is not. A label that a workspace made itself may carry any.
    """
    questions = {question.key: question for question in questions_of(label)}
    if not questions:
        return dict(given)
    for key, value in given.items():
        place = f"{where}.{key}"
        if key not in questions:
            known = ", ".join(questions)
            raise InputError(f"{label} has no such attribute", where=place, remedy=f"it has {known}")
        _check(questions[key], value, place)
    return dict(given)


def _check(question: Question, value: Any, where: str) -> None:
    match question.kind:
        case "choice":
            right = value in question.values
            wanted = f"one of {', '.join(question.values)}"
        case "flag":
            right, wanted = isinstance(value, bool), "true or false"
        case "number":
            right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
            wanted = "a number that is not negative"
        case "text":
            right, wanted = _is_text(value), f"text of up to {TEXT_MAX} characters"
        case "list":
            right = isinstance(value, list | tuple) and len(value) <= LIST_MAX and all(_is_text(item) for item in value)
            wanted = f"a list of up to {LIST_MAX} names"
    if not right:
        raise InputError(f"must be {wanted}", where=where)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= TEXT_MAX and "\x00" not in value
