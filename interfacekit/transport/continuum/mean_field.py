"""Mean field of a stack of planes: an ion sees the mean occupations of all planes, and the potential of their charges.

An ion in plane p has the energy

    E_p = site energy + repulsion (c_p - f_p) + sum_q J_pq (c_q - f_q) + potential_p,

with the occupation c, that of the neutral plane f, and pair energies J to the 4 neighbours within the plane and those
facing it (Bragg & Williams). What the reservoirs hold knows nothing of pairs, so that these are counted from the
neutral stack. Its electrochemical potential is E + kT ln(c / (1 - c)): each site holds one ion at most. Occupations are
kept as log-odds y = ln(c / (1 - c)), which have neither an underflow nor a cancellation where planes are empty or full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.planes import Planes


def log_odds(occupation: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """ln(c / (1 - c)), any shape."""
    c = np.asarray(occupation)
    return np.asarray(np.log(c) - np.log1p(-c))


def between(left: float, planes: NDArray[np.float64], right: float) -> NDArray[np.float64]:
    """Values of the left reservoir, the planes and the right reservoir; shape (P + 2,)."""
    return np.concatenate([[left], planes, [right]])


def log_odds_with_reservoirs(planes: Planes, log_odds_of_planes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of the left reservoir, the planes and the right reservoir; shape (P + 2,)."""
    left, right = (float(log_odds(end.filling)) for end in (planes.left, planes.right))
    return between(left, log_odds_of_planes, right)


def own_energies_eV(planes: Planes, occupation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energy of an ion in each plane at potential 0.

    Parameters
    ----------
    planes
        Of the stack.
    occupation
        Of its planes; shape (P,).

    Returns
    -------
    ndarray, shape (P,)
        eV.
    """
    beyond = occupation - planes.filling
    facing = np.concatenate([[0.0], beyond, [0.0]])
    gaps = planes.gap_pair_energy_eV
    within = (planes.repulsion_eV + 4 * planes.pair_energy_eV) * beyond
    return np.asarray(planes.site_energy_eV + within + gaps[:-1] * facing[:-2] + gaps[1:] * facing[2:])


@dataclass(frozen=True, eq=False)
class EnergySlopes:
    """Derivatives of the energies with respect to log-odds.

    Attributes
    ----------
    own
        Of each plane's energy with respect to its own; shape (P,).
    above, below
        Of each plane's with respect to those of the next higher plane, and of the next lower plane; shape (P - 1,).
    """

    own: NDArray[np.float64]
    above: NDArray[np.float64]
    below: NDArray[np.float64]


def energy_slopes_eV(planes: Planes, response: NDArray[np.float64]) -> EnergySlopes:
    """Derivatives of `own_energies_eV`, where dc/dy = c (1 - c) is `response`; shape (P,)."""
    facing = planes.gap_pair_energy_eV[1:-1]
    return EnergySlopes(
        own=(planes.repulsion_eV + 4 * planes.pair_energy_eV) * response,
        above=facing * response[1:],
        below=facing * response[:-1],
    )


def response(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Derivative of an occupation with respect to its log-odds: c (1 - c)."""
    return np.asarray(expit(log_odds) * expit(-log_odds))


def log_exchange_Hz(
    planes: Planes, log_odds: NDArray[np.float64], energy_eV: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithm of the rate at which ions are exchanged across each gap, on the site area.

    The geometric mean of nu c (1 - c') exp(-Ea / kT) both ways, with Ea = max(Eb + dE / 2, dE, 0); in equilibrium both
    are the same. The activation energies of both ways add up to max(2 Eb, abs(dE)).

    Parameters
    ----------
    planes
        Of the stack.
    log_odds, energy_eV
        Of the left reservoir, the planes and the right reservoir; shape (P + 2,).

    Returns
    -------
    ndarray, shape (P + 1,)
        Of 1/s; -inf where a gap is closed.
    """
    # ln sqrt(c (1 - c)) on each side
    half = -np.logaddexp(log_odds / 2, -log_odds / 2)
    activation = np.maximum(2 * planes.barrier_eV, np.abs(np.diff(energy_eV))) / (2 * planes.kT_eV)
    closed = planes.frequency_Hz == 0
    frequency = np.where(closed, -np.inf, np.log(np.where(closed, 1.0, planes.frequency_Hz)))
    return np.asarray(frequency + half[1:] + half[:-1] - activation)


class Electrostatics:
    """Poisson's equation on the planes: a row for each gap and one for each plane, all linear.

    Unknowns are the charge q before each gap (D over what one charge on the site area adds to it), and the potential
    and occupation of each plane. A gap's row is the potential's step across it (V), a plane's Gauss' law (charges on
    the site area). Where no gap has an elastance they only say that there is no field, and with closed ends that there
    is no charge before the first gap and none before the last.

    Parameters
    ----------
    planes
        Of the stack.
    right_V
        Potential of the right reservoir.
    """

    def __init__(self, planes: Planes, right_V: float) -> None:
        self.filling, self.sites = planes.filling, planes.multiplicity
        self.left_V, self.right_V = planes.left.potential_V, right_V
        self.closed = planes.ends == "closed"
        self.absent = not self.closed and not planes.elastance_A.any()
        P = planes.count
        # Derivatives of gap g's row with respect to q_g and to the potentials of the planes above and below, and of
        # plane p's with respect to q_p, q_(p+1), its potential and its occupation.
        self.gap_charge = planes.elastance_A * planes.field_per_charge_V_A
        self.gap_above, self.gap_below = np.ones(P), -np.ones(P)
        self.plane_before, self.plane_after = -np.ones(P), np.ones(P)
        self.plane_potential, self.plane_occupation = np.zeros(P), -self.sites * np.ones(P)
        if self.closed:
            self.gap_charge[[0, -1]] = 1.0
            self.gap_above[0] = self.gap_below[-1] = 0.0
        if self.absent:
            self.gap_charge[:] = self.plane_potential[:] = 1.0
            for coefficients in (self.gap_above, self.gap_below, self.plane_before, self.plane_after):
                coefficients[:] = 0.0
            self.plane_occupation[:] = 0.0

    def rows(
        self, charge: NDArray[np.float64], potential_V: NDArray[np.float64], occupation: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What is left of the rows of the gaps (P + 1,) and of the planes (P,)."""
        if self.absent:
            return charge, potential_V - self.left_V
        # Beyond a closed end the potential goes on as it is.
        before = potential_V[0] if self.closed else self.left_V
        after = potential_V[-1] if self.closed else self.right_V
        steps = np.diff(between(before, potential_V, after))
        return steps + self.gap_charge * charge, np.diff(charge) - self.sites * (occupation - self.filling)
