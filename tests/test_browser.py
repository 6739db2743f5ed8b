"""The review page in a real browser: choosing, lighting, keyboard, deciding, sign-off and the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from summarizer import Article, Brief
from summarizer.cli import main
from summarizer.plain import visible
from summarizer.review import reviewed_lines
from summarizer.reviewing import apply_review, load_record
from tests.browser import KHERSON, ROOT, Open, Opened, in_view, recorded
from tests.factories import brief, long_article, overlapping, parts

REPORT = "seeds/invented-report.md"


def expected(given: Brief, evidence: Any) -> str:
    """What must be lit for some evidence: each character once, in the order of the text."""
    text = given.article.text or ""
    held = sorted({n for e in evidence for n in range(e.start, e.end)})
    return "".join(visible(text[n]) if text[n] != "\n" else "\n" for n in held)


def decide_all(seen: Opened, key: str = "a") -> None:
    """Decide about every line by keyboard, from the first to the last."""
    seen.page.focus("#l0 .say")
    for _ in range(int(seen.page.get_attribute("main", "data-lines") or 0)):
        seen.page.keyboard.press(key)
        seen.page.keyboard.press("j")


def saved(seen: Opened) -> dict[str, Any]:
    """The record that the page saves."""
    with seen.page.expect_download() as download:
        seen.page.click("#save")
    assert download.value.suggested_filename.startswith("review-")
    found: dict[str, Any] = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    return found


def test_an_editor_chooses_decides_signs_off_and_applies(show: Open, tmp_path: Path) -> None:
    """From the page out of a mail to the reviewed brief, in a folder that holds nothing else."""
    made = recorded(KHERSON)
    seen = show(made, name="Re_ Fwd_ brief (2).html")
    line = next(line for line in reviewed_lines(made) if line.id == "condition-2")
    seen.page.click("li[data-id='condition-2'] .say")
    assert seen.lit() == expected(made, line.evidence)
    assert in_view(seen, ".text .lit", ".article")
    assert seen.page.inner_text("#found") == f"Rests on sentence {line.evidence[0].sentence}."
    assert seen.page.is_disabled("#sign")
    decide_all(seen)
    assert seen.page.is_disabled("#sign")
    assert seen.page.inner_text("#status") == "Made by AI, not yet reviewed."
    seen.page.fill("#reviewer", "Ada Brill")
    seen.page.click("#sign")
    assert seen.page.inner_text("#status").startswith("Made by AI, signed off here by Ada Brill on 20")
    record = saved(seen)
    jsonschema.validate(record, json.loads((ROOT / "schemas" / "review.schema.json").read_text(encoding="utf-8")))
    assert record["signed_off"] is True
    assert [d["line"] for d in record["decisions"]] == [line.id for line in reviewed_lines(made)]
    reviewed = apply_review(load_record(json.dumps(record)), made)
    assert reviewed.review is not None
    assert reviewed.review.reviewer == "Ada Brill"


@pytest.mark.slow
@pytest.mark.parametrize("name", [KHERSON, REPORT])
def test_choosing_a_line_lights_exactly_its_evidence(show: Open, name: str) -> None:
    """Every line, by mouse and by keyboard; what is lit is scrolled to, and the actors as well."""
    made = recorded(name)
    seen = show(made)
    evidence = [line.evidence for line in reviewed_lines(made)] + [actor.evidence for actor in made.actors]
    for number, spans in enumerate(evidence):
        seen.page.click(f"#l{number} .say")
        assert seen.lit() == expected(made, spans)
        assert seen.chosen() == [f"l{number}"]
        assert in_view(seen, ".text .lit", ".article")
        assert seen.page.evaluate("document.documentElement.scrollTop") == 0
    seen.page.focus("#l0 .say")
    seen.page.keyboard.press("Enter")
    for number, spans in enumerate(evidence):
        assert seen.lit() == expected(made, spans)
        assert seen.page.evaluate("document.activeElement.parentElement.id") == f"l{number}"
        assert seen.page.get_attribute(f"#l{number} .say", "aria-current") == "true"
        assert in_view(seen, f"#l{number} .say", ".brief")
        seen.page.keyboard.press("j" if number % 2 else "ArrowDown")


@pytest.mark.slow
@pytest.mark.parametrize("name", [KHERSON, REPORT])
def test_choosing_a_sentence_marks_exactly_its_lines(show: Open, name: str) -> None:
    """By a click on its words, by its number, and by its place on the strip."""
    made = recorded(name)
    seen = show(made)
    evidence = [line.evidence for line in reviewed_lines(made)] + [actor.evidence for actor in made.actors]
    for number in range(1, made.article.sentences + 1):
        resting = [f"l{n}" for n, spans in enumerate(evidence) if number in {e.sentence for e in spans}]
        seen.page.evaluate(f"document.querySelector('#s{number} .n').click()")
        assert sorted(seen.chosen()) == sorted(resting)
        many = ["No line rests", "1 line rests"][len(resting)] if len(resting) < 2 else f"{len(resting)} lines rest"
        assert seen.page.inner_text("#found") == f"{many} on sentence {number}."
        if resting:
            first = min(resting, key=lambda line: int(line[1:]))
            assert in_view(seen, f"#{first}", ".brief")
        seen.page.keyboard.press("Escape")
        if seen.page.query_selector(f"rect[data-s='{number}']"):
            seen.page.evaluate(
                "(rect) => document.querySelector(rect).dispatchEvent(new Event('click', {bubbles: true}))",
                f"rect[data-s='{number}']",
            )
            assert sorted(seen.chosen()) == sorted(resting)
            assert in_view(seen, f"#s{number}", ".article")
    words = seen.page.locator(".s.covered .e").first
    words.click()
    assert "chosen" in (words.locator("xpath=..").get_attribute("class") or "")


@pytest.mark.slow
def test_overlapping_evidence_looks_different_and_lights_exactly(show: Open) -> None:
    """The underline tells how many lines rest on a piece; choosing one of them lights its own extent only."""
    made = overlapping(Article(long_article(1_500)), 60)
    seen = show(made)
    looks = {
        depth: seen.page.eval_on_selector(f".text .e.d{depth}", "(e) => getComputedStyle(e).borderBottom")
        for depth in (1, 2, 3)
    }
    assert len(set(looks.values())) == 3
    for number, line in enumerate(reviewed_lines(made)):
        seen.page.evaluate(f"document.querySelector('#l{number} .say').click()")
        assert seen.lit() == expected(made, line.evidence)


@pytest.mark.slow
def test_a_link_of_a_quote_goes_to_its_sentence(show: Open) -> None:
    """The line stays chosen, the sentence of that quote is in view."""
    made = overlapping(Article(long_article(9_000)), 30)
    seen = show(made)
    for link in seen.page.query_selector_all("#l29 .evidence a"):
        sentence = (link.get_attribute("href") or "")[1:]
        link.click()
        assert seen.chosen() == ["l29"]
        assert in_view(seen, f"#{sentence}", ".article")
    seen.page.click("#decided")
    assert in_view(seen, "#reviewer", ".brief")


@pytest.mark.slow
def test_the_keyboard_does_everything(show: Open) -> None:
    """Tab reaches brief and article, letters decide, move and let go; while words are typed they are letters."""
    made = recorded(KHERSON)
    seen = show(made)
    keys = seen.page.keyboard
    keys.press("Tab")
    assert seen.page.evaluate("document.activeElement.id") == "brief"
    keys.press("j")
    assert seen.chosen() == ["l0"]
    keys.press("k")
    assert seen.chosen() == ["l0"]
    for key, name in (("a", "accept"), ("r", "reject"), ("e", "edit")):
        keys.press(key)
        assert name in (seen.page.get_attribute("#l0", "class") or "").split()
        assert seen.page.get_attribute(f"#l0 [data-do='{name}']", "aria-pressed") == "true"
    assert seen.page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    keys.press("ControlOrMeta+a")
    keys.type("jakers words")
    assert seen.page.inner_text("#l0 .say") == "jakers words"
    assert seen.chosen() == ["l0"]
    keys.press("Escape")
    assert seen.chosen() == []
    assert seen.page.evaluate("document.activeElement.parentElement.id") == "l0"
    keys.press("s")
    assert seen.page.is_checked("#l0 [data-do='seen']")
    assert "seen in source" in seen.page.inner_text("#l0 .verdict")
    keys.press("Alt+a")
    assert "edit" in (seen.page.get_attribute("#l0", "class") or "")
    seen.page.focus("#reviewer")
    keys.type("jake sear")
    assert seen.page.input_value("#reviewer") == "jake sear"
    seen.page.focus("#article")
    keys.press("j")
    keys.press("j")
    assert seen.page.inner_text("#found").endswith("on sentence 2.")
    assert seen.page.evaluate("document.activeElement.textContent") == "2"
    keys.press("Enter")
    resting = seen.page.evaluate("document.activeElement.parentElement.classList.contains('rests')")
    assert resting
    stops = seen.page.evaluate("document.querySelectorAll('.article .n:not([tabindex=\"-1\"])').length")
    assert stops == 1


@pytest.mark.slow
def test_headline_and_key_points_follow_the_item_they_repeat(show: Open) -> None:
    """Until the editor decides about them; what was taken from the item is taken back with it."""
    made = recorded(KHERSON)
    seen = show(made)
    item = (seen.page.get_attribute("#l0", "data-follows") or "").split()[0]
    own = seen.page.locator(f"li[data-id='{item}']")

    def verdict(number: int) -> str:
        return seen.page.inner_text(f"#l{number} .verdict")

    own.locator(".say").click()
    own.get_by_role("button", name="Reject").click()
    assert verdict(0) == "Rejected with the line it repeats"
    own.get_by_role("button", name="Accept").click()
    assert verdict(0) == "Accepted with the line it repeats"
    own.get_by_role("button", name="Accept").click()
    assert seen.page.text_content("#l0 .verdict") == ""
    own.get_by_role("button", name="Accept").click()
    seen.page.reload()
    assert verdict(0) == "Accepted with the line it repeats"
    seen.page.click("#l0 .say")
    seen.page.click("#l0 [data-do='reject']")
    own.locator(".say").click()
    own.get_by_role("button", name="Edit").click()
    assert verdict(0) == "Rejected"


@pytest.mark.slow
def test_an_edited_line_that_says_something_else_is_refused(show: Open, tmp_path: Path) -> None:
    """By the checks of the package, with exit code 3 and nothing written; words that stand are taken."""
    made = recorded(KHERSON)
    (tmp_path / "brief.json").write_text(made.to_json(), encoding="utf-8")
    seen = show(made)
    decide_all(seen)
    seen.page.fill("#reviewer", "Ada Brill")
    line = next(line for line in reviewed_lines(made) if line.id.startswith("condition-"))
    for words, code in (("Nine hundred tanks surrendered", 3), (line.text.rstrip("."), 0)):
        seen.page.click(f"li[data-id='{line.id}'] .say")
        seen.page.click(f"li[data-id='{line.id}'] [data-do='edit']")
        seen.page.fill(f"li[data-id='{line.id}'] textarea", words)
        assert seen.page.inner_text("#status") == "Made by AI, not yet reviewed."
        seen.page.click("#sign")
        (tmp_path / "record.json").write_text(json.dumps(saved(seen)), encoding="utf-8")
        out = tmp_path / "reviewed.json"
        given = ["review", "--apply", str(tmp_path / "record.json"), str(tmp_path / "brief.json"), "-o", str(out)]
        assert main(given) == code
        assert out.exists() is (code == 0)
    assert Brief.load(out.read_text(encoding="utf-8")).review is not None


@pytest.mark.slow
def test_sign_off_needs_every_line_and_a_name(show: Open) -> None:
    """An edit without words is no decision; a decision after signing takes the signature back."""
    seen = show(brief())
    decide_all(seen)
    seen.page.fill("#reviewer", "  ")
    assert seen.page.is_disabled("#sign")
    assert "Give your name" in seen.page.inner_text("#left")
    seen.page.fill("#reviewer", "Ada Brill")
    assert seen.page.is_enabled("#sign")
    seen.page.click("#l2 .say")
    seen.page.click("#l2 [data-do='edit']")
    seen.page.fill("#l2 textarea", " ")
    assert seen.page.is_disabled("#sign")
    assert "3 of 4 lines decided." in seen.page.inner_text("#left")
    assert len(saved(seen)["decisions"]) == 3
    seen.page.click("#l2 [data-do='accept']")
    seen.page.click("#sign")
    assert seen.page.inner_text("#status").startswith("Made by AI, signed off here")
    seen.page.click("#l2 [data-do='reject']")
    assert seen.page.inner_text("#status") == "Made by AI, not yet reviewed."
    assert saved(seen)["signed_off"] is False


@pytest.mark.slow
def test_decisions_come_back_from_the_browser_and_from_a_record(show: Open, tmp_path: Path) -> None:
    """After a reload, and on another machine by loading the record; starting over forgets them."""
    made = recorded(KHERSON)
    seen = show(made)
    seen.page.focus("#l3 .say")
    for key in "ajrjes":
        seen.page.keyboard.press(key)
    seen.page.fill("#l5 textarea", "Putin would defend his territories")
    seen.page.fill("#reviewer", "Ada Brill")
    before = saved(seen)
    assert [(d["line"], d["decision"]) for d in before["decisions"]][-1][1] == "edit"
    seen.page.reload()
    timeless = {"reviewed_at": None}
    assert {**saved(seen), **timeless} == {**before, **timeless}
    (tmp_path / "record.json").write_text(json.dumps(before), encoding="utf-8")
    other = show(made)
    assert other.page.inner_text("#decided") == "0 of 32 lines decided"
    other.page.set_input_files("#load", tmp_path / "record.json")
    other.told("was loaded")
    assert {**saved(other), **timeless} == {**before, **timeless}
    assert other.page.inner_text("#l5 .say") == "Putin would defend his territories"
    other.page.click("#again")
    assert other.page.inner_text("#decided") == "0 of 32 lines decided"
    assert saved(other)["decisions"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "record",
    [
        "", "[]", "null", "7", "{}", '{"brief": 7}', "not json <b>", '{"brief": "HASH"}',
        '{"brief": "HASH", "decisions": [null]}', '{"brief": "HASH", "decisions": [{"line": "position-9"}]}',
        '{"brief": "HASH", "decisions": [{"line": "headline", "decision": "constructor"}]}',
        '{"brief": "HASH", "decisions": [{"line": "__proto__", "decision": "accept"}]}',
        '{"brief": "HASH", "decisions": [{"line": ["headline"], "decision": ["accept"]}]}',
    ],
)  # fmt: skip
def test_what_is_no_record_of_this_brief_changes_nothing(show: Open, tmp_path: Path, record: str) -> None:
    """It is said, and the decisions made so far stay."""
    seen = show(brief())
    seen.page.focus("#l0 .say")
    seen.page.keyboard.press("a")
    hashed = record.replace("HASH", seen.page.get_attribute("main", "data-brief") or "")
    (tmp_path / "record.json").write_text(hashed, encoding="utf-8")
    seen.page.set_input_files("#load", tmp_path / "record.json")
    seen.told("is no review record")
    assert seen.page.inner_text("#decided") == "1 of 4 lines decided"
    seen.page.evaluate("(kept) => localStorage.setItem(Object.keys(localStorage)[0], kept)", hashed)
    seen.page.reload()
    assert seen.page.inner_text("#status") == "Made by AI, not yet reviewed."


@pytest.mark.slow
def test_a_record_cannot_sign_off_what_is_not_decided(show: Open, tmp_path: Path) -> None:
    """A signature in a file counts only with every line decided, a name and a time."""
    made = brief()
    seen = show(made)
    decided = [{"line": line.id, "decision": "accept"} for line in reviewed_lines(made)]
    fields = {"brief": seen.page.get_attribute("main", "data-brief"), "signed_off": True, "reviewer": "Ada Brill"}
    whole = {**fields, "reviewed_at": "2026-11-22T10:00:00Z", "decisions": decided}
    for change, counts in (
        ({}, True), ({"decisions": decided[1:]}, False), ({"reviewer": ""}, False), ({"reviewer": {}}, False),
        ({"reviewed_at": 5}, False), ({"reviewed_at": "soon"}, False), ({"signed_off": "yes"}, False),
    ):  # fmt: skip
        seen.page.fill("#reviewer", "")
        (tmp_path / "record.json").write_text(json.dumps({**whole, **change}), encoding="utf-8")
        seen.page.set_input_files("#load", tmp_path / "record.json")
        seen.told("was loaded")
        assert ("signed off" in seen.page.inner_text("#status")) is counts
        seen.page.keyboard.press("Escape")
        seen.page.click("#l0 .say")


@pytest.mark.slow
def test_a_page_with_unsaved_decisions_asks_before_it_closes(show: Open) -> None:
    """Not before there are any, and not once they are saved."""
    seen = show(brief())
    for decide, save, asks in ((False, False, 0), (True, False, 1), (True, True, 0)):
        if decide:
            seen.page.click("#l0 .say")
            seen.page.click("#l0 [data-do='accept']" if not save else "#l0 [data-do='reject']")
        if save:
            saved(seen)
        seen.page.reload()
        assert seen.stops == asks
        seen.stops = 0


@pytest.mark.slow
def test_selecting_words_to_copy_them_chooses_nothing(show: Open) -> None:
    """And a selection elsewhere is no hindrance to choosing."""
    seen = show(brief(article=parts()["article"]))
    seen.page.click("#l0 .say")
    seen.page.evaluate("getSelection().selectAllChildren(document.querySelector('#l2 q'))")
    seen.page.evaluate("document.querySelector('#l2 q').click()")
    assert seen.chosen() == ["l0"]
    seen.page.evaluate("document.querySelector('#l3 .say').click()")
    assert seen.chosen() == ["l3"]
