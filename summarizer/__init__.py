"""Verified briefs of conflict and diplomacy reporting.

    >>> from summarizer import summarize
    >>> brief = summarize(open("article.txt").read())       # doctest: +SKIP

Names are imported when they are first used, so that `import summarizer` costs next to nothing.

PYTEST_DONT_REWRITE, says this to pytest: because of our plugin it would warn where this was imported before it starts.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Article",
    "Brief",
    "BudgetExceeded",
    "InputError",
    "Limits",
    "ModelRefused",
    "ModelUnavailable",
    "Progress",
    "ReviewRecord",
    "StaleRecording",
    "SummarizerError",
    "UnverifiedBrief",
    "UsageError",
    "__version__",
    "apply_review",
    "asummarize",
    "check_paraphrase",
    "summarize",
]

_HOME = {
    "Article": "article",
    "Brief": "brief",
    "Limits": "asking",
    "Progress": "api",
    "ReviewRecord": "review",
    "apply_review": "reviewing",
    "asummarize": "api",
    "check_paraphrase": "paraphrase",
    "summarize": "api",
}

if TYPE_CHECKING:
    from summarizer.api import Progress, asummarize, summarize
    from summarizer.article import Article
    from summarizer.asking import Limits
    from summarizer.brief import Brief
    from summarizer.errors import (
        BudgetExceeded,
        InputError,
        ModelRefused,
        ModelUnavailable,
        StaleRecording,
        SummarizerError,
        UnverifiedBrief,
        UsageError,
    )
    from summarizer.paraphrase import check_paraphrase
    from summarizer.review import ReviewRecord
    from summarizer.reviewing import apply_review


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"summarizer.{_HOME.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
