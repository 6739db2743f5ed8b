"""Direct speech and attributions: which words stand in quotation marks, and who is said to have said what.

News text has every kind of mark: curly, straight, guillemets in both directions, German, single; nested,
with the space on the wrong side, or never closed. Marks are read by the spaces around them first and by
their shape second, paragraph by paragraph, so that one lost mark spoils one paragraph at most. All offsets
are Unicode code points; every pass is linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from summarizer.cues import REPORTING_VERBS, verb_forms

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Attribution", "attributions", "direct_speech", "quoted_terms", "speech_kind"]

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


# -- quotation marks -----------------------------------------------------------------------------------

_DOUBLE: Final = '"“”„‟＂'
_ANGLE: Final = "«»‹›"
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_SENTENCE_SIGN = re.compile(r"[.!?…,](?:\s|$)|[.!?…,]$")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|am|be|has|have|had|does|do|did|will|would|can|could|must|shall|should|may|might|not|no|yes"
    r"|cannot|never|to)\b|n['’]t\b|['’](?:ll|re|m|ve)\b",
    re.IGNORECASE,
)


class _Mark(NamedTuple):
    at: int
    role: Literal["open", "close", "either"]


def _role(text: str, i: int) -> Literal["open", "close", "either"]:
    """What a double mark is by its surroundings, then by its shape."""
    before = text[i - 1] if i else " "
    after = text[i + 1] if i + 1 < len(text) else " "
    opens = (after.isalnum() or after in "[(…¿¡$€£'‘-–") and not before.isalnum() and before not in ".,!?…"
    closes = not before.isspace() and before not in "([—" and not after.isalnum()
    if opens != closes:
        return "open" if opens else "close"
    if text[i] == "„":
        return "open"
    return "either"


def _pairs(marks: list[_Mark], nesting: bool) -> tuple[list[tuple[int, int | None]], bool]:
    """Pair marks into (start, end) of outermost quotations; an end is None where the closing mark is lost."""
    out: list[tuple[int, int | None]] = []
    start, depth = -1, 0
    for n, mark in enumerate(marks):
        if depth == 0:
            if mark.role != "close" or n + 1 < len(marks):
                start, depth = mark.at, 1
        elif mark.role == "open":
            if nesting:
                depth += 1
            else:
                out.append((start, None))
                start = mark.at
        else:
            depth -= 1
            if depth == 0:
                out.append((start, mark.at + 1))
    if depth:
        out.append((start, None))
    return out, depth == 0


def _double(text: str) -> list[tuple[int, int | None]]:
    marks = [_Mark(i, _role(text, i)) for i, c in enumerate(text) if c in _DOUBLE]
    pairs, closed = _pairs(marks, nesting=True)
    return pairs if closed else _pairs(marks, nesting=False)[0]


def _angles(text: str) -> list[tuple[int, int | None]]:
    """Guillemets: the direction that the paragraph's first one shows is the opening one."""
    at = [i for i, c in enumerate(text) if c in _ANGLE]
    if not at:
        return []
    opening = {"«": "«‹", "‹": "«‹", "»": "»›", "›": "»›"}[text[at[0]]]
    return _pairs([_Mark(i, "open" if text[i] in opening else "close") for i in at], nesting=True)[0]


def _mask(length: int, spans: list[Span]) -> bytearray:
    """One byte for each character: 1 inside a span."""
    mask = bytearray(length + 1)
    for a, b in spans:
        mask[a:b] = b"\x01" * (b - a)
    return mask


def _singles(text: str, taken: list[Span]) -> list[tuple[int, int | None]]:
    """Single quotation marks, never apostrophes: 'We stay,' he said; not the rebels' camp, nor '89."""
    inside = _mask(len(text), taken)
    out: list[tuple[int, int | None]] = []
    start, fallback = -1, -1
    for i, c in enumerate(text):
        if c not in "'‘’‚‛" or inside[i]:
            continue
        before = text[i - 1] if i else " "
        after = text[i + 1] if i + 1 < len(text) else " "
        opens = not before.isalnum() and before not in ".,!?…;:'’" and after.isalpha() and c != "’"
        closes = not before.isspace() and not after.isalnum() and c in "'’‘"
        if opens:
            if start >= 0 and fallback > start:
                out.append((start, fallback + 1))
            start, fallback = i, -1
        elif closes and start >= 0:
            if before in ".,!?…" or after in ",.;:!?)" or before.lower() != "s":
                out.append((start, i + 1))
                start = -1
            else:
                fallback = i
    if start >= 0 and fallback > start:
        out.append((start, fallback + 1))
    return out


@cache
def _reporting_words() -> frozenset[str]:
    return frozenset(f for v in REPORTING_VERBS.split() for f in verb_forms(v))


@cache
def _saying() -> str:
    verbs = {f for v in REPORTING_VERBS.split() for f in verb_forms(v) if f != v or v in ("say",)}
    return "|".join(sorted(verbs, key=len, reverse=True))


@cache
def _tail_attribution() -> re.Pattern[str]:
    return re.compile(rf",\s(?=(?:[\w'’.-]{{1,30}}\s){{0,4}}?(?:{_saying()})\b)", re.IGNORECASE)


def _end_of_unclosed(text: str, start: int, limit: int) -> int:
    """Where a quotation without its closing mark plausibly ends: before ", he said", else at `limit`."""
    found = _tail_attribution().search(text, start + 1, limit)
    end = found.start() + 1 if found else limit
    while end > start + 1 and text[end - 1].isspace():
        end -= 1
    return end


def _paragraphs(text: str) -> Iterator[Span]:
    for m in re.finditer(r"[^\n]+", text):
        yield m.span()


def _quoted_in(text: str) -> list[Span]:
    """All outermost quotations of one paragraph, long or short."""
    raw = _angles(text)
    masked = _mask(len(text), [(a, b) for a, b in raw if b is not None])
    raw += [(a, b) for a, b in _double(text) if not masked[a]]
    raw.sort()
    limits = [*(a for a, _ in raw[1:]), len(text)]
    raw += _singles(text, [(a, b or limit) for (a, b), limit in zip(raw, limits, strict=False)])
    raw.sort()
    spans: list[Span] = []
    for (a, b), nxt in zip(raw, [*raw[1:], (len(text), None)], strict=False):
        end = b if b is not None else _end_of_unclosed(text, a, nxt[0])
        if spans and a < spans[-1][1]:
            continue
        if _WORD.search(text, a + 1, end):
            spans.append((a, end))
    return _rejoin(text, spans)


def _rejoin(text: str, spans: list[Span]) -> list[Span]:
    """Join what a nested term with inverted marks has torn: “It ends:” General Winter “is coming.”"""
    out: list[Span] = []
    for a, b in spans:
        if out:
            c, d = out[-1]
            gap = text[d:a]
            words = gap.split()
            torn = len(_WORD.findall(text, c, d)) >= 3 and len(_WORD.findall(text, a, b)) >= 3
            plain = gap.strip() and len(gap) < 40 and gap.replace(" ", "").replace("-", "").isalpha()
            if (
                torn
                and plain
                and len(words) <= 2
                and not _JOINING.search(gap)
                and not any(w.lower() in _reporting_words() for w in words)
            ):
                out[-1] = (c, b)
                continue
        out.append((a, b))
    return out


_JOINING = re.compile(
    r"\b(?:and|or|but|of|to|the|a|an|as|in|for|that|while|with|by|from|he|she|it|they|who|is|are|was)\b", re.I
)


@lru_cache(maxsize=64)
def _quoted(text: str) -> tuple[tuple[int, int, bool], ...]:
    """Every quotation of a text as (start, end, is direct speech)."""
    out = []
    for p, q in _paragraphs(text):
        paragraph = text[p:q]
        for a, b in _quoted_in(paragraph):
            out.append((p + a, p + b, _is_speech(paragraph, a, b)))
    return tuple(out)


def _is_speech(text: str, a: int, b: int) -> bool:
    """Whether a quotation is speech rather than a term, a title or a name in marks."""
    inner = text[a + 1 : b - 1 if text[b - 1] in _DOUBLE + _ANGLE + "'’‘" else b].strip()
    words = _WORD.findall(inner)
    near = text[max(0, a - 30) : a] + " " + text[b : b + 30]
    said = any(w.lower() in _reporting_words() for w in _WORD.findall(near))
    opens_sentence = a == 0 or text[max(0, a - 9) : a].rstrip()[-1:] in ("", ".", "!", "?", ":")
    if inner and inner[-1] in ".!?…," and (len(words) > 1 or said or opens_sentence):
        return True
    if opens_sentence and len(words) > 1 and text[b : b + 1] == ",":
        return True
    if len(words) >= 4:
        mixed_case = not inner.isupper()
        named = mixed_case and all(w[0].isupper() or len(w) < 4 for w in words)
        return said or not named
    return (len(words) >= 2 and _FINITE.search(inner) is not None) or (
        len(words) == 1 and said and words[0].lower() in ("no", "yes")
    )


def direct_speech(text: str) -> list[Span]:
    """Spans of direct speech with their marks; a quotation never closed runs to its paragraph's end."""
    return [(a, b) for a, b, speech in _quoted(text) if speech]


def quoted_terms(text: str) -> list[Span]:
    """Spans of quoted words that are no speech: "special operation", names of ships, titles."""
    return [(a, b) for a, b, speech in _quoted(text) if not speech]


def speech_kind(text: str, start: int, end: int) -> Literal["direct", "indirect", "mixed"]:
    """Whether `text[start:end]` is direct speech, indirect, or both; marks around the span count."""
    words = [m.span() for m in _WORD.finditer(text, start, end)]
    if not words:
        return "indirect"
    speech = said = at = 0
    spans = [s for s in _quoted(text) if s[0] < end and s[1] > start]
    for a, b in words:
        while at < len(spans) and spans[at][1] < b:
            at += 1
        if at < len(spans) and spans[at][0] <= a:
            said += 1
            speech += spans[at][2]
    if said >= 0.85 * len(words):
        return "direct"
    return "mixed" if speech or said >= 0.2 * len(words) else "indirect"


# -- attributions --------------------------------------------------------------------------------------

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
_BREAK = re.compile(r"[,;:()\[\]“”\"«»„–—]")
_ACCORDING = re.compile(r"\baccording\s{1,3}to\s{1,3}", re.IGNORECASE)
_FOR = re.compile(
    r"^\W{0,3}for\s{1,3}(?P<who>(?:the\s|military\s|political\s)?[\w'’. -]{2,80}?),\s", re.IGNORECASE
)
_THAT = re.compile(r"[\s,]{0,3}(?:(?:[\w'’.-]{1,30}\s){0,6}?)that\b[\s:]{0,3}", re.IGNORECASE)
_AFTER_STOP = re.compile(
    r"[,;:.!?()\[\]“”\"«»]|\b(?:that|while|in|on|at|to|during|after|before|as|of\s+the\s+talks|when|by|adding|in\s+an)\b",
    re.IGNORECASE,
)
_PRONOUN_START = re.compile(r"(?:he|she|they|it|we|i)\b", re.IGNORECASE)


def _trim(text: str, a: int, b: int) -> Span | None:
    while a < b and not text[a].isalnum() and text[a] not in "[(“\"«‘'":
        a += 1
    while b > a and (text[b - 1].isspace() or text[b - 1] in ",;:-–—"):
        b -= 1
    return (a, b) if b > a else None


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


_LEADING = re.compile(
    r"(?:(?:and|but|yet|so|however|meanwhile|for|in|on|at|yesterday|today|recently|even)\s{1,3})+",
    re.IGNORECASE,
)


def _phrase(text: str, a: int, b: int) -> Span | None:
    """The last words of text[a:b] that can be a noun phrase, or None where a clause stands there."""
    stops = [m.end() for m in _NP_STOP.finditer(text, a, b)]
    span = _trim(text, stops[-1] if stops else a, b)
    if span and (lead := _LEADING.match(text, span[0], span[1])):
        span = _trim(text, lead.end(), span[1])
    if span is None or len(text[span[0] : span[1]].split()) > 14 or not _WORD.search(text, *span):
        return None
    return span


_ABBREVIATED = re.compile(r"\b(?:\w|Mr|Mrs|Dr|Gen|Col|St|Lt|Sen|Rep)$")


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


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{_saying()})(?![\w-])", re.IGNORECASE)


_NOT_FINITE = re.compile(
    r"\b(?:to|the|a|an|of|was|were|been|being|be|is|are|his|her|its|their|this|that|these|those|for|by|as|any|no|some|our|my"
    r"|in|on|with|so-called|from|peace)\s{1,3}$",
    re.IGNORECASE,
)


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


_WINDOW: Final = 2_000


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


def _attributions(sentence: str) -> list[Attribution]:
    quoted = [(a, b) for a, b, _ in _quoted(sentence)]
    spoken = direct_speech(sentence)
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
    for m in _verb().finditer(sentence):
        a, b = m.span()
        if any(x < a < y for x, y in quoted) or re.match(r"\s{1,3}by\b", sentence[b : b + 6]):
            continue
        left = sentence[:a]
        participle = m.group().lower().endswith("ing")
        if _NOT_FINITE.search(left[-20:]) and not participle:
            continue
        out.append(_attribute(sentence, m.span(), participle, spoken, out))
    return sorted(out, key=lambda x: (x.start, x.end))


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
