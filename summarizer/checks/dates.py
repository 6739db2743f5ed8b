"""Dates: days, months, seasons and "next week" must stand in the evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summarizer.checks.problem import Problem
from summarizer.checks.words import DATE_WORDS, DAYS, MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summarizer.checks.document import Document

__all__ = ["check_dates"]

_NUMERIC_DATE = re.compile(r"\b(?:19|20)\d\d-(\d\d)-\d\d\b")


def check_dates(text: Document, evidence: Document) -> Iterable[Problem]:
    """The dates that the evidence does not have."""
    have = _dates(evidence) | {w for w in evidence.lows if w in DAYS or w in DATE_WORDS}
    for date in sorted(_dates(text) - have):
        if date in ("spring", "summer", "autumn", "winter") and not have:
            continue
        if date == "autumn" and "fall" in evidence.lows:
            continue
        if (
            date.startswith("next ")
            and evidence.lows & {date.split()[1], date.split()[1] + "s"}
            and not any(d.startswith("last") for d in have)
        ):
            continue
        yield Problem("date", f"{date!r} does not stand in the evidence")


def _dates(doc: Document) -> set[str]:
    """The days, months and seasons of a text; a short month name needs a date or a capital beside it."""
    out: set[str] = set()
    for i, t in enumerate(doc.toks):
        if t.low in DAYS or t.low in DATE_WORDS:
            out.add(t.low)
        elif t.low in MONTHS and t.low not in ("mar", "dec", "may", "march", "jan"):
            out.add(MONTHS[t.low])
        elif t.low in MONTHS:
            beside = [x.low for x in doc.toks[max(0, i - 1) : i] + doc.toks[i + 1 : i + 2]]
            if (
                any(b[0].isdecimal() for b in beside)
                or (t.capital and not t.first and not doc.upper)
                or beside[:1] in (["in"], ["since"], ["until"], ["by"], ["before"])
            ):
                out.add(MONTHS[t.low])
        elif t.low in ("next", "coming", "last", "past", "previous") and i + 1 < len(doc.toks):
            if t.low == "past" and doc.toks[max(0, i - 1)].low not in ("the", "this"):
                continue
            unit = doc.toks[i + 1].low
            if unit in ("week", "month", "year", "spring", "summer", "autumn", "winter", *DAYS):
                out.add(("next " if t.low in ("next", "coming") else "last ") + unit)
        if t.low.startswith("mid-"):
            out.add(MONTHS.get(t.low[4:], t.low[4:]))
    months = list(dict.fromkeys(MONTHS.values()))
    out |= {months[int(m) - 1] for m in _NUMERIC_DATE.findall(doc.text) if 1 <= int(m) <= 12}
    return out
