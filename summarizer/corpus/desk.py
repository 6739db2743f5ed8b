"""The desk of a batch: it gives out articles, keeps what became of each, and says when to stop.

Everything that every engine needs, and nothing of how one works.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from summarizer import __version__
from summarizer.brief import Usage
from summarizer.corpus.engine import LASTING, PASSING, Made, Settings, Tally, Work, code_of
from summarizer.corpus.ledger import Ledger, Outcome, State
from summarizer.corpus.ledger_file import committed
from summarizer.corpus.ledger_model import LedgerModel
from summarizer.corpus.pacing import Pacer
from summarizer.corpus.requests import Requests
from summarizer.draft import schema_hash
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
        self.ended = asyncio.Event()
        """Set when it is stopped."""
        self.pacer = Pacer(settings.concurrency)
        self.requests = Requests(self)
        self.spent = 0.0
        """US dollars, of the whole ledger; kept where there is a ceiling."""
        self._live = live
        self._at = 0  # the number of the input that was taken last
        self._began: dict[str, tuple[int, float]] = {}  # an article's input, and when it was taken
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
        return LedgerModel(self.live, self.requests.ask, work.key, self._began[work.key][0])

    async def finish(self, work: Work, made: Made, bad: tuple[str, ...] = ()) -> None:
        """Keep a brief. One that is incomplete as the run was stopped is given back instead."""
        if made.reason is not None and self.stopped is not None:
            await self.release(work)
            return
        state: State = "incomplete" if made.reason else "complete"
        outcome = Outcome(state, made.brief, detail=made.reason)
        await committed(self.ledger.finish(work.key, outcome, self._seconds(work), bad if made.reason else ()))
        self.reached()
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
        self.ended.set()
        self.pacer.end()  # a server may have asked to wait for an hour
        self.arrived.set()
        self.changed.set()

    def reached(self) -> None:
        """Note that the server answered."""
        self._unreached = 0

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
