"""Fetching one page at an http(s) address a user names, by rules that no address, name or server can bend.

The way to a page: how the address is written (`read_address`, in addresses.py), which IP addresses its host stands
for, every one of them public (`_vetted`), a connection to one of these and to nothing else (`_connection`), one
request that is always the same (`_ask`), and what of the answer is taken (`read_answer`, in answers.py). A redirect
begins again at the first step, and the time runs on.

Why not httpx2, which models are spoken to with: its time limits are for single reads, it looks names up by itself,
and it knows proxies, cookies and authorization, which would have to be switched off. Here the request is one
template, the socket is opened to the very IP address that was vetted, and each read of it knows the deadline and how
much more may come. `http.client` only takes the answer apart. Which certificates are trusted is httpx2's choice, as
for models.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from summarizer import __version__
from summarizer.addresses import IPAddress, Place, is_public, read_address, redirected, shown
from summarizer.answers import Page, read_answer, time_left
from summarizer.errors import InputError
from summarizer.wire import within

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["REDIRECTS", "SECONDS", "Fetched", "fetch"]

log = logging.getLogger(__name__)

SECONDS = 10.0
"""The time for everything together: names, connections, redirects, and the page to its last byte."""

REDIRECTS = 3
"""How many redirects are followed."""

_MAX_ADDRESSES = 6  # how many of a name's addresses are tried


class Fetched(NamedTuple):
    """A page, and where it comes from."""

    url: str
    """The address that was asked for."""
    final_url: str
    """The address that answered: another one after redirects."""
    page: Page


def fetch(url: str) -> Fetched:
    """Fetch the page at `url`: in at most `SECONDS`, after at most `REDIRECTS`, of at most `answers.MAX_BYTES`.

    Raises `InputError`, in which no password stands, for an address that may not be fetched, a server that cannot
    be reached in time, and an answer that is no HTML page and no plain text.
    """
    deadline = time.monotonic() + SECONDS
    at = url
    try:
        place = read_address(url)
        for _ in range(REDIRECTS + 1):
            log.info("fetching %s", shown(at))
            answer = _ask(place, deadline)
            if not isinstance(answer, str):
                return Fetched(url, at, answer)
            at = answer  # should it be no address, it is named as it came
            at = redirected(place, answer)
            was_secure, place = place.secure, read_address(at)
            if was_secure and not place.secure:
                raise InputError("refused: an https address leads to an http address")
        raise InputError(f"refused: more than {REDIRECTS} redirects")
    except InputError as error:
        way = "" if at == url else f" leads to {shown(at)}"
        raise InputError(f"{shown(url)}{way}: {error}") from error


# The addresses behind a name


def _vetted(place: Place, deadline: float) -> list[IPAddress]:
    """Return the IP addresses of a place, asked for once. A single one that is not public refuses the place."""
    if place.literal is not None:
        found = [place.literal]
    else:
        try:
            found = [ipaddress.ip_address(text) for text in _look_up(place.host, place.port, time_left(deadline))]
        except (socket.gaierror, ValueError) as error:
            raise InputError(f"no address is known for the name {place.host}") from error
    for address in found:
        if not is_public(address):
            which = "its host" if place.literal else f"its host stands for {address}, which"
            raise InputError(f"refused: {which} is not an address of the public internet")
    return list(dict.fromkeys(found))[:_MAX_ADDRESSES]


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """Ask the system for the addresses of a name: in a thread, as `getaddrinfo` has no time limit."""

    def ask() -> list[str]:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

    return within(seconds, ask, abandon=lambda: None)


# The connection


@contextmanager
def _connection(place: Place, deadline: float) -> Iterator[socket.socket]:
    """Connect to a vetted address. From here on no name is looked up: it could stand for another address by now."""
    with _first_to_answer(_vetted(place, deadline), place.port, deadline) as sock:
        if not place.secure:
            yield sock
            return
        context = _tls()
        sock.settimeout(time_left(deadline))
        # An end that TLS does not vouch for could be a page cut short.
        with context.wrap_socket(sock, server_hostname=place.host, suppress_ragged_eofs=False) as secured:
            yield secured


def _first_to_answer(addresses: list[IPAddress], port: int, deadline: float) -> socket.socket:
    failure = OSError("it has no address")
    for tried, address in enumerate(addresses):
        try:
            return _connect(address, port, time_left(deadline) / (len(addresses) - tried))
        except OSError as error:
            failure = error
    raise failure


def _connect(address: IPAddress, port: int, seconds: float) -> socket.socket:
    sock = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect((str(address), port))
    except BaseException:
        sock.close()
        raise
    return sock


def _tls() -> ssl.SSLContext:
    import httpx2

    context = httpx2.create_ssl_context()  # which verifies the certificate and that it is the host's
    context.set_alpn_protocols(["http/1.1"])
    return context


# The request

_REQUEST = (
    "GET {target} HTTP/1.1\r\n"
    "Host: {authority}\r\n"
    "User-Agent: desk-summarizer/{version}\r\n"
    "Accept: text/html, application/xhtml+xml, text/plain\r\n"
    "Accept-Encoding: gzip\r\n"
    "Connection: close\r\n"
    "\r\n"
)


def _ask(place: Place, deadline: float) -> Page | str:
    """Send the request; return the page, or the address it is redirected to."""
    request = _REQUEST.format(target=place.target, authority=place.authority, version=__version__)
    with _plain_errors(place.host), _connection(place, deadline) as sock:
        sock.settimeout(time_left(deadline))
        sock.sendall(request.encode("ascii"))
        return read_answer(sock, deadline)


@contextmanager
def _plain_errors(host: str) -> Iterator[None]:
    """Say in plain words what went wrong on the way."""
    try:
        yield
    except TimeoutError as error:
        raise InputError(f"not here within {SECONDS:g} seconds") from error
    except ssl.SSLCertVerificationError as error:
        raise InputError(
            f"refused: its certificate does not stand for {host}: {getattr(error, 'verify_message', 'not trusted')}"
        ) from error
    except OSError as error:
        raise InputError(f"{host} cannot be reached, or broke off: {error.strerror or error}") from error
