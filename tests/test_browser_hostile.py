"""Hostile text in article, brief, review record and browser storage stays text in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from summarizer.render.html import page
from tests import browser as chromium
from tests.hostile_briefs import PLAIN, hostile
from tests.payloads import FAMILIES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
        for payload in (PLAIN, *FAMILIES[family]):
            seen.page.set_viewport_size({"width": 1280, "height": 900})
            looks = []
            made = hostile(payload)[0]
            for given in (made, made.model_copy(update={"review": None})):  # only that one can be decided
                file.write_text(page(given), encoding="utf-8")
                seen.page.goto(file.as_uri())
                looks.append(seen.page.evaluate(_LOOK))
            _use(seen, payload, tmp_path / "record.json")
            looks.append(seen.page.evaluate(_LOOK))
            seen.page.set_viewport_size({"width": 390, "height": 844})
            looks.append(seen.page.evaluate(_LOOK))
            _keep(seen, payload)
            looks.append(seen.page.evaluate(_LOOK))
            for look in looks:
                elements = set(look.pop("elements"))
                known |= elements if payload == PLAIN else {"a", "a href", "a rel", "a target"}
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
