"""One actor, one id: who an article names, under which names, and whom a model's "who" means.

`Actors(article)` finds the names once and clusters them: a surname joins its full name, an acronym the
name before its brackets, "the minister" the person with that role, a capital its state. `resolve` then
turns what a model wrote into one of these actors or says why it cannot; it never accepts a name that the
article does not hold.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, Protocol

from summarizer.names import Kind, Mention, SentenceLike, Token, find_mentions, fold, lexicon, tokenize

__all__ = ["ARTICLE", "ActorRecord", "Actors", "ArticleLike", "How", "Resolution"]

ARTICLE = "article"
"""The reserved id of the article's own voice."""

How = Literal["name", "alias", "pronoun", "description", "article"]

_SMALL = frozenset({"of", "the", "for", "and", "on", "to", "a", "an", "&"})
_NOBODY = frozenset(
    {
        "",
        "none",
        "null",
        "nobody",
        "unknown",
        "n/a",
        "na",
        "no one",
        "unspecified",
        "not specified",
        "unnamed",
    }
)
_SINGULAR = frozenset(
    {"he", "him", "his", "himself", "she", "her", "hers", "herself", "i", "me", "my", "who"}
)
_NEAR = 3  # sentences a pronoun looks back
_LOOKED = 100  # mentions
_MANY = 50  # candidates compared with one name, so that hostile articles stay linear


_SPELLINGS = (
    ("shch", "s"),
    ("sch", "s"),
    ("tch", "c"),
    ("ch", "c"),
    ("sh", "s"),
    ("zh", "z"),
    ("kh", "h"),
    ("gh", "g"),
    ("ph", "f"),
    ("ts", "c"),
    ("tz", "c"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("ck", "k"),
    ("q", "k"),
    ("w", "v"),
    ("j", "i"),
    ("y", "i"),
    ("'", ""),
    ("-", ""),
)


class ArticleLike(Protocol):
    """What this module needs of an article."""

    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def sentences(self) -> Sequence[SentenceLike]: ...


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whom a "who" means: an actor's id, or None and a reason code."""

    actor: str | None
    how: How
    reason: str | None = None
    """One of nobody, not_in_article, unresolved_pronoun, unresolved_description, ambiguous, not_an_actor."""
    sentence: int | None = None
    """The sentence where the name that decided stands."""


@dataclass(frozen=True, slots=True)
class ActorRecord:
    """An actor as a brief lists it, in the article's own words."""

    id: str
    name: str
    kind: Kind
    role: str | None
    aliases: tuple[str, ...]
    mention: tuple[int, int]
    """The span of the first mention under `name`."""
    sentence: int


@dataclass(slots=True)
class _Actor:
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


@lru_cache(maxsize=20_000)
def skeleton(word: str) -> str:
    """A word without what transliterations differ in: Serghej and Sergei, Rjabkov and Ryabkov."""
    w = fold(word)
    for a, b in _SPELLINGS:
        w = w.replace(a, b)
    w = re.sub(r"(.)\1+", r"\1", w)
    return re.sub(r"(?<=.)ie(?=.)", "e", w)


def slug(name: str) -> str:
    """An ASCII, lower-case id for a name."""
    plain = "".join(lexicon().cyrillic.get(c, c) for c in fold(name)).replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-")


class Actors:
    """The actors of one article."""

    def __init__(self, article: ArticleLike) -> None:
        self.text = article.text
        self.sentences = tuple(article.sentences)
        self._lex = lexicon()
        self._starts = [s.start for s in self.sentences]
        self._all: list[_Actor] = []
        self._by_id: dict[str, _Actor] = {}
        self._of: dict[Mention, _Actor] = {}
        self._forms: dict[str, list[_Actor]] = {}
        self._skeletons: dict[str, list[_Actor]] = {}
        self._speakers: list[str | None] | None = None
        self._done = True
        self._opened = self._open()
        self._turns: dict[int, str] = {}
        self._sole: dict[str, str] = {}
        self._clashes: dict[str, int] = {}
        self._mentions = find_mentions(self.text, self.sentences)
        self._cluster()
        self._flat = [m for ms in self._mentions for m in ms if m in self._of]
        self._at = [m.start for m in self._flat]
        for actor in sorted(self._all, key=lambda a: min(m.start for m in a.mentions)):
            self._finish(actor)

    # -- clustering

    def _cluster(self) -> None:
        """Names first, the longest first, so that a surname finds its full name; then descriptions."""
        named = [m for ms in self._mentions for m in ms if not m.description]
        keyed: dict[object, _Actor] = {}
        singles: dict[tuple[str, ...], _Actor] = {}
        parts: dict[str, list[_Actor]] = {}
        acronyms = self._acronyms()
        for m in sorted(named, key=lambda m: (-len(m.words), m.start)):
            key = self._key(m)
            actor = keyed.get(key)
            if actor is None and m.canonical is None:
                long = acronyms.get(m.words[-1] if len(m.words) == 1 else "")
                actor = keyed.get(self._key(long)) if long else self._partner(m, parts)
            if actor is None:
                actor = _Actor(m.words, m.canonical, described=False)
                self._all.append(actor)
                for word in set(m.words) - _SMALL:
                    parts.setdefault(skeleton(word), []).append(actor)
            if len(m.words) > 1 or m.canonical:
                keyed.setdefault(key, actor)
            else:
                singles.setdefault(m.words, actor)
            self._join(actor, m)
        for words, actor in singles.items():
            keyed.setdefault(words, actor)
        heads = [self._head(m) for ms in self._mentions for m in ms if m.description]
        for head in ("government", "rebels"):
            nations = {n for h, n in heads if h == head and n}
            if len(nations) == 1:
                self._sole[head] = nations.pop()
        self._described: dict[tuple[str, str | None], _Actor] = {}
        for ms in self._mentions:
            for m in ms:
                if m.description:
                    self._describe(m, keyed)

    def _key(self, m: Mention) -> object:
        """What two spellings of one name share: the state, or the content words whatever their order."""
        if m.canonical:
            return m.canonical
        if m.kind == "person" or len(m.words) == 1:
            return m.words
        return frozenset(self._lex.demonyms.get(w, w) for w in m.words if w not in _SMALL)

    def _acronyms(self) -> dict[str, Mention]:
        """Acronyms explained by brackets, either way round, or by the initials of a long name."""
        found: dict[str, Mention] = {}
        initials: dict[str, Mention] = {}
        for ms in self._mentions:
            named = [m for m in ms if not m.description]
            for a, b in itertools.pairwise(named):
                if self.text[a.end : b.start].strip() not in {"(", "["} or self.text[
                    b.end : b.end + 1
                ] not in {")", "]"}:
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
        return "".join(w[0] for w in m.words if w not in _SMALL)

    def _partner(self, m: Mention, parts: dict[str, list[_Actor]]) -> _Actor | None:
        """The longer name this one abbreviates: the same person, or the one body with all these words."""
        words = [w for w in m.words if w not in _SMALL]
        if not words or len(self.text[m.start : m.end]) < 2:
            return None
        candidates = [a for a in parts.get(skeleton(words[-1]), ())[-_MANY:] if not a.canonical]
        if len(words) > 1 and m.kind == "person":
            candidates = [
                a
                for a in {id(c): c for w in words for c in parts.get(skeleton(w), ())[-_MANY:]}.values()
                if not a.canonical
            ]
        fitting = [a for a in candidates if self._same(m, words, a)]
        if len(fitting) > 1 and len(words) == 1:
            return self._last(fitting, m.start) if all(a.kind == "person" for a in fitting) else None
        return fitting[0] if len(fitting) == 1 else None

    def _same(self, m: Mention, words: list[str], a: _Actor) -> bool:
        other = [w for w in a.words if w not in _SMALL]
        person = a.kind == "person"
        if len(words) == 1:
            if person:
                return m.kind in {"person", "other", "organisation"} and skeleton(words[0]) in {
                    skeleton(w) for w in (other if len(other) == 1 else other[-2:] + other[:1])
                }
            return words[0] == other[-1] or (
                words[0] in other and words[0] in self._lex.heads and m.kind == a.kind
            )
        if person and m.kind == "person":
            return same_person(words, other)
        here = {self._lex.demonyms.get(w, w) for w in words}
        there = {self._lex.demonyms.get(w, w) for w in other}
        return m.kind == a.kind and m.kind != "person" and here < there

    def _last(self, actors: Iterable[_Actor], before: int) -> _Actor | None:
        """The one of these named last before a place in the text, else the first of them."""
        ranked = sorted(
            (
                (max((m.start for m in a.mentions if m.start < before), default=-1), i)
                for i, a in enumerate(actors)
            ),
            reverse=True,
        )
        listed = list(actors)
        return listed[ranked[0][1]] if ranked else None

    def _join(self, actor: _Actor, m: Mention) -> None:
        actor.mentions.append(m)
        self._of[m] = actor
        actor.votes[m.kind] += 1
        actor.titled = actor.titled or (m.titled and not m.description)
        if m.kind == "other" and len(m.words) == 1:
            following = re.match(r"\s+(?:also |has |had |have )?(\w+)", self.text[m.end : m.end + 60])
            if following and fold(following[1]) in self._lex["reporting verbs"]:
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

    def _form(self, actor: _Actor, start: int, end: int, sentence: int) -> None:
        form = " ".join(self.text[start:end].split())
        if form.casefold() not in actor.folded:
            actor.folded.add(form.casefold())
            actor.forms[form] = (start, end, sentence)

    def _describe(self, m: Mention, keyed: dict[object, _Actor]) -> None:
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
            actor = _Actor(m.words, state)
            self._all.append(actor)
        if state:
            keyed.setdefault(state, actor)
        self._described[head, nation] = actor
        if nation is not None:
            self._described.setdefault((head, None), actor)
        self._join(actor, m)

    def _head(self, m: Mention) -> tuple[str, str | None]:
        """The noun of a description with its other words, and the nation it belongs to."""
        lex = self._lex
        words = [w for w in m.words if w not in lex["quantifiers"] or w in lex["description modifiers"]]
        nation, rest = m.canonical, []
        while words:
            size = next(
                (
                    n
                    for n in (3, 2, 1)
                    if tuple(words[:n]) in lex.known or " ".join(words[:n]) in lex.demonyms
                ),
                0,
            )
            if size:
                nation = (
                    nation or lex.demonyms.get(" ".join(words[:size])) or lex.known[tuple(words[:size])][0]
                )
            else:
                rest.append(words[0])
            words = words[size or 1 :]
        head = rest[-1] if rest else m.words[-1] if m.words else ""
        if head in lex["rebels"]:
            return "rebels", nation or self._sole.get("rebels")
        if head in {"government", "regime", "administration"}:
            return "government", nation or self._sole.get("government")
        return " ".join(rest), nation

    def _referent(self, m: Mention) -> _Actor | None:
        """The named actor a definite description speaks of: "the minister", "the coalition", "the group"."""
        first = fold(self.text[m.start : m.end].split(None, 1)[0])
        linked = re.search(
            r"(\w+)\W*,? who (?:is|was|has been) (?:an? |the )?$", self.text[max(0, m.start - 60) : m.start]
        )
        if m.kind == "person":
            if linked:
                return self._nearest(m.start, lambda a: a.kind == "person" and not a.described, 0)
            if first not in {"the", "this", "that", "his", "her", "their", "its"} or "of" in m.words:
                return None
            words = set(m.words) - self._lex["quantifiers"]
            by_role = self._nearest(
                m.start, lambda a: not a.described and self._fits(words, m.words[-1], a), 60
            )
            if by_role or m.words[-1] not in self._lex["generic persons"] or len(words) > 1:
                return by_role
            return self._nearest(m.start, lambda a: a.kind == "person" and not a.described, 2)
        if first not in {"the", "this"} or len(m.words) != 1:
            return None
        head = m.words[-1]
        body = self._nearest(
            m.start,
            lambda a: not a.described and not a.canonical and head in a.words and a.kind != "person",
            60,
        )
        if body is None and head in self._lex["group references"]:
            body = self._nearest(
                m.start, lambda a: not a.described and a.kind in {"armed_force", "organisation"}, 1
            )
        return body

    def _fits(self, words: set[str], head: str, a: _Actor) -> bool:
        if head not in a.role_words:
            return False
        extra = words - a.role_words
        nations: set[str | None] = {self._lex.demonyms[w] for w in a.role_words if w in self._lex.demonyms}
        return all(self._lex.demonyms.get(w) in (nations or {self._lex.demonyms.get(w)}) for w in extra)

    def _nearest(self, before: int, fits: Callable[[_Actor], bool], back: int) -> _Actor | None:
        """The fitting actor mentioned last before a place, at most so many sentences back."""
        here = bisect.bisect_right(self._starts, before)
        looked = 0
        for number in range(here, max(0, here - back - 1), -1):
            for m in reversed(self._mentions[number - 1]):
                actor = self._of.get(m)
                looked += 1
                if actor is not None and m.start < before and fits(actor):
                    return actor
                if looked > _LOOKED:
                    return None
        return None

    # -- names

    def _finish(self, actor: _Actor) -> None:
        """Give an actor its name and id, and its forms a place in the index."""
        acting = {m.words for m in actor.mentions if not m.modifier}
        seats = [
            f for f in actor.forms if (w := tuple(fold(f).split())) in self._lex.capitals and w not in acting
        ]
        for form in seats if len(seats) < len(actor.forms) else ():
            del actor.forms[form]  # "in Havana" names a place, not the government
        name = self._name(actor)
        first = actor.forms.pop(name)
        actor.forms = {name: first, **actor.forms}
        actor.id = base = (
            slug(name if not actor.described else re.sub(r"(?i)^(the|an?) ", "", name)) or "actor"
        )
        number = 1
        while actor.id in self._by_id or actor.id == ARTICLE:
            number = self._clashes.get(base, 1) + 1
            self._clashes[base] = number
            actor.id = f"{base}-{number}"
        self._by_id[actor.id] = actor
        for form in actor.forms:
            key = words_of(form)
            self._forms.setdefault(key, []).append(actor)
            bare = " ".join(w for w in key.split() if w not in _SMALL)
            if bare and bare != key:
                self._forms.setdefault(bare, []).append(actor)
        if not actor.described:
            for word in actor.words:
                if word not in _SMALL:
                    self._skeletons.setdefault(skeleton(word), []).append(actor)

    def _name(self, actor: _Actor) -> str:
        """The fullest form without a title; for a state the plain name, for a phrase its first form."""
        spans: dict[str, int] = {}
        for m in actor.mentions:
            if actor.described or not m.description:
                form = " ".join(self.text[m.start : m.end].split())
                spans[form] = (
                    spans.get(form, 0)
                    + (0 if m.modifier else 2)
                    - (tuple(fold(form).split()) in self._lex.capitals)
                )
        known = [f for f in spans if f in actor.forms]
        if actor.described:
            return next((f for f in known if not f[0].isupper() and fold(f).split()[0] in _SMALL), known[0])
        if actor.canonical and all(m.modifier for m in actor.mentions if not m.description):
            phrase = next(
                (
                    " ".join(self.text[m.start : m.end].split())
                    for m in actor.mentions
                    if m.description and m.canonical
                ),
                "",
            )
            if phrase in actor.forms:
                return phrase
        if actor.canonical:
            return max(known, key=lambda f: (fold(f) == actor.canonical, spans[f] > 1, len(f) > 4, spans[f]))
        return max(known, key=lambda f: (len(f.split()), not f.isupper(), len(f)))

    def names(self, actor_id: str) -> tuple[str, ...]:
        """An actor's name and aliases, as the article writes them; nothing for an unknown id."""
        actor = self._by_id.get(actor_id)
        return tuple(actor.forms) if actor else ()

    def records(self, ids: Iterable[str]) -> tuple[ActorRecord, ...]:
        """These actors in the order of their first mention, each once; unknown ids are passed over."""
        made: list[ActorRecord] = []
        for actor in {i: self._by_id[i] for i in ids if i in self._by_id}.values():
            name, *aliases = actor.forms
            start, end, sentence = actor.forms[name]
            made.append(
                ActorRecord(actor.id, name, actor.kind, actor.role, tuple(aliases), (start, end), sentence)
            )
        return tuple(sorted(made, key=lambda r: min(m.start for m in self._by_id[r.id].mentions)))

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, in the order of first mention, phrases that `resolve` added last."""
        return tuple(self._by_id)

    def mentioned(self, start: int, end: int) -> list[str]:
        """The actors named inside a span of the text, in order, without repeats; places are left out."""
        found: dict[str, None] = {}
        for m in self._flat[bisect.bisect_left(self._at, start) : bisect.bisect_left(self._at, end)]:
            if m.end <= end and not m.modifier:
                found.setdefault(self._of[m].id)
        return list(found)

    # -- resolving

    def resolve(self, who: str, sentence: int) -> Resolution:
        """Whom a model's "who" means, in the sentence with that number."""
        plain = words_of(who[:300].partition("(")[0] or who[:300])
        if plain in _NOBODY:
            return Resolution(None, "name", "nobody")
        bare = re.sub(r"^(?:the|an?) ", "", plain)
        if bare in self._lex["article voice"] and bare not in self._forms:
            return Resolution(ARTICLE, "article")
        if plain in self._lex["pronouns"]:
            return self._pronoun(plain, sentence)
        exact = self._forms.get(plain) or self._forms.get(bare)
        if exact:
            definite = all(a.described and a.kind == "person" for a in exact)
            actor = self._closest(exact, sentence)
            if not definite:
                how: How = (
                    "description"
                    if actor.described
                    else "name"
                    if words_of(next(iter(actor.forms))) in {plain, bare}
                    else "alias"
                )
                return self._found(actor, how, sentence)
        found = self._by_title(plain, sentence) or (
            self._found(self._closest(exact, sentence), "description", sentence) if exact else None
        )
        return found or self._by_name(plain, bare, sentence) or self._phrase(who, plain, bare, sentence)

    def _found(self, actor: _Actor, how: How, sentence: int) -> Resolution:
        near = (
            min(actor.mentions, key=lambda m: (abs(m.sentence - sentence), m.start))
            if len(actor.mentions) < 1000
            else actor.mentions[0]
        )
        return Resolution(actor.id, how, None, near.sentence)

    def _closest(self, actors: Sequence[_Actor], sentence: int) -> _Actor:
        """The actor named nearest to a sentence, the preceding before the following."""
        if len(actors) == 1:
            return actors[0]
        end = self.sentences[min(max(sentence, 1), len(self.sentences)) - 1].end
        return self._last(actors[:_MANY], end) or actors[0]

    def _pronoun(self, word: str, sentence: int) -> Resolution:
        """The nearest fitting actor: before the pronoun in its sentence, else in a preceding one."""
        if not 1 <= sentence <= len(self.sentences):
            return Resolution(None, "pronoun", "unresolved_pronoun")
        s = self.sentences[sentence - 1]
        at = re.search(rf"(?i)\b{word}\b", self.text[s.start : s.end])

        def fits(a: _Actor) -> bool:
            if word in _SINGULAR:
                return a.kind == "person"
            return a.kind not in {"person", "other"}

        before = s.start + at.start() if at else s.start
        passed = 0
        for number in range(sentence, max(0, sentence - 4 * _NEAR), -1):
            told = (
                (self.speaker(number) if self._done else (self._speakers or [])[number - 1])
                if number < sentence
                else None
            )
            if (
                number < sentence
                and told is None
                and (self._opened[number - 1][0] or self._starts_quoted(number - 1))
            ):
                continue  # names inside somebody's direct speech
            passed += 1
            if passed > _NEAR + 1:
                break
            if told is not None and fits(self._by_id[told]):
                return Resolution(told, "pronoun", None, number)
            here = [
                m
                for m in self._mentions[number - 1]
                if m.start < before and m in self._of and not m.modifier and fits(self._of[m])
            ]
            if here:
                return Resolution(self._of[here[0]].id, "pronoun", None, number)
        return Resolution(None, "pronoun", "unresolved_pronoun")

    def _by_title(self, plain: str, sentence: int) -> Resolution | None:
        """ "the minister", "his spokesman": the person with that role named last."""
        words = [w for w in plain.split() if w not in self._lex["quantifiers"]]
        head = next((w for w in reversed(words) if self._lex.nouns.get(w) == "person"), None)
        if head is None or not words or words[-1] != head or not 1 <= sentence <= len(self.sentences):
            return None
        end = self.sentences[sentence - 1].end
        actor = self._nearest(end, lambda a: not a.described and self._fits(set(words), head, a), 60)
        if actor is None and head in self._lex["generic persons"] and len(words) == 1:
            actor = self._nearest(end, lambda a: not a.described and a.kind == "person", 2)
        return self._found(actor, "description", sentence) if actor else None

    def _by_name(self, plain: str, bare: str, sentence: int) -> Resolution | None:
        """A name with a title, a first name or a spelling that the article does not use."""
        lex = self._lex
        known = lex.known.get(tuple(bare.split()))
        nation = known[0] if known else None
        parts = bare.split()
        if (
            len(parts) == 2
            and parts[0] in lex.demonyms
            and parts[1] in {"government", "authorities", "side", "state", "regime"}
        ):
            nation = lex.demonyms[parts[0]]
        if nation:
            actor = next((a for a in self._all if a.canonical == nation), None)
            return self._found(actor, "alias", sentence) if actor else None
        words = [w for w in parts if w not in _SMALL]
        while len(words) > 1 and (
            words[0] in lex["titles"]
            or words[0] in lex["title modifiers"]
            or words[0] in lex.adjectives
            or (words[0],) in lex.known
        ):
            words = words[1:]
        if not words or (len(words) == 1 and words[0] in lex.nouns):
            return None
        exact = self._forms.get(" ".join(words))
        if exact and (len(parts) == len(words) or any(a.kind == "person" for a in exact)):
            return self._found(self._closest(exact, sentence), "alias", sentence)
        found = {
            id(a): a
            for w in words
            for a in self._skeletons.get(skeleton(w), ())[:_MANY]
            if self._means(words, a)
        }
        if not found:
            return None
        if len(found) > 1 and len({a.words[-1] for a in found.values()}) > 1:
            return Resolution(None, "name", "ambiguous")
        return self._found(self._closest(list(found.values()), sentence), "alias", sentence)

    def _means(self, words: list[str], a: _Actor) -> bool:
        other = [w for w in a.words if w not in _SMALL]
        if a.kind == "person" or (a.kind == "other" and len(other) < 4):
            return same_person(words, other)
        here, there = ({self._lex.demonyms.get(w, w) for w in ws} for ws in (words, other))
        return (
            here == there
            or (len(here) > 1 and here < there)
            or (
                here > there
                and not a.canonical
                and here - there
                <= set(self._lex.demonyms.values()) | self._lex["title modifiers"] | self._lex.nouns.keys()
            )
        )

    def _phrase(self, who: str, plain: str, bare: str, sentence: int) -> Resolution:
        """A noun phrase that stands verbatim in the article becomes an actor; anything else is refused."""
        pattern = r"\W+".join(re.escape(w) for w in re.findall(r"\w+", who[:300])[:12])
        if not pattern or not 1 <= sentence <= len(self.sentences):
            return Resolution(None, "name", "not_in_article")
        middle = self.sentences[sentence - 1].start
        hits = [
            m.span() for _, m in zip(range(200), re.finditer(rf"(?i)\b{pattern}\b", self.text), strict=False)
        ]
        if not hits:
            described = bare.split()[-1] in self._lex.nouns if bare else False
            return Resolution(
                None,
                "description" if described else "name",
                "unresolved_description"
                if described and not any(c.isupper() for c in who.strip()[1:])
                else "not_in_article",
            )
        start, end = min(hits, key=lambda h: (abs(h[0] - middle), h[0]))
        if not self._agent(bare, start, end):
            return Resolution(None, "description", "not_an_actor")
        number = max(1, bisect.bisect_right(self._starts, start))
        kind: Kind = next(
            (self._lex.nouns[w] for w in reversed(bare.split()) if w in self._lex.nouns), "other"
        )
        m = Mention(start, end, number, tuple(bare.split()), kind, description=True)
        actor = _Actor(m.words)
        self._all.append(actor)
        self._join(actor, m)
        self._finish(actor)
        return Resolution(actor.id, "description", None, number)

    def _agent(self, bare: str, start: int, end: int) -> bool:
        """Whether a phrase can act or speak: an agent noun in it, a capital, or a verb of saying after it."""
        words = bare.split()
        if not words or all(
            w in self._lex["calendar"] or w in self._lex["function words"] or w.isdigit() for w in words
        ):
            return False
        if len(words) == 1 and words[0] in self._lex.adjectives:
            return False
        if not bare.isascii() or any(w in self._lex.nouns or w in self._lex.heads for w in words):
            return True
        following = re.match(r"\s+(?:(?:has|have|had|also|are|is) )*(\w+)", self.text[end : end + 60])
        said = (
            bool(following) and following is not None and fold(following[1]) in self._lex["reporting verbs"]
        )
        return (
            said
            or words[-1].endswith(("ers", "ors", "ists", "ians", "men"))
            or self.text[start:end] != self.text[start:end].lower()
        )

    # -- speakers

    def speaker(self, sentence: int) -> str | None:
        """Who speaks in a sentence, as code can tell: attribution, speech going on, else the subject."""
        if self._speakers is None:
            self._done, self._speakers = False, [None] * len(self.sentences)
            for i in range(len(self.sentences)):
                self._speakers[i] = self._turn(i) or self._attributed(i)
            self._done, self._speakers = True, self._carried(self._speakers)
        return self._speakers[sentence - 1] if 1 <= sentence <= len(self._speakers) else None

    def _turn(self, i: int) -> str | None:
        """The speaker in brackets at the start of an interview's turn, for all its sentences."""
        s = self.sentences[i]
        for bracket in re.findall(r"\[([^\]\n]{2,40})\]", self.text[s.start : s.end])[:3]:
            named = self._forms.get(words_of(bracket))
            if named and self.text[s.start : s.end].startswith("[") and named[0].kind == "person":
                self._turns[i] = named[0].id
                return named[0].id
        if i and i - 1 in self._turns and not self._breaks(i - 1):
            self._turns[i] = self._turns[i - 1]
            return self._turns[i]
        return None

    def _attributed(self, i: int) -> str | None:
        """The subject of the reporting verb in a sentence, or the X of "according to X"."""
        s = self.sentences[i]
        tokens = tokenize(self.text, s.start, s.end)[:400]
        here = [m for m in self._mentions[i] if m in self._of][:200]
        inside = quoted(tokens, self._opened[i][0])
        hits = [
            h
            for k, t in enumerate(tokens[:-1])
            if t.low == "according"
            and tokens[k + 1].low == "to"
            and (h := self._source(tokens, k + 2, here, i))
        ]
        if tokens and tokens[0].low in {"for", "to"} and not hits:
            hits = [
                self._of[m].id
                for m in here[:1]
                if self._of[m].kind == "person"
                and self.text[m.end : m.end + 1] == ","
                and not any(t.text == "," for t in tokens if t.end <= m.start)
            ]
        verbs = [
            k
            for k, t in enumerate(tokens)
            if t.low in self._lex["reporting verbs"] and not t.low.endswith("ing")
        ]
        verbs = [
            k
            for k in verbs
            if k == 0 or tokens[k - 1].low == "and" or tokens[k - 1].low not in _SMALL | {"by"}
        ]
        for k in (
            [k for k in verbs if not inside[k]] or [k for k in verbs if tokens[k - 1].text in _INVERTS and k]
        )[:20]:
            hit = (
                self._source(tokens, k + 2, here, i)
                if k + 2 < len(tokens) and tokens[k + 1].low == "by"
                else self._before(tokens, k, here, i)
            )
            if hit is None and k and tokens[k - 1].text in _INVERTS:
                hit = self._after(tokens, k + 1, here, i)
            if hit:
                hits.append(hit)
        voices = [h for h in hits if h in self._by_id and self._by_id[h].kind != "media"]
        return next(iter(voices or hits), None)

    def _source(self, tokens: list[Token], k: int, here: list[Mention], i: int) -> str | None:
        """The first mention of the clause that starts at k."""
        stop = next(
            (t.start for t in tokens[k : k + 14] if t.text in ',;:"“'),
            tokens[min(k + 14, len(tokens)) - 1].end,
        )
        found = [m for m in here if tokens[min(k, len(tokens) - 1)].start <= m.start < stop]
        return self._of[found[0]].id if found else self._after(tokens, k, here, i)

    def _after(self, tokens: list[Token], k: int, here: list[Mention], i: int) -> str | None:
        if k >= len(tokens):
            return None
        if tokens[k].low in _SINGULAR and tokens[k].low not in {"his", "her"}:
            return self._pronoun(tokens[k].low, i + 1).actor
        for m in here:
            start = min(m.start, m.role[0]) if m.role else m.start
            if tokens[k].start <= start <= tokens[min(k + 2, len(tokens) - 1)].start and not any(
                t.text in ',;"“”' for t in tokens[k : k + 3] if t.start < start
            ):
                return self._of[m].id
        return None

    def _before(self, tokens: list[Token], k: int, here: list[Mention], i: int) -> str | None:
        """The subject of the verb at k: the nearest mention or pronoun that only small words, or a clause
        between commas, part from it.
        """
        j = k - 1
        while j >= 0 and k - j < 40:
            t = tokens[j]
            if (t.text in _QUOTES and j == k - 1) or (
                t.word
                and (
                    t.low in self._lex["auxiliaries"]
                    or t.low.endswith("ly")
                    or t.low in self._lex["calendar"]
                )
            ):
                j -= 1
            elif t.text == "," and j > 0:
                opening = next((o for o in range(j - 1, max(-1, j - 30), -1) if tokens[o].text == ","), None)
                if opening is None:
                    break
                outer = [m for m in here if opening and m.end == tokens[opening - 1].end]
                inner = [
                    m
                    for m in here
                    if not m.description
                    and tokens[opening].start < m.start <= tokens[min(opening + 2, j)].start
                ]
                if outer and inner and all(m.description for m in outer):
                    return self._of[inner[0]].id
                if outer:
                    j = opening - 1
                    break
                subject = next(
                    (
                        m
                        for m in reversed(here)
                        if m.start <= tokens[opening].start and m.end > tokens[max(0, opening - 3)].start
                    ),
                    None,
                )
                if subject is None or not tokens[j].start:
                    break
                return self._of[subject].id
            elif t.text == ")":
                while j > 0 and tokens[j].text != "(":
                    j -= 1
                j -= 1
            else:
                break
        if j < 0:
            return None
        t = tokens[j]
        if t.low in {"he", "she", "they", "it", "we", "i", "who"} and t.low != "who":
            return self._pronoun(t.low, i + 1).actor
        ending = [m for m in here if m.end in {t.end, t.start} or (t.possessive and m.end == t.end)]
        if ending:
            return self._of[min(ending, key=lambda m: m.start)].id
        if t.low in self._lex["documents"]:
            nation = self._lex.demonyms.get(tokens[j - 1].low) if j else None
            own = next((a.id for a in self._all if nation and a.canonical == nation and a.id), None)
            return own or next((w for w in reversed((self._speakers or [])[max(0, i - 2) : i]) if w), None)
        if t.low in {"and", "but"}:  # a second verb of the same subject
            earlier = [
                v for v in range(j - 1, max(-1, j - 40), -1) if tokens[v].low in self._lex["reporting verbs"]
            ]
            return self._before(tokens, earlier[0], here, i) if earlier else None
        if t.low == "who" and j > 0:
            return next((self._of[m].id for m in reversed(here) if m.end <= t.start), None)
        return None

    def _carried(self, told: list[str | None]) -> list[str | None]:
        """Direct speech goes on: a quotation without a verb takes the attribution after or before it."""
        out = list(told)
        opened = self._opened
        for i in range(len(out) - 2, -1, -1):
            if out[i] is None and opened[i][1] and not self._breaks(i):
                out[i] = out[i + 1]
        for i in range(len(out)):
            starts, before = self._starts_quoted(i), opened[i][0]
            if out[i] is None and i and (starts or before):
                out[i] = out[i - 1]
            if out[i] is None and not before:
                out[i] = self._subject(i)
        return out

    def _subject(self, i: int) -> str | None:
        """The actor a sentence starts with, after an introduction before a comma."""
        s = self.sentences[i]
        for m in self._mentions[i][:3]:
            before = self.text[max(s.start, m.start - 40) : m.start].rstrip()
            before = re.sub(r"(?i)\b(?:the|a|an|both|but|and)$", "", before).rstrip()
            if (
                m in self._of
                and not m.modifier
                and (m.start - s.start < 6 or before == "" or before.endswith(","))
            ):
                return self._of[m].id
        return None

    def _open(self) -> list[tuple[bool, bool]]:
        """Whether a quotation is open at each start and end of a sentence; paragraphs start closed."""
        states: list[tuple[bool, bool]] = []
        state = False
        for i, s in enumerate(self.sentences):
            if i and self._breaks(i - 1):
                state = False
            start = state
            for mark in re.findall(r"[“”«»„\"]", self.text[s.start : s.end]):
                state = not state if mark == '"' else mark in "“«„"
            states.append((start, state))
        return states

    def _breaks(self, i: int) -> bool:
        """Whether a paragraph ends after this sentence."""
        return (
            i + 1 < len(self.sentences)
            and "\n" in self.text[self.sentences[i].end : self.sentences[i + 1].start]
        )

    def _starts_quoted(self, i: int) -> bool:
        s = self.sentences[i]
        return self.text[s.start : s.end].lstrip()[:1] in tuple("\"“«„'‘")


_QUOTES = frozenset('"“”«»„')
_INVERTS = _QUOTES | frozenset(",.?!—–-")


def quoted(tokens: list[Token], depth: bool) -> list[bool]:
    """For each token whether it stands between quotation marks of its sentence."""
    inside: list[bool] = []
    for t in tokens:
        if t.text in "“«„":
            depth = True
        elif t.text in "”»":
            depth = False
        elif t.text == '"':
            depth = not depth
        inside.append(depth)
    return inside


def words_of(text: str) -> str:
    """A form as it is compared: folded words without possessives and punctuation."""
    return " ".join(t.low for t in tokenize(text) if t.word)


def same_person(a: list[str], b: list[str]) -> bool:
    """Whether two names can be one person's: one holds the other, and the first names agree."""
    x, y = ([skeleton(w) for w in ws] for ws in (a, b))
    if len(x) > len(y):
        x, y = y, x
    if not x:
        return False
    if len(x) == 1:
        return x[0] in ({y[-1]} if len(y) < 3 else {y[-1], y[-2]}) or (
            len(y) > 1 and x[0] == y[0] and len(x[0]) > 3
        )
    if not (
        x[0] == y[0]
        or (len(x[0].rstrip(".")) == 1 and y[0].startswith(x[0][0]))
        or (len(y[0].rstrip(".")) == 1 and x[0].startswith(y[0][0]))
    ):
        return False
    rest = iter(y[1:])
    return all(w in rest for w in x[1:])
