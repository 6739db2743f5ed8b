"""Cassettes as lines of text: what was recorded, and single exchanges as a person reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from summarizer.cassette import Cassette, Exchange, Run
from summarizer.exchange import read_answer, read_question

_COLUMNS = ("DATE", "PLAN", "EXCHANGES", "PROMPT", "SCHEMA", "LICENCE", "MODEL", "CASSETTE")


def table(runs: Sequence[tuple[Path, Run]]) -> Iterator[str]:
    """A line for each run, under a head."""
    rows = [_COLUMNS, *(_row(path, run) for path, run in runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(path: Path, run: Run) -> tuple[str, ...]:
    values = (run.date, run.plan, run.exchanges, run.prompt, run.schema, run.licence, run.model, path)
    return tuple(map(str, values))


def exchanges(cassette: Cassette, only: int | None = None) -> Iterator[str]:
    """Every exchange of a cassette, or the one of a number from 1: its prompt, the answer, the usage.

    Messages that stand in an earlier exchange of the cassette are named, not repeated, unless one is asked for.
    """
    number, shown = 0, dict[str, int]()
    for run in cassette.runs:
        recorded = cassette.of(run)
        if only is None or number < only <= number + len(recorded):
            yield from _provenance(run)
        for exchange in recorded:
            number += 1
            if only in (None, number):
                yield f"exchange {number} of {len(cassette.exchanges)}: {exchange.method} {exchange.path}"
                yield from _exchange(exchange, number, shown if only is None else {})
                yield ""


def _provenance(run: Run) -> Iterator[str]:
    article = " · ".join(value for name, value in run.about.items() if name != "language")
    yield f"{run.model} · plan {run.plan} · recorded {run.date} · prompt {run.prompt} · schema {run.schema}"
    yield f"article {run.article[:16]}{f' · {article}' if article else ''} · licence {run.licence}"
    for lost in run.lost:
        yield f"after exchange {lost.after} no answer came: {lost.said}"
    yield ""


def _exchange(exchange: Exchange, number: int, shown: dict[str, int]) -> Iterator[str]:
    question = read_question(exchange.request)
    yield f"  {', '.join(f'{name} {value}' for name, value in sorted(question.parameters.items()))}"
    for role, content in question.messages:
        if first := shown.get(content):
            yield f"  {role}: as in exchange {first}"
            continue
        shown[content] = number
        yield f"  {role}:"
        yield from _indented(content)
    if exchange.status >= 300:
        yield f"  answered with status {exchange.status}:"
        said = exchange.response
        yield from _indented(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, indent=1))
        return
    answer = read_answer(exchange.response)
    yield f"  answer ({answer.finish}):"
    yield from _indented(_entries(answer.content) if answer.content else answer.refusal or "(nothing)")
    usage = answer.usage
    cached = f" ({usage.cached_tokens:,} from its cache)" if usage.cached_tokens else ""
    yield f"  usage: {usage.input_tokens:,} tokens in{cached}, {usage.output_tokens:,} out"


def _entries(content: str) -> str:
    """A draft with an entry a line; whatever else the model wrote as it is."""
    try:
        entries = json.loads(content)["entries"]
        return "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    except (ValueError, LookupError, TypeError, RecursionError):
        return content


def _indented(text: str) -> Iterator[str]:
    return (f"    {line}" for line in text.splitlines())
