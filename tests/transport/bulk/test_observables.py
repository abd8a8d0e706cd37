"""What a run reports against closed forms and exact solutions, within its own errors."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from monty.json import MontyDecoder
from scipy.constants import Boltzmann, elementary_charge
from scipy.special import comb
from scipy.stats import chi2

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.bulk.simulate import simulate, simulate_series
from interfacekit.transport.hopping.lattice import LATTICES, regular_lattice
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel, gaussian_barriers_eV, rate_Hz
from tests.covering import crossed, some
from tests.transport.exact import solve
from tests.transport.models import KERNELS, MODELS, TEMPERATURE_K, WALKERS, joined, ring

kT = BOLTZMANN_eV_K * TEMPERATURE_K
CM2 = 1e-16
#: One vacancy among many ions: Compaan & Haven 1956 (doi:10.1039/TF9565200786); two dimensions: Montet 1973.
CORRELATION_FACTORS = {
    "simple_cubic": (0.6531, 20),
    "fcc": (0.7815, 20),
    "bcc": (0.7272, 20),
    "diamond": (1 / 2, 16),
    "square": (0.4669, 90),
    "honeycomb": (1 / 3, 60),
}


def run(model, kernel=None, walkers=None, *, hops=4e6, hops_per_ion=2.0, seed=2, replicas=4):
    options = RunOptions(
        hops=hops, replicas=replicas, seed=seed, kernel=kernel, walkers=walkers, hops_per_ion=hops_per_ion, check=True
    )
    return simulate(model, TEMPERATURE_K, options=options, threads=1)


def agrees(mean, error, expected, relative):
    """Within three standard errors, which are small enough to tell."""
    assert 0 < error < relative * abs(expected)
    assert abs(mean - expected) < 3 * error


def free_diffusion_cm2_s(model):
    """Charge diffusion by axis of hops that only full targets stop: all ions but one can stand on a target."""
    lattice = model.sites
    rates = rate_Hz(model.barriers_by_class_eV(), 0.0, 1e13, TEMPERATURE_K)[lattice.hop_class]
    n, ions = lattice.n_sites, model.n_ions
    return (rates[:, None] * lattice.displacements_A[0] ** 2).sum(axis=0) / 2 * (n - ions) / (n - 1) * CM2


@pytest.mark.parametrize(
    ("name", "kernel"),
    some(
        [*((name, "lattice") for name in CORRELATION_FACTORS), ("diamond", "rejection")],
        fast=[("simple_cubic", "lattice"), ("square", "lattice"), ("diamond", "rejection")],
    ),
)
def test_the_tracer_of_one_vacancy_has_the_known_correlation_factor(name, kernel, seed):
    """In these boxes the factor is larger by 0.02 % in three dimensions and 0.04 % in two.

    A window's halves hold more than a thousand hops of the vacancy, and many more in two dimensions: what it takes back
    of a tracer's displacement later than that is less still.
    """
    exact, cells = CORRELATION_FACTORS[name]
    lattice = regular_lattice(name, cells)
    model = HoppingModel(lattice, 1 - 1 / lattice.n_sites, 0.3)
    assert model.n_ions == lattice.n_sites - 1
    flat = name in ("square", "honeycomb")
    hops = {"square": 2e7, "honeycomb": 3e7, "diamond": 7e6}.get(name, 5e6)
    result = run(model, kernel, "vacancies", hops=hops, hops_per_ion=1.5 if flat else 0.3, seed=seed)
    agrees(result.correlation_factor, result.correlation_factor_err, exact, 0.0013)
    assert abs(result.correlation_factor / exact - 1) < 0.005
    # The vacancy itself walks without memory, and so does the charge of all ions.
    expected = free_diffusion_cm2_s(model)
    agrees(result.D_charge_cm2_s, result.D_charge_err_cm2_s, expected[expected > 0].mean(), 0.02)
    agrees(result.haven_ratio, result.haven_ratio_err, exact, 0.02)


@pytest.mark.parametrize(
    ("name", "filling", "kernel", "walkers"),
    crossed(["simple_cubic", "honeycomb"], [0.2, 0.5, 0.8], ["lattice", "rejection"], WALKERS),
)
def test_charge_diffusion_of_free_ions_is_that_of_one_at_any_filling(name, filling, kernel, walkers, seed):
    model = HoppingModel(regular_lattice(name, 10 if name == "simple_cubic" else 22, 2.5), filling, 0.3)
    result = run(model, kernel, walkers, hops=1e6, seed=seed)
    axes = 3 if name == "simple_cubic" else 2
    expected = free_diffusion_cm2_s(model)[:axes]
    rate = rate_Hz(0.3, 0.0, 1e13, TEMPERATURE_K)
    n = model.sites.n_sites
    one = rate * 2.5**2 * (1 if axes == 3 else 3 / 4) * CM2
    np.testing.assert_allclose(expected / (1 - model.n_ions / n), one * n / (n - 1))
    assert result.dimensions == axes
    agrees(result.D_charge_cm2_s, result.D_charge_err_cm2_s, expected.mean(), 0.015)


@pytest.mark.parametrize("name", LATTICES)
def test_charge_diffusion_of_free_ions_by_axis(name, seed):
    """Every lattice, the layered ones with slower hops between layers; half filled."""
    cells = {"chain": 1000, "simple_cubic": 10, "bcc": 10, "fcc": 10, "diamond": 8}
    shape = (11, 11, 8) if name.startswith("layered") else cells.get(name, 26)
    lattice = regular_lattice(name, shape, 2.0, layer_distance_A=3.0)
    model = HoppingModel(lattice, 0.5, [0.3, 0.34][: len(lattice.class_names)])
    result = run(model, hops=1e6, seed=seed)
    expected = free_diffusion_cm2_s(model)
    moving = expected > 0
    agrees(result.D_charge_cm2_s, result.D_charge_err_cm2_s, expected[moving].mean(), 0.02)
    density = result.ions / lattice.volume_A3 * 1e24
    assert result.ion_density_per_cm3 == pytest.approx(density)
    to_conductivity = density * elementary_charge**2 / (Boltzmann * TEMPERATURE_K)
    assert result.conductivity_S_cm == pytest.approx(to_conductivity * result.D_charge_cm2_s)
    for axis in range(3):
        tensor = result.conductivity_tensor_S_cm
        mean, error = tensor.components[axis][axis], tensor.errors[axis][axis]
        if moving[axis]:
            agrees(mean, error, expected[axis] * to_conductivity, 0.02)
        else:
            assert (mean, error, result.D_tracer_tensor_cm2_s.components[axis]) == (0, 0, (0, 0, 0))


@pytest.mark.parametrize(
    ("ions", "walkers"), some(list(product([1, 6, 11], WALKERS)), fast=[(1, "ions"), (6, "ions"), (11, "vacancies")])
)
def test_diffusion_on_a_chain_of_random_barriers_is_that_of_the_harmonic_mean(ions, walkers, seed):
    n = 12
    net = ring(n)
    barriers = gaussian_barriers_eV(net, 0.3, 0.05, seed=2)
    model = HoppingModel(net, ions / n, barriers)
    rates = rate_Hz(barriers, 0.0, 1e13, TEMPERATURE_K)
    harmonic = 1 / np.mean(1 / rates) * 2.0**2 * CM2
    expected = harmonic * (n - ions) / (n - 1)
    assert rates.mean() / (harmonic / 4 / CM2) > 1.3
    result = run(model, "rejection", walkers, hops=4 * 400 * 300 * ions, hops_per_ion=300.0, seed=seed)
    x = result.conductivity_by_axis_S_cm[0] / result.conductivity_S_cm * result.D_charge_cm2_s
    agrees(x, result.conductivity_err_by_axis_S_cm[0] / result.conductivity_by_axis_S_cm[0] * x, expected, 0.1)
    if ions == 1:
        agrees(result.D_tracer_by_axis_cm2_s[0], result.D_tracer_err_by_axis_cm2_s[0], expected, 0.1)


def test_charge_diffusion_has_no_bias_where_displacements_have_a_memory():
    """Deviations of many short runs in units of their errors: the noise that chooses the lag must not show in them."""
    net = ring(12)
    barriers = gaussian_barriers_eV(net, 0.3, 0.05, seed=2)
    expected = 4.0 * CM2 / np.mean(1 / rate_Hz(barriers, 0.0, 1e13, TEMPERATURE_K))
    z = []
    for seed in range(30, 46):
        result = run(HoppingModel(net, 1 / 12, barriers), hops=4 * 400 * 300, hops_per_ion=300.0, seed=seed)
        x, error = result.conductivity_by_axis_S_cm[0], result.conductivity_err_by_axis_S_cm[0]
        per_D = result.conductivity_S_cm / result.D_charge_cm2_s
        z.append((x - expected * per_D) / error)
    assert abs(np.mean(z)) < 4 / np.sqrt(len(z))


def test_the_exact_solution_gives_the_harmonic_mean_as_well():
    net = ring(7)
    barriers = gaussian_barriers_eV(net, 0.3, 0.05, seed=3)
    harmonic = 1 / np.mean(1 / rate_Hz(barriers, 0.0, 1e13, TEMPERATURE_K)) * 4.0 * CM2
    for ions in (1, 3, 6):
        system = solve(HoppingModel(net, ions / 7, barriers), TEMPERATURE_K)
        assert system.charge_diffusion_cm2_s[0] == pytest.approx(harmonic * (7 - ions) / 6, rel=1e-6)
    assert solve(HoppingModel(net, 1 / 7, barriers), TEMPERATURE_K).tracer_diffusion_cm2_s[0] == pytest.approx(harmonic)


FIELD_V_A = 0.3 * kT / 2.0  # 0.3 kT along a hop of 2 A


@pytest.mark.parametrize(
    ("name", "kernel", "walkers"), crossed(["simple_cubic", "honeycomb"], ["lattice", "rejection"], WALKERS)
)
def test_free_ions_drift_in_a_small_field_as_they_diffuse_without(name, kernel, walkers, seed):
    model = HoppingModel(regular_lattice(name, 10 if name == "simple_cubic" else 22, 2.0), 0.4, 0.3)
    driven = run(model.with_field((FIELD_V_A, 0.0, 0.0)), kernel, walkers, hops=2e6, seed=seed)
    at_rest = run(model, kernel, walkers, hops=1e6, seed=seed)
    assert (driven.method, at_rest.method) == ("drift in a field", "equilibrium fluctuations")
    error = np.hypot(driven.D_charge_err_cm2_s, at_rest.D_charge_err_cm2_s)
    assert abs(driven.D_charge_cm2_s - at_rest.D_charge_cm2_s) < 3 * error
    assert error < 0.02 * at_rest.D_charge_cm2_s


@pytest.mark.parametrize(
    ("model", "kernels"),
    [
        (HoppingModel(regular_lattice("triangular", 14, 2.0), 0.5, 0.3, pair_energies_eV=0.05), KERNELS[::2]),
        (
            HoppingModel(regular_lattice("fcc", 6, 2.0), 0.5, EnvironmentBarriers([[0.3, 0.27, 0.33, 0.3, 0.3]])),
            KERNELS[1:2],
        ),
    ],
    ids=["repulsion", "barriers of common neighbours"],
)
def test_interacting_ions_drift_in_a_small_field_as_they_diffuse_without(model, kernels, seed):
    for kernel in kernels:
        driven = run(model.with_field((FIELD_V_A, 0.0, 0.0)), kernel, hops=1e6, hops_per_ion=5.0, seed=seed)
        at_rest = run(model, kernel, hops=1e6, hops_per_ion=5.0, seed=seed + 1)
        error = np.hypot(driven.D_charge_err_cm2_s, at_rest.D_charge_err_cm2_s)
        assert abs(driven.D_charge_cm2_s - at_rest.D_charge_cm2_s) < 3 * error
        assert error < 0.04 * at_rest.D_charge_cm2_s


@pytest.mark.parametrize(
    ("name", "kernel", "walkers"), crossed(["bcc", "layered_square"], ["lattice", "rejection"], WALKERS)
)
def test_free_ions_drift_in_any_field_as_the_rates_say(name, kernel, walkers, seed):
    """Without interactions every configuration stays as probable in a field; here along no axis, and half filled."""
    lattice = regular_lattice(name, 8, 2.0, layer_distance_A=3.0)
    field = np.array([0.03, 0.01, -0.02])
    barriers = np.array([0.3, 0.34])[: len(lattice.class_names)]
    model = HoppingModel(lattice, 0.5, barriers, field_V_A=tuple(field))
    moves = lattice.displacements_A[0]
    velocity = rate_Hz(barriers[lattice.hop_class], -moves @ field, 1e13, TEMPERATURE_K) @ moves
    n = lattice.n_sites
    expected = velocity @ field / (field @ field) * kT * (n / 2) / (n - 1) * CM2
    agrees(*charge(run(model, kernel, walkers, hops=1e6, seed=seed)), expected, 0.01)


@pytest.mark.parametrize("kernel", ["lattice", "rejection"])
def test_free_ions_drift_downhill_without_a_barrier(kernel, seed):
    """In a field so strong that no barrier is left, the other limits of the rates count; an almost empty lattice."""
    lattice = regular_lattice("simple_cubic", 5, 2.0)
    field = np.array([0.08, 0.02, 0.0])
    model = HoppingModel(lattice, 4 / 125, 0.02, field_V_A=tuple(field))
    moves = lattice.displacements_A[0]
    velocity = rate_Hz(0.02, -moves @ field, 1e13, TEMPERATURE_K) @ moves * (125 - 4) / (125 - 1)
    result = run(model, kernel, "ions", hops=1e5, hops_per_ion=20.0, seed=seed)
    agrees(*charge(result), velocity @ field / (field @ field) * kT * CM2, 0.02)


@pytest.mark.parametrize("ions", some([1, 2, 4], fast=[1, 4]))
def test_few_ions_in_a_field_diffuse_about_their_drift(ions, seed):
    """Along and across the field, from rates with and against it; other ions are hardly ever in the way."""
    lattice = regular_lattice("simple_cubic", 12, 2.0)
    field = 2 * kT / 2.0
    model = HoppingModel(lattice, ions / lattice.n_sites, 0.3, field_V_A=(field, 0.0, 0.0))
    moves = lattice.displacements_A[0]
    rates = rate_Hz(0.3, -moves[:, 0] * field, 1e13, TEMPERATURE_K)
    expected = rates @ moves**2 / 2 * CM2
    result = run(model, hops=4 * 1000 * 20 * ions, hops_per_ion=20.0, seed=seed)
    for axis in range(3):
        agrees(result.D_tracer_by_axis_cm2_s[axis], result.D_tracer_err_by_axis_cm2_s[axis], expected[axis], 0.1)


def test_a_field_between_axes_drives_a_current_along_each():
    """In a cubic lattice the current is along the field; columns by axis are its components over the field."""
    model = HoppingModel(regular_lattice("simple_cubic", 8), 0.5, 0.3, field_V_A=(0.02, 0.02, 0.0))
    result = run(model, hops=1e6)
    x, y, z = result.conductivity_by_axis_S_cm
    x_err, y_err, _ = result.conductivity_err_by_axis_S_cm
    agrees(x, x_err, result.conductivity_S_cm / 2**0.5, 0.05)
    agrees(y, y_err, result.conductivity_S_cm / 2**0.5, 0.05)
    assert abs(z) < 3 * result.conductivity_err_by_axis_S_cm[2] < 0.05 * x


def charge(result):
    return result.D_charge_cm2_s, result.D_charge_err_cm2_s


DRIVEN = [(name, kernel) for name, kernel in product(MODELS, KERNELS) if any(MODELS[name].field_V_A)]


def has_kernel(name, kernel, *_):
    return MODELS[name].homogeneous or kernel != "lattice"


@pytest.mark.parametrize(
    ("name", "kernel"),
    some(
        [case for case in DRIVEN if has_kernel(*case)],
        fast=[
            ("repulsion in a field", "rejection"),
            ("barrierless repulsion in a field", "lattice"),
            ("honeycomb in a field", "class lists"),
            ("disorder in a field", "class lists"),
            ("everything", "rejection"),
        ],
    ),
)
def test_the_drift_of_small_systems_is_the_exact_one(name, kernel, seed):
    """Far from equilibrium, from the stationary state of all configurations."""
    model = MODELS[name]
    field = np.array(model.field_V_A)
    expected = solve(model, TEMPERATURE_K).drift_A_s @ field / (field @ field) * kT * CM2
    result = run(model, kernel, hops=4 * 600 * 50 * model.n_ions, hops_per_ion=50.0, seed=seed)
    agrees(*charge(result), expected, 0.03)


SMALL = [
    "attraction on triangles",
    "barriers of common neighbours",
    "disorder on a ring",
    "disorder",
    "disorder and repulsion",
    "barrierless disorder and repulsion",
]


@pytest.mark.parametrize(("name", "kernel", "walkers"), crossed(SMALL, KERNELS, WALKERS, when=has_kernel))
def test_all_kernels_agree_with_the_exact_solution_of_small_systems(name, kernel, walkers, seed):
    """Rate of hops, diffusion of tracers and of charge, and the Haven ratio, with ions and vacancies as walkers."""
    model = MODELS[name]
    system = solve(model, TEMPERATURE_K)
    result = run(model, kernel, walkers, hops=4 * 250 * 100 * model.n_ions, hops_per_ion=100.0, seed=seed)
    # Exactly zero along axes of bounded motion.
    D_charge = system.charge_diffusion_cm2_s.sum() / result.dimensions
    D_tracer = system.tracer_diffusion_cm2_s.sum() / result.dimensions
    (site,) = result.site_classes
    agrees(
        model.n_ions / site.residence_time_s,
        model.n_ions * site.residence_time_err_s / site.residence_time_s**2,
        system.hop_rate_Hz,
        0.02,
    )
    agrees(*charge(result), D_charge, 0.17)
    agrees(result.D_tracer_cm2_s, result.D_tracer_err_cm2_s, D_tracer, 0.17)
    agrees(result.haven_ratio, result.haven_ratio_err, D_tracer / D_charge, 0.2)


@pytest.mark.parametrize("filling", some([0.4, 0.7], fast=[0.4]))
def test_all_kernels_agree_on_interacting_ions(filling, seed):
    """Deviations of each from the mean of all, by their errors: chi-squared for six runs."""
    model = HoppingModel(regular_lattice("layered_triangular", 5), filling, (0.3, 0.33), pair_energies_eV=(0.04, 0.02))
    runs = [run(model, kernel, walkers, hops=1.5e5, seed=seed) for kernel in KERNELS for walkers in WALKERS]
    (sites,) = zip(*(result.site_classes for result in runs), strict=True)
    for mean, error in (
        ([r.D_charge_cm2_s for r in runs], [r.D_charge_err_cm2_s for r in runs]),
        ([r.D_tracer_cm2_s for r in runs], [r.D_tracer_err_cm2_s for r in runs]),
        ([r.haven_ratio for r in runs], [r.haven_ratio_err for r in runs]),
        ([r.correlation_factor for r in runs], [r.correlation_factor_err for r in runs]),
        ([s.residence_time_s for s in sites], [s.residence_time_err_s for s in sites]),
    ):
        value, weight = np.array(mean), 1 / np.array(error) ** 2
        together = np.average(value, weights=weight)
        assert chi2.sf(((value - together) ** 2 * weight).sum(), len(runs) - 1) > 0.001
        assert max(error) < 0.1 * together


def classes_of_sites():
    """Two classes of sites on a square lattice, 0.06 eV apart."""
    square = regular_lattice("square", 6).network()
    kind = np.arange(36) % 3 // 2
    return replace(square, site_classes=kind, site_class_names=("low", "high")), 0.06 * kind


@pytest.mark.parametrize("walkers", WALKERS)
def test_occupations_are_fermi_dirac_and_residence_times_balance(walkers, seed):
    net, energies = classes_of_sites()
    model = HoppingModel(net, 0.5, 0.3, site_energies_eV=energies)
    result = run(model, "rejection", walkers, hops=2e6, hops_per_ion=25.0, seed=seed)
    low, high = result.site_classes
    assert (low.name, high.name) == ("low", "high")
    # Without interactions all that counts is how many of the ions are on the 12 high sites.
    number = np.arange(13)
    weights = comb(12, number) * comb(24, 18 - number) * np.exp(-number * 0.06 / kT)
    expected = weights @ number / weights.sum()
    agrees(12 * high.occupation, 12 * high.occupation_err, expected, 0.02)
    agrees(24 * low.occupation, 24 * low.occupation_err, 18 - expected, 0.02)
    # Every site has hops to all its neighbours; those to sites of the other class are balanced.
    up = rate_Hz(0.3, 0.06, 1e13, TEMPERATURE_K)
    kinds = net.site_classes[net.origins], net.site_classes[net.targets]
    per_site = {
        pair: np.count_nonzero((kinds[0] == pair[0]) & (kinds[1] == pair[1])) for pair in product((0, 1), repeat=2)
    }
    pairs = pair_occupations(number, weights)
    flat = rate_Hz(0.3, 0.0, 1e13, TEMPERATURE_K)
    leaving_low = per_site[0, 0] * pairs[0, 0] * flat + per_site[0, 1] * pairs[0, 1] * up
    agrees(low.residence_time_s, low.residence_time_err_s, (18 - expected) / leaving_low, 0.02)


def pair_occupations(number, weights):
    """Probability that a site of one class is full and another one of a class empty; sites of a class are alike."""
    share = weights / weights.sum()
    low = 18 - number
    return {
        (0, 0): share @ (low / 24 * (24 - low) / 23),
        (0, 1): share @ (low / 24 * (12 - number) / 12),
    }


def test_the_occupation_of_equal_sites_is_the_filling():
    result = run(HoppingModel(regular_lattice("square", 10), 0.3, 0.3), hops=1e5)
    (site,) = result.site_classes
    assert (site.occupation, site.occupation_err) == (pytest.approx(0.3), 0.0)
    agrees(site.residence_time_s, site.residence_time_err_s, 1 / (4 * rate_Hz(0.3, 0, 1e13, 600.0) * 70 / 99), 0.02)


def test_unlike_barriers_do_not_lose_a_class_without_sites():
    net, energies = classes_of_sites()
    named = replace(net, site_class_names=("low", "high", "none"))
    result = run(HoppingModel(named, 0.5, 0.3, site_energies_eV=energies), hops=1e5)
    assert [site.name for site in result.site_classes] == ["low", "high"]


def test_activation_energies_over_a_series_are_the_barrier(seed):
    model = HoppingModel(regular_lattice("simple_cubic", 8), 0.5, 0.3)
    results = simulate_series(
        model, [300, 400.0, 600], options=RunOptions(hops=5e5, hops_per_ion=1.0, seed=seed), name="cubic", threads=1
    )
    assert [r.temperature_K for r in results] == [300.0, 400.0, 600.0]
    assert {(r.activation_energy_eV, r.activation_energy_err_eV) for r in results} == {
        (results[0].activation_energy_eV, results[0].activation_energy_err_eV)
    }
    agrees(results[0].activation_energy_eV, results[0].activation_energy_err_eV, 0.3, 0.01)
    assert {r.material for r in results} == {"cubic"}


def test_a_series_in_a_weak_field_keeps_its_results():
    """Where noise makes a drift negative, there is no activation energy; the runs are not lost."""
    model = HoppingModel(regular_lattice("simple_cubic", 4), 0.5, 0.3, field_V_A=(1e-7, 0.0, 0.0))
    options = RunOptions(hops=4e4, hops_per_ion=2.0)
    results = simulate_series(model, [300, 350, 400, 450, 500, 550], options=options, threads=1)
    assert min(r.D_charge_cm2_s for r in results) < 0
    assert [r.activation_energy_eV for r in results] == [None] * 6


def test_one_temperature_has_no_activation_energy():
    (result,) = simulate_series(
        HoppingModel(regular_lattice("chain", 20), 0.5, 0.3), [300.0], options=RunOptions(hops=1e5, hops_per_ion=2.0)
    )
    assert result.activation_energy_eV is None
    assert result.activation_energy_err_eV is None


@pytest.fixture(scope="module")
def result():
    return run(HoppingModel(regular_lattice("layered_square", 6), 0.5, (0.3, 0.33), pair_energies_eV=0.01), hops=2e5)


def test_results_make_the_round_trip_through_json(result):
    assert json.loads(result.to_json(), cls=MontyDecoder) == result


def test_results_say_what_made_them(result):
    assert (result.ions, result.sites, result.replicas, result.direction) == (108, 216, 4, "3D")
    assert result.attempts > result.hops > 1.8e5
    parameters = result.provenance["parameters"]
    assert parameters["kernel"] == "lattice"
    assert parameters["walkers"] == "ions"
    assert parameters["engine"] == "lattice, rejection"
    assert (parameters["hops"], parameters["seed"], parameters["replicas"]) == (2e5, 2, 4)
    assert result.simulated_time_s == pytest.approx(
        parameters["window_s"] * parameters["windows"] * (1 - result.equilibration)
    )


def test_results_become_one_row(result):
    frame = result.to_frame()
    assert len(frame) == 1
    row = frame.iloc[0]
    assert row["conductivity_S_cm"] == result.conductivity_S_cm
    assert row["D_tracer_b_cm2_s"] == result.D_tracer_by_axis_cm2_s[1]
    assert row["conductivity_err_c_S_cm"] == result.conductivity_err_by_axis_S_cm[2]
    assert row["occupation site"] == result.site_classes[0].occupation
    assert not {"provenance", "site_classes"} & set(frame.columns)


def test_ions_that_cannot_get_away_have_a_result():
    """Pairs of sites far from each other: tracers do not diffuse, and the Haven ratio still is a number."""
    pair = joined(2, [(0, 1)])
    result = run(HoppingModel(pair, 0.5, 0.3), hops=4e5, hops_per_ion=100.0)
    assert abs(result.D_tracer_cm2_s) <= 4 * result.D_tracer_err_cm2_s
    assert np.isfinite(result.haven_ratio)


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["lattice", "rejection"])
@pytest.mark.parametrize("name", CORRELATION_FACTORS)
def test_the_correlation_factors_at_higher_precision(name, kernel):
    exact, cells = CORRELATION_FACTORS[name]
    lattice = regular_lattice(name, cells)
    model = HoppingModel(lattice, 1 - 1 / lattice.n_sites, 0.3)
    flat = name in ("square", "honeycomb")
    hops, hops_per_ion = (6e7, 1.5) if flat else (3e7, 0.3)
    result = run(model, kernel, "vacancies", hops=hops, hops_per_ion=hops_per_ion, replicas=6, seed=3)
    agrees(result.correlation_factor, result.correlation_factor_err, exact, 0.002)


@pytest.mark.slow
@pytest.mark.parametrize("pair", [-0.03, 0.05])
@pytest.mark.parametrize("name", ["simple_cubic", "diamond", "layered_triangular"])
def test_fields_and_fluctuations_agree_for_interacting_ions(name, pair):
    """Linear response, on more lattices than in the fast test."""
    model = HoppingModel(regular_lattice(name, 8, 2.0), 0.4, 0.3, pair_energies_eV=pair)
    driven = run(model.with_field((FIELD_V_A, 0.0, 0.0)), hops=5e6, hops_per_ion=5.0, seed=3)
    at_rest = run(model, hops=5e6, hops_per_ion=5.0, seed=4)
    x = at_rest.conductivity_by_axis_S_cm[0] / at_rest.conductivity_S_cm * at_rest.D_charge_cm2_s
    error = np.hypot(driven.D_charge_err_cm2_s, at_rest.D_charge_err_cm2_s * 3**0.5)
    assert abs(driven.D_charge_cm2_s - x) < 3 * error
    assert error < 0.04 * x


@pytest.mark.slow
@pytest.mark.parametrize("name", ["disorder and repulsion", "disorder"])
def test_errors_of_the_shortest_runs_cover_the_truth_as_one_standard_deviation_does(name):
    """In 68 +- 5 % of 400 runs of four replicas with 16 windows each, the fewest that are allowed."""
    model = MODELS[name]
    system = solve(model, TEMPERATURE_K)
    D_charge, D_tracer = system.charge_diffusion_cm2_s.sum() / 3, system.tracer_diffusion_cm2_s.sum() / 3
    runs = [run(model, hops=4 * 16.6 * 100 * model.n_ions, hops_per_ion=100.0, seed=seed) for seed in range(400)]
    correlation = np.mean([r.correlation_factor for r in runs])
    for value, error, truth in (
        ("D_charge_cm2_s", "D_charge_err_cm2_s", D_charge),
        ("D_tracer_cm2_s", "D_tracer_err_cm2_s", D_tracer),
        ("haven_ratio", "haven_ratio_err", D_tracer / D_charge),
        ("correlation_factor", "correlation_factor_err", correlation),
    ):
        covered = np.mean([abs(getattr(r, value) - truth) < getattr(r, error) for r in runs])
        assert 0.63 < covered < 0.73, (value, covered)
