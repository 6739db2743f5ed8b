"""Which addresses may be fetched: how they are written, and which IP addresses are of the public internet.

Pure functions: nothing is looked up and nothing is connected to here.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote, urljoin

from summarizer.errors import InputError
from summarizer.plain import one_line, shorten

__all__ = ["IPAddress", "Place", "is_public", "read_address", "redirected", "shown"]

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


# How an address is written


class Place(NamedTuple):
    """Where a page is: an address, read in the only way in which it can be read."""

    url: str
    secure: bool
    host: str
    """A name in ASCII, or an IP address without brackets."""
    literal: IPAddress | None
    """The host where it is an IP address."""
    port: int
    target: str
    """Path and query in ASCII, as they are sent."""

    @property
    def authority(self) -> str:
        """What the Host header says: the host, and the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


MAX_URL = 2_000
"""The longest address, in characters: what an article's `source` keeps."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::(80|443)?)?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SENT_AS_IT_IS = "%/?:@!$&'()*+,;=-._~[]"
_PRIVATE_NAMES = frozenset(
    "localhost local localdomain internal intranet private corp home lan arpa onion".split()  # noqa: SIM905
)


def read_address(url: str) -> Place:
    """Read an http(s) address; raises `InputError`, which repeats no part of it, for what may not be fetched."""
    _check_characters(url)
    parts = _URL.fullmatch(url)
    if not parts:
        raise InputError("refused: only addresses that begin with http:// or https:// are fetched")
    if "@" in parts[2]:
        raise InputError("refused: a user or a password stands in the address")
    authority = _AUTHORITY.fullmatch(parts[2])
    if not authority:
        raise InputError("refused: no host, or a port other than 80 and 443")
    secure = parts[1].lower() == "https"
    host, literal = _read_host(authority[1].lower())
    target = quote(parts[3], safe=_SENT_AS_IT_IS)
    return Place(
        url=url,
        secure=secure,
        host=host,
        literal=literal,
        port=int(authority[2] or (443 if secure else 80)),
        target=target if target.startswith("/") else f"/{target}",
    )


def redirected(place: Place, location: str) -> str:
    """Return the address, not vetted yet, that `place` leads to with `location`, which may be relative."""
    _check_characters(location)
    if _SCHEME.match(location):
        return location  # `urljoin` would read http:///path and http:path as relative
    if location.startswith("//"):
        return f"{'https' if place.secure else 'http'}:{location}"
    return urljoin(place.url, location)


def shown(url: str) -> str:
    """Return `url` as messages may show it: on one line, shortened, without a password."""
    try:
        read_address(url)
    except InputError:  # then nobody knows where in it a password ends
        url = re.sub(r".*(?:[@＠﹫]|%40)", "…", str(url), flags=re.DOTALL)
    return shorten(one_line(url), 200)


def _check_characters(url: object) -> None:
    if not isinstance(url, str) or not url.isprintable() or " " in url or "\\" in url:
        raise InputError("refused: a space, a backslash or a control character stands in the address")
    if len(url) > MAX_URL:
        raise InputError(f"refused: the address is longer than {MAX_URL:,} characters")


def _read_host(written: str) -> tuple[str, IPAddress | None]:
    """Return the host in ASCII, and as an IP address where it is one."""
    if len(written) > 254:
        raise InputError("refused: its host is no name")
    name = written if written.isascii() else _ascii(written)
    labels = name.removesuffix(".").split(".")
    # What a C library takes for an IPv4 address (2130706433, 0x7f.1, 127.1) ends in a label that begins with a digit,
    # and no name of the internet does.
    if name.startswith("[") or labels[-1][:1].isdigit():
        return _read_literal(written)
    if not all(map(_LABEL.fullmatch, labels)):
        raise InputError("refused: its host is no name")
    if len(labels) == 1 or labels[-1] in _PRIVATE_NAMES:
        raise InputError("refused: its host is a name of a private network, not of the internet")
    return ".".join(labels), None


def _ascii(name: str) -> str:
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except UnicodeError as error:  # idna's own errors derive from it
        raise InputError("refused: its host is no name") from error


def _read_literal(written: str) -> tuple[str, IPAddress]:
    try:
        address = ipaddress.ip_address(written.strip("[]"))
    except ValueError as error:
        raise InputError("refused: its host is a number that is not written as IP addresses are") from error
    host = str(address)
    if written != (f"[{host}]" if address.version == 6 else host):
        raise InputError("refused: its host is an IP address that is not written in the usual form")
    return host, address


# Which IP addresses are public

# In full, since what `ipaddress` calls global differs between versions of Python.
_CLOSED_4 = [
    ipaddress.IPv4Network("0.0.0.0/8"),  # this network
    ipaddress.IPv4Network("10.0.0.0/8"),  # private
    ipaddress.IPv4Network("100.64.0.0/10"),  # shared behind a provider's NAT
    ipaddress.IPv4Network("127.0.0.0/8"),  # loopback
    ipaddress.IPv4Network("169.254.0.0/16"),  # link-local, and the metadata of clouds
    ipaddress.IPv4Network("172.16.0.0/12"),  # private
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocols' own
    ipaddress.IPv4Network("192.0.2.0/24"),  # examples
    ipaddress.IPv4Network("192.31.196.0/24"),  # AS112: the name servers of private addresses
    ipaddress.IPv4Network("192.52.193.0/24"),  # multicast relays
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays
    ipaddress.IPv4Network("192.168.0.0/16"),  # private
    ipaddress.IPv4Network("192.175.48.0/24"),  # AS112
    ipaddress.IPv4Network("198.18.0.0/15"),  # benchmarks
    ipaddress.IPv4Network("198.51.100.0/24"),  # examples
    ipaddress.IPv4Network("203.0.113.0/24"),  # examples
    ipaddress.IPv4Network("224.0.0.0/4"),  # multicast
    ipaddress.IPv4Network("240.0.0.0/4"),  # reserved, and broadcast
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's, which answers to machines inside only
]
_OPEN_6 = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out; IPv4-mapped and -compatible, loopback, local and multicast lie outside."""

_CLOSED_6 = [
    ipaddress.IPv6Network("2001::/23"),  # Teredo, ORCHID and the like
    ipaddress.IPv6Network("2001:db8::/32"),  # examples
    ipaddress.IPv6Network("2002::/16"),  # 6to4
    ipaddress.IPv6Network("3fff::/20"),  # examples
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: IPAddress) -> bool:
    """Whether an address is of the public internet: of IPv6 what is given out, of IPv4 what is not set aside."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in block for block in _CLOSED_4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:  # how a network without IPv4 reaches it: the last 32 bits say whom
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _OPEN_6 and address.is_global and not any(address in block for block in _CLOSED_6)
