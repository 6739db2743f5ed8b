"""How well the audit finds direct speech and attributed statements.

    python benchmarks/audit.py [TEXTS.jsonl] [--errors]

The data, {"text", "statements": [{"sentence_contains", "kind"}]} a line, "lang" and "note" if wanted, are 90 and
50 short invented texts (CC0), written without sight of the code; no statements means that none must be found. One is
found when its sentence is listed; for the figures of a kind, listed as that kind. `FIRST_SIGHT` keeps what each set
gave when it was new: that, not today's figure, is what to expect on texts nobody has seen.
`--errors` lists what goes wrong.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from summarizer import Article, audit

FIRST_SIGHT = {
    "speech.jsonl": {"all": (0.630, 0.841), "direct_speech": (0.607, 0.971), "attributed": (0.500, 0.529)},
    "speech2.jsonl": {"all": (0.982, 0.918), "direct_speech": (0.897, 0.929), "attributed": (0.929, 0.788)},
}
"""(recall, precision) when each set was first run; the rules were mended on the first set, nobody has on the second."""

FOLDER = Path(__file__).parent / "data"
KINDS = ("all", "direct_speech", "attributed")


def measure(path: Path = FOLDER / "speech.jsonl", show_errors: bool = False) -> dict[str, tuple[float, float]]:
    """(recall, precision) of the sentences found: whatever their kind ("all"), and for each kind."""
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    recalled: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        article = Article(row["text"], language=row.get("lang"))
        gold = {(_sentence(article, s["sentence_contains"]), s["kind"]) for s in row["statements"]}
        listed = {(s.sentence, s.why) for s in audit.statements(article)}
        sentences = {n for n, _ in gold}, {n for n, _ in listed}
        for n, kind in gold:
            wanted.update((kind, "all"))
            recalled.update([kind] * ((n, kind) in listed) + ["all"] * (n in sentences[1]))
        for n, kind in listed:
            found[kind] += 1
            right[kind] += (n, kind) in gold
        found["all"] += len(sentences[1])
        right["all"] += len(sentences[0] & sentences[1])
        if show_errors:
            for n, kind in sorted(gold ^ listed):
                what = "missed" if (n, kind) in gold else "listed"
                print(f"{row['id']} {what} {kind}: {article.sentence_text(n)}\n    {row.get('note', '')}")
    return {kind: (recalled[kind] / max(wanted[kind], 1), right[kind] / max(found[kind], 1)) for kind in KINDS}


def _sentence(article: Article, part: str) -> int:
    """The number of the sentence in which `part` begins."""
    at = article.text.index(part)
    return next(s.number for s in article.sentences if s.end > at)


def main() -> None:
    """Print recall and precision."""
    paths = [Path(a) for a in sys.argv[1:] if not a.startswith("--")]
    start = time.perf_counter()
    for path in paths or [FOLDER / name for name in FIRST_SIGHT]:
        print(path.name)
        for kind, (recall, precision) in measure(path, "--errors" in sys.argv).items():
            first = FIRST_SIGHT.get(path.name, {}).get(kind)
            sight = f"   (at first sight: recall {first[0]:.3f}  precision {first[1]:.3f})" if first else ""
            print(f"  {kind:14} recall {recall:.3f}  precision {precision:.3f}{sight}")
    print(f"{time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
