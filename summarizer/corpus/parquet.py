"""Tables of articles in Parquet, read batch by batch with pyarrow, which is an extra; see `tables`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from summarizer.corpus.pieces import Piece
from summarizer.corpus.tables import FIELDS, Row, pieces_of, places_of
from summarizer.errors import InputError, UsageError

__all__ = ["parquet_rows"]

_BATCH: Final = 8
"""Rows read at once: few, since a file of some megabytes may hold a text of many again and again."""


def parquet_rows(path: Path, name: str, title: str, columns: Mapping[str, str]) -> Iterator[Piece]:
    """The articles of a Parquet file. Raises `InputError` when it is no such file, `UsageError` without pyarrow."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise UsageError("Parquet needs an extra: pip install 'desk-summarizer[parquet]'") from error
    try:
        file = ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
    except (ArrowException, OSError) as error:
        raise InputError(f"not a readable Parquet file: {error}") from error
    with file:
        places = places_of(file.schema_arrow.names, columns)
        _check_types(file.schema_arrow, places, columns)
        wanted = [file.schema_arrow.names[at] for at in places.values()]
        rows = _parquet_rows(file, wanted, dict(zip(wanted, places, strict=True)), (ArrowException, OSError))
        yield from pieces_of(rows, name, title, "row", columns)


def _parquet_rows(
    file: Any, wanted: list[str], ours: Mapping[str, str], broken: tuple[type[Exception], ...]
) -> Iterator[Row]:
    """The rows of each group; one that cannot be read is told of, and the next is read."""
    before = 0
    for group in range(file.num_row_groups):
        number = before
        before += file.metadata.row_group(group).num_rows
        try:
            for batch in file.iter_batches(_BATCH, row_groups=[group], columns=wanted, use_threads=False):
                named = [(ours[column], batch.column(column)) for column in wanted]
                for at in range(batch.num_rows):
                    number += 1
                    yield _parquet_row(number, named, at)
        except broken as error:
            yield Row(number + 1, InputError(f"rows {number + 1} to {before} cannot be read: {error}"))


def _parquet_row(number: int, named: list[tuple[str, Any]], at: int) -> Row:
    try:
        cells = {name: values[at].as_py() for name, values in named}
    except (ValueError, OverflowError, KeyError) as error:  # not UTF-8; a time that no calendar has; no such time zone
        return Row(number, InputError(f"a cell cannot be read: {error}"))
    for name, value in cells.items():
        if isinstance(value, dt.date):
            cells[name] = (value.date() if isinstance(value, dt.datetime) else value).isoformat()
    return Row(number, cells)


def _check_types(schema: Any, places: Mapping[str, int], columns: Mapping[str, str]) -> None:
    """Raises `InputError` for a column whose type cannot be what it is to be."""
    from pyarrow import types

    for field in FIELDS:
        at = places.get(columns.get(field, field))
        if at is None:
            continue
        kind = schema.field(at).type
        plain = kind.value_type if types.is_dictionary(kind) else kind
        fits = types.is_string(plain) or types.is_large_string(plain) or types.is_string_view(plain)
        fits = fits or types.is_null(plain) or (field == "id" and types.is_integer(plain))
        if not fits and not (field == "date" and (types.is_date(plain) or types.is_timestamp(plain))):
            raise InputError(f"the column {schema.field(at).name!r} holds {kind}, not text")
