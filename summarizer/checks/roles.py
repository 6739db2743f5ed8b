"""Roles: who did what to whom. An actor of the evidence must not do in the text what another one does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from summarizer.checks.actors import Actor, actors, same_actor
from summarizer.checks.events import Event
from summarizer.checks.events import events as find_events
from summarizer.checks.reading import Reading, Word
from summarizer.checks.thesaurus import ING, PAST, group, group_rows, heads
from summarizer.checks.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from summarizer.checks.alignment import Alignment

__all__ = ["RoleClash", "converses", "role_clashes"]

_RECEIVERS: Final = word_set("to from against by")


@dataclass(frozen=True, slots=True)
class RoleClash:
    """An actor that does not stand to a verb as in the evidence."""

    name: str
    detail: str


@cache
def converses() -> dict[str, frozenset[str]]:
    """Each verb with those that tell the same from the other side."""
    out: dict[str, set[str]] = {}
    for row in group_rows("converses"):
        left, _, right = row.partition("|")
        for a, b in ((left, right), (right, left)):
            for word in a.split():
                out.setdefault(word, set()).update(b.split())
    return {w: frozenset(s) for w, s in out.items()}


def role_clashes(text: Reading, evidence: Reading, alignment: Alignment) -> Iterator[RoleClash]:
    """The verbs of the text whose actors are exchanged, or others than in the evidence."""
    mine, theirs = actors(text, evidence), actors(evidence, text)
    events_t, events_e = find_events(text, mine), find_events(evidence, theirs)
    by_index = {e.word.index: e for e in events_e}
    found = {m.word.index: [*m.found] for m in alignment.matches}
    for event in events_t:
        turned = converses().get(event.word.base, frozenset())
        pairs = [
            (by_index[x.index], x.base in turned and x.base != event.word.base)
            for x in found.get(event.word.index, [])
            if x.index in by_index
        ]
        pairs += [(e, True) for e in events_e if e.word.base in turned and not pairs]
        if pairs:
            yield from _compare(event, pairs, theirs, text, mine)
    yield from _owners(text, evidence, mine, theirs, found)
    yield from _belonging(text, evidence, mine, theirs, found)
    yield from _direction(events_t, events_e)
    yield from _order(text, evidence, mine, theirs, (events_t, events_e))


_SAYING: Final = frozenset({"say", "think", "warn", "claim", "propose", "admit", "deny"})


_ANYBODY: Final = frozenset({"people", "civilian", "~person", "~man", *(h for h in heads("side") if h.startswith("~"))})
_ASKING: Final = frozenset({"demand", "ask", "receive", "ban", "~request", "~seek"})
_STATES: Final = frozenset({"country", "government"})
"""Classes of nouns that a name may stand for."""
_ADDRESSED: Final = word_set("tell inform warn accuse urge ask advise notify blame")


def _shown(actor: Actor, reading: Reading) -> str:
    return " ".join(w.raw for w in reading.words[actor.begin : actor.end])


def _compare(
    event: Event, pairs: list[tuple[Event, bool]], theirs: list[Actor], text: Reading, text_actors: list[Actor]
) -> Iterator[RoleClash]:
    close = all(_close(event.word, e.word) for e, _ in pairs)
    agents = [(e.patients if turned else e.agents, e.agents if turned else e.patients, e) for e, turned in pairs]
    if event.word.base in group("states"):
        return
    for a in event.agents[:1]:
        if (
            event.word.base in group("ergative")
            and not event.patients
            and any(same_actor(a, x) for _, o, _ in agents for x in o)
        ):
            continue  # "they reopened the crossing": "the crossing reopened"
        if a.names and all(x.nouns & _STATES and not x.names for s, _, _ in agents for x in s):
            continue  # "his country" is told by its name
        known = [s for s, _, _ in agents if s]
        losing = event.word.base == "lose" and pairs[0][1] and not known
        if losing and any(same_actor(a, x) for _, o, _ in agents for x in o):
            yield RoleClash("swapped agent", f"{_shown(a, text)!r} does not {event.word.low!r} in the evidence")
            continue
        if not known or any(same_actor(b, x) for b in event.agents for s in known for x in s):
            continue
        shown = f"{_shown(a, text)!r} does not {event.word.low!r} in the evidence"
        if any(
            same_actor(a, x) for _, o, e in agents for x in [*o, *(v for p, v in e.others.items() if p in _RECEIVERS)]
        ):
            yield RoleClash("swapped agent", shown)
        elif event.word.form == ING:
            continue
        elif (
            close
            and any(same_actor(a, x) for x in theirs)
            and all(any(same_actor(b, x) for b in text_actors if b is not a) for s in known for x in s)
        ):
            yield RoleClash("agents exchanged", shown)
        elif any(same_actor(a, x) for x in theirs) and close and len(known) == len(agents) and _alike(a, known):
            yield RoleClash("other agent named" if a.names else "other agent", shown)
    for a in event.patients[:1] if not event.word.heads & _SAYING or event.word.base in _ADDRESSED else []:
        known = [o for _, o, _ in agents if o]
        if not known or any(same_actor(a, x) for o in known for x in o):
            continue
        shown = f"{event.word.low!r} {_shown(a, text)!r} is not so in the evidence"
        if any(same_actor(a, x) for s, _, _ in agents for x in s):
            yield RoleClash("swapped patient", shown)
        elif event.word.form == ING or any(x.nouns & _ANYBODY for o in known for x in o) or a.nouns & _ANYBODY:
            continue
        elif any(same_actor(a, x) for x in theirs) and close and len(known) == len(agents) and _alike(a, known):
            yield RoleClash("other patient", shown)
        elif close and not a.names and not any(same_actor(a, x) for x in theirs) and _alike(a, known):
            yield RoleClash("other patient new", shown)
    for preposition, a in event.others.items():
        if preposition == "from" and event.word.heads & _ASKING:
            continue  # to ask X for Y is to ask Y from X
        if (
            preposition in ("to", "by", "from")
            and not any(turned for _, turned in pairs)
            and any(same_actor(a, x) for x_ in agents for x in (x_[0] if preposition == "to" else x_[1]))
        ):
            name = "swapped source" if preposition == "from" else "swapped recipient"
            yield RoleClash(name, f"{preposition} {_shown(a, text)!r} is not so in the evidence")
            return
        if preposition in ("to", "from", "against") and not _still_told(event, pairs, preposition, text_actors):
            continue
        there = [e.others[preposition] for e, _ in pairs if preposition in e.others]
        if there and not any(same_actor(a, x) for x in there) and any(same_actor(a, x) for x in theirs):
            yield RoleClash(
                f"other {preposition}" if preposition in ("to", "from", "against") else "other object",
                f"{preposition} {_shown(a, text)!r} is not so in the evidence",
            )


def _close(a: Word, b: Word) -> bool:
    """Whether two verbs are near enough for their actors to be compared: one root, or one narrow class."""
    common = a.heads & b.heads
    return any(h.startswith("~") or h not in group("broad") for h in common)


def _still_told(event: Event, pairs: list[tuple[Event, bool]], preposition: str, mine: list[Actor]) -> bool:
    """Whether the text speaks of the actor that stands after a preposition in the evidence, in another place."""
    there = [e.others[preposition] for e, _ in pairs if preposition in e.others]
    return any(same_actor(a, x) for a in mine for x in there)


def _alike(a: Actor, known: list[list[Actor]]) -> bool:
    """Whether the actors of the evidence are told as this one is: by name, or by a noun."""
    return all(bool(x.names) == bool(a.names) for found in known for x in found)


def _owners(
    text: Reading, evidence: Reading, mine: list[Actor], theirs: list[Actor], found: dict[int, list[Word]]
) -> Iterator[RoleClash]:
    """What belongs to one actor in the text and to another in the evidence."""
    there = _owned(evidence, theirs)
    for place, a in _owned(text, mine).items():
        owners = [there[x.index] for x in found.get(place, []) if x.index in there]
        if owners and not any(same_actor(a, x) for x in owners) and any(same_actor(a, x) for x in theirs) and a.names:
            what = text.words[place].raw
            yield RoleClash("other owner", f"{what!r} is not that of {_shown(a, text)!r} in the evidence")
            return


def _owned(reading: Reading, found: list[Actor]) -> dict[int, Actor]:
    """The nouns that belong to an actor: "X's displeasure", "the displeasure of X"."""
    words = reading.words
    out: dict[int, Actor] = {}
    for a in found:
        if words[a.end - 1].possessive:
            place = next((k for k in range(a.end, min(a.end + 3, len(words))) if words[k].content), None)
            if place is not None:
                out[place] = a
        before = [k for k in range(max(0, a.begin - 2), a.begin) if words[k].low == "of"]
        if before and before[0] and words[before[0] - 1].content:
            out[before[0] - 1] = a
    return out


def _direction(mine: list[Event], theirs: list[Event]) -> Iterator[RoleClash]:
    """What goes from X to Y in the evidence and from Y to X in the text."""
    for event in mine:
        sent = event.others.get("to")
        origins = [*event.agents[:1], *([event.others["from"]] if "from" in event.others else [])]
        if sent is None or not origins:
            continue
        for e in theirs:
            a, b = e.others.get("from"), e.others.get("to")
            if a is None or b is None or not (a.names and b.names) or same_actor(a, b):
                continue
            if same_actor(sent, a) and not same_actor(sent, b) and any(same_actor(o, b) for o in origins):
                yield RoleClash("swapped recipient", "what goes from one to the other goes back in the evidence")
                return


def _members(reading: Reading, found: list[Actor]) -> dict[int, frozenset[str]]:
    """The nouns for people that a name or a noun before them tells the side of: "Ilmarian envoy", "army snipers"."""
    words = reading.words
    out: dict[int, frozenset[str]] = {}
    for a in found:
        last = a.end - 1
        if a.modifier or last <= a.begin or words[last].capital or "-" in words[last].low:
            continue
        before = words[last - 1]
        if a.names and before.capital:
            out[last] = frozenset(a.names)
        elif not a.names and before.base in group("actors"):
            out[last] = frozenset(before.heads)
    return out


def _belonging(
    text: Reading, evidence: Reading, mine: list[Actor], theirs: list[Actor], found: dict[int, list[Word]]
) -> Iterator[RoleClash]:
    """People who are of one side in the text and of another in the evidence."""
    there = _members(evidence, theirs)
    beside = {a.end - 1: {h for w in evidence.words[a.begin : a.end - 1] for h in w.heads} for a in theirs}
    for place, side in _members(text, mine).items():
        same = found.get(place, [])
        sides = [there[x.index] for x in same if x.index in there]
        if not sides or len(sides) < len(same) or any(side & s for s in [*sides, *(beside[x.index] for x in same)]):
            continue
        if any(side & (x.names | x.nouns) for x in theirs):
            shown = text.words[place].raw
            yield RoleClash("other side", f"{shown!r} are of another side in the evidence")
            return


def _order(
    text: Reading, evidence: Reading, mine: list[Actor], theirs: list[Actor], events: tuple[list[Event], list[Event]]
) -> Iterator[RoleClash]:
    """Two actors in the other order, without a passive or the like that would explain it."""
    places = []
    spoken = [
        a
        for found in events
        for e in found
        if e.word.base == "according_to" or e.word.heads & _SAYING
        for a in e.agents
    ]
    for a in mine:
        if a.modifier or any(same_actor(a, x) for x in spoken):
            continue
        there = [k for k, x in enumerate(theirs) if same_actor(a, x)]
        if there and a.keys:
            places.append((a, there))
    for (a, at_a), (b, at_b) in pairwise(places):
        if set(at_a) & set(at_b) or min(at_a) < max(at_b):
            continue
        voice_t = _passives(text)
        voice_e = _passives(evidence)
        if voice_t == voice_e:
            name = "order named" if a.names and b.names else "order"
            yield RoleClash(
                name, f"{_shown(a, text)!r} and {_shown(b, text)!r} stand the other way round in the evidence"
            )
            return


def _passives(reading: Reading) -> bool:
    words = reading.words
    return any(
        w.low == "by" and i and any(x.form == PAST for x in words[max(0, i - 4) : i]) for i, w in enumerate(words)
    )
