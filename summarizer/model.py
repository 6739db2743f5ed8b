"""From a model's name to one request: the only module that knows instructor and openai.

instructor writes the request in the form that the provider and its mode want (a JSON schema, or a
tool); its own retries and the SDK's are off, and the raw answer is judged by `asking.judge`, which a
recording goes through as well. Both libraries cost over a second to import, so they are imported
when the first request is sent.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from summarizer import local, translation, wire
from summarizer.asking import Allowance, Call
from summarizer.brief import Usage
from summarizer.errors import SummarizerError, UsageError
from summarizer.exchange import Answer, parameters, read_answer
from summarizer.faults import Fault, Transport
from summarizer.prompting import Message, PlanName
from summarizer.providers import KEYS, OWN_HOSTS, ModelName, install, unusable
from summarizer.wire import Redaction

log = logging.getLogger("summarizer.model")

_LONGEST = 864_000.0
"""Seconds; sockets take no timeouts of centuries."""


@dataclass
class LiveModel:
    """A model that requests are really sent to. Clients are made at the first request."""

    spec: ModelName
    replayed: bool = False
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    """Entered around each request, by what records it."""
    waited: ClassVar[float] = 0.0
    _clients: dict[str, Any] = field(default_factory=dict)
    _tools: bool = False
    _redaction: Redaction = field(default_factory=lambda: Redaction(""))

    def __post_init__(self) -> None:
        if reason := unusable(self.spec):
            raise UsageError(reason)
        self._tools = self.spec.provider not in ("local", "server", "ollama")

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

    def price(self, usage: Usage) -> float | None:
        """US dollars for `usage`, from genai-prices' bundled snapshot; None when unknown."""
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
            return float(calc_price(tokens, self.spec.model, provider_id=self.spec.provider).total_price)
        except Exception:
            # a LookupError for an unknown model, but also a ValueError for counts it finds implausible
            log.debug("no price for %s", self.name, exc_info=True)
            return None

    def send(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """Send one request and return what came back. Raises a `Fault` when nothing did."""
        raw: list[Any] = []

        def work() -> None:
            self._client(asynchronous=False).create(**self._request(call, messages, allowance, raw))

        with self.around():
            try:
                wire.within(allowance.seconds, work, self._abandon)
            except SummarizerError:  # such as a model file that cannot be loaded: already in words for the user
                raise
            except Exception as error:  # noqa: BLE001 - what an SDK says may hold what the server echoed
                if not raw:
                    raise self._fault(error) from None
            return read_answer(self._redaction.data(raw[-1]))

    async def asend(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """`send`, awaited."""
        raw: list[Any] = []
        with self.around():
            try:
                async with asyncio.timeout(allowance.seconds):
                    # loading the embedded model takes seconds
                    client = await asyncio.to_thread(self._client, asynchronous=True)
                    await client.create(**self._request(call, messages, allowance, raw))
            except SummarizerError:
                raise
            except Exception as error:  # noqa: BLE001
                if not raw:
                    raise self._fault(error) from None
            return read_answer(self._redaction.data(raw[-1]))

    def _abandon(self) -> None:
        """Close what a request that did not end in time waits for."""
        for mode in [mode for mode in self._clients if mode.startswith("sync")]:
            with suppress(Exception):
                self._clients.pop(mode).client.close()

    def _request(
        self, call: Call, messages: tuple[Message, ...], allowance: Allowance, raw: list[Any]
    ) -> dict[str, Any]:
        from instructor.core.hooks import Hooks

        hooks = Hooks()
        # at once: instructor adds up the usage of an answer in the answer itself
        hooks.on("completion:response", lambda answer: raw.append(translation.plain(answer)))
        limit = "max_completion_tokens" if self.spec.provider == "openai" else "max_tokens"
        sent = parameters(call.max_tokens, hosted=self.spec.provider in KEYS, limit=limit)
        return {
            "response_model": call.draft,
            "messages": [dict(message) for message in messages],
            "max_retries": 0,
            "hooks": hooks,
            "timeout": min(allowance.seconds, _LONGEST),
            **sent,
            limit: min(sent[limit], allowance.tokens or sys.maxsize),
        }

    def _client(self, *, asynchronous: bool) -> Any:
        mode = f"{'async' if asynchronous else 'sync'} {'tools' if self._tools else 'schema'}"
        if mode not in self._clients:
            self._clients[mode] = self._connect(asynchronous)
        return self._clients[mode]

    def _connect(self, asynchronous: bool) -> Any:
        import instructor

        # instructor logs server errors, which may echo a key
        logging.getLogger("instructor").setLevel(logging.CRITICAL)
        # instructor writes an invalid answer out again, on which pydantic complains to stderr; we judge it ourselves
        warnings.filterwarnings("ignore", message="Pydantic serializer warnings", category=UserWarning)
        mode = instructor.Mode.TOOLS if self._tools else instructor.Mode.JSON_SCHEMA
        spec = self.spec
        connect: Callable[..., Any] = instructor.from_provider
        if spec.provider in ("local", "server", "ollama", "openai"):
            url, key, model = self._openai_target()
            log.debug("model %s at %s", model, self.endpoint)
            url, basic, more = _split_credentials(url)
            self._redaction = Redaction(key if basic is None else "", *more)
            self._redaction.guard_logs()
            http = self._http_client(basic or f"Bearer {key}", asynchronous)
            target = {"base_url": url, "api_key": key, "max_retries": 0, "http_client": http}
            return connect(f"openai/{model}", async_client=asynchronous, mode=mode, **target)
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
        wire.harden(client.client, None if own else f"Bearer {key}", asynchronous=asynchronous)
        self._redaction.guard_logs()
        return client

    def _http_client(self, authorization: str, asynchronous: bool) -> Any:
        """A client that sends the text to the address it is given and nowhere else: it follows no redirect.

        Only OpenAI itself is reached through a proxy of the environment: a server on this machine or one
        that the user named is meant directly. TLS is verified, with SSL_CERT_FILE heeded, for all.
        """
        import httpx2
        import openai

        make: Any = openai.DefaultAsyncHttpxClient if asynchronous else openai.DefaultHttpxClient
        if self.spec.provider == "openai":
            return make(follow_redirects=False, event_hooks=wire.hooks(None, asynchronous=asynchronous))
        return make(
            follow_redirects=False,
            trust_env=False,
            verify=httpx2.create_ssl_context(),  # by itself, trust_env=False would ignore SSL_CERT_FILE too
            event_hooks=wire.hooks(authorization, asynchronous=asynchronous),
        )

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
            not self._tools
            and translation.status_of(error) in (400, 422)
            and ("response_format" in text or "json_schema" in text)
        ):
            self._tools = True
            return Transport(f"{self.endpoint} knows no JSON-schema answers; using tool calls", retry_after=0.0)
        return translation.fault(error, self.endpoint, self.spec.model)

    def close(self) -> None:
        """Close the synchronous clients."""
        for mode, client in self._clients.items():
            if mode.startswith("sync") and callable(close := getattr(client.client, "close", None)):
                close()

    async def aclose(self) -> None:
        """Close the asynchronous clients."""
        for mode, client in self._clients.items():
            if mode.startswith("async") and callable(close := getattr(client.client, "close", None)):
                await close()


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
