"""Reading files that people name: articles, briefs and review records, from a path or from standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from summarizer.errors import InputError, UnverifiedBrief, UsageError

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.brief import Brief

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


def stdin_bytes(wanted: str, most: int = -1) -> bytes:
    """What comes on standard input, at most `most` bytes and one. Raises `UsageError` when it is closed."""
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError(f"standard input is closed: give a file, or pipe {wanted} in")
    if sys.stdin.isatty():
        print(f"reading {wanted} from the terminal; end with Ctrl-D", file=sys.stderr)
    try:
        return sys.stdin.buffer.read(most + 1 if most >= 0 else -1)
    except OSError as error:
        raise InputError(f"standard input cannot be read: {error.strerror or error}") from error


def named_text(name: str, wanted: str) -> str:
    """The text of a JSON file, or of standard input for `-`. Raises `InputError`, naming it."""
    place = "standard input" if name == "-" else name
    try:
        data = stdin_bytes(wanted, MAX_BRIEF) if name == "-" else file_bytes(name, MAX_BRIEF)
        if len(data) > MAX_BRIEF:
            raise InputError(f"too large for {wanted}: the limit is {MAX_BRIEF:,} bytes")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{place}: not UTF-8, and so not {wanted}") from error
    except InputError as error:
        raise InputError(f"{place}: {error}") from error


def load_brief(name: str, article: Article | None = None) -> Brief:
    """The verified brief in a JSON file, or on standard input for `-`.

    `article` is needed for one saved with --no-text. Raises `InputError` for a file that cannot be read, and
    `UnverifiedBrief`, naming it, for what is no verified brief.
    """
    from summarizer.brief import Brief

    written = named_text(name, "a brief")
    try:
        return Brief.load(written, article)
    except UnverifiedBrief as error:
        advice = "; give the article it was made of with --article" if "load the brief together" in str(error) else ""
        raise UnverifiedBrief(f"{'standard input' if name == '-' else name}: {error}{advice}") from error
