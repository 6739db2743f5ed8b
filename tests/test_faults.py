"""Twelve faults and worse, through the public API: bounded calls, the deadline, typed errors, what is kept."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from summarizer import (
    Brief,
    BudgetExceeded,
    Limits,
    ModelRefused,
    ModelUnavailable,
    SummarizerError,
    UsageError,
    asummarize,
    summarize,
)
from summarizer.providers import OWN_HOSTS
from summarizer.render.markdown import markdown
from tests.conftest import every
from tests.stub_server import Body, Reply, completion, entries, error, json_reply, numbered, stub_server
from tests.test_api import TEXT, tagged

PLACES = [
    "talks",
    "bridge",
    "harbour",
    "valley",
    "capital",
    "airport",
    "railway",
    "island",
    "border",
    "church",
    "market",
    "tunnel",
]
LONG = "\n\n".join(f"Foreign Minister Lena Moor said that Arland would not leave the {place}." for place in PLACES)
"""Three windows of four sentences."""
GOOD = entries(lambda n, text: ("Moor", "", "none") if n < 0 else ("Moor", text[text.index("Arland") : -1], "position"))
HANG = b"HANG"
BOTH = pytest.mark.parametrize("asynchronous", every(2, [False, True]), ids=["sync", "async"])
"""The two share all but the awaiting lines; the second is for the slow tests."""
Raw = bytes | list[bytes]


@contextmanager
def raw_server(answer: Callable[[int], Raw], pause: float = 0.2) -> Iterator[SimpleNamespace]:
    """A server that sends bytes as they are: `answer(request number)`, a list piece by piece with pauses between."""
    listener = socket.create_server(("127.0.0.1", 0))
    stub = SimpleNamespace(url=f"http://127.0.0.1:{listener.getsockname()[1]}/v1", requests=0)
    closing = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            data = b""
            try:
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65536)
                head, _, body = data.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                while len(body) < length:
                    body += connection.recv(65536)
                stub.requests += 1
                said = answer(stub.requests)
                if said == HANG:
                    closing.wait(20)
                for piece in [said] if isinstance(said, bytes) else said:
                    connection.sendall(piece)
                    if closing.wait(pause if isinstance(said, list) else 0):
                        return
            except (OSError, IndexError):
                pass

    def accept() -> None:
        while not closing.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield stub
    finally:
        closing.set()
        listener.close()


def run(asynchronous: bool, text: str, url: str, **options: object) -> Brief:
    """`summarize` or `asummarize`."""
    if asynchronous:
        return asyncio.run(asummarize(text, model="m", base_url=url, **options))  # type: ignore[arg-type]
    return summarize(text, model="m", base_url=url, **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def warm() -> None:
    """The SDK's import is not the server's time."""
    import instructor
    import openai

    assert instructor
    assert openai


FAULTS: dict[str, tuple[Callable[[Body], Reply] | Reply, type[SummarizerError], int, int, str]] = {
    # name: (reply, error, calls of one window, calls of three windows, what is said)
    "refusal": (lambda b: completion(b, None, refusal="I cannot"), ModelRefused, 1, 3, "declined"),
    "content_filter": (lambda b: completion(b, "", finish="content_filter"), ModelRefused, 1, 3, "declined"),
    "filter_with_400": (
        json_reply(400, {"error": {"code": "content_filter", "message": "x"}}), ModelRefused, 1, 3, "content filter",
    ),
    "empty_body": ((200, {"content-type": "application/json"}, b""), ModelUnavailable, 2, 6, "try another model"),
    "no_choices": (json_reply(200, {"choices": []}), ModelUnavailable, 2, 6, "not a completion"),
    "cut_at_length": (
        lambda b: completion(b, '{"entries": [', finish="length"), ModelUnavailable, 3, 9, "cut at its length",
    ),
    "prose": (lambda b: completion(b, "Here is your summary!"), ModelUnavailable, 2, 6, "not the JSON object"),
    "html_with_200": ((200, {"content-type": "text/html"}, b"<p>hello"), ModelUnavailable, 2, 6, "not a completion"),
    "rate_limited": (error(429, retry_after="0"), ModelUnavailable, 3, 3, "answered 429"),
    "rate_limited_for_an_hour": (error(429, retry_after="3600"), ModelUnavailable, 1, 1, "asks to wait 3600 s"),
    "server_error": (error(500, retry_after="0"), ModelUnavailable, 3, 3, "answered 500"),
    "wrong_model": (error(404), ModelUnavailable, 1, 1, "does not know the model"),
    "wrong_key": (error(401), ModelUnavailable, 1, 1, "key is missing or wrong"),
    "no_credit": (
        json_reply(429, {"error": {"code": "insufficient_quota", "message": "x"}}),
        ModelUnavailable, 1, 1, "no credit left",
    ),
    "error_with_200": (json_reply(200, {"error": {"code": 400}}), ModelUnavailable, 2, 6, "answered with an error"),
    "near_empty": (entries(lambda n, text: ("", "", "none")), ModelUnavailable, 2, 6, "it lists 0 statements"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
@BOTH
def test_a_fault_costs_a_bounded_number_of_calls_and_says_what_happened(name: str, asynchronous: bool) -> None:
    """Everywhere: as many HTTP requests as DESIGN's table allows, all counted, and one line that helps."""
    reply, kind, one, three, said = FAULTS[name]
    for text, calls in (("\n\n".join(LONG.split("\n\n")[:4]), one), (LONG, three)):
        with stub_server(reply) as stub, pytest.raises(kind, match=said) as caught:
            run(asynchronous, text, stub.url)
        assert len(stub.requests) == caught.value.usage.calls == calls
        assert f"{calls} call{'s' * (calls != 1)}, " in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", every(3, FAULTS))
def test_what_the_other_windows_gave_is_kept_and_the_lost_ones_marked(name: str) -> None:
    """A fault in the third window leaves the two before it."""
    reply = FAULTS[name][0]

    def answer(body: Body) -> Reply:
        if numbered(body)[0][0] < 9:
            return GOOD(body)
        return reply(body) if callable(reply) else reply

    with stub_server(answer) as stub:
        brief = summarize(LONG, model="m", base_url=stub.url)
    assert len(brief.positions) == 8
    assert {n for u in brief.audit.unread for n in range(u.first, u.last + 1)} == {9, 10, 11, 12}
    assert not brief.audit.complete
    assert set(brief.audit.sections.values()) == {"incomplete"}
    assert brief.provenance.usage.calls == len(stub.requests)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
SLOW: dict[str, Raw] = {
    "hang": HANG,
    "head_then_nothing": [HEAD, *[b""] * 100],
    "body_byte_by_byte": [HEAD + b"content-length: 999\r\n\r\n", *[b" "] * 200],
    "headers_byte_by_byte": [HEAD, *[b"x-a: b\r\n"] * 200],
    "chunked_for_ever": [HEAD + b"transfer-encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 200],
    "continue_for_ever": [b"HTTP/1.1 100 Continue\r\n\r\n"] * 200,
}


@pytest.mark.parametrize("name", SLOW)
@BOTH
def test_the_deadline_holds_whatever_the_server_does_meanwhile(name: str, asynchronous: bool) -> None:
    """Also against one that always sends a little more; it is asked at most three times."""
    with raw_server(lambda n: SLOW[name]) as stub:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="did not answer in time") as caught:
            run(asynchronous, TEXT, stub.url, limits=Limits(timeout=1.5))
        assert time.monotonic() - started < 2.5
    assert 1 <= stub.requests <= 3
    assert caught.value.usage.calls == stub.requests
    assert caught.value.usage.cost_usd is None


@BOTH
def test_one_hang_does_not_cost_the_article(asynchronous: bool) -> None:
    """An attempt takes half of the time that is left; the next one is answered."""
    good = json.dumps({"choices": [{"message": {"content": json.dumps({"entries": [{"n": 1, "says": ""}]})}}]}).encode()
    whole = HEAD + b"content-length: %d\r\n\r\n" % len(good) + good
    text = "Foreign Minister Lena Moor said that Arland would not leave the talks."
    with raw_server(lambda n: HANG if n == 1 else whole) as stub:
        brief = run(asynchronous, text, stub.url, limits=Limits(timeout=5))
    assert stub.requests == 2
    assert brief.audit.complete


DROPPED: dict[str, Raw] = {
    "before_the_answer": b"",
    "in_the_body": HEAD + b'content-length: 999\r\n\r\n{"choices"',
    "in_a_chunk": HEAD + b"transfer-encoding: chunked\r\n\r\nff\r\n{",
    "no_http": b"hello\r\n\r\n",
}


@pytest.mark.parametrize("name", DROPPED)
def test_a_dropped_connection_is_tried_three_times(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the error does not say that the server cannot be reached."""
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=lambda seconds: None))
    with raw_server(lambda n: DROPPED[name]) as stub, pytest.raises(ModelUnavailable, match="broke off its answer"):
        summarize(TEXT, model="m", base_url=stub.url)
    assert stub.requests == 3


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_end_is_no_answer(packed: bool) -> None:
    """More than 8 MB, or packed although that was not asked for: it is not even taken in."""
    body = gzip.compress(b" " * 50_000_000) if packed else b" " * 9_000_000
    kind = b"content-encoding: gzip\r\n" if packed else b""
    answer = HEAD + kind + b"content-length: %d\r\n\r\n" % len(body) + body
    with raw_server(lambda n: answer) as stub, pytest.raises(ModelUnavailable, match="too large, or packed"):
        summarize("Foreign Minister Lena Moor said that Arland would stay.", model="m", base_url=stub.url)
    assert stub.requests == 2


def test_two_tool_calls_are_no_shorter_brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the second would be lost without a word."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")

    def two(body: Body) -> Reply:
        status, headers, data = completion(body, '{"entries": []}')
        answer = json.loads(data)
        answer["choices"][0]["message"]["tool_calls"] *= 2
        return json_reply(status, answer, **headers)

    with stub_server(two) as stub:
        monkeypatch.setitem(OWN_HOSTS, "openai", stub.url)
        with pytest.raises(ModelUnavailable, match="not a completion"):
            summarize(TEXT, model="openai/gpt-5-mini")


# Keys

KEY = "sk-CANARY0123456789"


def echo(body: Body, header: str) -> list[Reply]:
    """Every place of an answer in which a server could send the key back."""
    who = json.dumps({"entries": [{"n": 1, "who": header, "says": f"Arland {header}", "kind": "position"}]})
    return [
        completion(body, None, refusal=f"no: {header}"),
        completion(body, who),
        completion(body, header),
        completion(body, "{}", finish=header),
        error(401, x_echo=header, retry_after=header),
        json_reply(400, {"error": {"message": header, "code": header}}),
        (500, {"content-type": f"text/plain; {header}", "location": header}, header.encode()),
    ]


@pytest.mark.parametrize("place", every(7, range(7)))
@pytest.mark.parametrize("kind", ["key", "password"])
def test_no_error_log_brief_or_recording_shows_a_key_that_a_server_echoes(
    place: int, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """At DEBUG of every logger, in tracebacks, in the brief of what else was read, on disk."""
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=lambda seconds: None))
    if kind == "key":
        monkeypatch.setenv("SUMMARIZER_API_KEY", KEY)
    logged = io.StringIO()
    handler = logging.StreamHandler(logged)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    shown = []
    try:
        with stub_server(lambda body: GOOD(body)) as stub:

            def answer(body: Body) -> Reply:
                header = stub.headers[-1]["authorization"]
                return GOOD(body) if numbered(body)[0][0] < 9 else echo(body, header)[place]

            stub.script = [answer]
            url = stub.url.replace("//", f"//user:{KEY}@") if kind == "password" else stub.url
            brief = summarize(LONG, model="m", base_url=url, record=tmp_path)
            shown += [brief.to_json(), markdown(brief), repr(brief)]
            stub.script = [lambda body: echo(body, stub.headers[-1]["authorization"])[place]]
            try:
                shown.append(summarize(LONG, model="m", base_url=url).to_json())
            except SummarizerError as fault:
                shown += [str(fault), "".join(traceback.format_exception(fault))]
        assert stub.headers[0]["authorization"].startswith("Basic" if kind == "password" else f"Bearer {KEY}")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    shown += [logged.getvalue(), *(path.read_text(encoding="utf-8") for path in tmp_path.iterdir())]
    secret = stub.headers[0]["authorization"].split()[1]
    assert [text for text in shown if KEY in text or secret in text] == []


@pytest.mark.parametrize("value", [f" {KEY}\n", f"{KEY}\r\n"])
def test_white_space_around_a_key_is_not_part_of_it(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and shells leave it there."""
    monkeypatch.setenv("SUMMARIZER_API_KEY", value)
    with stub_server(entries(tagged)) as stub:
        summarize(TEXT, model="m", base_url=stub.url)
    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_key_that_no_header_takes_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither sent nor shown."""
    monkeypatch.setenv("SUMMARIZER_API_KEY", f"{KEY}’")
    with stub_server(entries(tagged)) as stub, pytest.raises(UsageError, match="SUMMARIZER_API_KEY") as caught:
        summarize(TEXT, model="m", base_url=stub.url)
    assert not stub.requests
    assert KEY not in str(caught.value)


# Cost


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A model with a known price whose host is a stub: 0.25 and 2 dollars a million tokens."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    return lambda url: monkeypatch.setitem(OWN_HOSTS, "openai", url)


def used(read: int, written: int) -> Callable[[Body], Reply]:
    """Good answers about `LONG` that say what they used."""

    def answer(body: Body) -> Reply:
        status, headers, data = GOOD(body)
        counts = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        return json_reply(status, {**json.loads(data), "usage": counts}, **headers)

    return answer


def test_the_cost_ceiling_is_not_passed(priced: Callable[[str], None]) -> None:
    """Before each call there must be enough left for it, and its answer may not be longer than what is left buys."""
    with stub_server(used(1000, 3000)) as stub:  # 0.00625 dollars a call
        priced(stub.url)
        brief = summarize(LONG, model="openai/gpt-5-mini", plan="windows", limits=Limits(max_cost=0.0135))
    assert len(stub.requests) == 2
    assert 0.0124 < (brief.provenance.usage.cost_usd or 0) <= 0.0135
    assert not brief.audit.complete
    assert "--max-cost" in brief.audit.unread[0].reason
    assert all(body["max_completion_tokens"] * 2e-6 <= 0.0135 for body in stub.requests)
    assert stub.requests[1]["max_completion_tokens"] < stub.requests[0]["max_completion_tokens"]


def test_a_ceiling_too_low_for_any_call_makes_none(priced: Callable[[str], None]) -> None:
    """Not even one."""
    with stub_server(used(1, 1)) as stub:
        priced(stub.url)
        with pytest.raises(BudgetExceeded, match="no model call was made"):
            summarize(LONG, model="openai/gpt-5-mini", limits=Limits(max_cost=1e-6))
    assert not stub.requests


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1, "completion_tokens": 1}, {"prompt_tokens": 10**400}])
def test_a_cost_that_cannot_be_told_is_null_and_never_0(usage: object, priced: Callable[[str], None]) -> None:
    """And under a ceiling nothing more is spent then."""

    def answer(body: Body) -> Reply:
        status, headers, data = GOOD(body)
        return json_reply(status, {**json.loads(data), "usage": usage}, **headers)

    with stub_server(answer) as stub:
        priced(stub.url)
        brief = summarize(LONG, model="openai/gpt-5-mini", plan="windows")
        assert brief.provenance.usage.cost_usd is None
        stub.requests.clear()
        limited = summarize(LONG, model="openai/gpt-5-mini", plan="windows", limits=Limits(max_cost=5))
    assert len(stub.requests) == 1
    assert not limited.audit.complete
