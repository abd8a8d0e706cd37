"""Conversion to and from pymatgen.

No other module builds a phase diagram, and no pymatgen object leaves this module unless requested by name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.entries.files import table_from_totals
from interfacekit.thermo.equilibria.hull import Hull
from interfacekit.units import LITHIUM, lithium_chemical_potential_eV

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition
    from pymatgen.entries import Entry

    from interfacekit.entries import EntryTable


def to_pd_entries(table: EntryTable) -> list[PDEntry]:
    """Convert a table to pymatgen entries.

    Parameters
    ----------
    table
        Formation energies of n compositions.

    Returns
    -------
    list of PDEntry
        One entry per row, length n, with its formation energy (eV per formula unit) as energy.

    Examples
    --------
    >>> import interfacekit as ik
    >>> table = ik.load_entries(elements="Li-O")
    >>> ik.thermo.to_pd_entries(table)[0]
    PDEntry : Li1 with energy = 0.0000
    """
    from pymatgen.analysis.phase_diagram import PDEntry
    from pymatgen.core import Composition

    entries = []
    for row, energy in zip(table.compositions, table.formation_energies_eV_per_atom.tolist(), strict=True):
        amounts = {table.elements[j]: float(row[j]) for j in np.flatnonzero(row)}
        entries.append(PDEntry(Composition(amounts), energy * sum(amounts.values())))
    return entries


def to_phase_diagram(table: EntryTable) -> PhaseDiagram:
    """Build the pymatgen `PhaseDiagram` of all elements of a table.

    The cost grows fast with the number of elements: take a `subset` first.

    Parameters
    ----------
    table
        Formation energies.

    Returns
    -------
    PhaseDiagram
        Phase diagram with formation energies, eV per formula unit.

    Examples
    --------
    >>> import interfacekit as ik
    >>> diagram = ik.thermo.to_phase_diagram(ik.load_entries(elements="Li-Co-O"))
    >>> len(diagram.stable_entries)
    15
    """
    from pymatgen.analysis.phase_diagram import PhaseDiagram

    return PhaseDiagram(to_pd_entries(table))


def from_pd_entries(entries: Iterable[PDEntry], *, thermo_type: str, source: str = "pymatgen") -> EntryTable:
    """Make a table from pymatgen entries with total or formation energies.

    Parameters
    ----------
    entries
        Entries with energies in eV; each element needs an entry of its own.
    thermo_type
        Functional and correction scheme of the energies, such as `"GGA_GGA+U"`.
    source
        Name of the source, for messages and provenance; default `"pymatgen"`.

    Returns
    -------
    EntryTable
        Formation energies, eV/atom.

    Raises
    ------
    InputError
        If an element has no entry of its own.

    Examples
    --------
    >>> import interfacekit as ik
    >>> entries = ik.thermo.to_pd_entries(ik.load_entries(elements="Li-O"))
    >>> ik.thermo.from_pd_entries(entries, thermo_type="GGA_GGA+U_legacy").formulas
    ('Li', 'Li2O', 'Li2O2', 'LiO2', 'LiO3', 'O')
    """
    # Species of one element (Fe2+, Fe3+) are added up.
    totals = [
        ({symbol: float(n) for symbol, n in entry.composition.get_el_amt_dict().items()}, float(entry.energy))
        for entry in entries
    ]
    return table_from_totals(totals, thermo_type=thermo_type, source=source)


@lru_cache(maxsize=64)
def closed_hull(table: EntryTable) -> Hull:
    """Convex hull of all elements of a table."""
    diagram = _closed_diagram(table)
    return _hull(diagram, [entry.composition for entry in diagram.qhull_entries], open_to_lithium=False)


@lru_cache(maxsize=1024)
def open_hull(table: EntryTable, voltage_V: float) -> Hull:
    """Hull of grand potentials of the non-Li elements at a voltage.

    It is built from the phases of the closed hull: a phase above that hull is above every grand-potential hull.
    """
    from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram
    from pymatgen.core import Element

    mu = lithium_chemical_potential_eV(voltage_V)
    diagram = GrandPotentialPhaseDiagram(_stable_entries(table), {Element(LITHIUM): mu})
    compositions = [entry.original_entry.composition for entry in diagram.qhull_entries]
    return _hull(diagram, compositions, open_to_lithium=True)


@lru_cache(maxsize=16)
def _closed_diagram(table: EntryTable) -> PhaseDiagram:
    return to_phase_diagram(table)


def _stable_entries(table: EntryTable) -> list[Entry]:
    """Entries on the closed hull, in an order that does not depend on the hashing of a set."""
    return sorted(_closed_diagram(table).stable_entries, key=lambda entry: entry.composition.formula)


def _hull(diagram: PhaseDiagram, compositions: Sequence[Composition], *, open_to_lithium: bool) -> Hull:
    """Read the facets off a diagram, and solve for their chemical potentials."""
    facets = np.array(diagram.facets, dtype=np.intp)
    on_hull = np.unique(facets)
    closed = sorted(diagram.elements, key=str)
    reduced = [compositions[i].get_reduced_formula_and_factor() for i in on_hull]
    units = np.array([factor for _, factor in reduced])
    atoms = np.array([[compositions[i][element] for element in closed] for i in on_hull]) / units[:, None]
    lithium = np.array([compositions[i][LITHIUM] if open_to_lithium else 0.0 for i in on_hull]) / units
    energies = np.array([diagram.qhull_entries[i].energy for i in on_hull]) / units
    facets = np.searchsorted(on_hull, facets)
    return Hull(
        elements=tuple(element.symbol for element in closed),
        formulas=tuple(formula for formula, _ in reduced),
        compositions=atoms,
        lithium=lithium,
        facets=facets,
        chemical_potentials=np.linalg.solve(atoms[facets], energies[facets][..., None])[..., 0],
    )
