"""What denials, hedges, wishes and conditions apply to: each word's polarity and the cues over it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from summarizer.checks.cues import adjective, obliges, or_else, purpose, shows, unproven
from summarizer.checks.numbers import MEASURES, NUMBER_WORDS
from summarizer.checks.reach import noun
from summarizer.checks.reach import scope as reach
from summarizer.checks.reading import BREAKS, MARKS, MODALS, PREFIX, Reading, Word
from summarizer.checks.thesaurus import BASE, ING, PAST, THIRD, group
from summarizer.checks.words import word_set

__all__ = ["Operator", "Scoped", "read"]


@dataclass(slots=True)
class Operator:
    """A denial, hedge, wish or condition, and the words it applies to."""

    word: Word
    kind: str
    """deny, cease, hedge, wish, will, if, unless."""
    scope: list[Word]


class Scoped(Reading):
    """A text read word by word, with its operators; polarity and cues are set on the words."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.operators = _operators(self.words)


@lru_cache(maxsize=64)
def read(text: str) -> Scoped:
    """A text as it was read before: nothing changes a reading once it is made."""
    return Scoped(text)


def _operators(words: list[Word]) -> list[Operator]:
    silent = group("no negation") | group("no condition")
    out: list[Operator] = []
    for i, w in enumerate(words):
        if w.base in silent:
            continue
        for kind in _kinds(words, i):
            scope = reach(words, i, kind)
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
    found = _possible_kinds(words, i)
    return [] if found and _silent(words, i) else found


def _possible_kinds(words: list[Word], i: int) -> list[str]:
    """What a word is an operator of, but where it is silent."""
    w = words[i]
    out: list[str] = []
    before = words[i - 1] if i else None
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
                and noun(words, i)
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
