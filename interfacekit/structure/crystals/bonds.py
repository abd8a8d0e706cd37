"""Bond lengths of a crystal, for comparison with what is known of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import InputError
from interfacekit.results import Result
from interfacekit.structure.crystals.coordination import bonds_of
from interfacekit.structure.crystals.oxidation import oxidation_states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.structure.crystals.crystal import Crystal


@dataclass(frozen=True)
class Bond(Result):
    """Bonds between two elements.

    Attributes
    ----------
    centre, ligand
        Symbols: of the cation and the anion, or twice that of a nonmetal bonded to itself.
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
    """Bonds of a crystal by pairs of elements, as `interfacekit.structure.crystals.coordination` finds them.

    Raises
    ------
    InputError
        If the crystal has one element only.
    """
    if len(crystal.elements) < 2:
        raise InputError(f"{crystal.name} has one element; bonds are listed between cations and anions")
    structure = crystal.structure
    bonds = bonds_of(structure, oxidation_states(structure))
    symbols = np.array([site.specie.symbol for site in structure])
    found = []
    for one, other in _pairs(crystal.elements, symbols[bonds.centres], symbols[bonds.ligands]):
        between = (symbols[bonds.centres] == one) & (symbols[bonds.ligands] == other)
        lengths = bonds.lengths_A[between]
        found.append(
            Bond(
                centre=one,
                ligand=other,
                coordination=(2 if one == other else 1) * len(lengths) / int((symbols == one).sum()),
                shortest_A=float(lengths.min()),
                mean_A=float(lengths.mean()),
                longest_A=float(lengths.max()),
            )
        )
    return tuple(found)


def _pairs(elements: Sequence[str], centres: NDArray[np.str_], ligands: NDArray[np.str_]) -> list[tuple[str, str]]:
    """Pairs of elements that are bonded, in the order of the file."""
    bonded = set(zip(centres.tolist(), ligands.tolist(), strict=True))
    return [pair for pair in itertools.product(elements, repeat=2) if pair in bonded]
