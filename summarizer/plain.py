"""Text that is safe to show and to send: one line, nothing invisible, nothing that steers a terminal."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

_JOINERS = "\u200c\u200d"  # Persian and Indic scripts and emoji need them; alone they show nothing


def one_line(text: str) -> str:
    """`text` on one line, without control, direction-changing, tag and other invisible characters.

    For display and for prompts only: evidence is always cut from the article itself.
    """
    return " ".join(visible(text).split())


def visible(line: str) -> str:
    """A line without control, direction-changing and other invisible characters; its blanks stay as they are."""
    return line if line.isprintable() else "".join(_shown(c) for c in line)


def _shown(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def json_text(data: Any, indent: int | None = None) -> str:
    """`data` as JSON, with control, direction-changing and invisible characters as escapes."""
    written = json.dumps(data, ensure_ascii=False, indent=indent)
    unseen = (c for c in set(written) if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c != "\n")
    return written.translate({ord(c): json.dumps(c)[1:-1] for c in unseen})


def shorten(text: str, length: int) -> str:
    """`text` cut at a word so that it has at most `length` characters, an ellipsis included."""
    if len(text) <= length:
        return text
    cut = text.rfind(" ", 0, length)
    return text[: cut if cut > length // 2 else length - 1].rstrip(" ,;:") + "…"
