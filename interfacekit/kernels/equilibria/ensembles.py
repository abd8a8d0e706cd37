"""Windows and worst reactions of many samples of the energies.

Each row of `energies` is one sample. Rows are independent, so that threads may share them in any way.
"""

from __future__ import annotations

import numpy as np

from interfacekit.kernels.compiled import inner, kernel
from interfacekit.kernels.equilibria.simplex import SAME_ENERGY, SOLVED, lithium_profile, tie_line, window_limits


@kernel
def windows(A, energies, lithium, n_free, b, own, same, work, voltage, content, basis, amount, limits, phases):
    """Find the electrochemical window of a Li content in each sample.

    Parameters
    ----------
    A, lithium, n_free, b, work, voltage, content, basis, amount
        See `simplex.lithium_profile`; `voltage` to `amount` are scratch arrays.
    energies : float64[S, N]
        Energies of the phases in each sample.
    own, same : float
        Li content of the phase, and the tolerance within which another content equals it.
    limits : float64[S, 2]
        Written: reduction and oxidation, V; oxidation is NaN without Li.
    phases : int64[S, 2, m]
        Written: products of reduction and of oxidation, padded with -1.

    Returns
    -------
    int
        `SOLVED`, or the status of the first sample that failed.
    """
    for s in range(energies.shape[0]):
        status, plateaus = lithium_profile(A, energies[s], lithium, n_free, b, work, voltage, content, basis, amount)
        if status != SOLVED:
            return status
        limits[s, 0], limits[s, 1], below, above = window_limits(own, same, plateaus, voltage, content)
        _keep_present(below, basis, amount, phases[s, 0])
        _keep_present(above, basis, amount, phases[s, 1])
    return SOLVED


@inner
def _keep_present(k, basis, amount, phases):
    """Write the phases of a solution with a non-zero amount, padded with -1."""
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
    """Find the worst mixtures of two compositions in each sample, for the mutual and the total baseline.

    Parameters
    ----------
    A, start, end, work, mixing, value, basis, amount, mu, lines
        See `simplex.tie_line`; `mixing` to `lines` are scratch arrays.
    energies : float64[S, N]
        Energies of the phases in each sample.
    own : float64[S, 2]
        Energies of the two reactants.
    worst, at : float64[S, 2]
        Written: energy and mixing ratio of the worst mixture, mutual and total.
    phases : int64[S, m]
        Written: products of the worst mutual reaction, padded with -1.

    Returns
    -------
    int
        `SOLVED`, or the status of the first sample that failed.
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
