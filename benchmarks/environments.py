"""Environments of their own for the peers that are measured against."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

BIN = "Scripts" if os.name == "nt" else "bin"


def commands_of(package: str, home: Path) -> Path:
    """The folder of the commands of an environment that holds `package`, made when it is not there yet.

    Needs a package index then; `package` is what pip takes, such as `llm` or `langextract[openai]==1.7.1`.
    """
    done = home / "installed"
    if not done.exists():
        print(f"installing {package} into {home} ...", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        pip = [str(home / BIN / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", package]
        subprocess.run(pip, check=True)
        done.touch()
    return home / BIN
