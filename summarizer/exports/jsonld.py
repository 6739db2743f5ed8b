"""schema.org JSON-LD: the `NewsArticle`, the brief of it, its `Quotation`s and `Claim`s.

A `Quotation` is made only of words that stand in quotation marks in the article and are the speaker's own; whatever
is paraphrased is a `Claim`. The article's text is not repeated: it belongs to its publisher.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from summarizer.brief import ARTICLE_VOICE, Actor, Evidence, Item, Position
from summarizer.exports.marking import Frame, present
from summarizer.lexicon import reporting_forms
from summarizer.marks import DOUBLE, SINGLE
from summarizer.plain import one_line
from summarizer.speech import direct_speech, speech_kind
from summarizer.verification import sentence_spans

CONTEXT: Final = "https://schema.org"
SOURCE_TYPE: Final = "https://schema.org/CompositeWithTrainedAlgorithmicMediaDigitalSource"
"""schema.org's name of the IPTC term that the other exports use."""

_TYPES: Final = {"person": "Person", "government": "GovernmentOrganization", "media": "NewsMediaOrganization"}
"""Any other kind of actor is an `Organization`: who says something is that or a person in this vocabulary."""
_MARKS: Final = "".join(sorted(DOUBLE | SINGLE)) + ","
_WORD = re.compile(r"[^\W\d_]+")
_DISOWNED = {"not", "never", "no", "denied", "denies", "deny", "denying", "disputed", "rejected", "dismissed"}
_DISOWNED |= {"quoted", "quotes", "quote", "quoting", "cited", "cites", "citing", "recalled", "recalling"}
_DISOWNED |= {"mocked", "mocks", "slogan", "motto"}
"""Words beside a quotation that say it was not said, or that it is another's."""
_ASIDE = re.compile(r"(?:\s[–—-]{1,2}|,)\s(?=([^,–—]{3,80})(?:\s[–—-]{1,2}|,)\s)")
"""What is put in between two commas or dashes."""


def graph(frame: Frame) -> dict[str, Any]:
    """A verified brief as one JSON-LD document."""
    said = [node for _, item in frame.brief.items() for node in _quotations(frame, item)]
    claims = [_claim(frame, section, item) for section, item in frame.brief.items()]
    actors = [_actor(frame, actor) for actor in frame.brief.actors]
    parts = [{"@id": node["@id"]} for node in (*said, *claims)]
    return {"@context": CONTEXT, "@graph": [_article(frame), _brief(frame, parts), *said, *claims, *actors]}


def _article(frame: Frame) -> dict[str, Any]:
    article = frame.brief.article
    return {"@type": "NewsArticle", "@id": frame.article_uri} | present({
        "headline": frame.title,
        "datePublished": article.date,
        "publisher": _publisher(frame),
        "url": frame.page,
        "inLanguage": frame.language,
        "identifier": one_line(article.external_id or ""),
    })  # fmt: skip


def _brief(frame: Frame, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The brief itself: a work based on the article."""
    return {"@type": "CreativeWork", "@id": frame.uri, "isBasedOn": {"@id": frame.article_uri}} | present({
        "headline": frame.brief.headline.text if frame.brief.headline else None,
        "abstract": [point.text for point in frame.brief.summary],
        **_marks(frame),
        "creditText": frame.made_by,
        "editor": _editor(frame),
        "dateCreated": frame.made_at,
        "dateModified": frame.reviewed_at,
        "inLanguage": frame.language,
        "about": [{"@id": _actor_id(frame, actor.id)} for actor in frame.brief.actors],
        "hasPart": parts,
    })  # fmt: skip


def _marks(frame: Frame) -> dict[str, Any]:
    """On each node that a model worded: nodes are read one by one."""
    return {"creativeWorkStatus": frame.statement, "digitalSourceType": SOURCE_TYPE}


def _editor(frame: Frame) -> dict[str, Any] | None:
    """Who has taken responsibility; nobody before a sign-off."""
    return {"@type": "Person", "name": frame.editor} if frame.editor else None


def _claim(frame: Frame, section: str, item: Item) -> dict[str, Any]:
    """A line of a section, in the brief's words, and where it appears in the article."""
    return {"@type": "Claim", "@id": frame.part_uri(f"claim {item.id}"), "text": item.text} | present({
        "author": _speaker(frame, item),
        "appearance": [_excerpt(frame, evidence) for evidence in item.evidence],
        "claimInterpreter": _editor(frame),
        "genre": section.replace("_", " "),
        "inLanguage": frame.language,
        **_marks(frame),
    })  # fmt: skip


def _excerpt(frame: Frame, evidence: Evidence) -> dict[str, Any]:
    """A passage of the article, verbatim; `position` is the number of its sentence."""
    part = {"isPartOf": {"@id": frame.article_uri}}
    return {"@type": "CreativeWork", "text": evidence.quote, "position": evidence.sentence} | part


def _quotations(frame: Frame, item: Item) -> Iterator[dict[str, Any]]:
    speaker = _speaker(frame, item)
    if speaker is None or item.actor == ARTICLE_VOICE or (isinstance(item, Position) and item.speech == "indirect"):
        return
    for number, words in enumerate(
        (w for e in item.evidence if (w := own_words(frame.text, frame.brief.article.language, e))), 1
    ):
        yield {
            "@type": "Quotation",
            "@id": frame.part_uri(f"quotation {item.id} {number}"),
            "text": words,
            "creator": speaker,
            "isPartOf": {"@id": frame.article_uri},
            "creativeWorkStatus": frame.statement,
        } | present({"inLanguage": frame.language})


def own_words(text: str, language: str, evidence: Evidence) -> str | None:
    """The words of an evidence that are a speaker's own, verbatim and without their marks; None in any doubt.

    Doubt is: words outside the quotation marks, marks within them, a reporting verb put in between, speech that goes on
    in the sentence (the rest may turn it round), and words around it that deny it or say whom the speaker quotes.
    """
    if speech_kind(text, evidence.start, evidence.end) != "direct":
        return None
    start, end = next((a, b) for a, b in sentence_spans(text, language) if a <= evidence.start < b)
    spans = [(max(a, start), min(b, end)) for a, b in direct_speech(text)]
    spans = [(a, b) for a, b in spans if a < b]
    words = text[slice(*spans[0])].strip().strip(_MARKS).strip() if len(spans) == 1 else ""
    if words not in evidence.quote:
        return None
    aside = any(form in _forms() for found in _ASIDE.findall(words) for form in found.lower().split())
    around = set(_WORD.findall(f"{text[start : spans[0][0]]} {text[spans[0][1] : end]}".lower()))
    return None if not words or aside or any(c in DOUBLE for c in words) or around & _DISOWNED else words


@cache
def _forms() -> frozenset[str]:
    return frozenset(reporting_forms())


def _speaker(frame: Frame, item: Item) -> dict[str, Any] | None:
    """Who says it; for the article's own voice its publisher, where that is known."""
    if item.actor != ARTICLE_VOICE:
        return {"@id": _actor_id(frame, item.actor)}
    return _publisher(frame)


def _publisher(frame: Frame) -> dict[str, Any] | None:
    return {"@type": "Organization", "name": frame.publisher} if frame.publisher else None


def _actor_id(frame: Frame, actor: str) -> str:
    return frame.part_uri(f"actor {actor}")


def _actor(frame: Frame, actor: Actor) -> dict[str, Any]:
    kind = _TYPES.get(actor.kind, "Organization")
    role = "jobTitle" if kind == "Person" else "description"
    about = {"name": one_line(actor.name), "alternateName": [one_line(a) for a in actor.aliases], role: actor.role}
    return {"@type": kind, "@id": _actor_id(frame, actor.id)} | present(about)
