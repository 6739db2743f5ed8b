"""The jobs of a service in SQLite: every change is on the disk before it is answered.

One process at a time owns the folder. The article of a job that is over is not kept beside its brief.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from filelock import FileLock, Timeout

from summarizer.errors import UsageError
from summarizer.service.problems import BUG, Problem, problem

Status = Literal["queued", "running", "complete", "incomplete", "failed", "cancelled"]
OVER: Final = frozenset(("complete", "incomplete", "failed", "cancelled"))

_VERSION = 1
_MOST_STARTS = 3
"""Times that a job is started; one during which the process died that often is at fault itself."""

_SCHEMA = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    starts INTEGER NOT NULL DEFAULT 0,
    key TEXT UNIQUE,
    fingerprint TEXT NOT NULL,
    article TEXT,
    brief TEXT,
    problem TEXT,
    ended REAL
);
CREATE INDEX jobs_by_status ON jobs (status, ended);
"""


class QueueFull(Exception):
    """No further job may wait."""


class KeyReused(Exception):
    """The key belongs to a job about another body."""


def unusable(folder: Path, error: Exception) -> UsageError:
    """The error that a folder of jobs which cannot be read or written is."""
    told = getattr(error, "strerror", None) or error
    return UsageError(f"the jobs in {folder} cannot be used ({told}): give another folder with --data")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands."""

    id: str
    status: Status
    problem: Problem | None = None
    """Of one that failed."""
    brief: str | None = None
    """The JSON of one that is complete or incomplete."""

    @property
    def over(self) -> bool:
        """Whether nothing more will become of it."""
        return self.status in OVER

    def data(self) -> dict[str, object]:
        """As JSON data."""
        return {"id": self.id, "status": self.status} | ({"problem": self.problem.data()} if self.problem else {})


class Store:
    """The jobs in one folder. Threads share it. Methods raise `sqlite3.Error` when the disk does not do its part."""

    def __init__(self, folder: Path) -> None:
        """Open or make the folder's jobs.

        Raises `UsageError` when another server has them, or when they cannot be read or written.
        """
        self._lock = threading.Lock()
        self._read_lock = threading.Lock()
        """Of a connection of its own: who reads does not wait for a write that waits for another program."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._owner = FileLock(folder / "serve.lock", timeout=0, mode=0o600, thread_local=False)
            self._owner.acquire()
            file = folder / "jobs.sqlite3"
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite gives its other files the same mode
            file.chmod(0o600)
            self._db = self._opened(file)
            self._reading = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self._reading.execute("PRAGMA query_only=ON")
        except Timeout:
            raise UsageError(f"another `summarizer serve` uses {folder}: stop it, or give another --data") from None
        except (OSError, sqlite3.Error) as error:
            with suppress(AttributeError):
                self._owner.release()
            raise unusable(folder, error) from error

    def _opened(self, file: Path) -> sqlite3.Connection:
        db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA secure_delete=ON")  # an article that was deleted is gone
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, _VERSION):
            raise sqlite3.DatabaseError("another version of summarizer made them")
        if not found:
            db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT")
        return db

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def submit(self, article: str, fingerprint: str, key: str | None, most: int) -> tuple[Job, bool]:
        """Queue a job about an article's JSON, and whether it is new: a key leads back to its first job.

        A job that was cancelled, or that failed for a reason that may pass, is not come back to: the key is tried anew.
        Raises `KeyReused` when that was about another body, and `QueueFull` when `most` are waiting or running.
        """
        with self._change() as db:
            if key is not None:
                row = db.execute("SELECT id, status, fingerprint, problem FROM jobs WHERE key = ?", (key,)).fetchone()
                if row and row[2] != fingerprint:
                    raise KeyReused
                if row and not _passing(row[1], row[3]):
                    return Job(row[0], row[1]), False
                db.execute("UPDATE jobs SET key = NULL WHERE key = ?", (key,))
            open_jobs = db.execute("SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')").fetchone()[0]
            if open_jobs >= most:
                raise QueueFull
            job = Job(uuid.uuid4().hex, "queued")
            db.execute(
                "INSERT INTO jobs (id, status, key, fingerprint, article) VALUES (?, 'queued', ?, ?, ?)",
                (job.id, key, fingerprint, article),
            )
            return job, True

    def knows(self, key: str | None) -> bool:
        """Whether a key leads to a job."""
        return self._read("SELECT 1 FROM jobs WHERE key = ?", key) is not None

    def get(self, job_id: str) -> Job | None:
        """A job with its brief or its problem; None for one that is not known."""
        row = self._read("SELECT status, problem, brief FROM jobs WHERE id = ?", job_id)
        if row is None:
            return None
        return Job(job_id, row[0], Problem.model_validate_json(row[1]) if row[1] else None, row[2])

    def _read(self, query: str, value: str | None) -> tuple[Any, ...] | None:
        with self._read_lock:
            row: tuple[Any, ...] | None = self._reading.execute(query, (value,)).fetchone()
        return row

    def start(self, job_id: str) -> str | None:
        """Mark a waiting job as running. Returns the JSON of its article, or None when it waits no more."""
        with self._change() as db:
            row = db.execute(
                "UPDATE jobs SET status = 'running', starts = starts + 1 WHERE id = ? AND status = 'queued' "
                "RETURNING article",
                (job_id,),
            ).fetchone()
        return row[0] if row else None

    def finish(self, job_id: str, status: Status, *, brief: str | None = None, found: Problem | None = None) -> bool:
        """Keep what became of a running job. False when it was cancelled or forgotten meanwhile."""
        told = json.dumps(found.data(), ensure_ascii=False) if found else None
        with self._change() as db:
            done = db.execute(
                "UPDATE jobs SET status = ?, brief = ?, problem = ?, article = NULL, ended = ? "
                "WHERE id = ? AND status = 'running'",
                (status, brief, told, time.time(), job_id),
            )
        return done.rowcount == 1

    def cancel(self, job_id: str) -> bool:
        """Cancel a job that is not over. False when there is none."""
        with self._change() as db:
            done = db.execute(
                "UPDATE jobs SET status = 'cancelled', article = NULL, ended = ? "
                "WHERE id = ? AND status IN ('queued', 'running')",
                (time.time(), job_id),
            )
        return done.rowcount == 1

    def forget(self, job_id: str) -> bool:
        """Delete a job that is over. False when there is none."""
        with self._change() as db:
            done = db.execute(f"DELETE FROM jobs WHERE id = ? AND {_IS_OVER}", (job_id,))
        self._empty_log()
        return done.rowcount == 1

    def expire(self, before: float) -> int:
        """Delete the jobs that were over before a time (seconds since 1970), and say how many."""
        with self._change() as db:
            deleted = db.execute(f"DELETE FROM jobs WHERE {_IS_OVER} AND ended < ?", (before,)).rowcount
        if deleted:
            self._empty_log()
        return deleted

    def _empty_log(self) -> None:
        """Cut the write-ahead log, which still has what was deleted; where another program reads it, the next time."""
        with self._lock, self._read_lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def give_back(self) -> None:
        """What runs waits again: the service stops in good order, and no start is counted."""
        with self._change() as db:
            db.execute("UPDATE jobs SET status = 'queued', starts = starts - 1 WHERE status = 'running'")

    def recover(self) -> list[str]:
        """Queue what ran when the process died. Returns the ids of all that wait, the oldest first."""
        died = problem(BUG, f"the service died {_MOST_STARTS} times while it read this article, and gave it up")
        with self._change() as db:
            for (job_id,) in db.execute(
                "SELECT id FROM jobs WHERE status = 'running' AND starts >= ?", (_MOST_STARTS,)
            ).fetchall():
                told = json.dumps(died.model_copy(update={"job": job_id}).data())
                db.execute(
                    "UPDATE jobs SET status = 'failed', problem = ?, article = NULL, ended = ? WHERE id = ?",
                    (told, time.time(), job_id),
                )
            db.execute("UPDATE jobs SET status = 'queued' WHERE status = 'running'")
            return [row[0] for row in db.execute("SELECT id FROM jobs WHERE status = 'queued' ORDER BY number")]

    def close(self) -> None:
        """Let the folder go. Safe to call again."""
        with self._lock, self._read_lock:
            self._reading.close()
            self._db.close()
        self._owner.release()


def _passing(status: str, written: str | None) -> bool:
    """Whether a job ended for a reason that may pass: it was cancelled, or model or service failed, not the article."""
    return status == "cancelled" or bool(written and Problem.model_validate_json(written).status >= 500)


_IS_OVER = f"status IN ({', '.join(repr(status) for status in sorted(OVER))})"
