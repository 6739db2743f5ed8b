"""Numbers: the same value, in figures or words, with the same measure and bound, counting the same thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from summarizer.checks.problem import Problem
from summarizer.checks.words import listed, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summarizer.checks.document import Document

__all__ = ["MAX_NUMBERS", "MEASURES", "NUMBER_WORDS", "check_numbers"]

MAX_NUMBERS: Final = 300
"""Numbers of the evidence beyond these are not read."""

_UNITS: Final = {
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
}

_VAGUE: Final = {
    "dozens": "dozen",
    "hundreds": "hundred",
    "thousands": "thousand",
    "millions": "million",
    "scores": "score",
}

NUMBER_WORDS: Final = frozenset([*_UNITS, *_ORDINALS, *_SCALES, *_VAGUE, "half", "third", "thirds", "quarter"])
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
    r"\b(?:less than|fewer than|under|below|at most|up to|no more than|a maximum of)\s*$", re.IGNORECASE
)


@dataclass(slots=True)
class _Number:
    """A number by its value, and the tokens it takes up."""

    value: float
    at: int
    end: int
    vague: str = ""
    ordinal: bool = False


def check_numbers(text: Document, evidence: Document) -> Iterable[Problem]:
    """The numbers that the evidence does not have, or has of something else."""
    mine, theirs = _numbers(text), _numbers(evidence)[:MAX_NUMBERS]
    counts = {e.at: _counted(evidence, e, theirs) for e in theirs}
    for n in mine:
        same = [e for e in theirs if e.value == n.value and e.vague == n.vague]
        shown = " ".join(t.raw for t in text.toks[n.at : n.end])
        if not same:
            one = n.value == 1 and (n.ordinal or evidence.lows & {"a", "an", "single", "the", "one", "first"})
            both = n.value == 2 and evidence.lows & {
                "both",
                "two",
                "pair",
                "couple",
                "second",
                "neither",
                "twice",
            }
            if not one and not both and not (n.ordinal and n.value <= 2):
                yield Problem("number", f"{shown!r} does not stand in the evidence")
            continue
        measure = _measure(text, n)
        if measure and all((m := _measure(evidence, e)) and m != measure for e in same):
            yield Problem("number", f"{shown!r} is measured otherwise in the evidence")
        bound = _bound(text, n)
        if bound and all((b := _bound(evidence, e)) and b != bound for e in same):
            yield Problem("number", f"{shown!r} is bounded otherwise in the evidence")
        counted = set() if n.ordinal else _counted(text, n, mine)
        right = set().union(*(counts[e.at] for e in same))
        wrong = set().union(*(counts[e.at] for e in theirs if e.value != n.value))
        if counted and not counted & right and counted & wrong - right:
            yield Problem("number", f"{shown!r} counts something else in the evidence")


def _numbers(doc: Document) -> list[_Number]:
    """The numbers of a text by value, in figures or in words."""
    out: list[_Number] = []
    i, toks = 0, doc.toks
    while i < len(toks):
        low = toks[i].low
        parts = low.split("-")
        start, value = i, None
        if low[0].isdecimal():
            value = _digits(low)
            if value is None:
                out.extend(_Number(float(p), i, i + 1) for p in re.split(r"[.,:]", low) if p)
            i += 1
        elif all(p in _UNITS or p in _ORDINALS for p in parts):
            value = float(sum(_UNITS.get(p, _ORDINALS.get(p, 0)) for p in parts))
            i += 1
            while (
                i < len(toks) and toks[i].low in _UNITS and value >= 20 and value % 10 == 0 and _UNITS[toks[i].low] < 10
            ):
                value += _UNITS[toks[i].low]
                i += 1
        elif low in _SCALES and low != "dozen" and start and toks[start - 1].low in ("a", "one", "several", "few"):
            value, i = 1.0, i
        elif low == "dozen":
            value = 12.0
            i += 1
        elif low in _VAGUE:
            out.append(_Number(-1, i, i + 1, vague=_VAGUE[low]))
            i += 1
            continue
        else:
            i += 1
            continue
        while value is not None and i < len(toks) and toks[i].low in _SCALES:
            value *= _SCALES[toks[i].low]
            i += 1
            if i + 1 < len(toks) and toks[i].low == "and" and toks[i + 1].low.split("-")[0] in _UNITS:
                value += sum(_UNITS.get(p, 0) for p in toks[i + 1].low.split("-"))
                i += 2
        if value is not None:
            out.append(_Number(value, start, i, ordinal=low in _ORDINALS))
    return out


def _digits(raw: str) -> float | None:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", raw):
        raw = raw.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+", raw) and not raw.startswith("0"):
        raw = raw.replace(".", "")
    raw = raw.replace(",", ".")
    return float(raw) if re.fullmatch(r"\d+(?:\.\d+)?", raw) else None


def _bound(doc: Document, n: _Number) -> str:
    before = " ".join(t.low for t in doc.toks[max(0, n.at - 4) : n.at])
    return "least" if _AT_LEAST.search(before) else "most" if _AT_MOST.search(before) else ""


def _measure(doc: Document, n: _Number) -> str:
    return next((MEASURES[t.low] for t in doc.toks[n.end : n.end + 2] if t.low in MEASURES), "")


def _counted(doc: Document, n: _Number, every: list[_Number]) -> set[str]:
    """The content words that a number counts: those beside it, up to another number or a comma."""
    around = [o for o in every if o is not n and n.at - 8 < o.at < n.end + 8]
    taken = {i for other in around for i in range(other.at, other.end)}
    out: set[str] = set()
    for step in (range(n.end, min(n.end + 5, len(doc.toks))), range(n.at - 1, max(-1, n.at - 4), -1)):
        for i in step:
            t = doc.toks[i]
            if i in taken and doc.toks[n.end : n.end + 1] and doc.toks[n.end].low == "of":
                continue
            if i in taken or t.raw in ",;:.()" or t.low in ("and", "while", "but"):
                break
            if t.content:
                out.add(t.stem)
    return out
