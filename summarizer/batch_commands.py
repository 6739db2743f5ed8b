"""The commands `summarizer batch` and `summarizer status`: they only translate, as cli.py does."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from summarizer.errors import InputError, UsageError
from summarizer.options import BaseUrl, MaxCalls, Model, Timeout
from summarizer.plain import one_line

if TYPE_CHECKING:
    from summarizer.api import Plan
    from summarizer.corpus.batch import Batch
    from summarizer.corpus.engine import Engine
    from summarizer.model import LiveModel

ENGINES = ("local", "openai-batch", "ray")
_CONCURRENCY: Final = 8
_PLANS = ("auto", "whole", "windows")


def batch(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="SRC...",
            help="Folders, globs, files (.txt .md .html .json .jsonl .csv .parquet, RSS or Atom), or - for stdin.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="The briefs, in input order: .jsonl, or .parquet."),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where all that is asked and answered is kept. Default: OUT.ledger."),
    ] = None,
    rows: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also a row a statement: .csv, .jsonl or .parquet.")
    ] = None,
    database: Annotated[
        Path | None, typer.Option("--db", metavar="FILE", help="Also a SQLite database, as for Datasette or DuckDB.")
    ] = None,
    engine: Annotated[str, typer.Option(metavar="NAME", help="local, openai-batch or ray.")] = "local",
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, help="Most model requests in flight. Default: 8, with the embedded model 1."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="What a table calls a field, such as text=body. Repeatable."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on: brief what arrives in the folder or feed file, until Ctrl-C.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what there is to do and what it will cost; nothing is sent.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite outputs that this ledger did not write.")] = False,
    model: Model = None,
    base_url: BaseUrl = None,
    plan: Annotated[
        str, typer.Option(help="auto, whole (one call, for large models) or windows (a few sentences a call).")
    ] = "auto",
    replay: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Answer from the recordings in DIR: no model, no network.")
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, help="Stop before all that the ledger has paid for would cost more US dollars than this."),
    ] = None,
    price: Annotated[
        str | None,
        typer.Option(metavar="IN,OUT", help="US dollars for a million tokens read and written, where not known."),
    ] = None,
    max_calls: MaxCalls = None,
    timeout: Timeout = 900.0,
    stable: Annotated[bool, typer.Option("--stable", help="As always here: the ledger knows when it ran.")] = False,
    no_text: Annotated[bool, typer.Option("--no-text", help="Leave the articles' text out of the briefs.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
    publisher: Annotated[str | None, typer.Option(help="The publisher of all articles.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Their language as an ISO 639-1 code, instead of detecting it.")
    ] = None,
) -> None:
    """Brief many articles, each once, whatever interrupts it.

    Every request and answer is kept in the ledger before it counts: after a crash, a lost network or Ctrl-C the same
    command goes on where it was, and sends nothing again that was answered. Articles that repeat another (the same
    text, or under 5% of the words changed) are briefed once. Each input has its line in OUT, in input order.

    Exit code: that of the first input whose own is not 0: 3 unreadable, 4 not read, 5 incomplete.

    \b
    Examples:
      summarizer batch wire/ -o briefs.jsonl --dry-run
      summarizer batch wire.jsonl -o briefs.jsonl --rows lines.csv --db briefs.db --model openai/gpt-5-mini
      summarizer batch archive.csv --column text=body -o briefs.parquet --max-cost 5
      summarizer batch inbox/ -o briefs.jsonl --follow
      summarizer status briefs.jsonl.ledger
    """
    for option, value, allowed in (("--engine", engine, ENGINES), ("--plan", plan, _PLANS)):
        if value not in allowed:
            raise UsageError(f"{option} is one of {', '.join(allowed)}, not {value!r}")
    if output is None and not dry_run:
        raise UsageError("say where the briefs go with -o OUT, or --dry-run to see what there is to do")
    for option, path in (("-o", output), ("--ledger", ledger)):
        if path is not None and not path.name:
            raise UsageError(f"{option} takes a file, not {str(path)!r}")
    from summarizer.asking import Limits, check_price
    from summarizer.corpus.batch import Batch
    from summarizer.corpus.engine import Settings
    from summarizer.diagnosis import answering, at_a_time

    limits = Limits(timeout=timeout, max_calls=max_calls)
    live = answering(model, base_url, replay, limits)
    if live is not None:
        live.prices = _prices(price)
        check_price(live, Limits(max_cost=max_cost))
    settings = Settings(
        model=model,
        base_url=base_url,
        plan=cast("Plan", plan),
        replay=replay,
        limits=limits,
        max_cost=max_cost,
        concurrency=concurrency or (1 if at_a_time(live) == 1 else _CONCURRENCY),
    )
    out = output or Path("briefs.jsonl")
    what = Batch(
        inputs=inputs,
        output=out,
        settings=settings,
        engine=_engine(engine, live),
        ledger=ledger or out.with_name(f"{out.name}.ledger"),
        rows=rows,
        database=database,
        columns=_columns(column or ()),
        metadata={name: value for name, value in (("publisher", publisher), ("language", language)) if value},
        text=not no_text,
        force=force,
    )
    if dry_run:
        raise typer.Exit(_estimate(what, live, quiet))
    if follow and (engine != "local" or "-" in inputs):
        raise UsageError("--follow watches folders and files, with --engine local")
    raise typer.Exit(_run(what, live, follow, quiet))


def _run(what: Batch, live: LiveModel | None, endless: bool, quiet: bool) -> int:
    from summarizer.corpus.batch import run
    from summarizer.corpus.engine import Tally
    from summarizer.render.batch import progress, report

    if endless:
        from summarizer.corpus.following import follow as run
    tally = Tally()
    with progress(tally, quiet=quiet) as tick:
        done = run(what, live, tally, tick)
    if not quiet:
        for line in report(tally, seconds=time.monotonic() - tally.started):
            print(line, file=sys.stderr)
    if done.stopped is not None:
        kept = "what was answered is kept, and the same command goes on"
        print(f"summarizer: stopped: {one_line(done.stopped)}; {kept}", file=sys.stderr)
    return done.code


def _estimate(what: Batch, live: LiveModel | None, quiet: bool) -> int:
    from summarizer.corpus.estimate import ahead
    from summarizer.render.batch import counting, estimated

    if live is None:
        raise UsageError("--dry-run says what a model would be asked; recordings are asked nothing")
    with counting(quiet=quiet) as told:
        total, unreadable = ahead(what, live, told)
    for line in estimated(total, unreadable, live.name):
        print(line)
    return InputError.exit_code if unreadable else 0


def _engine(name: str, live: LiveModel | None) -> Engine:
    if name != "local" and live is None:
        raise UsageError(f"--replay answers in this process: it goes without --engine {name}")
    if name == "openai-batch":
        from summarizer.corpus.openai_batch import OpenAIBatch

        return OpenAIBatch()
    if name == "ray":
        from summarizer.corpus.ray_engine import RayEngine

        return RayEngine()
    from summarizer.corpus.local_engine import LocalEngine

    return LocalEngine()


def _prices(written: str | None) -> tuple[float, float] | None:
    if written is None:
        return None
    try:
        read, wrote = (float(part) for part in written.split(","))
    except ValueError:
        read = wrote = -1.0
    if not (0 <= read < 1e6 and 0 <= wrote < 1e6):
        raise UsageError(f"--price is two prices, such as 0.25,2 (US dollars for a million tokens), not {written!r}")
    return read, wrote


def _columns(given: Iterable[str]) -> dict[str, str]:
    from summarizer.corpus.tables import FIELDS

    columns: dict[str, str] = {}
    for one in given:
        ours, equals, theirs = one.partition("=")
        if ours not in FIELDS or not equals or not theirs:
            raise UsageError(f"--column is OURS=THEIRS, OURS one of {', '.join(FIELDS)}; not {one!r}")
        if ours in columns:
            raise UsageError(f"--column names {ours} twice: {columns[ours]!r} and {theirs!r}")
        columns[ours] = theirs
    return columns


def status(
    ledger: Annotated[Path, typer.Argument(metavar="LEDGER", help="The ledger of a batch, such as OUT.ledger.")],
) -> None:
    """Say how a batch stands: what is done, in flight and failed, what it cost, and whether it is at work.

    Reads only: it may be called from another terminal at any time.
    """
    from summarizer.corpus.status import standing
    from summarizer.render.batch import status as lines

    tally, state = standing(ledger)
    for line in lines(tally, str(ledger), state):
        print(line)
