"""Candidates of a screening as columns of numbers, from which objects are built on demand."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interfacekit.thermo.screening.candidate import REACTIONS, WITH_CATHODE, WITH_ELECTROLYTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from interfacekit.thermo.screening.candidate import Candidate


class JudgedNumbers(NamedTuple):
    """Numbers of one candidate that gates apply to (see `Candidate`); reaction energies in the order of `REACTIONS`."""

    energy_above_hull_eV_per_atom: float | None
    decomposition_eV_per_atom: float
    decomposition_V: float
    reactions_eV_per_atom: Sequence[float]
    reduction_V: float
    oxidation_V: float | None
    lithium_fraction: float


@dataclass(frozen=True, eq=False)
class CandidateColumns:
    """Columns of n candidates; quantities as in `Candidate`.

    Attributes
    ----------
    labels, formulas, elements
        Sequences of length n.
    partners
        Formula of the partner of each reaction, in the order of `REACTIONS`.
    nearest_entries
        Sequence of length n; None without a nearest entry.
    lithium_fraction, energy_above_hull_eV_per_atom, reduction_V, oxidation_V
        Shape (n,); NaN for None.
    rounded_reduction_V, rounded_oxidation_V, nearest_entry_distance_atom_fraction
        Shape (n,); NaN for None.
    decomposition_eV_per_atom, decomposition_V
        Shape (n,).
    reactions_eV_per_atom, reactions_x
        Shape (n, 5).
    reactions_eV_per_non_Li_atom, reactions_V
        Shape (n, 5); NaN for None.
    products
        Function of the index of a candidate and of a reaction: formula units per formula unit of both reactants
        together.
    """

    labels: Sequence[str]
    formulas: Sequence[str]
    elements: Sequence[tuple[str, ...]]
    partners: tuple[str, ...]
    lithium_fraction: NDArray[np.float64]
    energy_above_hull_eV_per_atom: NDArray[np.float64]
    reduction_V: NDArray[np.float64]
    oxidation_V: NDArray[np.float64]
    rounded_reduction_V: NDArray[np.float64]
    rounded_oxidation_V: NDArray[np.float64]
    nearest_entries: Sequence[str | None]
    nearest_entry_distance_atom_fraction: NDArray[np.float64]
    decomposition_eV_per_atom: NDArray[np.float64]
    decomposition_V: NDArray[np.float64]
    reactions_eV_per_atom: NDArray[np.float64]
    reactions_x: NDArray[np.float64]
    reactions_eV_per_non_Li_atom: NDArray[np.float64]
    reactions_V: NDArray[np.float64]
    products: Callable[[int, int], dict[str, float]]

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> CandidateColumns:
        """Return the columns of objects."""
        reactions = [[candidate.reactions[name] for name in REACTIONS] for candidate in candidates]

        def column(name: str) -> NDArray[np.float64]:
            return _numbers([getattr(candidate, name) for candidate in candidates])

        def of_reactions(name: str) -> NDArray[np.float64]:
            values = [getattr(reaction, name) for row in reactions for reaction in row]
            return _numbers(values).reshape(-1, len(REACTIONS))

        return cls(
            labels=[candidate.label for candidate in candidates],
            formulas=[candidate.formula for candidate in candidates],
            elements=[candidate.elements for candidate in candidates],
            partners=tuple(reaction.partner for reaction in reactions[0]) if reactions else (),
            lithium_fraction=column("lithium_fraction"),
            energy_above_hull_eV_per_atom=column("energy_above_hull_eV_per_atom"),
            reduction_V=column("reduction_V"),
            oxidation_V=column("oxidation_V"),
            rounded_reduction_V=column("rounded_reduction_V"),
            rounded_oxidation_V=column("rounded_oxidation_V"),
            nearest_entries=[candidate.nearest_entry for candidate in candidates],
            nearest_entry_distance_atom_fraction=column("nearest_entry_distance_atom_fraction"),
            decomposition_eV_per_atom=column("decomposition_eV_per_atom"),
            decomposition_V=column("decomposition_V"),
            reactions_eV_per_atom=of_reactions("eV_per_atom"),
            reactions_x=of_reactions("x"),
            reactions_eV_per_non_Li_atom=of_reactions("eV_per_non_Li_atom"),
            reactions_V=of_reactions("voltage_V"),
            products=lambda k, r: reactions[k][r].products,
        )

    def __len__(self) -> int:
        return len(self.formulas)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> CandidateColumns:
        """Select candidates in the order of `rows` (k,)."""
        chosen = [int(row) for row in rows]
        arrays = {name: numbers[chosen] for name, numbers in self.numbers.items()}
        return CandidateColumns(
            labels=[self.labels[row] for row in chosen],
            formulas=[self.formulas[row] for row in chosen],
            elements=[self.elements[row] for row in chosen],
            nearest_entries=[self.nearest_entries[row] for row in chosen],
            partners=self.partners,
            products=lambda k, r: self.products(chosen[k], r),
            **arrays,
        )

    @cached_property
    def numbers(self) -> dict[str, NDArray[np.float64]]:
        """Columns of numbers by name."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: column for name, column in columns.items() if isinstance(column, np.ndarray)}

    @cached_property
    def cathode_eV_per_atom(self) -> NDArray[np.float64]:
        """Worst reaction with the cathode, shape (n,)."""
        worst: NDArray[np.float64] = self.reactions_eV_per_atom[:, WITH_CATHODE].min(axis=1)
        return worst

    @cached_property
    def electrolyte_eV_per_atom(self) -> NDArray[np.float64]:
        """Worst reaction with the electrolyte, shape (n,)."""
        worst: NDArray[np.float64] = self.reactions_eV_per_atom[:, WITH_ELECTROLYTE].min(axis=1)
        return worst

    def judged(self) -> Iterator[JudgedNumbers]:
        """Yield the numbers that gates apply to, candidate by candidate."""
        columns = (
            optional(self.energy_above_hull_eV_per_atom),
            self.decomposition_eV_per_atom.tolist(),
            self.decomposition_V.tolist(),
            self.reactions_eV_per_atom.tolist(),
            self.reduction_V.tolist(),
            optional(self.oxidation_V),
            self.lithium_fraction.tolist(),
        )
        return map(JudgedNumbers, *columns)


def optional(numbers: NDArray[np.float64]) -> list[float | None]:
    """Convert numbers (n,) to a list with None for NaN."""
    return [None if number != number else number for number in numbers.tolist()]  # noqa: PLR0124  # NaN


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
