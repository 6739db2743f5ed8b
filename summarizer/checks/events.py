"""The verbs of a text with the actors around them: who does it, to whom, and what stands after a preposition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from summarizer.checks.reading import AUX, BREAKS, MARKS, MODALS, Reading, Word
from summarizer.checks.thesaurus import BASE, ING, PAST, THIRD, can_be_verb, group
from summarizer.checks.words import word_set

if TYPE_CHECKING:
    from summarizer.checks.actors import Actor

__all__ = ["Event", "events"]

_PREPOSITIONS: Final = word_set(
    """of in from near at with by to against on for into over along
    under between among through towards toward behind across after before despite without via off"""
)
_BE: Final = word_set("is are was were be been being")
_DEPTH: Final = 3  # verbs joined by "and" that are followed back to their subject
_ARTICLES: Final = word_set("the a an its his her their this that these those")
_BARE_VERBS: Final = word_set("see watch hear let make help have")
"""Verbs that take an actor with a bare verb: saw the brigade seize."""
_TELLING: Final = word_set("say state declare announce add insist maintain claim report warn note")
_APART: Final = frozenset(
    ["rather_than", "instead_of", "unlike", "than", "as_well_as", "besides", "except", "alongside"]
)
_QUANTITIES: Final = word_set(
    """majority minority most many half part some all group number dozens hundreds thousands scores handful couple
    pair several few third quarter rest bulk one two members column unit team percent"""
)
_INSERTED: Final = word_set("not who which whose where a an the now then once formerly including")


@dataclass(slots=True)
class Event:
    """A verb with the actors around it."""

    word: Word
    agents: list[Actor] = field(default_factory=list)
    patients: list[Actor] = field(default_factory=list)
    others: dict[str, Actor] = field(default_factory=dict)


def _is_verb(words: list[Word], i: int) -> bool:
    """Whether the word can be a verb where it stands."""
    w = words[i]
    before = words[i - 1] if i else None
    if (
        not w.content
        or w.low in _PREPOSITIONS
        or (w.form in (BASE, THIRD) and not can_be_verb(w.base) and not (before and before.low in MODALS))
        or (w.capital and not w.first)
    ):
        return False
    if w.form == ING and (before is None or before.low not in _BE) and i + 1 < len(words) and _plain_noun(words[i + 1]):
        return False
    if before is not None and (
        before.low in word_set("the a an his her its their any no of from at with by for in on")
        or before.possessive
        or before.low[0].isdecimal()
    ):
        return w.form == ING and before.low in ("of", "from", "by", "for", "in")
    if w.form in (PAST, ING):
        return True
    if w.form == THIRD:
        return bool(before and (before.capital or before.low in ("who", "which", "that", "he", "she", "it")))
    return bool(
        before
        and (
            before.low in MODALS
            or before.low in ("to", "not", "they", "we", "i", "you")
            or (before.capital and any(x.low == "and" or x.base in _BARE_VERBS for x in words[max(0, i - 5) : i]))
            or before.low.endswith("s")
        )
    )


def _plain_noun(w: Word) -> bool:
    return w.base in group("actors")


def events(reading: Reading, found: list[Actor]) -> list[Event]:
    """The verbs of a text with their actors."""
    words = reading.words
    at: dict[int, Actor] = {k: a for a in found if not a.modifier for k in range(a.begin, a.end)}
    out: list[Event] = []
    for i, w in enumerate(words):
        if i in at or not (w.base == "according_to" or _is_verb(words, i)):
            continue
        event = Event(w)
        right = _right(words, i, at)
        left = _left(words, i, at)
        after_mark = i > 0 and words[i - 1].low in MARKS
        if w.form == ING and after_mark and words[i - 1].low == ",":
            left = None
        inverted = after_mark and left is None and "say" in w.heads and w.base not in ("tell", "inform")
        if w.base == "according_to" or (inverted and _actor_next(words, i, at)):
            event.agents = [right[""]] if "" in right else []
            out.append(event)
            continue
        passive = w.form == PAST and (
            any(x.base == "be" for x in words[max(0, i - 3) : i]) or (i + 1 < len(words) and words[i + 1].low == "by")
        )
        if passive:
            event.patients = [left] if left else []
            event.agents = [right["by"]] if "by" in right else []
            if "" in right and not event.patients:
                event.patients = [right[""]]
        else:
            event.agents = _joined(left, words, at) if left else []
            event.patients = [right[""]] if "" in right else []
        event.others = {p: a for p, a in right.items() if p and not (passive and p == "by")}
        out.append(event)
    return out


def _actor_next(words: list[Word], i: int, at: dict[int, Actor]) -> bool:
    """Whether an actor follows at once, after an article at most: "said the minister"."""
    return i + 1 in at or (i + 2 in at and words[i + 1].low in ("the", "a", "an", "its", "his", "her"))


def _joined(actor: Actor, words: list[Word], at: dict[int, Actor]) -> list[Actor]:
    """An actor with those that "and" joins to it."""
    k = actor.begin - 1
    while k >= 0 and words[k].low in ("the", "and", "or", "both", "its", ","):
        if words[k].low in ("and", "or") and k - 1 in at:
            return [actor, at[k - 1]]
        k -= 1
    return [actor]


def _joined_verb(words: list[Word], k: int, at: dict[int, Actor]) -> int:
    """The verb that "and" at `k` goes on from: the one before it, after a comma the first of the sentence; or -1."""
    comma = k > 1 and words[k - 1].low == "," and words[k].low != "or"
    places = range(max(0, k - 40), k) if comma else range(k - 1, max(-1, k - 16), -1)
    same = (j for j in places if words[j].sentence == words[k].sentence and j not in at)
    return next((j for j in same if words[j].form != ING and _is_verb(words, j)), -1)


def _left(words: list[Word], i: int, at: dict[int, Actor], depth: int = 0) -> Actor | None:
    """The actor before a verb that is its subject, as far as code can tell."""
    if depth > _DEPTH:
        return None
    k = i - 1
    while k > max(0, i - 8) and (
        words[k].low in AUX or words[k].low in MODALS or words[k].low.endswith("ly") or words[k].low == "not"
    ):
        k -= 1
    if k > 0 and words[k].low in ("and", "but", "or") and words[i].form != ING:
        verb = _joined_verb(words, k, at)
        return _left(words, verb, at, depth + 1) if verb >= 0 and words[verb].sentence == words[i].sentence else None
    if k > 0 and words[k].low == "," and words[i].form != ING:
        opened = next((j for j in range(k - 1, max(-1, k - 18), -1) if words[j].low == ","), -1)
        if opened < 1:
            return None
        inside = at.get(opened + 1)
        if inside and inside.names and inside.end == k:
            return inside
        k = opened - 1
    if (
        words[k].content
        and k not in at
        and words[k].form in (BASE, THIRD)
        and words[i].form != ING
        and not _is_verb(words, k)
    ):
        start = next(
            (j for j in range(k, max(-1, k - 4), -1) if not (words[j].content or words[j].low in _ARTICLES)), -1
        )
        if start >= 0 and words[start].low not in _PREPOSITIONS:
            return None
    while k >= 0 and i - k < 24:
        w = words[k]
        if k not in at and w.form in (PAST, THIRD) and "say" in w.heads and w.base in _TELLING and _is_verb(words, k):
            return None
        if w.low == "," and k > 1:
            opened = next((j for j in range(k - 1, max(-1, k - 12), -1) if words[j].low == ","), 0)
            if opened and words[opened + 1].low in _INSERTED:
                k = opened - 1
                continue
        if w.low in ("who", "which") and k:
            return next((at[j] for j in range(k - 1, max(-1, k - 6), -1) if j in at and not _apart(words, at[j])), None)
        if (
            w.low in '.;!?|:"“”'
            or (w.low in BREAKS and w.low not in ("who", "which"))
            or (w.low in word_set("he she it they we i you that") and w.low != "that")
        ):
            return None
        if w.low == "that" and k and k - 1 not in at:
            return None
        if k in at:
            actor = at[k]
            before = words[actor.begin - 1].low if actor.begin else ""
            if before in ("the", "a", "an", "its", "his", "her", "their", "two", "both") and actor.begin > 1:
                before = words[actor.begin - 2].low
            if words[actor.end - 1].possessive:
                return None
            if _apart(words, actor):
                k = actor.begin - 2
                continue
            if before == "of" and actor.begin > 1 and _quantity(words, actor):
                return actor
            if before in _PREPOSITIONS and not _absolute(words, actor, i, before):
                k = actor.begin - 2
                continue
            return actor
        k -= 1
    return None


def _apart(words: list[Word], actor: Actor) -> bool:
    """Whether an actor is only set beside another one: "soldiers rather than rebels"."""
    near = [x for x in words[max(0, actor.begin - 2) : actor.begin] if x.low not in _ARTICLES]
    return bool(near) and (
        near[-1].base in _APART or (near[-1].low == "not" and words[near[-1].index - 1].base != "be")
    )


def _quantity(words: list[Word], actor: Actor) -> bool:
    """Whether "of" stands between a quantity and what there is so much of: "a majority of voters"."""
    at = next((k for k in range(actor.begin - 1, max(-1, actor.begin - 4), -1) if words[k].low == "of"), 0)
    return at > 0 and (words[at - 1].low in _QUANTITIES or words[at - 1].low[0].isdecimal())


def _absolute(words: list[Word], actor: Actor, i: int, before: str) -> bool:
    """Whether a preposition stands before a subject: "with X leading", "for X to sign"."""
    if before == "with":
        return words[i].form == ING and actor.end == i
    return before == "for" and actor.end == i - 1 and words[i - 1].low == "to"


def _right(words: list[Word], i: int, at: dict[int, Actor]) -> dict[str, Actor]:
    """The actors after a verb, by the preposition before them."""
    out: dict[str, Actor] = {}
    preposition = ""
    for k in range(i + 1, min(i + 14, len(words))):
        w = words[k]
        if w.low in MARKS or w.low in (
            "that",
            "and",
            "but",
            "while",
            "who",
            "which",
            "if",
            "unless",
            "because",
            "whether",
        ):
            break
        if k in at:
            if words[at[k].end - 1].possessive:
                preposition = "of"
                continue
            out.setdefault(preposition, at[k])
            continue
        if w.low in _PREPOSITIONS:
            preposition = w.low
        elif _is_verb(words, k) and w.form in (PAST, THIRD, BASE) and w.low not in AUX:
            break
    return out
