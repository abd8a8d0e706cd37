"""Directions in which the hops of a periodic crystal lead without bound: the lattice of their closed walks.

A walk that returns to its own site in another cell is shifted by a whole number of cell vectors. The shifts of all
closed walks of a connected part of the graph of hops form a lattice of integers. Its rank is the dimension in which the
part percolates, and the space that it spans contains the directions, which have names such as `2D in the ab plane`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Vector = tuple[int, int, int]

_UNIT: tuple[Vector, ...] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
_AXES: dict[tuple[int, ...], str] = {(1, 0, 0): "a", (0, 1, 0): "b", (0, 0, 1): "c"}
#: By their normals.
_PLANES: dict[tuple[int, ...], str] = {(1, 0, 0): "bc", (0, 1, 0): "ac", (0, 0, 1): "ab"}


@dataclass(frozen=True, eq=False)
class Directions:
    """A space of directions.

    Attributes
    ----------
    basis
        Orthonormal, rows; shape (d, 3), Cartesian.
    name
        In terms of the cell: `3D`, `2D in the ab plane`, `1D along [110]`, `0D`.
    slower_kT
        Logarithm of the factor by which the hops that these directions need are slower than those of the fastest
        direction; 0 for the space that contains it.
    """

    basis: NDArray[np.float64]
    name: str
    slower_kT: float = 0.0

    @property
    def dimensions(self) -> int:
        """Number of independent directions, 0 to 3."""
        return len(self.basis)

    @property
    def projector(self) -> NDArray[np.float64]:
        """Projector onto the space; shape (3, 3)."""
        return np.asarray(self.basis.T @ self.basis)


@dataclass(frozen=True, eq=False)
class Percolation:
    """Directions of long-range motion of a hopping model at one temperature.

    Attributes
    ----------
    fast
        Directions of the fastest percolating hops, and of all hops that are not much slower.
    slow
        Further directions, each set apart by its slowest hops.
    channel
        Number of the single-file channel that each site of the box belongs to, or -1; shape (n,). In such a channel
        each site has two hops at most, so that ions cannot pass each other.
    """

    fast: Directions
    slow: tuple[Directions, ...]
    channel: NDArray[np.int64]

    @property
    def projector(self) -> NDArray[np.float64]:
        """Projector onto all directions of long-range motion; shape (3, 3)."""
        return np.asarray(sum((s.projector for s in self.slow), self.fast.projector))


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


def lattice_basis(vectors: NDArray[np.int64]) -> tuple[Vector, ...]:
    """Find the basis of the lattice that integer vectors span: the rows of its Hermite normal form.

    Parameters
    ----------
    vectors
        Shape (k, 3).

    Returns
    -------
    tuple of vectors
        As many as the rank, the same for every set of vectors that spans the same lattice.
    """
    rows = [[int(x) for x in row] for row in np.unique(vectors, axis=0) if row.any()]
    basis: list[list[int]] = []
    for column in range(3):
        while len(filled := [row for row in rows if row[column]]) > 1:
            pivot = min(filled, key=lambda row: abs(row[column]))
            rows = [pivot, *(_less(row, pivot, column) for row in rows if row is not pivot)]
            rows = [row for row in rows if any(row)]
        if filled:
            (pivot,) = filled
            rows = [row for row in rows if row is not pivot]
            pivot = pivot if pivot[column] > 0 else [-x for x in pivot]
            basis = [_less(row, pivot, column) for row in basis]
            basis.append(pivot)
    return tuple((row[0], row[1], row[2]) for row in basis)


def direction_of(vectors: tuple[Vector, ...]) -> str:
    """Name the space that lattice vectors span.

    Named axes and planes are those of the cell: `1D along c`, `1D along [110]`, `2D in the ab plane`,
    `2D in the (111) plane`.
    """
    match len(vectors):
        case 0:
            return "0D"
        case 1:
            along = _smallest(vectors[0])
            return f"1D along {_AXES.get(along, f'[{_indices(along)}]')}"
        case 2:
            normal = _smallest(tuple(np.cross(np.array(vectors[0]), np.array(vectors[1])).tolist()))
            return f"2D in the {_PLANES.get(normal, f'({_indices(normal)})')} plane"
    return "3D"


def small_indices(direction: NDArray[np.float64], largest: int = 6) -> Vector | None:
    """Whole numbers up to a largest one in proportion to the components of a direction; None if there are none."""
    scaled = direction / np.abs(direction).max()
    for factor in range(1, largest + 1):
        rounded = np.round(scaled * factor)
        if np.abs(scaled * factor - rounded).max() < 1e-4 * factor:
            a, b, c = (int(x) for x in rounded)
            return (a, b, c)
    return None


def _less(row: list[int], pivot: list[int], column: int) -> list[int]:
    """A row less as many pivots as its entry in a column holds."""
    times = row[column] // pivot[column]
    return [x - times * p for x, p in zip(row, pivot, strict=True)]


def _smallest(vector: tuple[int, ...]) -> tuple[int, ...]:
    """The smallest whole-number vector along a line, its first number positive."""
    divisor = math.gcd(*vector)
    sign = next(1 if x > 0 else -1 for x in vector if x)
    return tuple(sign * x // divisor for x in vector)


def _indices(vector: tuple[int, ...]) -> str:
    """Indices of a direction or a plane: `1-10`, with spaces where a number has two digits."""
    return ("" if max(map(abs, vector)) < 10 else " ").join(str(x) for x in vector)
