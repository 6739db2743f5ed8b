"""Tables of articles, one a row: JSON Lines and CSV, read row by row in memory that does not grow.

A row is `{"text" or "html", "id", "title", "date", "publisher", "source", "language", "licence"}`; other columns are
ignored. Where a row has both, `text` counts. A broken row is told with its place, and the rest goes on.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, AnyStr, Final, Generic, NamedTuple

from summarizer.corpus.pieces import Piece
from summarizer.errors import InputError
from summarizer.plain import one_line
from summarizer.reading import JSON_KEYS, MAX_BYTES, Reading, binary_kind, decode, encoding_of, read_json

__all__ = ["FIELDS", "Lines", "Row", "csv_rows", "is_csv_header", "json_row", "jsonl_rows", "pieces_of", "places_of"]

FIELDS: Final = ("text", "html", *JSON_KEYS)
"""The columns that are read, under our names."""

BODIES: Final = ("text", "html")

_HOPELESS: Final = 100
"""Rows from the first on of which none gives an article, after which a table is given up as being no such table."""


# What the three have in common


class Row(NamedTuple):
    """A row: its number, and its cells by column name or what is wrong with it."""

    number: int
    cells: Mapping[str, Any] | InputError
    notes: Sequence[tuple[str, str]] = ()


def pieces_of(
    rows: Iterator[Row], name: str, title: str, unit: str, columns: Mapping[str, str], *, begun: bool = False
) -> Iterator[Piece]:
    """Read the rows of the table `title`; the ids of those without one begin with `name`.

    A table none of whose first rows has text, or can be read, is told of once, as a whole; not where it has `begun`.
    """
    held: list[Piece] = []
    names: dict[str, None] = {}
    for row in rows:
        cells = row.cells
        own = _own_id(row, columns) or f"{name}:{row.number}"
        piece = Piece(f"{title}, {unit} {row.number}", own, _reading(row, columns))
        begun = begun or (not isinstance(cells, InputError) and _has_body(cells, columns))
        if begun:
            yield from held
            held.clear()
            yield piece
            continue
        held.append(piece)
        names.update(dict.fromkeys(() if isinstance(cells, InputError) else list(cells)[:_HOPELESS]))
        if len(held) >= _HOPELESS:
            break
    if held and names:
        yield Piece(title, name, no_body(list(names), columns))
    elif len(held) < _HOPELESS:
        yield from held
    else:
        why = held[0].content
        yield Piece(title, name, InputError(f"none of the first {_HOPELESS} {unit}s can be read; of the first: {why}"))


def _own_id(row: Row, columns: Mapping[str, str]) -> str | None:
    """The id that a row brings, also one that cannot be read as an article."""
    given = None if isinstance(row.cells, InputError) else row.cells.get(columns.get("id", "id"))
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    return one_line(given)[:2000] or None if isinstance(given, str) else None


def _bodies(columns: Mapping[str, str]) -> Sequence[str]:
    """Which columns of ours may hold the article: the one that was named, or else either."""
    return [body for body in BODIES if body in columns] or BODIES


def _has_body(cells: Mapping[str, Any], columns: Mapping[str, str]) -> bool:
    return any(columns.get(body, body) in cells for body in _bodies(columns))


def _reading(row: Row, columns: Mapping[str, str]) -> Reading | InputError:
    """The article in a row under the names of its table."""
    if isinstance(row.cells, InputError):
        return row.cells
    ours = {field: row.cells.get(columns.get(field, field)) for field in FIELDS}
    bodies = [body for body in _bodies(columns) if ours[body] is not None and ours[body] != ""]
    for body in BODIES:
        if body not in bodies[:1]:
            del ours[body]
    if not bodies:
        return InputError(f"no article: {' and '.join(columns.get(b, b) for b in _bodies(columns))} empty or missing")
    try:
        reading = read_json(ours)
    except InputError as error:
        return error
    reading.notes[:0] = row.notes
    return reading


def no_body(found: Sequence[str], columns: Mapping[str, str]) -> InputError:
    """The error for a table without the column of the article."""
    names = ", ".join(str(name)[:60] for name in found[:30]) + (", …" if len(found) > 30 else "")
    wanted = " or ".join(repr(columns.get(body, body)) for body in _bodies(columns))
    return InputError(
        f"no column {wanted}; the columns are: {names}. Name the one that holds the article, such as --column text=body"
    )


class LongLine(Exception):
    """A line of a file is longer than can be an article."""


_LONG = f"too large: longer than {MAX_BYTES:,} bytes; split it and give the parts one by one"


class Lines(Generic[AnyStr]):
    """The lines of a stream. One over the limit raises `LongLine`; then it goes on with the next."""

    def __init__(self, readline: Callable[[int], AnyStr], number: int = 0, first: AnyStr | None = None) -> None:
        self._readline: Callable[[int], AnyStr] = readline
        self._first: AnyStr | None = first  # what was read of it already
        self.number = number
        """The number of the line that was read last, counted from 1."""

    def __iter__(self) -> Lines[AnyStr]:
        return self

    def __next__(self) -> AnyStr:
        line: AnyStr = self._first or self._readline(MAX_BYTES + 1)
        self._first = None
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > MAX_BYTES:
            while line and line[-1:] not in (b"\n", "\n"):
                line = self._readline(1 << 20)
            raise LongLine
        return line


# JSON Lines


def jsonl_rows(
    lines: Lines[bytes], name: str, title: str, columns: Mapping[str, str], *, begun: bool = False
) -> Iterator[Piece]:
    """The articles of a JSON Lines stream: one JSON object a line, empty lines apart.

    `begun` says that lines before these were read as such.
    """
    rows = _json_lines(lines, first=not begun)
    return pieces_of(rows, name, title, "line", columns, begun=begun)


def _json_lines(lines: Lines[bytes], first: bool) -> Iterator[Row]:
    while True:
        try:
            line = next(lines).strip()
        except StopIteration:
            return
        except LongLine:
            yield Row(lines.number, InputError(_LONG))
            first = False
            continue
        if first and line.removeprefix(codecs.BOM_UTF8).startswith(b"["):
            yield Row(lines.number, InputError("a JSON array, not JSON Lines; write one object a line (jq -c '.[]')"))
            return
        if line and line != codecs.BOM_UTF8:
            first = False
            yield json_row(line, lines.number)


def json_row(line: bytes, number: int) -> Row:
    """The JSON object on a line."""
    try:
        text, notes = decode(line)
        loaded = json.loads(text.removeprefix("\ufeff"))
    except InputError as error:
        return Row(number, error)
    except ValueError as error:
        return Row(number, InputError(f"not valid JSON: {error}"))
    except RecursionError:
        return Row(number, InputError("not usable JSON: nested too deeply"))
    if not isinstance(loaded, dict):
        return Row(number, InputError('not a JSON object, such as {"text": "..."}'))
    return Row(number, loaded, notes)


# CSV

_DELIMITERS: Final = (",", ";", "\t", "|")
csv.field_size_limit(max(csv.field_size_limit(), MAX_BYTES))  # the module has one for the whole process


def csv_rows(path: Path, name: str, title: str, columns: Mapping[str, str]) -> Iterator[Piece]:
    """The articles of a CSV file whose first row names the columns, parted by comma, semicolon, tab or bar.

    UTF-8, or what its bytes show. Raises `InputError` when it is no such file, `OSError` when it cannot be read.
    """
    encoding, notes = _encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        lines = Lines(stream.readline)
        delimiter, header, places = _header(lines, columns)
        rows = (_csv_row(record, header, places, notes) for record in _records(lines, delimiter))
        yield from pieces_of(rows, name, title, "line", columns)


def is_csv_header(line: bytes, columns: Mapping[str, str]) -> bool:
    """Whether a line names two columns that are read, or that of the article among others without spaces before them.

    "Text, pictures and sound" begins an article.
    """
    known = {columns.get(field, field).casefold() for field in FIELDS}
    bodies = {columns.get(body, body).casefold() for body in _bodies(columns)}
    try:
        headers = _parted(line[:10_000].decode("utf-8-sig", "replace")).values()
    except csv.Error:
        return False
    for header in headers:
        names = {cell.strip().casefold() for cell in header}
        apart = len(header) > 1 and not any(cell[:1].isspace() for cell in header)
        if len(names & known) > 1 or (apart and names & bodies):
            return True
    return False


def _encoding(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """How the file is read: by its beginning, or by the first part of it that is not UTF-8; notes, as `decode` has."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    found: tuple[str, list[tuple[str, str]]] | None = None
    with path.open("rb") as stream:
        while part := stream.read(1 << 20):
            if found is None:
                if what := binary_kind(part):
                    raise InputError(f"not CSV but {what}")
                found = encoding_of(_cut(part))
                if found[0] != "utf-8":
                    return found
            try:
                decoder.decode(part)
            except UnicodeDecodeError:
                return encoding_of(_cut(part))
    return found or ("utf-8", [])


def _cut(part: bytes) -> bytes:
    """`part` without the beginning of a character in UTF-8 that does not end in it."""
    try:
        part.decode("utf-8")
    except UnicodeDecodeError as error:
        return part[: error.start] if error.start > len(part) - 4 else part
    return part


def _header(lines: Lines[str], columns: Mapping[str, str]) -> tuple[str, list[str], dict[str, int]]:
    """The delimiter, the names in the first row, and where the columns stand that are read; raises `InputError`."""
    written, marks = "", 0
    try:
        for line in lines:
            written += line if written or line.strip() else ""
            marks += line.count('"')
            if (written and marks % 2 == 0) or len(written) > 100_000:
                break
    except LongLine:
        raise InputError(_LONG) from None
    if not written:
        raise InputError("empty: there is no row in it")
    try:
        headers = _parted(written)
    except csv.Error as error:
        raise InputError(f"the first row is broken: {error}") from error
    problems: dict[str, InputError] = {}
    for delimiter, header in headers.items():
        try:
            return delimiter, header, places_of(header, columns)
        except InputError as error:
            problems[delimiter] = error
    raise problems[max(headers, key=lambda delimiter: len(headers[delimiter]))]


def _parted(row: str) -> dict[str, list[str]]:
    """The cells of a row by each delimiter that it may have."""
    return {d: next(csv.reader(io.StringIO(row, newline=""), delimiter=d), []) for d in _DELIMITERS}


class _Budget(Iterator[str]):
    """Lines, of which one row may use a limited number of characters: an open quotation mark goes on and on."""

    def __init__(self, lines: Lines[str]) -> None:
        self._lines = lines
        self.left = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.left -= len(line)
        if self.left < 0:
            raise LongLine
        return line


def _records(lines: Lines[str], delimiter: str) -> Iterator[tuple[int, list[str] | InputError]]:
    """The rows after the first, each with the number of the line it begins on."""
    budget = _Budget(lines)
    reader = csv.reader(budget, delimiter=delimiter, strict=True)
    while True:
        number = lines.number + 1
        budget.left = MAX_BYTES
        try:
            cells = next(reader)
        except StopIteration:
            return
        except LongLine:
            lost = f"; lines {number} to {lines.number} are lost" if lines.number > number else ""
            yield number, InputError(f"{_LONG}. Is a quotation mark not closed?{lost}")
        except csv.Error as error:
            what = "a quotation mark is not closed" if "unexpected end" in str(error) else str(error)
            lost = f"; lines {number} to {lines.number} are lost" if lines.number > number else ""
            yield number, InputError(f"a broken row: {what}{lost}")
        else:
            if cells:
                yield number, cells


def _csv_row(
    record: tuple[int, list[str] | InputError],
    header: Sequence[str],
    places: Mapping[str, int],
    notes: Sequence[tuple[str, str]],
) -> Row:
    number, cells = record
    if isinstance(cells, InputError):
        return Row(number, cells)
    if len(cells) < len(header) or any(cells[len(header) :]):
        return Row(number, InputError(f"a broken row: {len(cells):,} cells, the first row names {len(header):,}"))
    return Row(number, {column: cells[at] for column, at in places.items()}, notes)


def places_of(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Where the columns that are read stand. Raises `InputError` for one that is missing or stands there twice."""
    names = [cell.strip() for cell in header]
    places: dict[str, int] = {}
    for field in FIELDS:
        wanted = columns.get(field, field)
        # "Text" does where there is no "text".
        at = [i for i, n in enumerate(names) if n == wanted]
        at = at or [i for i, n in enumerate(names) if n.casefold() == wanted.casefold()]
        if len(at) > 1:
            raise InputError(f"two columns are called {wanted!r}; rename one")
        if at:
            places[wanted] = at[0]
        elif field in columns:
            raise InputError(f"no column {wanted!r}; the columns are: {', '.join(names[:30])}")
    if not _has_body(places, columns):
        raise no_body(names, columns)
    return places
