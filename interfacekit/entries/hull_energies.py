"""Hull energy of each entry of a table, in the chemical system of its own elements."""

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

#: Largest energy above the hull (eV per atom) of a phase on the hull, for every table, note, figure, gate and sample.
#: It exceeds the rounding of the solvers (1e-9 at most; 1e-12 on the snapshot) and is below the last digit of the
#: snapshot's energies (1e-5): no phase of the snapshot lies between 1e-12 and this.
ON_HULL_eV_per_atom = 1e-6


def above_hull(own: ArrayLike, hull: ArrayLike) -> NDArray[np.float64]:
    """Energy above the hull, exactly 0 for phases on the hull (see `ON_HULL_eV_per_atom`).

    Parameters
    ----------
    own, hull
        Energies of phases and of the hull at their compositions, eV per atom, of shapes that broadcast; NaN for a phase
        without an energy of its own.

    Returns
    -------
    ndarray of float64
        Energy above the hull, eV per atom.
    """
    return zero_on_hull(np.subtract(own, hull))


def zero_on_hull(energies: ArrayLike) -> NDArray[np.float64]:
    """Set distances to the hull (eV per atom, either sign) to exactly 0 for phases on the hull."""
    distances = np.asarray(energies, dtype=np.float64)
    return np.where(np.abs(distances) < ON_HULL_eV_per_atom, 0.0, distances)


def kernel_entries(table: EntryTable, rows: NDArray[np.intp]) -> Entries:
    """Convert rows of a table to the arrays of `kernels.equilibria.screening`.

    Parameters
    ----------
    table
        Formation energies; a screening needs Li among the elements.
    rows
        Row indices, shape (n,), with the rows of all elements.

    Returns
    -------
    Entries
        Arrays of the selected phases.
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
    """Hull energy of the composition of each row.

    Parameters
    ----------
    table
        Formation energies of n compositions.
    threads
        Number of threads.
    progress
        Called with the completed fraction.

    Returns
    -------
    ndarray of float64, shape (n,)
        Hull energies, eV per atom.

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
                raise ComputationError(f"the linear programme of a hull energy of {table.source} has no solution")
            if progress is not None:
                progress(done / (len(edges) - 1))
    return energies
