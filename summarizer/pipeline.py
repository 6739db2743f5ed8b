"""The way from an article to a brief, step by step.

`steps` is a generator: it yields the calls it needs answered and returns the brief's parts, so the
synchronous and the asynchronous driver differ in nothing but the awaiting line.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from summarizer import digest, prompting
from summarizer.asking import Call, Filled
from summarizer.assembly import Parts, assemble
from summarizer.draft import SAYS, WORDING, Draft, whole_draft, window_draft
from summarizer.faults import CutAnswer, Fault, Rejected, Transport
from summarizer.grounding import Checked, Grounded, Grounding

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.brief import Rejection
    from summarizer.prompting import PlanName
    from summarizer.sentences import Sentence

WINDOW = 4
"""Sentences asked about in one window; those between them are only shown."""
WINDOW_CHARACTERS = 2_400
"""Most characters of a window with more than one sentence."""
WHOLE_CHARACTERS = 12_000
"""Most characters of one call of the plan over the whole article; a longer article takes several."""
TOKENS_PER_ENTRY = 80
WHOLE_TOKENS = 3_000

Steps = Generator[Call, Filled | Fault, Parts]


@dataclass
class Reading:
    """What came of the calls of one article."""

    grounding: Grounding
    statements: list[Grounded] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    unread: list[tuple[int, int, Fault]] = field(default_factory=list)
    answered: int = 0

    def take(self, checked: Iterable[Checked]) -> None:
        """Take up what came of the entries of one call."""
        for outcome in checked:
            self.statements += outcome.statements
            self.rejected += outcome.rejected
            if outcome.doubt:
                self.rejected.append(outcome.doubt)

    @property
    def hopeless(self) -> Fault | None:
        """The fault that every further call would meet as well, if there is one."""
        faults = [fault for _, _, fault in self.unread[-2:]]
        if not faults:
            return None
        dead = isinstance(faults[-1], Rejected | Transport) and not self.answered
        failing = len(faults) == 2 and all(isinstance(fault, Transport) for fault in faults)
        return faults[-1] if faults[-1].everywhere or dead or failing else None


def prepare(article: Article, plan: PlanName, model: str) -> Grounding:
    """What code knows of an article before any call: who speaks where, and what is left to ask.

    A model that is asked for the whole article is a large one, whose word for speakers and kinds counts more than
    cues; the embedded one is small under either plan.
    """
    trusted = plan == "whole" and not model.startswith("local/")
    return Grounding(article, trusted=trusted, longest=WORDING if plan == "whole" else SAYS)


def steps(grounding: Grounding, plan: PlanName) -> Steps:
    """The named steps in order: window, draft, ground, merge, digest and audit."""
    reading = Reading(grounding)
    for window, label in windows(grounding, plan):
        if fault := reading.hopeless:
            reading.unread.append((window[0].number, window[-1].number, fault))
        else:
            yield from _read(plan, window, label, reading)
    statements = digest.merge(reading.statements, grounding.names)
    return assemble(grounding.article, grounding.actors, statements, reading.rejected, reading.unread)


def windows(grounding: Grounding, plan: PlanName) -> Iterator[tuple[tuple[Sentence, ...], str]]:
    """The sentences of each planned call, with a label for progress.

    The plan over windows leaves out a window without a question: code has read its sentences, and finds nothing said.
    """
    sentences = grounding.article.sentences
    most, characters = (len(sentences), WHOLE_CHARACTERS) if plan == "whole" else (WINDOW, WINDOW_CHARACTERS)
    asked = set(_asked(plan, sentences, grounding))
    cut = _cut([(s, s.number in asked) for s in sentences], most, characters)
    for number, window in enumerate(cut, 1):
        yield (
            window,
            "whole article" if plan == "whole" and len(cut) == 1 else f"window {number} of {len(cut)}",
        )


def _asked(plan: PlanName, sentences: Iterable[Sentence], grounding: Grounding) -> list[int]:
    """The numbers of the sentences that a plan asks about."""
    return [s.number for s in sentences if plan == "whole" or s.number in grounding.asked]


def _cut(sentences: Iterable[tuple[Sentence, bool]], most: int, characters: int) -> list[tuple[Sentence, ...]]:
    """Runs of sentences that hold one to `most` asked ones and, but for a single long one, at most `characters`."""
    cut: list[list[Sentence]] = []
    asked: list[int] = []
    for sentence, counts in sentences:
        full = not cut or sentence.end - cut[-1][0].start > characters
        if full or (counts and asked[-1] >= most):
            cut.append([])
            asked.append(0)
        cut[-1].append(sentence)
        asked[-1] += counts
    return [tuple(window) for window, number in zip(cut, asked, strict=True) if number]


def _read(
    plan: PlanName,
    window: tuple[Sentence, ...],
    label: str,
    reading: Reading,
    attempts: int = 2,
) -> Generator[Call, Filled | Fault, None]:
    """Draft and ground one window; a cut answer is taken up again in two halves, once."""
    call = _call(plan, window, label, reading.grounding, attempts)
    outcome = yield call
    if isinstance(outcome, Filled):
        reading.answered += 1
        checked = list(reading.grounding.ground(outcome.draft.entries, (s.number for s in window)))
        if outcome.attempts < attempts:
            checked = yield from _again(plan, call, checked, reading.grounding)
        reading.take(checked)
    elif isinstance(outcome, CutAnswer) and attempts > 1 and (middle := _middle(plan, window, reading.grounding)):
        for half in (window[:middle], window[middle:]):
            yield from _read(plan, half, f"{label}, half", reading, attempts=1)
    else:
        reading.unread.append((window[0].number, window[-1].number, outcome))


def _again(
    plan: PlanName, call: Call, checked: list[Checked], grounding: Grounding
) -> Generator[Call, Filled | Fault, list[Checked]]:
    """Send what failed a check back, once, with the reasons; what passes then takes its place."""
    failed = [prompting.Failed(c.entry.n, c.doubt.draft, c.doubt.detail) for c in checked if c.doubt]
    if not failed:
        return checked
    numbers = sorted({f.n for f in failed})
    draft, max_tokens = _form(plan, numbers, grounding)
    messages = prompting.again(call.messages, failed)
    outcome = yield Call(f"{call.label}, again", messages, draft, max_tokens, attempts=1)
    if not isinstance(outcome, Filled):
        return checked
    second = [c for c in grounding.ground(outcome.draft.entries, numbers) if c.statements and not c.doubt]
    mended = {c.entry.n for c in second}
    return sorted([*(c for c in checked if not (c.doubt and c.entry.n in mended)), *second], key=lambda c: c.entry.n)


def _middle(plan: PlanName, window: tuple[Sentence, ...], grounding: Grounding) -> int:
    """Where a window falls into two with half of the questions each; 0 where it cannot."""
    asked = _asked(plan, window, grounding)
    return asked[len(asked) // 2] - window[0].number if len(asked) > 1 else 0


def _call(plan: PlanName, window: tuple[Sentence, ...], label: str, grounding: Grounding, attempts: int) -> Call:
    numbers = _asked(plan, window, grounding)
    draft, max_tokens = _form(plan, numbers, grounding)
    asked = prompting.Asked(numbers, speakers=not grounding.lexical, kinds=grounding.kinds)
    return Call(
        label=label,
        messages=prompting.messages(plan, grounding.article, window, asked),
        draft=draft,
        max_tokens=max_tokens,
        check=grounding.near_empty(numbers),
        divisible=_middle(plan, window, grounding) > 0,
        attempts=attempts,
    )


def _form(plan: PlanName, numbers: Iterable[int], grounding: Grounding) -> tuple[type[Draft], int]:
    """What is to be filled about the sentences of a call, and in how many tokens at most."""
    if plan == "whole":
        return whole_draft(), WHOLE_TOKENS
    questions = tuple(grounding.asked[number] for number in numbers)
    return window_draft(questions), TOKENS_PER_ENTRY * len(questions) + 40
