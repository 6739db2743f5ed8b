"""The embedded model's prompt cache, carried from article to article: a batch with it, and the same batch without.

    python -m benchmarks.embedded_cache [--articles 12]

Run from the project's root where the embedded model is installed (`make brief`), on a quiet machine; on two cores it
takes about a quarter of an hour. Both batches have the same invented articles and a ledger of their own; the second
asks llama.cpp in each request not to use its cache (`cache_prompt`). The model is loaded before. Printed: the seconds,
tokens read and calls of both, and the ratio. The limit it states, exit 1 when it is missed: 1.3.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from summarizer import local
from summarizer.corpus.batch import Batch, run
from summarizer.corpus.engine import Settings, Tally
from summarizer.corpus.local_engine import LocalEngine
from summarizer.model import LiveModel
from summarizer.providers import ModelName
from tests.wires import wire

LIMIT = 1.3


class Uncached(LiveModel):
    """The embedded model without its prompt cache."""

    async def aexchange(self, body: Mapping[str, Any], seconds: float) -> Any:
        """Ask for the whole prompt to be read."""
        return await super().aexchange({**body, "cache_prompt": False}, seconds)


def timed(live: LiveModel, folder: Path, name: str) -> tuple[float, Tally]:
    """The seconds of a batch and what it came to."""
    tally = Tally()
    batch = Batch(
        inputs=[str(folder / "wire.jsonl")],
        output=folder / f"{name}.jsonl",
        ledger=folder / f"{name}.ledger",
        settings=Settings(model="local", concurrency=1),
        engine=LocalEngine(),
    )
    began = time.perf_counter()
    done = run(batch, live, tally, lambda: None)
    if done.code not in (0, 5):
        sys.exit(f"the batch ended with {done.code}: {done.stopped}")
    return time.perf_counter() - began, tally


def main() -> int:
    """Run both and print the ratio; the exit code says whether the limit holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--articles", type=int, default=12)
    given = parser.parse_args()
    local.serve()
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wire(folder / "wire.jsonl", given.articles, longest=5)
        for kind, model in (("with", LiveModel), ("without", Uncached)):
            seconds, tally = timed(model(ModelName("local", "")), folder, kind)
            told = f"{tally.calls} calls, {tally.input_tokens} tokens in, {tally.cached_tokens} of them cached"
            print(f"{kind} the cache: {seconds:.0f} s, {told}, {tally.output_tokens} out", flush=True)
            found.append(seconds)
    ratio = found[1] / found[0]
    print(f"ratio {ratio:.2f} (limit {LIMIT}): {'held' if ratio >= LIMIT else 'MISSED'}")
    return 0 if ratio >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
