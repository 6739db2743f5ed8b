"""From a document of any kind (bytes, HTML, JSON, front matter) to the text and metadata of an article.

Pure functions; everything heavy (charset-normalizer, yaml) is imported where it is needed.
"""

from __future__ import annotations

import codecs
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from summarizer.errors import InputError
from summarizer.files import file_bytes
from summarizer.html import read_page

__all__ = [
    "MAX_BYTES",
    "MAX_TEXT",
    "Reading",
    "binary_kind",
    "decode",
    "encoding_of",
    "kind_of",
    "read_bytes",
    "read_file",
    "read_html",
    "read_json",
    "read_text",
    "too_large",
]

MAX_TEXT = 1_000_000
"""The longest article, in code points."""

MAX_BYTES = 10_000_000
"""The largest HTML or JSON document, in bytes."""

MAX_ELEMENTS = 60_000
"""The most elements of an HTML page, each of which costs some 60 microseconds; a very long page has 20,000."""

KINDS = {".txt": "text", ".md": "text", ".markdown": "text", ".html": "html", ".htm": "html", ".json": "json"}
"""What the suffix of a file says about its kind."""

METADATA = ("external_id", "title", "date", "publisher", "source", "language", "licence")
"""The names of the metadata an article has, as `Article` takes them."""


@dataclass(slots=True)
class Reading:
    """What was found in a document."""

    text: str
    """The article's text, not yet canonical."""

    metadata: dict[str, str] = field(default_factory=dict)
    """Metadata the document gives; keys are those of `METADATA`."""

    notes: list[tuple[str, str]] = field(default_factory=list)
    """What a reader of the brief must know about the reading: (flag code, detail)."""


def too_large(length: int, unit: str = "characters") -> InputError:
    """Return the error for a document of `length` characters, elements or bytes that is over the limit."""
    limit = {"characters": MAX_TEXT, "elements": MAX_ELEMENTS}.get(unit.split()[0], MAX_BYTES)
    error = InputError(f"too large: {length:,} {unit}, the limit is {limit:,}; split it and give the parts one by one")
    error.http_status = 413
    return error


# Files and bytes

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document (.docx, .odt, .epub)"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document (.doc, .xls, .msg)"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"\xfd7zXZ\0", "xz-compressed data"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "an executable"),
    (b"MZ\x90\0", "an executable"),
    (b"\xcf\xfa\xed\xfe", "an executable"),
    (b"\xca\xfe\xba\xbe", "an executable"),
    (b"\0asm", "a WebAssembly module"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"ID3\x03", "an MP3 recording"),
    (b"ID3\x04", "an MP3 recording"),
    (b"OggS\0", "an Ogg recording"),
    (b"PAR1", "a Parquet file"),
    (b"wOF2", "a font"),
    (b"GGUF", "a GGUF model"),
)

# UTF-32 before UTF-16: the little-endian marks begin alike. The codecs take the mark off.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_XML_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")
_JSON_START = re.compile(r'\ufeff?\s*\{\s*"[^"\n]{1,40}"\s*:')
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*){0,5}"
    r"<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|article|main|section|header|div|p|h1|h2|"
    r"table|ul|ol|span|blockquote|figure)\b[^<]{0,2000}>",
    re.IGNORECASE | re.DOTALL,
)


def kind_of(name: str | os.PathLike[str]) -> str | None:
    """The kind of document that the suffix of a name tells, or None."""
    return KINDS.get(Path(name).suffix.lower())


def read_file(path: str | os.PathLike[str]) -> Reading:
    """Read a document in a file, of the kind its suffix tells or else its content shows; `source` is the path.

    Raises `InputError`, which does not name the path, for what cannot be read.
    """
    reading = read_bytes(file_bytes(path, MAX_BYTES), kind=kind_of(path))
    reading.metadata["source"] = str(path)
    return reading


def read_bytes(data: bytes, *, kind: str | None = None, charset: str | None = None) -> Reading:
    """Read a document of a `kind` ("text", "html", "json"), or of the kind its content shows when None.

    `charset` is what came with it from outside, such as a server's word, and counts before what it declares itself.
    Raises `InputError` for binary data, an unknown encoding and documents that are too large.
    """
    what = binary_kind(data)
    if what:
        raise InputError(f"not text but {what}; give the article as text, HTML or JSON")
    if len(data) > MAX_BYTES:
        raise too_large(len(data), "bytes")
    if not data.strip():
        raise InputError("empty: there is no text in it; give the text of one article")
    head = data[:4096].lstrip(codecs.BOM_UTF8).lstrip()
    marked = kind in ("html", "json") or head[:1] in (b"<", b"{") or b"\0" in head
    # Four bytes are the most a code point takes.
    if not marked and len(data) > 4 * MAX_TEXT:
        raise too_large(len(data) // 4, "characters at least")
    text, notes = decode(data, charset)
    reading = _read_decoded(text, kind)
    reading.notes[:0] = notes
    return reading


def _read_decoded(text: str, kind: str | None) -> Reading:
    if kind == "html" or (kind != "json" and _HTML_START.match(text[:8192])):
        return read_html(text)
    if kind == "json":
        return read_json(text)
    if kind is None and text.lstrip()[:1] == "{":
        try:
            loaded = json.loads(text)
        except (ValueError, RecursionError):
            loaded = None
        if isinstance(loaded, dict):
            return read_json(loaded)
        if _JSON_START.match(text):
            raise InputError(
                "not one JSON object although it begins as one; give one article, not several lines of them"
            )
    return read_text(text)


def decode(data: bytes, charset: str | None = None) -> tuple[str, list[tuple[str, str]]]:
    """Return the text in `data` and notes on how it was read; broken bytes become U+FFFD. See `encoding_of`."""
    encoding, notes = encoding_of(data, charset)
    return data.decode(encoding, "replace"), notes


def encoding_of(data: bytes, charset: str | None = None) -> tuple[str, list[tuple[str, str]]]:
    """Return the codec that reads `data`, which takes a byte order mark off, and notes on how it was found.

    A byte order mark decides, then UTF-16 seen in the bytes, valid UTF-8, the declared charset (`charset` itself, or
    else what HTML or XML says), UTF-8 with a few broken bytes, and at last a guess, which is noted. Raises
    `InputError` when none fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, []
    wide = _utf16_without_mark(data)
    if wide is not None:
        return wide, []
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _other_encoding(data, charset)
    declared = _declared_encoding(data, charset)
    # Seven-bit encodings such as ISO-2022-JP look like ASCII.
    if declared is not None and data.isascii() and b"\x1b" in data:
        return declared, []
    return "utf-8", []


_ASCII = bytes(range(128))


def _other_encoding(data: bytes, charset: str | None) -> tuple[str, list[tuple[str, str]]]:
    declared = _declared_encoding(data, charset)
    if declared is not None:
        text = data.decode(declared, "replace")
        if text.count("\ufffd") * 100 <= len(text):
            return declared, []
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(character > "\x7f" for character in text) - broken
    if whole >= max(broken, 2):  # other encodings hardly ever look like UTF-8; the marks left are flagged
        return "utf-8", []
    from charset_normalizer import from_bytes

    first = len(data) - len(data.lstrip(_ASCII))
    start = first - 1000 if first > 100_000 else 0  # so that the sample has what is to be guessed
    guess = from_bytes(data[start : start + 200_000]).best()
    if guess is None:
        raise InputError("not readable as text: no known encoding fits; save it as UTF-8 and try again")
    return guess.encoding, [("encoding_guessed", f"read as {guess.encoding}: nothing declares the encoding")]


def _declared_encoding(data: bytes, charset: str | None) -> str | None:
    found = _XML_DECLARED.search(data[:1024]) or _DECLARED.search(data[:4096])
    return _known_encoding(charset or "") or _known_encoding(found[1].decode("ascii") if found else "")


# What says in ASCII that it is UTF-16 is not; the others are Python's own and may raise anything.
_NO_CHARSETS = ("utf-16", "utf-32", "idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape")


def _known_encoding(charset: str) -> str | None:
    """Return the codec for a declared `charset`, or None where there is none or it cannot be what is meant."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None
    # Browsers read these as windows-1252.
    if name in ("iso8859-1", "ascii"):
        return "cp1252"
    try:
        return None if name.startswith(_NO_CHARSETS) else name if "a".encode(name) else None
    except (LookupError, TypeError, ValueError):
        return None


def _utf16_without_mark(data: bytes) -> str | None:
    """The codec of UTF-16 that has no byte order mark: in most scripts one byte of each pair is below 32."""
    if len(data) % 2 or b"\0" not in data[:8192]:
        return None
    sides = [data[:8192][side::2] for side in (0, 1)]
    low_even, low_odd = (sum(byte < 32 for byte in side) / max(1, len(side)) for side in sides)
    if max(low_even, low_odd) < 0.8 or min(low_even, low_odd) > 0.5:
        return None
    encoding = "utf-16-le" if low_odd > low_even else "utf-16-be"
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return encoding


def binary_kind(data: bytes) -> str | None:
    """What the first bytes of data that is not text show it to be, such as "a PDF document", or None."""
    for magic, what in _MAGIC:
        if data.startswith(magic):
            return what
    if data[4:8] == b"ftyp":
        return "a video or an image"
    if data[:4] == b"RIFF" and data[8:12] in (b"WAVE", b"AVI ", b"WEBP"):
        return "a recording or an image"
    return None


# HTML


_START_TAG = re.compile("<[A-Za-z]")


def read_html(document: str | bytes) -> Reading:
    """Read an HTML page: hidden text is taken out and noted, then trafilatura finds the article.

    Paragraphs of the result stand apart by a blank line. Raises `InputError` when no article is found.
    """
    notes: list[tuple[str, str]] = []
    if isinstance(document, bytes):
        what = binary_kind(document)
        if what:
            raise InputError(f"not HTML but {what}")
        if len(document) > MAX_BYTES:
            raise too_large(len(document), "bytes")
        document, notes = decode(document)
    elif len(document) > MAX_BYTES:
        raise too_large(len(document), "bytes at least")
    if (elements := sum(1 for _ in _START_TAG.finditer(document))) > MAX_ELEMENTS:
        raise too_large(elements, "elements")
    page = read_page(document)
    return Reading(page.text, page.metadata, notes + page.notes)


# Text and front matter

_FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n(.{0,8000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FRONT_KEYS = {
    "id": "external_id",
    "external_id": "external_id",
    "title": "title",
    "date": "date",
    "publisher": "publisher",
    "source": "source",
    "url": "source",
    "language": "language",
    "lang": "language",
    "licence": "licence",
    "license": "licence",
}


def read_text(text: str) -> Reading:
    """Read plain text or Markdown; front matter (`---`, `key: value` lines, `---`) becomes metadata."""
    found = _FRONT.match(text)
    if not found:
        return Reading(text)
    import yaml  # type: ignore[import-untyped, unused-ignore]

    try:
        # Without implicit types a date stays the text it was, and aliases cannot multiply.
        aliased = re.search(r"[&*]\w", found[1])
        loaded = None if aliased else yaml.load(found[1], Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError):
        loaded = None
    if not isinstance(loaded, dict):
        return Reading(text)
    metadata: dict[str, str] = {}
    for key, value in loaded.items():
        name = _FRONT_KEYS.get(str(key).strip().lower())
        if name and isinstance(value, str) and value.strip():
            metadata.setdefault(name, value.strip())
    known = {str(key).strip().lower() for key in loaded} & {*_FRONT_KEYS, "author"}
    return Reading(text[found.end() :], metadata) if known else Reading(text)


# JSON

JSON_KEYS = {"id": "external_id", **{name: name for name in METADATA if name != "external_id"}}
"""What the keys of an input article but its text are called in an `Article`."""


def read_json(document: str | Mapping[str, Any]) -> Reading:
    """Read an input article: `{"text" or "html", "id", "title", "date", "publisher", "source", "language", "licence"}`.

    Unknown keys are ignored. Raises `InputError` for anything else.
    """
    loaded: Any = document
    if isinstance(document, str):
        try:
            loaded = json.loads(document.removeprefix("\ufeff"))
        except ValueError as error:
            raise InputError(f"not valid JSON: {error}") from error
        except RecursionError as error:
            raise InputError("not usable JSON: nested too deeply") from error
    if not isinstance(loaded, Mapping):
        raise InputError('the JSON must be one object with "text" or "html", such as {"text": "..."}')
    given: dict[str, Any] = {key: loaded.get(key) for key in (*JSON_KEYS, "text", "html")}
    if isinstance(given["id"], int) and not isinstance(given["id"], bool):
        given["id"] = str(given["id"])
    for key, value in given.items():
        if value is not None and not isinstance(value, str):
            raise InputError(f'"{key}" must be a string, not {_json_type(value)}')
    text, html = given["text"], given["html"]
    if (text is None) == (html is None):
        raise InputError('the JSON needs "text" or "html" (one of them) with the article')
    reading = Reading(text) if text is not None else read_html(str(html))
    reading.metadata.update({name: given[key] for key, name in JSON_KEYS.items() if given[key]})
    return reading


def _json_type(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
