"""YAML that harms nobody who reads it and is written one way only."""

from __future__ import annotations

from typing import Any

import yaml

_DEEPEST = 20  # a cassette nests 6 deep, and libyaml crashes the process at some ten thousand
_MOST_PARTS = 500_000  # an exchange has 40
_ODD_BREAKS = frozenset("\x85\u2028\u2029")


def load(text: str) -> Any:
    """Safe loading by libyaml, many times faster than the pure Python one.

    Safe loaders make no objects, but parts that stand for others (`*a`, `<<`) multiply, deep nesting ends the process,
    and many small parts take long. Nothing that is written here has any of these: they raise `ValueError`, and what is
    no YAML `yaml.YAMLError`.
    """
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("a part of it stands for another")
        if count > _MOST_PARTS:
            raise ValueError("it has too many parts")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


def dump(data: Any) -> str:
    """Text of several lines as blocks, and everything out where it stands; keys in the order given."""
    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # they write the same, libyaml ten times faster
    dumper: Any = type("_Dumper", (base,), {"ignore_aliases": lambda self, data: True})
    dumper.add_representer(str, _block)
    return str(yaml.dump(data, Dumper=dumper, allow_unicode=True, sort_keys=False, width=1_000_000_000))


def _block(dumper: Any, value: str) -> Any:
    style = None
    if "\n" in value:  # in a block, YAML reads U+0085 as a plain line end
        style = '"' if _ODD_BREAKS & set(value) else "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)
