from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest

from interfacekit.kernels.hops.lattice import BOUND_EXCEEDED, DONE
from interfacekit.kernels.hops.network import (
    BATCH,
    BIN,
    LABEL_SHIFT,
    LEVEL,
    LEVEL_SHIFT,
    MOST_BINS,
    MOST_LEVELS,
    OCCUPIED,
    SITE,
    NetworkArrays,
    NetworkState,
    advance,
    make_room,
    scratch,
)
from interfacekit.kernels.random import stream
from interfacekit.kernels.reference import hops as _reference
from tests.covering import crossed
from tests.kernels.twins import assert_same, changes, copied

SLOTS = 5
#: Neighbours through edges of the second kind count six, so that five of each kind can be told apart.
STRIDES, LEVELS = (0, 1, 6), 36
TABLES = 3
AROUND = 4
CHUNKS = [1, 7, BATCH - 1, BATCH, BATCH + 1, 2, 256, 600, 5000]


class Model(NamedTuple):
    """A random network and its physics, at kT = 1: E edges between n sites."""

    site_energy: np.ndarray  # (n,)
    edge: np.ndarray  # (E, 2)
    barrier: np.ndarray  # (E,)
    frequency: np.ndarray  # (E,)
    table: np.ndarray  # (E,)
    stride: np.ndarray  # (E,)
    step: np.ndarray  # (E, 3)
    image: np.ndarray  # (E, 3)
    around: np.ndarray  # (E, AROUND): sites that surround a hop, not its ends; n is always full, n + 1 empty
    pair_energy: np.ndarray  # (L,): of a walker on a site, by level


class Use(NamedTuple):
    """What of a model is used."""

    interactions: bool = False
    by_level: bool = False
    environment: bool = False
    limits: bool = False
    bins: int = 3


USES = {
    "disorder": Use(),
    "one-bin": Use(bins=1),
    "interactions": Use(interactions=True),
    "levels": Use(interactions=True, by_level=True),
    "environment": Use(environment=True, bins=5),
    "limited-environment": Use(environment=True, limits=True),
    "limited-interactions": Use(interactions=True, limits=True, bins=5),
    "everything": Use(interactions=True, by_level=True, environment=True, limits=True),
    "everything-in-bins": Use(interactions=True, environment=True, limits=True),
}


def make_model(n, seed, extra=1.2):
    """A ring with shuffled numbers and random chords, up to SLOTS edges at a site."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    edges = {tuple(sorted(pair)) for pair in zip(order.tolist(), np.roll(order, 1).tolist(), strict=True)}
    degree = np.full(n, 2)
    for i, j in rng.integers(0, n, (int(extra * n), 2)).tolist():
        if i != j and (min(i, j), max(i, j)) not in edges and max(degree[i], degree[j]) < SLOTS:
            edges.add((min(i, j), max(i, j)))
            degree[[i, j]] += 1
    edge = np.array(sorted(edges))
    count = len(edge)
    around = np.array([rng.permutation([*np.setdiff1d(np.arange(n), ends), *[n, n + 1] * 2])[:AROUND] for ends in edge])
    second, first = np.divmod(np.arange(LEVELS), STRIDES[2])
    return Model(
        site_energy=rng.normal(0.0, 0.7, n),
        edge=edge,
        barrier=rng.uniform(0.5, 2.0, count),
        frequency=rng.uniform(1e3, 3e3, count),
        table=rng.integers(0, TABLES, count),
        stride=rng.choice(STRIDES, count),
        step=rng.integers(-9, 10, (count, 3)),
        image=rng.integers(-1, 2, (count, 3)) * (rng.random(count) < 0.4)[:, None],
        around=around,
        pair_energy=0.25 * first - 0.15 * second,
    )


def factors(model):
    """Factor of the rate for each table and pair of levels; its part that is the same both ways differs by table."""
    before, after = model.pair_energy[:, None], model.pair_energy[None]
    tables = [np.exp((before - after) / 2 - 0.1 * t * (before + after)) for t in range(TABLES)]
    return np.array(tables).reshape(TABLES, -1)


def environment_factors():
    return np.exp(-0.1 * np.arange(1, TABLES + 1)[:, None] * np.arange(AROUND + 1))


class Slots(NamedTuple):
    """One entry for each direction of each edge."""

    edge: np.ndarray
    sign: np.ndarray  # 1 along the edge, -1 against it
    origin: np.ndarray
    target: np.ndarray
    place: np.ndarray  # among the n SLOTS + 1


def slots_of(model, rng):
    """Slots in random order at each site; those of a site that are left are last."""
    edge = np.tile(np.arange(len(model.edge)), 2)
    sign = np.repeat([1, -1], len(model.edge))
    origin = np.where(sign > 0, model.edge[edge, 0], model.edge[edge, 1])
    target = model.edge[edge].sum(axis=1) - origin
    used, place = np.zeros(len(model.site_energy), int), np.zeros(len(edge), int)
    for j in rng.permutation(len(edge)).tolist():
        place[j] = origin[j] * SLOTS + used[origin[j]]
        used[origin[j]] += 1
    return Slots(edge, sign, origin, target, place)


def spread(slots, n, values, rest):
    """Put the values of slots into an array of all n SLOTS + 1."""
    values = np.asarray(values)
    array = np.full((n * SLOTS + 1, *values.shape[1:]), rest, values.dtype)
    array[slots.place] = values
    return array


def binned(total, bins):
    """Bins of about equally many sites of similar total rate, numbered at random."""
    number = np.argsort(np.argsort(total)) * bins // len(total)
    return np.random.default_rng(bins).permutation(bins)[number]


def reachable(model):
    """Levels that any site can have: sums of the strides of some of its edges."""
    levels = {0}
    for site in range(len(model.site_energy)):
        sums = {0}
        for stride in model.stride[(model.edge == site).any(axis=1)].tolist():
            sums |= {level + stride for level in sums}
        levels |= sums
    return sorted(levels)


def bounds(model, use, total, bin_of):
    """Weights and factors that bound the rates of each class, and the unit of the weights."""
    levels = len(model.pair_energy)
    factor = factors(model) if use.interactions else np.ones((TABLES, levels**2))
    factor = factor.reshape(TABLES, levels, levels)[:, :, reachable(model)]
    most = environment_factors().max() if use.environment else 1.0
    if use.by_level:
        greatest = np.tile(factor.max(axis=(0, 2)) * most, use.bins)
    else:
        greatest = np.full(use.bins, factor[:, reachable(model)].max() * most)
    by_level = len(greatest) // use.bins
    of_bin = np.array([total[bin_of == b].max() for b in range(use.bins)])
    bound = np.repeat(of_bin, by_level) * greatest
    unit = bound.max() / 2**20
    weight = np.floor(bound / unit).astype(np.uint64) + np.uint64(1)
    return weight, greatest, float(unit)


def make_network(model, use, seed=0):
    """Arrays of a model, and the bin of each site."""
    n, rng = len(model.site_energy), np.random.default_rng(seed)
    slots, levels = slots_of(model, rng), len(model.pair_energy)
    change = model.site_energy[slots.target] - model.site_energy[slots.origin]
    rate = model.frequency[slots.edge] * np.exp(-model.barrier[slots.edge] - change / 2)
    downhill = model.frequency[slots.edge] * np.exp(-change)
    if use.limits and not (use.interactions or use.environment):
        rate = np.minimum(rate, np.minimum(downhill, model.frequency[slots.edge]))
    rates = spread(slots, n, rate, 0.0)[:-1].reshape(n, SLOTS)
    cumulative = rates.cumsum(axis=1)
    bin_of = binned(cumulative[:, -1], use.bins)
    weight, greatest, unit = bounds(model, use, cumulative[:, -1], bin_of)
    kinds = rng.permutation(len(slots.edge)) + 1  # Kind 0 is that of the slots that are not used.
    kind_of = np.argsort(kinds)
    signed = slots.sign[kind_of, None]
    image = signed * model.image[slots.edge[kind_of]]
    by_level = levels if use.by_level else 1
    capacity = np.repeat(np.bincount(bin_of, minlength=use.bins), by_level)
    m = AROUND if use.environment else 0
    limited = slice(None) if use.limits else slice(0)

    def of_kinds(values, dtype, rest=0):
        return np.concatenate([[np.full_like(values[0], rest)], values]).astype(dtype)

    network = NetworkArrays(
        target=spread(slots, n, slots.target.astype(np.uint32), n),
        cumulative=np.append(cumulative.ravel(), 0.0),
        kind=spread(slots, n, kinds.astype(np.uint32), 0),
        step=of_kinds(signed * model.step[slots.edge[kind_of]], np.int64, 99),
        image=of_kinds(image, np.int64),
        crosses=of_kinds(image.any(axis=1), np.uint8),
        stride=of_kinds(model.stride[slots.edge[kind_of]], np.uint8),
        tally=np.arange(len(kinds) + 1, dtype=np.uint32)[::-1].copy(),
        table=of_kinds(model.table[slots.edge[kind_of]], np.uint32),
        start=(np.cumsum(capacity + 2) - capacity).astype(np.uint64),
        capacity=capacity.astype(np.uint64),
        weight=weight,
        reach=weight * unit / greatest,
        greatest=greatest,
        factor=factors(model) if use.interactions else np.zeros((0, 0)),
        environment=spread(slots, n, model.around[slots.edge].astype(np.uint32), n)[:, :m].copy(),
        environment_factor=environment_factors()[:, : m + 1].copy(),
        downhill=spread(slots, n, downhill, 0.0)[limited],
        frequency=spread(slots, n, model.frequency[slots.edge], 0.0)[limited],
        boltzmann=np.exp(model.pair_energy[:, None] - model.pair_energy[None]).ravel(),
        unit=unit,
        slots=SLOTS,
        levels=levels,
        by_level=by_level,
    )
    return network, bin_of


def counted_levels(network, occupied):
    """Levels of all sites but the dummy, from all slots that lead there."""
    origin = np.arange(len(network.target) - 1) // SLOTS
    strides = network.stride[network.kind[:-1]] * occupied[origin]
    return np.bincount(network.target[:-1], strides, len(occupied) + 1)[:-1].astype(int)


def class_of(network, words):
    level = words >> LEVEL_SHIFT & LEVEL
    return (words & BIN).astype(int) * network.by_level + (level if network.by_level > 1 else 0)


def make_state(network, bin_of, *, walkers, vacancies, seed):
    rng = np.random.default_rng([seed, 1])
    n, classes = len(bin_of), len(network.weight)
    walker = rng.permutation(n)[:walkers]
    occupied = np.zeros(n, bool)
    occupied[walker] = True
    level = counted_levels(network, occupied) if network.factor.size > 0 else np.zeros(n, int)
    site = np.append(occupied * OCCUPIED + (level << LEVEL_SHIFT) + bin_of, [OCCUPIED, 0])
    lists = np.zeros(int(network.start[-1] + network.capacity[-1]) + 2, np.uint64)
    count, slot = np.zeros(classes, np.uint64), np.zeros(n + 1 if network.by_level > 1 else 0, np.uint32)
    for i, x in enumerate(walker.tolist()):
        c = class_of(network, site[x])
        lists[network.start[c] + count[c]] = x if vacancies else x + (i << LABEL_SHIFT)
        if slot.size > 0:
            slot[x] = count[c]
        count[c] += np.uint64(1)
    ions, label = walkers, np.zeros(0, np.uint32)
    if vacancies:
        ions, label = n - walkers, np.full(n + 1, 2**32 - 1, np.uint32)
        label[:-1][~occupied] = rng.permutation(ions)
    leaves = 1 << (classes - 1).bit_length()
    state = NetworkState(
        site=site.astype(np.uint16),
        walker=lists,
        slot=slot,
        label=label,
        count=count,
        room=np.zeros(classes, np.uint64),
        low=np.zeros(classes, np.int64),
        tree=np.zeros(2 * leaves, np.uint64),
        image=np.zeros((ions, 3), np.int64),
        net=np.zeros(3, np.int64),
        tally=np.zeros(len(network.tally), np.int64),
        time=np.zeros(1),
        cursor=np.zeros(3, np.int64),
        rng=stream(seed, 5),
    )
    make_room(network, state)
    return state


def setting(use, n=24, *, vacancies=False, filling=0.4, seed=0):
    network, bin_of = make_network(make_model(n, seed), use, seed)
    return network, make_state(network, bin_of, walkers=max(1, int(filling * n)), vacancies=vacancies, seed=seed)


def attempts_of(network, state, attempts):
    """Time that so many attempts take on average."""
    return attempts / (network.unit * float(state.tree[1]))


def listed(network, state):
    """Words of the walkers, by class."""
    return [state.walker[int(s) : int(s + c)] for s, c in zip(network.start, state.count, strict=True)]


def assert_consistent(network, state):
    """Lists, levels, rooms, sums and ions are what they say, from the occupied sites alone."""
    occupied = (state.site[:-2] & OCCUPIED) > 0
    lists = listed(network, state)
    sites = [(words & np.uint64(SITE)).astype(int) for words in lists]
    assert sorted(np.concatenate(sites).tolist()) == np.flatnonzero(occupied).tolist()
    assert state.site[-2:].tolist() == [OCCUPIED, 0]
    if network.factor.size > 0:
        assert (state.site[:-2] >> LEVEL_SHIFT & LEVEL).tolist() == counted_levels(network, occupied).tolist()
    for c, members in enumerate(sites):
        assert (class_of(network, state.site[members]) == c).all()
        if state.slot.size > 0:
            assert state.slot[members].tolist() == list(range(len(members)))
    assert (state.count <= state.room).all()
    assert (state.room <= network.capacity).all()
    shares = [int(room) * int(weight) for room, weight in zip(state.room, network.weight, strict=True)]
    assert int(state.tree[1]) == sum(shares)
    assert state.tree[len(state.tree) // 2 :][: len(shares)].tolist() == shares
    if state.label.size > 0:
        assert sorted(state.label[:-1][~occupied].tolist()) == list(range(len(state.image)))
    else:
        labels = np.concatenate(lists) >> np.uint64(LABEL_SHIFT)
        assert sorted(labels.tolist()) == list(range(len(state.image)))
    hops = np.zeros_like(state.tally)
    hops[:] = state.tally[network.tally]
    assert state.net.tolist() == (hops[:, None] * network.step).sum(axis=0).tolist()
    sign = -1 if state.label.size > 0 else 1
    assert (sign * state.image.sum(axis=0)).tolist() == (hops[:, None] * network.image).sum(axis=0).tolist()
    assert state.tally.sum() == state.cursor[1]
    assert hops[0] == 0


every_use = pytest.mark.parametrize("use", USES.values(), ids=USES)
ions_and_vacancies = pytest.mark.parametrize("vacancies", [False, True], ids=["ions", "vacancies"])


@pytest.mark.parametrize(("use", "vacancies", "n"), crossed(USES, [False, True], [20, 60]))
def test_advance_is_the_twins(use, vacancies, n):
    network, state = setting(USES[use], n, vacancies=vacancies, seed=n)
    twin, work = copied(state), scratch()
    interval, stop = attempts_of(network, state, 45.0), 500
    record, twin_record = np.full((stop, 4), -1), np.full((stop, 4), -1)
    for budget in CHUNKS:
        assert advance(network, state, work, interval, record, stop, budget, True) == DONE
        assert _reference.network_advance(network, twin, work, interval, twin_record, stop, budget, True) == DONE
        assert_same(state, twin)
        assert record.tolist() == twin_record.tolist()
    assert state.cursor[2] == sum(CHUNKS)
    assert state.cursor[0] > 100
    assert state.cursor[1] > 500
    assert_consistent(network, state)


@every_use
@ions_and_vacancies
def test_long_runs_are_the_same_in_any_chunks_and_stay_consistent(use, vacancies):
    network, start = setting(use, 400, vacancies=vacancies, filling=0.3, seed=5)
    total, work, stop = 20_000, scratch(), 10_000
    interval = attempts_of(network, start, 100.0)
    ends = []
    for chunks in ([total], [BATCH] * 60 + [total - 60 * BATCH], [1, 2, 3] * 100 + [total - 600], [999] * 21):
        state, record, left = copied(start), np.full((stop, 4), -1), total
        for budget in chunks:
            assert advance(network, state, work, interval, record, stop, min(budget, left), True) == DONE
            left -= min(budget, left)
        ends.append((state, record))
        assert_consistent(network, state)
    for state, record in ends[1:]:
        assert_same(state, ends[0][0])
        assert record.tolist() == ends[0][1].tolist()
    assert ends[0][0].cursor[1] > 1300


@every_use
def test_rooms_are_the_twins(use):
    network, state = setting(use, 60, seed=3)
    twin = copied(state)
    for array in (twin.room, twin.low, twin.tree):
        array[:] = 7
    twin.tree[0] = 0
    _reference.make_room(network, twin)
    assert_same(state, twin)
    assert_consistent(network, state)


@every_use
@pytest.mark.parametrize("filling", [0.0, 0.9, 1.0], ids=["one", "many", "full"])
def test_twins_agree_at_any_filling(use, filling):
    network, state = setting(use, 20, filling=filling, seed=6)
    start, twin, work = copied(state), copied(state), scratch()
    interval, record = attempts_of(network, state, 30.0), np.zeros((40, 4), np.int64)
    twin_record = record.copy()
    assert advance(network, state, work, interval, record, 40, 1000, True) == DONE
    assert _reference.network_advance(network, twin, work, interval, twin_record, 40, 1000, True) == DONE
    assert_same(state, twin)
    assert record.tolist() == twin_record.tolist()
    assert_consistent(network, state)
    if filling == 1.0:
        assert changes(state, start) == {"time", "cursor", "rng"}


@every_use
def test_a_run_stops_at_a_sample(use):
    """Where the last sample is due, nothing is drawn beyond it; the time is the sample's."""
    network, state = setting(use, 20, seed=7)
    twin, work, interval = copied(state), scratch(), attempts_of(network, state, 20.0)
    record, twin_record = np.full((9, 4), -1), np.full((9, 4), -1)
    for stop in (0, 1, 2, 5, 8):
        assert advance(network, state, work, interval, record, stop, 10_000, True) == DONE
        assert _reference.network_advance(network, twin, work, interval, twin_record, stop, 10_000, True) == DONE
        assert_same(state, twin)
        assert state.time[0] == stop * interval
        assert state.cursor[0] == stop
    assert record.tolist() == twin_record.tolist()
    assert record[7].tolist() == [*state.net, state.cursor[1]]
    assert (record[8] == -1).all()


def test_as_many_bins_as_there_can_be():
    network, state = setting(Use(bins=MOST_BINS), MOST_BINS, seed=8)
    assert len(network.weight) == MOST_BINS
    twin, work = copied(state), scratch()
    interval, record = attempts_of(network, state, 100.0), np.zeros((40, 4), np.int64)
    twin_record = record.copy()
    for budget in (1, 50, 800):
        assert advance(network, state, work, interval, record, 40, budget, True) == DONE
        assert _reference.network_advance(network, twin, work, interval, twin_record, 40, budget, True) == DONE
        assert_same(state, twin)
    assert_consistent(network, state)


@pytest.mark.parametrize("by_level", [False, True])
def test_as_many_levels_as_there_can_be(by_level):
    """Each site has one neighbour that matters, and that one counts as much as fits."""
    model = make_model(20, 9)
    free, stride = set(range(20)), np.zeros(len(model.edge), int)
    for e, ends in enumerate(model.edge.tolist()):
        if free.issuperset(ends):
            stride[e] = MOST_LEVELS - 1
            free -= set(ends)
    model = model._replace(stride=stride, pair_energy=np.linspace(0.0, 0.6, MOST_LEVELS))
    network, bin_of = make_network(model, Use(interactions=True, by_level=by_level, bins=2))
    state = make_state(network, bin_of, walkers=8, vacancies=False, seed=9)
    twin, work = copied(state), scratch()
    interval, record = attempts_of(network, state, 100.0), np.zeros((40, 4), np.int64)
    twin_record = record.copy()
    for budget in (1, 50, 800):
        assert advance(network, state, work, interval, record, 40, budget, True) == DONE
        assert _reference.network_advance(network, twin, work, interval, twin_record, 40, budget, True) == DONE
        assert_same(state, twin)
    assert (state.site[:-2] >> LEVEL_SHIFT & LEVEL).max() == MOST_LEVELS - 1
    assert_consistent(network, state)


def exact_fluxes(model, use, walkers):
    """Hops per time in both directions of every edge, over all states and their Boltzmann factors."""
    n = len(model.site_energy)
    fluxes, weights = np.zeros(2 * len(model.edge)), 0.0
    slots = slots_of(model, np.random.default_rng(0))
    factor, around_factor = factors(model), environment_factors()
    ends = np.concatenate([model.edge, model.edge[:, ::-1]])
    for members in combinations(range(n), walkers):
        occupied = np.isin(np.arange(n + 2), [*members, n])
        level = np.zeros(n, int)
        np.add.at(level, ends[:, 1], np.tile(model.stride, 2) * occupied[ends[:, 0]])
        energy = model.site_energy[occupied[:n]].sum()
        if use.interactions:
            energy += model.pair_energy[level[occupied[:n]]].sum() / 2
        weight = np.exp(-energy)
        weights += weight
        for j, (i, x) in enumerate(zip(slots.origin.tolist(), slots.target.tolist(), strict=True)):
            if not occupied[i] or occupied[x]:
                continue
            e = slots.edge[j]
            change = model.site_energy[x] - model.site_energy[i]
            rate = np.exp(-model.barrier[e] - change / 2)
            if use.interactions:
                p, q = level[i], level[x] - model.stride[e]
                rate *= factor[model.table[e], p * len(model.pair_energy) + q]
                change += model.pair_energy[q] - model.pair_energy[p]
            if use.environment:
                rate *= around_factor[model.table[e], occupied[model.around[e]].sum()]
            if use.limits:
                rate = min(rate, np.exp(-change), 1.0)
            fluxes[j] += weight * model.frequency[e] * rate
    return fluxes / weights


@every_use
def test_hops_are_those_of_the_boltzmann_distribution(use):
    """Three walkers on seven sites: how often each hop happens is the exact number, and as often back as forth."""
    model = make_model(7, 12)
    model = model._replace(barrier=model.barrier - 0.8)  # so that the limits bind
    use = use._replace(bins=min(use.bins, 3))
    network, bin_of = make_network(model, use)
    expected = exact_fluxes(model, use, 3)
    count = len(model.edge)
    assert expected[:count] == pytest.approx(expected[count:])
    slots = slots_of(model, np.random.default_rng(0))
    place = network.tally[network.kind[slots.place]]
    state, blocks = make_state(network, bin_of, walkers=3, vacancies=False, seed=12), 60
    interval, record = attempts_of(network, state, 6000.0), np.zeros((blocks, 4), np.int64)
    fluxes, work = np.zeros((blocks, 2 * count)), scratch()
    for block in range(blocks):
        before = state.tally.copy()
        while state.cursor[0] == block:
            assert advance(network, state, work, interval, record, block + 1, 10_000, True) == DONE
        fluxes[block] = (state.tally - before)[place] / interval
    error = fluxes.std(axis=0) / np.sqrt(blocks - 1)
    deviations = (fluxes.mean(axis=0) - expected) / error
    assert np.abs(deviations).max() < 4.5
    assert (deviations**2).mean() < 2.5
    assert (error / expected).max() < 0.06


@pytest.mark.parametrize("kernel", [advance, _reference.network_advance], ids=["kernel", "twin"])
@pytest.mark.parametrize("name", ["disorder", "environment", "interactions", "levels", "everything"])
def test_a_bound_that_is_exceeded_is_found(kernel, name):
    network, start = setting(USES[name], 20, seed=10)
    work, record = scratch(), np.zeros((1, 4), np.int64)

    def status(network, *, check=True):
        return kernel(network, copied(start), work, 1e9, record, 1, 800, check)

    assert status(network) == DONE
    totals = network.cumulative[SLOTS - 1 :: SLOTS]
    bin_of = (start.site[:-2] & BIN).astype(int)
    highest = np.array([totals[bin_of == b].max() for b in range(USES[name].bins)])
    tight = np.repeat(highest, network.by_level)
    assert status(network._replace(reach=tight)) == DONE
    assert status(network._replace(reach=tight * (1.0 - 1e-12))) == BOUND_EXCEEDED
    assert status(network._replace(reach=tight * (1.0 - 1e-12)), check=False) == DONE
    if name != "disorder":
        low = network._replace(greatest=network.greatest * 0.2)
        assert status(low) == BOUND_EXCEEDED
        assert status(low, check=False) == DONE


def test_the_bound_of_a_factor_is_strict():
    network, start = setting(USES["levels"], 20, seed=11)
    work, record = scratch(), np.zeros((1, 4), np.int64)
    same = network._replace(factor=np.full_like(network.factor, 2.0), greatest=np.full_like(network.greatest, 2.0))
    assert advance(same, copied(start), work, 1e9, record, 1, 500, True) == DONE
    above = same._replace(factor=np.full_like(network.factor, np.nextafter(2.0, 3.0)))
    assert advance(above, copied(start), work, 1e9, record, 1, 500, True) == BOUND_EXCEEDED


@pytest.mark.parametrize("name", ["disorder", "everything"])
def test_where_a_bound_is_exceeded_the_state_is_the_one_before(name):
    network, state = setting(USES[name], 60, seed=13)
    totals = np.sort(network.cumulative[SLOTS - 1 :: SLOTS])
    network = network._replace(reach=np.maximum(np.zeros_like(network.reach), totals[-2]))
    twin, work, record = copied(state), scratch(), np.zeros((1, 4), np.int64)
    for kernel, changed in ((advance, state), (_reference.network_advance, twin)):
        assert kernel(network, changed, work, 1e9, record, 1, 5000, True) == BOUND_EXCEEDED
    assert state.cursor[1] > 10
    assert changes(state, twin) <= {"rng", "cursor"}
    assert state.cursor[:2].tolist() == twin.cursor[:2].tolist()
    assert_consistent(network, state)
