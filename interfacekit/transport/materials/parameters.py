"""Numbers of a model and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interfacekit.materials import Property, material, reference_table

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Parameter:
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


def known(alias: str, system: str, quantity: str) -> Property:
    """One literature value of a material."""
    return next(p for p in material(alias).properties if p.system == system and p.quantity == quantity)


def number(
    alias: str,
    system: str,
    quantity: str,
    name: str,
    unit: str,
    *,
    part: int | None = None,
    scale: float = 1.0,
    role: str = "measured",
) -> Parameter:
    """A literature value of a material as a parameter, or one `part` of several in one cell, times `scale`."""
    found = known(alias, system, quantity)
    text = found.text if part is None else found.text.replace("/", ";").split(";")[part]
    return Parameter(name, float(text) * scale, unit, role, found.source, found.certainty)


def reference_row(table: str, system: str, quantity: str) -> dict[str, str]:
    """One row of a literature table (see `interfacekit.materials.reference_table`)."""
    return next(row for row in reference_table(table) if row["system"] == system and row["quantity"] == quantity)


def assumed(name: str, value: float, unit: str, why: str) -> Parameter:
    """A number that no source stands behind."""
    return Parameter(name, value, unit, "assumed", why, "assumed")


def recalled(name: str, value: float, unit: str, what: str) -> Parameter:
    """A number from memory, to be replaced by one that was read."""
    return Parameter(name, value, unit, "assumed", f"{what} (recalled, approximate)", "memory-approx")


def given(parameter: Parameter, value: float | None) -> Parameter:
    """The parameter, or the user's value for it."""
    if value is None:
        return parameter
    return replace(parameter, value=float(value), role="given", source="given", certainty="given")


def ends_of_range(text: str) -> tuple[float, float]:
    """The ends of `6e-13 - 8e-12`, or one number twice; words in brackets are left out."""
    words = text.partition("(")[0]
    parts = [float(part) for part in words.split(" - ")]
    return parts[0], parts[-1]


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
