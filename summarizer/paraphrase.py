"""Does a short paraphrase say what its evidence says? `check_paraphrase` answers with the problems it finds.

The text is compared with its evidence on what can be compared by code: names, numbers, dates and quoted
words must
stand there; negations, hedges, conditions and who did what to whom must agree. Words are compared by stem
and by
small classes of synonyms (`_SAME`); the rest of the rewording is free. What code cannot see it lets pass: a
wrong
paraphrase in wholly other words is not caught. Nothing here knows an article; the work is linear in its
input,
and input is cut at `MAX_CHARS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

__all__ = ["MAX_CHARS", "MAX_TEXT", "MAX_WORDS", "Code", "Problem", "check_paraphrase"]

Code = Literal[
    "empty", "too_long", "name", "number", "date", "quote", "negation", "modality", "condition", "actor"
]

MAX_CHARS: Final = 20_000
"""Evidence beyond this is not read; evidence is one to three sentences."""

MAX_TEXT: Final = 600
"""A paraphrase longer than this is no paraphrase."""

MAX_NUMBERS: Final = 300
"""Numbers of the evidence beyond these are not read."""

MAX_WORDS: Final = 90
"""A paraphrase longer than this is no paraphrase."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in a paraphrase that its evidence does not bear out."""

    code: Code
    detail: str
    """What is wrong, in words a model or an editor can act on."""


# -- words ---------------------------------------------------------------------------------------------


def _listed(text: str) -> list[str]:
    return text.split()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UN: Final = (
    "able|acceptable|armed|aware|certain|changed|clear|defeated|fair|harmed|impressed|justified|likely|necessary|prepared"
    "|realistic|safe|stable|successful|thinkable|true|wanted|warranted|willing|wise"
)
_IN: Final = (
    "possible|probable|plausible|effective|sufficient|adequate|complete|conclusive|secure|admissible|conceivable|capable"
    "|correct|accurate|relevant|agrees?|agreed|honest|loyal|satisfied|responsible"
)
"""Words whose prefix un-, in-, im-, ir- or dis- is a negation and nothing else."""

_PHRASES: Final = (
    (r"can['’]t\b|\bcannot\b", "can not"),
    (r"won['’]t\b", "will not"),
    (r"\b(\w+)n['’]t\b", r"\1 not"),
    (r"\b(\w+)['’]ll\b", r"\1 will"),
    (r"['’]s\b|(?<=s)['’](?=\s)", " "),
    (
        r"\bnot (?:only|just|merely)\b|\bno (?:less|fewer|more) than\b"
        r"|\bno matter\b|\bwhether or not\b|\bno doubt\b",
        " ",
    ),
    (r"\bno longer\b", "not"),
    (r"\bno,", ","),
    (r"\bnon-(?=\w)", "not "),
    (r"\bruling out\b|\brule[sd]? out\b", "ruleout"),
    (r"\b(?:turn(?:s|ed|ing)? down)\b", "reject"),
    (r"\b(?:giv(?:e|es|ing) up|gave up|given up)\b", "surrender"),
    (r"\bpull(?:s|ed|ing)?(?: \w+){0,3} (?:out|back)\b|\btook? back\b", "withdraw"),
    (r"\bcall(?:s|ed|ing)? (?:up)?on\b|\bcall(?:s|ed|ing)? for\b", "urge"),
    (r"\bstep(?:s|ped|ping)? down\b", "resign"),
    (r"\bhand(?:s|ed|ing)?(?: \w+){0,3} over\b|\bturn(?:s|ed|ing)? over\b|\bhandover\b", "deliver"),
    (
        r"\b(?:as|so) long as\b"
        r"|\bprovid(?:ed|ing)(?= (?:that|the|it|all|they|he|she|its|their|both)\b)",
        "ifprovided",
    ),
    (
        r"\beven if\b|\bregardless(?: of)?\b|\bno conditions attached\b"
        r"|\bunder any circumstances?\b|\bat any time\b",
        "evenif",
    ),
    (r"\bonly (?:if|when|after|once)\b|\bonly\b(?=(?: [\w'’-]+){1,4} (?:if|after|once)\b)", "onlyif"),
    (r"\bif and onlyif\b|\bif only\b", "onlyif"),
    (r"\bin (?:exchange|return) for\b|\bin (?:exchange|return)\b", "inreturn"),
    (r"\bon (?:the |one )?condition of anonymity\b|\bunder (?:the )?condition of anonymity\b", " "),
    (r"\b(?:on (?:the |one )?condition(?: that)?)\b", "ifprovided"),
    (r"\bwithout delay\b", "immediately"),
    (rf"\bun({_UN})\b", r"not \1"),
    (rf"\b(?:im|in|ir|il|dis)({_IN})\b", r"not \1"),
    (r"\bneither (\w+(?:s|ed)) ([^.;]{1,60}?) nor\b", r"not \1 \2, not"),
    (r"\bneither ([^.;]{1,60}?) nor\b", r"not \1 or"),
    (r"\bnot ([^.;]{1,60}?) nor\b", r"not \1 or"),
    (
        r",? who (?:asked|wished|wanted|preferred|declined|refused|spoke)\b[^.,;]{0,30}"
        r"\b(?:named|identified|anonymity|anonymously)\b",
        " ",
    ),
    (r"\bair force\b", "airforce"),
    (r"\bunconditional(?:ly)?\b", "without condition"),
    (r"\bat once\b|\bonce (?:again|more)\b", "immediately"),
    (r"\bcease-?\s?fire\b", "ceasefire"),
    (r"\bU\.\s?S\.(?:\s?A\.)?|\bUSA\b|\bUnited States(?: of America)?\b|\bUNITED STATES\b", "US"),
    (r"\bU\.\s?N\.|\bUnited Nations\b|\bUNITED NATIONS\b", "UN"),
    (r"\bU\.\s?K\.|\bUnited Kingdom\b", "UK"),
    (r"\bE\.\s?U\.|\bEuropean Union\b", "EU"),
)


@cache
def _phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    keep = ("US", "UN", "UK", "EU")
    return tuple((re.compile(p, 0 if new in keep else re.IGNORECASE), new) for p, new in _PHRASES)


_TOKEN = re.compile(
    r"\d{1,20}(?:[.,:]\d{1,20}){0,6}|[^\W\d_]{1,60}(?:-[^\W\d_]{1,60})?|[%.,;:!?()–—\"“”«»]|[$€£]"
)

_IRREGULAR_FORMS: Final = """
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

_SYNONYMS: Final = """
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


def _table(rows: str) -> dict[str, str]:
    """The rows "head: words" as a mapping from each word to its head."""
    out: dict[str, str] = {}
    for row in re.split(r"\n    (?=\S)", rows):
        head, _, words = row.strip().partition(":")
        for word in words.split():
            out[word] = head
    return out


_IRREGULAR: Final = _table(_IRREGULAR_FORMS)
_SAME: Final = {**{head: head for head in _table(_SYNONYMS).values()}, **_table(_SYNONYMS)}

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


@cache
def _stems() -> dict[str, str]:
    return {}


def _stem(word: str) -> str:
    """A rough stem, then the head word of its class of synonyms."""
    known = _stems()
    if word in known:
        return known[word]
    if word in _FUNCTION:
        return word
    base = _cut(_IRREGULAR.get(word, word))
    out = _SAME_STEM().get(base, base)
    if len(known) < 20_000:
        known[word] = out
    return out


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
def _SAME_STEM() -> dict[str, str]:  # noqa: N802 (reads as the table it is)
    return {_cut(word): _cut(head) for word, head in _SAME.items()}


def _stemmed(text: str) -> frozenset[str]:
    return frozenset(_stem(w) for w in text.split())


_FUNCTION: Final = _words(
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
_REPORT: Final = _stemmed(
    """say tell declare claim insist stress warn believe think announce report confirm deny according argue
    estimate told propose note urge demand call write"""
)
_TITLES: Final = _words(
    """president general minister prime foreign colonel commander admiral senator deputy secretary
    chancellor king queen prince ambassador spokesman spokeswoman spokesperson envoy chief leader major
    captain lieutenant sergeant mayor governor archbishop bishop pope judge professor dr mr mrs ms sir
    lord lady colonel sheikh ayatollah imam cardinal analyst negotiator interior defence defense vice
    former ex expert adviser advisor marshal brigadier premier speaker commissioner mediator mediators
    official officials leaders ministers diplomat diplomats politician scientist"""
)
_MONTHS: Final = {
    m: full
    for full in _listed(
        """january february march april may june july august september october november december"""
    )
    for m in (full, full[:3], "sept" if full == "september" else full)
}
_DAYS: Final = {d: d for d in ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]}
_DATE_WORDS: Final = {
    **{
        s: s
        for s in (
            "spring",
            "summer",
            "winter",
            "easter",
            "christmas",
            "ramadan",
            "yesterday",
            "tomorrow",
            "tonight",
        )
    },
    "autumn": "autumn",
}

# -- reading ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tok:
    raw: str
    low: str
    stem: str
    first: bool
    """Whether it begins a sentence (its capital says nothing)."""
    clause: int
    sentence: int
    index: int

    @property
    def capital(self) -> bool:
        return self.raw[:1].isupper()

    @property
    def content(self) -> bool:
        return self.raw[:1].isalpha() and self.low not in _FUNCTION


_BREAKS: Final = _words("but while although though whereas yet however because despite")


class _Doc:
    """A text as tokens, with clause and sentence numbers."""

    def __init__(self, text: str) -> None:
        self.text = text[:MAX_CHARS]
        letters = [c for c in self.text if c.isalpha()]
        self.upper = bool(letters) and sum(c.isupper() for c in letters) > 0.8 * len(letters)
        plain = re.sub(r"\s+", " ", self.text)
        for pattern, new in _phrases():
            plain = pattern.sub(new, plain)
        self.toks: list[_Tok] = []
        first, clause, sentence, previous = True, 0, 0, ""
        for m in _TOKEN.finditer(plain):
            raw = m.group()
            low = raw.lower()
            if raw in ".!?" and not (raw == "." and len(previous) == 1):
                first, clause, sentence = True, clause + 1, sentence + 1
            elif raw in ",;:()–—" or low in _BREAKS:
                clause += 1
            elif raw in '"“”«»':
                clause += 1
                first = first or previous in (",", ":", "")
            self.toks.append(_Tok(raw, low, _stem(low), first, clause, sentence, len(self.toks)))
            if raw[0].isalnum():
                first = False
            previous = raw
        self.lows = {t.low for t in self.toks}
        for low in list(self.lows):
            if "-" in low:
                self.lows.update(low.split("-"))
        self.stems = {t.stem for t in self.toks if t.content} | {
            _stem(w) for w in self.lows if w not in _FUNCTION
        }

    def content(self, keep: Callable[[_Tok], bool] = lambda t: True) -> set[str]:
        return {t.stem for t in self.toks if t.content and keep(t)}

    def any(self, words: frozenset[str]) -> bool:
        """Whether a word, or a word of the same stem, stands here."""
        return bool(self.lows & words) or any(t.stem in words for t in self.toks)


# -- names, numbers, dates, quotations ----------------------------------------------------------------

_DEMONYMS: Final = """
    turkey turkish turk turks turkiye
    france french
    spain spanish spaniard spaniards
    ukraine ukrainian ukrainians
    poland polish poles pole
    britain british briton uk
    greece greek greeks
    cyprus cypriot cypriots
    denmark danish
    netherlands dutch
    germany german germans
    afghanistan afghan afghans
    us american americans america
    un
    kurdistan kurd kurds kurdish
    russia russian russians
    china chinese
    lebanon lebanese
    sweden swedish swedes
    finland finnish finns
    ireland irish
    scotland scottish
    wales welsh
    switzerland swiss
    norway norwegian
    portugal portuguese
    philippines filipino philippine
    thailand thai
    belgium belgian
    peru peruvian
    salvador salvadoran salvadorans salvadorean
    argentina argentine argentinian
    congo congolese
    mali malian
    niger nigerien
    myanmar burma burmese
    europe european europeans eu
    israel israeli israelis
    yemen yemeni
    saudi saudis
    chad chadian
    islam islamic islamist islamists
    taliban talibans
    serbia serb serbs serbian
    croatia croat croats croatian
    slovakia slovak
    czechia czech
    hungary hungarian
    vietnam vietnamese
    japan japanese
    iceland icelandic
"""
"""A country, its people and its adjective on one line, where the endings do not tell."""


@cache
def _demonyms() -> dict[str, str]:
    rows = [row.split() for row in _DEMONYMS.strip().splitlines()]
    return {word: row[0] for row in rows for word in row}


_NAME_ENDING = re.compile(r"(?:ians?|ans?|ese|is?|ish|ic|s|ns?|an|ite|ites)$")


def _name_key(low: str) -> str:
    """One key for a country, its people and its adjective: Marovia, Marovian, Marovians."""
    if low in _demonyms():
        return _demonyms()[low]
    if len(low) < 5:
        return low
    key = _NAME_ENDING.sub("", low) if len(low) > 5 else low
    key = key if len(key) > 3 else low
    return key.rstrip("aeiouy") if len(key.rstrip("aeiouy")) > 2 else key


def _looks_common(tok: _Tok, following: _Tok | None) -> bool:
    """Whether a capitalised word that begins a sentence may be a common noun, a verb form or an adverb."""
    low = tok.low
    if low in _NUMBER_WORDS or any(p in _NUMBER_WORDS for p in low.split("-")):
        return True
    if low in _FUNCTION or low in _TITLES or low in _OPENERS or tok.stem in _OPENER_STEMS():
        return True
    plural_subject = following is not None and not re.search(r"[^s]s$", following.low)
    if re.search(r"(?:ing|ly|ion|ment|ity|ance|ence|ism|ness|ship|ure|ful|less|ous|ive|able|ed)$", low):
        return True
    return low.endswith("s") and plural_subject


_OPENERS: Final = _words(
    """no peace war truce talks both neither nobody nothing none everyone several many few most half over
    more up nearly heavy fresh new old foreign local western eastern northern southern central national
    international senior top armed signing under according"""
)


@cache
def _OPENER_STEMS() -> frozenset[str]:  # noqa: N802
    return frozenset({_stem(w) for w in _SAME} | {_stem(w) for w in _ACTORS}) | _stemmed(
        """police parliament opposition party country state union council court congress press justice
        condition guerrilla defence security aid war peace weapon money food water oil gas pressure
        progress hope regret hold work morale civilian official diplomat mediator monitor peacekeeper
        refugee resident witness observer source side envoy civil law order power control violence fire
        help access trade unity trust life"""
    )


def _check_names(text: _Doc, evidence: _Doc, vouched: set[str]) -> Iterable[Problem]:
    known = {_name_key(w) for w in evidence.lows} | {_name_key(w) for w in vouched} | evidence.lows | vouched
    acronyms = _initials(evidence.text) | {_key for w in vouched for _key in (w,)}
    run: list[_Tok] = []
    for i, tok in enumerate(text.toks):
        following = text.toks[i + 1] if i + 1 < len(text.toks) else None
        named = tok.capital and tok.raw[0].isalpha() and not text.upper
        if (
            not named
            or tok.low in _MONTHS
            or tok.low in _DAYS
            or tok.low in _DATE_WORDS
            or (tok.low in _FUNCTION and tok.raw != "US")
        ):
            if tok.low not in ("of", "the", "al"):
                yield from _chimera(run, evidence)
                run = []
            continue
        parts = tok.low.split("-")
        stands = tok.low in known or all(p in known or _name_key(p) in known or p in _FUNCTION for p in parts)
        stands = (
            stands or (tok.raw.isupper() and tok.low in acronyms) or _stands_as_acronym(text, i, evidence)
        )
        if stands:
            run.append(tok)
            continue
        named_next = (
            following is not None
            and following.capital
            and not following.first
            and following.low not in _MONTHS
        )
        if tok.low in _TITLES or (tok.first and not named_next and _looks_common(tok, following)):
            continue
        if tok.first and (
            tok.stem in evidence.stems
            or any(w.startswith(tok.low[:5]) for w in evidence.lows if len(tok.low) > 5)
        ):
            continue
        yield Problem("name", f"{tok.raw!r} does not stand in the evidence")
    yield from _chimera(run, evidence)


def _initials(text: str) -> set[str]:
    """The acronyms that runs of capitalised words spell: Farabundo Marti Liberation Front -> fmlf."""
    out: set[str] = set()
    for run in re.findall(
        r"[^\W\d_a-z][\w'’]{0,40}(?:[ -](?:(?:of|the|for|and|de|del|la)\s){0,2}[^\W\d_a-z][\w'’]{0,40}){1,7}",
        text,
    ):
        words = [w for w in re.split(r"[ -]", run) if w[:1].isupper()][:8]
        for i in range(len(words)):
            for j in range(i + 2, len(words) + 1):
                out.add("".join(w[0] for w in words[i:j]).lower())
    return out


def _stands_as_acronym(text: _Doc, i: int, evidence: _Doc) -> bool:
    """Whether the capitalised words around `i` spell an acronym that stands in the evidence."""
    a = b = i
    toks = text.toks
    while a and i - a < 8 and (toks[a - 1].capital or toks[a - 1].low in ("of", "the", "for", "and")):
        a -= 1
    while (
        b + 1 < len(toks)
        and b - i < 8
        and (toks[b + 1].capital or toks[b + 1].low in ("of", "the", "for", "and"))
    ):
        b += 1
    letters = "".join(t.low[0] for t in toks[a : b + 1] if t.capital)
    return any(
        letters[x:y] in evidence.lows
        for x in range(len(letters))
        for y in range(x + 2, len(letters) + 1)
        if y - x >= 2
    )


def _chimera(run: Sequence[_Tok], evidence: _Doc) -> Iterable[Problem]:
    """Two names that stand in the evidence apart do not make one person."""
    own = [t for t in run if t.low not in _TITLES and not t.raw.isupper() and t.low not in _demonyms()]
    for a, b in pairwise(own):
        if a.first and a.stem in evidence.stems and a.low not in evidence.lows:
            continue
        at = [i for i, t in enumerate(evidence.toks) if t.low == a.low][:50]
        near = any(t.low == b.low for i in at for t in evidence.toks[max(0, i - 6) : i + 7])
        if at and not near and b.low in evidence.lows:
            yield Problem("name", f"{a.raw} {b.raw} is not one name in the evidence")


_UNITS: Final = {
    w: i
    for i, w in enumerate(
        _listed(
            """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen"""
        )
    )
} | {
    w: 20 + 10 * i
    for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_ORDINALS: Final = {
    w: i + 1
    for i, w in enumerate(
        _listed("""first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth""")
    )
}
_SCALES: Final = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "dozen": 12,
}
_VAGUE: Final = {
    "dozens": "dozen",
    "hundreds": "hundred",
    "thousands": "thousand",
    "millions": "million",
    "scores": "score",
}
_MEASURE_WORDS: Final = """
    hour: hour hours
    day: day days
    week: week weeks
    month: month months
    year: year years
    km: km kilometre kilometres kilometer kilometers
    mile: mile miles
    percent: percent % per-cent pct
    minute: minute minutes
    metre: metre metres meter meters
    decade: decade decades
    ton: ton tons tonnes
"""
_MEASURES: Final = _table(_MEASURE_WORDS)


@dataclass(slots=True)
class _Number:
    value: float
    at: int
    end: int
    vague: str = ""
    ordinal: bool = False


def _digits(raw: str) -> float | None:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", raw):
        raw = raw.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+", raw) and not raw.startswith("0"):
        raw = raw.replace(".", "")
    raw = raw.replace(",", ".")
    return float(raw) if re.fullmatch(r"\d+(?:\.\d+)?", raw) else None


def _numbers(doc: _Doc) -> list[_Number]:
    """The numbers of a text by value, in figures or in words."""
    out: list[_Number] = []
    i, toks = 0, doc.toks
    while i < len(toks):
        low = toks[i].low
        parts = low.split("-")
        start, value = i, None
        if low[0].isdigit():
            value = _digits(low)
            if value is None:
                out.extend(_Number(float(p), i, i + 1) for p in re.split(r"[.,:]", low) if p)
            i += 1
        elif all(p in _UNITS or p in _ORDINALS for p in parts):
            value = float(sum(_UNITS.get(p, _ORDINALS.get(p, 0)) for p in parts))
            i += 1
            while (
                i < len(toks)
                and toks[i].low in _UNITS
                and value >= 20
                and value % 10 == 0
                and _UNITS[toks[i].low] < 10
            ):
                value += _UNITS[toks[i].low]
                i += 1
        elif (
            low in _SCALES
            and low != "dozen"
            and start
            and toks[start - 1].low in ("a", "one", "several", "few")
        ):
            value, i = 1.0, i
        elif low == "dozen":
            value = 12.0
            i += 1
        elif low in _VAGUE:
            out.append(_Number(-1, i, i + 1, vague=_VAGUE[low]))
            i += 1
            continue
        else:
            i += 1
            continue
        while value is not None and i < len(toks) and toks[i].low in _SCALES:
            value *= _SCALES[toks[i].low]
            i += 1
            if i + 1 < len(toks) and toks[i].low == "and" and toks[i + 1].low.split("-")[0] in _UNITS:
                value += sum(_UNITS.get(p, 0) for p in toks[i + 1].low.split("-"))
                i += 2
        if value is not None:
            out.append(_Number(value, start, i, ordinal=low in _ORDINALS))
    return out


_NUMBER_WORDS: Final = frozenset(
    [*_UNITS, *_ORDINALS, *_SCALES, *_VAGUE, "half", "third", "thirds", "quarter"]
)
_AT_LEAST = re.compile(
    r"\b(?:more than|over|exceed\w*|above|at least|upwards of|in excess of|no fewer than)\s*$", re.IGNORECASE
)
_AT_MOST = re.compile(
    r"\b(?:less than|fewer than|under|below|at most|up to|no more than|a maximum of)\s*$", re.IGNORECASE
)


def _bound(doc: _Doc, n: _Number) -> str:
    before = " ".join(t.low for t in doc.toks[max(0, n.at - 4) : n.at])
    return "least" if _AT_LEAST.search(before) else "most" if _AT_MOST.search(before) else ""


def _measure(doc: _Doc, n: _Number) -> str:
    return next((_MEASURES[t.low] for t in doc.toks[n.end : n.end + 2] if t.low in _MEASURES), "")


def _counted(doc: _Doc, n: _Number, every: list[_Number]) -> set[str]:
    """The content words that a number counts: those beside it, up to another number or a comma."""
    around = [o for o in every if o is not n and n.at - 8 < o.at < n.end + 8]
    taken = {i for other in around for i in range(other.at, other.end)}
    out: set[str] = set()
    for step in (range(n.end, min(n.end + 5, len(doc.toks))), range(n.at - 1, max(-1, n.at - 4), -1)):
        for i in step:
            t = doc.toks[i]
            if i in taken and doc.toks[n.end : n.end + 1] and doc.toks[n.end].low == "of":
                continue
            if i in taken or t.raw in ",;:.()" or t.low in ("and", "while", "but"):
                break
            if t.content:
                out.add(t.stem)
    return out


def _check_numbers(text: _Doc, evidence: _Doc) -> Iterable[Problem]:
    mine, theirs = _numbers(text), _numbers(evidence)[:MAX_NUMBERS]
    counts = {e.at: _counted(evidence, e, theirs) for e in theirs}
    for n in mine:
        same = [e for e in theirs if e.value == n.value and e.vague == n.vague]
        shown = " ".join(t.raw for t in text.toks[n.at : n.end])
        if not same:
            one = n.value == 1 and (n.ordinal or evidence.lows & {"a", "an", "single", "the", "one", "first"})
            both = n.value == 2 and evidence.lows & {
                "both",
                "two",
                "pair",
                "couple",
                "second",
                "neither",
                "twice",
            }
            if not one and not both and not (n.ordinal and n.value <= 2):
                yield Problem("number", f"{shown!r} does not stand in the evidence")
            continue
        measure = _measure(text, n)
        if measure and all((m := _measure(evidence, e)) and m != measure for e in same):
            yield Problem("number", f"{shown!r} is measured otherwise in the evidence")
        bound = _bound(text, n)
        if bound and all((b := _bound(evidence, e)) and b != bound for e in same):
            yield Problem("number", f"{shown!r} is bounded otherwise in the evidence")
        counted = set() if n.ordinal else _counted(text, n, mine)
        right = set().union(*(counts[e.at] for e in same))
        wrong = set().union(*(counts[e.at] for e in theirs if e.value != n.value))
        if counted and not counted & right and counted & wrong - right:
            yield Problem("number", f"{shown!r} counts something else in the evidence")


_NUMERIC_DATE = re.compile(r"\b(?:19|20)\d\d-(\d\d)-\d\d\b")


def _dates(doc: _Doc) -> set[str]:
    out: set[str] = set()
    for i, t in enumerate(doc.toks):
        if t.low in _DAYS or t.low in _DATE_WORDS:
            out.add(t.low)
        elif t.low in _MONTHS and t.low not in ("mar", "dec", "may", "march", "jan"):
            out.add(_MONTHS[t.low])
        elif t.low in _MONTHS:
            beside = [x.low for x in doc.toks[max(0, i - 1) : i] + doc.toks[i + 1 : i + 2]]
            if (
                any(b[0].isdigit() for b in beside)
                or (t.capital and not t.first and not doc.upper)
                or beside[:1] in (["in"], ["since"], ["until"], ["by"], ["before"])
            ):
                out.add(_MONTHS[t.low])
        elif t.low in ("next", "coming", "last", "past", "previous") and i + 1 < len(doc.toks):
            unit = doc.toks[i + 1].low
            if unit in ("week", "month", "year", "spring", "summer", "autumn", "winter", *_DAYS):
                out.add(("next " if t.low in ("next", "coming") else "last ") + unit)
        if t.low.startswith("mid-"):
            out.add(_MONTHS.get(t.low[4:], t.low[4:]))
    months = list(dict.fromkeys(_MONTHS.values()))
    out |= {months[int(m) - 1] for m in _NUMERIC_DATE.findall(doc.text) if 1 <= int(m) <= 12}
    return out


def _check_dates(text: _Doc, evidence: _Doc) -> Iterable[Problem]:
    have = _dates(evidence) | {w for w in evidence.lows if w in _DAYS or w in _DATE_WORDS}
    for date in sorted(_dates(text) - have):
        if date == "autumn" and "fall" in evidence.lows:
            continue
        if (
            date.startswith("next ")
            and evidence.lows & {date.split()[1], date.split()[1] + "s"}
            and not any(d.startswith("last") for d in have)
        ):
            continue
        yield Problem("date", f"{date!r} does not stand in the evidence")


_QUOTED = re.compile(
    r"[\"“”„«»]([^\"“”„«»]{1,600})[\"“”„«»]|(?<!\w)[‘']([^‘’']{2,200}(?:['’]\w[^‘’']{0,200}){0,6})[’'](?!\w)"
)
_QUOTE_WORD = re.compile(r"\w+")


def _check_quotes(text: str, evidence: str) -> Iterable[Problem]:
    bare = " ".join(_QUOTE_WORD.findall(evidence.casefold()))
    marks = sum(c in '"“”„«»' for c in text)
    for m in _QUOTED.finditer(text):
        quoted = m.group(1) or m.group(2)
        for part in re.split(r"\[[^\]]{0,40}\]|\.{3}|…", quoted):
            words = " ".join(_QUOTE_WORD.findall(part.casefold()))
            if words and f" {words} " not in f" {bare} ":
                yield Problem("quote", f"the quoted words {part.strip()!r} do not stand so in the evidence")
    if marks % 2:
        yield Problem("quote", "a quotation mark is not closed")


# -- negation, hedges, conditions ---------------------------------------------------------------------

_STRONG: Final = _words("not no never none neither nor nothing nobody without") | _stemmed(
    "refuse deny reject decline ruleout fail"
)
_SOFT: Final = _stemmed(
    """oppose lack prevent avoid block bar forbid prohibit boycott exclude halt suspend instead rather
    except hardly scarcely barely condemn against absence lost lose unable abstain veto ignore denounce
    far only unless until before refute dispute contradict end stop dismiss criticise resist impasse
    cancel withhold shun impede obstruct hinder defy despite abandon"""
)
_SCOPE: Final = 6
_TIES: Final = _words("unless until without before")


@dataclass(slots=True)
class _Unit:
    """A negation with what it negates; two that belong together cancel out."""

    words: list[str]
    scope: list[str]
    odd: bool
    soft: bool
    sentence: int
    subject: set[str]


def _is_negator(t: _Tok) -> bool:
    return t.low in _STRONG or t.stem in _STRONG


def _units(doc: _Doc) -> list[_Unit]:
    out: list[_Unit] = []
    used: set[int] = set()
    toks = doc.toks
    for i, t in enumerate(toks):
        soft = t.stem in _SOFT or t.low in _SOFT
        if i in used or not (_is_negator(t) or soft):
            continue
        words, odd, at, first = [t.low], True, i, _is_negator(t)
        for j in range(i + 1, min(i + 24, len(toks))):
            n = toks[j]
            if n.sentence != t.sentence:
                break
            joined = _is_negator(n) and n.clause == t.clause and (j - at <= 3 or n.low == "without")
            tied = first and n.low in _TIES and j - i < 14 and (n.low != "without" or n.clause == t.clause)
            tied = tied or (t.low in ("without", "unless", "until") and _is_negator(n))
            if (first and joined) or tied:
                words.append(n.low)
                odd = not odd
                used.add(j)
                at = j
                if tied:
                    break
        scope = _forward(doc, i + 1)
        subject = (
            {x.stem for x in toks[max(0, i - 8) : i] if x.clause == t.clause and x.content}
            if first
            else set()
        )
        out.append(_Unit(words, scope, odd, not first, t.sentence, subject))
    return out


def _forward(doc: _Doc, i: int) -> list[str]:
    """The content stems that follow, to the end of the clause."""
    out: list[str] = []
    toks = doc.toks
    clause = toks[i].clause if i < len(toks) else -1
    for t in toks[i : i + 16]:
        if not out and t.clause == clause + 1:
            clause += 1
        if t.low in ("and", "or") and out and _finite_next(toks, t):
            break
        if t.clause != clause or len(out) == _SCOPE or t.low in ("if", "unless", "until", "who", "which"):
            break
        if t.content and not _is_negator(t):
            out.append(t.stem)
    return out


def _finite_next(toks: list[_Tok], joint: _Tok) -> bool:
    """Whether a new finite verb follows "and": "... will not heal and asked for ..."."""
    after = toks[joint.index + 1 : joint.index + 4]
    return any(t.low.endswith("ed") or t.low in _PAST or t.low in _FINITE or t.stem in _REPORT for t in after)


_FINITE: Final = _words("will would has have had is are was were did does can could must should may might")


def _covered(scope: list[str], subject: set[str], text: _Doc) -> bool:
    """Whether the text speaks of what a negation or a hedge applies to."""
    if not scope:
        return len(subject) > 1 and subject <= text.stems
    light = [s for s in scope if s not in _LIGHT] or scope
    hits = [s for s in light if s in text.stems]
    if light[0] in text.stems and (len(hits) > 1 or len(light) < 3 or len(subject & text.stems) > 0):
        return True
    return len(hits) * 2 >= len(light) and bool(hits)


_LIGHT: Final = _stemmed("able possible ready be have make want intend allow take part give any")


def _check_negation(text: _Doc, evidence: _Doc) -> Iterable[Problem]:
    mine, theirs = _units(text), _units(evidence)
    own = {w for u in theirs if u.soft for w in u.words}
    free = [u for u in mine if (u.odd or set(u.words) & _TIES) and not (u.soft and set(u.words) <= own)]
    conditional = evidence.any(_COND_BROAD)

    def akin(a: _Unit, b: _Unit) -> bool:
        apart = bool(a.subject & b.subject) if not a.scope or not b.scope else False
        return apart or bool(set(a.scope) & (set(b.scope) | b.subject) or a.subject & set(b.scope))

    for e in theirs:
        if e.soft or not _covered(e.scope, e.subject, text):
            continue
        clash = next(
            (
                m
                for m in mine
                if m.odd != e.odd and not m.soft and set(m.words) & set(e.words) and _clash(m, e)
            ),
            None,
        )
        if clash and not any(m.odd == e.odd and set(m.words) == set(e.words) for m in mine):
            yield Problem(
                "negation", f"{' '.join(e.words)!r} in the evidence, {' '.join(clash.words)!r} here"
            )
        elif e.odd and not _opposed(e.scope, text):
            match = next((m for m in free if akin(m, e)), None) or next(
                (m for m in free if not any(akin(m, x) for x in theirs)), None
            )
            if match is None:
                yield Problem("negation", f"{e.words[0]!r} ({' '.join(e.scope[:3])}) is dropped")
            else:
                free.remove(match)
    for m in mine:
        if m.soft or not m.odd:
            continue
        partner = any(akin(m, e) for e in theirs if e.odd)
        told = sum(s in evidence.stems for s in m.scope) * 2 >= len(m.scope) and bool(m.scope)
        partner = partner or (
            not told and any(e.odd and not _covered(e.scope, e.subject, text) for e in theirs)
        )
        exact = any(e.odd and set(e.words) & set(m.words) for e in theirs)
        open_pair = any(not e.odd and not e.soft and akin(m, e) for e in theirs)
        if (
            not partner
            and not (exact and not told)
            and not (open_pair and conditional)
            and not (conditional and "without" in m.words)
        ):
            yield Problem("negation", f"{m.words[0]!r} ({' '.join(m.scope[:3])}) is added")
    yield from _check_antonyms(text, evidence, mine, theirs)


def _clash(m: _Unit, e: _Unit) -> bool:
    """Whether two units negate the same thing, the same word being in both."""
    return bool(set(m.scope) & set(e.scope)) or not (m.scope and e.scope)


_OPPOSITES: Final = """
    support welcome praise favour endorse applaud hail approve | oppose condemn denounce reject
        criticise deplore
    accept agree approve consent | reject refuse decline oppose ruleout veto
    confirm admit acknowledge concede | deny dismiss refute reject dispute
    strengthen bolster boost reinforce | weaken undermine erode
    win victory victorious | defeat lose
    advance | retreat
    increase rise grow climb | decrease fall drop shrink decline reduce
    lift remove ease | impose tighten
    release free | detain arrest imprison
    clear exonerate acquit | accuse blame charge condemn
    succeed | fail
    continue resume | suspend end stop halt
    begin | end
    open reopen | close shut
    northern north | southern south
    eastern east | western west
    high | low
    good | bad poor
    better | worse
    many | few
    more | less fewer
    full | empty
    large big | small
    true | false
    guilty | innocent
    joint | separate
    always | never
    include | exclude
    arrive enter | leave
    recognise | ignore
    public | secret
    near | far
    early | late
    ally | enemy
    friendly | hostile
    legal lawful legitimate | illegal unlawful illegitimate
    minority | majority
    optimistic confident | pessimistic doubtful
    safe | dangerous unsafe
    attack | defend
    strong | weak
    direct | indirect
    military | civilian
    permanent | temporary
    allow permit | forbid ban prohibit bar
    respect observe comply | violate breach break
    boycott | attend join participate
    buy | sell
    capture | lose abandon
    hold keep | lose abandon
    arrive | leave
"""
_ANTONYMS: Final = tuple(
    (_stemmed(a), _stemmed(b))
    for a, _, b in (row.partition("|") for row in re.split(r"\n    (?=\S)", _OPPOSITES.strip("\n")))
)


def _opposed(scope: list[str], text: _Doc) -> bool:
    """Whether the text says by an antonym what the evidence says by a negation: not closed, open."""
    return any(
        set(scope[:2]) & side and text.stems & other and not text.stems & side
        for pair in _ANTONYMS
        for side, other in (pair, pair[::-1])
    )


def _check_antonyms(text: _Doc, evidence: _Doc, mine: list[_Unit], theirs: list[_Unit]) -> Iterable[Problem]:
    negated_t = {s for u in mine if not u.soft for s in (*u.scope, *u.subject)}
    negated_e = {s for u in theirs if not u.soft for s in u.scope}
    for pair in _ANTONYMS:
        for mine_side, other in (pair, pair[::-1]):
            here = (text.stems & mine_side) - evidence.stems
            there = (evidence.stems & other) - text.stems
            if not here or not there or evidence.stems & mine_side or text.stems & other:
                continue
            if here & negated_t or there & negated_e or here & _STRONG:
                continue
            if any(not u.odd for u in theirs) and there & _STRONG:
                continue
            yield Problem("negation", f"{min(here)!r} here, {min(there)!r} in the evidence")


_POSSIBLE: Final = _words("may might could perhaps maybe probably possibly likely") | _stemmed(
    "possible probable likely unlikely apparent seem presumably conceivable"
)
_HEARSAY: Final = _words("reportedly allegedly alleged supposedly purportedly") | _stemmed(
    "suspect rumour rumor purported unconfirmed"
)
_POSSIBLE_EQUIV: Final = _POSSIBLE | _stemmed(
    """can risk danger threat threaten fear chance potential expect suggest consider able appear estimate
    think doubt prospect if would opportunity ready should eventual open probably"""
)
_HEARSAY_EQUIV: Final = (
    _POSSIBLE_EQUIV
    | _HEARSAY
    | _stemmed(
        "report say claim accord accuse suspect allege rumour deny think assert source charge appear state"
    )
)
_BE: Final = _words("is are was were be been remain remains")
_MAY: Final = _words("may might could perhaps maybe possibly")
_MAY_LICENCE: Final = (
    _POSSIBLE_EQUIV
    | _HEARSAY
    | _stemmed(
        """warn if unless allow permit ifprovided onlyif right option free let once when propose offer hope plan
        intent want until unable fail not"""
    )
)
_IRREALIS: Final = (
    _words("will would shall must should to")
    | _stemmed(
        """plan intend aim want hope demand urge propose offer promise pledge vow threaten prepare ready
        need insist require if expect seek call onlyif ifprovided unless order willing may might could
        can condition once guarantee agree back favour inreturn next tomorrow possible likely ruleout
        refuse decide forecast predict warn announce due schedule set soon coming when until make tie
        as_if support view recommend invite let step"""
    )
    - {"say"}
    | _words("announce announces announced announcing")
)
_WISH: Final = _words("will would shall must should") | _stemmed(
    """plan intend want demand urge propose offer promise threaten ready hope seek insist pledge vow prepare
    require"""
)


def _month_may(doc: _Doc, i: int) -> bool:
    t = doc.toks[i]
    near = doc.toks[max(0, i - 1) : i] + doc.toks[i + 1 : i + 2]
    return t.low == "may" and any(x.low[0].isdigit() for x in near)


def _check_modality(text: _Doc, evidence: _Doc) -> Iterable[Problem]:
    certain = bool(text.lows & {"will", "shall"}) and not evidence.lows & {"will", "shall"}
    for i, t in enumerate(evidence.toks):
        beside = evidence.toks[max(0, i - 1) : i] + evidence.toks[i + 1 : i + 2]
        if any(x.low == "not" for x in beside[:1] if i) or (
            t.low == "could" and any(x.low == "not" for x in beside)
        ):
            continue
        if (
            t.low in ("possible", "possibility")
            and not {x.low for x in evidence.toks[max(0, i - 2) : i]} & _BE
        ):
            continue
        possible = (
            t.low in _POSSIBLE or (t.stem in _POSSIBLE and t.low != "appeared") or _weighed(evidence, i)
        )
        hearsay = t.low in _HEARSAY or t.stem in _HEARSAY
        if not (possible or hearsay) or _month_may(evidence, i):
            continue
        scope = _forward(evidence, i + 1)
        subject = {x.stem for x in evidence.toks[max(0, i - 8) : i] if x.clause == t.clause and x.content}
        if not _covered(scope, subject, text):
            continue
        equal = (_HEARSAY | _HEARSAY_EQUIV) if hearsay else _POSSIBLE_EQUIV
        strict = (_POSSIBLE - _words("not")) if certain and possible else equal
        if not text.any(strict) and not (hearsay and text.any(equal)):
            yield Problem("modality", f"the hedge {t.low!r} is dropped")
            break
    hedged = [t.low for i, t in enumerate(text.toks) if t.low in _MAY and not _month_may(text, i)]
    if hedged and not evidence.any(_MAY_LICENCE):
        yield Problem("modality", f"{hedged[0]!r} is added")
    if text.lows & {"will", "shall"} and not evidence.any(_IRREALIS | _POSSIBLE):
        yield Problem("modality", "what is or was becomes what will be")
    yield from _check_wished(text, evidence)
    yield from _check_realised(text, evidence)


_WEIGH: Final = _stemmed("consider weigh mull contemplate")
_WISHED: Final = _stemmed("want hope demand urge propose seek recommend try")


def _weighed(doc: _Doc, i: int) -> bool:
    """Whether something is only considered: "is considering sending", "weighs whether"."""
    after = doc.toks[i + 1].low if i + 1 < len(doc.toks) else ""
    return doc.toks[i].stem in _WEIGH and (after.endswith("ing") or after in ("whether", "how"))


def _check_wished(text: _Doc, evidence: _Doc) -> Iterable[Problem]:
    """A wish in the evidence that the text tells as what will be."""
    if (
        not text.lows & {"will", "shall"}
        or evidence.lows & _words("will would shall must")
        or text.any(_WISHED)
    ):
        return
    for i, t in enumerate(evidence.toks):
        if t.stem in _WISHED and _covered(_forward(evidence, i + 1), set(), text):
            yield Problem("modality", f"{t.low!r} becomes what will be")
            return


def _finite_past(doc: _Doc, stem: str) -> bool:
    for i, t in enumerate(doc.toks):
        if t.stem != stem or t.low in _FUNCTION:
            continue
        before = {x.low for x in doc.toks[max(0, i - 3) : i]}
        form = t.low.endswith("ed") or t.low in _PAST
        if form and not before & _words("be to will would must should shall may might could can"):
            return True
    return False


_PAST: Final = _words(
    """withdrew left took won lost held met began sent gave killed broke struck shot sought sold bought fell rose
    freed destroyed captured signed laid agreed stopped halted pulled resigned released withdrawn taken given
    withdraw resign"""
)


def _check_realised(text: _Doc, evidence: _Doc) -> Iterable[Problem]:
    """A wish, plan or demand in the evidence that the text tells as done."""
    if text.any(_IRREALIS):
        return
    for i, t in enumerate(evidence.toks):
        if t.low not in _WISH and t.stem not in _WISH:
            continue
        for stem in _forward(evidence, i + 1)[:4]:
            if stem in _REPORT or stem in _WISH or stem not in text.stems:
                continue
            if _finite_past(text, stem) and not _told_as_done(evidence, stem):
                yield Problem("modality", f"{t.low!r} ({stem}) becomes a fact")
                return


def _told_as_done(doc: _Doc, stem: str) -> bool:
    """Whether the evidence itself has the word in the past, outside "would be freed" and the like."""
    return any(
        t.stem == stem
        and (t.low.endswith("ed") or t.low in _PAST - _words("withdraw resign"))
        and not {x.low for x in doc.toks[max(0, i - 4) : i]}
        & _words("be to will would must should shall may might could can is are")
        for i, t in enumerate(doc.toks)
    )


_COND: Final = _words("if unless ifprovided onlyif inreturn once until") | _stemmed(
    "contingent conditional hinge prerequisite dependent"
)
_COND_BROAD: Final = (
    _COND
    | _words("when whenever after before first must who whoever or otherwise while only as should without")
    | _stemmed(
        """condition precondition need require depend tie link demand insist pending assuming trade want subject
        ask term prior"""
    )
)
_COND_STRICT: Final = _words("if unless ifprovided onlyif inreturn")
_REMOVED: Final = _words("evenif")


def _check_condition(text: _Doc, evidence: _Doc) -> Iterable[Problem]:
    if text.lows & _REMOVED and not evidence.lows & _REMOVED:
        yield Problem("condition", "a condition is lifted")
    if text.lows & _COND_STRICT and not evidence.any(_COND_BROAD):
        yield Problem("condition", "a condition is added")
    sentences = {t.sentence for t in evidence.toks if _sets_terms(evidence, t)}
    own = text.content(lambda t: (t.stem not in _REPORT and not t.first) or t.low.islower())
    own = {s for s in own if s not in _REPORT} - _names(text) or own
    for number in sorted(sentences):
        main, tail = _main_and_tail(evidence, number)
        about = own & main
        if text.any(_COND) or (text.any(_COND_BROAD) and own & (tail - main)):
            continue
        if "inreturn" in evidence.lows and not text.any(_COND_BROAD):
            about |= own & tail
        if own and len(about) >= 0.4 * len(own) and len(about) >= len(own & (tail - main)):
            yield Problem("condition", "the condition is dropped")
            break
    tied = ("unless" in text.lows) != ("unless" in evidence.lows) and evidence.lows & _COND_STRICT
    joined = text.lows & _words("if unless ifprovided onlyif")
    if tied and joined and _parity(text) != _parity(evidence):
        yield Problem("condition", "the condition is turned round")
    order_t, order_e = _order(text), _order(evidence)
    if order_t and order_e:
        (et, lt), (ee, le) = order_t, order_e
        crossed, straight = len(et & le) + len(lt & ee), len(et & ee) + len(lt & le)
        if crossed > straight and crossed > 1:
            yield Problem("condition", "what comes first and what follows are exchanged")


def _sets_terms(doc: _Doc, t: _Tok) -> bool:
    if t.low in ("once", "until"):
        return any(x.low in _IRREALIS_MODAL for x in doc.toks if x.sentence == t.sentence)
    return t.low in _COND or _must_first(doc, t)


_IRREALIS_MODAL: Final = _words("will would can could shall must may not no")


def _must_first(doc: _Doc, t: _Tok) -> bool:
    return t.low == "first" and bool(
        {x.low for x in doc.toks if x.sentence == t.sentence}
        & _words("must insist insists insisted insisting should before")
    )


def _names(doc: _Doc) -> set[str]:
    return {t.stem for t in doc.toks if t.capital and not t.first and not doc.upper}


def _main_and_tail(doc: _Doc, sentence: int) -> tuple[set[str], set[str]]:
    """The content of a conditional sentence: what depends, and what it depends on."""
    toks = [t for t in doc.toks if t.sentence == sentence]
    at = next((i for i, t in enumerate(toks) if t.low in _COND or _must_first(doc, t)), 0)
    end = at + 1
    stop = (",", ";", "before") if toks[at].low == "first" else (",", ";")
    while end < len(toks) and toks[end].low not in stop:
        end += 1
    tail = {t.stem for t in toks[at:end] if t.content}
    begin = max((k + 1 for k in range(at) if toks[k].low in ("that", ";", "”", '"')), default=0)
    near = [*toks[max(begin, at - 14) : at], *toks[end : end + 14]]
    main = {t.stem for t in near if t.content}
    return main, tail


def _parity(doc: _Doc) -> int:
    """How often the conditional statement is turned round: "unless" counts as "if not"."""
    negators = sum(_is_negator(t) for t in doc.toks)
    ties = sum(t.low == "unless" or (t.low in ("until", "before") and negators > 0) for t in doc.toks)
    return (negators + ties) % 2


def _order(doc: _Doc) -> tuple[set[str], set[str]] | None:
    """What comes first and what follows, where one marker tells: A before B, A only after B, if B then A."""
    markers = [
        i
        for i, t in enumerate(doc.toks)
        if t.low in _words("if unless ifprovided onlyif once after before until")
    ]
    markers = [i for i in markers if doc.toks[i].low != "until" or any(_is_negator(t) for t in doc.toks[:i])]
    if len(markers) != 1:
        return None
    at = markers[0]
    toks = [t for t in doc.toks if t.sentence == doc.toks[at].sentence]
    local = next(i for i, t in enumerate(toks) if t is doc.toks[at])
    end = local + 1
    while end < len(toks) and toks[end].raw not in ",;":
        end += 1
    bound = {t.stem for t in toks[local + 1 : end] if t.content} - _REPORT
    rest = {t.stem for t in [*toks[:local], *toks[end:]] if t.content} - _REPORT
    bound, rest = bound - rest, rest - bound
    negated = any(_is_negator(t) for t in toks[:local])
    if toks[local].low == "before" and not negated:
        return rest, bound
    return bound, rest


# -- who did what to whom -----------------------------------------------------------------------------

_ACTORS: Final = _words(
    """intelligence service services rebel rebels guerrilla guerrillas insurgent insurgents army military
    troops forces soldiers fighters militants government authorities opposition militia police junta
    prisoners hostages civilians separatists mediators analysts officials navy parliament cabinet council
    senate congress commission ministry court church group party coalition alliance airforce monitors
    mercenaries exiles refugees settlers generals commander commanders students workers farmers miners
    parliament invaders enemy protesters union army workers peacekeepers regime president minister"""
)
_PREPOSITIONS: Final = _words("of in from near at with by to against on for into over along under between")
_PRONOUNS: Final = _words("he she it they which who that we i you there this")


def _phrase_ids(doc: _Doc, other: _Doc) -> list[set[str]]:
    """For each token the set of keys of the actor phrase it belongs to; empty where it is in none."""
    named = {t.low for d in (doc, other) if not d.upper for t in d.toks if t.capital and not t.first}
    named -= {*_MONTHS, *_DAYS, *_DATE_WORDS}
    marks: list[bool] = []
    for t in doc.toks:
        known = t.raw[0].isalpha() and t.low not in _FUNCTION
        name = known and (t.low in named or (t.capital and not doc.upper and not t.first))
        name = name or (
            known
            and t.first
            and t.capital
            and t.low in {x.low for x in other.toks if x.capital and not x.first}
        )
        title = t.low in _TITLES and len(marks) > 0 and marks[-1]
        marks.append(bool(name) or t.low in _ACTORS or title)
    out: list[set[str]] = [set() for _ in doc.toks]
    i = 0
    while i < len(marks):
        if not marks[i]:
            i += 1
            continue
        j = i
        keys: set[str] = set()
        while j < len(marks) and (
            marks[j]
            or (doc.toks[j].low in ("and", "of", "the") and j + 1 < len(marks) and marks[j + 1])
            or (doc.toks[j].low == "of" and j + 2 < len(marks) and marks[j + 2])
        ):
            t = doc.toks[j]
            if marks[j] and t.low not in _TITLES:
                keys.add(t.stem if t.low in _ACTORS else _name_key(t.low))
            j += 1
        keys = keys or {t.stem for t in doc.toks[i:j]}
        for k in range(i, j):
            out[k] = keys
        i = j
    return out


def _subject_object(doc: _Doc, ids: list[set[str]], i: int) -> tuple[set[str], set[str]]:
    """The actor phrases before and after the verb at `i`, exchanged where it is passive."""
    toks = doc.toks
    subject: set[str] = set()
    j = i - 1
    while j >= 0 and toks[j].sentence == toks[i].sentence and i - j < 16:
        if toks[j].low in _PRONOUNS or (toks[j].stem in _REPORT and not toks[j].low.endswith("ly")):
            break
        bare = (
            toks[j].content and not toks[j].low.endswith("ly") and not ids[j] and toks[j].low not in _TITLES
        )
        if (bare and j == i - 1) or (
            bare
            and all(t.low in _FUNCTION for t in toks[j + 1 : i])
            and "," not in [t.raw for t in toks[j + 1 : i]]
        ):
            break
        if ids[j]:
            k = j
            while k and ids[k - 1] is ids[j]:
                k -= 1
            if not k or (
                toks[k - 1].low not in _PREPOSITIONS and toks[max(0, k - 2)].low not in _PREPOSITIONS
            ):
                between = [t.raw for t in toks[j + 1 : i]]
                head = not (
                    _adjectival(toks[j].low) and between and toks[j + 1].content and not _is_verb(doc, j + 1)
                )
                if head and ("," not in between or between[-1] == ","):
                    subject = ids[j]
                break
            j = k
        j -= 1
    target: set[str] = set()
    by = False
    for j in range(i + 1, min(i + 9, len(toks))):
        if toks[j].sentence != toks[i].sentence or toks[j].low in ("that", "but"):
            break
        by = by or toks[j].low == "by"
        if ids[j]:
            target = ids[j]
            break
    passive = by and bool({t.low for t in toks[max(0, i - 3) : i]} & _words("is are was were been be being"))
    return (target, subject) if passive else (subject, target)


_VERBISH = re.compile(r"(?:ed|es|s|ing)$")


_ADJECTIVAL = re.compile(r"(?:ian|ish|ese|ean|can)$")


def _adjectival(low: str) -> bool:
    """Whether a name is of the kind that stands before a noun: Marovian, Turkish."""
    return bool(_ADJECTIVAL.search(low)) or (low in _demonyms() and _demonyms()[low] != low)


def _is_verb(doc: _Doc, i: int) -> bool:
    """Whether the word can be a finite verb here: not after an article or a preposition."""
    t = doc.toks[i]
    before = doc.toks[i - 1].low if i else ""
    if (
        before in _NUMBER_WORDS
        or before[:1].isdigit()
        or before == "other"
        or (t.low.endswith("s") and _adjectival(before))
    ):
        return False
    if (
        t.low in _MEASURES
        or before in _PREPOSITIONS - _words("to")
        or before in _words("the a an his her its their this any no")
    ):
        return False
    form = (
        _VERBISH.search(t.low)
        or t.low in _IRREGULAR
        or before in _words("will would to must should may might could not can")
    )
    return t.content and bool(form)


def _check_actors(text: _Doc, evidence: _Doc) -> Iterable[Problem]:
    ids_t, ids_e = _phrase_ids(text, evidence), _phrase_ids(evidence, text)
    everyone = set().union(*ids_e) if ids_e else set()
    generic = {_stem(a) for a in _ACTORS}
    for i, t in enumerate(text.toks):
        if ids_t[i] or not _is_verb(text, i):
            continue
        at = [
            k
            for k, e in enumerate(evidence.toks)
            if e.stem == t.stem and not ids_e[k] and _is_verb(evidence, k)
        ][:20]
        if not at:
            continue
        subject, _ = _subject_object(text, ids_t, i)
        pairs = [_subject_object(evidence, ids_e, k) for k in at]
        if not subject or not all(s for s, _ in pairs) or any(subject & s for s, _ in pairs):
            continue
        if not subject & everyone:
            continue
        if "to" in {text.toks[i - 1].low if i else "", *(evidence.toks[k - 1].low for k in at if k)}:
            continue
        swapped = any(subject & o for _, o in pairs)
        kinds = {bool(subject & generic)} | {bool(s & generic) for s, _ in pairs}
        if swapped or len(kinds) == 1:
            yield Problem("actor", f"{' '.join(sorted(subject))} does not {t.low!r} in the evidence")
            return
    yield from _check_prepositions(text, evidence, ids_t, ids_e)


def _check_prepositions(
    text: _Doc, evidence: _Doc, ids_t: list[set[str]], ids_e: list[set[str]]
) -> Iterable[Problem]:
    """From A to B is not from B to A."""
    for word in ("from", "to", "against"):
        here, there = _after_preposition(text, ids_t, word), _after_preposition(evidence, ids_e, word)
        if not here or not there or here & there:
            continue
        others_e = set().union(*(s for s in ids_e if s)) - there
        others_t = set().union(*(s for s in ids_t if s)) - here
        if here <= others_e and there & others_t:
            yield Problem(
                "actor", f"{word} {' '.join(sorted(here))}: in the evidence {word} {' '.join(sorted(there))}"
            )
            return


def _after_preposition(doc: _Doc, ids: list[set[str]], word: str) -> set[str]:
    out: set[str] = set()
    for i, t in enumerate(doc.toks):
        if t.low == word:
            out |= next((ids[j] for j in range(i + 1, min(i + 3, len(ids))) if ids[j]), set())
    return out


# -- the check -----------------------------------------------------------------------------------------


def check_paraphrase(text: str, evidence: Sequence[str], names: Collection[str] = ()) -> list[Problem]:
    """The problems of a paraphrase against the evidence it stands on; an empty list for a true one.

    `names` are names and aliases the caller vouches for: the actor of the item, written as the article does.
    """
    if not re.search(r"\w", text):
        return [Problem("empty", "there is no text")]
    if len(text) > MAX_TEXT or len(text.split()) > MAX_WORDS:
        return [Problem("too_long", f"more than {MAX_WORDS} words or {MAX_TEXT} characters")]
    joined = "\n".join(evidence)[:MAX_CHARS]
    mine, theirs = _Doc(text), _Doc(joined)
    vouched = {
        w.lower() for name in names for w in re.findall(r"[^\W_]+", name.replace("’s", "").replace("'s", ""))
    }
    problems = [
        *_check_names(mine, theirs, vouched),
        *_check_numbers(mine, theirs),
        *_check_dates(mine, theirs),
        *_check_quotes(text, joined),
        *_check_negation(mine, theirs),
        *_check_modality(mine, theirs),
        *_check_condition(mine, theirs),
        *_check_actors(mine, theirs),
    ]
    return list(dict.fromkeys(problems))
