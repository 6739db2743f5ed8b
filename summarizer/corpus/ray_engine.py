"""The engine of a Ray cluster: Ray Data reads the articles from Parquet, and a pool of workers briefs them.

The workers stand on the public API (`ray_worker.py`). This process alone reads and writes the ledger: a row goes out
with the answers that are kept, and comes back with a brief and the new answers. What was under way on the cluster when
this process is killed is lost, and the next run sends it again.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlsplit

from summarizer.brief import Brief
from summarizer.corpus import ray_cluster
from summarizer.corpus.engine import Made
from summarizer.corpus.ledger_file import committed
from summarizer.corpus.ray_worker import Briefer, Leave, Outcome, Row, Sent, orders, outgoing
from summarizer.errors import ModelUnavailable, SummarizerError, UnverifiedBrief, UsageError
from summarizer.exchange import read_answer
from summarizer.plain import shorten

if TYPE_CHECKING:
    from summarizer.corpus.desk import Desk
    from summarizer.corpus.engine import Work
    from summarizer.corpus.ray_worker import Orders
    from summarizer.providers import ModelName

SHARE: Final = 8
"""Articles that one worker reads at a time, where there is room for so many workers. Checking one takes a tenth of a
second of a core."""
TRIES: Final = 3
"""Times that an article is begun in a run, where the workers that have it die."""
_MOST: Final = 1_000
"""Articles of a round, at least: they are held in memory, and claimed from other processes."""
_MOST_TEXT: Final = 50_000_000
"""Characters of a round, at most."""
_SHARD: Final = 64
"""Articles of a Parquet file."""
_GAP = 1.0
"""Seconds without a new article that end a round which has some."""
_LOOK = 0.2
"""Seconds between looks at whether the batch is stopped."""


class RayEngine:
    """Briefs articles on a Ray cluster."""

    batched: ClassVar[bool] = False

    def __init__(self) -> None:
        """Raises `UsageError` where Ray is not installed."""
        ray_cluster.check_installed()

    async def run(self, desk: Desk) -> None:
        """Brief every article that the desk gives, a round of many at a time.

        Raises `UsageError` for what cannot be run there, and `ModelUnavailable` when the cluster fails.
        """
        check_model(desk.live.spec)
        concurrency = desk.settings.concurrency
        workers = min(-(-concurrency // SHARE), ray_cluster.most_workers())
        given = orders(desk.live, desk.settings.plan, desk.settings.limits, concurrency // workers)
        desk.tally.pace = workers * given.share
        with ExitStack() as stack:
            # what Ray starts ends with the thread that started it; the loop keeps its threads
            opening = asyncio.create_task(asyncio.to_thread(stack.enter_context, ray_cluster.connected(workers)))
            try:
                cluster = await asyncio.shield(opening)
                await _Run(desk, cluster.shards, workers, given).rounds()
            finally:
                with suppress(BaseException):
                    await opening  # a thread cannot be stopped
                desk.tally.in_flight = 0
                await asyncio.to_thread(stack.close)


def check_model(spec: ModelName) -> None:
    """Raise `UsageError` for what is of one machine."""
    if spec.provider == "local":
        raise UsageError("the embedded model has one machine: use --engine local, or name a server with --base-url")
    if spec.base_url and "@" in urlsplit(spec.base_url).netloc:
        raise UsageError(
            "a password in --base-url would be stored by Ray: set SUMMARIZER_API_KEY where Ray's workers are started"
        )


class Gate:
    """An actor on the cluster: it lets the workers of one round begin articles."""

    def __init__(self) -> None:
        self.closed = False
        self.begun: Counter[str] = Counter()

    def close(self) -> None:
        """From now on, let none begin."""
        self.closed = True

    def suspect(self, key: str) -> bool:
        """Whether an article that is to be begun was begun before: the worker that had it died."""
        return key in self.begun

    def leave(self, key: str) -> Leave:
        """Whether an article may be begun; then it counts as begun."""
        if self.closed:
            return "closed"
        self.begun[key] += 1
        return "given" if self.begun[key] <= TRIES else "spent"


@dataclass(frozen=True, slots=True)
class AtGate:
    """Asks a gate, from a worker's event loop."""

    gate: Any

    async def suspect(self, key: str) -> bool:
        """Whether a worker died that had the article."""
        return bool(await asyncio.wrap_future(self.gate.suspect.remote(key).future()))

    async def leave(self, key: str) -> Leave:
        """Whether the article may be begun; then it counts as begun."""
        said: Leave = await asyncio.wrap_future(self.gate.leave.remote(key).future())
        return said


class _Run:
    """One batch on a cluster."""

    def __init__(self, desk: Desk, shards: str, workers: int, given: Orders) -> None:
        import ray

        self.desk = desk
        self.shards = shards
        self.workers = workers
        self.orders = given
        self.dearest = 0.0
        """US dollars, of one article."""
        self.gates = ray.remote(Gate).options(num_cpus=0, max_restarts=-1, max_task_retries=-1)

    async def rounds(self) -> None:
        """Brief all that the desk gives."""
        async for works in _rounds(self.desk, max(_MOST, 32 * self.desk.settings.concurrency)):
            self._hold_ceiling(0.0)
            if self.desk.stopped is not None:
                for work in works:
                    await self.desk.release(work)
                continue
            gate = self.gates.remote()
            watching = asyncio.create_task(self._watch(gate))
            try:
                await self._round({work.key: work for work in works}, gate)
            finally:
                watching.cancel()

    async def _watch(self, gate: Any) -> None:
        """Close the gate when the batch is stopped: what is under way is finished, what waits comes back at once."""
        while self.desk.stopped is None:
            await asyncio.sleep(_LOOK)
        await asyncio.wrap_future(gate.close.remote().future())

    async def _round(self, works: dict[str, Work], gate: Any) -> None:
        rows = [outgoing(work, self.desk.ledger.answers(key)) for key, work in works.items()]
        folder = await asyncio.to_thread(_write, self.shards, rows)
        del rows
        coming = await asyncio.to_thread(self._briefed, folder, gate, len(works))
        while (row := await asyncio.to_thread(_next, coming)) is not None:
            if work := works.pop(row["key"], None):  # one that was done twice, as a node was lost, counts once
                await self._settle(work, Outcome.read(row), len(works))

    def _briefed(self, folder: str, gate: Any, count: int) -> Iterator[Row]:
        """Have the `count` articles of a folder briefed; gives the rows that come back, as they come."""
        from ray.data import ActorPoolStrategy, DataContext, read_parquet

        context = DataContext.get_current().copy()
        context.enable_progress_bars = False
        # with Ray's own two, blocks of one article come at ten a second
        context._max_num_blocks_in_streaming_gen_buffer = 2 * self.orders.share * self.workers
        with DataContext.current(context):
            # a block is what goes to a worker and comes back at once: one article
            articles = read_parquet(folder).repartition(target_num_rows_per_block=1)
            pool = ActorPoolStrategy(
                min_size=1,
                max_size=self.workers,
                initial_size=min(self.workers, -(-count // self.orders.share)),
                max_concurrent_calls_per_actor=self.orders.share,
                max_tasks_in_flight_per_actor=2 * self.orders.share,  # a queue that is full brings another worker
            )
            briefed = articles.map(
                Briefer,
                fn_constructor_args=(self.orders, AtGate(gate)),
                compute=pool,
                num_cpus=ray_cluster.CPUS,
            )
            # fetched ahead, a row would wait for the next one
            batches = iter(briefed.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0))
        return (row for batch in batches for row in batch.to_pylist())

    async def _settle(self, work: Work, outcome: Outcome, waiting: int) -> None:
        """Commit what came back with one row."""
        desk = self.desk
        before = desk.spent
        for sent in outcome.sent:
            await self._keep(work, sent)
        desk.tally.kept_answers += outcome.kept
        desk.tally.in_flight = min(waiting, desk.tally.pace)
        self._hold_ceiling(desk.spent - before)
        if outcome.hopeless:
            desk.stop(outcome.hopeless, ModelUnavailable(outcome.hopeless))
        if outcome.left or outcome.hopeless:
            await desk.release(work)
        elif outcome.brief is None:
            await desk.fail(work, outcome.failure(), outcome.bad)
        else:
            try:
                brief = Brief.load(outcome.brief, work.article)
            except UnverifiedBrief as error:
                await desk.fail(work, error, outcome.bad)
            else:
                await desk.finish(work, Made.of(brief), outcome.bad)

    async def _keep(self, work: Work, sent: Sent) -> None:
        desk, ledger = self.desk, self.desk.ledger
        ledger.intend(work.key, sent.request, sent.label, alone=False)
        ledger.sent(sent.request)
        if sent.lost is not None:
            await committed(ledger.lost(sent.request, sent.lost))
            desk.tally.retries += 1
            return
        answer = read_answer(sent.raw)
        cost = desk.live.price(answer.usage) if answer.counted else None
        await committed(ledger.answered(sent.request, sent.raw, answer.usage if answer.counted else None, cost))
        desk.count(answer.usage, cost)

    def _hold_ceiling(self, cost: float) -> None:
        """Stop where the articles under way, each as dear as the dearest so far, could go beyond the ceiling."""
        self.dearest = max(self.dearest, cost)
        ceiling = self.desk.settings.max_cost
        if ceiling is not None and self.desk.spent + self.dearest * self.desk.tally.in_flight >= ceiling:
            self.desk.stop(f"the ceiling of {ceiling:g} USD leaves too little for another article: raise --max-cost")


async def _rounds(desk: Desk, most: int) -> AsyncIterator[list[Work]]:
    """What the desk gives, in rounds: one ends where it is full, or where no article comes for a while."""
    taking: asyncio.Task[Work | None] | None = None
    try:
        while True:
            works: list[Work] = []
            text = 0
            while len(works) < most and text < _MOST_TEXT:
                taking = taking or asyncio.create_task(desk.take())
                await asyncio.wait((taking,), timeout=_GAP if works else None)
                if not taking.done():
                    break
                work, taking = taking.result(), None
                if work is None:
                    if works:
                        yield works
                    return
                works.append(work)
                text += len(work.article.text)
            yield works
    finally:
        if taking is not None:
            taking.cancel()


def _write(shards: str, rows: list[Row]) -> str:
    """Write rows as Parquet files; gives their folder."""
    import pyarrow
    import pyarrow.parquet
    from pyarrow.fs import FileSystem

    folder = f"{shards}/{uuid.uuid4().hex}"
    files, path = FileSystem.from_uri(folder)
    files.create_dir(path)
    for first in range(0, len(rows), _SHARD):
        table = pyarrow.Table.from_pylist([dict(row) for row in rows[first : first + _SHARD]])
        pyarrow.parquet.write_table(table, f"{path}/{first:09}.parquet", filesystem=files)
    return folder


def _next(coming: Iterator[Row]) -> Row | None:
    """The next row that comes back. Raises `ModelUnavailable` when the cluster fails."""
    try:
        return next(coming, None)
    except SummarizerError:
        raise
    except Exception as error:
        raise ModelUnavailable(
            f"the Ray cluster failed: {shorten(str(error), 300)}; the same command goes on with what is not finished"
        ) from error
