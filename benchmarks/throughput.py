"""CPU time of an article's requests and of everything around them, against a bare asyncio openai client.

    python -m benchmarks.throughput [--articles 96] [--latency 1.0] [--concurrency 64] [--plan windows] [--json FILE]

A stub server in a process of its own answers every request after so many seconds, and keeps what it was sent. Articles
are briefed first, so many at once; then `openai.AsyncOpenAI` sends the same requests to the same server, so many at
once. Three ratios to the bare client:

    request    CPU time of our client alone, sending the same requests
    article    CPU time of an article, without language detection and verification, which are counted apart
    rate       requests a second

Verification is what grounds an answer in the article and what the brief is checked for: `Grounding.ground`, the merging
of statements, the flags and the audit, and the check of the whole brief. What code finds out of an article before any
call (who speaks where) is part of the article's own time. One process does all of this, so that the rate of an
otherwise idle machine is bounded by it: for the rate, take articles enough for the last ones not to run alone. The
articles are the invented ones of the gold set, with another number in each sentence of each copy, so that nothing is
known from the copy before. Exit 1 when an article takes over 3 times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from summarizer import Article, assembly, brief, pipeline
from summarizer.asking import Allowance, Budget, Filled, Limits, aask
from summarizer.brief import Provenance
from summarizer.exchange import read_answer
from summarizer.faults import Fault
from summarizer.grounding import Grounding
from summarizer.model import LiveModel
from summarizer.prompting import PlanName, prompt_hash
from summarizer.providers import parse_name

GOLD = Path(__file__).parent / "gold" / "invented"
LIMIT = 3.0


# The stub server


def _answer(body: dict[str, Any]) -> bytes:
    """What a model may answer: each sentence asked about, in its own words, held by whoever it begins with."""
    form = body["response_format"]["json_schema"]["schema"]["$defs"]
    lines = (line.partition("] ") for line in body["messages"][-1]["content"].splitlines() if line.startswith("["))
    said = {int(n[1:]): text for n, _, text in lines if n[1:].isdigit()}
    asked = [entry["properties"]["n"].get("const") for entry in form.values()]
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
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
                data = _answer(json.loads(await reader.readexactly(int(length.split(b":")[1]))))
                await asyncio.sleep(latency)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                writer.write(b"content-length: %d\r\n\r\n" % len(data) + data)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1_024)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def serve(pipe: Connection, latency: float) -> None:
    """A stub server; tells its port."""
    asyncio.run(_serve(pipe, latency))


# What is measured

apart: Counter[str] = Counter()
"""Seconds of CPU time by what is counted apart."""


@contextmanager
def counted(name: str) -> Iterator[None]:
    """Count what the block takes apart."""
    started = time.process_time()
    try:
        yield
    finally:
        apart[name] += time.process_time() - started


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

    def body(self, *arguments: Any) -> dict[str, Any]:
        """The request."""
        made = super().body(*arguments)
        self.bodies.append(made)
        return made


async def write(text: str, plan: PlanName, model: LiveModel) -> None:
    """One brief, from the text to its JSON."""
    article = Article(text)
    with counted("language"):
        _ = article.language
    grounding = pipeline.prepare(article, plan, model.name)
    budget = Budget(Limits(), len(list(pipeline.windows(grounding, plan))), model.price)
    steps = pipeline.steps(grounding, plan)
    outcome: Filled | Fault | None = None
    try:
        while True:
            call = next(steps) if outcome is None else steps.send(outcome)
            try:
                outcome = await aask(model, call, budget)
            except Fault as fault:
                outcome = fault
    except StopIteration as end:
        parts = end.value
    provenance = Provenance(
        model=model.name, endpoint=model.endpoint, package_version="0", plan=plan, prompt_hash=prompt_hash(plan),
        replayed=False, usage=budget.usage,
    )  # fmt: skip
    assembly.finish(parts, provenance).to_json()


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
    return [gold[n % len(gold)].replace(". ", f" in file {n}. ") for n in range(number)]


async def measure(url: str, articles: int, concurrency: int, plan: PlanName) -> dict[str, float]:
    """The figures, in milliseconds of CPU time, and the ratios."""
    import openai

    model = Told(url)
    for text in texts(4):  # what is read and compiled once
        await write(text, plan, model)
    model.bodies.clear()
    apart.clear()
    briefs: list[Callable[[], Coroutine[Any, Any, None]]] = [
        lambda text=text: write(text, plan, model) for text in texts(articles + 8)[8:]
    ]
    article_cpu, article_wall = await timed([*briefs], concurrency)
    checked = dict(apart)
    bodies = model.bodies

    client = openai.AsyncOpenAI(base_url=url, api_key="unset", max_retries=0)
    await client.chat.completions.create(**bodies[0])
    bare = [lambda body=body: client.chat.completions.create(**body) for body in bodies]
    bare_cpu, bare_wall = await timed([*bare], concurrency)

    async def ours(body: dict[str, Any]) -> None:
        read_answer(await model.aexchange(body, Allowance(60).seconds))

    our_cpu, _ = await timed([lambda body=body: ours(body) for body in bodies], concurrency)
    per, requests = 1_000 / articles, len(bodies)
    own = article_cpu - sum(checked.values())
    return {
        "articles": articles,
        "requests": requests,
        "bare_ms_a_request": 1_000 * bare_cpu / requests,
        "our_client_ms_a_request": 1_000 * our_cpu / requests,
        "bare_ms_an_article": bare_cpu * per,
        "ours_ms_an_article": own * per,
        **{f"{name}_ms_an_article": seconds * per for name, seconds in sorted(checked.items())},
        "request_ratio": our_cpu / bare_cpu,
        "article_ratio": own / bare_cpu,
        "rate_ratio": bare_wall / article_wall,
        "requests_a_second": requests / article_wall,
    }


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=96)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds the server takes")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--plan", choices=("windows", "whole"), default="windows")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    count(Grounding, "ground", "verification")
    count(pipeline.digest, "merge", "verification")
    count(assembly, "_audit", "verification")
    count(brief, "problems", "verification")
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, chosen.latency), daemon=True)
    process.start()
    try:
        url = f"http://127.0.0.1:{here.recv()}/v1"
        figures = asyncio.run(measure(url, chosen.articles, chosen.concurrency, chosen.plan))
    finally:
        process.terminate()
    for name, value in figures.items():
        print(f"{name:34} {value:10,.2f}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(figures["article_ratio"] > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
