"""The article: canonical text, metadata, and what is found in it when asked: language, sentences, flags."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Any, NoReturn

from summarizer.errors import InputError
from summarizer.files import naming
from summarizer.flags import Flag, suspicions
from summarizer.language import UNDETERMINED, detect_language, parse_language
from summarizer.reading import (
    MAX_TEXT,
    METADATA,
    Reading,
    kind_of,
    read_bytes,
    read_file,
    read_html,
    read_json,
    too_large,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from summarizer.sentences import Sentence

__all__ = ["Article", "canonical_text"]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_MACHINE_DATE = re.compile(
    r"(?P<word>date\s*:?\s*)?(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    r"(?:[ \t]*[:|–—-][ \t]*|\.(?=\s))?(?P<space>[\s\ufeff]*)(?=(?P<next>\S))",
    re.IGNORECASE,
)


class Article:
    """One article, immutable.

    `text` is canonical: NFC, line ends as \\n, outer white space and a leading machine date taken off, lone
    surrogates replaced by U+FFFD; nothing else is changed. Offsets count its code points. Metadata that is
    given beats what the text shows. Raises `InputError` for text that is empty, binary or longer than
    1,000,000 code points, and for a date or a language that cannot be understood.
    """

    __slots__ = (
        "_detected",
        "_flags",
        "_notes",
        "_sentences",
        "date",
        "external_id",
        "id",
        "language_given",
        "licence",
        "publisher",
        "source",
        "text",
        "title",
    )

    text: str
    """The canonical text."""

    id: str
    """The sha256 of the canonical text in UTF-8, in hex."""

    external_id: str | None
    """The caller's own name for the article."""

    title: str | None
    date: str | None
    """The day of publication, as YYYY-MM-DD."""

    publisher: str | None
    source: str | None
    """The path or URL the article came from."""

    licence: str | None
    """What it may be used under, such as "CC BY 4.0"; it stands in recordings, not in briefs."""

    language_given: bool
    """Whether the language was given; else it is detected."""

    _detected: str | None
    _flags: tuple[Flag, ...] | None
    _notes: tuple[tuple[str, str], ...]
    _sentences: tuple[Sentence, ...] | None

    def __init__(
        self,
        text: str,
        *,
        title: str | None = None,
        date: str | dt.date | None = None,
        publisher: str | None = None,
        source: str | os.PathLike[str] | None = None,
        external_id: str | None = None,
        language: str | None = None,
        licence: str | None = None,
    ) -> None:
        if not isinstance(text, str):
            raise InputError(f"the article's text must be a string, not {type(text).__name__}")
        canonical, found_date = canonical_text(text)
        code = _language_code(language)
        notes: list[tuple[str, str]] = []
        given_date = _iso_date(date)
        if given_date and found_date and given_date != found_date:
            notes.append(("date_conflict", f"the text begins with the date {found_date}, {given_date} was given"))
        values = {
            "text": canonical,
            "id": hashlib.sha256(canonical.encode()).hexdigest(),
            "external_id": _one_line("external_id", external_id),
            "title": _one_line("title", title),
            "date": given_date or found_date,
            "publisher": _one_line("publisher", publisher),
            "source": _without_password(_one_line("source", str(source) if source is not None else None)),
            "licence": _one_line("licence", licence),
            "language_given": code is not None,
            "_detected": code,
            "_flags": None,
            "_notes": tuple(notes),
            "_sentences": None,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    # Where articles come from

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], **metadata: Any) -> Article:
        """Read a .txt, .md, .html, .htm or .json file; any other name is read as what its content shows.

        `metadata` are the keywords of `Article` and beat the file's own; `source` is the path unless given.
        Raises `InputError`, naming the path, for whatever cannot be read as an article.
        """
        with naming(str(path)):
            return cls.from_reading(read_file(path), **metadata)

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str | None = None, **metadata: Any) -> Article:
        """Read a document whose kind (HTML, JSON or text) its content shows, or the suffix of `name`.

        `name` stands in error messages. Raises `InputError` for what cannot be read as an article.
        """
        with naming(name):
            return cls.from_reading(read_bytes(data, kind=kind_of(name) if name else None), **metadata)

    @classmethod
    def from_url(cls, url: str, **metadata: Any) -> Article:
        """Fetch the HTML page or plain text at an http(s) address of the public internet, and read it.

        At most 5 MB, 10 seconds and 3 redirects. `source` is the address unless given. Raises `InputError`, naming
        the address, for one that may not be fetched and for what cannot be read as an article.
        """
        from summarizer.addresses import shown
        from summarizer.fetching import fetch

        page = fetch(url).page
        with naming(shown(url)):
            if metadata.get("source") is None:
                metadata["source"] = url
            return cls.from_reading(read_bytes(page.body, kind=page.kind, charset=page.charset), **metadata)

    @classmethod
    def from_html(cls, html: str | bytes, **metadata: Any) -> Article:
        """Read an HTML page; text its reader would not see is left out and flagged."""
        return cls.from_reading(read_html(html), **metadata)

    @classmethod
    def from_json(cls, obj: Mapping[str, Any] | str, **metadata: Any) -> Article:
        """Read `{"text" or "html", "id", "title", "date", "publisher", "source", "language", "licence"}`.

        `id` becomes `external_id`; unknown keys are ignored. Raises `InputError` for wrong types.
        """
        return cls.from_reading(read_json(obj), **metadata)

    @classmethod
    def from_reading(cls, reading: Reading, **metadata: Any) -> Article:
        """Take what was found in a document; `metadata` are the keywords of `Article` and beat the document's own.

        Raises `InputError` for what cannot be an article.
        """
        given = {key: value for key, value in metadata.items() if value is not None}
        unknown = given.keys() - set(METADATA)
        if unknown:
            raise TypeError(f"unknown metadata: {', '.join(sorted(unknown))}")
        article = cls(reading.text, **{**reading.metadata, **given})
        object.__setattr__(article, "_notes", (*reading.notes, *article._notes))
        return article

    # What is in them

    @property
    def language(self) -> str:
        """The ISO 639-1 code given, else detected; "und" where the text is too short or unclear."""
        if self._detected is None:
            object.__setattr__(self, "_detected", detect_language(self.text))
        return self._detected or UNDETERMINED

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences in order, numbered from 1; together they hold all that is not white space."""
        if self._sentences is None:
            from summarizer.sentences import segment

            object.__setattr__(self, "_sentences", segment(self.text, self.language))
        return self._sentences or ()

    @property
    def segmenter(self) -> str:
        """Name and version of what found the sentences, such as "nupunkt 0.8.0 + fixer 1"."""
        from summarizer.sentences import segmenter_name

        return segmenter_name(self.language)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What a reader must know: text left out, unreadable or invisible characters, sentences to an AI."""
        if self._flags is None:
            noted = (Flag(code, None, detail) for code, detail in self._notes)
            object.__setattr__(self, "_flags", (*noted, *suspicions(self.text, self.sentences)))
        return self._flags or ()

    def sentence_text(self, n: int) -> str:
        """Return the text of sentence `n`, counted from 1; raises `IndexError` when there is none."""
        if not 1 <= n <= len(self.sentences):
            raise IndexError(f"no sentence {n}: the article has {len(self.sentences)}")
        sentence = self.sentences[n - 1]
        return self.text[sentence.start : sentence.end]

    # A value

    def data(self) -> dict[str, Any]:
        """It as JSON data, from which `restored` makes the same article."""
        return dict(zip(_PARTS, self._key(), strict=True))

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> Article:
        """The article that `data` was made of. Raises `InputError` for what is none."""
        notes = tuple((code, detail) for code, detail in data["notes"])
        return _rebuild(cls, **{part: data[part] for part in _PARTS[:-1]}, notes=notes)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an Article cannot be changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an Article cannot be changed: {name}")

    def _key(self) -> tuple[object, ...]:
        given = self._detected if self.language_given else None
        return (
            self.text,
            self.title,
            self.date,
            self.publisher,
            self.source,
            self.external_id,
            given,
            self.licence,
            self._notes,
        )

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Article) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), *self._key())

    def __repr__(self) -> str:
        start = self.text[:40] + ("…" if len(self.text) > 40 else "")
        return f"<Article {self.id[:12]} {self.title or start!r}>"


_PARTS = ("text", "title", "date", "publisher", "source", "external_id", "language", "licence", "notes")
"""What makes an article, in the order of `Article._key`."""


def canonical_text(text: str) -> tuple[str, str | None]:
    """Return the canonical form of `text` and the machine date (YYYY-MM-DD) taken off its beginning, or None.

    The canonical form of a canonical text is itself. Raises `InputError` for text that cannot be an article.
    """
    if len(text) > 2 * MAX_TEXT:
        raise too_large(len(text))
    if _LONE_SURROGATE.search(text):
        text = _SURROGATE_PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
        text = _LONE_SURROGATE.sub("\ufffd", text)
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\ufeff \n\t")
    text = text.strip()
    while text.startswith("\ufeff") or text.endswith("\ufeff"):
        text = text.strip("\ufeff").strip()
    found: str | None = None
    start = 0
    while taken := _machine_date(text, start):
        found = found or taken[0]
        start = taken[1]
    text = text[start:]
    if len(text) > MAX_TEXT:
        raise too_large(len(text))
    _check_readable(text)
    return text, found


def _machine_date(text: str, start: int) -> tuple[str, int] | None:
    """Return a date at `start` that no sentence needs, and where the text after it begins."""
    match = _MACHINE_DATE.match(text, start)
    if not match or (not match["space"] and match.end() == match.end("date")):
        return None
    following = match["next"]
    # A small letter or a comma goes on with the sentence: "2022-11-12 was a cold day".
    if (following.islower() and "\n" not in match["space"]) or not (
        following.isalnum() or unicodedata.category(following)[0] in "PS"
    ):
        return None
    if following in ",;.:)!?/" or text[match.end("date") : match.end("date") + 1].isdigit():
        return None
    try:
        return dt.date.fromisoformat(match["date"]).isoformat(), match.end()
    except ValueError:
        return None


def _check_readable(text: str) -> None:
    controls = len(_CONTROL.findall(text))
    if controls >= 16 and controls * 10 > len(text):
        raise InputError(f"binary data: {controls:,} of {len(text):,} are control characters; give the article as text")
    if not any(map(str.isprintable, text.replace(" ", ""))):
        raise InputError("empty: there is no text in it; give the text of one article")


def _iso_date(value: object) -> str | None:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and (match := re.match(r"\s*(\d{4}-\d{2}-\d{2})(?=\s*\Z|[T ]\d{2}:\d{2})", value)):
        try:
            return dt.date.fromisoformat(match[1]).isoformat()
        except ValueError:
            pass
    raise InputError(f"not a date: {str(value)[:40]!r}; give it as YYYY-MM-DD, such as 2022-11-12")


def _language_code(value: object) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    code = parse_language(value) if isinstance(value, str) else None
    if code is None:
        raise InputError(f"not a language: {str(value)[:40]!r}; give its two-letter code (ISO 639-1), such as uk")
    return None if code == UNDETERMINED else code


def _one_line(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(f"{name} must be a string, not {type(value).__name__}")
    line = " ".join(unicodedata.normalize("NFC", _LONE_SURROGATE.sub("\ufffd", value)).split())
    return line[:2000] or None


def _without_password(source: str | None) -> str | None:
    """An address without `user:password@`: the source stands in every brief and export."""
    return re.sub(r"(?<=://)[^/?#\s]*@", "", source) if source else source


def _rebuild(
    cls: type[Article],
    text: str,
    title: str | None,
    date: str | None,
    publisher: str | None,
    source: str | None,
    external_id: str | None,
    language: str | None,
    licence: str | None,
    notes: tuple[tuple[str, str], ...],
) -> Article:
    article = cls(
        text,
        title=title,
        date=date,
        publisher=publisher,
        source=source,
        external_id=external_id,
        language=language,
        licence=licence,
    )
    object.__setattr__(article, "_notes", notes)
    return article
