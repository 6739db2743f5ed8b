"""From a model's name to one request: the only module that knows instructor and openai.

instructor writes the request in the form that the provider and its mode want (a JSON schema, or a
tool) and makes the provider's client, which then sends it as it is; the client's own retries are off,
and the raw answer is judged by `asking.judge`, which a recording goes through as well. Both libraries
cost over a second to import, so they are imported when the first request is sent.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any, ClassVar, cast
from urllib.parse import unquote, urlsplit

from summarizer import local, translation, wire
from summarizer.asking import Allowance, Call
from summarizer.brief import Usage
from summarizer.draft import Draft
from summarizer.errors import SummarizerError, UsageError
from summarizer.exchange import Answer, parameters, read_answer
from summarizer.faults import Fault, Transport
from summarizer.prompting import Message, PlanName
from summarizer.providers import KEYS, OWN_HOSTS, ModelName, install, unusable
from summarizer.wire import Redaction

log = logging.getLogger("summarizer.model")

_LONGEST = 864_000.0
"""Seconds; sockets take no timeouts of centuries."""
_KEPT_OPEN = 1_000
"""Most idle connections of a client; the SDK's own 100 are too few for a batch."""


@dataclass
class LiveModel:
    """A model that requests are really sent to. Clients are made at the first request."""

    spec: ModelName
    replayed: bool = False
    paced: ClassVar[bool] = True
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    """Entered around each request, by what records it."""
    prices: tuple[float, float] | None = None
    """US dollars for a million tokens read and written, which then count; None takes what is known."""
    waited: ClassVar[float] = 0.0
    heard: wire.Heard | None = None
    """Told of each HTTP answer as it comes in, of whatever status: the status and the headers."""
    _clients: dict[bool, Any] = field(default_factory=dict)
    """instructor's clients; the key says whether it is the asynchronous one."""
    _model: str = ""
    """The model's name in a request, known once there is a client."""
    _connecting: threading.Lock = field(default_factory=threading.Lock)
    tools: bool = False
    """Whether the form of the answer is asked for as a tool, not as a JSON schema."""
    _redaction: Redaction = field(default_factory=lambda: Redaction(""))

    def __post_init__(self) -> None:
        if reason := unusable(self.spec):
            raise UsageError(reason)
        self.tools = self.spec.provider not in ("local", "server", "ollama")

    @property
    def name(self) -> str:
        """`provider/name`, without any machine path."""
        return self.spec.shown

    @property
    def steady(self) -> bool:
        """Whether it answers in its own time and never hangs: the embedded model."""
        return self.spec.provider == "local"

    @property
    def preferred_plan(self) -> PlanName:
        """The plan `auto` stands for: hosted models are asked once for the whole article, others in windows."""
        return "whole" if self.spec.provider in KEYS else "windows"

    @property
    def endpoint(self) -> str:
        """The host the article's text is sent to."""
        if self.spec.provider == "local":
            return "127.0.0.1"
        url = self.spec.base_url or OWN_HOSTS.get(self.spec.provider)
        return (urlsplit(url).hostname or "") if url else f"{self.spec.provider} (the provider's own host)"

    def price(self, usage: Usage, *, batched: bool = False) -> float | None:
        """US dollars for `usage`, from genai-prices' bundled snapshot; None when unknown.

        `batched` requests wait in a batch of the provider's, for about half; where no such price is known, the usual.
        """
        if self.prices is not None:
            read, written = self.prices
            return (usage.input_tokens * read + usage.output_tokens * written) / 1_000_000
        if self.spec.provider in ("local", "server", "ollama"):
            return None
        from genai_prices import Usage as Tokens
        from genai_prices import calc_price

        tokens = Tokens(
            input_tokens=max(usage.input_tokens, usage.cached_tokens),
            output_tokens=usage.output_tokens,
            cache_read_tokens=usage.cached_tokens or None,
        )
        try:
            how = {"processing": "batch"} if batched else None
            price = calc_price(tokens, self.spec.model, provider_id=self.spec.provider, price_context=how)
            return float(price.total_price)
        except Exception:
            # a LookupError for an unknown model, but also a ValueError for counts it finds implausible
            log.debug("no price for %s", self.name, exc_info=True)
            return None

    def send(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """Send one request and return what came back. Raises a `Fault` when nothing did."""
        return read_answer(self._exchange(lambda: self.body(call, messages, allowance), allowance.seconds))

    async def asend(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """`send`, awaited."""
        return read_answer(await self._aexchange(lambda: self.body(call, messages, allowance), allowance.seconds))

    async def connect(self) -> None:
        """Connect now, for the asynchronous way of sending: the embedded model is loaded, which takes seconds."""
        await asyncio.to_thread(self._client, asynchronous=True)

    def body(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> dict[str, Any]:
        """The request as `exchange` sends it: JSON data in the provider's form. Sends nothing.

        Connects where nothing is connected yet, for which the embedded model is loaded.
        """
        client = next(iter(self._clients.values()), None) or self._client(asynchronous=False)
        limit = "max_completion_tokens" if self.spec.provider == "openai" else "max_tokens"
        sent = parameters(call.max_tokens, hosted=self.spec.provider in KEYS, limit=limit)
        said = {
            "messages": [dict(message) for message in messages],
            **sent,
            limit: min(sent[limit], allowance.tokens or sys.maxsize),
            "model": self._model,
        }
        return _written(client, call.draft, said, tools=self.tools)

    def exchange(self, body: Mapping[str, Any], seconds: float) -> Any:
        """Send a body as it is and return what came back, as JSON data without keys that a server echoed.

        That is what `read_answer` takes. Raises a `Fault` when nothing came within so many seconds.
        """
        return self._exchange(lambda: body, seconds)

    async def aexchange(self, body: Mapping[str, Any], seconds: float) -> Any:
        """`exchange`, awaited."""
        return await self._aexchange(lambda: body, seconds)

    def _exchange(self, body: Callable[[], Mapping[str, Any]], seconds: float) -> Any:
        def work() -> Any:
            client = self._client(asynchronous=False)  # in time as well: the embedded model may have to be loaded
            return translation.plain(_sender(client)(**body(), timeout=min(seconds, _LONGEST)))

        with self.around():
            try:
                raw = wire.within(seconds, work, self._abandon)
            except SummarizerError:  # such as a model file that cannot be loaded: already in words for the user
                raise
            except Exception as error:  # noqa: BLE001 - what an SDK says may hold what the server echoed
                raise self._fault(error) from None
            return self._redaction.data(raw)

    async def _aexchange(self, body: Callable[[], Mapping[str, Any]], seconds: float) -> Any:
        with self.around():
            try:
                async with asyncio.timeout(seconds):
                    # loading the embedded model takes seconds
                    if True not in self._clients:
                        await self.connect()
                    client = self._client(asynchronous=True)
                    raw = translation.plain(await _sender(client)(**body(), timeout=min(seconds, _LONGEST)))
            except SummarizerError:
                raise
            except Exception as error:  # noqa: BLE001
                raise self._fault(error) from None
            return self._redaction.data(raw)

    def _abandon(self) -> None:
        """Close what a request that did not end in time waits for."""
        if client := self._clients.pop(False, None):
            with suppress(Exception):
                client.client.close()

    def _client(self, *, asynchronous: bool) -> Any:
        with self._connecting:
            if asynchronous not in self._clients:
                self._clients[asynchronous] = self._connect(asynchronous)
            return self._clients[asynchronous]

    def _connect(self, asynchronous: bool) -> Any:
        import instructor

        # instructor logs server errors, which may echo a key
        logging.getLogger("instructor").setLevel(logging.CRITICAL)
        spec = self.spec
        self._model = spec.model
        connect: Callable[..., Any] = instructor.from_provider
        if spec.provider in ("local", "server", "ollama", "openai"):
            target = self._target(asynchronous)
            return connect(f"openai/{self._model}", async_client=asynchronous, **target)
        key = wire.usable_key(KEYS[spec.provider], os.environ[KEYS[spec.provider]])
        self._redaction = Redaction(key)
        try:
            client = connect(f"{spec.provider}/{spec.model}", async_client=asynchronous, api_key=key)
        except Exception as error:
            raise UsageError(
                f"provider {spec.provider!r} cannot be set up; its package may be missing: {install(spec.provider)}"
            ) from error
        if hasattr(client.client, "max_retries"):
            client.client.max_retries = 0  # asking.py owns all retries
        # what is meant for OpenAI is not for others that speak through its package
        own = type(client.client).__module__.split(".")[0] != "openai"
        authorization = None if own else f"Bearer {key}"
        wire.harden(client.client, authorization, self._hear, asynchronous=asynchronous)
        self._redaction.guard_logs()
        return client

    def openai_client(self, most: int = wire.MAX_ANSWER) -> Any:
        """An asynchronous client of openai's own for what is not a completion: files and batches.

        It takes answers of at most `most` bytes, and is the caller's to close. Raises `UsageError` for a provider
        that does not speak OpenAI's API at an address of its own.
        """
        if self.spec.provider not in ("openai", "server"):
            raise UsageError(
                f"{self.name} has no Batch API of OpenAI's: use an openai/... model, or --base-url with a server's"
            )
        import openai

        return openai.AsyncOpenAI(**self._target(asynchronous=True, most=most))

    def _target(self, asynchronous: bool, most: int = wire.MAX_ANSWER) -> dict[str, Any]:
        """What a client of openai's is made with."""
        url, key, self._model = self._openai_target()
        log.debug("model %s at %s", self._model, self.endpoint)
        url, basic, more = _split_credentials(url)
        self._redaction = Redaction(key if basic is None else "", *more)
        self._redaction.guard_logs()
        http = self._http_client(basic or f"Bearer {key}", asynchronous, most)
        return {"base_url": url, "api_key": key, "max_retries": 0, "http_client": http}

    def _http_client(self, authorization: str, asynchronous: bool, most: int = wire.MAX_ANSWER) -> Any:
        """A client that sends the text to the address it is given and nowhere else: it follows no redirect.

        Only OpenAI itself is reached through a proxy of the environment: a server on this machine or one
        that the user named is meant directly. TLS is verified, with SSL_CERT_FILE heeded, for all.
        """
        import httpx2
        import openai

        hosted = self.spec.provider == "openai"
        make: Any = openai.DefaultAsyncHttpxClient if asynchronous else openai.DefaultHttpxClient
        return make(
            follow_redirects=False,
            trust_env=hosted,
            verify=httpx2.create_ssl_context(),  # by itself, trust_env=False would ignore SSL_CERT_FILE too
            # how many requests are under way is for the caller to bound; what is open is used again
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=_KEPT_OPEN),
            event_hooks=wire.hooks(None if hosted else authorization, self._hear, asynchronous=asynchronous, most=most),
        )

    def _hear(self, status: int, headers: Mapping[str, str]) -> None:
        if self.heard is not None:
            self.heard(status, headers)

    def _openai_target(self) -> tuple[str, str, str]:
        """(base URL, key, model name in the request)."""
        if self.spec.provider == "local":
            server = local.serve(self.spec.file)
            return server.base_url, server.api_key, server.model_name
        if self.spec.base_url:
            return self.spec.base_url, _key("SUMMARIZER_API_KEY"), self.spec.model
        key = _key(KEYS.get(self.spec.provider, ""))
        return OWN_HOSTS[self.spec.provider], key, self.spec.model

    @property
    def redaction(self) -> Redaction:
        """Takes out of a text the keys that were sent."""
        return self._redaction

    def _fault(self, error: BaseException) -> Fault:
        """The fault behind an SDK's error. A server that knows no JSON-schema answers is asked again, with a tool."""
        text = str(error).casefold()
        if (
            not self.tools
            and translation.status_of(error) in (400, 422)
            and ("response_format" in text or "json_schema" in text)
        ):
            self.tools = True
            return Transport(f"{self.endpoint} knows no JSON-schema answers; using tool calls", retry_after=0.0)
        return translation.fault(error, self.endpoint, self.spec.model)

    def close(self) -> None:
        """Close the synchronous client; a further request connects again."""
        client = self._clients.pop(False, None)
        if client is not None and callable(close := getattr(client.client, "close", None)):
            close()

    async def aclose(self) -> None:
        """Close the asynchronous client; a further request connects again."""
        client = self._clients.pop(True, None)
        if client is not None and callable(close := getattr(client.client, "close", None)):
            await close()


def _written(client: Any, draft: type[Draft], said: dict[str, Any], *, tools: bool) -> dict[str, Any]:
    """A request as instructor writes it for a client's provider, with a tool or a JSON schema as the form."""
    import instructor
    from instructor.processing.response import handle_response_model

    mode = client.mode
    if client.provider is instructor.Provider.OPENAI:
        mode = instructor.Mode.TOOLS if tools else instructor.Mode.JSON_SCHEMA
    _, body = handle_response_model(_form(draft), mode, client.provider, **client.handle_kwargs(said))
    return {name: _json(value) for name, value in body.items()}


@lru_cache(maxsize=64)
def _form(draft: type[Draft]) -> type[Any]:
    """A draft in instructor's eyes: its name, its docstring and its JSON schema.

    Of the draft itself instructor would make a new class and walk through it for each request, which takes as long as
    sending it.
    """
    from pydantic import create_model

    form: type[Any] = create_model(draft.__name__, __base__=_form_base(), __doc__=draft.__doc__)
    form.asked = draft.model_json_schema()
    return form


@cache
def _form_base() -> type[Any]:
    import instructor

    class Form(instructor.ResponseSchema):
        """What instructor takes as it is."""

        asked: ClassVar[dict[str, Any]] = {}

        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
            """The draft's; a copy, as some forms add to it."""
            return dict(cls.asked)

    return Form


def _sender(client: Any) -> Callable[..., Any]:
    """The provider's own function behind instructor's, which would only look at the request and the answer again."""
    create = getattr(client.create_fn, "__wrapped__", None)
    if create is None:
        return partial(client.create_fn, response_model=None)
    if type(client.client).__module__.split(".")[0] == "openai":
        return partial(_as_it_is, create)
    return cast("Callable[..., Any]", create)


def _as_it_is(create: Callable[..., Any], *, model: str, timeout: float, **rest: Any) -> Any:
    """Send a body without openai's walk through each part of it, a third of the time that a request takes."""
    return create(model=model, messages=[], timeout=timeout, extra_body=rest)


def _json(value: Any) -> Any:
    """A part of a body as JSON data; some providers' forms are made of objects."""
    if isinstance(value, list):
        return [_json(inner) for inner in value]
    return value.model_dump(mode="json", exclude_none=True) if hasattr(value, "model_dump") else value


def _key(variable: str) -> str:
    return wire.usable_key(variable, os.environ.get(variable, "")) or "unset"


def _split_credentials(url: str) -> tuple[str, str | None, tuple[str, ...]]:
    """The address without `user:password@`, which SDKs would log, the header that says the same, and its parts."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    basic = base64.b64encode(unquote(user).encode()).decode()
    plain = parts._replace(netloc=host).geturl()
    if not at:
        return plain, None, ()
    return plain, f"Basic {basic}", (basic, unquote(user), unquote(user).partition(":")[2])
