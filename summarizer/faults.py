"""What can go wrong with one planned call, and what may be done about it (DESIGN's table of faults)."""

from __future__ import annotations

from typing import ClassVar

from summarizer.errors import BudgetExceeded, ModelRefused, ModelUnavailable, SummarizerError


class Fault(Exception):
    """One attempt at a planned call failed. `str(fault)` says what happened, in one line."""

    attempts: ClassVar[int] = 1
    """Most attempts at a planned call that meets this fault."""
    error: ClassVar[type[SummarizerError]] = ModelUnavailable
    """What the caller gets when nothing at all could be read."""
    reason: ClassVar[str] = "unavailable"
    """The short code in `audit.unread`."""


class Transport(Fault):
    """429, 5xx, a dropped or timed-out connection: worth another try within the deadline."""

    attempts = 3

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the server asked to wait, or None."""


class Rejected(Fault):
    """401, 403, 404 and other answers that a second try cannot change."""

    reason = "rejected_request"


class Refusal(Fault):
    """The model declined, or a content filter stopped it. Never retried."""

    error = ModelRefused
    reason = "refused"


class BadAnswer(Fault):
    """Not JSON, invalid, empty or near-empty: asked once more, saying what was wrong."""

    attempts = 2
    reason = "bad_answer"


class CutAnswer(BadAnswer):
    """The answer was cut at its length limit: never a shorter brief, but a smaller window."""

    reason = "cut_answer"


class OverBudget(Fault):
    """The limits on time, calls or cost of the article are used up."""

    error = BudgetExceeded
    reason = "budget"
