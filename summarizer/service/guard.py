"""What every request must get past before a route sees it, and what every answer carries."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import sqlite3
import time
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from summarizer.errors import SummarizerError
from summarizer.plain import one_line
from summarizer.service.metrics import Metrics
from summarizer.service.problems import (
    BODY_TIMEOUT,
    CROSS_SITE,
    FOREIGN_HOST,
    STORAGE,
    TOO_LARGE,
    UNAUTHORIZED,
    ProblemError,
    answer,
    of_error,
    problem,
)
from summarizer.service.settings import Settings

log = logging.getLogger("summarizer.service")

OPEN_PATHS: Final = frozenset({"/healthz", "/"})
"""What needs no token: the page at / holds no brief, and asks for it."""

_HEADERS: Final = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_HTML_POLICY = "frame-ancestors 'none'"


class Guard:
    """ASGI middleware, the outermost: host, site, token; headers, figures and the log; and no traceback gets out."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        going_out = _Answer(scope, send, self.metrics)
        try:
            self._check(scope)
            await self.app(scope, receive, going_out.send)
        except ClientDisconnect:
            pass
        except Exception as error:
            if going_out.begun:
                raise  # half an answer cannot become a problem: the connection is closed
            await _told(error)(scope, receive, going_out.send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        name = _host_name(hosts[0]) if len(hosts) == 1 else None
        if name is None or (self.settings.hosts is not None and name not in self.settings.hosts):
            raise ProblemError(FOREIGN_HOST, "the Host header does not name this service: use the address it printed")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            _same_site(headers, hosts[0])
        if self.settings.token is not None and scope["path"] not in OPEN_PATHS:
            _authorized(headers, self.settings.token)


def _told(error: Exception) -> Response:
    """The answer that an error is; a bug and a failing disk are told to the log, not to the client."""
    if isinstance(error, ProblemError):
        return answer(error.problem, error.headers)
    if isinstance(error, SummarizerError):
        return answer(of_error(error))
    log.error("a request failed: %s; -v shows where", type(error).__name__)
    log.info("traceback", exc_info=error)
    if isinstance(error, sqlite3.Error):
        detail = "the service cannot read or write its jobs; its log has more"
        return answer(problem(STORAGE, detail), {"Retry-After": "10"})
    return answer(of_error(error))


def _host_name(host: str) -> str | None:
    """The name or number in a Host header, without its port; None where it is malformed."""
    try:
        parts = urlsplit(f"//{host}")
        if parts.netloc != host or "@" in host or parts.port == 0:
            return None
        name = parts.hostname
    except ValueError:
        return None
    if not name:
        return None
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name


def _same_site(headers: Headers, host: str) -> None:
    """Raise unless a request that changes something comes from no web page, or from one of ours."""
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site not in (None, "same-origin", "none") or (origin is not None and not _names(origin, host)):
        raise ProblemError(CROSS_SITE, "the request comes from a web page of another origin; use this service's own")


def _names(origin: str, host: str) -> bool:
    """Whether an Origin header names this host; a malformed one names none."""
    try:
        return urlsplit(origin).netloc.casefold() == host.casefold()
    except ValueError:
        return False


def _authorized(headers: Headers, token: str) -> None:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode(), token.encode())
    if scheme.casefold() != "bearer" or not right:
        told = "the token is wrong" if scheme else "the request bears no token"
        challenge = 'Bearer realm="summarizer"' + (', error="invalid_token"' if scheme else "")
        detail = f"{told}: send `Authorization: Bearer` and the token that the service was started with"
        raise ProblemError(UNAUTHORIZED, detail, {"WWW-Authenticate": challenge})


class _Answer:
    """One answer on its way out."""

    def __init__(self, scope: Scope, send: Send, metrics: Metrics) -> None:
        self.scope, self._send, self.metrics = scope, send, metrics
        self.started = time.monotonic()
        self.begun = False

    async def send(self, message: Message) -> None:
        """Send on, with our headers."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if headers.get("content-type", "").startswith("text/html"):
                headers.setdefault("content-security-policy", _HTML_POLICY)
            self._count(message["status"])
        await self._send(message)

    def _count(self, status: int) -> None:
        seconds = time.monotonic() - self.started
        route = getattr(self.scope.get("route"), "path", None)
        method = self.scope["method"]
        self.metrics.answered(method, route, status, seconds)
        # the template, not what was asked for: that may hold anything
        log.info("%s %s %d %.0f ms", one_line(method)[:20], route or "(no route)", status, seconds * 1000)


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body of a request: at most `limit` bytes, within so many seconds. Raises `ProblemError`."""
    too_large = ProblemError(TOO_LARGE, f"the body is too large: the limit is {limit:,} bytes")
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length[:20]) > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large
    except TimeoutError:
        detail = f"the body did not arrive within {seconds:g} seconds"
        raise ProblemError(BODY_TIMEOUT, detail, {"Connection": "close"}) from None
    return bytes(body)
