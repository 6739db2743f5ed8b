"""Modality: a hedge is neither dropped nor added, and a wish or a plan does not become what is or will be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summarizer.checks.problem import Problem
from summarizer.checks.scope import covered, forward
from summarizer.checks.words import FUNCTION, PAST, REPORT, stem_set, word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summarizer.checks.document import Document

__all__ = ["check_modality"]

_POSSIBLE: Final = word_set("may might could perhaps maybe probably possibly likely") | stem_set(
    "possible probable likely unlikely apparent seem presumably conceivable"
)
"""Hedges: something may be so."""

_HEARSAY: Final = word_set("reportedly allegedly alleged supposedly purportedly") | stem_set(
    "suspect rumour rumor purported unconfirmed"
)
"""Hedges: somebody says it is so."""

_POSSIBLE_EQUIV: Final = _POSSIBLE | stem_set(
    """can risk danger threat threaten fear chance potential expect suggest consider able appear estimate
    think doubt prospect if would opportunity ready should eventual open probably"""
)
"""What may stand for a hedge of the first kind."""

_HEARSAY_EQUIV: Final = (
    _POSSIBLE_EQUIV
    | _HEARSAY
    | stem_set("report say claim accord accuse suspect allege rumour deny think assert source charge appear state")
)
"""What may stand for a hedge of the second kind."""

_BE: Final = word_set("is are was were be been remain remains")
_MAY: Final = word_set("may might could perhaps maybe possibly")

_MAY_LICENCE: Final = (
    _POSSIBLE_EQUIV
    | _HEARSAY
    | stem_set(
        """warn if unless allow permit ifprovided onlyif right option free let once when propose offer hope
        plan intent want until unable fail not"""
    )
)
"""Words of the evidence that bear out a "may" in the text."""

_IRREALIS: Final = (
    word_set("will would shall must should to")
    | stem_set(
        """plan intend aim want hope demand urge propose offer promise pledge vow threaten prepare ready
        need insist require if expect seek call onlyif ifprovided unless order willing may might could
        can condition once guarantee agree back favour inreturn next tomorrow possible likely ruleout
        refuse decide forecast predict warn announce due schedule set soon coming when until make tie
        as_if support view recommend invite let step"""
    )
    - {"say"}
    | word_set("announce announces announced announcing")
)
"""Words that speak of what is not, or not yet, a fact."""

_WISH: Final = word_set("will would shall must should") | stem_set(
    """plan intend want demand urge propose offer promise threaten ready hope seek insist pledge vow prepare
    require"""
)
"""Words before a wish, a plan or a demand."""

_WEIGH: Final = stem_set("consider weigh mull contemplate")
_WISHED: Final = stem_set("want hope demand urge propose seek recommend try")


def check_modality(text: Document, evidence: Document) -> Iterable[Problem]:
    """The hedges that only one of the two has, and the wishes told as what is or will be."""
    certain = bool(text.lows & {"will", "shall"}) and not evidence.lows & {"will", "shall"}
    for i, t in enumerate(evidence.toks):
        beside = evidence.toks[max(0, i - 1) : i] + evidence.toks[i + 1 : i + 2]
        if any(x.low == "not" for x in beside[:1] if i) or (t.low == "could" and any(x.low == "not" for x in beside)):
            continue
        if t.low in ("possible", "possibility") and not {x.low for x in evidence.toks[max(0, i - 2) : i]} & _BE:
            continue
        possible = t.low in _POSSIBLE or (t.stem in _POSSIBLE and t.low != "appeared") or _weighed(evidence, i)
        hearsay = t.low in _HEARSAY or t.stem in _HEARSAY
        if not (possible or hearsay) or _month_may(evidence, i):
            continue
        scope = forward(evidence, i + 1)
        subject = {x.stem for x in evidence.toks[max(0, i - 8) : i] if x.clause == t.clause and x.content}
        if not covered(scope, subject, text):
            continue
        equal = (_HEARSAY | _HEARSAY_EQUIV) if hearsay else _POSSIBLE_EQUIV
        strict = (_POSSIBLE - word_set("not")) if certain and possible else equal
        if not text.any(strict) and not (hearsay and text.any(equal)):
            yield Problem("modality", f"the hedge {t.low!r} is dropped")
            break
    hedged = [t.low for i, t in enumerate(text.toks) if t.low in _MAY and not _month_may(text, i)]
    if hedged and not evidence.any(_MAY_LICENCE):
        yield Problem("modality", f"{hedged[0]!r} is added")
    if text.lows & {"will", "shall"} and not evidence.any(_IRREALIS | _POSSIBLE):
        yield Problem("modality", "what is or was becomes what will be")
    yield from _check_wished(text, evidence)
    yield from _check_realised(text, evidence)


def _month_may(doc: Document, i: int) -> bool:
    """Whether "may" at `i` is the month."""
    t = doc.toks[i]
    near = doc.toks[max(0, i - 1) : i] + doc.toks[i + 1 : i + 2]
    return t.low == "may" and any(x.low[0].isdecimal() for x in near)


def _weighed(doc: Document, i: int) -> bool:
    """Whether something is only considered: "is considering sending", "weighs whether"."""
    after = doc.toks[i + 1].low if i + 1 < len(doc.toks) else ""
    return doc.toks[i].stem in _WEIGH and (after.endswith("ing") or after in ("whether", "how"))


def _check_wished(text: Document, evidence: Document) -> Iterable[Problem]:
    """A wish in the evidence that the text tells as what will be."""
    if not text.lows & {"will", "shall"} or evidence.lows & word_set("will would shall must") or text.any(_WISHED):
        return
    for i, t in enumerate(evidence.toks):
        if t.stem in _WISHED and covered(forward(evidence, i + 1), set(), text):
            yield Problem("modality", f"{t.low!r} becomes what will be")
            return


def _check_realised(text: Document, evidence: Document) -> Iterable[Problem]:
    """A wish, plan or demand in the evidence that the text tells as done."""
    if text.any(_IRREALIS):
        return
    for i, t in enumerate(evidence.toks):
        if t.low not in _WISH and t.stem not in _WISH:
            continue
        for stem in forward(evidence, i + 1)[:4]:
            if stem in REPORT or stem in _WISH or stem not in text.stems:
                continue
            if _finite_past(text, stem) and not _told_as_done(evidence, stem):
                yield Problem("modality", f"{t.low!r} ({stem}) becomes a fact")
                return


def _finite_past(doc: Document, stem: str) -> bool:
    """Whether a word of this stem tells something as done."""
    for i, t in enumerate(doc.toks):
        if t.stem != stem or t.low in FUNCTION:
            continue
        before = {x.low for x in doc.toks[max(0, i - 3) : i]}
        form = t.low.endswith("ed") or t.low in PAST
        if form and not before & word_set("be to will would must should shall may might could can"):
            return True
    return False


def _told_as_done(doc: Document, stem: str) -> bool:
    """Whether the evidence itself has the word in the past, outside "would be freed" and the like."""
    return any(
        t.stem == stem
        and (t.low.endswith("ed") or t.low in PAST - word_set("withdraw resign"))
        and not {x.low for x in doc.toks[max(0, i - 4) : i]}
        & word_set("be to will would must should shall may might could can is are")
        for i, t in enumerate(doc.toks)
    )
