"""Quotations: words in quotation marks must stand so in the evidence, and the marks must close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summarizer.checks.problem import Problem
from summarizer.verification import unquoted_in

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["check_quotes"]


def check_quotes(text: str, evidence: str) -> Iterable[Problem]:
    """The quoted words that are not the evidence's own, letter case and punctuation at the ends aside."""
    for part in unquoted_in(text, [evidence]):
        yield Problem("quote", f"the quoted words {part.strip()!r} do not stand so in the evidence")
