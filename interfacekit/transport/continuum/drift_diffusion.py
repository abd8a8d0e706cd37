"""Steady currents through the mean field of a stack: drift and diffusion of ions that exclude one another.

Across gap g, between planes with the electrochemical potentials eta, flow on the site area and per second

    J = 2 x sinh((eta_(g-1) - eta_g) / 2kT),

with the exchange x of `mean_field.log_exchange_Hz`: hops both ways, nu c (1 - c') exp(-Ea / kT) each. In a steady state
J is the same everywhere; the potential follows from the charges as in equilibrium. Rows are written for the drop of eta
as a function of J, in which exchanges that differ by 60 powers of ten count alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logsumexp

from interfacekit.constants import OHM_CM2_PER_V_A2_s_e
from interfacekit.errors import ComputationError, InputError
from interfacekit.transport.continuum import mean_field, newton
from interfacekit.transport.continuum.equilibrium import log_resistance_times_exchange
from interfacekit.transport.continuum.poisson_fermi import SMALLEST_POTENTIAL_V, SMALLEST_STEP, solve_equilibrium

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.planes import Planes

#: The bias is raised in steps no smaller than this share of it.
SMALLEST_SHARE = 1e-4
#: Of an exponent.
LARGEST = 600.0


@dataclass(frozen=True, eq=False)
class SteadyState:
    """A stack with a steady current.

    Attributes
    ----------
    occupation, log_odds
        Of the sites of each plane, and ln(c / (1 - c)); shape (P,).
    energy_eV, potential_V, electrochemical_potential_eV
        Of an ion in the left reservoir, each plane and the right reservoir; shape (P + 2,).
    fields_V_A
        D in every gap, 0 where nothing has an elastance; shape (P + 1,).
    current_A_cm2
        Of Li+ towards higher z.
    log_resistance
        Logarithm of the drop of the electrochemical potential across each gap over the current, Ohm cm2; shape
        (P + 1,). Without a bias that to a small current. `space_charge.parts_ohm_cm2` sums it up by layer and contact.
    """

    occupation: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    energy_eV: NDArray[np.float64]
    potential_V: NDArray[np.float64]
    electrochemical_potential_eV: NDArray[np.float64]
    fields_V_A: NDArray[np.float64]
    current_A_cm2: float
    log_resistance: NDArray[np.float64]


def steady_state(planes: Planes) -> SteadyState:
    """Occupations, potentials and current between two reservoirs.

    Parameters
    ----------
    planes
        A stack with fixed ends, with or without a bias.

    Raises
    ------
    InputError
        If the ends are not fixed: without electrons no ionic current is steady.
    ComputationError
        If no solution is found.
    """
    if planes.ends != "fixed":
        raise InputError(f"{planes.ends} ends let no steady current pass; give fixed ones")
    eta = planes.left.electrochemical_potential_eV(planes.temperature_K)
    bias = eta - planes.right.electrochemical_potential_eV(planes.temperature_K)
    right_V = planes.right.potential_V
    charge, potential, y = solve_equilibrium(planes, eta, right_V + bias)
    state = np.zeros(4 * planes.count + 2)
    state[0::4], state[2::4], state[3::4] = charge, potential, y
    rows = _SteadyRows(planes, right_V + bias, _log_current_scale_Hz(planes, state, right_V + bias))
    done, step = 0.0, 1.0
    while done < 1:
        # All of the rest at first; a part of it where that fails.
        share = min(done + step, 1.0)
        try:
            rows = rows.at(right_V + (1 - share) * bias)
            state = newton.solve(rows, state)
            done, step = share, 2 * step
        except ComputationError:
            step /= 4
            if step < SMALLEST_SHARE:
                raise ComputationError(
                    f"no steady state was found at a bias of {bias:g} V; give a smaller one"
                ) from None
    return _steady_state(planes, rows, state)


def _steady_state(planes: Planes, rows: _SteadyRows, state: NDArray[np.float64]) -> SteadyState:
    y, log_exchange = state[3::4], rows.log_exchange(state)
    energy = rows.energies_eV(state)
    current = state[1::4]
    # asinh(a) / a is what a large current adds to kT / x.
    half = current / 2 * np.exp(np.minimum(rows.log_scale - log_exchange, LARGEST))
    eased = np.where(np.abs(half) < 1e-5, 1.0, np.arcsinh(half) / np.where(half == 0, 1.0, half))
    all_log_odds = mean_field.log_odds_with_reservoirs(planes, y)
    return SteadyState(
        occupation=expit(y),
        log_odds=y,
        energy_eV=energy,
        potential_V=mean_field.between(planes.left.potential_V, state[2::4], planes.right.potential_V),
        electrochemical_potential_eV=energy + planes.kT_eV * all_log_odds,
        fields_V_A=np.where(planes.elastance_A > 0, state[0::4] * planes.field_per_charge_V_A, 0.0),
        current_A_cm2=float(current[0] * np.exp(rows.log_scale) / (planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e)),
        log_resistance=log_resistance_times_exchange(planes) - log_exchange + np.log(eased),
    )


def _log_current_scale_Hz(planes: Planes, state: NDArray[np.float64], right_V: float) -> float:
    """Logarithm of the current on the site area that a bias of kT would drive if the equilibrium did not change."""
    return -float(logsumexp(-_SteadyRows(planes, right_V, 0.0).log_exchange(state)))


class _SteadyRows:
    """Unknowns q_0, J_0, potential_0, y_0, q_1, ...; rows in the same places.

    A gap has the electrostatic row (see `Electrostatics`) and the drop of the electrochemical potential that its
    current takes, less that which there is (eV); a plane has Gauss' law, and equal currents on both sides. Currents are
    in units of exp(log_scale) on the site area and per second.
    """

    def __init__(self, planes: Planes, right_V: float, log_scale: float) -> None:
        self.planes, self.right_V, self.log_scale = planes, right_V, log_scale
        self.electrostatics = mean_field.Electrostatics(planes, right_V)
        self.constant = self._constant_bands()

    def at(self, right_V: float) -> _SteadyRows:
        """The same with another potential of the right reservoir."""
        return _SteadyRows(self.planes, right_V, self.log_scale)

    def energies_eV(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of an ion in the left reservoir, the planes and the right one; shape (P + 2,)."""
        own = mean_field.own_energies_eV(self.planes, expit(state[3::4])) + state[2::4]
        left, right = self.planes.left, self.planes.right
        return mean_field.between(left.site_energy_eV + left.potential_V, own, right.site_energy_eV + self.right_V)

    def log_exchange(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `mean_field.log_exchange_Hz`."""
        all_log_odds = mean_field.log_odds_with_reservoirs(self.planes, state[3::4])
        return mean_field.log_exchange_Hz(self.planes, all_log_odds, self.energies_eV(state))

    def residual(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        charge, current, potential, y = (state[k::4] for k in range(4))
        kT = self.planes.kT_eV
        eta = self.energies_eV(state) + kT * mean_field.log_odds_with_reservoirs(self.planes, y)
        rows = np.empty_like(state)
        rows[0::4], rows[2::4] = self.electrostatics.rows(charge, potential, expit(y))
        rows[1::4] = 2 * kT * np.arcsinh(current * self._half_inverse_exchange(state)) + np.diff(eta)
        rows[3::4] = np.diff(current)
        return rows

    def jacobian(self, state: NDArray[np.float64]) -> newton.Bands:
        planes, kT = self.planes, self.planes.kT_eV
        y = state[3::4]
        response = mean_field.response(y)
        slopes = mean_field.energy_slopes_eV(planes, response)
        inverse = self._half_inverse_exchange(state)
        half = state[1::4] * inverse
        root = np.hypot(1.0, half)
        # Of the drop with respect to ln x, and of ln x to the energy step, which counts beyond twice the barrier.
        exchanged = -2 * kT * half / root
        steps = np.diff(self.energies_eV(state))
        steep = np.where(np.abs(steps) > 2 * planes.barrier_eV, -np.sign(steps) / (2 * kT), 0.0)
        energy = 1 + exchanged * steep
        entropy = -np.tanh(y / 2) / 2
        gap = np.arange(1, len(state), 4)
        above, below = gap[:-1] + 2, gap[1:] - 2
        bands = self.constant.copy()
        bands.add(above - 1, above, self.electrostatics.plane_occupation * response)
        bands.add(gap, gap, 2 * kT * inverse / root)
        # Row of the gap below each plane (above its log-odds), and of the gap above it.
        bands.add(gap[:-1], above - 1, energy[:-1])
        bands.add(gap[1:], below - 1, -energy[1:])
        facing_down, facing_up = np.append(0.0, slopes.above), np.append(slopes.below, 0.0)
        bands.add(gap[:-1], above, kT + exchanged[:-1] * entropy + energy[:-1] * (slopes.own - facing_down))
        bands.add(gap[1:], below, -kT + exchanged[1:] * entropy - energy[1:] * (slopes.own - facing_up))
        bands.add(gap[:-2], above[1:], energy[:-2] * slopes.above)
        bands.add(gap[2:], below[:-1], -energy[2:] * slopes.below)
        return bands

    def size(self, step: NDArray[np.float64], state: NDArray[np.float64]) -> float:
        smallest = SMALLEST_STEP + SMALLEST_POTENTIAL_V / self.planes.kT_eV
        currents = step[1::4] / (1 + np.abs(state[1::4]))
        return float(max(np.abs(step[3::4]).max(), np.abs(currents).max())) / smallest

    def _half_inverse_exchange(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        """Unit of the currents over twice the exchange."""
        return np.asarray(np.exp(np.minimum(self.log_scale - self.log_exchange(state), LARGEST)) / 2)

    def _constant_bands(self) -> newton.Bands:
        field = self.electrostatics
        gap = np.arange(0, 4 * self.planes.count + 2, 4)
        plane = gap[:-1] + 2
        bands = newton.Bands(2 * len(gap) + 2 * len(plane), 6)
        bands.add(gap, gap, field.gap_charge)
        bands.add(gap[:-1], plane, field.gap_above)
        bands.add(gap[1:], plane, field.gap_below)
        bands.add(plane, gap[:-1], field.plane_before)
        bands.add(plane, gap[1:], field.plane_after)
        bands.add(plane, plane, field.plane_potential)
        bands.add(plane + 1, gap[:-1] + 1, -np.ones(len(plane)))
        bands.add(plane + 1, gap[1:] + 1, np.ones(len(plane)))
        return bands
