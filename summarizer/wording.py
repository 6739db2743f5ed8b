"""The words of a statement's text: whether the model's say enough, and the article's own in their place."""

from __future__ import annotations

import re
from collections import Counter

from summarizer import attribution, cues, speech
from summarizer.plain import one_line, shorten
from summarizer.verification import without_marks

Span = tuple[int, int]

_FEW_WORDS = 3  # a paraphrase of fewer words says too little of a longer clause
_SHARED = 0.6  # share of a paraphrase's words that must stand in its evidence: others are the model's own
_LONGEST = 300
_UNFINISHED = frozenset({"a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "had", "has", "have"})
_UNFINISHED |= {"if", "in", "is", "its", "of", "on", "or", "that", "the", "their", "to", "was", "were", "will", "with"}
_UNFINISHED |= {"would"}  # words that no finished paraphrase ends with
_ARTICLES = frozenset({"the", "a", "an", "in", "on", "it"})
_FINITE = frozenset({"am", "are", "can", "could", "did", "do", "does", "had", "has", "have", "is", "may", "might"})
_FINITE |= {"must", "shall", "should", "was", "were", "will", "would"}
"""A text that begins with one lacks its subject: a reader would take the holder for it."""
_JOINT = re.compile(r"(?:(?:and|but|however|also|then|moreover|meanwhile|although|though)\b,?\s+)+", re.IGNORECASE)
_PRONOUN = re.compile(r"(?:he|she|they)\b", re.IGNORECASE)
_INSERTED = re.compile(
    r"\s{0,2}[,–—-]\s{1,2}(?:as\s)?(?:he|she|they|it|the\s[a-z]{2,20})(?:\s(?:also|later|then|further))?\s"
    rf"(?:{speech.saying()})(?:\s(?:later|further|today|on\s\w{{6,9}}day))?\s?[,–—-]\s{{1,2}}",
    re.IGNORECASE,
)
"""The attribution in the middle of what is said, ", he continues, ": the holder stands beside the text anyway."""
_REPEATED = re.compile(
    r"[^,.;:\"“”]{2,80}?\s(?:reiterate[sd]|repeat(?:s|ed)|stress(?:es|ed)|underline[sd]|express(?:es|ed)|voice[sd])\s"
    r"(?=(?:the|a|an|his|her|its|their|[A-Z][\w-]+['’]s)\s\w)"
)
"""The attribution before a noun: "Moor also reiterated Arland's wish for ..."."""
_SAID = re.compile(r"\b(?:sa(?:y|ys|id|ying)|stat(?:es|ed)|add(?:s|ed)|declar(?:es|ed)|warn(?:s|ed)|according to)$")


def tells(text: str, quote: str) -> bool:
    """Whether a paraphrase has enough words, has them from its evidence, and names nobody more often than it."""
    own, given = words_of(text), Counter(words_of(quote))
    if len(own) < min(_FEW_WORDS, len(given)) or own[-1] in _UNFINISHED or own[0] in _FINITE:
        return False
    named = Counter(word for part in text.split() if part[:1].isupper() for word in words_of(part))
    if any(0 < given[word] < number for word, number in named.items() if word not in _ARTICLES):
        return False  # a pronoun filled with the wrong one of the names around it
    return sum(word in given for word in own) >= _SHARED * len(own)


def is_condition(statement: str, context: str = "") -> bool:
    """Whether the cues show terms and something they are terms for."""
    return cues.kind_scores(statement, context)["condition"] >= cues.CONDITION_FLOOR


def reported(text: str, start: int, end: int) -> Span:
    """The part of a clause that is reported rather than that it is: what follows "said that", else the clause."""
    clause = text[start:end]
    contents = [a.content for a in attribution.attributions(clause) if a.content and _whole(clause, a.content)]
    if is_condition(clause):
        contents = [span for span in contents if is_condition(clause[slice(*span)])]
    if not contents:
        return start, end
    first, last = max(contents, key=lambda span: span[1] - span[0])
    return (start + first, start + last) if 2 * (last - first) > len(clause) or is_condition(clause) else (start, end)


def _whole(clause: str, content: Span) -> bool:
    """Whether a reported content can stand alone: not "to attack again" out of "he expects the army to attack"."""
    first = content[0]
    if next(iter(words_of(clause[slice(*content)])), "") in _FINITE:
        return False
    before = clause[:first].rstrip(' "“”„«»').casefold()
    return first == 0 or clause[first] in '"“„«' or before.endswith((" that", ",", ":")) or bool(_SAID.search(before))


def excerpt(clause: str, name: str | None) -> str:
    """The article's own words as a text of at most 300 characters, to be read without the article.

    `tidied`, and without quotation marks, which would claim speech.
    """
    return shorten(tidied(without_marks(clause[slice(*reported(clause, 0, len(clause)))]), name), _LONGEST) or "…"


def tidied(text: str, name: str | None) -> str:
    """A text without what its holder's name beside it tells: "he said that", ", he continued, ".

    A leading "but" is left out too, and a leading "he" is the actor's `name`.
    """
    plain = one_line(text)
    plain = _INSERTED.sub(" ", plain[slice(*reported(plain, 0, len(plain)))], count=1)
    tidy = re.sub(r"\s+(?=[.,;:!?])", "", plain).strip(" ,;:–—-")
    tidy = re.sub(r"^that\s+", "", _JOINT.sub("", tidy, count=1) if _JOINT.match(tidy) else tidy)
    if repeated := _REPEATED.match(tidy):
        tidy = tidy[repeated.end() :]
    if name and _PRONOUN.match(tidy):
        tidy = _PRONOUN.sub(lambda _: name, tidy, count=1)
    return re.sub(r"(?<=[\w)])(?<!\b[A-Z])\.$", "", tidy)


def capitalised(text: str) -> str:
    """`text` with its first letter in upper case, where the first word has none elsewhere (not "al-Nour", "iX")."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def words_of(text: str) -> list[str]:
    """The words of `text`, case folded, without punctuation."""
    words = ("".join(c for c in word if c.isalnum()) for word in text.casefold().split())
    return [word for word in words if word]
