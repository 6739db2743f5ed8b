"""The OpenAPI description: valid, with examples that really happened, and every problem there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from summarizer import Article, Brief, summarize
from summarizer.service.app import Service, create_app
from summarizer.service.openapi import example
from summarizer.service.problems import FOREIGN_HOST, KINDS, METHOD
from summarizer.service.settings import Settings
from tests.conftest import ROOT


def described(folder: Path, **settings: Any) -> dict[str, Any]:
    """The description of a service."""
    service = Service(Settings(data=folder, **settings))
    try:
        made: dict[str, Any] = create_app(service).openapi()
    finally:
        service.store.close()
    return made


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """That of a service with a token."""
    return described(tmp_path_factory.mktemp("jobs"), token="x" * 20)


def contents(description: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every body that is described, with its media type."""
    found = []
    for path in description["paths"].values():
        for operation in path.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                found += list(part.get("content", {}).items())
    return found


def test_it_is_valid(description: dict[str, Any], tmp_path: Path) -> None:
    """With and without a token, which is demanded everywhere but at the health check."""
    validate(description)
    validate(described(tmp_path))
    assert description["security"] == [{"token": []}]
    assert description["paths"]["/healthz"]["get"]["security"] == []


def test_the_surface_is_what_was_promised(description: dict[str, Any]) -> None:
    """These routes and no others."""
    routes = {f"{method.upper()} {path}" for path, methods in description["paths"].items() for method in methods}
    assert routes == {
        "POST /v1/briefs",
        "GET /v1/briefs/{id}",
        "DELETE /v1/briefs/{id}",
        "GET /v1/briefs/{id}/events",
        "GET /",
        "GET /openapi.json",
        "GET /healthz",
        "GET /metrics",
    }


def test_every_example_fits_its_schema(description: dict[str, Any]) -> None:
    """Articles, briefs, jobs and problems."""
    checked = 0
    for media, content in contents(description):
        for shown in content.get("examples", {}).values():
            schema = {**content["schema"], "components": description["components"]}
            jsonschema.Draft202012Validator(schema).validate(shown["value"])
            checked += 1
            if media == "application/problem+json":
                assert shown["value"]["title"] == shown["summary"]
    assert checked > 40


def test_every_problem_is_documented(description: dict[str, Any]) -> None:
    """By an example, at the status it has; what any address answers is in the text."""
    shown = {
        (int(status), example["value"]["type"])
        for path in description["paths"].values()
        for operation in path.values()
        for status, response in operation["responses"].items()
        for example in response.get("content", {}).get("application/problem+json", {}).get("examples", {}).values()
    }
    assert {type for _, type in shown} == {k.type for k in KINDS.values()} - {
        METHOD.type,
        "urn:summarizer:problem:bad-request",
    }
    assert shown <= {(k.status, k.type) for k in KINDS.values()}
    assert FOREIGN_HOST.type in {type for _, type in shown}


def test_the_example_is_what_the_recorded_model_gives() -> None:
    """The article is an invented seed and says so; after a new recording `make schema` writes example.json again."""
    article = Article.from_json(example()["article"])
    assert article.text == Article.from_file(ROOT / "seeds" / "invented-wire.md").text
    assert "Invented" in (article.publisher or "")
    brief = summarize(article, replay=ROOT / "cassettes")
    assert json.loads(brief.to_json()) == example()["brief"]


def test_the_schema_of_a_brief_is_the_published_one(description: dict[str, Any]) -> None:
    """Field by field."""
    published = json.loads((ROOT / "schemas" / "brief.schema.json").read_text(encoding="utf-8"))
    assert description["components"]["schemas"]["Brief"]["properties"].keys() == published["properties"].keys()
    assert set(published["$defs"]) <= set(description["components"]["schemas"])
    assert published == Brief.model_json_schema()
