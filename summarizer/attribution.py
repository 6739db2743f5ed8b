"""Attributions: where a sentence says that somebody said something, who that is, and what is reported.

Simple patterns around the verb: "X said", "..., said X", "according to X", "For X, ...". All offsets are
Unicode code points; every pass is linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from summarizer.cues import MONTH, matches
from summarizer.speech import direct_speech, quoted_terms, saying

__all__ = ["Attribution", "attributions", "dateline"]

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Attribution:
    """One place where a sentence says that somebody said something."""

    start: int
    """Where the cue begins: the verb, or "according to"."""
    end: int
    verb: str
    """The cue as written, in lower case."""
    speaker_hint: Span | None
    """The speaker's noun phrase, where a simple pattern finds it."""
    content: Span | None
    """The reported clause or quotation, where it is clearly delimited."""


_WINDOW: Final = 2_000  # characters read in one piece
_NO_HOLDER: Final = (
    "his",
    "her",
    "its",
    "their",
    "now",
    "the first",
    "the past",
    "years",
    "months",
    "example",
)
"""After "for" these begin no holder of an opinion: "for years, ..."."""
_WORD = re.compile(r"\w")
_BREAK = re.compile(r"[,;:()\[\]“”\"«»„–—]")
_ACCORDING = re.compile(r"\baccording\s{1,3}to\s{1,3}", re.IGNORECASE)
_FOR = re.compile(r"^\W{0,3}for\s{1,3}(?P<who>(?:the\s|military\s|political\s)?[\w'’. -]{2,80}?),\s", re.IGNORECASE)
_THAT = re.compile(r"[\s,]{0,3}(?:(?:[\w'’.-]{1,30}\s){0,6}?)that\b[\s:]{0,3}", re.IGNORECASE)
_PRONOUN_START = re.compile(r"(?:he|she|they|it|we|i)\b", re.IGNORECASE)
_ABBREVIATED = re.compile(r"\b(?:\w|Mr|Mrs|Dr|Gen|Col|St|Lt|Sen|Rep)$")
_NP_STOP = re.compile(
    r"\b(?:that|which|who|whom|while|when|where|because|if|and\s{1,3}(?:he|she|it|they)|but|although|though|yet|then|after)\b",
    re.IGNORECASE,
)
_AUX = re.compile(
    r"(?:\b(?:has|have|had|also|later|further|again|today|yesterday|now|already|once|more|always|repeatedly|previously|earlier"
    r"|reportedly|however|then|openly|publicly|first|on\s(?:mon|tues|wednes|thurs|fri|satur|sun)day|is|are|did|not|recently"
    r"|in\s{1,2}turn|meanwhile|strongly|firmly)\b[\s,]{0,3}){1,4}$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(?:(?:and|but|yet|so|however|meanwhile|for|in|on|at|yesterday|today|recently|even)\s{1,3})+",
    re.IGNORECASE,
)
_AFTER_STOP = re.compile(
    r"[,;:.!?()\[\]“”\"«»]|\b(?:that|while|in|on|at|to|during|after|before|as|of\s+the\s+talks|when|by|adding|in\s+an)\b",
    re.IGNORECASE,
)
_NOT_FINITE = re.compile(
    r"\b(?:to|the|a|an|of|was|were|been|being|be|is|are|his|her|its|their|this|that|these|those|for|by|as|any|no|some|our|my"
    r"|in|on|with|so-called|from|peace)\s{1,3}$",
    re.IGNORECASE,
)


_DATELINE = re.compile(
    r"\W{0,3}(?P<head>[A-Z](?:[^\n“”\"!?;()]|\([^()\n]{1,60}\)){1,100}?)\s{0,2}"
    r"(?:--|—|–|(?<=\s)-)\s{1,3}(?:\[[A-Za-z ]{1,30}\]\s{1,3}){0,3}"
    r"(?=[A-Z“\"«\[])"
)
_IN_DATELINES = re.compile(
    rf"[A-Z].*|of|de|del|la|el|al|{MONTH}",
    re.DOTALL,
)


def dateline(sentence: str) -> int:
    """Where the text of an article's first sentence begins, after "TARN, March 9 (Agency) -- [Text] "; else 0.

    A dateline is a place, with a date or an agency and no other word in lower case, before a dash and a capital. A
    place alone, "TARN — ", counts in capitals only, where the sentence is not all in capitals.
    """
    line = _DATELINE.match(sentence[:200])
    if line is None:
        return 0
    words = re.findall(r"[^\W\d_]+", line["head"])
    placed = "," in line["head"][:40] or "(" in line["head"]
    dated = placed and re.search(r"\d|\(", line["head"]) is not None
    shouted = len(words) <= 3 and all(w.isupper() and len(w) > 3 for w in words) and not sentence.isupper()
    return line.end() if (dated or shouted) and all(map(_IN_DATELINES.fullmatch, words)) else 0


def attributions(sentence: str) -> list[Attribution]:
    """Every attribution in a sentence, in order: verbs outside quotations, "according to", "For X,".

    A "sentence" beyond 2,000 characters is read in pieces, so that the work stays linear.
    """
    out: list[Attribution] = []
    for start in range(0, max(len(sentence), 1), _WINDOW):
        for x in _attributions(sentence[start : start + _WINDOW]):
            out.append(
                Attribution(
                    x.start + start,
                    x.end + start,
                    x.verb,
                    x.speaker_hint and (x.speaker_hint[0] + start, x.speaker_hint[1] + start),
                    x.content and (x.content[0] + start, x.content[1] + start),
                )
            )
    return out


@lru_cache(maxsize=256)
def _attributions(sentence: str) -> tuple[Attribution, ...]:
    spoken = direct_speech(sentence)
    quoted = [*spoken, *quoted_terms(sentence)]
    out: list[Attribution] = []
    for m in _ACCORDING.finditer(sentence):
        who = _after(sentence, m.end())
        rest = _trim(sentence, who[1] if who else m.end(), len(sentence.rstrip()))
        ahead = _trim(sentence, 0, m.start())
        content = ahead if ahead and m.start() > 20 else rest
        out.append(Attribution(m.start(), m.end(), "according to", who, content))
    opinion = _FOR.match(sentence)
    if opinion and re.search(r"[A-Z]", opinion["who"]) and not opinion["who"].lower().startswith(_NO_HOLDER):
        rest = _trim(sentence, opinion.end(), len(sentence.rstrip()))
        out.append(Attribution(opinion.start(), opinion.start("who"), "for", opinion.span("who"), rest))
    for m in matches("reporting", sentence, _verb()):
        a, b = m.span()
        if any(x < a < y for x, y in quoted) or re.match(r"\s{1,3}by\b", sentence[b : b + 6]):
            continue
        left = sentence[:a]
        participle = m.group().lower().endswith("ing")
        if _NOT_FINITE.search(left[-20:]) and not participle:
            continue
        out.append(_attribute(sentence, m.span(), participle, spoken, out))
    return tuple(sorted(out, key=lambda x: (x.start, x.end)))


def _attribute(
    sentence: str, verb: Span, participle: bool, spoken: list[Span], earlier: list[Attribution]
) -> Attribution:
    """The attribution of one verb: a participle or a bare second verb keeps the speaker before it."""
    a, b = verb
    left = sentence[:a].rstrip()
    inverted = not participle and (not left or left[-1] in "”\"»“,'’–—")
    inverted = inverted and not re.match(r"\s{0,2}that\b", sentence[b:])
    who = _after(sentence, b) if inverted and _inverted_subject(sentence, b) else None
    if who is None and not participle:
        who = _before(sentence, a)
        who = None if who and any(x <= who[0] < y for x, y in spoken) else who
    if who is None and earlier:
        who = earlier[-1].speaker_hint
    return Attribution(a, b, sentence[a:b].lower(), who, _content(sentence, verb, spoken, who))


def _inverted_subject(text: str, at: int) -> bool:
    """Whether the words after a verb can be its subject: a name, or "the ..."."""
    rest = text[at:].lstrip()
    return rest[:1].isupper() or rest[:4].lower() == "the " or _PRONOUN_START.match(rest) is not None


def _before(text: str, at: int) -> Span | None:
    """The noun phrase that ends before the verb at `at`, over auxiliaries and one apposition in commas."""
    aux = _AUX.search(text[max(0, at - 60) : at])
    end = max(0, at - 60) + aux.start() if aux else at
    span = text[:end].rstrip()
    if span.endswith(","):
        breaks = [m.start() for m in _BREAK.finditer(span)][:-1]
        if not breaks or text[breaks[-1]] != ",":
            return _phrase(text, (breaks[-1] + 1) if breaks else 0, len(span) - 1)
        previous = breaks[-2] + 1 if len(breaks) > 1 else 0
        return _phrase(text, previous, breaks[-1]) or _phrase(text, breaks[-1] + 1, len(span) - 1)
    breaks = [m.end() for m in _BREAK.finditer(span)]
    return _phrase(text, breaks[-1] if breaks else 0, len(span))


def _phrase(text: str, a: int, b: int) -> Span | None:
    """The last words of text[a:b] that can be a noun phrase, or None where a clause stands there."""
    stops = [m.end() for m in _NP_STOP.finditer(text, a, b)]
    span = _trim(text, stops[-1] if stops else a, b)
    if span and (lead := _LEADING.match(text, span[0], span[1])):
        span = _trim(text, lead.end(), span[1])
    if span is None or len(text[span[0] : span[1]].split()) > 14 or not _WORD.search(text, *span):
        return None
    return span


def _after(text: str, at: int) -> Span | None:
    """The noun phrase that follows the verb, in "..., said X"."""
    stop = _AFTER_STOP.search(text, at + 1)
    end = stop.start() if stop else len(text)
    while stop and stop.group() == "." and _ABBREVIATED.search(text, max(0, end - 5), end):
        stop = _AFTER_STOP.search(text, end + 1)
        end = stop.start() if stop else len(text)
    span = _trim(text, at, end)
    return span if span and len(text[span[0] : span[1]].split()) <= 12 else None


def _content(text: str, verb: Span, spoken: list[Span], speaker: Span | None) -> Span | None:
    """What is reported: after "that", the quotation beside the verb, the clause after or before it."""
    that = _THAT.match(text, verb[1])
    if that:
        return _trim(text, that.end(), len(text.rstrip()))
    beside = [s for s in spoken if 0 <= s[0] - verb[1] <= 60] or [s for s in spoken if s[1] <= verb[0]][-1:]
    if beside:
        return beside[0]
    last = max(verb[1], speaker[1] if speaker else 0)
    if len(text[last:].split()) >= 3:
        return _trim(text, last, len(text.rstrip()))
    first = min(verb[0], speaker[0] if speaker else verb[0])
    return _trim(text, 0, first) if len(text[:first].split()) >= 3 else None


def _trim(text: str, a: int, b: int) -> Span | None:
    """The span without what cannot begin or end a phrase, or None where nothing is left."""
    while a < b and not text[a].isalnum() and text[a] not in "[(“\"«‘'":
        a += 1
    while b > a and (text[b - 1].isspace() or text[b - 1] in ",;:-–—"):
        b -= 1
    return (a, b) if b > a else None


@cache
def _verb() -> re.Pattern[str]:
    # "States" in the name of a country is no verb
    return re.compile(rf"(?<![\w-])(?<!united )(?:{saying()})(?![\w-])", re.IGNORECASE)
