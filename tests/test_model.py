"""Where requests go and what they carry, names and addresses, prices, and whose errors reach the user."""

from __future__ import annotations

import asyncio
import base64
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from summarizer import UsageError, asummarize, local, summarize
from summarizer.asking import Allowance
from summarizer.brief import Usage
from summarizer.draft import Question, whole_draft, window_draft
from summarizer.exchange import Answer, read_answer
from summarizer.faults import BadAnswer, Rejected, Transport
from summarizer.model import LiveModel
from summarizer.providers import KEYS, OWN_HOSTS, parse_name
from summarizer.translation import fault
from tests.stub_server import Body, Reply, entries, error, json_reply, nothing, stub_server
from tests.test_api import TEXT, whole
from tests.test_asking import CALL

GOOD = entries(nothing)
CANARIES = {
    "OPENAI_API_KEY": "canary-key",
    "OPENAI_ORG_ID": "canary-organisation",
    "OPENAI_PROJECT_ID": "canary-project",
    "OPENAI_ADMIN_KEY": "canary-admin",
    "OPENAI_CUSTOM_HEADERS": "x-team: canary-team\nAuthorization: Bearer canary-custom",
}


@pytest.fixture(params=["sync", "async"])
def send(request: pytest.FixtureRequest) -> object:
    """A function that sends `CALL` to a model, in the one form or the other."""

    async def asend(model: LiveModel) -> Answer:
        try:
            return await model.asend(CALL, CALL.messages, Allowance(10))
        finally:
            await model.aclose()

    if request.param == "async":
        return lambda model: asyncio.run(asend(model))
    return lambda model: model.send(CALL, CALL.messages, Allowance(10))


def reach(provider: str, url: str, monkeypatch: pytest.MonkeyPatch) -> LiveModel:
    """A model of `provider` whose server is the stub at `url`."""
    if provider == "server":
        return LiveModel(parse_name("m", url))
    if provider == "local":
        server = SimpleNamespace(base_url=url, api_key="random", model_name="m")
        monkeypatch.setattr(local, "available", lambda file=None: None)
        monkeypatch.setattr(local, "serve", lambda file=None: server)
        return LiveModel(parse_name("local"))
    monkeypatch.setitem(OWN_HOSTS, provider, url)
    return LiveModel(parse_name(f"{provider}/m"))


@pytest.mark.parametrize("provider", ["server", "local", "ollama", "openai"])
def test_a_redirect_is_not_followed(provider: str, send, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """The article is not posted to another host because its server says so."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    with stub_server(GOOD) as other:
        moved = error(307, location=f"{other.url}/chat/completions")
        with stub_server(moved) as stub, pytest.raises(Rejected, match="answered 307: it redirects elsewhere"):
            send(reach(provider, stub.url, monkeypatch))
        assert not other.requests


@pytest.mark.parametrize("provider", ["server", "local", "ollama"])
def test_a_proxy_of_the_environment_is_not_used(provider: str, send, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """A server on this machine, or one that the user named, is spoken to directly."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with stub_server(GOOD) as proxy, stub_server(GOOD) as stub:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        send(reach(provider, stub.url, monkeypatch))
        assert (len(stub.requests), len(proxy.requests)) == (1, 0)


@pytest.mark.parametrize("provider", ["server", "local", "ollama"])
def test_nothing_meant_for_openai_goes_to_another_server(provider: str, send, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """Neither keys, organisation and project, nor the headers a user set for OpenAI, nor what machine this is."""
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    with stub_server(GOOD) as stub:
        send(reach(provider, stub.url, monkeypatch))
    assert "canary" not in json.dumps(stub.headers)
    assert not [name for name in stub.headers[0] if name.startswith(("openai-", "x-"))]


@pytest.mark.parametrize("provider", ["together", "deepseek", "perplexity", "openrouter"])
def test_hosted_providers_behind_openais_package_get_nothing_of_openais(
    provider: str,
    send,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    """They get their own key alone, and a redirect of theirs is not followed."""
    for name, value in {**CANARIES, KEYS[provider]: "own"}.items():
        monkeypatch.setenv(name, value)
    with stub_server(GOOD) as other, stub_server(error(307, location=other.url)) as stub:
        model = LiveModel(parse_name(f"{provider}/m"))
        connect = model._connect

        def diverted(asynchronous: bool) -> object:
            client = connect(asynchronous)
            client.client.base_url = stub.url
            return client

        monkeypatch.setattr(model, "_connect", diverted)
        with pytest.raises(Rejected, match="answered 307"):
            send(model)
        assert not other.requests
    assert "canary" not in json.dumps(stub.headers)
    assert stub.headers[0]["authorization"] == "Bearer own"


def test_anthropics_package_follows_no_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's own package is told so as well."""
    pytest.importorskip("anthropic")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    for asynchronous in (False, True):
        client = LiveModel(parse_name("anthropic/m"))._client(asynchronous=asynchronous)
        assert client.client._client.follow_redirects is False


@pytest.mark.parametrize("provider", ["server", "openai"])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_certificates_are_verified(provider: str, asynchronous: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own HTTP clients verify the host's certificate, as the SDK's would."""
    import ssl

    monkeypatch.setenv("OPENAI_API_KEY", "k")
    model = LiveModel(parse_name("m", "https://h.test/v1") if provider == "server" else parse_name("openai/m"))
    context = model._http_client("Bearer k", asynchronous)._transport._pool._ssl_context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.fixture(params=["sync", "async"])
def exchange(request: pytest.FixtureRequest) -> object:
    """A function that sends a body to a model, in the one form or the other."""

    async def aexchange(model: LiveModel, body: Body) -> Any:
        try:
            return await model.aexchange(body, 10)
        finally:
            await model.aclose()

    if request.param == "async":
        return lambda model, body: asyncio.run(aexchange(model, body))
    return lambda model, body: model.exchange(body, 10)


@pytest.mark.parametrize("provider", ["server", "local", "openai"])
def test_a_body_is_what_a_request_carries(provider: str, send, exchange, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """`body` sends nothing; `send`, and `exchange` given that body, send exactly it."""
    monkeypatch.setenv("OPENAI_API_KEY", "canary-key")
    with stub_server(GOOD) as stub:
        model = reach(provider, stub.url, monkeypatch)
        body = model.body(CALL, CALL.messages, Allowance(10, tokens=70))
        assert not stub.requests
        exchange(model, body)
        send(model)
    limit = "max_completion_tokens" if provider == "openai" else "max_tokens"
    assert (body["model"], body[limit]) == ("m", 70)
    assert json.loads(json.dumps(body)) == stub.requests[0] == stub.requests[1] | {limit: 70}
    assert ("tools" in body, "response_format" in body) == ((True, False) if provider == "openai" else (False, True))


@pytest.mark.parametrize("mode", ["TOOLS", "JSON_SCHEMA"])
@pytest.mark.parametrize("provider", ["OPENAI", "TOGETHER", "ANTHROPIC"])
def test_the_form_is_the_one_that_instructor_writes(mode: str, provider: str) -> None:
    """Given a stand-in for the draft, it writes of it what it writes of the draft itself."""
    import instructor
    from instructor.processing.response import handle_response_model

    from summarizer.model import _form

    if (provider, mode) == ("ANTHROPIC", "JSON_SCHEMA"):
        pytest.skip("a beta of Anthropic's that is not used")
    how = instructor.Mode[mode], instructor.Provider[provider]
    for draft in (whole_draft(), window_draft((Question(3), Question(5, who=False), Question(6, kind=False)))):
        _, expected = handle_response_model(draft, *how, messages=list(CALL.messages))
        _, written = handle_response_model(_form(draft), *how, messages=list(CALL.messages))
        assert json.dumps(written) == json.dumps(expected)


def test_an_exchange_gives_what_came_back_as_it_is_without_keys(exchange, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """JSON data, which nothing has judged, and which `read_answer` takes; a key that a server echoes is taken out."""
    monkeypatch.setenv("SUMMARIZER_API_KEY", "canary-key")
    odd = {"choices": [{"message": {"content": "no draft: canary-key"}, "finish_reason": "stop"}], "usage": None}
    with stub_server(json_reply(200, odd)) as stub:
        model = LiveModel(parse_name("m", stub.url))
        raw = exchange(model, model.body(CALL, CALL.messages, Allowance(10)))
    assert "canary" not in json.dumps(raw)
    assert read_answer(json.loads(json.dumps(raw))).content == "no draft: [key]"


def test_an_exchange_raises_the_fault_and_enters_around(exchange) -> None:  # type: ignore[no-untyped-def]
    """As `send` does: what records a run sees it, and a server's error is a fault."""
    entered: list[bool] = []

    @contextmanager
    def around() -> Iterator[None]:
        entered.append(True)
        yield

    with stub_server(error(503, retry_after="3")) as stub:
        model = LiveModel(parse_name("m", stub.url), around=around)
        body = model.body(CALL, CALL.messages, Allowance(10))
        assert not entered
        with pytest.raises(Transport, match="answered 503") as caught:
            exchange(model, body)
    assert (entered, caught.value.retry_after) == ([True], 3.0)


def test_every_answer_is_heard_with_its_headers(exchange) -> None:  # type: ignore[no-untyped-def]
    """Its status and headers, whatever the status is and before anything is made of it."""
    heard: list[tuple[int, str | None]] = []

    def hear(status: int, headers: Mapping[str, str]) -> None:
        heard.append((status, headers.get("X-RateLimit-Remaining-Requests")))

    for status in (200, 429, 500):
        with stub_server(json_reply(status, {}, x_ratelimit_remaining_requests="9")) as stub:
            model = LiveModel(parse_name("m", stub.url), heard=hear)
            body = model.body(CALL, CALL.messages, Allowance(10))
            with suppress(Transport):
                exchange(model, body)
    assert heard == [(200, "9"), (429, "9"), (500, "9")]


def test_requests_share_one_client_and_need_no_thread_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many begin at once; only the first is connected aside, and a thousand connections may be open."""
    threads: list[str] = []
    connected: list[Any] = []
    to_thread = asyncio.to_thread

    async def counted(work: Any, *arguments: Any, **named: Any) -> Any:
        threads.append(work.__name__)
        return await to_thread(work, *arguments, **named)

    async def many(model: LiveModel) -> None:
        await asyncio.gather(*(model.asend(CALL, CALL.messages, Allowance(10)) for _ in range(3)))
        before = len(threads)
        await asyncio.gather(*(model.asend(CALL, CALL.messages, Allowance(10)) for _ in range(3)))
        assert len(threads) == before
        pool = model._clients[True].client._client._transport._pool
        assert pool._max_connections >= 1_000
        assert pool._max_keepalive_connections >= 1_000
        await model.aclose()

    monkeypatch.setattr(asyncio, "to_thread", counted)
    with stub_server(GOOD) as stub:
        model = LiveModel(parse_name("m", stub.url))
        connect = model._connect
        monkeypatch.setattr(model, "_connect", lambda asynchronous: connected.append(1) or connect(asynchronous))
        asyncio.run(many(model))
        assert len(stub.requests) == 6
    assert connected == [1]


def test_hosted_openai_is_asked_once_with_a_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan `auto` is the whole article in one call: a tool, its own limit, its key, and no temperature or seed."""
    for name, value in CANARIES.items():
        if name != "OPENAI_CUSTOM_HEADERS":
            monkeypatch.setenv(name, value)
    with stub_server(whole) as stub:
        monkeypatch.setitem(OWN_HOSTS, "openai", stub.url)
        brief = summarize(TEXT, model="openai/gpt-5-mini", plan="auto")
        again = asyncio.run(asummarize(TEXT, model="openai/gpt-5-mini"))
    body: Body = stub.requests[0]
    assert len(stub.requests) == 2
    assert body["model"] == "gpt-5-mini"
    assert len(body["tools"]) == 1
    assert body["max_completion_tokens"] >= 3_000
    assert not {"temperature", "seed", "max_tokens", "response_format"} & set(body)
    for headers in stub.headers:
        assert headers["authorization"] == "Bearer canary-key"
        assert headers["openai-organization"] == "canary-organisation"
    assert (brief.provenance.plan, brief.provenance.model) == ("whole", "openai/gpt-5-mini")
    assert brief.audit.complete
    assert brief.provenance.usage.cost_usd
    assert list(brief.items()) == list(again.items())
    assert len(list(brief.items())) >= 3


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://h:99999/v1",
        "http://h:x/v1",
        "http://h h/v1",
        "http://h\n/v1",
        "http://h/\x1b[31m",
        " http://h",
        "http://h\\@other/v1",
        "ftp://h",
        "http://",
        "h:8000",
        "http://u:pass/word@h/v1",
        "u:password@h",
    ],
)
def test_an_odd_address_is_wrong_usage_in_one_line(url: str) -> None:
    """Nothing is sent to an address that two programs might read differently, and no password is shown."""
    with pytest.raises(UsageError, match="is not an http") as caught:
        parse_name("m", url)
    assert str(caught.value).isprintable()
    assert "word" not in str(caught.value)


def test_a_password_in_an_address_is_sent_but_never_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It becomes the authorization header; messages, logs and the brief name the host alone."""
    caplog.set_level("DEBUG")
    with stub_server(GOOD) as stub:
        url = stub.url.replace("//", "//user:p%40ss@")
        brief = summarize(TEXT, model="m", base_url=url)
    assert stub.headers[0]["authorization"] == "Basic " + base64.b64encode(b"user:p@ss").decode()
    assert brief.provenance.endpoint == "127.0.0.1"
    assert "p%40ss" not in brief.to_json() + caplog.text
    with stub_server(error(404)) as stub, pytest.raises(Rejected) as caught:
        LiveModel(parse_name("m", stub.url.replace("//", "//user:p%40ss@"))).send(CALL, CALL.messages, Allowance(10))
    assert "p%40ss" not in str(caught.value)


def test_a_file_that_is_no_model_is_wrong_usage(tmp_path: Path) -> None:
    """The careful message of local.py reaches the user, with exit code 2 instead of 4."""
    pytest.importorskip("xllamacpp")
    file = tmp_path / "notes.gguf"
    file.write_bytes(b"These are notes and no model at all.")
    with pytest.raises(UsageError, match="is not a GGUF model file"):
        summarize(TEXT, model=f"local/{file}")
    with pytest.raises(UsageError, match="is not a GGUF model file"):
        asyncio.run(asummarize(TEXT, model=f"local/{file}"))


def test_a_package_that_is_missing_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that cannot be set up is no model that cannot be reached."""
    monkeypatch.setenv("CEREBRAS_API_KEY", "k")
    monkeypatch.setattr("instructor.from_provider", lambda *_, **__: (_ for _ in ()).throw(ImportError("x")))
    with pytest.raises(UsageError, match="package may be missing"):
        LiveModel(parse_name("cerebras/m")).send(CALL, CALL.messages, Allowance(10))


def test_an_unknown_error_is_a_bad_answer_in_plain_words() -> None:
    """It may be one odd answer, so the other windows are still read."""
    found = fault(KeyError("secret"), "host", "m")
    assert type(found) is BadAnswer
    assert str(found) == "the answer could not be understood"


ODD: dict[str, Reply] = {
    "calls": json_reply(200, {"choices": [{"message": {"role": "assistant", "tool_calls": ["x"]}}]}),
    "arguments": json_reply(
        200, {"choices": [{"message": {"tool_calls": [{"type": "function", "function": {"arguments": [1]}}]}}]}
    ),
    "list": json_reply(200, [1, 2]),
    "null": json_reply(200, None),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_body_is_unreadable_and_silent(name: str, send, capfd: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    """No complaint of pydantic's reaches stderr."""
    with stub_server(ODD[name]) as stub, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = send(LiveModel(parse_name("m", stub.url)))
    assert (answer.content, answer.finish) == (None, "unreadable")
    assert not [w for w in caught if issubclass(w.category, UserWarning)]
    assert capfd.readouterr().err == ""


def test_a_price_is_known_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What genai-prices does not know, or finds implausible, has no price and raises nothing."""
    for key in KEYS.values():
        monkeypatch.setenv(key, "k")
    usage = Usage(calls=1, input_tokens=1_000, output_tokens=1_000)
    assert (LiveModel(parse_name("openai/gpt-5-mini")).price(usage) or 0) > 0
    assert LiveModel(parse_name("openai/none")).price(usage) is None
    assert LiveModel(parse_name("ollama/gpt-5-mini")).price(usage) is None
    nonsense = LiveModel(parse_name("openai/gpt-5-mini"))
    object.__setattr__(nonsense.spec, "provider", "nonsense")
    assert nonsense.price(usage) is None
    assert LiveModel(parse_name("openai/gpt-5-mini")).price(Usage(calls=1, input_tokens=1, cached_tokens=9)) is not None
    monkeypatch.setattr("genai_prices.calc_price", lambda *_, **__: 1 / 0)
    assert LiveModel(parse_name("openai/gpt-5-mini")).price(usage) is None


@pytest.mark.parametrize("provider", KEYS)
def test_every_hosted_provider_is_known_to_the_prices(provider: str) -> None:
    """genai-prices finds each provider by our name for it, so that --max-cost can work."""
    from genai_prices.data_snapshot import get_snapshot

    assert get_snapshot().find_provider("none", provider, None)
