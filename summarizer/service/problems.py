"""Every error that the service answers with, as Problem Details (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from summarizer.brief import Usage
from summarizer.errors import (
    BudgetExceeded,
    InputError,
    ModelRefused,
    ModelUnavailable,
    StaleRecording,
    SummarizerError,
    UnverifiedBrief,
    UsageError,
)

MEDIA_TYPE: Final = "application/problem+json"
_PREFIX = "urn:summarizer:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: what programs tell it by, its HTTP status, and what it is in a few words."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The stable `type` of Problem Details."""
        return _PREFIX + self.name


INVALID_JSON = Kind("invalid-json", 400, "The body is not usable JSON")
INVALID_KEY = Kind("idempotency-key-invalid", 400, "The Idempotency-Key is not usable")
BAD_REQUEST = Kind("bad-request", 400, "The request is not usable")
USAGE = Kind("usage", 400, "The service is asked for something it cannot do here")
UNAUTHORIZED = Kind("unauthorized", 401, "A token is needed")
CROSS_SITE = Kind("cross-site", 403, "A web page of another site may not do this")
NOT_FOUND = Kind("not-found", 404, "There is nothing here")
METHOD = Kind("method-not-allowed", 405, "This cannot be done here")
BODY_TIMEOUT = Kind("body-timeout", 408, "The body did not arrive in time")
CANCELLED = Kind("cancelled", 409, "The job was cancelled")
NO_RECORDING = Kind("recording-does-not-fit", 409, "No recording fits this article")
TOO_LARGE = Kind("too-large", 413, "The article is too large")
MEDIA = Kind("unsupported-media-type", 415, "The body is not declared as JSON")
FOREIGN_HOST = Kind("foreign-host", 421, "The request names another host")
INPUT = Kind("input", 422, "The article cannot be used")
KEY_REUSED = Kind("idempotency-key-reused", 422, "The Idempotency-Key belongs to another body")
UNVERIFIED = Kind("unverified-brief", 422, "The brief could not be verified")
QUEUE_FULL = Kind("queue-full", 429, "Too many articles are waiting")
BUG = Kind("internal", 500, "The service failed")
REFUSED = Kind("model-refused", 502, "The model refused")
UNAVAILABLE = Kind("model-unavailable", 503, "The model could not be used")
STOPPING = Kind("stopping", 503, "The service is stopping")
STORAGE = Kind("storage", 503, "The service cannot write its jobs")
BUDGET = Kind("budget-exceeded", 504, "Nothing could be read within the limits")

KINDS: Final = {kind.name: kind for kind in list(globals().values()) if isinstance(kind, Kind)}
"""All kinds by name."""

_OF_ERROR: Final[tuple[tuple[type[SummarizerError], Kind], ...]] = (
    (InputError, INPUT),
    (UsageError, USAGE),
    (ModelUnavailable, UNAVAILABLE),
    (ModelRefused, REFUSED),
    (BudgetExceeded, BUDGET),
    (UnverifiedBrief, UNVERIFIED),
    (StaleRecording, NO_RECORDING),
)


class Problem(BaseModel):
    """Why a request or a job failed (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="What programs tell the kind of problem by; it does not change.")
    title: str = Field(description="The kind in a few words; the same for every problem of this type.")
    status: int = Field(description="The HTTP status, also where the problem is that of a job.")
    detail: str = Field(description="What happened here and what to do, for a person.")
    usage: Usage | None = Field(default=None, description="What model calls cost; absent where none was made.")
    job: str | None = Field(default=None, description="The id of the job that failed; absent where there is none.")

    def data(self) -> dict[str, Any]:
        """As JSON data, without what is absent."""
        data = self.model_dump(mode="json")
        return {key: value for key, value in data.items() if value is not None or key not in ("usage", "job")}


def problem(kind: Kind, detail: str, *, usage: Usage | None = None, job: str | None = None) -> Problem:
    """A problem of a kind; a usage of no calls is left out."""
    spent = usage if usage is not None and usage.calls else None
    return Problem(type=kind.type, title=kind.title, status=kind.status, detail=detail, usage=spent, job=job)


def of_error(error: Exception) -> Problem:
    """The problem that an error of the package stands for; any other is a bug, of which nothing is told."""
    if not isinstance(error, SummarizerError):
        return problem(BUG, "a bug in the service; its log has more")
    kind = next((kind for family, kind in _OF_ERROR if isinstance(error, family)), BUG)
    if kind is INPUT and error.http_status == TOO_LARGE.status:
        kind = TOO_LARGE
    detail = str(error)
    if kind is NO_RECORDING:  # its own words name the folders of this machine
        detail = "this service answers from recordings and uses no model; none was made of this article as it is"
    return problem(kind, detail, usage=error.usage)


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.problem = problem(kind, detail)
        self.headers = dict(headers or {})


def answer(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The HTTP answer that a problem is."""
    body = json.dumps(found.data(), ensure_ascii=False)
    return Response(body, status_code=found.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)
