"""A configuration from a YAML file and the command line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from interfacekit.config.effects import require_filled
from interfacekit.config.fields import EXAMPLES, listed
from interfacekit.errors import InputError
from interfacekit.wording import legible, shown
from interfacekit.yaml_documents import load_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from interfacekit.config.models import Config

#: Keys that a message lists.
_MOST_KEYS = 10
#: What a value must be, by the type of pydantic's error.
_WANTED = {
    "string_type": "text",
    "string_too_short": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "literal_error": "{expected}",
    "list_type": "a list",
    "tuple_type": "a list",
    "too_short": "a list of {min_length} or more",
    "too_long": "a list of at most {max_length}",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "path_type": "the name of a file or folder",
}


def read_config(
    model: type[Config],
    path: Path | None,
    given: dict[str, Any],
    *,
    trusted: bool = False,
    echoes: list[str] | None = None,
) -> Config:
    """Validate a YAML file (if any), overridden by what was given on the command line.

    Parameters
    ----------
    model
        Of the configuration.
    path
        The file.
    given
        Options of the command line, by name.
    trusted
        Let the file name code of its own (`module:function`), which will be imported and run, and the address of a
        scheduler, which will be connected to and can run code here, too.
    echoes
        Lists that may be one number with a decimal comma are added to it, each in one line.

    Raises
    ------
    InputError
        If the file cannot be read, is not a YAML mapping, a key or value is wrong, or it names code or an address
        and is not trusted. A key without a value (`seed:`, `seed: null`) is wrong, also within `gates`: it could stand
        for the usual value or for none. Among the numbers of `materials`, `contacts` and `interphases`, null takes one
        away.
    """
    document = {} if path is None else load_yaml(path)
    both = model.JOINED_FIELDS & {*document} & {*given}
    joined = {key: [*listed(document[key]), *listed(given[key])] for key in both}
    of_file = {key: value for key, value in document.items() if key not in given}
    _require_filled(of_file, given, model, path)
    if path is not None and not trusted:
        _require_harmless(model, path, of_file)
    try:
        return model.model_validate({**document, **given, **joined}, context=echoes)
    except ValidationError as error:
        # A key that is spelt wrong may be what is missing.
        errors = error.errors()
        first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        message = refusal(first, list(model.model_fields))
        key = str(first["loc"][0]) if first["loc"] else message.partition(" ")[0]
        raise InputError(f"{_source(path, key in of_file)}{message}") from None


def _source(path: Path | None, is_of_file: bool) -> str:  # noqa: FBT001  # private
    return f"{legible(path.name)}: " if path is not None and is_of_file else ""


def _require_filled(of_file: dict[str, Any], given: dict[str, Any], model: type[Config], path: Path | None) -> None:
    """Raise `InputError` at the first empty key, with the file's name before a key of the file."""
    try:
        require_filled(of_file, rows=model.ROW_LISTS)
    except InputError as error:
        raise InputError(f"{_source(path, is_of_file=True)}{error}") from None
    require_filled(given, rows=model.ROW_LISTS)


def _require_harmless(model: type[Config], path: Path, document: dict[str, Any]) -> None:
    """Raise `InputError` where a file names code to run, or a machine to connect to."""
    for key, trusted in model.TRUSTED_FIELDS.items():
        values = document.get(key)
        values = values if isinstance(values, list) else [values]
        found = next((value for value in values if isinstance(value, str) and trusted.mark in value), None)
        if found is not None:
            raise InputError(
                f"{legible(path.name)}: {key} must be {trusted.right}, got {legible(found)}, {trusted.danger}; "
                "name it on the command line, or trust the file with --trust-config"
            )


def refusal(error: Any, known: Sequence[str]) -> str:
    """Say what is wrong with a value as all other messages do, from an error of pydantic.

    Parameters
    ----------
    error
        One of `ValidationError.errors()`.
    known
        Keys that there are.
    """
    kind, where = error["type"], ".".join(map(str, error["loc"]))
    if kind == "value_error":
        message: str = error["msg"]
        return message.removeprefix("Value error, ")
    if kind == "missing":
        example = f", such as {EXAMPLES[where]}" if where in EXAMPLES else ""
        return f"{where} is missing: give it on the command line or in the configuration{example}"
    if kind == "extra_forbidden":
        return f"unknown key {where!r}{_known(where, known)}"
    key = ".".join(map(str, error["loc"][:-1] if isinstance(error["loc"][-1], int) else error["loc"]))
    wanted = _WANTED.get(kind) or str(error["msg"]).removeprefix("Input should be ")
    return f"{key} must be {wanted.format(**error.get('ctx', {}))}, got {shown(error['input'])}"


def _known(key: str, known: Sequence[str]) -> str:
    """The keys that are nearest to one that is unknown, or some of those that there are."""
    if "." in key:  # the keys that are known are those of the whole
        return "; leave it out, or correct it"
    near = difflib.get_close_matches(key.casefold(), known, n=2, cutoff=0.6)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    more = f" and {len(known) - _MOST_KEYS} more" if len(known) > _MOST_KEYS else ""
    return f"; the keys are {', '.join(known[:_MOST_KEYS])}{more}"
