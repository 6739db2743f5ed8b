"""Row files: Parquet of briefs and statements as an analyst reads it, group by group."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from summarizer import Brief
from summarizer.corpus import outputs, row_files
from summarizer.corpus.engine import Result
from summarizer.exports.rows import COLUMNS, OWN, rows
from tests.exported import HOSTILE, hostile, nothing, replayed, unread
from tests.factories import brief

parquet = pytest.importorskip("pyarrow.parquet")


def tables(folder: Path, *results: Result) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Briefs and statements as Parquet has them."""
    paths = folder / "briefs.parquet", folder / "rows.parquet"
    with outputs.whole(*paths, None, text=True, sealed=lambda path, digest: None) as add:
        for result in results:
            add(result)
    briefs, statements = (parquet.read_table(path).to_pylist() for path in paths)
    return briefs, statements


def dated() -> Brief:
    """A brief of an article with all its metadata."""
    told = {
        "external_id": "a",
        "title": "Talks",
        "date": "2026-11-12",
        "publisher": "Wire",
        "source": "https://x.example/",
    }
    return brief(article=brief().article.model_copy(update=told))


def test_a_brief_has_a_row_with_its_json(tmp_path: Path) -> None:
    """Beside it what an analyst filters by; the date is a date."""
    (row,), _ = tables(tmp_path, Result("a", "a.txt", brief=dated()))
    assert tuple(row) == outputs.BRIEF_COLUMNS
    assert Brief.load(row.pop("brief")) == dated()
    assert row == {
        "external_id": "a", "status": "complete", "duplicate_of": None, "error": None, "detail": None, "place": "a.txt",
        "article_id": brief().article.id, "title": "Talks", "date": datetime.date(2026, 11, 12), "publisher": "Wire",
        "source": "https://x.example/", "language": "en",
        "headline": "Odo Brandt: he would talk only if the siege ended",
        "statements": 2, "disclosure": "Made by AI, not yet reviewed.",
    }  # fmt: skip


def test_every_input_has_its_row(tmp_path: Path) -> None:
    """With what became of it."""
    briefs, statements = tables(
        tmp_path,
        Result("a", "a", brief=brief()),
        Result("b", "b", duplicate_of="a"),
        Result("c", "c", brief=unread(nothing())),
        Result("d", "d", error="InputError", detail="empty"),
    )
    told = [(row["external_id"], row["status"], row["duplicate_of"], row["error"], row["detail"]) for row in briefs]
    assert told == [
        ("a", "complete", None, None, None),
        ("b", "duplicate", "a", None, None),
        ("c", "incomplete", None, None, None),
        ("d", "failed", None, "InputError", "empty"),
    ]
    assert [row["line"] for row in statements] == ["position-1", "condition-1", None]
    assert "Incomplete" in briefs[2]["disclosure"]


def test_statements_are_the_rows_of_the_export(tmp_path: Path) -> None:
    """Of all replayed briefs: evidence is a list of structs, the date a date, and nothing else differs."""
    _, statements = tables(tmp_path, *(Result(str(n), "x", brief=made) for n, made in enumerate(replayed())))
    wanted = [row for made in replayed() for row in rows(made)]
    assert tuple(statements[0]) == COLUMNS
    assert [{**row, "date": row["date"].isoformat() if row["date"] else None} for row in statements] == wanted


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    """Parquet holds data: nothing runs it."""
    (row,), (first, _) = tables(tmp_path, Result(text, text, brief=hostile(text)))
    assert (row["external_id"], row["title"], first["title"]) == (text, text, text)
    assert json.loads(row["brief"])["article"]["title"] == text


def test_row_groups_are_written_as_they_fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory does not grow; an empty batch is a file without rows."""
    monkeypatch.setattr(row_files, "_GROUP_ROWS", 4)
    tables(tmp_path, *(Result(str(n), "x", brief=brief()) for n in range(9)))
    groups = [parquet.ParquetFile(tmp_path / f"{name}.parquet").metadata.num_row_groups for name in ("briefs", "rows")]
    assert groups == [3, 5]
    assert tables(tmp_path) == ([], [])


def test_groups_are_bounded_by_their_text_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long article is a group of its own."""
    monkeypatch.setattr(row_files, "_GROUP_CHARACTERS", 1_000)
    tables(tmp_path, *(Result(str(n), "x", brief=brief()) for n in range(3)))
    assert parquet.ParquetFile(tmp_path / "briefs.parquet").metadata.num_row_groups == 3


def test_every_field_of_every_section_has_a_column() -> None:
    """A further section needs no change here."""
    assert set(OWN) <= set(COLUMNS)
    assert {"toward", "stance", "outlook"} <= set(OWN)
