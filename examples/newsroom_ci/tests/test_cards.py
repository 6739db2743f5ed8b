"""Cards, made of what a real model answered when this was recorded."""

import asyncio

from newsroom.cards import amake, make


def test_a_card_says_who_sets_which_terms(brief_cassette, article):
    """The minister's condition is a line of hers, and her own sentence stands beside it."""
    made = make(article("kelver-bridge"))
    terms = [line for line in made["statements"] if "until Pellmark pulls its guns back" in line["quote"]]
    assert [line["who"] for line in terms] == ["Tessa Orlund"]
    assert made["headline"].startswith("Tessa Orlund: ")
    assert "incomplete" not in made


def test_every_quote_of_a_card_stands_in_the_article(brief_cassette, article):
    """Word for word: an editor can search for it. What became no line is left to the editor."""
    story = article("saltmere-fishermen")
    made = make(story, max_calls=1)
    assert len(made["statements"]) > 3
    assert all(line["quote"] in story.text for line in made["statements"])
    assert "nobody's line yet: Dahlke denied it." in made["review"]
    assert made["incomplete"] == ["sentences 7 to 10 were not read"]  # one call was all that it was allowed


def test_an_article_without_statements_keeps_its_own_title(brief_cassette, article):
    """Nothing to say is no error."""
    made = asyncio.run(amake(article("tamsel-ice")))
    assert made == {"headline": "Ice on the Tamsel", "statements": [], "review": []}
