"""Small valid briefs, built by hand for tests of the contract."""

from __future__ import annotations

from typing import Any

from summarizer.article import Article
from summarizer.brief import (
    Actor,
    ArticleRecord,
    Audit,
    Brief,
    Condition,
    Evidence,
    KeyPoint,
    Position,
    Provenance,
    Usage,
)
from summarizer.review import Review, ReviewRecord, seal
from summarizer.verification import article_id

TEXT = "Marshal Odo Brandt said on Monday: “We will not retreat.” He would talk only if the siege ended."


def span(quote: str, sentence: int, text: str = TEXT) -> Evidence:
    """The evidence for the first place of `quote` in `text`."""
    start = text.index(quote)
    return Evidence(sentence=sentence, start=start, end=start + len(quote), quote=quote)


def parts(text: str = TEXT) -> dict[str, Any]:
    """The fields of a valid brief of `TEXT`."""
    return {
        "article": ArticleRecord(id=article_id(text), language="en", text=text, sentences=2, segmenter="by hand"),
        "headline": KeyPoint(
            text="Odo Brandt: he would talk only if the siege ended",
            evidence=(span("He would talk only if the siege ended.", 2),),
        ),
        "summary": (
            KeyPoint(text="Odo Brandt: “We will not retreat.”", evidence=(span("“We will not retreat.”", 1),)),
        ),
        "actors": (
            Actor(
                id="odo-brandt",
                name="Odo Brandt",
                kind="person",
                role="Marshal",
                evidence=(span("Odo Brandt", 1),),
            ),
        ),
        "positions": (
            Position(
                id="position-1",
                actor="odo-brandt",
                text="the army will not retreat",
                speech="direct",
                evidence=(span("“We will not retreat.”", 1),),
            ),
        ),
        "conditions_for_talks": (
            Condition(
                id="condition-1",
                actor="odo-brandt",
                text="talks only if the siege ends",
                regarding="talks",
                evidence=(span("He would talk only if the siege ended.", 2),),
            ),
        ),
        "audit": Audit(coverage=1.0, sections=dict.fromkeys(Brief.sections(), "complete"), complete=True),
        "provenance": Provenance(
            model="local/test",
            endpoint=None,
            package_version="0",
            plan="windows",
            prompt_hash="0",
            replayed=True,
            usage=Usage(calls=1, input_tokens=10, output_tokens=5),
        ),
    }


def brief(**changes: Any) -> Brief:
    """A valid brief of `TEXT`, with some fields replaced."""
    return Brief(**{**parts(), **changes})


def overlapping(article: Article, count: int, **changes: Any) -> Brief:
    """A brief of an article with `count` positions: in turn on a whole sentence, its second half, and three of them."""
    spans = [
        Evidence(sentence=s.number, start=s.start, end=s.end, quote=article.text[s.start : s.end])
        for s in article.sentences
    ]
    spans = [span for span in spans if any(c.isalpha() for c in span.quote)]

    def evidence(n: int) -> tuple[Evidence, ...]:
        whole = spans[n * len(spans) // count % len(spans)]
        if n % 3 == 2:
            return tuple(dict.fromkeys((whole, spans[n % len(spans)], spans[(7 * n) % len(spans)])))
        at = whole.quote.rfind(" ", 0, len(whole.quote) // 2 + 1) + 1 if n % 3 else 0
        return (whole.model_copy(update={"start": whole.start + at, "quote": whole.quote[at:]}),)

    held = [
        Position(id=f"position-{n + 1}", actor="article", text=f"line {n + 1}", evidence=evidence(n))
        for n in range(count)
    ]
    record = ArticleRecord(
        id=article.id, language=article.language, text=article.text, sentences=len(article.sentences),
        segmenter=article.segmenter,
    )  # fmt: skip
    empty: dict[str, Any] = {"headline": None, "summary": (), "actors": (), "conditions_for_talks": ()}
    return brief(**{**empty, "article": record, "positions": tuple(held), **changes})


def reviewed(made: Brief, record: ReviewRecord) -> Brief:
    """The brief with a record in it, its lines as they are."""
    return made.model_copy(update={"review": Review(**record.model_dump(), reviewed_brief=seal(made, record))})


SPEAKERS = (
    "Foreign Minister Lena Moor",
    "General Ivo Brandt",
    "The envoy Ada Brill",
    "President Odo Falk",
    "The spokeswoman Petra Stahl",
    "Governor Tomas Rehn",
)
SAYINGS = (
    "the army would not leave the {} of {}",
    "the rebels will talk only if the army leaves the {} of {}",
    "the enemy has lost two hundred men at the {} of {}",
    "the army may attack the {} of {} before winter",
    "the army demands an end to the siege of the {} of {}",
    "he rejected the offer of a truce at the {} of {}",
)
PLACES = ("bridge", "harbour", "valley", "airport", "railway", "island", "border", "church", "market", "tunnel")
TOWNS = tuple(a + b for a in ("Tar", "Vel", "Or", "Lut", "Bren", "Kol", "Sar", "Dor") for b in ("n", "mark", "by"))
CLAIM = "Arland would never give up the port of Tarnsk"


def long_article(characters: int) -> str:
    """An invented report of about so many characters: nothing is stated twice but what its first sentence says."""
    parts = [f"Foreign Minister Lena Moor said {CLAIM}. "]
    size, i = len(parts[0]), 0
    while size < characters:
        place, town = PLACES[i % 10], f"{TOWNS[i // 10 % len(TOWNS)]}{chr(97 + i // 240)}a"
        said = SAYINGS[i // 7 % len(SAYINGS)].format(place, town)
        told = f"{SPEAKERS[i % len(SPEAKERS)]} said {said}." if i % 3 else f"The {place} of {town} lay under snow."
        parts.append(told + ("\n\n" if i % 7 == 6 else " "))
        size, i = size + len(parts[-1]), i + 1
    return f"{''.join(parts).strip()}\n\nForeign Minister Lena Moor said again on Friday that {CLAIM}."
