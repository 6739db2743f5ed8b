"""Names: each must stand in the evidence, be vouched for or be an acronym of it; two apart are not one."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from summarizer.checks.numbers import NUMBER_WORDS
from summarizer.checks.problem import Problem
from summarizer.checks.words import (
    ACTORS,
    DATE_WORDS,
    DAYS,
    FUNCTION,
    MONTHS,
    SAME,
    TITLES,
    stem,
    stem_set,
    word_set,
)
from summarizer.names import common_words, lexicon

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from summarizer.checks.document import Document, Token

__all__ = ["check_names", "demonyms", "looks_common", "name_key"]


def check_names(text: Document, evidence: Document, vouched: set[str]) -> Iterable[Problem]:
    """The names that neither the evidence nor the caller knows, and those put together of two."""
    known = {name_key(w) for w in evidence.lows} | {name_key(w) for w in vouched} | evidence.lows | vouched
    acronyms = _initials(evidence.text) | vouched
    here, there = _states(text), set(_states(evidence).values())
    run: list[Token] = []
    for i, tok in enumerate(text.toks):
        following = text.toks[i + 1] if i + 1 < len(text.toks) else None
        named = tok.capital and tok.raw[0].isalpha() and not text.upper
        if (
            not named
            or tok.low in MONTHS
            or tok.low in DAYS
            or all(p in NUMBER_WORDS for p in tok.low.split("-"))
            or tok.low in DATE_WORDS
            or (tok.low in FUNCTION and tok.raw != "US")
        ):
            if tok.low not in ("of", "the", "al"):
                yield from _chimera(run, evidence)
                run = []
            continue
        parts = tok.low.split("-")
        stands = tok.low in known or all(p in known or name_key(p) in known or p in FUNCTION for p in parts)
        stands = stands or (tok.raw.isupper() and tok.low in acronyms) or _stands_as_acronym(text, i, evidence)
        stands = stands or here.get(i) in there or _stands_shortened(tok.low, known, there)
        if tok.low in _capital_keys() and tok.low not in evidence.lows:
            # a capital stands for its government, but not for a place in the country
            stands = stands and not (i and text.toks[i - 1].low in _PLACES)
        if stands:
            run.append(tok)
            continue
        named_next = following is not None and following.capital and not following.first and following.low not in MONTHS
        if tok.low in TITLES or (tok.first and not named_next and looks_common(tok, following)):
            continue
        if tok.first and (
            tok.stem in evidence.stems or any(w.startswith(tok.low[:5]) for w in evidence.lows if len(tok.low) > 5)
        ):
            continue
        yield Problem("name", f"{tok.raw!r} does not stand in the evidence")
    yield from _chimera(run, evidence)


_PLACES: Final = word_set("in near outside around at inside into over across through")
_BEFORE_NAMES: Final = word_set("ex non pro anti pre post mid co counter half all cross inter then former self")
_SHORT_FORMS: Final = {
    "tv": "television",
    "pm": "prime",
    "mp": "lawmaker legislator deputy",
    "mps": "lawmakers legislators deputies parliament",
    "hq": "headquarters",
    "ngo": "charity organisation organization group",
    "ngos": "charities organisations organizations groups",
    "fm": "minister",
    "ied": "explosive bomb",
    "eu": "european",
    "un": "united",
    "us": "united",
}
"""Short forms in common use, with the words of what they stand for."""


def _stands_shortened(low: str, known: set[str], states: set[str]) -> bool:
    """Whether each part of a word stands there, as a short form, a state or after a prefix: TV, US-Iran, ex-rebel."""
    parts = low.split("-")
    if len(parts) > 1 and parts[0] in _BEFORE_NAMES:
        parts = parts[1:]
    return all(
        p in known
        or name_key(p) in known
        or _state((p,)) in states
        or any(w in known for w in _SHORT_FORMS.get(p, "").split())
        for p in parts
    )


_SEATS: Final = {
    "kremlin": "russia",
    "duma": "russia",
    "pentagon": "united states",
    "whitehall": "united kingdom",
    "elysee": "france",
    "élysée": "france",
    "bundestag": "germany",
    "knesset": "israel",
    "vatican": "vatican city",
}
"""Seats that stand for a state as its capital does."""


def _state(words: tuple[str, ...]) -> str | None:
    """The state that a name, a capital or a demonym stands for."""
    lex = lexicon()
    if words[-1] in _SEATS:
        return _SEATS[words[-1]]
    named = lex.known.get(words)
    if named is not None and (named[0], "government") == named:
        return named[0]
    return lex.demonyms.get(" ".join(words))


@lru_cache(maxsize=64)
def _states(doc: Document) -> dict[int, str]:
    """The states that a text names, by the places of their words: by name, capital or people."""
    out: dict[int, str] = {}
    for i, tok in enumerate(doc.toks):
        if not tok.capital and not doc.upper:
            continue
        for size in (3, 2, 1):
            run = doc.toks[i : i + size]
            found = _state(tuple(t.low for t in run)) or (
                _state((tok.low[:-1],)) if size == 1 and tok.low.endswith("s") else None
            )
            if found:
                out.update((k, found) for k in range(i, i + len(run)) if k not in out)
                break
    return out


@cache
def _capital_keys() -> dict[str, str]:
    """Each capital of one word with the key of its state."""
    keys = {"united states": "us", "united kingdom": "uk", "south korea": "korea"}
    lex = lexicon()
    out = {seat: demonyms().get(keys.get(s, s)) or _cut_key(s) for seat, s in _SEATS.items()}
    for words in lex.capitals:
        state = keys.get(lex.known[words][0], lex.known[words][0])
        if len(words) == 1 and words[0] not in common_words() and " " not in state and words[0] != state:
            out[words[0]] = demonyms().get(state) or _cut_key(state)
    return out


def _chimera(run: Sequence[Token], evidence: Document) -> Iterable[Problem]:
    """Two names that stand in the evidence apart do not make one person."""
    own = [t for t in run if t.low not in TITLES and not t.raw.isupper() and t.low not in demonyms()]
    for a, b in pairwise(own):
        if b.index - a.index > 1:
            continue
        if a.first and a.stem in evidence.stems and a.low not in evidence.lows:
            continue
        at = [i for i, t in enumerate(evidence.toks) if t.low == a.low][:50]
        near = any(t.low == b.low for i in at for t in evidence.toks[max(0, i - 6) : i + 7])
        if at and not near and b.low in evidence.lows:
            yield Problem("name", f"{a.raw} {b.raw} is not one name in the evidence")


def _initials(text: str) -> set[str]:
    """The acronyms that runs of capitalised words spell: Farabundo Marti Liberation Front -> fmlf."""
    out: set[str] = set()
    for run in re.findall(
        r"[^\W\d_a-z][\w'’]{0,40}(?:[ -](?:(?:of|the|for|and|de|del|la)\s){0,2}[^\W\d_a-z][\w'’]{0,40}){1,7}",
        text,
    ):
        words = [w for w in re.split(r"[ -]", run) if w[:1].isupper()][:8]
        for i in range(len(words)):
            for j in range(i + 2, len(words) + 1):
                out.add("".join(w[0] for w in words[i:j]).lower())
    return out


def _stands_as_acronym(text: Document, i: int, evidence: Document) -> bool:
    """Whether the capitalised words around `i` spell an acronym that stands in the evidence."""
    a = b = i
    toks = text.toks
    while a and i - a < 8 and (toks[a - 1].capital or toks[a - 1].low in ("of", "the", "for", "and")):
        a -= 1
    while b + 1 < len(toks) and b - i < 8 and (toks[b + 1].capital or toks[b + 1].low in ("of", "the", "for", "and")):
        b += 1
    letters = "".join(t.low[0] for t in toks[a : b + 1] if t.capital)
    return any(
        letters[x:y] in evidence.lows for x in range(len(letters)) for y in range(x + 2, len(letters) + 1) if y - x >= 2
    )


_DEMONYMS: Final = """
    turkey turkish turk turks turkiye
    france french
    spain spanish spaniard spaniards
    ukraine ukrainian ukrainians
    poland polish poles pole
    britain british briton uk
    greece greek greeks
    cyprus cypriot cypriots
    denmark danish
    netherlands dutch
    germany german germans
    afghanistan afghan afghans
    us american americans america
    un
    kurdistan kurd kurds kurdish
    russia russian russians
    china chinese
    lebanon lebanese
    sweden swedish swedes
    finland finnish finns
    ireland irish
    scotland scottish
    wales welsh
    switzerland swiss
    norway norwegian
    portugal portuguese
    philippines filipino philippine
    thailand thai
    belgium belgian
    peru peruvian
    salvador salvadoran salvadorans salvadorean
    argentina argentine argentinian
    congo congolese
    mali malian
    niger nigerien
    myanmar burma burmese
    europe european europeans eu
    israel israeli israelis
    yemen yemeni
    saudi saudis
    chad chadian
    islam islamic islamist islamists
    taliban talibans
    serbia serb serbs serbian
    croatia croat croats croatian
    slovakia slovak
    czechia czech
    hungary hungarian
    vietnam vietnamese
    japan japanese
    iceland icelandic
"""
"""A country, its people and its adjective on one line, where the endings do not tell."""


@cache
def demonyms() -> dict[str, str]:
    """Each word of `_DEMONYMS` with the first of its line."""
    rows = [row.split() for row in _DEMONYMS.strip().splitlines()]
    return {word: row[0] for row in rows for word in row}


_NAME_ENDING = re.compile(r"(?:ians?|ans?|ese|is?|ish|ic|s|ns?|an|ite|ites)$")


@lru_cache(maxsize=4_096)
def name_key(low: str) -> str:
    """One key for a country, its people and its adjective: Marovia, Marovian, Marovians."""
    if low in demonyms():
        return demonyms()[low]
    return _capital_keys().get(low) or _cut_key(low)


def _cut_key(low: str) -> str:
    """A name without the ending that makes a people or an adjective of a country."""
    if len(low) < 5:
        return low
    key = _NAME_ENDING.sub("", low) if len(low) > 5 else low
    key = key if len(key) > 3 or low.endswith(("ian", "ians")) else low
    return key.rstrip("aeiouy") if len(key.rstrip("aeiouy")) > 2 else key


_OPENERS: Final = word_set(
    """no peace war truce talks both neither nobody nothing none everyone several many few most half over
    more up nearly heavy fresh new old foreign local western eastern northern southern central national
    international senior top armed signing under according"""
)


@cache
def _opener_stems() -> frozenset[str]:
    return frozenset({stem(w) for w in SAME} | {stem(w) for w in ACTORS}) | stem_set(
        """police parliament opposition party country state union council court congress press justice
        condition guerrilla defence security aid war peace weapon money food water oil gas pressure
        progress hope regret hold work morale civilian official diplomat mediator monitor peacekeeper
        refugee resident witness observer source side envoy civil law order power control violence fire
        help access trade unity trust life"""
    )


def looks_common(tok: Token, following: Token | None) -> bool:
    """Whether a capitalised word that begins a sentence may be a common noun, a verb form or an adverb."""
    low = tok.low
    if low in NUMBER_WORDS or any(p in NUMBER_WORDS for p in low.split("-")):
        return True
    if low in FUNCTION or low in TITLES or low in _OPENERS or tok.stem in _opener_stems():
        return True
    if low in common_words():
        return True
    plural_subject = following is not None and not re.search(r"[^s]s$", following.low)
    if re.search(r"(?:ing|ly|ion|ment|ity|ance|ence|ism|ness|ship|ure|ful|less|ous|ive|able|ed)$", low):
        return True
    return low.endswith("s") and plural_subject
