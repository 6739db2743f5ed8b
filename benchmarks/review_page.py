"""How fast the review page answers a choice when a brief has 1,000 evidence spans.

    python -m benchmarks.review_page [--spans 1000] [--choices 100] [--json FILE]

A long invented article and a brief with that many spans, overlapping, in Chromium (see tests/browser.py). Each choice
is a click on a line or, in turn, on a sentence's number; its time is from the click to the frame after the next paint
(requestAnimationFrame twice, so up to 17 ms of it is waiting for the display); script and layout are timed alone, too.
The limit is 100 ms for each choice; exit 1 when it is missed. Also: two frames without a choice, which tell how busy
the machine is; the page's size, time to build and to load it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from summarizer import Article
from summarizer.render.html import page
from tests.browser import chromium, launched, opened
from tests.factories import long_article, overlapping

LIMIT_MS = 100.0

_CHOOSE = """async (selector) => {
  const element = document.querySelector(selector);
  const start = performance.now();
  element?.click();
  document.body.offsetHeight;
  const worked = performance.now() - start;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return [performance.now() - start, worked];
}"""


def measure(spans: int, choices: int) -> dict[str, float]:
    """The figures, times in milliseconds, the size in bytes."""
    article = Article(long_article(60_000), language="en")
    made = overlapping(article, spans * 3 // 5)  # two of three lines rest on one span, the third on up to three
    start = time.perf_counter()
    html = page(made)
    built = time.perf_counter() - start
    browser = chromium() or sys.exit("no Chromium: set SUMMARIZER_CHROMIUM")
    with tempfile.TemporaryDirectory() as folder, launched(browser) as found:
        file = Path(folder) / "review.html"
        file.write_text(html, encoding="utf-8")
        with opened(found, file) as seen:
            timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
            loaded = seen.page.evaluate(timing)
            lines, sentences = len(made.positions), len(article.sentences)
            seen.page.evaluate(_CHOOSE, "#l0 .say")  # what runs the first time is compiled then
            idle = sorted(seen.page.evaluate(_CHOOSE, "#nothing")[0] for _ in range(choices))
            measured = [
                seen.page.evaluate(_CHOOSE, f"#s{n * 37 % sentences + 1} .n" if n % 2 else f"#l{n * 41 % lines} .say")
                for n in range(choices)
            ]
    times, work = (sorted(kind) for kind in zip(*measured, strict=True))
    return {
        "spans": sum(len(item.evidence) for item in made.positions), "lines": lines, "sentences": sentences,
        "median": statistics.median(times), "p95": times[int(0.95 * len(times))], "max": times[-1],
        "idle": idle[int(0.95 * len(idle))],
        "work": work[int(0.95 * len(work))],
        "built": 1000 * built, "bytes": len(html.encode()), "loaded": loaded,
    }  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast the review page answers a choice.")
    parser.add_argument("--spans", type=int, default=1000)
    parser.add_argument("--choices", type=int, default=100)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure(options.spans, options.choices)
    print("{spans} evidence spans, {lines} lines, {sentences} sentences, page of {bytes} bytes".format(**found))
    print("built in {built:.0f} ms, loaded in {loaded:.0f} ms".format(**found))
    print("choice to paint: median {median:.0f} ms, p95 {p95:.0f} ms, slowest {max:.0f} ms".format(**found))
    print("p95 of script and layout alone {work:.0f} ms, of two frames without a choice {idle:.0f} ms".format(**found))
    print(f"limit {LIMIT_MS:.0f} ms: {'kept' if found['max'] <= LIMIT_MS else 'missed'}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return int(found["max"] > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
