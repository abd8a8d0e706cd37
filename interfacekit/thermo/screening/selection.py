"""Selection of candidates: named phases, or all compounds with Li among the energies, within conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.elements import chemical_system
from interfacekit.errors import InputError
from interfacekit.phases import label_of, phase
from interfacekit.thermo.equilibria.system import exact
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interfacekit.entries import EntryTable
    from interfacekit.phases import Phase


def candidates_to_screen(
    table: EntryTable,
    given: Sequence[Phase] | None,
    pair: Sequence[Phase],
    *,
    contains: Iterable[str],
    exclude: Iterable[str],
    max_elements: int | None,
) -> dict[str, str]:
    """Labels of candidates by formula as in the table."""
    required, excluded = (set(chemical_system(symbols)) if symbols else set() for symbols in (contains, exclude))
    table.require(required)
    if given is not None:
        names = {
            _formula_in(table, member): member.label
            for member in given
            if required <= member.elements
            and not excluded & member.elements
            and (max_elements is None or len(member.elements) <= max_elements)
        }
        return _require_some(names)
    present = table.compositions > 0
    column = {element: i for i, element in enumerate(table.elements)}
    chosen = present[:, column[LITHIUM]] & (present.sum(axis=1) > 1)
    for element in required:
        chosen &= present[:, column[element]]
    for element in excluded & column.keys():
        chosen &= ~present[:, column[element]]
    if max_elements is not None:
        chosen &= present.sum(axis=1) <= max_elements
    partners = {_formula_in(table, member) for member in pair}
    formulas = [table.formulas[i] for i in np.flatnonzero(chosen)]
    return _require_some({formula: label_of(formula) for formula in formulas if formula not in partners})


def require_among(names: dict[str, str], required: Iterable[str | Phase], table: EntryTable) -> None:
    """Raise `InputError` if a required candidate is not among those to screen."""
    for member in map(phase, required):
        if not member.elements <= set(table.elements) or _formula_in(table, exact(member, table)) not in names:
            raise InputError(f"{member.label} is not among the candidates to screen; add it to them, or leave it out")


def _require_some(names: dict[str, str]) -> dict[str, str]:
    if not names:
        raise InputError("no candidate meets the conditions; relax contains, exclude or max_elements")
    return names


def _formula_in(table: EntryTable, member: Phase) -> str:
    """Formula of a phase in the table, or its own without an entry."""
    row = table.row_of(member.vector(table.elements))
    return member.formula if row is None else table.formulas[row]
