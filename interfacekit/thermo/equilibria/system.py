"""Phases of a reaction with the formation energies of their chemical system."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.entries import EntryTable, Source, load_entries
from interfacekit.errors import InputError
from interfacekit.phases import SAME_FRACTION, Phase
from interfacekit.thermo.equilibria.engine import check_engine
from interfacekit.thermo.equilibria.minimiser import minimiser
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.thermo.equilibria.engine import Engine, Equilibria


@dataclass(frozen=True, eq=False)
class System:
    """Phases with the formation energies of their elements and Li, and an engine of phase equilibria.

    Attributes
    ----------
    phases
        Phases as requested. A phase of the composition of an entry has exactly that composition: a rounded
        `Li2.333333LaZr0.666667O4` is the garnet, not a composition beside it.
    table
        Formation energies of all elements of the phases and Li.
    engine
        Engine of phase equilibria.
    """

    phases: tuple[Phase, ...]
    table: EntryTable
    engine: Engine

    def equilibria(self, voltage_V: float | None = None) -> Equilibria:
        """Phase equilibria, open to Li at a voltage or closed."""
        return equilibria_of(self.table, voltage_V, self.engine)

    def vector(self, phase: Phase) -> NDArray[np.float64]:
        """Atoms of all elements per formula unit of a phase, shape (d,)."""
        return phase.vector(self.table.elements)

    def own_energy(self, phase: Phase) -> float | None:
        """Formation energy (eV per formula unit) of the entry of a phase, or None without an entry."""
        energy = self.table.formation_energy_eV_per_atom(self.vector(phase))
        return None if energy is None else energy * phase.n_atoms

    def hull_energy(self, phase: Phase) -> float:
        """Closed hull energy (eV per formula unit) of the composition of a phase."""
        return self.equilibria().energy(self.vector(phase))

    def energy(self, phase: Phase) -> float:
        """Own energy of a phase, or its hull energy without an entry, eV per formula unit."""
        own = self.own_energy(phase)
        return self.hull_energy(phase) if own is None else own


def equilibria_of(table: EntryTable, voltage_V: float | None = None, engine: Engine = "kernels") -> Equilibria:
    """Phase equilibria of the entries of a table, open to Li at a voltage or closed.

    Raises
    ------
    InputError
        If the engine is unknown.
    """
    check_engine(engine)
    if engine == "kernels":
        return minimiser(table, voltage_V)
    from interfacekit.thermo.equilibria.pymatgen import closed_hull, open_hull

    return closed_hull(table) if voltage_V is None else open_hull(table, voltage_V)


def load_system(phases: Sequence[Phase], entries: Source, engine: Engine = "kernels") -> System:
    """Load the formation energies of the chemical system of some phases.

    Raises
    ------
    InputError
        If the source lacks an element, or the engine is unknown.
    """
    check_engine(engine)
    elements = frozenset({LITHIUM}).union(*(phase.elements for phase in phases))
    table = load_entries(entries, elements)
    known = tuple(exact(phase, table) for phase in phases)
    return System(phases=known, table=table, engine=engine)


@lru_cache(maxsize=4096)
def exact(phase: Phase, table: EntryTable) -> Phase:
    """Return a phase with exactly the composition of its entry, if the table has one (see `System`)."""
    row = table.row_of(phase.vector(table.elements), SAME_FRACTION)
    if row is None:
        return phase
    amounts = table.compositions[row] * (phase.n_atoms / table.compositions[row].sum())
    return replace(phase, amounts=tuple((table.elements[j], float(amounts[j])) for j in np.flatnonzero(amounts)))


def refuse_lithium_metal(phases: Sequence[Phase], voltage_V: float | None) -> None:
    """Raise `InputError` if a phase of a Li-open reaction is Li metal."""
    if voltage_V is not None and any(phase.elements == {LITHIUM} for phase in phases):
        raise InputError("Li metal must not react with its own reservoir at a voltage; leave the voltage out")
