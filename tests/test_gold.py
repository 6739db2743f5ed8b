"""The annotated articles that ship with the benchmark keep to their guide."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

GOLD = Path(__file__).parent.parent / "benchmarks" / "gold"


def test_the_annotations_are_consistent() -> None:
    """Every quotation stands once in its text, every holder is an actor."""
    done = subprocess.run([sys.executable, GOLD / "check.py", GOLD / "invented"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_they_are_rich_in_conditions() -> None:
    """A quarter of the statements at least, so that a change to the lexicon shows."""
    files = sorted((GOLD / "invented").glob("*.json"))
    kinds = [s["kind"] for file in files for s in json.loads(file.read_text(encoding="utf-8"))["statements"]]
    assert kinds.count("condition") / len(kinds) >= 0.25
