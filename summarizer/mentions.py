"""Where an article names somebody: a person, a state, a force, a body, or a phrase such as "the rebels".

`find_mentions` reads the sentences once, in linear time, and returns every mention with its span, the words
it is compared by, a guess of its kind and the role written beside it. It clusters nothing: `clusters` does.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from summarizer.descriptions import find_descriptions
from summarizer.names import tokenize
from summarizer.proper_names import find_names
from summarizer.scan import OPENERS, Scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summarizer.names import Mention, SentenceLike, Token

__all__ = ["find_mentions"]


def find_mentions(text: str, sentences: Iterable[SentenceLike]) -> list[list[Mention]]:
    """Every mention, one list a sentence, each in order of its start."""
    read = [(s.number, tokenize(text, s.start, s.end)) for s in sentences]
    cased = [_informative_case(tokens) for _, tokens in read]
    seen: set[str] = set()
    for (_, tokens), case in zip(read, cased, strict=True):
        if case:
            seen.update(t.low for p, t in itertools.pairwise(tokens) if t.text[0].isupper() and p.text not in OPENERS)
    return [_mentions(Scan(number, tokens, case, seen)) for (number, tokens), case in zip(read, cased, strict=True)]


def _mentions(scan: Scan) -> list[Mention]:
    find_names(scan)
    find_descriptions(scan)
    return sorted(scan.found, key=lambda m: (m.start, -m.end))


def _informative_case(tokens: list[Token]) -> bool:
    """Whether capital letters mark names here: not so in upper-case copy and title-case headlines."""
    words = [t.text for t in tokens if t.word and len(t.text) > 1 and t.text[0].isalpha()]
    upper = sum(w.isupper() for w in words)
    first = sum(w[0].isupper() for w in words)
    return not ((len(words) >= 3 and upper > 0.7 * len(words)) or (len(words) >= 6 and first > 0.75 * len(words)))
