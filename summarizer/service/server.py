"""One process that serves: its socket, its signals, its end in good order."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from summarizer.errors import UsageError
from summarizer.service.app import Service, create_app
from summarizer.service.problems import BAD_REQUEST, MEDIA_TYPE, problem

_GOODBYE: Final = 5
"""Seconds that answers under way are given when the service stops."""
_SWITCH: Final = 0.0005
"""Seconds that a thread may compute while another waits; Python's own are ten times as many."""
_HEADERS_BYTES: Final = 32_768
_HEAD_SECONDS: Final = 30.0
"""Seconds that the head of a request may take to arrive."""


def listen(host: str, port: int) -> tuple[socket.socket, bool]:
    """A socket at an address, and whether only this machine reaches it. Raises `UsageError` where there is none."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        sock = socket.socket(family, kind)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--host {host!r} is no address of this machine ({_why(error)})") from error
    try:
        if hasattr(socket, "SO_REUSEADDR"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except (OSError, OverflowError) as error:
        sock.close()
        raise UsageError(
            f"cannot serve at {host} port {port} ({_why(error)}): give another --port or --host"
        ) from error
    return sock, is_loopback(str(address[0]))


def is_loopback(address: str) -> bool:
    """Whether an address (a number) is reached from this machine only."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_loopback


def url(sock: socket.socket) -> str:
    """The address of a socket for a browser."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(service: Service, sock: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called when requests are taken."""
    # Threads that compute give way to the HTTP loop sooner: under load it answers in half the time, at no cost to them.
    sys.setswitchinterval(_SWITCH)
    before = signal.signal(signal.SIGTERM, _stopped)  # uvicorn raises it again in the end; it has done its work then
    try:
        Served(service, ready).run(sockets=[sock])
    finally:
        signal.signal(signal.SIGTERM, before)


def _stopped(number: int, frame: FrameType | None) -> None:
    pass


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


class Served(uvicorn.Server):
    """uvicorn's server, which lets those who wait for jobs go before it waits for their connections."""

    def __init__(self, service: Service, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            create_app(service),
            http=_Protocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody may claim to be somebody else
            timeout_graceful_shutdown=_GOODBYE,
            h11_max_incomplete_event_size=_HEADERS_BYTES,
        )
        super().__init__(config)
        self.service, self.ready = service, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn's; then says so."""
        await super().startup(sockets)
        if self.started:
            self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn's, after the streams have ended."""
        self.service.runner.drain()
        await super().shutdown(sockets)


class _Protocol(H11Protocol):
    """uvicorn's, which does not wait for the head of a request for ever, and answers what is no HTTP with a problem."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Uvicorn's, with a deadline."""
        super().connection_made(transport)
        self._late = self.loop.call_later(_HEAD_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        """Uvicorn's; a whole head ends the deadline, a part of the next one begins another."""
        super().data_received(data)
        waiting = getattr(self.cycle, "response_complete", True)
        if not waiting and self._late is not None:
            self._late.cancel()
            self._late = None
        elif waiting and self._late is None:
            self._late = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Uvicorn's."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """A problem, and the end of the connection."""
        body = json.dumps(problem(BAD_REQUEST, "this is no HTTP request that can be understood").data()).encode()
        headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
        parts: tuple[Any, ...] = (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        )
        for part in parts:
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()
