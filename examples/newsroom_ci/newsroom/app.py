"""The service that the content management system posts stories to."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from newsroom.cards import Card, card
from summarizer import Article, SummarizerError, asummarize

app = FastAPI()


class Story(BaseModel):
    """A story as the content management system sends it."""

    text: str
    title: str | None = None
    date: str | None = None
    licence: str | None = None


@app.post("/cards")
async def create(story: Story) -> Card:
    """The card of a story; what is wrong with it as the HTTP status that summarizer gives for it."""
    try:
        article = Article(story.text, title=story.title, date=story.date, licence=story.licence)
        return card(await asummarize(article))
    except SummarizerError as error:
        raise HTTPException(error.http_status, str(error)) from error
