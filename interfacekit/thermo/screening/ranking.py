"""Ranking of candidates: thresholds first, then Pareto fronts."""

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

#: Objectives of Pareto fronts: worst reactions and decomposition (least energy released), limits of the window.
Objective = Literal["cathode", "electrolyte", "decomposition", "oxidation", "reduction"]
OBJECTIVES: tuple[Objective, ...] = ("cathode", "electrolyte", "decomposition", "oxidation", "reduction")


@dataclass(frozen=True)
class Gates(Result):
    """Thresholds of a screening; None disables a gate.

    The gate of closed reactions is that of Xiao, Miara, Wang and Ceder, doi:10.1016/j.joule.2019.02.006 (second-hand),
    who computed no others. The gates of stability are assumed: about kT at room temperature above the hull, and 0.1
    eV/atom for the decomposition at a voltage.

    Attributes
    ----------
    energy_above_hull_eV_per_atom
        Highest energy above the hull, eV/atom; default 0.025.
    decomposition_eV_per_atom
        Highest energy released by decomposition over the voltage range, eV/atom; default 0.1.
    cathode_closed_eV_per_atom
        Highest energy released by closed reactions with the lithiated and the half-lithiated cathode, eV/atom; default
        0.1.
    electrolyte_closed_eV_per_atom
        Highest energy released by the closed reaction with the electrolyte, eV/atom; default 0.1.
    cathode_open_eV_per_atom
        Highest energy released by the Li-open reaction with the cathode over the voltage range, eV/atom; default None.
    electrolyte_open_eV_per_atom
        Highest energy released by the Li-open reaction with the electrolyte, eV/atom; default None.
    reduction_V
        Highest reduction limit, V vs Li/Li+; default None.
    oxidation_V
        Lowest oxidation limit, V vs Li/Li+; default None.
    lithium_fraction
        Lowest atom fraction of Li; default None.

    Raises
    ------
    InputError
        If a threshold is outside the range of its quantity.

    Examples
    --------
    >>> import interfacekit as ik
    >>> gates = ik.thermo.Gates(oxidation_V=4.0)
    >>> screening = ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"], gates=gates)
    >>> screening.failed_by_gate["oxidation_V"]
    2
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
        """Yield the name of each failed gate of a candidate, with a description in words.

        The gate of closed reactions with the cathode is yielded twice if both the lithiated and the half-lithiated
        cathode react too strongly.

        Parameters
        ----------
        candidate
            Candidate of a screening.

        Yields
        ------
        tuple of str
            Name of the gate, and the failure in words (V or meV/atom).
        """
        return self.failures_of(next(CandidateColumns.of([candidate]).judged()))

    def failures_of(self, numbers: JudgedNumbers) -> Iterator[tuple[str, str]]:
        """Yield failed gates from the numbers of a candidate, see `failures`."""
        above = numbers.energy_above_hull_eV_per_atom
        if self.energy_above_hull_eV_per_atom is not None and (
            above is None or above > self.energy_above_hull_eV_per_atom
        ):
            has = "no entry" if above is None else f"{1000 * above:.0f} meV/atom above the hull"
            yield "energy_above_hull_eV_per_atom", f"{has} (at most {1000 * self.energy_above_hull_eV_per_atom:g})"
        own, limit = numbers.decomposition_eV_per_atom, self.decomposition_eV_per_atom
        if limit is not None and own < -limit:
            words = f"decomposes at {numbers.decomposition_V:g} V by {_at_most(own, limit)}"
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
    """Check the objectives of Pareto fronts.

    Raises
    ------
    InputError
        If there is no objective, or an unknown one.
    """
    unknown = [name for name in objectives if name not in OBJECTIVES]
    if unknown or not objectives:
        problem = f"unknown objective {unknown[0]!r}" if unknown else "objectives must be one or more, got none"
        raise InputError(f"{problem}; choose from {', '.join(OBJECTIVES)}")


class Ranking(NamedTuple):
    """Candidates by rank.

    Attributes
    ----------
    order
        Index of each candidate, the best first, shape (n,).
    fronts
        Number of its Pareto front among candidates with as many failed gates, from 1, shape (n,).
    failures
        Failed gates by name and in words, length n.
    """

    order: NDArray[np.intp]
    fronts: NDArray[np.intp]
    failures: tuple[tuple[tuple[str, str], ...], ...]


def ranking(columns: CandidateColumns, gates: Gates, objectives: Sequence[Objective]) -> Ranking:
    """Rank candidates by failed gates, then Pareto fronts, then the sum of their energies.

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
    """Return candidates by rank (see `ranking`), each with its failed gates, front and rank.

    Raises
    ------
    InputError
        If there is no objective, or an unknown one.
    """
    ranks = ranking(CandidateColumns.of(candidates), gates, objectives)
    by_rank = enumerate(zip(ranks.order, ranks.fronts, ranks.failures, strict=True), start=1)
    return tuple(
        replace(candidates[k], failed=tuple(words for _, words in failures), front=int(front), rank=rank)
        for rank, (k, front, failures) in by_rank
    )


def beating(candidate: Candidate, others: Iterable[Candidate], objectives: Sequence[Objective]) -> list[Candidate]:
    """Candidates that dominate another: not worse in any objective, and better in at least one."""
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
        # A candidate without Li has no oxidation limit.
        return np.where(np.isnan(columns.oxidation_V), -np.inf, -columns.oxidation_V)
    if objective == "reduction":
        return columns.reduction_V
    energies: NDArray[np.float64] = getattr(columns, f"{objective}_eV_per_atom")
    return -energies
