"""From draft entries to verified statements: what is kept, corrected, rejected."""

from __future__ import annotations

import pytest

from summarizer import Article
from summarizer.draft import SAYS, Entry
from summarizer.grounding import Grounded, Grounding

TEXT = (
    "Foreign Minister Lena Moor said Arland would not leave the talks. "
    "“We will sign only if the siege of Tarn ends,” she told reporters. "
    "The river froze on Monday. "
    "General Ivo Brandt estimates that the enemy has lost about two hundred tanks. "
    "He said the army may attack in spring; Moor demanded that the rebels release all prisoners before any ceasefire."
)


def entry(n: int, who: str, says: str, kind: str = "position") -> Entry:
    """One draft entry."""
    return Entry(n=n, who=who, says=says, kind=kind)


def ground(*entries: Entry, asked: range = range(1, 6)) -> tuple[list[Grounded], list[str]]:
    """The statements, and the reason codes of the rejections."""
    grounded, rejected = Grounding(Article(TEXT, language="en")).ground(entries, asked)
    return grounded, [rejection.reason for rejection in rejected]


def test_a_true_paraphrase_is_kept_with_its_clause_as_evidence() -> None:
    """The wording is the model's, the quote the article's."""
    (statement,), reasons = ground(entry(1, "Moor", "Arland would not leave the talks"))
    assert statement.text == "Arland would not leave the talks"
    assert not statement.verbatim
    assert statement.actor == "lena-moor"
    evidence = statement.evidence[0]
    assert TEXT[evidence.start : evidence.end] == evidence.quote
    assert not reasons


@pytest.mark.parametrize(
    "says",
    [
        "Arland would leave the talks",
        "Arland would not leave the talks in 2031",
        "Arland and Velia would not leave the talks",
        "Arland “never surrenders” in the talks",
        "a completely different matter altogether",
        "the",
    ],
)
def test_a_false_paraphrase_is_replaced_by_the_articles_own_words(says: str) -> None:
    """Negation, number, name, quotation, other content: corrected to what the article says."""
    (statement,), _ = ground(entry(1, "Moor", says))
    assert statement.verbatim
    assert statement.text == "Arland would not leave the talks"


def test_a_false_paraphrase_without_any_cue_is_rejected() -> None:
    """Where nothing shows a statement, a wrong wording is not corrected but dropped, with the reason."""
    statements, reasons = ground(entry(3, "Moor", "the talks have failed"))
    assert not statements
    assert reasons in (["unsupported_text"], ["no_statement"])


def test_a_statement_the_model_missed_is_found_by_its_cues() -> None:
    """Direct speech with a reporting verb counts although the model said none."""
    (statement,), _ = ground(entry(2, "", "", "none"))
    assert statement.section.name == "conditions_for_talks"
    assert statement.actor == "lena-moor"
    assert statement.verbatim
    assert "“" not in statement.text


def test_a_plain_event_the_model_calls_none_gives_nothing() -> None:
    """Neither a statement nor a rejection."""
    assert ground(entry(3, "", "", "none")) == ([], [])


def test_a_sentence_that_was_not_asked_about_is_rejected() -> None:
    """Invented and foreign sentence numbers do not get through."""
    for n in (0, -1, 4, 99):
        statements, reasons = ground(entry(n, "Moor", "Arland would not leave the talks"), asked=range(1, 3))
        assert (statements, reasons) == ([], ["unknown_sentence"])


def test_the_code_s_reading_of_the_speaker_beats_the_model_s() -> None:
    """A speaker that the sentence itself names is the holder."""
    (statement,), _ = ground(entry(4, "Lena Moor", "the enemy has lost about two hundred tanks", "assessment"))
    assert statement.actor == "ivo-brandt"
    assert statement.section.name == "military_assessments"


def test_a_sentence_with_two_statements_can_give_two() -> None:
    """A clause that sets terms is taken up although the entry words the other clause."""
    statements, _ = ground(entry(5, "Brandt", "the army may attack in spring", "assessment"))
    kinds = {s.section.kind for s in statements}
    assert kinds == {"assessment", "condition"}
    assert len({s.evidence[0].start for s in statements}) == 2


def test_the_details_are_told_by_the_article_s_words() -> None:
    """Stance, regarding, addressee, outlook and horizon come from code."""
    (condition,), _ = ground(entry(2, "Moor", "sign only if the siege of Tarn ends", "condition"))
    assert condition.details["stance"] == "sets"
    statements, _ = ground(entry(5, "Brandt", "the army may attack in spring", "assessment"))
    forecast = next(s for s in statements if s.section.kind == "assessment")
    assert forecast.details["outlook"] == "forecast"


def test_a_wording_cut_at_the_ceiling_does_not_count() -> None:
    """What was cut off may turn it round: the article's own words stand instead."""
    text = (
        "Foreign Minister Lena Moor said Arland would free the prisoners of the northern camps "
        + "and the southern camps " * 6
        + "in May."
    )
    says = ("Arland would free the prisoners of the northern camps and " + "the southern camps and " * 6)[:SAYS]
    (statement,), _ = Grounding(Article(text, language="en")).ground([Entry(n=1, says=says)], [1])
    assert statement.verbatim


def test_a_trusted_model_s_word_for_the_kind_stands() -> None:
    """A large model, asked for the whole article, knows kinds better than cues; a small one does not."""
    said = entry(1, "Moor", "Arland would not leave the talks", "assessment")
    article = Article(TEXT, language="en")
    (trusted,), _ = Grounding(article, trusted=True).ground([said], [1])
    (small,), _ = Grounding(article).ground([said], [1])
    assert (trusted.section.kind, small.section.kind) == ("assessment", "position")


def test_a_judgement_that_nobody_else_holds_is_the_article_s() -> None:
    """Only where nobody is quoted or cited: "article" is no fallback for a speaker who is not known."""
    judged = "In the valley the garrison is exhausted and runs out of shells."
    cited = "In the valley the garrison is exhausted, somebody is quoted as saying."
    for text, actors in ((judged, ["article"]), (cited, [])):
        grounded, _ = Grounding(Article(text, language="en")).ground(
            [Entry(n=1, says="the garrison is exhausted")], [1]
        )
        assert [statement.actor for statement in grounded] == actors
