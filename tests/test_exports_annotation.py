"""The W3C Web Annotation export: valid, and every selector resolves, in Python and in JavaScript."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from summarizer import Brief
from summarizer.brief import Run
from summarizer.exports import export
from summarizer.exports.annotation import AROUND, NAMESPACE
from summarizer.exports.marking import Frame
from tests.conftest import ROOT
from tests.exported import HOSTILE, checker, hostile, nothing, placed, replayed, reviewed, unread
from tests.factories import brief

DATA = ROOT / "tests" / "data" / "web_annotation"
MODEL = checker(json.loads((DATA / "model.json").read_text(encoding="utf-8")))
CONTEXT = json.loads((DATA / "anno.jsonld").read_text(encoding="utf-8"))
ANYTHING = st.text(st.characters(codec="utf-8"), max_size=60)
WIDE = "😀 𝔘𝔫𝔦 👩‍👩‍👧 🇺🇦 e\u0301 "


def annotations(made: Brief) -> list[dict[str, Any]]:
    """The annotations of a brief's export, checked against the model."""
    data = json.loads(export(made, "annotation"))
    MODEL.validate(data)
    items: list[dict[str, Any]] = data["first"]["items"]
    assert data["total"] == len(items) == len({item["id"] for item in items})
    return items


def positions(items: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The quote and position selectors of each target in the canonical text."""
    for item in items:
        for target in item["target"]:
            if isinstance(target["selector"], list):
                yield target["selector"][0], target["selector"][1]


def resolve(made: Brief) -> int:
    """Resolve every selector in the text as Python and as UTF-16 count; how many there were."""
    text, count = made.article.text or "", 0
    units = text.encode("utf-16-le")
    for words, at in positions(annotations(made)):
        exact = words["exact"]
        assert text[at["start"] : at["end"]] == exact
        assert units[2 * at["summarizer:utf16Start"] : 2 * at["summarizer:utf16End"]].decode("utf-16-le") == exact
        start = at["start"] - len(words["prefix"])
        assert text.startswith(words["prefix"] + exact + words["suffix"], start)
        assert len(words["prefix"]) == min(AROUND, at["start"])
        count += 1
    return count


@given(before=ANYTHING, after=ANYTHING)
@settings(max_examples=60)
def test_selectors_resolve_whatever_stands_around(before: str, after: str) -> None:
    """Any Unicode text before and after the evidence."""
    assert resolve(placed(f"{before} It snowed.", after)) == 2


def test_selectors_of_real_briefs_resolve() -> None:
    """Every line and actor of the replayed briefs has its evidence."""
    for made in replayed():
        spans = [e for _, i in made.items() for e in i.evidence] + [e for a in made.actors for e in a.evidence]
        spans += [e for p in made.summary for e in p.evidence] + list(made.headline.evidence if made.headline else ())
        assert resolve(made) == len(spans)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_javascript_finds_the_words_by_utf16() -> None:
    """In node, `slice` with the UTF-16 offsets gives the quotation, and with code points it does not."""
    cases = []
    for made in (placed(f"{WIDE * 5}snow."), placed("It snowed.", WIDE)):
        cases += [{"text": made.article.text, "words": w, "at": at} for w, at in positions(annotations(made))]
    script = """
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(({text, words, at}) => [
  text.slice(at["summarizer:utf16Start"], at["summarizer:utf16End"]) === words.exact,
  Array.from(text).slice(at.start, at.end).join("") === words.exact,
  text.slice(at.start, at.end) === words.exact])));
"""
    done = subprocess.run(["node", "-e", script], input=json.dumps(cases), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[True, True, False]] * 2 + [[True, True, True]] * 2


def expanded(made: Brief) -> dict[str, Any]:
    """The export as the official context reads it."""

    def load(url: str, options: object) -> dict[str, Any]:
        assert url == "http://www.w3.org/ns/anno.jsonld"
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": CONTEXT}

    found = jsonld.expand(json.loads(export(made, "annotation")), {"documentLoader": load})
    assert len(found) == 1
    result: dict[str, Any] = found[0]
    return result


def test_the_official_context_understands_every_property() -> None:
    """Expanded, nothing is lost: properties of the model under W3C's names, ours under our own."""
    made = reviewed(placed("It snowed.", source="https://news.example/story", title="Snow"), signed_off=True)
    data = expanded(made)
    assert data["@type"] == ["http://www.w3.org/ns/activitystreams#OrderedCollection"]
    page = data["http://www.w3.org/ns/activitystreams#first"][0]
    items = page["http://www.w3.org/ns/activitystreams#items"][0]["@list"]
    assert len(items) == 2
    oa = "http://www.w3.org/ns/oa#"
    first = items[0]
    assert first["@type"] == [f"{oa}Annotation"]
    assert first[f"{oa}motivatedBy"] == [{"@id": f"{oa}describing"}]
    selectors = first[f"{oa}hasTarget"][0][f"{oa}hasSelector"]
    assert [s["@type"] for s in selectors] == [[f"{oa}TextQuoteSelector"], [f"{oa}TextPositionSelector"]]
    assert selectors[1][f"{NAMESPACE}unit"] == [{"@value": "Unicode code point"}]
    assert first[f"{NAMESPACE}disclosure"] == [
        {"@value": "Made by AI, reviewed and signed off by Ana Roe on 2026-02-03."}
    ]
    assert _keys(json.loads(export(made, "annotation"))) <= _known() | {"@context"}


def _known() -> set[str]:
    return set(CONTEXT["@context"]) | {f"summarizer:{name}" for name in _OWN}


_OWN = (
    "unit utf16Start utf16End sentence line decision disclosure signedOff complete digitalSourceType".split()  # noqa: SIM905
)


def _keys(data: Any) -> set[str]:
    if isinstance(data, list):
        return {key for part in data for key in _keys(part)}
    if not isinstance(data, dict):
        return set()
    return {key for name, value in data.items() for key in ({name} | (_keys(value) if name != "@context" else set()))}


def test_the_page_on_the_web_is_a_target_by_words_only() -> None:
    """Offsets hold in the canonical text; the page has other characters around it."""
    made = placed("It snowed.", source="https://news.example/story")
    targets = annotations(made)[0]["target"]
    assert [t["source"] for t in targets] == [Frame(made).article_uri, "https://news.example/story"]
    assert targets[1]["selector"]["type"] == "TextQuoteSelector"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_fields_give_a_valid_export(text: str) -> None:
    """Also in pyld."""
    assert len(annotations(hostile(text))) == 5
    assert expanded(hostile(text))


def test_an_empty_brief_is_an_empty_collection() -> None:
    """Whose label says that AI made it, and what was not read."""
    assert annotations(nothing()) == []
    assert "Incomplete: sentences 2 to 2" in json.loads(export(unread(nothing()), "annotation"))["label"]


def test_each_annotation_says_who_and_what_it_is() -> None:
    """Text, section and actor as bodies, and the statement about AI as one that readers see."""
    first = next(item for item in annotations(brief()) if item["summarizer:line"] == "position-1")
    assert [(body["purpose"], body["value"]) for body in first["body"]] == [
        ("describing", "the army will not retreat"),
        ("classifying", "positions"),
        ("tagging", "Odo Brandt"),
        ("commenting", "Made by AI, not yet reviewed."),
    ]
    assert first["generator"]["type"] == "Software"
    assert "creator" not in first
    assert "created" not in first


def test_times_and_the_editor_come_with_a_run_and_a_sign_off() -> None:
    """`created` in UTC; the editor is the creator once responsible."""
    run = Run(created_at="2026-01-02T03:04:05+02:00", duration_s=1)
    made = brief()
    made = made.model_copy(update={"provenance": made.provenance.model_copy(update={"run": run})})
    first = annotations(reviewed(made, signed_off=True))[0]
    assert first["created"] == "2026-01-02T01:04:05Z"
    assert first["modified"] == "2026-02-03T09:00:00Z"
    assert first["creator"] == {"type": "Person", "name": "Ana Roe"}
    assert first["summarizer:decision"] == "accept"
    assert "creator" not in annotations(reviewed(made, signed_off=False))[0]


def test_a_review_does_not_change_the_identifiers() -> None:
    """A reader can replace the annotations it has."""
    ids = [item["id"] for item in annotations(brief())]
    assert [item["id"] for item in annotations(reviewed(brief(), signed_off=True))] == ids
