"""The numbers of a text: their values, in figures or in words, with their measures and bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from summarizer.checks.words import listed, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summarizer.checks.document import Document

__all__ = [
    "MAX_NUMBERS",
    "MEASURES",
    "NUMBER_WORDS",
    "UNITS",
    "Number",
    "bound",
    "counted",
    "loose",
    "measure",
    "numbers",
    "small",
    "strict",
]

MAX_NUMBERS: Final = 300
"""Numbers of the evidence beyond these are not read."""

UNITS: Final = {
    w: i
    for i, w in enumerate(
        listed(
            """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen"""
        )
    )
} | {
    w: 20 + 10 * i for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}

_ORDINALS: Final = {
    w: i + 1
    for i, w in enumerate(
        listed("""first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth""")
    )
}

_SCALES: Final = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "dozen": 12,
    "bn": 1_000_000_000,
    "mn": 1_000_000,
    "tn": 1_000_000_000_000,
    "trillion": 1_000_000_000_000,
}

_VAGUE: Final = {
    "dozens": "dozen",
    "hundreds": "hundred",
    "thousands": "thousand",
    "millions": "million",
    "scores": "score",
}

NUMBER_WORDS: Final = frozenset([*UNITS, *_ORDINALS, *_SCALES, *_VAGUE, "half", "third", "thirds", "quarter"])
"""Every word that is, or may be part of, a number."""

_MEASURE_WORDS: Final = """
    hour: hour hours
    day: day days
    week: week weeks
    month: month months
    year: year years
    km: km kilometre kilometres kilometer kilometers
    mile: mile miles
    percent: percent % per-cent pct
    minute: minute minutes
    metre: metre metres meter meters
    decade: decade decades
    ton: ton tons tonnes
"""

MEASURES: Final = table(_MEASURE_WORDS)
"""Each written form of a measure with the measure."""

_AT_LEAST = re.compile(
    r"\b(?:more than|over|exceed\w*|above|at least|upwards of|in excess of|no fewer than)\s*$", re.IGNORECASE
)

_AT_MOST = re.compile(
    r"\b(?:less than|fewer than|under|below|at most|up to|no more than|not more than|a maximum of|nearly|almost"
    r"|close to|short of)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number by its value, and the tokens it takes up."""

    value: float
    at: int
    end: int
    vague: str = ""
    ordinal: bool = False


@lru_cache(maxsize=64)
def numbers(doc: Document) -> tuple[Number, ...]:
    """The numbers of a text by value, in figures or in words."""
    out: list[Number] = []
    i, toks = 0, doc.toks
    while i < len(toks):
        low = toks[i].low
        parts = low.split("-")
        start, value = i, None
        if low[0].isdecimal():
            value = _digits(low)
            if value is None:
                out.extend(Number(float(p), i, i + 1) for p in re.split(r"[.,:]", low) if p)
            i += 1
        elif all(p in UNITS or p in _ORDINALS for p in parts):
            value = float(sum(UNITS.get(p, _ORDINALS.get(p, 0)) for p in parts))
            i += 1
            while (
                i < len(toks) and toks[i].low in UNITS and value >= 20 and value % 10 == 0 and UNITS[toks[i].low] < 10
            ):
                value += UNITS[toks[i].low]
                i += 1
        elif low in _SCALES and low != "dozen" and start and toks[start - 1].low in ("a", "one", "several", "few"):
            value, i = 1.0, i
        elif low == "dozen":
            value = 12.0
            i += 1
        elif len(parts) > 1 and parts[0] in UNITS and parts[0] != "one":
            out.append(Number(float(UNITS[parts[0]]), i, i + 1))
            i += 1
            continue
        elif low in _VAGUE:
            out.append(Number(-1, i, i + 1, vague=_VAGUE[low]))
            i += 1
            continue
        else:
            i += 1
            continue
        while value is not None and i < len(toks) and toks[i].low in _SCALES:
            value *= _SCALES[toks[i].low]
            i += 1
            if i + 1 < len(toks) and toks[i].low == "and" and toks[i + 1].low.split("-")[0] in UNITS:
                value += sum(UNITS.get(p, 0) for p in toks[i + 1].low.split("-"))
                i += 2
        if value is not None:
            out.append(Number(value, start, i, ordinal=low in _ORDINALS))
    return tuple(out)


def _digits(raw: str) -> float | None:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", raw):
        raw = raw.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+", raw) and not raw.startswith("0"):
        raw = raw.replace(".", "")
    raw = raw.replace(",", ".")
    return float(raw) if re.fullmatch(r"\d+(?:\.\d+)?", raw) else None


def bound(doc: Document, n: Number) -> str:
    """Whether a number is told as the least or the most."""
    before = " ".join(t.low for t in doc.toks[max(0, n.at - 4) : n.at])
    turned = re.search(r"\b(?:no|not) (more|fewer|less) than$", before)
    if turned:
        return "most" if turned.group(1) == "more" else "least"
    return "least" if _AT_LEAST.search(before) else "most" if _AT_MOST.search(before) else ""


def strict(doc: Document, n: Number) -> bool:
    """Whether a number is told as more or less than it is: more than 40, nearly 40."""
    before = " ".join(t.low for t in doc.toks[max(0, n.at - 2) : n.at])
    return bool(re.search(r"\b(?:more than|fewer than|less than|nearly|almost)$", before)) and not n.ordinal


def loose(doc: Document, n: Number) -> bool:
    """Whether a number is followed by "or more", or near such words."""
    near = {t.low for t in doc.toks[max(0, n.at - 4) : n.end + 4]}
    return bool(
        near
        & {
            "more",
            "fewer",
            "less",
            "about",
            "around",
            "some",
            "passed",
            "exceeded",
            "exceed",
            "tops",
            "topped",
            "nearly",
            "almost",
        }
    )


def measure(doc: Document, n: Number) -> str:
    """What a number measures: hours, days, percent."""
    joined = [MEASURES[p] for p in doc.toks[n.at].low.split("-")[1:] if p in MEASURES]
    return next((MEASURES[t.low] for t in doc.toks[n.end : n.end + 2] if t.low in MEASURES), next(iter(joined), ""))


def counted(doc: Document, n: Number, every: Sequence[Number]) -> set[str]:
    """The content words that a number counts: those beside it, up to another number or a comma."""
    around = [o for o in every if o is not n and n.at - 8 < o.at < n.end + 8]
    taken = {i for other in around for i in range(other.at, other.end)}
    out: set[str] = set()
    back = range(n.at - 1, max(-1, n.at - 4), -1) if not measure(doc, n) else range(0)
    for step in (range(n.end, min(n.end + 5, len(doc.toks))), back):
        for i in step:
            t = doc.toks[i]
            if i in taken and doc.toks[n.end : n.end + 1] and doc.toks[n.end].low == "of":
                continue
            if i in taken or t.raw in ",;:.()" or t.low in ("and", "while", "but"):
                break
            if t.content:
                out.add(t.stem)
    return out


def small(word: str) -> float:
    """A small number by its word; zero for another word."""
    return (
        1.0
        if word in ("a", "one")
        else float(word)
        if word.isdecimal() and len(word) < 5
        else float(UNITS.get(word, 0))
    )
