"""The way from an article to a brief, step by step.

`steps` is a generator: it yields the calls it needs answered and returns the brief's parts, so the
synchronous and the asynchronous driver differ in nothing but the awaiting line.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from summarizer import digest, prompting
from summarizer.asking import Call, nothing_missing
from summarizer.assembly import Parts, assemble
from summarizer.draft import Draft, whole_draft, window_draft
from summarizer.faults import CutAnswer, Fault, Rejected, Transport
from summarizer.grounding import Grounded, Grounding

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.brief import Rejection
    from summarizer.prompting import PlanName
    from summarizer.sentences import Sentence

WINDOW = 4
"""Sentences in one window."""
WINDOW_CHARACTERS = 2_400
"""Most characters of a window with more than one sentence."""
WHOLE_CHARACTERS = 12_000
"""Most characters of one call of the plan over the whole article; a longer article takes several."""
TOKENS_PER_ENTRY = 110
WHOLE_TOKENS = 3_000

Steps = Generator[Call, Draft | Fault, Parts]


@dataclass
class Reading:
    """What came of the calls of one article."""

    grounding: Grounding
    statements: list[Grounded] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    unread: list[tuple[int, int, Fault]] = field(default_factory=list)
    answered: int = 0

    @property
    def hopeless(self) -> Fault | None:
        """The fault that every further call would meet as well, if there is one."""
        fault = self.unread[-1][2] if self.unread else None
        lost = isinstance(fault, Rejected) or (isinstance(fault, Transport) and not self.answered)
        return fault if lost else None


def steps(article: Article, plan: PlanName) -> Steps:
    """The named steps in order: window, draft, ground, merge, digest and audit."""
    reading = Reading(Grounding(article))
    for window, label in windows(article, plan):
        if fault := reading.hopeless:
            reading.unread.append((window[0].number, window[-1].number, fault))
        else:
            yield from _read(article, plan, window, label, reading)
    statements = digest.merge(reading.statements)
    return assemble(article, reading.grounding.actors, statements, reading.rejected, reading.unread)


def windows(article: Article, plan: PlanName) -> Iterator[tuple[tuple[Sentence, ...], str]]:
    """The sentences of each planned call, with a label for progress."""
    size, characters = (len(article.sentences), WHOLE_CHARACTERS) if plan == "whole" else (WINDOW, WINDOW_CHARACTERS)
    cut = _cut(article.sentences, size, characters)
    for number, window in enumerate(cut, 1):
        yield (
            window,
            "whole article" if plan == "whole" and len(cut) == 1 else f"window {number} of {len(cut)}",
        )


def _cut(sentences: Sequence[Sentence], most: int, characters: int) -> list[tuple[Sentence, ...]]:
    """Runs of at most `most` sentences and, but for a single long sentence, at most `characters` characters."""
    cut: list[list[Sentence]] = []
    for sentence in sentences:
        if not cut or len(cut[-1]) >= most or sentence.end - cut[-1][0].start > characters:
            cut.append([sentence])
        else:
            cut[-1].append(sentence)
    return [tuple(window) for window in cut]


def _read(
    article: Article,
    plan: PlanName,
    window: tuple[Sentence, ...],
    label: str,
    reading: Reading,
    attempts: int = 2,
) -> Generator[Call, Draft | Fault, None]:
    """Draft and ground one window; a cut answer is taken up again in two halves, once."""
    outcome = yield _call(article, plan, window, label, reading, attempts)
    if isinstance(outcome, Draft):
        reading.answered += 1
        statements, rejected = reading.grounding.ground(outcome.entries, (s.number for s in window))
        reading.statements += statements
        reading.rejected += rejected
    elif isinstance(outcome, CutAnswer) and len(window) > 1 and attempts > 1:
        middle = len(window) // 2
        for half in (window[:middle], window[middle:]):
            yield from _read(article, plan, half, f"{label}, half", reading, attempts=1)
    else:
        reading.unread.append((window[0].number, window[-1].number, outcome))


def _call(
    article: Article, plan: PlanName, window: tuple[Sentence, ...], label: str, reading: Reading, attempts: int
) -> Call:
    return Call(
        label=label,
        messages=prompting.messages(plan, article, window),
        draft=whole_draft() if plan == "whole" else window_draft(tuple(sentence.number for sentence in window)),
        max_tokens=WHOLE_TOKENS if plan == "whole" else TOKENS_PER_ENTRY * len(window) + 40,
        check=reading.grounding.near_empty(window) if plan == "whole" else nothing_missing,
        divisible=len(window) > 1,
        attempts=attempts,
    )
