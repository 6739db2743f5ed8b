"""Where an article names somebody: a person, a state, a force, a body, or a phrase such as "the rebels".

`find_mentions` reads the sentences once, in linear time, and returns every mention with its span, the words
it is compared by, a guess of its kind and the role written beside it. It clusters nothing: `actors` does.
The word lists live in `data/` (plain text, described there) and are read at the first use.
"""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, Protocol

__all__ = [
    "Kind",
    "Lexicon",
    "Mention",
    "SentenceLike",
    "Token",
    "find_mentions",
    "fold",
    "lexicon",
    "tokenize",
]

Kind = Literal["person", "government", "armed_force", "organisation", "media", "group", "other"]
_DATA = Path(__file__).with_name("data")
_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?"  # U.S. and U.S.A
    r"|[^\W\d_]\.(?=\s?[^\W\d_])"  # the initial in "John F. Kennedy"
    r"|[^\W_]+(?:[-'’‐‑][^\W_]+)*"
    r"|[^\w\s]"
)
_LETTERS = str.maketrans(
    {"’": "'", "‘": "'", "‐": "-", "‑": "-", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}
)
_OPENERS = frozenset('.!?:;…"“”«»„‘([{—–-*•')
_LONGEST = 20  # words in one name, so that hostile text stays linear
_ARTICLES = frozenset({"the", "a", "an"})
_POSSESSIVES = frozenset({"his", "her", "its", "their", "our", "my", "your"})
_LOCATIVE = frozenset(
    {"in", "near", "outside", "inside", "within", "around", "throughout", "across", "at", "into"}
)
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
_HEAD_KINDS: tuple[tuple[str, Kind], ...] = (
    ("media", "media"),
    ("armed", "armed_force"),
    ("government", "government"),
    ("organisation", "organisation"),
)
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


class SentenceLike(Protocol):
    """A sentence: its number from 1 and its span in the text."""

    @property
    def number(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(slots=True)
class Token:
    """A word or one punctuation mark; `low` is the folded word without its possessive ending."""

    start: int
    end: int
    text: str
    low: str
    possessive: bool
    word: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where the text names somebody."""

    start: int
    end: int
    sentence: int
    words: tuple[str, ...]
    """The folded words of the name, without title and article."""
    kind: Kind
    canonical: str | None = None
    """The lexicon's own name for a state or a well-known body, shared by all its forms."""
    role: tuple[int, int] | None = None
    """The span of the title or description beside the name."""
    possessor: bool = False
    """The role starts with "his", "their", "Smith's": an alias rather than a role."""
    description: bool = False
    """A noun phrase such as "the rebels" or "the minister", not a name."""
    modifier: bool = False
    """A name used as an adjective ("US troops") or as a place ("in Ghana")."""
    titled: bool = False
    """A title stands beside it, so it is a person for certain."""


def fold(text: str) -> str:
    """Lower case, no accents, straight apostrophes: the form in which words are compared."""
    return _folded_word(text) if len(text) < 64 else _folded(text)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)


_folded_word = lru_cache(maxsize=20_000)(_folded)


class Lexicon:
    """The word lists of `data/`; `lex["titles"]` is a frozenset of folded entries."""

    def __init__(self) -> None:
        self.lists: dict[str, frozenset[str]] = {}
        self.known: dict[tuple[str, ...], tuple[str, Kind]] = {}
        self.capitals: set[tuple[str, ...]] = set()
        self.demonyms: dict[str, str] = {}
        self.heads: dict[str, Kind] = {}
        sections: dict[str, list[str]] = {}
        name = ""
        for line in _lines("lexicon.txt"):
            if line.startswith("["):
                name = line.strip("[]")
            else:
                sections.setdefault(name, []).extend(e for e in (p.strip() for p in line.split(",")) if e)
        self.lists = {k: frozenset(map(fold, v)) for k, v in sections.items()}
        for suffix, kind in _HEAD_KINDS:
            for word in self[f"name heads {suffix}"]:
                self.heads.setdefault(word, kind)
        self._states()
        for entry in sections["acronyms"]:
            names, _, stated = entry.partition(":")
            forms = [fold(f.strip()) for f in names.split("=")]
            kind = next((k for _, k in _HEAD_KINDS if k == stated.strip()), "organisation")
            for form in forms:
                self.known.setdefault(tuple(form.split()), (forms[0], kind))
        self.cyrillic = dict(pair.split("=") for pair in sections["cyrillic"])
        self.nouns = {w: kind for key, kind in _NOUN_KINDS for w in self[key]}
        self.demonym_plurals = {
            w + "s"
            for w in self.demonyms
            if w[-1] not in "shz" and w not in {"vatican", "soviet", "philippine"}
        } | {"kurds", "arabs", "jews", "tamils"}
        self.adjectives = self["adjectives"] | {w for d in self.demonyms for w in d.split()}

    def _states(self) -> None:
        for line in _lines("places.txt"):
            names, capitals, people = (
                [e.strip() for e in f.split(",") if e.strip()] for f in line.split("|")
            )
            canonical = fold(names[0])
            for form in names:
                self.known[tuple(fold(form).split())] = (canonical, "government")
            for form in capitals:
                self.known.setdefault(tuple(fold(form).split()), (canonical, "government"))
                self.capitals.add(tuple(fold(form).split()))
            for form in people:
                self.demonyms.setdefault(fold(form), canonical)

    def __getitem__(self, name: str) -> frozenset[str]:
        return self.lists[name]


_NOUN_KINDS: tuple[tuple[str, Kind], ...] = (
    ("titles", "person"), ("person nouns", "person"), ("plural persons", "group"), ("group nouns", "group"),
    ("government nouns", "government"), ("armed nouns", "armed_force"),
)  # fmt: skip


def _lines(name: str) -> Iterator[str]:
    for line in (_DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    return Lexicon()


@cache
def common_words() -> frozenset[str]:
    """Common English words in lower case."""
    return frozenset(w for line in _lines("words.txt") for w in line.split())


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Words and punctuation marks of a span, with abbreviations, initials and possessives understood."""
    tokens: list[Token] = []
    honorifics = lexicon()["honorifics"]
    inside = lexicon()["possessive inside"]
    stop = len(text) if end is None else end
    skip = -1
    for m in _TOKEN.finditer(text, start, stop):
        a, b = m.span()
        if a < skip:
            continue
        raw = m.group()
        low = fold(raw)
        word = raw[0].isalnum()
        possessive = False
        if word and low not in inside:
            if low.endswith("'s"):
                low, b, possessive = low[:-2], b - 2, True
            elif low.endswith("s") and b < stop and text[b] in "'’" and text[b + 1 : b + 2].isspace():
                possessive, skip = True, b + 1
                if f"{low}'" in inside:
                    low, b, possessive = f"{low}'", b + 1, False
            elif low in honorifics and text[b : b + 1] == ".":
                b, skip = b + 1, b + 1
        tokens.append(Token(a, b, text[a:b], low, possessive, word))
    return tokens


def informative_case(tokens: list[Token]) -> bool:
    """Whether capital letters mark names here: not so in upper-case copy and title-case headlines."""
    words = [t.text for t in tokens if t.word and len(t.text) > 1 and t.text[0].isalpha()]
    upper = sum(w.isupper() for w in words)
    first = sum(w[0].isupper() for w in words)
    return not (
        (len(words) >= 3 and upper > 0.7 * len(words)) or (len(words) >= 6 and first > 0.75 * len(words))
    )


def find_mentions(text: str, sentences: Iterable[SentenceLike]) -> list[list[Mention]]:
    """Every mention, one list a sentence, each in order of its start."""
    read = [(s.number, tokenize(text, s.start, s.end)) for s in sentences]
    cased = [informative_case(tokens) for _, tokens in read]
    seen: set[str] = set()
    for (_, tokens), case in zip(read, cased, strict=True):
        if case:
            seen.update(
                t.low for p, t in itertools.pairwise(tokens) if t.text[0].isupper() and p.text not in _OPENERS
            )
    return [
        _Scan(number, tokens, case, seen).mentions()
        for (number, tokens), case in zip(read, cased, strict=True)
    ]


class _Scan:
    """One sentence being read."""

    def __init__(self, number: int, tokens: list[Token], cased: bool, seen: set[str]) -> None:
        self.number = number
        self.tokens = tokens
        self.cased = cased
        self.seen = seen
        self.lex = lexicon()
        self.found: list[Mention] = []
        self.names = 0
        self.named: list[bool] = [False] * len(tokens)
        self.stop = self.lex["function words"] | self.lex["calendar"]

    def mentions(self) -> list[Mention]:
        i = 0
        while i < len(self.tokens):
            if self.bracketed(i):
                self.emit(i, i + 1, self.lex.heads.get(self.tokens[i].low, "organisation"))
                i += 1
            elif self.namey(i) and not self.tokens[i].low.isdigit():
                j = self.chunk_end(i)
                self.analyse(i, j)
                i = j
            else:
                i += 1
        self.found.sort(key=lambda m: m.start)
        self.names = len(self.found)
        self.descriptions()
        return sorted(self.found, key=lambda m: (m.start, -m.end))

    def bracketed(self, i: int) -> bool:
        """An acronym in brackets after a name."""
        t = self.tokens[i]
        if not (
            1 < i < len(self.tokens) - 1
            and self.tokens[i - 1].text in {"(", "["}
            and self.tokens[i + 1].text in {")", "]"}
        ):
            return False
        return (
            self.named[i - 2]
            and t.text.isupper()
            and 1 < len(t.text) < 10
            and (t.low,) not in self.lex.known
            and t.low not in self.stop
        )

    def namey(self, i: int) -> bool:
        """Whether this token may be part of a name."""
        if i >= len(self.tokens):
            return False
        t = self.tokens[i]
        if (
            not t.word
            or len(t.low) == 1
            or (
                t.low.partition("'")[0] in self.stop
                and not (t.low == "us" and t.text.isupper() and self.cased)
            )
        ):
            return False
        if self.cased:
            if not (
                t.text[0].isupper()
                or (
                    re.match(r"(?:al|el|ul|as|ash|an|ad|ar|at|az)-[^\W\d_]", t.text)
                    and any(c.isupper() for c in t.text)
                )
            ):
                return False
            if (
                "-" in t.text
                and t.text.rpartition("-")[2].islower()
                and not t.text.startswith("Al-")
                and (t.low.partition("-")[0] in self.lex.adjectives or t.low.startswith(("us-", "u.s.-")))
            ):
                return False  # "Turkish-claimed"
            first = i == 0 or self.tokens[i - 1].text in _OPENERS
            return not first or self.named_start(i)
        if t.low in self.lex["reporting verbs"] and t.low in common_words():
            return False
        return self.special(t.low) or (
            t.low not in common_words()
            and not t.text[0].isdigit()
            and len(t.low) > 1
            and not self.compound(t.low)
        )

    def compound(self, low: str) -> bool:
        return "-" in low and all(p in common_words() or p in self.stop for p in low.split("-"))

    def special(self, low: str) -> bool:
        lex = self.lex
        return (
            low in lex["titles"]
            or low in lex["name fillers"]
            or low in lex.heads
            or low in lex.adjectives
            or (low,) in lex.known
            or low in lex["place words"]
        )

    def named_start(self, i: int) -> bool:
        """A capital at the start of a sentence: a name, unless a common word not capitalised elsewhere."""
        t = self.tokens[i]
        if t.low in self.seen or (len(t.text) > 1 and t.text.isupper()) or t.low not in common_words():
            return True
        following = self.tokens[i + 1] if i + 1 < len(self.tokens) else None
        capital = (
            following is not None
            and following.word
            and following.text[0].isupper()
            and (following.low not in self.stop or following.text in {"US", "U.S."})
        )
        return (
            capital
            and (
                self.special(t.low)
                or t.low in self.lex["title modifiers"]
                or (
                    len(self.tokens[i + 1].text) > 1
                    and i + 2 < len(self.tokens)
                    and self.tokens[i + 2].low in self.lex["reporting verbs"]
                )
            )
        ) or (t.low,) in self.lex.known

    def chunk_end(self, i: int) -> int:
        """The end of the longest run of name words from i, through "of", "for", "de" and the like."""
        lex, tokens = self.lex, self.tokens
        head = linked = False
        j = i
        while j < min(len(tokens), i + _LONGEST):
            t = tokens[j]
            if self.namey(j) or (
                j > i and t.word and t.text[0].isdigit() and not t.low.isdigit() and t.text[-1].isupper()
            ):
                head = head or t.low in lex.heads
                j += 1
                if t.possessive:
                    break
            elif j > i and t.low in lex["inner connectors"] and self.namey(j + 1):
                j += 1
            elif (
                j > i
                and t.low in {"of", "for", "to"}
                and tokens[j - 1].low in lex["titles"]
                and self.complement(j, len(tokens)) > j
            ):
                j = self.complement(j, len(tokens))
            elif head and t.low in {"of", "for", "on", "to"} and (self.cased or t.low in {"of", "for"}):
                k = j + 2 if j + 1 < len(tokens) and tokens[j + 1].low == "the" else j + 1
                if not self.namey(k) or (
                    t.low in {"on", "to"}
                    and tokens[j - 1].low
                    not in {"coalition", "committee", "commission", "council", "conference"}
                ):
                    break
                linked, j = True, k
            elif (
                linked
                and t.low == "and"
                and j + 1 < len(tokens)
                and tokens[j + 1].low in lex["name fillers"]
                and self.namey(j + 1)
            ):
                j += 1
            else:
                break
        return j

    def words(self, a: int, b: int) -> tuple[str, ...]:
        return tuple(t.low for t in self.tokens[a:b] if t.word and t.low not in _ARTICLES)

    def emit(self, a: int, b: int, kind: Kind, **more: object) -> None:
        if a >= b:
            return
        tokens = self.tokens
        mention = Mention(tokens[a].start, tokens[b - 1].end, self.number, self.words(a, b), kind)
        self.found.append(replace(mention, **more))  # type: ignore[arg-type]
        for i in range(a, b):
            self.named[i] = True

    def analyse(self, a: int, b: int) -> None:
        """Turn a run of name words into mentions: a title and a name, a state, a body, or somebody."""
        lex, tokens = self.lex, self.tokens
        while (
            a < b
            and tokens[a].low in lex["title modifiers"]
            and tokens[a].low not in lex["titles"]
            and self.known(a + 1, b)
        ):
            a += 1
        if self.known(a, b):
            return self.state(a, b)
        k = next((i for i in range(b - 1, a - 1, -1) if self.title(i, b)), -1)
        if k >= 0:
            c = self.complement(k + 1, b)
            if c < b and not (self.known(c, b) and tokens[k].low not in lex["honorifics"] and c - a > 1):
                self.prefix(a, k)
                return self.person(c, b, (a, c))
            if c >= b and all(self.modifies(i, a, k) for i in range(a, k)):
                return None  # a bare title: `descriptions` takes it
        heads = [i for i in range(a, b) if tokens[i].low in lex.heads]
        if heads and not (
            self.plain(a, b)
            or (tokens[b - 1].low in lex["place words"] and tokens[b - 1].low not in lex.heads)
        ):
            if all(
                t.low in lex.adjectives or t.low in {"government", "regime", "authorities"}
                for t in tokens[a:b]
            ):
                return None
            of = next((i for i in range(a, b) if tokens[i].low in {"of", "for", "to", "on"}), b)
            head = max((i for i in heads if i < of), default=heads[-1])
            if b - a > 1 or self.cased or tokens[a].low not in common_words():
                return self.emit(a, b, lex.heads[tokens[head].low], modifier=self.adjectival(b))
            return None
        while a < b and tokens[a].low in lex.adjectives:
            a += 1
        if a < b and self.known(a, b):
            return self.state(a, b)
        return self.somebody(a, b)

    def plain(self, a: int, b: int) -> bool:
        """In copy without case, words that are all everyday nouns are a description, no name."""
        return not self.cased and b - a == 1 and self.tokens[a].low in common_words()

    def known(self, a: int, b: int) -> bool:
        return 0 < b - a <= 8 and tuple(t.low for t in self.tokens[a:b]) in self.lex.known

    def title(self, i: int, b: int) -> bool:
        lex, t = self.lex, self.tokens[i]
        if t.low not in lex["titles"] or (i > 1 and self.tokens[i - 1].low in {"of", "for"}):
            return False
        rest = self.tokens[i + 1 : b]
        return (
            not rest
            or not all(
                r.low in lex.heads or r.low in lex["name fillers"] or r.low in {"of", "for", "the"}
                for r in rest
            )
            or rest[0].low == "of"
        )

    def modifies(self, i: int, a: int, k: int) -> bool:
        low, lex = self.tokens[i].low, self.lex
        return (
            low in lex["title modifiers"]
            or low in lex["titles"]
            or low in lex.adjectives
            or low in lex.heads
            or low in {"of", "the", "for"}
            or (low,) in lex.known
            or self.known(a, k)
        )

    def complement(self, c: int, b: int) -> int:
        """The end of "of State" or "of Israel" after a title."""
        tokens, lex = self.tokens, self.lex
        if c < len(tokens) and tokens[c].low in {"of", "for", "to"}:
            d = c + 1
            the = d < len(tokens) and tokens[d].low == "the"
            for e in range(min(d + 7, len(tokens)), d + the, -1):
                if self.known(d + the, e):
                    return e
            while d < len(tokens) and tokens[d].low in lex["title complements"]:
                d += 1
            if d > c + 1:
                return d
        return c

    def prefix(self, a: int, k: int) -> None:
        """The body or state a title starts with: "Ghana" in "Ghana Army Chief Kofi Mensah"."""
        while k > a and (
            self.tokens[k - 1].low in self.lex["title modifiers"]
            or self.tokens[k - 1].low in self.lex["titles"]
        ):
            k -= 1
        if a < k and self.known(a, k):
            self.state(a, k, modifier=True)
        elif a < k and (
            self.tokens[k - 1].low in self.lex.heads
            or (
                k - a == 1
                and self.tokens[a].low not in common_words()
                and self.tokens[a].low not in self.lex.adjectives
            )
        ):
            self.emit(a, k, self.lex.heads.get(self.tokens[k - 1].low, "organisation"), modifier=True)

    def state(self, a: int, b: int, modifier: bool = False) -> None:
        words = tuple(t.low for t in self.tokens[a:b])
        canonical, kind = self.lex.known[words]
        seat = words in self.lex.capitals
        before = self.tokens[a - 1].low if a else ""
        back = self.tokens[a - 2].low if a > 1 else ""
        if before in self.lex.adjectives or before == "the":
            before = back
        place = before in (_SEAT_LOCATIVE if seat else _LOCATIVE) or (
            before == "of" and (back in self.lex["towns"] or back in self.lex["place words"])
        )
        if seat and (
            self.dateline(a, b)
            or (before == "," and back and self.cased and self.tokens[a - 2].text[0].isupper())
        ):
            place = True
        self.emit(a, b, kind, canonical=canonical, modifier=modifier or place or self.adjectival(b))

    def dateline(self, a: int, b: int) -> bool:
        following = [t.text for t in self.tokens[b : b + 16]]
        dash = any(f in {"—", "–"} or f == "-" == g for f, g in itertools.pairwise(following))
        return self.number == 1 and a < 2 and dash and following[0] in {",", "(", "—", "–", "-"}

    def adjectival(self, b: int) -> bool:
        """Whether a title or an agent noun follows at once: "US troops"."""
        if b >= len(self.tokens) or self.tokens[b - 1].possessive:
            return False
        low = self.tokens[b].low
        return low in self.lex.nouns or (
            low in self.lex["title modifiers"]
            and b + 1 < len(self.tokens)
            and self.tokens[b + 1].low in self.lex.nouns
        )

    def somebody(self, a: int, b: int) -> None:
        """A name that no list knows: a person, an acronym, a people, a place."""
        tokens, lex = self.tokens, self.lex
        if a >= b:
            if tokens[b - 1].low in lex.demonym_plurals:
                self.emit(b - 1, b, "group")
            return None
        if tokens[b - 1].low in lex.demonym_plurals:
            return self.emit(a, b, "group")
        if (tokens[b - 1].low in lex["place words"] and b - a == 1) or (
            b - a == 1 and tokens[a].low in lex.nouns
        ):
            return None
        if (
            (b < len(tokens) and tokens[b].low in lex["place words"])
            or tokens[b - 1].low in lex["place words"]
            or tokens[a].low in {"mount", "cape", "fort", "lake"}
        ):
            return self.emit(a, b, "other", modifier=True)
        if not self.cased:
            while a < b and (tokens[a].low in common_words() or tokens[a].low in lex["name fillers"]):
                a += 1
            while a < b and tokens[b - 1].low in common_words():
                b -= 1
            if a >= b:
                return None
        return self.person(a, b, None)

    def person(self, a: int, b: int, role: tuple[int, int] | None) -> None:
        """A name with the role before it or after it, if there is one."""
        tokens = self.tokens
        while (
            not self.cased
            and b - a > 1
            and tokens[b - 1].low in common_words()
            and tokens[b - 1].low not in self.lex["inner connectors"]
        ):
            b -= 1
        before = role[0] if role else a
        if not (role and before > 0 and tokens[before - 1].text == ","):
            wider = self.role_before(before)
            role = (wider[0], role[1] if role else wider[1]) if wider else role
        found = role or self.role_after(b)
        if not found and self.dateline(a, b):
            return self.emit(a, b, "other", modifier=True)
        kind: Kind = "person" if found else "other"
        if (
            not found
            and 1 < b - a <= 5
            and all(t.text.isalpha() or "-" in t.text or "." in t.text or "'" in t.low for t in tokens[a:b])
        ):
            kind = "other" if a and tokens[a - 1].low in _LOCATIVE else "person"
        elif not found and b - a == 1 and self.cased and tokens[a].text.isupper() and len(tokens[a].text) > 1:
            kind = "organisation"
        owner = (
            bool(found)
            and found is not None
            and found[0] > 0
            and (tokens[found[0] - 1].low in _POSSESSIVES or tokens[found[0] - 1].possessive)
        )
        shared = found is not None and tokens[found[1] - 1].low in self.lex["plural titles"]
        span = (tokens[found[0]].start, tokens[found[1] - 1].end) if found and not shared else None
        if span and owner and found is not None:
            span = (tokens[found[0] - 1].start, span[1])
        self.emit(a, b, kind, role=span, possessor=owner, titled=bool(found))
        for i in range(*(found or (0, 0))):
            self.named[i] = True
        return None

    def role_before(self, a: int) -> tuple[int, int] | None:
        """The title in lower case before a name: "the political scientist", "Taliban spokesman,"."""
        tokens, lex = self.tokens, self.lex
        p = a - 1
        comma = p > 0 and tokens[p].text == ","
        p -= comma
        if p < 0 or (
            tokens[p].low not in lex["titles"]
            and not (p >= 2 and self.complement(p - 1, a) == p + 1 and tokens[p - 2].low in lex["titles"])
        ):
            return None
        q = p
        while (
            q > 0
            and p - q < 10
            and tokens[q - 1].word
            and not tokens[q - 1].possessive
            and self.modifier_word(q - 1)
        ):
            q -= 1
        if comma and (
            tokens[p].low in lex["plural titles"]
            or (q == p and (q == 0 or tokens[q - 1].low not in _ARTICLES | _POSSESSIVES))
        ):
            return None
        return (q, p + 1) if q < p + 1 else None

    def modifier_word(self, i: int) -> bool:
        t, lex = self.tokens[i], self.lex
        if t.low in lex["title modifiers"] or t.low in lex["titles"] or t.low in lex.adjectives:
            return True
        if t.low == "of":
            return i > 0 and self.modifier_word(i - 1) and self.modifier_word(i + 1)
        return self.named[i] or (t.low in lex["description modifiers"])

    def role_after(self, b: int) -> tuple[int, int] | None:
        """The apposition after a name: ", the caretaker prime minister,"."""
        tokens, lex = self.tokens, self.lex
        if b + 1 >= len(tokens) or tokens[b].text != "," or tokens[b - 1].possessive:
            return None
        c = b + 1
        if tokens[c].low in _ARTICLES | _POSSESSIVES:
            c += 1
        for i in range(c, min(c + 8, len(tokens))):
            low = tokens[i].low
            if (
                not tokens[i].word
                or low in lex["reporting verbs"]
                or (
                    low in lex["function words"]
                    and low not in {"former", "new"}
                    and not tokens[i].text.isupper()
                )
            ):
                return None
            following = tokens[i + 1].low if i + 1 < len(tokens) else ""
            if low in lex["titles"] and low not in lex["honorifics"] and following not in lex["titles"]:
                if (
                    following
                    and tokens[i + 1].text != ","
                    and following not in {"of", "for", "to", "in", "at", "who", "and"}
                ):
                    return None
                return c, self.apposition_end(i + 1)
        return None

    def apposition_end(self, i: int) -> int:
        if i < len(self.tokens) and self.tokens[i].low in {"of", "for", "to", "in", "at"}:
            for j in range(i + 1, min(i + 9, len(self.tokens))):
                if not self.tokens[j].word:
                    return j
        return i

    def descriptions(self) -> None:
        """Noun phrases that name an actor without a name: "a senior military source", "the rebels"."""
        tokens, lex = self.tokens, self.lex
        for h, t in enumerate(tokens):
            kind = lex.nouns.get(t.low)
            if kind is None or self.named[h] or t.low in lex["honorifics"]:
                continue
            following = tokens[h + 1] if h + 1 < len(tokens) else None
            if (
                t.low in lex["ambiguous nouns"]
                and following is not None
                and not t.possessive
                and not self.ends_phrase(following)
            ):
                continue
            if (
                following is not None
                and not t.possessive
                and (
                    following.low in lex.nouns
                    or (
                        following.low in lex["title modifiers"]
                        and h + 2 < len(tokens)
                        and tokens[h + 2].low in lex.nouns
                    )
                )
            ):
                continue  # not the head yet: "opposition leaders"
            a = self.phrase_start(h)
            determined = (a < h and tokens[a].low in lex["quantifiers"]) or tokens[a].possessive
            plural = t.low in lex["plural persons"] or (kind == "armed_force" and t.low.endswith("s"))
            if not (
                determined
                or plural
                or (
                    a < h
                    and (
                        (tokens[a].text[0].isupper() and a > 0)
                        or self.named[a]
                        or tokens[a].low in lex.adjectives
                    )
                )
            ):
                continue
            if t.low in lex["reporting verbs"] and not determined:
                continue
            b = self.phrase_end(h)
            self.emit_phrase(a, h, b, kind)

    def ends_phrase(self, t: Token) -> bool:
        """Whether a noun phrase can be over before this token."""
        verb = t.low in self.lex["reporting verbs"] and t.low + "s" not in self.lex["reporting verbs"]
        return not t.word or t.low in self.lex["function words"] or verb or t.low.endswith(("ed", "ly"))

    def phrase_start(self, h: int) -> int:
        tokens, lex = self.tokens, self.lex
        a = h
        while a > 0 and h - a < 7 and tokens[a - 1].word:
            p = tokens[a - 1]
            if p.low in lex["quantifiers"] or p.possessive:
                if not (
                    p.low
                    in {"two", "three", "four", "five", "other", "many", "several", "few", "most", "certain"}
                    and a > 1
                    and tokens[a - 2].low in {"the", "all", "some", "these"}
                ):
                    return self.widen(a - 1)
            elif not (
                p.low in lex["description modifiers"]
                or p.low in lex.adjectives
                or p.low in lex["title modifiers"]
                or self.named[a - 1]
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

    def widen(self, a: int) -> int:
        """The start of the possessor's name, where a phrase begins with "Mensah's"."""
        if self.tokens[a].possessive:
            while a > 0 and self.named[a - 1]:
                a -= 1
        return a

    def phrase_end(self, h: int) -> int:
        """Through "within the central ministry" after a source, a member, a leader."""
        tokens, lex = self.tokens, self.lex
        if (
            h + 2 < len(tokens)
            and tokens[h + 1].low in {"of", "within", "from", "at"}
            and not tokens[h].possessive
            and (
                tokens[h].low in lex["plural persons"]
                or tokens[h].low in lex["person nouns"]
                or tokens[h].low
                in {"spokesman", "spokeswoman", "spokesperson", "assembly", "members", "delegation"}
            )
        ):
            j = h + 2
            while (
                j < len(tokens)
                and j - h < 8
                and tokens[j].word
                and (
                    self.named[j]
                    or tokens[j].low in lex["description modifiers"]
                    or tokens[j].low in lex.nouns
                    or tokens[j].low in lex["quantifiers"]
                )
            ):
                j += 1
            if tokens[j - 1].low in lex.nouns or self.named[j - 1] or tokens[j - 1].low in lex.heads:
                return j
        return h + 1

    def inside(self, start: int, end: int) -> list[Mention]:
        """The names within a span; names are found in order, before any description."""
        low = bisect.bisect_left(self.found, start, hi=self.names, key=lambda m: m.start)
        return [m for m in self.found[low : min(low + 5, self.names)] if m.end <= end]

    def emit_phrase(self, a: int, h: int, b: int, kind: Kind) -> None:
        tokens, lex = self.tokens, self.lex
        words = self.words(a, b)
        canonical = None
        inner = [t.low for t in tokens[a:h]]
        country = next((lex.demonyms[w] for w in (*inner, " ".join(inner[-2:])) if w in lex.demonyms), None)
        country = country or next((c for w in inner if (c := lex.known.get((w,), ("", "other"))[0])), None)
        if tokens[h].low in {"government", "regime", "state"} and country and len(words) <= 3:
            canonical = country
        near = (
            self.inside(tokens[a].start, tokens[h].start)
            if tokens[h].low in _MEMBERS and any(self.named[a:h])
            else []
        )
        member = next(
            (
                m
                for m in near
                if not m.description
                and m.kind in {"armed_force", "organisation"}
                and m.end <= tokens[h].start
            ),
            None,
        )
        mention = Mention(
            tokens[a].start, tokens[b - 1].end, self.number, words, kind, canonical, description=True
        )
        self.found.append(
            replace(mention, words=member.words, canonical=member.canonical, titled=True)
            if member
            else mention
        )
