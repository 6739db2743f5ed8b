"""Applying a review record to a brief: edited texts pass the checks that the model's wordings pass."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from summarizer import attribution, audit, speech
from summarizer.article import Article
from summarizer.brief import Flag, Rejection
from summarizer.errors import InputError, UnverifiedBrief
from summarizer.frozen import first_problem
from summarizer.marks import fold, has_words, without_marks
from summarizer.plain import shorten
from summarizer.review import (
    ALL_REJECTED,
    HEADLINE,
    SUMMARY,
    Decision,
    Line,
    Review,
    ReviewRecord,
    brief_hash,
    reviewed_lines,
    seal,
    sources,
)
from summarizer.verification import HEADLINE_LENGTH, line_problems
from summarizer.wording import difference, unquoted_by

if TYPE_CHECKING:
    from summarizer.brief import Audit, Brief, Item

REJECTED: Final = "rejected_in_review"
"""The reason code of an item that the editor rejected."""


def load_record(data: str | bytes) -> ReviewRecord:
    """Read a review record from its JSON. Raises `InputError` saying what is wrong with it."""
    try:
        json.loads(data, object_pairs_hook=_once)  # a key that comes twice says two things
        return ReviewRecord.model_validate_json(data)
    except ValueError as error:  # Pydantic's ValidationError is one
        raise InputError(f"not a review record: {first_problem(error)}") from error
    except RecursionError as error:
        raise InputError("not a review record: nested too deeply") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def apply_review(record: ReviewRecord, brief: Brief) -> Brief:
    """The brief as its editor left it: edited lines in their new words, rejected ones moved to the audit.

    Raises `InputError` where the record belongs to another article or brief, names a line that is not there, is signed
    off with lines undecided, or accepts a headline or key point whose item it rejects, and for a brief that was
    reviewed already; `UnverifiedBrief`, naming every such line, where an edited text does not stand in its evidence.
    """
    brief = brief.verified()
    lines = {line.id: line for line in reviewed_lines(brief)}
    _check_fit(record, brief, lines)
    edits = {d.line: d.text for d in record.decisions if d.text is not None and d.text != lines[d.line].text}
    if wrong := [
        f"{line}: {problem}" for line, text in edits.items() if (problem := edit_problem(brief, lines[line], text))
    ]:
        raise UnverifiedBrief("an edited text must stand in its evidence: " + "; ".join(wrong))
    return _reviewed(brief, record, edits)


def _check_fit(record: ReviewRecord, brief: Brief, lines: Mapping[str, Line]) -> None:
    if brief.review is not None:
        raise InputError(
            "the brief was reviewed already: apply the record to the brief as it was before, on whose page a saved "
            "record can be loaded and changed"
        )
    if record.article != brief.article.id:
        raise InputError("the review record is of another article")
    if record.brief != brief_hash(brief):
        raise InputError("the review record is of another brief of this article: review this one, or give that one")
    if unknown := [d.line for d in record.decisions if d.line not in lines]:
        raise InputError(f"the review record decides about {unknown[0]}, and the brief has no such line")
    left = [line for line in lines if line not in record.by_line]
    if record.signed_off and left:
        some = ", ".join(left[:5]) + ", …" * (len(left) > 5)
        raise InputError(f"the review record is signed off, but undecided are {some}")
    refused = {d.line for d in record.decisions if d.decision == "reject"}
    for line in (lines[d.line] for d in record.decisions if d.decision == "accept"):
        if (held := sources(brief, line)) and refused.issuperset(held):
            raise InputError(f"{line.id} says what {held[0]} says, which is rejected: reject or edit it too")


def edit_problem(brief: Brief, line: Line, text: str) -> str:
    """Why `text` cannot take the place of a line; empty where it can.

    The rules are those for a model's wording: it is a true paraphrase of one of the line's quotes, has in quotation
    marks what the article quotes there, and is nobody's but its holder's.
    """
    if line.id == HEADLINE and len(text) > HEADLINE_LENGTH:
        return f"a headline has at most {HEADLINE_LENGTH} characters"
    quotes = [evidence.quote for evidence in line.evidence]
    if found := line_problems(text, quotes):
        return found[0]
    if line.id.startswith(SUMMARY) and len(text) > 300:
        return "a key point has at most 300 characters"
    whole = brief.article.text or ""
    marked = [*speech.direct_speech(whole), *speech.quoted_terms(whole)]
    if quoted := unquoted_by(whole, marked, text, [(e.start, e.end) for e in line.evidence]):
        return f"{quoted[0]!r} is in quotation marks, and the article does not quote it"
    names = _names(brief, line)
    if other := _credited_to(brief, text, names):
        return f"it gives the words to {other}, who does not hold them"
    problems = [difference(_said(text, names), quote, names) for quote in quotes]
    return "" if "" in problems else problems[0]


def _credited_to(brief: Brief, text: str, names: Sequence[str]) -> str | None:
    """The actor to whom `text` gives what is said, ahead of a colon or by a reporting verb; None for the holder."""
    hints = [text[slice(*found.speaker_hint)] for found in attribution.attributions(text) if found.speaker_hint]
    before, colon, _ = text.partition(": ")
    for hint in (*([before] if colon else ()), *hints):
        told = fold(hint)
        if any(has_words(fold(name), told) for name in names):
            continue
        for actor in brief.actors:
            if any(has_words(fold(name), told) for name in (actor.name, *actor.aliases)):
                return actor.name
    return None


def _names(brief: Brief, line: Line) -> list[str]:
    """The names of those who hold what a line says."""
    held = sources(brief, line)
    holders = {item.actor for _, item in brief.items() if item.id in held}
    return [name for actor in brief.actors if actor.id in holders for name in (actor.name, *actor.aliases)]


def _said(text: str, names: Sequence[str]) -> str:
    """A line without the name of its holder ahead of it, as headline and key points have it."""
    before, colon, after = text.partition(": ")
    return after if colon and before in map(without_marks, names) else text


def _reviewed(brief: Brief, record: ReviewRecord, edits: Mapping[str, str]) -> Brief:
    refused = {d.line: d for d in record.decisions if d.decision == "reject"}

    def kept(line: str, part: Any) -> Any:
        return part.model_copy(update={"text": edits[line]}) if line in edits else part

    changed: dict[str, Any] = {
        name: tuple(kept(item.id, item) for item in getattr(brief, name) if item.id not in refused)
        for name in brief.sections()
    }
    points = ((f"{SUMMARY}-{number}", point) for number, point in enumerate(brief.summary, 1))
    changed["summary"] = tuple(kept(line, point) for line, point in points if line not in refused)
    changed["headline"] = None if HEADLINE in refused else kept(HEADLINE, brief.headline)
    items = [item for name in brief.sections() for item in changed[name]]
    changed["audit"] = _audit(brief, items, list(_rejections(brief, refused)))
    left = brief.model_copy(update=changed)
    return left.model_copy(update={"review": Review(**record.model_dump(), reviewed_brief=seal(left, record))})


def _rejections(brief: Brief, refused: Mapping[str, Decision]) -> Iterator[Rejection]:
    """The rejected items; a headline or a key point is no statement of its own."""
    for section, item in brief.items():
        if decision := refused.get(item.id):
            detail = f"rejected in review: {decision.note}" if decision.note else "rejected in review"
            said = without_marks(f"{brief.actor_name(item.actor)}: {item.text}")
            yield Rejection(section=section, reason=REJECTED, detail=without_marks(detail), draft=shorten(said, 200))


def _audit(brief: Brief, items: Sequence[Item], rejected: Sequence[Rejection]) -> Audit:
    """The audit with what the editor took out: its sentences may be covered by no line any more."""
    old = brief.audit
    flags = list(old.flags)
    if rejected and not items:
        flags.append(Flag(code=ALL_REJECTED, detail=f"all {len(rejected)} lines were rejected in review"))
    changed: dict[str, Any] = {"rejected": (*old.rejected, *rejected)}
    article = Article(brief.article.text or "", language=brief.article.language)
    if rejected and article.segmenter == brief.article.segmenter:
        coverage, left = audit.uncovered(audit.statements(article), (e for item in items for e in item.evidence))
        changed |= {"coverage": round(coverage, 4), "uncovered": left}
    elif rejected:
        detail = "coverage is that before the review: this version of the package numbers sentences otherwise"
        flags.append(Flag(code="coverage_before_review", detail=detail))
    return old.model_copy(update={**changed, "flags": tuple(flags)})
