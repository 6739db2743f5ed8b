"""The review page for every reader: screen readers, light and dark, without scripts, on paper, on a phone."""

from __future__ import annotations

import pytest

from summarizer import Article
from summarizer.plain import visible
from summarizer.review import reviewed_lines
from tests.browser import KHERSON, Open, in_view, recorded
from tests.factories import brief, long_article, overlapping


@pytest.mark.slow
def test_a_screen_reader_gets_names_and_states(show: Open) -> None:
    """Regions, headings, and for each control what it is, what it is called and whether it is chosen."""
    seen = show(brief())
    seen.page.click("#l2 .say")
    seen.page.click("#l2 [data-do='accept']")
    by_role = seen.page.get_by_role
    assert by_role("region", name="Brief").count() == 1
    assert by_role("region", name="Article").count() == 1
    assert by_role("heading", name="Positions", level=2).count() == 1
    assert by_role("button", name="the army will not retreat").get_attribute("aria-current") == "true"
    assert by_role("group", name="Your decision").get_by_role("button", name="Accept", pressed=True).count() == 1
    assert by_role("checkbox", name="Seen in source").count() == 1
    assert by_role("link", name="Evidence in sentence 2").count() == 2
    assert by_role("button", name="Sentence 1, 3 lines rest on it").count() == 1
    assert by_role("textbox", name="Reviewer").count() == 1
    assert by_role("img", name="Coverage along the article: 100 percent").count() == 1
    tree = seen.page.locator("#brief").aria_snapshot()
    assert 'button "the army will not retreat"' in tree
    assert "status: Rests on sentence 1." in tree


CONTRAST = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = channels(getComputedStyle(element).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
  };
  const words = [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()
    && !['SCRIPT', 'STYLE', 'OPTION'].includes(e.tagName)
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
  return words.map((e) => {
    const [a, b] = [light(channels(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), `${e.tagName}.${e.className} in ${e.parentElement.className}`];
  });
}"""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_stand_out_from_what_is_behind_them(show: Open, scheme: str) -> None:
    """At least 4.5 to 1, in every state a line or a sentence can have, in light and dark."""
    made = recorded(KHERSON)
    seen = show(made, color_scheme=scheme)
    seen.page.focus("#l3 .say")
    for key in "ajrje":
        seen.page.keyboard.press(key)
    paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 23, 27)"}[scheme]
    worst = seen.page.evaluate(CONTRAST)
    seen.page.keyboard.press("Escape")
    seen.page.click("#s10 .n")
    worst += seen.page.evaluate(CONTRAST)
    assert len(worst) > 300
    assert min(worst)[0] >= 4.5, min(worst)


@pytest.mark.slow
def test_without_scripts_everything_can_be_read(show: Open) -> None:
    """As a mail programme shows an attachment: lines, quotes, article, links to the sentences, and who made it."""
    made = recorded(KHERSON)
    seen = show(made, java_script_enabled=False)
    shown = seen.page.inner_text("main")
    assert "Made by AI, not yet reviewed." in shown
    for line in reviewed_lines(made):
        assert line.text in shown
        assert all(visible(e.quote) in shown for e in line.evidence)
    for hidden in ("#review", "#bar"):
        assert not seen.page.is_visible(hidden)
    seen.page.click("a[href='#s28'] >> nth=0")
    assert seen.page.url.endswith("#s28")
    assert seen.page.locator("#s28").bounding_box()["y"] < 900  # type: ignore[index]


@pytest.mark.slow
def test_on_paper_everything_is_there(show: Open) -> None:
    """Nothing is cut or scrolled away: brief first, then the article; no button, and who made it."""
    made = recorded(KHERSON)
    seen = show(made, width=700)
    seen.page.click("#l3 .say")
    seen.page.emulate_media(media="print")
    cut = seen.page.evaluate(
        """[...document.querySelectorAll('main, .panes, .brief, .article, .line, .text p, .status, h1')].filter((e) =>
           e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 3
           || getComputedStyle(e).overflowY === 'auto'
        ).map((e) => e.className)"""
    )
    assert cut == []
    for selector in ("#status", "#l3 .say", "#l3 q", "#s28", ".strip", "footer"):
        assert seen.page.is_visible(selector), selector
    for selector in (".decide", "#review", "#bar"):
        assert not seen.page.is_visible(selector), selector
    assert (
        seen.page.evaluate("getComputedStyle(document.querySelector('.text .lit')).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    assert seen.page.pdf(format="A4").count(b"/Type /Page\n") >= 4


LONG = "Пере" + "дислокация" * 60


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(show: Open, width: int) -> None:
    """On phones and desks, with words that never end; on a phone line and sentence are seen together."""
    article = Article(
        f"Minister {LONG} said {LONG} ends. He {LONG} would talk.\n\n" + long_article(2_000), language="en"
    )
    made = overlapping(article, 20)
    record = made.article.model_copy(update={"title": LONG, "publisher": LONG, "source": f"https://example.com/{LONG}"})
    made = made.model_copy(update={"article": record})
    seen = show(made, width=width, height=844, is_mobile=width < 600, has_touch=width < 600)
    for choice in ("#l0 .say", "#l9 .say", "#l19 .say"):
        seen.page.click(choice)
        seen.page.click(f"{choice.split()[0]} [data-do='edit']")
        assert seen.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        for pane in (".brief", ".article"):
            assert seen.page.eval_on_selector(pane, "(e) => e.scrollWidth <= e.clientWidth")
        assert in_view(seen, ".text .lit", ".article")
        assert seen.page.is_visible(f"{choice.split()[0]} [data-do='accept']")
