"""Search: sentences by what they say, what an account says of something, and searches that were saved."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from api.deps import Cursor, LabelQuery, ReadCaller, ServicesDep, WriteCaller, who_says, zoned
from api.problems import PROBLEMS
from api.v1.schemas import DocumentRefOut, Page, SpeakerOut
from core.custom_labels import CustomLabel
from core.entities import Kind, Label, Side, Tier
from core.errors import InputError
from labeling.members import PERSON_MAX
from pipelines.search.filters import SearchFilters
from pipelines.search.saved import NAME_MAX, NewHits
from pipelines.search.service import TEXT_MAX

router = APIRouter(responses=PROBLEMS, tags=["search"])

LIMIT_MAX = 100
Text = Annotated[str, Query(max_length=TEXT_MAX, description="What is looked for, in words.", examples=["day passes"])]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many documents a page holds.")]
SentenceId = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="`sentence_id` of a sentence that was found.")]


class FiltersIn(BaseModel):
    """What a search is narrowed to; all of it holds at once."""

    account_id: str | None = Field(None, max_length=256)
    tier: Tier | None = None
    owner: str | None = Field(None, max_length=512)
    kind: Kind | None = None
    side: Side | None = Field(None, description="Whose words: the account's, ours, or not known.")
    speaker: str | None = Field(None, max_length=512, description="A part of a name, in any case.")
    label: Label | CustomLabel | None = Field(None, description="Only sentences that carry this signal.")
    since: datetime | None = Field(None, description="Not before this moment or day.")
    until: datetime | None = Field(None, description="Before this moment or day.")

    def filters(self) -> SearchFilters:
        """As the service takes them. A moment without a zone is taken as UTC.

        Raises:
            InputError: if no moment can be in both bounds.
        """
        since, until = zoned(self.since), zoned(self.until)
        if since and until and since >= until:
            raise InputError("since must lie before until", where="query")
        return SearchFilters(
            account_id=self.account_id,
            tier=self.tier,
            owner=self.owner,
            kind=self.kind,
            side=self.side,
            speaker=self.speaker or None,
            label=self.label,
            since=since,
            until=until,
        )


class SearchIn(BaseModel):
    """A search as a body."""

    q: str = Field(max_length=TEXT_MAX, examples=["anyone unhappy that approvals can't be delegated"])
    filters: FiltersIn = Field(default_factory=FiltersIn, examples=[{"tier": "best_customer", "since": "2026-06-01"}])
    limit: int = Field(10, ge=1, le=LIMIT_MAX)
    cursor: str | None = Field(None, max_length=2_000)


class MatchOut(BaseModel):
    """A word of the query, the word that stands for it, and how: as it is, in another form, or as what it was meant."""

    asked: str = Field(examples=["Deputty"])
    found: str = Field(examples=["Deputy"])
    how: Literal["exact", "form", "typo"]


class MarkOut(MatchOut):
    """The same with its place in the document."""

    start: int
    end: int


class PartsOut(BaseModel):
    """What the score is made of; the parts sum to it."""

    meaning: float
    words: float
    covered: float
    signal: float


class ReasonOut(BaseModel):
    """Why a sentence was found."""

    words: list[MatchOut]
    around: list[str] = Field(description="Words of the query that stand in title, account or speaker's name.")
    likeness: float = Field(description="Cosine between the meaning of query and sentence.", examples=[0.61])
    signal: Label | None = Field(description="The signal that the query asks for and the sentence carries.")
    parts: PartsOut


class SignalRefOut(BaseModel):
    """A signal that the sentence carries."""

    signal_id: uuid.UUID
    label: Label | CustomLabel
    start: int
    end: int
    score: float


class SentenceOut(BaseModel):
    """A sentence that was found: `text == document.text[start:end]`, in Unicode code points."""

    sentence_id: str = Field(examples=["3f9a0c1b2d4e5f60"])
    start: int
    end: int
    text: str
    speaker: SpeakerOut
    score: float = Field(ge=0, le=1)
    marks: list[MarkOut]
    why: ReasonOut
    signals: list[SignalRefOut]


class PlaceOut(BaseModel):
    """The document that something stands in."""

    document: DocumentRefOut
    title: str | None
    account_id: str
    account_name: str | None
    kind: Kind
    occurred_at: str


class HitOut(PlaceOut):
    """A document with its best sentences."""

    score: float
    sentences: list[SentenceOut]


class SaidOut(PlaceOut, SentenceOut):
    """A sentence of an answer, with its document."""


class AnswerOut(BaseModel):
    """What an account says of something, in order of time; `topic`, `since` and `until` are how it was understood."""

    account_id: str
    question: str
    topic: str
    since: str | None
    until: str | None
    sentences: list[SaidOut]


class SavedSearchIn(BaseModel):
    """A search to keep."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_MAX)]
    q: str = Field(max_length=TEXT_MAX, examples=["looking at other vendors"])
    filters: FiltersIn = Field(default_factory=FiltersIn)
    alert: bool = Field(False, description="Whether new hits are to be told, on the page of alerts.")
    person: Annotated[str, StringConstraints(strip_whitespace=True, max_length=PERSON_MAX)] | None = Field(
        None, description="Who is told; the key's person by default, everybody where it has none."
    )


class SavedSearchOut(BaseModel):
    """A search that was kept."""

    search_id: uuid.UUID
    name: str
    text: str
    filters: dict[str, str]
    alert: bool
    person: str | None
    created_at: str
    seen_at: str


class NewHitsOut(BaseModel):
    """What is new to a saved search since it was seen; send `until` back once it has reached somebody."""

    search: SavedSearchOut
    since: str
    until: str
    hits: list[HitOut]


class NewsHitOut(BaseModel):
    """A sentence that a saved search found anew."""

    account_id: str
    account_name: str | None
    document: DocumentRefOut
    kind: Kind
    title: str | None
    occurred_at: str
    found_at: str
    start: int
    end: int
    text: str


class NewsOut(BaseModel):
    """A saved search with what it found and nobody has seen."""

    search_id: uuid.UUID
    name: str
    text: str
    filters: dict[str, str]
    person: str | None
    hits: list[NewsHitOut]


class SeenIn(BaseModel):
    """Up to when hits were seen."""

    until: AwareDatetime


def filters_of(
    account_id: Annotated[str | None, Query(max_length=256)] = None,
    tier: Tier | None = None,
    owner: Annotated[str | None, Query(max_length=512)] = None,
    kind: Kind | None = None,
    side: Side | None = None,
    speaker: Annotated[str | None, Query(max_length=512, description="A part of a name.")] = None,
    label: LabelQuery = None,
    since: Annotated[datetime | None, Query(description="Not before this moment or day.")] = None,
    until: Annotated[datetime | None, Query(description="Before this moment or day.")] = None,
) -> SearchFilters:
    """The filters of a search in a query string."""
    return FiltersIn(
        account_id=account_id, tier=tier, owner=owner, kind=kind, side=side, speaker=speaker, label=label, since=since,
        until=until,
    ).filters()  # fmt: skip


SearchFiltersDep = Annotated[SearchFilters, Depends(filters_of)]


@router.get("/search", response_model=Page[HitOut])
def search(
    services: ServicesDep, caller: ReadCaller, q: Text, filters: SearchFiltersDep, limit: Limit = 10,
    cursor: Cursor = None,
) -> JSONResponse:  # fmt: skip
    """Documents with the sentences that say it, the best first, each with the reason it is there."""
    return _page(services, caller.tenant_id, q, filters, limit, cursor)


@router.post("/search", response_model=Page[HitOut])
def search_by_body(body: SearchIn, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """The same with the query in the body, so that it is in no log of addresses."""
    return _page(services, caller.tenant_id, body.q, body.filters.filters(), body.limit, body.cursor)


@router.get("/search/similar/{sentence}", response_model=list[HitOut])
def search_similar(
    sentence: SentenceId, services: ServicesDep, caller: ReadCaller, filters: SearchFiltersDep, limit: Limit = 10
) -> JSONResponse:
    """More like a sentence that was found, from other documents."""
    return JSONResponse(services.search.similar(caller.tenant_id, int(sentence, 16), filters, limit=limit))


@router.get("/accounts/{account_id}/ask", response_model=AnswerOut)
def ask(account_id: str, services: ServicesDep, caller: ReadCaller, q: Text) -> JSONResponse:
    """What an account says of something ("reporting since June"): its sentences in order of time, nothing made up."""
    return JSONResponse(services.search.ask(caller.tenant_id, account_id, q))


@router.get("/searches", response_model=list[SavedSearchOut])
def list_searches(services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """Searches that were saved, the oldest first."""
    return JSONResponse(services.saved_searches.all(caller.tenant_id))


@router.post("/searches", response_model=SavedSearchOut, status_code=201)
def save_search(body: SavedSearchIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """Keep a search. What is there now counts as seen."""
    kept = services.saved_searches.save(
        caller.tenant_id,
        body.name,
        body.q,
        body.filters.filters(),
        alert=body.alert,
        person=body.person or caller.person,
    )
    return JSONResponse(kept, status_code=201)


@router.get("/searches/news", response_model=list[NewsOut])
def list_news(
    services: ServicesDep, caller: ReadCaller, person: Annotated[str | None, Query(max_length=PERSON_MAX)] = None
) -> JSONResponse:
    """What saved searches that ask for alerts found and nobody has seen; of one person, theirs and nobody's."""
    return JSONResponse(services.news.unseen(caller.tenant_id, person))


@router.post("/searches/{search_id}/news/seen")
def news_seen(search_id: uuid.UUID, services: ServicesDep, caller: WriteCaller) -> dict[str, int]:
    """What the search found is news no more; says how many sentences that were."""
    return {"seen": services.news.seen(caller.tenant_id, search_id, who_says(caller))}


@router.delete("/searches/{search_id}", status_code=204)
def delete_search(search_id: uuid.UUID, services: ServicesDep, caller: WriteCaller) -> Response:
    """Forget a search."""
    services.saved_searches.delete(caller.tenant_id, search_id)
    return Response(status_code=204)


@router.get("/searches/{search_id}/new", response_model=NewHitsOut)
def new_hits(search_id: uuid.UUID, services: ServicesDep, caller: ReadCaller, limit: Limit = 20) -> JSONResponse:
    """What came since the search was last seen and is surely about it. Asking changes nothing."""
    return JSONResponse(_news(services.saved_searches.new_hits(caller.tenant_id, search_id, limit=limit)))


@router.post("/searches/{search_id}/seen", response_model=SavedSearchOut)
def mark_seen(search_id: uuid.UUID, body: SeenIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """What was new up to `until` is new no more."""
    return JSONResponse(services.saved_searches.seen(caller.tenant_id, search_id, body.until))


def _page(
    services: ServicesDep, tenant_id: str, q: str, filters: SearchFilters, limit: int, cursor: str | None
) -> JSONResponse:
    page = services.search.search(tenant_id, q, filters, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


def _news(news: NewHits) -> dict[str, Any]:
    return {
        "search": news.search,
        "since": news.since.isoformat(),
        "until": news.until.isoformat(),
        "hits": list(news.hits),
    }
