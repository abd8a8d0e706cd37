"""Directions in a periodic crystal: lattices of integer vectors, and names such as `2D in the ab plane`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Vector = tuple[int, int, int]

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
