"""A session: briefs that are answered from one cassette, or recorded into it, whatever code asks for them.

While one is open, every `summarize` and `asummarize` of the process that names no folder of its own takes part,
in whatever thread or event loop. `summarizer.testing` opens one around a test, `upkeep.py` one around a cassette.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from summarizer import cassette
from summarizer.errors import StaleRecording, UsageError
from summarizer.recording import Recorder
from summarizer.replaying import Replay, matches, nearest_article, offered, options, stale

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.cassette import Cassette, Run

_current: Session | None = None


class Session:
    """What stands for the model of every brief made meanwhile."""

    def __init__(
        self,
        path: Path,
        *,
        replayed: Cassette | None,
        recorder: Recorder | None,
        advice: str,
        loose: bool = False,
    ) -> None:
        """`replayed` answers what it can, `recorder` takes the rest from a live model; `advice` says how to record.

        `loose` has old answers stand for those to changed requests.
        """
        self.path = path
        self.replayed = replayed
        self.recorder = recorder
        self.advice = advice
        self.loose = loose
        self._plays = 0
        self.failed: StaleRecording | None = None
        """The first time that no recording fitted: whoever asked for the brief may have passed over it."""
        self._left: list[Run] = list(replayed.runs) if replayed else []
        self._lock = threading.Lock()

    def replay(self, article: Article, *, model: str | None, base_url: str | None, plan: str) -> Replay | None:
        """The next run that was recorded of this article, each given out once; None where it is to be recorded.

        Of several the first in the file comes first, so briefs made at the same time have one run each.
        Raises `StaleRecording` where none is left and nothing is recorded.
        """
        with self._lock:
            fitting = [
                run
                for run in self._left
                if run.article == article.id and matches(run, model=model, base_url=base_url, plan=plan)
            ]
            about = cassette.about(article)
            run = min(fitting, key=lambda run: run.about != about, default=None)  # the first of those alike
            if run is not None:
                self._left.remove(run)
        if run is None or self.replayed is None:
            if self.recorder is not None:
                return None
            error = self._nothing(article, model, plan)
            self.failed = self.failed or error
            raise error
        return Replay(self.replayed, run, self.advice, self._played, self.loose)

    def _played(self) -> None:
        with self._lock:
            self._plays += 1

    def _nothing(self, article: Article, model: str | None, plan: str) -> StaleRecording:
        """Why there is no run."""
        if self.replayed is None:
            return StaleRecording(f"{cassette.shown(self.path)} is not there yet\nrecord it with: {self.advice}")
        same = [run for run in self.replayed.runs if run.article == article.id]
        left = [run for run in same if run in self._left]
        if left:
            why = [f"this article was not recorded with {options(plan, model)}, but with {offered(left)}"]
        elif same:
            times = "once" if len(same) == 1 else f"{len(same)} times"
            why = [f"this article was recorded {times}, and one more brief of it is asked for"]
        else:
            why = [
                "this article was not recorded, or its text changed",
                *nearest_article(article, self.replayed.texts.values()),
            ]
        return stale(self.path, *why, advice=self.advice)

    @property
    def recording(self) -> bool:
        """Whether a live model is asked for what is not recorded."""
        return self.recorder is not None

    @property
    def play_count(self) -> int:
        """How many recorded exchanges were played."""
        return self._plays

    @property
    def all_played(self) -> bool:
        """Whether every recorded exchange was played."""
        return self._plays == (len(self.replayed.exchanges) if self.replayed else 0)

    def save(self, *, whole: bool = True) -> None:
        """Write what was recorded, beside what was replayed.

        Not `whole`: what asked for the briefs ended before its end. Raises `UsageError` when it cannot be written, or
        would replace a file by less.
        """
        if self.recorder is None or not self.recorder.ended:
            return
        if self.replayed is None and (self.recorder.failed or not whole) and not self._covers(self.recorder):
            raise UsageError(f"{cassette.shown(self.path)} stays as it was: not all of its briefs were made again")
        self.recorder.save(self.path, beside=self.replayed)

    def _covers(self, recorder: Recorder) -> bool:
        """Whether what was recorded has every article and plan that the file has."""
        before = Counter((run.article, run.plan) for run in cassette.read_runs(self.path))
        return before <= Counter((tape.article.id, tape.plan) for tape in recorder.ended)

    def finish(self, *, whole: bool = True) -> None:
        """Raises `StaleRecording` when something did not fit, or a recorded brief was not asked for.

        Not `whole`: what asked for them ended before its end, so that some may be left.
        """
        if self.failed is not None:
            raise self.failed
        if whole and not self.recording and self.replayed is not None and self._left:
            left, runs = len(self._left), len(self.replayed.runs)
            raise stale(self.path, f"{left} of {runs} recorded briefs were not asked for", advice=self.advice)


def for_mode(path: Path, mode: str, *, advice: str) -> Session:
    """A session in one of vcrpy's record modes.

    `none` replays only; `once` records when there is no file; `new_episodes` replays what is there and records the
    rest; `all` and `rewrite` record everything again, and what was there is replaced when that went well.

    Raises `StaleRecording` for a file that cannot be read, `UsageError` for a mode that is none or a folder that cannot
    be recorded into.
    """
    if mode not in ("none", "once", "new_episodes", "all", "rewrite"):
        raise UsageError(f"{mode!r} is no record mode: use none, once, new_episodes, all or rewrite")
    replayed: Cassette | None = None
    if mode in ("none", "once", "new_episodes") and path.exists():
        try:
            replayed = cassette.read(path)
        except StaleRecording as error:
            raise StaleRecording(f"{error} with: {advice}", reasons=error.reasons) from error
    records = mode in ("new_episodes", "all", "rewrite") or (mode == "once" and replayed is None)
    if records:
        cassette.try_to_write(path.parent)
    return Session(path, replayed=replayed, recorder=Recorder() if records else None, advice=advice)


def current() -> Session | None:
    """The open session, if one is."""
    return _current


@contextmanager
def opened(session: Session) -> Iterator[Session]:
    """Let every brief that this process makes inside the block take part."""
    global _current
    before, _current = _current, session
    try:
        yield session
    finally:
        _current = before
