"""Hops between the sites of a crystal: which pairs, which of them are alike, and how far they reach.

A hop leads from a site of the cell straight to another site, in this cell or a neighbouring one. Hops that the space
group brings upon each other, or upon each other's reverse, are of one class. These are the classes of the
`MigrationGraph` of pymatgen-analysis-diffusion, with which the tests compare them; permutations of all hops at once
find them in a tenth of its time or less.

Which hops there are where nobody gives a cutoff: ions are taken to make a hop if no other site lies on the way, no
framework cation is within `CATION_A` of the straight path, and it is no longer than the cutoff. The cutoff is the
smallest with which every site belongs to a network of the highest dimension that hops up to `LONGEST_A` give it;
from there it goes on over further hops up to the first gap in the distances, of `GAP` of the distance, and at most by
`FARTHER`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.structure.crystals.symmetry import images_of_sites, orbits_of_hops
from interfacekit.structure.network.percolation import connected_parts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from interfacekit.structure.crystals.primitive import Folded
    from interfacekit.structure.crystals.symmetry import Symmetry

#: A hop that passes a site of the mobile ion nearer than this leads through it; about the radius of Li+.
PASSING_A = 0.75
#: Nearer than this no framework cation comes to an ion: face-sharing polyhedra leave 1.8 A or more.
CATION_A = 1.8
#: Hops longer than this are not looked at for a cutoff, unless no site has a nearer neighbour.
LONGEST_A = 4.5
#: A gap in the distances, relative to the distance.
GAP = 0.05
FARTHER = 0.1
#: Distances that differ by less belong to one shell of neighbours.
SHELL_A = 0.03


@dataclass(frozen=True, eq=False)
class Hops:
    """Hops of a unit cell, in both directions, and their classes.

    Attributes
    ----------
    table
        Origin, target and the three numbers of the target's cell; shape (m, 5).
    classes
        Class of each hop, by rising distance; shape (m,).
    distances_A
        Of each class, shape (c,).
    """

    table: NDArray[np.int64]
    classes: NDArray[np.int64]
    distances_A: NDArray[np.float64]

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.distances_A)

    def only(self, kept: NDArray[np.bool_]) -> Hops:
        """Keep some classes; shape (c,)."""
        chosen = kept[self.classes]
        number = np.cumsum(kept) - 1
        return Hops(self.table[chosen], number[self.classes[chosen]], self.distances_A[kept])

    def representatives(self, site_classes: ArrayLike) -> NDArray[np.int64]:
        """One hop of each class, from the site class that comes first; shape (c, 5)."""
        kinds = np.asarray(site_classes)[self.table[:, :2]]
        far = np.abs(self.table[:, 2:]).sum(axis=1)
        keys = (*-self.table[:, :1:-1].T, far, self.table[:, 1], self.table[:, 0], kinds[:, 1], kinds[:, 0])
        order = np.lexsort((*keys, self.classes))
        _, first = np.unique(self.classes[order], return_index=True)
        return self.table[order[first]]


def pairs_within(
    fractional: NDArray[np.float64], cell_A: NDArray[np.float64], cutoff_A: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of sites up to a distance, in both directions.

    Parameters
    ----------
    fractional
        Sites, shape (n, 3).
    cell_A
        Cell vectors, rows; angstrom.
    cutoff_A
        A shell of neighbours that begins within it is taken whole.

    Returns
    -------
    ndarray, shape (m, 5)
        Origin, target and the three numbers of the target's cell.
    ndarray, shape (m,)
        Distances, angstrom.
    """
    from pymatgen.core import Lattice, Structure

    points = Structure(Lattice(cell_A), ["H"] * len(fractional), fractional)
    first, last, image, distances = points.get_neighbor_list(cutoff_A + 10 * SHELL_A)
    table = np.column_stack([first, last, np.round(image)]).astype(np.int64)
    rising = np.sort(distances)
    inside = rising[: np.searchsorted(rising, cutoff_A + 1e-6, side="right")]
    if not len(inside):
        return table[:0], distances[:0]
    beyond = rising[len(inside) - 1 :]
    steps = np.flatnonzero(np.diff(beyond) > SHELL_A)
    end = beyond[steps[0]] if len(steps) else beyond[-1]
    kept = distances <= end
    return table[kept], distances[kept]


def nearest_distance_A(fractional: NDArray[np.float64], cell_A: NDArray[np.float64]) -> float:
    """Smallest distance between two sites, images included; angstrom."""
    radius = LONGEST_A
    while not len(found := pairs_within(fractional, cell_A, radius)[1]):
        radius *= 1.5
    return float(found.min())


def classify(table: NDArray[np.int64], distances_A: NDArray[np.float64], folded: Folded, symmetry: Symmetry) -> Hops:
    """Sort hops into classes.

    Parameters
    ----------
    table, distances_A
        From `pairs_within`.
    folded
        The sites in the primitive cell.
    symmetry
        Of the primitive cell.
    """
    hops, copy = np.unique(folded.hops(table), axis=0, return_inverse=True)
    numbers, cells = images_of_sites(folded.fractional, folded.cell_A, symmetry)
    orbits = orbits_of_hops(hops, symmetry, numbers, cells)[copy.ravel()]
    mean = np.bincount(orbits, distances_A) / np.bincount(orbits)
    # Equal distances keep the order of their first hops.
    order = np.argsort(mean.round(4), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return Hops(table, rank[orbits], mean[order])


def are_direct(
    hops: NDArray[np.int64], fractional: NDArray[np.float64], cell_A: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether no other site of the mobile ion lies on the straight path of each hop; shape (k,).

    Parameters
    ----------
    hops
        Shape (k, 5).
    fractional, cell_A
        As for `pairs_within`.
    """
    start, end = ends_A(hops, fractional, cell_A)
    direct = np.ones(len(hops), bool)
    for k, (a, b) in enumerate(zip(start, end, strict=True)):
        between = near_path_A(a, b, fractional, cell_A, PASSING_A)
        at_end = np.minimum(np.linalg.norm(between - a, axis=1), np.linalg.norm(between - b, axis=1)) < 1e-3
        direct[k] = bool(np.all(at_end))
    return direct


def ends_A(
    hops: NDArray[np.int64], fractional: NDArray[np.float64], cell_A: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions of both ends of each hop; shapes (k, 3), angstrom."""
    return fractional[hops[:, 0]] @ cell_A, (fractional[hops[:, 1]] + hops[:, 2:5]) @ cell_A


def near_path_A(
    start_A: NDArray[np.float64],
    end_A: NDArray[np.float64],
    fractional: NDArray[np.float64],
    cell_A: NDArray[np.float64],
    reach_A: float,
) -> NDArray[np.float64]:
    """Positions of points and their images within a distance of a straight path; shape (k, 3), angstrom."""
    points, _ = images_near(start_A, end_A, fractional, cell_A, reach_A)
    return points[distances_to_path_A(points, start_A, end_A) < reach_A]


def images_near(
    start_A: NDArray[np.float64],
    end_A: NDArray[np.float64],
    fractional: NDArray[np.float64],
    cell_A: NDArray[np.float64],
    reach_A: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Positions (k, 3) and numbers (k,) of the images of points around a path, and some beyond it."""
    from pymatgen.core import Lattice

    if not len(fractional):
        return np.zeros((0, 3)), np.zeros(0, np.int64)
    middle = (start_A + end_A) / 2
    radius = float(np.linalg.norm(end_A - start_A)) / 2 + reach_A
    found: Any = Lattice(cell_A).get_points_in_sphere(fractional, middle, radius, zip_results=False)
    if not len(found) or not len(found[0]):
        return np.zeros((0, 3)), np.zeros(0, np.int64)
    return np.asarray(found[0]) @ cell_A, np.asarray(found[2], np.int64)


def distances_to_path_A(
    points_A: NDArray[np.float64], start_A: NDArray[np.float64], end_A: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of each point from a straight path; shape (k,), angstrom."""
    along = end_A - start_A
    share = np.clip((points_A - start_A) @ along / (along @ along), 0.0, 1.0)
    return np.asarray(np.linalg.norm(points_A - start_A - share[:, None] * along, axis=1))


def usual_cutoff_A(n_sites: int, hops: Hops) -> float:
    """Find the cutoff by the rule of this module; angstrom.

    Parameters
    ----------
    n_sites
        Sites in the cell.
    hops
        The direct hops that are not blocked, up to the longest.
    """
    best = _dimensions(n_sites, hops, hops.n_classes)
    # More hops never lower a dimension.
    counts = range(1, hops.n_classes + 1)
    needed = counts[bisect_left(counts, True, key=lambda k: np.array_equal(_dimensions(n_sites, hops, k), best))]
    distances = hops.distances_A
    farthest = (1 + FARTHER) * distances[needed - 1]
    while needed < hops.n_classes and distances[needed] < min((1 + GAP) * distances[needed - 1], farthest):
        needed += 1
    return float(distances[needed - 1])


def _dimensions(n_sites: int, hops: Hops, count: int) -> NDArray[np.int64]:
    """Dimension in which each site's part of the network percolates, with the shortest classes of hops alone."""
    dimensions = np.zeros(n_sites, np.int64)
    for part in connected_parts(n_sites, hops.table[hops.classes < count]):
        dimensions[list(part.sites)] = part.dimension
    return dimensions
