"""The way most people begin: one instructor call for the whole article, a nested schema, verbatim quotes."""

from __future__ import annotations

import os
from typing import Any

import instructor
import openai
import worker
from pydantic import BaseModel, Field


class Statement(BaseModel):
    """One statement of an actor."""

    actor: str = Field(description='who says it, by name as in the article; "the article" if the reporter judges')
    text: str = Field(description="a short paraphrase")
    quote: str = Field(max_length=400, description="the words of the article that carry the statement, copied verbatim")


class Actor(BaseModel):
    """Somebody who acts or speaks."""

    name: str
    role: str


class ArticleBrief(BaseModel):
    """A brief of an article about a war or the diplomacy around it.

    The lists are bounded: without that this model goes on until it is cut, and nothing at all is left.
    """

    actors: list[Actor] = Field(max_length=12, description="everybody who acts or speaks in the article")
    positions: list[Statement] = Field(
        max_length=12, description="what an actor wants, refuses, supports, accuses, promises, denies or decides"
    )
    conditions_for_talks: list[Statement] = Field(
        max_length=12,
        description="what an actor says must be true or happen before or for talks, a truce, a deal or an end of the "
        "war; terms offered or demanded; an explicit refusal of preconditions",
    )
    military_assessments: list[Statement] = Field(
        max_length=12,
        description="judgements and claims about the front, strength, losses, weapons, reserves, plans, or forecasts",
    )


PROMPT = """\
Make a structured brief of the news article below: the actors, their positions, the conditions they set for talks,
and their military assessments. Every statement carries a verbatim quote from the article.

{text}"""


def brief(article: dict[str, Any], base_url: str, model: str) -> dict[str, Any]:
    """One call; what is cut at the token limit is lost, as it is for everybody who does this."""
    raw = openai.OpenAI(base_url=base_url, api_key=os.environ["SUMMARIZER_API_KEY"], max_retries=0, timeout=1800)
    client = instructor.from_openai(raw, mode=instructor.Mode.JSON_SCHEMA)
    found = client.chat.completions.create(
        model=model,
        response_model=ArticleBrief,
        max_retries=0,
        temperature=0,
        seed=1,
        max_tokens=3_000,
        messages=[{"role": "user", "content": PROMPT.format(text=article["text"])}],
    )
    told = worker.as_brief(
        article["text"],
        [
            (kind, item.actor, item.quote, None)
            for kind, section in worker.SECTIONS.items()
            for item in getattr(found, section)
        ],
    )
    names = dict.fromkeys([actor.name for actor in found.actors] + [actor["name"] for actor in told["actors"]])
    return {**told, "actors": [{"name": name, "aliases": []} for name in names if name]}


if __name__ == "__main__":
    worker.serve(brief)
