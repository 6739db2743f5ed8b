"""The Ray engine: what a worker does, and batches on real local clusters, which the tests start, disturb and stop."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from summarizer import Article, Brief, ModelUnavailable, UsageError
from summarizer.asking import Limits
from summarizer.corpus import ray_cluster, ray_engine, ray_worker
from summarizer.corpus.engine import Work
from summarizer.corpus.ray_worker import Briefer, Leave, Outcome
from summarizer.model import LiveModel
from summarizer.providers import ModelName, parse_name
from tests import wires
from tests.conftest import ROOT
from tests.crashing import Counting, counting, finished, kept, options
from tests.stub_server import error, stub_server

# What a worker does, without a cluster


@dataclass
class Gate:
    """A gate in this process."""

    said: Leave
    suspects: frozenset[str] = frozenset()

    async def suspect(self, key: str) -> bool:
        return key in self.suspects

    async def leave(self, key: str) -> Leave:
        return self.said


def worker(url: str, leave: Leave = "given", **orders: Any) -> Briefer:
    """A worker for the server at `url`."""

    live = LiveModel(parse_name("m", url))
    return Briefer(replace(ray_worker.orders(live, "auto", Limits(timeout=20), 2), **orders), Gate(leave))


def outcome(briefer: Briefer, article: Article, answers: dict[str, Any] | None = None) -> Outcome:
    """What becomes of an article."""
    row = asyncio.run(briefer(ray_worker.outgoing(Work("k", article), answers or {})))
    assert row["key"] == "k"
    return Outcome.read(row)


ARTICLE = Article(wires.article(7), external_id="x", title="T", language="en")


def test_a_worker_gives_back_the_brief_and_each_raw_answer() -> None:
    """With its request's key, in the order of the calls."""
    with counting(0) as stub:
        came = outcome(worker(stub.url), ARTICLE)
    brief = Brief.load(came.brief or "", ARTICLE)
    assert brief.audit.complete
    assert brief.article.external_id == "x"
    assert [sent.request for sent in came.sent] == stub.seen
    assert all(sent.raw["choices"] and sent.label for sent in came.sent)


def test_an_answer_that_came_along_is_not_asked_for() -> None:
    """The brief is the same."""
    with counting(0) as stub:
        first = outcome(worker(stub.url), ARTICLE)
        asked = len(stub.seen)
        again = outcome(worker(stub.url), ARTICLE, {sent.request: sent.raw for sent in first.sent})
        assert len(stub.seen) == asked
    assert again == replace(first, sent=(), kept=asked)


def test_what_was_noted_when_an_article_was_read_travels_with_it() -> None:
    """Such as text that was hidden on its page."""
    page = f"<html><body><p>{wires.article(7)}</p><p style='display:none'>Ignore this.</p></body></html>"
    article = Article.from_html(page, external_id="x")
    assert article.flags
    with counting(0) as stub:
        came = outcome(worker(stub.url), article)
    assert Brief.load(came.brief or "").audit.flags[0].code == article.flags[0].code


def test_nothing_is_begun_when_the_batch_is_stopped_or_a_worker_died_too_often() -> None:
    """The gate says so."""
    with counting(0) as stub:
        assert outcome(worker(stub.url, "closed"), ARTICLE).left
        died = outcome(worker(stub.url, "spent"), ARTICLE).failure()
        assert not stub.seen
    assert isinstance(died, ModelUnavailable)


@pytest.mark.parametrize(("orders", "told"), [({"version": "0"}, "the command 0"), ({"prompts": "0"}, "prompts")])
def test_a_worker_of_another_version_briefs_nothing(orders: dict[str, str], told: str) -> None:
    """It would be another brief than the ledger's key says."""
    with counting(0) as stub:
        came = outcome(worker(stub.url, **orders), ARTICLE)
        assert not stub.seen
    assert told in (came.hopeless or "")


def test_a_worker_without_its_key_briefs_nothing() -> None:
    """The key is in its own environment, never in what Ray carries."""
    came = outcome(worker("http://127.0.0.1:9/v1", model=parse_name("openai/gpt-5-mini")), ARTICLE)
    assert "set OPENAI_API_KEY" in (came.hopeless or "")


def test_a_key_that_can_be_none_stops_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's place is not set up; every article would meet it."""
    monkeypatch.setenv("SUMMARIZER_API_KEY", "two words\n")
    with counting(0) as stub:
        assert "SUMMARIZER_API_KEY" in (outcome(worker(stub.url), ARTICLE).hopeless or "")


def test_a_server_that_refuses_everything_stops_the_batch() -> None:
    """401 would meet every article."""
    with stub_server(error(401)) as stub:
        came = outcome(worker(stub.url), ARTICLE)
    assert came.hopeless
    assert came.sent[0].lost


@pytest.mark.slow
def test_a_429_is_waited_out() -> None:
    """As on one machine; each is told."""
    with stub_server(error(429, retry_after="0"), error(429, retry_after="0"), wires.answered) as stub:
        came = outcome(worker(stub.url), ARTICLE)
    assert came.brief
    assert [bool(sent.lost) for sent in came.sent[:3]] == [True, True, False]


def test_a_bug_in_one_article_comes_back_as_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others go on."""

    async def broken(*given: Any, **more: Any) -> None:
        raise ZeroDivisionError("x")

    monkeypatch.setattr(ray_worker, "asummarize", broken)
    assert str(outcome(worker("http://127.0.0.1:9/v1"), ARTICLE).failure()) == "a bug: ZeroDivisionError: x"


def test_an_article_is_begun_three_times_and_none_once_the_gate_is_closed() -> None:
    """It comes again where the worker that had it died."""
    gate = ray_engine.Gate()
    assert not gate.suspect("a")
    assert [gate.leave("a") for _ in range(4)] == ["given", "given", "given", "spent"]
    assert gate.suspect("a")
    gate.close()
    assert gate.leave("b") == "closed"


def test_an_article_that_may_have_killed_a_worker_is_read_alone() -> None:
    """Those beside it would die with it again."""
    rows = [ray_worker.outgoing(Work(key, Article(wires.article(n))), {}) for n, key in enumerate("abcd")]
    with counting(0.1) as stub:
        briefer = worker(stub.url)
        briefer.gate = Gate("given", frozenset("bc"))
        under_way: list[str] = []
        beside: dict[str, set[str]] = {key: set() for key in "abcd"}
        outcome_of = briefer._outcome

        async def watched(row: ray_worker.Row) -> Outcome:
            under_way.append(row["key"])
            for key in under_way:
                beside[key].update(under_way)
            came = await outcome_of(row)
            under_way.remove(row["key"])
            return came

        briefer._outcome = watched  # type: ignore[method-assign]

        async def all_of_them() -> None:
            await asyncio.gather(*map(briefer, rows))

        asyncio.run(all_of_them())
    assert beside["b"] == {"b"}
    assert beside["c"] == {"c"}


# What cannot be run


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is read."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'desk-summarizer\[ray\]'"):
        ray_engine.RayEngine()


@pytest.mark.parametrize(
    ("name", "url", "told"),
    [
        ("local", None, "--engine local"),
        ("m", "http://{}@127.0.0.1:9/v1", "SUMMARIZER_API_KEY"),
    ],
)
def test_what_is_of_one_machine_or_secret_is_refused(name: str, url: str | None, told: str) -> None:
    """The embedded model, and a password in the address."""
    spec = ModelName("local", "m.gguf") if url is None else parse_name(name, url.format("me:word"))
    with pytest.raises(UsageError, match=told):
        ray_engine.check_model(spec)


def test_a_ray_client_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray Data runs where the cluster is."""
    monkeypatch.setenv("RAY_ADDRESS", "ray://head:10001")
    with pytest.raises(UsageError, match="RAY_ADDRESS=auto"), ray_cluster.connected(1):
        pass


# Real clusters

ARTICLES, CONCURRENCY = 40, 16
"""16 in flight are two workers."""
MOST_CALLS = 3
"""Of one article of the wire."""


@dataclass
class Place:
    """Where the processes of a test run, each of which it knows."""

    folder: Path
    temporary: Path
    known: dict[int, str] = field(default_factory=dict)
    """The processes that were seen, with when they started."""

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Python, with its home and its temporary files here."""
        paths = {"PYTHONPATH": str(ROOT), "HOME": str(self.folder), "TMPDIR": str(self.temporary)}
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **paths, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.folder / "stderr").open("ab"),
        )
        self.known[process.pid] = stat(process.pid)[1]
        return process

    def batch(self, stub: Counting, **environment: str) -> subprocess.Popen[bytes]:
        """A batch on Ray."""
        command = ["batch", "wire.jsonl", "-o", "briefs.jsonl", "--engine", "ray", *options(stub, CONCURRENCY)]
        return self.start("-m", "summarizer", *command, **environment)

    def living(self, name: str = "") -> list[int]:
        """The processes that were started here, and theirs, whose command begins so; what ended is not among them."""
        everybody = {pid: stat(pid) for folder in Path("/proc").glob("[0-9]*") if (pid := int(folder.name))}
        while new := [p for p, (parent, _) in everybody.items() if parent in self.known and p not in self.known]:
            self.known.update((pid, everybody[pid][1]) for pid in new)
        return [
            p for p, began in self.known.items() if began and stat(p)[1] == began and command_of(p).startswith(name)
        ]

    def kill_one(self, name: str) -> bool:
        """Kill one of these processes; Ray may have ended those that were there a moment ago."""
        for process in self.living(name):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                return True
        return False


def stat(pid: int) -> tuple[int, str]:
    """The parent of a process and when it started; nothing where it is none, or has ended."""
    with suppress(OSError):
        state, parent, *more = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        if state not in "ZX":
            return int(parent), more[17]
    return 0, ""


def command_of(pid: int) -> str:
    """The command of a process."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    return ""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A folder with a wire; whatever runs there is ended."""
    wires.wire(tmp_path / "wire.jsonl", ARTICLES)
    with tempfile.TemporaryDirectory(prefix="r") as temporary:  # short: there are sockets in it
        made = Place(tmp_path, Path(temporary))
        yield made
        for process in made.living():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def until(there: Callable[[], Any], seconds: float) -> Any:
    """What `there` gives, once it is something."""
    end = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the local engine writes."""
    folder = tmp_path_factory.mktemp("local")
    wires.wire(folder / "wire.jsonl", ARTICLES)
    with counting(0) as stub:
        assert finished(["batch", "wire.jsonl", "-o", "briefs.jsonl", *options(stub, CONCURRENCY)], folder) == 0
    return (folder / "briefs.jsonl").read_bytes()


@contextmanager
def cluster(place: Place) -> Iterator[str]:
    """A cluster that somebody else started; gives its address."""
    how = "address='local', num_cpus=2, include_dashboard=False, object_store_memory=200_000_000"
    code = f"import ray; print(ray.init({how}).address_info['gcs_address'], flush=True); input()"
    holder = place.start("-c", code)
    assert holder.stdin
    assert holder.stdout
    try:
        yield holder.stdout.readline().decode().strip()
    finally:
        holder.communicate(b"\n", timeout=30)


on_ray = [
    pytest.mark.slow,
    pytest.mark.block_network(allowed_hosts=["127.0.0.1", r".*/pymp-.*"]),  # multiprocessing's own socket
    pytest.mark.skipif(importlib.util.find_spec("ray") is None and "CI" not in os.environ, reason="needs Ray"),
]


class TestOnRay:
    """Batches on clusters."""

    pytestmark = on_ray

    def test_a_worker_that_dies_is_replaced_and_nothing_is_lost_or_doubled(
        self, place: Place, undisturbed: bytes
    ) -> None:
        """Two workers; one is killed. The output is the local engine's, and no process and no file is left."""
        with counting(0.5) as stub:
            run = place.batch(stub)
            until(lambda: len(place.living("ray::MapWorker")) >= 2, 60)
            stub.wait_for(20, 60)
            until(lambda: place.kill_one("ray::MapWorker"), 30)
            assert run.wait(90) == 0
            again = len(stub.seen) - len(set(stub.seen))
        assert (place.folder / "briefs.jsonl").read_bytes() == undisturbed
        assert again <= MOST_CALLS * ray_engine.SHARE  # the articles that it had
        until(lambda: not place.living(), 10)
        assert not list(place.temporary.iterdir())
        assert not (place.folder / ".ray").exists()

    def test_a_killed_driver_loses_what_was_under_way_and_no_more(self, place: Place, undisturbed: bytes) -> None:
        """Its workers end with it. The next run, on another cluster, sends nothing again of what was finished."""
        ledger = place.folder / "briefs.jsonl.ledger"
        with counting(0.5) as stub:
            run = place.batch(stub)
            until(lambda: len(kept(ledger)[1]) >= 10, 90)
            place.living()  # to know them all
            run.kill()
            run.wait()
            until(lambda: not [p for name in ("ray::Map", "ray::Gate", "ray::IDLE") for p in place.living(name)], 30)
            time.sleep(0.6)  # what was on the wire comes in
            answers, articles = kept(ledger)
            before = list(stub.seen)
            assert 10 <= len(articles) < ARTICLES
            with cluster(place) as address:
                assert place.batch(stub, RAY_ADDRESS=address, RAY_AUTH_MODE="token").wait(90) == 0
            sent = stub.seen[len(before) :]
        lost = set(before) - answers
        assert not answers & set(sent)
        assert len(sent) == len(set(sent))
        assert lost == set(sent) & set(before)
        assert len(lost) <= MOST_CALLS * CONCURRENCY
        assert (place.folder / "briefs.jsonl").read_bytes() == undisturbed


def test_the_rows_are_json() -> None:
    """Nothing is unpickled that was read from a folder."""
    row = ray_worker.outgoing(Work("k", ARTICLE), {"r": {"choices": []}})
    assert json.loads(row["article"])["title"] == "T"
    assert json.loads(row["answers"]) == {"r": {"choices": []}}
