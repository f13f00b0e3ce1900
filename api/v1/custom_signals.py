"""A workspace's own signals: defined by a description and five examples, taught by answers, served like the four."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.deps import LabelerDep, ServicesDep
from api.problems import PROBLEMS
from core.custom_labels import SLUG_MAX, SLUG_PATTERN
from labeling.custom import EXAMPLES_MIN, NEXT
from labeling.signals.definition import DESCRIPTION_MAX, EXAMPLES_MAX, NAME_MAX, Definition
from labeling.signals.service import NEXT_MAX

router = APIRouter(prefix="/labeling/custom-signals", responses=PROBLEMS, tags=["custom signals"])

Slug = Annotated[str, Path(pattern=SLUG_PATTERN, max_length=SLUG_MAX, examples=["price-talk"])]
_SENTENCES = [
    "Is there any flexibility on the renewal price?",
    "Our CFO thinks the second tier is too expensive.",
    "What would a three year term do to the rate?",
    "The uplift you proposed is more than we budgeted.",
    "Could you match the discount from last year?",
]


class ExamplesIn(BaseModel):
    """Sentences that carry a signal, and sentences that look like it and do not."""

    model_config = ConfigDict(extra="forbid")

    examples: list[str] = Field(
        default_factory=list, max_length=EXAMPLES_MAX, description="Each a sentence.", examples=[_SENTENCES]
    )
    counterexamples: list[str] = Field(
        default_factory=list, max_length=EXAMPLES_MAX, examples=[["The price list is on page four."]]
    )


class DefinitionIn(ExamplesIn):
    """A signal: what it is called, what a sentence with it says, and at least five such sentences."""

    name: str = Field(max_length=NAME_MAX, examples=["Price talk"])
    description: str = Field(
        max_length=DESCRIPTION_MAX, examples=["The account haggles over the price of what it already buys from us."]
    )
    examples: list[str] = Field(max_length=EXAMPLES_MAX, description=f"At least {EXAMPLES_MIN}.", examples=[_SENTENCES])

    def entity(self) -> Definition:
        """The domain's view of it."""
        return Definition(self.name, self.description, tuple(self.examples), tuple(self.counterexamples))


class EstimateOut(BaseModel):
    """What a fitted version is worth, as far as that can be known."""

    version: int
    made_at: str
    reader: str
    words: str = Field(
        examples=[
            "It finds 5 of 5 examples that it had not seen (57% to 100%); how often it is wrong cannot be said, "
            "because no sentence is marked as not carrying it. Of 1,960 sentences drawn by chance from your documents "
            "it is given to 21 (1.1%): whether these are right, only people who look at them can say."
        ]
    )
    found: int = Field(description="Labeled sentences that a head found which had not seen them.")
    positives: int
    false: int = Field(
        description="Sentences that do not carry it, and were given it by a head that had not seen them."
    )
    negatives: int
    f1: float | None = Field(description="Over labeled sentences; nothing where none is marked as not carrying it.")
    typed: int
    answered: int
    given: int = Field(description="How many of the drawn sentences it is given to.")
    drawn: int
    seconds: float = Field(description="What fitting and estimating took, without what had to be read first.")


class AnswersOut(BaseModel):
    """What people said of documents' sentences."""

    carry: int
    do_not: int
    newer_than_estimate: int


class ByChanceOut(BaseModel):
    """Sentences that chance put before people, whatever the head thinks of them."""

    judged: int
    carry: int


class CheckOut(BaseModel):
    """How often what a version gives is right, by sentences that chance drew from it; Wilson's 95 % interval."""

    version: int
    judged: int
    right: int
    low: float
    high: float
    words: str


class ReadingOut(BaseModel):
    """How far the store is read for it."""

    read: int
    documents: int


class CustomSignalOut(BaseModel):
    """A signal of the workspace's own."""

    slug: str
    label: str = Field(description="As lists of signals name it.", examples=["custom:price-talk"])
    name: str
    description: str
    colour: int
    state: str = Field(description="`draft`, `active` or `retired`.")
    serving: int | None = Field(description="The version that documents are read with.")
    made_by: str
    created_at: str
    examples: list[str]
    counterexamples: list[str]
    estimate: EstimateOut | None
    why_no_estimate: str | None = Field(description="Why there is no new one, where there is none.")
    queue: str
    answers: AnswersOut
    by_chance: ByChanceOut
    checks: list[CheckOut]
    waiting: int = Field(description="Sentences that wait in its queue.")
    reading: ReadingOut
    mentions: int


class OneCustomSignalOut(CustomSignalOut):
    """A signal with every version that was fitted, the newest first."""

    versions: list[EstimateOut]


class NextIn(BaseModel):
    """What to put into the queue."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(NEXT, ge=1, le=NEXT_MAX)
    check: bool = Field(
        False,
        description="Draw by chance from what the newest version gives: answered, they tell how often it is right.",
    )


class NextPutOut(BaseModel):
    """What was put there."""

    added: int
    version: int
    queue: str
    estimate: str


class PlaceOut(BaseModel):
    """A document."""

    source: str
    id: str


class LikelyOut(BaseModel):
    """A sentence that nobody judged."""

    document: PlaceOut
    start: int
    end: int
    text: str
    score: float


@router.get("", response_model=list[CustomSignalOut])
def list_signals(services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """All signals of the workspace's own, the oldest first."""
    return JSONResponse(services.labeling.signals.all(labeler.tenant_id))


@router.post("", response_model=OneCustomSignalOut, status_code=201)
def create_signal(body: DefinitionIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Define a signal; the answer says at once what it is worth. Admins only.

    The first one takes as long as reading a sample of your documents.
    """
    made = services.labeling.signals.create(labeler.tenant_id, labeler.member, body.entity())
    return JSONResponse(made, status_code=201)


@router.get("/{slug}", response_model=OneCustomSignalOut)
def get_signal(slug: Slug, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """One signal with all its versions."""
    return JSONResponse(services.labeling.signals.one(labeler.tenant_id, slug))


@router.post("/{slug}/examples", response_model=OneCustomSignalOut)
def add_examples(slug: Slug, body: ExamplesIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Add sentences, or say anew what one is; the head is fitted at once. Admins only."""
    found = services.labeling.signals.add_examples(
        labeler.tenant_id, labeler.member, slug, body.examples, body.counterexamples
    )
    return JSONResponse(found)


@router.post("/{slug}/estimate", response_model=OneCustomSignalOut)
def estimate(slug: Slug, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Fit the head on all that was said by now, and say what it is worth. Takes seconds."""
    return JSONResponse(services.labeling.signals.estimate(labeler.tenant_id, slug))


@router.get("/{slug}/likeliest", response_model=list[LikelyOut])
def likeliest(slug: Slug, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Sentences that carry it most likely, of those that nobody judged: what it would find."""
    return JSONResponse(services.labeling.signals.likeliest(labeler.tenant_id, slug))


@router.post("/{slug}/next", response_model=NextPutOut)
def put_next(slug: Slug, body: NextIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Fit, and put the sentences that teach most into the signal's queue. Reviewers and admins."""
    put = services.labeling.signals.next(labeler.tenant_id, labeler.member, slug, body.count, check=body.check)
    return JSONResponse(asdict(put))


@router.post("/{slug}/activate", response_model=OneCustomSignalOut)
def activate(slug: Slug, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Serve the newest version: documents are read for it, earlier ones in the background. Admins only."""
    return JSONResponse(services.labeling.signals.activate(labeler.tenant_id, labeler.member, slug))


@router.post("/{slug}/retire", response_model=OneCustomSignalOut)
def retire(slug: Slug, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Serve it no more; what was found is gone from every list. Admins only."""
    return JSONResponse(services.labeling.signals.retire(labeler.tenant_id, labeler.member, slug))
