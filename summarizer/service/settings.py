"""What a service is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from summarizer.asking import Limits


@dataclass(frozen=True, slots=True)
class Settings:
    """How one service works; what `summarizer serve` makes of its options."""

    data: Path
    """The folder of its jobs."""
    model: str | None = None
    base_url: str | None = None
    replay: Path | None = None
    """Recordings that answer instead of a model."""
    limits: Limits = field(default_factory=Limits)
    """Ceilings for one article."""
    concurrency: int = 4
    """Articles that are read at a time."""
    queue: int = 100
    """Articles that may wait beside them."""
    wait: float = 2.0
    """Seconds that a POST waits for its brief."""
    keep: float = 7.0
    """Days that a job is kept after its end."""
    token: str | None = field(default=None, repr=False)
    """What every request must bear but those for `/healthz` and the empty page at `/`."""
    hosts: frozenset[str] | None = frozenset({"localhost", "127.0.0.1", "::1"})
    """Host names that a request may name; None lets it name any."""
    body_limit: int = 10_000_000
    """Most bytes of a request's body."""
    body_seconds: float = 30.0
    """Seconds that a body may take to arrive."""
    grace: float = 5.0
    """Seconds that articles under way are given when the service stops."""
