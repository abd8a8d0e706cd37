"""Units and conversions.

Internal units: eV, angstrom, s, K, elementary charge. Public names carry their unit (`voltage_V`, `..._eV_per_atom`).
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
        Voltage, V vs Li/Li+ (0 V is Li metal).

    Returns
    -------
    float
        mu_Li - mu_Li(metal) = -e V, eV per Li atom (doi:10.1103/PhysRevB.56.1354).
    """
    return -voltage_V


def voltage_V(lithium_chemical_potential_eV: float) -> float:
    """Voltage at a chemical potential of Li.

    Parameters
    ----------
    lithium_chemical_potential_eV
        Chemical potential of Li against Li metal, eV.

    Returns
    -------
    float
        Voltage, V vs Li/Li+; never -0.0.
    """
    return 0.0 - lithium_chemical_potential_eV


#: Width of the narrowest range that the energies can resolve (V).
NARROWEST_RANGE_V = 1e-6


def check_voltage_range(ends_V: Any) -> tuple[float, float]:
    """Return the ends of a voltage range as plain floats.

    Parameters
    ----------
    ends_V
        Lowest and highest voltage, V vs Li/Li+.

    Returns
    -------
    tuple of float
        Lowest and highest voltage, V.

    Raises
    ------
    InputError
        Unless there are two voltages in ascending order.
    """
    ends = [] if isinstance(ends_V, str) or not hasattr(ends_V, "__iter__") else list(ends_V)
    if len(ends) != 2:
        raise InputError(f"voltage_V must be a lowest and a highest voltage, got {shown(ends_V)}; such as (2.5, 4.3)")
    low, high = map(VOLTAGE.check, ends)
    if high - low < NARROWEST_RANGE_V:
        raise InputError(f"the voltage range must be increasing, got {low:g}:{high:g}; give low:high, such as 0:5")
    return low, high
