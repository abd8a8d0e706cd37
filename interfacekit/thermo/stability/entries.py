"""The entries of a chemical system, and how far each is above the convex hull."""

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
    """One composition: its formation energy and its energy above the hull (0: stable), eV per atom."""

    formula: str
    formation_energy_eV_per_atom: float
    energy_above_hull_eV_per_atom: float


@dataclass(frozen=True)
class ChemicalSystem(
    Result,
    tables="interfacekit.report.tables.lists:system_tables",
    plural="entries",
):
    """All entries of a chemical system, the stable first, then by energy above the hull."""

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
    """List the entries of a chemical system with their energies above its hull.

    Raises
    ------
    InputError
        If the source lacks an element, or the engine is unknown.
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
    """What a source of energies holds: its thermo type, fingerprint, number of compositions and elements."""

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
    """Summarise a source of energies.

    Raises
    ------
    InputError
        If the source cannot be read, or can be read for one chemical system only (the live Materials Project).
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
