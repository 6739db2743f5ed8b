"""From a model's name to one request: the only module that knows instructor and openai.

instructor writes the request in the form that the provider and its mode want (a JSON schema, or a
tool); its own retries and the SDK's are off, and the raw answer is judged by `asking.judge`, which a
recording goes through as well. Both libraries cost over a second to import, so they are imported
when the first request is sent.
"""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from summarizer import local, translation, weights, wire
from summarizer.asking import Allowance, Call
from summarizer.brief import Usage
from summarizer.errors import SummarizerError, UsageError
from summarizer.exchange import Answer, read_answer
from summarizer.faults import Fault, Transport
from summarizer.prompting import Message, PlanName
from summarizer.wire import Redaction

log = logging.getLogger("summarizer.model")

KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "cerebras": "CEREBRAS_API_KEY",
    "cohere": "CO_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks": "FIREWORKS_API_KEY",
    "google": "GOOGLE_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "perplexity": "PERPLEXITY_API_KEY",
    "together": "TOGETHER_API_KEY",
    "xai": "XAI_API_KEY",
}
"""Hosted providers and the variable that holds each one's key; a key goes to its provider's own host only."""

SDKS = {
    "anthropic": "anthropic",
    "cohere": "cohere",
    "google": "google.genai",
    "groq": "groq",
    "mistral": "mistralai",
    "xai": "xai_sdk",
}
"""Providers that speak through a package of their own; the others through openai's."""

OWN_HOSTS = {"openai": "https://api.openai.com/v1", "ollama": "http://localhost:11434/v1"}
"""Given explicitly, so that no variable of the environment can send a key elsewhere."""

REDIRECTS = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "cohere": "CO_API_URL",
    "google": "GOOGLE_GEMINI_BASE_URL",
    "groq": "GROQ_BASE_URL",
}
"""Variables by which a provider's package would send text and key to another host: refused, never followed."""

_EXTRAS = {"cerebras": "cerebras-cloud-sdk", "fireworks": "fireworks-ai", "google": "google-genai"}
"""instructor's extras that are not named like the provider."""

_DETERMINISTIC = {"temperature": 0, "seed": 7}

_THOUGHT = 16_000
"""Most tokens of a hosted model's answer: it may think before it writes."""

_LONGEST = 864_000.0
"""Seconds; sockets take no timeouts of centuries."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """A parsed model name."""

    provider: str
    """`local`, `server` (an OpenAI-compatible server named by a base URL) or a provider of instructor."""
    model: str
    """The name in the request; for `local` the path of a model file, or empty for the default."""
    base_url: str | None = None

    @property
    def file(self) -> Path | None:
        """The model file that a `local` name asks for, None for the default."""
        return Path(self.model) if self.model else None


def parse_name(name: str | None, base_url: str | None = None) -> ModelName:
    """Read `provider/name`, `local`, `local//path.gguf`, or any name where `base_url` says whose it is.

    Without a name: `SUMMARIZER_MODEL`, else `local` when it can be used. Raises `UsageError` when
    nothing can be used or the name is of no known form.
    """
    name = name or os.environ.get("SUMMARIZER_MODEL") or None
    if base_url:
        _check_address(base_url)
        if not name:
            raise UsageError("--base-url needs --model NAME, the name the server knows its model by")
        provider, _, rest = name.partition("/")
        return ModelName("server", rest if rest and provider in (*KEYS, "ollama") else name, base_url.rstrip("/"))
    if name is None:
        if (reason := local.available()) is not None:
            raise UsageError(f"no model: {reason}; or name one with --model provider/name or SUMMARIZER_MODEL")
        return ModelName("local", "")
    provider, slash, rest = name.partition("/")
    if provider == "local":
        default = rest in ("", Path(weights.MODEL.name).stem)
        return ModelName("local", "" if default else rest)
    if not slash or not provider or not rest:
        raise UsageError(
            f"model {name!r} is not of the form provider/name, such as openai/gpt-5-mini, ollama/qwen3 or local"
        )
    if provider not in (*KEYS, "ollama"):
        raise UsageError(
            f"unknown provider {provider!r}: use one of {', '.join(sorted((*KEYS, 'ollama', 'local')))}, "
            "or --base-url for another server"
        )
    return ModelName(provider, rest)


def unusable(name: ModelName) -> str | None:
    """Why a model cannot be used here, in one line with what to do, or None. Sends nothing."""
    if name.provider == "local":
        return local.available(name.file)
    package = SDKS.get(name.provider)
    if package and not _installed(package):
        return f"provider {name.provider!r} needs a package: {_install(name.provider)}"
    redirect = REDIRECTS.get(name.provider)
    if redirect and os.environ.get(redirect):
        return f"{redirect} would send the text and the key to another host: unset it, or use --base-url"
    key = KEYS.get(name.provider)
    if key and not os.environ.get(key):
        return f"provider {name.provider!r} needs a key: set {key}"
    return None


def _install(provider: str) -> str:
    return f"pip install 'instructor[{_EXTRAS.get(provider, provider)}]'"


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


@dataclass
class LiveModel:
    """A model that requests are really sent to. Clients are made at the first request."""

    spec: ModelName
    replayed: bool = False
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
        if self.spec.provider == "local":
            return f"local/{(self.spec.file or Path(weights.MODEL.name)).stem}"
        return f"{self.spec.provider}/{self.spec.model}" if self.spec.provider != "server" else self.spec.model

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

        try:
            wire.within(allowance.seconds, work, self._abandon)
        except SummarizerError:  # ours, such as a model file that cannot be loaded: already in words for the user
            raise
        except Exception as error:  # noqa: BLE001 - what an SDK says may hold what the server echoed
            if not raw:
                raise self._fault(error) from None
        return read_answer(self._redaction.data(raw[-1]))

    async def asend(self, call: Call, messages: tuple[Message, ...], allowance: Allowance) -> Answer:
        """`send`, awaited."""
        raw: list[Any] = []
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
        hosted = self.spec.provider in KEYS
        return {
            "response_model": call.draft,
            "messages": [dict(message) for message in messages],
            "max_retries": 0,
            "hooks": hooks,
            "timeout": min(allowance.seconds, _LONGEST),
            limit: min(max(call.max_tokens, _THOUGHT) if hosted else call.max_tokens, allowance.tokens or sys.maxsize),
            **({} if hosted else _DETERMINISTIC),
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
                f"provider {spec.provider!r} cannot be set up; its package may be missing: {_install(spec.provider)}"
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

    def redact(self, text: str) -> str:
        """`text` without the keys that were sent."""
        return self._redaction.text(text)

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


def _check_address(url: str) -> None:
    """Raise `UsageError` unless `url` is an http(s) address that everybody reads alike."""
    shown = re.sub(r"^.*@", "...", re.split("[?#]", url)[0])  # what stands before or behind may be a password
    problem = UsageError(f"--base-url {shown!r} is not an http(s) address such as http://localhost:8000/v1")
    if not url.isprintable() or any(c in " \\" for c in url):
        raise problem
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        valid = valid and not (parts.query or parts.fragment)  # the request's path is put behind
    except ValueError:
        raise problem from None
    if not valid:
        raise problem


def _split_credentials(url: str) -> tuple[str, str | None, tuple[str, ...]]:
    """The address without `user:password@`, which SDKs would log, the header that says the same, and its parts."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    basic = base64.b64encode(unquote(user).encode()).decode()
    plain = parts._replace(netloc=host).geturl()
    if not at:
        return plain, None, ()
    return plain, f"Basic {basic}", (basic, unquote(user), unquote(user).partition(":")[2])
