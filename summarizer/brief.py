"""The published contract: `Brief` and its parts (schema version 1).

Every part is frozen and holds tuples. A `Brief` is verified whenever it is built, loaded, copied,
unpickled or dumped: each evidence quote is `article.text[start:end]`, each actor reference names an
actor of the brief, and words inside quotation marks in a `text` stand in that text's own evidence.

Offsets are Unicode code points into `article.text`; sentences are numbered from 1.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticSerializationError

from summarizer.errors import UnverifiedBrief
from summarizer.frozen import FrozenDict, Part, first_problem
from summarizer.plain import json_text
from summarizer.review import Review
from summarizer.verification import article_id, problems

if TYPE_CHECKING:
    from summarizer.article import Article

SCHEMA_VERSION: Final = "1"
"""Version of the brief's JSON shape; it changes when a reader of the old shape could be misled."""

ARTICLE_VOICE = "article"
"""The reserved actor id for a judgement the article makes in its own voice."""

CODE: Final = r"^[a-z][a-z0-9_]*$"
"""The form of reason and flag codes."""

ActorKind = Literal["person", "government", "armed_force", "organisation", "media", "group", "other"]
SectionState = Literal["complete", "incomplete"]


class Evidence(Part):
    """A span of the article, copied by code: `article.text[start:end] == quote`."""

    sentence: int = Field(ge=1, description="Number of the sentence the span lies in, from 1.")
    start: int = Field(ge=0, description="First code point of the span in article.text.")
    end: int = Field(ge=1, description="One past the last code point of the span.")
    quote: str = Field(min_length=1, description="The span's text, verbatim.")


EvidenceTuple = Annotated[tuple[Evidence, ...], Field(min_length=1, max_length=3)]


class KeyPoint(Part):
    """A line of the headline or the summary, with the spans it rests on."""

    text: str = Field(min_length=1, max_length=300)
    evidence: EvidenceTuple


class Actor(Part):
    """Who acts or speaks. `name` and `aliases` are written as the article writes them."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str = Field(min_length=1)
    kind: ActorKind
    role: str | None = Field(default=None, description="The article's own words for the actor's office.")
    aliases: tuple[str, ...] = ()
    evidence: EvidenceTuple


class Item(Part):
    """A line of a section: what `actor` says, in a short paraphrase, tied to its evidence."""

    id: str = Field(pattern=r"^[a-z]+-[0-9]+$")
    actor: str = Field(description='An id from actors[], or "article" for the article\'s own voice.')
    text: str = Field(min_length=1, max_length=400)
    evidence: EvidenceTuple

    references: ClassVar[tuple[str, ...]] = ("actor",)
    """Names of the fields that hold an actor id."""


class Position(Item):
    """What an actor says it wants, refuses, supports, accuses, promises, denies or decides."""

    toward: str | None = Field(default=None, description="Id of the actor it is directed at.")
    speech: Literal["direct", "indirect", "mixed"] = "indirect"

    references: ClassVar[tuple[str, ...]] = ("actor", "toward")


class Condition(Item):
    """What an actor says must be true or happen before or for talks, a truce, a deal or an end of the war."""

    stance: Literal["sets", "accepts", "rejects"] = "sets"
    regarding: Literal["talks", "ceasefire", "agreement", "end_of_war", "other"] = "other"
    addressee: str | None = Field(default=None, description="Id of the actor who is to meet it.")

    references: ClassVar[tuple[str, ...]] = ("actor", "addressee")


class Assessment(Item):
    """A judgement or claim about the military situation, or a forecast of operations."""

    about: Literal["front", "strength", "losses", "weapons", "reserves", "intentions", "operations", "other"] = "other"
    outlook: Literal["current", "forecast"] = "current"
    horizon: str | None = Field(default=None, description="The article's words for the time forecast.")


class Uncovered(Part):
    """Direct speech or an attributed statement that no item points at."""

    sentence: int = Field(ge=1)
    quote: str
    why: Literal["direct_speech", "attributed"]


class Rejection(Part):
    """A draft item that could not be verified. `draft` is the model's wording, never a quotation."""

    section: str
    reason: str = Field(pattern=CODE)
    detail: str
    draft: str = Field(max_length=200)


class Unread(Part):
    """Sentences `first` to `last` (inclusive) that no model call succeeded on."""

    first: int = Field(ge=1)
    last: int = Field(ge=1)
    reason: str


class Flag(Part):
    """Something a reader should know: hidden characters, an instruction to an AI in the text, ..."""

    code: str = Field(pattern=CODE)
    sentence: int | None = Field(default=None, ge=1)
    detail: str = ""


class Audit(Part):
    """What the brief leaves out, what was rejected, and what was not read."""

    coverage: float = Field(ge=0, le=1, description="Share of attributed statements some item points at.")
    uncovered: tuple[Uncovered, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    unread: tuple[Unread, ...] = ()
    flags: tuple[Flag, ...] = ()
    sections: Annotated[dict[str, SectionState], AfterValidator(FrozenDict)]
    complete: bool = Field(description="True when nothing is unread.")


class Usage(Part):
    """What the model calls of one article cost, failed attempts included."""

    calls: int = Field(default=0, ge=0)
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    cost_usd: float | None = Field(default=None, description="US dollars; null when a price is unknown.")

    def __add__(self, other: Usage) -> Usage:
        """The sum; a cost is known only when both are (an empty usage adds nothing)."""
        costs = [u.cost_usd for u in (self, other) if u.calls]
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cost_usd=None if None in costs or not costs else sum(c for c in costs if c is not None),
        )


class Run(Part):
    """The only volatile part of a brief."""

    created_at: str = Field(description="ISO 8601, UTC.")
    duration_s: float = Field(ge=0, description="Seconds.")


class Provenance(Part):
    """Where the brief comes from."""

    model: str
    endpoint: str | None = Field(description="Host the text was sent to; null when none was.")
    package_version: str
    schema_version: Literal["1"] = SCHEMA_VERSION
    plan: Literal["whole", "windows"]
    prompt_hash: str
    replayed: bool
    ai_generated: Literal[True] = True
    usage: Usage
    run: Run | None = Field(default=None, description="Absent with --stable and in replays.")

    @model_serializer(mode="wrap")
    def _without_empty_run(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        if data.get("run") is None:
            data.pop("run", None)
        return data


def _real_date(date: str) -> str:
    datetime.date.fromisoformat(date)
    return date


IsoDate = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_date)]


class ArticleRecord(Part):
    """The article a brief was made of. `id` is the sha256 of the canonical text (UTF-8), in hex."""

    id: str = Field(pattern=r"^[0-9a-f]{64}$")
    external_id: str | None = None
    title: str | None = None
    date: IsoDate | None = Field(default=None, description="ISO date.")
    publisher: str | None = None
    source: str | None = None
    language: str = Field(
        pattern=r"^[A-Za-z0-9-]{1,35}$", description='ISO 639-1 code, "und" when it could not be told.'
    )
    text: str | None = Field(description="The canonical text; null with --no-text.")
    sentences: int = Field(ge=0)
    segmenter: str


class Brief(Part):
    """A verified brief of one article."""

    schema_version: Literal["1"] = "1"
    article: ArticleRecord
    headline: KeyPoint | None = None
    summary: tuple[KeyPoint, ...] = Field(default=(), max_length=5)
    actors: tuple[Actor, ...] = ()
    positions: tuple[Position, ...] = ()
    conditions_for_talks: tuple[Condition, ...] = ()
    military_assessments: tuple[Assessment, ...] = ()
    audit: Audit
    provenance: Provenance
    review: Review | None = Field(default=None, description="The editor's review record, once there is one.")

    @classmethod
    def load(cls, data: str | bytes, article: Article | None = None) -> Brief:
        """Load a brief from its JSON and verify it.

        A brief saved without its text (`--no-text`) loads only with the `article` it was made of,
        and comes back with the text. Raises `UnverifiedBrief` when the JSON is not a brief, or when
        evidence, references or hash do not fit the text.
        """
        try:
            return cls.model_validate_json(data, context={"text": article.text} if article else None)
        except ValueError as error:  # Pydantic's ValidationError is one
            raise UnverifiedBrief(f"not a verified brief: {first_problem(error)}") from error

    def items(self) -> Iterator[tuple[str, Item]]:
        """All items with the name of their section, in the order of the sections."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, tuple):
                yield from ((name, item) for item in value if isinstance(item, Item))

    def actor_name(self, actor_id: str | None) -> str:
        """The name behind an actor id, for display."""
        return next(
            (a.name for a in self.actors if a.id == actor_id),
            "the article" if actor_id == ARTICLE_VOICE else "",
        )

    def to_json(self, *, stable: bool = False, text: bool = True, indent: int | None = 2) -> str:
        """The brief as JSON. `stable` leaves the volatile `provenance.run` out; `text=False` the article's text.

        Control, direction-changing and invisible characters are written as JSON escapes.
        """
        exclude: dict[str, Any] = {"provenance": {"run"}} if stable else {}
        data = self.model_dump(mode="json", exclude=exclude)
        if not text:
            data["article"]["text"] = None
        return json_text(data, indent)

    @model_validator(mode="before")
    @classmethod
    def _restore_text(cls, data: Any, info: ValidationInfo) -> Any:
        given = (info.context or {}).get("text") if isinstance(info.context, dict) else None
        if given is None or not isinstance(data, dict) or not isinstance(data.get("article"), dict):
            return data
        if data["article"].get("id") != article_id(given):
            raise ValueError("the article given is not the one the brief was made of (its hash differs)")
        return {**data, "article": {**data["article"], "text": given}}

    @classmethod
    def sections(cls) -> tuple[str, ...]:
        """The names of the fields that hold items, in order."""
        parts = ((name, get_args(field.annotation)) for name, field in cls.model_fields.items())
        return tuple(n for n, args in parts if args and isinstance(args[0], type) and issubclass(args[0], Item))

    @model_validator(mode="after")
    def _verify(self) -> Self:
        if found := problems(self):
            raise ValueError("; ".join(found[:3]))
        return self

    def verified(self) -> Self:
        """This brief, built and verified anew; whatever was forced into one of its parts does not get through.

        Raises `UnverifiedBrief`.
        """
        try:
            return type(self).model_validate(self)
        except ValidationError as error:
            raise UnverifiedBrief(first_problem(error)) from error

    @model_serializer(mode="wrap")
    def _verified_dump(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self.verified())
        return data

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Pydantic's, after verifying. Raises `UnverifiedBrief`."""
        with _typed():
            return super().model_dump(**options)

    def model_dump_json(self, **options: Any) -> str:
        """Pydantic's, after verifying. Raises `UnverifiedBrief`."""
        with _typed():
            return super().model_dump_json(**options)

    def __copy__(self) -> Self:
        return self.verified()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self.verified()

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        try:
            self.verified()
        except UnverifiedBrief:
            self.__dict__.clear()
            raise


@contextmanager
def _typed() -> Iterator[None]:
    """Pydantic wraps what a serializer raises."""
    try:
        yield
    except PydanticSerializationError as error:
        raise UnverifiedBrief(str(error).partition("UnverifiedBrief: ")[2] or str(error)) from error
