"""How far a periodic network leads: the lattice of its closed walks.

A walk that comes back to its own site in another cell shifts by a whole number of cell vectors. The shifts of all
closed walks of a connected part of the network are a lattice of integers; its rank is the dimension in which the part
percolates, and the space it spans the direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from interfacekit.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

Vector = tuple[int, int, int]

_AXES: dict[tuple[int, ...], str] = {(1, 0, 0): "a", (0, 1, 0): "b", (0, 0, 1): "c"}
#: By their normals.
_PLANES: dict[tuple[int, ...], str] = {(1, 0, 0): "bc", (0, 1, 0): "ac", (0, 0, 1): "ab"}


@dataclass(frozen=True)
class ConnectedPart(Result):
    """A part of a network that hops connect.

    Attributes
    ----------
    sites
        Numbers of its sites in the unit cell.
    vectors
        Basis of the lattice of its closed walks, in numbers of cell vectors; as many as its dimension.
    direction
        `3D`, `2D in the ab plane`, `1D along c` or `0D`.
    """

    sites: tuple[int, ...]
    vectors: tuple[Vector, ...]
    direction: str

    @property
    def dimension(self) -> int:
        """0 to 3."""
        return len(self.vectors)


@dataclass(frozen=True)
class Percolation(Result):
    """Dimension and direction in which a network percolates.

    Attributes
    ----------
    dimension
        0 to 3: the largest of its connected parts.
    direction
        In words, referred to the cell: `2D in the ab plane`, `1D along c`.
    parts
        The connected parts, by falling dimension.
    classes
        Names of the hop classes that were followed.
    provenance
        That of the network.
    """

    dimension: int
    direction: str
    parts: tuple[ConnectedPart, ...]
    classes: tuple[str, ...]
    provenance: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def vectors(self) -> tuple[Vector, ...]:
        """Basis of the lattice of closed walks of the part that percolates farthest; numbers of cell vectors."""
        return self.parts[0].vectors

    @property
    def stranded(self) -> tuple[int, ...]:
        """Sites from which no walk leads farther than in the network of a lower dimension."""
        return tuple(sorted(site for part in self.parts if part.dimension < self.dimension for site in part.sites))


def connected_parts(n_sites: int, hops: NDArray[np.int64]) -> tuple[ConnectedPart, ...]:
    """Split a periodic network into its connected parts.

    Parameters
    ----------
    n_sites
        Sites in the cell.
    hops
        Origin, target and the three numbers of the target's cell; shape (m, 5), both directions.

    Returns
    -------
    tuple of ConnectedPart
        By falling dimension, then by their first site.
    """
    first, last, image = hops[:, 0], hops[:, 1], hops[:, 2:5]
    graph = coo_array((np.ones(len(hops), np.int8), (first, last)), shape=(n_sites, n_sites)).tocsr()
    _, label = connected_components(graph, directed=False)
    # Several hops may join the same two sites; a walk takes the first of them.
    step: dict[tuple[int, int], NDArray[np.int64]] = {}
    for i, j, m in zip(first.tolist(), last.tolist(), image, strict=True):
        step.setdefault((i, j), m)
    cell = np.zeros((n_sites, 3), np.int64)
    parts = []
    for number in range(int(label.max()) + 1):
        members = np.flatnonzero(label == number)
        order, before = breadth_first_order(graph, members[0], directed=False)
        for site in order[1:].tolist():
            cell[site] = cell[before[site]] + step[before[site], site]
        inside = label[first] == number
        closed = cell[first[inside]] + image[inside] - cell[last[inside]]
        vectors = lattice_basis(closed)
        parts.append(ConnectedPart(tuple(members.tolist()), vectors, direction_of(vectors)))
    return tuple(sorted(parts, key=lambda part: (-part.dimension, part.sites)))


def percolation_of(n_sites: int, hops: NDArray[np.int64], classes: Iterable[str]) -> Percolation:
    """Find how far a network leads; the arguments are those of `connected_parts`, and the names of its classes."""
    parts = connected_parts(n_sites, hops)
    farthest = [part for part in parts if part.dimension == parts[0].dimension]
    directions = list(dict.fromkeys(part.direction for part in farthest))
    words = directions[0] + "".join(f" and {other.split(' ', 1)[1]}" for other in directions[1:])
    return Percolation(parts[0].dimension, words, parts, tuple(classes))


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


def _less(row: list[int], pivot: list[int], column: int) -> list[int]:
    """A row less as many pivots as its entry in a column holds."""
    times = row[column] // pivot[column]
    return [x - times * p for x, p in zip(row, pivot, strict=True)]


def direction_of(vectors: tuple[Vector, ...]) -> str:
    """Write the space that lattice vectors span in words.

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


def _smallest(vector: tuple[int, ...]) -> tuple[int, ...]:
    """The smallest whole-number vector along a line, its first number positive."""
    divisor = math.gcd(*vector)
    sign = next(1 if x > 0 else -1 for x in vector if x)
    return tuple(sign * x // divisor for x in vector)


def _indices(vector: tuple[int, ...]) -> str:
    """Indices of a direction or a plane: `1-10`, with spaces where a number has two digits."""
    return ("" if max(map(abs, vector)) < 10 else " ").join(str(x) for x in vector)
