"""Short text of objects with many fields: the numbers that matter, and counts instead of long rows.

`StackTransport(layers=('LCO', 'LNO', 'LGPS'), thickness_nm=5.12, ..., profile=..., provenance=...)` has at most ten
lines of at most 100 columns. A field is written `name=...` where its value takes time to compute, or is of no interest
at a glance; the attribute has it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sized
from functools import partial, singledispatch
from typing import TYPE_CHECKING, Any

from interfacekit.wording import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: Most columns of a line, and most lines.
MOST_COLUMNS, MOST_LINES = 100, 10
#: Most columns of a text, an array or the items of a tuple; an object with fields may fill a line.
_MOST_OF_A_VALUE = 60
#: Most items that are looked at before they are counted.
_MOST_ITEMS = 20
_INDENT = "    "
#: Instead of a value, or of fields that are left out.
_LATER = "..."


class ShortRepr:
    """Base of dataclasses whose `repr` has at most ten lines of at most 100 columns.

    Fields with `repr=False` (those that are computed when they are first read) are written `name=...`, and so is the
    provenance. A standard error follows its value: `conductivity_S_cm=0.0123 ± 0.0004`.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):  # `dataclass` writes one into every class that has none of its own
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        return short_repr(self)


def short_repr(thing: Any) -> str:
    """Text of a dataclass, at most ten lines of at most 100 columns.

    Parameters
    ----------
    thing
        An instance. Its properties are not read, nor are attributes that it does not have yet.

    Returns
    -------
    str
        `Name(field=value, ...)`; the last fields are left out where there is no room for all.

    Examples
    --------
    >>> import interfacekit as ik
    >>> stack = ik.Stack([ik.Layer("LCO", 5), ik.Layer("LNO", 2), ik.Layer("LGPS", 10)])
    >>> print(short_repr(stack))
    Stack(layers=<3 Layer: LCO, LNO, LGPS>, materials={}, contacts={}, ladder=False,
        electrostatics=True, catalogue=Catalogue(materials={}, contacts={}, paths=()),
        site_spacing_A=3.2)
    """
    return _joined(type(thing).__name__, _parts(thing, MOST_COLUMNS - len(_INDENT) - 1))


@dataclasses.dataclass(frozen=True)
class _Part:
    """A field as text, and how readily it is left out: 0 for single values, 1 for several, 2 for a name alone."""

    text: str
    rank: int


def _parts(thing: Any, room: int) -> list[_Part]:
    """Fields of an instance as text, those without a value last."""
    fields, values = dataclasses.fields(thing), vars(thing)
    errors = _errors(values)
    beside = {error for value, error in errors.items() if _are_numbers(values[value], values[error])}
    later = {field.name for field in fields if not field.repr or field.name not in values}
    later |= {"provenance", *(error for error in errors.values() if values[error] is not None)} - beside
    shown, named = [], []
    for name in (field.name for field in fields if field.name not in beside):
        if name in later:
            named.append(_Part(f"{name}={_LATER}", 2))
            continue
        text = _text(values[name], max(room - len(name) - 1, len(_LATER)))
        error = values[errors[name]] if errors.get(name) in beside else 0
        is_one = isinstance(values[name], bool | int | float | str | None)
        shown.append(_Part(f"{name}={text}" + (f" ± {error:.2g}" if error else ""), 0 if is_one else 1))
    return shown + named


def _errors(names: Iterable[str]) -> dict[str, str]:
    """Names of standard errors by those of their values: `haven_ratio_err` of `haven_ratio`."""
    known = set(names)
    return {value: error for error in known if (value := error.replace("_err", "", 1)) != error and value in known}


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, float | int) and not isinstance(value, bool) for value in values)


def _joined(name: str, parts: list[_Part]) -> str:
    """Fields in one line or several; the least telling ones, and of these the last, are left out for want of lines."""
    left = list(parts)
    while True:
        texts = [part.text for part in left] + [_LATER] * (len(left) < len(parts))
        if len(lines := _lines(f"{name}(", texts)) <= MOST_LINES:
            return "\n".join(lines)
        worst = max(part.rank for part in left)
        left.pop(max(i for i, part in enumerate(left) if part.rank == worst))


def _lines(start: str, texts: Sequence[str]) -> list[str]:
    """Texts behind one another, on as few lines as hold them; those after the first are indented."""
    lines, line = [], start
    for number, text in enumerate(texts, 1):
        piece = _cut(text, MOST_COLUMNS - len(_INDENT) - 1) + ("," if number < len(texts) else ")")
        gap = "" if line in (start, _INDENT) else " "
        if len(line + gap + piece) > MOST_COLUMNS:
            lines.append(line)
            line, gap = _INDENT, ""
        line += gap + piece
    return [*lines, line if texts else f"{start})"]


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(room - len(_LATER), 0)]}{_LATER}"


@singledispatch
def _text(value: Any, room: int) -> str:
    """A value in so many columns, or what it is: `<9 WindowStep>`, `<20 x 3 float>`."""
    if dataclasses.is_dataclass(value):
        return _nested(value, room)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # of numpy, which is not imported for this
        return _array(value, room)
    return _cut(f"<{_kind(value)} of {len(value)}>" if isinstance(value, Sized) else f"<{_kind(value)}>", room)


@_text.register(int | None)
def _(value: int | None, room: int) -> str:
    return _cut(repr(value), room)


@_text.register
def _(value: float, room: int) -> str:
    return _cut(f"{value:.6g}", room)


@_text.register
def _(value: str, room: int) -> str:
    """A text in quotes, on one line; the first of it where it is long."""
    room = min(room, _MOST_OF_A_VALUE)
    whole = visible(repr(value[: room + 1]))
    is_whole = len(value) <= room and len(whole) <= room
    return whole if is_whole else f"{whole[: max(room - len(_LATER) - 1, 1)]}{_LATER}{whole[0]}"


@_text.register(tuple | list)
def _(value: Sequence[Any], room: int) -> str:
    return _few(value, room, partial(_count, value, room))


@_text.register(Mapping)
def _(value: Mapping[Any, Any], room: int) -> str:
    """Items of a mapping where they are few and short; otherwise how many there are."""
    count = f"<{len(value)} items>"
    if len(value) > _MOST_ITEMS:
        return count
    whole = f"{{{', '.join(f'{_text(key, room)}: {_item(item, room)}' for key, item in value.items())}}}"
    return whole if len(whole) <= room and "<" not in whole else count


def _array(value: Any, room: int) -> str:
    count = f"<{' x '.join(map(str, value.shape))} {value.dtype.name}>"
    if not value.shape:
        return _text(value.tolist(), room)
    return _few(value.tolist(), room, lambda: count) if value.size <= _MOST_ITEMS else count


def _few(items: Sequence[Any], room: int, count: Callable[[], str]) -> str:
    """Items in brackets where they are few and short; otherwise how many there are."""
    if len(items) > _MOST_ITEMS or any(map(dataclasses.is_dataclass, items)):
        return count()
    room = min(room, _MOST_OF_A_VALUE)
    text = ", ".join(_item(item, room) for item in items)
    whole = f"({text},)" if len(items) == 1 else f"({text})"
    return whole if len(whole) <= room and "<" not in whole else count()


def _item(value: Any, room: int) -> str:
    """A value beside others of its kind, for which four digits are enough."""
    return f"{value:.4g}" if isinstance(value, float) else _text(value, room)


def _nested(value: Any, room: int) -> str:
    """An object in one line, with as many of its fields as there is room for."""
    parts = [part.text for part in _parts(value, room) if part.rank < 2]
    left = len(parts)
    while len(whole := f"{_kind(value)}({', '.join([*parts[:left], *[_LATER] * (left < len(parts))])})") > room:
        if not left:
            return f"<{_kind(value)}>"
        left -= 1
    return whole


def _count(items: Sequence[Any], room: int) -> str:
    """Number of items, or of rows and columns, and their kind: `<3 x 3 float>`, `<2 MapRow: LCO, LCO|LNO>`."""
    sizes, inner = [len(items)], list(items)
    while inner and all(isinstance(item, tuple | list) for item in inner):
        (width, *others) = {len(item) for item in inner}
        if others:
            break
        sizes.append(width)
        inner = [part for item in inner for part in item]
    kinds = set(map(_kind, inner))
    count = f"{' x '.join(map(str, sizes))} {kinds.pop() if len(kinds) == 1 else 'items'}"
    named = f"{count}: {', '.join(map(_name, items))}" if len(items) <= _MOST_ITEMS else ""
    return f"<{named}>" if all(map(_name, items)) and len(named) + 2 <= room else f"<{count}>"


def _name(item: Any) -> str:
    """First field of an object where it is text: its name; otherwise nothing."""
    first = next(iter(vars(item).values()), None) if dataclasses.is_dataclass(item) else None
    return visible(first) if isinstance(first, str) else ""


def _kind(value: Any) -> str:
    return type(value).__name__
