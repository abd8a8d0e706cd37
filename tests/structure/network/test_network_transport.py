"""Kinetic Monte Carlo on the networks of crystals: exact results, and what a barrier table gives it."""

import numpy as np
import pytest

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.structure.barriers.hop_barrier import HopBarrier
from interfacekit.structure.barriers.table import BarrierTable
from interfacekit.structure.network.search import lithium_network
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.bulk.simulate import simulate
from interfacekit.transport.bulk.surroundings import surroundings
from interfacekit.transport.hopping.rates import EnvironmentBarriers, rate_Hz
from tests import places

CASES = places.CASES / "structure"
TEMPERATURE_K = 600.0
CM2 = 1e-16
CHAINS = ("Li1-Li2 3.10 A", "Li1-Li2 3.27 A")


@pytest.fixture(scope="module")
def cobalt_oxide():
    return lithium_network("LCO", estimates=False)


@pytest.fixture(scope="module")
def thiophosphate():
    return lithium_network("LGPS", estimates=False)


@pytest.mark.parametrize("seed", [2, pytest.param(13, marks=pytest.mark.slow)])
def test_one_vacancy_in_cobalt_oxide_has_the_correlation_factor_of_the_triangular_lattice(cobalt_oxide, seed):
    """0.56006 (Montet 1973, doi:10.1103/PhysRevB.7.650), within three standard errors of less than 0.1 %.

    In a layer of 90 x 90 sites the factor is larger by less than 0.05 %: 0.1 % at 60 x 60 and 0.15 % at 40 x 40.
    Ions stay in their layers, so that there is no diffusion along c at all.
    """
    sites = 3 * 90 * 90
    model = cobalt_oxide.hopping_model((90, 90, 1), filling=1 - 1 / sites, barriers_eV=0.3)
    assert model.n_ions == sites - 1
    options = RunOptions(hops=2e7, replicas=4, seed=seed, walkers="vacancies", hops_per_ion=0.5)
    result = simulate(model, TEMPERATURE_K, options=options, threads=1)
    assert 0 < result.correlation_factor_err < 0.001 * 0.56
    assert abs(result.correlation_factor - 0.56006) < 3 * result.correlation_factor_err
    assert result.D_tracer_by_axis_cm2_s[2] == 0
    assert result.conductivity_by_axis_S_cm[2] == 0
    assert result.direction == "2D in the ab plane"
    # The vacancy itself walks at random: six hops of a^2 / 4 each, by one vacancy in all layers.
    free = 6 * rate_Hz(0.3, 0.0, 1e13, TEMPERATURE_K) * 2.8161**2 / 4 / (sites - 1) * CM2
    assert abs(result.D_charge_cm2_s - free) < 3 * result.D_charge_err_cm2_s < 0.1 * free


def test_the_primitive_cell_of_cobalt_oxide_has_the_conductivity_of_the_hexagonal_one(cobalt_oxide):
    """4.12(14)e-3 S/cm at 298 K for barriers of 0.3 eV and x = 0.7 in either cell."""
    primitive = lithium_network(CASES / "LCO_primitive.cif", estimates=False)
    runs = [
        simulate(
            net.hopping_model(shape, filling=0.7, barriers_eV=0.3),
            298.15,
            options=RunOptions(hops=1e6, replicas=4, seed=3),
            threads=1,
        )
        for net, shape in ((cobalt_oxide, (12, 12, 1)), (primitive, (8, 8, 6)))
    ]
    for run in runs:
        assert run.direction == "2D in the ab plane"
        assert abs(run.conductivity_S_cm - 4.12e-3) < 3 * run.conductivity_err_S_cm < 0.7e-3
        assert run.conductivity_tensor_S_cm.principal_values[2] == 0


def test_charge_diffuses_along_the_chains_of_lgps_as_in_a_chain_of_unlike_barriers(thiophosphate):
    """With the joints all but closed, free ions see chains of four hops per cell along c and nothing aside.

    Free ions diffuse as one by itself; 16 of the 20 sites of the cell are in chains.
    """
    barriers = dict.fromkeys(thiophosphate.class_names, 3.0) | dict(zip(CHAINS, (0.25, 0.28), strict=True))
    model = thiophosphate.hopping_model((3, 3, 6), filling=0.5, barriers_eV=barriers)
    result = simulate(model, TEMPERATURE_K, options=RunOptions(hops=8e6, replicas=4, seed=3), threads=1)
    assert result.direction == "1D along c"
    (slow_direction,) = result.slow_directions
    assert slow_direction.direction == "2D in the ab plane"
    assert slow_direction.slower_kT == pytest.approx((3.0 - 0.28) / (BOLTZMANN_eV_K * TEMPERATURE_K), rel=1e-6)
    slow = 1 / rate_Hz(0.28, 0.0, 1e13, TEMPERATURE_K) + 1 / rate_Hz(0.25, 0.0, 1e13, TEMPERATURE_K)
    c = 12.657546
    # A cell of a chain is two hops of either barrier in series: D = (c/4)^2 / (mean of 1/k).
    alone = c**2 / (2 * slow) / 4 * CM2
    sigma = result.conductivity_by_axis_S_cm
    assert max(sigma[:2]) < 0.02 * sigma[2]
    n = model.sites.n_sites
    expected = alone * (n - model.n_ions) / (n - 1) * 16 / 20
    assert sigma[2] == pytest.approx(result.conductivity_S_cm)
    assert abs(result.D_charge_cm2_s - expected) < 3 * result.D_charge_err_cm2_s < 0.1 * expected


def row(hop, origin, target, energies, mechanism="vacancy", status="done"):
    return HopBarrier(
        hop=hop,
        origin=origin,
        target=target,
        mechanism=mechanism,
        distance_A=3.0,
        common_neighbours=2,
        status=status,
        error=None if status == "done" else "the calculator raised",
        end_energies_eV=(energies[0], energies[-1]),
        energies_eV=energies,
    )


def table(*rows):
    return BarrierTable("crystal", "X", "Li", (1, 1, 1), 8.0, rows, {})


def test_a_barrier_table_is_taken_as_it_is(thiophosphate):
    ends = {"Li1": 0.0, "Li2": 0.1, "Li3": 0.02, "Li4": 0.07}
    rows = []
    for number, hop in enumerate(thiophosphate.classes):
        origin, target = (thiophosphate.sites[k].site_class for k in (hop.origin, hop.target))
        saddle = 0.4 + 0.01 * number
        rows.append(row(hop.name, origin, target, (ends[origin], saddle, ends[target])))
    model = table(*rows).hopping_model((2, 2, 2), network=thiophosphate, filling=0.9)
    net = model.sites
    for k in range(0, net.n_hops, 37):
        a, b = (net.site_class_names[net.site_classes[s[k]]] for s in (net.origins, net.targets))
        name = net.class_names[net.hop_classes[k]]
        expected = 0.4 + 0.01 * list(thiophosphate.class_names).index(name) - (ends[a] + ends[b]) / 2
        assert model.hop_barriers_eV(net.hop_classes)[k] == pytest.approx(expected)
        change = model.site_energies_eV[net.targets[k]] - model.site_energies_eV[net.origins[k]]
        assert change == pytest.approx(ends[b] - ends[a])
    given = table(*rows).hopping_model(
        (2, 2, 2), network=thiophosphate, filling=0.9, site_energies_eV={"Li4": 0.2}, pair_energies_eV=0.05
    )
    assert set(given.site_energies_eV.tolist()) == {0.0, 0.2}
    assert given.pair_energies_eV == 0.05
    with pytest.raises(InputError, match=r"no barrier of the hop 'Li1-Li3 3.63 A'"):
        table(*rows[:-1]).hopping_model((2, 2, 2), network=thiophosphate, filling=0.9)
    with pytest.raises(InputError, match=r"barrier must be a number in eV.*got a BarrierTable; use hopping_model"):
        thiophosphate.hopping_model((2, 2, 2), filling=0.9, barriers_eV=table(*rows))
    with pytest.raises(InputError, match="the barriers of crystal have no network; give one"):
        table(*rows).hopping_model((2, 2, 2))


def test_divacancies_of_a_table_become_barriers_by_environment(cobalt_oxide):
    (name,) = cobalt_oxide.class_names
    rows = (row(name, "Li1", "Li1", (0.0, 0.5, 0.0)), row(name, "Li1", "Li1", (0.0, 0.2, 0.0), "divacancy"))
    model = table(*rows).hopping_model((6, 6, 1), network=cobalt_oxide, filling=0.9)
    assert isinstance(model.barriers_eV, EnvironmentBarriers)
    assert model.barriers_eV.table_eV == ((0.2, 0.2, 0.5),)


@pytest.mark.parametrize(("vacant", "shape"), [(True, (4, 5, 1)), (True, (3, 3, 1)), (False, (3, 3, 1))])
def test_sites_vacant_in_the_crystal_are_no_divacancy(vacant, shape):
    """Beside a hop of LCO are two Li sites, and two vacant ones where these are in the network; found by distance."""
    net = lithium_network("LCO", vacant=vacant, cutoff_A=3.0, estimates=False)
    name = "Li1-Li1 2.82 A"
    rows = [row(hop, *hop.split()[0].split("-"), (0.0, 0.9, 0.0)) for hop in net.class_names if hop != name]
    rows += [row(name, "Li1", "Li1", (0.0, 0.5, 0.0)), row(name, "Li1", "Li1", (0.0, 0.2, 0.0), "divacancy")]
    model = table(*rows).hopping_model(shape, network=net, filling=0.3)
    assert model.barriers_eV.table_eV[net.class_names.index(name)] == (0.2, 0.2, 0.5)
    sites = model.sites
    around = surroundings(model.barriers_eV, sites)
    lithium = sites.site_classes == sites.site_class_names.index("Li1")
    for hop in np.flatnonzero(sites.hop_classes == sites.class_names.index(name))[::5]:
        origin = sites.positions_A[sites.origins[hop]]
        target = origin + sites.displacements_A[hop]
        images = (np.indices((3, 3, 3)).reshape(3, -1).T - 1) @ sites.box_A
        everywhere = sites.positions_A + images[:, None]
        near = [np.linalg.norm(everywhere - end, axis=-1) < 3.0 for end in (origin, target)]
        expected = np.flatnonzero((near[0] & near[1]).any(axis=0) & lithium)
        ends = {sites.origins[hop], sites.targets[hop]}
        assert set(around[hop]) - {-1} == set(expected) - ends
        assert np.count_nonzero(around[hop] >= 0) == 2


def test_values_by_class(thiophosphate):
    values = {name: 0.2 + 0.01 * k for k, name in enumerate(thiophosphate.class_names)}
    frequencies = {name: 1e12 * (1 + k) for k, name in enumerate(thiophosphate.class_names)}
    model = thiophosphate.hopping_model(
        (2, 2, 2), filling=0.9, barriers_eV=values, attempt_frequencies_Hz=frequencies, site_energies_eV={"Li3": 0.1}
    )
    assert model.barriers_eV == tuple(values.values())
    assert model.attempt_frequencies_Hz == tuple(frequencies.values())
    assert np.sum(model.site_energies_eV == 0.1) == 2 * 8
    with pytest.raises(InputError, match="no site class 'Li9' in LGPS; there is Li1, Li2, Li3, Li4"):
        thiophosphate.hopping_model((2, 2, 2), filling=0.9, barriers_eV=0.2, site_energies_eV={"Li9": 0.1})
    with pytest.raises(InputError, match=r"the hop class 'Li2-Li4 2.92 A' has no barrier; give one in eV for"):
        thiophosphate.hopping_model((2, 2, 2), filling=0.9, barriers_eV={CHAINS[0]: 0.1})


def test_the_filling_is_that_of_the_crystal_where_sites_are_vacant():
    net = lithium_network("LCO", vacant=True, estimates=False)
    assert net.hopping_model((4, 4, 1), barriers_eV=0.3).n_ions == 3 * 16
