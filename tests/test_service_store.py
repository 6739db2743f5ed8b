"""The store of jobs: what is on the disk after each change, and who may have it."""

from __future__ import annotations

import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from summarizer import UsageError
from summarizer.service.problems import BAD_REQUEST, BUG, REFUSED, Problem, problem
from summarizer.service.store import KeyReused, QueueFull, Store


def test_a_job_goes_its_way(tmp_path: Path) -> None:
    """Queued, running, complete; the article is not kept beside the brief."""
    store = Store(tmp_path)
    job, new = store.submit('{"text": "a"}', "f", None, 1)
    assert new
    assert store.get(job.id) == job
    assert store.start(job.id) == '{"text": "a"}'
    assert store.start(job.id) is None
    assert store.get(job.id).status == "running"  # type: ignore[union-attr]
    assert store.finish(job.id, "complete", brief="{}")
    found = store.get(job.id)
    assert found is not None
    assert (found.status, found.brief, found.over) == ("complete", "{}", True)
    assert store._db.execute("SELECT article FROM jobs").fetchone() == (None,)
    assert not store.cancel(job.id)
    assert store.forget(job.id)
    assert store.get(job.id) is None
    store.close()


def test_a_key_whose_job_failed_for_a_reason_that_may_pass_is_tried_anew(tmp_path: Path) -> None:
    """So is that of a cancelled one; what is wrong with the article stays wrong."""
    store = Store(tmp_path)

    def again(status: str, found: Problem | None = None) -> bool:
        job, new = store.submit("{}", "f", "k", 9)
        assert new
        store.start(job.id)
        if found:
            store.finish(job.id, "failed", found=found)
        else:
            store.cancel(job.id)
        other, new = store.submit("{}", "f", "k", 9)
        assert store.get(job.id), "the first job is kept"
        assert new == (other.id != job.id)
        if new:
            store.cancel(other.id)
        return new

    assert again("cancelled")
    assert again("failed", problem(REFUSED, "a filter"))
    assert not again("failed", problem(BAD_REQUEST, "no article"))
    store.close()


def test_what_was_deleted_is_in_no_file(tmp_path: Path) -> None:
    """Nor in the write-ahead log of a server that runs on."""
    store = Store(tmp_path)
    job, _ = store.submit('{"text": "Tarnsk Tarnsk"}', "f", None, 1)
    store.start(job.id)
    store.finish(job.id, "complete", brief='{"text": "Tarnsk"}')
    assert store.forget(job.id)
    assert not any(b"Tarnsk" in path.read_bytes() for path in tmp_path.iterdir())
    store.close()


def test_reading_does_not_wait_for_another_program(tmp_path: Path) -> None:
    """Such as a backup that holds the file for writing."""
    store = Store(tmp_path)
    job, _ = store.submit("{}", "f", None, 1)
    other = sqlite3.connect(tmp_path / "jobs.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.start, job.id)
        started = time.monotonic()
        assert store.get(job.id) == job
        assert time.monotonic() - started < 1
        other.execute("ROLLBACK")
        assert writing.result() == "{}"
    other.close()
    store.close()


def test_what_was_cancelled_stays_cancelled(tmp_path: Path) -> None:
    """A brief that comes later is not kept."""
    store = Store(tmp_path)
    job, _ = store.submit("{}", "f", None, 1)
    store.start(job.id)
    assert store.cancel(job.id)
    assert not store.finish(job.id, "complete", brief="{}")
    assert store.get(job.id).status == "cancelled"  # type: ignore[union-attr]
    store.close()


def test_a_problem_comes_back_as_it_was(tmp_path: Path) -> None:
    """With its type and status."""
    store = Store(tmp_path)
    job, _ = store.submit("{}", "f", None, 1)
    store.start(job.id)
    found = problem(REFUSED, "no", job=job.id)
    store.finish(job.id, "failed", found=found)
    assert store.get(job.id).problem == found  # type: ignore[union-attr]
    store.close()


def test_one_key_is_one_job_for_threads_too(tmp_path: Path) -> None:
    """Whoever comes first makes it; another body is refused, also when the queue is full."""
    store = Store(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: store.submit("{}", "f", "k", 1), range(40)))
    assert len({job.id for job, _ in made}) == 1
    assert sum(new for _, new in made) == 1
    with pytest.raises(KeyReused):
        store.submit("{}", "g", "k", 1)
    with pytest.raises(QueueFull):
        store.submit("{}", "f", None, 1)
    store.close()


def test_what_ran_when_the_process_died_waits_again_in_its_order(tmp_path: Path) -> None:
    """Each once; what was over stays over."""
    store = Store(tmp_path)
    jobs = [store.submit("{}", "f", None, 9)[0].id for _ in range(4)]
    store.start(jobs[1])
    store.start(jobs[0])
    store.finish(jobs[0], "complete", brief="{}")
    store.cancel(jobs[2])
    store.close()
    again = Store(tmp_path)
    assert again.recover() == [jobs[1], jobs[3]]
    assert [again.get(job).status for job in jobs] == ["complete", "queued", "cancelled", "queued"]  # type: ignore[union-attr]
    again.close()


def test_an_article_that_kills_the_process_is_given_up(tmp_path: Path) -> None:
    """After three starts; a stop in good order counts for none."""
    store = Store(tmp_path)
    job = store.submit("{}", "f", None, 9)[0].id
    for _ in range(5):
        store.start(job)
        store.give_back()
    for _ in range(2):
        store.start(job)
        assert store.recover() == [job]
    store.start(job)
    assert store.recover() == []
    found = store.get(job)
    assert found is not None
    assert found.problem is not None
    assert (found.status, found.problem.type) == ("failed", BUG.type)
    store.close()


def test_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    """They hold articles."""
    store = Store(tmp_path / "deep" / "jobs")
    store.submit("{}", "f", None, 9)
    files = list((tmp_path / "deep" / "jobs").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {"jobs.sqlite3", "jobs.sqlite3-wal", "serve.lock"} <= {file.name for file in files}
    assert stat.S_IMODE((tmp_path / "deep" / "jobs").stat().st_mode) == 0o700
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    """The second is told what to do; after the first has gone it may."""
    first = Store(tmp_path)
    with pytest.raises(UsageError, match=r"another `summarizer serve` uses .*--data"):
        Store(tmp_path)
    first.close()
    first.close()
    Store(tmp_path).close()


def test_a_folder_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    """A file in its place, what is no database, the jobs of another version."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "jobs.sqlite3").write_bytes(b"no database" * 1000)
    (tmp_path / "new").mkdir()
    with sqlite3.connect(tmp_path / "new" / "jobs.sqlite3") as db:
        db.execute("PRAGMA user_version=99")
    for name in ("file", "junk", "new"):
        for _ in range(2):  # nor is the lock kept
            with pytest.raises(UsageError, match=r"cannot be used .*--data"):
                Store(tmp_path / name)
