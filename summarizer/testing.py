"""A pytest plugin: the fixture `brief_cassette`, by which a project's tests need no model, no key and no network.

    def test_our_hook(brief_cassette):
        card = our_hook(ARTICLE)  # calls summarizer.summarize or asummarize, wherever it likes

The test's own cassette is recorded once and replayed after. It stands on pytest-recording: `--record-mode`,
`--block-network`, `--disable-recording`, `vcr_config`, `vcr_cassette_dir` and `default_cassette` mean what they mean
there. pytest imports this module in every project that has the package: it imports nothing until the fixture is used.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from summarizer.sessions import Session

_LONGEST = 200  # bytes of a file's name; most file systems allow 255

_session = pytest.StashKey["Session"]()
_ended = pytest.StashKey[str]()
"""How the body of a test ended: `well`, `early` (it skipped or xfailed itself) or `badly`."""


@pytest.hookimpl(hookwrapper=True)  # the newer `wrapper` would break a project with an old pluggy
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Tell the fixture how its test ended, and the reader what failed in the cassette before the test did."""
    outcome = yield
    session = item.stash.get(_session, None)
    if session is None or call.when != "call":
        return
    raised = call.excinfo and call.excinfo.value
    early = isinstance(raised, pytest.skip.Exception | pytest.xfail.Exception)
    item.stash[_ended] = "well" if raised is None else "early" if early else "badly"
    if session.failed is not None and session.failed is not raised:
        outcome.get_result().sections.append(("brief_cassette", str(session.failed)))


@pytest.fixture
def brief_cassette(request: pytest.FixtureRequest) -> Iterator[Session | None]:
    """Answer every brief of this test from its cassette, or record it: `cassettes/<module>/<test>.brief.yaml`.

    Without `--record-mode` a missing cassette is recorded, but not on a CI (the variable `CI` is set) and not under
    `--block-network`; there a missing cassette fails the test. A test that passes must have asked for every recorded
    brief. Gives the session (`path`, `recording`, `play_count`, `all_played`), or None under `--disable-recording`.
    """
    if not request.config.pluginmanager.hasplugin("recording"):
        pytest.fail("brief_cassette needs pytest-recording: pip install 'desk-summarizer[testing]'", pytrace=False)
    if request.getfixturevalue("disable_recording"):
        yield None
        return
    from summarizer import sessions

    path = _path(request)
    with _told_briefly():
        session = sessions.for_mode(path, _mode(request), advice=_advice(request, path))
    if session.recording and _blocked(request):
        _allow_network()
    failed = request.session.testsfailed
    request.node.stash[_session] = session
    with sessions.opened(session):
        yield session
    with _told_briefly():
        ended = request.node.stash.get(_ended, "badly")
        session.save(whole=ended == "well")
        if ended != "badly" and request.session.testsfailed == failed:  # else it is known that something is wrong
            session.finish(whole=ended == "well")


@contextmanager
def _told_briefly() -> Iterator[None]:
    """What is wrong with a cassette, without the way through our code."""
    from summarizer.errors import SummarizerError

    told = None
    try:
        yield
    except SummarizerError as error:
        told = f"{type(error).__name__}: {error}"
    if told is not None:  # here, where no other error is under way that pytest would show as well
        pytest.fail(told, pytrace=False)


def _path(request: pytest.FixtureRequest) -> Path:
    name = str(request.getfixturevalue("default_cassette_name")).removesuffix(".yaml").removesuffix(".brief")
    if len(name.encode()) > _LONGEST:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{name.encode()[:_LONGEST].decode('utf-8', 'ignore')}-{digest}"
    return Path(request.getfixturevalue("vcr_cassette_dir"), f"{name}.brief.yaml")


def _mode(request: pytest.FixtureRequest) -> str:
    """The record mode: as pytest-recording finds it, else `once` where somebody is there to look at a recording."""
    if given := request.config.getoption("--record-mode"):
        return str(given)
    configured: dict[str, Any] = dict(request.getfixturevalue("vcr_config"))
    for mark in reversed(request.getfixturevalue("vcr_markers")):
        configured |= mark.kwargs
    if "record_mode" in configured:
        return str(getattr(configured["record_mode"], "value", configured["record_mode"]))
    return "none" if _blocked(request) or os.environ.get("CI", "").lower() not in ("", "0", "false") else "once"


def _blocked(request: pytest.FixtureRequest) -> bool:
    marked = request.node.get_closest_marker("block_network") is not None
    return marked or bool(request.config.getoption("--block-network"))


def _allow_network() -> None:
    """Let the model be reached: as for any recording of pytest-recording's, `--block-network` means all the others."""
    from pytest_recording import network

    network.unblock()


def _advice(request: pytest.FixtureRequest, path: Path) -> str:
    mode = "all" if path.exists() else "once"
    return f"pytest --record-mode={mode} {shlex.quote(request.node.nodeid)}"
