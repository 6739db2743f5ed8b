"""Denials: those of the text against those of the evidence. Two in one chain cancel out; opposites count as one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from summarizer.checks.cues import FINITE
from summarizer.checks.reading import MARKS, MODALS, PREFIX
from summarizer.checks.scopes import Operator
from summarizer.checks.thesaurus import BASE, ING, group
from summarizer.checks.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from summarizer.checks.alignment import Alignment
    from summarizer.checks.reading import Reading, Word

__all__ = ["Denial", "denials", "unmatched"]

_REACH: Final = 9  # words of a scope that tell what is denied
_BESIDE: Final = 3  # content words between two denials of one chain
_SUBJECTS: Final = word_set("nobody neither none few no")
_LOOSE: Final = word_set(
    "give_up abandon drop renounce scrap withdraw_from dismiss waive question contradict resist close"
)
_EMPTY: Final = word_set("run_out run_low run_short exhaust missing short lost")
_EXCEPTIONS: Final = word_set("except excepting excluding exception apart_from other_than instead apart save all_but")
_HALTS: Final = word_set("standstill halt stoppage deadlock stalemate impasse ground strand paralyse paralyze stuck")
_TIES: Final = word_set("without unless until before exclude excluding except")
_BARE: Final = word_set("none nothing nobody neither never nor")


@dataclass(slots=True)
class Denial:
    """A chain of denials with the words it is about."""

    words: list[Word]
    odd: bool
    about: list[Word]
    soft: bool = False
    """Whether it may stand for a denial of the other text and need not be kept itself."""
    only_opposite: bool = False
    """Whether it is no denial but the opposite of a word of the evidence."""
    either: bool = False
    """Whether it may count as one denial or as two: "refused to end", "not without"."""
    tied: bool = False
    """Whether "unless", "until" or "before" follows: not ... until."""
    unreal: bool = False
    """Whether its sentence tells what will, would or can be."""
    contrast: bool = False
    """Whether it only sets one actor apart from another: "soldiers, not the police"."""
    own: set[int] = field(default_factory=set)
    """The words of the evidence that its own words stand for."""
    keys: set[int] = field(default_factory=set)
    """The words of the evidence it is about, by index."""


def denials(reading: Reading, found: list[Operator]) -> list[Denial]:
    """The chains of denials of a text, and the words that may stand for one."""
    out: list[Denial] = []
    used: set[int] = set()
    plain = [o for o in found if o.kind in ("deny", "cease")]
    for i, o in enumerate(plain):
        if o.word.index in used:
            continue
        chain = [o]
        for p in plain[i + 1 :]:
            if p.word.index not in used and _joins(chain, p, reading):
                used.add(p.word.index)
                if p.word.low != "nor":
                    chain.append(p)
                else:
                    out.append(_denial([p], reading))
                    out[-1].soft = True
        out.append(_denial(chain, reading))
    _front(out, reading)
    soft = group("soft denials")
    for w in reading.words:
        if (w.base in soft or w.low in soft) and w.index not in used and not any(w is d.words[0] for d in out):
            about = [x for x in reading.words[w.index + 1 : w.index + 8] if x.content and x.clause == w.clause]
            if w.base in _HALTS:
                about += [x for x in reading.words[max(0, w.index - 8) : w.index] if x.content and x.clause == w.clause]
            out.append(
                Denial(
                    [w],
                    odd=True,
                    about=about if w.base in _HALTS or w.base in _EMPTY or w.base in _EXCEPTIONS else [],
                    soft=True,
                )
            )
    return out


def _front(found: list[Denial], reading: Reading) -> None:
    """Join a "without" that begins a sentence to the denial it is a condition for: "without X, no Y"."""
    for d in [d for d in found if [w.base for w in d.words] == ["without"]]:
        at = d.words[0].index
        if at and reading.words[at - 1].low not in MARKS and reading.words[at - 1].low != "that":
            continue
        main = next(
            (o for o in found if o is not d and not o.soft and o.odd and o.words[0].sentence == d.words[0].sentence),
            None,
        )
        if main is not None:
            main.words, main.about = [*main.words, *d.words], [*main.about, *d.about]
            main.odd, main.either = False, True
            found.remove(d)


def _joins(chain: list[Operator], p: Operator, reading: Reading) -> bool:
    """Whether a further denial belongs to a chain: it stands close by in the scope of the last."""
    first, last = chain[0], chain[-1]
    if p.word.sentence != first.word.sentence or not any(w is p.word for w in last.scope):
        return (
            p.word.low == "nor"
            and p.word.sentence == first.word.sentence
            and first.word.low in ("neither", "not", "no")
        )
    if p.word.low == "nor":
        return True
    if first.word.base in _TIES:
        return False
    if p.word.base == PREFIX and last.word.base not in group("negators"):
        return False
    between = [w for w in reading.words[last.word.index + 1 : p.word.index] if w.content]
    if p.word.form == ING and between and between[-1].index == p.word.index - 1 and between[-1].form == BASE:
        return False  # "has signed the convention banning mines": it tells only of the noun
    if last.word.form == ING and any(w.low in FINITE for w in reading.words[last.word.index + 1 : p.word.index]):
        return False  # "the treaty banning mines was not signed"
    inner = reading.words[last.word.index + 1 : p.word.index]
    if any(w.low in ("that", "who", "which") and k > 0 for k, w in enumerate(inner)):
        return False
    subject = first.word.low in _SUBJECTS or any(w.low == "single" for w in inner[:2])
    reach = 6 if subject else _BESIDE
    return len(between) <= (reach if p.kind == "deny" else 0)


def _denial(chain: list[Operator], reading: Reading) -> Denial:
    first, last = chain[0], chain[-1]
    hard = any(c.kind == "deny" and c.word.low != "against" for c in chain)
    about = [w for w in last.scope if w.content][:_REACH]
    if len(chain) > 1:
        about += [w for w in first.scope if w.content][:_REACH]
    if first.word.low in _BARE:
        before = reading.words[max(0, first.word.index - 6) : first.word.index]
        about += [w for w in before if w.content and w.clause == first.word.clause]
    out = Denial([c.word for c in chain], len(chain) % 2 == 1, about, soft=not hard)
    ties = any(c.word.base in _TIES for c in chain[1:])
    words = reading.words
    at = first.word.index
    if len(chain) == 1 and first.word.low == "not" and at and words[at - 1].low == "," and about:
        out.contrast = all(w.base in group("actors") or w.capital for w in about if w.clause == first.word.clause)
    out.unreal = any(w.low in MODALS for w in words[max(0, at - 30) : at + 30] if w.sentence == first.word.sentence)
    out.tied = any(
        w.base in _TIES and w.sentence == last.word.sentence
        for w in reading.words[last.word.index + 1 : last.word.index + 25]
    )
    out.either = len(chain) > 1 and (ties or any(c.word.base in _LOOSE for c in chain[1:]))
    return out


def _locate(text: list[Denial], evidence: list[Denial], alignment: Alignment, tied: tuple[bool, bool]) -> None:
    """Set which words of the evidence each denial is about, and which may stand for another."""
    for found, other in ((text, tied[1]), (evidence, tied[0])):
        for d in found:
            d.soft = d.soft or (other and d.unreal and len(d.words) == 1 and d.words[0].base in _TIES)
    for d in evidence:
        d.keys = {w.index for w in [*d.about, *d.words]}
    counterparts = {m.word.index: {x.index for x in [*m.same, *m.alike, *m.opposite]} for m in alignment.matches}
    for d in text:
        d.keys = set().union(*(counterparts.get(w.index, set()) for w in [*d.about, *d.words]))
    same = {m.word.index: {x.index for x in m.found} for m in alignment.matches}
    for d in text:
        d.own = set().union(*(same.get(w.index, set()) for w in d.words))


def _in_pairs(
    text: tuple[list[Denial], list[Denial]], evidence: tuple[list[Denial], list[Denial]], alignment: Alignment
) -> Iterator[tuple[str, Denial, float]]:
    """The denials of a chain of two that one of the two texts has alone; of each, all and those not matched."""
    odd_t, odd_e = text[1], evidence[1]
    even_e = [e for e in evidence[0] if not e.odd and not e.either and not e.soft]
    for d in odd_t:
        clash = [e for e in even_e if e.keys & d.keys]
        if any(m.word.base in group("attempts") for m in alignment.matches):
            break
        clash = [e for e in clash if d.own & {w.index for w in e.words}]
        if d.soft and d.about and d.words[0].base not in _EMPTY and clash:
            yield "one of two dropped", clash[0], 1.0
        tie = {w.base for w in d.words} & _TIES
        if (
            d.either
            and tie
            and not any(not e.soft and e.words[0].base not in tie for e in odd_e)
            and any(tie & {w.base for w in e.words} == tie and len(e.words) == 1 for e in evidence[0])
        ):
            yield "added to a tie", d, 1.0
    for d in text[0]:
        ended = len(d.words) > 1 and not d.odd and not d.soft
        if ended and any(e.soft and len(e.words) == 1 and e.words[0].base == d.words[-1].base for e in odd_e):
            yield "added", d, 1.0
    for e in evidence[0]:
        tie = {w.base for w in e.words} & _TIES
        alone = any(len(d.words) == 1 and d.words[0].base in tie for d in text[0])
        if e.either and tie and alone and not any(not d.soft and d.words[0].base not in tie for d in text[0]):
            yield "dropped", e, 1.0


def unmatched(
    text: list[Denial], evidence: list[Denial], alignment: Alignment, *, tied: tuple[bool, bool] = (False, False)
) -> Iterator[tuple[str, Denial, float]]:
    """The denials that only one of the two has: ("dropped" or "added", which, how much of it both speak of).

    `tied` tells whether the text and the evidence set a condition: "without" may then stand for one.
    """
    _locate(text, evidence, alignment, tied)
    odd_t, odd_e = [d for d in text if d.odd or d.either], [d for d in evidence if d.odd or d.either]
    for fits in (_same_word, _both_hard, _any):
        for d in list(odd_t):
            near = max((e for e in odd_e if fits(d, e)), key=lambda e: len(e.keys & d.keys), default=None)
            if near is not None:
                odd_e.remove(near)
                odd_t.remove(d)
    left_e = [e for e in odd_e if not e.soft and not e.either and _covered(e, alignment)]
    left_t = [d for d in odd_t if not d.soft and not d.either and not d.contrast]
    even_e = [e for e in evidence if not e.odd and not e.either]
    even_t = [d for d in text if not d.odd and not d.either]
    others = [
        e for e in odd_e if e not in left_e and not (len(e.words) == 1 and e.words[0].base in _TIES and not tied[0])
    ]
    spare_e = [e for e in odd_e if e.soft and e.words[0].base in _TIES]
    only = any(m.base.startswith("only") for d in text for m in d.words)
    bare = {w.index for e in evidence for w in e.about}
    for d in left_t:
        if any(e.keys & d.keys for e in even_e):
            yield "added to two", d, 1.0
        elif left_e and not d.only_opposite and any(_cancels(e) for e in left_e):
            left_e.remove(next(e for e in left_e if _cancels(e)))
        elif spare_e and only:
            spare_e.pop()
        elif (d.tied and tied[1]) or (others and not _plainly(d, alignment, bare)):
            yield "added for another", d, _known(d, alignment)
        else:
            yield "added", d, _known(d, alignment)
    yield from _in_pairs((text, odd_t), (evidence, odd_e), alignment)
    spare = [d for d in odd_t if d.soft or d.either]
    for e in left_e:
        if e.about and any(d.keys & e.keys for d in even_t):
            yield "one of two dropped", e, 1.0
        elif tied[0] and (e.tied or any(x.words[0].base in _TIES for x in evidence if len(x.words) == 1)):
            yield "dropped for another", e, _cover(e, alignment)
        elif any(_absorbs(d, e, evidence) for d in spare):
            spare.remove(next(d for d in spare if _absorbs(d, e, evidence)))
            yield "dropped for another", e, _cover(e, alignment)
        else:
            yield "dropped", e, _cover(e, alignment)


def _plainly(d: Denial, alignment: Alignment, bare: set[int]) -> bool:
    """Whether the evidence has what a denial is about by the same word, and does not deny it."""
    first = d.about[0] if d.about else None
    if first is None or first.capital or d.words[0].base not in group("negators"):
        return False
    match = next((m for m in alignment.matches if m.word is first), None)
    return match is not None and bool(match.same) and not any(x.index in bare for x in match.same)


_UNTIL: Final = word_set("until unless before only_if only_when only_after only_once only without if after first last")


def _absorbs(d: Denial, e: Denial, evidence: list[Denial]) -> bool:
    """Whether a word of the text may stand for a denial of the evidence: "only after" for "not until"."""
    if d.own & {w.index for w in e.about}:
        return False
    if d.words[0].base not in _UNTIL | {"despite", "except", "instead"}:
        return True
    return any(w.base in _UNTIL for x in evidence for w in x.words if w.sentence == e.words[0].sentence)


def _cancels(e: Denial) -> bool:
    """Whether a denial of the evidence may be told by another of the text that shares no word with it."""
    return e.words[0].base not in _TIES


def _same_word(d: Denial, e: Denial) -> bool:
    return {w.base for w in d.words} == {w.base for w in e.words} and (d.soft or _overlap(d, e))


def _both_hard(d: Denial, e: Denial) -> bool:
    return not (d.soft or e.soft or d.either or e.either) and _overlap(d, e)


def _any(d: Denial, e: Denial) -> bool:
    ties = {w.base for w in d.words} & {w.base for w in e.words} & _TIES
    if d.only_opposite and any(w.index in d.keys for w in e.words):
        return False
    if d.soft and d.own & {w.index for w in e.about}:
        return False
    return _overlap(d, e) and not (ties and d.either != e.either)


def _overlap(d: Denial, e: Denial) -> bool:
    return bool(d.keys & e.keys)


def _cover(e: Denial, alignment: Alignment) -> float:
    plain = [w for w in e.about if not w.capital] or e.about
    about = ([w for w in plain if w.base not in group("readiness")] or plain)[:4]
    if not about:
        return float(any(w.index in alignment.back for w in e.words))
    first = about[0].index in alignment.back
    against = {x.index for m in alignment.matches for x in m.opposite}
    if len(e.words) == 1 and e.words[0].index in against:
        return 1.0
    return (first + sum(w.index in alignment.back for w in about)) / (len(about) + 1)


def _covered(e: Denial, alignment: Alignment) -> bool:
    """Whether the text speaks of what a denial of the evidence is about."""
    against = {x.index for m in alignment.matches for x in m.opposite}
    return (
        _cover(e, alignment) >= 0.4
        or any(w.index in against for w in e.words)
        or any(w.index in alignment.back for w in e.words)
    )


def _known(d: Denial, alignment: Alignment) -> float:
    """How much of what a denial of the text is about the evidence has."""
    about = {w.index for w in d.about[:4]}
    matches = [m for m in alignment.matches if m.word.index in about]
    return sum(bool(m.found or m.opposite) for m in matches) / len(matches) if matches else 0.5
