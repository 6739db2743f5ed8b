"""A text and its evidence read and aligned, and what the checks that compare them share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from summarizer.checks.alignment import Alignment, align
from summarizer.checks.scopes import Operator, Scoped
from summarizer.checks.thesaurus import BASE, group
from summarizer.checks.words import word_set

if TYPE_CHECKING:
    from summarizer.checks.problem import Code
    from summarizer.checks.reading import Word

__all__ = ["FREEDOM", "LITTLE", "MUCH", "SAYING", "TIES", "Finding", "Pair", "denied", "is_in", "share"]

SAYING: Final = frozenset(
    {"say", "think", "warn", "claim", "propose", "demand", "hope", "plan", "promise", "admit", "deny"}
)
"""Classes of verbs that tell what somebody says or wants."""

FREEDOM: Final = "freedom"
"""The finding that tells how freely the text is worded: no difference by itself."""

TIES: Final = word_set("if unless")
"""The kinds of operators that set a condition."""

MUCH: Final = 0.45  # a scope of which the text says so much is what it speaks of
LITTLE: Final = 0.25  # a scope of which the text says less than this is not what it speaks of


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between a text and its evidence."""

    name: str
    """Which kind of difference: the weights know it by this."""
    value: float
    code: Code
    detail: str


class Pair:
    """A text and its evidence, read and aligned."""

    def __init__(self, text: Scoped, evidence: Scoped, *, attributed: bool = False) -> None:
        self.text, self.evidence, self.attributed = text, evidence, attributed
        self.reported = any(w.base == "according_to" or w.heads & SAYING for w in text.words)
        self.mine, self.theirs = text.operators, evidence.operators
        self.alignment: Alignment = align(text, evidence)
        self.kinds = {o.kind for o in self.mine}
        self.core = [m for m in self.alignment.matches if not (m.word.capital and not m.word.first and not text.upper)]

    def hedges(self, o: Operator) -> bool:
        """Whether an operator is a hedge that a true paraphrase keeps."""
        if o.kind != "hedge" or not is_in(o.word, "strong hedges"):
            return False
        told = self.attributed or (self.reported and is_in(o.word, "personal"))
        return not (told and is_in(o.word, "claims") and o.word.form != BASE)


def is_in(w: Word, name: str) -> bool:
    """Whether a word belongs to a group of cues."""
    known = group(name)
    return w.base in known or w.low in known


def share(pair: Pair, scope: list[Word]) -> float:
    """How much of the text stands within a scope of the evidence."""
    inside = {x.index for x in scope}
    own = [m for m in pair.core if m.found or m.opposite]
    hits = sum(any(x.index in inside for x in [*m.found, *m.opposite]) for m in own)
    content = [x for x in scope if x.content][:8]
    told = sum(x.index in pair.alignment.back for x in content)
    return max(hits / len(own), 0.6 * told / len(content)) if own and content else 0.0


def denied(pair: Pair, w: Word) -> bool:
    """Whether a denial of the text applies to a word of it."""
    return any(o.kind in ("deny", "cease") and w in o.scope for o in pair.mine)
