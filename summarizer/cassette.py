"""A cassette: the file of recorded exchanges with a model, its reading and its writing.

It is a vcrpy file. In front of vcrpy's `interactions` stands what was recorded (`recorded`: one run for each brief,
with its provenance), behind them the text of each article (`articles`), so that a cassette can be checked and recorded
again without anything else. A file may come from anybody: it is read without running or multiplying anything of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

import yaml

from summarizer import safe_yaml
from summarizer.errors import InputError, StaleRecording
from summarizer.files import telling, try_folder, whole_file
from summarizer.prompting import PlanName

if TYPE_CHECKING:
    from summarizer.article import Article

NEUTRAL = "http://llm.test"
"""The host that requests are stored under."""

MAX_BYTES = 100_000_000
"""Most bytes of a cassette; an article of 1,000,000 characters gives a third of that."""

_DEEPEST_BODY = 60  # of JSON; a schema nests 10 deep
_MOST = 1_000_000  # of anything that is counted
_HEADS = (b"recorded", b"interactions")
_ABOUT = ("source", "title", "date", "publisher", "language")


_UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
    yaml.YAMLError,
)
"""What reading an odd file may end in."""

Headers = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Lost:
    """A request that no recorded exchange answers: a lost connection, or one that a limit forbade."""

    after: int
    """How many exchanges of the run came before it."""
    reason: str
    """The code of the fault (faults.py)."""
    said: str
    sent: bool
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One brief that was recorded: where its answers come from, and how many of the exchanges are its own."""

    date: str
    """ISO date of the recording."""
    provider: str
    """`embedded` (the default model), `local` (another file), `server` (one named by its address), or its own name."""
    model: str
    plan: PlanName
    prompt: str
    """The hash of the plan's prompts."""
    schema: str
    """The hash of the plan's draft schemas."""
    licence: str
    """The article's licence, or `unknown`."""
    article: str
    """The article's id."""
    exchanges: int
    max_cost: float | None = None
    """The ceiling on cost in US dollars, where one was set: it bounds how long answers may be."""
    max_calls: int | None = None
    """The ceiling on model calls, where one was set."""
    lost: tuple[Lost, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    """The article's metadata; its language only where it was given."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and what came back."""

    method: str
    uri: str
    request: Any
    """The body: JSON, parsed."""
    status: int
    response: Any
    """The body: JSON, parsed, else text."""
    request_headers: Headers = field(default_factory=dict)
    response_headers: Headers = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path of the address."""
        return urlsplit(self.uri).path


@dataclass(frozen=True)
class Cassette:
    """A cassette as it was read."""

    path: Path
    runs: tuple[Run, ...]
    exchanges: tuple[Exchange, ...]
    texts: Mapping[str, str]
    """The articles' texts by their ids."""

    def of(self, run: Run) -> tuple[Exchange, ...]:
        """The exchanges of a run, in order; the last has all that are left."""
        start = self._starts[id(run)]
        return self.exchanges[start : None if run is self.runs[-1] else start + run.exchanges]

    @cached_property
    def _starts(self) -> dict[int, int]:
        starts, start = {}, 0
        for run in self.runs:
            starts[id(run)] = start
            start += run.exchanges
        return starts

    def article(self, run: Run) -> Article:
        """The article of a run. Raises `StaleRecording` when its text is not the one that was recorded."""
        from summarizer.article import Article

        try:
            article = Article(self.texts.get(run.article) or "-", licence=run.licence, **run.about)
        except InputError as error:
            why = f"holds an article that cannot be used: {error}"
            raise StaleRecording(f"{shown(self.path)} {why}", reasons=(f"it {why}",)) from error
        if article.id != run.article:
            why = "does not hold the text of the article that it names"
            raise StaleRecording(f"{shown(self.path)} {why}; record it again", reasons=(f"it {why}",))
        return article


def about(article: Article) -> dict[str, str]:
    """What a cassette keeps of an article beside its text: of its source the name of a file or the bare address."""
    values = {name: getattr(article, name) for name in _ABOUT if name != "language" or article.language_given}
    kept = {name: value for name, value in values.items() if value}
    if "source" in kept:
        kept["source"] = _where(kept["source"])
    return kept


def _where(source: str) -> str:
    """Where an article came from, without folders, passwords and what else an address may carry behind its path."""
    if re.match(r"https?://", source, re.IGNORECASE):
        with suppress(ValueError):
            parts = urlsplit(source)
            return f"{parts.scheme}://{parts.hostname}{parts.path}"
    return re.split(r"[/\\]", source)[-1] or "-"


def read_runs(path: Path) -> tuple[Run, ...]:
    """The runs of a cassette, from its head; none when it has none of ours or cannot be read."""
    head: list[str] = []
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:  # opening a FIFO would wait for its other end
            return ()
        with path.open(encoding="utf-8") as file:
            if file.readline(100) != "recorded:\n":  # not as we write it
                return () if is_foreign(path) else read(path).runs
            for line in file:
                if line[:1] not in (" ", "-", "\n"):
                    break
                head.append(line)
        return tuple(map(_run, safe_yaml.load("".join(head))))
    except (*_UNREADABLE, StaleRecording, OSError):
        return ()


def is_foreign(path: Path) -> bool:
    """Whether a file is a cassette of vcrpy's that something else recorded."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return False
        text = path.read_bytes()
    except OSError:
        return False
    ours, vcrpys = (re.search(rb"^(?:\xef\xbb\xbf)?%s:" % name, text, re.MULTILINE) for name in _HEADS)
    return vcrpys is not None and ours is None


def read(path: Path) -> Cassette:
    """Read a cassette. Raises `StaleRecording` for whatever is none of ours."""
    try:
        if not path.is_file():
            raise ValueError("it is no file")
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("it is too large")
        data = safe_yaml.load(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or "recorded" not in data:
            raise ValueError("it does not say what was recorded")
        runs = tuple(map(_run, data["recorded"]))
        exchanges = tuple(map(_exchange, data["interactions"]))
        if exchanges and not runs:
            raise ValueError("its exchanges belong to nothing")
        texts = {_text(article["id"]): _text(article["text"]) for article in data["articles"]}
    except OSError as error:
        why = f"cannot be read ({error.strerror or error})"
        raise StaleRecording(f"{shown(path)} {why}; record it again", reasons=(f"it {why}",)) from error
    except _UNREADABLE as error:
        why = str(error) if type(error) is ValueError else "it is not as summarizer writes one"
        raise StaleRecording(
            f"{shown(path)} cannot be read as a recording ({why}); record it again",
            reasons=(f"it cannot be read as a recording ({why})",),
        ) from error
    return Cassette(path, runs, exchanges, texts)


def shown(path: Path) -> Path:
    """A path as a person would write it: from here, where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def write(path: Path, recorded: Iterable[tuple[Run, Iterable[Exchange], str]]) -> None:
    """Write runs, each with its exchanges and its article's text, whole or not at all.

    Raises `UsageError` when it cannot be written.
    """
    parts = list(recorded)
    data = {
        "recorded": [_head(run) for run, _, _ in parts],
        "version": 1,  # vcrpy's
        "interactions": [_interaction(exchange) for _, exchanges, _ in parts for exchange in exchanges],
        "articles": [{"id": name, "text": text} for name, text in sorted({(r.article, text) for r, _, text in parts})],
    }
    text = safe_yaml.dump(data)
    failed = _failed(path.parent)
    with telling(failed):
        path.resolve().parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, failed) as file, telling(failed):
        file.write(text)


def try_to_write(folder: Path) -> None:
    """Raises `UsageError` where no cassette can be written: better told before any call than after the last."""
    with telling(_failed(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    try_folder(folder, _failed(folder))


def _failed(folder: Path) -> str:
    return f"cannot record into {folder}"


def _head(run: Run) -> dict[str, Any]:
    lost = [{name: getattr(one, name) for name in Lost.__dataclass_fields__} for one in run.lost]
    return {
        "date": run.date,
        "provider": run.provider,
        "model": run.model,
        "plan": run.plan,
        "prompt": run.prompt,
        "schema": run.schema,
        "licence": run.licence,
        "exchanges": run.exchanges,
        **{name: value for name in ("max_cost", "max_calls") if (value := getattr(run, name)) is not None},
        **({"lost": lost} if lost else {}),
        "article": {"id": run.article, **run.about},
    }


def _run(data: Any) -> Run:
    article = {_text(name): _text(value) for name, value in data["article"].items()}
    lost = tuple(
        Lost(_count(one["after"]), _text(one["reason"]), _text(one["said"]), bool(one["sent"]), bool(one["everywhere"]))
        for one in data.get("lost", ())
    )
    plan = data["plan"]
    if plan not in get_args(PlanName):
        raise ValueError("it names no plan")
    return Run(
        date=_text(data["date"]),
        provider=_text(data["provider"]),
        model=_text(data["model"]),
        plan=plan,
        prompt=_text(data["prompt"]),
        schema=_text(data["schema"]),
        licence=_text(data["licence"]),
        article=article["id"],
        exchanges=_count(data["exchanges"]),
        max_cost=None if data.get("max_cost") is None else float(data["max_cost"]),
        max_calls=None if data.get("max_calls") is None else _count(data["max_calls"]),
        lost=lost,
        about={name: value for name, value in article.items() if name in _ABOUT},
    )


def _interaction(exchange: Exchange) -> dict[str, Any]:
    """An exchange as vcrpy writes one, with bodies as indented JSON and all keys in one order."""
    status = exchange.status
    message = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    response = exchange.response if isinstance(exchange.response, str) else _indented(exchange.response)
    return {
        "request": {
            "method": exchange.method,
            "uri": exchange.uri,
            "headers": _listed(exchange.request_headers),
            "body": _indented(exchange.request),
        },
        "response": {
            "status": {"code": status, "message": message},
            "headers": _listed(exchange.response_headers),
            "body": {"string": response},
        },
    }


def _exchange(interaction: Mapping[str, Any]) -> Exchange:
    request, response = interaction["request"], interaction["response"]
    urlsplit(_text(request["uri"]))
    return Exchange(
        method=_text(request["method"]),
        uri=request["uri"],
        request=_shallow(json.loads(_text(request["body"]))),
        status=_count(response["status"]["code"]),
        response=_shallow(parsed(_text(response["body"]["string"]))),
        request_headers=_headers(request.get("headers")),
        response_headers=_headers(response.get("headers")),
    )


def _indented(body: Any) -> str:
    text = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which no file can hold; a model may write one all the same
        return json.dumps(body, indent=1, sort_keys=True)
    return text


def _shallow(body: Any) -> Any:
    """A body that may be walked through. Raises `ValueError` for one that is nested too deeply."""
    level = [body]
    for _ in range(_DEEPEST_BODY):
        level = [inner for value in level if isinstance(value, dict | list)
                 for inner in (value.values() if isinstance(value, dict) else value)]  # fmt: skip
        if not level:
            return body
    raise ValueError("a body is nested too deeply")


def _listed(headers: Headers) -> dict[str, list[str]]:
    return {name: list(values) for name, values in sorted(headers.items())}


def _headers(headers: Any) -> Headers:
    found = (headers or {}).items()
    return {_text(name): tuple(map(_text, value if isinstance(value, list) else [value])) for name, value in found}


def parsed(text: str) -> Any:
    """A body as JSON, or as the text that it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text is missing where there must be some")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ValueError("a number is missing where there must be one")
    return value
