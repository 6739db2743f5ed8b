"""What a reader must know about a text: hidden characters, and sentences that address a language model."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from summarizer.disguise import INVISIBLE, lookalikes
from summarizer.instructions import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from summarizer.sentences import Sentence

__all__ = ["Flag", "suspicions"]

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


class Flag(NamedTuple):
    """Something about an article that its reader must know."""

    code: str
    """What it is, such as "hidden_text_removed" or "instruction_like"."""

    sentence: int | None
    """The number of the sentence it concerns, or None for the whole article."""

    detail: str
    """One line for a person."""


def suspicions(text: str, sentences: tuple[Sentence, ...]) -> Iterator[Flag]:
    """Yield the flags on characters and sentences of a canonical text."""
    replaced = text.count("\ufffd")
    if replaced:
        detail = f"{replaced} replacement characters (U+FFFD) stand for what could not be read"
        yield Flag("replacement_characters", None, detail)
    right_to_left = bool(_RIGHT_TO_LEFT.search(text))
    listener = Listener(text)
    for sentence in sentences:
        own = text[sentence.start : sentence.end]
        kinds: dict[str, int] = {}
        for match in INVISIBLE.finditer(own):
            kind = _invisible_kind(own, match.start(), right_to_left)
            if kind:
                kinds[kind] = kinds.get(kind, 0) + 1
        if kinds:
            detail = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
            yield Flag("hidden_characters", sentence.number, f"invisible characters: {detail}")
        if swapped := lookalikes(own):
            detail = f"{len(swapped)} words with letters of another script that look the same"
            yield Flag("lookalike_letters", sentence.number, detail)
        if found := listener.hear(own, sentence.start):
            yield Flag("instruction_like", sentence.number, f"{found.reason}: {found.words}")


def _invisible_kind(text: str, at: int, right_to_left: bool) -> str | None:
    """Name the invisible character at `at`, or None where spelling or an emoji needs it."""
    here = text[at]
    before = text[at - 1] if at else " "
    emoji = before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk", "Sm", "Po", "Nd")
    if here in "\u200c\u200d":
        spelled = (before.isalpha() and before > "\u0590") or unicodedata.category(before).startswith("M")
        return None if spelled or emoji else "zero-width"
    if "\ufe00" <= here <= "\ufe0f" or here >= "\U000e0100":
        return None if emoji or before >= "\u2010" else "variation selector"
    if here >= "\U000e0000":
        flag = text.rfind("\U0001f3f4", max(0, at - 8), at)
        return None if flag >= 0 and all(c >= "\U000e0000" for c in text[flag + 1 : at]) else "tag"
    if here in "\u200e\u200f\u061c":
        return None if right_to_left else "bidi"
    if "\u202a" <= here <= "\u202e" or "\u2066" <= here <= "\u2069":
        return "bidi"
    return "control" if unicodedata.category(here) == "Cc" else "zero-width"
