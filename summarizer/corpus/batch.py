"""One batch from its inputs to its outputs: take in, brief, write. The way through it can be read here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from summarizer import errors
from summarizer.brief import Brief
from summarizer.corpus import outputs, sources
from summarizer.corpus.desk import Desk
from summarizer.corpus.engine import Engine, Result, Settings, Tally
from summarizer.corpus.intake import Intake
from summarizer.corpus.ledger import Input, Ledger
from summarizer.errors import BudgetExceeded, SummarizerError, UnverifiedBrief, UsageError

if TYPE_CHECKING:
    from summarizer.model import LiveModel

log = logging.getLogger("summarizer.corpus")

_POLL: Final = 0.5
"""Seconds between two looks whether another process is done."""
_TOLD: Final = 0.2
"""Seconds between two reports of how far it is."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be done."""

    inputs: Sequence[str]
    output: Path
    settings: Settings
    engine: Engine
    ledger: Path
    rows: Path | None = None
    database: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    text: bool = True
    """Whether the articles' text stands in the briefs."""
    force: bool = False
    """Whether files are overwritten that this ledger did not write."""

    @property
    def targets(self) -> list[Path]:
        """The files that are written."""
        return [path for path in (self.output, self.rows, self.database) if path is not None]

    @property
    def name(self) -> str:
        """The name of the output in the ledger."""
        return _named(self.output)


@dataclass(frozen=True, slots=True)
class Done:
    """How a batch ended."""

    code: int
    """The exit code: that of the first input whose own was not 0."""
    stopped: str | None = None
    """Why it ended before its end."""
    interrupted: bool = False


def run(batch: Batch, live: LiveModel | None, tally: Tally, tick: Callable[[], None]) -> Done:
    """Brief every input once and write the outputs. `tick` is called some times a second: `tally` says how far it is.

    Raises `UsageError` before anything is read where the outputs cannot be written, and when the ledger fails.
    """
    with opened(batch) as ledger:
        desk = Desk(batch.settings, live, ledger, batch.name, tally)
        ledger.forget(batch.name).result()
        if asyncio.run(_brief_all(batch, desk, tick)):
            return Done(130, desk.stopped, interrupted=True)
        return Done(write_all(batch, desk, ledger.inputs(batch.name)), desk.stopped)


def write_all(batch: Batch, desk: Desk, inputs: Iterable[Input]) -> int:
    """Write what became of the inputs into the outputs, whole; the exit code is that of the first that is not 0."""

    def sealed(path: Path, sha256: str) -> None:
        desk.ledger.writes(path, sha256).result()  # before the file stands there: a kill between leaves it known

    code = 0
    with outputs.whole(batch.output, batch.rows, batch.database, text=batch.text, sealed=sealed) as write:
        for given in inputs:
            result, its = result_of(desk, given)
            write(result)
            code = code or its
    return code


@contextmanager
def opened(batch: Batch, *, grows: bool = False) -> Iterator[Ledger]:
    """The ledger of a batch whose outputs can be written. Raises `UsageError`."""
    files = batch.output, batch.rows, batch.database
    outputs.check_targets(*files, inputs=batch.inputs, ledger=batch.ledger, grows=grows)
    ledger = Ledger(batch.ledger)
    try:
        _hold(ledger, batch)
        for path in batch.targets:
            if path.exists() and not batch.force and not _written(ledger, path):
                raise UsageError(
                    f"{path} exists and was not written with this ledger ({batch.ledger}): "
                    "give another file, or --force to overwrite it"
                )
        yield ledger
    finally:
        ledger.close()


def _named(path: Path) -> str:
    """A path in UTF-8, in which names of files need not be."""
    return os.fsencode(path.resolve()).decode("utf-8", "backslashreplace")


def growing(path: Path) -> str:
    """The note that a file grows: a process follows its inputs."""
    return f"growing {_named(path)}"


def _hold(ledger: Ledger, batch: Batch) -> None:
    """Wait until no other process works on this output."""
    if ledger.hold(batch.name).result():
        return
    log.warning("another process writes %s: waiting for it", batch.output)
    while not ledger.hold(batch.name).result():
        time.sleep(_POLL)


def _written(ledger: Ledger, path: Path) -> bool:
    if ledger.note(growing(path)) is not None:
        return True  # it was killed while it followed: what stood there last is not known
    try:
        with path.open("rb") as stream:
            return ledger.wrote(path, file_digest(stream, "sha256").hexdigest())
    except OSError as error:
        raise UsageError(f"cannot write to {path}: {error.strerror or error}") from error


async def _brief_all(batch: Batch, desk: Desk, tick: Callable[[], None]) -> bool:
    """Take in the inputs and have the engine brief them. Returns whether it was interrupted."""
    with interruptible(desk) as interrupted:
        reporting = asyncio.create_task(ticking(tick))
        found = sources.found(
            batch.inputs,
            columns=batch.columns,
            metadata=batch.metadata,
            tell=log.warning,
            ended=lambda: not desk.reading,
        )
        taking = asyncio.create_task(asyncio.to_thread(Intake(desk, asyncio.get_running_loop()).all, found))
        try:
            if desk.has_live:
                await desk.live.connect()
            await batch.engine.run(desk)
            await taking
        except BaseException:
            desk.abandon("it failed")
            raise
        finally:
            reporting.cancel()
            with suppress(Exception):
                await taking
            if desk.has_live:
                await desk.live.aclose()
        return interrupted()


async def ticking(tick: Callable[[], None]) -> None:
    """Call it some times a second, for ever."""
    while True:
        tick()
        await asyncio.sleep(_TOLD)


@contextmanager
def interruptible(desk: Desk) -> Iterator[Callable[[], bool]]:
    """Stop the desk at the first Ctrl-C or SIGTERM: what is in flight is waited for. The second one ends it at once.

    The function it gives says whether it was interrupted.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    caught: list[int] = []

    def stop(number: int) -> None:
        caught.append(number)
        if len(caught) == 1:
            if flying := desk.pacer.in_flight:
                log.warning("waiting for %d answers that are under way; again to end at once", flying)
            desk.abandon("interrupted")
        elif task is not None:
            task.cancel()

    with ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, ValueError, RuntimeError):  # Windows; not the main thread
                loop.add_signal_handler(number, stop, number)
                stack.callback(loop.remove_signal_handler, number)
        try:
            yield lambda: bool(caught)
        except asyncio.CancelledError:
            if not caught:
                raise
            raise KeyboardInterrupt from None


def result_of(desk: Desk, given: Input) -> tuple[Result, int]:
    """What became of an input, and its exit code."""
    ledger = desk.ledger
    if given.duplicate_of is not None:
        first = ledger.input(desk.output, given.duplicate_of)
        return Result(
            given.external_id, given.place, duplicate_of=first.external_id if first else "", original=given.duplicate_of
        ), 0
    if given.key is None:
        error, detail = given.error or "InputError", given.detail
    else:
        outcome = ledger.outcome(given.key)
        if outcome is not None and outcome.brief is not None:
            try:
                brief = _kept_brief(outcome.brief, given)
            except UnverifiedBrief as broken:
                error, detail = "UnverifiedBrief", f"{broken}: the ledger was changed; a new one briefs it again"
                return Result(given.external_id, given.place, error=error, detail=detail), _exit_code(error)
            return Result(given.external_id, given.place, brief=brief), 0 if brief.audit.complete else 5
        if outcome is not None and outcome.error is not None:
            error, detail = outcome.error, outcome.detail
        else:
            stopping = desk.failing or BudgetExceeded(desk.stopped or "not read")
            error, detail = type(stopping).__name__, f"not read yet: {desk.stopped}"
    return Result(given.external_id, given.place, error=error, detail=detail), _exit_code(error)


def _kept_brief(kept: str, given: Input) -> Brief:
    """The brief that is kept of an input. Raises `UnverifiedBrief` for what is none, or that of another text."""
    brief = Brief.load(kept)
    if brief.article.id != given.content:
        raise UnverifiedBrief("not a verified brief: it is that of another article")
    return brief


def _exit_code(error: str) -> int:
    kind = getattr(errors, error, SummarizerError)
    return int(kind.exit_code)
