"""Splitting a sentence into the clauses that carry a statement each.

Only where code can tell: at a new verb of saying, at a further "that", before a clause with a subject of its own.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from summarizer.cues import MAX_SENTENCE, matches
from summarizer.lexicon import REPORTING_VERBS, alternatives, finite_forms, reporting_forms, verb_forms
from summarizer.speech import direct_speech

__all__ = ["clauses"]

_JOINT = re.compile(
    r";\s{1,3}|(?:,\s{0,3}|\s{1,3}[-–—]\s{1,3}|\s)(?:and|but|while|yet|whereas|though|although)\s{1,3}",
    re.IGNORECASE,
)
_MINIMUM_WORDS = 4


@cache
def _saying_start() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The finite verb of a new statement: bare after "and", also with a short subject after ", but"."""
    more = {"refused", "refuses", "opposed", "opposes", "offered", "offers", "supported", "decided"}
    verbs = rf"(?:{alternatives(finite_forms() | more)})\b(?!\s{{1,3}}by\b)"
    adverb = r"(?:(?:also|later|then|further|now|again|he|she|they|it)\s{1,3}){0,3}"
    subject = r"(?:(?!and\b|but\b|or\b)[\w'’.-]{1,30}\s{1,3}){0,4}?"
    return re.compile(adverb + verbs, re.IGNORECASE), re.compile(subject + verbs, re.IGNORECASE)


def _apart(cuts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The cuts in order, without those that overlap an earlier one."""
    kept: list[tuple[int, int]] = []
    for cut in sorted(cuts):
        if not kept or cut[0] >= kept[-1][1]:
            kept.append(cut)
    return kept


_INDEPENDENT = re.compile(
    r",\s{1,3}(?:but|and|while|yet)\s{1,3}(?=(?:he|she|they|it|we|i|there|this|these|those)\s{1,3}[\w'’]{1,20}\s)"
    r"|\s(?:but|and)\s{1,3}(?=(?:we|i|they)\s{1,3}(?:have|are|will|must|cannot|can|shall|want|demand|need)\b)"
    r"|[,;]?\s{1,3}(?:and|but|or)\s{1,3}(?=that\s)",
    re.IGNORECASE,
)
"""Where a new clause with a subject of its own begins, also inside what somebody said."""


@cache
def _participle_joint() -> re.Pattern[str]:
    """Before ", adding that ...", ", saying ...": a further statement of the same speaker."""
    forms = alternatives({verb_forms(verb)[-1] for verb in REPORTING_VERBS.split()})
    return re.compile(rf",\s{{1,3}}(?=(?:also\s{{1,3}})?(?:{forms})\b)", re.IGNORECASE)


@cache
def _that_joint() -> re.Pattern[str]:
    """Before a new "... said that": unmistakable even where quotation marks are mangled."""
    forms = alternatives(reporting_forms())
    conjunction = r"(?:and|but|while|yet)\s{1,3}"
    joint = rf"(?:,\s{{0,3}}(?:{conjunction})?|\s{{1,3}}{conjunction})"
    subject = r"(?!which\b|who\b|whose\b|when\b|that\b)(?:[\w'’.-]{1,30}\s{1,3}){0,3}?"
    return re.compile(rf"{joint}(?={subject}(?:{forms})\s{{1,3}}that\b)", re.IGNORECASE)


@lru_cache(maxsize=128)
def clauses(sentence: str) -> tuple[tuple[int, int], ...]:
    """The statement-bearing clauses of a sentence, in order; the whole sentence where code cannot tell.

    It cuts at a semicolon, and at "and", "but", "while" where a new finite verb of saying follows ("... and
    demanded that ...", ", but he added ..."), never inside quotation marks; before any "he added that ..." and
    ", adding that ..."; and, also inside what is said, before a clause with a subject of its own (", but we ...").
    The clauses together leave nothing out but the joints.
    """
    said = next(matches("reporting", sentence), None) if len(sentence) <= MAX_SENTENCE else None
    if said is None:
        return ((0, len(sentence)),)
    quoted = direct_speech(sentence)

    def inside(at: int) -> bool:
        return any(a < at < b - 1 for a, b in quoted)

    cuts: list[tuple[int, int]] = []
    for joint in _JOINT.finditer(sentence, said.end()):
        if inside(joint.start()):
            continue
        bare = joint.group().strip().lower() == "and"
        if joint.group().startswith(";") or _saying_start()[not bare].match(sentence, joint.end()):
            cuts.append(joint.span())
    cuts += [m.span() for m in _that_joint().finditer(sentence, said.end())]
    cuts += [m.span() for m in _INDEPENDENT.finditer(sentence)]
    cuts += [m.span() for m in _participle_joint().finditer(sentence) if not inside(m.start())]
    spans, start = [], 0
    for a, b in [*_apart(cuts), (len(sentence), len(sentence))]:
        if len(sentence[start:a].split()) < _MINIMUM_WORDS or (
            b < len(sentence) and len(sentence[b:].split()) < _MINIMUM_WORDS
        ):
            continue
        spans.append((start, a))
        start = b
    if start < len(sentence) and spans and spans[-1][1] < len(sentence):
        spans[-1] = (spans[-1][0], len(sentence))
    return tuple(spans or [(0, len(sentence))])
