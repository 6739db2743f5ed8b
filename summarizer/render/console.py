"""What the command line writes: results, whole or not at all, and progress on a terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from summarizer.brief import Brief
from summarizer.errors import UsageError
from summarizer.plain import one_line, shorten

if TYPE_CHECKING:
    from summarizer.api import Progress


@dataclass(slots=True)
class Results:
    """Where briefs are written to."""

    stream: TextIO
    written: bool = False

    def write(self, brief: Brief, form: str, *, first: bool, several: bool, stable: bool, text: bool) -> None:
        """Write one brief: `text`, `markdown`, or `json` (on one line where several are written)."""
        self.written = True
        if form == "json":
            self.stream.write(brief.to_json(stable=stable, text=text, indent=None if several else 2) + "\n")
        else:
            if not first:
                self.stream.write("\n" + "-" * 40 + "\n\n")
            self._read(brief, form)
        self.stream.flush()

    def _read(self, brief: Brief, form: str) -> None:
        if form == "markdown":
            from summarizer.render.markdown import markdown

            self.stream.write(markdown(brief))
        else:
            from summarizer.render import text

            text.write(brief, self.stream)


@contextmanager
def results(path: Path | None) -> Iterator[Results]:
    """Results on stdout, or in a file that appears whole when the block ends well."""
    if path is None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", errors="replace")
        yield Results(sys.stdout)
        return
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    except OSError as error:
        raise UsageError(f"cannot write to {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            out = Results(stream)
            yield out
        if out.written:
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


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
