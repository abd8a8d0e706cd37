"""Numbers of the literature tables (`data/reference`), and conversion of units."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from interfacekit.catalogue.checks import require_choice, require_keys
from interfacekit.errors import InputError
from interfacekit.materials import reference_table
from interfacekit.wording import shown

#: Factors from other units to those of the quantities.
_FACTORS = {
    ("mS/cm", "S/cm"): 1e-3,
    ("S/m", "S/cm"): 1e-2,
    ("meV", "eV"): 1e-3,
    ("angstrom", "A"): 1.0,
    ("nm", "A"): 10.0,
    ("eV vs Li", "eV"): 1.0,
    ("m2/s", "cm2/s"): 1e4,
    ("%", "-"): 1e-2,
}
_NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:[eE][-+]?\d+)?")
_ROW_KEYS = ("table", "system", "quantity", "part", "take")


def row_of(key: Any, where: str) -> dict[str, str]:
    """Find a row of a literature table by table, system and quantity.

    Raises
    ------
    InputError
        If the row is unknown, or has no numbers.
    """
    if not (hasattr(key, "items") and {"system", "quantity"} <= {*key}):
        raise InputError(f"row of {where} must have a system and a quantity, got {shown(key)}")
    require_keys(key, _ROW_KEYS, f"row of {where}")
    require_choice(key.get("take", "value"), ("value", "low", "middle", "high"), f"take of {where}", exact=True)
    table = str(key.get("table", "transport"))
    row = _rows(table).get((str(key["system"]), str(key["quantity"])))
    if row is None:
        raise InputError(
            f"the table {table} has no row {shown(key['quantity'])} of {shown(key['system'])}, for {where}"
        )
    if not _NUMBER.search(row["value"]):
        raise InputError(f"the row of {where} has no number, got {shown(row['value'])}")
    return row


def number_of_row(row: dict[str, str], key: Any, where: str) -> float:
    """Number of a row: the only one, one `part` of several, its `low` or `high` end, or the `middle` of both.

    Raises
    ------
    InputError
        If the row has no such part, or several numbers without a selection.
    """
    take, part = key.get("take", "value"), key.get("part")
    low, high = ends_of(row["value"])
    if take != "value":
        return {"low": low, "middle": (low + high) / 2, "high": high}[take]
    parts = row["value"].replace("/", ";").split(";")
    if part is not None and not (isinstance(part, int) and 0 <= part < len(parts)):
        raise InputError(f"part of {where} must be from 0 to {len(parts) - 1}, got {shown(part)}")
    text = row["value"] if part is None else parts[part]
    try:
        return float(text)
    except ValueError:
        raise InputError(f"the row of {where} has {shown(text)}; take its low, middle or high number") from None


@cache
def _rows(table: str) -> dict[tuple[str, str], dict[str, str]]:
    """Rows of a literature table by system and quantity."""
    return {(row["system"], row["quantity"]): row for row in reversed(reference_table(table))}


def ends_of(text: str) -> tuple[float, float]:
    """Lowest and highest number of `6e-13 - 8e-12`, `10-20` or `84;30`; text in brackets is ignored."""
    numbers = [float(one) for one in _NUMBER.findall(text.partition("(")[0])]
    return min(numbers, default=float("nan")), max(numbers, default=float("nan"))


def conversion(given: Any, unit: str, where: str) -> float:
    """Conversion factor between two units.

    Raises
    ------
    InputError
        If there is none.
    """
    if given == unit or (unit == "-" and given == ""):
        return 1.0
    if (str(given), unit) not in _FACTORS:
        others = [other for other, own in _FACTORS if own == unit]
        raise InputError(f"the unit of {where} must be {' or '.join([unit, *others])}, got {shown(given)}")
    return _FACTORS[str(given), unit]
