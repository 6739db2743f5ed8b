"""Negation: none is dropped, added or turned into its opposite; two that belong together cancel out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from summarizer.checks.conditions import COND_BROAD
from summarizer.checks.problem import Problem
from summarizer.checks.scope import STRONG, covered, forward, is_negator
from summarizer.checks.words import stem_set, word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summarizer.checks.document import Document

__all__ = ["check_negation"]

_SOFT: Final = stem_set(
    """oppose lack prevent avoid block bar forbid prohibit boycott exclude halt suspend instead rather
    except hardly scarcely barely condemn against absence lost lose unable abstain veto ignore denounce
    far only unless until before refute dispute contradict end stop dismiss criticise resist impasse
    cancel withhold shun impede obstruct hinder defy despite abandon"""
)
"""Words that may stand for a negation, and are none that must be kept."""

_TIES: Final = word_set("unless until without before")

_OPPOSITES: Final = """
    support welcome praise favour endorse applaud hail approve | oppose condemn denounce reject
        criticise deplore
    accept agree approve consent | reject refuse decline oppose ruleout veto
    confirm admit acknowledge concede | deny dismiss refute reject dispute
    strengthen bolster boost reinforce | weaken undermine erode
    win victory victorious | defeat lose
    advance | retreat
    increase rise grow climb | decrease fall drop shrink decline reduce
    lift remove ease | impose tighten
    release free | detain arrest imprison
    clear exonerate acquit | accuse blame charge condemn
    succeed | fail
    continue resume | suspend end stop halt
    begin | end
    open reopen | close shut
    northern north | southern south
    eastern east | western west
    high | low
    good | bad poor
    better | worse
    many | few
    more | less fewer
    full | empty
    large big | small
    true | false
    guilty | innocent
    joint | separate
    always | never
    include | exclude
    arrive enter | leave
    recognise | ignore
    public | secret
    near | far
    early | late
    ally | enemy
    friendly | hostile
    legal lawful legitimate | illegal unlawful illegitimate
    minority | majority
    optimistic confident | pessimistic doubtful
    safe | dangerous unsafe
    attack | defend
    strong | weak
    direct | indirect
    military | civilian
    permanent | temporary
    allow permit | forbid ban prohibit bar
    respect observe comply | violate breach break
    boycott | attend join participate
    buy | sell
    capture | lose abandon
    hold keep | lose abandon
    arrive | leave
"""
"""Words and their opposites, one pair of classes a row."""

_ANTONYMS: Final = tuple(
    (stem_set(a), stem_set(b))
    for a, _, b in (row.partition("|") for row in re.split(r"\n    (?=\S)", _OPPOSITES.strip("\n")))
)


@dataclass(slots=True)
class _Unit:
    """A negation with what it negates; two that belong together cancel out."""

    words: list[str]
    scope: list[str]
    odd: bool
    soft: bool
    sentence: int
    subject: set[str]


def check_negation(text: Document, evidence: Document) -> Iterable[Problem]:
    """The negations that only one of the two has, and words turned into their opposites."""
    mine, theirs = _units(text), _units(evidence)
    own = {w for u in theirs if u.soft for w in u.words}
    free = [u for u in mine if (u.odd or set(u.words) & _TIES) and not (u.soft and set(u.words) <= own)]
    conditional = evidence.any(COND_BROAD)

    def akin(a: _Unit, b: _Unit) -> bool:
        apart = bool(a.subject & b.subject) if not a.scope or not b.scope else False
        return apart or bool(set(a.scope) & (set(b.scope) | b.subject) or a.subject & set(b.scope))

    for e in theirs:
        if e.soft or not covered(e.scope, e.subject, text):
            continue
        clash = next(
            (m for m in mine if m.odd != e.odd and not m.soft and set(m.words) & set(e.words) and _clash(m, e)),
            None,
        )
        if clash and not any(m.odd == e.odd and set(m.words) == set(e.words) for m in mine):
            yield Problem("negation", f"{' '.join(e.words)!r} in the evidence, {' '.join(clash.words)!r} here")
        elif e.odd and not _opposed(e.scope, text):
            match = next((m for m in free if akin(m, e)), None) or next(
                (m for m in free if not any(akin(m, x) for x in theirs)), None
            )
            if match is None:
                yield Problem("negation", f"{e.words[0]!r} ({' '.join(e.scope[:3])}) is dropped")
            else:
                free.remove(match)
    for m in mine:
        if m.soft or not m.odd:
            continue
        partner = any(akin(m, e) for e in theirs if e.odd)
        told = sum(s in evidence.stems for s in m.scope) * 2 >= len(m.scope) and bool(m.scope)
        partner = partner or (not told and any(e.odd and not covered(e.scope, e.subject, text) for e in theirs))
        exact = any(e.odd and set(e.words) & set(m.words) for e in theirs)
        open_pair = any(not e.odd and not e.soft and akin(m, e) for e in theirs)
        if (
            not partner
            and not (exact and not told)
            and not (open_pair and conditional)
            and not (conditional and "without" in m.words)
        ):
            yield Problem("negation", f"{m.words[0]!r} ({' '.join(m.scope[:3])}) is added")
    yield from _check_antonyms(text, evidence, mine, theirs)


def _units(doc: Document) -> list[_Unit]:
    """The negations of a text, those that belong together as one."""
    out: list[_Unit] = []
    used: set[int] = set()
    toks = doc.toks
    for i, t in enumerate(toks):
        soft = t.stem in _SOFT or t.low in _SOFT
        if i in used or not (is_negator(t) or soft):
            continue
        words, odd, at, first = [t.low], True, i, is_negator(t)
        for j in range(i + 1, min(i + 24, len(toks))):
            n = toks[j]
            if n.sentence != t.sentence:
                break
            joined = is_negator(n) and n.clause == t.clause and (j - at <= 3 or n.low == "without")
            tied = first and n.low in _TIES and j - i < 14 and (n.low != "without" or n.clause == t.clause)
            tied = tied or (t.low in ("without", "unless", "until") and is_negator(n))
            if (first and joined) or tied:
                words.append(n.low)
                odd = not odd
                used.add(j)
                at = j
                if tied:
                    break
        scope = forward(doc, i + 1)
        subject = {x.stem for x in toks[max(0, i - 8) : i] if x.clause == t.clause and x.content} if first else set()
        out.append(_Unit(words, scope, odd, not first, t.sentence, subject))
    return out


def _clash(m: _Unit, e: _Unit) -> bool:
    """Whether two units negate the same thing, the same word being in both."""
    return bool(set(m.scope) & set(e.scope)) or not (m.scope and e.scope)


def _opposed(scope: list[str], text: Document) -> bool:
    """Whether the text says by an antonym what the evidence says by a negation: not closed, open."""
    return any(
        set(scope[:2]) & side and text.stems & other and not text.stems & side
        for pair in _ANTONYMS
        for side, other in (pair, pair[::-1])
    )


def _check_antonyms(text: Document, evidence: Document, mine: list[_Unit], theirs: list[_Unit]) -> Iterable[Problem]:
    """A word whose opposite stands in the evidence, without a negation that makes up for it."""
    negated_t = {s for u in mine if not u.soft for s in (*u.scope, *u.subject)}
    negated_e = {s for u in theirs if not u.soft for s in u.scope}
    for pair in _ANTONYMS:
        for mine_side, other in (pair, pair[::-1]):
            here = (text.stems & mine_side) - evidence.stems
            there = (evidence.stems & other) - text.stems
            if not here or not there or evidence.stems & mine_side or text.stems & other:
                continue
            if here & negated_t or there & negated_e or here & STRONG:
                continue
            if any(not u.odd for u in theirs) and there & STRONG:
                continue
            yield Problem("negation", f"{min(here)!r} here, {min(there)!r} in the evidence")
