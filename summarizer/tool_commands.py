"""The command `summarizer mcp`: it only translates, as cli.py does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from summarizer.errors import UsageError
from summarizer.options import BaseUrl, MaxCalls, MaxCost, Model, Timeout


def mcp(
    model: Model = None,
    base_url: BaseUrl = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Answer from the recordings in DIR, or from one: no model, no network."),
    ] = None,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    timeout: Timeout = 900.0,
) -> None:
    """Serve the tool brief_article to an assistant (MCP).

    An assistant's program starts this and speaks to it over standard input and output; see docs/assistants.md. The
    tool takes the text of an article and gives its brief; it fetches nothing and reads no file. One article is read at
    a time with the embedded model, else four; further calls wait. Exit code 2 when it cannot start.

    \b
    Examples:
      summarizer mcp --model openai/gpt-5-mini --max-cost 0.05
      summarizer mcp --replay cassettes
    """
    if not all(hasattr(stream, "buffer") for stream in (sys.stdin, sys.stdout)):
        raise UsageError("mcp speaks over standard input and output, and one of them is closed")
    try:
        import anyio

        from summarizer import tool
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("anyio", "mcp", "mcp_types"):
            raise
        raise UsageError("the tool for assistants is not installed: pip install 'desk-summarizer[mcp]'") from error
    from summarizer.asking import Limits
    from summarizer.diagnosis import answering, at_a_time

    limits = Limits(timeout=timeout, max_calls=max_calls, max_cost=max_cost)
    concurrency = at_a_time(answering(model, base_url, replay, limits))
    if sys.stdin.isatty():
        print("waiting for an assistant on standard input; end with Ctrl-D", file=sys.stderr)
    anyio.run(tool.serve, tool.Settings(model, base_url, replay, limits, concurrency))
