"""Articles in an RSS or Atom feed that was saved: an entry an article, with feedparser. Nothing is ever fetched."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from email.utils import parsedate
from hashlib import sha256
from typing import Any, Final

from summarizer.corpus.pieces import Piece
from summarizer.errors import InputError
from summarizer.reading import MAX_BYTES, Reading, binary_kind, decode, read_html, too_large

__all__ = ["entries", "is_feed"]

_MOST_TAGS: Final = 300_000
"""Tags of a feed: some 10,000 entries, and 400 MB of memory."""
_MOST_ATTRIBUTES: Final = 100
"""Attributes of a tag; what comes after needs time in the square of them."""

_FEED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<\?[^>]{0,500}>\s*|<!--(?:(?!-->).){0,2000}-->\s*|<!DOCTYPE[^>]{0,500}>\s*)"
    rb"{0,5}<(?:rss|feed|(?:rdf:)?RDF)\b[^>]{0,4000}>",
    re.DOTALL,
)


def is_feed(data: bytes) -> bool:
    """Whether a document begins as RSS or Atom does."""
    return _FEED.match(data[:16_384]) is not None


def entries(data: bytes, name: str, title: str) -> Iterator[Piece]:
    """The entries of a feed in its order; full content goes before a summary, HTML is read as a page is.

    Raises `InputError` when it is no feed, is broken beyond mending or too large.
    """
    import feedparser

    if what := binary_kind(data):
        raise InputError(f"not a feed but {what}")
    if len(data) > MAX_BYTES:
        raise too_large(len(data), "bytes")
    source = io.BytesIO(_well_formed(decode(data)[0]))
    try:
        feed = feedparser.parse(
            source,
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,  # it takes the styles that tell what is hidden
        )
    except Exception as error:  # it has raised KeyError for a feed whose tags are in disorder
        raise InputError(f"not a feed: feedparser cannot read it ({type(error).__name__}: {error})") from error
    if not feed.version:
        raise InputError("not a feed: neither RSS nor Atom")
    if not feed.entries:
        raise InputError("empty: there is no entry in the feed")
    publisher = _plain(feed.feed, "title")
    for number, entry in enumerate(feed.entries, 1):
        content = _reading(entry)
        if isinstance(content, Reading):
            found = {
                "external_id": entry.get("id") or entry.get("link"),
                "title": _plain(entry, "title"),
                "date": _day(entry),
                "publisher": publisher,
                "source": entry.get("link"),
            }
            content.metadata = {key: value for key, value in found.items() if isinstance(value, str) and value.strip()}
        # Not by number, which changes with each entry that is put before it.
        unnamed = f"{name}:{sha256(repr(content).encode('utf-8', 'replace')).hexdigest()[:16]}"
        yield Piece(f"{title}, entry {number}", unnamed, content)


# From any XML to well-formed XML

_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_REFERENCE = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)(\w{1,32};)?")
_LESS = re.compile(r"<(?![A-Za-z_/!?])")
_BARE = re.compile(r"&(?![#\w])")
_ELEMENT = re.compile(r"<[A-Za-z_]")
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _well_formed(text: str) -> bytes:
    """A feed in UTF-8 that an XML parser takes, without a DOCTYPE, entities and comments.

    What is broken is mended as libxml2 does; else feedparser would read it with its loose parser, which needs time in
    the square of its length for some of them.
    """
    from lxml import etree  # type: ignore[import-untyped, unused-ignore]

    text = _ILLEGAL.sub("\ufffd", text)
    parts = _CDATA.split(text[_root(text) :])
    if (tags := sum(part.count("<") for part in parts[::2])) > _MOST_TAGS:
        raise InputError(f"too large: {tags:,} tags, the limit is {_MOST_TAGS:,}")
    parts[::2] = [_REFERENCE.sub(_referred, _BARE.sub("&amp;", _LESS.sub("&lt;", part))) for part in parts[::2]]
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        tree = etree.fromstring("".join(parts).encode(), parser)
    except (etree.LxmlError, ValueError) as error:
        raise InputError("not a feed: it is not XML") from error
    if tree is None:
        raise InputError("not a feed: it is not XML")
    if tree.xpath(f"//*[count(@*) > {_MOST_ATTRIBUTES}]"):
        raise InputError(f"not a feed: more than {_MOST_ATTRIBUTES} attributes in one tag")
    data: bytes = etree.tostring(tree, encoding="utf-8")
    _check(data)
    return data


def _root(text: str) -> int:
    """Where the first element begins, behind declaration, comments and DOCTYPE."""
    at = 0
    while (at := text.find("<", at)) >= 0:
        comment = text.startswith("<!--", at)
        if not comment and not text.startswith("<?", at):
            break
        closed = text.find("-->" if comment else "?>", at)
        if closed < 0:
            break
        at = closed + 2
    element = _ELEMENT.search(text, max(at, 0))
    return element.start() if element else len(text)


def _check(data: bytes) -> None:
    """Raises `InputError` for what the strict parser would not take."""
    from xml.parsers import expat

    try:
        expat.ParserCreate(namespace_separator=" ").Parse(data, True)
    except expat.ExpatError as error:
        raise InputError(f"not a feed: broken XML ({error})") from error


def _referred(reference: re.Match[str]) -> str:
    """What HTML means by a reference that XML does not know; what nobody knows stays as it is written."""
    meant = html.entities.html5.get(reference[1] or "")
    return html.escape(meant) if meant else f"&amp;{reference[1] or ''}"


# What is in an entry

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--")


def _reading(entry: Mapping[str, Any]) -> Reading | InputError:
    """The article of an entry: its longest content that is text, or else its summary."""
    contents = [c for c in entry.get("content") or () if c.get("value", "").strip() and _is_text(c)]
    summary = {**(entry.get("summary_detail") or {}), "value": entry.get("summary") or ""}
    best = max(contents, key=lambda content: len(content["value"])) if contents else summary
    value = best["value"]
    if not value.strip():
        return InputError("empty: the entry has no text")
    if best.get("type") == "text/plain":
        return Reading(value)
    if not _TAG.search(value):
        return Reading(html.unescape(value))
    try:
        found = read_html(f"<html><body><article>{value}</article></body></html>")
    except InputError as error:
        return error
    return Reading(found.text, notes=found.notes)


def _is_text(content: Mapping[str, Any]) -> bool:
    kind = str(content.get("type") or "")
    return kind.startswith("text/") or kind == "application/xhtml+xml"


def _plain(holder: Mapping[str, Any], name: str) -> str | None:
    """A title without tags."""
    value = holder.get(name)
    if not isinstance(value, str):
        return None
    if (holder.get(f"{name}_detail") or {}).get("type") in ("text/html", "application/xhtml+xml"):
        return html.unescape(_TAG.sub("", value))
    return value


def _day(entry: Mapping[str, Any]) -> str | None:
    """The day of publication as the feed writes it, in its own time zone; else as feedparser reads it."""
    given = dict(entry)  # feedparser's own mapping takes one for the other, with a warning
    for name in ("published", "updated"):
        written = str(given.get(name) or "").strip()
        try:
            if iso := re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", written):
                return date.fromisoformat(iso[0]).isoformat()
            if parts := parsedate(written) or given.get(f"{name}_parsed"):
                return date(*parts[:3]).isoformat()
        except (ValueError, OverflowError):
            continue
    return None
