"""Duplicates: the same text, or edits in under 5% of the words; never another story."""

from __future__ import annotations

import random
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer import Article
from summarizer.corpus.duplicates import Seen
from tests.conftest import ROOT

CHANCE = random.Random(7)
VOCABULARY = [f"word{n}" for n in range(4_000)]


def story(words: int, chance: random.Random = CHANCE) -> list[str]:
    """Words of which some are frequent."""
    return [VOCABULARY[int(4_000 * chance.random() ** 3)] for _ in range(words)]


def edited(words: list[str], edits: int, chance: random.Random = CHANCE) -> list[str]:
    """Words of which `edits` were taken out, put in or replaced by others."""
    out = list(words)
    for at in sorted(chance.sample(range(len(words)), edits), reverse=True):
        kind = chance.choice("dir")
        out[at : at + (kind != "i")] = [] if kind == "d" else [f"new{chance.getrandbits(40)}"]
    return out


def originals(*texts: str) -> list[int | None]:
    """What each repeats, numbered from 0."""
    seen = Seen(sqlite3.connect(""))
    return [seen.original(number, Article(text)) for number, text in enumerate(texts)]


def test_the_same_text_and_the_same_words_are_repetitions() -> None:
    """Whatever their capitals, marks, line ends and metadata."""
    text = "The army left Kherson on Friday. Talks, he said, were refused."
    assert originals(text, f"date 2022-11-12 {text}\r\n", text.upper().replace(",", " –")) == [None, 0, 0]
    assert originals("...", "...", "!!!", "No.", "no") == [None, 0, None, None, 3]


@settings(max_examples=10, deadline=None)
@given(st.integers(21, 900), st.floats(0, 1), st.randoms(use_true_random=False))
def test_edits_in_under_5_percent_of_the_words_are_found(words: int, share: float, chance: random.Random) -> None:
    """However they are spread."""
    first = story(words, chance)
    second = edited(first, round(share * ((words - 40) // 20 if words > 60 else 1)), chance)
    assert originals(" ".join(first), " ".join(second)) == [None, 0]


@settings(max_examples=10, deadline=None)
@given(st.integers(25, 900), st.floats(0.08, 0.6), st.randoms(use_true_random=False))
def test_edits_in_8_percent_of_the_words_or_more_are_another_article(
    words: int, share: float, chance: random.Random
) -> None:
    """New words, so that no edit undoes another."""
    first = story(words, chance)
    second = edited(first, -int(-share * words // 1), chance)
    assert originals(" ".join(first), " ".join(second)) == [None, None]


@pytest.mark.parametrize(("edits", "original"), [(19, 0), (20, None)])
def test_exactly_5_percent_is_not_under_5_percent(edits: int, original: int | None) -> None:
    """400 words, of which 20 are others."""
    words = story(400)
    other = [f"new{n}" if n % 20 == 3 and n // 20 < edits else word for n, word in enumerate(words)]
    assert originals(" ".join(words), " ".join(other)) == [None, original]


def test_paragraphs_in_another_order_are_another_article() -> None:
    """It costs nothing to brief it, and what is said first matters."""
    paragraphs = [" ".join(story(60)) for _ in range(6)]
    assert originals("\n\n".join(paragraphs), "\n\n".join(reversed(paragraphs))) == [None, None]


def test_other_stories_are_never_repetitions() -> None:
    """The seeds, a translation, an excerpt, and a story with one paragraph more."""
    seeds = [Article.from_file(path).text for path in sorted((ROOT / "seeds").iterdir())]
    translated = "Армія залишила Херсон у п'ятницю. Переговори, сказав він, відхилено."
    more = seeds[0] + "\n\n" + " ".join(story(60))
    assert originals(*seeds, translated, seeds[0][:1500], more) == [None] * (len(seeds) + 3)


def test_a_text_without_blanks_is_compared_by_its_characters() -> None:
    """Chinese and Japanese."""
    text = "".join(chr(0x4E00 + CHANCE.randrange(3_000)) for _ in range(300))
    assert originals(text, text[:100] + "新" + text[101:], text[:250]) == [None, 0, None]


def test_a_repetition_of_a_repetition_counts_only_when_it_repeats_the_original() -> None:
    """Else a story would drift away from its brief, edit by edit."""
    first = story(400)
    second = [f"b{n}" if n % 25 == 0 else word for n, word in enumerate(first)]
    third = [f"c{n}" if n % 25 == 1 else word for n, word in enumerate(second)]
    assert originals(*(" ".join(words) for words in (first, second, third))) == [None, 0, None]


def test_asked_anew_it_answers_the_same() -> None:
    """A number that was asked before begins anew there; what was kept outlives the process."""
    first = story(100)
    articles = [Article(" ".join(words)) for words in (first, story(50), edited(first, 3))]
    database = sqlite3.connect("")
    for _ in range(2):
        seen = Seen(database)
        assert [seen.original(n, article) for n, article in enumerate(articles)] == [None, None, 0]
    assert Seen(database).original(9, articles[1]) == 1
    assert Seen(database).original(0, articles[1]) is None
    assert database.execute("select count(*) from seen_articles").fetchone() == (1,)


def test_what_stands_in_words_unseen_makes_no_other_story() -> None:
    """Soft hyphens of a page, zero-width spaces and joiners."""
    words = story(200)
    for unseen in "\u00ad\u200b\u2060":
        page = " ".join(f"{word[:2]}{unseen}{word[2:]}" for word in words)
        assert originals(" ".join(words), page) == [None, 0]
