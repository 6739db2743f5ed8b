"""The files of a batch: what a line says, whole or nothing, growing, and what cannot be a file."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import signal
from pathlib import Path
from typing import Any

import pytest

from summarizer import Brief, UsageError
from summarizer.corpus import outputs
from summarizer.corpus.engine import Result
from tests.exported import HOSTILE, hostile, nothing, replayed, unread
from tests.factories import brief

HOSTILE_NAME = "a\x1b[2J\nb\u202e=1+1\udcff"
RESULTS = (
    Result("one", "wire/one.txt", brief=brief()),
    Result("two", "wire.jsonl, line 2", duplicate_of="one"),
    Result("three", "wire/three.txt", brief=unread(nothing())),
    Result("four", "wire/four.txt", error="InputError", detail="not text"),
)


def write(folder: Path, *results: Result, names: tuple[str, str | None, str | None] | None = None) -> dict[str, str]:
    """Write results into the three files; what was sealed, by name."""
    sealed: dict[str, str] = {}
    briefs, rows, database = names or ("briefs.jsonl", "rows.csv", "batch.db")
    with outputs.whole(
        folder / briefs,
        folder / rows if rows else None,
        folder / database if database else None,
        text=True,
        sealed=lambda path, digest: sealed.update({path.name: digest}),
    ) as add:
        for result in results:
            add(result)
    return sealed


def names(folder: Path) -> list[str]:
    """What is in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def lines(path: Path) -> list[dict[str, Any]]:
    """JSON Lines."""
    data = path.read_bytes()
    assert data.endswith(b"\n")
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


def test_every_input_has_its_line_in_order(tmp_path: Path) -> None:
    """A brief, a duplicate, an incomplete brief, a failure."""
    write(tmp_path, *RESULTS)
    first, second, third, fourth = lines(tmp_path / "briefs.jsonl")
    assert Brief.load(json.dumps(first)) == brief()
    assert second == {"external_id": "two", "duplicate_of": "one"}
    assert not third["audit"]["complete"]
    assert fourth == {
        "external_id": "four", "error": "InputError", "detail": "not text", "place": "wire/four.txt",
    }  # fmt: skip


def test_a_line_is_the_stable_brief(tmp_path: Path) -> None:
    """Byte for byte `to_json`, with and without the article's text."""
    made = replayed()[0]
    for text in (True, False):
        with outputs.whole(tmp_path / "o.jsonl", None, None, text=text, sealed=lambda path, digest: None) as add:
            add(Result("a", "a.txt", brief=made))
        wanted = made.to_json(stable=True, text=text, indent=None) + "\n"
        assert (tmp_path / "o.jsonl").read_text(encoding="utf-8") == wanted


def test_rows_are_those_of_the_export(tmp_path: Path) -> None:
    """Under one head; duplicates and failures have none."""
    from summarizer.exports.rows import CSV_HEAD, csv_lines, jsonl_lines

    write(tmp_path, *RESULTS)
    assert (tmp_path / "rows.csv").read_bytes().decode() == CSV_HEAD + csv_lines(brief()) + csv_lines(unread(nothing()))
    write(tmp_path, *RESULTS, names=("o.jsonl", "rows.jsonl", None))
    assert (tmp_path / "rows.jsonl").read_text("utf-8") == jsonl_lines(brief()) + jsonl_lines(unread(nothing()))


def test_names_from_outside_cannot_break_a_line(tmp_path: Path) -> None:
    """Escape sequences, line breaks, directions, and bytes of file names that are no text."""
    write(tmp_path, Result(HOSTILE_NAME, HOSTILE_NAME, error="InputError", detail=HOSTILE_NAME))
    raw = (tmp_path / "briefs.jsonl").read_bytes()
    assert b"\x1b" not in raw
    assert "\u202e" not in raw.decode()
    assert lines(tmp_path / "briefs.jsonl")[0]["place"] == HOSTILE_NAME.replace("\udcff", "\ufffd")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_briefs_come_back_from_their_line(tmp_path: Path, text: str) -> None:
    """And no control character stands in any file of text."""
    write(tmp_path, Result("a", "a", brief=hostile(text)))
    assert Brief.load((tmp_path / "briefs.jsonl").read_bytes()) == hostile(text)
    assert not {"\x1b", "\x00", "\u202e"} & set((tmp_path / "rows.csv").read_bytes().decode())


def test_nothing_is_there_before_the_end(tmp_path: Path) -> None:
    """Then all are, sealed with their hash, and no other file is left."""
    path = tmp_path / "briefs.jsonl"
    with outputs.whole(path, None, None, text=True, sealed=lambda path, digest: None) as add:
        add(RESULTS[0])
        assert not path.exists()
    sealed = write(tmp_path, *RESULTS)
    assert names(tmp_path) == ["batch.db", "briefs.jsonl", "rows.csv"]
    assert sealed == {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in names(tmp_path)}


def test_files_are_sealed_before_the_first_takes_its_place(tmp_path: Path) -> None:
    """Who is killed meanwhile knows of each what it was to hold."""
    seen: list[list[str]] = []
    with outputs.whole(
        tmp_path / "o.jsonl", tmp_path / "r.csv", None, text=True,
        sealed=lambda path, digest: seen.append([n for n in names(tmp_path) if not n.startswith(".")]),
    ):  # fmt: skip
        pass
    assert seen == [[], []]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_files_stay_as_they_were_when_it_ends_badly(tmp_path: Path, error: type[BaseException]) -> None:
    """None is replaced, none is begun, none is sealed."""
    (tmp_path / "briefs.jsonl").write_text("before")

    def fail() -> None:
        sealed: list[str] = []
        with outputs.whole(
            tmp_path / "briefs.jsonl", tmp_path / "r.parquet", tmp_path / "x.db", text=True,
            sealed=lambda path, digest: sealed.append(digest),
        ) as add:  # fmt: skip
            add(RESULTS[0])
            raise error
        assert not sealed

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == ["briefs.jsonl"]
    assert (tmp_path / "briefs.jsonl").read_text() == "before"


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    """In every format."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    wanted = ("o.parquet", "r.parquet", "x.db")
    assert write(tmp_path / "a", *RESULTS, names=wanted) == write(tmp_path / "b", *RESULTS, names=wanted)


def _killed(folder: Path) -> None:
    import os

    with outputs.whole(folder / "o.jsonl", None, folder / "x.db", text=True, sealed=lambda path, digest: None) as add:
        add(RESULTS[0])
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """But not what a living one is writing, and nobody else's file."""
    process = multiprocessing.get_context("fork").Process(target=_killed, args=(tmp_path,))
    process.start()
    process.join()
    left = names(tmp_path)
    assert len(left) >= 2
    (tmp_path / ".0123456789abcdef.partial").touch()
    with outputs.whole(
        tmp_path / "o.jsonl", None, tmp_path / "x.db", text=True, sealed=lambda path, digest: None
    ) as add:
        assert not set(left) & set(names(tmp_path))
        add(RESULTS[0])  # the database has a journal beside it now
        write(tmp_path, RESULTS[0], names=("o.jsonl", None, "x.db"))
    assert names(tmp_path) == [".0123456789abcdef.partial", "o.jsonl", "x.db"]


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    """As with every file that is named."""
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "o.jsonl")
    write(tmp_path, RESULTS[1], names=("link.jsonl", None, None))
    assert (tmp_path / "link.jsonl").is_symlink()
    assert lines(tmp_path / "o.jsonl")[0]["duplicate_of"] == "one"


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """In one line with the file's name."""
    with (
        pytest.raises(UsageError, match=r"^cannot write to .*full\.jsonl: No space left on device$"),
        outputs.growing(_full(tmp_path), None, None, text=True) as add,
    ):
        add(RESULTS[0])


def _full(folder: Path) -> Path:
    path = folder / "full.jsonl"
    path.symlink_to("/dev/full")
    return path


def test_a_growing_file_has_each_result_at_once(tmp_path: Path) -> None:
    """In all formats; a second time it goes on behind the first."""
    import sqlite3

    paths = (tmp_path / "o.jsonl", tmp_path / "r.csv", tmp_path / "x.db")
    done = 0
    for part in (RESULTS[:2], RESULTS[2:]):
        with outputs.growing(*paths, text=True) as add:
            for result in part:
                add(result)
                done += 1
                assert len(lines(paths[0])) == done
                with sqlite3.connect(paths[2]) as database:
                    assert database.execute("SELECT count(*) FROM articles").fetchone() == (done,)
                database.close()
    grown = {name: (tmp_path / name).read_bytes() for name in ("o.jsonl", "r.csv")}
    write(tmp_path, *RESULTS, names=("o.jsonl", "r.csv", "x.db"))
    assert grown == {name: (tmp_path / name).read_bytes() for name in grown}


def test_parquet_cannot_grow(tmp_path: Path) -> None:
    """It is told before anything is written."""
    path = tmp_path / "o.parquet"
    with pytest.raises(UsageError, match="cannot grow"), outputs.growing(path, None, None, text=True):
        pass
    with pytest.raises(UsageError, match="cannot grow"):
        outputs.check_targets(path, None, None, grows=True)
    assert names(tmp_path) == []


def test_good_targets_are_let_through(tmp_path: Path) -> None:
    """Also when the files exist, and when the folder that is read only has other files."""
    (tmp_path / "o.jsonl").touch()
    (tmp_path / "wire").mkdir()
    outputs.check_targets(
        tmp_path / "o.jsonl", tmp_path / "r.CSV", tmp_path / "wire" / "x.db",
        inputs=[str(tmp_path / "wire"), "-", str(tmp_path / "*.txt"), str(tmp_path / "in" / "*.jsonl")],
        ledger=tmp_path / "o.ledger",
    )  # fmt: skip
    assert names(tmp_path) == ["o.jsonl", "wire"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"briefs": "o.json"}, r"^-o takes a file that ends in \.jsonl or \.parquet, not "),
        ({"briefs": "-"}, "^-o takes a file"),
        ({"rows": "o"}, r"^--rows takes a file that ends in \.csv, \.jsonl or \.parquet"),
        ({"database": "o.csv"}, "^--db takes a file"),
        ({"briefs": "no/o.jsonl"}, "there is no folder .*no; make it first$"),
        ({"briefs": "folder.jsonl"}, "it is a folder; give a file$"),
        ({"briefs": "pipe.jsonl"}, "it is no ordinary file; give a file$"),
        ({"briefs": "circle.jsonl"}, "^cannot write to .*circle.jsonl: "),
        ({"briefs": "o.jsonl", "rows": "o.jsonl"}, "^-o and --rows are the same file"),
        ({"briefs": "o.jsonl", "rows": "link.jsonl"}, "^-o and --rows are the same file"),
        ({"database": "x.db", "ledger": "x.db"}, "^--db and --ledger are the same file"),
        ({"briefs": "in.jsonl"}, r"in\.jsonl is read, and that is in it; give -o another file$"),
        ({"rows": "folder/sub/rows.csv"}, "folder is read, and that is in it; give --rows another file$"),
        ({"rows": "wire/rows.csv"}, r"\*\.csv is read, and that is in it"),
        ({"rows": "folder/../wire/rows.csv"}, r"\*\.csv is read, and that is in it"),
        ({"rows": "other/rows.csv"}, r"\*\.csv is read, and that is in it"),
    ],
)
def test_targets_that_cannot_be_are_refused(tmp_path: Path, given: dict[str, str], said: str) -> None:
    """With what to do, and nothing is written."""
    import os

    for folder in ("folder.jsonl", "folder/sub", "wire", "other"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("in.jsonl", "o.jsonl"):
        (tmp_path / file).touch()
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "circle.jsonl").symlink_to("circle.jsonl")
    (tmp_path / "link.jsonl").symlink_to("o.jsonl")
    before = names(tmp_path)
    paths = {"briefs": "b.jsonl", **given}
    paths = {name: path if path == "-" else str(tmp_path / path) for name, path in paths.items()}
    with pytest.raises(UsageError, match=said):
        outputs.check_targets(
            Path(paths["briefs"]),
            Path(paths["rows"]) if "rows" in paths else None,
            Path(paths["database"]) if "database" in paths else None,
            inputs=[str(tmp_path / name) for name in ("in.jsonl", "folder", "wire/*.csv", "wire/../other/*.csv")],
            ledger=Path(paths["ledger"]) if "ledger" in paths else None,
        )
    assert names(tmp_path) == before


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked of a model."""
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'desk-summarizer\[parquet\]'"):
        outputs.check_targets(tmp_path / "o.parquet", None, None)
