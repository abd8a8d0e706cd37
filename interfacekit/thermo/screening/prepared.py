"""Formation energies in the form of the screening kernels, with the hull energies of all rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.entries.hull_energies import above_hull, hull_energies, kernel_entries
from interfacekit.entries.table import RowsOnHull
from interfacekit.limits import cores

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.kernels.equilibria.screening import Entries


@dataclass(frozen=True, eq=False)
class Prepared:
    """Table prepared for the kernels.

    Attributes
    ----------
    table
        Formation energies of all n rows.
    hull_energies
        Hull energy of each row, eV per atom, shape (n,).
    stable
        Rows on the hull, shape (s,).
    entries
        Arrays of the stable rows.
    """

    table: EntryTable
    hull_energies: NDArray[np.float64]
    stable: NDArray[np.intp]
    entries: Entries

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content of the table; for a table read from one file, it identifies the file."""
        content = hashlib.sha256("\n".join((*self.table.elements, *self.table.formulas)).encode())
        for array in (self.table.compositions, self.table.formation_energies_eV_per_atom):
            content.update(array.tobytes())
        return content.hexdigest()

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Index of each formula among the stable rows."""
        return {self.table.formulas[row]: place for place, row in enumerate(self.stable.tolist())}

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Rows of the table by formula."""
        return {formula: row for row, formula in enumerate(self.table.formulas)}


@dataclass(frozen=True)
class _Listener:
    """Callback for the completed fraction; all callbacks are equal to the cache."""

    hear: Callable[[float], None] | None = field(compare=False)


def prepared(table: EntryTable, progress: Callable[[float], None] | None = None) -> Prepared:
    """Hull energies of all rows of a table, and the arrays of the rows on the hull.

    A phase above the hull of its own elements is above the hull of any larger system, closed or open, so that no other
    row is needed.

    Parameters
    ----------
    table
        Formation energies.
    progress
        Called with the completed fraction of the hull energies, unless they are known.

    Returns
    -------
    Prepared
        Table with hull energies and arrays.

    Raises
    ------
    ComputationError
        If a row has no solution.
    """
    return _prepared(table, _Listener(progress))


@lru_cache(maxsize=4)
def _prepared(table: EntryTable, listener: _Listener) -> Prepared:
    known = table.hull
    if known is None:
        energies = hull_energies(table, cores(), listener.hear)
        known = RowsOnHull(energies, above_hull(table.formation_energies_eV_per_atom, energies) <= 0)
    stable = np.flatnonzero(known.on_hull)
    return Prepared(table, known.energies_eV_per_atom, stable, kernel_entries(table, stable))
