"""Lattice planes: which are distinct by symmetry, and the crystal in the smallest cell of a plane.

Miller indices are those of the conventional cell of the space group (International Tables), in the orientation of the
crystal as given; where the crystal is given in a cell of that size, they are those of its own axes.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.quantities import MILLER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pymatgen.core import Structure

Miller = tuple[int, int, int]
_SYMPREC_A = 0.01
#: Two copies of an atom that wrap onto each other agree far better than this.
_SAME_ATOM_A = 0.05


@dataclass(frozen=True)
class LatticePlane:
    """A plane of a crystal, seen from outside: its outward normal is along +z.

    Attributes
    ----------
    miller
        Indices of the plane, not divided by a common factor.
    vectors_A
        Rows (3, 3), right-handed: the two shortest lattice vectors in the plane (the first along x), and the shortest
        that leads to the next plane of lattice points, in a frame with z outward.
    rotation
        Rows (3, 3): `r @ rotation` turns a position of the crystal as given into that frame.
    cell
        The crystal as a pymatgen Structure on `vectors_A`: the smallest cell of the plane.
    is_achiral
        Whether the crystal is its own mirror image, so that the plane may also be put down mirrored.
    """

    miller: Miller
    vectors_A: NDArray[np.float64]
    rotation: NDArray[np.float64]
    cell: Structure
    is_achiral: bool

    @property
    def in_plane_A(self) -> NDArray[np.float64]:
        """Rows (2, 2): the vectors of the plane in it."""
        return self.vectors_A[:2, :2]

    @cached_property
    def area_A2(self) -> float:
        """Area of the smallest cell of the plane."""
        return float(abs(np.linalg.det(self.in_plane_A)))

    @property
    def spacing_A(self) -> float:
        """Distance of neighbouring planes of lattice points, by which slabs grow."""
        return float(self.vectors_A[2, 2])


class Planes:
    """The planes of one crystal."""

    def __init__(self, structure: Structure) -> None:
        from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

        dataset: Any = SpacegroupAnalyzer(structure, symprec=_SYMPREC_A).get_symmetry_dataset()
        own = np.array(structure.lattice.matrix)
        conventional = np.linalg.inv(dataset.transformation_matrix).T @ own
        if math.isclose(abs(np.linalg.det(conventional)), structure.volume, rel_tol=1e-4):
            conventional = own
        rotations = np.array(dataset.rotations)
        is_translation = (rotations == np.eye(3, dtype=int)).all(axis=(1, 2))
        self._structure = structure
        self._conventional = conventional
        self._generators = np.vstack([own, conventional])
        self._translations = np.array(dataset.translations)[is_translation] @ own
        # Columns in the coordinates of the cell; rows of positions are multiplied from the right.
        self._operations = np.array([np.linalg.inv(own) @ r.T @ own for r in rotations])
        self.is_achiral = bool((np.linalg.det(self._operations) < 0).any())

    def distinct(self, max_miller: int) -> list[Miller]:
        """Planes with indices up to `max_miller`, one of each set that symmetry or turning over makes the same."""
        up_to = range(-max_miller, max_miller + 1)
        found: list[Miller] = []
        seen: set[Miller] = set()
        for indices in sorted(((h, k, m) for h in up_to for k in up_to for m in up_to), key=_simplest_first):
            if math.gcd(*indices) == 1 and indices not in seen:
                found.append(indices)
                seen.update(self._equivalent(indices))
        return found

    def sides(self, miller: Miller) -> tuple[Miller, ...]:
        """Both sides of a plane, or one where a symmetry operation turns it over."""
        other = sign_of(-1, miller)
        return (miller,) if other in self._turned(miller) else (miller, other)

    def plane(self, miller: Sequence[int]) -> LatticePlane:
        """The plane of these indices, with the outward normal along its reciprocal vector.

        Raises
        ------
        InputError
            If the indices are not three integers, or all zero.
        """
        indices = checked_miller(miller)
        normal = np.linalg.inv(self._conventional) @ np.array(indices, dtype=float)
        normal /= np.linalg.norm(normal)
        cell = _smallest_cell(self._lattice_points(indices), normal)
        x = cell[0] / np.linalg.norm(cell[0])
        rotation = np.array([x, np.cross(normal, x), normal]).T
        vectors = cell @ rotation
        vectors[:2, 2] = vectors[0, 1] = 0.0
        return LatticePlane(indices, vectors, rotation, self._in_cell(vectors, rotation), self.is_achiral)

    def _equivalent(self, indices: Miller) -> set[Miller]:
        return {sign_of(sign, turned) for turned in self._turned(indices) for sign in (1, -1)}

    def _turned(self, indices: Miller) -> set[Miller]:
        """What the symmetry operations make of a plane."""
        reciprocal = np.linalg.inv(self._conventional) @ np.array(indices, dtype=float)
        turned = np.rint((reciprocal @ self._operations) @ self._conventional.T).astype(int)
        return {sign_of(1, row) for row in turned.tolist()}

    def _lattice_points(self, indices: Miller) -> NDArray[np.float64]:
        """Lattice points (n, 3) about the origin, as many as hold the shortest of the plane."""
        reach = np.arange(-(most := max(3, 2 * max(map(abs, indices)))), most + 1)
        cells = np.array(np.meshgrid(reach, reach, reach)).reshape(3, -1).T @ self._conventional
        own = np.array(list(itertools.product((-1, 0, 1), repeat=3))) @ np.array(self._structure.lattice.matrix)
        shifts = np.vstack([self._translations, own])
        return np.asarray((cells[:, None, :] + shifts[None, :, :]).reshape(-1, 3))

    def _in_cell(self, vectors: NDArray[np.float64], rotation: NDArray[np.float64]) -> Structure:
        from pymatgen.core import Structure

        everything = Structure(
            vectors,
            [site.species for site in self._structure],
            self._structure.cart_coords @ rotation,
            coords_are_cartesian=True,
            to_unit_cell=True,
        )
        everything.merge_sites(tol=_SAME_ATOM_A, mode="delete")
        return everything


def checked_miller(miller: Sequence[int]) -> Miller:
    """Return three integers that are not all zero, without a common factor.

    Raises
    ------
    InputError
        If they are anything else.
    """
    given = " ".join(map(str, miller)) if isinstance(miller, list | tuple) else str(miller)
    indices: Any = miller
    if isinstance(indices, str) or not hasattr(indices, "__len__") or len(indices) != 3:
        raise InputError(f"Miller indices are three integers such as 0 0 1 or 1 -1 2, not {given!r}")
    h, k, l = (MILLER.check(index) for index in indices)  # noqa: E741  # their name since 1839
    if h == k == l == 0:
        raise InputError(
            f"there is no lattice plane ({given}); give Miller indices that are not all zero, such as 0 0 1"
        )
    divisor = math.gcd(h, k, l)
    return (h // divisor, k // divisor, l // divisor)


def sign_of(sign: int, indices: Sequence[int]) -> Miller:
    """Indices of the plane (1), or of its other side (-1)."""
    h, k, l = (sign * index for index in indices)  # noqa: E741
    return (h, k, l)


def miller_text(miller: Sequence[int]) -> str:
    """Write a plane as in tables: `(1 0 -2)`."""
    return f"({' '.join(map(str, miller))})"


def _simplest_first(indices: Miller) -> tuple[int, ...]:
    sizes = [abs(index) for index in indices]
    return (max(sizes), sum(sizes), *(-index for index in indices))


def _smallest_cell(points: NDArray[np.float64], normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows (3, 3): the two shortest lattice vectors across a normal, and the shortest to the next plane along it."""
    heights = points @ normal
    lengths = np.linalg.norm(points, axis=1)
    flat = points[(np.abs(heights) < 1e-4) & (lengths > 1e-3)]
    flat = flat[np.lexsort([*np.round(-flat.T, 4), np.linalg.norm(flat, axis=1).round(4)])]
    first = flat[0]
    across = np.linalg.norm(np.cross(flat, first), axis=1)
    second = flat[across > 1e-3 * np.linalg.norm(first)][0]
    if np.dot(np.cross(first, second), normal) < 0:
        second = -second
    spacing = heights[heights > 1e-4].min()
    above = points[np.abs(heights - spacing) < 1e-4]
    order = np.lexsort([*np.round(-above.T, 4), np.linalg.norm(above, axis=1).round(4)])
    return np.array([first, second, above[order[0]]])
