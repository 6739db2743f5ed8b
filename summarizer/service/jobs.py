"""Running jobs: a few threads, each with an event loop of its own for the article it reads.

So an article whose grounding takes seconds of computing holds up neither the HTTP loop nor the deadlines of others.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar

from summarizer.api import Progress, asummarize
from summarizer.article import Article
from summarizer.brief import Brief, Usage
from summarizer.errors import SummarizerError
from summarizer.service.metrics import Metrics
from summarizer.service.problems import Problem, of_error
from summarizer.service.settings import Settings
from summarizer.service.store import Job, Status, Store

T = TypeVar("T")
log = logging.getLogger("summarizer.service")

_DISK_PAUSE: Final = 2.0
"""Seconds before what the disk did not take is written again."""
_LONGEST_RETRY: Final = 30
"""Seconds; what is known about the pace is an estimate."""


@dataclass(eq=False)
class Live:
    """A job that is not over, as those who wait for it see it."""

    id: str
    progress: Progress | None = None
    started: bool = False
    over: bool = False
    cancelled: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _task: asyncio.Task[Brief] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _watchers: set[asyncio.Event] = field(default_factory=set)

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """An event that is set at each change; for the HTTP loop only."""
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            yield changed
        finally:
            self._watchers.discard(changed)

    def wake(self) -> None:
        """Tell the watchers; in the HTTP loop only."""
        for changed in self._watchers:
            changed.set()

    def attach(self) -> None:
        """The task that calls this is the one that reads the article. Raises `CancelledError` when it need not."""
        with self._lock:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
            if self.cancelled:
                raise asyncio.CancelledError

    def stop(self) -> None:
        """Cancel the task, now or as soon as there is one."""
        with self._lock:
            self.cancelled = True
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # its loop is closed: it is done
                    self._loop.call_soon_threadsafe(self._task.cancel)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an article."""

    status: Status
    usage: Usage
    brief: str | None = None
    found: Problem | None = None


class Runner:
    """The jobs of a service at work."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Take up what waits in the store. Raises `sqlite3.Error`."""
        self.settings = settings
        self.store = store
        self.metrics = Metrics(lambda: self.running, lambda: self.queued)
        self.draining = False
        """Whether the service is stopping: nothing more is taken or started."""
        self._lock = threading.Lock()
        self._live: dict[str, Live] = {}
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._running = 0
        self._pace: float | None = None
        """Seconds that an article takes, of late; None before the first."""
        self._threads: list[threading.Thread] = []
        self._http: asyncio.AbstractEventLoop | None = None
        for job_id in store.recover():
            self._live[job_id] = Live(job_id)
            self._queue.put(job_id)

    # What the HTTP loop asks

    def start(self) -> None:
        """Begin to work; called in the HTTP loop."""
        self._http = asyncio.get_running_loop()
        for number in range(self.settings.concurrency):
            thread = threading.Thread(target=self._work, name=f"summarizer-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    @property
    def queued(self) -> int:
        """Jobs that wait."""
        return sum(not live.started for live in list(self._live.values()))

    @property
    def running(self) -> int:
        """Articles that are read now."""
        return self._running

    @property
    def most(self) -> int:
        """Jobs that may be open at a time."""
        return self.settings.queue + self.settings.concurrency

    @property
    def full(self) -> bool:
        """Whether no further job would be taken."""
        return len(self._live) >= self.most

    def retry_after(self, job_id: str) -> int:
        """Seconds after which it makes sense to ask for a job again: what waits before it is read by then."""
        ahead = 0
        for live in list(self._live.values()):
            if live.id == job_id:
                break
            ahead += not live.started
        return self._taken(ahead + 1)

    @property
    def retry_when_full(self) -> int:
        """Seconds after which many places are free; if all came back for the first one they would race for it."""
        return self._taken(self.queued // 4)

    def _taken(self, articles: int) -> int:
        seconds = (self._pace or 0) * articles / self.settings.concurrency
        return max(1, min(round(seconds), _LONGEST_RETRY))

    def live(self, job_id: str) -> Live | None:
        """A job that is not over; None for any other."""
        return self._live.get(job_id)

    def submit(self, article: str, fingerprint: str, key: str | None) -> Job:
        """Queue a job, or find the one its key was used for. Raises as `Store.submit`; writes to the disk."""
        with self._lock:
            job, new = self.store.submit(article, fingerprint, key, self.most)
            if new:
                self._live[job.id] = Live(job.id)
                self._queue.put(job.id)
        return job

    async def wait(self, job_id: str, seconds: float) -> None:
        """Return when a job is over, the service stops, or the time is up."""
        live = self.live(job_id)
        if live is None:
            return
        with suppress(TimeoutError), live.watched() as changed:
            async with asyncio.timeout(seconds):
                while not live.over and not self.draining:
                    await changed.wait()
                    changed.clear()

    def cancel(self, job_id: str) -> bool:
        """Cancel a job. False when it is over or not known; writes to the disk."""
        if not self.store.cancel(job_id):
            return False
        live = self._live.get(job_id)
        if live is not None:
            live.stop()
            self._end(live, "cancelled")
        return True

    # The end

    def drain(self) -> None:
        """Take and start nothing more, and let those who wait go; called in the HTTP loop."""
        if self.draining:
            return
        self.draining = True
        for _ in self._threads:
            self._queue.put(None)
        for live in list(self._live.values()):
            live.wake()

    def close(self) -> None:
        """Give what runs its time of grace; what is left then waits for the next start. Blocks."""
        end = time.monotonic() + self.settings.grace
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        for live in list(self._live.values()):
            live.stop()
        end = time.monotonic() + 1.0
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        try:
            self.store.give_back()
        except sqlite3.Error as error:
            log.error("what was read cannot be given back (%s); it is read again at the next start", error)
        self.store.close()

    # In the threads

    def _work(self) -> None:
        while (job_id := self._queue.get()) is not None and not self.draining:
            live = self._live.get(job_id)
            if live is None:
                continue
            try:
                self._run(live)
            except Exception as error:  # noqa: BLE001 - the thread goes on with the next
                log.error("job %s could not be kept: %s; it is read again at the next start", job_id, error)

    def _run(self, live: Live) -> None:
        article = self._written(lambda: self.store.start(live.id))
        if article is None:
            return
        started = time.monotonic()
        live.started = True
        with self._lock:
            self._running += 1
        try:
            outcome = self._outcome(live, article)
            seconds = time.monotonic() - started
            if self.settings.replay is None:
                self.metrics.spent(outcome.usage)
            if outcome.status == "cancelled":
                return
            kept = self._written(
                lambda: self.store.finish(live.id, outcome.status, brief=outcome.brief, found=outcome.found)
            )
            self.metrics.read(seconds)
            self._pace = seconds if self._pace is None else 0.8 * self._pace + 0.2 * seconds
            if kept:
                self._end(live, outcome.status)
        finally:
            with self._lock:
                self._running -= 1

    def _outcome(self, live: Live, article: str) -> Outcome:
        def report(progress: Progress) -> None:
            live.progress = progress
            self._tell(live)

        async def read() -> Brief:
            live.attach()
            return await asummarize(
                Article.from_json(article),
                model=self.settings.model,
                base_url=self.settings.base_url,
                replay=self.settings.replay,
                limits=self.settings.limits,
                progress=report,
            )

        def spent() -> Usage:
            return live.progress.usage if live.progress else Usage()

        try:
            brief = asyncio.run(read())
            status: Status = "complete" if brief.audit.complete else "incomplete"
            return Outcome(status, brief.provenance.usage, brief=brief.to_json())
        except asyncio.CancelledError:
            return Outcome("cancelled", spent())
        except Exception as error:
            if isinstance(error, SummarizerError):
                log.info("job %s: %s", live.id, error)
                usage = error.usage
            else:
                log.error("job %s: a bug: %s; -v shows where", live.id, type(error).__name__)
                log.info("traceback", exc_info=error)
                usage = spent()
            found = of_error(error).model_copy(update={"job": live.id})
            return Outcome("failed", usage, found=found)

    def _written(self, write: Callable[[], T]) -> T:
        """What a change of the store gives; while the disk does not take it, it is tried again."""
        while True:
            try:
                return write()
            except sqlite3.Error as error:
                if self.draining:
                    raise
                log.error("a job cannot be written (%s); trying again", error)
                time.sleep(_DISK_PAUSE)

    def _end(self, live: Live, status: Status) -> None:
        with self._lock:
            if self._live.pop(live.id, None) is None:
                return
        live.over = True
        self.metrics.over(status)
        self._tell(live)

    def _tell(self, live: Live) -> None:
        if self._http is not None:
            with suppress(RuntimeError):  # the HTTP loop is closed: nobody listens
                self._http.call_soon_threadsafe(live.wake)
