"""A candidate of a screening: its stability, its window, and its worst reaction with each partner."""

from __future__ import annotations

from dataclasses import dataclass, field

from interfacekit.results import Result

#: Reactions of every candidate, in the order of the kernel; of the first three, closed, energies are per atom alone.
REACTIONS = (
    "cathode_closed",
    "half_lithiated_cathode_closed",
    "electrolyte_closed",
    "cathode_open",
    "electrolyte_open",
)
N_CLOSED = 3
#: Which of them are with the cathode, and with the electrolyte.
WITH_CATHODE, WITH_ELECTROLYTE = (0, 1, 3), (2, 4)


@dataclass(frozen=True)
class WorstReaction(Result):
    """The worst mutual reaction of a candidate with a partner, over all mixing ratios (and voltages, where open).

    Attributes
    ----------
    partner
        Formula.
    voltage_V
        Of the Li reservoir at which it is worst; None when closed, or where nothing reacts.
    eV_per_atom
        Per atom of both reactants, the least of all mixtures and voltages; 0 where they coexist.
    eV_per_non_Li_atom
        The same energy per atom other than Li when open (`interface_reaction` has the mixture where that is least);
        None when closed.
    x
        Fraction of atoms that come from the candidate.
    products
        Formula units per formula unit of both reactants together.
    """

    partner: str
    voltage_V: float | None
    eV_per_atom: float
    eV_per_non_Li_atom: float | None
    x: float
    products: dict[str, float] = field(repr=False)


@dataclass(frozen=True)
class Candidate(Result):
    """One candidate.

    Attributes
    ----------
    label, formula
        Its name, and the formula that amounts refer to.
    elements
        Symbols, sorted.
    lithium_fraction
        Share of its atoms that are Li.
    energy_above_hull_eV_per_atom
        None where the energies have none of this composition (then its hull energy stands for it).
    reduction_V, oxidation_V
        Limits of its window; `oxidation_V` is None where it has no Li to give off.
    rounded_reduction_V, rounded_oxidation_V, nearest_entry, nearest_entry_distance_atom_fraction
        What a rounded formula may stand for, as in `Window`.
    decomposition_eV_per_atom
        The worst over the voltage range, which is at one of its ends: by itself, in exchange with the Li reservoir,
        its own energy above the hull included; 0 where it is stable, per atom of the candidate.
    decomposition_V
        That end.
    reactions
        By the names in `REACTIONS`.
    cathode_eV_per_atom, electrolyte_eV_per_atom
        The worst of those with the cathode, and with the electrolyte.
    failed
        Gates that it did not pass, in words.
    front
        Number of its Pareto front among those that passed as it did, from 1.
    rank
        From 1.
    """

    label: str
    formula: str
    elements: tuple[str, ...]
    lithium_fraction: float
    energy_above_hull_eV_per_atom: float | None
    reduction_V: float
    oxidation_V: float | None
    decomposition_eV_per_atom: float
    decomposition_V: float
    reactions: dict[str, WorstReaction]
    cathode_eV_per_atom: float
    electrolyte_eV_per_atom: float
    failed: tuple[str, ...] = ()
    front: int = 0
    rank: int = 0
    rounded_reduction_V: float | None = None
    rounded_oxidation_V: float | None = None
    nearest_entry: str | None = None
    nearest_entry_distance_atom_fraction: float | None = None

    @property
    def worst(self) -> WorstReaction:
        """The worst of all its reactions."""
        return min(self.reactions.values(), key=lambda reaction: reaction.eV_per_atom)
