"""A brief as lines with a role each: what both the terminal and Markdown show, in the order they show it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from summarizer.brief import ARTICLE_VOICE, Brief, Evidence, Item
from summarizer.plain import one_line, shorten
from summarizer.review import ALL_REJECTED, disclosure
from summarizer.sections import SECTIONS

Role = Literal["title", "note", "heading", "point", "holder", "line", "quote", "warning"]


class Line(NamedTuple):
    """One line of a rendered brief."""

    role: Role
    text: str


def lines(brief: Brief) -> Iterator[Line]:
    """Headline, key points, each section with its evidence, what was left out, where it comes from.

    Nothing in them steers a terminal. Raises `UnverifiedBrief`.
    """
    return (Line(role, one_line(text)) for role, text in _lines(brief.verified()))


def _lines(brief: Brief) -> Iterator[Line]:
    yield Line("title", title(brief))
    yield Line("note", " · ".join(_about(brief)))
    if brief.summary:
        yield Line("heading", "Key points")
        yield from (Line("point", point.text) for point in brief.summary)
    for section in SECTIONS:
        items: tuple[Item, ...] = getattr(brief, section.name)
        if items:
            yield Line("heading", section.title)
        yield from _items(brief, items)
    yield from _audit(brief)
    yield Line("note", _origin(brief))


def title(brief: Brief) -> str:
    """The headline, or what its absence means: a failure never looks like an article that says nothing."""
    if brief.headline:
        return brief.headline.text
    texts = [point.text for point in brief.summary] + [item.text for _, item in brief.items()]
    if texts:
        return brief.article.title or shorten(texts[0], 100)
    if not brief.audit.complete:
        return "Incomplete: nothing found in what was read"
    if any(flag.code == ALL_REJECTED for flag in brief.audit.flags):
        return "Nothing is left: all lines were rejected in review"
    if any(flag.code == "all_rejected" for flag in brief.audit.flags):
        return "Nothing could be verified: all statements the model gave were rejected"
    return "Nothing found: no statement in this article"


def _about(brief: Brief) -> Iterator[str]:
    article = brief.article
    for value in (article.title, article.publisher, article.date, article.source):
        if value:
            yield value
    yield f"language {article.language}"
    yield f"{article.sentences} sentence{'s' * (article.sentences != 1)}"


def _items(brief: Brief, items: tuple[Item, ...]) -> Iterator[Line]:
    edits = {d.line for d in brief.review.decisions if d.decision == "edit"} if brief.review else set()
    last = None
    for item in items:
        if item.actor != last:
            last = item.actor
            yield Line("holder", holder(brief, item.actor))
        edited = " [edited in review]" if item.id in edits else ""
        yield Line("line", f"{item.text}{details(brief, item)}{edited}")
        yield from (Line("quote", _quote(evidence)) for evidence in item.evidence)


def holder(brief: Brief, actor_id: str) -> str:
    """Who holds a line, with the office the article names."""
    actor = next((actor for actor in brief.actors if actor.id == actor_id), None)
    if actor is None:
        return "The article"
    return f"{actor.name}, {actor.role}" if actor.role else actor.name


def details(brief: Brief, item: Item) -> str:
    """The fields only this section has, as the words of a note: `(toward Norland, direct)`."""
    own = [name for name in type(item).model_fields if name not in Item.model_fields]
    told = []
    for name in own:
        value = getattr(item, name)
        if value in (None, "other"):
            continue
        if name in item.references:
            told.append(f"{name} {brief.actor_name(value) if value != ARTICLE_VOICE else 'the article'}")
        elif name in ("regarding", "about"):
            told.append(f"{name} {value}")
        else:
            told.append(str(value))
    return f" ({', '.join(word.replace('_', ' ') for word in told)})" if told else ""


def _quote(evidence: Evidence) -> str:
    return f"[{evidence.sentence}] {evidence.quote}"


def _audit(brief: Brief) -> Iterator[Line]:
    audit = brief.audit
    yield Line("heading", "Check")
    if not audit.complete:
        for unread in audit.unread:
            yield Line("warning", f"NOT READ: sentences {unread.first} to {unread.last}: {unread.reason}")
    if audit.uncovered or any(brief.items()):
        yield Line("point", f"{audit.coverage:.0%} of the attributed statements are covered by a line above")
    for left in audit.uncovered:
        yield Line("point", f"left out, sentence {left.sentence}: {shorten(one_line(left.quote), 160)}")
    for rejected in audit.rejected:
        told = f"{rejected.detail}; the model wrote: {shorten(one_line(rejected.draft), 120)}"
        yield Line("point", f"rejected ({rejected.reason}): {told}")
    for flag in audit.flags:
        place = f", sentence {flag.sentence}" if flag.sentence else ""
        yield Line("point", f"flag {flag.code}{place}: {flag.detail}")


def _origin(brief: Brief) -> str:
    p = brief.provenance
    cost = f", {p.usage.cost_usd:.4f} USD" if p.usage.cost_usd is not None else ""
    time = f", {p.run.duration_s:.0f} s" if p.run else ""
    replayed = " (replayed recording)" if p.replayed else ""
    usage = f"{p.usage.calls} calls, {p.usage.input_tokens} tokens in, {p.usage.output_tokens} out{cost}{time}"
    return f"{disclosure(brief)} Model {p.model}{replayed}, plan {p.plan}, {usage}."
