"""The contract: a brief that cannot be verified cannot exist, be loaded, copied or dumped."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from summarizer import Article, Brief, UnverifiedBrief
from summarizer.brief import Evidence, Position, Usage
from summarizer.marks import between_words
from summarizer.render.markdown import markdown
from summarizer.sentences import segment
from summarizer.verification import article_id
from tests.factories import TEXT, brief, parts, span

Change = dict[str, Any]


def tampered(change: Any) -> str:
    """The JSON of a valid brief after `change` was made to it."""
    data = json.loads(brief().to_json())
    change(data)
    return json.dumps(data)


def test_a_valid_brief_survives_a_round_trip_unchanged() -> None:
    """Dumping and loading gives an equal brief and equal bytes."""
    made = brief()
    assert Brief.load(made.to_json()) == made
    assert Brief.load(made.to_json()).to_json() == made.to_json()


TAMPERINGS = {
    "quote": lambda d: d["positions"][0]["evidence"][0].update(quote="“We will retreat.”"),
    "offset": lambda d: d["positions"][0]["evidence"][0].update(start=d["positions"][0]["evidence"][0]["start"] + 1),
    "text": lambda d: d["article"].update(text=d["article"]["text"].replace("not ", "")),
    "article_id": lambda d: d["article"].update(id="0" * 64),
    "dangling_actor": lambda d: d["positions"][0].update(actor="somebody-else"),
    "dangling_toward": lambda d: d["positions"][0].update(toward="nobody"),
    "duplicate_item_id": lambda d: d["conditions_for_talks"][0].update(id="position-1"),
    "no_evidence": lambda d: d["positions"][0].update(evidence=[]),
    "invented_quotation_in_text": lambda d: d["positions"][0].update(text="the army is “invincible”"),
    "invented_quotation_in_headline": lambda d: d["headline"].update(text="Brandt: “never”"),
    "invented_name": lambda d: d["actors"][0].update(name="Otto Brandt"),
    "invented_alias": lambda d: d["actors"][0].update(aliases=["the butcher"]),
    "sentence_out_of_range": lambda d: d["positions"][0]["evidence"][0].update(sentence=9),
    "unknown_field": lambda d: d["positions"][0].update(note="trust me"),
    "not_ai_generated": lambda d: d["provenance"].update(ai_generated=False),
    "invented_uncovered": lambda d: d["audit"].update(
        uncovered=[{"sentence": 1, "quote": "made up", "why": "attributed"}]
    ),
    "guillemets_in_text": lambda d: d["positions"][0].update(text="the army ‹will retreat›"),
    "corner_brackets_in_text": lambda d: d["positions"][0].update(text="the army 「will retreat」"),
    "single_quotes_in_text": lambda d: d["positions"][0].update(text="the army 'will retreat' soon"),
    "unclosed_quotation_in_text": lambda d: d["positions"][0].update(text="the army “will retreat"),
    "invented_role": lambda d: d["actors"][0].update(role="War criminal"),
    "alias_that_is_a_fragment": lambda d: d["actors"][0].update(aliases=["rand"]),
    "control_character_in_text": lambda d: d["positions"][0].update(text="not \x1b[31mretreat"),
    "long_headline": lambda d: d["headline"].update(text="x" * 130),
    "whole_text_as_evidence": lambda d: d["positions"][0]["evidence"][0].update(
        start=0, end=len(d["article"]["text"]), quote=d["article"]["text"], sentence=2
    ),
    "section_incomplete_though_complete": lambda d: d["audit"]["sections"].update(positions="incomplete"),
    "no_such_section": lambda d: d["audit"]["sections"].update(lies="complete"),
    "evidence_over_two_sentences_of_a_made_up_segmenter": lambda d: (
        d["article"].update(segmenter="x"),
        d["positions"][0]["evidence"][0].update(start=8, end=len(d["article"]["text"]), quote=d["article"]["text"][8:]),
    ),
    "half_a_word": lambda d: d["positions"][0]["evidence"][0].update(
        start=d["article"]["text"].index("treat"), end=d["article"]["text"].index("treat") + 5, quote="treat"
    ),
    "uncovered_in_another_sentence": lambda d: d["audit"].update(
        uncovered=[{"sentence": 1, "quote": "He would talk", "why": "attributed"}]
    ),
    "flag_of_sentence_0": lambda d: d["audit"].update(flags=[{"code": "x", "sentence": 0}]),
    "escape_in_a_code": lambda d: d["audit"].update(flags=[{"code": "x\x1b[31m"}]),
    "escape_in_the_language": lambda d: d["article"].update(language="en\x1b[31m"),
    "infinite_seconds": lambda d: d["provenance"].update(run={"created_at": "x", "duration_s": float("inf")}),
    "no_day_of_a_calendar": lambda d: d["article"].update(date="2022-99-99"),
    "name_with_marks_of_its_own": lambda d: d["actors"][0].update(name="“Odo” Brandt"),
    "name_over_two_lines": lambda d: d["actors"][0].update(aliases=["Odo\n\nBrandt"]),
    "entities_in_text": lambda d: d["positions"][0].update(text="the army &ldquo;will retreat&rdquo;"),
    "complete_with_unread": lambda d: d["audit"].update(unread=[{"first": 1, "last": 1, "reason": "x"}]),
    "unread_out_of_range": lambda d: d["audit"].update(unread=[{"first": 1, "last": 9, "reason": "x"}], complete=False),
    "negative_usage": lambda d: d["provenance"]["usage"].update(output_tokens=-1),
    "no_date": lambda d: d["article"].update(date="yesterday"),
    "missing_text": lambda d: d["article"].update(text=None),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_brief_is_refused_on_loading(name: str) -> None:
    """Whatever is changed so that it no longer stands in the article, neither way of loading takes it."""
    data = tampered(TAMPERINGS[name])
    with pytest.raises(UnverifiedBrief):
        Brief.load(data)
    with pytest.raises(ValidationError):
        Brief.model_validate_json(data)


def test_copying_with_an_update_verifies() -> None:
    """`model_copy(update=...)` cannot smuggle a quote in."""
    forged = Position(
        id="position-1",
        actor="odo-brandt",
        text="x",
        evidence=(Evidence(sentence=1, start=0, end=5, quote="Never"),),
    )
    with pytest.raises(ValidationError):
        brief().model_copy(update={"positions": (forged,)})


def test_constructing_without_validation_is_not_possible() -> None:
    """`model_construct` validates like the constructor."""
    forged = Position(
        id="position-1",
        actor="odo-brandt",
        text="x",
        evidence=(Evidence(sentence=1, start=0, end=5, quote="Never"),),
    )
    with pytest.raises(ValidationError):
        Brief.model_construct(**{**parts(), "positions": (forged,)})


def test_a_brief_is_frozen() -> None:
    """No field of a brief or of its parts can be assigned."""
    made = brief()
    with pytest.raises(ValidationError):
        made.positions = ()  # type: ignore[misc]
    with pytest.raises(ValidationError):
        made.positions[0].evidence[0].quote = "x"  # type: ignore[misc]


def test_a_quote_forced_in_behind_pydantics_back_cannot_be_dumped() -> None:
    """Even after `object.__setattr__`, dumping, copying and pickling refuse."""
    made = brief()
    made.positions[0].evidence[0].__dict__["quote"] = "“We will retreat.”"
    for leak in (
        made.to_json,
        made.model_dump,
        made.model_dump_json,
        lambda: pickle.loads(pickle.dumps(made)),
        made.model_copy,
    ):
        with pytest.raises((UnverifiedBrief, ValidationError), match="is not what the article has"):
            leak()


FORGED = Position(
    id="position-1", actor="odo-brandt", text="x", evidence=(Evidence(sentence=1, start=0, end=5, quote="Never"),)
)
SHAPES = {
    "tuple": (FORGED,),
    "list": [FORGED],
    "dicts": ({"evidence": [{"quote": "We surrender"}]},),
    "no evidence": (FORGED.__class__.__new__(Position),),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("way", ["copy", "model_copy", "__dict__", "setattr", "__init__", "state"])
def test_no_way_of_forcing_a_part_in_leads_out_again(way: str, shape: str) -> None:
    """Neither dumped, copied, pickled, validated again, nor rendered, whatever took the part's place."""
    made, forged = brief(), SHAPES[shape]
    with contextlib.suppress(Exception):
        if way == "copy":
            made = made.copy(update={"positions": forged})
        elif way == "model_copy":
            made = made.model_copy(update={"positions": forged})
        elif way == "__dict__":
            made.__dict__["positions"] = forged
        elif way == "setattr":
            object.__setattr__(made, "positions", forged)
        elif way == "__init__":
            made.__init__(**{**parts(), "positions": forged})  # type: ignore[misc]
        else:
            made.__setstate__({**made.__getstate__(), "__dict__": {**made.__dict__, "positions": forged}})
    leaks = [
        made.to_json,
        made.model_dump_json,
        made.json,
        lambda: str(made.model_dump()),
        lambda: pickle.loads(pickle.dumps(made)).to_json(),
        lambda: copy.deepcopy(made).to_json(),
        lambda: made.model_copy().to_json(),
        lambda: Brief.model_validate(made).to_json(),
        lambda: TypeAdapter(Brief).dump_json(made).decode(),
        lambda: markdown(made),
    ]
    for leak in leaks:
        try:
            shown = leak()
        except (UnverifiedBrief, ValidationError, PydanticSerializationError, AttributeError):
            continue
        assert "Never" not in shown
        assert "surrender" not in shown


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("positions.0", {"evidence": ()}),
        ("positions.0", {"speech": "surrender"}),
        ("provenance", {"ai_generated": False}),
        ("audit", {"coverage": 9.0}),
        ("", {"review": {"quote": "We surrender"}}),
    ],
)
def test_a_part_with_a_forced_value_is_not_dumped(part: str, values: dict[str, Any]) -> None:
    """Not only quotes: every field has to be what the schema says."""
    made: Any = brief()
    inner = made
    for step in filter(None, part.split(".")):
        inner = inner[int(step)] if step.isdecimal() else getattr(inner, step)
    inner.__dict__.update(values)
    for leak in (made.to_json, made.model_dump, lambda: pickle.dumps(made) and pickle.loads(pickle.dumps(made))):
        with pytest.raises(UnverifiedBrief):
            leak()


def test_the_sections_of_an_audit_are_frozen() -> None:
    """And a copy shares nothing that could change; a brief can be hashed."""
    made = brief()
    with pytest.raises(TypeError):
        made.audit.sections["positions"] = "incomplete"
    assert pickle.loads(pickle.dumps(made)).audit.sections == made.audit.sections
    assert hash(made) == hash(brief())


def test_json_holds_no_character_that_steers_a_terminal() -> None:
    """They are escapes there, and come back as they were."""
    text = TEXT.removesuffix(".") + "\u202e,\x85 and\x9b31m there\u200b."
    made = parts(text)
    made["headline"] = None
    made["conditions_for_talks"] = ()
    made["article"] = made["article"].model_copy(update={"sentences": len(segment(text, "en"))})
    written = Brief(**made).to_json()
    assert all(c == "\n" or c.isprintable() for c in written)
    assert Brief.load(written).article.text == text


def test_pickling_and_deep_copying_keep_a_valid_brief() -> None:
    """A valid brief passes both unchanged."""
    made = brief()
    assert pickle.loads(pickle.dumps(made)) == made
    assert copy.deepcopy(made) == made


def test_a_brief_without_its_text_loads_only_with_its_article() -> None:
    """--no-text: the article must be given, and must be the one."""
    data = brief().to_json(text=False)
    assert json.loads(data)["article"]["text"] is None
    assert Brief.load(data, article=Article(TEXT)) == brief()
    with pytest.raises(UnverifiedBrief, match="together with its article"):
        Brief.load(data)
    with pytest.raises(UnverifiedBrief, match="not the one"):
        Brief.load(data, article=Article("Another article altogether, said Brandt."))


@pytest.mark.parametrize("data", ["", "{", "[]", "null", '{"schema_version": "2"}', "\x00", "{}" * 3])
def test_what_is_no_brief_is_refused_in_one_line(data: str) -> None:
    """Malformed JSON gives a typed error of one line."""
    with pytest.raises(UnverifiedBrief) as caught:
        Brief.load(data)
    assert "\n" not in str(caught.value)


def test_stable_json_leaves_the_run_out() -> None:
    """Two briefs that differ only in when they ran have the same stable JSON."""
    made = brief()
    assert "run" not in json.loads(made.to_json(stable=True))["provenance"]


@given(
    text=st.text(min_size=1, max_size=60),
    start=st.integers(0, 60),
    end=st.integers(1, 61),
    quote=st.text(min_size=1, max_size=20),
)
def test_no_span_is_accepted_whose_quote_differs(text: str, start: int, end: int, quote: str) -> None:
    """Whatever text, offsets and quote: a brief exists only where text[start:end] is the quote."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    made = parts()
    changed = {"text": text, "id": article_id(text), "segmenter": "nupunkt 0.0.0 + fixer 0"}  # another version's places
    made["article"] = made["article"].model_copy(update=changed)
    evidence = (Evidence(sentence=1, start=start, end=end, quote=quote),)
    made |= {"headline": None, "summary": (), "actors": (), "conditions_for_talks": ()}
    made["positions"] = (Position(id="position-1", actor="article", text="something", evidence=evidence),)
    whole = start < end <= len(text) and between_words(text, start) and between_words(text, end)
    if whole and text[start:end] == quote and quote.strip() and "\n\n" not in quote:
        assert Brief(**made).positions[0].evidence[0].quote == quote
    else:
        with pytest.raises(ValidationError):
            Brief(**made)


def test_unknown_cost_stays_unknown_in_a_sum() -> None:
    """A sum with an unknown part is unknown, never 0."""
    known, unknown = Usage(calls=1, cost_usd=0.5), Usage(calls=1)
    assert (known + known).cost_usd == 1.0
    assert (known + unknown).cost_usd is None
    assert (Usage() + known).cost_usd == 0.5
    assert (Usage() + Usage()).cost_usd is None


def test_a_quotation_may_differ_from_its_evidence_in_typography_only() -> None:
    """Straight quotes for curly ones are fine; another word is not."""
    evidence = (span("“We will not retreat.”", 1),)
    brief(headline={"text": 'Brandt: "We will not retreat"', "evidence": evidence})
    with pytest.raises(ValidationError):
        brief(headline={"text": 'Brandt: "We will never retreat"', "evidence": evidence})
