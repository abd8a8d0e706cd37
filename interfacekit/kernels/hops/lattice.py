"""Hops on regular lattices, with neighbours by arithmetic.

Walkers (ions, or vacancies where these are fewer) hop to empty neighbouring sites. Sites are numbered with the basis
fastest and then along the three axes of the cell; a neighbour is a constant offset away unless the site lies at the
border of the box (flag `BORDER`), where its coordinates are wrapped axis by axis.

An attempt draws a walker uniformly and a direction in proportion to its bound. It is null if the target is occupied or,
with probability 1 - rate / bound, otherwise. Every attempt of N walkers happens at the constant rate
N sum_k bound_k, so that their number in a time is a Poisson number that the caller draws.

Attempts go in batches: all draws of a batch first, then the memory that they point at, then the events in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import int64, uint8, uint32, uint64

from interfacekit.kernels.compiled import inner, kernel
from interfacekit.kernels.prefetch import prefetch
from interfacekit.kernels.random import fill_uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Bits of a site's byte: a walker is there; the site is at the border; the level (see `pair_hops`).
OCCUPIED, BORDER, LEVEL = 0x80, 0x40, 0x3F
#: A level must fit into its six bits.
MOST_LEVELS = 64
#: Sites are numbered in 31 bits; the highest bit of a walker's word says that it stands at the border.
MOST_SITES = 2**31
#: Attempts whose memory is asked for together.
BATCH = 256
#: Status of a kernel.
DONE, BOUND_EXCEEDED = 0, 1


class LatticeArrays(NamedTuple):
    """Geometry of a lattice: B basis sites (a power of two) in each cell, z different neighbours of each."""

    shape: NDArray[np.uint64]  # (3,): cells along each axis
    offset: NDArray[np.uint64]  # (B, z): to the neighbour's number, inside the box; modulo 2^64
    shift: NDArray[np.int64]  # (B, z, 4): the neighbour's cell along each axis, and its basis site
    stride: NDArray[np.uint8]  # (z,): what a walker adds to this neighbour's level; the same for the reverse


class LatticeState(NamedTuple):
    """What changes: n sites, N walkers, P labelled ions."""

    site: NDArray[np.uint8]  # (n,)
    walker: NDArray[np.uint32]  # (N,): site, and the border flag in the highest bit
    label: NDArray[np.uint32]  # (n,): the ion on each site; (0,) where walkers are the ions themselves
    image: NDArray[np.int64]  # (P, 3): how often each ion has crossed the box along each axis
    hops: NDArray[np.int64]  # (B, z): hops of walkers by basis site of origin and direction
    rng: NDArray[np.uint64]  # (4,)


class Directions(NamedTuple):
    """Choice of a direction in proportion to its bound by an alias table (Walker 1977, doi:10.1145/355744.355749)."""

    threshold: NDArray[np.float64]  # (z,)
    alias: NDArray[np.uint64]  # (z,)


class Scratch(NamedTuple):
    """Workspace of a batch."""

    uniform: NDArray[np.float64]  # (2 BATCH,)
    walker: NDArray[np.uint64]  # (BATCH,)
    direction: NDArray[np.uint64]  # (BATCH,)


def scratch() -> Scratch:
    """Make the workspace of one replica."""
    return Scratch(np.zeros(2 * BATCH), np.zeros(BATCH, np.uint64), np.zeros(BATCH, np.uint64))


def alias_table(weights: NDArray[np.float64]) -> Directions:
    """Alias table that draws k in proportion to its weight (Vose 1991, doi:10.1109/32.92917)."""
    share = weights / weights.sum() * len(weights)
    alias = np.arange(len(weights), dtype=np.uint64)
    threshold = np.ones(len(weights))
    small = [k for k, w in enumerate(share) if w < 1]
    large = [k for k, w in enumerate(share) if w >= 1]
    while small and large:
        k, donor = small.pop(), large[-1]
        threshold[k], alias[k] = share[k], donor
        share[donor] -= 1 - share[k]
        if share[donor] < 1:
            small.append(large.pop())
    # A weight of 0 that rounding has left over must not be drawn.
    for k in small:
        if weights[k] == 0:
            threshold[k], alias[k] = 0.0, int(np.argmax(weights))
    return Directions(threshold, alias)


@inner
def _cell_of(lattice, site):
    """Cell of a site along the three axes, and its basis site."""
    n_basis = uint32(lattice.offset.shape[0])
    cell = uint32(site) // n_basis
    line = cell // uint32(lattice.shape[0])
    third = line // uint32(lattice.shape[1])
    first = cell - line * uint32(lattice.shape[0])
    second = line - third * uint32(lattice.shape[1])
    return int64(first), int64(second), int64(third), uint64(uint32(site) - cell * n_basis)


@inner
def _neighbour(lattice, first, second, third, s, k):
    """Number of a neighbour anywhere in the box, and the crossings of its border on the way."""
    n1, n2, n3 = int64(lattice.shape[0]), int64(lattice.shape[1]), int64(lattice.shape[2])
    a = first + lattice.shift[s, k, 0]
    b = second + lattice.shift[s, k, 1]
    c = third + lattice.shift[s, k, 2]
    across_a = int64(a >= n1) - int64(a < 0)
    across_b = int64(b >= n2) - int64(b < 0)
    across_c = int64(c >= n3) - int64(c < 0)
    cell = uint64(((c - across_c * n3) * n2 + b - across_b * n2) * n1 + a - across_a * n1)
    target = cell * uint64(lattice.offset.shape[0]) + uint64(lattice.shift[s, k, 3])
    return target, across_a, across_b, across_c


@inner
def _draw(lattice, directions, state, work, m, per_attempt):
    """Draw the walkers and directions of a batch, and ask for the walkers' words and then for their sites."""
    fill_uniform(state.rng, work.uniform, m * per_attempt)
    n = float(state.walker.size)
    z = float(lattice.stride.size)
    mask = uint64(lattice.offset.shape[0] - 1)
    for j in range(m):
        # One number serves three times: its fraction is uniform again, to 2^-29 and better.
        x = work.uniform[j * per_attempt] * n
        i = uint64(x)
        x = (x - float(i)) * z
        k = uint64(x)
        work.walker[j] = i
        work.direction[j] = directions.alias[k] if x - float(k) >= directions.threshold[k] else k
        prefetch(state.walker, i)
    for j in range(m):
        site = uint64(state.walker[work.walker[j]] & uint32(MOST_SITES - 1))
        prefetch(state.site, site)
        prefetch(state.site, site + lattice.offset[site & mask, work.direction[j]])


@inner
def free_hops(lattice, directions, state, work, attempts):
    """Attempt hops of walkers whose rate depends on the direction alone, the same from every basis site.

    Parameters
    ----------
    lattice : LatticeArrays
    directions : Directions
    state : LatticeState
        Updated in place.
    work : Scratch
    attempts : int

    Returns
    -------
    int
        `DONE`.
    """
    tracked = state.label.size > 0
    mask = uint64(lattice.offset.shape[0] - 1)
    left = uint64(attempts)
    while left > uint64(0):
        m = min(left, uint64(BATCH))
        left -= m
        _draw(lattice, directions, state, work, m, uint64(1))
        for j in range(m):
            i = work.walker[j]
            k = work.direction[j]
            word = state.walker[i]
            site = uint64(word & uint32(MOST_SITES - 1))
            if word >= uint32(MOST_SITES):
                first, second, third, s = _cell_of(lattice, site)
                target, across_a, across_b, across_c = _neighbour(lattice, first, second, third, s, k)
                there = uint64(state.site[target])
                # In this order: few hops cross, while half of all targets are empty.
                if (across_a | across_b | across_c) != 0 and there < uint64(OCCUPIED):
                    ion, sign = (uint64(state.label[target]), -1) if tracked else (i, 1)
                    state.image[ion, 0] += sign * across_a
                    state.image[ion, 1] += sign * across_b
                    state.image[ion, 2] += sign * across_c
            else:
                target = site + lattice.offset[site & mask, k]
                there = uint64(state.site[target])
            # Written so that a null attempt stores what was there: a branch would be mispredicted half the time.
            hops = (there >> uint64(7)) ^ uint64(1)
            moved = target | ((there & uint64(BORDER)) << uint64(25))
            state.site[site] = uint8(uint64(state.site[site]) & ~(hops << uint64(7)))
            state.site[target] = uint8(there | uint64(OCCUPIED))
            state.walker[i] = uint32((moved & (uint64(0) - hops)) | (uint64(word) & (hops - uint64(1))))
            state.hops[site & mask, k] += int64(hops)
            if tracked and hops != uint64(0):
                state.label[site] = state.label[target]
    return DONE


@inner
def _add_level(lattice, state, site, sign):
    """Add the walker on `site` (or take it away) to the levels of its neighbours, anywhere in the box."""
    first, second, third, s = _cell_of(lattice, site)
    for k in range(uint64(lattice.stride.size)):
        neighbour = _neighbour(lattice, first, second, third, s, k)[0]
        state.site[neighbour] = uint8(int64(state.site[neighbour]) + sign * int64(lattice.stride[k]))


@inner
def _move(lattice, state, i, site, target):
    """Move a walker, and with it what it adds to the levels of its neighbours."""
    there = state.site[target]
    state.walker[i] = uint32(target | (uint64(there & uint8(BORDER)) << uint64(25)))
    state.site[site] &= uint8(0xFF ^ OCCUPIED)
    state.site[target] = there | uint8(OCCUPIED)
    if (state.site[site] | there) & uint8(BORDER):
        _add_level(lattice, state, site, int64(-1))
        _add_level(lattice, state, target, int64(1))
    else:
        mask = uint64(lattice.offset.shape[0] - 1)
        for k in range(uint64(lattice.stride.size)):
            state.site[site + lattice.offset[site & mask, k]] -= lattice.stride[k]
            state.site[target + lattice.offset[target & mask, k]] += lattice.stride[k]


@inner
def pair_hops(lattice, directions, acceptance, levels, state, work, attempts, check):
    """Attempt hops of walkers whose rate depends on the neighbours at both ends.

    The level of a site is the sum of `stride` over its occupied neighbours, which numbers the combinations of how many
    neighbours of each kind it has. A hop from level p to level q (the walker itself not counted) along direction k is
    accepted with the probability `acceptance[s z + k, p levels + q]`.

    Parameters
    ----------
    lattice : LatticeArrays
    directions : Directions
    acceptance : float64[B z, levels^2]
        Rate over bound, at most 1.
    levels : int
        Number of levels, at most `MOST_LEVELS`.
    state : LatticeState
        Updated in place.
    work : Scratch
    attempts : int
    check : bool
        Stop with `BOUND_EXCEEDED` where an acceptance that is used is above 1.

    Returns
    -------
    int
        `DONE` or `BOUND_EXCEEDED`.
    """
    tracked = state.label.size > 0
    mask = uint64(lattice.offset.shape[0] - 1)
    z = uint64(lattice.stride.size)
    width = uint64(levels)
    left = uint64(attempts)
    while left > uint64(0):
        m = min(left, uint64(BATCH))
        left -= m
        _draw(lattice, directions, state, work, m, uint64(2))
        for j in range(m):
            i = work.walker[j]
            k = work.direction[j]
            word = state.walker[i]
            site = uint64(word & uint32(MOST_SITES - 1))
            s = site & mask
            across_a, across_b, across_c = int64(0), int64(0), int64(0)
            if word >= uint32(MOST_SITES):
                first, second, third, _ = _cell_of(lattice, site)
                target, across_a, across_b, across_c = _neighbour(lattice, first, second, third, s, k)
            else:
                target = site + lattice.offset[s, k]
            there = uint64(state.site[target])
            before = uint64(state.site[site]) & uint64(LEVEL)
            after = (there & uint64(LEVEL)) - uint64(lattice.stride[k])
            probability = acceptance[s * z + k, before * width + after]
            empty = there < uint64(OCCUPIED)
            if check and empty and not probability <= 1.0:  # nor NaN
                return BOUND_EXCEEDED
            if empty & (work.uniform[j * uint64(2) + uint64(1)] < probability):
                _move(lattice, state, i, site, target)
                state.hops[s, k] += 1
                if tracked:
                    state.label[site] = state.label[target]
                if (across_a | across_b | across_c) != 0:
                    ion, sign = (uint64(state.label[target]), -1) if tracked else (i, 1)
                    state.image[ion, 0] += sign * across_a
                    state.image[ion, 1] += sign * across_b
                    state.image[ion, 2] += sign * across_c
    return DONE


@inner
def _sample(state, plan, cursor, record):
    """Write a sample if all attempts towards it are made."""
    if cursor[1] == plan[cursor[0]]:
        for s in range(state.hops.shape[0]):
            for k in range(state.hops.shape[1]):
                record[cursor[0], s * state.hops.shape[1] + k] = state.hops[s, k]
        cursor[0] += 1
        cursor[1] = 0


@kernel
def advance_free(lattice, directions, state, work, plan, cursor, record, stop, budget):
    """Attempt hops as `free_hops` does, along a plan of samples.

    Parameters
    ----------
    lattice, directions, state, work
        As for `free_hops`.
    plan : int64[S]
        Attempts up to each sample after the one before.
    cursor : int64[2]
        The next sample, and the attempts already made towards it; updated.
    record : int64[S, B z]
        `state.hops` at each sample.
    stop : int
        Return before this sample is begun.
    budget : int
        Attempts to make at most in this call.

    Returns
    -------
    int
        `DONE`.
    """
    left = int64(budget)
    while cursor[0] < stop and left > 0:
        attempts = min(plan[cursor[0]] - cursor[1], left)
        free_hops(lattice, directions, state, work, attempts)
        left -= attempts
        cursor[1] += attempts
        _sample(state, plan, cursor, record)
    return DONE


@kernel
def advance_pairs(lattice, directions, acceptance, levels, state, work, plan, cursor, record, stop, budget, check):
    """Attempt hops as `pair_hops` does, along a plan of samples.

    Parameters
    ----------
    lattice, directions, acceptance, levels, state, work, check
        As for `pair_hops`.
    plan, cursor, record, stop, budget
        As for `advance_free`.

    Returns
    -------
    int
        `DONE` or `BOUND_EXCEEDED`.
    """
    left = int64(budget)
    while cursor[0] < stop and left > 0:
        attempts = min(plan[cursor[0]] - cursor[1], left)
        if pair_hops(lattice, directions, acceptance, levels, state, work, attempts, check) != DONE:
            return BOUND_EXCEEDED
        left -= attempts
        cursor[1] += attempts
        _sample(state, plan, cursor, record)
    return DONE
