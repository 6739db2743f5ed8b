"""`--follow`: folders and files are looked at again and again, and what is new in them is given once."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from summarizer.corpus import tables
from summarizer.corpus.pieces import Piece
from summarizer.corpus.sources import Found, check, files_in, is_pattern, is_special, made, matches, number_of, pieces
from summarizer.errors import InputError, UsageError
from summarizer.plain import one_line
from summarizer.reading import MAX_BYTES

__all__ = ["arrivals"]

Known = Callable[[str, str], bool]

_GROWING: Final = (".jsonl", ".ndjson")


class _Stamp(NamedTuple):
    """What changes when a file is written."""

    inode: int
    size: int
    changed: int


class _Watched(NamedTuple):
    """What is known of a file."""

    stamp: _Stamp
    """As it was at the last look."""
    taken: _Stamp | None = None
    """As it was when it was read last."""
    offset: int = 0
    """Of a JSON Lines file: the bytes that were read, up to the end of a line."""
    lines: int = 0
    """Of a JSON Lines file: the lines that were read."""
    end: bytes = b""
    """Of a JSON Lines file: the last bytes before `offset`."""


async def arrivals(
    inputs: Sequence[str],
    *,
    known: Known,
    every: float = 2.0,
    columns: Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> AsyncIterator[Found]:
    """Give what is in `inputs` and then what arrives, without end, each once; `every` is the seconds between two looks.

    A file is read when its size and time have stayed for one look. A feed, a table or a file that was written anew is
    read anew, and what in it is new is given: an article is known by its `external_id` and `id`, both of which `known`
    is asked about; what cannot be read, by its `external_id` and what is wrong with it. Of JSON Lines only what was
    added is read; a last line without its end waits until it is whole.
    Unlike `found`, two articles may have the same external id: the second is another version of the first.

    Raises `UsageError` for standard input, for a column of ours that there is not and for a time that is none,
    `InputError` for metadata that no article can have.
    """
    if "-" in inputs:
        raise UsageError("standard input cannot be followed; give a folder or a file")
    if not every > 0:
        raise UsageError("the time between two looks must be more than 0 seconds")
    columns, metadata = dict(columns or {}), dict(metadata or {})
    check(columns, metadata)
    watch = _Watch(inputs, columns)
    given: set[int] = set()
    while True:
        new = watch.look()
        while (piece := await asyncio.to_thread(next, new, None)) is not None:
            found = await asyncio.to_thread(made, piece, metadata)
            content = found.article.id if found.article else str(found.problem)
            identity = number_of(f"{found.external_id}\n{content}")
            if identity in given or known(found.external_id, content):
                continue
            given.add(identity)
            yield found
        await asyncio.sleep(every)


class _Watch:
    """The state of all files between two looks."""

    def __init__(self, inputs: Sequence[str], columns: Mapping[str, str]) -> None:
        self._inputs = inputs
        self._columns = columns
        self._files: dict[Path, _Watched] = {}

    def look(self) -> Iterator[Piece]:
        """What is new since the last look."""
        present: set[Path] = set()
        for given in self._inputs:
            for path in _files(given):
                if isinstance(path, Piece):
                    yield path
                elif path[0] not in present:
                    present.add(path[0])
                    yield from self._new(*path)
        for gone in self._files.keys() - present:
            del self._files[gone]

    def _new(self, path: Path, name: str) -> Iterator[Piece]:
        try:
            stat = path.stat()
            stamp = _Stamp(stat.st_ino, stat.st_size, stat.st_mtime_ns)
        except OSError as error:
            yield Piece(one_line(str(path)), name, InputError(f"cannot be read: {error.strerror or error}"))
            return
        before = self._files.get(path)
        growing = path.suffix.lower() in _GROWING
        still = before is not None and before.stamp == stamp
        if before is None:
            before = _Watched(stamp)
        self._files[path] = before = before._replace(stamp=stamp)
        if stamp == before.taken or not (still or growing):
            return
        if growing:
            yield from self._added(path, name, before, still)
        else:
            self._files[path] = before._replace(taken=stamp)
            yield from pieces(path, name, self._columns)

    def _added(self, path: Path, name: str, before: _Watched, still: bool) -> Iterator[Piece]:
        """The whole lines that were added to a JSON Lines file, and a last one that is whole without its end."""
        place = one_line(str(path))
        try:
            with path.open("rb") as stream:
                if before.offset and _end_of(stream, before.offset) != before.end:  # written anew
                    before = before._replace(offset=0, lines=0)
                until = _whole(stream, before.offset, before.stamp.size, still)
                stream.seek(before.offset)
                # Where the last row was read without its end, what comes first is the end of that line.
                number = before.lines - (before.offset > 0 and not before.end.endswith(b"\n"))
                lines = tables.Lines(_until(stream, until), number)
                yield from tables.jsonl_rows(lines, name, place, self._columns, begun=before.offset > 0)
                taken = before.stamp if still else before.taken
                read = before._replace(taken=taken, offset=until, lines=lines.number, end=_end_of(stream, until))
                self._files[path] = read
        except OSError as error:
            yield Piece(place, name, InputError(f"cannot be read: {error.strerror or error}"))


def _until(stream: BinaryIO, end: int) -> Callable[[int], bytes]:
    """`stream.readline`, for which the stream ends at an offset."""
    return lambda size: stream.readline(max(0, min(size, end - stream.tell())))


def _end_of(stream: BinaryIO, offset: int) -> bytes:
    """The last bytes before an offset, by which a file that was written anew is told from one that has grown."""
    stream.seek(max(0, offset - 256))
    return stream.read(min(offset, 256))


def _whole(stream: BinaryIO, start: int, size: int, still: bool) -> int:
    """Where the last whole line between `start` and `size` ends; one without its end is whole where it is JSON."""
    at = size
    while at > start:
        step = min(1 << 20, at - start)
        stream.seek(at - step)
        newline = stream.read(step).rfind(b"\n")
        if newline >= 0:
            at = at - step + newline + 1
            break
        at -= step
    if still and 0 < size - at <= MAX_BYTES:
        stream.seek(at)
        if not isinstance(tables.json_row(stream.read(size - at), 1).cells, InputError):
            return size
    return at


def _files(given: str) -> Iterator[tuple[Path, str] | Piece]:
    """The files of an input, and how the ids of what is in them begin."""
    path = Path(given)
    if path.is_dir():
        for found in files_in(path, Counter()):
            yield found if isinstance(found, Piece) else (found, found.relative_to(path).as_posix())
    elif is_pattern(given) and not os.path.lexists(given):
        for match in sorted(matches(given)):
            if not is_special(match):
                yield from _files(str(match))
    else:
        yield path, path.name
