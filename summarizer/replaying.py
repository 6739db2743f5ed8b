"""Replaying recorded exchanges offline (recording.py makes them, cassette.py holds them).

Each request is answered from the cassette, by the same code that judges a live answer. Nothing is imported that could
open a connection, nothing is waited for, and every recorded exchange must be played.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from summarizer import cassette, translation
from summarizer.asking import Allowance, Call
from summarizer.brief import Usage
from summarizer.cassette import Cassette, Exchange, Lost, Run
from summarizer.draft import schema_hash
from summarizer.errors import StaleRecording
from summarizer.exchange import Answer, Question, read_answer, read_question
from summarizer.faults import BadAnswer, Fault, OverBudget, Transport
from summarizer.matching import Sought, changes, explain, likeness
from summarizer.prompting import Message, PlanName, prompt_hash
from summarizer.providers import EMBEDDED, parse_name, without_path

if TYPE_CHECKING:
    from summarizer.article import Article


SERVER = "the model's server"
"""What a recording calls it."""

_ENOUGH = 0.5  # of the lines of a request: half of its sentences


class NotPlayed(StaleRecording):
    """A recording holds exchanges that nothing asks for."""


@dataclass(slots=True)
class _Recorded:
    """A recorded exchange under replay."""

    exchange: Exchange
    question: Question
    played: bool = False


@dataclass
class Replay:
    """A model whose answers are those of one recorded run."""

    cassette: Cassette
    run: Run
    advice: str = ""
    """How to record again."""
    on_play: Callable[[], object] = lambda: None
    loose: bool = False
    """Whether the nearest recorded request will do: for what old answers would give."""
    replayed: bool = field(default=True, init=False)
    endpoint: str | None = field(default=None, init=False)
    _recorded: list[_Recorded] = field(init=False)
    _lost: list[Lost] = field(init=False)

    def __post_init__(self) -> None:
        exchanges = self.cassette.of(self.run)
        self._recorded = [_Recorded(exchange, read_question(exchange.request)) for exchange in exchanges]
        self._lost = list(self.run.lost)

    paced: ClassVar[bool] = False
    waited: ClassVar[float] = 0.0

    @property
    def name(self) -> str:
        """The recorded model."""
        return self.run.model

    @property
    def preferred_plan(self) -> PlanName:
        """The recorded plan."""
        return self.run.plan

    def price(self, usage: Usage) -> float | None:
        """What is replayed costs nothing and says nothing of prices."""
        return None

    @property
    def steady(self) -> bool:
        """A recording does not hang."""
        return True

    def send(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """The recorded answer to the same request, or its fault. Raises `StaleRecording` when there is none."""
        if self._lost_next:
            raise _fault(self._lost.pop(0))
        sought = Sought.of(call, messages)
        found = self._find(sought)
        if found is None:
            raise self._stale(
                *explain(sought, self.cassette.of(self.run), [r.played for r in self._recorded], self.run)
            )
        found.played = True
        self.on_play()
        if found.exchange.status < 300:
            return read_answer(found.exchange.response)
        raise self._failure(found.exchange, call)

    async def asend(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """`send`; a recording has nothing to wait for."""
        return self.send(call, messages, allowance)

    @property
    def _lost_next(self) -> bool:
        """Whether what comes next got no answer."""
        return bool(self._lost) and self._lost[0].after == sum(recorded.played for recorded in self._recorded)

    def _find(self, sought: Sought) -> _Recorded | None:
        """The first exchange not yet played whose request is the one sought."""
        left = [recorded for recorded in self._recorded if not recorded.played]
        same = (r for r in left if sought.differs(r.exchange, r.question, self.run) is None)
        return next(same, None) or (self._nearest(sought, left) if self.loose else None)

    def _nearest(self, sought: Sought, left: list[_Recorded]) -> _Recorded | None:
        """The exchange about most of the same sentences, the first of several."""
        asked = sought.messages[-1][1]
        likeness_of = [likeness(recorded.question.messages[-1][1], asked) for recorded in left]
        best = max(likeness_of, default=0.0)
        return left[likeness_of.index(best)] if best >= _ENOUGH else None

    def _failure(self, exchange: Exchange, call: Call) -> Fault:
        """What the live model raised for an answer that was no completion.

        Whether there was another attempt, and whether further calls were made at all, is recorded: no clock decides
        it here.
        """
        said = exchange.response if isinstance(exchange.response, str) else json.dumps(exchange.response)
        fault = translation.answered(exchange.status, said, SERVER, self.run.model, None)
        knows_no_form = exchange.status in (400, 422) and "response_format" in exchange.request
        if knows_no_form and re.search("response_format|json_schema", said, re.IGNORECASE):
            fault = Transport(str(fault))
        if isinstance(fault, Transport):
            again = self._asked_again(call)
            fault.retry_after = 0.0 if again else None
            fault.final = not again
        fault.everywhere = not self._lost and all(recorded.played for recorded in self._recorded)
        return fault

    def _asked_again(self, call: Call) -> bool:
        """Whether a further attempt at the call is recorded; a correction continues the call's last message."""
        if self._lost_next:
            return True
        last = call.messages[-1]["content"]
        left = (recorded.question.messages for recorded in self._recorded if not recorded.played)
        return any(messages[-1][1].startswith(last) for messages in left if messages)

    def finish(self) -> None:
        """Raises `StaleRecording` when an exchange was not played, or a template that no request used has changed."""
        if self.loose:
            return
        if left := sum(not recorded.played for recorded in self._recorded):
            why = f"{left} of {len(self._recorded)} recorded exchanges were not played"
            raise stale(self.cassette.path, why, advice=self.advice, kind=NotPlayed)
        if self._lost:
            why = f"a fault was recorded that was not met: {self._lost[0].said}"
            raise stale(self.cassette.path, why, advice=self.advice, kind=NotPlayed)
        if self.run.provider == "embedded" and self.run.model != EMBEDDED:
            raise self._stale(f"the embedded model is {EMBEDDED} now, and {self.run.model} was recorded")
        if self.run.prompt != prompt_hash(self.run.plan):
            raise self._stale("a prompt template changed that no request of this recording uses")
        if self.run.schema != schema_hash(self.run.plan):
            raise self._stale("the schema of the answers changed, in a part that no request of this recording uses")

    def _stale(self, *lines: str) -> StaleRecording:
        return stale(self.cassette.path, *lines, advice=self.advice)


def stale(path: Path, *lines: str, advice: str, kind: type[StaleRecording] = StaleRecording) -> StaleRecording:
    """The error for a recording that no longer fits: what is wrong, more lines about it, and the way out."""
    first, *more = lines
    message = "\n".join((f"{cassette.shown(path)} is stale: {first}", *more, f"record again with: {advice}"))
    return kind(message, reasons=lines)


def _fault(lost: Lost) -> Fault:
    """The fault that the live model met, of which no exchange is left."""
    if lost.reason == OverBudget.reason:
        return OverBudget(lost.said)
    if lost.reason == BadAnswer.reason:
        return BadAnswer(lost.said)
    fault = Transport(lost.said, retry_after=0.0, sent=lost.sent)
    fault.everywhere = lost.everywhere
    return fault


def matches(run: Run, *, model: str | None, base_url: str | None, plan: str) -> bool:
    """Whether a run is of the model and the plan that are asked for; None and `auto` ask for none."""
    if plan not in ("auto", run.plan):
        return False
    if model is None:
        return True
    names = {model, without_path(model)}
    if base_url is not None or run.provider == "server":  # as it is understood beside an address
        names.add(parse_name(model, base_url or cassette.NEUTRAL).shown)
    return run.model in names or run.model.startswith(f"{model}/")


def find(folder: Path, article: Article, *, model: str | None, base_url: str | None, plan: str) -> Replay:
    """The run in a folder's cassettes, or in one cassette, that was recorded of this article.

    With several, `model` and `plan` choose; `auto` takes the plan over windows first, as it would with the embedded
    model. Raises `StaleRecording` when none fits.
    """
    runs = recorded_runs(folder)
    of_article = [(path, run) for path, run in runs if run.article == article.id]
    if not of_article:
        name = cassette.about(article).get("source")
        alike = [path for path, run in runs if name and run.about.get("source") == name]
        texts = [text for path in dict.fromkeys(alike) for text in cassette.read(path).texts.values()]
        into = shlex.quote(str(folder.parent if folder.is_file() else folder))
        first = f"no recording of this article in {folder}: its text changed, or record it with --record {into}"
        raise StaleRecording("\n".join([first, *nearest_article(article, texts)]))
    fitting = [(path, run) for path, run in of_article if matches(run, model=model, base_url=base_url, plan=plan)]
    if not fitting:
        there = offered(run for _, run in of_article)
        raise StaleRecording(
            f"no recording of this article with {options(plan, model)} in {folder}; there is one with {there}"
        )
    path, run = min(fitting, key=lambda pair: (pair[1].plan != "windows", pair[0].name))
    opened = cassette.read(path)
    return Replay(opened, next(found for found in opened.runs if found == run), command(path))


def command(path: Path) -> str:
    """What records a cassette again."""
    return f"summarizer cassettes rerecord {shlex.quote(str(path))}"


def options(plan: str, model: str | None) -> str:
    """The options by which a recording is chosen."""
    return f"--plan {plan}" + (f" --model {model}" if model else "")


def offered(runs: Iterable[Run]) -> str:
    """The options that would choose one of the runs."""
    return ", ".join(sorted({options(run.plan, run.model) for run in runs}))


def nearest_article(article: Article, texts: Iterable[str]) -> list[str]:
    """How the text differs from the recorded one that is most like it, line by line."""
    near = max(texts, key=lambda text: likeness(text, article.text), default=None)
    return ["nearest recorded article:", *changes((("", article.text),), (("", near),))] if near is not None else []


def recorded_runs(folder: Path) -> list[tuple[Path, Run]]:
    """The runs of a folder's cassettes, or of one cassette. Raises `StaleRecording` where there is neither."""
    try:
        files = [folder] if folder.is_file() else sorted(folder.glob("*.yaml")) if folder.is_dir() else None
    except OSError:  # a name that is too long
        files = None
    if files is None:
        raise StaleRecording(f"no folder of recordings at {folder}")
    return [(path, run) for path in files for run in cassette.read_runs(path)]
