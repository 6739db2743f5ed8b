"""A batch against a bare asyncio openai client that sends the same requests: rate and CPU time.

    python -m benchmarks.throughput [--articles 240] [--latency 1.0] [--concurrency 64] [--plan windows] [--json FILE]

Run from the project's root on an otherwise idle machine. A stub server in a process of its own answers every request
after so many seconds. `summarizer batch` (its library form, with ledger, intake and output) briefs the articles, and
`openai.AsyncOpenAI` sends the same requests to the same server, so many at once. Printed, with the limits it states
(exit 1 when one is missed):

    rate_ratio       sustained requests a second to the bare client's, between the first and the last tenth of the
                     requests as the server saw them; at least 0.95
    article_ratio    CPU time of an article to the bare client's for its requests, without language detection and
                     verification, which are counted apart; at most 3; of a second batch that has no readers, as what
                     they do is in other processes
    request_ratio    CPU time of our client alone, sending the same requests, to the bare client's

Verification is what grounds an answer in the article and what the brief is checked for: `Grounding.ground`, the merging
of statements, the audit with its flags, and the check of the whole brief, again when it is read from the ledger. What
code finds out of an article before any call (sentences, who speaks where) is part of its own time. The articles are the
invented ones of the gold set, with other numbers in each sentence of each copy, so that nothing is known from the copy
before; the stub answers with a statement for each sentence it is asked about.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from summarizer import article, assembly, brief, pipeline
from summarizer.corpus.batch import Batch, run
from summarizer.corpus.engine import Settings, Tally
from summarizer.corpus.local_engine import LocalEngine
from summarizer.exchange import read_answer
from summarizer.grounding import Grounding
from summarizer.model import LiveModel
from summarizer.prompting import PlanName
from summarizer.providers import parse_name

GOLD = Path(__file__).parent / "gold" / "invented"
SLOWEST, DEAREST = 0.95, 3.0
"""Limits: the rate to the bare client's, and the CPU time of an article to it."""


# The stub server


def _answer(body: dict[str, Any]) -> bytes:
    """What a model may answer: each sentence asked about, in its own words, held by whoever it begins with."""
    form = body["response_format"]["json_schema"]["schema"]["$defs"]
    lines = (line.partition("] ") for line in body["messages"][-1]["content"].splitlines() if line.startswith("["))
    said = {int(n[1:]): text for n, _, text in lines if n[1:].isdigit()}
    asked = [entry["properties"]["n"].get("const") for entry in form.values()]
    asked = sorted(asked) if None not in asked else asked
    rows = [
        {"n": n, "who": " ".join(said.get(n, "").split()[:2]), "says": said.get(n, "")[:110], "kind": "position"}
        for n in (asked if None not in asked else list(said)[:40])
    ]
    message = {"role": "assistant", "content": json.dumps({"entries": rows}), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 900, "completion_tokens": 90, "total_tokens": 990}
    whole = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
    return json.dumps(whole).encode()


async def _serve(pipe: Connection, latency: float) -> None:
    came: list[float] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
                body = json.loads(await reader.readexactly(int(length.split(b":")[1])))
                came.append(time.perf_counter())
                data = _answer(body)
                await asyncio.sleep(latency)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                writer.write(b"content-length: %d\r\n\r\n" % len(data) + data)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1_024)
    pipe.send(server.sockets[0].getsockname()[1])
    while True:
        await asyncio.to_thread(pipe.recv)
        pipe.send(list(came))
        came.clear()


def serve(pipe: Connection, latency: float) -> None:
    """A stub server; tells its port, and when it is asked, when requests came since it was asked before."""
    asyncio.run(_serve(pipe, latency))


# What is measured

_counting = threading.Lock()
apart: Counter[str] = Counter()
"""Seconds of CPU time by what is counted apart."""


@contextmanager
def counted(name: str) -> Iterator[None]:
    """Count what the block takes apart."""
    started = time.thread_time()
    try:
        yield
    finally:
        with _counting:
            apart[name] += time.thread_time() - started


def count(owner: Any, attribute: str, name: str) -> None:
    """Count a function's time apart; a generator's is counted when it is made, as a list."""
    plain = getattr(owner, attribute)

    def timed(*arguments: Any, **named: Any) -> Any:
        with counted(name):
            result = plain(*arguments, **named)
            return iter(list(result)) if isinstance(result, Iterator) else result

    setattr(owner, attribute, timed)


class Told(LiveModel):
    """A live model that keeps the bodies it sends."""

    def __init__(self, url: str) -> None:
        super().__init__(parse_name("m", url))
        self.bodies: list[dict[str, Any]] = []

    async def aexchange(self, body: Mapping[str, Any], seconds: float) -> Any:
        """Send it."""
        self.bodies.append(dict(body))
        return await super().aexchange(body, seconds)


async def timed(work: list[Callable[[], Awaitable[object]]], concurrency: int) -> tuple[float, float]:
    """(CPU seconds, seconds) of the work, so much of it at once."""
    left = iter(work)

    async def worker() -> None:
        for one in left:
            await one()

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return time.process_time() - cpu, time.perf_counter() - wall


def texts(number: int) -> list[str]:
    """So many articles, no sentence of which is like one of another."""
    gold = [json.loads(path.read_text(encoding="utf-8"))["text"] for path in sorted(GOLD.glob("*.json"))]
    return [
        gold[n % len(gold)].replace(". ", f" in file {n} of series {3 * n}, box {5 * n}, page {7 * n}. ")
        for n in range(number)
    ]


def rate(came: list[float]) -> float:
    """Requests a second, without the first and the last tenth of them."""
    tenth = len(came) // 10
    middle = sorted(came)[tenth : len(came) - tenth]
    return (len(middle) - 1) / (middle[-1] - middle[0])


def briefed(
    model: LiveModel, articles: list[str], concurrency: int, plan: PlanName, readers: int | None = None
) -> float:
    """CPU seconds of a batch in this process."""
    with tempfile.TemporaryDirectory() as folder:
        return _briefed(model, Path(folder), articles, concurrency, plan, LocalEngine(readers))


def _briefed(
    model: LiveModel, folder: Path, articles: list[str], concurrency: int, plan: PlanName, engine: LocalEngine
) -> float:
    lines = (json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(articles))
    (folder / "wire.jsonl").write_text("".join(lines), encoding="utf-8")
    batch = Batch(
        inputs=[str(folder / "wire.jsonl")],
        output=folder / "out.jsonl",
        ledger=folder / "ledger",
        settings=Settings(plan=plan, concurrency=concurrency),
        engine=engine,
        force=True,
    )
    began = time.process_time()
    tally = Tally()
    done = run(batch, model, tally, lambda: None)
    if tally.complete + tally.incomplete != len(articles):
        sys.exit(f"{tally.complete} complete and {tally.incomplete} incomplete briefs of {len(articles)} articles")
    if done.code not in (0, 5):
        sys.exit(f"the batch ended with {done.code}: {done.stopped}")
    return time.process_time() - began


async def sent(
    url: str, bodies: list[dict[str, Any]], concurrency: int, pipe: Connection
) -> tuple[float, float, list[float]]:
    """CPU seconds of the bare client and of ours alone for these requests, and when those of the bare one came."""
    import openai

    model = LiveModel(parse_name("m", url))
    client = openai.AsyncOpenAI(base_url=url, api_key="unset", max_retries=0)
    await client.chat.completions.create(**bodies[0])
    pipe.send(None)
    pipe.recv()
    bare, _ = await timed([lambda body=body: client.chat.completions.create(**body) for body in bodies], concurrency)
    pipe.send(None)
    came = pipe.recv()

    async def ours(body: dict[str, Any]) -> None:
        read_answer(await model.aexchange(body, 60.0))

    alone, _ = await timed([lambda body=body: ours(body) for body in bodies], concurrency)
    return bare, alone, came


def measure(url: str, pipe: Connection, articles: int, concurrency: int, plan: PlanName) -> dict[str, float]:
    """The figures, in milliseconds of CPU time, and the ratios."""
    model = Told(url)
    made = texts(2 * articles + 8)
    briefed(model, made[:8], concurrency, plan, 0)  # what is read and compiled once
    model.bodies.clear()
    pipe.send(None)
    pipe.recv()
    briefed(model, made[8 : articles + 8], concurrency, plan)
    pipe.send(None)
    ours_came = pipe.recv()
    model.bodies.clear()
    apart.clear()
    total = briefed(model, made[articles + 8 :], concurrency, plan, 0)
    checked, bodies = dict(apart), list(model.bodies)
    bare, alone, bare_came = asyncio.run(sent(url, bodies, concurrency, pipe))
    per, requests = 1_000 / articles, len(bodies)
    own = total - sum(checked.values())
    return {
        "articles": articles,
        "requests": requests,
        "bare_ms_a_request": 1_000 * bare / requests,
        "our_client_ms_a_request": 1_000 * alone / requests,
        "bare_ms_an_article": bare * per,
        "ours_ms_an_article": own * per,
        **{f"{name}_ms_an_article": seconds * per for name, seconds in sorted(checked.items())},
        "requests_a_second": rate(ours_came),
        "bare_requests_a_second": rate(bare_came),
        "request_ratio": alone / bare,
        "article_ratio": own / bare,
        "rate_ratio": rate(ours_came) / rate(bare_came),
    }


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=240)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds the server takes")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--plan", choices=("windows", "whole"), default="windows")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    count(article, "detect_language", "language")
    count(Grounding, "ground", "verification")
    count(pipeline.digest, "merge", "verification")
    count(assembly, "_audit", "verification")
    count(brief, "problems", "verification")
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, chosen.latency), daemon=True)
    process.start()
    try:
        url = f"http://127.0.0.1:{here.recv()}/v1"
        figures = measure(url, here, chosen.articles, chosen.concurrency, chosen.plan)
    finally:
        process.terminate()
    for name, value in figures.items():
        print(f"{name:34} {value:10,.2f}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    held = figures["article_ratio"] <= DEAREST and figures["rate_ratio"] >= SLOWEST
    print("limits:", "held" if held else "MISSED")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
