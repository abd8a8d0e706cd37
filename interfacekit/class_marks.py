"""Marks of classes in JSON documents: `@module`, `@class`, `@callable`; a decoder would import what they name.

Every reader of documents goes through `replaced`, and decides what stands in the place of a mapping with such marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.wording import legible

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = ("@module", "@class", "@callable")


def replaced(value: Any, build: Callable[[dict[str, Any], str], Any], where: str = "") -> Any:
    """Return what JSON holds, with something else in the place of every mapping that has marks of a class.

    Parameters
    ----------
    value
        Lists, mappings and plain values.
    build
        Is given such a mapping and the key that it stands at; it returns what takes its place, or raises.
    where
        Key that the value stands at, for `build`.
    """
    if isinstance(value, list):
        return [replaced(item, build, where) for item in value]
    if not isinstance(value, dict):
        return value
    if marks_of(value):
        return build(value, where)
    return {key: replaced(item, build, str(key)) for key, item in value.items()}


def marks_of(mapping: dict[Any, Any]) -> set[str]:
    """Keys of a mapping that are marks of a class."""
    return {key for key in map(str, mapping) if key.startswith("@")}


def marked_name(mapping: dict[str, Any]) -> str:
    """Name that the marks of a mapping give, for messages: `os.system`."""
    return legible(".".join(str(mapping[mark]) for mark in _NAMES if mark in mapping) or ", ".join(marks_of(mapping)))
