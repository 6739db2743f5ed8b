"""Intake: inputs become lines of the ledger, each an article to brief, a repetition of another input, or an error."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from summarizer.corpus.desk import tried_again
from summarizer.corpus.duplicates import Seen
from summarizer.corpus.ledger import Input, State
from summarizer.errors import SummarizerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summarizer.article import Article
    from summarizer.corpus.desk import Desk
    from summarizer.corpus.sources import Found

_AHEAD: Final = 200
"""Inputs that may wait to be committed: so few that they take no memory to speak of."""


class Intake:
    """Takes inputs in, one after another. Used by one thread."""

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` is the desk's, which may be that of another thread."""
        self._desk = desk
        self._loop = loop
        self._seen_in = sqlite3.connect("", check_same_thread=False)  # a temporary file that nobody else sees
        self._seen = Seen(self._seen_in)
        self._number = 0
        self._waiting: list[Future[State | None]] = []

    def all(self, found: Iterable[Found]) -> None:
        """Take in all of them, and say that there are no more."""
        try:
            with closing(self._seen_in):
                for one in found:
                    if not self._desk.reading:
                        return
                    self.take(one)
                self._settle(0)
        finally:
            self.ended()

    def resume(self) -> None:
        """Take up the inputs that the ledger has already."""
        ledger, output = self._desk.ledger, self._desk.output
        for known in ledger.inputs(output):
            self._number = known.number
            if known.key is not None:
                article = ledger.article(known.key)
                self._seen.original(known.number, article)
                self._register(known, article)
            else:
                self._count(known)
        self._settle(0)

    def take(self, found: Found) -> None:
        """Take one in."""
        self._number += 1
        article = found.article
        if article is None:
            error, detail = type(found.problem).__name__, str(found.problem)
            given = Input(self._number, found.external_id, found.place, detail, error=error, detail=detail)
        elif (first := self._seen.original(self._number, article)) is not None:
            given = Input(self._number, found.external_id, found.place, article.id, duplicate_of=first)
        else:
            given = Input(self._number, found.external_id, found.place, article.id, key=self._desk.key(article))
        self._register(given, article)

    def _register(self, given: Input, article: Article | None) -> None:
        self._count(given)
        registered = self._desk.ledger.register(self._desk.output, given, article, tried_again)
        registered.add_done_callback(lambda done: self._registered(done, given))
        self._waiting.append(registered)
        self._settle(_AHEAD)

    def _count(self, given: Input) -> None:
        tally = self._desk.tally
        tally.inputs += 1
        tally.duplicates += given.duplicate_of is not None
        if given.error is not None:
            tally.unreadable += 1
            self._desk.tell(given.place, given.detail or given.error)

    def _registered(self, done: Future[State | None], given: Input) -> None:
        if isinstance(error := done.exception(), SummarizerError):
            self._call(self._desk.stop, str(error), error)
        elif error is None:
            self._desk.tally.kept += done.result() in ("complete", "incomplete")
            if done.result() == "failed":
                self._desk.tally.failed += 1
                outcome = self._desk.ledger.outcome(given.key or "")
                self._desk.tell(given.place, f"{outcome.error}: {outcome.detail}" if outcome else "failed")
        self._call(self._desk.arrived.set)
        self._call(self._desk.changed.set)

    def ended(self) -> None:
        """There are no more inputs."""
        self._desk.tally.all_read = True
        self._call(self._desk.arrived.set)

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(function, *arguments)

    def _settle(self, most: int) -> None:
        if len(self._waiting) > most:
            for waiting in self._waiting:
                waiting.result()
            self._waiting.clear()
