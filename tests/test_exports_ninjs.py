"""The IPTC ninjs 3.1 export, against IPTC's JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError

from summarizer import Brief
from summarizer.brief import Run
from summarizer.exports import export
from tests.conftest import ROOT
from tests.exported import HOSTILE, checker, hostile, nothing, placed, replayed, reviewed, unread
from tests.factories import brief

SCHEMA = checker(json.loads((ROOT / "tests/data/ninjs/ninjs-schema_3.1.json").read_text(encoding="utf-8")))


def news(made: Brief) -> dict[str, Any]:
    """The export, valid."""
    data: dict[str, Any] = json.loads(export(made, "ninjs"))
    SCHEMA.validate(data)
    return data


def test_the_schema_refuses_what_is_not_ninjs() -> None:
    """The check checks: an unknown property, no uri, a bad uri, an association without a name."""
    for bad in (
        {"uri": "urn:x:1", "nonsense": 1},
        {"type": "text"},
        {"uri": "no uri"},
        {"uri": "urn:x:1", "associations": [{"uri": "urn:x:2"}]},
        {"uri": "urn:x:1", "firstCreated": "2026-01-02"},
    ):
        with pytest.raises(ValidationError):
            SCHEMA.validate(bad)


def test_real_briefs_are_valid() -> None:
    """Those replayed from the cassettes of all seeds."""
    for made in replayed():
        data = news(made)
        lines = [d["value"].partition(": ")[2] for d in data["descriptions"] if d["role"] in ("position", "condition")]
        assert lines == [i.text for i in (*made.positions, *made.conditions_for_talks)]


def test_it_is_withheld_until_it_is_signed_off() -> None:
    """`usable` is what ninjs takes for granted, so it is always said."""
    assert news(brief())["pubStatus"] == "withheld"
    assert news(reviewed(brief(), signed_off=False))["pubStatus"] == "withheld"
    assert "Not for publication" in news(brief())["usageTerms"]
    signed = news(reviewed(brief(), signed_off=True))
    assert signed["pubStatus"] == "usable"
    assert "usageTerms" not in signed
    assert signed["uri"] == news(brief())["uri"]


def test_the_digital_source_is_ai() -> None:
    """IPTC's term as a URI, and the disclosure for staff and for readers."""
    data = news(brief())
    assert data["digitalSourceType"]["uri"] == (
        "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    )
    assert data["edNote"] == data["descriptions"][0]["value"] == "Made by AI, not yet reviewed."
    assert "Incomplete: sentences 2 to 2 were not read." in news(unread())["edNote"]


def test_article_and_brief_are_associated() -> None:
    """The article by its address, else by its hash; the brief by its hash."""
    data = news(placed("It snowed.", source="https://news.example/ä?b=[1]#c", title="Snow", date="2026-01-02"))
    article, sidecar = data["associations"]
    assert article["uri"] == "https://news.example/%C3%A4?b=%5B1%5D"
    assert article["headlines"] == [{"value": "Snow"}]
    assert sidecar["uri"].startswith("urn:uuid:")
    assert news(brief())["associations"][0]["uri"].startswith("ni:///sha-256;")


def test_actors_are_people_organisations_or_subjects() -> None:
    """By their kind."""
    assert news(brief())["people"] == [{"name": "Odo Brandt", "rel": "person", "literal": "odo-brandt"}]
    made = brief(actors=(brief().actors[0].model_copy(update={"kind": "armed_force"}),))
    assert news(made)["organisations"][0]["name"] == "Odo Brandt"
    made = brief(actors=(brief().actors[0].model_copy(update={"kind": "group"}),))
    assert news(made)["subjects"][0]["name"] == "Odo Brandt"


@pytest.mark.parametrize("created", ["2026-01-02T03:04:05+00:00", "yesterday", "2026-01-02", "", "0001-01-01T00:00+23"])
def test_times_are_times_or_not_there(created: str) -> None:
    """A time without a zone, or no time, is left out."""
    made = brief()
    run = Run(created_at=created, duration_s=1)
    data = news(made.model_copy(update={"provenance": made.provenance.model_copy(update={"run": run})}))
    assert data.get("firstCreated") == ("2026-01-02T03:04:05Z" if created.startswith("2026-01-02T") else None)


@given(text=st.text(max_size=30) | st.sampled_from(HOSTILE))
def test_hostile_fields_give_a_valid_export(text: str) -> None:
    """Whatever the fields hold."""
    assert news(hostile(text))["pubStatus"] == "withheld"


def test_an_empty_brief_is_valid() -> None:
    """With the statement as its only description."""
    assert [d["role"] for d in news(nothing())["descriptions"]] == ["disclosure"]
