"""The recordings of the embedded model: every one replays, and what it said of the articles holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from summarizer import Article, Brief, summarize
from tests.conftest import ROOT

CASSETTES = sorted((ROOT / "cassettes").glob("*.yaml"))
SEEDS = {path.stem: path for path in (ROOT / "seeds").iterdir()}
KHERSON = SEEDS["000_31555e438435f307"]


def replay(stem: str, plan: str = "windows") -> Brief:
    """The brief of a seed from its recording."""
    return summarize(Article.from_file(SEEDS[stem]), replay=ROOT / "cassettes", plan=plan)  # type: ignore[arg-type]


def test_every_seed_is_recorded_under_both_plans() -> None:
    """The Kherson article and at least three invented ones."""
    names = {path.name for path in CASSETTES}
    assert names == {f"{stem}.{plan}.local.yaml" for stem in SEEDS for plan in ("whole", "windows")}
    assert len(SEEDS) >= 4


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_every_recording_replays_to_a_complete_verified_brief(path: Path) -> None:
    """All exchanges are played, nothing is unread, and the brief survives a round trip."""
    stem, plan, _, _ = path.name.split(".")
    brief = replay(stem, plan)
    assert brief.audit.complete
    assert brief.provenance.replayed
    assert Brief.load(brief.to_json()) == brief


def test_the_kherson_brief_says_who_says_what() -> None:
    """Peskov, Rjabkov, Bashirov and Leonkov each hold a statement; there are terms for talks and assessments."""
    brief = replay(KHERSON.stem)
    assert brief.article.date == "2022-11-12"
    assert brief.article.text is not None
    assert brief.article.text.startswith("The decision was made by the Ministry of Defense")
    holders = {brief.actor_name(item.actor) for _, item in brief.items()}
    assert {"Dmitrj Peskov", "Serghej Rjabkov", "Marat Bashirov", "Alexei Leonkov"} <= holders
    terms = [item.evidence[0].quote for item in brief.conditions_for_talks]
    assert any("can only be ended after its goals are met" in quote for quote in terms)
    assert any("only if Kiev is ready for concessions" in quote for quote in terms)
    assert any(brief.actor_name(i.actor) == "Alexei Leonkov" for i in brief.military_assessments)


def test_peskov_is_one_actor_and_the_kremlin_another() -> None:
    """Full name, surname and "his spokesman" are one actor, written as the article writes them."""
    brief = replay(KHERSON.stem)
    peskov = next(actor for actor in brief.actors if actor.name == "Dmitrj Peskov")
    assert {"Peskov", "his spokesman"} <= set(peskov.aliases)
    assert "Kremlin" not in peskov.aliases


def test_the_wire_item_has_its_terms() -> None:
    """The invented wire item: Vasko's condition is found and hers."""
    brief = replay("invented-wire")
    assert any(
        brief.actor_name(item.actor) == "Irena Vasko" and "only if the strait is open" in item.evidence[0].quote
        for item in brief.conditions_for_talks
    )


def test_an_article_in_which_nobody_speaks_gives_next_to_nothing() -> None:
    """No condition and no direct speech come out of an article without statements; it is still complete."""
    brief = replay("invented-quiet")
    assert brief.audit.complete
    assert not brief.conditions_for_talks
    assert brief.audit.coverage == 1.0
    assert len(list(brief.items())) <= 2


def test_the_long_report_takes_several_windows() -> None:
    """A report over several windows keeps its order and covers most of what is said."""
    brief = replay("invented-report")
    assert brief.provenance.usage.calls >= 9
    assert brief.audit.coverage >= 0.6
    for section in (brief.positions, brief.conditions_for_talks, brief.military_assessments):
        starts = [item.evidence[0].start for item in section]
        assert starts == sorted(starts)


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_no_name_of_the_worked_example_is_in_a_brief(path: Path) -> None:
    """The small model copies names out of the example; none gets through."""
    stem, plan, _, _ = path.name.split(".")
    brief = replay(stem, plan)
    shown = [item.text for _, item in brief.items()] + [n for a in brief.actors for n in (a.name, *a.aliases)]
    for leaked in ("Dennick", "Pavo Lund", "Norland", "Veskaria"):
        assert not any(leaked in text for text in shown)
