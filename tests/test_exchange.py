"""Reading request and response bodies in the shapes that providers use."""

from __future__ import annotations

import pytest

from summarizer.exchange import read_answer, read_question

CHAT = {
    "choices": [{"message": {"role": "assistant", "content": '{"entries": []}'}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 5}},
}
ANTHROPIC = {
    "content": [
        {"type": "text", "text": "Here:"},
        {"type": "tool_use", "name": "Draft", "input": {"entries": []}},
    ],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 7, "output_tokens": 3, "cache_read_input_tokens": 5},
}


@pytest.mark.parametrize("body", [CHAT, ANTHROPIC], ids=["chat", "anthropic"])
def test_both_shapes_give_the_same_answer(body: object) -> None:
    """Content, finish and usage are read alike from chat completions and Anthropic messages."""
    answer = read_answer(body)
    assert answer.content == '{"entries": []}'
    assert answer.finish == "stop"
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cached_tokens) == (7, 3, 5)


@pytest.mark.parametrize(
    "body", ["<html>", None, [], {}, {"choices": []}, {"choices": [None]}, {"choices": None, "usage": "?"}]
)
def test_a_body_of_no_known_shape_has_no_content_and_counts_as_a_call(body: object) -> None:
    """HTML with status 200, an empty list of choices and the like are answers without content."""
    answer = read_answer(body)
    assert answer.content is None
    assert answer.usage.calls == 1


def test_a_refusal_is_told_from_an_answer() -> None:
    """OpenAI's refusal field and Anthropic's stop reason both mean refusal."""
    chat = {"choices": [{"message": {"content": None, "refusal": "I cannot"}, "finish_reason": "stop"}]}
    assert read_answer(chat).finish == "refusal"
    assert read_answer({"content": [], "stop_reason": "refusal"}).finish == "refusal"


def test_the_schema_is_found_in_both_modes() -> None:
    """A response format and a tool hold the same schema in different places."""
    schema = {"type": "object", "properties": {"entries": {"type": "array"}}}
    by_format = {
        "messages": [],
        "response_format": {"type": "json_schema", "json_schema": {"name": "Draft", "schema": schema}},
    }
    by_tool = {
        "messages": [],
        "tools": [{"type": "function", "function": {"name": "Draft", "parameters": schema}}],
    }
    assert read_question(by_format).schema == read_question(by_tool).schema == schema
