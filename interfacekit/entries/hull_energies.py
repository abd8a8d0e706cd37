"""Hull energies of all rows of a table, each among the rows that have no other elements than its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.entries.table import element_words
from interfacekit.errors import ComputationError
from interfacekit.frames import roomy
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from interfacekit.entries.table import EntryTable
    from interfacekit.kernels.equilibria.screening import Entries

#: A phase less than this above the hull (eV per atom) is on it, for every table, note, figure, gate and sample. Far
#: above the rounding of the solvers (1e-9 at most; 1e-12 on the snapshot), and below the last digit of the snapshot's
#: energies (1e-5) and of any table: no phase of the snapshot lies between 1e-12 and this.
ON_HULL_eV_per_atom = 1e-6


def above_hull(own: ArrayLike, hull: ArrayLike) -> NDArray[np.float64]:
    """Energy above the hull, exactly 0 for what is on it (see `ON_HULL_eV_per_atom`).

    Parameters
    ----------
    own, hull
        Energies of phases and of the hull at their compositions, eV per atom, of shapes that broadcast; not a number
        where a phase has no energy of its own.

    Returns
    -------
    ndarray of float64
        eV per atom.
    """
    return zero_on_hull(np.subtract(own, hull))


def zero_on_hull(energies: ArrayLike) -> NDArray[np.float64]:
    """Distances to the hull (eV per atom, of either sign), exactly 0 where a phase is on it."""
    distances = np.asarray(energies, dtype=np.float64)
    return np.where(np.abs(distances) < ON_HULL_eV_per_atom, 0.0, distances)


def kernel_entries(table: EntryTable, rows: NDArray[np.intp]) -> Entries:
    """Rows of a table in the form that `kernels.equilibria.screening` takes.

    Parameters
    ----------
    table
        Energies; a screening needs Li among its elements.
    rows
        Indices, shape (n,); the rows of the elements are among them.
    """
    from interfacekit.kernels.equilibria.screening import Entries

    atoms = np.ascontiguousarray(table.compositions[rows])
    pure = np.full(len(table.elements), -1)
    for row in np.flatnonzero(np.count_nonzero(atoms, axis=1) == 1):
        pure[np.argmax(atoms[row] > 0)] = row
    return Entries(
        atoms=atoms,
        energy=table.formation_energies_eV_per_atom[rows] * atoms.sum(axis=1),
        system=element_words(atoms),
        pure=pure,
        lithium=table.elements.index(LITHIUM) if LITHIUM in table.elements else -1,
    )


def hull_energies(
    table: EntryTable, threads: int = 1, progress: Callable[[float], None] | None = None
) -> NDArray[np.float64]:
    """Hull energy of each row's composition.

    Parameters
    ----------
    table
        Energies.
    threads
        Threads to share the chemical systems among.
    progress
        Called with the share done.

    Returns
    -------
    ndarray of float64, shape (n,)
        eV per atom.

    Raises
    ------
    ComputationError
        If a linear programme has no solution.
    """
    from interfacekit.kernels.equilibria import screening, simplex

    entries = kernel_entries(table, np.arange(len(table)))
    systems, of_row = np.unique(entries.system, axis=0, return_inverse=True)
    rows = np.argsort(of_row.ravel(), kind="stable")
    first = np.searchsorted(of_row.ravel()[rows], np.arange(len(systems) + 1))
    energies = np.empty(len(table))

    def part(bounds: tuple[int, int]) -> int:
        low, high = bounds
        status: int = screening.hull_energies(entries, systems[low:high], first[low : high + 1], rows, energies)
        return status

    edges = np.linspace(0, len(systems), 8 * threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(roomy(part), zip(edges[:-1], edges[1:], strict=True))
        for done, status in enumerate(parts, start=1):
            if status != simplex.SOLVED:
                raise ComputationError(f"{table.source}: a hull energy has no solution")
            if progress is not None:
                progress(done / (len(edges) - 1))
    return energies
