"""The name and the id of each actor, and the index of all its forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summarizer.names import fold, lexicon
from summarizer.spelling import SMALL, skeleton, slug, words_of

if TYPE_CHECKING:
    from summarizer.clusters import Cluster

__all__ = ["Register"]


class Register:
    """The actors of one article by id, by form and by the spelling of their words."""

    def __init__(self, text: str, reserved: str) -> None:
        self._text = text
        self._reserved = reserved
        self._lex = lexicon()
        self.by_id: dict[str, Cluster] = {}
        self.forms: dict[str, list[Cluster]] = {}
        self.skeletons: dict[str, list[Cluster]] = {}
        self._clashes: dict[str, int] = {}

    def add(self, actor: Cluster) -> None:
        """Give an actor its name and id, and its forms a place in the index."""
        acting = {m.words for m in actor.mentions if not m.modifier}
        seats = [f for f in actor.forms if (w := tuple(fold(f).split())) in self._lex.capitals and w not in acting]
        for form in seats if len(seats) < len(actor.forms) else ():
            del actor.forms[form]  # "in Havana" names a place, not the government
        name = self._name(actor)
        first = actor.forms.pop(name)
        actor.forms = {name: first, **actor.forms}
        actor.id = base = slug(name if not actor.described else re.sub(r"(?i)^(the|an?) ", "", name)) or "actor"
        number = 1
        while actor.id in self.by_id or actor.id == self._reserved:
            number = self._clashes.get(base, 1) + 1
            self._clashes[base] = number
            actor.id = f"{base}-{number}"
        self.by_id[actor.id] = actor
        for form in actor.forms:
            key = words_of(form)
            self.forms.setdefault(key, []).append(actor)
            bare = " ".join(w for w in key.split() if w not in SMALL)
            if bare and bare != key:
                self.forms.setdefault(bare, []).append(actor)
        if not actor.described:
            for word in actor.words:
                if word not in SMALL:
                    self.skeletons.setdefault(skeleton(word), []).append(actor)

    def _name(self, actor: Cluster) -> str:
        """The fullest form without a title; for a state the plain name, for a phrase its first form."""
        spans: dict[str, int] = {}
        for m in actor.mentions:
            if actor.described or not m.description:
                form = " ".join(self._text[m.start : m.end].split())
                spans[form] = (
                    spans.get(form, 0) + (0 if m.modifier else 2) - (tuple(fold(form).split()) in self._lex.capitals)
                )
        known = [f for f in spans if f in actor.forms]
        if actor.described:
            return next((f for f in known if not f[0].isupper() and fold(f).split()[0] in SMALL), known[0])
        if actor.canonical and all(m.modifier for m in actor.mentions if not m.description):
            phrase = next(
                (
                    " ".join(self._text[m.start : m.end].split())
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
