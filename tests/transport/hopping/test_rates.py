"""Rates and models: detailed balance, disorder, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.quantities import TEMPERATURE
from interfacekit.transport.bulk.surroundings import surroundings
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.rates import (
    EnvironmentBarriers,
    HoppingModel,
    NeighbourBarriers,
    gaussian_barriers_eV,
    gaussian_site_energies_eV,
    lognormal_attempt_frequencies_Hz,
    rate_Hz,
)
from tests.transport.exact import energy_eV, solve
from tests.transport.models import MODELS, TEMPERATURE_K, irregular, joined, outer_sites, ring

CUBE = regular_lattice("simple_cubic", 4)
CHAIN = regular_lattice("chain", 6)
LAYERS = regular_lattice("layered_square", 3)

barriers = st.floats(0.0, 1.5)
changes = st.floats(-2.0, 2.0)
frequencies = st.floats(1e9, 1e14)
temperatures = st.floats(100.0, 2000.0)


def test_boltzmann_s_constant():
    assert pytest.approx(8.617333262e-5, rel=1e-9) == BOLTZMANN_eV_K


@given(barriers, changes, frequencies, temperatures)
def test_rates_keep_detailed_balance(barrier, change, frequency, temperature):
    there = rate_Hz(barrier, change, frequency, temperature)
    back = rate_Hz(barrier, -change, frequency, temperature)
    assert np.log(there) - np.log(back) == pytest.approx(-change / (BOLTZMANN_eV_K * temperature), rel=1e-12, abs=1e-10)


@given(barriers, changes, frequencies, temperatures)
def test_rates_are_those_of_the_activation_energy(barrier, change, frequency, temperature):
    activation = -np.log(rate_Hz(barrier, change, frequency, temperature) / frequency) * BOLTZMANN_eV_K * temperature
    if abs(change) <= 2 * barrier:
        assert activation == pytest.approx(barrier + change / 2, abs=1e-9)
    else:
        assert activation == pytest.approx(max(change, 0.0), abs=1e-9)


def test_rates_of_arrays_are_broadcast():
    rates = rate_Hz([[0.2], [0.3]], [0.0, 0.1, -0.1], 1e13, 300.0)
    assert rates.shape == (2, 3)
    assert rates[1, 2] == rate_Hz(0.3, -0.1, 1e13, 300.0)


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if not any(model.field_V_A)])
def test_the_exact_solution_keeps_detailed_balance(name):
    """Every pair of configurations, by the energies of the whole configurations."""
    system = solve(MODELS[name], TEMPERATURE_K)
    flow = system.boltzmann[:, None] * np.where(np.eye(len(system.states), dtype=bool), 0.0, system.generator)
    np.testing.assert_allclose(flow, flow.T, rtol=1e-9, atol=1e-12 * flow.max())
    np.testing.assert_allclose(system.stationary, system.boltzmann, atol=1e-9)


def test_the_exact_energy_counts_each_pair_once():
    model = HoppingModel(LAYERS, 0.5, 0.3, pair_energies_eV=(0.1, 0.01))
    occupied = np.zeros(27, bool)
    occupied[[0, 1, 9, 26]] = True  # 0-1 in a layer, 0-9 across; 26 is beside neither, nor is it 1's
    assert energy_eV(model, LAYERS.network(), occupied) == pytest.approx(0.11)


def test_a_model_describes_itself():
    model = HoppingModel(LAYERS, 0.5, (0.3, 0.4), pair_energies_eV=(0.0, 0.01))
    assert model.n_ions == 14
    assert model.interacting
    assert model.homogeneous
    assert model.barriers_by_class_eV().tolist() == [0.3, 0.4]
    classes = np.array([0, 1, 1])
    assert model.hop_barriers_eV(classes).tolist() == [0.3, 0.4, 0.4]
    assert model.hop_frequencies_Hz(classes).tolist() == [1e13] * 3
    in_field = model.with_field((0.0, 0.01, 0.0))
    assert in_field.field_V_A == (0.0, 0.01, 0.0)
    assert in_field.barriers_eV == model.barriers_eV
    assert not HoppingModel(CUBE, 0.5, 0.3).interacting
    assert HoppingModel(CHAIN, 0.5, NeighbourBarriers([[0.3, 0.2, 0.1]])).interacting


@pytest.mark.parametrize(
    "varied",
    [
        {"site_energies_eV": np.zeros(64)},
        {"barriers_eV": np.full(64 * 6, 0.3)},
        {"barriers_eV": EnvironmentBarriers([[0.3]])},
        {"attempt_frequencies_Hz": np.full(64 * 6, 1e13)},
    ],
    ids=lambda varied: next(iter(varied)),
)
def test_models_that_vary_from_site_to_site_are_not_homogeneous(varied):
    assert HoppingModel(CUBE, 0.5, 0.3).homogeneous
    assert not HoppingModel(**{"sites": CUBE, "filling": 0.5, "barriers_eV": 0.3, **varied}).homogeneous
    assert not HoppingModel(CUBE.network(), 0.5, 0.3).homogeneous


@pytest.mark.parametrize("filling", [1 - 1 / 64, 1 / 64, 0.5, np.float64(0.3)])
def test_ions_are_the_nearest_whole_number(filling):
    assert abs(HoppingModel(CUBE, filling, 0.3).n_ions - filling * 64) <= 0.5


def given_model(**changes):
    return {"sites": CUBE, "filling": 0.5, "barriers_eV": 0.3, **changes}


ONE_WAY = np.full(64 * 6, 0.3)
ONE_WAY[7] = 0.4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (given_model(filling=0), "filling must be between 0 and 1, got 0"),
        (given_model(filling=1), "filling must be between 0 and 1, got 1"),
        (given_model(filling=1.5), "between 0 and 1, got 1.5"),
        (given_model(filling=-0.5), "between 0 and 1, got -0.5"),
        (given_model(filling=float("nan")), "a number between 0 and 1, got nan"),
        (given_model(filling="half"), "a number between 0 and 1, got 'half'"),
        (given_model(filling=np.full((3, 3), 0.5)), "a number between 0 and 1"),
        (given_model(filling=0.001), "0.001 of 64 sites makes 0 mobile ions and 64 vacancies; give a larger box"),
        (given_model(filling=0.999), "makes 64 mobile ions and 0 vacancies"),
        (given_model(barriers_eV=float("nan")), "barrier must be a number from 0 to 10 eV, got nan"),
        (given_model(barriers_eV=-0.1), "barrier must be from 0 to 10 eV, got -0.1 eV"),
        (given_model(barriers_eV=float("inf")), "barrier must be from 0 to 10 eV, got inf"),
        (given_model(barriers_eV=[0.3, 0.4]), r"barriers_eV has the shape \(2,\); .* 1 classes, .* 384 hops"),
        (given_model(barriers_eV=ONE_WAY), r"barriers_eV differs between hop \d+ and its reverse"),
        (given_model(barriers_eV=NeighbourBarriers([])), "table of barriers has 0 rows; give one for each of 1 hop"),
        (given_model(barriers_eV=NeighbourBarriers([[0.3], [0.3]])), "table of barriers has 2 rows"),
        (given_model(barriers_eV=NeighbourBarriers([[]])), "a row of the table of barriers is empty"),
        (given_model(barriers_eV=NeighbourBarriers([[0.3, -0.2]])), "barrier must be from 0 to 10 eV, got -0.2 eV"),
        (
            given_model(barriers_eV=EnvironmentBarriers([[0.3, float("nan")]])),
            "barrier must be a number from 0 to 10 eV, got nan",
        ),
        (given_model(attempt_frequencies_Hz=-1e13), r"attempt frequency must be from 0 to 1e\+25 1/s, got -1e\+13 1/s"),
        (given_model(attempt_frequencies_Hz=0.0), "all attempt frequencies are 0"),
        (given_model(attempt_frequencies_Hz=ONE_WAY * 1e13), "attempt_frequencies_Hz differs between hop"),
        (given_model(pair_energies_eV=[0.1, 0.2]), r"pair_energies_eV has the shape \(2,\)"),
        (given_model(pair_energies_eV=float("inf")), "pair energy must be from -10 to 10 eV, got inf"),
        (given_model(site_energies_eV=np.zeros(3)), r"site_energies_eV has the shape \(3,\); .*\(64,\)"),
        (given_model(site_energies_eV=np.full(64, np.nan)), "site energy must be a number from -20 to 20 eV, got nan"),
        (given_model(field_V_A=(0, np.inf, 0)), "field_V_A must be from -1 to 1 V/A, got inf"),
        (given_model(field_V_A=(0.1, 0.2)), "is not a vector; give V/A along x, y and z"),
        (given_model(field_V_A=np.zeros((2, 3))), "is not a vector"),
    ],
)
def test_impossible_models_are_refused(arguments, message):
    with pytest.raises(InputError, match=f"^[^\n]*{message}[^\n]*$"):
        HoppingModel(**arguments)


@pytest.mark.parametrize(
    "temperature", [0, -300, float("nan"), float("inf"), True, "300", None, 300j, np.array([300.0, 400.0])]
)
def test_impossible_temperatures_are_refused(temperature):
    with pytest.raises(InputError, match=r"^[^\n]*temperature[^\n]*give kelvin[^\n]*$"):
        TEMPERATURE.check(temperature)


@pytest.mark.parametrize("temperature", [300, 300.0, np.float32(300), np.int64(300)])
def test_temperatures_become_plain_floats(temperature):
    assert type(TEMPERATURE.check(temperature)) is float


def test_sites_around_a_hop_are_the_common_neighbours():
    net = regular_lattice("fcc", 4).network()
    around = surroundings(EnvironmentBarriers([[0.3] * 5]), net)
    assert around.shape == (net.n_hops, 4)
    for hop in range(0, net.n_hops, 37):
        ends = (net.targets[net.origins == site] for site in (net.origins[hop], net.targets[hop]))
        assert set(around[hop]) == set.intersection(*map(set, ends))
    irregular_net = irregular()
    counts = np.count_nonzero(surroundings(EnvironmentBarriers([[0.3] * 3] * 2), irregular_net) >= 0, axis=1)
    ends = zip(irregular_net.origins, irregular_net.targets, strict=True)
    around = {site: set(irregular_net.targets[irregular_net.origins == site]) for site in range(7)}
    assert counts.tolist() == [len(around[a] & around[b]) for a, b in ends]


def changed_sites(hop, sites):
    around = outer_sites(ring(6))
    around[hop] = sites
    return around


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        (np.zeros((3, 2), int), r"sites around hops have the shape \(3, 2\); give whole numbers, \(12, any\)"),
        (np.full((12, 1), 6), "a site around a hop does not exist; sites are numbered from 0 to 5"),
        (np.full((12, 1), -2), "a site around a hop does not exist"),
        (np.full((12, 1), 0.5), "give whole numbers"),
        (np.full((12, 1), 3), r"hop \d+ has one of its ends among the sites around it"),
        (changed_sites(4, [0, 4]), "a hop and its reverse have different sites around them"),
    ],
)
def test_impossible_surroundings_are_refused(sites, message):
    net = ring(6)
    with pytest.raises(InputError, match=f"^[^\n]*{message}[^\n]*$"):
        surroundings(EnvironmentBarriers([[0.3] * 3], sites=sites), net)


def test_site_energies_are_normal_and_seeded():
    sites = regular_lattice("square", 200)
    energies = gaussian_site_energies_eV(sites, 0.05, seed=1)
    n = sites.n_sites
    assert energies.shape == (n,)
    assert abs(energies.mean()) < 3 * 0.05 / np.sqrt(n)
    assert abs(energies.std() - 0.05) < 3 * 0.05 / np.sqrt(2 * n)
    assert energies.tolist() == gaussian_site_energies_eV(sites, 0.05, seed=1).tolist()
    assert (energies != gaussian_site_energies_eV(sites, 0.05, seed=2)).all()
    assert not gaussian_site_energies_eV(sites, 0.0, seed=1).any()


@pytest.mark.parametrize(
    ("draw", "mean", "width"),
    [
        (lambda net, seed: gaussian_barriers_eV(net, 0.4, 0.05, seed), 0.4, 0.05),
        (lambda net, seed: np.log10(lognormal_attempt_frequencies_Hz(net, 1e12, 0.3, seed)), 12.0, 0.3),
    ],
    ids=["barriers", "frequencies"],
)
def test_disorder_of_hops_is_normal_seeded_and_the_same_both_ways(draw, mean, width):
    net = regular_lattice("square", 100).network()
    values = draw(net, 1)
    assert values.tolist() == values[net.reverse].tolist() == draw(net, 1).tolist()
    independent = values[np.arange(net.n_hops) < net.reverse]
    n = len(independent)
    assert n == net.n_hops // 2 == len(np.unique(independent))
    assert abs(independent.mean() - mean) < 3 * width / np.sqrt(n)
    assert abs(independent.std() - width) < 3 * width / np.sqrt(2 * n)
    assert (independent != draw(net, 2)[np.arange(net.n_hops) < net.reverse]).all()


def test_barriers_below_zero_become_zero():
    net = regular_lattice("square", 30).network()
    values = gaussian_barriers_eV(net, 0.0, 0.1, seed=1)
    assert values.min() == 0.0
    assert abs(np.mean(values == 0.0) - 0.5) < 3 / np.sqrt(2 * net.n_hops)


@pytest.mark.parametrize("width", [-0.1, float("nan"), float("inf")])
def test_impossible_widths_are_refused(width):
    net = joined(3, [(0, 1), (1, 2)])
    for draw in (
        lambda: gaussian_site_energies_eV(net, width, 1),
        lambda: gaussian_barriers_eV(net, 0.3, width, 1),
        lambda: lognormal_attempt_frequencies_Hz(net, 1e13, width, 1),
    ):
        with pytest.raises(InputError, match=r"from 0 to 20, got .*; give a standard deviation"):
            draw()
