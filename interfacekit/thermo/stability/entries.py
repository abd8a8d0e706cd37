"""Entries of a chemical system with their energies above the convex hull."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.entries import Source, load_entries
from interfacekit.entries.hull_energies import above_hull
from interfacekit.results import Result, provenance
from interfacekit.thermo.equilibria.system import equilibria_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from interfacekit.thermo.equilibria.engine import Engine


@dataclass(frozen=True)
class EntryEnergy(
    Result,
    plural="entries",
):
    """Energies of one composition.

    Attributes
    ----------
    formula
        Formula as in the table.
    formation_energy_eV_per_atom
        Formation energy against the elements, eV/atom.
    energy_above_hull_eV_per_atom
        Energy above the hull, eV/atom; 0 if stable.

    Examples
    --------
    >>> import interfacekit as ik
    >>> entry = ik.thermo.entries_above_hull("Li-O").entries[1]
    >>> print(f"{entry.formula}: {entry.formation_energy_eV_per_atom:.3f} eV/atom")
    Li2O: -2.072 eV/atom
    """

    formula: str
    formation_energy_eV_per_atom: float
    energy_above_hull_eV_per_atom: float


@dataclass(frozen=True)
class ChemicalSystem(
    Result,
    tables="interfacekit.report.tables.lists:system_tables",
    plural="entries",
):
    """All entries of a chemical system.

    Attributes
    ----------
    elements
        Symbols, sorted.
    thermo_type
        Functional and correction scheme of the energies.
    entries
        Entries in order of increasing energy above the hull (eV/atom), then by formula.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> system = ik.thermo.entries_above_hull("Li-O")
    >>> [entry.formula for entry in system.entries if entry.energy_above_hull_eV_per_atom == 0]
    ['Li', 'Li2O', 'Li2O2', 'O']
    """

    elements: tuple[str, ...]
    thermo_type: str
    entries: tuple[EntryEnergy, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per entry."""
        import pandas as pd

        return pd.DataFrame(
            {
                "formula": [entry.formula for entry in self.entries],
                "formation_energy_eV_per_atom": [entry.formation_energy_eV_per_atom for entry in self.entries],
                "energy_above_hull_eV_per_atom": [entry.energy_above_hull_eV_per_atom for entry in self.entries],
            }
        )


def entries_above_hull(
    elements: str | Iterable[str], entries: Source = "mp2019", *, engine: Engine = "kernels"
) -> ChemicalSystem:
    """Entries of a chemical system with their formation energies and energies above the hull.

    Parameters
    ----------
    elements
        Chemical system, `"Li-Co-O"` or an iterable of symbols.
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    engine
        `"kernels"` (default) or `"pymatgen"`, which builds convex hulls.

    Returns
    -------
    ChemicalSystem
        Entries in order of increasing energy above the hull, eV/atom.

    Raises
    ------
    InputError
        If the source lacks an element, or the engine is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> system = ik.thermo.entries_above_hull("Li-Co-O")
    >>> len(system.entries)
    85
    """
    table = load_entries(entries, elements)
    atoms = table.compositions.sum(axis=1)
    hull_energies = equilibria_of(table, engine=engine).energies(table.compositions) / atoms
    above = above_hull(table.formation_energies_eV_per_atom, hull_energies)
    order = np.lexsort((np.array(table.formulas), np.round(above, 9)))
    return ChemicalSystem(
        elements=table.elements,
        thermo_type=table.thermo_type,
        entries=tuple(
            EntryEnergy(
                formula=table.formulas[i],
                formation_energy_eV_per_atom=float(table.formation_energies_eV_per_atom[i]),
                energy_above_hull_eV_per_atom=float(above[i]),
            )
            for i in order
        ),
        provenance=provenance(table, solver=engine, elements=table.elements),
    )


@dataclass(frozen=True)
class EntrySummary(
    Result,
    tables="interfacekit.report.tables.lists:summary_lines",
    plural="entries",
):
    """Summary of a source of formation energies.

    Attributes
    ----------
    source
        Name of the snapshot, file or database.
    thermo_type
        Functional and correction scheme of the energies.
    sha256
        SHA-256 fingerprint of the file.
    n_entries
        Number of compositions.
    elements
        Symbols, sorted.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.thermo.entry_summary().n_entries
    95118
    """

    source: str
    thermo_type: str
    sha256: str
    n_entries: int
    elements: tuple[str, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        import pandas as pd

        return pd.DataFrame([{"n_entries": self.n_entries, "elements": " ".join(self.elements)}])


def entry_summary(entries: Source = "mp2019") -> EntrySummary:
    """Summarise a source of formation energies.

    Parameters
    ----------
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.

    Returns
    -------
    EntrySummary
        Thermo type, fingerprint, number of compositions and elements.

    Raises
    ------
    InputError
        If the source cannot be read, or needs a chemical system (the live Materials Project).

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.thermo.entry_summary().thermo_type
    'GGA_GGA+U_legacy'
    """
    table = load_entries(entries)
    return EntrySummary(
        source=table.source,
        thermo_type=table.thermo_type,
        sha256=table.sha256,
        n_entries=len(table),
        elements=table.elements,
        provenance=provenance(table),
    )
