"""summarizer through its public API, plan `windows`, verification and all."""

from __future__ import annotations

import json
from typing import Any

import worker

from summarizer import Article, summarize


def brief(article: dict[str, Any], base_url: str, model: str) -> dict[str, Any]:
    """The brief as its JSON."""
    known = {key: article.get(key) for key in ("title", "date", "publisher", "source")}
    made = summarize(Article(article["text"], **known), model=model, base_url=base_url, plan="windows")
    return json.loads(made.to_json())


if __name__ == "__main__":
    worker.serve(brief)
