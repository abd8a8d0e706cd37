"""The primitive cell of a crystal: where its whole symmetry can be written in whole numbers.

The cell that a crystal is given in may lack rotations that the crystal has, such as the threefold axis of a doubled
hexagonal cell. Sites and hops of any cell are therefore folded into the primitive one to see which of them are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.structure.crystals.symmetry import (
    MATCHING_A,
    SYMMETRY_A,
    Symmetry,
    images_of_sites,
    orbits_of_sites,
    symmetry_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pymatgen.core import Structure


@dataclass(frozen=True, eq=False)
class Primitive:
    """The primitive cell of a crystal.

    Attributes
    ----------
    structure
        Cell and atoms, not turned against the crystal.
    cell_A
        Its vectors, rows; shape (3, 3), angstrom.
    multiples
        Whole numbers M that make the crystal's cell of the primitive one, C = M P; shape (3, 3).
    symmetry
        Operations on fractional coordinates in the primitive cell.
    """

    structure: Structure
    cell_A: NDArray[np.float64]
    multiples: NDArray[np.int64]
    symmetry: Symmetry

    def fold(self, fractional: NDArray[np.float64]) -> Folded:
        """Fold sites of the crystal's cell, shape (n, 3)."""
        inside = fractional @ self.multiples
        number = np.empty(len(inside), np.int64)
        first: list[int] = []
        for site, point in enumerate(inside):
            apart = point - inside[first]
            distances = np.linalg.norm((apart - np.round(apart)) @ self.cell_A, axis=1)
            if not first or distances.min() > MATCHING_A:
                first.append(site)
                number[site] = len(first) - 1
            else:
                number[site] = int(np.argmin(distances))
        positions = inside[first]
        cells = np.round(inside - positions[number]).astype(np.int64)
        return Folded(positions, number, cells, self.multiples, self.cell_A)

    def unfold(self, fractional: NDArray[np.float64]) -> NDArray[np.float64]:
        """Copies of sites of the primitive cell in the crystal's, all copies of a site together; shape (k n, 3)."""
        # Cells of the primitive lattice in the crystal's cell: those whose corner is in it.
        reach = np.abs(self.multiples).sum(axis=0)
        grid = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in reach], indexing="ij"), -1).reshape(-1, 3)
        inverse = np.linalg.inv(self.multiples)
        corners = grid @ inverse
        cells = grid[np.all((corners > -1e-9) & (corners < 1 - 1e-9), axis=1)]
        copies = (fractional[:, None, :] + cells[None]).reshape(-1, 3) @ inverse
        return np.asarray(copies - np.floor(copies + 1e-9))


@dataclass(frozen=True, eq=False)
class Folded:
    """Sites of a crystal's cell in its primitive cell.

    Attributes
    ----------
    fractional
        Sites of the primitive cell, in its vectors; shape (q, 3).
    number, cells
        Which of them each site is a copy of (n,), and in which primitive cell it lies (n, 3).
    multiples, cell_A
        As in `Primitive`.
    """

    fractional: NDArray[np.float64]
    number: NDArray[np.int64]
    cells: NDArray[np.int64]
    multiples: NDArray[np.int64]
    cell_A: NDArray[np.float64]

    def hops(self, hops: NDArray[np.int64]) -> NDArray[np.int64]:
        """The same hops between sites of the primitive cell; shape (m, 5)."""
        first, last = hops[:, 0], hops[:, 1]
        image = hops[:, 2:5] @ self.multiples + self.cells[last] - self.cells[first]
        return np.column_stack([self.number[first], self.number[last], image])

    def orbits(self, symmetry: Symmetry) -> NDArray[np.int64]:
        """Orbit of each site, numbered in the order of their first sites; shape (n,)."""
        numbers, _ = images_of_sites(self.fractional, self.cell_A, symmetry)
        return np.asarray(orbits_of_sites(numbers)[self.number])


def primitive_of(structure: Structure, tolerance_A: float = SYMMETRY_A) -> Primitive:
    """Find the primitive cell of a crystal, and its symmetry.

    Parameters
    ----------
    structure
        Only its cell, elements and positions count, not charges or moments.
    tolerance_A
        Of spglib, angstrom.
    """
    from pymatgen.core import Structure
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    symbols = [site.specie.symbol for site in structure]
    plain = Structure(structure.lattice, symbols, structure.frac_coords)
    dataset = SpacegroupAnalyzer(plain, symprec=tolerance_A).get_symmetry_dataset()
    multiples = np.round(plain.lattice.matrix @ np.linalg.inv(dataset.primitive_lattice)).astype(np.int64)
    # The primitive vectors of spglib carry rounding of their own; those of the cell do not.
    cell = np.linalg.inv(multiples) @ plain.lattice.matrix
    _, atoms = np.unique(dataset.mapping_to_primitive, return_index=True)
    atoms = np.sort(atoms)
    found = Structure(cell, [symbols[k] for k in atoms], plain.frac_coords[atoms] @ multiples)
    return Primitive(found, cell, multiples, symmetry_of(found, tolerance_A))
