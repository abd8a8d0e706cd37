"""Screening of coatings between a cathode and an electrolyte: what they withstand, react to, and which are best.

Every candidate is judged as in Xiao, Miara, Wang and Ceder, doi:10.1016/j.joule.2019.02.006: by its stability, its
electrochemical window, and its reactions with the lithiated and the half-lithiated cathode and with the electrolyte.
Here also at every voltage of a range, where all may exchange Li with the reservoir.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.entries import Source, chemical_system, load_entries
from interfacekit.entries.hull_energies import above_hull, zero_on_hull
from interfacekit.errors import ComputationError, InputError
from interfacekit.phases import distinct_phases, label_of, phase
from interfacekit.quantities import ELEMENTS, optional
from interfacekit.results import Result, deferred, provenance, written
from interfacekit.store import Store
from interfacekit.thermo.equilibria.engine import AMOUNT_TOLERANCE
from interfacekit.thermo.equilibria.hull import cleaned, named_amounts
from interfacekit.thermo.equilibria.minimiser import DIATOMIC
from interfacekit.thermo.equilibria.system import exact
from interfacekit.thermo.screening.chunks import half_lithiated, prepared, run_chunks
from interfacekit.thermo.screening.columns import (
    N_CLOSED,
    REACTIONS,
    WITH_CATHODE,
    WITH_ELECTROLYTE,
    CandidateColumns,
)
from interfacekit.thermo.screening.judged import Judged, judged_candidates
from interfacekit.thermo.screening.ranking import Gates, check_objectives, ranking
from interfacekit.thermo.stability.nearest import NearestEntry, nearest_entry
from interfacekit.units import LITHIUM, check_voltage_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Self

    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.kernels.equilibria.screening import Screened
    from interfacekit.phases import Phase
    from interfacekit.thermo.screening.chunks import Prepared
    from interfacekit.thermo.screening.ranking import Objective


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


@dataclass(frozen=True)
class Screening(
    Result,
    tables="interfacekit.report.tables.screening:screening_tables",
    figure="interfacekit.plots.thermo.screening_map:plot_screening_map",
):
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
    not_judged
        Named candidates without a row, such as a partner itself or one with an element that has no energies, and why;
        none of the counts has them.
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
    not_judged: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: CandidateColumns, gates: Gates, objectives: Sequence[Objective], **rest: Any) -> Self:
        """Judge candidates by gates, rank them and count; `rest` are the other fields, see `Screening`.

        Raises
        ------
        InputError
            If there is no objective, or an unknown one.
        """
        by_rank = _Ranked.of(columns, gates, objectives)
        failed = Counter(gate for failures in by_rank.failures for gate in {name for name, _ in failures})
        return cls._by_rank(
            by_rank,
            gates=gates,
            objectives=tuple(objectives),
            n_screened=len(columns),
            n_passed=sum(not failures for failures in by_rank.failures),
            failed_by_gate={name: failed[name] for name, limit in vars(gates).items() if limit is not None},
            **rest,
        )

    @classmethod
    def _by_rank(cls, by_rank: _Ranked, **rest: Any) -> Self:
        """Make a screening whose candidates become objects when they are asked for."""
        made = cls(candidates=deferred(lambda: tuple(map(by_rank.candidate, range(len(by_rank.columns))))), **rest)
        object.__setattr__(made, "_kept_ranked", by_rank)
        return made

    @property
    def _ranked(self) -> _Ranked:
        kept: _Ranked | None = vars(self).get("_kept_ranked")
        if kept is None:
            kept = _Ranked(
                CandidateColumns.of(self.candidates),
                [candidate.front for candidate in self.candidates],
                [tuple(("", words) for words in candidate.failed) for candidate in self.candidates],
            )
            object.__setattr__(self, "_kept_ranked", kept)
        return kept

    def candidate(self, name: str | Phase) -> Candidate:
        """Return a candidate by its alias or formula.

        Raises
        ------
        InputError
            If it is no phase, or not among the candidates.
        """
        wanted = phase(name)
        by_rank = self._ranked
        elements = tuple(sorted(wanted.elements))
        for k, formula in enumerate(by_rank.columns.formulas):
            # The table may write its formula otherwise.
            if by_rank.columns.elements[k] == elements and phase(formula).same_composition(wanted):
                return by_rank.candidate(k)
        raise InputError(f"{wanted.label} is not among the candidates that were screened; leave it out")

    def top(self, count: int) -> Screening:
        """The same with its best candidates only; counts stay those of all."""
        best = self._ranked.best(count)
        fields = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "candidates"
        }
        return self._by_rank(best, **fields)

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
        columns = self._ranked.columns
        left = columns.take([k for k, elements in enumerate(columns.elements) if not unwanted & set(elements)])
        dropped = len(columns) - len(left)
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
            not_judged=self.not_judged,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per candidate; products are those of the worst reaction, as text.

        `complete` says in every row whether all candidates were screened: ranks are among those that were. Candidates
        that could not be judged are the last rows, with the reason in `not_judged`.
        """
        import pandas as pd

        by_rank = self._ranked
        columns, n = by_rank.columns, len(by_rank.columns)
        worst = columns.reactions_eV_per_atom.argmin(axis=1)
        frame = pd.DataFrame(
            {
                "rank": range(1, n + 1),
                "front": by_rank.fronts,
                "label": columns.labels,
                "formula": columns.formulas,
                "passes": [not failures for failures in by_rank.failures],
                "failed": ["; ".join(words for _, words in failures) for failures in by_rank.failures],
                "lithium_fraction": columns.lithium_fraction,
                "energy_above_hull_eV_per_atom": columns.energy_above_hull_eV_per_atom,
                "reduction_V": columns.reduction_V,
                "oxidation_V": columns.oxidation_V,
                "rounded_reduction_V": columns.rounded_reduction_V,
                "rounded_oxidation_V": columns.rounded_oxidation_V,
                "nearest_entry": columns.nearest_entries,
                "nearest_entry_distance_atom_fraction": columns.nearest_entry_distance_atom_fraction,
                "decomposition_eV_per_atom": columns.decomposition_eV_per_atom,
                "decomposition_V": columns.decomposition_V,
                **{f"{name}_eV_per_atom": columns.reactions_eV_per_atom[:, r] for r, name in enumerate(REACTIONS)},
                **{
                    f"{name}_{key}": values[:, r]
                    for r, name in enumerate(REACTIONS)
                    if r >= N_CLOSED
                    for key, values in (
                        ("eV_per_non_Li_atom", columns.reactions_eV_per_non_Li_atom),
                        ("voltage_V", columns.reactions_V),
                    )
                },
                "worst_with": [columns.partners[r] for r in worst],
                "worst_products": [written(columns.products(k, r)) for k, r in enumerate(worst.tolist())],
                "complete": self.complete,
                "not_judged": None,
            }
        )
        if not self.not_judged:
            return frame
        # Whole numbers that may be missing: pandas would write 1.0.
        frame = frame.astype({"rank": "Int64", "front": "Int64", "passes": "boolean"})
        frame = frame.reindex(range(n + len(self.not_judged))).assign(complete=self.complete)
        frame.loc[n:, "label"] = list(self.not_judged)
        frame.loc[n:, "not_judged"] = list(self.not_judged.values())
        return frame


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Candidates by rank as columns, with their Pareto fronts and the gates that each failed, by name and in words."""

    columns: CandidateColumns
    fronts: Sequence[int] | NDArray[np.intp]
    failures: Sequence[tuple[tuple[str, str], ...]]
    made: dict[int, Candidate] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: CandidateColumns, gates: Gates, objectives: Sequence[Objective]) -> _Ranked:
        found = ranking(columns, gates, objectives)
        return cls(columns.take(found.order), found.fronts, found.failures)

    def best(self, count: int) -> _Ranked:
        return _Ranked(self.columns.take(range(len(self.columns))[:count]), self.fronts[:count], self.failures[:count])

    def candidate(self, k: int) -> Candidate:
        """Return the candidate at a place as an object, always the same."""
        if k not in self.made:
            self.made[k] = self._made(k)
        return self.made[k]

    def _made(self, k: int) -> Candidate:
        columns = self.columns
        numbers = {name: value[k].tolist() for name, value in vars(columns).items() if isinstance(value, np.ndarray)}
        reactions = {
            name: WorstReaction(
                partner=columns.partners[r],
                voltage_V=_number_or_none(numbers["reactions_V"][r]),
                eV_per_atom=numbers["reactions_eV_per_atom"][r],
                eV_per_non_Li_atom=_number_or_none(numbers["reactions_eV_per_non_Li_atom"][r]),
                x=numbers["reactions_x"][r],
                products=deferred(partial(columns.products, k, r)),
            )
            for r, name in enumerate(REACTIONS)
        }
        energies = numbers["reactions_eV_per_atom"]
        return Candidate(
            label=columns.labels[k],
            formula=columns.formulas[k],
            elements=columns.elements[k],
            lithium_fraction=numbers["lithium_fraction"],
            energy_above_hull_eV_per_atom=_number_or_none(numbers["energy_above_hull_eV_per_atom"]),
            reduction_V=numbers["reduction_V"],
            oxidation_V=_number_or_none(numbers["oxidation_V"]),
            decomposition_eV_per_atom=numbers["decomposition_eV_per_atom"],
            decomposition_V=numbers["decomposition_V"],
            reactions=reactions,
            cathode_eV_per_atom=min(energies[r] for r in WITH_CATHODE),
            electrolyte_eV_per_atom=min(energies[r] for r in WITH_ELECTROLYTE),
            failed=tuple(words for _, words in self.failures[k]),
            front=int(self.fronts[k]),
            rank=k + 1,
            rounded_reduction_V=_number_or_none(numbers["rounded_reduction_V"]),
            rounded_oxidation_V=_number_or_none(numbers["rounded_oxidation_V"]),
            nearest_entry=columns.nearest_entries[k],
            nearest_entry_distance_atom_fraction=_number_or_none(numbers["nearest_entry_distance_atom_fraction"]),
        )


def _number_or_none(number: float) -> float | None:
    return None if math.isnan(number) else number


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
    snap: bool = False,
    gates: Gates | None = None,
    objectives: Sequence[Objective] = ("cathode", "electrolyte", "decomposition"),
    required: Sequence[str | Phase] = (),
    store: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
    preparing: Callable[[float], None] | None = None,
    keep_finished: bool = False,
) -> Screening:
    """Screen coatings between a cathode and an electrolyte.

    All reaction energies are mutual: against both reactants at their hull energies (closed) or grand potentials (open,
    where a cathode has the Li content that the voltage gives it). Over the range of voltages they are exact, with no
    grid: see `kernels.equilibria.screening`.

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
    snap
        Take the entries that are nearest in composition to the candidates that are named.
    gates
        Thresholds that come before all fronts; those of `Gates` when None.
    objectives
        `cathode` and `electrolyte` (worst reactions), `decomposition`, `oxidation` and `reduction` (limits): candidates
        that no other beats in all are the first Pareto front, those that only the first beats the second, and so on.
    required
        Candidates that must be among those to screen, which is checked before the work.
    store
        Folder in which finished parts are kept, and not computed again.
    progress
        Called with the share done.
    preparing
        Called before with the share done of the hull energies of all entries, where they are not known.
    keep_finished
        When interrupted, return what was finished.

    Returns
    -------
    Screening
        All candidates, those that pass every gate first, then by number of failed gates; within these by front, then by
        the sum of reaction and decomposition energies. A named candidate that cannot be judged is in `not_judged`.

    Raises
    ------
    InputError
        If a partner is no phase, the cathode has no Li, both are one composition, an element of theirs is missing from
        the energies, no candidate is left or a required one is not among them, or a range or an objective is not
        possible.
    ComputationError
        If no candidate has a solution.
    """
    check_objectives(objectives)
    optional(ELEMENTS, max_elements, "max_elements")
    pair = distinct_phases([cathode, electrolyte])
    voltage_V = check_voltage_range(voltage_V)
    if LITHIUM not in pair[0].elements:
        raise InputError(f"the cathode {pair[0].label} has no Li; give its lithiated state, such as LiCoO2")
    if any(member.elements == {LITHIUM} for member in pair):
        raise InputError("Li metal is the reservoir of a screening over voltages; name an electrolyte")
    concerned = {LITHIUM, *contains}.union(*(member.elements for member in pair))
    if candidates is None:
        table, judged = load_entries(entries), Judged((), {})
        table.require(concerned)
    else:
        # All that the named candidates can react to is in their own chemical system with the pair.
        table, judged = judged_candidates(candidates, pair, entries, concerned, snap=snap)
    pair = tuple(exact(member, table) for member in pair)
    named = None if candidates is None else judged.phases
    names = _candidates(table, named, pair, contains=contains, exclude=exclude, max_elements=max_elements)
    _require_among(names, required, table)
    records = None if store is None else Store(store)  # before what takes seconds: it may not be possible
    data = prepared(table, preparing)
    chunks = run_chunks(
        data,
        list(names),
        (pair[0].formula, pair[1].formula),
        voltage_V,
        store=records,
        progress=progress,
        keep_finished=keep_finished,
    )
    finished = [(chunk, answer) for chunk, answer in chunks if answer is not None]
    columns, unsolved = _solved(_columns(finished, names, pair, voltage_V, data))
    return Screening.of(
        columns,
        Gates() if gates is None else gates,
        objectives,
        cathode=pair[0].formula,
        electrolyte=pair[1].formula,
        voltage_low_V=voltage_V[0],
        voltage_high_V=voltage_V[1],
        n_candidates=len(names) - len(unsolved),
        complete=len(finished) == len(chunks),
        not_judged={**judged.refused, **unsolved},
        provenance=provenance(
            table,
            phases=(pair[0].formula, pair[1].formula),
            voltage_V=voltage_V,
            contains=chemical_system(contains) if contains else (),
            exclude=chemical_system(exclude) if exclude else (),
            max_elements=max_elements,
            snap=snap,
        ),
    )


def _candidates(
    table: EntryTable,
    given: Sequence[Phase] | None,
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
        names = {
            _formula_in(table, member): member.label
            for member in given
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
    return _some({formula: label_of(formula) for formula in formulas if formula not in partners})


def _require_among(names: dict[str, str], required: Iterable[str | Phase], table: EntryTable) -> None:
    """Raise `InputError` where a candidate that is required is not among those to screen, before any work."""
    for member in map(phase, required):
        if not member.elements <= set(table.elements) or _formula_in(table, exact(member, table)) not in names:
            raise InputError(f"{member.label} is not among the candidates to screen; add it to them, or leave it out")


def _solved(columns: CandidateColumns) -> tuple[CandidateColumns, dict[str, str]]:
    """Candidates with a solution, and the others with what became of them.

    Raises
    ------
    ComputationError
        If none has.
    """
    failed = np.isnan(columns.reduction_V)
    if not failed.any():
        return columns, {}
    unsolved = {columns.labels[k]: "its phase equilibria have no solution" for k in np.flatnonzero(failed).tolist()}
    if failed.all():
        raise ComputationError(f"no solution for {', '.join(unsolved)}")
    return columns.take(np.flatnonzero(~failed)), unsolved


def _some(names: dict[str, str]) -> dict[str, str]:
    if not names:
        raise InputError("no candidate meets these conditions; give fewer of them")
    return names


def _formula_in(table: EntryTable, member: Phase) -> str:
    """The formula under which the table has a phase, or the phase's own."""
    row = table.row_of(member.vector(table.elements))
    return member.formula if row is None else table.formulas[row]


def _columns(
    finished: Sequence[tuple[Sequence[str], Screened]],
    labels: dict[str, str],
    pair: Sequence[Phase],
    voltage_V: tuple[float, float],
    data: Prepared,
) -> CandidateColumns:
    """Columns of what the kernel found, in the units of the reactions of `interface_reaction`."""
    table = data.table
    lithium = table.elements.index(LITHIUM)
    formulas = [formula for chunk, _ in finished for formula in chunk]
    rows = [data.row_of.get(formula) for formula in formulas]
    compositions = np.array(
        [
            phase(formula).vector(table.elements) if row is None else table.compositions[row]
            for formula, row in zip(formulas, rows, strict=True)
        ]
    ).reshape(-1, len(table.elements))
    members = [phase(half_lithiated(pair[0])) if r == 1 else pair[r in WITH_ELECTROLYTE] for r in range(len(REACTIONS))]
    own = _Amounts.of(compositions, lithium)
    partner = _Amounts.of(np.array([member.vector(table.elements) for member in members]), lithium)

    def column(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(answer, name) for _, answer in finished]) if finished else np.empty((0, 5))

    share = column("mixing")
    # Kernels count in atoms when closed, and in atoms other than Li when open.
    is_open = np.arange(len(REACTIONS)) >= N_CLOSED
    own_axes = np.where(is_open, own.others[:, None], own.atoms[:, None])
    partner_axes = np.where(is_open, partner.others, partner.atoms)
    units = share / own_axes + (1 - share) / partner_axes
    atoms = share * own.atoms[:, None] / own_axes + (1 - share) * partner.atoms / partner_axes
    energy = column("energy")
    formation = np.array([np.nan if row is None else table.formation_energies_eV_per_atom[row] for row in rows])
    decomposition = zero_on_hull(column("decomposition").reshape(-1, 2) * own.others[:, None] / own.atoms[:, None])
    worst = decomposition.argmin(axis=1)
    near = [
        nearest_entry(table, atoms_of) if row is None else NearestEntry(row, table.formulas[row], 0.0)
        for row, atoms_of in zip(rows, compositions, strict=True)
    ]
    places = [(answer, c) for chunk, answer in finished for c in range(len(chunk))]

    def products(k: int, r: int) -> dict[str, float]:
        answer, c = places[k]
        return _products(
            answer.products[c, r], answer.amounts[c, r], data, float(1 / units[k, r]), is_open=r >= N_CLOSED
        )

    return CandidateColumns(
        labels=[labels[formula] for formula in formulas],
        formulas=formulas,
        elements=[tuple(table.elements[j] for j in np.flatnonzero(atoms_of)) for atoms_of in compositions],
        partners=tuple(member.formula for member in members),
        lithium_fraction=(own.atoms - own.others) / own.atoms,
        energy_above_hull_eV_per_atom=above_hull(formation, column("hull_energy").reshape(-1)),
        reduction_V=column("reduction").reshape(-1),
        oxidation_V=column("oxidation").reshape(-1),
        rounded_reduction_V=column("rounded_reduction").reshape(-1),
        rounded_oxidation_V=column("rounded_oxidation").reshape(-1),
        nearest_entries=[None if entry is None else entry.formula for entry in near],
        nearest_entry_distance_atom_fraction=np.array(
            [np.nan if entry is None else entry.distance_atom_fraction for entry in near]
        ),
        decomposition_eV_per_atom=decomposition[np.arange(len(worst)), worst],
        decomposition_V=np.array(voltage_V)[worst],
        reactions_eV_per_atom=cleaned(energy / atoms),
        reactions_x=share * own.atoms[:, None] / own_axes / atoms,
        reactions_eV_per_non_Li_atom=np.where(is_open, cleaned(energy), np.nan),
        reactions_V=column("voltage"),
        products=products,
    )


class _Amounts(NamedTuple):
    """Atoms of formula units: all, and those other than Li; shape (n,)."""

    atoms: NDArray[np.float64]
    others: NDArray[np.float64]

    @classmethod
    def of(cls, compositions: NDArray[np.float64], lithium: int) -> Self:
        """Count the atoms of compositions (n, m), of which Li is on the axis `lithium`."""
        atoms = compositions.sum(axis=1)
        return cls(atoms, atoms - compositions[:, lithium])


def _products(
    rows: NDArray[np.int64], amounts: NDArray[np.float64], data: Prepared, factor: float, *, is_open: bool
) -> dict[str, float]:
    """Formula units of products, of their atoms (other than Li where open); a row of -1 is none."""
    present = (rows >= 0) & (amounts > AMOUNT_TOLERANCE)
    places = data.stable[rows[present]]
    counted = _Amounts.of(data.table.compositions[places], data.table.elements.index(LITHIUM))
    units: dict[str, float] = {}
    for place, amount, n in zip(places, amounts[present], counted.others if is_open else counted.atoms, strict=True):
        formula = data.table.formulas[place]
        molecule = 2 if formula in DIATOMIC else 1
        units[f"{formula}2" if molecule == 2 else formula] = float(amount / (n * molecule))
    return named_amounts(units, factor)
