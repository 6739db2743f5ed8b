"""The model that an article of a batch is read with: it gives the kept answer, or one that the desk asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from summarizer.asking import Allowance, Call, judge
from summarizer.corpus.ledger import canonical
from summarizer.exchange import Answer, read_answer
from summarizer.faults import Fault

if TYPE_CHECKING:
    from summarizer.brief import Usage
    from summarizer.model import LiveModel
    from summarizer.prompting import Message, PlanName


@dataclass(frozen=True, slots=True)
class Request:
    """One request of an article."""

    key: str
    """The sha256 of the body."""
    body: Mapping[str, Any]
    label: str
    seconds: float
    """How long its answer is waited for, once it is sent."""
    size: int
    """Bytes of the body as JSON."""


@dataclass(eq=False)
class LedgerModel:
    """A `Model` for one article of a batch."""

    live: LiveModel
    ask: Callable[[LedgerModel, Request], Any]
    """Gives the raw answer to a request, kept or asked for, or for `asend` an awaitable of it. Raises `Fault`."""
    article: str = ""
    """The key of the article."""
    order: int = 0
    """Its place: earlier articles come first."""
    waited: float = 0.0
    bad: set[str] = field(default_factory=set)
    """The requests whose answers failed."""
    failed: int = 0
    """Attempts in succession that no answer came to."""
    paced: ClassVar[bool] = False
    replayed: bool = False

    @property
    def name(self) -> str:
        """`provider/name`."""
        return self.live.name

    @property
    def endpoint(self) -> str:
        """The host that text is sent to."""
        return self.live.endpoint

    @property
    def steady(self) -> bool:
        """As the live model."""
        return self.live.steady

    @property
    def preferred_plan(self) -> PlanName:
        """As the live model."""
        return self.live.preferred_plan

    def price(self, usage: Usage) -> float | None:
        """As the live model."""
        return self.live.price(usage)

    def send(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """The answer to a request, kept before it is read."""
        request = self._request(call, messages, allowance)
        return self._read(call, request, self.ask(self, request))

    async def asend(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """`send`, awaited."""
        request = self._request(call, messages, allowance)
        return self._read(call, request, await self.ask(self, request))

    def _request(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Request:
        body = self.live.body(call, messages, allowance)
        written = canonical(body)
        return Request(sha256(written).hexdigest(), body, call.label, allowance.seconds, len(written))

    def _read(self, call: Call, request: Request, raw: Any) -> Answer:
        answer = read_answer(raw)
        try:
            judge(call, answer)
        except Fault:
            self.bad.add(request.key)
        return answer

    def waits_since(self, began: float) -> None:
        """Count the seconds since `began` (of `time.monotonic`) as waiting for a turn."""
        self.waited += time.monotonic() - began
