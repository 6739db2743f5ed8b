"""How far a batch is: a bar on a terminal, plain lines in a log, the report at the end, and `summarizer status`.

Nothing that is told steers a terminal. A cost that is not known is called unknown, and never zero.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from summarizer.corpus.estimate import AGAIN
from summarizer.plain import one_line, shorten

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from summarizer.corpus.engine import Tally
    from summarizer.corpus.estimate import Estimate

Clock = Callable[[], float]

_EVERY: Final = 30.0
_SHARE: Final = 0.1
"""A log has a line after so many seconds or such a part of the inputs, whichever comes first, but not two a second."""
_WINDOW: Final = 300.0
"""Seconds that the rate is taken over."""
_FAILURES: Final = 20
"""Failures that the report names."""


class Pace:
    """How many articles a minute are finished, over the last minutes."""

    def __init__(self, tally: Tally, clock: Clock = time.monotonic) -> None:
        self._tally, self._clock = tally, clock
        self._marks: deque[tuple[float, int]] = deque([(clock(), _briefed(tally))])

    def rate(self) -> float | None:
        """Articles a minute; None before the first is finished."""
        now, done = self._clock(), _briefed(self._tally)
        if now - self._marks[-1][0] >= _WINDOW / 60:
            self._marks.append((now, done))
        while len(self._marks) > 1 and self._marks[1][0] <= now - _WINDOW:
            self._marks.popleft()
        since, before = self._marks[0]
        return (done - before) / (now - since) * 60 if done > before and now > since else None

    def left(self) -> float | None:
        """Seconds until all inputs are done; None while that cannot be told."""
        rate = self.rate()
        if not self._tally.all_read or rate is None:
            return None
        return max(0, self._tally.inputs - self._tally.done) / rate * 60


class Bar:
    """One line for rich that shows what fits: how far the batch is, and what matters most first."""

    def __init__(self, tally: Tally, pace: Pace) -> None:
        self._tally, self._pace = tally, pace

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The bar and the figures behind it, on one line of any width."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        tally = self._tally
        room = options.max_width - 1
        told = _fitting([_done(tally), *_figures(tally, self._pace)], room)
        width = min(30, room - len(told) - 1)
        total = tally.inputs if tally.all_read and tally.inputs else None
        line = Table.grid(padding=(0, 1))
        cells: list[ProgressBar | Text] = [Text(told, no_wrap=True, overflow="crop")]
        if width >= 6:
            cells.insert(0, ProgressBar(total, min(tally.done, tally.inputs), width=width, pulse=total is None))
        line.add_row(*cells)
        yield line


@contextmanager
def progress(tally: Tally, *, quiet: bool, clock: Clock = time.monotonic) -> Iterator[Callable[[], None]]:
    """Show how far a batch is on stderr: a bar on a terminal, else lines. What it gives is to be called every second.

    `quiet` shows nothing.
    """
    if quiet:
        yield lambda: None
        return
    pace = Pace(tally, clock)
    if sys.stderr.isatty():
        from rich.console import Console

        console = Console(stderr=True)
        if not console.is_dumb_terminal:
            from rich.live import Live

            with Live(Bar(tally, pace), console=console, transient=True, refresh_per_second=2):
                yield lambda: None
            return
    log = Log(tally, pace, clock)
    log.line()
    yield log.tick
    log.line()


class Log:
    """Lines on stderr, few enough for a log."""

    def __init__(self, tally: Tally, pace: Pace, clock: Clock) -> None:
        self._tally, self._pace, self._clock = tally, pace, clock
        self._last = (clock(), 0)

    def tick(self) -> None:
        """Write a line if it is time for one."""
        (then, before), now = self._last, self._clock()
        tally = self._tally
        further = tally.all_read and before + max(1, _SHARE * tally.inputs) <= tally.done < tally.inputs
        if now - then >= _EVERY or (further and now - then >= 1):
            self.line()

    def line(self) -> None:
        """Write how far it is."""
        self._last = (self._clock(), self._tally.done)
        parts = [_done(self._tally), *_figures(self._tally, self._pace)]
        print(f"summarizer: {' · '.join(parts)}", file=sys.stderr, flush=True)


@contextmanager
def counting(*, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Count on stderr what has been looked at; nothing unless stderr is a terminal. What it gives takes the count."""
    if quiet or not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console

    with Console(stderr=True).status("looking at the inputs") as shown:
        yield lambda count: shown.update(f"looked at {_count(count, 'input')}")


def estimated(estimate: Estimate, unreadable: Sequence[tuple[str, str]], model: str) -> Iterator[str]:
    """The lines of a dry run: what there is to do, what it will cost, what cannot be read."""
    counts = {
        f"{_count(estimate.articles, 'article')} to brief": estimate.articles,
        _count(estimate.duplicates, "duplicate"): estimate.duplicates,
        f"{estimate.unreadable:,} unreadable": estimate.unreadable,
        f"{estimate.kept:,} finished by an earlier run": estimate.kept,
    }
    found = ", ".join(what for what, count in counts.items() if count)
    yield f"{_count(estimate.inputs, 'input')}: {found or 'nothing to brief'}"
    yield (
        f"{model}: {_count(estimate.calls, 'planned call')}, about {_short(estimate.input_tokens)} tokens in and "
        f"{_short(estimate.output_tokens)} out; cost {cost(estimate.cost_usd)}"
    )
    again = f"expect {AGAIN:g} times that of a small model, less of a large one"
    yield f"what fails a check is asked for again once: {again}"
    yield from _named(unreadable, len(unreadable))


def report(tally: Tally, *, seconds: float | None = None) -> Iterator[str]:
    """The lines of the summary at the end: what became of the inputs, what it took, what failed."""
    took = f" in {_duration(seconds)}" if seconds is not None else ""
    yield f"{_count(tally.inputs, 'input')}{took}: {_became(tally)}"
    yield from _spent(tally)
    yield from _failed(tally, ": the output names each")


def status(tally: Tally, ledger: str, state: str) -> Iterator[str]:
    """The lines of `summarizer status`: `tally` counts the whole ledger, `state` says whether something runs."""
    yield f"{one_line(ledger)}: {one_line(state)}"
    known = f" ({tally.done / tally.inputs:.0%})" if tally.inputs and tally.all_read else ""
    yield f"{_done(tally)}{known}: {_became(tally)}"
    if tally.in_flight:
        yield f"{_count(tally.in_flight, 'request')} waiting for an answer"
    yield from _spent(tally)
    yield from _failed(tally)


def cost(dollars: float | None) -> str:
    """US dollars for a reader; what is not known is said to be unknown."""
    if dollars is None:
        return "unknown"
    if 0 < dollars < 0.0001:
        return "under $0.0001"
    return f"${dollars:,.4f}" if 0 < dollars < 1 else f"${dollars:,.2f}"


def _briefed(tally: Tally) -> int:
    """Articles that this run has finished, well or not."""
    return tally.complete + tally.incomplete + tally.failed


def _done(tally: Tally) -> str:
    return f"{tally.done:,} of {tally.inputs:,}{'' if tally.all_read else '+'} done"


def _figures(tally: Tally, pace: Pace) -> Iterator[str]:
    """What is told behind the count, what matters most first."""
    if (left := pace.left()) is not None and tally.done < tally.inputs:
        yield f"{_duration(left)} left"
    if failures := tally.failed + tally.unreadable:
        yield f"{failures:,} failed"
    if (rate := pace.rate()) is not None:
        yield f"{rate:,.0f}/min" if rate >= 10 else f"{rate:.1f}/min"
    if tally.calls:
        yield f"cost {cost(tally.cost_usd)}"
        yield f"{_short(tally.input_tokens + tally.output_tokens)} tokens"
    if tally.in_flight:
        yield f"{tally.in_flight:,} in flight"


def _fitting(parts: list[str], room: int) -> str:
    """As many of the parts, from the first, as there is room for; at least one, cut if it must be."""
    told = parts[0]
    for part in parts[1:]:
        if len(told) + 3 + len(part) > room:
            break
        told += f" · {part}"
    return told[: max(1, room)]


def _became(tally: Tally) -> str:
    counts = {
        "complete": tally.complete,
        "incomplete": tally.incomplete,
        "failed": tally.failed,
        "duplicate" if tally.duplicates == 1 else "duplicates": tally.duplicates,
        "unreadable": tally.unreadable,
        "finished by an earlier run": tally.kept,
        "not done": tally.inputs - tally.done,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing done"


def _spent(tally: Tally) -> Iterator[str]:
    """Calls, tokens and cost: of all, of an article, of a section; and what was sent again or not at all."""
    if tally.calls:
        cached = f" ({tally.cached_tokens:,} from the model's cache)" if tally.cached_tokens else ""
        yield (
            f"{_count(tally.calls, 'model call')}: {tally.input_tokens:,} tokens in{cached}, "
            f"{tally.output_tokens:,} out; cost {cost(tally.cost_usd)}"
        )
        yield from _mean(tally)
    else:
        yield "no model calls"
    yield from _sections(tally)
    if tally.retries:
        limited = f", {tally.limited:,} of them after status 429" if tally.limited else ""
        yield f"{_count(tally.retries, 'request')} sent again{limited}"
    if tally.kept_answers:
        yield f"{_count(tally.kept_answers, 'answer')} taken from the ledger, not asked for again"


def _mean(tally: Tally) -> Iterator[str]:
    articles = _briefed(tally)
    if articles:
        tokens = (tally.input_tokens + tally.output_tokens) / articles
        each = cost(None if tally.cost_usd is None else tally.cost_usd / articles)
        calls = tally.calls / articles
        yield f"an article (mean of {articles:,}): {calls:.1f} calls, {tokens:,.0f} tokens, cost {each}"


def _sections(tally: Tally) -> Iterator[str]:
    """The statements of each section, with their share of the cost."""
    total = sum(tally.statements.values())
    if not total:
        return
    yield f"{_count(total, 'statement')}:"
    width = max(len(_title(name)) for name in tally.statements)
    for name, count in tally.statements.items():
        share = f"  cost {cost(tally.cost_usd * count / total)}" if tally.calls and tally.cost_usd is not None else ""
        yield f"  {_title(name).ljust(width)}  {count:>7,}{share}"
    if tally.calls and tally.cost_usd is not None:
        yield "  (a call asks for all sections at once: its cost is divided by statements)"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _failed(tally: Tally, where: str = "") -> Iterator[str]:
    """The first that are not complete, and how many more there are, with where they are told."""
    count = tally.failed + tally.unreadable + tally.incomplete
    if count:
        yield "not complete:" if tally.failures else f"{count:,} not complete"
        yield from _named(tally.failures, count, where)


def _named(failures: Sequence[tuple[str, str]], count: int, where: str = "") -> Iterator[str]:
    """The first of so many failures by their places; how many more there are, where any is known."""
    shown = failures[:_FAILURES]
    for place, reason in shown:
        yield f"  {shorten(one_line(place), 200)}: {shorten(one_line(reason), 300)}"
    if shown and count > len(shown):
        yield f"  and {count - len(shown):,} more{where}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _short(number: int) -> str:
    """A number as a bar has room for: 950, 12.3k, 4.56M."""
    if number < 1_000:
        return str(number)
    return f"{number / 1_000:.1f}k" if number < 1_000_000 else f"{number / 1_000_000:.2f}M"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours}h"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
