"""Titles, and the role beside a name: before it ("Defence Minister ...") or after it (", the premier,")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summarizer.scan import ARTICLES, POSSESSIVES

if TYPE_CHECKING:
    from summarizer.scan import Scan

__all__ = ["complement_end", "is_title", "role_after", "role_before"]


def is_title(scan: Scan, i: int, b: int) -> bool:
    """Whether the token at i is a title, and not the start of a body's name that ends at b."""
    lex, t = scan.lex, scan.tokens[i]
    if t.low not in lex["titles"] or (i > 1 and scan.tokens[i - 1].low in {"of", "for"}):
        return False
    rest = scan.tokens[i + 1 : b]
    return (
        not rest
        or not all(r.low in lex.heads or r.low in lex["name fillers"] or r.low in {"of", "for", "the"} for r in rest)
        or rest[0].low == "of"
    )


def complement_end(scan: Scan, c: int) -> int:
    """The end of "of State" or "of Israel" after a title."""
    tokens, lex = scan.tokens, scan.lex
    if c < len(tokens) and tokens[c].low in {"of", "for", "to"}:
        d = c + 1
        the = d < len(tokens) and tokens[d].low == "the"
        for e in range(min(d + 7, len(tokens)), d + the, -1):
            if scan.known(d + the, e):
                return e
        while d < len(tokens) and tokens[d].low in lex["title complements"]:
            d += 1
        if d > c + 1:
            return d
    return c


def role_before(scan: Scan, a: int) -> tuple[int, int] | None:
    """The title in lower case before a name: "the political scientist", "Taliban spokesman,"."""
    tokens, lex = scan.tokens, scan.lex
    p = a - 1
    comma = p > 0 and tokens[p].text == ","
    p -= comma
    if p < 0 or (
        tokens[p].low not in lex["titles"]
        and not (p >= 2 and complement_end(scan, p - 1) == p + 1 and tokens[p - 2].low in lex["titles"])
    ):
        return None
    q = p
    while q > 0 and p - q < 10 and tokens[q - 1].word and not tokens[q - 1].possessive and _modifier_word(scan, q - 1):
        q -= 1
    if comma and (
        tokens[p].low in lex["plural titles"]
        or (q == p and (q == 0 or tokens[q - 1].low not in ARTICLES | POSSESSIVES))
    ):
        return None
    return (q, p + 1) if q < p + 1 else None


def _modifier_word(scan: Scan, i: int) -> bool:
    t, lex = scan.tokens[i], scan.lex
    if t.low in lex["title modifiers"] or t.low in lex["titles"] or t.low in lex.adjectives:
        return True
    if t.low == "of":
        beside = [j for j in (i - 1, i + 1) if 0 <= j < len(scan.tokens) and scan.tokens[j].low != "of"]
        return len(beside) == 2 and all(_modifier_word(scan, j) for j in beside)
    return scan.named[i] or (t.low in lex["description modifiers"])


def role_after(scan: Scan, b: int) -> tuple[int, int] | None:
    """The apposition after a name: ", the caretaker prime minister,"."""
    tokens, lex = scan.tokens, scan.lex
    if b + 1 >= len(tokens) or tokens[b].text != "," or tokens[b - 1].possessive:
        return None
    c = b + 1
    if tokens[c].low in ARTICLES | POSSESSIVES:
        c += 1
    for i in range(c, min(c + 8, len(tokens))):
        low = tokens[i].low
        if (
            not tokens[i].word
            or low in lex["reporting verbs"]
            or (low in lex["function words"] and low not in {"former", "new"} and not tokens[i].text.isupper())
        ):
            return None
        following = tokens[i + 1].low if i + 1 < len(tokens) else ""
        if low in lex["titles"] and low not in lex["honorifics"] and following not in lex["titles"]:
            if (
                following
                and tokens[i + 1].text != ","
                and following not in {"of", "for", "to", "in", "at", "who", "and"}
            ):
                return None
            return c, _apposition_end(scan, i + 1)
    return None


def _apposition_end(scan: Scan, i: int) -> int:
    if i < len(scan.tokens) and scan.tokens[i].low in {"of", "for", "to", "in", "at"}:
        for j in range(i + 1, min(i + 9, len(scan.tokens))):
            if not scan.tokens[j].word:
                return j
    return i
