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


def chat(message: object, **usage: object) -> dict[str, object]:
    """A chat completion with one message."""
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


@pytest.mark.parametrize(
    "message",
    [
        "hello",
        5,
        ["x"],
        {"content": 5},
        {"content": {"text": "x"}},
        {"content": "{}", "refusal": 5},
        {"content": "{}", "tool_calls": ["x"]},
        {"content": "{}", "tool_calls": {"function": "x"}},
        {"content": "{}", "tool_calls": "x"},
        {"tool_calls": [{"function": "x"}]},
        {"tool_calls": [{"function": {"arguments": 5}}]},
    ],
)
def test_a_value_of_a_wrong_type_makes_an_answer_unreadable(message: object) -> None:
    """Whatever the level, it is an answer without content, never an exception."""
    answer = read_answer(chat(message))
    assert (answer.content, answer.finish, answer.refusal) == (None, "unreadable", None)


def test_content_in_parts_is_joined() -> None:
    """A list of content parts is read as their text; parts that hold none are passed over."""
    parts = [
        {"type": "text", "text": '{"entries"'},
        5,
        {"type": "image"},
        {"text": 7},
        {"type": "text", "text": ": []}"},
    ]
    assert read_answer(chat({"content": parts})).content == '{"entries": []}'
    assert read_answer(chat({"content": [5]})).content is None


def test_arguments_sent_as_an_object_are_read_as_its_text() -> None:
    """Some servers send a tool call's arguments unserialized."""
    message = {"content": None, "tool_calls": [{"function": {"arguments": {"entries": []}}}]}
    assert read_answer(chat(message)).content == '{"entries": []}'


@pytest.mark.parametrize("odd", [-5, "7", None, 1.5, True, [1]])
def test_a_count_that_is_no_number_of_tokens_is_0(odd: object) -> None:
    """Negative counts, text and the like neither fail nor lower what was spent."""
    usage = read_answer(
        chat(
            {"content": "{}"},
            prompt_tokens=odd,
            completion_tokens=odd,
            prompt_tokens_details={"cached_tokens": odd},
        )
    ).usage
    assert (usage.calls, usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (1, 0, 0, 0)
    assert read_answer(chat({"content": "{}"}, cache_read_input_tokens=odd)).usage.cached_tokens == 0


@pytest.mark.parametrize("body", [[1], None, {"messages": 5, "tools": ["x"]}, {"tools": [{"function": "x"}]}])
def test_an_odd_request_asks_nothing(body: object) -> None:
    """A request body of no known shape has no messages and no schema."""
    question = read_question(body)
    assert (question.messages, question.schema) == ((), {})


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
