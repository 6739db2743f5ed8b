"""Which models can be used here (`summarizer doctor`, which also tries one), and with which a server may start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from summarizer.article import Article
from summarizer.asking import Budget, Limits, ask, check_price
from summarizer.brief import Usage
from summarizer.errors import StaleRecording, SummarizerError, UsageError
from summarizer.faults import Fault
from summarizer.model import LiveModel
from summarizer.pipeline import prepare, steps
from summarizer.providers import KEYS, ModelName, parse_name, unusable
from summarizer.replaying import recorded_runs

_PROBE = (
    "The border between Ardenia and Solva was quiet on Tuesday. "
    "Prime Minister Ida Kolm said Ardenia would return to the talks only if the blockade of Lenn was lifted. "
    '"We have lost forty tanks since June," General Tomas Rehn told reporters.'
)
"""An invented article: three sentences, two of them statements."""


def survey() -> Iterator[str]:
    """One line for each way to a model: whether it can be used here, and if not what is missing."""
    for spec in (
        ModelName("local", ""),
        ModelName("ollama", "any"),
        *(ModelName(provider, "any") for provider in sorted(KEYS)),
    ):
        reason = unusable(spec)
        note = " (if its server is running)" if spec.provider == "ollama" else ""
        yield f"{'no ' if reason else 'yes'}  {spec.provider:12} {reason or f'can be used{note}'}"
    yield "yes  --base-url   any OpenAI-compatible server; its key, if it wants one, is SUMMARIZER_API_KEY"


def answering(name: str | None, base_url: str | None, replay: Path | None, limits: Limits) -> LiveModel | None:
    """The model that a server is to read its articles with; None where recordings answer.

    Raises `UsageError` for what no article could be read with: better told at the start than with every article.
    """
    if replay is not None:
        try:
            if recorded_runs(replay):
                return None
        except StaleRecording as error:
            raise UsageError(str(error)) from error
        raise UsageError(f"no recordings in {replay}: --replay takes a folder of cassettes, or one")
    live = LiveModel(parse_name(name, base_url))
    check_price(live, limits)
    return live


def at_a_time(live: LiveModel | None) -> int:
    """How many articles a server reads at a time, unless told otherwise: the embedded model reads one."""
    return 1 if live is not None and live.steady else 4


def probe(name: str | None, base_url: str | None, timeout: float, say: Callable[[str], None]) -> int:
    """Ask a model about an invented article of three sentences and say how it did. Returns the exit code."""
    try:
        model = LiveModel(parse_name(name, base_url))
    except SummarizerError as error:
        say(f"probe: {error}")
        return error.exit_code
    say(f"probe: {model.name} at {model.endpoint}, three invented sentences")
    budget = Budget(Limits(timeout=timeout), 1, lambda usage: None)
    call = next(steps(prepare(Article(_PROBE, language="en"), "windows", model.name), "windows"))
    try:
        ask(model, call, budget)  # a warm-up: loading weights and connecting are not the model's speed
        spent, started = budget.usage, time.monotonic()
        draft = ask(model, call, budget).draft
    except (Fault, SummarizerError) as error:
        say(f"  failed: {error}")
        return error.error.exit_code if isinstance(error, Fault) else error.exit_code
    finally:
        model.close()
    seconds = time.monotonic() - started
    found = sum(entry.kind != "none" and bool(entry.says.strip()) for entry in draft.entries)
    plausible = "plausible" if 1 <= found <= 3 else "not plausible: expect poor briefs"
    say("  fills the JSON schema: yes")
    say(f"  statements found: {found} of 2 ({plausible})")
    say(f"  speed: {_speed(budget.usage, spent, seconds)}")
    return 0


def _speed(usage: Usage, before: Usage, seconds: float) -> str:
    written = usage.output_tokens - before.output_tokens
    rate = f", {written / seconds:.0f} tokens a second" if written and seconds > 0 else ""
    return f"{seconds:.1f} s for {written} tokens{rate}"
