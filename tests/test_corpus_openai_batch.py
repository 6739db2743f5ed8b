"""The engine of OpenAI's Batch API, against a stub of its endpoints over real HTTP."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from summarizer.article import Article
from summarizer.corpus.desk import Desk, tried_again
from summarizer.corpus.engine import Settings
from summarizer.corpus.ledger import Input, Ledger, Outcome
from summarizer.corpus.openai_batch import OpenAIBatch
from summarizer.corpus.openai_batch_api import Manner
from summarizer.corpus.status import standing
from summarizer.errors import UsageError
from summarizer.model import LiveModel
from summarizer.providers import OWN_HOSTS, ModelName
from tests.batch_stub import BatchStub, batch_stub
from tests.conftest import ROOT
from tests.stub_server import Body, Reply, completion, entries, error, json_reply

QUICK = {"first": 0.01, "longest": 0.02, "idle": 1.0, "full": 0.01}
SAID = "Marshal Odo Brandt said on Monday that the army would not retreat from Harn in the year {}."
KEY = "key-of-the-server-1234567890"


def article(number: int, sentences: int = 1) -> Article:
    """An article whose sentences have each something said in them."""
    text = "\n\n".join(SAID.format(1000 * number + n) for n in range(sentences))
    return Article(text, external_id=f"a{number}")


def filled(body: Body, before: int) -> Reply:
    """What a model answers that finds a statement in every sentence."""
    return entries(lambda n, text: ("Odo Brandt", "the army would not retreat from Harn", "position"))(body)


@pytest.fixture(autouse=True, scope="module")
def certificates() -> Iterator[None]:
    """Reading the certificates, which nothing here needs, takes a fifth of the time."""
    import httpx2

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx2, "create_ssl_context", functools.cache(httpx2.create_ssl_context))
        yield


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new one."""
    opened = Ledger(tmp_path / "ledger")
    yield opened
    opened.close()


def desk_of(
    ledger: Ledger, stub: BatchStub, *articles: Article, name: ModelName | None = None, **settings: Any
) -> Desk:
    """A desk with all its articles there."""
    live = LiveModel(name or ModelName("server", "stub", stub.url))
    desk = Desk(Settings(model="stub", base_url=stub.url, **{"plan": "whole", **settings}), live, ledger, "out")
    ledger.forget("out").result()
    for number, one in enumerate(articles, 1):
        given = Input(number, one.external_id or "", f"line {number}", one.id, key=desk.key(one))
        ledger.register("out", given, one, tried_again).result()
    desk.tally.all_read = True
    return desk


def run(desk: Desk, **manner: Any) -> None:
    """Let the engine run to its end."""
    asyncio.run(OpenAIBatch(Manner(**{**QUICK, **manner})).run(desk))


def outcomes(desk: Desk) -> list[Outcome | None]:
    """What became of each article, in order."""
    return [desk.ledger.outcome(given.key) for given in desk.ledger.inputs("out") if given.key]


def states(desk: Desk) -> list[str]:
    """The states they are in."""
    return [one.state if one else "unknown" for one in outcomes(desk)]


def test_articles_go_up_in_one_batch_and_come_back_as_briefs(ledger: Ledger) -> None:
    """Three articles are three requests of one file, answered in another order."""
    with batch_stub(filled) as stub:
        desk = desk_of(ledger, stub, *(article(n) for n in range(3)))
        run(desk)
        assert states(desk) == ["complete"] * 3
        assert len(stub.batches) == 1
        assert stub.events.count("upload") == 1
        assert set(stub.run.values()) == {1}
        briefs = [json.loads(one.brief) for one in outcomes(desk) if one and one.brief]
    assert [brief["article"]["external_id"] for brief in briefs] == ["a0", "a1", "a2"]
    assert all(brief["positions"] for brief in briefs)
    assert desk.tally.calls == 3
    assert desk.tally.in_flight == 0
    assert standing(ledger.path)[0].calls == 3
    assert standing(ledger.path)[0].retries == 0


@pytest.mark.slow
def test_all_windows_of_an_article_go_up_at_once(ledger: Ledger) -> None:
    """An article of nine sentences is asked about in three requests, and only what fails a check again."""
    with batch_stub(filled) as stub:
        desk = desk_of(ledger, stub, article(1, sentences=9), plan="windows")
        run(desk)
        assert states(desk) == ["complete"]
        assert stub.events.count("create") == 1
        assert len(stub.run) == 3


@pytest.mark.slow
def test_an_answer_that_fails_its_form_is_sent_back_in_the_next_batch(ledger: Ledger) -> None:
    """The correction is a request of its own."""
    answers = iter([lambda body: completion(body, "no JSON"), lambda body: filled(body, 0)])

    with batch_stub(lambda body, before: next(answers)(body)) as stub:
        desk = desk_of(ledger, stub, article(1))
        run(desk)
        assert states(desk) == ["complete"]
        assert len(stub.batches) == 2
        assert len(stub.run) == 2


@pytest.mark.slow
def test_more_requests_than_a_batch_takes_go_up_in_several(ledger: Ledger) -> None:
    """Five requests at two a batch are three batches; none is in two."""
    with batch_stub(filled) as stub:
        desk = desk_of(ledger, stub, *(article(n) for n in range(5)))
        run(desk, most_requests=2)
        assert states(desk) == ["complete"] * 5
        assert [b["request_counts"]["total"] for b in stub.batches.values()] == [2, 2, 1]
        assert set(stub.run.values()) == {1}


@pytest.mark.slow
def test_a_file_keeps_to_its_size(ledger: Ledger) -> None:
    """A request that would make the file too large goes into the next; one alone always goes."""
    with batch_stub(filled) as stub:
        desk = desk_of(ledger, stub, *(article(n) for n in range(3)))
        run(desk, most_bytes=1)
        assert states(desk) == ["complete"] * 3
        assert len(stub.batches) == 3


@pytest.mark.slow
def test_an_error_that_passes_is_sent_again(ledger: Ledger) -> None:
    """A request that came back with 429 goes into the next batch; what was answered does not."""

    def rule(body: Body, before: int) -> Reply:
        return error(429) if "year 1000" in str(body) and before < 2 else filled(body, before)

    with batch_stub(rule) as stub:
        desk = desk_of(ledger, stub, *(article(n) for n in range(3)))
        run(desk)
        assert states(desk) == ["complete"] * 3
        assert len(stub.batches) == 3
        assert set(stub.run.values()) == {1}
    assert (desk.tally.retries, desk.tally.limited) == (2, 2)
    assert standing(ledger.path)[0].retries == 2


def test_a_batch_of_errors_alone_has_no_output_file(ledger: Ledger) -> None:
    """After three retries the article fails, saying how often; no brief looks like an answer."""
    with batch_stub(lambda body, before: error(500)) as stub:
        desk = desk_of(ledger, stub, article(1))
        run(desk)
        assert all(batch["output_file_id"] is None for batch in stub.batches.values())
        assert len(stub.batches) == 4
    (one,) = outcomes(desk)
    assert one is not None
    assert (one.state, one.error) == ("failed", "ModelUnavailable")
    assert "127.0.0.1 answered 500, 4 times" in (one.detail or "")
    assert standing(ledger.path)[0].calls == 0


@pytest.mark.slow
def test_a_request_that_stays_without_an_answer_leaves_the_others_their_brief(ledger: Ledger) -> None:
    """Two windows of three are read: an incomplete brief, though the first one is missing."""

    def rule(body: Body, before: int) -> Reply:
        return error(500) if "year 1000" in body["messages"][-1]["content"] else filled(body, before)

    with batch_stub(rule) as stub:
        desk = desk_of(ledger, stub, article(1, sentences=9), plan="windows")
        run(desk)
    (one,) = outcomes(desk)
    assert one is not None
    assert one.state == "incomplete"
    assert "127.0.0.1 answered 500, 4 times" in (one.detail or "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reply", "name", "said"),
    [
        (error(404), "ModelUnavailable", "it does not know the model"),
        (error(400), "ModelUnavailable", "it rejected the request"),
        (json_reply(400, {"error": {"code": "content_filter", "message": "no"}}), "ModelRefused", "content filter"),
    ],
)
def test_an_error_that_stays_is_not_sent_again(ledger: Ledger, reply: Reply, name: str, said: str) -> None:
    """The article fails with the reason of a live request."""
    with batch_stub(lambda body, before: reply) as stub:
        desk = desk_of(ledger, stub, article(1))
        run(desk)
        assert len(stub.batches) == 1
    (one,) = outcomes(desk)
    assert one is not None
    assert one.error == name
    assert said in (one.detail or "")


@pytest.mark.slow
def test_what_an_expired_batch_did_not_come_to_goes_into_the_next(ledger: Ledger) -> None:
    """Its finished work is kept and paid once."""

    def rule(body: Body, before: int) -> Reply | str:
        return "batch_expired" if "year 1000" in str(body) and before < 1 else filled(body, before)

    with batch_stub(rule) as stub:
        stub.steps = ("in_progress", "finalizing", "expired")
        desk = desk_of(ledger, stub, *(article(n) for n in range(3)))
        run(desk)
        assert states(desk) == ["complete"] * 3
        assert len(stub.batches) == 2
        assert set(stub.run.values()) == {1}


@pytest.mark.slow
def test_what_was_cancelled_fails_and_is_sent_in_the_next_run(ledger: Ledger) -> None:
    """Whoever cancelled it wants it not sent again at once."""

    def rule(body: Body, before: int) -> Reply | str:
        return "batch_cancelled" if "year 1000" in str(body) and before < 1 else filled(body, before)

    with batch_stub(rule) as stub:
        stub.steps = ("in_progress", "cancelling")
        desk = desk_of(ledger, stub, *(article(n) for n in range(3)))
        run(desk)
        assert states(desk) == ["complete", "failed", "complete"]
        detail = outcomes(desk)[1].detail or ""  # type: ignore[union-attr]
        assert "batch_001 was cancelled at 127.0.0.1" in detail
        assert len(stub.batches) == 1
        stub.steps = ("completed",)
        again = desk_of(ledger, stub, *(article(n) for n in range(3)))
        run(again)
        assert states(again) == ["complete"] * 3
        assert set(stub.run.values()) == {1}


@pytest.mark.slow
def test_a_batch_that_fails_validation_fails_its_articles_with_the_reason(ledger: Ledger) -> None:
    """The server's own words and the line they are about."""
    problem = {"code": "invalid_json_line", "line": 1, "message": "This line is not parseable as valid JSON."}
    with batch_stub(filled, refusals=[[problem]]) as stub:
        desk = desk_of(ledger, stub, article(1))
        run(desk)
        (one,) = outcomes(desk)
        assert one is not None
        assert "did not take batch_001: line 1: This line is not parseable" in (one.detail or "")
        assert stub.events.count("create") == 1


@pytest.mark.slow
def test_a_full_queue_makes_batches_smaller_until_they_are_taken(ledger: Ledger) -> None:
    """The limit of enqueued tokens is no failure of any article."""
    with batch_stub(filled) as stub:
        desk = desk_of(ledger, stub, *(article(n) for n in range(4)))
        stub.token_limit = 1_000
        run(desk)
        assert states(desk) == ["complete"] * 4
        ends = [batch["status"] for batch in stub.batches.values()]
        assert ends[:2] == ["failed", "failed"]
        assert ends.count("completed") == 4
        assert set(stub.run.values()) == {1}


@pytest.mark.slow
def test_lines_that_are_none_of_ours_or_broken_count_for_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strange ids, lines that are no JSON or too long, a second answer: what is missing then is asked again."""
    monkeypatch.setattr("summarizer.corpus.openai_batch_api.MAX_ANSWER", 5_000)
    odd = [b"", b"[]", b"{", b'{"custom_id": 7}', b'{"custom_id": "strange", "response": {"status_code": 200}}']
    with batch_stub(filled) as stub:

        def spoil() -> None:
            batch = stub.batches["batch_001"]
            name = batch["output_file_id"]
            first, *others = stub.files[name].splitlines()
            huge = json.dumps({**json.loads(others[0]), "padding": "x" * 9_000}).encode()
            stub.files[name] = b"\n".join([*odd, first, first, huge, b"[" * 6_000, *others[1:]])

            del stub.hooks["look"]

        stub.steps = ("completed",)
        stub.hooks["look"] = spoil
        desk = desk_of(ledger, stub, *(article(n) for n in range(3)))
        run(desk)
        assert states(desk) == ["complete"] * 3
        assert sorted(stub.run.values()) == [1, 1, 2]
    assert desk.tally.calls == 3


@pytest.mark.slow
def test_passing_faults_of_the_server_are_waited_for(ledger: Ledger) -> None:
    """A failing upload, creation, look and download: each is done once in the end."""
    with batch_stub(filled) as stub:
        stub.faults = {event: [error(503), error(429)] for event in ("upload", "create", "look", "content", "list")}
        desk = desk_of(ledger, stub, *(article(n) for n in range(2)))
        run(desk)
        assert states(desk) == ["complete"] * 2
        assert set(stub.run.values()) == {1}
        assert len(stub.batches) == 1


@pytest.mark.slow
def test_a_batch_whose_creation_was_not_answered_is_found(ledger: Ledger) -> None:
    """The connection broke after the server had made it: it is not made twice."""
    with batch_stub(filled) as stub:
        stub.faults = {"create": [(0, {}, b"")]}
        desk = desk_of(ledger, stub, article(1))
        run(desk)
        assert states(desk) == ["complete"]
        assert stub.events.count("create") == 1
        assert "list" in stub.events


@pytest.mark.slow
def test_a_rejected_key_ends_the_run_and_fails_no_article(ledger: Ledger) -> None:
    """The next run has them all."""
    with batch_stub(filled) as stub:
        stub.faults = {"upload": [error(401)]}
        desk = desk_of(ledger, stub, *(article(n) for n in range(2)))
        run(desk)
        assert states(desk) == ["waiting"] * 2
        assert "the key is missing or wrong" in str(desk.failing)
        run(again := desk_of(ledger, stub, *(article(n) for n in range(2))))
        assert states(again) == ["complete"] * 2


@pytest.mark.slow
def test_a_server_that_knows_no_batches_is_said(ledger: Ledger) -> None:
    """Its 404 is not about the model."""
    with batch_stub(filled) as stub:
        stub.faults = {"upload": [error(404)]}
        desk = desk_of(ledger, stub, article(1))
        run(desk)
        assert "no Batch API there" in str(desk.failing)


@pytest.mark.slow
def test_a_run_that_is_stopped_leaves_its_batch_to_the_next(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """It says so; the next one goes on with that batch and makes no other."""
    with batch_stub(filled) as stub:
        desk = desk_of(ledger, stub, *(article(n) for n in range(2)))
        stub.hooks["look"] = lambda: desk.stop("interrupted")
        run(desk)
        assert states(desk) == ["waiting"] * 2
        assert "left under way at 127.0.0.1: batch_001; the same command goes on with it" in caplog.text
        stub.hooks.clear()
        run(again := desk_of(ledger, stub, *(article(n) for n in range(2))))
        assert states(again) == ["complete"] * 2
        assert len(stub.batches) == 1
        assert set(stub.run.values()) == {1}
    assert ledger.note("openai-batch") is None


@pytest.mark.slow
def test_no_key_that_a_server_echoes_is_kept(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the ledger, not in a reason, not in the log; and it goes to its own server alone."""
    caplog.set_level("DEBUG")
    monkeypatch.setenv("SUMMARIZER_API_KEY", KEY)

    def rule(body: Body, before: int) -> Reply:
        status, headers, data = filled(body, before)
        return status, headers, json.dumps({**json.loads(data), "echo": KEY}).encode()

    with batch_stub(rule) as stub:
        desk = desk_of(ledger, stub, article(1))
        run(desk)
        stub.refusals = [[{"code": "x", "message": f"your key {KEY}"}]]
        desk = desk_of(ledger, stub, article(2))
        run(desk)
        assert "your key [key]" in (outcomes(desk)[0].detail or "")  # type: ignore[union-attr]
        stub.rule = lambda body, before: json_reply(429, {"error": {"message": f"your key {KEY}"}})
        run(desk_of(ledger, stub, article(3)))
        assert {h["authorization"] for h in stub.headers} == {f"Bearer {KEY}"}
    kept = b"".join(path.read_bytes() for path in ledger.path.parent.iterdir())
    assert KEY.encode() not in kept
    assert KEY not in caplog.text


@pytest.mark.slow
def test_a_redirect_is_not_followed(ledger: Ledger) -> None:
    """The text and the key stay where they were meant for."""
    with batch_stub(filled) as stub, batch_stub(filled) as other:
        stub.faults = {"upload": [(307, {"location": f"{other.url}/files"}, b"")]}
        desk = desk_of(ledger, stub, article(1))
        run(desk)
        assert other.events == []
        assert "redirects elsewhere" in str(desk.failing)


@pytest.mark.slow
def test_files_larger_than_an_answer_may_be_are_read(ledger: Ledger) -> None:
    """An output file holds many answers."""

    def rule(body: Body, before: int) -> Reply:
        status, headers, data = filled(body, before)
        return status, headers, json.dumps({**json.loads(data), "padding": "x" * 3_000_000}).encode()

    with batch_stub(rule) as stub:
        desk = desk_of(ledger, stub, *(article(n) for n in range(4)))
        run(desk)
        assert states(desk) == ["complete"] * 4


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["anthropic", "ollama"])
def test_a_provider_without_such_an_api_is_refused(
    ledger: Ledger, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent."""
    monkeypatch.setattr("summarizer.model.unusable", lambda spec: None)
    desk = Desk(Settings(model=f"{provider}/x"), LiveModel(ModelName(provider, "x")), ledger, "out")
    with pytest.raises(UsageError, match="has no Batch API of OpenAI's"):
        run(desk)
    with pytest.raises(UsageError, match="leave --replay out"):
        run(Desk(Settings(replay=Path("cassettes")), None, ledger, "out"))


def priced(ledger: Ledger, stub: BatchStub, count: int, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Desk:
    """A desk whose model is one of OpenAI's, with its price, at the stub."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setitem(OWN_HOSTS, "openai", stub.url)
    articles = [article(n) for n in range(count)]
    return desk_of(ledger, stub, *articles, name=ModelName("openai", "gpt-5-mini"), **settings)


@pytest.mark.slow
def test_a_batch_costs_half(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the tally, in the ledger and in the brief."""
    with batch_stub(filled) as stub:
        desk = priced(ledger, stub, 1, monkeypatch)
        run(desk)
    usual = (100 * 0.25 + 20 * 2.0) / 1_000_000
    assert desk.tally.cost_usd == pytest.approx(usual / 2)
    assert standing(ledger.path)[0].cost_usd == pytest.approx(usual / 2)
    brief = json.loads(outcomes(desk)[0].brief or "")  # type: ignore[union-attr]
    assert brief["provenance"]["usage"]["cost_usd"] == pytest.approx(usual / 2)


@pytest.mark.slow
def test_a_ceiling_on_cost_holds_whatever_the_answers_cost(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is under way is reserved at its most; as answers cost less, more go up, and then the run ends."""
    with batch_stub(filled) as stub:
        desk = priced(ledger, stub, 6, monkeypatch, max_cost=0.0333)  # 16,000 tokens cost 0.016 in a batch
        run(desk)
        assert [b["request_counts"]["total"] for b in stub.batches.values()] == [2, 2, 2]
        assert states(desk) == ["complete"] * 6
        desk = priced(ledger, stub, 8, monkeypatch, max_cost=0.001)
        run(desk)
        assert states(desk) == ["complete"] * 6 + ["waiting"] * 2
    assert "the ceiling of 0.001 USD" in (desk.stopped or "")


CHILD = """
import sys
from pathlib import Path
from types import SimpleNamespace
from summarizer.corpus.ledger import Ledger
from tests.test_corpus_openai_batch import article, desk_of, run

ledger = Ledger(Path(sys.argv[1]))
run(desk_of(ledger, SimpleNamespace(url=sys.argv[2]), *(article(n) for n in range(int(sys.argv[3])))), most_requests=5)
ledger.close()
"""


def child(ledger: Path, stub: BatchStub, count: int) -> subprocess.Popen[bytes]:
    """A process that briefs so many articles, five requests a batch."""
    command = [sys.executable, "-c", CHILD, str(ledger), stub.url, str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    started.append(process)
    return process


started: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """What a test that failed has started ends with it."""
    yield
    while started:
        process = started.pop()
        process.kill()
        process.wait()


def check_whole(path: Path, stub: BatchStub, count: int) -> None:
    """Every article has its brief, nothing was run twice, and nothing is left to go on with."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT state, count(*) FROM articles GROUP BY 1").fetchall() == [("complete", count)]
        assert db.execute("SELECT count(*) FROM notes").fetchone() == (0,)
        assert dict(db.execute("SELECT state, count(*) FROM calls GROUP BY 1")).keys() <= {"answered", "lost"}
    assert len(stub.run) == count
    assert set(stub.run.values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("event", ["upload", "create", "look", "content"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_process_killed_at_any_step_is_gone_on_with(tmp_path: Path, event: str, nth: int) -> None:
    """Kill -9 when the server has done its part and the client has not heard of it; two batches are under way."""
    path, count = tmp_path / "ledger", 8
    with batch_stub(filled) as stub:
        first = child(path, stub, count)
        seen = []

        def kill() -> None:
            seen.append(event)
            if len(seen) == nth:
                first.kill()

        stub.hooks[event] = kill
        assert first.wait(120) == -signal.SIGKILL
        stub.hooks.clear()
        made = len(stub.batches)
        assert child(path, stub, count).wait(120) == 0
        check_whole(path, stub, count)
        assert len(stub.batches) == 2
        assert made == {"upload": nth - 1, "create": nth}.get(event, made)


@pytest.mark.slow
def test_a_process_killed_at_random_moments_is_gone_on_with(tmp_path: Path) -> None:
    """Up to 25 times, also while answers are read and committed."""
    path, count = tmp_path / "ledger", 40
    chance = random.Random(7)
    with batch_stub(filled) as stub:
        for _ in range(25):
            started = threading.Event()
            stub.hooks = dict.fromkeys(("upload", "list", "look"), started.set)
            process = child(path, stub, count)
            while process.poll() is None and not started.wait(0.05):
                pass
            try:
                process.wait(chance.random() * 0.4)
            except subprocess.TimeoutExpired:
                process.kill()
            if process.wait(120) == 0:
                break
        else:
            stub.hooks = {}
            assert child(path, stub, count).wait(120) == 0
        check_whole(path, stub, count)


@pytest.mark.slow
def test_two_processes_on_one_ledger_send_nothing_twice(tmp_path: Path) -> None:
    """Each has its articles and its batches; where one is killed, the other goes on with them."""
    path, count = tmp_path / "ledger", 30
    with batch_stub(filled) as stub:
        stub.steps = ("in_progress", "finalizing", "completed")
        one, other = child(path, stub, count), child(path, stub, count)
        stub.hooks["content"] = one.kill
        assert other.wait(120) == 0
        assert one.wait(120) in (0, -signal.SIGKILL)
        stub.hooks.clear()
        assert child(path, stub, count).wait(120) == 0
        check_whole(path, stub, count)


@pytest.mark.slow
def test_ctrl_c_leaves_the_batch_and_the_same_command_goes_on(tmp_path: Path) -> None:
    """From the command line: exit 130, no output; then the same batch gives it."""
    wire, out = tmp_path / "wire.jsonl", tmp_path / "briefs.jsonl"
    wire.write_text("".join(json.dumps({"id": f"a{n}", "text": article(n).text}) + "\n" for n in range(3)))
    with batch_stub(filled) as stub:
        stub.steps = ("in_progress", "completed")
        command = [sys.executable, "-m", "summarizer", "batch", str(wire), "-o", str(out), "--engine", "openai-batch"]
        command += ["--model", "stub", "--base-url", stub.url]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        stub.hooks["look"] = lambda: process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "batch_001; the same command goes on with it" in told
        assert not out.exists()
        stub.hooks.clear()
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert [json.loads(line)["article"]["external_id"] for line in out.read_text().splitlines()] == [
            "a0",
            "a1",
            "a2",
        ]
        assert len(stub.batches) == 1
        assert set(stub.run.values()) == {1}


@pytest.mark.slow
def test_the_notes_of_a_dead_process_are_inherited(tmp_path: Path) -> None:
    """Those of a living one are not, and only one heir gets them."""
    path = tmp_path / "ledger"
    first = Ledger(path)
    first.set_own_note("kind", "a", "1").result()
    first.set_own_note("another", "b", "2").result()
    second = Ledger(path)
    assert second.own_notes("kind").result() == {}
    first.close()
    assert second.own_notes("kind").result() == {"a": "1"}
    third = Ledger(path)
    assert third.own_notes("kind").result() == {}
    assert third.own_notes("another").result() == {"b": "2"}
    second.set_own_note("kind", "a", None).result()
    assert second.own_notes("kind").result() == {}
    for ledger in (second, third):
        ledger.close()
