"""What a word is where it stands: a threat, a duty, a mere purpose, or a denial that a report is borne out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summarizer.checks.numbers import NUMBER_WORDS
from summarizer.checks.reading import BREAKS, MARKS
from summarizer.checks.thesaurus import BASE, PAST, group
from summarizer.checks.words import word_set

if TYPE_CHECKING:
    from summarizer.checks.reading import Word

__all__ = [
    "DETERMINERS",
    "FINITE",
    "PROVING",
    "REACH",
    "adjective",
    "obliges",
    "or_else",
    "purpose",
    "shows",
    "unproven",
]

REACH: Final = 24
"""Words that an operator reaches."""

FINITE: Final = word_set("was were is are has have had")
DETERMINERS: Final = word_set("the a an of in on its their his her this any no from with for by")


def adjective(words: list[Word], i: int) -> bool:
    """Whether a participle only tells a noun: "the disputed strip", but not "a failed coup"."""
    w, after = words[i], words[i + 1] if i + 1 < len(words) else None
    if w.form != PAST or w.base == "fail" or after is None or not after.content or after.low.endswith("ly"):
        return False
    return i > 0 and (words[i - 1].low in DETERMINERS or words[i - 1].possessive)


PROVING: Final = word_set("verify confirm corroborate substantiate authenticate prove establish")
_PROOFS: Final = word_set("verification confirmation corroboration")


def unproven(words: list[Word], i: int) -> bool:
    """Whether a denial says that nothing bears a report out: "have not been verified", "without confirmation"."""
    near = words[i + 1 : i + 6]
    for k, x in enumerate(near):
        if x.low in MARKS or x.low in BREAKS:
            return False
        if x.low in _PROOFS:
            return k <= 1 and not any(y.base == "have" for y in words[max(0, i - 1) : i])
        if x.base in PROVING:
            active = any(y.base in ("have", "do") for y in words[max(0, i - 3) : i])
            return x.form == PAST and (not active or any(y.base == "be" or y.low == "been" for y in near[:k]))
    return False


_ABOUT_SOMETHING: Final = word_set(
    """estimate report evidence datum data figure sign poll finding image picture record document account witness
    indication footage test survey analysis result statistic count study intelligence"""
)


def obliges(words: list[Word], i: int) -> bool:
    """Whether "have" obliges: "has to leave", "has 30 days to leave"."""
    near = words[i + 1 : i + 6]
    at = next((k for k, x in enumerate(near) if x.low == "to"), -1)
    if (
        words[i].low not in ("has", "have")
        or (i and words[i - 1].low == "still")
        or at < 0
        or at + 1 >= len(near)
        or near[at + 1].form != BASE
    ):
        return False
    return at == 0 or (near[0].low[0].isdecimal() or near[0].low in NUMBER_WORDS or near[0].low == "until")


def purpose(words: list[Word], i: int) -> bool:
    """Whether a wish only tells what a thing is for, or what somebody says: "insisted that he had"."""
    w = words[i]
    after = words[i + 1 : i + 8]
    if w.base in ("insist", "maintain", "suggest", "hint", "claim"):
        end = next((k for k, x in enumerate(after) if x.low in MARKS or x.low == "to"), len(after))
        return any(x.low in FINITE or (x.form == PAST and x.content) for x in after[:end])
    plain = (
        i > 0
        and words[i - 1].content
        and words[i - 1].base not in group("actors")
        and (words[i - 1].first or not words[i - 1].capital)
    )
    return plain and w.form == PAST and w.base in ("aim", "intend", "mean", "design") and after[:1] != []


def shows(words: list[Word], i: int) -> bool:
    """Whether what suggests something is no one who proposes: "early estimates suggest"."""
    before = [x for x in words[max(0, i - 4) : i] if x.content]
    return words[i].base in ("suggest", "indicate", "hint") and bool(before) and before[-1].base in _ABOUT_SOMETHING


def or_else(words: list[Word], i: int) -> bool:
    """Whether "or" threatens: "must leave or they will be shot"."""
    if words[i].low != "or":
        return False
    before = [x for x in words[max(0, i - REACH) : i] if x.sentence == words[i].sentence]
    after = [x for x in words[i + 1 : i + 8] if x.sentence == words[i].sentence]
    must = any(x.low in ("must", "should", "either") or obliges(words, x.index) for x in before)
    return (
        must
        and any(x.low in ("will", "would", "face", "risk", "else") for x in after)
        and not any(x.low == "either" for x in after)
    )
