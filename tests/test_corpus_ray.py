"""The Ray engine on a real local cluster, with a stub of the model's server that counts."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from summarizer import Article, UsageError
from summarizer.asking import Limits
from summarizer.corpus import ray_cluster
from summarizer.corpus.desk import Desk, tried_again
from summarizer.corpus.engine import Settings
from summarizer.corpus.ledger import Input, Ledger
from summarizer.corpus.ray_engine import RayEngine
from summarizer.model import LiveModel
from summarizer.providers import parse_name
from tests.conftest import ROOT
from tests.stub_server import Body, Reply, completion, entries, error, numbered, stub_server

CONCURRENCY = 16
"""Two workers."""


def article(n: int) -> Article:
    """An article of two windows, which no other article shares."""
    lines = [f'President Anna Marek said on day {n}.{i} that "the bridge {n} stays open" for now.' for i in range(9)]
    return Article("\n\n".join(lines), external_id=f"a{n}", title=f"Article {n}", language="en")


def of(body: Body) -> int:
    """The number of the article that a request is about."""
    return int(numbered(body)[0][1].split(" on day ")[1].split(".")[0])


def desk_of(folder: Path, url: str, articles: int, **settings: Any) -> Desk:
    """A desk with so many articles registered."""
    how = Settings(model="stub", base_url=url, **{"concurrency": CONCURRENCY, "limits": Limits(timeout=60), **settings})
    desk = Desk(how, LiveModel(parse_name(how.model, how.base_url)), Ledger(folder / "ledger.db"), "out")
    for n in range(1, articles + 1):
        made = article(n)
        found = Input(n, made.external_id or "", made.external_id or "", made.id, key=desk.key(made))
        desk.ledger.register("out", found, made, tried_again).result()
    desk.tally.inputs, desk.tally.all_read = articles, True
    return desk


def drive(folder: str, url: str, articles: int) -> None:
    """The program of a process that is killed."""
    desk = desk_of(Path(folder), url, articles)
    asyncio.run(RayEngine().run(desk))
    desk.ledger.close()
    print(json.dumps({"failures": desk.tally.failures}))
