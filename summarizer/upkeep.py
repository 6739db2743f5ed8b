"""Keeping cassettes: which there are, which still hold, and recording them again.

A cassette is checked by what it is for: every run in it is replayed, with the prompts, schemas and code of today. It
holds the articles, so nothing else is needed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from summarizer import cassette, sessions
from summarizer.api import DEFAULT_LIMITS, ProgressCallback, summarize
from summarizer.asking import Limits
from summarizer.errors import StaleRecording, SummarizerError, UsageError
from summarizer.leaks import leaks
from summarizer.matching import ENDS
from summarizer.providers import PROVIDERS
from summarizer.recording import REQUEST_HEADERS, RESPONSE_HEADERS, Recorder
from summarizer.replaying import NotPlayed, command
from summarizer.sections import SECTIONS

if TYPE_CHECKING:
    from summarizer.brief import Brief
    from summarizer.cassette import Cassette, Run

_ADDRESSES = {f"{cassette.NEUTRAL}/v1{end}" for end in ENDS}

Kind = Literal["unreadable", "unscrubbed", "stale", "unplayed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a cassette."""

    kind: Kind
    lines: tuple[str, ...]
    """What it is, then more about it."""


@dataclass(frozen=True, slots=True)
class Rerecorded:
    """A run that was recorded again."""

    run: Run
    before: Brief | None
    """What today's code makes of the old answers; None where it can make nothing of them any more."""
    after: Brief

    def changes(self) -> list[str]:
        """The lines of the brief that went (`- `) and that came (`+ `)."""
        old, new = (_lines(brief) if brief else [] for brief in (self.before, self.after))
        return [line for line in difflib.ndiff(old, new) if line[0] in "-+"]


def files(paths: Sequence[Path]) -> list[Path]:
    """The YAML files in folders, at any depth, and the files named. Raises `StaleRecording` where there are none."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.rglob("*.yaml"))
        elif path.is_file():
            found.append(path)
        else:
            raise StaleRecording(f"no cassette and no folder of cassettes at {path}")
    if not found:
        raise StaleRecording(f"no cassettes in {', '.join(map(str, paths))}: record one with --record")
    return list(dict.fromkeys(found))


def check(path: Path) -> list[Finding]:
    """What is wrong with a cassette; nothing where it replays whole, with all that was recorded, and is clean."""
    opened: Cassette | None = None
    try:
        opened = cassette.read(path)
        for run in opened.runs:
            opened.article(run)
    except StaleRecording as error:
        found, readable = [Finding("unreadable", error.reasons)], path.is_file()
        with suppress(OSError):
            if readable and path.stat().st_size <= cassette.MAX_BYTES:
                found += _unscrubbed(path.read_bytes().decode("utf-8", "replace"), opened)
        return found
    found = _unscrubbed(path.read_text(encoding="utf-8"), opened) + _stale(opened)
    if not found and (counted := sum(run.exchanges for run in opened.runs)) != len(opened.exchanges):
        found.append(Finding("unreadable", (f"its head counts {counted} exchanges, and there are more or fewer",)))
    return found


def _unscrubbed(text: str, opened: Cassette | None) -> list[Finding]:
    article = "\n".join(opened.texts.values()) if opened else ""
    found = [f"line {leak.line}: {leak.kind} {leak.shown}" for leak in leaks(text, article=article)]
    for number, exchange in enumerate(opened.exchanges if opened else (), 1):
        kept = {*exchange.request_headers, *exchange.response_headers}
        found += [f"exchange {number}: the header {name}" for name in sorted(kept - REQUEST_HEADERS - RESPONSE_HEADERS)]
        if exchange.uri not in _ADDRESSES:
            found.append(f"exchange {number}: an address that is not neutral")
    return [Finding("unscrubbed", tuple(found))] if found else []


def _stale(opened: Cassette) -> list[Finding]:
    """What is wrong with the runs, in order."""
    found: list[Finding] = []
    session = sessions.Session(opened.path, replayed=opened, recorder=None, advice=command(opened.path))
    with sessions.opened(session):
        for run in opened.runs:
            try:
                summarize(opened.article(run), model=run.model, plan=run.plan)
            except StaleRecording as error:
                found.append(Finding("unplayed" if isinstance(error, NotPlayed) else "stale", error.reasons))
            except SummarizerError as error:
                found.append(Finding("stale", (f"it gives no brief any more: {error}",)))
    return found


def rerecord(
    path: Path,
    *,
    model: str | None = None,
    base_url: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: ProgressCallback | None = None,
) -> Iterator[Rerecorded]:
    """Record every run of a cassette again, of the same model unless another is named; the file is replaced at the end.

    Raises `StaleRecording` for a file that cannot be read, and what `summarize` raises; then the file stays as it was.
    """
    opened = cassette.read(path)
    cassette.try_to_write(path.parent)
    session = sessions.Session(path, replayed=None, recorder=Recorder(), advice=command(path))
    for run in opened.runs:
        before = _as_before(opened, run)
        with sessions.opened(session):
            after = summarize(
                opened.article(run),
                model=model or _name(path, run, base_url),
                base_url=base_url,
                plan=run.plan,
                limits=_as_then(limits, run),
                progress=progress,
            )
        yield Rerecorded(run, before, after)
    session.save()


def _as_then(limits: Limits, run: Run) -> Limits:
    """The limits, and where none is set those that the run was recorded under: they shape what is asked."""
    cost = run.max_cost if limits.max_cost is None else limits.max_cost
    calls = (run.max_calls or None) if limits.max_calls is None else limits.max_calls
    return replace(limits, max_cost=cost, max_calls=calls)


def _name(path: Path, run: Run, base_url: str | None) -> str:
    """The name by which the recorded model is asked for. Raises `UsageError` where its server must be named."""
    if run.provider == "embedded":
        return "local"
    if run.provider != "server":
        return run.model
    if base_url is None:
        raise UsageError(f"{path} was recorded of {run.model!r} on a server: name its address with --base-url")
    return f"openai/{run.model}" if run.model.split("/")[0] in PROVIDERS else run.model


def _as_before(opened: Cassette, run: Run) -> Brief | None:
    """The brief that the old answers give, whatever was asked for them."""
    only = cassette.Cassette(opened.path, (run,), opened.of(run), opened.texts)
    session = sessions.Session(opened.path, replayed=only, recorder=None, advice="", loose=True)
    with sessions.opened(session), suppress(SummarizerError):
        return summarize(opened.article(run), model=run.model, plan=run.plan)
    return None


def _lines(brief: Brief) -> list[str]:
    """A brief, a line each statement."""
    lines = [f"headline: {brief.headline.text}"] if brief.headline else []
    lines += [f"key point: {point.text}" for point in brief.summary]
    for section in SECTIONS:
        for item in getattr(brief, section.name):
            numbers = ", ".join(str(evidence.sentence) for evidence in item.evidence)
            lines.append(f"{section.name}: {brief.actor_name(item.actor)}: {item.text} [{numbers}]")
    return lines + [f"unread: sentences {left.first} to {left.last} ({left.reason})" for left in brief.audit.unread]
