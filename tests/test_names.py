"""Where the text names somebody."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import pytest

from summarizer.mentions import find_mentions
from summarizer.names import Mention, fold, lexicon, tokenize


@dataclass(frozen=True)
class Sentence:
    """A stand-in for the article's sentence."""

    number: int
    start: int
    end: int


def found(text: str) -> list[Mention]:
    """The mentions of a text read as one sentence."""
    return find_mentions(text, [Sentence(1, 0, len(text))])[0]


def shown(text: str) -> list[str]:
    """The words of the mentions."""
    return [text[m.start : m.end] for m in found(text)]


def test_a_title_is_no_part_of_the_name() -> None:
    """The role is kept beside the name."""
    text = "On Monday Deputy Foreign Minister Arlo Venn said nothing."
    [mention] = found(text)
    assert text[mention.start : mention.end] == "Arlo Venn"
    assert mention.role is not None
    assert text[slice(*mention.role)] == "Deputy Foreign Minister"


def test_a_role_after_a_comma_is_found() -> None:
    """An apposition says what a person is."""
    text = "Arlo Venn, the caretaker prime minister, agreed."
    mention = found(text)[0]
    assert mention.role is not None
    assert text[slice(*mention.role)] == "caretaker prime minister"


@pytest.mark.parametrize("text", ["Negotiations are under way.", "On Tuesday in May it rained.", "But they left."])
def test_sentence_starts_and_calendar_words_are_no_names(text: str) -> None:
    """A capital alone makes no name."""
    assert shown(text) == []


def test_upper_case_copy_gives_names_by_title_and_body() -> None:
    """Where all is in capitals, titles, states and bodies mark the names."""
    text = "GENERAL ARLO VENN REJECTED THE OFFER OF THE NATIONAL LIBERATION FRONT (NLF) AND OF PERU."
    assert shown(text) == ["ARLO VENN", "NATIONAL LIBERATION FRONT", "NLF", "PERU"]


def test_a_state_as_a_place_is_marked() -> None:
    """ "in Ghana" is a place, "Ghana said" an actor."""
    assert [m.modifier for m in found("Ghana said that in Ghana peace holds.")] == [False, True]


def test_noun_phrases_are_mentions() -> None:
    """Unnamed sources and groups are found with their modifiers."""
    text = "Earlier a senior military source told local residents that the rebels had left."
    assert shown(text) == ["a senior military source", "local residents", "the rebels"]


def test_an_adjective_of_nationality_is_no_actor() -> None:
    """A demonym names nobody by itself."""
    assert shown("A small Peruvian flag hung there.") == []


def test_folding_drops_case_accents_and_curly_apostrophes() -> None:
    """Names compare by their folded words."""
    assert fold("Éğüł’s") == "egul's"


def test_tokens_understand_possessives_and_abbreviations() -> None:
    """The span of a token excludes the possessive ending and includes the dots of an abbreviation."""
    text = "Gen. Venn's U.S. aide"
    assert [(t.low, text[t.start : t.end]) for t in tokenize(text)] == [
        ("gen", "Gen."), ("venn", "Venn"), ("u.s.", "U.S."), ("aide", "aide"),
    ]  # fmt: skip


def test_every_lexicon_entry_is_folded_and_every_state_has_a_name() -> None:
    """The lists are usable as they are compared."""
    lex = lexicon()
    assert all(w == fold(w) for words in lex.lists.values() for w in words)
    assert len({c for c, kind in lex.known.values() if kind == "government"}) > 190


def test_importing_reads_no_lexicon() -> None:
    """The lists are read at the first use, so that importing stays fast."""
    code = "import summarizer.names as n;print(n.lexicon.cache_info().currsize, n.common_words.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0"]
