"""The same article again: the same text, or the same story with edits in under 5% of its words.

An article repeats another when their texts are the same, or when their words (casefolded) become each other by
inserting, deleting and replacing fewer words than 5% of the longer one's. Candidates come from MinHash over runs of
three words (20 bands of 3) and are compared word by word, so nothing is taken for a repetition that is none. What may
be missed: edits under 5% leave at worst 74% of the runs in common, of which no band is the same with a probability of
3 in 100,000 (measured: 1 in 4,000 for 21 words, the fewest that can be edited; 0 in 20,000 for 41 and for 60); and a
repetition where 32 others share as many bands without being one.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from bisect import bisect_left
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from summarizer.article import Article

__all__ = ["Seen"]

_TABLES: Final = """
create table if not exists seen_articles (
    number integer primary key, text blob not null unique, length integer not null, words blob not null
);
create table if not exists seen_bands (
    band integer not null, number integer not null, primary key (band, number)
) without rowid;
"""

_ROWS: Final = 3
_MASK: Final = (1 << 62) - 1
_RANDOM = Random("summarizer.corpus.duplicates")  # always the same numbers: what is kept outlives the process
_ORDERS: Final = tuple(_RANDOM.getrandbits(62) | 1 for _ in range(6))
"""Odd factors, each of which puts the checksums of runs into another order on the circle of 62 bits."""
_POINTS: Final = tuple(_RANDOM.getrandbits(62) for _ in range(60))
"""On that circle. The first run after a point is a random one; finding it takes a sixth of the time of 60 orders."""

_PER_BAND: Final = 200
"""Articles looked at that share one band."""
_COUNTED: Final = 32
"""Articles whose words are compared, those with the most bands in common first."""

_IDEOGRAPHS: Final = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+")
"""A word; where no blanks part them, a character."""

_INSIDE: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""What stands in words unseen: pages have soft hyphens where the agency's text has none."""


class Seen:
    """The articles of a batch that repeat none before them, in tables of `database` whose names begin with `seen_`.

    Each costs some 3 KB of the database, and no memory. The database must be the process's own: another that numbers
    its inputs from 1 would make this one forget. The caller commits.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        for statement in _TABLES.split(";"):
            database.execute(statement)
        self._last = database.execute("select coalesce(max(number), -1) from seen_articles").fetchone()[0]

    def original(self, number: int, article: Article) -> int | None:
        """The number of the first article before `number` that this one repeats; None keeps it as a new one.

        Numbers must ascend. One that does not begins anew there: it and all after it are forgotten.
        """
        if number <= self._last:
            self._forget(number)
        text = bytes.fromhex(article.id)
        same = self._database.execute("select number from seen_articles where text = ?", (text,)).fetchone()
        if same:
            return int(same[0])
        words = _WORD.findall(_INSIDE.sub("", article.text.casefold()))
        bands = _bands(words)
        for candidate in self._candidates(bands):
            if self._repeats(candidate, words):
                return candidate
        packed = zlib.compress("\n".join(words).encode(), 1)
        self._database.execute("insert into seen_articles values (?, ?, ?, ?)", (number, text, len(words), packed))
        self._database.executemany("insert into seen_bands values (?, ?)", [(band, number) for band in bands])
        self._last = number
        return None

    def _forget(self, number: int) -> None:
        self._database.execute("delete from seen_articles where number >= ?", (number,))
        self._database.execute("delete from seen_bands where number >= ?", (number,))
        self._last = number - 1

    def _candidates(self, bands: set[int]) -> list[int]:
        """The articles that share the most bands, the first article first."""
        shared: Counter[int] = Counter()
        for band in bands:
            found = self._database.execute(
                "select number from seen_bands where band = ? order by number limit ?", (band, _PER_BAND)
            )
            shared.update(number for (number,) in found)
        return sorted(sorted(shared, key=lambda number: (-shared[number], number))[:_COUNTED])

    def _repeats(self, candidate: int, words: list[str]) -> bool:
        from rapidfuzz.distance import Levenshtein

        row = self._database.execute("select length, words from seen_articles where number = ?", (candidate,))
        length, packed = row.fetchone()
        most: int = (max(length, len(words)) - 1) // 20  # under 5%
        if abs(length - len(words)) > most:
            return False
        before = zlib.decompress(packed).decode().split("\n")
        distance: int = Levenshtein.distance(before, words, score_cutoff=most)
        return distance <= most


def _bands(words: list[str]) -> set[int]:
    """The bands of an article's signature; the chance that two have one in common grows with the runs they share."""
    if not words:
        return set()
    runs = {" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))}
    sums = [zlib.crc32(run.encode()) for run in runs]
    circles = [sorted([value * factor & _MASK for value in sums]) for factor in _ORDERS]
    signature = []
    for at, point in enumerate(_POINTS):
        circle = circles[at % len(circles)]
        after = bisect_left(circle, point)
        signature.append(circle[after if after < len(circle) else 0])
    bands = set()
    for at in range(0, len(signature), _ROWS):
        mixed = at
        for value in signature[at : at + _ROWS]:
            mixed = (mixed ^ value) * _ORDERS[0] & _MASK
            mixed ^= mixed >> 29
        bands.add(mixed)
    return bands
