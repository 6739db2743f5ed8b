"""What a model fills: one flat entry per statement, sentence numbers instead of quotations.

Both plans share these classes. The plan over windows asks for exactly one entry a sentence (a small
model that may choose degenerates; one that has to say "none" does not), the plan over the whole
article for as many as there are statements.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from summarizer.sections import SECTIONS

NO_STATEMENT = "none"
"""The kind of an entry whose sentence carries no statement."""

KINDS = (*(section.kind for section in SECTIONS), NO_STATEMENT)

WHOLE_LIMIT = 40
"""Most entries asked of one call over a whole article: a bounded list keeps a small model from running on."""


class Entry(BaseModel):
    """One sentence as the model tagged it."""

    model_config = ConfigDict(extra="ignore")

    n: int
    who: str = Field(max_length=80)
    says: str = Field(max_length=200)
    kind: Literal[KINDS]  # type: ignore[valid-type]  # the kinds are those of SECTIONS


class Draft(BaseModel):
    """A model's answer to one call."""

    model_config = ConfigDict(extra="ignore")

    entries: tuple[Entry, ...]


@cache
def window_draft(numbers: tuple[int, ...]) -> type[Draft]:
    """The draft of a window: exactly one entry for each of the sentences `numbers`, in order.

    The numbers are part of the schema, so a server that honours it keeps a small model from losing count.
    """
    each: Any = tuple(create_model(f"Entry{n}", __base__=Entry, n=_required(Literal[n])) for n in numbers)
    return create_model("Draft", __base__=Draft, entries=_required(tuple[each]))


@cache
def whole_draft() -> type[Draft]:
    """The draft of a whole article: one entry for each statement, at most `WHOLE_LIMIT`."""
    entries = Annotated[tuple[Entry, ...], Field(max_length=WHOLE_LIMIT)]
    return create_model("Draft", __base__=Draft, entries=_required(entries))


def _required(annotation: Any) -> Any:
    return annotation, ...
