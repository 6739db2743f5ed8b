"""The ledger: what was asked, sent and answered, and what became of each article, on the disk before it counts.

Every method that changes something returns a future that is done once the change is committed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from summarizer.article import Article
from summarizer.brief import Usage
from summarizer.corpus.ledger_file import NOBODY, LedgerFile, opened, unusable

State = Literal["waiting", "complete", "incomplete", "failed"]
Again = Callable[[str | None, int], bool]
"""Whether an article that failed with an error, or is incomplete for a reason, in so many runs, is tried again."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input as the ledger knows it."""

    number: int
    external_id: str
    place: str
    content: str
    """The id of its article, or what is wrong with it: with the external id it tells whether it is the same input."""
    key: str | None = None
    """Of the article to brief; None for a duplicate and for what could not be read."""
    duplicate_of: int | None = None
    """The number of the input that it repeats."""
    error: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an article."""

    state: State
    brief: str | None = None
    """Its JSON."""
    error: str | None = None
    detail: str | None = None


_INPUT = "number, external_id, place, content, key, duplicate_of, error, detail"


def canonical(body: Mapping[str, Any]) -> bytes:
    """A request in one form, whatever the order of its keys."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def request_key(body: Mapping[str, Any]) -> str:
    """The sha256, in hex, of a request: it holds text, prompts, schema, model and parameters."""
    return hashlib.sha256(canonical(body)).hexdigest()


class Ledger(LedgerFile):
    """One ledger. Its methods raise `UsageError` when the disk does not do its part."""

    # Calls

    def answer(self, request: str) -> Any | None:
        """The kept raw answer to a request, None where there is none."""
        row = self.one("SELECT answer FROM calls WHERE request = ? AND state = 'answered'", request)
        try:
            return json.loads(row[0]) if row else None
        except ValueError:  # somebody changed it
            return None

    def answers(self, key: str) -> dict[str, Any]:
        """The kept raw answers to the requests of the article `key`, by request."""
        query = "SELECT request, answer FROM calls WHERE article = ? AND state = 'answered'"
        return {request: json.loads(answer) for request, answer in self.all(query, key)}

    def intend(self, key: str, request: str, label: str, *, alone: bool = True) -> Future[bool]:
        """Note that a request of the article `key` is about to be sent.

        False, and nothing is noted, where another process is about to, or has had its answer meanwhile; not where it
        need not be sent `alone`.
        """
        values = (request, key, label, self.owner)

        def note(db: sqlite3.Connection) -> bool:
            others = db.execute(
                "SELECT owner, state FROM calls WHERE request = ? AND owner <> ? "
                "AND (state IN ('intent', 'sent') OR (state = 'answered' AND answer <> 'null'))",
                (request, self.owner),
            ).fetchall()
            if alone and any(state == "answered" or self._lives(owner) for owner, state in others):
                return False
            db.execute(
                "INSERT INTO calls (request, article, label, state, owner) VALUES (?, ?, ?, 'intent', ?)", values
            )
            return True

        return self.change(note)

    def sent(self, *requests: str) -> Future[None]:
        """Note that intended requests go out now."""

        def note(db: sqlite3.Connection) -> None:
            now = time.time()
            db.executemany(
                "UPDATE calls SET state = 'sent', sent = ? WHERE request = ? AND state = 'intent' AND owner = ?",
                [(now, request, self.owner) for request in requests],
            )

        return self.change(note)

    def answered(self, request: str, raw: Any, usage: Usage | None, cost: float | None) -> Future[None]:
        """Keep the raw answer to a request that was sent; `usage` is None where the answer does not say."""
        counts = (usage.input_tokens, usage.output_tokens, usage.cached_tokens) if usage else (None, None, None)
        values = (_written(raw), *counts, cost, time.time(), request, self.owner, NOBODY)

        def note(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE calls SET state = 'answered', answer = ?, input_tokens = ?, output_tokens = ?, "
                "cached_tokens = ?, cost_usd = ?, ended = ? WHERE request = ? AND state IN ('intent', 'sent') "
                "AND owner IN (?, ?)",
                values,
            )

        return self.change(note)

    def lost(self, request: str, why: str) -> Future[None]:
        """Note that no answer came to a request."""
        values = (why, time.time(), request, self.owner, NOBODY)

        def note(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE calls SET state = 'lost', detail = ?, ended = ? WHERE request = ? "
                "AND state IN ('intent', 'sent') AND owner IN (?, ?)",
                values,
            )

        return self.change(note)

    def pass_on(self, *requests: str) -> Future[None]:
        """Note that requests are answered whether this process lives or not: another program works on them."""

        def note(db: sqlite3.Connection) -> None:
            db.executemany(
                "UPDATE calls SET owner = ? WHERE request = ? AND state IN ('intent', 'sent')",
                [(NOBODY, request) for request in requests],
            )

        return self.change(note)

    def passed_on(self, request: str) -> bool:
        """Whether another program works on a request."""
        query = "SELECT 1 FROM calls WHERE request = ? AND state = 'sent' AND owner = ?"
        return self.one(query, request, NOBODY) is not None

    def paid(self, price: Callable[[Usage], float | None]) -> float | None:
        """US dollars for all answers; those kept without a cost count at `price`.

        None where one does not say what it used, or has no price.
        """
        row = self.one(
            "SELECT total(cost_usd), count(answer) FILTER (WHERE cost_usd IS NULL), "
            "count(answer) FILTER (WHERE cost_usd IS NULL AND input_tokens IS NULL), "
            "total(input_tokens) FILTER (WHERE cost_usd IS NULL), total(output_tokens) FILTER (WHERE cost_usd IS NULL) "
            "FROM calls"
        )
        cost, unpriced, uncounted, given, written = row or (0.0, 0, 0, 0, 0)
        if not unpriced:
            return float(cost)
        more = price(Usage(calls=unpriced, input_tokens=int(given), output_tokens=int(written)))
        return None if uncounted or more is None else float(cost) + more

    # Articles

    def claim(self, output: str, after: int) -> Future[tuple[int, str, Article] | None]:
        """Claim the next article of an output behind an input's number: its input's number, its key, and it."""

        def take(db: sqlite3.Connection) -> tuple[int, str, Article] | None:
            row = db.execute(
                "SELECT i.number, i.key, a.article FROM inputs i JOIN articles a ON a.key = i.key "
                "WHERE i.output = ? AND i.number > ? AND a.state = 'waiting' AND a.owner IS NULL "
                "ORDER BY i.number LIMIT 1",
                (output, after),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE articles SET owner = ?, tries = tries + 1 WHERE key = ?", (self.owner, row[1]))
            return row[0], row[1], _unpacked(row[2])

        return self.change(take)

    def elsewhere(self, output: str) -> int:
        """How many articles of an output wait that this process has not: others have them, or gave them back."""
        row = self.one(
            "SELECT count(*) FROM inputs i JOIN articles a ON a.key = i.key "
            "WHERE i.output = ? AND a.state = 'waiting' AND a.owner IS NOT ?",
            output,
            self.owner,
        )
        return int(row[0]) if row else 0

    def free_the_dead(self) -> Future[None]:
        """Give free what processes had claimed that live no more."""
        return self.change(self._free_the_dead)

    def finish(self, key: str, outcome: Outcome, seconds: float, bad: tuple[str, ...] = ()) -> Future[None]:
        """Keep what became of an article; the answers to `bad` requests are not used again."""
        packed = zlib.compress(outcome.brief.encode()) if outcome.brief else None
        values = (outcome.state, packed, outcome.error, outcome.detail, seconds, time.time(), key)

        def note(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE articles SET state = ?, owner = NULL, brief = ?, error = ?, detail = ?, seconds = ?, ended = ? "
                "WHERE key = ?",
                values,
            )
            for request in bad:
                db.execute("UPDATE calls SET state = 'bad' WHERE request = ? AND state = 'answered'", (request,))

        return self.change(note)

    def release(self, key: str) -> Future[None]:
        """Give an article back that was not finished, as if it had not been taken."""
        values = (key, self.owner)

        def note(db: sqlite3.Connection) -> None:
            db.execute("UPDATE articles SET owner = NULL, tries = tries - 1 WHERE key = ? AND owner = ?", values)

        return self.change(note)

    def outcome(self, key: str) -> Outcome | None:
        """What became of an article; None for one that is not known."""
        row = self.one("SELECT state, brief, error, detail FROM articles WHERE key = ?", key)
        if row is None:
            return None
        try:
            brief = zlib.decompress(row[1]).decode() if row[1] else None
        except (zlib.error, UnicodeDecodeError):
            brief = ""  # which is no brief: whoever loads it is told
        return Outcome(row[0], brief, row[2], row[3])

    # Inputs

    def register(self, output: str, found: Input, article: Article | None, again: Again) -> Future[State | None]:
        """Note an input, and its article where it has one to brief; says how it stands with that."""
        packed = zlib.compress(json.dumps(article.data(), ensure_ascii=False).encode(), 1) if article else None
        what = (found.key, found.duplicate_of, found.error, found.detail)
        values = (output, found.number, found.external_id, found.place, found.content, *what)

        def note(db: sqlite3.Connection) -> State | None:
            db.execute("INSERT OR REPLACE INTO inputs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            if found.key is None:
                return None
            row = db.execute(
                "SELECT state, coalesce(error, detail), tries, owner FROM articles WHERE key = ?", (found.key,)
            ).fetchone()
            if row is None:
                db.execute("INSERT INTO articles (key, article) VALUES (?, ?)", (found.key, packed))
                return "waiting"
            if row[0] in ("failed", "incomplete") and row[3] is None and again(row[1], row[2]):
                db.execute("UPDATE articles SET state = 'waiting' WHERE key = ?", (found.key,))
                return "waiting"
            state: State = row[0]
            return state

        return self.change(note)

    def known(self, output: str, external_id: str, content: str) -> bool:
        """Whether an output has this input already."""
        query = "SELECT 1 FROM inputs WHERE output = ? AND external_id = ? AND content = ?"
        return self.one(query, output, external_id, content) is not None

    def article(self, key: str) -> Article:
        """The article of a key that is known."""
        row = self.one("SELECT article FROM articles WHERE key = ?", key)
        assert row is not None
        return _unpacked(row[0])

    def forget(self, output: str) -> Future[None]:
        """Forget the inputs of an output: its sources are read anew."""

        def note(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM inputs WHERE output = ?", (output,))

        return self.change(note)

    def inputs(self, output: str) -> Iterator[Input]:
        """The inputs of an output, in order."""
        try:
            with closing(opened(self.path)) as db:
                for row in db.execute(f"SELECT {_INPUT} FROM inputs WHERE output = ? ORDER BY number", (output,)):
                    yield Input(*row)
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error

    def input(self, output: str, number: int) -> Input | None:
        """One of them; None where there is none of that number."""
        row = self.one(f"SELECT {_INPUT} FROM inputs WHERE output = ? AND number = ?", output, number)
        return Input(*row) if row else None

    def last(self, output: str) -> int:
        """The highest number of an input of an output; 0 where there is none."""
        row = self.one("SELECT max(number) FROM inputs WHERE output = ?", output)
        return int(row[0] or 0) if row else 0

    # Outputs and notes

    def wrote(self, path: Path, sha256: str) -> bool:
        """Whether this ledger wrote a file of that content there."""
        return bool(self.one("SELECT 1 FROM outputs WHERE path = ? AND sha256 = ?", _absolute(path), sha256))

    def writes(self, path: Path, sha256: str) -> Future[None]:
        """Note that a file of that content is put there."""

        def note(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR IGNORE INTO outputs VALUES (?, ?)", (_absolute(path), sha256))

        return self.change(note)

    def note(self, name: str) -> str | None:
        """A note that an engine keeps, None where there is none."""
        row = self.one("SELECT value FROM notes WHERE name = ?", name)
        return str(row[0]) if row else None

    def set_note(self, name: str, value: str | None) -> Future[None]:
        """Keep a note, or with None forget it."""

        def keep(db: sqlite3.Connection) -> None:
            if value is None:
                db.execute("DELETE FROM notes WHERE name = ?", (name,))
            else:
                db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

        return self.change(keep)

    def set_own_note(self, kind: str, name: str, value: str | None) -> Future[None]:
        """Keep a note of this process, or with None forget it; when the process is dead, another may inherit it."""
        return self.set_note(f"{kind} {self.owner} {name}", value)

    def own_notes(self, kind: str) -> Future[dict[str, str]]:
        """The notes of a kind that are this process's own by now: those that dead ones left are, too."""

        def inherit(db: sqlite3.Connection) -> dict[str, str]:
            found = {}
            start = f"{kind} "
            rows = db.execute("SELECT name, value FROM notes WHERE substr(name, 1, ?) = ?", (len(start), start))
            for full, value in rows.fetchall():
                _, owner, name = full.split(" ", 2)
                if owner != self.owner and self._lives(owner):
                    continue
                db.execute("UPDATE notes SET name = ? WHERE name = ?", (f"{kind} {self.owner} {name}", full))
                found[name] = value
            return found

        return self.change(inherit)


def _written(raw: Any) -> str:
    """An answer as JSON that SQLite takes: what a model cut in the middle of a character is escaped."""
    written = json.dumps(raw, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(raw)
    return written


def _unpacked(packed: bytes) -> Article:
    return Article.restored(json.loads(zlib.decompress(packed)))


def _absolute(path: Path) -> str:
    return os.fsencode(path.resolve()).decode("utf-8", "backslashreplace")  # as SQLite takes it
