"""What the brief leaves out: direct speech and attributed statements that no item points at."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from summarizer import attribution, layout, speech, tongues
from summarizer.article import Article
from summarizer.brief import Evidence, Uncovered
from summarizer.lexicon import reporting_forms
from summarizer.reports import reports

__all__ = ["Statement", "statements", "uncovered"]

_FEW = 20  # quotations of one sentence looked at
_WORD = re.compile(r"[^\W\d_]+")
_NAMED = re.compile(
    r"(?:\b(?:the|an?|its|his|her|their|this|that|these|those|so-called|called)|[’']s|-)\s*$", re.IGNORECASE
)

_NOBODY = frozenset("he she they it we i you and but or who which".split())  # noqa: SIM905
_ANSWERS = frozenset({"no", "yes", "never"})
_ANSWERING = reporting_forms() | {"answer", "response", "reply"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A stretch of direct speech, or a sentence that reports what somebody says."""

    sentence: int
    start: int
    end: int
    quote: str
    why: Literal["direct_speech", "attributed"]
    alone: bool = True
    """False where another speaker's statement stands in the same sentence: evidence must then touch this one."""


def statements(article: Article) -> list[Statement]:
    """Every stretch of direct speech and every attributed statement in the article, in order.

    One a sentence; two where two speakers are quoted in it. Speech over several sentences is one in each of them.
    """
    text, language = article.text, article.language
    quotations = speech.direct_speech(text)
    terms = speech.quoted_terms(text)
    laid_out = layout.spoken_spans(text)
    dialogue = layout.spoken_by_dashes(article, lambda words: reports(words, language))
    found: list[Statement] = []
    for sentence in article.sentences:
        number, first, last = sentence.number, sentence.start, sentence.end
        words = article.sentence_text(number)
        spoken = _inside(quotations, first, last) or [
            term for term in _inside(terms, first, last) if _is_said(text, term, first, language)
        ]
        if spoken:
            spoken = [(max(a, first), min(b, last)) for a, b in spoken]
            parts = spoken if _speakers(words, spoken) > 1 else [(spoken[0][0], spoken[-1][1])]
            found += [Statement(number, a, b, text[a:b], "direct_speech", len(parts) == 1) for a, b in parts]
        elif number in dialogue or _inside(laid_out, first, last) or layout.is_voice(words):
            found.append(Statement(number, first, last, words, "direct_speech"))
        elif reports(words, language) or layout.is_headline_of_speech(text, first, last):
            found.append(Statement(number, first, last, words, "attributed"))
    return found


def uncovered(all_statements: Sequence[Statement], evidence: Iterable[Evidence]) -> tuple[float, tuple[Uncovered, ...]]:
    """(coverage, what no evidence points at). Coverage is 1.0 for an article without statements."""
    covered: dict[int, list[Evidence]] = {}
    for e in evidence:
        covered.setdefault(e.sentence, []).append(e)
    left = tuple(
        Uncovered(sentence=s.sentence, quote=s.quote, why=s.why)
        for s in all_statements
        if not any(s.alone or (e.start < s.end and e.end > s.start) for e in covered.get(s.sentence, ()))
    )
    return (1 - len(left) / len(all_statements) if all_statements else 1.0), left


def _inside(spans: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The spans, in order and disjoint, that touch text[start:end]; the first few of many."""
    at = bisect_left(spans, start, key=lambda span: span[1] - 1)
    return [span for span in spans[at : at + _FEW] if span[0] < end]


def _is_said(text: str, term: tuple[int, int], first: int, language: str | None) -> bool:
    """Whether quoted words are said and no term, title or name: 'he likes to call himself "a simple gardener"'."""
    words = _WORD.findall(text[term[0] : term[1]])
    before = text[max(first, term[0] - 30) : term[0]]
    if len(words) == 1 and words[0].lower() in _ANSWERS:
        return any(w.lower() in _ANSWERING for w in _WORD.findall(before + text[term[1] : term[1] + 30]))
    if len(words) < 2 or all(w[0].isupper() for w in words if len(w) > 3) or _NAMED.search(before):
        return False
    said = any(w.lower() in reporting_forms() for w in _WORD.findall(before))
    return said or tongues.reports(before, language)


def _speakers(sentence: str, spoken: Sequence[tuple[int, int]]) -> int:
    """How many different speakers a sentence with several quotations names; a pronoun is nobody new."""
    if len(spoken) < 2:
        return 1
    hints = (sentence[slice(*a.speaker_hint)].lower() for a in attribution.attributions(sentence) if a.speaker_hint)
    return len({hint for hint in hints if hint.split()[0] not in _NOBODY})
