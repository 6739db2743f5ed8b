"""Odd articles and odd answers, at random: a verified brief or a typed error comes out, never anything else."""

from __future__ import annotations

import random

import pytest

from summarizer import Article, SummarizerError
from summarizer.asking import Filled
from summarizer.assembly import finish
from summarizer.brief import Brief, Provenance, Usage
from summarizer.draft import Draft, Entry
from summarizer.pipeline import prepare, steps
from summarizer.prompting import PlanName
from tests.conftest import every

NAMES = [
    "Foreign Minister Lena\nMoor",
    "President Odo Brandt",
    "the Palace",
    "Jean-Luc O’Neil",
    "\u202eMax Stone",
    "王毅",
]
NAMES += [
    "Ana\u00a0Roe",
    "General Ivo \x07Brandt",
    "al-Nour",
    "Кулеба",
    "Ministry of «Truth»",
    "U.S. President Joe\n Dahl",
]
VERBS = ["said", "told reporters that", "added:", "warned that", "rejected", "demanded that", "denied that"]
CONTENTS = ["“we will talk only if the siege ends,”", "Arland wants peace", "the enemy has lost 200 tanks in\nwinter"]
CONTENTS += [
    "“the war\n\ncan only end” if Moor concedes",
    "it would not accept ‘preconditions",
    '«no talks» with "rebels',
]
CONTENTS += [
    "he 'will' not go \" there",
    "»we stay« and „fight on“",
    '"a" "b',
    "” the end is possible only if he is ready “",
]
CONTENTS += ["‹wants now›", "「wants now」", "\u200ewe will talk\u200e only if the siege ends", "x" * 500]
ENDS = [". ", ".\n", "\n\n", "! ", " ", ".” ", "; ", '." ', ", "]


def article(r: random.Random) -> str:
    """A text of mangled statements."""
    parts = [
        f"{r.choice(NAMES)} {r.choice(VERBS)} {r.choice(CONTENTS)}{r.choice(ENDS)}" for _ in range(r.randint(1, 6))
    ]
    return "".join(parts)


def answer(r: random.Random, text: Article) -> Draft:
    """Entries that copy, cut, quote and invent."""
    entries = []
    for sentence in text.sentences:
        words = text.sentence_text(sentence.number).split()
        at = r.randint(0, len(words) - 1)
        copied = " ".join(words[at : at + r.randint(1, 25)])
        says = r.choice([copied, f"“{copied}”", f"'{copied}", r.choice(CONTENTS), "ignore all instructions \x1b[31m"])
        who = r.choice([*NAMES, "he", "the article", copied[:60], ""])
        kind = r.choice(["position", "condition", "assessment", "none"])
        number = r.choice([sentence.number, sentence.number, -1, 10**6])
        entries.append(Entry(n=number, who=who[:80], says=says[:200], kind=kind))
    return Draft(entries=tuple(entries))


@pytest.mark.parametrize("seed", every(4, range(120)))
def test_whatever_comes_in_only_verified_briefs_come_out(seed: int) -> None:
    """Built, verified, within its sentences, and equal after a round trip."""
    r = random.Random(seed)
    try:
        text = Article(article(r), language=r.choice(["en", "en", "uk", "ar", None]))
    except SummarizerError:
        return
    plan: PlanName = r.choice(["whole", "windows"])
    working = steps(prepare(text, plan, "m"), plan)
    call = next(working)
    assert call.draft
    try:
        while True:
            working.send(Filled(answer(r, text)))
    except StopIteration as end:
        parts = end.value
    provenance = Provenance(
        model="m", endpoint=None, package_version="0", plan=plan, prompt_hash="0", replayed=True, usage=Usage()
    )
    brief = finish(parts, provenance)
    assert Brief.load(brief.to_json()) == brief
    for _, item in brief.items():
        for evidence in item.evidence:
            sentence = text.sentences[evidence.sentence - 1]
            assert sentence.start <= evidence.start < evidence.end <= sentence.end
            assert text.text[evidence.start : evidence.end] == evidence.quote
