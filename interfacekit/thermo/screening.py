"""Screening of coatings between a cathode and an electrolyte: what they withstand, react to, and which are best.

Every candidate is judged as in Xiao, Miara, Wang and Ceder, doi:10.1016/j.joule.2019.02.006: by its stability, its
electrochemical window, and its reactions with the lithiated and the half-lithiated cathode and with the electrolyte.
Here also at every voltage of a range, where all may exchange Li with the reservoir.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.entries import Source, chemical_system, load_entries
from interfacekit.errors import InputError
from interfacekit.phases import distinct_phases, phase
from interfacekit.results import Result, provenance, written
from interfacekit.thermo.equilibria import AMOUNT_TOLERANCE
from interfacekit.thermo.hull import clean, named_amounts
from interfacekit.thermo.minimiser import DIATOMIC
from interfacekit.thermo.ranking import Gates, check_objectives, ranked
from interfacekit.thermo.screening_run import half_lithiated, prepared, run_chunks
from interfacekit.thermo.system import system
from interfacekit.units import LITHIUM, check_voltage_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import Self

    import pandas as pd

    from interfacekit.entries import EntryTable
    from interfacekit.phases import Phase
    from interfacekit.thermo.ranking import Objective
    from interfacekit.thermo.screening_run import Prepared

#: Reactions of every candidate, in the order of the kernel.
REACTIONS = (
    "cathode_closed",
    "half_lithiated_cathode_closed",
    "electrolyte_closed",
    "cathode_open",
    "electrolyte_open",
)


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
    products: dict[str, float]


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

    @property
    def worst(self) -> WorstReaction:
        """The worst of all its reactions."""
        return min(self.reactions.values(), key=lambda reaction: reaction.eV_per_atom)


@dataclass(frozen=True)
class Screening(Result):
    """Candidates between a cathode and an electrolyte, the best first.

    Attributes
    ----------
    cathode, electrolyte
        Formulas.
    voltage_low_V, voltage_high_V
        The range.
    gates
        Thresholds that candidates pass or fail.
    objectives
        What Pareto fronts are of.
    candidates
        By rank.
    n_candidates
        How many there were to screen: more than `candidates` where the screening was interrupted or cut to the best.
    n_screened, n_passed
        How many were, and how many of these pass every gate.
    failed_by_gate
        How many of these fail it, for each gate that there is.
    complete
        Whether all were screened.
    provenance
        Where the numbers come from.
    """

    cathode: str
    electrolyte: str
    voltage_low_V: float
    voltage_high_V: float
    gates: Gates
    objectives: tuple[Objective, ...]
    candidates: tuple[Candidate, ...]
    n_candidates: int
    n_screened: int
    n_passed: int
    failed_by_gate: dict[str, int]
    complete: bool
    provenance: dict[str, Any]

    @classmethod
    def of(cls, found: Sequence[Candidate], gates: Gates, objectives: Sequence[Objective], **rest: Any) -> Self:
        """Judge candidates by gates, rank them and count; `rest` are the other fields, see `Screening`.

        Raises
        ------
        InputError
            If there is no objective, or an unknown one.
        """
        candidates = ranked(found, gates, objectives)
        failures = Counter(gate for candidate in candidates for gate in {name for name, _ in gates.failures(candidate)})
        return cls(
            gates=gates,
            objectives=tuple(objectives),
            candidates=candidates,
            n_screened=len(candidates),
            n_passed=sum(not candidate.failed for candidate in candidates),
            failed_by_gate={name: failures[name] for name, limit in vars(gates).items() if limit is not None},
            **rest,
        )

    def candidate(self, name: str | Phase) -> Candidate:
        """Return a candidate by its alias or formula.

        Raises
        ------
        InputError
            If it is no phase, or not among the candidates.
        """
        wanted = phase(name)
        # The table may write its formula otherwise.
        same = (c for c in self.candidates if c.elements == tuple(sorted(wanted.elements)))
        for candidate in same:
            if phase(candidate.formula).same_composition(wanted):
                return candidate
        raise InputError(f"{wanted.label} is not among the candidates that were screened; leave it out")

    def top(self, count: int) -> Screening:
        """The same with its best candidates only; counts stay those of all."""
        return replace(self, candidates=self.candidates[:count])

    def ranked_again(
        self,
        gates: Gates | None = None,
        objectives: Sequence[Objective] | None = None,
        exclude: Sequence[str] = (),
    ) -> Screening:
        """The same candidates by other gates or objectives, without those that have one of some elements.

        Raises
        ------
        InputError
            If a symbol is no element, or an objective is not possible.
        """
        unwanted = set(chemical_system(exclude)) if exclude else set()
        left = [candidate for candidate in self.candidates if not unwanted & set(candidate.elements)]
        dropped = len(self.candidates) - len(left)
        parameters = self.provenance["parameters"]
        excluded = tuple(sorted({*parameters["exclude"], *unwanted}))
        return type(self).of(
            left,
            gates or self.gates,
            objectives or self.objectives,
            cathode=self.cathode,
            electrolyte=self.electrolyte,
            voltage_low_V=self.voltage_low_V,
            voltage_high_V=self.voltage_high_V,
            n_candidates=self.n_candidates - dropped,
            complete=self.complete,
            provenance={**self.provenance, "parameters": {**parameters, "exclude": excluded}},
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per candidate; products are those of the worst reaction, as text.

        `complete` says in every row whether all candidates were screened: ranks are among those that were.
        """
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "rank": c.rank,
                    "front": c.front,
                    "label": c.label,
                    "formula": c.formula,
                    "passes": not c.failed,
                    "failed": "; ".join(c.failed),
                    "lithium_fraction": c.lithium_fraction,
                    "energy_above_hull_eV_per_atom": c.energy_above_hull_eV_per_atom,
                    "reduction_V": c.reduction_V,
                    "oxidation_V": c.oxidation_V,
                    "decomposition_eV_per_atom": c.decomposition_eV_per_atom,
                    "decomposition_V": c.decomposition_V,
                    **{f"{name}_eV_per_atom": c.reactions[name].eV_per_atom for name in REACTIONS},
                    **{
                        f"{name}_{key}": getattr(c.reactions[name], key)
                        for name in REACTIONS[3:]
                        for key in ("eV_per_non_Li_atom", "voltage_V")
                    },
                    "worst_with": c.worst.partner,
                    "worst_products": written(c.worst.products),
                    "complete": self.complete,
                }
                for c in self.candidates
            ]
        )


def screen(
    cathode: str | Phase,
    electrolyte: str | Phase,
    candidates: Sequence[str | Phase] | None = None,
    voltage_V: tuple[float, float] = (2.5, 4.3),
    entries: Source = "mp2019",
    *,
    contains: Sequence[str] = (),
    exclude: Sequence[str] = (),
    max_elements: int | None = None,
    gates: Gates | None = None,
    objectives: Sequence[Objective] = ("cathode", "electrolyte", "decomposition"),
    store: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
    keep_finished: bool = False,
) -> Screening:
    """Screen coatings between a cathode and an electrolyte.

    All reaction energies are mutual: against both reactants at their hull energies (closed) or grand potentials (open,
    where a cathode has the Li content that the voltage gives it). Over the range of voltages they are exact, with no
    grid: see `kernels.screening`.

    Parameters
    ----------
    cathode
        In its lithiated state: with Li. Half-lithiated is half of that Li.
    electrolyte
        Of the other side.
    candidates
        Names; all compounds with Li among the energies when None.
    voltage_V
        Lowest and highest voltage against Li/Li+.
    entries
        Where the formation energies come from (`interfacekit.load_entries`).
    contains, exclude
        Elements that every candidate has, and that none has.
    max_elements
        Most elements of a candidate, Li included.
    gates
        Thresholds that come before all fronts; those of `Gates` when None.
    objectives
        `cathode` and `electrolyte` (worst reactions), `decomposition`, `oxidation` and `reduction` (limits): candidates
        that no other beats in all are the first Pareto front, those that only the first beats the second, and so on.
    store
        Folder in which finished parts are kept, and not computed again.
    progress
        Called with the share done.
    keep_finished
        When interrupted, return what was finished.

    Returns
    -------
    Screening
        All candidates, those that pass every gate first, then by number of failed gates; within these by front, then by
        the sum of reaction and decomposition energies.

    Raises
    ------
    InputError
        If a name is no phase, the cathode has no Li, both are one composition, an element is missing from the energies,
        no candidate is left, or a range or an objective is not possible.
    ComputationError
        If a candidate has no solution.
    """
    check_objectives(objectives)
    pair = distinct_phases([cathode, electrolyte])
    voltage_V = check_voltage_range(*voltage_V)
    if LITHIUM not in pair[0].elements:
        raise InputError(f"the cathode {pair[0].label} has no Li; give its lithiated state, such as LiCoO2")
    if any(member.elements == {LITHIUM} for member in pair):
        raise InputError("Li metal is the reservoir of a screening over voltages; name an electrolyte")
    table = load_entries(entries)
    table.require({LITHIUM}.union(*(member.elements for member in pair)))
    pair = system(pair, table).phases
    names = _candidates(table, candidates, pair, contains=contains, exclude=exclude, max_elements=max_elements)
    gates = Gates() if gates is None else gates
    chunks = run_chunks(
        table,
        list(names),
        (pair[0].formula, pair[1].formula),
        voltage_V,
        store=store,
        progress=progress,
        keep_finished=keep_finished,
    )
    data = prepared(table)
    found = [
        candidate
        for chunk, answer in chunks
        if answer is not None
        for candidate in _chunk_candidates(chunk, answer, names, pair, voltage_V, data)
    ]
    return Screening.of(
        found,
        gates,
        objectives,
        cathode=pair[0].formula,
        electrolyte=pair[1].formula,
        voltage_low_V=voltage_V[0],
        voltage_high_V=voltage_V[1],
        n_candidates=len(names),
        complete=all(answer is not None for _, answer in chunks),
        provenance=provenance(
            table,
            phases=(pair[0].formula, pair[1].formula),
            voltage_V=voltage_V,
            contains=chemical_system(contains) if contains else (),
            exclude=chemical_system(exclude) if exclude else (),
            max_elements=max_elements,
        ),
    )


def _candidates(
    table: EntryTable,
    given: Sequence[str | Phase] | None,
    pair: Sequence[Phase],
    *,
    contains: Iterable[str],
    exclude: Iterable[str],
    max_elements: int | None,
) -> dict[str, str]:
    """Labels of candidates by formula: those of the table where it has them."""
    wanted, unwanted = (set(chemical_system(symbols)) if symbols else set() for symbols in (contains, exclude))
    table.require(wanted)
    if given is not None:
        members = [system([member], table).phases[0] for member in distinct_phases(given)]
        if any(member.elements == {LITHIUM} for member in members):
            raise InputError("Li metal is the reservoir of a screening over voltages; leave it out of the candidates")
        for member in members:
            for partner in pair:
                if member.same_composition(partner):
                    raise InputError(f"{member.label} is on both sides of its own interface; leave it out")
        names = {
            _formula_in(table, member): member.label
            for member in members
            if wanted <= member.elements
            and not unwanted & member.elements
            and (max_elements is None or len(member.elements) <= max_elements)
        }
        return _some(names)
    present = table.compositions > 0
    column = {element: i for i, element in enumerate(table.elements)}
    chosen = present[:, column[LITHIUM]] & (present.sum(axis=1) > 1)
    for element in wanted:
        chosen &= present[:, column[element]]
    for element in unwanted & column.keys():
        chosen &= ~present[:, column[element]]
    if max_elements is not None:
        chosen &= present.sum(axis=1) <= max_elements
    partners = {_formula_in(table, member) for member in pair}
    formulas = [table.formulas[i] for i in np.flatnonzero(chosen)]
    return _some({formula: phase(formula).label for formula in formulas if formula not in partners})


def _some(names: dict[str, str]) -> dict[str, str]:
    if not names:
        raise InputError("no candidate meets these conditions; give fewer of them")
    return names


def _formula_in(table: EntryTable, member: Phase) -> str:
    """The formula under which the table has a phase, or the phase's own."""
    row = table.row_of(member.vector(table.elements))
    return member.formula if row is None else table.formulas[row]


def _chunk_candidates(
    chunk: Sequence[str],
    answer: dict[str, Any],
    labels: dict[str, str],
    pair: Sequence[Phase],
    voltage_V: tuple[float, float],
    data: Prepared,
) -> Iterator[Candidate]:
    """Results of a chunk, in the units of the reactions of `interface_reaction`."""
    half = phase(half_lithiated(pair[0]))
    partners = [_Amounts.of(member) for member in (pair[0], half, pair[1], pair[0], pair[1])]
    table = data.table
    for c, formula in enumerate(chunk):
        of_it = {name: values[c] for name, values in answer.items()}
        row = data.row_of.get(formula)
        own = _Amounts.of(phase(formula)) if row is None else _Amounts.of_row(table, row)
        reactions = {
            name: _reaction(own, partners[r], {key: of_it[key][r] for key in _OF_REACTIONS}, data, is_open=r >= 3)
            for r, name in enumerate(REACTIONS)
        }
        per_atom = [clean(energy * own.others / own.atoms) for energy in of_it["decomposition"]]
        worst = int(np.argmin(per_atom))
        yield Candidate(
            label=labels[formula],
            formula=formula,
            elements=own.elements,
            lithium_fraction=(own.atoms - own.others) / own.atoms,
            energy_above_hull_eV_per_atom=None
            if row is None
            else max(0.0, clean(table.formation_energies_eV_per_atom[row] - of_it["hull_energy"])),
            reduction_V=of_it["reduction"],
            oxidation_V=of_it["oxidation"],
            decomposition_eV_per_atom=per_atom[worst],
            decomposition_V=voltage_V[worst],
            reactions=reactions,
            cathode_eV_per_atom=min(r.eV_per_atom for name, r in reactions.items() if "cathode" in name),
            electrolyte_eV_per_atom=min(r.eV_per_atom for name, r in reactions.items() if "electrolyte" in name),
        )


_OF_REACTIONS = ("energy", "mixing", "voltage", "products", "amounts")


@dataclass(frozen=True)
class _Amounts:
    """Atoms of a formula unit: all, and those other than Li."""

    formula: str
    elements: tuple[str, ...]
    atoms: float
    others: float

    @classmethod
    def of(cls, member: Phase) -> Self:
        lithium = member.amount(LITHIUM)
        return cls(member.formula, tuple(sorted(member.elements)), member.n_atoms, member.n_atoms - lithium)

    @classmethod
    def of_row(cls, table: EntryTable, row: int) -> Self:
        atoms = table.compositions[row]
        present = tuple(table.elements[j] for j in np.flatnonzero(atoms))
        total = float(atoms.sum())
        return cls(table.formulas[row], present, total, total - float(atoms[table.elements.index(LITHIUM)]))

    def on_axes(self, *, is_open: bool) -> float:
        return self.others if is_open else self.atoms


def _reaction(
    own: _Amounts, partner: _Amounts, found: dict[str, Any], data: Prepared, *, is_open: bool
) -> WorstReaction:
    share, energy = found["mixing"], found["energy"]
    parts = [(share, own), (1 - share, partner)]
    units = sum(part / member.on_axes(is_open=is_open) for part, member in parts)
    atoms = sum(part * member.atoms / member.on_axes(is_open=is_open) for part, member in parts)
    products: dict[str, float] = {}
    for formula, amount in zip(found["products"], found["amounts"], strict=False):
        if amount > AMOUNT_TOLERANCE:
            molecule = 2 if formula in DIATOMIC else 1
            n_axes = _Amounts.of_row(data.table, data.row_of[formula]).on_axes(is_open=is_open)
            products[f"{formula}2" if molecule == 2 else formula] = amount / (n_axes * molecule)
    return WorstReaction(
        partner=partner.formula,
        voltage_V=found["voltage"],
        eV_per_atom=clean(energy / atoms),
        eV_per_non_Li_atom=clean(energy) if is_open else None,
        x=share * own.atoms / own.on_axes(is_open=is_open) / atoms,
        products=named_amounts(products, 1 / units),
    )
