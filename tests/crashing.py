"""Batches in processes of their own that are killed, and what a counting stub saw of them.

Processes are forked from one that has imported everything, so that a start takes milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from summarizer.corpus.ledger import request_key
from tests.stub_server import Body, Reply, StubServer, stub_server
from tests.wires import answered

_PRELOADED = ("summarizer.cli", "summarizer.corpus.batch", "summarizer.corpus.local_engine", "summarizer.render.batch",
              "instructor", "openai", "genai_prices", "tests.crashing")  # fmt: skip
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(list(_PRELOADED))


def command(arguments: list[str], folder: str) -> None:
    """Run the command line in this process."""
    os.chdir(folder)
    from summarizer.cli import main

    told = os.open(f"stderr-{os.getpid()}", os.O_WRONLY | os.O_CREAT)
    os.dup2(told, 2)
    sys.exit(main(arguments))


def started(arguments: list[str], folder: Path) -> BaseProcess:
    """The command line in a process of its own."""
    process = _context.Process(target=command, args=(arguments, str(folder)), daemon=True)
    process.start()
    return process


def finished(arguments: list[str], folder: Path) -> int | None:
    """The exit code of the command line in a process of its own."""
    process = started(arguments, folder)
    process.join(120)
    return process.exitcode


@dataclass
class Counting:
    """A stub that counts every request by its key, and can say when so many have come."""

    seen: list[str] = field(default_factory=list)
    wanted: int = sys.maxsize
    reached: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    server: StubServer | None = None

    def reply(self, body: Body) -> Reply:
        """The answer to a request, which is counted first."""
        with self.lock:
            self.seen.append(request_key(body))
            if len(self.seen) >= self.wanted:
                self.reached.set()
        return answered(body)

    def wait_for(self, further: int, seconds: float) -> None:
        """Wait until so many more requests have come, or so many seconds are over."""
        with self.lock:
            self.wanted = len(self.seen) + further
            self.reached.clear()
        self.reached.wait(seconds)

    @property
    def url(self) -> str:
        """Its address."""
        assert self.server
        return self.server.url


@contextmanager
def counting(delay: float) -> Iterator[Counting]:
    """A counting stub for the block."""
    stub = Counting()
    with stub_server(stub.reply, delay=delay) as server:
        stub.server = server
        yield stub


def kept(ledger: Path) -> tuple[set[str], set[str]]:
    """The requests that a ledger has answers to, and the keys of the articles that are finished."""
    if not ledger.exists():
        return set(), set()
    with sqlite3.connect(ledger) as db:
        try:
            answers = {row[0] for row in db.execute("SELECT request FROM calls WHERE state = 'answered'")}
            articles = {row[0] for row in db.execute("SELECT key FROM articles WHERE state = 'complete'")}
        except sqlite3.OperationalError:  # killed before there were tables
            return set(), set()
    return answers, articles


@dataclass
class Told:
    """What came of killing a batch again and again."""

    kills: int = 0
    runs: int = 0
    answered_again: int = 0
    """Requests that were sent although their answer was kept."""
    most_lost: int = 0
    """Most requests of one run whose answers were not kept."""
    sent_again: int = 0
    """Requests that had been sent before."""


def kill_often(
    arguments: list[str], folder: Path, stub: Counting, ledger: Path, kills: int, chosen: random.Random
) -> Told:
    """Start the command and kill it at random points until it has been killed so often or is done."""
    told = Told()
    while True:
        answers, _ = kept(ledger)
        before = len(stub.seen)
        process = started(arguments, folder)
        told.runs += 1
        if told.kills < kills:
            # by requests, and a little later: anywhere between two of them, and while starting or writing
            stub.wait_for(chosen.randint(1, 14), chosen.choice((0.02, 0.3, 5.0)))
            time.sleep(chosen.random() * chosen.choice((0.0, 0.02, 0.1)))
            if process.is_alive():
                assert process.pid
                os.kill(process.pid, signal.SIGKILL)
                told.kills += 1
        process.join(120)
        time.sleep(0.02)  # what was on the wire comes in
        sent = stub.seen[before:]
        earlier = set(stub.seen[:before])
        told.answered_again += sum(key in answers for key in sent)
        told.sent_again += sum(key in earlier for key in sent)
        told.most_lost = max(told.most_lost, len(set(sent) - kept(ledger)[0]))
        if process.exitcode == 0:
            return told
        assert process.exitcode == -signal.SIGKILL, process.exitcode


def options(stub: Counting, concurrency: int) -> list[str]:
    """What every command about the stub says."""
    return ["--model", "m", "--base-url", stub.url, "--concurrency", str(concurrency), "--quiet"]
