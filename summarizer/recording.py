"""Recording exchanges with a real model, and replaying them offline.

A cassette is a vcrpy file with a header of our own that says what was recorded. Recording runs the
live model under vcrpy. Replaying reads the same file and answers each request from it: the request
must have the same messages, schema and parameters as a recorded one, nothing is imported that could
open a connection, and every recorded exchange must be played.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from summarizer.asking import Call
from summarizer.brief import Usage
from summarizer.errors import StaleRecording, UsageError
from summarizer.exchange import Answer, Question, read_answer, read_question
from summarizer.prompting import Message, PlanName, prompt_hash

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.model import LiveModel

NEUTRAL = "http://llm.test"
"""The host that requests are stored under."""

_KEPT_REQUEST_HEADERS = ("content-type",)
_KEPT_RESPONSE_HEADERS = ("content-type", "retry-after")
_KEPT_RESPONSE_FIELDS = (
    "choices",
    "content",
    "model",
    "object",
    "role",
    "stop_reason",
    "type",
    "usage",
    "error",
)
_HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Header:
    """What a cassette says of itself."""

    article: str
    """The article's id."""
    language: str
    """The article's language as detected when it was recorded."""
    model: str
    plan: PlanName
    prompt: str
    """The prompt hash."""
    date: str
    """ISO date of the recording."""
    licence: str
    """The article's licence, or `unknown`."""


def slug(text: str) -> str:
    """`text` as one part of a file name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "article"


def cassette_path(folder: Path, article: Article, plan: PlanName, model: str) -> Path:
    """`<article file stem>.<plan>.<model>.yaml` in `folder`."""
    stem = slug(Path(article.source).stem) if article.source else article.id[:16]
    short = "local" if model.startswith("local/") else model
    return folder / f"{stem}.{plan}.{slug(short)}.yaml"


# ---- recording


@contextmanager
def recording(path: Path, header: Header) -> Iterator[None]:
    """Record every exchange made inside the block; the file appears whole when the block ends well, else not at all."""
    import vcr

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot record into {path.parent}: {error.strerror}") from error
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    recorder = vcr.VCR(record_mode="all", before_record_request=_clean_request, before_record_response=_clean_response)
    recorder.register_serializer("cassette", _Serializer(header))
    try:
        with recorder.use_cassette(str(partial), serializer="cassette"):
            yield
        if partial.exists():
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _clean_request(request: Any) -> Any:
    request.uri = re.sub(r"^https?://[^/]+", NEUTRAL, request.uri)
    request.headers = {k.lower(): v for k, v in request.headers.items() if k.lower() in _KEPT_REQUEST_HEADERS}
    return request


def _clean_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = {k.lower(): v for k, v in response["headers"].items() if k.lower() in _KEPT_RESPONSE_HEADERS}
    body = response["body"]["string"]
    try:
        parsed = json.loads(body)
    except ValueError:
        return {**response, "headers": headers}
    if isinstance(parsed, dict):  # ids, timings and fingerprints change with every run and say nothing
        parsed = {key: value for key, value in parsed.items() if key in _KEPT_RESPONSE_FIELDS}
    return {
        **response,
        "headers": headers,
        "body": {"string": json.dumps(parsed, ensure_ascii=False).encode()},
    }


class _Serializer:
    """vcrpy's YAML with our header, bodies as indented JSON in block form, and a fixed order of keys."""

    def __init__(self, header: Header) -> None:
        self.header = header

    def serialize(self, cassette: dict[str, Any]) -> str:
        interactions = [
            {
                "request": {**_pretty(i["request"], "body"), "uri": i["request"]["uri"]},
                "response": {**i["response"], "body": _pretty(i["response"]["body"], "string")},
            }
            for i in cassette["interactions"]
        ]
        header = {name: getattr(self.header, name) for name in Header.__dataclass_fields__}
        data = {"recorded": header, "version": cassette["version"], "interactions": interactions}
        return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)

    def deserialize(self, text: str) -> dict[str, Any]:
        return cast(dict[str, Any], yaml.safe_load(text))


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block."""


def _block(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _block)


def _pretty(part: Mapping[str, Any], key: str) -> dict[str, Any]:
    body = part.get(key)
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    with suppress(ValueError):
        text = json.dumps(json.loads(text or ""), ensure_ascii=False, indent=1, sort_keys=True)
    return {**part, key: text}


# ---- replaying


@dataclass(slots=True)
class Exchange:
    """One recorded request and its answer."""

    question: Question
    answer: Answer
    played: bool = False


@dataclass
class Replay:
    """A model whose answers come from a cassette."""

    path: Path
    header: Header
    exchanges: list[Exchange]
    replayed: bool = field(default=True, init=False)
    endpoint: str | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """The recorded model."""
        return self.header.model

    def price(self, usage: Usage) -> float | None:
        """What is replayed costs nothing and says nothing of prices."""
        return None

    def send(self, call: Call, messages: tuple[Message, ...], timeout: float) -> Answer:
        """The recorded answer to the same request. Raises `StaleRecording` when there is none."""
        asked = tuple((message["role"], message["content"]) for message in messages)
        schema = _bare(call.draft.model_json_schema())
        for exchange in self.exchanges:
            if (
                not exchange.played
                and exchange.question.messages == asked
                and _bare(exchange.question.schema) == schema
            ):
                exchange.played = True
                return exchange.answer
        raise StaleRecording(self._mismatch(asked, call))

    async def asend(self, call: Call, messages: tuple[Message, ...], timeout: float) -> Answer:
        """`send`; a recording has nothing to wait for."""
        return self.send(call, messages, timeout)

    def finish(self) -> None:
        """Raises `StaleRecording` when an exchange was not played, or a template that no request used has changed."""
        if left := sum(not exchange.played for exchange in self.exchanges):
            raise StaleRecording(
                f"{self.path.name}: {left} of {len(self.exchanges)} recorded exchanges were not played; "
                f"{self._advice()}"
            )
        if self.header.prompt != prompt_hash(self.header.plan):
            raise StaleRecording(f"{self.path.name} is stale: a prompt template changed; {self._advice()}")

    def _advice(self) -> str:
        options = f"--plan {self.header.plan} --model {self.header.model} --record {self.path.parent.name}"
        return f"record again with: summarizer brief ARTICLE {options}"

    def _mismatch(self, asked: tuple[tuple[str, str], ...], call: Call) -> str:
        same = [e for e in self.exchanges if e.question.messages == asked]
        if any(_bare(e.question.schema) != _bare(call.draft.model_json_schema()) for e in same):
            change = "the schema of the answer changed"
        elif same:
            change = "the request was recorded once and is asked again"
        else:
            change = f"the prompt changed{_difference(asked, [e.question.messages for e in self.exchanges])}"
        return f"{self.path.name} is stale: {change}; {self._advice()}"


def _difference(asked: tuple[tuple[str, str], ...], recorded: list[tuple[tuple[str, str], ...]]) -> str:
    """The first line that differs from the nearest recorded request."""
    now = [line for _, content in asked for line in content.splitlines()]
    olds = [[line for _, content in messages for line in content.splitlines()] for messages in recorded]
    if not olds:
        return " (nothing was recorded)"
    old = max(olds, key=lambda lines: difflib.SequenceMatcher(None, lines, now, autojunk=False).ratio())
    changed = [
        line
        for line in difflib.unified_diff(old, now, lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    shown = "; ".join(f"{line[0]} {line[1:81]!r}" for line in changed[:2])
    return f" ({shown})" if shown else ""


def _bare(schema: Any) -> Any:
    """A JSON schema without its titles and descriptions, which providers' forms add or drop."""
    if isinstance(schema, Mapping):
        return {k: _bare(v) for k, v in schema.items() if k not in ("title", "description") or isinstance(v, Mapping)}
    if isinstance(schema, list | tuple):
        return [_bare(value) for value in schema]
    return schema


def find(folder: Path, article: Article, *, model: str | None, plan: str) -> Replay:
    """The cassette in `folder` that was recorded of this article.

    With several, `model` and `plan` choose; `auto` takes the plan over windows first, as it would
    with the embedded model. Raises `StaleRecording` when none fits.
    """
    if not folder.is_dir():
        raise StaleRecording(f"no folder of recordings at {folder}")
    found = [
        (path, header)
        for path in sorted(folder.glob("*.yaml"))
        if (header := _header(path)) and header.article == article.id
    ]
    if not found:
        raise StaleRecording(
            f"no recording of this article in {folder}: its text changed, or record it with --record {folder}"
        )
    if plan != "auto":
        found = [(path, header) for path, header in found if header.plan == plan]
    if model is not None:
        found = [
            (path, header) for path, header in found if header.model == model or header.model.startswith(f"{model}/")
        ]
    if not found:
        raise StaleRecording(
            f"no recording of this article with --plan {plan}{f' --model {model}' if model else ''} in {folder}"
        )
    path, header = min(found, key=lambda pair: (pair[1].plan != "windows", pair[0].name))
    return Replay(path, header, _exchanges(path))


def _header(path: Path) -> Header | None:
    """The header of a cassette, from its first bytes; None when it has none of ours."""
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES).decode("utf-8", "ignore")
    match = re.match(r"recorded:\n((?:  .*\n)+)", head)
    try:
        values = yaml.safe_load(match[1]) if match else None
        return Header(**{name: str(values[name]) for name in Header.__dataclass_fields__}) if values else None  # type: ignore[arg-type]
    except (KeyError, TypeError, yaml.YAMLError):
        return None


def _exchanges(path: Path) -> list[Exchange]:
    try:
        data = _load(path.read_text(encoding="utf-8"))
        return [
            Exchange(
                read_question(json.loads(i["request"]["body"])),
                read_answer(_body(i["response"]["body"]["string"])),
            )
            for i in data["interactions"]
            if i["response"]["status"]["code"] == 200
        ]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise StaleRecording(
            f"{path.name} cannot be read as a recording ({type(error).__name__}); record it again"
        ) from error


def _load(text: str) -> Any:
    """Safe loading by libyaml, many times faster than the pure Python one."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


def _body(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def header_for(article: Article, plan: PlanName, model: LiveModel, *, date: str, licence: str = "unknown") -> Header:
    """The header of a new cassette."""
    return Header(article.id, article.language, model.name, plan, prompt_hash(plan), date, licence)
