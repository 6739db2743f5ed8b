"""The review record: what it may hold, how it is applied, and what a reviewed brief is checked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer import Brief, InputError, ReviewRecord, UnverifiedBrief, apply_review
from summarizer.brief import Actor, Evidence, Position
from summarizer.cli import main
from summarizer.exports import EXPORTS, export
from summarizer.render.html import page
from summarizer.render.markdown import markdown
from summarizer.review import Decision, brief_hash, disclosure, reviewed_lines, sources
from summarizer.reviewing import edit_problem, load_record
from summarizer.sentences import segmenter_name
from tests.factories import TEXT, brief, parts, span


def segmented() -> Brief:
    """The hand-made brief with today's sentences, so that coverage can be counted again."""
    article = parts()["article"]
    return brief(article=article.model_copy(update={"segmenter": segmenter_name("en")}))


def record(of: Brief, *, signed_off: bool = True, **changes: Any) -> ReviewRecord:
    """A record that accepts every line but for `changes`: a decision, or the text of an edit; None leaves it open."""
    decisions = []
    for line in reviewed_lines(of):
        value = changes.pop(line.id.replace("-", "_"), "accept")
        if value is not None:
            decisions.append(
                Decision(line=line.id, decision=value)
                if value in ("accept", "reject")
                else Decision(line=line.id, decision="edit", text=value)
            )
    given = {"reviewer": "Ada Brill", "reviewed_at": "2026-11-22T10:00:00Z", "article": of.article.id}
    given |= {"brief": brief_hash(of), "decisions": decisions, "signed_off": signed_off}
    return ReviewRecord.model_validate(given | changes)


def test_a_brief_says_who_has_reviewed_it() -> None:
    """Until somebody signs off it is not reviewed."""
    made = segmented()
    assert disclosure(made) == "Made by AI, not yet reviewed."
    begun = apply_review(record(made, signed_off=False, headline=None), made)
    assert disclosure(begun) == "Made by AI, review not finished: Ada Brill has not signed off."
    done = apply_review(record(made), made)
    assert disclosure(done) == "Made by AI, reviewed and signed off by Ada Brill on 2026-11-22."
    assert Brief.load(done.to_json()) == done


def test_a_rejected_item_moves_to_the_audit_and_its_sentence_is_uncovered_again() -> None:
    """Nothing that was shown is lost without a trace, and coverage stays true."""
    made = segmented()
    done = apply_review(record(made, position_1="reject", headline="reject", summary_1="reject"), made)
    assert (done.positions, done.summary, done.headline) == ((), (), None)
    assert [(r.section, r.reason) for r in done.audit.rejected] == [("positions", "rejected_in_review")]
    assert done.audit.rejected[0].draft == "Odo Brandt: the army will not retreat"
    assert (made.audit.coverage, done.audit.coverage) == (1.0, 0.0)
    assert [left.quote for left in done.audit.uncovered] == ["“We will not retreat.”"]


def test_an_edited_line_has_the_editors_words_and_the_same_evidence() -> None:
    """Words only: the evidence stays what it was."""
    made = segmented()
    done = apply_review(record(made, position_1="we will not retreat"), made)
    assert done.positions[0].text == "we will not retreat"
    assert done.positions[0].evidence == made.positions[0].evidence


@pytest.mark.parametrize(
    ("line", "text", "why"),
    [
        ("position_1", "“We will never yield”", "in quotation marks but not in its evidence"),
        ("position_1", "the army will retreat", "not"),
        ("position_1", "we will not retreat from Tarnsk", "Tarnsk"),
        ("condition_1", "he would talk if the siege of 300 days ended", "300"),
        ("condition_1", "he would talk <b>only</b> if the siege ended", "tag"),
        ("headline", "he would talk only if the siege ended" + " and ended" * 10, "at most 120"),
        ("condition_1", "“He would talk only if the siege ended.”", "the article does not quote it"),
    ],
)
def test_an_edit_passes_the_checks_that_a_models_wording_must(line: str, text: str, why: str) -> None:
    """Quotations, denials, names, numbers, markup, length: named with the line, and nothing comes out."""
    made = segmented()
    with pytest.raises(UnverifiedBrief, match=line.replace("_", "-")) as refused:
        apply_review(record(made, **{line: text}), made)
    assert why in str(refused.value)


@pytest.mark.parametrize("text", ["Lena Moor: the army will stay", "The army will stay, Lena Moor said"])
def test_an_edit_gives_the_words_to_nobody_but_their_holder(text: str) -> None:
    """Not even to one who is named beside them."""
    article = "General Odo Brandt told Lena Moor that the army will stay."
    actors = [
        Actor(id=name.split()[0].lower(), name=name, kind="person", evidence=(span(name, 1, article),))
        for name in ("Odo Brandt", "Lena Moor")
    ]
    item = Position(id="position-1", actor="odo", text="the army will stay", evidence=(span(article, 1, article),))
    record = parts(article)["article"].model_copy(update={"sentences": 1, "segmenter": segmenter_name("en")})
    nothing: dict[str, Any] = {"headline": None, "summary": (), "conditions_for_talks": ()}
    made = brief(article=record, actors=actors, positions=(item,), **nothing)
    line = next(reviewed_lines(made))
    assert edit_problem(made, line, text) == "it gives the words to Lena Moor, who does not hold them"
    assert edit_problem(made, line, text.replace("Lena Moor", "Odo Brandt")) == ""


def test_every_wrong_edit_is_named() -> None:
    """An editor mends them all at once."""
    made = segmented()
    with pytest.raises(UnverifiedBrief, match=r"position-1: .*; condition-1: "):
        apply_review(record(made, position_1="the army will retreat", condition_1="no talks with Arland"), made)


def test_an_edit_may_stand_on_one_of_several_quotes() -> None:
    """As a merged statement's text does."""
    made = segmented()
    start = TEXT.index("He would")
    second = Evidence(sentence=2, start=start, end=len(TEXT), quote=TEXT[start:])
    position = made.positions[0].model_copy(update={"evidence": (*made.positions[0].evidence, second)})
    made = made.model_copy(update={"positions": (position,)})
    line = next(line for line in reviewed_lines(made) if line.id == "position-1")
    assert edit_problem(made, line, "We will not retreat") == ""
    assert edit_problem(made, line, "He would talk only if the siege ended") == ""


def test_a_record_fits_one_brief_of_one_article() -> None:
    """Another article, another brief, a line that is not there, a line undecided: each is refused."""
    made = segmented()
    cases: dict[str, dict[str, Any]] = {
        "another article": {"article": "0" * 64},
        "another brief": {"brief": "0" * 64},
        "no such line": {"decisions": [*record(made).decisions, Decision(line="position-9", decision="accept")]},
        "undecided are headline": {"headline": None},
    }
    for why, changes in cases.items():
        with pytest.raises(InputError, match=why):
            apply_review(record(made, **changes), made)


def test_the_hash_of_a_brief_is_the_same_however_it_was_saved() -> None:
    """With or without its text and run; it changes with a word."""
    made = segmented()
    again = Brief.load(made.to_json(stable=True))
    assert brief_hash(again) == brief_hash(made)
    position = made.positions[0].model_copy(update={"text": "we will not retreat"})
    assert brief_hash(made.model_copy(update={"positions": (position,)})) != brief_hash(made)


def test_headline_and_key_points_name_the_items_they_were_made_of() -> None:
    """By their evidence."""
    made = segmented()
    assert {line.id: sources(made, line) for line in reviewed_lines(made)} == {
        "headline": ("condition-1",),
        "summary-1": ("position-1",),
        "position-1": ("position-1",),
        "condition-1": ("condition-1",),
    }


def test_a_reviewed_brief_that_was_changed_does_not_load() -> None:
    """Neither its lines nor its record: every value of its JSON but the run is bound by the hash in the record."""
    made = segmented()
    data = json.loads(apply_review(record(made, position_1="we will not retreat"), made).to_json())
    assert Brief.load(json.dumps(data))
    changes: list[Callable[[dict[str, Any]], Any]] = [
        lambda d: d["positions"][0].update(text="the army will never retreat"),
        lambda d: d["conditions_for_talks"][0].update(text="talks only when the siege ends"),
        lambda d: d["conditions_for_talks"][0].update(stance="rejects"),
        lambda d: d["conditions_for_talks"][0].update(evidence=d["positions"][0]["evidence"]),
        lambda d: d["conditions_for_talks"].clear(),
        lambda d: d["headline"].update(text="Odo Brandt: talks only if the siege ended"),
        lambda d: d.update(headline=None),
        lambda d: d["summary"].clear(),
        lambda d: d["actors"][0].update(role=None),
        lambda d: d["actors"][0].update(kind="group"),
        lambda d: d["article"].update(publisher="Another"),
        lambda d: d["audit"].update(coverage=0.5),
        lambda d: d["provenance"].update(model="another"),
        lambda d: d["review"].update(reviewer="Another"),
        lambda d: d["review"].update(reviewed_at="2025-11-22T10:00:00Z"),
        lambda d: d["review"].update(brief="0" * 64),
        lambda d: d["review"].update(reviewed_brief="0" * 64),
        lambda d: d["review"].update(article="0" * 64),
        lambda d: d["review"].update(signed_off=False),
        lambda d: d["review"]["decisions"].pop(2),
        lambda d: d["review"]["decisions"][3].update(seen_in_source=True),
    ]
    for change in changes:
        changed = json.loads(json.dumps(data))
        change(changed)
        with pytest.raises(UnverifiedBrief, match="review: "):
            Brief.load(json.dumps(changed))


def test_a_reviewed_brief_is_reviewed_once() -> None:
    """Another record would take the place of the first: it applies to the brief as it was before."""
    made = segmented()
    done = apply_review(record(made), made)
    with pytest.raises(InputError, match="reviewed already"):
        apply_review(record(done), done)


def test_a_headline_does_not_outlive_what_it_says() -> None:
    """Whoever rejects an item rejects, or rewords, the headline and key point that were made of it."""
    made = segmented()
    with pytest.raises(InputError, match="headline says what condition-1 says, which is rejected"):
        apply_review(record(made, condition_1="reject"), made)
    assert apply_review(record(made, condition_1="reject", headline="reject"), made).headline is None
    reworded = apply_review(record(made, condition_1="reject", headline="He would talk only if the siege ended"), made)
    assert reworded.headline


def test_a_brief_whose_every_line_was_rejected_does_not_look_as_if_nothing_was_said() -> None:
    """A flag and words of its own, wherever it is shown."""
    made = segmented()
    refused = {line.id.replace("-", "_"): "reject" for line in reviewed_lines(made)}
    done = apply_review(record(made, **refused), made)
    assert "all_rejected_in_review" in [flag.code for flag in done.audit.flags]
    words = "all lines were rejected in review"
    assert words in markdown(done)
    assert words in page(done)
    for name in EXPORTS:
        assert words in export(done, name)


def test_an_edited_line_says_so() -> None:
    """In every rendering."""
    made = segmented()
    done = apply_review(record(made, position_1="we will not retreat"), made)
    assert "we will not retreat (direct) \\[edited in review\\]" in markdown(done)
    assert "Edited in review" in page(done)


def test_output_takes_the_place_of_no_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the brief's nor the record's."""
    made = segmented()
    arguments = saved(tmp_path, made, record(made))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for path in before:
        assert main(["review", *arguments, "-o", str(path)]) == 2
        assert "it is read here" in capsys.readouterr().err
        assert main(["review", arguments[2], "-o", arguments[2]]) == 2
        assert main(["export", arguments[2], "--to", "csv", "-o", arguments[2]]) == 2
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_record_is_tidied_and_holds_decisions_only() -> None:
    """One line each, nothing invisible; an edit has a text and nothing else has; no line twice."""
    made = segmented()
    assert record(made, reviewer=" Ada\u202e\n Brill ").reviewer == "Ada Brill"
    for wrong in (
        {"line": "position-1", "decision": "edit"},
        {"line": "position-1", "decision": "accept", "text": "x"},
        {"line": "../x", "decision": "accept"},
        {"line": "position-1", "decision": "accept", "quote": "x"},
    ):
        with pytest.raises(ValueError, match="Decision"):
            Decision.model_validate(wrong)
    twice = {
        **json.loads(record(made).model_dump_json()),
        "decisions": [{"line": "headline", "decision": "accept"}] * 2,
    }
    with pytest.raises(InputError, match="more than one decision"):
        load_record(json.dumps(twice))


def saved(tmp_path: Path, made: Brief, given: ReviewRecord | str) -> tuple[str, str, str]:
    """The arguments of `review --apply`."""
    (tmp_path / "brief.json").write_text(made.to_json(), encoding="utf-8")
    text = given if isinstance(given, str) else given.model_dump_json()
    (tmp_path / "record.json").write_text(text, encoding="utf-8")
    return "--apply", str(tmp_path / "record.json"), str(tmp_path / "brief.json")


def test_the_command_writes_the_reviewed_brief(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And its page says so."""
    made = segmented()
    out = tmp_path / "reviewed.json"
    assert main(["review", *saved(tmp_path, made, record(made)), "-o", str(out)]) == 0
    review = Brief.load(out.read_text(encoding="utf-8")).review
    assert review is not None
    assert review.model_dump(exclude={"reviewed_brief"}) == record(made).model_dump()
    assert main(["review", str(out)]) == 0
    assert "reviewed and signed off by Ada Brill on 2026-11-22" in capsys.readouterr().out


@pytest.mark.parametrize("given", ["", "{}", "[]", "not JSON", '{"record_version": "2"}', "\ufeff{}", "null"])
def test_what_is_no_record_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], given: str) -> None:
    """Exit 3, one line, nothing written."""
    out = tmp_path / "reviewed.json"
    assert main(["review", *saved(tmp_path, segmented(), given), "-o", str(out)]) == 3
    told = capsys.readouterr().err
    assert "record.json: not a review record" in told
    assert "Traceback" not in told
    assert not out.exists()


def test_a_tampered_brief_has_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor can a record be applied to it."""
    path = tmp_path / "brief.json"
    path.write_text(
        segmented().to_json().replace("We will not retreat.”", "We shall not retreat.”", 1), encoding="utf-8"
    )
    assert main(["review", str(path)]) == 3
    assert "brief.json: not a verified brief" in capsys.readouterr().err


def test_a_brief_without_its_text_takes_its_article(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else the message says how."""
    made = segmented()
    path, article = tmp_path / "brief.json", tmp_path / "article.txt"
    path.write_text(made.to_json(text=False), encoding="utf-8")
    article.write_text(TEXT, encoding="utf-8")
    assert main(["review", str(path)]) == 3
    assert "--article" in capsys.readouterr().err
    assert main(["review", str(path), "--article", str(article)]) == 0
