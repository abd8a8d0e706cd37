"""Slow twins of the kernels, in plain Python and one attempt after another: for the reader, and for the tests.

They leave the same arrays as the kernels, bit for bit, and share nothing with them but the meaning of these arrays:
neighbours are found by their coordinates, levels counted anew, choices made by linear search, and there are no batches.
With interactions, they ask that no two sites are neighbours twice (a box has at least three cells along each axis that
hops cross). Workspaces are taken and left alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from interfacekit.kernels.hops.lattice import BOUND_EXCEEDED, DONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.kernels.hops import lattice as lattices
    from interfacekit.kernels.hops import network as networks


# Random numbers


def _rotated(x: int, k: int) -> int:
    """Turn 64 binary digits k places to the left."""
    return (x << k) % 2**64 + (x >> (64 - k))


def _uniform(rng: NDArray[np.uint64]) -> float:
    """Draw one uniform number in [0, 1) by xoshiro256++."""
    a, b, c, d = (int(word) for word in rng)
    drawn = (_rotated((a + d) % 2**64, 23) + a) % 2**64
    rng[:] = np.array([a ^ b ^ d, a ^ b ^ c, a ^ c ^ (b * 2**17 % 2**64), _rotated(b ^ d, 45)], np.uint64)
    return (drawn // 2**11) / 2**53


def fill_uniform(state: NDArray[np.uint64], out: NDArray[np.float64], n: int) -> None:
    """Twin of `random.fill_uniform`."""
    for j in range(n):
        out[j] = _uniform(state)


# Lattices


class _Byte(NamedTuple):
    """What the byte of a lattice site says."""

    occupied: bool
    border: bool
    level: int

    @classmethod
    def at(cls, state: lattices.LatticeState, site: int) -> Self:
        """Read the byte of a site."""
        occupied, rest = divmod(int(state.site[site]), 128)
        border, level = divmod(rest, 64)
        return cls(occupied=bool(occupied), border=bool(border), level=level)

    def put(self, state: lattices.LatticeState, site: int) -> None:
        """Write the byte of a site."""
        state.site[site] = 128 * self.occupied + 64 * self.border + self.level


def _neighbour(lattice: lattices.LatticeArrays, site: int, k: int) -> tuple[int, tuple[int, int, int]]:
    """Neighbour in direction k, and how often the way there crosses the box along each axis."""
    n_basis = len(lattice.shift)
    cell, basis = divmod(site, n_basis)
    n1, n2, n3 = lattice.shape.tolist()
    da, db, dc, new_basis = lattice.shift[basis, k].tolist()
    across_a, a = divmod(cell % n1 + da, n1)
    across_b, b = divmod(cell // n1 % n2 + db, n2)
    across_c, c = divmod(cell // (n1 * n2) + dc, n3)
    return (a + n1 * (b + n2 * c)) * n_basis + new_basis, (across_a, across_b, across_c)


def _neighbours(lattice: lattices.LatticeArrays, site: int) -> list[int]:
    """All neighbours of a site."""
    return [_neighbour(lattice, site, k)[0] for k in range(len(lattice.stride))]


def _lattice_level(lattice: lattices.LatticeArrays, state: lattices.LatticeState, site: int, without: int = -1) -> int:
    """Count the level of a site, as if no walker stood on the site `without`."""
    strides = zip(_neighbours(lattice, site), lattice.stride.tolist(), strict=True)
    return sum(stride for x, stride in strides if x != without and _Byte.at(state, x).occupied)


def _walker_and_direction(directions: lattices.Directions, state: lattices.LatticeState) -> tuple[int, int]:
    """Choose by one number: its digits after the walker's choose a column of the alias table, the next a direction."""
    x = _uniform(state.rng) * float(len(state.walker))
    walker = int(x)
    x = (x - walker) * float(len(directions.alias))
    column = int(x)
    return walker, column if x - column < directions.threshold[column] else int(directions.alias[column])


def _hop_on_lattice(lattice: lattices.LatticeArrays, state: lattices.LatticeState, walker: int, k: int) -> None:
    """Let a walker hop along direction k, with the ion's label and its crossings of the box."""
    origin = int(state.walker[walker]) % 2**31
    target, crossings = _neighbour(lattice, origin, k)
    if state.label.size > 0:  # The walker is a vacancy: an ion hops the other way.
        ion = int(state.label[target])
        state.label[origin] = ion
        state.image[ion] -= crossings
    else:
        state.image[walker] += crossings
    state.hops[origin % len(lattice.shift), k] += 1
    _Byte.at(state, origin)._replace(occupied=False).put(state, origin)
    arrived = _Byte.at(state, target)._replace(occupied=True)
    arrived.put(state, target)
    state.walker[walker] = target + 2**31 * arrived.border


def free_hops(
    lattice: lattices.LatticeArrays,
    directions: lattices.Directions,
    state: lattices.LatticeState,
    _work: lattices.Scratch,
    attempts: int,
) -> int:
    """Twin of `lattice.free_hops`."""
    for _ in range(attempts):
        walker, k = _walker_and_direction(directions, state)
        target, _crossings = _neighbour(lattice, int(state.walker[walker]) % 2**31, k)
        if not _Byte.at(state, target).occupied:
            _hop_on_lattice(lattice, state, walker, k)
    return DONE


def pair_hops(
    lattice: lattices.LatticeArrays,
    directions: lattices.Directions,
    acceptance: NDArray[np.float64],
    levels: int,
    state: lattices.LatticeState,
    _work: lattices.Scratch,
    attempts: int,
    check: bool,  # noqa: FBT001 - the kernel's arguments
) -> int:
    """Twin of `lattice.pair_hops`; the generator is not the same where a bound is exceeded."""
    for _ in range(attempts):
        walker, k = _walker_and_direction(directions, state)
        accepting = _uniform(state.rng)
        origin = int(state.walker[walker]) % 2**31
        target, _crossings = _neighbour(lattice, origin, k)
        if _Byte.at(state, target).occupied:
            continue
        before = _lattice_level(lattice, state, origin, without=origin)
        after = _lattice_level(lattice, state, target, without=origin)
        row = origin % len(lattice.shift) * len(lattice.stride) + k
        probability = acceptance[row, before * levels + after]
        if check and probability > 1.0:
            return BOUND_EXCEEDED
        if accepting < probability:
            _hop_on_lattice(lattice, state, walker, k)
            for x in _neighbours(lattice, origin) + _neighbours(lattice, target):
                _Byte.at(state, x)._replace(level=_lattice_level(lattice, state, x)).put(state, x)
    return DONE


def lattice_advance(
    lattice: lattices.LatticeArrays,
    directions: lattices.Directions,
    acceptance: NDArray[np.float64],
    levels: int,
    state: lattices.LatticeState,
    work: lattices.Scratch,
    plan: NDArray[np.int64],
    cursor: NDArray[np.int64],
    record: NDArray[np.int64],
    stop: int,
    budget: int,
    check: bool,  # noqa: FBT001 - the kernel's arguments
) -> int:
    """Twin of `lattice.advance_free`, where `levels` is 0, and of `lattice.advance_pairs`.

    The generator and the cursor are not the same where a bound is exceeded.
    """
    left = budget
    while cursor[0] < stop and left > 0:
        sample = int(cursor[0])
        if cursor[1] < plan[sample]:
            if levels == 0:
                free_hops(lattice, directions, state, work, 1)
            elif pair_hops(lattice, directions, acceptance, levels, state, work, 1, check) != DONE:
                return BOUND_EXCEEDED
            cursor[1] += 1
            left -= 1
        if cursor[1] == plan[sample]:
            record[sample] = state.hops.flatten()
            cursor[:] = sample + 1, 0
    return DONE


# Networks


class _Word(NamedTuple):
    """What the word of a network site says."""

    occupied: bool
    level: int
    bin: int

    @classmethod
    def at(cls, state: networks.NetworkState, site: int) -> Self:
        """Read the word of a site."""
        occupied, rest = divmod(int(state.site[site]), 2**15)
        level, number = divmod(rest, 2**8)
        return cls(occupied=bool(occupied), level=level, bin=number)

    def put(self, state: networks.NetworkState, site: int) -> None:
        """Write the word of a site."""
        state.site[site] = 2**15 * self.occupied + 2**8 * self.level + self.bin


def _class_at(network: networks.NetworkArrays, state: networks.NetworkState, site: int) -> int:
    """Class of a walker on a site: its bin, or its bin and level."""
    word = _Word.at(state, site)
    return word.bin if network.by_level == 1 else word.bin * network.by_level + word.level


def _network_level(network: networks.NetworkArrays, state: networks.NetworkState, site: int, without: int = -1) -> int:
    """Count the level of a site over all slots that lead there, as if no walker stood on the site `without`."""
    level = 0
    for h in np.flatnonzero(network.target[:-1] == site).tolist():
        origin = h // network.slots
        if origin != without and _Word.at(state, origin).occupied:
            level += int(network.stride[network.kind[h]])
    return level


def _shares(network: networks.NetworkArrays, state: networks.NetworkState) -> list[int]:
    """Room times weight of each class."""
    shares: list[int] = (state.room * network.weight).tolist()
    return shares


def _fill_tree(network: networks.NetworkArrays, state: networks.NetworkState) -> None:
    """Sum the shares of the classes, which are the leaves, two by two up to the root at 1."""
    nodes = len(state.tree) // 2
    state.tree[nodes:] = 0
    state.tree[nodes : nodes + len(network.weight)] = state.room * network.weight
    while nodes > 1:
        state.tree[nodes // 2 : nodes] = state.tree[nodes : 2 * nodes].reshape(-1, 2).sum(axis=1)
        nodes //= 2


def _set_room(network: networks.NetworkArrays, state: networks.NetworkState, c: int) -> None:
    """Give a class room for its walkers and some to spare: a few deviations, and a fair part of a quarter of all."""
    count = int(state.count[c])
    total = float(sum(_shares(network, state)))
    fair = 0.25 * total / (float(network.weight[c]) * float(len(network.weight)))
    spare = int(min(fair, 6.0 * math.sqrt(count) + 8.0))
    state.room[c] = min(count + spare, int(network.capacity[c]))
    state.low[c] = count - 2 * spare
    _fill_tree(network, state)


def make_room(network: networks.NetworkArrays, state: networks.NetworkState) -> None:
    """Twin of `network.make_room`."""
    state.room[:] = state.count
    for c in range(len(network.weight)):
        _set_room(network, state, c)


def _put(network: networks.NetworkArrays, state: networks.NetworkState, c: int, place: int, word: int) -> None:
    """Put a walker at a place of a list, and remember the place where there is an array for that."""
    state.walker[int(network.start[c]) + place] = word
    if state.slot.size > 0:
        state.slot[word % 2**32] = place


def _leave(network: networks.NetworkArrays, state: networks.NetworkState, c: int, place: int) -> None:
    """Take a walker out of a list: the last one comes to its place."""
    last = int(state.count[c]) - 1
    state.count[c] = last
    _put(network, state, c, place, int(state.walker[int(network.start[c]) + last]))
    if last < state.low[c]:
        _set_room(network, state, c)


def _enter(network: networks.NetworkArrays, state: networks.NetworkState, c: int, word: int) -> None:
    """Put a walker at the end of a list."""
    place = int(state.count[c])
    _put(network, state, c, place, word)
    state.count[c] = place + 1
    if state.count[c] > state.room[c]:
        _set_room(network, state, c)


def _count_levels_around(network: networks.NetworkArrays, state: networks.NetworkState, site: int) -> None:
    """Count the levels of the neighbours of a site anew; walkers there change their lists where classes are levels."""
    for h in range(site * network.slots, (site + 1) * network.slots):
        if network.stride[network.kind[h]] == 0:
            continue
        x = int(network.target[h])
        old, c = _Word.at(state, x), _class_at(network, state, x)
        old._replace(level=_network_level(network, state, x)).put(state, x)
        if old.occupied and network.by_level > 1:
            place = int(state.slot[x])
            word = int(state.walker[int(network.start[c]) + place])
            _leave(network, state, c, place)
            _enter(network, state, _class_at(network, state, x), word)


def _hop_on_network(network: networks.NetworkArrays, state: networks.NetworkState, c: int, place: int, h: int) -> None:
    """Let the walker at a place of a list hop along slot h, and keep lists and levels in order."""
    kind = int(network.kind[h])
    word = int(state.walker[int(network.start[c]) + place])
    origin, target = h // network.slots, int(network.target[h])
    state.net[:] += network.step[kind]
    state.tally[network.tally[kind]] += 1
    if state.label.size > 0:  # The walker is a vacancy: an ion hops the other way.
        ion = int(state.label[target])
        state.label[origin] = ion
        state.image[ion] -= network.image[kind]
    else:
        state.image[word // 2**32] += network.image[kind]
    moved = word - origin + target
    interacting = network.factor.size > 0
    stays = not interacting and _class_at(network, state, target) == c
    if stays:
        _put(network, state, c, place, moved)
    else:
        _leave(network, state, c, place)
    _Word.at(state, origin)._replace(occupied=False).put(state, origin)
    if interacting:
        _count_levels_around(network, state, origin)
    _Word.at(state, target)._replace(occupied=True).put(state, target)
    if interacting:
        _count_levels_around(network, state, target)
    if not stays:
        _enter(network, state, _class_at(network, state, target), moved)


def _choose_class(network: networks.NetworkArrays, state: networks.NetworkState, u: float) -> tuple[int, int]:
    """Choose a class in proportion to its share, and a place in its room."""
    shares = _shares(network, state)
    x = int(u * float(sum(shares)))
    c = 0
    while x >= shares[c]:
        x -= shares[c]
        c += 1
    return c, x // int(network.weight[c])


def _factors(network: networks.NetworkArrays, state: networks.NetworkState, h: int) -> tuple[float, float]:
    """What the surroundings make of the rate of a hop, and of its limit downhill."""
    kind = int(network.kind[h])
    table = int(network.table[kind])
    origin, target = h // network.slots, int(network.target[h])
    factor = downhill = 1.0
    if network.factor.size > 0:
        before = _network_level(network, state, origin, without=origin)
        after = _network_level(network, state, target, without=origin)
        factor = float(network.factor[table, before * network.levels + after])
        downhill = float(network.boltzmann[before * network.levels + after])
    if network.environment.shape[1] > 0:
        walkers = sum(_Word.at(state, x).occupied for x in network.environment[h].tolist())
        factor *= float(network.environment_factor[table, walkers])
    return factor, downhill


def _attempt(
    network: networks.NetworkArrays,
    state: networks.NetworkState,
    c: int,
    place: int,
    v: float,
    check: bool,  # noqa: FBT001
) -> int:
    """Attempt a hop of the walker at a place of a list by the number v; return a status."""
    if place >= state.count[c]:
        return DONE
    z = network.slots
    origin = int(state.walker[int(network.start[c]) + place]) % 2**32
    sums = network.cumulative[origin * z : (origin + 1) * z].tolist()
    reach, greatest = float(network.reach[c]), float(network.greatest[c])
    if check and sums[-1] > reach:
        return BOUND_EXCEEDED
    k = next((k for k in range(z) if v * reach < sums[k]), z)
    h = origin * z + k
    if k == z or _Word.at(state, int(network.target[h])).occupied:
        return DONE
    if network.factor.size > 0 or network.environment.shape[1] > 0:
        factor, downhill = _factors(network, state, h)
        if check and factor > greatest:
            return BOUND_EXCEEDED
        below = sums[k - 1] if k > 0 else 0.0
        rate = (sums[k] - below) * factor
        if network.downhill.size > 0:
            rate = min(rate, float(network.downhill[h]) * downhill, float(network.frequency[h]))
        if (v * reach - below) * greatest >= rate:
            return DONE
    state.cursor[1] += 1
    _hop_on_network(network, state, c, place, h)
    return DONE


def network_advance(
    network: networks.NetworkArrays,
    state: networks.NetworkState,
    _work: networks.Scratch,
    interval: float,
    record: NDArray[np.int64],
    stop: int,
    budget: int,
    check: bool,  # noqa: FBT001 - the kernel's arguments
) -> int:
    """Twin of `network.advance`; the generator and the number of attempts differ where a bound is exceeded."""
    for _ in range(budget):
        if state.cursor[0] >= stop:
            break
        u, v, w = (_uniform(state.rng) for _ in range(3))
        mean = 1.0 / (network.unit * float(sum(_shares(network, state))))
        time = float(state.time[0]) - math.log1p(-w) * mean
        due = float(state.cursor[0] + 1) * interval
        state.cursor[2] += 1
        if time >= due:
            state.time[0] = due
            record[state.cursor[0]] = *state.net, state.cursor[1]
            state.cursor[0] += 1
            continue
        state.time[0] = time
        c, place = _choose_class(network, state, u)
        if _attempt(network, state, c, place, v, check) != DONE:
            return BOUND_EXCEEDED
    return DONE
