"""The engine of one machine: asyncio, many articles at a time, as many requests in flight as the desk lets go.

With many requests in flight, checking what comes back takes more than a core: then readers do it (readers.py).
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, ClassVar, Final

from summarizer.api import asummarize
from summarizer.corpus.engine import Made
from summarizer.corpus.readers import Read, Readers, bug
from summarizer.errors import SummarizerError

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.corpus.desk import Desk
    from summarizer.corpus.engine import Settings, Work
    from summarizer.corpus.ledger_model import LedgerModel

FLYING: Final = 32
"""Requests in flight to a reader: answered in a second each, they leave it half of its core; below there is none."""


class LocalEngine:
    """Briefs articles in this process and its readers."""

    batched: ClassVar[bool] = False

    def __init__(self, readers: int | None = None) -> None:
        """With so many readers; None takes as many as the requests in flight need."""
        self._readers = readers

    async def run(self, desk: Desk) -> None:
        """Brief every article that the desk gives."""
        concurrency = desk.settings.concurrency
        count = self._readers
        if count is None:
            count = min(concurrency // FLYING, os.cpu_count() or 1) if desk.has_live and not desk.live.steady else 0
        readers = Readers(count, desk.live, desk.settings) if count else None
        try:
            async with asyncio.TaskGroup() as group:
                # an article has no request in flight while it is checked: others fill the gaps
                for _ in range(2 * concurrency):
                    group.create_task(_read(desk, readers))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            if readers is not None:
                readers.close()


async def _read(desk: Desk, readers: Readers | None) -> None:
    while work := await desk.take():
        read = await _brief(desk, work, readers)
        if read.made is not None:
            await desk.finish(work, read.made, read.bad)
        else:
            assert read.error is not None
            await desk.fail(work, read.error, read.bad)


async def _brief(desk: Desk, work: Work, readers: Readers | None) -> Read:
    """Brief one article."""
    if not desk.has_live:
        return await _summarized(work.article, desk.settings, None)
    model = desk.model(work)
    if readers is None:
        return await _summarized(work.article, desk.settings, model)
    return await readers.read(work.article, model)


async def _summarized(article: Article, settings: Settings, model: LedgerModel | None) -> Read:
    bad: set[str] = model.bad if model else set()
    try:
        if model is None:
            named = {"model": settings.model, "replay": settings.replay}
            brief = await asummarize(article, plan=settings.plan, **named)  # type: ignore[arg-type]
        else:
            brief = await asummarize(article, model=model, plan=settings.plan, limits=settings.limits)
    except SummarizerError as error:
        return Read(tuple(bad), error=error)
    except Exception as error:  # noqa: BLE001 - one article must not end a batch
        return Read((), error=bug(error))
    return Read(tuple(bad), Made.of(brief))
