"""Slices of a layer: as thin as can be such that every hop stays in its slice or leads to the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Sites whose heights differ by less are in one slice, wherever else hops lead.
FLAT_A = 0.3
#: A slice with fewer sites, as a share of the mean, is none of its own: a charge would empty or fill it.
SPARSE = 0.5


def slices_of(
    heights_A: NDArray[np.float64],
    pairs: NDArray[np.int64],
    *,
    first_holds: NDArray[np.int64],
    last_holds: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Slice of each site, from 0.

    A slice ends where the highest site is that a hop from the slice before leads to. Slices of a crystal whose hops
    lead from one plane of sites to the next are these planes. Slices with far fewer sites than others join those beside
    them.

    Parameters
    ----------
    heights_A
        Of the sites; shape (n,).
    pairs
        Sites that hops join, in their first two columns; shape (L, >= 2).
    first_holds, last_holds
        Sites that must be in the first slice, and in the last one, as hops of a contact lead there.

    Returns
    -------
    ndarray, shape (n,)
    """
    n = len(heights_A)
    low, high = np.sort(heights_A[pairs[:, :2]], axis=1).T if len(pairs) else (np.zeros(0), np.zeros(0))
    found = np.full(n, -1)
    end = max([heights_A.min(), *heights_A[first_holds]]) + FLAT_A
    number = 0
    while True:
        inside = (found < 0) & (heights_A <= end)
        found[inside] = number
        left = heights_A[found < 0]
        if not len(left):
            break
        led = high[low <= end]
        end = max(left.min(), led.max(initial=-np.inf)) + FLAT_A
        number += 1
    if len(last_holds):
        lowest = int(found[last_holds].min())
        found[found > lowest] = lowest
    return _without_sparse(found)


def _without_sparse(slices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join slices that hold too few sites with the smaller one beside them."""
    slices = slices.copy()
    while True:
        counts = np.bincount(slices)
        smallest = int(np.argmin(counts))
        if counts[smallest] >= SPARSE * counts.mean():
            return slices
        beside = [s for s in (smallest - 1, smallest + 1) if 0 <= s < len(counts)]
        upper = max(smallest, min(beside, key=lambda s: counts[s]))
        slices[slices >= upper] -= 1


def thicknesses_A(heights_A: NDArray[np.float64], slices: NDArray[np.int64], thickness_A: float) -> NDArray[np.float64]:
    """What each slice stands for: from the middle of the gap below it to that of the gap above."""
    count = int(slices.max()) + 1
    bottom = np.array([heights_A[slices == s].min() for s in range(count)])
    top = np.array([heights_A[slices == s].max() for s in range(count)])
    edges = np.concatenate([[0.0], (top[:-1] + bottom[1:]) / 2, [thickness_A]])
    return np.diff(edges)
