"""What a text and its evidence differ in: every difference as a finding; `verdict` weighs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summarizer.checks.conditions import check_conditions
from summarizer.checks.modality import check_modality
from summarizer.checks.pair import FREEDOM, TIES, Finding, Pair, is_in
from summarizer.checks.polarity import Denial, denials, unmatched
from summarizer.checks.reach import is_fact
from summarizer.checks.roles import converses, role_clashes
from summarizer.checks.thesaurus import group
from summarizer.checks.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from summarizer.checks.reading import Word
    from summarizer.checks.scopes import Scoped

__all__ = ["Finding", "findings"]


def findings(text: Scoped, evidence: Scoped, *, attributed: bool = False) -> list[Finding]:
    """All differences found; a text that repeats its evidence has none.

    `attributed` tells that the reader knows who says so: "claimed" may then go.
    """
    pair = Pair(text, evidence, attributed=attributed)
    return [*_polarity(pair), *check_modality(pair), *check_conditions(pair), *_novelty(pair), *_roles(pair)]


def _polarity(pair: Pair) -> Iterator[Finding]:
    mine, theirs = denials(pair.text, pair.mine), denials(pair.evidence, pair.theirs)
    mine = [d for d in mine if not _in_other_sense(pair, d)]
    operators_e = {o.word.index for o in pair.theirs if o.kind == "deny"}
    operators_t = {o.word.index for o in pair.mine if o.kind == "deny"}
    same = {x.index for m in pair.alignment.matches for x in m.found}
    opposed: set[int] = set()
    told = {w.index for d in theirs if len(d.words) > 1 for w in d.words}
    for m in pair.core:
        if m.found or not m.opposite or m.word.index in operators_t or all(x.index in told for x in m.opposite):
            continue
        if any(_other_side(pair, m.word, x) for x in m.opposite):
            continue
        if any(x.index in operators_e for x in m.opposite) or all(x.index in opposed for x in m.opposite):
            continue
        opposed |= {x.index for x in m.opposite}
        outer = next((d for d in mine if d.about and m.word in d.about[:4] and not d.soft), None)
        ended = next((d for d in mine if m.word in d.words), None)
        if ended is not None and len(ended.words) == 1:
            ended.soft = False
            ended.only_opposite = True
        elif ended is not None or (outer is None and all(x.index in same for x in m.opposite)):
            pass
        elif outer is not None:
            outer.odd = not outer.odd
        else:
            mine.append(Denial([m.word], odd=True, about=[], only_opposite=True))
    weak = group("weak conditions")
    tied = (
        any(o.kind in TIES and o.word.base not in pair.evidence.bases for o in pair.mine)
        or bool((pair.text.bases - pair.evidence.bases) & weak)
        or any(o.kind == "wish" and o.word.base in ("must", "have", "need", "require") for o in pair.mine),
        any(o.kind in TIES and o.word.base not in pair.text.bases for o in pair.theirs)
        or bool((pair.evidence.bases - pair.text.bases) & weak),
    )
    turned = ("unless" in pair.kinds) != any(o.kind == "unless" for o in pair.theirs)
    for kind, d, value in unmatched(mine, theirs, pair.alignment, tied=tied):
        if turned and pair.kinds & TIES:
            turned = False  # "not ... unless" is "only if"
            continue
        shown = " ".join(w.raw for w in d.words)
        about = " ".join(w.raw for w in d.about[:3])
        if kind.startswith("added") and _still_to_come(pair, d):
            continue
        if d.only_opposite:
            yield Finding(
                "opposite" if not kind.endswith("another") else "opposite for another",
                1,
                "negation",
                f"{shown!r} is the opposite of what the evidence says",
            )
        else:
            side = "is dropped" if "dropped" in kind else "is added"
            of = f" ({about})" if about else ""
            yield Finding(f"denial {kind}", 0.3 + 0.7 * value, "negation", f"{shown!r}{of} {side}")


def _in_other_sense(pair: Pair, d: Denial) -> bool:
    """Whether a verb that can deny stands for one of the evidence that does not: to throw out is to expel."""
    if len(d.words) != 1 or is_in(d.words[0], "negators"):
        return False
    denying = {o.word.index for o in pair.theirs if o.kind in ("deny", "cease")}
    phrase = "_" in d.words[0].base
    found = [x for m in pair.alignment.matches if m.word is d.words[0] for x in (m.found if phrase else m.same)]
    return bool(found) and not any(x.index in denying or x.base in group("soft denials") for x in found)


def _other_side(pair: Pair, w: Word, opposite: Word) -> bool:
    """Whether two opposites tell one deed from its two sides: "lost it to X", "X captured it"."""
    if opposite.base not in converses().get(w.base, frozenset()):
        return False
    for reading, verb in ((pair.text, w), (pair.evidence, opposite)):
        after = reading.words[verb.index + 1 : verb.index + 12]
        if verb.base == "lose" and any(x.low == "to" and x.clause == verb.clause for x in after):
            return True
        if verb.base != "lose" and any(x.low == "from" and x.clause == verb.clause for x in after):
            return True
    return False


_DUE: Final = word_set("due expected scheduled pending planned slated set awaits await upcoming forthcoming coming")


def _still_to_come(pair: Pair, d: Denial) -> bool:
    """Whether "yet to" or "not yet" only tells that a thing is still to come, as the evidence has it."""
    words = pair.text.words
    first = d.words[0]
    yet = any("yet" in w.base.split("_") or w.low == "yet" for w in words[first.index : first.index + 3])
    if not yet or not d.about:
        return False
    found = [x for m in pair.alignment.matches if m.word is d.about[0] for x in m.found]
    others = pair.evidence.words
    if not found or any(is_fact(others, x.index) for x in found):
        return False
    near: dict[int, set[str]] = {x.sentence: set() for x in found}
    for x in others:
        if x.sentence in near:
            near[x.sentence] |= {x.low, x.base}
    return any(lows & (_DUE | {"will", "would", "next", "to", "be_to"}) for lows in near.values())


def _novelty(pair: Pair) -> Iterator[Finding]:
    """How much of the text has no counterpart, and how freely the rest is worded."""
    if not pair.core:
        return
    lost = [m.word.raw for m in pair.core if not m.found]
    if lost:
        yield Finding(
            "new words", len(lost) / len(pair.core), "actor", f"{lost[0]!r} has no counterpart in the evidence"
        )
    new = sum(not m.found and not m.opposite for m in pair.core)
    reworded = sum(bool(m.found) and not m.same for m in pair.core)
    yield Finding(FREEDOM, (new + reworded / 2) / len(pair.core), "actor", "it is worded freely")


def _roles(pair: Pair) -> Iterator[Finding]:
    seen: set[str] = set()
    for clash in role_clashes(pair.text, pair.evidence, pair.alignment):
        if clash.name not in seen:
            seen.add(clash.name)
            yield Finding(clash.name, 1, "actor", clash.detail)
