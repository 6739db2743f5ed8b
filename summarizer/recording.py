"""Recording exchanges with a real model under vcrpy, to be replayed offline (replaying.py).

vcrpy replaces classes of the whole process, so its patches are on only while a request of a run is under way, and here
it touches no file, so that nothing can fail between their going on and off. Which run an exchange belongs to is told by
where the request comes from; any other is let through and not kept. What is kept is cleaned by lists of what may stay.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
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
from summarizer.faults import BadAnswer, Fault
from summarizer.matching import ENDS
from summarizer.prompting import PlanName, prompt_hash
from summarizer.providers import without_path
from summarizer.replaying import SERVER

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.asking import Limits
    from summarizer.model import LiveModel
    from summarizer.wire import Redaction

REQUEST_HEADERS = frozenset(("content-type",))
RESPONSE_HEADERS = frozenset(("content-type", "retry-after"))
"""The headers that are kept."""

_ANSWER = frozenset(("choices", "content", "model", "object", "role", "stop_reason", "type", "usage", "error"))
_UNSTEADY = frozenset(("id", "created", "request_id", "system_fingerprint"))
"""What changes with every run and says nothing, at any depth of an answer."""

_ACCOUNT = re.compile(r"\b(?:org-|proj_|user-|acct_|req_)[A-Za-z0-9]{10,}")

_UNREADABLE = frozenset(("cohere", "google", "xai"))
"""Providers whose requests have a shape of their own, which replaying does not know."""


@dataclass
class Tape:
    """What one run exchanges with its model, in order."""

    article: Article
    plan: PlanName
    model: LiveModel
    limits: Limits
    began: int
    """The place of its begin among all begins and ends of its recorder."""
    ended: int = 0
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
            if len(self.events) == before or type(fault) is BadAnswer:
                self.events[before:] = [fault]  # nothing came, or nothing that could be read: packed, too large
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
                said = str(event).replace(self.model.endpoint, SERVER).encode("utf-8", "replace").decode()
                lost.append(Lost(len(exchanges), event.reason, said, event.sent, event.everywhere))
            else:
                exchanges.append(event)
        run = Run(
            date=datetime.now(UTC).date().isoformat(),
            provider=self.model.spec.recorded,
            model=self.model.name,
            plan=self.plan,
            prompt=prompt_hash(self.plan),
            schema=schema_hash(self.plan),
            licence=self.article.licence or "unknown",
            article=self.article.id,
            exchanges=len(exchanges),
            max_cost=self.limits.max_cost,
            max_calls=self.limits.max_calls,
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
        self._ticks = itertools.count()

    @contextmanager
    def run(self, article: Article, plan: PlanName, model: LiveModel, limits: Limits) -> Iterator[Tape]:
        """One run: what its model exchanges is kept when the block ends well."""
        import vcr  # noqa: F401 - takes a second, better spent here than in an event loop

        if model.spec.provider in _UNREADABLE:
            raise UsageError(f"requests to {model.spec.provider} have a shape that cannot be recorded yet")
        tape = Tape(article, plan, model, limits, next(self._ticks))
        model.around = tape.asking
        try:
            yield tape
        except BaseException:
            self.failed = True
            raise
        tape.ended = next(self._ticks)
        self.ended.append(tape)

    def save(self, path: Path, *, beside: cassette.Cassette | None = None) -> None:
        """Write the runs, `beside` those of a cassette that was read. Raises `UsageError` when it cannot be written.

        In the order in which they were asked for, behind those that were there.
        """
        parts: list[tuple[Run, list[Exchange], str]] = []
        if beside is not None:
            parts += [(run, list(beside.of(run)), beside.texts.get(run.article, "")) for run in beside.runs]
        cassette.write(path, parts + [tape.recorded() for tape in _in_order(self.ended)])


def _in_order(tapes: Iterable[Tape]) -> list[Tape]:
    """By their begins; those that went on at the same time by what they are, whichever began first."""
    ordered: list[Tape] = []
    together: list[Tape] = []
    for tape in sorted(tapes, key=lambda tape: tape.began):
        if together and tape.began > max(other.ended for other in together):
            ordered += sorted(together, key=_what)
            together = []
        together.append(tape)
    return ordered + sorted(together, key=_what)


def _what(tape: Tape) -> tuple[str, str, str]:
    return tape.article.id, tape.plan, tape.model.name


@contextmanager
def recording(folder: Path, article: Article, plan: PlanName, model: LiveModel) -> Iterator[Recorder]:
    """Record the run made inside the block; its file appears whole when the block ends well, else not at all.

    Raises `UsageError` at once when the file cannot be written.
    """
    cassette.try_to_write(folder)
    recorder = Recorder()
    with _lock:
        path = cassette_path(folder, article, plan, model.name, taken=_being_written)
        _being_written.add(path)
    try:
        yield recorder
        recorder.save(path)
    finally:
        _being_written.discard(path)


_being_written: set[Path] = set()


def cassette_path(folder: Path, article: Article, plan: PlanName, model: str, *, taken: Container[Path] = ()) -> Path:
    """`<article file stem>.<plan>.<model>.yaml` in `folder`.

    Where that file is there and is not this article's recording of this model, the start of the article's id follows
    the stem, then a number.
    """
    stem = slug(Path(article.source).stem) if article.source else article.id[:16]
    local = model.startswith("local/")
    end = f"{plan}.{slug('local' if local else model, 50)}.yaml"

    def free(path: Path) -> bool:
        if path in taken:
            return False
        try:
            if not path.exists():
                return True
        except OSError:  # the folder cannot be looked into; `try_to_write` says so
            return True
        runs = cassette.read_runs(path)
        return bool(runs) and all(run.article == article.id and (local or run.model == model) for run in runs)

    numbers = (f"-{article.id[:8]}-{n}" for n in itertools.count(2))
    names = (f"{stem}{more}.{end}" for more in itertools.chain(("", f"-{article.id[:8]}"), numbers))
    return next(path for name in names if free(path := folder / name))


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
        request.tape.events.append(_exchange(request.form, response, request.tape.model.redaction))


def _exchange(request: Any, response: Mapping[str, Any], redaction: Redaction) -> Exchange:
    status, answer = int(response["status"]["code"]), parsed(response["body"]["string"].decode("utf-8", "replace"))
    answer = redaction.data(answer)  # not before it is read: a server may escape what it echoes
    body = json.loads(request.body)
    if isinstance(body.get("model"), str):
        body["model"] = without_path(body["model"])
    return Exchange(
        method=request.method,
        uri=NEUTRAL + _path(urlsplit(request.uri).path),
        request=body,
        status=status,
        response=_settled(answer) if status < 300 else _anonymous(_steady(answer)),
        request_headers=_kept(request.headers, REQUEST_HEADERS, redaction.text),
        response_headers=_kept(response["headers"], RESPONSE_HEADERS, redaction.text),
    )


def _path(path: str) -> str:
    """The path of a request without what stands before the known end of it: a gateway's may name an account."""
    return next((f"/v1{end}" for end in ENDS if path.endswith(end)), path)


def _settled(answer: Any) -> Any:
    """A completion without what is of no use: ids, timings and fingerprints change with every run."""
    if not isinstance(answer, dict):
        return answer
    kept = {key: _steady(value) for key, value in answer.items() if key in _ANSWER}
    return kept | ({"model": without_path(kept["model"])} if isinstance(kept.get("model"), str) else {})


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: inner for key, inner in value.items() if key not in _UNSTEADY}
        return {key: inner if key == "input" else _steady(inner) for key, inner in kept.items()}  # a tool's: the draft
    return [_steady(inner) for inner in value] if isinstance(value, list) else value


def _anonymous(value: Any) -> Any:
    """What a server says of an error, without the account it may name in it."""
    if isinstance(value, str):
        return _ACCOUNT.sub("[account]", value)
    if isinstance(value, dict):
        return {key: _anonymous(inner) for key, inner in value.items()}
    return [_anonymous(inner) for inner in value] if isinstance(value, list) else value


def _kept(
    headers: Mapping[str, Any], names: frozenset[str], redact: Callable[[str], str]
) -> dict[str, tuple[str, ...]]:
    """The headers that stay, with their values, which libraries give as one or as several."""
    listed = {k.lower(): v if isinstance(v, list | tuple) else [v] for k, v in headers.items() if k.lower() in names}
    return {name: tuple(redact(str(value)) for value in values) for name, values in listed.items()}
