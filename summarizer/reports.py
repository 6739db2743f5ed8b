"""Whether a sentence reports what somebody says, holds or demands: for the audit, which must miss nothing.

Wider than `attribution`, which also finds the speaker and decides what a model is asked: passives, phrases that name
a source without a verb, verbs that report only with a fitting object, nouns of saying with "that". Narrower where a
word of saying says nothing: "goes without saying", "according to plan", "its warning lights". English here; the other
languages are in `tongues`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from summarizer import cues, tongues
from summarizer.attribution import attributions
from summarizer.lexicon import REPORTING_VERBS, alternatives, verb_forms

__all__ = ["reports"]

_LONGEST = 4_000  # characters of a sentence looked at
_I = re.IGNORECASE

_FURTHER: Final = """
    intimate confide mutter murmur whisper shout yell muse surmise posit postulate theorise theorize hypothesise
    hypothesize allude interject decry deride bemoan rebuke chide scold admonish castigate chastise lambast avow aver
    profess stipulate commend endorse advocate apologise apologize congratulate justify question implore downplay
"""
"""Verbs of saying and of taking sides that the lexicon, which decides what is asked, does without."""
_DOUBLING: Final = "quips quipped quipping rebuts rebutted rebutting pleads pleaded pleading"
_LITERAL: Final = frozenset(
    """maintain signal continue write answer respond reply add observe determine charge recall object
    intimate profess counter mention""".split()  # noqa: SIM905
)
"""Verbs that report only with a clause, a quotation or a fitting object: one can maintain a bridge."""
_NOUNS: Final = frozenset(
    """claims reports calls demands charges hopes fears estimates forecasts notes points comments remarks answers
    promises terms labels signals voices regrets appeals requests questions disputes objects brands boasts jokes
    cautions replies pledges vows states advocates whispers shouts murmurs intimates concedes counters doubts
    wonders""".split()  # noqa: SIM905
)
"""Forms that are nouns as well as verbs."""

_IDLE = re.compile(
    r"\b(?:(?:declin|refus)\w{1,3}\s(?:to\s)?(?:be\s(?:named|quoted|identified|drawn)|(?:any\s|further\s)?comment\w{0,3})"
    r"|(?:would|will|could|did|has|have|had)(?:\snot|n['’]t)\s(?:\w{1,12}\s)?"
    r"(?:be\sdrawn|comment\w{0,2}|respon[ds]\w{0,3}|repl\w{1,3}|answer\w{0,2})"
    r"|go(?:es|ing)?\swithout\ssaying|needless\sto\ssay|that\sis\sto\ssay|not\sto\smention|so\sto\ssay|to\ssay\sthe\sleast"
    r"|according\sto\s(?:plan|schedule|custom|tradition|need|size|rank|age|taste|whether|how|where|which))\b",
    _I,
)
"""Refusals to speak, and idioms: they tell nothing."""

_SOURCE_NOUNS = r"(?:view|opinion|words|judge?ment|estimation|assessment|phrase|telling|reading|account)"
_RATES = r"(?:cent|capita|head|day|week|month|year|hour|person|annum|diem|se|kilo\w*|square|unit|barrel|ton\w*|litre)"
_SOURCES = re.compile(
    r"\bacc?ording\sto\b"
    rf"|\bin\sthe\s(?:{_SOURCE_NOUNS}|eyes)\sof\b"
    rf"|\bin\s(?:[\w.-]{{1,30}}\s){{0,4}}?(?:[\w.-]{{1,30}}['’]s?|his|her|their|its|my|our)\s(?:own\s)?{_SOURCE_NOUNS}\b"
    r"|\bby\s(?:all|most|some|many|his|her|its|their|[\w.-]{1,30}['’]s?)\s(?:own\s)?(?:accounts?|estimates?|reckoning|admission)\b"
    rf"|(?:^|[,(]|\bas)\s?per\s(?!{_RATES}\b)\w"
    r"|\b(?:reportedly|allegedly|purportedly|supposedly)\b"
    r"|\bas\s(?:[\w.'’-]{1,30}\s){1,4}puts?\sit\b|\bas\sfar\sas\s(?:\w{1,20}\s){1,3}(?:can|could|know|knows|knew)\b"
    r"|\b(?:citing|quoting)\s\w|\bfor\s(?:his|her|its|their)\spart\b|\brumou?rs\b",
    _I,
)
"""Phrases that name a source without a verb."""

_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|been|being|be)\s(?:(?:\w{1,12}ly|also|once|later|again|often|not|still|long)\s){0,2}(?:"
    r"(?:said|believed|reported|thought|alleged|rumou?red|understood|claimed|feared|suspected|reputed)\s"
    r"(?:by\s(?:[\w.'’-]{1,30}\s){1,5})?(?:to|that)\b"
    r"|(?:considered|deemed)\s\w|estimated\s(?:to|at|that)\b"
    r"|(?:quoted|cited|described|regarded|hailed|portrayed|viewed)\s(?:[\w.'’-]{1,30}\s){0,5}?as\b"
    r"|(?:accused|suspected)\s(?:by\s(?:[\w.'’-]{1,30}\s){1,5})?of\b"
    r"|blamed\s(?:for|by|on)\b|(?:criticised|criticized|condemned|denounced|praised|rejected|hailed)\s(?:by|as|for)\b"
    r"|(?:told|informed|assured|warned|advised)\s(?:of|that|by)\b|(?:warned|urged)\s(?:\w{1,12}\s)?(?:to|not|against|by)\b)",
    _I,
)

_PHRASES = re.compile(
    r"\blet(?:s|ting)?\s(?:it\sbe\sknown|slip)\b|\bma(?:de|kes?|king)\s(?:it\s)?(?:\w{1,12}\s)?(?:clear|plain|known)\b"
    r"|\bg(?:ave|ives?|iving)\s(?:\w{1,20}\s){0,3}to\sunderstand\b|\brul(?:e|es|ed|ing)\s(?:[\w'’-]{1,20}\s){0,4}?out\b"
    r"|\b(?:laugh|brush|shrugg?|wav|play)(?:e?s|e?d|ed|ing)\s(?:[\w'’-]{1,20}\s){0,3}?(?:off|aside|away|down)\b"
    r"|\b(?:sp(?:oke|eaks?)|talk(?:s|ed)|warned|dreamt|dreamed)\sof\b|\bwent\son\s(?:that|to\ssay)\b"
    r"|\b(?:re(?:fers?|ferred|ferring)\sto|regard(?:s|ed)?|view(?:s|ed)?|portray(?:s|ed)?|depict(?:s|ed)?)\s"
    r"(?:[\w'’-]{1,20}\s){1,7}?as\b"
    r"|\b(?:is|are|was|were)\s(?:\w{1,12}\s)?(?:(?:convinced|sure|certain|confident|adamant|hopeful)\s(?:that|of|about)\b"
    r"|of\sthe\s(?:view|opinion)\b|(?:convinced|adamant)\b)|\btak(?:es|en)\s(?:the\sview|issue)\b|\btook\s(?:the\sview|issue)\b"
    r"|\b(?:(?:declin|refus)(?:es|ed)|(?:offer|volunteer)(?:s|ed))\s(?:on\s\w{6,9}\s)?to\s|\binvit(?:es|ed)\s(?:[\w'’-]{1,20}\s){1,6}?to\s"
    r"|(?<!no\s)\bdoubt(?:s|ed)?\s(?:it\b|that\b|whether\b|if\b)|\bpoint(?:s|ed|ing)\sout\b"
    r"|\b(?:said|told|reported|confirmed)\sby\s(?:tele)?(?:phone|radio|letter|e-?mail|video|satellite|text)\b"
    r"|\bto\s(?:announce|declare|warn|insist|explain|deny|demand|argue|assert|affirm)\s(?:[\w'’-]{1,20}\s){0,3}?that\b"
    r"|\bsingled\sout\b|\bpromised\b|\btold\s(?:reporters|journalists|newsmen)\b",
    _I,
)
"""Turns of phrase that report as a verb of saying does."""

_NOUN_THAT = re.compile(
    r"\b(?:claim|statement|warning|assertion|accusation|allegation|announcement|demand|promise|pledge|view|belief|denial"
    r"|assurance|insistence|contention|argument|suggestion|conclusion|prediction|complaint|admission|opinion|rumou?r"
    r"|report|fear|proposal|declaration)s?\sthat\b"
    r"(?!\s(?:was|is|were|are|has|have|had|can|could|will|would|may|might|\w{1,20}ed)\b)",
    _I,
)
_PLURAL = re.compile(
    r"\b(?:I|we|they|you|who|people|police|[^\W\d_]{2,30}s)\s(?:(?:\w{1,12}ly|also|now|still|do\snot|don['’]t)\s)?"
    r"(?:say|believe|think|call|claim|insist|argue|warn|fear|hope|deny|accuse|blame|demand|maintain|contend|suggest|predict"
    r"|allege|admit|acknowledge|concede|describe|consider|reject|condemn|reiterate|propose|support|oppose|refuse|reckon)"
    r"(?:\s(?:that|it|them|they|there|he|she|we|the|this|these|those|a|an|no|nothing|his|her|its|their|our|to|such|him"
    r"|[A-Z]\w*)\b)"
)
"""Verbs without an ending, after a plural: "officials believe the ..."."""
_WE = re.compile(r"\b(?:we|our)\b", _I)

_DETERMINED = re.compile(
    r"(?:\b(?:the|an?|its|his|her|their|our|my|this|that|these|those|no|any|some|every)|['’]s?)\s+$", _I
)
_BE = re.compile(r"\b(?:is|are|was|were|been|being|be)\s(?:\w{1,12}ly|also|once|later|not|still|since)\s+$", _I)
_NOUN_BEFORE = re.compile(
    r"(?:^\W*|\b(?:amid|despite|new|international|repeated|growing|renewed|mounting|further|and|or|of|with|many|more|conflicting"
    r"|overlapping|rival|earlier|previous|local|press|media|official|war|battle|face[sd]|facing)\s|\d\s)$",
    _I,
)
_NOUN_AFTER = re.compile(
    r"\s*(?:$|[,.;)]|\b(?:of|in|and|or|were|are|was|is|have|had|has|would|could|can|may|about|from|between|against|over|pile[ds]?)\b)",
    _I,
)
_CLAUSE_AFTER = re.compile(
    r"[\s,]*(?:[\w'’-]{1,30}\s){0,6}?(?:that|how|why|whether|what|saying)\b"
    r"|\s(?:[\w'’-]{1,30}\s){1,8}?(?:is|are|was|were|has|have|had|will|would|can|cannot|could|must|should|may|might|does|did)\b"
    r"|\s?:\s",
    _I,
)
_PARENTHESIS = re.compile(r"(?:[,;:–—?!\"”»]|['’]['’]|[,.?!][’'])\s?(?:and\s)?(?:[\w.'’-]{1,30}\s){0,6}$")
_PARENTHESIS_END = re.compile(
    r"(?!\s(?:to|its|his|her|their|the|an?|this|that|these|those|no|it|them)\b)(?:\s[\w.'’-]{1,30}){0,4}\s?(?:[,.;:–—]|$)",
    _I,
)
_INVERTED = re.compile(r"[,;:–—?!\"”»]\s?$")
_OBJECTS: Final[dict[str, re.Pattern[str]]] = {
    "signal": re.compile(
        r"\s(?:[\w'’-]{1,30}\s){0,4}?(?:readiness|willingness|inten\w{1,6}|support|acceptance|openness|interest|approval"
        r"|desire|displeasure|opposition|agreement|preparedness|determination|change)\b",
        _I,
    ),
    "maintain": re.compile(
        r"\s(?:[\w'’-]{1,30}\s){0,2}?(?:innocence|position|stance|claims?|denials?|refusal|view)\b", _I
    ),
    "write": re.compile(r"\s(?:to|on|of|about|in)\b", _I),
    "respond": re.compile(r"\s(?:\w{1,12}ly\s|by\s\w{1,15}ing\s(?:that|it|its)\b)", _I),
    "object": re.compile(r"\sto\b", _I),
    "charge": re.compile(r"\s(?:[\w'’-]{1,30}\s){1,4}?with\b", _I),
    "profess": re.compile(r"\s(?:to\b|\w)", _I),
}
_NOT_SAID: Final[dict[str, re.Pattern[str]]] = {
    "call": re.compile(r"\s(?:off|up|in|out|back|at|home|to)\b", _I),
    "agree": re.compile(r"\s(?:up)?on\b", _I),
    "report": re.compile(r"\s(?:for|to)\s(?:duty|work)\b", _I),
    "point": re.compile(r"\s(?!to\b|out\b)", _I),
    "question": re.compile(r"\sby\b", _I),
}


def reports(sentence: str, language: str | None) -> bool:
    """Whether a sentence reports what somebody says, in the languages that have words for it here."""
    sentence = sentence[:_LONGEST]
    if cues.knows(language) and _english(re.sub(r"\s+", " ", sentence)):
        return True
    return tongues.reports(sentence, language)


def _english(sentence: str) -> bool:
    told = _IDLE.sub(lambda m: " " * len(m.group()), sentence)
    if any(p.search(told) for p in (_SOURCES, _PASSIVE, _PHRASES, _NOUN_THAT, _PLURAL, _WE)):
        return True
    found = attributions(told)
    if any(a.verb == "for" for a in found) or any(_says(told, a.start, a.end) for a in found if a.verb in _lemmas()):
        return True
    return any(_says(told, *m.span()) for m in _further().finditer(told))


def _says(text: str, start: int, end: int) -> bool:
    """Whether the form of a reporting verb at a place reports something there."""
    form = text[start:end].lower()
    before, after = text[max(0, start - 200) : start], text[end : end + 300]
    if _DETERMINED.search(before) or (form.endswith("ed") and _BE.search(before)):
        return False
    aside = bool(_PARENTHESIS.search(before) and _PARENTHESIS_END.match(after)) or bool(_INVERTED.search(before))
    if form in _NOUNS and not aside and (_NOUN_BEFORE.search(before) or _NOUN_AFTER.match(after)):
        return False
    lemma = _lemmas()[form]
    if lemma in _NOT_SAID and _NOT_SAID[lemma].match(after):
        return False
    if lemma not in _LITERAL or aside or _CLAUSE_AFTER.match(after):
        return True
    return lemma in _OBJECTS and _OBJECTS[lemma].match(after) is not None


@cache
def _lemmas() -> dict[str, str]:
    """Every form of every verb, with the verb."""
    forms = {form: verb for verb in f"{REPORTING_VERBS} {_FURTHER}".split() for form in verb_forms(verb)}
    return forms | {form: form for form in _DOUBLING.split()}


@cache
def _further() -> re.Pattern[str]:
    forms = {form for verb in _FURTHER.split() for form in verb_forms(verb)[1:]} | set(_DOUBLING.split())
    return re.compile(rf"(?<![\w-])(?<!was\s)(?<!were\s)(?<!been\s)(?:{alternatives(forms)})(?![\w-])", _I)
