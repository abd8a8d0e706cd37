"""Nearest entry in composition, for rounded and doped formulas."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interfacekit.errors import InputError
from interfacekit.phases import Phase, label_of, phase
from interfacekit.thermo.equilibria.system import exact, load_system

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable, Source

#: Largest fraction of atoms in which a composition differs from the entry that replaces it.
MOST_SNAPPED = 0.05


class NearestEntry(NamedTuple):
    """Entry near a composition.

    Attributes
    ----------
    row
        Row index in the table.
    formula
        Formula as in the table.
    distance_atom_fraction
        Fraction of atoms that differ: half the sum of the absolute differences of all atom fractions.
    """

    row: int
    formula: str
    distance_atom_fraction: float


def nearest_entry(table: EntryTable, composition: NDArray[np.float64]) -> NearestEntry | None:
    """Find the compound of a table that is nearest to a composition.

    Parameters
    ----------
    table
        Formation energies.
    composition
        Atoms on the elements of the table, shape (d,).

    Returns
    -------
    NearestEntry or None
        None if the table has no compounds.
    """
    row = table.row_of(composition)
    if row is not None:
        return NearestEntry(row, table.formulas[row], 0.0)
    compounds, fractions = _compounds(table)
    if not compounds.size:
        return None
    differences = np.abs(fractions - composition / composition.sum()).sum(axis=1) / 2
    best = int(np.argmin(differences))
    return NearestEntry(int(compounds[best]), table.formulas[compounds[best]], float(differences[best]))


@lru_cache(maxsize=16)
def _compounds(table: EntryTable) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of a table's compounds, shape (n,), and their atom fractions, shape (n, d)."""
    compounds = np.flatnonzero(np.count_nonzero(table.compositions, axis=1) > 1)
    atoms = table.compositions[compounds]
    return compounds, atoms / atoms.sum(axis=1, keepdims=True)


def snapped(name: str | Phase, entries: Source = "mp2019") -> Phase:
    """Nearest entry to a composition, as a phase.

    Parameters
    ----------
    name
        Alias or formula.
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.

    Returns
    -------
    Phase
        Phase with the composition of the nearest entry, atoms per formula unit.

    Raises
    ------
    InputError
        If the name is not a phase, the source lacks an element, or every entry differs in more than 5 % of the atoms.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.thermo.snapped("Li0.97CoO2").formula
    'LiCoO2'
    """
    return snapped_in(load_system([phase(name)], entries).table, phase(name))


def snapped_in(table: EntryTable, subject: Phase) -> Phase:
    """Nearest entry in a table of all elements of the phase, see `snapped`; the phase itself if it has an entry."""
    known = exact(subject, table)
    nearest = nearest_entry(table, known.vector(table.elements))
    if nearest is not None and nearest.distance_atom_fraction == 0:
        return known
    if nearest is None or nearest.distance_atom_fraction > MOST_SNAPPED:
        near = ""
        if nearest is not None:
            percent = 100 * nearest.distance_atom_fraction
            near = f": the nearest, {nearest.formula}, differs in {percent:.2g} % of its atoms"
        raise InputError(f"{table.source} has no entry near {subject.label}{near}; name an entry, or leave out snap")
    amounts = table.compositions[nearest.row]
    return Phase(
        label=label_of(nearest.formula),
        formula=nearest.formula,
        amounts=tuple((table.elements[j], float(amounts[j])) for j in np.flatnonzero(amounts)),
    )
