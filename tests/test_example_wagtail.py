"""The example `examples/wagtail_button`: its tests pass in a fresh environment, with a stub and the real service."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.serving import served

EXAMPLE = ROOT / "examples" / "wagtail_button"


def test_its_articles_are_those_that_were_recorded() -> None:
    """It carries copies of seeds, so that it can be copied out whole."""
    articles = sorted((EXAMPLE / "articles").iterdir())
    assert articles
    assert all(article.read_bytes() == (ROOT / "seeds" / article.name).read_bytes() for article in articles)


@pytest.mark.slow
def test_the_tests_of_the_wagtail_example_pass(tmp_path: Path) -> None:
    """Copied out. None is skipped; the migrations are those of the models; the demo fills a fresh site."""
    site, fresh = tmp_path / "site", tmp_path / "venv"
    shutil.copytree(EXAMPLE, site, ignore=shutil.ignore_patterns("__pycache__", ".venv", "db.sqlite3"))
    venv.create(fresh, with_pip=True)
    python = str(fresh / ("Scripts" if os.name == "nt" else "bin") / "python")
    pip = [python, "-m", "pip", "-q", "--disable-pip-version-check", "install", "-r", "requirements.txt"]
    subprocess.run(pip, check=True, cwd=site)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SUMMARIZER", "DJANGO"))
    }

    def manage(*arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [python, "manage.py", *arguments], cwd=site, env=kept | environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    manage("makemigrations", "--check", "--dry-run")
    manage("migrate", "-v", "0")
    assert manage("demo").count("draft article: ") == 2
    with served(tmp_path / "jobs") as url:
        printed = manage("test", SUMMARIZER_TEST_URL=url)
    assert re.search(r"\nOK\n", printed)
    assert "skipped" not in printed
    shutil.rmtree(fresh)  # thousands of files
