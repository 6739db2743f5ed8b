"""What the brief leaves out: direct speech and attributed statements that no item points at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from summarizer import attribution, speech
from summarizer.article import Article
from summarizer.brief import Evidence, Uncovered


def statements(article: Article) -> list[Uncovered]:
    """Every stretch of direct speech and every attributed statement in the article, one a sentence."""
    found: list[Uncovered] = []
    quotations = speech.direct_speech(article.text)
    at = 0
    for sentence in article.sentences:
        while at < len(quotations) and quotations[at][1] <= sentence.start:
            at += 1
        inside = [span for span in quotations[at : at + 20] if span[0] < sentence.end and span[1] > sentence.start]
        words = article.sentence_text(sentence.number)
        if inside:
            start, end = max(inside[0][0], sentence.start), min(inside[-1][1], sentence.end)
            found.append(Uncovered(sentence=sentence.number, quote=article.text[start:end], why="direct_speech"))
        elif attribution.attributions(words):
            found.append(Uncovered(sentence=sentence.number, quote=words, why="attributed"))
    return found


def uncovered(all_statements: Sequence[Uncovered], evidence: Iterable[Evidence]) -> tuple[float, tuple[Uncovered, ...]]:
    """(coverage, what no evidence points at). Coverage is 1.0 for an article without statements."""
    covered = {e.sentence for e in evidence}
    left = tuple(s for s in all_statements if s.sentence not in covered)
    return (1 - len(left) / len(all_statements) if all_statements else 1.0), left
