"""Files that people name: articles, briefs and review records are read, from a path or from standard input.

What is written appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO

from summarizer.errors import InputError, UnverifiedBrief, UsageError

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.brief import Brief

_LOOK: Final = 0.2
"""Seconds between two looks whether what is read has ended."""
MAX_BRIEF: Final = 50_000_000
"""Most bytes of a brief or a review record: many times what an article of a million characters gives."""


def file_bytes(path: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of a file, at most one more than `most`. Raises `InputError`, without the path, saying why not."""
    file = Path(path)
    if file.is_dir():
        raise InputError("is a directory; give a file")
    try:
        with file.open("rb") as stream:
            return stream.read(most + 1)
    except FileNotFoundError as error:
        raise InputError("no such file") from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error


def stdin_stream(wanted: str, ended: Callable[[], bool] | None = None) -> BinaryIO:
    """Standard input; also at its end as soon as `ended` says so. Raises `UsageError` when it is closed."""
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError(f"standard input is closed: give a file, or pipe {wanted} in")
    if sys.stdin.isatty():
        print(f"reading {wanted} from the terminal; end with Ctrl-D", file=sys.stderr)
    if ended is not None and sys.platform != "win32":  # where pipes cannot be waited for
        with suppress(OSError, ValueError):  # nothing with a number stands behind it
            return io.BufferedReader(_Awaited(sys.stdin.fileno(), ended), 1 << 16)
    return sys.stdin.buffer


class _Awaited(io.RawIOBase):
    """An open file that is read while something comes and `ended` does not say that it is over."""

    def __init__(self, number: int, ended: Callable[[], bool]) -> None:
        self._number, self._ended = number, ended

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, into: Any) -> int:
        """Read what is there, 0 bytes at the end."""
        while not self._ended():
            if select.select([self._number], [], [], _LOOK)[0]:
                return os.readv(self._number, [into])
        return 0


def stdin_bytes(wanted: str, most: int = -1) -> bytes:
    """What comes on standard input, at most `most` bytes and one. Raises `UsageError` when it is closed."""
    stream = stdin_stream(wanted)
    try:
        return stream.read(most + 1 if most >= 0 else -1)
    except OSError as error:
        raise InputError(f"standard input cannot be read: {error.strerror or error}") from error


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Tell in one line, which opens with `what`, why a file cannot be written; a pipe's reader may leave unremarked.

    Raises `UsageError`.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise UsageError(f"{what}: {getattr(error, 'strerror', None) or error}") from error


@contextmanager
def whole_file(path: Path, what: str) -> Iterator[TextIO]:
    """A UTF-8 file beside `path` that takes its place when the block ends well and did not close it.

    Raises `UsageError`, which opens with `what`, where that cannot be; not for what happens in the block.
    """
    with telling(what):
        target = path.resolve()  # a link stays, and what it points to is written
        partial = target.with_name(f".{secrets.token_hex(8)}.partial")
        stream = partial.open("x", encoding="utf-8", newline="\n")
    try:
        with stream:
            yield stream
            if not stream.closed:
                with telling(what):
                    stream.close()
                    partial.replace(target)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def try_folder(folder: Path, what: str) -> None:
    """Raises `UsageError`, which opens with `what`, where no file can be made in a folder."""
    probe = folder / f".{secrets.token_hex(8)}.partial"
    with telling(what):
        probe.touch(exist_ok=False)
        probe.unlink()


@contextmanager
def whole_files(paths: Sequence[Path], ready: Callable[[Path, str], None]) -> Iterator[list[Path]]:
    """Empty files beside `paths`, to be filled; together they take their places when the block ends well.

    Just before they do, `ready` is called with each of `paths` and the sha256 (hex) of what it will hold. What killed
    processes left of theirs is removed. Raises `UsageError`; not for what happens in the block.
    """
    with ExitStack() as stack:
        beside = [stack.enter_context(_held(path)) for path in paths]
        yield beside
        for path, partial in zip(paths, beside, strict=True):
            with telling(f"cannot write to {path}"), partial.open("rb+") as stream:
                os.fsync(stream.fileno())
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            ready(path, digest)
        for path, partial in zip(paths, beside, strict=True):
            with telling(f"cannot write to {path}"):
                partial.replace(path.resolve())


@contextmanager
def _held(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, locked so that no other process takes it for one that was left."""
    with telling(f"cannot write to {path}"):
        target = path.resolve()
        own = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
        for left in target.parent.glob(f".{own}-*.partial"):
            _remove_left(left)
        partial = target.with_name(f".{own}-{secrets.token_hex(8)}.partial")
        stream = partial.open("xb")
    with stream:
        if sys.platform == "win32":
            stream.close()  # a file that is open can neither be removed nor take a place there
        with suppress(OSError, ValueError):
            _lock(stream.fileno())
        try:
            yield partial
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)


def _remove_left(partial: Path) -> None:
    """Remove a file that no process holds, and the journal of one that SQLite wrote."""
    with suppress(OSError), partial.open("rb") as stream:
        _lock(stream.fileno())
        partial.with_name(f"{partial.name}-journal").unlink(missing_ok=True)
        partial.unlink()


def _lock(file: int) -> None:
    """Lock an open file for this process. Raises `OSError` where another has the lock."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def naming(name: str | None) -> Iterator[None]:
    """Put the name of the document before the message of an `InputError` or an `UnverifiedBrief`."""
    try:
        yield
    except (InputError, UnverifiedBrief) as error:
        if not name:
            raise
        raise type(error)(f"{_shown(name)}: {error}") from error


def named_text(name: str, wanted: str) -> str:
    """The text of a UTF-8 file, or of standard input for `-`. Raises `InputError`, without the name."""
    data = stdin_bytes(wanted, MAX_BRIEF) if name == "-" else file_bytes(name, MAX_BRIEF)
    if len(data) > MAX_BRIEF:
        raise InputError(f"too large for {wanted}: the limit is {MAX_BRIEF:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8, and so not {wanted}") from error


def load_brief(name: str, article: Article | None = None) -> Brief:
    """The verified brief in a JSON file, or on standard input for `-`.

    `article` is needed for one saved with --no-text. Raises `InputError` for a file that cannot be read, and
    `UnverifiedBrief` for what is no verified brief, both naming it.
    """
    with naming(name):
        return _brief(named_text(name, "a brief"), article)


def briefs_in(name: str, article: Article | None = None) -> list[Callable[[], Brief]]:
    """The briefs in a file or on standard input, as `load_brief` loads one: JSON, or JSON Lines with a brief a line.

    Each is loaded when it is called, so that one that is broken does not stop the others.
    """
    with naming(name):
        written = named_text(name, "briefs")
    lines = [(number, line) for number, line in enumerate(written.split("\n"), 1) if line.strip()]
    if not any(_is_brief(line) for _, line in lines[:_LOOKED_AT]) or len(lines) == 1:
        return [partial(_named_brief, name, written, article)]
    return [partial(_named_brief, f"{_shown(name)}, line {number}", line, article) for number, line in lines]


_LOOKED_AT: Final = 20
"""Lines that are looked at to tell JSON Lines, of which the first may be broken, from one JSON over many lines."""


def _is_brief(line: str) -> bool:
    """Whether a line is by itself a JSON object with an article, as no line of a brief over many lines is."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and "article" in data


def _named_brief(name: str, written: str, article: Article | None) -> Brief:
    with naming(name):
        return _brief(written, article)


def _brief(written: str, article: Article | None) -> Brief:
    from summarizer.brief import Brief

    try:
        return Brief.load(written, article)
    except UnverifiedBrief as error:
        if "load the brief together" not in str(error):
            raise
        raise UnverifiedBrief(f"{error}: give it with --article") from error


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name
