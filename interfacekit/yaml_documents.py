"""YAML documents: plain data within stated limits, with numbers and booleans as YAML 1.2 has them.

Configurations, materials files and the built-in catalogue pass through here; see `interfacekit.documents` for the files
themselves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from interfacekit.documents import MOST_DIGITS, MOST_LEVELS, MOST_CONFIGURATION_MiB, read_text, require_shallow
from interfacekit.errors import InputError
from interfacekit.wording import legible

if TYPE_CHECKING:
    from pathlib import Path

#: Of one file, with those that aliases stand for.
MOST_VALUES = 100_000
_LONGEST_REASON = 300
_BOOLEAN_TAG = "tag:yaml.org,2002:bool"
_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


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
            raise _refused(f"the tag {legible(tag)} must be left out: values are plain data", event)
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
                    raise _refused(f"the key {legible(key.value)} is there twice; keep one of them", key)
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


class _OwnLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # a class of either kind
    """Files of the package, by the C library where there is one: eight times as fast, with the same grammar."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


def load_own_yaml(text: str) -> dict[str, Any]:
    """Read a YAML mapping that comes with the package, whose limits and tags need no check."""
    document: dict[str, Any] = yaml.load(text, Loader=_OwnLoader)  # noqa: S506  # a safe loader
    return document


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping (plain data only; no YAML tag is honoured).

    Raises
    ------
    InputError
        If the file cannot be read or holds something else.
    """
    name = legible(path.name)
    text = read_text(path, MOST_CONFIGURATION_MiB)
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none
        reason = legible(" ".join(str(error).replace('"<unicode string>", ', "").split()), _LONGEST_REASON)
        raise InputError(f"{name} is not valid YAML: {reason}") from None
    require_shallow(document, name)
    if not isinstance(document, dict):
        raise InputError(f"{name} holds no keys; write a YAML mapping such as `phases: [LCO, LGPS]`")
    if odd := [key for key in document if not isinstance(key, str)]:
        raise InputError(f"{name}: keys must be text, got {odd[0]!r}; write the name of an option")
    return document
