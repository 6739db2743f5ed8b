"""What of a server's answer is taken: so many bytes, so much time, HTML or plain text.

Whatever a server sends passes `_Wire`; `http.client` only takes it apart.
"""

from __future__ import annotations

import http
import http.client
import io
import re
import socket
import time
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from summarizer.errors import InputError
from summarizer.plain import one_line, shorten

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["MAX_BYTES", "Page", "read_answer", "time_left"]

MAX_BYTES = 5_000_000
"""The largest page, in bytes, both as it is sent and decompressed."""

_MAX_HEAD = 65_536
"""The most that may come before the page, in bytes."""

_MAX_FRAMING = 1_000_000
"""What a page that comes in chunks may take besides, in bytes."""

_KINDS = {"text/html": "html", "application/xhtml+xml": "html", "text/plain": "text"}
_REDIRECTS = (301, 302, 303, 307, 308)
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_TOO_LARGE = f"too large: more than {MAX_BYTES:,} bytes; save the article's text and give the file"
_CUT_OFF = "the connection ended before the page did"


class Page(NamedTuple):
    """A page as its server sent it, decompressed."""

    kind: str
    """What the server says it is: "html" or "text"."""
    charset: str | None
    """The charset the server declares, as it wrote it."""
    body: bytes


def time_left(deadline: float) -> float:
    """Return the seconds until `deadline` (of `time.monotonic`); raises `TimeoutError` when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def read_answer(sock: socket.socket, deadline: float) -> Page | str:
    """Read the answer to a GET request: a page, or the address it is redirected to, as it was sent.

    Raises `InputError` for any other answer, and `TimeoutError` or another `OSError` when the connection fails.
    """
    wire: Any = _Wire(sock, deadline)
    wire.allow(_MAX_HEAD, f"more than {_MAX_HEAD:,} bytes come before the page")
    response = http.client.HTTPResponse(wire, method="GET")
    try:
        response.begin()
        location = response.getheader("location")
        if response.status in _REDIRECTS and location:
            return location.strip(" \t").encode("latin-1").decode("utf-8", "replace")
        wire.allow(MAX_BYTES + _MAX_FRAMING, _TOO_LARGE)
        return _page(response)
    except http.client.IncompleteRead as error:
        raise InputError(_CUT_OFF) from error
    except zlib.error as error:
        raise InputError("the page cannot be decompressed") from error
    except OSError:
        raise  # some are ValueErrors too
    except (http.client.HTTPException, ValueError) as error:
        raise InputError("what the server answers is not HTTP") from error


class _Wire(io.RawIOBase):
    """What a server sends: nothing of it comes in but through here, in time and no more than is allowed."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._allowed = 0
        self._refusal = ""

    def allow(self, size: int, refusal: str) -> None:
        """Let `size` more bytes come; `refusal` is what to say when there are more."""
        self._allowed += size
        self._refusal = refusal

    def makefile(self, mode: str) -> io.BufferedReader:
        """What `http.client` asks of a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._allowed:
            raise InputError(self._refusal)
        self._sock.settimeout(time_left(self._deadline))
        size = self._sock.recv_into(memoryview(buffer)[: self._allowed])
        self._allowed -= size
        return size


def _page(response: http.client.HTTPResponse) -> Page:
    """Return the page of an answer; raises `InputError` for all but HTML and plain text, whole."""
    if response.status != 200:
        phrase = next((f" ({known.phrase})" for known in http.HTTPStatus if known == response.status), "")
        raise InputError(f"the server answers {response.status}{phrase} instead of a page")
    content_type = one_line(response.headers.get("content-type") or "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in _KINDS:
        came = shorten(media_type, 80) or "something it gives no type of"
        raise InputError(f"the server sends {came}; only HTML and plain text are read")
    if (response.getheader("transfer-encoding") or "identity").strip().lower() not in ("chunked", "identity"):
        raise InputError("the server sends the page in a transfer encoding that it was not asked for")
    if (response.length or 0) > MAX_BYTES:
        raise InputError(_TOO_LARGE)
    body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise InputError(_TOO_LARGE)
    if response.length:  # http.client says nothing when fewer bytes come than were announced
        raise InputError(_CUT_OFF)
    charset = _CHARSET.search(content_type)
    encoding = (response.getheader("content-encoding") or "identity").strip().lower()
    return Page(_KINDS[media_type], charset[1] if charset else None, _decompressed(body, encoding))


def _decompressed(body: bytes, encoding: str) -> bytes:
    """Return `body` decompressed, of which never more is made than `MAX_BYTES` and one."""
    if encoding == "identity":
        return body
    if encoding in ("gzip", "x-gzip"):
        window = 31
    elif encoding == "deflate":  # zlib's format by the standard, without its head by some servers
        window = 15 if body[:1] and body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0 else -15
    else:
        raise InputError(f"the server compresses the page with {shorten(one_line(encoding), 40)}, not with gzip")
    decoder = zlib.decompressobj(window)
    data = decoder.decompress(body, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(_TOO_LARGE)
    if not decoder.eof or decoder.unused_data:
        raise InputError("the compressed page is cut off, or something follows it")
    return data
