"""What all exports share: the words about AI and review, identifiers, and JSON that may stand in a page."""

from __future__ import annotations

import base64
import datetime
import re
import uuid
from functools import cached_property
from typing import Any, Final

from summarizer import __version__
from summarizer.brief import Brief
from summarizer.errors import InputError
from summarizer.plain import json_text, one_line
from summarizer.review import ALL_REJECTED, Decision, brief_hash, disclosure

SOFTWARE: Final = f"desk-summarizer {__version__}"
"""The program that writes the export."""

SOURCE_TYPE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's term for what a brief is: a model's wording and verbatim quotations put together."""

_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Frame:
    """A verified brief, and what an export says of it as a whole, each worked out once."""

    def __init__(self, brief: Brief) -> None:
        """Raises `UnverifiedBrief`."""
        self.brief = brief.verified()
        self.text = self.brief.article.text or ""

    @cached_property
    def statement(self) -> str:
        """What every export says: `statement` of the brief."""
        return statement(self.brief)

    @cached_property
    def uri(self) -> str:
        """The brief as a work, a UUID of the hash of what the model made: it is the same after a review."""
        made = self.brief.review.brief if self.brief.review else brief_hash(self.brief)
        return uuid.uuid5(uuid.NAMESPACE_URL, f"desk-summarizer brief {made}").urn

    @cached_property
    def article_uri(self) -> str:
        """The canonical text that offsets count in, named by its sha256 (RFC 6920)."""
        return _hash_uri(self.brief.article.id)

    def part_uri(self, part: str) -> str:
        """A part of an export: the same part of the same brief always has the same UUID (version 5)."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.uri}#{part}").urn

    @cached_property
    def page(self) -> str | None:
        """The article's address as a valid URI; None where its source is a file, or no address to be passed on.

        It is read as one that is to be fetched: no password and no odd port gets through.
        """
        from summarizer.addresses import read_address

        try:
            place = read_address(self.brief.article.source or "")
        except InputError:
            return None
        target = _PERCENT.sub("%25", place.target).replace("[", "%5B").replace("]", "%5D")
        return f"{'https' if place.secure else 'http'}://{place.authority}{target}"

    @property
    def language(self) -> str | None:
        """The article's language; None where it could not be told."""
        return None if self.brief.article.language == "und" else self.brief.article.language

    @property
    def title(self) -> str:
        """The article's title; empty where it has none."""
        return one_line(self.brief.article.title or "")

    @property
    def name(self) -> str:
        """What readers know the brief as."""
        return f"Brief of {self.title or one_line(self.brief.article.external_id or '') or 'an article'}"

    @property
    def publisher(self) -> str:
        """The article's publisher; empty where it is not known."""
        return one_line(self.brief.article.publisher or "")

    @property
    def made_by(self) -> str:
        """The program and the model."""
        return f"{SOFTWARE}, model {one_line(self.brief.provenance.model)}"

    @property
    def made_at(self) -> str | None:
        """When the brief was made; None in replays and with --stable."""
        return moment(self.brief.provenance.run.created_at) if self.brief.provenance.run else None

    @property
    def reviewed_at(self) -> str | None:
        """When it was reviewed; None for one that was not."""
        return moment(self.brief.review.reviewed_at) if self.brief.review else None

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        """The editor's decisions by the line they are about."""
        return self.brief.review.by_line if self.brief.review else {}

    @property
    def editor(self) -> str | None:
        """Who has taken responsibility for the brief; None before a sign-off."""
        record = self.brief.review
        return record.reviewer if record and record.signed_off else None


def statement(brief: Brief) -> str:
    """Made by AI, who has reviewed it, and what was not read or could not be verified.

    A brief that failed never looks like an article that says nothing.
    """
    told = [one_line(disclosure(brief))]
    if not brief.audit.complete:
        places = ", ".join(f"{u.first} to {u.last}" for u in brief.audit.unread)
        told.append(f"Incomplete: sentences {places} were not read." if places else "Incomplete.")
    if any(flag.code == ALL_REJECTED for flag in brief.audit.flags):
        told.append("Nothing is left: all lines were rejected in review.")
    if any(flag.code == "all_rejected" for flag in brief.audit.flags):
        told.append("Nothing could be verified: all statements the model gave were rejected.")
    return " ".join(told)


def safe_json(data: Any, indent: int | None = None) -> str:
    """JSON that cannot end the `<script>` element it may be put in."""
    return json_text(data, indent).replace("<", "\\u003c")


def present(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def moment(written: str) -> str | None:
    """An ISO 8601 time as the formats want it: UTC, `2026-01-31T12:00:00Z`; None for what is no time with a zone."""
    try:
        time = datetime.datetime.fromisoformat(written)
        return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _hash_uri(sha256: str) -> str:
    return f"ni:///sha-256;{base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip('=')}"
