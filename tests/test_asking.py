"""The one loop that tries again, against a stub server: how often, how long, and what it costs."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest

from summarizer.asking import Budget, Call, Limits, aask, ask
from summarizer.brief import Usage
from summarizer.draft import Draft, Question, window_draft
from summarizer.faults import BadAnswer, CutAnswer, Fault, OverBudget, Refusal, Rejected, Transport
from summarizer.model import LiveModel
from summarizer.providers import parse_name
from tests.conftest import every
from tests.stub_server import Step, completion, entries, error, json_reply, nothing, stub_server

GOOD = entries(nothing)
CALL = Call(
    label="window 1 of 1",
    messages=({"role": "system", "content": "Tag."}, {"role": "user", "content": "[1] A.\n[2] B."}),
    draft=window_draft((Question(1), Question(2))),
    max_tokens=100,
)


def budget(**limits: float) -> Budget:
    """A budget for one planned call."""
    return Budget(Limits(**limits), 1, lambda usage: None)  # type: ignore[arg-type]


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waiting between attempts is noted instead of done."""
    pauses: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=pauses.append))
    return pauses


FAULTS: dict[str, tuple[Step, type[Fault], int]] = {
    "refusal": (lambda body: completion(body, None, refusal="I cannot help"), Refusal, 1),
    "content_filter": (lambda body: completion(body, "", finish="content_filter"), Refusal, 1),
    "empty": (lambda body: completion(body, ""), BadAnswer, 2),
    "no_choices": (json_reply(200, {"choices": [], "model": "m", "object": "chat.completion"}), BadAnswer, 2),
    "prose": (lambda body: completion(body, "Here is your summary!"), BadAnswer, 2),
    "html_with_status_200": ((200, {"content-type": "text/html"}, b"<html>hello</html>"), BadAnswer, 2),
    "broken_json": ((200, {"content-type": "application/json"}, b'{"choices": ['), BadAnswer, 2),
    "no_body": ((200, {"content-type": "application/json"}, b""), BadAnswer, 2),
    "no_object": (json_reply(200, {"choices": [{"message": "hello", "finish_reason": "stop"}]}), BadAnswer, 2),
    "wrong_count": (lambda body: completion(body, '{"entries": []}'), BadAnswer, 2),
    "cut": (lambda body: completion(body, '{"entries": [', finish="length"), CutAnswer, 2),
    "rate_limited": (error(429), Transport, 3),
    "server_error": (error(500), Transport, 3),
    "no_key": (error(401), Rejected, 1),
    "forbidden": (error(403), Rejected, 1),
    "unknown_model": (error(404), Rejected, 1),
    "bad_request": (error(400), Rejected, 1),
    "redirect": (error(307, location="http://127.0.0.1:1/v1/chat/completions"), Rejected, 1),
}


@pytest.mark.parametrize("name", every(2, FAULTS))
def test_a_fault_leads_to_as_many_calls_as_designed(name: str, no_pauses: list[float]) -> None:
    """DESIGN's table: refusals and 4xx once, bad answers twice, transport faults three times; all are counted."""
    reply, kind, calls = FAULTS[name]
    with stub_server(reply) as stub:
        spent = budget()
        with pytest.raises(kind):
            ask(LiveModel(parse_name("m", stub.url)), CALL, spent)
        assert len(stub.requests) == spent.usage.calls == calls


@pytest.mark.parametrize("name", ["prose", "server_error"])
def test_the_asynchronous_form_behaves_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`aask` makes the same number of calls."""
    import asyncio

    reply, kind, calls = FAULTS[name]
    monkeypatch.setattr("summarizer.asking._Attempts._wait", lambda self, state: 0.0)

    async def run(url: str) -> None:
        model = LiveModel(parse_name("m", url))
        try:
            await aask(model, CALL, budget())
        finally:
            await model.aclose()

    with stub_server(reply) as stub:
        with pytest.raises(kind):
            asyncio.run(run(stub.url))
        assert len(stub.requests) == calls


def test_a_second_attempt_says_what_was_wrong_and_can_succeed(no_pauses: list[float]) -> None:
    """The correction stands in the last user message, behind the sentences, which a prompt cache then serves."""
    with stub_server(lambda body: completion(body, "prose"), GOOD) as stub:
        spent = budget()
        draft = ask(LiveModel(parse_name("m", stub.url)), CALL, spent).draft
    assert isinstance(draft, Draft)
    assert len(draft.entries) == 2
    assert "could not be used" in stub.requests[1]["messages"][-1]["content"]
    assert stub.requests[1]["messages"][-1]["content"].startswith("[1] A.\n[2] B.")
    assert spent.usage.calls == 2


def test_retry_after_is_waited_for(no_pauses: list[float]) -> None:
    """The pause is the server's, not ours."""
    with stub_server(error(429, retry_after="7"), GOOD) as stub:
        ask(LiveModel(parse_name("m", stub.url)), CALL, budget())
    assert no_pauses == [7.0]


def test_a_retry_after_beyond_the_deadline_fails_at_once() -> None:
    """3600 s are not waited for, not even in part."""
    with stub_server(error(429, retry_after="3600")) as stub:
        started = time.monotonic()
        with pytest.raises(Transport, match="3600"):
            ask(LiveModel(parse_name("m", stub.url)), CALL, budget(timeout=30))
        assert time.monotonic() - started < 5
        assert len(stub.requests) == 1


def test_a_retry_after_may_be_a_date(no_pauses: list[float]) -> None:
    """An HTTP date is waited for like the seconds until then; one beyond the deadline fails at once."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    with stub_server(error(429, retry_after=soon), GOOD) as stub:
        ask(LiveModel(parse_name("m", stub.url)), CALL, budget())
    assert 10 < no_pauses[0] <= 21
    with stub_server(error(429, retry_after="Wed, 21 Oct 2099 07:28:00 GMT")) as stub:
        with pytest.raises(Transport, match="asks to wait"):
            ask(LiveModel(parse_name("m", stub.url)), CALL, budget())
        assert len(stub.requests) == 1


@pytest.mark.parametrize("value", ["nan", "inf", "-7", "soon", "9" * 400])
def test_a_retry_after_that_names_no_time_is_passed_over(value: str, no_pauses: list[float]) -> None:
    """Then our own pauses are kept."""
    with stub_server(error(429, retry_after=value), GOOD) as stub:
        ask(LiveModel(parse_name("m", stub.url)), CALL, budget())
    assert no_pauses == [1.0]


def test_a_retry_after_in_the_past_means_now(no_pauses: list[float]) -> None:
    """A date gone by is no negative pause."""
    with stub_server(error(503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), GOOD) as stub:
        ask(LiveModel(parse_name("m", stub.url)), CALL, budget())
    assert no_pauses == [0.0]


@pytest.mark.parametrize("name", ["broken_json", "no_body", "html_with_status_200", "redirect", "server_error"])
def test_no_class_name_is_shown_to_a_user(name: str, no_pauses: list[float]) -> None:
    """A fault is told in words, in one line."""
    with stub_server(FAULTS[name][0]) as stub, pytest.raises(Fault) as caught:
        ask(LiveModel(parse_name("m", stub.url)), CALL, budget())
    assert not re.search(r"Error|Exception|[a-z][A-Z]|\n", str(caught.value))


def test_a_hanging_server_is_left_at_the_deadline() -> None:
    """The time limit holds within a second."""
    with stub_server(GOOD, delay=5) as stub:
        model = LiveModel(parse_name("m", stub.url))
        model._client(asynchronous=False)  # importing the SDK is not the server's time
        started = time.monotonic()
        with pytest.raises(Fault):
            ask(model, CALL, budget(timeout=1))
        assert time.monotonic() - started < 2


def test_the_call_ceiling_holds(no_pauses: list[float]) -> None:
    """With --max-calls 2 the third attempt is not made."""
    with stub_server(error(500)) as stub:
        with pytest.raises(OverBudget, match="2 model calls"):
            ask(LiveModel(parse_name("m", stub.url)), CALL, budget(max_calls=2))
        assert len(stub.requests) == 2


def test_an_unreachable_host_is_named() -> None:
    """A closed port is a transport fault that names the host."""
    with stub_server(GOOD) as stub:
        closed = stub.url
    with pytest.raises(Fault, match=r"cannot reach 127\.0\.0\.1"):
        ask(LiveModel(parse_name("m", closed)), CALL, budget(timeout=1.5))


def test_tools_are_used_where_json_schema_is_unknown(no_pauses: list[float]) -> None:
    """A server that rejects response_format is asked with a tool from then on."""
    unknown = json_reply(400, {"error": {"message": "response_format is not supported"}})
    with stub_server(unknown, GOOD) as stub:
        model = LiveModel(parse_name("m", stub.url))
        spent = budget()
        assert len(ask(model, CALL, spent).draft.entries) == 2
        ask(model, CALL, spent)
    assert "response_format" in stub.requests[0]
    assert all("tools" in body and "response_format" not in body for body in stub.requests[1:])
    assert no_pauses == [0.0]


def test_usage_counts_every_attempt(no_pauses: list[float]) -> None:
    """A bad answer's tokens are counted as well."""
    with stub_server(lambda body: completion(body, "prose"), GOOD) as stub:
        spent = budget()
        ask(LiveModel(parse_name("m", stub.url)), CALL, spent)
    assert spent.usage == Usage(calls=2, input_tokens=200, output_tokens=40)


def test_a_key_goes_only_to_its_own_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's key is not sent to the server named by --base-url; SUMMARIZER_API_KEY is."""
    monkeypatch.setenv("OPENAI_API_KEY", "canary-openai")
    with stub_server(GOOD) as stub:
        ask(LiveModel(parse_name("openai/m", stub.url)), CALL, budget())
        monkeypatch.setenv("SUMMARIZER_API_KEY", "canary-own")
        ask(LiveModel(parse_name("openai/m", stub.url)), CALL, budget())
    assert "canary" not in json.dumps(stub.headers[0])
    assert stub.headers[1]["authorization"] == "Bearer canary-own"
