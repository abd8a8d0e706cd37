"""Space-group operations of a crystal, and the orbits of sites and hops under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from interfacekit.errors import ComputationError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pymatgen.core import Structure

#: Positions that a symmetry operation brings together agree to this; angstrom.
SYMMETRY_A = 0.01
#: Images of sites are matched to this, which noise in the operations themselves does not exceed; angstrom.
MATCHING_A = 0.1


@dataclass(frozen=True, eq=False)
class Symmetry:
    """The g operations x' = R x + t of a crystal on fractional coordinates.

    Attributes
    ----------
    rotations
        R, whole numbers; shape (g, 3, 3).
    translations
        t, shape (g, 3).
    """

    rotations: NDArray[np.int64]
    translations: NDArray[np.float64]

    def images(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the operations bring points (n, 3); shape (g, n, 3)."""
        return np.asarray(np.einsum("gij,nj->gni", self.rotations, points) + self.translations[:, None, :])


def symmetry_of(structure: Structure, tolerance_A: float = SYMMETRY_A) -> Symmetry:
    """Find the symmetry operations of a crystal that its cell has, too.

    Parameters
    ----------
    structure
        Only its cell, elements and positions count, not charges or moments.
    tolerance_A
        Of spglib, angstrom.
    """
    from pymatgen.core import Structure
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    plain = Structure(structure.lattice, [site.specie.symbol for site in structure], structure.frac_coords)
    found = SpacegroupAnalyzer(plain, symprec=tolerance_A).get_symmetry_operations()
    return Symmetry(
        rotations=np.array([np.round(op.rotation_matrix) for op in found], dtype=np.int64),
        translations=np.array([op.translation_vector for op in found], dtype=np.float64),
    )


def images_of_sites(
    fractional: NDArray[np.float64], cell_A: NDArray[np.float64], symmetry: Symmetry
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Site that each operation brings each site to, and the cell that it lies in.

    Parameters
    ----------
    fractional
        Sites, shape (n, 3); complete under the operations.
    cell_A
        Cell vectors, rows; shape (3, 3), angstrom.
    symmetry
        Of the crystal, g operations.

    Returns
    -------
    ndarray, shape (g, n)
        Numbers of sites.
    ndarray, shape (g, n, 3)
        Cells, in numbers of cell vectors.

    Raises
    ------
    ComputationError
        If an operation brings a site to where there is none.
    """
    moved = symmetry.images(fractional)
    numbers = np.empty(moved.shape[:2], np.int64)
    cells = np.empty(moved.shape, np.int64)
    for g, sites in enumerate(moved):
        apart = sites[:, None, :] - fractional[None, :, :]
        whole = np.round(apart)
        distances = np.linalg.norm((apart - whole) @ cell_A, axis=2)
        numbers[g] = np.argmin(distances, axis=1)
        rows = np.arange(len(fractional))
        worst = float(distances[rows, numbers[g]].max())
        if worst > MATCHING_A:
            raise ComputationError(f"the sites lack the symmetry of their crystal: an image is {worst:.2g} A from any")
        cells[g] = whole[rows, numbers[g]]
    return numbers, cells


def orbits_of_sites(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Orbit of each site, numbered in the order of their first sites; shape (n,)."""
    return _in_order(numbers.min(axis=0))


def orbits_of_hops(
    hops: NDArray[np.int64], symmetry: Symmetry, numbers: NDArray[np.int64], cells: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Orbit of each hop; a hop and its reverse share one.

    Parameters
    ----------
    hops
        Origin, target and the three numbers of the target's cell; shape (m, 5). Complete under the operations, and
        both directions given.
    symmetry
        Of the crystal, g operations.
    numbers, cells
        From `images_of_sites`, shapes (g, n) and (g, n, 3).

    Returns
    -------
    ndarray, shape (m,)
        Numbered in the order of their first hops.

    Raises
    ------
    ComputationError
        If the image of a hop is not among the hops.
    """
    first, last, image = hops[:, 0], hops[:, 1], hops[:, 2:]
    order = np.lexsort(hops.T)
    edges = [_find(np.column_stack([last, first, -image]), hops, order)]
    for rotation, number, cell in zip(symmetry.rotations, numbers, cells, strict=True):
        moved = image @ rotation.T + cell[last] - cell[first]
        edges.append(_find(np.column_stack([number[first], number[last], moved]), hops, order))
    m = len(hops)
    targets = np.concatenate(edges)
    graph = coo_array((np.ones(len(targets), bool), (np.tile(np.arange(m), len(edges)), targets)), shape=(m, m))
    return _in_order(connected_components(graph, directed=False)[1])


def _find(wanted: NDArray[np.int64], hops: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each wanted row stands among the hops, which `order` sorts."""
    found = np.empty(len(hops), np.int64)
    by_row = np.lexsort(wanted.T)
    found[by_row] = order
    if not np.array_equal(hops[found], wanted):
        raise ComputationError("the hops lack the symmetry of their crystal: the image of one is not among them")
    return found


def _in_order(labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Number labels anew, in the order in which they come."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)
