"""Sections of a hull by the mixtures of three compositions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import ComputationError
from interfacekit.thermo.equilibria.engine import AMOUNT_TOLERANCE, FacetSection

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    #: See `explore`.
    Facet = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.intp], NDArray[np.float64]]]

#: Width of the narrowest section that is searched for, and length of the shortest edge.
_STEP, _SHORTEST_EDGE = 1e-5, 1e-7
#: Places on an edge at which the facet beyond is searched, in turn, until one is not a corner.
_PLACES = (0.5, 0.381966, 0.618034, 0.236068, 0.763932)


def clipped(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners (n, 3) of the part of a triangle where d linear functions `shares @ corner` are non-negative."""
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
    """Area of a polygon of corners (n, 3), as a fraction of the triangle."""
    if len(corners) < 3:
        return 0.0
    a, b = corners[:, 0], corners[:, 1]
    return float(abs(np.dot(a, np.roll(b, -1)) - np.dot(b, np.roll(a, -1))))


def explore(facet: Facet, ends: NDArray[np.float64]) -> list[FacetSection]:
    """Section a triangle of compositions by the facets it intersects, from each section across its edges to the next.

    Parameters
    ----------
    facet
        Function of two compositions: phases of the facet at the first in the direction of the second, shape (d,), and
        their atom fractions, shape (d, d).
    ends
        Atom fractions of the corners, shape (3, d).

    Returns
    -------
    list of FacetSection
        Sections that fill the triangle.

    Raises
    ------
    ComputationError
        If the sections do not fill the triangle.
    """
    corners = np.eye(3)
    sections: list[FacetSection] = []
    known: dict[frozenset[int], FacetSection] = {}
    todo = [(corners[[0, 1]], corners[2])]
    while todo:
        edge, beyond = todo.pop()
        if np.abs(edge[1] - edge[0]).max() < _SHORTEST_EDGE:
            continue
        for place in _PLACES:
            at = (1 - place) * edge[0] + place * edge[1]
            near = at + _STEP * (beyond - at)
            section = next((section for section in sections if (section.shares @ near).min() >= -(_STEP**2)), None)
            if section is None:
                phases, fractions = facet(at @ ends, beyond @ ends)
                # A facet that is narrow here is missed by the test above, and must not be sectioned again.
                section = known.get(frozenset(phases.tolist()))
            if section is None:
                shares = np.asarray(np.linalg.solve(fractions.T, ends.T), dtype=np.float64)
                section = FacetSection(phases=phases, shares=shares, corners=clipped(shares))
                if polygon_area(section.corners) < _STEP**2:
                    continue
                sections.append(section)
                known[frozenset(phases.tolist())] = section
                todo += _inner_edges(section.corners)
            low, high = _span(section.shares @ edge[0], section.shares @ edge[1], place)
            todo += [(edge[0] + np.array([[a], [b]]) * (edge[1] - edge[0]), beyond) for a, b in ((0, low), (high, 1))]
            break
    if abs(sum(polygon_area(section.corners) for section in sections) - 1) > _STEP:
        raise ComputationError("the phase fields do not fill the triangle; try engine='pymatgen'")
    return sections


def _inner_edges(polygon: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Edges of a polygon inside the triangle, each with the corner of the triangle that is farthest beyond it."""
    inside = polygon.mean(axis=0)
    edges = []
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        # Barycentric coordinates: the sign of the determinant with a point is its side of the edge.
        normal = np.cross(start, end)
        sides = normal * np.sign(normal @ inside)
        if sides.min() < -(_STEP**2):
            edges.append((np.array([start, end]), np.eye(3)[np.argmin(sides)]))
    return edges


def _span(start: NDArray[np.float64], end: NDArray[np.float64], inside: float) -> tuple[float, float]:
    """Interval of an edge around `inside` in which no linear function, given at both ends, is negative."""
    low, high = 0.0, 1.0
    for a, b in zip(start.tolist(), end.tolist(), strict=True):
        if min(a, b) >= -AMOUNT_TOLERANCE:
            continue
        zero = a / (a - b)
        low, high = (max(low, min(zero, inside)), high) if a < b else (low, min(high, max(zero, inside)))
    return low, high
