"""Sentences with exact offsets.

Paragraphs first, then nupunkt (English) or sentencex (other languages) inside each paragraph, then a small
fixer over the cuts they propose. Nothing here relies on quotation marks being balanced. Only the positions
of cuts are taken from the engines, so every code point that is not white space lies in exactly one sentence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MAX_SENTENCE", "Sentence", "paragraphs", "segment", "segmenter_name"]

MAX_SENTENCE = 1500
"""The longest sentence, in code points; a longer one is cut, so that prompts stay bounded."""

_FIXER = 2
"""Version of the rules in this file; raise it when a rule changes, offsets in stored briefs depend on it."""

_CHUNK = 4_000
"""Code points an engine sees at once: some take quadratic time on unbroken punctuation."""

_WRAP = 120
"""A block with a longer line is not hard-wrapped: each of its lines is a paragraph."""

_NARROW = 40
"""Lines all shorter than this say nothing about where a wrapped line had to end."""

_OPENING = "\"'“”„‟‘‛«»‹›([{<-–—*•#>… \t\u00a0"
_CLOSING = "\"'”’“»›)]}"
_DASH_END = re.compile(r"(?:--|[—–])\s*(?:\[\w{1,12}\])?$")
_NOTES = re.compile(r"(?:\[[^\[\]]{1,80}\][\s.]*)+")
_NOTE = re.compile(r"^\[[^\[\]]{2,80}\]\s+")
_ENUMERATED = re.compile(r"\(?\w{1,3}\)\s")
_LIST_MARK = re.compile(r"(?:[-*•–—]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)])")
_INITIAL = re.compile(r"(?:[^\W\d_]\.-?)+")
_LAST_WORD = re.compile(r"\S{1,40}$")
_FIRST_WORD = re.compile(r"[^\W_]+")
_QUOTES = re.compile('["“”„‟«»‹›()\\[\\]「」『』（）]')
_RUN = re.compile(r"""[.?!…。！？"'“”‘’«»()\[\]「」『』（）]{7,}""")


def _words(spaced: str) -> frozenset[str]:
    return frozenset(spaced.split())


_TITLES = _words(
    "mr mrs ms messrs mme dr prof gen lt col maj capt cpt sgt cpl pvt adm brig cmdr comdr cdr sen rep gov "
    "pres rev hon amb msgr st ste supt insp atty det sr sra dra ing lic "
    "ген гл акад проф полк подполк ст м г им вул ул обл р-н"
)
"""Words that stand before a name, so that their full stop ends no sentence."""

_NUMBERED = _words(
    "no nos nr art arts sec para par pp p vol fig ch jan feb mar apr jun jul aug sept sep oct nov dec "
    "ca approx núm № ст п пп"
)
"""Words whose full stop ends no sentence when a number follows."""

_COUNTRIES = _words("u.s u.n u.k u.s.a u.s.s.r e.u u.a.e d.c n.y")
"""Acronyms that may end a sentence or not: the next word decides."""

_SHORTENED = (
    _TITLES
    | _NUMBERED
    | _words(
        "bull cap cent con cons dept est fed fin figs gal ill lab lit mod nor par pars pat per pop prod prop pub sic "
        "sub sum sup"
    )
)
"""Abbreviations that are words as well."""

_WORD_END = re.compile(r"""(?<![\w.'’-])([a-z]{3,})\.["”’)]{0,2}\s{1,4}(?=["“‘(\[]?[A-Z])""")
"""A word in small letters with its full stop, before a capital."""

_STARTERS = _words(
    "the a an he she it they we i you his her its their our this that these those there here in on at by for "
    "from with after before when while since if although though but and or yet so as however meanwhile "
    "according no not what why who how"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a text."""

    number: int
    """Its place in the text, counted from 1."""

    start: int
    """Offset of its first code point."""

    end: int
    """Offset after its last code point; `text[start:end]` has no outer white space."""


def segmenter_name(language: str) -> str:
    """Return what `segment` uses for `language`, such as "nupunkt 0.8.0 + fixer 1"."""
    if language == "en":
        import nupunkt

        return f"nupunkt {nupunkt.__version__} + fixer {_FIXER}"
    from importlib.metadata import version

    return f"sentencex {version('sentencex')} + fixer {_FIXER}"


def segment(text: str, language: str) -> tuple[Sentence, ...]:
    """Split `text` into sentences.

    `language` is an ISO 639-1 code; an unknown one ("und") gets the generic rules of sentencex. The
    sentences are in order, do not overlap, have no outer white space and hold together every code point of
    `text` that is not white space. None is longer than `MAX_SENTENCE`. Time is linear in the text.
    """
    engine = _nupunkt if language == "en" else _sentencex(language)
    spans: list[tuple[int, int]] = []
    cased = not _has_no_capitals(text[:20_000])
    for start, end in paragraphs(text):
        paragraph = text[start:end]
        cuts = [0, *_fix(paragraph, _engine_cuts(paragraph, engine), cased), len(paragraph)]
        for first, last in pairwise(cuts):
            for piece in _bounded(paragraph, first, last):
                spans.append((start + piece[0], start + piece[1]))
    return tuple(Sentence(number, start, end) for number, (start, end) in enumerate(spans, 1))


# Paragraphs


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of each paragraph, without its outer line ends."""
    block: list[tuple[int, str]] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        if line.isspace():
            yield from _split_block(block)
            block = []
        else:
            block.append((offset, line))
        offset += len(line)
    yield from _split_block(block)


def _split_block(block: list[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Split lines that stand together: web text has a paragraph a line, wire copy is hard-wrapped."""
    if not block:
        return
    width = max(len(line.rstrip()) for _, line in block)
    start, end = block[0][0], block[0][0] + len(block[0][1])
    for (_, line), (offset, following) in pairwise(block):
        if _ends_paragraph(line, following, width):
            yield start, end
            start = offset
        end = offset + len(following)
    yield start, end


def _ends_paragraph(line: str, following: str, width: int) -> bool:
    head = following.strip()
    if head.lstrip(_OPENING)[:1].islower() and not _LIST_MARK.match(head):
        return False
    if width > _WRAP:
        return True
    if following[:2].isspace() and not line[:2].isspace():
        return True
    line = line.rstrip()
    if _LIST_MARK.match(head) and line.endswith((".", ":", ";", "!", "?")):
        return True
    if width < _NARROW or _abbreviated(line, head):
        return False
    # In wrapped text a line is left only when the next word does not fit.
    ended = line.rstrip(_CLOSING).endswith((".", "!", "?", ":", "…", "。", "؟", "۔"))
    room = width - len(line) - 1
    return len(head.split(maxsplit=1)[0]) + (0 if ended else width // 3) <= room


# Engines


def _engine_cuts(paragraph: str, engine: Callable[[str], list[int]]) -> list[int]:
    """Return where `engine` begins a new sentence, the paragraph's start left out."""
    # Line ends are only wrapping here, and a long run of punctuation is slow; both keep their length.
    view = _RUN.sub(lambda run: "x" * (len(run[0]) - 1) + run[0][-1], re.sub(r"\s", " ", paragraph))
    cuts: list[int] = []
    at = 0
    while at < len(view):
        found = [cut for cut in engine(view[at : at + _CHUNK]) if cut > 0]
        if at + _CHUNK >= len(view):
            cuts += [at + cut for cut in found]
            break
        # The chunk's last sentence may be incomplete: the next chunk begins with it.
        cuts += [at + cut for cut in found]
        at += found[-1] if found and found[-1] >= _CHUNK // 2 else _CHUNK
    return cuts


def _nupunkt(view: str) -> list[int]:
    """Nupunkt's cuts, and those behind common words that it takes for abbreviations: "... the west. President ..."."""
    import nupunkt

    from summarizer.names import common_words

    cuts = {start for start, _ in nupunkt.sent_spans(view)}
    ends = ((m.end(), m[1]) for m in _WORD_END.finditer(view))
    cuts.update(at for at, word in ends if word not in _SHORTENED and word in common_words())
    return sorted(cuts)


def _sentencex(language: str) -> Callable[[str], list[int]]:
    import sentencex  # type: ignore[import-not-found, import-untyped, unused-ignore]

    code = "en" if language == "und" else language

    def cuts(view: str) -> list[int]:
        # It balances quotes and brackets, and swallows sentences where they are not balanced.
        masked = _QUOTES.sub(" ", view)
        return [int(found["start_index"]) for found in sentencex.get_sentence_boundaries(code, masked)]

    return cuts


# The fixer


def _fix(paragraph: str, cuts: list[int], cased: bool) -> list[int]:
    """Drop cuts that end no sentence, and move the others behind the closing quote."""
    kept: list[int] = []
    start = 0
    ends = [*cuts[1:], len(paragraph)]
    for proposed, end in zip(cuts, ends, strict=False):
        cut = _before_opening(paragraph, _after_closing(paragraph, proposed, end))
        # What decides lies near the cut; looking no further keeps the time linear.
        before = paragraph[max(start, cut - 300) : cut].rstrip()
        whole = before if cut - start <= 300 else ""
        after = paragraph[cut : min(end, cut + 300)].lstrip()
        if cut <= start or not after or _joined(before, whole, after, cased):
            continue
        kept.append(cut)
        start = cut
    return kept


def _before_opening(paragraph: str, cut: int) -> int:
    """The cut, moved left of an opening mark that ends the left side: it belongs to what it opens."""
    last = cut - 1
    while last > 0 and cut - last < 4 and paragraph[last].isspace():
        last -= 1
    if (
        last > 0
        and paragraph[last] in "«“„‹‘「『"
        and (paragraph[last - 1].isspace() or paragraph[last - 1] in "。！？")
    ):
        return last
    return cut


def _joined(before: str, whole: str, after: str, cased: bool) -> bool:
    """Whether the two sides of a cut belong together.

    `before` and `after` are the text around the cut, `whole` the left sentence if it is short.
    """
    if not any(map(str.isalnum, before)) or not any(map(str.isalnum, after)):
        return True
    if whole and (_NOTES.fullmatch(whole) or _LIST_MARK.fullmatch(whole)):
        return True
    if _NOTES.fullmatch(after) or _DASH_END.search(before[-40:]):
        return True
    if cased and _begins_lower(after):
        return True
    return before.endswith(".") and _abbreviated(before, after)


def _begins_lower(after: str) -> bool:
    if _ENUMERATED.match(after):
        return False
    word = _NOTE.sub("", after).lstrip(_OPENING)[:30].split(maxsplit=1)
    # A name such as al-Shabaab or eBay may begin a sentence.
    return bool(word) and word[0][:1].islower() and not any(map(str.isupper, word[0]))


def _abbreviated(before: str, after: str) -> bool:
    """Whether the full stop that ends `before` belongs to a title, an initial or another abbreviation."""
    found = _LAST_WORD.search(before)
    if not found:
        return False
    word = found[0].lstrip(_OPENING).casefold().removesuffix(".")
    if not word:
        return False
    first = _FIRST_WORD.match(after.lstrip(_OPENING))
    following = first[0] if first else ""
    if word in _NUMBERED and following[:1].isdigit():
        return True
    if word in _TITLES:
        return following[:1].isupper() and following.casefold() not in _STARTERS
    if word in _COUNTRIES or (_INITIAL.fullmatch(word + ".") and _is_name_before(before, found.start())):
        return following[:1].isalpha() and following.casefold() not in _STARTERS
    return False


def _is_name_before(before: str, at: int) -> bool:
    """Whether an initial at `at` follows a name, a title, or nothing, as in "George W." or "J."."""
    words = before[max(0, at - 60) : at].split()
    return not words or words[-1].lstrip(_OPENING)[:1].isupper()


def _after_closing(paragraph: str, cut: int, end: int) -> int:
    """Return `cut`, moved behind closing marks that stand before it or after a space: `left. ”He went`."""
    at = cut
    while at > 0 and paragraph[at - 1].isspace():
        at -= 1
    adjacent = at
    while adjacent < end and paragraph[adjacent] in "”’»›)]}":
        adjacent += 1
    if adjacent > at and (adjacent >= end or paragraph[adjacent].isspace()):
        return adjacent
    at = cut
    while at < end and paragraph[at].isspace():
        at += 1
    closed = at
    while closed < end and paragraph[closed] in _CLOSING:
        closed += 1
    return closed if closed > at and closed < end and paragraph[closed].isspace() else cut


def _has_no_capitals(text: str) -> bool:
    """Whether a text is written without capitals, so that a small letter says nothing about sentences."""
    lower = sum(map(str.islower, text))
    return lower >= 60 and sum(map(str.isupper, text)) * 200 < lower


# Long sentences


def _bounded(paragraph: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield `start:end` without outer white space, in pieces of at most `MAX_SENTENCE`."""
    while True:
        while start < end and paragraph[start].isspace():
            start += 1
        while end > start and paragraph[end - 1].isspace():
            end -= 1
        if start == end:
            return
        if end - start <= MAX_SENTENCE:
            yield start, end
            return
        cut = _safe_cut(paragraph, start)
        last = cut
        while last > start and paragraph[last - 1].isspace():
            last -= 1
        yield start, last
        start = cut


def _safe_cut(paragraph: str, start: int) -> int:
    """Return where to cut a sentence that is too long: after a semicolon, a comma, or white space."""
    low, high = start + MAX_SENTENCE // 2, start + MAX_SENTENCE
    for marks in (";؛；", ":：", ",،、，", None):
        for at in range(high - 1, low, -1):
            here = paragraph[at]
            if here.isspace() if marks is None else (here in marks and paragraph[at + 1 : at + 2].isspace()):
                return at + 1
    # Keep a base character with its accents, and an emoji sequence together, where one is in reach.
    for at in range(high, high - 40, -1):
        here, before = paragraph[at], paragraph[at - 1]
        if not unicodedata.category(here).startswith("M") and "\u200d" not in (here, before):
            return at
    return high
