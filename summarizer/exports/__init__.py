"""Exports of a brief in the formats of other programs, each declared once in `EXPORTS`.

Every export begins with `brief.verified()`, and says in words that the brief was made by AI and who has reviewed it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from summarizer.brief import Brief
from summarizer.errors import UsageError
from summarizer.exports import annotation, jsonld, ninjs, rows
from summarizer.exports.marking import Frame, safe_json

__all__ = ["EXPORTS", "Export", "export", "exporter"]


@dataclass(frozen=True, slots=True)
class Export:
    """One format. Several briefs are `head` and the `body` of each, one after the other."""

    about: str
    """The format in a few words."""
    body: Callable[[Brief, bool], str]
    """The brief in the format, ending with a line break; the flag says that it is one of several."""
    head: str = ""
    """What comes once, before all briefs."""


def _json(data: Callable[[Frame], Mapping[str, Any]]) -> Callable[[Brief, bool], str]:
    """One JSON object over several lines, or on one line where it is one of several."""
    return lambda brief, several: safe_json(data(Frame(brief)), None if several else 2) + "\n"


EXPORTS: Final[Mapping[str, Export]] = {
    "annotation": Export("W3C Web Annotation", _json(annotation.collection)),
    "jsonld": Export("schema.org JSON-LD", _json(jsonld.graph)),
    "ninjs": Export("IPTC ninjs 3.1", _json(ninjs.news_object)),
    "csv": Export("a row a statement, CSV", rows.csv_lines, rows.CSV_HEAD),
    "jsonl": Export("a row a statement, JSON Lines", rows.jsonl_lines),
}
"""The formats by the name that `--to` takes."""


def exporter(name: str) -> Export:
    """The format of that name. Raises `UsageError` for an unknown one."""
    if name not in EXPORTS:
        raise UsageError(f"an export is one of {', '.join(EXPORTS)}, not {name!r}")
    return EXPORTS[name]


def export(brief: Brief, name: str) -> str:
    """The brief in the format `name`, a key of `EXPORTS`.

    Raises `UsageError` for an unknown name and `UnverifiedBrief` for a brief that does not stand in its article.
    """
    form = exporter(name)
    return form.head + form.body(brief, False)
