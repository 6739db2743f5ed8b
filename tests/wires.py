"""Wires of invented articles for tests of batches, and what a stub answers about them."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.stub_server import Body, Reply, completion

_PLACES = ("Kessen", "Arland", "Tarnsk", "Ilmen", "Brod", "Vesna", "Oster", "Halden", "Norrby", "Caldera", "Pirin")
_PEOPLE = ("Lena Moor", "Ivo Brandt", "Ana Ruud", "Tomas Rehn", "Ida Kolm", "Per Aalto", "Mara Quist", "Jon Fahl")
_THINGS = ("the bridge", "the harbour", "a convoy of grain", "the northern road", "the power plant", "two villages")
_SAID = (
    "would talk only if the siege of {place} ended",
    "rejected any truce that left {thing} in foreign hands",
    "had lost {count} tanks near {place} since spring",
    "expected an attack on {place} before winter",
    "would not give up {thing} at {place}",
)


def article(number: int, longest: int = 3) -> str:
    """An invented report with one statement to `longest`, and two sentences without; no two are alike."""
    chosen = random.Random(number)

    def pick(values: tuple[str, ...]) -> str:
        return chosen.choice(values)

    parts = [f"Fighting went on around {pick(_PLACES)} and {pick(_PLACES)} on day {number} of the war."]
    for _ in range(chosen.randint(1, longest)):
        said = pick(_SAID).format(place=pick(_PLACES), thing=pick(_THINGS), count=chosen.randint(3, 900))
        parts.append(f"{pick(('General', 'Minister', 'President'))} {pick(_PEOPLE)} said the army {said}.")
    parts.append(f"Rain fell on {pick(_PLACES)} for {chosen.randint(2, 90)} hours, and {pick(_THINGS)} stayed closed.")
    return " ".join(parts)


def wire(path: Path, count: int, longest: int = 3) -> Path:
    """A JSONL file of so many articles."""
    rows = ({"id": f"a{n}", "text": article(n, longest), "title": f"Report {n}"} for n in range(count))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def answered(body: Body) -> Reply:
    """What a model might answer to the plan over windows: the form says which sentences are asked about."""
    forms = body["response_format"]["json_schema"]["schema"]["$defs"].values()
    asked = dict(sorted((form["properties"]["n"]["const"], form["properties"]) for form in forms))
    lines = {}
    for line in body["messages"][-1]["content"].splitlines():
        number, found, text = line.partition("] ")
        if found and number[1:].isdigit():
            lines[int(number[1:])] = text
    entries = []
    for number, fields in asked.items():
        who, said, says = lines.get(number, "").partition(" said ")
        entry = {"n": number, "says": says.removesuffix(".")[:110] if said else "", "who": who, "kind": "position"}
        entries.append({name: value for name, value in entry.items() if name in fields})
    return completion(body, json.dumps({"entries": entries}))
