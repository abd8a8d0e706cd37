"""One candidate after another between a cathode and an electrolyte: hull energy, window and worst reactions.

Every candidate has a chemical system of its own, that of the three together, and its phases are picked from a table of
all. A reservoir of lithium makes the mutual reaction energy of two compositions a function of voltage; at any mixture,
where energies per atom and per atom other than Li differ by a factor, it is concave between the voltages at which the
equilibrium of one of the two alone changes. So the worst of a range of voltages is at one of these or at an end of the
range, and none in between need be tried; at a voltage it is at a kink of the tie line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import int64, uint64

from interfacekit.kernels.compiled import allocating
from interfacekit.kernels.simplex import (
    SOLVED,
    Workspace,
    dot,
    lithium_profile,
    minimise,
    tie_line,
    window_limits,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A candidate's Li content per atom is that of a stair if closer than this.
SAME_LITHIUM = 1e-7
#: Reactions of a candidate: with the cathode, with the half-lithiated one and with the electrolyte, closed; and with
#: the cathode and the electrolyte open to lithium.
REACTIONS = 5


class Entries(NamedTuple):
    """All phases: N rows, M elements."""

    atoms: NDArray[np.float64]  # (N, M): per formula unit
    energy: NDArray[np.float64]  # (N,): formation energy per formula unit, eV
    system: NDArray[np.uint64]  # (N, 2): a bit for each element
    pure: NDArray[np.int64]  # (M,): rows of the elements
    lithium: int  # index of Li among the elements


class Screened(NamedTuple):
    """Results of C candidates; rows of products are padded with -1."""

    status: NDArray[np.int64]  # (C,)
    hull_energy: NDArray[np.float64]  # (C,): of the composition, closed, eV per atom
    reduction: NDArray[np.float64]  # (C,): V
    oxidation: NDArray[np.float64]  # (C,): V; not a number without Li
    rounded_reduction: NDArray[np.float64]  # (C,): the same of a Li content that is only known to a tolerance
    rounded_oxidation: NDArray[np.float64]  # (C,)
    decomposition: NDArray[np.float64]  # (C, 2): at both ends of the voltages, eV per atom other than Li
    energy: NDArray[
        np.float64
    ]  # (C, REACTIONS): of the worst mixture per atom; eV per atom (closed) or atom other than Li
    mixing: NDArray[np.float64]  # (C, REACTIONS): share of these atoms that are the candidate's
    voltage: NDArray[np.float64]  # (C, REACTIONS): V; not a number when closed
    products: NDArray[np.int64]  # (C, REACTIONS, m): rows
    amounts: NDArray[np.float64]  # (C, REACTIONS, m): atoms (other than Li) of each, of one


@allocating
def _rows_within(system, low, high):
    """Rows with no element but those of two words of bits."""
    n = 0
    for i in range(system.shape[0]):
        if (system[i, 0] & ~low) == uint64(0) and (system[i, 1] & ~high) == uint64(0):
            n += 1
    rows = np.empty(n, dtype=np.int64)
    n = 0
    for i in range(system.shape[0]):
        if (system[i, 0] & ~low) == uint64(0) and (system[i, 1] & ~high) == uint64(0):
            rows[n] = i
            n += 1
    return rows


@allocating
def _axes(low, high, most, without):
    """Indices of the elements of two words of bits, without one of them."""
    axes = np.empty(most, dtype=np.int64)
    n = 0
    for i in range(most):
        word = low if i < 64 else high
        if (word >> uint64(i % 64)) & uint64(1) and i != without:
            axes[n] = i
            n += 1
    return axes[:n].copy()


@allocating
def _programme(entries, rows, axes, lithium):
    """Columns of a programme: the elements, then what has no Li where that is open (else `lithium` is -1), the rest.

    Returns atom fractions (m, n), energies and Li per atom of the axes, rows of the table, and the number without Li.
    """
    m = axes.size
    order = np.empty(rows.size + m, dtype=np.int64)
    n = 0
    for k in range(m):
        order[n] = entries.pure[axes[k]]
        n += 1
    for with_lithium in range(2):
        for i in rows:
            held = entries.atoms[i, lithium] if lithium >= 0 else 0.0
            if (held > 0.0) != (with_lithium == 1):
                continue
            elements = 0
            for k in range(m):
                if entries.atoms[i, axes[k]] > 0.0:
                    elements += 1
            # The elements are there already; Li metal has no atom of an open system.
            if elements > 1 or (elements == 1 and held > 0.0):
                order[n] = i
                n += 1
        if with_lithium == 0:
            n_free = n
    order = order[:n].copy()
    fractions, energy, held_by = np.empty((m, n)), np.empty(n), np.empty(n)
    for j in range(n):
        i = order[j]
        total = 0.0
        for k in range(m):
            total += entries.atoms[i, axes[k]]
        for k in range(m):
            fractions[k, j] = entries.atoms[i, axes[k]] / total
        energy[j] = entries.energy[i] / total
        held_by[j] = entries.atoms[i, lithium] / total if lithium >= 0 else 0.0
    return fractions, energy, held_by, order, n_free


@allocating
def _workspace(m, n):
    return Workspace(
        np.empty(m, dtype=np.int64),
        np.empty((m, m)),
        np.empty(m),
        np.empty(m),
        np.empty(m),
        np.empty(m),
        np.empty(n),
        np.empty(n),
        np.empty(m),
        np.empty((m, 2 * m)),
    )


@allocating
def _on_axes(atoms, axes):
    """Fractions of a composition on some axes, and their number of atoms."""
    b = np.empty(axes.size)
    total = 0.0
    for k in range(axes.size):
        b[k] = atoms[axes[k]]
        total += b[k]
    return b / total, total


@allocating
def hull_energies(entries, systems, first, rows, out):
    """Hull energy of every row of a table.

    Parameters
    ----------
    entries : Entries
    systems : uint64[S, 2]
        Each chemical system once.
    first : int64[S + 1]
        Where the rows of each system begin in `rows`.
    rows : int64[N]
        Sorted by system.
    out : float64[N]
        Hull energies, eV per atom; written.

    Returns
    -------
    int
        `SOLVED`, or the status of the first row without a solution.
    """
    for s in range(systems.shape[0]):
        within = _rows_within(entries.system, systems[s, 0], systems[s, 1])
        axes = _axes(systems[s, 0], systems[s, 1], entries.atoms.shape[1], int64(-1))
        fractions, energy, _, _, _ = _programme(entries, within, axes, int64(-1))
        work = _workspace(axes.size, energy.size)
        for place in range(first[s], first[s + 1]):
            b, _ = _on_axes(entries.atoms[rows[place]], axes)
            status = minimise(fractions, energy, energy.size, b, b, work)
            if status != SOLVED:
                return status
            out[rows[place]] = dot(work.mu, b)
    return SOLVED


@allocating
def _keep_worst(c, r, kinks, mixing, value, basis, amount, order, at, atoms, out):
    """Keep the worst of a tie line's kinks, per atom of both, if it is worse than what is known of the reaction.

    `atoms` are those of the partner and of the candidate per atom of the axes.
    """
    low, high = value[0], value[kinks - 1]
    known = out.energy[c, r] / ((1.0 - out.mixing[c, r]) * atoms[0] + out.mixing[c, r] * atoms[1])
    for k in range(kinks):
        energy = value[k] - (1.0 - mixing[k]) * low - mixing[k] * high
        per_atom = energy / ((1.0 - mixing[k]) * atoms[0] + mixing[k] * atoms[1])
        if per_atom < known - 1e-9:
            known = per_atom
            out.energy[c, r], out.mixing[c, r], out.voltage[c, r] = energy, mixing[k], at
            for i in range(basis.shape[1]):
                out.products[c, r, i] = order[basis[k, i]]
                out.amounts[c, r, i] = amount[k, i]


@allocating
def screen(entries, candidates, own_energy, partners, low, high, rounded, room, out):
    """Screen candidates.

    Parameters
    ----------
    entries : Entries
        Those on the hull of their own elements are enough.
    candidates : float64[C, M]
        Atoms per formula unit.
    own_energy : float64[C]
        Energies of the candidates, eV per formula unit; not a number where their hull energy is to stand for it.
    partners : float64[3, M]
        Atoms of the cathode, the half-lithiated cathode and the electrolyte.
    low, high : float
        Voltages, V.
    rounded : float
        Li per formula unit by which the formula of a candidate may be off.
    room : int
        For kinks and stairs.
    out : Screened
        Written. `status` tells which candidates have a result.
    """
    n_elements = entries.atoms.shape[1]
    mixing, value, lines = np.empty(room), np.empty(room), np.empty((room, 2))
    voltage, content = np.empty(room), np.empty(room)
    critical = np.empty(2 * room + 2)
    for c in range(candidates.shape[0]):
        out.status[c] = SOLVED
        first, second = uint64(1) << uint64(entries.lithium % 64), uint64(0)
        if entries.lithium >= 64:
            first, second = second, first
        for i in range(n_elements):
            if candidates[c, i] > 0.0 or partners[0, i] > 0.0 or partners[2, i] > 0.0:
                bit = uint64(1) << uint64(i % 64)
                if i < 64:
                    first |= bit
                else:
                    second |= bit
        rows = _rows_within(entries.system, first, second)
        for r in range(REACTIONS):
            out.energy[c, r], out.mixing[c, r], out.voltage[c, r] = 0.0, 0.0, np.nan
            out.products[c, r, :] = -1
            out.amounts[c, r, :] = 0.0

        axes = _axes(first, second, n_elements, int64(-1))
        m = axes.size
        fractions, energy, _, order, _ = _programme(entries, rows, axes, int64(-1))
        work = _workspace(m, energy.size)
        basis, amount, mu = np.empty((room, m), dtype=np.int64), np.empty((room, m)), np.empty((room, m))
        candidate, n_atoms = _on_axes(candidates[c], axes)
        status = minimise(fractions, energy, energy.size, candidate, candidate, work)
        if status != SOLVED:
            out.status[c] = status
            continue
        out.hull_energy[c] = dot(work.mu, candidate)
        own = own_energy[c] if own_energy[c] == own_energy[c] else out.hull_energy[c] * n_atoms
        for r in range(3):
            partner, _ = _on_axes(partners[r], axes)
            status, kinks = tie_line(
                fractions, energy, partner, candidate, work, mixing, value, basis, amount, mu, lines
            )
            if status != SOLVED:
                break
            _keep_worst(c, r, kinks, mixing, value, basis, amount, order, np.nan, (1.0, 1.0), out)
        if status != SOLVED:
            out.status[c] = status
            continue

        axes = _axes(first, second, n_elements, entries.lithium)
        m = axes.size
        fractions, energy, held, order, n_free = _programme(entries, rows, axes, entries.lithium)
        work = _workspace(m, energy.size)
        basis, amount, mu = np.empty((room, m), dtype=np.int64), np.empty((room, m)), np.empty((room, m))
        candidate, n_others = _on_axes(candidates[c], axes)
        status, stairs = lithium_profile(
            fractions, energy, held, n_free, candidate, work, voltage, content, basis, amount
        )
        if status != SOLVED:
            out.status[c] = status
            continue
        lithium = candidates[c, entries.lithium] / n_others
        out.reduction[c], out.oxidation[c], _, _ = window_limits(
            lithium, SAME_LITHIUM * n_atoms / n_others, stairs, voltage, content
        )
        out.rounded_reduction[c], out.rounded_oxidation[c], _, _ = window_limits(
            lithium, rounded / n_others, stairs, voltage, content
        )
        critical[0], critical[1] = low, high
        n_own = 2
        for k in range(stairs):
            if low < voltage[k] < high:
                critical[n_own] = voltage[k]
                n_own += 1
        grand = np.empty(energy.size)
        for side in range(2):
            at = low if side == 0 else high
            for j in range(energy.size):
                grand[j] = energy[j] + at * held[j]
            status = minimise(fractions, grand, grand.size, candidate, candidate, work)
            if status != SOLVED:
                break
            out.decomposition[c, side] = dot(work.mu, candidate) - own / n_others - at * lithium
        for side in range(2):
            if status != SOLVED:
                break
            partner, n_partner = _on_axes(partners[2 * side], axes)
            atoms = partners[2 * side].sum() / n_partner, n_atoms / n_others
            status, stairs = lithium_profile(
                fractions, energy, held, n_free, partner, work, voltage, content, basis, amount
            )
            if status != SOLVED:
                break
            n = n_own
            for k in range(stairs):
                if low < voltage[k] < high:
                    critical[n] = voltage[k]
                    n += 1
            for k in range(n):
                for j in range(energy.size):
                    grand[j] = energy[j] + critical[k] * held[j]
                status, kinks = tie_line(
                    fractions, grand, partner, candidate, work, mixing, value, basis, amount, mu, lines
                )
                if status != SOLVED:
                    break
                _keep_worst(c, 3 + side, kinks, mixing, value, basis, amount, order, critical[k], atoms, out)
        out.status[c] = status
