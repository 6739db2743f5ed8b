"""What a negation or a hedge applies to: the words that follow it, and whether a text speaks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summarizer.checks.words import PAST, REPORT, stem_set, word_set

if TYPE_CHECKING:
    from summarizer.checks.document import Document, Token

__all__ = ["STRONG", "covered", "forward", "is_negator"]

STRONG: Final = word_set("not no never none neither nor nothing nobody without") | stem_set(
    "refuse deny reject decline ruleout fail"
)
"""Words that negate whatever follows."""

_SCOPE: Final = 6  # content words that a negation reaches
_FINITE: Final = word_set("will would has have had is are was were did does can could must should may might")
_LIGHT: Final = stem_set("able possible ready be have make want intend allow take part give any")


def is_negator(t: Token) -> bool:
    """Whether a word negates by itself: not, no, refuse, without."""
    return t.low in STRONG or t.stem in STRONG


def forward(doc: Document, i: int) -> list[str]:
    """The content stems that follow, to the end of the clause."""
    out: list[str] = []
    toks = doc.toks
    clause = toks[i].clause if i < len(toks) else -1
    for t in toks[i : i + 16]:
        if not out and t.clause == clause + 1:
            clause += 1
        if t.low in ("and", "or") and out and _finite_next(toks, t):
            break
        if t.clause != clause or len(out) == _SCOPE or t.low in ("if", "unless", "until", "who", "which"):
            break
        if t.content and not is_negator(t):
            out.append(t.stem)
    return out


def _finite_next(toks: list[Token], joint: Token) -> bool:
    """Whether a new finite verb follows "and": "... will not heal and asked for ..."."""
    after = toks[joint.index + 1 : joint.index + 4]
    return any(t.low.endswith("ed") or t.low in PAST or t.low in _FINITE or t.stem in REPORT for t in after)


def covered(scope: list[str], subject: set[str], text: Document) -> bool:
    """Whether the text speaks of what a negation or a hedge applies to."""
    if not scope:
        return len(subject) > 1 and subject <= text.stems
    light = [s for s in scope if s not in _LIGHT] or scope
    hits = [s for s in light if s in text.stems]
    if light[0] in text.stems and (len(hits) > 1 or len(light) < 3 or len(subject & text.stems) > 0):
        return True
    return len(hits) * 2 >= len(light) and bool(hits)
