"""Processes that read articles for the local engine, so that checking takes all cores and not one.

They send nothing and write nothing: a reader works on an article until it needs an answer, and says which; the engine's
own process asks for it, keeps it, and hands it in. Each reader is a pool of one process, as what it knows of an article
stays in it from answer to answer; there, every article has a thread, of which one at a time goes on.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from summarizer.api import summarize
from summarizer.corpus.engine import Made
from summarizer.corpus.ledger_model import LedgerModel, Request
from summarizer.errors import ModelUnavailable, SummarizerError
from summarizer.faults import Fault
from summarizer.model import LiveModel

if TYPE_CHECKING:
    from summarizer.api import Plan
    from summarizer.article import Article
    from summarizer.asking import Limits
    from summarizer.corpus.engine import Settings
    from summarizer.providers import ModelName

T = TypeVar("T")
log = logging.getLogger("summarizer.corpus")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: the raw answer, or the fault."""

    raw: Any = None
    fault: Fault | None = None
    waited: float = 0.0
    """Seconds that the article's requests have waited for their turns, in all."""
    tools: bool = False
    """As `LiveModel.tools`: a server may have been found to know no JSON schemas."""


@dataclass(frozen=True, slots=True)
class Read:
    """What came of an article: a brief, or an error."""

    bad: tuple[str, ...]
    """The requests whose answers failed."""
    made: Made | None = None
    error: SummarizerError | None = None


def bug(error: Exception) -> SummarizerError:
    """What a batch, which goes on, says of an error of ours."""
    log.info("traceback", exc_info=error)
    return SummarizerError(f"a bug: {type(error).__name__}: {error}; run with -v for the traceback")


class Readers:
    """The processes of one batch. To be closed."""

    def __init__(self, count: int, live: LiveModel, settings: Settings) -> None:
        """Start so many."""
        context = multiprocessing.get_context("spawn")
        given = (live.spec, live.prices, settings.plan, settings.limits)
        self._pools = [
            ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=given) for _ in range(count)
        ]
        self._busy = [0] * count

    async def read(self, article: Article, model: LedgerModel) -> Read:
        """Have an article read, its requests answered by `model`.

        Raises `ModelUnavailable` when the process that has it ends.
        """
        at = self._busy.index(min(self._busy))
        self._busy[at] += 1
        try:
            step = await self._call(at, _start, model.article, article)
            while isinstance(step, Request):
                raw, fault = None, None
                try:
                    raw = await model.ask(model, step)
                except Fault as met:
                    fault = met
                answer = Answer(raw, fault, model.waited, model.live.tools)
                step = await self._call(at, _go_on, model.article, answer)
        except BaseException:
            with suppress(RuntimeError):  # it has ended
                self._pools[at].submit(_drop, model.article)
            raise
        finally:
            self._busy[at] -= 1
        return step

    async def _call(self, at: int, function: Callable[..., T], *arguments: Any) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pools[at], function, *arguments)
        except BrokenProcessPool as error:
            raise ModelUnavailable("a process that reads articles ended unexpectedly; is there memory left?") from error

    def close(self) -> None:
        """End them."""
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)


# In a reader


class _Reading:
    """An article that is read, in a thread of its own."""

    def __init__(self, key: str, article: Article) -> None:
        self._steps: queue.SimpleQueue[Request | Read] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._model = LedgerModel(_live, self._asked, key)
        threading.Thread(target=self._read, args=(article,), daemon=True).start()

    def step(self) -> Request | Read:
        """What it needs next, or what came of it."""
        return self._steps.get()

    def answer(self, answer: Answer | None) -> None:
        """Hand in what it needs; None ends it."""
        self._answers.put(answer)

    def _asked(self, model: LedgerModel, request: Request) -> Any:
        self._steps.put(request)
        answer = self._answers.get()
        if answer is None:
            raise SystemExit  # of this thread
        model.waited, model.live.tools = answer.waited, answer.tools
        if answer.fault is not None:
            raise answer.fault
        return answer.raw

    def _read(self, article: Article) -> None:
        model = self._model
        try:
            brief = summarize(article, model=model, plan=_plan, limits=_limits)
            step = Read(tuple(model.bad), Made.of(brief))
        except SummarizerError as error:
            step = Read(tuple(model.bad), error=error)
        except Exception as error:  # noqa: BLE001 - a bug is told where the others are
            step = Read((), error=bug(error))
        self._steps.put(step)


_live: LiveModel
_plan: Plan
_limits: Limits
_readings: dict[str, _Reading] = {}


def _begin(spec: ModelName, prices: tuple[float, float] | None, plan: Plan, limits: Limits) -> None:
    """Begin as a reader."""
    global _live, _plan, _limits
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the engine, which ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _live, _plan, _limits = LiveModel(spec, prices=prices), plan, limits


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start(key: str, article: Article) -> Request | Read:
    _readings[key] = _Reading(key, article)
    return _step(key)


def _go_on(key: str, answer: Answer) -> Request | Read:
    _readings[key].answer(answer)
    return _step(key)


def _step(key: str) -> Request | Read:
    step = _readings[key].step()
    if isinstance(step, Read):
        del _readings[key]
    return step


def _drop(key: str) -> None:
    if reading := _readings.pop(key, None):
        reading.answer(None)
