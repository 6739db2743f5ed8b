"""The requests of a batch: sent within pace and ceiling, noted before they go, answers kept before they are read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from summarizer.asking import raise_error, wait
from summarizer.brief import Usage
from summarizer.corpus.ledger_file import committed
from summarizer.errors import UsageError
from summarizer.exchange import read_answer
from summarizer.faults import Fault, OverBudget, Rejected, Transport

if TYPE_CHECKING:
    from summarizer.corpus.desk import Desk
    from summarizer.corpus.ledger_model import LedgerModel, Request

_POLL: Final = 0.5
"""Seconds between looks whether another process has the answer."""


class Requests:
    """Asks the model for a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asking: dict[str, asyncio.Future[Any]] = {}
        self._reserved = 0.0  # US dollars that those in flight may cost

    async def ask(self, model: LedgerModel, request: Request) -> Any:
        """The raw answer to a request: the kept one, or one that is asked for, and kept before anything reads it.

        Raises `Fault` when no answer came, after as long as is to be waited before the next attempt. One too many for
        the server (429) is sent again when the server takes more.
        """
        raw = self._kept(request)
        if raw is not None:
            return raw
        if (other := self._asking.get(request.key)) is not None:  # another article has the same sentences
            return await asyncio.shield(other)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asking[request.key] = future
        try:
            raw = await self._asked(model, request)
        except BaseException as error:
            if isinstance(error, UsageError):  # the ledger cannot keep what would be paid, or no request can be sent
                self._desk.stop(str(error), error)
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # nobody may wait for it
            else:
                future.cancel()
            if isinstance(error, Transport):
                await self._pause(model, error)
            raise
        finally:
            del self._asking[request.key]
        future.set_result(raw)
        model.failed = 0
        return raw

    def _kept(self, request: Request) -> Any | None:
        raw = self._desk.ledger.answer(request.key)
        self._desk.tally.kept_answers += raw is not None
        return raw

    async def _pause(self, model: LedgerModel, fault: Transport) -> None:
        """Wait before the article's next attempt, where there is one, but not longer than the batch goes on."""
        model.failed += 1
        seconds = wait(fault, model.failed)
        if model.failed < fault.attempts and seconds <= self._patience:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._desk.ended.wait()

    @property
    def _patience(self) -> float:
        return self._desk.settings.limits.timeout

    async def _asked(self, model: LedgerModel, request: Request) -> Any:
        desk = self._desk
        while True:
            self._check_open()
            began = time.monotonic()
            if (raw := await self._intended(model, request)) is not None:
                model.waits_since(began)
                return raw
            async with desk.pacer.turn(model.order, _estimate(request)):
                model.waits_since(began)
                self._check_open()
                cost = self._reserve(request)
                await committed(desk.ledger.sent(request.key))
                desk.tally.in_flight, desk.tally.pace = desk.pacer.in_flight, int(desk.pacer.limit)
                try:
                    return await self._sent(request)
                except Transport as fault:
                    desk.spent += cost if fault.sent else 0.0  # what the server made of it is not known
                    if not fault.limited or self._too_long(fault):
                        raise
                    desk.pacer.refused(fault.retry_after)
                finally:
                    self._reserved -= cost
                    desk.tally.in_flight = desk.pacer.in_flight - 1

    def _too_long(self, fault: Transport) -> bool:
        """Whether a server that answers 429 is waited for no more."""
        return (fault.retry_after or 0.0) > self._patience or self._desk.pacer.refused_for > self._patience

    async def _sent(self, request: Request) -> Any:
        """Send it, and keep what comes back."""
        desk = self._desk
        try:
            raw = await desk.live.aexchange(request.body, request.seconds)
            answer = read_answer(raw)
            if answer.error is not None:  # no answer, though it came with status 200
                raise_error(answer.error)
        except Fault as fault:
            await self._lost(request, fault)
            if isinstance(fault, Rejected):
                desk.reached()
                if fault.everywhere:
                    desk.stop(str(fault), fault.error(str(fault)))
            raise
        except BaseException as error:
            await asyncio.shield(self._lost(request, error))
            raise
        cost = desk.live.price(answer.usage) if answer.counted else None
        await committed(desk.ledger.answered(request.key, raw, answer.usage if answer.counted else None, cost))
        desk.reached()
        desk.count(answer.usage, cost)
        return raw

    async def _intended(self, model: LedgerModel, request: Request) -> Any | None:
        """Note that a request is about to be sent: None; or, where another process had it sent, its answer."""
        desk = self._desk
        while not await committed(desk.ledger.intend(model.article, request.key, request.label)):
            if (raw := self._kept(request)) is not None:
                return raw
            if desk.ledger.passed_on(request.key):
                desk.stop("requests are under way in a batch at OpenAI: collect them first, with --engine openai-batch")
            await asyncio.sleep(_POLL)
            self._check_open()
        return None

    def _check_open(self) -> None:
        if self._desk.stopped is not None:
            raise OverBudget(self._desk.stopped)

    async def _lost(self, request: Request, error: BaseException) -> None:
        await committed(self._desk.ledger.lost(request.key, str(error) or type(error).__name__))
        self._desk.tally.retries += isinstance(error, Transport)
        self._desk.tally.limited += isinstance(error, Transport) and error.limited

    def _reserve(self, request: Request) -> float:
        """US dollars that a request may cost at most. Raises `OverBudget`, and stops, where the ceiling is too low."""
        ceiling = self._desk.settings.max_cost
        if ceiling is None:
            return 0.0
        most = _most_tokens(request.body)
        usage = Usage(calls=1, input_tokens=request.size // 2, output_tokens=most)
        cost = self._desk.live.price(usage) or 0.0
        if self._desk.spent + self._reserved + cost > ceiling:
            self._desk.stop(f"the ceiling of {ceiling:g} USD leaves too little for another request: raise --max-cost")
            raise OverBudget(self._desk.stopped or "")
        self._reserved += cost
        return cost


def _estimate(request: Request) -> int:
    """Tokens that a request may use, as servers count for their limits: its own, and the most of its answer."""
    return request.size // 4 + _most_tokens(request.body)


def _most_tokens(body: Mapping[str, Any]) -> int:
    """The most tokens of an answer."""
    return int(body.get("max_completion_tokens") or body.get("max_tokens") or 0)
