"""W3C Web Annotation: a collection with one annotation for each line of a brief, anchored in the article.

Positions are Unicode code points, as the model demands ("in terms of unicode code points, not code units"). As many
programs in JavaScript count UTF-16 code units all the same, each selector names its unit and has both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from summarizer.brief import Actor, Evidence
from summarizer.exports.marking import SOURCE_TYPE, Frame, present
from summarizer.plain import one_line
from summarizer.review import HEADLINE, SUMMARY, reviewed_lines

NAMESPACE: Final = "urn:desk-summarizer:ns#"
"""Of our own properties; docs/exports.md lists them."""
CONTEXT: Final = ("http://www.w3.org/ns/anno.jsonld", {"summarizer": NAMESPACE})
AROUND: Final = 32
"""Code points of the text before and after a quotation that help to find it in another copy of the article."""


def collection(frame: Frame) -> dict[str, Any]:
    """The annotations of a verified brief: an `AnnotationCollection` with its only page."""
    units = _Units(frame.text)
    items = [*_lines(frame, units), *(_actor(frame, actor, units) for actor in frame.brief.actors)]
    page = frame.part_uri("annotation page")
    own = frame.part_uri("annotations")
    return {
        "@context": list(CONTEXT),
        "id": own,
        "type": "AnnotationCollection",
        "label": f"{frame.name}. {frame.statement}",
        **_makers(frame),
        "via": frame.uri,
        **_marks(frame),
        "total": len(items),
        "first": {"id": page, "type": "AnnotationPage", "partOf": own, "startIndex": 0, "items": items},
        "last": page,
    }


def _lines(frame: Frame, units: _Units) -> Iterator[dict[str, Any]]:
    items = {item.id: (section, item) for section, item in frame.brief.items()}
    names = {actor.id: actor.name for actor in frame.brief.actors}
    for line in reviewed_lines(frame.brief):
        section, item = items.get(line.id, (SUMMARY if line.id != HEADLINE else HEADLINE, None))
        tags = [("classifying", section.replace("_", " "))]
        if item and item.actor in names:
            tags.append(("tagging", one_line(names[item.actor])))
        own = line.id
        if section == SUMMARY:  # a review that rejects a key point moves the numbers of those after it
            own = f"{SUMMARY} {line.evidence[0].start} {line.evidence[0].end}"
        yield _annotation(frame, own, line.id, "describing", line.text, tags, line.evidence, units)


def _actor(frame: Frame, actor: Actor, units: _Units) -> dict[str, Any]:
    text = one_line(f"{actor.name}, {actor.role}" if actor.role else actor.name)
    tags = [("classifying", "actor"), ("classifying", actor.kind.replace("_", " "))]
    return _annotation(
        frame, f"actor {actor.id}", f"actor {actor.id}", "identifying", text, tags, actor.evidence, units
    )


def _annotation(
    frame: Frame,
    own: str,
    line: str,
    motivation: str,
    text: str,
    tags: list[tuple[str, str]],
    evidence: Sequence[Evidence],
    units: _Units,
) -> dict[str, Any]:
    """One line with its evidence; `own` is what its id is made of.

    The statement about AI goes with it: annotations are read one by one.
    """
    decision = None if line.startswith(f"{SUMMARY}-") else frame.decisions.get(line)
    bodies = [
        _body(text, motivation, frame.language),
        *(_body(value, purpose, "en" if purpose == "classifying" else frame.language) for purpose, value in tags),
        _body(frame.statement, "commenting", "en"),
    ]
    targets = [target for e in evidence for target in _targets(frame, e, units)]
    more = {"summarizer:line": line, "summarizer:decision": decision.decision if decision else None}
    return {
        "id": frame.part_uri(own),
        "type": "Annotation",
        "motivation": motivation,
        **_makers(frame),
        **_marks(frame),
        **present(more),
        "body": bodies,
        "target": targets,
    }


def _body(value: str, purpose: str, written_in: str | None) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": value, "format": "text/plain", "language": written_in, "purpose": purpose}
    return present(body)


def _targets(frame: Frame, evidence: Evidence, units: _Units) -> Iterator[dict[str, Any]]:
    """Where the evidence stands: in the canonical text, and by its words on the article's page where that is known.

    Offsets hold in the canonical text only, a page has other characters around it.
    """
    start, end = evidence.start, evidence.end
    words = {
        "type": "TextQuoteSelector",
        "exact": evidence.quote,
        "prefix": frame.text[max(0, start - AROUND) : start],
        "suffix": frame.text[end : end + AROUND],
    }
    position = {
        "type": "TextPositionSelector",
        "start": start,
        "end": end,
        "summarizer:unit": "Unicode code point",
        "summarizer:utf16Start": units.before(start),
        "summarizer:utf16End": units.before(end),
    }
    yield {"source": frame.article_uri, "selector": [words, position], "summarizer:sentence": evidence.sentence}
    if page := frame.page:
        yield {"source": page, "selector": words}


def _makers(frame: Frame) -> dict[str, Any]:
    """The program, and the editor once there is a sign-off."""
    editor = {"type": "Person", "name": frame.editor} if frame.editor else None
    software = {"type": "Software", "name": frame.made_by}
    return present({"creator": editor, "generator": software, "created": frame.made_at, "modified": frame.reviewed_at})


def _marks(frame: Frame) -> dict[str, Any]:
    """The statement about AI and review for programs; for readers it is a body of its own, and in the label."""
    return {
        "summarizer:disclosure": frame.statement,
        "summarizer:signedOff": frame.editor is not None,
        "summarizer:complete": frame.brief.audit.complete,
        "summarizer:digitalSourceType": {"id": SOURCE_TYPE},
    }


class _Units:
    """UTF-16 code units before a code point of a text: characters beyond U+FFFF take two."""

    def __init__(self, text: str) -> None:
        from itertools import accumulate

        wide = 0 if text.isascii() else sum(c > "\uffff" for c in text)
        self._more = list(accumulate((c > "\uffff" for c in text), initial=0)) if wide else None

    def before(self, at: int) -> int:
        return at + (self._more[at] if self._more else 0)
