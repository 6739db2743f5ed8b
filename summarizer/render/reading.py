"""A brief laid out beside its article: the article cut where evidence begins and ends, the lines numbered."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from summarizer.brief import Brief, Evidence, Item
from summarizer.plain import one_line
from summarizer.render.lines import details, holder, title
from summarizer.review import HEADLINE, SUMMARY, Decision, Line, reviewed_lines, sources
from summarizer.sections import SECTIONS
from summarizer.verification import sentence_spans

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
MOST_SHADES = 3
"""Evidence of so many lines and more looks the same."""


class Chosen(NamedTuple):
    """Something a reader can choose: a line or an actor, with its number on the page."""

    number: int
    id: str
    text: str
    note: str
    """Its further fields in words."""
    evidence: tuple[Evidence, ...]
    follows: str
    """Ids of the items a headline or key point was made of."""
    decision: Decision | None
    """The editor's, in a reviewed brief."""


class Group(NamedTuple):
    """Lines of one section that one actor holds."""

    holder: str
    lines: tuple[Chosen, ...]


class SectionView(NamedTuple):
    """A section of the brief as the page shows it."""

    name: str
    title: str
    groups: tuple[Group, ...]
    rejected: int
    """How many statements of it were rejected."""


@dataclass(frozen=True)
class BriefView:
    """The brief's side of the page."""

    title: str
    digest: tuple[Chosen, ...]
    """Headline and key points."""
    sections: tuple[SectionView, ...]
    actors: tuple[Chosen, ...]
    lines: tuple[Chosen, ...]
    """All that can be chosen, in order of their numbers: digest, items, actors."""
    decided: int
    """How many lines an editor decides about: all but the actors."""


class Piece(NamedTuple):
    """A stretch of a sentence that the same lines rest on."""

    text: str
    lines: str
    """Numbers of the lines, apart by blanks; empty where none rests on it."""
    shade: int
    """How many items rest on it, at most `MOST_SHADES`."""
    left_out: bool
    """Whether it belongs to a statement that no line rests on."""


class SentenceView(NamedTuple):
    """A sentence of the article."""

    number: int
    start: int
    end: int
    before: str
    """The white space ahead of it, or what no sentence holds."""
    pieces: tuple[Piece, ...]
    lines: str
    state: str
    """`covered`, `left-out`, `unread` or ``, for the strip."""


def brief_view(brief: Brief) -> BriefView:
    """Number all that can be chosen, and group items as the other renderings do."""
    decisions = brief.review.by_line if brief.review else {}
    notes = {item.id: details(brief, item) for _, item in brief.items()}
    lines = [
        Chosen(number, line.id, one_line(line.text), notes.get(line.id, ""), line.evidence, _follows(brief, line), None)
        for number, line in enumerate(reviewed_lines(brief))
    ]
    # A key point's number may be another one than in the brief that was reviewed.
    lines = [n if n.id.startswith(f"{SUMMARY}-") else n._replace(decision=decisions.get(n.id)) for n in lines]
    by_id = {line.id: line for line in lines}
    actors = tuple(
        Chosen(number, actor.id, actor.name, ", ".join(filter(None, (actor.role, actor.kind.replace("_", " ")))),
               actor.evidence, "", None)
        for number, actor in enumerate(brief.actors, len(lines))
    )  # fmt: skip
    digest = tuple(line for line in lines if line.id == HEADLINE or line.id.startswith(f"{SUMMARY}-"))
    sections = tuple(
        SectionView(
            section.name,
            section.title,
            tuple(_groups(brief, getattr(brief, section.name), by_id)),
            sum(rejected.section == section.name for rejected in brief.audit.rejected),
        )
        for section in SECTIONS
    )
    return BriefView(title(brief), digest, sections, actors, (*lines, *actors), len(lines))


def _follows(brief: Brief, line: Line) -> str:
    held = sources(brief, line)
    return "" if line.id in held else " ".join(held)


def _groups(brief: Brief, items: Sequence[Item], by_id: Mapping[str, Chosen]) -> Iterator[Group]:
    """Runs of items that one actor holds."""
    for actor, run in groupby(items, key=lambda item: item.actor):
        yield Group(holder(brief, actor), tuple(by_id[item.id] for item in run))


class _Span(NamedTuple):
    """Evidence of a line, or, with the number -1, a statement that no line rests on."""

    start: int
    end: int
    number: int
    counts: bool
    """Whether it makes a shade: items do, a headline and key points say what items say."""


def article_view(brief: Brief, lines: Sequence[Chosen]) -> tuple[tuple[SentenceView, ...], ...]:
    """The article as paragraphs of sentences, each cut into pieces where evidence begins and ends."""
    text = brief.article.text or ""
    places = sentence_spans(text, brief.article.language)
    items = {item.id for _, item in brief.items()}
    spans = [_Span(e.start, e.end, line.number, line.id in items) for line in lines for e in line.evidence]
    spans += _left_out(brief, text, places)
    held = _by_sentence(spans, places)
    unread = {n for part in brief.audit.unread for n in range(part.first, part.last + 1)}
    paragraphs: list[list[SentenceView]] = []
    at = 0
    for number, (start, end) in enumerate(places, 1):
        before = text[at:start]
        if not paragraphs or _PARAGRAPH.search(before):
            paragraphs.append([])
            before = before.strip()
        paragraphs[-1].append(_sentence(text, number, start, end, before, held[number - 1], number in unread))
        at = end
    return tuple(map(tuple, paragraphs))


def _left_out(brief: Brief, text: str, places: Sequence[tuple[int, int]]) -> Iterator[_Span]:
    for left in brief.audit.uncovered:
        first, last = places[left.sentence - 1] if left.sentence <= len(places) else (0, len(text))
        start = text.find(left.quote, first, last)
        if start >= 0:  # where another version numbered the sentences it may stand elsewhere
            yield _Span(start, start + len(left.quote), -1, False)


def _by_sentence(spans: Sequence[_Span], places: Sequence[tuple[int, int]]) -> list[list[_Span]]:
    """The spans that touch each sentence."""
    held: list[list[_Span]] = [[] for _ in places]
    ends = [end for _, end in places]
    starts = [start for start, _ in places]
    for span in spans:
        for n in range(bisect_right(ends, span.start), bisect_left(starts, span.end)):
            held[n].append(span)
    return held


def _sentence(
    text: str, number: int, start: int, end: int, before: str, spans: Sequence[_Span], unread: bool
) -> SentenceView:
    inside = sorted({min(max(place, start), end) for span in spans for place in span[:2]} | {start, end})
    pieces = tuple(_piece(text, a, b, spans) for a, b in pairwise(inside))
    lines = sorted({span.number for span in spans if span.number >= 0})
    left_out = any(span.number < 0 for span in spans)
    covered = any(span.counts for span in spans)
    state = "unread" if unread else "left-out" if left_out else "covered" if covered else ""
    return SentenceView(number, start, end, before, pieces, " ".join(map(str, lines)), state)


def _piece(text: str, start: int, end: int, spans: Sequence[_Span]) -> Piece:
    over = [span for span in spans if span.start <= start and end <= span.end]
    shade = min(len({span.number for span in over if span.counts}), MOST_SHADES)
    numbers = sorted({span.number for span in over if span.number >= 0})
    return Piece(text[start:end], " ".join(map(str, numbers)), shade, any(span.number < 0 for span in over))
