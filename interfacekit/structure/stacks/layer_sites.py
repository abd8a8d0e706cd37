"""Sites of a layer of a stack: those of a crystal, cut to a thickness on a common cell in the plane, or of a glass.

The glass is a surrogate: sites at random, no two closer than a shortest distance, with the density of the film and hops
to all sites within a cutoff. It has neither the bonds nor the site energies of an amorphous film; its conductivity is
calibrated to that of the film, and what it adds to a regular lattice is disorder of the ways alone.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from interfacekit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Positions that agree to this are one site.
SAME_SITE_A = 1e-3
#: Of a glass, in units of the mean distance of sites (one over the cube root of their density): the shortest distance
#: of two of them, and the longest hop.
SHORTEST, LONGEST = 0.75, 1.4
#: Places tried for each site of a glass.
MOST_TRIES = 20_000


@dataclass(frozen=True, eq=False)
class PeriodicSites:
    """Sites of a periodic solid and its hops.

    Attributes
    ----------
    cell_A
        Vectors, rows; shape (3, 3), angstrom.
    fractional
        Sites; shape (n, 3).
    hops
        Every hop in both directions: origin, target, cell of the target, and class; shape (m, 6).
    class_names
        Of the hops.
    atoms_fractional, symbols
        All atoms, where they are known; shape (atoms, 3).
    """

    cell_A: NDArray[np.float64]
    fractional: NDArray[np.float64]
    hops: NDArray[np.int64]
    class_names: tuple[str, ...]
    atoms_fractional: NDArray[np.float64]
    symbols: tuple[str, ...]

    @cached_property
    def volume_A3(self) -> float:
        """Of the cell."""
        return abs(float(np.linalg.det(self.cell_A)))

    @cached_property
    def displacements_A(self) -> NDArray[np.float64]:
        """Of each hop; shape (m, 3)."""
        o, t = self.hops[:, 0], self.hops[:, 1]
        return np.asarray((self.fractional[t] + self.hops[:, 2:5] - self.fractional[o]) @ self.cell_A)

    def conductance(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        """What Kirchhoff's laws make of hops with given rates: sum of rate times displacement squared, over the volume.

        With uniform occupation c and no interactions, the conductivity is e^2 c (1 - c) / kT times this; sites that
        lead nowhere and ways in series count as they do in a network of resistors.

        Parameters
        ----------
        rates
            Of each class; shape (classes,).

        Returns
        -------
        ndarray, shape (3, 3)
            1/(A s) where rates are 1/s.
        """
        n, steps = len(self.fractional), self.displacements_A
        rate = rates[self.hops[:, 5]]
        origin, target = self.hops[:, 0], self.hops[:, 1]
        # A field drives a current along each hop; the potentials of the sites keep the currents of a site in balance.
        laplacian = coo_array((np.append(-rate, rate), (np.tile(origin, 2), np.append(target, origin))), shape=(n, n))
        drive = np.zeros((n, 3))
        np.add.at(drive, origin, rate[:, None] * steps)
        _, first = np.unique(parts_of(n, self.hops), return_index=True)
        free = np.setdiff1d(np.arange(n), first)
        relaxed = np.zeros((n, 3))
        if len(free):
            relaxed[free] = splu(laplacian.tocsc()[free][:, free].tocsc()).solve(drive[free])
        return np.asarray((0.5 * (steps * rate[:, None]).T @ steps - drive.T @ relaxed) / self.volume_A3)


@dataclass(frozen=True, eq=False)
class LayerSites:
    """Sites of a layer in a cell that is periodic in the plane, and its hops.

    Attributes
    ----------
    positions_A
        z from 0 to the thickness; shape (n, 3).
    pairs
        Every pair of sites that a hop joins, once: origin, target, two numbers of the target's cell, class; (L, 5).
    atoms_A, symbols
        All atoms between the faces, where they are known.
    """

    positions_A: NDArray[np.float64]
    pairs: NDArray[np.int64]
    atoms_A: NDArray[np.float64]
    symbols: tuple[str, ...]


def cut(
    solid: PeriodicSites,
    deformation: NDArray[np.float64],
    cell_A: NDArray[np.float64],
    thickness_A: float,
    period_A: float,
) -> LayerSites:
    """Cut a layer out of a periodic solid, strained onto a cell in the plane.

    Parameters
    ----------
    solid
        Sites and hops.
    deformation
        `r @ deformation` turns a position of the solid into the frame of the cell, z along the stack; shape (3, 3).
    cell_A
        In-plane vectors, rows, each a lattice vector of the deformed solid; shape (2, 2).
    thickness_A
        Of the layer.
    period_A
        After which planes come again along z; the layer begins in the widest gap between planes of atoms in it.
    """
    vectors = solid.cell_A @ deformation
    everything = np.vstack([solid.fractional, solid.atoms_fractional])
    bottom = _widest_gap(everything @ vectors, period_A)
    sites, number = _within(solid.fractional, vectors, cell_A, bottom, thickness_A)
    atoms, kinds = _within(solid.atoms_fractional, vectors, cell_A, bottom, thickness_A)
    return LayerSites(
        positions_A=sites,
        pairs=_pairs(solid, deformation, sites, number, cell_A),
        atoms_A=atoms,
        symbols=tuple(solid.symbols[kind] for kind in kinds),
    )


def glass(cell_A: NDArray[np.float64], height_A: float, density_per_A3: float, seed: int) -> PeriodicSites:
    """Make the surrogate of an amorphous solid, periodic in all directions.

    Parameters
    ----------
    cell_A
        In-plane vectors; shape (2, 2).
    height_A
        Along z.
    density_per_A3
        Of the sites.
    seed
        Of their places.

    Raises
    ------
    InputError
        If the cell is too small for a hop not to meet its own image.
    ComputationError
        If the sites do not fit.
    """
    cell = np.zeros((3, 3))
    cell[:2, :2], cell[2, 2] = cell_A, height_A
    n = max(round(density_per_A3 * abs(np.linalg.det(cell))), 1)
    mean = density_per_A3 ** (-1 / 3)
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    images = np.array(list(itertools.product((-1, 0, 1), repeat=3)))
    found = np.zeros((0, 3))
    for _ in range(n):
        for _ in range(MOST_TRIES):
            place = rng.random(3)
            apart = found - place
            apart = (apart - np.round(apart))[:, None, :] + images
            if not len(found) or np.linalg.norm(apart @ cell, axis=-1).min() >= SHORTEST * mean:
                break
        else:
            raise ComputationError(f"{n} sites of a glass do not fit; give another seed, or a thicker layer")
        found = np.vstack([found, place])
    hops = _all_within(found, cell, LONGEST * mean)
    to_itself = hops[hops[:, 0] == hops[:, 1]]
    if (to_itself[:, 4] == 0).any():
        edges = " and ".join(f"{edge:.1f}" for edge in np.linalg.norm(cell_A, axis=1))
        raise InputError(
            f"the cell of a glass in the plane must be wider than its hops of {LONGEST * mean:.1f} A, got edges of "
            f"{edges} A; give a crystal, or a plane of it, with a larger cell"
        )
    if len(to_itself):
        raise InputError(
            f"a glass of {height_A / 10:.2g} nm is thinner than its hops of {LONGEST * mean:.1f} A; give a thicker one"
        )
    return PeriodicSites(cell, found, hops, ("hop",), np.zeros((0, 3)), ())


def joined(
    lower_A: NDArray[np.float64], upper_A: NDArray[np.float64], cell_A: NDArray[np.float64], cutoff_A: float
) -> NDArray[np.int64]:
    """Pairs of sites on both sides of a contact within a distance: lower, upper, two numbers of the upper's cell."""
    shifts = np.array(list(itertools.product((-1, 0, 1), repeat=2)))
    reach = int(np.ceil(cutoff_A / np.abs(np.linalg.det(cell_A)) * np.linalg.norm(cell_A, axis=1).max()))
    if reach > 1:
        shifts = np.array(list(itertools.product(range(-reach, reach + 1), repeat=2)))
    rows = []
    for shift in shifts:
        moved = upper_A.copy()
        moved[:, :2] += shift @ cell_A
        near = cKDTree(lower_A).sparse_distance_matrix(cKDTree(moved), cutoff_A, output_type="coo_matrix")
        rows.append(np.column_stack([near.row, near.col, np.tile(shift, (near.nnz, 1))]))
    return np.vstack(rows).astype(np.int64)


def are_direct(
    lower_A: NDArray[np.float64], upper_A: NDArray[np.float64], cell_A: NDArray[np.float64], pairs: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether no other site lies in the sphere that has a pair's ends as its poles (Gabriel's neighbours); (L,)."""
    if not len(pairs):
        return np.zeros(0, bool)
    ends = lower_A[pairs[:, 0]], upper_A[pairs[:, 1]].copy()
    ends[1][:, :2] += pairs[:, 2:4] @ cell_A
    middle, radius = (ends[0] + ends[1]) / 2, np.linalg.norm(ends[1] - ends[0], axis=1) / 2
    home = middle.copy()
    home[:, :2] -= np.floor(middle[:, :2] @ np.linalg.inv(cell_A)) @ cell_A
    reach = 1 + math.ceil(float(radius.max()) * np.linalg.norm(cell_A, axis=1).max() / abs(np.linalg.det(cell_A)))
    shifts = np.array(list(itertools.product(range(-reach, reach + 1), repeat=2))) @ cell_A
    sites = np.vstack([lower_A, upper_A])
    images = (sites + np.column_stack([shifts, np.zeros(len(shifts))])[:, None]).reshape(-1, 3)
    inside = cKDTree(images).query_ball_point(home, radius - SAME_SITE_A, return_length=True)
    return np.asarray(inside == 0)


def parts_of(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the connected part of each of n sites."""
    ones = np.ones(len(pairs))
    return np.asarray(
        connected_components(coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n)), directed=False)[1]
    )


def _within(
    fractional: NDArray[np.float64],
    vectors: NDArray[np.float64],
    cell_A: NDArray[np.float64],
    bottom: float,
    thickness: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Positions in the cell from 0 up to the thickness, and which of the solid's points each is."""
    if not len(fractional):
        return np.zeros((0, 3)), np.zeros(0, np.int64)
    corners = [
        np.append(np.array(xy) @ cell_A, z)
        for xy in itertools.product((0, 1), repeat=2)
        for z in (bottom, bottom + thickness)
    ]
    inside = np.array(corners) @ np.linalg.inv(vectors)
    low, high = np.floor(inside.min(axis=0)).astype(int) - 1, np.ceil(inside.max(axis=0)).astype(int) + 1
    cells = np.stack(np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)), indexing="ij"), -1)
    points = (cells.reshape(-1, 1, 3) + fractional).reshape(-1, 3) @ vectors
    number = np.tile(np.arange(len(fractional)), cells.size // 3)
    flat = points[:, :2] @ np.linalg.inv(cell_A)
    z = points[:, 2] - bottom
    tiny = 1e-6
    kept = ((flat >= -tiny) & (flat < 1 - tiny)).all(axis=1) & (z >= -tiny) & (z < thickness - tiny)
    order = np.lexsort([*flat[kept].T.round(4), z[kept].round(4)])
    found = np.column_stack([points[kept][:, :2], z[kept]])[order]
    return found, number[kept][order]


def _pairs(
    solid: PeriodicSites,
    deformation: NDArray[np.float64],
    sites: NDArray[np.float64],
    number: NDArray[np.int64],
    cell_A: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Hops between sites of a layer, each pair once, the lower site first."""
    steps = solid.displacements_A @ deformation
    by_origin = [np.flatnonzero(solid.hops[:, 0] == i) for i in range(len(solid.fractional))]
    if not len(sites):
        return np.zeros((0, 5), np.int64)
    hop = np.concatenate([by_origin[i] for i in number])
    origin = np.repeat(np.arange(len(sites)), [len(by_origin[i]) for i in number])
    ends = sites[origin] + steps[hop]
    flat = ends[:, :2] @ np.linalg.inv(cell_A)
    image = np.floor(flat + 1e-5).astype(np.int64)
    home = np.column_stack([ends[:, :2] - image @ cell_A, ends[:, 2]])
    distance, target = cKDTree(sites).query(home)
    there = distance < 10 * SAME_SITE_A
    # A hop up is kept and its reverse left out; within a plane, one of both.
    rise = steps[hop, 2]
    level = np.abs(rise) < SAME_SITE_A
    keys = np.column_stack([origin, target, image])
    mirrored = np.column_stack([target, origin, -image])
    first = np.array([tuple(a) < tuple(b) for a, b in zip(keys.tolist(), mirrored.tolist(), strict=True)], bool)
    kept = there & (np.where(level, first, rise > 0))
    return np.column_stack([keys[kept], solid.hops[hop[kept], 5]])


def _widest_gap(points: NDArray[np.float64], period: float) -> float:
    """Middle of the widest gap between the heights of points that come again."""
    heights = np.sort(np.mod(points[:, 2], period))
    gaps = np.diff(np.append(heights, heights[0] + period))
    widest = int(np.argmax(np.round(gaps, 6)))
    return float(heights[widest] + gaps[widest] / 2)


def _all_within(fractional: NDArray[np.float64], cell: NDArray[np.float64], cutoff: float) -> NDArray[np.int64]:
    """Hops between all sites within a distance, both ways, of one class."""
    heights = abs(np.linalg.det(cell)) / np.linalg.norm(np.cross(np.roll(cell, -1, 0), np.roll(cell, -2, 0)), axis=1)
    reach = [math.ceil(cutoff / height) for height in heights]
    rows: list[Sequence[NDArray[np.int64]] | NDArray[np.int64]] = []
    places = fractional @ cell
    tree = cKDTree(places)
    for image in itertools.product(*(range(-r, r + 1) for r in reach)):
        near = tree.sparse_distance_matrix(cKDTree(places + np.array(image) @ cell), cutoff, output_type="coo_matrix")
        apart = (near.row != near.col) | bool(any(image))
        row, col = near.row[apart], near.col[apart]
        rows.append(np.column_stack([row, col, np.tile(image, (len(row), 1)), np.zeros(len(row), int)]))
    return np.vstack(rows).astype(np.int64)
