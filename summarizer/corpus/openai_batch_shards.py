"""The batches of a run over OpenAI's Batch API: sent, looked at, and taken in once they have ended.

A batch is never made twice. Before it is made, the ledger has its requests and the name that it carries in its
metadata; a process that comes after one that was killed finds it by that name, and only makes it where there is none.
"""

from __future__ import annotations

import json
import logging
import math
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from summarizer.corpus.engine import Work
from summarizer.corpus.ledger_file import all_committed, committed
from summarizer.corpus.openai_batch_api import Batch, Batches, Line, Manner, read_lines, rejection
from summarizer.corpus.openai_batch_waiting import Asked, Failure, Waiting
from summarizer.errors import ModelUnavailable
from summarizer.exchange import read_answer
from summarizer.faults import BadAnswer, Fault, Transport
from summarizer.plain import one_line, shorten

if TYPE_CHECKING:
    from summarizer.corpus.desk import Desk

log = logging.getLogger("summarizer.corpus")

RETRIES: Final = 3
"""Times that a request is sent again which a batch gave back without an answer."""
_KIND: Final = "openai-batch"
_REQUESTS: Final = "openai-batch-requests"
_TOGETHER: Final = 200
"""Answers that are kept at a time."""
_DAY: Final = 86_400.0


@dataclass(slots=True)
class _Shard:
    """A file of requests, and the batch that is made of it."""

    name: str
    file: str | None = None
    batch: str | None = None
    count: int = 0
    run: int = 0
    """Requests that were run."""
    most: float = 0.0
    """US dollars that it may cost at most."""


class Shards:
    """The batches that are under way. Not for two tasks at once."""

    def __init__(self, desk: Desk, api: Batches, waiting: Waiting, folder: Path, manner: Manner) -> None:
        self._desk = desk
        self._ledger = desk.ledger
        self._api = api
        self._waiting = waiting
        self._folder = folder
        self._manner = manner
        self._shards: list[_Shard] = []
        self._told: dict[str, object] = {}
        self._pause = manner.first
        self._silent: float | None = None  # since when the server could not be reached
        self._size = manner.most_requests
        self._hold, self._held_until, self._held_since = manner.full, 0.0, math.inf
        self._reserved = False  # whether the ceiling on cost is taken up by what is under way
        self.due = math.inf
        """When they are to be looked at, of `time.monotonic`."""
        self.ceiling = False
        """Whether the ceiling on cost leaves too little for the next request."""

    @property
    def under_way(self) -> int:
        """How many there are."""
        return len(self._shards)

    @property
    def names(self) -> str:
        """The batches as the server calls them."""
        return ", ".join(shard.batch or f"the file {shard.file}" for shard in self._shards)

    @property
    def may_send(self) -> bool:
        """Whether requests wait, and the server may take them."""
        return self._waiting.queued > 0 and not self.ceiling and not self._reserved and not self.held

    @property
    def held(self) -> float:
        """Seconds until the server may take requests that wait."""
        if not self._waiting.queued or self._reserved:
            return math.inf
        return max(0.0, self._held_until - time.monotonic())

    # Before a batch is made

    async def restore(self) -> None:
        """Go on with the batches that this ledger knows and no living process looks after."""
        for name, noted in (await committed(self._ledger.own_notes(_KIND))).items():
            if any(shard.name == name for shard in self._shards):
                continue
            shard = _Shard(**json.loads(noted))
            requests = (self._ledger.note(f"{_REQUESTS} {name}") or "").split()
            if shard.file is None:  # it was never sent
                await all_committed(self._ledger.lost(request, "the process ended") for request in requests)
                await self._forget(shard)
                continue
            self._waiting.restore(name, requests)
            shard.count = len(requests)
            self._begin(shard)
            log.info("going on with %s of %d requests", shard.batch or f"the file {shard.file}", shard.count)

    async def send(self, *, whole: bool = False) -> None:
        """Send what waits; `whole` only as much as fills a batch."""
        while self.may_send and self._desk.stopped is None:
            if whole and self._waiting.queued < self._size and self._waiting.size < self._manner.most_bytes:
                return
            if not await self._send():
                return

    async def _send(self) -> bool:
        """Send one batch. False where nothing may go at this time."""
        shard = _Shard(uuid.uuid4().hex)
        path = self._folder / f"{shard.name}.jsonl"
        try:
            requests = await self._write(shard, path)
            if not requests:
                return False
            await self._note(shard)
            await committed(self._ledger.set_note(f"{_REQUESTS} {shard.name}", "\n".join(requests)))
            try:
                shard.file = await self._api.upload(path, f"summarizer-{shard.name}")
            except Fault as fault:
                await self._unsent(shard, requests, fault)
                return False
        finally:
            path.unlink(missing_ok=True)
        self._silent = None
        # from here on it counts as sent, whatever becomes of this process
        await committed(self._ledger.sent(*requests))
        await committed(self._ledger.pass_on(*requests))
        await self._note(shard)
        self._begin(shard)
        return await self._make(shard)

    async def _write(self, shard: _Shard, path: Path) -> list[str]:
        """Draw requests into a batch and write its file; their intent is in the ledger then."""
        requests: list[str] = []
        with path.open("xb") as file:
            await all_committed(self._drawn(shard, requests, file))
        shard.count = len(requests)
        return requests

    def _drawn(self, shard: _Shard, requests: list[str], file: BinaryIO) -> Iterator[Future[bool]]:
        """The intents of the requests that are drawn."""
        size = 0
        while len(requests) < self._size and (asked := self._waiting.next()) is not None:
            size += len(asked.line)
            if (requests and size > self._manner.most_bytes) or not self._affordable(asked, shard):
                return
            self._waiting.put(asked, shard.name)
            file.write(asked.line)
            requests.append(asked.request)
            yield self._ledger.intend(asked.article, asked.request, asked.label, alone=False)

    def _affordable(self, asked: Asked, shard: _Shard) -> bool:
        """Whether a request fits under the ceiling on cost, whatever those under way may cost; then it is reserved."""
        ceiling = self._desk.settings.max_cost
        if ceiling is None:
            return True
        reserved = shard.most + sum(other.most for other in self._shards)
        if self._desk.spent + reserved + asked.most <= ceiling:
            shard.most += asked.most
            return True
        self._reserved = bool(self._shards or shard.most)
        self.ceiling = not self._reserved
        return False

    async def _unsent(self, shard: _Shard, requests: list[str], fault: Fault) -> None:
        """The file did not go up: its requests wait again, or the run ends."""
        for request in requests:
            self._waiting.again(request, tried=False)
        await all_committed(self._ledger.lost(request, str(fault)) for request in requests)
        await self._forget(shard)
        self._unreached(fault)
        self._held_until = time.monotonic() + self._manner.longest

    async def _make(self, shard: _Shard) -> bool:
        """Make the batch of a file that went up. False where it is not known to be made."""
        assert shard.file is not None
        try:
            batch = await self._api.create(shard.file, shard.name)
        except Fault as fault:
            await self._fault(shard, fault)
            return False
        await self._made(shard, batch)
        return True

    async def _made(self, shard: _Shard, batch: Batch) -> None:
        shard.batch = batch.id
        await self._note(shard)
        log.info("%s: %d requests", batch.id, shard.count)

    def _begin(self, shard: _Shard) -> None:
        self._shards.append(shard)
        self._pause = self._manner.first
        self.due = time.monotonic() + self._pause
        self._tell()

    async def _note(self, shard: _Shard) -> None:
        await committed(self._ledger.set_own_note(_KIND, shard.name, json.dumps(asdict(shard))))

    async def _forget(self, shard: _Shard) -> None:
        """There is nothing more to come of it."""
        if shard in self._shards:
            self._shards.remove(shard)
            self._tell()
        self._reserved = False
        await committed(self._ledger.set_note(f"{_REQUESTS} {shard.name}", None))
        await committed(self._ledger.set_own_note(_KIND, shard.name, None))

    def _tell(self) -> None:
        self._desk.tally.in_flight = self._desk.tally.pace = sum(shard.count - shard.run for shard in self._shards)

    # While it is under way

    async def look(self) -> None:
        """Look at those that are under way, where it is time, and take in what has ended."""
        if time.monotonic() < self.due:
            return
        for shard in list(self._shards):
            if self._desk.stopped is not None:
                break
            try:
                batch = await self._seen(shard)
            except Fault as fault:
                await self._fault(shard, fault)
                continue
            self._silent = None
            if batch is not None:
                self._say(shard, batch)
                if batch.ended:
                    await self._take_in(shard, batch)
        self._pause = min(self._pause * 1.5, self._manner.longest)
        self.due = time.monotonic() + self._pause if self._shards else math.inf

    async def _seen(self, shard: _Shard) -> Batch | None:
        """How far a batch is; one that may have been made is found, or made."""
        if shard.batch is not None:
            return await self._api.look(shard.batch)
        found = await self._api.marked(shard.name)
        if found is None:
            await self._make(shard)
            return None
        await self._made(shard, found)
        return found

    async def _fault(self, shard: _Shard, fault: Fault) -> None:
        """Something went wrong with a batch that may be under way."""
        if isinstance(fault, Transport | BadAnswer) or fault.everywhere:
            self._unreached(fault)
        else:  # it is refused, or not there any more
            await self._drop(shard, f"{shard.batch or 'the batch'} is lost: {fault}")

    def _unreached(self, fault: Fault) -> None:
        """Stop where the server cannot be reached for long, or rejects everything."""
        now = time.monotonic()
        self._silent = now if self._silent is None else self._silent
        left = self._desk.settings.limits.timeout - (now - self._silent)
        if fault.everywhere or left <= 0 or not isinstance(fault, Transport | BadAnswer):
            self._desk.stop(str(fault), ModelUnavailable(f"{fault}; what is under way there is taken up next time"))
        else:
            log.warning("%s; trying again", fault)

    def _say(self, shard: _Shard, batch: Batch) -> None:
        completed, failed, total = batch.counts
        shard.run = min(shard.count, max(0, completed + failed))
        self._tell()
        if self._told.get(batch.id) != (batch.status, batch.counts):
            self._told[batch.id] = (batch.status, batch.counts)
            log.info("%s: %s, %d of %d requests done, %d failed", batch.id, batch.status, completed, total, failed)

    # Once it has ended

    async def _take_in(self, shard: _Shard, batch: Batch) -> None:
        """Keep what a batch answered; what it did not answer is sent again, or has failed."""
        if batch.full:
            await self._not_taken(shard, batch)
            return
        for number, file in enumerate(batch.files):
            path = self._folder / f"{shard.name}.{number}"
            try:
                await self._api.download(file, path)
                await self._read(shard, path)
            except Fault as fault:
                await self._fault(shard, fault)
                return  # it is taken in at the next look, but for what is in the ledger
            finally:
                path.unlink(missing_ok=True)
        place = self._desk.live.endpoint
        if batch.status == "failed":
            await self._drop(shard, f"{place} did not take {batch.id}: {batch.problem or 'no reason given'}")
        elif batch.status == "cancelled":
            await self._drop(shard, f"{batch.id} was cancelled at {place}; the next run sends again what it left")
        else:
            why = "it expired" if batch.status == "expired" else "it came back without an answer"
            for request in self._waiting.in_batch(shard.name):
                await self._again(request, Failure(0, why), why)
            await self._forget(shard)
        self._told.pop(batch.id, None)
        self._size = min(self._manner.most_requests, self._size * 2)
        self._hold, self._held_until, self._held_since = self._manner.full, 0.0, math.inf

    async def _read(self, shard: _Shard, path: Path) -> None:
        """Take up the lines of a file of answers or errors, a few hundred at a time."""
        kept: dict[str, Future[None]] = {}
        redaction = self._desk.live.redaction
        for line in read_lines(path):
            if line.request in kept or not self._waiting.holds(shard.name, line.request):
                continue  # a request that is none of ours, or that is answered already
            if line.answer is None:
                await self._unanswered(line._replace(said=redaction.text(line.said)))
            elif self._ledger.answer(line.request) is not None:  # taken in before the process was killed
                self._waiting.settle(line.request)
            else:
                kept[line.request] = self._keep(line.request, line.answer)
            if len(kept) >= _TOGETHER:
                await self._settle(kept)
        await self._settle(kept)

    def _keep(self, request: str, body: dict[str, Any]) -> Future[None]:
        raw = self._desk.live.redaction.data(body)
        answer = read_answer(raw)
        cost = self._desk.live.price(answer.usage, batched=True) if answer.counted else None
        self._desk.count(answer.usage, cost)
        return self._ledger.answered(request, raw, answer.usage if answer.counted else None, cost)

    async def _settle(self, kept: dict[str, Future[None]]) -> None:
        """Wait until answers are on the disk; then the articles that wait for them may go on."""
        await all_committed(kept.values())
        for request in kept:
            self._waiting.settle(request)
        kept.clear()

    async def _unanswered(self, line: Line) -> None:
        """A line that holds an error: some pass, others stay."""
        failure = Failure(line.status, line.said)
        if line.status == 0:
            if line.said != "batch_cancelled":
                await self._again(line.request, failure, line.said)
            return
        fault = rejection(self._desk.live, line.status, line.said)
        if isinstance(fault, Transport):
            await self._again(line.request, failure, str(fault))
            self._desk.tally.limited += fault.limited
        else:
            await committed(self._ledger.lost(line.request, str(fault)))
            self._waiting.fail(line.request, failure)

    async def _again(self, request: str, failure: Failure, why: str) -> None:
        """Send a request again that came back without an answer, unless that was too often."""
        await committed(self._ledger.lost(request, shorten(one_line(why), 200)))
        self._desk.tally.retries += 1
        tries = self._waiting.again(request)
        if tries > RETRIES:
            self._waiting.fail(request, failure)

    async def _drop(self, shard: _Shard, reason: str) -> None:
        """Nothing more comes of a batch: what waits for it has failed."""
        log.warning("%s", reason)
        await all_committed(self._ledger.lost(request, reason) for request in self._waiting.in_batch(shard.name))
        while (work := self._waiting.concerned(shard.name)) is not None:
            await self._desk.fail(Work(work, self._ledger.article(work)), ModelUnavailable(reason))
        for request in self._waiting.in_batch(shard.name):
            self._waiting.again(request)  # nobody waits for it: it is dropped
        await self._forget(shard)

    async def _not_taken(self, shard: _Shard, batch: Batch) -> None:
        """Too much waits at the server already: send less, and later."""
        now = time.monotonic()
        self._held_since = min(self._held_since, now)
        if now - self._held_since > _DAY:
            await self._drop(shard, f"{self._desk.live.endpoint} took no batch for a day: {batch.problem}")
            return
        self._size = max(1, shard.count // 2)
        self._held_until, self._hold = now + self._hold, min(self._hold * 2, 10 * self._manner.full)
        log.warning("%s; waiting, then sending %d requests at a time", batch.problem, self._size)
        await all_committed(self._ledger.lost(request, "not taken") for request in self._waiting.in_batch(shard.name))
        for request in self._waiting.in_batch(shard.name):
            self._waiting.again(request, tried=False)
        await self._forget(shard)
