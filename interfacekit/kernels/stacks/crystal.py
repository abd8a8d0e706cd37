"""Hops in a stack of slices of crystals: planes as in `kernels.stacks.grid`, whose sites are linked as in a network.

Energies, fields, bounds and the clock are those of `kernels.stacks.grid`. Slice p has C cells of the same sites, site k
of cell c being number k C + c. A pair of sites hops with a constant share w of the frequency of its gap, so that all
rates of a gap rise and fall together, and the bound of one gap and direction is

    min(N(origin) W, V(target) W') * bound of a pair with the share 1,

with N ions, V vacancies, and the largest sum W of the shares of the pairs of one site below, or W' above. An ion (or a
vacancy) is drawn from the list of its slice, then one of its pairs by its share, or none. Hops within slices have
constant rates: their pairs are drawn from an alias table, and then the cell.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from numba import int64, uint8, uint64

from interfacekit.kernels.compiled import inner, kernel, shared
from interfacekit.kernels.stacks.state import (
    BOUND_EXCEEDED,
    CHANGED,
    DERIVE,
    DONE,
    OCCUPIED,
    activation,
    begin_attempt,
    bound_rates,
    choose,
    close_interval,
    common_factors,
    count_crossing,
    draw,
    exchange,
    index,
    plant,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
def _sites(stack, p):
    """Number of sites of a slice."""
    return int64(stack.base[p + uint64(1)] - stack.base[p])


@inner
def _weigh(stack, state, g):
    """Put the bounds of a gap into the trees of its kind."""
    P = uint64(state.ions.size)
    if g == uint64(0):
        ions, M = float(state.ions[g]), float(_sites(stack, g))
        up, down = stack.filling[0] * (M - ions), (1.0 - stack.filling[0]) * ions
    elif g == P:
        ions, M = float(state.ions[g - uint64(1)]), float(_sites(stack, g - uint64(1)))
        up, down = (1.0 - stack.filling[1]) * ions, stack.filling[1] * (M - ions)
    else:
        below, above = state.ions[g - uint64(1)], state.ions[g]
        free_below, free_above = _sites(stack, g - uint64(1)) - below, _sites(stack, g) - above
        up = min(float(below) * stack.most_up[g], float(free_above) * stack.most_down[g])
        down = min(float(above) * stack.most_down[g], float(free_below) * stack.most_up[g])
    row = uint64(2) * stack.kind[g]
    plant(state.tree, row, stack.leaf[g], state.up[g] * up)
    plant(state.tree, row + uint64(1), stack.leaf[g], state.down[g] * down)


@shared
def derive(stack, state):
    """Derive everything but the sites from the whole numbers, with the shared field as its own reference.

    Parameters
    ----------
    stack : NetworkStackArrays
    state : StackState
        Its `ions`, `crossed` and `by_kind` are read, and its rates, trees and factors written.
    """
    common_factors(stack, state)
    state.field[1] = state.field[0]
    common_factors(stack, state)
    for g in range(uint64(state.crossed.size)):
        bound_rates(stack, state, g)
        _weigh(stack, state, g)


@inner
def _in_plane_hop(stack, state, u):
    """Draw a pair within a slice; if one of its sites is occupied, the ion hops to the other."""
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
    if (state.site[base + a] ^ state.site[base + b]) >= uint8(OCCUPIED):
        exchange(state, base, a, b)
        state.site[base + a] ^= uint8(OCCUPIED)
        state.site[base + b] ^= uint8(OCCUPIED)
        state.in_plane[p] += 1


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


@inner
def _choose_sites(stack, state, g, upwards):
    """Draw an ion that may cross a gap, or a vacancy; return the sites of both ends and whether the hop is possible."""
    P = uint64(state.ions.size)
    origin = g - uint64(1) if upwards else g
    target = g if upwards else g - uint64(1)
    outside_origin, outside_target = origin >= P, target >= P  # one below the first wraps to the largest number
    ions = uint64(0) if outside_origin else uint64(state.ions[origin])
    vacancies = uint64(0) if outside_target else uint64(_sites(stack, target) - state.ions[target])
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


@inner
def _add(stack, state, p, a):
    """Put an ion on a site."""
    base = stack.base[p]
    exchange(state, base, a, uint64(state.order[base + uint64(state.ions[p])]))
    state.ions[p] += 1
    state.site[base + a] = uint8(OCCUPIED)


@inner
def _remove(stack, state, p, a):
    """Take an ion from a site."""
    base = stack.base[p]
    state.ions[p] -= 1
    exchange(state, base, a, uint64(state.order[base + uint64(state.ions[p])]))
    state.site[base + a] = uint8(0)


@inner
def _crossing(stack, state, r, check):
    """Attempt to cross a gap."""
    row, g, weight, _ = choose(stack, state, r)
    if not weight > 0.0:
        return DONE
    upwards = (row & uint64(1)) == uint64(0)
    a, b, possible = _choose_sites(stack, state, g, upwards)
    if not possible:
        return DONE
    drive = 2.0 * (state.x[g] + stack.q[stack.kind[g]] * (state.field[0] - state.field[1]))
    change = stack.self[g] + (-drive if upwards else drive)
    one = state.up[g] if upwards else state.down[g]
    # Wherever the bound is cut, the hop goes down by more than twice its barrier.
    if check or abs(change) > 2.0 * stack.barrier[g]:
        accepted = stack.frequency[g] * math.exp(-activation(stack.barrier[g], change)) / (one * state.factor[row])
        if check and not accepted <= 1.0 + 1e-9:
            return BOUND_EXCEEDED
        if accepted < 1.0 - 1e-9 and draw(state) > accepted:
            return DONE
    count_crossing(stack, state, g, upwards)
    P = uint64(state.ions.size)
    origin = g - uint64(1) if upwards else g
    target = g if upwards else g - uint64(1)
    if origin < P:
        _remove(stack, state, origin, a)
    if target < P:
        _add(stack, state, target, b)
    if not common_factors(stack, state):
        return DERIVE
    for near in range(g - uint64(1) if g > uint64(0) else g, g + uint64(2) if g < P else g + uint64(1)):
        if near == g or stack.repulsion[min(g, near)] != 0.0:
            bound_rates(stack, state, near)
        _weigh(stack, state, near)
    return CHANGED


@inner
def _sample(stack, state, record, cursor, interval):
    """Close an interval."""
    s = uint64(cursor[0])
    close_interval(state, record, s, interval)
    for p in range(uint64(state.ions.size)):
        record.free[s, p] = 1.0 - float(state.ions[p]) / float(_sites(stack, p))
    cursor[0] += 1


@kernel
def advance(stack, state, record, cursor, interval, stop, budget, check):
    """Attempt hops until a sample, or for a number of attempts.

    Parameters
    ----------
    stack : NetworkStackArrays
    state : StackState
        Updated in place.
    record : StackRecord
    cursor : int64[1]
        The next sample; updated.
    interval : float
        Time between samples, s.
    stop : int
        Return before the interval of this sample is begun.
    budget : int
        Attempts to make at most in this call.
    check : bool
        Stop with `BOUND_EXCEEDED` where a rate is above its bound.

    Returns
    -------
    int
        `DONE` or `BOUND_EXCEEDED`.
    """
    if state.total[0] < 0.0:
        derive(stack, state)
        state.total[0] = 0.0
    left = int64(budget)
    while cursor[0] < stop and left > 0:
        left -= 1
        if not begin_attempt(stack, state, interval):
            _sample(stack, state, record, cursor, interval)
            continue
        r = (1.0 - draw(state)) * state.total[0]
        if r < stack.in_plane_total:
            _in_plane_hop(stack, state, r / stack.in_plane_total)
            continue
        status = _crossing(stack, state, r - stack.in_plane_total, check)
        if status == BOUND_EXCEEDED:
            return BOUND_EXCEEDED
        if status == DERIVE:
            derive(stack, state)
        if status != DONE:
            state.total[0] = 0.0
    return DONE
