"""What makes a brief trustworthy: every quotation in it is looked up in the article's text.

`problems(brief)` is the one place where this is decided. `Brief` calls it whenever one is built,
loaded, copied, unpickled or dumped.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from summarizer.brief import Brief, Evidence

_QUOTED = re.compile(r"“([^”]*)”|„([^“”]*)[“”]|«([^»]*)»|»([^«]*)«|\"([^\"]*)\"|‘([^’]*)’(?!\w)")
_TYPOGRAPHY = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})


def article_id(text: str) -> str:
    """The article id: sha256 of the canonical text in UTF-8, hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def quoted(text: str) -> list[str]:
    """The stretches of `text` that stand inside quotation marks."""
    return [part for match in _QUOTED.finditer(text) for part in match.groups() if part and part.strip()]


def fold(text: str) -> str:
    """`text` with typographic quotes and dashes made plain and white space collapsed; words stay as they are."""
    return " ".join(text.translate(_TYPOGRAPHY).split())


def unquoted_in(text: str, quotes: list[str]) -> list[str]:
    """The words that `text` puts in quotation marks although no single one of `quotes` has them verbatim."""
    stand = [fold(quote) for quote in quotes]
    return [part for part in quoted(text) if not any(fold(part).strip(" .,;:!?") in quote for quote in stand)]


def problems(brief: Brief) -> list[str]:
    """Everything in `brief` that cannot be verified, one line each; empty for a trustworthy brief."""
    text = brief.article.text
    if text is None:
        return ["article.text is missing: load the brief together with its article"]
    found = [] if article_id(text) == brief.article.id else ["article.id is not the sha256 of article.text"]
    ids = [actor.id for actor in brief.actors]
    if len(set(ids)) != len(ids) or "article" in ids:
        found.append("actors: ids must be unique and 'article' is reserved")
    known = {*ids, "article"}
    item_ids = [item.id for _, item in brief.items()]
    if len(set(item_ids)) != len(item_ids):
        found.append("item ids must be unique")
    for section, item in brief.items():
        for field in item.references:
            value = getattr(item, field)
            if value is not None and value not in known:
                found.append(f"{section} {item.id}: {field} {value!r} is not in actors")
    for place, line, evidence in _lines(brief):
        found += [
            f"{place}: {problem}" for e in evidence if (problem := _evidence_problem(e, text, brief.article.sentences))
        ]
        found += [
            f"{place}: {part!r} is in quotation marks but not in its evidence"
            for part in unquoted_in(line, [e.quote for e in evidence])
        ]
    for actor in brief.actors:
        found += [
            f"actors {actor.id}: {name!r} is not in the article"
            for name in (actor.name, *actor.aliases)
            if name not in text
        ]
    found += [
        f"audit.uncovered: {u.quote[:40]!r} is not in the article" for u in brief.audit.uncovered if u.quote not in text
    ]
    found += _horizons(brief, text)
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


def _evidence_problem(evidence: Evidence, text: str, sentences: int) -> str | None:
    if not 0 <= evidence.start < evidence.end <= len(text):
        return f"evidence span {evidence.start}-{evidence.end} lies outside the article"
    if text[evidence.start : evidence.end] != evidence.quote:
        return f"evidence {evidence.quote[:40]!r} is not what the article has at {evidence.start}-{evidence.end}"
    if not 1 <= evidence.sentence <= sentences:
        return f"evidence names sentence {evidence.sentence} of {sentences}"
    return None


def _horizons(brief: Brief, text: str) -> list[str]:
    """A horizon is the article's own words."""
    return [
        f"{item.id}: horizon is not in the article"
        for _, item in brief.items()
        if (words := getattr(item, "horizon", None)) and words not in text
    ]
