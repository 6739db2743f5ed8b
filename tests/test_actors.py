"""One actor, one id."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.actors import Actors
from summarizer.article import Article
from summarizer.spelling import same_person, slug


@dataclass(frozen=True)
class Sentence:
    """A stand-in for the article's sentence."""

    number: int
    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """A stand-in for the article."""

    text: str
    sentences: tuple[Sentence, ...]
    language: str = "en"


def actors(text: str) -> Actors:
    """The actors of a text with one sentence a line."""
    spans = [m.span() for m in re.finditer(r"[^\n]+", text)]
    return Actors(Piece(text, tuple(Sentence(i, *span) for i, span in enumerate(spans, 1))))


STORY = """President Arlo Venn will not speak, said his spokesman Serghej Rjabov.
Rjabov added that the Citadel was ready.
The Northern Salvation Front (NSF) rejected the offer.
"We will go on," a spokesman for the NSF said.
Various radio channels report that Russia wants peace.
He denied it.
Moscow, the Russian Federation, agreed."""


def test_a_surname_and_a_full_name_are_one_actor() -> None:
    """One id, the fullest form as the name, the rest as aliases."""
    a = actors(STORY)
    assert a.resolve("Rjabov", 2).actor == a.resolve("Serghej Rjabov", 1).actor == "serghej-rjabov"
    assert a.names("serghej-rjabov") == (
        "Serghej Rjabov", "his spokesman Serghej Rjabov", "his spokesman", "Rjabov",
    )  # fmt: skip


@pytest.mark.parametrize(
    "who", ["Sergei Ryabov", "Mr Ryabov", "RJABOV'S", "the spokesman", "his spokesman", "Spokesman Rjabov"]
)
def test_other_spellings_titles_and_descriptions_mean_the_same_actor(who: str) -> None:
    """The model's spelling maps to the article's."""
    assert actors(STORY).resolve(who, 2).actor == "serghej-rjabov"


@pytest.mark.parametrize("who", ["Peskov", "Arlo Quist", "Bela Rjabov", "the Kremlin", "Ukraine"])
def test_a_name_that_does_not_stand_in_the_article_is_refused(who: str) -> None:
    """A leaked or invented name gets no actor."""
    got = actors(STORY).resolve(who, 2)
    assert (got.actor, got.reason) == (None, "not_in_article")


def test_a_description_that_nobody_fits_is_refused() -> None:
    """A phrase that does not stand in the article gets no actor either."""
    got = actors(STORY).resolve("Norwegian officials", 2)
    assert (got.actor, got.reason) == (None, "unresolved_description")


def test_an_acronym_in_brackets_is_an_alias() -> None:
    """Also where it stands alone later."""
    a = actors(STORY)
    assert a.resolve("the NSF", 4).actor == a.resolve("Northern Salvation Front", 3).actor == "northern-salvation-front"


def test_a_state_its_capital_and_its_long_name_are_one_actor() -> None:
    """The capital stands for the government."""
    assert set(actors(STORY).names("russia")) == {"Russia", "Moscow", "Russian Federation"}


def test_a_capital_as_a_place_is_no_alias() -> None:
    """Only a capital that acts stands for its government."""
    assert actors("Fighting went on in Havana.\nCuba denied it.").names("cuba") == ("Cuba",)


def test_two_people_with_one_surname_stay_two() -> None:
    """A married couple is not merged, and the surname alone means the one named last."""
    a = actors("Ana Sorel met Ivo Dahl.\nBruno Sorel left.\nSorel said no.")
    assert a.resolve("Ana Sorel", 1).actor == "ana-sorel"
    assert a.resolve("Sorel", 3).actor == "bruno-sorel"


def test_a_pronoun_means_the_nearest_person() -> None:
    """Without a person before it there is no actor, and never the article."""
    a = actors("It rained.\nIvo Dahl said that rain was good.\nHe left.")
    assert a.resolve("he", 3).actor == "ivo-dahl"
    assert (a.resolve("he", 1).actor, a.resolve("he", 1).reason) == (None, "unresolved_pronoun")


@pytest.mark.parametrize("who", ["article", "the article", "The author", "narrator"])
def test_the_article_is_reserved(who: str) -> None:
    """The article's own voice."""
    assert actors(STORY).resolve(who, 1).actor == "article"


@pytest.mark.parametrize("who", ["", "none", "N/A", "?", "Monday", "the"])
def test_nobody_and_no_actor_are_refused(who: str) -> None:
    """Empty answers and words that cannot act resolve to nobody."""
    assert actors("On Monday the rain fell, none knew why.").resolve(who, 1).actor is None


def test_a_noun_phrase_that_stands_in_the_article_is_an_actor() -> None:
    """In the article's own words."""
    a = actors(STORY)
    got = a.resolve("various radio channels", 5)
    assert got.actor is not None
    assert a.names(got.actor)[0] == "Various radio channels"


def test_records_keep_the_order_of_first_mention_and_point_at_the_name() -> None:
    """A role is the article's own words; the span is exactly the name."""
    records = actors(STORY).records(["russia", "serghej-rjabov", "arlo-venn", "no-such-id", "russia"])
    assert [r.id for r in records] == ["arlo-venn", "serghej-rjabov", "russia"]
    assert [r.kind for r in records] == ["person", "person", "government"]
    assert [r.role for r in records] == ["President", None, None]
    assert [STORY[slice(*r.mention)] for r in records] == ["Arlo Venn", "Serghej Rjabov", "Russia"]


def test_mentioned_lists_the_actors_of_a_span_once() -> None:
    """In the order of the text."""
    text = "Ivo Dahl told Ana Sorel that Dahl agreed."
    assert actors(text).mentioned(0, len(text)) == ["ivo-dahl", "ana-sorel"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ivo Dahl said that it rains.", "ivo-dahl"),
        ('"It rains," said Ivo Dahl.', "ivo-dahl"),
        ("According to Ivo Dahl, it rains.", "ivo-dahl"),
        ("Ivo Dahl, who met Ana Sorel, has denied this.", "ivo-dahl"),
        ("The plan was rejected by Ivo Dahl.", "ivo-dahl"),
        ("It rains.", None),
    ],
)
def test_the_speaker_is_the_subject_of_the_reporting_verb(text: str, said: str | None) -> None:
    """Before the verb, after it, or named as the source."""
    assert actors(text).speaker(1) == said


def test_upper_case_copy_clusters_like_any_other() -> None:
    """The surname joins the titled name."""
    a = actors("SALVADORAN GENERAL IVO DAHL REJECTED THE TRUCE.\nDAHL STATED THAT THE REBELS WILL LOSE.")
    assert a.speaker(2) == "ivo-dahl"
    assert a.names("ivo-dahl")[0] == "IVO DAHL"


def test_scripts_without_capitals_resolve_verbatim() -> None:
    """Arabic has no case; a name that stands there is found, another is not."""
    a = actors("قال سامر حداد إن القوات باقية.")
    assert a.resolve("سامر حداد", 1).actor is not None
    assert a.resolve("نبيل خوري", 1).actor is None


def test_ids_are_ascii_also_for_other_scripts() -> None:
    """An id can stand in a URL."""
    assert slug("Сергій Шевчук") == "sergii-shevchuk"
    assert slug("Jürgen Łoś") == "jurgen-los"


def test_same_person_needs_agreeing_first_names() -> None:
    """A shared surname is not enough."""
    assert same_person(["j.", "dahl"], ["jonas", "dahl"])
    assert not same_person(["ana", "dahl"], ["jonas", "dahl"])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=40), st.integers(-3, 9))
def test_no_text_and_no_answer_raises(text: str, who: str, sentence: int) -> None:
    """Whatever the article and the model hold, an actor named is one that exists."""
    a = actors(text)
    got = a.resolve(who, sentence)
    assert got.actor in {None, "article", *a.ids}
    assert a.speaker(sentence) in {None, *a.ids}
    assert all(text[slice(*r.mention)].split() == r.name.split() for r in a.records(a.ids))


@pytest.mark.parametrize("unit", ["Aa, ", "the rebels ", "[Aa] ", "“", "Minister ", "A.B ", "said "])
@pytest.mark.slow
def test_hostile_repetition_costs_linear_time(unit: str) -> None:
    """Eight times the text costs nowhere near sixty-four times the time."""
    times = []
    for size in (1_000, 8_000):
        start = time.perf_counter()
        actors(unit * size).speaker(1)
        times.append(time.perf_counter() - start)
    assert times[1] < 30 * max(times[0], 0.02)


def test_a_doubled_of_before_a_name_does_no_harm() -> None:
    """A mistyped title is read without end nowhere."""
    text = "The former head of of minister Ivo Dahl left town. Of of of of, said Of."
    found = actors(text)
    assert any("Ivo Dahl" in found.names(i) for i in found.ids)


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("Minister Falk rejected the plan, which Ardenia had proposed.", "Falk"),
        ("General Moor said he would release the prisoners, as the rebels demanded.", "Moor"),
        ("General Moor dismissed the offer of a truce, saying it was not what Ardenia promised.", "Moor"),
        ("General Moor accused Minister Falk of lying, and President Osk agreed.", "Moor"),
        ("Minister Falk said that the rebels had, as General Moor claimed, lied.", "Falk"),
        ("After General Moor met the rebels on Tuesday, he said the war was over.", "Moor"),
        ("Speaking in Tolm, where General Moor met the rebels, he said the war was over.", "Moor"),
        ("General Moor cited Ardenia's attack as a reason to end the talks.", "Moor"),
        ("After talks in Tolm Minister Falk said General Moor had agreed to a truce.", "Falk"),
        ("All sides should cease fire, General Moor said.", "Moor"),
        ("The state radio quoted General Moor as saying that the war was over.", "Moor"),
        ("Minister Falk of neighbouring Ardenia told reporters the war was over.", "Falk"),
        ("Minister Falk on Saturday called on the rebels to disarm.", "Falk"),
        ("Minister Falk, who commands a brigade in Tolm, said by telephone that rebel guns had arrived.", "Falk"),
    ],
)
def test_the_subject_of_the_governing_verb_speaks(sentence: str, speaker: str) -> None:
    """Not whoever a relative clause, a comparison or a content clause names."""
    article = Article("President Osk met Ambassador Brel on Monday. " + sentence, language="en")
    actors = Actors(article)
    told = actors.speaker(2)
    assert told is not None
    assert any(speaker in name for name in actors.names(told))
