"""To and from pymatgen.

Nothing else in the package builds a phase diagram, and no pymatgen object leaves this module unless its user asked for
one by name.
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
    """One pymatgen `PDEntry` per row, with its formation energy as energy."""
    from pymatgen.analysis.phase_diagram import PDEntry
    from pymatgen.core import Composition

    entries = []
    for row, energy in zip(table.compositions, table.formation_energies_eV_per_atom.tolist(), strict=True):
        amounts = {table.elements[j]: float(row[j]) for j in np.flatnonzero(row)}
        entries.append(PDEntry(Composition(amounts), energy * sum(amounts.values())))
    return entries


def to_phase_diagram(table: EntryTable) -> PhaseDiagram:
    """The pymatgen `PhaseDiagram` of all elements of the table.

    Its cost grows fast with their number: take a `subset` first.
    """
    from pymatgen.analysis.phase_diagram import PhaseDiagram

    return PhaseDiagram(to_pd_entries(table))


def from_pd_entries(entries: Iterable[PDEntry], *, thermo_type: str, source: str = "pymatgen") -> EntryTable:
    """Make a table from pymatgen entries with total or formation energies, the elements among them.

    Raises
    ------
    InputError
        If an element has no entry of its own.
    """
    # Species of one element (Fe2+, Fe3+) are added up.
    totals = [
        ({symbol: float(n) for symbol, n in entry.composition.get_el_amt_dict().items()}, float(entry.energy))
        for entry in entries
    ]
    return table_from_totals(totals, thermo_type=thermo_type, source=source)


@lru_cache(maxsize=64)
def closed_hull(table: EntryTable) -> Hull:
    """The convex hull of all elements of the table."""
    diagram = _closed_diagram(table)
    return _hull(diagram, [entry.composition for entry in diagram.qhull_entries], open_to_lithium=False)


@lru_cache(maxsize=1024)
def open_hull(table: EntryTable, voltage_V: float) -> Hull:
    """The hull of grand potentials of the elements other than Li, at a voltage.

    Built from the phases of the closed hull alone: a phase above that hull is above every grand-potential hull.
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
