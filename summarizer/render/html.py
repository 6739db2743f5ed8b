"""The review page: article and brief side by side in one self-contained HTML file.

Everything is in the markup, escaped by Jinja; the script only lights, scrolls and collects decisions. The page's own
content security policy allows this one style sheet and this one script, by their hashes, and nothing from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from summarizer.brief import Brief
from summarizer.plain import visible
from summarizer.render.reading import article_view, brief_view
from summarizer.review import brief_hash, disclosure

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = Path(__file__).parent / "page"


def page(brief: Brief | None = None) -> str:
    """The review page of a brief; without one the page of the service, with a box to paste an article into.

    Raises `UnverifiedBrief`.
    """
    style, script = _asset("page.css"), _asset("review.js")
    if brief is None:
        script += _asset("paste.js")
    values: dict[str, Any] = {"style": style, "script": script, "policy": _policy(style, script, service=brief is None)}
    return _template().render(**values, **(_values(brief.verified()) if brief else {}))


def _values(brief: Brief) -> dict[str, Any]:
    brief_side = brief_view(brief)
    return {
        "brief": brief,
        "hash": brief_hash(brief),
        "status": disclosure(brief),
        "view": brief_side,
        "article": article_view(brief, brief_side.lines),
        "source": _address(brief.article.source),
    }


def _address(source: str | None) -> str | None:
    """A source that a reader may follow: http(s) only."""
    try:
        return source if source and urlsplit(source).scheme in ("http", "https") else None
    except ValueError:
        return None


def _policy(style: str, script: str, *, service: bool) -> str:
    connect = "connect-src 'self'; " if service else ""
    return (
        f"default-src 'none'; {connect}script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"


@cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # What a browser would hide or turn round is not shown; line breaks stay, the style sheet keeps them.
    environment.filters["shown"] = lambda text: "\n".join(map(visible, str(text).split("\n")))
    return environment.get_template("page.html.jinja")
