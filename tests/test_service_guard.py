"""What the service refuses before it works: foreign hosts and pages, missing tokens, bodies of no use."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from summarizer.service import server
from summarizer.service.app import Service
from summarizer.service.settings import Settings
from tests.conftest import every
from tests.test_service import ARTICLE, client, is_problem, post, stubbed, until

TOKEN = "a-long-random-text"
HOSTS = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "10.0.0.1", "", "a@127.0.0.1", "[::1"]


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[TestClient]:
    """A service without recordings: what gets past the guard is 409."""
    with client(tmp_path, replay=tmp_path) as made:
        yield made


@pytest.mark.parametrize("host", HOSTS)
def test_a_foreign_host_is_refused(host: str, quiet: TestClient) -> None:
    """What a page can make a name of its own point here (DNS rebinding); for every address."""
    for path in ("/healthz", "/", "/v1/briefs/x"):
        is_problem(quiet.get(path, headers={"Host": host}), 421, "foreign-host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9999", "127.0.0.1:8000", "[::1]:8000"])
def test_this_machines_own_names_are_taken(host: str, quiet: TestClient) -> None:
    """With any port, as tunnels have another."""
    assert quiet.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_the_page_of_another_site_changes_nothing(headers: dict[str, str], quiet: TestClient) -> None:
    """POST and DELETE."""
    is_problem(post(quiet, ARTICLE, **headers), 403, "cross-site")
    is_problem(quiet.delete("/v1/briefs/x", headers=headers), 403, "cross-site")


@pytest.mark.parametrize("origin", ["http://[evil", "null", "http://127.0.0.1.evil.example", "//", ""])
def test_an_origin_that_is_not_ours_may_not(quiet: TestClient, origin: str) -> None:
    """Malformed ones too."""
    is_problem(post(quiet, ARTICLE, Origin=origin), 403, "cross-site")


def test_a_wrong_method_is_told_the_right_ones(quiet: TestClient) -> None:
    """All of them; who only looks whether it is up may ask with HEAD."""
    assert quiet.options("/v1/briefs/x").headers["allow"] == "DELETE, GET"
    assert quiet.put("/v1/briefs").headers["allow"] == "POST"
    assert quiet.head("/healthz").status_code == quiet.head("/").status_code == 200


def test_our_own_page_may(quiet: TestClient) -> None:
    """The same origin."""
    headers = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    is_problem(post(quiet, ARTICLE, **headers), 409, "recording-does-not-fit")


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"]
)
def test_without_the_token_nothing_is_answered(given: str | None, tmp_path: Path) -> None:
    """401 for every address but the health check and the empty page, and the right token is never told."""
    with client(tmp_path, replay=tmp_path, token=TOKEN) as http:
        headers = {} if given is None else {"Authorization": given.encode()}
        for method, path in [("GET", "/metrics"), ("GET", "/openapi.json"), ("POST", "/v1/briefs"), ("GET", "/x")]:
            answer = http.request(method, path, headers=headers)  # type: ignore[arg-type]
            is_problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert TOKEN not in answer.text + str(answer.headers)
        assert http.get("/healthz").status_code == 200
        assert http.get("/").status_code == 200


def test_with_the_token_all_is_answered_and_it_stands_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not in the figures, the log, the description or the file of jobs."""
    caplog.set_level("DEBUG")
    caplog.set_level("DEBUG", logger="summarizer")  # other tests may have run the command line, which sets it
    with stubbed(tmp_path, token=TOKEN) as (http, _):
        headers = {"Authorization": f"bearer {TOKEN}"}
        assert http.post("/v1/briefs", json=ARTICLE, headers=headers).status_code == 200
        told = [http.get(path, headers=headers).text for path in ("/metrics", "/openapi.json", f"/v1/briefs/{TOKEN}")]
        assert '"bearer"' in told[1]
        ours = "".join(r.getMessage() for r in caplog.records if not r.name.startswith("httpx"))
        assert "GET /v1/briefs/{id} 404" in ours
        assert TOKEN not in "".join(told) + ours + repr(http.service.settings)  # type: ignore[attr-defined]
    assert not any(TOKEN.encode() in path.read_bytes() for path in tmp_path.iterdir())


def test_every_answer_carries_the_headers_that_keep_it_to_itself(quiet: TestClient) -> None:
    """Errors too."""
    for answer in (quiet.get("/healthz"), quiet.get("/nowhere"), post(quiet), quiet.get("/openapi.json")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


BODIES: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 400, "invalid-json"),
    "blank": (b" \n", 400, "invalid-json"),
    "cut": (b'{"text": "a', 400, "invalid-json"),
    "two": (b'{"text": "a"} {"text": "b"}', 400, "invalid-json"),
    "not utf-8": (b'{"text": "\xff\xfe"}', 400, "invalid-json"),
    "utf-16": ('{"text": "a"}'.encode("utf-16"), 400, "invalid-json"),
    "nan": (b'{"text": "a", "id": NaN}', 400, "invalid-json"),
    "infinite": (b'{"text": "a", "x": -Infinity}', 400, "invalid-json"),
    "twice": (b'{"text": "a", "text": "b"}', 400, "invalid-json"),
    "twice within": (b'{"text": "a", "x": [{"y": 1, "y": 2}]}', 400, "invalid-json"),
    "deep": (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "invalid-json"),
    "deep objects": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "invalid-json"),
    "long number": (b'{"text": "a", "id": ' + b"9" * 5000 + b"}", 400, "invalid-json"),
    "control": (b'{"text": "a\x00b"}', 400, "invalid-json"),
    "array": (b'[{"text": "a"}]', 422, "input"),
    "string": (b'"text"', 422, "input"),
    "null": (b"null", 422, "input"),
    "number": (b"7", 422, "input"),
    "no text": (b'{"title": "a"}', 422, "input"),
    "text and html": (b'{"text": "a", "html": "b"}', 422, "input"),
    "text a number": (b'{"text": 7}', 422, "input"),
    "text a list": (b'{"text": ["a"]}', 422, "input"),
    "title an object": (b'{"text": "abc", "title": {}}', 422, "input"),
    "date": (b'{"text": "abc", "date": "yesterday"}', 422, "input"),
    "language": (b'{"text": "abc", "language": "Klingon?"}', 422, "input"),
    "blank text": (b'{"text": "  "}', 422, "input"),
    "invisible": (b'{"text": "\\u200b\\u200b"}', 422, "input"),
    "binary": (json.dumps({"text": "\x01\x02\x03\x04" * 30}).encode(), 422, "input"),
    "empty page": (b'{"html": ""}', 422, "input"),
    "long": (json.dumps({"text": "word " * 210_000}).encode(), 413, "too-large"),
    "huge": (b'{"text": "' + b"a" * 10_000_000 + b'"}', 413, "too-large"),
}


@pytest.mark.parametrize("name", every(3, BODIES))
def test_a_body_of_no_use_is_a_problem_and_no_job(name: str, quiet: TestClient) -> None:
    """And the service lives."""
    body, status, kind = BODIES[name]
    answer = quiet.post("/v1/briefs", content=body, headers={"Content-Type": "application/json"})
    is_problem(answer, status, kind)
    assert "location" not in answer.headers
    assert quiet.get("/healthz").status_code == 200
    assert quiet.service.runner.queued == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/jsonx"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_that_is_not_declared_as_json_is_415(headers: dict[str, str], quiet: TestClient) -> None:
    """So a form of another site can send none."""
    is_problem(quiet.post("/v1/briefs", content=json.dumps(ARTICLE), headers=headers), 415, "unsupported-media-type")


def test_json_in_its_usual_dresses_is_taken(quiet: TestClient) -> None:
    """A charset, a byte order mark, keys that nobody knows."""
    body = "\ufeff" + json.dumps(ARTICLE | {"licence": "CC0-1.0", "shoe": [1, 2.5, {"size": None}]})
    headers = {"Content-Type": "Application/JSON; charset=UTF-8"}
    is_problem(quiet.post("/v1/briefs", content=body.encode(), headers=headers), 409, "recording-does-not-fit")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/briefs", "POST"),
        ("PUT", "/v1/briefs", "POST"),
        ("PATCH", "/v1/briefs/x", "GET"),
        ("POST", "/v1/briefs/x", "GET"),
        ("POST", "/v1/briefs/x/events", "GET"),
        ("DELETE", "/metrics", "GET"),
        ("OPTIONS", "/healthz", "GET"),
    ],
)
def test_a_wrong_method_is_405_and_says_which_is_right(method: str, path: str, allowed: str, quiet: TestClient) -> None:
    """With the header Allow."""
    answer = quiet.request(method, path)
    is_problem(answer, 405, "method-not-allowed")
    assert allowed in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/v1", "/v1/briefs/", "/v1/briefs/x/y", "/docs", "/redoc", "/../etc/passwd", "/%00"])
def test_an_unknown_address_is_404(path: str, quiet: TestClient) -> None:
    """And repeats nothing of it."""
    answer = quiet.get(path, follow_redirects=False)
    assert path.strip("/") not in is_problem(answer, 404, "not-found")["detail"]


# Over a real connection


@contextmanager
def serving(folder: Path, **settings: Any) -> Iterator[int]:
    """The port of a service that serves for the block, in a thread."""
    sock, loopback = server.listen("127.0.0.1", 0)
    assert loopback
    service = Service(Settings(**{"data": folder, "replay": folder, "grace": 0.0, **settings}))
    ready = threading.Event()
    served = server.Served(service, ready.set)
    thread = threading.Thread(target=served.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        assert ready.wait(10)
        yield sock.getsockname()[1]
    finally:
        served.should_exit = True
        thread.join()


def exchange(port: int, sent: bytes, *, then: bytes = b"", pause: float = 0.0) -> bytes:
    """What comes back for raw bytes, until the connection is closed or is silent for two seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(sent)
        time.sleep(pause)
        try:
            connection.sendall(then)
            received = b""
            while data := connection.recv(65536):
                received += data
        except OSError:
            pass
        return received


HEAD = b"POST /v1/briefs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"


@pytest.mark.slow
def test_a_real_connection_is_bounded(tmp_path: Path) -> None:
    """Fifty megabytes, declared or in chunks; a body that stops; what is no HTTP; the service goes on."""
    with serving(tmp_path, body_seconds=0.3) as port:
        large = b"x" * 1_000_000
        for chunked in (False, True):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            length = {} if chunked else {"Content-Length": "50000000"}
            headers = {"Content-Type": "application/json", **length}
            connection.request("POST", "/v1/briefs", iter([large] * 50), headers, encode_chunked=chunked)
            answer = connection.getresponse()
            assert answer.status == 413
            assert json.loads(answer.read())["type"] == "urn:summarizer:problem:too-large"
            connection.close()
        answers = {
            "slow": exchange(port, HEAD + b"Content-Length: 100\r\n\r\n{", then=b"", pause=0.5),
            "slow chunks": exchange(port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", pause=0.5),
            "no http": exchange(port, b"\x16\x03\x01\x00\xa5\r\n\r\n"),
            "two lengths": exchange(port, HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{"),
            "no host": exchange(port, b"GET /healthz HTTP/1.1\r\n\r\n"),
            "long head": exchange(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 100_000),
        }
        statuses = {name: answer.split(b" ", 2)[1:2] for name, answer in answers.items()}
        assert statuses == {name: [b"408" if "slow" in name else b"400"] for name in answers}
        assert all(b"application/problem+json" in answer for answer in answers.values())
        assert exchange(port, b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").endswith(b'{"status": "ok"}')


@pytest.mark.slow
def test_a_head_that_does_not_come_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither at the beginning nor after an answer."""
    monkeypatch.setattr(server, "_HEAD_SECONDS", 0.2)
    with serving(tmp_path) as port:
        started = time.monotonic()
        assert exchange(port, b"") == b""
        assert exchange(port, b"GET /healthz HT") == b""
        half = exchange(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", then=b"GET /he", pause=0.1)
        assert half.endswith(b'{"status": "ok"}')
        assert time.monotonic() - started < 1.9


def test_a_stream_of_events_ends_when_the_service_stops(tmp_path: Path) -> None:
    """At once, without an event `done`; and so does a POST that waits."""
    with (
        stubbed(tmp_path / "unused", delay=3.0) as (_, stub),
        serving(tmp_path / "jobs", replay=None, model="m", base_url=stub.url, wait=0.0) as port,
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/v1/briefs", json.dumps(ARTICLE), {"Content-Type": "application/json"})
        job = json.loads(connection.getresponse().read())["id"]
        connection.request("GET", f"/v1/briefs/{job}/events")
        stream = connection.getresponse()
        assert stream.read(6) == b": ping"
        received: list[bytes] = []
        reading = threading.Thread(target=lambda: received.append(stream.read()))
        reading.start()
        started = time.monotonic()
    reading.join()
    assert b"event: done" not in received[0]
    assert time.monotonic() - started < 2.5
    with client(tmp_path / "jobs", replay=tmp_path) as later:
        assert until(later, job, "failed")["problem"]["status"] == 409  # it waited, and went on with the recordings
