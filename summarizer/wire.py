"""What goes over the wire to a model and what may come back, whatever package speaks to it.

Only the headers a request needs, no redirect, answers of a bounded size, a deadline that also holds against a server
that drips, and keys that no answer, log or recording shows. Nothing is imported from the providers' packages.
"""

from __future__ import annotations

import base64
import contextvars
import logging
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, TypeVar

from summarizer.errors import UsageError

__all__ = ["MAX_ANSWER", "AnswerTooLarge", "Heard", "Redaction", "harden", "hooks", "usable_key", "within"]

T = TypeVar("T")
Heard = Callable[[int, Mapping[str, str]], None]

MAX_ANSWER = 8_000_000
"""Most bytes of an answer; one of 16,000 tokens has less than a fortieth of that."""

_HEADERS = frozenset(
    ("accept", "accept-encoding", "connection", "content-length", "content-type", "host", "transfer-encoding")
)
"""What a request needs besides `authorization`. The SDK adds more: OPENAI_ORG_ID, OPENAI_PROJECT_ID, whatever
OPENAI_CUSTOM_HEADERS holds, and the machine's system and Python version."""

_LOGGERS = ("anthropic", "cohere", "groq", "httpcore", "httpcore2", "httpx", "httpx2", "instructor", "openai", "vcr")
_SHORTEST = 6  # a shorter "key" stands in ordinary words too


class AnswerTooLarge(Exception):
    """An answer is packed, or of more bytes than it may have."""


def usable_key(name: str, value: str) -> str:
    """A key without the white space that files and shells leave around it.

    Raises `UsageError`, which does not show it, where it holds what no HTTP header takes.
    """
    key = value.strip()
    if not all("!" <= c <= "~" for c in key):
        raise UsageError(f"{name} holds characters that no key has: set it again")
    return key


class Redaction:
    """Takes keys out of whatever a server sends back: it may echo them."""

    MARK = "[key]"

    def __init__(self, key: str, *more: str) -> None:
        pair = base64.b64encode(":".join((key, *more)).encode()).decode() if more else ""
        secrets = sorted({s for s in (key, pair, *more) if len(s) >= _SHORTEST}, key=len, reverse=True)
        self._secrets = re.compile("|".join("".join(map(_however_written, s)) for s in secrets)) if secrets else None

    def text(self, text: str) -> str:
        """`text` without them."""
        return self._secrets.sub(self.MARK, text) if self._secrets else text

    def data(self, data: Any) -> Any:
        """JSON data without them, in keys and values."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, dict):
            return {self.text(str(key)): self.data(value) for key, value in data.items()}
        return [self.data(value) for value in data] if isinstance(data, list | tuple) else data

    def guard_logs(self) -> None:
        """Take them out of what the packages behind us log: headers and status lines of answers, recorded requests."""
        if not self._secrets:
            return
        names = [n for n in logging.root.manager.loggerDict if n.split(".")[0] in _LOGGERS]
        for name in {*names, *_LOGGERS}:
            logger = logging.getLogger(name)
            if self.filter not in logger.filters:
                logger.addFilter(self.filter)

    def filter(self, record: logging.LogRecord) -> bool:
        """A logging filter that lets every record pass, redacted."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - logging itself says what is wrong with it
            return True
        if (redacted := self.text(message)) != message:
            record.msg, record.args = redacted, ()
        if (
            record.exc_info
            and record.exc_info[1] is not None
            and self.text(str(record.exc_info[1])) != str(record.exc_info[1])
        ):
            record.exc_info = None
        return True


def _however_written(character: str) -> str:
    """A pattern for a character as it is, in an address or in HTML."""
    code = ord(character)
    return f"(?:{re.escape(character)}|%(?i:{code:02x})|&#0*{code};|&#[xX]0*(?i:{code:x});)"


def within(seconds: float, work: Callable[[], T], abandon: Callable[[], None]) -> T:
    """What `work` returns or raises, or `TimeoutError` after so many seconds, whatever it is busy with.

    HTTP libraries bound each read, not the whole: a byte a second would go on for ever. The work has a thread of
    its own, which is left to itself then; `abandon` closes what it waits for.
    """
    outcome: list[tuple[T | None, BaseException | None]] = []
    context = contextvars.copy_context()

    def run() -> None:
        try:
            outcome.append((context.run(work), None))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            outcome.append((None, error))

    thread = threading.Thread(target=run, name="summarizer-call", daemon=True)
    thread.start()
    thread.join(min(seconds, threading.TIMEOUT_MAX))
    if not outcome:
        abandon()
        raise TimeoutError
    value, error = outcome[0]
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


def hooks(
    authorization: str | None, heard: Heard, *, asynchronous: bool, most: int = MAX_ANSWER
) -> dict[str, list[Callable[[Any], Any]]]:
    """Event hooks for an HTTP client: bounded answers, and where an authorization is given, it and nothing else.

    `heard` is told the status and the headers of each answer, which may have `most` bytes.
    """

    def strip(request: Any) -> None:
        request.headers["accept-encoding"] = "identity"
        if authorization is None:
            return
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]
        request.headers["authorization"] = authorization

    def bound(response: Any) -> None:
        heard(response.status_code, response.headers)
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise AnswerTooLarge("the answer is packed, which was not asked for")
        response.stream = _bounded(response.stream, most)

    async def strip_async(request: Any) -> None:
        strip(request)

    async def bound_async(response: Any) -> None:
        bound(response)

    return {
        "request": [strip_async if asynchronous else strip],
        "response": [bound_async if asynchronous else bound],
    }


def _bounded(stream: Any, most: int) -> Any:
    """`stream`, bounded; of the classes that its library looks for (httpx and httpx2 each have their own)."""
    kinds = tuple(k for k in type(stream).__mro__ if k.__name__ in ("SyncByteStream", "AsyncByteStream"))
    return type("Bounded", (_Bounded, *kinds), {})(stream, most)


class _Bounded:
    """A stream of bytes that ends in `AnswerTooLarge` where it is too long."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream = stream
        self._most = self._left = most

    def _count(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise AnswerTooLarge(f"the answer has more than {self._most:,} bytes")
        return chunk

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            yield self._count(chunk)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield self._count(chunk)

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()


_HTTP_CLIENTS = (
    ("_client",),  # openai, anthropic, groq, cerebras
    ("_api_client", "_httpx_client"),  # google
    ("_api_client", "_async_httpx_client"),
    ("sdk_configuration", "client"),  # mistral
    ("sdk_configuration", "async_client"),
    ("_client_wrapper", "httpx_client", "httpx_client"),  # cohere
)
"""Where providers' packages keep the client that would follow a redirect."""


def harden(client: Any, authorization: str | None, heard: Heard, *, asynchronous: bool) -> None:
    """Bound the answers of a provider's own package, and switch redirects off; they all follow them unless told."""
    for path in _HTTP_CLIENTS:
        found = client
        for name in path:
            found = getattr(found, name, None)
        if hasattr(found, "follow_redirects"):
            found.follow_redirects = False
        if hasattr(found, "event_hooks") and path[-1] != "_async_httpx_client":
            found.event_hooks = hooks(authorization, heard, asynchronous=asynchronous)
