"""Words: rough stems, classes of synonyms, and the word lists that several checks share."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

__all__ = [
    "ACTORS",
    "DATE_WORDS",
    "DAYS",
    "FUNCTION",
    "IRREGULAR",
    "MONTHS",
    "SAME",
    "TITLES",
    "listed",
    "stem",
    "stem_set",
    "table",
    "word_set",
]


def listed(text: str) -> list[str]:
    """The words of a text, in order."""
    return text.split()


@lru_cache(maxsize=512)
def word_set(text: str) -> frozenset[str]:
    """The words of a text, to be compared as written."""
    return frozenset(text.split())


def table(rows: str) -> dict[str, str]:
    """The rows "head: words" as a mapping from each word to its head."""
    out: dict[str, str] = {}
    for row in re.split(r"\n    (?=\S)", rows):
        head, _, words = row.strip().partition(":")
        for word in words.split():
            out[word] = head
    return out


_IRREGULAR_ROWS: Final = """
    say: said saying says
    tell: told
    fight: fought
    withdraw: withdrew withdrawn withdrawal withdrawals
    leave: left leaving departure
    take: took taken taking
    win: won winning
    lose: lost loss losses losing
    hold: held
    meet: met meeting meetings
    begin: began begun beginning
    send: sent
    give: gave given
    die: died dead death deaths dying
    kill: killed killing killings
    break: broke broken
    think: thought
    strike: struck striking strikes
    shoot: shot shooting
    seek: sought
    sell: sold sale
    buy: bought
    bring: brought
    build: built
    fall: fell fallen
    rise: rose risen
    grow: grew grown growth
    flee: fled
    hit: hitting
    see: saw seen
    know: knew known
    come: came
    go: went gone
    arrive: arrival
    refuse: refusal
    deny: denied denies denial
    free: freed frees
    lift: lifted
    accuse: accusation accusations
    warn: warning warnings
    negotiate: negotiation negotiations negotiating negotiator negotiators
    guarantee: guaranteed guarantees
    deploy: deployment
    bomb: bombing bombardment
    make: made
    keep: kept
    become: became
    show: shown
    speak: spoke spoken
    write: wrote written
    lead: led
    shell: shelled shelling
    believe: belief
    defend: defence defense
    recognise: recognize recognized recognition recognised
    weapon: weaponry
    support: supporter
    agree: agreement agreed
    release: released
    decide: decision
    propose: proposal
    demand: demanded
    expel: expelled expulsion
    invade: invasion
    destroy: destruction
    retreat: retreated
    retake: retook retaken
    get: got
    ban: banned
    stop: stopped
    halt: halted
    sign: signed signing
    regret: regretted
    permit: permitted
    admit: admitted admission
    lay: laid
    pay: paid
    try: tried tries
    plan: planned
"""
"""Forms that no suffix rule finds: base: forms."""

IRREGULAR: Final = table(_IRREGULAR_ROWS)
"""Each irregular form with its base."""

_SYNONYM_ROWS: Final = """
    talk: negotiate dialogue parley discussion
    ceasefire: truce armistice
    army: military troop force soldier
    rebel: guerrilla insurgent fighter militant
    government: authority cabinet administration
    attack: assault offensive strike raid onslaught
    bomb: bombing airstrike
    die: kill slain perish
    wound: injure hurt
    end: stop halt cease finish
    begin: start launch open resume
    deal: accord agreement pact treaty settlement
    leave: withdraw exit evacuate
    accuse: blame charge fault
    urge: ask appeal request
    condemn: denounce deplore decry
    support: back favour favor endorse
    release: free liberate
    take: seize capture conquer grab
    surrender: capitulate
    arm: weapon weaponry
    accept: approve
    guarantee: assurance
    say: state declare tell add note remark stress announce explain mention comment reiterate underline
    plan: intend
    form: create
    send: dispatch deploy
    ship: vessel
    hostage: captive
    child: children
    km: kilometre kilometer kilometres kilometers
    mile: miles
    expect: anticipate foresee
    keep: hold retain
    think: believe reckon
    likely: probable probably
    resign: quit
    ready: willing prepared
    possible: possibility possibly
    precondition: condition prerequisite
    reject: dismiss spurn rebuff
    convoy: column
    destroy: demolish
    retake: recapture regain
"""
"""Words that say much the same in this kind of text: head: words."""

SAME: Final = {**{head: head for head in table(_SYNONYM_ROWS).values()}, **table(_SYNONYM_ROWS)}
"""Each word of a class of synonyms with the head of its class."""

FUNCTION: Final = word_set(
    """a an the and or of to in on at by for with from as that this these those it its he she they them his
    her their him i we us our you your who whom whose which what there here be is are was were been being
    am has have had having do does did can could may might must shall should will would than then so such
    also too very more most less least some any all both each every other another same own into onto over
    under out up down off about against between among through during since while after before until till
    because due per via upon within but yet not no nor if unless when where how why whether once only
    even still already now just almost nearly around further again later today yesterday tomorrow however
    though although despite without never none neither nothing nobody cannot per mr mrs ms put made make
    makes take takes one us"""
)
"""Words that carry no content of their own."""

_SUFFIXES: Final = (
    "ments",
    "ment",
    "ations",
    "ation",
    "ingly",
    "ings",
    "ing",
    "edly",
    "ies",
    "ied",
    "ed",
    "es",
    "al",
    "ly",
    "s",
    "e",
)


@lru_cache(maxsize=4_096)
def stem(word: str) -> str:
    """A rough stem, then the head word of its class of synonyms."""
    if word in FUNCTION:
        return word
    base = _cut(IRREGULAR.get(word, word))
    return _heads().get(base, base)


def _cut(word: str) -> str:
    for suffix in _SUFFIXES:
        if suffix == "s" and word.endswith("ss"):
            continue
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)] + ("y" if suffix in ("ies", "ied") else "")
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeousl":
                word = word[:-1]
            return word[:-1] if word.endswith("e") and len(word) > 3 else word
    return word


@cache
def _heads() -> dict[str, str]:
    """The stem of each word in `SAME`, with the stem of the head of its class."""
    return {_cut(word): _cut(head) for word, head in SAME.items()}


def stem_set(text: str) -> frozenset[str]:
    """The stems of the words of a text."""
    return frozenset(stem(w) for w in text.split())


TITLES: Final = word_set(
    """president general minister prime foreign colonel commander admiral senator deputy secretary
    chancellor king queen prince ambassador spokesman spokeswoman spokesperson envoy chief leader major
    captain lieutenant sergeant mayor governor archbishop bishop pope judge professor dr mr mrs ms sir
    lord lady colonel sheikh ayatollah imam cardinal analyst negotiator interior defence defense vice
    former ex expert adviser advisor marshal brigadier premier speaker commissioner mediator mediators
    official officials leaders ministers diplomat diplomats politician scientist"""
)
"""Words that say what a named person is."""

ACTORS: Final = word_set(
    """intelligence service services rebel rebels guerrilla guerrillas insurgent insurgents army military
    troops forces soldiers fighters militants government authorities opposition militia police junta
    prisoners hostages civilians separatists mediators analysts officials navy parliament cabinet council
    senate congress commission ministry court church group party coalition alliance airforce monitors
    mercenaries exiles refugees settlers generals commander commanders students workers farmers miners
    parliament invaders enemy protesters union army workers peacekeepers regime president minister"""
)
"""Common nouns that act and speak as names do."""


MONTHS: Final = {
    m: full
    for full in listed("""january february march april may june july august september october november december""")
    for m in (full, full[:3], "sept" if full == "september" else full)
}
"""Each month and its abbreviation, with the month in full."""

DAYS: Final = word_set("monday tuesday wednesday thursday friday saturday sunday")
DATE_WORDS: Final = word_set("spring summer autumn winter easter christmas ramadan yesterday tomorrow tonight")
"""Words that date a statement as a day or a month does."""
