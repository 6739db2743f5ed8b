"""Speech that no quotation mark shows: dialogue after dashes, questions and answers, transcripts, block quotations.

For the audit. Everything is linear in the text; all offsets are Unicode code points.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

from summarizer.article import Article

__all__ = ["is_headline_of_speech", "is_voice", "spoken_by_dashes", "spoken_spans"]

Span = tuple[int, int]

_DASHED = re.compile(r"(?P<dash>—|―|–|‒|--|-)\s?(?=[\"“«¿¡(]?(?P<first>[^\W\d_]|[¿¡]))")
_DIRECT = re.compile(r"\?|\b(?:I|we|you|me|my|our|your)\b", re.IGNORECASE)
_TAGGED = re.compile(
    r"^[ \t>*_]{0,6}(?P<label>[^\W\d_][^\n:.?!\"“”«»]{0,40}?)[*_]{0,3}:[*_]{0,3}[ \t]+(?=\S)[^\n]*", re.MULTILINE
)
_ASKS = frozenset(
    "q question frage f pregunta p question питання запитання вопрос в".split()  # noqa: SIM905
)
_ANSWERS = frozenset("a answer antwort respuesta r réponse відповідь ответ о в".split())  # noqa: SIM905
_RECORDING = re.compile(
    r"\[\s?(?P<edge>begin|end)\s[^\[\]\n]{0,40}?(?:recording|video|relay|statement)[^\[\]\n]{0,40}\]", re.I
)
_VOICE = re.compile(
    r"\W{0,3}\[(?!(?:text|excerpts?|passage|words?|sentence|video|end|begin|editor|sic|as|no|by|from|signed|applause|laughter|music|photo|map)\b)"
    r"[^\W\d_][\w .'’-]{2,40}\]\s",
    re.IGNORECASE,
)
_QUOTED_LINES = re.compile(r"(?:^[ \t]{0,3}>[^\n]*\n?)+", re.MULTILINE)
_INDENTED = re.compile(r":[ \t]*\n{1,3}(?P<block>(?:(?: {4}|\t)[^\n]*(?:\n|$))+)")
_KICKERS = frozenset(
    """breaking update updated live analysis opinion exclusive watch video photo photos factbox explainer explained
    timeline comment editorial interview profile source sources note correction editor's weather published location
    date by via read more see also related topic topics tags background summary context feature report special q&a
    subject from to""".split()  # noqa: SIM905
)
_HEADLINE = re.compile(
    r"(?P<label>[^\W\d_a-z][\w.'’-]{1,30}(?:\s(?:[^\W\d_a-z][\w.'’-]{0,30}|of|the|and|de|von)){0,4}):\s+\S+\s\S"
)
_HEADLINE_LONGEST = 160
_NEAR = 20_000  # characters around a heading in which its name is looked for


def spoken_by_dashes(article: Article, reports: Callable[[str], bool]) -> set[int]:
    """The sentences that are lines of a dialogue: "— Jamais, répondit le colonel."

    A run of sentences after dashes is a dialogue when half of them ask, report or say "I", "we" or "you"; a hyphen,
    which begins the points of a list too, needs all of them to.
    """
    out: set[int] = set()
    dashed: list[tuple[int, bool, bool]] = []
    for sentence in article.sentences:
        words = article.sentence_text(sentence.number)
        found = _DASHED.match(words)
        if found and not found["first"].islower():
            voiced = _DIRECT.search(words) is not None or reports(words)
            dashed.append((sentence.number, voiced, found["dash"] == "-"))
    for _, run in groupby(enumerate(dashed), key=lambda x: x[1][0] - x[0]):
        lines = [line for _, line in run]
        count = sum(v for _, v, _ in lines)
        if 2 * count >= len(lines) and (count == len(lines) or not any(hyphen for _, _, hyphen in lines)):
            out.update(number for number, _, _ in lines)
    return out


def spoken_spans(text: str) -> list[Span]:
    """Where the layout shows speech, in order: answers to questions, recordings, quoted or indented blocks."""
    return sorted([*_answers(text), *_recordings(text), *_blocks(text)])


def _answers(text: str) -> Iterator[Span]:
    """Lines that begin with the name of who speaks: "Q: ...", or at least two names twice, and somebody asks."""
    lines = [(m["label"].strip().lower(), m.span()) for m in _TAGGED.finditer(text)]
    count = Counter(label for label, _ in lines)
    labels = {label for label in count if label in _ASKS or label in _ANSWERS}
    if len(labels) < 2 or not labels & _ASKS:
        labels = {label for label, n in count.items() if n >= 2}
    spoken = [span for label, span in lines if label in labels]
    if len(labels) >= 2 and any("?" in text[a:b] for a, b in spoken):
        yield from spoken


def _recordings(text: str) -> Iterator[Span]:
    """What a monitor marks as recorded, "[begin recording] ... [end recording]"; unclosed, to the paragraph's end."""
    start = -1
    for mark in _RECORDING.finditer(text):
        if mark["edge"].lower() == "begin":
            start = mark.end()
        elif start >= 0:
            yield start, mark.start()
            start = -1
    if start >= 0:
        end = text.find("\n\n", start)
        yield start, end if end >= 0 else len(text)


def is_voice(sentence: str) -> bool:
    """Whether a sentence begins with the tag of who speaks in a transcript: "[Pardo] No, ..."."""
    return _VOICE.match(sentence) is not None


def _blocks(text: str) -> Iterator[Span]:
    """Blocks after ">", and blocks set in after a colon."""
    for m in _QUOTED_LINES.finditer(text):
        yield m.span()
    for m in _INDENTED.finditer(text):
        yield m.span("block")


def is_headline_of_speech(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a heading that says what somebody says: "Moor: no talks before spring".

    A heading stands alone in its paragraph without a full stop; below the first one, the name must stand elsewhere too.
    """
    line = text[start:end]
    alone = (start == 0 or text[start - 1] == "\n") and text[end : end + 2] == "\n\n"
    if not alone or len(line) > _HEADLINE_LONGEST or line[-1] in ".:" or "\n" in line:
        return False
    found = _HEADLINE.match(line)
    if found is None or {w.lower() for w in found["label"].split()} & _KICKERS:
        return False
    name = found["label"].split()[-1]
    around = (max(0, start - _NEAR), start), (end, end + _NEAR)
    return start == 0 or any(text.find(name, a, b) >= 0 for a, b in around)
