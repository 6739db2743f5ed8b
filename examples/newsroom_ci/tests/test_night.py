"""The night desk: several articles in threads."""

from newsroom import night


def test_every_article_gets_its_own_card(brief_cassette, article):
    """In the order they came in, whichever was read first."""
    stories = [article("saltmere-fishermen"), article("kelver-bridge")]
    cards = night.cards(stories)
    assert [card["headline"].split(":")[0] for card in cards] == ["Marit Dahlke", "Tessa Orlund"]
    for story, card in zip(stories, cards, strict=True):
        assert card["statements"]
        assert all(line["quote"] in story.text for line in card["statements"])
