"""What a person sees: nothing of the article or the model can steer a terminal or a Markdown reader."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.brief import Flag, Rejection
from summarizer.plain import one_line, shorten
from summarizer.render import text
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
