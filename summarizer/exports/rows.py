"""Flat rows, one a statement, as CSV (RFC 4180) and JSON Lines.

A brief without a statement gives one row whose `line` is empty: who reads rows only still sees that the article was
looked at, how far, and that AI did it. Offsets are code points into the article's canonical text.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from summarizer.brief import ARTICLE_VOICE, Brief, Item
from summarizer.exports.marking import Frame, safe_json
from summarizer.sections import SECTIONS

Row = Mapping[str, Any]

OWN: Final = list(dict.fromkeys(n for s in SECTIONS for n in s.item.model_fields if n not in Item.model_fields))
"""Fields that not every item class has."""
REFERENCES: Final = {n for s in SECTIONS for n in s.item.references}
"""Fields that hold the id of an actor."""

COLUMNS: Final = (
    *("article_id", "external_id", "title", "date", "publisher", "source", "language"),
    *("section", "line", "actor", "actor_name", "actor_kind", "text"),
    *(column for name in OWN for column in ((name, f"{name}_name") if name in REFERENCES else (name,))),
    *("evidence", "decision", "note", "seen_in_source", "complete", "model", "disclosure"),
)
"""The fields of a row. The middle ones are those of the sections' item classes: null where a section has none."""

_FLAT: Final = ("sentence", "start", "end", "quote", "more_evidence")
CSV_COLUMNS: Final = tuple(c for column in COLUMNS for c in (_FLAT if column == "evidence" else (column,)))
"""In CSV the first evidence has columns of its own; any more of it is a JSON list in `more_evidence`."""

_FORMULA = re.compile(r"^[\s\x00-\x20\"'“”„‘’`\ufeff\u200b-\u200f\u2060]*[=+\-@＝＋－＠﹢﹣﹦﹫]|^[\t\r\n]")
"""What a spreadsheet may run: with or without blanks, quotation marks or invisible characters before it."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def rows(brief: Brief) -> Iterator[dict[str, Any]]:
    """The statements of a brief, a row each, or one row without a statement. Raises `UnverifiedBrief`."""
    frame = Frame(brief)
    brief, article = frame.brief, frame.brief.article
    common = dict.fromkeys(COLUMNS) | {
        "article_id": article.id,
        **{name: getattr(article, name) for name in COLUMNS[1:7]},
        "evidence": [],
        "complete": brief.audit.complete,
        "model": brief.provenance.model,
        "disclosure": frame.statement,
    }
    found = False
    for section, item in brief.items():
        found = True
        yield common | _item(frame, section, item)
    if not found:
        yield common


def _item(frame: Frame, section: str, item: Item) -> dict[str, Any]:
    own = {name: getattr(item, name) for name in type(item).model_fields if name in OWN}
    names = {f"{name}_name": _name(frame.brief, own[name]) for name in own if name in REFERENCES}
    decision = frame.decisions.get(item.id)
    return {
        "section": section,
        "line": item.id,
        "actor": item.actor,
        "actor_name": _name(frame.brief, item.actor),
        "actor_kind": next((a.kind for a in frame.brief.actors if a.id == item.actor), None),
        "text": item.text,
        **own,
        **names,
        "evidence": [e.model_dump() for e in item.evidence],
        "decision": decision.decision if decision else None,
        "note": decision.note if decision else None,
        "seen_in_source": decision.seen_in_source if decision else None,
    }


def _name(brief: Brief, actor: str | None) -> str | None:
    """The name of an actor; none for the article's own voice, which is no actor's."""
    return None if actor in (None, ARTICLE_VOICE) else brief.actor_name(actor)


def jsonl_lines(brief: Brief, several: bool = False) -> str:
    """The rows as JSON Lines."""
    return "".join(safe_json(row) + "\n" for row in rows(brief))


def csv_lines(brief: Brief, several: bool = False) -> str:
    """The rows as CSV, without a head."""
    return _csv(_cells(row) for row in rows(brief))


def _cells(row: Row) -> list[str]:
    first, *more = row["evidence"] or [{}]
    flat = {**row, **first, "more_evidence": json.dumps(more, ensure_ascii=False) if more else None}
    return [cell(flat.get(column)) for column in CSV_COLUMNS]


def cell(value: object) -> str:
    """A value as the text of a cell, which no spreadsheet takes for a formula.

    One that it might run gets an apostrophe before it: a cell that is an apostrophe and such a text stands for that
    text. Control and direction-changing characters but tab and line feed are shown as U+FFFD, so that offsets fit.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = harmless(str(value))
    return f"'{text}" if _FORMULA.match(text) else text


def harmless(text: str) -> str:
    """`text` with U+FFFD for each control and direction-changing character but tab and line feed: offsets still fit."""
    return _CONTROL.sub("\ufffd", text)


def _csv(lines: Iterator[list[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(lines)
    return out.getvalue()


CSV_HEAD: Final = _csv(iter([list(CSV_COLUMNS)]))
