"""What cannot be changed: the base of all parts of a brief, and a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Self

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Base of all parts: frozen, no unknown fields; what is copied or taken into another part is validated again."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, revalidate_instances="always")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A validated copy; unlike Pydantic's own, `update` cannot smuggle an unchecked value in."""
        return type(self).model_validate(
            {**{name: getattr(self, name) for name in type(self).model_fields}, **(update or {})}
        )

    def copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # type: ignore[override]
        """`model_copy`; Pydantic's own method of this name takes unchecked values."""
        return self.model_copy(update=update, deep=deep)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """Validates like the ordinary constructor: there is no unchecked way to build a part."""
        return cls(**values)


class FrozenDict(dict[str, Any]):
    """A mapping that, like all parts of a brief, cannot be changed."""

    def _refuse(self, *args: Any, **options: Any) -> NoReturn:
        raise TypeError("a brief is frozen")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


def first_problem(error: ValueError) -> str:
    """The first thing that Pydantic, or whoever raised `error`, found wrong, on one line with its place."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    first = errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    told = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {told}" if place else told
