r"""Phase equilibria as linear programmes, by a revised simplex.

A composition `b` (amounts of m elements) is made of phases at the least energy:

.. math:: E(b) = \min_x c \cdot x, \quad A x = b, \quad x \ge 0 ,

with a column of A for each phase, its atom fractions, and its energy per atom in c. The dual variables y are the
chemical potentials of the elements: y a_j <= c_j for all phases, y b = E. The first m columns are the elements
themselves, so that every programme starts from a feasible basis.

Degenerate programmes are the rule: compositions lack elements, and many phases share a facet. The ratio test therefore
is lexicographic, in b first, then in a direction `towards`, then in the rows of the inverse of the basis. That excludes
cycles, and the solution also is that of b + s towards for small s > 0: the line y (b + s towards) holds on this side.

Chvatal, Linear Programming (Freeman, 1983), chapters 7, 8 and 3 (revised simplex, lexicographic rule);
Eisner and Severance, doi:10.1145/321978.321982 (recursion for envelopes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import int64, uint64

from interfacekit.kernels.compiled import inner, kernel, shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A phase enters the basis if its reduced energy (eV per atom) is below minus this, the precision of hull energies.
OPTIMALITY_TOL = 1e-11
#: Energies (eV per atom) beyond this have fewer decimals, and tolerances of energy grow with them.
LARGE = 100.0
#: Smallest pivot element, and largest difference of equal amounts.
PIVOT, SAME_AMOUNT = 1e-9, 1e-12
#: Least amount of a phase in a valid solution; below, nearly parallel phases have made the basis ill-conditioned.
LEAST_AMOUNT = -1e-9
#: Differences of equal energies (eV per atom), mixing ratios and voltages (V).
SAME_ENERGY, SAME_MIXING, SAME_VOLTAGE = 1e-9, 1e-9, 1e-9
#: Maximum number of pivots for each element.
MOST_PIVOTS = 200
#: Number of pivots after which the inverse of the basis is recomputed.
REFACTOR = 50
#: Status of a kernel: solved; too many pivots; singular basis; more results than the buffer holds.
SOLVED, STALLED, SINGULAR, FULL = 0, 1, 2, 3


class Workspace(NamedTuple):
    """Scratch arrays of one thread, for m elements and n phases."""

    basis: NDArray[np.int64]  # (m,): indices of the basic phases
    inverse: NDArray[np.float64]  # (m, m)
    amount: NDArray[np.float64]  # (m,): amounts of the basic phases for b
    change: NDArray[np.float64]  # (m,): change of the amounts along `towards`
    mu: NDArray[np.float64]  # (m,): chemical potentials of the elements
    column: NDArray[np.float64]  # (m,): entering phase in terms of the basis
    gain: NDArray[np.float64]  # (n,): reduced energies of all phases
    slope: NDArray[np.float64]  # (n,): reduced Li contents
    b: NDArray[np.float64]  # (m,)
    square: NDArray[np.float64]  # (m, 2 m)


def workspace(n_elements: int, n_phases: int) -> Workspace:
    """Make an empty workspace."""
    m, n = n_elements, n_phases
    return Workspace(
        basis=np.empty(m, dtype=np.int64),
        inverse=np.empty((m, m)),
        amount=np.empty(m),
        change=np.empty(m),
        mu=np.empty(m),
        column=np.empty(m),
        gain=np.empty(n),
        slope=np.empty(n),
        b=np.empty(m),
        square=np.empty((m, 2 * m)),
    )


@inner
def _restart(b, towards, energy, work):
    """Start from the basis of the pure elements."""
    m = b.size
    for i in range(m):
        work.basis[i] = i
        work.amount[i] = b[i]
        work.change[i] = towards[i]
        work.mu[i] = energy[i]
        for k in range(m):
            work.inverse[i, k] = 1.0 if i == k else 0.0


@shared
def price(A, values, mu, out, n):
    """Compute the reduced values, `values - mu A`, of the first n phases."""
    for j in range(n):
        out[j] = values[j]
    for i in range(A.shape[0]):
        of_one = mu[i]
        if of_one != 0.0:
            row = A[i]
            for j in range(n):
                out[j] -= of_one * row[j]


@inner
def cheapest(gain, n, least):
    """Return the index of the first minimum of n reduced energies if it is below `least`, otherwise -1."""
    a = b = c = d = least
    last = uint64(n)
    fours = last - last % uint64(4)
    for k in range(uint64(0), fours, uint64(4)):
        a = min(gain[k], a)
        b = min(gain[k + uint64(1)], b)
        c = min(gain[k + uint64(2)], c)
        d = min(gain[k + uint64(3)], d)
    for k in range(fours, last):
        a = min(gain[k], a)
    smallest = min(a, b, c, d)
    if not smallest < least:
        return -1
    j = uint64(0)
    while gain[j] != smallest:
        j += uint64(1)
    return int64(j)


@inner
def energy_scale(energy, n):
    """Return the factor (>= 1) by which energy tolerances grow with the largest energy of the first n phases."""
    largest = LARGE
    for j in range(n):
        largest = max(largest, abs(energy[j]))
    return largest / LARGE


@inner
def _is_primal_feasible(work):
    """Return True if no phase of the basis has a negative amount."""
    whole = True
    for i in range(work.amount.size):
        whole &= work.amount[i] >= LEAST_AMOUNT
    return whole


@shared
def _leaves_before(work, i, r):
    """Return True if row i leaves the basis before row r, by the lexicographic ratio test."""
    a, b = 1.0 / work.column[i], 1.0 / work.column[r]
    apart = work.amount[i] * a - work.amount[r] * b
    if abs(apart) > SAME_AMOUNT:
        return apart < 0.0
    apart = work.change[i] * a - work.change[r] * b
    if abs(apart) > SAME_AMOUNT:
        return apart < 0.0
    for k in range(work.basis.size):
        apart = work.inverse[i, k] * a - work.inverse[r, k] * b
        if abs(apart) > SAME_AMOUNT:
            return apart < 0.0
    return False


@shared
def enter(A, j, work):
    """Pivot phase j into the basis; return the row it replaces, or -1 if no row can leave."""
    m = work.basis.size
    for i in range(m):
        total = 0.0
        for k in range(m):
            total += work.inverse[i, k] * A[k, j]
        work.column[i] = total
    r = -1
    for i in range(m):
        if work.column[i] > PIVOT and (r < 0 or _leaves_before(work, i, int64(r))):
            r = i
    if r < 0:
        return r
    scale = 1.0 / work.column[r]
    work.amount[r] *= scale
    work.change[r] *= scale
    for k in range(m):
        work.inverse[r, k] *= scale
    for i in range(m):
        factor = work.column[i]
        if i != r and factor != 0.0:
            work.amount[i] -= factor * work.amount[r]
            work.change[i] -= factor * work.change[r]
            if abs(work.amount[i]) < SAME_AMOUNT:
                work.amount[i] = 0.0
            if abs(work.change[i]) < SAME_AMOUNT:
                work.change[i] = 0.0
            for k in range(m):
                work.inverse[i, k] -= factor * work.inverse[r, k]
    work.basis[r] = j
    return r


@shared
def refactor(A, energy, b, towards, work):
    """Recompute inverse, amounts and chemical potentials from the basis; return True if it has full rank."""
    m = b.size
    square = work.square
    for i in range(m):
        for k in range(m):
            square[i, k] = A[i, work.basis[k]]
            square[i, m + k] = 1.0 if i == k else 0.0
    for k in range(m):
        best = k
        for i in range(k + 1, m):
            if abs(square[i, k]) > abs(square[best, k]):
                best = i
        if abs(square[best, k]) < PIVOT:
            return False
        if best != k:
            for c in range(2 * m):
                square[k, c], square[best, c] = square[best, c], square[k, c]
        scale = 1.0 / square[k, k]
        for c in range(k, 2 * m):
            square[k, c] *= scale
        for i in range(m):
            factor = square[i, k]
            if i != k and factor != 0.0:
                for c in range(k, 2 * m):
                    square[i, c] -= factor * square[k, c]
    for i in range(m):
        work.mu[i] = 0.0
        work.amount[i] = 0.0
        work.change[i] = 0.0
    for i in range(m):
        of_phase = energy[work.basis[i]]
        for k in range(m):
            of_one = square[i, m + k]
            work.inverse[i, k] = of_one
            work.mu[k] += of_phase * of_one
            work.amount[i] += of_one * b[k]
            work.change[i] += of_one * towards[k]
        if abs(work.amount[i]) < SAME_AMOUNT:
            work.amount[i] = 0.0
        if abs(work.change[i]) < SAME_AMOUNT:
            work.change[i] = 0.0
    return True


@kernel
def minimise(A, energy, n, b, towards, work):
    """Find the equilibrium of a composition among the first n phases.

    Where several bases are optimal, the solution is the one that remains optimal for a small step along `towards`.

    Parameters
    ----------
    A : float64[m, N]
        Atom fractions of all phases; the first m columns are the unit matrix.
    energy : float64[N]
        Energies of the phases, eV per atom.
    n : int
        Number of phases that take part, `m <= n <= N`.
    b, towards : float64[m]
        Composition and direction, non-negative.
    work : Workspace
        Written: basis, amounts and chemical potentials of the solution.

    Returns
    -------
    int
        `SOLVED`, `STALLED` or `SINGULAR`.
    """
    _restart(b, towards, energy, work)
    m = b.size
    gain = OPTIMALITY_TOL * energy_scale(energy, n)
    fresh = True
    for pivot in range(MOST_PIVOTS * m):
        price(A, energy, work.mu, work.gain, n)
        j = cheapest(work.gain, n, -gain)
        if j < 0:
            if fresh:
                return SOLVED if _is_primal_feasible(work) else SINGULAR
            if not refactor(A, energy, b, towards, work):
                return SINGULAR
            fresh = True
            continue
        least = work.gain[j]
        r = enter(A, int64(j), work)
        if r < 0:
            return SINGULAR
        for k in range(m):
            work.mu[k] += least * work.inverse[r, k]
        fresh = False
        if pivot % REFACTOR == REFACTOR - 1:
            if not refactor(A, energy, b, towards, work):
                return SINGULAR
            fresh = True
    return STALLED


@inner
def dot(mu, b):
    """Return the energy of a composition at given chemical potentials."""
    total = 0.0
    for i in range(b.size):
        total += mu[i] * b[i]
    return total


@inner
def _keep(work, row, basis, amount, mu):
    """Copy a solution into one row of the results."""
    for i in range(work.basis.size):
        basis[row, i] = work.basis[i]
        amount[row, i] = work.amount[i]
        mu[row, i] = work.mu[i]


@kernel
def equilibria(A, energies, compositions, work, basis, amount, mu):
    """Solve for many compositions, many samples of the energies, or pairs of both.

    Parameters
    ----------
    A : float64[m, N]
        Atom fractions, see `minimise`.
    energies : float64[k, N] or float64[1, N]
        Energies of the phases in each sample, eV per atom.
    compositions : float64[k, m] or float64[1, m]
        Atom fractions.
    work : Workspace
        Scratch arrays.
    basis, amount, mu : [k, m]
        Written: phases of each basis, their amounts (atoms) and the chemical potentials (eV per atom).

    Returns
    -------
    int
        `SOLVED`, or the status of the first programme that failed.
    """
    for s in range(basis.shape[0]):
        energy, b = energies[min(s, energies.shape[0] - 1)], compositions[min(s, compositions.shape[0] - 1)]
        status = minimise(A, energy, energy.size, b, b, work)
        if status != SOLVED:
            return status
        _keep(work, s, basis, amount, mu)
    return SOLVED


@kernel
def tie_line(A, energy, start, end, work, mixing, value, basis, amount, mu, stack):
    """Find the kinks of the hull energy along the mixtures of two compositions.

    The chemical potentials of each solution define a supporting line. Where the lines of two mixtures cross, the hull
    energy lies either on both, which is a kink, or above them, and the programme solved there gives a line in between
    (Eisner and Severance, doi:10.1145/321978.321982).

    Parameters
    ----------
    A, energy
        Atom fractions and energies, see `minimise`.
    start, end : float64[m]
        The mixtures are (1 - t) start + t end.
    work : Workspace
        Scratch arrays.
    mixing, value : float64[K]
        Written: t and energy of each kink in ascending order, the ends included.
    basis, amount, mu : [K, m]
        Written: solution at each kink.
    stack : float64[K, 2]
        Scratch array of supporting lines.

    Returns
    -------
    status : int
        `SOLVED`, `STALLED`, `SINGULAR` or `FULL`.
    kinks : int
        Number of kinks.
    """
    most = mixing.size
    m = start.size
    same_energy = SAME_ENERGY * energy_scale(energy, energy.size)
    status = minimise(A, energy, energy.size, end, start, work) if most > 1 else FULL
    if status != SOLVED:
        return status, 0
    # The last row keeps the end until all rows before it are known.
    last = most - 1
    _keep(work, last, basis, amount, mu)
    stack[0, 0], stack[0, 1] = dot(work.mu, start), dot(work.mu, end)
    lines = 1
    status = minimise(A, energy, energy.size, start, end, work)
    if status != SOLVED:
        return status, 0
    mixing[0], value[0] = 0.0, dot(work.mu, start)
    _keep(work, int64(0), basis, amount, mu)
    low, high = dot(work.mu, start), dot(work.mu, end)
    kinks = int64(1)
    while lines > 0:
        top_low, top_high = stack[lines - 1, 0], stack[lines - 1, 1]
        bend = (top_high - top_low) - (high - low)
        if bend <= same_energy:
            lines -= 1
            continue
        t = min(max((low - top_low) / bend, 0.0), 1.0)
        for i in range(m):
            work.b[i] = (1.0 - t) * start[i] + t * end[i]
        status = minimise(A, energy, energy.size, work.b, end, work)
        if status != SOLVED:
            return status, kinks
        energy_here = dot(work.mu, work.b)
        if energy_here <= (1.0 - t) * low + t * high + same_energy:
            if mixing[kinks - 1] + SAME_MIXING < t < 1.0 - SAME_MIXING:
                if kinks >= last:
                    return FULL, kinks
                mixing[kinks], value[kinks] = t, energy_here
                _keep(work, kinks, basis, amount, mu)
                kinks += 1
            low, high = top_low, top_high
            lines -= 1
        else:
            if lines >= most:
                return FULL, kinks
            stack[lines, 0], stack[lines, 1] = dot(work.mu, start), dot(work.mu, end)
            lines += 1
    mixing[kinks], value[kinks] = 1.0, dot(mu[last], end)
    if kinks < last:
        for i in range(m):
            basis[kinks, i], amount[kinks, i], mu[kinks, i] = basis[last, i], amount[last, i], mu[last, i]
    return SOLVED, kinks + 1


@kernel
def lithium_profile(A, energy, lithium, n_free, b, work, voltage, content, basis, amount):
    """Compute the equilibrium Li content of a composition from infinite voltage down to 0 V.

    The programme minimises energy + voltage x lithium. At infinite voltage no phase with lithium is present; as the
    voltage falls, phases enter one by one where their reduced energy + voltage x reduced lithium content vanishes.

    Parameters
    ----------
    A, energy
        Atom fractions and energies without lithium and its metal, per atom other than Li; see `minimise`.
    lithium : float64[N]
        Li of each phase per atom other than Li.
    n_free : int
        Number of phases without lithium; they come first.
    b : float64[m]
        Composition without lithium.
    work : Workspace
        Scratch arrays.
    voltage, content : float64[K]
        Written: lower end of each plateau in descending order, V, the last at 0; and its Li content.
    basis, amount : [K, m]
        Written: solution on each plateau.

    Returns
    -------
    status : int
        `SOLVED`, `STALLED`, `SINGULAR` or `FULL`.
    plateaus : int
        Number of plateaus.
    """
    m, n = A.shape
    status = minimise(A, energy, n_free, b, b, work)
    if status != SOLVED:
        return status, 0
    plateaus, now = 0, np.inf
    held = 0.0
    for pivot in range(MOST_PIVOTS * m):
        for i in range(m):
            work.b[i] = 0.0
            for k in range(m):
                work.b[i] += lithium[work.basis[k]] * work.inverse[k, i]
        price(A, energy, work.mu, work.gain, n)
        price(A, lithium, work.b, work.slope, n)
        j, following = -1, 0.0
        for k in range(n):
            # For basic phases both vanish up to rounding.
            if work.slope[k] > PIVOT and -work.gain[k] > following * work.slope[k]:
                j, following = k, -work.gain[k] / work.slope[k]
        following = min(following, now)
        if following < now - SAME_VOLTAGE or j < 0:
            if plateaus == 0 or held > content[plateaus - 1] + SAME_MIXING:
                if plateaus >= voltage.size or not _is_primal_feasible(work):
                    return FULL if plateaus >= voltage.size else SINGULAR, plateaus
                content[plateaus] = held
                for i in range(m):
                    basis[plateaus, i], amount[plateaus, i] = work.basis[i], work.amount[i]
                plateaus += 1
            voltage[plateaus - 1] = now = following
        if j < 0:
            return SOLVED, plateaus
        gain = work.gain[j]
        r = enter(A, int64(j), work)
        if r < 0:
            return SINGULAR, plateaus
        for k in range(m):
            work.mu[k] += gain * work.inverse[r, k]
        if pivot % REFACTOR == REFACTOR - 1 and not refactor(A, energy, b, b, work):
            return SINGULAR, plateaus
        held = 0.0
        for i in range(m):
            held += work.amount[i] * lithium[work.basis[i]]
    return STALLED, plateaus


@inner
def window_limits(own, same, plateaus, voltage, content):
    """Find the electrochemical window of a Li content in a profile of `lithium_profile`.

    Returns
    -------
    reduction, oxidation : float
        Limits, V; `oxidation` is NaN for a composition without Li.
    below, above : int
        Indices of the plateaus below `reduction` and above `oxidation`, or -1.
    """
    reduction, oxidation = 0.0, np.nan
    below, above = -1, -1
    for k in range(plateaus):
        if content[k] < own - same:
            above = k
            oxidation = voltage[k]
        if content[k] > own + same:
            below = k
            reduction = voltage[k - 1] if k > 0 else np.inf
            break
    return reduction, oxidation, below, above
