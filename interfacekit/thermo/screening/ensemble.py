"""The best candidates of a screening under an assumed error model: intervals, ranks, and how surely they pass gates.

All entries of the candidates' chemical systems take part.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.entries import EntryTable, Source, load_entries
from interfacekit.errors import InputError
from interfacekit.phases import phase
from interfacekit.results import Result, provenance
from interfacekit.thermo.screening.candidate import REACTIONS
from interfacekit.thermo.screening.ranking import Gates, ranked
from interfacekit.thermo.screening.samples import sampled_candidates
from interfacekit.thermo.uncertainty.ensemble import Interval, frame_of
from interfacekit.thermo.uncertainty.error_model import ErrorModel, as_error_model, check_samples
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from interfacekit.thermo.screening.candidate import Candidate
    from interfacekit.thermo.screening.result import Screening


@dataclass(frozen=True)
class CandidateEnsemble(Result):
    """A candidate under an assumed error model; numbers as in `Candidate`.

    Attributes
    ----------
    label, formula
        Its name and formula.
    rank
        Among the candidates of this ensemble, from 1.
    pass_probability
        Share of the samples in which it passes every gate.
    gate_probabilities
        Share of the samples in which it passes each gate that there is.
    front_probability
        Share of the samples in which it is on the first Pareto front of those that pass as it does.
    energy_above_hull_eV_per_atom
        None where the energies have none of this composition.
    reduction_V, oxidation_V
        Limits of its window; the latter None where it has no Li to give off.
    decomposition_eV_per_atom, cathode_eV_per_atom, electrolyte_eV_per_atom
        The worst over the range of voltages.
    reactions
        Energy per atom of each reaction at its worst, by the names in `REACTIONS`.
    """

    label: str
    formula: str
    rank: Interval
    pass_probability: float
    gate_probabilities: dict[str, float]
    front_probability: float
    energy_above_hull_eV_per_atom: Interval | None
    reduction_V: Interval
    oxidation_V: Interval | None
    decomposition_eV_per_atom: Interval
    cathode_eV_per_atom: Interval
    electrolyte_eV_per_atom: Interval
    reactions: dict[str, Interval]

    @property
    def intervals(self) -> dict[str, Interval | None]:
        """All of them by name."""
        own: dict[str, Interval | None] = {
            name: value for name, value in vars(self).items() if isinstance(value, Interval)
        }
        return own | {f"{name}_eV_per_atom": interval for name, interval in self.reactions.items()}


@dataclass(frozen=True)
class ScreeningEnsemble(
    Result,
    tables="interfacekit.report.tables.ensembles:screening_tables",
):
    """The best candidates of a screening under an assumed error model.

    Attributes
    ----------
    cathode, electrolyte, voltage_low_V, voltage_high_V, gates, objectives
        Of the screening.
    n
        Samples.
    candidates
        In the order of the screening.
    provenance
        Where the numbers come from, with the seed and the error model.
    """

    cathode: str
    electrolyte: str
    voltage_low_V: float
    voltage_high_V: float
    gates: Gates
    objectives: tuple[str, ...]
    n: int
    candidates: tuple[CandidateEnsemble, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per candidate and number."""
        import pandas as pd

        frames = [
            frame_of(
                {
                    "label": c.label,
                    "formula": c.formula,
                    "pass_probability": c.pass_probability,
                    "front_probability": c.front_probability,
                    "n": self.n,
                },
                c.intervals,
            )
            for c in self.candidates
        ]
        return pd.concat(frames, ignore_index=True)


def screening_ensemble(
    screening: Screening,
    top: int = 20,
    n: int = 200,
    error_model: ErrorModel | float | None = None,
    entries: Source = "mp2019",
    *,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> ScreeningEnsemble:
    """Screen the best candidates again, under an assumed error model of the energies.

    Ranks are among these candidates alone: one that is not among the best without errors has no chance here.

    Parameters
    ----------
    screening
        From `screen`.
    top
        How many of its candidates.
    n, error_model, seed
        As for `window_ensemble`.
    entries
        The energies that the screening was made with.
    progress
        Called with the share done.

    Raises
    ------
    InputError
        If there is no candidate or no sample, the seed is negative, or the energies are not those of the screening.
    ComputationError
        If a sample has no solution.
    """
    model = as_error_model(error_model)
    check_samples(n, seed)
    if top < 1 or not screening.candidates:
        raise InputError("there is no candidate to take samples of; take the best 20, say")
    table = load_entries(entries)
    if table.sha256 != screening.provenance["energies"]["sha256"]:
        raise InputError(f"{table.source} is not what the screening was made with; give the same entries")
    chosen = screening.candidates[:top]
    samples = sampled_candidates(screening, chosen, _concerned(table, screening, chosen), model, n, seed, progress)
    plain = {c.formula: c for c in ranked(chosen, screening.gates, screening.objectives)}
    return ScreeningEnsemble(
        cathode=screening.cathode,
        electrolyte=screening.electrolyte,
        voltage_low_V=screening.voltage_low_V,
        voltage_high_V=screening.voltage_high_V,
        gates=screening.gates,
        objectives=screening.objectives,
        n=n,
        candidates=tuple(
            _summary(plain[c.formula], [sample[c.formula] for sample in samples], screening.gates) for c in chosen
        ),
        provenance=provenance(
            table,
            phases=(screening.cathode, screening.electrolyte),
            voltage_V=(screening.voltage_low_V, screening.voltage_high_V),
            top=top,
            n=n,
            seed=seed,
            error_model=asdict(model),
        ),
    )


def _concerned(table: EntryTable, screening: Screening, chosen: Sequence[Candidate]) -> EntryTable:
    """Rows of the chemical systems of the candidates, each with both partners."""
    both = phase(screening.cathode).elements | phase(screening.electrolyte).elements | {LITHIUM}
    present = table.compositions > 0
    rows = present.sum(axis=1) == 1
    for system in {frozenset(c.elements) for c in chosen}:
        foreign = [i for i, symbol in enumerate(table.elements) if symbol not in system | both]
        rows |= ~present[:, foreign].any(axis=1)
    kept = np.flatnonzero(rows)
    return replace(
        table,
        formulas=tuple(table.formulas[i] for i in kept),
        compositions=table.compositions[kept],
        formation_energies_eV_per_atom=table.formation_energies_eV_per_atom[kept],
    )


def _summary(plain: Candidate, samples: Sequence[Candidate], gates: Gates) -> CandidateEnsemble:
    failed = [{name for name, _ in gates.failures(sample)} for sample in samples]

    def interval(name: str) -> Interval | None:
        value = getattr(plain, name)
        return None if value is None else Interval.of(value, np.array([getattr(sample, name) for sample in samples]))

    reactions = {
        name: Interval.of(
            plain.reactions[name].eV_per_atom, np.array([sample.reactions[name].eV_per_atom for sample in samples])
        )
        for name in REACTIONS
    }
    return CandidateEnsemble(
        label=plain.label,
        formula=plain.formula,
        pass_probability=float(np.mean([not names for names in failed])),
        gate_probabilities={
            name: float(np.mean([name not in names for names in failed]))
            for name, limit in vars(gates).items()
            if limit is not None
        },
        front_probability=float(np.mean([sample.front == 1 for sample in samples])),
        reactions=reactions,
        **{name: interval(name) for name in _INTERVALS},  # type: ignore[arg-type]  # two of them may be None
    )


#: Numbers of a candidate that have an interval.
_INTERVALS = (
    "rank",
    "energy_above_hull_eV_per_atom",
    "reduction_V",
    "oxidation_V",
    "decomposition_eV_per_atom",
    "cathode_eV_per_atom",
    "electrolyte_eV_per_atom",
)
