"""The files that a batch writes: briefs, rows of statements, and a database, each input in its order.

They appear whole and together, or grow result by result where a feed is followed.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from summarizer.corpus.row_files import Lines, Sink, Table, arrow, day, statements, status
from summarizer.errors import UsageError
from summarizer.files import telling, try_folder, whole_files
from summarizer.plain import json_text

if TYPE_CHECKING:
    from summarizer.corpus.engine import Result

Write = Callable[["Result"], None]

_SUFFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "-o": (".jsonl", ".parquet"),
    "--rows": (".csv", ".jsonl", ".parquet"),
    "--db": (".db", ".sqlite", ".sqlite3"),
}
_READ: Final = (".jsonl", ".csv", ".parquet")
"""Of these, what a folder that is read would give back as an input."""
BRIEF_COLUMNS: Final = (
    *("external_id", "status", "duplicate_of", "error", "detail", "place"),
    *("article_id", "title", "date", "publisher", "source", "language"),
    *("headline", "statements", "disclosure", "brief"),
)
"""The columns of a Parquet file of briefs, a row an input; `brief` is the whole brief as JSON."""

_NAMES: Final = ("external_id", "place", "duplicate_of", "error", "detail")
_FAILURE: Final = ("external_id", "error", "detail", "place")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


@contextmanager
def whole(
    briefs: Path, rows: Path | None, database: Path | None, *, text: bool, sealed: Callable[[Path, str], None]
) -> Iterator[Write]:
    """What writes a result into all files; they take their places when the block ends well, else nothing changes.

    Just before, `sealed` is called with the path of each and the sha256 (hex) of what it will hold. Without `text` the
    briefs have no article text. Raises `UsageError` for what cannot be written.
    """
    paths = [path for path in (briefs, rows, database) if path]
    with whole_files(paths, sealed) as beside:
        files = dict(zip(paths, beside, strict=True))
        with _sinks(briefs, rows, database, files, text) as sinks:
            yield lambda result: _write(sinks, result)


@contextmanager
def growing(briefs: Path, rows: Path | None, database: Path | None, *, text: bool) -> Iterator[Write]:
    """What adds a result to all files at once, so that other programs see it; a file that is not there is begun.

    A process that is killed meanwhile may leave its last result in some of them only: write them with `whole` before.
    Raises `UsageError` for what cannot be written, and for Parquet, which cannot grow.
    """
    paths = {path: path for path in (briefs, rows, database) if path}
    for path in paths:
        _can_grow(path)
    with _sinks(briefs, rows, database, paths, text) as sinks:
        _flush(sinks)

        def write(result: Result) -> None:
            _write(sinks, result)
            _flush(sinks)

        yield write


def check_targets(
    briefs: Path,
    rows: Path | None,
    database: Path | None,
    *,
    inputs: Sequence[str] = (),
    ledger: Path | None = None,
    grows: bool = False,
) -> None:
    """Raises `UsageError` where a file cannot be written as it is named, with what to do; nothing is written."""
    targets = {"-o": briefs, "--rows": rows, "--db": database}
    named = {option: path for option, path in targets.items() if path}
    for option, path in named.items():
        _check_name(option, path)
        if grows:
            _can_grow(path)
        if path.suffix.lower() == ".parquet":
            arrow()
        _check_place(path)
        if reader := next((given for given in inputs if _reads(given, path)), None):
            raise UsageError(f"cannot write to {path}: {reader} is read, and that is in it; give {option} another file")
    if ledger:
        named["--ledger"] = ledger
    options = list(named)
    for at, option in enumerate(options):
        for other in options[:at]:
            if _same(named[option], named[other]):
                raise UsageError(f"{other} and {option} are the same file, {named[option]}: give each its own")


def _check_name(option: str, path: Path) -> None:
    if path.suffix.lower() not in _SUFFIXES[option]:
        *some, last = _SUFFIXES[option]
        raise UsageError(f"{option} takes a file that ends in {', '.join(some)} or {last}, not {str(path)!r}")


def _can_grow(path: Path) -> None:
    if path.suffix.lower() == ".parquet":
        raise UsageError(f"cannot write to {path} with --follow: a Parquet file cannot grow; give a .jsonl file")


def _check_place(path: Path) -> None:
    failed = f"cannot write to {path}"
    with telling(failed):
        if path.exists() and not path.is_file():
            raise UsageError(f"{failed}: it is {'a folder' if path.is_dir() else 'no ordinary file'}; give a file")
        target = path.resolve()
        if not target.parent.is_dir():
            raise UsageError(f"{failed}: there is no folder {target.parent}; make it first")
    try_folder(target.parent, failed)


def _reads(given: str, path: Path) -> bool:
    """Whether an input is that file, or a folder or a pattern that finds it, now or when the command comes again."""
    if given == "-":
        return False
    source = Path(given)
    with suppress(OSError, RuntimeError, ValueError):
        if source.is_dir():
            return path.suffix.lower() in _READ and path.resolve().is_relative_to(source.resolve())
        if _same(source, path):
            return True
    target, pattern = Path(os.path.abspath(path)), Path(os.path.abspath(source))  # noqa: PTH100 - takes ".." out
    deep = "**" in pattern.parts or len(pattern.parts) == len(target.parts)
    return deep and fnmatch(str(target), str(pattern))


def _same(one: Path, other: Path) -> bool:
    with suppress(OSError):
        if one.samefile(other):
            return True
    return one.resolve() == other.resolve()


@contextmanager
def _sinks(
    briefs: Path, rows: Path | None, database: Path | None, files: Mapping[Path, Path], text: bool
) -> Iterator[list[tuple[Path, Sink]]]:
    """What writes each output, into the file that stands for it; they are closed when the block ends."""
    sinks: list[tuple[Path, Sink]] = []
    try:
        with _telling(briefs):
            sinks.append((briefs, _briefs(files[briefs], briefs.suffix.lower(), text)))
        if rows:
            with _telling(rows):
                sinks.append((rows, statements(files[rows], rows.suffix.lower())))
        if database:
            from summarizer.corpus.database import Database

            with _telling(database):
                sinks.append((database, Database(files[database], text=text)))
        yield sinks
        for path, sink in sinks:
            with _telling(path):
                sink.flush()
                sink.close()
    finally:
        for _, sink in sinks:
            with suppress(OSError, sqlite3.Error):
                sink.close()


def _write(sinks: Iterable[tuple[Path, Sink]], result: Result) -> None:
    names: dict[str, Any] = {name: _storable(getattr(result, name)) for name in _NAMES}
    clean = replace(result, **names)
    for path, sink in sinks:
        with _telling(path):
            sink.write(clean)


def _flush(sinks: Iterable[tuple[Path, Sink]]) -> None:
    for path, sink in sinks:
        with _telling(path):
            sink.flush()


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Tell why a file cannot be written. Raises `UsageError`."""
    try:
        with telling(f"cannot write to {path}"):
            yield
    except sqlite3.Error as error:
        raise UsageError(f"cannot write to {path}: {error}") from error


def _storable(text: str | None) -> str | None:
    """A name as UTF-8 can write it: those of files may have bytes that are no text."""
    return text and _SURROGATES.sub("\ufffd", text)


def _briefs(file: Path, suffix: str, text: bool) -> Sink:
    if suffix == ".parquet":
        return Table(file, _brief_schema(), lambda result: [_record(result, text)])
    return Lines(file, lambda result: _line(result, text) + "\n")


def _line(result: Result, text: bool) -> str:
    """What the JSON Lines say of an input."""
    if result.brief:
        return result.brief.to_json(stable=True, text=text, indent=None)
    names = ("external_id", "duplicate_of") if result.duplicate_of is not None else _FAILURE
    return json_text({name: getattr(result, name) for name in names})


def _record(result: Result, text: bool) -> dict[str, Any]:
    """What the Parquet file says of an input."""
    from summarizer.exports.marking import statement

    record: dict[str, Any] = {name: getattr(result, name) for name in _NAMES} | {"status": status(result)}
    if not result.brief:
        return record
    brief, article = result.brief, result.brief.article
    return record | {
        "article_id": article.id,
        **{name: getattr(article, name) for name in ("title", "publisher", "source", "language")},
        "date": day(article.date),
        "headline": brief.headline.text if brief.headline else None,
        "statements": sum(1 for _ in brief.items()),
        "disclosure": statement(brief),
        "brief": _line(result, text),
    }


def _brief_schema() -> Any:
    pa = arrow()
    types = {"date": pa.date32(), "statements": pa.int64()}
    return pa.schema([(name, types.get(name, pa.string())) for name in BRIEF_COLUMNS])
