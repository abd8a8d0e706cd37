"""Check of the declared types of the fields of a result from a file."""

from __future__ import annotations

import dataclasses
import math
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from interfacekit.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping


def require_declared(result: Result, names: Mapping[str, type] | None = None) -> None:
    """Raise `ValueError` at the first field that does not hold what it is declared to; results in it are checked too.

    A whole number is a float, too; one that is not finite is none.

    Parameters
    ----------
    result
        Result read from a file.
    names
        Types that the modules of its classes import for the type checker only.
    """
    known = dict(names or {})
    hints = get_type_hints(type(result), localns=known)
    for field in dataclasses.fields(result):  # type: ignore[arg-type]  # every result is a dataclass
        value = getattr(result, field.name)
        if not _fits(value, hints[field.name], known):
            raise ValueError(f"{field.name} of a {type(result).__name__} cannot be {_shown(value)}")


def _fits(value: Any, hint: Any, names: Mapping[str, type]) -> bool:
    """Return True if a value and its items are of a type."""
    kind, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if kind is Literal:
        return any(value == one and type(value) is type(one) for one in inner)
    if kind in (Union, UnionType):
        return any(_fits(value, one, names) for one in inner)
    if kind in (tuple, dict):
        return isinstance(value, kind) and _holds(value, inner, names)
    if hint in (int, float):
        return isinstance(value, int | hint) and not isinstance(value, bool) and math.isfinite(value)
    if isinstance(value, Result) and isinstance(value, hint):
        require_declared(value, names)
    return isinstance(value, hint)


def _holds(values: Any, inner: tuple[Any, ...], names: Mapping[str, type]) -> bool:
    """Return True if a tuple or dict holds values of these types."""
    if isinstance(values, dict):
        return all(_fits(pair, tuple[inner], names) for pair in values.items())  # type: ignore[valid-type]
    types = inner[:1] * len(values) if inner[1:] == (...,) else inner
    return len(values) == len(types) and all(
        _fits(value, hint, names) for value, hint in zip(values, types, strict=True)
    )


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."
