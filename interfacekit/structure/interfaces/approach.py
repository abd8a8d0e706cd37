"""How close atoms of two crystals may come, and the gap at which two faces touch."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from pymatgen.core import Structure

#: No interface has atoms closer than this.
CLOSEST_A = 1.5
#: Atoms that are farther apart do not touch: rare elements are far from each other for other reasons.
FARTHEST_A = 3.3
#: Spacing of the grid of shifts of one face along the other.
_GRID_A = 0.4

Pair = tuple[str, str]


def contact_distances(
    one: Structure, other: Structure, charges: Sequence[Mapping[str, float] | None]
) -> dict[Pair, float]:
    """Distances at which atoms of two crystals touch, by element of the one and of the other.

    That is the shortest distance of the two elements in either crystal; of elements that no crystal joins, the sum of
    their covalent radii where one is a cation and the other an anion, else the mean of the shortest distances of each
    among its own kind. None is below 1.5 or above 3.3 A.
    """
    shortest: dict[Pair, float] = {}
    for structure in (one, other):
        for pair, distance in _shortest(structure).items():
            shortest[pair] = min(distance, shortest.get(pair, math.inf))
    states = {symbol: state for known in charges if known for symbol, state in known.items()}
    contacts = {}
    for a, b in itertools.product(_symbols(one), _symbols(other)):
        if (a, b) in shortest:
            distance = shortest[a, b]
        elif states.get(a, 0.0) * states.get(b, 0.0) < 0:
            distance = _radius_A(a) + _radius_A(b)
        else:
            distance = (shortest.get((a, a), FARTHEST_A) + shortest.get((b, b), FARTHEST_A)) / 2
        contacts[a, b] = max(distance, CLOSEST_A)
    return contacts


def touching(
    lower: tuple[Sequence[str], NDArray[np.float64]],
    upper: tuple[Sequence[str], NDArray[np.float64]],
    cell_A: NDArray[np.float64],
    contacts: Mapping[Pair, float],
    shifts_A: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Gaps at which two faces touch.

    Parameters
    ----------
    lower, upper
        Symbols and positions (atoms, 3) of both slabs; the gap is from the top of the lower to the bottom of the upper.
    cell_A
        Rows (2, 2): the common cell.
    contacts
        Distances by element of the lower and of the upper slab.
    shifts_A
        Shifts (n, 2) of the upper slab along the lower one.

    Returns
    -------
    numpy.ndarray
        Gaps (n,), none below zero.
    """
    most = max(contacts.values())
    below, above = _near(lower[1], lower[1][:, 2].max(), most), _near(upper[1], upper[1][:, 2].min(), most)
    wanted = np.array([[contacts[lower[0][i], upper[0][j]] for j in above] for i in below])
    depths = (lower[1][:, 2].max() - lower[1][below, 2])[:, None] + (upper[1][above, 2] - upper[1][:, 2].min())[None]
    apart = upper[1][above, :2][None] - lower[1][below, :2][:, None]
    images = _images(cell_A, most)
    gaps = np.zeros(len(shifts_A))
    for k, shift in enumerate(shifts_A):
        # Wrapped into the cell, so that the images around it are all that matter.
        fractions = (apart + shift) @ np.linalg.inv(cell_A)
        wrapped = (fractions - np.floor(fractions)) @ cell_A
        across = ((wrapped[:, :, None, :] + images) ** 2).sum(axis=-1)
        steep = wanted[:, :, None] ** 2 - across
        needed = np.sqrt(np.maximum(steep, 0)) - depths[:, :, None]
        gaps[k] = max(0.0, float(needed.max(initial=0.0, where=steep > 0)))
    return gaps


def grid_of_shifts(cell_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shifts (n, 2) on a grid over a cell, the first none."""
    counts = [max(1, round(float(np.linalg.norm(vector)) / _GRID_A)) for vector in cell_A]
    steps = np.array(list(itertools.product(*(np.arange(n) / n for n in counts))))
    return np.asarray(steps @ cell_A)


def _near(positions: NDArray[np.float64], face_A: float, reach_A: float) -> NDArray[np.intp]:
    return np.flatnonzero(np.abs(positions[:, 2] - face_A) < reach_A)


def _images(cell_A: NDArray[np.float64], reach_A: float) -> NDArray[np.float64]:
    """Shifts (n, 2) to all cells that hold atoms within reach of an atom of the cell at the origin."""
    heights = abs(np.linalg.det(cell_A)) / np.linalg.norm(cell_A[::-1], axis=1)
    counts = np.ceil(reach_A / heights).astype(int)
    reach = [np.arange(-n - 1, n + 1) for n in counts]
    return np.asarray(np.array(list(itertools.product(*reach))) @ cell_A)


def _shortest(structure: Structure) -> dict[Pair, float]:
    """Shortest distances by pair of elements, of those that touch."""
    symbols = np.array([site.specie.symbol for site in structure])
    first, second, _, distances = structure.get_neighbor_list(FARTHEST_A)
    kinds = _symbols(structure)
    found = {}
    for a, b in itertools.product(kinds, repeat=2):
        between = (symbols[first] == a) & (symbols[second] == b)
        if between.any():
            found[a, b] = float(distances[between].min())
    return found


def _symbols(structure: Structure) -> list[str]:
    return list(dict.fromkeys(site.specie.symbol for site in structure))


def _radius_A(symbol: str) -> float:
    from ase.data import atomic_numbers, covalent_radii

    return float(covalent_radii[atomic_numbers[symbol]])
