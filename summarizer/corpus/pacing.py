"""How many requests may be in flight, and when the next may go: as many as the user allows, fewer as the server asks.

A 429 halves what may be in flight, and answers bring it back (additive increase, multiplicative decrease: Chiu and
Jain, 1989; the quick return below the last good number is TCP's slow start, RFC 5681). What a server says in headers of
the requests and tokens it will still take is held to before it says 429.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

_LONGEST_BACKOFF = 60.0
"""Seconds that a 429 without Retry-After is waited for, at most."""

_KINDS: Final = {
    "requests": ("x-ratelimit-{}-requests", "anthropic-ratelimit-requests-{}", "x-ratelimit-{}", "ratelimit-{}"),
    "tokens": ("x-ratelimit-{}-tokens", "anthropic-ratelimit-tokens-{}"),
    "input tokens": ("anthropic-ratelimit-input-tokens-{}",),
}
"""The headers in which servers say what they will still take, and when that is as much as ever again. OpenAI's and its
followers', Anthropic's, and the older general ones."""

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")


@dataclass(eq=False)
class _Turn:
    """One request: waiting for its turn, or in flight."""

    tokens: int
    """How many it may use, estimated."""
    free: asyncio.Future[None]
    began: float = 0.0


@dataclass(slots=True)
class _Left:
    """What a server will still take of a kind, and until when that holds."""

    amount: float
    until: float


@dataclass
class Pacer:
    """Gives requests their turn, the earlier article's first. For one event loop."""

    most: int
    clock: Callable[[], float] = time.monotonic
    limit: float = field(init=False)
    """Requests that may be in flight."""
    _flying: set[_Turn] = field(default_factory=set)
    _waiting: list[tuple[int, int, _Turn]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _until: float = 0.0
    """Before this nothing goes."""
    _slowed: float = 0.0
    """When the limit was last lowered; what was sent before tells nothing about the new one."""
    _good: float = field(init=False)
    """Below this the limit comes back quickly."""
    _refused: int = 0
    """How often 429 came in succession."""
    _since: float = 0.0
    """When the first of them came."""
    _left: dict[str, _Left] = field(default_factory=dict)
    _alarm: asyncio.TimerHandle | None = None
    _ended: bool = False

    def __post_init__(self) -> None:
        self.limit = self._good = float(self.most)

    @property
    def refused_for(self) -> float:
        """Seconds since which every request is answered 429."""
        return self.clock() - self._since if self._refused else 0.0

    @property
    def in_flight(self) -> int:
        """Requests that are in flight."""
        return len(self._flying)

    @asynccontextmanager
    async def turn(self, order: int, tokens: int) -> AsyncIterator[None]:
        """Wait for the turn of a request that may use so many tokens, and hold it while the block runs."""
        turn = _Turn(tokens, asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiting, (order, next(self._numbers), turn))
        self._serve()
        try:
            await turn.free
            token = _current.set(turn)
            try:
                yield
            finally:
                _current.reset(token)
        finally:
            if turn in self._flying:
                self._flying.remove(turn)
            else:
                turn.free.cancel()
            self._serve()

    def end(self) -> None:
        """Let go all that wait, and whoever comes: they find that nothing is sent any more."""
        self._ended = True
        self._serve()

    def _serve(self) -> None:
        """Let go whose turn it is."""
        while self._ended and self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.free.done():
                self._flying.add(turn)
                turn.free.set_result(None)
        now = self.clock()
        while self._waiting and len(self._flying) < max(1, int(self.limit)):
            _, _, turn = self._waiting[0]
            if turn.free.done():  # it was given up
                heapq.heappop(self._waiting)
                continue
            if (later := self._not_before(turn, now)) > now:
                self._wake(later - now)
                return
            heapq.heappop(self._waiting)
            turn.began = now
            self._flying.add(turn)
            for kind, left in self._left.items():
                left.amount -= 1 if kind == "requests" else turn.tokens
            turn.free.set_result(None)

    def _not_before(self, turn: _Turn, now: float) -> float:
        """When a request may go, as far as is known."""
        times = [self._until]
        for kind, left in list(self._left.items()):
            if left.until <= now:
                del self._left[kind]
            elif left.amount < (1 if kind == "requests" else turn.tokens):
                times.append(left.until)
        return max(times)

    def _wake(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(seconds, self._serve)

    def heard(self, status: int, headers: Mapping[str, str]) -> None:
        """Take up what an answer says, called in the task of its request."""
        now = self.clock()
        turn = _current.get()
        began = turn.began if turn else now
        # those sent after it are not counted in what it says, as far as can be known
        later = [other for other in self._flying if other.began > began]
        for kind in _KINDS:
            remaining, reset = _said(headers, kind)
            if remaining is None or reset is None:
                continue
            used = len(later) if kind == "requests" else sum(other.tokens for other in later)
            self._left[kind] = _Left(remaining - used, now + reset)
        if status == 429:
            return  # `refused` is told, with the time to wait
        if status < 400:
            self._refused = 0
            self.limit = min(self.most, self.limit + (1.0 if self.limit < self._good else 1.0 / self.limit))
        self._serve()

    def refused(self, retry_after: float | None) -> None:
        """Slow down: the server answered 429, and asked to wait so many seconds where it said so."""
        now = self.clock()
        turn = _current.get()
        if not self._refused:
            self._since = now
        if turn is None or turn.began >= self._slowed:
            self._good = self.limit = max(1.0, min(self.limit, float(len(self._flying))) / 2)
            self._slowed = now
            self._refused += 1
        # 0, or a date that is past, is no time: a server that says so with each 429 would be asked without pause
        wait = retry_after or min(_LONGEST_BACKOFF, 2.0 ** (self._refused - 1))
        self._until = max(self._until, now + wait)


_current: ContextVar[_Turn | None] = ContextVar("turn", default=None)


def _said(headers: Mapping[str, str], kind: str) -> tuple[float | None, float | None]:
    """How much of a kind the server will still take, and the seconds until that is reset; None where not said."""
    for name in _KINDS[kind]:
        remaining, reset = headers.get(name.format("remaining")), headers.get(name.format("reset"))
        if remaining is not None and reset is not None:
            return _number(remaining), seconds(reset)
    return None, None


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None


def seconds(value: str) -> float | None:
    """A time of a header in seconds from now: `6m0s`, `20ms`, a number of seconds, or a time of day (RFC 3339).

    None for what is none of them, and for more than a day.
    """
    value = value.strip()
    number = _number(value)
    if number is None and (parts := _DURATION.findall(value)) and "".join(n + u for n, u in parts) == value:
        number = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
    if number is None:
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            return None
        number = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    if number > 1e9:  # seconds since 1970
        number -= time.time()
    return max(0.0, number) if number <= _UNITS["d"] else None
