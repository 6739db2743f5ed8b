"""A brief for a terminal: wrapped and coloured there, plain when piped."""

from __future__ import annotations

from typing import TextIO

from summarizer.brief import Brief
from summarizer.render.lines import Line, Role, lines

_STYLE: dict[Role, tuple[str, str]] = {  # (indent, rich style)
    "title": ("", "bold"),
    "note": ("", "dim"),
    "heading": ("", "bold cyan"),
    "point": ("  • ", ""),
    "holder": ("  ", "bold"),
    "line": ("    ", ""),
    "quote": ("      ", "dim italic"),
    "warning": ("  ! ", "bold red"),
}


def write(brief: Brief, stream: TextIO) -> None:
    """Write a brief to `stream`; styles and wrapping only where it is a terminal (and NO_COLOR is respected)."""
    if stream.isatty():
        _write_styled(brief, stream)
    else:
        stream.writelines(f"{_before(line)}{_STYLE[line.role][0]}{line.text}\n" for line in lines(brief))


def _before(line: Line) -> str:
    return "\n" if line.role == "heading" else ""


def _write_styled(brief: Brief, stream: TextIO) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for line in lines(brief):
        indent, style = _STYLE[line.role]
        marker = indent.strip()
        text = Text(f"{marker} {line.text}" if marker else line.text, style=style)
        console.print(
            Padding(
                text,
                (
                    (1 if line.role == "heading" else 0),
                    0,
                    0,
                    len(indent) - (len(marker) + 1 if marker else 0),
                ),
            )
        )
