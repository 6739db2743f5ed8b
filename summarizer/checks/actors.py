"""The actors of a text: names with their titles and appositions, and common nouns that act as names do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from summarizer.checks.names import name_key
from summarizer.checks.thesaurus import can_be_verb, group
from summarizer.checks.words import DATE_WORDS, DAYS, MONTHS, TITLES, word_set
from summarizer.names import common_words

if TYPE_CHECKING:
    from summarizer.checks.reading import Reading, Word

__all__ = ["Actor", "actors", "same_actor"]

_VERBS_TOO: Final = word_set(
    "head force man lead state side people guard board front service pilot patrol staff monitor"
)
_JOINTS: Final = word_set("of the al de del la bin van von el")
_MODIFIERS: Final = word_set(
    """former ex late exiled acting deputy vice prime foreign
    chief defence defense interior interim senior own armed ruling"""
)


_RELATED: Final = word_set(
    """ally friend foe rival critic opponent supporter member brother sister son daughter wife husband widow
    father mother aide adviser lawyer driver successor predecessor relative cousin nephew uncle protege confidant
    deputy enemy"""
)
"""What somebody is to somebody else: "a close ally of X" does not name the ally."""


@dataclass(slots=True)
class Actor:
    """One phrase that names or describes an actor."""

    begin: int
    end: int
    names: set[str] = field(default_factory=set)
    nouns: frozenset[str] = frozenset()
    """The heads of what it is called: army, minister."""
    modifier: bool = False
    """Whether it only tells a noun that follows: the Fongolo bridge."""

    @property
    def keys(self) -> set[str]:
        """All that tells it."""
        return self.names | self.nouns


def actors(reading: Reading, other: Reading) -> list[Actor]:
    """The actors of a text in order."""
    words = reading.words
    proper = {name_key(w.low) for w in other.words if w.capital and not w.first and not other.upper}
    proper |= {name_key(w.low) for w in words if w.capital and not w.first and not reading.upper}
    out: list[Actor] = []
    i = 0
    while i < len(words):
        if not (_is_name(reading, i, proper) or _is_noun(words, i)):
            i += 1
            continue
        actor, title = Actor(i, i), True
        while i < len(words):
            named = _is_name(reading, i, proper)
            if named:
                actor.names.add(name_key(words[i].low))
            elif _is_noun(words, i):
                actor.nouns = words[i].heads | (actor.nouns if title else frozenset())
                title = words[i].low in TITLES
            elif not _joint(reading, i, proper):
                break
            i += 1
            if words[i - 1].possessive and not (
                i < len(words) and (_is_noun(words, i) or words[i].low in _MODIFIERS or _is_name(reading, i, proper))
            ):
                break
            if i < len(words) and words[i].low in _MODIFIERS and i + 1 < len(words) and _is_noun(words, i + 1):
                i += 1
        actor.end = i
        if _modifies(words, actor):
            actor.modifier = True
            out.append(actor)
            continue
        i = _apposition(reading, actor, i, proper)
        out.append(actor)
    return out


def _joint(reading: Reading, i: int, proper: set[str]) -> bool:
    """Whether a small word goes on with a name: "of Kestovia", "of the Republic", "al"."""
    words = reading.words
    if words[i].low == "the":
        return words[i - 1].low == "of"
    if words[i].low not in _JOINTS or i + 1 >= len(words):
        return False
    after = i + 2 if words[i].low == "of" and words[i + 1].low == "the" else i + 1
    return after < len(words) and _is_name(reading, after, proper)


def _modifies(words: list[Word], actor: Actor) -> bool:
    """Whether a name only tells a noun that follows: the Fongolo bridge."""
    if actor.nouns or actor.end >= len(words) or words[actor.end - 1].possessive:
        return False
    after = words[actor.end]
    if not after.content or after.capital or after.raw[0].isdecimal():
        return False
    article = actor.begin > 0 and words[actor.begin - 1].low in ("the", "a", "an", "its", "their", "his", "her")
    return (
        after.form == "base"
        or (after.form == "third" and not can_be_verb(after.base))
        or (article and after.form == "third")
    )


def _apposition(reading: Reading, actor: Actor, i: int, proper: set[str]) -> int:
    """Take in ", the minister of X," after an actor; the place where reading goes on."""
    words = reading.words
    if i + 2 >= len(words) or words[i].low != "," or not actor.keys:
        return i
    end = next(
        (k for k in range(i + 1, min(i + 10, len(words))) if words[k].low in (",", ".", ";", "|", "who", "which")), 0
    )
    if not end or words[end].low not in (",",):
        return i
    inside = words[i + 1 : end]
    if not inside:
        return i
    if (
        inside[0].low not in word_set("the a an its his her their whose former another")
        and not _is_noun(words, i + 1)
        and not _is_name(reading, i + 1, proper)
    ):
        return i
    if any(w.base in ("and", "say", "be", "have") or w.form in ("past", "ing") for w in inside) and inside[
        0
    ].low not in ("the", "a", "an"):
        return i
    if not any(_is_noun(words, k) or _is_name(reading, k, proper) for k in range(i + 1, end)) or inside[0].low == "and":
        return i
    related = False
    for k in range(i + 1, end):
        related = related or words[k].base in _RELATED
        if _is_name(reading, k, proper) and not related:
            actor.names.add(name_key(words[k].low))
        elif _is_noun(words, k):
            actor.nouns |= words[k].heads
    return end + 1


def _is_name(reading: Reading, i: int, proper: set[str]) -> bool:
    w = reading.words[i]
    if not w.raw[0].isalpha() or w.low in MONTHS or w.low in DAYS or w.low in DATE_WORDS:
        return False
    if w.base in group("actors") or w.low in TITLES:
        return False
    if reading.upper:
        return name_key(w.low) in proper or (w.content and w.low not in common_words() and w.base not in common_words())
    if not w.capital or not w.content:
        return False
    return not w.first or name_key(w.low) in proper or (w.low not in common_words() and w.base not in common_words())


def _is_noun(words: list[Word], i: int) -> bool:
    w = words[i]
    if w.base not in group("actors") and w.low not in TITLES:
        return False
    if w.base in _VERBS_TOO:
        before = words[i - 1].low if i else "the"
        if before in ("to", "will", "would", "not") or w.form == "past":
            return False
    return w.form in ("base", "third") or w.low.endswith("men") or w.low == "children"


def same_actor(a: Actor, b: Actor) -> bool:
    """Whether two phrases can name the same actor."""
    if a.names and b.names:
        return bool(a.names & b.names)
    return bool(a.nouns & b.nouns)
