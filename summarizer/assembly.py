"""Putting a brief together out of merged statements: ids, actors, details, digest and audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from summarizer.marks import fold, whole_words
from summarizer.plain import one_line
from summarizer.sections import SECTIONS
from summarizer.verification import is_name, line_problems

if TYPE_CHECKING:
    from summarizer.actors import ActorRecord, Actors
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
    wanted = {i for s in statements for i in (s.actor, *s.details.values()) if isinstance(i, str)}
    wanted.update(_parties(article, actors, statements))
    records = {actor.id: actor for actor in map(_named(article), actors.records(sorted(wanted))) if actor}
    refused = [*rejected]
    kept: list[Grounded] = []
    for statement in statements:
        if problem := _unverified(statement, records):
            refused.append(
                Rejection(section=statement.section.name, reason="unverified_text", detail=problem, draft="")
            )
        else:
            kept.append(statement)
    sections = _sections(kept, records)
    pairs = [(name, item) for name, items in sections.items() for item in items]
    held = [getattr(item, field) for _, item in pairs for field in item.references]
    told = [i for i in dict.fromkeys([*held, *_parties(article, actors, kept)]) if i in records]
    headline, summary = digest.key_points(
        pairs, lambda actor: records[actor].name if actor in records else "The article"
    )
    return {
        "article": _article(article),
        "headline": headline,
        "summary": summary,
        "actors": tuple(records[i] for i in records if i in told),
        **sections,
        "audit": _audit(article, kept, refused, unread),
    }


def _unverified(statement: Grounded, records: Mapping[str, Actor]) -> str | None:
    """Why a statement may not stand in a brief; None for nearly all."""
    if statement.actor not in records and statement.actor != ARTICLE_VOICE:
        return "the name of the one who holds it cannot be verified"
    return next(iter(line_problems(statement.text, [e.quote for e in statement.evidence])), None)


def _sections(statements: Sequence[Grounded], records: Mapping[str, Actor]) -> dict[str, tuple[Item, ...]]:
    sections: dict[str, list[Item]] = {section.name: [] for section in SECTIONS}
    for statement in statements:
        section = statement.section
        items = sections[section.name]
        details = {
            name: None if name in section.item.references and value not in records else value
            for name, value in statement.details.items()
        }
        items.append(
            section.item(
                id=f"{section.kind}-{len(items) + 1}",
                actor=statement.actor,
                text=statement.text,
                evidence=statement.evidence,
                **details,
            )
        )
    return {name: tuple(items) for name, items in sections.items()}


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


def _named(article: Article) -> Callable[[ActorRecord], Actor | None]:
    """Makes actors of what code knows of them: with the names, aliases and role that stand so in the article."""
    text, folded = article.text, fold(article.text)

    def actor(record: ActorRecord) -> Actor | None:
        start, end = whole_words(text, *record.mention)
        mentioned = one_line(text[start:end])
        name = next((n for n in (one_line(record.name), mentioned) if is_name(n, text, folded)), None)
        if name is None:
            return None
        aliases = [a for a in map(one_line, record.aliases) if a != name and is_name(a, text, folded)]
        role = one_line(record.role) if record.role else None
        evidence = Evidence(sentence=record.sentence, start=start, end=end, quote=text[start:end])
        return Actor(
            id=record.id,
            name=name,
            kind=record.kind,
            role=role if role and is_name(role, text, folded) else None,
            aliases=tuple(dict.fromkeys(aliases)),
            evidence=(evidence,),
        )

    return actor


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
