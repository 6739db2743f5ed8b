"""What waits in a run over OpenAI's Batch API: articles for answers, and requests for a batch or in one.

It is on disk, in a temporary file that SQLite removes by itself, so that memory does not grow with the articles. What
must outlive the process is in the ledger.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_TABLES = """
    CREATE TABLE works (key TEXT PRIMARY KEY, waiting INTEGER NOT NULL);
    CREATE INDEX works_by_waiting ON works (waiting);
    CREATE TABLE requests (
        number INTEGER PRIMARY KEY, request TEXT UNIQUE NOT NULL, article TEXT, label TEXT, line BLOB, most REAL,
        batch TEXT, tries INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX requests_by_batch ON requests (batch, number);
    CREATE TABLE waits (request TEXT, work TEXT, PRIMARY KEY (request, work)) WITHOUT ROWID;
    CREATE INDEX waits_by_work ON waits (work, request);
    CREATE TABLE failures (request TEXT PRIMARY KEY, status INTEGER NOT NULL, said TEXT NOT NULL) WITHOUT ROWID;
"""
# A request whose line is null is in a batch of an earlier process, and no article of this one has asked for it yet.


class Asked(NamedTuple):
    """One request of an article, as it goes into a batch."""

    request: str
    """Its key."""
    article: str
    """The key of the article that asked first."""
    label: str
    line: bytes
    most: float
    """US dollars that it may cost at most; 0 where no ceiling is kept."""


class Failure(NamedTuple):
    """Why a request has no answer, nor will have one in this run."""

    status: int
    """Its HTTP status; 0 where it was not run."""
    said: str


class Waiting:
    """Articles that wait for answers, and the requests that have none yet."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
        self.works = 0
        """Articles that wait."""
        self.queued = 0
        """Requests that wait for a batch."""
        self.size = 0
        """Their bytes."""

    def close(self) -> None:
        """Remove it."""
        self._db.close()

    # Articles

    def hold(self, work: str, asked: Iterable[Asked]) -> None:
        """Keep the key of an article until all these requests are settled; new ones wait for a batch."""
        given = {one.request: one for one in asked}
        self._db.execute("INSERT INTO works VALUES (?, ?)", (work, len(given)))
        self.works += 1
        for one in given.values():
            self._db.execute("INSERT INTO waits VALUES (?, ?)", (one.request, work))
            insert = "INSERT OR IGNORE INTO requests (request, article, label, line, most) VALUES (?, ?, ?, ?, ?)"
            if self._db.execute(insert, one).rowcount:
                self._queue(1, len(one.line))
            else:
                fill = (
                    "UPDATE requests SET article = ?, label = ?, line = ?, most = ? WHERE request = ? AND line IS NULL"
                )
                self._db.execute(fill, (*one[1:], one.request))

    def ready(self) -> str | None:
        """The key of an article that waits for nothing any more; it is not kept any longer."""
        return self._release("SELECT key FROM works WHERE waiting <= 0 LIMIT 1")

    def concerned(self, batch: str | None = None) -> str | None:
        """The key of an article that waits for a request of a batch, or for any; it is not kept any longer."""
        if batch is None:
            return self._release("SELECT key FROM works LIMIT 1")
        return self._release("SELECT work FROM requests JOIN waits USING (request) WHERE batch = ? LIMIT 1", batch)

    def _release(self, query: str, *values: str) -> str | None:
        row = self._db.execute(query, values).fetchone()
        if row is None:
            return None
        work: str = row[0]
        requests = self._db.execute("SELECT request FROM waits WHERE work = ?", (work,)).fetchall()
        self._db.execute("DELETE FROM works WHERE key = ?", (work,))
        self._db.execute("DELETE FROM waits WHERE work = ?", (work,))
        self.works -= 1
        for (request,) in requests:  # what nobody waits for need not be sent
            alone = "request = ? AND batch IS NULL AND NOT EXISTS (SELECT 1 FROM waits w WHERE w.request = ?)"
            dropped = self._db.execute(
                f"DELETE FROM requests WHERE {alone} RETURNING length(line)", (request, request)
            ).fetchone()
            if dropped:
                self._queue(-1, -dropped[0])
        return work

    # Requests

    def _queue(self, count: int, size: int) -> None:
        self.queued += count
        self.size += size

    def next(self) -> Asked | None:
        """The request that has waited longest for a batch."""
        columns = "request, article, label, line, most"
        row = self._db.execute(f"SELECT {columns} FROM requests WHERE batch IS NULL ORDER BY number LIMIT 1").fetchone()
        return Asked(*row) if row else None

    def put(self, asked: Asked, batch: str) -> None:
        """Put a request that waits into a batch."""
        self._db.execute("UPDATE requests SET batch = ? WHERE request = ?", (batch, asked.request))
        self._queue(-1, -len(asked.line))

    def restore(self, batch: str, requests: Iterable[str]) -> None:
        """Note the requests of a batch that an earlier process sent."""
        rows = ((request, batch) for request in requests)
        self._db.executemany("INSERT OR IGNORE INTO requests (request, batch) VALUES (?, ?)", rows)

    def in_batch(self, batch: str) -> Iterator[str]:
        """The requests of a batch that are not settled; they may change meanwhile."""
        query = "SELECT request, number FROM requests WHERE batch = ? AND number > ? ORDER BY number LIMIT 1"
        number = -1
        while row := self._db.execute(query, (batch, number)).fetchone():
            number = row[1]
            yield row[0]

    def holds(self, batch: str, request: str) -> bool:
        """Whether a request is in a batch and not settled."""
        query = "SELECT 1 FROM requests WHERE request = ? AND batch = ?"
        return self._db.execute(query, (request, batch)).fetchone() is not None

    def settle(self, request: str) -> None:
        """A request in a batch has its answer, or will have none."""
        less = "UPDATE works SET waiting = waiting - 1 WHERE key IN (SELECT work FROM waits WHERE request = ?)"
        self._db.execute(less, (request,))
        self._db.execute("DELETE FROM waits WHERE request = ?", (request,))
        self._db.execute("DELETE FROM requests WHERE request = ?", (request,))

    def fail(self, request: str, failure: Failure) -> None:
        """A request in a batch will have no answer in this run."""
        self._db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", (request, *failure))
        self.settle(request)

    def failure(self, request: str) -> Failure | None:
        """Why a request has no answer, if it failed in this run."""
        row = self._db.execute("SELECT status, said FROM failures WHERE request = ?", (request,)).fetchone()
        return Failure(*row) if row else None

    def again(self, request: str, *, tried: bool = True) -> int:
        """Let a request of a batch wait for another; returns how often it was tried. Unless nobody waits for it."""
        waited = "SELECT 1 FROM waits WHERE request = ?"
        if self._db.execute(waited, (request,)).fetchone() is None:
            self._db.execute("DELETE FROM requests WHERE request = ?", (request,))
            return 0
        back = "UPDATE requests SET batch = NULL, tries = tries + ? WHERE request = ? RETURNING tries, length(line)"
        tries, size = self._db.execute(back, (tried, request)).fetchone()
        self._queue(1, size)
        return int(tries)
