"""Bond lengths of a crystal, for comparison with what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import InputError
from interfacekit.results import Result

if TYPE_CHECKING:
    from interfacekit.structure.crystals import Crystal

#: Neighbours up to this much beyond the nearest one are bonded: it takes in both shells of LiNbO3, 2.07 and 2.24 A.
BEYOND_NEAREST = 1.3
#: Nobody's bond is longer.
LONGEST_A = 5.0


@dataclass(frozen=True)
class Bond(Result):
    """Bonds between two elements.

    Attributes
    ----------
    centre, ligand
        Symbols.
    coordination
        Ligands of a centre, on average.
    shortest_A, mean_A, longest_A
        Lengths.
    """

    centre: str
    ligand: str
    coordination: float
    shortest_A: float
    mean_A: float
    longest_A: float


def bond_lengths(crystal: Crystal) -> tuple[Bond, ...]:
    """Bonds from each cation to its nearest anions; the most electronegative element is the anion.

    Raises
    ------
    InputError
        If the crystal has one element only.
    """
    structure = crystal.structure
    symbols = np.array([site.specie.symbol for site in structure])
    electronegativity = {site.specie.symbol: float(site.specie.X) for site in structure}
    if len(electronegativity) < 2:
        raise InputError(f"{crystal.name} has one element; bonds are listed between cations and anions")
    ligand = max(electronegativity, key=lambda symbol: electronegativity[symbol])
    first, second, _, distances = structure.get_neighbor_list(LONGEST_A)
    bonds = []
    for centre in crystal.elements:
        between = (symbols[first] == centre) & (symbols[second] == ligand)
        if centre == ligand or not between.any():
            continue
        lengths = []
        for site in np.flatnonzero(symbols == centre):
            own = distances[between & (first == site)]
            lengths.append(own[own < BEYOND_NEAREST * own.min()] if len(own) else own)
        together = np.concatenate(lengths)
        bonds.append(
            Bond(
                centre=centre,
                ligand=ligand,
                coordination=len(together) / len(lengths),
                shortest_A=float(together.min()),
                mean_A=float(together.mean()),
                longest_A=float(together.max()),
            )
        )
    return tuple(bonds)
