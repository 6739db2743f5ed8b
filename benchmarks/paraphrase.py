"""How well `check_paraphrase` tells true paraphrases from corrupted ones.

    python benchmarks/paraphrase.py [PAIRS.jsonl] [--errors]

Each line of the data is {"evidence", "text", "label", "set"}; the label is "true" or what was corrupted. Set 1 was written
before the checks; set 2 after them and before their results on it were seen; later sets likewise. All are invented.
`--errors` lists what goes wrong.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from summarizer.paraphrase import check_paraphrase

DATA = Path(__file__).parent / "data" / "paraphrase_pairs.jsonl"


def measure(path: Path, show_errors: bool = False) -> dict[str, dict[str, float]]:
    """Detection rate per label and false-alarm rate, for each set of pairs."""
    total: Counter[tuple[str, str]] = Counter()
    caught: Counter[tuple[str, str]] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        problems = check_paraphrase(row["text"], [row["evidence"]])
        key = (f"set {row.get('set', 1)}", row["label"])
        total[key] += 1
        caught[key] += bool(problems)
        if show_errors and bool(problems) == (row["label"] == "true"):
            print(f"{key[0]} {row['label']}: {row['evidence']}\n    {row['text']}\n    {problems}")
    out: dict[str, dict[str, float]] = {}
    for name in sorted({s for s, _ in total}):
        labels = sorted(label for s, label in total if s == name and label != "true")
        rates = {label: caught[name, label] / total[name, label] for label in labels}
        corrupted = sum(total[name, label] for label in labels)
        rates["detection"] = sum(caught[name, label] for label in labels) / max(corrupted, 1)
        rates["false alarms"] = caught[name, "true"] / max(total[name, "true"], 1)
        out[name] = rates | {"pairs": corrupted + total[name, "true"]}
    return out


def main() -> None:
    paths = [Path(a) for a in sys.argv[1:] if not a.startswith("--")]
    start = time.perf_counter()
    for name, rates in measure(paths[0] if paths else DATA, "--errors" in sys.argv).items():
        print(name, "  ".join(f"{k} {v:.3g}" for k, v in rates.items()))
    print(f"{time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
