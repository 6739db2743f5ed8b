"""The error tree. Every error the package raises on purpose derives from `SummarizerError`.

    SummarizerError
    ├── InputError          the article cannot be used: unreadable, empty, too large      exit 3, HTTP 422
    ├── UsageError          wrong option, missing extra, missing key                      exit 2, HTTP 400
    ├── ModelUnavailable    nothing could be read: unreachable, failing, unknown model    exit 4, HTTP 503
    ├── ModelRefused        nothing could be read: the model or its filter refused        exit 4, HTTP 502
    ├── BudgetExceeded      nothing could be read within the limits                       exit 4, HTTP 504
    ├── UnverifiedBrief     a brief whose evidence does not stand in its article          exit 3, HTTP 422
    └── StaleRecording      the recording is missing or no longer fits                    exit 6

This module imports nothing heavy, so that `summarizer --help` stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from summarizer.plain import one_line, visible

if TYPE_CHECKING:
    from summarizer.brief import Usage

__all__ = [
    "BudgetExceeded",
    "InputError",
    "ModelRefused",
    "ModelUnavailable",
    "StaleRecording",
    "SummarizerError",
    "UnverifiedBrief",
    "UsageError",
]


class SummarizerError(Exception):
    """Base of all errors raised on purpose.

    `str(error)` is one line for a person: what happened and what to do.
    """

    exit_code = 1
    """The exit code of the command line (DESIGN's table of outcomes)."""

    http_status = 500
    """The HTTP status of the service for the same outcome."""

    def __init__(self, message: str, *, usage: Usage | None = None) -> None:
        super().__init__(one_line(message))
        self._usage = usage

    @property
    def usage(self) -> Usage:
        """What was spent on model calls before the error; all zero where none was made."""
        if self._usage is None:
            from summarizer.brief import Usage

            self._usage = Usage()
        return self._usage

    @usage.setter
    def usage(self, usage: Usage) -> None:
        self._usage = usage


class InputError(SummarizerError):
    """The article cannot be used: unreadable, empty, not text, or too large."""

    exit_code = 3
    http_status = 422


class UsageError(SummarizerError):
    """The caller asked for something that cannot be: a wrong name, a missing extra, a missing key."""

    exit_code = 2
    http_status = 400


class ModelUnavailable(SummarizerError):
    """No model call succeeded: the server is unreachable, failing, or does not know the model."""

    exit_code = 4
    http_status = 503


class ModelRefused(SummarizerError):
    """No model call succeeded: the model declined, or a content filter stopped it."""

    exit_code = 4
    http_status = 502


class BudgetExceeded(SummarizerError):
    """No model call succeeded within the limits on time, calls or cost."""

    exit_code = 4
    http_status = 504


class UnverifiedBrief(SummarizerError, ValueError):
    """A brief's evidence, references or text do not stand in its article."""

    exit_code = 3
    http_status = 422


class StaleRecording(SummarizerError):
    """The recording to replay is missing, unreadable, or made with another prompt, schema or article.

    `str(error)` may have further lines: the nearest recorded request, what changed, and how to record again.
    """

    exit_code = 6

    def __init__(self, message: str, *, reasons: tuple[str, ...] = (), usage: Usage | None = None) -> None:
        super().__init__(message, usage=usage)
        self.args = ("\n".join(visible(line) for line in message.split("\n")),)
        self.reasons = tuple(map(visible, reasons or message.split("\n")))
        """What is wrong, a line each, without the cassette's name and the way out."""
