"""The desk of a batch: it gives out articles, asks the model within pace and ceiling, and keeps what came of both.

Everything that every engine needs, and nothing of how one works.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from summarizer import __version__
from summarizer.asking import raise_error
from summarizer.brief import Usage
from summarizer.corpus.engine import LASTING, PASSING, Made, Settings, Tally, Work, code_of
from summarizer.corpus.ledger import Ledger, Outcome, State
from summarizer.corpus.ledger_file import committed
from summarizer.corpus.ledger_model import LedgerModel, Request
from summarizer.corpus.pacing import Pacer
from summarizer.draft import schema_hash
from summarizer.errors import UsageError
from summarizer.exchange import read_answer
from summarizer.faults import OverBudget, Rejected, Transport
from summarizer.prompting import PlanName, prompt_hash

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.errors import SummarizerError
    from summarizer.model import LiveModel

MOST_TRIES: Final = 3
"""Runs in which an article is tried whose answers were bad or that stays incomplete."""
_HOPELESS: Final = 8
"""Articles in succession that fail as the model cannot be reached, without one answer between, end the run."""
_MOST_TOLD: Final = 1_000
_POLL: Final = 0.5
"""Seconds between looks at what other processes have finished."""
_IDLE: Final = 2.0
"""Seconds without a new input after which there is such a look, too."""


def tried_again(why: str | None, tries: int) -> bool:
    """Whether the next run tries an article again that failed with an error, or is incomplete for a reason.

    What failed for a reason that passes is tried again always, a refusal never, anything else in three runs.
    """
    code = code_of(why)
    return code in PASSING or (code not in LASTING and tries < MOST_TRIES)


_FORMS: Final[Mapping[str, tuple[PlanName, ...]]] = {
    "whole": ("whole",),
    "windows": ("windows",),
    "auto": ("whole", "windows"),  # which one, a recording tells
}


def key_of(article: Article, settings: Settings, live: LiveModel | None) -> str:
    """The key of an article in a ledger: text and metadata, prompts, schema, model, plan and version."""
    if live is None:
        model, plan = settings.model or "recorded", settings.plan
    else:
        model = live.name
        plan = live.preferred_plan if settings.plan == "auto" else settings.plan
    forms = [(name, prompt_hash(name), schema_hash(name)) for name in _FORMS[plan]]
    return sha256(json.dumps((article.data(), model, forms, __version__), sort_keys=True).encode()).hexdigest()


class Desk:
    """What an engine works with. For one event loop."""

    def __init__(
        self, settings: Settings, live: LiveModel | None, ledger: Ledger, output: str, tally: Tally | None = None
    ) -> None:
        """`output` names the output in the ledger: its inputs are briefed. `live` is None where recordings answer."""
        self.settings = settings
        self.ledger = ledger
        self.output = output
        self.tally = tally or Tally()
        self.tally.pace = settings.concurrency
        self.stopped: str | None = None
        """Why no further article may be begun, or None."""
        self.failing: SummarizerError | None = None
        """The error that stopped it, if one did."""
        self.reading = True
        """Whether inputs are to be read, which they are when it is stopped, too: each keeps its line in the output."""
        self.arrived = asyncio.Event()
        """Set when inputs were read."""
        self.changed = asyncio.Event()
        """Set when something became of an article."""
        self.pacer = Pacer(settings.concurrency)
        self.spent = 0.0
        """US dollars, of the whole ledger; kept where there is a ceiling."""
        self._live = live
        self._reserved = 0.0  # US dollars that the requests in flight may cost
        self._at = 0  # the number of the input that was taken last
        self._began: dict[str, tuple[int, float]] = {}  # an article's input, and when it was taken
        self._asking: dict[str, asyncio.Future[Any]] = {}
        self._unreached = 0
        self._taking = asyncio.Lock()
        if live is not None:
            live.heard = self.pacer.heard
            if live.price(Usage(calls=1, input_tokens=1)) is not None:
                self.tally.cost_usd = 0.0
            if settings.max_cost is not None:
                self._take_up(ledger.paid(live.price))

    def _take_up(self, paid: float | None) -> None:
        """Count what an answer cost, or many did. What is not known may be more than the ceiling: then it stops."""
        self.spent += paid or 0.0
        if paid is None and self.settings.max_cost is not None:
            self.stop("a server did not say what it used, so --max-cost cannot be kept")

    @property
    def live(self) -> LiveModel:
        """The model; there is one unless recordings answer."""
        assert self._live is not None
        return self._live

    @property
    def has_live(self) -> bool:
        """Whether a model is asked, not recordings."""
        return self._live is not None

    def key(self, article: Article) -> str:
        """The key of an article in the ledger."""
        return key_of(article, self.settings, self._live)

    # Articles

    async def take(self) -> Work | None:
        """The next article to brief, claimed for this process; None when there is none left.

        Waits while inputs are still read, and for what other processes are at work on: where one of them dies, what it
        had claimed is taken over.
        """
        async with self._taking:
            while self.stopped is None:
                complete = self.tally.all_read
                self.arrived.clear()
                last = self.ledger.last(self.output)
                if claimed := await committed(self.ledger.claim(self.output, self._at)):
                    self._at, key, article = claimed
                    self._began[key] = self._at, time.monotonic()
                    return Work(key, article)
                self._at = max(self._at, last)  # not looked at again for each input that arrives
                if not complete and await self._arrives():
                    continue
                if self.ledger.elsewhere(self.output):
                    await asyncio.sleep(_POLL)
                    await committed(self.ledger.free_the_dead())
                    self._at = 0
                elif complete:
                    return None
                self.changed.set()  # what another process finished
        return None

    async def _arrives(self) -> bool:
        """Wait for inputs; False when none came for a while, in which other processes may have done something."""
        try:
            async with asyncio.timeout(_IDLE):
                await self.arrived.wait()
        except TimeoutError:
            return False
        return True

    def model(self, work: Work) -> LedgerModel:
        """The model to brief an article with: it keeps every answer, and asks for none that is kept."""
        return LedgerModel(self.live, self.ask, work.key, self._began[work.key][0])

    async def finish(self, work: Work, made: Made, bad: tuple[str, ...] = ()) -> None:
        """Keep a brief. One that is incomplete as the run was stopped is given back instead."""
        if made.reason is not None and self.stopped is not None:
            await self.release(work)
            return
        state: State = "incomplete" if made.reason else "complete"
        outcome = Outcome(state, made.brief, detail=made.reason)
        await committed(self.ledger.finish(work.key, outcome, self._seconds(work), bad if made.reason else ()))
        self._unreached = 0
        if made.reason is None:
            self.tally.complete += 1
        else:
            self.tally.incomplete += 1
            self.tell(work.article.external_id or "", f"incomplete: {made.reason}")
        self.changed.set()
        self.tally.statements.update(made.statements)

    async def fail(self, work: Work, error: SummarizerError, bad: tuple[str, ...] = ()) -> None:
        """Keep the reason why an article has no brief. One that failed as the run was stopped is given back."""
        name = type(error).__name__
        if self.stopped is not None:
            await self.release(work)
            return
        outcome = Outcome("failed", error=name, detail=str(error))
        await committed(self.ledger.finish(work.key, outcome, self._seconds(work), bad))
        self.tally.failed += 1
        self.changed.set()
        self.tell(work.article.external_id or "", f"{name}: {error}")
        self._unreached = self._unreached + 1 if name == "ModelUnavailable" else 0
        if self._unreached >= _HOPELESS:
            self.stop(f"{_HOPELESS} articles in succession failed: {error}", error)

    async def release(self, work: Work) -> None:
        """Give an article back that was not finished."""
        self._began.pop(work.key, None)
        await committed(self.ledger.release(work.key))

    def stop(self, reason: str, error: SummarizerError | None = None) -> None:
        """Begin no further article. The first reason counts."""
        if self.stopped is None:
            self.stopped, self.failing = reason, error
        self.pacer.end()  # a server may have asked to wait for an hour
        self.arrived.set()
        self.changed.set()

    def abandon(self, reason: str) -> None:
        """Begin no further article and read no further input: there will be no output."""
        self.reading = False
        self.stop(reason)

    def _seconds(self, work: Work) -> float:
        _, began = self._began.pop(work.key, (0, time.monotonic()))
        return round(time.monotonic() - began, 3)

    def tell(self, place: str, reason: str) -> None:
        """Note a failure for the report."""
        if len(self.tally.failures) < _MOST_TOLD:
            self.tally.failures.append((place, reason))

    # Requests

    async def ask(self, model: LedgerModel, request: Request) -> Any:
        """The raw answer to a request: the kept one, or one that is asked for, and kept before anything reads it.

        Raises `Fault` when no answer came. One too many for the server (429) is sent again when the server takes more.
        """
        raw = self.ledger.answer(request.key)
        if raw is not None:
            self.tally.kept_answers += 1
            return raw
        if (other := self._asking.get(request.key)) is not None:  # another article has the same sentences
            return await asyncio.shield(other)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asking[request.key] = future
        try:
            raw = await self._asked(model, request)
        except BaseException as error:
            if isinstance(error, UsageError):  # the ledger cannot keep what would be paid, or no request can be sent
                self.stop(str(error), error)
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # nobody may wait for it
            else:
                future.cancel()
            raise
        finally:
            del self._asking[request.key]
        future.set_result(raw)
        return raw

    async def _asked(self, model: LedgerModel, request: Request) -> Any:
        refused = 0
        while True:
            self._check_open()
            began = time.monotonic()
            if (raw := await self._intended(model, request)) is not None:
                model.waits_since(began)
                return raw
            async with self.pacer.turn(model.order, _estimate(request.body)):
                model.waits_since(began)
                self._check_open()
                cost = self._reserve(request)
                await committed(self.ledger.sent(request.key))
                self.tally.in_flight, self.tally.pace = self.pacer.in_flight, int(self.pacer.limit)
                try:
                    raw = await self.live.aexchange(request.body, request.seconds)
                    if (code := read_answer(raw).error) is not None:  # no answer, though it came with status 200
                        raise_error(code)
                except Transport as fault:
                    await self._lost(request, fault)
                    refused += 1
                    if (
                        not fault.limited
                        or (fault.retry_after or 0.0) > self.settings.limits.timeout
                        or refused > _REFUSED
                    ):
                        raise
                    self.pacer.refused(fault.retry_after)
                except Rejected as fault:
                    await self._lost(request, fault)
                    self._unreached = 0  # it was reached
                    if fault.everywhere:
                        self.stop(str(fault), fault.error(str(fault)))
                    raise
                except BaseException as error:
                    await asyncio.shield(self._lost(request, error))
                    raise
                else:
                    await self._answered(request, raw)
                    return raw
                finally:
                    self._reserved -= cost
                    self.tally.in_flight = self.pacer.in_flight - 1

    async def _intended(self, model: LedgerModel, request: Request) -> Any | None:
        """Note that a request is about to be sent: None; or, where another process had it sent, its answer."""
        while not await committed(self.ledger.intend(model.article, request.key, request.label)):
            if (raw := self.ledger.answer(request.key)) is not None:
                self.tally.kept_answers += 1
                return raw
            if self.ledger.passed_on(request.key):
                self.stop("requests are under way in a batch at OpenAI: collect them first, with --engine openai-batch")
            await asyncio.sleep(_POLL)
            self._check_open()
        return None

    def _check_open(self) -> None:
        if self.stopped is not None:
            raise OverBudget(self.stopped)

    async def _lost(self, request: Request, error: BaseException) -> None:
        await committed(self.ledger.lost(request.key, str(error) or type(error).__name__))
        self.tally.retries += isinstance(error, Transport)
        self.tally.limited += isinstance(error, Transport) and error.limited

    async def _answered(self, request: Request, raw: Any) -> None:
        answer = read_answer(raw)
        usage = answer.usage
        cost = self.live.price(usage) if answer.counted else None
        await committed(self.ledger.answered(request.key, raw, usage if answer.counted else None, cost))
        self._unreached = 0
        self.count(usage, cost)

    def count(self, usage: Usage, cost: float | None) -> None:
        """Count an answer that was paid."""
        tally = self.tally
        tally.calls += 1
        tally.input_tokens += usage.input_tokens
        tally.output_tokens += usage.output_tokens
        tally.cached_tokens += usage.cached_tokens
        self._take_up(cost)
        if tally.cost_usd is not None:
            tally.cost_usd = tally.cost_usd + cost if cost is not None else None

    def _reserve(self, request: Request) -> float:
        """US dollars that a request may cost at most. Raises `OverBudget`, and stops, where the ceiling is too low."""
        ceiling = self.settings.max_cost
        if ceiling is None:
            return 0.0
        most = _most_tokens(request.body)
        usage = Usage(calls=1, input_tokens=_asked_tokens(request.body), output_tokens=most)
        cost = self.live.price(usage) or 0.0
        if self.spent + self._reserved + cost > ceiling:
            self.stop(f"the ceiling of {ceiling:g} USD leaves too little for another request: raise --max-cost")
            raise OverBudget(self.stopped or "")
        self._reserved += cost
        return cost


_REFUSED: Final = 30
"""Times that one request is answered 429 before it counts as failed."""


def _estimate(body: Mapping[str, Any]) -> int:
    """Tokens that a request may use, as servers count for their limits: its own, and the most of its answer."""
    return _asked_tokens(body) // 2 + _most_tokens(body)


def _asked_tokens(body: Mapping[str, Any]) -> int:
    """Tokens of a request at most: two bytes count as one."""
    return len(json.dumps(body, ensure_ascii=False).encode()) // 2


def _most_tokens(body: Mapping[str, Any]) -> int:
    """The most tokens of an answer."""
    return int(body.get("max_completion_tokens") or body.get("max_tokens") or 0)
