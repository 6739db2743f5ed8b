"""Recording and replaying: what is stored, what fails a replay, and that a replay touches no network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from summarizer import Brief, StaleRecording, summarize
from tests.conftest import ROOT
from tests.stub_server import Body, completion, entries, stub_server
from tests.test_api import TEXT, tagged


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Brief]:
    """A folder with one recording of `TEXT`, and the brief that was made while recording."""
    monkeypatch.setenv("SUMMARIZER_API_KEY", "sk-canary0123456789012345678901234567")
    with stub_server(entries(tagged)) as stub:
        brief = summarize(TEXT, model="m", base_url=stub.url, record=tmp_path / "cassettes")
    return tmp_path / "cassettes", brief


def only(folder: Path) -> Path:
    """The one file in a folder."""
    (path,) = folder.iterdir()
    return path


def test_a_replay_gives_the_recorded_brief(recorded: tuple[Path, Brief]) -> None:
    """Same items, same usage; the provenance says that it is replayed and went nowhere."""
    folder, live = recorded
    replayed = summarize(TEXT, replay=folder)
    assert list(replayed.items()) == list(live.items())
    assert replayed.provenance.replayed
    assert replayed.provenance.endpoint is None
    assert replayed.provenance.run is None
    assert replayed.provenance.usage == live.provenance.usage
    assert replayed.provenance.model == live.provenance.model


def test_replaying_twice_gives_the_same_bytes(recorded: tuple[Path, Brief]) -> None:
    """Nothing volatile is in a replayed brief."""
    folder, _ = recorded
    assert summarize(TEXT, replay=folder).to_json() == summarize(TEXT, replay=folder).to_json()


def test_a_replay_imports_nothing_that_could_open_a_connection(recorded: tuple[Path, Brief]) -> None:
    """Neither openai, instructor and vcrpy nor any HTTP client."""
    folder, _ = recorded
    code = (
        "import sys; from summarizer import summarize;"
        f"summarize({TEXT!r}, replay={str(folder)!r});"
        "print(*{'openai', 'instructor', 'vcr', 'httpx2', 'http.client', 'urllib3'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == ""


def test_no_key_host_or_volatile_detail_is_stored(recorded: tuple[Path, Brief]) -> None:
    """Headers by allow-list, a neutral host, no ids."""
    text = only(recorded[0]).read_text(encoding="utf-8")
    for leak in (
        "canary",
        "127.0.0.1",
        "localhost",
        "uthorization",
        "user-agent",
        "stainless",
        "Server:",
        str(ROOT),
    ):
        assert leak not in text
    data = yaml.safe_load(text)
    for interaction in data["interactions"]:
        assert interaction["request"]["uri"] == "http://llm.test/v1/chat/completions"
        assert set(interaction["request"]["headers"]) <= {"content-type"}
        assert set(interaction["response"]["headers"]) <= {"content-type", "retry-after"}
        assert not {"id", "created"} & set(json.loads(interaction["response"]["body"]["string"]))


def test_the_head_of_a_recording_says_what_it_is(recorded: tuple[Path, Brief]) -> None:
    """Article, model, plan, prompt hash, date and licence."""
    folder, live = recorded
    head = yaml.safe_load(only(folder).read_text(encoding="utf-8"))["recorded"]
    assert head["article"] == live.article.id
    assert (head["model"], head["plan"], head["prompt"]) == ("m", "windows", live.provenance.prompt_hash)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", head["date"])
    assert head["licence"] == "unknown"


def test_vcrpy_can_read_what_is_stored(recorded: tuple[Path, Brief]) -> None:
    """The file is vcrpy's own format: its loader finds the interactions."""
    from vcr.persisters.filesystem import FilesystemPersister
    from vcr.serializers import yamlserializer

    path = only(recorded[0])
    requests, responses = FilesystemPersister.load_cassette(str(path), yamlserializer)
    assert len(requests) == len(responses) == 2


def test_another_text_finds_no_recording(recorded: tuple[Path, Brief]) -> None:
    """The recording belongs to the text, whatever the file's name."""
    with pytest.raises(StaleRecording, match="no recording of this article"):
        summarize(TEXT + " More.", replay=recorded[0])


def test_a_changed_prompt_fails_the_replay_and_shows_the_line(
    recorded: tuple[Path, Brief], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One changed word in a prompt: the error names the recording, the line and the command."""
    import shutil

    from summarizer import prompting

    edited = tmp_path / "prompts"
    shutil.copytree(ROOT / "prompts", edited)
    system = edited / "windows.system.txt"
    system.write_text(system.read_text().replace("You tag numbered", "You label numbered"))
    monkeypatch.setattr(prompting, "data_folder", lambda name: edited)
    for cached in (prompting._environment, prompting._static, prompting.prompt_hash):
        cached.cache_clear()
    try:
        with pytest.raises(StaleRecording, match=r"stale: the prompt changed.*You label numbered.*--record"):
            summarize(TEXT, replay=recorded[0])
    finally:
        for cached in (prompting._environment, prompting._static, prompting.prompt_hash):
            cached.cache_clear()


def test_a_changed_schema_fails_the_replay(recorded: tuple[Path, Brief]) -> None:
    """An answer that was made for another form is not used."""
    path = only(recorded[0])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"maxLength": 200', '"maxLength": 100'), encoding="utf-8")
    with pytest.raises(StaleRecording, match="schema"):
        summarize(TEXT, replay=recorded[0])


def test_an_unplayed_exchange_fails_the_replay(recorded: tuple[Path, Brief]) -> None:
    """All recorded exchanges must be played."""
    path = only(recorded[0])
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["interactions"].append(data["interactions"][0])
    path.write_text(yaml.dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.raises(StaleRecording, match="1 of 3"):
        summarize(TEXT, replay=recorded[0])


def test_a_recording_with_code_in_it_runs_nothing(recorded: tuple[Path, Brief], tmp_path: Path) -> None:
    """A hostile YAML file is refused; nothing of it is executed."""
    path = only(recorded[0])
    text = path.read_text(encoding="utf-8")
    marker = tmp_path / "executed"
    path.write_text(f"{text}\nevil: !!python/object/apply:os.system ['touch {marker}']\n", encoding="utf-8")
    with pytest.raises(StaleRecording, match="cannot be read"):
        summarize(TEXT, replay=recorded[0])
    assert not marker.exists()


@pytest.mark.parametrize("content", ["", "recorded:\n  article: x\n", "{", "recorded: 3\n", "\x00\x01"])
def test_a_file_that_is_no_recording_is_passed_over(content: str, tmp_path: Path) -> None:
    """Other files in the folder do no harm; without a fitting one the replay says so."""
    (tmp_path / "other.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(StaleRecording, match="no recording"):
        summarize(TEXT, replay=tmp_path)
    with pytest.raises(StaleRecording, match="no folder"):
        summarize(TEXT, replay=tmp_path / "missing")


def test_a_failed_run_leaves_no_recording(tmp_path: Path) -> None:
    """A recording appears whole or not at all."""
    with (
        stub_server(lambda body: completion(body, None, refusal="no")) as stub,
        pytest.raises(Exception, match="declined"),
    ):
        summarize(TEXT, model="m", base_url=stub.url, record=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_recorded_correction_is_replayed(tmp_path: Path) -> None:
    """A bad first answer and its correction are both in the recording and both played."""
    answers = iter([lambda body: completion(body, "prose"), entries(tagged), entries(tagged)])

    def reply(body: Body) -> object:
        return next(answers)(body)

    with stub_server(reply) as stub:  # type: ignore[arg-type]
        live = summarize(TEXT, model="m", base_url=stub.url, record=tmp_path)
    assert summarize(TEXT, replay=tmp_path).provenance.usage == live.provenance.usage
    assert live.provenance.usage.calls == 3


def test_plan_and_model_choose_among_recordings(tmp_path: Path) -> None:
    """`auto` takes the windows; a plan or model that was not recorded is named."""
    from tests.test_api import whole

    with stub_server(entries(tagged)) as stub:
        summarize(TEXT, model="m", base_url=stub.url, record=tmp_path, plan="windows")
    with stub_server(whole) as stub:
        summarize(TEXT, model="m", base_url=stub.url, record=tmp_path, plan="whole")
    assert summarize(TEXT, replay=tmp_path).provenance.plan == "windows"
    assert summarize(TEXT, replay=tmp_path, plan="whole").provenance.plan == "whole"
    with pytest.raises(StaleRecording, match="--model other"):
        summarize(TEXT, replay=tmp_path, model="other")
