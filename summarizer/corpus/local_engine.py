"""The engine of one machine: asyncio, many articles at a time, as many requests in flight as the desk lets go."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from summarizer.api import asummarize
from summarizer.errors import SummarizerError

if TYPE_CHECKING:
    from summarizer.corpus.desk import Desk
    from summarizer.corpus.engine import Work


class LocalEngine:
    """Briefs articles in this process."""

    async def run(self, desk: Desk) -> None:
        """Brief every article that the desk gives."""
        # An article has one request in flight at a time, and none while it is checked: a few more fill the gaps.
        readers = desk.settings.concurrency + desk.settings.concurrency // 4
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(readers):
                    group.create_task(_read(desk))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None


async def _read(desk: Desk) -> None:
    while work := await desk.take():
        await brief(desk, work)


async def brief(desk: Desk, work: Work) -> None:
    """Brief one article, and tell the desk what became of it."""
    settings = desk.settings
    if settings.replay is not None:
        try:
            made = await asummarize(work.article, model=settings.model, plan=settings.plan, replay=settings.replay)
        except SummarizerError as error:
            await desk.fail(work, error)
        else:
            await desk.finish(work, made)
        return
    model = desk.model(work)
    try:
        made = await asummarize(work.article, model=model, plan=settings.plan, limits=settings.limits)
    except SummarizerError as error:
        await desk.fail(work, error, tuple(model.bad))
    else:
        await desk.finish(work, made, tuple(model.bad))
