"""`summarizer review`: the page an editor reviews a brief on, and what comes back from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def review(
    brief: Annotated[str, typer.Argument(metavar="BRIEF.json", help="A brief as JSON, or - for standard input.")],
    apply: Annotated[
        Path | None,
        typer.Option(metavar="RECORD.json", help="Apply this review record and write the reviewed brief as JSON."),
    ] = None,
    article: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The article, for a brief saved with --no-text.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of stdout, whole or not at all.")
    ] = None,
) -> None:
    """Write the review page of a brief: one HTML file that works offline, or apply what was decided on it.

    On the page an editor reads the brief beside its article, accepts, edits or rejects each line, signs off and saves
    a review record. --apply checks the edited lines by the rules a model's wording must pass, and writes the brief
    without the rejected ones and with the record in it. Exit code 3 when the record does not fit or an edited line
    does not stand in its evidence; nothing is written then.

    \b
    Examples:
      summarizer brief article.txt --format json -o brief.json
      summarizer review brief.json -o review.html
      summarizer review --apply review-0123456789ab.json brief.json -o reviewed.json
    """
    from summarizer.article import Article
    from summarizer.files import load_brief, named_text, naming
    from summarizer.render import console

    read = [file for file in (brief, apply, article) if file]
    given = load_brief(brief, Article.from_file(article) if article else None)
    if apply is None:
        from summarizer.render.html import page

        with console.results(output, read) as out:
            out.text(page(given))
        return
    from summarizer.reviewing import apply_review, load_record

    with naming(str(apply)):
        record = load_record(named_text(str(apply), "a review record"))
        reviewed = apply_review(record, given)
    with console.results(output, read) as out:
        out.text(reviewed.to_json() + "\n")
