"""Reading the bodies of one exchange with a model, live or recorded, whatever the provider's shape.

Two shapes are known: OpenAI's chat completions (which nearly every server speaks, llama.cpp's
included) with JSON-schema or tool calls, and Anthropic's messages with tool calls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from summarizer.brief import Usage

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the messages in order, the JSON schema to fill, and the parameters."""

    messages: tuple[tuple[str, str], ...]
    """(role, content) pairs."""
    schema: Body
    parameters: Body = field(default_factory=dict)
    """Everything else: `model`, `max_tokens`, `temperature`, ..."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    content: str | None
    """The JSON text of the draft, unparsed; None where there is none."""
    finish: str
    """`stop`, `length`, `refusal`, `content_filter`, or the provider's own word."""
    refusal: str | None
    usage: Usage
    error: int | None = None
    """The status of an error that came with HTTP status 200, as some gateways send it; 0 where it has none."""
    counted: bool = True
    """Whether the body says how many tokens were used; else what it costs is not known."""


_FORM = frozenset(("messages", "system", "response_format", "tools", "tool_choice", "parallel_tool_calls"))
"""What holds the messages and the form of the answer; all else in a body is a parameter."""

_DETERMINISTIC = {"temperature": 0, "seed": 7}
_THOUGHT = 16_000
"""Most tokens of a hosted model's answer: it may think before it writes."""

_FINISH = {
    "end_turn": "stop",
    "tool_use": "stop",
    "tool_calls": "stop",
    "max_tokens": "length",
    "stop_sequence": "stop",
    **dict.fromkeys(("SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "safety"), "content_filter"),
}
_MOST_TOKENS = 1_000_000_000  # a larger count is none


def read_question(body: Any) -> Question:
    """The question in a request body."""
    if not isinstance(body, Mapping):
        return Question((), {})
    messages = [(str(m.get("role")), _text(m.get("content")) or "") for m in _mappings(body.get("messages"))]
    if isinstance(system := body.get("system"), str | list):
        messages.insert(0, ("system", _text(system) or ""))
    return Question(tuple(messages), _schema(body), {key: body[key] for key in body if key not in _FORM})


def parameters(max_tokens: int, *, hosted: bool, limit: str = "max_tokens") -> dict[str, Any]:
    """What a request says beside its model, messages and form; `limit` is the server's word for the most tokens."""
    if hosted:
        return {limit: max(max_tokens, _THOUGHT)}
    return {limit: max_tokens, **_DETERMINISTIC}


def read_answer(body: Any) -> Answer:
    """The answer in a response body. A body of no known shape gives an answer without content."""
    if not isinstance(body, Mapping):
        return Answer(None, "unreadable", None, Usage(calls=1), counted=False)
    return replace(_read(body, _usage(body.get("usage"))), counted=_counted(body.get("usage")))


def _read(body: Body, usage: Usage) -> Answer:
    if isinstance(body.get("content"), list):  # Anthropic
        return _message(body, usage)
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return Answer(None, "no_choices", None, usage, error=_error_code(body) if body.get("error") else None)
    return _choice(choices[0], usage)


def _error_code(body: Body) -> int:
    error = body["error"]
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) and 100 <= code <= 999 else 0


def _message(body: Body, usage: Usage) -> Answer:
    parts = _mappings(body["content"])
    tool = next((part.get("input") for part in parts if part.get("type") == "tool_use"), None)
    text = json.dumps(tool, ensure_ascii=False) if tool is not None else _text(parts)
    reason = _finish(body.get("stop_reason"))
    return Answer(text or None, reason, _text(parts) if reason == "refusal" else None, usage)


def _choice(choice: Body, usage: Usage) -> Answer:
    """The answer in one choice; a value of a wrong type at any level makes it unreadable."""
    unreadable = Answer(None, "unreadable", None, usage)
    message = choice.get("message") or {}
    if not isinstance(message, Mapping):
        return unreadable
    content, calls, refusal = message.get("content"), message.get("tool_calls") or [], message.get("refusal") or None
    if not isinstance(content, str | list | None) or not isinstance(calls, list):
        return unreadable
    if not isinstance(refusal, str | None) or not all(isinstance(call, Mapping) for call in calls):
        return unreadable
    text = _text(content)
    functions = [call["function"] for call in calls if call.get("function")]
    if len(functions) > 1:  # one form was asked for: what stands in a second would be lost
        return unreadable
    if functions:
        function = functions[0]
        arguments = function.get("arguments") if isinstance(function, Mapping) else None
        if isinstance(arguments, Mapping):  # some servers send the object itself instead of its JSON text
            arguments = json.dumps(arguments, ensure_ascii=False)
        if not isinstance(arguments, str):
            return unreadable
        text = arguments
    return Answer(text, "refusal" if refusal else _finish(choice.get("finish_reason")), refusal, usage)


def _finish(reason: Any) -> str:
    return _FINISH.get(reason, reason) if isinstance(reason, str) else "unknown"


def _mappings(values: Any) -> list[Body]:
    return [value for value in values if isinstance(value, Mapping)] if isinstance(values, list) else []


def _text(content: Any) -> str | None:
    """The text of a content, which may come in parts; None where there is none."""
    if isinstance(content, str):
        return content
    return "".join(text for part in _mappings(content) if isinstance(text := part.get("text"), str)) or None


def _schema(body: Body) -> Body:
    form = body.get("response_format")
    if isinstance(form, Mapping) and isinstance(form.get("json_schema"), Mapping):
        found = form["json_schema"].get("schema")
    else:
        tool: Body = next(iter(_mappings(body.get("tools"))), {})
        function = tool.get("function")
        found = (function.get("parameters") if isinstance(function, Mapping) else None) or tool.get("input_schema")
    return found if isinstance(found, Mapping) else {}


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, Mapping):
        return Usage(calls=1)
    details = usage.get("prompt_tokens_details")
    cached = _count(details, "cached_tokens") if isinstance(details, Mapping) else None
    return Usage(
        calls=1,
        input_tokens=_count(usage, *_INPUT) or 0,
        output_tokens=_count(usage, *_OUTPUT) or 0,
        cached_tokens=cached or _count(usage, "cache_read_input_tokens") or 0,
    )


_INPUT, _OUTPUT = ("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens")


def _counted(usage: Any) -> bool:
    return isinstance(usage, Mapping) and None not in (_count(usage, *_INPUT), _count(usage, *_OUTPUT))


def _count(counts: Body, *names: str) -> int | None:
    """The first of the named counts that is a number of tokens; None where none is."""
    values = (counts.get(name) for name in names)
    numbers = (v for v in values if isinstance(v, int | float) and not isinstance(v, bool))
    return next((int(v) for v in numbers if 0 <= v < _MOST_TOKENS and v == int(v)), None)
