"""What the command line writes: results, whole or not at all, and progress on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from summarizer.brief import Brief
from summarizer.errors import UsageError
from summarizer.files import telling, whole_file
from summarizer.plain import one_line, shorten

if TYPE_CHECKING:
    from summarizer.api import Progress


@dataclass(slots=True)
class Results:
    """Where briefs are written to."""

    stream: TextIO
    written: bool = False

    def write(self, brief: Brief, form: str, *, several: bool, stable: bool, text: bool) -> None:
        """Write one brief: `text`, `markdown`, `html`, or `json` (on one line where several are written)."""
        with telling("cannot write the output"):
            if form == "json":
                self.stream.write(brief.to_json(stable=stable, text=text, indent=None if several else 2) + "\n")
            else:
                if self.written:
                    self.stream.write("\n" + "-" * 40 + "\n\n")
                self._read(brief, form)
            self.stream.flush()
        self.written = True

    def text(self, written: str) -> None:
        """Write a text as it is."""
        with telling("cannot write the output"):
            self.stream.write(written)
            self.stream.flush()
        self.written = True

    def _read(self, brief: Brief, form: str) -> None:
        if form == "markdown":
            from summarizer.render.markdown import markdown

            self.stream.write(markdown(brief))
        elif form == "html":
            from summarizer.render.html import page

            self.stream.write(page(brief))
        else:
            from summarizer.render import text

            text.write(brief, self.stream)


@contextmanager
def results(path: Path | None, inputs: Iterable[str | Path] = ()) -> Iterator[Results]:
    """Results on stdout, or in a file that appears whole when the block ends well.

    Raises `UsageError` before the block where nothing can be written, or one of the `inputs` would be.
    """
    special, failed = False, f"cannot write to {path}"
    if path is not None:
        for given in inputs:
            with suppress(OSError):
                if path.is_file() and path.samefile(given):
                    raise UsageError(f"cannot write to {path}: it is read here; give another file with -o")
        with telling(failed):  # a device or a FIFO is written to: no other file takes its place
            special = path.exists() and not path.is_dir() and not path.is_file()
    if path is None or _is_stdout(path):
        if not sys.stdout.writable():
            raise UsageError("cannot write the output: standard output is closed")
        speak_utf8()
        yield Results(sys.stdout)
    elif special:
        with telling(failed):
            stream = path.open("w", encoding="utf-8", newline="\n")
        try:
            yield Results(stream)
        finally:
            with suppress(OSError):  # every brief was flushed, and its error told, when it was written
                stream.close()
    else:
        with telling(failed):
            if path.is_dir():
                raise UsageError(f"{failed}: it is a folder; -o takes a file")
        with whole_file(path, failed) as file:
            out = Results(file)
            yield out
            if not out.written:
                file.close()


def speak_utf8() -> None:
    """Let stdout take every character, whatever the locale."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")


def _is_stdout(path: Path) -> bool:
    """Whether `path` is what stdout goes to already, as /dev/stdout is: then `>>` still appends."""
    try:
        return os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):
        return False


@contextmanager
def progress(name: str, *, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A progress line on stderr while a model works; nothing unless stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[tokens]}", markup=False),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{shorten(one_line(name), 40)}: starting the model", total=None, tokens="")

        def report(event: Progress) -> None:
            tokens = f"{event.usage.input_tokens + event.usage.output_tokens} tokens"
            bar.update(
                task,
                description=f"{shorten(one_line(name), 40)}: {event.label}",
                total=event.planned,
                completed=event.done,
                tokens=tokens,
            )

        yield report


@contextmanager
def steps(name: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar of steps on stderr, which the function it gives advances; nothing unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def download(name: str) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar in bytes on stderr; nothing unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar, suppress(KeyError):
        task = bar.add_task(name, total=None)
        yield lambda phase, done, total: bar.update(task, description=phase, completed=done, total=total)
