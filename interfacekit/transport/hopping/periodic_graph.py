"""Periodic graphs of hops: the lattice of their closed walks.

A walk that returns to its own site in another cell is shifted by a whole number of cell vectors. The shifts of all
closed walks of a connected part of the graph form a lattice of integers. Its rank is the dimension in which the part
percolates, and the space that it spans contains the directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.transport.hopping.directions import direction_of, lattice_basis, small_indices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.hopping.directions import Vector

_UNIT: tuple[Vector, ...] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


@dataclass(frozen=True, eq=False)
class PeriodicGraph:
    """Hops between the sites of a periodic cell.

    Attributes
    ----------
    n_sites
        Sites in the cell.
    origins, targets
        Sites at the ends of each hop, both directions of each; shape (m,).
    images
        Cell of the target, in numbers of cell vectors; shape (m, 3).
    cell_A
        Cell vectors, rows; shape (3, 3), angstrom.
    repeats
        Unit cells along each cell vector.
    axes
        Unit vectors that are called a, b and c, rows; shape (3, 3). Those along the cell vectors by default.
    """

    n_sites: int
    origins: NDArray[np.int64]
    targets: NDArray[np.int64]
    images: NDArray[np.int64]
    cell_A: NDArray[np.float64]
    repeats: Vector = (1, 1, 1)
    axes: NDArray[np.float64] | None = None

    def labels(self, hops: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Connected part of each site, shape (n_sites,), and the shift of each hop that closes a walk, (hops, 3).

        Each site is given the cell in which a walk along a spanning tree from the first site of its part reaches it;
        what a hop is shifted by beyond that closes a walk.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import breadth_first_order, connected_components

        first, last, image = self.origins[hops], self.targets[hops], self.images[hops]
        n = self.n_sites
        # Several hops may join the same two sites; the tree takes the first of them.
        pairs, one = np.unique(first * n + last, return_index=True)
        graph = coo_array((np.ones(len(pairs), np.int8), (pairs // n, pairs % n)), shape=(n, n)).tocsr()
        count, label = connected_components(graph, directed=False)
        # One more site, from which a step leads to the first site of each part, makes one tree of all.
        _, roots = np.unique(label, return_index=True)
        rows = np.concatenate([pairs // n, np.full(count, n)])
        columns = np.concatenate([pairs % n, roots])
        joined = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(n + 1, n + 1)).tocsr()
        _, before = breadth_first_order(joined, n, directed=True)
        before[n] = n
        cell = np.zeros((n + 1, 3), np.int64)
        inner = np.flatnonzero(before[:n] != n)
        cell[inner] = image[one[np.searchsorted(pairs, before[inner].astype(np.int64) * n + inner)]]
        while np.any(before[before] != before):
            cell += cell[before] * (before != n)[:, None]
            before = before[before]
        return label, cell[first] + image - cell[last]

    def walks(self, hops: NDArray[np.bool_]) -> tuple[Vector, ...]:
        """Basis of the lattice of closed walks over some of the hops."""
        return lattice_basis(self.labels(hops)[1]) if hops.any() else ()

    def single_file_channels(self, hops: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Label of the part of each site that percolates and in which no site has more than two hops; else -1."""
        label, closed = self.labels(hops)
        first = self.origins[hops]
        percolates = np.zeros(int(label.max()) + 1, np.bool_)
        percolates[label[first][closed.any(axis=1)]] = True
        widest = np.zeros(len(percolates), np.int64)
        np.maximum.at(widest, label, np.bincount(first, minlength=self.n_sites))
        return np.where((percolates & (widest <= 2))[label], label, -1)

    def in_unit_cells(self, vectors: tuple[Vector, ...]) -> tuple[Vector, ...]:
        """Vectors of the cell in numbers of unit-cell vectors."""
        return tuple((a * self.repeats[0], b * self.repeats[1], c * self.repeats[2]) for a, b, c in vectors)

    def direction_along(self, basis: NDArray[np.float64], vectors: tuple[Vector, ...] = ()) -> str:
        """Name of Cartesian directions, rows: by axes, lattice vectors or small indices, else by components."""
        unit = self.cell_A / np.array(self.repeats)[:, None]
        axes = unit / np.linalg.norm(unit, axis=1, keepdims=True) if self.axes is None else self.axes
        inside = np.linalg.norm(axes @ basis.T, axis=1) > 1 - 1e-6
        if inside.sum() == len(basis):
            return direction_of(tuple(_UNIT[number] for number in np.flatnonzero(inside)))
        if vectors:
            return direction_of(vectors)
        rows = [small_indices(row) for row in basis @ np.linalg.inv(unit)]
        if all(row is not None for row in rows):
            return direction_of(tuple(row for row in rows if row is not None))
        words = " and ".join("(" + ", ".join(f"{x:.3f}" for x in row) + ")" for row in basis)
        return f"{len(basis)}D along {words} (Cartesian)"
