"""What every contender's process does: a job in on stdin, an answer out on stdout, JSON both.

A job is {"article": {...}, "base_url": ..., "model": ...}; the answer is {"brief": {...}, "seconds": ...} where
the seconds are those of the contender's own call, imports and start left out. Standard library only: a contender
may live in an environment that has nothing of ours.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

SECTIONS = {
    "position": "positions",
    "condition": "conditions_for_talks",
    "assessment": "military_assessments",
}


def serve(brief: Callable[[dict[str, Any], str, str], dict[str, Any]]) -> None:
    """Answer the job of stdin with `brief(article, base_url, model)`."""
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # a library's prints would break the line
        job = json.load(sys.stdin)
        started = time.perf_counter()
        error = None
        try:
            answer = brief(job["article"], job["base_url"], job["model"])
        except Exception as failure:  # noqa: BLE001 - a contender that fails has an empty brief, and says so
            answer, error = {}, f"{type(failure).__name__}: {failure}"[:500]
        json.dump({"brief": answer, "seconds": time.perf_counter() - started, "error": error}, out)


def as_brief(text: str, found: list[tuple[str, str, str, int | None]]) -> dict[str, Any]:
    """A brief of (kind, actor, quote, start or None) as the scorer reads it; a start of None is looked up.

    A quotation that stands nowhere in `text` is kept: the scorer counts it as not grounded.
    """
    brief: dict[str, Any] = {section: [] for section in SECTIONS.values()}
    for kind, actor, quote, start in found:
        if kind in SECTIONS:
            at = start if start is not None else max(text.find(quote), 0)
            evidence = [{"start": at, "end": at + len(quote), "quote": quote}]
            brief[SECTIONS[kind]].append({"actor": actor, "evidence": evidence})
    brief["actors"] = [
        {"name": name, "aliases": []} for name in dict.fromkeys(actor for _, actor, _, _ in found) if name
    ]
    return brief
