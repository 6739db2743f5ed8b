"""The command `summarizer serve`: it only translates, as cli.py does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from summarizer.errors import UsageError
from summarizer.options import BaseUrl, MaxCalls, MaxCost, Model, Timeout

TOKEN = "SUMMARIZER_TOKEN"
SHORTEST = 16
"""Fewest characters of a token: wrong ones are not counted, so it must not be guessed."""


def serve(
    host: Annotated[
        str, typer.Option(help=f"Address to serve at. Any but this machine's own needs ${TOKEN}.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    model: Model = None,
    base_url: BaseUrl = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Answer from the recordings in DIR: no model, no network.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the jobs here. Default: the user's data folder.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, max=600, help="Seconds a POST waits for its brief.")] = 2.0,
    keep: Annotated[float, typer.Option(min=0.001, max=36500, help="Days a job is kept after its end.")] = 7.0,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Articles read at a time. Default: 1 with the embedded model, else 4."),
    ] = None,
    queue: Annotated[int, typer.Option(min=0, help="Articles that may wait beside them; more are answered 429.")] = 100,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    timeout: Timeout = 900.0,
) -> None:
    """Serve briefs over HTTP: POST /v1/briefs; /openapi.json says the rest.

    Jobs survive a restart. Exit code: 0 after SIGTERM, 130 after Ctrl-C, 2 when it cannot start.

    \b
    Examples:
      summarizer serve
      summarizer serve --replay cassettes --port 8080
      SUMMARIZER_TOKEN=... summarizer serve --host 0.0.0.0 --model openai/gpt-5-mini
    """
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"summarizer serve needs the extra `service` ({error.name} is missing): "
            "pip install 'desk-summarizer[service]'"
        ) from error
    from summarizer import local
    from summarizer.asking import Limits
    from summarizer.diagnosis import answering, at_a_time
    from summarizer.service.app import Service
    from summarizer.service.server import listen, run, url
    from summarizer.service.settings import Settings

    limits = Limits(timeout=timeout, max_calls=max_calls, max_cost=max_cost)
    token = _token()
    sock, loopback = listen(host, port)
    if not loopback and token is None:
        raise UsageError(
            f"--host {host} is reached from other machines: set {TOKEN} to a long random text that clients must send "
            "as `Authorization: Bearer`, or serve at 127.0.0.1"
        )
    live = answering(model, base_url, replay, limits)
    if live is not None and live.steady:
        local.serve(live.spec.file)  # loading stops every thread for seconds: better now than at the first article
    shown = live.name if live is not None else f"(recordings in {replay})"
    service = Service(
        Settings(
            data=data or _data_folder(),
            model=model,
            base_url=base_url,
            replay=replay,
            limits=limits,
            concurrency=concurrency or at_a_time(live),
            queue=queue,
            wait=wait,
            keep=keep,
            token=token,
            hosts=frozenset({"localhost", "127.0.0.1", "::1", host.casefold()}) if loopback else None,
        )
    )

    def ready() -> None:
        protected = f", {TOKEN} needed" if token else ""
        told = f"summarizer: serving at {url(sock)}{protected}; model {shown}; jobs in {service.settings.data}"
        print(told, file=sys.stderr, flush=True)

    try:
        run(service, sock, ready)
    finally:
        service.store.close()


def _token() -> str | None:
    from summarizer.wire import usable_key

    token = usable_key(TOKEN, os.environ.get(TOKEN, "")) or None
    if token is not None and len(token) < SHORTEST:
        told = f"{TOKEN} has {len(token)} characters: give it {SHORTEST} at least"
        raise UsageError(f"{told}, as `openssl rand -hex 24` prints them")
    return token


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("summarizer", appauthor=False)
