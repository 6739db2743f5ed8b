"""The same recorded answers give the same bytes, whatever process, machine setting or Python they are replayed in."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from summarizer import Article, asummarize, summarize
from tests.conftest import ROOT

SEEDS = tuple(sorted((ROOT / "seeds").iterdir()))
KHERSON, QUIET, _, WIRE = SEEDS
LOCK = ROOT / "requirements" / "dev.txt"


@dataclass(frozen=True)
class Command:
    """One `summarizer brief --replay`."""

    articles: tuple[Path, ...]
    plan: str
    format: str

    @property
    def arguments(self) -> list[str]:
        """What follows `summarizer`. An article's path as given is in the brief, so it is the same everywhere."""
        articles = [f"seeds/{path.name}" for path in self.articles]
        return ["brief", *articles, "--replay", "cassettes", "--plan", self.plan, "--format", self.format]


ALL = [[Command(SEEDS, plan, form) for plan in ("windows", "whole")] for form in ("json", "text", "markdown")]
"""Every recording, by format."""
SOME = [
    [Command((KHERSON,), "windows", "json")],
    [Command((QUIET, WIRE), "whole", "json")],
    [Command((WIRE,), "windows", "markdown")],
    [Command((QUIET,), "windows", "text")],
    [Command((WIRE,), "whole", "text")],
]


@dataclass(frozen=True)
class Setting:
    """What a process is started with."""

    environment: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    """Of the interpreter."""
    elsewhere: bool = False
    """In another folder, where `seeds` and `cassettes` are links."""
    umask: int = -1
    clock: float | None = None
    """What the clock shows at first; at each look it is an hour later."""


def setting(
    *options: str, elsewhere: bool = False, umask: int = -1, clock: float | None = None, **environment: str
) -> Setting:
    """A `Setting`; the environment by keywords."""
    return Setting(environment, options, elsewhere, umask, clock)


DEAD = "http://127.0.0.1:9"
SETTINGS = [
    setting(),
    setting(TZ="Asia/Kolkata", LC_ALL="C", umask=0),
    setting(TZ="America/St_Johns", LC_ALL="C.UTF-8", PYTHONIOENCODING="latin-1", elsewhere=True),
    setting(TZ="Pacific/Kiritimati", LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"),
    setting(TZ="Nowhere/Never", LC_ALL="xx_YY.NONE", LANG="xx_YY.NONE", COLUMNS="20"),
    setting(LC_ALL="tr_TR.UTF-8", LANGUAGE="tr", TERM="dumb", NO_COLOR="1"),
    setting(LC_ALL="de_DE.ISO-8859-1", LANGUAGE="de", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", umask=0o777),
    setting(HTTP_PROXY=DEAD, HTTPS_PROXY=DEAD, ALL_PROXY=DEAD, http_proxy=DEAD, https_proxy=DEAD, all_proxy=DEAD),
    setting("-O", TZ="Europe/Kyiv"),
    setting("-OO", TZ="UTC", LC_ALL="C", elsewhere=True),
    setting("-X", "dev", PYTHONIOENCODING="utf-16"),
    setting("-W", "error", PYTHONMALLOC="malloc", LC_TIME="tr_TR.UTF-8", TZ="America/Caracas"),
    setting(PYTHONUTF8="1", PYTHONIOENCODING="ascii:strict", FORCE_COLOR="1", TERM="xterm-256color", COLUMNS="400"),
    setting(PYTHONUTF8="0", LC_CTYPE="C", LANG="de_DE.UTF-8", TZ="<+0530>-5:30", HOME="", elsewhere=True),
    setting("-u", "-B", "-s", LANG="en_US.ISO-8859-15", PYTHONIOENCODING="cp1252:ignore", TZ=""),
    setting("-P", LC_NUMERIC="de_DE.UTF-8", LC_COLLATE="tr_TR.UTF-8", PYTHONINTMAXSTRDIGITS="640"),
    setting(clock=0.0, TZ="Asia/Kathmandu"),
    setting(clock=1_709_164_799.0, TZ="Pacific/Apia", LC_ALL="tr_TR.UTF-8"),  # a second before a leap day
    setting(clock=4_294_967_295.0, TZ="Antarctica/Troll", elsewhere=True),
    setting("-E", "-s", HOME="/nonexistent", TMPDIR="/nonexistent", XDG_CACHE_HOME="/nonexistent", PATH=""),
]
HASH_SEEDS = [0, *random.Random(20).sample(range(1, 2**32), len(SETTINGS) - 1)]

CLOCK = """
import datetime, itertools, runpy, sys, time

first = float(sys.argv.pop(1))
looks = itertools.count(1)
time.time = lambda: first + 3600.0 * next(looks)
time.monotonic = time.perf_counter = lambda: 3600.0 * next(looks)

class Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

datetime.datetime = Datetime
runpy.run_module("summarizer", run_name="__main__", alter_sys=True)
"""

LOADED = """
import importlib.metadata, sys
from summarizer.cli import main

code = main(sys.argv[1:])
of = importlib.metadata.packages_distributions()
print(*{name for module in [*sys.modules] for name in of.get(module.split(".")[0], ())}, file=sys.stderr)
sys.exit(code)
"""


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
    """A process to its end, with nothing on its standard input."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, **options)  # type: ignore[call-overload,no-any-return]


def said(done: subprocess.CompletedProcess[bytes]) -> bytes:
    """What a replay put out; it must have gone well, without a word on stderr."""
    assert (done.returncode, done.stderr.decode(errors="replace")[-2000:]) == (0, ""), done.args
    assert isinstance(done.stdout, bytes)
    return done.stdout


def replay(number: int, command: Command, folder: Path) -> bytes:
    """What the command line puts out in the setting of this number."""
    chosen = SETTINGS[number]
    start = ["-m", "summarizer"] if chosen.clock is None else ["-c", CLOCK, str(chosen.clock)]
    environment = {
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": str(HASH_SEEDS[number]),
        "LOCPATH": str(folder / "locales"),
        "SUMMARIZER_CACHE_DIR": str(folder / "no weights"),
        **chosen.environment,
    }
    line = [sys.executable, *chosen.options, *start, *command.arguments]
    return said(run(line, cwd=folder if chosen.elsewhere else ROOT, env=environment, umask=chosen.umask))


def differing(outputs: Iterable[tuple[int, Command, bytes]]) -> dict[Command, list[list[int]]]:
    """The commands that put out different things, with the settings that agree."""
    by_command: dict[Command, dict[bytes, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, command, output in outputs:
        by_command[command][output].append(number)
    assert all(sum(map(len, found.values())) > 1 for found in by_command.values()), "nothing to compare with"
    assert all(output for found in by_command.values() for output in found)
    return {command: list(found.values()) for command, found in by_command.items() if len(found) > 1}


def make_locales(folder: Path) -> None:
    """The locales that the settings name, where the machine can make them."""
    folder.mkdir()
    if maker := shutil.which("localedef"):
        for name in ("tr_TR.UTF-8", "de_DE.UTF-8", "de_DE.ISO-8859-1", "en_US.ISO-8859-15"):
            language, charset = name.split(".")
            run([maker, "-i", language, "-f", charset, str(folder / name)])


@pytest.mark.slow
@pytest.mark.parametrize(("commands", "every"), [(SOME[:3], 3), (ALL, 1)], ids=["some", "all"])
def test_a_replay_is_the_same_bytes_in_twenty_settings(
    commands: list[list[Command]], every: int, tmp_path: Path
) -> None:
    """Across hash seeds, time zones, clocks, locales, encodings, proxies, folders, umasks and interpreter options.

    The shorter one takes every third of them.
    """
    assert len(SETTINGS) == 20
    for name in ("seeds", "cassettes"):
        (tmp_path / name).symlink_to(ROOT / name)
    if commands is ALL:
        make_locales(tmp_path / "locales")
    numbers = range(0, len(SETTINGS), every)
    jobs = [(n, command) for turn, n in enumerate(numbers) for command in commands[turn % len(commands)]]
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda job: (*job, replay(job[0], job[1], tmp_path)), jobs))
    assert differing(outputs) == {}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["summarize", "asummarize"])
def test_no_time_limit_ends_a_replay(monkeypatch: pytest.MonkeyPatch, asynchronous: bool) -> None:
    """A process that is stopped for days between two recorded answers gives the same brief."""
    article, folder = Article.from_file(WIRE), ROOT / "cassettes"
    expected = summarize(article, replay=folder).to_json()
    looks = itertools.count(time.monotonic(), 86_400.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(looks))
    if asynchronous:
        got = asyncio.run(asummarize(article, replay=folder))
    else:
        got = summarize(article, replay=folder)
    assert got.to_json() == expected


def other_pythons() -> dict[str, Path]:
    """The Pythons from 3.11 on that are here, beside the one that runs, by implementation and version."""
    ask = "import platform as p, sys, venv; print(p.python_implementation(), p.python_version(), sys.version_info[1])"
    folders = [Path(folder) for folder in os.get_exec_path()]
    names = re.compile(r"(python|pypy)3\.\d+t?")
    paths = [path for folder in folders if folder.is_dir() for path in folder.iterdir() if names.fullmatch(path.name)]
    paths += (Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions").glob("*/bin/python")
    found: dict[str, Path] = {}
    for path in [Path(sys.executable), *sorted(set(paths))]:
        answer = run([str(path), "-c", ask])
        if answer.returncode == 0:  # else a shim of nothing, or of an age without venv
            kind, version, minor = answer.stdout.decode().split()
            if version[0] == "3" and int(minor) >= 11:
                found.setdefault(f"{kind} {version}", path)
    return {name: path for name, path in found.items() if path != Path(sys.executable)}


def locked(names: Iterable[str]) -> str:
    """The lock's entries of these distributions."""
    wanted = {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    entries = re.split(r"^(?=\w)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(entry for entry in entries if entry.partition("==")[0] in wanted)


def install(python: Path, folder: Path, requirements: Path) -> Path | str:
    """The Python of a new environment with the requirements, or why there is none."""
    made = run([str(python), "-m", "venv", "--without-pip", str(folder)])
    if made.returncode:
        return made.stderr.decode(errors="replace").strip()[-300:]
    inside = folder / "bin" / "python"
    options = ["-q", "--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes", "-r", str(requirements)]
    done = run([sys.executable, "-m", "pip", "--python", str(inside), "install", *options])
    return done.stderr.decode(errors="replace").strip()[-300:] if done.returncode else inside


@pytest.mark.slow
def test_every_python_replays_to_the_same_bytes(subtests: pytest.Subtests, tmp_path: Path) -> None:
    """Every recording, plan and format, with the locked versions of what a replay loads."""
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python from 3.11 on is on PATH or among pyenv's versions")
    commands = [command for commands in ALL for command in commands]

    def outputs(python: str | Path, cache: Path) -> list[bytes]:
        environment = {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(cache)}
        line = [str(python), "-m", "summarizer"]
        return [said(run([*line, *command.arguments], cwd=ROOT, env=environment)) for command in commands]

    def replayed(name: str) -> list[bytes] | str:
        folder = tmp_path / name.replace(" ", "-")
        python = install(pythons[name], folder, requirements)
        return python if isinstance(python, str) else outputs(python, folder / "cache")

    loaded = run([sys.executable, "-c", LOADED, *commands[0].arguments], cwd=ROOT)
    assert loaded.returncode == 0, loaded.stderr
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(locked(loaded.stderr.decode().split()), encoding="utf-8")
    with ThreadPoolExecutor(2) as pool:
        expected = pool.submit(outputs, sys.executable, tmp_path / "cache")
        others = {name: pool.submit(replayed, name) for name in pythons}
    for name, other in others.items():
        with subtests.test(msg=name):
            got = other.result()
            if isinstance(got, str):
                pytest.skip(f"{name} cannot have the locked dependencies: {got}")
            assert [command for command, a, b in zip(commands, expected.result(), got, strict=True) if a != b] == []
