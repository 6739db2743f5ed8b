"""The review record: what an editor decided about each line of a brief, and how far that review has come.

A record holds decisions only; hashes tie it to one article and one brief. `summarizer.reviewing` applies it.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from summarizer.frozen import Part
from summarizer.plain import one_line

if TYPE_CHECKING:
    from summarizer.brief import Brief, Evidence

HEADLINE: Final = "headline"
SUMMARY: Final = "summary"
"""A key point's id is this and its number, from 1 in the order of the brief that was reviewed: `summary-2`."""


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


def _moment(value: str) -> str:
    if datetime.datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("the time has no zone")
    return value


def _one_line(value: str) -> str:
    if not (line := one_line(value)):
        raise ValueError("it is empty")
    return line


Words = Annotated[str, AfterValidator(_one_line)]
"""Words on one line: white space is tidied, control and invisible characters are dropped."""
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Decision(Part):
    """What the editor decided about one line."""

    line: str = Field(
        pattern=r"^(headline|[a-z]+-[0-9]+)$", description="`headline`, `summary-1` ..., or the id of an item."
    )
    decision: Literal["accept", "edit", "reject"]
    text: Words | None = Field(
        default=None, max_length=400, description="The line in the editor's words; with `edit` only."
    )
    seen_in_source: bool = Field(
        default=False, description="The editor has seen the statement in the source itself, not in our copy only."
    )
    note: Words | None = Field(default=None, max_length=500, description="Why; it stands in the reviewed brief.")

    @model_validator(mode="after")
    def _text_of_an_edit(self) -> Self:
        if (self.text is not None) != (self.decision == "edit"):
            raise ValueError(f"{self.line}: a text belongs to an edit, and an edit needs one")
        return self


class ReviewRecord(Part):
    """An editor's review of a brief: who, when, and each decision."""

    record_version: Literal["1"] = "1"
    reviewer: Words = Field(max_length=200, description="The name of the one who takes responsibility.")
    reviewed_at: Annotated[str, AfterValidator(_moment)] = Field(description="ISO 8601, with the zone.")
    signed_off: bool = Field(description="True when the editor takes responsibility: every line is decided.")
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


def brief_hash(brief: Brief) -> str:
    """The sha256 (hex) that a review names a brief by.

    Of its JSON in ASCII with sorted keys and no blanks, without the article's text (whose own hash is part of it), the
    volatile run and the review: a brief saved with `--stable` or `--no-text` has the same one.
    """
    data = brief.model_dump(mode="json", exclude={"review": True, "article": {"text"}, "provenance": {"run"}})
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
    """Where a reviewed brief is not what its review says; empty for one that was not reviewed."""
    record = brief.review
    if record is None:
        return []
    found = [] if record.article == brief.article.id else ["review: it is of another article"]
    lines = {line.id: line.text for line in reviewed_lines(brief) if not line.id.startswith(f"{SUMMARY}-")}
    for decision in record.decisions:
        if decision.line.startswith(f"{SUMMARY}-"):
            continue
        text = lines.get(decision.line)
        if (text is None) != (decision.decision == "reject"):
            found.append(f"review: {decision.line} is marked {decision.decision}, and it is {_there(text)}")
        elif decision.text is not None and decision.text != text:
            found.append(f"review: {decision.line} is not what the editor wrote")
    found += _key_point_problems(record, [point.text for point in brief.summary])
    if record.signed_off and (open_lines := sorted(lines.keys() - record.by_line.keys())):
        found.append(f"review: signed off, and {open_lines[0]} has no decision")
    return found


def _there(text: str | None) -> str:
    return "not in the brief" if text is None else "in the brief"


def _key_point_problems(record: ReviewRecord, texts: list[str]) -> list[str]:
    """Key points have no ids of their own: those left are in the order of the decisions about them."""
    decided = [d for d in record.decisions if d.line.startswith(f"{SUMMARY}-")]
    kept = sorted((d for d in decided if d.decision != "reject"), key=lambda d: int(d.line.partition("-")[2]))
    if len(kept) > len(texts) or (record.signed_off and len(kept) != len(texts)):
        return [f"review: {len(kept)} key points were kept, and the brief has {len(texts)}"]
    left = iter(texts)  # in their order; where the review is not finished, undecided ones lie between
    if not all(d.text is None or any(d.text == text for text in left) for d in kept):
        return ["review: a key point is not what the editor wrote"]
    return []
