"""Windows and reactions under an assumed error model of the formation energies: intervals and probabilities.

All entries of the chemical system take part, so that a phase above the hull is stable in some samples. With many such
phases, the hull of a sample is lower than the plain hull more often than higher, and the median of an ensemble can
differ from the plain value. Intervals show how an assumed error of the energies propagates; they are not a measured
accuracy.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from interfacekit.entries.hull_energies import above_hull
from interfacekit.phases import distinct_phases, phase
from interfacekit.quantities import VOLTAGE
from interfacekit.results import Result, provenance
from interfacekit.thermo.equilibria.minimiser import minimiser
from interfacekit.thermo.equilibria.system import load_system, refuse_lithium_metal
from interfacekit.thermo.stability.reaction import interface_reaction
from interfacekit.thermo.stability.window import electrochemical_window
from interfacekit.thermo.uncertainty.error_model import as_error_model, check_samples
from interfacekit.thermo.uncertainty.samples import hull_samples, own_energies, reaction_samples, window_samples

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable, Source
    from interfacekit.phases import Phase
    from interfacekit.thermo.equilibria.system import System
    from interfacekit.thermo.uncertainty.error_model import ErrorModel

#: Quantiles at the ends of the intervals.
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Interval(Result):
    """Distribution of a quantity under an assumed error model, in the unit of the quantity.

    Attributes
    ----------
    value
        Value without errors.
    median
        Median of the samples.
    low
        5th percentile of the samples.
    high
        95th percentile of the samples.
    deviation
        Standard deviation of the samples.

    Examples
    --------
    >>> import interfacekit as ik
    >>> limit = ik.window_ensemble("LGPS", n=100).oxidation_V
    >>> print(f"{limit.value:.2f} V, 5-95 %: {limit.low:.2f}-{limit.high:.2f} V")
    2.29 V, 5-95 %: 2.19-2.40 V
    """

    value: float
    median: float
    low: float
    high: float
    deviation: float

    @classmethod
    def of(cls, value: float, samples: NDArray[np.float64]) -> Self:
        """Summarise samples of a number."""
        low, median, high = np.quantile(samples, (LOW, 0.5, HIGH), method="inverted_cdf")
        return cls(value, float(median), float(low), float(high), float(samples.std()))


def frame_of(about: dict[str, Any], intervals: dict[str, Interval | None]) -> pd.DataFrame:
    """Return one row per quantity with the columns of `about` in front."""
    import pandas as pd

    rows = [about | {"quantity": name} | _numbers(i) for name, i in intervals.items() if i is not None]
    return pd.DataFrame(rows)


def _numbers(interval: Interval) -> dict[str, float]:
    names = {"low": f"percentile_{100 * LOW:.0f}", "high": f"percentile_{100 * HIGH:.0f}"}
    return {names.get(key, key): value for key, value in asdict(interval).items()}


@dataclass(frozen=True)
class WindowEnsemble(
    Result,
    tables="interfacekit.report.tables.ensembles:window_tables",
    figure="interfacekit.plots.thermo.ensembles:plot_window_ensembles",
):
    """Electrochemical window of a phase under an assumed error model.

    Attributes
    ----------
    phase
        Label of the phase: alias or formula.
    formula
        Formula of the phase.
    n
        Number of samples.
    reduction_V
        Reduction limit, V vs Li/Li+ (see `Window`).
    oxidation_V
        Oxidation limit, V vs Li/Li+; None for a phase without Li.
    width_V
        Width of the window, V; None for a phase without Li.
    hull_probability
        Fraction of samples in which the phase is on the hull; None if the table has no entry of it.
    reduction_products
        Fraction of samples with each phase among the products of reduction, in decreasing order.
    oxidation_products
        Fraction of samples with each phase among the products of oxidation, in decreasing order.
    provenance
        Version, engine, formation energies and parameters, with the seed and the error model.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.window_ensemble("LGPS", n=100).hull_probability
    0.25
    """

    phase: str
    formula: str
    n: int
    reduction_V: Interval
    oxidation_V: Interval | None
    width_V: Interval | None
    hull_probability: float | None
    reduction_products: dict[str, float]
    oxidation_products: dict[str, float]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per limit."""
        about = {"phase": self.phase, "formula": self.formula, "hull_probability": self.hull_probability, "n": self.n}
        names = ("reduction_V", "oxidation_V", "width_V")
        return frame_of(about, {name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class ReactionEnsemble(
    Result,
    tables="interfacekit.report.tables.ensembles:reaction_tables",
    figure="interfacekit.plots.thermo.ensembles:plot_reaction_ensembles",
):
    """Worst reaction of two phases under an assumed error model.

    Attributes
    ----------
    phases
        Labels of both phases; x is the fraction of atoms from the first.
    formulas
        Formulas of both phases.
    voltage_V
        Voltage of the Li reservoir, V vs Li/Li+; None if closed.
    n
        Number of samples.
    mutual_eV_per_atom
        Mutual reaction energy at the worst mixing ratio of each sample, eV/atom (see `InterfaceReaction`).
    mutual_eV_per_non_Li_atom
        Same energy, eV per non-Li atom; None if a mixture has no such atom.
    total_eV_per_atom
        Total reaction energy at the worst mixing ratio of each sample, eV/atom.
    total_eV_per_non_Li_atom
        Same energy, eV per non-Li atom; None if a mixture has no such atom.
    x
        Worst mixing ratio of the mutual reaction, as fraction of atoms from the first phase.
    reaction_probability
        Fraction of samples with a mutual reaction energy below zero.
    products
        Fraction of samples with each phase among the products of the mutual reaction, in decreasing order.
    provenance
        Version, engine, formation energies and parameters, with the seed and the error model.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.reaction_ensemble("LCO", "LGPS", n=100).reaction_probability
    1.0
    """

    phases: tuple[str, str]
    formulas: tuple[str, str]
    voltage_V: float | None
    n: int
    mutual_eV_per_atom: Interval
    mutual_eV_per_non_Li_atom: Interval | None
    total_eV_per_atom: Interval
    total_eV_per_non_Li_atom: Interval | None
    x: Interval
    reaction_probability: float
    products: dict[str, float]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per energy, and one for the mixing ratio."""
        about = {
            "first": self.phases[0],
            "second": self.phases[1],
            "voltage_V": self.voltage_V,
            "reaction_probability": self.reaction_probability,
            "n": self.n,
        }
        names = [f"{name}_eV_per_{of}" for name in ("mutual", "total") for of in ("atom", "non_Li_atom")]
        return frame_of(about, {name: getattr(self, name) for name in (*names, "x")})


def window_ensemble(
    name: str | Phase,
    n: int = 1000,
    error_model: ErrorModel | float | None = None,
    entries: Source = "mp2019",
    *,
    seed: int = 0,
) -> WindowEnsemble:
    """Electrochemical window of a composition under an assumed error model of the formation energies.

    Parameters
    ----------
    name
        Alias or formula.
    n
        Number of samples; default 1000.
    error_model
        Error model, or its sigma in eV/atom; the default `ErrorModel` if None.
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    seed
        Seed of the samples (default 0). Equal seeds give a compound equal errors in every ensemble.

    Returns
    -------
    WindowEnsemble
        Intervals of the limits in V vs Li/Li+, and probabilities.

    Raises
    ------
    InputError
        See `electrochemical_window`; also if n is below 1, or the seed is negative.
    ComputationError
        If a sample has no solution.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ensemble = ik.window_ensemble("LGPS", n=100)
    >>> limit = ensemble.oxidation_V
    >>> print(f"{limit.value:.2f} V, 5-95 %: {limit.low:.2f}-{limit.high:.2f} V")
    2.29 V, 5-95 %: 2.19-2.40 V
    """
    model = as_error_model(error_model)
    check_samples(n, seed)
    system = load_system([phase(name)], entries)
    (subject,), table = system.phases, system.table
    plain = electrochemical_window(subject, table)
    errors = model.errors(table, n, seed)
    limits, below, above = window_samples(system, errors)
    oxidation = width = None
    if plain.oxidation_V is not None:
        oxidation = Interval.of(plain.oxidation_V, limits[:, 1])
        width = Interval.of(plain.oxidation_V - plain.reduction_V, limits[:, 1] - limits[:, 0])
    return WindowEnsemble(
        phase=subject.label,
        formula=subject.formula,
        n=n,
        reduction_V=Interval.of(plain.reduction_V, limits[:, 0]),
        oxidation_V=oxidation,
        width_V=width,
        hull_probability=_hull_probability(system, errors),
        reduction_products=_product_shares(below, table),
        oxidation_products=_product_shares(above, table),
        provenance=provenance(table, phase=subject.formula, n=n, seed=seed, error_model=asdict(model)),
    )


def reaction_ensemble(
    first: str | Phase,
    second: str | Phase,
    voltage_V: float | None = None,
    n: int = 1000,
    error_model: ErrorModel | float | None = None,
    entries: Source = "mp2019",
    *,
    seed: int = 0,
) -> ReactionEnsemble:
    """Worst reaction of two phases in contact under an assumed error model of the formation energies.

    Parameters
    ----------
    first, second
        Aliases or formulas of two distinct compositions.
    voltage_V
        Voltage of a Li reservoir, V vs Li/Li+; closed if None (default).
    n
        Number of samples; default 1000.
    error_model
        Error model, or its sigma in eV/atom; the default `ErrorModel` if None.
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    seed
        Seed of the samples (default 0).

    Returns
    -------
    ReactionEnsemble
        Intervals of the reaction energies in eV per atom and per non-Li atom, and probabilities.

    Raises
    ------
    InputError
        See `interface_reaction`; also if n is below 1, or the seed is negative.
    ComputationError
        If a sample has no solution.

    Examples
    --------
    >>> import interfacekit as ik
    >>> energy = ik.reaction_ensemble("LCO", "LGPS", n=100).mutual_eV_per_atom
    >>> print(f"{1000 * energy.value:.0f} meV/atom, 5-95 %: {1000 * energy.low:.0f} to {1000 * energy.high:.0f}")
    -337 meV/atom, 5-95 %: -365 to -309
    """
    model = as_error_model(error_model)
    check_samples(n, seed)
    pair = distinct_phases([first, second])
    if voltage_V is not None:
        voltage_V = VOLTAGE.check(voltage_V)
    refuse_lithium_metal(pair, voltage_V)
    system = load_system(pair, entries)
    table = system.table
    plain = interface_reaction(pair[0], pair[1], voltage_V, table)
    samples = reaction_samples(system, voltage_V, model.errors(table, n, seed))
    intervals = {
        f"{name}_{basis}": _energy_interval(getattr(getattr(plain, name), basis), samples[f"{name}_{basis}"])
        for name in ("mutual", "total")
        for basis in ("eV_per_atom", "eV_per_non_Li_atom")
    }
    one, other = system.phases
    return ReactionEnsemble(
        phases=(one.label, other.label),
        formulas=(one.formula, other.formula),
        voltage_V=voltage_V,
        n=n,
        x=Interval.of(plain.mutual.x, samples["x"]),
        reaction_probability=float(np.mean(samples["mutual_eV_per_atom"] < 0)),
        products=_product_shares(samples["products"], table),
        provenance=provenance(
            table,
            phases=(one.formula, other.formula),
            voltage_V=voltage_V,
            n=n,
            seed=seed,
            error_model=asdict(model),
        ),
        **intervals,  # type: ignore[arg-type]  # those per atom are never None
    )


def _energy_interval(value: float | None, samples: NDArray[np.float64]) -> Interval | None:
    return None if value is None or not np.isfinite(samples).all() else Interval.of(value, samples)


def _hull_probability(system: System, errors: NDArray[np.float64]) -> float | None:
    (subject,), table = system.phases, system.table
    if system.own_energy(subject) is None:
        return None
    hull = hull_samples(table, system.vector(subject), errors)
    return float(np.mean(above_hull(own_energies(system, subject, errors), hull) <= 0))


def _product_shares(rows: NDArray[np.intp], table: EntryTable) -> dict[str, float]:
    """Fraction of samples with each phase among the products, by formula."""
    names = minimiser(table).formulas
    products, counts = np.unique(rows[rows >= 0], return_counts=True)
    order = sorted(range(len(products)), key=lambda i: (-counts[i], names[products[i]]))
    return {names[products[i]]: float(counts[i] / len(rows)) for i in order}
