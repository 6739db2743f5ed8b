"""Hostile text in every text field of article, brief and review makes no markup on the review page."""

from __future__ import annotations

import lxml.html
import pytest

from summarizer.plain import visible
from summarizer.render.html import page
from tests.hostile_briefs import PLAIN, hostile
from tests.payloads import FAMILIES

QUICK = ("templates",)


def shape(html: str) -> set[tuple[str, str]]:
    """The elements of a page and the attributes they have."""
    root = lxml.html.document_fromstring(html)
    return {(str(e.tag), name) for e in root.iter() for name in (*e.attrib, "")}


@pytest.mark.parametrize("family", [f if f in QUICK else pytest.param(f, marks=pytest.mark.slow) for f in FAMILIES])
def test_a_payload_makes_no_element_and_no_attribute(family: str) -> None:
    """The markup of the page is that of a page with plain words, and the words of the payload stand on it."""
    plain = shape(page(hostile(PLAIN)[0])) | {("a", "href"), ("a", "rel"), ("a", "target")}
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


@pytest.mark.slow
def test_fields_that_verification_guards_refuse_most_payloads() -> None:
    """Ids, codes, dates, quotes and numbers of sentences take none; free words take nearly all."""
    counts = [hostile(payload)[1:] for family in FAMILIES.values() for payload in family]
    assert len(counts) >= 120
    assert sum(took for took, _ in counts) > 120 * 12
    assert sum(refused for _, refused in counts) > 120 * 12
