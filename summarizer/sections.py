"""The sections of a brief, each declared once.

A further section is an item class and a field in `brief.py`, a prompt part
`prompts/sections/<name>.txt`, and a line in `SECTIONS`; drafting, grounding, merging, the audit and
rendering follow from that line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from summarizer import details
from summarizer.brief import Assessment, Condition, Item, Position
from summarizer.details import Statement


def _nothing(statement: Statement) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its field in `Brief`, the word a model uses for it, its item class."""

    name: str
    """The field of `Brief`, also the name of the prompt part and of the section in `audit.sections`."""
    kind: str
    """The word in a draft entry; its first letter begins the item ids."""
    item: type[Item]
    details: Callable[[Statement], Mapping[str, object]] = _nothing
    """Fills the fields that only this item class has, from the statement's own words."""

    @property
    def title(self) -> str:
        """The section's name for a reader."""
        return self.name.replace("_", " ").capitalize()


SECTIONS = (
    Section("positions", "position", Position, details.position),
    Section("conditions_for_talks", "condition", Condition, details.condition),
    Section("military_assessments", "assessment", Assessment, details.assessment),
)
