"""The routes. They translate between HTTP and the `Runner`; every error is a problem (problems.py)."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match

from summarizer import __version__
from summarizer.api import Progress
from summarizer.brief import Brief
from summarizer.errors import UnverifiedBrief
from summarizer.review import disclosure
from summarizer.service import metrics, openapi
from summarizer.service.bodies import check_media_type, idempotency_key, parse
from summarizer.service.guard import Guard, read_body
from summarizer.service.jobs import Live, Runner
from summarizer.service.negotiation import wants_html
from summarizer.service.problems import (
    BAD_REQUEST,
    BUG,
    CANCELLED,
    KEY_REUSED,
    METHOD,
    NOT_FOUND,
    QUEUE_FULL,
    STOPPING,
    ProblemError,
    answer,
    problem,
)
from summarizer.service.settings import Settings
from summarizer.service.store import Job, KeyReused, QueueFull, Store, unusable

BRIEFS: Final = "/v1/briefs"
_PING = 15.0
"""Seconds between signs of life in a stream of events."""
_SWEEP = 600.0
"""Seconds between looks for jobs that were kept long enough."""
_BODIES = 64
"""Bodies that are taken at a time: each may hold ten megabytes."""
_PARSERS = 2
"""Bodies that are parsed at a time: HTML costs seconds of computing."""


class Service:
    """A service's jobs, and the answers about them."""

    def __init__(self, settings: Settings) -> None:
        """Raises `UsageError` when the folder of jobs cannot be used."""
        self.settings = settings
        self.store = Store(settings.data)
        try:
            self.runner = Runner(settings, self.store)
        except sqlite3.Error as error:
            self.store.close()
            raise unusable(settings.data, error) from error
        self._parsing = asyncio.Semaphore(_PARSERS)
        self._bodies = 0

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Work from start to stop."""
        self.runner.start()
        sweeping = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            self.runner.drain()
            await asyncio.to_thread(self.runner.close)

    async def _sweep(self) -> None:
        while True:
            with suppress(Exception):  # a disk that is full now may not be so next time
                await run_in_threadpool(self.store.expire, time.time() - self.settings.keep * 86_400)
            await asyncio.sleep(_SWEEP)

    async def create(self, request: Request) -> Response:
        """Queue the article in a request, wait a little, and answer with the brief or the job."""
        if self.runner.draining:
            raise ProblemError(STOPPING, "the service is stopping: try again in a moment", {"Retry-After": "5"})
        check_media_type(request.headers)
        key = idempotency_key(request.headers)
        if self._bodies >= _BODIES:
            detail = f"{_BODIES} articles are on their way here already: try again in a moment"
            raise ProblemError(QUEUE_FULL, detail, {"Retry-After": "5"})
        if self.runner.full and not await run_in_threadpool(self.store.knows, key):
            raise self._full()  # before the article is read, which costs most when there is least time
        article, fingerprint = await self._article(request)
        try:
            job = await run_in_threadpool(self.runner.submit, article, fingerprint, key)
        except QueueFull:
            raise self._full() from None
        except KeyReused:
            detail = "this Idempotency-Key was used for another body: take a new key for a new article"
            raise ProblemError(KEY_REUSED, detail) from None
        await self.runner.wait(job.id, self.settings.wait)
        job = await self.found(job.id)
        if job.status == "failed" and job.problem is not None:
            return answer(job.problem, self._headers(job))
        if job.status == "cancelled":
            return answer(problem(CANCELLED, "the job was cancelled", job=job.id), self._headers(job))
        if job.brief is None:
            retry = {"Retry-After": str(self.runner.retry_after(job.id))}
            return _json(job.data(), 202, self._headers(job) | retry)
        return await self._brief(job)

    async def _article(self, request: Request) -> tuple[str, str]:
        """The JSON of the article in a request, and its fingerprint."""
        self._bodies += 1
        try:
            body = await read_body(request, self.settings.body_limit, self.settings.body_seconds)
            async with self._parsing:
                return await run_in_threadpool(parse, body)
        finally:
            self._bodies -= 1

    async def show(self, request: Request, job_id: str) -> Response:
        """A job, or its brief, as HTML for who prefers that."""
        job = await self.found(job_id)
        if job.brief is not None:
            return await self._brief(job, html=wants_html(request.headers.get("accept", "")))
        headers = {} if job.over else {"Retry-After": str(self.runner.retry_after(job.id))}
        return _json(job.data(), 200, self._headers(job) | headers)

    async def remove(self, job_id: str) -> Response:
        """Cancel a job that is not over, else forget it."""
        await self.found(job_id)
        if await run_in_threadpool(self.runner.cancel, job_id):
            return _json({"id": job_id, "status": "cancelled"})
        await run_in_threadpool(self.store.forget, job_id)
        return Response(status_code=204)

    async def events(self, request: Request, job_id: str) -> Response:
        """How a job goes on, as server-sent events, until it is over."""
        job = await self.found(job_id)
        if job.over and request.headers.get("last-event-id") == _DONE:
            return Response(status_code=204)  # tells a browser not to connect again
        stream = self._stream(job_id, self.runner.live(job_id))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def _stream(self, job_id: str, live: Live | None) -> AsyncIterator[bytes]:
        yield KEEPALIVE_COMMENT  # the answer begins at once, also for a job that waits
        if live is not None:
            with live.watched() as changed:
                told: Progress | None = None
                while not live.over and not self.runner.draining:
                    if (progress := live.progress) is not None and progress is not told:
                        told = progress
                        yield _event("progress", _progress(progress))
                    try:
                        await asyncio.wait_for(changed.wait(), _PING)
                    except TimeoutError:
                        yield KEEPALIVE_COMMENT
                    changed.clear()
        job = await run_in_threadpool(self.store.get, job_id) or Job(job_id, "cancelled")
        if job.over:
            yield _event("done", job.data(), _DONE)

    async def found(self, job_id: str) -> Job:
        """The job of an id. Raises `ProblemError` for one that is not known."""
        known = len(job_id) == 32 and job_id.isascii() and job_id.isalnum()
        job = await run_in_threadpool(self.store.get, job_id) if known else None
        if job is None:
            raise ProblemError(NOT_FOUND, "no job has this id: it never had one, or it was deleted or is too old")
        return job

    async def _brief(self, job: Job, *, html: bool = False) -> Response:
        """A brief, verified once more on its way out."""
        try:
            brief = await run_in_threadpool(Brief.load, job.brief or "")
        except UnverifiedBrief:
            raise ProblemError(BUG, "the brief that was kept cannot be verified any more: delete the job") from None
        headers = self._headers(job) | {
            "Summarizer-Disclosure": disclosure(brief).encode("ascii", "replace").decode(),
            "Vary": "Accept",
        }
        if html:
            return _html(await run_in_threadpool(_page, brief), headers)
        return Response(job.brief, headers=headers, media_type="application/json")

    def _headers(self, job: Job) -> dict[str, str]:
        place = f"{BRIEFS}/{job.id}"
        name = "Content-Location" if job.brief is not None else "Location"
        return {name: place, "Summarizer-Job": job.id, "Summarizer-Status": job.status}

    def _full(self) -> ProblemError:
        detail = f"{self.runner.most} articles are read or wait already: try again later"
        return ProblemError(QUEUE_FULL, detail, {"Retry-After": str(self.runner.retry_when_full)})


_DONE = "done"


def _event(name: str, data: Any, event_id: str | None = None) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False), id=event_id)


def _progress(progress: Progress) -> dict[str, Any]:
    return {
        "label": progress.label,
        "done": progress.done,
        "planned": progress.planned,
        "usage": progress.usage.model_dump(mode="json"),
        "elapsed": round(progress.elapsed, 3),
    }


def _json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(data, ensure_ascii=False)
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def _page(brief: Brief | None) -> str:
    from summarizer.render.html import page

    return str(page(brief))


def _html(page: str, headers: dict[str, str] | None = None) -> Response:
    return Response(page, headers=headers, media_type="text/html")


def create_app(service: Service) -> FastAPI:
    """The ASGI application of a service."""
    app = FastAPI(
        title="summarizer",
        version=__version__,
        description=openapi.DESCRIPTION,
        docs_url=None,  # the pages would load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=service.lifespan,
    )
    app.add_middleware(Guard, settings=service.settings, metrics=service.runner.metrics)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _http_problem)
    _routes(app, service)
    app.openapi = openapi.maker(app, secured=service.settings.token is not None)  # type: ignore[method-assign]
    return app


def _routes(app: FastAPI, service: Service) -> None:
    def route(path: str, method: str, answers: Callable[..., Any]) -> None:
        told = openapi.operations()[method, path]
        app.add_api_route(path, answers, methods=[method], response_model=None, response_class=Response, **told)

    async def create(request: Request) -> Response:
        return await service.create(request)

    async def show(request: Request, id: str) -> Response:
        return await service.show(request, id)

    async def remove(id: str) -> Response:
        return await service.remove(id)

    async def events(request: Request, id: str) -> Response:
        return await service.events(request, id)

    async def shell() -> Response:
        return _html(await run_in_threadpool(_page, None))

    async def description() -> Response:
        return _json(app.openapi())

    async def health() -> Response:
        return _json({"status": "stopping" if service.runner.draining else "ok"})

    async def figures() -> Response:
        return Response(service.runner.metrics.text(), headers={"Content-Type": metrics.CONTENT_TYPE})

    def head(path: str, answers: Callable[..., Any]) -> None:
        """For those who only look whether it is up."""
        app.add_api_route(path, answers, methods=["HEAD"], include_in_schema=False, response_class=Response)

    route(BRIEFS, "POST", create)
    route(f"{BRIEFS}/{{id}}", "GET", show)
    route(f"{BRIEFS}/{{id}}", "DELETE", remove)
    route(f"{BRIEFS}/{{id}}/events", "GET", events)
    route("/", "GET", shell)
    route("/openapi.json", "GET", description)
    route("/healthz", "GET", health)
    route("/metrics", "GET", figures)
    head("/", shell)
    head("/healthz", health)


def _allowed(request: Request) -> str:
    """The methods that an address takes: each has a route of its own, and the framework names one route's only."""
    routes = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for route in routes for method in route.methods}))


async def _http_problem(request: Request, error: Exception) -> Response:
    """What the framework has to say, as a problem."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 404:
        return answer(problem(NOT_FOUND, "no such address; /openapi.json lists those there are"), headers)
    if status == 405:
        allowed = _allowed(request)
        return answer(problem(METHOD, f"this address takes {allowed} only"), {"Allow": allowed})
    return answer(problem(BAD_REQUEST, "the request is not usable"), headers)
