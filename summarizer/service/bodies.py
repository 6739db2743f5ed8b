"""From the body of a request to the article in it: strict JSON, and an article that can be read."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final, NoReturn

from starlette.datastructures import Headers

from summarizer.article import Article
from summarizer.service.problems import INVALID_JSON, INVALID_KEY, MEDIA, ProblemError

_KEY: Final = re.compile(r'(?P<mark>"?)(?P<key>[!#-\[\]-~](?:[ !#-\[\]-~]{0,253}[!#-\[\]-~])?)(?P=mark)')
"""A key in the quotation marks that the IETF draft wants, or without."""


def parse(body: bytes) -> tuple[str, str]:
    """The JSON of the article in a body, in one form whatever its blanks and the order of its keys, and its sha256.

    Raises `ProblemError` for what is no JSON or says a thing twice, and `InputError` for what is no article.
    """
    if not body.strip():
        raise ProblemError(INVALID_JSON, 'the body is empty: send {"text": "..."} with the text of one article')
    try:
        data = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
        written = json.dumps(data, ensure_ascii=True, sort_keys=True, allow_nan=False)
    except UnicodeDecodeError as error:
        raise ProblemError(INVALID_JSON, f"the body is not UTF-8: byte {error.start:,} does not fit") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ProblemError(INVALID_JSON, f"the body is not valid JSON: {error.msg} at {place}") from None
    except RecursionError:
        raise ProblemError(INVALID_JSON, "the body is not usable JSON: nested too deeply") from None
    except ValueError as error:
        raise ProblemError(INVALID_JSON, f"the body is not usable JSON: {str(error)[:100]}") from None
    Article.from_json(data)
    return written, hashlib.sha256(written.encode()).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def check_media_type(headers: Headers) -> None:
    """Raise `ProblemError` unless a body is declared as JSON in UTF-8."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters, re.IGNORECASE)
    if kind.strip().casefold() != "application/json" or (charset and charset[1].casefold() not in ("utf-8", "utf8")):
        detail = "send the article as JSON in UTF-8, with the header `Content-Type: application/json`"
        raise ProblemError(MEDIA, detail, {"Accept": "application/json"})
    if headers.get("content-encoding", "identity").casefold() != "identity":
        raise ProblemError(MEDIA, "send the body unpacked, without Content-Encoding", {"Accept-Encoding": "identity"})


def idempotency_key(headers: Headers) -> str | None:
    """The sha256 of a request's Idempotency-Key, or None without one. Raises `ProblemError` for one of no use."""
    given = headers.getlist("idempotency-key")
    if not given:
        return None
    match = _KEY.fullmatch(given[0].strip()) if len(given) == 1 else None
    if match is None:
        detail = "one Idempotency-Key of 1 to 255 printable ASCII characters, such as a UUID, is understood"
        raise ProblemError(INVALID_KEY, detail)
    return hashlib.sha256(match["key"].encode()).hexdigest()
