"""Conditions: none is dropped, added, lifted, turned round or exchanged with what it is a condition for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summarizer.checks.problem import Problem
from summarizer.checks.scope import is_negator
from summarizer.checks.words import REPORT, stem_set, word_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summarizer.checks.document import Document, Token

__all__ = ["COND_BROAD", "check_conditions"]

_COND: Final = word_set("if unless ifprovided onlyif inreturn once until") | stem_set(
    "contingent conditional hinge prerequisite dependent"
)
"""Words that set a condition."""

COND_BROAD: Final = (
    _COND
    | word_set("when whenever after before first must who whoever or otherwise while only as should without")
    | stem_set(
        """condition precondition need require depend tie link demand insist pending assuming trade want
        subject ask term prior"""
    )
)
"""Words that may carry a condition of the other text."""

_COND_STRICT: Final = word_set("if unless ifprovided onlyif inreturn")
_REMOVED: Final = word_set("evenif")  # "even if", "regardless", see document.py
_IRREALIS_MODAL: Final = word_set("will would can could shall must may not no")


def check_conditions(text: Document, evidence: Document) -> Iterable[Problem]:
    """The conditions that only one of the two sets, or that are turned round."""
    if text.lows & _REMOVED and not evidence.lows & _REMOVED:
        yield Problem("condition", "a condition is lifted")
    if text.lows & _COND_STRICT and not evidence.any(COND_BROAD):
        yield Problem("condition", "a condition is added")
    sentences = {t.sentence for t in evidence.toks if _sets_terms(evidence, t)}
    own = text.content(lambda t: (t.stem not in REPORT and not t.first) or t.low.islower())
    own = {s for s in own if s not in REPORT} - _names(text) or own
    for number in sorted(sentences):
        main, tail = _main_and_tail(evidence, number)
        about = own & main
        if text.any(_COND) or (text.any(COND_BROAD) and own & (tail - main)):
            continue
        if "inreturn" in evidence.lows and not text.any(COND_BROAD):
            about |= own & tail
        if own and len(about) >= 0.4 * len(own) and len(about) >= len(own & (tail - main)):
            yield Problem("condition", "the condition is dropped")
            break
    tied = ("unless" in text.lows) != ("unless" in evidence.lows) and evidence.lows & _COND_STRICT
    joined = text.lows & word_set("if unless ifprovided onlyif")
    if tied and joined and _parity(text) != _parity(evidence):
        yield Problem("condition", "the condition is turned round")
    order_t, order_e = _order(text), _order(evidence)
    if order_t and order_e:
        (et, lt), (ee, le) = order_t, order_e
        crossed, straight = len(et & le) + len(lt & ee), len(et & ee) + len(lt & le)
        if crossed > straight and crossed > 1:
            yield Problem("condition", "what comes first and what follows are exchanged")


def _sets_terms(doc: Document, t: Token) -> bool:
    """Whether a word sets terms where it stands."""
    if t.low in ("once", "until"):
        return any(x.low in _IRREALIS_MODAL for x in doc.toks if x.sentence == t.sentence)
    return t.low in _COND or _must_first(doc, t)


def _must_first(doc: Document, t: Token) -> bool:
    return t.low == "first" and bool(
        {x.low for x in doc.toks if x.sentence == t.sentence}
        & word_set("must insist insists insisted insisting should before")
    )


def _names(doc: Document) -> set[str]:
    return {t.stem for t in doc.toks if t.capital and not t.first and not doc.upper}


def _main_and_tail(doc: Document, sentence: int) -> tuple[set[str], set[str]]:
    """The content of a conditional sentence: what depends, and what it depends on."""
    toks = [t for t in doc.toks if t.sentence == sentence]
    at = next((i for i, t in enumerate(toks) if t.low in _COND or _must_first(doc, t)), 0)
    end = at + 1
    stop = (",", ";", "before") if toks[at].low == "first" else (",", ";")
    while end < len(toks) and toks[end].low not in stop:
        end += 1
    tail = {t.stem for t in toks[at:end] if t.content}
    begin = max((k + 1 for k in range(at) if toks[k].low in ("that", ";", "”", '"')), default=0)
    near = [*toks[max(begin, at - 14) : at], *toks[end : end + 14]]
    main = {t.stem for t in near if t.content}
    return main, tail


def _parity(doc: Document) -> int:
    """How often the conditional statement is turned round: "unless" counts as "if not"."""
    negators = sum(is_negator(t) for t in doc.toks)
    ties = sum(t.low == "unless" or (t.low in ("until", "before") and negators > 0) for t in doc.toks)
    return (negators + ties) % 2


def _order(doc: Document) -> tuple[set[str], set[str]] | None:
    """What comes first and what follows, where one marker tells: A before B, A only after B, if B then A."""
    markers = [
        i for i, t in enumerate(doc.toks) if t.low in word_set("if unless ifprovided onlyif once after before until")
    ]
    markers = [i for i in markers if doc.toks[i].low != "until" or any(is_negator(t) for t in doc.toks[:i])]
    if len(markers) != 1:
        return None
    at = markers[0]
    toks = [t for t in doc.toks if t.sentence == doc.toks[at].sentence]
    local = next(i for i, t in enumerate(toks) if t is doc.toks[at])
    end = local + 1
    while end < len(toks) and toks[end].raw not in ",;":
        end += 1
    bound = {t.stem for t in toks[local + 1 : end] if t.content} - REPORT
    rest = {t.stem for t in [*toks[:local], *toks[end:]] if t.content} - REPORT
    bound, rest = bound - rest, rest - bound
    negated = any(is_negator(t) for t in toks[:local])
    if toks[local].low == "before" and not negated:
        return rest, bound
    return bound, rest
