"""The service under load: many clients at once, a kill -9 in the middle, and what came of every job.

    python -m benchmarks.service [--clients 200] [--seconds 60] [--delay 0.05] [--json FILE]

Run from the project's root, on Linux. A real `summarizer serve` works on a stub server of the tests, which has a
process of its own and answers each call after `--delay` seconds. Each client sends articles of its own one after
another, each with a key of its own, waits for the end of each (half by asking again, half by its events), and sends
again what was refused or whose answer was lost. After a warm-up the seconds begin; half-way the server is killed, and
started again on the same port and folder. Then nothing new is sent, what was begun is followed to its end, and every
job that was ever accepted is looked up.

The limits it states, exit 1 when one is missed: no job lost, none about another article, one for each key; no article
asked of the model twice but those at work at the moment of the kill; memory within 1.1 times; a health check within
half a second, and a POST within one second beyond `--wait`, for 99 of 100.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2

from tests.serving import free_port
from tests.stub_server import Body, Reply, completion, numbered, stub_server

ROOT = Path(__file__).resolve().parent.parent
CONCURRENCY = 4
WAIT = 0.2
WARM = 90
"""Seconds under load before memory is compared: until then the caches of the library, all bounded, fill. The clients
begin so long before the minute."""
NUMBER = re.compile(r"convoy (\d+)", re.IGNORECASE)
EVENT = re.compile(r"event: (\w+)\ndata: (.*)\n")


@dataclass(frozen=True)
class Plan:
    """What is tried."""

    clients: int = 200
    seconds: float = 60.0
    warm: float = WARM
    delay: float = 0.05
    kill: float = 0.5
    """When the server is killed, as a part of the seconds."""


@dataclass
class Seen:
    """What the clients saw."""

    sent: dict[str, int] = field(default_factory=dict)
    """The article of each key."""
    jobs: dict[str, set[str]] = field(default_factory=dict)
    """Every id that was given for a key."""
    posts: list[tuple[int, float]] = field(default_factory=list)
    """Status and seconds of each answer to a POST."""
    ended: Counter[str] = field(default_factory=Counter)
    lost_answers: int = 0
    """Requests that the kill left without one."""


def article(number: int) -> str:
    """An invented report; one in ten is longer. Every sentence names its number, and no two articles are alike."""
    parts = [
        f"Convoy {number} left the port of Kessen on Monday.",
        f"Foreign Minister Lena Moor said Arland would let convoy {number} pass.",
        f"“We will talk only if the siege ends before convoy {number} arrives,” Moor told reporters.",
        f"General Ivo Brandt said the enemy had lost twenty tanks near convoy {number}.",
    ]
    for n in range(24 if number % 10 == 0 else 0):
        parts.append(f"Mayor Ana Ruud said that quarter {n + 1} of Tarnsk was waiting for convoy {number}.")
    return " ".join(parts)


def answered(body: Body) -> Reply:
    """What a model might answer."""
    rows = []
    for n, text in numbered(body):
        who, said, says = text.partition(" said ")
        kind = "assessment" if "tanks" in text else "position" if said else "none"
        rows.append({"n": n, "who": who if said else "", "says": says.removesuffix("."), "kind": kind})
    return completion(body, json.dumps({"entries": rows}))


def stub(pipe: Connection, delay: float) -> None:
    """A model server; in the end it tells the last message of each request."""
    with stub_server(answered, delay=delay) as server:
        pipe.send(server.url)
        pipe.recv()
        pipe.send([body["messages"][-1]["content"] for body in server.requests])


def probe(pipe: Connection, url: str) -> None:
    """Asks for the health ten times a second; in the end it tells the seconds of each answer."""
    taken = []
    pipe.send(None)
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:
        while not pipe.poll(0.1):
            started = time.perf_counter()
            try:
                http.get("/healthz").raise_for_status()
            except httpx2.TransportError:
                continue  # it was killed
            taken.append(time.perf_counter() - started)
    pipe.send(taken)


@contextmanager
def beside(work: Callable[..., None], *given: Any) -> Iterator[tuple[Any, Callable[[], Any]]]:
    """A process of its own, which takes no time from the clients: what it says first, and what tells it to end."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs, *given), daemon=True)
    process.start()

    def ended() -> Any:
        ours.send(None)
        return ours.recv()

    try:
        yield ours.recv(), ended
    finally:
        process.terminate()
        process.join()


class Server:
    """A `summarizer serve` that is started, killed and started again."""

    def __init__(self, data: Path, model_url: str) -> None:
        self.data, self.model_url = data, model_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lives: list[list[float]] = []
        """The memory in MB of each of its processes, second by second."""
        self.start()

    def start(self) -> None:
        """Start it; it is not waited for."""
        options = {"--port": self.port, "--data": self.data, "--model": "m", "--base-url": self.model_url}
        options |= {"--wait": WAIT, "--concurrency": CONCURRENCY}
        with (self.data / "stderr").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "summarizer", "serve", *map(str, sum(options.items(), ()))],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        self.lives.append([])

    def kill(self) -> None:
        """No warning, no end in good order."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """The end in good order, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def memory(self) -> None:
        """Note what it has in memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        self.lives[-1].append(int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20)


async def send(http: httpx2.AsyncClient, number: int, seen: Seen) -> str:
    """Send an article until it is accepted; returns its job."""
    key = str(uuid.uuid4())
    seen.sent[key] = number
    body = {"text": article(number), "id": str(number)}
    while True:
        started = time.perf_counter()
        try:
            answer = await http.post("/v1/briefs", json=body, headers={"Idempotency-Key": key})
        except httpx2.TransportError:
            seen.lost_answers += 1
            await asyncio.sleep(0.2)
            continue
        seen.posts.append((answer.status_code, time.perf_counter() - started))
        if answer.status_code in (200, 202):
            job = str(answer.headers["summarizer-job"])
            seen.jobs.setdefault(key, set()).add(job)
            return job
        if answer.status_code not in (429, 503):
            raise RuntimeError(f"POST was answered {answer.status_code}: {answer.text}")
        await asyncio.sleep(int(answer.headers["retry-after"]))


async def polled(http: httpx2.AsyncClient, job: str) -> str:
    """The final status of a job, asked again and again."""
    while True:
        answer = await http.get(f"/v1/briefs/{job}")
        if answer.status_code != 200:
            raise RuntimeError(f"job {job} was answered {answer.status_code}: {answer.text}")
        if "retry-after" not in answer.headers:
            return str(answer.headers["summarizer-status"])
        await asyncio.sleep(int(answer.headers["retry-after"]))


async def followed(http: httpx2.AsyncClient, job: str) -> str:
    """The same, told by its events."""
    async with http.stream("GET", f"/v1/briefs/{job}/events") as answer:
        text = "".join([part async for part in answer.aiter_text()])
    told = dict(EVENT.findall(text))
    return str(json.loads(told["done"])["status"]) if "done" in told else await polled(http, job)


async def client(number: int, plan: Plan, url: str, seen: Seen, end: float) -> None:
    """One client: article after article, each to its end."""
    ended = followed if number % 2 else polled
    async with httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False, verify=False) as http:
        await asyncio.sleep(random.random())
        turn = 0
        while time.monotonic() < end:
            job = await send(http, number + plan.clients * turn, seen)
            turn += 1
            while True:
                try:
                    seen.ended[await ended(http, job)] += 1
                    break
                except httpx2.TransportError:
                    seen.lost_answers += 1
                    await asyncio.sleep(0.2)


async def lifetimes(server: Server, plan: Plan, over: asyncio.Event) -> None:
    """Watch the memory each second, and kill the server once."""
    killed = False
    started = time.monotonic()
    while not over.is_set():
        server.memory()
        if not killed and time.monotonic() - started >= plan.warm + plan.seconds * plan.kill:
            killed = True
            server.kill()
            await asyncio.sleep(0.5)
            server.start()
        await asyncio.sleep(1)


async def load(server: Server, plan: Plan, seen: Seen) -> float:
    """All clients to their end; the seconds that took."""
    over = asyncio.Event()
    watching = asyncio.create_task(lifetimes(server, plan, over))
    started = time.monotonic()
    end = started + plan.warm + plan.seconds
    await asyncio.gather(*(client(n, plan, server.url, seen, end) for n in range(plan.clients)))
    over.set()
    await watching
    return time.monotonic() - started


def missing(server: Server, seen: Seen) -> list[str]:
    """The keys whose job is not there, not over, or about another article."""
    found = []
    with httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as http:
        for key, number in seen.sent.items():
            for job in seen.jobs.get(key, {""}):
                answer = http.get(f"/v1/briefs/{job}")
                brief = answer.json() if answer.status_code == 200 else {}
                told = brief.get("article", {})
                if (told.get("external_id"), told.get("text")) != (str(number), article(number)):
                    found.append(key)
    return found


def run(plan: Plan, data: Path) -> dict[str, float]:
    """Everything, in a folder for the jobs: the figures."""
    seen = Seen()
    with beside(stub, plan.delay) as (model_url, requests):
        server = Server(data, model_url)
        try:
            with beside(probe, server.url) as (_, health):
                seconds = asyncio.run(load(server, plan, seen))
                healthy = health()
            lost = missing(server, seen)
            ended = server.stop()
        finally:
            server.process.kill()
        asked = Counter(requests())
    with sqlite3.connect(data / "jobs.sqlite3") as db:
        kept = db.execute("SELECT count(*) FROM jobs").fetchone()[0]
    again = {NUMBER.search(text)[1] for text, count in asked.items() if count > 1}  # type: ignore[index]
    beyond = [taken - WAIT if status == 202 else taken for status, taken in seen.posts]
    statuses = Counter(status for status, _ in seen.posts)
    return {
        "clients": plan.clients,
        "seconds": round(seconds, 1),
        "articles": len(seen.sent),
        "articles a second": round(len(seen.sent) / seconds, 1),
        "model calls": asked.total(),
        **{f"POST answered {status}": statuses[status] for status in (200, 202, 429, 503)},
        "requests without an answer, by the kill": seen.lost_answers,
        "jobs lost or about another article": len(lost),
        "jobs beyond one for each key": kept - len(seen.sent) + sum(len(ids) - 1 for ids in seen.jobs.values()),
        "jobs that did not end complete": seen.ended.total() - seen.ended["complete"],
        "articles asked of the model twice": len(again),
        "exit code": ended,
        **_times("health check", healthy),
        **_times("POST beyond its wait", beyond),
        **_memory(server.lives),
    }


def _times(name: str, seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {f"{name}, p{n}, ms": round(1000 * cuts[n - 1], 1) for n in (50, 95, 99)}


def _memory(lives: list[list[float]]) -> dict[str, float]:
    """The first life's memory once warm and at its end (medians of ten seconds), and the second's at its end."""
    first = lives[0][WARM:] or lives[0]
    warm, end = statistics.median(first[:10]), statistics.median(first[-10:])
    after = statistics.median(lives[-1][-10:])
    return {
        "memory before the kill, warm, MB": round(warm, 1),
        "memory before the kill, end, MB": round(end, 1),
        "memory before the kill, end to warm": round(end / warm, 3),
        "memory after the kill, end, MB": round(after, 1),
        "memory after the kill, end to the end before it": round(after / end, 3),
    }


LIMITS: dict[str, float] = {
    "jobs lost or about another article": 0,
    "jobs beyond one for each key": 0,
    "jobs that did not end complete": 0,
    "articles asked of the model twice": CONCURRENCY,
    "exit code": 0,
    "health check, p99, ms": 500,
    "POST beyond its wait, p99, ms": 1000,
    "memory before the kill, end to warm": 1.1,
    "memory after the kill, end to the end before it": 1.1,
}


def main() -> int:
    """Run it, print the figures beside their limits, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=Plan.clients)
    parser.add_argument("--seconds", type=float, default=Plan.seconds)
    parser.add_argument("--delay", type=float, default=Plan.delay)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Plan(options.clients, options.seconds, delay=options.delay), Path(folder))
    missed = False
    print(f"{'':<44}{'figure':>10}{'limit':>10}{'ratio':>8}")
    for name, figure in figures.items():
        limit = LIMITS.get(name)
        missed |= limit is not None and figure > limit
        told = "" if limit is None else f"{limit:>10,g}" + (f"{figure / limit:>8.2f}" if limit else "")
        print(f"{name:<44}{figure:>10,}{told}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
