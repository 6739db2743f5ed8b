"""One sentence being read for names: which of its words belong to a name, and what has been found in it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from summarizer.names import Mention, common_words, lexicon

if TYPE_CHECKING:
    from summarizer.names import Kind, Token

__all__ = ["ARTICLES", "OPENERS", "POSSESSIVES", "Scan"]

OPENERS = frozenset('.!?:;…"“”«»„‘([{—–-*•')
"""Marks after which a word is written with a capital although it is no name."""

ARTICLES = frozenset({"the", "a", "an"})
POSSESSIVES = frozenset({"his", "her", "its", "their", "our", "my", "your"})


class Scan:
    """One sentence being read.

    Its tokens are counted from 0, and spans of them are half open. `cased` says whether capitals mark names
    here, `seen` are the words that stand with a capital inside a sentence somewhere in the article, `found`
    the mentions so far, and `named[i]` is whether token i belongs to one.
    """

    def __init__(self, number: int, tokens: list[Token], cased: bool, seen: set[str]) -> None:
        self.number = number
        self.tokens = tokens
        self.cased = cased
        self.seen = seen
        self.lex = lexicon()
        self.found: list[Mention] = []
        self.named: list[bool] = [False] * len(tokens)
        self.stop = self.lex["function words"] | self.lex["calendar"]

    def bracketed(self, i: int) -> bool:
        """An acronym in brackets after a name."""
        t = self.tokens[i]
        if not (
            1 < i < len(self.tokens) - 1
            and self.tokens[i - 1].text in {"(", "["}
            and self.tokens[i + 1].text in {")", "]"}
        ):
            return False
        return (
            self.named[i - 2]
            and t.text.isupper()
            and 1 < len(t.text) < 10
            and (t.low,) not in self.lex.known
            and t.low not in self.stop
        )

    def namey(self, i: int) -> bool:
        """Whether this token may be part of a name."""
        if i >= len(self.tokens):
            return False
        t = self.tokens[i]
        if (
            not t.word
            or len(t.low) == 1
            or (t.low.partition("'")[0] in self.stop and not (t.low == "us" and t.text.isupper() and self.cased))
        ):
            return False
        if self.cased:
            if not (
                t.text[0].isupper()
                or (
                    re.match(r"(?:al|el|ul|as|ash|an|ad|ar|at|az)-[^\W\d_]", t.text)
                    and any(c.isupper() for c in t.text)
                )
            ):
                return False
            if (
                "-" in t.text
                and t.text.rpartition("-")[2].islower()
                and not t.text.startswith("Al-")
                and (t.low.partition("-")[0] in self.lex.adjectives or t.low.startswith(("us-", "u.s.-")))
            ):
                return False  # "Turkish-claimed"
            first = i == 0 or self.tokens[i - 1].text in OPENERS
            return not first or self.named_start(i)
        if t.low in self.lex["reporting verbs"] and t.low in common_words():
            return False
        return self.special(t.low) or (
            t.low not in common_words() and not t.text[0].isdigit() and len(t.low) > 1 and not self.compound(t.low)
        )

    def compound(self, low: str) -> bool:
        """Whether a word is common words joined by hyphens."""
        return "-" in low and all(p in common_words() or p in self.stop for p in low.split("-"))

    def special(self, low: str) -> bool:
        """Whether the lexicon knows a word as a part of names."""
        lex = self.lex
        return (
            low in lex["titles"]
            or low in lex["name fillers"]
            or low in lex.heads
            or low in lex.adjectives
            or (low,) in lex.known
            or low in lex["place words"]
        )

    def named_start(self, i: int) -> bool:
        """A capital at the start of a sentence: a name, unless a common word not capitalised elsewhere."""
        t = self.tokens[i]
        if t.low in self.seen or (len(t.text) > 1 and t.text.isupper()) or t.low not in common_words():
            return True
        following = self.tokens[i + 1] if i + 1 < len(self.tokens) else None
        capital = (
            following is not None
            and following.word
            and following.text[0].isupper()
            and (following.low not in self.stop or following.text in {"US", "U.S."})
        )
        return (
            capital
            and (
                self.special(t.low)
                or t.low in self.lex["title modifiers"]
                or (
                    len(self.tokens[i + 1].text) > 1
                    and i + 2 < len(self.tokens)
                    and self.tokens[i + 2].low in self.lex["reporting verbs"]
                )
            )
        ) or (t.low,) in self.lex.known

    def known(self, a: int, b: int) -> bool:
        """Whether a span is a state, a capital or a well-known body."""
        return 0 < b - a <= 8 and tuple(t.low for t in self.tokens[a:b]) in self.lex.known

    def words(self, a: int, b: int) -> tuple[str, ...]:
        """The folded words of a span, without articles and punctuation."""
        return tuple(t.low for t in self.tokens[a:b] if t.word and t.low not in ARTICLES)

    def emit(self, a: int, b: int, kind: Kind, **more: object) -> None:
        """Add the mention that a span is; `more` are further fields of `Mention`."""
        if a >= b:
            return
        tokens = self.tokens
        mention = Mention(tokens[a].start, tokens[b - 1].end, self.number, self.words(a, b), kind)
        self.found.append(replace(mention, **more))  # type: ignore[arg-type]
        for i in range(a, b):
            self.named[i] = True
