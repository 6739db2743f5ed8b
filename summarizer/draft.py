"""What a model fills: one flat entry per statement, sentence numbers instead of quotations.

Both plans share these classes. The plan over windows asks for exactly one entry a question (a small
model that may choose degenerates; one that has to say "none" does not), and of an entry only what code
cannot tell; the plan over the whole article asks for whole entries, as many as there are statements.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model

from summarizer.sections import SECTIONS

NO_STATEMENT = "none"
"""The kind of an entry whose sentence carries no statement."""

KINDS = (*(section.kind for section in SECTIONS), NO_STATEMENT)

WORDING = 200
"""Most characters of a wording; one that long was cut, and does not count."""
SAYS = 120
"""The same in the plan over windows: a small model copies long sentences out, which costs time and tells nothing."""

WHOLE_LIMIT = 40
"""Most entries asked of one call over a whole article: a bounded list keeps a small model from running on."""


def _asked_only(schema: dict[str, Any]) -> None:
    """Leave out of a JSON Schema what is not asked: what is not required."""
    schema["properties"] = {name: schema["properties"][name] for name in schema["required"]}


class Entry(BaseModel):
    """One sentence as the model tagged it."""

    model_config = ConfigDict(extra="ignore", json_schema_extra=_asked_only)

    n: int
    who: str = ""
    says: str = Field(max_length=WORDING)
    kind: str | None = None
    """One of `KINDS`, where it is asked; what is told unasked may be anything, and does not count."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked about one sentence: always what it says, and the rest where code cannot tell."""

    n: int
    who: bool = True
    kind: bool = True


class Draft(BaseModel):
    """A model's answer to one call."""

    model_config = ConfigDict(extra="ignore")

    entries: tuple[Entry, ...]


class _WindowDraft(Draft):
    """A draft that knows its JSON schema without pydantic's going through its classes, which is slow.

    Nearly every window is asked in a form of its own: the numbers of its sentences are part of it.
    """

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """As pydantic writes it, put together from those of the entries."""
        entries = get_args(cls.model_fields["entries"].annotation)
        names = [entry.__name__ for entry in entries]
        listed = {
            "maxItems": len(names),
            "minItems": len(names),
            "prefixItems": [{"$ref": f"#/$defs/{name}"} for name in names],
            "title": "Entries",
            "type": "array",
        }
        return {
            "$defs": dict(sorted(zip(names, (json.loads(_schema(entry)) for entry in entries), strict=True))),
            "properties": {"entries": listed},
            "required": ["entries"],
            "title": cls.__name__,
            "type": "object",
        }


@lru_cache(maxsize=64)
def window_draft(questions: tuple[Question, ...]) -> type[Draft]:
    """The draft of a window: exactly one entry for each question, in order.

    The numbers are part of the schema, so a server that honours it keeps a small model from losing count.
    """
    each: Any = tuple(_window_entry(question, SAYS) for question in questions)
    return create_model("Draft", __base__=_WindowDraft, entries=_required(tuple[each]))


@lru_cache(maxsize=256)  # most articles ask about the same numbers
def _window_entry(question: Question, says: int) -> type[Entry]:
    name, number = f"Entry{question.n}", Literal[question.n]
    made: type[Entry] = _entry(name, number, who=question.who, says=says, kind=question.kind)
    return made


@lru_cache(maxsize=256)
def _schema(entry: type[Entry]) -> str:
    return json.dumps(entry.model_json_schema())


@cache
def whole_draft() -> type[Draft]:
    """The draft of a whole article: one entry for each statement, at most `WHOLE_LIMIT`."""
    entry: Any = _entry("WholeEntry", int)
    entries: Any = Annotated[tuple[entry, ...], Field(max_length=WHOLE_LIMIT)]
    return create_model("Draft", __base__=Draft, entries=_required(entries))


@cache
def schema_hash(plan: Literal["whole", "windows"]) -> str:
    """The first 16 hex digits of the sha256 over the JSON Schema of a plan's drafts."""
    ways = [(who, kind) for who in (False, True) for kind in (False, True)]
    questions = tuple(Question(n, who=who, kind=kind) for n, (who, kind) in enumerate(ways, 1))
    draft = whole_draft() if plan == "whole" else window_draft(questions)
    text = json.dumps(draft.model_json_schema(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _entry(name: str, number: Any, *, who: bool = True, says: int | None = None, kind: bool = True) -> Any:
    """An entry with the asked fields required, and a wording of at most `says` characters."""
    fields: dict[str, Any] = {"n": _required(number)}
    fields |= {"says": _required(Annotated[str, Field(max_length=says)])} if says else {}
    fields |= {"who": _required(Annotated[str, Field(max_length=80)])} if who else {}
    fields |= {"kind": _required(Literal[KINDS])} if kind else {}
    return create_model(name, __base__=Entry, **fields)


def _required(annotation: Any) -> Any:
    return annotation, ...
