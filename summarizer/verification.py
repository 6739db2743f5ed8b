"""What makes a brief trustworthy: every quotation in it is looked up in the article's text.

`problems(brief)` is the one place where this is decided. `Brief` calls it whenever one is built,
loaded, copied, unpickled or dumped.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from summarizer.marks import between_words, fold, has_markup, has_words, quoted_parts, stands, without_marks
from summarizer.plain import one_line
from summarizer.review import SUMMARY, review_problems

if TYPE_CHECKING:
    from summarizer.brief import Brief, Evidence

Span = tuple[int, int]

HEADLINE_LENGTH = 120
"""Most characters of a headline."""
NAME_LENGTH = 300
"""Most characters of a name, an alias or a role."""


def article_id(text: str) -> str:
    """The article id: sha256 of the canonical text in UTF-8, hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def unquoted_in(line: str, quotes: Sequence[str]) -> list[str]:
    """The words that `line` puts in quotation marks although no single one of `quotes` has them verbatim."""
    return [part for part in quoted_parts(line) if not any(stands(part, quote) for quote in quotes)]


def problems(brief: Brief) -> list[str]:
    """Everything in `brief` that cannot be verified, one line each; empty for a trustworthy brief."""
    text = brief.article.text
    if text is None:
        return ["article.text is missing: load the brief together with its article"]
    found = [] if article_id(text) == brief.article.id else ["article.id is not the sha256 of article.text"]
    found += _reference_problems(brief)
    places = _sentences(text, brief.article.language, brief.article.segmenter)
    if places and len(places) != brief.article.sentences:
        found.append(f"article.sentences is {brief.article.sentences}, the text has {len(places)}")
    spans: list[Evidence] = []
    for place, line, evidence in _lines(brief):
        spans += evidence
        found += [
            f"{place}: {p}" for e in evidence if (p := _evidence_problem(e, text, brief.article.sentences, places))
        ]
        found += [f"{place}: {p}" for p in line_problems(line, [e.quote for e in evidence])]
    ordered = sorted(spans, key=lambda e: (e.start, e.end))
    if any(a.sentence > b.sentence for a, b in pairwise(ordered)):
        found.append("evidence: the sentence numbers are not in the order of the text")
    return found + _name_problems(brief, text) + _audit_problems(brief, text, places) + review_problems(brief)


def line_problems(line: str, quotes: Sequence[str]) -> list[str]:
    """What cannot stand in a line of a brief that rests on `quotes`."""
    found = [f"{part!r} is in quotation marks but not in its evidence" for part in unquoted_in(line, quotes)]
    if has_markup(line):
        found.append("a line holds no entity, tag or escape")
    return found if line == one_line(line) else [*found, "a line holds no line break, control or invisible character"]


def _reference_problems(brief: Brief) -> list[str]:
    found = []
    ids = [actor.id for actor in brief.actors]
    if len(set(ids)) != len(ids) or "article" in ids:
        found.append("actors: ids must be unique and 'article' is reserved")
    items = list(brief.items())
    if len({item.id for _, item in items}) != len(items):
        found.append("item ids must be unique")
    if any(item.id.startswith(f"{SUMMARY}-") for _, item in items):
        found.append(f"item ids: {SUMMARY!r} is reserved for key points")
    for section, item in items:
        values = ((field, getattr(item, field)) for field in item.references)
        found += [
            f"{section} {item.id}: {field} {value!r} is not in actors"
            for field, value in values
            if value is not None and value not in {*ids, "article"}
        ]
    return found


def _lines(brief: Brief) -> Iterator[tuple[str, str, tuple[Evidence, ...]]]:
    """Every line of the brief that rests on evidence: (place, text, evidence)."""
    if brief.headline:
        yield "headline", brief.headline.text, brief.headline.evidence
    for number, point in enumerate(brief.summary):
        yield f"summary[{number}]", point.text, point.evidence
    for actor in brief.actors:
        yield f"actors {actor.id}", "", actor.evidence
    for section, item in brief.items():
        yield f"{section} {item.id}", item.text, item.evidence


def _evidence_problem(evidence: Evidence, text: str, sentences: int, places: tuple[Span, ...]) -> str | None:
    if not 0 <= evidence.start < evidence.end <= len(text):
        return f"evidence span {evidence.start}-{evidence.end} lies outside the article"
    if text[evidence.start : evidence.end] != evidence.quote:
        return f"evidence {evidence.quote[:40]!r} is not what the article has at {evidence.start}-{evidence.end}"
    if not (between_words(text, evidence.start) and between_words(text, evidence.end)):
        return f"evidence {evidence.quote[:40]!r} begins or ends inside a word"
    if not 1 <= evidence.sentence <= sentences:
        return f"evidence names sentence {evidence.sentence} of {sentences}"
    if not evidence.quote.strip() or "\n\n" in evidence.quote:
        return "evidence is blank or crosses a paragraph"
    if places:
        start, end = places[evidence.sentence - 1] if evidence.sentence <= len(places) else (0, 0)
        if not start <= evidence.start < evidence.end <= end:
            return f"evidence {evidence.quote[:40]!r} does not lie in sentence {evidence.sentence}"
    return None


_SEGMENTER = re.compile(r"(?:nupunkt|sentencex) [0-9][0-9A-Za-z.+-]{0,30} \+ fixer [0-9]{1,4}")
"""What `segmenter_name` gives in this or another version of the package."""


def _sentences(text: str, language: str, segmenter: str) -> tuple[Span, ...]:
    """The places of the sentences; nothing where another version numbered them, which may have seen other ones.

    A segmenter of any other name does not switch the check off.
    """
    from summarizer.sentences import segmenter_name

    if segmenter != segmenter_name(language) and _SEGMENTER.fullmatch(segmenter):
        return ()
    return sentence_spans(text, language)


@lru_cache(maxsize=8)
def sentence_spans(text: str, language: str) -> tuple[Span, ...]:
    """The (start, end) of the sentences of a text, as this version of the package finds them."""
    from summarizer.sentences import segment

    return tuple((sentence.start, sentence.end) for sentence in segment(text, language))


def _name_problems(brief: Brief, text: str) -> list[str]:
    """Names, aliases and roles are the article's words; a horizon those of its item's evidence."""
    folded = fold(text)
    found = [
        f"actors {actor.id}: {name!r} is not in the article"
        for actor in brief.actors
        for name in (actor.name, *actor.aliases, *([actor.role] if actor.role is not None else []))
        if not is_name(name, text, folded)
    ]
    for _, item in brief.items():
        words = getattr(item, "horizon", None)
        if words is not None and not any(is_name(words, e.quote, fold(e.quote)) for e in item.evidence):
            found.append(f"{item.id}: horizon is not in its evidence")
    return found


def is_name(name: str, text: str, folded: str) -> bool:
    """Whether `name` is a line of the article's words, and marks in it are the article's; `folded` is `fold(text)`."""
    if not has_words(fold(name), folded) or name != one_line(name) or len(name) > NAME_LENGTH:
        return False
    return name == without_marks(name) or name in one_line(text)


def _audit_problems(brief: Brief, text: str, places: tuple[Span, ...]) -> list[str]:
    audit, last = brief.audit, brief.article.sentences
    found = []
    for left in audit.uncovered:
        inside = text[slice(*places[left.sentence - 1])] if 0 < left.sentence <= len(places) else text
        if not left.quote.strip() or left.quote not in inside:
            found.append(f"audit.uncovered: {left.quote[:40]!r} is not in sentence {left.sentence} of the article")
    if audit.complete == bool(audit.unread) or (audit.complete and "incomplete" in audit.sections.values()):
        found.append("audit.complete says the opposite of audit.unread or audit.sections")
    if not set(audit.sections) <= set(brief.sections()):
        found.append("audit.sections names what is no section")
    named = [*(u.sentence for u in audit.uncovered), *(f.sentence for f in audit.flags if f.sentence is not None)]
    named += [n for u in audit.unread for n in (u.first, u.last)]
    if any(not 1 <= n <= last for n in named) or any(u.first > u.last for u in audit.unread):
        found.append("audit: a sentence number is out of range")
    if brief.headline and len(brief.headline.text) > HEADLINE_LENGTH:
        found.append(f"headline: more than {HEADLINE_LENGTH} characters")
    return found
