"""What a check answers: one problem, with a code and words to act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Code", "Problem"]

Code = Literal["empty", "too_long", "name", "number", "date", "quote", "negation", "modality", "condition", "actor"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in a paraphrase that its evidence does not bear out."""

    code: Code
    detail: str
    """What is wrong, in words a model or an editor can act on."""
