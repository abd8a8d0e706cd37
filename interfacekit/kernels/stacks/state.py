"""State of a stack of planes and what all its kernels share: draws, trees of rates, the common field, samples.

See `kernels.stacks.kernel` for the model. Functions on the way of every attempt are inlined: a call would hand over
each array of the state by itself, which costs more than most of them do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from numba import uint16, uint64

from interfacekit.kernels.compiled import inner
from interfacekit.kernels.random import fill_uniform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Bits of a site's byte: an ion is there; one is facing it below, and above; and how many are beside it in the plane.
OCCUPIED, BELOW, ABOVE, BESIDE = 0x80, 0x10, 0x08, 0x07
#: Surroundings of a site in the tables of pair energies: the byte without its first bits.
CODES = 32
#: Numbers of occupied neighbours of an ion, 0 to 6.
LEVELS = 7
#: Sites of a plane are numbered in 16 bits.
MOST_SITES_OF_A_PLANE = 65536
#: Logarithm of how far the common factors of the kinds may move before the parts of all gaps are derived anew.
SLACK = 1.0
#: Uniform numbers drawn at a time.
BATCH = 1024
#: Below the first, a product of uniform numbers is turned into time. Until then none falls below exp(-second), so that
#: what is left of a longer interval counts as endless.
SMALLEST_PRODUCT, LONGEST_WAIT = 1e-250, 650.0
#: Status of a kernel; and of an attempt that has changed bounds, or after which all of them must be derived anew.
DONE, BOUND_EXCEEDED, CHANGED, DERIVE = 0, 1, 2, 3


class StackArrays(NamedTuple):
    """What does not change: P planes, G = P + 1 gaps, K kinds. Energies in kT, fields in units where q D is in kT."""

    shape: NDArray[np.uint64]  # (2,): nx, ny
    frequency: NDArray[np.float64]  # (G,): nu, slowed down; 1/s
    barrier: NDArray[np.float64]  # (G,): Eb / kT
    log_base: NDArray[np.float64]  # (G,): logarithm of the bound of a rate where x is 0; of 1/s
    log_cap: NDArray[np.float64]  # (G,): and of that to which bounds are cut
    cap: NDArray[np.float64]  # (G,): 1/s
    offset: NDArray[np.float64]  # (G,)
    step: NDArray[np.float64]  # (G,)
    self: NDArray[np.float64]  # (G,): what the hopping ion's own charge adds to its energy change
    repulsion: NDArray[np.float64]  # (P,): r
    filling: NDArray[np.float64]  # (2,): of the reservoirs
    kind: NDArray[np.uint64]  # (G,)
    leaf: NDArray[np.uint64]  # (G,): place of the gap among those of its kind
    gap: NDArray[np.uint64]  # (K + 1, leaves): the gap at each place; in the last row the planes
    q: NDArray[np.float64]  # (K,): half of what one unit of D changes energies by
    shift: NDArray[np.float64]  # (K,): change of D with a crossing upwards in a gap of each kind
    in_plane_rate: NDArray[np.float64]  # (P,): nu exp(-Eb), slowed down; 1/s
    in_plane_barrier: NDArray[np.float64]  # (P,): Eb / kT
    threshold: NDArray[np.float64]  # (P,): alias table of planes by their attempts, without pair energies
    alias: NDArray[np.uint64]  # (P,)
    in_plane_total: float  # attempts of all planes, without pair energies; 1/s
    pairs: bool
    energy: NDArray[np.float64]  # (P, CODES): of an ion with its neighbours, kT
    leave: NDArray[np.float64]  # (P, CODES): exp(energy / 2)
    enter: NDArray[np.float64]  # (P, CODES): exp(-energy / 2)
    most_leave: NDArray[np.float64]  # (P, LEVELS): largest `leave` by number of neighbours
    most_enter: NDArray[np.float64]  # (P + 1 + G,): largest `enter` of each plane, 1, and the larger one at each gap


class StackState(NamedTuple):
    """What changes: M sites in each plane."""

    site: NDArray[np.uint8]  # (P M,)
    order: NDArray[np.uint16]  # (P M,): the sites of each plane, the occupied ones first (by level with pair energies)
    place: NDArray[np.uint16]  # (P M,): where each site stands in `order`
    first: NDArray[np.int64]  # (P, LEVELS + 1): where each level begins in `order`, and the vacancies
    ready: NDArray[np.float64]  # (P,): sum over a plane's ions of the largest `leave` of their level
    ions: NDArray[np.int64]  # (P,)
    crossed: NDArray[np.int64]  # (G,): J
    by_kind: NDArray[np.int64]  # (K,): sums of J
    x: NDArray[np.float64]  # (G,)
    up: NDArray[np.float64]  # (G,): bound of the rate of one ion upwards, without the factor of its kind
    down: NDArray[np.float64]  # (G,)
    tree: NDArray[np.float64]  # (2 K + 1, 2 leaves): sums of the bounds of all ions, root at 1; planes in the last row
    factor: NDArray[np.float64]  # (2 K + 1,): of each kind upwards and downwards; 1
    field: NDArray[np.float64]  # (2,): D and D_ref
    total: NDArray[np.float64]  # (1,): of all bounds, 1/s; 0 where they have changed, and below if none is derived yet
    clock: NDArray[np.float64]  # (3,): time in this interval, product of uniform numbers, product at its end
    integral: NDArray[np.float64]  # (G,): of J over the time of this interval, up to `since`
    since: NDArray[np.float64]  # (G,)
    upward: NDArray[np.int64]  # (G,): hops
    downward: NDArray[np.int64]  # (G,)
    in_plane: NDArray[np.int64]  # (P,)
    attempts: NDArray[np.int64]  # (1,)
    uniform: NDArray[np.float64]  # (BATCH,)
    drawn: NDArray[np.uint64]  # (1,): numbers of the batch that are used
    rng: NDArray[np.uint64]  # (4,)


class StackRecord(NamedTuple):
    """Samples at the ends of S intervals."""

    crossed: NDArray[np.int64]  # (S, G)
    mean_crossed: NDArray[np.float64]  # (S, G): over the interval
    upward: NDArray[np.int64]  # (S, G)
    downward: NDArray[np.int64]  # (S, G)
    in_plane: NDArray[np.int64]  # (S, P)
    free: NDArray[np.float64]  # (S, P): mean over sites of exp(-pair energy) where no ion is


@inner
def draw(state):
    """A uniform number in (0, 1]."""
    if state.drawn[0] == uint64(BATCH):
        fill_uniform(state.rng, state.uniform, uint64(BATCH))
        state.drawn[0] = uint64(0)
    value = 1.0 - state.uniform[state.drawn[0]]
    state.drawn[0] += uint64(1)
    return value


@inner
def index(u, n):
    """A whole number from 0 to n - 1 of a uniform number in (0, 1]."""
    return min(uint64((1.0 - u) * float(n)), n - uint64(1))


@inner
def activation(barrier, change):
    """Activation energy of a hop, in the units of its arguments."""
    return max(barrier + 0.5 * change, change, 0.0)


@inner
def exchange(state, base, a, b):
    """Let two sites of a plane exchange their places in its list."""
    i, j = state.place[base + a], state.place[base + b]
    state.order[base + uint64(i)] = uint16(b)
    state.order[base + uint64(j)] = uint16(a)
    state.place[base + a] = j
    state.place[base + b] = i


@inner
def plant(tree, row, leaf, value):
    """Set a leaf, and the sums on the way to the root from their two branches."""
    node = uint64(tree.shape[1] // 2) + leaf
    tree[row, node] = value
    while node > uint64(1):
        node >>= uint64(1)
        tree[row, node] = tree[row, uint64(2) * node] + tree[row, uint64(2) * node + uint64(1)]


@inner
def choose(stack, state, r):
    """Draw a row by a scan and a leaf by its tree; return the row, what stands there, its weight and what is left."""
    row = uint64(0)
    rows = uint64(state.factor.size)
    weight = state.factor[row] * state.tree[row, uint64(1)]
    while r >= weight and row + uint64(1) < rows:
        r -= weight
        row += uint64(1)
        weight = state.factor[row] * state.tree[row, uint64(1)]
    r /= state.factor[row]
    node = uint64(1)
    half = uint64(state.tree.shape[1] // 2)
    while node < half:
        node *= uint64(2)
        below = state.tree[row, node]
        # Rounding must not lead to a branch that holds nothing.
        if r >= below and state.tree[row, node + uint64(1)] > 0.0:
            r -= below
            node += uint64(1)
    return row, stack.gap[row >> uint64(1), node - half], state.tree[row, node], r


@inner
def bound_rates(stack, state, g):
    """Bounds of one ion at a gap from the whole numbers."""
    x = stack.offset[g] - stack.step[g] * float(state.crossed[g]) + stack.q[stack.kind[g]] * state.field[1]
    if g > uint64(0):
        x += stack.repulsion[g - uint64(1)] * float(state.ions[g - uint64(1)])
    if g < uint64(state.ions.size):
        x -= stack.repulsion[g] * float(state.ions[g])
    state.x[g] = x
    up, down = stack.log_base[g] + x, stack.log_base[g] - x
    state.up[g] = math.exp(up) if up < stack.log_cap[g] else stack.cap[g]
    state.down[g] = math.exp(down) if down < stack.log_cap[g] else stack.cap[g]


@inner
def common_factors(stack, state):
    """Derive the shared field, and the factors of the kinds if these are within the slack; return whether they are."""
    D = 0.0
    for k in range(uint64(stack.q.size)):
        D += stack.shift[k] * float(state.by_kind[k])
    state.field[0] = D
    for k in range(uint64(stack.q.size)):
        y = stack.q[k] * (D - state.field[1])
        if not abs(y) < SLACK:
            return False
        up = math.exp(y)
        state.factor[uint64(2) * k] = up
        state.factor[uint64(2) * k + uint64(1)] = 1.0 / up
    return True


@inner
def begin_phase(stack, state, interval):
    """Sum the bounds, and turn the time left in the interval into the product at its end."""
    total = stack.in_plane_total
    for j in range(uint64(state.factor.size)):
        total += state.factor[j] * state.tree[j, uint64(1)]
    state.total[0] = total
    state.clock[1] = 1.0
    left = total * (interval - state.clock[0])
    state.clock[2] = math.exp(-left) if left < LONGEST_WAIT else 0.0


@inner
def count_crossing(stack, state, g, upwards):
    """Bring time and the mean of J up to date, and count a crossing."""
    state.clock[0] -= math.log(state.clock[1]) / state.total[0]
    state.clock[1] = 1.0
    state.integral[g] += float(state.crossed[g]) * (state.clock[0] - state.since[g])
    state.since[g] = state.clock[0]
    step = 1 if upwards else -1
    if upwards:
        state.upward[g] += 1
    else:
        state.downward[g] += 1
    state.crossed[g] += step
    state.by_kind[stack.kind[g]] += step


@inner
def reservoir_weights(stack, state, g, M):
    """Ions that may cross an outermost gap upwards and downwards, on average over the filling of the reservoir.

    `M` is the number of sites of the plane beside it.
    """
    if g == uint64(0):
        c, ions = stack.filling[0], float(state.ions[g])
        return c * (M - ions), (1.0 - c) * ions
    c, ions = stack.filling[1], float(state.ions[g - uint64(1)])
    return (1.0 - c) * ions, c * (M - ions)


@inner
def begin_attempt(stack, state, interval):
    """Let time pass until the next attempt; return whether that comes before the interval ends."""
    if state.total[0] == 0.0:
        begin_phase(stack, state, interval)
    state.clock[1] *= draw(state)
    if state.clock[1] < state.clock[2]:
        # The clock has no memory: an attempt after the end is forgotten.
        return False
    if state.clock[1] < SMALLEST_PRODUCT:
        state.clock[0] -= math.log(state.clock[1]) / state.total[0]
        begin_phase(stack, state, interval)
    state.attempts[0] += 1
    return True


@inner
def close_interval(state, record, s, interval):
    """Write sample s, but for `free`, and begin a new interval with it."""
    for g in range(uint64(state.crossed.size)):
        mean = state.integral[g] + float(state.crossed[g]) * (interval - state.since[g])
        record.mean_crossed[s, g] = mean / interval
        record.crossed[s, g] = state.crossed[g]
        record.upward[s, g] = state.upward[g]
        record.downward[s, g] = state.downward[g]
        state.integral[g] = 0.0
        state.since[g] = 0.0
    for p in range(uint64(state.ions.size)):
        record.in_plane[s, p] = state.in_plane[p]
    state.clock[0] = 0.0
    state.total[0] = 0.0
