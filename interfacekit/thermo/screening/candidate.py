"""Candidate of a screening: stability, electrochemical window and worst reaction with each partner."""

from __future__ import annotations

from dataclasses import dataclass, field

from interfacekit.results import Result

#: Reactions of every candidate in the order of the kernel; the first three are closed, with energies per atom only.
REACTIONS = (
    "cathode_closed",
    "half_lithiated_cathode_closed",
    "electrolyte_closed",
    "cathode_open",
    "electrolyte_open",
)
N_CLOSED = 3
#: Indices of the reactions with the cathode, and with the electrolyte.
WITH_CATHODE, WITH_ELECTROLYTE = (0, 1, 3), (2, 4)


@dataclass(frozen=True)
class WorstReaction(Result):
    """Worst mutual reaction of a candidate with a partner over all mixing ratios, and all voltages if open.

    Attributes
    ----------
    partner
        Formula of the partner.
    voltage_V
        Voltage of the Li reservoir at the worst reaction, V vs Li/Li+; None if closed, or without a reaction.
    eV_per_atom
        Lowest energy of all mixtures and voltages, eV per atom of both reactants; 0 if the phases coexist.
    eV_per_non_Li_atom
        Energy of this reaction, eV per non-Li atom, if open; None if closed. `interface_reaction` minimises this
        energy.
    x
        Fraction of atoms from the candidate.
    products
        Formula units per formula unit of both reactants together.

    Examples
    --------
    >>> import interfacekit as ik
    >>> screening = ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"])
    >>> worst = screening.candidate("Li3PO4").worst
    >>> print(f"{worst.partner} at {worst.voltage_V} V: {1000 * worst.eV_per_atom:.0f} meV/atom")
    Li10GeP2S12 at 4.3 V: -343 meV/atom
    """

    partner: str
    voltage_V: float | None
    eV_per_atom: float
    eV_per_non_Li_atom: float | None
    x: float
    products: dict[str, float] = field(repr=False)


@dataclass(frozen=True)
class Candidate(Result):
    """Candidate of a screening.

    Attributes
    ----------
    label
        Label of the candidate: alias or formula.
    formula
        Formula that amounts refer to.
    elements
        Symbols, sorted.
    lithium_fraction
        Atom fraction of Li.
    energy_above_hull_eV_per_atom
        Energy above the hull, eV/atom. None without an entry of the composition; its hull energy is used then.
    reduction_V
        Reduction limit of the window, V vs Li/Li+.
    oxidation_V
        Oxidation limit of the window, V vs Li/Li+; None for a phase without Li.
    decomposition_eV_per_atom
        Worst decomposition energy over the voltage range, eV per atom of the candidate, in equilibrium with the Li
        reservoir and from its own energy; 0 if stable. The worst is at an end of the range.
    decomposition_V
        Voltage of the worst decomposition, V vs Li/Li+.
    reactions
        Worst reactions by name: `cathode_closed`, `half_lithiated_cathode_closed`, `electrolyte_closed`, `cathode_open`
        and `electrolyte_open`.
    cathode_eV_per_atom
        Worst reaction energy with the cathode, eV/atom.
    electrolyte_eV_per_atom
        Worst reaction energy with the electrolyte, eV/atom.
    failed
        Failed gates, in words.
    front
        Number of the Pareto front among candidates with as many failed gates, from 1.
    rank
        Rank, from 1.
    rounded_reduction_V
        Reduction limit of a rounded formula, V vs Li/Li+ (see `Window`).
    rounded_oxidation_V
        Oxidation limit of a rounded formula, V vs Li/Li+ (see `Window`).
    nearest_entry
        Formula of the compound that is nearest in composition; None if there is none.
    nearest_entry_distance_atom_fraction
        Fraction of atoms in which the nearest entry differs; 0 for an entry.

    Examples
    --------
    >>> import interfacekit as ik
    >>> screening = ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"])
    >>> best = screening.candidates[0]
    >>> print(f"{best.label}: {best.reduction_V:.2f}-{best.oxidation_V:.2f} V, {best.failed}")
    Li3PO4: 0.69-4.21 V, ()
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
        """Worst of all reactions."""
        return min(self.reactions.values(), key=lambda reaction: reaction.eV_per_atom)
