"""Candidates of a screening in many samples of the energies, on threads.

An entry is omitted from a sample if its equilibrium phases without errors have a lower energy in the sample: it is
above the hull of the sample, and in no equilibrium.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interfacekit.entries.hull_energies import above_hull, kernel_entries, zero_on_hull
from interfacekit.errors import ComputationError
from interfacekit.limits import cores
from interfacekit.thermo.equilibria.engine import cleaned
from interfacekit.thermo.equilibria.minimiser import Minimiser
from interfacekit.thermo.screening.candidate import N_CLOSED, REACTIONS
from interfacekit.thermo.screening.evaluation import Amounts
from interfacekit.thermo.screening.kernel import compositions_of, partner_compositions, screened
from interfacekit.thermo.screening.prepared import prepared
from interfacekit.thermo.screening.ranking import ranked
from interfacekit.thermo.stability.window import ROUNDED_LITHIUM
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.kernels.equilibria.screening import Entries, Screened
    from interfacekit.thermo.screening.candidate import Candidate
    from interfacekit.thermo.screening.result import Screening
    from interfacekit.thermo.uncertainty.error_model import ErrorModel

#: Index of the partner of each reaction: lithiated cathode, half-lithiated cathode, electrolyte.
_PARTNER = [0, 1, 2, 0, 2]


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
    from interfacekit.kernels.equilibria import simplex

    voltage_V = screening.voltage_low_V, screening.voltage_high_V
    errors = model.errors(table, n, seed)
    entries = kernel_entries(table, np.arange(len(table)))
    above = _AboveOthers.of(table)
    partners = partner_compositions(screening.cathode, screening.electrolyte, table)
    row_of = {formula: row for row, formula in enumerate(table.formulas)}
    own_rows = [row_of.get(c.formula) for c in chosen]
    atoms = compositions_of([c.formula for c in chosen], own_rows, table)
    lithium = table.elements.index(LITHIUM)
    own_amounts, facing = Amounts.of(atoms, lithium), Amounts.of(partners[_PARTNER], lithium)

    def sample(k: int) -> list[Candidate]:
        energies = table.formation_energies_eV_per_atom + errors[k]
        own = np.array([np.nan if row is None else energies[row] for row in own_rows])
        possible = _some_entries(entries, energies, above.possible(energies))
        results = screened(possible, atoms, own * own_amounts.atoms, partners, voltage_V, ROUNDED_LITHIUM)
        if (results.status != simplex.SOLVED).any():
            raise ComputationError("a sample of a screening has no solution; try another seed")
        return _changed(chosen, results, own, _energies_per_atom(results, own_amounts, facing), voltage_V)

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
    """Equilibrium phases without errors of the composition of each row.

    Attributes
    ----------
    parts
        Rows of the phases, shape (n, p), padded with 0.
    shares
        Fractions of the atoms in each phase, shape (n, p), padded with 0.
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
                phases = within[list(made_of)]
                parts[row, : len(phases)] = phases
                amounts = np.array([made_of[i] * molecule[i] for i in made_of])
                shares[row, : len(phases)] = amounts * n_atoms[phases] / n_atoms[row]
        return cls(parts, shares)

    def possible(self, energies: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Mask of the rows that may be on the hull at these energies (eV per atom)."""
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


class _Energies(NamedTuple):
    """Energies of a sample, eV per atom."""

    reactions: NDArray[np.float64]  # (c, 5)
    decompositions: NDArray[np.float64]  # at both ends of the range, (c, 2)


def _energies_per_atom(results: Screened, own: Amounts, facing: Amounts) -> _Energies:
    """Energies of the kernel per atom, for candidates (c,) and the partner of each reaction (5,)."""
    atoms, of_partner = (own.atoms / own.others)[:, None], facing.atoms / facing.others
    total = results.mixing * atoms + (1 - results.mixing) * of_partner
    total[:, :N_CLOSED] = 1.0
    return _Energies(cleaned(results.energy / total), zero_on_hull(results.decomposition / atoms))


def _changed(
    chosen: Sequence[Candidate],
    results: Screened,
    own: NDArray[np.float64],
    energies: _Energies,
    voltage_V: tuple[float, float],
) -> list[Candidate]:
    """Candidates with the quantities of a sample; `own` energies in eV per atom."""
    reactions, decompositions = energies
    changed = []
    for c, candidate in enumerate(chosen):
        lower = int(np.argmin(decompositions[c]))
        of_each = {
            name: replace(candidate.reactions[name], eV_per_atom=float(reactions[c, r]), products={})
            for r, name in enumerate(REACTIONS)
        }
        above = float(above_hull(own[c], results.hull_energy[c]))
        changed.append(
            replace(
                candidate,
                energy_above_hull_eV_per_atom=None if np.isnan(above) else above,
                reduction_V=float(results.reduction[c]),
                oxidation_V=None if np.isnan(results.oxidation[c]) else float(results.oxidation[c]),
                decomposition_eV_per_atom=float(decompositions[c, lower]),
                decomposition_V=voltage_V[lower],
                reactions=of_each,
                cathode_eV_per_atom=min(r.eV_per_atom for name, r in of_each.items() if "cathode" in name),
                electrolyte_eV_per_atom=min(r.eV_per_atom for name, r in of_each.items() if "electrolyte" in name),
            )
        )
    return changed
