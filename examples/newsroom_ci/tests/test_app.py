"""The service, as the content management system meets it."""

from fastapi.testclient import TestClient
from newsroom.app import app


def test_a_posted_story_comes_back_as_a_card(brief_cassette, article):
    """The general's estimate is hers, not that of the country she speaks of."""
    story = article("kelver-bridge")
    sent = {"text": story.text, "title": story.title, "date": story.date, "licence": story.licence}
    answer = TestClient(app).post("/cards", json=sent)
    assert answer.status_code == 200
    tanks = [line for line in answer.json()["statements"] if "forty tanks" in line["quote"]]
    assert [line["who"] for line in tanks] == ["Ines Varga"]


def test_an_empty_story_is_the_senders_mistake():
    """422 and a reason; no model is asked, so this test needs no cassette."""
    answer = TestClient(app).post("/cards", json={"text": " "})
    assert answer.status_code == 422
    assert "empty" in answer.json()["detail"]
