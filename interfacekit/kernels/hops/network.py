"""Hops on any network of sites, with any energies and barriers, by composition and rejection.

Every site has the same number z of slots for its hops (the unused ones last, to the dummy site n, which is never empty;
the dummy site n + 1 is always empty and pads the surroundings of hops).
Sites are binned by their total rate, and the walkers of a class (a bin, or a bin and a level where interactions are
strong) stand in one list. An attempt draws a class in proportion to `room * weight`, a place in its list, and a slot of
the walker's site; it is null where the place is empty, the slot is beyond the site's own total, the target is occupied,
or the factor of the surroundings says so (composition and rejection: Slepoy, Thompson & Plimpton 2008,
doi:10.1063/1.2919546).

The room of a class is its number of walkers with some to spare, so that a hop seldom changes what an attempt draws, and
a whole batch of attempts can be drawn, and its memory asked for, ahead of its events. Weights are integers: totals are
exact, and nothing drifts. Where a room does change, or a sample is due, the rest of the batch is drawn again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import int64, uint16, uint32, uint64

from interfacekit.kernels.compiled import inner, kernel
from interfacekit.kernels.hops.lattice import BOUND_EXCEEDED, DONE
from interfacekit.kernels.prefetch import prefetch
from interfacekit.kernels.random import fill_uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Bits of a site's word: a walker is there; its level; its bin.
OCCUPIED, LEVEL, BIN = 0x8000, 0x7F, 0xFF
LEVEL_SHIFT = 8
MOST_LEVELS, MOST_BINS = 128, 256
#: A walker's word: the site, and above it the label of the ion.
SITE, LABEL_SHIFT = 0xFFFFFFFF, 32
#: Attempts whose memory is asked for together, at most.
BATCH = 64
#: Share of all attempts that may be lost to the spare room of all classes.
SPARE = 0.25


class NetworkArrays(NamedTuple):
    """What does not change: n sites, z slots each, K kinds of hops, C classes, T tables, L levels."""

    target: NDArray[np.uint32]  # (n z + 1,)
    cumulative: NDArray[np.float64]  # (n z + 1,): sums over a site's slots of rates without interactions or limits; 1/s
    kind: NDArray[np.uint32]  # (n z + 1,)
    step: NDArray[np.int64]  # (K, 3): displacement in quanta of length
    image: NDArray[np.int64]  # (K, 3): crossings of the periodic box
    crosses: NDArray[np.uint8]  # (K,): whether there are any
    stride: NDArray[np.uint8]  # (K,): what a walker adds to the level of the target
    tally: NDArray[np.uint32]  # (K,): where such hops are counted
    table: NDArray[np.uint32]  # (K,): the row of `factor` and `environment_factor`
    start: NDArray[np.uint64]  # (C,): of the list of a class
    capacity: NDArray[np.uint64]  # (C,)
    weight: NDArray[
        np.uint64
    ]  # (C,): bound of the rate of a walker in units of `unit`, at least 1; all rooms' below 2^53
    reach: NDArray[np.float64]  # (C,): weight * unit / greatest
    greatest: NDArray[np.float64]  # (C,): greatest factor of the surroundings
    factor: NDArray[np.float64]  # (T, L^2) by level of origin and target, or (0, 0) without interactions
    environment: NDArray[np.uint32]  # (n z + 1, m): sites that surround a hop; m may be 0
    environment_factor: NDArray[np.float64]  # (T, m + 1) by the number of walkers among them
    downhill: NDArray[
        np.float64
    ]  # (n z + 1,): nu exp(-dE/kT), a limit of rates with interactions; (0,) where it never binds
    frequency: NDArray[np.float64]  # (n z + 1,): nu, the other limit; (0,) likewise
    boltzmann: NDArray[np.float64]  # (L^2,): exp(-dE/kT) of the interactions; (1,) without
    unit: float  # 1/s
    slots: int  # z
    levels: int  # L
    by_level: int  # L where classes are (bin, level), 1 where they are bins


class NetworkState(NamedTuple):
    """What changes; P labelled ions, N walkers."""

    site: NDArray[np.uint16]  # (n + 2,): the last two are the dummies
    walker: NDArray[np.uint64]  # lists of the classes, one after the other
    slot: NDArray[np.uint32]  # (n + 1,): place of the walker of a site in its list; (0,) where classes are bins
    label: NDArray[np.uint32]  # (n + 1,): ion on each site; (0,) where walkers are the ions themselves
    count: NDArray[np.uint64]  # type: ignore[assignment]  # (C,); tuples have a method of this name
    room: NDArray[np.uint64]  # (C,)
    low: NDArray[np.int64]  # (C,): a count below this makes the room smaller
    tree: NDArray[np.uint64]  # (2 P,): sums of room * weight, the classes' own from P = a power of two >= C
    image: NDArray[np.int64]  # (P, 3)
    net: NDArray[np.int64]  # (3,): sum of the walkers' displacements, in quanta
    tally: NDArray[np.int64]  # hops
    time: NDArray[np.float64]  # (1,): s
    cursor: NDArray[np.int64]  # (3,): next sample, hops, attempts
    rng: NDArray[np.uint64]  # (4,)


class Scratch(NamedTuple):
    """Workspace of a batch."""

    uniform: NDArray[np.float64]  # (3 BATCH,)
    rng: NDArray[np.uint64]  # (4,)
    group: NDArray[np.uint64]  # (BATCH,): class
    place: NDArray[np.uint64]  # (BATCH,)
    origin: NDArray[np.uint64]  # (BATCH,)
    slot: NDArray[np.uint64]  # (BATCH,)


def scratch() -> Scratch:
    """Make the workspace of one replica."""
    return Scratch(np.zeros(3 * BATCH), np.zeros(4, np.uint64), *(np.zeros(BATCH, np.uint64) for _ in range(4)))


@inner
def _set_room(network, state, c):
    """Give a class room for its walkers and some to spare, and put that into the tree."""
    count = state.count[c]
    affordable = SPARE * float(state.tree[1]) / (float(network.weight[c]) * float(network.weight.size))
    spare = uint64(min(affordable, 6.0 * math.sqrt(float(count)) + 8.0))
    room = min(count + spare, network.capacity[c])
    change = (room - state.room[c]) * network.weight[c]  # modulo 2^64, as the sums are
    state.room[c] = room
    state.low[c] = int64(count) - int64(2) * int64(spare)
    node = c + uint64(state.tree.size // 2)
    while node > uint64(0):
        state.tree[node] += change
        node >>= uint64(1)


@kernel
def make_room(network, state):
    """Fill `room`, `low` and `tree` from the counts of walkers."""
    half = uint64(state.tree.size // 2)
    state.tree[:] = uint64(0)
    for c in range(uint64(network.weight.size)):
        state.room[c] = state.count[c]
        state.tree[half + c] = state.count[c] * network.weight[c]
    for node in range(int64(half) - 1, 0, -1):
        state.tree[node] = state.tree[2 * node] + state.tree[2 * node + 1]
    for c in range(uint64(network.weight.size)):
        _set_room(network, state, c)


@inner
def _leave(network, state, c, i):
    """Take the walker at place i out of a list; return whether rooms changed."""
    last = state.count[c] - uint64(1)
    state.count[c] = last
    word = state.walker[network.start[c] + last]
    state.walker[network.start[c] + i] = word
    if state.slot.size > 0:
        state.slot[word & uint64(SITE)] = uint32(i)
    if int64(last) < state.low[c]:
        _set_room(network, state, c)
        return True
    return False


@inner
def _enter(network, state, c, word):
    """Put a walker at the end of a list; return whether rooms changed."""
    n = state.count[c]
    state.walker[network.start[c] + n] = word
    if state.slot.size > 0:
        state.slot[word & uint64(SITE)] = uint32(n)
    state.count[c] = n + uint64(1)
    if n >= state.room[c]:
        _set_room(network, state, c)
        return True
    return False


@inner
def _class_of(network, word):
    """Class of a walker by the word of its site."""
    by_level = uint64(network.by_level)
    level = (word >> uint64(LEVEL_SHIFT)) & uint64(LEVEL)
    return (word & uint64(BIN)) * by_level + (level if by_level > uint64(1) else uint64(0))


@kernel
def _add_level(network, state, site, sign):
    """Add the walker on a site (or take it away) to the levels of its neighbours; return whether rooms changed."""
    changed = False
    z = uint64(network.slots)
    for h in range(site * z, site * z + z):
        stride = int64(network.stride[network.kind[h]])
        if stride == 0:
            continue
        x = uint64(network.target[h])
        before = uint64(state.site[x])
        after = uint64(int64(before) + sign * (stride << int64(LEVEL_SHIFT)))
        state.site[x] = uint16(after)
        if network.by_level > 1 and before >= uint64(OCCUPIED):
            c = _class_of(network, before)
            i = uint64(state.slot[x])
            word = state.walker[network.start[c] + i]
            changed |= _leave(network, state, c, i)
            changed |= _enter(network, state, _class_of(network, after), word)
    return changed


@inner
def _hop(network, state, c, i, h, origin, target):
    """Move a walker along slot h; return whether rooms changed."""
    kind = uint64(network.kind[h])
    word = state.walker[network.start[c] + i]
    if state.label.size > 0:
        ion, sign = uint64(state.label[target]), int64(-1)
        state.label[origin] = uint32(ion)
    else:
        ion, sign = word >> uint64(LABEL_SHIFT), int64(1)
    for axis in range(3):
        state.net[axis] += network.step[kind, axis]
    if network.crosses[kind]:
        for axis in range(3):
            state.image[ion, axis] += sign * network.image[kind, axis]
    state.tally[network.tally[kind]] += 1
    moved = target | (word & ~uint64(SITE))
    there = uint64(state.site[target])
    state.site[origin] = uint16(uint64(state.site[origin]) & uint64(OCCUPIED - 1))
    if network.factor.size == 0 and _class_of(network, there) == c:
        state.site[target] = uint16(there | uint64(OCCUPIED))
        state.walker[network.start[c] + i] = moved
        return False
    changed = _leave(network, state, c, i)
    if network.factor.size > 0:
        changed |= _add_level(network, state, origin, int64(-1))
        changed |= _add_level(network, state, target, int64(1))
        there = uint64(state.site[target])
    state.site[target] = uint16(there | uint64(OCCUPIED))
    return changed | _enter(network, state, _class_of(network, there), moved)


@inner
def _factor(network, state, h, here, there):
    """Rate of a hop over its rate without interactions, if no limit binds; and the index of the pair of levels."""
    kind = uint64(network.kind[h])
    table = uint64(network.table[kind])
    pair = uint64(0)
    factor = 1.0
    if network.factor.size > 0:
        before = (here >> uint64(LEVEL_SHIFT)) & uint64(LEVEL)
        after = ((there >> uint64(LEVEL_SHIFT)) & uint64(LEVEL)) - uint64(network.stride[kind])
        pair = before * uint64(network.levels) + after
        factor = network.factor[table, pair]
    if network.environment.shape[1] > 0:
        walkers = uint64(0)
        for e in range(uint64(network.environment.shape[1])):
            walkers += uint64(state.site[network.environment[h, e]]) >> uint64(15)
        factor *= network.environment_factor[table, walkers]
    return factor, pair


@inner
def _slot_of(network, c, site, v):
    """Slot that a uniform number chooses, z where it lies beyond the site's total."""
    y = v * network.reach[c]
    z = uint64(network.slots)
    k = uint64(0)
    for h in range(site * z, site * z + z):
        k += uint64(y >= network.cumulative[h])
    return k


@inner
def _draw(network, state, work, m):
    """Draw the classes, places and slots of a batch, and ask for the memory of each before the next needs it."""
    fill_uniform(state.rng, work.uniform, m * uint64(3))
    half = uint64(state.tree.size // 2)
    total = float(state.tree[1])
    z = uint64(network.slots)
    for j in range(m):
        x = uint64(work.uniform[j * uint64(3)] * total)
        node = uint64(1)
        while node < half:
            node <<= uint64(1)
            right = uint64(x >= state.tree[node])
            x -= state.tree[node] * right
            node += right
        c = node - half
        work.group[j] = c
        work.place[j] = x // network.weight[c]
        prefetch(state.walker, network.start[c] + work.place[j])
    for j in range(m):
        site = state.walker[network.start[work.group[j]] + work.place[j]] & uint64(SITE)
        work.origin[j] = site
        prefetch(network.cumulative, site * z)
        prefetch(network.cumulative, site * z + z - uint64(1))
        prefetch(network.target, site * z)
    for j in range(m):
        site = work.origin[j]
        work.slot[j] = _slot_of(network, work.group[j], site, work.uniform[j * uint64(3) + uint64(1)])
        h = site * z + work.slot[j]
        prefetch(network.kind, h)
        prefetch(state.site, uint64(network.target[h]))
        prefetch(state.site, site)


@inner
def _rest(network, c, h, k, v):
    """What is left of the uniform number within its slot, and the slot's own rate."""
    below = network.cumulative[h - uint64(1)] if k > uint64(0) else 0.0
    return v * network.reach[c] - below, network.cumulative[h] - below


@inner
def _attempt(network, state, work, j, check):
    """Carry out attempt j of a batch; return whether rooms changed, and the status."""
    c = work.group[j]
    i = work.place[j]
    v = work.uniform[j * uint64(3) + uint64(1)]
    if i >= state.count[c]:
        return False, DONE
    site = state.walker[network.start[c] + i] & uint64(SITE)
    k = work.slot[j] if site == work.origin[j] else _slot_of(network, c, site, v)
    z = uint64(network.slots)
    h = site * z + k
    if check and network.cumulative[site * z + z - uint64(1)] > network.reach[c]:
        return False, BOUND_EXCEEDED
    target = uint64(network.target[h])
    there = uint64(state.site[target])
    if (k >= z) | (there >= uint64(OCCUPIED)):
        return False, DONE
    if network.factor.size > 0 or network.environment.shape[1] > 0:
        factor, pair = _factor(network, state, h, uint64(state.site[site]), there)
        if check and not factor <= network.greatest[c]:  # nor NaN
            return False, BOUND_EXCEEDED
        rest, rate = _rest(network, c, h, k, v)
        rate *= factor
        if network.downhill.size > 0:
            rate = min(rate, network.downhill[h] * network.boltzmann[pair], network.frequency[h])
        if rest * network.greatest[c] >= rate:
            return False, DONE
    state.cursor[1] += 1
    return _hop(network, state, c, i, h, site, target), DONE


@kernel
def advance(network, state, work, interval, record, stop, budget, check):
    """Attempt hops, sampling at equal intervals of time.

    Parameters
    ----------
    network : NetworkArrays
    state : NetworkState
        Updated in place.
    work : Scratch
    interval : float
        Time between samples; s.
    record : int64[S, 4]
        `net` and the number of hops at each sample.
    stop : int
        Return before this sample is begun.
    budget : int
        Attempts to make at most in this call.
    check : bool
        Stop with `BOUND_EXCEEDED` where a rate is above its bound.

    Returns
    -------
    int
        `DONE` or `BOUND_EXCEEDED`.
    """
    left = uint64(budget)
    batch = uint64(BATCH)
    while state.cursor[0] < stop and left > uint64(0):
        m = min(batch, left)
        for word in range(4):
            work.rng[word] = state.rng[word]
        _draw(network, state, work, m)
        mean = 1.0 / (network.unit * float(state.tree[1]))
        due = (state.cursor[0] + 1) * interval
        made = uint64(0)
        again = False
        while made < m and not again:
            j = made
            made += uint64(1)
            time = state.time[0] - math.log1p(-work.uniform[j * uint64(3) + uint64(2)]) * mean
            if time >= due:
                # A Poisson process has no memory: it begins anew at the sample.
                state.time[0] = due
                for axis in range(3):
                    record[state.cursor[0], axis] = state.net[axis]
                record[state.cursor[0], 3] = state.cursor[1]
                state.cursor[0] += 1
                again = True
            else:
                state.time[0] = time
                again, status = _attempt(network, state, work, j, check)
                if status != DONE:
                    return status
        if again and made < m:
            for word in range(4):
                state.rng[word] = work.rng[word]
            fill_uniform(state.rng, work.uniform, made * uint64(3))
        batch = max(batch // uint64(2), uint64(2)) if again else min(batch * uint64(2), uint64(BATCH))
        left -= made
        state.cursor[2] += int64(made)
    return DONE


@kernel
def sites_of_walkers(start, count, walker, sites):
    """Site of each ion where the walkers of a network are the ions themselves.

    Parameters
    ----------
    start, count : uint64[C]
        Of the lists of the classes.
    walker : uint64[n]
    sites : uint32[P]
        Filled.
    """
    for c in range(uint64(start.size)):
        for i in range(start[c], start[c] + count[c]):
            sites[walker[i] >> uint64(LABEL_SHIFT)] = walker[i] & uint64(SITE)


@kernel
def network_positions(position, box, sites, image, out):
    """Unwrapped positions on a network.

    Parameters
    ----------
    position : int64[n, 3]
        Quanta.
    box : int64[3, 3]
        Vectors of the periodic box, rows; quanta.
    sites : uint32[P]
    image : int64[P, 3]
    out : int64[P, 3]
        Filled; quanta.
    """
    for i in range(uint64(sites.size)):
        for axis in range(3):
            crossed = image[i, 0] * box[0, axis] + image[i, 1] * box[1, axis] + image[i, 2] * box[2, axis]
            out[i, axis] = position[sites[i], axis] + crossed
