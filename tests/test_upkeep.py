"""`summarizer cassettes`: what is found wrong, and how it is made right, as one types it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from summarizer import Article, Limits, cassette, summarize, upkeep
from summarizer.cli import main
from tests.conftest import ROOT
from tests.stub_server import Body, Reply, entries, error, stub_server
from tests.test_api import TEXT, tagged

QUIET = ROOT / "cassettes" / "invented-quiet.windows.local.yaml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, to be in, with two of our recordings in `cassettes/`."""
    there = tmp_path / "cassettes"
    there.mkdir()
    for name in ("invented-quiet.windows.local.yaml", "invented-wire.whole.local.yaml"):
        shutil.copy(ROOT / "cassettes" / name, there)
    monkeypatch.chdir(tmp_path)
    return there


@pytest.fixture
def quiet(folder: Path) -> Path:
    """One of the two."""
    return folder / QUIET.name


Said = Callable[[], tuple[str, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """What was printed to stdout and to stderr."""
    return lambda: tuple(capsys.readouterr())  # type: ignore[return-value]


def test_everything_committed_is_good(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """No recording of ours is stale, unplayed, unscrubbed or unreadable."""
    monkeypatch.chdir(ROOT)
    assert main(["cassettes", "check"]) == 0
    assert said() == ("", "8 good\n")


def test_list_shows_the_provenance_of_each(folder: Path, said: Said) -> None:
    """Model, prompt and schema hash, date and licence, a line each; without an argument those of cassettes/."""
    assert main(["cassettes", "list"]) == 0
    head, *rows = said()[0].splitlines()
    assert head.split() == ["DATE", "PLAN", "EXCHANGES", "PROMPT", "SCHEMA", "LICENCE", "MODEL", "CASSETTE"]
    (run,) = cassette.read_runs(QUIET)
    values = [run.date, "windows", "2", run.prompt, run.schema, "CC0-1.0", run.model, f"cassettes/{QUIET.name}"]
    assert rows[0].split() == values
    assert len(rows) == 2


def test_show_prints_prompt_answer_and_usage(folder: Path, said: Said) -> None:
    """What was asked and said, in lines; what stands in an earlier exchange is named, not repeated."""
    assert main(["cassettes", "show", f"cassettes/{QUIET.name}"]) == 0
    shown = said()[0]
    (run,) = cassette.read(QUIET).runs
    exchange = cassette.read(QUIET).exchanges[0]
    for message in exchange.request["messages"]:
        assert all(f"    {line}\n" in shown for line in message["content"].splitlines())
    for entry in json.loads(exchange.response["choices"][0]["message"]["content"])["entries"]:
        assert f"    {json.dumps(entry, ensure_ascii=False)}\n" in shown
    usage = exchange.response["usage"]
    assert f"usage: {usage['prompt_tokens']:,} tokens in" in shown
    assert shown.count("  system: as in exchange 1") == run.exchanges - 1
    assert "\x1b" not in shown


def test_show_prints_one_exchange(folder: Path, said: Said) -> None:
    """`-n 2` is the second, whole; a number beyond the last is told."""
    assert main(["cassettes", "show", f"cassettes/{QUIET.name}", "-n", "2"]) == 0
    assert re.findall(r"exchange \d of \d|as in exchange", said()[0]) == ["exchange 2 of 2"]
    assert main(["cassettes", "show", f"cassettes/{QUIET.name}", "-n", "3"]) == 2
    assert "there is no exchange 3" in said()[1]


def test_a_changed_word_makes_the_recordings_of_its_plan_stale(
    folder: Path, said: Said, edit_prompt: Callable[[str, str, str], None]
) -> None:
    """Exit 6, the place of the word, the command; the recording of the other plan stays good."""
    edit_prompt("windows.system.txt", "You word what", "You label what")
    assert main(["cassettes", "check"]) == 6
    out, err = said()
    assert out.startswith(f"stale: cassettes/{QUIET.name}: the prompt changed\n")
    assert "      - You word what" in out
    assert "      + You label what" in out
    assert err == "1 good, 1 stale\nrecord again with: summarizer cassettes rerecord\n"


@pytest.mark.parametrize("name", ["correction.txt", "again.txt", "windows.user.txt"])
def test_a_changed_word_in_any_template_makes_them_stale(
    name: str, folder: Path, said: Said, edit_prompt: Callable[[str, str, str], None]
) -> None:
    """Also one that no recorded request uses."""
    text = (ROOT / "prompts" / name).read_text(encoding="utf-8")
    word = re.findall(r"\b[a-z]{4,}\b", re.sub(r"\{[{%#].*?[}%#]\}", "", text))
    edit_prompt(name, text, f"{text.rstrip()} changed")
    assert word is not None
    assert main(["cassettes", "check"]) == 6
    assert "stale: " in said()[0]


def test_a_changed_schema_makes_them_stale(folder: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another limit in the draft: the recordings of the plan over windows are stale, with the line that changed."""
    from summarizer import draft

    monkeypatch.setattr(draft, "SAYS", 119)
    caches = (draft.window_draft, draft.schema_hash)
    for cached in caches:
        cached.cache_clear()
    try:
        assert main(["cassettes", "check"]) == 6
    finally:
        for cached in caches:
            cached.cache_clear()
    out, _ = said()
    assert f"stale: cassettes/{QUIET.name}: the schema of the answer changed" in out
    assert re.search(r'- .*"maxLength": 120', out)
    assert re.search(r'\+ .*"maxLength": 119', out)


def test_an_exchange_too_many_is_unplayed(quiet: Path, said: Said) -> None:
    """All recorded exchanges must be played."""
    data = yaml.safe_load(quiet.read_text(encoding="utf-8"))
    data["interactions"].append(json.loads(json.dumps(data["interactions"][0])))
    quiet.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert main(["cassettes", "check"]) == 6
    assert said()[0] == f"unplayed: cassettes/{QUIET.name}: 1 of 3 recorded exchanges were not played\n"


def test_an_exchange_too_few_is_stale(quiet: Path, said: Said) -> None:
    """A request that was not recorded."""
    data = yaml.safe_load(quiet.read_text(encoding="utf-8"))
    del data["interactions"][1]
    quiet.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert main(["cassettes", "check"]) == 6
    assert said()[0].startswith(f"stale: cassettes/{QUIET.name}: the recorded run ended before this request")


PLANTED: dict[str, tuple[str, str]] = {
    "a cookie": ("    headers:\n", "    headers:\n      set-cookie:\n      - session=" + "0123456789abcdef\n"),
    "an address": ("http://llm.test/v1", "http://10.1.2.3:8000/v1"),
    "a query": ("/chat/completions", "/chat/completions?api-version=1"),
    "an e-mail address": ('"object": ', '"account": "anna.kall' + "@" + 'desk.example.org",\n "object": '),
    "a path": ('"object": ', '"path": "/home/' + 'anna/model.gguf",\n "object": '),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_must_not_be_published_is_unscrubbed(name: str, quiet: Path, said: Said) -> None:
    """Exit 6; the secret itself is not printed."""
    old, new = PLANTED[name]
    quiet.write_text(quiet.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert main(["cassettes", "check"]) == 6
    out, _ = said()
    assert f"unscrubbed: cassettes/{QUIET.name}: " in out
    assert "0123456789abcdef" not in out
    assert "anna.kall" not in out


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"recorded: [", b"recorded:\n- date: 7\n", b"- 1\n- 2\n"])
def test_what_cannot_be_read_is_unreadable(content: bytes, quiet: Path, said: Said) -> None:
    """Exit 6, and the other recording is still checked."""
    quiet.write_bytes(content)
    assert main(["cassettes", "check"]) == 6
    out, err = said()
    assert out.startswith(f"unreadable: cassettes/{QUIET.name}: it cannot be read")
    assert err.startswith("1 good, 1 unreadable\n")


def test_an_article_whose_text_was_changed_is_unreadable(quiet: Path, said: Said) -> None:
    """The text must be the one whose hash the file names."""
    text = quiet.read_text(encoding="utf-8")
    quiet.write_text(text.replace("    The Halden line runs for", "    The Holden line runs for"), encoding="utf-8")
    assert main(["cassettes", "check"]) == 6
    assert f"unreadable: cassettes/{QUIET.name}: it does not hold the text" in said()[0]


def test_cassettes_of_others_are_passed_over(folder: Path, said: Said) -> None:
    """What vcrpy recorded for something else is named and no finding."""
    (folder / "cms.yaml").write_text("interactions: []\nversion: 1\n", encoding="utf-8")
    assert main(["cassettes", "check"]) == 0
    assert said()[1] == "cassettes/cms.yaml: not recorded by summarizer, passed over\n2 good\n"
    assert main(["cassettes", "list"]) == 0


@pytest.mark.parametrize("command", ["list", "show", "check", "rerecord"])
def test_where_there_is_nothing_it_is_said(
    command: str, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder, and a folder without recordings: exit 6 and one line."""
    monkeypatch.chdir(tmp_path)
    assert main(["cassettes", command]) == 6
    assert said() == ("", "summarizer: no cassette and no folder of cassettes at cassettes\n")
    (tmp_path / "cassettes").mkdir()
    assert main(["cassettes", command]) == 6
    assert "no cassettes in cassettes" in said()[1]


def other(n: int, text: str) -> tuple[str, str, str]:
    """As `tagged`, but for one sentence."""
    return ("Brandt", "turned the offer of a ceasefire down", "position") if n == 6 else tagged(n, text)


def record(folder: Path, reply: Callable[[Body], Reply], *, texts: tuple[str, ...] = (TEXT,)) -> str:
    """Record articles of a stub into a folder, and give the stub's address."""
    with stub_server(reply) as stub:
        for text in texts:
            article = Article(text, licence="CC0-1.0", title="Talks")
            summarize(article, model="m", base_url=stub.url, record=folder)
    return stub.url


def test_rerecording_the_same_answers_changes_no_byte(tmp_path: Path, said: Said) -> None:
    """The same model on the same prompts: the same file, and the brief is said to be the same."""
    record(tmp_path, entries(tagged))
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()
    with stub_server(entries(tagged)) as stub:
        assert main(["cassettes", "rerecord", str(tmp_path), "--base-url", stub.url]) == 0
        assert len(stub.requests) == 2
    assert said()[0] == f"{path}: 2 calls, the brief is the same\n"
    assert path.read_bytes() == before


def test_rerecording_shows_what_changed_in_the_brief(tmp_path: Path, said: Said) -> None:
    """The line that went and the line that came; licence, title and plan are kept."""
    record(tmp_path, entries(tagged))
    (path,) = tmp_path.iterdir()
    with stub_server(entries(other)) as stub:
        assert main(["cassettes", "rerecord", str(path), "--base-url", stub.url]) == 0
    out = said()[0].splitlines()
    assert out[0] == f"{path}: 2 calls, the brief changed"
    assert "    - positions: Ivo Brandt: Rejected the offer of a ceasefire [6]" in out
    assert "    + positions: Ivo Brandt: Turned the offer of a ceasefire down [6]" in out
    (run,) = cassette.read_runs(path)
    assert (run.licence, run.about["title"], run.plan) == ("CC0-1.0", "Talks", "windows")
    assert upkeep.check(path) == []


def test_a_stale_recording_is_compared_by_its_old_answers(
    tmp_path: Path, said: Said, edit_prompt: Callable[[str, str, str], None]
) -> None:
    """After a changed prompt the old answers still give the old brief to compare with."""
    record(tmp_path / "c", entries(tagged))
    edit_prompt("windows.system.txt", "You word what", "You label what")
    assert main(["cassettes", "check", str(tmp_path / "c")]) == 6
    said()
    with stub_server(entries(other)) as stub:
        assert main(["cassettes", "rerecord", str(tmp_path / "c"), "--base-url", stub.url]) == 0
    assert len(re.findall(r"^    [-+] positions", said()[0], re.MULTILINE)) == 2
    assert main(["cassettes", "check", str(tmp_path / "c")]) == 0


@pytest.mark.slow
def test_what_cannot_be_recorded_again_stays(tmp_path: Path, said: Said) -> None:
    """A failing model: the file is as it was, the others are recorded, and the exit code says what happened."""
    record(tmp_path, entries(tagged), texts=(TEXT, f"{TEXT} Nobody else came."))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def reply(body: Body) -> Reply:
        return error(404) if len(stub.requests) == 1 else entries(other)(body)

    with stub_server(reply) as stub:
        assert main(["cassettes", "rerecord", str(tmp_path), "--base-url", stub.url]) == 4
    first, second = sorted(before)
    assert first.read_bytes() == before[first]
    assert second.read_bytes() != before[second]
    assert f"{first} stays as it was" in said()[1]


def test_a_recording_of_a_server_needs_its_address(tmp_path: Path, said: Said) -> None:
    """Where the model was on a server of its own, the command says to name it."""
    record(tmp_path, entries(tagged))
    assert main(["cassettes", "rerecord", str(tmp_path)]) == 2
    assert "name its address with --base-url" in said()[1]


@pytest.mark.parametrize("model", ["openai/gpt-oss-20b", "mistral/small"])
def test_a_recording_of_a_private_server_goes_to_no_provider_of_that_name(
    model: str, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head says that it was a server; it is recorded again there, under the same name."""
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    with stub_server(entries(tagged)) as stub:
        summarize(TEXT, model=f"openai/{model}", base_url=stub.url, record=tmp_path)
        assert main(["cassettes", "rerecord", str(tmp_path)]) == 2
        assert "name its address with --base-url" in said()[1]
        assert main(["cassettes", "rerecord", str(tmp_path), "--base-url", stub.url]) == 0
        assert {request["model"] for request in stub.requests} == {model}
    (path,) = tmp_path.iterdir()
    assert {(run.provider, run.model) for run in cassette.read_runs(path)} == {("server", model)}
    assert summarize(TEXT, replay=tmp_path, model=f"openai/{model}").provenance.model == model


def test_odd_metadata_of_one_ends_no_check_of_the_others(quiet: Path, said: Said) -> None:
    """A date that is none: that file is unreadable, the other is good."""
    quiet.write_text(
        re.sub(r"    date: .*", "    date: yesterday", quiet.read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert main(["cassettes", "check"]) == 6
    out, err = said()
    assert out.startswith(f"unreadable: cassettes/{QUIET.name}: it holds an article that cannot be used: not a date")
    assert err.startswith("1 good, 1 unreadable")


TAMPERED = {
    "a count": ("  exchanges: 2", "  exchanges: 7"),
    "no runs": ("recorded:", "recorded: []\nformerly:"),
    "a fault": ("  article:\n", "  lost:\n  - {after: 2, reason: unavailable, said: x, sent: true, everywhere: false}\n"
                "  article:\n"),
    "a provider": ("  provider: embedded", "  provider: server"),
    "a hash": ("  prompt: f", "  prompt: e"),
    "a tool": ('"response_format": {', '"tool_choice": "none",\n "response_format": {'),
    "a description": ('"title": "Draft"', '"title": "Draft", "description": "x"'),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_by_hand_is_noticed(name: str, quiet: Path, said: Said) -> None:
    """Head and requests are what was recorded, or the check says so."""
    text = quiet.read_text(encoding="utf-8")
    old, new = TAMPERED[name]
    assert old in text
    quiet.write_text(text.replace(old, new), encoding="utf-8")
    assert main(["cassettes", "check"]) == 6


def test_the_command_to_record_again_can_be_pasted(quiet: Path, said: Said, edit_prompt: Callable[..., None]) -> None:
    """A name with blanks and dollars is quoted."""
    odd = quiet.with_name("it's $(touch x).yaml")
    quiet.rename(odd)
    edit_prompt("windows.system.txt", "You word what", "You label what")
    assert main(["brief", str(ROOT / "seeds" / "invented-quiet.md"), "--replay", str(odd)]) == 6
    last = said()[1].splitlines()[-1].partition("with: ")[2]
    assert shlex.split(last) == ["summarizer", "cassettes", "rerecord", str(odd)]


def test_a_run_that_a_limit_cut_is_recorded_again_under_it(tmp_path: Path, said: Said) -> None:
    """One call was allowed, and one is made again."""
    with stub_server(entries(tagged)) as stub:
        summarize(TEXT, model="m", base_url=stub.url, record=tmp_path, limits=Limits(max_calls=1))
        assert main(["cassettes", "rerecord", str(tmp_path), "--base-url", stub.url]) == 0
        assert len(stub.requests) == 2
    assert "the brief is the same" in said()[0]
    assert main(["cassettes", "check", str(tmp_path)]) == 0
