"""The review page as markup: everything of the brief is on it, as text, and nothing comes from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from itertools import pairwise

import lxml.html
import pytest

from summarizer import Article, Brief, apply_review, summarize
from summarizer.brief import Audit, Flag, Rejection, Uncovered, Unread
from summarizer.errors import UnverifiedBrief
from summarizer.plain import visible
from summarizer.render.html import page
from summarizer.review import Decision, ReviewRecord, brief_hash, disclosure, reviewed_lines
from tests.conftest import ROOT
from tests.factories import TEXT, brief, long_article, overlapping, parts

Element = lxml.html.HtmlElement


@cache
def kherson() -> Brief:
    """The real article's brief, out of its recording."""
    return summarize(Article.from_file(ROOT / "seeds" / "000_31555e438435f307.txt"), replay=ROOT / "cassettes")


def tree(given: Brief) -> Element:
    """The page of a brief as a tree."""
    return lxml.html.document_fromstring(page(given))


def said(element: Element) -> str:
    """The text of an element on one line."""
    return " ".join(element.text_content().split())


def signed(given: Brief, *, off: bool = True, **changes: object) -> Brief:
    """The brief with every line accepted."""
    decisions = tuple(Decision(line=line.id, decision="accept") for line in reviewed_lines(given))
    fields = {"reviewer": "Ada Brill", "reviewed_at": "2026-11-22T10:00:00Z", "signed_off": off, "decisions": decisions}
    record = ReviewRecord(**{**fields, "article": given.article.id, "brief": brief_hash(given), **changes})
    return apply_review(record, given)


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    """By their hashes: nothing may be loaded, sent or framed."""
    html = page(kherson())
    policy = lxml.html.document_fromstring(html).xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")

    def digest(tag: str) -> str:
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert inside
        return base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()

    assert policy.split("; ") == [
        "default-src 'none'", f"script-src 'sha256-{digest('script')}'", f"style-src 'sha256-{digest('style')}'",
        "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip


def test_nothing_on_the_page_comes_from_elsewhere() -> None:
    """No source, no style sheet, no import; links go to sentences of the article."""
    html = page(kherson())
    root = lxml.html.document_fromstring(html)
    assert not root.xpath("//@src | //@srcset | //link | //iframe | //object | //embed | //img | //base | //form")
    assert all(re.fullmatch(r"#s\d+|#review", href) for href in root.xpath("//@href"))
    assert "url(" not in html
    assert "@import" not in html
    assert not root.xpath("//@style | //@*[starts-with(name(), 'on')]")


@pytest.mark.parametrize(
    ("source", "follows"),
    [
        ("https://example.com/a?b=1&c=2", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.com/a", False),
        ("seeds/a.txt", False),
        ("http://[", False),
    ],
)
def test_only_a_web_source_is_a_link(source: str, follows: bool) -> None:
    """Any other source is words."""
    root = tree(brief(article=parts()["article"].model_copy(update={"source": source})))
    links = root.xpath("//header//a")
    assert [(a.get("href"), a.get("rel")) for a in links] == ([(source, "noopener noreferrer")] if follows else [])
    assert source.strip() in said(root.find(".//header"))


def test_every_line_stands_with_its_quotes_and_links_to_its_sentences() -> None:
    """In the order of the brief, the quotes letter for letter."""
    made = kherson()
    root = tree(made)
    shown = root.xpath("//li[@data-id]")
    lines = list(reviewed_lines(made))
    assert [li.get("data-id") for li in shown] == [line.id for line in lines]
    for li, line in zip(shown, lines, strict=True):
        assert li.find("button").text_content() == line.text
        assert [q.text_content() for q in li.iter("q")] == [visible(e.quote) for e in line.evidence]
        assert [a.get("href") for a in li.iter("a")] == [f"#s{e.sentence}" for e in line.evidence]
    assert {a.get("href")[1:] for a in root.iter("a")} - {"review"} <= set(root.xpath("//span[@data-n]/@id"))


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Minister \U0001f600 said the \U0001d54e\U0001d552\U0001d563 ends. \U0001f468\u200d\U0001f469 Brandt said no.",
        "قال الوزير إن الحرب ستنتهي قريبا. وأضاف أن المحادثات بدأت.\n\nورفض الجنرال الهدنة.",
        long_article(22_000),
    ],
    ids=["quoted", "astral", "arabic", "long"],
)
def test_the_article_is_whole_and_its_pieces_are_the_evidence(text: str) -> None:
    """No character is lost, doubled or moved; the pieces of each line, put together, are its evidence."""
    article = Article(text)
    made = overlapping(article, 40)
    root = tree(made)
    body = root.xpath("//div[@class='text']")[0]
    for number in body.xpath(".//button"):
        number.drop_tree()
    assert said(body) == " ".join(visible(article.text).split())
    assert len(body.xpath(".//span[@id]")) == len(article.sentences)
    for li, (_, item) in zip(root.xpath("//li[@data-id]"), made.items(), strict=True):
        mine = [p for p in body.xpath(".//span[@data-l and not(@id)]") if li.get("data-n") in p.get("data-l").split()]
        lit = "".join(p.text_content() for p in mine)
        covered = sorted({n for e in item.evidence for n in range(e.start, e.end)})
        assert lit == "".join(visible(article.text[n]) for n in covered)


def test_the_language_of_the_article_is_marked_for_a_screen_reader() -> None:
    """The article's words and the lines about them are in its language, the page is in English."""
    root = tree(overlapping(Article("قال الوزير إن الحرب ستنتهي قريبا. وأضاف أن المحادثات بدأت.", language="ar"), 2))
    assert root.get("lang") == "en"
    assert {e.get("lang") for e in root.xpath("//div[@class='text'] | //button[@class='say'] | //li//q")} == {"ar"}
    assert root.xpath("//li[@data-id]/@dir") == ["auto", "auto"]
    assert set(root.xpath("//div[@class='text']/p/@dir")) == {"auto"}


def test_overlapping_evidence_is_told_apart_by_how_many_lines_rest_on_it() -> None:
    """One, two, three or more: the depth of a piece is the number of items over it."""
    made = overlapping(Article(long_article(800)), 30)
    for piece in tree(made).xpath("//span[contains(@class, 'e d')][@data-l]"):
        assert f"d{min(3, len(piece.get('data-l').split()))}" in piece.get("class").split()


def test_every_control_has_a_name() -> None:
    """Buttons by their text or label, fields by their label, the strip by a sentence."""
    root = tree(kherson())
    assert all(said(b) or b.get("aria-label") for b in root.iter("button", "a") if "hidden" not in b.attrib)
    assert all(said(b.getparent()) for b in root.iter("input"))
    assert "95 percent" in root.find(".//svg").get("aria-label")
    assert root.xpath("//button[contains(@aria-label, 'Sentence 11,')]/@aria-label") == [
        "Sentence 11, no line rests on it"
    ]
    headings = [int(h.tag[1]) for h in root.iter("h1", "h2", "h3")]
    assert headings[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_what_is_left_out_rejected_unread_and_flagged_is_on_the_page() -> None:
    """Each with its reason, and in its place in the article and on the strip."""
    audit = Audit(
        coverage=0.5,
        uncovered=(Uncovered(sentence=1, quote="“We will not retreat.”", why="direct_speech"),),
        rejected=(Rejection(section="positions", reason="unsupported_text", detail="no evidence", draft="he fled"),),
        unread=(Unread(first=2, last=2, reason="timed out"),),
        flags=(Flag(code="hidden_text", sentence=2, detail="two characters"), Flag(code="all_rejected")),
        sections={},
        complete=False,
    )
    root = tree(brief(audit=audit, positions=(), headline=None, summary=()))

    def listed(name: str) -> list[str]:
        return [said(li) for li in root.xpath(f"//ul[contains(@class, '{name}')]/li")]

    assert listed("left-out-list") == ["1 direct speech “We will not retreat.”"]
    assert listed("rejected-list") == ["unsupported text no evidenceThe model’s wording, no quotation: he fled"]
    assert listed("unread-list") == ["Sentences 2 to 2: timed out"]
    assert listed("flags-list") == ["2 hidden text two characters", "all rejected"]
    assert [said(e) for e in root.xpath("//span[@class='e left-out']")] == ["“We will not retreat.”"]
    assert root.xpath("//*[local-name()='rect']/@class") == ["left-out", "unread"]
    assert "Incomplete" in said(root.find(".//header"))
    assert "Nothing found in what was read." in said(root.get_element_by_id("brief"))


def test_empty_sections_say_so() -> None:
    """Nothing found is said, not left to be guessed."""
    empty = {"headline": None, "summary": (), "actors": (), "positions": (), "conditions_for_talks": ()}
    root = tree(brief(**empty))
    assert [said(p) for p in root.xpath("//p[@class='none']")] == ["Nothing found."] * 3
    assert said(root.find(".//h1")) == "Nothing found: no statement in this article"
    assert root.find(".//main").get("data-lines") == "0"


def test_made_by_ai_and_the_state_of_the_review_are_stated() -> None:
    """At the top and at the end, with and without a review, signed off or not; a reviewed one cannot be decided."""
    unsigned = signed(brief(), off=False, decisions=())
    for made, done in ((brief(), False), (unsigned, False), (signed(brief()), True)):
        root = tree(made)
        status = root.get_element_by_id("status")
        assert said(status) == disclosure(made)
        assert disclosure(made) in said(root.find(".//footer"))
        assert ("data-done" in status.attrib) is done
        assert root.find(".//main").get("data-reviewed") == ("yes" if made.review else "no")
    assert "Ada Brill has not signed off" in page(unsigned)


def test_a_reviewed_page_shows_each_decision() -> None:
    """What the editor decided and noted stands beside the line; what was rejected stands below."""
    made = brief()
    choices = {
        "position-1": ("reject", "too short"),
        "summary-1": ("reject", None),
        "condition-1": ("accept", "called her"),
    }
    decisions = tuple(
        Decision(line=line.id, decision=choices.get(line.id, ("accept",))[0], seen_in_source=line.id == "condition-1",
                 note=choices.get(line.id, ("", None))[1] or None)
        for line in reviewed_lines(made)
    )  # fmt: skip
    root = tree(signed(made, decisions=decisions))
    assert said(root.xpath("//li[@data-id='condition-1']/span[@class='verdict']")[0]) == (
        "Accepted in review, seen in source: called her"
    )
    assert "rejected in review: too short" in said(root.xpath("//ul[contains(@class, 'rejected-list')]")[0])


def test_an_unverified_brief_gets_no_page() -> None:
    """Whatever was forced into a brief is found before it is shown."""
    made = brief()
    made.positions[0].evidence[0].__dict__["quote"] = "“We retreat.”"
    with pytest.raises(UnverifiedBrief):
        page(made)


def test_the_page_of_the_service_may_connect_to_itself_only() -> None:
    """Without a brief: a box to paste an article into, and no line, no status."""
    root = lxml.html.document_fromstring(page())
    assert "connect-src 'self'" in root.xpath("string(//meta[@http-equiv]/@content)")
    assert root.xpath("//textarea")
    assert not root.xpath("//li | //*[@id='status']")


def test_the_page_is_the_same_each_time() -> None:
    """Bytes for bytes, so that it can be compared and cached."""
    assert page(kherson()) == page(kherson())
