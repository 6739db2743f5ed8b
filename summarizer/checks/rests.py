"""What is left: where the evidence tells what 23 of 25 did, the text may tell what the other two did not."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from summarizer.checks import quantities as q
from summarizer.checks.thesaurus import PAST, group
from summarizer.checks.words import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summarizer.checks.document import Document
    from summarizer.checks.pair import Finding
    from summarizer.checks.reading import Reading

__all__ = ["TURNED", "fractional", "other_part", "rests", "tells_rest"]

_BETWEEN: Final = word_set("of the its his her their these those all some about around")
_COMPLEMENTS: Final = {"third": "thirds", "thirds": "third", "quarter": "quarters", "quarters": "quarter"}
_AUX: Final = word_set("was were is are been have has had")
TURNED: Final = ("denial added", "denial dropped", "opposite")
"""Findings that say the text denies what the evidence asserts: as it must, where it tells of the rest."""


def _parts(doc: Document) -> set[tuple[float, float]]:
    """The pairs of a part and its whole: "23 of the 25", "of 25 drones, 23"."""
    out: set[tuple[float, float]] = set()
    for a, b in pairwise(n for n in q.numbers(doc)[: q.MAX_NUMBERS] if not n.ordinal and not n.vague):
        if doc.toks[a.at].sentence != doc.toks[b.at].sentence:
            continue
        between = [t.low for t in doc.toks[a.end : b.at]]
        before = [t.low for t in doc.toks[max(0, a.at - 3) : a.at]]
        if a.value < b.value and between[:1] == ["of"] and set(between) <= _BETWEEN:
            out.add((a.value, b.value))
        elif any(a.value == whole for _, whole in out):
            continue
        elif a.value > b.value and ("of" in before[-2:] or {"which", "whom", "them"} & set(between)):
            out.add((b.value, a.value))
    return out


def _fraction(doc: Document) -> str:
    found = [t.low.rpartition("-")[2] for t in doc.toks if t.low.rpartition("-")[2] in _COMPLEMENTS]
    return found[0] if len(found) == 1 else ""


def rests(text: Document, evidence: Document) -> set[float]:
    """The numbers of the text that are what the evidence leaves of a whole; 3 and 4 for a third and a quarter."""
    there = _parts(evidence)
    told = {n.value for n in q.numbers(text)}
    out = {whole - part for part, whole in there if whole - part in told and part not in told}
    if any(2 * part == whole for part, whole in there):
        out.clear()
    mine, other = _fraction(text), _fraction(evidence)
    if mine and other == _COMPLEMENTS[mine]:
        out.add(3.0 if mine.startswith("third") else 4.0)
    return out


def other_part(text: Document, evidence: Document) -> float | None:
    """The part of a whole that is another in the evidence: one of the ten, where nine of the ten stands."""
    there = _parts(evidence)
    for part, whole in sorted(_parts(text)):
        known = {p for p, w in there if w == whole}
        if known and part not in known and part not in {n.value for n in q.numbers(evidence)}:
            return part
    return None


def fractional(text: Document) -> bool:
    """Whether the text tells of a third or a quarter."""
    return bool(_fraction(text))


def tells_rest(text: Reading, evidence: Reading, found: Sequence[Finding], *, fraction: bool) -> bool:
    """Whether the text says other things of the rest than the evidence of the part.

    It must deny them, or, where whole things are counted, have other verbs.
    """
    if any(f.name.startswith(TURNED) for f in found):
        return True
    if fraction:
        return False
    words = evidence.words
    verbs = [
        w for w in words if w.form == PAST and w.content and w.base not in group("claims") and "say" not in w.heads
    ]
    main = [w for w in verbs if any(x.low in _AUX for x in words[max(0, w.index - 2) : w.index])] or verbs
    shared = {h for w in main for h in w.heads}
    return bool(main) and not any(w.heads & shared for w in text.words if w.content)
