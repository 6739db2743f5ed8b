"""The page of a real `summarizer serve` in a real browser: paste, progress, brief, sign-off, and what goes wrong."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from summarizer import Article, Brief
from summarizer.cli import main
from tests import browser as chromium
from tests.conftest import ROOT
from tests.stub_server import entries, error, nothing, stub_server
from tests.test_api import TEXT, tagged
from tests.test_service_commands import Process, process

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

KHERSON = Article.from_file(ROOT / "seeds/000_31555e438435f307.txt").text
REPLAY = ("--replay", "cassettes")
Open = Callable[..., "Page"]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """`visit(server)`: the page of a service. It asked nobody else, said nothing and threw nothing in the end."""
    contexts: list[Any] = []
    seen: list[chromium.Opened] = []

    def open_page(server: Process, path: str = "/") -> Page:
        contexts.append(chromium.opened(browser, None))
        seen.append(contexts[-1].__enter__())
        seen[-1].page.goto(server.url + path)
        return seen[-1].page

    yield open_page
    for context in contexts:
        context.__exit__(None, None, None)
    for one in seen:
        # that a request was refused or broke off is told on the page; the browser tells it to the console as well
        one.errors = [told for told in one.errors if not told.startswith("Failed to load resource")]
        one.quiet()


@contextmanager
def stubbed(data: Path, *script: Any, delay: float = 0.0, options: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """A service on a stub of a model."""
    with (
        stub_server(*script, delay=delay) as stub,
        process(data, "--model", "m", "--base-url", stub.url, "--wait", "0.1", *options) as server,
    ):
        yield server, stub


def paste(page: Page, text: str = TEXT, **fields: str) -> None:
    """Fill the form and send it."""
    page.fill("[name=text]", text)
    for name, value in fields.items():
        page.fill(f"#paste [name={name}]", value)
    page.click("#paste [type=submit]")


def expect(page: Page, selector: str) -> Any:
    """Playwright's expectation, which waits."""
    from playwright.sync_api import expect as expected

    return expected(page.locator(selector))


def shown(page: Page) -> None:
    """Waits for a brief."""
    page.wait_for_selector("main[data-brief]")
    expect(page, "#paste [type=submit]").to_be_enabled()
    expect(page, "#problem").to_be_hidden()


def named(page: Page) -> str:
    """The id in the address of the page."""
    found = re.fullmatch(r"#brief=(\w{32})", page.evaluate("location.hash"))
    assert found
    return found[1]


def test_an_article_is_pasted_reviewed_signed_off_and_its_record_applied(tmp_path: Path, visit: Open) -> None:
    """From the text to the reviewed brief, with nothing but the page and `summarizer review --apply`."""
    with process(tmp_path / "jobs", *REPLAY) as server:
        page = visit(server)
        paste(page, KHERSON, date="2024-11-30", publisher="BBC")
        shown(page)
        job = named(page)
        status, data = server.ask(f"/v1/briefs/{job}")
        assert status == 200
        assert (data["article"]["date"], data["article"]["publisher"]) == ("2024-11-30", "BBC")
        assert page.title() != "summarizer"
        page.locator(".brief .line .say").first.click()
        assert page.locator(".article .lit").count() > 0
        for n in range(page.locator(".brief .line").count()):
            line = page.locator(".brief .line").nth(n)
            if line.get_attribute("data-follows"):
                continue
            line.locator(".say").click()
            line.locator(".decide button", has_text="Reject" if n == 1 else "Accept").click()
        page.fill("#reviewer", "Ana Ruud")
        page.click("#sign")
        with page.expect_download() as download:
            page.click("#save")
        record = tmp_path / "record.json"
        download.value.save_as(record)
    (tmp_path / "brief.json").write_text(json.dumps(data), encoding="utf-8")
    out = tmp_path / "reviewed.json"
    assert main(["review", str(tmp_path / "brief.json"), "--apply", str(record), "-o", str(out)]) == 0
    reviewed = Brief.load(out.read_text(encoding="utf-8"))
    assert reviewed.review
    assert reviewed.review.signed_off
    assert reviewed.review.reviewer == "Ana Ruud"


def test_progress_is_seen_and_the_brief_is_there_again_after_a_reload(tmp_path: Path, visit: Open) -> None:
    """Also when the page is loaded again while the article is read; Back leads to the empty page."""
    with stubbed(tmp_path, entries(tagged), delay=0.8) as (server, _):
        page = visit(server)
        paste(page)
        expect(page, "#progress-text").to_contain_text("Reading window 1 of 2")
        expect(page, "#cancel").to_be_visible()
        expect(page, "#paste [type=submit]").to_be_disabled()
        expect(page, "#progress-text").to_contain_text("Reading window 2 of 2")
        assert page.evaluate("document.getElementById('progress').value") == 1
        job = named(page)
        page.reload()
        expect(page, "#progress-text").to_contain_text("Reading")
        shown(page)
        assert named(page) == job
        page.reload()
        shown(page)
        page.go_back()
        expect(page, "main[data-brief]").to_have_count(0)
        page.go_forward()
        shown(page)


def test_cancel_ends_the_job_and_never_another(tmp_path: Path, visit: Open) -> None:
    """At once, and while the answer to the POST is still to come; the brief before stays."""
    with stubbed(tmp_path, entries(tagged), options=("--wait", "1")) as (server, stub):
        page = visit(server)
        paste(page)
        shown(page)
        first = named(page)
        stub.delay = 2.0
        for pause in (0, 1500):
            asked = len(stub.requests)
            paste(page, f"{TEXT} Snow fell {pause} times.")
            page.wait_for_timeout(pause)
            page.click("#cancel")
            expect(page, "#progress-text").to_have_text("Cancelled")
            expect(page, "#paste [type=submit]").to_be_enabled()
            assert len(stub.requests) == asked + 1
            assert page.evaluate("location.hash") in ("", f"#brief={first}")
        assert 'status="cancelled"} 2.0' in metrics(server)
        assert server.ask(f"/v1/briefs/{first}")[0] == 200


def metrics(server: Process) -> str:
    """The figures of a service."""
    import urllib.request

    with urllib.request.urlopen(server.url + "/metrics") as answer:
        return str(answer.read().decode())


def test_a_failed_model_and_nothing_found_do_not_look_alike(tmp_path: Path, visit: Open) -> None:
    """A problem that says what happened, and a brief with empty sections."""
    quiet = "The river froze on Monday. The bridge was closed. Snow fell on the road to the coast."
    with stubbed(tmp_path / "a", error(404)) as (server, _):
        page = visit(server)
        paste(page, quiet)
        expect(page, "#problem").to_contain_text("nothing could be read")
        assert page.locator("main[data-brief]").count() == 0
        assert page.input_value("[name=text]") == quiet
    with stubbed(tmp_path / "b", entries(nothing)) as (server, _):
        page = visit(server)
        paste(page, quiet)
        shown(page)
        assert page.locator("text=Nothing found.").count() == 3


def test_what_cannot_be_taken_is_said(tmp_path: Path, visit: Open) -> None:
    """Blank, too long, too many bytes, a full queue, an unknown brief, a service that is gone; the text stays."""
    with stubbed(tmp_path, entries(tagged), delay=3.0, options=("--concurrency", "1", "--queue", "0")) as (server, _):
        page = visit(server)
        page.click("#paste [type=submit]")
        assert page.evaluate("document.querySelector('[name=text]').matches(':invalid')")
        for text, told in [
            (" \n ", "empty"),
            ("Snow fell. " * 100_000, "1,000,000"),
            ("雪" * 4_000_000, "too large"),
        ]:
            page.evaluate("(text) => { document.querySelector('[name=text]').value = text; }", text)
            page.click("#paste [type=submit]")
            expect(page, "#problem").to_contain_text(told, timeout=20_000)
            assert page.evaluate("document.querySelector('[name=text]').value.length") == len(text)
        assert server.ask("/v1/briefs", {"text": TEXT})[0] == 202
        paste(page)
        expect(page, "#problem").to_contain_text("try again later")
        unknown = visit(server, f"/#brief={'0' * 32}")
        expect(unknown, "#problem").to_contain_text("no job has this id")
        server.end(signal.SIGKILL)
        page.click("#paste [type=submit]")
        expect(page, "#problem").to_contain_text("cannot be reached")
        assert page.input_value("[name=text]") == TEXT


def test_a_job_is_followed_through_a_restart(tmp_path: Path, visit: Open) -> None:
    """The page says that the service is gone, and shows the brief when it has come back."""
    with stub_server(entries(tagged), delay=1.0) as stub:
        options = ("--model", "m", "--base-url", stub.url, "--wait", "0")
        with process(tmp_path, *options) as server:
            page = visit(server)
            paste(page)
            expect(page, "#progress-text").to_contain_text("Reading")
            server.end(signal.SIGKILL)
        expect(page, "#progress-text").to_contain_text("trying again")
        stub.delay = 0.0
        with process(tmp_path, *options, "--port", server.url.rpartition(":")[2]):
            shown(page)


def test_the_token_is_asked_for_and_then_taken(tmp_path: Path, visit: Open) -> None:
    """At the first refusal; a wrong one is refused; a brief by its address comes when the token is given."""
    with process(tmp_path, *REPLAY, SUMMARIZER_TOKEN="a-long-random-text") as server:
        page = visit(server)
        expect(page, "#token-field").to_be_hidden()
        paste(page, KHERSON)
        expect(page, "#problem").to_contain_text("bears no token")
        page.fill("[name=token]", "wrong")
        page.press("[name=token]", "Enter")
        expect(page, "#problem").to_contain_text("the token is wrong")
        page.fill("[name=token]", "a-long-random-text")
        page.press("[name=token]", "Enter")
        shown(page)
        assert "a-long" not in page.evaluate("location.href + JSON.stringify({...localStorage, ...sessionStorage})")
        page.reload()
        expect(page, "#problem").to_contain_text("bears no token")
        page.fill("[name=token]", "a-long-random-text")
        page.press("[name=token]", "Enter")
        shown(page)


def test_the_answer_that_was_lost_makes_no_second_job(tmp_path: Path, visit: Open) -> None:
    """The POST arrives, its answer does not; sending again leads to the same job."""
    with process(tmp_path, *REPLAY) as server:
        page = visit(server)

        def lose(route: Any) -> None:
            route.fetch()
            route.abort()

        page.route("**/v1/briefs", lose, times=1)
        paste(page, KHERSON)
        expect(page, "#problem").to_contain_text("cannot be reached")
        page.click("#paste [type=submit]")
        shown(page)
        assert 'summarizer_jobs_total{status="complete"} 1.0' in metrics(server)
