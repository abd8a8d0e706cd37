"""Electrochemical windows: over which voltages a composition neither takes up nor gives off lithium.

Method: Mo, Ong and Ceder, doi:10.1021/cm203303y; Zhu, He and Mo, doi:10.1021/acsami.5b07517.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.entries.hull_energies import ON_HULL_eV_per_atom, above_hull
from interfacekit.errors import InputError
from interfacekit.phases import Phase, distinct_phases, phase
from interfacekit.results import Result, deferred, provenance, written
from interfacekit.thermo.equilibria.engine import named_amounts
from interfacekit.thermo.equilibria.system import System, load_system
from interfacekit.thermo.stability.nearest import nearest_entry, snapped_in
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interfacekit.entries import Source
    from interfacekit.thermo.equilibria.engine import Engine, Staircase, VoltagePlateau

#: Li contents (per atom of the formula unit) closer than this are the same.
LITHIUM_TOLERANCE = 1e-7
#: Li contents (per formula unit) closer than this are one for whoever rounds a formula to two decimals.
ROUNDED_LITHIUM = 0.01


@dataclass(frozen=True)
class WindowStep(Result):
    """Equilibrium with a Li reservoir between two voltages.

    Attributes
    ----------
    voltage_low_V, voltage_high_V
        Against Li/Li+; `voltage_high_V` is None on the last step, where no Li is left.
    li_per_formula
        Li taken up (> 0) or given off (< 0) per formula unit of the phase.
    products
        Formula units of each phase in equilibrium, per formula unit of the phase.
    """

    voltage_low_V: float
    voltage_high_V: float | None
    li_per_formula: float
    products: dict[str, float]


@dataclass(frozen=True)
class AverageVoltage(Result):
    """Average voltage (against Li/Li+) over which a host gives off `li_per_formula` Li per lithiated formula unit."""

    lithiated: str
    delithiated: str
    average_voltage_V: float
    li_per_formula: float
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Window(
    Result,
    tables="interfacekit.report.tables.windows:window_tables",
    figure="interfacekit.plots.thermo.windows:plot_windows",
):
    """The electrochemical window of a phase, and its whole Li staircase.

    Attributes
    ----------
    phase, formula
        Its label and the formula that amounts refer to.
    energy_above_hull_eV_per_atom
        None where the table has no energy of this composition (then its hull energy stands for it).
    reduction_V
        Below this the composition takes up Li.
    oxidation_V
        Above this it gives Li off; None if it has none to give. Equal to `reduction_V` where the composition is a
        mixture of a more and a less lithiated state: then every other voltage changes its Li content.
    reduction_products, oxidation_products
        Formula units per formula unit of the phase on the step below `reduction_V` and above `oxidation_V`.
    steps
        The staircase, by rising voltage from 0 V.
    provenance
        Where the numbers come from.
    delithiation
        Average voltage to a delithiated state, where one was asked for.
    li_tolerance_per_formula
        Li per formula unit by which a rounded formula may be off.
    rounded_reduction_V, rounded_oxidation_V
        Between these the Li content at equilibrium stays within `li_tolerance_per_formula` of that of the formula, as
        `reduction_V` and `oxidation_V` for an exact one. A rounded formula lies beside its phase and has a window of
        almost no width; these are then the limits of the phase.
    nearest_entry
        Formula of the compound of the table that is nearest in composition; None where there is none.
    nearest_entry_distance_atom_fraction
        Share of atoms in which it differs: 0 for an entry.
    """

    phase: str
    formula: str
    energy_above_hull_eV_per_atom: float | None
    reduction_V: float
    oxidation_V: float | None
    reduction_products: dict[str, float]
    oxidation_products: dict[str, float]
    steps: tuple[WindowStep, ...]
    provenance: dict[str, Any]
    delithiation: AverageVoltage | None = None
    li_tolerance_per_formula: float = ROUNDED_LITHIUM
    rounded_reduction_V: float | None = None
    rounded_oxidation_V: float | None = None
    nearest_entry: str | None = None
    nearest_entry_distance_atom_fraction: float | None = None

    @property
    def is_on_hull(self) -> bool:
        """Whether the phase has an energy of its own, which is on the hull."""
        above = self.energy_above_hull_eV_per_atom
        return above is not None and above < ON_HULL_eV_per_atom

    def to_frame(self) -> pd.DataFrame:
        """Return one row per step, with the phase and its window repeated; products are text."""
        import pandas as pd

        window = {
            "phase": self.phase,
            "formula": self.formula,
            "energy_above_hull_eV_per_atom": self.energy_above_hull_eV_per_atom,
            "reduction_V": self.reduction_V,
            "oxidation_V": self.oxidation_V,
            "li_tolerance_per_formula": self.li_tolerance_per_formula,
            "rounded_reduction_V": self.rounded_reduction_V,
            "rounded_oxidation_V": self.rounded_oxidation_V,
            "nearest_entry": self.nearest_entry,
            "nearest_entry_distance_atom_fraction": self.nearest_entry_distance_atom_fraction,
        }
        return pd.DataFrame(
            [
                window
                | {
                    "voltage_low_V": step.voltage_low_V,
                    "voltage_high_V": step.voltage_high_V,
                    "li_per_formula": step.li_per_formula,
                    "products": written(step.products),
                }
                for step in self.steps
            ]
        )


def electrochemical_window(
    name: str | Phase, entries: Source = "mp2019", *, snap: bool = False, engine: Engine = "kernels"
) -> Window:
    """Electrochemical window and Li staircase of a composition.

    A phase above the hull has a window too: that of the phases that its composition decomposes into.

    Parameters
    ----------
    name
        Alias or formula.
    entries
        Where the formation energies come from (`interfacekit.load_entries`).
    snap
        Take the entry that is nearest in composition (`snapped_from` among the parameters of the provenance).
    engine
        `kernels`, or `pymatgen` to have its convex hulls.

    Raises
    ------
    InputError
        If the name is no phase, is Li metal, the source lacks an element or an entry to snap to, or the engine is
        unknown.
    """
    given = phase(name)
    system = load_system([given], entries, engine)
    if not snap:
        return _window(system)
    entry = snapped_in(system.table, given)
    return _window(load_system([entry], system.table, engine), snapped_from=given.formula)


def electrochemical_windows(
    names: Sequence[str | Phase], entries: Source = "mp2019", *, snap: bool = False, engine: Engine = "kernels"
) -> tuple[Window, ...]:
    """Windows of several phases, each once.

    Raises
    ------
    InputError
        As `electrochemical_window`, and if a phase is named twice.
    """
    return tuple(
        electrochemical_window(subject, entries, snap=snap, engine=engine) for subject in distinct_phases(names)
    )


def _window(system: System, **parameters: str) -> Window:
    (subject,), equilibria = system.phases, system.equilibria()
    composition = system.vector(subject)
    plateaus = equilibria.staircase(composition)
    own = subject.amount(LITHIUM)
    exact, rounded = (_limits(plateaus, own, same) for same in (LITHIUM_TOLERANCE * subject.n_atoms, ROUNDED_LITHIUM))
    n_below, first_above = exact.n_below, exact.first_above
    near = nearest_entry(system.table, composition)

    def products(k: int) -> dict[str, float]:
        return named_amounts(equilibria.named(plateaus.phases_at(k)))

    return Window(
        phase=subject.label,
        formula=subject.formula,
        energy_above_hull_eV_per_atom=_energy_above_hull(subject, system),
        reduction_V=exact.reduction_V,
        oxidation_V=exact.oxidation_V,
        reduction_products=deferred(lambda: products(n_below - 1) if n_below else {}),
        oxidation_products=deferred(lambda: products(first_above) if first_above < len(plateaus) else {}),
        steps=deferred(lambda: tuple(_step(plateaus[k], own, products(k)) for k in range(len(plateaus)))),
        provenance=provenance(system.table, solver=system.engine, phase=subject.formula, **parameters),
        rounded_reduction_V=rounded.reduction_V,
        rounded_oxidation_V=rounded.oxidation_V,
        nearest_entry=None if near is None else near.formula,
        nearest_entry_distance_atom_fraction=None if near is None else near.distance_atom_fraction,
    )


class _Limits(NamedTuple):
    """Limits (V) of a Li content, and the plateaus below the one (their number) and above the other (the first)."""

    reduction_V: float
    oxidation_V: float | None
    n_below: int
    first_above: int


def _limits(plateaus: Staircase, own: float, same: float) -> _Limits:
    # Li contents fall with the voltage.
    n_below = int(np.count_nonzero(plateaus.lithium > own + same))
    first_above = len(plateaus) - int(np.count_nonzero(plateaus.lithium < own - same))
    return _Limits(
        plateaus.limits_V(n_below - 1)[1] if n_below else 0.0,
        plateaus.limits_V(first_above)[0] if first_above < len(plateaus) else None,
        n_below,
        first_above,
    )


def _step(plateau: VoltagePlateau, own: float, products: dict[str, float]) -> WindowStep:
    return WindowStep(
        voltage_low_V=plateau.voltage_low_V,
        voltage_high_V=None if np.isinf(plateau.voltage_high_V) else plateau.voltage_high_V,
        li_per_formula=round(plateau.lithium - own, 9) + 0.0,
        products=products,
    )


def _energy_above_hull(subject: Phase, system: System) -> float | None:
    own = system.own_energy(subject)
    if own is None:
        return None
    return float(above_hull(own / subject.n_atoms, system.hull_energy(subject) / subject.n_atoms))


def average_voltage(lithiated: str | Phase, delithiated: str | Phase, entries: Source = "mp2019") -> AverageVoltage:
    """Average voltage of the step between two states of one host, each with its own energy.

    The energies' difference per Li, doi:10.1103/PhysRevB.56.1354.

    Parameters
    ----------
    lithiated, delithiated
        Phases that differ in nothing but Li, such as LiCoO2 and CoO2.

    Raises
    ------
    InputError
        If they differ in more than Li, or the table has no energy of one of them.
    """
    full, empty = phase(lithiated), phase(delithiated)
    others = sorted((full.elements | empty.elements) - {LITHIUM})
    if not others:
        raise InputError(f"{full.label} and {empty.label} have no host; give one, as in LiCoO2 and CoO2")
    ratio = full.vector(others).sum() / max(empty.vector(others).sum(), 1e-12)
    removed = full.amount(LITHIUM) - ratio * empty.amount(LITHIUM)
    if (
        not np.allclose(full.vector(others), ratio * empty.vector(others))
        or removed <= LITHIUM_TOLERANCE * full.n_atoms
    ):
        raise InputError(f"{empty.label} is not {full.label} with less Li; give the same host, as in LiCoO2 and CoO2")
    system = load_system([full, empty], entries)
    energies = []
    for state in system.phases:
        energy = system.own_energy(state)
        if energy is None:
            raise InputError(f"{system.table.source} has no energy of {state.label}; add it with --entries")
        energies.append(energy)
    return AverageVoltage(
        lithiated=full.formula,
        delithiated=empty.formula,
        average_voltage_V=float((ratio * energies[1] - energies[0]) / removed),
        li_per_formula=removed,
        provenance=provenance(system.table, lithiated=full.formula, delithiated=empty.formula),
    )
