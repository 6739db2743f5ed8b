"""The prompts: loading them from `prompts/`, rendering them, and their hash.

The files are Jinja text that an editor can read and change. A wheel carries them inside the
package; an editable install reads those of the checkout, so an edit takes effect at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from summarizer.draft import WHOLE_LIMIT
from summarizer.plain import one_line
from summarizer.sections import SECTIONS

if TYPE_CHECKING:
    from jinja2 import Environment

    from summarizer.article import Article
    from summarizer.sentences import Sentence

Message = dict[str, str]
PlanName = Literal["whole", "windows"]


def data_folder(name: str) -> Path:
    """`prompts` or `schemas`: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(data_folder("prompts")),
        undefined=StrictUndefined,
        keep_trailing_newline=False,
        autoescape=False,  # noqa: S701 - plain text for a model, never HTML
    )


def _render(name: str, **values: object) -> str:
    return _environment().get_template(name).render(sections=SECTIONS, **values).strip()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks about its sentences."""

    numbers: Container[int]
    """The sentences asked about; the others are shown between them."""
    speakers: bool
    """Whether the plan over windows asks for every speaker, not only where code cannot tell."""
    kinds: bool
    """Whether it asks for kinds."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An entry that failed a check."""

    n: int
    draft: str
    """Its words, in one line."""
    detail: str
    """What is wrong with them."""


@cache
def _static(plan: PlanName, speakers: bool = False, kinds: bool = False) -> tuple[Message, ...]:
    """The messages that are the same for every call: a server's prompt cache serves them."""
    if plan == "whole":
        return ({"role": "system", "content": _render("whole.system.txt", limit=WHOLE_LIMIT)},)
    asked = {"speakers": speakers, "kinds": kinds}
    return (
        {"role": "system", "content": _render("windows.system.txt", **asked)},
        {"role": "user", "content": _render("windows.example.user.txt")},
        {"role": "assistant", "content": _render("windows.example.assistant.txt", **asked)},
    )


def messages(plan: PlanName, article: Article, sentences: Sequence[Sentence], asked: Asked) -> tuple[Message, ...]:
    """The messages of one call about `sentences`, those asked about as lines `[n] text` in the last of them."""
    lines = [
        {
            "number": s.number,
            "text": one_line(article.sentence_text(s.number)),
            "asked": s.number in asked.numbers,
        }
        for s in sentences
    ]
    first = sentences[0].number
    before = one_line(article.sentence_text(first - 1)) if plan == "windows" and first > 1 else ""
    values = {"sentences": lines} | ({"before": before} if plan == "windows" else {})
    static = _static(plan, asked.speakers, asked.kinds)
    return (*static, {"role": "user", "content": _render(f"{plan}.user.txt", **values)})


def corrected(messages: tuple[Message, ...], complaint: str) -> tuple[Message, ...]:
    """The same messages, asking again and saying what was wrong with the whole answer."""
    return _continued(messages, _render("correction.txt", complaint=complaint))


def again(messages: tuple[Message, ...], failed: Sequence[Failed]) -> tuple[Message, ...]:
    """The same messages, asking again for the entries that failed a check, with the reasons."""
    return _continued(messages, _render("again.txt", failed=failed))


def _continued(messages: tuple[Message, ...], words: str) -> tuple[Message, ...]:
    """`words` behind the numbered sentences of the last message: all before them stays in a server's prompt cache."""
    *static, last = messages
    return (*static, {"role": last["role"], "content": f"{last['content']}\n\n{words}"})


@cache
def prompt_hash(plan: PlanName) -> str:
    """The first 16 hex digits of the sha256 over the static messages and templates of a plan."""
    digest = hashlib.sha256()
    for message in (*_static(plan), *_static(plan, speakers=True, kinds=True)):
        digest.update(f"{message['role']}\0{message['content']}\0".encode())
    for name in (f"{plan}.user.txt", "correction.txt", "again.txt"):
        digest.update((data_folder("prompts") / name).read_bytes())
    return digest.hexdigest()[:16]
