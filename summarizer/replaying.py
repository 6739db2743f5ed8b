"""Replaying recorded exchanges offline (recording.py writes them).

Each request is answered from the file: it must have the same messages and schema as a recorded one,
nothing is imported that could open a connection, and every recorded exchange must be played.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from summarizer import translation
from summarizer.asking import Allowance, Call
from summarizer.brief import Usage
from summarizer.errors import StaleRecording
from summarizer.exchange import Answer, Question, read_answer, read_question
from summarizer.faults import Fault, Transport
from summarizer.prompting import Message, PlanName, prompt_hash

if TYPE_CHECKING:
    from summarizer.article import Article

_HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Header:
    """What a cassette says of itself."""

    article: str
    """The article's id."""
    language: str
    """The article's language as detected when it was recorded."""
    model: str
    plan: PlanName
    prompt: str
    """The prompt hash."""
    date: str
    """ISO date of the recording."""
    licence: str
    """The article's licence, or `unknown`."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that was no completion."""

    status: int
    said: str
    """The body."""
    unknown_form: bool
    """Whether the server knew no JSON-schema answers, and was asked again with a tool."""

    def fault(self, *, again: bool, last: bool) -> Fault:
        """What the live model raised.

        Whether there was another attempt (`again`), and whether further calls were made at all (not `last`), is
        recorded: no clock decides it here.
        """
        place = "when this was recorded, the server"
        fault = translation.answered(self.status, self.said, place, "asked for", None)
        if self.unknown_form:
            fault = Transport(str(fault))
        if isinstance(fault, Transport):
            fault.retry_after = 0.0 if again else None
            fault.final = not again
        fault.everywhere = last
        return fault


@dataclass(slots=True)
class Exchange:
    """One recorded request and its answer, or the status it failed with."""

    question: Question
    outcome: Answer | Failure
    played: bool = False


@dataclass
class Replay:
    """A model whose answers come from a cassette."""

    path: Path
    header: Header
    exchanges: list[Exchange]
    replayed: bool = field(default=True, init=False)
    endpoint: str | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """The recorded model."""
        return self.header.model

    def price(self, usage: Usage) -> float | None:
        """What is replayed costs nothing and says nothing of prices."""
        return None

    @property
    def steady(self) -> bool:
        """A recording does not hang."""
        return True

    def send(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """The recorded answer to the same request, or its fault. Raises `StaleRecording` when there is none."""
        asked = tuple((message["role"], message["content"]) for message in messages)
        schema = _bare(call.draft.model_json_schema())
        for exchange in self.exchanges:
            if (
                not exchange.played
                and exchange.question.messages == asked
                and _bare(exchange.question.schema) == schema
            ):
                exchange.played = True
                if isinstance(exchange.outcome, Failure):
                    last = all(exchange.played for exchange in self.exchanges)
                    raise exchange.outcome.fault(again=self._asked_again(call), last=last)
                return exchange.outcome
        raise StaleRecording(self._mismatch(asked, call))

    def _asked_again(self, call: Call) -> bool:
        """Whether a further attempt at the call is recorded; a correction continues the call's last message."""
        last = call.messages[-1]["content"]
        left = (exchange.question.messages for exchange in self.exchanges if not exchange.played)
        return any(messages[-1][1].startswith(last) for messages in left if messages)

    async def asend(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """`send`; a recording has nothing to wait for."""
        return self.send(call, messages, allowance)

    def finish(self) -> None:
        """Raises `StaleRecording` when an exchange was not played, or a template that no request used has changed."""
        if left := sum(not exchange.played for exchange in self.exchanges):
            raise StaleRecording(
                f"{self.path.name}: {left} of {len(self.exchanges)} recorded exchanges were not played; "
                f"{self._advice()}"
            )
        if self.header.prompt != prompt_hash(self.header.plan):
            raise StaleRecording(f"{self.path.name} is stale: a prompt template changed; {self._advice()}")

    def _advice(self) -> str:
        options = f"--plan {self.header.plan} --model {self.header.model} --record {self.path.parent.name}"
        return f"record again with: summarizer brief ARTICLE {options}"

    def _mismatch(self, asked: tuple[tuple[str, str], ...], call: Call) -> str:
        same = [e for e in self.exchanges if e.question.messages == asked]
        if any(_bare(e.question.schema) != _bare(call.draft.model_json_schema()) for e in same):
            change = "the schema of the answer changed"
        elif same:
            change = "the request was recorded once and is asked again"
        elif self.exchanges and all(exchange.played for exchange in self.exchanges):
            change = "the recorded run ended before this request, by its limits or without an answer"
        else:
            change = f"the prompt changed{_difference(asked, [e.question.messages for e in self.exchanges])}"
        return f"{self.path.name} is stale: {change}; {self._advice()}"


def _difference(asked: tuple[tuple[str, str], ...], recorded: list[tuple[tuple[str, str], ...]]) -> str:
    """The first line that differs from the nearest recorded request."""
    now = [line for _, content in asked for line in content.splitlines()]
    olds = [[line for _, content in messages for line in content.splitlines()] for messages in recorded]
    if not olds:
        return " (nothing was recorded)"
    old = max(olds, key=lambda lines: difflib.SequenceMatcher(None, lines, now, autojunk=False).ratio())
    changed = [
        line
        for line in difflib.unified_diff(old, now, lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    shown = "; ".join(f"{line[0]} {line[1:81]!r}" for line in changed[:2])
    return f" ({shown})" if shown else ""


def _bare(schema: Any) -> Any:
    """A JSON schema without its titles and descriptions, which providers' forms add or drop."""
    if isinstance(schema, Mapping):
        return {k: _bare(v) for k, v in schema.items() if k not in ("title", "description") or isinstance(v, Mapping)}
    if isinstance(schema, list | tuple):
        return [_bare(value) for value in schema]
    return schema


def find(folder: Path, article: Article, *, model: str | None, plan: str) -> Replay:
    """The cassette in `folder` that was recorded of this article.

    With several, `model` and `plan` choose; `auto` takes the plan over windows first, as it would
    with the embedded model. Raises `StaleRecording` when none fits.
    """
    try:
        there = folder.is_dir()
    except OSError:  # a name that is too long
        there = False
    if not there:
        raise StaleRecording(f"no folder of recordings at {folder}")
    found = [
        (path, header)
        for path in sorted(folder.glob("*.yaml"))
        if (header := read_header(path)) and header.article == article.id
    ]
    if not found:
        raise StaleRecording(
            f"no recording of this article in {folder}: its text changed, or record it with --record {folder}"
        )
    if plan != "auto":
        found = [(path, header) for path, header in found if header.plan == plan]
    if model is not None:
        found = [
            (path, header) for path, header in found if header.model == model or header.model.startswith(f"{model}/")
        ]
    if not found:
        raise StaleRecording(
            f"no recording of this article with --plan {plan}{f' --model {model}' if model else ''} in {folder}"
        )
    path, header = min(found, key=lambda pair: (pair[1].plan != "windows", pair[0].name))
    return Replay(path, header, _exchanges(path))


def read_header(path: Path) -> Header | None:
    """The header of a cassette, from its first bytes; None when it has none of ours or cannot be read."""
    try:
        if not path.is_file():  # opening a FIFO would wait for its other end
            return None
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES).decode("utf-8", "ignore")
    except OSError:
        return None
    match = re.match(r"recorded:\n((?:  .*\n)+)", head)
    try:
        values = yaml.safe_load(match[1]) if match else None
        return Header(**{name: str(values[name]) for name in Header.__dataclass_fields__}) if values else None  # type: ignore[arg-type]
    except (KeyError, TypeError, yaml.YAMLError):
        return None


def _exchanges(path: Path) -> list[Exchange]:
    try:
        return [_exchange(interaction) for interaction in _load(path.read_text(encoding="utf-8"))["interactions"]]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise StaleRecording(
            f"{path.name} cannot be read as a recording ({type(error).__name__}); record it again"
        ) from error


def _exchange(interaction: Mapping[str, Any]) -> Exchange:
    body, status = json.loads(interaction["request"]["body"]), interaction["response"]["status"]["code"]
    text = interaction["response"]["body"]["string"]
    question = read_question(body)
    if status < 300:
        return Exchange(question, read_answer(_body(text)))
    unknown_form = "response_format" in body and re.search("response_format|json_schema", text or "", re.IGNORECASE)
    return Exchange(question, Failure(status, text or "", status in (400, 422) and bool(unknown_form)))


def _load(text: str) -> Any:
    """Safe loading by libyaml, many times faster than the pure Python one."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


def _body(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
