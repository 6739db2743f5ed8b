"""What of a recorded request must be as it would be sent now, and what need not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from summarizer import Brief, StaleRecording, summarize
from tests.stub_server import entries, stub_server
from tests.test_api import TEXT, tagged


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A recording of `TEXT`."""
    with stub_server(entries(tagged)) as stub:
        summarize(TEXT, model="m", base_url=stub.url, record=tmp_path)
    (path,) = tmp_path.iterdir()
    return path


def change(path: Path, how: Callable[[dict[str, Any], dict[str, Any]], object]) -> None:
    """Change every recorded request: `how(request, its body)`."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for interaction in data["interactions"]:
        request = interaction["request"]
        body = json.loads(request["body"])
        how(request, body)
        request["body"] = json.dumps(body, ensure_ascii=False)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


def backwards(value: Any) -> Any:
    """The same JSON with the keys of every object the other way round."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(list(value))}
    return [backwards(inner) for inner in value] if isinstance(value, list) else value


def reverse(request: dict[str, Any], body: dict[str, Any]) -> None:
    """Turn the keys of a body round in place."""
    turned = backwards(body)
    body.clear()
    body.update(turned)


INDIFFERENT: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "host": lambda request, body: request.update(uri="https://elsewhere.example/v1/chat/completions"),
    "port": lambda request, body: request.update(uri="http://llm.test:8443/v1/chat/completions"),
    "folder": lambda request, body: request.update(uri="http://llm.test/gateway/openai/v1/chat/completions"),
    "headers": lambda request, body: request.update(headers={"content-type": ["application/json; charset=utf-8"]}),
    "order of keys": reverse,
}


@pytest.mark.parametrize("name", INDIFFERENT)
def test_what_does_not_count(name: str, recorded: Path) -> None:
    """The same brief comes from a recording whose requests differ in nothing that counts."""
    before: Brief = summarize(TEXT, replay=recorded)
    change(recorded, INDIFFERENT[name])
    assert summarize(TEXT, replay=recorded).to_json() == before.to_json()


COUNTING: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], object], str]] = {
    "method": (lambda request, body: request.update(method="PUT"), "another kind of address"),
    "path": (lambda request, body: request.update(uri="http://llm.test/v1/completions"), "another kind of address"),
    "model": (lambda request, body: body.update(model="other"), "parameters.*'other'"),
    "temperature": (lambda request, body: body.update(temperature=0.7), "parameters.*temperature 0.7"),
    "seed": (lambda request, body: body.pop("seed"), "parameters"),
    "max_tokens": (lambda request, body: body.update(max_tokens=body["max_tokens"] - 1), "parameters"),
    "one more": (lambda request, body: body.update(top_p=0.1), "parameters.*top_p"),
    "role": (lambda request, body: body["messages"][0].update(role="developer"), "prompt.*from developer"),
    "message": (lambda request, body: body["messages"].pop(1), "prompt"),
    "schema": (
        lambda request, body: body["response_format"]["json_schema"]["schema"].update(required=[]),
        r"schema of the answer.*\+.*entries",
    ),
}


@pytest.mark.parametrize("name", COUNTING)
def test_what_counts(name: str, recorded: Path) -> None:
    """Method, path, every parameter, every message and the schema: the error says which it was."""
    how, said = COUNTING[name]
    change(recorded, how)
    with pytest.raises(StaleRecording, match=f"(?s){said}.*nearest recorded request|nearest.*{said}|{said}"):
        summarize(TEXT, replay=recorded)


def test_a_ceiling_on_cost_may_have_shortened_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run under --max-cost asks for fewer tokens; the recording says so, and it replays."""
    from summarizer import Limits, model

    monkeypatch.setattr(model.LiveModel, "price", lambda self, usage: usage.output_tokens * 1e-5 + 1e-4)
    with stub_server(entries(tagged)) as stub:
        live = summarize(TEXT, model="m", base_url=stub.url, record=tmp_path, limits=Limits(max_cost=0.009))
        limits = [request["max_tokens"] for request in stub.requests]
    assert summarize(TEXT, replay=tmp_path).provenance.usage.calls == live.provenance.usage.calls == len(limits)
