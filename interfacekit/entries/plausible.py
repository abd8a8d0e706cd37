"""Plausibility of formation energies: impossible values are rejected, unlikely ones reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.entries.gaps import UNLIKELY_GAP_eV_per_atom, first_few, gap_warning
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interfacekit.entries.table import EntryTable

    Rows = Sequence[tuple[Mapping[str, float], float]]

#: Range of formation energies of compounds (eV per atom). Those of the 95,034 compounds of the embedded snapshot lie
#: between -4.61 (La2Th8O19) and 2.50.
LEAST_eV_per_atom, MOST_eV_per_atom = -6.0, 3.0
#: Largest plausible energy above the hull (eV per atom).
UNLIKELY_ABOVE_HULL_eV_per_atom = 1.0
#: Lower bound of total energies by density functional theory (eV per atom).
_MOST_BOUND_eV_per_atom = -20.0


def check_formation_energies(source: str, rows: Rows, totals: Rows | None = None) -> None:
    """Reject impossible formation energies, with the probable mistake.

    Parameters
    ----------
    source
        Name of the file.
    rows
        Atoms by symbol, and the formation energy in eV per atom.
    totals
        Total energies (eV) that the formation energies were computed from; None for a source of formation energies.

    Raises
    ------
    InputError
        If a formation energy is outside `LEAST_eV_per_atom` to `MOST_eV_per_atom`.
    """
    impossible = [k for k, (amounts, energy) in enumerate(rows) if len(amounts) > 1 and not _is_possible(energy)]
    if not impossible:
        return
    worst = max(impossible, key=lambda k: abs(rows[k][1]))
    slip = (
        _slip_of_formation([rows[k] for k in impossible])
        if totals is None
        else _slip_of_totals(rows, totals, impossible)
    )
    raise InputError(
        f"{source}: formation energy of {_formula(rows[worst][0])} must lie between {LEAST_eV_per_atom:g} and "
        f"{MOST_eV_per_atom:g} eV/atom, got {rows[worst][1]:.4g}; {slip}"
    )


def _is_possible(energy: float) -> bool:
    return LEAST_eV_per_atom <= energy <= MOST_eV_per_atom


def _formula(amounts: Mapping[str, float]) -> str:
    from pymatgen.core import Composition

    return str(Composition(amounts).reduced_formula)


def _slip_of_formation(impossible: Rows) -> str:
    if all(_is_possible(energy / sum(amounts.values())) for amounts, energy in impossible):
        return "it looks like eV per formula unit: divide by the number of atoms"
    if all(energy / sum(amounts.values()) > _MOST_BOUND_eV_per_atom for amounts, energy in impossible):
        return "it looks like a total energy: give formation energies from the elements"
    if all(_is_possible(energy / 1000) for _, energy in impossible):
        return "it looks like meV/atom: divide by 1000"
    return "give formation energies from the elements in eV per atom"


def _slip_of_totals(rows: Rows, totals: Rows, impossible: Sequence[int]) -> str:
    # An energy per atom e in place of the total n e: the formation energy would be higher by e (1 - 1/n).
    per_atom = [rows[k][1] + totals[k][1] * (1 - 1 / sum(totals[k][0].values())) for k in impossible]
    if all(totals[k][1] < 0 for k in impossible) and all(map(_is_possible, per_atom)):
        return "it looks like an energy per atom: give that of the whole composition"
    possible = {
        s for k, (amounts, _) in enumerate(rows) if len(amounts) > 1 and k not in set(impossible) for s in amounts
    }
    shared = set(rows[impossible[0]][0]).intersection(*(rows[k][0] for k in impossible))
    suspects = sorted(shared - possible or shared) or sorted(rows[impossible[0]][0])
    return (
        f"the entry of an element ({', '.join(suspects)}) is probably missing its ground state or from another kind of "
        "calculation"
    )


def unlikely(source: str, rows: Rows, table: EntryTable) -> tuple[str, ...]:
    """Warn of entries far above another entry of their composition, and of compounds far above the hull.

    Parameters
    ----------
    source
        Name of the file.
    rows
        Atoms by symbol and formation energy (eV per atom) of all entries.
    table
        Table of these entries.

    Returns
    -------
    tuple of str
        Warnings, one line each.
    """
    return (*_far_apart(source, rows), *_far_above_hull(source, table))


def _far_apart(source: str, rows: Rows) -> tuple[str, ...]:
    groups: dict[tuple[tuple[str, float], ...], list[float]] = {}
    formulas: dict[tuple[tuple[str, float], ...], Mapping[str, float]] = {}
    for amounts, energy in rows:
        n_atoms = sum(amounts.values())
        fractions = tuple(sorted((symbol, round(n / n_atoms, 5)) for symbol, n in amounts.items()))
        groups.setdefault(fractions, []).append(energy)
        formulas.setdefault(fractions, amounts)
    gaps = {key: max(of_one) - min(of_one) for key, of_one in groups.items() if len(of_one) > 1}
    far = {key: gap for key, gap in gaps.items() if gap > UNLIKELY_GAP_eV_per_atom}
    return gap_warning(source, {_formula(formulas[key]): gap for key, gap in far.items()})


def _far_above_hull(source: str, table: EntryTable) -> tuple[str, ...]:
    if not (np.count_nonzero(table.compositions, axis=1) > 1).any():
        return ()
    from interfacekit.entries.hull_energies import above_hull, hull_energies

    above = above_hull(table.formation_energies_eV_per_atom, hull_energies(table))
    far = [row for row in np.argsort(-above) if above[row] > UNLIKELY_ABOVE_HULL_eV_per_atom]
    if not far:
        return ()
    named = first_few([(table.formulas[row], f"{above[row]:.2f} eV/atom") for row in far])
    return (f"{source}: more than {UNLIKELY_ABOVE_HULL_eV_per_atom:g} eV/atom above the hull: {named}",)
