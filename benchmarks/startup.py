"""How long a start takes, as whole processes, against simonw/llm and pydantic.

    python benchmarks/startup.py [--cache DIR] [--runs 15] [--json FILE]

Three comparisons, interleaved in one run so that a busy machine hurts both sides alike, medians compared:

    summarizer --help                          at least 5 times faster than llm --help
    python -c "import summarizer"              at most 2 times from pydantic import BaseModel
    summarizer brief SEED --replay cassettes   at most 1.5 times llm --help

llm goes into a virtual environment of its own under the cache folder, made on the first run (needs a package
index). Exit 1 when a target is missed, 2 when a command fails.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from environments import commands_of

ROOT = Path(__file__).resolve().parent.parent
SEED = Path("seeds") / "000_31555e438435f307.txt"


@dataclass(frozen=True)
class Target:
    """`ours` may take at most `limit` times what `theirs` takes."""

    ours: str
    theirs: str
    limit: float


TARGETS = (
    Target("summarizer --help", "llm --help", 1 / 5),
    Target("import summarizer", "import pydantic", 2.0),
    Target("replay", "llm --help", 1.5),
)


def commands(cache: Path) -> dict[str, list[str]]:
    """Every measured process by its name."""
    llm, scripts = str(commands_of("llm", cache / "llm-venv") / "llm"), Path(sys.executable).parent
    summarizer = str(scripts / "summarizer")
    return {
        "summarizer --help": [summarizer, "--help"],
        "llm --help": [llm, "--help"],
        "import summarizer": [sys.executable, "-c", "import summarizer"],
        "import pydantic": [sys.executable, "-c", "from pydantic import BaseModel"],
        "replay": [summarizer, "brief", str(SEED), "--replay", "cassettes", "--format", "json"],
    }


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """One whole process."""
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    taken = time.perf_counter() - started
    if done.returncode != 0:
        print(f"{' '.join(command)} ended with {done.returncode}:", file=sys.stderr)
        print(done.stderr.decode(errors="replace")[-2000:], file=sys.stderr)
        raise SystemExit(2)
    return taken


def measure(processes: dict[str, list[str]], runs: int, cache: Path) -> dict[str, list[float]]:
    """All processes in turn, `runs` times, after one round that warms the file cache."""
    environment = {**os.environ, "LLM_USER_PATH": str(cache / "llm-user"), "NO_COLOR": "1"}
    times: dict[str, list[float]] = {name: [] for name in processes}
    for round_ in range(runs + 1):
        for name, command in processes.items():
            taken = seconds(command, environment)
            if round_ > 0:
                times[name].append(taken)
    return times


def main() -> int:
    """Measure, print, and say whether every target is met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "summarizer-benchmarks")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", type=Path, help="store the figures in this file")
    options = parser.parse_args()
    cache = options.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)

    times = measure(commands(cache), options.runs, cache)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        low, high = min(times[name]) * 1000, max(times[name]) * 1000
        print(f"{name:20} {median * 1000:8.0f} ms   ({low:.0f} to {high:.0f})")
    results = []
    for target in TARGETS:
        ratio = medians[target.ours] / medians[target.theirs]
        met = ratio <= target.limit
        results.append(
            {"ours": target.ours, "theirs": target.theirs, "ratio": ratio, "limit": target.limit, "met": met}
        )
        faster = f", {1 / ratio:.1f} times faster" if ratio < 1 else ""
        line = f"{target.ours} takes {ratio:.2f} of {target.theirs} (at most {target.limit:.2f}){faster}"
        print("PASS" if met else "FAIL", line)
    if options.json:
        machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
        figures = {"machine": machine, "runs": options.runs, "medians_s": medians, "targets": results}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if all(result["met"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
