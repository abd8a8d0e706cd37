"""A match of two planes: supercells that nearly coincide, and the strain that makes them coincide."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.results import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Rows of integers: which combinations of a cell's vectors a supercell has.
Transformation = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class LatticeMatch(Result):
    """A supercell of a plane, strained onto a supercell of a two-dimensional lattice that stays as it is.

    Attributes
    ----------
    transformation, onto_transformation
        Supercells in vectors of the plane that is strained, and of the lattice that it is strained onto.
    cell_A
        Rows (2, 2): the vectors of the common cell, in the frame of the lattice that stays.
    unstrained_A
        Rows (2, 2): the same vectors of the plane before, in its own frame (turned over about x if it is turned over).
    """

    transformation: Transformation
    onto_transformation: Transformation
    cell_A: tuple[tuple[float, float], tuple[float, float]]
    unstrained_A: tuple[tuple[float, float], tuple[float, float]]

    @cached_property
    def area_A2(self) -> float:
        """Area of the common cell."""
        return float(abs(np.linalg.det(self.cell_A)))

    @cached_property
    def deformation(self) -> NDArray[np.float64]:
        """Deformation (2, 2) from the right: `unstrained_A @ deformation == cell_A`."""
        return np.asarray(np.linalg.solve(self.unstrained_A, self.cell_A))

    @cached_property
    def principal_strains(self) -> tuple[float, float]:
        """Relative changes of length along the two principal directions, the larger (more stretched) first."""
        stretches = np.linalg.svd(self.deformation, compute_uv=False)
        return (float(stretches[0] - 1), float(stretches[1] - 1))

    @property
    def strain(self) -> float:
        """The principal strain of the largest size, without its sign."""
        return max(map(abs, self.principal_strains))

    @property
    def von_mises_strain(self) -> float:
        """Equivalent strain of the Green-Lagrange tensor with none out of the plane, as pymatgen gives it."""
        first, second = (((1 + e) ** 2 - 1) / 2 for e in self.principal_strains)
        mean = (first + second) / 3
        return math.sqrt(2 / 3 * ((first - mean) ** 2 + (second - mean) ** 2 + mean**2))

    @property
    def area_mismatch(self) -> float:
        """Relative change of the area."""
        first, second = self.principal_strains
        return (1 + first) * (1 + second) - 1

    @property
    def cells(self) -> int:
        """Number of the plane's cells in the common one."""
        return _cells(self.transformation)

    @property
    def onto_cells(self) -> int:
        """Number of cells, in the common one, of the lattice that stays."""
        return _cells(self.onto_transformation)

    @property
    def is_mirrored(self) -> bool:
        """Whether the plane is put down as its mirror image, which of an achiral crystal is the crystal itself."""
        return bool(np.linalg.det(self.deformation) < 0)


def _cells(transformation: Transformation) -> int:
    (a, b), (c, d) = transformation
    return abs(a * d - b * c)
