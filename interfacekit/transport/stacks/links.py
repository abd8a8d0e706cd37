"""Which sites of a stack's planes ions hop between, where these are slices of crystals rather than square grids.

A slice holds the sites of one period in the plane, and hops lead to sites of the same slice or of the next one. All
sites of a slice have one energy, so that the mean field is that of planes; but a current takes the ways that there are.
In linear response ions that only exclude one another obey Kirchhoff's laws on the network of their hops, each with the
conductance of its exchange. The mean electrochemical potentials of two slices differ by what the gap between them
resists, the ways within both slices included.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.cached import PickledFields, read_only
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Slices on either side of a gap that currents spread in; beyond it they do not know of the gap.
SPREADING = 4
#: Conductances that differ by more are as good as none, or endless, to one another.
LARGEST_RATIO = 1e9


@dataclass(frozen=True, eq=False)
class Links(PickledFields):
    """Pairs of sites that ions hop between, L in all, in a cell that is periodic in the plane.

    Attributes
    ----------
    cell_A
        Its vectors, rows; shape (2, 2).
    sites
        How many each plane has in the cell, in which sites are numbered from plane to plane; shape (P,).
    origins, targets
        Sites of each pair, that of the lower plane first; shape (L,).
    images
        Cell in which the target lies, in numbers of the vectors; shape (L, 2).
    frequency_Hz
        Of hops either way, at the barrier of the pair's gap or plane (see `Planes`); shape (L,).
    """

    cell_A: NDArray[np.float64]
    sites: NDArray[np.int64]
    origins: NDArray[np.int64]
    targets: NDArray[np.int64]
    images: NDArray[np.int64]
    frequency_Hz: NDArray[np.float64]

    def __post_init__(self) -> None:
        below, above = self.plane_of_site[self.origins], self.plane_of_site[self.targets]
        if not np.isin(above - below, (0, 1)).all():
            raise InputError("a hop leads past a plane, or downwards; give pairs within a plane or to the next one")

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """Number of each plane's first site, and of all sites; shape (P + 1,)."""
        return read_only(np.concatenate([[0], np.cumsum(self.sites)]))

    @cached_property
    def plane_of_site(self) -> NDArray[np.int64]:
        """Plane of each site of the cell."""
        return read_only(np.repeat(np.arange(len(self.sites)), self.sites))

    @cached_property
    def gap(self) -> NDArray[np.int64]:
        """Gap that each pair lies across, -1 within a plane; shape (L,)."""
        above = self.plane_of_site[self.targets]
        return read_only(np.where(above > self.plane_of_site[self.origins], above, -1))

    @cached_property
    def plane(self) -> NDArray[np.int64]:
        """Plane of each pair within one, -1 across a gap; shape (L,)."""
        return read_only(np.where(self.gap < 0, self.plane_of_site[self.targets], -1))

    @property
    def area_A2(self) -> float:
        """Of the cell."""
        return abs(float(np.linalg.det(self.cell_A)))

    def sums_Hz(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Frequencies of all hops one way in each gap (P + 1,), and of all pairs within each plane (P,)."""
        gap, P = self.gap, len(self.sites)
        across = gap >= 0
        sums = np.zeros(P + 1), np.zeros(P)
        np.add.at(sums[0], gap[across], self.frequency_Hz[across])
        np.add.at(sums[1], self.plane[~across], self.frequency_Hz[~across])
        return sums

    def resistances(self, log_gaps: NDArray[np.float64], log_planes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Differences of the mean potentials of neighbouring planes over a current through the cell.

        The current comes from one reservoir in equal parts to all sites of the first plane, and goes so from the last.

        Parameters
        ----------
        log_gaps, log_planes
            Logarithm of what frequencies are multiplied by to give conductances, in each gap (P + 1,) and plane (P,).

        Returns
        -------
        ndarray, shape (P - 1,)
            Logarithms of the resistances of the inner gaps; infinite where no way leads through.
        """
        count = len(self.sites)
        log_links = np.log(self.frequency_Hz) + np.where(self.gap >= 0, log_gaps[self.gap], log_planes[self.plane])
        return np.array([self._log_resistance(g, log_links) for g in range(1, count)])

    def _log_resistance(self, gap: int, log_links: NDArray[np.float64]) -> float:
        """Of one gap, with as many planes around it as it takes."""
        count, reach = len(self.sites), SPREADING
        while True:
            low, high = max(gap - reach, 0), min(gap + reach, count)
            found = self._log_resistance_within(gap, low, high, log_links)
            if np.isfinite(found) or high - low == count:
                return found
            reach *= 2

    def _log_resistance_within(self, gap: int, low: int, high: int, log_links: NDArray[np.float64]) -> float:
        """With the planes from `low` up to `high`, not included."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        first, plane = self.first, self.plane_of_site
        # A site and its own image have one potential.
        inside = (plane[self.origins] >= low) & (plane[self.targets] < high) & (self.origins != self.targets)
        near = inside & ((self.gap == gap) | (self.plane == gap - 1) | (self.plane == gap))
        if not (self.gap[near] == gap).any():
            return np.inf
        # Resistances of the gap and of the planes beside it may differ; the scale is that of the largest.
        groups = [near & (self.gap == gap), near & (self.plane == gap - 1), near & (self.plane == gap)]
        scale = min(float(log_links[group].max()) for group in groups if group.any())
        limit = np.log(LARGEST_RATIO)
        conductance = np.exp(np.clip(log_links[inside] - scale, -limit, limit))
        a, b = self.origins[inside] - first[low], self.targets[inside] - first[low]
        sites = int(first[high] - first[low])
        ends = plane[first[low] : first[high]]
        pairs = coo_array((conductance, (a, b)), shape=(sites, sites))
        _, component = connected_components(pairs, directed=False)
        through = np.intersect1d(component[ends == low], component[ends == high - 1])
        used = np.isin(component, through)
        if not used.any():
            return np.inf
        number = np.cumsum(used) - 1
        kept = used[a]
        a, b, where = number[a[kept]], number[b[kept]], ends[used]
        potential, current = _between_electrodes(a, b, conductance[kept], where == low, where == high - 1)
        drop = float(potential[where == gap - 1].mean() - potential[where == gap].mean())
        return float(np.log(drop / current) - scale) if drop > 0 else np.inf


def _between_electrodes(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    conductance: NDArray[np.float64],
    first: NDArray[np.bool_],
    last: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], float]:
    """Potentials of nodes (n,), and the current, between electrodes at 1 and 0 that meet some of them at unit links."""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    n = len(first)
    own = first.astype(float) + last
    np.add.at(own, a, conductance)
    np.add.at(own, b, conductance)
    rows, columns = np.concatenate([a, b, np.arange(n)]), np.concatenate([b, a, np.arange(n)])
    values = np.concatenate([-conductance, -conductance, own])
    potential = splu(coo_array((values, (rows, columns)), shape=(n, n)).tocsc()).solve(first.astype(float))
    return potential, float(potential[last].sum())
