"""Recording and replaying: what is stored, what fails a replay, and that a replay touches no network."""

from __future__ import annotations

import asyncio
import html
import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from summarizer import Article, Brief, Limits, StaleRecording, UsageError, asummarize, summarize
from summarizer.recording import cassette_path, slug
from tests.conftest import ROOT, every
from tests.stub_server import DROPPED, Body, Reply, completion, entries, error, json_reply, numbered, stub_server
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
    (head,) = yaml.safe_load(only(folder).read_text(encoding="utf-8"))["recorded"]
    assert head["article"]["id"] == live.article.id
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


def test_a_changed_prompt_fails_the_replay_and_shows_the_word(
    recorded: tuple[Path, Brief], edit_prompt: Callable[[str, str, str], None]
) -> None:
    """One changed word in a prompt: the error names recording, nearest request, line, both words and the command."""
    edit_prompt("windows.system.txt", "You word what", "You label what")
    with pytest.raises(StaleRecording) as caught:
        summarize(TEXT, replay=recorded[0])
    lines = str(caught.value).splitlines()
    path = only(recorded[0])
    assert lines[0] == f"{path} is stale: the prompt changed"
    assert lines[1] == "nearest recorded request: exchange 1 of 2, POST /v1/chat/completions"
    assert lines[2] == "system message, line 1:"
    assert lines[3].startswith("  - You word what")
    assert lines[4].startswith("  + You label what")
    assert lines[-1] == f"record again with: summarizer cassettes rerecord {path}"


def test_a_word_far_into_a_line_is_shown(recorded: tuple[Path, Brief], edit_prompt: Callable[..., None]) -> None:
    """What is shown is the place of the change, not the start of its line."""
    edit_prompt("windows.system.txt", "name and number, in the language", "name and figure, in the language")
    with pytest.raises(StaleRecording, match=r"(?s)- ….*name and number, in.*\+ ….*name and figure, in"):
        summarize(TEXT, replay=recorded[0])


def test_a_changed_schema_fails_the_replay(recorded: tuple[Path, Brief]) -> None:
    """An answer that was made for another form is not used."""
    path = only(recorded[0])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"maxLength": 120', '"maxLength": 100'), encoding="utf-8")
    with pytest.raises(StaleRecording, match="schema"):
        summarize(TEXT, replay=recorded[0])


def test_an_unplayed_exchange_fails_the_replay(recorded: tuple[Path, Brief]) -> None:
    """All recorded exchanges must be played."""
    path = only(recorded[0])
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["interactions"].append(json.loads(json.dumps(data["interactions"][0])))
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


CONNECTION = http.client.HTTPConnection


@pytest.mark.slow
def test_two_recordings_at_once_are_both_whole(tmp_path: Path) -> None:
    """Each file has the exchanges of its own article, and no patch of vcrpy's stays."""
    texts = [TEXT, TEXT.replace("Arland", "Borland")]

    async def both(url: str) -> list[Brief]:
        options = {"model": "m", "base_url": url, "record": tmp_path}
        return await asyncio.gather(*[asummarize(text, **options) for text in texts])  # type: ignore[arg-type]

    with stub_server(entries(tagged), delay=0.1) as stub:
        made = asyncio.run(both(stub.url))
    assert http.client.HTTPConnection is CONNECTION
    assert len(list(tmp_path.iterdir())) == 2
    for text, live in zip(texts, made, strict=True):
        replayed = summarize(text, replay=tmp_path)
        assert list(replayed.items()) == list(live.items())
        assert replayed.provenance.usage == live.provenance.usage


@pytest.mark.parametrize("folder", ["/proc/none", "/dev/null", "x" * 300])
def test_a_folder_that_cannot_be_recorded_into_is_told_before_any_call(folder: str) -> None:
    """One line, nothing is sent, and the next recording is free."""
    with stub_server(entries(tagged)) as stub:
        for _ in range(2):
            with pytest.raises(UsageError, match="cannot record into"):
                summarize(TEXT, model="m", base_url=stub.url, record=folder)
        assert not stub.requests
    assert http.client.HTTPConnection is CONNECTION


def test_a_recording_that_cannot_be_saved_leaves_no_patch(tmp_path: Path) -> None:
    """A file takes the folder's place while the model works: a usage error, and http.client is as before."""
    folder = tmp_path / "gone"

    def vanish(body: Body) -> Reply:
        folder.rmdir()
        folder.write_text("in the way")
        return entries(tagged)(body)

    with (
        stub_server(vanish, entries(tagged)) as stub,
        pytest.raises(UsageError, match="cannot record into"),
    ):
        summarize(TEXT, model="m", base_url=stub.url, record=folder)
    assert http.client.HTTPConnection is CONNECTION


def test_a_failing_model_leaves_no_patch(tmp_path: Path) -> None:
    """After an error inside the block nothing of vcrpy's stays."""
    with stub_server(error(404)) as stub, pytest.raises(Exception, match="404"):
        summarize(TEXT, model="m", base_url=stub.url, record=tmp_path)
    assert http.client.HTTPConnection is CONNECTION
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a" * 300, "слово" * 60, "文" * 300, "\U00020000" * 300])
def test_a_long_source_is_cut(name: str, tmp_path: Path) -> None:
    """No part of a name is longer than file systems take, in characters or bytes."""
    path = cassette_path(tmp_path, Article("x", source=f"{name}.txt"), "windows", f"openai/{name}")
    assert len(path.name.encode()) < 240
    assert len(path.name.split(".")[0]) <= 80
    path.touch()


def test_names_keep_the_letters_of_any_script() -> None:
    """Two Ukrainian names are two names; what is no letter becomes a hyphen."""
    assert slug("стаття") == "стаття"
    assert slug("новини 1/2") == "новини-1-2"
    assert slug("../..") == "article"


def test_articles_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    """The second gets the start of its id; a new recording of the first replaces the first."""
    first, second = Article(TEXT, source="a/news.txt"), Article(f"{TEXT} More.", source="b/news.txt")
    with stub_server(entries(tagged)) as stub:
        for article in (first, second, first, second):
            summarize(article, model="m", base_url=stub.url, record=tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"news.windows.m.yaml", f"news-{second.id[:8]}.windows.m.yaml"}
    assert all(summarize(article, replay=tmp_path).provenance.replayed for article in (first, second))


def unread(brief: Brief) -> list[tuple[int, int, str]]:
    """What is unread, with the code of the reason."""
    return [(left.first, left.last, left.reason.partition(":")[0]) for left in brief.audit.unread]


def prose(body: Body) -> Reply:
    """An answer that is no JSON."""
    return completion(body, "prose")


SECOND_WINDOWS: dict[str, list[Callable[[Body], Reply] | Reply]] = {
    "too_long_as_vllm_says_it": [json_reply(400, {"object": "error", "message": "maximum context length"})] * 3,
    "fastapi_knows_no_form_then_well": [json_reply(422, {"detail": "response_format"}), entries(tagged)],
    "no_credit": [json_reply(429, {"detail": "insufficient_quota"})],
    "packed_fault": [(503, {"content-type": "text/html", "content-encoding": "gzip"}, b"packed")] * 2,
    "rejected": [error(404)],
    "no_key": [error(401)],
    "redirected": [error(307, location="http://127.0.0.1:9/v1")],
    "too_large": [error(413)] * 3,  # the window, and each half of it
    "busy": [error(503, retry_after="0")] * 3,
    "busy_for_long": [error(429, retry_after="5000")],
    "busy_then_well": [error(429, retry_after="0"), entries(tagged)],
    "packed": [(200, {"content-type": "application/json", "content-encoding": "gzip"}, b"packed")] * 2,
    "dropped_then_well": [DROPPED, entries(tagged)],
    "prose_then_busy_then_well": [prose, error(500, retry_after="0"), entries(tagged)],
}


@pytest.mark.parametrize("name", every(3, SECOND_WINDOWS))
def test_a_recorded_fault_is_replayed(name: str, tmp_path: Path) -> None:
    """The replayed brief has the items, unread sentences and usage of the live one, and nothing is waited for."""
    steps = list(SECOND_WINDOWS[name])

    def reply(body: Body) -> Reply:
        if numbered(body)[0][0] == 1:
            return entries(tagged)(body)
        step = steps.pop(0)
        return step(body) if callable(step) else step

    with stub_server(reply) as stub:
        live = summarize(TEXT, model="m", base_url=stub.url, record=tmp_path)
    replayed = summarize(TEXT, replay=tmp_path)
    assert not steps
    assert list(replayed.items()) == list(live.items())
    assert unread(replayed) == unread(live)
    assert replayed.provenance.usage == live.provenance.usage
    assert live.audit.complete == name.endswith("well")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(Limits(max_calls=1), "budget"), (Limits(timeout=1.0), "unavailable")],
    ids=["calls", "seconds"],
)
def test_what_a_limit_forbade_is_replayed(limits: Limits, reason: str, tmp_path: Path) -> None:
    """A run that ended by its limits gives the same brief from its recording, which has limits of its own no more."""

    def reply(body: Body) -> Reply:
        if numbered(body)[0][0] != 1:
            time.sleep(1.0)
        return entries(tagged)(body)

    with stub_server(reply) as stub:
        live = summarize(TEXT, model="m", base_url=stub.url, record=tmp_path, limits=limits)
    replayed = summarize(TEXT, replay=tmp_path)
    assert [what[2] for what in unread(live)] == [reason]
    assert list(replayed.items()) == list(live.items())
    assert unread(replayed) == unread(live)
    assert replayed.provenance.usage == live.provenance.usage


def test_a_server_that_knows_no_schema_is_replayed(tmp_path: Path) -> None:
    """The 400 that made the live model ask for a tool instead is played as well."""

    def reply(body: Body) -> Reply:
        if "response_format" in body:
            return 400, {"content-type": "application/json"}, b'{"error": {"message": "response_format is unknown"}}'
        return entries(tagged)(body)

    with stub_server(reply) as stub:
        live = summarize(TEXT, model="m", base_url=stub.url, record=tmp_path)
    assert live.provenance.usage.calls == 3
    assert summarize(TEXT, replay=tmp_path).provenance.usage == live.provenance.usage


def test_a_run_that_ended_early_does_not_blame_the_prompt(recorded: tuple[Path, Brief]) -> None:
    """A request after the last recorded one: the error says that the recorded run ended."""
    path = only(recorded[0])
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    del data["interactions"][1:]
    path.write_text(yaml.dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.raises(StaleRecording, match="the recorded run ended before this request"):
        summarize(TEXT, replay=recorded[0])


def test_what_is_no_readable_file_is_passed_over(recorded: tuple[Path, Brief]) -> None:
    """A folder, a dangling link and a FIFO that are named like recordings do no harm."""
    folder, live = recorded
    (folder / "a.yaml").mkdir()
    (folder / "b.yaml").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "c.yaml")
    assert list(summarize(TEXT, replay=folder).items()) == list(live.items())
    with pytest.raises(StaleRecording, match="no folder"):
        summarize(TEXT, replay=folder / ("x" * 300))


KEY = "-".join(("sk", "canary", "0123456789", "abcdefghijklmnop"))
ECHOES: dict[str, Callable[[str], str]] = {
    "plain": lambda key: key,
    "escaped": lambda key: key.replace("c", "\\u0063"),
    "slashed": lambda key: key.replace("-", "\\u002d"),
    "in percents": lambda key: key.replace("-", "%2D"),
    "in HTML": lambda key: key.replace("-", "&#45;").replace("c", "&#x63;"),
}


@pytest.mark.parametrize("status", every(2, [503, 200]))
@pytest.mark.parametrize("name", ECHOES)
def test_no_way_of_echoing_a_key_gets_it_into_a_recording(
    name: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is, behind escapes, in percents; in a completion and in an error."""
    monkeypatch.setenv("SUMMARIZER_API_KEY", KEY + "/+")
    echoed = ECHOES[name](KEY)

    def reply(body: Body) -> Reply:
        if numbered(body)[0][0] == 1:
            return entries(tagged)(body)
        text = '{"object": "x", "choices": [], "detail": "the key ' + echoed + '%2F%2B"}'
        return status, {"content-type": "application/json", "retry-after": "0"}, text.encode()

    with stub_server(reply) as stub:
        summarize(TEXT, model="m", base_url=stub.url, record=tmp_path)
    text = only(tmp_path).read_text(encoding="utf-8")
    assert "canary" not in html.unescape(unquote(json.dumps(yaml.safe_load(text))))


def test_a_recording_names_no_account_path_or_password(tmp_path: Path) -> None:
    """Not of the server's address, its model files and error texts, nor of where the article lay."""
    account = "org-" + "Ab3De5Gh7Jk9"

    def reply(body: Body) -> Reply:
        if numbered(body)[0][0] == 1:
            status, headers, data = entries(tagged)(body)
            return status, headers, data.replace(b'"model": "', b'"model": "/home/' + b"anna/")
        return json_reply(404, {"detail": f"no such model in {account}", "request_id": "r1"})

    article = Article(TEXT, source="https://anna:" + "secret7@news.example/story?session=1", external_id="/desk/7")
    with stub_server(reply) as stub:
        base_url = stub.url.replace("/v1", "/tenants/acme/token77/v1")
        summarize(article, model="/srv/models/q.gguf", base_url=base_url, record=tmp_path)
    text = only(tmp_path).read_text(encoding="utf-8")
    for detail in (account, "anna", "secret7", "session", "acme", "token77", "/srv", "127.0.0.1", "desk/7"):
        assert detail not in text
    assert summarize(TEXT, replay=tmp_path, model="/srv/models/q.gguf").provenance.model == "q.gguf"


@pytest.mark.slow
def test_models_and_articles_of_like_names_keep_their_own_recordings(tmp_path: Path) -> None:
    """Also at the same time; and a file of somebody else's stays."""
    texts = [TEXT, TEXT.replace("Arland", "Borland")]
    (tmp_path / "news.windows.a-b.yaml").write_text("mine: 1\n")

    async def at_once(url: str) -> None:
        articles = [Article(text, source="news.txt") for text in texts]
        await asyncio.gather(*[asummarize(a, model="a/b", base_url=url, record=tmp_path) for a in articles])

    with stub_server(entries(tagged), delay=0.05) as stub:
        asyncio.run(at_once(stub.url))
        for model in ("a-b", "a b"):
            summarize(Article(TEXT, source="news.txt"), model=model, base_url=stub.url, record=tmp_path)
    assert (tmp_path / "news.windows.a-b.yaml").read_text() == "mine: 1\n"
    assert len(list(tmp_path.iterdir())) == 5
    assert all(summarize(TEXT, replay=tmp_path, model=model).provenance.model == model for model in ("a/b", "a-b"))
    assert summarize(texts[1], replay=tmp_path).provenance.replayed


def test_another_embedded_model_makes_its_recordings_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade that brings another default is noticed at once; another model file that was named is not meant."""
    from summarizer import replaying

    monkeypatch.setattr(replaying, "EMBEDDED", "local/a-newer-one")
    with pytest.raises(StaleRecording, match="the embedded model is local/a-newer-one now"):
        summarize(Article.from_file(ROOT / "seeds" / "invented-quiet.md"), replay=ROOT / "cassettes")
