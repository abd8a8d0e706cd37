"""Every kernel against the exact solution of small models, and against closed forms without interactions."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import chi2, kstest, poisson

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import ComputationError, InputError
from interfacekit.transport.bulk import lattice_engine, network_engine
from interfacekit.transport.bulk.choice import prepared
from interfacekit.transport.bulk.engine import QUANTUM_A, starting_sites
from interfacekit.transport.bulk.surroundings import can_walk_as_vacancies
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel, rate_Hz
from tests.covering import crossed
from tests.transport.exact import network_of, solve
from tests.transport.models import KERNELS, MODELS, RING, TEMPERATURE_K, WALKERS, engine, outer_sites, sampled

#: Configurations this many relaxation times apart are independent.
APART = 8
kT = BOLTZMANN_eV_K * TEMPERATURE_K


@cache
def exact(name):
    return solve(MODELS[name], TEMPERATURE_K)


def can_serve(name, kernel, walkers):
    model = MODELS[name]
    return (model.homogeneous or kernel != "lattice") and (walkers == "ions" or can_walk_as_vacancies(model))


every_use = pytest.mark.parametrize(("name", "kernel", "walkers"), crossed(MODELS, KERNELS, WALKERS, when=can_serve))


def chi_squared(counts, expected, fewest=5.0):
    """Statistic and degrees of freedom; rare outcomes count as one."""
    rare = expected < fewest
    if rare.any():
        counts = np.append(counts[~rare], counts[rare].sum())
        expected = np.append(expected[~rare], expected[rare].sum())
        if expected[-1] < fewest and len(expected) > 1:
            counts, expected = np.append(counts[:-2], counts[-2:].sum()), np.append(expected[:-2], expected[-2:].sum())
    return ((counts - expected) ** 2 / expected).sum(), len(expected) - 1


@every_use
def test_configurations_are_those_of_the_exact_solution(name, kernel, walkers, seeds):
    system = exact(name)
    samples = 6 * len(system.states)
    total, freedom = 0.0, 0
    for seed in seeds:
        replica = engine(MODELS[name], kernel, walkers, seed=seed)
        sampled(replica, APART * system.relaxation_s, 1)
        states = system.state_of(sampled(replica, APART * system.relaxation_s, samples))
        counts = np.bincount(states, minlength=len(system.states))
        statistic, degrees = chi_squared(counts, system.stationary * samples)
        total, freedom = total + statistic, freedom + degrees
    assert freedom >= 5
    assert chi2.sf(total, freedom) > 0.001


@every_use
def test_transitions_are_those_of_the_exact_solution(name, kernel, walkers, seeds):
    system = exact(name)
    interval = 1 / system.hop_rate_Hz
    probability = system.transitions(interval)
    total, freedom = 0.0, 0
    for seed in seeds:
        states = system.state_of(sampled(engine(MODELS[name], kernel, walkers, seed=seed), interval, 3000))
        counts = np.zeros(probability.shape)
        np.add.at(counts, (states[:-1], states[1:]), 1)
        for row, p in zip(counts, probability, strict=True):
            if row.sum() >= 20:
                statistic, degrees = chi_squared(row, row.sum() * p)
                total, freedom = total + statistic, freedom + degrees
    assert freedom >= 5
    assert chi2.sf(total, freedom) > 0.001


def waiting_times(replica, hops):
    """Time and configuration before each accepted hop, one attempt at a time."""
    waited, before, seen = [], [], 0.0
    occupied, made = replica.occupied(), 0
    while len(waited) < hops:
        replica.advance(1, 1)
        if replica.state.hop_counts.sum() > made:
            waited.append(replica.elapsed_s - seen)
            before.append(occupied)
            seen, occupied, made = replica.elapsed_s, replica.occupied(), made + 1
    return np.array(waited), np.array(before)


@pytest.mark.parametrize(
    ("name", "kernel", "walkers"),
    crossed(["repulsion on a chain", "disorder", "disorder and repulsion"], ["rejection", "class lists"], WALKERS),
)
def test_waiting_times_on_networks_are_exponential_with_the_exact_rate(name, kernel, walkers):
    system = exact(name)
    waited, before = waiting_times(engine(MODELS[name], kernel, walkers, seed=3), 2000)
    escape = -np.diag(system.generator)[system.state_of(before)]
    assert kstest(waited * escape, "expon").pvalue > 0.001


@pytest.mark.parametrize(
    ("name", "field", "kernel"),
    crossed(["simple_cubic", "honeycomb", "layered_triangular"], [0.0, 0.05], ["lattice", "rejection"]),
)
def test_the_hops_of_one_ion_in_equal_times_are_a_poisson_number(name, field, kernel):
    lattice = regular_lattice(name, 3 if name == "honeycomb" else 4)
    # Along z every site of these lattices escapes at the same rate.
    model = HoppingModel(lattice, 1 / lattice.n_sites, 0.3, field_V_A=(0.0, 0.0, field))
    energy = -lattice.displacements_A[0] @ np.array(model.field_V_A)
    mean, samples = 3.0, 4000
    interval = mean / rate_Hz(0.3, energy, 1e13, TEMPERATURE_K).sum()
    replica = engine(model, kernel, "ions", seed=4)
    sampled(replica, interval, samples)
    counts = np.bincount(np.diff(replica.state.hops, prepend=0), minlength=25)
    statistic, degrees = chi_squared(counts, poisson.pmf(np.arange(len(counts)), mean) * samples)
    assert chi2.sf(statistic, degrees) > 0.001


def starting_from(monkeypatch, occupied):
    """Let engines start from a configuration."""
    for module in (lattice_engine, network_engine):
        monkeypatch.setattr(module, "starting_sites", lambda *_: np.flatnonzero(occupied))


@pytest.mark.parametrize("walkers", WALKERS)
@pytest.mark.parametrize(
    ("name", "shape", "wave", "kernel"),
    [
        ("chain", (20_000, 1, 1), (1000, 0, 0), "lattice"),
        ("chain", (20_000, 1, 1), (1000, 0, 0), "rejection"),
        ("triangular", (200, 100, 1), (10, 0, 0), "lattice"),
        ("simple_cubic", (20, 30, 30), (1, 1, 0), "lattice"),
        ("layered_triangular", (20, 20, 40), (0, 0, 4), "rejection"),
    ],
)
def test_a_wave_of_density_decays_as_the_mean_of_free_hops_says(name, shape, wave, kernel, walkers, monkeypatch):
    """Occupations of free ions obey a linear equation on average; a chain: exp(-2 (1 - cos k) rate t)."""
    lattice = regular_lattice(name, shape)
    barriers = np.array([0.3, 0.34])[: len(lattice.class_names)]
    rates = rate_Hz(barriers, 0.0, 1e13, TEMPERATURE_K)[lattice.hop_class]
    k = 2 * np.pi * np.array(wave) / np.array(shape)
    decay = (rates * (1 - np.cos(lattice.neighbours[0, :, :3] @ k))).sum()
    if name == "chain":
        assert decay == pytest.approx(2 * (1 - np.cos(np.pi / 10)) * rates[0])
    profile = np.cos(lattice._coordinates()[0] @ k)
    occupied = np.random.default_rng(5).random(lattice.n_sites) < 0.5 + 0.45 * profile
    starting_from(monkeypatch, occupied)
    model = HoppingModel(lattice, occupied.mean(), barriers)
    later = []
    for seed in range(4):
        replica = engine(model, kernel, walkers, seed=seed)
        assert replica.occupied().tolist() == occupied.tolist()
        later.append(sampled(replica, 0.5 / decay, 2) @ profile)
    expected = profile @ occupied * np.exp([-0.5, -1.0])
    error = np.sqrt(lattice.n_sites / 8 / len(later))  # of independent occupations, at half filling
    assert (np.abs(np.mean(later, axis=0) - expected) < 3 * error).all()
    assert 3 * error < 0.06 * expected[-1]


@every_use
def test_energies_positions_and_counts_belong_together(name, kernel, walkers):
    """After a run: the energy is the configuration's, ions stand on sites, and hops add up to their displacements."""
    model, system = MODELS[name], exact(name)
    net = network_of(model)
    replica = engine(model, kernel, walkers, seed=6)
    energies, states, start = [], [], replica.positions()
    box = np.linalg.inv(net.box_A)
    for _ in range(30):
        replica.advance(1, 300)
        energies.append(replica.energy_eV())
        states.append(system.state_of(replica.occupied()))
        cells = (replica.positions() * QUANTUM_A - net.positions_A[:, None]) @ box
        on_site = np.abs(cells - np.round(cells)).max(axis=2) < 1e-4
        assert sorted(np.argmax(on_site, axis=0)) == np.flatnonzero(replica.occupied()).tolist()
        assert on_site.sum(axis=0).tolist() == [1] * model.n_ions
    apart = np.array(energies) - system.energies_eV[states]
    assert np.ptp(apart) < 1e-12
    moved = (replica.positions() - start).sum(axis=0)
    made = (1 if walkers == "ions" else -1) * replica.state.hop_counts @ replica.tables.hop_steps
    assert replica.state.hop_counts.sum() > 30
    assert np.abs(moved - made).max() <= 1e-6 * replica.state.hop_counts.sum() / QUANTUM_A


@every_use
def test_trajectories_do_not_depend_on_budgets(name, kernel, walkers):
    model = MODELS[name]
    whole, cut = (engine(model, kernel, walkers, seed=7) for _ in range(2))
    interval = 30 / exact(name).hop_rate_Hz
    for replica in (whole, cut):
        replica.schedule(10, interval)
    assert whole.advance(10, 10_000_000)
    budgets = iter(np.random.default_rng(8).integers(1, 40, 10_000).tolist())
    while not cut.advance(10, next(budgets)):
        pass
    assert whole.state.hops[-1] > 50
    for key, array in whole.state.arrays.items():
        assert array.tobytes() == cut.state.arrays[key].tobytes(), key


@pytest.mark.parametrize("kernel", KERNELS)
def test_seeds_replicas_and_temperatures_have_streams_of_their_own(kernel):
    model = MODELS["repulsion on a chain"]

    def hops(**options):
        replica = engine(model, kernel, "ions", **options)
        replica.schedule(20, 1 / exact("repulsion on a chain").hop_rate_Hz)
        replica.advance(20, 10_000_000)
        return tuple(map(tuple, replica.net_displacements().tolist()))

    options = [{}, {"seed": 2}, {"replica": 1}, {"temperature_K": 601.0}, {"seed": 2**62}]
    runs = [hops(**chosen) for chosen in options]
    assert len(set(runs)) == len(runs)
    assert hops() == runs[0]


def test_ions_start_as_fermi_dirac_statistics_say():
    """The share of occupied sites of each of two energies, over the odds of the other, is the Boltzmann factor."""
    lattice = regular_lattice("square", 100)
    energies = np.where(np.arange(lattice.n_sites) % 2 == 0, 0.0, 0.08)
    model = HoppingModel(lattice, 0.3, 0.3, site_energies_eV=energies)
    low, high = np.mean(
        [
            [np.mean(sites % 2 == 0), np.mean(sites % 2 == 1)]
            for sites in (starting_sites(model, TEMPERATURE_K, 1, replica) for replica in range(40))
        ],
        axis=0,
    ) * (0.3 * 2)
    odds = low / (1 - low) / (high / (1 - high))
    error = odds * np.sqrt(sum(1 / (5000 * 40 * p * (1 - p)) for p in (low, high)))
    assert abs(odds - np.exp(0.08 / kT)) < 3 * error


def test_starts_of_equal_sites_are_uniform():
    model = HoppingModel(regular_lattice("chain", 6), 0.5, 0.3)
    starts = np.array([starting_sites(model, TEMPERATURE_K, 2, replica) for replica in range(2000)])
    assert {len(set(row)) for row in starts.tolist()} == {3}
    for column in starts.T:  # labels are spread as well
        statistic, degrees = chi_squared(np.bincount(column, minlength=6), np.full(6, 2000 / 6))
        assert chi2.sf(statistic, degrees) > 0.001


@pytest.mark.parametrize(
    ("name", "kernel"), [("repulsion on a chain", "lattice"), ("disorder and repulsion", "class lists")]
)
def test_a_rate_above_its_bound_is_an_error(name, kernel):
    replica = engine(MODELS[name], kernel, "ions")
    if kernel == "lattice":
        replica.tables.acceptance[:] *= 1.5
    else:
        arrays = replica.tables.arrays
        replica.tables = replace(replica.tables, arrays=arrays._replace(greatest=arrays.greatest * 0.5))
    with pytest.raises(ComputationError, match="rate above its bound"):
        replica.advance(1, 100_000)


def test_the_lattice_kernel_refuses_disorder():
    with pytest.raises(InputError, match="choose rejection"):
        prepared(MODELS["disorder on a ring"], TEMPERATURE_K, "lattice", "ions")


def test_vacancies_refuse_what_they_cannot_tell():
    sites = outer_sites(RING)
    model = HoppingModel(RING, 0.5, EnvironmentBarriers([[0.3, 0.2, 0.1]], sites=sites))
    assert not can_walk_as_vacancies(model)
    with pytest.raises(InputError, match="choose ions"):
        prepared(model, TEMPERATURE_K, "rejection", "vacancies")
