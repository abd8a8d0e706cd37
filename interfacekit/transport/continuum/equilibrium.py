"""Equilibrium of the mean field of a stack: Poisson's equation with Fermi-Dirac occupations, on its planes.

In equilibrium the electrochemical potential of Li+ is the same in all planes (see `transport.continuum.mean_field`),
and their charges set the potential (see `transport.stacks.planes`). It is the minimum of a convex functional where ions
do not attract one another, so that there is one solution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from interfacekit.constants import OHM_CM2_PER_V_A2_s_e
from interfacekit.errors import InputError
from interfacekit.transport.continuum import mean_field
from interfacekit.transport.continuum.poisson_fermi import solve_equilibrium

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.planes import Planes

#: Electrochemical potentials of reservoirs in equilibrium differ by no more.
SAME_POTENTIAL_eV = 1e-8


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A stack without current.

    Attributes
    ----------
    occupation, log_odds
        Of the sites of each plane, and ln(c / (1 - c)); shape (P,).
    energy_eV
        Of an ion in the left reservoir, each plane and the right reservoir, with the potential; shape (P + 2,).
    potential_V
        Of the same; shape (P + 2,). With open ends that of the right reservoir has settled.
    fields_V_A
        D in every gap, 0 where nothing has an elastance; shape (P + 1,).
    electrode_charge
        With open ends: charge that the left reservoir has kept, on the site area; what `Planes.fields_V_A` takes with
        the charges of all planes, conductors included.
    electrochemical_potential_eV
        Of an ion, the same everywhere.
    log_exchange_Hz, exchange_Hz
        Of ions across each gap, in one direction and on the site area, and its logarithm; shape (P + 1,).
    in_plane_exchange_Hz
        Along each bond within a plane; shape (P,).
    log_resistance
        Logarithm of the resistance of each gap to a small current, Ohm cm2; shape (P + 1,).
    """

    occupation: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    energy_eV: NDArray[np.float64]
    potential_V: NDArray[np.float64]
    fields_V_A: NDArray[np.float64]
    electrode_charge: float
    electrochemical_potential_eV: float
    log_exchange_Hz: NDArray[np.float64]
    exchange_Hz: NDArray[np.float64]
    in_plane_exchange_Hz: NDArray[np.float64]
    log_resistance: NDArray[np.float64]


def equilibrium(planes: Planes) -> Equilibrium:
    """Occupations and potentials without current.

    Parameters
    ----------
    planes
        A stack without bias. With open ends the right reservoir's potential settles, whatever it was. With closed ends
        the stack keeps the ions with which it is neutral, and the potential is that of the left reservoir in its first
        plane.

    Raises
    ------
    InputError
        If fixed reservoirs differ in their electrochemical potential.
    ComputationError
        If no solution is found, as may happen where ions attract one another enough to separate.
    """
    T = planes.temperature_K
    eta = planes.left.electrochemical_potential_eV(T)
    drop = eta - planes.right.electrochemical_potential_eV(T)
    if planes.ends == "fixed" and abs(drop) > SAME_POTENTIAL_eV:
        raise InputError(
            f"the reservoirs differ by {drop:.3g} eV, which drives a current; take its steady state, or no bias"
        )
    right_V = planes.right.potential_V + (drop if planes.ends == "open" else 0.0)
    charge, potential, y = solve_equilibrium(planes, eta, right_V)
    if planes.ends == "closed":
        shift = planes.left.potential_V - float(potential[0])
        potential, eta = potential + shift, eta + shift
        right_V = float(potential[-1])
    occupation = expit(y)
    potentials = mean_field.between(planes.left.potential_V, potential, right_V)
    own = mean_field.own_energies_eV(planes, occupation)
    energy = potentials + mean_field.between(planes.left.site_energy_eV, own, planes.right.site_energy_eV)
    log_exchange = mean_field.log_exchange_Hz(planes, mean_field.log_odds_with_reservoirs(planes, y), energy)
    in_plane = planes.in_plane_frequency_Hz * np.exp(-planes.in_plane_barrier_eV / planes.kT_eV)
    return Equilibrium(
        occupation=occupation,
        log_odds=y,
        energy_eV=energy,
        potential_V=potentials,
        fields_V_A=np.where(planes.elastance_A > 0, charge * planes.field_per_charge_V_A, 0.0),
        electrode_charge=float(charge[0]),
        electrochemical_potential_eV=eta,
        log_exchange_Hz=log_exchange,
        exchange_Hz=np.exp(log_exchange),
        in_plane_exchange_Hz=mean_field.response(y) * in_plane,
        log_resistance=log_resistance_times_exchange(planes) - log_exchange,
    )


def log_resistance_times_exchange(planes: Planes) -> float:
    """Logarithm of kT a / e^2: a gap's resistance to small currents (Ohm cm2) times its exchange (1/s)."""
    return math.log(planes.kT_eV * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e)
