"""Briefs with a payload in every text field that takes it, found by trying each string of their JSON."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from summarizer import Article, Brief, InputError, UnverifiedBrief
from summarizer.reviewing import load_record
from tests.factories import brief, reviewed

PLAIN = "plain words"
Path_ = tuple[str | int, ...]
_SHORT = 110
"""Every field that holds any words holds so many."""


def made_of(payload: str) -> dict[str, Any]:
    """A brief as JSON, its article with the payload in it where it may be, every optional text field filled."""
    text = "Odo Brandt said on Monday: {0} he would talk. The general {0} denied it.\n\n{0}\n\nNobody was hurt in May."
    try:
        article = Article(text.format(payload), language="en")
    except InputError:
        article = Article(text.format("nothing"), language="en")
    spans = [
        {"sentence": s.number, "start": s.start, "end": s.end, "quote": article.text[s.start : s.end]}
        for s in article.sentences
    ]
    first, last = ({"actor": "odo", "evidence": [span]} for span in (spans[0], spans[-1]))
    lines = [{"line": line, "decision": "accept", "note": "n"} for line in ("headline", "summary-1", "position-1")]
    return {
        **brief().model_dump(mode="json"),
        "article": {
            **dict.fromkeys(("title", "external_id", "publisher", "source"), "x"), "date": "2022-11-12",
            "id": article.id, "language": "en", "text": article.text, "sentences": len(spans),
            "segmenter": article.segmenter,
        },
        "headline": {"text": "a headline", "evidence": [spans[0]]},
        "summary": [{"text": "a point", "evidence": [spans[0]]}],
        "actors": [
            {"id": "odo", "name": "Odo Brandt", "kind": "person", "role": "general", "aliases": ["Brandt"],
             "evidence": [spans[0]]}
        ],
        "positions": [{**first, "id": "position-1", "text": "a position", "toward": "odo", "speech": "direct"}],
        "conditions_for_talks": [{**first, "id": "condition-1", "text": "a condition", "addressee": "odo"}],
        "military_assessments": [{**last, "id": "assessment-1", "text": "an assessment", "horizon": "May"}],
        "audit": {
            "coverage": 0.5,
            "uncovered": [{"sentence": len(spans), "quote": spans[-1]["quote"], "why": "attributed"}],
            "rejected": [{"section": "positions", "reason": "x", "detail": "x", "draft": "x"}],
            "unread": [{"first": 1, "last": 1, "reason": "x"}],
            "flags": [{"code": "x", "detail": "x"}],
            "sections": {"positions": "incomplete"},
            "complete": False,
        },
        "review": {
            "reviewer": "x", "reviewed_at": "2026-11-22T10:00:00Z", "signed_off": False, "article": article.id,
            "brief": "0" * 64, "decisions": lines,
        },
    }  # fmt: skip


def places(data: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Where a string stands in JSON."""
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(value, (*at, key))
    elif isinstance(data, str):
        yield at


def put(data: dict[str, Any], at: Path_, value: str) -> dict[str, Any]:
    """The JSON with another string in one place."""
    changed = inner = copy.deepcopy(data)
    for key in at[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[at[-1]] = value  # type: ignore[index]
    return changed


@cache
def hostile(payload: str) -> tuple[Brief, int, int]:
    """A brief with the payload in every field that takes it, how many those are, and how many refused it."""
    data, took, refused = made_of(payload), 1, 0
    data = data if _loaded(data) else made_of("nothing")
    for at in places(data):
        for value in dict.fromkeys((payload, payload[:_SHORT])):
            if _loaded(changed := put(data, at, value)):
                data, took = changed, took + 1
                break
        else:
            refused += 1
    made = _loaded(data)
    assert made
    return made, took, refused


def _loaded(data: dict[str, Any]) -> Brief | None:
    """The brief of the JSON, with its record applied to its lines as they are; None where it is refused."""
    try:
        record = load_record(json.dumps(data["review"]))
        return reviewed(Brief.load(json.dumps({**data, "review": None})), record)
    except (UnverifiedBrief, InputError):
        return None
