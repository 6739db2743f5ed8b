"""A text read word by word: base forms, phrases joined, clauses, and the forms of its verbs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from summarizer.checks.thesaurus import BASE, ING, PAST, base_form, group, heads, opposite_heads, phrases
from summarizer.checks.words import word_set
from summarizer.names import common_words

__all__ = ["AUX", "BREAKS", "LIGHT", "MARKS", "MODALS", "PREFIX", "Reading", "Word"]

MODALS: Final = word_set("will would can could may might shall should must")
AUX: Final = word_set("is are was were be been being am has have had having do does did")
MARKS: Final = frozenset(',.;:!?()–—-"“”«»|')

PREFIX: Final = "not-"
"""The word that stands for a prefix that denies: un-, in-, dis-, non-."""

LIGHT: Final = (
    MODALS
    | AUX
    | word_set(
        """a an the and or of to in on at by for with from as that this these those it its he she they them his
        her their him i me my we us our you your who whom whose which what there here than then so such
        also too very some any each every other own into onto over under out up down off about
        between among through during since while when where how why whether per via upon
        within but yet if unless not no nor even still just now ago himself herself itself
        themselves mr mrs ms s because due more most be because both another one ones only
        today there against after before until till without despite again further once however though
        although never none neither nothing nobody make made put lot way something anything thing"""
    )
)
"""Words that carry no content of their own here."""

BREAKS: Final = word_set(
    """but while although though whereas yet however because despite if unless until
    before after when who which once since where as"""
)
"""Words that begin a clause, beyond the marks."""

_TOKEN = re.compile(
    r"\d{1,20}(?:[.,:]\d{1,20}){0,6}|[^\W\d_]{1,40}(?:\.[^\W\d_]\.)+|[^\W\d_]{1,60}(?:-[^\W\d_]{1,60}){0,2}|[%.,;:!?()–—\"“”«»|]"
)
_PLAIN: Final = (
    (re.compile(r"\bU\.\s?S\.(?:\s?A\.)?|\bUSA\b|\bUnited States(?: of America)?\b|\bUNITED STATES\b"), "US"),
    (re.compile(r"\bU\.\s?N\.|\bUnited Nations\b|\bUNITED NATIONS\b"), "UN"),
    (re.compile(r"\bU\.\s?K\.|\bUnited Kingdom\b"), "UK"),
    (re.compile(r"\bE\.\s?U\.|\bEuropean Union\b"), "EU"),
    (re.compile(r"\b(?:can['’]t|cannot)\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon['’]t\b", re.IGNORECASE), "will not"),
    (re.compile(r"\bshan['’]t\b", re.IGNORECASE), "shall not"),
    (re.compile(r"(\w)n['’]t\b", re.IGNORECASE), r"\1 not"),
    (re.compile(r"['’]ll\b", re.IGNORECASE), " will"),
    (re.compile(r"['’]d\b", re.IGNORECASE), " would"),
    (re.compile(r"['’](?:re|ve|m)\b", re.IGNORECASE), " "),
    (re.compile(r"\b([Aa])s (many|much|few|little|early|late|soon|long|far) as\b"), r"\1s_\2_as"),
    (re.compile(r"\b(more|less|fewer|better|worse|rather|other|earlier|later) than\b", re.IGNORECASE), r"\1 than"),
    (re.compile(r"\s\([A-Z]{2,8}\)"), ""),
    (re.compile(r"\bno one\b", re.IGNORECASE), "nobody"),
    (re.compile(r"\bcease-?\s?fires?\b", re.IGNORECASE), "ceasefire"),
)
_POSSESSIVE = re.compile(r"['’]s\b|(?<=s)['’](?=\s)")

_NO_PREFIX: Final = word_set(
    """under until unless union unions unit units unite united unites unity unique universe university
    uncle universal unions uniform uniforms unanimous unanimously unified unify understand understood undo
    unveil unveiled undergo underway undermine undertake unravel unleash unleashed unfold unfolded unload
    interest interested internal important import imports impose imposed impress impressive improve improved
    impact immediate immediately imply implement implied indicate indicated increase increased industry inform
    informed information inside instead institute institution insist invade invest investigate involve
    disarm disarmed discuss discover disclose displace displaced district disease distance dispute dispatch
    display disaster dismiss dissolve disband discipline distinct distribute disgrace disgraced income insure
    inherent intent intense intended invaluable inflame inflamed infamous inhabit inhabited invited invite
    incorporate indebted unison unto unlike ill illness irk independent independently disappointed
    disappointing disastrous"""
)
_PREFIX = re.compile(r"^(?:un|im|in|il|ir|dis)(?=\w{4})")
_ADJECTIVE = re.compile(
    r"(?:ed|able|ible|ing|ful|al|ent|ant|ate|ite|ive|ous|fit|fair|wise|paid|sold|met|fed|built|seen|written|broken|spoken|sworn|safe|true|aware|sure|clear|just|stable)(?:ly)?$"
)


@dataclass(slots=True, eq=False)
class Word:
    """A word, a number or a mark, with what the comparison needs."""

    raw: str
    low: str
    base: str
    form: str
    first: bool
    clause: int
    sentence: int
    index: int
    possessive: bool = False
    capital: bool = False
    """Whether it is written with a capital."""
    content: bool = False
    """Whether it has content of its own."""
    heads: frozenset[str] = frozenset()
    opposites: frozenset[str] = frozenset()
    polarity: int = 1
    """-1 where an odd number of denials applies to it."""
    cues: set[str] = field(default_factory=set)
    """What applies to it: a hedge, a wish, a condition."""


class Reading:
    """A text as words, phrases joined, with clause and sentence numbers."""

    def __init__(self, text: str) -> None:
        letters = [c for c in text if c.isalpha()]
        self.upper = bool(letters) and sum(c.isupper() for c in letters) > 0.8 * len(letters)
        self.words: list[Word] = []
        plain = re.sub(r"\s+", " ", text)
        for pattern, new in _PLAIN:
            plain = pattern.sub(new, plain)
        plain = _POSSESSIVE.sub("§ ", plain)
        self._tokens(plain)
        self._join()
        for i, w in enumerate(self.words):
            w.index = i
            w.heads, w.opposites = heads(w.base), opposite_heads(w.base)
            w.capital = w.raw[:1].isupper() or ("-" in w.raw and w.raw.split("-")[1][:1].isupper())
            w.content = w.raw[:1].isalpha() and w.base not in LIGHT and w.low not in LIGHT
        self.bases = {w.base for w in self.words} | {w.low for w in self.words}

    def _tokens(self, plain: str) -> None:
        first, clause, sentence, previous = True, 0, 0, ""
        for m in re.finditer(r"[^\W\d]{1,40}_as\b|" + _TOKEN.pattern, plain):
            raw = m.group()
            low = raw.lower()
            if raw == "." and (len(previous) == 1 or previous.lower() in _SHORT):
                continue
            if raw in ".!?|":
                first, clause, sentence = True, clause + 1, sentence + 1
            elif raw in MARKS or low in BREAKS:
                clause += 1
            for piece, base, form in _pieces(low):
                shown = raw if piece == low and not self.upper else piece
                word = Word(shown, piece, base, form, first, clause, sentence, 0)
                word.possessive = plain[m.end() : m.end() + 1] == "§"
                self.words.append(word)
            if raw[0].isalnum():
                first = False
            previous = raw

    def _join(self) -> None:
        """Join the words of phrases into one word each; a particle may follow at a small distance."""
        out: list[Word] = []
        taken: set[int] = set()
        table, words = phrases(), self.words
        for i, w in enumerate(words):
            if i in taken:
                continue
            known = [p for key in dict.fromkeys((w.base, w.low)) for p in table.get(key, ())]
            for parts, gap in known:
                found = _match(words, i, parts, gap)
                if found:
                    w.base = "_".join(parts)
                    taken.update(found)
                    break
            out.append(w)
        self.words = out


_SHORT: Final = word_set(
    "gen col lt capt maj adm sgt mr mrs ms dr st no jan feb mar apr jun jul aug sep sept oct nov dec"
)


def _match(words: list[Word], i: int, parts: tuple[str, ...], gap: bool) -> list[int]:
    """The places of the further words of a phrase that begins at `i`; empty where it does not stand there."""
    last = i + len(parts) - 1
    if last < len(words):
        k = i + 1
        while k <= last and parts[k - i] in (words[k].base, words[k].low):
            k += 1
        if k > last:
            return list(range(i + 1, k))
    if gap and parts[0] != "be":
        for k in range(i + 1, min(i + 5, len(words))):
            if (
                words[k].low in MARKS
                or words[k].low in BREAKS
                or words[k].low in MODALS
                or words[k].form in (PAST, ING)
            ):
                break
            if words[k].low == parts[1]:
                after = words[k + 1].low if k + 1 < len(words) else "."
                if parts[1] in ("in", "on", "over") and after not in MARKS:
                    break
                return [k]
    return []


def _pieces(low: str) -> list[tuple[str, str, str]]:
    """A word as one piece, or as a denial and what it denies: unwilling is not willing."""
    base, form = base_form(low)
    if low.startswith("non-"):
        rest = low[4:]
        return [(PREFIX, PREFIX, BASE), (rest, *base_form(rest))]
    prefix = _PREFIX.match(low)
    if prefix and low not in _NO_PREFIX and low not in group("hedges") and _ADJECTIVE.search(low):
        rest = low[prefix.end() :]
        known = rest in common_words() or rest.endswith(("able", "ible"))
        if known and base not in _NO_PREFIX and (prefix.group() != "in" or not low.endswith(("ing", "ed"))):
            return [(PREFIX, PREFIX, BASE), (rest, *base_form(rest))]
    return [(low, base, form)]
