"""Stacks by kinetic Monte Carlo against exact solutions of small ones, Poisson's equation, and closed forms."""

from functools import cache

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import chi2, expon, kstest, poisson
from scipy.stats import t as student

from interfacekit.kernels.stacks.state import CODES
from interfacekit.transport.stack_kmc.slowdown import Slowdown
from tests.transport.bulk.test_engines import chi_squared
from tests.transport.exact_stack import (
    MOST_CHARGE,
    energy_eV,
    engine,
    kT,
    neighbours,
    reservoir_energies_eV,
    solve_stack,
    stack_planes,
)

#: Blocks of a run that count as independent; they are some hundred relaxation times long.
BLOCKS = 50
#: Hops expected to be fewer than this come one by one, too seldom for blocks of them to have a scatter.
RARE = 100
#: A right reservoir without a bias against a filling of 0.5 at the energy 0, with a filling of 0.4.
EVEN = 0.7 + np.log(1.5)

#: Planes, cells and, in a closed stack, its ions.
MODELS = {
    "dielectrics": (
        {
            "elastance_A": [0.1, 0.2, 0.3, 0.2],
            "site_energy_kT": [0.3, -0.5, 1.0],
            "filling": [0.5, 0.4, 0.6],
            "barrier_kT": [12.0, 11.0, 13.0, 12.0],
            "left": (0.5, 0.4, 0.3),
            "right": (0.4, EVEN, 0.0),
        },
        (2, 2),
        None,
    ),
    "a bias": (
        {"elastance_A": [0.1, 0.2, 0.3, 0.2], "site_energy_kT": [0.3, -0.5, 1.0], "right": (0.4, 0.7, -4.0)},
        (2, 2),
        None,
    ),
    "a steep drop": (
        {
            "elastance_A": [0.1, 0.2, 0.3, 0.2],
            "site_energy_kT": [0.0, 3.0, 0.0],
            "barrier_kT": [3.0, 4.0, 2.0, 3.0],
            "frequency_Hz": [1e7, 5e7, 1e7, 1e7],
            "in_plane_barrier_kT": 0.0,
            "in_plane_frequency_Hz": 1e6,
            "right": (0.5, 0.0, -25.0),
        },
        (2, 2),
        None,
    ),
    "a cathode": (
        {
            "conductor": [True, True, False],
            "elastance_A": [0.0, 0.0, 0.2, 0.3],
            "repulsion_kT": [6.0, 6.0, 0.0],
            "filling": [0.7, 0.7, 0.5],
            "left": (0.6, 0.5 + np.log(2 / 3), 0.0),
            "right": (0.5, 0.5, 0.0),
        },
        (2, 2),
        None,
    ),
    "a conductor between dielectrics": (
        {
            "conductor": [False, True, False],
            "elastance_A": [0.3, 0.15, 0.15, 0.2],
            "repulsion_kT": [0.0, 5.0, 0.0],
            "site_energy_kT": [0.0, -2.0, 0.5],
            "right": (0.5, 0.0, -2.0),
        },
        (2, 2),
        None,
    ),
    "open ends": (
        {
            "ends": "open",
            "elastance_A": [0.3, 0.2, 0.25, 0.3],
            "site_energy_kT": [0.3, -0.4, 0.0],
            "right": (0.3, 0.5, 3.0),
        },
        (2, 1),
        None,
    ),
    "closed ends": (
        {"ends": "closed", "elastance_A": [0.3, 0.2, 0.25, 0.3], "site_energy_kT": [0.6, -0.8, 0.0]},
        (2, 2),
        6,
    ),
    "no fields": ({"elastance_A": 0.0, "site_energy_kT": [1.0, -1.0, 0.5]}, (2, 2), None),
    "no fields but a drop": (
        {"elastance_A": 0.0, "site_energy_kT": [1.0, -1.0, 0.5], "right": (0.3, -1.0, 0.0)},
        (2, 2),
        None,
    ),
    "a row": ({"count": 4, "site_energy_kT": [0.3, -0.5, 1.0, 0.6], "right": (0.5, 0.0, -3.0)}, (2, 1), None),
    "one site": ({"count": 1, "filling": 0.3, "repulsion_kT": 3.0, "right": (0.5, 0.0, -1.0)}, (1, 1), None),
    "drawn by ion": (
        {"count": 2, "site_energy_kT": [2.5, -0.5], "repulsion_kT": [2.0, 0.0], "right": (0.4, 0.0, -3.0)},
        (3, 3),
        None,
    ),
    "repulsive pairs": (
        {"count": 2, "pair_energy_kT": [1.0, 0.5], "gap_pair_energy_kT": 0.8, "site_energy_kT": [0.3, -0.5]},
        (3, 3),
        None,
    ),
    "attractive pairs and a bias": (
        {
            "count": 2,
            "pair_energy_kT": [-0.7, 1.0],
            "gap_pair_energy_kT": -0.6,
            "filling": [0.4, 0.6],
            "right": (0.4, 0.0, -3.0),
        },
        (3, 3),
        None,
    ),
    "closed pairs": (
        {"count": 2, "ends": "closed", "pair_energy_kT": [1.0, 0.5], "gap_pair_energy_kT": 0.8},
        (3, 3),
        9,
    ),
    "pairs on a steep drop": (
        {
            "count": 2,
            "pair_energy_kT": [1.5, 2.0],
            "gap_pair_energy_kT": 1.0,
            "barrier_kT": [2.0, 1.0, 3.0],
            "frequency_Hz": [1e7, 5e7, 1e7],
            "in_plane_barrier_kT": [1.0, 0.5],
            "in_plane_frequency_Hz": [3e6, 1e7],
            "right": (0.5, 0.0, -12.0),
        },
        (3, 3),
        None,
    ),
    "attractive pairs in one plane": (
        {
            "count": 1,
            "pair_energy_kT": -1.0,
            "left": (0.3, 0.2, 0.4),
            "right": (0.5, 0.6 + np.log(3 / 7), 0.0),
        },
        (3, 3),
        None,
    ),
    "pairs in a steep plane": (
        {
            "count": 1,
            "pair_energy_kT": 2.0,
            "repulsion_kT": 3.0,
            "barrier_kT": [2.0, 3.0],
            "frequency_Hz": [1e7, 2e7],
            "in_plane_barrier_kT": 1.0,
            "in_plane_frequency_Hz": 3e6,
            "left": (0.3, 0.0, 0.0),
            "right": (0.5, 0.0, -10.0),
        },
        (3, 3),
        None,
    ),
}
#: Those whose reservoirs have one electrochemical potential, or whose ends settle; no net current has a size then.
CONNECTED = ["dielectrics", "a cathode", "no fields", "attractive pairs in one plane"]
SETTLED = ["open ends", "closed ends", "closed pairs"]
#: Few enough configurations to follow all transitions.
SMALL = [
    "a row",
    "open ends",
    "closed ends",
    "pairs in a steep plane",
    "one site",
    "no fields but a drop",
    "a steep drop",
]
#: Without pair energies, but by the kernel that knows them.
BY_ION = ["drawn by ion"]
every_model = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == "pairs on a steep drop" else ()) for name in MODELS]
)


def planes_of(name):
    changes = MODELS[name][0]
    return stack_planes(changes.get("count", 3), **{key: value for key, value in changes.items() if key != "count"})


@cache
def exact(name, slowdown=None):
    _, cells, ions = MODELS[name]
    return solve_stack(planes_of(name), cells, ions=ions, slowdown=slowdown and slow(name, slowdown))


def slow(name, factor):
    """Hops across every other gap and within every other plane are slower."""
    count = planes_of(name).count
    return Slowdown(*(np.where(np.arange(n) % 2 == 0, factor, 1.0) for n in (count + 1, count)))


def uneven(filling, by):
    """Occupations above and below those of neutral planes in turn."""
    return (filling + by * (-1.0) ** np.arange(len(filling))).clip(0, 1)


def run_of(name, seed, *, samples, interval_s, slowdown=None):
    """All samples of a run in a steady state, the first fiftieth left out: a dict of arrays of shape (S, ...).

    With odd seeds it asserts its bounds at every attempt, with even ones it goes the shorter way without.
    """
    planes, (_, cells, _) = planes_of(name), MODELS[name]
    skipped = samples // BLOCKS
    replica = engine(
        planes,
        cells,
        samples=samples + skipped,
        interval_s=interval_s,
        seed=seed,
        slowdown=slowdown and slow(name, slowdown),
        occupation=uneven(planes.filling, 0.25),
        by_ion=name in BY_ION,
        check=seed % 2 == 1,
    )
    assert replica.advance(10**9)
    record, start = replica.record, replica.start
    before = {key: np.vstack([np.zeros_like(value[:1]), value[:-1]]) for key, value in record._asdict().items()}
    found = {
        "occupation": start - np.diff(record.mean_crossed),
        "ions": start - np.diff(record.crossed),
        "free": record.free,
        **{
            key: (getattr(record, key) - before[key]) / interval_s
            for key in ("upward", "downward", "in_plane", "crossed")
        },
    }
    return {key: value[skipped:] for key, value in found.items()}


def deviations(samples, expected):
    """Means less what is expected, in standard errors of independent blocks; what never varies must be as expected."""
    blocks = samples.reshape(BLOCKS, len(samples) // BLOCKS, -1).mean(axis=1)
    error = blocks.std(axis=0, ddof=1) / np.sqrt(BLOCKS)
    apart = blocks.mean(axis=0) - expected
    still = error == 0
    np.testing.assert_allclose(apart[still], 0, atol=1e-9)
    return apart[~still] / error[~still]


def deviations_of_rates(samples, expected, interval_s):
    """As `deviations`; where few hops are expected, the deviation that is as unlikely as their number by Poisson."""
    time = len(samples) * interval_s
    hops = np.rint(samples.sum(axis=0) * interval_s)
    expected = np.broadcast_to(expected, hops.shape)
    rare = (expected > 0) & (expected * time < RARE)
    fewer, more = poisson.cdf(hops, expected * time)[rare], poisson.sf(hops - 1, expected * time)[rare]
    unlikely = student.isf(np.minimum(np.minimum(fewer, more), 0.5), BLOCKS - 1)
    return np.concatenate([deviations(samples[:, ~rare], expected[~rare]), unlikely])


def assert_expected(all_deviations, chance=1e-3):
    """No deviation is larger than the largest of as many would be by the given chance, if they were independent."""
    z = np.concatenate(all_deviations)
    limit = student.isf(chance / (2 * len(z)), BLOCKS - 1)
    assert np.abs(z).max() < limit, z
    assert limit < 5.5


def free_sites(name, system):
    """Mean over sites of exp(-pair energy / kT) where no ion is, in every configuration; shape (S, P)."""
    planes, (_, cells, _) = planes_of(name), MODELS[name]
    ions = system.occupied.astype(int)
    energy = ions[..., neighbours(cells)].sum(axis=-1) * planes.pair_energy_eV[:, None]
    energy[:, 1:] += ions[:, :-1] * planes.gap_pair_energy_eV[1:-1, None]
    energy[:, :-1] += ions[:, 1:] * planes.gap_pair_energy_eV[1:-1, None]
    return ((1 - ions) * np.exp(-energy / kT)).mean(axis=2)


def compared(name, seeds, hops, *, slowdown=None, shorter=1.0):
    """Deviations of means, variances and rates from the exact ones."""
    system = exact(name, slowdown)
    up, down, within = system.flow_Hz
    interval = 20 * shorter / (up.sum() + down.sum() + within.sum())
    samples = int(hops / 20 / shorter) // BLOCKS * BLOCKS
    mean, variance = system.moments
    found = []
    for seed in seeds:
        run = run_of(name, seed, samples=samples, interval_s=interval, slowdown=slowdown)
        found += [
            deviations(run["occupation"], mean),
            deviations(run["ions"], mean),
            deviations((run["ions"] - mean) ** 2, variance),
            deviations(run["free"], system.steady @ free_sites(name, system)),
            deviations_of_rates(run["upward"], up, interval),
            deviations_of_rates(run["downward"], down, interval),
            deviations_of_rates(run["in_plane"], within, interval),
            deviations(run["crossed"], up - down),
        ]
    return found


@pytest.mark.parametrize("name", [*CONNECTED, *SETTLED, "repulsive pairs"])
def test_exact_rates_are_in_detailed_balance_without_a_current(name):
    """That the two enumerations, of energies and of hops, belong together, with other frequencies too."""
    for factor in (None, 0.1):
        system = exact(name, factor)
        assert system.in_equilibrium
        flow = csr_array((system.steady[system.origin] * system.rate, (system.origin, system.target)))
        assert np.abs(flow - flow.T).max() < 1e-12 * flow.max()


@every_model
def test_means_variances_and_rates_are_exact(name, seeds):
    up, down, _ = exact(name).flow_Hz
    np.testing.assert_allclose(up - down, (up - down)[0], atol=1e-6 * up.max())
    assert_expected(compared(name, seeds, 4e5))


@pytest.mark.parametrize("factor", [0.3, 0.02])
@pytest.mark.parametrize("name", ["dielectrics", "a cathode", "open ends", "repulsive pairs"])
def test_slower_hops_leave_equilibrium_as_it_is(name, factor, seeds):
    system = exact(name, factor)
    assert system.flow_Hz[0][0] == pytest.approx(factor * exact(name).flow_Hz[0][0], rel=1e-6)
    assert_expected(compared(name, seeds, 4e5, slowdown=factor))


@pytest.mark.parametrize("shorter", [0.5, 0.02])
@pytest.mark.parametrize("name", ["a bias", "attractive pairs and a bias"])
def test_the_ends_of_intervals_change_nothing(name, shorter):
    """Intervals of ten hops, or of less than one on average: what waits at their ends is drawn anew."""
    assert_expected(compared(name, (3,), 3e5, shorter=shorter))


@pytest.mark.parametrize("name", SMALL)
def test_transitions_are_those_of_the_exact_solution(name, seeds):
    system, (_, cells, _) = exact(name), MODELS[name]
    up, down, within = system.flow_Hz
    interval = 1.0 / (up.sum() + down.sum() + within.sum())
    probability = system.transitions(interval)
    total, freedom = 0.0, 0
    for seed in seeds:
        replica = engine(planes_of(name), cells, samples=6000, interval_s=interval, seed=seed)
        states = []
        for sample in range(1, 6001):
            while not replica.advance(10**6, sample):
                pass
            states.append(system.state_of(replica.occupied(), -replica.crossed[0] if "open" in name else 0))
        counts = np.zeros(probability.shape)
        np.add.at(counts, (states[:-1], states[1:]), 1)
        for row, p in zip(counts, probability, strict=True):
            if row.sum() >= 20:
                statistic, degrees = chi_squared(row, row.sum() * p)
                total, freedom = total + statistic, freedom + degrees
    assert freedom >= 2
    assert chi2.sf(total, freedom) > 0.001


@pytest.mark.parametrize("name", ["a row", "a steep drop", "repulsive pairs", "pairs in a steep plane"])
def test_waiting_times_are_exponential_with_the_exact_rate(name):
    system, (_, cells, _) = exact(name), MODELS[name]
    up, down, within = system.flow_Hz
    replica = engine(planes_of(name), cells, samples=10**6, interval_s=50 / (up.sum() + down.sum() + within.sum()))
    state = replica.state.walk
    escape = np.bincount(system.origin, system.rate)
    waited, seen, leaving, hops = [], 0.0, escape[system.state_of(replica.occupied())], 0
    while len(waited) < 3000:
        replica.advance(1)
        if replica.hops > hops:
            now = replica.sample * replica.interval_s + state.clock[0]
            if state.total[0] > 0:
                now -= np.log(state.clock[1]) / state.total[0]
            waited.append((now - seen) * leaving)
            seen, hops, leaving = now, replica.hops, escape[system.state_of(replica.occupied())]
    assert kstest(waited, expon.cdf).pvalue > 0.001


@pytest.mark.parametrize("name", CONNECTED)
def test_no_current_flows_between_equal_reservoirs(name, seeds):
    """Net crossings are noise alone, of the exact size: over all, and in each of the blocks."""
    system = exact(name)
    up, down, within = system.flow_Hz
    interval = 4e5 / BLOCKS / (up.sum() + down.sum() + within.sum())
    expected = system.noise_Hz * interval
    np.testing.assert_allclose(expected, expected[0], rtol=1e-3)
    for seed in seeds:
        net = run_of(name, seed, samples=BLOCKS, interval_s=interval)["crossed"] * interval
        assert (np.abs(net.sum(axis=0)) < 3 * np.sqrt(BLOCKS * expected)).all()
        scatter = (net**2).sum(axis=0) / expected
        assert (chi2.sf(scatter, BLOCKS) > 1e-3).all()
        assert (chi2.cdf(scatter, BLOCKS) > 1e-3).all()


@pytest.mark.parametrize("name", SETTLED)
def test_ions_that_cross_settled_ends_come_back(name):
    _, cells, _ = MODELS[name]
    replica = engine(planes_of(name), cells, interval_s=1e9)
    replica.advance(1_000_000)
    hops = replica.state.walk.upward + replica.state.walk.downward
    assert (hops[1:-1] > 10_000).all()
    assert (hops[[0, -1]] > 10_000).all() == (planes_of(name).ends == "open")
    assert np.abs(replica.crossed).max() <= replica.occupied().size + MOST_CHARGE


@every_model
def test_every_hop_changes_the_energy_as_the_configurations_do(name):
    """The kernel's energies of both directions, at each of some hundred hops, against those before and after."""
    planes, (_, cells, _) = planes_of(name), MODELS[name]
    replica = engine(planes, cells, interval_s=1e9)
    reservoirs = reservoir_energies_eV(planes)
    P, nx = planes.count, cells[0]
    shape = (P, cells[0] * cells[1])

    def energy(occupied):
        return energy_eV(planes, cells, occupied.reshape(shape), -replica.crossed[0])

    def pairs(occupied):
        """Pair energy of an ion on every site, by the kernel's bytes and tables; the last row is a reservoir's."""
        codes = replica.state.walk.site.reshape(shape).astype(int) % CODES
        table = np.take_along_axis(replica.state.stack.energy, codes, axis=1) * kT
        return np.vstack([table, np.zeros(shape[1])])

    crossings = np.zeros((P + 1, 2), int)
    for _ in range(400):
        occupied, crossed, U = replica.occupied(), replica.crossed, energy(replica.occupied())
        ways, before = replica.energy_changes_eV(), pairs(occupied)
        hops = replica.hops
        while replica.hops == hops:
            replica.advance(1)
        moved = replica.crossed - crossed
        if not moved.any():
            continue
        g = int(np.flatnonzero(moved)[0])
        upwards = moved[g] > 0
        crossings[g, int(upwards)] += 1
        y, x = np.argwhere((occupied != replica.occupied()).any(axis=0))[0]
        a = y * nx + x
        origin, target = (g - 1, g) if upwards else (g, g - 1)
        after = pairs(replica.occupied())
        of_pairs = after[target if 0 <= target < P else P, a] - before[origin if 0 <= origin < P else P, a]
        beyond = {-1: reservoirs[0], P: reservoirs[1]}
        expected = energy(replica.occupied()) - U + beyond.get(target, 0.0) - beyond.get(origin, 0.0)
        assert ways[0 if upwards else 1][g] + of_pairs == pytest.approx(expected, abs=1e-12)
        back = replica.energy_changes_eV()[1 if upwards else 0][g]
        assert back - of_pairs == pytest.approx(-expected, abs=1e-12)
    assert crossings[1:-1].sum(axis=1).min(initial=400) > 10
