"""The service under load, a short version of benchmarks/service.py: what is accepted is neither lost nor doubled."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.service import CONCURRENCY, Plan, run


@pytest.mark.slow
def test_a_kill_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Forty clients; kill -9 at a random moment; only what was at work then is asked of the model again."""
    kill = random.uniform(0.3, 0.9)
    with ThreadPoolExecutor(1) as pool:  # Playwright keeps an event loop in this thread once a browser test ran
        figures = pool.submit(run, Plan(clients=40, seconds=8, warm=0, kill=kill), tmp_path).result()
    told = f"killed at {kill:.3f} of the time: {figures}"
    assert figures["requests without an answer, by the kill"] > 0, told
    assert figures["articles"] > 40, told
    bad = ("jobs lost or about another article", "jobs beyond one for each key", "jobs that did not end complete")
    assert [figures[name] for name in bad] == [0, 0, 0], told
    assert figures["articles asked of the model twice"] <= CONCURRENCY, told
    assert figures["exit code"] == 0, told
