"""What denials, hedges, wishes and conditions apply to: each word's polarity and the cues over it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from summarizer.checks.cues import DETERMINERS, FINITE, REACH, adjective, obliges, or_else, purpose, shows, unproven
from summarizer.checks.numbers import MEASURES, NUMBER_WORDS
from summarizer.checks.reading import AUX, BREAKS, MARKS, MODALS, PREFIX, Reading, Word
from summarizer.checks.thesaurus import BASE, ING, PAST, THIRD, can_be_verb, group
from summarizer.checks.words import word_set

__all__ = ["Operator", "finite_next", "is_fact", "operators"]

_STOPS: Final = frozenset(",.;:!?()–—|")
_BE: Final = word_set("is are was were be been being")
_CAUSES: Final = word_set("the its his their he she they it this that there")
_LINKS: Final = word_set("stay remain keep leave lie stand")
_PEOPLE: Final = word_set("wounded injured displaced missing accused armed elected")


@dataclass(slots=True)
class Operator:
    """A denial, hedge, wish or condition, and the words it applies to."""

    word: Word
    kind: str
    """deny, cease, hedge, wish, will, if, unless."""
    scope: list[Word]


def operators(reading: Reading) -> list[Operator]:
    """The operators of a text with their scopes; polarity and cues are set on the words."""
    words = reading.words
    silent = group("no negation") | group("no condition")
    out: list[Operator] = []
    for i, w in enumerate(words):
        if w.base in silent:
            continue
        for kind in _kinds(words, i):
            scope = _scope(words, i, kind)
            out.append(Operator(w, kind, scope))
            for other in scope:
                if kind in ("deny", "cease"):
                    other.polarity = -other.polarity
                else:
                    other.cues.add(kind)
    return out


def _silent(words: list[Word], i: int) -> bool:
    """Whether a word is no operator where it stands: "a few", "thrown out of", "the disputed strip"."""
    w = words[i]
    before = words[i - 1] if i else None
    if (
        w.base in ("few", "little")
        and before is not None
        and before.low in ("a", "the", "his", "their", "last", "past", "next")
    ):
        return True
    if {x.low for x in words[i + 1 : i + 4]} & {"named", "identified", "quoted", "anonymity"}:
        return True
    if w.base in ("throw_out", "pull_out", "turn_back", "keep_out") and "of" in {x.low for x in words[i + 1 : i + 3]}:
        return True
    if w.base in _PUT_OUT and any(x.base in group("actors") for x in words[i + 1 : i + 5] if x.clause == w.clause):
        return True  # people are thrown out of a place, a plea is thrown out
    if _in(w, "deniers") and _noun_of_time(words, i):
        return True
    if adjective(words, i) and (_in(w, "deniers") or _in(w, "ceasers")):
        return True
    if w.base == "no" and i + 1 < len(words) and words[i + 1].low in MARKS:
        return True
    after = words[i + 1].low if i + 1 < len(words) else ""
    return bool(
        w.low in ("hardly", "scarcely", "barely")
        and (after in NUMBER_WORDS or after[:1].isdecimal() or after in ("a", "an"))
    )


_PUT_OUT: Final = word_set("throw_out")


def _noun_of_time(words: list[Word], i: int) -> bool:
    """Whether a noun only tells what a length of time was: "an absence of four years", "a four-year absence"."""
    near = words[i + 1 : i + 6] if i + 1 < len(words) and words[i + 1].low == "of" else []
    for k, x in enumerate(near):
        if x.low in MARKS or x.low in BREAKS:
            break
        if x.low in MEASURES and k:
            return True
    if not i:
        return False
    before, (_, dash, unit) = words[i - 1], words[i - 1].low.rpartition("-")
    return unit in MEASURES and (before.possessive or bool(dash))


def _kinds(words: list[Word], i: int) -> list[str]:
    """What a word is an operator of, where it stands."""
    w = words[i]
    out: list[str] = []
    before = words[i - 1] if i else None
    if _silent(words, i):
        return out
    if (_in(w, "negators") or w.base == PREFIX) and unproven(words, i):
        return ["hedge"]
    after = words[i + 1].low if i + 1 < len(words) else ""
    if (
        _in(w, "negators")
        or w.base == PREFIX
        or (
            _in(w, "deniers")
            and not (
                w.base in ("question", "doubt", "lack", "drop", "bar", "resist", "block")
                and _noun(words, i)
                and w.base not in ("lack", "doubt")
            )
        )
    ):
        out.append("deny")
    elif _in(w, "ceasers") and not (
        w.base == "close" and w.form == BASE and before is not None and before.low not in ("to", *MODALS)
    ):
        out.append("cease")
    if w.low == "against" and any(x.base in _SET_AGAINST for x in words[max(0, i - 3) : i]):
        out.append("deny")
    if _in(w, "hedges") and _hedging(words, i):
        out.append("hedge")
    if w.base in ("rule_out", "exclude", "out_of_the_question") and any(
        x.base in ("not", "no", "never") for x in words[max(0, i - 4) : i]
    ):
        out.append("hedge")
    if (
        (_in(w, "wishes") or obliges(words, i))
        and not shows(words, i)
        and not purpose(words, i)
        and not (w.form == PAST and (w.base == "draft" or after == "by") and not (before and before.base == "be"))
        and (w.base not in group("asking") or "to" in {x.low for x in words[i + 1 : i + 9]})
    ):
        out.append("wish")
    if w.low in ("will", "shall", "would") or w.base in ("go_to", "about_to", "due_to", "set_to", "be_to", "be_go_to"):
        out.append("will")
    if w.base == "unless" or or_else(words, i):
        out.append("unless")
    elif _condition(words, i):
        out.append("if")
    return out


_SET_AGAINST: Final = word_set("be vote decide rule advise argue speak warn come_out stand turn set side opt majority")


def _in(w: Word, name: str) -> bool:
    known = group(name)
    return w.base in known or w.low in known


def _hedging(words: list[Word], i: int) -> bool:
    """Whether a word that may hedge does so here: "may", but not in May; "about 300", but not about a war."""
    w = words[i]
    after = words[i + 1].low if i + 1 < len(words) else ""
    if w.low in ("can", "could") and {x.base for x in words[i + 1 : i + 3]} & {"not", "no_longer", "never"}:
        return False
    if w.base in ("appear", "seem", "tend"):
        return (
            after in ("to", "that", "as", "like", "set", "likely", "ready", "unlikely", "increasingly", "not-")
            or w.form == BASE
        )
    if w.low in ("about", "roughly", "around", "some") or w.base == "up_to":
        return after[:1].isdecimal() or after in NUMBER_WORDS
    if w.low == "can" or (i and words[i - 1].base == PREFIX):
        return bool(i > 1 and words[i - 2].low == "not")
    if w.base == "possible" and i and (words[i - 1].low.endswith("st") or words[i - 1].low in ("every", "as", "if")):
        return False
    if w.base == "consider":
        return w.form == ING or after.endswith("ing") or after in ("whether", "how")
    return not _month_may(words, i) and not (w.base in ("appear", "may") and w.capital and not w.first)


def _month_may(words: list[Word], i: int) -> bool:
    near = words[max(0, i - 1) : i] + words[i + 1 : i + 2]
    return words[i].low == "may" and (
        any(n.low[0].isdecimal() or n.low in ("in", "since", "last", "mid") for n in near)
    )


def _noun(words: list[Word], i: int) -> bool:
    """Whether the word is a noun where it stands: after an article or a preposition."""
    before = words[i - 1].low if i else ""
    return before in word_set("the a an this that his her its their any no of in on at by for with from under") or (
        i > 0 and words[i - 1].possessive
    )


_HEALTH: Final = word_set(
    """critical stable serious grave satisfactory hospital health living weather working prison road roads humane
    inhumane harsh difficult appalling poor bad good better worse dire wretched sanitary winter market trading"""
)
_LESS_IF: Final = word_set("less more not only somewhat slightly barely perhaps still any ever anything")


def _condition(words: list[Word], i: int) -> bool:
    w = words[i]
    if w.base == "condition" and {x.low for x in words[max(0, i - 4) : i + 5]} & _HEALTH:
        return False
    if w.base == "on_condition" and i + 2 < len(words) and "anonymity" in (words[i + 1].base, words[i + 2].base):
        return False
    if w.base == "condition" and i + 2 < len(words) and words[i + 2].base == "anonymity":
        return False
    if (
        w.low == "if"
        and i
        and words[i - 1].low in ("as", "even", "ask", "asked", "know", "say", "see", "unclear", "uncertain", "clear")
    ):
        return False
    if w.low == "if" and i and i + 1 < len(words) and words[i + 1].low in _LESS_IF and words[i - 1].low in MARKS:
        return words[i + 1].low in ("any", "more") and i + 2 < len(words) and words[i + 2].content
    if w.base in ("provide", "provided", "providing"):
        after = words[i + 1].low if i + 1 < len(words) else ""
        if i and words[i - 1].base in ("be", "have"):
            return False
        plain = (
            i > 0
            and words[i - 1].low == ","
            and after not in ("by", "with", "for", "to", "")
            and not after.endswith("ly")
        )
        named = i + 1 < len(words) and words[i + 1].capital and w.form == PAST
        return plain or named or after in ("that", "the", "it", "all", "they", "he", "she", "its", "their", "both")
    if w.low == "should" and w.capital and w.first:
        return True
    if w.base in ("the_moment", "the_minute", "the_day", "the_instant", "as_soon_as"):
        return any(x.low in ("will", "would") for x in words if x.sentence == w.sentence)
    if w.low in ("should", "had", "were") and i + 1 < len(words):
        if (
            w.low == "should"
            and i
            and (words[i - 1].low == "only" or (words[i - 1].form in (BASE, THIRD) and words[i - 1].content))
        ):
            return _subject_next(words, i)
        return (i == 0 or words[i - 1].low in MARKS) and _subject_next(words, i)
    if w.low == "without" and (i == 0 or words[i - 1].low in MARKS or words[i - 1].low == "that"):
        return any(x.low in MODALS for x in words[i:] if x.sentence == w.sentence)
    if w.base in ("in_return", "in_return_for", "in_exchange", "in_exchange_for"):
        sentence = [x for x in words if x.sentence == w.sentence]
        return any(x.low in MODALS or _in(x, "wishes") for x in sentence)
    if _in(w, "conditions"):
        return w.base != "condition" or not w.first
    return False


def _subject_next(words: list[Word], i: int) -> bool:
    """Whether a subject follows, as after an inverted "should", "had" or "were"."""
    after = words[i + 1]
    return (
        after.low
        in word_set(
            """the a an he she they it we you i his her its their any both either no some another further more new
            this that these those there"""
        )
        or after.capital
    )


def _scope(words: list[Word], i: int, kind: str) -> list[Word]:
    """The words an operator applies to."""
    w = words[i]
    if w.base == PREFIX:
        after = words[i + 2].low if i + 2 < len(words) else ""
        if i + 1 < len(words) and after not in ("to", "that", "of"):
            return [words[i + 1]]
        return _forward(words, i + 1)
    if kind == "unless":
        return _forward(words, i + 1)
    if kind == "if":
        return _forward(words, i + 1)
    forward = _forward(words, i + 1, far=kind in ("wish", "hedge"))
    if kind == "wish" and (_noun(words, i) or (i + 1 < len(words) and words[i + 1].low == "to")):
        forward = forward[: next((k for k, x in enumerate(forward) if x.low in FINITE), len(forward))]
    if (
        (kind in ("deny", "cease", "wish", "hedge") and _turned(words, i))
        or (kind == "hedge" and w.low.endswith("ly"))
        or (kind == "cease" and not any(x.content for x in forward[:3]))
    ):
        forward = [*_backward(words, i), *forward]
    return forward


def _turned(words: list[Word], i: int) -> bool:
    """Whether the word is passive or an adjective after "be": what it applies to stands before it."""
    w = words[i]
    if (
        w.form != PAST
        and not w.base.startswith("be_")
        and w.low not in word_set("unlikely likely possible impossible probable uncertain unclear doubtful")
    ):
        return False
    return any(x.low in _BE or x.base == "be" for x in words[max(0, i - 3) : i]) or w.base.startswith("be_")


def _backward(words: list[Word], i: int) -> list[Word]:
    out: list[Word] = []
    clause = words[i].clause
    for x in reversed(words[max(0, i - 12) : i]):
        if x.clause != clause or x.low in MARKS or x.low == "that":
            break
        out.append(x)
    return out


def _forward(words: list[Word], start: int, *, far: bool = False) -> list[Word]:
    """The words that follow, to the end of the clause."""
    out: list[Word] = []
    skip = 0
    for k in range(start, min(start + REACH, len(words))):
        x = words[k]
        if k < skip:
            continue
        if x.low == "," and far and _resumes(words, k):
            skip = next(j for j in range(k + 1, len(words)) if words[j].low == ",") + 1
            continue
        if x.low in ".;!?|:" or (x.low in _STOPS and (out or not far)):
            break
        if x.low in BREAKS and out and x.low not in ("when", "where", "as") and x.base == x.low:
            break
        if x.low == "as" and out and k + 1 < len(words) and words[k + 1].low in _CAUSES:
            break
        if x.low in ("and", "or", "but") and out and finite_next(words, k):
            break
        if x.low == "," and not out:
            continue
        out.append(x)
    return out


def _resumes(words: list[Word], k: int) -> bool:
    """Whether a clause goes on after an insertion between commas: "conceivable, though far from certain, that"."""
    closing = next((j for j in range(k + 1, min(k + 9, len(words) - 1)) if words[j].low == ","), 0)
    return bool(closing) and words[closing + 1].low in ("that", "to")


def finite_next(words: list[Word], k: int) -> bool:
    """Whether a new finite verb follows "and": "... will not heal and asked for ..."."""
    before = words[k - 1] if k else words[k]
    for x in words[k + 1 : k + 4]:
        if x.low in MODALS or x.low in AUX:
            return True
        if x.form == PAST and before.form != PAST:
            return True
        if (
            x.form == THIRD
            and x is words[k + 1]
            and can_be_verb(x.base)
            and x.base not in group("actors")
            and before.form != THIRD
        ):
            return True
        if x.low in ("to", "of", "from", "in"):
            return False
    return False


_BETWEEN: Final = word_set("not never also already now still since been just again all both only")


_ADJECTIVAL = re.compile(r"(?:ish|ian|ese|ot|an|ic|al)$")


def _goes_on(words: list[Word], i: int) -> bool:
    """Whether a participle after "and" goes on from what will be: "will keep it open but shut on Sundays"."""
    w = words[i]
    same = [x for x in words[max(0, i - REACH) : i] if x.sentence == w.sentence]
    modal = next((k for k, x in enumerate(same) if x.low in MODALS or x.low == "to"), -1)
    if modal < 0:
        return False
    return w.low == w.base or any(x.base in _LINKS for x in same[modal:])


def is_fact(words: list[Word], i: int) -> bool:
    """Whether a verb tells something as done or going on: finite, and not after "to" or "will"."""
    w = words[i]
    k = i - 1
    while k >= 0 and i - k < 6:
        x = words[k]
        if x.low in MODALS or x.low == "to" or x.low == "be":
            return False
        if x.base in ("be", "have") and x.low not in ("been", "being", "having"):
            return w.form in (PAST, ING)
        if not (x.low.endswith("ly") or x.low in _BETWEEN or x.low == "being"):
            break
        k -= 1
    if w.form == PAST:
        if i and (words[i - 1].base in _LINKS or w.low in _PEOPLE):
            return False
        if i and words[i - 1].low in ("and", "but", "or") and _goes_on(words, i):
            return False
        return i == 0 or words[i - 1].low not in DETERMINERS
    if w.form != THIRD or not i or w.base in group("actors") or not can_be_verb(w.base):
        return False
    before = words[i - 1]
    after = words[i + 1] if i + 1 < len(words) else None
    if (
        before.low in DETERMINERS
        or before.possessive
        or before.low.endswith("s")
        or (after and after.low in (MODALS | AUX))
    ):
        return False
    if (i > 1 and words[i - 2].low in ("the", "a", "an")) or _ADJECTIVAL.search(before.low):
        return False
    return (
        (before.capital and not before.first)
        or before.low in ("he", "she", "it", "who", "which")
        or before.base in group("actors")
    )
