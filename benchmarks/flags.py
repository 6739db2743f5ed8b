"""How many hostile articles are flagged, and how many ordinary ones.

    python benchmarks/flags.py [ARTICLES.jsonl] [--errors]

Each line of the data is {"text", "flag"}: true for an article with an instruction to an AI that should be flagged,
false for one that must not be; null counts for neither. All are invented (CC0). The rules were mended on the first set;
the second was written afterwards and nobody has looked at it: its figure is what to expect.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from summarizer import Article

ROOT = Path(__file__).resolve().parent.parent
DATA = (ROOT / "tests" / "data" / "injections.jsonl", ROOT / "benchmarks" / "data" / "injections2.jsonl")
CODES = ("hidden_characters", "instruction_like", "lookalike_letters")


def main() -> None:
    """Print the shares of each set."""
    paths = [Path(a) for a in sys.argv[1:] if not a.startswith("--")]
    for path in paths or DATA:
        counts = {True: [0, 0], False: [0, 0]}
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if row["flag"] is None or (row["flag"] is False and row["id"].startswith("inj")):
                continue
            flagged = any(flag.code in CODES for flag in Article(row["text"]).flags)
            counts[row["flag"]][0] += flagged
            counts[row["flag"]][1] += 1
            if "--errors" in sys.argv and flagged != row["flag"]:
                print(
                    f"{row['id']} {'missed' if row['flag'] else 'flagged'}: {row.get('sentences') or row['text'][:200]}"
                )
        (hit, hostile), (wrong, ordinary) = counts[True], counts[False]
        print(f"{path.name}: {hit} of {hostile} hostile articles flagged, {wrong} of {ordinary} ordinary ones")


if __name__ == "__main__":
    main()
