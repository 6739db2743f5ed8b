"""Mentions gathered into one cluster an actor: a surname joins its full name, an acronym the name before
its brackets, "the minister" the person with that role, a capital its state.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from summarizer.mentions import find_mentions
from summarizer.names import Kind, Mention, SentenceLike, fold, lexicon, tokenize
from summarizer.spelling import SMALL, same_person, skeleton

__all__ = ["MANY", "Cluster", "Clusters"]

MANY = 50
"""Candidates compared with one name, so that hostile articles stay linear."""

_LOOKED = 100  # mentions


@dataclass(slots=True)
class Cluster:
    """A cluster of mentions while it grows."""

    words: tuple[str, ...]
    canonical: str | None = None
    id: str = ""
    mentions: list[Mention] = field(default_factory=list)
    forms: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    role: str | None = None
    role_words: set[str] = field(default_factory=set)
    votes: Counter[Kind] = field(default_factory=Counter)
    described: bool = True
    """Known by descriptions only, without a name."""
    titled: bool = False
    folded: set[str] = field(default_factory=set)

    @property
    def kind(self) -> Kind:
        if self.titled:
            return "person"
        ranked = [k for k, _ in self.votes.most_common() if k != "other"]
        return ranked[0] if ranked else "other"


class Clusters:
    """The clusters of one article, and the search among them."""

    def __init__(self, text: str, sentences: Sequence[SentenceLike]) -> None:
        self.text = text
        self.lex = lexicon()
        self.starts = [s.start for s in sentences]
        self.mentions = find_mentions(text, sentences)
        self.all: list[Cluster] = []
        self.of: dict[Mention, Cluster] = {}
        self._sole: dict[str, str] = {}
        self._described: dict[tuple[str, str | None], Cluster] = {}
        keyed = self._gather_names()
        self._gather_descriptions(keyed)

    def _gather_names(self) -> dict[object, Cluster]:
        """Cluster the names, the longest first, so that a surname finds its full name; return them by key."""
        named = [m for ms in self.mentions for m in ms if not m.description]
        keyed: dict[object, Cluster] = {}
        singles: dict[tuple[str, ...], Cluster] = {}
        parts: dict[str, list[Cluster]] = {}
        acronyms = self._acronyms()
        for m in sorted(named, key=lambda m: (-len(m.words), m.start)):
            key = self._key(m)
            actor = keyed.get(key)
            if actor is None and m.canonical is None:
                long = acronyms.get(m.words[-1] if len(m.words) == 1 else "")
                actor = keyed.get(self._key(long)) if long else self._partner(m, parts)
            if actor is None:
                actor = Cluster(m.words, m.canonical, described=False)
                self.all.append(actor)
                for word in set(m.words) - SMALL:
                    parts.setdefault(skeleton(word), []).append(actor)
            if len(m.words) > 1 or m.canonical:
                keyed.setdefault(key, actor)
            else:
                singles.setdefault(m.words, actor)
            self.join(actor, m)
        for words, actor in singles.items():
            keyed.setdefault(words, actor)
        return keyed

    def _gather_descriptions(self, keyed: dict[object, Cluster]) -> None:
        """Give the descriptions to the named actors, or make them actors of their own."""
        heads = [self._head(m) for ms in self.mentions for m in ms if m.description]
        for head in ("government", "rebels"):
            nations = {n for h, n in heads if h == head and n}
            if len(nations) == 1:
                self._sole[head] = nations.pop()
        for ms in self.mentions:
            for m in ms:
                if m.description:
                    self._describe(m, keyed)

    def _key(self, m: Mention) -> object:
        """What two spellings of one name share: the state, or the content words whatever their order."""
        if m.canonical:
            return m.canonical
        if m.kind == "person" or len(m.words) == 1:
            return m.words
        return frozenset(self.lex.demonyms.get(w, w) for w in m.words if w not in SMALL)

    def _acronyms(self) -> dict[str, Mention]:
        """Acronyms explained by brackets, either way round, or by the initials of a long name."""
        found: dict[str, Mention] = {}
        initials: dict[str, Mention] = {}
        for ms in self.mentions:
            named = [m for m in ms if not m.description]
            for a, b in itertools.pairwise(named):
                if self.text[a.end : b.start].strip() not in {"(", "["} or self.text[b.end : b.end + 1] not in {
                    ")",
                    "]",
                }:
                    continue
                long, short = (a, b) if len(a.words) >= len(b.words) else (b, a)
                fits = self._initials(long) == short.words[0].replace(".", "")
                if (
                    len(short.words) == 1
                    and len(long.words) > 1
                    and not long.titled
                    and not short.canonical
                    and (
                        fits
                        or (
                            long.kind != "person"
                            and self.text[short.start : short.end].isupper()
                            and not long.canonical
                        )
                    )
                ):
                    found.setdefault(short.words[0], long)
            for m in named:
                if len(m.words) > 2 and not m.titled:
                    initials.setdefault(self._initials(m), m)
        return initials | found

    @staticmethod
    def _initials(m: Mention) -> str:
        return "".join(w[0] for w in m.words if w not in SMALL)

    def _partner(self, m: Mention, parts: dict[str, list[Cluster]]) -> Cluster | None:
        """The longer name this one abbreviates: the same person, or the one body with all these words."""
        words = [w for w in m.words if w not in SMALL]
        if not words or len(self.text[m.start : m.end]) < 2:
            return None
        candidates = [a for a in parts.get(skeleton(words[-1]), ())[-MANY:] if not a.canonical]
        if len(words) > 1 and m.kind == "person":
            candidates = [
                a
                for a in {id(c): c for w in words for c in parts.get(skeleton(w), ())[-MANY:]}.values()
                if not a.canonical
            ]
        fitting = [a for a in candidates if self._same(m, words, a)]
        if len(fitting) > 1 and len(words) == 1:
            return self.last(fitting, m.start) if all(a.kind == "person" for a in fitting) else None
        return fitting[0] if len(fitting) == 1 else None

    def _same(self, m: Mention, words: list[str], a: Cluster) -> bool:
        other = [w for w in a.words if w not in SMALL]
        person = a.kind == "person"
        if len(words) == 1:
            if person:
                return m.kind in {"person", "other", "organisation"} and skeleton(words[0]) in {
                    skeleton(w) for w in (other if len(other) == 1 else other[-2:] + other[:1])
                }
            return words[0] == other[-1] or (words[0] in other and words[0] in self.lex.heads and m.kind == a.kind)
        if person and m.kind == "person":
            return same_person(words, other)
        here = {self.lex.demonyms.get(w, w) for w in words}
        there = {self.lex.demonyms.get(w, w) for w in other}
        return m.kind == a.kind and m.kind != "person" and here < there

    def _describe(self, m: Mention, keyed: dict[object, Cluster]) -> None:
        """Give a noun phrase to the actor it speaks of, or make it an actor of its own."""
        head, nation = self._head(m)
        state = m.canonical or (nation if head == "government" else None)
        actor = (
            (keyed.get(state) if state else None)
            or (keyed.get(self._key(m)) if m.titled else None)
            or self._referent(m)
        )
        if actor is None:
            actor = self._described.get((head, nation))
        if actor is None:
            actor = Cluster(m.words, state)
            self.all.append(actor)
        if state:
            keyed.setdefault(state, actor)
        self._described[head, nation] = actor
        if nation is not None:
            self._described.setdefault((head, None), actor)
        self.join(actor, m)

    def _head(self, m: Mention) -> tuple[str, str | None]:
        """The noun of a description with its other words, and the nation it belongs to."""
        lex = self.lex
        words = [w for w in m.words if w not in lex["quantifiers"] or w in lex["description modifiers"]]
        nation, rest = m.canonical, []
        while words:
            size = next(
                (n for n in (3, 2, 1) if tuple(words[:n]) in lex.known or " ".join(words[:n]) in lex.demonyms),
                0,
            )
            if size:
                nation = nation or lex.demonyms.get(" ".join(words[:size])) or lex.known[tuple(words[:size])][0]
            else:
                rest.append(words[0])
            words = words[size or 1 :]
        head = rest[-1] if rest else m.words[-1] if m.words else ""
        if head in lex["rebels"]:
            return "rebels", nation or self._sole.get("rebels")
        if head in {"government", "regime", "administration"}:
            return "government", nation or self._sole.get("government")
        return " ".join(rest), nation

    def _referent(self, m: Mention) -> Cluster | None:
        """The named actor a definite description speaks of: "the minister", "the coalition", "the group"."""
        first = fold(self.text[m.start : m.end].split(None, 1)[0])
        linked = re.search(
            r"(\w+)\W*,? who (?:is|was|has been) (?:an? |the )?$", self.text[max(0, m.start - 60) : m.start]
        )
        if m.kind == "person":
            if linked:
                return self.nearest(m.start, lambda a: a.kind == "person" and not a.described, 0)
            if first not in {"the", "this", "that", "his", "her", "their", "its"} or "of" in m.words:
                return None
            words = set(m.words) - self.lex["quantifiers"]
            by_role = self.nearest(m.start, lambda a: not a.described and self.fits(words, m.words[-1], a), 60)
            if by_role or m.words[-1] not in self.lex["generic persons"] or len(words) > 1:
                return by_role
            return self.nearest(m.start, lambda a: a.kind == "person" and not a.described, 2)
        if first not in {"the", "this"} or len(m.words) != 1:
            return None
        head = m.words[-1]
        body = self.nearest(
            m.start,
            lambda a: not a.described and not a.canonical and head in a.words and a.kind != "person",
            60,
        )
        if body is None and head in self.lex["group references"]:
            body = self.nearest(m.start, lambda a: not a.described and a.kind in {"armed_force", "organisation"}, 1)
        return body

    def join(self, actor: Cluster, m: Mention) -> None:
        """Make a mention one of an actor's, with its form, its vote on the kind and its role."""
        actor.mentions.append(m)
        self.of[m] = actor
        actor.votes[m.kind] += 1
        actor.titled = actor.titled or (m.titled and not m.description)
        if m.kind == "other" and len(m.words) == 1:
            following = re.match(r"\s+(?:also |has |had |have )?(\w+)", self.text[m.end : m.end + 60])
            if following and fold(following[1]) in self.lex["reporting verbs"]:
                actor.votes["person"] += 1
        self._form(actor, m.start, m.end, m.sentence)
        if m.role is None:
            return
        role = self.text[m.role[0] : m.role[1]]
        actor.role_words.update(t.low for t in tokenize(role) if t.word)
        if m.role[0] < m.start:
            self._form(actor, m.role[0], m.end, m.sentence)
        if m.possessor:
            self._form(actor, *m.role, m.sentence)
        elif actor.role is None or len(role) > len(actor.role):
            actor.role = role

    def _form(self, actor: Cluster, start: int, end: int, sentence: int) -> None:
        form = " ".join(self.text[start:end].split())
        if form.casefold() not in actor.folded:
            actor.folded.add(form.casefold())
            actor.forms[form] = (start, end, sentence)

    def nearest(self, before: int, fits: Callable[[Cluster], bool], back: int) -> Cluster | None:
        """The fitting actor mentioned last before a place, at most so many sentences back."""
        here = bisect.bisect_right(self.starts, before)
        looked = 0
        for number in range(here, max(0, here - back - 1), -1):
            for m in reversed(self.mentions[number - 1]):
                actor = self.of.get(m)
                looked += 1
                if actor is not None and m.start < before and fits(actor):
                    return actor
                if looked > _LOOKED:
                    return None
        return None

    def last(self, actors: Iterable[Cluster], before: int) -> Cluster | None:
        """The one of these named last before a place in the text, else the first of them."""
        ranked = sorted(
            ((max((m.start for m in a.mentions if m.start < before), default=-1), i) for i, a in enumerate(actors)),
            reverse=True,
        )
        listed = list(actors)
        return listed[ranked[0][1]] if ranked else None

    def fits(self, words: set[str], head: str, a: Cluster) -> bool:
        """Whether a description with these words and this noun is an actor's role."""
        if head not in a.role_words:
            return False
        extra = words - a.role_words
        nations: set[str | None] = {self.lex.demonyms[w] for w in a.role_words if w in self.lex.demonyms}
        return all(self.lex.demonyms.get(w) in (nations or {self.lex.demonyms.get(w)}) for w in extra)
