"""What runs on a Ray cluster: one article is briefed with the answers it came with, and the others are asked for.

The rows that come in and go back hold plain JSON. A worker writes no ledger: whatever it was answered goes back with
the brief, or with the reason why there is none.
"""

from __future__ import annotations

import asyncio
import json
import platform
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from summarizer import __version__, errors
from summarizer.api import asummarize
from summarizer.article import Article
from summarizer.asking import wait
from summarizer.brief import Usage
from summarizer.corpus.ledger_model import LedgerModel, Request
from summarizer.corpus.pacing import Pacer
from summarizer.errors import SummarizerError, UsageError
from summarizer.faults import Fault, Rejected, Transport
from summarizer.model import LiveModel
from summarizer.prompting import prompt_hash

if TYPE_CHECKING:
    from summarizer.api import Plan
    from summarizer.asking import Limits
    from summarizer.corpus.engine import Work
    from summarizer.providers import ModelName

Row = Mapping[str, str]
Leave = Literal["given", "closed", "spent"]
"""Whether an article may be begun: yes; no, as the batch is stopped; no, as it was begun too often."""

_REFUSED: Final = 30
"""Times that one request is answered 429 before it counts as failed."""


class Gate(Protocol):
    """What lets the workers of one round begin articles."""

    async def suspect(self, key: str) -> bool:
        """Whether a worker died that had the article."""
        ...

    async def leave(self, key: str) -> Leave:
        """Whether the article may be begun; then it counts as begun."""
        ...


@dataclass(frozen=True, slots=True)
class Orders:
    """How every worker briefs, and what it must be to do so."""

    model: ModelName
    plan: Plan
    limits: Limits
    share: int
    """Most articles that one worker reads at a time; each has at most one request in flight."""
    prices: tuple[float, float] | None
    """As `LiveModel` takes them."""
    version: str
    prompts: str
    """The hash of the instructions."""


def orders(live: LiveModel, plan: Plan, limits: Limits, share: int) -> Orders:
    """The orders of the process that has them briefed."""
    return Orders(live.spec, plan, limits, share, live.prices, __version__, _prompts(live, plan))


def _prompts(live: LiveModel, plan: Plan) -> str:
    return prompt_hash(live.preferred_plan if plan == "auto" else plan)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that went out."""

    request: str
    """Its key."""
    label: str
    raw: Any = None
    """The answer."""
    lost: str | None = None
    """Why none came."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row."""

    brief: str | None = None
    """JSON."""
    error: str | None = None
    """The class of the error."""
    detail: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    """What was spent before the error."""
    sent: tuple[Sent, ...] = ()
    """In order."""
    bad: tuple[str, ...] = ()
    """The requests whose answers failed their checks."""
    kept: int = 0
    """Answers that it came with and that were used."""
    hopeless: str | None = None
    """Why no article can be briefed at all, whatever worker has it."""
    left: bool = False
    """Whether the article was not begun, as the batch is stopped."""

    def row(self, key: str) -> Row:
        """As it goes back."""
        return {"key": key, "outcome": json.dumps(asdict(self))}

    @classmethod
    def read(cls, row: Row) -> Outcome:
        """The outcome in a row that came back."""
        told = json.loads(row["outcome"])
        return cls(**{**told, "sent": tuple(Sent(**one) for one in told["sent"]), "bad": tuple(told["bad"])})

    def failure(self) -> SummarizerError:
        """The error that the worker met."""
        kind = getattr(errors, self.error or "", SummarizerError)
        made: SummarizerError = kind(self.detail, usage=Usage.model_validate(self.usage))
        return made


def outgoing(work: Work, answers: Mapping[str, Any]) -> Row:
    """The row of an article, with the answers that are kept for it."""
    return {"key": work.key, "article": json.dumps(work.article.data()), "answers": json.dumps(answers)}


class Briefer:
    """What Ray Data calls with each row. One to a worker process, with one model: its articles share connections."""

    def __init__(self, given: Orders, gate: Gate) -> None:
        self.orders = given
        self.gate = gate
        self.places = asyncio.Semaphore(given.share)
        self.alone = asyncio.Lock()
        self.pacer = Pacer(given.share)
        self.unfit: str | None = None
        try:
            self.live = LiveModel(given.model, prices=given.prices, heard=self.pacer.heard)
            self._check()
        except SummarizerError as error:
            self.unfit = f"a worker on {platform.node()}: {error}"

    def _check(self) -> None:
        """Another version or other instructions would give briefs under a key that is not theirs."""
        if self.orders.version != __version__:
            told = f"it has desk-summarizer {__version__}, the command {self.orders.version}"
            raise UsageError(f"{told}: install the same on every node")
        if self.orders.prompts != _prompts(self.live, self.orders.plan):
            raise UsageError("its prompts are not those of the command: install the same on every node")

    async def __call__(self, row: Row) -> Row:
        """Brief the article of a row."""
        async with self._place(await self.gate.suspect(row["key"])):
            return (await self._outcome(row)).row(row["key"])

    @asynccontextmanager
    async def _place(self, alone: bool) -> AsyncIterator[None]:
        """A place for an article; one that may have killed a worker has all of them, so that it harms no other."""
        async with AsyncExitStack() as held:
            if alone:
                await held.enter_async_context(self.alone)
            for _ in range(self.orders.share if alone else 1):
                await held.enter_async_context(self.places)
            yield

    async def _outcome(self, row: Row) -> Outcome:
        if self.unfit:
            return Outcome(hopeless=self.unfit)
        leave = await self.gate.leave(row["key"])
        if leave == "closed":
            return Outcome(left=True)
        if leave == "spent":
            return Outcome(error="ModelUnavailable", detail="each worker that had it died: see Ray's logs of them")
        asked = _Asked(self.live, self.pacer, self.orders.limits.timeout, json.loads(row["answers"]))
        model = LedgerModel(self.live, asked, row["key"])
        told: dict[str, Any]
        try:
            await self.live.connect()
            article = Article.restored(json.loads(row["article"]))
            brief = await asummarize(article, model=model, plan=self.orders.plan, limits=self.orders.limits)
        except SummarizerError as error:
            if isinstance(error, UsageError):  # of this worker's place, such as a key that cannot be one
                asked.hopeless = f"a worker on {platform.node()}: {error}"
            told = {"error": type(error).__name__, "detail": str(error), "usage": error.usage.model_dump(mode="json")}
        except Exception as error:  # noqa: BLE001 - a bug that one article meets must not end the others
            told = {"error": "SummarizerError", "detail": f"a bug: {type(error).__name__}: {error}"}
        else:
            told = {"brief": brief.to_json(stable=True, indent=None)}
        told |= {"sent": tuple(asked.sent), "bad": tuple(model.bad), "kept": asked.used, "hopeless": asked.hopeless}
        return Outcome(**told)


@dataclass
class _Asked:
    """Gives the raw answers of one article: those it came with, and those it asks for."""

    live: LiveModel
    pacer: Pacer
    patience: float
    """Seconds that a server may ask to wait, at most."""
    answers: dict[str, Any]
    sent: list[Sent] = field(default_factory=list)
    used: int = 0
    hopeless: str | None = None

    async def __call__(self, model: LedgerModel, request: Request) -> Any:
        """The raw answer to a request. Raises `Fault` when none came."""
        if request.key in self.answers:
            self.used += 1
            return self.answers[request.key]
        raw = self.answers[request.key] = await self._asked(model, request)
        self.sent.append(Sent(request.key, request.label, raw))
        return raw

    async def _asked(self, model: LedgerModel, request: Request) -> Any:
        refused = 0
        while True:
            began = time.monotonic()
            async with self.pacer.turn(0, 0):
                model.waits_since(began)
                try:
                    return await self.live.aexchange(request.body, request.seconds)
                except Fault as fault:
                    self.sent.append(Sent(request.key, request.label, lost=str(fault)))
                    if isinstance(fault, Rejected) and fault.everywhere:
                        self.hopeless = str(fault)
                    refused += 1
                    if not isinstance(fault, Transport):
                        raise
                    if not fault.limited or refused > _REFUSED or (fault.retry_after or 0.0) > self.patience:
                        met = fault
                        break
                    self.pacer.refused(fault.retry_after)
        model.failed += 1
        await asyncio.sleep(min(self.patience, wait(met, model.failed)))
        raise met
