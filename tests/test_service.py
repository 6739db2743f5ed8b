"""The HTTP service in process: outcomes, jobs, idempotency, events. The model is a stub server or a recording."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from summarizer import Brief, Limits, UsageError
from summarizer.render.html import page as review_page
from summarizer.service.app import Service, create_app
from summarizer.service.negotiation import wants_html
from summarizer.service.openapi import example
from summarizer.service.settings import Settings
from summarizer.service.store import Store
from tests.conftest import ROOT
from tests.stub_server import Body, Reply, StubServer, completion, entries, error, nothing, numbered, stub_server
from tests.test_api import TEXT, tagged

ARTICLE = {"text": TEXT, "id": "desk-7", "title": "Talks", "date": "2031-04-17", "language": "en"}


@contextmanager
def client(folder: Path, **settings: Any) -> Iterator[TestClient]:
    """A client of a service that runs for the block."""
    service = Service(Settings(**{"data": folder, "wait": 20.0, "grace": 0.0, **settings}))
    with TestClient(create_app(service), base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        made.service = service  # type: ignore[attr-defined]
        yield made


@contextmanager
def stubbed(
    folder: Path, *script: Callable[[Body], Reply] | Reply, delay: float = 0.0, **settings: Any
) -> Iterator[tuple[TestClient, StubServer]]:
    """The same, its model a stub server."""
    with (
        stub_server(*(script or (entries(tagged),)), delay=delay) as stub,
        client(folder, model="m", base_url=stub.url, **settings) as made,
    ):
        yield made, stub


def post(http: TestClient, body: Any = ARTICLE, **headers: str) -> Any:
    """Post an article."""
    return http.post("/v1/briefs", json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def until(http: TestClient, job: str, *statuses: str) -> dict[str, Any]:
    """The job, or brief, once its status is one of these; fails after ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        answer = http.get(f"/v1/briefs/{job}")
        if answer.headers["summarizer-status"] in statuses:
            found: dict[str, Any] = answer.json()
            return found
        time.sleep(0.01)
    raise AssertionError(f"{job} is {answer.headers['summarizer-status']}, not {statuses}")


def is_problem(answer: Any, status: int, name: str) -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["type"] == f"urn:summarizer:problem:{name}"
    assert found["title"]
    assert found["detail"]
    assert "Traceback" not in answer.text
    return found


# Outcomes


def test_an_article_becomes_a_verified_brief(tmp_path: Path) -> None:
    """200, the same brief under its own address, and the headers that say what it is."""
    with stubbed(tmp_path) as (http, _):
        answer = post(http)
        assert answer.status_code == 200
        brief = Brief.load(answer.content)
        assert len(list(brief.items())) == 4
        assert brief.article.external_id == "desk-7"
        assert brief.review is None
        assert answer.headers["summarizer-status"] == "complete"
        assert answer.headers["summarizer-disclosure"] == "Made by AI, not yet reviewed."
        assert answer.headers["content-location"] == f"/v1/briefs/{answer.headers['summarizer-job']}"
        again = http.get(answer.headers["content-location"])
        assert again.status_code == 200
        assert again.content == answer.content


def test_html_is_read_as_a_page(tmp_path: Path) -> None:
    """The article in it is found."""
    page = f"<html><head><title>Talks</title></head><body><article><p>{TEXT}</p></article></body></html>"
    with stubbed(tmp_path) as (http, _):
        assert TEXT[:40] in post(http, {"html": page}).json()["article"]["text"]


def test_nothing_found_and_a_failed_model_never_look_alike(tmp_path: Path) -> None:
    """A complete brief with empty sections is 200; a model that fails is 503 and says what it cost."""
    quiet = {"text": "The river froze on Monday. The bridge was closed. Snow fell on the road to the coast."}
    with stubbed(tmp_path / "a", entries(nothing)) as (http, _):
        answer = post(http, quiet)
        assert answer.status_code == 200
        assert answer.json()["audit"]["complete"] is True
        assert answer.json()["positions"] == []
    with stubbed(tmp_path / "b", error(404)) as (http, _):
        found = is_problem(post(http, quiet), 503, "model-unavailable")
        assert found["usage"]["calls"] == 1


def test_an_incomplete_brief_is_a_brief_that_says_so(tmp_path: Path) -> None:
    """200, with the status in a header."""

    def refuse_second(body: Body) -> Reply:
        return completion(body, None, refusal="no") if numbered(body)[0][0] > 4 else entries(tagged)(body)

    with stubbed(tmp_path, refuse_second) as (http, _):
        answer = post(http)
        assert answer.status_code == 200
        assert answer.headers["summarizer-status"] == "incomplete"
        assert answer.json()["audit"]["complete"] is False


FAILURES: dict[str, tuple[Callable[[Body], Reply] | Reply, dict[str, Any], int, str]] = {
    "refusal": (lambda body: completion(body, None, refusal="no"), {}, 502, "model-refused"),
    "garbage": (lambda body: completion(body, "prose"), {}, 503, "model-unavailable"),
    "too_many_requests": (error(429, retry_after="9999"), {}, 503, "model-unavailable"),
    "no_key": (error(401), {}, 503, "model-unavailable"),
    "calls": (lambda body: completion(body, "prose"), {"limits": Limits(max_calls=1)}, 504, "budget-exceeded"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_of_the_model_has_its_status(name: str, tmp_path: Path) -> None:
    """As a POST's answer, and in the job that failed."""
    step, settings, status, kind = FAILURES[name]
    with stubbed(tmp_path, step, **settings) as (http, _):
        answer = post(http)
        found = is_problem(answer, status, kind)
        assert found["usage"]["calls"] >= 1
        job = http.get(answer.headers["location"])
        assert job.status_code == 200
        assert job.json() == {"id": found["job"], "status": "failed", "problem": found}


def test_a_model_that_hangs_ends_with_the_articles_time(tmp_path: Path) -> None:
    """It could not be used, and the detail names the option."""
    with stubbed(tmp_path, delay=2.0, limits=Limits(timeout=0.3)) as (http, _):
        assert "--timeout" in is_problem(post(http), 503, "model-unavailable")["detail"]


def test_recordings_answer_without_a_model(tmp_path: Path) -> None:
    """A recorded article gives its brief; for another there is no recording, and no path of this machine is told."""
    with client(tmp_path, replay=ROOT / "cassettes") as http:
        assert post(http, example()["article"]).json() == example()["brief"]
        found = is_problem(post(http), 409, "recording-does-not-fit")
        assert str(ROOT) not in json.dumps(found)


def test_a_bug_is_500_and_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a job, and in a route."""

    async def broken(*args: Any, **options: Any) -> Brief:
        raise ZeroDivisionError("the secret of the desk")

    monkeypatch.setattr("summarizer.service.jobs.asummarize", broken)
    with stubbed(tmp_path) as (http, _):
        assert "secret" not in json.dumps(is_problem(post(http), 500, "internal"))
        monkeypatch.setattr(http.service.store, "get", lambda job: 1 / 0)  # type: ignore[attr-defined]
        is_problem(http.get("/v1/briefs/" + "0" * 32), 500, "internal")


# Jobs


def test_a_slow_article_becomes_a_job(tmp_path: Path) -> None:
    """202 with its address, queued or running, and the brief there when it is done."""
    with stubbed(tmp_path, delay=0.15, wait=0.05) as (http, _):
        answer = post(http)
        assert answer.status_code == 202
        assert answer.json()["status"] in ("queued", "running")
        assert set(answer.json()) == {"id", "status"}
        assert int(answer.headers["retry-after"]) >= 1
        job = answer.json()["id"]
        assert answer.headers["location"] == f"/v1/briefs/{job}"
        assert until(http, job, "complete")["article"]["external_id"] == "desk-7"


def test_a_running_job_is_cancelled_and_then_forgotten(tmp_path: Path) -> None:
    """DELETE twice; its model call is given up, and the place is free for the next."""
    with stubbed(tmp_path, delay=1.0, wait=0.0, concurrency=1) as (http, stub):
        job = post(http).json()["id"]
        until(http, job, "running")
        while not stub.requests:
            time.sleep(0.005)
        assert http.delete(f"/v1/briefs/{job}").json() == {"id": job, "status": "cancelled"}
        assert http.get(f"/v1/briefs/{job}").json() == {"id": job, "status": "cancelled"}
        stub.delay = 0.0
        second = post(http, {"text": "“We will wait,” the mayor of Tarnsk said on Monday."}).json()["id"]
        until(http, second, "complete", "failed")
        assert http.get(f"/v1/briefs/{job}").json()["status"] == "cancelled"
        assert http.delete(f"/v1/briefs/{job}").status_code == 204
        is_problem(http.get(f"/v1/briefs/{job}"), 404, "not-found")
        is_problem(http.delete(f"/v1/briefs/{job}"), 404, "not-found")


def test_a_waiting_job_is_cancelled_before_it_costs_anything(tmp_path: Path) -> None:
    """The model never hears of it."""
    with stubbed(tmp_path, delay=0.3, wait=0.0, concurrency=1) as (http, stub):
        first = post(http).json()["id"]
        second = post(http, {"text": "The mayor of Tarnsk said the bridge is gone."}).json()["id"]
        assert http.get(f"/v1/briefs/{second}").json()["status"] == "queued"
        http.delete(f"/v1/briefs/{second}")
        stub.delay = 0.0
        until(http, first, "complete")
        assert not any("Tarnsk" in json.dumps(body["messages"][-1]) for body in stub.requests)


def test_who_waits_for_a_job_that_is_cancelled_is_told(tmp_path: Path) -> None:
    """409 with the id of the job."""
    with stubbed(tmp_path, delay=1.0) as (http, stub), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(post, http, ARTICLE, Idempotency_Key="k")
        while not stub.requests:
            time.sleep(0.005)
        [live] = http.service.runner._live  # type: ignore[attr-defined]
        http.delete(f"/v1/briefs/{live}")
        assert is_problem(waiting.result(), 409, "cancelled")["job"] == live


def test_a_full_queue_is_429_and_nothing_is_lost(tmp_path: Path) -> None:
    """With Retry-After; those that were taken come to their end."""
    with stubbed(tmp_path, delay=0.2, wait=0.0, concurrency=1, queue=1) as (http, stub):
        answers = [post(http, {**ARTICLE, "id": n}) for n in range(4)]
        assert [a.status_code for a in answers] == [202, 202, 429, 429]
        is_problem(answers[2], 429, "queue-full")
        assert int(answers[2].headers["retry-after"]) >= 1
        stub.delay = 0.0
        for n, answer in enumerate(answers[:2]):
            assert until(http, answer.json()["id"], "complete")["article"]["external_id"] == str(n)
        assert post(http).status_code == 202


def test_jobs_are_kept_for_their_time_and_no_longer(tmp_path: Path) -> None:
    """What was over for longer goes; what waits stays."""
    with stubbed(tmp_path) as (http, _):
        job = post(http).headers["summarizer-job"]
        store = http.service.store  # type: ignore[attr-defined]
        assert store.expire(time.time() - 60) == 0
        assert store.expire(time.time() + 60) == 1
        is_problem(http.get(f"/v1/briefs/{job}"), 404, "not-found")


@pytest.mark.parametrize(
    "job", ["0" * 32, "..%2f..%2fetc%2fpasswd", "%00", "a" * 5000, "%F0%9F%92%A9", "' OR 1=1 --", "null", "²" * 32]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_id_that_is_not_known_is_404(job: str, method: str, tmp_path: Path) -> None:
    """Whatever it looks like; also for its events."""
    with client(tmp_path, replay=tmp_path) as http:
        is_problem(http.request(method, f"/v1/briefs/{job}"), 404, "not-found")
        is_problem(http.get(f"/v1/briefs/{job}/events"), 404, "not-found")


@pytest.mark.slow
def test_a_full_disk_is_503_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was accepted ends once there is room, what was refused can be sent again and is one job; reading works."""
    monkeypatch.setattr("summarizer.service.jobs._DISK_PAUSE", 0.02)
    large = {"text": f"{TEXT} " * 100}
    with stubbed(tmp_path, delay=0.1, wait=0.0, concurrency=1) as (http, stub):
        db = http.service.store._db  # type: ignore[attr-defined]
        done = post(http).json()["id"]
        until(http, done, "complete")
        running, waiting = (post(http, {**ARTICLE, "id": n}).json()["id"] for n in range(2))
        until(http, running, "running")
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count={pages}")
        refused = post(http, large, Idempotency_Key="k")
        is_problem(refused, 503, "storage")
        assert int(refused.headers["retry-after"]) >= 1
        while len(stub.requests) < 4:
            time.sleep(0.01)
        time.sleep(0.1)
        assert http.get(f"/v1/briefs/{done}").json()["article"]["external_id"] == "desk-7"
        assert http.get(f"/v1/briefs/{running}").json()["status"] == "running"
        assert http.get("/healthz").status_code == 200
        db.execute(f"PRAGMA max_page_count={pages * 100}")
        for n, job in enumerate((running, waiting)):
            assert until(http, job, "complete")["article"]["external_id"] == str(n)
        assert len(stub.requests) == 6  # each article was asked about once
        stub.delay = 0.0
        accepted = {post(http, large, Idempotency_Key="k").json()["id"] for _ in range(2)}
        assert len(accepted) == 1


def test_a_disk_that_takes_nothing_is_no_traceback_at_the_start_or_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start is refused with what to do; the stop goes on, and the job is read again later."""
    with stubbed(tmp_path, delay=5.0, wait=0.0) as (http, _):
        job = post(http).json()["id"]
        until(http, job, "running")
        http.service.store._db.execute("PRAGMA query_only=ON")  # type: ignore[attr-defined]

    class Full(Store):
        def recover(self) -> list[str]:
            raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("summarizer.service.app.Store", Full)
        with pytest.raises(UsageError, match=r"disk is full.*--data"):
            Service(Settings(data=tmp_path))
    with stubbed(tmp_path) as (http, _):
        until(http, job, "complete")


# Idempotency


def test_a_key_leads_to_one_job_however_often_and_whenever(tmp_path: Path) -> None:
    """Twenty at once, and after the end; blanks and the order of keys do not matter, nor quotation marks."""
    with stubbed(tmp_path, delay=0.05, wait=0.0, queue=0, concurrency=1) as (http, stub):
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda n: post(http, Idempotency_Key='"k-1"'), range(20)))
        assert {a.status_code for a in answers} <= {200, 202}
        [job] = {a.headers["summarizer-job"] for a in answers}
        until(http, job, "complete")
        same = json.dumps(dict(reversed(ARTICLE.items())), indent=1)
        headers = {"Idempotency-Key": "k-1", "Content-Type": "application/json"}
        again = http.post("/v1/briefs", content=same, headers=headers)
        assert again.status_code == 200
        assert again.headers["summarizer-job"] == job
        assert len(stub.requests) == 2  # one article of two windows


def test_a_key_is_not_for_another_body(tmp_path: Path) -> None:
    """422, and the first job stays."""
    with stubbed(tmp_path) as (http, _):
        job = post(http, Idempotency_Key="k").headers["summarizer-job"]
        is_problem(post(http, {"text": TEXT}, Idempotency_Key="k"), 422, "idempotency-key-reused")
        assert http.get(f"/v1/briefs/{job}").status_code == 200


@pytest.mark.parametrize("key", ["", '""', " ", "a" * 300, "tab\tin", '"half'])
def test_a_key_that_cannot_be_one_is_400(key: str, tmp_path: Path) -> None:
    """Empty, too long, or not printable; half a quotation mark too."""
    with client(tmp_path, replay=tmp_path) as http:
        is_problem(post(http, Idempotency_Key=key), 400, "idempotency-key-invalid")


def test_without_a_key_each_post_is_a_job_of_its_own(tmp_path: Path) -> None:
    """The same article twice."""
    with stubbed(tmp_path) as (http, _):
        assert post(http).headers["summarizer-job"] != post(http).headers["summarizer-job"]


# Events


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream."""
    return [(name, json.loads(data)) for name, data in re.findall(r"^event: (\w+)\ndata: (.*)$", text, re.MULTILINE)]


def test_progress_is_told_as_it_happens(tmp_path: Path) -> None:
    """Each call with what is planned, and in the end the job; late comers get the newest at once."""
    with stubbed(tmp_path, delay=0.15, wait=0.0) as (http, _):
        job = post(http).json()["id"]
        answer = http.get(f"/v1/briefs/{job}/events")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        *progress, (name, done) = events(answer.text)
        assert (name, done) == ("done", {"id": job, "status": "complete"})
        labels = [data["label"] for _, data in progress]
        assert "window 2 of 2" in labels
        assert set(progress[0][1]) == {"label", "done", "planned", "usage", "elapsed"}
        assert [data["planned"] for _, data in progress] == [2] * len(progress)
        late = http.get(f"/v1/briefs/{job}/events")
        assert events(late.text) == [("done", {"id": job, "status": "complete"})]
        assert http.get(f"/v1/briefs/{job}/events", headers={"Last-Event-ID": "done"}).status_code == 204


def test_the_events_of_a_job_that_failed_end_with_its_problem(tmp_path: Path) -> None:
    """As the job has it."""
    with stubbed(tmp_path, error(404)) as (http, _):
        job = post(http).headers["summarizer-job"]
        [(_, done)] = events(http.get(f"/v1/briefs/{job}/events").text)
        assert done["problem"]["type"].endswith("model-unavailable")


# The service


def test_it_answers_while_an_article_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grounding is work for the processor, and has a thread of its own."""
    begun, end = threading.Event(), threading.Event()

    async def busy(*args: Any, **options: Any) -> Brief:
        begun.set()
        while not end.is_set():
            sum(range(1000))
        return Brief.load(json.dumps(example()["brief"]))

    monkeypatch.setattr("summarizer.service.jobs.asummarize", busy)
    with client(tmp_path, replay=tmp_path, wait=0.0) as http:
        job = post(http).json()["id"]
        assert begun.wait(5)
        started = time.monotonic()
        for _ in range(10):
            assert http.get("/healthz").json() == {"status": "ok"}
        assert time.monotonic() - started < 2
        end.set()
        until(http, job, "complete")


def test_metrics_count_what_happened_without_ids(tmp_path: Path) -> None:
    """Jobs, calls, tokens, requests by route template."""
    with stubbed(tmp_path) as (http, _):
        job = post(http).headers["summarizer-job"]
        http.get(f"/v1/briefs/{job}")
        http.request("BREW", "/coffee")
        text = http.get("/metrics").text
        assert http.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in (
        'summarizer_jobs_total{status="complete"} 1.0',
        "summarizer_model_calls_total 2.0",
        'summarizer_model_tokens_total{kind="input"} 200.0',
        'summarizer_model_tokens_total{kind="output"} 40.0',
        "summarizer_jobs_running 0.0",
        "summarizer_jobs_queued 0.0",
        "summarizer_article_seconds_count 1.0",
        'summarizer_request_seconds_count{method="GET",route="/v1/briefs/{id}",status="200"} 1.0',
        'summarizer_request_seconds_count{method="other",route="none",status="404"} 1.0',
    ):
        assert line in text.splitlines()
    assert job not in text


def test_the_jobs_of_a_service_that_stopped_go_on_in_the_next(tmp_path: Path) -> None:
    """What ran waits again and comes to its end; what was done is still there."""
    with stubbed(tmp_path) as (http, _):
        done = post(http).headers["summarizer-job"]
    with stubbed(tmp_path, delay=1.0, wait=0.0, concurrency=1) as (http, stub):
        jobs = [post(http, {**ARTICLE, "id": n}).json()["id"] for n in range(3)]
        until(http, jobs[0], "running")
    with stubbed(tmp_path) as (http, stub):
        assert [until(http, job, "complete")["article"]["external_id"] for job in jobs] == ["0", "1", "2"]
        assert len(stub.requests) == 6
        assert http.get(f"/v1/briefs/{done}").json()["article"]["external_id"] == "desk-7"


def test_a_brief_that_was_tampered_with_does_not_leave(tmp_path: Path) -> None:
    """Each is verified on its way out."""
    with stubbed(tmp_path) as (http, _):
        job = post(http).headers["summarizer-job"]
        http.service.store._db.execute("UPDATE jobs SET brief = replace(brief, 'siege', 'SIEGE')")  # type: ignore[attr-defined]
        is_problem(http.get(f"/v1/briefs/{job}"), 500, "internal")


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("text/html;q=0", False),
        ("text/html;q=0.5, application/json", False),
        ("application/json;q=0.5, text/html", True),
        ("text/html;q=x", False),
    ],
)
def test_html_is_for_who_prefers_it(accept: str, html: bool) -> None:
    """Browsers do; where both are alike, JSON is sent."""
    assert wants_html(accept) is html


def test_the_review_page_is_served_to_browsers(tmp_path: Path) -> None:
    """With what keeps it out of frames; the shell at / too."""
    with stubbed(tmp_path) as (http, _):
        job = post(http).headers["summarizer-job"]
        page = http.get(f"/v1/briefs/{job}", headers={"Accept": "text/html"})
        shell = http.get("/")
        assert page.text == review_page(Brief.load(http.get(f"/v1/briefs/{job}").text))
        assert shell.text == review_page(None)
        for answer in (page, shell):
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
        assert page.headers["vary"] == "Accept"
