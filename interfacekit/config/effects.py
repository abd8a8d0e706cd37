"""Options that have an effect only beside others: each configuration declares its own, and one check refuses the rest.

An option that changes nothing in a call is a mistake of whoever gives it, and a result that ignores it is not the one
that was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from interfacekit.errors import InputError
from interfacekit.export.suffixes import FIGURE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pydantic import BaseModel


#: Where null takes away one of the numbers by name.
_MAY_BE_NULL = ("materials", "contacts", "interphases")
#: Around and between the items of a list in one text.
_SEPARATORS = " \t\n,"


class Effect(NamedTuple):
    """Options that have an effect, or are possible, where a condition on the whole configuration holds.

    Attributes
    ----------
    keys
        Names of the options.
    holds
        The condition.
    otherwise
        Message where it does not hold; `{key}` stands for the option.
    """

    keys: tuple[str, ...]
    holds: Callable[[Any], bool]
    otherwise: str


def needs(keys: str, holds: Callable[[Any], bool], what: str) -> Effect:
    """Declare options (separated by spaces) that have an effect only with something else, `what`."""
    return Effect(
        tuple(keys.split()), holds, f"{{key}} has no effect without {what}; give that too, or leave {{key}} out"
    )


def excludes(keys: str, holds: Callable[[Any], bool], what: str) -> Effect:
    """Declare options (separated by spaces) that have no effect with something else, `what`."""
    return Effect(tuple(keys.split()), holds, f"{{key}} has no effect with {what}; leave one of them out")


def once(*keys: str) -> tuple[Effect, ...]:
    """Declare options whose items are named once each."""

    def of(key: str) -> Effect:
        def holds(options: Any) -> bool:
            items = getattr(options, key)
            return len(set(items)) == len(items)

        return Effect((key,), holds, "{key} must name each item once; leave out what is repeated")

    return tuple(map(of, keys))


def is_drawn(options: Any) -> bool:
    """Whether a figure is among the outputs."""
    return any(path.suffix.lower() in FIGURE_SUFFIXES for path in options.output)


def of_figures(keys: str) -> Effect:
    """Declare options that have an effect on figures alone."""
    return needs(keys, is_drawn, "a figure among the outputs, such as -o figure.png")


def require_effects(options: BaseModel) -> None:
    """Raise `InputError` at the first option that was given and has no effect in this call.

    An option that is given as None or False is one that is left out.
    """
    given = [key for key in type(options).model_fields if key in options.model_fields_set]
    declared = [effect for kind in type(options).__mro__ for effect in vars(kind).get("effects", ())]
    for key in given:
        if getattr(options, key) is None or getattr(options, key) is False:
            continue
        for effect in declared:
            if key in effect.keys and not effect.holds(options):
                raise InputError(effect.otherwise.format(key=key))


def require_filled(
    document: Mapping[Any, Any], above: str = "", rows: Collection[str] = (), *, null: bool = False
) -> None:
    """Raise `InputError` at the first empty key of a configuration: it could stand for none or for all.

    Empty are a key without a value (null), an empty text or list, and commas alone, which separate the items of a list.
    Within a part of a configuration, such as the claims of a study, an empty list is possible, and among the numbers of
    materials null, which takes a number away.

    Parameters
    ----------
    document
        Values by key.
    above
        Keys above, with a point at the end.
    rows
        Keys of lists in which some items may be empty.
    null
        Whether null is possible.
    """
    before: Any = None
    for key, value in document.items():
        where = f"{above}{key}"
        items = value if isinstance(value, list | tuple) else [value]
        for part in items:
            if hasattr(part, "items"):
                require_filled(part, f"{where}.", null=null or key in _MAY_BE_NULL or part is not value)
        if value is None and not null:
            _require_decimal_point(before, key, above)
        if value is None and null:
            continue
        if _is_empty(items, some=key in rows) and not (above and items == []):
            raise InputError(f"{where} is empty; give a value, or leave {where} out")
        before = (where, value)


def _require_decimal_point(before: Any, key: Any, above: str) -> None:
    """Raise `InputError` where YAML has made two keys of `{oxidation_V: 4,2}`."""
    if above and before is not None and isinstance(before[1], int) and str(key).isdigit():
        name, whole = before
        raise InputError(f"{name} must be a number, got '{whole},{key}'; write {whole}.{key}, with a decimal point")


def _is_empty(items: Sequence[Any], *, some: bool = False) -> bool:
    """Whether there is no item, one (unless `some` may be) is an empty text or null, or all are separators."""
    texts = ["" if item is None else item for item in items if item is None or isinstance(item, str)]
    nothing = len(texts) == len(items) and not "".join(texts).strip(_SEPARATORS)
    return nothing or not (some or all(map(str.strip, texts)))
