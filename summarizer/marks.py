"""Quotation marks in a line of a brief: what a reader would take for quoted, and how to take the marks out.

It errs on the side of "quoted": marks that nest, repeat, face the wrong way or are lost make the whole stretch
between the outermost of them count, and every character of Unicode's property Quotation_Mark is one, with the
primes, ornaments and brackets that stand for them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

DOUBLE: Final = frozenset('"＂«»‹›“”„‟❝❞❠❮❯〝〞〟🙶🙷🙸″‴‶‷〃ʺˮ˝⹂「」『』｢｣﹁﹂﹃﹄《》〈〉⟪⟫⟨⟩【】⸂⸃⸄⸅⸉⸊⸌⸍⸜⸝⸠⸡')
"""Marks that always open or close a quotation."""

SINGLE: Final = frozenset("'’‘‚‛`´＇｀′‵ʼʻʽˊˋ״׳❛❜❟")
"""Marks that inside a word are apostrophes."""

_PAIRS: Final = frozenset((
    '""', "＂＂", "“”", "„“", "„”", "””", "‟”", "«»", "»«", "»»", "‹›", "›‹", "❝❞", "❮❯", "〝〞", "〝〟", "🙶🙷", "″″",
    "「」", "『』", "｢｣", "﹁﹂", "﹃﹄", "《》", "〈〉", "⟪⟫", "⟨⟩", "【】",
))  # fmt: skip
_WRITTEN: Final = (("``", "“"), ("''", "”"), (",,", "„"), ("<<", "«"), (">>", "»"))
"""Marks written with other characters, as agency copy and OCR have them."""
_MARKUP: Final = re.compile(r"&(?=#?\w{1,30};)|<(?=[/!]?[A-Za-z])|\\(?=[ux][0-9a-fA-F])")
"""What a reader's software would turn into marks: entities, tags, escapes."""
_ELIDED: Final = re.compile(r"\d\ds?\b|(?:em|tis|twas|til|cause|n)\b", re.IGNORECASE)
"""What an apostrophe at the beginning of a word stands before: '90s, 'em."""
_ENDS: Final = "… .,;:"


def has_markup(line: str) -> bool:
    """Whether a line holds an entity, a tag or an escape."""
    return _MARKUP.search(line) is not None


def quoted_parts(line: str) -> list[str]:
    """The stretches of `line` that a reader may take for quoted."""
    line = _written_out(line)
    doubles = [i for i, c in enumerate(line) if c in DOUBLE]
    pairs = _pairs(line, doubles)
    if pairs is None:
        found = [_outermost(line, doubles)]
    else:
        found = [line[a + 1 : b] for a, b in pairs]
        for a, b in pairs:  # what is looked up as a whole may hold any mark
            line = f"{line[: a + 1]}{' ' * (b - a - 1)}{line[b:]}"
    return [part for part in (*found, *_single_parts(line)) if _words(part)]


def without_marks(text: str) -> str:
    """`text` without any mark that could open or close a quotation; apostrophes in words stay."""
    while True:
        plain = _written_out(_MARKUP.sub(lambda m: f"{m.group()} ", text))
        apart = {i for i, _ in _singles(plain)}
        kept = "".join(c for i, c in enumerate(plain) if c not in DOUBLE and i not in apart)
        if kept == text:
            return text
        text = kept


def stands(words: str, text: str) -> bool:
    """Whether quoted words stand in a text as whole words, letter for letter.

    The first letter may be of either case, as a quotation begins a sentence or not, and all letters may where the
    text is in capitals throughout, as old agency copy is. Marks, white space and punctuation at the ends do not count.
    """
    wanted, there = _words(words), fold(text)
    if there.isupper():
        return has_words(wanted.casefold(), there.casefold())
    other = wanted[:1].swapcase() if wanted[1:2].islower() or not wanted[1:2].isalpha() else wanted[:1]
    return has_words(wanted, there) or has_words(other + wanted[1:], there)


def has_words(wanted: str, text: str) -> bool:
    """Whether `wanted` stands in `text` without a part of a word at either end. Linear for ordinary text."""
    start = text.find(wanted) if wanted else -1
    while start >= 0:
        if between_words(text, start) and between_words(text, start + len(wanted)):
            return True
        start = text.find(wanted, start + 1)
    return False


def between_words(text: str, at: int) -> bool:
    """Whether a word may begin or end at a place; scripts written without blanks have no borders."""
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    if _joins(after) or _joins(before):  # a combining mark, a soft hyphen: the word goes on
        return not (_in_word(before) and _in_word(after))
    return not (before.isalnum() and after.isalnum()) or before >= "\u2e80" or after >= "\u2e80"


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A span widened to the ends of the words it begins and ends in."""
    while not between_words(text, start):
        start -= 1
    while not between_words(text, end):
        end += 1
    return start, end


def _joins(c: str) -> bool:
    return c in "\u00ad\u200c\u200d\u2060" or unicodedata.category(c)[0] == "M"


def _in_word(c: str) -> bool:
    return c.isalnum() or _joins(c)


def fold(text: str) -> str:
    """`text` without quotation marks and invisible characters, dashes plain, white space as single blanks."""
    plain = _UNUSUAL.sub(lambda c: _visible(c.group()), text)
    plain = _APART.sub("", plain.translate(_FOLDED)).translate(_APOSTROPHES)
    return re.sub(r" (?=[.,;:!?])", "", " ".join(plain.split()))


_UNUSUAL: Final = re.compile("[^ -~]")


def _visible(c: str) -> str:
    category = unicodedata.category(c)
    return " " if category == "Cc" or c == "\u200b" else "" if category == "Cf" else c


_FOLDED: Final = str.maketrans({**dict.fromkeys(DOUBLE, None), "–": "-", "—": "-"})
_APOSTROPHES: Final = str.maketrans(dict.fromkeys(SINGLE, "'"))
_APART: Final = re.compile("(?<!\\w)[{0}]|[{0}](?!\\w)".format("".join(sorted(SINGLE))))


def _words(part: str) -> str:
    return fold(part).strip(_ENDS)


def _written_out(line: str) -> str:
    for written, mark in _WRITTEN:
        line = line.replace(written, mark)
    return line


def _pairs(line: str, at: list[int]) -> list[tuple[int, int]] | None:
    """The marks in twos, where they pair up beyond doubt; else None."""
    if len(at) % 2:
        return None
    pairs = list(zip(at[::2], at[1::2], strict=True))
    clean = all(line[a] + line[b] in _PAIRS and _encloses(line, a, b) for a, b in pairs)
    return pairs if clean else None


def _encloses(line: str, a: int, b: int) -> bool:
    """Whether marks stand close to the words between them, and not to those outside."""
    inside = line[a + 1 : b]
    tight = bool(inside.strip()) and inside == inside.strip()
    wide = line[a] + line[b] == "«»" and bool(inside.strip())  # French sets blanks inside
    apart = line[a] >= "\u2e80" or (not (line[a - 1 : a].isalnum() and a > 0) and not line[b + 1 : b + 2].isalnum())
    return (tight or wide) and apart


def _outermost(line: str, at: list[int]) -> str:
    """Between the outermost of marks that do not pair up; to the line's end, or all of it, where one is lost."""
    if len(at) % 2 == 0:
        return line[at[0] + 1 : at[-1]]
    opens = not line[at[0] - 1 : at[0]].strip() and line[at[0] + 1 : at[0] + 2].strip()
    return line[at[0] + 1 :] if opens else line


Role = Literal["open", "close", "possessive", "elision", "unclear"]
_APOSTROPHE: Final = "'’ʼ＇"


def _singles(line: str) -> list[tuple[int, Role]]:
    """The single marks that are no apostrophes: of a word, of plural possessives only, of '90s."""
    places = (i for i, c in enumerate(line) if c in SINGLE)
    found = [(i, role) for i in places if (role := _role(line, i))]
    roles = {role for _, role in found}
    if roles <= {"possessive"} or roles <= {"elision"}:
        return []
    return [(i, "open" if role == "elision" else role) for i, role in found]


def _role(line: str, i: int) -> Role | None:
    """What a single mark is by its surroundings; None for an apostrophe inside a word."""
    before, after = line[i - 1] if i else " ", line[i + 1] if i + 1 < len(line) else " "
    if before.isalnum():
        if after.isalnum():
            return None
        return "possessive" if before in "sSzZxX" and line[i] in _APOSTROPHE else "close"
    if after.isalnum():
        return "elision" if line[i] in _APOSTROPHE and _ELIDED.match(line, i + 1) else "open"
    return "close" if before in ".,!?…" else "unclear"


def _single_parts(line: str) -> list[str]:
    found = _singles(line)
    if not found:
        return []
    roles = [role for _, role in found]
    at = [i for i, _ in found]
    if "open" not in roles and "unclear" not in roles:
        return [line]  # the opening mark is lost
    ends = [role in ("close", "possessive") for role in roles]
    if len(at) % 2 == 0 and all(role == "open" for role in roles[::2]) and all(ends[1::2]):
        return [line[a + 1 : b] for a, b in zip(at[::2], at[1::2], strict=True)]
    first = next(i for i, role in found if role in ("open", "unclear"))
    return [line[first + 1 : at[-1]] if ends[-1] and at[-1] > first else line[first + 1 :]]
