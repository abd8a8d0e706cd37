"""Screening: candidates by rank, as columns from which objects are built on demand."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from interfacekit.elements import chemical_system
from interfacekit.errors import InputError
from interfacekit.phases import phase
from interfacekit.results import Result, deferred, written
from interfacekit.thermo.screening.candidate import (
    N_CLOSED,
    REACTIONS,
    WITH_CATHODE,
    WITH_ELECTROLYTE,
    Candidate,
    WorstReaction,
)
from interfacekit.thermo.screening.columns import CandidateColumns
from interfacekit.thermo.screening.ranking import Gates, ranking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.phases import Phase
    from interfacekit.thermo.screening.ranking import Objective


@dataclass(frozen=True)
class Screening(
    Result,
    tables="interfacekit.report.tables.screening:screening_tables",
    figure="interfacekit.plots.thermo.screening_map:plot_screening_map",
):
    """Candidates between a cathode and an electrolyte, by rank.

    Attributes
    ----------
    cathode
        Formula of the lithiated cathode.
    electrolyte
        Formula of the electrolyte.
    voltage_low_V
        Lowest voltage, V vs Li/Li+.
    voltage_high_V
        Highest voltage, V vs Li/Li+.
    gates
        Thresholds of the gates.
    objectives
        Objectives of the Pareto fronts.
    candidates
        Candidates by rank.
    n_candidates
        Number of candidates to screen; larger than the length of `candidates` if the screening was interrupted or
        limited to the best.
    n_screened
        Number of screened candidates.
    n_passed
        Number of screened candidates that pass every gate.
    failed_by_gate
        Number of screened candidates that fail each gate.
    complete
        True if all candidates were screened.
    provenance
        Version, engine, formation energies and parameters.
    not_judged
        Reason for each named candidate without a row, such as a partner or an element without energies; not included in
        the numbers of candidates.

    Examples
    --------
    >>> import interfacekit as ik
    >>> screening = ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"])
    >>> [candidate.label for candidate in screening.candidates], screening.n_passed
    (['Li3PO4', 'LiAlO2', 'LNO'], 1)
    """

    cathode: str
    electrolyte: str
    voltage_low_V: float
    voltage_high_V: float
    gates: Gates
    objectives: tuple[Objective, ...]
    candidates: tuple[Candidate, ...] = field(repr=False)
    n_candidates: int
    n_screened: int
    n_passed: int
    failed_by_gate: dict[str, int]
    complete: bool
    provenance: dict[str, Any]
    not_judged: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: CandidateColumns, gates: Gates, objectives: Sequence[Objective], **rest: Any) -> Self:
        """Judge candidates by gates, rank them and count; `rest` holds the other fields of `Screening`.

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
        """Make a screening whose candidates are built on demand."""
        made = cls(candidates=deferred(lambda: tuple(map(by_rank.candidate, range(len(by_rank.columns))))), **rest)
        vars(made)["_ranked"] = by_rank
        return made

    @cached_property
    def _ranked(self) -> _Ranked:
        return _Ranked(
            CandidateColumns.of(self.candidates),
            [candidate.front for candidate in self.candidates],
            [tuple(("", words) for words in candidate.failed) for candidate in self.candidates],
        )

    def candidate(self, name: str | Phase) -> Candidate:
        """Return a candidate by its alias or formula.

        Parameters
        ----------
        name
            Alias or formula.

        Returns
        -------
        Candidate
            Candidate of this composition.

        Raises
        ------
        InputError
            If the name is not a phase, or not among the candidates.
        """
        target = phase(name)
        by_rank = self._ranked
        elements = tuple(sorted(target.elements))
        for k, formula in enumerate(by_rank.columns.formulas):
            # The formula of the table may be written differently.
            if by_rank.columns.elements[k] == elements and phase(formula).same_composition(target):
                return by_rank.candidate(k)
        raise InputError(f"{target.label} is not among the screened candidates; leave it out")

    def top(self, count: int) -> Screening:
        """Return the screening with its best candidates only; the numbers of candidates are unchanged.

        Parameters
        ----------
        count
            Number of candidates.

        Returns
        -------
        Screening
            Screening with at most `count` candidates.
        """
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
        """Rank the candidates by other gates or objectives, without those that contain some elements.

        Parameters
        ----------
        gates
            Thresholds; those of the screening if None (default).
        objectives
            Objectives of the Pareto fronts; those of the screening if None (default).
        exclude
            Symbols of elements that no candidate may contain; none by default.

        Returns
        -------
        Screening
            Screening with new ranks.

        Raises
        ------
        InputError
            If a symbol is not an element, or an objective is unknown.
        """
        unwanted = set(chemical_system(exclude)) if exclude else set()
        columns = self._ranked.columns
        kept = columns.take([k for k, elements in enumerate(columns.elements) if not unwanted & set(elements)])
        dropped = len(columns) - len(kept)
        parameters = self.provenance["parameters"]
        excluded = tuple(sorted({*parameters["exclude"], *unwanted}))
        return type(self).of(
            kept,
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

        `complete` is True in every row if all candidates were screened: ranks refer to the screened candidates.
        Candidates that could not be judged are the last rows, with the reason in `not_judged`.
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
        # Nullable integers: pandas would write 1.0.
        frame = frame.astype({"rank": "Int64", "front": "Int64", "passes": "boolean"})
        frame = frame.reindex(range(n + len(self.not_judged))).assign(complete=self.complete)
        frame.loc[n:, "label"] = list(self.not_judged)
        frame.loc[n:, "not_judged"] = list(self.not_judged.values())
        return frame


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Candidates by rank as columns, with their Pareto fronts and their failed gates, by name and in words."""

    columns: CandidateColumns
    fronts: Sequence[int] | NDArray[np.intp]
    failures: Sequence[tuple[tuple[str, str], ...]]
    made: dict[int, Candidate] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: CandidateColumns, gates: Gates, objectives: Sequence[Objective]) -> _Ranked:
        ranks = ranking(columns, gates, objectives)
        return cls(columns.take(ranks.order), ranks.fronts, ranks.failures)

    def best(self, count: int) -> _Ranked:
        return _Ranked(self.columns.take(range(len(self.columns))[:count]), self.fronts[:count], self.failures[:count])

    def candidate(self, k: int) -> Candidate:
        """Return the candidate at an index as an object, always the same."""
        if k not in self.made:
            self.made[k] = self._made(k)
        return self.made[k]

    def _made(self, k: int) -> Candidate:
        columns = self.columns
        numbers = {name: column[k].tolist() for name, column in columns.numbers.items()}
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
