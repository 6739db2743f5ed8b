"""Prints `summarizer/service/example.json`: an article and its brief as /openapi.json shows them (`make schema`).

The article is an invented seed; the brief is what its recording gives when it is posted to the service.
"""

from __future__ import annotations

import json
from pathlib import Path

from summarizer import Article, summarize

ROOT = Path(__file__).resolve().parent.parent


def example() -> dict[str, object]:
    """The article as a client would post it, and its brief."""
    seed = Article.from_file(ROOT / "seeds" / "invented-wire.md")
    named = {"title": seed.title, "date": seed.date, "publisher": seed.publisher, "licence": seed.licence}
    article = {"id": "wire-1", **{name: value for name, value in named.items() if value}, "language": "en"}
    article["text"] = seed.text
    brief = summarize(Article.from_json(article), replay=ROOT / "cassettes")
    return {"article": article, "brief": json.loads(brief.to_json())}


if __name__ == "__main__":
    print(json.dumps(example(), ensure_ascii=False, indent=2))
