"""Cues in a text: which words show that somebody speaks, sets terms, or judges the fighting.

The words themselves stand, described, in `summarizer.lexicon`; the functions below look them up and count
them, and none knows an article, a war or a name. `decide_kind` weighs the cues of a statement,
`is_statement` tells statements from background, `stance`, `regarding`, `outlook` and `horizon` fill the
small fields of an item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from summarizer.lexicon import LEXICON, alternatives, reporting_forms

__all__ = [
    "KINDS",
    "MAX_SENTENCE",
    "MONTH",
    "decide_kind",
    "find",
    "has",
    "horizon",
    "is_judgement",
    "is_statement",
    "is_substantial",
    "kind_scores",
    "knows",
    "matches",
    "outlook",
    "pattern",
    "regarding",
    "stance",
]

KINDS: Final = ("position", "condition", "assessment")

MAX_SENTENCE: Final = 4_000
"""No sentence is longer; of a longer text only the beginning is read for kinds, and it is not split."""

_TIME_UNIT = r"(?:hours?|days?|weeks?|months?|years?|decades?)"
_NUMBER = r"(?:\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|several|few|couple\ of|a|an)"
_SEASON = r"(?:spring|summer|autumn|fall|winter)"
MONTH: Final = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
HORIZON: Final = (
    rf"(?:in|over|within|during)\s{{1,3}}(?:the\s{{1,3}})?(?:next|coming|following)\s{{1,3}}(?:{_NUMBER}\s{{1,3}})?"
    rf"(?:{_TIME_UNIT}|{_SEASON}|campaign)",
    rf"(?:in|within)\s{{1,3}}(?:the\s{{1,3}})?{_NUMBER}(?:\s{{1,3}}(?:to|or)\s{{1,3}}{_NUMBER})?\s{{1,3}}{_TIME_UNIT}",
    rf"within\s{{1,3}}(?:a\s{{1,3}})?(?:matter\s{{1,3}}of\s{{1,3}})?{_TIME_UNIT}",
    rf"(?:by|until|till|before|in|this|next|for)\s{{1,3}}(?:the\s{{1,3}}|next\s{{1,3}}|this\s{{1,3}}|early\s{{1,3}}|late\s{{1,3}}"
    rf"|(?:the\s{{1,3}})?end\s{{1,3}}of\s{{1,3}}(?:the\s{{1,3}})?){{0,2}}(?:{_SEASON}(?:\s{{1,3}}campaign)?|{MONTH}\b(?:\s{{1,3}}\d{{4}}"
    rf"|\s{{1,3}}\d{{1,2}}\b)?|{_WEEKDAY}|\d{{4}}|year|month|week)",
    rf"(?:next|coming)\s{{1,3}}(?:{_SEASON}|week|month|year|{_WEEKDAY}|{MONTH})(?:\s{{1,3}}campaign)?",
    rf"later\s{{1,3}}this\s{{1,3}}(?:week|month|year|{_SEASON})",
    r"tomorrow|tonight|(?:very\s{1,3})?soon|shortly|imminent(?:ly)?|in\s{1,3}the\s{1,3}(?:near|foreseeable)\s{1,3}future",
    rf"on\s{{1,3}}(?:\d{{1,2}}\s{{1,3}}{MONTH}|{MONTH}\s{{1,3}}\d{{1,2}}|{_WEEKDAY})",
)
"""Time words of the future, longest first; used only where the clause speaks of the future."""


def _cue(cue: str) -> str:
    """One cue of the lexicon as a regular expression; every gap in it is bounded."""
    parts = [re.escape(w).replace(r"\*", r"\w{0,12}").replace("'", "['’]") for w in cue.split()]
    out = parts[0]
    for before, part in pairwise(parts):
        if part == r"\.\.\.":
            out += r"(?:[ \t\n]{1,3}[^\s,;:.]{1,40},?){0,4}"
        elif before == r"\.\.\.":
            out += r"[ \t\n]{1,3}" + part
        else:
            out += r"[ \t\n]{1,3}" + part
    return out


@cache
def pattern(name: str) -> re.Pattern[str]:
    """The compiled pattern of one group; `reporting` is the verbs by which somebody is quoted."""
    if name == _REPORTING:
        # "States" in the name of a country is no verb
        return re.compile(rf"\b(?<!united )(?:{alternatives(reporting_forms())})\b", re.IGNORECASE)
    body = "|".join(_cue(c) for c in sorted(_cues(name), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)", re.IGNORECASE)


def _cues(name: str) -> list[str]:
    return [c for c in (c.strip() for c in LEXICON[name].cues.replace("\n", " ").split(",")) if c]


_REPORTING: Final = "reporting"
_RUN = re.compile(r"\w+")
_FOLDED_ODDLY = re.compile("[ſıİ\u212a]")
"""Letters that a pattern takes for s, i and k where case does not count, and `lower` does not."""


@cache
def _first_words() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]], int]:
    """The groups by the words their cues begin with, whole and as beginnings ("demand*"); the longest of these."""
    whole: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    for name in LEXICON:
        for cue in _cues(name):
            first = next(_RUN.finditer(cue))
            index = stems if cue[first.end() : first.end() + 1] == "*" else whole
            index.setdefault(first.group(), set()).add(name)
    for form in reporting_forms():
        whole.setdefault(form, set()).add(_REPORTING)
    words, begun = ({word: frozenset(names) for word, names in index.items()} for index in (whole, stems))
    return words, begun, max(map(len, stems))


@lru_cache(maxsize=4_096)
def _groups_of(word: str) -> frozenset[str]:
    """The groups with a cue that begins with a word in lower case."""
    whole, stems, longest = _first_words()
    begun = (stems.get(word[:n], frozenset()) for n in range(1, min(len(word), longest) + 1))
    return whole.get(word, frozenset()).union(*begun)


@lru_cache(maxsize=256)
def _places(text: str) -> dict[str, list[int]] | None:
    """Where a cue of each group may begin in a text; None where only a search can tell."""
    if _FOLDED_ODDLY.search(text):
        return None
    places: dict[str, list[int]] = {}
    for run in _RUN.finditer(text):
        for name in _groups_of(run.group().lower()):
            places.setdefault(name, []).append(run.start())
    return places


def matches(name: str, text: str, own: re.Pattern[str] | None = None) -> Iterator[re.Match[str]]:
    """What the pattern of a group finds in `text`, tried only where a cue may begin.

    `own` is a pattern to take in its place, for the same words.
    """
    tried, places = own or pattern(name), _places(text)
    if places is None:
        yield from tried.finditer(text)
        return
    end = 0
    for start in places.get(name, ()):
        marked = text[max(start - 1, 0) : start] in ("'", "’")  # "'s conditions" begins before its first letter
        for at in (start - 1, start) if marked else (start,):
            if at >= end and (found := tried.match(text, at)):
                end = found.end()
                yield found


def find(name: str, text: str) -> list[tuple[int, int]]:
    """Where the cues of a group stand in `text`."""
    return [m.span() for m in matches(name, text)]


def has(name: str, text: str) -> bool:
    """Whether any cue of a group stands in `text`."""
    return next(matches(name, text), None) is not None


def count(name: str, text: str) -> int:
    """How many different cues of a group stand in `text`."""
    return len({m.group().lower() for m in matches(name, text)})


_MODAL_IF = re.compile(r"\b(?:will|would|shall|can|could|must|may|should|be\s{1,3}possible|['’]ll)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:we|our|us|my|I['’]m|let us|I)\b")
_COMMITS = re.compile(
    r"\b(?:we|I)\s{1,3}(?:will|shall|won['’]t|must|cannot|are\s{1,3}ready)\b|\b(?:we|I)['’]ll\b", re.IGNORECASE
)
_SAYING = re.compile(
    r"\b(?:condemn|denounc|accus|demand|urg|call(?:ed|s|ing)? (?:on|for)|reject|refus|promis|pledg|vow|oppos"
    r"|support|back"
    r"|announc|welcom|criticis|criticiz|appeal|vot|boycott|recommend|approv|decid|agree|threaten|blam|prais|applaud|deplor"
    r"|concern(?:ed)?\s{1,3}(?:about|over|at|that)|alarmed|worried|sticking\s{1,3}to"
    r"|insist|invit|declin|question|object|protest|expel|commit|thank|defend|justif|alleg|deni(?:ed|es)|deny|wish|desire"
    r"|claim(?:ed|s|ing)?\s{1,3}(?:a\s|the\s)?(?:right|responsib)|offer|propos|seeks?\b|wants?\b)",
    re.IGNORECASE,
)
_DEONTIC = re.compile(
    r"\b(?:must|should|shall not|ought to|need to|have to|has to|it['’]?s time|it is time|let us"
    r"|will (?:never|not accept)"
    r"|will not|won['’]t|would not|cannot|reserves? the right|committed|right to|unacceptable"
    r"|illegal|illegitimate|legitimate"
    r"|crime|violation|mistake|shameful?|null and void|betray\w*|lies?|lying|disappoint\w*|grateful"
    r"|does not regret)\b",
    re.IGNORECASE,
)


def kind_scores(statement: str, context: str = "", before: str = "") -> dict[str, float]:
    """How strongly the cues speak for each kind, 0 to 1 each.

    `context` is the sentence around the clause, `before` the sentence ahead of it: terms are often set for talks
    that were named just before.
    """
    return dict(zip(KINDS, _scores(statement, context, before), strict=True))


@lru_cache(maxsize=256)
def _scores(statement: str, context: str, before: str) -> tuple[float, float, float]:
    """The scores of the `KINDS`; each clause is asked about several times, when it is cut, grounded and checked."""
    framing = context[:MAX_SENTENCE].replace(statement, " ") if context else ""
    statement = statement[:MAX_SENTENCE]
    return (
        _position(statement, framing),
        _condition(statement, framing, before[:MAX_SENTENCE]),
        _assessment(statement, framing),
    )


def _topic(text: str) -> bool:
    """Whether talks, a truce, a deal or the end of the war is spoken of."""
    return any(has(g, text) for g in ("talks", "ceasefire", "agreement", "end_of_war"))


_NO_NO = re.compile(r"\W{0,3}no\s[^,.;]{1,40},\s{1,3}no\s", re.IGNORECASE)
_ANY_DEAL = re.compile(
    r"\b(?:any|a|the|such\s{1,3}a)\s{1,3}(?:[\w-]{1,20}\s{1,3}){0,2}"
    r"(?:truce|cease-?fire|armistice|deal|agreement|settlement|accord|treaty|talks|negotiations|dialogue|peace)"
    r"(?:\s{1,3}(?:deal|plan|talks|agreement|accord))?\s{1,3}"
    r"(?:must|ha[sd]\s{1,3}to|have\s{1,3}to|should|needs?\s{1,3}to|(?:would|will)\s{1,3}(?:have\s{1,3}to|need\s{1,3}to))\b",
    re.IGNORECASE,
)
""" "Any truce must ...": a demand on the deal itself."""


def _condition(statement: str, framing: str, before: str) -> float:
    """A condition needs terms *and* something they are terms for, here or just before."""
    topic, term = _topic(statement), has("concession", statement)
    near = topic or _topic(framing)
    if has("no_conditions", statement):
        return 0.95 if near or has("if", statement) or "precondition" in statement.lower() else 0.5
    if _NO_NO.match(statement) or _ANY_DEAL.search(statement):
        return 0.8
    if has("terms", statement):
        return 0.9 if topic else 0.75 if near or term or _topic(before) else 0.35
    wants = has("demand", statement)
    if has("if", statement) and (_MODAL_IF.search(statement) or wants):
        return 0.8 if topic else 0.6 if term and (near or _topic(before)) else 0.45 if term else 0.3
    framed = not _SAYING.search(statement) and (has("terms", framing) or has("if", framing))
    if wants and topic:
        return 0.6 if term or framed else 0.4
    return 0.5 if framed and topic else 0.1


def _position(statement: str, framing: str) -> float:
    """A side is taken: by the verb, by a wish or refusal, by a verdict, or by speaking as "we"."""
    score = 0.45
    score += 0.3 if _SAYING.search(statement) else 0.0
    score += 0.25 if _DEONTIC.search(statement) else 0.0
    score += 0.35 if _COMMITS.search(statement) else 0.15 if _FIRST_PERSON.search(statement) else 0.0
    score += 0.1 if _SAYING.search(framing) else 0.0
    return min(score, 1.0)


def _assessment(statement: str, framing: str) -> float:
    """Something is observed or forecast about the fighting."""
    military = count("military", statement)
    if military and military == count("parties", statement):
        hedged = 0.1 if has("hedge", statement) else 0.0
        return 0.5 + hedged if has("judgement", statement) else 0.42 if has("judgement", framing) else 0.35
    if not military:
        return 0.35 if has("judgement", statement) and has("military", framing) else 0.2
    score = 0.5 + 0.07 * min(military - 1, 3)
    score += 0.15 if has("judgement", statement) else 0.0
    score += 0.1 if has("judgement", framing) or has("hedge", framing) else 0.0
    return min(score, 1.0)


CONDITION_FLOOR: Final = 0.55
"""Below this no statement is a condition."""


def decide_kind(statement: str, context: str = "", before: str = "") -> str:
    """The kind of a statement by its cues."""
    scores = kind_scores(statement, context, before)
    if scores["condition"] >= CONDITION_FLOOR:
        return "condition"
    return "assessment" if scores["assessment"] > scores["position"] else "position"


def knows(language: str | None) -> bool:
    """Whether the lexicon has words of this language; a text of no known language is taken for English."""
    return language in (None, "", "en", "und")


_QUOTE_MARK = re.compile(r"[\"“”„«»‹›]|(?<!\w)['‘]\w")
_DATE_ONLY = re.compile(r"[\W\d]*(?:\w{3,9}day,?\s)?\s?\w{3,9}\s\d{1,2},?\s\d{4}\W*", re.IGNORECASE)


_ASKED_BY = re.compile(
    r"\W{0,3}\[(?:unidentified\s)?(?:reporter|question|interviewer|announcer|correspondent|moderator|newsman)\b",
    re.IGNORECASE,
)
"""The tag before an interviewer's question in a monitored broadcast."""


@lru_cache(maxsize=256)
def is_statement(sentence: str) -> float:
    """How surely a sentence carries somebody's statement, not a plain event, a biography or a dateline."""
    sentence = sentence[:MAX_SENTENCE]
    if len(sentence.split()) < 4 or (_DATE_ONLY.fullmatch(sentence[:40]) and len(sentence) < 40):
        return 0.05
    if _ASKED_BY.match(sentence):
        return 0.05
    score = 0.25
    attributed = has("reporting", sentence) or has("according", sentence)
    score += 0.3 if attributed else 0.0
    score += 0.25 if _QUOTE_MARK.search(sentence) else 0.0
    score += 0.25 if _SAYING.search(sentence) else 0.0
    score += 0.15 if _DEONTIC.search(sentence) else 0.0
    score += 0.3 if _FIRST_PERSON.search(sentence) else 0.0
    score += 0.15 if has("judgement", sentence) and has("military", sentence) else 0.0
    score += 0.15 if has("terms", sentence) or has("no_conditions", sentence) else 0.0
    score += 0.1 if has("future", sentence) else 0.0
    return round(min(score, 1.0), 2)


_SUBSTANCE: Final = ("position", "terms", "no_conditions", "talks", "ceasefire", "agreement", "end_of_war", "military")


def is_substantial(sentence: str) -> bool:
    """Whether what is said in direct speech takes a side, or is about the fighting or the talks at all."""
    return any(has(group, sentence[:MAX_SENTENCE]) for group in _SUBSTANCE)


@lru_cache(maxsize=256)
def is_judgement(sentence: str) -> bool:
    """Whether a sentence judges the military situation without saying that anybody says so."""
    sentence = sentence[:MAX_SENTENCE]
    cited = has("reporting", sentence) or has("according", sentence) or _QUOTE_MARK.search(sentence)
    if cited or _FIRST_PERSON.search(sentence) or not has("judgement", sentence):
        return False
    return decide_kind(sentence) == "assessment"


_CONDITION_TAIL = re.compile(
    r"\b(?:only\s{1,3})?(?:if|unless|once|until|after|when|provided|as long as|without)\b[^,;.]{0,300}",
    re.IGNORECASE,
)
_TERMS_FOR = re.compile(
    r"\b(?:condition|prerequisite|term|exchange|return|requirement|necessary|before|ready|agree|desire)s?\b"
    r"[^,;.]{0,80}",
    re.IGNORECASE,
)
_REGARDING: Final = ("ceasefire", "end_of_war", "agreement", "talks")


def regarding(text: str) -> str:
    """What a condition is a condition for: talks, ceasefire, agreement, end_of_war or other."""
    text = text[:MAX_SENTENCE]
    target = _TERMS_FOR.search(text)
    for part in (target.group() if target else "", _CONDITION_TAIL.sub(" ", text), text):
        hits = [(find(g, part)[0][0], i) for i, g in enumerate(_REGARDING) if has(g, part)]
        if hits:
            return _REGARDING[min(hits)[1]]
    return "other"


def stance(text: str) -> str:
    """What an actor does with conditions: sets, accepts or rejects them (no preconditions: rejects)."""
    text = text[:MAX_SENTENCE]
    if re.search(r"\b(?:agree|accept|consent)\w{0,3}\b.{0,120}\bwithout\b", text, re.IGNORECASE | re.DOTALL):
        return "accepts"
    if has("no_conditions", text):
        return "accepts" if re.search(r"\bnot\b.{0,60}\bhave to\b", text, re.IGNORECASE) else "rejects"
    setting = has("terms", text) or has("if", text)
    if has("rejects", text) and not setting:
        return "rejects"
    if has("accepts", text) and not setting and re.search(r"\b(?:accept|agree|consent|welcom)", text, re.IGNORECASE):
        return "accepts"
    return "sets"


_PAST_MODAL = re.compile(r"\b(?:could|may|might|would)(?:\s{1,3}not)?\s{1,3}have\b", re.IGNORECASE)


def outlook(text: str) -> str:
    """Whether a judgement speaks of what is (current) or of what is to come (forecast)."""
    text = text[:MAX_SENTENCE]
    return "forecast" if has("future", _PAST_MODAL.sub(" ", text)) else "current"


@cache
def _horizon() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(HORIZON)})\b", re.IGNORECASE)


def horizon(text: str) -> tuple[int, int] | None:
    """Where the words stand that say when something is to come, in a clause about the future; else None."""
    if outlook(text) == "current":
        return None
    found = _horizon().search(text, 0, MAX_SENTENCE)
    return found.span() if found else None
