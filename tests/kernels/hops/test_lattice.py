from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pytest

from interfacekit.kernels.hops.lattice import (
    BATCH,
    BORDER,
    BOUND_EXCEEDED,
    DONE,
    LEVEL,
    MOST_LEVELS,
    OCCUPIED,
    Directions,
    LatticeArrays,
    LatticeState,
    advance_free,
    advance_pairs,
    scratch,
)
from interfacekit.kernels.random import stream
from interfacekit.kernels.reference import hops as _reference
from tests.kernels.twins import assert_same, changes, copied

CHUNKS = [1, 7, BATCH - 1, BATCH, BATCH + 1]
LONG = 5000


def endless(state):
    """A plan without samples, its cursor, and no records."""
    return np.full(1, 2**62), np.zeros(2, np.int64), np.zeros((1, state.hops.size), np.int64), 1


def free_hops(lattice, directions, state, work, attempts):
    return advance_free(lattice, directions, state, work, *endless(state), attempts)


def pair_hops(lattice, directions, acceptance, levels, state, work, attempts, check):
    return advance_pairs(lattice, directions, acceptance, levels, state, work, *endless(state), attempts, check)


class Geometry(NamedTuple):
    shift: np.ndarray
    stride: list
    levels: int
    small: tuple
    large: tuple


def both_ways(half):
    """One basis site: each shift and its opposite, in another order."""
    half = np.array(half)
    return np.concatenate([half, -half])[None]


def between(towards):
    """Two basis sites: shifts from the first to the second, and the same ones back."""
    towards = np.array(towards)
    there = np.column_stack([towards, np.ones(len(towards), int)])
    back = np.column_stack([-towards, np.zeros(len(towards), int)])
    return np.stack([there, back])


def one_basis(half):
    shift = both_ways(half)
    return np.concatenate([shift, np.zeros((*shift.shape[:2], 1), int)], axis=2)


HEXAGON = [(1, 0, 0), (0, 1, 0), (-1, 1, 0)]
GEOMETRIES = {
    "cubic": Geometry(one_basis(np.eye(3, dtype=int)), [1] * 6, 7, (3, 3, 3), (5, 4, 7)),
    "triangular": Geometry(one_basis(HEXAGON), [1] * 6, 7, (3, 3, 1), (8, 5, 1)),
    "honeycomb": Geometry(between([(0, 0, 0), (-1, 0, 0), (0, -1, 0)]), [1] * 3, 4, (3, 3, 1), (7, 4, 1)),
    "diamond": Geometry(between([(0, 0, 0), (-1, 0, 0), (0, -1, 0), (0, 0, -1)]), [1] * 4, 5, (3, 3, 3), (4, 6, 5)),
    # Triangular layers on top of each other: a neighbour above or below counts seven.
    "layered": Geometry(one_basis([*HEXAGON, (0, 0, 1)]), [1, 1, 1, 7, 1, 1, 1, 7], 21, (3, 3, 3), (6, 4, 5)),
}


def make_lattice(shape, geometry):
    n1, n2, _ = shape
    n_basis = len(geometry.shift)
    da, db, dc, to = np.moveaxis(geometry.shift, 2, 0)
    offset = ((dc * n2 + db) * n1 + da) * n_basis + to - np.arange(n_basis)[:, None]
    return LatticeArrays(
        np.array(shape, np.uint64),
        offset.astype(np.int64).view(np.uint64),
        geometry.shift.astype(np.int64),
        np.array(geometry.stride, np.uint8),
    )


def coordinates(shape, n_basis):
    """Cell along each axis and basis site of every site."""
    c, b, a, s = np.unravel_index(np.arange(n_basis * np.prod(shape)), (*shape[::-1], n_basis))
    return np.stack([a, b, c]), s


def neighbour_table(shape, geometry):
    """Neighbours of all sites by `ravel_multi_index`, and whether any lies across the border."""
    cells, s = coordinates(shape, len(geometry.shift))
    moved = cells[:, :, None] + np.moveaxis(geometry.shift[s, :, :3], 2, 0)
    a, b, c = moved
    index = (c, b, a, geometry.shift[s, :, 3])
    table = np.ravel_multi_index(index, (*shape[::-1], len(geometry.shift)), mode=("wrap", "wrap", "wrap", "raise"))
    edges = np.array(shape)[:, None, None]
    return table, ((moved < 0) | (moved >= edges)).any(axis=(0, 2))


def counted_levels(table, stride, occupied):
    return (occupied[table] * np.array(stride)).sum(axis=1)


def make_state(shape, geometry, *, walkers, vacancies, seed):
    rng = np.random.default_rng(seed)
    table, border = neighbour_table(shape, geometry)
    n = len(table)
    walker = rng.permutation(n)[:walkers]
    occupied = np.zeros(n, bool)
    occupied[walker] = True
    level = counted_levels(table, geometry.stride, occupied)
    label = np.zeros(0, np.uint32)
    ions = walkers
    if vacancies:
        ions = n - walkers
        label = np.full(n, 2**32 - 1, np.uint32)
        label[~occupied] = rng.permutation(ions)
    return LatticeState(
        (occupied * OCCUPIED + border * BORDER + level).astype(np.uint8),
        (walker + border[walker] * 2**31).astype(np.uint32),
        label,
        np.zeros((ions, 3), np.int64),
        np.zeros(geometry.shift.shape[:2], np.int64),
        stream(seed, 7),
    )


def alias_table(bounds):
    """Fill the poorest column up from the richest until all are full."""
    rest = np.array(bounds) / np.mean(bounds)
    threshold, alias = np.ones(rest.size), np.arange(rest.size)
    while rest.min() < 1.0 - 1e-12:
        poor, rich = int(rest.argmin()), int(rest.argmax())
        threshold[poor], alias[poor] = rest[poor], rich
        rest[rich] -= 1.0 - rest[poor]
        rest[poor] = 1.0
    return Directions(threshold, alias.astype(np.uint64))


def unequal_bounds(z):
    return 0.2 + 1.6 * np.random.default_rng(z).random(z)


def setting(name, size, *, vacancies=False, seed=0, filling=0.4):
    """Arrays of a lattice with random occupation and directions, and a random acceptance of pairs of levels."""
    geometry = GEOMETRIES[name]
    shape = geometry.small if size == "small" else geometry.large
    n = len(geometry.shift) * int(np.prod(shape))
    state = make_state(shape, geometry, walkers=max(1, int(filling * n)), vacancies=vacancies, seed=seed)
    directions = alias_table(unequal_bounds(len(geometry.stride)))
    acceptance = np.random.default_rng(seed).uniform(0.1, 1.0, (geometry.shift[:, :, 0].size, geometry.levels**2))
    return make_lattice(shape, geometry), directions, np.ascontiguousarray(acceptance), geometry, shape, state


def assert_consistent(state, shape, geometry, *, with_levels):
    """Walkers and bytes agree, border flags are the geometry's, ions are all there, and levels are counted anew."""
    table, border = neighbour_table(shape, geometry)
    occupied = (state.site & OCCUPIED) > 0
    sites = state.walker & np.uint32(2**31 - 1)
    assert len(set(sites.tolist())) == sites.size
    assert sorted(sites.tolist()) == np.flatnonzero(occupied).tolist()
    assert ((state.site & BORDER) > 0).tolist() == border.tolist()
    assert (state.walker >= 2**31).tolist() == border[sites].tolist()
    if with_levels:
        assert (state.site & LEVEL).tolist() == counted_levels(table, geometry.stride, occupied).tolist()
    if state.label.size > 0:
        assert sorted(state.label[~occupied].tolist()) == list(range(len(state.image)))


every_lattice = pytest.mark.parametrize("name", GEOMETRIES)
every_size = pytest.mark.parametrize("size", ["small", "large"])
ions_and_vacancies = pytest.mark.parametrize("vacancies", [False, True], ids=["ions", "vacancies"])


@every_lattice
@ions_and_vacancies
@every_size
def test_free_hops_are_the_twins(name, vacancies, size):
    lattice, directions, _, geometry, shape, state = setting(name, size, vacancies=vacancies, seed=1)
    twin, whole = copied(state), copied(state)
    work, chunks = scratch(), [*CHUNKS, LONG]
    for attempts in chunks:
        assert free_hops(lattice, directions, state, work, attempts) == DONE
        assert _reference.free_hops(lattice, directions, twin, work, attempts) == DONE
        assert_same(state, twin)
    assert state.hops.sum() > 1500
    assert_consistent(state, shape, geometry, with_levels=False)
    assert free_hops(lattice, directions, whole, work, sum(chunks)) == DONE
    assert_same(whole, state)


@every_lattice
@ions_and_vacancies
@every_size
def test_pair_hops_are_the_twins(name, vacancies, size):
    lattice, directions, acceptance, geometry, shape, state = setting(name, size, vacancies=vacancies, seed=2)
    twin, whole = copied(state), copied(state)
    work, levels, chunks = scratch(), geometry.levels, [*CHUNKS, LONG // 2]
    for attempts in chunks:
        assert pair_hops(lattice, directions, acceptance, levels, state, work, attempts, True) == DONE
        assert _reference.pair_hops(lattice, directions, acceptance, levels, twin, work, attempts, True) == DONE
        assert_same(state, twin)
    assert state.hops.sum() > 500
    assert_consistent(state, shape, geometry, with_levels=True)
    assert pair_hops(lattice, directions, acceptance, levels, whole, work, sum(chunks), False) == DONE
    assert_same(whole, state)


@every_lattice
@ions_and_vacancies
def test_long_runs_are_the_same_in_any_chunks_and_stay_consistent(name, vacancies):
    lattice, directions, acceptance, geometry, shape, start = setting(name, "large", vacancies=vacancies, seed=3)
    total, work, levels = 30_000, scratch(), geometry.levels
    chunkings = [[total], [LONG] * 6, [BATCH] * (total // BATCH) + [total % BATCH], [1] * 300 + [total - 300]]
    free, pair = [], []
    for chunks in chunkings:
        free.append(copied(start))
        pair.append(copied(start))
        for attempts in chunks:
            assert free_hops(lattice, directions, free[-1], work, attempts) == DONE
            assert pair_hops(lattice, directions, acceptance, levels, pair[-1], work, attempts, True) == DONE
    for state in free[1:]:
        assert_same(state, free[0])
    for state in pair[1:]:
        assert_same(state, pair[0])
    assert free[0].hops.sum() > pair[0].hops.sum() > 3000
    assert_consistent(pair[0], shape, geometry, with_levels=True)


@pytest.mark.parametrize("filling", [0.0, 0.05, 0.95, 1.0], ids=["one", "few", "many", "full"])
@ions_and_vacancies
def test_twins_agree_at_any_filling(filling, vacancies):
    lattice, directions, acceptance, geometry, shape, state = setting(
        "layered", "small", vacancies=vacancies, filling=filling, seed=4
    )
    twin, start, work, levels = copied(state), copied(state), scratch(), geometry.levels
    assert pair_hops(lattice, directions, acceptance, levels, state, work, 1000, True) == DONE
    assert _reference.pair_hops(lattice, directions, acceptance, levels, twin, work, 1000, True) == DONE
    assert_same(state, twin)
    assert free_hops(lattice, directions, state, work, 1000) == DONE
    assert _reference.free_hops(lattice, directions, twin, work, 1000) == DONE
    assert_same(state, twin)
    assert_consistent(state, shape, geometry, with_levels=False)
    if filling == 1.0:
        assert changes(state, start) == {"rng"}


def test_the_highest_level_fits():
    """Opposite neighbours count alike, so that 62 is the highest level of all, one short of six bits."""
    geometry = GEOMETRIES["cubic"]._replace(stride=[1, 10, 20, 1, 10, 20], levels=MOST_LEVELS)
    lattice = make_lattice((4, 3, 5), geometry)
    state = make_state((4, 3, 5), geometry, walkers=55, vacancies=False, seed=5)
    acceptance = np.random.default_rng(5).uniform(0.0, 1.0, (6, MOST_LEVELS**2))
    twin, work, directions = copied(state), scratch(), alias_table(unequal_bounds(6))
    assert pair_hops(lattice, directions, acceptance, MOST_LEVELS, state, work, 4000, True) == DONE
    assert _reference.pair_hops(lattice, directions, acceptance, MOST_LEVELS, twin, work, 4000, True) == DONE
    assert_same(state, twin)
    assert (state.site & LEVEL).max() == 62


@every_lattice
def test_directions_are_drawn_in_proportion_to_their_bounds(name):
    """One walker on an empty lattice: every attempt is a hop, and the images and the hops give one displacement."""
    lattice, directions, _, geometry, shape, state = setting(name, "large", filling=0.0, seed=6)
    start, attempts = int(state.walker[0]) % 2**31, 200_000
    assert free_hops(lattice, directions, state, scratch(), attempts) == DONE
    assert state.hops.sum() == attempts
    bounds = unequal_bounds(len(geometry.stride))
    expected = attempts * bounds / bounds.sum()
    assert (np.abs(state.hops.sum(axis=0) - expected) < 4.5 * np.sqrt(expected)).all()
    cells, _ = coordinates(shape, len(geometry.shift))
    end = int(state.walker[0]) % 2**31
    unwrapped = cells[:, end] - cells[:, start] + state.image[0] * np.array(shape)
    assert unwrapped.tolist() == (state.hops[:, :, None] * geometry.shift[:, :, :3]).sum(axis=(0, 1)).tolist()


def test_pair_hops_sample_the_boltzmann_distribution():
    """Three walkers on nine sites: the share of attempts that are hops is the exact one over all 84 states."""
    geometry, shape, bond = GEOMETRIES["triangular"], (3, 3, 1), 0.7
    table, _ = neighbour_table(shape, geometry)
    change = bond * (np.arange(7) - np.arange(7)[:, None])
    acceptance = np.tile(np.exp(-np.maximum(change, 0.0)).ravel(), (6, 1))
    expected, weights = 0.0, 0.0
    for walkers in combinations(range(9), 3):
        occupied = np.isin(np.arange(9), walkers)
        level = counted_levels(table, geometry.stride, occupied)
        weight = np.exp(-bond * level[occupied].sum() / 2)
        hops = [(i, table[i, k]) for i, k in product(walkers, range(6)) if not occupied[table[i, k]]]
        expected += weight * sum(acceptance[0, 7 * level[i] + level[x] - 1] for i, x in hops) / 18
        weights += weight
    state = make_state(shape, geometry, walkers=3, vacancies=False, seed=8)
    directions, attempts = alias_table(np.ones(6)), 1_000_000
    args = make_lattice(shape, geometry), directions, acceptance, 7, state, scratch()
    assert pair_hops(*args, attempts, True) == DONE
    assert state.hops.sum() / attempts == pytest.approx(expected / weights, abs=5 / np.sqrt(attempts))


@pytest.mark.parametrize("levels", [0, 7], ids=["free", "pair"])
@pytest.mark.parametrize("chunks", [[3000], [1] * 310 + [2690], [255, 256, 257] * 4, [999] * 3], ids=len)
def test_samples_along_a_plan_are_the_twins(levels, chunks):
    lattice, directions, acceptance, _, _, state = setting("cubic", "small", seed=9)
    plan = np.array([0, 1, 300, 0, 0, 256, 511, 700, 0, 900, 0], np.int64)
    work, twin, stop = scratch(), copied(state), len(plan) - 1
    cursor, record = np.zeros(2, np.int64), np.full((len(plan), 6), -1)
    twin_cursor, twin_record = cursor.copy(), record.copy()
    args = lattice, directions, acceptance, levels
    for budget in chunks:
        if levels == 0:
            assert advance_free(lattice, directions, state, work, plan, cursor, record, stop, budget) == DONE
        else:
            assert advance_pairs(*args, state, work, plan, cursor, record, stop, budget, True) == DONE
        assert _reference.lattice_advance(*args, twin, work, plan, twin_cursor, twin_record, stop, budget, True) == DONE
        assert_same(state, twin)
        assert cursor.tolist() == twin_cursor.tolist()
        assert record.tolist() == twin_record.tolist()
    assert cursor.tolist() == [stop, 0]
    assert (record[stop] == -1).all()
    assert record[stop - 1].tolist() == state.hops.ravel().tolist()


def test_a_bound_that_is_exceeded_is_found():
    lattice, directions, acceptance, geometry, _, start = setting("diamond", "small", seed=10)
    levels, work = geometry.levels, scratch()
    used = copied(start)
    assert pair_hops(lattice, directions, acceptance, levels, used, work, LONG, True) == DONE
    acceptance[5, 2 * levels + 1] = 1.0
    assert pair_hops(lattice, directions, acceptance, levels, copied(start), work, LONG, True) == DONE
    acceptance[5, 2 * levels + 1] = 1.0 + 1e-12
    for kernel in (pair_hops, _reference.pair_hops):
        assert kernel(lattice, directions, acceptance, levels, copied(start), work, LONG, True) == BOUND_EXCEEDED
        assert kernel(lattice, directions, acceptance, levels, copied(start), work, 500, False) == DONE
    for kernel in (advance_pairs, _reference.lattice_advance):
        plan, cursor, record = np.full(1, LONG), np.zeros(2, np.int64), np.zeros((1, 8), np.int64)
        args = lattice, directions, acceptance, levels, copied(start), work, plan, cursor, record, 1, LONG, True
        assert kernel(*args) == BOUND_EXCEEDED
        assert (record == 0).all()


def test_where_a_bound_is_exceeded_the_state_is_the_one_before():
    lattice, directions, acceptance, geometry, shape, state = setting("cubic", "small", seed=11)
    acceptance[:] = np.where(np.random.default_rng(0).random(acceptance.shape) < 0.02, 1.5, acceptance)
    twin, work = copied(state), scratch()
    for kernel, changed in ((pair_hops, state), (_reference.pair_hops, twin)):
        args = lattice, directions, acceptance, geometry.levels, changed, work
        assert kernel(*args, LONG, True) == BOUND_EXCEEDED
    assert state.hops.sum() > 10
    assert changes(state, twin) <= {"rng"}
    assert_consistent(state, shape, geometry, with_levels=True)
