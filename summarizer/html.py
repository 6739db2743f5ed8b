"""From an HTML page to the text of its article, without what a reader of the page does not see.

Hidden text is taken out and noted, then trafilatura finds the article; lxml and trafilatura are imported
where they are needed.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from summarizer.errors import InputError

__all__ = ["Page", "read_page"]

_KEPT = "\u200c\u200d\u200e\u200f"
"""Invisible characters that spelling (Persian, Indic, Hebrew) and emoji need; trafilatura drops them."""

_DROPPED = re.compile("[\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")

_HIDDEN_CLASSES = frozenset(
    """sr-only visually-hidden visuallyhidden screen-reader-text screen-reader-only screenreader-only
    element-invisible u-hidden-visually a11y-hidden""".split()  # noqa: SIM905
)
_CONTAINERS = ("template", "noscript")
_TEXTLESS = ("script", "style", "head", "title", "meta", "link")
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]*)?([.#])([\w-]+)", re.IGNORECASE)
_FAR = re.compile(r"-\s*(?:\d{4,}|[5-9]\d\d)(?:\.\d+)?px|-\s*\d{2,}(?:\.\d+)?(?:em|rem|vw|vh|%)|-\s*\d{4,}")
_ZERO = re.compile(r"0*(?:\.0*)?(?:px|em|rem|pt|%)?")
_WHITE = frozenset(["white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(255,255,255,1)"])


class Page(NamedTuple):
    """What was found in an HTML page."""

    text: str
    """The article's text, its paragraphs apart by a blank line."""

    metadata: dict[str, str]
    """Title, date and publisher, those that were found."""

    notes: list[tuple[str, str]]
    """What was left out: (flag code, detail)."""


def read_page(document: str) -> Page:
    """Find the article of an HTML page; raises `InputError` when there is none."""
    tree = _parse_html(document)
    _make_legal(tree)
    notes = _remove_hidden(tree)
    invisible = sum(len(_DROPPED.findall(string)) for string in tree.itertext())
    if invisible:
        notes.append(("hidden_characters", f"{invisible} invisible characters of the HTML left out"))
    back = _protect(tree)
    found = _extract(tree)
    text = (found.text or "") if found is not None else ""
    text = re.sub(r"\n+", "\n\n", text.translate(back)).strip()
    if not any(map(str.isalnum, text)):
        raise InputError("no article text found in the HTML; give the article's text instead")
    given = {"title": found.title, "date": found.date, "publisher": found.sitename}
    metadata = {key: str(value).translate(back) for key, value in given.items() if value}
    return Page(text, metadata, notes)


def _parse_html(document: str) -> Any:
    from lxml import etree, html  # type: ignore[import-untyped, unused-ignore]

    # As bytes, because lxml refuses text that declares an encoding; libxml2 stops at a NUL.
    data = document.replace("\0", "\ufffd").encode("utf-8", "replace")
    try:
        tree = html.document_fromstring(data, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise InputError("no article text found in the HTML; give the article's text instead") from error
    return tree


_ILLEGAL = str.maketrans(
    {**dict.fromkeys(range(32), " "), 9: "\t", 10: "\n", 13: "\r", 0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}
)


def _make_legal(tree: Any) -> None:
    """Replace what XML cannot hold, such as a form feed: one of them and trafilatura finds nothing on the page."""
    for element in tree.iter():
        if element.text and isinstance(element.tag, str):
            element.text = element.text.translate(_ILLEGAL)
        if element.tail:
            element.tail = element.tail.translate(_ILLEGAL)


def _extract(tree: Any) -> Any:
    from trafilatura import bare_extraction

    dates = {"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"}
    return bare_extraction(tree, with_metadata=True, include_comments=False, date_extraction_params=dates)


def _protect(tree: Any) -> dict[int, int]:
    """Replace the invisible characters to keep by letters the page does not use; return the way back."""
    present = {c for string in tree.itertext() for c in _KEPT if c in string}
    if not present:
        return {}
    used = {c for string in tree.itertext() for c in string if c >= "\U00010080"}
    spare = (chr(code) for code in range(0x10080, 0x100FB) if chr(code) not in used)
    forth = {ord(c): ord(letter) for c, letter in zip(sorted(present), spare, strict=False)}
    for element in tree.iter():
        if element.text and isinstance(element.tag, str):
            element.text = element.text.translate(forth)
        if element.tail:
            element.tail = element.tail.translate(forth)
    return {letter: original for original, letter in forth.items()}


def _remove_hidden(tree: Any) -> list[tuple[str, str]]:
    """Take out of `tree` what a reader of the page does not see; return the note on it."""
    styled = _hidden_by_style_sheet(tree)
    removed: dict[str, int] = {}
    characters = 0
    backgrounds: dict[Any, str] = {}
    hidden: list[tuple[Any, str]] = []
    inside: set[Any] = set()
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("html", "body", *_TEXTLESS):
            continue
        parent = element.getparent()
        if parent in inside:
            inside.add(element)
            continue
        style = _declarations(element.get("style") or "")
        own = _color(style.get("background-color") or style.get("background") or element.get("bgcolor") or "")
        backgrounds[element] = own or backgrounds.get(parent, "")
        reason = _hidden_reason(element, style, styled) or _same_color(element, style, backgrounds[element])
        if reason:
            hidden.append((element, reason))
            inside.add(element)
    for element, reason in hidden:
        content = "".join(element.itertext()).strip()
        if content:
            removed[reason] = removed.get(reason, 0) + 1
            characters += len(content)
        if element.getparent() is not None:
            element.drop_tree()
    if not removed:
        return []
    kinds = ", ".join(f"{reason} {count}" for reason, count in sorted(removed.items()))
    return [("hidden_text_removed", f"{characters} characters a reader of the page does not see: {kinds}")]


def _hidden_reason(element: Any, style: dict[str, str], styled: set[str]) -> str | None:
    if element.tag in _CONTAINERS:
        return f"<{element.tag}>"
    if element.get("hidden") is not None:
        return "hidden"
    if (element.get("aria-hidden") or "").strip().lower() == "true":
        return "aria-hidden"
    classes = (element.get("class") or "").split()
    for name in classes:
        if name.lower() in _HIDDEN_CLASSES:
            return f".{name.lower()}"
    if styled and ({f".{name}" for name in classes} | {f"#{element.get('id')}"}) & styled:
        return "style sheet"
    return _hiding_style(style)


def _hiding_style(style: dict[str, str]) -> str | None:
    """Return the declaration that hides an element, or None."""
    for name, values in (("display", ("none",)), ("visibility", ("hidden", "collapse"))):
        if style.get(name) in values:
            return f"{name}:{style[name]}"
    for name in ("font-size", "opacity"):
        if name in style and _ZERO.fullmatch(style[name]) and style[name]:
            return f"{name}:0"
    if style.get("position") in ("absolute", "fixed"):
        if any(_FAR.match(style.get(side, "")) for side in ("left", "top", "right", "bottom")):
            return "off-screen"
        if style.get("clip", "").startswith("rect(") and set(re.findall(r"\d+", style["clip"])) <= {"0", "1"}:
            return "clipped"
    if _FAR.match(style.get("text-indent", "")):
        return "off-screen"
    small = [bool(re.fullmatch(r"[01]px|0", style.get(side, ""))) for side in ("width", "height")]
    return "clipped" if any(small) and style.get("overflow") == "hidden" else None


def _same_color(element: Any, style: dict[str, str], background: str) -> str | None:
    color = _color(style.get("color") or (element.get("color") if element.tag == "font" else "") or "")
    if color == "transparent":
        return "transparent text"
    return "text in the color of its background" if color and color == (background or "white") else None


def _color(value: str) -> str:
    value = re.sub(r"\s+", "", value.lower())
    return "white" if value in _WHITE else value


def _declarations(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs}


def _hidden_by_style_sheet(tree: Any) -> set[str]:
    """Return the classes (".name") and ids ("#name") that the page's own style sheets hide."""
    found: set[str] = set()
    for sheet in tree.iter("style"):
        for selectors, body in _RULE.findall(_outside_at_rules(sheet.text or "")):
            if _hiding_style(_declarations(body)):
                for selector in selectors.split(","):
                    match = _SELECTOR.fullmatch(selector.strip())
                    if match:
                        found.add(match[1] + match[2])
    return found


def _outside_at_rules(sheet: str) -> str:
    """Return a style sheet without its nested blocks: what hides in print is seen on the screen."""
    sheet = re.sub(r"/\*.{0,10000}?\*/", "", sheet[:500_000], flags=re.DOTALL)
    kept: list[str] = []
    depth = 0
    nested = False
    for piece in re.split(r"([{}])", sheet):
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth = max(0, depth - 1)
        elif depth == 0:
            nested = piece.rpartition(";")[2].strip().startswith("@")
        if not nested:
            kept.append(piece)
        elif piece == "}" and depth == 0:
            nested = False
    return "".join(kept)
