"""What a word such as "not", "may" or "if" applies to: the words it reaches, and where a clause states a fact."""

from __future__ import annotations

import re
from typing import Final

from summarizer.checks.cues import DETERMINERS, FINITE, REACH
from summarizer.checks.reading import AUX, BREAKS, MARKS, MODALS, PREFIX, Word
from summarizer.checks.thesaurus import ING, PAST, THIRD, can_be_verb, group
from summarizer.checks.words import word_set

__all__ = ["finite_next", "is_fact", "noun", "scope"]

_STOPS: Final = frozenset(",.;:!?()–—|")
_BE: Final = word_set("is are was were be been being")
_CAUSES: Final = word_set("the its his their he she they it this that there")
_LINKS: Final = word_set("stay remain keep leave lie stand")
_PEOPLE: Final = word_set("wounded injured displaced missing accused armed elected")


def noun(words: list[Word], i: int) -> bool:
    """Whether the word is a noun where it stands: after an article or a preposition."""
    before = words[i - 1].low if i else ""
    return before in word_set("the a an this that his her its their any no of in on at by for with from under") or (
        i > 0 and words[i - 1].possessive
    )


def scope(words: list[Word], i: int, kind: str) -> list[Word]:
    """The words an operator applies to."""
    w = words[i]
    if w.base == PREFIX:
        after = words[i + 2].low if i + 2 < len(words) else ""
        if i + 1 < len(words) and after not in ("to", "that", "of"):
            return [words[i + 1]]
        return _forward(words, i + 1)
    if kind == "unless":
        return _forward(words, i + 1)
    if kind == "if":
        return _forward(words, i + 1)
    forward = _forward(words, i + 1, far=kind in ("wish", "hedge"))
    if kind == "wish" and (noun(words, i) or (i + 1 < len(words) and words[i + 1].low == "to")):
        forward = forward[: next((k for k, x in enumerate(forward) if x.low in FINITE), len(forward))]
    if (
        (kind in ("deny", "cease", "wish", "hedge") and _turned(words, i))
        or (kind == "hedge" and w.low.endswith("ly"))
        or (kind == "cease" and not any(x.content for x in forward[:3]))
    ):
        forward = [*_backward(words, i), *forward]
    return forward


def _turned(words: list[Word], i: int) -> bool:
    """Whether the word is passive or an adjective after "be": what it applies to stands before it."""
    w = words[i]
    if (
        w.form != PAST
        and not w.base.startswith("be_")
        and w.low not in word_set("unlikely likely possible impossible probable uncertain unclear doubtful")
    ):
        return False
    return any(x.low in _BE or x.base == "be" for x in words[max(0, i - 3) : i]) or w.base.startswith("be_")


def _backward(words: list[Word], i: int) -> list[Word]:
    out: list[Word] = []
    clause = words[i].clause
    for x in reversed(words[max(0, i - 12) : i]):
        if x.clause != clause or x.low in MARKS or x.low == "that":
            break
        out.append(x)
    return out


def _forward(words: list[Word], start: int, *, far: bool = False) -> list[Word]:
    """The words that follow, to the end of the clause."""
    out: list[Word] = []
    skip = 0
    for k in range(start, min(start + REACH, len(words))):
        x = words[k]
        if k < skip:
            continue
        if x.low == "," and far and _resumes(words, k):
            skip = next(j for j in range(k + 1, len(words)) if words[j].low == ",") + 1
            continue
        if x.low in ".;!?|:" or (x.low in _STOPS and (out or not far)):
            break
        if x.low in BREAKS and out and x.low not in ("when", "where", "as") and x.base == x.low:
            break
        if x.low == "as" and out and k + 1 < len(words) and words[k + 1].low in _CAUSES:
            break
        if x.low in ("and", "or", "but") and out and finite_next(words, k):
            break
        if x.low == "," and not out:
            continue
        out.append(x)
    return out


def _resumes(words: list[Word], k: int) -> bool:
    """Whether a clause goes on after an insertion between commas: "conceivable, though far from certain, that"."""
    closing = next((j for j in range(k + 1, min(k + 9, len(words) - 1)) if words[j].low == ","), 0)
    return bool(closing) and words[closing + 1].low in ("that", "to")


def finite_next(words: list[Word], k: int) -> bool:
    """Whether a new finite verb follows "and": "... will not heal and asked for ..."."""
    before = words[k - 1] if k else words[k]
    for x in words[k + 1 : k + 4]:
        if x.low in MODALS or x.low in AUX:
            return True
        if x.form == PAST and before.form != PAST:
            return True
        if (
            x.form == THIRD
            and x is words[k + 1]
            and can_be_verb(x.base)
            and x.base not in group("actors")
            and before.form != THIRD
        ):
            return True
        if x.low in ("to", "of", "from", "in"):
            return False
    return False


_BETWEEN: Final = word_set("not never also already now still since been just again all both only")


_ADJECTIVAL = re.compile(r"(?:ish|ian|ese|ot|an|ic|al)$")


def _goes_on(words: list[Word], i: int) -> bool:
    """Whether a participle after "and" goes on from what will be: "will keep it open but shut on Sundays"."""
    w = words[i]
    same = [x for x in words[max(0, i - REACH) : i] if x.sentence == w.sentence]
    modal = next((k for k, x in enumerate(same) if x.low in MODALS or x.low == "to"), -1)
    if modal < 0:
        return False
    return w.low == w.base or any(x.base in _LINKS for x in same[modal:])


def is_fact(words: list[Word], i: int) -> bool:
    """Whether a verb tells something as done or going on: finite, and not after "to" or "will"."""
    w = words[i]
    k = i - 1
    while k >= 0 and i - k < 6:
        x = words[k]
        if x.low in MODALS or x.low == "to" or x.low == "be":
            return False
        if x.base in ("be", "have") and x.low not in ("been", "being", "having"):
            return w.form in (PAST, ING)
        if not (x.low.endswith("ly") or x.low in _BETWEEN or x.low == "being"):
            break
        k -= 1
    if w.form == PAST:
        if i and (words[i - 1].base in _LINKS or w.low in _PEOPLE):
            return False
        if i and words[i - 1].low in ("and", "but", "or") and _goes_on(words, i):
            return False
        return i == 0 or words[i - 1].low not in DETERMINERS
    if w.form != THIRD or not i or w.base in group("actors") or not can_be_verb(w.base):
        return False
    before = words[i - 1]
    after = words[i + 1] if i + 1 < len(words) else None
    if (
        before.low in DETERMINERS
        or before.possessive
        or before.low.endswith("s")
        or (after and after.low in (MODALS | AUX))
    ):
        return False
    if (i > 1 and words[i - 2].low in ("the", "a", "an")) or _ADJECTIVAL.search(before.low):
        return False
    return (
        (before.capital and not before.first)
        or before.low in ("he", "she", "it", "who", "which")
        or before.base in group("actors")
    )
