"""The documentation is true: README's output, commands and names are checked against the program."""

from __future__ import annotations

import io
import re

import pytest

import summarizer
from summarizer import Article, summarize
from summarizer.cli import main
from summarizer.render import text
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
KHERSON = ROOT / "seeds" / "000_31555e438435f307.txt"


def test_the_output_in_the_readme_is_what_the_program_prints() -> None:
    """Every line of the block stands in the replayed brief, in this order."""
    stream = io.StringIO()
    text.write(summarize(Article.from_file(KHERSON), replay=ROOT / "cassettes"), stream)
    printed = stream.getvalue()
    block = README.split("(shortened at", 1)[1].split("Two commands", 1)[0].split("\n", 1)[1]
    lines = [line.strip() for line in block.splitlines() if line.strip() and "…" not in line]
    assert len(lines) > 12
    at = 0
    for line in lines:
        assert line in printed[at:], line
        at = printed.index(line, at)


@pytest.mark.parametrize("command", ["brief", "schema", "doctor", "weights fetch", "weights path", "weights remove"])
def test_every_command_has_help_and_is_documented(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` works for each command, and some page of ours names it."""
    assert main([*command.split(), "--help"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 5
    pages = [README, *(path.read_text(encoding="utf-8") for path in ROOT.glob("*.md"))]
    assert any(f"summarizer {command}" in page or f"weights {command.split()[-1]}" in page for page in pages) or any(
        "fetch|path|remove" in page for page in pages
    )


def test_the_options_in_the_readme_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """Every --option that the README uses is one of `brief`."""
    main(["brief", "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert used <= known


def test_the_files_that_the_pages_link_to_exist() -> None:
    """No dead relative link."""
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "prompts" / "README.md"]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_changelog_knows_the_version() -> None:
    """Unreleased or the version of the package."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog or f"## [{summarizer.__version__}]" in changelog
