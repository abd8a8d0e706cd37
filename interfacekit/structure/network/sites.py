"""Where else in a crystal the mobile ion could sit: the gaps between the atoms that bind it.

A gap is a point as far as can be from all anions around: a vertex of their Voronoi diagram, the centre of a tetrahedron
or octahedron of them. Gaps that are too small or too wide, too near a framework cation, or too near another site are no
sites.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from interfacekit.errors import InputError
from interfacekit.structure.crystals.ions import bond_valences, tetrahedral_radius_A
from interfacekit.structure.network.hops import CATION_A, images_near

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from interfacekit.structure.crystals.ions import Framework
    from interfacekit.structure.crystals.symmetry import Symmetry

#: Least radius of a gap that an ion squeezes into, as a share of its own in a tetrahedron: 0.55 A of
#: Li+, 0.85 of Na+.
#: The tetrahedra through which Li+ is known to pass in LiCoO2, before the layers around it relax, have 0.77 of it.
LEAST_RADIUS_SHARE = 0.75
#: Li+ in a tetrahedron (Shannon's crystal radius), for ions of unknown size.
LITHIUM_RADIUS_A = 0.73
#: Least bond-valence sum of a site, as a share of the ion's charge: in a wider gap an ion leans on one side.
LEAST_VALENCE = 0.6
#: Sites nearer to each other are one: the centres of a tetrahedron and an octahedron with a face in common are farther.
APART_A = 1.2
#: Gaps nearer to each other than this are one gap of an uneven polyhedron.
_MERGING_A = 0.8
#: Voronoi vertices of a crystal are nearer to an atom than this.
_LARGEST_GAP_A = 6.0


def vacant_sites(
    occupied: NDArray[np.float64], cell_A: NDArray[np.float64], around: Framework, symmetry: Symmetry, mobile: str
) -> tuple[NDArray[np.float64], ...]:
    """Find gaps between anions that are free, and large enough.

    Parameters
    ----------
    occupied
        Sites that are taken, fractional; shape (n, 3).
    cell_A
        Cell vectors, rows; angstrom.
    around
        The atoms that do not hop.
    symmetry
        Of the crystal.
    mobile
        Element of the ion, for messages.

    Returns
    -------
    tuple of ndarray
        Orbits of equivalent sites, those of the largest gaps first; fractional, shape (k, 3) each.

    Raises
    ------
    InputError
        If nothing is known to bind the ion.
    """
    anions = around.fractional[around.binds]
    if not len(anions):
        alone = "" if around.symbols else f" (all atoms are {mobile})"
        raise InputError(
            f"vacant sites lie between ions that bind {mobile}, and none is known here{alone}; give their positions "
            "instead"
        )
    own_radius = tetrahedral_radius_A(mobile, around.mobile_charge)
    least_radius = LEAST_RADIUS_SHARE * (LITHIUM_RADIUS_A if own_radius is None else own_radius)
    radii, bonds = around.radii_A[around.binds], around.bond_lengths_A[around.binds]
    found = []
    for point in _merged(_voronoi_vertices(anions, cell_A), cell_A):
        near, numbers = images_near(point @ cell_A, point @ cell_A, anions, cell_A, _LARGEST_GAP_A)
        distances = np.linalg.norm(near - point @ cell_A, axis=1)
        gap = float((distances - radii[numbers]).min(initial=np.inf))
        too_wide = bond_valences(distances, bonds[numbers]).sum() < LEAST_VALENCE * abs(around.mobile_charge)
        if gap > least_radius and not too_wide:
            found.append((gap, point))
    found.sort(key=lambda item: -round(item[0], 3))
    orbits: list[NDArray[np.float64]] = []
    cations = around.fractional[around.repels]
    for _, point in found:
        orbit = _orbit(point, cell_A, symmetry)
        taken = np.concatenate([occupied, *orbits])
        if (
            _distances_A(orbit[0], taken, cell_A).min(initial=np.inf) > APART_A
            and _distances_A(orbit[0], orbit[1:], cell_A).min(initial=np.inf) > APART_A
            and _distances_A(orbit[0], cations, cell_A).min(initial=np.inf) > CATION_A
        ):
            orbits.append(orbit)
    return tuple(orbits)


def check_points(given: ArrayLike) -> NDArray[np.float64]:
    """Return fractional coordinates as an array; shape (k, 3).

    Raises
    ------
    InputError
        If they are none.
    """
    try:
        points = np.array(given, dtype=float).reshape(-1, 3)
    except (TypeError, ValueError):
        points = np.full((1, 3), np.nan)
    if not np.all(np.isfinite(points)):
        raise InputError("vacant sites are three fractional coordinates each, such as [[0, 0, 0.125]]")
    return points


def given_sites(
    points: NDArray[np.float64], occupied: NDArray[np.float64], cell_A: NDArray[np.float64], symmetry: Symmetry
) -> tuple[NDArray[np.float64], ...]:
    """Complete the orbits of sites that the user gives; the other parameters are those of `vacant_sites`.

    Raises
    ------
    InputError
        If one lies on another site.
    """
    orbits: list[NDArray[np.float64]] = []
    for point in points:
        # An orbit that was completed for a site before this one may hold it.
        if orbits and _distances_A(point, np.concatenate(orbits), cell_A).min() < _MERGING_A:
            continue
        orbit = _orbit(point, cell_A, symmetry)
        nearest = float(_distances_A(orbit[0], np.concatenate([occupied, *orbits]), cell_A).min())
        if nearest < _MERGING_A:
            place = ", ".join(f"{x:.3f}" for x in point @ cell_A)
            raise InputError(
                f"the vacant site at {place} A is {nearest:.2f} A from another site; give one that is apart"
            )
        orbits.append(orbit)
    return tuple(orbits)


def _voronoi_vertices(points: NDArray[np.float64], cell_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Voronoi vertices of periodic points in the cell; fractional, shape (k, 3)."""
    from scipy.spatial import Voronoi

    heights = 1 / np.linalg.norm(np.linalg.inv(cell_A), axis=0)
    reach = np.ceil(2 * _LARGEST_GAP_A / heights).astype(int)
    shifts = np.array(list(product(*(range(-n, n + 1) for n in reach))))
    wrapped = points - np.floor(points)
    around = (wrapped[None] + shifts[:, None]).reshape(-1, 3)
    share = 2 * _LARGEST_GAP_A / heights
    near = np.all((around > -share) & (around < 1 + share), axis=1)
    vertices = Voronoi(around[near] @ cell_A).vertices @ np.linalg.inv(cell_A)
    inside = np.all((vertices > -1e-6) & (vertices < 1 - 1e-6), axis=1)
    return np.asarray(vertices[inside])


def _merged(points: NDArray[np.float64], cell_A: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Centres of groups of points that are near each other, images included; fractional."""
    if len(points) < 2:
        return list(points)
    apart = points[:, None] - points[None]
    apart -= np.round(apart)
    distances = np.linalg.norm(apart @ cell_A, axis=2)
    groups = fcluster(linkage(distances[np.triu_indices(len(points), 1)], "average"), _MERGING_A, "distance")
    first = [np.flatnonzero(groups == number)[0] for number in np.unique(groups)]
    return [points[k] - apart[k][groups == groups[k]].mean(axis=0) for k in first]


def _orbit(point: NDArray[np.float64], cell_A: NDArray[np.float64], symmetry: Symmetry) -> NDArray[np.float64]:
    """The equivalent sites of a point, which moves onto a special position near by; the first is its own."""
    for _ in range(3):
        images = symmetry.images(point[None])[:, 0]
        apart = images - point
        apart -= np.round(apart)
        near = np.linalg.norm(apart @ cell_A, axis=1) < _MERGING_A
        point = point + apart[near].mean(axis=0)
    orbit: list[NDArray[np.float64]] = []
    for image in symmetry.images(point[None])[:, 0]:
        if not orbit or _distances_A(image, np.array(orbit), cell_A).min() > 0.05:
            orbit.append(image - np.floor(image + 1e-9))
    return np.array(orbit)


def _distances_A(
    point: NDArray[np.float64], others: NDArray[np.float64], cell_A: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distances of a point from the nearest image of each of others; shape (n,), angstrom."""
    if not len(others):
        return np.zeros(0)
    from pymatgen.core import Lattice

    distances: NDArray[np.float64] = np.asarray(Lattice(cell_A).get_all_distances(point, others))[0]
    return distances
