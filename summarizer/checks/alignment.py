"""Which words of the evidence a word of the text stands for: the same root, the same class or the opposite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from summarizer.checks.names import name_key
from summarizer.checks.thesaurus import group

if TYPE_CHECKING:
    from summarizer.checks.reading import Reading, Word

__all__ = ["Alignment", "Match", "align"]


@dataclass(slots=True)
class Match:
    """A word of the text with the words of the evidence it stands for."""

    word: Word
    same: list[Word] = field(default_factory=list)
    """Words of the same root."""
    alike: list[Word] = field(default_factory=list)
    """Words of a class with it, where none has its root."""
    opposite: list[Word] = field(default_factory=list)
    """Words that say the opposite, where no other stands for it."""

    @property
    def found(self) -> list[Word]:
        """The words that say the same."""
        return self.same or self.alike


@dataclass(slots=True)
class Alignment:
    """The words of the text with their counterparts."""

    matches: list[Match]
    back: dict[int, list[Word]]
    """For each word of the evidence, by index, the words of the text that stand for it."""


def _acts(w: Word) -> bool:
    """Whether a word is a noun for a person or body that acts: a prisoner is no imprisonment."""
    return w.base in group("actors")


def align(text: Reading, evidence: Reading) -> Alignment:
    """Each content word of the text with its counterparts in the evidence."""
    places: dict[str, list[Word]] = {}
    names: dict[str, list[Word]] = {}
    for w in evidence.words:
        if w.content:
            for head in w.heads:
                places.setdefault(head, []).append(w)
            names.setdefault(name_key(w.low), []).append(w)
    matches: list[Match] = []
    back: dict[int, list[Word]] = {}
    for w in text.words:
        if not w.content:
            continue
        match = Match(w)
        for head in w.heads:
            found = [x for x in places.get(head, [])[:20] if _acts(x) == _acts(w)]
            if head.startswith("~"):
                match.same.extend(found)
            else:
                match.alike.extend(x for x in found if x not in match.alike)
        if not match.same and w.capital:
            match.same.extend(names.get(name_key(w.low), [])[:20])
        against = [x for head in sorted(w.opposites) for x in places.get(head, [])[:20]]
        match.opposite = [x for x in against if "_" not in x.base or "~" + x.base in w.opposites]
        for x in match.found:
            back.setdefault(x.index, []).append(w)
        matches.append(match)
    return Alignment(matches, back)
