"""Partly occupied sites made whole: the ordering with the lowest electrostatic energy, by pymatgen.

Formal charges stand on the sites, so that the order found is a plausible one and not the ground state. The composition
is never changed: where occupations make no whole numbers of atoms in a small supercell, there is an error. The search
is complete up to `MOST_ORDERINGS`; beyond, atoms are placed one after the other, each where it is best.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.limits import require_memory, require_time

if TYPE_CHECKING:
    from pymatgen.core import Structure

#: Cells that are tried, and the atoms that the largest may have: the number of orderings grows exponentially.
MOST_CELLS, MOST_ATOMS = 4, 160
#: Which take some ten seconds.
MOST_ORDERINGS = 5e6
#: Peak memory of pymatgen's Ewald sums for 1000 sites, and time of the search on one core, with the powers of the
#: number of sites that they rise with; measured.
_EWALD_bytes, _EWALD_POWER = 2e9, 3.0
_ORDERED_s, _ORDERED_POWER = 4.0, 2.7
#: Occupations are written with three digits or so: a sum of them this close to a whole number is meant to be it.
WHOLE = 0.02


def ordered(structure: Structure, origin: str) -> tuple[Structure, str]:
    """Order a crystal with partly occupied sites in the smallest supercell that holds whole numbers of atoms.

    Parameters
    ----------
    structure
        With partly occupied sites.
    origin
        What it is called in messages.

    Returns
    -------
    structure : Structure
        Ordered.
    note : str
        What was done.

    Raises
    ------
    InputError
        If no supercell of at most 4 cells and 160 sites fits, or the elements' charges cannot be guessed.
    """
    from pymatgen.transformations.standard_transformations import OrderDisorderedStructureTransformation

    for cells in range(1, MOST_CELLS + 1):
        if cells > 1 and cells * len(structure) > MOST_ATOMS:
            break
        supercell = structure.copy()
        shape = [1, 1, 1]
        shape[int(np.argmin(structure.lattice.abc))] = cells
        supercell.make_supercell(shape)
        if _farthest_from_whole(supercell) < WHOLE:
            _require_affordable(len(supercell), origin)
            charged = _with_charges(supercell, origin)
            complete = _orderings(supercell) <= MOST_ORDERINGS
            ordering = OrderDisorderedStructureTransformation
            algorithm = ordering.ALGO_FAST if complete else ordering.ALGO_BEST_FIRST
            transformation = ordering(algo=algorithm, occ_tol=2 * WHOLE)
            found: Any = transformation.apply_transformation(charged)
            found.remove_oxidation_states()
            size = "the cell" if cells == 1 else f"a supercell of {'x'.join(map(str, shape))} cells"
            way = "by the lowest" if complete else "site by site for a low"
            return found, f"partly occupied sites ordered in {size} {way} electrostatic energy of formal charges"
    site = max((s for s in structure if not s.is_ordered), key=lambda s: _farthest_from_whole(structure, [s]))
    occupations = ", ".join(f"{element} {amount:g}" for element, amount in site.species.items())
    raise InputError(
        f"{origin} has partly occupied sites ({occupations}) that make no whole numbers of atoms in at most {cells} "
        "cells; round the occupations, or give an ordered cell"
    )


def _require_affordable(n_sites: int, origin: str) -> None:
    """Refuse or announce a search for an ordering in a cell of many sites."""
    advice = "give an ordered cell, or a smaller one"
    needed = _EWALD_bytes * (n_sites / 1000) ** _EWALD_POWER
    require_memory(f"interactions of {n_sites} sites of {origin}", needed, advice)
    require_time(f"orderings of {n_sites} sites of {origin}", _ORDERED_s * (n_sites / 1000) ** _ORDERED_POWER, advice)


def _farthest_from_whole(structure: Structure, sites: list[Any] | None = None) -> float:
    """How far the numbers of atoms on sites of one kind are from whole ones, at most."""
    wanted = None if sites is None else {_kind(site) for site in sites}
    totals = [total for kind, (_, total) in _totals(structure).items() if wanted is None or kind in wanted]
    return max((abs(n - round(n)) for total in totals for n in total.values()), default=0.0)


def _totals(structure: Structure) -> dict[str, tuple[int, dict[str, float]]]:
    """Partly occupied sites of each kind, and the atoms of each element on them."""
    totals: dict[str, tuple[int, dict[str, float]]] = {}
    for site in structure:
        if site.is_ordered:
            continue
        count, total = totals.get(_kind(site), (0, {}))
        for element, amount in site.species.items():
            total[str(element)] = total.get(str(element), 0.0) + amount
        totals[_kind(site)] = count + 1, total
    return totals


def _orderings(structure: Structure) -> float:
    """In how many ways whole atoms can be put on the partly occupied sites."""
    ways = 1.0
    for count, total in _totals(structure).values():
        free = count
        for amount in total.values():
            ways *= math.comb(free, round(amount))
            free -= round(amount)
    return ways


def _kind(site: Any) -> str:
    """Sites of one kind have the same occupations."""
    return " ".join(f"{element}{amount:.4f}" for element, amount in sorted(site.species.items(), key=str))


def _with_charges(structure: Structure, origin: str) -> Structure:
    """The same with formal charges: the most common ones with which the whole is neutral."""
    amounts = {element.symbol: round(n) for element, n in structure.composition.element_composition.items()}
    guesses = type(structure.composition)(amounts).oxi_state_guesses()
    if not guesses:
        raise InputError(
            f"{origin} has partly occupied sites, and no common charges of {', '.join(amounts)} make it neutral; "
            "give an ordered cell"
        )
    charged = structure.copy()
    charged.add_oxidation_state_by_element(dict(guesses[0]))
    return charged
