"""Label Studio asks here for predictions: an ML backend that reads with the workspace's reader and stores nothing.

Label Studio can send no bearer token; it sends user and password, and the password is the API key.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer
from pydantic import BaseModel, Field

from api.deps import ServicesDep
from api.problems import PROBLEMS
from core.entities import Label
from core.errors import Forbidden, Unauthorized
from labeling.interchange.label_studio import labeling_interface
from labeling.interchange.ml_backend import answer, check_setup, documents_of
from pipelines.keys.service import Caller, Scope

router = APIRouter(prefix="/label-studio", tags=["label studio"], responses=PROBLEMS)

_basic = HTTPBasic(auto_error=False, description="Any user name; the password is an API key.")
_bearer = HTTPBearer(auto_error=False)
LABELS = [label.value for label in Label]


def key_caller(
    services: ServicesDep,
    basic: Annotated[HTTPBasicCredentials | None, Depends(_basic)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """Who calls, by bearer token or by password."""
    key = bearer.credentials if bearer else basic.password if basic else None
    if key is None:
        raise Unauthorized("no API key was sent", remedy="enter an API key as the password of the model's connection")
    caller = services.keys.authenticate(key)
    if not caller.may(Scope.READ):
        raise Forbidden("this key may not read", remedy="use a key with the scope 'read'")
    return caller


KeyCaller = Annotated[Caller, Depends(key_caller)]
AnyBody = Annotated[dict[str, Any], Body()]


class Predictions(BaseModel):
    """One prediction for each task, in the order asked."""

    results: list[dict[str, Any]] = Field(
        examples=[[{"model_version": "2026.11.3", "score": 0.81, "result": [{"type": "labels"}]}]]
    )
    model_version: str


class Health(BaseModel):
    """What Label Studio looks for before it connects."""

    status: str = "UP"
    model_class: str = "Foreshock"


class Setup(BaseModel):
    """Which model answers."""

    model_version: str


class Interface(BaseModel):
    """The labeling interface of a project that shows all that the reader says."""

    xml: str


@router.get("/health", response_model=Health)
def health() -> JSONResponse:
    """Whether the backend is up; needs no key."""
    return JSONResponse(Health().model_dump())


@router.post("/setup", response_model=Setup)
def setup(body: AnyBody, services: ServicesDep, caller: KeyCaller) -> JSONResponse:
    """Connect a project. 422 if its labeling interface has none of the reader's labels."""
    check_setup(body, LABELS)
    return JSONResponse({"model_version": services.workspace.reader(caller.tenant_id).model_version})


@router.post("/predict", response_model=Predictions)
def predict(body: AnyBody, services: ServicesDep, caller: KeyCaller) -> JSONResponse:
    """Read the texts of up to a hundred tasks. `data` may hold `kind`, `occurred_at` and `author` as documents do."""
    reader = services.workspace.reader(caller.tenant_id)
    documents = documents_of(body)
    signals = [extraction.signals for extraction in reader.extract_many(documents)]
    return JSONResponse(answer(signals, documents, reader.model_version))


@router.get("/interface", response_model=Interface)
def interface(_caller: KeyCaller) -> JSONResponse:
    """The labeling interface to paste into a new project."""
    return JSONResponse({"xml": labeling_interface(LABELS)})
