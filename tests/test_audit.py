"""What the brief leaves out: every stretch of direct speech and every attributed statement without an item."""

from __future__ import annotations

import pytest

from summarizer import Article, audit
from summarizer.brief import Evidence

TEXT = (
    "The river froze on Monday. "
    "“We will not retreat,” General Brandt said. "
    "According to Moor, the talks go on. "
    "The bridge was closed."
)


def found(text: str) -> list[tuple[int, str]]:
    """(sentence, why) of every statement in a text."""
    return [(s.sentence, s.why) for s in audit.statements(Article(text, language="en"))]


def test_direct_and_attributed_statements_are_found_and_plain_events_are_not() -> None:
    """One of each, with its sentence."""
    assert found(TEXT) == [(2, "direct_speech"), (3, "attributed")]


@pytest.mark.parametrize(
    "speech",
    [
        "“We will not retreat,” Brandt said.",
        '"We will not retreat," Brandt said.',
        "«We will not retreat», Brandt said.",
        "„We will not retreat“, Brandt said.",
        "‘We will not retreat,’ Brandt said.",
        "“We will not retreat, Brandt said.",
        "“We will not retreat “, Brandt said.",
    ],
)
def test_direct_speech_is_found_whatever_its_marks(speech: str) -> None:
    """Curly, straight, guillemets, German, single, unclosed, mangled."""
    assert [s for s, _ in found(f"The river froze. {speech} The bridge was closed.")] == [2]


def test_coverage_is_the_share_of_statements_that_evidence_points_at() -> None:
    """What is left is listed with its quote, verbatim."""
    statements = audit.statements(Article(TEXT, language="en"))
    evidence = Evidence(sentence=2, start=27, end=40, quote=TEXT[27:40])
    coverage, left = audit.uncovered(statements, [evidence])
    assert coverage == 0.5
    assert [s.sentence for s in left] == [3]
    assert left[0].quote in TEXT


def test_an_article_without_statements_is_fully_covered() -> None:
    """Nothing to cover is coverage 1."""
    assert audit.uncovered(audit.statements(Article("The river froze. The bridge was closed.")), []) == (1.0, ())
