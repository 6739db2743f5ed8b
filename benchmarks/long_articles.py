"""How calls, tokens, our own time and memory grow with the length of an article, against the stub server of the tests.

    python -m benchmarks.long_articles [--json FILE]

Run from the project's root. Each length has a process of its own. The limit it states: calls, characters sent and
seconds grow at most 1.3 times as fast as the article.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

LENGTHS = (12_500, 25_000, 50_000, 100_000, 200_000)
MOST = 1.3


def measure(characters: int) -> dict[str, float]:
    """One article of so many characters: what was sent, how long it took, the most memory in MB."""
    from summarizer import Article, summarize
    from tests.factories import long_article
    from tests.stub_server import stub_server
    from tests.test_long import worded

    with stub_server(worded) as stub:
        summarize(long_article(300), model="m", base_url=stub.url)  # imports
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stub.requests.clear()
        started = time.perf_counter()
        brief = summarize(Article(long_article(characters)), model="m", base_url=stub.url)
        seconds = time.perf_counter() - started
    assert brief.audit.complete
    sent = sum(len(m["content"]) for body in stub.requests for m in body["messages"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "characters": characters,
        "calls": len(stub.requests),
        "characters sent": sent,
        "seconds": round(seconds, 2),
        "more memory, MB": round(memory / 1024, 1),
        "items": len(list(brief.items())),
    }


def main() -> int:
    """Print the table and whether the growth is linear."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return 0
    rows = []
    for length in LENGTHS:
        command = [sys.executable, "-m", "benchmarks.long_articles", "--one", str(length)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        print("  ".join(f"{name} {value:,}" for name, value in rows[-1].items()))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    longer = rows[-1]["characters"] / rows[0]["characters"]
    growth = {name: rows[-1][name] / rows[0][name] for name in ("calls", "characters sent", "seconds")}
    for name, ratio in growth.items():
        print(
            f"{'PASS' if ratio <= MOST * longer else 'FAIL'} {name}: {ratio:.1f} times for {longer:g} times the length"
        )
    return 0 if max(growth.values()) <= MOST * longer else 1


if __name__ == "__main__":
    raise SystemExit(main())
