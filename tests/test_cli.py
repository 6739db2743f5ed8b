"""The command line: outcomes, exit codes, streams. The model is a stub server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from summarizer import Brief, __version__
from summarizer.cli import main
from tests.conftest import ROOT, every
from tests.stub_server import Body, Reply, completion, entries, error, nothing, numbered, stub_server
from tests.test_api import TEXT, tagged

Capture = pytest.CaptureFixture[str]


def article(folder: Path, text: str = TEXT, name: str = "article.txt") -> str:
    """A file with an article."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_complete_brief_goes_to_stdout_and_exits_with_0(tmp_path: Path, capsys: Capture) -> None:
    """Results on stdout only; the JSON loads and verifies."""
    with stub_server(entries(tagged)) as stub:
        code = main(["brief", article(tmp_path), "--model", "m", "--base-url", stub.url, "--format", "json"])
    out, err = capsys.readouterr()
    assert code == 0
    assert err == ""
    assert len(list(Brief.load(out).items())) == 4


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_readable_forms_show_each_line_with_its_evidence(form: str, tmp_path: Path, capsys: Capture) -> None:
    """Headline, holder, line, quote beneath, and that it is AI-made."""
    with stub_server(entries(tagged)) as stub:
        main(["brief", article(tmp_path), "--model", "m", "--base-url", stub.url, "--format", form])
    out = capsys.readouterr().out
    for part in (
        "Key points",
        "Conditions for talks",
        "Lena Moor",
        "only if the siege ends",
        "not yet reviewed",
    ):
        assert part in out
    assert "\x1b" not in out


def test_nothing_found_is_a_brief_that_says_so(tmp_path: Path, capsys: Capture) -> None:
    """Exit 0, and the text says that nothing was found."""
    with stub_server(entries(nothing)) as stub:
        quiet = article(tmp_path, "The river froze on Monday. The bridge was closed.")
        assert main(["brief", quiet, "--model", "m", "--base-url", stub.url]) == 0
    assert "Nothing found" in capsys.readouterr().out


def test_an_incomplete_brief_exits_with_5(tmp_path: Path, capsys: Capture) -> None:
    """Something unread: the brief is printed and says what."""

    def refuse_second(body: Body) -> Reply:
        return completion(body, None, refusal="no") if numbered(body)[0][0] > 4 else entries(tagged)(body)

    with stub_server(refuse_second) as stub:
        assert main(["brief", article(tmp_path), "--model", "m", "--base-url", stub.url]) == 5
    assert "NOT READ: sentences 5 to 6" in capsys.readouterr().out


def png() -> bytes:
    """The head of a PNG file."""
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


BAD_INPUTS = {
    "empty": b"",
    "white_space": b" \n\t \n",
    "png": png(),
    "too_large": b"word " * 1_000_000,
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_input_is_one_line_and_exit_3(name: str, tmp_path: Path, capsys: Capture) -> None:
    """Nothing on stdout, one line on stderr that names the file."""
    path = tmp_path / f"{name}.txt"
    path.write_bytes(BAD_INPUTS[name])
    assert main(["brief", str(path), "--model", "m", "--base-url", "http://127.0.0.1:9/v1"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert name in err


@pytest.mark.parametrize("name", ["", "missing.txt"])
def test_a_directory_and_a_missing_path_are_bad_input(name: str, tmp_path: Path, capsys: Capture) -> None:
    """Exit 3 with the path."""
    path = str(tmp_path / name)
    assert main(["brief", path, "--model", "m", "--base-url", "http://127.0.0.1:9/v1"]) == 3
    assert str(tmp_path) in capsys.readouterr().err


READABLE = {
    "utf16.txt": TEXT.encode("utf-16"),
    "latin1.html": (
        "<html><head><meta charset='iso-8859-1'><title>Frieden</title></head><body><article>"
        "<p>Foreign Minister Lena Moor said that Arland wants peace and will talk in spring.</p>"
        "<p>Der Präsident, sagte er, bleibt in Köln.</p></article></body></html>"
    ).encode("latin-1"),
    "article.json": json.dumps({"text": TEXT, "id": "7", "date": "2030-01-02"}).encode(),
    "ukrainian.txt": "Президент заявив, що переговори неможливі. «Ми не відступимо», – сказав він у Києві.".encode(),
}


@pytest.mark.parametrize("name", READABLE)
def test_unusual_but_readable_input_gives_a_brief(name: str, tmp_path: Path, capsys: Capture) -> None:
    """UTF-16, Latin-1 HTML by its charset, JSON, Ukrainian."""
    path = tmp_path / name
    path.write_bytes(READABLE[name])
    with stub_server(entries(nothing)) as stub:
        assert main(["brief", str(path), "--model", "m", "--base-url", stub.url, "--format", "json"]) == 0
    brief = Brief.load(capsys.readouterr().out)
    assert brief.article.text
    if name == "latin1.html":
        assert "Präsident" in brief.article.text
    if name == "ukrainian.txt":
        assert brief.article.language == "uk"
    if name == "article.json":
        assert (brief.article.external_id, brief.article.date) == ("7", "2030-01-02")


def test_several_inputs_give_json_lines_and_go_on_after_a_bad_one(tmp_path: Path, capsys: Capture) -> None:
    """In input order; the exit is that of the first that was not 0."""
    files = [article(tmp_path, name="a.txt"), str(tmp_path / "missing.txt"), article(tmp_path, name="b.txt")]
    with stub_server(entries(tagged)) as stub:
        code = main(["brief", *files, "--model", "m", "--base-url", stub.url, "--format", "json"])
    out, err = capsys.readouterr()
    assert code == 3
    assert "missing.txt" in err
    assert [Brief.load(line).article.source for line in out.splitlines()] == [files[0], files[2]]


def test_output_goes_whole_into_a_file(tmp_path: Path, capsys: Capture) -> None:
    """-o writes the brief and nothing to stdout; no partial file is left."""
    target = tmp_path / "brief.json"
    with stub_server(entries(tagged)) as stub:
        arguments = ["--model", "m", "--base-url", stub.url, "--format", "json", "-o", str(target)]
        assert main(["brief", article(tmp_path), *arguments]) == 0
    assert Brief.load(target.read_text(encoding="utf-8")).article.text
    assert capsys.readouterr().out == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == ["article.txt", "brief.json"]


def test_a_failing_model_leaves_an_existing_output_alone(tmp_path: Path) -> None:
    """Exit 4, and what was there before is still there."""
    target = tmp_path / "brief.json"
    target.write_text("before")
    with stub_server(error(404)) as stub:
        arguments = ["--model", "m", "--base-url", stub.url, "-o", str(target)]
        assert main(["brief", article(tmp_path), *arguments]) == 4
    assert target.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["article.txt", "brief.json"]


def test_stable_and_no_text(tmp_path: Path, capsys: Capture) -> None:
    """--stable gives equal bytes for equal briefs, --no-text a brief without the article's text."""
    path = article(tmp_path)
    with stub_server(entries(tagged)) as stub:
        arguments = ["brief", path, "--model", "m", "--base-url", stub.url, "--format", "json"]
        outputs = []
        for _ in range(2):
            main([*arguments, "--stable"])
            outputs.append(capsys.readouterr().out)
        main([*arguments, "--no-text"])
    assert outputs[0] == outputs[1]
    data = json.loads(capsys.readouterr().out)
    assert data["article"]["text"] is None
    assert data["provenance"]["run"]["duration_s"] >= 0


def test_metadata_options_beat_the_document(tmp_path: Path, capsys: Capture) -> None:
    """--date beats front matter."""
    path = article(tmp_path, f"---\ntitle: Old\ndate: 2020-01-01\n---\n{TEXT}", "a.md")
    with stub_server(entries(nothing)) as stub:
        arguments = ["--model", "m", "--base-url", stub.url, "--format", "json", "--date", "2021-02-03"]
        main(["brief", path, *arguments])
    data = json.loads(capsys.readouterr().out)
    assert (data["article"]["title"], data["article"]["date"]) == ("Old", "2021-02-03")


@pytest.mark.parametrize(
    "arguments",
    [
        ["brief"],
        ["brief", "x", "--format", "xml"],
        ["brief", "x", "--plan", "none"],
        ["brief", "x", "--timeout", "soon"],
        ["nonsense"],
        ["brief", __file__, "--model", "nobody/x"],
        ["brief", __file__],
        ["brief", __file__, "--date", "soon"],
        ["brief", __file__, "--language", "klingon"],
        ["brief", __file__, __file__, "--title", "x"],
        ["brief", __file__, __file__, "--date", "2030-01-01"],
        ["brief", __file__, __file__, "--source", "x"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: Capture) -> None:
    """Nothing on stdout, and a message that says what is wrong."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.match("(summarizer|Error): ", err.splitlines()[-1])


@pytest.mark.slow
def test_publisher_and_language_belong_to_all_inputs(tmp_path: Path, capsys: Capture) -> None:
    """Several articles of one publisher."""
    files = [article(tmp_path, name=name) for name in ("a.txt", "b.txt")]
    with stub_server(entries(nothing)) as stub:
        options = ["--model", "m", "--base-url", stub.url, "--format", "json"]
        assert main(["brief", *files, *options, "--publisher", "P", "--language", "en"]) == 0
    assert [Brief.load(line).article.publisher for line in capsys.readouterr().out.splitlines()] == ["P", "P"]


def test_the_separator_stands_between_briefs_only(tmp_path: Path, capsys: Capture) -> None:
    """After a bad first input the second begins without one; a third has one before it."""
    files = [str(tmp_path / "missing.txt"), article(tmp_path, name="a.txt"), article(tmp_path, name="b.txt")]
    with stub_server(entries(tagged)) as stub:
        main(["brief", *files, "--model", "m", "--base-url", stub.url])
    out = capsys.readouterr().out
    assert out.startswith("Lena Moor")
    assert out.count("-" * 40) == 1


@pytest.mark.parametrize("name", ["", ".", "folder", "missing/brief.txt", "article.txt/brief.txt", "x" * 300, "loop"])
def test_an_output_that_cannot_be_written_is_wrong_usage_before_any_call(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Exit 2 with one line, and no model was asked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with stub_server(entries(tagged)) as stub:
        assert main(["brief", article(tmp_path), "--model", "m", "--base-url", stub.url, "-o", name]) == 2
        assert not stub.requests
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("summarizer: cannot write to ")
    assert err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["article.txt", "folder", "loop"]


def test_output_goes_through_a_link_and_into_a_device(tmp_path: Path) -> None:
    """A link stays a link and its target is written; a FIFO stays a FIFO."""
    import threading

    link, fifo, read = tmp_path / "link", tmp_path / "fifo", list[str]()
    link.symlink_to(tmp_path / "target")
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: read.append(fifo.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    with stub_server(entries(tagged)) as stub:
        options = ["--model", "m", "--base-url", stub.url, "--format", "json", "-o"]
        assert main(["brief", article(tmp_path), *options, str(link)]) == 0
        assert main(["brief", article(tmp_path), *options, str(fifo)]) == 0
        assert main(["brief", article(tmp_path), *options, os.devnull]) == 0
    reader.join(5)
    assert link.is_symlink()
    assert fifo.is_fifo()
    assert not Path(os.devnull).is_file()
    assert Brief.load((tmp_path / "target").read_text(encoding="utf-8")).article.text
    assert Brief.load(read[0]).article.text


def test_an_incomplete_run_is_replayed_as_incomplete(tmp_path: Path, capsys: Capture) -> None:
    """The second window was answered with 404: exit 5 live and replayed, with the same lines of the brief."""

    def lose_second(body: Body) -> Reply:
        return error(404) if numbered(body)[0][0] > 4 else entries(tagged)(body)

    path, recordings = article(tmp_path), str(tmp_path / "recordings")
    with stub_server(lose_second) as stub:
        assert main(["brief", path, "--model", "m", "--base-url", stub.url, "--record", recordings]) == 5
    live = capsys.readouterr().out
    assert main(["brief", path, "--replay", recordings]) == 5
    replayed = capsys.readouterr().out
    assert "NOT READ: sentences 5 to 6: rejected_request" in live
    assert "NOT READ: sentences 5 to 6: rejected_request" in replayed
    assert replayed.partition("Check")[0] == live.partition("Check")[0]


def test_version_and_schema(capsys: Capture) -> None:
    """`--version` names the version; `schema` prints what is published in schemas/."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"summarizer {__version__}\n"
    for arguments, name in ((["schema"], "brief"), (["schema", "review"], "review")):
        assert main(arguments) == 0
        published = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
        assert capsys.readouterr().out == published


def test_doctor_names_what_is_missing_and_probes_for_real(capsys: Capture) -> None:
    """Keys and packages that are missing are named; the probe says whether the schema is honoured."""

    def found(n: int, text: str) -> tuple[str, str, str]:
        return ("Ida Kolm", "only if", "condition") if n > 1 else ("", "", "none")

    with stub_server(entries(found)) as stub:
        assert main(["doctor", "--model", "m", "--base-url", stub.url]) == 0
    out = capsys.readouterr().out
    assert "set OPENAI_API_KEY" in out
    assert "statements found: 2 of 2" in out
    with stub_server(lambda body: completion(body, "I am a poet")) as stub:
        assert main(["doctor", "--model", "m", "--base-url", stub.url]) == 4
    assert "failed" in capsys.readouterr().out


def test_weights_path_without_weights_says_how_to_get_them(capsys: Capture) -> None:
    """Exit 2 and the command."""
    assert main(["weights", "path"]) == 2
    assert "summarizer weights fetch" in capsys.readouterr().err


def command(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "summarizer", *arguments],
        capture_output=True,
        env=environment,
        **options,  # type: ignore[call-overload,no-any-return]
    )


@pytest.mark.more
def test_stdin_is_read_and_a_pipe_gets_no_escape_codes() -> None:
    """`-` reads the article from stdin; piped output is plain."""
    with stub_server(entries(tagged)) as stub:
        done = command("brief", "-", "--model", "m", "--base-url", stub.url, input=TEXT.encode())
    assert done.returncode == 0
    assert b"Lena Moor" in done.stdout
    assert b"\x1b" not in done.stdout + done.stderr


SHELL = {
    "{brief} - --replay cassettes <&-": "standard input is closed",
    "{brief} seeds/invented-quiet.md --replay cassettes >&-": "cannot write the output: standard output is closed",
    "{brief} seeds/invented-quiet.md --replay cassettes >/dev/full": "cannot write the output: No space left",
    "{brief} seeds/invented-quiet.md --replay cassettes -o /dev/full": "cannot write the output: No space left",
    "{schema} >/dev/full": "cannot write the output: No space left",
    "{schema} >&-": "cannot write the output: standard output is closed",
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("line", every(2, SHELL))
def test_a_closed_or_full_stream_is_one_line_and_exit_2(line: str) -> None:
    """Nothing about a bug and nothing from Python itself."""
    commands = {name: f"{sys.executable} -m summarizer {name}" for name in ("brief", "schema")}
    done = subprocess.run(["sh", "-c", line.format(**commands)], capture_output=True, cwd=ROOT, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"summarizer: {SHELL[line]}")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_failure() -> None:
    """`summarizer schema | true` and a brief into `true`: exit 0 without a word."""
    for arguments in ("schema", "brief seeds/invented-quiet.md --replay cassettes --format json"):
        line = f"(sleep 0.1; {sys.executable} -m summarizer {arguments}; echo $? >&2) | true"
        done = subprocess.run(["sh", "-c", line], capture_output=True, cwd=ROOT, text=True)
        assert done.stderr == "0\n"


@pytest.mark.more
def test_interrupting_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Ctrl-C while the model works: exit 130, no output, no partial file, no recording."""
    import signal
    import time

    target, recordings = tmp_path / "brief.json", tmp_path / "recordings"
    with stub_server(entries(tagged), delay=30) as stub:
        options = ["--model", "m", "--base-url", stub.url, "-o", str(target), "--record", str(recordings)]
        process = subprocess.Popen(
            [sys.executable, "-m", "summarizer", "brief", article(tmp_path), *options],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # background jobs ignore it
            stderr=subprocess.PIPE,
        )
        while not stub.requests and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["article.txt"]
    assert not recordings.exists() or not list(recordings.iterdir())
