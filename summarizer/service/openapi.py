"""The OpenAPI description: what each route takes and answers, every error, and examples that really happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from summarizer.brief import Brief
from summarizer.service import problems
from summarizer.service.problems import MEDIA_TYPE, Kind, Problem, problem

DESCRIPTION: Final = """\
Verified briefs of conflict and diplomacy reporting: who says what, on what terms, each line tied to the sentences it
came from. Every brief is made by AI and says so (`Summarizer-Disclosure`, `provenance.ai_generated`).

Every error is Problem Details (RFC 9457). `type` tells what happened and does not change: a model that failed
(`model-unavailable`, `model-refused`, `budget-exceeded`) never looks like an article that says nothing, which is a
brief with empty sections and status 200. Any address answers an unknown one with 404, a wrong method with 405 and a
foreign Host header with 421.
"""

_JOB: Final = "00000000000000000000000000000007"
_USAGE: Final = {"calls": 3, "input_tokens": 1830, "output_tokens": 0, "cached_tokens": 0, "cost_usd": None}
_SCHEMAS: Final = "#/components/schemas/"

_ARTICLE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Article",
    "description": "One article: its `text` or its `html`, at most 1,000,000 characters. Unknown keys are ignored.",
    "properties": {
        "text": {"type": ["string", "null"], "description": "Plain text."},
        "html": {"type": ["string", "null"], "description": "A page; its article is found."},
        "id": {
            "type": ["string", "integer", "null"],
            "description": "Your own name for it; comes back as `article.external_id`.",
        },
        "title": {"type": ["string", "null"]},
        "date": {"type": ["string", "null"], "description": "Day of publication, YYYY-MM-DD."},
        "publisher": {"type": ["string", "null"]},
        "source": {"type": ["string", "null"], "description": "Path or address; it is not fetched."},
        "language": {"type": ["string", "null"], "description": "ISO 639-1 code; detected when not given."},
        "licence": {"type": ["string", "null"]},
    },
    "oneOf": [
        {"required": ["text"], "properties": {"text": {"type": "string"}, "html": {"type": "null"}}},
        {"required": ["html"], "properties": {"html": {"type": "string"}, "text": {"type": "null"}}},
    ],
}
_JOB_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Job",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "status": {"enum": ["queued", "running", "complete", "incomplete", "failed", "cancelled"]},
        "problem": {"$ref": f"{_SCHEMAS}Problem", "description": "Why it failed, with the status POST would have had."},
    },
}


@cache
def example() -> dict[str, Any]:
    """An article, invented and marked as such, and the brief that a real model's recorded answers gave of it."""
    found: dict[str, Any] = json.loads(files("summarizer.service").joinpath("example.json").read_text("utf-8"))
    return found


_DETAILS: Final = {
    "invalid-json": "the body is not valid JSON: Expecting value at line 1, column 10",
    "idempotency-key-invalid": "one Idempotency-Key of 1 to 255 printable ASCII characters, such as a UUID, "
    "is understood",
    "usage": "provider 'openai' needs a key: set OPENAI_API_KEY",
    "unauthorized": "the request bears no token: send `Authorization: Bearer` and the token that the service was "
    "started with",
    "cross-site": "the request comes from a web page of another origin; use this service's own",
    "not-found": "no job has this id: it never had one, or it was deleted or is too old",
    "body-timeout": "the body did not arrive within 30 seconds",
    "cancelled": "the job was cancelled",
    "recording-does-not-fit": "this service answers from recordings and uses no model; none was made of this article "
    "as it is",
    "too-large": "too large: 1,200,000 characters, the limit is 1,000,000; split it and give the parts one by one",
    "unsupported-media-type": "send the article as JSON in UTF-8, with the header `Content-Type: application/json`",
    "foreign-host": "the Host header does not name this service: use the address it printed",
    "input": "empty: there is no text in it; give the text of one article",
    "idempotency-key-reused": "this Idempotency-Key was used for another body: take a new key for a new article",
    "unverified-brief": "the brief could not be verified: positions.0: the quote does not stand at its place",
    "queue-full": "104 articles are read or wait already: try again later",
    "internal": "a bug in the service; its log has more",
    "model-refused": "nothing could be read: refused: the model declined (3 calls, 1,830 tokens in, 0 out, cost "
    "unknown)",
    "model-unavailable": "nothing could be read: 127.0.0.1 cannot be reached (3 calls, 0 tokens in, 0 out, "
    "cost unknown)",
    "stopping": "the service is stopping: try again in a moment",
    "storage": "the service cannot read or write its jobs; its log has more",
    "budget-exceeded": "nothing could be read: the time limit of 900 s is used up: raise --timeout (3 calls, 1,830 "
    "tokens in, 0 out, cost unknown)",
}
_AFTER_CALLS: Final = ("model-refused", "budget-exceeded")
"""Examples that show a usage."""

_EVERYWHERE: Final = (problems.UNAUTHORIZED, problems.FOREIGN_HOST, problems.BUG)
_OF_A_JOB: Final = (*_EVERYWHERE, problems.NOT_FOUND, problems.STORAGE)
_OF_POST: Final = (
    *_EVERYWHERE,
    problems.INVALID_JSON,
    problems.INVALID_KEY,
    problems.USAGE,
    problems.CROSS_SITE,
    problems.BODY_TIMEOUT,
    problems.CANCELLED,
    problems.NO_RECORDING,
    problems.TOO_LARGE,
    problems.MEDIA,
    problems.INPUT,
    problems.KEY_REUSED,
    problems.UNVERIFIED,
    problems.QUEUE_FULL,
    problems.REFUSED,
    problems.UNAVAILABLE,
    problems.STOPPING,
    problems.STORAGE,
    problems.BUDGET,
)


def _example_problem(kind: Kind) -> Problem:
    from summarizer.brief import Usage

    usage = Usage.model_validate(_USAGE) if kind.name in _AFTER_CALLS else None
    return problem(kind, _DETAILS[kind.name], usage=usage, job=_JOB if usage else None)


def _errors(kinds: tuple[Kind, ...]) -> dict[int | str, dict[str, Any]]:
    """The responses that problems are, by status."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({kind.status for kind in kinds}):
        these = [kind for kind in kinds if kind.status == status]
        examples = {kind.name: {"summary": kind.title, "value": _example_problem(kind).data()} for kind in these}
        found[status] = {
            "description": "; or: ".join(kind.title for kind in these),
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}, "examples": examples}},
        }
        headers = {401: "WWW-Authenticate", 429: "Retry-After"}
        if name := headers.get(status):
            found[status]["headers"] = {name: {"schema": {"type": "string"}}}
    return found


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


_STATUS_HEADERS: Final = {
    "Summarizer-Job": _header("The id of the job."),
    "Summarizer-Status": _header("The status of the job."),
}
_BRIEF_HEADERS: Final = _STATUS_HEADERS | {
    "Content-Location": _header("Where this brief is."),
    "Summarizer-Disclosure": _header("What every reader must be told: made by AI, and who has reviewed it."),
}
_POLL_HEADERS: Final = _STATUS_HEADERS | {
    "Location": _header("Where the job is."),
    "Retry-After": _header("Seconds after which asking again makes sense."),
}


def _json_of(schema: str | list[str], **examples: Any) -> dict[str, Any]:
    names = [schema] if isinstance(schema, str) else schema
    refs = [{"$ref": f"{_SCHEMAS}{name}"} for name in names]
    shown = {name: {"value": value} for name, value in examples.items()}
    return {"application/json": {"schema": refs[0] if len(refs) == 1 else {"oneOf": refs}, "examples": shown}}


def _running(status: str) -> dict[str, Any]:
    return {"id": _JOB, "status": status}


def _failed() -> dict[str, Any]:
    return {"id": _JOB, "status": "failed", "problem": _example_problem(problems.REFUSED).data()}


def _plain(summary: str, media: str, *, secured: bool = True) -> dict[str, Any]:
    schema = {"type": "object"} if media == "application/json" else {"type": "string"}
    kinds = _EVERYWHERE if secured else tuple(kind for kind in _EVERYWHERE if kind is not problems.UNAUTHORIZED)
    ok = {"description": summary, "content": {media: {"schema": schema}}}
    extra: dict[str, Any] = {} if secured else {"openapi_extra": {"security": []}}
    return {"summary": summary, "responses": {200: ok} | _errors(kinds)} | extra


_EVENTS_EXAMPLE: Final = (
    "event: progress\n"
    'data: {"label": "window 1 of 2", "done": 0, "planned": 2, "usage": {"calls": 0, "input_tokens": 0, '
    '"output_tokens": 0, "cached_tokens": 0, "cost_usd": null}, "elapsed": 0.012}\n\n'
    "event: done\n"
    f'data: {{"id": "{_JOB}", "status": "complete"}}\n'
    "id: done\n\n"
)


def _create() -> dict[str, Any]:
    body = _json_of("Article", invented=example()["article"])
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Makes sending again safe: the same key and body lead to the same job.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 257},
    }
    return {
        "operation_id": "createBrief",
        "summary": "Brief an article",
        "description": "Answers with the brief, or with a job (202) when it takes longer than the service waits.",
        "responses": {
            200: {
                "description": "The brief; its job is complete or incomplete (something unread).",
                "headers": _BRIEF_HEADERS,
                "content": _json_of("Brief", invented=example()["brief"]),
            },
            202: {
                "description": "It takes longer; the job.",
                "headers": _POLL_HEADERS,
                "content": _json_of("Job", queued=_running("queued"), running=_running("running")),
            },
        }
        | _errors(_OF_POST),
        "openapi_extra": {"requestBody": {"required": True, "content": body}, "parameters": [key]},
    }


def _show() -> dict[str, Any]:
    content = _json_of(
        ["Brief", "Job"],
        complete=example()["brief"],
        running=_running("running"),
        failed=_failed(),
        cancelled=_running("cancelled"),
    )
    told = "The brief of a job that is complete or incomplete (with `Accept: text/html` its review page), else the job."
    ok = {
        "description": told,
        "headers": _BRIEF_HEADERS,
        "content": content | {"text/html": {"schema": {"type": "string"}}},
    }
    return {
        "operation_id": "getBrief",
        "summary": "A brief, or its job",
        "responses": {200: ok} | _errors(_OF_A_JOB),
    }


def _remove() -> dict[str, Any]:
    cancelled = {
        "description": "It was waiting or running.",
        "content": _json_of("Job", cancelled=_running("cancelled")),
    }
    return {
        "operation_id": "deleteBrief",
        "summary": "Cancel a job, or forget one that is over",
        "responses": {200: cancelled, 204: {"description": "It was over, and is forgotten with its brief."}}
        | _errors((*_OF_A_JOB, problems.CROSS_SITE)),
    }


def _events() -> dict[str, Any]:
    content = {"text/event-stream": {"schema": {"type": "string"}, "example": _EVENTS_EXAMPLE}}
    told = "Events `progress`, the newest at once, and in the end one event `done` with the job."
    return {
        "operation_id": "watchBrief",
        "summary": "How a job goes on, as server-sent events",
        "responses": {
            200: {"description": told, "content": content},
            204: {"description": "Connected again after the event `done`: there is no more."},
        }
        | _errors(_OF_A_JOB),
    }


@cache
def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """What FastAPI is told of each route, by method and path."""
    return {
        ("POST", "/v1/briefs"): _create(),
        ("GET", "/v1/briefs/{id}"): _show(),
        ("DELETE", "/v1/briefs/{id}"): _remove(),
        ("GET", "/v1/briefs/{id}/events"): _events(),
        ("GET", "/"): _plain("A page to paste an article into", "text/html"),
        ("GET", "/openapi.json"): _plain("This description", "application/json"),
        ("GET", "/healthz"): _plain("Whether the service is up", "application/json", secured=False),
        ("GET", "/metrics"): _plain("Figures in Prometheus' text format", "text/plain"),
    }


def _complete(operation: dict[str, Any], told: dict[str, Any]) -> None:
    """Put back what FastAPI changes: it leaves out every null, also in examples, and adds errors of its own form."""
    answers = {str(status): response for status, response in told["responses"].items()}
    for status in list(operation["responses"]):
        if status in answers:
            operation["responses"][status] = answers[status]
        else:
            del operation["responses"][status]
    if body := told.get("openapi_extra", {}).get("requestBody"):
        operation["requestBody"] = body


def maker(app: FastAPI, *, secured: bool) -> Callable[[], dict[str, Any]]:
    """What makes the description, once; `secured` when the service demands a token."""

    @cache
    def make() -> dict[str, Any]:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        parts = made.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            parts.pop(unused, None)
        for (method, path), told in operations().items():
            _complete(made["paths"][path][method.lower()], told)
        parts |= {"Article": _ARTICLE_SCHEMA, "Job": _JOB_SCHEMA}
        for model in (Brief, Problem):
            schema = model.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
            parts |= schema.pop("$defs", {})
            parts[model.__name__] = schema
        if secured:
            made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            made["security"] = [{"token": []}]
        return made

    return make
