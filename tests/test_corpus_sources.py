"""Sources: folders, globs, files and standard input; what cannot be read is told with its place, the rest goes on."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from summarizer import Article, InputError, UsageError
from summarizer.corpus.sources import Found, Names, found
from tests.conftest import ROOT

TEXT = "The army left Kherson on Friday. Talks were refused."


def put(folder: Path, **files: str | bytes) -> None:
    """Write files, whose names have `__` for a slash and `_` for the last dot."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def told(items: Iterator[Found]) -> dict[str, str | None]:
    """What is wrong, or None, by external id; each has an article or a problem."""
    out: dict[str, str | None] = {}
    for item in items:
        assert (item.article is None) != (item.problem is None)
        assert item.article is None or item.article.external_id == item.external_id
        assert item.external_id not in out
        assert item.place.isprintable()
        out[item.external_id] = str(item.problem) if item.problem else None
    return out


def test_a_folder_is_read_to_the_bottom_by_path(tmp_path: Path) -> None:
    """The id is the path below the folder; hidden files are passed over, other kinds are told once."""
    put(tmp_path, b_txt=TEXT, a__z_md=TEXT, a__b__c_html=f"<p>{TEXT}</p>", d_json=json.dumps({"text": TEXT}))
    put(tmp_path, x_pdf="%PDF-", y_PDF="%PDF-", a__w_doc="?")
    put(tmp_path, e_jsonl=json.dumps({"text": TEXT}) + "\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / ".x.txt").write_text(TEXT, encoding="utf-8")
    lines: list[str] = []
    assert told(found([str(tmp_path)], tell=lines.append)) == dict.fromkeys(
        ["a/b/c.html", "a/z.md", "b.txt", "d.json", "e.jsonl:1"]
    )
    assert lines == [f"{tmp_path}: not read: 2 .pdf, 1 .doc"]


def test_an_article_is_the_one_that_brief_reads(tmp_path: Path) -> None:
    """The same text, metadata and source as `Article.from_file`."""
    put(tmp_path, a_md=f"---\ntitle: T\ndate: 2022-11-14\n---\n{TEXT}")
    (item,) = found([str(tmp_path / "a.md")])
    assert item.article == Article.from_file(tmp_path / "a.md", external_id="a.md")


def test_an_id_of_its_own_goes_before_the_name_and_is_unique(tmp_path: Path) -> None:
    """The second that has it gets a number behind it."""
    put(
        tmp_path,
        a_md=f"---\nid: X\n---\n{TEXT}",
        b_json=json.dumps({"id": "X", "text": TEXT}),
        c_md="---\nid: X (2)\n---\nx",
    )
    assert list(told(found([str(tmp_path), str(tmp_path / "a.md")]))) == ["X", "X (2)", "X (2) (2)", "X (3)"]


def test_ids_stay_apart_in_what_an_article_keeps_of_them(tmp_path: Path) -> None:
    """The number behind a very long one is not cut off."""
    rows = "".join(json.dumps({"id": "x" * 3_000, "text": f"{TEXT} {n}"}) + "\n" for n in range(3))
    (tmp_path / "w.jsonl").write_text(rows, encoding="utf-8")
    items = list(found([str(tmp_path / "w.jsonl")]))
    ids = [item.article.external_id for item in items if item.article]
    assert ids == [item.external_id for item in items]
    assert len(set(ids)) == 3


def test_a_hundred_thousand_times_the_same_id_is_quick() -> None:
    """The last number is remembered."""
    names = Names()
    assert [names.unique("a") for _ in range(100_000)][-1] == "a (100000)"


def test_metadata_is_given_to_all_and_beats_their_own(tmp_path: Path) -> None:
    """The keywords of `Article`."""
    put(tmp_path, a_md=f"---\npublisher: P\n---\n{TEXT}", b_txt=TEXT)
    items = list(found([str(tmp_path)], metadata={"publisher": "Q", "language": "en", "title": None}))
    assert [(i.article.publisher, i.article.language) for i in items if i.article] == [("Q", "en")] * 2


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Binary, empty, too large, a link in a circle."""
    put(
        tmp_path,
        a_txt=b"\x89PNG\r\n\x1a\n....",
        b_txt="",
        c_txt="x" * 5_000_000,
        d_json="[]",
        f_txt=TEXT,
        g_parquet="no",
    )
    put(tmp_path, h_xml="<a/>", i_csv="", j_jsonl="\n \n")
    (tmp_path / "e.txt").symlink_to("e.txt")
    why = told(found([str(tmp_path), str(tmp_path / "nope"), str(tmp_path / "nope.csv"), "\0"]))
    assert why.pop("f.txt") is None
    expected = {
        "a.txt": "PNG", "b.txt": "empty", "c.txt": "too large", "d.json": "one object", "e.txt": "symbolic links",
        "g.parquet": "Parquet", "h.xml": "neither RSS nor Atom", "i.csv": "empty", "j.jsonl": "empty",
        "nope": "no such file", "nope.csv": "no such file", "": "null",
    }  # fmt: skip
    assert why.keys() == expected.keys()
    for name, words in expected.items():
        assert words in str(why[name]), name


def test_folders_linked_in_a_circle_are_read_once(tmp_path: Path) -> None:
    """Links to folders are not followed, and that is told."""
    put(tmp_path, a__x_txt=TEXT)
    for name in ("one", "two"):
        (tmp_path / "a" / name).symlink_to(tmp_path)
    lines: list[str] = []
    assert told(found([str(tmp_path)], tell=lines.append)) == {"a/x.txt": None}
    assert told(found([f"{tmp_path}/**/*.txt"])) == {"x.txt": None}
    assert "2 links to folders" in lines[0]


def test_a_folder_or_file_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are read."""
    put(tmp_path, a__x_txt=TEXT, b__x_txt=TEXT, c_csv=f"text\n{TEXT}\n", d_txt=TEXT)
    scandir, opened = os.scandir, Path.open

    def closed(path: Any) -> Any:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    def locked(path: Path, *rest: Any, **options: Any) -> Any:
        if path.name in ("c.csv", "d.txt"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *rest, **options)

    monkeypatch.setattr(os, "scandir", closed)
    monkeypatch.setattr(Path, "open", locked)
    why = told(found([str(tmp_path)]))
    assert why.pop("b/x.txt") is None
    assert why.keys() == {"a", "c.csv", "d.txt"}
    assert all("Permission denied" in str(words) for words in why.values())


def test_a_name_may_hold_anything(tmp_path: Path) -> None:
    """Line ends and escapes do not come through; bytes that are no UTF-8 neither."""
    for name in ("a\nb.txt", "\x1b[31mred.txt", os.fsdecode(b"\xff.txt")):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    assert list(told(found([str(tmp_path)]))) == ["[31mred.txt", "a b.txt", ".txt"]


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    """Only files are read."""
    os.mkfifo(tmp_path / "x.txt")
    (tmp_path / "w.txt").symlink_to("x.txt")
    put(tmp_path, y_txt=TEXT)
    assert told(found([str(tmp_path)])) == {"y.txt": None}
    special = "a pipe, socket or device, not a file"
    assert told(found([f"{tmp_path}/*.txt"])) == {"w.txt": special, "x.txt": special, "y.txt": None}


def test_a_glob_is_expanded_and_an_empty_one_told(tmp_path: Path) -> None:
    """As the shell would, by name."""
    put(tmp_path, b_txt=TEXT, a_txt=TEXT, c_md=TEXT, s__d_txt=TEXT)
    assert list(told(found([f"{tmp_path}/*.txt"]))) == ["a.txt", "b.txt"]
    assert list(told(found([f"{tmp_path}/**/d*"]))) == ["d.txt"]
    (tmp_path / "[x].txt").write_text(TEXT, encoding="utf-8")
    assert told(found([f"{tmp_path}/[x].txt"])) == {"[x].txt": None}
    assert told(found([f"{tmp_path}/*.rtf"])) == {f"{tmp_path}/*.rtf": "no file matches"}


def test_a_folder_without_articles_is_a_problem(tmp_path: Path) -> None:
    """It says what is there and what is read."""
    put(tmp_path, x_pdf="%PDF-")
    (words,) = told(found([str(tmp_path)])).values()
    assert words
    assert words.startswith("no article in the folder (1 .pdf); what is read: .atom, .csv")


def test_a_wrong_column_or_wrong_metadata_is_told_before_anything_is_read() -> None:
    """When it is called, not when the first is asked for."""
    with pytest.raises(UsageError, match="no column 'body'"):
        found(["x"], columns={"body": "text"})
    with pytest.raises(UsageError, match="both text and html"):
        found(["x"], columns={"html": "a", "text": "b"})
    with pytest.raises(UsageError, match="an id"):
        found(["x"], metadata={"external_id": "1"})
    with pytest.raises(InputError, match="not a date"):
        found(["x"], metadata={"date": "soon"})


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> dict[str, str | None]:
    """What is found on a standard input with `data`."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return told(found(["-"]))


def test_standard_input_is_json_lines_a_feed_or_one_article(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its first line shows that is not empty."""
    line = json.dumps({"text": TEXT}).encode()
    assert stdin(monkeypatch, b"\n\n" + line + b"\n{\n" + line) == {
        "stdin:3": None,
        "stdin:4": "not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "stdin:5": None,
    }
    assert stdin(monkeypatch, TEXT.encode()) == {"stdin": None}
    assert stdin(monkeypatch, json.dumps({"text": TEXT}, indent=1).encode()) == {"stdin": None}
    assert stdin(
        monkeypatch, b"<rss><channel><item><guid>g</guid><description>x</description></item></channel></rss>"
    ) == {"g": None}
    assert "empty" in str(stdin(monkeypatch, b"")["stdin"])
    assert "too large" in str(stdin(monkeypatch, b"x" * 11_000_000)["stdin"])
    assert "too large" in str(stdin(monkeypatch, b'{"text": "' + b"x" * 11_000_000)["stdin:1"])


def test_a_csv_on_standard_input_is_known_by_the_columns_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the numbers of its lines; what begins with other words is prose."""
    rows = f'a,"{TEXT}"\nb\nc,"{TEXT}"\n'
    assert list(stdin(monkeypatch, f"\ufeffid,Text\n{rows}".encode())) == ["a", "stdin:3", "c"]
    given = stdin(monkeypatch, f"\nid,Text\n{rows}".encode())
    assert list(given) == ["a", "stdin:4", "c"]
    assert [given["a"], given["c"]] == [None, None]
    assert "a broken row: 1 cells, the first row names 2" in str(given["stdin:4"])
    assert stdin(monkeypatch, f"id;text\nа;{TEXT} Зеленський\n".encode("cp1251")) == {"а": None}
    assert "no column 'text' or 'html'" in str(stdin(monkeypatch, f"id\tdate\n{rows}".encode())["stdin"])
    assert "empty" in str(stdin(monkeypatch, b"id,text\n")["stdin"])
    for prose in ("Text, pictures and sound", "Kyiv, date unknown", "text"):
        assert stdin(monkeypatch, f"{prose}\n\n{TEXT}".encode()) == {"stdin": None}


def test_reading_does_not_ask_for_the_language_and_loads_nothing_it_does_not_use(tmp_path: Path) -> None:
    """It is found when it is needed; feedparser, pyarrow and rapidfuzz are loaded for their files."""
    put(tmp_path, a_txt=TEXT, b_csv=f"text\n{TEXT}\n", c_jsonl=json.dumps({"text": TEXT}))
    script = (
        "import sys; from summarizer.corpus import duplicates, sources, watching\n"
        f"assert [f.article._detected for f in sources.found([{str(tmp_path)!r}])] == [None] * 3\n"
        "print(sorted({'feedparser', 'pyarrow', 'rapidfuzz', 'gcld3', 'lxml', 'trafilatura'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


def test_a_broken_first_line_on_standard_input_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a JSON array is not briefed as if it were prose."""
    line = json.dumps({"text": TEXT}).encode()
    given = stdin(monkeypatch, line[:-1] + b"\n" + line + b"\n" + line)
    assert "not valid JSON" in str(given.pop("stdin:1"))
    assert given == {"stdin:2": None, "stdin:3": None}
    for array in (b"[" + line + b"]", b"[\n" + line + b"]"):
        assert "a JSON array" in str(stdin(monkeypatch, array)["stdin"])


def test_json_lines_in_utf_16_say_how_to_save_them(tmp_path: Path) -> None:
    """Their lines do not end where bytes do."""
    (tmp_path / "w.jsonl").write_text(json.dumps({"text": TEXT}) + "\n", encoding="utf-16")
    assert "save it as UTF-8" in str(told(found([str(tmp_path / "w.jsonl")]))["w.jsonl"])
