"""Hops in a stack whose ions also have pair energies with their neighbours.

The rate of a hop is that of `kernels.stacks.kernel` times exp(-(E_after - E_before) / 2) with the pair energies E at
both ends. Ions stand in lists by plane and number of neighbours, the level, and are drawn in proportion to the largest
exp(E_before / 2) of their level; what is left for rejection is the surroundings of the target.
"""

from __future__ import annotations

import math

from numba import int64, uint8, uint64

from interfacekit.kernels.compiled import inner, kernel, shared
from interfacekit.kernels.stacks.state import (
    ABOVE,
    BELOW,
    BESIDE,
    BOUND_EXCEEDED,
    CHANGED,
    CODES,
    DERIVE,
    DONE,
    LEVELS,
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
def _level(word):
    """Number of occupied neighbours in a site's byte."""
    return uint64(word & uint8(BESIDE)) + uint64((word & uint8(BELOW)) != 0) + uint64((word & uint8(ABOVE)) != 0)


@inner
def _relist(stack, state, p, a, before, after):
    """Move a site from the list of one level to that of another, over those between them; vacancies come last."""
    base = p * stack.shape[0] * stack.shape[1]
    level = before
    while level < after:
        state.first[p, level + uint64(1)] -= 1
        exchange(state, base, a, uint64(state.order[base + uint64(state.first[p, level + uint64(1)])]))
        level += uint64(1)
    while level > after:
        exchange(state, base, a, uint64(state.order[base + uint64(state.first[p, level])]))
        state.first[p, level] += 1
        level -= uint64(1)


@inner
def _neighbour(stack, state, p, a, k):
    """The site in one of six directions, and what an ion here adds to its byte; P where there is none."""
    nx = stack.shape[0]
    M = nx * stack.shape[1]
    P = uint64(state.ions.size)
    if k == uint64(0):
        b = a + uint64(1)
        return p, b - nx if b % nx == uint64(0) else b, 1
    if k == uint64(1):
        return p, a + nx - uint64(1) if a % nx == uint64(0) else a - uint64(1), 1
    if k == uint64(2):
        return p, a + nx if a + nx < M else a + nx - M, 1
    if k == uint64(3):
        return p, a - nx if a >= nx else a + M - nx, 1
    if k == uint64(4):
        return p + uint64(1), a, BELOW
    return p - uint64(1) if p > uint64(0) else P, a, ABOVE


@inner
def _move(stack, state, origin, a, target, b):
    """Take an ion from one site and put it on another, either perhaps in a reservoir, and tell all neighbours."""
    P = uint64(state.ions.size)
    M = stack.shape[0] * stack.shape[1]
    for step in range(2):
        p, site = (origin, a) if step == 0 else (target, b)
        if p >= P:
            continue
        i = p * M + site
        level = _level(state.site[i])
        sign = 2 * step - 1
        state.ions[p] += sign
        state.site[i] ^= uint8(OCCUPIED)
        vacant = uint64(LEVELS)
        _relist(stack, state, p, site, level if step == 0 else vacant, vacant if step == 0 else level)
        for k in range(uint64(6)):
            q, c, what = _neighbour(stack, state, p, site, k)
            if q >= P:
                continue
            before = state.site[q * M + c]
            after = uint8(int64(before) + sign * what)
            state.site[q * M + c] = after
            if before >= uint8(OCCUPIED):
                _relist(stack, state, q, c, _level(before), _level(after))


@inner
def _readiness(stack, state, p):
    """Sum over the ions of a plane of the largest factor with which ions of their level leave."""
    weight = 0.0
    for level in range(uint64(LEVELS)):
        n = state.first[p, level + uint64(1)] - state.first[p, level]
        weight += float(n) * stack.most_leave[p, level]
    return weight


@inner
def _weigh(stack, state, low, high):
    """Put the bounds of planes from `low` to `high` and of all gaps at them into the trees."""
    P = uint64(state.ions.size)
    last = uint64(state.factor.size) - uint64(1)
    for p in range(low, high + uint64(1)):
        ready = _readiness(stack, state, p)
        state.ready[p] = ready
        plant(state.tree, last, p, 4.0 * stack.in_plane_rate[p] * stack.most_enter[p] * ready)
    for g in range(low, high + uint64(2)):
        below = 0.0 if g == uint64(0) else state.ready[g - uint64(1)]
        above = 0.0 if g == P else state.ready[g]
        if g == uint64(0):
            below = reservoir_weights(stack, state, g, float(stack.shape[0] * stack.shape[1]))[0]
            above *= 1.0 - stack.filling[0]
        if g == P:
            above = reservoir_weights(stack, state, g, float(stack.shape[0] * stack.shape[1]))[1]
            below *= 1.0 - stack.filling[1]
        row = uint64(2) * stack.kind[g]
        plant(state.tree, row, stack.leaf[g], state.up[g] * below)
        plant(state.tree, row + uint64(1), stack.leaf[g], state.down[g] * above)


@inner
def _choose_ion(stack, state, p, u):
    """Draw an ion of a plane by its level; return its site in the plane and the factor of the level."""
    base = p * stack.shape[0] * stack.shape[1]
    r = (1.0 - u) * state.ready[p]
    for level in range(uint64(LEVELS)):
        n = uint64(state.first[p, level + uint64(1)] - state.first[p, level])
        one = stack.most_leave[p, level]
        weight = float(n) * one
        if r < weight:
            place = min(uint64(r / one), n - uint64(1))
            return uint64(state.order[base + uint64(state.first[p, level]) + place]), one
        r -= weight
    return uint64(0), 0.0  # rounding


@inner
def _try_in_plane(stack, state, p, check):
    """Attempt a hop of an ion to one of the four sites beside it; return its site, the target and a status."""
    M = stack.shape[0] * stack.shape[1]
    a, one = _choose_ion(stack, state, p, draw(state))
    if not one > 0.0:
        return a, a, DONE
    b = _neighbour(stack, state, p, a, index(draw(state), uint64(4)))[1]
    word = state.site[p * M + b]
    if word >= uint8(OCCUPIED):
        return a, b, DONE
    before = uint64(state.site[p * M + a] & uint8(CODES - 1))
    # The hopping ion is itself a neighbour of its target.
    after = uint64(word & uint8(CODES - 1)) - uint64(1)
    change = stack.energy[p, after] - stack.energy[p, before]
    barrier = stack.in_plane_barrier[p]
    accepted = stack.leave[p, before] * stack.enter[p, after] / (one * stack.most_enter[p])
    if abs(change) > 2.0 * barrier:
        accepted *= math.exp(barrier + 0.5 * change - activation(barrier, change))
    if check and not accepted <= 1.0 + 1e-9:
        return a, b, BOUND_EXCEEDED
    return a, b, CHANGED if draw(state) <= accepted else DONE


@inner
def _try_crossing(stack, state, g, upwards, factor, check):
    """Attempt to cross a gap; return the site in its plane and a status."""
    P = uint64(state.ions.size)
    M = stack.shape[0] * stack.shape[1]
    origin = g - uint64(1) if upwards else g  # one below the first wraps to the largest number
    target = g if upwards else g - uint64(1)
    change, pairs, one = 0.0, 1.0, 1.0
    if origin >= P:
        vacancies = M - uint64(state.ions[target])
        if vacancies == uint64(0):
            return uint64(0), DONE
        a = uint64(state.order[target * M + uint64(state.ions[target]) + index(draw(state), vacancies)])
    else:
        a, one = _choose_ion(stack, state, origin, draw(state))
        if not one > 0.0:
            return a, DONE
        before = uint64(state.site[origin * M + a] & uint8(CODES - 1))
        change -= stack.energy[origin, before]
        pairs *= stack.leave[origin, before]
    if target < P:
        word = state.site[target * M + a]
        if word >= uint8(OCCUPIED):
            return a, DONE
        # The hopping ion is itself a neighbour of its target, unless it comes from a reservoir.
        facing = uint8(BELOW) if upwards else uint8(ABOVE)
        after = uint64(word & uint8(CODES - 1) & (uint8(0xFF) ^ facing))
        change += stack.energy[target, after]
        pairs *= stack.enter[target, after]
    drive = 2.0 * (state.x[g] + stack.q[stack.kind[g]] * (state.field[0] - state.field[1]))
    change += stack.self[g] + (-drive if upwards else drive)
    rate = state.up[g] if upwards else state.down[g]
    accepted = pairs / (one * stack.most_enter[P + uint64(1) + g])
    if check or rate >= stack.cap[g] or abs(change) > 2.0 * stack.barrier[g]:
        accepted = stack.frequency[g] * math.exp(-activation(stack.barrier[g], change)) / (rate * factor * one)
    if check and not accepted <= 1.0 + 1e-9:
        return a, BOUND_EXCEEDED
    return a, CHANGED if draw(state) <= accepted else DONE


@shared
def derive(stack, state):
    """Derive everything but the sites from the whole numbers; as `kernels.stacks.kernel.derive`."""
    common_factors(stack, state)
    state.field[1] = state.field[0]
    common_factors(stack, state)
    for g in range(uint64(state.crossed.size)):
        bound_rates(stack, state, g)
    _weigh(stack, state, uint64(0), uint64(state.ions.size) - uint64(1))


@inner
def _attempt(stack, state, r, check):
    """Attempt one hop, r being uniform from 0 to the total of all bounds, and bring these up to date if it is made."""
    P = uint64(state.ions.size)
    row, where, weight, _ = choose(stack, state, r)
    if not weight > 0.0:
        return DONE
    within = row == uint64(state.factor.size) - uint64(1)
    upwards = (row & uint64(1)) == uint64(0)
    if within:
        origin, target = where, where
        a, b, status = _try_in_plane(stack, state, where, check)
    else:
        origin = where - uint64(1) if upwards else where
        target = where if upwards else where - uint64(1)
        a, status = _try_crossing(stack, state, where, upwards, state.factor[row], check)
        b = a
    if status != CHANGED:
        return status
    if within:
        state.clock[0] -= math.log(state.clock[1]) / state.total[0]
        state.in_plane[where] += 1
    else:
        count_crossing(stack, state, where, upwards)
    _move(stack, state, origin, a, target, b)
    if not within:
        if not common_factors(stack, state):
            return DERIVE
        for g in range(where - uint64(1) if where > uint64(0) else where, min(where + uint64(2), P + uint64(1))):
            if g == where or stack.repulsion[min(g, where)] != 0.0:
                bound_rates(stack, state, g)
    reach = uint64(1) if within else uint64(2)
    low = where - reach if where >= reach else uint64(0)
    _weigh(stack, state, low, min(where + uint64(1), P - uint64(1)))
    return CHANGED


@inner
def _sample(stack, state, record, cursor, interval):
    """Close an interval."""
    s, M = uint64(cursor[0]), stack.shape[0] * stack.shape[1]
    close_interval(state, record, s, interval)
    for p in range(uint64(state.ions.size)):
        free = 0.0
        for a in range(M):
            there = state.site[p * M + a]
            if there < uint8(OCCUPIED):
                free += stack.enter[p, uint64(there)] ** 2
        record.free[s, p] = free / float(M)
    cursor[0] += 1


@kernel
def advance(stack, state, record, cursor, interval, stop, budget, check):
    """Attempt hops until a sample, or for a number of attempts; as `kernels.stacks.kernel.advance`."""
    if state.total[0] < 0.0:
        derive(stack, state)
        state.total[0] = 0.0
    left = int64(budget)
    while cursor[0] < stop and left > 0:
        left -= 1
        if not begin_attempt(stack, state, interval):
            _sample(stack, state, record, cursor, interval)
            continue
        status = _attempt(stack, state, (1.0 - draw(state)) * state.total[0], check)
        if status == BOUND_EXCEEDED:
            return BOUND_EXCEEDED
        if status == DERIVE:
            derive(stack, state)
        if status != DONE:
            state.total[0] = 0.0
    return DONE
