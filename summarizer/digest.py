"""Merging statements, and the headline and key points out of verified items: nothing new is said here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from summarizer.brief import ARTICLE_VOICE, Evidence, Item, KeyPoint
from summarizer.checks.words import FUNCTION, stem
from summarizer.grounding import Grounded
from summarizer.marks import without_marks
from summarizer.paraphrase import check_paraphrase
from summarizer.plain import one_line, shorten
from summarizer.sections import SECTIONS
from summarizer.verification import HEADLINE_LENGTH, line_problems
from summarizer.wording import words_of

KEY_POINTS = 5
_SAME = 0.6  # share of words two texts of one actor have in common when they state the same
_LEDE = 20  # first statements of one actor that all further ones are compared with
_LOOK_BACK = 60  # last ones likewise: long articles stay linear
_ORDER = {"conditions_for_talks": 0, "positions": 1, "military_assessments": 2}


def merge(statements: Iterable[Grounded], names: Callable[[str], Sequence[str]]) -> list[Grounded]:
    """Statements in article order; one that an actor makes twice is kept once, with both evidences.

    `names` gives the names of an actor's id: they need not stand in the evidence.
    """
    kept: list[Grounded] = []
    told: dict[tuple[str, str], list[int]] = {}  # places in `kept` of what an actor says in a section
    texts: dict[tuple[str, str, str], int] = {}
    for statement in sorted(statements, key=lambda s: s.evidence[0].start):
        places = told.setdefault((statement.section.name, statement.actor), [])
        again = texts.setdefault((statement.section.name, statement.actor, statement.text.casefold()), len(kept))
        compared = dict.fromkeys((again, *places[:_LEDE], *places[-_LOOK_BACK:]))
        twin = next((i for i in compared if i < len(kept) and _same(kept[i], statement, names)), None)
        if twin is None:
            places.append(len(kept))
            kept.append(statement)
        else:
            kept[twin] = _joined(kept[twin], statement)
    return kept


def _same(a: Grounded, b: Grounded, names: Callable[[str], Sequence[str]]) -> bool:
    """Whether two statements of an actor say the same.

    Most words are the same, one has no content word that the other lacks, and a's text stands on b's evidence: a
    truce here and a truce there, leaving the talks and leaving the town, "will" and "will not" are alike otherwise.
    """
    if a.evidence[0].start == b.evidence[0].start:
        return True
    one, two = _tokens(a.text), _tokens(b.text)
    alike = len(one & two) >= _SAME * max(len(one | two), 1)
    mine, other = _content(a.text), _content(b.text)
    return (
        alike
        and (mine <= other or other <= mine)
        and not check_paraphrase(a.text, [b.evidence[0].quote], names(a.actor))
    )


@lru_cache(maxsize=1024)
def _tokens(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


@lru_cache(maxsize=1024)
def _content(text: str) -> frozenset[str]:
    """The words that carry the content of a text, of the same ones the stem."""
    return frozenset(stem(word) for word in words_of(text)) - FUNCTION


def _joined(a: Grounded, b: Grounded) -> Grounded:
    from dataclasses import replace

    spans: dict[tuple[int, int], Evidence] = {(e.start, e.end): e for e in (*a.evidence, *b.evidence)}
    return replace(a, evidence=tuple(spans.values())[:3])


def key_points(
    sections: Sequence[tuple[str, Item]], name: Callable[[str], str]
) -> tuple[KeyPoint | None, tuple[KeyPoint, ...]]:
    """(headline, key points): items as they are, most important first.

    Conditions come before positions and these before assessments, one of each actor before a second of any. The
    article's own voice comes last, and among equals the actor with more to say comes first. `name` gives an actor's
    name for its id. The headline is the first weighty item that fits into `HEADLINE_LENGTH` characters; None when no
    item does.
    """
    said = Counter(item.actor for _, item in sections)

    def rank(pair: tuple[str, Item]) -> tuple[bool, int, int]:
        section, item = pair
        return item.actor == ARTICLE_VOICE, _ORDER.get(section, len(SECTIONS)), -said[item.actor]

    ranked = sorted(sections, key=rank)
    chosen: list[tuple[str, Item]] = []
    for rounds in range(KEY_POINTS):
        for section, item in ranked:
            if len(chosen) == KEY_POINTS:
                break
            taken = sum(item.actor == other.actor for _, other in chosen)
            if taken == rounds and (section, item) not in chosen:
                chosen.append((section, item))
    points = [KeyPoint(text=_line(item, name(item.actor)), evidence=item.evidence) for _, item in chosen]
    short = [
        (section == "conditions_for_talks" or said[item.actor] > 1, KeyPoint(text=line, evidence=item.evidence))
        for section, item in ranked
        if len(line := _line(item, name(item.actor))) <= HEADLINE_LENGTH
    ]
    # terms, or what one says who says more: a passing remark heads a brief only where nothing else fits
    headline = next((point for weighty, point in short if weighty), short[0][1] if short else None)
    return headline, tuple(points)


def _line(item: Item, name: str) -> str:
    text = item.text if item.text.endswith((".", "…", "!", "?")) else f"{item.text}."
    line = shorten(one_line(f"{without_marks(name)}: {text}"), 300)  # a mark in a name would open a quotation
    return one_line(without_marks(line)) if line_problems(line, [e.quote for e in item.evidence]) else line
