"""Long articles: bounded calls and memory, order kept, nothing twice, and what is told twice told once."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from summarizer import Article, Brief, summarize
from summarizer.pipeline import WINDOW, WINDOW_CHARACTERS
from tests.factories import CLAIM, long_article
from tests.stub_server import Body, Reply, StubServer, completion, numbered, stub_server


def worded(body: Body) -> Reply:
    """A stub's answer: each sentence without its speaker."""
    rows = [
        {"n": n, "says": text.partition(" said ")[2].rpartition(f" {CLAIM}")[0] and CLAIM} for n, text in numbered(body)
    ]
    for row, (_, text) in zip(rows, numbered(body), strict=True):
        row["says"] = row["says"] or text.partition(" said ")[2].removesuffix(".")
    return completion(body, json.dumps({"entries": rows}))


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[12_000, 200_000])
def briefed(request: pytest.FixtureRequest) -> tuple[Brief, StubServer, int]:
    """A brief of so many characters, the server that was asked, and the most memory it took, in bytes."""
    article = Article(long_article(request.param), language="en")
    with stub_server(worded) as stub:
        summarize(article.text[:400], model="m", base_url=stub.url)  # imports are no part of it
        stub.requests.clear()
        tracemalloc.start()
        try:
            return summarize(article, model="m", base_url=stub.url), stub, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_every_call_is_of_a_bounded_size(briefed: tuple[Brief, StubServer, int]) -> None:
    """However long the article."""
    brief, stub, _ = briefed
    assert brief.audit.complete
    assert brief.provenance.usage.calls == len(stub.requests) > 20
    for body in stub.requests:
        assert 1 <= len(numbered(body)) <= WINDOW
        assert len(body["messages"][-1]["content"]) <= 2 * WINDOW_CHARACTERS


def test_memory_is_bounded(briefed: tuple[Brief, StubServer, int]) -> None:
    """The requests that the stub keeps count as well."""
    assert briefed[2] < 60_000_000


def test_items_are_in_the_order_of_the_article_and_none_is_there_twice(briefed: tuple[Brief, StubServer, int]) -> None:
    """By section; the article says nothing twice but its first statement."""
    brief = briefed[0]
    for section in (brief.positions, brief.conditions_for_talks, brief.military_assessments):
        starts = [item.evidence[0].start for item in section]
        assert starts == sorted(starts)
        told = [(item.actor, item.text) for item in section]
        assert len(set(told)) == len(told) > 5


def test_the_same_statement_in_lede_and_body_is_one_with_both_evidences(briefed: tuple[Brief, StubServer, int]) -> None:
    """Whatever lies between them."""
    brief = briefed[0]
    (claim,) = [item for _, item in brief.items() if "port of Tarnsk" in item.text]
    assert [evidence.sentence for evidence in claim.evidence] == [1, brief.article.sentences]


def test_no_statement_is_lost_by_merging(briefed: tuple[Brief, StubServer, int]) -> None:
    """Every attributed sentence is some item's evidence."""
    brief = briefed[0]
    covered = {evidence.sentence for _, item in brief.items() for evidence in item.evidence}
    assert brief.audit.coverage == 1.0
    assert len(covered) == sum(" said " in s for s in brief.article.text.replace("\n\n", " ").split(". "))  # type: ignore[union-attr]
