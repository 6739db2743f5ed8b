"""Readers: articles that are read in processes of their own, for the local engine."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from summarizer.cli import main
from summarizer.corpus.readers import Answer
from summarizer.faults import BadAnswer, Fault, OverBudget, Refusal, Rejected, Transport
from tests.conftest import ROOT
from tests.stub_server import Body, Reply, error, stub_server
from tests.wires import answered, wire


@pytest.mark.parametrize(
    "fault",
    [
        Transport("late", retry_after=3.0, sent=True, limited=True),
        Rejected("no", everywhere=True),
        Refusal("never"),
        BadAnswer("odd"),
        OverBudget("too dear"),
    ],
)
def test_a_fault_reaches_a_reader_as_it_is(fault: Fault) -> None:
    """With all that decides what is tried again."""
    again = pickle.loads(pickle.dumps(Answer(fault=fault)))
    assert type(again.fault) is type(fault)
    assert (str(again.fault), vars(again.fault)) == (str(fault), vars(fault))


def about(url: str, concurrency: int) -> list[str]:
    """The command; from 32 requests in flight on there is a reader."""
    more = ["--model", "m", "--base-url", url, "--concurrency", str(concurrency), "--quiet"]
    return ["batch", "wire.jsonl", "-o", f"{concurrency}.jsonl", "--ledger", f"{concurrency}.ledger", *more]


@pytest.mark.slow
def test_the_briefs_are_those_of_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, also where the server fails now and then, and does not know JSON schemas at first."""
    monkeypatch.chdir(tmp_path)
    wire(tmp_path / "wire.jsonl", 40, longest=6)
    asked = 0

    def reply(body: Body) -> Reply:
        nonlocal asked
        asked += 1
        return error(503, retry_after="0") if asked % 7 == 0 else answered(body)

    with stub_server(answered) as stub:
        assert main(about(stub.url, 8)) == 0
    with stub_server(reply) as stub:
        assert main(about(stub.url, 64)) == 0
    first, second = (Path(f"{n}.jsonl").read_text() for n in (8, 64))
    calls = '"calls":'
    assert [line.split(calls)[0] for line in first.splitlines()] == [
        line.split(calls)[0] for line in second.splitlines()
    ]


@pytest.mark.slow
def test_readers_end_with_the_process_that_has_them(tmp_path: Path) -> None:
    """Killed, it leaves none behind; the same command goes on."""
    wire(tmp_path / "wire.jsonl", 40)
    with stub_server(answered, delay=0.5) as stub:
        command = [sys.executable, "-m", "summarizer", *about(stub.url, 32)]
        process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
        until = time.monotonic() + 60
        while not stub.requests and time.monotonic() < until:
            time.sleep(0.05)
        readers = children(process.pid)
        assert readers
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        while any(Path(f"/proc/{pid}").exists() for pid in readers) and time.monotonic() < until:
            time.sleep(0.05)
        assert not any(Path(f"/proc/{pid}").exists() for pid in readers)
        assert subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode == 0


def children(pid: int) -> list[int]:
    """The processes that one has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]
