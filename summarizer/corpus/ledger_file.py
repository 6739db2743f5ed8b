"""The file of a ledger: SQLite with a write-ahead log and full sync, written by one thread of each process.

What waits at the same time is committed together, so that many requests in flight cost one sync, not one each. Several
processes may share a file: each holds a lock of its own while it lives, and what a dead one had claimed is free again.
"""

from __future__ import annotations

import asyncio
import glob
import os
import queue
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from filelock import FileLock, Timeout

from summarizer.errors import UsageError

T = TypeVar("T")

_VERSION = 1
_SCHEMA: Final = """
CREATE TABLE articles (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL DEFAULT 'waiting',
    owner TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    detail TEXT,
    seconds REAL,
    ended REAL,
    article BLOB NOT NULL,
    brief BLOB
);
CREATE TABLE calls (
    number INTEGER PRIMARY KEY,
    request TEXT NOT NULL,
    article TEXT NOT NULL,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,
    answer TEXT,
    detail TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cached_tokens INTEGER,
    cost_usd REAL,
    sent REAL,
    ended REAL
);
CREATE INDEX calls_by_request ON calls (request);
CREATE INDEX calls_by_article ON calls (article);
CREATE INDEX calls_by_state ON calls (state, owner);
CREATE TABLE inputs (
    output TEXT NOT NULL,
    number INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    place TEXT NOT NULL,
    content TEXT NOT NULL,
    key TEXT,
    duplicate_of INTEGER,
    error TEXT,
    detail TEXT,
    PRIMARY KEY (output, number)
) WITHOUT ROWID;
CREATE INDEX inputs_by_key ON inputs (key);
CREATE INDEX inputs_by_id ON inputs (output, external_id);
CREATE TABLE outputs (path TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (path, sha256)) WITHOUT ROWID;
CREATE TABLE held (name TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
# A call is intent, sent, then answered or lost; the answer of one that failed its checks, in an article that was given
# up, is `bad`: it was paid, and is not used again.

_BUSY = 0.01
"""Seconds until a file that another process prepares is tried again."""
_TOGETHER = 500
"""Most changes in one transaction."""


class LedgerFile:
    """One file. Its methods raise `UsageError` when the disk does not do its part."""

    def __init__(self, path: Path) -> None:
        """Open or make it. Raises `UsageError` for a file that is none, or cannot be written."""
        self.path = path
        self.owner = uuid.uuid4().hex
        self._alive = FileLock(_lock_of(path, self.owner), timeout=0, thread_local=False)
        try:
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # articles may be nobody else's business
            with closing(opened(path)) as db:
                _prepare(db)
            self._reading = opened(path)
            self._reading.execute("PRAGMA query_only=ON")
            self._alive.acquire(timeout=-1)
            while not _lock_of(path, self.owner).exists():  # removed by one that found it before it was held
                self._alive.release()
                self._alive.acquire(timeout=-1)
        except (OSError, sqlite3.Error) as error:
            raise unusable(path, error) from error
        self._closed = False
        self._read_lock = threading.Lock()
        self._waiting: queue.SimpleQueue[tuple[Callable[[sqlite3.Connection], Any], Future[Any]] | None]
        self._waiting = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="summarizer-ledger", daemon=True)
        self._writer.start()
        self.change(self._free_the_dead).result()

    # Writing

    def change(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Have `work` done in the next transaction; the future is done once it is committed."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()  # whoever waits may go away; the change is made all the same
        if self._closed:
            done.set_exception(UsageError(f"the ledger {self.path} is closed"))
        else:
            self._waiting.put((work, done))
        return done

    def _write(self) -> None:
        with closing(opened(self.path)) as db:
            while (first := self._waiting.get()) is not None:
                jobs = [first]
                ended = False
                while len(jobs) < _TOGETHER and not ended:
                    try:
                        job = self._waiting.get_nowait()
                    except queue.Empty:
                        break
                    if job is None:
                        ended = True
                    else:
                        jobs.append(job)
                self._commit(db, jobs)
                if ended:
                    return

    def _commit(
        self, db: sqlite3.Connection, jobs: list[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]]
    ) -> None:
        outcomes = []
        try:
            db.execute("BEGIN IMMEDIATE")
            outcomes = [work(db) for work, _ in jobs]
            db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - told to everybody whose change was not made
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            if len(jobs) > 1 and not isinstance(error, sqlite3.OperationalError | OSError):
                for job in jobs:  # the fault of one: the others are made
                    self._commit(db, [job])
                return
            told = unusable(self.path, error) if isinstance(error, sqlite3.Error | OSError) else error
            for _, done in jobs:
                done.set_exception(told)
            return
        for (_, done), outcome in zip(jobs, outcomes, strict=True):
            done.set_result(outcome)

    def _free_the_dead(self, db: sqlite3.Connection) -> None:
        """Give free what processes had claimed that live no more; what they had sent is lost."""
        owners = {row[0] for row in db.execute("SELECT DISTINCT owner FROM articles WHERE owner IS NOT NULL")}
        owners |= {row[0] for row in db.execute("SELECT DISTINCT owner FROM calls WHERE state IN ('intent', 'sent')")}
        with suppress(OSError):  # those that had claimed nothing, too
            owners |= {
                lock.name.split(".")[-2] for lock in self.path.parent.glob(f"{glob.escape(self.path.name)}.*.lock")
            }
        for owner in owners:
            if not self._lives(owner):
                with suppress(OSError):
                    _lock_of(self.path, owner).unlink(missing_ok=True)
                db.execute("UPDATE articles SET owner = NULL, tries = tries - 1 WHERE owner = ?", (owner,))
                db.execute("DELETE FROM calls WHERE owner = ? AND state = 'intent'", (owner,))
                db.execute(
                    "UPDATE calls SET state = 'lost', detail = 'the process ended', ended = ? "
                    "WHERE owner = ? AND state = 'sent'",
                    (time.time(), owner),
                )

    def _lives(self, owner: str) -> bool:
        return owner in (self.owner, NOBODY) or lives(self.path, owner)

    def hold(self, name: str) -> Future[bool]:
        """Have `name` for this process alone until the file is closed; False while another living process has it."""

        def take(db: sqlite3.Connection) -> bool:
            row = db.execute("SELECT owner FROM held WHERE name = ?", (name,)).fetchone()
            if row is not None and row[0] != self.owner and self._lives(row[0]):
                return False
            db.execute("INSERT OR REPLACE INTO held VALUES (?, ?)", (name, self.owner))
            return True

        return self.change(take)

    def one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row that a query finds."""
        return next(iter(self.all(query, *values)), None)

    def all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        try:
            with self._read_lock:
                return self._reading.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error

    def close(self) -> None:
        """Write what waits, and let the file go."""
        self._closed = True
        self._waiting.put(None)
        self._writer.join()
        self._reading.close()
        self._alive.release()
        with suppress(OSError):
            _lock_of(self.path, self.owner).unlink(missing_ok=True)


async def committed(change: Future[T]) -> T:
    """What a change gives, once it is on the disk."""
    return await asyncio.wrap_future(change)


async def all_committed(changes: Iterable[Future[T]]) -> None:
    """Make many changes, some hundred at a time, and wait until they are on the disk."""
    under_way: list[Future[T]] = []
    for change in changes:
        under_way.append(change)
        if len(under_way) >= _TOGETHER:
            for one in under_way:
                await committed(one)
            under_way.clear()
    for one in under_way:
        await committed(one)


NOBODY: Final = "another program"
"""The owner of a request that is answered whether this process lives or not."""


def lives(path: Path, owner: str) -> bool:
    """Whether the process of that name, which works with the ledger at `path`, lives."""
    lock = _lock_of(path, owner)
    try:
        if lock.exists():
            with FileLock(lock, timeout=0):
                pass
    except Timeout:
        return True
    except OSError:
        pass
    return False


def _lock_of(path: Path, owner: str) -> Path:
    file = path.resolve()  # as SQLite does: who comes through a link shares the claims as well
    return file.with_name(f"{file.name}.{owner}.lock")


def opened(path: Path) -> sqlite3.Connection:
    """A connection to a ledger's file."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=60)
    db.execute("PRAGMA synchronous=FULL")
    return db


def _prepare(db: sqlite3.Connection) -> None:
    is_ledger(db)  # before the file of somebody else is changed
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:  # another process makes it: SQLite does not wait for that
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_BUSY)
    db.execute("BEGIN IMMEDIATE")
    if not is_ledger(db):
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version={_VERSION}")
    db.execute("COMMIT")


def is_ledger(db: sqlite3.Connection) -> bool:
    """Whether a database is a ledger; False for an empty one. Raises `sqlite3.DatabaseError` for any other."""
    # tables first, and both set in one transaction: a process that makes them between makes no stranger of it
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found not in (0, _VERSION) or (tables and not found):
        raise sqlite3.DatabaseError("it is no ledger of this version of summarizer")
    return bool(found)


def unusable(path: Path, error: Exception) -> UsageError:
    """The error that a ledger which cannot be read or written is."""
    told = getattr(error, "strerror", None) or error
    return UsageError(
        f"the ledger {path} cannot be used: {told}; what was finished stays, and the same command goes on"
    )
