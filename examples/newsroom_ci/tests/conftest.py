"""The articles of the tests. They are invented and CC0; each recording says so, from the licence in its article."""

from collections.abc import Callable
from pathlib import Path

import pytest

from summarizer import Article

ARTICLES = Path(__file__).parent.parent / "articles"


@pytest.fixture
def article() -> Callable[[str], Article]:
    """An article by its file's name."""
    return lambda name: Article.from_file(ARTICLES / f"{name}.md")
