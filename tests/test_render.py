"""What a person sees: nothing of the article or the model can steer a terminal or a Markdown reader."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.brief import Audit, Flag, Rejection, Unread
from summarizer.plain import one_line, shorten
from summarizer.render import text
from summarizer.render.lines import lines
from summarizer.render.markdown import markdown
from tests.factories import brief, parts

HOSTILE = "\x1b]8;;http://evil\x07click\x1b]8;;\x07 \x9b31m \u202egnp.exe \u2066 [bold red]x[/] \U000e0041\x00"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def hostile() -> str:
    """A brief whose free fields are hostile, rendered for a pipe."""
    made = parts()
    made["article"] = made["article"].model_copy(update={"title": HOSTILE, "publisher": HOSTILE})
    rejected = Rejection(section="positions", reason="x", detail=HOSTILE, draft=HOSTILE)
    made["audit"] = made["audit"].model_copy(
        update={"rejected": (rejected,), "flags": (Flag(code="x", detail=HOSTILE),)}
    )
    stream = io.StringIO()
    text.write(brief(**made), stream)
    return stream.getvalue()


def test_no_control_or_bidi_character_reaches_a_terminal() -> None:
    """Escape sequences, C1 controls, bidi overrides and tag characters are taken out."""
    shown = hostile()
    assert all(c == "\n" or c.isprintable() for c in shown)
    assert "[bold red]x[/]" in shown


def test_colours_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Styled on a terminal, plain in a pipe and with NO_COLOR's promise kept by rich."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal, pipe = Terminal(), io.StringIO()
    text.write(brief(), terminal)
    text.write(brief(), pipe)
    assert "\x1b[" in terminal.getvalue()
    assert "\x1b" not in pipe.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    text.write(brief(), plain)
    assert "\x1b[3" not in plain.getvalue()


def test_the_brief_shows_its_parts_in_order() -> None:
    """Headline, key points, sections with holder, line and quote, the check, the origin."""
    stream = io.StringIO()
    text.write(brief(), stream)
    shown = stream.getvalue()
    order = ["only if the siege ended", "Key points", "Positions", "Odo Brandt, Marshal", "the army will not retreat"]
    order += ["[1] “We will not retreat.”", "Conditions for talks", "Check", "Made by AI, not yet reviewed"]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)


def test_markdown_escapes_what_it_would_read() -> None:
    """Markup in a text stays text."""
    made = parts()
    made["article"] = made["article"].model_copy(update={"title": "<script>alert(1)</script> [x](javascript:y) *b*"})
    shown = markdown(brief(**made))
    assert "<script>" not in shown
    assert "[x](" not in shown
    assert r"\*b\*" in shown


EMPTY = {"headline": None, "summary": (), "actors": (), "positions": (), "conditions_for_talks": ()}


def title(audit: Audit | None = None, **changes: object) -> str:
    """The first line of a brief with some fields replaced."""
    return next(lines(brief(**({"audit": audit} if audit else {}), **changes))).text


def test_a_brief_without_items_says_why() -> None:
    """Unread, all rejected, and nothing said are three different first lines."""
    left = Unread(first=1, last=2, reason="rejected_request: 404")
    rejected = Flag(code="all_rejected", detail="all 1 statements the model gave were rejected")
    audit = Audit(coverage=1.0, sections={}, complete=True)
    incomplete = audit.model_copy(update={"unread": (left,), "complete": False})
    assert title(incomplete, **EMPTY) == "Incomplete: nothing found in what was read"
    assert title(audit.model_copy(update={"flags": (rejected,)}), **EMPTY).startswith("Nothing could be verified")
    assert title(audit, **EMPTY) == "Nothing found: no statement in this article"


def test_items_without_a_headline_get_the_title_or_the_first_point() -> None:
    """Never "nothing found" above items."""
    record = parts()["article"].model_copy(update={"title": "A siege"})
    assert title(headline=None, article=record) == "A siege"
    assert title(headline=None) == "Odo Brandt: “We will not retreat.”"
    assert title(headline=None, summary=()) == "the army will not retreat"


def test_coverage_is_shown_only_of_something() -> None:
    """No "100%" for an article without statements."""
    assert "of the attributed statements" not in markdown(brief(**EMPTY))
    assert "of the attributed statements" in markdown(brief())


@given(st.text())
def test_one_line_is_one_printable_line(value: str) -> None:
    """Whatever comes in: no line break, nothing that is not printable but joiners."""
    assert all(c.isprintable() or c in "\u200c\u200d" for c in one_line(value))


@given(st.text(), st.integers(2, 50))
def test_shorten_keeps_its_limit(value: str, length: int) -> None:
    """Never longer than asked, and unchanged where it fits."""
    short = shorten(value, length)
    assert len(short) <= length or len(value) <= length
    assert short == value or short.endswith("…")
