"""Quotations: words in quotation marks must stand so in the evidence, and the marks must close."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summarizer.checks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["check_quotes"]

_QUOTED = re.compile(
    r"[\"“”„«»]([^\"“”„«»]{1,600})[\"“”„«»]|(?<!\w)[‘']([^‘’']{2,200}(?:['’]\w[^‘’']{0,200}){0,6})[’'](?!\w)"
)

_QUOTE_WORD = re.compile(r"\w+")


def check_quotes(text: str, evidence: str) -> Iterable[Problem]:
    """The quoted words that are not the evidence's own, letter case and punctuation aside."""
    bare = " ".join(_QUOTE_WORD.findall(evidence.casefold()))
    marks = sum(c in '"“”„«»' for c in text)
    for m in _QUOTED.finditer(text):
        quoted = m.group(1) or m.group(2)
        for part in re.split(r"\[[^\]]{0,40}\]|\.{3}|…", quoted):
            words = " ".join(_QUOTE_WORD.findall(part.casefold()))
            if words and f" {words} " not in f" {bare} ":
                yield Problem("quote", f"the quoted words {part.strip()!r} do not stand so in the evidence")
    if marks % 2:
        yield Problem("quote", "a quotation mark is not closed")
