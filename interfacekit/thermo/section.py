"""Cuts through a hull: the part of each facet that lies in the mixtures of three compositions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.thermo.hull import AMOUNT_TOLERANCE
from interfacekit.thermo.lithium import lithium_axis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.thermo.hull import Hull
    from interfacekit.thermo.lithium import System


@dataclass(frozen=True, eq=False)
class Cut:
    """One facet's part of a triangle of mixtures.

    Attributes
    ----------
    phases
        Indices of the facet's phases, shape (d,).
    shares
        Atoms held by each phase at the three corners of the triangle, shape (d, 3): linear over the triangle.
    corners
        Corners of the part in order around it, as fractions of the three, shape (n, 3).
    """

    phases: NDArray[np.intp]
    shares: NDArray[np.float64]
    corners: NDArray[np.float64]


def section(hull: Hull, ends: NDArray[np.float64]) -> Iterator[Cut]:
    """Cut a triangle of compositions (rows of `ends`, shape (3, d)) by each facet that it meets.

    Amounts of a facet's phases are linear over the triangle, and none may be negative.
    """
    phases = hull.compositions[hull.facets]
    right = np.broadcast_to(ends.T, (len(phases), *ends.T.shape))
    shares = np.linalg.solve(np.swapaxes(phases, 1, 2), right) * phases.sum(axis=2)[..., None]
    for f in np.flatnonzero((shares.max(axis=2) >= -AMOUNT_TOLERANCE).all(axis=1)):
        corners = _clipped(shares[f])
        if len(corners) >= 3:
            yield Cut(phases=hull.facets[f], shares=shares[f], corners=corners)


def _clipped(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part of the triangle where all linear functions `shares @ corner` (d of them) are non-negative, (n, 3)."""
    polygon = np.eye(3)
    for function in shares:
        if not len(polygon):
            break
        values = polygon @ function
        values[np.abs(values) < AMOUNT_TOLERANCE] = 0.0
        kept: list[NDArray[np.float64]] = []
        for i, value in enumerate(values):
            following = (i + 1) % len(polygon)
            if value >= 0:
                kept.append(polygon[i])
            if value * values[following] < 0:
                part = value / (value - values[following])
                kept.append((1 - part) * polygon[i] + part * polygon[following])
        polygon = np.array(kept).reshape(-1, 3)
    return polygon


def polygon_area(corners: NDArray[np.float64]) -> float:
    """Share of the triangle that a polygon of corners (n, 3) covers."""
    if len(corners) < 3:
        return 0.0
    a, b = corners[:, 0], corners[:, 1]
    return float(abs(np.dot(a, np.roll(b, -1)) - np.dot(b, np.roll(a, -1))))


def section_table(surroundings: System) -> EntryTable:
    """The entries that a pair's mixtures with any amount of Li can be made of, and the elements.

    Those mixtures are a plane through the closed hull; what coexists at a voltage coexists on a facet that the plane
    meets. The diagrams at many voltages need no other entry, and are built several times faster without.
    """
    hull = surroundings.hull
    axis = lithium_axis(hull)
    bare = np.array([surroundings.vector(phase) * (1 - axis) for phase in surroundings.phases])
    ends = np.array([*(bare / bare.sum(axis=1, keepdims=True)), axis])
    met = sorted({int(i) for cut in section(hull, ends) for i in cut.phases})
    return surroundings.table.only(hull.compositions[met])
