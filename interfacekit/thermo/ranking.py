"""How candidates are ranked: thresholds first, then Pareto fronts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from interfacekit.errors import InputError
from interfacekit.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from interfacekit.thermo.screening import Candidate

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
        If one is negative or not finite.
    """

    energy_above_hull_eV_per_atom: float | None = 0.025
    decomposition_eV_per_atom: float | None = 0.1
    cathode_closed_eV_per_atom: float | None = 0.1
    electrolyte_closed_eV_per_atom: float | None = 0.1
    cathode_open_eV_per_atom: float | None = None
    electrolyte_open_eV_per_atom: float | None = None
    reduction_V: float | None = None
    oxidation_V: float | None = None
    lithium_fraction: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in vars(self).items():
            if value is not None and not (np.isfinite(value) and value >= 0):
                raise InputError(f"the gate {name} is {value}; give a number from 0 upwards, or none")

    def failed(self, candidate: Candidate) -> Iterator[str]:
        """Say in words what a candidate does not pass."""
        return (words for _, words in self.failures(candidate))

    def failures(self, candidate: Candidate) -> Iterator[tuple[str, str]]:
        """Yield each gate that a candidate does not pass, by its name and in words.

        That of the closed cathode comes twice where both the lithiated and the half-lithiated one react too much.
        """
        above = candidate.energy_above_hull_eV_per_atom
        if self.energy_above_hull_eV_per_atom is not None and (
            above is None or above > self.energy_above_hull_eV_per_atom
        ):
            has = "no energy of its own" if above is None else f"{1000 * above:.0f} meV/atom above the hull"
            yield "energy_above_hull_eV_per_atom", f"{has} (at most {1000 * self.energy_above_hull_eV_per_atom:g})"
        own, limit = candidate.decomposition_eV_per_atom, self.decomposition_eV_per_atom
        if limit is not None and own < -limit:
            words = f"decomposes by itself at {candidate.decomposition_V:g} V by {_at_most(own, limit)}"
            yield "decomposition_eV_per_atom", words
        for name, words in _WORDS.items():
            gate = f"{name.removeprefix('half_lithiated_')}_eV_per_atom"
            limit, energy = getattr(self, gate), candidate.reactions[name].eV_per_atom
            if limit is not None and energy < -limit:
                yield gate, f"reacts with {words} by {_at_most(energy, limit)}"
        if self.reduction_V is not None and candidate.reduction_V > self.reduction_V:
            yield "reduction_V", f"reduced below {candidate.reduction_V:.2f} V (at most {self.reduction_V:g})"
        highest = candidate.oxidation_V
        if self.oxidation_V is not None and highest is not None and highest < self.oxidation_V:
            yield "oxidation_V", f"oxidised above {highest:.2f} V (at least {self.oxidation_V:g})"
        least = self.lithium_fraction
        if least is not None and candidate.lithium_fraction < least:
            yield "lithium_fraction", f"{candidate.lithium_fraction:.0%} of its atoms are Li (at least {least:.0%})"


#: Reactions in words.
_WORDS = {
    "cathode_closed": "the cathode",
    "half_lithiated_cathode_closed": "the half-lithiated cathode",
    "electrolyte_closed": "the electrolyte",
    "cathode_open": "the cathode at a voltage",
    "electrolyte_open": "the electrolyte at a voltage",
}


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


def ranked(candidates: Sequence[Candidate], gates: Gates, objectives: Sequence[Objective]) -> tuple[Candidate, ...]:
    """Judge candidates by gates, and sort them by failed gates, then fronts, then the sum of their energies.

    Raises
    ------
    InputError
        If there is no objective, or an unknown one.
    """
    check_objectives(objectives)
    failures = [list(gates.failures(candidate)) for candidate in candidates]
    judged = [
        replace(candidate, failed=tuple(words for _, words in of_it))
        for candidate, of_it in zip(candidates, failures, strict=True)
    ]
    fronts = np.zeros(len(judged), dtype=int)
    n_failed = np.array([len({gate for gate, _ in of_it}) for of_it in failures])
    losses = np.array([[_loss(candidate, name) for name in objectives] for candidate in judged])
    for count in np.unique(n_failed):
        alike = np.flatnonzero(n_failed == count)
        fronts[alike] = pareto_fronts(losses[alike])
    sums = [-(c.cathode_eV_per_atom + c.electrolyte_eV_per_atom + c.decomposition_eV_per_atom) for c in judged]
    order = sorted(range(len(judged)), key=lambda i: (n_failed[i], fronts[i], sums[i], judged[i].formula))
    return tuple(replace(judged[i], front=int(fronts[i]), rank=rank) for rank, i in enumerate(order, start=1))


def beating(candidate: Candidate, others: Iterable[Candidate], objectives: Sequence[Objective]) -> list[Candidate]:
    """Those of others that are nowhere worse than a candidate, and better in one of the objectives at least."""
    check_objectives(objectives)
    own = [_loss(candidate, name) for name in objectives]
    found = []
    for other in others:
        losses = [_loss(other, name) for name in objectives]
        if losses != own and all(theirs <= mine for theirs, mine in zip(losses, own, strict=True)):
            found.append(other)
    return found


def _loss(candidate: Candidate, objective: Objective) -> float:
    """What a candidate is the better for, the less of it there is."""
    if objective == "oxidation":
        return -np.inf if candidate.oxidation_V is None else -candidate.oxidation_V
    if objective == "reduction":
        return candidate.reduction_V
    energy: float = getattr(candidate, f"{objective}_eV_per_atom")
    return -energy


def pareto_fronts(losses: NDArray[np.float64]) -> NDArray[np.intp]:
    """Number of the Pareto front of each row (n, k), from 1: rows of the first are beaten by none.

    A row is beaten by another that is nowhere worse and somewhere better.
    """
    fronts = np.zeros(len(losses), dtype=np.intp)
    left = np.arange(len(losses))
    number = 0
    while left.size:
        number += 1
        values = losses[left]
        # Sorted, a row can be beaten by an earlier one only.
        order = np.lexsort(values.T[::-1])
        best: list[int] = []
        kept = np.empty((0, losses.shape[1]))
        for i in order:
            row = values[i]
            if not ((kept <= row).all(axis=1) & (kept < row).any(axis=1)).any():
                best.append(int(i))
                kept = np.vstack([kept, row])
        fronts[left[best]] = number
        left = np.delete(left, best)
    return fronts
