"""One actor, one id: who an article names, under which names, and whom a model's "who" means.

`Actors(article)` finds the names once and clusters them: a surname joins its full name, an acronym the
name before its brackets, "the minister" the person with that role, a capital its state. `resolve` then
turns what a model wrote into one of these actors or says why it cannot; it never accepts a name that the
article does not hold.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from summarizer.clusters import MANY, Cluster, Clusters
from summarizer.names import Kind, Mention, SentenceLike, fold, lexicon
from summarizer.register import Register
from summarizer.speakers import Speakers
from summarizer.spelling import SMALL, same_person, skeleton, words_of

__all__ = ["ARTICLE", "ActorRecord", "Actors", "ArticleLike", "How", "Resolution"]

ARTICLE = "article"
"""The reserved id of the article's own voice."""

How = Literal["name", "alias", "pronoun", "description", "article"]

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


_UNRESOLVED = Resolution(None, "pronoun", "unresolved_pronoun")


class Actors:
    """The actors of one article."""

    def __init__(self, article: ArticleLike) -> None:
        self.text = article.text
        self.sentences = tuple(article.sentences)
        self._lex = lexicon()
        self._clusters = Clusters(self.text, self.sentences)
        self._register = Register(self.text, reserved=ARTICLE)
        self._speakers = Speakers(self._clusters, self._register, self.sentences)
        self._flat = [m for ms in self._clusters.mentions for m in ms if m in self._clusters.of]
        self._at = [m.start for m in self._flat]
        for actor in sorted(self._clusters.all, key=lambda a: min(m.start for m in a.mentions)):
            self._register.add(actor)

    def speaker(self, sentence: int) -> str | None:
        """Who speaks in a sentence, as code can tell: attribution, speech going on, else the subject."""
        return self._speakers.of(sentence)

    def names(self, actor_id: str) -> tuple[str, ...]:
        """An actor's name and aliases, as the article writes them; nothing for an unknown id."""
        actor = self._register.by_id.get(actor_id)
        return tuple(actor.forms) if actor else ()

    def records(self, ids: Iterable[str]) -> tuple[ActorRecord, ...]:
        """These actors in the order of their first mention, each once; unknown ids are passed over."""
        made: list[ActorRecord] = []
        for actor in {i: self._register.by_id[i] for i in ids if i in self._register.by_id}.values():
            name, *aliases = actor.forms
            start, end, sentence = actor.forms[name]
            made.append(ActorRecord(actor.id, name, actor.kind, actor.role, tuple(aliases), (start, end), sentence))
        return tuple(sorted(made, key=lambda r: min(m.start for m in self._register.by_id[r.id].mentions)))

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, in the order of first mention, phrases that `resolve` added last."""
        return tuple(self._register.by_id)

    def mentioned(self, start: int, end: int) -> list[str]:
        """The actors named inside a span of the text, in order, without repeats; places are left out."""
        found: dict[str, None] = {}
        for m in self._flat[bisect.bisect_left(self._at, start) : bisect.bisect_left(self._at, end)]:
            if m.end <= end and not m.modifier:
                found.setdefault(self._clusters.of[m].id)
        return list(found)

    def resolve(self, who: str, sentence: int) -> Resolution:
        """Whom a model's "who" means, in the sentence with that number."""
        plain = words_of(who[:300].partition("(")[0] or who[:300])
        if plain in _NOBODY:
            return Resolution(None, "name", "nobody")
        bare = re.sub(r"^(?:the|an?) ", "", plain)
        if bare in self._lex["article voice"] and bare not in self._register.forms:
            return Resolution(ARTICLE, "article")
        if plain in self._lex["pronouns"]:
            told = self._speakers.pronoun(plain, sentence)
            return Resolution(told[0], "pronoun", None, told[1]) if told else _UNRESOLVED
        exact = self._register.forms.get(plain) or self._register.forms.get(bare)
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
        return found or self._by_name(plain, bare, sentence) or self._phrase(who, bare, sentence)

    def _found(self, actor: Cluster, how: How, sentence: int) -> Resolution:
        near = (
            min(actor.mentions, key=lambda m: (abs(m.sentence - sentence), m.start))
            if len(actor.mentions) < 1000
            else actor.mentions[0]
        )
        return Resolution(actor.id, how, None, near.sentence)

    def _closest(self, actors: Sequence[Cluster], sentence: int) -> Cluster:
        """The actor named nearest to a sentence, the preceding before the following."""
        if len(actors) == 1:
            return actors[0]
        end = self.sentences[min(max(sentence, 1), len(self.sentences)) - 1].end
        return self._clusters.last(actors[:MANY], end) or actors[0]

    def _by_title(self, plain: str, sentence: int) -> Resolution | None:
        """ "the minister", "his spokesman": the person with that role named last."""
        words = [w for w in plain.split() if w not in self._lex["quantifiers"]]
        head = next((w for w in reversed(words) if self._lex.nouns.get(w) == "person"), None)
        if head is None or not words or words[-1] != head or not 1 <= sentence <= len(self.sentences):
            return None
        end = self.sentences[sentence - 1].end
        actor = self._clusters.nearest(end, lambda a: not a.described and self._clusters.fits(set(words), head, a), 60)
        if actor is None and head in self._lex["generic persons"] and len(words) == 1:
            actor = self._clusters.nearest(end, lambda a: not a.described and a.kind == "person", 2)
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
            actor = next((a for a in self._clusters.all if a.canonical == nation), None)
            return self._found(actor, "alias", sentence) if actor else None
        words = [w for w in parts if w not in SMALL]
        while len(words) > 1 and (
            words[0] in lex["titles"]
            or words[0] in lex["title modifiers"]
            or words[0] in lex.adjectives
            or (words[0],) in lex.known
        ):
            words = words[1:]
        if not words or (len(words) == 1 and words[0] in lex.nouns):
            return None
        exact = self._register.forms.get(" ".join(words))
        if exact and (len(parts) == len(words) or any(a.kind == "person" for a in exact)):
            return self._found(self._closest(exact, sentence), "alias", sentence)
        found = {
            id(a): a
            for w in words
            for a in self._register.skeletons.get(skeleton(w), ())[:MANY]
            if self._means(words, a)
        }
        if not found:
            return None
        if len(found) > 1 and len({a.words[-1] for a in found.values()}) > 1:
            return Resolution(None, "name", "ambiguous")
        return self._found(self._closest(list(found.values()), sentence), "alias", sentence)

    def _means(self, words: list[str], a: Cluster) -> bool:
        other = [w for w in a.words if w not in SMALL]
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

    def _phrase(self, who: str, bare: str, sentence: int) -> Resolution:
        """A noun phrase that stands verbatim in the article becomes an actor; anything else is refused."""
        pattern = r"\W+".join(re.escape(w) for w in re.findall(r"\w+", who[:300])[:12])
        if not pattern or not 1 <= sentence <= len(self.sentences):
            return Resolution(None, "name", "not_in_article")
        middle = self.sentences[sentence - 1].start
        hits = [m.span() for _, m in zip(range(200), re.finditer(rf"(?i)\b{pattern}\b", self.text), strict=False)]
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
        number = max(1, bisect.bisect_right(self._clusters.starts, start))
        kind: Kind = next((self._lex.nouns[w] for w in reversed(bare.split()) if w in self._lex.nouns), "other")
        m = Mention(start, end, number, tuple(bare.split()), kind, description=True)
        actor = Cluster(m.words)
        self._clusters.all.append(actor)
        self._clusters.join(actor, m)
        self._register.add(actor)
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
        said = bool(following) and following is not None and fold(following[1]) in self._lex["reporting verbs"]
        return (
            said
            or words[-1].endswith(("ers", "ors", "ists", "ians", "men"))
            or self.text[start:end] != self.text[start:end].lower()
        )
