"""Noun phrases of one sentence that name an actor without a name, such as "the rebels"."""

from __future__ import annotations

import bisect
from dataclasses import replace
from typing import TYPE_CHECKING

from summarizer.names import Mention

if TYPE_CHECKING:
    from summarizer.names import Kind, Token
    from summarizer.scan import Scan

__all__ = ["find_descriptions"]

_MEMBERS = frozenset(
    {
        "fighters",
        "guerrillas",
        "guerillas",
        "rebels",
        "militants",
        "terrorists",
        "militia",
        "insurgents",
        "militiamen",
        "movement",
        "group",
        "gunmen",
        "jihadists",
    }
)


def find_descriptions(scan: Scan) -> None:
    """Noun phrases that name an actor without a name: "a senior military source", "the rebels"."""
    tokens, lex = scan.tokens, scan.lex
    names = sorted(scan.found, key=lambda m: m.start)
    for h, t in enumerate(tokens):
        kind = lex.nouns.get(t.low)
        if kind is None or scan.named[h] or t.low in lex["honorifics"]:
            continue
        following = tokens[h + 1] if h + 1 < len(tokens) else None
        if (
            t.low in lex["ambiguous nouns"]
            and following is not None
            and not t.possessive
            and not _ends_phrase(scan, following)
        ):
            continue
        if (
            following is not None
            and not t.possessive
            and (
                following.low in lex.nouns
                or (following.low in lex["title modifiers"] and h + 2 < len(tokens) and tokens[h + 2].low in lex.nouns)
            )
        ):
            continue  # not the head yet: "opposition leaders"
        a = _phrase_start(scan, h)
        determined = (a < h and tokens[a].low in lex["quantifiers"]) or tokens[a].possessive
        plural = t.low in lex["plural persons"] or (kind == "armed_force" and t.low.endswith("s"))
        if not (
            determined
            or plural
            or (a < h and ((tokens[a].text[0].isupper() and a > 0) or scan.named[a] or tokens[a].low in lex.adjectives))
        ):
            continue
        if t.low in lex["reporting verbs"] and not determined:
            continue
        scan.found.append(_phrase(scan, a, h, kind, _force(scan, a, h, names)))


def _ends_phrase(scan: Scan, t: Token) -> bool:
    """Whether a noun phrase can be over before this token."""
    verb = t.low in scan.lex["reporting verbs"] and t.low + "s" not in scan.lex["reporting verbs"]
    return not t.word or t.low in scan.lex["function words"] or verb or t.low.endswith(("ed", "ly"))


def _phrase_start(scan: Scan, h: int) -> int:
    tokens, lex = scan.tokens, scan.lex
    a = h
    while a > 0 and h - a < 7 and tokens[a - 1].word:
        p = tokens[a - 1]
        if p.low in lex["quantifiers"] or p.possessive:
            if not (
                p.low in {"two", "three", "four", "five", "other", "many", "several", "few", "most", "certain"}
                and a > 1
                and tokens[a - 2].low in {"the", "all", "some", "these"}
            ):
                return _widen(scan, a - 1)
        elif not (
            p.low in lex["description modifiers"]
            or p.low in lex.adjectives
            or p.low in lex["title modifiers"]
            or scan.named[a - 1]
            or (p.low in lex["titles"] and p.low not in lex["person nouns"])
        ):
            break
        a -= 1
    start = a
    for _ in range(3):  # up to three unknown words, if a determiner comes before them
        if a == 0 or not tokens[a - 1].word:
            break
        p = tokens[a - 1]
        if p.low in lex["quantifiers"]:
            return a - 1 if h - a < 5 else start
        if (
            p.low in lex["function words"]
            or p.low in lex["reporting verbs"]
            or p.text[0].isdigit()
            or p.low.endswith("ly")
        ):
            break
        a -= 1
    return start


def _widen(scan: Scan, a: int) -> int:
    """The start of the possessor's name, where a phrase begins with "Mensah's"."""
    if scan.tokens[a].possessive:
        while a > 0 and scan.named[a - 1]:
            a -= 1
    return a


def _phrase_end(scan: Scan, h: int) -> int:
    """Through "within the central ministry" after a source, a member, a leader."""
    tokens, lex = scan.tokens, scan.lex
    if (
        h + 2 < len(tokens)
        and tokens[h + 1].low in {"of", "within", "from", "at"}
        and not tokens[h].possessive
        and (
            tokens[h].low in lex["plural persons"]
            or tokens[h].low in lex["person nouns"]
            or tokens[h].low in {"spokesman", "spokeswoman", "spokesperson", "assembly", "members", "delegation"}
        )
    ):
        j = h + 2
        while (
            j < len(tokens)
            and j - h < 8
            and tokens[j].word
            and (
                scan.named[j]
                or tokens[j].low in lex["description modifiers"]
                or tokens[j].low in lex.nouns
                or tokens[j].low in lex["quantifiers"]
            )
        ):
            j += 1
        if tokens[j - 1].low in lex.nouns or scan.named[j - 1] or tokens[j - 1].low in lex.heads:
            return j
    return h + 1


def _force(scan: Scan, a: int, h: int, names: list[Mention]) -> Mention | None:
    """The force or body whose members a phrase means: "NLF" in "the NLF rebels"."""
    if scan.tokens[h].low not in _MEMBERS or not any(scan.named[a:h]):
        return None
    start, end = scan.tokens[a].start, scan.tokens[h].start
    low = bisect.bisect_left(names, start, key=lambda m: m.start)
    inside = (m for m in names[low : low + 5] if m.end <= end)
    return next((m for m in inside if m.kind in {"armed_force", "organisation"}), None)


def _phrase(scan: Scan, a: int, h: int, kind: Kind, force: Mention | None) -> Mention:
    """The mention for the phrase from a with its head at h; it counts as its force, if it has one."""
    tokens, lex = scan.tokens, scan.lex
    b = _phrase_end(scan, h)
    words = scan.words(a, b)
    canonical = None
    inner = [t.low for t in tokens[a:h]]
    country = next((lex.demonyms[w] for w in (*inner, " ".join(inner[-2:])) if w in lex.demonyms), None)
    country = country or next((c for w in inner if (c := lex.known.get((w,), ("", "other"))[0])), None)
    if tokens[h].low in {"government", "regime", "state"} and country and len(words) <= 3:
        canonical = country
    span = (tokens[a].start, tokens[b - 1].end)
    mention = Mention(*span, scan.number, words, kind, canonical, description=True)
    if force is None:
        return mention
    return replace(mention, words=force.words, canonical=force.canonical, titled=True)
