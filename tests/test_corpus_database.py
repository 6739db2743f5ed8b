"""The SQLite database: rows, foreign keys, views to read, and text that steers nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from summarizer import UsageError
from summarizer.brief import Rejection, Uncovered
from summarizer.corpus import outputs
from summarizer.corpus.engine import Result
from tests.exported import HOSTILE, hostile, nothing, replayed, unread
from tests.factories import brief

ID = "a\x1b[2J\u202e\nb"


def filled(path: Path, *results: Result, text: bool = True) -> sqlite3.Connection:
    """A database of the results."""
    with outputs.whole(path.with_suffix(".jsonl"), None, path, text=text, sealed=lambda path, digest: None) as add:
        for result in results:
            add(result)
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    return database


def real() -> list[Result]:
    """The replayed briefs as results."""
    return [Result(f"seed-{n}", f"seeds/{n}", brief=made) for n, made in enumerate(replayed())]


@contextmanager
def asked(path: Path, question: str, *results: Result) -> Iterator[list[dict[str, Any]]]:
    """The rows that answer a question to a database of the results."""
    with closing(filled(path, *results)) as database:
        yield [dict(row) for row in database.execute(question)]


def test_every_input_is_an_article(tmp_path: Path) -> None:
    """In input order, with what became of it."""
    results = (
        Result("a", "a", brief=brief()),
        Result("b", "b", duplicate_of="a"),
        Result("c", "c", brief=unread(nothing())),
        Result("d", "d", error="InputError", detail="empty"),
    )
    question = "SELECT number, external_id, status, duplicate_of, error, detail, statements FROM articles"
    with asked(tmp_path / "x.db", question, *results) as rows:
        assert [tuple(row.values()) for row in rows] == [
            (1, "a", "complete", None, None, None, 2),
            (2, "b", "duplicate", 1, None, None, None),
            (3, "c", "incomplete", None, None, None, 0),
            (4, "d", "failed", None, "InputError", "empty", None),
        ]
    with asked(tmp_path / "x.db", "SELECT external_id, duplicate_of, error FROM not_briefed", *results) as rows:
        assert [tuple(row.values()) for row in rows] == [("b", "a", None), ("d", None, "InputError")]


def test_everything_a_brief_says_is_there(tmp_path: Path) -> None:
    """Of the replayed briefs: as many rows as parts, and no key points nowhere."""
    made = replayed()
    with closing(filled(tmp_path / "x.db", *real())) as database:
        counts = {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in ("articles", "actors", "statements", "uncovered", "rejected", "unread", "flags", "key_points")
        }
        assert counts == {
            "articles": len(made),
            "actors": sum(len(b.actors) for b in made),
            "statements": sum(1 for b in made for _ in b.items()),
            **{n: sum(len(getattr(b.audit, n)) for b in made) for n in ("uncovered", "rejected", "unread", "flags")},
            "key_points": sum(len(b.summary) + (b.headline is not None) for b in made),
        }
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_quote_is_what_stands_at_its_place(tmp_path: Path) -> None:
    """`substr` finds it in the article's text, which the database has too."""
    question = """SELECT e.quote, substr(a.text, e.start + 1, e."end" - e.start) AS found
        FROM evidence AS e JOIN articles AS a ON a.number = e.article"""
    with asked(tmp_path / "x.db", question, *real()) as rows:
        assert len(rows) > 100
        assert all(row["quote"] == row["found"] for row in rows)


def test_each_evidence_belongs_to_one_thing(tmp_path: Path) -> None:
    """A statement, an actor or a key point."""
    question = "SELECT (statement IS NULL) + (actor IS NULL) + (key_point IS NULL) AS empty FROM evidence"
    with asked(tmp_path / "x.db", question, *real()) as rows:
        assert {row["empty"] for row in rows} == {2}


def test_lines_is_what_a_reader_wants(tmp_path: Path) -> None:
    """Who says what, its quote and where it was published, and that AI made it."""
    told = {"external_id": "a", "title": "Talks", "date": "2026-11-12", "source": "https://x.example/"}
    made = brief(article=brief().article.model_copy(update=told))
    with asked(tmp_path / "x.db", "SELECT * FROM lines", Result("a", "a", brief=made)) as rows:
        assert {k: v for k, v in rows[1].items() if v is not None} == {
            "statement": 2, "external_id": "a", "title": "Talks", "date": "2026-11-12", "url": "https://x.example/",
            "actor": "Odo Brandt", "actor_role": "Marshal", "section": "conditions_for_talks",
            "text": "talks only if the siege ends", "quote": "He would talk only if the siege ended.",
            "stance": "sets", "regarding": "talks", "disclosure": "Made by AI, not yet reviewed.",
        }  # fmt: skip


def test_actors_that_are_referred_to_have_their_names(tmp_path: Path) -> None:
    """In the view; the article's own voice is told in words."""
    item = brief().positions[0].model_copy(update={"actor": "article", "toward": "odo-brandt"})
    with asked(tmp_path / "x.db", "SELECT * FROM lines", Result("a", "a", brief=brief(positions=(item,)))) as rows:
        assert (rows[0]["actor"], rows[0]["toward"]) == ("the article", "Odo Brandt")


def test_what_is_left_out_can_be_read(tmp_path: Path) -> None:
    """Uncovered, rejected, unread, flags; a draft is never in the column of quotes."""
    audit = unread(brief()).audit.model_copy(
        update={
            "uncovered": (Uncovered(sentence=1, quote="“We will not retreat.”", why="direct_speech"),),
            "rejected": (Rejection(section="positions", reason="negation", detail="a negation", draft="we retreat"),),
        }
    )
    with asked(tmp_path / "x.db", "SELECT * FROM left_out", Result("a", "a", brief=brief(audit=audit))) as rows:
        assert [(row["what"], row["quote"]) for row in rows] == [
            ("uncovered", "“We will not retreat.”"), ("rejected", None), ("unread", None),
        ]  # fmt: skip
        assert "we retreat" in rows[1]["detail"]


def test_without_text_the_quotes_stay(tmp_path: Path) -> None:
    """As in a brief saved with --no-text."""
    with closing(filled(tmp_path / "x.db", *real(), text=False)) as database:
        assert database.execute("SELECT count(text) FROM articles").fetchone()[0] == 0
        assert database.execute("SELECT count(quote) FROM evidence").fetchone()[0] > 100


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_steers_a_terminal(tmp_path: Path, text: str) -> None:
    """Nor ends a statement; what is harmless stays."""
    with closing(filled(tmp_path / "x.db", Result(text, text, brief=hostile(text)))) as database:
        dump = "\n".join(database.iterdump())
        assert not {"\x1b", "\x00", "\u202e", "\r"} & set(dump)
        title = database.execute("SELECT title FROM articles").fetchone()[0]
        assert len(title) == len(text)
        assert title == text or "\ufffd" in title


def test_hostile_ids_of_failures_and_duplicates_fit_together(tmp_path: Path) -> None:
    """The duplicate finds its original by the same name."""
    results = (Result(ID, ID, error="InputError", detail=ID), Result("b", "b", duplicate_of=ID))
    with asked(tmp_path / "x.db", "SELECT * FROM articles", *results) as rows:
        assert rows[1]["duplicate_of"] == 1
        assert rows[0]["detail"] == "a\ufffd[2J\ufffd\nb"


def test_an_id_that_comes_again_refers_to_the_latest(tmp_path: Path) -> None:
    """As a file that is followed and overwritten does."""
    results = (
        Result("a", "a", brief=brief()),
        Result("a", "a", brief=nothing()),
        Result("a", "a", duplicate_of="a"),
        Result("b", "b", duplicate_of="a"),
    )
    with asked(tmp_path / "x.db", "SELECT duplicate_of FROM articles", *results) as rows:
        assert [row["duplicate_of"] for row in rows] == [None, None, 2, 2]


def test_the_database_says_what_it_is(tmp_path: Path) -> None:
    """That AI made it, and how to read its columns."""
    with asked(tmp_path / "x.db", "SELECT * FROM about") as rows:
        told = {row["what"]: row["said"] for row in rows}
    assert "worded by AI" in told["disclosure"]
    assert "start, end" in told


def test_views_and_foreign_keys_are_indexed(tmp_path: Path) -> None:
    """The lines of one article, and the quotes of one line, are found without reading all."""
    with closing(filled(tmp_path / "x.db", *real())) as database:
        for question in (
            "SELECT * FROM evidence WHERE statement = 3",
            "SELECT * FROM statements WHERE article = 1",
            "SELECT * FROM statements WHERE actor = 1",
            "SELECT * FROM articles WHERE external_id = 'a'",
        ):
            plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {question}")]
            assert not any(step.startswith("SCAN") for step in plan), (question, plan)


def test_counting_the_lines_reads_no_quotes(tmp_path: Path) -> None:
    """Datasette counts the rows of every view it shows, and gives up after a second."""
    with closing(filled(tmp_path / "x.db", *real())) as database:
        plan = [row[3] for row in database.execute("EXPLAIN QUERY PLAN SELECT count(*) FROM lines")]
        assert not any("evidence" in step or "TEMP B-TREE" in step for step in plan), plan


def test_growing_adds_to_a_database_that_was_written(tmp_path: Path) -> None:
    """And refuses one that is something else."""
    filled(tmp_path / "x.db", Result("a", "a", brief=brief())).close()
    with outputs.growing(tmp_path / "x.jsonl", None, tmp_path / "x.db", text=True) as add:
        add(Result("b", "b", duplicate_of="a"))
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        assert database.execute("SELECT duplicate_of FROM articles").fetchall() == [(None,), (1,)]
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE articles (x)")
    (tmp_path / "text.db").write_text("something else, and long enough to be taken for a database file " * 20)
    for name in ("other.db", "text.db"):
        with (
            pytest.raises(UsageError, match=rf"^cannot write to .*{name}: "),
            outputs.growing(tmp_path / "y.jsonl", None, tmp_path / name, text=True),
        ):
            pass


def test_a_result_is_in_it_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where adding it fails halfway, what was added before stays."""
    from summarizer.corpus.database import Database

    def fail(*args: object, **options: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    def both() -> None:
        with outputs.growing(tmp_path / "x.jsonl", None, tmp_path / "x.db", text=True) as add:
            add(Result("a", "a", brief=brief()))
            monkeypatch.setattr(Database, "_evidence", fail)
            add(Result("b", "b", brief=brief()))

    with pytest.raises(UsageError, match=r"x\.db: database or disk is full$"):
        both()
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        assert database.execute("SELECT external_id FROM articles").fetchall() == [("a",)]


def test_aliases_are_json(tmp_path: Path) -> None:
    """For SQL's own functions."""
    with closing(filled(tmp_path / "x.db", *real())) as database:
        written = [row[0] for row in database.execute("SELECT aliases FROM actors")]
    assert [tuple(json.loads(aliases)) for aliases in written] == [a.aliases for b in replayed() for a in b.actors]


def test_a_duplicate_points_to_the_very_input_it_repeats(tmp_path: Path) -> None:
    """Where ids differ only in what is not stored, or a file was replaced, the name alone would not tell."""
    failed = [Result(name, name, error="InputError", detail="x") for name in ("a\x01", "a\x02")]
    with asked(
        tmp_path / "x.db",
        "SELECT duplicate_of FROM articles WHERE status = 'duplicate'",
        *failed,
        Result("b", "b", duplicate_of="a\x01", original=1),
    ) as rows:
        assert [row["duplicate_of"] for row in rows] == [1]
