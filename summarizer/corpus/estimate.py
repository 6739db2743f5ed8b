"""What a batch will ask and cost, before anything is sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from summarizer import pipeline
from summarizer.brief import Usage
from summarizer.corpus import sources
from summarizer.corpus.desk import key_of
from summarizer.corpus.duplicates import Seen
from summarizer.corpus.ledger_file import is_ledger, opened, unusable
from summarizer.faults import BadAnswer

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.asking import Call
    from summarizer.corpus.batch import Batch
    from summarizer.model import LiveModel
    from summarizer.prompting import PlanName

_BYTES: Final = 4
"""UTF-8 bytes of messages and schema to a token: 3.9 to 4.3 in the recordings of the embedded model (its seeds)."""
_WRITTEN: Final = {"whole": 0.4, "windows": 0.1}
"""Tokens of an answer to a character of the sentences asked about; there 0.3 to 0.7, and 0.07 to 0.11."""
AGAIN: Final = 1.7
"""Calls to a planned one with the embedded model: 7.6 to 4.4 an article of the development set, 32 to 19 in its
recordings of the seeds. Entries that fail a check are sent back once, a bad answer is asked for again."""


@dataclass(slots=True)
class Estimate:
    """What is ahead."""

    inputs: int = 0
    articles: int = 0
    """To brief."""
    duplicates: int = 0
    unreadable: int = 0
    kept: int = 0
    """That the ledger has finished."""
    calls: int = 0
    """Planned calls."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    """None where the price is not known."""


def ahead(batch: Batch, live: LiveModel, told: Callable[[int], None]) -> tuple[Estimate, list[tuple[str, str]]]:
    """What a batch would ask, and the inputs that cannot be read: (place, reason). Nothing is sent or kept.

    `told` hears how many inputs have been looked at.
    """
    total, unreadable = Estimate(), []
    plan = live.preferred_plan if batch.settings.plan == "auto" else batch.settings.plan
    with closing(sqlite3.connect("")) as db, _kept(batch, live) as kept:
        seen = Seen(db)
        for one in sources.found(batch.inputs, columns=batch.columns, metadata=batch.metadata):
            total.inputs += 1
            told(total.inputs)
            if one.article is None:
                total.unreadable += 1
                unreadable.append((one.place, str(one.problem)))
            elif seen.original(total.inputs, one.article) is not None:
                total.duplicates += 1
            elif kept(one.article):
                total.kept += 1
            else:
                _add(total, one.article, plan, live.name)
    calls = max(1, total.calls)  # the price of a mean call: some depend on its length
    mean = Usage(calls=1, input_tokens=total.input_tokens // calls, output_tokens=total.output_tokens // calls)
    price = live.price(mean, batched=batch.engine.batched)
    total.cost_usd = None if price is None else price * total.calls
    return total, unreadable


@contextmanager
def _kept(batch: Batch, live: LiveModel) -> Iterator[Callable[[Article], bool]]:
    """Whether the ledger has finished an article; a ledger that is not there has none."""
    if not batch.ledger.exists():
        yield lambda article: False
        return
    try:
        with closing(opened(batch.ledger)) as db:
            db.execute("PRAGMA query_only=ON")
            kept = is_ledger(db)

            def finished(article: Article) -> bool:
                key = key_of(article, batch.settings, live)
                query = "SELECT 1 FROM articles WHERE key = ? AND state = 'complete'"
                return kept and db.execute(query, (key,)).fetchone() is not None

            yield finished
    except sqlite3.Error as error:
        raise unusable(batch.ledger, error) from error


def _add(total: Estimate, article: Article, plan: PlanName, model: str) -> None:
    total.articles += 1
    for call in planned_calls(article, plan, model):
        total.calls += 1
        asked = sum(len(message["content"].encode()) for message in call.messages)
        asked += len(json.dumps(call.draft.model_json_schema()))
        total.input_tokens += asked // _BYTES
        total.output_tokens += int(len(call.messages[-1]["content"]) * _WRITTEN[plan])


def planned_calls(article: Article, plan: PlanName, model: str) -> Iterator[Call]:
    """The planned calls about an article, none of them sent."""
    steps = pipeline.steps(pipeline.prepare(article, plan, model), plan)
    try:
        call = next(steps)
        while True:
            yield call
            call = steps.send(BadAnswer("it was not asked"))
    except StopIteration:
        return
