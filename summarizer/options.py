"""The options that several commands have: each is declared once."""

from __future__ import annotations

from typing import Annotated

import typer

Model = Annotated[
    str | None,
    typer.Option(help="provider/name, local, or local//path/to/model.gguf. Default: $SUMMARIZER_MODEL, else local."),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(help="An OpenAI-compatible server, e.g. http://localhost:8000/v1; its key is $SUMMARIZER_API_KEY."),
]
MaxCost = Annotated[float | None, typer.Option(min=0, help="Stop an article at this many US dollars.")]
MaxCalls = Annotated[
    int | None,
    typer.Option(min=1, help="Stop an article after so many model calls. Default: three times the planned."),
]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds for one article's model calls.")]
