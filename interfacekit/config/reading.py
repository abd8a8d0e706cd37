"""A configuration from a YAML file and the command line."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from interfacekit.config.effects import require_filled
from interfacekit.config.fields import EXAMPLES, listed
from interfacekit.documents import (
    MOST_DIGITS,
    MOST_LEVELS,
    MOST_CONFIGURATION_MiB,
    read_text,
    require_shallow,
    shown,
)
from interfacekit.errors import InputError
from interfacekit.numerals import shown as as_given

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from interfacekit.config.models import Config

#: Of one file, with those that aliases stand for.
MOST_VALUES = 100_000
_LONGEST_REASON = 300
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
_BOOLEAN_TAG = "tag:yaml.org,2002:bool"
_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


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
    return f"{shown(path.name)}: " if path is not None and is_of_file else ""


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
                f"{shown(path.name)}: {key} must be {trusted.right}, got {shown(found)}, {trusted.danger}; "
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
    return f"{key} must be {wanted.format(**error.get('ctx', {}))}, got {as_given(error['input'])}"


def _known(key: str, known: Sequence[str]) -> str:
    """The keys that are nearest to one that is unknown, or some of those that there are."""
    if "." in key:  # the keys that are known are those of the whole
        return "; leave it out, or correct it"
    near = difflib.get_close_matches(key.casefold(), known, n=2, cutoff=0.6)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    more = f" and {len(known) - _MOST_KEYS} more" if len(known) > _MOST_KEYS else ""
    return f"; the keys are {', '.join(known[:_MOST_KEYS])}{more}"


class _Loader(yaml.SafeLoader):
    """Plain data only, within limits, and numbers and booleans as YAML 1.2 has them.

    Aliases are counted as what they stand for: ten lines of them, each ten times the one above, are 10^10 values. YAML
    1.1 reads `2:4:0.5` as a number to the base 60, and a range of voltages would silently become one of 7440.5 V; and
    nitric oxide, `NO`, as false.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012  # the form that PyYAML asks for
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in (*_NUMBER_TAGS, _BOOLEAN_TAG)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._levels = self._values = 0
        #: Values that a node stands for, by its identity; none of a node that is not complete.
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Read a value, or take that of an alias."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types
        if isinstance(event, yaml.AliasEvent):
            node = super().compose_node(parent, index)
            if id(node) not in self._sizes:
                raise _refused(f"the alias *{event.anchor} stands within what it stands for", event)
            self._count(self._sizes[id(node)], event)
            return node
        if getattr(event, "tag", None) is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise _refused(f"the tag {shown(tag)} must be left out: values are plain data", event)
        self._levels += 1
        if self._levels > MOST_LEVELS:
            raise _refused(f"there must be at most {MOST_LEVELS} lists and mappings inside one another", event)
        before = self._values
        self._count(1, event)
        node = super().compose_node(parent, index)
        self._levels -= 1
        self._sizes[id(node)] = self._values - before
        return node

    def compose_mapping_node(self, anchor: Any) -> Any:
        """Read a mapping, whose keys must differ."""
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise _refused(f"the key {shown(key.value)} is there twice; keep one of them", key)
                seen.add(key.value)
        return node

    def compose_scalar_node(self, anchor: Any) -> Any:
        """Read a plain value; a number must have few digits, and text must have whole characters."""
        node = super().compose_scalar_node(anchor)
        if node.tag in _NUMBER_TAGS and len(node.value) > MOST_DIGITS:
            raise _refused(f"a number must have at most {MOST_DIGITS} digits, got {len(node.value)}", node)
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            raise _refused("text must have whole characters, got half a one (a lone surrogate)", node)
        return node

    def _count(self, values: int, event: Any) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            raise _refused(f"there must be at most {MOST_VALUES} values, those of aliases counted each time", event)


def _refused(reason: str, where: Any) -> yaml.YAMLError:
    return yaml.YAMLError(f"{reason}, in line {where.start_mark.line + 1}")


_Loader.add_implicit_resolver(_BOOLEAN_TAG, re.compile(r"(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
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
    name = shown(path.name)
    text = read_text(path, MOST_CONFIGURATION_MiB)
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none
        reason = shown(" ".join(str(error).replace('"<unicode string>", ', "").split()), _LONGEST_REASON)
        raise InputError(f"{name} is not valid YAML: {reason}") from None
    require_shallow(document, name)
    if not isinstance(document, dict):
        raise InputError(f"{name} holds no keys; write a YAML mapping such as `phases: [LCO, LGPS]`")
    if odd := [key for key in document if not isinstance(key, str)]:
        raise InputError(f"{name}: keys must be text, got {odd[0]!r}; write the name of an option")
    return document
