"""The briefing service, spoken to by HTTP (described by /openapi.json at SUMMARIZER_URL)."""

from typing import NamedTuple

import requests
from django.conf import settings


class ServiceError(Exception):
    """There is no brief. The message is for an editor and says why."""


class NoAnswer(ServiceError):
    """The service could not be reached: a job may go on all the same."""


class Answer(NamedTuple):
    """A brief, or a job that makes one."""

    brief: dict | None
    job: str
    wait: int
    """Seconds until it is worth asking again."""


def ask_for_brief(article: dict) -> Answer:
    """Post an article. Raises `ServiceError`."""
    return _answer(_request("POST", "/v1/briefs", json=article))


def ask_for_job(job: str) -> Answer:
    """How a job stands. Raises `ServiceError`."""
    return _answer(_request("GET", f"/v1/briefs/{job}"))


def _request(method: str, path: str, **options) -> requests.Response:
    headers = {"Authorization": f"Bearer {settings.SUMMARIZER_TOKEN}"} if settings.SUMMARIZER_TOKEN else {}
    try:
        return requests.request(
            method,
            settings.SUMMARIZER_URL.rstrip("/") + path,
            headers=headers,
            timeout=(5, 60),
            allow_redirects=False,
            **options,
        )
    except requests.RequestException as error:
        raise NoAnswer("The briefing service does not answer.") from error


def _answer(response: requests.Response) -> Answer:
    try:
        data = response.json()
        if response.status_code >= 400:
            raise _error(data, response.headers.get("Retry-After"))
        if data.get("status") == "failed":  # a job that ended without a brief
            raise _error(data["problem"])
        if data.get("status") in ("queued", "running"):
            return Answer(None, data["id"], _seconds(response.headers.get("Retry-After")))
        if data.get("status") == "cancelled":
            raise ServiceError("The job was cancelled.")
        if data["schema_version"] != "1":
            raise ServiceError("The briefing service answers in a version that this site does not know.")
        return Answer(data, "", 0)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ServiceError(f"The briefing service answered {response.status_code} and no brief.") from error


def _error(problem: dict, retry_after: str | None = None) -> ServiceError:
    """What Problem Details (RFC 9457) mean for an editor; their `type` is what programs tell them by."""
    detail = problem.get("detail") or problem.get("title", "")
    match str(problem.get("type")).rpartition(":")[2]:
        case "model-unavailable" | "model-refused" | "budget-exceeded":
            return ServiceError(f"The model failed; this says nothing about the article. {detail}")
        case "input" | "too-large":
            return ServiceError(f"This article cannot be briefed: {detail}")
        case "queue-full":
            return ServiceError(f"The briefing service is busy. Try again in {_seconds(retry_after)} seconds.")
        case _:
            return ServiceError(f"The briefing service could not do it: {detail}")


def _seconds(retry_after: str | None) -> int:
    return max(1, int(retry_after)) if retry_after and retry_after.isdigit() else 5
