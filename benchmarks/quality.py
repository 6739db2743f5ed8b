"""How good briefs are, against gold annotations and against the tools one would use instead.

    python benchmarks/quality.py [GOLD_DIR] [--only ours] [--timed 3] [--json FILE]

Three contenders on one embedded server: ours (the public API), google/langextract 1.7 (in an environment of its own,
made on the first run) and one naive instructor call with verbatim quotes. GOLD_DIR holds annotated articles and
stands beside `score.py`, as benchmarks/gold/invented does; `benchmarks/gold/GUIDE.md` says how they are annotated.

Answers are kept under the cache folder by model, prompt and article, so that a second run asks only what changed.
`--timed N` compares seconds on N articles with nothing kept, contender after contender in this one run; keep the
machine quiet meanwhile, llama.cpp suffers more from a busy core than Python does.

A full run over nine articles of 300 words takes the better part of an hour on two cores.

`grounded` is the share of lines whose evidence stands in the article. langextract's is what it aligned: words that it
found only approximately count as the stretch of the text they were aligned with.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments import commands_of
from relay import Meter, Relay

from summarizer import local, weights

HERE = Path(__file__).resolve().parent
PEER = "langextract[openai]==1.7.1"
CONTENDERS = {"ours": "ours.py", "langextract": "langextract_contender.py", "naive": "naive.py"}
BASE = "langextract"
FIGURES = (
    "grounded",
    "found",
    "precision",
    "actor",
    "actors",
    "positions",
    "conditions_for_talks",
    "military_assessments",
    "sections",
)
COSTS = ("calls", "input_tokens", "output_tokens")


@dataclass(frozen=True)
class Answer:
    """A contender's brief of one article and what it took."""

    brief: dict[str, Any]
    error: str | None
    calls: int
    input_tokens: int
    output_tokens: int
    seconds: float
    """The server's seconds, as measured when it answered, and the contender's own."""


def told(python: Path, contender: str, job: dict[str, Any]) -> dict[str, Any]:
    """What the contender answers in a process of its own; one that dies has an empty brief, and says so."""
    command = [str(python), str(HERE / "contenders" / CONTENDERS[contender])]
    environment = os.environ | {"SUMMARIZER_API_KEY": "kept-by-the-relay"}
    try:
        done = subprocess.run(
            command, input=json.dumps(job), capture_output=True, text=True, env=environment, timeout=3600
        )
        return dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return {"brief": {}, "seconds": 3600.0, "error": "no answer in an hour"}
    except ValueError:
        return {"brief": {}, "seconds": 0.0, "error": f"exit {done.returncode}: {done.stderr.strip()[-300:]}"}


def run(contender: str, articles: Sequence[dict[str, Any]], cache: Path, *, keep: bool) -> dict[str, Answer]:
    """The contender's answers by article id."""
    server = local.serve()
    folder = cache / "answers" if keep else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    peer = contender == BASE
    python = commands_of(PEER, cache / "langextract-venv") / "python" if peer else Path(sys.executable)
    answers: dict[str, Answer] = {}
    for number, article in enumerate(articles, 1):
        public = {key: article.get(key) for key in ("text", "title", "date", "publisher", "source")}
        with Relay(server.base_url, server.api_key, weights.MODEL.sha256, folder) as relay:
            job = {"article": public, "base_url": relay.base_url, "model": server.model_name}
            answer = _answer(told(python, contender, job), relay.meter)
        answers[article["id"]] = answer
        print(
            f"{contender:12} {number}/{len(articles)} {article['id'][:40]:40} {answer.calls} calls, "
            f"{answer.input_tokens} tokens in, {answer.output_tokens} out, {answer.seconds:.0f} s"
            + (f"  FAILED: {answer.error}" if answer.error else ""),
            file=sys.stderr,
        )
    return answers


def _answer(said: Mapping[str, Any], meter: Meter) -> Answer:
    own = max(0.0, said["seconds"] - meter.waited)
    return Answer(
        said["brief"],
        said["error"],
        meter.calls,
        meter.input_tokens,
        meter.output_tokens,
        own + meter.server_seconds,
    )


def scored(gold: Path, answers: Mapping[str, Answer], folder: Path) -> dict[str, float]:
    """The scorer's figures and the means of an article."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, answer in answers.items():
        (folder / f"{name}.json").write_text(json.dumps(answer.brief), encoding="utf-8")
    command = [sys.executable, str(gold.parent / "score.py"), str(gold), str(folder), "--json"]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    costs = {name: value for name, value in means(answers).items() if name in COSTS}
    return {**figures, **costs, "failed": sum(answer.error is not None for answer in answers.values())}


def means(answers: Mapping[str, Answer]) -> dict[str, float]:
    """Calls, tokens and seconds of a mean article."""
    return {name: sum(getattr(a, name) for a in answers.values()) / len(answers) for name in (*COSTS, "seconds")}


def table(results: Mapping[str, Mapping[str, float]], figures: Sequence[str], costs: Sequence[str]) -> str:
    """The results as a Markdown table, costs also as ratios to langextract."""
    heads = [figure.removesuffix("_for_talks").removeprefix("military_").replace("_", " ") for figure in figures]
    lines = [
        "| contender | " + " | ".join([*heads, *(cost.replace("_", " ") for cost in costs)]) + " |",
        "|---" * (len(heads) + len(costs) + 1) + "|",
    ]
    base = results.get(BASE)
    for contender, found in results.items():
        cells = [f"{found[figure]:.2f}" for figure in figures]
        for cost in costs:
            ratio = f" ({found[cost] / base[cost]:.2f})" if base and base[cost] else ""
            cells.append(f"{found[cost]:,.{1 if cost == 'calls' else 0}f}{ratio}")
        lines.append(f"| {contender} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def timed(articles: Sequence[dict[str, Any]], contenders: Sequence[str], cache: Path) -> dict[str, dict[str, float]]:
    """Costs of a mean article with nothing kept, on the articles of middle length."""
    return {contender: means(run(contender, articles, cache, keep=False)) for contender in contenders}


def middle(articles: Sequence[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The `number` articles of middle length."""
    by_length = sorted(articles, key=lambda article: len(article["text"]))
    first = (len(by_length) - number) // 2
    return by_length[max(first, 0) :][:number]


def main() -> int:
    """Run, print and store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("gold", nargs="?", type=Path, default=HERE / "gold" / "invented", help="annotated articles")
    parser.add_argument("--only", action="append", choices=CONTENDERS, help="this contender (may be repeated)")
    parser.add_argument("--timed", type=int, default=0, metavar="N", help="compare seconds on N articles, unkept")
    parser.add_argument("--cache", type=Path, default=weights.cache_dir() / "benchmarks", help="kept answers")
    parser.add_argument("--json", type=Path, help="store the results here (benchmarks/results/ holds ours)")
    options = parser.parse_args()
    files = sorted(options.gold.glob("*.json"))
    if not files or not (options.gold.parent / "score.py").is_file():
        parser.error(f"{options.gold}: no annotated articles here, or no score.py beside the folder")
    articles = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    contenders = options.only or list(CONTENDERS)
    results = {}
    for contender in contenders:
        answers = run(contender, articles, options.cache, keep=True)
        results[contender] = scored(options.gold, answers, options.cache / "briefs" / options.gold.name / contender)
    print(f"\n{len(articles)} articles of {options.gold.name}\n\n{table(results, FIGURES, COSTS)}")
    clocked = timed(middle(articles, options.timed), contenders, options.cache) if options.timed else {}
    if clocked:
        print(f"\n{options.timed} articles of middle length, nothing kept\n\n{table(clocked, (), (*COSTS, 'seconds'))}")
    if options.json:
        stored = {
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
            "gold": options.gold.name,
            "articles": len(articles),
            "model": weights.MODEL.name,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "versions": {"summarizer": importlib.metadata.version("desk-summarizer"), "peer": PEER},
            "results": results,
            "timed": clocked,
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
