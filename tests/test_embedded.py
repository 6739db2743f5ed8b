"""The embedded model for real. Slow: needs xllamacpp and the weights (`make test-all` brings both)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from summarizer import Article, Brief, local, summarize
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(local.available()), reason=f"no embedded model: {local.available()}"),
]
WIRE = ROOT / "seeds" / "invented-wire.md"


@pytest.mark.parametrize("plan", ["windows", "whole"])
def test_both_plans_are_filled_validly_by_the_real_model(plan: str) -> None:
    """A complete brief with the wire item's condition, its text sent nowhere but into this process."""
    brief = summarize(Article.from_file(WIRE), model="local", plan=plan)  # type: ignore[arg-type]
    assert brief.audit.complete
    assert brief.provenance.endpoint == "127.0.0.1"
    assert brief.provenance.usage.output_tokens > 50
    assert list(brief.items())
    assert Brief.load(brief.to_json()) == brief


def test_the_command_briefs_within_two_gigabytes(tmp_path: Path) -> None:
    """As a process of its own: exit 0, verified JSON, peak memory under 2 GB."""
    # Not getrusage: its ru_maxrss goes on through exec, so that it may be the peak of the tests' own process.
    status = Path("/proc/self/status")
    if not status.is_file():
        pytest.skip("the peak is read from /proc/self/status")
    script = (
        "import re, sys; from summarizer.cli import main; code = main(sys.argv[1:]);"
        f"print(re.search(r'VmHWM:\\s+(\\d+) kB', open({str(status)!r}).read())[1], file=sys.stderr); sys.exit(code)"
    )
    command = [sys.executable, "-c", script, "brief", str(WIRE), "--model", "local", "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert Brief.load(done.stdout).audit.complete
    assert json.loads(done.stdout)["provenance"]["model"].startswith("local/")
    assert int(done.stderr.split()[-1]) * 1024 < 2_000_000_000
