"""What is asked, of which sentences, and in which windows."""

from __future__ import annotations

import json

import pytest

from summarizer import Article
from summarizer.draft import SAYS, Draft, Question, whole_draft, window_draft
from summarizer.pipeline import WINDOW, prepare, steps, windows

SAID = "The envoy Ada Brill said the council rejects the offer. "
EVENT = "The ferry left the harbour. "


def last_message(article: Article) -> str:
    """The user message of the first planned call."""
    return next(steps(prepare(article, "windows", "m"), "windows")).messages[-1]["content"]


def test_only_sentences_with_a_cue_are_asked_about() -> None:
    """A plain event is shown in brackets between the others, without a number."""
    text = last_message(Article(SAID + EVENT + SAID.replace("offer", "map"), language="en"))
    assert [line[:3] for line in text.splitlines()] == ["[1]", "(Th", "[3]"]


def test_a_window_without_a_question_is_not_sent() -> None:
    """A page of plain events costs no call, and is not unread."""
    article = Article(SAID + EVENT * 200 + SAID.replace("offer", "map"), language="en")
    planned = list(windows(prepare(article, "windows", "m"), "windows"))
    numbers = [sentence.number for window, _ in planned for sentence in window]
    assert len(planned) == 2
    assert {1, 202} <= set(numbers)


def test_an_article_without_any_cue_is_asked_about_whole() -> None:
    """That it says nothing is for the model to confirm."""
    grounding = prepare(Article(EVENT * 3, language="en"), "windows", "m")
    assert set(grounding.asked) == {1, 2, 3}


def test_a_window_holds_a_bounded_number_of_questions() -> None:
    """Whatever stands between them."""
    article = Article((SAID + EVENT * 2) * 9, language="en")
    grounding = prepare(article, "windows", "m")
    for window, _ in windows(grounding, "windows"):
        assert 1 <= sum(s.number in grounding.asked for s in window) <= WINDOW


def test_a_speaker_is_asked_for_only_where_code_cannot_tell() -> None:
    """And a kind not at all in a language of the lexicon."""
    grounding = prepare(Article(SAID + "There will be no truce before spring. ", language="en"), "windows", "m")
    assert grounding.asked == {1: Question(1, who=False, kind=False), 2: Question(2, who=True, kind=False)}


def test_in_another_language_everything_is_asked() -> None:
    """The cues are English: elsewhere the model tells speakers and kinds, of every sentence."""
    article = Article("Міністр сказав, що переговорів не буде. Річка замерзла.", language="uk")
    grounding = prepare(article, "windows", "m")
    assert grounding.asked == {1: Question(1), 2: Question(2)}
    assert "kind: one word" in next(steps(grounding, "windows")).messages[0]["content"]


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        (Question(3), ["n", "who", "says", "kind"]),
        (Question(3, who=False), ["n", "says", "kind"]),
        (Question(3, who=False, kind=False), ["n", "says"]),
    ],
)
def test_the_schema_holds_what_is_asked_and_nothing_else(question: Question, fields: list[str]) -> None:
    """In the order in which a small model does best; the number is fixed."""
    entry = window_draft((question,)).model_json_schema()["$defs"]["Entry3"]
    assert list(entry["properties"]) == entry["required"] == fields
    assert entry["properties"]["n"]["const"] == 3
    assert entry["properties"]["says"]["maxLength"] == SAYS


def test_the_schema_of_a_window_is_the_one_that_pydantic_writes() -> None:
    """It is put together from those of its entries, in pydantic's order; nobody's changes to it stay."""
    ways = [(who, kind) for who in (False, True) for kind in (False, True)]
    for numbers in ((7,), (2, 3), (9, 10, 11, 101), (1, 5, 20, 21)):
        questions = tuple(Question(n, who=w, kind=k) for n, (w, k) in zip(numbers, ways, strict=False))
        draft = window_draft(questions)
        expected = json.dumps(Draft.model_json_schema.__func__(draft))  # type: ignore[attr-defined]
        for _ in range(2):
            schema = draft.model_json_schema()
            assert json.dumps(schema) == expected
            schema["$defs"].popitem()[1]["properties"].clear()


def test_the_whole_plan_asks_for_whole_entries_in_a_flat_schema() -> None:
    """One call for a large model, far below 10 KB of schema."""
    schema = whole_draft().model_json_schema()
    assert schema["$defs"]["WholeEntry"]["required"] == ["n", "who", "says", "kind"]
    assert len(json.dumps(schema)) < 2_000


def test_the_hosted_plan_shows_every_sentence_with_its_number() -> None:
    """Nothing is left out for a model that is asked once."""
    grounding = prepare(Article(SAID + EVENT, language="en"), "whole", "m")
    assert next(steps(grounding, "whole")).messages[-1]["content"].splitlines()[1].startswith("[2]")


def test_the_embedded_model_is_not_trusted_whatever_the_plan() -> None:
    """Its word for a kind is worse than the cues; a model that is given the whole article at once is a large one."""
    article = Article(SAID, language="en")
    assert prepare(article, "whole", "openai/large").trusted
    assert not prepare(article, "whole", "local/small").trusted
    assert not prepare(article, "windows", "openai/large").trusted
