"""Rules of the architecture: what may import what, what is public, and what `import` may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import summarizer
from tests.conftest import ROOT

PACKAGE = ROOT / "summarizer"
MODULES = sorted(PACKAGE.rglob("*.py"))


@cache
def imports(path: Path) -> set[str]:
    """The modules that a file imports anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_only_model_imports_instructor_and_openai() -> None:
    """Everything about providers is behind one module."""
    users = [p.name for p in MODULES if {n.split(".")[0] for n in imports(p)} & {"instructor", "openai"}]
    assert users == ["model.py"]


def test_only_recording_imports_vcr_and_only_local_llama() -> None:
    """The packages vcrpy and llama.cpp stand behind one module each."""
    assert [p.name for p in MODULES if any(n.split(".")[0] == "vcr" for n in imports(p))] == ["recording.py"]
    users = [p.name for p in MODULES if "xllamacpp" in p.read_text(encoding="utf-8") and p.name != "local.py"]
    assert all("import xllamacpp" not in (PACKAGE / name).read_text(encoding="utf-8") for name in users)


@pytest.mark.parametrize("name", ["brief.py", "verification.py", "review.py", "errors.py"])
def test_the_contract_depends_on_nothing_above_it(name: str) -> None:
    """brief.py, verification.py and errors.py import each other and nothing else of ours at run time."""
    tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
    used = {
        node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("summarizer")
    }
    assert used <= {
        "summarizer.errors",
        "summarizer.frozen",
        "summarizer.marks",
        "summarizer.plain",
        "summarizer.review",
        "summarizer.verification",
    }


def test_nothing_below_knows_the_command_line_or_rendering() -> None:
    """The commands and render/ stand on the public API; nothing stands on them."""
    for path in MODULES:
        above = path.stem in ("cli", "__main__", "tool") or path.stem.endswith("_commands")
        if above or path.parent.name in ("render", "service"):
            continue
        assert not any(n.startswith(("summarizer.cli", "summarizer.render")) for n in imports(path)), path.name


def test_the_public_names() -> None:
    """`__all__` is what the documentation promises, and every name can be had."""
    assert set(summarizer.__all__) == {
        "Article", "Brief", "BudgetExceeded", "InputError", "Limits", "ModelRefused", "ModelUnavailable",
        "Progress", "ReviewRecord", "StaleRecording", "SummarizerError", "UnverifiedBrief", "UsageError", "__version__",
        "apply_review", "asummarize", "check_paraphrase", "summarize",
    }  # fmt: skip
    for name in summarizer.__all__:
        assert getattr(summarizer, name)
    with pytest.raises(AttributeError):
        summarizer.nonsense  # noqa: B018


def loaded_by(code: str) -> set[str]:
    """The top-level modules a fresh process has loaded after `code`."""
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stdout.splitlines()[-1].split())


HEAVY = {"instructor", "openai", "vcr", "trafilatura", "pydantic", "rich", "jinja2", "numpy", "xllamacpp"}


@pytest.mark.parametrize("code", ["import summarizer", "import summarizer.errors", "import summarizer.article"])
def test_importing_the_package_loads_nothing_heavy(code: str) -> None:
    """Names are imported when they are first used."""
    assert not loaded_by(code) & HEAVY


def test_help_loads_nothing_heavy() -> None:
    """`summarizer --help` needs typer and no more."""
    assert not loaded_by("from summarizer.cli import main; main(['--help'])") & (HEAVY - {"rich"})


def test_a_section_is_declared_once() -> None:
    """Each section has its field, its prompt part, an item class with the common fields, and nothing is left over."""
    from summarizer.brief import Brief, Item
    from summarizer.sections import SECTIONS

    fields = {
        name for name, value in Brief.model_fields.items() if "Item" in str(value) or name in {s.name for s in SECTIONS}
    }
    assert fields == {section.name for section in SECTIONS}
    assert {p.stem for p in (ROOT / "prompts" / "sections").iterdir()} == fields
    assert all(issubclass(section.item, Item) for section in SECTIONS)
