"""Units and the few conversions between them.

Inside: eV, angstrom, s, K, elementary charge. At the edges the unit is in the name (`voltage_V`, `..._eV_per_atom`).
"""

import math

from interfacekit.errors import InputError

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


#: No cell reaches this; a higher number is a slip of the unit (mV) or of a range.
HIGHEST_VOLTAGE_V = 10.0
#: Narrower ranges hold nothing that the energies could resolve.
NARROWEST_RANGE_V = 1e-6


def check_voltage(voltage_V: float) -> float:
    """Return a voltage as a plain float.

    Raises
    ------
    InputError
        Unless it is a number from 0 V (Li metal) to 10 V.
    """
    if isinstance(voltage_V, bool | str | bytes) or not hasattr(voltage_V, "__float__"):
        raise InputError(f"{voltage_V!r} is not a voltage; give volts against Li/Li+, such as 3.9")
    voltage = float(voltage_V) + 0.0
    if not math.isfinite(voltage):
        raise InputError(f"a voltage of {voltage} is not a number; give volts against Li/Li+, such as 3.9")
    if voltage < 0:
        raise InputError(
            f"a voltage of {voltage:g} V is below Li metal; give volts against Li/Li+ from 0 upwards "
            f"(a chemical potential of {voltage:g} eV is {-voltage:g} V)"
        )
    if voltage > HIGHEST_VOLTAGE_V:
        raise InputError(
            f"a voltage of {voltage:g} V is beyond any cell; give volts up to {HIGHEST_VOLTAGE_V:g}, not mV"
        )
    return voltage


def check_voltage_range(low_V: float, high_V: float) -> tuple[float, float]:
    """Return two voltages as plain floats.

    Raises
    ------
    InputError
        Unless both are voltages and the first is the lower.
    """
    low, high = check_voltage(low_V), check_voltage(high_V)
    if high - low < NARROWEST_RANGE_V:
        raise InputError(f"the voltage range {low:g}:{high:g} is reversed or empty; give low:high, such as 0:5")
    return low, high
