"""Where a batch's articles come from: folders, globs, files, tables, feeds and standard input, one after the other.

Nothing is kept but what is being read, and 8 bytes for each id.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, Final

from summarizer.article import Article
from summarizer.corpus import feeds, parquet, tables
from summarizer.corpus.pieces import Found, Piece
from summarizer.errors import InputError, UsageError
from summarizer.files import file_bytes, stdin_stream
from summarizer.plain import one_line
from summarizer.reading import KINDS, MAX_BYTES, Reading, binary_kind, kind_of, read_bytes, read_file

__all__ = ["SUFFIXES", "Found", "Names", "check", "files_in", "found", "is_pattern", "made", "matches", "pieces"]

TABLES: Final = (".csv", ".jsonl", ".ndjson", ".parquet", ".tsv")
FEEDS: Final = (".atom", ".rss", ".xml")
SUFFIXES: Final = frozenset([*KINDS, *TABLES, *FEEDS])
"""The suffixes of the files that are read in a folder."""

Tell = Callable[[str], None]
Ended = Callable[[], bool]


def found(
    inputs: Sequence[str],
    *,
    columns: Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    tell: Tell | None = None,
    ended: Ended | None = None,
) -> Iterator[Found]:
    """Read the articles of `inputs`, in their order: folders (to the bottom, by path), globs, files, "-".

    `columns` says which column of a table is which of ours: `{"text": "body"}`. `metadata` are the keywords of
    `Article`, for all articles. `tell` is given a line on what a folder holds that is not read. When `ended` says so,
    standard input is waited for no longer. Raises `UsageError` for a column of ours that there is not, `InputError`
    for metadata that no article can have; what is wrong with an input is in what is found.
    """
    columns, metadata = dict(columns or {}), dict(metadata or {})
    check(columns, metadata)
    return _found(inputs, columns, metadata, tell or (lambda _: None), ended)


def check(columns: Mapping[str, str], metadata: Mapping[str, Any]) -> None:
    """Raises `UsageError` for a column of ours that there is not, `InputError` for metadata that cannot be."""
    for name in columns:
        if name not in tables.FIELDS:
            raise UsageError(f"no column {name!r}: it is one of {', '.join(tables.FIELDS)}, such as text=body")
    if all(body in columns for body in ("text", "html")):
        raise UsageError("both text and html are given a column: name the one that holds the article")
    if metadata.get("external_id") is not None:
        raise UsageError("an id cannot be given for many articles")
    Article("x", **metadata)


def _found(
    inputs: Sequence[str], columns: Mapping[str, str], metadata: dict[str, Any], tell: Tell, ended: Ended | None
) -> Iterator[Found]:
    names = Names()
    for given in inputs:
        for piece in _standard_input(columns, ended) if given == "-" else _input(given, columns, tell):
            yield made(piece, metadata, names)


_LONGEST: Final = 1_980
"""Characters of an id before its number: an article keeps 2,000."""


class Names:
    """The ids that were given in a batch: the second that asks for the same gets " (2)" behind it."""

    def __init__(self) -> None:
        self._used: set[int] = set()
        self._last: dict[int, int] = {}

    def unique(self, name: str) -> str:
        """`name`, or `name` with the first number behind it that makes it new."""
        key = number_of(name)
        candidate, number = name, self._last.get(key, 1)
        while (code := number_of(candidate)) in self._used:
            number += 1
            candidate = f"{name[:_LONGEST]} ({number})"
        self._used.add(code)
        if number > 1:
            self._last[key] = number
        return candidate


def number_of(text: str) -> int:
    """Eight bytes of the hash of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def made(piece: Piece, metadata: Mapping[str, Any], names: Names | None = None) -> Found:
    """The article of a piece, under an id that is new to `names`."""
    own, content = one_line(piece.external_id), piece.content
    article: Article | None = None
    if isinstance(content, Reading):
        content.metadata.setdefault("external_id", own)
        try:
            article = Article.from_reading(content, **metadata)
        except InputError as error:
            own, content = one_line(content.metadata["external_id"]), error
        else:
            own = article.external_id or own
    unique = names.unique(own) if names else own
    if isinstance(content, InputError):
        return Found(piece.place, unique, None, content)
    if unique != own:
        content.metadata["external_id"] = unique
        article = Article.from_reading(content, **metadata)
    return Found(piece.place, unique, article, None)


# What is given


def _input(given: str, columns: Mapping[str, str], tell: Tell) -> Iterator[Piece]:
    path = Path(given)
    if os.path.isdir(given):  # noqa: PTH112 - unlike Path.is_dir, it takes any string
        yield from _folder(path, columns, tell)
    elif is_pattern(given) and not os.path.lexists(given):
        paths = sorted(matches(given))
        if not paths:
            yield Piece(one_line(given), given, InputError("no file matches"))
        for match in paths:
            if is_special(match):
                place = one_line(str(match))
                yield Piece(place, match.name, InputError("a pipe, socket or device, not a file"))
            else:
                yield from _input(str(match), columns, tell)
    else:
        yield from pieces(path, path.name, columns)


def is_pattern(given: str) -> bool:
    """Whether a name has what makes it a glob."""
    return re.search(r"[*?\[]", given) is not None


def matches(pattern: str) -> Iterator[Path]:
    """The files and folders that a glob finds, without hidden ones that it does not name; links are not followed."""
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if is_pattern(part))
    base = Path(*parts[:fixed])
    named = any(part.startswith(".") for part in parts[fixed:])
    with suppress(OSError, ValueError):
        for path in base.glob("/".join(parts[fixed:])):
            if named or not any(part.startswith(".") for part in path.relative_to(base).parts):
                yield path


def is_special(path: Path) -> bool:
    """Whether it is there and is no file or folder: a pipe that nobody writes to would be waited for without end."""
    with suppress(OSError, ValueError):
        mode = path.stat().st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False


def _folder(folder: Path, columns: Mapping[str, str], tell: Tell) -> Iterator[Piece]:
    skipped: Counter[str] = Counter()
    empty = True
    for path in files_in(folder, skipped):
        empty = False
        if isinstance(path, Piece):
            yield path
        else:
            yield from pieces(path, path.relative_to(folder).as_posix(), columns)
    others = ", ".join(f"{count:,} {kind}" for kind, count in skipped.most_common(10))
    if empty:
        reads = ", ".join(sorted(SUFFIXES))
        message = f"no article in the folder{f' ({others})' if others else ''}; what is read: {reads}"
        yield Piece(one_line(str(folder)), folder.name or str(folder), InputError(message))
    elif others:
        tell(one_line(f"{folder}: not read: {others}"))


def files_in(folder: Path, skipped: Counter[str]) -> Iterator[Path | Piece]:
    """The files to read below `folder` by path, and folders that cannot be read; what else is there is counted.

    Hidden files are passed over, links to folders are not followed.
    """
    waiting = [iter(_listed(folder))]
    while waiting:
        try:
            entry = next(waiting[-1], None)
        except OSError as error:
            waiting.pop()
            where = Path(error.filename)
            problem = InputError(f"the folder cannot be read: {error.strerror or error}")
            yield Piece(one_line(str(where)), os.path.relpath(where, folder), problem)
            continue
        if entry is None:
            waiting.pop()
        elif entry.is_dir(follow_symlinks=False):
            waiting.append(_listed(Path(entry.path)))
        elif Path(entry.name).suffix.lower() in SUFFIXES and _is_readable(entry):
            yield Path(entry.path)
        else:
            skipped[_kind(entry)] += 1


def _listed(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What is in a folder and not hidden, by name; it is opened when the first is asked for."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
    except OSError as error:
        error.filename = str(folder)
        raise
    yield from listed


def _is_readable(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, also a link that leads nowhere, which is told of; not a pipe, which would be waited for."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink() and entry.is_dir():
        return "links to folders"
    return Path(entry.name).suffix.lower()[:20] or "without suffix"


# A file


def pieces(path: Path, name: str, columns: Mapping[str, str]) -> Iterator[Piece]:
    """What is in a file, whose suffix tells how it is read; ids of its parts begin with `name`."""
    place = one_line(str(path))
    try:
        yield from _pieces(path, name, place, columns)
    except InputError as error:
        yield Piece(place, name, error)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        yield Piece(place, name, InputError(f"cannot be read: {why}"))


def _pieces(path: Path, name: str, place: str, columns: Mapping[str, str]) -> Iterator[Piece]:
    suffix = path.suffix.lower()
    if suffix in TABLES and not path.exists():
        raise InputError("no such file")
    if suffix in (".jsonl", ".ndjson"):
        with path.open("rb") as stream:
            if what := binary_kind(stream.peek(64)[:64]):
                raise InputError(f"not JSON Lines but {what}")
            if stream.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raise InputError("JSON Lines in UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)")
            yield from _some(tables.jsonl_rows(tables.Lines(stream.readline), name, place, columns))
    elif suffix in (".csv", ".tsv"):
        yield from _some(tables.csv_rows(path, name, place, columns))
    elif suffix == ".parquet":
        yield from _some(parquet.parquet_rows(path, name, place, columns))
    elif suffix in FEEDS:
        yield from feeds.entries(file_bytes(path, MAX_BYTES), name, place)
    elif kind_of(path):
        yield Piece(place, name, read_file(path))
    else:
        yield from _document(file_bytes(path, MAX_BYTES), name, place, source=str(path))


def _document(data: bytes, name: str, place: str, source: str | None = None) -> Iterator[Piece]:
    """A feed or one article, as the bytes show."""
    if feeds.is_feed(data):
        yield from feeds.entries(data, name, place)
        return
    reading = read_bytes(data)
    if source:
        reading.metadata["source"] = source
    yield Piece(place, name, reading)


def _some(rows: Iterator[Piece]) -> Iterator[Piece]:
    """The rows of a table; raises `InputError` when there is none."""
    first = next(rows, None)
    if first is None:
        raise InputError("empty: there is no article in it")
    yield first
    yield from rows


# Standard input


def _standard_input(columns: Mapping[str, str], ended: Ended | None = None) -> Iterator[Piece]:
    """JSON Lines where the first line that is not empty is a JSON object, CSV where it names columns that are read;
    else a feed or one article.
    """
    place = "standard input"
    stream = stdin_stream("articles", ended)
    try:
        first = b"\n"
        blank = 0
        while first.isspace() and blank < MAX_BYTES:
            blank += 1
            first = stream.readline(MAX_BYTES + 1)
        second = b"" if _is_object(first) or not first.startswith(b"{") else stream.readline(MAX_BYTES + 1)
        if _is_object(first) or _is_object(second):  # of which the first may be broken
            waiting = [second] if second else []
            lines = tables.Lines(lambda size: waiting.pop() if waiting else stream.readline(size), blank - 1, first)
            yield from tables.jsonl_rows(lines, "stdin", place, columns)
        elif tables.is_csv_header(first, columns):
            with TemporaryDirectory() as folder:  # its encoding is known when all of it was seen
                path = Path(folder, "stdin.csv")
                with path.open("wb") as file:
                    file.write(b"\n" * (blank - 1) + first)
                    copyfileobj(stream, file)
                yield from _some(tables.csv_rows(path, "stdin", place, columns))
        else:
            begun = first + second
            rest = stream.read(max(0, MAX_BYTES + 1 - len(begun)))
            if begun.lstrip().startswith((b"[{", b"[\n", b"[\r")):
                raise InputError("a JSON array, not JSON Lines; write one object a line (jq -c '.[]')")
            yield from _document(begun + rest, "stdin", place)
    except InputError as error:
        yield Piece(place, "stdin", error)
    except OSError as error:
        yield Piece(place, "stdin", InputError(f"cannot be read: {error.strerror or error}"))


def _is_object(line: bytes) -> bool:
    """Whether a line is a JSON object, or too long and begins as one."""
    if len(line) > MAX_BYTES:
        return line.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")
    return not isinstance(tables.json_row(line, 1).cells, InputError)
