"""Recording exchanges with a real model under vcrpy, to be replayed offline (replaying.py).

vcrpy replaces classes of the whole process, so its patches are on only while a request of a run is under way, and here
it touches no file, so that nothing can fail between their going on and off. Which run an exchange belongs to is told by
where the request comes from; any other is let through and not kept. What is kept is cleaned by lists of what may stay.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from summarizer import cassette
from summarizer.cassette import NEUTRAL, Exchange, Lost, Run, parsed
from summarizer.draft import schema_hash
from summarizer.errors import UsageError
from summarizer.faults import Fault
from summarizer.prompting import PlanName, prompt_hash

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.model import LiveModel

Redact = Callable[[str], str]

REQUEST_HEADERS = frozenset(("content-type",))
RESPONSE_HEADERS = frozenset(("content-type", "retry-after"))
"""The headers that are kept."""

_ANSWER = frozenset(("choices", "content", "model", "object", "role", "stop_reason", "type", "usage", "error"))
_UNSTEADY = frozenset(("id", "created", "request_id", "system_fingerprint"))
"""What changes with every run and says nothing, at any depth of an answer."""

_UNREADABLE = frozenset(("cohere", "google", "xai"))
"""Providers whose requests have a shape of their own, which replaying does not know."""


@dataclass
class Tape:
    """What one run exchanges with its model, in order."""

    article: Article
    plan: PlanName
    model: LiveModel
    max_cost: float | None
    events: list[Exchange | Fault] = field(default_factory=list)
    """Exchanges, and the faults that no answer came with."""

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A request of this run is under way."""
        request, before = _Request(self), len(self.events)
        token = _asking.set(request)
        try:
            with _listening():
                yield
        except Fault as fault:
            came = self.events[before:]
            if not any(isinstance(event, Exchange) and event.status >= 300 for event in came):
                self.events[before:] = [fault]  # nothing came, or nothing that could be used: packed, too large
            raise
        finally:
            request.open = False
            _asking.reset(token)

    def recorded(self) -> tuple[Run, list[Exchange], str]:
        """The run as a cassette says it, its exchanges, and the article's text."""
        lost: list[Lost] = []
        exchanges: list[Exchange] = []
        for event in self.events:
            if isinstance(event, Fault):
                lost.append(Lost(len(exchanges), event.reason, str(event), event.sent, event.everywhere))
            else:
                exchanges.append(event)
        run = Run(
            date=datetime.now(UTC).date().isoformat(),
            model=self.model.name,
            plan=self.plan,
            prompt=prompt_hash(self.plan),
            schema=schema_hash(self.plan),
            licence=self.article.licence or "unknown",
            article=self.article.id,
            exchanges=len(exchanges),
            max_cost=self.max_cost,
            lost=tuple(lost),
            about=cassette.about(self.article),
        )
        return run, exchanges, self.article.text


class Recorder:
    """The runs that are recorded into one cassette."""

    def __init__(self) -> None:
        self.ended: list[Tape] = []
        self.failed = False
        """Whether a run ended in an error."""

    @contextmanager
    def run(self, article: Article, plan: PlanName, model: LiveModel, max_cost: float | None) -> Iterator[Tape]:
        """One run: what its model exchanges is kept when the block ends well."""
        import vcr  # noqa: F401 - takes a second, better spent here than in an event loop

        if model.spec.provider in _UNREADABLE:
            raise UsageError(f"requests to {model.spec.provider} have a shape that cannot be recorded yet")
        tape = Tape(article, plan, model, max_cost)
        model.around = tape.asking
        try:
            yield tape
        except BaseException:
            self.failed = True
            raise
        self.ended.append(tape)

    def save(self, path: Path, *, beside: cassette.Cassette | None = None) -> None:
        """Write the runs, `beside` those of a cassette that was read. Raises `UsageError` when it cannot be written.

        Sorted, so that runs that went on at the same time are written the same way whichever ended first. Of several
        alike those that were there come first: they were asked for first.
        """
        parts: list[tuple[Run, list[Exchange], str]] = []
        if beside is not None:
            parts += [(run, list(beside.of(run)), beside.texts.get(run.article, "")) for run in beside.runs]
        parts += [tape.recorded() for tape in self.ended]
        cassette.write(path, sorted(parts, key=lambda part: (part[0].article, part[0].plan, part[0].model)))


@contextmanager
def recording(path: Path) -> Iterator[Recorder]:
    """Record the runs made inside the block; the file appears whole when the block ends well, else not at all.

    Raises `UsageError` at once when the file cannot be written.
    """
    cassette.try_to_write(path.parent)
    recorder = Recorder()
    yield recorder
    recorder.save(path)


def cassette_path(folder: Path, article: Article, plan: PlanName, model: str) -> Path:
    """`<article file stem>.<plan>.<model>.yaml` in `folder`.

    Where that file is there and is not this article's recording, the start of the article's id
    follows the stem.
    """
    stem = slug(Path(article.source).stem) if article.source else article.id[:16]
    end = f"{plan}.{slug('local' if model.startswith('local/') else model, 50)}.yaml"
    path = folder / f"{stem}.{end}"
    try:
        taken = path.exists()
    except OSError:  # the folder cannot be looked into; `recording` says so
        return path
    if taken and {run.article for run in cassette.read_runs(path)} != {article.id}:
        return folder / f"{stem}-{article.id[:8]}.{end}"
    return path


def slug(text: str, length: int = 80) -> str:
    """`text` as one part of a file name: letters of any script, at most `length` of them."""
    kept = re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFC", text))[:length]
    # File systems count bytes, most allow 255 for the whole name; a letter may take four.
    return kept.encode()[: length * 3 // 2].decode("utf-8", "ignore").strip("-") or "article"


# What vcrpy is told


@dataclass(eq=False)
class _Request:
    """A request under way: which run asks, and vcrpy's form of it."""

    tape: Tape
    open: bool = True
    """Whether it is still waited for: one that was given up may be answered later, which counts no more."""
    form: Any = None


_asking: ContextVar[_Request | None] = ContextVar("asking", default=None)
_lock = threading.Lock()
_listeners = 0
_patches = ExitStack()


@contextmanager
def _listening() -> Iterator[None]:
    """Have vcrpy tell of every exchange inside the block. Blocks may overlap: the first puts its patches on."""
    global _listeners
    import vcr

    with _lock:
        if not _listeners:
            vcrpy = vcr.VCR(record_mode="all", before_record_request=_sent, before_record_response=_came_back)
            vcrpy.register_persister(_NoFile)
            _patches.enter_context(vcrpy.use_cassette("none.yaml"))
        _listeners += 1
    try:
        yield
    finally:
        with _lock:
            _listeners -= 1
            if not _listeners:
                _patches.close()


class _NoFile:
    """A persister of vcrpy's without a file. vcrpy saves before it unpatches: an error would leave its patches on."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> NoReturn:
        from vcr.persisters.filesystem import CassetteNotFoundError

        raise CassetteNotFoundError

    @staticmethod
    def save_cassette(path: str, cassette_dict: dict[str, Any], serializer: Any) -> None:
        pass


def _sent(form: Any) -> Any:
    """The request of a run; None for any other, which is let through."""
    request = _asking.get()
    if request is None:
        return None
    request.form = form
    return form


def _came_back(response: dict[str, Any]) -> None:
    """Keep the exchange for the run that asked; vcrpy itself keeps nothing."""
    request = _asking.get()
    if request is not None and request.open:
        request.tape.events.append(_exchange(request.form, response, request.tape.model.redact))


def _exchange(request: Any, response: Mapping[str, Any], redact: Redact) -> Exchange:
    return Exchange(
        method=request.method,
        uri=NEUTRAL + urlsplit(request.uri).path,
        request=json.loads(request.body),
        status=int(response["status"]["code"]),
        response=_settled(parsed(redact(response["body"]["string"].decode("utf-8", "replace")))),
        request_headers=_kept(request.headers, REQUEST_HEADERS, redact),
        response_headers=_kept(response["headers"], RESPONSE_HEADERS, redact),
    )


def _settled(answer: Any) -> Any:
    """An answer without what is of no use: ids, timings and fingerprints change with every run."""
    if not isinstance(answer, dict):
        return answer
    return {key: _steady(value) for key, value in answer.items() if key in _ANSWER}


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: inner for key, inner in value.items() if key not in _UNSTEADY}
        return {key: inner if key == "input" else _steady(inner) for key, inner in kept.items()}  # a tool's: the draft
    return [_steady(inner) for inner in value] if isinstance(value, list) else value


def _kept(headers: Mapping[str, Any], names: frozenset[str], redact: Redact) -> dict[str, tuple[str, ...]]:
    """The headers that stay, with their values, which libraries give as one or as several."""
    listed = {k.lower(): v if isinstance(v, list | tuple) else [v] for k, v in headers.items() if k.lower() in names}
    return {name: tuple(redact(str(value)) for value in values) for name, values in listed.items()}
