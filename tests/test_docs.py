"""The documentation is true: README's output, commands and names are checked against the program."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
import typer

import summarizer
from summarizer import Article, summarize
from summarizer.cli import app, main
from summarizer.render import text
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
KHERSON = ROOT / "seeds" / "000_31555e438435f307.txt"


def _commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each command, with those below it."""
    for name, command in typer.main.get_group(app).commands.items():
        yield name, tuple(getattr(command, "commands", ()))


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


COMMANDS = [command for name, group in _commands() for command in (name, *(f"{name} {sub}" for sub in group))]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_is_documented(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` works for each command, and some page of ours names it."""
    assert main([*command.split(), "--help"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 5
    *group, last = command.split()
    named = re.compile(rf"summarizer {' '.join(group)}.*\b{last}\b")
    assert any(named.search(page.read_text(encoding="utf-8")) for page in PAGES)


@cache
def options(command: str) -> set[str]:
    """What its help names."""
    with redirect_stdout(io.StringIO()) as out:
        main([*command.split(), "--help"])
    return set(re.findall(r"--[a-z-]+", out.getvalue()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_options_on_a_page_exist(page: Path) -> None:
    """Every --option of a `summarizer` command line on it is one of that command."""
    for command, line in re.findall(
        r"(?:^    |`)summarizer ([a-z]+)([^`\n#|]*)", page.read_text(encoding="utf-8"), re.M
    ):
        if command in COMMANDS:
            groups = re.findall(r"^ ([a-z]+)", line)[: command in ("cassettes", "weights")]
            known = options(" ".join([command, *groups]))
            assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", line)) <= known, f"{command}{line}"


def test_the_files_that_the_pages_link_to_exist() -> None:
    """No dead relative link."""
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "prompts" / "README.md"]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_changelog_knows_the_version() -> None:
    """Unreleased or the version of the package."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog or f"## [{summarizer.__version__}]" in changelog
