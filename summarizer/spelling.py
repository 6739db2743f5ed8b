"""How names are compared although they are spelled differently, and how one becomes an id."""

from __future__ import annotations

import re
from functools import lru_cache

from summarizer.names import fold, lexicon, tokenize

__all__ = ["SMALL", "same_person", "skeleton", "slug", "words_of"]

SMALL = frozenset({"of", "the", "for", "and", "on", "to", "a", "an", "&"})
"""Words that two spellings of one name may differ in."""

_SPELLINGS = (
    ("shch", "s"),
    ("sch", "s"),
    ("tch", "c"),
    ("ch", "c"),
    ("sh", "s"),
    ("zh", "z"),
    ("kh", "h"),
    ("gh", "g"),
    ("ph", "f"),
    ("ts", "c"),
    ("tz", "c"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("ck", "k"),
    ("q", "k"),
    ("w", "v"),
    ("j", "i"),
    ("y", "i"),
    ("'", ""),
    ("-", ""),
)


@lru_cache(maxsize=4_096)
def skeleton(word: str) -> str:
    """A word without what transliterations differ in: Serghej and Sergei, Rjabkov and Ryabkov."""
    w = fold(word)
    for a, b in _SPELLINGS:
        w = w.replace(a, b)
    w = re.sub(r"(.)\1+", r"\1", w)
    return re.sub(r"(?<=.)ie(?=.)", "e", w)


def same_person(a: list[str], b: list[str]) -> bool:
    """Whether two names can be one person's: one holds the other, and the first names agree."""
    x, y = ([skeleton(w) for w in ws] for ws in (a, b))
    if len(x) > len(y):
        x, y = y, x
    if not x:
        return False
    if len(x) == 1:
        return x[0] in ({y[-1]} if len(y) < 3 else {y[-1], y[-2]}) or (len(y) > 1 and x[0] == y[0] and len(x[0]) > 3)
    if not (
        x[0] == y[0]
        or (len(x[0].rstrip(".")) == 1 and y[0].startswith(x[0][0]))
        or (len(y[0].rstrip(".")) == 1 and x[0].startswith(y[0][0]))
    ):
        return False
    rest = iter(y[1:])
    return all(w in rest for w in x[1:])


def words_of(text: str) -> str:
    """A form as it is compared: folded words without possessives and punctuation."""
    return " ".join(t.low for t in tokenize(text) if t.word)


def slug(name: str) -> str:
    """An ASCII, lower-case id for a name."""
    plain = "".join(lexicon().cyrillic.get(c, c) for c in fold(name)).replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-")
