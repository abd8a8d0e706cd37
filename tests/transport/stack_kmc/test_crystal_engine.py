"""Linked planes by kinetic Monte Carlo against exact solutions of small ones, and against the square grid."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import chi2

from interfacekit.errors import InputError
from interfacekit.transport.stack_kmc.crystal_engine import repeats_of
from interfacekit.transport.stack_kmc.slowdown import Slowdown
from interfacekit.transport.stacks.links import Links
from tests.transport.bulk.test_engines import chi_squared
from tests.transport.exact_links import all_pairs, linked_energy_eV, linked_engine, linked_planes, solve_links
from tests.transport.exact_stack import engine, reservoir_energies_eV, stack_planes
from tests.transport.stack_kmc.test_grid_engine import BLOCKS, assert_expected, deviations, deviations_of_rates, uneven

#: Two, three and one site in the planes, with two ways from the first to the second, of different speeds.
THREE = (
    (2, 3, 1),
    [
        (0, 1, (0, 0), 3e11),
        (0, 2, (0, 0), 1e12),
        (1, 3, (1, 0), 7e11),
        (0, 3, (0, 1), 1e11),
        (2, 3, (0, 0), 8e11),
        (3, 4, (-1, 0), 4e11),
        (2, 5, (0, 0), 1e12),
        (4, 5, (0, 0), 5e11),
    ],
)
#: A site that only its own plane leads to, and pairs with the next cell.
TWO = (
    (3, 2),
    [
        (0, 1, (0, 0), 5e11),
        (1, 2, (0, 0), 9e11),
        (0, 3, (0, 0), 1e12),
        (1, 4, (1, 0), 2e11),
        (0, 4, (-1, 0), 6e11),
        (3, 3, (1, 0), 4e11),
    ],
)
#: Numbers of sites and pairs, repeats, and changes.
MODELS = {
    "dielectrics": (
        THREE,
        (1, 1),
        {
            "elastance_A": [0.1, 0.2, 0.3, 0.2],
            "site_energy_kT": [0.3, -0.5, 1.0],
            "filling": [0.5, 0.4, 0.6],
            "barrier_kT": [12.0, 11.0, 13.0, 12.0],
            "left": (0.5, 0.4, 0.3),
            "right": (0.4, 0.7 + np.log(1.5), 0.0),
        },
    ),
    "a bias": (
        THREE,
        (1, 1),
        {"elastance_A": [0.1, 0.2, 0.3, 0.2], "site_energy_kT": [0.3, -0.5, 1.0], "right": (0.4, 0.7, -4.0)},
    ),
    "two cells": (TWO, (2, 1), {"site_energy_kT": [0.3, -0.5], "right": (0.4, 0.7, -3.0)}),
    "a steep drop": (
        THREE,
        (1, 1),
        {
            "elastance_A": [0.1, 0.2, 0.3, 0.2],
            "site_energy_kT": [0.0, 3.0, 0.0],
            "barrier_kT": [12.0, 3.0, 4.0, 12.0],
            "in_plane_barrier_kT": 12.0,
            "frequency_Hz": [1e12, 1e8, 1e8, 1e12],
            "right": (0.5, 0.0, -25.0),
        },
    ),
    "a cathode": (
        THREE,
        (1, 1),
        {
            "conductor": [True, False, False],
            "elastance_A": [0.0, 0.1, 0.2, 0.3],
            "repulsion_kT": [6.0, 0.0, 2.0],
            "filling": [0.7, 0.5, 0.5],
            "left": (0.6, 0.5 + np.log(2 / 3), 0.0),
            "right": (0.5, 0.5, 0.0),
        },
    ),
    "three cells": (
        ((1, 2), [(0, 1, (1, 0), 5e11), (0, 2, (-1, 0), 1e12), (1, 2, (1, 0), 8e11), (1, 1, (1, 0), 3e11)]),
        (3, 1),
        {"site_energy_kT": [0.3, -0.5], "right": (0.4, 0.7, -3.0)},
    ),
    "no fields but a drop": (TWO, (2, 1), {"elastance_A": 0.0, "site_energy_kT": [1.0, -1.0], "right": (0.3, -1.0, 0)}),
}
CONNECTED = ["dielectrics", "a cathode"]
every_model = pytest.mark.parametrize("name", MODELS)


def planes_of(name):
    (sites, pairs), _, changes = MODELS[name]
    if name == "a steep drop":
        # The barriers across are as low as make some hops go down at once.
        above = np.repeat(range(len(sites)), sites)
        pairs = [(a, b, image, f * (1e-4 if above[a] != above[b] else 1)) for a, b, image, f in pairs]
    return linked_planes(sites, pairs, **changes)


def slow(name, factor):
    count = planes_of(name).count
    return Slowdown(*(np.where(np.arange(n) % 2 == 0, factor, 1.0) for n in (count + 1, count)))


@cache
def exact(name, factor=None):
    return solve_links(planes_of(name), MODELS[name][1], slowdown=factor and slow(name, factor))


def occupied_sites(run):
    """Numbers of the occupied sites in the whole stack."""
    return set(np.flatnonzero(np.concatenate([ions.ravel() for ions in run.occupied()])).tolist())


def compared(name, seeds, hops, factor=None):
    """Deviations of means, variances and rates from the exact ones."""
    system, planes = exact(name, factor), planes_of(name)
    up, down, within = system.flow_Hz
    interval = 20 / (up.sum() + down.sum() + within.sum())
    samples = int(hops / 20) // BLOCKS * BLOCKS
    skipped = samples // BLOCKS
    mean, variance = system.moments
    found = []
    for seed in seeds:
        run = linked_engine(
            planes,
            MODELS[name][1],
            samples=samples + skipped,
            interval_s=interval,
            seed=seed,
            slowdown=factor and slow(name, factor),
            occupation=uneven(planes.filling, 0.25),
            check=seed % 2 == 1,
        )
        assert run.advance(10**9)
        record = run.record
        before = {key: np.vstack([np.zeros_like(v[:1]), v[:-1]]) for key, v in record._asdict().items()}
        rates = {
            key: ((getattr(record, key) - before[key]) / interval)[skipped:]
            for key in ("upward", "downward", "in_plane", "crossed")
        }
        ions = (run.start - np.diff(record.crossed))[skipped:]
        found += [
            deviations((run.start - np.diff(record.mean_crossed))[skipped:], mean),
            deviations(ions, mean),
            deviations((ions - mean) ** 2, variance),
            deviations(record.free[skipped:], 1 - mean / run.sites_of_planes),
            deviations_of_rates(rates["upward"], up, interval),
            deviations_of_rates(rates["downward"], down, interval),
            deviations_of_rates(rates["in_plane"], within, interval),
            deviations(rates["crossed"], up - down),
        ]
    return found


@pytest.mark.parametrize("name", CONNECTED)
def test_exact_rates_are_in_detailed_balance_without_a_current(name):
    for factor in (None, 0.1):
        system = exact(name, factor)
        flow = np.zeros_like(system.generator)
        np.add.at(flow, (system.origin, system.target), system.steady[system.origin] * system.rate)
        assert np.abs(flow - flow.T).max() < 1e-12 * flow.max()


@every_model
def test_means_variances_and_rates_are_exact(name, seeds):
    up, down, _ = exact(name).flow_Hz
    np.testing.assert_allclose(up - down, (up - down)[0], atol=1e-6 * up.max())
    assert_expected(compared(name, seeds, 4e5))


@pytest.mark.parametrize("name", ["dielectrics", "two cells"])
def test_slower_hops_are_exact_too(name, seeds):
    assert_expected(compared(name, seeds, 3e5, 0.1))


@pytest.mark.parametrize("name", ["a bias", "no fields but a drop", "a steep drop", "three cells"])
def test_transitions_between_all_configurations_are_exact(name):
    """Of sites, not only of planes: which ways ions take."""
    system = exact(name)
    up, down, within = system.flow_Hz
    interval = 1.0 / (up.sum() + down.sum() + within.sum())
    run = linked_engine(planes_of(name), MODELS[name][1], samples=40_000, interval_s=interval, seed=5)
    counts = np.zeros(len(system.ions))
    for sample in range(1, 40_001):
        while not run.advance(10**6, sample):
            pass
        if sample % 20 == 0:  # some hops later, almost independent
            bits = np.concatenate([ions.ravel() for ions in run.occupied()])
            counts[bits @ 2 ** np.arange(len(bits))] += 1
    statistic, degrees = chi_squared(counts, counts.sum() * system.steady)
    assert degrees >= 5
    assert chi2.sf(statistic, degrees) > 1e-3


@every_model
def test_every_hop_changes_the_energy_as_the_configurations_do(name):
    planes, repeats = planes_of(name), MODELS[name][1]
    run = linked_engine(planes, repeats, interval_s=1e9)
    beyond = {-1: reservoir_energies_eV(planes)[0], planes.count: reservoir_energies_eV(planes)[1]}
    crossings = np.zeros(planes.count + 1, int)
    linked = {frozenset(pair[2:4]) for pair in all_pairs(planes, repeats)}
    made = set()
    for _ in range(400):
        ions, crossed, ways, hops = run.ions, run.crossed, run.energy_changes_eV(), run.hops
        before = occupied_sites(run)
        while run.hops == hops:
            run.advance(1)
        moved = run.crossed - crossed
        if not moved[[0, -1]].any():
            made.add(frozenset(occupied_sites(run) ^ before))
        if not moved.any():
            continue
        g = int(np.flatnonzero(moved)[0])
        upwards = moved[g] > 0
        crossings[g] += 1
        origin, target = (g - 1, g) if upwards else (g, g - 1)
        U, V = (linked_energy_eV(planes, repeats, n) for n in (ions, run.ions))
        expected = V - U + beyond.get(target, 0.0) - beyond.get(origin, 0.0)
        assert ways[0 if upwards else 1][g] == pytest.approx(expected, abs=1e-12)
        assert run.energy_changes_eV()[1 if upwards else 0][g] == pytest.approx(-expected, abs=1e-12)
    assert crossings[1:-1].min(initial=400) > 10
    assert made <= linked
    assert len(made) > 0.7 * len({pair for pair in linked if len(pair) == 2})


@pytest.mark.parametrize("name", CONNECTED)
def test_no_current_flows_between_equal_reservoirs(name, seeds):
    """Net crossings of all gaps are noise, no larger than that of independent crossings."""
    up, down, within = exact(name).flow_Hz
    interval = 4e5 / (up.sum() + down.sum() + within.sum())
    for seed in seeds:
        run = linked_engine(planes_of(name), MODELS[name][1], interval_s=interval, seed=seed)
        assert run.advance(10**9)
        slowest = (up * interval).min()
        assert slowest > 1000
        assert (np.abs(run.crossed) < 4 * np.sqrt(2 * slowest)).all()


def square_links(planes):
    """The planes of a square grid as linked ones."""
    P = planes.count
    flat = np.arange(P)
    side = planes.site_area_A2**0.5
    links = Links(
        cell_A=side * np.eye(2),
        sites=np.ones(P, int),
        origins=np.concatenate([flat[:-1], flat, flat]),
        targets=np.concatenate([flat[1:], flat, flat]),
        images=np.concatenate([np.zeros((P - 1, 2), int), np.tile([1, 0], (P, 1)), np.tile([0, 1], (P, 1))]),
        frequency_Hz=np.concatenate([planes.frequency_Hz[1:-1], *[planes.in_plane_frequency_Hz] * 2]),
    )
    return replace(planes, links=links)


def test_a_square_grid_is_that_of_the_regular_stack(seeds):
    """Both engines' occupations and net currents of a driven stack agree within their errors."""
    planes = stack_planes(
        4, area_A2=40.0, site_energy_kT=[0.3, -0.5, 1.0, 0.2], right=(0.5, 0.0, -2.0), in_plane_barrier_kT=13.0
    )
    runs = []
    for seed in seeds:
        for make, planes_ in ((engine, planes), (linked_engine, square_links(planes))):
            run = make(planes_, (4, 4), samples=1020, interval_s=4e-6, seed=seed)
            assert run.advance(10**9)
            record = run.record
            runs.append((run.start - np.diff(record.mean_crossed)[20:], np.diff(record.crossed[19:], axis=0)))
    for regular, linked in zip(runs[::2], runs[1::2], strict=True):
        for one, other in zip(regular, linked, strict=True):
            means = [values.reshape(BLOCKS, len(values) // BLOCKS, -1).mean(axis=1) for values in (one, other)]
            error = np.sqrt(sum(m.var(axis=0, ddof=1) / BLOCKS for m in means))
            assert (np.abs(means[0].mean(axis=0) - means[1].mean(axis=0)) < 4.5 * error).all()
            assert (error < 0.05 * np.abs(means[0].mean())).all()


def test_repeats_fill_planes_about_as_long_as_wide():
    links = Links(
        np.array([[3.0, 0.0], [0.0, 10.0]]),
        np.array([2, 4]),
        np.array([0]),
        np.array([2]),
        np.zeros((1, 2), int),
        np.ones(1),
    )
    nx, ny = repeats_of(links, 2500)
    assert 2500 <= 3 * nx * ny < 2700
    assert 0.8 < 3.0 * nx / (10.0 * ny) < 1.25


def test_pairs_past_a_plane_are_refused():
    with pytest.raises(InputError, match="past a plane"):
        linked_planes((1, 1, 1), [(0, 2, (0, 0), 1.0)])
    with pytest.raises(InputError, match="sites in all"):
        linked_engine(planes_of("dielectrics"), (200, 200))
