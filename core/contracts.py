"""What may come in: the JSON contracts of documents and accounts, and JSON Lines of them.

CLI, API and flows all parse through here, so that one input has one meaning and one error message everywhere.
Unknown fields are kept in ``metadata``; they are never an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.entities import Account, Document, Kind, Participant, RequestStatus, Side, Standing, Tier
from core.errors import DocumentError, ForeshockError, InputError, TooLarge
from core.settings import get_settings

ID_MAX = 256
NAME_MAX = 512
TITLE_MAX = 2_000
PARTICIPANTS_MAX = 500

T = TypeVar("T")


class _Contract(BaseModel):
    """Shared behaviour: strict on what we name, tolerant of what we don't."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    keeps_metadata: ClassVar[bool] = True

    @model_validator(mode="before")
    @classmethod
    def _unknown_to_metadata(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not cls.keeps_metadata:
            return data
        unknown = {key: value for key, value in data.items() if key not in cls.model_fields}
        if not unknown:
            return data
        known = {key: value for key, value in data.items() if key in cls.model_fields}
        metadata = known.get("metadata") or {}
        if not isinstance(metadata, dict):
            return data
        known["metadata"] = {**unknown, **metadata}
        return known


class ParticipantIn(BaseModel):
    """A person as delivered. An empty name is allowed: exports are like that."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field("", max_length=NAME_MAX, examples=["Dana Whitfield"])
    email: str | None = Field(None, max_length=NAME_MAX, examples=["dana@acme.example"])
    title: str | None = Field(None, max_length=NAME_MAX, examples=["Head of Operations"])
    side: Side = Side.UNKNOWN

    def entity(self) -> Participant:
        """The domain's view of it."""
        return Participant(name=self.name, email=self.email, title=self.title, side=self.side)


class DocumentIn(_Contract):
    """One document, contract version 1."""

    id: str = Field(min_length=1, max_length=ID_MAX, examples=["zendesk-4711"])
    account_id: str = Field(min_length=1, max_length=ID_MAX, examples=["acme"])
    account_name: str | None = Field(None, max_length=NAME_MAX, examples=["Acme Robotics"])
    kind: Kind = Field(examples=["email"])
    occurred_at: AwareDatetime = Field(examples=["2026-03-02T09:30:00+01:00"])
    title: str | None = Field(None, max_length=TITLE_MAX, examples=["Renewal"])
    author: ParticipantIn | None = None
    participants: list[ParticipantIn] = Field(default_factory=list, max_length=PARTICIPANTS_MAX)
    text: str = Field(examples=["Our new CFO wants every team to defend its subscriptions by March."])
    source: str = Field("file", min_length=1, max_length=64, examples=["zendesk"])
    metadata: dict[str, Any] = Field(default_factory=dict)

    @field_validator("occurred_at", mode="before")
    @classmethod
    def _only_iso_8601(cls, value: Any) -> Any:
        # A bare number would be taken for seconds since 1970, which is never what a sender of ISO dates meant.
        if not isinstance(value, str | datetime):
            raise ValueError("must be an ISO 8601 string with a zone, such as 2026-03-02T09:30:00+01:00")
        return value

    def entity(self) -> Document:
        """The domain's view of it.

        Raises:
            TooLarge: if the text exceeds ``FORESHOCK_MAX_DOCUMENT_BYTES``.
            DocumentError: if a string holds a character that no database or encoding can carry.
        """
        self._check_characters()
        self._check_size()
        return Document(
            id=self.id,
            account_id=self.account_id,
            account_name=self.account_name,
            kind=self.kind,
            occurred_at=self.occurred_at,
            title=self.title,
            author=self.author.entity() if self.author else None,
            participants=tuple(person.entity() for person in self.participants),
            text=self.text,
            source=self.source,
            metadata=self.metadata,
        )

    def _check_characters(self) -> None:
        """NUL can't be stored by PostgreSQL, and half of a surrogate pair by nobody."""
        where = f"document {self.id!r}"
        at = self.text.find("\x00")
        if at >= 0:
            raise DocumentError(f"text holds a NUL at character {at}", where=where, remedy="remove it at the source")
        try:
            self.text.encode("utf-8")
            rest = json.dumps(self.model_dump(mode="json", exclude={"text"}), ensure_ascii=False)
            rest.encode("utf-8")
        except UnicodeEncodeError as error:
            place = "text" if error.object is self.text else "a field"
            raise DocumentError(
                f"{place} holds a lone surrogate at character {error.start}", where=where, remedy="deliver UTF-8"
            ) from None
        if "\\u0000" in rest:
            raise DocumentError("a field other than text holds a NUL", where=where, remedy="remove it at the source")

    def _check_size(self) -> None:
        limit = get_settings().max_document_bytes
        if len(self.text) * 4 <= limit:
            return
        size = len(self.text.encode("utf-8"))
        if size > limit:
            raise TooLarge(
                f"text has {size:,} bytes, the limit is {limit:,}",
                where=f"document {self.id!r}",
                remedy="split it, or raise FORESHOCK_MAX_DOCUMENT_BYTES",
            )


class AccountIn(_Contract):
    """One account, contract version 1. Only the id is required."""

    account_id: str = Field(min_length=1, max_length=ID_MAX, examples=["acme"])
    account_name: str | None = Field(None, max_length=NAME_MAX, examples=["Acme Robotics"])
    tier: Tier | None = Field(None, description="Your word; without it the policy says who is a best customer.")
    arr_usd: float | None = Field(None, ge=0, le=1e12, examples=[48_000])
    owner: str | None = Field(None, max_length=NAME_MAX)
    segment: str | None = Field(None, max_length=NAME_MAX)
    renewal_date: date | None = None
    strategic: bool = False
    active_reference: bool = False
    nps: float | None = Field(None, ge=0, le=10, description="Latest answer to how likely they are to recommend us.")
    tenure_years: float | None = Field(None, ge=0, le=200)
    customer_since: date | None = Field(None, description="Says more than `tenure_years`, which grows old.")
    metadata: dict[str, Any] = Field(default_factory=dict)

    def entity(self) -> Account:
        """The domain's view of it."""
        renewal = datetime.combine(self.renewal_date, time(), UTC) if self.renewal_date else None
        return Account(
            id=self.account_id,
            name=self.account_name,
            tier=self.tier,
            arr_usd=self.arr_usd,
            owner=self.owner,
            segment=self.segment,
            renewal_date=renewal,
            standing=Standing(self.strategic, self.active_reference, self.nps, self.tenure_years, self.customer_since),
            metadata=self.metadata,
        )


class RequestStateIn(BaseModel):
    """What became of a feature request, as a roadmap tool says."""

    model_config = ConfigDict(extra="ignore")

    request_id: UUID
    status: RequestStatus | None = None
    title: str | None = Field(None, min_length=1, max_length=120)


def describe(error: ValidationError) -> str:
    """A validation error in words, naming each field; the rejected values are left out, they may be customer text."""
    parts = []
    for item in error.errors(include_input=False, include_url=False, include_context=False):
        field = ".".join(str(step) for step in item["loc"]) or "body"
        parts.append(f"{field}: {item['msg'].removeprefix('Value error, ')}")
    return "; ".join(parts)


def parse_document(data: Any, *, where: str | None = None) -> Document:
    """A document from decoded JSON.

    Raises:
        DocumentError: naming every field that is wrong.
        TooLarge: if its text exceeds the limit.
    """
    return _parse(DocumentIn, data, where).entity()


def parse_account(data: Any, *, where: str | None = None) -> Account:
    """An account from decoded JSON.

    Raises:
        DocumentError: naming every field that is wrong.
    """
    return _parse(AccountIn, data, where).entity()


def parse_request_state(data: Any, *, where: str | None = None) -> RequestStateIn:
    """The state of a request from decoded JSON.

    Raises:
        DocumentError: naming every field that is wrong.
    """
    return _parse(RequestStateIn, data, where)


M = TypeVar("M", bound=BaseModel)


def _parse(model: type[M], data: Any, where: str | None) -> M:
    if not isinstance(data, dict):
        raise DocumentError(f"expected a JSON object, got {type(data).__name__}", where=where)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise DocumentError(describe(error), where=where, remedy="see docs/bring-your-own-documents.md") from None


@dataclass(frozen=True, slots=True)
class Line(Generic[T]):
    """One line of a file: what it holds, or why it holds nothing."""

    number: int
    value: T | None
    error: ForeshockError | None


def read_json_lines(lines: Iterable[bytes], parse: Callable[..., T], *, name: str) -> Iterator[Line[T]]:
    """Parse JSON Lines one by one; a bad line is reported in its place and does not stop the rest.

    Blank lines are passed over. A byte order mark before the first line is accepted.
    """
    for number, raw in enumerate(lines, 1):
        where = f"{name}, line {number}"
        stripped = raw.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else raw.strip()
        if not stripped:
            continue
        try:
            yield Line(number, parse(_decode(stripped, where), where=where), None)
        except InputError as error:
            error.where = error.where if error.where and error.where.startswith(where) else where
            yield Line(number, None, error)


def _decode(raw: bytes, where: str) -> Any:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"byte {error.start + 1} is not UTF-8", where=where, remedy="convert the file to UTF-8"
        ) from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"not valid JSON at column {error.colno}: {error.msg}", where=where, remedy="one JSON object a line"
        ) from None
    except (RecursionError, ValueError):
        raise DocumentError("JSON is nested too deeply or holds an impossible number", where=where) from None
