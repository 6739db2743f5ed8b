"""Reading the bodies of one exchange with a model, live or recorded, whatever the provider's shape.

Two shapes are known: OpenAI's chat completions (which nearly every server speaks, llama.cpp's
included) with JSON-schema or tool calls, and Anthropic's messages with tool calls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """`model`, `max_tokens`, `temperature`, `seed`, where the body has them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    content: str | None
    """The JSON text of the draft, unparsed; None where there is none."""
    finish: str
    """`stop`, `length`, `refusal`, `content_filter`, or the provider's own word."""
    refusal: str | None
    usage: Usage


_PARAMETERS = ("model", "max_tokens", "temperature", "seed")
_FINISH = {
    "end_turn": "stop",
    "tool_use": "stop",
    "tool_calls": "stop",
    "max_tokens": "length",
    "stop_sequence": "stop",
}


def read_question(body: Body) -> Question:
    """The question in a request body."""
    messages = [
        (str(m.get("role")), _text(m.get("content"))) for m in body.get("messages") or () if isinstance(m, Mapping)
    ]
    if isinstance(system := body.get("system"), str | list):
        messages.insert(0, ("system", _text(system)))
    return Question(tuple(messages), _schema(body), {key: body[key] for key in _PARAMETERS if key in body})


def read_answer(body: Any) -> Answer:
    """The answer in a response body. A body of no known shape gives an answer without content."""
    if not isinstance(body, Mapping):
        return Answer(None, "unreadable", None, Usage(calls=1))
    usage = _usage(body.get("usage"))
    if isinstance(body.get("content"), list):  # Anthropic
        parts = [part for part in body["content"] if isinstance(part, Mapping)]
        tool = next((part.get("input") for part in parts if part.get("type") == "tool_use"), None)
        text = json.dumps(tool, ensure_ascii=False) if tool is not None else _text(parts) or None
        reason = str(body.get("stop_reason"))
        return Answer(text, _FINISH.get(reason, reason), _text(parts) if reason == "refusal" else None, usage)
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return Answer(None, "no_choices", None, usage)
    message = choices[0].get("message") or {}
    calls = message.get("tool_calls") or ()
    content = next((call["function"]["arguments"] for call in calls if call.get("function")), message.get("content"))
    reason = str(choices[0].get("finish_reason"))
    refusal = message.get("refusal") or None
    return Answer(content, "refusal" if refusal else _FINISH.get(reason, reason), refusal, usage)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return ""


def _schema(body: Body) -> Body:
    form = body.get("response_format")
    if isinstance(form, Mapping) and isinstance(form.get("json_schema"), Mapping):
        found = form["json_schema"].get("schema")
    else:
        tool: Body = next(iter(body.get("tools") or ()), {})
        found = (tool.get("function") or {}).get("parameters") or tool.get("input_schema")
    return found if isinstance(found, Mapping) else {}


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, Mapping):
        return Usage(calls=1)

    def count(*names: str) -> int:
        return next((value for name in names if isinstance(value := usage.get(name), int) and value >= 0), 0)

    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else usage.get("cache_read_input_tokens")
    return Usage(
        calls=1,
        input_tokens=count("prompt_tokens", "input_tokens"),
        output_tokens=count("completion_tokens", "output_tokens"),
        cached_tokens=cached if isinstance(cached, int) else 0,
    )
