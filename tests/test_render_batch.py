"""What is shown of a batch: a bar that fits, few plain lines, a report that hides nothing, and unknown costs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from rich.console import Console

from summarizer.corpus.engine import Tally
from summarizer.render import batch
from tests.conftest import ROOT


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def tally(**changes: object) -> Tally:
    """A batch that is half done."""
    made = Tally(
        inputs=200, all_read=True, duplicates=10, kept=20, complete=60, incomplete=5, failed=3, unreadable=2,
        in_flight=64, calls=300, input_tokens=1_200_000, output_tokens=34_000, cached_tokens=800_000, cost_usd=1.5,
        kept_answers=12, retries=7, limited=4,
    )  # fmt: skip
    made.statements.update(positions=300, conditions_for_talks=100)
    made.failures += [(f"wire/{n}.txt", "InputError: empty") for n in range(5)]
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def bar(shown: Tally, width: int, pace: batch.Pace | None = None) -> str:
    """The bar as a terminal of that width has it."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with console.capture() as caught:
        console.print(batch.Bar(shown, pace or batch.Pace(shown)))
    return caught.get()


def test_the_bar_says_how_far_it_is_and_what_it_costs() -> None:
    """Done, time left, failures, rate, cost, tokens, requests in flight."""
    clock, shown = Time(), tally()
    pace = batch.Pace(shown, clock)
    clock.now += 60
    shown.complete += 20
    assert bar(shown, 140, pace).strip("━╸╺ \n") == (
        "120 of 200 done · 4:00 left · 5 failed · 20/min · cost $1.50 · 1.23M tokens · 64 in flight"
    )


@pytest.mark.parametrize("width", range(1, 150, 7))
def test_the_bar_is_one_line_of_any_width(width: int) -> None:
    """What does not fit is left out, the least first."""
    line = bar(tally(), width)
    assert line.count("\n") == 1
    assert len(line) - 1 <= width
    assert "100 of 200 done"[: max(1, width - 1)] in line


def test_what_is_not_known_yet_is_not_told() -> None:
    """No time left while inputs are read or nothing is finished; an unknown cost is no zero."""
    assert "left" not in bar(tally(), 140)
    clock, shown = Time(), tally(all_read=False, cost_usd=None)
    pace = batch.Pace(shown, clock)
    clock.now += 60
    shown.complete += 1
    assert "101 of 200+ done · 5 failed · 1.0/min · cost unknown" in bar(shown, 140, pace)


def test_the_rate_is_that_of_the_last_minutes() -> None:
    """Articles that an earlier run finished do not count."""
    clock, shown = Time(), Tally(inputs=10_000, all_read=True, kept=5_000)
    pace = batch.Pace(shown, clock)
    for second in range(1_200):
        clock.now += 1
        shown.complete += 2 if second < 600 else 1
        pace.rate()
    assert pace.rate() == pytest.approx(60, rel=0.05)
    left = pace.left()
    assert left == pytest.approx(10_000 - 5_000 - 1_800, rel=0.05)


def logged(capsys: pytest.CaptureFixture[str], shown: Tally, work: Callable[[Time, Callable[[], None]], None]) -> str:
    """What a log has of a batch."""
    clock = Time()
    with batch.progress(shown, quiet=False, clock=clock) as tick:
        work(clock, tick)
    return capsys.readouterr().err


def test_a_log_has_a_line_for_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    """One at the start and one at the end, and nothing that steers a terminal."""

    def work(clock: Time, tick: Callable[[], None]) -> None:
        for _ in range(100):
            shown.complete += 1
            clock.now += 1
            tick()

    shown = Tally(inputs=100, all_read=True)
    written = logged(capsys, shown, work)
    assert "\x1b" not in written
    assert [line.split(" done")[0] for line in written.splitlines()] == [
        f"summarizer: {done} of 100" for done in range(0, 101, 10)
    ]


def test_a_log_has_a_line_every_half_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """Also when nothing moves; and no two within a second, however fast it goes."""

    def slow(clock: Time, tick: Callable[[], None]) -> None:
        for _ in range(300):
            clock.now += 1
            tick()

    def fast(clock: Time, tick: Callable[[], None]) -> None:
        for _ in range(1_000):
            shown.complete += 1
            clock.now += 0.001
            tick()

    shown = Tally(inputs=1_000, all_read=True)
    assert len(logged(capsys, shown, slow).splitlines()) == 12
    assert len(logged(capsys, shown, fast).splitlines()) == 2


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither lines nor a bar."""
    with batch.progress(tally(), quiet=True) as tick:
        tick()
    assert capsys.readouterr().err == ""


def test_a_terminal_has_a_bar_and_a_dumb_one_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar is gone at the end."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for term, has_bar in (("xterm", True), ("dumb", False)):
        monkeypatch.setenv("TERM", term)
        screen = Screen()
        monkeypatch.setattr(sys, "stderr", screen)
        with batch.progress(tally(), quiet=False) as tick:
            tick()
        assert ("\x1b[2K" in screen.getvalue()) is has_bar
        assert ("summarizer: 100 of 200" in screen.getvalue()) is not has_bar


def test_the_report_hides_nothing() -> None:
    """What became of the inputs, what it took, what was sent again, what failed."""
    assert list(batch.report(tally(), seconds=3_725)) == [
        "200 inputs in 1:02:05: 60 complete, 5 incomplete, 3 failed, 10 duplicates, 2 unreadable, "
        "20 finished by an earlier run, 100 not done",
        "300 model calls: 1,200,000 tokens in (800,000 from the model's cache), 34,000 out; cost $1.50",
        "an article (mean of 68): 4.4 calls, 18,147 tokens, cost $0.0221",
        "400 statements:",
        "  Positions                 300  cost $1.12",
        "  Conditions for talks      100  cost $0.3750",
        "  (a call asks for all sections at once: its cost is divided by statements)",
        "7 requests sent again, 4 of them after status 429",
        "12 answers taken from the ledger, not asked for again",
        "not complete:",
        *(f"  wire/{n}.txt: InputError: empty" for n in range(5)),
        "  and 5 more: the output names each",
    ]


def test_unknown_costs_are_unknown_and_no_calls_cost_nothing() -> None:
    """Zero dollars are only said of what is known to be free."""
    told = "\n".join(batch.report(tally(cost_usd=None)))
    assert told.count("cost unknown") == 2
    assert "$" not in told
    assert "no model calls" in list(batch.report(Tally(inputs=1, all_read=True, kept=1)))
    assert "cost $0.00" in "\n".join(batch.report(tally(cost_usd=0.0)))
    assert [batch.cost(c) for c in (None, 0.0, 0.00001, 0.0312, 1_234.5)] == [
        "unknown", "$0.00", "under $0.0001", "$0.0312", "$1,234.50",
    ]  # fmt: skip


def test_only_the_first_failures_are_named() -> None:
    """The others are counted; the output has them."""
    many = tally(failed=2_000, failures=[(f"{n}.txt", "x") for n in range(1_000)])
    *_, last = batch.report(many)
    assert last == "  and 1,987 more: the output names each"


def test_names_from_outside_steer_nothing() -> None:
    """Neither a place nor a reason nor a ledger's name; a long one is cut."""
    hostile = "a\x1b[2J\nb\u202ec\x9b1m" + "x" * 5_000
    shown = tally(failures=[(hostile, hostile)])
    for lines in (list(batch.report(shown)), list(batch.status(shown, hostile, hostile))):
        assert not {"\x1b", "\n", "\u202e", "\x9b"} & set("".join(lines))
    assert max(map(len, batch.report(shown))) < 600


def test_status_tells_the_state_of_a_ledger() -> None:
    """From another terminal, also before all is read."""
    told = list(batch.status(tally(), "wire.ledger", "process 12 is at work"))
    assert told[:3] == [
        "wire.ledger: process 12 is at work",
        "100 of 200 done (50%): 60 complete, 5 incomplete, 3 failed, 10 duplicates, 2 unreadable, "
        "20 finished by an earlier run, 100 not done",
        "64 requests waiting for an answer",
    ]
    assert list(batch.status(Tally(), "x", "nothing is running")) == [
        "x: nothing is running", "0 of 0+ done: nothing done", "no model calls",
    ]  # fmt: skip


def test_importing_it_loads_no_rich() -> None:
    """A log needs none."""
    code = "import sys, summarizer.render.batch; print('rich' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout == "False\n"
