"""Notes on rounded formulas: the voltages within which they keep their Li, and the nearest entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.chemistry import printed
from interfacekit.report.tables.common import volts

if TYPE_CHECKING:
    from interfacekit.thermo import Candidate, Window

#: A composition that differs from an entry in less than this share of its atoms may be meant to be it.
_CLOSE = 0.02
#: A window of less width (V) may be that of a formula beside the phase that it means.
_NARROW_V = 0.01


def rounding_note(result: Window | Candidate, name: str, li_tolerance_per_formula: float) -> str:
    """Say between which voltages a rounded formula keeps its Li, and which entry is near.

    Parameters
    ----------
    result
        A window, or a candidate of a screening.
    name
        Name of the phase.
    li_tolerance_per_formula
        Li per formula unit by which the formula may be off.

    Returns
    -------
    str
        Empty where the formula is that of an entry and has the same window with the tolerance.
    """
    parts = []
    if _is_wider(result):
        low, high = volts(result.rounded_reduction_V), result.rounded_oxidation_V
        voltages = f"above {low} V" if high is None else f"between {low} and {high:.3f} V"
        parts.append(f"its Li content stays within {li_tolerance_per_formula:g} per formula unit {voltages}")
    distance = result.nearest_entry_distance_atom_fraction
    if distance and result.nearest_entry and (distance < _CLOSE or _is_narrow(result)):
        differs = f"differs in {100 * distance:.2g} % of the atoms"
        parts.append(f"the nearest entry, {printed(result.nearest_entry).formula}, {differs} (--snap takes it)")
    return f"{name}: {'; '.join(parts)}" if parts else ""


def _is_wider(result: Window | Candidate) -> bool:
    """Return True if the window of a rounded formula is visibly wider than that of the exact one."""
    if result.rounded_reduction_V is None:  # saved before it was computed
        return False
    pairs = (result.rounded_reduction_V, result.reduction_V), (result.rounded_oxidation_V, result.oxidation_V)
    return any(volts(rounded) != volts(exact) for rounded, exact in pairs)


def _is_narrow(result: Window | Candidate) -> bool:
    return result.oxidation_V is not None and result.oxidation_V - result.reduction_V < _NARROW_V
