"""Checks of keys and words in descriptions, with messages in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.errors import InputError
from interfacekit.wording import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Certainties of literature values (see `interfacekit.materials`), of assumptions, and of the user's numbers.
CERTAINTIES = ("seen", "derived", "seen-secondary", "figure-read", "memory-approx", "assumed", "given")


def collected(problems: list[str], read: Callable[[], Any]) -> Any:
    """Return the value of a function; on an `InputError`, append its message to the problems and return None."""
    try:
        return read()
    except InputError as error:
        problems.append(str(error))
        return None


def word(described: Mapping[str, Any], key: str, where: str) -> str:
    """Return the text under a key.

    Raises
    ------
    InputError
        If it is not text, or empty.
    """
    value = described[key]
    if not (isinstance(value, str) and value.strip()):
        raise InputError(f"{key} of {where} must be text, got {shown(value)}")
    return value


def one_of(keys: tuple[str, ...], described: Mapping[str, Any], where: str) -> str:
    """Return the only one of several keys in a mapping.

    Raises
    ------
    InputError
        If there is none, or more than one.
    """
    present = [key for key in keys if key in described]
    if len(present) != 1:
        got = " and ".join(present) if present else "none of them"
        raise InputError(f"{where} must have one of {', '.join(keys)}, got {got}")
    return present[0]


def require_keys(described: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Raise `InputError` at the first unknown key."""
    if unknown_keys := [key for key in described if key not in known]:
        raise InputError(unknown(f"key of {where}", unknown_keys[0], known))


def require_choice(value: Any, known: tuple[str, ...], what: str, *, exact: bool = False) -> None:
    """Raise `InputError` unless a text is one of several words, or begins with one."""
    if value not in known and (exact or str(value).partition(" ")[0] not in known):
        raise InputError(unknown(what, value, known))


def unknown(what: str, value: Any, known: tuple[str, ...]) -> str:
    """Message for an unknown name."""
    return f"unknown {what} {shown(value)}; choose from {', '.join(known)}"
