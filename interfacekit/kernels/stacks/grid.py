"""Hops in a stack of planes between two reservoirs, with the planar electrostatic potential exact at every hop.

Planes p = 0 ... P-1 of nx x ny sites each, periodic within the plane; gap g = 0 ... P lies below plane g, and the
outermost gaps lead to reservoirs of constant filling. With J the net number of ions that have crossed each gap upwards,
an ion that crosses gap g upwards gains (in kT, at the mid-point: before and after count half each)

    dE_g = -2 (x_g + q_g (D - D_ref)) + self_g,    x_g = offset_g - step_g J_g + q_g D_ref + r N(g-1) - r N(g),

and one that crosses it downwards -dE_g + 2 self_g. `self_g` is what the ion's own charge adds, N the ions of a plane, r
the repulsion within a plane. D is the part of the displacement field that all gaps share: with both ends at fixed
potentials each crossing shifts it, which multiplies the rates of all gaps of one elastance (a *kind*) by one factor. J
and its sums over kinds are whole numbers, so that nothing drifts.

Rates are nu exp(-max(Eb + dE/2, dE, 0)). The bound of a gap, nu exp(-Eb - dE/2) times the most that pair energies can
add, and at most nu e^SLACK, factorises into a part of the gap and one of its kind. Gaps are drawn by binary trees of
their parts, one for each kind and direction; within a gap the rarer of ions before it and vacancies behind it are drawn
from lists. Hops within planes have constant bounds and are drawn from an alias table of planes and then by bond. With
pair energies `kernels.stacks.pairs` draws ions by their neighbours instead.

The clock is exponential per attempt: a product of uniform numbers falls below exp(-rate * time left) when the interval
ends, and its logarithm is taken only when the total rate changes.
"""

from __future__ import annotations

import math

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
    reservoir_weights,
)


@inner
def _weigh(stack, state, g):
    """Put the bounds of a gap into the trees of its kind: one ion's times the rarer of ions and vacancies."""
    M = int64(stack.shape[0] * stack.shape[1])
    if g == uint64(0) or g == uint64(state.ions.size):
        up, down = reservoir_weights(stack, state, g)
    else:
        below, above = state.ions[g - uint64(1)], state.ions[g]
        up, down = float(min(below, M - above)), float(min(above, M - below))
    row = uint64(2) * stack.kind[g]
    plant(state.tree, row, stack.leaf[g], state.up[g] * up)
    plant(state.tree, row + uint64(1), stack.leaf[g], state.down[g] * down)


@shared
def derive(stack, state):
    """Derive everything but the sites from the whole numbers, with the shared field as its own reference.

    Parameters
    ----------
    stack : StackArrays
    state : StackState
        Its `ions`, `first`, `crossed` and `by_kind` are read, and its rates, trees and factors written.
    """
    common_factors(stack, state)
    state.field[1] = state.field[0]
    common_factors(stack, state)
    for g in range(uint64(state.crossed.size)):
        bound_rates(stack, state, g)
        _weigh(stack, state, g)


@inner
def _in_plane_hop(stack, state, u):
    """Draw a bond within a plane; if one of its ends is occupied, the ion hops to the other."""
    n_planes = uint64(state.ions.size)
    y = u * float(n_planes)
    p = min(uint64(y), n_planes - uint64(1))
    if y - float(p) >= stack.threshold[p]:
        p = stack.alias[p]
    nx = stack.shape[0]
    M = nx * stack.shape[1]
    bond = index(draw(state), uint64(2) * M)
    a = bond >> uint64(1)
    if bond & uint64(1):
        b = a + nx if a + nx < M else a + nx - M
    else:
        b = a + uint64(1)
        if b % nx == uint64(0):
            b -= nx
    base = p * M
    if (state.site[base + a] ^ state.site[base + b]) >= uint8(OCCUPIED):
        exchange(state, base, a, b)
        state.site[base + a] ^= uint8(OCCUPIED)
        state.site[base + b] ^= uint8(OCCUPIED)
        state.in_plane[p] += 1


@inner
def _choose_site(stack, state, g, upwards):
    """Draw an ion that may cross a gap from the shorter list; return its site in the plane and whether it can."""
    P = uint64(state.ions.size)
    M = stack.shape[0] * stack.shape[1]
    origin = g - uint64(1) if upwards else g
    target = g if upwards else g - uint64(1)
    outside_origin = (g == uint64(0)) if upwards else (g == P)
    outside_target = (g == P) if upwards else (g == uint64(0))
    u = draw(state)
    ions = uint64(0) if outside_origin else uint64(state.ions[origin])
    vacancies = uint64(0) if outside_target else M - uint64(state.ions[target])
    if outside_origin or (not outside_target and vacancies < ions):
        if vacancies == uint64(0):
            return uint64(0), False
        place = uint64(state.ions[target]) + index(u, vacancies)
        a = uint64(state.order[target * M + place])
        return a, outside_origin or state.site[origin * M + a] >= uint8(OCCUPIED)
    if ions == uint64(0):
        return uint64(0), False
    a = uint64(state.order[origin * M + index(u, ions)])
    return a, outside_target or state.site[target * M + a] < uint8(OCCUPIED)


@inner
def _add(stack, state, p, a):
    """Put an ion on a site."""
    base = p * stack.shape[0] * stack.shape[1]
    exchange(state, base, a, uint64(state.order[base + uint64(state.ions[p])]))
    state.ions[p] += 1
    state.site[base + a] = uint8(OCCUPIED)


@inner
def _remove(stack, state, p, a):
    """Take an ion from a site."""
    base = p * stack.shape[0] * stack.shape[1]
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
    a, possible = _choose_site(stack, state, g, upwards)
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
    if origin < P:  # one below the first wraps to the largest number
        _remove(stack, state, origin, a)
    if target < P:
        _add(stack, state, target, a)
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
    s, M = uint64(cursor[0]), float(stack.shape[0] * stack.shape[1])
    close_interval(state, record, s, interval)
    for p in range(uint64(state.ions.size)):
        record.free[s, p] = 1.0 - float(state.ions[p]) / M
    cursor[0] += 1


@kernel
def advance(stack, state, record, cursor, interval, stop, budget, check):
    """Attempt hops until a sample, or for a number of attempts.

    Parameters
    ----------
    stack : StackArrays
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
