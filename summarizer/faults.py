"""What can go wrong with one planned call, and what may be done about it (DESIGN's table of faults)."""

from __future__ import annotations

from typing import ClassVar

from summarizer.errors import BudgetExceeded, ModelRefused, ModelUnavailable, SummarizerError
from summarizer.plain import one_line, shorten


class Fault(Exception):
    """One attempt at a planned call failed. `str(fault)` says what happened, in one line of at most 300 characters."""

    attempts: ClassVar[int] = 1
    """Most attempts at a planned call that meets this fault."""
    error: ClassVar[type[SummarizerError]] = ModelUnavailable
    """What the caller gets when nothing at all could be read."""
    reason: ClassVar[str] = "unavailable"
    """The short code in `audit.unread`."""
    advice: ClassVar[str] = ""
    """What to try, where the message does not say it."""

    def __init__(self, message: str) -> None:
        super().__init__(shorten(one_line(message), 300))
        self.everywhere = False
        """Whether every further call of the article would meet it as well."""
        self.final = False
        """Whether there is no further attempt at this call, whatever the table allows."""
        self.sent = False
        """Whether the request went out and nothing came back: what the server made of it, and charges, is not known."""


class Transport(Fault):
    """429, 5xx, a dropped or timed-out connection: worth another try within the deadline."""

    attempts = 3
    advice = "try again later, or give it longer with --timeout"

    def __init__(
        self, message: str, *, retry_after: float | None = None, sent: bool = False, limited: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the server asked to wait, or None."""
        self.sent = sent
        self.limited = limited
        """Whether it was one request too many for the server (429)."""


class Rejected(Fault):
    """401, 403, 404 and other answers that a second try cannot change."""

    reason = "rejected_request"
    advice = "see `summarizer doctor`"

    def __init__(self, message: str, *, everywhere: bool = False) -> None:
        super().__init__(message)
        self.everywhere = everywhere


class Refusal(Fault):
    """The model declined, or a content filter stopped it. Never retried."""

    error = ModelRefused
    reason = "refused"
    advice = "another model may take it (--model)"


class BadAnswer(Fault):
    """Not JSON, invalid, empty or near-empty: asked once more, saying what was wrong."""

    attempts = 2
    reason = "bad_answer"
    advice = "try another model, or see what this one can do with `summarizer doctor`"


class CutAnswer(BadAnswer):
    """The answer was cut at its length limit: never a shorter brief, but a smaller window."""

    reason = "cut_answer"
    advice = "try --plan windows, or a model that writes longer answers"


class OverBudget(Fault):
    """The limits on time, calls or cost of the article are used up."""

    error = BudgetExceeded
    reason = "budget"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.everywhere = True
