"""`summarizer batch` as its users have it: a line for each input, and a second run goes on where the first ended."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from summarizer.brief import Brief
from summarizer.cli import main
from summarizer.corpus.ledger import Ledger
from tests import crashing
from tests.conftest import ROOT
from tests.stub_server import DROPPED, Body, Reply, StubServer, completion, error, json_reply, stub_server
from tests.wires import answered, article, wire

PIECES = pytest.mark.block_network(allowed_hosts=["127.0.0.1", r".*/pymp-.*"])  # multiprocessing's own socket


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def batch(stub: StubServer, *more: str, source: str = "wire.jsonl", out: str = "o.jsonl") -> int:
    """Run the command in this process; its exit code."""
    about = ["--model", "m", "--base-url", stub.url]
    return main(["batch", source, "-o", out, *about, *more])


def lines(path: str = "o.jsonl") -> list[dict[str, Any]]:
    """What the output says."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def rows(*texts: str) -> None:
    """A wire of these texts."""
    made = (json.dumps({"id": f"x{n}", "text": text}) + "\n" for n, text in enumerate(texts, 1))
    Path("wire.jsonl").write_text("".join(made), encoding="utf-8")


def test_every_input_has_its_line_in_order_and_what_repeats_another_is_briefed_once(folder: Path) -> None:
    """The same text, and one with a word changed in forty, point to the first."""
    first, second = article(1), article(2) + " " + article(3)
    words = second.split()
    words[20] = "whatever"
    rows(first, second, first, " ".join(words), article(4))
    with stub_server(answered) as stub:
        assert batch(stub, "--rows", "r.csv", "--db", "d.db") == 0
        assert len({body["messages"][-1]["content"] for body in stub.requests}) == len(stub.requests)
    found = lines()
    assert found[2] == {"external_id": "x3", "duplicate_of": "x1"}
    assert found[3] == {"external_id": "x4", "duplicate_of": "x2"}
    assert [Brief.model_validate(found[n]).article.external_id for n in (0, 1, 4)] == ["x1", "x2", "x5"]
    assert all(found[n]["provenance"].get("run") is None for n in (0, 1, 4))


def test_what_cannot_be_read_keeps_its_line_and_the_rest_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code says so, and the report says where."""
    good = json.dumps({"id": "g", "text": article(1)})
    Path("wire.jsonl").write_text(f'{good}\n{{"text": 5}}\nnot json\n' + json.dumps({"text": article(2)}) + "\n")
    with stub_server(answered) as stub:
        assert batch(stub) == 3
    found = lines()
    assert [line.get("error") for line in found] == [None, "InputError", "InputError", None]
    assert [line["place"] for line in found[1:3]] == ["wire.jsonl, line 2", "wire.jsonl, line 3"]
    assert "wire.jsonl, line 3" in capsys.readouterr().err


def test_the_same_command_again_sends_nothing_and_writes_the_same(folder: Path) -> None:
    """All files that the ledger wrote may be written again."""
    wire(folder / "wire.jsonl", 5)
    outputs = ["o.jsonl", "r.jsonl", "d.db"]
    with stub_server(answered) as stub:
        for _ in range(2):
            assert batch(stub, "--rows", "r.jsonl", "--db", "d.db") == 0
            before = {name: Path(name).read_bytes() for name in outputs}
            sent = len(stub.requests)
        assert batch(stub, "--rows", "r.jsonl", "--db", "d.db") == 0
        assert len(stub.requests) == sent
    assert {name: Path(name).read_bytes() for name in outputs} == before


def test_a_file_of_somebody_else_is_not_overwritten_without_force(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is one of ours that was changed meanwhile. Nothing is sent."""
    wire(folder / "wire.jsonl", 1)
    Path("o.jsonl").write_text("mine")
    with stub_server(answered) as stub:
        assert batch(stub) == 2
        assert "--force" in capsys.readouterr().err
        assert (Path("o.jsonl").read_text(), stub.requests) == ("mine", [])
        assert batch(stub, "--force") == 0
        with Path("o.jsonl").open("a") as stream:
            stream.write("\n")
        assert batch(stub) == 2


def test_more_articles_send_only_what_is_new(folder: Path) -> None:
    """A second wire on the same ledger pays for what the first had not."""
    wire(folder / "wire.jsonl", 4)
    with stub_server(answered) as stub:
        assert batch(stub) == 0
        sent = len(stub.requests)
        wire(folder / "wire.jsonl", 6)
        assert batch(stub) == 0
        about = {line for body in stub.requests[sent:] for line in [body["messages"][-1]["content"]]}
        assert about
        assert not about & {body["messages"][-1]["content"] for body in stub.requests[:sent]}
    assert len(lines()) == 6


class Limited:
    """A server that takes so many requests a tenth of a second, and answers 429 to others."""

    def __init__(self, most: int, **headers: str) -> None:
        self.most, self.headers = most, headers
        self.taken: dict[int, int] = {}
        self.refused = 0
        self.lock = threading.Lock()

    def __call__(self, body: Body) -> Reply:
        """One answer."""
        with self.lock:
            now = int(time.monotonic() * 10)
            self.taken[now] = self.taken.get(now, 0) + 1
            if self.taken[now] > self.most:
                self.refused += 1
                return error(429, **self.headers)
        return answered(body)


@pytest.mark.slow
def test_a_server_that_takes_less_is_asked_for_less_and_nothing_fails(folder: Path) -> None:
    """30 articles at 20 requests at a time, against a server that takes two in a tenth of a second."""
    wire(folder / "wire.jsonl", 30)
    server = Limited(2, retry_after="0.1")
    with stub_server(server) as stub:
        assert batch(stub, "--concurrency", "20") == 0
        assert server.refused < len(stub.requests) / 2
    assert all("error" not in line for line in lines())


def test_a_dead_server_ends_the_run_and_the_next_one_goes_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not every article of a wire is tried in vain; those that were not reached wait."""
    wire(folder / "wire.jsonl", 30)
    with stub_server(error(401)) as stub:
        assert batch(stub, "--concurrency", "2") == 4
        assert len(stub.requests) <= 4
    assert "401" in capsys.readouterr().err
    assert {line["error"] for line in lines()} == {"ModelUnavailable"}
    with stub_server(answered) as stub:
        assert batch(stub, "--concurrency", "2") == 0
    assert all("error" not in line for line in lines())


def test_a_refusal_is_not_tried_again_and_a_bad_answer_is(folder: Path) -> None:
    """In the next run; a failure is no result that is kept."""
    rows(article(1) + " Refuse this.", article(2) + " Spoil this.", article(3))
    spoiling = True

    def reply(body: Body) -> Reply:
        text = body["messages"][-1]["content"]
        if "Refuse this" in text:
            return completion(body, None, refusal="I cannot help with that.")
        if "Spoil this" in text and spoiling:
            return completion(body, "no JSON")
        return answered(body)

    with stub_server(reply) as stub:
        assert batch(stub) in (4, 5)
        sent = len(stub.requests)
        spoiling = False
        assert batch(stub) in (4, 5)
        again = [body["messages"][-1]["content"] for body in stub.requests[sent:]]
        assert again
        assert all("Spoil this" in text for text in again)
    assert lines()[1]["audit"]["complete"]


def test_a_ceiling_on_cost_stops_cleanly_and_a_higher_one_goes_on(folder: Path) -> None:
    """Never more than it allows is spent: 100 tokens in and 20 out are 0.0005 USD at these prices."""
    wire(folder / "wire.jsonl", 12)
    price = ("--price", "1,20")
    with stub_server(answered) as stub:
        assert batch(stub, *price, "--max-cost", "0.016") == 4
        spent = 0.0005 * len(stub.requests)
        assert 0 < spent <= 0.016
        found = lines()
        assert 0 < sum("error" in line for line in found) < 12
        assert {line["error"] for line in found if "error" in line} == {"BudgetExceeded"}
        assert batch(stub, *price, "--max-cost", "1") == 0
        assert len({body["messages"][-1]["content"] for body in stub.requests}) == len(stub.requests)
    with sqlite3.connect("o.jsonl.ledger") as db:
        assert db.execute("SELECT total(cost_usd) FROM calls").fetchone()[0] == pytest.approx(
            0.0005 * len(stub.requests)
        )


def test_a_ceiling_needs_a_price(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown is not nothing."""
    wire(folder / "wire.jsonl", 1)
    with stub_server(answered) as stub:
        assert batch(stub, "--max-cost", "1") == 2
        assert "known price" in capsys.readouterr().err
        assert not stub.requests


def test_a_dry_run_says_what_there_is_to_do_and_does_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Articles, calls, tokens and price; no file, no request."""
    rows(article(1), article(2), article(1))
    with stub_server(answered) as stub:
        assert main(["batch", "wire.jsonl", "--dry-run", "--model", "m", "--base-url", stub.url, "--price", "1,2"]) == 0
        assert not stub.requests
    told = capsys.readouterr().out
    assert "3 inputs: 2 articles to brief, 1 duplicate" in told
    assert "planned call" in told
    assert "$" in told
    assert [path.name for path in folder.iterdir()] == ["wire.jsonl"]


def test_status_says_how_a_ledger_stands(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is done, what failed and why, what it took; and whether anything is at work."""
    rows(article(1), article(1), "")
    with stub_server(answered) as stub:
        assert batch(stub, "--quiet") == 3
    capsys.readouterr()
    assert main(["status", "o.jsonl.ledger"]) == 0
    told = capsys.readouterr().out
    assert "nothing is at work" in told
    assert "3 of 3 done (100%): 1 complete, 1 duplicate, 1 unreadable" in told
    assert "wire.jsonl, line 3" in told
    assert main(["status", "nowhere"]) == 3


def test_recordings_answer_in_the_models_place(folder: Path) -> None:
    """Offline, as `brief --replay`."""
    source = ROOT / "seeds" / "000_31555e438435f307.txt"
    assert main(["batch", str(source), "-o", "o.jsonl", "--replay", str(ROOT / "cassettes"), "--quiet"]) == 0
    assert lines()[0]["provenance"]["replayed"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--engine", "steam"], "--engine is one of"),
        (["--column", "body=text"], "OURS one of"),
        (["--price", "much"], "two prices"),
        (["--plan", "all"], "--plan is one of"),
    ],
)
def test_wrong_options_are_told(folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], told: str) -> None:
    """With what they take; nothing is read or written."""
    assert (
        main(["batch", "wire.jsonl", "-o", "o.jsonl", "--model", "m", "--base-url", "http://127.0.0.1:9/v1", *more])
        == 2
    )
    assert told in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_without_an_output_it_says_where_to_put_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And names the dry run."""
    assert main(["batch", "wire.jsonl"]) == 2
    assert "--dry-run" in capsys.readouterr().err


def waits(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until it holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.slow
@PIECES
def test_two_processes_with_the_same_command_send_nothing_twice(folder: Path) -> None:
    """The second waits for the first, and then has nothing to ask; both end well."""
    wire(folder / "wire.jsonl", 10)
    with crashing.counting(0.05) as stub:
        command = ["batch", "wire.jsonl", "-o", "o.jsonl", *crashing.options(stub, 4)]
        both = [crashing.started(command, folder) for _ in range(2)]
        for process in both:
            process.join(60)
        assert [process.exitcode for process in both] == [0, 0]
        assert len(stub.seen) == len(set(stub.seen)) >= 10


@pytest.mark.slow
@PIECES
def test_two_processes_share_a_ledger_and_the_articles_of_both(folder: Path) -> None:
    """With outputs of their own, each takes what the other has not, and both have all."""
    wire(folder / "wire.jsonl", 10)
    with crashing.counting(0.05) as stub:
        both = [
            crashing.started(
                ["batch", "wire.jsonl", "-o", f"{n}.jsonl", "--ledger", "l", *crashing.options(stub, 4)], folder
            )
            for n in range(2)
        ]
        for process in both:
            process.join(60)
        assert [process.exitcode for process in both] == [0, 0]
        assert len(stub.seen) == len(set(stub.seen)) >= 10
    assert Path("0.jsonl").read_bytes() == Path("1.jsonl").read_bytes()


@pytest.mark.slow
@PIECES
def test_an_interrupt_keeps_what_was_answered(folder: Path) -> None:
    """The requests in flight are waited for: nothing that was sent is sent again."""
    wire(folder / "wire.jsonl", 10)
    with crashing.counting(0.1) as stub:
        command = ["batch", "wire.jsonl", "-o", "o.jsonl", *crashing.options(stub, 4)]
        process = crashing.started(command, folder)
        stub.wait_for(5, 20)
        assert process.pid
        os.kill(process.pid, signal.SIGINT)
        process.join(60)
        assert process.exitcode == 130
        assert not Path("o.jsonl").exists()
        assert crashing.finished(command, folder) == 0
        assert len(stub.seen) == len(set(stub.seen))


@pytest.mark.slow
def test_a_network_that_is_lost_for_a_while_fails_nothing_for_good(folder: Path) -> None:
    """Connections that break are tried again; what failed all the same is read by the next run."""
    wire(folder / "wire.jsonl", 6)
    lost = json_reply(200, {}) and DROPPED
    with stub_server(answered, lost, lost, lost, lost, answered) as stub:
        batch(stub, "--concurrency", "2")
        assert batch(stub, "--concurrency", "2") == 0
    assert all(line["audit"]["complete"] for line in lines())


@pytest.mark.slow
def test_an_error_that_comes_with_status_200_is_no_answer_that_is_kept(folder: Path) -> None:
    """As some gateways send it: the request is sent again in the same run."""
    rows(article(1))
    with stub_server(json_reply(200, {"error": {"code": 502, "message": "upstream"}}), answered) as stub:
        assert batch(stub) == 0
        assert len(stub.requests) == 2
    assert lines()[0]["audit"]["complete"]


def test_articles_that_the_server_rejects_do_not_keep_the_others_from_being_read(folder: Path) -> None:
    """However many come first: the server is there, and it is only these that it does not take."""
    wire(folder / "wire.jsonl", 14)
    rejected = [f"day {number} of" for number in range(12)]

    def reply(body: Body) -> Reply:
        text = body["messages"][-1]["content"]
        return error(400) if any(day in text for day in rejected) else answered(body)

    with stub_server(reply) as stub:
        assert batch(stub, "--concurrency", "1") == 4
    assert ["error" in line for line in lines()] == [True] * 12 + [False] * 2


def without_usage(body: Body) -> Reply:
    """An answer that does not say what it used."""
    status, headers, data = answered(body)
    return status, headers, json.dumps({**json.loads(data), "usage": None}).encode()


def test_a_ceiling_ends_the_batch_where_an_answer_does_not_say_what_it_used(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else it could not be kept; in the next run neither, which without a ceiling goes on."""
    wire(folder / "wire.jsonl", 6)
    price = ("--price", "1,20")
    with stub_server(without_usage, answered) as stub:
        for _ in range(2):
            assert batch(stub, *price, "--max-cost", "9", "--concurrency", "1") == 4
            assert "did not say what it used" in capsys.readouterr().err
            assert len(stub.requests) == 1
        assert batch(stub, *price) == 0


@pytest.mark.slow
def test_a_ceiling_counts_what_was_asked_before_there_was_a_price(folder: Path) -> None:
    """100 tokens in and 20 out are 0.0005 USD at these prices, whenever they were used."""
    wire(folder / "wire.jsonl", 40, longest=1)
    with stub_server(answered) as stub:
        assert batch(stub) == 0
        sent = len(stub.requests)
        wire(folder / "wire.jsonl", 44, longest=1)
        assert batch(stub, "--price", "1,20", "--max-cost", str(0.0005 * sent)) == 4
        assert len(stub.requests) == sent


@pytest.mark.slow
def test_a_batch_that_is_stopped_early_has_a_line_for_each_input_all_the_same(folder: Path) -> None:
    """It ends before most of them are read: the output of an earlier run must not be replaced by a part of it."""
    wire(folder / "wire.jsonl", 600, longest=1)
    with stub_server(error(401)) as stub:
        assert batch(stub) == 4
    assert [line["external_id"] for line in lines()] == [f"a{number}" for number in range(600)]


def test_a_ledger_that_cannot_keep_an_answer_ends_the_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a disk that is nearly full: small changes are made, answers are not. No further one is paid."""
    wire(folder / "wire.jsonl", 20)

    def full(ledger: Ledger, *about: object) -> Future[None]:
        return ledger.change(lambda db: (_ for _ in ()).throw(sqlite3.OperationalError("database or disk is full")))

    with stub_server(answered) as stub:
        monkeypatch.setattr(Ledger, "answered", full)
        assert batch(stub, "--concurrency", "2") == 2
        assert len(stub.requests) <= 2
        assert "disk is full" in capsys.readouterr().err
        monkeypatch.undo()
        monkeypatch.chdir(folder)
        assert batch(stub) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("failing", "runs"), [("refused", 1), ("bad", 3), ("unavailable", 5)])
def test_how_often_an_article_is_tried_of_which_a_part_was_not_read(folder: Path, failing: str, runs: int) -> None:
    """A refusal once, a bad answer in three runs, what passes in every run: as if nothing had been read."""
    rows(" ".join(article(number, 5) for number in range(6)))
    replies = {
        "refused": lambda body: completion(body, None, refusal="no"),
        "bad": lambda body: completion(body, "no JSON"),
        "unavailable": lambda body: error(503, retry_after="0"),
    }

    def reply(body: Body) -> Reply:
        return replies[failing](body) if "day 5 of" in body["messages"][-1]["content"] else answered(body)

    with stub_server(reply) as stub:
        sent = []
        for _ in range(5):
            before = len(stub.requests)
            assert batch(stub) == 5
            sent.append(len(stub.requests) > before)
    assert sent == [True] * runs + [False] * (5 - runs)


def test_a_dry_run_leaves_the_ledger_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It only looks what is finished; an empty file stays empty."""
    wire(folder / "wire.jsonl", 3)
    with stub_server(answered) as stub:
        assert batch(stub) == 0
        with sqlite3.connect("o.jsonl.ledger") as db:
            db.execute("UPDATE articles SET owner = 'dead', state = 'waiting' WHERE rowid = 1")
        before = Path("o.jsonl.ledger").read_bytes()
        assert batch(stub, "--dry-run") == 0
        assert "1 article to brief, 2 finished" in capsys.readouterr().out
        assert Path("o.jsonl.ledger").read_bytes() == before
        Path("empty").touch()
        assert batch(stub, "--dry-run", "--ledger", "empty") == 0
        assert Path("empty").read_bytes() == b""


@pytest.mark.skipif(os.name == "nt", reason="names of files are Unicode there")
def test_the_name_of_an_output_need_not_be_utf_8(folder: Path) -> None:
    """Some old ones are not; it is written, and known again."""
    wire(folder / "wire.jsonl", 1)
    name = os.fsdecode(b"caf\xe9 %3f#.jsonl")
    with stub_server(answered) as stub:
        for _ in range(2):
            assert batch(stub, out=name) == 0
        assert len(stub.requests) == 1


@pytest.mark.skipif(os.name == "nt", reason="pipes cannot be waited for there")
def test_an_interrupt_ends_the_wait_for_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that is open and says nothing, as `tail -f`: what came of it is kept in the ledger."""
    reading, writing = os.pipe()
    with stub_server(answered) as stub, os.fdopen(reading) as stdin, os.fdopen(writing, "wb") as pipe:
        monkeypatch.setattr("sys.stdin", stdin)
        pipe.write(json.dumps({"id": "a", "text": article(1)}).encode() + b"\n")
        pipe.flush()

        def interrupt() -> None:
            waits(lambda: bool(stub.requests))
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt, daemon=True).start()
        assert batch(stub, source="-") == 130
    assert not Path("o.jsonl").exists()


@pytest.mark.slow
@PIECES
def test_two_processes_that_have_the_same_articles_under_other_ids_send_nothing_twice(folder: Path) -> None:
    """What counts is the request: the ids are in no prompt."""
    wire(folder / "0.jsonl", 8)
    made = ({"id": f"b{number}", "title": f"Report {number}", "text": article(number)} for number in range(8))
    Path("1.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))
    with crashing.counting(0.2) as stub:
        both = [
            crashing.started(
                ["batch", f"{n}.jsonl", "-o", f"o{n}.jsonl", "--ledger", "l", *crashing.options(stub, 4)], folder
            )
            for n in range(2)
        ]
        for process in both:
            process.join(60)
        assert [process.exitcode for process in both] == [0, 0]
        assert len(stub.seen) == len(set(stub.seen)) >= 8


@pytest.mark.slow
def test_a_brief_that_was_changed_in_the_ledger_is_not_written_and_costs_no_other(folder: Path) -> None:
    """An invented quotation, another article's brief, bytes that are none: its line says so, the rest is written."""
    wire(folder / "wire.jsonl", 3)
    with stub_server(answered) as stub:
        assert batch(stub) == 0
        good = lines()
        invented = json.dumps(good[0]).replace(good[0]["headline"]["evidence"][0]["quote"], "I surrender.")
        for brief in (zlib.compress(invented.encode()), zlib.compress(json.dumps(good[1]).encode()), b"broken"):
            with closing(sqlite3.connect("o.jsonl.ledger")) as ledger, ledger:
                first = "SELECT key FROM inputs WHERE number = 1"
                ledger.execute(f"UPDATE articles SET brief = ? WHERE key = ({first})", (brief,))
            assert batch(stub) == 3
            changed, *rest = lines()
            assert (changed["external_id"], changed["error"], rest) == ("a0", "UnverifiedBrief", good[1:])


@pytest.mark.parametrize("options", [("-o", ""), ("-o", "."), ("-o", "o.jsonl", "--ledger", "")])
def test_a_file_without_a_name_is_told(
    folder: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """As a variable that is empty gives it."""
    wire(folder / "wire.jsonl", 1)
    assert main(["batch", "wire.jsonl", "--model", "m", "--base-url", "http://127.0.0.1:9", *options]) == 2
    assert "takes a file" in capsys.readouterr().err


def test_a_column_that_is_named_twice_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last would have counted, and another column been briefed."""
    wire(folder / "wire.jsonl", 1)
    both = ("--column", "text=body", "--column", "text=title")
    assert (
        main(["batch", "wire.jsonl", "-o", "o.jsonl", "--model", "m", "--base-url", "http://127.0.0.1:9", *both]) == 2
    )
    assert "--column names text twice" in capsys.readouterr().err
