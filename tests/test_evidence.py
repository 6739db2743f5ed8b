"""Offsets stay exact under every oddity of Unicode: from the bytes of a file to the JSON of a brief and back."""

from __future__ import annotations

import json
import pickle
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from summarizer import Article, Brief, SummarizerError
from summarizer.asking import Filled
from summarizer.assembly import finish
from summarizer.brief import Provenance, Usage
from summarizer.draft import Draft, Entry
from summarizer.pipeline import prepare, steps
from summarizer.prompting import PlanName

ODD = [
    "e\u0301",  # combining marks
    "\u0301",
    "👩\u200d🚀",  # emoji of several code points
    "🏴\U000e0067\U000e0062\U000e007f",
    "\u202e",  # bidi
    "\u2067",
    "\r\n",
    "\r",
    "\x00",
    "\x85",
    "\u2028",
    "\u200b",  # zero width
    "\u200c",
    "\u00ad",
    "\ufeff",
    "\ud800",  # lone surrogates
    "\udfff",
    "가",
    "ﬁ",
    "\U0001d400",
    "\u0130",
    "ß",
]
WORDS = ["Foreign Minister Lena Moor", "General Ivo Brandt", "said", "told reporters that", "rejected", "demanded"]
WORDS += ["only if", "the siege ends", "will not", "may attack", "two hundred tanks", "he", "she", "[1]", "(", ")"]
WORDS += [
    "Арландія",
    "переговори",
    "مذاکرات",
    "戦争",
    "“we will stay,”",
    "‘never’",
    "«no talks»",
    "„nein“",
    '"a"',
    "`x`",
]
WORDS += ["''y''", "❝z❞", "<q>", "&quot;"]
ENDS = [".", ". ", "!", "?", "…", ",", ";", ":", "\n", "\n\n", " ", "。"]
PIECES = st.sampled_from(WORDS) | st.sampled_from(ODD) | st.sampled_from(ENDS) | st.characters()
TEXTS = st.lists(PIECES, min_size=1, max_size=40).map(" ".join) | st.text(min_size=1, max_size=200)
PLANS: list[PlanName] = ["windows", "whole"]
PROVENANCE: dict[str, Any] = {"endpoint": None, "package_version": "0", "prompt_hash": "0", "replayed": True}


def briefed(article: Article, plan: PlanName, data: st.DataObject) -> Brief:
    """A brief whose answers copy, cut and quote what stands anywhere in the article."""
    kinds = st.sampled_from(["position", "condition", "assessment", "none"])
    working = steps(prepare(article, plan, "m"), plan)
    sentences = len(article.sentences)
    try:
        next(working)
        while True:
            entries = []
            for number in range(1, min(sentences, 12) + 1):
                words = article.sentence_text(number).split()
                at, end = data.draw(st.tuples(st.integers(0, len(words)), st.integers(0, len(words))))
                who = data.draw(st.sampled_from(["", "Lena Moor", "he", "the article", *words[:3]]))
                says = " ".join(words[min(at, end) : max(at, end)])[:200]
                entries.append(Entry(n=number, who=who[:80], says=says, kind=data.draw(kinds)))
            working.send(Filled(Draft(entries=tuple(entries))))
    except StopIteration as end_of_steps:
        parts = end_of_steps.value
    return finish(parts, Provenance(model="m", plan=plan, usage=Usage(), **PROVENANCE))


def check(data: st.DataObject) -> None:
    """One example: whatever the text, a typed error or a brief whose every quote is `text[start:end]`."""
    text = data.draw(TEXTS)
    encoded = text.encode(data.draw(st.sampled_from(["utf-8", "utf-16"])), "surrogatepass")
    given = data.draw(st.sampled_from(["text", "file", "json"]))
    try:
        if given == "file":
            article = Article.from_bytes(encoded)
        elif given == "json":
            article = Article.from_json(json.dumps({"text": text}))
        else:
            article = Article(text)
    except SummarizerError:
        return
    article.text.encode("utf-8")
    brief = briefed(article, data.draw(st.sampled_from(PLANS)), data)
    quoted = [evidence for _, item in brief.items() for evidence in item.evidence]
    quoted += [evidence for actor in brief.actors for evidence in actor.evidence]
    for evidence in quoted:
        sentence = article.sentences[evidence.sentence - 1]
        assert article.text[evidence.start : evidence.end] == evidence.quote
        assert sentence.start <= evidence.start < evidence.end <= sentence.end
    written = brief.to_json()
    assert not {unicodedata.category(c) for c in set(written) - {"\n"}} & {"Cc", "Cf", "Zl", "Zp"}
    loaded = Brief.load(written)
    assert loaded == brief == pickle.loads(pickle.dumps(brief))
    assert loaded.article.text == article.text
    assert json.loads(written)["article"]["text"] == article.text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_quote_is_the_article_s(data: st.DataObject) -> None:
    """A hundred and fifty examples."""
    check(data)


@pytest.mark.slow
@settings(max_examples=6_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_quote_is_the_article_s_in_thousands_of_examples(data: st.DataObject) -> None:
    """The same, six thousand times."""
    check(data)
