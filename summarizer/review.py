"""The review record: what an editor decided about each line of a brief, and how far that review has come.

A record holds decisions only; hashes tie it to one article and one brief. `summarizer.reviewing` applies it.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from summarizer.frozen import Part
from summarizer.marks import without_marks
from summarizer.plain import one_line

if TYPE_CHECKING:
    from summarizer.brief import Brief, Evidence

HEADLINE: Final = "headline"
SUMMARY: Final = "summary"
"""A key point's id is this and its number, from 1 in the order of the brief that was reviewed: `summary-2`."""

ALL_REJECTED: Final = "all_rejected_in_review"
"""The flag of a brief whose every item its editor rejected: it does not say that the article says nothing."""


class Line(NamedTuple):
    """A line of a brief that an editor decides about."""

    id: str
    """`headline`, `summary-1` and so on for key points, else the item's own id."""
    text: str
    evidence: tuple[Evidence, ...]


def reviewed_lines(brief: Brief) -> Iterator[Line]:
    """The lines of a brief in the order a reader meets them: headline, key points, items."""
    if brief.headline:
        yield Line(HEADLINE, brief.headline.text, brief.headline.evidence)
    for number, point in enumerate(brief.summary, 1):
        yield Line(f"{SUMMARY}-{number}", point.text, point.evidence)
    for _, item in brief.items():
        yield Line(item.id, item.text, item.evidence)


def sources(brief: Brief, line: Line) -> tuple[str, ...]:
    """The ids of the items that say what a line says: its own, or of a headline or key point those it was made of."""
    own = [item.id for _, item in brief.items() if item.id == line.id]
    return tuple(own or [item.id for _, item in brief.items() if item.evidence == line.evidence])


_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})$"


def _moment(value: str) -> str:
    datetime.datetime.fromisoformat(value)
    return value


def _words(most: int, *, marks: bool = False) -> AfterValidator:
    """Words on one line, at most `most` characters: white space is tidied, invisible characters are dropped.

    So are quotation marks but with `marks`: what an editor writes beside the lines is nobody's words.
    """

    def tidy(value: str) -> str:
        before, line = None, one_line(value)
        while not marks and line != before:  # a mark that is taken out may leave another that now is one
            before, line = line, one_line(without_marks(line))
        if not 0 < len(line) <= most:
            raise ValueError(f"it has {len(line)} characters, and 1 to {most} are wanted")
        return line

    return AfterValidator(tidy)


Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Decision(Part):
    """What the editor decided about one line."""

    line: str = Field(
        pattern=r"^(headline|[a-z]+-[0-9]+)$", description="`headline`, `summary-1` ..., or the id of an item."
    )
    decision: Literal["accept", "edit", "reject"]
    text: Annotated[str, _words(400, marks=True)] | None = Field(
        default=None, description="The line in the editor's words; with `edit` only."
    )
    seen_in_source: bool = Field(
        default=False,
        strict=True,
        description="The editor has seen the statement in the source itself, not in our copy only.",
    )
    note: Annotated[str, _words(500)] | None = Field(
        default=None, description="Why, without quotation marks; it stands in the reviewed brief."
    )

    @model_validator(mode="after")
    def _text_of_an_edit(self) -> Self:
        if (self.text is not None) != (self.decision == "edit"):
            raise ValueError(f"{self.line}: a text belongs to an edit, and an edit needs one")
        return self


class ReviewRecord(Part):
    """An editor's review of a brief: who, when, and each decision."""

    record_version: Literal["1"] = "1"
    reviewer: Annotated[str, _words(200)] = Field(description="Who takes responsibility.")
    reviewed_at: Annotated[str, Field(pattern=_MOMENT), AfterValidator(_moment)] = Field(
        description="ISO 8601 (RFC 3339), with the zone.", json_schema_extra={"format": "date-time"}
    )
    signed_off: bool = Field(
        strict=True, description="True when the editor takes responsibility: every line is decided."
    )
    article: Hash = Field(description="The article's id: sha256 of its canonical text.")
    brief: Hash = Field(description="sha256 of the brief that was reviewed, see `brief_hash`.")
    decisions: tuple[Decision, ...] = ()

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if len({d.line for d in self.decisions}) != len(self.decisions):
            raise ValueError("a line has more than one decision")
        return self

    @property
    def by_line(self) -> dict[str, Decision]:
        """The decisions by the line they are about."""
        return {decision.line: decision for decision in self.decisions}


class Review(ReviewRecord):
    """A record that was applied: it is bound to what came of it."""

    reviewed_brief: Hash = Field(
        description="sha256 of the reviewed brief and this record: a brief that was changed after does not load."
    )


def brief_hash(brief: Brief) -> str:
    """The sha256 (hex) that a review names a brief by.

    Of its JSON in ASCII with sorted keys, no blanks and no default values, without the review, the volatile run and the
    article's text (whose own hash is part of it): a brief saved with `--stable` or `--no-text` has the same one.
    """
    return _sha256(_data(brief))


def seal(brief: Brief, record: ReviewRecord) -> str:
    """The sha256 (hex) of a brief, as `brief_hash` takes it, and of the record that was applied to make it."""
    told = record.model_dump(mode="json", exclude={"reviewed_brief"}, exclude_defaults=True)
    return _sha256({"brief": _data(brief), "review": told})


def _data(brief: Brief) -> dict[str, Any]:
    """A brief's parts as JSON, each dumped by itself: the brief's own dump verifies, which asks for the hash."""
    found: dict[str, Any] = {}
    for name in type(brief).model_fields.keys() - {"review"}:
        value = getattr(brief, name)
        if isinstance(value, tuple):
            found[name] = [part.model_dump(mode="json", exclude_defaults=True) for part in value]
        elif isinstance(value, Part):
            left_out = {"article": {"text"}, "provenance": {"run"}}.get(name, set())
            found[name] = value.model_dump(mode="json", exclude=left_out, exclude_defaults=True)
    return found


def _sha256(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def disclosure(brief: Brief) -> str:
    """What every reader of a brief must be told: that it was made by AI, and who has reviewed it."""
    record = brief.review
    if record is None:
        return "Made by AI, not yet reviewed."
    if record.signed_off:
        return f"Made by AI, reviewed and signed off by {record.reviewer} on {record.reviewed_at[:10]}."
    return f"Made by AI, review not finished: {record.reviewer} has not signed off."


def review_problems(brief: Brief) -> list[str]:
    """Where a reviewed brief is not what its editor left; empty for one that was not reviewed."""
    record = brief.review
    if record is None:
        return []
    found = [] if record.article == brief.article.id else ["review: it is of another article"]
    if seal(brief, record) != record.reviewed_brief:
        found.append("review: brief or record were changed after the record was applied")
    return found
