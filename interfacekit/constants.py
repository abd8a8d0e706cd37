"""Natural constants in the units of the package: eV, angstrom, s, K and elementary charges."""

from __future__ import annotations

from scipy.constants import Boltzmann, elementary_charge, epsilon_0

BOLTZMANN_eV_K: float = Boltzmann / elementary_charge
A_PER_NM = 10.0
A2_PER_NM2 = A_PER_NM**2
CM2_PER_A2 = 1e-16
#: 1 e^2 / (eV A s) in S/cm: e / V = 1.602e-19 A s / V, and 1e8 A / cm.
S_CM_PER_e_V_A_s: float = elementary_charge * 1e8
#: e / eps0 in V A: the charge of an ion on an area A (angstrom^2) changes D by this / A.
CHARGE_V_A: float = elementary_charge / epsilon_0 * 1e10
#: 1 e / A^2 in uC/cm2.
UC_CM2_PER_e_A2: float = elementary_charge * 1e22
#: eV A^2 s in Ohm cm2: kT / e divided by the current through a gap per A^2.
OHM_CM2_PER_V_A2_s_e: float = CM2_PER_A2 / elementary_charge
#: 1 eV / nm^2 in J/m2.
J_M2_PER_eV_nm2: float = elementary_charge * 1e18
#: 1 eV / A^3 in GPa.
GPA_PER_eV_A3: float = elementary_charge * 1e21
