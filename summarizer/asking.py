"""One planned call to a model, within a budget: the only loop that tries again.

tenacity owns the loop; what is tried again, how often and after how long is in `faults.py`
(DESIGN's table). The synchronous and the asynchronous form share everything but the awaiting lines.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from summarizer.brief import Usage
from summarizer.draft import Draft
from summarizer.errors import UsageError
from summarizer.exchange import Answer
from summarizer.faults import BadAnswer, CutAnswer, Fault, OverBudget, Refusal, Transport
from summarizer.prompting import Message, PlanName, corrected

if TYPE_CHECKING:
    from tenacity import RetryCallState


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for one article."""

    timeout: float = 900.0
    """Seconds for all model calls together."""
    max_calls: int | None = None
    """Model calls, failed ones included; None means three times the planned calls."""
    max_cost: float | None = None
    """US dollars; None means no ceiling."""

    def __post_init__(self) -> None:
        """Raises `UsageError` for a ceiling that could not hold."""
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            raise UsageError(f"the time limit is a number of seconds above 0, not {self.timeout}")
        if self.max_calls is not None and self.max_calls < 1:
            raise UsageError(f"the limit of model calls is at least 1, not {self.max_calls}")
        if self.max_cost is not None and not 0 <= self.max_cost < math.inf:
            raise UsageError(f"the cost limit is a number of US dollars from 0, not {self.max_cost}")


@dataclass(frozen=True, slots=True)
class Call:
    """One planned call: what is asked, what is to be filled, and what makes an answer implausible."""

    label: str
    """For progress and errors, such as `window 2 of 5`."""
    messages: tuple[Message, ...]
    draft: type[Draft]
    max_tokens: int
    check: Callable[[Draft], str | None] = lambda draft: None
    """What is wrong with a valid draft, in words for the model, or None."""
    divisible: bool = False
    """True when a cut answer leads to smaller calls instead of a second attempt."""
    attempts: int = 2
    """Most attempts, where the fault itself allows no fewer."""

    @property
    def planned(self) -> bool:
        """Whether it was planned; a further call about the sentences of a planned one has a single attempt."""
        return self.attempts > 1


@dataclass(frozen=True, slots=True)
class Filled:
    """A draft that passed `judge`, and how many attempts that took, not counting lost connections."""

    draft: Draft
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one attempt may take."""

    seconds: float
    tokens: int | None = None
    """Most tokens of the answer; None where cost sets no bound."""


class Model(Protocol):
    """A model that calls are sent to: live, or a recording."""

    replayed: bool

    @property
    def preferred_plan(self) -> PlanName:
        """The plan that `auto` stands for."""
        ...

    @property
    def paced(self) -> bool:
        """Whether there is to be a wait before a further attempt."""
        ...

    @property
    def waited(self) -> float:
        """Seconds that requests have waited for their turn, which no limit of time counts."""
        ...

    @property
    def name(self) -> str:
        """`provider/name`."""
        ...

    @property
    def endpoint(self) -> str | None:
        """The host that text is sent to, or None."""
        ...

    @property
    def steady(self) -> bool:
        """Whether it always answers in the end, so that waiting is better than asking again."""
        ...

    def price(self, usage: Usage) -> float | None:
        """US dollars for `usage`, or None when unknown."""
        ...

    def send(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """Send one request. Raises `Fault` when there is no answer to judge."""
        ...

    async def asend(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """The same, awaited."""
        ...


def check_price(model: Model, limits: Limits) -> None:
    """Raise `UsageError` where a ceiling on cost cannot be kept, as the price is not known."""
    if limits.max_cost is not None and model.price(Usage(calls=1, input_tokens=1)) is None:
        raise UsageError(f"--max-cost needs a known price, and none is known for {model.name}")


_SHARE = 0.5  # of the time left that an attempt may take: one that hangs leaves as much for others
_OVERHEAD = 500  # tokens of a request beside its messages: schema and chat template


@dataclass(slots=True)
class Budget:
    """What one article may spend and has spent."""

    limits: Limits
    planned: int
    price: Callable[[Usage], float | None]
    waited: Callable[[], float] = lambda: 0.0
    """Seconds that do not count: those in which requests waited for their turn."""
    usage: Usage = field(default_factory=Usage)
    started: float = field(default_factory=time.monotonic)

    @property
    def remaining(self) -> float:
        """Seconds left."""
        return self.limits.timeout - (time.monotonic() - self.started - self.waited())

    def claim(self, call: Call, messages: tuple[Message, ...], *, steady: bool) -> Allowance:
        """Take one attempt at a call. Raises `OverBudget` when it could go beyond a ceiling."""
        ceiling = self.limits.max_calls or 3 * self.planned
        if self.usage.calls >= ceiling:
            raise OverBudget(f"the limit of {ceiling} model calls is used up: raise --max-calls")
        seconds = self.remaining
        if seconds <= 0:
            raise OverBudget(f"the time limit of {self.limits.timeout:g} s is used up: raise --timeout")
        return Allowance(seconds if steady else seconds * _SHARE, self._affordable(call, messages))

    def _affordable(self, call: Call, messages: tuple[Message, ...]) -> int | None:
        """Tokens that an answer may have within the ceiling on cost; two bytes of a request count as a token."""
        limit = self.limits.max_cost
        if limit is None:
            return None
        spent = self.usage.cost_usd if self.usage.calls else 0.0
        if spent is None:
            raise OverBudget("a server did not say what it used, so --max-cost cannot be kept")
        asked = sum(len(message["content"].encode()) for message in messages) // 2 + _OVERHEAD
        base = self.price(Usage(calls=1, input_tokens=asked)) or 0.0
        thousand = (self.price(Usage(calls=1, input_tokens=asked, output_tokens=1000)) or 0.0) - base
        left = limit - spent - base
        tokens = int(left / thousand * 1000) if thousand > 0 else None
        if left < 0 or (tokens is not None and tokens < call.max_tokens):
            raise OverBudget(f"the cost limit of {limit:g} USD leaves too little for another call: raise --max-cost")
        return tokens

    def spend(self, usage: Usage, *, counted: bool = True) -> None:
        """Count one attempt; without counts of its tokens, what it cost is not known."""
        cost = self.price(usage) if counted else None
        self.usage = self.usage + usage.model_copy(update={"cost_usd": cost})


def judge(call: Call, answer: Answer) -> Draft:
    """The draft in an answer, or the fault: refusal and length are looked at before the content."""
    if answer.finish in ("refusal", "content_filter") or answer.refusal:
        raise Refusal(f"the model declined ({answer.refusal or answer.finish})"[:200])
    if answer.finish == "length":
        raise CutAnswer("the answer was cut at its length limit")
    if answer.error is not None:
        raise_error(answer.error)
    if answer.finish in ("no_choices", "unreadable"):
        raise BadAnswer("the server's answer was not a completion")
    if not (answer.content or "").strip():
        raise BadAnswer("the answer was empty")
    try:
        draft = call.draft.model_validate_json(answer.content or "")
    except ValueError as error:
        if _too_many(error):
            raise CutAnswer("the text has more statements than one answer may hold") from error
        raise BadAnswer(f"the answer did not fit the form: {_complaint(error)}") from error
    if complaint := call.check(draft):
        raise BadAnswer(complaint)
    return draft


def raise_error(code: int) -> NoReturn:
    """Raise the fault of an error that came with status 200."""
    if code in (408, 429) or code >= 500:
        raise Transport(f"the server answered with error {code}")
    raise BadAnswer("the server answered with an error")


def ask(model: Model, call: Call, budget: Budget) -> Filled:
    """Send a call until a draft passes `judge` or no attempt is left; then the last `Fault` is raised."""
    from tenacity import Retrying

    attempts = _Attempts(call, budget, steady=model.steady)
    for attempt in Retrying(**attempts.policy(paced=model.paced)):
        with attempt:
            messages, allowance = attempts.prepare()
            return attempts.finish(model.send(call, messages, allowance))
    raise AssertionError("unreachable: the loop returns or raises")


async def aask(model: Model, call: Call, budget: Budget) -> Filled:
    """`ask`, awaited."""
    from tenacity import AsyncRetrying

    attempts = _Attempts(call, budget, steady=model.steady)
    async for attempt in AsyncRetrying(**attempts.policy(paced=model.paced)):
        with attempt:
            messages, allowance = attempts.prepare()
            return attempts.finish(await model.asend(call, messages, allowance))
    raise AssertionError("unreachable: the loop returns or raises")


class _Attempts:
    """The attempts at one call: what each sends, and whether and when there is another."""

    def __init__(self, call: Call, budget: Budget, *, steady: bool) -> None:
        self.call = call
        self.budget = budget
        self.steady = steady
        self.complaint: str | None = None
        self.open = False
        self.met: dict[type[Fault], int] = {}

    def prepare(self) -> tuple[tuple[Message, ...], Allowance]:
        messages = self.call.messages
        if self.complaint:
            messages = corrected(messages, self.complaint)
        allowance = self.budget.claim(self.call, messages, steady=self.steady)
        self.open = True
        return messages, allowance

    def finish(self, answer: Answer) -> Filled:
        self.budget.spend(answer.usage, counted=answer.counted)
        self.open = False
        return Filled(judge(self.call, answer), 1 + self.met.get(BadAnswer, 0))

    def policy(self, *, paced: bool) -> dict[str, Any]:
        from tenacity import retry_if_exception_type

        return {
            "retry": retry_if_exception_type(Fault),
            "stop": self._stop,
            "wait": self._wait if paced else lambda state: 0.0,
            "reraise": True,
        }

    def _stop(self, state: RetryCallState) -> bool:
        fault = state.outcome.exception() if state.outcome else None
        if not isinstance(fault, Fault):
            return True
        if self.open and not isinstance(fault, OverBudget):  # the attempt was made and gave nothing to count
            self.budget.spend(Usage(calls=1), counted=not fault.sent)
            self.open = False
        self.complaint = str(fault) if isinstance(fault, BadAnswer) else None
        if isinstance(fault, CutAnswer) and self.call.divisible:
            return True
        kind = Transport if isinstance(fault, Transport) else BadAnswer if isinstance(fault, BadAnswer) else Fault
        self.met[kind] = self.met.get(kind, 0) + 1
        allowed = fault.attempts if kind is Transport else min(fault.attempts, self.call.attempts)
        if kind is Transport and self._wait(state) >= self.budget.remaining:
            fault.everywhere = True  # nor is there time for another call
        return fault.final or fault.everywhere or self.met[kind] >= allowed

    def _wait(self, state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        return wait(fault, state.attempt_number) if isinstance(fault, Transport) else 0.0


def wait(fault: Transport, attempt: int) -> float:
    """Seconds before a further attempt, after so many."""
    return fault.retry_after if fault.retry_after is not None else float(2 ** (attempt - 1))


def _too_many(error: ValueError) -> bool:
    errors = getattr(error, "errors", None)
    return errors is not None and any(e["type"] == "too_long" and e["loc"] == ("entries",) for e in errors())


def _complaint(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return "it was not JSON"
    first = errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else "it was not the JSON object asked for"
