"""Does a short paraphrase say what its evidence says? `check_paraphrase` answers with the problems it finds.

The text is compared with its evidence on what can be compared by code: names, numbers, dates and quoted
words must stand there; negations, hedges, conditions and who did what to whom must agree. Words are compared
by stem and by small classes of synonyms; the rest of the rewording is free. What code cannot see it lets
pass: a wrong paraphrase in wholly other words is not caught. Nothing here knows an article; the work is
linear in its input, and input is cut at `MAX_CHARS`.

This module holds the limits and the order of the checks; each check is a module of `summarizer.checks`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from summarizer.checks.conditions import check_conditions
from summarizer.checks.dates import check_dates
from summarizer.checks.document import Document
from summarizer.checks.modality import check_modality
from summarizer.checks.names import check_names
from summarizer.checks.negation import check_negation
from summarizer.checks.numbers import check_numbers
from summarizer.checks.problem import Code, Problem
from summarizer.checks.quotes import check_quotes
from summarizer.checks.roles import check_roles

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
    if not re.search(r"\w", text):
        return [Problem("empty", "there is no text")]
    if len(text) > MAX_TEXT or len(text.split()) > MAX_WORDS:
        return [Problem("too_long", f"more than {MAX_WORDS} words or {MAX_TEXT} characters")]
    joined = "\n".join(evidence)[:MAX_CHARS]
    mine, theirs = Document(text), Document(joined)
    vouched = {w.lower() for name in names for w in re.findall(r"[^\W_]+", name.replace("’s", "").replace("'s", ""))}
    problems = [
        *check_names(mine, theirs, vouched),
        *check_numbers(mine, theirs),
        *check_dates(mine, theirs),
        *check_quotes(text, joined),
        *check_negation(mine, theirs),
        *check_modality(mine, theirs),
        *check_conditions(mine, theirs),
        *check_roles(mine, theirs),
    ]
    return list(dict.fromkeys(problems))
