"""Peak memory of a batch of 1,000 articles and of one of 20,000.

    python -m benchmarks.batch_memory [--small 1000] [--large 20000] [--concurrency 32]

Run from the project's root, on Linux; the large one takes some minutes. `summarizer batch` runs in a process of its own
against a stub server of the tests in another, with rows and a database written too. Printed: the peak of the resident
memory of each (VmHWM), and their ratio. The limit it states, exit 1 when it is missed: 1.1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from tests.stub_server import stub_server
from tests.wires import answered, wire

LIMIT = 1.1


def serve(pipe: Connection) -> None:
    """The stub; it forgets what it was asked."""
    with stub_server(answered) as server:
        server.requests = Forgetful()
        server.headers = Forgetful()
        pipe.send(server.url)
        pipe.recv()


class Forgetful(list):  # type: ignore[type-arg]
    """A list that keeps nothing."""

    def append(self, value: object) -> None:
        """Forget it."""


def peak(folder: Path, articles: int, url: str, concurrency: int) -> tuple[float, float]:
    """The peak memory in MB of a batch of so many articles, and its seconds."""
    wire(folder / f"{articles}.jsonl", articles)
    name = str(articles)
    outputs = ["-o", f"{name}.out.jsonl", "--rows", f"{name}.csv", "--db", f"{name}.db"]
    command = [sys.executable, "-m", "summarizer", "batch", f"{name}.jsonl", *outputs, "--model", "m"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--base-url", url, "--concurrency", str(concurrency), "--quiet"],
        cwd=folder,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": ""},
    )
    highest = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        highest = max(highest, int(found[1]) if (found := re.search(r"VmHWM:\s+(\d+) kB", status)) else 0)
        time.sleep(0.2)
    if process.wait():
        sys.exit(f"the batch ended with {process.returncode}")
    return highest / 1024, time.perf_counter() - began


def main() -> int:
    """Run both and print the ratio; the exit code says whether the limit holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=20_000)
    parser.add_argument("--concurrency", type=int, default=32)
    given = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    stub = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    stub.start()
    url = ours.recv()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for articles in (given.small, given.large):
            megabytes, seconds = peak(Path(folder), articles, url, given.concurrency)
            print(f"{articles} articles: peak {megabytes:.0f} MB, {seconds:.0f} s, {articles / seconds:.1f} a second")
            found.append(megabytes)
    stub.terminate()
    ratio = found[1] / found[0]
    print(f"ratio {ratio:.3f} (limit {LIMIT}): {'held' if ratio <= LIMIT else 'MISSED'}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
