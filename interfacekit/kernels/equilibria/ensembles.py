"""The same equilibria for many samples of the energies: limits of a window, worst reactions.

A row of `energies` is one sample; rows do not depend on each other, so that threads may share them out in any way.
"""

from __future__ import annotations

import numpy as np

from interfacekit.kernels.compiled import inner, kernel
from interfacekit.kernels.equilibria.simplex import SAME_ENERGY, SOLVED, lithium_profile, tie_line, window_limits


@kernel
def windows(A, energies, lithium, n_free, b, own, same, work, voltage, content, basis, amount, limits, phases):
    """Find the limits of the window of a Li content in each sample.

    Parameters
    ----------
    A, lithium, n_free, b, work, voltage, content, basis, amount
        As for `simplex.lithium_profile`; `voltage` to `amount` are room.
    energies : float64[S, N]
    own, same : float
        Li content of the phase, and by how much others have to differ from it.
    limits : float64[S, 2]
        Reduction and oxidation, V, the latter not a number without Li to give; written.
    phases : int64[S, 2, m]
        Present below the one and above the other, padded with -1; written.

    Returns
    -------
    int
        Of the first sample that is not solved, or `SOLVED`.
    """
    for s in range(energies.shape[0]):
        status, stairs = lithium_profile(A, energies[s], lithium, n_free, b, work, voltage, content, basis, amount)
        if status != SOLVED:
            return status
        limits[s, 0], limits[s, 1], below, above = window_limits(own, same, stairs, voltage, content)
        _keep_present(below, basis, amount, phases[s, 0])
        _keep_present(above, basis, amount, phases[s, 1])
    return SOLVED


@inner
def _keep_present(k, basis, amount, phases):
    """Write the phases of a solution of which there is something."""
    n = 0
    if k >= 0:
        for i in range(basis.shape[1]):
            if amount[k, i] > 1e-7:
                phases[n] = basis[k, i]
                n += 1
    for i in range(n, phases.size):
        phases[i] = -1


@kernel
def reactions(A, energies, start, end, own, work, mixing, value, basis, amount, mu, lines, worst, at, phases):
    """Find the worst mixtures of two compositions in each sample, against their hull energies and their own.

    Parameters
    ----------
    A, start, end, work, mixing, value, basis, amount, mu, lines
        As for `simplex.tie_line`; `mixing` to `lines` are room.
    energies : float64[S, N]
    own : float64[S, 2]
        Energies of the two themselves.
    worst, at : float64[S, 2]
        Energy and mixing, against hull energies and own; written.
    phases : int64[S, m]
        Present at the first of these, padded with -1; written.

    Returns
    -------
    int
        Of the first sample that is not solved, or `SOLVED`.
    """
    for s in range(energies.shape[0]):
        status, kinks = tie_line(A, energies[s], start, end, work, mixing, value, basis, amount, mu, lines)
        if status != SOLVED:
            return status
        for baseline in range(2):
            low, high = value[0], value[kinks - 1]
            if baseline == 1:
                low, high = own[s, 0], own[s, 1]
            best, least = 0, np.inf
            for k in range(kinks):
                energy = value[k] - (1.0 - mixing[k]) * low - mixing[k] * high
                if energy < least:
                    best, least = k, energy
            if least >= -SAME_ENERGY:
                best, least = 0, value[0] - low
            worst[s, baseline], at[s, baseline] = least, mixing[best]
            if baseline == 0:
                _keep_present(best if least < -SAME_ENERGY else -1, basis, amount, phases[s])
    return SOLVED
