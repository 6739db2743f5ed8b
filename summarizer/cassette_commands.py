"""The commands `summarizer cassettes ...`: they only translate, as cli.py does."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from summarizer.errors import StaleRecording, SummarizerError, UsageError

if TYPE_CHECKING:
    from summarizer.asking import Limits

app = typer.Typer(
    help="Recordings of a model's answers: list, show, check and record them again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="CASSETTE", help="Cassettes, or folders with some at any depth. Default: cassettes/"),
]


@app.command("list")
def list_cassettes(paths: _Paths = None) -> None:
    """List what was recorded.

    A line for each brief: date, plan, number of exchanges, prompt and schema hash, licence of the article, model.
    """
    from summarizer import cassette, upkeep
    from summarizer.render.cassettes import table

    runs = {path: cassette.read_runs(path) for path in upkeep.files(_given(paths))}
    _print(table([(path, run) for path, those in runs.items() for run in those]))
    for path, those in runs.items():
        if not those:
            _tell(f"{path}: not recorded by summarizer, or unreadable (see `summarizer cassettes check`)")


@app.command()
def show(
    paths: _Paths = None,
    exchange: Annotated[
        int | None, typer.Option("--exchange", "-n", min=1, help="Only this one of each cassette, counted from 1.")
    ] = None,
) -> None:
    """Print exchanges: prompt, answer, usage.

    \b
    Examples:
      summarizer cassettes show cassettes/story.windows.local.yaml
      summarizer cassettes show cassettes/story.windows.local.yaml -n 3
    """
    from summarizer import cassette, upkeep
    from summarizer.render.cassettes import exchanges

    code = 0
    for path in upkeep.files(_given(paths)):
        if _passed_over(path):
            continue
        try:
            opened = cassette.read(path)
            if exchange is not None and exchange > len(opened.exchanges):
                raise UsageError(f"{path} has {len(opened.exchanges)} exchanges, there is no exchange {exchange}")
        except SummarizerError as error:
            _tell(str(error))
            code = code or error.exit_code
            continue
        _print([str(path), *exchanges(opened, exchange)])
    raise typer.Exit(code)


@app.command()
def check(paths: _Paths = None) -> None:
    """Say which no longer hold, or hold secrets.

    Replays every cassette with today's prompts, schemas and code, and scans it for what must not be published.
    Names what is stale (the prompt, the schema or a parameter changed), unplayed (nothing asks for it any more),
    unscrubbed (keys, tokens, cookies, e-mail addresses, machine paths, account ids) or unreadable. Exit code: 0 when
    there is nothing, else 6. Needs no model and no network.
    """
    from summarizer import upkeep
    from summarizer.render import console

    files = upkeep.files(_given(paths))
    kinds: Counter[str] = Counter()
    with console.steps("checking", len(files)) as done:
        for path in files:
            if _passed_over(path):
                continue
            found = upkeep.check(path)
            for finding in found:
                first, *more = finding.lines
                _print([f"{finding.kind}: {path}: {first}", *(f"    {line}" for line in more)])
            kinds.update({str(finding.kind) for finding in found} or {"good"})
            done()
    good, bad = kinds.pop("good", 0), ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    _tell(f"{good} good{f', {bad}' if bad else ''}")
    if {"stale", "unplayed"} & kinds.keys():
        _tell(f"record again with: {shlex.join(['summarizer', 'cassettes', 'rerecord', *map(str, paths or ())])}")
    raise typer.Exit(StaleRecording.exit_code if kinds else 0)


@app.command()
def rerecord(
    paths: _Paths = None,
    model: Annotated[str | None, typer.Option(help="Another model than the recorded one.")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="The OpenAI-compatible server, where the recorded model is on one.")
    ] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="Stop an article at this many US dollars.")] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Stop an article after so many model calls.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one article's model calls.")] = 900.0,
) -> None:
    """Record all of them again.

    Takes articles, models and plans from the cassettes, and shows which lines of the briefs went and came. A file is
    replaced when all its briefs were made, else it stays as it was. Exit code: that of the first that was not 0.
    """
    from summarizer import upkeep
    from summarizer.asking import Limits

    limits = Limits(timeout=timeout, max_calls=max_calls, max_cost=max_cost)
    files = upkeep.files(_given(paths))
    code = 0
    for number, path in enumerate(files, 1):
        if _passed_over(path):
            continue
        try:
            _rerecord(path, f"{number} of {len(files)}", model, base_url, limits)
        except SummarizerError as error:
            _tell(f"{path} stays as it was: {error}")
            code = code or error.exit_code
    raise typer.Exit(code)


def _rerecord(path: Path, place: str, model: str | None, base_url: str | None, limits: Limits) -> None:
    from summarizer import upkeep
    from summarizer.render import console

    with console.progress(f"{place}: {path.name}", quiet=False) as report:
        again = list(upkeep.rerecord(path, model=model, base_url=base_url, limits=limits, progress=report))
    for run in again:
        changes = run.changes() if run.before else ["(the old answers give no brief any more)"]
        before, after = run.run.exchanges, run.after.provenance.usage.calls
        calls = f"{after} calls" if before == after else f"{before} -> {after} calls"
        same = "the brief is the same" if not changes else "the brief changed"
        _print([f"{path}: {calls}, {same}", *(f"    {line}" for line in changes)])
        if not run.after.audit.complete:
            _tell(f"{path}: the new brief is incomplete")


def _passed_over(path: Path) -> bool:
    """Whether something else recorded a cassette; then that is said."""
    from summarizer import cassette

    if foreign := cassette.is_foreign(path):
        _tell(f"{path}: not recorded by summarizer, passed over")
    return foreign


def _given(paths: list[Path] | None) -> list[Path]:
    return paths or [Path("cassettes")]


def _print(lines: Iterable[str]) -> None:
    from summarizer.plain import visible
    from summarizer.render import console

    console.speak_utf8()
    for line in lines:
        print(visible(line))


def _tell(line: str) -> None:
    from summarizer.plain import visible

    print(visible(line), file=sys.stderr)
