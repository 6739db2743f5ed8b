"""The article: canonical text, metadata, sentences with exact offsets, and flags on what looks odd."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from summarizer.errors import InputError
from summarizer.language import UNDETERMINED, detect_language, parse_language
from summarizer.reading import (
    MAX_BYTES,
    MAX_TEXT,
    METADATA,
    Reading,
    read_bytes,
    read_html,
    read_json,
    too_large,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from summarizer.sentences import Sentence

__all__ = ["Article", "Flag", "canonical_text"]

_KINDS = {
    ".txt": "text",
    ".md": "text",
    ".markdown": "text",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_MACHINE_DATE = re.compile(
    r"(?P<word>date\s*:?\s*)?(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    r"(?:[ \t]*[:|–—-][ \t]*|\.(?=\s))?(?P<space>[\s\ufeff]*)(?=(?P<next>\S))",
    re.IGNORECASE,
)

_INVISIBLE = re.compile(
    "[\\0-\x08\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_TO_AN_AI = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|all|your)\b.{0,30}"
    r"\b(?:instructions?|prompts?|rules|directions|guidelines)\b"
    r"|\bas an? (?:ai\b|artificial intelligence|(?:large )?language model)"
    r"|\b(?:system|developer) (?:prompt|message)\b"
    r"|\byou are (?:now )?(?:an? )?(?:ai|chatgpt|gpt|claude|gemini|(?:large )?language model|"
    r"helpful assistant)\b"
    r"|\bai (?:assistants?|agents?|summari[sz]ers?)\b.{0,40}\b(?:must|should|please|do not)\b"
    r"|\b(?:when|if) (?:you )?summari[sz](?:e|ing)\b|\bnew instructions?\s*:"
    r"|\bdo not (?:mention|summari[sz]e)\b"
    r"|\byour (?:summary|output|answer|response) (?:must|should|shall)\b"
    r"|<\|(?:im_start|im_end|system|user|assistant|endoftext)\|?>|\[/?inst\]|<</?sys>>"
    r"|\bignor(?:a|e|es|ez|iere|ieren|iert|are)\b.{0,30}"
    r"\b(?:instrucciones|anweisungen|istruzioni|instruções|les instructions)\b"
    r"|(?:игнорируй|забудь|ігноруй|забудьте).{0,40}(?:инструкци|указани|інструкці|вказівк)"
    r"|تجاهل.{0,30}التعليمات",
    re.DOTALL,
)
"""Words that address a language model. News quotes such words too, so they are flagged, never dropped."""


class Flag(NamedTuple):
    """Something about an article that its reader must know."""

    code: str
    """What it is, such as "hidden_text_removed" or "instruction_like"."""

    sentence: int | None
    """The number of the sentence it concerns, or None for the whole article."""

    detail: str
    """One line for a person."""


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
    ) -> None:
        if not isinstance(text, str):
            raise InputError(f"the article's text must be a string, not {type(text).__name__}")
        canonical, found_date = canonical_text(text)
        code = _language_code(language)
        notes: list[tuple[str, str]] = []
        given_date = _iso_date(date)
        if given_date and found_date and given_date != found_date:
            notes.append(
                ("date_conflict", f"the text begins with the date {found_date}, {given_date} was given")
            )
        values = {
            "text": canonical,
            "id": hashlib.sha256(canonical.encode()).hexdigest(),
            "external_id": _one_line("external_id", external_id),
            "title": _one_line("title", title),
            "date": given_date or found_date,
            "publisher": _one_line("publisher", publisher),
            "source": _one_line("source", str(source) if source is not None else None),
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
        file = Path(path)
        with _naming(str(path)):
            if file.is_dir():
                raise InputError("is a directory; give a file")
            try:
                with file.open("rb") as stream:
                    data = stream.read(MAX_BYTES + 1)
            except FileNotFoundError as error:
                raise InputError("no such file") from error
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                raise InputError(f"cannot be read: {reason}") from error
            if metadata.get("source") is None:
                metadata["source"] = str(path)
            return cls._from_reading(read_bytes(data, kind=_KINDS.get(file.suffix.lower())), metadata)

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str | None = None, **metadata: Any) -> Article:
        """Read a document whose kind (HTML, JSON or text) its content shows, or the suffix of `name`.

        `name` stands in error messages. Raises `InputError` for what cannot be read as an article.
        """
        with _naming(name):
            kind = _KINDS.get(Path(name).suffix.lower()) if name else None
            return cls._from_reading(read_bytes(data, kind=kind), metadata)

    @classmethod
    def from_html(cls, html: str | bytes, **metadata: Any) -> Article:
        """Read an HTML page; text its reader would not see is left out and flagged."""
        return cls._from_reading(read_html(html), metadata)

    @classmethod
    def from_json(cls, obj: Mapping[str, Any] | str, **metadata: Any) -> Article:
        """Read `{"text" or "html", "id", "title", "date", "publisher", "source", "language"}`.

        `id` becomes `external_id`; unknown keys are ignored. Raises `InputError` for wrong types.
        """
        return cls._from_reading(read_json(obj), metadata)

    @classmethod
    def _from_reading(cls, reading: Reading, metadata: dict[str, Any]) -> Article:
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
            object.__setattr__(self, "_flags", (*noted, *_suspicions(self.text, self.sentences)))
        return self._flags or ()

    def sentence_text(self, n: int) -> str:
        """Return the text of sentence `n`, counted from 1; raises `IndexError` when there is none."""
        if not 1 <= n <= len(self.sentences):
            raise IndexError(f"no sentence {n}: the article has {len(self.sentences)}")
        sentence = self.sentences[n - 1]
        return self.text[sentence.start : sentence.end]

    # A value

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


def canonical_text(text: str) -> tuple[str, str | None]:
    """Return the canonical form of `text` and the machine date (YYYY-MM-DD) taken off its beginning, or None.

    The canonical form of a canonical text is itself. Raises `InputError` for text that cannot be an article.
    """
    if len(text) > 2 * MAX_TEXT:
        raise too_large(len(text))
    if _LONE_SURROGATE.search(text):
        text = _SURROGATE_PAIR.sub(
            lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text
        )
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
        raise InputError(
            f"binary data: {controls:,} of {len(text):,} are control characters; give the article as text"
        )
    if not any(map(str.isprintable, text.replace(" ", ""))):
        raise InputError("empty: there is no text in it; give the text of one article")


def _suspicions(text: str, sentences: tuple[Sentence, ...]) -> Iterator[Flag]:
    """Yield the flags on characters and sentences of a canonical text."""
    replaced = text.count("\ufffd")
    if replaced:
        detail = f"{replaced} replacement characters (U+FFFD) stand for what could not be read"
        yield Flag("replacement_characters", None, detail)
    right_to_left = bool(_RIGHT_TO_LEFT.search(text))
    for sentence in sentences:
        own = text[sentence.start : sentence.end]
        kinds: dict[str, int] = {}
        for match in _INVISIBLE.finditer(own):
            kind = _invisible_kind(own, match.start(), right_to_left)
            if kind:
                kinds[kind] = kinds.get(kind, 0) + 1
        if kinds:
            detail = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
            yield Flag("hidden_characters", sentence.number, f"invisible characters: {detail}")
        plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", own)).casefold()
        found = _TO_AN_AI.search(" ".join(plain.split()))
        if found:
            yield Flag(
                "instruction_like", sentence.number, f"reads like an instruction to an AI: {found[0][:80]!r}"
            )


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


def _iso_date(value: object) -> str | None:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and (
        match := re.match(r"\s*(\d{4}-\d{2}-\d{2})(?=\s*\Z|[T ]\d{2}:\d{2})", value)
    ):
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
        raise InputError(
            f"not a language: {str(value)[:40]!r}; give its two-letter code (ISO 639-1), such as uk"
        )
    return None if code == UNDETERMINED else code


def _one_line(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(f"{name} must be a string, not {type(value).__name__}")
    line = " ".join(unicodedata.normalize("NFC", _LONE_SURROGATE.sub("\ufffd", value)).split())
    return line[:2000] or None


def _rebuild(
    cls: type[Article],
    text: str,
    title: str | None,
    date: str | None,
    publisher: str | None,
    source: str | None,
    external_id: str | None,
    language: str | None,
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
    )
    object.__setattr__(article, "_notes", notes)
    return article


@contextmanager
def _naming(name: str | None) -> Iterator[None]:
    """Put the name of the document before the message of an `InputError`."""
    try:
        yield
    except InputError as error:
        if not name:
            raise
        raise InputError(f"{name}: {error}") from error
