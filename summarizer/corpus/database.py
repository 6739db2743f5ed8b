"""The briefs of a batch as a SQLite database, for Datasette, DuckDB and SQL.

A row of `articles` is an input; statements, actors and evidence hang on it by foreign keys. The view `lines` has what
a reader wants of a statement: who says it, the words it rests on, where they were published, and that AI made it.
Text is the article's own, but for U+FFFD in the place of control and direction-changing characters, as in CSV: then
`substr(articles.text, start + 1, "end" - start)` is the quote.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from summarizer.brief import Brief, Evidence, Item
from summarizer.corpus.row_files import status
from summarizer.exports.marking import SOFTWARE, Frame
from summarizer.exports.rows import OWN, REFERENCES, harmless
from summarizer.review import HEADLINE, SUMMARY

if TYPE_CHECKING:
    from summarizer.corpus.engine import Result

_VERSION: Final = 1
"""SQLite's user_version of the tables as they are here."""

_ARTICLE = "article INTEGER NOT NULL REFERENCES articles (number)"
_OWN = "".join(
    f", {name} INTEGER REFERENCES actors (number)" if name in REFERENCES else f", {name} TEXT" for name in OWN
)
_OWN_READ = "".join(
    f", (SELECT name FROM actors WHERE number = s.{name}) AS {name}" if name in REFERENCES else f", s.{name}"
    for name in OWN
)

# The views have no ORDER BY: with it counting 300,000 lines takes seconds, and Datasette gives up after one.
_SCHEMA: Final = f"""
CREATE TABLE about (what TEXT PRIMARY KEY, said TEXT NOT NULL);
CREATE TABLE articles (
    number INTEGER PRIMARY KEY,
    external_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('complete', 'incomplete', 'duplicate', 'failed')),
    title TEXT, date TEXT, publisher TEXT, source TEXT, language TEXT,
    headline TEXT,
    statements INTEGER,
    coverage REAL,
    disclosure TEXT,
    duplicate_of INTEGER REFERENCES articles (number),
    error TEXT, detail TEXT,
    place TEXT NOT NULL,
    article_id TEXT,
    model TEXT,
    text TEXT
);
CREATE TABLE actors (
    number INTEGER PRIMARY KEY, {_ARTICLE},
    id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, role TEXT, aliases TEXT NOT NULL,
    UNIQUE (article, id)
);
CREATE TABLE key_points (
    number INTEGER PRIMARY KEY, {_ARTICLE}, id TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (article, id)
);
CREATE TABLE statements (
    number INTEGER PRIMARY KEY, {_ARTICLE},
    section TEXT NOT NULL, line TEXT NOT NULL,
    actor INTEGER REFERENCES actors (number),
    text TEXT NOT NULL{_OWN},
    UNIQUE (article, line)
);
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY, {_ARTICLE},
    statement INTEGER REFERENCES statements (number),
    actor INTEGER REFERENCES actors (number),
    key_point INTEGER REFERENCES key_points (number),
    sentence INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, quote TEXT NOT NULL
);
CREATE TABLE uncovered (
    number INTEGER PRIMARY KEY, {_ARTICLE}, sentence INTEGER NOT NULL, quote TEXT NOT NULL, why TEXT NOT NULL
);
CREATE TABLE rejected (
    number INTEGER PRIMARY KEY, {_ARTICLE},
    section TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, draft TEXT NOT NULL
);
CREATE TABLE unread (
    number INTEGER PRIMARY KEY, {_ARTICLE}, first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE flags (
    number INTEGER PRIMARY KEY, {_ARTICLE}, code TEXT NOT NULL, sentence INTEGER, detail TEXT NOT NULL
);
CREATE INDEX articles_external_id ON articles (external_id);
CREATE INDEX articles_status ON articles (status);
CREATE INDEX articles_date ON articles (date);
CREATE INDEX articles_duplicate_of ON articles (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX actors_name ON actors (name);
CREATE INDEX statements_actor ON statements (actor);
CREATE INDEX statements_section ON statements (section);
CREATE INDEX evidence_article ON evidence (article);
CREATE INDEX evidence_statement ON evidence (statement) WHERE statement IS NOT NULL;
CREATE INDEX uncovered_article ON uncovered (article);
CREATE INDEX rejected_article ON rejected (article);
CREATE INDEX unread_article ON unread (article);
CREATE INDEX flags_article ON flags (article);
CREATE VIEW lines AS
    SELECT s.number AS statement, a.external_id, a.title, a.date, a.publisher, a.source AS url,
        coalesce(who.name, 'the article') AS actor, who.role AS actor_role, s.section, s.text,
        (SELECT group_concat(quote, ' […] ')
            FROM (SELECT quote FROM evidence WHERE statement = s.number ORDER BY number)) AS quote{_OWN_READ},
        a.disclosure
    FROM statements AS s JOIN articles AS a ON a.number = s.article LEFT JOIN actors AS who ON who.number = s.actor;
CREATE VIEW left_out AS
    SELECT a.external_id, a.title, a.source AS url, left_out.* FROM (
        SELECT article, 'uncovered' AS what, why AS reason, sentence, quote, NULL AS detail FROM uncovered
        UNION ALL SELECT article, 'rejected', reason, NULL, NULL, detail || ' (the model wrote: ' || draft || ')'
            FROM rejected
        UNION ALL SELECT article, 'unread', reason, first, NULL, 'sentences ' || first || ' to ' || last FROM unread
        UNION ALL SELECT article, 'flag', code, sentence, NULL, detail FROM flags
    ) AS left_out JOIN articles AS a ON a.number = left_out.article;
CREATE VIEW not_briefed AS
    SELECT a.number, a.external_id, a.status, a.place, a.error, a.detail, original.external_id AS duplicate_of
    FROM articles AS a LEFT JOIN articles AS original ON original.number = a.duplicate_of
    WHERE a.status IN ('failed', 'duplicate');
PRAGMA user_version = {_VERSION};
"""

_ABOUT: Final = {
    "disclosure": "The statements, key points and headlines in this database were worded by AI. What a person has "
    "reviewed says so in `disclosure`; the quotes were copied from the articles by a program.",
    "articles": "A row for each input, in the order it was read: also for those that failed or repeat another.",
    "lines": "A row for each statement, to read: begin there.",
    "left_out": "What a reader should know is missing: statements no line points at, drafts that were rejected, "
    "sentences that were not read, flags.",
    "actor": "Empty in `statements` where the article speaks in its own voice.",
    "start, end": "Code points into `articles.text`, from 0; `end` is one past the last.",
    "made with": SOFTWARE,
}


class Database:
    """The database, which results are added to in their order. Each method raises `sqlite3.Error`."""

    def __init__(self, file: Path, *, text: bool) -> None:
        """An empty file is made one; `text` says whether the articles' text stands in it."""
        self._text = text
        self._to = sqlite3.connect(file, isolation_level=None, timeout=30)
        try:
            self._open(new=not file.stat().st_size)
        except sqlite3.Error:
            self._to.close()
            raise

    def _open(self, new: bool) -> None:
        if new:
            self._to.executescript(f"BEGIN; {_SCHEMA}")
            self._to.executemany("INSERT INTO about VALUES (?, ?)", _ABOUT.items())
            self._to.execute("COMMIT")
        elif self._to.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            raise sqlite3.DatabaseError("it holds other tables; name a file that is not there yet")
        self._to.execute("PRAGMA foreign_keys = ON")

    def write(self, result: Result) -> None:
        """Add an input and all that its brief says."""
        if not self._to.in_transaction:
            self._to.execute("BEGIN IMMEDIATE")
        if result.brief is None:
            self._add(
                "articles",
                external_id=result.external_id,
                status=status(result),
                place=result.place,
                error=result.error,
                detail=result.detail,
                duplicate_of=result.original or self._number(result.duplicate_of),
            )
            return
        frame = Frame(result.brief)
        article = self._article(result, frame)
        self._brief(article, frame.brief)

    def flush(self) -> None:
        """Commit."""
        if self._to.in_transaction:
            self._to.execute("COMMIT")

    def close(self) -> None:
        """Close the file; what is not committed is not in it."""
        self._to.close()

    def _number(self, external_id: str | None) -> int | None:
        """The latest input of that id which is not itself a duplicate."""
        if external_id is None:
            return None
        found = "SELECT max(number) FROM articles WHERE external_id = ? AND status != 'duplicate'"
        number: int | None = self._to.execute(found, (harmless(external_id),)).fetchone()[0]
        return number

    def _article(self, result: Result, frame: Frame) -> int:
        brief, article = frame.brief, frame.brief.article
        return self._add(
            "articles",
            external_id=result.external_id,
            status=status(result),
            place=result.place,
            **{name: getattr(article, name) for name in ("title", "date", "publisher", "source", "language")},
            headline=brief.headline.text if brief.headline else None,
            statements=sum(1 for _ in brief.items()),
            coverage=brief.audit.coverage,
            disclosure=frame.statement,
            article_id=article.id,
            model=brief.provenance.model,
            text=article.text if self._text else None,
        )

    def _brief(self, article: int, brief: Brief) -> None:
        actors: dict[str, int] = {}
        for actor in brief.actors:
            own = {name: getattr(actor, name) for name in ("id", "name", "kind", "role")}
            aliases = json.dumps(actor.aliases, ensure_ascii=False)
            actors[actor.id] = self._add("actors", article=article, **own, aliases=aliases)
            self._evidence(article, actor.evidence, actor=actors[actor.id])
        points = [(HEADLINE, brief.headline)] if brief.headline else []
        for name, point in [*points, *((f"{SUMMARY}-{n}", point) for n, point in enumerate(brief.summary, 1))]:
            number = self._add("key_points", article=article, id=name, text=point.text)
            self._evidence(article, point.evidence, key_point=number)
        for section, item in brief.items():
            number = self._add("statements", article=article, section=section, **_statement(item, actors))
            self._evidence(article, item.evidence, statement=number)
        for table in ("uncovered", "rejected", "unread", "flags"):
            for part in getattr(brief.audit, table):
                self._add(table, article=article, **part.model_dump())

    def _evidence(self, article: int, evidence: Iterable[Evidence], **of: int) -> None:
        for span in evidence:
            self._add("evidence", article=article, **of, **span.model_dump())

    def _add(self, table: str, **values: Any) -> int:
        """A row; its number."""
        names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
        clean = [harmless(value) if isinstance(value, str) else value for value in values.values()]
        number = self._to.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", clean).lastrowid
        assert number is not None
        return number


def _statement(item: Item, actors: dict[str, int]) -> dict[str, Any]:
    """The columns that are the item's own; no actor stands for the article's own voice."""
    values = {name: getattr(item, name) for name in type(item).model_fields if name in OWN}
    told = {name: actors.get(value) if name in REFERENCES else value for name, value in values.items()}
    return {"line": item.id, "actor": actors.get(item.actor), "text": item.text, **told}
