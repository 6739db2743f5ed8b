"""The command `summarizer export`: it only translates, as cli.py does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from summarizer.errors import SummarizerError


def export(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="BRIEF...", help="Briefs: .json files, JSON Lines with a brief a line, or - for stdin."),
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="annotation (W3C Web Annotation), jsonld (schema.org), ninjs (IPTC), csv, jsonl (a row a statement).",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of stdout, whole or not at all.")
    ] = None,
    article: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The article, for briefs saved with --no-text.")
    ] = None,
) -> None:
    """Export briefs in another program's format.

    Each is verified first, and says in its own words that it was made by AI and who has reviewed it. Several briefs
    give one JSON object a line, or the rows of all under one head. Exit code: that of the first that was not 0.

    \b
    Examples:
      summarizer export brief.json --to annotation -o brief.jsonld
      summarizer export briefs.jsonl --to csv -o statements.csv
    """
    from summarizer.article import Article
    from summarizer.exports import exporter
    from summarizer.files import briefs_in
    from summarizer.render import console

    form = exporter(to)
    source = Article.from_file(article) if article else None
    code = 0
    with console.results(output, [*inputs, *([article] if article else [])]) as out:
        for name in inputs:
            try:
                entries = briefs_in(name, source)
            except SummarizerError as error:
                code = _failed(error, code)
                continue
            for load in entries:
                try:
                    written = form.body(load(), len(inputs) > 1 or len(entries) > 1)
                except SummarizerError as error:
                    code = _failed(error, code)
                    continue
                out.text(written if out.written else form.head + written)
    raise typer.Exit(code)


def _failed(error: SummarizerError, before: int) -> int:
    """Say what is wrong with one brief; the exit code is that of the first that was."""
    print(f"summarizer: {error}", file=sys.stderr)
    return before or error.exit_code
