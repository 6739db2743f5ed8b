"""Recording exchanges with a real model, to be replayed offline (replaying.py).

A cassette is a vcrpy file with a header of our own that says what was recorded. Recording runs the
live model under vcrpy, which replaces classes of the whole process: one recording at a time, and
vcrpy itself touches no file, so that nothing can fail between its patches going on and off.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import yaml

from summarizer.errors import UsageError
from summarizer.prompting import PlanName, prompt_hash
from summarizer.replaying import Header, Replay, find, read_header

if TYPE_CHECKING:
    from summarizer.article import Article
    from summarizer.model import LiveModel

__all__ = ["Header", "Replay", "cassette_path", "find", "header_for", "recording", "slug"]

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
_under_way = threading.Lock()


def slug(text: str, length: int = 80) -> str:
    """`text` as one part of a file name: letters of any script, at most `length` of them."""
    kept = re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFC", text))[:length]
    # File systems count bytes, most allow 255 for the whole name; a letter may take four.
    return kept.encode()[: length * 3 // 2].decode("utf-8", "ignore").strip("-") or "article"


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
    header = read_header(path) if taken else None
    if taken and (header is None or header.article != article.id):
        return folder / f"{stem}-{article.id[:8]}.{end}"
    return path


def header_for(article: Article, plan: PlanName, model: LiveModel, *, date: str) -> Header:
    """The header of a new cassette."""
    return Header(article.id, article.language, model.name, plan, prompt_hash(plan), date, licence="unknown")


@contextmanager
def recording(path: Path, header: Header, redact: Callable[[str], str]) -> Iterator[None]:
    """Record every exchange made inside the block; the file appears whole when the block ends well, else not at all.

    `redact` takes keys out of text: a server may echo them.

    Raises `UsageError` at once when the file cannot be written or another recording is open.
    """
    import vcr
    from vcr.serialize import serialize

    if not _under_way.acquire(blocking=False):  # waiting could block an event loop for good
        raise UsageError("another recording is under way in this process; record one article after the other")
    try:
        partial = _reserve(path)
        kept = _Memory()
        recorder = vcr.VCR(
            record_mode="all",
            before_record_request=_clean_request,
            before_record_response=lambda response: _clean_response(response, redact),
        )
        recorder.register_persister(kept)
        try:
            with recorder.use_cassette(path.name):
                yield
            if kept.cassette is not None:
                _save(serialize(kept.cassette, _Serializer(header)), partial, path)
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
    finally:
        _under_way.release()


def _reserve(path: Path) -> Path:
    """An empty file of a name of its own beside `path`: proof, before any call, that it can be written."""
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(exist_ok=False)
    except OSError as error:
        _cannot(path.parent, error)
    return partial


def _save(text: str, partial: Path, path: Path) -> None:
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        _cannot(path.parent, error)


def _cannot(folder: Path, error: OSError) -> NoReturn:
    raise UsageError(f"cannot record into {folder}: {error.strerror or error}") from error


class _Memory:
    """Keeps what vcrpy would save. vcrpy saves before it unpatches: an error there would leave its patches on."""

    cassette: dict[str, Any] | None = None

    def load_cassette(self, path: str, serializer: Any) -> NoReturn:
        from vcr.persisters.filesystem import CassetteNotFoundError

        raise CassetteNotFoundError

    def save_cassette(self, path: str, cassette: dict[str, Any], serializer: Any) -> None:
        self.cassette = cassette


def _clean_request(request: Any) -> Any:
    request.uri = re.sub(r"^https?://[^/]+", NEUTRAL, request.uri)
    request.headers = {k.lower(): v for k, v in request.headers.items() if k.lower() in _KEPT_REQUEST_HEADERS}
    return request


def _clean_response(response: dict[str, Any], redact: Callable[[str], str]) -> dict[str, Any]:
    headers = {k.lower(): v for k, v in response["headers"].items() if k.lower() in _KEPT_RESPONSE_HEADERS}
    text = response["body"]["string"].decode("utf-8", "replace")
    with suppress(ValueError):
        parsed = json.loads(text)
        if isinstance(parsed, dict):  # ids, timings and fingerprints change with every run and say nothing
            parsed = {key: value for key, value in parsed.items() if key in _KEPT_RESPONSE_FIELDS}
        text = json.dumps(parsed, ensure_ascii=False)
    code = int(response["status"]["code"])
    phrase = HTTPStatus(code).phrase if code in set(HTTPStatus) else ""
    return {
        **response,
        "status": {"code": code, "message": phrase},
        "headers": {name: [redact(str(v)) for v in _listed(values)] for name, values in headers.items()},
        "body": {"string": redact(text).encode()},
    }


def _listed(values: Any) -> list[Any]:
    """The values of a header, which libraries give as one or as several."""
    return list(values) if isinstance(values, list | tuple) else [values]


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
