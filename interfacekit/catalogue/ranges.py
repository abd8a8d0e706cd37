"""Uncertainty ranges of the numbers of a description."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.catalogue.checks import CERTAINTIES, one_of, require_choice, require_keys, word
from interfacekit.catalogue.rows import conversion, ends_of, row_of
from interfacekit.errors import InputError
from interfacekit.numerals import number_of
from interfacekit.wording import shown

if TYPE_CHECKING:
    from interfacekit.quantities import Quantity

#: `log-uniform of 1 - x` is for a filling close to 1.
DISTRIBUTIONS = ("fixed", "uniform", "log-uniform", "log-uniform of 1 - x")
_RANGE_KEYS = ("distribution", "low", "high", "rows", "plus_minus", "factor", "source", "certainty")


@dataclass(frozen=True)
class Range:
    """Uncertainty range of a number and its distribution; a fixed number has no ends.

    Attributes
    ----------
    distribution
        One of `DISTRIBUTIONS`.
    low, high
        Ends; None if they are relative to the value.
    plus_minus, factor
        Half width, or factor in both directions, around the value.
    source, certainty
        Source and certainty of the ends.
    """

    distribution: str = "fixed"
    low: float | None = None
    high: float | None = None
    plus_minus: float | None = None
    factor: float | None = None
    source: str = ""
    certainty: str = ""

    def ends(self, value: float) -> tuple[float, float]:
        """Lowest and highest value of a number of this value."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        if self.plus_minus is not None:
            return value - self.plus_minus, value + self.plus_minus
        factor = self.factor or 1.0
        return value / factor, value * factor


def read_range(described: Any, quantity: Quantity, where: str, factor: float = 1.0) -> Range:
    """Read the range of a number.

    Parameters
    ----------
    described
        `fixed`, or a mapping.
    quantity
        Quantity of the number.
    where
        Name of the number, for messages.
    factor
        Factor from the unit of the description to that of the quantity.

    Returns
    -------
    Range
        Range in the unit of the quantity.

    Raises
    ------
    InputError
        If it is invalid, in one line.
    """
    where = f"range of {where}"
    if described == "fixed":
        return Range()
    if not hasattr(described, "items"):
        raise InputError(
            f"{where} must be fixed or a mapping, got {shown(described)}; give its distribution, low and high"
        )
    require_keys(described, _RANGE_KEYS, where)
    distribution = described.get("distribution", "uniform")
    require_choice(distribution, DISTRIBUTIONS[1:], f"distribution of the {where}", exact=True)
    words: dict[str, Any] = {key: word(described, key, where) for key in ("source", "certainty") if key in described}
    require_choice(words.get("certainty", "given"), CERTAINTIES, f"certainty of the {where}")
    kind = one_of(("low", "rows", "plus_minus", "factor"), described, where)
    if kind == "plus_minus":
        return Range(distribution, plus_minus=_width(described, kind, 0.0, where) * factor, **words)
    if kind == "factor":
        return Range(distribution, factor=_width(described, kind, 1.0, where), **words)
    low, high = _of_rows(described["rows"], quantity, where) if kind == "rows" else _ends(described, where, factor)
    for end in (low, high):
        quantity.check(end, f"an end of the {where}")
    return Range(distribution, low, high, **words)


def _width(described: Any, key: str, least: float, where: str) -> float:
    """Return the number under a key, which must exceed `least`."""
    width = number_of(described[key])
    if width is None or not least < width < math.inf:
        raise InputError(f"{key} of the {where} must be a number above {least:g}, got {shown(described[key])}")
    return float(width)


def _ends(described: Any, where: str, factor: float) -> tuple[float, float]:
    """Both ends of a description."""
    low, high = (number_of(described.get(key)) for key in ("low", "high"))
    if low is None or high is None or not low < high:
        got = f"{shown(described.get('low'))} and {shown(described.get('high'))}"
        raise InputError(f"low and high of the {where} must be two numbers, the lower first, got {got}")
    return low * factor, high * factor


def _of_rows(rows: Any, quantity: Quantity, where: str) -> tuple[float, float]:
    """Lowest and highest number of several rows."""
    if not (isinstance(rows, list | tuple) and rows):
        raise InputError(f"rows of the {where} must be a list of rows, got {shown(rows)}")
    ends = []
    for key in rows:
        row = row_of(key, where)
        factor = conversion(row["unit"], quantity.unit or "-", where)
        ends += [end * factor for end in ends_of(row["value"])]
    return min(ends), max(ends)
