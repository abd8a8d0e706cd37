"""The continuum twin of a stack: equilibrium of its mean field, and the resistance of small currents.

In equilibrium the electrochemical potential of Li+ is the same in all planes (see `transport.mean_field`), and their
charges set the potential (see `transport.planes`): Poisson's equation with Fermi-Dirac occupations, on the planes of
the kinetic Monte Carlo. It is the minimum of a convex functional where ions do not attract one another, so that there
is one solution. Newton's method finds it on the way from high to low temperature.

A small current meets in each gap the resistance kT a^2 / (e^2 x), with the exchange x of ions across it per site of
area a (Nyquist: what flows both ways in equilibrium sets the response). Gaps are in series.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from interfacekit.errors import InputError
from interfacekit.transport import mean_field
from interfacekit.transport.planes import OHM_CM2_PER_V_A2_s_e

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.planes import Planes

#: Electrochemical potentials of reservoirs in equilibrium differ by no more.
SAME_POTENTIAL_eV = 1e-8
#: From one temperature to the next on the way down.
COOLING = 4.0


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
        With open ends: charge that the left reservoir has kept, per site; what `Planes.fields_V_A` takes.
    electrochemical_potential_eV
        Of an ion, the same everywhere.
    log_exchange_Hz, exchange_Hz
        Of ions across each gap, in one direction and per site, and its logarithm; shape (P + 1,).
    in_plane_exchange_Hz
        Along each bond within a plane; shape (P,).
    log_resistance
        Logarithm of what each gap resists a small current with, Ohm cm2; shape (P + 1,).
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
        A stack without bias. With open ends the right reservoir's potential settles, whatever it was; with closed ones
        the ions of the neutral stack stay in it.

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
            f"the reservoirs differ by {drop:.3g} eV, which drives a current; take it as a steady state, or no bias"
        )
    right_V = planes.right.potential_V + (drop if planes.ends == "open" else 0.0)
    charge, potential, y = _solve(planes, eta, right_V)
    if planes.ends == "closed":
        # The reservoirs have no say: the first plane counts as zero.
        shift = planes.left.potential_V - potential[0]
        potential, eta, right_V = potential + shift, eta + shift, potential[-1] + shift
    occupation = expit(y)
    potentials = np.concatenate([[planes.left.potential_V], potential, [right_V]])
    left, right = planes.left, planes.right
    own = [[left.site_energy_eV], mean_field.own_energies_eV(planes, occupation), [right.site_energy_eV]]
    energy = np.concatenate(own) + potentials
    beyond = [mean_field.log_odds(end.filling) for end in (left, right)]
    log_exchange = mean_field.log_exchange_Hz(planes, np.concatenate([[beyond[0]], y, [beyond[1]]]), energy)
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
        in_plane_exchange_Hz=occupation * expit(-y) * in_plane,
        log_resistance=math.log(planes.kT_eV * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e) - log_exchange,
    )


def _solve(
    planes: Planes, eta_eV: float, right_V: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Charge before each gap (P + 1,), elementary per site, and potential and log-odds of each plane (P,)."""
    neutral = mean_field.log_odds(planes.filling)
    # What an ion of the neutral plane lacks to the electrochemical potential: the potential at which it is neutral.
    level = eta_eV - planes.site_energy_eV - planes.kT_eV * neutral
    state = np.zeros(3 * planes.count + 1)
    state[1::3], state[2::3] = level, neutral
    ends = [] if planes.ends == "closed" else [planes.left.potential_V, right_V]
    hottest = max(planes.kT_eV, float(np.ptp([*level, *ends])))
    steps = math.ceil(math.log(hottest / planes.kT_eV) / math.log(COOLING))
    for kT in planes.kT_eV * COOLING ** np.arange(steps, -1, -1):
        exact = kT == planes.kT_eV
        smallest = mean_field.SMALLEST_STEP + mean_field.SMALLEST_POTENTIAL_V / kT if exact else 0.1

        def moved(step: NDArray[np.float64], smallest: float = smallest) -> float:
            return float(np.max(np.abs(step[2::3]))) / smallest

        rows = _Rows(planes, right_V, level, neutral, kT)
        state = mean_field.newton(state, rows.residual, rows.jacobian, moved)
    return state[0::3], state[1::3], state[2::3]


class _Rows:
    """Residuals and their derivatives, at a temperature of the departures from the neutral planes.

    Unknowns are, in turn, the charge q before each gap (D over what one charge per site adds to it), and potential and
    log-odds of each plane. Rows are the potential's step across each gap (V), Gauss' law in each plane (charges per
    site) and its electrochemical potential (eV). Where no gap has an elastance the first two only say that there is no
    field; closed ends have no charge before the first gap and none before the last.
    """

    def __init__(
        self,
        planes: Planes,
        right_V: float,
        level_V: NDArray[np.float64],
        neutral: NDArray[np.float64],
        kT: float,
    ) -> None:
        self.planes, self.kT, self.level, self.neutral = planes, kT, level_V, neutral
        self.ends = np.array([planes.left.potential_V]), np.array([right_V])
        self.closed = planes.ends == "closed"
        self.free = not self.closed and not planes.elastance_A.any()
        self.elastance = planes.elastance_A * planes.field_per_charge_V_A
        if self.closed:
            self.elastance[[0, -1]] = 1.0
        self.linear = self._linear_bands()

    def residual(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        charge, potential, y = state[0::3], state[1::3], state[2::3]
        c = expit(y)
        planes = self.planes
        own = mean_field.own_energies_eV(planes, c) - planes.site_energy_eV
        rows = np.empty_like(state)
        rows[2::3] = self.kT * (y - self.neutral) + own + potential - self.level
        if self.free:
            rows[0::3], rows[1::3] = charge, potential - self.ends[0]
            return rows
        left, right = (potential[:1], potential[-1:]) if self.closed else self.ends
        rows[0::3] = np.diff(np.concatenate([left, potential, right])) + self.elastance * charge
        rows[1::3] = np.diff(charge) - (c - planes.filling)
        return rows

    def jacobian(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        y = state[2::3]
        response = expit(y) * expit(-y)
        planes = self.planes
        bands = self.linear.copy()
        bands[3, 2::3] += (planes.repulsion_eV + 4 * planes.pair_energy_eV) * response
        if not self.free:
            bands[2, 2::3] = -response
        bands[0, 5::3] = planes.gap_pair_energy_eV[1:-1] * response[1:]
        bands[6, 2:-4:3] = planes.gap_pair_energy_eV[1:-1] * response[:-1]
        return bands

    def _linear_bands(self) -> NDArray[np.float64]:
        """Derivatives that do not change; bands[3 + row - column, column]."""
        bands = np.zeros((7, 3 * self.planes.count + 1))
        bands[3, 2::3], bands[4, 1::3] = self.kT, 1.0
        if self.free:
            bands[3, 0::3] = bands[3, 1::3] = 1.0
            return bands
        bands[3, 0::3] = self.elastance
        bands[2, 1::3], bands[5, 1::3] = 1.0, -1.0
        bands[4, 0:-1:3], bands[1, 3::3] = -1.0, 1.0
        if self.closed:
            bands[2, 1] = bands[5, -3] = 0.0
        return bands
