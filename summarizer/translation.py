"""From what an SDK raises to one of our faults, in words for a person, and from what it returns to plain data.

Nothing is imported from the SDKs: those generated alike (openai, anthropic, groq) share attribute and
class names, and these are looked for along the whole chain of causes. A class name is never shown.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from summarizer.faults import BadAnswer, CutAnswer, Fault, Refusal, Rejected, Transport

log = logging.getLogger("summarizer.model")

_ADVICE = {
    401: "the key is missing or wrong",
    402: "the account has no credit left",
    403: "the key may not use this model",
}
_EVERYWHERE = frozenset((401, 402, 403, 404, 405, 410))
"""What every further call would be answered with as well; others may lie in the text of one call."""
_BROKEN_OFF = frozenset(("RemoteProtocolError", "ReadError", "WriteError", "CloseError"))
_UNREACHED = frozenset(("APIConnectionError", "ConnectError", "ProxyError"))
_FILTERED = re.compile("content_?filter|content management policy|ResponsibleAIPolicyViolation", re.IGNORECASE)
_TOO_LONG = re.compile("context_length_exceeded|maximum context length|context size|too many tokens", re.IGNORECASE)


def fault(error: BaseException, place: str, model: str) -> Fault:
    """The fault behind `error`, met when `place` was asked for an answer of `model`."""
    status = status_of(error)
    kinds = {type(e).__name__ for e in _chain(error)}
    if "AnswerTooLarge" in kinds:
        return BadAnswer("the answer was too large, or packed although that was not asked for")
    if status is not None and status >= 300:
        return answered(status, str(error), place, model, _retry_after(error))
    if status is None and any("Timeout" in kind for kind in kinds):
        return Transport(f"{place} did not answer in time", sent=not any("Connect" in k for k in kinds))
    # a body that cannot be unpacked was an answer, though the SDKs call it a failed connection
    if status is None and "DecodingError" not in kinds and kinds & (_BROKEN_OFF | _UNREACHED):
        if kinds & _BROKEN_OFF:
            return Transport(f"{place} broke off its answer", sent=True)
        return Transport(f"cannot reach {place}: is the server running and the address right?")
    if isinstance(error, Fault):
        return error
    # Never `Rejected`, after which no further window is tried: what is not known may be one odd answer.
    return BadAnswer("the answer could not be understood")  # without the host: the model is told this


def plain(raw: Any) -> Any:
    """An SDK's answer as plain data; None where it is so odd that even the SDK cannot write it out."""
    dump: Callable[..., Any] | None = getattr(raw, "model_dump", None)
    if dump is None:
        return raw
    try:
        return dump(mode="json", warnings=False)
    except Exception:
        log.debug("an answer could not be written out", exc_info=True)
        return None


def status_of(error: BaseException) -> int | None:
    """The HTTP status in the chain of causes, if there is one."""
    return next((status for e in _chain(error) if isinstance(status := getattr(e, "status_code", None), int)), None)


def answered(status: int, said: str, place: str, model: str, retry_after: float | None) -> Fault:
    """The fault behind an answer with a status of 300 or more; `said` is its text."""
    if status == 429 and "insufficient_quota" in said:
        return Rejected(f"{place} answered 429: the account has no credit left", everywhere=True)
    if status in (408, 409, 425, 429) or status >= 500:
        after = f", asks to wait {retry_after:.10g} s" if retry_after is not None else ""
        return Transport(f"{place} answered {status}{after}", retry_after=retry_after, limited=status == 429)
    if status == 400 and _FILTERED.search(said):
        return Refusal(f"a content filter of {place} stopped the text")
    if status == 413 or (status == 400 and _TOO_LONG.search(said)):
        return CutAnswer("the text is too long for one call")
    advice = _ADVICE.get(status, "it rejected the request")
    if status == 404:
        advice = f"it does not know the model {model!r}, or the address is wrong"
    elif status in (301, 302, 303, 307, 308):
        advice = "it redirects elsewhere; name the right address with --base-url"
    return Rejected(f"{place} answered {status}: {advice}", everywhere=status in _EVERYWHERE or status < 400)


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _retry_after(error: BaseException) -> float | None:
    for e in _chain(error):
        headers = getattr(getattr(e, "response", None), "headers", None)
        if headers is not None and (value := headers.get("retry-after")):
            return _seconds(str(value))
    return None


def _seconds(value: str) -> float | None:
    """A Retry-After in seconds from now: a finite number that is not negative, or an HTTP date; else None."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return float(max(0, math.ceil((when - datetime.now(UTC)).total_seconds())))
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
