"""The command line. It only translates: options into calls of the public API, outcomes into exit codes."""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

import typer

from summarizer import (
    __version__,
    batch_commands,
    cassette_commands,
    export_commands,
    review_commands,
    service_commands,
    tool_commands,
    weights_commands,
)
from summarizer.errors import InputError, SummarizerError, UsageError
from summarizer.files import stdin_bytes
from summarizer.options import BaseUrl, MaxCalls, MaxCost, Model, Timeout

if TYPE_CHECKING:
    from summarizer.api import Plan
    from summarizer.brief import Brief

_FORMATS = ("text", "json", "markdown", "html")
_PLANS = ("auto", "whole", "windows")

app = typer.Typer(
    name="summarizer",
    help="Verified briefs of conflict and diplomacy reporting: who says what, on what terms, "
    "each line tied to the sentences it came from.",
    epilog="Start with: summarizer brief ARTICLE.txt    When a model does not work: summarizer doctor",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        print(f"summarizer {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Log to stderr what happens; -vv for more.")
    ] = 0,
) -> None:
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    logging.basicConfig(stream=sys.stderr, format="%(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("summarizer").setLevel(level)


@app.command()
def brief(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Articles: .txt, .md, .html or .json files, - for stdin, or with --fetch an http(s) address.",
        ),
    ],
    fetch: Annotated[
        bool,
        typer.Option(
            "--fetch",
            help="Fetch the INPUTs that are addresses: public hosts only, at most 5 MB, 10 seconds, 3 redirects.",
        ),
    ] = False,
    model: Model = None,
    base_url: BaseUrl = None,
    plan: Annotated[
        str,
        typer.Option(help="auto, whole (one call, for large models) or windows (a few sentences a call)."),
    ] = "auto",
    format: Annotated[
        str,
        typer.Option(help="text, json (several inputs: one JSON object a line), markdown, or html: the review page."),
    ] = "text",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of stdout, whole or not at all.")
    ] = None,
    record: Annotated[Path | None, typer.Option(metavar="DIR", help="Record the model's answers into DIR.")] = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Answer from the recordings in DIR, or from one: no model, no network."),
    ] = None,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    timeout: Timeout = 900.0,
    stable: Annotated[
        bool,
        typer.Option("--stable", help="Leave out when and how long it ran, so that equal briefs are equal files."),
    ] = False,
    no_text: Annotated[bool, typer.Option("--no-text", help="Leave the article's text out of the JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    title: Annotated[str | None, typer.Option(help="The article's title; with one input only.")] = None,
    date: Annotated[
        str | None, typer.Option(help="Its date, YYYY-MM-DD; beats what the article says; with one input only.")
    ] = None,
    publisher: Annotated[str | None, typer.Option(help="Its publisher.")] = None,
    source: Annotated[str | None, typer.Option(help="Where it comes from, with one input only.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Its language as an ISO 639-1 code, instead of detecting it.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="What it may be used under, for --record, such as 'CC BY 4.0'.")
    ] = None,
) -> None:
    """Brief one article or several.

    Prints the brief to stdout, everything else to stderr. Exit code: 0 complete, 5 incomplete
    (something unread), 3 bad input, 4 the model could not be used, 6 recording missing or stale.

    \b
    Examples:
      summarizer brief article.txt
      cat page.html | summarizer brief - --format json
      summarizer brief *.txt --model openai/gpt-5-mini --format json -o briefs.jsonl
      summarizer brief https://news.example/story.html --fetch
    """
    _choice("--plan", plan, _PLANS)
    _choice("--format", format, _FORMATS)
    _check_addresses(inputs, fetch, replay)
    if len(inputs) > 1:
        if format == "html":
            raise UsageError(f"a review page is of one article, and {len(inputs)} inputs are given")
        for option, value in {"--title": title, "--date": date, "--source": source}.items():
            if value is not None:
                raise UsageError(f"{option} belongs to one article, and {len(inputs)} inputs are given")
    _understood("--date", date=date)
    _understood("--language", language=language)
    from summarizer.api import summarize
    from summarizer.asking import Limits
    from summarizer.render import console

    metadata = {"title": title, "date": date, "publisher": publisher, "source": source}
    metadata |= {"language": language, "licence": licence}
    given = {key: value for key, value in metadata.items() if value is not None}
    limits = Limits(timeout=timeout, max_calls=max_calls, max_cost=max_cost)

    def one(name: str) -> Brief:
        article = _article(name, given)
        with console.progress(article.title or name, quiet=quiet) as report:
            return summarize(
                article,
                model=model,
                base_url=base_url,
                plan=cast("Plan", plan),
                record=record,
                replay=replay,
                limits=limits,
                progress=report,
            )

    code = 0
    with console.results(output, inputs) as out:
        for name in inputs:
            try:
                result = one(name)
            except UsageError:
                raise  # the same for every input
            except SummarizerError as error:
                _complain(error, _named(name) if len(inputs) > 1 else None)
                code = code or error.exit_code
                continue
            out.write(result, format, several=len(inputs) > 1, stable=stable, text=not no_text)
            code = code or (0 if result.audit.complete else 5)
    raise typer.Exit(code)


# The help lists commands in the order in which they are registered.
app.command()(batch_commands.batch)
app.command()(batch_commands.status)
app.command()(review_commands.review)
app.command()(export_commands.export)
app.command()(service_commands.serve)
app.command("mcp")(tool_commands.mcp)
app.add_typer(cassette_commands.app, name="cassettes")
app.add_typer(weights_commands.app, name="weights")


def _article(name: str, metadata: dict[str, Any]) -> Any:
    from summarizer.article import Article

    if name == "-":
        data = stdin_bytes("the article")
        return Article.from_bytes(data, **metadata)
    if _ADDRESS.match(name):
        return Article.from_url(name, **metadata)
    return Article.from_file(name, **metadata)


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def _check_addresses(inputs: list[str], fetch: bool, replay: Path | None) -> None:
    """Raise `UsageError` where an input is an address and may not be fetched: before anything else is done."""
    addresses = [name for name in inputs if _ADDRESS.match(name)]
    if addresses and not fetch:
        raise UsageError(f"{_named(addresses[0])} is an address: add --fetch, or save the page and give the file")
    if addresses and replay is not None:
        raise UsageError(f"--replay uses no network: save the page of {_named(addresses[0])} and give the file")


def _named(name: str) -> str:
    """An input as messages name it: a password in an address is nobody else's business."""
    if not _ADDRESS.match(name):
        return name
    from summarizer.addresses import shown

    return shown(name)


@app.command()
def schema(name: Annotated[str, typer.Argument(metavar="NAME", help="brief or review.")] = "brief") -> None:
    """Print the JSON Schema of a brief, or of a review record."""
    import json

    from summarizer.brief import Brief
    from summarizer.review import ReviewRecord

    schemas: dict[str, type[Brief | ReviewRecord]] = {"brief": Brief, "review": ReviewRecord}
    _choice("NAME", name, tuple(schemas))
    print(json.dumps(schemas[name].model_json_schema(), ensure_ascii=False, indent=2))


@app.command()
def doctor(
    model: Annotated[str | None, typer.Option(help="The model to probe; default as for brief.")] = None,
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible server to probe.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for the probe.")] = 120.0,
) -> None:
    """Say which models can be used here, why the others can not, and try one for real."""
    from summarizer import diagnosis
    from summarizer.plain import visible

    for finding in diagnosis.survey():
        print(finding)
    print()
    raise typer.Exit(diagnosis.probe(model, base_url, timeout, lambda told: print(visible(told))))


def _choice(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"{option} is one of {', '.join(allowed)}, not {value!r}")


def _understood(option: str, **metadata: str | None) -> None:
    """Raise `UsageError` for a value that no article could take: that is no fault of the article."""
    from summarizer.article import Article

    try:
        Article("x", **metadata)
    except InputError as error:
        raise UsageError(f"{option}: {error}") from error


def _complain(error: SummarizerError, name: str | None = None) -> None:
    from summarizer.plain import one_line

    place = f"{name}: " if name and name not in str(error) else ""
    print("\n  ".join(f"summarizer: {one_line(place)}{error}".splitlines()), file=sys.stderr)


class _Closed(io.TextIOBase):
    """Stands for a stdout that is closed, which Python leaves out and `print` then passes over in silence."""

    def writable(self) -> bool:
        return False

    def write(self, text: str, /) -> NoReturn:
        raise OSError(errno.EBADF, "standard output is closed")


_OUTPUT_ERRORS = (errno.EBADF, errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code (DESIGN's table of outcomes)."""
    if sys.stdout is None:
        sys.stdout = cast("io.TextIOWrapper", _Closed())
    if sys.stderr is None:  # else `print` would write to stdout what is meant for stderr
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    code = _run(arguments)
    try:
        sys.stdout.flush()  # here, where an error can still be told
    except BrokenPipeError:
        _let_go_of_stdout()
    except OSError as error:
        if not code:
            return _output_failed(error)
        _let_go_of_stdout()  # what went wrong has been told
    return code


def _run(arguments: list[str] | None) -> int:
    run: Callable[..., Any] = typer.main.get_command(app)
    try:
        code = run(arguments, prog_name="summarizer", standalone_mode=False)
    except SummarizerError as error:
        _complain(error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except (BrokenPipeError, SystemExit) as stop:  # click leaves with SystemExit(1) when a pipe breaks
        if isinstance(stop, SystemExit) and not isinstance(stop.__context__, BrokenPipeError):
            raise
        _let_go_of_stdout()  # the reader went away, as `head` does: no failure of ours
        return 0
    except typer.Exit as done:
        return done.exit_code
    except Exception as error:
        if callable(show := getattr(error, "show", None)):  # click's usage errors
            show()
            return int(getattr(error, "exit_code", 2))
        if isinstance(error, OSError) and error.errno in _OUTPUT_ERRORS and error.filename is None:
            return _output_failed(error)
        logging.getLogger("summarizer").info("traceback", exc_info=error)
        print(
            f"summarizer: a bug: {type(error).__name__}: {error}; run with -v for the traceback",
            file=sys.stderr,
        )
        return 1
    if code == 130:  # typer's own answer to Ctrl-C
        return _interrupted()
    return code if isinstance(code, int) else 0


def _interrupted() -> int:
    print("summarizer: interrupted; nothing half-written is left behind", file=sys.stderr)
    return 130


def _output_failed(error: OSError) -> int:
    _complain(wrong := UsageError(f"cannot write the output: {error.strerror or error}"))
    _let_go_of_stdout()
    return wrong.exit_code


def _let_go_of_stdout() -> None:
    """What is left in stdout's buffer goes nowhere: Python would try it again at exit, and complain."""
    with suppress(OSError, ValueError):  # there may be no file behind it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def entry() -> None:
    """The installed command."""
    sys.exit(main())
