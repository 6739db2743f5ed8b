"""How a ledger stands, read from beside whatever works with it. Nothing is changed."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from summarizer.corpus.engine import Tally
from summarizer.corpus.ledger_file import lives, opened, unusable
from summarizer.errors import InputError

_LATELY: Final = 300
"""Seconds over which the rate is taken."""
_FAILURES: Final = 1_000

_COUNTS: Final = """
SELECT count(*), count(i.duplicate_of), count(i.error),
       count(*) FILTER (WHERE a.state = 'complete'), count(*) FILTER (WHERE a.state = 'incomplete'),
       count(*) FILTER (WHERE a.state = 'failed')
FROM inputs i LEFT JOIN articles a ON a.key = i.key
"""
_SPENT: Final = """
SELECT count(answer), total(input_tokens), total(output_tokens), total(cached_tokens), total(cost_usd),
       count(cost_usd), count(*) FILTER (WHERE state = 'lost' AND sent IS NOT NULL),
       count(*) FILTER (WHERE state = 'sent')
FROM calls
"""
_REASONS: Final = """
SELECT i.place, coalesce(i.error, a.error), coalesce(i.detail, a.detail)
FROM inputs i LEFT JOIN articles a ON a.key = i.key
WHERE i.error IS NOT NULL OR a.state IN ('failed', 'incomplete') ORDER BY i.output, i.number LIMIT ?
"""


def standing(path: Path) -> tuple[Tally, str]:
    """What all inputs of a ledger came to, and in a few words whether anything is at work on them.

    Raises `InputError` where there is no ledger, and `UsageError` for a file that is none.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such ledger; `summarizer batch` keeps it beside its output unless told otherwise")
    try:
        with closing(opened(path)) as db:
            db.execute("PRAGMA query_only=ON")
            return _tally(db), _at_work(db, path)
    except sqlite3.Error as error:
        raise unusable(path, error) from error


def _tally(db: sqlite3.Connection) -> Tally:
    inputs, duplicates, unreadable, complete, incomplete, failed = db.execute(_COUNTS).fetchone()
    calls, read, written, cached, cost, priced, lost, flying = db.execute(_SPENT).fetchone()
    reasons = db.execute(_REASONS, (_FAILURES,)).fetchall()
    return Tally(
        inputs=inputs,
        all_read=True,
        duplicates=duplicates,
        unreadable=unreadable,
        complete=complete,
        incomplete=incomplete,
        failed=failed,
        in_flight=flying,
        calls=calls,
        input_tokens=int(read),
        output_tokens=int(written),
        cached_tokens=int(cached),
        cost_usd=cost if priced == calls else None,
        retries=lost,
        failures=[(place, f"{error or 'incomplete'}: {detail}") for place, error, detail in reasons],
    )


def _at_work(db: sqlite3.Connection, path: Path) -> str:
    owners = [row[0] for row in db.execute("SELECT DISTINCT owner FROM articles WHERE owner IS NOT NULL")]
    working = sum(lives(path, owner) for owner in owners)
    if not working:
        return "nothing is at work; the same command goes on where it was"
    since = time.time() - _LATELY
    done = db.execute("SELECT count(*), min(ended) FROM articles WHERE ended >= ?", (since,)).fetchone()
    minutes = (time.time() - done[1]) / 60 if done[0] > 1 else 0
    rate = f", {done[0] / minutes:.1f} articles a minute" if minutes > 0 else ""
    return f"{working} process{'es' * (working > 1)} at work{rate}"
