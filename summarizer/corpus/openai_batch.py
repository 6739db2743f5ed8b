"""The engine of OpenAI's Batch API: requests go up in files, answers come back within a day, for half the price.

It goes in rounds. An article is briefed over the answers that the ledger keeps; where some are missing, its requests
are collected, what was made of it is thrown away, and it waits until they are settled. Then it is briefed again.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from summarizer.api import Progress, asummarize
from summarizer.brief import Usage
from summarizer.corpus.engine import Made, Work
from summarizer.corpus.ledger_model import LedgerModel, Request
from summarizer.corpus.openai_batch_api import Batches, Manner, rejection, request_line
from summarizer.corpus.openai_batch_shards import RETRIES, Shards
from summarizer.corpus.openai_batch_waiting import Asked, Failure, Waiting
from summarizer.errors import SummarizerError, UsageError
from summarizer.faults import Fault, Transport

if TYPE_CHECKING:
    from summarizer.brief import Brief
    from summarizer.corpus.desk import Desk

log = logging.getLogger("summarizer.corpus")

_GLANCE: Final = 0.5
"""Seconds after which a stop is noticed at the latest."""
_NO_LIMIT: Final = 1e12
"""Seconds for one article: what the ledger answers takes no time, and a batch takes as long as it takes."""


class OpenAIBatch:
    """Briefs articles over OpenAI's Batch API."""

    batched: ClassVar[bool] = True

    def __init__(self, manner: Manner | None = None) -> None:
        self._manner = manner or Manner()

    async def run(self, desk: Desk) -> None:
        """Brief every article that the desk gives. Raises `UsageError` for a model that is not behind such an API."""
        if desk.settings.replay is not None:
            raise UsageError("--engine openai-batch asks a model: leave --replay out")
        api = Batches(desk.live)
        waiting = Waiting()
        try:
            with tempfile.TemporaryDirectory(prefix="summarizer-") as folder:
                shards = Shards(desk, api, waiting, Path(folder), self._manner)
                await _Run(desk, waiting, shards, self._manner.idle).go()
        except (OSError, sqlite3.Error) as error:
            told = getattr(error, "strerror", None) or error
            raise UsageError(
                f"no temporary files can be kept: {told}; make room, and the same command goes on"
            ) from error
        finally:
            waiting.close()
            await api.aclose()


class _Awaited(Fault):
    """The answer is not there yet."""


class _Unanswered(Fault):
    """The request came back without an answer as often as it may."""

    advice = "try again later"


class _Collected(Exception):
    """The article waits for answers, and nothing more can be asked about it before they are there."""


@dataclass(eq=False)
class _BatchModel(LedgerModel):
    """The model that an article is read with: what the ledger does not answer is collected."""

    wanted: dict[str, Request] = field(default_factory=dict)
    last: bool = False
    """Whether the call under way is the last planned one."""

    def price(self, usage: Usage) -> float | None:
        """As the live model, in a batch."""
        return self.live.price(usage, batched=True)

    def progress(self, progress: Progress) -> None:
        """Take note of how far the article is."""
        self.last = progress.done + 1 >= progress.planned


class _Run:
    """One run of the engine."""

    def __init__(self, desk: Desk, waiting: Waiting, shards: Shards, idle: float) -> None:
        self._desk = desk
        self._waiting = waiting
        self._shards = shards
        self._idle = idle
        self._limits = replace(desk.settings.limits, timeout=_NO_LIMIT)
        self._taking: asyncio.Task[Work | None] | None = None
        self._all_taken = False
        self._last = time.monotonic()  # when an article was taken
        self._new = False  # whether the article at hand was just taken

    async def go(self) -> None:
        """Go on until there is nothing left to do, or the desk is stopped."""
        try:
            await self._shards.restore()
            while self._desk.stopped is None and (not self._all_taken or self._waiting.works or self._shards.under_way):
                idle = await self._take()
                await self._shards.send(whole=not idle)
                await self._shards.look()
                await self._brief_ready()
                if self._shards.ceiling and not self._shards.under_way:
                    ceiling = self._desk.settings.max_cost
                    self._desk.stop(
                        f"the ceiling of {ceiling:g} USD leaves too little for another request: raise --max-cost"
                    )
            while (key := self._waiting.concerned()) is not None:
                await self._desk.release(self._work(key))
        finally:
            if self._taking is not None:
                self._taking.cancel()
            if self._shards.under_way:
                log.warning(
                    "left under way at %s: %s; the same command goes on with it",
                    self._desk.live.endpoint,
                    self._shards.names,
                )

    async def _take(self) -> bool:
        """Take up articles until it is time to look at the batches; True where none comes for a while, or is left."""
        while self._desk.stopped is None and (left := self._shards.due - time.monotonic()) > 0:
            if self._all_taken:
                if not self._shards.may_send:
                    await asyncio.sleep(min(left, self._shards.held, _GLANCE))
                if self._shards.may_send or not self._shards.under_way:
                    break
                continue
            if self._taking is None:
                self._taking = asyncio.create_task(self._desk.take())
            await asyncio.wait({self._taking}, timeout=min(left, self._idle))
            if not self._taking.done():
                break
            work, self._taking = self._taking.result(), None
            if work is None:
                self._all_taken = True
                break
            await self._brief(work, new=True)
            await self._shards.send(whole=True)
            self._last = time.monotonic()
        return self._all_taken or time.monotonic() - self._last >= self._idle

    async def _brief_ready(self) -> None:
        """Brief the articles whose requests are settled."""
        while self._desk.stopped is None and (key := self._waiting.ready()) is not None:
            await self._brief(self._work(key), new=False)

    def _work(self, key: str) -> Work:
        return Work(key, self._desk.ledger.article(key))

    async def _brief(self, work: Work, *, new: bool) -> None:
        """Brief an article, or let it wait for the answers that are missing."""
        self._new = new
        model = _BatchModel(self._desk.live, self._answer, work.key)
        settings = self._desk.settings
        brief: Brief | None = None
        failed: SummarizerError | None = None
        try:
            brief = await asummarize(
                work.article, model=model, plan=settings.plan, limits=self._limits, progress=model.progress
            )
        except _Collected:
            pass
        except SummarizerError as error:
            failed = error
        if model.wanted:
            self._waiting.hold(work.key, [self._asked(work, request) for request in model.wanted.values()])
        elif brief is not None:
            await self._desk.finish(work, Made.of(brief), tuple(model.bad))
        elif failed is not None:
            await self._desk.fail(work, failed, tuple(model.bad))

    def _asked(self, work: Work, request: Request) -> Asked:
        line = request_line(request.key, request.body)
        most = 0.0
        if self._desk.settings.max_cost is not None:
            tokens = int(request.body.get("max_completion_tokens") or request.body.get("max_tokens") or 0)
            usage = Usage(calls=1, input_tokens=len(line) // 2, output_tokens=tokens)
            most = self._desk.live.price(usage, batched=True) or 0.0
        return Asked(request.key, work.key, request.label, line, most)

    async def _answer(self, model: LedgerModel, request: Request) -> Any:
        """The answer that the ledger keeps. Raises `Fault` or `_Collected` where there is none."""
        assert isinstance(model, _BatchModel)
        raw = self._desk.ledger.answer(request.key)
        if raw is not None:
            self._desk.tally.kept_answers += self._new
            return raw
        if self._desk.ledger.passed_on(request.key):  # the process is dead whose batch it is in
            await self._shards.restore()
        if (failure := self._waiting.failure(request.key)) is not None:
            raise self._failed(failure)
        model.wanted[request.key] = request
        if model.last:
            raise _Collected
        raise _Awaited("the answer is not there yet")

    def _failed(self, failure: Failure) -> Fault:
        """What a request has failed of; one that came back too often says nothing about the other ones."""
        fault = rejection(self._desk.live, failure.status, failure.said) if failure.status else None
        if fault is None or isinstance(fault, Transport):
            said = str(fault) if fault else f"{self._desk.live.endpoint} did not answer ({failure.said})"
            return _Unanswered(f"{said}, {RETRIES + 1} times")
        return fault
