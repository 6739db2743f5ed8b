"""Briefs for the tests of exports: with any text before the evidence, hostile fields, reviews, failures."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from summarizer import Article, summarize
from summarizer.brief import Audit, Brief, Evidence, Flag, Position, Unread
from summarizer.review import Decision, ReviewRecord, brief_hash, reviewed_lines
from tests.conftest import ROOT
from tests.factories import brief, parts
from tests.factories import reviewed as sealed

SAID = "Marshal Odo Brandt said on Monday: “We will not retreat from here.”"
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<b>",
    '=HYPERLINK("http://e.example","x")',
    " \u200b=1+1",
    "@SUM(1)\r\n\x00\x1b[2J",
    "\u202e\u2028;=1\t|",
    "“-1”",
    "😀" * 3 + '"; DROP TABLE x; --',
    "javascript:alert(1)",
    "http://user:secret@e.example/",
    "https://news.example/ä%zz[1]?q=<a>#part",
    "/somewhere/on/a/disk.txt",
)
"""Strings for every free field of a brief."""


def placed(before: str, after: str = "", **fields: Any) -> Brief:
    """A brief whose only evidence stands after any text."""
    article = Article(f"{before}\n\n{SAID}\n\n{after}", language="en")
    start = article.text.rindex(SAID)
    number = next(n for n, s in enumerate(article.sentences, 1) if s.start <= start < s.end)
    first = article.sentences[number - 1]

    def evidence(quote: str) -> tuple[Evidence, ...]:
        at = article.text.index(quote, start)
        return (Evidence(sentence=number, start=at, end=at + len(quote), quote=quote),)

    assert first.end >= start + len(SAID)
    made = parts()
    record = {"id": article.id, "text": article.text, "sentences": len(article.sentences)}
    return Brief(
        article=made["article"].model_copy(update={**record, "segmenter": article.segmenter, **fields}),
        actors=(made["actors"][0].model_copy(update={"evidence": evidence("Odo Brandt")}),),
        positions=(
            Position(
                id="position-1",
                actor="odo-brandt",
                text="the army will not retreat",
                speech="direct",
                evidence=evidence("“We will not retreat from here.”"),
            ),
        ),
        audit=made["audit"],
        provenance=made["provenance"],
    )


@cache
def replayed() -> tuple[Brief, ...]:
    """The real briefs: of all seeds, from the cassettes."""
    seeds = sorted((ROOT / "seeds").iterdir())
    return tuple(summarize(Article.from_file(seed), replay=ROOT / "cassettes") for seed in seeds)


def hostile(text: str) -> Brief:
    """A brief with a text in every field that takes any."""
    made = brief()
    article = dict.fromkeys(("external_id", "title", "publisher", "source"), text)
    flags = (Flag(code="odd", detail=text),)
    return made.model_copy(
        update={
            "article": made.article.model_copy(update=article),
            "audit": made.audit.model_copy(update={"flags": flags}),
            "provenance": made.provenance.model_copy(update={"model": text, "endpoint": text, "prompt_hash": text}),
        }
    )


def reviewed(made: Brief, *, signed_off: bool, reviewer: str = "Ana Roe") -> Brief:
    """A brief whose every line an editor has accepted."""
    record = ReviewRecord(
        reviewer=reviewer,
        reviewed_at="2026-02-03T10:00:00+01:00",
        signed_off=signed_off,
        article=made.article.id,
        brief=brief_hash(made),
        decisions=tuple(Decision(line=line.id, decision="accept", note="as it is") for line in reviewed_lines(made)),
    )
    return sealed(made, record)


def nothing(**audit: Any) -> Brief:
    """A brief in which nothing was found."""
    states = dict.fromkeys(Brief.sections(), "complete")
    told = Audit(**{"coverage": 1.0, "sections": states, "complete": True, **audit})
    return brief(headline=None, summary=(), actors=(), positions=(), conditions_for_talks=(), audit=told)


def unread(made: Brief | None = None) -> Brief:
    """A brief with a sentence that was not read."""
    made = made or brief()
    states = dict.fromkeys(Brief.sections(), "incomplete")
    left = (Unread(first=2, last=2, reason="timed out"),)
    told = made.audit.model_copy(update={"sections": states, "unread": left, "complete": False})
    return made.model_copy(update={"audit": told})


def all_rejected() -> Brief:
    """A brief of which nothing could be verified."""
    return nothing(flags=(Flag(code="all_rejected"),))


_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*(?:#[^#\s<>]*)?")
FORMATS = FormatChecker(["date-time", "date"])
FORMATS.checks("uri")(lambda value: not isinstance(value, str) or _URI.fullmatch(value) is not None)


def checker(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema, which is checked too; formats count."""
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS)
