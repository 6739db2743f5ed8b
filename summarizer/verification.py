"""What makes a brief trustworthy: every quotation in it is looked up in the article's text.

`problems(brief)` is the one place where this is decided. `Brief` calls it whenever one is built,
loaded, copied, unpickled or dumped.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from summarizer.plain import one_line

if TYPE_CHECKING:
    from summarizer.brief import Brief, Evidence

Span = tuple[int, int]

HEADLINE_LENGTH = 120
"""Most characters of a headline."""

_DOUBLE = frozenset('"＂″“”„‟«»‹›「」『』〝〞〟')
_OPENING_SINGLE = frozenset("‘‚‛`´")
_SINGLE = _OPENING_SINGLE | frozenset("'’")
_MARKS = str.maketrans(dict.fromkeys(_DOUBLE, None))
_APART_SINGLE = re.compile(r"(?<!\w)['’‘‚‛`´]|['’‘‚‛`´](?!\w)")  # not an apostrophe inside a word
_DASHES = str.maketrans({"–": "-", "—": "-"})


def article_id(text: str) -> str:
    """The article id: sha256 of the canonical text in UTF-8, hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def quotations(text: str) -> list[str]:
    """The stretches of `text` that a reader takes for quoted: between any two marks, or from a lost one to the end.

    Every kind of mark counts, and a single one where it opens a word; an apostrophe inside a word does not.
    """
    text = text.replace("``", '"').replace("''", '"')
    found: list[str] = []
    double: int | None = None
    single: int | None = None
    for at, mark in enumerate(text):
        if mark in _DOUBLE:
            if double is not None:
                found.append(text[double:at])
            double = at + 1 if double is None else None
        elif mark in _SINGLE:
            before, after = text[at - 1 : at], text[at + 1 : at + 2]
            if single is None and (mark in _OPENING_SINGLE or (not before.isalnum() and after.isalnum())):
                single = at + 1
            elif single is not None and not after.isalnum():
                found.append(text[single:at])
                single = None
    found += [text[start:] for start in (double, single) if start is not None]
    return [part for part in found if fold(part)]


def fold(text: str) -> str:
    """`text` without quotation marks and invisible characters, dashes plain, white space as single blanks."""
    visible = "".join(
        " " if unicodedata.category(c) == "Cc" else "" if unicodedata.category(c) == "Cf" else c for c in text
    )
    plain = _APART_SINGLE.sub("", visible.translate(_MARKS)).replace("’", "'").translate(_DASHES)
    return re.sub(r" (?=[.,;:!?])", "", " ".join(plain.split()))


def unquoted_in(text: str, quotes: Sequence[str]) -> list[str]:
    """The words that `text` puts in quotation marks although no single one of `quotes` has them verbatim."""
    stand = [fold(quote).casefold() for quote in quotes]
    wanted = ((part, fold(part).casefold().rstrip("… ").strip(" .,;:!?")) for part in quotations(text))
    return [part for part, words in wanted if not any(words in quote for quote in stand)]


def without_marks(text: str) -> str:
    """`text` without any mark that could open a quotation; apostrophes inside words stay."""
    return "".join(c for c in text if c not in _DOUBLE | _OPENING_SINGLE)


def stands(name: str, folded: str) -> bool:
    """Whether a name stands in a text that `fold` has been applied to, as whole words."""
    wanted = fold(name)
    start = folded.find(wanted) if wanted else -1
    while start >= 0:
        if _apart(folded, start) and _apart(folded, start + len(wanted)):
            return True
        start = folded.find(wanted, start + 1)
    return False


def _apart(text: str, at: int) -> bool:
    """Whether a word may begin or end at a place; scripts written without blanks have no borders."""
    around = text[max(at - 1, 0) : at + 1]
    return len(around) < 2 or at == 0 or not around.isalnum() or any(c >= "\u2e80" for c in around)


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
    return found + _name_problems(brief, fold(text)) + _audit_problems(brief, text)


def line_problems(line: str, quotes: Sequence[str]) -> list[str]:
    """What cannot stand in a line of a brief that rests on `quotes`."""
    found = [f"{part!r} is in quotation marks but not in its evidence" for part in unquoted_in(line, quotes)]
    return found if line == one_line(line) else [*found, "a line holds no line break, control or invisible character"]


def _reference_problems(brief: Brief) -> list[str]:
    found = []
    ids = [actor.id for actor in brief.actors]
    if len(set(ids)) != len(ids) or "article" in ids:
        found.append("actors: ids must be unique and 'article' is reserved")
    items = list(brief.items())
    if len({item.id for _, item in items}) != len(items):
        found.append("item ids must be unique")
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
    if not 1 <= evidence.sentence <= sentences:
        return f"evidence names sentence {evidence.sentence} of {sentences}"
    if not evidence.quote.strip() or "\n\n" in evidence.quote:
        return "evidence is blank or crosses a paragraph"
    if places:
        start, end = places[evidence.sentence - 1] if evidence.sentence <= len(places) else (0, 0)
        if not start <= evidence.start < evidence.end <= end:
            return f"evidence {evidence.quote[:40]!r} does not lie in sentence {evidence.sentence}"
    return None


@lru_cache(maxsize=8)
def _sentences(text: str, language: str, segmenter: str) -> tuple[Span, ...]:
    """The places of the sentences, where the segmenter that numbered them is the one installed here; else nothing."""
    from summarizer.sentences import segment, segmenter_name

    if segmenter != segmenter_name(language):
        return ()
    return tuple((sentence.start, sentence.end) for sentence in segment(text, language))


def _name_problems(brief: Brief, folded: str) -> list[str]:
    """Names, aliases and roles are the article's words; a horizon those of its item's evidence."""
    found = [
        f"actors {actor.id}: {name!r} is not in the article"
        for actor in brief.actors
        for name in (actor.name, *actor.aliases, *([actor.role] if actor.role is not None else []))
        if not stands(name, folded)
    ]
    for _, item in brief.items():
        words = getattr(item, "horizon", None)
        if words is not None and not any(stands(words, fold(e.quote)) for e in item.evidence):
            found.append(f"{item.id}: horizon is not in its evidence")
    return found


def _audit_problems(brief: Brief, text: str) -> list[str]:
    audit, last = brief.audit, brief.article.sentences
    found = [f"audit.uncovered: {u.quote[:40]!r} is not in the article" for u in audit.uncovered if u.quote not in text]
    if audit.complete == bool(audit.unread):
        found.append("audit.complete says the opposite of audit.unread")
    named = [*(u.sentence for u in audit.uncovered), *(f.sentence or 1 for f in audit.flags)]
    named += [n for u in audit.unread for n in (u.first, u.last)]
    if any(not 1 <= n <= last for n in named) or any(u.first > u.last for u in audit.unread):
        found.append("audit: a sentence number is out of range")
    if brief.headline and len(brief.headline.text) > HEADLINE_LENGTH:
        found.append(f"headline: more than {HEADLINE_LENGTH} characters")
    return found
