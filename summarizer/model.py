"""From a model's name to one request: the only module that knows instructor and openai.

instructor writes the request in the form that the provider and its mode want (a JSON schema, or a
tool); its own retries and the SDK's are off, and the raw answer is judged by `asking.judge`, which a
recording goes through as well. Both libraries cost over a second to import, so they are imported
when the first request is sent.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from summarizer import local, weights
from summarizer.asking import Call
from summarizer.brief import Usage
from summarizer.errors import UsageError
from summarizer.exchange import Answer, read_answer
from summarizer.faults import Fault, Rejected, Transport
from summarizer.prompting import Message, PlanName

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

_DETERMINISTIC = {"temperature": 0, "seed": 7}


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
        if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
            raise UsageError(f"--base-url {base_url!r} is not an http(s) address such as http://localhost:8000/v1")
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
        return f"provider {name.provider!r} needs a package: pip install 'instructor[{name.provider}]'"
    redirect = REDIRECTS.get(name.provider)
    if redirect and os.environ.get(redirect):
        return f"{redirect} would send the text and the key to another host: unset it, or use --base-url"
    key = KEYS.get(name.provider)
    if key and not os.environ.get(key):
        return f"provider {name.provider!r} needs a key: set {key}"
    return None


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
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_read_tokens=usage.cached_tokens or None,
        )
        try:
            return float(calc_price(tokens, self.spec.model, provider_id=self.spec.provider).total_price)
        except LookupError:
            return None

    def send(self, call: Call, messages: tuple[Message, ...], timeout: float) -> Answer:
        """Send one request and return what came back. Raises a `Fault` when nothing did."""
        raw: list[Any] = []
        try:
            self._client(asynchronous=False).create(**self._request(call, messages, timeout, raw))
        except Exception as error:
            if not raw:
                raise self._fault(error) from error
        return read_answer(_plain(raw[-1]))

    async def asend(self, call: Call, messages: tuple[Message, ...], timeout: float) -> Answer:
        """`send`, awaited."""
        raw: list[Any] = []
        try:
            client = await asyncio.to_thread(
                self._client, asynchronous=True
            )  # loading the embedded model takes seconds
            await client.create(**self._request(call, messages, timeout, raw))
        except Exception as error:
            if not raw:
                raise self._fault(error) from error
        return read_answer(_plain(raw[-1]))

    def _request(self, call: Call, messages: tuple[Message, ...], timeout: float, raw: list[Any]) -> dict[str, Any]:
        from instructor.core.hooks import Hooks

        hooks = Hooks()
        hooks.on("completion:response", raw.append)
        limit = "max_completion_tokens" if self.spec.provider == "openai" else "max_tokens"
        hosted = self.spec.provider in KEYS
        return {
            "response_model": call.draft,
            "messages": [dict(message) for message in messages],
            "max_retries": 0,
            "hooks": hooks,
            "timeout": timeout,
            limit: max(call.max_tokens, 16_000) if hosted else call.max_tokens,  # hosted models may think first
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
        mode = instructor.Mode.TOOLS if self._tools else instructor.Mode.JSON_SCHEMA
        spec = self.spec
        connect: Callable[..., Any] = instructor.from_provider
        if spec.provider in ("local", "server", "ollama", "openai"):
            url, key, model = self._openai_target()
            log.debug("model %s at %s", model, url)
            target = {"base_url": url, "api_key": key, "max_retries": 0}
            return connect(f"openai/{model}", async_client=asynchronous, mode=mode, **target)
        key = os.environ[KEYS[spec.provider]]
        client = connect(f"{spec.provider}/{spec.model}", async_client=asynchronous, api_key=key)
        if hasattr(client.client, "max_retries"):
            client.client.max_retries = 0  # asking.py owns all retries
        return client

    def _openai_target(self) -> tuple[str, str, str]:
        """(base URL, key, model name in the request)."""
        if self.spec.provider == "local":
            server = local.serve(self.spec.file)
            return server.base_url, server.api_key, server.model_name
        if self.spec.base_url:
            return self.spec.base_url, os.environ.get("SUMMARIZER_API_KEY") or "unset", self.spec.model
        key = os.environ.get(KEYS.get(self.spec.provider, "")) or "unset"
        return OWN_HOSTS[self.spec.provider], key, self.spec.model

    def _fault(self, error: BaseException) -> Fault:
        """The fault behind an SDK's error. A server that knows no JSON-schema answers is asked again, with a tool."""
        text = str(error).casefold()
        if not self._tools and _status(error) in (400, 422) and ("response_format" in text or "json_schema" in text):
            self._tools = True
            return Transport(f"{self.endpoint} knows no JSON-schema answers; using tool calls", retry_after=0.0)
        return _fault(error, self.endpoint, self.spec.model)

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


def _plain(raw: Any) -> Any:
    dump: Callable[..., Any] | None = getattr(raw, "model_dump", None)
    return dump(mode="json", warnings=False) if dump else raw


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _status(error: BaseException) -> int | None:
    return next((status for e in _chain(error) if isinstance(status := getattr(e, "status_code", None), int)), None)


def _fault(error: BaseException, place: str, model: str) -> Fault:
    """An SDK's error as one of our faults. SDKs generated alike (openai, anthropic, groq) share these names."""
    status = _status(error)
    kinds = {type(e).__name__ for e in _chain(error)}
    if status is not None:
        retry_after = _retry_after(error)
        if status in (408, 409, 429) or status >= 500:
            after = f", asks to wait {retry_after:g} s" if retry_after is not None else ""
            return Transport(f"{place} answered {status}{after}; try again later", retry_after=retry_after)
        advice = {
            401: "the key is missing or wrong",
            403: "the key may not use this model",
            404: f"it does not know the model {model!r}, or the address is wrong",
            413: "the request is too large for it",
        }.get(status, "it rejected the request")
        return Rejected(f"{place} answered {status}: {advice}")
    if any("Timeout" in kind for kind in kinds):
        return Transport(f"{place} did not answer in time")
    if any("Connect" in kind or kind in ("APIConnectionError", "RemoteProtocolError", "ReadError") for kind in kinds):
        return Transport(f"cannot reach {place}: is the server running and the address right?")
    if isinstance(error, Fault):
        return error
    return Rejected(f"{place}: {type(error).__name__}")


def _retry_after(error: BaseException) -> float | None:
    for e in _chain(error):
        headers = getattr(getattr(e, "response", None), "headers", None)
        if headers is not None and (value := headers.get("retry-after")):
            try:
                return float(value)
            except ValueError:
                return None
    return None
