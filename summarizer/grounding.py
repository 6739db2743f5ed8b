"""From a draft entry to a verified statement, or a rejection with a reason code.

The model only names a sentence, a speaker and a kind, and words a paraphrase. Everything a reader
will trust is taken from the article here: the span, the actor, the fields told by its wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from summarizer import cues
from summarizer.actors import Actors
from summarizer.article import Article
from summarizer.brief import ARTICLE_VOICE, Evidence, Rejection
from summarizer.details import Statement
from summarizer.draft import NO_STATEMENT, Entry
from summarizer.paraphrase import check_paraphrase
from summarizer.plain import one_line, shorten
from summarizer.sections import SECTIONS, Section

_BY_KIND = {section.kind: section for section in SECTIONS}
_LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Grounded:
    """A statement that stands in the article."""

    section: Section
    actor: str
    text: str
    evidence: tuple[Evidence, ...]
    details: Mapping[str, object] = field(default_factory=dict)
    verbatim: bool = False
    """True when the model's wording failed the checks and the article's own words stand in its place."""


def ground(entries: Iterable[Entry], asked: Iterable[int], article: Article, actors: Actors) -> tuple[list[Grounded], list[Rejection]]:
    """Ground the entries of one answer about the sentences `asked`."""
    allowed = set(asked)
    grounded: list[Grounded] = []
    rejected: list[Rejection] = []
    for entry in entries:
        outcome = _ground(entry, allowed, article, actors)
        if isinstance(outcome, Grounded):
            grounded.append(outcome)
        elif outcome is not None:
            rejected.append(outcome)
    return grounded, rejected


def _ground(entry: Entry, allowed: set[int], article: Article, actors: Actors) -> Grounded | Rejection | None:
    if entry.kind == NO_STATEMENT or not entry.says.strip():
        return None
    if entry.n not in allowed:
        return _reject(entry, "unknown_sentence", f"sentence {entry.n} was not asked about")
    sentence = article.sentences[entry.n - 1]
    words = article.sentence_text(entry.n)
    start, end = _clause(words, entry.says)
    span = (sentence.start + start, sentence.start + end)
    # the code's reading of who speaks is right more often than a small model's (docs/quality.md)
    actor = actors.speaker(entry.n) or (actors.resolve(entry.who, entry.n).actor if entry.who.strip() else None)
    if actor is None:
        return _reject(entry, "unknown_actor", f"{one_line(entry.who)[:60]!r} is nobody the article names")
    kind = cues.decide_kind(article.text[span[0] : span[1]], words, entry.kind)
    text, span, verbatim = _wording(entry.says, span, (sentence.start, sentence.end), article, actors.names(actor))
    section = _BY_KIND[kind]
    others = tuple(other for other in actors.mentioned(*span) if other not in (actor, ARTICLE_VOICE))
    evidence = Evidence(sentence=entry.n, start=span[0], end=span[1], quote=article.text[span[0] : span[1]])
    statement = Statement(article.text, *span, words, actor, others)
    return Grounded(section, actor, text, (evidence,), section.details(statement), verbatim)


def _clause(sentence: str, says: str) -> tuple[int, int]:
    """The clause of the sentence that `says` speaks of: the one that shares most words with it."""
    spans = cues.clause(sentence)
    if len(spans) < 2:
        return spans[0] if spans else (0, len(sentence))
    wanted = set(_words(says))
    return max(spans, key=lambda span: (len(wanted & set(_words(sentence[span[0] : span[1]]))), span[1] - span[0]))


def _wording(
    says: str, clause: tuple[int, int], sentence: tuple[int, int], article: Article, names: tuple[str, ...]
) -> tuple[str, tuple[int, int], bool]:
    """(text, evidence span, verbatim): the model's wording where its clause or its sentence bears it out, else the article's."""
    text = one_line(says).strip()
    for span in dict.fromkeys((clause, sentence)):
        if not check_paraphrase(text, [article.text[span[0] : span[1]]], names):
            return text, span, False
    return _excerpt(article.text[clause[0] : clause[1]]), clause, True


def _excerpt(clause: str) -> str:
    """The clause as a text of its own: without quotation marks, which would claim speech, and not endless."""
    return shorten(one_line("".join(c for c in clause if c not in "“”„«»\"‘‹›")).strip(" ,;:–—-"), _LONGEST_TEXT)


def _words(text: str) -> list[str]:
    return ["".join(c for c in word if c.isalnum()) for word in text.casefold().split()]


def _reject(entry: Entry, reason: str, detail: str) -> Rejection:
    section = _BY_KIND[entry.kind].name if entry.kind in _BY_KIND else ""
    draft = f"{one_line(entry.who)}: {one_line(entry.says)}"
    return Rejection(section=section, reason=reason, detail=detail, draft=draft[:200])
