"""Modality: a hedge is neither dropped nor added, and a wish or a plan does not become what is or will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summarizer.checks.cues import PROVING
from summarizer.checks.pair import LITTLE, MUCH, SAYING, TIES, Finding, Pair, denied, is_in, share
from summarizer.checks.reach import is_fact
from summarizer.checks.reading import PREFIX
from summarizer.checks.scopes import Operator
from summarizer.checks.thesaurus import ING, PAST, THIRD, group
from summarizer.checks.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from summarizer.checks.reading import Word

__all__ = ["check_modality"]


def check_modality(pair: Pair) -> Iterator[Finding]:
    """The hedges, wishes and plans that only one of the two has."""
    yield from _hedges(pair)
    yield from _wishes(pair)
    yield from _facts(pair)


def _hedges(pair: Pair) -> Iterator[Finding]:
    own = [o for o in pair.mine if o.kind == "hedge"]
    new = [o for o in own if o.word.base not in pair.evidence.bases or is_in(o.word, "negators")]
    best, weak = (0.0, ""), (0.0, "")
    coming = {x.index for o in pair.mine if o.kind == "will" for m in pair.core if m.word in o.scope for x in m.found}
    hidden = ""
    for o in pair.theirs:
        repeated = "_" in o.word.base and any(p.word.base == o.word.base for p in own)
        if o.kind != "hedge" or repeated or _kept(pair, o):
            continue
        found = (share(pair, o.scope), o.word.raw)
        if found[0] < LITTLE:
            continue
        if pair.hedges(o):
            best = max(best, found)
            hidden = hidden or (o.word.raw if any(x.index in coming for x in o.scope) else "")
        else:
            weak = max(weak, found)
    if best[0] and not own:
        kind = " for wish" if pair.kinds & {"wish", "if"} else ""
        yield Finding("hedge dropped" + kind, 1, "modality", f"the hedge {best[1]!r} is dropped")
        yield Finding("hedge dropped share", best[0], "modality", f"the hedge {best[1]!r} is dropped")
    elif best[0] and not new:
        yield Finding("hedge weakened", best[0], "modality", f"the hedge {best[1]!r} is dropped")
    elif weak[0] and not own:
        yield Finding("weak hedge dropped", weak[0], "modality", f"the hedge {weak[1]!r} is dropped")
    yield from _proved(pair)
    theirs = {o.kind for o in pair.theirs}
    after = {o.word.index + 1 for o in own}
    denied = {w.index for w in pair.text.words if w.low == "not" and w.index in after}
    added = [o.word.raw for o in own if is_in(o.word, "added hedges") and o.word.index + 1 not in denied]
    if (
        added
        and not (added[0].lower() == "may" and pair.evidence.bases & group("permission"))
        and not theirs & {"hedge", "wish", "if", "unless"}
    ):
        kind = " over will" if "will" in theirs else ""
        yield Finding("hedge added" + kind, 1, "modality", f"{added[0]!r} is added")
    if (
        added
        and any(is_in(w, "certain") or w.base == "certain" for w in pair.evidence.words)
        and not any(is_in(w, "certain") for w in pair.text.words)
    ):
        yield Finding("hedge over certain", 1, "modality", f"{added[0]!r} makes doubtful what is certain")
    yield from _found_out(pair, own)
    yield from _certain(pair, best[1] or weak[1])
    yield from _future(pair, theirs, hidden if not own else "")


def _proved(pair: Pair) -> Iterator[Finding]:
    """What nothing bears out in the evidence is borne out in the text."""
    told = {x.index for o in pair.mine for x in o.scope}
    for o in pair.theirs:
        if o.kind == "hedge" and (is_in(o.word, "negators") or o.word.base == PREFIX):
            sure = [w for w in pair.text.words if w.base in PROVING and w.form == PAST and w.index not in told]
            if sure and not any(x.kind in ("hedge", "deny") for x in pair.mine):
                yield Finding("hedge dropped", 1, "modality", f"{sure[0].raw!r} is not so in the evidence")
                return


_FINDING: Final = word_set("find conclude determine establish confirm prove")
_OPEN: Final = word_set("rule_out exclude suspect possibility possible theory")


def _found_out(pair: Pair, own: list[Operator]) -> Iterator[Finding]:
    """What is only not ruled out, or suspected, in the evidence is found to be so in the text."""
    hedges = (o for o in pair.theirs if o.kind == "hedge" and o.word.base in _OPEN)
    hedged = next((o for o in hedges if share(pair, o.scope) >= LITTLE), None)
    if hedged is None or own or any(o.kind == "deny" and is_in(o.word, "negators") for o in pair.mine):
        return
    sure = [w for w in pair.text.words if w.base in _FINDING and w.form == PAST and w.base not in pair.evidence.bases]
    if sure:
        yield Finding("certain over hedge", 1, "modality", f"{sure[0].raw!r}: it is only {hedged.word.raw!r} there")


_PERMITS: Final = word_set("allow permit let entitle authorise authorize right free bar forbid ban prohibit permission")


def _kept(pair: Pair, o: Operator) -> bool:
    """Whether a word of the text, and none that is surer, stands for a hedge."""
    if o.word.low == "may" and any(x.base in _PERMITS for x in pair.text.words):
        return True  # what one may do is allowed, what one may not do is banned
    return any(not is_in(w, "certain") for w in pair.alignment.back.get(o.word.index, ()))


_NEARLY: Final = word_set("almost nearly virtually practically some partly half most many")


def _certain(pair: Pair, hedge: str) -> Iterator[Finding]:
    """Words that make sure, or whole, what is hedged or partial in the evidence."""
    fresh = [w for w in pair.text.words if w.base not in pair.evidence.bases and w.low not in pair.evidence.bases]
    met = {m.word.index for m in pair.alignment.matches if m.found}
    sure = [w for w in fresh if is_in(w, "certain") and not denied(pair, w) and w.index not in met]
    if sure:
        exact = sure[0].base in ("exactly", "precisely") and pair.evidence.bases & group("bounds")
        kind = " over hedge" if hedge or exact else ""
        yield Finding("certain" + kind, 1, "modality", f"{sure[0].raw!r} is surer than the evidence")
    nearly = [
        w
        for w in pair.evidence.words
        if w.low in _NEARLY and is_in(pair.evidence.words[min(w.index + 1, len(pair.evidence.words) - 1)], "whole")
    ]
    if nearly and any(is_in(w, "whole") for w in pair.text.words) and not pair.text.bases & _NEARLY:
        yield Finding("nearly dropped", 1, "modality", f"{nearly[0].raw!r} is dropped")
    part = [w for w in pair.evidence.words if is_in(w, "partial")]
    whole = [w for w in pair.text.words if is_in(w, "whole") and not denied(pair, w)]
    if part and whole and not any(is_in(w, "partial") for w in pair.text.words):
        yield Finding("part becomes whole", 1, "number", f"{part[0].raw!r} becomes {whole[0].raw!r}")


def _future(pair: Pair, theirs: set[str], hedge: str) -> Iterator[Finding]:
    will = [o for o in pair.mine if o.kind == "will" and o.word.low != "would"]
    if not will:
        return
    shown = will[0].word.raw
    desires = [
        (share(pair, o.scope), o.word.raw)
        for o in pair.theirs
        if o.kind == "wish" and is_in(o.word, "desires") and o.word.index not in pair.alignment.back
    ]
    if hedge:
        yield Finding("will over hedge", 1, "modality", f"{hedge!r} becomes {shown!r}")
    elif (
        desires
        and max(desires)[0] > MUCH
        and not pair.kinds & {"wish", "if", "unless"}
        and "without" not in pair.text.bases
    ):
        yield Finding("will over wish", 1, "modality", f"{max(desires)[1]!r} becomes {shown!r}")
    elif not theirs & {"will", "wish", "hedge", "if", "unless"} and _done(pair, will[0]):
        yield Finding("will added", 1, "modality", "what is or was becomes what will be")


def _done(pair: Pair, will: Operator) -> bool:
    """Whether the evidence tells as done what the text tells as coming."""
    coming = [m for m in pair.core if m.word in will.scope and m.found]
    return any(is_fact(pair.evidence.words, x.index) for m in coming for x in m.found)


def _wishes(pair: Pair) -> Iterator[Finding]:
    if "wish" in pair.kinds:
        return
    best = (0.0, "")
    tied = bool(pair.kinds & TIES)
    if any("oppose" in w.heads and not is_in(w, "actors") for w in pair.text.words):
        return  # to want a thing is to oppose its end
    for o in pair.theirs:
        if tied and o.word.base in _TYING:
            continue  # "requires consent" is "only with consent"
        if o.kind == "wish" and is_in(o.word, "strong wishes") and o.word.index not in pair.alignment.back:
            best = max(best, (share(pair, o.scope), o.word.raw))
    if best[0] > LITTLE:
        will = " but will" if pair.kinds & {"will", "hedge"} else ""
        yield Finding("wish dropped" + will, 1, "modality", f"{best[1]!r} is dropped")
        yield Finding("wish dropped share" + will, best[0], "modality", f"{best[1]!r} is dropped")


_TYING: Final = word_set("require need demand insist condition must")
_UNREAL: Final = frozenset({"wish", "if", "will", "hedge", "unless"})
_AWAITED: Final = word_set("until before unless once when after if only_when only_after only_once as while")


def _facts(pair: Pair) -> Iterator[Finding]:
    """Verbs that tell as done what the evidence has as not done yet, or not for sure."""
    words, others = pair.text.words, pair.evidence.words
    operators_t = {o.word.index for o in pair.mine if o.kind not in ("cease", "deny")}
    for m in pair.core:
        w = m.word
        if not m.found or w.cues & _UNREAL or w.index in operators_t or not is_fact(words, w.index):
            continue
        if w.form == THIRD and w.heads & group("attitudes"):
            continue
        if w.heads & SAYING or denied(pair, w) or _awaited(words, w):
            continue
        if any(is_fact(others, x.index) and not x.cues & _UNREAL for x in m.found):
            continue
        cues = set().union(*(x.cues for x in m.found))
        if (
            w.form == ING
            and {"is", "are"} & {x.low for x in words[max(0, w.index - 3) : w.index]}
            and not _would(pair, m.found)
        ):
            cues = cues - {"will"}  # "is sending" can be what will be
        if not any(x in o.scope for o in pair.theirs if pair.hedges(o) for x in m.found):
            cues = cues - {"hedge"}
        if any(o.kind == "hedge" for o in pair.mine):
            cues = cues - {"hedge"}
        kind = next((k for k in ("wish", "if", "unless", "will", "hedge") if k in cues), "")
        if kind:
            yield Finding(f"done over {kind}", 1, "modality", f"{w.raw!r} is told as done")
            return


def _would(pair: Pair, found: list[Word]) -> bool:
    """Whether words of the evidence are told as what would be: less sure than what will be."""
    return any(o.word.low == "would" and x in o.scope for o in pair.theirs for x in found)


def _awaited(words: list[Word], w: Word) -> bool:
    """Whether a verb stands in a clause with "until", "before" or the like: it tells no deed as done."""
    return any(x.base in _AWAITED and x.clause == w.clause for x in words[max(0, w.index - 8) : w.index])
