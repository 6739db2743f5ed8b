"""IPTC ninjs 3.1: the brief as a news object, with the article and the brief's JSON as associated objects.

ninjs has no place for a quotation or a claim: its `descriptions` hold the brief's lines in words, and the evidence
stays in the brief itself, which is named as a sidecar by its hash.
"""

from __future__ import annotations

from typing import Any, Final

from summarizer.exports.marking import SOFTWARE, SOURCE_TYPE, Frame, present
from summarizer.plain import one_line
from summarizer.sections import SECTIONS

SCHEMA: Final = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"
PLAIN: Final = "text/plain"


def news_object(frame: Frame) -> dict[str, Any]:
    """A verified brief as a ninjs object: withheld until an editor has signed it off."""
    signed_off = frame.editor is not None
    created = frame.made_at
    terms = None if signed_off else "Not for publication before an editor has reviewed it and signed it off."
    headline = frame.brief.headline
    return {"uri": frame.part_uri("ninjs"), "type": "text"} | present({
        "version": "2" if frame.brief.review else "1",
        "representationType": "partial",
        "standard": {"name": "ninjs", "version": "3.1", "schema": SCHEMA},
        "firstCreated": created,
        "versionCreated": frame.reviewed_at or created,
        "pubStatus": "usable" if signed_off else "withheld",
        "language": frame.language,
        "title": frame.name,
        "by": frame.made_by,
        "usageTerms": terms,
        "edNote": frame.statement,
        "digitalSourceType": {"name": "Composite with trained algorithmic media", "uri": SOURCE_TYPE},
        "headlines": [{"role": "brief", "contentType": PLAIN, "value": headline.text}] if headline else [],
        "descriptions": _descriptions(frame),
        **_actors(frame),
        "infoSources": _sources(frame),
        "associations": [_article(frame), _sidecar(frame)],
    })  # fmt: skip


def _descriptions(frame: Frame) -> list[dict[str, str]]:
    """The statement about AI first, for `edNote` is not published; then the lines, by key point and section."""
    lines = [("disclosure", frame.statement), *(("summary", point.text) for point in frame.brief.summary)]
    for section in SECTIONS:
        for item in getattr(frame.brief, section.name):
            name = one_line(frame.brief.actor_name(item.actor))
            lines.append((section.kind, f"{name[:1].upper()}{name[1:]}: {item.text}"))
    return [{"role": role, "contentType": PLAIN, "value": value} for role, value in lines]


def _actors(frame: Frame) -> dict[str, list[dict[str, str]]]:
    """Persons and organisations; an actor of another kind is a subject, as ninjs has no place for groups."""
    places = {"person": "people", "group": "subjects", "other": "subjects"}
    found: dict[str, list[dict[str, str]]] = {"people": [], "organisations": [], "subjects": []}
    for actor in frame.brief.actors:
        entry = {"name": one_line(actor.name), "rel": actor.kind, "literal": actor.id}
        found[places.get(actor.kind, "organisations")].append(entry)
    return found


def _sources(frame: Frame) -> list[dict[str, str]]:
    """Who had a part in the content: the article's publisher, the program, the editor."""
    sources = []
    if frame.publisher:
        sources.append({"name": frame.publisher, "role": "publisher of the article"})
    sources.append({"name": SOFTWARE, "role": "made the brief by AI"})
    if frame.brief.review:
        role = "reviewed and signed off" if frame.editor else "reviewing, not signed off"
        sources.append({"name": frame.brief.review.reviewer, "role": role})
    return sources


def _article(frame: Frame) -> dict[str, Any]:
    article, page = frame.brief.article, frame.page
    ids = [{"role": "id", "value": article.external_id}] if article.external_id else []
    return {"name": "article", "rel": "source", "uri": page or frame.article_uri, "type": "text"} | present({
        "language": frame.language,
        "headlines": [{"value": frame.title}] if frame.title else [],
        "descriptions": [{"role": "date", "contentType": PLAIN, "value": article.date}] if article.date else [],
        "altIds": [*ids, {"role": "sha256 of the canonical text", "value": article.id}],
    })  # fmt: skip


def _sidecar(frame: Frame) -> dict[str, Any]:
    """The brief's JSON, with all evidence: by its hash, for where it is kept is not ours to know."""
    rendition = {"name": "brief", "contentType": "application/json", "title": "The brief with its evidence"}
    about = {"name": "brief", "rel": "sidecar", "uri": frame.uri, "type": "component"}
    return {**about, "pubStatus": "usable" if frame.editor else "withheld", "renditions": [rendition]}
