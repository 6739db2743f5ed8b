"""How many requests go at a time, and when the next goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from summarizer.corpus.pacing import Pacer, seconds

OK = (200, {})


async def send(pacer: Pacer, order: int, work: Callable[[], Awaitable[None]], tokens: int = 1) -> None:
    """One request in its turn, answered well."""
    async with pacer.turn(order, tokens):
        await work()
        pacer.heard(*OK)


def test_no_more_are_in_flight_than_allowed() -> None:
    """The most at the same time is the concurrency, and it is reached."""
    flying: list[int] = []

    async def run() -> None:
        pacer = Pacer(5)

        async def work() -> None:
            flying.append(pacer.in_flight)
            await asyncio.sleep(0.001)

        await asyncio.gather(*(send(pacer, n, work) for n in range(40)))

    asyncio.run(run())
    assert max(flying) == 5


def test_the_earlier_article_goes_first() -> None:
    """Among those that wait, the order decides, not who asked first."""
    went: list[int] = []

    async def run() -> None:
        pacer = Pacer(1)

        def work(n: int) -> Callable[[], Awaitable[None]]:
            async def go() -> None:
                went.append(n)
                await asyncio.sleep(0)

            return go

        await asyncio.gather(*(send(pacer, n, work(n)) for n in (3, 9, 1, 7)))

    asyncio.run(run())
    assert went == [3, 1, 7, 9]


def test_a_429_halves_the_pace_once_for_all_that_were_in_flight_and_answers_bring_it_back() -> None:
    """Sixteen in flight that are refused together count once."""

    async def run() -> None:
        pacer = Pacer(16)
        go = asyncio.Event()

        async def refused() -> None:
            async with pacer.turn(0, 1):
                await go.wait()
                pacer.heard(429, {})
                pacer.refused(0.01)

        tasks = [asyncio.create_task(refused()) for _ in range(16)]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)
        assert pacer.limit == 8
        for _ in range(200):
            async with pacer.turn(0, 1):
                pacer.heard(*OK)
        assert pacer.limit == 16

    asyncio.run(run())


def test_nothing_goes_before_the_time_that_a_server_asks_for() -> None:
    """Retry-After holds for every request, not only for the one that was refused."""

    async def run() -> float:
        pacer = Pacer(4)
        async with pacer.turn(0, 1):
            pacer.refused(0.2)
        started = time.monotonic()
        async with pacer.turn(1, 1):
            return time.monotonic() - started

    assert 0.15 < asyncio.run(run()) < 1


def test_headers_hold_requests_back_before_the_server_refuses_one() -> None:
    """With two requests left for 0.2 s, the third waits for the reset."""

    async def run() -> list[float]:
        pacer = Pacer(8)
        async with pacer.turn(0, 1):
            pacer.heard(200, {"x-ratelimit-remaining-requests": "2", "x-ratelimit-reset-requests": "200ms"})
        started, went = time.monotonic(), []

        async def work() -> None:
            went.append(time.monotonic() - started)

        await asyncio.gather(*(send(pacer, n, work) for n in range(3)))
        return went

    went = asyncio.run(run())
    assert went[1] < 0.1 < 0.15 < went[2] < 1


def test_headers_of_tokens_count_what_a_request_may_use() -> None:
    """900 tokens left: a request of 500 goes, the next waits."""

    async def run() -> list[float]:
        pacer = Pacer(8)
        async with pacer.turn(0, 1):
            pacer.heard(200, {"anthropic-ratelimit-tokens-remaining": "900", "anthropic-ratelimit-tokens-reset": "0.2"})
        started, went = time.monotonic(), []

        async def work() -> None:
            went.append(time.monotonic() - started)
            await asyncio.sleep(0.01)

        await asyncio.gather(*(send(pacer, n, work, tokens=500) for n in range(2)))
        return went

    went = asyncio.run(run())
    assert went[0] < 0.1 < 0.15 < went[1] < 1


def test_a_request_that_is_given_up_leaves_its_place() -> None:
    """Cancelled while it waits or flies: the next goes."""

    async def run() -> None:
        pacer = Pacer(1)

        async def for_ever() -> None:
            await asyncio.sleep(60)

        tasks = [asyncio.create_task(send(pacer, n, for_ever)) for n in range(3)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(1), pacer.turn(9, 1):
            assert pacer.in_flight == 1

    asyncio.run(run())


@pytest.mark.parametrize(
    ("value", "found"),
    [("6m0s", 360.0), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("12", 12.0), ("0", 0.0), ("", None), ("soon", None),
     ("-4", None), ("nan", None), ("1e300", None), ("3 s", None), ("90000", None)],
)  # fmt: skip
def test_the_times_of_headers(value: str, found: float | None) -> None:
    """Durations as OpenAI writes them, and numbers of seconds; nothing else, and no more than a day."""
    assert seconds(value) == found


def test_a_time_of_day_in_a_header() -> None:
    """Anthropic says when, not how long."""
    then = datetime.now(UTC) + timedelta(seconds=30)
    assert seconds(then.isoformat().replace("+00:00", "Z")) == pytest.approx(30, abs=2)
    assert seconds(str(int(time.time()) + 30)) == pytest.approx(30, abs=2)


def test_when_it_ends_nobody_waits_any_longer() -> None:
    """Neither for a server that asked for an hour, nor for those in flight; who comes later neither."""

    async def run() -> None:
        pacer = Pacer(1)
        went: list[int] = []

        async def work(number: int) -> None:
            async with pacer.turn(number, 1):
                went.append(number)

        pacer.refused(3600)
        waiting = [asyncio.create_task(work(number)) for number in range(3)]
        await asyncio.sleep(0.01)
        assert not went
        pacer.end()
        await asyncio.wait_for(asyncio.gather(*waiting, work(3)), 5)
        assert sorted(went) == [0, 1, 2, 3]
        assert pacer.in_flight == 0

    asyncio.run(run())


def test_a_server_that_asks_to_wait_no_time_is_not_asked_without_pause() -> None:
    """Retry-After: 0 with each 429, as a date that is past: the pause grows as if nothing were said."""
    pacer = Pacer(4, clock=lambda: 100.0)
    for _ in range(3):
        pacer.refused(0.0)
    assert pacer._until == 104.0
