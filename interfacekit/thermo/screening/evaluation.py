"""Columns of candidates from the results of the kernel, in the units of `interface_reaction`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.entries.hull_energies import above_hull, zero_on_hull
from interfacekit.errors import ComputationError
from interfacekit.phases import phase
from interfacekit.thermo.equilibria.engine import AMOUNT_TOLERANCE, cleaned, named_amounts
from interfacekit.thermo.equilibria.minimiser import DIATOMIC
from interfacekit.thermo.screening.candidate import N_CLOSED, REACTIONS, WITH_ELECTROLYTE
from interfacekit.thermo.screening.columns import CandidateColumns
from interfacekit.thermo.screening.kernel import compositions_of, half_lithiated
from interfacekit.thermo.stability.nearest import NearestEntry, nearest_entry
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from numpy.typing import NDArray

    from interfacekit.kernels.equilibria.screening import Screened
    from interfacekit.phases import Phase
    from interfacekit.thermo.screening.prepared import Prepared

#: True for Li-open reactions, shape (5,).
_IS_OPEN = np.arange(len(REACTIONS)) >= N_CLOSED


def candidate_columns(
    finished: Sequence[tuple[Sequence[str], Screened]],
    labels: dict[str, str],
    pair: Sequence[Phase],
    voltage_V: tuple[float, float],
    data: Prepared,
) -> CandidateColumns:
    """Convert the results of the kernel to columns of candidates.

    Parameters
    ----------
    finished
        Formulas of the candidates of each chunk, with the results of the kernel.
    labels
        Labels of the candidates by formula.
    pair
        Cathode and electrolyte.
    voltage_V
        Lowest and highest voltage, V vs Li/Li+.
    data
        Prepared energies.

    Returns
    -------
    CandidateColumns
        Columns with NaN for a candidate without a solution.
    """
    table = data.table
    formulas = [formula for chunk, _ in finished for formula in chunk]
    rows = [data.row_of.get(formula) for formula in formulas]
    compositions = compositions_of(formulas, rows, table)
    partners = _partners(pair)
    lithium = table.elements.index(LITHIUM)
    own = Amounts.of(compositions, lithium)
    facing = Amounts.of(np.array([member.vector(table.elements) for member in partners]), lithium)

    def column(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(answer, name) for _, answer in finished]) if finished else np.empty((0, 5))

    energy, mixtures = column("energy"), _Mixtures.of(column("mixing"), own, facing)
    limits: dict[str, Any] = {name: column(name.removesuffix("_V")).reshape(-1) for name in _LIMITS}
    formation = np.array([np.nan if row is None else table.formation_energies_eV_per_atom[row] for row in rows])
    return CandidateColumns(
        labels=[labels[formula] for formula in formulas],
        formulas=formulas,
        elements=[tuple(table.elements[j] for j in np.flatnonzero(atoms_of)) for atoms_of in compositions],
        partners=tuple(member.formula for member in partners),
        lithium_fraction=(own.atoms - own.others) / own.atoms,
        energy_above_hull_eV_per_atom=above_hull(formation, column("hull_energy").reshape(-1)),
        **limits,
        **_nearest(data, rows, compositions),
        **_decompositions(column("decomposition").reshape(-1, 2), own, voltage_V),
        reactions_eV_per_atom=cleaned(energy / mixtures.atoms),
        reactions_x=mixtures.own_atoms / mixtures.atoms,
        reactions_eV_per_non_Li_atom=np.where(_IS_OPEN, cleaned(energy), np.nan),
        reactions_V=column("voltage"),
        products=_products_of(finished, mixtures.units, data),
    )


#: Columns of window limits.
_LIMITS = ("reduction_V", "oxidation_V", "rounded_reduction_V", "rounded_oxidation_V")


def _partners(pair: Sequence[Phase]) -> list[Phase]:
    """Partner of each reaction."""
    half = phase(half_lithiated(pair[0]))
    return [half if r == 1 else pair[r in WITH_ELECTROLYTE] for r in range(len(REACTIONS))]


class Amounts(NamedTuple):
    """All atoms and non-Li atoms per formula unit, shape (n,)."""

    atoms: NDArray[np.float64]
    others: NDArray[np.float64]

    @classmethod
    def of(cls, compositions: NDArray[np.float64], lithium: int) -> Self:
        """Count the atoms of compositions (n, m), of which Li is on the axis `lithium`."""
        atoms = compositions.sum(axis=1)
        return cls(atoms, atoms - compositions[:, lithium])


class _Mixtures(NamedTuple):
    """Mixtures of candidates with partners, per atom (closed) or non-Li atom (open), shape (n, 5).

    Attributes
    ----------
    units
        Formula units of both.
    atoms
        Atoms of both.
    own_atoms
        Atoms of the candidate.
    """

    units: NDArray[np.float64]
    atoms: NDArray[np.float64]
    own_atoms: NDArray[np.float64]

    @classmethod
    def of(cls, share: NDArray[np.float64], own: Amounts, facing: Amounts) -> Self:
        """Mix in shares (n, 5), which count all atoms if closed, and non-Li atoms if open."""
        counted = np.where(_IS_OPEN, own.others[:, None], own.atoms[:, None])
        facing_counted = np.where(_IS_OPEN, facing.others, facing.atoms)
        own_atoms = share * own.atoms[:, None] / counted
        return cls(
            units=share / counted + (1 - share) / facing_counted,
            atoms=own_atoms + (1 - share) * facing.atoms / facing_counted,
            own_atoms=own_atoms,
        )


def _nearest(data: Prepared, rows: Sequence[int | None], compositions: NDArray[np.float64]) -> dict[str, Any]:
    """Nearest entries in composition and their distances, by the names of the columns."""
    table = data.table
    near = [
        nearest_entry(table, atoms_of) if row is None else NearestEntry(row, table.formulas[row], 0.0)
        for row, atoms_of in zip(rows, compositions, strict=True)
    ]
    distances = [np.nan if entry is None else entry.distance_atom_fraction for entry in near]
    return {
        "nearest_entries": [None if entry is None else entry.formula for entry in near],
        "nearest_entry_distance_atom_fraction": np.array(distances),
    }


def _decompositions(ends: NDArray[np.float64], own: Amounts, voltage_V: tuple[float, float]) -> dict[str, Any]:
    """Worse decomposition of both ends of the range (n, 2), by the names of the columns."""
    per_atom = zero_on_hull(ends * own.others[:, None] / own.atoms[:, None])
    worst = per_atom.argmin(axis=1)
    return {
        "decomposition_eV_per_atom": per_atom[np.arange(len(worst)), worst],
        "decomposition_V": np.array(voltage_V)[worst],
    }


def _products_of(
    finished: Sequence[tuple[Sequence[str], Screened]], units: NDArray[np.float64], data: Prepared
) -> Callable[[int, int], dict[str, float]]:
    """Products by the index of the candidate and of the reaction, per formula unit of both reactants (n, 5)."""
    places = [(answer, c) for chunk, answer in finished for c in range(len(chunk))]

    def products(k: int, r: int) -> dict[str, float]:
        answer, c = places[k]
        return _products(
            answer.products[c, r], answer.amounts[c, r], data, float(1 / units[k, r]), is_open=r >= N_CLOSED
        )

    return products


def _products(
    rows: NDArray[np.int64], amounts: NDArray[np.float64], data: Prepared, factor: float, *, is_open: bool
) -> dict[str, float]:
    """Formula units of products from their atoms (open: non-Li atoms); rows of -1 are skipped."""
    present = (rows >= 0) & (amounts > AMOUNT_TOLERANCE)
    places = data.stable[rows[present]]
    counted = Amounts.of(data.table.compositions[places], data.table.elements.index(LITHIUM))
    units: dict[str, float] = {}
    for place, amount, n in zip(places, amounts[present], counted.others if is_open else counted.atoms, strict=True):
        formula = data.table.formulas[place]
        molecule = 2 if formula in DIATOMIC else 1
        units[f"{formula}2" if molecule == 2 else formula] = float(amount / (n * molecule))
    return named_amounts(units, factor)


def solved(columns: CandidateColumns) -> tuple[CandidateColumns, dict[str, str]]:
    """Split candidates into those with a solution, and a reason for each without.

    Raises
    ------
    ComputationError
        If no candidate has a solution.
    """
    failed = np.isnan(columns.reduction_V)
    if not failed.any():
        return columns, {}
    unsolved = {columns.labels[k]: "its phase equilibria have no solution" for k in np.flatnonzero(failed).tolist()}
    if failed.all():
        raise ComputationError(f"no solution for {', '.join(unsolved)}")
    return columns.take(np.flatnonzero(~failed)), unsolved
