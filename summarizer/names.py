"""What names are made of: folded words, tokens, the lexicon, and the type of a mention.

The word lists live in `data/` (plain text, described there) and are read at the first use.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, Protocol

from summarizer.lexicon import finite_forms

__all__ = [
    "Kind",
    "Lexicon",
    "Mention",
    "SentenceLike",
    "Token",
    "common_words",
    "fold",
    "lexicon",
    "tokenize",
]

Kind = Literal["person", "government", "armed_force", "organisation", "media", "group", "other"]
_DATA = Path(__file__).with_name("data")
_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?"  # U.S. and U.S.A
    r"|[^\W\d_]\.(?=\s?[^\W\d_])"  # the initial in "John F. Kennedy"
    r"|[^\W_]+(?:[-'’‐‑][^\W_]+)*"
    r"|[^\w\s]"
)
_LETTERS = str.maketrans(
    {"’": "'", "‘": "'", "‐": "-", "‑": "-", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}
)
_HEAD_KINDS: tuple[tuple[str, Kind], ...] = (
    ("media", "media"),
    ("armed", "armed_force"),
    ("government", "government"),
    ("organisation", "organisation"),
)


class SentenceLike(Protocol):
    """A sentence: its number from 1 and its span in the text."""

    @property
    def number(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(slots=True)
class Token:
    """A word or one punctuation mark; `low` is the folded word without its possessive ending."""

    start: int
    end: int
    text: str
    low: str
    possessive: bool
    word: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where the text names somebody."""

    start: int
    end: int
    sentence: int
    words: tuple[str, ...]
    """The folded words of the name, without title and article."""
    kind: Kind
    canonical: str | None = None
    """The lexicon's own name for a state or a well-known body, shared by all its forms."""
    role: tuple[int, int] | None = None
    """The span of the title or description beside the name."""
    possessor: bool = False
    """The role starts with "his", "their", "Smith's": an alias rather than a role."""
    description: bool = False
    """A noun phrase such as "the rebels" or "the minister", not a name."""
    modifier: bool = False
    """A name used as an adjective ("US troops") or as a place ("in Ghana")."""
    titled: bool = False
    """A title stands beside it, so it is a person for certain."""


def fold(text: str) -> str:
    """Lower case, no accents, straight apostrophes: the form in which words are compared."""
    return _folded_word(text) if len(text) < 64 else _folded(text)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)


_folded_word = lru_cache(maxsize=4_096)(_folded)


class Lexicon:
    """The word lists of `data/`; `lex["titles"]` is a frozenset of folded entries."""

    def __init__(self) -> None:
        self.lists: dict[str, frozenset[str]] = {}
        self.known: dict[tuple[str, ...], tuple[str, Kind]] = {}
        self.capitals: set[tuple[str, ...]] = set()
        self.demonyms: dict[str, str] = {}
        self.heads: dict[str, Kind] = {}
        sections: dict[str, list[str]] = {}
        name = ""
        for line in _lines("lexicon.txt"):
            if line.startswith("["):
                name = line.strip("[]")
            else:
                sections.setdefault(name, []).extend(e for e in (p.strip() for p in line.split(",")) if e)
        self.lists = {k: frozenset(map(fold, v)) for k, v in sections.items()}
        self.lists["reporting verbs"] |= finite_forms()
        for suffix, kind in _HEAD_KINDS:
            for word in self[f"name heads {suffix}"]:
                self.heads.setdefault(word, kind)
        self._states()
        for entry in sections["acronyms"]:
            names, _, stated = entry.partition(":")
            forms = [fold(f.strip()) for f in names.split("=")]
            kind = next((k for _, k in _HEAD_KINDS if k == stated.strip()), "organisation")
            for form in forms:
                self.known.setdefault(tuple(form.split()), (forms[0], kind))
        self.cyrillic = dict(pair.split("=") for pair in sections["cyrillic"])
        self.nouns = {w: kind for key, kind in _NOUN_KINDS for w in self[key]}
        self.demonym_plurals = {
            w + "s" for w in self.demonyms if w[-1] not in "shz" and w not in {"vatican", "soviet", "philippine"}
        } | {"kurds", "arabs", "jews", "tamils"}
        self.adjectives = self["adjectives"] | {w for d in self.demonyms for w in d.split()}

    def _states(self) -> None:
        for line in _lines("places.txt"):
            names, capitals, people = ([e.strip() for e in f.split(",") if e.strip()] for f in line.split("|"))
            canonical = fold(names[0])
            for form in names:
                self.known[tuple(fold(form).split())] = (canonical, "government")
            for form in capitals:
                self.known.setdefault(tuple(fold(form).split()), (canonical, "government"))
                self.capitals.add(tuple(fold(form).split()))
            for form in people:
                self.demonyms.setdefault(fold(form), canonical)

    def __getitem__(self, name: str) -> frozenset[str]:
        return self.lists[name]


_NOUN_KINDS: tuple[tuple[str, Kind], ...] = (
    ("titles", "person"), ("person nouns", "person"), ("plural persons", "group"), ("group nouns", "group"),
    ("government nouns", "government"), ("armed nouns", "armed_force"),
)  # fmt: skip


def _lines(name: str) -> Iterator[str]:
    for line in (_DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    return Lexicon()


@cache
def common_words() -> frozenset[str]:
    """Common English words in lower case."""
    return frozenset(w for line in _lines("words.txt") for w in line.split())


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Words and punctuation marks of a span, with abbreviations, initials and possessives understood."""
    tokens: list[Token] = []
    honorifics = lexicon()["honorifics"]
    inside = lexicon()["possessive inside"]
    stop = len(text) if end is None else end
    skip = -1
    for m in _TOKEN.finditer(text, start, stop):
        a, b = m.span()
        if a < skip:
            continue
        raw = m.group()
        low = fold(raw)
        word = raw[0].isalnum()
        possessive = False
        if word and low not in inside:
            if low.endswith("'s"):
                low, b, possessive = low[:-2], b - 2, True
            elif low.endswith("s") and b < stop and text[b] in "'’" and text[b + 1 : b + 2].isspace():
                possessive, skip = True, b + 1
                if f"{low}'" in inside:
                    low, b, possessive = f"{low}'", b + 1, False
            elif low in honorifics and text[b : b + 1] == ".":
                b, skip = b + 1, b + 1
        tokens.append(Token(a, b, text[a:b], low, possessive, word))
    return tokens
