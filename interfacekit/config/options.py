"""Options of the command line as fields of a configuration: name, metavar, help, default and panel in one place.

    hops: Annotated[float, HOPS] = option(1e7, "N", "At each temperature, all replicas together.", panel=RUN)

is a field of YAML files and the option `--hops N`, whose help ends with the default: `... together (1e7).`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import Field

from interfacekit.numerals import compact

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

Kind = Literal["option", "switch", "argument"]
Completion = Literal["", "materials", "crystals", "outputs"]
#: Panels of the help.
MODEL, RUN = "The model", "The run"
#: Choices that leave the choice to the command, and are its default.
_AUTO = "auto"


@dataclass(frozen=True)
class Flag:
    """Option or argument of the command line for a field of a configuration.

    Attributes
    ----------
    kind
        `option`: `--hops N`; `switch`: `--json`; `argument`: a word in its place.
    metavar
        Stands for the value in the help.
    panel
        Of the help.
    names
        Of the option; that of the field by default.
    otherwise
        Words for the default of a value that is left out.
    once
        Whether the option is given once although it holds several values.
    hidden
        Whether the help is without it.
    completes
        What a shell completes the value to.
    repeated
        Whether it is given once for each of several values, though its type does not say so.
    """

    kind: Kind
    metavar: str | None = None
    panel: str | None = None
    names: tuple[str, ...] = ()
    otherwise: str = ""
    once: bool = False
    hidden: bool = False
    completes: Completion = ""
    repeated: bool = False


def option(
    default: Any,
    metavar: str,
    text: str,
    *,
    panel: str | None = None,
    otherwise: str = "",
    once: bool = False,
    completes: Completion = "",
    repeated: bool = False,
) -> Any:
    """A field that is an option with a value.

    Parameters
    ----------
    default
        Of the field; `...` where a value is needed.
    metavar
        Stands for the value in the help.
    text
        Of the help, to the end of which the default is added in brackets, or put in the place of `{default}`;
        `{choices}` stands for the values of a field that has few.
    panel, otherwise, once, completes, repeated
        See `Flag`.
    """
    return _field(
        default, text, Flag("option", metavar, panel, (), otherwise, once, completes=completes, repeated=repeated)
    )


def renamed(names: tuple[str, ...], default: Any, metavar: str, text: str, *, panel: str | None = None) -> Any:
    """An option whose name is not that of the field, or not the only one; see `option`."""
    completes: Completion = "outputs" if "-o" in names else ""
    return _field(default, text, Flag("option", metavar, panel, names, completes=completes))


def switch(text: str, *, panel: str | None = None, hidden: bool = False) -> Any:
    """A field that is true where its option is given; see `option`."""
    return _field(False, text, Flag("switch", panel=panel, hidden=hidden))


def argument(default: Any, metavar: str, text: str, completes: Completion = "materials") -> Any:
    """A field that is given as words without a name; see `option`."""
    return _field(default, text, Flag("argument", metavar, completes=completes))


def _field(default: Any, text: str, flag: Flag) -> Any:
    return Field(default, description=text, json_schema_extra=asdict(flag))


def flags(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo, Flag]]:
    """Yield the fields that the command line has, in the order of the help.

    Those of the model come before those of the models that it extends, and how it is run last.
    """
    own = dict.fromkeys(name for kind in model.__mro__ for name in vars(kind).get("__annotations__", ()))
    found = {name: _flag(model.model_fields[name]) for name in own if name in model.model_fields}
    last = [name for name in model.model_fields if (flag := found[name]) is not None and flag.panel == RUN]
    for name in (*(name for name in found if name not in last), *last):
        if (flag := found[name]) is not None:
            yield name, model.model_fields[name], flag


def _flag(field: FieldInfo) -> Flag | None:
    extra: Any = field.json_schema_extra
    return Flag(**extra) if isinstance(extra, Mapping) else None


def repeats(field: FieldInfo, flag: Flag) -> bool:
    """Return True for an option or argument repeated for several values: of a list, or `name=value` of a mapping."""
    kinds = [kind for kind in _alternatives(field.annotation) if kind is not NoneType]
    return flag.repeated or (not flag.once and all(get_origin(kind) in (list, dict) for kind in kinds))


def _alternatives(annotation: Any) -> list[Any]:
    """Types of a union, without what is annotated of each."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [kind for part in get_args(annotation) for kind in _alternatives(part)]
    return [annotation]


def choices(annotation: Any) -> list[str]:
    """Values that a field allows, where they are few: those of a `Literal` within its annotation."""
    if get_origin(annotation) is Literal:
        return [choice for choice in get_args(annotation) if choice != _AUTO]
    return [choice for part in get_args(annotation) for choice in choices(part)]


def help_text(field: FieldInfo, flag: Flag, outputs: Mapping[str, str]) -> str:
    """The help of an option, with its choices, its default and, of the files that are written, their suffixes."""
    files = [f"{suffix} ({what})" if what else suffix for suffix, what in outputs.items()]
    text = (field.description or "").replace("{choices}", listing(choices(field.annotation)))
    text = text.replace("{outputs}", listing(files))
    default = flag.otherwise or written(field)
    if "{default}" in text:
        return text.replace("{default}", default)
    return f"{text.removesuffix('.')} ({default})." if default else text


def written(field: FieldInfo) -> str:
    """The default of a field as it would be given; empty where there is none, or it is to leave something out."""
    default = field.default
    is_plain = isinstance(default, str | int | float | list | tuple | dict) and not isinstance(default, bool)
    if field.is_required() or not is_plain or default in ("", [], {}, _AUTO):
        return ""
    return next((one.write(default) for one in field.metadata if hasattr(one, "write")), _plain(default))


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        texts = any(isinstance(one, str) for one in value)
        return listing([*map(str, value)], "and") if texts else ",".join(map(_plain, value))
    return compact(value) if isinstance(value, float) else str(value)


def listing(words: list[str], last: str = "or") -> str:
    """Words as a sentence lists them: `a, b or c`."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
