"""A text read for comparison: phrases made plain, then tokens with their clause and sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from summarizer.checks.words import FUNCTION, stem, word_set

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Document", "Token"]

_UN: Final = (
    "able|acceptable|armed|aware|certain|changed|clear|defeated|fair|harmed|impressed|justified|likely|necessary|prepared"
    "|realistic|safe|stable|successful|thinkable|true|wanted|warranted|willing|wise"
)

_IN: Final = (
    "possible|probable|plausible|effective|sufficient|adequate|complete|conclusive|secure|admissible|conceivable|capable"
    "|correct|accurate|relevant|agrees?|agreed|honest|loyal|satisfied|responsible"
)
"""Words whose prefix un-, in-, im-, ir- or dis- is a negation and nothing else."""

_PHRASES: Final = (
    (r"can['’]t\b|\bcannot\b", "can not"),
    (r"won['’]t\b", "will not"),
    (r"\b(\w+)n['’]t\b", r"\1 not"),
    (r"\b(\w+)['’]ll\b", r"\1 will"),
    (r"['’]s\b|(?<=s)['’](?=\s)", " "),
    (
        r"\bnot (?:only|just|merely)\b|\bno (?:less|fewer|more) than\b"
        r"|\bno matter\b|\bwhether or not\b|\bno doubt\b",
        " ",
    ),
    (r"\bno longer\b", "not"),
    (r"\bno,", ","),
    (r"\bnon-(?=\w)", "not "),
    (r"\bruling out\b|\brule[sd]? out\b", "ruleout"),
    (r"\b(?:turn(?:s|ed|ing)? down)\b", "reject"),
    (r"\b(?:giv(?:e|es|ing) up|gave up|given up)\b", "surrender"),
    (r"\bpull(?:s|ed|ing)?(?: \w+){0,3} (?:out|back)\b|\btook? back\b", "withdraw"),
    (r"\bcall(?:s|ed|ing)? (?:up)?on\b|\bcall(?:s|ed|ing)? for\b", "urge"),
    (r"\bstep(?:s|ped|ping)? down\b", "resign"),
    (r"\bhand(?:s|ed|ing)?(?: \w+){0,3} over\b|\bturn(?:s|ed|ing)? over\b|\bhandover\b", "deliver"),
    (
        r"\b(?:as|so) long as\b"
        r"|\bprovid(?:ed|ing)(?= (?:that|the|it|all|they|he|she|its|their|both)\b)",
        "ifprovided",
    ),
    (
        r"\beven if\b|\bregardless(?: of)?\b|\bno conditions attached\b"
        r"|\bunder any circumstances?\b|\bat any time\b",
        "evenif",
    ),
    (r"\bonly (?:if|when|after|once)\b|\bonly\b(?=(?: [\w'’-]+){1,4} (?:if|after|once)\b)", "onlyif"),
    (r"\bif and onlyif\b|\bif only\b", "onlyif"),
    (r"\bin (?:exchange|return) for\b|\bin (?:exchange|return)\b", "inreturn"),
    (r"\bon (?:the |one )?condition of anonymity\b|\bunder (?:the )?condition of anonymity\b", " "),
    (r"\b(?:on (?:the |one )?condition(?: that)?)\b", "ifprovided"),
    (r"\bwithout delay\b", "immediately"),
    (rf"\bun({_UN})\b", r"not \1"),
    (rf"\b(?:im|in|ir|il|dis)({_IN})\b", r"not \1"),
    (r"\bneither (\w+(?:s|ed)) ([^.;]{1,60}?) nor\b", r"not \1 \2, not"),
    (r"\bneither ([^.;]{1,60}?) nor\b", r"not \1 or"),
    (r"\bnot ([^.;]{1,60}?) nor\b", r"not \1 or"),
    (
        r",? who (?:asked|wished|wanted|preferred|declined|refused|spoke)\b[^.,;]{0,30}"
        r"\b(?:named|identified|anonymity|anonymously)\b",
        " ",
    ),
    (r"\bair force\b", "airforce"),
    (r"\bunconditional(?:ly)?\b", "without condition"),
    (r"\bat once\b|\bonce (?:again|more)\b", "immediately"),
    (r"\bcease-?\s?fire\b", "ceasefire"),
    (r"\bU\.\s?S\.(?:\s?A\.)?|\bUSA\b|\bUnited States(?: of America)?\b|\bUNITED STATES\b", "US"),
    (r"\bU\.\s?N\.|\bUnited Nations\b|\bUNITED NATIONS\b", "UN"),
    (r"\bU\.\s?K\.|\bUnited Kingdom\b", "UK"),
    (r"\bE\.\s?U\.|\bEuropean Union\b", "EU"),
)
"""Wordings of several words, with the word that stands for them; applied in this order."""


@cache
def _phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    keep = ("US", "UN", "UK", "EU")
    return tuple((re.compile(p, 0 if new in keep else re.IGNORECASE), new) for p, new in _PHRASES)


_TOKEN = re.compile(r"\d{1,20}(?:[.,:]\d{1,20}){0,6}|[^\W\d_]{1,60}(?:-[^\W\d_]{1,60})?|[%.,;:!?()–—\"“”«»]|[$€£]")


@dataclass(slots=True)
class Token:
    """A word, a number or a mark, where it stands."""

    raw: str
    """As written."""
    low: str
    """In lower case."""
    stem: str
    """Its stem, or the head of its class of synonyms."""
    first: bool
    """Whether it begins a sentence (its capital says nothing)."""
    clause: int
    sentence: int
    index: int

    @property
    def capital(self) -> bool:
        """Whether it is written with a capital."""
        return self.raw[:1].isupper()

    @property
    def content(self) -> bool:
        """Whether it is a word with content of its own."""
        return self.raw[:1].isalpha() and self.low not in FUNCTION


_BREAKS: Final = word_set("but while although though whereas yet however because despite")


class Document:
    """A text as tokens, with clause and sentence numbers."""

    def __init__(self, text: str) -> None:
        self.text = text
        letters = [c for c in self.text if c.isalpha()]
        self.upper = bool(letters) and sum(c.isupper() for c in letters) > 0.8 * len(letters)
        plain = re.sub(r"\s+", " ", self.text)
        for pattern, new in _phrases():
            plain = pattern.sub(new, plain)
        self.toks: list[Token] = []
        first, clause, sentence, previous = True, 0, 0, ""
        for m in _TOKEN.finditer(plain):
            raw = m.group()
            low = raw.lower()
            if raw in ".!?" and not (raw == "." and len(previous) == 1):
                first, clause, sentence = True, clause + 1, sentence + 1
            elif raw in ",;:()–—" or low in _BREAKS:
                clause += 1
            elif raw in '"“”«»':
                clause += 1
                first = first or previous in (",", ":", "")
            self.toks.append(Token(raw, low, stem(low), first, clause, sentence, len(self.toks)))
            if raw[0].isalnum():
                first = False
            previous = raw
        self.lows = {t.low for t in self.toks}
        for low in list(self.lows):
            if "-" in low:
                self.lows.update(low.split("-"))
        self.stems = {t.stem for t in self.toks if t.content} | {stem(w) for w in self.lows if w not in FUNCTION}

    def content(self, keep: Callable[[Token], bool] = lambda t: True) -> set[str]:
        """The stems of its content words, of those to keep."""
        return {t.stem for t in self.toks if t.content and keep(t)}

    def any(self, words: frozenset[str]) -> bool:
        """Whether a word, or a word of the same stem, stands here."""
        return bool(self.lows & words) or any(t.stem in words for t in self.toks)
