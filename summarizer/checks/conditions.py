"""Conditions: none is dropped, added, lifted, turned round or exchanged with what it is a condition for."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

from summarizer.checks.pair import MUCH, TIES, Finding, Pair, denied, share
from summarizer.checks.reach import finite_next, is_fact
from summarizer.checks.reading import BREAKS, MARKS, PREFIX
from summarizer.checks.scopes import Operator
from summarizer.checks.thesaurus import PAST, group
from summarizer.checks.words import DATE_WORDS, DAYS, MONTHS, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from summarizer.checks.reading import Reading, Word

__all__ = ["check_conditions"]


def check_conditions(pair: Pair) -> Iterator[Finding]:
    """The conditions that only one of the two sets, or that are turned round or exchanged."""
    yield from _until(pair)
    yield from _met(pair)
    theirs = [o for o in pair.theirs if o.kind in TIES]
    mine = [o for o in pair.mine if o.kind in TIES]
    lifted = [w for w in pair.text.words if w.base in group("no condition") and not _either(pair.text.words, w)]
    lifted += [a for a, b in pairwise(pair.text.words) if a.base == PREFIX and b.base.startswith("condition")]
    if lifted and not any(w.base in group("no condition") for w in pair.evidence.words):
        yield Finding("condition lifted", 1, "condition", f"{lifted[0].raw!r} lifts a condition")
    kept = all(o.word.low == "without" for o in theirs) and "without" in pair.text.bases
    if theirs and not mine and not kept:
        yield from _dropped_condition(pair, theirs)
    if mine and not theirs:
        weak = pair.evidence.bases & group("weak conditions") or {o.kind for o in pair.theirs} & {"wish"}
        kind = " for another" if weak else ""
        new = [w for o in mine for w in o.scope if w.content]
        met = {m.word.index for m in pair.alignment.matches if m.found}
        fresh = sum(w.index not in met for w in new) / len(new) if new else 0.0
        yield Finding("condition added" + kind, fresh, "condition", f"the condition ({mine[0].word.raw!r}) is added")
    if mine and theirs:
        unless_t, unless_e = (any(o.kind == "unless" for o in found) for found in (mine, theirs))
        open_end = any(o.word.low == "or" for o in [*mine, *theirs])
        denied_t, denied_e = (any(o.kind == "deny" for o in found) for found in (pair.mine, pair.theirs))
        opposed = any(m.opposite and not m.found for m in pair.core)
        odd_t, odd_e = _denied_within(mine, pair.mine), _denied_within(theirs, pair.theirs)
        same = (unless_t != odd_t) == (unless_e != odd_e)
        if unless_t != unless_e and denied_t == denied_e and not (opposed or open_end or same):
            yield Finding("condition turned", 1, "condition", "the condition is turned round")


def _denied_within(ties: list[Operator], found: list[Operator]) -> bool:
    """Whether a condition itself is a denial: "if the rain does not come"."""
    inside = {w.index for o in ties for w in o.scope}
    return sum(o.kind == "deny" and o.word.index in inside for o in found) % 2 == 1


def _either(words: list[Word], w: Word) -> bool:
    """Whether "either way" only ends a denial: "will not vote either way"."""
    return w.base == "either_way" and any(x.base in group("negators") for x in words[max(0, w.index - 5) : w.index])


_UNTIL: Final = word_set("until once")
_TIMES: Final = frozenset(
    {"until", "once", "before", "after", "when", "first", "without", "pending", "await", "yet", "as_soon_as", "while"}
)


def _until(pair: Pair) -> Iterator[Finding]:
    """ "Until" with what is not done yet, and what comes first."""
    words = pair.evidence.words
    unreal = {w.sentence for w in words if w.low in _NOT_YET}
    for w in words:
        if w.low not in _UNTIL or w.sentence not in unreal:
            continue
        rest = [x for x in words if x.sentence == w.sentence and x.clause != w.clause]
        if not pair.kinds & TIES and not pair.text.bases & _TIMES and not pair.text.bases & group("weak conditions"):
            yield Finding("until dropped", share(pair, rest), "condition", f"the condition ({w.low!r}) is dropped")
            break
    mine, theirs = _sequence(pair.text), _sequence(pair.evidence)
    if not mine or not theirs:
        return
    crossed = straight = 0
    for m in pair.core:
        side = next((k for k in (0, 1) if m.word.index in mine[k]), None)
        places = {k for x in [*m.found, *m.opposite] for k in (0, 1) if x.index in theirs[k]}
        if side is not None and len(places) == 1:
            crossed, straight = crossed + (side not in places), straight + (side in places)
    if crossed > straight and crossed > 1:
        yield Finding("exchanged", 1, "condition", "what comes first and what follows are exchanged")


def _met(pair: Pair) -> Iterator[Finding]:
    """A condition not met yet that is told as met: "now that they have signed", "will ..., after they signed"."""
    words, others = pair.text.words, pair.evidence.words
    bound = {x.index: o.word for o in pair.theirs if o.kind in TIES for x in o.scope}
    unreal = {w.sentence for w in others if w.low in ("will", "would", "can", "must", "shall")}
    for w in others:
        if w.low in ("once", "when", "until", "after") and w.sentence in unreal:
            rest = (x for x in others[w.index + 1 :] if x.sentence == w.sentence)
            bound |= {x.index: w for x in takewhile(lambda x: x.low not in (",", ";"), rest)}
    if not bound or "would" in pair.text.bases:
        return
    for m in pair.core:
        w = m.word
        if w.form != PAST or not any(x.index in bound for x in m.found) or denied(pair, w):
            continue
        if any(is_fact(others, x.index) and x.form == PAST and not _perfect(others, x) for x in m.found):
            continue
        before = [x for x in words[max(0, w.index - 9) : w.index] if x.sentence == w.sentence]
        opened = [
            x
            for x in before
            if x.base in _MET or x.low in _MET or (x.low == "that" and words[x.index - 1].low == "now")
        ]
        if not opened or not is_fact(words, w.index):
            continue
        own = words[opened[-1].index + 1 : w.index]
        if any(x.low in MARKS or x.low in BREAKS for x in own) or not own:
            continue
        if opened[-1].base == "after" and _perfect(words, w):
            continue  # "will go after they have signed" tells what comes
        if any(x.low in ("is", "are", "be", "been", "has", "have") for x in own) and opened[-1].base == "after":
            continue
        yield Finding("condition met", 1, "condition", f"{w.raw!r}: the condition is told as met")
        return


_MET: Final = word_set("after because since")


def _perfect(words: list[Word], w: Word) -> bool:
    return any(x.low in ("has", "have", "is", "are") for x in words[max(0, w.index - 3) : w.index])


_NOT_YET: Final = word_set("will would can could shall must may not no never should stay remain boycott")
_SEQUENCE: Final = frozenset(
    [
        "if",
        "unless",
        "provided",
        "only_if",
        "only_when",
        "only_after",
        "only_once",
        "once",
        "after",
        "before",
        "until",
        "as_long_as",
    ]
)


def _dated(words: list[Word], w: Word) -> bool:
    """Whether a date follows: "before 13 September", "after Monday"."""
    after = words[w.index + 1 : w.index + 3]
    return any(x.low[0].isdecimal() or x.low in MONTHS or x.low in DAYS or x.low in DATE_WORDS for x in after)


def _sequence(reading: Reading) -> tuple[set[int], set[int]] | None:
    """The words of what comes first and of what follows, where one marker tells."""
    markers = [w for w in reading.words if w.base in _SEQUENCE and not _dated(reading.words, w)]
    if len(markers) != 1:
        return None
    marker = markers[0]
    same = [w for w in reading.words if w.sentence == marker.sentence]
    end = next((w.index for w in same if w.index > marker.index and w.low in (",", ";")), same[-1].index + 1)
    bound = {w.index for w in same if marker.index < w.index < end}
    rest = {w.index for w in same} - bound
    denies = group("negators") | group("deniers")
    before = [w for w in same if w.index < marker.index]
    negated = sum(w.base in denies or w.low in denies or w.base == PREFIX for w in before) % 2 == 1
    if any(w.low == "first" for w in same):
        return None
    if marker.base == "until" and not negated:
        return None
    if marker.base == "before" and not negated:
        return rest, bound
    return bound, rest


_JOINTS: Final = word_set("but while although though whereas ;")


def _main(reading: Reading, o: Operator) -> list[Word]:
    """What depends on a condition: the clauses beside it, up to those that something else joins."""
    words = reading.words
    inside = {x.index for x in o.scope}
    out: list[Word] = []
    for k in range(o.word.index - 1, -1, -1):
        x = words[k]
        if x.sentence != o.word.sentence or x.low in _JOINTS or (x.low == "and" and finite_next(words, k)):
            break
        out.append(x)
    end = max(inside, default=o.word.index) + 1
    for k in range(end, len(words)):
        x = words[k]
        if x.sentence != o.word.sentence or x.low in _JOINTS or (x.low == "and" and finite_next(words, k)):
            break
        out.append(x)
    return out


_NOT_SO: Final = frozenset(["would_have", "could_have", "might_have", "should_have"])


def _dropped_condition(pair: Pair, theirs: list[Operator]) -> Iterator[Finding]:
    fresh = pair.text.bases - pair.evidence.bases
    loose = bool(fresh & group("weak conditions")) or ("will" in pair.kinds and bool(fresh & group("causes")))
    sentences = {o.word.sentence for o in theirs}
    words = pair.evidence.words
    if any(w.base in _NOT_SO and w.sentence in sentences for w in words):
        loose = True  # "without help they would have died": what did not happen
    main = tail = 0.0
    for o in theirs:
        main, tail = max(main, share(pair, _main(pair.evidence, o))), max(tail, share(pair, o.scope))
    if max(main, tail) < MUCH:
        return
    detail = f"the condition ({theirs[0].word.raw!r}) is dropped"
    if "without" in fresh and all(o.kind == "if" for o in theirs):
        free = (
            next(o for o in pair.mine if o.word.low == "without")
            if any(o.word.low == "without" for o in pair.mine)
            else None
        )
        others = [o for o in pair.mine if o.kind == "deny" and o is not free]
        tails = {x.index for o in theirs for x in o.scope}
        told = {x.index for m in pair.core if free and m.word in free.scope for x in m.found}
        if told & tails and not others and not any(o.kind == "deny" and o.word.index not in tails for o in pair.theirs):
            yield Finding("condition lifted", 1, "condition", "a condition is lifted by 'without'")
    kind = " for another" if loose else ""
    yield Finding("condition dropped" + kind, 1, "condition", detail)
    yield Finding("condition dropped main" + kind, main, "condition", detail)
    yield Finding("condition dropped tail" + kind, tail, "condition", detail)
