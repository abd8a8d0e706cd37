"""The best candidates of a screening under an assumed error model: intervals, ranks, and how surely they pass gates.

All entries of the candidates' chemical systems take part. In each sample those are left out that the phases which are
in equilibrium at their compositions without errors make at less energy: they are above the hull of the sample, and in
no equilibrium.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.entries import EntryTable, Source, load_entries
from interfacekit.entries.hull_energies import above_hull, kernel_entries, zero_on_hull
from interfacekit.errors import ComputationError, InputError
from interfacekit.limits import cores
from interfacekit.phases import phase
from interfacekit.results import Result, provenance
from interfacekit.thermo.equilibria.hull import cleaned
from interfacekit.thermo.equilibria.minimiser import Minimiser
from interfacekit.thermo.screening.chunks import empty_screened, half_lithiated, prepared
from interfacekit.thermo.screening.columns import REACTIONS
from interfacekit.thermo.screening.ranking import Gates, ranked
from interfacekit.thermo.stability.window import ROUNDED_LITHIUM
from interfacekit.thermo.uncertainty.ensemble import Interval, frame_of
from interfacekit.thermo.uncertainty.error_model import ErrorModel, as_error_model, check_samples
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.kernels.equilibria.screening import Entries, Screened
    from interfacekit.thermo.screening.screen import Candidate, Screening

#: Room for kinks and stairs at first, and the most that it is doubled to.
_ROOM, _MOST_ROOM = 256, 65536
#: Reactions of `REACTIONS` that are closed come first.
_CLOSED = 3


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
class ScreeningEnsemble(Result):
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


def sampled_candidates(
    screening: Screening,
    chosen: Sequence[Candidate],
    table: EntryTable,
    model: ErrorModel,
    n: int,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> list[dict[str, Candidate]]:
    """Return the candidates of each sample by formula, ranked, without products.

    Raises
    ------
    ComputationError
        If a sample has no solution.
    """
    errors = model.errors(table, n, seed)
    entries = kernel_entries(table, np.arange(len(table)))
    above = _AboveOthers.of(table)
    members = [phase(screening.cathode), phase(screening.electrolyte)]
    members.insert(1, phase(half_lithiated(members[0])))
    partners = np.array([member.vector(table.elements) for member in members])
    row_of = {formula: row for row, formula in enumerate(table.formulas)}
    own_rows = [row_of.get(c.formula) for c in chosen]
    atoms = np.array(
        [
            phase(c.formula).vector(table.elements) if row is None else table.compositions[row]
            for c, row in zip(chosen, own_rows, strict=True)
        ]
    )
    n_atoms = atoms.sum(axis=1)
    li = table.elements.index(LITHIUM)
    facing = partners[[0, 1, 2, 0, 2]]
    amounts = _Amounts(n_atoms, n_atoms - atoms[:, li], facing.sum(axis=1), facing.sum(axis=1) - facing[:, li])

    def sample(k: int) -> list[Candidate]:
        energies = table.formation_energies_eV_per_atom + errors[k]
        own = np.array([np.nan if row is None else energies[row] for row in own_rows])
        left = _some_entries(entries, energies, above.possible(energies))
        found = _screened(left, atoms, own * n_atoms, partners, screening)
        return _changed(chosen, found, own, amounts, screening)

    done: list[dict[str, Candidate]] = []
    with ThreadPoolExecutor(cores()) as pool:
        for candidates in pool.map(sample, range(n)):
            judged = ranked(candidates, screening.gates, screening.objectives)
            done.append({c.formula: c for c in judged})
            if progress:
                progress(len(done) / n)
    return done


@dataclass(frozen=True, eq=False)
class _AboveOthers:
    """What each row's composition is made of without errors.

    Attributes
    ----------
    parts
        Rows, shape (n, p), padded with 0.
    shares
        Their shares of the atoms, shape (n, p), padded with 0.
    """

    parts: NDArray[np.intp]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, table: EntryTable) -> _AboveOthers:
        data = prepared(table)
        stable = np.zeros(len(table), dtype=bool)
        stable[data.stable] = True
        present = table.compositions > 0
        systems: dict[bytes, list[int]] = {}
        for row in np.flatnonzero(~stable).tolist():
            systems.setdefault(present[row].tobytes(), []).append(row)
        most = int(present.sum(axis=1).max())
        parts, shares = np.zeros((len(table), most), dtype=np.intp), np.zeros((len(table), most))
        parts[:, 0], shares[:, 0] = np.arange(len(table)), 1.0
        n_atoms = table.compositions.sum(axis=1)
        for rows in systems.values():
            axes = np.flatnonzero(present[rows[0]])
            within = np.flatnonzero(stable & ~present[:, ~present[rows[0]]].any(axis=1))
            small = replace(
                table,
                elements=tuple(table.elements[i] for i in axes),
                formulas=tuple(table.formulas[i] for i in within),
                compositions=table.compositions[np.ix_(within, axes)],
                formation_energies_eV_per_atom=table.formation_energies_eV_per_atom[within],
            )
            engine = Minimiser(small)
            for row in rows:
                made_of = engine.equilibrium(table.compositions[row, axes])
                molecule = {i: 2.0 if engine.formulas[i] != small.formulas[i] else 1.0 for i in made_of}
                found = within[list(made_of)]
                parts[row, : len(found)] = found
                amounts = np.array([made_of[i] * molecule[i] for i in made_of])
                shares[row, : len(found)] = amounts * n_atoms[found] / n_atoms[row]
        return cls(parts, shares)

    def possible(self, energies: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Rows that others do not surely make at less energy (eV per atom)."""
        made: NDArray[np.float64] = (energies[self.parts] * self.shares).sum(axis=1)
        return above_hull(energies, made) <= 0


def _some_entries(entries: Entries, energies: NDArray[np.float64], kept: NDArray[np.bool_]) -> Entries:
    from interfacekit.kernels.equilibria.screening import Entries

    kept[entries.pure] = True
    place = np.cumsum(kept) - 1
    atoms = entries.atoms[kept]
    return Entries(
        atoms=atoms,
        energy=energies[kept] * atoms.sum(axis=1),
        system=entries.system[kept],
        pure=place[entries.pure],
        lithium=entries.lithium,
    )


def _screened(
    entries: Entries,
    atoms: NDArray[np.float64],
    own: NDArray[np.float64],
    partners: NDArray[np.float64],
    screening: Screening,
) -> Screened:
    from interfacekit.kernels.equilibria import screening as kernel
    from interfacekit.kernels.equilibria import simplex

    most = int(((atoms > 0) | (partners > 0).any(axis=0)).sum(axis=1).max()) + 1
    low, high = screening.voltage_low_V, screening.voltage_high_V
    room = _ROOM
    while True:
        out = empty_screened(len(atoms), most)
        kernel.screen(entries, atoms, own, partners, low, high, ROUNDED_LITHIUM, room, out)
        if not (out.status == simplex.FULL).any() or room >= _MOST_ROOM:
            break
        room *= 2
    if (out.status != simplex.SOLVED).any():
        raise ComputationError("a sample of a screening has no solution; try another seed")
    return out


@dataclass(frozen=True, eq=False)
class _Amounts:
    """Atoms, and atoms other than Li, of formula units of candidates and of the partners of each reaction."""

    atoms: NDArray[np.float64]  # (c,)
    others: NDArray[np.float64]  # (c,)
    partner_atoms: NDArray[np.float64]  # (reactions,)
    partner_others: NDArray[np.float64]  # (reactions,)

    def per_atom(self, found: Screened) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Reactions (c, reactions) and decompositions (c, 2), eV per atom."""
        atoms, of_partner = (self.atoms / self.others)[:, None], self.partner_atoms / self.partner_others
        total = found.mixing * atoms + (1 - found.mixing) * of_partner
        total[:, :_CLOSED] = 1.0
        return cleaned(found.energy / total), zero_on_hull(found.decomposition / atoms)


def _changed(
    chosen: Sequence[Candidate], found: Screened, own: NDArray[np.float64], amounts: _Amounts, screening: Screening
) -> list[Candidate]:
    """Candidates with the numbers of a sample; `own` energies in eV per atom."""
    reactions, decompositions = amounts.per_atom(found)
    voltages = screening.voltage_low_V, screening.voltage_high_V
    changed = []
    for c, candidate in enumerate(chosen):
        lower = int(np.argmin(decompositions[c]))
        of_each = {
            name: replace(candidate.reactions[name], eV_per_atom=float(reactions[c, r]), products={})
            for r, name in enumerate(REACTIONS)
        }
        above = float(above_hull(own[c], found.hull_energy[c]))
        changed.append(
            replace(
                candidate,
                energy_above_hull_eV_per_atom=None if np.isnan(above) else above,
                reduction_V=float(found.reduction[c]),
                oxidation_V=None if np.isnan(found.oxidation[c]) else float(found.oxidation[c]),
                decomposition_eV_per_atom=float(decompositions[c, lower]),
                decomposition_V=voltages[lower],
                reactions=of_each,
                cathode_eV_per_atom=min(r.eV_per_atom for name, r in of_each.items() if "cathode" in name),
                electrolyte_eV_per_atom=min(r.eV_per_atom for name, r in of_each.items() if "electrolyte" in name),
            )
        )
    return changed


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
