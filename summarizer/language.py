"""Which language a text is in: an ISO 639-1 code, or "und" when it cannot be told.

The detector is CLD3 (package `cld3-py`, imported as `gcld3`): it loads in milliseconds and works offline.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

__all__ = ["UNDETERMINED", "detect_language", "parse_language"]

UNDETERMINED = "und"
"""The code for a language that is not known (ISO 639-2)."""

_SAMPLE = 20_000
"""Code points looked at: enough to be sure, and the cost stays bounded."""

_ENOUGH_LETTERS = 60
"""Below this the detector mistakes Ukrainian for Serbian and names for Basque (measured)."""

_RENAMED = {"iw": "he", "fil": "tl", "ji": "yi", "in": "id", "nb": "no", "nn": "no"}

_ENGLISH_WORDS = frozenset(
    """the of and that with was were has have had said says will would not from they his her their this
    which been but are after before who what when where there its he she it we you""".split()  # noqa: SIM905
)
"""Function words that mark English in a text too short for the detector."""

_WORD = re.compile(r"[^\W\d_]+")
_LATIN_WORD = re.compile(r"[a-z]+")


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language `text` is mostly in, "und" when unclear."""
    sample = text[:_SAMPLE].replace("\0", " ")
    words = _WORD.findall(sample)
    # An ideograph carries about as much as three letters.
    weight = sum(len(word) * (3 if word[0] >= "\u2e80" else 1) for word in words)
    if weight < _ENOUGH_LETTERS:
        return "en" if _looks_english(sample) else UNDETERMINED
    # The detector has learnt from mixed case; wire copy is often in capitals.
    found = _detector().FindLanguage(sample.lower() if _mostly_capitals(sample) else sample)
    code = str(found.language).partition("-")[0]
    code = _RENAMED.get(code, code)
    return code if found.is_reliable and len(code) == 2 else UNDETERMINED


def parse_language(value: str) -> str | None:
    """Return the language code in `value` ("en", "EN", "en-US", "uk_UA", "und"), or None."""
    code = re.split(r"[-_]", value.strip().lower(), maxsplit=1)[0]
    if code == UNDETERMINED or re.fullmatch(r"[a-z]{2}", code):
        return code
    return None


def _looks_english(sample: str) -> bool:
    words = _LATIN_WORD.findall(sample.lower())
    known = sum(word in _ENGLISH_WORDS for word in words)
    return known >= 2 and known * 4 >= len(words)


def _mostly_capitals(sample: str) -> bool:
    upper = sum(map(str.isupper, sample))
    return upper > 2 * sum(map(str.islower, sample))


@cache
def _detector() -> Any:
    """The detector, loaded on first use."""
    import gcld3

    return gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=4 * _SAMPLE)
