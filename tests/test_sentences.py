"""Sentences: offsets, coverage, and where cuts belong."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.language import detect_language
from summarizer.sentences import MAX_SENTENCE, segment, segmenter_name

PIECES = st.sampled_from(
    [
        "The army left. ",
        "He said: ",
        "“",
        "”",
        '"',
        "« ",
        " »",
        "U.S. ",
        "Gen. ",
        "no. 5 ",
        "[note] ",
        "\n",
        "\n\n",
        "¿",
        "Ні. ",
        "是。",
        "א. ",
        "é",
        "👩\u200d🚀",
        "\u202e",
        "\u200b",
        "\x00",
        "\r\n",
        "\x1c",
        "x" * 400,
        " -- ",
        "1. ",
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))


def sentences_of(text: str, language: str = "en") -> list[str]:
    """Return the text of each sentence."""
    return [text[sentence.start : sentence.end] for sentence in segment(text, language)]


@given(TEXTS, st.sampled_from(["en", "uk", "ar", "zh", "und", "xx"]))
@settings(max_examples=300, deadline=None)
def test_every_visible_code_point_lies_in_exactly_one_sentence(text: str, language: str) -> None:
    """Sentences are in order, apart, stripped, bounded, and together hold all that is not white space."""
    found = segment(text, language)
    assert [sentence.number for sentence in found] == list(range(1, len(found) + 1))
    position = 0
    for sentence in found:
        own = text[sentence.start : sentence.end]
        assert position <= sentence.start < sentence.end <= len(text)
        assert text[position : sentence.start].strip() == ""
        assert own == own.strip()
        assert len(own) <= MAX_SENTENCE
        position = sentence.end
    assert text[position:].strip() == ""


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Gen. Ivan Petrov met Lt. Col. Smith.", "They left."]),
        ("en", ["GEN. PETROV SAID LT. COL. SMITH LEFT.", "HE STAYED."]),
        ("en", ["Troops left the U.S.", "The army stayed near the U.S. Embassy."]),
        ("en", ["U.S. TROOPS LEFT.", "REBELS TOOK NO. 5 POST."]),
        ("en", ["It met George W. Bush on Sept. 5.", "It left."]),
        ("en", ["It can only end through talks. of peace”.", "“He left.”", "She stayed."]),
        ("en", ["They are touched upon. the issues of the operation “, confirms Marat.", "He left."]),
        ("en", ["“Why?” he asked.", "“Go!”", "She left."]),
        ("en", ["He left.”", "She stayed."]),
        ("en", ["BOGOTA, 12 FEB 90 (DPA) -- [TEXT] THE REBELS LEFT.", "THE ARMY STAYED."]),
        ("en", ["The reply is final. [end recording]"]),
        ("en", ["He spoke.", "[passage omitted] Then he left."]),
        ("en", ["The raid failed.", "al-Shabaab said it had won."]),
        (
            "en",
            [
                "the army left the city.",
                "the rebels came back at night.",
                "nobody was hurt, they said later on.",
            ],
        ),
        ("uk", ["Він сказав: “Ми не підемо.", "Ніколи.", "Вони пішли."]),
        ("uk", ["«Чи буде мир?» — спросив він.", "Ніхто не знає."]),
        ("ru", ["По словам ген. Петрова, войска ушли.", "Бои идут."]),
        ("ar", ["هل انتهت الحرب؟", "لا أحد يعرف."]),
        ("zh", ["外交部表示谈判将继续。", "军方没有回应。"]),
    ],
)
def test_cuts_stand_where_an_editor_would_put_them(language: str, sentences: list[str]) -> None:
    """Joined by spaces, hard cases come apart again at the same places."""
    assert sentences_of(" ".join(sentences), language) == sentences


def test_hard_wrapped_and_web_text_give_the_same_sentences() -> None:
    """A line end inside wrapped wire copy is white space; in web text it ends a paragraph."""
    paragraphs = [
        "The minister said that talks would go on for as long as both sides wanted them. He left then.",
        "THE REBELS REJECTED THE OFFER MADE BY THE GOVERNMENT ON MONDAY AND ASKED FOR NEW TALKS.",
        "No one else in the capital was ready to comment on the report, which the ministry had sent out.",
    ]
    wrapped = "\n\n".join(textwrap.fill(paragraph, 72) for paragraph in paragraphs)
    expected = [" ".join(own.split()) for own in sentences_of("\n\n".join(paragraphs))]
    assert [" ".join(own.split()) for own in sentences_of(wrapped)] == expected
    assert [" ".join(own.split()) for own in sentences_of(textwrap.fill(paragraphs[1], 60))] == [paragraphs[1]]


def test_a_headline_on_its_own_line_is_a_sentence_of_its_own() -> None:
    """Web text has a paragraph a line, with or without a full stop."""
    body = "The foreign minister said on Monday that the talks had failed and that the army would stay."
    assert sentences_of(f"Talks fail\n{body}\nBy our correspondent") == [
        "Talks fail",
        body,
        "By our correspondent",
    ]


def test_a_long_sentence_is_cut_at_a_semicolon_before_a_comma() -> None:
    """Prompts stay bounded, and the cut is where a reader would pause."""
    text = "word " * 200 + "end; " + "word, " * 200 + "end."
    assert sentences_of(text)[0].endswith("end;")
    assert max(map(len, sentences_of("x" * 10_000))) == MAX_SENTENCE


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize(
    "text",
    [
        '"' * 50_000,
        "Mr. " * 12_000,
        "“a. " * 12_500,
        "?!" * 50_000,
        '. "' * 20_000,
        "a。」" * 20_000,
        "x" * 5_000_000,
    ],
    ids=["quotes", "titles", "open quotes", "marks", "lone quotes", "cjk quotes", "no spaces"],
)
@pytest.mark.slow
def test_hostile_text_takes_linear_time(text: str, language: str) -> None:
    """What hangs other segmenters for minutes takes seconds at most."""
    started = time.perf_counter()
    segment(text, language)
    assert time.perf_counter() - started < 8


def test_the_segmenter_is_named_with_its_versions() -> None:
    """Offsets depend on the segmenter, so a brief says which one it was."""
    assert segmenter_name("en").startswith("nupunkt ")
    assert segmenter_name("uk").startswith("sentencex ")
    assert segmenter_name("en").endswith(" + fixer 2")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("За словами речника Генштабу, противник зосередив значні сили на східному напрямку.", "uk"),
        ("Представитель министерства обороны заявил, что войска отошли на подготовленные позиции.", "ru"),
        ("Министърът на външните работи заяви, че преговорите ще продължат и през следващата седмица.", "bg"),
        ("Министар спољних послова изјавио је да ће преговори бити настављени следеће недеље.", "sr"),
        ("قال المتحدث باسم الجيش إن القوات انسحبت من المدينة بعد معارك عنيفة استمرت ثلاثة أيام.", "ar"),
        ("سخنگوی ارتش گفت نیروها پس از سه روز درگیری شدید از شهر عقب\u200cنشینی کردند و رفتند.", "fa"),
        ("דובר הצבא מסר כי הכוחות נסוגו מהעיר לאחר שלושה ימי קרבות קשים, ואין תגובה נוספת.", "he"),
        (
            "El portavoz del gobierno declaró que no habrá diálogo mientras la guerrilla siga armada.",
            "es",
        ),
        (
            "O porta-voz do governo declarou que não haverá diálogo enquanto a guerrilha estiver armada.",
            "pt",
        ),
        (
            "Der Sprecher der Armee erklärte, die Truppen hätten sich aus der Stadt zurückgezogen.",
            "de",
        ),
        ("Le porte-parole de l'armée a déclaré que les troupes s'étaient retirées de la ville.", "fr"),
        ("THE REBELS REJECTED THE TRUCE PROPOSED BY THE GOVERNMENT AND DEMANDED NEW TALKS.", "en"),
        ("He said the talks were over.", "en"),
        ("Kyiv, Moscow", "und"),
        ("12345 !!! 😀", "und"),
        ("", "und"),
    ],
)
def test_the_language_is_told_or_said_to_be_unclear(text: str, language: str) -> None:
    """One sentence is enough; a place name is not."""
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Він сказав, що переговори можливі. «Ми не здамося», — додав він у Києві.", "uk"),
        ("总统表示愿意谈判。“我们不会投降，”他说。", "zh"),
    ],
)
def test_an_opening_mark_begins_its_sentence(text: str, language: str) -> None:
    """The mark that opens a quotation is not left at the end of the sentence before."""
    second = segment(text, language)[1]
    assert text[second.start] in "«“"


@pytest.mark.parametrize("word", ["bank", "west", "month", "bombardment", "trench", "reports", "met", "sent"])
def test_a_common_word_is_no_abbreviation(word: str) -> None:
    """Else the next sentence's speaker would hold what this one says."""
    text = f"The troops of the north saw the {word}. President Brandt said the war was lost."
    assert len(sentences_of(text)) == 2


@pytest.mark.parametrize("start", ["The rev.", "He saw Gen.", "In fig.", "The pop."])
def test_an_abbreviation_that_is_a_word_too_is_not_cut_behind(start: str) -> None:
    """Where a name follows."""
    assert len(sentences_of(f"{start} Brandt said the war was lost.")) == 1
