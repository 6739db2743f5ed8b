"""Roles: who did what to whom. An actor of the evidence must not do in the text what another one does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from summarizer.checks.names import demonyms, looks_common, name_key
from summarizer.checks.numbers import MEASURES, NUMBER_WORDS
from summarizer.checks.problem import Problem
from summarizer.checks.words import (
    ACTORS,
    DATE_WORDS,
    DAYS,
    FUNCTION,
    IRREGULAR,
    MONTHS,
    REPORT,
    TITLES,
    stem,
    word_set,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summarizer.checks.document import Document

__all__ = ["check_roles"]

_PREPOSITIONS: Final = word_set("of in from near at with by to against on for into over along under between")
_PRONOUNS: Final = word_set("he she it they which who that we i you there this")
_VERBISH = re.compile(r"(?:ed|es|s|ing)$")
_ADJECTIVAL = re.compile(r"(?:ian|ish|ese|ean|can)$")


def check_roles(text: Document, evidence: Document) -> Iterable[Problem]:
    """A verb whose subject is another in the evidence, and a preposition whose object is."""
    ids_t, ids_e = _phrase_ids(text, evidence), _phrase_ids(evidence, text)
    everyone = set().union(*ids_e) if ids_e else set()
    generic = {stem(a) for a in ACTORS}
    for i, t in enumerate(text.toks):
        if ids_t[i] or not _is_verb(text, i):
            continue
        at = [k for k, e in enumerate(evidence.toks) if e.stem == t.stem and not ids_e[k] and _is_verb(evidence, k)][
            :20
        ]
        if not at:
            continue
        subject, _ = _subject_object(text, ids_t, i)
        pairs = [_subject_object(evidence, ids_e, k) for k in at]
        if not subject or not all(s for s, _ in pairs) or any(subject & s for s, _ in pairs):
            continue
        if not subject & everyone:
            continue
        if "to" in {text.toks[i - 1].low if i else "", *(evidence.toks[k - 1].low for k in at if k)}:
            continue
        swapped = any(subject & o for _, o in pairs)
        kinds = {bool(subject & generic)} | {bool(s & generic) for s, _ in pairs}
        if swapped or len(kinds) == 1:
            yield Problem("actor", f"{' '.join(sorted(subject))} does not {t.low!r} in the evidence")
            return
    yield from _check_prepositions(text, evidence, ids_t, ids_e)


def _check_prepositions(
    text: Document, evidence: Document, ids_t: list[set[str]], ids_e: list[set[str]]
) -> Iterable[Problem]:
    """From A to B is not from B to A."""
    for word in ("from", "to", "against"):
        here, there = _after_preposition(text, ids_t, word), _after_preposition(evidence, ids_e, word)
        if not here or not there or here & there:
            continue
        others_e = set().union(*(s for s in ids_e if s)) - there
        others_t = set().union(*(s for s in ids_t if s)) - here
        if here <= others_e and there & others_t:
            yield Problem("actor", f"{word} {' '.join(sorted(here))}: in the evidence {word} {' '.join(sorted(there))}")
            return


def _after_preposition(doc: Document, ids: list[set[str]], word: str) -> set[str]:
    out: set[str] = set()
    for i, t in enumerate(doc.toks):
        if t.low == word:
            out |= next((ids[j] for j in range(i + 1, min(i + 3, len(ids))) if ids[j]), set())
    return out


def _phrase_ids(doc: Document, other: Document) -> list[set[str]]:
    """For each token the set of keys of the actor phrase it belongs to; empty where it is in none."""
    named = {t.low for d in (doc, other) if not d.upper for t in d.toks if t.capital and not t.first}
    named -= {*MONTHS, *DAYS, *DATE_WORDS}
    shared = {x.low for x in doc.toks if x.capital} & {x.low for x in other.toks if x.capital}
    marks: list[bool] = []
    for t, following in zip(doc.toks, [*doc.toks[1:], None], strict=False):
        known = t.raw[0].isalpha() and t.low not in FUNCTION
        name = known and (t.low in named or (t.capital and not doc.upper and not t.first))
        name = name or (known and t.first and t.low in shared and not looks_common(t, following))
        title = t.low in TITLES and len(marks) > 0 and marks[-1]
        marks.append(bool(name) or t.low in ACTORS or title)
    out: list[set[str]] = [set() for _ in doc.toks]
    i = 0
    while i < len(marks):
        if not marks[i]:
            i += 1
            continue
        j = i
        keys: set[str] = set()
        while j < len(marks) and (
            marks[j]
            or (doc.toks[j].low in ("and", "of", "the") and j + 1 < len(marks) and marks[j + 1])
            or (doc.toks[j].low == "of" and j + 2 < len(marks) and marks[j + 2])
        ):
            t = doc.toks[j]
            if marks[j] and t.low not in TITLES:
                keys.add(t.stem if t.low in ACTORS else name_key(t.low))
            j += 1
        keys = keys or {t.stem for t in doc.toks[i:j]}
        for k in range(i, j):
            out[k] = keys
        i = j
    return out


def _subject_object(doc: Document, ids: list[set[str]], i: int) -> tuple[set[str], set[str]]:
    """The actor phrases before and after the verb at `i`, exchanged where it is passive."""
    toks = doc.toks
    subject: set[str] = set()
    j = i - 1
    while j >= 0 and toks[j].sentence == toks[i].sentence and i - j < 16:
        if toks[j].low in _PRONOUNS or (toks[j].stem in REPORT and not toks[j].low.endswith("ly")):
            break
        bare = toks[j].content and not toks[j].low.endswith("ly") and not ids[j] and toks[j].low not in TITLES
        if (bare and j == i - 1) or (
            bare and all(t.low in FUNCTION for t in toks[j + 1 : i]) and "," not in [t.raw for t in toks[j + 1 : i]]
        ):
            break
        if ids[j]:
            k = j
            while k and ids[k - 1] is ids[j]:
                k -= 1
            if not k or (toks[k - 1].low not in _PREPOSITIONS and toks[max(0, k - 2)].low not in _PREPOSITIONS):
                between = [t.raw for t in toks[j + 1 : i]]
                head = not (_adjectival(toks[j].low) and between and toks[j + 1].content and not _is_verb(doc, j + 1))
                if head and ("," not in between or between[-1] == ","):
                    subject = ids[j]
                break
            j = k
        j -= 1
    target: set[str] = set()
    by = False
    for j in range(i + 1, min(i + 9, len(toks))):
        if toks[j].sentence != toks[i].sentence or toks[j].low in ("that", "but"):
            break
        by = by or toks[j].low == "by"
        if ids[j]:
            target = ids[j]
            break
    passive = by and bool({t.low for t in toks[max(0, i - 3) : i]} & word_set("is are was were been be being"))
    return (target, subject) if passive else (subject, target)


def _adjectival(low: str) -> bool:
    """Whether a name is of the kind that stands before a noun: Marovian, Turkish."""
    return bool(_ADJECTIVAL.search(low)) or (low in demonyms() and demonyms()[low] != low)


def _is_verb(doc: Document, i: int) -> bool:
    """Whether the word can be a finite verb here: not after an article or a preposition."""
    t = doc.toks[i]
    before = doc.toks[i - 1].low if i else ""
    if (
        before in NUMBER_WORDS
        or before[:1].isdecimal()
        or before == "other"
        or (t.low.endswith("s") and _adjectival(before))
    ):
        return False
    if (
        t.low in MEASURES
        or before in _PREPOSITIONS - word_set("to")
        or before in word_set("the a an his her its their this any no")
    ):
        return False
    form = (
        _VERBISH.search(t.low)
        or t.low in IRREGULAR
        or before in word_set("will would to must should may might could not can")
    )
    return t.content and bool(form)
