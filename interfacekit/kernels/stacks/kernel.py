"""The kernel of stacks without pair energies: hops across gaps and within planes, whatever their planes are.

Planes p = 0 ... P-1 stand between two reservoirs; gap g = 0 ... P lies below plane g, and the outermost gaps lead to
the reservoirs, of constant filling. With J the net number of ions that have crossed each gap upwards, an ion that
crosses gap g upwards gains (in kT, at the mid-point: before and after count half each)

    dE_g = -2 (x_g + q_g (D - D_ref)) + self_g,    x_g = offset_g - step_g J_g + q_g D_ref + r N(g-1) - r N(g),

and one that crosses it downwards -dE_g + 2 self_g. `self_g` is what the ion's own charge adds, N the ions of a plane, r
the repulsion within a plane. D is the part of the displacement field that all gaps share: with both ends at fixed
potentials each crossing shifts it, which multiplies the rates of all gaps of one elastance (a *kind*) by one factor. J
and its sums over kinds are whole numbers, so that nothing drifts.

Rates are nu exp(-max(Eb + dE/2, dE, 0)). The bound of a gap, nu exp(-Eb - dE/2) times the most that pair energies can
add, and at most nu e^SLACK, factorises into a part of the gap and one of its kind. Gaps are drawn by binary trees of
their parts, one for each kind and direction. Hops within planes have constant bounds and are drawn from an alias table.

What planes are is said by the type of the arrays: `kernels.stacks.grid` has square grids, and `kernels.stacks.crystal`
slices of crystals. They supply the functions `by_arrays` below; all the rest is one for both.

The clock is exponential per attempt: a product of uniform numbers falls below exp(-rate * time left) when the interval
ends, and its logarithm is taken only when the total rate changes.
"""

from __future__ import annotations

import math

from numba import int64, uint8, uint64

from interfacekit.kernels.compiled import by_arrays, inner, kernel, shared
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
    plant,
    reservoir_weights,
)


@by_arrays
def plane_of(stack, p):
    """Where the sites of a plane begin (unsigned), and how many there are (signed)."""


@by_arrays
def weights_between(stack, state, g):
    """Upper bounds of the ions that may cross a gap between two planes upwards and downwards, by one pair's rate."""


@by_arrays
def in_plane_hop(stack, state, u):
    """Draw a hop within a plane by a uniform number; make it if exactly one of its sites is occupied."""


@by_arrays
def choose_sites(stack, state, g, upwards):
    """Draw an ion that may cross a gap, or a vacancy; return the sites of both ends and whether the hop is possible."""


@inner
def swap(state, p, base, a, b):
    """Let the ion on one of two sites of a plane hop to the other, if exactly one of them is occupied."""
    if (state.site[base + a] ^ state.site[base + b]) >= uint8(OCCUPIED):
        exchange(state, base, a, b)
        state.site[base + a] ^= uint8(OCCUPIED)
        state.site[base + b] ^= uint8(OCCUPIED)
        state.in_plane[p] += 1


@inner
def _weigh(stack, state, g):
    """Put the bounds of a gap into the trees of its kind."""
    if g == uint64(0):
        up, down = reservoir_weights(stack, state, g, float(plane_of(stack, g)[1]))
    elif g == uint64(state.ions.size):
        up, down = reservoir_weights(stack, state, g, float(plane_of(stack, g - uint64(1))[1]))
    else:
        up, down = weights_between(stack, state, g)
    row = uint64(2) * stack.kind[g]
    plant(state.tree, row, stack.leaf[g], state.up[g] * up)
    plant(state.tree, row + uint64(1), stack.leaf[g], state.down[g] * down)


@shared
def derive(stack, state):
    """Derive everything but the sites from the whole numbers, with the shared field as its own reference.

    Parameters
    ----------
    stack : StackArrays or NetworkStackArrays
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
def _add(stack, state, p, a):
    """Put an ion on a site."""
    base, _ = plane_of(stack, p)
    exchange(state, base, a, uint64(state.order[base + uint64(state.ions[p])]))
    state.ions[p] += 1
    state.site[base + a] = uint8(OCCUPIED)


@inner
def _remove(stack, state, p, a):
    """Take an ion from a site."""
    base, _ = plane_of(stack, p)
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
    a, b, possible = choose_sites(stack, state, g, upwards)
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
        record.free[s, p] = 1.0 - float(state.ions[p]) / float(plane_of(stack, p)[1])
    cursor[0] += 1


@kernel
def advance(stack, state, record, cursor, interval, stop, budget, check):
    """Attempt hops until a sample, or for a number of attempts.

    Parameters
    ----------
    stack : StackArrays or NetworkStackArrays
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
            in_plane_hop(stack, state, r / stack.in_plane_total)
            continue
        status = _crossing(stack, state, r - stack.in_plane_total, check)
        if status == BOUND_EXCEEDED:
            return BOUND_EXCEEDED
        if status == DERIVE:
            derive(stack, state)
        if status != DONE:
            state.total[0] = 0.0
    return DONE
