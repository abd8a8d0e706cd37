"""Numbers of a model and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interfacekit.materials import reference_table
from interfacekit.reprs import ShortRepr

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Parameter(ShortRepr):
    """One number of a model and where it comes from.

    `role` is `measured`, `computed`, `assumed`, `fitted`, `given`, or `calibrated to ...`; `certainty` is that of the
    literature value it rests on (see `interfacekit.materials`), or `assumed`.
    """

    name: str
    value: float
    unit: str
    role: str
    source: str
    certainty: str


def reference_row(table: str, system: str, quantity: str) -> dict[str, str]:
    """One row of a literature table (see `interfacekit.materials.reference_table`)."""
    return next(row for row in reference_table(table) if row["system"] == system and row["quantity"] == quantity)


def given(parameter: Parameter, value: float | None) -> Parameter:
    """The parameter, or the user's value for it."""
    if value is None:
        return parameter
    return replace(parameter, value=float(value), role="given", source="given", certainty="given")


def calibrations(numbers: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, list[str]]:
    """Materials by what their conductivities are calibrated to.

    Parameters
    ----------
    numbers
        Parameters as dicts, by material and their own name.
    """
    found: dict[str, list[str]] = {}
    for (owner, name), p in numbers.items():
        if name != "conductivity_S_cm":
            continue
        if p["role"] == "measured":
            found.setdefault("measured conductivities", []).append(owner)
        elif p["role"].startswith(_CALIBRATED_TO):
            found.setdefault(p["role"].removeprefix(_CALIBRATED_TO), []).append(owner)
    return found


_CALIBRATED_TO = "calibrated to "
