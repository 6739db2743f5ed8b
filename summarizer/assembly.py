"""Putting a brief together out of merged statements: ids, actors, details, digest and audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from summarizer import audit, digest
from summarizer.brief import (
    ARTICLE_VOICE,
    Actor,
    ArticleRecord,
    Audit,
    Brief,
    Evidence,
    Flag,
    Item,
    Provenance,
    Rejection,
    Unread,
)
from summarizer.plain import one_line
from summarizer.sections import SECTIONS
from summarizer.verification import fold, line_problems, stands

if TYPE_CHECKING:
    from summarizer.actors import Actors
    from summarizer.article import Article
    from summarizer.faults import Fault
    from summarizer.grounding import Grounded

Parts = dict[str, Any]

_OFTEN = 2  # sentences that must speak of an actor who says nothing


def assemble(
    article: Article,
    actors: Actors,
    statements: Sequence[Grounded],
    rejected: Sequence[Rejection],
    unread: Sequence[tuple[int, int, Fault]],
) -> Parts:
    """The fields of a `Brief` but its provenance."""
    sections: dict[str, list[Item]] = {section.name: [] for section in SECTIONS}
    for statement in statements:
        if unverified := line_problems(statement.text, [e.quote for e in statement.evidence]):
            told = Rejection(section=statement.section.name, reason="unverified_text", detail=unverified[0], draft="")
            rejected = [*rejected, told]
            continue
        items = sections[statement.section.name]
        items.append(
            statement.section.item(
                id=f"{statement.section.kind}-{len(items) + 1}",
                actor=statement.actor,
                text=statement.text,
                evidence=statement.evidence,
                **statement.details,
            )
        )
    pairs = [(name, item) for name, items in sections.items() for item in items]
    held = [getattr(item, field) for _, item in pairs for field in item.references]
    records = _actors(article, actors, [*held, *_parties(article, actors, statements)])
    names = {actor.id: actor.name for actor in records}
    headline, summary = digest.key_points(pairs, lambda actor: names.get(actor, "The article"))
    return {
        "article": _article(article),
        "headline": headline,
        "summary": summary,
        "actors": records,
        **{name: tuple(items) for name, items in sections.items()},
        "audit": _audit(article, statements, rejected, unread),
    }


def _article(article: Article) -> ArticleRecord:
    return ArticleRecord(
        id=article.id,
        external_id=article.external_id,
        title=article.title,
        date=article.date,
        publisher=article.publisher,
        source=article.source,
        language=article.language,
        text=article.text,
        sentences=len(article.sentences),
        segmenter=article.segmenter,
    )


def _parties(article: Article, actors: Actors, statements: Sequence[Grounded]) -> list[str]:
    """Named actors that several statements' sentences speak of, although they hold none themselves."""
    sentences = {evidence.sentence for statement in statements for evidence in statement.evidence}
    spans = ((article.sentences[n - 1].start, article.sentences[n - 1].end) for n in sorted(sentences))
    counts = Counter(actor for span in spans for actor in actors.mentioned(*span))
    often = [record for record in actors.records(counts) if counts[record.id] >= _OFTEN]
    return [record.id for record in often if record.kind != "other" and record.name[:1].isupper()]


def _actors(article: Article, actors: Actors, ids: Iterable[str | None]) -> tuple[Actor, ...]:
    wanted = [i for i in dict.fromkeys(ids) if i is not None and i != ARTICLE_VOICE]
    folded = fold(article.text)
    return tuple(
        Actor(
            id=record.id,
            name=one_line(record.name if stands(record.name, folded) else article.text[slice(*record.mention)]),
            kind=record.kind,
            role=one_line(record.role) if record.role and stands(record.role, folded) else None,
            aliases=tuple(dict.fromkeys(one_line(a) for a in record.aliases if stands(a, folded))),
            evidence=(
                Evidence(
                    sentence=record.sentence,
                    start=record.mention[0],
                    end=record.mention[1],
                    quote=article.text[slice(*record.mention)],
                ),
            ),
        )
        for record in actors.records(wanted)
    )


def _audit(
    article: Article,
    statements: Sequence[Grounded],
    rejected: Sequence[Rejection],
    unread: Sequence[tuple[int, int, Fault]],
) -> Audit:
    coverage, left = audit.uncovered(audit.statements(article), (e for s in statements for e in s.evidence))
    flags = [Flag(code=flag.code, sentence=flag.sentence, detail=flag.detail) for flag in article.flags]
    verbatim = [s.evidence[0].sentence for s in statements if s.verbatim]
    if verbatim:
        numbers = ", ".join(map(str, dict.fromkeys(verbatim)))
        detail = f"the article's own words stand in place of the model's for sentences {numbers}"
        flags.append(Flag(code="verbatim_text", detail=detail))
    if rejected and not statements:
        flags.append(Flag(code="all_rejected", detail=f"all {len(rejected)} statements the model gave were rejected"))
    return Audit(
        coverage=round(coverage, 4),
        uncovered=left,
        rejected=tuple(rejected),
        unread=tuple(
            Unread(first=first, last=last, reason=f"{fault.reason}: {fault}") for first, last, fault in unread
        ),
        flags=tuple(flags),
        sections={section.name: "incomplete" if unread else "complete" for section in SECTIONS},
        complete=not unread,
    )


def finish(parts: Parts, provenance: Provenance) -> Brief:
    """The verified brief."""
    return Brief(**parts, provenance=provenance)
