"""A batch that is killed half-way and goes on, against one that is left alone.

    python -m benchmarks.resume [--articles 300] [--delay 0.1] [--concurrency 16]

Run from the project's root, on Linux. `summarizer batch` runs in processes of its own against a counting stub server of
the tests. Printed, as ratios to the undisturbed run: the requests of the killed and resumed one, its time, and the time
of a third run that finds everything finished. The limits it states, exit 1 when one is missed: no answered request is
sent again, at most as many as were in flight are; the outputs are equal; a run with nothing to do takes at most a fifth
of the time.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.crashing import Counting, counting, finished, kept, options, started
from tests.wires import wire


def main() -> int:
    """Run it and print the ratios; the exit code says whether the limits hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--delay", type=float, default=0.1)
    parser.add_argument("--concurrency", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, counting(given.delay) as stub:
        root = Path(folder)
        wire(root / "wire.jsonl", given.articles, longest=9)

        def command(out: str) -> list[str]:
            return ["batch", "wire.jsonl", "-o", out, *options(stub, given.concurrency)]

        quiet, alone = timed(command("a.jsonl"), root, stub)
        killed, disturbed, again = halved(command("b.jsonl"), root, stub, alone)
        idle, nothing = timed(command("b.jsonl"), root, stub)
        equal = (root / "a.jsonl").read_bytes() == (root / "b.jsonl").read_bytes()
    print(f"{given.articles} articles, {given.delay} s an answer, {given.concurrency} in flight")
    print(f"undisturbed: {alone} requests in {quiet:.1f} s")
    print(f"killed at half and resumed: {disturbed / alone:.3f} of the requests, {killed / quiet:.2f} of the time")
    print(f"sent again: {again[0]} that had been answered, {again[1]} that had not (in flight: {given.concurrency})")
    print(f"with nothing left to do: {nothing} requests, {idle / quiet:.2f} of the time")
    print(f"outputs equal: {equal}")
    held = again[0] == 0 and again[1] <= given.concurrency and equal and nothing == 0 and idle <= 0.2 * quiet
    print("limits:", "held" if held else "MISSED")
    return 0 if held else 1


def timed(command: list[str], folder: Path, stub: Counting) -> tuple[float, int]:
    """Seconds and requests of a run."""
    before, began = len(stub.seen), time.perf_counter()
    code = finished(command, folder)
    if code:
        sys.exit(f"the batch ended with {code}")
    return time.perf_counter() - began, len(stub.seen) - before


def halved(command: list[str], folder: Path, stub: Counting, requests: int) -> tuple[float, int, tuple[int, int]]:
    """Seconds and requests of a run that is killed at half and of the one that goes on; what was sent again."""
    before, began = len(stub.seen), time.perf_counter()
    process = started(command, folder)
    stub.wait_for(requests // 2, 600)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    answers, _ = kept(folder / "b.jsonl.ledger")
    first = stub.seen[before:]
    took = time.perf_counter() - began
    further, _ = timed(command, folder, stub)
    second = stub.seen[before + len(first) :]
    repeated = [key for key in second if key in set(first)]
    answered = sum(key in answers for key in repeated)
    return took + further, len(first) + len(second), (answered, len(repeated) - answered)


if __name__ == "__main__":
    sys.exit(main())
