"""Calls of the screening kernel: compositions of candidates and partners, and arrays for the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.phases import phase
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.kernels.equilibria.screening import Entries, Screened
    from interfacekit.phases import Phase

#: Initial and largest number of kinks and plateaus that scratch arrays hold.
_ROOM, _MOST_ROOM = 256, 65536


def screened(
    entries: Entries,
    atoms: NDArray[np.float64],
    own: NDArray[np.float64],
    partners: NDArray[np.float64],
    voltage_V: tuple[float, float],
    li_tolerance_per_formula: float,
) -> Screened:
    """Screen compositions, with scratch arrays that grow until all results fit.

    Parameters
    ----------
    entries
        Phases that may be in equilibrium.
    atoms
        Atoms per formula unit of the candidates, shape (n, m).
    own
        Own energies of the candidates, eV per formula unit, shape (n,); NaN without an entry.
    partners
        Atoms of the lithiated cathode, the half-lithiated cathode and the electrolyte, shape (3, m).
    voltage_V
        Lowest and highest voltage, V vs Li/Li+.
    li_tolerance_per_formula
        Li per formula unit within which a rounded formula keeps its Li content.

    Returns
    -------
    Screened
        Results; `status` marks the candidates without a solution.
    """
    from interfacekit.kernels.equilibria import screening, simplex

    most = int(((atoms > 0) | (partners > 0).any(axis=0)).sum(axis=1).max()) + 1
    room = _ROOM
    while True:
        out = empty_screened(len(atoms), most)
        screening.screen(entries, atoms, own, partners, *voltage_V, li_tolerance_per_formula, room, out)
        if not (out.status == simplex.FULL).any() or room >= _MOST_ROOM:
            return out
        room *= 2


def empty_screened(count: int, most_elements: int) -> Screened:
    """Allocate the results of a number of candidates."""
    from interfacekit.kernels.equilibria.screening import REACTIONS, Screened

    return Screened(
        status=np.zeros(count, dtype=np.int64),
        hull_energy=np.empty(count),
        reduction=np.empty(count),
        oxidation=np.empty(count),
        rounded_reduction=np.empty(count),
        rounded_oxidation=np.empty(count),
        decomposition=np.empty((count, 2)),
        energy=np.empty((count, REACTIONS)),
        mixing=np.empty((count, REACTIONS)),
        voltage=np.empty((count, REACTIONS)),
        products=np.empty((count, REACTIONS, most_elements), dtype=np.int64),
        amounts=np.empty((count, REACTIONS, most_elements)),
    )


def compositions_of(formulas: Sequence[str], rows: Sequence[int | None], table: EntryTable) -> NDArray[np.float64]:
    """Atoms per formula unit, shape (n, m), from the row of the table, or from the formula without a row."""
    compositions = [
        phase(formula).vector(table.elements) if row is None else table.compositions[row]
        for formula, row in zip(formulas, rows, strict=True)
    ]
    return np.array(compositions).reshape(-1, len(table.elements))


def partner_compositions(cathode: str, electrolyte: str, table: EntryTable) -> NDArray[np.float64]:
    """Atoms of the lithiated cathode, the half-lithiated cathode and the electrolyte, shape (3, m)."""
    full, facing = (phase(name) for name in (cathode, electrolyte))
    return np.array([member.vector(table.elements) for member in (full, phase(half_lithiated(full)), facing)])


def half_lithiated(cathode: Phase) -> str:
    """Formula of a cathode with half its Li."""
    return "".join(f"{symbol}{amount / 2 if symbol == LITHIUM else amount:.12g}" for symbol, amount in cathode.amounts)
