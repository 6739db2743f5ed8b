"""What holds of every export, and the command `summarizer export`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer import Brief, UnverifiedBrief, UsageError
from summarizer.cli import main
from summarizer.exports import EXPORTS, export
from tests.conftest import ROOT
from tests.exported import HOSTILE, all_rejected, hostile, nothing, placed, replayed, reviewed, unread
from tests.factories import TEXT, brief

NAMES = sorted(EXPORTS)
JSON = ("annotation", "jsonld", "ninjs")
CASES = [
    (brief(), "Made by AI, not yet reviewed."),
    (nothing(), "Made by AI, not yet reviewed."),
    (reviewed(brief(), signed_off=True), "Made by AI, reviewed and signed off by Ana Roe on 2026-02-03."),
    (reviewed(brief(), signed_off=False), "Made by AI, review not finished: Ana Roe has not signed off."),
    (unread(), "Made by AI, not yet reviewed. Incomplete: sentences 2 to 2 were not read."),
    (unread(nothing()), "Incomplete: sentences 2 to 2 were not read."),
    (all_rejected(), "Nothing could be verified: all statements the model gave were rejected."),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("made", "words"), CASES)
def test_every_export_says_that_ai_made_it_and_who_reviewed_it(made: Brief, words: str, name: str) -> None:
    """In words, also where nothing was found, something was not read or nothing could be verified."""
    assert words in export(made, name)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_verified_is_not_exported(name: str) -> None:
    """A brief that was tampered with by force raises, and no text comes out."""
    made = brief()
    object.__setattr__(made.positions[0].evidence[0], "quote", "“We will retreat now.”")
    with pytest.raises(UnverifiedBrief):
        export(made, name)


def test_an_unknown_name_is_a_usage_error() -> None:
    """It says which names there are."""
    with pytest.raises(UsageError, match="annotation, jsonld, ninjs, csv, jsonl"):
        export(brief(), "xml")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_brief_gives_the_same_export(name: str) -> None:
    """Nothing in it comes from the clock or from chance."""
    assert export(brief(), name) == export(Brief.load(brief().to_json()), name)


@pytest.mark.parametrize("name", JSON)
@given(text=st.text(max_size=30) | st.sampled_from(HOSTILE))
@settings(max_examples=50)
def test_json_can_stand_in_a_script_element(name: str, text: str) -> None:
    """No `<` and no control or direction-changing character is in it, whatever the fields hold."""
    written = export(hostile(text), name)
    assert "<" not in written
    assert not set(written) & {"\x00", "\x1b", "\r", "\u2028", "\u202e"}
    assert isinstance(json.loads(written), dict)


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize(
    "source",
    ["http://user:secret@e.example/", "/somewhere/secret.txt", "http://localhost/secret", "ftp://secret.example/"],
)
def test_only_public_addresses_name_the_article(name: str, source: str) -> None:
    """No password, path or private host is in the formats that are published; the rows hold the field as it is."""
    made = placed("It snowed.", source=source)
    assert "secret" not in export(made, name)
    assert "secret" in export(made, "jsonl")


def saved(folder: Path, name: str, *briefs: Brief, **options: Any) -> Path:
    """A file with briefs, as the command `brief` writes them."""
    path = folder / name
    indent = None if len(briefs) > 1 else 2
    path.write_text("".join(b.to_json(indent=indent, **options) + "\n" for b in briefs), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `summarizer export`."""
    code = main(["export", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("name", NAMES)
def test_the_command_writes_what_the_library_gives(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To stdout or, with -o, to a file."""
    path = saved(tmp_path, "brief.json", brief())
    assert run(capsys, path, "--to", name) == (0, export(brief(), name), "")
    assert run(capsys, path, "--to", name, "-o", tmp_path / "out") == (0, "", "")
    assert (tmp_path / "out").read_bytes().decode() == export(brief(), name)


def test_a_brief_on_stdin(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(brief().to_json().encode())))
    assert run(capsys, "-", "--to", "jsonl") == (0, export(brief(), "jsonl"), "")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_briefs_is_the_same_as_several_files(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON Lines in, the JSON formats as JSON Lines out, the rows under one head."""
    both = (brief(), placed("Snow."))
    lines = saved(tmp_path, "briefs.jsonl", *both)
    files = [saved(tmp_path, f"{n}.json", one) for n, one in enumerate(both)]
    code, out, _ = run(capsys, lines, "--to", name)
    assert (code, out) == run(capsys, *files, "--to", name)[:2]
    if name == "csv":
        table = list(csv.reader(io.StringIO(out, newline="")))
        assert len(table) == 4
        assert [row[0] for row in table] == ["article_id", *[both[0].article.id] * 2, both[1].article.id]
    else:
        assert len(out.splitlines()) == (3 if name == "jsonl" else 2)
        assert [json.loads(line) for line in out.splitlines()][-1]


def test_one_broken_brief_does_not_stop_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is named with its line; the exit code is that of the first."""
    good = brief().to_json(indent=None)
    wrong = json.loads(good)
    wrong["positions"][0]["evidence"][0]["quote"] = "“We will retreat now.”"
    path = tmp_path / "briefs.jsonl"
    path.write_text(f"{{oops\n{good}\n\n{json.dumps(wrong)}\n", encoding="utf-8")
    code, out, err = run(capsys, path, tmp_path / "none.json", "--to", "csv")
    assert code == 3
    assert len(list(csv.reader(io.StringIO(out, newline="")))) == 3
    assert [line.partition(": ")[2].partition(": ")[0] for line in err.splitlines()] == [
        f"{path}, line 1",
        f"{path}, line 4",
        str(tmp_path / "none.json"),
    ]


def test_nothing_is_written_where_all_are_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An older file stays as it was."""
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "out.csv").write_text("old", encoding="utf-8")
    code, out, err = run(capsys, tmp_path / "bad.json", "--to", "csv", "-o", tmp_path / "out.csv")
    assert (code, out, (tmp_path / "out.csv").read_text()) == (3, "", "old")
    assert "not a verified brief" in err


def test_a_brief_without_its_text_needs_the_article(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--article` gives it."""
    path = saved(tmp_path, "brief.json", brief(), text=False)
    (tmp_path / "article.txt").write_text(TEXT, encoding="utf-8")
    code, out, err = run(capsys, path, "--to", "jsonl")
    assert (code, out) == (3, "")
    assert "--article" in err
    assert run(capsys, path, "--to", "jsonl", "--article", tmp_path / "article.txt")[:2] == (
        0,
        export(brief(), "jsonl"),
    )


def test_an_unknown_format_is_told_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and the names."""
    code, out, err = run(capsys, "none.json", "--to", "xml")
    assert (code, out) == (2, "")
    assert "annotation, jsonld, ninjs, csv, jsonl" in err


@pytest.mark.parametrize("name", NAMES)
def test_real_briefs_are_exported(name: str) -> None:
    """Those replayed from the cassettes of all seeds."""
    for made in replayed():
        assert "Made by AI, not yet reviewed." in export(made, name)


def test_the_page_names_every_export_and_column() -> None:
    """docs/exports.md."""
    from summarizer.exports.annotation import NAMESPACE
    from summarizer.exports.rows import COLUMNS, CSV_COLUMNS

    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    assert [name for name in (*EXPORTS, *COLUMNS, *CSV_COLUMNS, NAMESPACE) if f"`{name}`" not in page] == []
