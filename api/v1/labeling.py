"""Labeling: queues, tasks, what people say, reviews, members. Roles are those of the key's person."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from api.deps import (
    DEFAULT_LIMIT,
    CorrectingCaller,
    Cursor,
    Labeler,
    LabelerDep,
    Limit,
    ServicesDep,
    who_says,
)
from api.problems import PROBLEMS
from api.v1.labeling_schemas import (
    AnswerIn,
    CommentIn,
    CorrectedOut,
    CorrectionIn,
    FilledOut,
    FillIn,
    FullRecordOut,
    GuidelineOut,
    ImportedOut,
    MemberIn,
    MemberOut,
    NextOut,
    PersonName,
    PlacesIn,
    QueueIn,
    QueueOut,
    ReceiptOut,
    RecordsIn,
    ReviewIn,
    SkipIn,
    SubmitIn,
    TaskOut,
)
from api.v1.schemas import Page
from labeling.contracts import incoming, parse_record
from labeling.guideline import guideline
from labeling.members import Member, Role
from labeling.records import AnnotationState
from labeling.service import Answer, Handed, Nothing, Receipt, masked_view
from labeling.wire import annotation_json, record_json, span_json
from pipelines.services import Services

router = APIRouter(prefix="/labeling", responses=PROBLEMS, tags=["labeling"])

Masked = Annotated[bool, Query(description="Cover names and mail addresses; offsets stay.")]


@router.get("/guideline")
def get_guideline(labeler: LabelerDep) -> GuidelineOut:
    """The labelling standard that annotations refer to by its version."""
    return GuidelineOut(version=guideline().version, text=guideline().text)


@router.get("/members")
def list_members(services: ServicesDep, labeler: LabelerDep) -> list[MemberOut]:
    """Everybody who labels. Admins only."""
    labeler.member.require(Role.ADMIN)
    return [_member(member) for member in services.labeling.members.list(labeler.tenant_id)]


@router.put("/members/{person}")
def put_member(person: PersonName, body: MemberIn, services: ServicesDep, labeler: LabelerDep) -> MemberOut:
    """Make a person a member, or change role and queues. Admins only; a key of theirs is made at `/v1/keys`."""
    labeler.member.require(Role.ADMIN)
    return _member(services.labeling.members.put(labeler.tenant_id, person, body.role, body.queues))


@router.delete("/members/{person}", status_code=204)
def remove_member(person: str, services: ServicesDep, labeler: LabelerDep) -> Response:
    """From now on the person labels no more; what they said stays. Admins only."""
    labeler.member.require(Role.ADMIN)
    services.labeling.members.remove(labeler.tenant_id, person)
    return Response(status_code=204)


@router.get("/queues", response_model=list[QueueOut])
def list_queues(services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """The queues given to you, with how far they are."""
    return JSONResponse(services.labeling.queues.overview(labeler.tenant_id, labeler.member))


@router.get("/queues/{queue}", response_model=QueueOut)
def get_queue(queue: str, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """One queue, with how far it is."""
    return JSONResponse(services.labeling.queues.one(labeler.tenant_id, labeler.member, queue))


@router.put("/queues/{queue}", response_model=QueueOut)
def put_queue(queue: str, body: QueueIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Make a queue, or change its rules. Admins only."""
    return JSONResponse(services.labeling.queues.put(labeler.tenant_id, labeler.member, queue, body.rules()))


@router.post("/queues/{queue}/fill", response_model=FilledOut)
def fill_queue(queue: str, body: FillIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Look through stored documents for sentences worth judging. Admins only; takes as long as reading them."""
    filled = services.labeling.queues.fill(
        labeler.tenant_id, labeler.member, queue, body.size, documents=body.documents, seed=body.seed
    )
    return JSONResponse(asdict(filled))


@router.post("/queues/{queue}/places", status_code=201)
def add_places(queue: str, body: PlacesIn, services: ServicesDep, labeler: LabelerDep) -> dict[str, int]:
    """Put stretches of stored documents into a queue, such as what a search found. Reviewers and admins."""
    places = [place.entity() for place in body.places]
    return {"added": services.labeling.queues.add_places(labeler.tenant_id, labeler.member, queue, places)}


@router.post("/queues/{queue}/records", response_model=ImportedOut, status_code=201)
def import_records(queue: str, body: RecordsIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Put records of a file into a queue, with what was said of them. All or none; twice is once. Admins only."""
    now = services.labeling.archive.clock()
    given = [incoming(parse_record(row, where=f"records[{at}]"), now) for at, row in enumerate(body.records)]
    added = services.labeling.archive.add(labeler.tenant_id, labeler.member, queue, given)
    return JSONResponse({"records": added.records, "annotations": added.annotations}, status_code=201)


@router.post("/queues/{queue}/next", response_model=NextOut)
def next_task(queue: str, services: ServicesDep, labeler: LabelerDep, masked: Masked = False) -> JSONResponse:
    """The task in your hand, else the next one, locked for you; or why there is none."""
    found = services.labeling.tasks.next(labeler.tenant_id, labeler.member, queue)
    if isinstance(found, Nothing):
        return JSONResponse({"task": None, "why": found.why})
    return JSONResponse({"task": task_json(found, masked=masked), "why": None})


@router.post("/queues/{queue}/undo", response_model=TaskOut)
def undo(queue: str, services: ServicesDep, labeler: LabelerDep, masked: Masked = False) -> JSONResponse:
    """Take your newest decision back: it is a draft in your hand again. The history keeps it."""
    found = services.labeling.tasks.undo(labeler.tenant_id, labeler.member, queue)
    return JSONResponse(task_json(found, masked=masked))


@router.post("/tasks/{task_id}/submit", response_model=ReceiptOut)
def submit(task_id: int, body: SubmitIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Answer a task. Sent twice, it is written once; sent late, it is kept."""
    return _answered(services, labeler, task_id, body.answer(AnnotationState.SUBMITTED, equal=body.equal))


@router.post("/tasks/{task_id}/draft", response_model=ReceiptOut)
def save_draft(task_id: int, body: AnswerIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Keep an unfinished answer, and the lock."""
    return _answered(services, labeler, task_id, body.answer(AnnotationState.DRAFT))


@router.post("/tasks/{task_id}/skip", response_model=ReceiptOut)
def skip(task_id: int, body: SkipIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Leave a task to others, and say why."""
    answer = Answer(AnnotationState.SKIPPED, seconds=body.seconds, reason=body.reason)
    return _answered(services, labeler, task_id, answer)


@router.post("/tasks/{task_id}/release", status_code=204)
def release(task_id: int, services: ServicesDep, labeler: LabelerDep) -> Response:
    """Give a task back unanswered."""
    services.labeling.tasks.release(labeler.tenant_id, labeler.member, task_id)
    return Response(status_code=204)


@router.get("/records", response_model=Page[FullRecordOut])
def list_records(
    services: ServicesDep,
    labeler: LabelerDep,
    queue: str | None = None,
    history: Annotated[bool, Query(description="Everything that was ever said, not only what holds.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JSONResponse:
    """Records with all that was said of them, the oldest first. Reviewers name a queue of theirs."""
    page = services.labeling.archive.page(
        labeler.tenant_id, labeler.member, queue=queue, history=history, limit=limit, cursor=cursor
    )
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/records/{record_id}", response_model=FullRecordOut)
def get_record(record_id: uuid.UUID, services: ServicesDep, labeler: LabelerDep, history: bool = False) -> JSONResponse:
    """One record; annotators see their own answers only."""
    return JSONResponse(services.labeling.archive.one(labeler.tenant_id, labeler.member, record_id, history=history))


@router.post("/records/{record_id}/comments", status_code=204)
def comment(record_id: uuid.UUID, body: CommentIn, services: ServicesDep, labeler: LabelerDep) -> Response:
    """Leave a remark."""
    services.labeling.archive.comment(labeler.tenant_id, labeler.member, record_id, body.text)
    return Response(status_code=204)


@router.post("/records/{record_id}/reviews", status_code=204)
def review(record_id: uuid.UUID, body: ReviewIn, services: ServicesDep, labeler: LabelerDep) -> Response:
    """Accept or reject an answer, or say what holds. A rejected one counts no more, and the record is asked anew."""
    services.labeling.archive.review(labeler.tenant_id, labeler.member, record_id, body.entity())
    return Response(status_code=204)


@router.post("/corrections", response_model=CorrectedOut, status_code=201)
def correct(body: CorrectionIn, services: ServicesDep, caller: CorrectingCaller) -> JSONResponse:
    """Say what is wrong with a document's signals; it goes to the queue `corrections`."""
    found = services.labeling.corrections.correct(
        caller.tenant_id, who_says(caller), body.source, body.document_id, body.entity()
    )
    answer = {
        "record_id": str(found.record_id),
        "queue": found.queue,
        "start": found.start,
        "end": found.end,
        "spans": [span_json(span) for span in found.spans],
    }
    return JSONResponse(answer, status_code=201)


def task_json(task: Handed, *, masked: bool = False) -> dict[str, Any]:
    """A task as it goes out; ``masked`` covers names where the queue does not already."""
    view = masked_view(task.view) if masked and not task.masked else task.view
    return {
        "task_id": task.task_id,
        "queue": task.queue,
        "reason": task.reason,
        "lock_until": task.lock_until.isoformat(),
        "record": record_json(view.record)
        | {
            "source": view.source,
            "title": view.title,
            "speaker": {"name": view.speaker_name, "side": view.side},
            "suggested_by": view.suggested_by,
        },
        "explanation": dict(view.explanation),
        "draft": annotation_json(task.draft) if task.draft else None,
        "equal": task.equal,
        "masked": masked or task.masked,
    }


def _answered(services: Services, labeler: Labeler, task_id: int, answer: Answer) -> JSONResponse:
    receipt: Receipt = services.labeling.tasks.answer(labeler.tenant_id, labeler.member, task_id, answer)
    return JSONResponse(
        {
            "annotation": annotation_json(receipt.annotation),
            "queue": receipt.queue,
            "copies": receipt.copies,
            "beyond_overlap": receipt.beyond_overlap,
        }
    )


def _member(member: Member) -> MemberOut:
    return MemberOut(person=member.person, role=member.role, queues=sorted(member.queues))
