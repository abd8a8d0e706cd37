"""Sensitivity of windows and reactions to single phases: each is removed, or stabilised below the hull.

Only phases of the equilibria of a result change it by their removal. The energy along a tie line, or along the Li
content of a composition, is that of its kinks and of mixtures between neighbouring kinks. Without a phase that is at no
kink, all kinks remain possible, and no lower energy can appear, since fewer phases are left. The phases in contact
count too if their own energies are used, and so do the equilibrium phases of a composition without an entry.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interfacekit.entries.hull_energies import above_hull
from interfacekit.errors import InputError
from interfacekit.phases import Phase, distinct_phases
from interfacekit.quantities import BELOW_HULL, VOLTAGE, optional
from interfacekit.results import Result, provenance
from interfacekit.thermo.equilibria.minimiser import minimiser
from interfacekit.thermo.equilibria.system import load_system, refuse_lithium_metal
from interfacekit.thermo.stability.reaction import InterfaceReaction, interface_reaction
from interfacekit.thermo.stability.window import Window, electrochemical_window
from interfacekit.thermo.uncertainty.samples import reaction_samples, window_samples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable, Source
    from interfacekit.thermo.equilibria.system import System

Change = Literal["removed", "stabilised"]
#: Smallest change of a quantity (V or eV per atom) that counts.
_NO_SHIFT = 1e-9


@dataclass(frozen=True)
class Shift(Result):
    """Change of a quantity due to one phase.

    Attributes
    ----------
    quantity
        Name of the quantity, with its unit.
    phase
        Formula of the phase.
    change
        `removed` from the energies, or `stabilised` below the hull of the other phases.
    energy_change_eV_per_atom
        Change of its formation energy, eV/atom; None if removed.
    value
        Quantity after the change.
    shift
        Value after minus value before the change.

    Examples
    --------
    >>> import interfacekit as ik
    >>> shift = ik.leave_one_out("LGPS").largest("oxidation_V")
    >>> print(f"without {shift.phase}: {shift.shift:+.3f} V")
    without Li4GeS4: -0.134 V
    """

    quantity: str
    phase: str
    change: Change
    energy_change_eV_per_atom: float | None
    value: float
    shift: float


@dataclass(frozen=True)
class LeaveOneOut(
    Result,
    tables="interfacekit.report.tables.ensembles:leave_one_out_tables",
    figure="interfacekit.plots.thermo.leave_one_out:plot_leave_one_out",
):
    """Sensitivity of a window or a reaction to single phases.

    Attributes
    ----------
    phases
        Labels: one for a window, two for a reaction.
    formulas
        Formulas: one for a window, two for a reaction.
    voltage_V
        Voltage of the Li reservoir of a reaction, V vs Li/Li+; None if closed, and for windows.
    values
        Unchanged quantities: `reduction_V` and `oxidation_V` in V, or `mutual` and `total` energies in eV/atom (closed)
        or eV per non-Li atom (open).
    below_hull_eV_per_atom
        Distance below the hull of the others to which each phase above it was stabilised, eV/atom; None if none was.
    shifts
        Shifts by all phases that change a quantity, in order of decreasing magnitude.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> result = ik.leave_one_out("LGPS")
    >>> result.shifts[0].phase, result.shifts[0].change
    ('Li48P16S61', 'stabilised')
    """

    phases: tuple[str, ...]
    formulas: tuple[str, ...]
    voltage_V: float | None
    values: dict[str, float]
    below_hull_eV_per_atom: float | None
    shifts: tuple[Shift, ...]
    provenance: dict[str, Any]

    def largest(self, quantity: str, change: Change = "removed") -> Shift | None:
        """Largest shift of a quantity, or None if no phase changes it.

        Parameters
        ----------
        quantity
            Name of the quantity, such as `oxidation_V`.
        change
            `"removed"` (default) or `"stabilised"`.

        Returns
        -------
        Shift or None
            Shift in the unit of the quantity.
        """
        return next((s for s in self.shifts if s.quantity == quantity and s.change == change), None)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per shift."""
        import pandas as pd

        about = {"subject": "|".join(self.phases), "voltage_V": self.voltage_V}
        columns = ("quantity", "before", "phase", "change", "energy_change_eV_per_atom", "value", "shift")
        rows = [
            about | {name: self.values[s.quantity] if name == "before" else getattr(s, name) for name in columns}
            for s in self.shifts
        ]
        return pd.DataFrame(rows, columns=[*about, *columns])


def leave_one_out(
    phases: str | Phase | Sequence[str | Phase],
    voltage_V: float | None = None,
    entries: Source = "mp2019",
    *,
    below_hull_eV_per_atom: float | None = 0.024,
) -> LeaveOneOut:
    """Sensitivity of the window of a phase, or of the reaction of two phases, to each other phase.

    Parameters
    ----------
    phases
        One alias or formula for its window, two for their reaction.
    voltage_V
        Voltage of a Li reservoir of the reaction, V vs Li/Li+; closed if None (default).
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    below_hull_eV_per_atom
        Distance below the hull of the others to which each phase above the hull is stabilised in turn, eV/atom; default
        0.024, the sigma of `ErrorModel`. None removes phases only.

    Returns
    -------
    LeaveOneOut
        Shifts of all quantities, in V or eV/atom.

    Raises
    ------
    InputError
        See `electrochemical_window` and `interface_reaction`; also without one or two phases, for a window at a
        voltage, or if the distance to the hull is not above 0.
    ComputationError
        If there is no solution.

    Examples
    --------
    >>> import interfacekit as ik
    >>> shift = ik.leave_one_out("LGPS").largest("oxidation_V")
    >>> print(f"without {shift.phase}: {shift.value:.2f} V ({shift.shift:+.2f} V)")
    without Li4GeS4: 2.16 V (-0.13 V)
    """
    members = distinct_phases([phases] if isinstance(phases, str | Phase) else phases)
    if len(members) not in (1, 2):
        raise InputError(f"phases must be one (window) or two (reaction), got {len(members)}; such as ['LCO', 'LGPS']")
    if len(members) == 1 and voltage_V is not None:
        raise InputError(f"voltage_V must be None for a window, got {voltage_V}; leave it out, or name a second phase")
    optional(BELOW_HULL, below_hull_eV_per_atom, "below_hull_eV_per_atom")
    if voltage_V is not None:
        voltage_V = VOLTAGE.check(voltage_V)
    refuse_lithium_metal(members, voltage_V)
    system = load_system(members, entries)
    plain = _result(system.phases, voltage_V, system.table)
    values = _values(plain)
    shifts = [*_removed(system, plain, voltage_V, values)]
    if below_hull_eV_per_atom is not None:
        shifts += _stabilised(system, voltage_V, values, below_hull_eV_per_atom)
    return LeaveOneOut(
        phases=tuple(member.label for member in system.phases),
        formulas=tuple(member.formula for member in system.phases),
        voltage_V=voltage_V,
        values=values,
        below_hull_eV_per_atom=below_hull_eV_per_atom,
        shifts=tuple(sorted(shifts, key=lambda s: (-abs(s.shift), s.phase, s.change, s.quantity))),
        provenance=provenance(
            system.table,
            phases=tuple(member.formula for member in system.phases),
            voltage_V=voltage_V,
            below_hull_eV_per_atom=below_hull_eV_per_atom,
        ),
    )


def _result(phases: Sequence[Phase], voltage_V: float | None, table: EntryTable) -> Window | InterfaceReaction:
    if len(phases) == 1:
        return electrochemical_window(phases[0], table)
    return interface_reaction(phases[0], phases[1], voltage_V, table)


def _values(result: Window | InterfaceReaction) -> dict[str, float]:
    """Quantities of a result by name."""
    if isinstance(result, Window):
        numbers = {"reduction_V": result.reduction_V, "oxidation_V": result.oxidation_V}
    else:
        numbers = {
            f"{name}_{minimum.basis}": getattr(minimum, minimum.basis)
            for name, minimum in (("mutual", result.mutual), ("total", result.total))
        }
    return {name: value for name, value in numbers.items() if value is not None}


def _removed(
    system: System, plain: Window | InterfaceReaction, voltage_V: float | None, values: dict[str, float]
) -> Iterator[Shift]:
    table = system.table
    for row in sorted(_taking_part(system, plain)):
        changed = _values(_result(system.phases, voltage_V, without(table, row)))
        yield from _shifts(values, changed, table.formulas[row], "removed", None)


def _taking_part(system: System, plain: Window | InterfaceReaction) -> set[int]:
    """Rows of the compounds in the equilibria of a result."""
    table = system.table
    products = [step.products for step in (plain.steps if isinstance(plain, Window) else plain.kinks)]
    rows = {table.formulas.index(name) for of_one in products for name in of_one if name in table.formulas}
    for member in system.phases:
        own = table.row_of(system.vector(member))
        if own is not None:
            rows.add(own)
        else:
            rows.update(minimiser(table).equilibrium(system.vector(member)))
    return {row for row in rows if np.count_nonzero(table.compositions[row]) > 1}


def without(table: EntryTable, row: int) -> EntryTable:
    """Remove one row from a table."""
    return replace(
        table,
        formulas=table.formulas[:row] + table.formulas[row + 1 :],
        compositions=np.delete(table.compositions, row, axis=0),
        formation_energies_eV_per_atom=np.delete(table.formation_energies_eV_per_atom, row),
        source=f"{table.source} without {table.formulas[row]}",
        sha256=hashlib.sha256(f"{table.sha256} without {table.formulas[row]}".encode()).hexdigest(),
    )


def _stabilised(
    system: System, voltage_V: float | None, values: dict[str, float], below_hull: float
) -> Iterator[Shift]:
    table = system.table
    hull = minimiser(table).energies(table.compositions) / table.compositions.sum(axis=1)
    above = above_hull(table.formation_energies_eV_per_atom, hull)
    rows = np.flatnonzero((above > 0) & (np.count_nonzero(table.compositions, axis=1) > 1))
    if not rows.size:
        return
    changes = np.zeros((rows.size, len(table)))
    changes[np.arange(rows.size), rows] = -above[rows] - below_hull
    samples = _samples(system, voltage_V, changes)
    for k, row in enumerate(rows):
        changed = {name: float(samples[name][k]) for name in values}
        yield from _shifts(values, changed, table.formulas[row], "stabilised", float(changes[k, row]))


def _samples(system: System, voltage_V: float | None, changes: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Quantities by name for each row of energy changes."""
    if len(system.phases) == 2:
        return reaction_samples(system, voltage_V, changes)
    limits, _, _ = window_samples(system, changes)
    return {"reduction_V": limits[:, 0], "oxidation_V": limits[:, 1]}


def _shifts(
    before: dict[str, float], after: dict[str, float], formula: str, change: Change, energy_change: float | None
) -> Iterator[Shift]:
    for name, value in before.items():
        if abs(after[name] - value) > _NO_SHIFT:
            yield Shift(name, formula, change, energy_change, after[name], after[name] - value)
