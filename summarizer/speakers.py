"""Who speaks in a sentence, and whom a pronoun means: attribution, speech going on, else the subject."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from summarizer.attribution import dateline
from summarizer.lexicon import REPORTING_VERBS, verb_forms
from summarizer.names import lexicon, tokenize
from summarizer.spelling import SMALL, words_of

if TYPE_CHECKING:
    from summarizer.clusters import Cluster, Clusters
    from summarizer.names import Mention, SentenceLike, Token
    from summarizer.register import Register

__all__ = ["Speakers"]

_ITEM = re.compile(r"\s*(?:[-*•]|\(?\d{1,2}[.)])\s")
_WE = re.compile(r"\b(?:[Ww]e|[Oo]ur|us|WE|OUR)\b")
_SINGULAR = frozenset({"he", "him", "his", "himself", "she", "her", "hers", "herself", "i", "me", "my", "who"})
_COMPLEMENT = 3  # words between a mention and the "of" before it
_NEAR = 3  # sentences a pronoun looks back
_REACH = 40  # words between a verb and its subject
_QUOTES = frozenset('"“”«»„')
_ENDS_SPEECH = _QUOTES | {","}
_CONNECTING = frozenset({"which", "who", "whom", "whose", "what", "as", "when", "where", "while", "and", "but", "or"})
_CONNECTING |= {"that", "if", "than", "because"}
_CLOSING = 3  # words from the pronoun to the end in "..., he later said."
_MODALS = frozenset({"will", "would", "shall", "should", "can", "could", "may", "might", "must"})
_PLACES = frozenset({"in", "on", "at", "near", "along", "across", "outside", "around"})
_SUBORDINATES = frozenset({"since", "when", "after", "before", "because", "until", "if", "whether"})
_ACCUSING = ("accuse", "blame", "charge", "criticise", "criticize", "condemn", "denounce", "urge", "tell", "praise")
_OF_SOMEBODY = frozenset(
    form for verb in (*_ACCUSING, "inform", "advise", "quote", "cite") for form in verb_forms(verb)
)
"""Verbs whose object is a person: in "..., accused X" the X is accused, not speaking."""
_BARE = frozenset(REPORTING_VERBS.split())
_BEFORE_DATES = frozenset({"on", "in", "last", "this", "early", "late"})
_INVERTS = _QUOTES | frozenset(",.?!—–-")


class Speakers:
    """Who speaks where in one article; told at the first question, for all sentences."""

    def __init__(self, clusters: Clusters, register: Register, sentences: Sequence[SentenceLike]) -> None:
        self._clusters = clusters
        self._register = register
        self._lex = lexicon()
        self._text = clusters.text
        self._sentences = sentences
        self._mentions = clusters.mentions
        self._of = clusters.of
        self._opened = self._open()
        self._turns: dict[int, str] = {}
        self._told: list[str | None] | None = None
        self._done = True

    def of(self, sentence: int) -> str | None:
        """Who speaks in a sentence, as code can tell: attribution, speech going on, else the subject."""
        if self._told is None:
            self._done, self._told = False, [None] * len(self._sentences)
            for i in range(len(self._sentences)):
                self._told[i] = self._turn(i) or self._attributed(i)
            self._done, self._told = True, self._carried(self._told)
        return self._told[sentence - 1] if 1 <= sentence <= len(self._told) else None

    def pronoun(self, word: str, sentence: int, *, outside: bool = False) -> tuple[str, int] | None:
        """The nearest actor a pronoun fits: before it in its sentence (not when `outside`), else in a preceding one.

        Returns its id and the number of the sentence that decided, or None.
        """
        if not 1 <= sentence <= len(self._sentences):
            return None
        s = self._sentences[sentence - 1]
        at = re.search(rf"(?i)\b{word}\b", self._text[s.start : s.end])
        before = s.start + at.start() if at and not outside else s.start
        passed = 0
        for number in range(sentence, max(0, sentence - 4 * _NEAR), -1):
            told = self._so_far(number) if number < sentence else None
            if number < sentence and told is None and (self._opened[number - 1][0] or self._starts_quoted(number - 1)):
                continue  # names inside somebody's direct speech
            passed += 1
            if passed > _NEAR + 1:
                break
            if told is not None and _agrees(word, self._register.by_id[told]):
                return told, number
            for m in self._mentions[number - 1]:
                if m.start < before and m in self._of and not m.modifier and _agrees(word, self._of[m]):
                    return self._of[m].id, number
        return None

    def _so_far(self, number: int) -> str | None:
        """Who speaks in a sentence; while the speakers are being told, as far as that is known."""
        return self.of(number) if self._done else (self._told or [])[number - 1]

    def _turn(self, i: int) -> str | None:
        """The speaker in brackets at the start of an interview's turn, for all its sentences."""
        s = self._sentences[i]
        for bracket in re.findall(r"\[([^\]\n]{2,40})\]", self._text[s.start : s.end])[:3]:
            named = self._register.forms.get(words_of(bracket))
            if named and self._text[s.start : s.end].startswith("[") and named[0].kind == "person":
                self._turns[i] = named[0].id
                return named[0].id
        if i and i - 1 in self._turns and not self._breaks(i - 1):
            self._turns[i] = self._turns[i - 1]
            return self._turns[i]
        return None

    def _attributed(self, i: int) -> str | None:
        """The subject of the reporting verb in a sentence, or the X of "according to X"."""
        s = self._sentences[i]
        tokens = tokenize(self._text, s.start, s.end)[:400]
        here = [m for m in self._mentions[i] if m in self._of][:200]
        inside = _quoted(tokens, self._opened[i][0])
        sources = [
            (k, h)
            for k, t in enumerate(tokens[:-1])
            if t.low == "according" and tokens[k + 1].low == "to" and (h := self._source(tokens, k + 2, here, i))
        ]
        hits = [h for _, h in sources]
        if tokens and tokens[0].low in {"for", "to"} and not hits:
            hits = [
                self._of[m].id
                for m in here[:1]
                if self._of[m].kind == "person"
                and self._text[m.end : m.end + 1] == ","
                and not any(t.text == "," for t in tokens if t.end <= m.start)
            ]
        verbs = [k for k, t in enumerate(tokens) if t.low in self._lex["reporting verbs"] and not t.low.endswith("ing")]
        verbs = [k for k in verbs if k == 0 or tokens[k - 1].low == "and" or tokens[k - 1].low not in SMALL | {"by"}]
        verbs = [k for k in verbs if k == 0 or tokens[k - 1].low not in _MODALS]
        if closing := self._closing(tokens, verbs, here, i):
            return closing
        last_resort: list[str] = []  # agents of the passive voice, and who speaks in a subordinate clause
        for k in ([k for k in verbs if not inside[k]] or [k for k in verbs if tokens[k - 1].text in _INVERTS and k])[
            :20
        ]:
            if k + 2 < len(tokens) and tokens[k + 1].low == "by" and (agent := self._after(tokens, k + 2, here, i)):
                last_resort.append(agent)
                continue
            hit = self._cited(tokens, k, here, i) or self._before(tokens, k, here, i)
            if hit is None and k and tokens[k - 1].text in _INVERTS and tokens[k].low not in _OF_SOMEBODY:
                hit = self._after(tokens, k + 1, here, i)
            if hit and _subordinate(tokens, k):
                last_resort.append(hit)
            elif hit and sources and k < sources[0][0]:
                hits.insert(0, hit)  # "X insisted that ..., where, according to Y, ...": X speaks
                sources = []
            elif hit:
                hits.append(hit)
        hits += last_resort
        voices = [h for h in hits if h in self._register.by_id and self._register.by_id[h].kind != "media"]
        return next(iter(voices or hits), None)

    def _cited(self, tokens: list[Token], k: int, here: list[Mention], i: int) -> str | None:
        """The X of "quoted X as saying"."""
        if tokens[k].low not in {"quoted", "quotes", "cited", "cites"}:
            return None
        pairs = itertools.pairwise(t.low for t in tokens[k + 1 : k + 17])
        as_saying = any(a == "as" and b.endswith("ing") for a, b in pairs)
        return self._source(tokens, k + 1, here, i) if as_saying else None

    def _closing(self, tokens: list[Token], verbs: list[int], here: list[Mention], i: int) -> str | None:
        """The subject of the verb that ends a sentence, "..., the source said.": it speaks the whole of it."""
        last = verbs[-1] if verbs else 0
        if last == 0 or any(t.word for t in tokens[last + 1 :]):
            return None
        comma = next((k for k in range(last - 1, max(-1, last - 12), -1) if tokens[k].text in _ENDS_SPEECH), last)
        subject = [t.low for t in tokens[comma + 1 : last]]
        if tokens[last].low in _BARE or not subject or not _CONNECTING.isdisjoint(subject):
            return None
        hit = self._before(tokens, last, here, i)
        told = self._register.by_id.get(hit) if hit else None
        return hit if told is not None and told.kind != "media" else None

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
            return self._pronoun(tokens[k].low, i)
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
        while j >= 0 and k - j < _REACH and self._parts(tokens, j, k):
            if tokens[j].text == ")":
                while j > 0 and tokens[j].text != "(":
                    j -= 1
            j -= 1
        if j > 0 and k - j < _REACH and tokens[j].text == ",":
            subject, j = _across(tokens, j, here)
            if subject:
                return self._of[subject].id
        return self._ending(tokens, j, here, i) if j >= 0 else None

    def _parts(self, tokens: list[Token], j: int, k: int) -> bool:
        """Whether the token at j may stand between a subject and its verb at k."""
        t = tokens[j]
        if t.word:
            dated = t.low in _BEFORE_DATES and tokens[j + 1].low in self._lex["calendar"]
            adverb = t.low in self._lex["auxiliaries"] or t.low.endswith("ly")
            return adverb or dated or t.low in self._lex["calendar"]
        return t.text == ")" or (t.text in _QUOTES and j == k - 1)

    def _ending(self, tokens: list[Token], j: int, here: list[Mention], i: int) -> str | None:
        """The actor that the words up to j mean as a subject."""
        t = tokens[j]
        if t.low in {"he", "she", "they", "it", "we", "i"}:
            closing = j > 0 and tokens[j - 1].text in _INVERTS and sum(x.word for x in tokens[j + 1 :]) <= _CLOSING
            return self._pronoun(t.low, i, after_speech=closing)
        ending = [m for m in here if m.end in {t.end, t.start}]
        if ending:
            subject = self._head(tokens, min(ending, key=lambda m: m.start), here)
            return self._of[subject].id if subject else None
        if t.low in self._lex["documents"]:
            nation = self._lex.demonyms.get(tokens[j - 1].low) if j else None
            own = next((a.id for a in self._clusters.all if nation and a.canonical == nation and a.id), None)
            return own or next((w for w in reversed((self._told or [])[max(0, i - 2) : i]) if w), None)
        if t.low in {"and", "but"}:  # a second verb of the same subject
            reach = range(j - 1, max(-1, j - _REACH), -1)
            earlier = next((v for v in reach if tokens[v].low in self._lex["reporting verbs"]), None)
            return self._before(tokens, earlier, here, i) if earlier is not None else None
        if t.low == "who" and j > 0:
            return next((self._of[m].id for m in reversed(here) if m.end <= t.start), None)
        return None

    def _head(self, tokens: list[Token], last: Mention, here: list[Mention]) -> Mention | None:
        """The mention that `last` only completes: "President Osk" in "President Osk of neighbouring Orland".

        None where `last` is the place in "troops on the Tarn", which is no subject.
        """
        before = [t for t in tokens if t.end <= last.start][-_COMPLEMENT:]
        of = next((t for t in reversed(before) if t.low in {"of", "from"}), None)
        heads = [m for m in here if of and 0 <= of.start - m.end <= 1 and m.kind == "person"]
        if heads:
            return heads[0]
        ahead = next((t.low for t in reversed(before) if t.low not in {"the", "a", "an"}), "")
        place = ahead in _PLACES or (ahead == "of" and last.kind == "other")
        return None if place else last

    def _pronoun(self, word: str, i: int, *, after_speech: bool = False) -> str | None:
        """Whom a pronoun means; in "..., he said" nobody whom the words before it name."""
        found = self.pronoun(word, i + 1, outside=after_speech)
        return found[0] if found else None

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
            if out[i] is None and i and self._listed(i):
                out[i] = out[i - 1]
            if out[i] is None and not before and not self._first_person(i):
                out[i] = self._subject(i)
        return out

    def _listed(self, i: int) -> bool:
        """Whether a sentence is an item of a list that a colon opened, or goes on with one."""
        ahead, own = self._sentences[i - 1], self._sentences[i]
        opens = self._text[ahead.start : ahead.end].rstrip().endswith(":")
        return opens or (
            _ITEM.match(self._text, own.start) is not None and _ITEM.match(self._text, ahead.start) is not None
        )

    def _first_person(self, i: int) -> bool:
        """Whether somebody speaks for himself outside quotation marks, as in a communique."""
        s = self._sentences[i]
        return _WE.search(self._text, s.start, s.end) is not None and not self._starts_quoted(i)

    def _subject(self, i: int) -> str | None:
        """The actor a sentence starts with, after an introduction before a comma."""
        s = self._sentences[i]
        first = s.start + (dateline(self._text[s.start : s.end]) if i == 0 else 0)
        for m in [m for m in self._mentions[i] if m.start >= first][:3]:
            before = self._text[max(first, m.start - 40) : m.start].rstrip()
            before = re.sub(r"(?i)\b(?:the|a|an|both|but|and)$", "", before).rstrip()
            if self._text[m.start : m.end].split(maxsplit=1)[0].lower() in {"its", "their", "his", "her"}:
                continue  # "their forces": somebody's, not a speaker of their own
            if m in self._of and not m.modifier and (m.start - first < 6 or before == "" or before.endswith(",")):
                return self._of[m].id
        return None

    def _open(self) -> list[tuple[bool, bool]]:
        """Whether a quotation is open at each start and end of a sentence; paragraphs start closed."""
        states: list[tuple[bool, bool]] = []
        state = False
        for i, s in enumerate(self._sentences):
            if i and self._breaks(i - 1):
                state = False
            start = state
            for mark in re.findall(r"[“”«»„\"]", self._text[s.start : s.end]):
                state = not state if mark == '"' else mark in "“«„"
            states.append((start, state))
        return states

    def _breaks(self, i: int) -> bool:
        """Whether a paragraph ends after this sentence."""
        return (
            i + 1 < len(self._sentences) and "\n" in self._text[self._sentences[i].end : self._sentences[i + 1].start]
        )

    def _starts_quoted(self, i: int) -> bool:
        s = self._sentences[i]
        return self._text[s.start : s.end].lstrip()[:1] in tuple("\"“«„'‘")


def _quoted(tokens: list[Token], depth: bool) -> list[bool]:
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


def _agrees(word: str, actor: Cluster) -> bool:
    """Whether a pronoun fits an actor's kind."""
    return actor.kind == "person" if word in _SINGULAR else actor.kind not in {"person", "other"}


def _subordinate(tokens: list[Token], k: int) -> bool:
    """Whether the verb at k stands in a clause with "since", "when", "after" right before its subject."""
    for t in reversed(tokens[max(1, k - 8) : k]):  # a sentence may begin with "After talks Minister Moor said"
        if not t.word:
            return False
        if t.low in _SUBORDINATES:
            return True
    return False


def _across(tokens: list[Token], comma: int, here: list[Mention], depth: int = 2) -> tuple[Mention | None, int]:
    """The subject before one or two clauses between commas that end at `comma`, or where to look for it."""
    opening = next((o for o in range(comma - 1, max(-1, comma - 30), -1) if tokens[o].text == ","), None)
    if opening is None:
        return None, comma
    outer = [m for m in here if opening and m.end == tokens[opening - 1].end]
    inner = [
        m
        for m in here
        if not m.description and tokens[opening].start < m.start <= tokens[min(opening + 2, comma)].start
    ]
    if outer and inner and all(m.description for m in outer):
        return inner[0], comma
    if outer:
        return None, opening - 1
    near = tokens[max(0, opening - 3)].start
    subject = next((m for m in reversed(here) if m.start <= tokens[opening].start and m.end > near), None)
    if subject is None and depth > 1:
        return _across(tokens, opening, here, depth - 1)
    return subject, comma
