"""The example to copy, `examples/newsroom_ci`: its tests pass without a model, a key or a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from summarizer import cassette
from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "newsroom_ci"
CASSETTES = sorted((EXAMPLE / "tests" / "cassettes").rglob("*.yaml"))


def run_tests(python: Path | str, folder: Path, **environment: str) -> str:
    """Run the example's tests as its README says: what pytest printed."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SUMMARIZER", "PYTEST", "PYTHONPATH")) and not name.endswith("_API_KEY")
    }
    done = subprocess.run(
        [python, "-m", "pytest", "--block-network", "-p", "no:cacheprovider"],
        cwd=folder,
        env=kept | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_passes_with_the_network_blocked() -> None:
    """All of its tests, and nothing is left behind."""
    before = sorted(EXAMPLE.rglob("*"))
    printed = run_tests(sys.executable, EXAMPLE, PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1", CI="1")
    assert re.search(r"\b6 passed\b", printed)
    assert "skipped" not in printed
    assert sorted(EXAMPLE.rglob("*")) == before


def test_the_cassettes_of_the_example_are_the_embedded_models() -> None:
    """One for each test with the fixture, all of a real model, of articles that anybody may copy."""
    tests = "".join(path.read_text(encoding="utf-8") for path in (EXAMPLE / "tests").glob("test_*.py"))
    assert len(CASSETTES) == tests.count("(brief_cassette")
    runs = [run for path in CASSETTES for run in cassette.read(path).runs]
    assert {run.model.split("/")[0] for run in runs} == {"local"}
    assert {run.licence for run in runs} == {"CC0-1.0"}
    texts = {text for path in CASSETTES for text in cassette.read(path).texts.values()}
    assert len(texts) == len(list((EXAMPLE / "articles").iterdir()))


@pytest.mark.slow
def test_the_example_passes_with_the_wheel_in_a_fresh_environment(tmp_path: Path) -> None:
    """As a newsroom would install it: the wheel has the plugin, the prompts and all that replaying needs."""
    pip = ["-m", "pip", "-q", "--disable-pip-version-check"]
    wheels, project, fresh = tmp_path / "wheels", tmp_path / "project", tmp_path / "venv"
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(ROOT)]
    subprocess.run([sys.executable, *build], check=True, cwd=tmp_path)
    (wheel,) = wheels.iterdir()
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    venv.create(fresh, with_pip=True)
    python = fresh / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, *pip, "install", str(wheel), "-e", f"{project}[test]"], check=True, cwd=tmp_path)
    assert re.search(r"\b6 passed\b", run_tests(python, project))
    early = "import summarizer, pytest; raise SystemExit(pytest.main(['--collect-only', '-W', 'error']))"
    subprocess.run([python, "-W", "error", "-c", early], check=True, cwd=project)  # it may have been imported before
    shutil.rmtree(fresh)  # thousands of files
