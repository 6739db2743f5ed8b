"""Which differences decide: the weight of each kind of finding, and the problems they add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summarizer.checks.pair import FREEDOM
from summarizer.checks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summarizer.checks.features import Finding

__all__ = ["FREE", "LIMIT", "LIMIT_FREE", "WEIGHTS", "problems"]

WEIGHTS: Final[dict[str, float]] = {
    "denial dropped": 2.0,
    "denial added": 2.0,
    "denial added to two": 1.0,
    "denial added to a tie": 1.0,
    "denial one of two dropped": 1.0,
    "denial dropped for another": 0.4,
    "denial added for another": 0.3,
    "opposite": 1.0,
    "opposite for another": 1.0,
    "hedge dropped": 1.3,
    "hedge dropped for wish": 1.0,
    "hedge weakened": 1.0,
    "weak hedge dropped": 0.4,
    "hedge added": 1.0,
    "hedge added over will": 1.0,
    "hedge over certain": 1.0,
    "nearly dropped": 1.0,
    "other patient mixed": 1.0,
    "other patient new": 1.0,
    "certain": 0.5,
    "certain over hedge": 1.0,
    "part becomes whole": 0.5,
    "will over hedge": 1.0,
    "will over wish": 1.0,
    "will added": 1.0,
    "wish dropped": 0.7,
    "wish dropped share": 0.6,
    "wish dropped but will": 0.3,
    "condition lifted": 1.0,
    "condition dropped": 1.3,
    "condition dropped for another": 0.4,
    "condition added": 1.4,
    "condition added for another": 0.4,
    "condition met": 1.0,
    "condition turned": 1.0,
    "exchanged": 1.0,
    "until dropped": 1.0,
    "done over wish": 1.0,
    "done over if": 1.0,
    "done over unless": 1.0,
    "done over will": 1.0,
    "done over hedge": 1.0,
    "new words": 0.3,
    "swapped agent": 1.0,
    "swapped patient": 1.0,
    "swapped recipient": 1.0,
    "swapped source": 0.5,
    "agents exchanged": 1.0,
    "other agent": 1.0,
    "other agent named": 1.0,
    "other patient": 1.0,
    "other to": 1.0,
    "other from": 0.4,
    "other against": 1.0,
    "other object": 1.0,
    "other owner": 1.0,
    "other side": 1.0,
    "order named": 0.4,
    "order": 0.1,
}
"""How much each kind of finding counts; findings that add up to one make a problem."""


FREE: Final = 0.35
"""A text of which more than this is new or in other words is worded freely: code errs more often on it."""

SOLID: Final = frozenset(
    {"condition added", "condition lifted", "denial added to two", "will over hedge", "certain over hedge"}
)
"""Findings that decide in a free wording too."""

LIMIT: Final = 1.0
LIMIT_FREE: Final = 1.3
"""What findings must add up to; where a text is worded freely, one alone does not do."""


def problems(found: Sequence[Finding]) -> list[Problem]:
    """The problems that the findings amount to: the strong ones, or the strongest of weak ones that add up."""
    free = any(f.name == FREEDOM and f.value > FREE for f in found) and not any(f.name in SOLID for f in found)
    weighed = {f.name: (min(1.5, WEIGHTS.get(f.name, 0.0) * f.value), f) for f in found if f.name != FREEDOM}
    if sum(weight for weight, _ in weighed.values()) < (LIMIT_FREE if free else LIMIT):
        return []
    strong = [f for weight, f in weighed.values() if weight >= 1]
    chosen = strong or [max(weighed.values(), key=lambda pair: pair[0])[1]]
    return [Problem(f.code, f.detail) for f in chosen]
