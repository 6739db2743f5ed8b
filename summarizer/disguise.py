"""What a text says behind a disguise: look-alike letters, digits for letters, hidden characters, encoded text.

`readings` gives the ways a machine may read a sentence; each is a plain text of about the same length. Everything
here takes time in proportion to the text.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

__all__ = ["INVISIBLE", "decoded", "lookalikes", "readings"]

INVISIBLE: Final = re.compile(
    "[\\0-\x08\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
"""Characters that show nothing. Some are needed for spelling and emoji."""
_REVERSED: Final = re.compile("\u202e([^\u202c\n]*)")
_TAGGED: Final = re.compile("[\U000e0020-\U000e007e]{4,}")
_WORD: Final = re.compile(r"[^\W_]+")
_ENCODED: Final = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX: Final = re.compile(r"(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ ,:]?){20,}")
_SPACED: Final = re.compile(r"(?<![^\W_])(?:[^\W\d_][ ._·-]){4,}[^\W\d_](?![^\W_])")
_LEET: Final = re.compile(r"[A-Za-z]\d+[A-Za-z]|\b\d+[A-Za-z]{2,}|[A-Za-z][@$!][A-Za-z]")
_FEWEST_LEET = 3
_LONGEST_ENCODED = 4_000
_READABLE = 0.95  # share of printable characters from which decoded bytes are a text

_CYRILLIC: Final = "аеорсухіѕјһԁԛԝАВЕКМНОРСТХУІЅЈЗ"
_AS_LATIN: Final = "aeopcyxisjhdqwABEKMHOPCTXYISJ3"
_GREEK: Final = "οαεινρτυκχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_GREEK_AS_LATIN: Final = "oaeivptukxABEZHIKMNOPTYX"
_TO_LATIN: Final = str.maketrans(_CYRILLIC + _GREEK, _AS_LATIN + _GREEK_AS_LATIN)
_TO_CYRILLIC: Final = str.maketrans(
    "aeopcyxisjkmtnABEKMHOPCTXYIun",
    "аеорсухіѕјкмтпАВЕКМНОРСТХУІип",
)
_LETTERS: Final = str.maketrans("01345789@$!", "oieastbgasi")
_SCRIPT: Final = re.compile("(?P<latin>[A-Za-z])|(?P<cyrillic>[\u0400-\u04ff\u0500-\u052f])|(?P<greek>[\u0370-\u03ff])")


def readings(text: str) -> Iterator[str]:
    """`text` as it stands, and as somebody who sees through a disguise may read it."""
    tagged = "".join(chr(ord(c) - 0xE0000) for run in _TAGGED.findall(text) for c in run)
    if tagged:
        yield tagged
    if "\u202e" in text:
        yield _plain(_REVERSED.sub(lambda run: run[1][::-1], text))
    plain = _plain(text)
    yield plain
    if mixed(plain):
        yield plain.translate(_TO_LATIN)
        yield plain.translate(_TO_CYRILLIC)
    if len(_LEET.findall(plain)) >= _FEWEST_LEET:
        yield _WORD_OR_SIGNS.sub(lambda word: _unleeted(word[0]), plain)
    if _SPACED.search(plain):
        yield _SPACED.sub(lambda run: re.sub(r"[ ._·-]", "", run[0]), plain.replace("  ", " | "))


_WORD_OR_SIGNS: Final = re.compile(r"[^\W_]+(?:[@$!][^\W_]+)*")


def _unleeted(word: str) -> str:
    """A word of letters and digits with the digits as letters."""
    plain = word.translate(_LETTERS)
    return plain if any(c.isalpha() for c in word) else word


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text).replace("\u00ad", ""))


def lookalikes(text: str) -> list[str]:
    """The words of `text` in which letters of another script stand for ones that look the same."""
    found = mixed(_plain(text))
    return found if len(found) > 1 else []


def mixed(text: str) -> list[str]:
    """The words with letters of two scripts where those of one of them have twins in the other."""
    if text.isascii():
        return []
    found = []
    for match in _WORD.finditer(text):
        word = match[0]
        if len(word) < 2 or word.isascii():
            continue
        scripts = {hit.lastgroup for hit in _SCRIPT.finditer(word)}
        if len(scripts) < 2 or "latin" not in scripts:
            continue
        foreign = [c for c in word if _SCRIPT.match(c) and not c.isascii()]
        latin = [c for c in word if c.isascii() and c.isalpha()]
        if all(ord(c) in _TO_LATIN for c in foreign) or all(ord(c) in _TO_CYRILLIC for c in latin):
            found.append(word)
    return found


def decoded(text: str) -> Iterator[tuple[str, str]]:
    """Each run of base64 or hexadecimal digits in `text` that hides a text of words, with that text."""
    for pattern, decode in ((_HEX, _from_hex), (_ENCODED, _from_base64)):
        for match in pattern.finditer(text):
            run = match[0]
            hidden = decode(run[:_LONGEST_ENCODED])
            if hidden and _is_prose(hidden):
                yield run, hidden


def _from_base64(run: str) -> str:
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _from_hex(run: str) -> str:
    digits = re.sub(r"0x|\\x|[ ,:]", "", run)
    try:
        return bytes.fromhex(digits).decode()
    except (ValueError, UnicodeDecodeError):
        return ""


def _is_prose(text: str) -> bool:
    shown = sum(c.isprintable() or c.isspace() for c in text)
    return shown >= _READABLE * len(text) and len(_WORD.findall(text)) >= 2 and sum(map(str.isalpha, text)) > 8
