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
        mu_Li - mu_Li(metal) = -e V, in eV per Li atom (doi:10.1021/cm702327g).
    """
    return -voltage_V


def voltage_V(lithium_chemical_potential_eV: float) -> float:
    """Voltage against Li/Li+ at a chemical potential of Li (eV, relative to Li metal); -0.0 is returned as 0.0."""
    return 0.0 - lithium_chemical_potential_eV


def check_voltage(voltage_V: float) -> None:
    """Raise `InputError` unless a voltage is a finite number from 0 V (Li metal) upwards."""
    if not math.isfinite(voltage_V):
        raise InputError(f"a voltage of {voltage_V} is not a number; give volts against Li/Li+, such as 3.9")
    if voltage_V < 0:
        raise InputError(
            f"a voltage of {voltage_V:g} V is below Li metal; give volts against Li/Li+ from 0 upwards "
            f"(a chemical potential of {voltage_V:g} eV is {-voltage_V:g} V)"
        )


def check_voltage_range(low_V: float, high_V: float) -> None:
    """Raise `InputError` unless both are voltages and the first is the lower."""
    check_voltage(low_V)
    check_voltage(high_V)
    if low_V >= high_V:
        raise InputError(f"the voltage range {low_V:g}:{high_V:g} is reversed or empty; give low:high, such as 0:5")
