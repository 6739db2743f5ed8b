"""Debian's Chromium, driven by Playwright, for the review page: what it asks the network for is kept and refused."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from summarizer import Article, Brief, summarize

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
KHERSON = "seeds/000_31555e438435f307.txt"
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The browser: `SUMMARIZER_CHROMIUM`, else the one that is installed."""
    named = os.environ.get("SUMMARIZER_CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


def needed() -> str:
    """The browser, or the test is skipped with the reason; in CI (variable `CI`) it fails: there it must run."""
    reason = "no Chromium: install Debian's package chromium, or set SUMMARIZER_CHROMIUM"
    found = chromium()
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        found, reason = None, "Playwright is not installed: pip install playwright"
    if found is None and os.environ.get("CI"):
        pytest.fail(f"the browser tests must run in CI: {reason}")
    if found is None:
        pytest.skip(reason)
    return found


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """A browser that ends with the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A page and what it did that it should not."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """Addresses elsewhere that it asked for."""
    dialogs: list[str] = field(default_factory=list)
    stops: int = 0
    """How often it asked whether to leave what was not saved."""
    errors: list[str] = field(default_factory=list)
    """Errors no script of the page caught, and refusals of its content security policy."""

    def quiet(self) -> None:
        """Nothing was asked for, said or thrown."""
        assert (self.requests, self.dialogs, self.errors) == ([], [], [])

    def told(self, words: str) -> None:
        """Waits until the page tells this in its bar."""
        from playwright.sync_api import expect

        expect(self.page.locator("#found")).to_contain_text(words)

    def lit(self) -> str:
        """The text that is lit in the article, piece after piece."""
        return str(
            self.page.evaluate("[...document.querySelectorAll('.text .lit')].map((e) => e.textContent).join('')")
        )

    def chosen(self) -> list[str]:
        """The ids of what is marked in the brief: lines that are chosen, or rest on the chosen sentence."""
        found: list[str] = self.page.evaluate(
            "[...document.querySelectorAll('.brief .chosen, .brief .rests')].map((e) => e.id)"
        )
        return found


@contextmanager
def opened(
    browser: Browser, file: Path | None, *, width: int = 1280, height: int = 900, **context: Any
) -> Iterator[Opened]:
    """A page of its own, with no address but its file; `context` are Playwright's options of a context."""
    made = browser.new_context(viewport={"width": width, "height": height}, **context)
    seen = Opened(made.new_page())

    def asked(route: Any) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in ("file", "blob", "data") or address.hostname in ("127.0.0.1", "::1"):
            route.continue_()
        else:
            seen.requests.append(route.request.url)
            route.abort()

    def spoken(dialog: Any) -> None:
        if dialog.type == "beforeunload":
            seen.stops += 1
        else:
            seen.dialogs.append(dialog.message)
        with suppress(Exception):  # the page may be gone
            dialog.accept()

    made.set_default_timeout(10_000)
    made.route("**/*", asked)
    seen.page.on("dialog", spoken)
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
    try:
        if file is not None:
            seen.page.goto(file.as_uri())
        yield seen
    finally:
        made.close()


def in_view(seen: Opened, selector: str, pane: str) -> bool:
    """Whether the first such element lies within its pane, below the pane's head."""
    return bool(
        seen.page.evaluate(
            """([selector, pane]) => {
              const box = document.querySelector(pane).getBoundingClientRect();
              const head = document.querySelector(`${pane} .bar`).getBoundingClientRect();
              const place = document.querySelector(selector).getBoundingClientRect();
              const top = Math.max(box.top, 0) + head.height - 1, bottom = Math.min(box.bottom, innerHeight) + 1;
              return place.top >= top && (place.bottom <= bottom || place.height > bottom - top);
            }""",
            [selector, pane],
        )
    )


@cache
def recorded(name: str) -> Brief:
    """The brief of a seed, out of its recording."""
    return summarize(Article.from_file(ROOT / name), replay=ROOT / "cassettes")


Open = Callable[..., Opened]
"""What the fixture `show` is."""
