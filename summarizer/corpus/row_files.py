"""Files that grow row by row with little memory: JSON Lines and CSV, and Parquet with a row group whenever one is full.

Here is also what the rows of statements are in each of the three.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from summarizer.errors import UsageError

if TYPE_CHECKING:
    from summarizer.corpus.engine import Result

_GROUP_ROWS: Final = 5_000
_GROUP_CHARACTERS: Final = 8_000_000
"""A row group is written when it has so many rows, or so many characters in them."""

Rows = Callable[["Result"], Iterable[Mapping[str, Any]]]


class Sink(Protocol):
    """Where results are written to, in their order. Each method raises `OSError` when it cannot be."""

    def write(self, result: Result) -> None:
        """Take a result."""
        ...

    def flush(self) -> None:
        """Let other programs see what was taken so far."""
        ...

    def close(self) -> None:
        """End the file. A second time does nothing."""
        ...


class Lines:
    """A text file that is added to, whose head comes once."""

    def __init__(self, file: Path, text: Callable[[Result], str], head: str = "") -> None:
        """`text` gives what a result adds, line ends included."""
        self._text = text
        self._stream = file.open("ab")
        if not self._stream.tell():
            self._stream.write(head.encode())

    def write(self, result: Result) -> None:
        """Add what the result gives."""
        self._stream.write(self._text(result).encode())

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class Table:
    """A Parquet file. The same rows give the same bytes with the same version of pyarrow."""

    def __init__(self, file: Path, schema: Any, rows: Rows) -> None:
        """`rows` gives the rows of a result; `schema` is pyarrow's."""
        from pyarrow.parquet import ParquetWriter

        self._schema, self._of = schema, rows
        self._rows: list[Mapping[str, Any]] = []
        self._characters = 0
        self._writer = ParquetWriter(file, schema, compression="zstd")

    def write(self, result: Result) -> None:
        """Take the rows of a result, and write a row group when there are enough."""
        for row in self._of(result):
            self._rows.append(row)
            self._characters += sum(len(value) for value in row.values() if isinstance(value, str))
        if len(self._rows) >= _GROUP_ROWS or self._characters >= _GROUP_CHARACTERS:
            self._write_group()

    def flush(self) -> None:
        """Nothing: a Parquet file can be read when it is closed, not before."""

    def close(self) -> None:
        """Write what is left, and the foot of the file."""
        if self._writer.is_open:
            if self._rows:
                self._write_group()
            self._writer.close()

    def _write_group(self) -> None:
        import pyarrow

        rows, self._rows, self._characters = self._rows, [], 0
        self._writer.write_table(pyarrow.Table.from_pylist(rows, schema=self._schema), row_group_size=len(rows))


def statements(file: Path, suffix: str) -> Sink:
    """The file of flat rows, one a statement; duplicates and failures have none. Parquet for `.parquet`, and so on."""
    from summarizer.exports import rows

    if suffix == ".parquet":
        return Table(file, _statement_schema(), _statements)
    if suffix == ".csv":
        return Lines(file, lambda result: rows.csv_lines(result.brief) if result.brief else "", rows.CSV_HEAD)
    return Lines(file, lambda result: rows.jsonl_lines(result.brief) if result.brief else "")


def status(result: Result) -> str:
    """What became of an input, in a word: complete, incomplete, duplicate or failed."""
    if result.brief:
        return "complete" if result.brief.audit.complete else "incomplete"
    return "failed" if result.duplicate_of is None else "duplicate"


def arrow() -> Any:
    """The package pyarrow. Raises `UsageError`, which says how to install it."""
    try:
        import pyarrow
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow: pip install 'desk-summarizer[parquet]'") from error
    return pyarrow


def day(date: str | None) -> datetime.date | None:
    """An article's date as Parquet has dates."""
    return datetime.date.fromisoformat(date) if date else None


def _statement_schema() -> Any:
    from summarizer.exports.rows import COLUMNS

    pa = arrow()
    place = [("sentence", pa.int64()), ("start", pa.int64()), ("end", pa.int64()), ("quote", pa.string())]
    types = {
        "date": pa.date32(),
        "evidence": pa.list_(pa.struct(place)),
        "seen_in_source": pa.bool_(),
        "complete": pa.bool_(),
    }
    return pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])


def _statements(result: Result) -> Iterable[Mapping[str, Any]]:
    from summarizer.exports.rows import OWN, rows

    for row in rows(result.brief) if result.brief else ():
        own = {name: None if row[name] is None else str(row[name]) for name in OWN}
        yield row | own | {"date": day(row["date"])}
