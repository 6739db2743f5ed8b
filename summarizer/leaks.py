"""What a recording that is committed must not hold, told by its shape: keys, cookies, accounts, addresses, paths.

The shapes are the rows of `data/leaks.txt`, which says where they come from; here is how they are looked up, and
what a row alone cannot tell: a placeholder, prose, a harmless hash, text that is random. A text is read as it
stands and with one to three layers of escapes undone, for a body is JSON within YAML.
"""

from __future__ import annotations

import base64
import binascii
import bisect
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

__all__ = ["Leak", "leaks"]

_DATA = Path(__file__).with_name("data") / "leaks.txt"
_LAYERS = 3
"""How often escapes are undone: YAML, the body's JSON, JSON that a model was asked for within it."""

# What the table's signs stand for. `≡` is what separates a name from its value: in JSON, YAML (a list, a folded line
# too), Python, a query, a header. The octets are the last two of an IPv4 address.
_IS = r"""["'\\]*[ \t]*(?::|=|["'],)[ \t]*(?:\n[ \t]*-[ \t]+|\\\n[ \t\\]*|\[\s*)?["'\\]*"""
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_OCTETS = r"(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){2}(?!\w|\.\d)"
# A header: its name starts a line or a string, its value is the rest of it.
_HEADER = r"""(?i:(?:(?:^|\v)[ \t]*(?:-[ \t]+)?|["'])(?P<name>%s)≡(?P<v>[^\s"'\\,\[\]{}][^"'\n\v]*))"""
_RANDOM = r"(?<![\w+/=-])[A-Za-z0-9+/_-]{32,}={0,2}"

# Patterns are compiled at their first use: importing this module costs nothing.
_ESCAPE = r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\"'\\/abfnrtv]))|%([2-7][0-9a-fA-F])|&#(x?0*(?:40|64));"
_BLANKS = {"n": "\v", "r": "\v", "v": "\v", "t": "\t", "a": " ", "b": " ", "f": " "}
"""Escaped line ends become `\\v`: a blank that starts a line, and moves no line of the text."""
_HASH = r"""(?:article|\bid|prompt|schema|sha\d+|hash|digest)["'\\]*\s*(?:[:=]|==)\s*["'\\]*(?:sha\d+:)?$"""
_TRACKING = r"[?&;](?:\w*clid|utm_\w+|igshid|mc_\w+|ref\w*)=$"
_SCHEME = r"(?i)(?:bearer|basic|token|digest|negotiate|oauth|api-?key|key)[ \t]+"
_PLACEHOLDER = (
    r"(?i)[*x.…_-]*|[<{$%\[].*|(?:your|my|some|dummy|fake|example|redact|filter|mask|scrub)[\w-]*"
    r"|secret|password|passwd|pass|token|key|hidden|removed|none|null|true|false|test"
)

_Rules = tuple[tuple[str, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that is not to be committed."""

    line: int
    """The line of the text it starts on, from 1."""
    kind: str
    """What it is by its shape, such as "OpenAI key", "e-mail address" or "machine path"."""
    shown: str
    """Enough to find it, never the secret: at most its first 4 characters, and its length in characters."""


def leaks(text: str, *, article: str = "", secrets_only: bool = False) -> tuple[Leak, ...]:
    """What of `text` is not to be committed, in the order of its lines.

    `article` is the text that was recorded: an e-mail address, a path or a machine's address that stands in it is
    its own. A key, a token or a cookie never is. With `secrets_only`, for files that are no recording, only what
    opens a door counts: keys, tokens, cookies, passwords, random text.
    """
    found: dict[tuple[int, str], list[Leak]] = {}
    *escaped, plain = _views(text)
    for view in (*escaped, plain):
        here: dict[tuple[int, str], list[Leak]] = {}
        for leak in _leaks(view, article, _rules(secrets_only) if view is plain else _paths(secrets_only)):
            here.setdefault((leak.line, leak.kind), []).append(leak)
        for place, some in here.items():  # read in several ways, one thing is still one finding
            if len(some) >= len(found.get(place, ())):
                found[place] = some
    return tuple(leak for _, some in sorted(found.items()) for leak in some)


@cache
def _table() -> dict[str, list[tuple[str, str]]]:
    """The rows of the data file, by section: kind and shape."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for line in _DATA.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            kind, shape = line.split(": ", 1)
            section.append((kind, shape.replace("<uuid>", _UUID).replace("<octets>", _OCTETS)))
    return sections


@cache
def _rules(secrets_only: bool) -> _Rules:
    """Every rule, the most telling first: a place in the text is reported once."""
    table = _table()
    header = _HEADER % "|".join(names for _, names in table["headers"])
    others = [("header", header), *table["accounts"], *table["machine"]]
    rows = [*table["secrets"], *([] if secrets_only else others), ("random text", _RANDOM)]
    return tuple((kind, re.compile(shape.replace("≡", _IS), re.MULTILINE)) for kind, shape in rows)


@cache
def _paths(secrets_only: bool) -> _Rules:
    """The rules of what has backslashes of its own, which read as escapes."""
    return tuple(rule for rule in _rules(secrets_only) if rule[0] == "machine path")


@cache
def _names(kind: str) -> re.Pattern[str] | None:
    """The names that make a value one of this kind; none where the value's own shape does."""
    shape = dict(_table()["names"]).get(kind)
    return re.compile(shape.replace("≡", _IS)) if shape else None


@cache
def _header(name: str) -> str:
    """The kind of a header by its name."""
    return next(kind for kind, names in _table()["headers"] if re.fullmatch(names, name, re.IGNORECASE))


@cache
def _own() -> frozenset[str]:
    """The kinds that an article may hold."""
    return frozenset(kind for kind, _ in _table()["machine"])


def _views(text: str) -> Iterator[str]:
    """The text, and with one layer of escapes after the other undone; the lines stay where they are."""
    yield text
    for _ in range(_LAYERS):
        plain = re.sub(_ESCAPE, _unescaped, text)
        if plain == text:
            return
        yield plain
        text = plain


def _unescaped(match: re.Match[str]) -> str:
    wide, narrow, letter, percent, _ = match.groups()
    if letter:
        return _BLANKS.get(letter, letter)
    code = int(wide or narrow or percent or "40", 16)
    return "\v" if code in (10, 13) else chr(code)


def _leaks(view: str, article: str, rules: _Rules) -> Iterator[Leak]:
    starts = [0, *(match.end() for match in re.finditer("\n", view))]
    taken = bytearray(len(view))
    for rule, pattern in rules:
        for match in pattern.finditer(view):
            start, end = match.span("v" if "v" in pattern.groupindex else 0)
            value = view[start:end].rstrip()
            kind = _header(match["name"]) if rule == "header" else rule
            if 1 in taken[start:end] or (kind in _own() and value.rstrip(".,;:)") in article):
                continue
            if not _is_one(kind, value, view[max(0, start - 300) : start], view[match.start() - 1 : match.start() + 1]):
                continue
            taken[start:end] = b"\1" * (end - start)
            shown = "".join(c if c.isprintable() else "?" for c in value[: min(4, len(value) // 3)])
            yield Leak(bisect.bisect_right(starts, start), kind, f"{shown}… ({len(value)} characters)")


def _is_one(kind: str, value: str, before: str, edge: str) -> bool:
    """Whether what has the shape is what it seems: not inside a word ("risk-averse"), by its name, by its value."""
    names = _names(kind)
    if not names.search(before) if names else len(edge) == 2 and edge.isascii() and edge.isalnum():
        return False
    return kind not in _CHECKS or _CHECKS[kind](value, before)


def _filled(value: str, before: str) -> bool:
    """A header's value as a machine writes it: no prose, no placeholder."""
    value = re.sub(_SCHEME, "", value, count=1)
    return not re.fullmatch(_PLACEHOLDER, value) and (" " not in value or "=" in value or "," in value)


def _cookie(value: str, before: str) -> bool:
    name, _, rest = value.partition("=")
    return " " not in name and rest[:1].strip("; ") != "" and not re.fullmatch(_PLACEHOLDER, rest)


def _tokenish(value: str, before: str) -> bool:
    """Letters and digits, and no placeholder."""
    return bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value)) and not re.fullmatch(_PLACEHOLDER, value)


def _credentials(value: str, before: str) -> bool:
    return not re.fullmatch(_PLACEHOLDER, value.split(":", 1)[1])


def _basic(value: str, before: str) -> bool:
    return ":" in _decoded(value)


def _decoded(value: str) -> str:
    """The printable text that `value` is hex or base64 of; empty where it is of none."""
    bare = value.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    for decode in (bytes.fromhex, base64.b64decode):
        try:
            text = decode(bare if decode == bytes.fromhex else bare + "=" * (-len(bare) % 4)).decode()
        except (binascii.Error, ValueError):
            continue
        if text.replace("\n", "").isprintable():
            return text
    return ""


def _random(value: str, before: str) -> bool:
    """Text that nobody wrote: many changes between letters and digits, and high entropy (in bits a character).

    A hash that its name says to be one is none; base64 of a readable text is one if that text holds a finding.
    """
    if re.search(r"https?://[^\s\"'<>]*$", before):  # an address has many short parts
        value = max(value.split("/"), key=len)
    named_hash = re.fullmatch(r"[0-9a-f]{40}|(?:[0-9a-f]{32}){2,4}", value) and re.search(_HASH, before)
    bare = re.sub(r"[^A-Za-z0-9]", "", re.sub(_UUID, "", value))
    if named_hash or re.search(_TRACKING, before) or len(bare) < 28:
        return False
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(bare))
    entropy = -sum(n / len(bare) * math.log2(n / len(bare)) for n in Counter(bare).values())
    if changes < max(4, len(bare) * 0.12) or entropy < (3.0 if re.fullmatch(r"[0-9a-fA-F]+", bare) else 3.5):
        return False
    plain = _decoded(value)
    return not plain or bool(leaks(plain))


_CHECKS: dict[str, Callable[[str, str], bool]] = {
    "authorization header": _filled,
    "account id": _filled,
    "request id": _filled,
    "client address": _filled,
    "cookie header": _cookie,
    "cookie": _tokenish,
    "bearer token": _tokenish,
    "key by its name": _tokenish,
    "password": _tokenish,
    "credentials in an address": _credentials,
    "basic authorization": _basic,
    "random text": _random,
}
