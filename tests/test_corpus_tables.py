"""Tables: JSON Lines, CSV and Parquet give an article a row, and what is broken is told with its place."""

from __future__ import annotations

import datetime as dt
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from summarizer import UsageError
from summarizer.corpus.sources import Found, found

TEXT = "The army left Kherson on Friday. Talks were refused."


def read(path: Path, content: str | bytes | None = None, **columns: str) -> list[Found]:
    """What is found in a file with `content`."""
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(found([str(path)], columns=columns))


def texts(items: list[Found]) -> list[str]:
    """The text of each, or what is wrong."""
    return [item.article.text if item.article else str(item.problem) for item in items]


def test_a_json_lines_row_is_an_input_article(tmp_path: Path) -> None:
    """All its fields are read; without an id it is called by its line."""
    row = {
        "id": 7, "text": TEXT, "title": "T", "date": "2022-11-14", "publisher": "P", "source": "S",
        "language": "uk", "licence": "CC0", "other": [1],
    }  # fmt: skip
    one, two = read(tmp_path / "w.jsonl", f"\ufeff{json.dumps(row)}\r\n\r\n" + json.dumps({"html": f"<p>{TEXT}</p>"}))
    a = one.article
    assert a
    assert (a.external_id, a.text, a.title, a.date, a.publisher, a.source, a.language, a.licence) == (
        "7", TEXT, "T", "2022-11-14", "P", "S", "uk", "CC0",
    )  # fmt: skip
    assert (two.place, two.external_id, texts([two])) == (f"{tmp_path}/w.jsonl, line 3", "w.jsonl:3", [TEXT])


def test_a_broken_json_line_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Also one before the first good one."""
    good = json.dumps({"text": TEXT})
    lines = [
        "{",
        good,
        "[1]",
        '{"text": 1}',
        '{"text": ""}',
        '{"title": "x"}',
        "[" * 100_000,
        '{"text": "x", "date": "soon"}',
    ]
    lines += ['{"text": ' + "1" * 5000 + "}", good]
    first, second, *others, last = texts(read(tmp_path / "w.jsonl", "\n".join(lines)))
    assert (second, last) == (TEXT, TEXT)
    for found_words, words in zip(
        [first, *others],
        [
            "not valid JSON",
            "not a JSON object",
            '"text" must be a string',
            "no article",
            "no article",
            "nested",
            "not a date",
            "JSON",
        ],
        strict=True,
    ):
        assert words in found_words


def test_a_file_that_is_no_json_lines_is_told_once(tmp_path: Path) -> None:
    """A JSON array, a picture, one JSON object over many lines, a log."""
    assert "a JSON array, not JSON Lines" in texts(read(tmp_path / "a.jsonl", '[\n{"text": "x"},\n{"text": "y"}\n]'))[0]
    assert texts(read(tmp_path / "b.jsonl", b"\x89PNG\r\n\x1a\n" + b"\n" * 9)) == ["not JSON Lines but a PNG image"]
    (words,) = texts(read(tmp_path / "c.jsonl", "a line\n" * 1000))
    assert words.startswith("none of the first 100 lines can be read; of the first: not valid JSON")


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_table_without_text_lists_its_columns_once(tmp_path: Path, suffix: str) -> None:
    """And says how one is named."""
    rows = ["body,headline"] + ["x,y"] * 300 if suffix == "csv" else ['{"body": "x", "headline": "y"}'] * 300
    (item,) = read(tmp_path / f"w.{suffix}", "\n".join(rows))
    assert str(item.problem) == (
        "no column 'text' or 'html'; the columns are: body, headline. Name the one that holds the article, "
        "such as --column text=body"
    )
    assert item.external_id == f"w.{suffix}"
    assert len(read(tmp_path / f"w.{suffix}", None, text="body", title="headline")) == 300
    assert "no column 'bod'" in texts(read(tmp_path / f"w.{suffix}", None, text="bod"))[0]


def test_a_row_with_both_gives_its_text_or_what_was_named(tmp_path: Path) -> None:
    """An empty one is none."""
    row = (
        json.dumps({"text": "Short.", "html": "<p>Long one.</p>"})
        + "\n"
        + json.dumps({"text": "", "html": "<p>Only.</p>"})
    )
    assert texts(read(tmp_path / "w.jsonl", row)) == ["Short.", "Only."]
    assert texts(read(tmp_path / "w.jsonl", None, html="html")) == ["Long one.", "Only."]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_csv_of_any_dialect_is_read(tmp_path: Path, delimiter: str, end: str, encoding: str) -> None:
    """Delimiter, line end, byte order mark; quoted line ends and quotation marks; names in capitals; blank lines."""
    lines = ["ID,Title,Text", 'a,"x, y; z","He said ""no"".\n\nЩе рядок."', "", "b,,Short."]
    written = end.join(line.replace(",", delimiter).replace(f"x{delimiter}", "x,") for line in lines)
    one, two = read(tmp_path / "w.csv", written.encode(encoding))
    assert one.article
    assert (one.external_id, one.article.title, one.article.text) == ("a", "x, y; z", 'He said "no".\n\nЩе рядок.')
    assert (two.external_id, *texts([two])) == ("b", "Short.")
    assert one.place.endswith("line 2")
    assert two.place.endswith("line 6")


def test_broken_csv_rows_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Too many cells, too few, a quotation mark inside, one that is not closed."""
    rows = ["text,title", "A.,1", "B.,2,3", "C.", '"D."x,4', "E.,5,,", "F.\0,6", '"G.,7', "H.,8"]
    *items, last = read(tmp_path / "w.csv", "\n".join(rows))
    assert texts(items) == [
        "A.", "a broken row: 3 cells, the first row names 2", "a broken row: 1 cells, the first row names 2",
        "a broken row: ',' expected after '\"'", "E.", "F.\0",
    ]  # fmt: skip
    assert str(last.problem) == "a broken row: a quotation mark is not closed; lines 8 to 9 are lost"


def test_bytes_that_are_no_utf8_are_seen(tmp_path: Path) -> None:
    """One in UTF-8 is replaced; a file in another encoding is read in it, and the articles say so."""
    good = "text\n" + ("Ще один рядок про переговори. " * 20 + "\n") * 2_500
    data = good.encode()
    middle = data.index(b"\n", len(data) // 2)
    items = read(tmp_path / "w.csv", data[:middle] + b"\xff" + data[middle:])
    assert len(items) == 2_500
    assert sum("\ufffd" in text for text in texts(items)) == 1
    items = read(tmp_path / "w.csv", (b"text\n" + (b"Plain. " * 500 + b"\n") * 400 + good[5:2000].encode("cp1251")))
    assert texts(items)[-2].startswith("Ще один рядок про переговори. Ще")
    assert items[0].article
    assert ("encoding_guessed", None) in [(f.code, f.sentence) for f in items[0].article.flags]
    row = json.dumps({"text": "Ще один рядок про переговори, на які ніхто не чекав."}, ensure_ascii=False)
    items = read(tmp_path / "w.jsonl", row.encode() + b"\n" + row.encode()[:60] + b"\xff" + row.encode()[60:])
    assert ["\ufffd" in text for text in texts(items)] == [False, True]


def test_a_column_that_stands_there_twice_is_told(tmp_path: Path) -> None:
    """Only when it is read."""
    assert texts(read(tmp_path / "a.csv", "text,text\nx,y\n")) == ["two columns are called 'text'; rename one"]
    assert texts(read(tmp_path / "a.csv", "text,x,x\nA.,y,z\n")) == ["A."]
    assert texts(read(tmp_path / "a.csv", "text,Text\nA.,B.\n")) == ["A."]


def test_an_empty_or_foreign_csv_is_told(tmp_path: Path) -> None:
    """No row, no row but the first, an office document, a first row without end."""
    assert texts(read(tmp_path / "a.csv", "")) == ["empty: there is no row in it"]
    assert texts(read(tmp_path / "a.csv", "text\n\n")) == ["empty: there is no article in it"]
    assert "not CSV but a ZIP archive" in texts(read(tmp_path / "a.csv", b"PK\x03\x04..."))[0]
    assert "no column 'text'" in texts(read(tmp_path / "a.csv", '"' + "x\n" * 1_000_000))[0]
    assert "no column 'text'" in texts(read(tmp_path / "a.csv", 'te"x"t\nx"y\n'))[0]


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_line_without_end_is_told_in_little_memory(tmp_path: Path, suffix: str) -> None:
    """60 MB on one line, and 60 MB after a quotation mark that is not closed."""
    path = tmp_path / f"w.{suffix}"
    start, good = ('text\n"', "Good.\n") if suffix == "csv" else ('{"text": "', '{"text": "Good."}\n')
    with path.open("w", encoding="utf-8") as stream:
        stream.write(start)
        for _ in range(60):
            stream.write("x" * 1_000_000)
        stream.write(f"\n{good}")
    tracemalloc.start()
    items = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(items[0].problem).startswith("too large: longer than 10,000,000 bytes")
    assert texts(items)[-1] == "Good."
    assert peak < 60_000_000


def test_an_open_quotation_mark_costs_a_limited_part_of_the_file(tmp_path: Path) -> None:
    """After ten million characters the row is given up, and reading goes on."""
    words = texts(read(tmp_path / "w.csv", 'text,title\n"open,x\n' + (("y" * 999_999) + "\n") * 12 + "Good.,t\n"))
    assert "Is a quotation mark not closed?" in words[0]
    assert words[-1] == "Good."


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """Ten times the rows, the same peak but for 8 bytes an id."""
    row = json.dumps({"text": TEXT * 20}) + "\n"
    peaks = []
    for count in (200, 200, 2_000):
        (tmp_path / "w.jsonl").write_text(row * count, encoding="utf-8")
        tracemalloc.start()
        assert sum(1 for item in found([str(tmp_path / "w.jsonl")]) if item.article) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 2_000 * 150


def parquet(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    """Write a Parquet file."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    write_table(pa.table(columns), path, **options)
    return path


def test_parquet_rows_are_read_with_their_types(tmp_path: Path) -> None:
    """Strings of all kinds, numbers as ids, days and times as dates, nulls."""
    pa = pytest.importorskip("pyarrow")
    path = parquet(
        tmp_path / "w.parquet",
        {
            "text": pa.array([TEXT, None, "Third."]).dictionary_encode(),
            "id": pa.array([1, 2, None], pa.int32()),
            "date": pa.array([dt.datetime(2022, 11, 14, 23, tzinfo=dt.UTC), None, None], pa.timestamp("us", "UTC")),
            "title": pa.array(["T", None, None], pa.large_string()),
            "vector": pa.array([[1.0], None, None]),
        },
    )
    one, two, three = read(path)
    assert one.article
    assert (one.external_id, one.article.date, one.article.title) == ("1", "2022-11-14", "T")
    assert texts([one, two, three]) == [TEXT, "no article: text and html empty or missing", "Third."]
    assert (two.place, three.external_id) == (f"{path}, row 2", "w.parquet:3")


def test_parquet_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Cut, of the wrong types, without text; not UTF-8 in one cell; a row group that is damaged."""
    pa = pytest.importorskip("pyarrow")
    path = parquet(
        tmp_path / "w.parquet",
        {"text": [f"Article {n}." for n in range(300)]},
        row_group_size=100,
        compression="none",
        use_dictionary=False,
    )
    data = path.read_bytes()
    assert "not a readable Parquet file" in texts(read(tmp_path / "cut.parquet", data[:-100]))[0]
    assert "not a readable Parquet file" in texts(read(tmp_path / "cut.parquet", data[: len(data) // 2]))[0]
    damaged = bytearray(data)
    at = data.index(b"Article 100.")
    damaged[at - 60 : at - 4] = b"\xff" * 56
    words = texts(read(tmp_path / "damaged.parquet", bytes(damaged)))
    assert (words[0], words[-1]) == ("Article 0.", "Article 299.")
    assert any("cannot be read" in word for word in words)
    assert texts(read(parquet(tmp_path / "n.parquet", {"text": [1, 2]}))) == ["the column 'text' holds int64, not text"]
    assert (
        "no column 'text' or 'html'; the columns are: a"
        in texts(read(parquet(tmp_path / "a.parquet", {"a": ["x"]})))[0]
    )
    broken = pa.Array.from_buffers(pa.string(), 2, pa.array([b"ab\xff", b"Good."], pa.binary()).buffers())
    assert texts(read(parquet(tmp_path / "u.parquet", {"text": broken})))[1] == "Good."
    assert texts(read(parquet(tmp_path / "e.parquet", {"text": pa.array([], pa.string())}))) == [
        "empty: there is no article in it"
    ]


def test_parquet_without_its_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong use, not a wrong file."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'desk-summarizer\[parquet\]'"):
        read(tmp_path / "w.parquet", b"PAR1")


def test_a_parquet_date_in_no_time_zone_costs_its_rows_only(tmp_path: Path) -> None:
    """A file may name any zone."""
    pa = pytest.importorskip("pyarrow")
    dates = pa.array([0], pa.timestamp("us", tz="Nowhere/Bad"))
    path = parquet(tmp_path / "w.parquet", {"text": pa.array(["The army left."]), "date": dates})
    (item,) = found([str(path)])
    assert "a cell cannot be read" in str(item.problem)


def test_a_row_that_cannot_be_read_keeps_the_id_it_brings(tmp_path: Path) -> None:
    """Else nobody could say which of his articles failed."""
    data = b'{"id": "a", "text": "The army left."}\n{"id": "b", "text": 5}\n{"id": 7, "text": ""}\n{"text": ""}\n'
    assert [item.external_id for item in read(tmp_path / "w.jsonl", data)] == ["a", "b", "7", "w.jsonl:4"]
