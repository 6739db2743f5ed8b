"""Direct speech and attributions, in every kind of quotation mark and under hostile input."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.attribution import attributions, dateline
from summarizer.speech import direct_speech, quoted_terms, speech_kind


def spoken(text: str) -> list[str]:
    """The direct speech of a text, as text."""
    return [text[a:b] for a, b in direct_speech(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "“We stay,” he said. “We always will.”",
            ["“We stay,”", "“We always will.”"],
        ),
        ('"We stay here," he said.', ['"We stay here,"']),
        ("«Noi restiamo qui», ha detto.", ["«Noi restiamo qui»"]),
        ("»Wir bleiben hier«, sagte er.", ["»Wir bleiben hier«"]),
        ("„Wir bleiben hier“, sagte Müller.", ["„Wir bleiben hier“"]),
        (
            "'We will not yield to the rebels' demands,' said Dask.",
            ["'We will not yield to the rebels' demands,'"],
        ),
        ('"They call it an "accident" but it is not."', ['"They call it an "accident" but it is not."']),
        ('THE MAYOR SAID: "WE SAW IT ALL."', ['"WE SAW IT ALL."']),
    ],
)
def test_each_kind_of_mark_is_read(text: str, expected: list[str]) -> None:
    """Curly, straight, guillemets both ways, German, single and nested marks delimit direct speech."""
    assert spoken(text) == expected


def test_marks_with_the_space_on_the_wrong_side_are_read() -> None:
    """Mangled marks still pair up: a closing one that looks opening, and the other way round."""
    text = "“The column has stopped at the river “, confirms Leml, adding that” it will wait for spring “."
    assert [t.strip("“” ") for t in spoken(text)] == [
        "The column has stopped at the river",
        "it will wait for spring",
    ]


def test_a_term_with_inverted_marks_does_not_tear_a_quotation() -> None:
    """A nested term whose marks point the wrong way stays inside its quotation."""
    text = "“It will be over soon:” Old Frost “is coming to help us.”"
    assert spoken(text) == [text]


def test_a_lost_closing_mark_costs_one_paragraph() -> None:
    """A quotation never closed runs to the end of its paragraph and no further."""
    text = "He said “we stay and fight to the end.\nThe road was empty."
    assert spoken(text) == ["“we stay and fight to the end."]


def test_a_lost_closing_mark_ends_before_the_attribution() -> None:
    """A quotation never closed ends before ", he said"."""
    assert spoken("“We will stay here, he said.") == ["“We will stay here,"]


def test_a_lost_opening_mark_costs_one_sentence() -> None:
    """A closing mark before a verb of saying closes what its sentence began."""
    assert spoken('The ferry left. We counted every shell," said Brask. "Nobody else did."') == [
        'We counted every shell,"',
        '"Nobody else did."',
    ]


@pytest.mark.parametrize(
    "text", ["``We stay here,'' he said.", ",,We stay here,'' he said.", "''We stay here,'' he said."]
)
def test_marks_typed_with_two_characters_are_read(text: str) -> None:
    """TeX and character recognition: the span holds both characters of each mark."""
    assert spoken(text) == [text.removesuffix(" he said.")]


def test_inches_and_seconds_are_no_marks() -> None:
    """A straight mark after a figure closes only what a mark has opened."""
    assert spoken('The hole was 6" across, 4\' 2" deep.') == []
    assert spoken('A 5" round. "You hear it first," he said.') == ['"You hear it first,"']
    assert spoken('"We lost 12," he said, "and they lost 30".') == ['"We lost 12,"', '"and they lost 30"']


def test_a_quotation_goes_on_over_wrapped_lines() -> None:
    """A hard-wrapped paragraph is one paragraph, as it is for the sentences."""
    text = (
        "The column of the northern army stopped. “We will not leave\n"
        "the valley before the spring comes and all our men are\n"
        "home,” General Brandt said on Monday in the old capital."
    )
    assert spoken(text) == [text[text.index("“") : text.index("”") + 1]]


@pytest.mark.parametrize("term", ["special military operation", "Mary Rose", "terrorists"])
def test_quoted_terms_are_not_speech(term: str) -> None:
    """Terms, names of ships and scare quotes are told from speech."""
    text = f'The "{term}" was on the way to the strait.'
    assert spoken(text) == []
    assert [text[a:b] for a, b in quoted_terms(text)] == [f'"{term}"']


def test_apostrophes_are_no_quotation_marks() -> None:
    """Possessives, contractions and years open no quotation."""
    assert direct_speech("The rebels' camp of '89 wasn't the army's, and it's gone.") == []


def test_speech_kind_looks_at_the_marks_around() -> None:
    """A span inside a longer quotation is direct; half inside is mixed; outside is indirect."""
    text = 'Pell said the army "will not leave the valley before spring" and went home.'
    inner = text.index("leave the valley")
    assert speech_kind(text, inner, inner + 16) == "direct"
    assert speech_kind(text, 0, len(text)) == "mixed"
    assert speech_kind(text, 0, 9) == "indirect"
    assert speech_kind(text, 3, 3) == "indirect"


@pytest.mark.parametrize(
    ("sentence", "verb", "speaker", "content"),
    [
        (
            "General Tace said that the garrison would hold.",
            "said",
            "General Tace",
            "the garrison would hold.",
        ),
        ('"We stay," said Col. Arn Dask, the commander.', "said", "Col. Arn Dask", '"We stay,"'),
        ("According to the rebels, the road is closed.", "according to", "the rebels", "the road is closed."),
        ("The road is closed, the ministry said.", "said", "the ministry", "The road is closed"),
        (
            "Abel Mang, spokesman for the governor, told reporters that it was over.",
            "told",
            "Abel Mang",
            "it was over.",
        ),
        (
            "For military expert Pyotr Leml, there is no pause.",
            "for",
            "military expert Pyotr Leml",
            "there is no pause.",
        ),
        (
            "ARAMBULO, HOWEVER, AGREED THAT THE DIALOGUE CAN BEGIN.",
            "agreed",
            "ARAMBULO",
            "THE DIALOGUE CAN BEGIN.",
        ),
    ],
)
def test_attributions_name_speaker_and_content(sentence: str, verb: str, speaker: str, content: str) -> None:
    """The simple patterns of attribution give verb, speaker and what is reported."""
    found = attributions(sentence)[0]
    assert found.verb == verb
    assert found.speaker_hint is not None
    assert sentence[slice(*found.speaker_hint)] == speaker
    assert found.content is not None
    assert sentence[slice(*found.content)] == content


def test_a_participle_keeps_the_speaker() -> None:
    """In "..., adding that ..." the speaker is the one before."""
    sentence = "Leml said the front is quiet, adding that it will stay so."
    assert [sentence[slice(*a.speaker_hint)] for a in attributions(sentence) if a.speaker_hint] == [
        "Leml",
        "Leml",
    ]


@pytest.mark.parametrize(
    "sentence", ["He was accused by the army of lying.", "Peace talks began.", "The claims were old."]
)
def test_passives_and_nouns_are_no_attributions(sentence: str) -> None:
    """A passive verb and a noun of saying attribute nothing."""
    assert attributions(sentence) == []


@given(st.text(alphabet="“”«»\"'‘’„ ab.,\n\U0001f600\u0301", max_size=200))
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    """Whatever the marks, spans are inside the text, in order and do not overlap."""
    spans = sorted([*direct_speech(text), *quoted_terms(text)])
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(x[1] <= y[0] for x, y in pairwise(spans))


HOSTILE = [
    '"' * 200_000,
    "“a " * 60_000,
    "'a " * 60_000,
    "said, " * 33_000,
    "« " * 100_000,
    '"a ' * 60_000,
]


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE, ids=[repr(t[:6]) for t in HOSTILE])
def test_hostile_marks_cost_little(text: str) -> None:
    """200,000 hostile characters are read in seconds."""
    start = time.perf_counter()
    direct_speech(text)
    attributions(text)
    speech_kind(text, 5, len(text) - 5)
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("TARN, March 9 (Intermar) - ", "The envoy left."),
        ("Tarn, 10 Dec 88 (Radio Cadena 1) -- [Text] ", "The envoy left."),
        ("TARN (ARLAND), 12 NOV 89 (ACAN - EFE) -- [COMMUNIQUE] [TEXT] ", "THE ENVOY LEFT."),
        ("TARN — ", "The envoy left."),
        ("", "The army - which lost 10 tanks - withdrew."),
        ("", "In 1990 - a bad year - the war began."),
        ("", "Moor - the envoy - left."),
    ],
)
def test_the_dateline_of_a_wire_is_no_part_of_what_it_tells(line: str, text: str) -> None:
    """Place, date, agency and notes in brackets, up to the dash."""
    assert dateline(line + text) == len(line)
