"""A card: what the content management system shows of a brief."""

from __future__ import annotations

from typing import Any

from summarizer import Article, Brief, Limits, SummarizerError, asummarize, summarize

Card = dict[str, Any]

LOOK_AT = {
    "instruction_to_ai": "the article speaks to an AI",
    "verbatim_text": "a line stands in the article's own words",
}
"""Flags of a brief that an editor is told of, in the desk's words."""


def card(brief: Brief) -> Card:
    """The card of a brief; `incomplete` is there only when sentences were not read."""
    made: Card = {
        "headline": brief.headline.text if brief.headline else brief.article.title or "Untitled",
        "statements": [
            {"who": brief.actor_name(item.actor), "text": item.text, "quote": item.evidence[0].quote}
            for _, item in brief.items()
        ],
        "review": review(brief),
    }
    if not brief.audit.complete:
        made["incomplete"] = [f"sentences {left.first} to {left.last} were not read" for left in brief.audit.unread]
    return made


def review(brief: Brief) -> list[str]:
    """What an editor must look at before the card goes out, each thing once."""
    found = [LOOK_AT[flag.code] for flag in brief.audit.flags if flag.code in LOOK_AT]
    found += [f"nobody's line yet: {left.quote}" for left in brief.audit.uncovered]
    return list(dict.fromkeys(found))


def make(article: Article, *, max_calls: int | None = None) -> Card:
    """The card of an article; one that cannot be briefed gets a card with the reason."""
    try:
        return card(summarize(article, limits=Limits(max_calls=max_calls)))
    except SummarizerError as error:
        return failed(article, error)


async def amake(article: Article) -> Card:
    """`make`, awaited."""
    try:
        return card(await asummarize(article))
    except SummarizerError as error:
        return failed(article, error)


def failed(article: Article, error: SummarizerError) -> Card:
    """The card that an editor sees instead of nothing."""
    return {"headline": article.title or "Untitled", "statements": [], "review": [f"no brief: {error}"]}
