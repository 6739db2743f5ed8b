"""Words by meaning: base forms, classes of synonyms, opposites and groups of cues, from data/thesaurus.txt."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from summarizer.names import common_words

__all__ = [
    "BASE",
    "ING",
    "OTHER",
    "PAST",
    "THIRD",
    "base_form",
    "can_be_verb",
    "group",
    "group_rows",
    "heads",
    "opposite_heads",
    "phrases",
]

_DATA: Final = Path(__file__).parent.parent / "data" / "thesaurus.txt"

BASE, PAST, ING, THIRD, OTHER = "base", "past", "ing", "third", "other"
"""The forms of a word: send, sent, sending, sends; and what is none of these."""


@cache
def _sections() -> dict[str, list[str]]:
    """The rows of the data file by section."""
    out: dict[str, list[str]] = {}
    rows: list[str] = []
    for line in _DATA.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            rows = out.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            rows.append(line)
    return out


@cache
def group(name: str) -> frozenset[str]:
    """The words and phrases of a group of cues."""
    return frozenset(w for row in _sections()[name] for w in row.split())


def group_rows(name: str) -> list[str]:
    """The rows of a section."""
    return _sections()[name]


@cache
def _irregular() -> dict[str, str]:
    rows = (row.partition(":") for row in _sections()["forms"])
    return {form: head for head, _, forms in rows for form in forms.split()}


@cache
def _classes() -> dict[str, frozenset[str]]:
    """Each word with the heads of the classes it stands in."""
    out: dict[str, set[str]] = {}
    for row in _sections()["classes"]:
        head, _, words = row.partition(":")
        for word in (head, *words.split()):
            out.setdefault(word, set()).add(head)
    return {word: frozenset(found) for word, found in out.items()}


@cache
def _opposites() -> dict[str, frozenset[str]]:
    """Each word with those that say the opposite."""
    out: dict[str, set[str]] = {}
    for row in _sections()["opposites"]:
        left, right = (side.split() for side in row.split("|"))
        for ours, others in ((left, right), (right, left)):
            for word in ours:
                out.setdefault(word, set()).update(others)
    return {word: frozenset(found) for word, found in out.items()}


@cache
def _known() -> frozenset[str]:
    """Every word that can be a base form."""
    own = {w for w in (*_classes(), *_opposites()) if "_" not in w}
    return common_words() | own | set(_irregular().values())


@lru_cache(maxsize=4_096)
def can_be_verb(base: str) -> bool:
    """Whether a base form has the past form of a verb."""
    known = common_words()
    if "_" in base or base in _irregular().values():
        return True
    forms = (base + "ed", base + "d", base + base[-1:] + "ed", base[:-1] + "ied")
    return any(f in known for f in forms)


_SUFFIXES: Final = (
    ("ies", "y", THIRD),
    ("ied", "y", PAST),
    ("es", "", THIRD),
    ("s", "", THIRD),
    ("ed", "", PAST),
    ("ed", "e", PAST),
    ("ing", "", ING),
    ("ing", "e", ING),
)


@lru_cache(maxsize=4_096)
def base_form(low: str) -> tuple[str, str]:
    """The base form of a word in lower case, and which form it is."""
    irregular = _irregular().get(low)
    if irregular:
        return irregular, PAST
    if len(low) < 4 or "_" in low:
        return low, BASE
    known = _known()
    if low.endswith("es") and low[:-1] in known and not low.endswith(("sses", "ches", "shes", "xes", "oes")):
        return low[:-1], THIRD
    for suffix, ending, form in _SUFFIXES:
        if not low.endswith(suffix) or len(low) - len(suffix) < 2 or low.endswith("ss"):
            continue
        cut = low[: -len(suffix)]
        doubled = len(cut) > 3 and cut[-1] == cut[-2] and cut[-1] not in "aeou"
        if suffix in ("ed", "ing") and not ending and doubled and cut[:-1] in known and cut not in _classes():
            return cut[:-1], form
        silent = suffix in ("ed", "ing") and not ending and cut + "e" in known and not cut.endswith(("ss", "nd", "ck"))
        if silent and (cut not in _classes() or cut + "e" in _classes()):
            return cut + "e", form
        if cut + ending in known:
            return cut + ending, form
    for suffix, form in (("ies", THIRD), ("s", THIRD), ("ed", PAST), ("ing", ING)):
        if low.endswith(suffix) and len(low) > len(suffix) + 3 and not low.endswith(("ss", "us", "is")):
            return low[: -len(suffix)], form
    return low, BASE


_ENDINGS = re.compile(
    r"(?:ations?|itions?|ions?|ments?|ances?|ences?|ally|ial|al|ively|ive|ly|ers?|ors?|ness|ity|ed|ing|es|e|s|y)$"
)


@lru_cache(maxsize=4_096)
def _root(base: str) -> str:
    """A rough root, the same for a verb and the nouns and adverbs made of it: deploy, deployment."""
    cut = _ENDINGS.sub("", base) if len(base) > 5 else base
    cut = cut if len(cut) > 3 else base
    if len(cut) > 3 and cut[-1] == cut[-2]:
        cut = cut[:-1]
    return cut.rstrip("e") if len(cut) > 3 else cut


@cache
def _rooted() -> dict[str, frozenset[str]]:
    """The classes of each root of a word that stands in some."""
    out: dict[str, frozenset[str]] = {}
    for word, found in _classes().items():
        if "_" not in word:
            root = _root(word)
            out[root] = out.get(root, frozenset()) | found
    return out


@lru_cache(maxsize=4_096)
def heads(base: str) -> frozenset[str]:
    """What a base form can mean: its root and the heads of its classes."""
    root = _root(base)
    if "_" in base and not any(base in group(name) for name in ("deniers", "negators", "ceasers")):
        first = base.split("_", 1)[0]
        return _classes().get(base, frozenset()) | {"~" + root, "~" + _root(first)}
    found = _classes().get(base)
    if found is None:
        found = _rooted().get(root, frozenset()) if len(base) > 5 else frozenset()
    return found | {"~" + root}


@lru_cache(maxsize=4_096)
def opposite_heads(base: str) -> frozenset[str]:
    """The roots of the words that say the opposite of a base form."""
    return frozenset("~" + _root(w) for w in _opposites().get(base, ()))


_PARTICLES: Final = frozenset(["out", "down", "over", "back", "up", "off", "away", "in", "on", "apart", "from"])


@cache
def phrases() -> dict[str, tuple[tuple[tuple[str, ...], bool], ...]]:
    """The phrases of the data file by first word, the longest first; and whether words may stand between."""
    every = {
        w for name, rows in _sections().items() if name != "forms" for row in rows for w in re.split(r"[ :|]+", row)
    }
    out: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    for phrase in every:
        parts = tuple(phrase.split("_"))
        if len(parts) > 1:
            out.setdefault(parts[0], []).append(
                (
                    parts,
                    len(parts) == 2 and parts[1] in _PARTICLES and (parts[1] != "from" or parts[0] in ("keep", "stop")),
                )
            )
    return {first: tuple(sorted(found, key=lambda p: -len(p[0]))) for first, found in out.items()}
