"""The words of a statement's text: whether the model's say enough, and the article's own in their place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from summarizer import attribution, cues
from summarizer.checks.words import DAYS, FUNCTION, MONTHS
from summarizer.marks import without_marks
from summarizer.paraphrase import check_paraphrase
from summarizer.plain import one_line, shorten
from summarizer.verification import unquoted_in

Span = tuple[int, int]

_FEW_WORDS = 3  # a paraphrase of fewer words says too little of a longer clause
_FEW_CONTENT = 2  # words that carry content, days and months aside
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
_PRONOUN = re.compile(r"(?:he|she)\b", re.IGNORECASE)
_INSERTED = re.compile(
    r"\s{0,2}[,–—-]\s{1,2}(?:he|she|they|it)(?:\s(?:also|later|then|further))?\s"
    r"(?:says?|said|adds?|added|continue[sd]?|explain(?:s|ed)?|note[sd]?|specifie[sd]|wr(?:ites|ote)|conclude[sd]?)"
    r"(?:\s(?:later|further|today|on\s\w{6,9}day))?\s?[,–—-]\s{1,2}",
    re.IGNORECASE,
)
"""The holder's attribution in the middle of what is said, ", he continues, "; never a denial, never another's."""
_REPEATED = (
    r"(?:(?:also|again|later|has|had)\s){0,2}(?:reiterate[sd]|repeat(?:s|ed)|stress(?:es|ed)|underline[sd]|express(?:es|ed)"
    r"|voice[sd])\s(?=(?:the|a|an|his|her|its|their|[A-Z][\w-]+['’]s)\s\w)"
)
_NEGATIONS = frozenset({"not", "never", "no", "nor", "nobody", "none", "few", "hardly", "neither", "without"})
_ASSERTING = re.compile(
    r"(?:sa(?:y|id)|state|tell|told|add|declar|announc|claim|note|noting|remark|explain|stress|underlin|assert|affirm|reiterat"
    r"|repeat|maintain|argu|contend|report|repl(?:y|ie)|respond|answer|continu|conclud|observ|point|emphasi|warn|believ"
    r"|according|for\b)",
    re.IGNORECASE,
)
"""Verbs whose content the holder holds to be so; not "denied that", nor "demanded that the rebels leave"."""
_NOT = re.compile(r"\b(?:not|never|no|nobody|none|few|hardly|neither|cannot)\b|n['’]t\b", re.IGNORECASE)
_SAID = re.compile(r"\b(?:sa(?:y|ys|id|ying)|stat(?:es|ed)|add(?:s|ed)|declar(?:es|ed)|warn(?:s|ed)|according to)$")

_SIGNS = re.compile(r"[<>\[\]{}|\\`^~*_=#@]|\b[A-Za-z][\w+-]*:(?=\S)|//|\bwww\b|[^\W_]{2,}\.[a-z]{2,}\b")
"""An address, or what software may read as markup; a paraphrase has it only from the article."""


def difference(text: str, quote: str, names: Sequence[str]) -> str:
    """In what a wording is not what `quote` says; empty for a true paraphrase.

    `names` are those of the actor who says it: they need not stand in the quote.
    """
    if found := check_paraphrase(text, [quote], names):
        return found[0].detail
    if foreign_signs(text, quote):
        return "it has an address or markup that the sentence does not have"
    if is_condition(quote) and not is_condition(text):
        return "the condition is left out"
    return "" if tells(text, quote) else "it says too little, or in words that the sentence does not have"


def unquoted_by(article: str, marked: Iterable[Span], text: str, spans: Iterable[Span]) -> list[str]:
    """The words that `text` puts in quotation marks and the article does not, which quotes `marked`, within `spans`."""
    inside = ((max(a, start), min(b, end)) for a, b in marked for start, end in spans if a < end and b > start)
    return unquoted_in(text, [article[a:b] for a, b in inside])


def tells(text: str, quote: str) -> bool:
    """Whether a paraphrase has enough words, has them from its evidence, and names nobody more often than it."""
    own, given = words_of(text), Counter(words_of(quote))
    if len(own) < max(1, min(_FEW_WORDS, len(given))) or own[-1] in _UNFINISHED or own[0] in _FINITE:
        return False
    if len(_content(own)) < min(_FEW_CONTENT, len(_content(given))):
        return False  # "again on Friday"
    named = Counter(word for part in text.split() if part[:1].isupper() for word in words_of(part))
    if any(0 < given[word] < number for word, number in named.items() if word not in _ARTICLES):
        return False  # a pronoun filled with the wrong one of the names around it
    return sum(word in given for word in own) >= _SHARED * len(own)


def _content(words: Iterable[str]) -> set[str]:
    return set(words) - FUNCTION - DAYS - MONTHS.keys()


def foreign_signs(text: str, quote: str) -> bool:
    """Whether `text` has an address or signs of markup that `quote` does not have."""
    return any(sign not in quote for sign in _SIGNS.findall(text))


def is_condition(statement: str, context: str = "") -> bool:
    """Whether the cues show terms and something they are terms for."""
    return cues.kind_scores(statement, context)["condition"] >= cues.CONDITION_FLOOR


def reported(text: str, start: int, end: int) -> Span:
    """The part of a clause that is reported rather than that it is: what follows "said that", else the clause."""
    clause = text[start:end]
    found = [a for a in attribution.attributions(clause) if a.content and _affirmed(clause, a)]
    contents = [a.content for a in found if a.content and _whole(clause, a.content)]
    if is_condition(clause):
        contents = [span for span in contents if is_condition(clause[slice(*span)])]
    if not contents:
        return start, end
    first, last = max(contents, key=lambda span: span[1] - span[0])
    return (start + first, start + last) if 2 * (last - first) > len(clause) or is_condition(clause) else (start, end)


def _affirmed(clause: str, found: attribution.Attribution) -> bool:
    """Whether what is reported is also held to be so: not what somebody denied, demanded, or did not say."""
    return _ASSERTING.match(found.verb) is not None and _NOT.search(clause[: found.start]) is None


def _whole(clause: str, content: Span) -> bool:
    """Whether a reported content can stand alone: not "to attack again" out of "he expects the army to attack"."""
    first = content[0]
    if next(iter(words_of(clause[slice(*content)])), "") in _FINITE:
        return False
    before = clause[:first].rstrip(' "“”„«»').casefold()
    return first == 0 or clause[first] in '"“„«' or before.endswith((" that", ",", ":")) or bool(_SAID.search(before))


def excerpt(clause: str, name: str | None = None) -> str:
    """The article's own words as a text of at most 300 characters, to be read without the article.

    `tidied`, and without quotation marks, which would claim speech. A leading "he" is `name` where that is given.
    """
    tidy = tidied(without_marks(clause[slice(*reported(clause, 0, len(clause)))]), name)
    if name and _PRONOUN.match(tidy):
        tidy = _PRONOUN.sub(lambda _: name, tidy, count=1)
    return shorten(tidy, _LONGEST) or "…"


def plain_excerpt(clause: str) -> str:
    """The article's own words with nothing left out but quotation marks."""
    return shorten(_unstopped(one_line(without_marks(clause)).strip(" ,;:–—-")), _LONGEST) or "…"


def tidied(text: str, name: str | None) -> str:
    """A text without what its holder's name beside it tells: "he said that", ", he continued, ", a leading "but".

    What is left has still to be checked against the evidence.
    """
    plain = one_line(text)
    plain = _INSERTED.sub(" ", plain[slice(*reported(plain, 0, len(plain)))], count=1)
    tidy = re.sub(r"\s+(?=[.,;:!?])", "", plain).strip(" ,;:–—-")
    tidy = re.sub(r"^that\s+", "", _JOINT.sub("", tidy, count=1) if _JOINT.match(tidy) else tidy)
    tidy = _without_repeating(tidy, name)
    return _unstopped(tidy)


def _unstopped(text: str) -> str:
    """`text` without its full stop; that of an initial stays."""
    return re.sub(r"(?<=[\w)])(?<!\b[A-Z])\.$", "", text)


def _without_repeating(text: str, name: str | None) -> str:
    """ "Arland's wish for a truce" out of "Minister Moor also reiterated Arland's wish for a truce", said of Moor."""
    last = (name or "").split()[-1:]
    if not last or re.search(r"\bbut\b", text, re.IGNORECASE):
        return text
    repeated = re.match(rf"[^,.;:\"“”]{{0,60}}\b{re.escape(last[0])}\s{_REPEATED}", text)
    negated = repeated and any(word in _NEGATIONS for word in words_of(repeated.group()))
    return text[repeated.end() :] if repeated and not negated else text


def capitalised(text: str) -> str:
    """`text` with its first letter in upper case, where the first word has none elsewhere (not "al-Nour", "iX")."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def words_of(text: str) -> list[str]:
    """The words of `text`, case folded, without punctuation."""
    words = (w if w.isalnum() else "".join(filter(str.isalnum, w)) for w in text.casefold().split())
    return [word for word in words if word]
