"""The endpoints behind OpenAI's Batch API: files and batches, and the lines of what comes back.

What a server sends is data: it is read field by field, bounded in size, and without the keys that were sent. Every
failure is a `Fault`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from summarizer import translation
from summarizer.faults import BadAnswer, Fault, Rejected
from summarizer.plain import one_line, shorten
from summarizer.wire import MAX_ANSWER

if TYPE_CHECKING:
    from summarizer.model import LiveModel

T = TypeVar("T")

MAX_REQUESTS = 50_000
MAX_BYTES = 200_000_000
"""The most that one batch may hold."""

ENDPOINT = "/v1/chat/completions"
MARK = "summarizer"
"""The key in a batch's metadata under which it says whose it is."""

_NAME = re.compile(r"[\w.:-]{1,200}")
_MAX_FILE = 4_000_000_000  # bytes: 50,000 answers of 16,000 tokens have about three quarters of it
_SECONDS, _TRANSFER = 60.0, 3_600.0  # for a question, and for a file
_PAGES = 1_000  # of 100 batches, after which none is looked for any more


@dataclass(frozen=True, slots=True)
class Manner:
    """How much goes into one batch, and how long is waited, in seconds."""

    most_requests: int = MAX_REQUESTS
    most_bytes: int = MAX_BYTES
    first: float = 1.0
    """Before a new batch is looked at."""
    longest: float = 60.0
    """Between two looks, in the end."""
    idle: float = 2.0
    """For another article, before what was collected goes up."""
    full: float = 60.0
    """After the server would not take a batch, as too much waits there; it doubles up to ten times that."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the server tells it."""

    id: str
    status: str
    """`validating`, `in_progress`, `finalizing`, `cancelling`, or one of the ends: see `ended`."""
    files: tuple[str, ...] = ()
    """The files of its answers and of its errors; a batch without the one or the other has fewer."""
    counts: tuple[int, int, int] = (0, 0, 0)
    """Requests completed, failed, and in all."""
    problem: str = ""
    """Why it was not taken, where it says so."""
    full: bool = False
    """Whether it was not taken because too much waits at the server already."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ("completed", "failed", "expired", "cancelled")


class Line(NamedTuple):
    """One line of a batch's files: what became of one request."""

    request: str
    answer: dict[str, Any] | None
    """The body of a completion."""
    status: int
    """The HTTP status of the request; 0 where it never was one."""
    said: str
    """What it says of an error: its code, or its body."""


class Batches:
    """The files and batches of one account."""

    def __init__(self, live: LiveModel) -> None:
        """Raises `UsageError` for a model that is not asked through OpenAI's API."""
        self._live = live
        self._questions = live.openai_client()
        self._transfers = live.openai_client(most=_MAX_FILE)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._questions.close()
        await self._transfers.close()

    async def upload(self, path: Path, name: str) -> str:
        """Upload a file of requests under a name; returns its id there."""
        with path.open("rb") as file:
            given = (f"{name}.jsonl", file, "application/jsonl")
            made = await self._ask(lambda: self._transfers.files.create(file=given, purpose="batch"), _TRANSFER)
        return _name(made)

    async def create(self, file: str, mark: str) -> Batch:
        """Have the requests of a file answered within 24 hours."""
        said = {"completion_window": "24h", "endpoint": ENDPOINT, "input_file_id": file, "metadata": {MARK: mark}}
        return _batch(await self._ask(lambda: self._questions.batches.create(**said)))

    async def look(self, batch: str) -> Batch:
        """How far a batch is."""
        return _batch(await self._ask(lambda: self._questions.batches.retrieve(batch)))

    async def marked(self, mark: str) -> Batch | None:
        """The batch with this mark in its metadata, None where there is none. The server lists the newest first."""
        more: dict[str, Any] = {"limit": 100}
        for _ in range(_PAGES):
            page = await self._ask(lambda: self._questions.batches.list(**more))
            listed = [b for b in _list(page.get("data")) if isinstance(b, Mapping)]
            for found in listed:
                metadata = found.get("metadata")
                if isinstance(metadata, Mapping) and metadata.get(MARK) == mark:
                    return _batch(found)
            if not listed or not page.get("has_more"):
                return None
            more["after"] = _name(listed[-1])
        return None

    async def download(self, file: str, path: Path) -> None:
        """Copy a file from there to `path`."""

        async def copy() -> None:
            async with self._transfers.files.with_streaming_response.content(file) as response:
                with path.open("wb") as out:
                    async for chunk in response.iter_bytes(1 << 20):
                        out.write(chunk)

        async with self._faults(_TRANSFER):
            await copy()

    async def _ask(self, call: Callable[[], Awaitable[Any]], seconds: float = _SECONDS) -> dict[str, Any]:
        async with self._faults(seconds):
            said = self._live.redaction.data(translation.plain(await call()))
        if not isinstance(said, dict):
            raise BadAnswer(f"{self._live.endpoint} did not answer as OpenAI's Batch API does")
        return said

    @asynccontextmanager
    async def _faults(self, seconds: float) -> AsyncIterator[None]:
        """Everything that goes wrong with a request is a `Fault`."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except OSError as error:
            if not isinstance(error, TimeoutError):
                raise  # such as a full disk
            raise self._fault(error) from None
        except Exception as error:  # noqa: BLE001 - what an SDK says may hold what the server echoed
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> Fault:
        status = translation.status_of(error)
        if status in (404, 405, 501):
            return Rejected(f"{self._live.endpoint} answered {status}: no Batch API there, or not this file or batch")
        return translation.fault(error, self._live.endpoint, self._live.spec.model)


def rejection(live: LiveModel, status: int, said: str) -> Fault:
    """The fault behind a request that was answered with a status of 300 or more."""
    return translation.answered(status, said, live.endpoint, live.spec.model, None)


def request_line(request: str, body: Mapping[str, Any]) -> bytes:
    """The line of a file of requests, its line end included."""
    line = {"custom_id": request, "method": "POST", "url": ENDPOINT, "body": body}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a downloaded file that can be read; one too long or broken is left out, as if it had not come."""
    with path.open("rb") as file:
        while line := file.readline(MAX_ANSWER + 1):
            if len(line) > MAX_ANSWER and not line.endswith(b"\n"):
                while (rest := file.readline(1 << 20)) and not rest.endswith(b"\n"):
                    pass
                continue
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(said, dict) and isinstance(request := said.get("custom_id"), str):
                yield _line(request, said)


def _line(request: str, said: Mapping[str, Any]) -> Line:
    error = said.get("error")
    if isinstance(error, Mapping):  # it was not run: expired, cancelled, timed out
        return Line(request, None, 0, str(error.get("code") or error.get("message") or "no reason given"))
    response = said.get("response")
    if not isinstance(response, Mapping):
        return Line(request, None, 0, "no answer and no error")
    status, body = response.get("status_code"), response.get("body")
    if not isinstance(status, int) or isinstance(status, bool):
        return Line(request, None, 0, "an answer without a status")
    if 200 <= status < 300:
        return Line(request, body, status, "") if isinstance(body, dict) else Line(request, None, 0, "not a completion")
    return Line(request, None, status, json.dumps(body, ensure_ascii=False)[:4000])


def _batch(said: Mapping[str, Any]) -> Batch:
    counts = said.get("request_counts")
    counted = counts if isinstance(counts, Mapping) else {}
    files = (said.get("output_file_id"), said.get("error_file_id"))  # null or empty where there is none
    errors = said.get("errors")
    given = [e for e in _list(errors.get("data") if isinstance(errors, Mapping) else None) if isinstance(e, Mapping)]
    return Batch(
        _name(said),
        shorten(one_line(str(said.get("status"))), 40),
        tuple(file for file in files if isinstance(file, str) and _NAME.fullmatch(file)),
        (_count(counted, "completed"), _count(counted, "failed"), _count(counted, "total")),
        "; ".join(_reason(error) for error in given[:3]),
        any(error.get("code") == "token_limit_exceeded" for error in given),
    )


def _reason(error: Mapping[str, Any]) -> str:
    line = error.get("line")
    reason = error.get("message") or error.get("code") or "no reason given"
    said = shorten(one_line(str(reason)), 200)
    return f"line {line}: {said}" if isinstance(line, int) else said


def _name(said: Mapping[str, Any]) -> str:
    name = said.get("id")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadAnswer("the server's answer names no file or batch")
    return name


def _count(counts: Mapping[str, Any], name: str) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) else 0


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
