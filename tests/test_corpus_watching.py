"""--follow: what is there and what arrives is given once, when it is whole."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from summarizer import InputError, UsageError
from summarizer.corpus.sources import Found
from summarizer.corpus.watching import arrivals

EVERY = 0.02


def nothing(_external_id: str, _article_id: str) -> bool:
    """Nothing is known."""
    return False


class Watcher:
    """What has arrived so far."""

    def __init__(self) -> None:
        self.found: list[Found] = []

    @property
    def ids(self) -> list[str]:
        """The ids of the articles, and of problems in brackets."""
        return [item.external_id if item.article else f"({item.external_id})" for item in self.found]

    async def settled(self) -> list[str]:
        """`ids` once several looks have brought nothing."""
        quiet = 0
        while quiet < 5:
            before = len(self.found)
            await asyncio.sleep(EVERY * 2)
            quiet = quiet + 1 if len(self.found) == before else 0
        return self.ids


@asynccontextmanager
async def watching(*inputs: Path | str, known: Callable[[str, str], bool] = nothing) -> AsyncIterator[Watcher]:
    """Follow `inputs` in the background."""
    watcher = Watcher()

    async def follow() -> None:
        async for item in arrivals([str(path) for path in inputs], known=known, every=EVERY):
            watcher.found.append(item)

    task = asyncio.create_task(follow())
    try:
        yield watcher
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def line(text: str, **more: str) -> str:
    """A row of JSON Lines without its end."""
    return json.dumps({"text": text, **more})


def test_a_file_is_given_once_and_again_when_its_text_is_another(tmp_path: Path) -> None:
    """A touch, or the same text written again, is nothing new."""

    async def run() -> None:
        (tmp_path / "a.txt").write_text("One.", encoding="utf-8")
        async with watching(tmp_path) as watcher:
            assert await watcher.settled() == ["a.txt"]
            (tmp_path / "sub").mkdir()
            (tmp_path / "sub" / "b.txt").write_text("Two.", encoding="utf-8")
            assert await watcher.settled() == ["a.txt", "sub/b.txt"]
            os.utime(tmp_path / "a.txt", (1, 1))
            (tmp_path / "sub" / "b.txt").write_text("Two.\n", encoding="utf-8")
            assert await watcher.settled() == ["a.txt", "sub/b.txt"]
            (tmp_path / "a.txt").write_text("Three.", encoding="utf-8")
            assert await watcher.settled() == ["a.txt", "sub/b.txt", "a.txt"]
            assert [item.article.text for item in watcher.found if item.article] == ["One.", "Two.", "Three."]

    asyncio.run(run())


def test_a_file_that_is_being_written_waits(tmp_path: Path) -> None:
    """Until its size and time have stayed for one look."""

    async def run() -> None:
        async with watching(tmp_path) as watcher:
            with (tmp_path / "a.txt").open("w", encoding="utf-8") as stream:
                for _ in range(40):
                    stream.write("A word. ")
                    stream.flush()
                    await asyncio.sleep(EVERY / 4)
            await watcher.settled()
            assert [item.article.text.count("word") for item in watcher.found if item.article] == [40]

    asyncio.run(run())


def test_what_is_known_is_not_given(tmp_path: Path) -> None:
    """By external id and text: after a restart nothing is briefed twice."""
    asked: list[tuple[str, str]] = []

    def known(external_id: str, article_id: str) -> bool:
        asked.append((external_id, article_id))
        return external_id == "a.txt"

    async def run() -> None:
        for name in ("a", "b"):
            (tmp_path / f"{name}.txt").write_text("One.", encoding="utf-8")
        async with watching(tmp_path, known=known) as watcher:
            assert await watcher.settled() == ["b.txt"]
            assert [name for name, _ in asked] == ["a.txt", "b.txt"]
            assert watcher.found[0].article
            assert asked[1][1] == watcher.found[0].article.id

    asyncio.run(run())


@pytest.mark.slow
def test_json_lines_that_grow_give_each_row_when_it_is_whole(tmp_path: Path) -> None:
    """A last row without its end waits while it is no JSON; a broken row with its end is told."""
    path = tmp_path / "w.jsonl"

    async def run() -> None:
        path.write_text(line("One.") + "\n" + line("Two.")[:9], encoding="utf-8")
        async with watching(path) as watcher:
            assert await watcher.settled() == ["w.jsonl:1"]
            with path.open("a", encoding="utf-8") as stream:
                stream.write(line("Two.")[9:] + "\n{broken\n[1]\n" + line("Three.", id="own"))
            assert await watcher.settled() == ["w.jsonl:1", "w.jsonl:2", "(w.jsonl:3)", "(w.jsonl:4)", "own"]
            with path.open("a", encoding="utf-8") as stream:
                stream.write("\n\n" + line("Four.") + "\n")
            assert (await watcher.settled())[5:] == ["w.jsonl:7"]
            path.write_text(
                line("Five, in a file that was written anew and is much longer.") + "\n" * 500, encoding="utf-8"
            )
            assert (await watcher.settled())[6:] == ["w.jsonl:1"]
            path.write_text(line("Six.") + "\n", encoding="utf-8")
            assert (await watcher.settled())[7:] == ["w.jsonl:1"]

    asyncio.run(run())


def test_only_what_was_added_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed of a day is not parsed again for each row."""
    from summarizer.corpus import tables

    parsed: list[bytes] = []
    original = tables.json_row
    monkeypatch.setattr(tables, "json_row", lambda row, number: parsed.append(row) or original(row, number))  # type: ignore[func-returns-value]
    path = tmp_path / "w.jsonl"

    async def run() -> None:
        path.write_text(f"{line('x')}\n" * 200, encoding="utf-8")
        async with watching(path) as watcher:
            await watcher.settled()
            before = len(parsed)
            with path.open("a", encoding="utf-8") as stream:
                stream.write(line("y") + "\n")
            await watcher.settled()
            assert (before, len(parsed)) == (200, 201)

    asyncio.run(run())


def test_a_feed_that_changed_gives_its_new_entries(tmp_path: Path) -> None:
    """Also where they stand before the others; an entry with another text is a new one."""

    def feed(*entries: tuple[str, str]) -> str:
        items = "".join(f"<item><guid>{g}</guid><description>{text}</description></item>" for g, text in entries)
        return f"<rss version='2.0'><channel>{items}</channel></rss>"

    path = tmp_path / "feed.xml"

    async def run() -> None:
        path.write_text(feed(("1", "One."), ("2", "Two.")), encoding="utf-8")
        async with watching(path) as watcher:
            assert await watcher.settled() == ["1", "2"]
            path.write_text(feed(("3", "Three."), ("1", "One."), ("2", "Two, corrected.")), encoding="utf-8")
            assert await watcher.settled() == ["1", "2", "3", "2"]

    asyncio.run(run())


def test_what_cannot_be_read_is_told_once_and_may_come_later(tmp_path: Path) -> None:
    """A file that is missing, a folder that is empty, a glob without match, a broken table."""

    async def run() -> None:
        (tmp_path / "b.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        async with watching(tmp_path / "b.csv", tmp_path / "late.txt", tmp_path / "x*.txt", tmp_path / "in") as watcher:
            assert await watcher.settled() == ["(late.txt)", "(in)", "(b.csv)"]
            (tmp_path / "late.txt").write_text("Late.", encoding="utf-8")
            (tmp_path / "xy.txt").write_text("Glob.", encoding="utf-8")
            (tmp_path / "in").mkdir()
            (tmp_path / "in" / "c.txt").write_text("In.", encoding="utf-8")
            (tmp_path / "b.csv").write_text("text,b\nGood.,2\n", encoding="utf-8")
            assert sorted((await watcher.settled())[3:]) == ["b.csv:2", "c.txt", "late.txt", "xy.txt"]

    asyncio.run(run())


def test_what_cannot_be_followed_is_a_wrong_use() -> None:
    """Told at the first step."""

    async def first(*inputs: str, every: float = 1, **metadata: str) -> None:
        await anext(arrivals(inputs, known=nothing, every=every, metadata=metadata))

    with pytest.raises(UsageError, match="standard input cannot be followed"):
        asyncio.run(first("-"))
    with pytest.raises(UsageError, match="more than 0 seconds"):
        asyncio.run(first("x", every=0))
    with pytest.raises(InputError, match="not a date"):
        asyncio.run(first("x", date="soon"))
