"""Stacks of slices of crystals, whose sites are linked as in a network, for `kernels.stacks.kernel`.

Slice p has C cells of the same sites, site k
of cell c being number k C + c. A pair of sites hops with a constant share w of the frequency of its gap, so that all
rates of a gap rise and fall together, and the bound of one gap and direction is

    min(N(origin) W, V(target) W') * bound of a pair with the share 1,

with N ions, V vacancies, and the largest sum W of the shares of the pairs of one site below, or W' above. An ion (or a
vacancy) is drawn from the list of its slice, then one of its pairs by its share, or none. Hops within slices have
constant rates: their pairs are drawn from an alias table, and then the cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from numba import int64, uint8, uint64

from interfacekit.kernels.compiled import inner
from interfacekit.kernels.stacks.kernel import (
    advance,
    choose_sites,
    in_plane_hop,
    plane_of,
    swap,
    weights_between,
)
from interfacekit.kernels.stacks.state import OCCUPIED, draw, index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


__all__ = ["NetworkStackArrays", "advance"]


class NetworkStackArrays(NamedTuple):
    """What does not change: P slices, G = P + 1 gaps, K kinds, S sites of a cell, L pairs within slices, C cells.

    Names that `kernels.stacks.state.StackArrays` has too mean the same.
    """

    cells: int  # C
    base: NDArray[np.uint64]  # (P + 1,): where the sites of each slice begin
    first_site: NDArray[np.uint64]  # (P,): number of its first site in the cell
    moved: NDArray[np.uint64]  # (I, C): the cell at each image of a cell
    up_first: NDArray[np.uint64]  # (S + 1,): where the pairs of each site to the next slice begin
    up_site: NDArray[np.uint64]  # the other site, counted in its slice
    up_image: NDArray[np.uint64]
    up_share: NDArray[np.float64]
    down_first: NDArray[np.uint64]  # and to the slice before
    down_site: NDArray[np.uint64]
    down_image: NDArray[np.uint64]
    down_share: NDArray[np.float64]
    most_up: NDArray[np.float64]  # (G,): largest sum of the shares of a site below
    most_down: NDArray[np.float64]  # (G,): and of one above
    frequency: NDArray[np.float64]  # (G,)
    barrier: NDArray[np.float64]  # (G,)
    log_base: NDArray[np.float64]  # (G,)
    log_cap: NDArray[np.float64]  # (G,)
    cap: NDArray[np.float64]  # (G,)
    offset: NDArray[np.float64]  # (G,)
    step: NDArray[np.float64]  # (G,)
    self: NDArray[np.float64]  # (G,)
    repulsion: NDArray[np.float64]  # (P,)
    filling: NDArray[np.float64]  # (2,)
    kind: NDArray[np.uint64]  # (G,)
    leaf: NDArray[np.uint64]  # (G,)
    gap: NDArray[np.uint64]  # (K + 1, leaves)
    q: NDArray[np.float64]  # (K,)
    shift: NDArray[np.float64]  # (K,)
    threshold: NDArray[np.float64]  # (L,): alias table of pairs within slices
    alias: NDArray[np.uint64]  # (L,)
    within_plane: NDArray[np.uint64]  # (L,)
    within_site: NDArray[np.uint64]  # (L,): one site of the pair, counted in its slice
    within_other: NDArray[np.uint64]  # (L,)
    within_image: NDArray[np.uint64]  # (L,)
    in_plane_total: float  # attempts of all pairs within slices; 1/s


@inner
def _sites_of(stack, p):
    """Number of sites of a slice."""
    return int64(stack.base[p + uint64(1)] - stack.base[p])


@plane_of.of(NetworkStackArrays)
def _plane_of(stack, p):
    """The slice with all its cells."""
    return stack.base[p], _sites_of(stack, p)


@weights_between.of(NetworkStackArrays)
def _weights_between(stack, state, g):
    """Ions or vacancies by the largest sum of the shares of one site."""
    below, above = state.ions[g - uint64(1)], state.ions[g]
    free_below, free_above = _sites_of(stack, g - uint64(1)) - below, _sites_of(stack, g) - above
    up = min(float(below) * stack.most_up[g], float(free_above) * stack.most_down[g])
    down = min(float(above) * stack.most_down[g], float(free_below) * stack.most_up[g])
    return up, down


@in_plane_hop.of(NetworkStackArrays)
def _in_plane_hop(stack, state, u):
    """Draw a pair within a slice, and then the cell."""
    L = uint64(stack.threshold.size)
    y = u * float(L)
    pair = min(uint64(y), L - uint64(1))
    if y - float(pair) >= stack.threshold[pair]:
        pair = stack.alias[pair]
    C = uint64(stack.cells)
    cell = index(draw(state), C)
    p = stack.within_plane[pair]
    base = stack.base[p]
    a = stack.within_site[pair] * C + cell
    b = stack.within_other[pair] * C + stack.moved[stack.within_image[pair], cell]
    swap(state, p, base, a, b)


@inner
def _other_end(stack, state, p, a, upwards):
    """Draw a pair of a site by its share, none if what is left to the largest sum is drawn; return its other site."""
    C = uint64(stack.cells)
    k = a // C
    cell = a - k * C
    site = stack.first_site[p] + k
    if upwards:
        y = (1.0 - draw(state)) * stack.most_up[p + uint64(1)]
        for j in range(stack.up_first[site], stack.up_first[site + uint64(1)]):
            y -= stack.up_share[j]
            if y < 0.0:
                return stack.up_site[j] * C + stack.moved[stack.up_image[j], cell], True
    else:
        y = (1.0 - draw(state)) * stack.most_down[p]
        for j in range(stack.down_first[site], stack.down_first[site + uint64(1)]):
            y -= stack.down_share[j]
            if y < 0.0:
                return stack.down_site[j] * C + stack.moved[stack.down_image[j], cell], True
    return uint64(0), False


@choose_sites.of(NetworkStackArrays)
def _choose_sites(stack, state, g, upwards):
    """Draw an ion or a vacancy, whichever lets fewer attempts be in vain, and then one of its pairs."""
    P = uint64(state.ions.size)
    origin = g - uint64(1) if upwards else g
    target = g if upwards else g - uint64(1)
    outside_origin, outside_target = origin >= P, target >= P  # one below the first wraps to the largest number
    ions = uint64(0) if outside_origin else uint64(state.ions[origin])
    vacancies = uint64(0) if outside_target else uint64(_sites_of(stack, target) - state.ions[target])
    most_leave = stack.most_up[g] if upwards else stack.most_down[g]
    most_enter = stack.most_down[g] if upwards else stack.most_up[g]
    a = b = uint64(0)
    found = True
    if outside_origin or (not outside_target and float(vacancies) * most_enter < float(ions) * most_leave):
        if vacancies == uint64(0):
            return a, b, False
        place = uint64(state.ions[target]) + index(draw(state), vacancies)
        b = uint64(state.order[stack.base[target] + place])
        if not outside_origin:
            a, found = _other_end(stack, state, target, b, not upwards)
            found = found and state.site[stack.base[origin] + a] >= uint8(OCCUPIED)
        return a, b, found
    if ions == uint64(0):
        return a, b, False
    a = uint64(state.order[stack.base[origin] + index(draw(state), ions)])
    if not outside_target:
        b, found = _other_end(stack, state, origin, a, upwards)
        found = found and state.site[stack.base[target] + b] < uint8(OCCUPIED)
    return a, b, found
