"""Small valid briefs, built by hand for tests of the contract."""

from __future__ import annotations

from typing import Any

from summarizer.brief import (
    Actor,
    ArticleRecord,
    Audit,
    Brief,
    Condition,
    Evidence,
    KeyPoint,
    Position,
    Provenance,
    Usage,
)
from summarizer.verification import article_id

TEXT = "Marshal Odo Brandt said on Monday: “We will not retreat.” He would talk only if the siege ended."


def span(quote: str, sentence: int, text: str = TEXT) -> Evidence:
    """The evidence for the first place of `quote` in `text`."""
    start = text.index(quote)
    return Evidence(sentence=sentence, start=start, end=start + len(quote), quote=quote)


def parts(text: str = TEXT) -> dict[str, Any]:
    """The fields of a valid brief of `TEXT`."""
    return {
        "article": ArticleRecord(id=article_id(text), language="en", text=text, sentences=2, segmenter="by hand"),
        "headline": KeyPoint(
            text="Odo Brandt: he would talk only if the siege ended",
            evidence=(span("He would talk only if the siege ended.", 2),),
        ),
        "summary": (
            KeyPoint(text="Odo Brandt: “We will not retreat.”", evidence=(span("“We will not retreat.”", 1),)),
        ),
        "actors": (
            Actor(
                id="odo-brandt",
                name="Odo Brandt",
                kind="person",
                role="Marshal",
                evidence=(span("Odo Brandt", 1),),
            ),
        ),
        "positions": (
            Position(
                id="position-1",
                actor="odo-brandt",
                text="the army will not retreat",
                speech="direct",
                evidence=(span("“We will not retreat.”", 1),),
            ),
        ),
        "conditions_for_talks": (
            Condition(
                id="condition-1",
                actor="odo-brandt",
                text="talks only if the siege ends",
                regarding="talks",
                evidence=(span("He would talk only if the siege ended.", 2),),
            ),
        ),
        "audit": Audit(coverage=1.0, sections=dict.fromkeys(Brief.sections(), "complete"), complete=True),
        "provenance": Provenance(
            model="local/test",
            endpoint=None,
            package_version="0",
            plan="windows",
            prompt_hash="0",
            replayed=True,
            usage=Usage(calls=1, input_tokens=10, output_tokens=5),
        ),
    }


def brief(**changes: Any) -> Brief:
    """A valid brief of `TEXT`, with some fields replaced."""
    return Brief(**{**parts(), **changes})
