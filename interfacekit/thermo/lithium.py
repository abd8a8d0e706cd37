"""One composition under exchange of lithium: the Li staircase, exact in its voltages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.entries import EntryTable, Source, load_entries
from interfacekit.errors import InputError
from interfacekit.phases import SAME_FRACTION, Phase
from interfacekit.thermo.adapter import closed_hull, open_hull
from interfacekit.thermo.hull import ENERGY_TOLERANCE, upper_envelope
from interfacekit.units import LITHIUM, voltage_V

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.thermo.hull import Hull


@dataclass(frozen=True, eq=False)
class System:
    """A few phases with the energies and the closed hull of their elements and Li.

    Attributes
    ----------
    phases
        As given, but where the table has a phase of this composition, with exactly that composition: a user's rounded
        `Li2.333333LaZr0.666667O4` is the garnet, not a point beside it.
    table, hull
        Of all their elements and Li.
    relevant
        The part of the table that hulls open to Li are built from.
    """

    phases: tuple[Phase, ...]
    table: EntryTable
    hull: Hull
    relevant: EntryTable

    def hull_at(self, voltage_V: float | None) -> Hull:
        """The hull open to Li at a voltage, or the closed one for None."""
        return self.hull if voltage_V is None else open_hull(self.relevant, voltage_V)

    def vector(self, phase: Phase) -> NDArray[np.float64]:
        """Atoms per formula unit of a phase, shape (d,)."""
        return phase.vector(self.hull.elements)

    def own_energy(self, phase: Phase) -> float | None:
        """Formation energy (eV per formula unit) of the phase's entry, or None if the table has none."""
        energy = self.table.formation_energy_eV_per_atom(phase.vector(self.table.elements))
        return None if energy is None else energy * phase.n_atoms

    def hull_energy(self, phase: Phase) -> float:
        """Closed hull energy (eV per formula unit) of the phase's composition."""
        return self.hull.energy(self.vector(phase))

    def energy(self, phase: Phase) -> float:
        """The phase's own energy, or where the table has none its hull energy, eV per formula unit."""
        own = self.own_energy(phase)
        return self.hull_energy(phase) if own is None else own


def system(phases: Sequence[Phase], entries: Source) -> System:
    """Load the energies that the phases need, and build their hull.

    Raises
    ------
    InputError
        If the source lacks an element.
    """
    elements = frozenset({LITHIUM}).union(*(phase.elements for phase in phases))
    table = load_entries(entries, elements)
    known = tuple(_exact(phase, table) for phase in phases)
    return System(phases=known, table=table, hull=closed_hull(table), relevant=table)


def _exact(phase: Phase, table: EntryTable) -> Phase:
    row = table.row_of(phase.vector(table.elements), SAME_FRACTION)
    if row is None:
        return phase
    amounts = table.compositions[row] * (phase.n_atoms / table.compositions[row].sum())
    return replace(phase, amounts=tuple((table.elements[j], float(amounts[j])) for j in np.flatnonzero(amounts)))


def lithium_axis(hull: Hull) -> NDArray[np.float64]:
    """The composition of one Li atom on the axes of a closed hull, shape (d,)."""
    return np.array([float(element == LITHIUM) for element in hull.elements])


def refuse_lithium_metal(phases: Sequence[Phase], voltage_V: float | None) -> None:
    """Raise `InputError` if Li metal is to react with a reservoir of itself."""
    if voltage_V is not None and any(phase.elements == {LITHIUM} for phase in phases):
        raise InputError("Li metal is the reservoir of a Li-open reaction; leave the voltage out to react it")


@dataclass(frozen=True)
class Stair:
    """Between two voltages: the Li content and the phases in equilibrium.

    `voltage_high_V` is infinite on the last stair, where no Li is left; `lithium` counts atoms, `phases` formula units.
    """

    voltage_low_V: float
    voltage_high_V: float
    lithium: float
    phases: dict[int, float]


def staircase(hull: Hull, composition: NDArray[np.float64]) -> list[Stair]:
    """Equilibrium of `composition` with a reservoir of Li, from 0 V upwards.

    The hull energy along the line that adds or takes Li is convex and piecewise linear; minus its slopes are the
    voltages at which phases change, its kinks the Li contents in between.

    Parameters
    ----------
    hull
        Closed hull with Li.
    composition
        Atoms, shape (d,); its Li content does not matter.

    Returns
    -------
    list of Stair
        Contiguous, by rising voltage.
    """
    profile = lithium_profile(hull, composition)
    axis = lithium_axis(hull)
    base = composition * (1 - axis)
    stairs = [
        Stair(
            voltage_low_V=low,
            voltage_high_V=high,
            lithium=lithium,
            phases=hull.equilibrium(base + lithium * axis),
        )
        for low, high, lithium in zip(profile.voltages_V[1:], profile.voltages_V[:-1], profile.lithium, strict=True)
    ]
    return stairs[::-1]


@dataclass(frozen=True)
class LithiumProfile:
    """Li content against voltage, by falling voltage.

    Attributes
    ----------
    lithium
        Atoms of Li in equilibrium, rising from 0, shape (k,).
    voltages_V
        The voltages between which each holds, falling from infinity to 0, shape (k + 1,).
    """

    lithium: tuple[float, ...]
    voltages_V: tuple[float, ...]


def lithium_profile(hull: Hull, composition: NDArray[np.float64]) -> LithiumProfile:
    """Li content of `composition` (atoms, shape (d,); its own Li does not matter) against voltage.

    Raises
    ------
    InputError
        If there is nothing but Li in it.
    """
    li = hull.elements.index(LITHIUM)
    others = np.delete(composition, li)
    n_others = others.sum()
    if not n_others:
        raise InputError("Li metal is the reference of the voltage and has no window of its own; name a compound")
    potentials = hull.chemical_potentials
    intercepts = np.delete(potentials, li, axis=1) @ (others / n_others)
    # No phase but Li metal holds more Li per other atom than this, so beyond it the envelope is Li metal's line.
    rest = np.delete(hull.compositions, li, axis=1).sum(axis=1)
    saturated = 1 + float((hull.compositions[rest > 0, li] / rest[rest > 0]).max())
    envelope = upper_envelope(intercepts, potentials[:, li], 0.0, saturated, ENERGY_TOLERANCE)
    falling = [voltage_V(slope) for slope in envelope.slopes]
    return LithiumProfile(
        lithium=tuple((envelope.kinks[:-1] * n_others).tolist()),
        voltages_V=(np.inf, *falling[:-1], 0.0),
    )
