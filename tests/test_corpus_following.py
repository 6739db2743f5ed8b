"""A batch without end ends when it has to."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from summarizer.corpus import following
from summarizer.corpus.batch import Batch
from summarizer.corpus.engine import Settings, Tally
from summarizer.corpus.local_engine import LocalEngine
from summarizer.errors import UsageError
from tests.conftest import ROOT


def test_where_no_line_can_be_added_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk: else it would go on and pay for articles that nobody sees."""

    def full(*about: Any) -> Any:
        raise UsageError("cannot write to o.jsonl: No space left on device")

    monkeypatch.setattr(following, "result_of", full)
    (tmp_path / "in").mkdir()
    shutil.copy(ROOT / "seeds" / "000_31555e438435f307.txt", tmp_path / "in")
    batch = Batch(
        inputs=[str(tmp_path / "in")],
        output=tmp_path / "o.jsonl",
        settings=Settings(replay=ROOT / "cassettes"),
        engine=LocalEngine(),
        ledger=tmp_path / "l",
    )
    with pytest.raises(UsageError, match="No space left"):
        following.follow(batch, None, Tally(), lambda: None, every=0.05)
