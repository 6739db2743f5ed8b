"""The desk: what it gives out when several processes are at work on one ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from summarizer.article import Article
from summarizer.corpus import desk as desks
from summarizer.corpus.desk import Desk
from summarizer.corpus.engine import Settings
from summarizer.corpus.ledger import Input, Ledger, Outcome


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[ExitStack]:
    """Closes ledgers at the end."""
    with ExitStack() as stack:
        yield stack


def desk(opened: ExitStack, path: Path, output: str, count: int, *, all_read: bool = True) -> Desk:
    """A desk with a ledger of its own, as in another process, whose output has so many articles."""
    ledger = Ledger(path)
    opened.callback(ledger.close)
    made = Desk(Settings(), None, ledger, output)
    for number in range(1, count + 1):
        article = Article(f"Text {number}.", external_id=f"x{number}")
        given = Input(number, f"x{number}", f"line {number}", article.id, key=f"k{number}")
        ledger.register(output, given, article, desks.tried_again).result()
    made.tally.all_read = all_read
    return made


def test_what_another_process_gave_back_is_taken(opened: ExitStack, tmp_path: Path) -> None:
    """Also when this one has passed it over: no article is left when the other was interrupted."""
    one, other = (desk(opened, tmp_path / "l", output, 2) for output in "AB")

    async def run() -> None:
        first = await other.take()
        second = await one.take()
        assert first is not None
        assert second is not None
        assert (first.key, second.key) == ("k1", "k2")
        await other.release(first)
        again = await asyncio.wait_for(one.take(), 10)
        assert again is not None
        assert again.key == "k1"

    asyncio.run(run())


def test_while_inputs_are_awaited_what_others_did_is_noticed(
    opened: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with --follow: what another finished lets the output go on, what it gave back is taken over."""
    monkeypatch.setattr(desks, "_IDLE", 0.05)
    follower, other = (desk(opened, tmp_path / "l", output, 2, all_read=output == "B") for output in "AB")

    async def run() -> None:
        first, second = await other.take(), await other.take()
        assert first is not None
        assert second is not None
        taking = asyncio.create_task(follower.take())
        await asyncio.sleep(0.1)
        follower.changed.clear()
        await asyncio.wrap_future(other.ledger.finish(first.key, Outcome("complete", "{}"), 0.1))
        await asyncio.wait_for(follower.changed.wait(), 10)
        await other.release(second)
        taken = await asyncio.wait_for(taking, 10)
        assert taken is not None
        assert taken.key == "k2"

    asyncio.run(run())


def test_a_link_to_a_ledger_shares_its_claims(opened: ExitStack, tmp_path: Path) -> None:
    """Who comes through it must not take the others for dead."""
    (tmp_path / "link").symlink_to("l")
    one, other = (desk(opened, tmp_path / name, name, 1) for name in ("l", "link"))
    assert one.ledger.claim("l", 0).result() is not None
    other.ledger.free_the_dead().result()
    assert other.ledger.claim("link", 0).result() is None


def test_what_is_finished_is_looked_at_once(opened: ExitStack, tmp_path: Path) -> None:
    """Not again for each input that arrives, or the time of resuming grows with the square of what is finished."""
    resumed = desk(opened, tmp_path / "l", "A", 3, all_read=False)
    for key in ("k1", "k2", "k3"):
        resumed.ledger.finish(key, Outcome("complete", "{}"), 0.1).result()
    looked: list[int] = []
    claim = resumed.ledger.claim

    def counted(output: str, after: int) -> Any:
        looked.append(after)
        return claim(output, after)

    resumed.ledger.claim = counted  # type: ignore[method-assign]

    async def run() -> None:
        taking = asyncio.create_task(resumed.take())
        await asyncio.sleep(0.1)
        resumed.tally.all_read = True
        resumed.arrived.set()
        assert await taking is None

    asyncio.run(run())
    assert looked == [0, 3]


def test_a_process_that_is_killed_takes_no_try_from_an_article(opened: ExitStack, tmp_path: Path) -> None:
    """However often: an article that then fails once is tried again."""
    for _ in range(5):
        killed = desk(opened, tmp_path / "l", "A", 1)
        assert killed.ledger.claim("A", 0).result() is not None
        killed.ledger._alive.release()  # as the system does when a process ends
    last = desk(opened, tmp_path / "l", "A", 1)
    assert last.ledger.one("SELECT tries, owner FROM articles") == (0, None)
