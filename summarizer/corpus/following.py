"""A batch without end: what arrives in a folder or a feed is briefed, each article once, and its line is added."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from hashlib import file_digest
from itertools import count
from typing import TYPE_CHECKING

from summarizer.corpus import outputs
from summarizer.corpus.batch import Batch, Done, growing, interruptible, opened, result_of, ticking, write_all
from summarizer.corpus.desk import Desk
from summarizer.corpus.intake import Intake
from summarizer.corpus.watching import arrivals

if TYPE_CHECKING:
    from summarizer.corpus.engine import Tally
    from summarizer.corpus.ledger import Input
    from summarizer.model import LiveModel


def follow(batch: Batch, live: LiveModel | None, tally: Tally, tick: Callable[[], None], every: float = 2.0) -> Done:
    """Brief what is there and what arrives, looking every so many seconds, until it is interrupted.

    The outputs hold a line for each input, in the order of their arrival. Raises `UsageError` as `batch.run`.
    """
    with opened(batch, grows=True) as ledger:
        desk = Desk(batch.settings, live, ledger, batch.name, tally)
        for path in batch.targets:
            ledger.set_note(growing(path), "yes").result()
        try:
            interrupted = asyncio.run(_follow(batch, desk, tick, every))
        finally:
            for path in batch.targets:
                if path.exists():
                    with path.open("rb") as stream:
                        ledger.writes(path, file_digest(stream, "sha256").hexdigest()).result()
                ledger.set_note(growing(path), None).result()
        return Done(130 if interrupted else 4, desk.stopped, interrupted=interrupted)


async def _follow(batch: Batch, desk: Desk, tick: Callable[[], None], every: float) -> bool:
    with interruptible(desk) as interrupted:
        intake = Intake(desk, asyncio.get_running_loop())
        await asyncio.to_thread(intake.resume)
        if desk.has_live:
            await desk.live.connect()
        done = list(_settled(desk, 1))
        await asyncio.to_thread(write_all, batch, desk, done)
        reporting = asyncio.create_task(ticking(tick))
        taking = asyncio.create_task(_take_in(batch, desk, intake, every))
        adding = asyncio.create_task(_add(batch, desk, len(done) + 1))
        adding.add_done_callback(lambda _: desk.stop("no line can be added"))
        try:
            await batch.engine.run(desk)
        except BaseException:
            desk.stop("it failed")
            raise
        finally:
            reporting.cancel()
            taking.cancel()
            with suppress(asyncio.CancelledError):
                await taking
            desk.tally.all_read = True
            desk.changed.set()
            await adding
            if desk.has_live:
                await desk.live.aclose()
        return interrupted()


async def _take_in(batch: Batch, desk: Desk, intake: Intake, every: float) -> None:
    known = partial(desk.ledger.known, batch.name)
    try:
        async for found in arrivals(
            batch.inputs, every=every, known=known, columns=batch.columns, metadata=batch.metadata
        ):
            await asyncio.to_thread(intake.take, found)
    except Exception as error:
        desk.stop(f"the inputs cannot be followed: {error}")
        raise


async def _add(batch: Batch, desk: Desk, number: int) -> None:
    """Add the lines from an input's number on, each as soon as it and all before it are settled."""
    with outputs.growing(batch.output, batch.rows, batch.database, text=batch.text) as write:
        while True:
            ended = desk.tally.all_read
            desk.changed.clear()
            for given in _settled(desk, number):
                result, _ = result_of(desk, given)
                write(result)
                number = given.number + 1
            if ended:
                return
            await desk.changed.wait()


def _settled(desk: Desk, first: int) -> Iterator[Input]:
    """The inputs from a number on of which it is known what became, up to the first of which it is not."""
    for number in count(first):
        given = desk.ledger.input(desk.output, number)
        if given is None:
            return
        if given.key is not None:
            outcome = desk.ledger.outcome(given.key)
            if outcome is None or outcome.state == "waiting":
                return
        yield given
