"""Electrochemical windows: the voltage range within which a composition neither takes up nor releases lithium.

Method: Mo, Ong and Ceder, doi:10.1021/cm203303y; Zhu, He and Mo, doi:10.1021/acsami.5b07517.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
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

#: Largest difference of equal Li contents (per atom of the formula unit).
LITHIUM_TOLERANCE = 1e-7
#: Largest difference of equal Li contents (per formula unit) for a formula rounded to two decimals.
ROUNDED_LITHIUM = 0.01


@dataclass(frozen=True)
class WindowStep(Result):
    """Equilibrium of a composition with a Li reservoir between two voltages.

    Attributes
    ----------
    voltage_low_V
        Lower end of the step, V vs Li/Li+.
    voltage_high_V
        Upper end, V vs Li/Li+; None on the last step, where all Li is extracted.
    li_per_formula
        Li taken up (> 0) or released (< 0), Li per formula unit of the phase.
    products
        Formula units of each phase in equilibrium, per formula unit of the phase.

    Examples
    --------
    >>> import interfacekit as ik
    >>> step = ik.electrochemical_window("LGPS").steps[0]
    >>> print(f"{step.voltage_low_V:.2f}-{step.voltage_high_V:.2f} V: {step.li_per_formula:.2f} Li")
    0.00-0.28 V: 23.75 Li
    >>> step.products
    {'Li2S': 12.0, 'Li3P': 2.0, 'Li15Ge4': 0.25}
    """

    voltage_low_V: float
    voltage_high_V: float | None
    li_per_formula: float
    products: dict[str, float]


@dataclass(frozen=True)
class AverageVoltage(Result):
    """Average voltage between two lithiation states of a host.

    Attributes
    ----------
    lithiated
        Formula of the state with more Li.
    delithiated
        Formula of the state with less Li.
    average_voltage_V
        Average voltage, V vs Li/Li+.
    li_per_formula
        Li extracted, Li per formula unit of the lithiated state.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> voltage = ik.average_voltage("LiCoO2", "CoO2")
    >>> print(f"{voltage.average_voltage_V:.3f} V, {voltage.li_per_formula:g} Li")
    3.745 V, 1 Li
    """

    lithiated: str
    delithiated: str
    average_voltage_V: float
    li_per_formula: float
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        import pandas as pd

        return pd.DataFrame([{name: value for name, value in asdict(self).items() if name != "provenance"}])


@dataclass(frozen=True)
class Window(
    Result,
    tables="interfacekit.report.tables.windows:window_tables",
    figure="interfacekit.plots.thermo.windows:plot_windows",
):
    """Electrochemical window of a composition, and its equilibrium with a Li reservoir from 0 V upwards.

    Attributes
    ----------
    phase
        Label of the phase: alias or formula.
    formula
        Formula that all amounts refer to.
    energy_above_hull_eV_per_atom
        Energy above the hull, eV/atom. None if the table has no entry of this composition; the hull energy is used
        then.
    reduction_V
        Reduction limit, V vs Li/Li+: at lower voltages the composition takes up Li.
    oxidation_V
        Oxidation limit, V vs Li/Li+: at higher voltages the composition releases Li. None for a phase without Li. Equal
        to `reduction_V` for a mixture of a lithiated and a delithiated state, whose Li content changes at any other
        voltage.
    reduction_products
        Products below `reduction_V`: formula units per formula unit of the phase.
    oxidation_products
        Products above `oxidation_V`: formula units per formula unit of the phase.
    steps
        All steps in order of increasing voltage, from 0 V.
    provenance
        Version, engine, formation energies and parameters.
    delithiation
        Average voltage to a delithiated state; None unless requested.
    li_tolerance_per_formula
        Li per formula unit within which a rounded formula keeps its Li content; 0.01.
    rounded_reduction_V
        Reduction limit within `li_tolerance_per_formula`, V vs Li/Li+. A rounded formula lies beside its phase and has
        an exact window of almost zero width; the rounded limits are those of the phase.
    rounded_oxidation_V
        Oxidation limit within `li_tolerance_per_formula`, V vs Li/Li+; None for a phase without Li.
    nearest_entry
        Formula of the compound of the table that is nearest in composition; None if there is none.
    nearest_entry_distance_atom_fraction
        Fraction of atoms in which the nearest entry differs; 0 for an entry.

    Examples
    --------
    >>> import interfacekit as ik
    >>> window = ik.electrochemical_window("LGPS")
    >>> window.oxidation_products
    {'Li3PS4': 2.0, 'GeS2': 1.0, 'LiS4': 0.5}
    >>> len(window.steps), window.is_on_hull
    (13, False)
    """

    phase: str
    formula: str
    energy_above_hull_eV_per_atom: float | None
    reduction_V: float
    oxidation_V: float | None
    reduction_products: dict[str, float] = field(repr=False)
    oxidation_products: dict[str, float] = field(repr=False)
    steps: tuple[WindowStep, ...] = field(repr=False)
    provenance: dict[str, Any]
    delithiation: AverageVoltage | None = None
    li_tolerance_per_formula: float = ROUNDED_LITHIUM
    rounded_reduction_V: float | None = None
    rounded_oxidation_V: float | None = None
    nearest_entry: str | None = None
    nearest_entry_distance_atom_fraction: float | None = None

    @property
    def is_on_hull(self) -> bool:
        """True if the table has an entry of the phase, and it is on the hull."""
        above = self.energy_above_hull_eV_per_atom
        return above is not None and above < ON_HULL_eV_per_atom

    def to_frame(self) -> pd.DataFrame:
        """Return one row per step with the phase and its limits repeated; products are text."""
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
    """Electrochemical window of a composition, and its Li content and products at every voltage.

    In equilibrium with a Li reservoir at voltage V, the chemical potential of Li is mu_Li = -e V against Li metal, and
    the phases minimise the grand potential E - mu_Li N_Li (doi:10.1021/cm203303y, doi:10.1021/acsami.5b07517). The
    window is the voltage range in which the Li content at equilibrium equals that of the composition. A phase above the
    hull has the window of its equilibrium decomposition products.

    Parameters
    ----------
    name
        Alias or formula.
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    snap
        Replace the composition by the nearest entry (default False). The original formula is kept as `snapped_from` in
        the provenance.
    engine
        `"kernels"` (default) or `"pymatgen"`, which builds convex hulls.

    Returns
    -------
    Window
        Limits in V vs Li/Li+, products and steps.

    Raises
    ------
    InputError
        If the name is not a phase or is Li metal, the source lacks an element or an entry near the composition, or the
        engine is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> window = ik.electrochemical_window("LGPS")
    >>> print(f"{window.reduction_V:.3f}-{window.oxidation_V:.3f} V vs Li/Li+")
    1.721-2.291 V vs Li/Li+
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
    """Electrochemical windows of several phases.

    Parameters
    ----------
    names
        Aliases or formulas of n distinct compositions.
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    snap
        Replace each composition by the nearest entry (default False).
    engine
        `"kernels"` (default) or `"pymatgen"`, which builds convex hulls.

    Returns
    -------
    tuple of Window
        Windows in the order of the names, length n; limits in V vs Li/Li+.

    Raises
    ------
    InputError
        See `electrochemical_window`; also if two names are one composition.

    Examples
    --------
    >>> import interfacekit as ik
    >>> for window in ik.electrochemical_windows(["LGPS", "LNO"]):
    ...     print(f"{window.phase}: {window.reduction_V:.2f}-{window.oxidation_V:.2f} V")
    LGPS: 1.72-2.29 V
    LNO: 1.74-3.76 V
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
    """Limits (V) of a Li content, the number of plateaus below the window, and the index of the first above it."""

    reduction_V: float
    oxidation_V: float | None
    n_below: int
    first_above: int


def _limits(plateaus: Staircase, own: float, same: float) -> _Limits:
    # The Li content decreases with voltage.
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
    """Average voltage between two lithiation states of a host, from their own formation energies.

    V = (E(delithiated) + n E(Li) - E(lithiated)) / (n e) with n Li extracted (doi:10.1103/PhysRevB.56.1354).

    Parameters
    ----------
    lithiated
        Alias or formula of the state with more Li, such as LiCoO2.
    delithiated
        Alias or formula of the same host with less Li, such as CoO2.
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.

    Returns
    -------
    AverageVoltage
        Average voltage (V vs Li/Li+) and Li extracted per formula unit.

    Raises
    ------
    InputError
        If the two differ in more than their Li content, or the table has no entry of one of them.

    Examples
    --------
    >>> import interfacekit as ik
    >>> print(f"{ik.average_voltage('LiCoO2', 'CoO2').average_voltage_V:.3f} V")
    3.745 V
    """
    full, empty = phase(lithiated), phase(delithiated)
    others = sorted((full.elements | empty.elements) - {LITHIUM})
    if not others:
        raise InputError(
            f"both states must contain a host, got {full.label} and {empty.label}; such as LiCoO2 and CoO2"
        )
    ratio = full.vector(others).sum() / max(empty.vector(others).sum(), 1e-12)
    removed = full.amount(LITHIUM) - ratio * empty.amount(LITHIUM)
    if (
        not np.allclose(full.vector(others), ratio * empty.vector(others))
        or removed <= LITHIUM_TOLERANCE * full.n_atoms
    ):
        raise InputError(f"delithiated must be {full.label} with less Li, got {empty.label}; such as CoO2 for LiCoO2")
    system = load_system([full, empty], entries)
    energies = []
    for state in system.phases:
        energy = system.own_energy(state)
        if energy is None:
            raise InputError(f"{system.table.source} has no entry of {state.label}; add one with --entries")
        energies.append(energy)
    return AverageVoltage(
        lithiated=full.formula,
        delithiated=empty.formula,
        average_voltage_V=float((ratio * energies[1] - energies[0]) / removed),
        li_per_formula=removed,
        provenance=provenance(system.table, lithiated=full.formula, delithiated=empty.formula),
    )
