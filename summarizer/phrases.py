"""The words by which somebody speaks to an AI, looked up in a text: `data/instructions.txt`, by class and language.

The file is read at the first use. Looking up takes time in proportion to the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Hit", "Language", "Token", "hits", "tags", "tokenize"]

_DATA = Path(__file__).with_name("data") / "instructions.txt"
_TAIL = 40
"""Hits that an ordinary phrase may overlap."""
_TOKEN: Final = re.compile("[\u2e80-\u9fff]|[^\\W_\u2e80-\u9fff]+|[^\\w\\s]|\n")
_LETTERS: Final = str.maketrans({"ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe"})
_HEAD: Final = frozenset(",.:;!?()[]{}\"'«»“”„‘’*#>/-–—|=\n，。：；！？、（）「」『』، ؛؟")
_AND: Final = "and then but so please und dann et puis y e ed i и й тогда тоді oraz ve sonra و ثم"
_CONJUNCTIONS: Final = frozenset(_AND.split())

Language = str


class Token(NamedTuple):
    """A word, a Chinese character or a mark."""

    start: int
    end: int
    key: str
    """Folded."""
    upper: str
    """As written, where it is in capitals."""
    at: float
    """Its place, counted in words."""
    head: bool
    """Whether a clause may begin with it."""


class _Entry(NamedTuple):
    keys: tuple[str, ...]
    kind: str
    language: Language


class Hit(NamedTuple):
    """An entry of the data file that stands in a text."""

    kind: str
    language: Language
    first: int
    """Number of its first token."""
    last: int


class _Words(NamedTuple):
    whole: dict[str, list[_Entry]]
    stems: dict[str, list[_Entry]]
    longest: int
    tags: frozenset[str]


@cache
def _words() -> _Words:
    """The data file, read once."""
    whole: dict[str, list[_Entry]] = defaultdict(list)
    stems: dict[str, list[_Entry]] = defaultdict(list)
    tags: set[str] = set()
    kind = ""
    for line in _DATA.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        language, colon, entries = line.partition(": ")
        if line.startswith("#") or not colon:
            continue
        for entry in filter(None, (part.strip() for part in entries.split(","))):
            if kind == "tag":
                tags.add(entry)
                continue
            keys = tuple(_keys(entry))
            index = stems if keys[0].endswith("*") else whole
            index[keys[0].rstrip("*")].append(_Entry(keys, kind, language))
    return _Words(dict(whole), dict(stems), max(map(len, stems)), frozenset(tags))


def _keys(entry: str) -> Iterator[str]:
    """The tokens of an entry: "AI" as written, others folded, "demand*" with its star."""
    for word in re.findall("[\u2e80-\u9fff]|[^\\W_\u2e80-\u9fff]+\\*?", entry):
        plain = word.rstrip("*")
        capital = len(plain) > 1 and plain.isupper()
        yield (plain if capital else _fold(plain)) + "*" * word.endswith("*")


@lru_cache(maxsize=4_096)
def _fold(word: str) -> str:
    """A word without case, accents and vowel signs."""
    apart = unicodedata.normalize("NFKD", word.casefold().translate(_LETTERS))
    return "".join(c for c in apart if not unicodedata.category(c).startswith("M"))


@lru_cache(maxsize=4_096)
def _entries(key: str, upper: str) -> tuple[_Entry, ...]:
    """The entries that begin with a word."""
    words = _words()
    found = list(words.whole.get(upper, ())) if upper else []
    for form in _forms(key):
        found += words.whole.get(form, ())
        for length in range(2, min(len(form), words.longest) + 1):
            found += words.stems.get(form[:length], ())
    return tuple(found)


def _forms(key: str) -> tuple[str, ...]:
    """A word, and an Arabic one without what is written together with it: and, by, to, the."""
    if not key or not "\u0600" <= key[0] <= "\u06ff":
        return (key,)
    forms = [key]
    for prefixes in ("وف", "بلك"):
        if len(forms[-1]) > 3 and forms[-1][0] in prefixes:
            forms.append(forms[-1][1:])
    if len(forms[-1]) > 4 and forms[-1].startswith("ال"):
        forms.append(forms[-1][2:])
    return tuple(forms)


def _fits(wanted: str, token: Token) -> bool:
    if wanted in (token.key, token.upper):
        return True
    if wanted[-1] == "*":
        return token.key.startswith(wanted[:-1]) or bool(token.upper and token.upper.startswith(wanted[:-1]))
    return "\u0600" <= wanted[0] <= "\u06ff" and wanted in _forms(token.key)


def tokenize(text: str) -> list[Token]:
    """The words and marks of a text, in order."""
    found: list[Token] = []
    at, head = 0.0, True
    for match in _TOKEN.finditer(text):
        word = match[0]
        if not word[0].isalnum():
            head = head or word in _HEAD
            found.append(Token(match.start(), match.end(), word, "", at, False))
            continue
        key = _fold(word[:40])
        found.append(Token(match.start(), match.end(), key, word if word.isupper() else "", at, head))
        at += 0.5 if "\u2e80" <= word[0] <= "\u9fff" else 1.0
        head = key in _CONJUNCTIONS or "\u2e80" <= word[0] <= "\u9fff"
    return found


def hits(tokens: list[Token]) -> list[Hit]:
    """The entries that stand in the tokens; words of an ordinary phrase count for nothing else."""
    words = [number for number, token in enumerate(tokens) if token.key[:1].isalnum()]
    found: list[Hit] = []
    spoilt: dict[Language, int] = {}
    for order, number in enumerate(words):
        token = tokens[number]
        for entry in _entries(token.key, token.upper):
            last = order + len(entry.keys) - 1
            if last > order and (last >= len(words) or not _goes_on(entry.keys, tokens, words, order)):
                continue
            if entry.kind == "ordinary":
                spoilt[entry.language] = max(last, spoilt.get(entry.language, -1))
                tail = [hit for hit in found[-_TAIL:] if hit.language != entry.language or hit.last < number]
                found[-_TAIL:] = tail
            elif spoilt.get(entry.language, -1) < order:
                found.append(Hit(entry.kind, entry.language, number, words[last]))
    return found


def _goes_on(keys: tuple[str, ...], tokens: list[Token], words: list[int], order: int) -> bool:
    """Whether the words after one are the further ones of an entry."""
    if not _fits(keys[1], tokens[words[order + 1]]):  # mostly
        return False
    return all(_fits(keys[further], tokens[words[order + further]]) for further in range(2, len(keys)))


def tags() -> frozenset[str]:
    """Names that markup of a chat has."""
    return _words().tags
