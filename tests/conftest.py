"""Shared fixtures. Every test runs without keys and without any model of the machine's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from summarizer import Brief
    from tests.browser import Open, Opened

# The same examples on every run, and no clock: a busy machine is no counterexample.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent


def every(step: int, names: Iterable[Any]) -> list[Any]:
    """Parameters of which one in `step` is for the quick tests, the others for `make test-all`."""
    return [pytest.param(name, marks=[pytest.mark.more] if at % step else []) for at, name in enumerate(names)]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """No key, no default model, and (but for slow tests, which use the real one) an empty cache."""
    for name in [name for name in os.environ if name.endswith("_API_KEY") or name == "SUMMARIZER_MODEL"]:
        monkeypatch.delenv(name)
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setenv("SUMMARIZER_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def edit_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str, str], None]]:
    """`edit_prompt(file, old, new)`: words of a prompt are others until the test ends."""
    from summarizer import prompting

    cached = (prompting._environment, prompting._static, prompting.prompt_hash)

    def edit(name: str, old: str, new: str) -> None:
        edited = tmp_path / "edited-prompts"
        shutil.copytree(ROOT / "prompts", edited)
        text = (edited / name).read_text(encoding="utf-8")
        assert old in text
        (edited / name).write_text(text.replace(old, new), encoding="utf-8")
        monkeypatch.setattr(prompting, "data_folder", lambda folder: edited)
        for function in cached:
            function.cache_clear()

    yield edit
    for function in cached:
        function.cache_clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module; without one they are skipped, in CI they fail.

    Not for the session: Playwright keeps an event loop in this thread, where tests of other modules run their own.
    """
    from tests.browser import launched, needed

    with launched(needed()) as found:
        yield found


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """`show(brief)`: its review page, opened from a file; nothing may have gone wrong on it when the test ends."""
    from summarizer.render.html import page
    from tests.browser import opened

    contexts = []

    def open_page(given: Brief, name: str = "review.html", **options: Any) -> Opened:
        file = tmp_path / name
        file.write_text(page(given), encoding="utf-8")
        contexts.append(opened(browser, file, **options))
        return contexts[-1].__enter__()

    seen: list[Opened] = []
    yield lambda *given, **options: seen.append(open_page(*given, **options)) or seen[-1]
    for context in contexts:
        context.__exit__(None, None, None)
    for one in seen:
        one.quiet()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say whether the tests in a real browser ran; where they must, in CI, a skip would be a failure."""
    counts = {
        outcome: sum(
            getattr(report, "nodeid", "").startswith("tests/test_browser")
            for report in terminalreporter.stats.get(outcome, [])
        )
        for outcome in ("passed", "failed", "error", "skipped")
    }
    if any(counts.values()):
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
        terminalreporter.write_line(f"tests in Chromium: {told}")
