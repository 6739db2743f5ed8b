"""The programs in examples/http: against a real `summarizer serve --replay`, and against a stub of the service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from summarizer import Article, Brief, summarize
from tests.conftest import ROOT
from tests.serving import free_port, served

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "examples" / "http"
KHERSON = ROOT / "seeds" / "000_31555e438435f307.txt"
PROGRAMS = {
    "curl": ("bash", str(EXAMPLE / "brief.sh")),
    "node": ("node", str(EXAMPLE / "brief.mjs")),
}
NEEDS = {"curl": ("bash", "curl", "jq"), "node": ("node",)}


@pytest.fixture(params=["curl", "node"])
def run(request: pytest.FixtureRequest) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run one of the programs on a file, against a service."""
    missing = [name for name in NEEDS[request.param] if not shutil.which(name)]
    if missing:
        pytest.skip(f"{' and '.join(missing)} is not installed")

    def program(
        url: str, file: Path = KHERSON, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return subprocess.run(
            [*PROGRAMS[request.param], str(file)],
            env={**kept, "SUMMARIZER_URL": url, "LC_ALL": "C.UTF-8", **environment},
            cwd=cwd,
            capture_output=True,
            encoding="utf-8",
            timeout=30,
        )

    return program


@pytest.fixture(scope="module")
def brief() -> Brief:
    """What the recordings give for the article."""
    return summarize(Article(KHERSON.read_text(encoding="utf-8"), external_id=KHERSON.name), replay=ROOT / "cassettes")


def expected(brief: Brief) -> list[str]:
    """What both print of a brief, line by line."""
    printed = ["Made by AI, not yet reviewed.", ""]
    if brief.headline:
        printed += [brief.headline.text, *(f"      [{e.sentence}] {e.quote}" for e in brief.headline.evidence)]
    titles = {
        "positions": "Positions",
        "conditions_for_talks": "Conditions for talks",
        "military_assessments": "Military assessments",
    }
    for name, title in titles.items():
        items = [item for section, item in brief.items() if section == name]
        printed += ["", title] if items else []
        for item in items:
            actor = brief.actor_name(item.actor)
            printed.append(f"  {'The article' if item.actor == 'article' else actor}: {item.text}")
            printed += [f"      [{e.sentence}] {e.quote}" for e in item.evidence]
    return printed


# The real service

TOKEN = "a-token-for-this-test"


@pytest.fixture(scope="module", params=["10", "0"], ids=["at-once", "as-a-job"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real service, which answers a POST with the brief, or with a job (202)."""
    with served(tmp_path_factory.mktemp("jobs"), "--wait", request.param, SUMMARIZER_TOKEN=TOKEN) as url:
        yield url


def test_the_real_service_gives_the_brief(run: Any, service: str, brief: Brief) -> None:
    """Headline, lines, evidence and disclosure are printed as they stand in the brief."""
    done = run(service, SUMMARIZER_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected(brief)


def test_problems_of_the_real_service_have_exit_codes_of_their_own(run: Any, service: str, tmp_path: Path) -> None:
    """An article that cannot be used, one that was not recorded, and a missing token are told apart."""
    (tmp_path / "blank.txt").write_text(" \n", encoding="utf-8")
    (tmp_path / "other.txt").write_text("Minister Ada Roy said on Monday that Orland wants peace.", encoding="utf-8")
    blank = run(service, tmp_path / "blank.txt", SUMMARIZER_TOKEN=TOKEN)
    assert (blank.returncode, blank.stdout) == (3, "")
    assert "(422)" in blank.stderr
    other = run(service, tmp_path / "other.txt", SUMMARIZER_TOKEN=TOKEN)
    assert (other.returncode, other.stdout) == (1, "")
    assert "(409)" in other.stderr
    locked = run(service)
    assert (locked.returncode, locked.stdout) == (1, "")
    assert "(401)" in locked.stderr


# A stub of the service, for what the real one does not do on demand


class Stub:
    """A stub of the service: `script[method and path]` is a list of answers, the last of which is repeated."""

    def __init__(self) -> None:
        self.script: dict[str, list[tuple[int, dict[str, str], Any]]] = {}
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""

    def answer(self, name: str) -> tuple[int, dict[str, str], Any]:
        steps = self.script.get(name) or [problem("not-found", 404)]
        return steps.pop(0) if len(steps) > 1 else steps[0]


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A running stub of the service."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            name = f"{self.command} {self.path}"
            stub.requests.append((name, {k.lower(): v for k, v in self.headers.items()}, body))
            status, headers, data = stub.answer(name)
            self.close_connection = True
            if status:
                written = data if isinstance(data, bytes) else json.dumps(data).encode()
                self.send_response(status)
                for key, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(written)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield stub
    server.shutdown()
    server.server_close()


def problem(kind: str, status: int, **headers: str) -> tuple[int, dict[str, str], Any]:
    """An answer with Problem Details."""
    about = {"type": f"urn:summarizer:problem:{kind}", "title": kind, "status": status, "detail": "told by the stub"}
    return status, {"Content-Type": "application/problem+json", **headers}, about


JOB = (202, {"Location": "/v1/briefs/j1", "Retry-After": "0"}, {"id": "j1", "status": "queued"})
RUNNING = (200, {"Retry-After": "0"}, {"id": "j1", "status": "running"})
EVENTS = b"""event: progress
data: {"label": "window 2 of 2", "done": 1, "planned": 2}

event: done
data: {"id": "j1", "status": "done"}

"""


def test_a_long_job_is_waited_for(run: Any, stub: Stub, brief: Brief) -> None:
    """While it runs its state is asked for (or its events followed); then the brief is printed."""
    made = (200, {}, json.loads(brief.to_json()))
    stub.script = {
        "POST /v1/briefs": [JOB],
        "GET /v1/briefs/j1/events": [(200, {"Content-Type": "text/event-stream"}, EVENTS)],
        "GET /v1/briefs/j1": [RUNNING, RUNNING, made],
    }
    done = run(stub.url, SUMMARIZER_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected(brief)
    assert "job j1: " in done.stderr
    assert all(headers["authorization"] == f"Bearer {TOKEN}" for _, headers, _ in stub.requests)
    posted = json.loads(stub.requests[0][2])
    assert posted == {"text": KHERSON.read_text(encoding="utf-8"), "id": KHERSON.name}


@pytest.mark.parametrize(
    ("kind", "status", "exits"),
    [("model-unavailable", 503, 4), ("budget-exceeded", 504, 4), ("input", 422, 3), ("internal", 500, 1)],
    ids=["model", "budget", "input", "bug"],
)
def test_a_failed_job_is_told_apart_by_its_type(run: Any, stub: Stub, kind: str, status: int, exits: int) -> None:
    """The state of a failed job is no brief, though it comes with 200."""
    failed = {"id": "j1", "status": "failed", "problem": problem(kind, status)[2]}
    stub.script = {"POST /v1/briefs": [JOB], "GET /v1/briefs/j1": [(200, {}, failed)]}
    done = run(stub.url)
    assert (done.returncode, done.stdout) == (exits, "")
    assert f"{kind} ({status}): told by the stub" in done.stderr


def test_a_full_queue_says_when_to_come_again(run: Any, stub: Stub) -> None:
    """It is not asked again and again."""
    stub.script = {"POST /v1/briefs": [problem("queue-full", 429, **{"Retry-After": "30"})]}
    done = run(stub.url)
    assert done.returncode == 1
    assert "try again in 30 seconds" in done.stderr
    assert len(stub.requests) == 1


def test_a_lost_connection_is_tried_once_more_under_the_same_key(run: Any, stub: Stub, brief: Brief) -> None:
    """So that the service makes one brief."""
    stub.script = {"POST /v1/briefs": [(0, {}, None), (200, {}, json.loads(brief.to_json()))]}
    done = run(stub.url)
    assert done.returncode == 0, done.stderr
    keys = [headers["idempotency-key"] for _, headers, _ in stub.requests]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_a_page_is_posted_as_html_and_an_incomplete_brief_is_no_complete_one(
    run: Any, stub: Stub, brief: Brief, tmp_path: Path
) -> None:
    """Unread sentences are named, and nothing that steers a terminal is printed."""
    page = tmp_path / "page.html"
    page.write_text("<p>A man spoke.</p>", encoding="utf-8")
    data = json.loads(brief.to_json())
    data["audit"] |= {"complete": False, "unread": [{"first": 3, "last": 9, "reason": "the model failed"}]}
    data["headline"]["text"] = "\x1b[31mred\u202e"
    stub.script = {"POST /v1/briefs": [(200, {}, data)]}
    done = run(stub.url, page)
    assert done.returncode == 5
    assert "NOT READ: sentences 3 to 9" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert json.loads(stub.requests[0][2]) == {"html": "<p>A man spoke.</p>", "id": "page.html"}


def test_a_service_may_lie_under_a_path(run: Any, stub: Stub, brief: Brief) -> None:
    """With slashes behind it or none."""
    made = (200, {}, json.loads(brief.to_json()))
    stub.script = {"POST /desk/v1/briefs": [made], "POST /v1/briefs": [made]}
    for end in ("/desk", "/desk//", "/"):
        done = run(stub.url + end)
        assert done.returncode == 0, done.stderr
    assert [name for name, *_ in stub.requests] == ["POST /desk/v1/briefs"] * 2 + ["POST /v1/briefs"]


def test_what_cannot_be_sent_is_not_sent(run: Any, stub: Stub, tmp_path: Path) -> None:
    """No file, a folder, bytes that are no text, a token that would break its header: a line each, not the token."""
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Minister Hébert said no.".encode("latin-1"))
    for file, token, exits, told in [
        (tmp_path / "none.txt", "", 1, "no such file"),
        (tmp_path, "", 1, "directory"),
        (latin, "", 3, "not UTF-8"),
        (KHERSON, "secret\r\nX: 1", 1, "SUMMARIZER_TOKEN"),
    ]:
        done = run(stub.url, file, SUMMARIZER_TOKEN=token)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (exits, "", 1), done.stderr
        assert told.casefold() in done.stderr.casefold()
        assert "secret" not in done.stderr
    assert stub.requests == []


def test_the_name_of_a_file_may_open_with_a_dash(run: Any, stub: Stub, brief: Brief, tmp_path: Path) -> None:
    """And end in capitals; every character arrives."""
    text = "\ufeff<p>«Ні», сказав він. 𝄞\r\n" * 1000
    (tmp_path / "-x.HTML").write_bytes(text.encode())
    stub.script = {"POST /v1/briefs": [(200, {}, json.loads(brief.to_json()))]}
    done = run(stub.url, Path("-x.HTML"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(stub.requests[0][2]) == {"html": text, "id": "-x.HTML"}


def test_no_service_is_said(run: Any) -> None:
    """One line, no trace."""
    done = run(f"http://127.0.0.1:{free_port()}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "    at " not in done.stderr
