"""What the readers of files, tables and feeds give for each input, and what `sources` makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from summarizer.errors import InputError

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.reading import Reading


class Piece(NamedTuple):
    """One input as it was read: a document, a row of a table or an entry of a feed."""

    place: str
    """Where it is, for people."""
    external_id: str
    """Its name where it brings none of its own."""
    content: Reading | InputError


@dataclass(frozen=True, slots=True)
class Found:
    """One input of a batch: an article, or what is wrong with it."""

    place: str
    """Where it is, for people: "wire/a.txt", "wire.jsonl, line 12", "feed.xml, entry 3"."""
    external_id: str
    """Its own id, else its name; no two inputs of a batch have the same."""
    article: Article | None
    """Its `external_id` is that above. None when there is a problem."""
    problem: InputError | None
