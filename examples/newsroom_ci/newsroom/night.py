"""The night desk: the cards of everything that came in, several articles at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from newsroom.cards import Card, make
from summarizer import Article


def cards(articles: Iterable[Article], *, at_once: int = 2) -> list[Card]:
    """A card for each article, in the order given; one that fails keeps none of the others back."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(make, articles))
