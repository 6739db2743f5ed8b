"""Proper names in one sentence: persons with their roles, states, forces and bodies, peoples and places."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from summarizer.names import common_words
from summarizer.roles import complement_end, is_title, role_after, role_before
from summarizer.scan import POSSESSIVES

if TYPE_CHECKING:
    from summarizer.names import Kind
    from summarizer.scan import Scan

__all__ = ["find_names"]

_LONGEST = 20  # words in one name, so that hostile text stays linear
_LOCATIVE = frozenset({"in", "near", "outside", "inside", "within", "around", "throughout", "across", "at", "into"})
_SEAT_LOCATIVE = _LOCATIVE | {
    "to",
    "from",
    "toward",
    "towards",
    "through",
    "via",
    "leave",
    "left",
    "visit",
    "visited",
}


def find_names(scan: Scan) -> None:
    """Find every proper name, in order."""
    i = 0
    while i < len(scan.tokens):
        if scan.bracketed(i):
            scan.emit(i, i + 1, scan.lex.heads.get(scan.tokens[i].low, "organisation"))
            i += 1
        elif scan.namey(i) and not scan.tokens[i].low.isdigit():
            j = _run_end(scan, i)
            _analyse(scan, i, j)
            i = j
        else:
            i += 1


def _run_end(scan: Scan, i: int) -> int:
    """The end of the longest run of name words from i, through "of", "for", "de" and the like."""
    lex, tokens = scan.lex, scan.tokens
    head = linked = False
    j = i
    while j < min(len(tokens), i + _LONGEST):
        t = tokens[j]
        if scan.namey(j) or (j > i and t.word and t.text[0].isdigit() and not t.low.isdigit() and t.text[-1].isupper()):
            head = head or t.low in lex.heads
            j += 1
            if t.possessive:
                break
        elif j > i and t.low in lex["inner connectors"] and scan.namey(j + 1):
            j += 1
        elif (
            j > i
            and t.low in {"of", "for", "to"}
            and tokens[j - 1].low in lex["titles"]
            and complement_end(scan, j) > j
        ):
            j = complement_end(scan, j)
        elif head and t.low in {"of", "for", "on", "to"} and (scan.cased or t.low in {"of", "for"}):
            k = j + 2 if j + 1 < len(tokens) and tokens[j + 1].low == "the" else j + 1
            if not scan.namey(k) or (
                t.low in {"on", "to"}
                and tokens[j - 1].low not in {"coalition", "committee", "commission", "council", "conference"}
            ):
                break
            linked, j = True, k
        elif (
            linked
            and t.low == "and"
            and j + 1 < len(tokens)
            and tokens[j + 1].low in lex["name fillers"]
            and scan.namey(j + 1)
        ):
            j += 1
        else:
            break
    return j


def _analyse(scan: Scan, a: int, b: int) -> None:
    """Turn a run of name words into mentions: a title and a name, a state, a body, or somebody."""
    lex, tokens = scan.lex, scan.tokens
    while (
        a < b
        and tokens[a].low in lex["title modifiers"]
        and tokens[a].low not in lex["titles"]
        and scan.known(a + 1, b)
    ):
        a += 1
    if scan.known(a, b):
        return _state(scan, a, b)
    k = next((i for i in range(b - 1, a - 1, -1) if is_title(scan, i, b)), -1)
    if k >= 0:
        c = complement_end(scan, k + 1)
        if c < b and not (scan.known(c, b) and tokens[k].low not in lex["honorifics"] and c - a > 1):
            _prefix(scan, a, k)
            return _person(scan, c, b, (a, c))
        if c >= b and all(_modifies(scan, i, a, k) for i in range(a, k)):
            return None  # a bare title: `descriptions` takes it
    heads = [i for i in range(a, b) if tokens[i].low in lex.heads]
    if heads and not (
        _plain(scan, a, b) or (tokens[b - 1].low in lex["place words"] and tokens[b - 1].low not in lex.heads)
    ):
        if all(t.low in lex.adjectives or t.low in {"government", "regime", "authorities"} for t in tokens[a:b]):
            return None
        of = next((i for i in range(a, b) if tokens[i].low in {"of", "for", "to", "on"}), b)
        head = max((i for i in heads if i < of), default=heads[-1])
        if b - a > 1 or scan.cased or tokens[a].low not in common_words():
            return scan.emit(a, b, lex.heads[tokens[head].low], modifier=_adjectival(scan, b))
        return None
    while a < b and tokens[a].low in lex.adjectives:
        a += 1
    if a < b and scan.known(a, b):
        return _state(scan, a, b)
    return _somebody(scan, a, b)


def _plain(scan: Scan, a: int, b: int) -> bool:
    """In copy without case, words that are all everyday nouns are a description, no name."""
    return not scan.cased and b - a == 1 and scan.tokens[a].low in common_words()


def _modifies(scan: Scan, i: int, a: int, k: int) -> bool:
    low, lex = scan.tokens[i].low, scan.lex
    return (
        low in lex["title modifiers"]
        or low in lex["titles"]
        or low in lex.adjectives
        or low in lex.heads
        or low in {"of", "the", "for"}
        or (low,) in lex.known
        or scan.known(a, k)
    )


def _prefix(scan: Scan, a: int, k: int) -> None:
    """The body or state a title starts with: "Ghana" in "Ghana Army Chief Kofi Mensah"."""
    while k > a and (
        scan.tokens[k - 1].low in scan.lex["title modifiers"] or scan.tokens[k - 1].low in scan.lex["titles"]
    ):
        k -= 1
    if a < k and scan.known(a, k):
        _state(scan, a, k, modifier=True)
    elif a < k and (
        scan.tokens[k - 1].low in scan.lex.heads
        or (k - a == 1 and scan.tokens[a].low not in common_words() and scan.tokens[a].low not in scan.lex.adjectives)
    ):
        scan.emit(a, k, scan.lex.heads.get(scan.tokens[k - 1].low, "organisation"), modifier=True)


def _state(scan: Scan, a: int, b: int, modifier: bool = False) -> None:
    words = tuple(t.low for t in scan.tokens[a:b])
    canonical, kind = scan.lex.known[words]
    seat = words in scan.lex.capitals
    before = scan.tokens[a - 1].low if a else ""
    back = scan.tokens[a - 2].low if a > 1 else ""
    if before in scan.lex.adjectives or before == "the":
        before = back
    place = before in (_SEAT_LOCATIVE if seat else _LOCATIVE) or (
        before == "of" and (back in scan.lex["towns"] or back in scan.lex["place words"])
    )
    if seat and (
        _dateline(scan, a, b) or (before == "," and back and scan.cased and scan.tokens[a - 2].text[0].isupper())
    ):
        place = True
    scan.emit(a, b, kind, canonical=canonical, modifier=modifier or place or _adjectival(scan, b))


def _dateline(scan: Scan, a: int, b: int) -> bool:
    following = [t.text for t in scan.tokens[b : b + 16]]
    if scan.number == 1 and a == 0 and scan.cased and b < len(scan.tokens):
        line = all(t.text.isupper() and len(t.text) > 3 for t in scan.tokens[:b])  # "BEIRUT Syria's opposition"
        if line and scan.tokens[b].text[:1].isupper() and not scan.tokens[b].text.isupper():
            return True
    dash = any(f in {"—", "–"} or f == "-" == g for f, g in itertools.pairwise(following))
    return scan.number == 1 and a < 2 and dash and following[0] in {",", "(", "—", "–", "-"}


def _adjectival(scan: Scan, b: int) -> bool:
    """Whether a title or an agent noun follows at once: "US troops"."""
    if b >= len(scan.tokens) or scan.tokens[b - 1].possessive:
        return False
    low = scan.tokens[b].low
    return low in scan.lex.nouns or (
        low in scan.lex["title modifiers"] and b + 1 < len(scan.tokens) and scan.tokens[b + 1].low in scan.lex.nouns
    )


def _somebody(scan: Scan, a: int, b: int) -> None:
    """A name that no list knows: a person, an acronym, a people, a place."""
    tokens, lex = scan.tokens, scan.lex
    if a >= b:
        if tokens[b - 1].low in lex.demonym_plurals:
            scan.emit(b - 1, b, "group")
        return None
    if tokens[b - 1].low in lex.demonym_plurals:
        return scan.emit(a, b, "group")
    if (tokens[b - 1].low in lex["place words"] and b - a == 1) or (b - a == 1 and tokens[a].low in lex.nouns):
        return None
    if (
        (b < len(tokens) and tokens[b].low in lex["place words"])
        or tokens[b - 1].low in lex["place words"]
        or tokens[a].low in {"mount", "cape", "fort", "lake"}
    ):
        return scan.emit(a, b, "other", modifier=True)
    if not scan.cased:
        while a < b and (tokens[a].low in common_words() or tokens[a].low in lex["name fillers"]):
            a += 1
        while a < b and tokens[b - 1].low in common_words():
            b -= 1
        if a >= b:
            return None
    return _person(scan, a, b, None)


def _person(scan: Scan, a: int, b: int, role: tuple[int, int] | None) -> None:
    """A name with the role before it or after it, if there is one."""
    tokens = scan.tokens
    while (
        not scan.cased
        and b - a > 1
        and tokens[b - 1].low in common_words()
        and tokens[b - 1].low not in scan.lex["inner connectors"]
    ):
        b -= 1
    before = role[0] if role else a
    if not (role and before > 0 and tokens[before - 1].text == ","):
        wider = role_before(scan, before)
        role = (wider[0], role[1] if role else wider[1]) if wider else role
    found = role or role_after(scan, b)
    if not found and _dateline(scan, a, b):
        return scan.emit(a, b, "other", modifier=True)
    kind: Kind = "person" if found else "other"
    if (
        not found
        and 1 < b - a <= 5
        and all(t.text.isalpha() or "-" in t.text or "." in t.text or "'" in t.low for t in tokens[a:b])
    ):
        kind = "other" if a and tokens[a - 1].low in _LOCATIVE else "person"
    elif not found and b - a == 1 and scan.cased and tokens[a].text.isupper() and len(tokens[a].text) > 1:
        kind = "organisation"
    owner = (
        bool(found)
        and found is not None
        and found[0] > 0
        and (tokens[found[0] - 1].low in POSSESSIVES or tokens[found[0] - 1].possessive)
    )
    shared = found is not None and tokens[found[1] - 1].low in scan.lex["plural titles"]
    span = (tokens[found[0]].start, tokens[found[1] - 1].end) if found and not shared else None
    if span and owner and found is not None:
        span = (tokens[found[0] - 1].start, span[1])
    scan.emit(a, b, kind, role=span, possessor=owner, titled=bool(found))
    for i in range(*(found or (0, 0))):
        scan.named[i] = True
    return None
