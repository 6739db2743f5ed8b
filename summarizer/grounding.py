"""From a draft entry to verified statements, or a rejection with a reason code.

The model words a paraphrase, and names a speaker or a kind where it is asked. Everything a reader will trust is
taken from the article here: the span, the actor, the fields told by its wording. Cues decide what a small model
is asked at all, and where they are clear they decide whether a sentence is a statement.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from summarizer import cues, speech
from summarizer.actors import Actors
from summarizer.article import Article
from summarizer.attribution import dateline
from summarizer.brief import ARTICLE_VOICE, Evidence, Rejection
from summarizer.clauses import clauses
from summarizer.details import Statement
from summarizer.draft import KINDS, NO_STATEMENT, SAYS, Draft, Entry, Question
from summarizer.marks import without_marks
from summarizer.paraphrase import check_paraphrase
from summarizer.plain import one_line
from summarizer.sections import SECTIONS, Section
from summarizer.wording import (
    capitalised,
    difference,
    excerpt,
    is_condition,
    plain_excerpt,
    reported,
    tidied,
    unquoted_by,
    words_of,
)

Span = tuple[int, int]

CERTAIN = 0.5
"""From this strength of cues on, a sentence is a statement even where the model saw none."""
DOUBTFUL = 0.3
"""Below this strength a sentence is none, whatever the model says, and is not asked about."""
_FURTHER = 0.4  # cues that a further clause of a statement's sentence must show to be a line of its own
_CUED = 0.5  # from here on somebody is quoted or takes sides: not the article in its own voice
_SPOKEN = 0.9  # strength of a sentence that lies in direct speech
_FEW_STATEMENTS = 3  # below this an empty answer may be right
_SURE = 0.8  # cues of a sentence that no model should pass over
_NEAR_EMPTY = 0.25  # share of the certain statements that an answer must at least list
_INTRODUCING = frozenset(
    {"asked", "speaking", "referring", "commenting", "answering", "responding", "addressing", "writing"}
)
"""Participles that lead up to a statement: "Asked about the truce, Moor said ..."."""
_ADDRESSED = frozenset({"government", "armed_force", "organisation", "person", "group"})
_UNNAMED = frozenset({"a", "an", "both", "each", "her", "his", "its", "some", "their", "this", "these"})
_BY_KIND = {section.kind: section for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class Grounded:
    """A statement that stands in the article."""

    section: Section
    actor: str
    text: str
    evidence: tuple[Evidence, ...]
    details: Mapping[str, object] = field(default_factory=dict)
    verbatim: bool = False
    """True when the article's own words are the text, because the model's were missing or failed the checks."""


@dataclass(slots=True)
class Checked:
    """What came of one entry."""

    entry: Entry
    statements: list[Grounded] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    doubt: Rejection | None = None
    """A wording or a speaker that failed a check: it goes back to the model once, with its detail.

    `statements` are then what stands without it: the article's own words, where cues show a statement.
    """


@dataclass(frozen=True, slots=True)
class _Worded:
    """A wording that stands on `span`; without a text, the span alone and what was wrong with the model's."""

    text: str | None
    span: Span
    problem: str = ""


class Grounding:
    """Grounds the answers of one article."""

    def __init__(self, article: Article, *, trusted: bool = False, longest: int = SAYS) -> None:
        """`trusted`: the model's word for who speaks and for the kind counts more than the cues (a large model).

        `longest`: a wording of so many characters was cut.
        """
        self.article = article
        self.trusted = trusted
        self.longest = longest
        self.lexical = cues.knows(article.language)
        """Whether the lexicon knows the language, so that code can tell speakers and kinds."""
        self.kinds = not self.lexical or any(section.kind not in cues.KINDS for section in SECTIONS)
        """Whether the model is asked for kinds in the plan over windows."""
        self.actors = Actors(article)
        self._spoken = speech.direct_speech(article.text)
        self._marked = [*self._spoken, *speech.quoted_terms(article.text)]
        self._starts = [start for start, _ in self._spoken]
        self._strengths: dict[int, float] = {}

    @cached_property
    def asked(self) -> Mapping[int, Question]:
        """What the plan over windows asks, by sentence number; what code can tell is not asked.

        The kind of a statement is not asked where the lexicon knows the language and every section: of a small
        model's words for it fewer were right than of the cues' (docs/quality.md). In another language everything is
        asked, of every sentence. Where no sentence at all shows a cue, all are asked about too: that an article says
        nothing is for the model to confirm.
        """
        numbers = [sentence.number for sentence in self.article.sentences]
        if not self.lexical:
            return {n: Question(n) for n in numbers}
        cued = [n for n in numbers if self._strength(n) >= DOUBTFUL] or numbers
        return {n: Question(n, who=self._speaker(n) is None, kind=self.kinds) for n in cued}

    def near_empty(self, numbers: Iterable[int]) -> Callable[[Draft], str | None]:
        """A check for answers about sentences: valid JSON with next to nothing from a page of quotes."""
        certain = sum(self._strength(number) >= _SURE for number in numbers)

        def check(draft: Draft) -> str | None:
            given = sum(entry.kind != NO_STATEMENT and bool(entry.says.strip()) for entry in draft.entries)
            enough = given >= _NEAR_EMPTY * certain or certain < _FEW_STATEMENTS
            return None if enough else f"it lists {given} statements, and at least {certain} sentences carry one"

        return check

    def _strength(self, number: int) -> float:
        """How surely a sentence carries a statement, by its cues and by the quotation it lies in."""
        if number not in self._strengths:
            sentence = self.article.sentences[number - 1]
            words = self.article.sentence_text(number)
            spoken = self._in_speech(sentence.start, sentence.end) and cues.is_substantial(words)
            self._strengths[number] = max(cues.is_statement(words), _SPOKEN if spoken else 0)
        return self._strengths[number]

    def ground(self, entries: Iterable[Entry], asked: Iterable[int]) -> Iterator[Checked]:
        """Ground the entries of one answer about the sentences `asked`."""
        allowed = set(asked)
        for entry in entries:
            if entry.n in allowed:
                yield self._entry(entry)
            else:
                rejection = _reject(entry, "unknown_sentence", f"sentence {entry.n} was not asked about")
                yield Checked(entry, rejected=[rejection])

    def _entry(self, entry: Entry) -> Checked:
        sentence = self.article.sentences[entry.n - 1]
        words = self.article.sentence_text(entry.n)
        strength = self._strength(entry.n)
        checked = Checked(entry)
        found = entry.kind != NO_STATEMENT and bool(entry.says.strip())
        if not found and strength < CERTAIN:
            return checked
        if found and not self.trusted and entry.n not in self.asked:
            detail = "the sentence reports an event or background"
            checked.rejected.append(_reject(entry, "no_statement", detail))
            return checked
        actor = self._actor(entry, strength)
        if actor is None:
            if found:  # else the audit lists the sentence
                told = one_line(entry.who).strip()[:60]
                detail = f"{told} is nobody the article names" if told else "the article names nobody who holds it"
                checked.doubt = _reject(entry, "unknown_actor", detail)
            return checked
        spans = self._clauses(entry.n, words)
        main = _nearest(spans, words, entry.says)
        for clause in spans:
            span = (sentence.start + clause[0], sentence.start + clause[1])
            if clause == main:
                worded = self._worded(entry.says if found else "", span, (sentence.start, sentence.end), actor)
                if worded.problem:
                    checked.doubt = _reject(entry, "unsupported_text", worded.problem)
                if worded.text is not None or strength >= CERTAIN:
                    kind = entry.kind if found and entry.kind in KINDS else None
                    checked.statements.append(self._statement(entry.n, worded, kind, actor))
            elif _stands_alone(words[slice(*clause)], words):
                checked.statements.append(self._statement(entry.n, _Worded(None, span), None, actor))
        return checked

    def _clauses(self, number: int, words: str) -> list[Span]:
        """The clauses of a sentence; of the first one without the dateline of a wire."""
        first = dateline(words) if number == 1 else 0
        return [(max(a, first), b) for a, b in clauses(words) if b > first]

    def _before(self, number: int) -> str:
        """The sentence ahead of one."""
        return self.article.sentence_text(number - 1) if number > 1 else ""

    def _in_speech(self, start: int, end: int) -> bool:
        """Whether most of the span lies in direct speech."""
        inside = 0
        for at in range(max(bisect_right(self._starts, start) - 1, 0), len(self._spoken)):
            a, b = self._spoken[at]
            if a >= end:
                break
            inside += max(0, min(b, end) - max(a, start))
        return 2 * inside > end - start

    def _actor(self, entry: Entry, strength: float) -> str | None:
        """Who holds it: by code, which is right more often than a small model, or by a trusted one."""
        named = self.actors.resolve(entry.who, entry.n) if entry.who.strip() else None
        if named is not None and named.how == "article" and strength < _CUED:
            return ARTICLE_VOICE
        if self.trusted and named is not None and named.actor != ARTICLE_VOICE:
            return named.actor
        return self._speaker(entry.n) or (named.actor if named else None)

    def _speaker(self, number: int) -> str | None:
        """Who speaks as code can tell; the article where it judges the fighting and nobody is quoted or cited."""
        sentence = self.article.sentences[number - 1]
        judged = self.lexical and cues.is_judgement(self.article.sentence_text(number))
        told = self.actors.speaker(number)
        person = any(record.kind == "person" for record in self.actors.records([told])) if told else False
        if judged and not person and not self._in_speech(sentence.start, sentence.end):
            return ARTICLE_VOICE
        return told

    def _statement(self, number: int, worded: _Worded, kind: str | None, actor: str) -> Grounded:
        words = self.article.sentence_text(number)
        text, span = worded.text, worded.span
        quote = self.article.text[slice(*span)]
        verbatim = text is None
        # a section or a language that the lexicon has no cues for rests on the model's word, as a trusted model's does
        sure = kind is not None and (self.trusted or not self.lexical or kind not in cues.KINDS)
        told = kind if kind and sure else cues.decide_kind(quote, words, self._before(number))
        section = _BY_KIND[told]
        others = self._others(actor, *reported(self.article.text, *span))
        evidence = Evidence(sentence=number, start=span[0], end=span[1], quote=quote)
        statement = Statement(self.article.text, *span, words, actor, others)
        text = capitalised(text or self._excerpt(number, span, actor))
        return Grounded(section, actor, text, (evidence,), section.details(statement), verbatim)

    def _excerpt(self, number: int, span: Span, actor: str) -> str:
        """The article's own words: without the attribution, unless that would change what they say."""
        quote = self.article.text[slice(*span)]
        sentence = self.article.sentences[number - 1]
        records = self.actors.records(self.actors.mentioned(sentence.start, sentence.end))
        alone = all(record.id == actor for record in records if record.kind == "person")
        named = alone and not self._in_speech(*span)  # "he" can be nobody else
        text = excerpt(quote, self._display(actor) if named else None)
        names = self.names(actor)
        return plain_excerpt(quote) if check_paraphrase(text.removesuffix("…"), [quote], names) else text

    def names(self, actor: str) -> Sequence[str]:
        """The names by which the article calls an actor; none for its own voice."""
        return self.actors.names(actor) if actor != ARTICLE_VOICE else ()

    def _display(self, actor: str) -> str | None:
        return next(iter(self.names(actor)), None)

    def _others(self, actor: str, start: int, end: int) -> tuple[str, ...]:
        """The other actors that a statement is about: named, and such as can be addressed."""
        records = self.actors.records(i for i in self.actors.mentioned(start, end) if i not in (actor, ARTICLE_VOICE))
        named = (r for r in records if r.kind in _ADDRESSED and r.name.split()[0].lower() not in _UNNAMED)
        return tuple(r.id for r in named if not set(r.name.split()) & set((self._display(actor) or "").split()))

    def _worded(self, says: str, clause: Span, sentence: Span, actor: str) -> _Worded:
        """The model's wording and the span that bears it out: the clause, else the sentence, else none."""
        if not says.strip():
            return _Worded(None, clause)
        if len(says) >= self.longest:
            return _Worded(None, clause)  # cut: what was left out may turn it round, and asked again it is cut again
        names = self.names(actor)
        wordings = dict.fromkeys((tidied(says, self._display(actor)), one_line(says).strip()))
        problem = ""
        for span in dict.fromkeys((clause, sentence)):
            quote = self.article.text[slice(*span)]
            for text in wordings:
                problem = difference(text, quote, names)
                if not problem:
                    return _Worded(text if self._quoted(text, span) else one_line(without_marks(text)), span)
        return _Worded(None, clause, problem)

    def _quoted(self, text: str, span: Span) -> bool:
        """Whether what `text` has in quotation marks has them in the article too: not the reporter's own words."""
        return not unquoted_by(self.article.text, self._marked, text, [span])


def _stands_alone(clause: str, sentence: str) -> bool:
    """Whether a further clause of a sentence is a statement by itself; after "and that ..." it is one for certain."""
    if clause.split(maxsplit=1)[0].casefold() in _INTRODUCING:
        return False
    if clause[:5].casefold() == "that " or is_condition(clause, sentence):
        return True
    return cues.is_statement(clause) >= _FURTHER


def _nearest(clauses: list[Span], sentence: str, says: str) -> Span:
    """The clause that shares most words with `says`; the longest of equals."""
    wanted = set(words_of(says))
    return max(clauses, key=lambda span: (len(wanted & set(words_of(sentence[slice(*span)]))), span[1] - span[0]))


def _reject(entry: Entry, reason: str, detail: str) -> Rejection:
    """A rejection without quotation marks: what a model wrote is never shown as somebody's words."""
    section = _BY_KIND[entry.kind].name if entry.kind in _BY_KIND else ""
    draft = ": ".join(filter(None, (one_line(entry.who), one_line(entry.says))))
    return Rejection(section=section, reason=reason, detail=without_marks(detail), draft=without_marks(draft)[:200])
