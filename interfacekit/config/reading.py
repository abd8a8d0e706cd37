"""A configuration from a YAML file and the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from interfacekit.config.fields import EXAMPLES
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from interfacekit.config.models import Config

_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def read_config(
    model: type[Config], path: Path | None, given: dict[str, Any], echoes: list[str] | None = None
) -> Config:
    """Validate a YAML file (if any), overridden by what was given on the command line.

    Lists that may be one number with a decimal comma are added to `echoes`, each in one line.

    Raises
    ------
    InputError
        If the file cannot be read, is not a YAML mapping, or a key or value is wrong.
    """
    document = {} if path is None else load_yaml(path)
    try:
        return model.model_validate({**document, **given}, context=echoes)
    except ValidationError as error:
        # A key that is spelt wrong may be what is missing.
        errors = error.errors()
        first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        known = ", ".join(model.model_fields)
        where = ".".join(str(part) for part in first["loc"])
        source = f"{path.name}: " if path is not None and where.split(".")[0] in document else ""
        raise InputError(f"{source}{_message(where, first['type'], first['msg'], known)}") from None


def _message(where: str, kind: str, message: str, known: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "missing":
        example = f", such as {EXAMPLES[where]}" if where in EXAMPLES else ""
        return f"{where} is missing: give it on the command line or in the configuration{example}"
    if kind == "extra_forbidden":
        return f"unknown key {where!r}; the keys are {known}"
    return f"{where}: {message[0].lower()}{message[1:]}"


class _Loader(yaml.SafeLoader):
    """Plain data only, and numbers as YAML 1.2 has them.

    YAML 1.1 reads `2:4:0.5` as a number to the base 60, and a range of voltages would silently become one of 7440.5 V.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012  # the form that PyYAML asks for
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NUMBER_TAGS]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]{0,59})$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$"
    ),
    list("-+.0123456789"),
)


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping (plain data only; no YAML tag is honoured).

    Raises
    ------
    InputError
        If the file cannot be read or holds something else.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a safe loader
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path.name} is not valid YAML: {reason}") from None
    if not isinstance(document, dict):
        raise InputError(f"{path.name} holds no keys; write a YAML mapping such as `phases: [LCO, LGPS]`")
    return document
