"""google/langextract 1.7 with its OpenAI provider, as its documentation shows it.

Temperature 0, buffers of 1,000 characters, its own JSON-schema constraints, one example. One request at a time,
since the embedded server has one slot: more would only wait. Runs in an environment of its own.
"""

from __future__ import annotations

import os
from typing import Any

import langextract as lx
import worker
from langextract.factory import ModelConfig

PROMPT = """\
Extract what the people, governments and forces in this news article about a war say, in order of appearance.
Use the exact words of the text for extraction_text, the shortest stretch that carries the statement. Do not overlap.
position: what somebody wants, refuses, supports, accuses, promises, denies or decides.
condition: what somebody says must be true or happen before or for talks, a truce, a deal or an end of the war;
terms offered or demanded; a refusal of preconditions.
assessment: a judgement or claim about the military situation: the front, strength, losses, weapons, plans, forecasts.
The attribute actor names who holds it, as the text names them; "the article" if the reporter judges.
Leave out plain events and background."""

TEXT = (
    "Veskaria shelled the port of Tolm on Monday, killing four dockers, as mediators tried to revive talks. "
    '"We will not give up a single village", declared General Orla Dennick, who commands its army. '
    "She added that talks could begin only if Norland first freed all prisoners. "
    "Norland's foreign minister, Isto Varn, rejected the demand and accused Veskaria of hiding behind the captives. "
    "His government would accept a truce, he said, once the shelling of the port had stopped. "
    "The two states have shared a border since 1921. "
    "According to the analyst Pavo Lund of the Meer Institute, Norland's brigades lack ammunition and may have to "
    "retreat behind the river before winter. "
    "A Western diplomat said the front had barely moved in a month. "
    "The League of Ports called on both sides to let grain ships pass."
)


def _example() -> lx.data.ExampleData:
    said = (
        ("position", "We will not give up a single village", "General Orla Dennick"),
        ("condition", "talks could begin only if Norland first freed all prisoners", "General Orla Dennick"),
        ("position", "rejected the demand and accused Veskaria of hiding behind the captives", "Isto Varn"),
        ("condition", "would accept a truce, he said, once the shelling of the port had stopped", "Norland"),
        (
            "assessment",
            "Norland's brigades lack ammunition and may have to retreat behind the river before winter",
            "Pavo Lund",
        ),
        ("assessment", "the front had barely moved in a month", "A Western diplomat"),
        ("position", "called on both sides to let grain ships pass", "The League of Ports"),
    )
    extractions = [
        lx.data.Extraction(extraction_class=kind, extraction_text=quote, attributes={"actor": actor})
        for kind, quote, actor in said
    ]
    return lx.data.ExampleData(text=TEXT, extractions=extractions)


def brief(article: dict[str, Any], base_url: str, model: str) -> dict[str, Any]:
    """All it extracts; what it could not align with the text has no place in it and counts as not grounded."""
    done = lx.extract(
        text_or_documents=article["text"],
        prompt_description=PROMPT,
        examples=[_example()],
        config=ModelConfig(
            model_id=model,
            provider="OpenAILanguageModel",
            provider_kwargs={"base_url": base_url, "api_key": os.environ["SUMMARIZER_API_KEY"], "temperature": 0.0},
        ),
        max_char_buffer=1000,
        max_workers=1,
        show_progress=False,
    )
    text = article["text"]
    found = []
    for extraction in done.extractions or []:
        actor = (extraction.attributes or {}).get("actor") or ""
        place = extraction.char_interval
        start, quote = (None, extraction.extraction_text)
        if place is not None and place.start_pos is not None and place.end_pos is not None:
            start, quote = place.start_pos, text[place.start_pos : place.end_pos]
        found.append((extraction.extraction_class, actor if isinstance(actor, str) else ", ".join(actor), quote, start))
    return worker.as_brief(text, found)


if __name__ == "__main__":
    worker.serve(brief)
