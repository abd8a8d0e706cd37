"""Best candidates of a screening under an assumed error model: intervals, ranks and probabilities of passing gates.

All entries of the chemical systems of the candidates take part.
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
    """Candidate under an assumed error model; quantities as in `Candidate`.

    Attributes
    ----------
    label
        Label of the candidate: alias or formula.
    formula
        Formula of the candidate.
    rank
        Rank among the candidates of the ensemble, from 1.
    pass_probability
        Fraction of samples in which it passes every gate.
    gate_probabilities
        Fraction of samples in which it passes each gate.
    front_probability
        Fraction of samples in which it is on the first Pareto front of the candidates with as many failed gates.
    energy_above_hull_eV_per_atom
        Energy above the hull, eV/atom; None without an entry of the composition.
    reduction_V
        Reduction limit of the window, V vs Li/Li+.
    oxidation_V
        Oxidation limit of the window, V vs Li/Li+; None for a phase without Li.
    decomposition_eV_per_atom
        Worst decomposition energy over the voltage range, eV/atom.
    cathode_eV_per_atom
        Worst reaction energy with the cathode, eV/atom.
    electrolyte_eV_per_atom
        Worst reaction energy with the electrolyte, eV/atom.
    reactions
        Energy of each worst reaction by name (see `Candidate`), eV/atom.

    Examples
    --------
    >>> import interfacekit as ik
    >>> screening = ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"])
    >>> best = ik.screening_ensemble(screening, n=20).candidates[0]
    >>> best.label, best.pass_probability
    ('Li3PO4', 1.0)
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
        """Intervals of all quantities by name."""
        own: dict[str, Interval | None] = {
            name: value for name, value in vars(self).items() if isinstance(value, Interval)
        }
        return own | {f"{name}_eV_per_atom": interval for name, interval in self.reactions.items()}


@dataclass(frozen=True)
class ScreeningEnsemble(
    Result,
    tables="interfacekit.report.tables.ensembles:screening_tables",
):
    """Best candidates of a screening under an assumed error model.

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
        Thresholds of the screening.
    objectives
        Objectives of the Pareto fronts.
    n
        Number of samples.
    candidates
        Candidates in the order of the screening.
    provenance
        Version, engine, formation energies and parameters, with the seed and the error model.

    Examples
    --------
    >>> import interfacekit as ik
    >>> screening = ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"])
    >>> [c.label for c in ik.screening_ensemble(screening, top=2, n=20).candidates]
    ['Li3PO4', 'LiAlO2']
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
        """Return one row per candidate and quantity."""
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
    """Screen the best candidates again under an assumed error model of the formation energies.

    Ranks refer to these candidates only: a candidate that is not among the best without errors is not considered.

    Parameters
    ----------
    screening
        Result of `screen`.
    top
        Number of candidates; default 20.
    n
        Number of samples; default 200.
    error_model
        Error model, or its sigma in eV/atom; the default `ErrorModel` if None.
    entries
        Formation energies of the screening, see `load_entries`; default `"mp2019"`.
    seed
        Seed of the samples; default 0.
    progress
        Called with the completed fraction; none by default.

    Returns
    -------
    ScreeningEnsemble
        Intervals of all quantities, in V and eV/atom, and probabilities.

    Raises
    ------
    InputError
        If there is no candidate, n is below 1, the seed is negative, or the formation energies differ from those of the
        screening.
    ComputationError
        If a sample has no solution.

    Examples
    --------
    >>> import interfacekit as ik
    >>> screening = ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"])
    >>> for c in ik.screening_ensemble(screening, n=20).candidates:
    ...     print(f"{c.label}: passes in {c.pass_probability:.0%} of the samples")
    Li3PO4: passes in 100% of the samples
    LiAlO2: passes in 5% of the samples
    LNO: passes in 5% of the samples
    """
    model = as_error_model(error_model)
    check_samples(n, seed)
    if top < 1 or not screening.candidates:
        raise InputError(
            f"top must select at least one candidate, got {top} of {len(screening.candidates)}; such as 20"
        )
    table = load_entries(entries)
    if table.sha256 != screening.provenance["energies"]["sha256"]:
        raise InputError(
            f"entries must be those of the screening, {screening.provenance['energies']['source']}, got {table.source}"
        )
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
    """Rows of the chemical systems of the candidates with both partners."""
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


#: Quantities of a candidate with an interval.
_INTERVALS = (
    "rank",
    "energy_above_hull_eV_per_atom",
    "reduction_V",
    "oxidation_V",
    "decomposition_eV_per_atom",
    "cathode_eV_per_atom",
    "electrolyte_eV_per_atom",
)
