"""The rows: one a statement, the same in CSV and JSON Lines, and no formula in any cell."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer import Brief
from summarizer.exports import export
from summarizer.exports.rows import COLUMNS, CSV_COLUMNS, cell, rows
from tests.exported import HOSTILE, all_rejected, hostile, nothing, replayed, reviewed, unread
from tests.factories import TEXT, brief, span

DANGEROUS = re.compile(r"[\s\"'“”‘’\u200b\ufeff]*[=+\-@＝＋－＠]")


def table(made: Brief) -> list[dict[str, str]]:
    """The CSV as a reader of RFC 4180 has it."""
    return list(csv.DictReader(io.StringIO(export(made, "csv"), newline=""), strict=True))


def lines(made: Brief) -> list[dict[str, Any]]:
    """The JSON Lines."""
    return [json.loads(line) for line in export(made, "jsonl").splitlines()]


def restored(text: str) -> str:
    """A cell without the apostrophe that keeps it from being run."""
    return text[1:] if text.startswith("'") and DANGEROUS.match(text[1:]) else text


def test_a_row_is_a_statement_with_its_evidence() -> None:
    """Article, section, actor, text, and where it stands."""
    first, second = lines(brief())
    assert first == dict.fromkeys(COLUMNS) | {
        "article_id": brief().article.id,
        "language": "en",
        "section": "positions",
        "line": "position-1",
        "actor": "odo-brandt",
        "actor_name": "Odo Brandt",
        "actor_kind": "person",
        "text": "the army will not retreat",
        "speech": "direct",
        "evidence": [span("“We will not retreat.”", 1).model_dump()],
        "complete": True,
        "model": "local/test",
        "disclosure": "Made by AI, not yet reviewed.",
    }
    assert (second["section"], second["stance"], second["regarding"]) == ("conditions_for_talks", "sets", "talks")


def test_csv_says_the_same_as_json_lines() -> None:
    """Of all replayed briefs, cell by cell."""
    for made in replayed():
        for row, data in zip(table(made), lines(made), strict=True):
            (first, *more) = data["evidence"] or [{}]
            flat = {**data, **dict.fromkeys(("sentence", "start", "end", "quote")), **first}
            assert json.loads(row["more_evidence"] or "[]") == more
            for name in CSV_COLUMNS:
                if name != "more_evidence":
                    value = flat[name]
                    wanted = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                    assert restored(row[name]) == wanted


def test_every_evidence_is_there() -> None:
    """The first in columns of its own, the others as a list."""
    both = (span("“We will not retreat.”", 1), span("He would talk only if the siege ended.", 2))
    made = brief(positions=(brief().positions[0].model_copy(update={"evidence": both}),))
    row = table(made)[0]
    assert (int(row["start"]), int(row["end"]), row["quote"]) == (both[0].start, both[0].end, both[0].quote)
    assert json.loads(row["more_evidence"]) == [both[1].model_dump()]
    assert [TEXT[e["start"] : e["end"]] for e in lines(made)[0]["evidence"]] == [e.quote for e in both]


@pytest.mark.parametrize(
    ("made", "complete", "words"),
    [
        (nothing(), "true", "Made by AI, not yet reviewed."),
        (unread(nothing()), "false", "Incomplete: sentences 2 to 2 were not read."),
        (all_rejected(), "true", "Nothing could be verified"),
    ],
)
def test_a_brief_without_statements_has_one_row(made: Brief, complete: str, words: str) -> None:
    """It says why, so that "nothing found" and "not read" do not look alike."""
    (row,) = table(made)
    assert (row["line"], row["text"], row["complete"]) == ("", "", complete)
    assert words in row["disclosure"]
    assert lines(made)[0]["evidence"] == []


def test_the_decision_of_the_review_stands_beside_the_line() -> None:
    """With the editor's note."""
    row = table(reviewed(brief(), signed_off=True))[0]
    assert (row["decision"], row["note"], row["seen_in_source"]) == ("accept", "as it is", "false")
    assert "signed off by Ana Roe" in row["disclosure"]


PREFIX = st.text(st.sampled_from(" \t\r\n\"'“\u200b\u00a0\ufeff\x00;,"), max_size=4)


@given(st.text(max_size=20) | st.builds(lambda a, b, c: a + b + c, PREFIX, st.sampled_from("=+-@＝"), st.text()))
def test_no_cell_is_a_formula_and_every_cell_comes_back(text: str) -> None:
    """Neither as it stands nor after blanks, quotation marks and invisible characters; the text can be had again."""
    written = cell(text)
    assert written[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n", "＝")
    assert not DANGEROUS.match(written) or written[0] == "'"
    clean = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "\ufffd", text)
    assert written in (clean, f"'{clean}")
    assert len(written) - len(text) in (0, 1)


@given(first=st.text(max_size=20), second=st.text(max_size=20))
def test_two_texts_never_give_one_cell(first: str, second: str) -> None:
    """But for control characters, which have one stand-in."""
    plain = [re.sub(r"[^\n\t -~]", "", text) for text in (first, second)]
    assert (cell(plain[0]) == cell(plain[1])) == (plain[0] == plain[1])


@given(text=st.text(max_size=30) | st.sampled_from(HOSTILE))
def test_hostile_fields_survive_the_way_through_csv(text: str) -> None:
    """Quotation marks, line breaks and separators are in their cell, and the number of rows stays."""
    made = hostile(text)
    found = table(made)
    assert len(found) == 2
    assert all(row["title"] == cell(text) == row["publisher"] for row in found)
    assert [row["line"] for row in found] == ["position-1", "condition-1"]
    assert lines(made)[0]["title"] == text


def test_csv_ends_its_lines_as_rfc_4180_has_it() -> None:
    """CR LF, every cell in quotation marks."""
    written = export(brief(), "csv")
    assert written.count("\r\n") == 3
    assert written.startswith('"article_id","external_id"')


def test_the_rows_are_a_library_function() -> None:
    """Dictionaries with the same keys for every brief and section."""
    assert {tuple(row) for made in (brief(), nothing()) for row in rows(made)} == {COLUMNS}
