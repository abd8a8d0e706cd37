"""Mean field of a stack of planes: an ion sees the mean occupations of all planes, and the potential of their charges.

An ion in plane p has the energy

    E_p = site energy + repulsion (c_p - f_p) + sum_q J_pq (c_q - f_q) + potential_p,

with the occupation c, that of the neutral plane f, and pair energies J to the 4 neighbours within the plane and those
facing it (Bragg & Williams). What the reservoirs hold knows nothing of pairs, so that these are counted from the
neutral stack. Its electrochemical potential is E + kT ln(c / (1 - c)): each site holds one ion at most. Occupations are
kept as log-odds y = ln(c / (1 - c)), which have neither an underflow nor a cancellation where planes are empty or full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_banded

from interfacekit.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from interfacekit.transport.planes import Planes

#: A Newton step that moves log-odds by less has converged; potentials are known to about that many volts.
SMALLEST_STEP, SMALLEST_POTENTIAL_V = 1e-10, 1e-12
#: Newton steps, and halvings of one of them.
MOST_STEPS, MOST_HALVINGS = 200, 40


def log_odds(occupation: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """ln(c / (1 - c)), any shape."""
    c = np.asarray(occupation)
    return np.asarray(np.log(c) - np.log1p(-c))


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


def log_exchange_Hz(
    planes: Planes, log_odds: NDArray[np.float64], energy_eV: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithm of the rate at which ions are exchanged across each gap, per site.

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


def newton(
    state: NDArray[np.float64],
    residual: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    jacobian: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    moved: Callable[[NDArray[np.float64]], float],
) -> NDArray[np.float64]:
    """Solve residual(state) = 0 by Newton steps, each halved until the residual falls.

    Parameters
    ----------
    state
        To start from; shape (n,).
    residual
        Shape (n,); its rows should count alike.
    jacobian
        Of a state, in the band form of `scipy.linalg.solve_banded` with as many diagonals above as below.
    moved
        Size of a step, below 1 when converged.

    Raises
    ------
    ComputationError
        If it does not converge.
    """
    rest = residual(state)
    norm = float(np.linalg.norm(rest))
    for _ in range(MOST_STEPS):
        bands = jacobian(state)
        width = len(bands) // 2
        step = solve_banded((width, width), bands, -rest, overwrite_b=True, check_finite=False)
        done = moved(step) < 1
        share = 1.0
        for _ in range(MOST_HALVINGS):
            trial = state + share * step
            rest = residual(trial)
            trial_norm = float(np.linalg.norm(rest))
            # The last steps are lost in rounding, which no residual falls below.
            if trial_norm <= (1 - share / 4) * norm or done:
                break
            share /= 2
        else:
            break
        state, norm = trial, trial_norm
        if done:
            return state
    raise ComputationError(
        "no mean-field profile was found; ions with pair energies of many kT order, so give weaker ones or a higher "
        "temperature"
    )
