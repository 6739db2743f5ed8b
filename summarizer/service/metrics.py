"""What `/metrics` tells: counts and times, no ids, no texts. Each service has a registry of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from summarizer.brief import Usage

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_METHODS = ("GET", "POST", "DELETE")
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ARTICLE_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900)


class Metrics:
    """The figures of one service. Threads share it."""

    def __init__(self, running: Callable[[], int], queued: Callable[[], int]) -> None:
        """`running` and `queued` count the jobs of the moment."""
        self.registry = CollectorRegistry()
        self._jobs = Counter(
            "summarizer_jobs", "Jobs that are over, by their final status.", ["status"], registry=self.registry
        )
        self._calls = Counter("summarizer_model_calls", "Model calls, failed ones included.", registry=self.registry)
        self._tokens = Counter(
            "summarizer_model_tokens",
            "Tokens of model calls: input (of which some are cached) and output.",
            ["kind"],
            registry=self.registry,
        )
        self._articles = Histogram(
            "summarizer_article_seconds",
            "Seconds from the start of an article's job to its end.",
            buckets=_ARTICLE_SECONDS,
            registry=self.registry,
        )
        self._requests = Histogram(
            "summarizer_request_seconds",
            "Seconds from a request to the beginning of its answer.",
            ["method", "route", "status"],
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        gauge = Gauge("summarizer_jobs_running", "Articles that are read now.", registry=self.registry)
        gauge.set_function(running)
        gauge = Gauge("summarizer_jobs_queued", "Articles that wait.", registry=self.registry)
        gauge.set_function(queued)
        for status in ("complete", "incomplete", "failed", "cancelled"):
            self._jobs.labels(status)
        for kind in ("input", "output", "cached"):
            self._tokens.labels(kind)

    def over(self, status: str) -> None:
        """A job came to its end."""
        self._jobs.labels(status).inc()

    def read(self, seconds: float) -> None:
        """An article was read, or failed, after so many seconds."""
        self._articles.observe(seconds)

    def spent(self, usage: Usage) -> None:
        """Model calls were made."""
        self._calls.inc(usage.calls)
        self._tokens.labels("input").inc(usage.input_tokens)
        self._tokens.labels("output").inc(usage.output_tokens)
        self._tokens.labels("cached").inc(usage.cached_tokens)

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """A request was answered; `route` is the template, None where no route fits."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route or "none", str(status)).observe(seconds)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
