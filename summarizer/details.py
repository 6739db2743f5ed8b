"""The fields that only one section's items have, told by code from the statement's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from summarizer import cues, speech

_ABOUT = (
    ("losses", r"loss(?:es)?|lost|casualt\w+|killed|dead|wounded|deaths?|destroyed"),
    ("reserves", r"reserves?|reservists?|mobili[sz]\w+|reinforce\w*|stockpil\w+|recruit\w*"),
    (
        "weapons",
        r"weapons?|missiles?|rockets?|tanks?|artillery|drones?|ammunition|arms|arsenal|nuclear|aircraft|bombs?",
    ),
    (
        "front",
        r"front(?:\s?line)?s?|line of contact|bank|positions?|territor\w+"
        r"|capture\w*|seiz\w+|control\w*|advanc\w+|withdr\w+",
    ),
    (
        "strength",
        r"strength|strong\w*|weak\w*|advantages?|superior\w*|capab\w+|capacity|troops|soldiers|fighters",
    ),
    (
        "operations",
        r"offensives?|operations?|campaigns?|attack\w*|assault\w*|strike\w*|counteroffensive\w*|ambush\w*|fighting|battles?",
    ),
    ("intentions", r"aims?|intends?|intentions?|plans?|wants?|prepar\w+|goals?|seeks?|strategy|freeze"),
)
_TOPICS = tuple((topic, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for topic, words in _ABOUT)


@dataclass(frozen=True, slots=True)
class Statement:
    """What is known of a grounded statement when its details are told."""

    text: str
    """The article's text."""
    start: int
    """First code point of the clause in the article's text."""
    end: int
    """One past the clause's last code point."""
    sentence: str
    """The whole sentence the clause stands in."""
    actor: str
    """The holder's id."""
    others: tuple[str, ...]
    """Ids of the other actors named in the clause, in order."""

    @property
    def clause(self) -> str:
        """The clause that carries the statement."""
        return self.text[self.start : self.end]


def position(statement: Statement) -> Mapping[str, object]:
    """Whom a position is directed at, and how it is reported."""
    return {
        "toward": next(iter(statement.others), None),
        "speech": speech.speech_kind(statement.text, statement.start, statement.end),
    }


def condition(statement: Statement) -> Mapping[str, object]:
    """Whether a condition is set, accepted or refused, for what, and who is to meet it."""
    return {
        "stance": cues.stance(statement.clause),
        "regarding": cues.regarding(statement.sentence),
        "addressee": next(iter(statement.others), None),
    }


def assessment(statement: Statement) -> Mapping[str, object]:
    """What an assessment is about, and whether it looks ahead."""
    span = cues.horizon(statement.clause)
    return {
        "about": next((topic for topic, words in _TOPICS if words.search(statement.clause)), "other"),
        "outlook": cues.outlook(statement.clause),
        "horizon": statement.clause[slice(*span)] if span else None,
    }
