"""`summarize` and `asummarize`: one article in, one verified brief out."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, get_args

from summarizer import __version__, pipeline, recording, sessions
from summarizer.article import Article
from summarizer.asking import Budget, Call, Filled, Limits, Model, aask, ask, check_price
from summarizer.assembly import Parts, finish
from summarizer.brief import Brief, Provenance, Run, Usage
from summarizer.errors import StaleRecording, SummarizerError, UnverifiedBrief, UsageError
from summarizer.faults import Fault, OverBudget
from summarizer.prompting import PlanName, prompt_hash
from summarizer.recording import Tape
from summarizer.replaying import Replay, find
from summarizer.sessions import Session

if TYPE_CHECKING:
    from summarizer.model import LiveModel

Plan = Literal["auto", "whole", "windows"]
PLANS = get_args(Plan)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a `progress` callback is told, before each call and after the last."""

    label: str
    """What is being read, such as `window 2 of 5`."""
    done: int
    """Planned calls finished."""
    planned: int
    usage: Usage
    """Spent so far."""
    elapsed: float
    """Seconds since the start."""


ProgressCallback = Callable[[Progress], None]

DEFAULT_LIMITS = Limits()
"""The default ceilings: 900 seconds, three times the planned calls, no ceiling on cost."""
_REPLAY_LIMITS = Limits(timeout=sys.float_info.max, max_calls=sys.maxsize)  # what limits forbade is recorded


def summarize(
    article: Article | str,
    *,
    model: str | Model | None = None,
    base_url: str | None = None,
    plan: Plan = "auto",
    record: str | Path | None = None,
    replay: str | Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: ProgressCallback | None = None,
) -> Brief:
    """Read an article and return its verified brief.

    `article` is an `Article`, or its text. `model` is `provider/name`, `local`, or the name that the
    OpenAI-compatible server at `base_url` knows it by; None takes `SUMMARIZER_MODEL`, else `local`. It may
    also be a `Model` that is open already, such as one that many articles share; it is left open.
    `plan` asks once for the `whole` article (large models) or in `windows` of a few sentences (small
    ones); `auto` picks by model. `record` and `replay` name a folder of recordings. `progress` is called
    with a `Progress` before each call and after the last.

    A brief with `audit.complete` false has sentences that no call succeeded on. Raises `InputError`,
    `UsageError`, `StaleRecording`, and `ModelUnavailable`, `ModelRefused` or `BudgetExceeded` where
    nothing at all could be read; each carries `usage`. Works inside a running event loop too, which it
    blocks; use `asummarize` there.
    """
    with _Job.start(article, model, base_url, plan, record, replay, limits, progress) as job:
        call = job.first()
        while call is not None:
            try:
                outcome: Filled | Fault = ask(job.model, call, job.budget)
            except Fault as fault:
                outcome = fault
            call = job.next(outcome)
        return job.brief()


async def asummarize(
    article: Article | str,
    *,
    model: str | Model | None = None,
    base_url: str | None = None,
    plan: Plan = "auto",
    record: str | Path | None = None,
    replay: str | Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: ProgressCallback | None = None,
) -> Brief:
    """`summarize`, awaited: the event loop goes on while the model works."""
    starting = asyncio.create_task(
        asyncio.to_thread(_Job.start, article, model, base_url, plan, record, replay, limits, progress)
    )
    try:
        started = await asyncio.shield(starting)
    except asyncio.CancelledError:
        starting.add_done_callback(_let_go)  # the thread goes on, and what it opens must be closed
        raise
    with started as job:
        try:
            call = job.first()
            while call is not None:
                try:
                    outcome: Filled | Fault = await aask(job.model, call, job.budget)
                except Fault as fault:
                    outcome = fault
                call = job.next(outcome)
        finally:
            if job.live is not None:
                await job.live.aclose()
        return job.brief()


@dataclass
class _Job:
    """One article under way: its steps, its model, its budget. Everything but the awaiting."""

    article: Article
    plan: PlanName
    model: Model
    live: LiveModel | None
    session: Session | None
    tape: Tape | None
    """What is recorded of it."""
    budget: Budget
    planned: int
    progress: ProgressCallback | None
    stack: ExitStack
    steps: pipeline.Steps
    parts: Parts | None = None
    begun: int = 0
    """Planned calls sent, or about to be."""
    read: bool = False
    """Whether any call was answered."""
    fault: Fault | None = None
    """The last one."""
    cause: Fault | None = None
    """The last one that was no limit of ours."""

    @classmethod
    def start(
        cls,
        article: Article | str,
        model: str | Model | None,
        base_url: str | None,
        plan: Plan,
        record: str | Path | None,
        replay: str | Path | None,
        limits: Limits,
        progress: ProgressCallback | None,
    ) -> _Job:
        if plan not in PLANS:
            raise UsageError(f"the plan is one of {', '.join(PLANS)}, not {plan!r}")
        if not isinstance(article, str | Article):
            raise UsageError(f"an article is a text or an Article, not {type(article).__name__}")
        article = Article(article) if isinstance(article, str) else article
        if record is not None and replay is not None:
            raise UsageError("--record and --replay exclude each other")
        session: Session | None = None
        live: LiveModel | None = None
        source: Model
        if not isinstance(model, str | None):
            if record is not None or replay is not None or base_url is not None:
                raise UsageError("a model that is open already goes without base_url, record and replay")
            source = model
        else:
            session = sessions.current() if record is None and replay is None else None
            recorded: Replay | None = None
            if replay is not None:
                recorded = find(Path(replay), article, model=model, base_url=base_url, plan=plan)
            elif session is not None:
                recorded = session.replay(article, model=model, base_url=base_url, plan=plan)
            if recorded is not None:
                source = recorded
            else:
                source = live = _live(model, base_url)
        if not source.replayed:
            check_price(source, limits)
        chosen = source.preferred_plan if plan == "auto" or source.replayed else plan
        grounding = pipeline.prepare(article, chosen, source.name)
        planned = len(list(pipeline.windows(grounding, chosen)))
        with ExitStack() as opening:
            tape: Tape | None = None
            recorder = session.recorder if session else None
            if record is not None and live is not None:
                recorder = opening.enter_context(recording.recording(Path(record), article, chosen, live))
            if recorder is not None and live is not None:
                tape = opening.enter_context(recorder.run(article, chosen, live, limits))
            stack = opening.pop_all()
        ceilings = _REPLAY_LIMITS if source.replayed else limits
        budget = Budget(ceilings, planned, source.price, waited=lambda: source.waited)
        steps = pipeline.steps(grounding, chosen)
        return cls(article, chosen, source, live, session, tape, budget, planned, progress, stack, steps)

    def __enter__(self) -> _Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, SummarizerError):
            error.usage = self.budget.usage
        if isinstance(error, StaleRecording) and self.session is not None:
            self.session.failed = self.session.failed or error
        try:
            self.stack.__exit__(kind, error, trace)
        finally:
            if self.live is not None:
                self.live.close()

    def first(self) -> Call | None:
        """The first call, or None for an article that needs none."""
        return self._advance(lambda: next(self.steps))

    def next(self, outcome: Filled | Fault) -> Call | None:
        """The next call after the outcome of the last, or None when the steps are done."""
        if isinstance(outcome, Fault):
            self.fault = outcome
            if not isinstance(outcome, OverBudget):
                self.cause = outcome
            elif self.tape is not None:
                self.tape.events.append(outcome)  # no request was sent
        else:
            self.read = True
        return self._advance(lambda: self.steps.send(outcome))

    def _advance(self, step: Callable[[], Call]) -> Call | None:
        try:
            call = step()
        except StopIteration as end:
            self.parts = end.value
            self._report("done", self.planned)
            return None
        self.begun += call.planned
        self._report(call.label, self.begun - 1)
        return call

    def _report(self, label: str, done: int) -> None:
        if self.progress is not None:
            elapsed = time.monotonic() - self.budget.started
            self.progress(Progress(label, done, self.planned, self.budget.usage, elapsed))

    def brief(self) -> Brief:
        """The brief; raises what the last fault stands for when nothing at all could be read."""
        assert self.parts is not None
        if self.fault and not self.read:
            raise self.fault.error(self._failed(self.fault), usage=self.budget.usage)
        if isinstance(self.model, Replay):
            self.model.finish()
        run = Run(
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            duration_s=round(time.monotonic() - self.budget.started, 3),
        )
        provenance = Provenance(
            model=self.model.name,
            endpoint=self.model.endpoint,
            package_version=__version__,
            plan=self.plan,
            prompt_hash=prompt_hash(self.plan),
            replayed=self.model.replayed,
            usage=self.budget.usage,
            run=None if self.model.replayed else run,
        )
        try:
            return finish(self.parts, provenance)
        except ValueError as error:  # the last gate: what cannot be verified does not leave
            raise UnverifiedBrief(f"the brief could not be verified: {error}", usage=self.budget.usage) from error

    def _failed(self, fault: Fault) -> str:
        """What happened, what it cost, and what to try."""
        before = f", after {self.cause}" if self.cause and self.cause is not fault else ""
        advice = f"; {fault.advice}" if fault.advice else ""
        return f"nothing could be read: {fault}{before} ({spent(self.budget.usage)}){advice}"


def _let_go(starting: asyncio.Task[_Job]) -> None:
    """Close a job that nobody waits for any more."""
    if not starting.cancelled() and starting.exception() is None:
        starting.result().__exit__(None, None, None)


def spent(usage: Usage) -> str:
    """A usage in words."""
    if not usage.calls:
        return "no model call was made"
    cost = "cost unknown" if usage.cost_usd is None else f"{usage.cost_usd:.4f} USD"
    calls = f"{usage.calls} call{'s' * (usage.calls != 1)}"
    return f"{calls}, {usage.input_tokens:,} tokens in, {usage.output_tokens:,} out, {cost}"


def _live(model: str | None, base_url: str | None) -> LiveModel:
    from summarizer.model import LiveModel
    from summarizer.providers import parse_name

    return LiveModel(parse_name(model, base_url))
