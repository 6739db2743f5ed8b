"""The schema.org export, against the vocabulary: types, properties, what they belong to and what they take."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from summarizer import Article, Brief
from summarizer.brief import Actor, Position
from summarizer.exports import export
from summarizer.exports.jsonld import own_words
from summarizer.marks import DOUBLE
from tests.conftest import ROOT
from tests.exported import HOSTILE, hostile, nothing, placed, replayed, reviewed
from tests.factories import brief

VOCABULARY = json.loads((ROOT / "tests" / "data" / "schema_org" / "vocabulary.json").read_text(encoding="utf-8"))
PATTERNS = {
    "Text": r"(?s).+",
    "PronounceableText": r"(?s).+",
    "URL": r"[a-z]+:\S+",
    "Date": r"\d{4}-\d\d-\d\d",
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
}


def ancestors(name: str) -> set[str]:
    """A type and all it inherits from."""
    return {name}.union(*(ancestors(parent) for parent in VOCABULARY["types"][name]))


def misfits(node: dict[str, Any], types: dict[str, str]) -> list[str]:
    """What the vocabulary does not allow in a node and in those within it."""
    if node["@type"] not in VOCABULARY["types"]:
        return [f"no type {node['@type']}"]
    found = []
    for name, value in node.items():
        if name.startswith("@"):
            continue
        known = VOCABULARY["properties"].get(name, {"domains": [], "ranges": []})
        if not set(known["domains"]) & ancestors(node["@type"]):
            found.append(f"{node['@type']} has no {name}")
        for part in value if isinstance(value, list) else [value]:
            if not fits(part, set(known["ranges"]), types):
                found.append(f"{name} does not take {part!r}")
            if isinstance(part, dict) and "@type" in part:
                found += misfits(part, types)
    return found


def fits(value: Any, ranges: set[str], types: dict[str, str]) -> bool:
    """Whether a value is of one of the types."""
    if isinstance(value, dict):
        kind = value.get("@type") or types.get(value["@id"])
        return kind is not None and bool(ancestors(kind) & ranges)
    if isinstance(value, bool) or not isinstance(value, str):
        return not isinstance(value, bool) and bool(ranges & {"Integer", "Number"})
    if "IPTCDigitalSourceEnumeration" in ranges:
        return value.removeprefix("https://schema.org/") in VOCABULARY["IPTCDigitalSourceEnumeration"]
    return any(re.fullmatch(PATTERNS[r], value) for r in ranges & PATTERNS.keys())


def graph(made: Brief) -> list[dict[str, Any]]:
    """The nodes of the export, each of which fits the vocabulary."""
    data = json.loads(export(made, "jsonld"))
    assert data["@context"] == "https://schema.org"
    nodes: list[dict[str, Any]] = data["@graph"]
    types = {node["@id"]: node["@type"] for node in nodes}
    assert len(types) == len(nodes)
    assert [problem for node in nodes for problem in misfits(node, types)] == []
    return nodes


def of(made: Brief, kind: str) -> list[dict[str, Any]]:
    """The nodes of a type."""
    return [node for node in graph(made) if node["@type"] == kind]


def test_the_check_checks() -> None:
    """An unknown type, a property of another type and a value of another type are found."""
    assert misfits({"@type": "Rant"}, {})
    assert misfits({"@type": "Person", "headline": "x"}, {})
    assert misfits({"@type": "Claim", "author": "x"}, {})
    assert misfits({"@type": "Claim", "appearance": {"@id": "urn:unknown"}}, {})
    assert misfits({"@type": "Claim", "digitalSourceType": "https://schema.org/Magic"}, {})
    assert misfits({"@type": "NewsArticle", "datePublished": "yesterday"}, {})


def test_real_briefs_fit_the_vocabulary() -> None:
    """A claim for each line; quotations stand in the article word by word, between quotation marks."""
    for made in replayed():
        assert [claim["text"] for claim in of(made, "Claim")] == [item.text for _, item in made.items()]
        for quotation in of(made, "Quotation"):
            assert quotation["text"] in (made.article.text or "")
            assert not set(quotation["text"]) & DOUBLE


def test_the_quotations_of_the_kherson_article() -> None:
    """Those in marks beyond doubt; not the one into which the reporter put "he later specified"."""
    made = replayed()[0]
    words = [quotation["text"] for quotation in of(made, "Quotation")]
    assert "It is a subject of the Russian Federation, it is legally fixed and defined." in words
    assert not [text for text in words if "specified" in text]


def said(text: str, quote: str, speech: str = "direct") -> Brief:
    """A brief of a short article with one position."""
    article = Article(text, language="en")
    at = article.text.index(quote)
    number = next(n for n, s in enumerate(article.sentences, 1) if s.start <= at < s.end)
    evidence = ({"sentence": number, "start": at, "end": at + len(quote), "quote": quote},)
    name = article.text.index("Brandt")
    first = next(n for n, s in enumerate(article.sentences, 1) if s.start <= name < s.end)
    who = ({"sentence": first, "start": name, "end": name + 6, "quote": "Brandt"},)
    base = brief()
    record = {"id": article.id, "text": article.text, "sentences": len(article.sentences)}
    return Brief(
        article=base.article.model_copy(update={**record, "segmenter": article.segmenter}),
        actors=(Actor(id="brandt", name="Brandt", kind="person", evidence=who),),
        positions=(Position(id="position-1", actor="brandt", text="a line", speech=speech, evidence=evidence),),
        audit=base.audit,
        provenance=base.provenance,
    )


@pytest.mark.parametrize(
    ("text", "quote", "words"),
    [
        ("Brandt said: “We will stay.”", "“We will stay.”", "We will stay."),
        ("Brandt said: “We will stay.”", "We will stay.", "We will stay."),
        ('"We will not go," Brandt said.', '"We will not go,"', "We will not go"),
        ("Brandt sagte: »We will not go.«", "»We will not go.«", "We will not go."),
        ("Brandt said: “We will stay.”", "Brandt said: “We will stay.”", None),
        ("Brandt said that the army will stay.", "the army will stay", None),
        ("Brandt joined the “special operation in the north” then.", "the “special operation in the north”", None),
        ("“We will stop, but they must leave first,” said Brandt.", "“We will stop", None),
        ("“We will not attack the city now,” Brandt said.", "attack the city now", None),
        ("Brandt denied saying “We will go.”", "“We will go.”", None),
        ("Brandt quoted Moor: “We will go.”", "“We will go.”", None),
        ("Brandt said: “We – he later added – will stay here.”", "“We – he later added – will stay here.”", None),
        ("Brandt said: “We, he added, will stay here for good.”", "“We, he added, will stay here for good.”", None),
    ],
)
def test_only_own_words_in_quotation_marks_are_a_quotation(text: str, quote: str, words: str | None) -> None:
    """Verbatim, without the marks, and in any doubt none."""
    made = said(text, quote)
    assert own_words(made.article.text or "", "en", made.positions[0].evidence[0]) == words
    assert [node["text"] for node in of(made, "Quotation")] == ([words] if words else [])


def test_a_position_told_as_indirect_gives_no_quotation() -> None:
    """The field `speech` of the brief counts too."""
    assert of(said("Brandt said: “We will stay.”", "“We will stay.”", "indirect"), "Quotation") == []


def test_a_quotation_names_speaker_and_article() -> None:
    """By reference to nodes of the graph; it is no AI wording, and says that AI picked it."""
    made = placed("It snowed.", source="https://news.example/a", title="Snow", publisher="The Post")
    (quotation,), (article,), (person,) = of(made, "Quotation"), of(made, "NewsArticle"), of(made, "Person")
    assert quotation["text"] == "We will not retreat from here."
    assert quotation["creator"] == {"@id": person["@id"]}
    assert quotation["isPartOf"] == {"@id": article["@id"]}
    assert "digitalSourceType" not in quotation
    assert quotation["creativeWorkStatus"] == "Made by AI, not yet reviewed."
    assert article["url"] == "https://news.example/a"
    assert (person["name"], person["jobTitle"]) == ("Odo Brandt", "Marshal")


def test_the_text_of_the_article_is_not_repeated() -> None:
    """It belongs to its publisher: only the evidence is quoted."""
    assert "It snowed all day" not in export(placed("It snowed all day."), "jsonld")


def test_the_article_speaks_through_its_publisher() -> None:
    """The reserved actor has no node of its own; without a publisher nobody is named."""
    base = brief()
    position = base.positions[0].model_copy(update={"actor": "article"})
    made = base.model_copy(update={"positions": (position,)})
    assert "author" not in of(made, "Claim")[0]
    named = made.model_copy(update={"article": made.article.model_copy(update={"publisher": "The Post"})})
    assert of(named, "Claim")[0]["author"] == {"@type": "Organization", "name": "The Post"}
    assert of(named, "Quotation") == []


def test_the_editor_interprets_the_claims_once_signed_off() -> None:
    """Not before."""
    assert of(reviewed(brief(), signed_off=True), "Claim")[0]["claimInterpreter"]["name"] == "Ana Roe"
    assert "claimInterpreter" not in of(reviewed(brief(), signed_off=False), "Claim")[0]


@given(text=st.text(max_size=30) | st.sampled_from(HOSTILE))
def test_hostile_fields_give_a_valid_export(text: str) -> None:
    """Whatever the fields hold, and nothing ends a script element."""
    assert len(graph(hostile(text))) == 6
    assert "</" not in export(hostile(text), "jsonld")


def test_json_ld_reads_it() -> None:
    """Expanded with schema.org as the vocabulary, nothing is lost."""

    def load(url: str, options: object) -> dict[str, Any]:
        document = {"@context": {"@vocab": "https://schema.org/"}}
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": document}

    found = jsonld.expand(json.loads(export(brief(), "jsonld")), {"documentLoader": load})
    assert len(found) == len(graph(brief())) == 6
    assert len(graph(nothing())) == 2
