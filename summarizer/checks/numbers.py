"""Numbers: the same value, in figures or words, with the same measure and bound, counting the same thing."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from summarizer.checks import quantities as q
from summarizer.checks.problem import Problem
from summarizer.checks.quantities import MAX_NUMBERS, MEASURES, NUMBER_WORDS, Number
from summarizer.checks.rests import other_part
from summarizer.checks.words import MONTHS, listed, table, word_set

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from summarizer.checks.document import Document

__all__ = ["MAX_NUMBERS", "MEASURES", "NUMBER_WORDS", "check_numbers"]

_SPANS: Final = {
    "fortnight": (2.0, 14.0), "decade": (10.0,), "century": (100.0,), "half": (50.0,), "quarter": (25.0,),
    "quarters": (75.0,), "third": (33.0,), "thirds": (66.0, 67.0), "pair": (2.0,), "couple": (2.0,), "score": (20.0,),
    "double": (100.0,), "doubled": (100.0,), "twice": (100.0,), "month": (30.0,), "week": (7.0,), "year": (12.0, 365.0),
    "weekend": (2.0,), "dozens": (12.0,),
}  # fmt: skip
"""Words for numbers of weeks, years or percent: a fortnight is two weeks, a quarter 25 percent."""


def check_numbers(text: Document, evidence: Document, left: Collection[float] = ()) -> Iterable[Problem]:
    """The numbers that the evidence does not have, or has of something else.

    `left` are those that tell what the evidence leaves of a whole.
    """
    mine, theirs = q.numbers(text), q.numbers(evidence)[:MAX_NUMBERS]
    yield from _rates(text, evidence)
    here, there = _fractions(text), _fractions(evidence)
    if there and here - there and not here & there and not left:
        yield Problem("number", f"{min(here - there)!r} is {min(there)!r} in the evidence")
    yield from _part_for_whole(text, evidence, mine, theirs)
    yield from _ranked(text, evidence, mine, theirs)
    yield from _exchanged(text, evidence, mine, theirs)
    wrong_part = other_part(text, evidence)
    if wrong_part is not None and wrong_part not in left:
        yield Problem("number", f"{wrong_part:g} is another part of the whole in the evidence")
    counts = {e.at: q.counted(evidence, e, theirs) for e in theirs}
    for n in mine:
        same = [e for e in theirs if e.value == n.value and e.vague == n.vague]
        shown = " ".join(t.raw for t in text.toks[n.at : n.end])
        if n.value in left:
            continue
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
            if (
                not one
                and not both
                and not (n.ordinal and n.value <= 2)
                and not _half(n, theirs, evidence)
                and not _listed(n, evidence)
                and not _spelled(text, n, evidence)
                and not _derived(text, evidence, n, mine, theirs)
            ):
                yield Problem("number", f"{shown!r} does not stand in the evidence")
            continue
        if _derived(text, evidence, n, mine, theirs):
            continue
        measure = q.measure(text, n)
        if measure and all((m := q.measure(evidence, e)) and m != measure for e in same):
            yield Problem("number", f"{shown!r} is measured otherwise in the evidence")
        bound = q.bound(text, n)
        if bound and all((b := q.bound(evidence, e)) and b != bound for e in same):
            yield Problem("number", f"{shown!r} is bounded otherwise in the evidence")
        if q.strict(text, n) and not any(q.bound(evidence, e) or q.loose(evidence, e) for e in same):
            yield Problem("number", f"{shown!r} is exact in the evidence")
        if any(_by(text, n) != _by(evidence, e) and _by(text, n) and _by(evidence, e) for e in same):
            yield Problem("number", f"{shown!r} is an amount there and a change here, or the other way round")
        loose = n.ordinal or 1900 <= n.value <= 2100 or any(_of_which(evidence, e) for e in same)
        loose = loose or (len(same) == 1 and "-" in evidence.toks[same[0].at].low and bool(measure))
        counted = set() if loose else q.counted(text, n, mine)
        right = set().union(*(counts[e.at] for e in same))
        wrong = set().union(*(counts[e.at] for e in theirs if e.value != n.value))
        if counted and not counted & right and counted & wrong - right:
            yield Problem("number", f"{shown!r} counts something else in the evidence")


_TIMES: Final = table("""
    double: double doubles doubled doubling twice twofold two-fold
    triple: triple triples tripled tripling thrice threefold three-fold treble trebles trebled
    quadruple: quadruple quadruples quadrupled quadrupling fourfold four-fold
    halve: halve halves halved halving
""")
"""Words for so many times as much."""

_EVERY: Final = word_set("a an per every each")
_EACH: Final = word_set("each apiece per every")
_TOTAL: Final = word_set("total altogether overall combined sum together")


def _rates(text: Document, evidence: Document) -> Iterable[Problem]:
    """Doubled, a month, each: rates that are others in the evidence."""
    for group, there in (
        ({_TIMES[w] for w in text.lows if w in _TIMES}, {_TIMES[w] for w in evidence.lows if w in _TIMES}),
        (_per(text), _per(evidence)),
    ):
        if there and group - there and not group & there:
            yield Problem("number", f"{min(group - there)!r} is {min(there)!r} in the evidence")
    if (
        text.lows & _TOTAL
        and not evidence.lows & _TOTAL
        and evidence.lows & _EACH - text.lows
        and _shared(text, evidence)
    ):
        yield Problem("number", "what is so much each becomes a total")


def _shared(text: Document, evidence: Document) -> bool:
    return any(t.low[0].isdecimal() and t.low in evidence.lows for t in text.toks)


def _per(doc: Document) -> set[str]:
    """The measures by which something is counted: a month, per day, daily."""
    out = {
        m for m, w in (("day", "daily"), ("week", "weekly"), ("month", "monthly"), ("year", "yearly")) if w in doc.lows
    }
    out |= {"year"} if doc.lows & {"annual", "annually"} else set()
    for a, b, c in zip(doc.toks, doc.toks[1:], doc.toks[2:], strict=False):
        if b.low in _EVERY and c.low in MEASURES and not c.low.endswith("s") and a.low not in _PREPOSITIONS:
            out.add(MEASURES[c.low])
    return out


_PREPOSITIONS: Final = word_set(
    "for in within after before over about nearly almost by of since during once twice times and"
)


def _exchanged(
    text: Document, evidence: Document, mine: Sequence[Number], theirs: Sequence[Number]
) -> Iterable[Problem]:
    """61 to 40 is not 40 to 61."""
    there = _scores(evidence, theirs)
    for a, b in _scores(text, mine):
        if (b, a) in there and (a, b) not in there:
            yield Problem("number", f"{a:g} to {b:g} is {b:g} to {a:g} in the evidence")


def _part_for_whole(
    text: Document, evidence: Document, mine: Sequence[Number], theirs: Sequence[Number]
) -> Iterable[Problem]:
    """Of 160 sailors, 122 were rescued: not 160."""
    told = {n.value for n in mine}
    for a, b in pairwise(theirs):
        between = {t.low for t in evidence.toks[a.end : b.at]}
        of = "of" in [t.low for t in evidence.toks[max(0, a.at - 3) : a.at]] or between & {"which", "whom", "them"}
        if not of or a.ordinal or b.ordinal or b.value >= a.value or a.value not in told or b.value in told:
            continue
        if evidence.toks[a.at].sentence != evidence.toks[b.at].sentence:
            continue
        end = next((i for i in range(b.end, len(evidence.toks)) if evidence.toks[i].raw in ",;."), len(evidence.toks))
        done = {t.stem for t in evidence.toks[b.end : end] if t.content and _VERBISH.search(t.low)}
        if done & text.stems and a.value - b.value not in told:
            yield Problem("number", f"{a.value:g} is the whole of which {b.value:g} is told in the evidence")


_VERBISH = re.compile(r"(?:ed|ung|own|ot|en)$")


def _ranked(text: Document, evidence: Document, mine: Sequence[Number], theirs: Sequence[Number]) -> Iterable[Problem]:
    """The first freed 90, the second 140: a number must stand with its ordinal."""
    ranks = {n.value for n in mine if n.ordinal}
    if len(ranks) != 1:
        return
    at = {e.value: evidence.toks[e.at].sentence for e in theirs if e.ordinal}
    rank = next(iter(ranks))
    if len(at) < 2 or rank not in at:
        return
    for n in mine:
        places = {evidence.toks[e.at].sentence for e in theirs if not e.ordinal and e.value == n.value}
        if not n.ordinal and places and at[rank] not in places and places & set(at.values()):
            yield Problem("number", f"{n.value:g} does not stand with its ordinal in the evidence")


def _scores(doc: Document, found: Sequence[Number]) -> set[tuple[float, float]]:
    """The pairs of numbers with "to", "against" or "and" between them."""
    out = set()
    for a, b in pairwise(found):
        between = [t.low for t in doc.toks[a.end : b.at]]
        if between[-1:] and between[-1] in ("to", "against") and len(between) <= 3 and a.value != b.value:
            out.add((a.value, b.value))
    return out


def _half(n: Number, theirs: Sequence[Number], evidence: Document) -> bool:
    """Whether a number is half, a third or a quarter of one that stands there."""
    parts = {"half": 2, "third": 3, "quarter": 4, "double": 0.5, "twice": 0.5}
    return any(w in evidence.lows and any(e.value == n.value * by for e in theirs) for w, by in parts.items())


_RESTS: Final = word_set(
    "rest other others remaining remainder remained remain left missing short but except excluding apart"
)
_OTHERS: Final = word_set("not no none never still yet failed neither without unable")
_LETTERS: Final = {"m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "k": 1e3, "tn": 1e12}


def _derived(text: Document, evidence: Document, n: Number, mine: Sequence[Number], theirs: Sequence[Number]) -> bool:
    """Whether a number follows from those of the evidence: what is left of 30 after 12; 400 doubled is 800; 85m."""
    if n.ordinal or n.vague:
        return False
    values = {e.value for e in theirs if not e.ordinal and not e.vague}
    after = text.toks[n.end].low if n.end < len(text.toks) else ""
    if after in _LETTERS and n.value * _LETTERS[after] in values:
        return True
    told = {x.value for x in mine}
    factors = {by for w in evidence.lows & _FACTORS.keys() for by in _FACTORS[w]}
    if any(v * by == n.value for v in values & told for by in factors):
        return True
    near = {t.low for t in text.toks[max(0, n.at - 4) : n.end + 4]}
    spare = (
        near & _RESTS
        or bool(text.lows & _OTHERS) != bool(evidence.lows & _OTHERS)
        or "only" in evidence.lows - text.lows
    )
    wholes = values if near & _RESTS else values & told
    return bool(spare) and any(a - n.value in values and {a, a - n.value} & told for a in wholes if a > n.value)


_FACTORS: Final = {
    **dict.fromkeys(listed("double doubled doubling twice halve halved half"), (2.0, 0.5)),
    **dict.fromkeys(listed("triple tripled tripling"), (3.0, 1 / 3)),
}
"""Words for so many times as much, with the factors."""


def _spelled(text: Document, n: Number, evidence: Document) -> bool:
    """Whether a measured number stands there as a word: two weeks for a fortnight."""
    measure = q.measure(text, n)
    after = text.toks[n.end].low if n.end < len(text.toks) else ""
    if n.value == 2 and after in _SIDES:
        return True
    if measure == "month" and n.value in _years(evidence):
        return True
    hours = {"hour": 1, "day": 24, "week": 168}
    months = {"month": 1, "year": 12, "decade": 120}
    for e in q.numbers(evidence)[:MAX_NUMBERS]:
        other = q.measure(evidence, e)
        for unit in (hours, months):
            if measure in unit and other in unit and n.value * unit[measure] == e.value * unit[other]:
                return True
    return bool(measure) and any(n.value in _SPANS[w] for w in evidence.lows if w in _SPANS)


_SIDES: Final = word_set(
    "sides parties countries nations governments leaders delegations neighbours neighbors rivals foes camps"
)


def _years(evidence: Document) -> set[float]:
    """The months in "a year and a half", "two years and three months"."""
    out: set[float] = set()
    for m in re.finditer(
        r"\b(\w+) years? and (\w+) (half|months?)\b|\b(\w+) and a half years\b", evidence.text.lower()
    ):
        years = q.small(m.group(1) or m.group(4))
        more = 6 if not m.group(3) or m.group(3) == "half" else q.small(m.group(2))
        if years and more:
            out.add(12 * years + more)
    return out


def _fractions(doc: Document) -> set[str]:
    """The fractions of a text: half, third, quarter."""
    out: set[str] = set()
    for a, b in pairwise(doc.toks):
        if b.low in ("third", "quarter", "thirds", "quarters") and (a.low in ("a", "one") or b.low.endswith("s")):
            out.add(b.low)
        out |= {p for p in ("thirds", "quarters") if b.low.endswith("-" + p)}
        if a.low == "half" and b.low in ("of", "the", "a", "its", "their", "his", "her", "all"):
            out.add("half")
    return out


def _listed(n: Number, evidence: Document) -> bool:
    """Whether a small number counts what the evidence lists: India, Oman and Russia are three."""
    if n.ordinal or not 2 <= n.value <= 9:
        return False
    items = re.split(r",? and (?:the )?|, ", evidence.text)
    most = run = 0
    for item in items:
        named = bool(re.match(r"[^\W\d_a-z]", item)) or (run == 0 and bool(re.search(r"[^\W\d_a-z]\w{0,40}$", item)))
        run = run + 1 if named else 0
        most = max(most, run)
    return most >= n.value


def _by(doc: Document, n: Number) -> str:
    """Whether a number is what something falls or rises by, or to."""
    before = [t.low for t in doc.toks[max(0, n.at - 1) : n.at]]
    if not before or before[0] not in ("by", "to") or 1900 <= n.value <= 2100 or n.ordinal:
        return ""
    after = doc.toks[n.end].low if n.end < len(doc.toks) else ""
    return "" if after in MONTHS else before[0]


def _of_which(doc: Document, n: Number) -> bool:
    """Whether a number is told apart from a larger one: 37 drones, of which 31 ...; 212 to 148."""
    before = [t.low for t in doc.toks[max(0, n.at - 3) : n.at]]
    after = [t.low for t in doc.toks[n.end : n.end + 2]]
    return (
        bool({"which", "whom", "them", "including"} & set(before))
        or before[-1:] == ["to"]
        or after[:1] == ["to"]
        or "of" in after[:1]
    )
