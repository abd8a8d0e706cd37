"""Hull energy, window and worst reactions of each candidate between a cathode and an electrolyte.

Every candidate defines a chemical system with both partners, whose phases are selected from a table of all. In
equilibrium with a lithium reservoir, the mutual reaction energy of two compositions depends on the voltage. At a fixed
mixing ratio, where energies per atom and per non-Li atom differ by a constant factor, it is concave between the
voltages at which the equilibrium of one of the two compositions changes. The worst of a range of voltages is therefore
at one of these voltages or at an end of the range, and at a kink of the tie line there. The grand potential of a
mixture is concave in the voltage throughout, which bounds the reaction energy between two voltages whose tie lines are
known, so that most of the other tie lines need not be solved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import int64, uint64

from interfacekit.kernels.compiled import allocating, inner, shared
from interfacekit.kernels.equilibria.simplex import (
    SOLVED,
    Workspace,
    dot,
    energy_scale,
    lithium_profile,
    minimise,
    tie_line,
    window_limits,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Largest difference of equal Li contents per atom.
SAME_LITHIUM = 1e-7
#: A tie line is skipped if its bound is weaker than the known worst reaction by more than this (eV per atom, times
#: `energy_scale`). It exceeds the rounding error of equal reactions, so that skipping does not change the result.
SKIPPED = 1e-6
#: Number of reactions of a candidate: closed with the cathode, with the half-lithiated cathode and with the
#: electrolyte; open to lithium with the cathode and with the electrolyte.
REACTIONS = 5


class Entries(NamedTuple):
    """Table of N phases of M elements."""

    atoms: NDArray[np.float64]  # (N, M): per formula unit
    energy: NDArray[np.float64]  # (N,): formation energy per formula unit, eV
    system: NDArray[np.uint64]  # (N, 2): a bit for each element
    pure: NDArray[np.int64]  # (M,): rows of the elements
    lithium: int  # index of Li among the elements


class Screened(NamedTuple):
    """Results of C candidates; rows of products are padded with -1."""

    status: NDArray[np.int64]  # (C,)
    hull_energy: NDArray[np.float64]  # (C,): closed hull energy, eV per atom
    reduction: NDArray[np.float64]  # (C,): V
    oxidation: NDArray[np.float64]  # (C,): V; NaN without Li
    rounded_reduction: NDArray[np.float64]  # (C,): limit of a Li content known to a tolerance only
    rounded_oxidation: NDArray[np.float64]  # (C,)
    decomposition: NDArray[np.float64]  # (C, 2): at both ends of the voltages, eV per atom other than Li
    energy: NDArray[np.float64]  # (C, REACTIONS): worst mixture; eV per atom (closed) or per non-Li atom (open)
    mixing: NDArray[np.float64]  # (C, REACTIONS): fraction of these atoms from the candidate
    voltage: NDArray[np.float64]  # (C, REACTIONS): V; NaN when closed
    products: NDArray[np.int64]  # (C, REACTIONS, m): rows
    amounts: NDArray[np.float64]  # (C, REACTIONS, m): atoms (open: non-Li atoms) of each product per atom


@allocating
def _rows_within(system, low, high):
    """Select the rows that contain no element outside two words of bits."""
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
    """Return the indices of the elements in two words of bits, except `without`."""
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
    """Build the columns of a linear programme: the elements, then phases without Li, then phases with Li.

    `lithium` is -1 for a closed system. Returns atom fractions (m, n), energies and Li content per atom of the axes,
    rows of the table, and the number of columns without Li.
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
            # The elements are included already; Li metal has no atoms on the axes of an open system.
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


class _Programme(NamedTuple):
    """Columns of a linear programme (see `_programme`), its workspace, and scratch arrays for kinks and plateaus."""

    fractions: NDArray[np.float64]  # (m, n)
    energy: NDArray[np.float64]  # (n,)
    held: NDArray[np.float64]  # (n,)
    order: NDArray[np.int64]  # (n,)
    n_free: int
    work: Workspace
    grand: NDArray[np.float64]  # (n,): energies at a voltage
    basis: NDArray[np.int64]  # (room, m)
    amount: NDArray[np.float64]  # (room, m)
    mu: NDArray[np.float64]  # (room, m)


@allocating
def _roomy_programme(entries, rows, axes, lithium, room):
    """Build a programme with `_programme`, and allocate its scratch arrays."""
    m = axes.size
    fractions, energy, held, order, n_free = _programme(entries, rows, axes, lithium)
    return _Programme(
        fractions,
        energy,
        held,
        order,
        n_free,
        _workspace(m, energy.size),
        np.empty(energy.size),
        np.empty((room, m), dtype=np.int64),
        np.empty((room, m)),
        np.empty((room, m)),
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
        Phases.
    systems : uint64[S, 2]
        Each chemical system once.
    first : int64[S + 1]
        Offset of each system in `rows`.
    rows : int64[N]
        Rows sorted by system.
    out : float64[N]
        Written: hull energies, eV per atom.

    Returns
    -------
    int
        `SOLVED`, or the status of the first programme that failed.
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
    """Keep the worst kink of a tie line, in energy per atom, if it is worse than the known reaction.

    `atoms` holds the atoms of partner and candidate per atom of the axes.
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


class _Ends(NamedTuple):
    """Partner and candidate of a Li-open reaction: compositions, their Li plateaus, and atoms per non-Li atom."""

    partner: NDArray[np.float64]
    candidate: NDArray[np.float64]
    partner_voltage: NDArray[np.float64]
    partner_content: NDArray[np.float64]
    partner_plateaus: int
    own_voltage: NDArray[np.float64]
    own_content: NDArray[np.float64]
    own_plateaus: int
    atoms: tuple[float, float]


class _TieLines(NamedTuple):
    """Tie lines at K voltages."""

    source: NDArray[np.int64]  # (K,): index of the tie line of a voltage; -1 if it was skipped
    kinks: NDArray[np.int64]  # (K,)
    mixing: NDArray[np.float64]  # (K, room)
    value: NDArray[np.float64]  # (K, room)
    basis: NDArray[np.int64]  # (K, room, m)
    amount: NDArray[np.float64]  # (K, room, m)
    order: NDArray[np.int64]  # (K,): ascending
    todo: NDArray[np.int64]  # (K, 2): intervals between solved voltages


@allocating
def _tie_lines(n, room, m):
    return _TieLines(
        np.full(n, -1, dtype=np.int64),
        np.empty(n, dtype=np.int64),
        np.empty((n, room)),
        np.empty((n, room)),
        np.empty((n, room, m), dtype=np.int64),
        np.empty((n, room, m)),
        np.empty(n, dtype=np.int64),
        np.empty((n, 2), dtype=np.int64),
    )


@inner
def _rise(low, high, voltage, content, plateaus):
    """Integrate the Li content of a composition between two voltages: the change of its grand potential."""
    total, top = 0.0, np.inf
    for k in range(plateaus):
        overlap = min(high, top) - max(low, voltage[k])
        if overlap > 0.0:
            total += overlap * content[k]
        top = voltage[k]
        if top <= low:
            break
    return total


@inner
def _lower_bound(i, j, share, at_partner, at_candidate, atoms, found):
    """Bound the worst reaction energy per atom from below at a voltage between those of tie lines i and j.

    The grand potential of each mixture is concave in the voltage, so that it lies above the chord
    (1 - share) E_i + share E_j. The chord is piecewise linear in the mixing ratio; its minimum is at a kink of i or j.
    """
    x_i, x_j, e_i, e_j = found.mixing[i], found.mixing[j], found.value[i], found.value[j]
    least = min(0.0, ((1.0 - share) * e_i[0] + share * e_j[0] - at_partner) / atoms[0])
    a, b = 1, 1
    while a < found.kinks[i] and b < found.kinks[j]:
        x = min(x_i[a], x_j[b])
        of_i = e_i[a - 1] + (e_i[a] - e_i[a - 1]) * (x - x_i[a - 1]) / (x_i[a] - x_i[a - 1])
        of_j = e_j[b - 1] + (e_j[b] - e_j[b - 1]) * (x - x_j[b - 1]) / (x_j[b] - x_j[b - 1])
        energy = (1.0 - share) * of_i + share * of_j - (1.0 - x) * at_partner - x * at_candidate
        least = min(least, energy / ((1.0 - x) * atoms[0] + x * atoms[1]))
        if x_i[a] <= x:
            a += 1
        if x_j[b] <= x:
            b += 1
    return least


@inner
def _worst(k, found, atoms):
    """The worst reaction energy of a tie line per atom."""
    least = 0.0
    last = found.kinks[k] - 1
    for i in range(last):
        x = found.mixing[k, i]
        energy = found.value[k, i] - (1.0 - x) * found.value[k, 0] - x * found.value[k, last]
        least = min(least, energy / ((1.0 - x) * atoms[0] + x * atoms[1]))
    return least


@inner
def _sort(values, order):
    """Sort a few values; insertion sort, since the sort of numpy takes a second to compile."""
    for i in range(values.size):
        k = i
        while k > 0 and values[order[k - 1]] > values[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i


@inner
def _split(order, first, last, critical, ends, found, limit):
    """Return the unsolved voltage in an interval with the lowest bound, or -1 if no bound is below the limit.

    A voltage equal to a solved one takes over its tie line.
    """
    i, j = found.source[order[first]], found.source[order[last]]
    low, high = critical[order[first]], critical[order[last]]
    split = int64(-1)
    for place in range(first + 1, last):
        at = critical[order[place]]
        if at in (low, high):
            found.source[order[place]] = i if at == low else j
            continue
        partner = found.value[i, 0] + _rise(low, at, ends.partner_voltage, ends.partner_content, ends.partner_plateaus)
        own = found.value[i, found.kinks[i] - 1] + _rise(low, at, ends.own_voltage, ends.own_content, ends.own_plateaus)
        bound = _lower_bound(i, j, (at - low) / (high - low), partner, own, ends.atoms, found)
        if bound < limit:
            limit, split = bound, int64(place)
    return split


@inner
def _grand_energies(programme, voltage):
    """Write the energies of the phases at a voltage."""
    for j in range(programme.grand.size):
        programme.grand[j] = programme.energy[j] + voltage * programme.held[j]


@shared
def _solve_worst(programme, critical, ends, lines, found):
    """Solve the tie lines at critical voltages until the worst reaction is certain.

    The lowest and the highest voltage are solved first. Between solved voltages, a lower bound excludes the voltages
    that cannot hold the worst reaction.

    Returns
    -------
    int
        `SOLVED`, or the status of the first tie line that failed.
    """
    n = critical.size
    order = found.order
    _sort(critical, order)
    found.todo[0, 0], found.todo[0, 1] = 0, n - 1
    pending = int64(1)
    worst = 0.0
    solved = 0
    while True:
        if solved < 2:
            k = order[0] if solved == 0 else order[n - 1]
        elif pending == 0:
            return SOLVED
        else:
            pending -= 1
            first, last = found.todo[pending, 0], found.todo[pending, 1]
            limit = worst + SKIPPED * energy_scale(programme.grand, programme.grand.size)
            split = _split(order, first, last, critical, ends, found, limit)
            if split < 0:
                continue
            k = order[split]
            found.todo[pending, 0], found.todo[pending, 1] = first, split
            found.todo[pending + 1, 0], found.todo[pending + 1, 1] = split, last
            pending += 2
        _grand_energies(programme, critical[k])
        status, kinks = tie_line(
            programme.fractions,
            programme.grand,
            ends.partner,
            ends.candidate,
            programme.work,
            found.mixing[k],
            found.value[k],
            found.basis[k],
            found.amount[k],
            programme.mu,
            lines,
        )
        if status != SOLVED:
            return status
        found.source[k], found.kinks[k] = k, kinks
        worst = min(worst, _worst(k, found, ends.atoms))
        solved += 1


@inner
def _system(candidate, partners, lithium):
    """Return the elements of a candidate, both partners and Li as two words of bits."""
    first, second = uint64(1) << uint64(lithium % 64), uint64(0)
    if lithium >= 64:
        first, second = second, first
    for i in range(candidate.size):
        if candidate[i] > 0.0 or partners[0, i] > 0.0 or partners[2, i] > 0.0:
            bit = uint64(1) << uint64(i % 64)
            if i < 64:
                first |= bit
            else:
                second |= bit
    return first, second


@inner
def _clear(c, out):
    """Reset the reactions of a candidate to no reaction."""
    for r in range(REACTIONS):
        out.energy[c, r], out.mixing[c, r], out.voltage[c, r] = 0.0, 0.0, np.nan
        for i in range(out.products.shape[2]):
            out.products[c, r, i] = -1
            out.amounts[c, r, i] = 0.0


@inner
def _keep_windows(c, lithium, same, rounded, plateaus, voltage, content, out):
    """Write the window of a candidate, for exact and for rounded Li contents."""
    out.reduction[c], out.oxidation[c], _, _ = window_limits(lithium, same, plateaus, voltage, content)
    out.rounded_reduction[c], out.rounded_oxidation[c], _, _ = window_limits(
        lithium, rounded, plateaus, voltage, content
    )


@inner
def _collect(low, high, voltage, plateaus, critical, n):
    """Append the plateau voltages between two limits to the n critical voltages; return their number."""
    for k in range(plateaus):
        if low < voltage[k] < high:
            critical[n] = voltage[k]
            n += 1
    return n


@inner
def _keep_worst_voltage(c, r, order, critical, ends, found, out):
    """Keep the worst reaction of all voltages with a tie line."""
    for k in range(critical.size):
        at = found.source[k]
        if at >= 0:
            _keep_worst(
                c,
                r,
                found.kinks[at],
                found.mixing[at],
                found.value[at],
                found.basis[at],
                found.amount[at],
                order,
                critical[k],
                ends.atoms,
                out,
            )


@allocating
def screen(entries, candidates, own_energy, partners, low, high, rounded, room, out):
    """Screen candidates.

    Parameters
    ----------
    entries : Entries
        Phases on the hull of their own elements; other phases are not needed.
    candidates : float64[C, M]
        Atoms per formula unit.
    own_energy : float64[C]
        Energies of the candidates, eV per formula unit; NaN stands for the hull energy.
    partners : float64[3, M]
        Atoms of the cathode, the half-lithiated cathode and the electrolyte.
    low, high : float
        Voltage range, V.
    rounded : float
        Li per formula unit within which a rounded formula keeps its Li content.
    room : int
        Number of kinks and plateaus that the scratch arrays hold.
    out : Screened
        Written; `status` is `SOLVED` for candidates with a result.
    """
    n_elements = entries.atoms.shape[1]
    mixing, value, lines = np.empty(room), np.empty(room), np.empty((room, 2))
    voltage, content = np.empty(room), np.empty(room)
    own_voltage, own_content = np.empty(room), np.empty(room)
    critical = np.empty(2 * room + 2)
    critical[0], critical[1] = low, high
    for c in range(candidates.shape[0]):
        _clear(c, out)
        first, second = _system(candidates[c], partners, entries.lithium)
        rows = _rows_within(entries.system, first, second)

        axes = _axes(first, second, n_elements, int64(-1))
        programme = _roomy_programme(entries, rows, axes, int64(-1), room)
        fractions, energy, work = programme.fractions, programme.energy, programme.work
        basis, amount = programme.basis, programme.amount
        candidate, n_atoms = _on_axes(candidates[c], axes)
        status = minimise(fractions, energy, energy.size, candidate, candidate, work)
        if status == SOLVED:
            out.hull_energy[c] = dot(work.mu, candidate)
        for r in range(3):
            if status == SOLVED:
                partner, _ = _on_axes(partners[r], axes)
                status, kinks = tie_line(
                    fractions, energy, partner, candidate, work, mixing, value, basis, amount, programme.mu, lines
                )
            if status == SOLVED:
                _keep_worst(c, r, kinks, mixing, value, basis, amount, programme.order, np.nan, (1.0, 1.0), out)
        if status != SOLVED:
            out.status[c] = status
            continue
        own = own_energy[c] if own_energy[c] == own_energy[c] else out.hull_energy[c] * n_atoms

        axes = _axes(first, second, n_elements, entries.lithium)
        programme = _roomy_programme(entries, rows, axes, entries.lithium, room)
        fractions, energy, held, work = programme.fractions, programme.energy, programme.held, programme.work
        grand, n_free, basis, amount = programme.grand, programme.n_free, programme.basis, programme.amount
        candidate, n_others = _on_axes(candidates[c], axes)
        lithium = candidates[c, entries.lithium] / n_others
        status, own_plateaus = lithium_profile(
            fractions, energy, held, n_free, candidate, work, own_voltage, own_content, basis, amount
        )
        if status != SOLVED:
            out.status[c] = status
            continue
        same = SAME_LITHIUM * n_atoms / n_others
        _keep_windows(c, lithium, same, rounded / n_others, own_plateaus, own_voltage, own_content, out)
        for side in range(2):
            if status == SOLVED:
                at = low if side == 0 else high
                _grand_energies(programme, at)
                status = minimise(fractions, grand, grand.size, candidate, candidate, work)
            if status == SOLVED:
                out.decomposition[c, side] = dot(work.mu, candidate) - own / n_others - at * lithium
        n_own = _collect(low, high, own_voltage, own_plateaus, critical, int64(2))
        for side in range(2):
            if status != SOLVED:
                break
            partner, n_partner = _on_axes(partners[2 * side], axes)
            atoms = partners[2 * side].sum() / n_partner, n_atoms / n_others
            status, plateaus = lithium_profile(
                fractions, energy, held, n_free, partner, work, voltage, content, basis, amount
            )
            if status != SOLVED:
                break
            n = _collect(low, high, voltage, plateaus, critical, n_own)
            found = _tie_lines(n, room, axes.size)
            ends = _Ends(partner, candidate, voltage, content, plateaus, own_voltage, own_content, own_plateaus, atoms)
            status = _solve_worst(programme, critical[:n], ends, lines, found)
            if status == SOLVED:
                _keep_worst_voltage(c, 3 + side, programme.order, critical[:n], ends, found, out)
        out.status[c] = status
