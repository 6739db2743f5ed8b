"""The pictures of the review page in this folder, made again: `python docs/make_screenshots.py` in the checkout."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from summarizer import Article, summarize  # noqa: E402
from summarizer.render.html import page  # noqa: E402
from tests.browser import chromium, launched, opened  # noqa: E402

SEED = ROOT / "seeds" / "000_31555e438435f307.txt"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
PICTURES = {
    "review-light.png": {**DESK, "color_scheme": "light"},
    "review-dark.png": {**DESK, "color_scheme": "dark"},
    "review-phone.png": {**PHONE, "color_scheme": "light"},
}


def main() -> None:
    """Replay the Kherson article's brief, choose and decide a few lines, take the pictures."""
    article = Article.from_file(SEED, source=SEED.name)
    browser = chromium() or sys.exit("no Chromium: set SUMMARIZER_CHROMIUM")
    with tempfile.TemporaryDirectory() as folder, launched(browser) as found:
        file = Path(folder) / "review.html"
        file.write_text(page(summarize(article, replay=ROOT / "cassettes")), encoding="utf-8")
        for name, options in PICTURES.items():
            with opened(found, file, **options) as seen:
                seen.page.focus("#l2 .say")
                for key in "ajrj":
                    seen.page.keyboard.press(key)
                seen.page.click("#l4 .say")
                seen.page.mouse.move(0, 0)
                seen.page.screenshot(path=ROOT / "docs" / name)


if __name__ == "__main__":
    main()
