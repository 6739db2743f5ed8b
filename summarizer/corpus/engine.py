"""What the parts of a batch tell each other: the work, what became of it, and what every engine does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from summarizer.asking import Limits
from summarizer.sections import SECTIONS

if TYPE_CHECKING:
    from summarizer.api import Plan
    from summarizer.article import Article
    from summarizer.brief import Brief
    from summarizer.corpus.desk import Desk


@dataclass(frozen=True, slots=True)
class Work:
    """One article to brief."""

    key: str
    """The sha256 of the article, the prompts, the schema, the model, the plan and the version."""
    article: Article


@dataclass(frozen=True, slots=True)
class Made:
    """A brief as the ledger keeps it."""

    brief: str
    """Its JSON."""
    reason: str | None
    """Why it is incomplete; None when it is complete."""
    statements: Mapping[str, int]
    """By section."""

    @classmethod
    def of(cls, brief: Brief) -> Made:
        """What is kept of a brief."""
        statements = {section.name: len(getattr(brief, section.name)) for section in SECTIONS}
        return cls(brief.to_json(stable=True), None if brief.audit.complete else _reason(brief), statements)


def _reason(brief: Brief) -> str:
    """Why a brief is incomplete: of several reasons the one with the best prospect."""
    reasons = [part.reason for part in brief.audit.unread]
    return min(reasons, key=lambda why: (code_of(why) not in PASSING, code_of(why) in LASTING), default="incomplete")


PASSING: Final = frozenset(("ModelUnavailable", "BudgetExceeded", "unavailable", "budget"))
"""Errors, and reasons why sentences are unread, that pass: the next run tries again, however often."""
LASTING: Final = frozenset(("ModelRefused", "refused"))
"""Those that do not: the same text meets them again."""


def code_of(why: str | None) -> str:
    """The class of an error, or the short code before a reason in words."""
    return (why or "").partition(":")[0]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one input: a brief, another input that it repeats, or an error."""

    external_id: str
    place: str
    """Where it was found, for a person."""
    brief: Brief | None = None
    duplicate_of: str | None = None
    """The external id of the input it repeats."""
    original: int | None = None
    """The number of that input, counted from 1; where it is followed, an id may stand for several."""
    error: str | None = None
    """The class of the error, such as `InputError`."""
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How every article of a batch is briefed."""

    model: str | None = None
    base_url: str | None = None
    plan: Plan = "auto"
    replay: Path | None = None
    """Recordings that answer in the model's place."""
    limits: Limits = field(default_factory=Limits)
    """For one article; its `max_cost` is None."""
    max_cost: float | None = None
    """US dollars for the whole ledger."""
    concurrency: int = 8
    """Most model requests in flight."""


@dataclass(slots=True)
class Tally:
    """How far a batch is. Counts of this run, but for what says otherwise."""

    inputs: int = 0
    """Read so far, whatever became of them."""
    all_read: bool = False
    """Whether there are no more inputs."""
    duplicates: int = 0
    unreadable: int = 0
    kept: int = 0
    """Articles that an earlier run had finished."""
    complete: int = 0
    incomplete: int = 0
    failed: int = 0
    in_flight: int = 0
    """Model requests that wait for their answer."""
    pace: int = 0
    """Model requests that may be in flight as things are."""
    calls: int = 0
    """Model requests that were answered."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None
    """None where it is not known."""
    kept_answers: int = 0
    """Answers that were taken from the ledger instead of asked for."""
    retries: int = 0
    """Requests that were sent again, as no answer came."""
    limited: int = 0
    """Of them, those that were answered with 429."""
    statements: Counter[str] = field(default_factory=Counter)
    """By section."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """(place, reason), at most the first 1,000."""
    started: float = field(default_factory=time.monotonic)

    @property
    def done(self) -> int:
        """Inputs of which it is known what became of them."""
        return self.duplicates + self.unreadable + self.kept + self.complete + self.incomplete + self.failed


class Engine(Protocol):
    """A way to have many articles briefed."""

    batched: ClassVar[bool]
    """Whether its requests wait in a batch of the provider's, which costs less."""

    async def run(self, desk: Desk) -> None:
        """Brief every article that the desk gives, and tell it what became of each.

        Returns when there is none left, or when the desk is stopped and nothing is under way.
        """
        ...
