"""Units and the few conversions between them.

Inside: eV, angstrom, s, K, elementary charge. At the edges the unit is in the name (`voltage_V`, `..._eV_per_atom`).
"""

from __future__ import annotations

from typing import Any

from interfacekit.errors import InputError
from interfacekit.quantities import VOLTAGE
from interfacekit.wording import shown

LITHIUM = "Li"


def lithium_chemical_potential_eV(voltage_V: float) -> float:
    """Chemical potential of Li at a voltage.

    Parameters
    ----------
    voltage_V
        Potential against Li/Li+ (0 V is Li metal).

    Returns
    -------
    float
        mu_Li - mu_Li(metal) = -e V, in eV per Li atom (doi:10.1103/PhysRevB.56.1354).
    """
    return -voltage_V


def voltage_V(lithium_chemical_potential_eV: float) -> float:
    """Voltage against Li/Li+ at a chemical potential of Li (eV, relative to Li metal); -0.0 is returned as 0.0."""
    return 0.0 - lithium_chemical_potential_eV


#: Narrower ranges hold nothing that the energies could resolve.
NARROWEST_RANGE_V = 1e-6


def check_voltage_range(ends_V: Any) -> tuple[float, float]:
    """Return the lowest and the highest voltage of a range, in that order, as plain floats.

    Raises
    ------
    InputError
        Unless these are two voltages and the first is the lower.
    """
    ends = [] if isinstance(ends_V, str) or not hasattr(ends_V, "__iter__") else list(ends_V)
    if len(ends) != 2:
        raise InputError(f"voltage_V must be a lowest and a highest voltage, got {shown(ends_V)}; give (2.5, 4.3)")
    low, high = map(VOLTAGE.check, ends)
    if high - low < NARROWEST_RANGE_V:
        raise InputError(f"the voltage range {low:g}:{high:g} is reversed or empty; give low:high, such as 0:5")
    return low, high
