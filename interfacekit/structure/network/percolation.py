"""Percolation of a crystal's Li network, referred to its unit cell (see `transport.hopping.percolation`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.results import Result
from interfacekit.transport.hopping.directions import PeriodicGraph, Vector, direction_of, lattice_basis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


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

    @cached_property
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
    graph = PeriodicGraph(n_sites, hops[:, 0], hops[:, 1], hops[:, 2:5], np.eye(3))
    label, closed = graph.labels(np.ones(len(hops), np.bool_))
    part_of_hop = label[hops[:, 0]]
    parts = []
    for number in range(int(label.max()) + 1):
        vectors = lattice_basis(closed[part_of_hop == number])
        parts.append(ConnectedPart(tuple(np.flatnonzero(label == number).tolist()), vectors, direction_of(vectors)))
    return tuple(sorted(parts, key=lambda part: (-part.dimension, part.sites)))


def percolation_of(n_sites: int, hops: NDArray[np.int64], classes: Iterable[str]) -> Percolation:
    """Find how far a network leads; the arguments are those of `connected_parts`, and the names of its classes."""
    parts = connected_parts(n_sites, hops)
    farthest = [part for part in parts if part.dimension == parts[0].dimension]
    directions = list(dict.fromkeys(part.direction for part in farthest))
    words = directions[0] + "".join(f" and {other.split(' ', 1)[1]}" for other in directions[1:])
    return Percolation(parts[0].dimension, words, parts, tuple(classes))
