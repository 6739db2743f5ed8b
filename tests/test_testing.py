"""The pytest plugin: a project's tests record their briefs once and replay them after.

Each test makes a small project and runs its tests by pytest. What a project's tests claim is asserted in them.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import re
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from summarizer import draft, summarize
from tests.conftest import ROOT, every
from tests.stub_server import DROPPED, Body, Reply, Step, completion, entries, error, numbered, stub_server
from tests.test_api import TEXT, tagged

NEEDLESS = ("cacheprovider", "hypothesispytest", "anyio", "xdist")
"""Plugins that are left out, for speed."""

GONE = "http://127.0.0.1:9/v1"
"""Where no server listens."""

APP = f"""
import json, os
from pathlib import Path
from summarizer import Article, Limits, SummarizerError, asummarize, summarize

TEXT = {TEXT!r}
OTHER = TEXT.replace("Monday", "Tuesday")
SHORT = TEXT.partition(" The river")[0]
LIVE = os.environ["STUB_URL"] != {GONE!r}

def options(given):
    return {{"model": "m", "base_url": os.environ["STUB_URL"]}} | given

def brief(text=TEXT, **given):
    return summarize(text, **options(given))

async def abrief(text=TEXT, **given):
    return await asummarize(text, **options(given))

def told(brief):
    unread = [(left.first, left.last, left.reason.partition(":")[0]) for left in brief.audit.unread]
    return [repr(item) for item in brief.items()] + [repr(brief.provenance.usage), repr(unread)]

def note(name, *briefs):
    for brief in briefs:
        assert brief.provenance.replayed is not LIVE
    Path(f"{{name}}.{{'live' if LIVE else 'replayed'}}.json").write_text(json.dumps([told(b) for b in briefs]))
"""

ONE = """
    from newsroom import *

    def test_brief(brief_cassette):
        note("one", brief())
"""


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Import what a project's tests import: pytester has it forgotten after each run."""
    for name in ("fastapi.testclient", "pytest_recording._vcr"):
        importlib.import_module(name)
    with stub_server(entries(tagged)) as stub:
        summarize(TEXT, model="m", base_url=stub.url, record=tmp_path_factory.mktemp("warm"))


@dataclass
class Desk:
    """A project with the module `newsroom`, and its tests."""

    pytester: pytest.Pytester
    monkeypatch: pytest.MonkeyPatch

    def write(self, text: str, name: str = "test_desk") -> None:
        """A file of tests."""
        self.pytester.makepyfile(**{name: text})

    def run(self, *options: str, url: str = GONE) -> pytest.RunResult:
        """Run the project's tests, with the model's server at `url`."""
        self.monkeypatch.setenv("STUB_URL", url)
        return self.pytester.runpytest_inprocess(*(f"-pno:{name}" for name in NEEDLESS), *options)

    def passes(self, *options: str, url: str = GONE) -> None:
        """Every test passes."""
        result = self.run(*options, url=url)
        assert result.ret == 0, str(result.stdout)
        assert set(result.parseoutcomes()) <= {"passed", "warnings"}

    def fails(self, *options: str, url: str = GONE) -> str:
        """What is printed when they do not."""
        result = self.run("--tb=short", *options, url=url)
        assert result.ret == 1
        return str(result.stdout)

    def record(self, *options: str, script: tuple[Step, ...] = ()) -> list[Body]:
        """Record by a stub: what it was asked."""
        with stub_server(*script or (entries(tagged),)) as stub:
            self.passes(*options, url=stub.url)
        return stub.requests

    def noted(self, name: str) -> list[Any]:
        """The briefs that a test noted in the replay, which are those of the recording."""
        live, replayed = (json.loads(Path(f"{name}.{kind}.json").read_text()) for kind in ("live", "replayed"))
        assert sorted(live) == sorted(replayed)
        return list(replayed)

    def cassettes(self) -> list[str]:
        """The names of the cassettes, below the folder of all."""
        return sorted(str(path.relative_to("cassettes")) for path in Path("cassettes").rglob("*.yaml"))


CASSETTE = Path("cassettes/test_desk/test_brief.brief.yaml")


@pytest.fixture
def desk(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A project on a machine where somebody sits: no CI, no proxies, no options from outside."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("CI", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(newsroom=APP)
    return Desk(pytester, monkeypatch)


def runs(path: Path = CASSETTE) -> list[dict[str, Any]]:
    """The runs that a cassette says were recorded."""
    return list(yaml.safe_load(path.read_text(encoding="utf-8"))["recorded"])


# Recorded once, replayed after


def test_a_brief_is_recorded_once_and_replayed_after(desk: Desk) -> None:
    """With the server gone, the network blocked, on a CI, and with proxies that lead nowhere."""
    desk.write(ONE)
    assert len(desk.record()) == 2
    before = CASSETTE.read_bytes()
    desk.passes()
    desk.passes("--block-network")
    desk.passes("--record-mode=none", "--block-network")
    desk.monkeypatch.setenv("CI", "1")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        desk.monkeypatch.setenv(name, "http://127.0.0.1:9")
    desk.passes()
    assert CASSETTE.read_bytes() == before
    assert desk.noted("one")
    assert desk.cassettes() == ["test_desk/test_brief.brief.yaml"]


WAYS = {
    "sync": """
        def test_brief(brief_cassette):
            note("way", brief())
    """,
    "async": """
        def test_brief(brief_cassette):
            async def both():
                return await asyncio.gather(abrief(), abrief(OTHER))
            note("way", *asyncio.run(both()))
    """,
    "threads": """
        def test_brief(brief_cassette):
            with ThreadPoolExecutor(4) as pool:
                note("way", *pool.map(brief, [TEXT, OTHER, TEXT + " More.", OTHER + " More."]))
    """,
    "several": """
        def test_brief(brief_cassette):
            note("way", brief(), brief(OTHER), brief())
    """,
    "fastapi_async": """
        app = FastAPI()

        @app.post("/")
        async def handler():
            note("way", await abrief())

        def test_brief(brief_cassette):
            assert TestClient(app).post("/").status_code == 200
    """,
    "fastapi_sync": """
        app = FastAPI()

        @app.post("/")
        def handler():
            note("way", brief())

        def test_brief(brief_cassette):
            with TestClient(app) as client:
                assert client.post("/").status_code == 200
    """,
    "class": """
        class TestBriefs:
            def test_brief(self, brief_cassette):
                note("way", brief())
    """,
}
IMPORTS = """
        import asyncio
        from concurrent.futures import ThreadPoolExecutor
        from fastapi import FastAPI
        from fastapi.testclient import TestClient
        from newsroom import *
"""


@pytest.mark.parametrize("way", every(3, WAYS))
def test_whatever_way_a_brief_is_asked_for(way: str, desk: Desk) -> None:
    """From one thread or several, an event loop, a handler of an app; the replayed briefs are the recorded ones."""
    desk.write(IMPORTS + WAYS[way])
    desk.record("--block-network", "--record-mode=once")
    desk.passes("--block-network")
    assert desk.noted("way")


def another_each_time() -> Step:
    """A model that sees statements in other sentences at each request."""
    asked = itertools.count()

    def answer(body: Body) -> Reply:
        seen = next(asked)
        return entries(lambda n, text: tagged(n, text) if seen >> (n - 1) & 1 else ("", "", "none"))(body)

    return answer


@pytest.mark.slow
def test_eight_briefs_of_one_article_at_once_get_one_recorded_run_each(desk: Desk) -> None:
    """A model that answers otherwise each time: in each of ten replays the briefs are those that were recorded."""
    desk.write("""
        import pytest
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier
        from newsroom import *

        @pytest.mark.default_cassette("eight.yaml")
        @pytest.mark.parametrize("turn", range(1 if LIVE else 10))
        def test_brief(turn, brief_cassette):
            ready = Barrier(8)
            def work(n):
                ready.wait()
                return brief(SHORT)
            with ThreadPoolExecutor(8) as pool:
                note(f"eight{turn}", *pool.map(work, range(8)))
            assert brief_cassette.play_count == (0 if LIVE else 8)
            assert brief_cassette.all_played
    """)
    assert len(desk.record(script=(another_each_time(),))) == 8
    assert len(runs(Path("cassettes/test_desk/eight.brief.yaml"))) == 8
    live = Path("eight0.live.json")
    assert len({str(told) for told in json.loads(live.read_text())}) > 3
    for turn in range(1, 10):
        Path(f"eight{turn}.live.json").write_bytes(live.read_bytes())
    desk.passes("--block-network")
    for turn in range(10):
        assert len(desk.noted(f"eight{turn}")) == 8


@pytest.mark.slow
def test_the_order_of_threads_does_not_change_the_file(desk: Desk) -> None:
    """Articles that are under way at the same time are written in one order, whichever began or ended first."""

    def slow(body: Body) -> Reply:
        time.sleep(0.05)
        return entries(tagged)(body)

    desk.write("""
        import os
        from threading import Thread
        from newsroom import *

        def test_brief(brief_cassette):
            texts = [TEXT, OTHER, TEXT + " More."]
            threads = [Thread(target=brief, args=(text,)) for text in texts]
            for thread in threads[:: int(os.environ["STEP"])]:
                thread.start()
            for thread in threads:
                thread.join()
    """)
    written = []
    for step in ("1", "-1"):
        desk.monkeypatch.setenv("STEP", step)
        desk.record("--record-mode=all", script=(slow,))
        written.append(CASSETTE.read_text(encoding="utf-8"))
    assert len(runs()) == 3
    assert written[0] == written[1]


@pytest.mark.slow
def test_briefs_one_after_the_other_replay_in_their_order(desk: Desk) -> None:
    """Also where names and plans would sort otherwise: what is asked first is given what was recorded first."""
    desk.write("""
        from newsroom import *

        def test_brief(brief_cassette):
            plans = [brief(plan="whole").provenance.plan, brief(plan="auto").provenance.plan, brief().provenance.plan]
            assert plans == ["whole", "windows", "windows"]
            assert brief(model="b").provenance.model == "b"
            assert brief(model="a").provenance.model == "a"
    """)
    whole_first = [lambda body: completion(body, json.dumps({"entries": []})), *[entries(tagged)] * 20]
    desk.record(script=tuple(whole_first))
    desk.passes("--block-network")
    assert [run["model"] for run in runs()] == ["m", "m", "m", "b", "a"]


def test_briefs_of_one_article_replay_in_the_order_they_were_made(desk: Desk) -> None:
    """Also those that `new_episodes` adds."""
    first = """
    from newsroom import *

    def test_brief(brief_cassette):
        assert brief().positions[0].text == "Arland wants peace"
    """
    desk.write(first)
    desk.record()
    desk.write(f"{first}    assert brief().positions[0].text == 'Peace is what Arland wants'\n")

    def another(n: int, text: str) -> tuple[str, str, str]:
        return ("Lena Moor", "peace is what Arland wants", "position") if n == 1 else tagged(n, text)

    desk.record("--record-mode=new_episodes", script=(entries(another),))
    assert len(runs()) == 2
    desk.passes()


# Nothing there yet


@pytest.mark.parametrize("where", ["CI", "--block-network", "mark", "--record-mode=none"])
def test_where_nothing_may_be_recorded_a_missing_cassette_fails_with_the_command(where: str, desk: Desk) -> None:
    """And nothing is sent."""
    desk.write(ONE if where != "mark" else ONE.replace("def test", "@pytest.mark.block_network\n    def test"))
    if where == "mark":
        desk.write("import pytest\n" + Path("test_desk.py").read_text())
    if where == "CI":
        desk.monkeypatch.setenv("CI", "1")
    with stub_server(entries(tagged)) as stub:
        printed = desk.fails(*[where] if where.startswith("--") else [], url=stub.url)
        assert not stub.requests
    assert "cassettes/test_desk/test_brief.brief.yaml is not there yet" in printed
    assert "record it with: pytest --record-mode=once test_desk.py::test_brief" in printed
    assert not Path("cassettes").exists()


MODES = {
    "none": ["fails", "fails"],
    "once": ["live", "fails"],
    "new_episodes": ["live", "replayed live"],
    "all": ["live", "live live"],
    "rewrite": ["live", "live live"],
}
"""Where the briefs come from: at first, and again when there is one more."""

WRITTEN_FOR_MODES = """
        import pytest
        from newsroom import *

        def work(mode):
            Path(mode).write_text("fails")
            texts = ["Lena Moor will arrive by train.", "Snow fell."][: int(os.environ["TIMES"])]
            Path(mode).write_text(" ".join("replayed" if brief(text).provenance.replayed else "live" for text in texts))

"""
BY = {
    "vcr_config": """
        @pytest.fixture
        def vcr_config(mode):
            return {"record_mode": mode}

        @pytest.mark.parametrize("mode", MODES)
        def test_brief(mode, brief_cassette):
            work(mode)
    """,
    "mark": """
        def marked(mode):
            return pytest.param(mode, marks=pytest.mark.vcr(record_mode=mode))

        @pytest.mark.parametrize("mode", map(marked, MODES))
        def test_brief(mode, brief_cassette):
            work(mode)
    """,
    "option": """
        @pytest.mark.parametrize("mode", MODES)
        def test_brief(mode, brief_cassette):
            work(mode)
    """,
}


@pytest.mark.parametrize("by", ["vcr_config", *(pytest.param(by, marks=pytest.mark.slow) for by in ("mark", "option"))])
@pytest.mark.slow
def test_record_modes_mean_what_they_mean_to_vcrpy(by: str, desk: Desk) -> None:
    """Given as an option, by `vcr_config` or a mark."""
    desk.write(WRITTEN_FOR_MODES + BY[by].replace("MODES", repr(list(MODES))))
    came: dict[str, list[str]] = {mode: [] for mode in MODES}
    with stub_server(entries(tagged)) as stub:
        for times in ("1", "2"):
            desk.monkeypatch.setenv("TIMES", times)
            if by == "option":
                for mode in MODES:
                    desk.run(f"--record-mode={mode}", "-k", f"[{mode}]", url=stub.url)
            else:
                desk.run(url=stub.url)
            for mode in MODES:
                came[mode].append(Path(mode).read_text())
    assert came == MODES


def test_a_cassette_is_not_replaced_by_less(desk: Desk) -> None:
    """Under `--record-mode=all` one of two briefs cannot be made: the file stays as it was, and that is told."""
    desk.write("""
        from newsroom import *

        def test_brief(brief_cassette):
            brief(TEXT)
            brief(OTHER)
    """)
    desk.record()
    before = CASSETTE.read_bytes()
    with stub_server(entries(tagged), entries(tagged), error(404)) as stub:
        printed = desk.fails("--record-mode=all", url=stub.url)
    assert f"{CASSETTE} stays as it was" in printed
    assert CASSETTE.read_bytes() == before


@pytest.mark.slow
def test_a_mode_on_the_command_line_beats_the_projects_own(desk: Desk) -> None:
    """As with pytest-recording."""
    desk.write("""
        import pytest
        from newsroom import *

        @pytest.mark.vcr(record_mode="all")
        def test_brief(brief_cassette):
            note("one", brief())
    """)
    desk.record()
    desk.passes("--record-mode=none")
    assert len(desk.record()) == 2


def test_the_folder_and_the_name_can_be_the_projects_own(desk: Desk) -> None:
    """`vcr_cassette_dir` and `default_cassette`."""
    desk.write("""
        import pytest
        from newsroom import *

        @pytest.fixture(scope="module")
        def vcr_cassette_dir():
            return "cassettes/mine"

        @pytest.mark.default_cassette("peace.yaml")
        def test_brief(brief_cassette):
            note("own", brief())
            assert brief_cassette.path.name == "peace.brief.yaml"
    """)
    desk.record()
    desk.passes()
    assert desk.cassettes() == ["mine/peace.brief.yaml"]


def test_without_recording_the_model_itself_is_asked(desk: Desk) -> None:
    """`--disable-recording`: the fixture gives None, and there is no file."""
    desk.write("""
        from newsroom import *

        def test_brief(brief_cassette):
            assert brief_cassette is None
            assert not brief().provenance.replayed
    """)
    for _ in range(2):
        assert len(desk.record("--disable-recording")) == 2
    assert not Path("cassettes").exists()


# What no longer fits


@pytest.fixture(scope="module")
def one_cassette() -> bytes:
    """What the test `ONE` records."""
    with tempfile.TemporaryDirectory() as folder, stub_server(entries(tagged)) as stub:
        summarize(TEXT, model="m", base_url=stub.url, record=folder)
        (path,) = Path(folder).iterdir()
        return path.read_bytes()


@pytest.fixture
def recorded(desk: Desk, one_cassette: bytes) -> Desk:
    """A project with one cassette."""
    desk.write(ONE)
    CASSETTE.parent.mkdir(parents=True)
    CASSETTE.write_bytes(one_cassette)
    return desk


CHANGES = {
    "text": ("TEXT + ' More.'", "this article was not recorded, or its text changed"),
    "one_word": ("TEXT.replace('siege', 'storm')", "(?s)its text changed.*nearest recorded article:.*siege.*storm"),
    "model": ("model='other'", "this article was not recorded with --plan auto --model other, but with --plan windows"),
    "plan": ("plan='whole'", "this article was not recorded with --plan whole --model m, but with --plan windows"),
    "twice": ("TEXT), brief(TEXT", "this article was recorded once, and one more brief of it is asked for"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_brief_than_the_recorded_one_fails_with_the_command(change: str, recorded: Desk) -> None:
    """Text, model, plan and number: what differs, in one line, and how to record again."""
    asked, said = CHANGES[change]
    recorded.write(ONE.replace("brief()", f"brief({asked})"))
    printed = recorded.fails("--block-network")
    assert re.search(said, printed), printed
    assert "test_brief.brief.yaml is stale: " in printed
    assert "record again with: pytest --record-mode=all test_desk.py::test_brief" in printed


def test_one_changed_word_in_a_prompt_fails_the_test(
    recorded: Desk, edit_prompt: Callable[[str, str, str], None]
) -> None:
    """With the line and the command; recorded again, it passes."""
    edit_prompt("windows.system.txt", "You word what", "You label what")
    printed = recorded.fails()
    assert re.search(r"(?s)is stale: the prompt changed.*exchange 1 of 2.*You word what.*You label what", printed)
    assert "record again with: pytest --record-mode=all test_desk.py::test_brief" in printed
    recorded.record("--record-mode=all")
    recorded.passes()


def test_a_changed_schema_fails_the_test(recorded: Desk) -> None:
    """With the line and the command."""
    form = draft._WindowDraft
    original = form.model_json_schema.__func__  # type: ignore[attr-defined]

    def longer(cls: type[draft.Draft], **options: Any) -> Any:
        text = json.dumps(original(cls, **options))
        assert '"maxLength": 120' in text
        return json.loads(text.replace('"maxLength": 120', '"maxLength": 121'))

    recorded.monkeypatch.setattr(form, "model_json_schema", classmethod(longer))
    printed = recorded.fails()
    assert re.search(r"(?s)is stale: the schema of the answer changed.*120.*121", printed)
    assert "record again with: pytest --record-mode=all test_desk.py::test_brief" in printed


def test_an_app_that_passes_over_the_error_does_not_pass(recorded: Desk) -> None:
    """What fits no recording fails the test, whatever the code under test makes of the error."""
    recorded.write("""
        from newsroom import *

        def test_brief(brief_cassette):
            brief()
            try:
                brief(OTHER)
            except SummarizerError:
                pass
    """)
    printed = recorded.fails()
    assert "1 passed, 1 error" in printed
    assert "StaleRecording: cassettes/test_desk/test_brief.brief.yaml is stale: this article was not" in printed
    assert "summarizer/sessions.py" not in printed


def test_a_test_that_fails_for_want_of_a_recording_says_so(recorded: Desk) -> None:
    """The code under test made something else of the error: what fits no recording stands below the failure."""
    recorded.write("""
        from newsroom import *

        def test_brief(brief_cassette):
            try:
                lines = list(brief(OTHER).items())
            except SummarizerError:
                lines = []
            assert lines
    """)
    result = recorded.run()
    assert result.parseoutcomes() == {"failed": 1}
    assert re.search(r"(?s)assert lines.*-+ brief_cassette -+.*its text changed.*record again with", str(result.stdout))


def test_a_recorded_brief_that_is_not_asked_for_fails_the_test(desk: Desk) -> None:
    """All recorded briefs are used."""
    desk.write(ONE.replace("brief()", "brief(), brief(OTHER)"))
    desk.record()
    desk.write(ONE)
    printed = desk.fails()
    assert "is stale: 1 of 2 recorded briefs were not asked for" in printed
    assert "record again with: pytest --record-mode=all test_desk.py::test_brief" in printed


def test_a_failing_test_keeps_what_it_recorded(desk: Desk) -> None:
    """The model need not be asked again while the test is mended."""
    desk.write(ONE + "        assert False, 'mend me'\n")
    with stub_server(entries(tagged)) as stub:
        assert "mend me" in desk.fails(url=stub.url)
    assert len(runs()) == 1
    desk.write(ONE)
    desk.passes()


ENDS = {
    "fails": "assert False, 'the first'",
    "skips": "pytest.skip('the first')",
    "xfails": "pytest.xfail('the first')",
}


@pytest.mark.slow
def test_unittests_use_the_fixture_too(desk: Desk) -> None:
    """A `TestCase` by a mark; one that skips itself is not blamed."""
    desk.write("""
        import unittest
        import pytest
        from newsroom import *

        @pytest.mark.usefixtures("brief_cassette")
        class TestBriefs(unittest.TestCase):
            def test_brief(self):
                if os.environ.get("SKIP"):
                    self.skipTest("not today")
                note("unit", brief())
    """)
    desk.record()
    desk.passes()
    assert desk.noted("unit")
    desk.monkeypatch.setenv("SKIP", "1")
    assert desk.run().parseoutcomes() == {"skipped": 1}


@pytest.mark.parametrize("end", ENDS)
def test_what_ended_early_is_not_blamed_for_the_briefs_it_never_asked_for(end: str, recorded: Desk) -> None:
    """One outcome, and no second error that hides it."""
    recorded.write(f"import pytest\n\ndef test_brief(brief_cassette):\n    {ENDS[end]}\n")
    outcomes = recorded.run("-rA").parseoutcomes()
    assert outcomes == {{"fails": "failed", "skips": "skipped", "xfails": "xfailed"}[end]: 1}


def test_a_test_that_skips_itself_for_want_of_a_model_does_not_hide_a_stale_cassette(recorded: Desk) -> None:
    """The skip was made for a model that is not there, the recording is."""
    recorded.write("""
        import pytest
        from newsroom import *

        def test_brief(brief_cassette):
            try:
                brief(OTHER)
            except SummarizerError:
                pytest.skip("no model here")
    """)
    assert "its text changed" in recorded.fails()


def test_a_failing_subtest_hides_nothing_and_is_not_hidden(recorded: Desk) -> None:
    """Those of pytest itself fail a test that goes on."""
    recorded.write("""
        def test_brief(brief_cassette, subtests):
            with subtests.test("one"):
                assert False, "the first"
    """)
    if "fixture 'subtests' not found" in (printed := recorded.fails()):
        pytest.skip("this pytest has no subtests")
    assert "the first" in printed
    assert "not asked for" not in printed


def test_a_run_that_ended_in_an_error_is_not_recorded(desk: Desk) -> None:
    """What went well beside it is."""
    desk.write("""
        from newsroom import *

        def test_brief(brief_cassette):
            try:
                brief(OTHER)
            except SummarizerError:
                pass
            brief()
    """)
    desk.record(script=(error(404), entries(tagged)))
    assert len(runs()) == 1


def test_a_test_without_a_run_that_went_well_leaves_no_file(desk: Desk) -> None:
    """Neither a cassette nor the folder's probe."""
    desk.write(ONE)
    with stub_server(error(404)) as stub:
        assert "404" in desk.fails(url=stub.url)
    assert desk.cassettes() == []
    assert not [path for path in Path().rglob("*") if path.suffix == ".partial"]


# What else a test does


@pytest.fixture
def other_stub(desk: Desk) -> Iterator[list[Body]]:
    """Another service, at OTHER_URL, that a test talks to: what it was asked."""
    with stub_server((200, {"content-type": "application/json"}, b'{"ok": true}')) as stub:
        desk.monkeypatch.setenv("OTHER_URL", stub.url)
        yield stub.requests


TALK = """
        import urllib.request
        import httpx
        import pytest
        from newsroom import *

        def talk():
            url = os.environ["OTHER_URL"]
            with urllib.request.urlopen(urllib.request.Request(url, data=b'{"to": "urllib"}')) as answer:
                assert json.load(answer) == {"ok": True}
            assert httpx.post(url, json={"to": "httpx"}).json() == {"ok": True}
"""


@pytest.mark.slow
def test_other_requests_of_a_test_are_neither_recorded_nor_blocked(desk: Desk, other_stub: list[Body]) -> None:
    """They go where they go, before, while and after a brief is made."""
    desk.write(f"""{TALK}
        def test_brief(brief_cassette):
            talk()
            note("other", brief(progress=lambda progress: talk()))
            talk()
    """)
    assert len(desk.record()) == 2
    recorded = len(other_stub)
    assert recorded == 10
    assert "urllib" not in CASSETTE.read_text(encoding="utf-8")
    desk.passes()
    assert len(other_stub) == 2 * recorded
    assert desk.noted("other")


@pytest.mark.parametrize("mode", ["once", "all"])
@pytest.mark.slow
def test_a_test_marked_vcr_keeps_its_own_cassette_beside(mode: str, desk: Desk, other_stub: list[Body]) -> None:
    """pytest-recording has its other requests, we have its briefs."""
    desk.write(f"""{TALK}
        @pytest.mark.vcr
        def test_brief(brief_cassette):
            talk()
            note("beside", brief())
            talk()
    """)
    desk.record(f"--record-mode={mode}")
    assert desk.cassettes() == ["test_desk/test_brief.brief.yaml", "test_desk/test_brief.yaml"]
    own = yaml.safe_load(Path("cassettes/test_desk/test_brief.yaml").read_text(encoding="utf-8"))
    assert len(own["interactions"]) == 4
    assert "chat/completions" not in json.dumps(own)
    asked = len(other_stub)
    desk.passes("--block-network")
    assert len(other_stub) == asked
    assert desk.noted("beside")


def test_a_guard_of_the_projects_own_stays_on(desk: Desk) -> None:
    """Recording lifts --block-network and nothing else."""
    desk.write("""
        import socket
        import pytest
        from newsroom import *

        @pytest.fixture(autouse=True)
        def guard(monkeypatch):
            connect = socket.socket.connect
            guarded = lambda self, address: connect(self, address)
            monkeypatch.setattr(socket.socket, "connect", guarded)
            yield
            assert socket.socket.connect is guarded

        def test_brief(guard, brief_cassette):
            note("guard", brief())
    """)
    desk.record()


def test_the_network_is_blocked_again_for_the_next_test(desk: Desk, other_stub: list[Body]) -> None:
    """What recording needs, the test that records has, and no other."""
    desk.write(f"""{TALK}
        def test_brief(brief_cassette):
            brief()

        def test_next():
            with pytest.raises(RuntimeError, match="blocked|disabled"):
                talk()
    """)
    desk.record("--block-network", "--record-mode=once")
    assert not other_stub


# Runs that did not go smoothly


def test_a_lost_window_and_a_run_that_was_cut_replay_to_the_same_brief(desk: Desk) -> None:
    """A dropped connection, and a ceiling on the number of calls: the same sentences are unread, and nothing waits."""
    desk.monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=lambda seconds: None))

    def reply(body: Body) -> Reply:
        return entries(tagged)(body) if numbered(body)[0][0] == 1 else DROPPED

    desk.write("""
        from newsroom import *

        def test_brief(brief_cassette):
            lost, cut = brief(), brief(OTHER, limits=Limits(max_calls=1))
            note("lost", lost, cut)
            assert lost.audit.unread and cut.audit.unread
    """)
    desk.record(script=(reply,))
    desk.passes("--block-network")
    assert len(desk.noted("lost")) == 2


# Names, classes, options, other plugins

NAMES = f"""
        import pytest
        from newsroom import *

        NAMES = ["{"їжак" * 75}", "{"їжак" * 74}їжач", "a/b\\\\c", "..", "it's $HOME", "x" * 300]

        @pytest.mark.parametrize("name", NAMES, ids=NAMES)
        def test_brief(name, brief_cassette):
            brief()
            assert len(brief_cassette.path.name.encode()) <= 255
"""


@pytest.mark.parametrize("escaped", [pytest.param(True, marks=pytest.mark.slow), False])
@pytest.mark.slow
def test_long_and_odd_names_of_tests(escaped: bool, desk: Desk) -> None:
    """Each has a cassette of its own, inside its folder."""
    desk.write(NAMES)
    if not escaped:
        ini = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support"
        desk.pytester.makeini(f"[pytest]\n{ini} = true")
    assert len(desk.record()) == 12
    desk.passes("--block-network")
    assert len(list(Path("cassettes/test_desk").iterdir())) == 6


def test_the_command_can_be_pasted_into_a_shell(desk: Desk) -> None:
    """The name of a test is quoted where it must be."""
    desk.write(NAMES)
    printed = desk.fails("--record-mode=none")
    commands = re.findall(r"record it with: (pytest .*)", printed)
    assert ["pytest", "--record-mode=once", "test_desk.py::test_brief[it's $HOME]"] in map(shlex.split, commands)
    assert f"pytest --record-mode=once 'test_desk.py::test_brief[{'x' * 300}]'" in commands


def test_without_pytest_recording_the_fixture_says_what_to_install(desk: Desk) -> None:
    """In one line, without a traceback; tests without the fixture run."""
    desk.write(f"{ONE}\n    def test_other():\n        pass\n")
    result = desk.run("-p", "no:recording", "-W", "error", "--strict-markers")
    assert result.parseoutcomes() == {"passed": 1, "errors": 1}
    printed = str(result.stdout)
    assert "brief_cassette needs pytest-recording: pip install 'desk-summarizer[testing]'" in printed
    assert "Traceback" not in printed
    assert "testing.py" not in printed


def test_strict_options_find_nothing(desk: Desk) -> None:
    """No unknown mark, no warning."""
    desk.write(ONE)
    options = ("--strict-markers", "--strict-config", "-W", "error")
    desk.record(*options)
    desk.passes(*options)


HEAVY = ("vcr", "openai", "instructor", "pydantic", "yaml", "summarizer.sessions")


def test_collecting_imports_nothing_heavy(desk: Desk) -> None:
    """Until the fixture is used, the plugin is all that a project has of us."""
    desk.pytester.makepyfile(test_desk="def test_brief(brief_cassette):\n    pass\n")
    desk.pytester.makeconftest(f"""
        import sys

        def pytest_collection_finish(session):
            print("imported:", *sorted(set({HEAVY!r}) & set(sys.modules)), sep="|", end="|end")
            print("plugin" if "summarizer.testing" in sys.modules else "no plugin")
    """)
    desk.monkeypatch.setenv("PYTHONPATH", str(ROOT))
    result = desk.pytester.runpytest_subprocess("--collect-only", "-q", "-p", "no:cacheprovider")
    assert "imported:|end" in str(result.stdout)
    assert "|endplugin" in str(result.stdout)


@pytest.mark.slow
def test_xdist_replays_and_records(desk: Desk) -> None:
    """Each worker has its tests, each test its cassette."""
    desk.write("""
        import pytest
        from newsroom import *

        @pytest.mark.parametrize("name", ["a", "b"])
        def test_brief(name, brief_cassette):
            note(name, brief())
    """)
    desk.monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST")]:
        desk.monkeypatch.delenv(name)
    desk.record()
    desk.monkeypatch.setenv("STUB_URL", GONE)
    result = desk.pytester.runpytest_subprocess("-n", "2", "--block-network", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
    assert desk.noted("a") == desk.noted("b")


HOSTILE = {
    "code": "recorded: !!python/object/apply:os.system ['touch executed']\n",
    "merged": "recorded: &a {x: 1}\nother: {<<: *a}\n",
    "deep": "recorded: " + "[" * 10_000,
    "empty": "",
    "binary": "\x00\x01",
    "list": "- 1\n",
    "half": "recorded:\n- date: 2030-01-01\n",
}


@pytest.mark.parametrize("name", every(3, HOSTILE))
def test_a_hostile_cassette_fails_the_test_and_runs_nothing(name: str, desk: Desk) -> None:
    """One clear line, and no way through our code."""
    desk.write(ONE)
    CASSETTE.parent.mkdir(parents=True)
    CASSETTE.write_text(HOSTILE[name], encoding="utf-8")
    printed = desk.fails()
    assert re.search(r"StaleRecording: .*test_brief\.brief\.yaml cannot be read as a recording \(.+\)", printed)
    assert "record it again with: pytest --record-mode=all test_desk.py::test_brief" in printed
    assert "sessions.py" not in printed
    assert not Path("executed").exists()


def test_outside_a_test_with_the_fixture_no_session_is_open(recorded: Desk) -> None:
    """The next test asks the model itself."""
    recorded.write(f"""{ONE}
    def test_without():
        assert not brief().provenance.replayed
    """)
    with stub_server(entries(tagged)) as stub:
        recorded.run(url=stub.url)
        assert len(stub.requests) == 2


def test_a_folder_named_in_the_call_goes_before_the_session(desk: Desk) -> None:
    """`record=` and `replay=` mean what they mean without the fixture."""
    with stub_server(entries(tagged)) as stub:
        summarize(TEXT, model="m", base_url=stub.url, record="own")
    desk.write("""
        from newsroom import *

        def test_brief(brief_cassette):
            assert brief(replay="own").provenance.replayed
    """)
    desk.passes()
    assert not CASSETTE.exists()
