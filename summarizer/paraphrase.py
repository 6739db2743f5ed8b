"""Does a short paraphrase say what its evidence says? `check_paraphrase` answers with the problems it finds.

Names, numbers, dates and quoted words must stand in the evidence. Denials, hedges, wishes, conditions and who
did what to whom must agree: words are compared by root and by classes of meaning, two denials of one chain cancel
out, and opposites count as one. Differences have weights; those that add up are problems, and a freely worded text
needs more of them. What code cannot see it lets pass: a wrong paraphrase in wholly other words is not caught.
Nothing here knows an article; the work is linear in its input, and input is cut at `MAX_CHARS`.

This module holds the limits and the order of the checks; the checks are in `summarizer.checks`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from summarizer.checks.dates import check_dates
from summarizer.checks.document import Document
from summarizer.checks.features import findings
from summarizer.checks.names import check_names
from summarizer.checks.numbers import check_numbers
from summarizer.checks.problem import Code, Problem
from summarizer.checks.quotes import check_quotes
from summarizer.checks.rests import TURNED, fractional, rests, tells_rest
from summarizer.checks.scopes import read
from summarizer.checks.verdict import problems

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["MAX_CHARS", "MAX_TEXT", "MAX_WORDS", "Code", "Problem", "check_paraphrase"]

MAX_CHARS: Final = 20_000
"""Evidence beyond this is not read; evidence is one to three sentences."""

MAX_TEXT: Final = 600
"""A paraphrase of more characters is no paraphrase."""

MAX_WORDS: Final = 90
"""A paraphrase of more words is no paraphrase."""


def check_paraphrase(text: str, evidence: Sequence[str], names: Collection[str] = ()) -> list[Problem]:
    """The problems of a paraphrase against the evidence it stands on; an empty list for a true one.

    `names` are names and aliases the caller vouches for: the actor of the item, written as the article does.
    """
    return list(_problems(text, tuple(evidence), frozenset(names)))


@lru_cache(maxsize=128)  # a text is checked when it is drafted, when its evidence is chosen and when it is audited
def _problems(text: str, evidence: tuple[str, ...], names: frozenset[str]) -> tuple[Problem, ...]:
    if not re.search(r"\w", text):
        return (Problem("empty", "there is no text"),)
    if len(text) > MAX_TEXT or len(text.split()) > MAX_WORDS:
        return (Problem("too_long", f"more than {MAX_WORDS} words or {MAX_TEXT} characters"),)
    plain = " ".join(text.split())
    if any(plain == " ".join(e[:MAX_CHARS].split()) for e in evidence):
        return ()  # word for word
    joined = "\n".join(evidence)[:MAX_CHARS]
    mine, theirs = _document(text), _document(joined)
    vouched = {w.lower() for name in names for w in re.findall(r"[^\W_]+", name.replace("’s", "").replace("'s", ""))}
    here, there = read(text), read(joined.replace("\n", " | "))
    differences = findings(here, there, attributed=bool(vouched))
    left = rests(mine, theirs)
    if left and tells_rest(here, there, differences, fraction=fractional(mine)):
        differences = [f for f in differences if not f.name.startswith(TURNED)]
    else:
        left = set()
    found = [
        *check_names(mine, theirs, vouched),
        *check_numbers(mine, theirs, left),
        *check_dates(mine, theirs),
        *check_quotes(text, joined),
        *problems(differences),
    ]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=64)  # one sentence is the evidence of several wordings
def _document(text: str) -> Document:
    return Document(text)
