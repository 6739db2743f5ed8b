"""Whether a recorded request is the one that would be sent now, and what to say where none is.

Method, path and JSON body count; neither host nor port, nor the order of keys. Of a body, the messages must be the
same character for character, and so the schema (in a tool but for its titles) and every parameter. Which of the known
forms a body has (a JSON schema or a tool, OpenAI's shape or Anthropic's) was the recorded provider's to choose.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from summarizer.asking import Call
from summarizer.cassette import Exchange, Run
from summarizer.exchange import Question, parameters, read_question
from summarizer.prompting import Message

ENDS = ("/chat/completions", "/messages")
"""How the paths of requests end: OpenAI's, Anthropic's."""

_CHANGES = 3  # most changes that are shown
_AROUND = 60  # characters shown around one


@dataclass(frozen=True, slots=True)
class Sought:
    """The request that would be sent now."""

    messages: tuple[tuple[str, str], ...]
    schema: Any
    max_tokens: int

    @classmethod
    def of(cls, call: Call, messages: tuple[Message, ...]) -> Sought:
        """The request of an attempt at a call."""
        pairs = tuple((message["role"], message["content"]) for message in messages)
        return cls(pairs, call.draft.model_json_schema(), call.max_tokens)

    def differs(self, exchange: Exchange, question: Question, run: Run) -> str | None:
        """What makes a recorded request another one: `prompt`, `schema`, `parameters` or `address`; None if nothing."""
        if question.messages != self.messages:
            return "prompt"
        if not _same_form(exchange.request, self.schema):
            return "schema"
        if not _same_parameters(question.parameters, self.max_tokens, run):
            return "parameters"
        end = ENDS["system" in exchange.request]
        return None if exchange.method == "POST" and exchange.path.endswith(end) else "address"


def _same_form(body: Mapping[str, Any], schema: Any) -> bool:
    """Whether the answer is asked for in this schema, by a tool that must be called or as the answer itself."""
    form, choice = body.get("response_format"), body.get("tool_choice")
    if form is None:
        return choice not in ("none", None) and _bare(read_question(body).schema) == _bare(schema)
    asked = isinstance(form, Mapping) and form.get("type") == "json_schema" and read_question(body).schema == schema
    return asked and choice is None and "tools" not in body


def _same_parameters(recorded: Mapping[str, Any], max_tokens: int, run: Run) -> bool:
    found = dict(recorded)
    if found.pop("model", None) != _sent_model(run):
        return False
    for limit in ("max_tokens", "max_completion_tokens"):
        for hosted in (False, True):
            expected = parameters(max_tokens, hosted=hosted, limit=limit)
            if run.max_cost is not None and isinstance(found.get(limit), int):
                expected[limit] = max(min(expected[limit], found[limit]), 1)  # what the ceiling on cost left
            if found == expected:
                return True
    return False


def _sent_model(run: Run) -> str:
    """The model's name in the request."""
    return run.model if run.provider == "server" else run.model.partition("/")[2]


def explain(sought: Sought, recorded: Sequence[Exchange], played: Sequence[bool], run: Run) -> list[str]:
    """Why no recorded request is the one sought: what changed, the nearest request, and the changes, line by line."""
    questions = [read_question(exchange.request) for exchange in recorded]
    if not questions:
        return ["nothing was recorded"]
    near = max(
        range(len(recorded)),
        key=lambda i: (likeness(_joined(questions[i].messages), _joined(sought.messages)), not played[i]),
    )
    difference = sought.differs(recorded[near], questions[near], run)
    if difference is None:
        return ["the request was recorded once and is asked again"]
    if difference == "prompt" and all(played):
        return ["the recorded run ended before this request, by its limits or without an answer"]
    place = f"nearest recorded request: exchange {near + 1} of {len(recorded)}, "
    place += f"{recorded[near].method} {recorded[near].path}"
    if difference == "prompt":
        return ["the prompt changed", place, *changes(sought.messages, questions[near].messages)]
    if difference == "schema":
        return ["the schema of the answer changed", place, *_schema_changes(sought, questions[near])]
    if difference == "parameters":
        then = questions[near].parameters
        limit = "max_completion_tokens" if "max_completion_tokens" in then else "max_tokens"
        now = {
            "model": _sent_model(run),
            **parameters(sought.max_tokens, hosted="temperature" not in then, limit=limit),
        }
        return ["the parameters of the request changed", place, f"  - {_listed(then)}", f"  + {_listed(now)}"]
    return ["it was sent to another kind of address", place]


def likeness(one: str, other: str) -> float:
    """How many lines two texts share, from 0 to 1."""
    return difflib.SequenceMatcher(None, one.splitlines(), other.splitlines(), autojunk=False).ratio()


def _joined(messages: Sequence[tuple[str, str]]) -> str:
    return "\n".join(content for _, content in messages)


def changes(now: Sequence[tuple[str, str]], then: Sequence[tuple[str, str]]) -> list[str]:
    """The lines that differ, each cut to what stands around the first difference."""
    found: list[list[str]] = []
    for place in range(max(len(now), len(then))):
        new, old = (side[place] if place < len(side) else ("", "") for side in (now, then))
        role = new[0] or old[0]
        where = f"{role} message, line" if role else "line"
        found += [[f"{where} {line}:", *shown] for line, shown in _lines(old[1], new[1])]
        if new[0] and old[0] and new[0] != old[0]:
            found.append([f"message {place + 1}:", f"  - from {old[0]}", f"  + from {new[0]}"])
    more = len(found) - _CHANGES
    return [line for change in found[:_CHANGES] for line in change] + ([f"and {more} more"] if more > 0 else [])


def _lines(old: str, new: str) -> list[tuple[int, list[str]]]:
    """(line in the old text, what is shown of the change) for each line that differs."""
    olds, news = old.splitlines(), new.splitlines()
    shown = []
    for kind, i, j, k, n in difflib.SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for step in range(max(j - i, n - k)):
            before = olds[i + step] if i + step < j else None
            after = news[k + step] if k + step < n else None
            shown.append((i + step + 1, _pair(before, after)))
    return shown


def _pair(before: str | None, after: str | None) -> list[str]:
    a, b = before or "", after or ""
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    shown = [f"  - {_excerpt(a, start)}"] if before is not None else []
    return shown + ([f"  + {_excerpt(b, start)}"] if after is not None else [])


def _excerpt(line: str, at: int) -> str:
    first = max(0, at - _AROUND)
    if first:
        first = line.find(" ", first, at) + 1 or first  # a whole word
    last = min(len(line), at + _AROUND)
    return f"{'…' * (first > 0)}{line[first:last]}{'…' * (last < len(line))}"


def _schema_changes(sought: Sought, question: Question) -> list[str]:
    import json

    then, now = (json.dumps(side, indent=1, sort_keys=True) for side in (question.schema, sought.schema))
    return changes((("schema", now),), (("schema", then),))


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in sorted(values.items()))


def _bare(schema: Any) -> Any:
    """A JSON schema without its titles and descriptions, which providers' forms add or drop."""
    if isinstance(schema, Mapping):
        return {k: _bare(v) for k, v in schema.items() if k not in ("title", "description") or isinstance(v, Mapping)}
    if isinstance(schema, list | tuple):
        return [_bare(value) for value in schema]
    return schema
