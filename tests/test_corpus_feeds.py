"""Feeds: an entry is an article, hostile ones cost little, and nothing is fetched."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import NoReturn

import pytest

from summarizer.corpus.sources import Found, found

CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'


def read(tmp_path: Path, feed: str | bytes, name: str = "feed.xml") -> list[Found]:
    """What is found in a feed, its file given by name."""
    (tmp_path / name).write_bytes(feed if isinstance(feed, bytes) else feed.encode())
    return list(found([str(tmp_path / name)]))


def rss(items: str, head: str = "") -> str:
    """An RSS feed."""
    channel = f"<channel><title>The Wire</title>{items}</channel>"
    return f'<?xml version="1.0"?>{head}<rss version="2.0" {CONTENT}>{channel}</rss>'


def texts(items: list[Found]) -> list[str]:
    """The text of each, or what is wrong."""
    return [item.article.text if item.article else str(item.problem) for item in items]


def test_an_rss_entry_is_an_article(tmp_path: Path) -> None:
    """Its content goes before its summary, and hidden text is left out as on any page."""
    (item,) = read(
        tmp_path,
        rss(
            """<item><title>Army &lt;b&gt;leaves&lt;/b&gt; &amp;amp; goes</title><guid isPermaLink="false">g-1</guid>
            <link>https://example.org/1?a=1&amp;b=2</link><pubDate>Mon, 14 Nov 2022 23:30:00 -0500</pubDate>
            <description>In short.</description><content:encoded><![CDATA[<p>The army left &amp; came back.</p>
            <p style="display:none">Buy now.</p><p>Talks were refused.</p>]]></content:encoded></item>"""
        ),
    )
    article = item.article
    assert article
    assert article.text == "The army left & came back.\n\nTalks were refused."
    assert (article.external_id, article.title, article.date) == ("g-1", "Army leaves & goes", "2022-11-14")
    assert (article.publisher, article.source) == ("The Wire", "https://example.org/1?a=1&b=2")
    assert [flag.code for flag in article.flags] == ["hidden_text_removed"]
    assert item.place == f"{tmp_path}/feed.xml, entry 1"


def test_an_atom_entry_is_an_article(tmp_path: Path) -> None:
    """XHTML, HTML and plain content; the day of an update where no other is given; an id."""
    items = read(
        tmp_path,
        """<feed xmlns="http://www.w3.org/2005/Atom"><title>The Wire</title>
        <entry><id>a</id><title type="html">A &amp;amp; B</title><published>2022-11-14T00:30:00+03:00</published>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p><p>Two.</p></div></content></entry>
        <entry><id>b</id><updated>2022-11-15T10:00:00Z</updated>
        <content type="html">&lt;p&gt;Three.&lt;/p&gt;</content></entry>
        <entry><id>c</id><link href="https://example.org/c"/><content type="text">a &lt; b &amp;amp; c</content></entry>
        <entry><id>d</id><summary>Only a summary.</summary>
        <content type="image/png">aGVsbG8=</content></entry></feed>""",
        "feed.atom",
    )
    assert texts(items) == ["One.\n\nTwo.", "Three.", "a < b &amp; c", "Only a summary."]
    articles = [item.article for item in items if item.article]
    assert [a.external_id for a in articles] == ["a", "b", "c", "d"]
    assert [a.date for a in articles] == ["2022-11-14", "2022-11-15", None, None]
    assert (articles[0].title, articles[0].publisher, articles[2].source) == (
        "A & B",
        "The Wire",
        "https://example.org/c",
    )


def test_an_entry_without_text_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    """It has its place."""
    items = read(tmp_path, rss("<item><title>T</title></item><item><link>l</link><description>D.</description></item>"))
    assert [(item.external_id, str(item.problem)) for item in items][1] == ("l", "None")
    assert texts(items) == ["empty: the entry has no text", "D."]


def test_an_entry_without_id_keeps_its_name_when_others_are_put_before_it(tmp_path: Path) -> None:
    """Which is what feeds do."""
    entry = "<item><description>The army left.</description></item>"
    (before,) = read(tmp_path, rss(entry))
    after = read(tmp_path, rss("<item><description>Newer.</description></item>" + entry))
    assert after[1].external_id == before.external_id
    assert before.external_id.startswith("feed.xml:")


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("Black & white, AT&T; a < b, &nbsp;&eacute; &unknown;", "Black & white, AT&T; a < b, \xa0é &unknown;"),
        ("One\x08two &#8; three", None),
        ("<![CDATA[a & b < c &amp; d]]>", "a & b < c & d"),
        ("Cut here", "Cut here"),
    ],
)
def test_a_feed_that_is_not_well_formed_is_mended(tmp_path: Path, broken: str, text: str | None) -> None:
    """As those of many sites are not."""
    feed = rss(f"<item><guid>1</guid><description>{broken}</description></item>")
    if broken.startswith("Cut"):
        feed = feed[: feed.index("</description>")]
    (item,) = read(tmp_path, feed)
    assert item.external_id == "1"
    assert text is None or texts([item]) == [text]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1251"])
def test_a_feed_is_decoded_as_it_declares(tmp_path: Path, encoding: str) -> None:
    """Or as its byte order mark says."""
    declared = rss("<item><description>Армія залишила Херсон.</description></item>").replace(
        "?>", f' encoding="{encoding}"?>', 1
    )
    assert texts(read(tmp_path, declared.encode(encoding))) == ["Армія залишила Херсон."]


@pytest.mark.parametrize(
    "document",
    ["", "<a/>", "<html><body><p>Hello</p></body></html>", "no xml", rss(""), "<rss", b"%PDF-1", b"\xff\xfe"],
)
def test_what_is_no_feed_is_told(tmp_path: Path, document: str | bytes) -> None:
    """As one problem."""
    (item,) = read(tmp_path, document)
    assert item.problem


def test_a_file_of_another_name_is_known_as_a_feed_by_its_beginning(tmp_path: Path) -> None:
    """Else its mark-up would be read as an article."""
    head = "<!-- made by a robot --><?xml-stylesheet href='x'?>\n"
    assert texts(read(tmp_path, rss("<item><description>One.</description></item>", head), "feed")) == ["One."]


LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
HOSTILE = {
    "laughs": rss("<item><description>x &a9;</description></item>", LAUGHS + "]>"),
    "defaults": rss("<item/>" * 10_000, "<!DOCTYPE x [<!ATTLIST item a CDATA '" + "x" * 10_000 + "'>]>"),
    "external": rss("<item><description>x &e;</description></item>", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"),
    "attributes": rss("<item " + " ".join(f"a{n}='1'" for n in range(100_000)) + "><b></item>"),
    "namespaces": rss("<item " + " ".join(f"xmlns:a{n}='{n}'" for n in range(50_000)) + "><b></item>"),
    "deep": rss("<item><description>" + "<a>" * 100_000),
    "deep xhtml": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>" + "<div>" * 100_000,
    "items": rss("<item>" * 1_000_000),
    "cdata": rss("<item><description>" + "<![CDATA[" * 500_000),
    "comments": "<!--" * 1_000_000,
    "doctypes": "<!DOCTYPE [" * 500_000,
    "ampersands": rss("<item><description>" + "&" * 1_000_000),
    "instructions": "<?x " * 1_000_000,
    "bare": rss("<item><description>" + "< " * 1_000_000),
    "large": rss("<item><description>" + "x" * 50_000_000),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_feed_costs_little(tmp_path: Path, name: str) -> None:
    """No entity is expanded, and time grows with length."""
    started = time.process_time()
    items = read(tmp_path, HOSTILE[name])
    assert time.process_time() - started < 6
    assert sum(len(text) for text in texts(items)) < 3_000_000
    assert "root:" not in "".join(texts(items))


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what a feed points to nor what its name may look like."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    head = '<!DOCTYPE rss SYSTEM "http://example.org/rss.dtd"><?xml-stylesheet href="http://example.org/x.xsl"?>'
    entry = '<item><link>http://example.org/</link><description>&lt;img src="http://example.org/i.png"&gt;One.</description></item>'
    assert texts(read(tmp_path, rss(entry, head))) == ["One."]
    assert texts(read(tmp_path, "http://example.org/feed.xml"))[0].startswith("not a feed")


def test_a_fault_of_feedparser_is_a_problem_of_the_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has some, and the rest of the batch goes on."""

    def parse(*_: object, **__: object) -> NoReturn:
        raise KeyError("links")

    monkeypatch.setattr("feedparser.parse", parse)
    words = texts(read(tmp_path, rss("<item><description>One.</description></item>")))
    assert words == ["not a feed: feedparser cannot read it (KeyError: 'links')"]


@pytest.mark.parametrize("day", ["Mon, 14 Nov 99999999999999999999 00:00:00 GMT", "0000-00-00", "soon", "2022-13-45"])
def test_a_date_that_is_none_is_left_out(tmp_path: Path, day: str) -> None:
    """The article is read."""
    (item,) = read(tmp_path, rss(f"<item><pubDate>{day}</pubDate><description>One.</description></item>"))
    assert item.article
    assert item.article.date is None
