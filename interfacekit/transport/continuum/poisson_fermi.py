"""Poisson's equation with Fermi-Dirac occupations on the planes of a stack, by Newton's method.

All unknowns are those of a banded system: the charge before each gap, and the potential and log-odds of each plane.
From where neutral planes are, the solution is followed from a high temperature, at which it is almost linear, down to
the one asked for: at a low one the profile has kinks that a Newton step would not find its way across.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from interfacekit.transport.continuum import mean_field, newton

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.planes import Planes

#: From one temperature to the next on the way down.
COOLING = 4.0
#: A Newton step that moves log-odds by less, or by what so many volts do, is the last.
SMALLEST_STEP, SMALLEST_POTENTIAL_V = 1e-10, 1e-12


def solve_equilibrium(
    planes: Planes, eta_eV: float, right_V: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Profiles at one electrochemical potential.

    Parameters
    ----------
    planes
        Of the stack.
    eta_eV
        Electrochemical potential of all ions.
    right_V
        Potential of the right reservoir.

    Returns
    -------
    ndarray, shape (P + 1,)
        Charge before each gap, elementary on the site area.
    ndarray, shape (P,)
        Potential of each plane, V.
    ndarray, shape (P,)
        Log-odds of its occupation.
    """
    neutral = mean_field.log_odds(planes.filling)
    # The potential at which a plane is neutral.
    level = eta_eV - planes.site_energy_eV - planes.kT_eV * neutral
    state = np.zeros(3 * planes.count + 1)
    state[1::3], state[2::3] = level, neutral
    ends = [] if planes.ends == "closed" else [planes.left.potential_V, right_V]
    hottest = max(planes.kT_eV, float(np.ptp([*level, *ends])))
    steps = math.ceil(math.log(hottest / planes.kT_eV) / math.log(COOLING))
    for heat in COOLING ** np.arange(steps, -1, -1):
        rows = _EquilibriumRows(planes, right_V, level, neutral, heat * planes.kT_eV)
        rows.smallest_step = SMALLEST_STEP + SMALLEST_POTENTIAL_V / planes.kT_eV if heat == 1 else 0.1
        state = newton.solve(rows, state)
    return state[0::3], state[1::3], state[2::3]


class _EquilibriumRows:
    """Unknowns q_0, potential_0, y_0, q_1, ...; rows of gaps and planes (see `Electrostatics`) in the same places.

    The third row of each plane is its electrochemical potential less that of all (eV), with kT times as high for what
    departs from the neutral plane.
    """

    def __init__(
        self, planes: Planes, right_V: float, level_V: NDArray[np.float64], neutral: NDArray[np.float64], kT: float
    ) -> None:
        self.planes, self.kT, self.level, self.neutral = planes, kT, level_V, neutral
        self.smallest_step = SMALLEST_STEP
        self.electrostatics = mean_field.Electrostatics(planes, right_V)
        self.constant = self._constant_bands()

    def residual(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        potential, y = state[1::3], state[2::3]
        c = expit(y)
        own = mean_field.own_energies_eV(self.planes, c) - self.planes.site_energy_eV
        rows = np.empty_like(state)
        rows[0::3], rows[1::3] = self.electrostatics.rows(state[0::3], potential, c)
        rows[2::3] = self.kT * (y - self.neutral) + own + potential - self.level
        return rows

    def jacobian(self, state: NDArray[np.float64]) -> newton.Bands:
        response = mean_field.response(state[2::3])
        slopes = mean_field.energy_slopes_eV(self.planes, response)
        y = np.arange(2, len(state), 3)
        bands = self.constant.copy()
        bands.add(y - 1, y, self.electrostatics.plane_occupation * response)
        bands.add(y, y, slopes.own)
        bands.add(y[:-1], y[1:], slopes.above)
        bands.add(y[1:], y[:-1], slopes.below)
        return bands

    def size(self, step: NDArray[np.float64], _state: NDArray[np.float64]) -> float:
        return float(np.abs(step[2::3]).max()) / self.smallest_step

    def _constant_bands(self) -> newton.Bands:
        gap = np.arange(0, 3 * self.planes.count + 1, 3)
        plane = gap[:-1] + 1
        field = self.electrostatics
        bands = newton.Bands(len(gap) + 2 * len(plane), 3)
        bands.add(gap, gap, field.gap_charge)
        bands.add(gap[:-1], plane, field.gap_above)
        bands.add(gap[1:], plane, field.gap_below)
        bands.add(plane, gap[:-1], field.plane_before)
        bands.add(plane, gap[1:], field.plane_after)
        bands.add(plane, plane, field.plane_potential)
        bands.add(plane + 1, plane, np.ones(len(plane)))
        bands.add(plane + 1, plane + 1, np.full(len(plane), self.kT))
        return bands
