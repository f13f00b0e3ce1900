"""Documents: send, read back, edit, delete; and reading on the spot without storing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from api.deps import DEFAULT_LIMIT, Cursor, FiltersDep, Limit, ReadCaller, ServicesDep, WriteCaller
from api.problems import PROBLEMS, problem_of
from api.v1.schemas import (
    Batch,
    BatchReceipt,
    DocumentOut,
    ExtractBatch,
    ExtractionBatchOut,
    ExtractionOut,
    FullDocumentOut,
    Page,
    Receipt,
)
from core.contracts import DocumentIn, parse_document
from core.entities import Document
from core.errors import InputError
from pipelines.ingest.service import Receipt as IngestReceipt
from pipelines.wire import extraction_json

router = APIRouter(responses=PROBLEMS)


@router.post("/documents", response_model=Receipt, status_code=202, tags=["documents"])
def add_document(body: DocumentIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """Store a document and have it read. Idempotent by source and id; other content under the same id replaces it.

    202 once the document and its job are committed; 200 if nothing changed.
    """
    receipt = services.ingest.add(caller.tenant_id, [body.entity()])[0]
    return JSONResponse(_receipt(receipt), status_code=200 if receipt.outcome == "unchanged" else 202)


@router.post("/documents/batch", response_model=BatchReceipt, status_code=202, tags=["documents"])
def add_documents(body: Batch, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """Store up to a thousand documents in one transaction. Each is judged by itself."""
    parsed = [_parse(item, index) for index, item in enumerate(body.documents)]
    good = [item for item in parsed if isinstance(item, Document)]
    receipts = iter(services.ingest.add(caller.tenant_id, good) if good else [])
    results = [
        _receipt(next(receipts)) if isinstance(item, Document) else _rejected(body.documents[index], item)
        for index, item in enumerate(parsed)
    ]
    return JSONResponse({"results": results}, status_code=202 if good else 422)


@router.get("/documents", response_model=Page[DocumentOut], tags=["documents"])
def list_documents(
    services: ServicesDep, caller: ReadCaller, filters: FiltersDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> JSONResponse:
    """Documents without their texts, the newest first. `label` keeps those with such a signal."""
    page = services.accounts.documents(caller.tenant_id, filters, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/documents/{source}/{document_id:path}", response_model=FullDocumentOut, tags=["documents"])
def get_document(source: str, document_id: str, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """One document with its text, coverage and signals."""
    return JSONResponse(services.accounts.document(caller.tenant_id, source, document_id))


@router.delete("/documents/{source}/{document_id:path}", status_code=204, tags=["documents"])
def delete_document(source: str, document_id: str, services: ServicesDep, caller: WriteCaller) -> Response:
    """Delete a document with its signals; the account's risk is computed anew."""
    account_id = services.ingest.remove(caller.tenant_id, source, document_id)
    services.risk.refresh(caller.tenant_id, account_id)
    return Response(status_code=204)


@router.post("/extract", response_model=ExtractionOut, tags=["extract"])
def extract(body: DocumentIn, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """Read one document on the spot; nothing is stored."""
    reader = services.workspace.reader(caller.tenant_id)
    return JSONResponse(extraction_json(reader.extract(body.entity())))


@router.post("/extract/batch", response_model=ExtractionBatchOut, tags=["extract"])
def extract_batch(body: ExtractBatch, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """Read up to a hundred documents on the spot; nothing is stored. Each is judged by itself."""
    reader = services.workspace.reader(caller.tenant_id)
    parsed = [_parse(item, index) for index, item in enumerate(body.documents)]
    read = reader.extract_many([item for item in parsed if isinstance(item, Document)])
    results = [
        extraction_json(next(read)) if isinstance(item, Document) else _rejected(body.documents[index], item)
        for index, item in enumerate(parsed)
    ]
    return JSONResponse({"results": results})


def _parse(item: Any, index: int) -> Document | InputError:
    try:
        return parse_document(item, where=f"documents[{index}]")
    except InputError as error:
        return error


def _receipt(receipt: IngestReceipt) -> dict[str, Any]:
    return {
        "source": receipt.source,
        "id": receipt.id,
        "outcome": receipt.outcome,
        "revision": receipt.revision,
    }


def _rejected(item: Any, error: InputError) -> dict[str, Any]:
    named = item if isinstance(item, dict) else {}
    return {
        "source": str(named.get("source") or "file")[:64],
        "id": str(named.get("id") or "")[:256],
        "outcome": "rejected",
        "problem": problem_of(error).model_dump(exclude_none=True),
    }
