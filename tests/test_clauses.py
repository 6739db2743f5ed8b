"""Splitting a sentence into its statements."""

from __future__ import annotations

import time

import pytest

from summarizer.clauses import clauses


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("He said the bridge is lost and demanded that the general resign at once.", 2),
        ("THE MINISTER TODAY REJECTED THE TRUCE AND DEMANDED THAT THE REBELS DISARM FIRST.", 2),
        ("The rebels said they were ready, but the army denied that talks were planned.", 2),
        ("\u201cWe said no and demanded an answer from them,\u201d the envoy told the press.", 1),
        ("He said that the bridge is lost, and that the army does not dare to leave its camp.", 2),
        ("The council rejected the offer on Monday, saying there could be no truce while the siege lasts.", 2),
        ("“We hold the bridge, and we have surrounded the fort of the northern brigade,” he said.", 2),
        ("She said the amnesty stands, but they must first lay down their weapons before a judge.", 2),
        ("Turkey said that Olim and Berund agreed on a border.", 1),
        ("The army took the town.", 1),
    ],
)
def test_long_sentences_are_split_at_new_statements(sentence: str, parts: int) -> None:
    """At a new verb of saying, at "and that", at ", saying", and before a clause with a subject of its own."""
    spans = clauses(sentence)
    assert len(spans) == parts
    assert all(0 <= a < b <= len(sentence) for a, b in spans)
    assert sum(b - a for a, b in spans) >= 0.9 * len(sentence)


@pytest.mark.parametrize(
    "text", ["he said, and we " * 12_000, ", saying that " * 14_000, "and that " * 22_000, "said " * 40_000]
)
@pytest.mark.slow
def test_hostile_text_costs_little(text: str) -> None:
    """200,000 hostile characters are split, or left whole, in seconds; nothing but joints is left out."""
    start = time.perf_counter()
    clauses(text)
    clauses(text[:3_999])
    assert time.perf_counter() - start < 10
