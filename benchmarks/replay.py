"""What replaying an exchange costs, against bare vcrpy on the same cassette.

    python -m benchmarks.replay [CASSETTE ...] [--rounds 30] [--json FILE]

Four ways through every exchange of a cassette, interleaved in one run, medians a exchange compared:

    vcrpy + httpx2     vcr.use_cassette matching method, path and body; the recorded bodies posted by httpx2
    vcrpy + openai     the same through openai's client, which parses the answers: what a project without us would do
    replay             opening the cassette, matching each request, reading each answer: what replaying adds
    brief              all of `summarize(article, replay=...)`: segmentation, prompts, checks and the brief besides

The first is the bare one. The target is `replay` at most 1.0 of it; exit 1 when it is missed. Importing is no part of
any: vcrpy, openai and instructor take over a second once, and a replay imports none of them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import httpx2
import openai
import vcr

from summarizer import cassette, summarize
from summarizer.asking import Allowance, Call
from summarizer.draft import Draft
from summarizer.replaying import Replay

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1.0
NO_LIMIT = Allowance(seconds=60)


def bare(path: Path) -> Callable[[], None]:
    """Every recorded request, posted under vcrpy alone."""
    exchanges = cassette.read(path).exchanges
    bodies = [json.dumps(exchange.request, ensure_ascii=False).encode() for exchange in exchanges]
    client = httpx2.Client(trust_env=False)

    def run() -> None:
        with vcr.use_cassette(path, record_mode="none", match_on=["method", "path", "body"]):
            for exchange, body in zip(exchanges, bodies, strict=True):
                client.post(exchange.uri, content=body, headers={"content-type": "application/json"}).json()

    return run


def through_openai(path: Path) -> Callable[[], None]:
    """The same through openai's client."""
    exchanges = cassette.read(path).exchanges
    client = openai.OpenAI(base_url=f"{cassette.NEUTRAL}/v1", api_key="unset", max_retries=0)

    def run() -> None:
        with vcr.use_cassette(path, record_mode="none", match_on=["method", "path", "body"]):
            for exchange in exchanges:
                client.chat.completions.create(**exchange.request)

    return run


def replay(path: Path) -> Callable[[], None]:
    """Every request of the run, answered by our replay. The requests are those that a brief sends, kept once."""
    sent: list[tuple[Call, tuple[dict[str, str], ...]]] = []
    send = Replay.send

    def keep(self: Replay, call: Call, messages: tuple[dict[str, str], ...], allowance: Allowance) -> object:
        sent.append((call, messages))
        return send(self, call, messages, allowance)

    with mock.patch.object(Replay, "send", keep):
        brief(path)()

    def run() -> None:
        opened = cassette.read(path)
        model = Replay(opened, opened.runs[0])
        for call, messages in sent:
            assert issubclass(call.draft, Draft)
            model.send(call, messages, NO_LIMIT)
        model.finish()

    return run


def brief(path: Path) -> Callable[[], None]:
    """The whole brief."""
    opened = cassette.read(path)
    (only,) = opened.runs

    def run() -> None:
        summarize(opened.article(only), replay=path)

    return run


WAYS = {"vcrpy + httpx2": bare, "vcrpy + openai": through_openai, "replay": replay, "brief": brief}


def measure(path: Path, rounds: int) -> dict[str, float]:
    """Median milliseconds an exchange, by way."""
    ways = {name: make(path) for name, make in WAYS.items()}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(rounds + 1):
        for name, run in ways.items():
            started = time.perf_counter()
            run()
            if round_:  # the first warms up
                taken[name].append(time.perf_counter() - started)
    exchanges = len(cassette.read(path).exchanges)
    return {name: statistics.median(seconds) * 1000 / exchanges for name, seconds in taken.items()}


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cassettes", nargs="*", type=Path, default=sorted((ROOT / "cassettes").glob("*.windows.*")))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results = {path.name: measure(path, arguments.rounds) for path in arguments.cassettes}
    missed = False
    print(f"{'ms an exchange':<42}" + "".join(f"{name:>16}" for name in WAYS) + f"{'replay / bare':>16}")
    for name, figures in results.items():
        ratio = figures["replay"] / figures["vcrpy + httpx2"]
        missed |= ratio > LIMIT
        print(f"{name:<42}" + "".join(f"{figures[way]:>16.2f}" for way in WAYS) + f"{ratio:>15.2f}x")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
