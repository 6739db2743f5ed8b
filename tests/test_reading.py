"""Reading: encodings, binary data, HTML, JSON and front matter."""

from __future__ import annotations

import gzip
import json
import time

import pytest

from summarizer.errors import InputError
from summarizer.reading import decode, read_bytes, read_html, read_json, read_text

UKRAINIAN = "Президент заявив, що переговори можливі. Війська відійшли на нові позиції, кажуть у Києві.\n"
FRENCH = "Le ministère a déclaré que la trêve était décidée à Genève, où les négociations ont été relancées."
PARAGRAPHS = "<p>The minister said on Monday that the talks had failed.</p><p>The army did not comment on it.</p>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251"])
def test_text_is_read_in_its_encoding(encoding: str) -> None:
    """Marked, unmarked and legacy encodings of Ukrainian give the same text."""
    assert decode((UKRAINIAN * 5).encode(encoding))[0].lstrip("\ufeff") == UKRAINIAN * 5


def test_plain_ascii_as_utf16_without_a_mark_is_read() -> None:
    """UTF-16 without a byte order mark is seen in the bytes."""
    assert read_bytes("The army left the city.".encode("utf-16-le")).text == "The army left the city."


def test_a_stray_nul_does_not_make_text_utf16() -> None:
    """One NUL in a text stays where it is."""
    assert decode(b"The army\0 left the city.")[0] == "The army\0 left the city."


def test_a_guessed_encoding_is_noted() -> None:
    """When nothing declares the encoding, the reader of the brief is told."""
    text, notes = decode((FRENCH * 4).encode("cp1252"))
    assert text == FRENCH * 4
    assert notes[0][0] == "encoding_guessed"


def test_one_broken_byte_does_not_change_the_encoding() -> None:
    """UTF-8 with a damaged byte is still UTF-8."""
    assert decode(UKRAINIAN.encode() + b"\xd0")[0] == UKRAINIAN + "\ufffd"


@pytest.mark.parametrize(("charset", "text"), [("iso-8859-1", FRENCH), ("windows-1251", UKRAINIAN.strip())])
def test_html_is_read_in_the_charset_it_declares(charset: str, text: str) -> None:
    """The meta element decides when the bytes are not UTF-8."""
    page = f'<html><head><meta charset="{charset}"></head><body><article><p>{text}</p></article></body></html>'
    assert read_bytes(page.encode(charset)).text == text


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (gzip.compress(b"The army left.", mtime=0), "gzip"),
        (b"\x7fELF\x02\x01", "executable"),
    ],
)
def test_binary_data_is_named(data: bytes, what: str) -> None:
    """The error says what the file is."""
    with pytest.raises(InputError, match=what):
        read_bytes(data)


@pytest.mark.parametrize(("size", "limit"), [(5_000_000, "1,000,000;"), (11_000_000, "10,000,000;")])
def test_too_much_text_is_refused_at_once(size: int, limit: str) -> None:
    """No work is done on a text that is too large."""
    started = time.perf_counter()
    with pytest.raises(InputError, match=f"too large: .* the limit is {limit}"):
        read_bytes(b"a " * (size // 2))
    assert time.perf_counter() - started < 0.2


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>SECRET</p>",
        '<p aria-hidden="true">SECRET</p>',
        '<p style="display:none">SECRET</p>',
        '<p style="visibility: hidden !important">SECRET</p>',
        '<p style="font-size:0px">SECRET</p>',
        '<p style="opacity:0">SECRET</p>',
        '<p style="position:absolute; left:-9999px">SECRET</p>',
        '<p style="text-indent:-9999px">SECRET</p>',
        '<p class="x sr-only">SECRET</p>',
        '<p class="gone">SECRET</p>',
        '<p style="color:#FFF">SECRET</p>',
        '<p style="color:red;background:red">SECRET</p>',
        "<template><p>SECRET</p></template>",
        "<noscript><p>SECRET</p></noscript>",
        '<div hidden><p aria-hidden="true">SECRET</p></div>',
    ],
)
def test_hidden_text_is_left_out_and_noted(hidden: str) -> None:
    """What a reader of the page does not see is not part of the article."""
    style = "<style>@media print {.seen{display:none}} .gone, .y {display:none}</style>"
    seen = "<p class='seen'>A third party asked for calm in a statement.</p>"
    page = f"<html><head>{style}</head><body><article>{PARAGRAPHS}{hidden}{seen}</article></body></html>"
    reading = read_html(page)
    assert "SECRET" not in reading.text
    assert reading.text.endswith("A third party asked for calm in a statement.")
    assert reading.notes[0][0] == "hidden_text_removed"


def test_text_after_a_hidden_element_stays() -> None:
    """Only the element goes, not what follows it in the same paragraph."""
    page = f"<article>{PARAGRAPHS}<p>He said <span hidden>SECRET</span>that the war was over.</p></article>"
    assert read_html(page).text.endswith("He said that the war was over.")


def test_html_gives_metadata_and_paragraphs() -> None:
    """Title, date and site come from the page's meta elements; paragraphs stand apart by a blank line."""
    meta = (
        '<title>Talks fail</title><meta property="og:site_name" content="The Desk">'
        '<meta property="article:published_time" content="2022-11-12T10:00:00Z">'
    )
    reading = read_html(f"<html><head>{meta}</head><body><article>{PARAGRAPHS}</article></body></html>")
    assert reading.text == ("The minister said on Monday that the talks had failed.\n\nThe army did not comment on it.")
    assert reading.metadata == {"title": "Talks fail", "date": "2022-11-12", "publisher": "The Desk"}


def test_persian_spelling_survives_html() -> None:
    """The zero-width non-joiner is part of Persian words."""
    sentence = "نیروها از شهر عقب\u200cنشینی کردند و گفت\u200cوگو ادامه دارد."
    assert sentence in read_html(f"<article>{PARAGRAPHS}<p>{sentence}</p></article>").text


@pytest.mark.parametrize("page", ["", "<>", "<html></html>", "<p><b><i></p></b>", "<script>x()</script>", "\0"])
def test_html_without_an_article_is_an_input_error(page: str) -> None:
    """Nothing to read is an error, never an empty article."""
    with pytest.raises(InputError, match="no article text"):
        read_html(page)


def test_a_page_of_elements_without_end_is_refused_at_once() -> None:
    """Each costs time: ten megabytes of small ones cost more than a minute."""
    with pytest.raises(InputError, match="60,001 elements, the limit is 60,000") as refused:
        read_html("<p>x</p>" * 60_001)
    assert refused.value.http_status == 413


def test_html_soup_is_read() -> None:
    """Unclosed and crossed elements do not matter."""
    assert (
        "talks had failed"
        in read_bytes(b"<p>The <b>minister <i>said</b> the talks had failed on Monday</i><p>He left").text
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("[]", "one object"),
        ("{", "not valid JSON"),
        ("{}", '"text" or "html"'),
        ('{"text": 5}', '"text" must be a string, not a number'),
        ('{"text": "a", "html": "b"}', "one of them"),
        ('{"text": "a", "title": ["b"]}', '"title" must be a string, not a list'),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_wrong_json_is_explained(document: str, message: str) -> None:
    """The error says what is wrong with the input article."""
    with pytest.raises(InputError, match=message):
        read_json(document)


def test_json_metadata_is_kept_and_unknown_keys_are_ignored() -> None:
    """`id` becomes the external id."""
    reading = read_bytes(json.dumps({"text": "He left.", "id": "7", "title": "T", "extra": {}}).encode())
    assert (reading.text, reading.metadata) == ("He left.", {"external_id": "7", "title": "T"})


def test_front_matter_becomes_metadata() -> None:
    """A YAML block with known keys is taken off the text."""
    reading = read_text("---\ntitle: Talks fail\ndate: 2022-11-12\nlanguage: no\ntags: [a]\n---\nHe left.")
    assert reading.text == "He left."
    assert reading.metadata == {"title": "Talks fail", "date": "2022-11-12", "language": "no"}


@pytest.mark.parametrize("text", ["---\nHe left.\n---\nShe stayed.", "---\na: b\n---\nx", "---\n: [\n---\nx", "---\n"])
def test_a_rule_at_the_start_is_not_front_matter(text: str) -> None:
    """A block that is no mapping with known keys stays in the text."""
    assert read_text(text).text == text


@pytest.mark.parametrize("bad", ["\x1b", "\f", "\v", "\uffff", "&#12;", "&#27;"])
def test_a_character_that_xml_cannot_hold_does_not_lose_the_page(bad: str) -> None:
    """Trafilatura gives up on the whole page for one of them."""
    page = (
        f"<html><body><article>{PARAGRAPHS * 3}<p>The river{bad}froze on Monday, said the mayor.</p></article></body>"
    )
    assert "froze on Monday" in read_html(page).text


def test_a_broken_byte_does_not_garble_the_quotation_marks() -> None:
    """Two valid marks tell UTF-8 from other encodings, however English the text."""
    data = "“We stay,” said the mayor of the town by the river.".encode() + b" caf\xe9."
    assert decode(data)[0].startswith("“We stay,”")


@pytest.mark.parametrize("text", ['{"text": "A."}\n{"text": "B."}\n', '{"text": "A.",,}'])
def test_broken_json_is_not_read_as_prose(text: str) -> None:
    """Several objects, or one with a mistake, are an error and not an article with braces."""
    with pytest.raises(InputError, match="not one JSON object"):
        read_bytes(text.encode())
