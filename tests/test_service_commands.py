"""`summarizer serve`: how it starts, or does not, and how real processes end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from summarizer.cli import main
from summarizer.service.server import is_loopback
from tests.conftest import ROOT
from tests.stub_server import entries, stub_server
from tests.test_api import tagged
from tests.test_service import ARTICLE

Capture = pytest.CaptureFixture[str]


def test_it_does_not_start_with_what_no_article_could_be_read_with(tmp_path: Path, capsys: Capture) -> None:
    """Exit 2 and one line: no model, no key, no recordings, no price, a wrong address."""
    for options, told in [
        ([], "no model: .*--model"),
        (["--model", "openai/gpt-5-mini"], "OPENAI_API_KEY"),
        (["--model", "nonsense"], "provider/name"),
        (["--model", "m", "--base-url", "ftp://x"], "--base-url"),
        (["--replay", str(tmp_path / "none")], "no folder of recordings"),
        (["--replay", str(tmp_path)], "no recordings in"),
        (["--replay", str(ROOT / "README.md")], "no recordings in"),
        (["--model", "m", "--base-url", "http://127.0.0.1:1/v1", "--max-cost", "1"], "known price"),
        (["--replay", str(tmp_path), "--host", "no.such.host.invalid"], "--host"),
        (["--replay", str(tmp_path), "--host", "192.0.2.1"], "--host"),
        (["--replay", str(tmp_path), "--host", "0.0.0.0"], "SUMMARIZER_TOKEN.*Bearer"),
        (["--replay", str(tmp_path), "--host", "::"], "SUMMARIZER_TOKEN"),
        (["--replay", str(tmp_path), "--timeout", "nan"], "--timeout"),
    ]:
        assert main(["serve", "--port", "0", "--data", str(tmp_path / "jobs"), *options]) == 2, options
        out, err = capsys.readouterr()
        assert out == ""
        assert re.search(told, " ".join(err.split())), err
        assert not (tmp_path / "jobs").exists()


def test_a_token_that_no_header_takes_is_refused_unseen(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And an empty one is none."""
    options = ["serve", "--port", "0", "--replay", str(tmp_path), "--data", str(tmp_path / "jobs"), "--host", "0.0.0.0"]
    for token in ("zwei wörter", " ", ""):
        monkeypatch.setenv("SUMMARIZER_TOKEN", token)
        assert main(options) == 2
        err = capsys.readouterr().err
        assert "SUMMARIZER_TOKEN" in err
        assert "wörter" not in err


def test_a_port_that_is_taken_is_said_so(tmp_path: Path, capsys: Capture) -> None:
    """Exit 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port, "--replay", str(tmp_path), "--data", str(tmp_path / "jobs")]) == 2
    assert "--port" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, exit 2."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve", "--replay", str(tmp_path)]) == 2
    assert "pip install 'desk-summarizer[service]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_what_only_this_machine_reaches(address: str, ours: bool) -> None:
    """The loopback addresses of both protocols; no other."""
    assert is_loopback(address) is ours


# Real processes


class Process:
    """A `summarizer serve` of its own."""

    def __init__(self, data: Path, *options: str, **environment: str) -> None:
        command = [sys.executable, "-m", "summarizer", "serve", "--port", "0", "--data", str(data), *options]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # background jobs ignore it
        )
        assert self.process.stderr
        self.line = self.process.stderr.readline()
        found = re.search(r"serving at (http://\S+?)[,;]", self.line)
        self.url = found[1] if found else ""

    def ask(self, path: str, body: Any = None, method: str | None = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        data = None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json", **named}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; the exit code, and what else it told."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        assert out == ""
        return self.process.returncode, err


@contextmanager
def process(data: Path, *options: str, **environment: str) -> Iterator[Process]:
    """One that is gone after the block."""
    made = Process(data, *options, **environment)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


def finished(server: Process, jobs: list[str]) -> list[Any]:
    """The briefs of jobs, when all are done."""
    end = time.monotonic() + 30
    found: list[Any] = []
    while time.monotonic() < end:
        found = [server.ask(f"/v1/briefs/{job}") for job in jobs]
        assert {status for status, _ in found} == {200}
        if all("article" in brief for _, brief in found):
            return [brief for _, brief in found]
        time.sleep(0.05)
    raise AssertionError([brief.get("status") for _, brief in found])


@pytest.mark.slow
def test_no_job_is_lost_or_doubled_when_the_process_is_killed(tmp_path: Path) -> None:
    """SIGKILL while some are done, two run and others wait; then another server with the same folder."""
    options = ("--wait", "0", "--concurrency", "2")
    with stub_server(entries(tagged), delay=0.1) as stub:
        model = ("--model", "m", "--base-url", stub.url)
        with process(tmp_path, *options, *model) as server:
            jobs = [
                server.ask("/v1/briefs", {**ARTICLE, "id": str(n)}, Idempotency_Key=f"k{n}")[1]["id"] for n in range(12)
            ]
            finished(server, jobs[:2])
            stub.delay = 1.0
            time.sleep(0.3)
            assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
        stub.delay = 0.0
        with process(tmp_path, *options, *model) as server:
            again = [server.ask("/v1/briefs", {**ARTICLE, "id": str(n)}, Idempotency_Key=f"k{n}")[0] for n in range(12)]
            assert set(again) <= {200, 202}
            briefs = finished(server, jobs)
            assert [brief["article"]["external_id"] for brief in briefs] == [str(n) for n in range(12)]
            told = server.end(signal.SIGTERM)
        assert told == (0, "")


@pytest.mark.slow
def test_a_server_that_is_asked_to_stop_does_so_in_good_order(tmp_path: Path) -> None:
    """SIGTERM: exit 0, what ran is finished in its time of grace, what waits is still there; SIGINT: exit 130."""
    with stub_server(entries(tagged), delay=0.4) as stub:
        model = ("--model", "m", "--base-url", stub.url, "--wait", "0", "--concurrency", "1")
        with process(tmp_path, *model) as server:
            jobs = [server.ask("/v1/briefs", {**ARTICLE, "id": str(n)})[1]["id"] for n in range(3)]
            while not stub.requests:
                time.sleep(0.01)
            assert server.end(signal.SIGTERM) == (0, "")
        assert len(stub.requests) == 2  # the first article was read to its end, no other begun
        stub.delay = 0.0
        with process(tmp_path, *model) as server:
            briefs = finished(server, jobs)
            assert [brief["article"]["external_id"] for brief in briefs] == ["0", "1", "2"]
            code, told = server.end(signal.SIGINT)
            assert code == 130
            assert "Traceback" not in told
        assert len(stub.requests) == 6


@pytest.mark.slow
def test_the_address_the_model_and_the_folder_are_told_and_the_token_is_not(tmp_path: Path) -> None:
    """One line; with a token other addresses may be served; a second server on the folder is refused."""
    token = "a-long-random-text"
    with process(tmp_path, "--replay", "cassettes", "--host", "0.0.0.0", SUMMARIZER_TOKEN=token) as server:
        assert server.line.startswith("summarizer: serving at http://0.0.0.0:")
        assert "recordings in cassettes" in server.line
        assert str(tmp_path) in server.line
        server.url = server.url.replace("0.0.0.0", "127.0.0.1")
        assert server.ask("/healthz") == (200, {"status": "ok"})
        assert server.ask("/metrics")[0] == 401
        assert server.ask("/v1/briefs/x", Authorization=f"Bearer {token}", Host="desk.example")[0] == 404
        second = Process(tmp_path, "--replay", "cassettes")
        assert second.process.wait(20) == 2
        assert "another `summarizer serve`" in second.line
        second.process.communicate()
        code, told = server.end(signal.SIGTERM)
        assert code == 0
        assert token not in server.line + told
    assert not any(token.encode() in path.read_bytes() for path in tmp_path.iterdir())
