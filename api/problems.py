"""One error shape for everything that goes wrong over HTTP: RFC 9457 problem details.

    {"type": "https://foreshock.dev/problems/document", "title": "Invalid document", "status": 422,
     "detail": "kind: Input should be ...", "where": "body", "remedy": "see docs/..."}

What was rejected is never repeated: it may be a customer's text.
"""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from core.errors import ForeshockError, StoreUnavailable, TooLarge, Unauthorized

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "https://foreshock.dev/problems/"
_RETRY_SECONDS = "5"
_ROOT = Path(__file__).parents[1]


class Problem(BaseModel):
    """What every error answer looks like."""

    type: str = Field(examples=[TYPE_PREFIX + "document"])
    title: str = Field(examples=["Invalid document"])
    status: int = Field(examples=[422])
    detail: str = Field(
        examples=["kind: Input should be 'meeting_note', 'support_ticket', 'email' or 'call_transcript'"]
    )
    where: str | None = Field(None, examples=["body"])
    remedy: str | None = Field(None, examples=["see docs/bring-your-own-documents.md"])


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 403, 404, 409, 413, 422, 503)
}


def problem_of(error: ForeshockError) -> Problem:
    """An error of ours as a problem."""
    return Problem(
        type=TYPE_PREFIX + error.code,
        title=error.title,
        status=error.status,
        detail=error.message,
        where=error.where,
        remedy=error.remedy,
    )


def problem_response(error: ForeshockError) -> JSONResponse:
    """An error of ours as an answer."""
    headers = {}
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, StoreUnavailable):
        headers["Retry-After"] = _RETRY_SECONDS
    return _answer(problem_of(error), headers)


def configure_problems(app: FastAPI) -> None:
    """Let every error leave in this shape."""
    app.add_exception_handler(ForeshockError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ForeshockError)
    if error.status >= 500:
        logger.error("answered %d: %s", error.status, error.code)
    return problem_response(error)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    parts = []
    for item in error.errors():
        place = ".".join(str(step) for step in item["loc"])
        parts.append(f"{place}: {item['msg'].removeprefix('Value error, ')}")
    detail = "; ".join(parts)
    return _answer(Problem(type=TYPE_PREFIX + "request", title="Invalid request", status=422, detail=detail))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    kind = phrase.lower().replace(" ", "-")
    problem = Problem(type=TYPE_PREFIX + kind, title=phrase, status=error.status_code, detail=str(error.detail))
    return _answer(problem, dict(error.headers or {}))


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    logger.error("answered 500: %s at %s", type(error).__name__, _place(error))
    detail = "the service failed; the failure was logged by its kind"
    return _answer(Problem(type=TYPE_PREFIX + "internal", title="Internal error", status=500, detail=detail))


def _place(error: Exception) -> str:
    """Where in our own code it came from: enough to find it, and no text of a customer's."""
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(path, line) for path, line in frames if path.parent.parent == _ROOT or path.parent.parent.parent == _ROOT]
    path, line = ours[-1] if ours else (Path("unknown"), 0)
    return f"{path.parent.name}/{path.name}:{line}"


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    body = problem.model_dump(exclude_none=True)
    return JSONResponse(body, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


class BodyLimit:
    """Refuses bodies over the limit: by their declared length at once, else as soon as they exceed it."""

    def __init__(self, app: Any, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or refuse its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._limit:
            await problem_response(self._error())(scope, receive, send)
            return
        taken = 0

        async def counted() -> Any:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                raise self._error()
            return message

        await self._app(scope, counted, send)

    def _error(self) -> TooLarge:
        return TooLarge(f"the body exceeds {self._limit:,} bytes", where="body", remedy="send fewer documents at once")
