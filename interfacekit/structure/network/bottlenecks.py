"""How easily an ion passes from one site to the next, from geometry and bond valences alone.

These are estimates and no barriers: nothing relaxes, and neither has a unit of energy. Both look for the best path
between two sites through the space around them, on a grid: the path on which the largest sphere passes (what Voronoi
analysis finds), and the one on which the sum of bond valences strays least from the charge of the ion (Adams 2006,
doi:10.1016/j.ssi.2006.03.054).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import label

from interfacekit.limits import require_time
from interfacekit.structure.crystals.ions import bond_valences
from interfacekit.structure.network.hops import (
    CATION_A,
    PASSING_A,
    distances_to_path_A,
    ends_A,
    images_near,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.structure.crystals.ions import Framework

#: Spacing of the grid; what is found is as exact as that.
SPACING_A = 0.1
#: Paths are at most about this much longer than the straight one: the space is an ellipsoid with the sites as foci.
DETOUR = 1.35
#: Bonds longer than this past the ends of a hop have next to no valence.
_BOND_A = 4.5
_CONNECTED = np.ones((3, 3, 3), bool)
#: Distances that are in memory at a time.
_MOST_DISTANCES = 4_000_000
#: Time for a hop of 3 A; it rises with a power of the length. Measured on one core.
_PASSAGE_s, _PASSAGE_A, _PASSAGE_POWER = 0.03, 3.0, 3.7


@dataclass(frozen=True)
class Passage:
    """What limits one hop.

    Attributes
    ----------
    radius_A
        Of the largest sphere that passes between the ions of the framework; None if there is no way.
    bond_valence_mismatch
        Largest deviation of the bond-valence sum from the ion's charge on the way, where it is least; None without
        parameters, or if there is no way.
    """

    radius_A: float | None
    bond_valence_mismatch: float | None


def nearest_cations_A(
    hops: NDArray[np.int64], fractional: NDArray[np.float64], cell_A: NDArray[np.float64], around: Framework
) -> NDArray[np.float64]:
    """Distance of the straight path of each hop from the nearest framework cation; shape (k,), angstrom.

    Infinite where none is near, or where charges are unknown. Parameters are those of `passages`.
    """
    start, end = ends_A(hops, fractional, cell_A)
    cations = around.fractional[around.repels]
    nearest = np.full(len(hops), np.inf)
    for k, (a, b) in enumerate(zip(start, end, strict=True)):
        points, _ = images_near(a, b, cations, cell_A, CATION_A)
        nearest[k] = distances_to_path_A(points, a, b).min(initial=np.inf)
    return nearest


def passages(
    hops: NDArray[np.int64], fractional: NDArray[np.float64], cell_A: NDArray[np.float64], around: Framework
) -> tuple[Passage, ...]:
    """Find what limits hops.

    Parameters
    ----------
    hops
        Origin, target and the three numbers of the target's cell; shape (k, 5).
    fractional
        All sites of the mobile ion, shape (n, 3).
    cell_A
        Cell vectors, rows; angstrom.
    around
        The atoms that do not hop.
    """
    start, end = ends_A(hops, fractional, cell_A)
    lengths = np.linalg.norm(end - start, axis=1)
    seconds = float((_PASSAGE_s * (lengths / _PASSAGE_A) ** _PASSAGE_POWER).sum())
    require_time(
        f"estimates of {len(hops)} hops of up to {lengths.max(initial=0):.3g} A", seconds, "give a shorter cutoff"
    )
    return tuple(_passage(a, b, fractional, cell_A, around) for a, b in zip(start, end, strict=True))


def _passage(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    fractional: NDArray[np.float64],
    cell_A: NDArray[np.float64],
    around: Framework,
) -> Passage:
    if not len(around.symbols):
        return Passage(None, None)
    points, space, first, last = _grid(a, b)
    inside = points[space]
    others, _ = images_near(a, b, fractional, cell_A, PASSING_A * 2)
    at_end = np.minimum(np.linalg.norm(others - a, axis=1), np.linalg.norm(others - b, axis=1)) < 1e-3
    atoms, numbers = images_near(a, b, around.fractional, cell_A, _BOND_A)
    distances = len(inside) * (len(atoms) + len(others))
    parts = np.array_split(inside, 1 + distances // _MOST_DISTANCES)
    fields = [_at_points(part, others[~at_end], atoms, numbers, around) for part in parts]
    free, clearance, valence = map(np.concatenate, zip(*fields, strict=True))
    radius = _best_way(clearance, space, free, first, last)
    mismatch = None
    if around.has_bond_valences:
        way = _best_way(-np.abs(valence - abs(around.mobile_charge)), space, free, first, last)
        mismatch = None if way is None else -way
    return Passage(radius, mismatch)


def _at_points(
    points: NDArray[np.float64],
    others: NDArray[np.float64],
    atoms: NDArray[np.float64],
    numbers: NDArray[np.int64],
    around: Framework,
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Whether points are free, their distance to the nearest surface of an atom (A), and the bond valence there."""
    free = _distances_A(points, others).min(axis=1, initial=np.inf) > PASSING_A
    distances = _distances_A(points, atoms)
    free &= distances[:, around.repels[numbers]].min(axis=1, initial=np.inf) > CATION_A
    clearance = (distances - around.radii_A[numbers]).min(axis=1, initial=np.inf)
    if not around.has_bond_valences:
        return free, clearance, np.zeros(len(points))
    binds = around.binds[numbers]
    return free, clearance, bond_valences(distances[:, binds], around.bond_lengths_A[numbers[binds]]).sum(axis=1)


Node = tuple[int, int, int]


def _grid(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_], Node, Node]:
    """Points (x, y, z, 3) around two sites, which of them are in the ellipsoid, and the nodes of both sites."""
    distance = float(np.linalg.norm(b - a))
    along = (b - a) / distance
    aside = np.cross(along, np.eye(3)[np.argmin(np.abs(along))])
    aside /= np.linalg.norm(aside)
    axes = np.array([along, aside, np.cross(along, aside)])
    steps = max(2, round(distance / SPACING_A))
    spacing = distance / steps
    over = int(np.ceil(distance * (DETOUR - 1) / 2 / spacing))
    wide = int(np.ceil(distance * np.sqrt(DETOUR**2 - 1) / 2 / spacing))
    ranges = (np.arange(-over, steps + over + 1), *(np.arange(-wide, wide + 1),) * 2)
    nodes = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1)
    points = a + nodes * spacing @ axes
    longer = np.linalg.norm(points - a, axis=-1) + np.linalg.norm(points - b, axis=-1)
    return points, longer <= DETOUR * distance + 1e-9, (over, wide, wide), (over + steps, wide, wide)


def _distances_A(points: NDArray[np.float64], atoms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances of all points from all atoms; shape (points, atoms)."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(points, atoms.reshape(-1, 3)))


def _best_way(
    values: NDArray[np.float64], space: NDArray[np.bool_], free: NDArray[np.bool_], first: Node, last: Node
) -> float | None:
    """The largest value that a path between two nodes need not go below; None where there is no path."""
    field = np.full(space.shape, -np.inf)
    field[space] = np.where(free, values, -np.inf)
    levels = np.unique(field[np.isfinite(field) & (field <= min(field[first], field[last]))])
    low, high = 0, len(levels)
    while low < high:
        middle = (low + high) // 2
        parts, _ = label(field >= levels[middle], structure=_CONNECTED)
        if parts[first] == parts[last]:
            low = middle + 1
        else:
            high = middle
    return float(levels[low - 1]) if low else None
