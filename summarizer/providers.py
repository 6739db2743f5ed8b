"""Providers and the names of models: which there are, what each needs here, and what a name means. Sends nothing."""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from summarizer import local, weights
from summarizer.errors import UsageError

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

PROVIDERS = (*KEYS, "ollama")
"""What may stand before the slash of a model's name, beside `local`."""

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

    @property
    def shown(self) -> str:
        """As briefs and recordings name it: without any machine path."""
        if self.provider == "local":
            return f"local/{(self.file or Path(weights.MODEL.name)).stem}"
        return f"{self.provider}/{self.model}" if self.provider != "server" else without_path(self.model)

    @property
    def recorded(self) -> str:
        """As recordings name the provider."""
        return "embedded" if self.provider == "local" and self.file is None else self.provider


EMBEDDED = ModelName("local", "").shown
"""The embedded model."""


def without_path(model: str) -> str:
    """The name a server knows a model by; of a path, which some servers take for a name, its last part."""
    return re.split(r"[/\\]", model.rstrip("/\\"))[-1] if re.match(r"[/~\\.]|[A-Za-z]:[/\\]", model) else model


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
        return ModelName("server", rest if rest and provider in PROVIDERS else name, base_url.rstrip("/"))
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
    if provider not in PROVIDERS:
        raise UsageError(
            f"unknown provider {provider!r}: use one of {', '.join(sorted((*PROVIDERS, 'local')))}, "
            "or --base-url for another server"
        )
    return ModelName(provider, rest)


def unusable(name: ModelName) -> str | None:
    """Why a model cannot be used here, in one line with what to do, or None. Sends nothing."""
    if name.provider == "local":
        return local.available(name.file)
    package = SDKS.get(name.provider)
    if package and not _installed(package):
        return f"provider {name.provider!r} needs a package: {install(name.provider)}"
    redirect = REDIRECTS.get(name.provider)
    if redirect and os.environ.get(redirect):
        return f"{redirect} would send the text and the key to another host: unset it, or use --base-url"
    key = KEYS.get(name.provider)
    if key and not os.environ.get(key):
        return f"provider {name.provider!r} needs a key: set {key}"
    return None


def install(provider: str) -> str:
    """The command that installs what a provider needs."""
    return f"pip install 'instructor[{_EXTRAS.get(provider, provider)}]'"


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


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
