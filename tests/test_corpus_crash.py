"""A batch that is killed at any moment goes on: nothing answered is sent again, and the output is the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crashing import counting, finished, kept, kill_often, options
from tests.wires import wire

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1", r".*/pymp-.*"])  # multiprocessing's own socket

ARTICLES, CONCURRENCY = 50, 6
OUTPUTS = ("briefs.jsonl", "rows.csv")


def command(stub: object) -> list[str]:
    """The command that is killed."""
    return ["batch", "wire.jsonl", "-o", OUTPUTS[0], "--rows", OUTPUTS[1], *options(stub, CONCURRENCY)]  # type: ignore[arg-type]


def read(folder: Path) -> list[bytes]:
    """The outputs."""
    return [(folder / name).read_bytes() for name in OUTPUTS]


@pytest.mark.parametrize(
    ("kills", "longest"), [(10, 1), pytest.param(200, 9, marks=pytest.mark.slow)], ids=["10 kills", "200 kills"]
)
def test_killed_at_random_points_it_sends_nothing_again_that_was_answered(
    tmp_path: Path, kills: int, longest: int
) -> None:
    """Fifty articles; at most as many requests as were in flight are sent again; the output is that of a quiet run."""
    chosen = random.Random(kills)
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    wire(undisturbed / "wire.jsonl", ARTICLES, longest)
    with counting(0.01) as stub:
        assert finished(command(stub), undisturbed) == 0
        assert len(stub.seen) == len(set(stub.seen)) >= ARTICLES
    done = 0
    for number in range(kills):
        folder = tmp_path / str(number)
        folder.mkdir()
        wire(folder / "wire.jsonl", ARTICLES, longest)
        with counting(0.01) as stub:
            told = kill_often(command(stub), folder, stub, folder / "briefs.jsonl.ledger", kills - done, chosen)
        done += told.kills
        assert told.answered_again == 0
        assert told.most_lost <= CONCURRENCY
        assert told.sent_again <= told.kills * CONCURRENCY
        assert read(folder) == read(undisturbed)
        assert len(kept(folder / "briefs.jsonl.ledger")[1]) == ARTICLES
        if done == kills:
            break
    assert done == kills
