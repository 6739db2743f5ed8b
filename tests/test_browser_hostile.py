"""Hostile text in every text field of article, brief, review record and browser storage: it stays text on the page."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest

from summarizer import Article, Brief, InputError, UnverifiedBrief
from summarizer.plain import visible
from summarizer.render.html import page
from tests import browser as chromium
from tests.factories import brief
from tests.payloads import FAMILIES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
    data = data if _valid(data) else made_of("nothing")
    for at in places(data):
        for value in dict.fromkeys((payload, payload[:_SHORT])):
            if _valid(changed := put(data, at, value)):
                data, took = changed, took + 1
                break
        else:
            refused += 1
    return Brief.load(json.dumps(data)), took, refused


def _valid(data: dict[str, Any]) -> bool:
    try:
        Brief.load(json.dumps(data))
    except UnverifiedBrief:
        return False
    return True


def shape(html: str) -> set[tuple[str, str]]:
    """The elements of a page and the attributes they have."""
    root = lxml.html.document_fromstring(html)
    return {(str(e.tag), name) for e in root.iter() for name in (*e.attrib, "")}


_BENIGN = "plain words"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_payload_makes_no_element_and_no_attribute(family: str) -> None:
    """The markup of the page is that of a page with plain words, and the words of the payload stand on it."""
    plain = shape(page(hostile(_BENIGN)[0])) | {("a", "href"), ("a", "rel"), ("a", "target")}
    for payload in FAMILIES[family]:
        made, took, _ = hostile(payload)
        html = page(made)
        assert took >= 12 or payload == "\ud800", payload  # no JSON can hold it
        assert shape(html) <= plain, payload
        root = lxml.html.document_fromstring(html)
        assert len(root.xpath("//script | //style | //meta")) == 8
        assert all(href.startswith(("#", "https://", "http://")) for href in root.xpath("//@href"))
        if (title := made.article.title) != "x":
            assert " ".join(visible(str(title)).split()) in " ".join(root.find(".//header").text_content().split())


def test_fields_that_verification_guards_refuse_most_payloads() -> None:
    """Ids, codes, dates, quotes and numbers of sentences take none; free words take nearly all."""
    counts = [hostile(payload)[1:] for family in FAMILIES.values() for payload in family]
    assert len(counts) >= 120
    assert sum(took for took, _ in counts) > 120 * 12
    assert sum(refused for _, refused in counts) > 120 * 12


_LOOK = """() => {
  const box = (name) => document.querySelector(name).getBoundingClientRect();
  const [brief, article, root] = [box('.brief'), box('.article'), document.documentElement];
  const beside = innerWidth < 821 || (brief.right <= article.left + 1 && brief.width > 300 && article.width > 300
    && brief.height > 300 && article.height > 300);
  return {
    ran: window.__pwned !== undefined || parent.__pwned !== undefined,
    wide: [root, ...document.querySelectorAll('.brief, .article')].some((e) => e.scrollWidth > e.clientWidth),
    beside,
    tall: innerWidth > 820 && root.scrollHeight > root.clientHeight,
    elements: [...new Set([...document.querySelectorAll('*')].flatMap((e) =>
      [e.localName, ...[...e.attributes].map((a) => `${e.localName} ${a.name}`)]))],
    actors: document.querySelectorAll('.actor').length,
  };
}"""


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_payload_stays_text_in_the_browser(browser: Browser, tmp_path: Path, family: str) -> None:
    """No script runs, nothing is loaded, the layout holds: opened, typed, loaded as a record, kept, on a phone."""
    file = tmp_path / "review.html"
    known: set[str] = set()
    with chromium.opened(browser, None) as seen:
        for payload in (_BENIGN, *FAMILIES[family]):
            file.write_text(page(hostile(payload)[0]), encoding="utf-8")
            seen.page.set_viewport_size({"width": 1280, "height": 900})
            seen.page.goto(file.as_uri())
            looks = [seen.page.evaluate(_LOOK)]
            _use(seen, payload, tmp_path / "record.json")
            looks.append(seen.page.evaluate(_LOOK))
            seen.page.set_viewport_size({"width": 390, "height": 844})
            looks.append(seen.page.evaluate(_LOOK))
            _keep(seen, payload)
            looks.append(seen.page.evaluate(_LOOK))
            for look in looks:
                elements = set(look.pop("elements"))
                known |= elements if payload == _BENIGN else {"a", "a href", "a rel", "a target"}
                assert elements <= known, payload
                assert look == {"ran": False, "wide": False, "beside": True, "tall": False, "actors": 1}, payload
            seen.quiet()


def _use(seen: chromium.Opened, payload: str, record: Path) -> None:
    """Choose lines and sentences, type the payload into every field, and load a record that is full of it."""
    for choice in ("#l0 .say", "#s1 .n", "#l2 .say"):
        seen.page.click(choice)
    seen.page.click("#l2 [data-do='edit']")
    seen.page.fill("#l2 textarea", payload.encode(errors="replace").decode())
    seen.page.fill("#l2 input:not([type=checkbox])", payload.encode(errors="replace").decode())
    seen.page.fill("#reviewer", payload.encode(errors="replace").decode())
    data = _record(seen, payload)
    for given in (data, {**data, "decisions": [{**data["decisions"][0], "line": payload}]}, payload):
        record.write_text(json.dumps(given), encoding="utf-8")
        seen.page.set_input_files("#load", record)
        seen.told("review record")
        seen.page.click("#l1 .say")


def _keep(seen: chromium.Opened, payload: str) -> None:
    """Open the page again with the payload in what the browser has kept of it, and all lines signed off by it."""
    for kept in (payload, json.dumps(_record(seen, payload))):
        seen.page.evaluate(
            "(kept) => Object.keys(localStorage).forEach((key) => localStorage.setItem(key, kept))", kept
        )
        seen.page.reload()


def _record(seen: chromium.Opened, payload: str) -> dict[str, Any]:
    """A record of this page's brief with the payload in every field that it may stand in."""
    ids = seen.page.eval_on_selector_all("[data-id]", "(all) => all.map((e) => e.dataset.id)")
    decisions = [{"line": i, "decision": "edit", "text": payload, "note": payload, payload[:50]: payload} for i in ids]
    return {
        "brief": seen.page.get_attribute("main", "data-brief"), "reviewer": payload, "signed_off": True,
        "reviewed_at": "2026-11-22T10:00:00Z", "decisions": decisions, "by": dict.fromkeys(ids, payload),
    }  # fmt: skip
