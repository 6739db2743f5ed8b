"""Sentences that speak to an AI: words of several classes near each other, and the marks of a chat or a program.

A sentence is never judged by one word: somebody is addressed, told to do something, and it is what a summariser
does. News about such sentences has the same words, so they are flagged, never dropped. The words are in
`data/instructions.txt`, how they combine is in `_RULES`. Time is in proportion to the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from summarizer.disguise import decoded, readings
from summarizer.marks import without_marks
from summarizer.phrases import Hit, Language, Token, hits, tags, tokenize
from summarizer.plain import one_line

__all__ = ["Found", "Listener"]

_NEAR = 30.0
"""Words within which classes combine; a Chinese character counts as half of one."""
_BESIDE = 12.0
"""Words between an order to set rules aside and the rules."""
_VERB_LAST = frozenset({"tr", "zh"})
_SHOWN = 80
_CALLS: Final = frozenset(",:;!،，：！—–-")
_STOPS: Final = _CALLS | frozenset(".。")


class Found(NamedTuple):
    """Why a sentence reads like an instruction to an AI."""

    reason: str
    """In words for a person."""
    words: str
    """The article's words, one line of at most 80 characters without quotation marks."""


# How classes combine


_RULES: Final[tuple[tuple[frozenset[str], ...], ...]] = tuple(
    tuple(frozenset(group.split("|")) for group in rule.split(" & "))
    for rule in (
        "cancelled rules",
        "secret & order|do|modal",
        "role & reader|machine",
        "named",
        "reader & order|do & text|reading|summary|output|rules|value",
        "reader & modal & text|reading|summary",
        "machine & order|do|modal & summary",
        "machine & order|do|modal & reading",
        "machine & order|do & value",
        "machine & order|do & given rules",
        "machine & order|do & text & output|value|reading",
        "called & order|do|modal|summary|text|reading|rules|secret",
        "told",
        "channel & order|do|modal|reader|machine|given rules",
        "announced",
        "you & order|do|modal|value|text",
        "text & to the machine",
        "whoever & summary|reading & order|do|modal",
        "do first & summary & output|value|text",
        "do first & value & output",
    )
)
"""Classes that must stand near each other. Besides those of the data file: "do" is a verb at the head of a clause, "do
first" one at the head of the sentence, "given rules" rules that are earlier ones or the reader's, "called" a reader
spoken to, "cancelled rules" such as are to be set aside,
"named" a reader that somebody is told to be, "told" one that is given an order
straight after, "announced" a channel at the beginning."""


class _Seen:
    """Where each class stood last, by language."""

    def __init__(self) -> None:
        self._ends: dict[str, dict[Language, int]] = defaultdict(dict)

    def add(self, hit: Hit) -> None:
        self._ends[hit.kind][hit.language] = hit.last

    def within(self, kind: str, hit: Hit, tokens: list[Token], words: float) -> bool:
        """Whether a class, of the language of a hit, stood at most so many words before it."""
        ends = self._ends[kind]
        same = ends.values() if hit.language == "any" else (ends[k] for k in (hit.language, "any") if k in ends)
        return any(tokens[hit.first].at - tokens[last].at <= words for last in same)


def _derived(found: list[Hit], tokens: list[Token]) -> Iterator[Hit]:
    """The hits, and what follows from where they stand beside each other and beside marks."""
    seen = _Seen()
    starts: dict[int, list[Hit]] = defaultdict(list)
    for hit in found:
        starts[hit.first].append(hit)
    for hit in found:
        for more in (hit, *_following(hit, tokens, seen, starts)):
            seen.add(more)
            yield more


def _following(hit: Hit, tokens: list[Token], seen: _Seen, starts: dict[int, list[Hit]]) -> Iterator[Hit]:
    """What a hit is besides, by what stands beside it."""
    here = tokens[hit.first]
    if hit.kind in ("verb", "order") and here.head:
        yield hit._replace(kind="do")
        if here.at < 2:
            yield hit._replace(kind="do first")
    if (hit.kind == "rules" and seen.within("earlier", hit, tokens, 3)) or (
        hit.kind == "earlier" and seen.within("rules", hit, tokens, 2.5)
    ):
        yield hit._replace(kind="given rules")
        if seen.within("cancel", hit, tokens, _BESIDE):
            yield hit._replace(kind="cancelled rules")
    if hit.kind == "cancel" and hit.language in _VERB_LAST and seen.within("given rules", hit, tokens, _BESIDE):
        yield hit._replace(kind="cancelled rules")
    if hit.kind in ("reader", "machine"):
        if hit.kind == "reader" and seen.within("being", hit, tokens, 5):
            yield hit._replace(kind="named")
        yield from _spoken_to(hit, tokens, seen, starts)
    if hit.kind == "channel" and here.at < 2 and _calls(tokens, hit.last):
        yield hit._replace(kind="announced")


def _spoken_to(hit: Hit, tokens: list[Token], seen: _Seen, starts: dict[int, list[Hit]]) -> Iterator[Hit]:
    """Whether a reader is addressed: "Dear assistant,", "Model, decode", "Listen, chatbot."."""
    here, called = tokens[hit.first], _calls(tokens, hit.last)
    reader = hit.kind == "reader"
    if seen.within("dear", hit, tokens, 3) and (called or reader):
        yield hit._replace(kind="called")
    beside = [tokens[number].key for number in (hit.first - 1, hit.last + 1) if 0 <= number < len(tokens)]
    told = seen.within("do", hit, tokens, _BESIDE) or seen.within("order", hit, tokens, _BESIDE)
    if reader and told and len(beside) == 2 and beside[0] in _CALLS and beside[1] in _STOPS:
        yield hit._replace(kind="called")
    if called is None or not (here.head or here.at < 5):
        return
    following = next((n for n in range(called + 1, min(called + 4, len(tokens))) if tokens[n].key[:1].isalnum()), None)
    near = starts.get(following or -1, ())
    kinds = {other.kind for other in near if other.language == hit.language or "any" in (other.language, hit.language)}
    if kinds & {"order", "cancel"}:
        yield hit._replace(kind="told")
    elif "verb" in kinds and reader:
        yield hit._replace(kind="called")


def _calls(tokens: list[Token], last: int) -> int | None:
    """The number of the mark after the reader's name and at most two more words, or None."""
    for number in range(last + 1, min(last + 4, len(tokens))):
        if tokens[number].key in _CALLS:
            return number
        if not tokens[number].key[:1].isalnum():
            return None
    return None


_MADE_OF: Final = {
    "do": ("verb", "order"),
    "do first": ("verb", "order"),
    "given rules": ("rules",),
    "cancelled rules": ("cancel",),
    "called": ("reader", "machine"),
    "told": ("reader", "machine"),
    "named": ("being",),
    "announced": ("channel",),
}


def _possible(found: list[Hit]) -> bool:
    """Whether the words could make up any rule at all."""
    kinds = {hit.kind for hit in found}
    return _rule(kinds | {made for made, parts in _MADE_OF.items() if kinds & set(parts)})


def _combined(found: list[Hit], tokens: list[Token]) -> int | None:
    """The number of the token where the first combination of classes begins, or None."""
    window: deque[Hit] = deque()
    counts: dict[Language, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    languages = {hit.language for hit in found} - {"any"} or {"any"}
    for hit in found:
        window.append(hit)
        counts[hit.language][hit.kind] += 1
        while tokens[hit.first].at - tokens[window[0].first].at > _NEAR:
            old = window.popleft()
            counts[old.language][old.kind] -= 1
        if counts[hit.language][hit.kind] > 1:
            continue  # nothing new
        for language in languages if hit.language == "any" else (hit.language,):
            common = counts["any"]
            if _rule({kind for kind, n in (*counts[language].items(), *common.items()) if n}):
                return window[0].first
    return None


def _rule(kinds: set[str]) -> bool:
    return any(all(kinds & needed for needed in rule) for rule in _RULES)


# Markup and code


_MARKUP: Final = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"<!--", "an HTML comment"),
        (r"<\|[\w ]{1,40}\|?>|<</?SYS>>|\[/?INST\]", "the markup of a chat"),
        (r"^\s*#{2,6}\s?(?:SYSTEM|System|USER|ASSISTANT|Instructions?|INSTRUCTIONS?)\b", "the markup of a chat"),
        (r"[{,]\s?[\"“][\w .-]{1,60}[\"”]\s?:\s?[\"“{\[\w-]", "a JSON object"),
        (r"\b(?:os\.system|subprocess|eval|exec|fetch|curl|print|responde|require|import_module)\s?\(", "program code"),
        (r"(?m)^[ \t]*(?:SYSTEM|System|USER|User|ASSISTANT|Assistant|HUMAN|Human) ?:", "the markup of a chat"),
        (r"!\[[^\]\n]{0,80}\]\(\s?https?://", "an image link"),
    )
)
_TAG: Final = re.compile(r"[<\[]/?\s?([A-Za-z_]{2,20})\b[^<>\[\]\n]{0,200}[>\]]")
_NUMBERED: Final = re.compile(r"^\s{0,4}\[(\d{1,4})\]\s+\w", re.MULTILINE)
_COMMENT: Final = re.compile(r"(?:#|//|/\*|--|;|%)\s")


class Listener:
    """Finds what speaks to an AI in one text, sentence by sentence in order."""

    def __init__(self, text: str) -> None:
        numbered = [] if _is_footnotes(text) else list(_NUMBERED.finditer(text))
        self._forged = [match.start(1) - 1 for match in numbered]
        self._called = False

    def hear(self, own: str, start: int) -> Found | None:
        """Why the sentence `own`, which begins at `start` of the text, speaks to an AI, or None."""
        found = self._marked(own, start)
        for run, hidden in decoded(own) if found is None else ():
            found = Found("encoded text, which decodes to", _shown(f"{hidden}" or run))
            break
        after_call = self._called
        self._called = False
        for text in readings(own) if found is None else ():
            found = self._heard(text, after_call)
            if found:
                break
        return found

    def _marked(self, own: str, start: int) -> Found | None:
        for pattern, reason in _MARKUP:
            if match := pattern.search(own):
                return Found(f"{reason} in a text that should be prose", _shown(own[match.start() :]))
        for match in _TAG.finditer(own):
            name = match[1]
            if name in tags() or (match[0][0] == "[" and name.isupper() and name.casefold() in tags()):
                return Found("markup in a text that should be prose", _shown(own[match.start() :]))
        first = bisect_left(self._forged, start - 1)
        if first < len(self._forged) and self._forged[first] < start + len(own):
            return Found(
                "a line numbered like those a model is given", _shown(own[max(0, self._forged[first] - start) :])
            )
        return None

    def _heard(self, text: str, after_call: bool) -> Found | None:
        tokens = tokenize(text)
        found = hits(tokens)
        if not _possible(found):
            return None
        derived = list(_derived(found, tokens))
        kinds = {hit.kind for hit in derived}
        if _COMMENT.search(text) and kinds & {"reader", "machine"} and kinds & {"order", "do", "modal", "rules"}:
            return Found("a comment to an AI", _shown(text))
        if after_call and kinds & {"do first", "cancel"}:
            return Found("an order after an AI was addressed", _shown(text))
        self._called = "called" in kinds or bool(kinds & {"told"})
        first = _combined(derived, tokens)
        if first is None:
            return None
        return Found("reads like an instruction to an AI", _shown(text[tokens[first].start :]))


def _is_footnotes(text: str) -> bool:
    """Whether the numbered lines of a text are its notes: [1], [2], ... up to its end."""
    numbers = [int(match[1]) for match in _NUMBERED.finditer(text)]
    last = text[text.rfind("\n") + 1 :]
    return numbers == list(range(1, len(numbers) + 1)) and _NUMBERED.match(last) is not None


def _shown(words: str) -> str:
    """At most 80 characters on one line, without quotation marks."""
    return without_marks(one_line(words[: 4 * _SHOWN]))[:_SHOWN].strip()
