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
    checked = list(Grounding(Article(TEXT, language="en")).ground(entries, asked))
    rejected = [r for c in checked for r in (*c.rejected, *([c.doubt] if c.doubt else []))]
    return [s for c in checked for s in c.statements], [rejection.reason for rejection in rejected]


def statements(grounding: Grounding, *entries: Entry) -> list[Grounded]:
    """The statements of an answer about all its sentences."""
    return [s for c in grounding.ground(entries, [e.n for e in entries]) for s in c.statements]


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
    (statement,) = statements(Grounding(Article(text, language="en")), Entry(n=1, says=says))
    assert statement.verbatim


def test_a_trusted_model_s_word_for_the_kind_stands() -> None:
    """A large model, asked for the whole article, knows kinds better than cues; a small one does not."""
    said = entry(1, "Moor", "Arland would not leave the talks", "assessment")
    article = Article(TEXT, language="en")
    (trusted,) = statements(Grounding(article, trusted=True), said)
    (small,) = statements(Grounding(article), said)
    assert (trusted.section.kind, small.section.kind) == ("assessment", "position")


def test_a_judgement_that_nobody_else_holds_is_the_article_s() -> None:
    """Only where nobody is quoted or cited: "article" is no fallback for a speaker who is not known."""
    judged = "In the valley the garrison is exhausted and runs out of shells."
    cited = "In the valley the garrison is exhausted, somebody is quoted as saying."
    for text, actors in ((judged, ["article"]), (cited, [])):
        grounded = statements(Grounding(Article(text, language="en")), Entry(n=1, says="the garrison is exhausted"))
        assert [statement.actor for statement in grounded] == actors


DENIALS = (
    "General Moor denied that his troops had shelled the town on Monday.",
    "General Moor rejected claims that the army had used gas against civilians in Tolm.",
    "General Moor dismissed as a lie that the army had shelled the hospital in the town.",
    "General Moor did not say that the army would leave the town before the winter.",
    "General Moor said he did not believe that the rebels would attack the town before winter.",
    "General Moor has not repeated his offer of an unconditional truce to the rebels.",
    "General Moor has never expressed the hope that the war would end soon, he said.",
    "General Moor said on Monday that the rebels never expressed the wish for a truce.",
    "General Moor said it would free 300 prisoners -- but only if the rebels left the town.",
    "General Moor demanded that the rebels end hostilities as a prior condition for the talks.",
    "General Moor told the rebels that the army, the minister said, would surrender.",
)


@pytest.mark.parametrize("sentence", DENIALS)
@pytest.mark.parametrize("worded", [False, True])
def test_no_text_drops_what_turns_a_statement_round(sentence: str, worded: bool) -> None:
    """A denial, a "not", an "only if", another's attribution stay, in the model's words as in the article's."""
    entry = Entry(n=1, says=sentence.rstrip(".") if worded else "")
    grounded = statements(Grounding(Article(sentence, language="en")), entry)
    turns = ("demanded", "denied", "rejected", "dismissed", "not", "never", "only if", "the minister said")
    assert grounded
    for statement in grounded:
        assert any(turn in statement.text for turn in turns if turn in sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "“They will attack before winter,” General Moor said.",
        "Asked about Minister Falk, General Moor said that he was a liar and a traitor to his people.",
    ],
)
def test_a_pronoun_is_the_holder_only_where_it_can_be_nobody_else(sentence: str) -> None:
    """Not in direct speech, not beside another person."""
    grounded = statements(Grounding(Article(sentence, language="en")), Entry(n=1, says=""))
    assert [statement.text.split()[0] for statement in grounded] in (["They"], ["He"])


def test_a_large_model_may_report_what_no_cue_shows() -> None:
    """And so may a small one of a sentence that it was asked about."""
    text = "Peace is not Moor's concern. Moor has no faith in the mediators."
    said = [Entry(n=2, who="Moor", says="no faith in the mediators", kind="position")]
    for trusted in (True, False):
        (checked,) = Grounding(Article(text, language="en"), trusted=trusted).ground(said, [1, 2])
        assert "no_statement" not in [rejection.reason for rejection in checked.rejected]


def test_a_wording_without_a_word_says_nothing() -> None:
    """An underscore is a word character to a pattern, and no word."""
    article = Article("_", language="en")
    (checked,) = Grounding(article).ground([Entry(n=1, who="the article", says="_", kind="position")], [1])
    assert checked.doubt is not None
    assert not checked.statements
