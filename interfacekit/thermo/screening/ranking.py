"""How candidates are ranked: thresholds first, then Pareto fronts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from interfacekit.errors import InputError
from interfacekit.pareto import pareto_fronts
from interfacekit.quantities import GATES, keep_plain, optional
from interfacekit.results import Result
from interfacekit.thermo.defaults import ABOVE_HULL_eV_per_atom, REACTION_eV_per_atom
from interfacekit.thermo.screening.columns import CandidateColumns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from interfacekit.thermo.screening.candidate import Candidate
    from interfacekit.thermo.screening.columns import JudgedNumbers

#: What fronts may be of: worst reactions and decomposition (the less energy the better), limits of the window.
Objective = Literal["cathode", "electrolyte", "decomposition", "oxidation", "reduction"]
OBJECTIVES: tuple[Objective, ...] = ("cathode", "electrolyte", "decomposition", "oxidation", "reduction")


@dataclass(frozen=True)
class Gates(Result):
    """Thresholds; None is no gate.

    The gate of closed reactions is that of Xiao, Miara, Wang and Ceder, doi:10.1016/j.joule.2019.02.006 (second-hand),
    who computed no others; those of stability are assumed: about kT at room temperature above the hull, and the same
    0.1 eV for decomposition at a voltage.

    Attributes
    ----------
    energy_above_hull_eV_per_atom
        At most.
    decomposition_eV_per_atom
        By itself, with the Li reservoir, over the range of voltages: at least minus this.
    cathode_closed_eV_per_atom, electrolyte_closed_eV_per_atom
        Worst reaction, with the cathode both lithiated and half-lithiated: at least minus this.
    cathode_open_eV_per_atom, electrolyte_open_eV_per_atom
        Worst reaction over the range of voltages: at least minus this.
    reduction_V, oxidation_V
        Limits of the window: at most, and at least.
    lithium_fraction
        Share of atoms that are Li: at least.

    Raises
    ------
    InputError
        If one is outside the range of its quantity.
    """

    energy_above_hull_eV_per_atom: float | None = ABOVE_HULL_eV_per_atom
    decomposition_eV_per_atom: float | None = REACTION_eV_per_atom
    cathode_closed_eV_per_atom: float | None = REACTION_eV_per_atom
    electrolyte_closed_eV_per_atom: float | None = REACTION_eV_per_atom
    cathode_open_eV_per_atom: float | None = None
    electrolyte_open_eV_per_atom: float | None = None
    reduction_V: float | None = None
    oxidation_V: float | None = None
    lithium_fraction: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        keep_plain(self, **{name: optional(GATES[name], one, f"the gate {name}") for name, one in vars(self).items()})

    def failures(self, candidate: Candidate) -> Iterator[tuple[str, str]]:
        """Yield each gate that a candidate does not pass, by its name and in words.

        That of the closed cathode comes twice where both the lithiated and the half-lithiated one react too much.
        """
        return self.failures_of(next(CandidateColumns.of([candidate]).judged()))

    def failures_of(self, numbers: JudgedNumbers) -> Iterator[tuple[str, str]]:
        """As `failures`, from the numbers alone."""
        above = numbers.energy_above_hull_eV_per_atom
        if self.energy_above_hull_eV_per_atom is not None and (
            above is None or above > self.energy_above_hull_eV_per_atom
        ):
            has = "no energy of its own" if above is None else f"{1000 * above:.0f} meV/atom above the hull"
            yield "energy_above_hull_eV_per_atom", f"{has} (at most {1000 * self.energy_above_hull_eV_per_atom:g})"
        own, limit = numbers.decomposition_eV_per_atom, self.decomposition_eV_per_atom
        if limit is not None and own < -limit:
            words = f"decomposes by itself at {numbers.decomposition_V:g} V by {_at_most(own, limit)}"
            yield "decomposition_eV_per_atom", words
        for (gate, words), energy in zip(_REACTION_GATES, numbers.reactions_eV_per_atom, strict=True):
            limit = getattr(self, gate)
            if limit is not None and energy < -limit:
                yield gate, f"reacts with {words} by {_at_most(energy, limit)}"
        if self.reduction_V is not None and numbers.reduction_V > self.reduction_V:
            yield "reduction_V", f"reduced below {numbers.reduction_V:.2f} V (at most {self.reduction_V:g})"
        highest = numbers.oxidation_V
        if self.oxidation_V is not None and highest is not None and highest < self.oxidation_V:
            yield "oxidation_V", f"oxidised above {highest:.2f} V (at least {self.oxidation_V:g})"
        least = self.lithium_fraction
        if least is not None and numbers.lithium_fraction < least:
            yield "lithium_fraction", f"{numbers.lithium_fraction:.0%} of its atoms are Li (at least {least:.0%})"


#: Gate of each reaction, in the order of `REACTIONS`, and the partner in words.
_REACTION_GATES = (
    ("cathode_closed_eV_per_atom", "the cathode"),
    ("cathode_closed_eV_per_atom", "the half-lithiated cathode"),
    ("electrolyte_closed_eV_per_atom", "the electrolyte"),
    ("cathode_open_eV_per_atom", "the cathode at a voltage"),
    ("electrolyte_open_eV_per_atom", "the electrolyte at a voltage"),
)


def _at_most(energy: float, limit: float) -> str:
    return f"{-1000 * energy:.0f} meV/atom (at most {1000 * limit:g})"


def check_objectives(objectives: Sequence[str]) -> None:
    """Refuse what fronts cannot be of.

    Raises
    ------
    InputError
        If there is no objective, or an unknown one.
    """
    unknown = [name for name in objectives if name not in OBJECTIVES]
    if unknown or not objectives:
        what = f"unknown objective {unknown[0]!r}" if unknown else "no objective"
        raise InputError(f"{what}; choose among {', '.join(OBJECTIVES)}")


class Ranking(NamedTuple):
    """Candidates by rank.

    Attributes
    ----------
    order
        Index of each, the best first, shape (n,).
    fronts
        Number of its Pareto front among those that failed as many gates, from 1, shape (n,).
    failures
        Gates that it does not pass, by name and in words, length n.
    """

    order: NDArray[np.intp]
    fronts: NDArray[np.intp]
    failures: tuple[tuple[tuple[str, str], ...], ...]


def ranking(columns: CandidateColumns, gates: Gates, objectives: Sequence[Objective]) -> Ranking:
    """Judge candidates by gates, and sort them by failed gates, then fronts, then the sum of their energies.

    Raises
    ------
    InputError
        If there is no objective, or an unknown one.
    """
    check_objectives(objectives)
    failures = [tuple(gates.failures_of(numbers)) for numbers in columns.judged()]
    n_failed = np.array([len({gate for gate, _ in of_it}) for of_it in failures], dtype=np.intp)
    losses = np.column_stack([_losses(columns, name) for name in objectives])
    fronts = np.zeros(len(columns), dtype=np.intp)
    for count in np.unique(n_failed):
        alike = np.flatnonzero(n_failed == count)
        fronts[alike] = pareto_fronts(losses[alike])
    sums = -(columns.cathode_eV_per_atom + columns.electrolyte_eV_per_atom + columns.decomposition_eV_per_atom)
    order = np.lexsort((np.array(columns.formulas, dtype=str), sums, fronts, n_failed))
    return Ranking(order, fronts[order], tuple(failures[k] for k in order))


def ranked(candidates: Sequence[Candidate], gates: Gates, objectives: Sequence[Objective]) -> tuple[Candidate, ...]:
    """Return candidates by rank (see `ranking`), each with what it failed, its front and its rank.

    Raises
    ------
    InputError
        If there is no objective, or an unknown one.
    """
    found = ranking(CandidateColumns.of(candidates), gates, objectives)
    by_rank = enumerate(zip(found.order, found.fronts, found.failures, strict=True), start=1)
    return tuple(
        replace(candidates[k], failed=tuple(words for _, words in failures), front=int(front), rank=rank)
        for rank, (k, front, failures) in by_rank
    )


def beating(candidate: Candidate, others: Iterable[Candidate], objectives: Sequence[Objective]) -> list[Candidate]:
    """Those of others that are nowhere worse than a candidate, and better in one of the objectives at least."""
    check_objectives(objectives)
    compared = list(others)
    columns = CandidateColumns.of([candidate, *compared])
    losses = np.column_stack([_losses(columns, name) for name in objectives])
    own, theirs = losses[0], losses[1:]
    better = (theirs <= own).all(axis=1) & (theirs < own).any(axis=1)
    return [compared[k] for k in np.flatnonzero(better)]


def _losses(columns: CandidateColumns, objective: Objective) -> NDArray[np.float64]:
    """Objective to minimise, shape (n,)."""
    if objective == "oxidation":
        # A candidate without Li to give is oxidised at no voltage.
        return np.where(np.isnan(columns.oxidation_V), -np.inf, -columns.oxidation_V)
    if objective == "reduction":
        return columns.reduction_V
    energies: NDArray[np.float64] = getattr(columns, f"{objective}_eV_per_atom")
    return -energies
