"""Direct speech: which words stand in quotation marks, and which of those are speech.

News text has every kind of mark: curly, straight, guillemets in both directions, German, single; nested,
with the space on the wrong side, or never closed. Marks are read by the spaces around them first and by
their shape second, paragraph by paragraph, so that one lost mark spoils one paragraph at most. All offsets
are Unicode code points; every pass is linear.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from summarizer.lexicon import REPORTING_VERBS, alternatives, reporting_forms
from summarizer.sentences import paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["direct_speech", "quoted_terms", "saying", "speech_kind"]

Span = tuple[int, int]

_DOUBLE: Final = '"“”„‟＂'
_ANGLE: Final = "«»‹›"
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|am|be|has|have|had|does|do|did|will|would|can|could|must|shall|should|may|might|not|no|yes"
    r"|cannot|never|to)\b|n['’]t\b|['’](?:ll|re|m|ve)\b",
    re.IGNORECASE,
)


_TYPED = re.compile(r"(?<!`)``(?=[^\s`])|(?<!')''(?!')|(?<![^\s(\[—]),,(?=\w)")
_TYPED_OPENING = re.compile(r"(?<!`)``(?=[^\s`])|(?<![^\s(\[—])(?:,,|'')(?=\w)")
"""Marks typed with two characters, as TeX and character recognition leave them: ``We stay,'' and ,,We stay''."""
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3}[.!?…])\s{1,3}(?=[A-Z])|(?<=:)\s")

_LINE_END = re.compile(r"[.!?…:][\"”»'’)\]]{0,3}[ \t]{0,3}(?P<break>\n)")


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
    marks = _without_measures(text, marks)
    lost = _lost_opening(text, marks)
    pairs, closed = _pairs(marks[len(lost) :], nesting=True)
    return lost + (pairs if closed else _pairs(marks[len(lost) :], nesting=False)[0])


def _without_measures(text: str, marks: list[_Mark]) -> list[_Mark]:
    """The marks without inches and seconds: 6" across. A mark after a figure closes only what a mark has opened."""
    kept: list[_Mark] = []
    opened = False
    for mark in marks:
        if text[mark.at] == '"' and not opened and mark.role == "close" and text[mark.at - 1].isdigit():
            continue
        opened = mark.role == "open" or (mark.role == "either" and not opened)
        kept.append(mark)
    return kept


def _lost_opening(text: str, marks: list[_Mark]) -> list[tuple[int, int | None]]:
    """The quotation whose opening mark is lost: We have counted them," said Brask. It begins with its sentence."""
    if not marks or marks[0].role != "close" or text[marks[0].at - 1] not in ",.!?…":
        return []
    end = marks[0].at + 1
    if not _said_next().match(text, end):
        return []
    begins = [m.end() for m in _SENTENCE_END.finditer(text, 0, end - 2)]
    return [(begins[-1] if begins else 0, end)]


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
def saying() -> str:
    """The forms of the reporting verbs as alternatives of a pattern, longest first; bare only "say"."""
    return alternatives(reporting_forms() - set(REPORTING_VERBS.split()) | {"say"})


@cache
def _tail_attribution() -> re.Pattern[str]:
    return re.compile(rf",\s(?=(?:[\w'’.-]{{1,30}}\s){{0,4}}?(?:{saying()})\b)", re.IGNORECASE)


@cache
def _said_next() -> re.Pattern[str]:
    return re.compile(rf"\s(?:[\w'’.-]{{1,30}}\s){{0,4}}?(?:{saying()})\b", re.IGNORECASE)


def _end_of_unclosed(text: str, start: int, limit: int) -> int:
    """Where a quotation without its closing mark plausibly ends: before ", he said", else at `limit`."""
    found = _tail_attribution().search(text, start + 1, limit)
    end = found.start() + 1 if found else limit
    while end > start + 1 and text[end - 1].isspace():
        end -= 1
    return end


def _blocks(text: str) -> Iterator[Span]:
    """Paragraphs, those of hard-wrapped lines too; cut where a line ends with its sentence."""
    for p, q in paragraphs(text):
        for m in _LINE_END.finditer(text, p, q):
            yield p, m.start("break")
            p = m.end()
        yield p, q


def _as_marks(text: str) -> str:
    """The text, as long as before, with marks typed with two characters as one mark beside a space."""

    def mark(found: re.Match[str]) -> str:
        at = found.start()
        opens = found.group() != "''" or ((not at or text[at - 1] in " (") and text[at + 2 : at + 3].isalnum())
        return " “" if opens else "” "

    return _TYPED.sub(mark, text) if "''" in text and _TYPED_OPENING.search(text) else text


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
                and not any(w.lower() in reporting_forms() for w in words)
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
    for p, q in _blocks(text):
        paragraph = _as_marks(text[p:q])
        for a, b in _quoted_in(paragraph):
            speech = _is_speech(paragraph, a, b)
            first = p + a - (text[p + a - 1 : p + a + 1] in ("``", ",,", "''"))
            last = p + b + (text[p + b - 1 : p + b + 1] == "''" and p + b < q)
            out.append((max(first, p), last, speech))
    return tuple(out)


def _is_speech(text: str, a: int, b: int) -> bool:
    """Whether a quotation is speech rather than a term, a title or a name in marks."""
    inner = text[a + 1 : b - 1 if text[b - 1] in _DOUBLE + _ANGLE + "'’‘" else b].strip()
    words = _WORD.findall(inner)
    near = text[max(0, a - 30) : a] + " " + text[b : b + 30]
    said = any(w.lower() in reporting_forms() for w in _WORD.findall(near))
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
