"""The lexicon: its groups match their examples, kinds and fields follow from cues, and nothing hangs."""

from __future__ import annotations

import random
import time

import pytest

from summarizer import attribution, cues
from summarizer.lexicon import LEXICON, Group, reporting_forms, verb_forms

STATEMENTS = [
    (
        "condition",
        "the rebels would lay down arms only after the last foreign battalion left",
        "Commander Isko said the rebels would lay down arms only after the last foreign battalion left.",
    ),
    ("condition", "We will sit at the table once the shelling of our towns stops", ""),
    (
        "condition",
        "THE FRONT DEMANDED THE RELEASE OF ALL POLITICAL PRISONERS BEFORE ANY DIALOGUE CAN START",
        "",
    ),
    ("condition", "a truce is out of the question unless the airport is reopened", ""),
    ("condition", "Marovia is ready for negotiations without preconditions", ""),
    (
        "condition",
        "he would sign the accord provided that his militia keeps its weapons",
        "Warlord Temo Ardel said that he would sign the accord provided that his militia keeps its weapons.",
    ),
    ("condition", "The government rejected the guerrillas' conditions for a ceasefire", ""),
    ("condition", "in exchange for a truce the junta wants sanctions lifted", ""),
    ("condition", "the recognition of the new borders is a prerequisite for any peace treaty", ""),
    ("condition", "There will be no talks until the hostages are freed", ""),
    ("condition", "Berund insists that Olim be demilitarised before it signs a peace agreement", ""),
    ("condition", "the war can end tomorrow if the occupiers go home", ""),
    ("condition", "LEFTIST REBELS OFFERED A CEASE-FIRE IN RETURN FOR SEATS IN THE CABINET", ""),
    (
        "condition",
        "security guarantees must be part of any settlement",
        "The prime minister said security guarantees must be part of any settlement.",
    ),
    ("position", "condemned the shelling of the hospital as a crime", ""),
    ("position", "The two countries supported the resolution", ""),
    ("position", "the minister denied that his government had sold arms to either side", ""),
    ("position", "Testria will never recognise the annexation", ""),
    ("position", "called on all parties to show restraint", ""),
    ("position", "ACCUSED THE ARMY OF TORTURING PRISONERS", ""),
    ("position", "We are grateful to our allies for their help", ""),
    ("position", "the verdict is a shameful attack on justice", ""),
    ("position", "The president announced that he would send an ambassador to Velmar", ""),
    ("position", "it is time for the international community to act", ""),
    ("position", "Nessa promised to take in 20,000 refugees", ""),
    ("position", "Parliament voted to expel the foreign advisers", ""),
    (
        "position",
        "the talks will be held in Geneva next month",
        "The envoy announced that the talks will be held in Geneva next month.",
    ),
    ("position", "the archbishop urged both sides to continue the dialogue", ""),
    ("position", "THE PARTY REJECTED THE PEACE PLAN", ""),
    ("assessment", "the enemy has lost a third of its armour since March", ""),
    ("assessment", "an offensive on the southern front is likely before winter", ""),
    ("assessment", "The rebels no longer have the strength to hold the valley", ""),
    ("assessment", "the army is massing troops near the border", ""),
    ("assessment", "REBEL LOSSES ARE ESTIMATED AT 300 DEAD AND 500 WOUNDED", ""),
    (
        "assessment",
        "Russia-built missiles destroyed two bridges over the Osk",
        "The regional command said Russia-built missiles destroyed two bridges over the Osk.",
    ),
    (
        "assessment",
        "their reserves will run out within weeks",
        "Analyst Maud Keller believes their reserves will run out within weeks.",
    ),
    ("assessment", "The insurgents control most of the highway", ""),
    ("assessment", "the attack killed 14 soldiers", "A police spokesman said the attack killed 14 soldiers."),
    ("assessment", "Kessian forces appear to be preparing to cross the river in spring", ""),
    ("assessment", "the garrison is surrounded and short of ammunition", ""),
    (
        "assessment",
        "morale among the conscripts is collapsing",
        "Western officials say morale among the conscripts is collapsing.",
    ),
]
"""(kind, statement, its sentence), all invented, written before the rules were tuned."""

HOSTILE = [
    "not " * 50_000,
    "if only " * 25_000,
    '"a ' * 60_000,
    " " * 200_000,
    "a-" * 100_000,
    "; and said " * 18_000,
]


@pytest.mark.parametrize("group", LEXICON.values(), ids=list(LEXICON))
def test_every_group_matches_its_examples(group: Group) -> None:
    """Each example of a group is matched by its cues, in upper case too."""
    for example in group.examples:
        assert cues.has(group.name, example), example
        assert cues.has(group.name, example.upper()), example


def test_every_group_is_described() -> None:
    """Each group says what it means and gives at least one example."""
    assert all(g.meaning and g.examples and g.cues.strip() for g in LEXICON.values())


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("say", ("say", "says", "said", "saying")),
        ("declare", ("declare", "declares", "declared", "declaring")),
        ("deny", ("deny", "denies", "denied", "denying")),
        ("stress", ("stress", "stresses", "stressed", "stressing")),
    ],
)
def test_verbs_are_inflected(verb: str, forms: tuple[str, ...]) -> None:
    """Regular and irregular verbs give their written forms."""
    assert verb_forms(verb) == forms


def test_invented_statements_get_their_kind() -> None:
    """At least nine in ten of the invented statements get their kind from the cues alone."""
    right = sum(cues.decide_kind(s, c) == k for k, s, c in STATEMENTS)
    assert right / len(STATEMENTS) >= 0.9


@pytest.mark.parametrize("kind", cues.KINDS)
def test_no_kind_is_neglected(kind: str) -> None:
    """Each kind is found in at least five of six of its own invented statements."""
    own = [(s, c) for k, s, c in STATEMENTS if k == kind]
    assert sum(cues.decide_kind(s, c) == kind for s, c in own) >= 5 * len(own) / 6


def test_terms_are_set_for_what_was_named_just_before() -> None:
    """Terms without a topic are a condition where the sentence ahead names talks."""
    statement = "Only after the roads are dry, she said, would that be worth a journey."
    before = "The envoy proposed talks in the port of Tarn."
    other = "The baker proposed a dinner in the port of Tarn."
    assert cues.decide_kind(statement, before=before) == "condition"
    assert cues.kind_scores(statement, before=before) != cues.kind_scores(statement, before=other)


@pytest.mark.parametrize(
    "statement", ["No prisoners, no talks.", "Any truce must cover the river ports too.", "A deal would have to wait."]
)
def test_terms_in_short(statement: str) -> None:
    """Slogans and demands on the deal itself are conditions."""
    assert cues.decide_kind(statement) == "condition"


def test_a_judgement_of_the_fighting_that_cites_nobody_is_told_from_a_quoted_one() -> None:
    """What the reporter judges has neither a reporting verb nor a quotation."""
    assert cues.is_judgement("The garrison is exhausted and the front has hardly moved.")
    assert not cues.is_judgement("The garrison is exhausted, the envoy said.")
    assert not cues.is_judgement("The council met on Monday.")


def test_terms_without_a_topic_are_no_condition() -> None:
    """Conditional language alone, about something else, makes no condition."""
    assert cues.kind_scores("I will eat if the soup is hot")["condition"] < cues.CONDITION_FLOOR


def _jumbled(number: int) -> str:
    """Cues of the lexicon, whole and spoilt, among marks and letters that fold oddly."""
    chance = random.Random(number)
    parts = []
    for _ in range(chance.randint(0, 12)):
        group = LEXICON[chance.choice(list(LEXICON))]
        cue = chance.choice([c.strip() for c in group.cues.split(",")] + sorted(reporting_forms())[number % 7 :: 7])
        cue = cue.replace("*", chance.choice(["", "s", "ing", "_x", "é", "9"])).replace("'", chance.choice("'’"))
        cue = cue.replace("...", chance.choice(["", "now", "x, y"]))
        cue = chance.choice([cue, cue, cue, cue.upper(), cue.replace("s", "ſ"), cue.replace("i", "ı"), f"{cue}x"])
        parts.append(chance.choice(["", "", "", "x", "-", "“", "'", "_", "united "]) + cue)
    return chance.choice([" ", "  ", "\n", ", "]).join(parts)


def test_cues_are_found_where_a_search_finds_them() -> None:
    """They are looked for only where their first words stand, and what is found is the same."""
    found = 0
    for number in range(400):
        text = _jumbled(number)
        for name in (*LEXICON, "reporting"):
            spans = [m.span() for m in cues.pattern(name).finditer(text)]
            found += len(spans)
            assert cues.find(name, text) == spans
            assert cues.has(name, text) == bool(spans)
        verbs = attribution._verb()
        assert [m.span() for m in cues.matches("reporting", text, verbs)] == [m.span() for m in verbs.finditer(text)]
    assert found > 500


def test_scores_stay_between_0_and_1() -> None:
    """All scores are between 0 and 1, for empty text too."""
    for _, s, c in [*STATEMENTS, ("", "", "")]:
        assert all(0 <= v <= 1 for v in cues.kind_scores(s, c).values())
        assert 0 <= cues.is_statement(s) <= 1


@pytest.mark.parametrize(
    ("sentence", "carries"),
    [
        ("General Tace said that the garrison would not surrender.", True),
        ("\u201cWe stay,\u201d the mayor told reporters.", True),
        ("THE FRONT ACCUSED THE ARMY OF BOMBING VILLAGES.", True),
        ("According to the ministry, 14 soldiers were killed.", True),
        ("Monday, September 23, 2019", False),
        ("The river rises in the northern hills.", False),
        ("He was born in 1951 in Velmar.", False),
    ],
)
def test_statements_are_told_from_background(sentence: str, carries: bool) -> None:
    """Attribution, quotation and taking sides make a statement; datelines and biography do not."""
    assert (cues.is_statement(sentence) >= 0.5) is carries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We will talk only if the troops leave.", "sets"),
        ("The junta rejected the rebels' terms.", "rejects"),
        ("They offered dialogue without preconditions.", "rejects"),
        ("The council accepted the terms of the mediators.", "sets"),
        ("The party accepted the peace plan.", "accepts"),
        ("He agreed that talks can begin without the rebels laying down their arms.", "accepts"),
        ("", "sets"),
    ],
)
def test_stance(text: str, expected: str) -> None:
    """What an actor does with conditions follows from its words."""
    assert cues.stance(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("There will be no talks until the hostages are freed.", "talks"),
        ("In exchange for a truce they want sanctions lifted.", "ceasefire"),
        ("Recognition is a prerequisite for any peace treaty.", "end_of_war"),
        ("He would sign the accord if his militia keeps its weapons.", "agreement"),
        ("The war can end if the occupiers go home.", "end_of_war"),
        ("The road opens if they pay.", "other"),
    ],
)
def test_regarding(text: str, expected: str) -> None:
    """What a condition is for is read from the main clause first."""
    assert cues.regarding(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("An offensive is likely in the coming weeks.", "forecast", "in the coming weeks"),
        ("They will attack by spring.", "forecast", "by spring"),
        ("A tactical pause in view of the next winter campaign.", "forecast", "next winter campaign"),
        ("The reserves will run out within a month.", "forecast", "within a month"),
        ("The army will hold.", "forecast", None),
        ("The army lost 300 men in March.", "current", None),
        ("The missiles could not have come from there.", "current", None),
    ],
)
def test_outlook_and_horizon(text: str, expected: str, words: str | None) -> None:
    """A forecast is told from a judgement of what is; its time words are copied from the text."""
    span = cues.horizon(text)
    assert cues.outlook(text) == expected
    assert (text[slice(*span)] if span else None) == words


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(t[:8]) for t in HOSTILE])
def test_hostile_text_costs_little(text: str) -> None:
    """200,000 hostile characters are read in seconds by every function."""
    start = time.perf_counter()
    cues.kind_scores(text, text)
    cues.is_statement(text)
    for function in (cues.regarding, cues.stance, cues.outlook, cues.horizon):
        function(text)
    assert time.perf_counter() - start < 10
