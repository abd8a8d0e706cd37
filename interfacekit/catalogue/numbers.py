"""Number of a description: value, unit, range, source and certainty.

A number is written plainly (`barrier_eV: 0.45`) or as a mapping with `value`, `row` or `derive`: the number, a row of a
literature table (`data/reference`), or the name of its derivation from other numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from interfacekit.catalogue.checks import CERTAINTIES, one_of, require_choice, require_keys, unknown, word
from interfacekit.catalogue.ranges import Range, read_range
from interfacekit.catalogue.rows import conversion, ends_of, number_of_row, row_of
from interfacekit.errors import InputError
from interfacekit.numerals import number_of
from interfacekit.numerals import read_number as read_text

if TYPE_CHECKING:
    from interfacekit.quantities import Quantity

ROLES = ("measured", "computed", "assumed", "calibrated", "given")
#: Numbers that can be derived from others, and the names of the derivations.
DERIVATIONS = {
    "site_density_per_cm3": ("ion_density",),
    "conductivity_S_cm": ("chemical_diffusion", "tracer_diffusion"),
    "barrier_eV": ("chemical_diffusion",),
    "offset_eV": ("mean_site_energies",),
}
_KEYS = ("value", "row", "derive", "unit", "role", "source", "certainty", "label", "range")


@dataclass(frozen=True)
class Number:
    """Number of a description, or several numbers of one row such as `3.49/3.98/3.18`.

    Attributes
    ----------
    name
        Key.
    values
        Numbers in the unit of the quantity; empty for a derived number.
    unit, role, source, certainty
        See `Parameter`.
    range
        Uncertainty range.
    derive
        Name of the derivation from other numbers; None for a given number.
    label
        Name among the parameters of a hopping model, if it differs from the key.
    system, text
        Sample and text of the row.
    ends
        Ends of the range of the row, or of the value.
    """

    name: str
    values: tuple[float, ...]
    unit: str
    role: str = "given"
    source: str = "given"
    certainty: str = "given"
    range: Range = field(default_factory=Range)
    derive: str | None = None
    label: str | None = None
    system: str = ""
    text: str = ""
    ends: tuple[float, float] = (0.0, 0.0)

    @property
    def value(self) -> float:
        """Value of a single number."""
        return self.values[0]


def read_number(name: str, quantity: Quantity, described: Any, owner: str, *, several: bool = False) -> Number:
    """Read one number of a description.

    Parameters
    ----------
    name
        Key, with the unit at its end.
    quantity
        Quantity with its valid range.
    described
        Number, or mapping that describes it.
    owner
        Material or contact, for messages.
    several
        Accept a list of numbers.

    Returns
    -------
    Number
        Number in the unit of the quantity.

    Raises
    ------
    InputError
        If it is invalid, in one line.
    """
    where = f"{name} of {owner}"
    unit = quantity.unit or "-"
    if not hasattr(described, "items"):
        values = _values(described, quantity, where, several=several)
        return Number(name, values, unit, ends=(min(values), max(values)))
    kind = one_of(("value", "row", "derive"), described, where)
    require_keys(described, _KEYS, where)
    common: dict[str, Any] = {
        key: word(described, key, where) for key in ("role", "source", "certainty", "label") if key in described
    }
    require_choice(common.get("certainty", "given"), CERTAINTIES, f"certainty of {where}")
    require_choice(common.get("role", "given"), ROLES, f"role of {where}")
    if "unit" not in described:
        raise InputError(f"the unit of {where} is missing; give {unit}")
    factor = conversion(described["unit"], unit, where)
    spread = read_range(described.get("range", "fixed"), quantity, where, factor)
    if kind == "derive":
        choices = DERIVATIONS.get(name, ())
        if described["derive"] not in choices:
            raise InputError(unknown(f"derive of {where}", described["derive"], choices or ("nothing",)))
        return Number(name, (), unit, range=spread, derive=described["derive"], **common)
    if kind == "value":
        values = _values(described["value"], quantity, where, several=several, factor=factor)
        number = Number(name, values, unit, range=spread, **common, ends=(min(values), max(values)))
    else:
        number = _of_row(name, quantity, described["row"], where, several=several)
        number = replace(number, range=spread, **common)
    _require_within(number, where)
    return number


def _of_row(name: str, quantity: Quantity, key: Any, where: str, *, several: bool) -> Number:
    """Number of a literature table, with the source and certainty of the row."""
    unit, row = quantity.unit or "-", row_of(key, where)
    factor = conversion(row["unit"], unit, where)
    low, high = ends_of(row["value"])
    numbers = [float(one) for one in row["value"].split("/")] if several else [number_of_row(row, key, where)]
    is_middle = key.get("take") == "middle"
    return Number(
        name,
        tuple(quantity.check(number * factor, where) for number in numbers),
        unit,
        role="measured",
        source=f"middle of {row['value']}, {row['source']}" if is_middle else row["source"],
        certainty=row["certainty"],
        system=row["system"],
        text=row["value"],
        ends=(low * factor, high * factor),
    )


def _require_within(number: Number, where: str) -> None:
    """Raise `InputError` unless a number is within its range."""
    if number.range.distribution == "fixed":
        return
    for value in number.values:
        low, high = number.range.ends(value)
        if not low <= value <= high:
            raise InputError(f"{where} must lie within its range, from {low:g} to {high:g}, got {value:g}")


def _values(
    value: Any, quantity: Quantity, where: str, *, several: bool = False, factor: float = 1.0
) -> tuple[float, ...]:
    """Numbers in the unit of the quantity; text is converted to a number."""
    values = value if several and isinstance(value, list | tuple) and value else (value,)
    numbers = [read_text(one) if isinstance(one, str) else number_of(one) for one in values]
    converted = [one if number is None else number * factor for one, number in zip(values, numbers, strict=True)]
    return tuple(quantity.read(one, where) for one in (values if factor == 1.0 else converted))
