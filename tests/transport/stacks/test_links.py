"""Linked planes in the continuum: Kirchhoff's laws, multiplicities, and square grids told as links."""

from dataclasses import replace

import numpy as np
import pytest

from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.continuum.space_charge import space_charge
from interfacekit.transport.stack_kmc.options import StackRunOptions
from interfacekit.transport.stack_kmc.simulate import simulate_stack
from interfacekit.transport.stack_kmc.slowdown import conductance_factors, even_slowdown
from interfacekit.transport.stacks.layered import LayeredStack
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.links import Links
from interfacekit.transport.stacks.stack import Stack
from tests.transport.example_stacks import film
from tests.transport.stack_kmc.test_crystal_engine import square_links

STACK = Stack(
    [
        Layer(film("cathode", conductor=True, level_eV=4.0, filling=0.6, repulsion_eV=0.9), planes=3),
        Layer(film("coating", site_density_per_cm3=2e22), planes=6),
        Layer(film("electrolyte", conductivity_S_cm=1e-5, filling=0.8), planes=5),
    ],
    contacts={"cathode|coating": {"offset_eV": 0.1}, "coating|electrolyte": {"offset_eV": -0.05}},
)


class LinkedStack(Stack):
    """A stack of regular planes that is told as linked ones."""

    def planes(self, temperature_K, voltage_V=None, **options):
        return square_links(super().planes(temperature_K, voltage_V, **options))


def circuit(pairs, sites):
    return Links(
        10.0 * np.eye(2),
        np.array(sites),
        *(np.array(column) for column in zip(*[(a, b) for a, b, _ in pairs], strict=True)),
        np.zeros((len(pairs), 2), int),
        np.array([g for *_, g in pairs]),
    )


def resistances(links, gaps=None, planes=None):
    P = len(links.sites)
    return np.exp(
        links.resistances(
            np.log(np.ones(P + 1) if gaps is None else gaps), np.log(np.ones(P) if planes is None else planes)
        )
    )


def test_a_chain_is_in_series():
    links = circuit([(0, 1, 2.0), (1, 2, 0.5), (2, 3, 8.0)], [1, 1, 1, 1])
    np.testing.assert_allclose(resistances(links), [0.5, 2.0, 0.125], rtol=1e-9)
    np.testing.assert_allclose(resistances(links, gaps=[1, 10, 1, 1, 1]), [0.05, 2.0, 0.125], rtol=1e-9)


def test_conductances_may_differ_by_any_power_of_ten():
    links = circuit([(0, 1, 1e-40), (1, 2, 1.0), (2, 3, 1e35)], [1, 1, 1, 1])
    np.testing.assert_allclose(resistances(links), [1e40, 1.0, 1e-35], rtol=1e-6)


def test_parallel_ways_add():
    links = circuit([(0, 2, 1.0), (1, 3, 1.0), (2, 4, 3.0), (3, 5, 3.0)], [2, 2, 2])
    np.testing.assert_allclose(resistances(links), [1 / 2, 1 / 6], rtol=1e-9)


def test_ways_within_a_plane_count_with_the_gaps_beside_it():
    """From the one site of plane 0 to one of plane 1, along plane 1, and from there to the one of plane 2."""
    links = circuit([(0, 1, 1.0), (1, 2, 0.25), (2, 3, 1.0)], [1, 2, 1])
    # The mean of plane 1 is in the middle of its 4 Ohm.
    np.testing.assert_allclose(resistances(links), [3.0, 3.0], rtol=1e-9)
    np.testing.assert_allclose(resistances(links, planes=[1, 4, 1]), [1.5, 1.5], rtol=1e-9)


def test_no_way_is_an_endless_resistance():
    links = circuit([(0, 1, 1.0), (2, 3, 1.0)], [1, 2, 1])
    assert np.isinf(links.resistances(np.zeros(4), np.zeros(3))).all()


def test_a_square_grid_resists_as_its_gaps():
    planes = square_links(STACK.planes(298.15, 4.0))
    found = equilibrium(planes)
    log_gaps = np.zeros(planes.count + 1)
    log_gaps[1:-1] = found.log_exchange_Hz[1:-1] - np.log(planes.frequency_Hz[1:-1])
    inner = planes.links.resistances(log_gaps, np.zeros(planes.count))
    np.testing.assert_allclose(inner, -found.log_exchange_Hz[1:-1], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("ends", ["fixed", "open", "closed"])
def test_more_sites_on_a_larger_area_are_the_same_stack(ends):
    planes = STACK.planes(298.15, 4.0, ends=ends)
    many = replace(
        planes,
        site_area_A2=6 * planes.site_area_A2,
        multiplicity=np.full(planes.count, 6.0),
        frequency_Hz=6 * planes.frequency_Hz,
    )
    one, six = equilibrium(planes), equilibrium(many)
    np.testing.assert_allclose(six.log_odds, one.log_odds, atol=1e-8)
    np.testing.assert_allclose(six.potential_V, one.potential_V, atol=1e-9)
    np.testing.assert_allclose(six.fields_V_A, one.fields_V_A, atol=1e-9)
    np.testing.assert_allclose(six.log_resistance[1:-1], one.log_resistance[1:-1], atol=1e-8)


def test_sites_of_different_number_hold_the_charge_of_all():
    """Two thin planes of m sites in flat bands: the charge is that of the sites, the field that of the charge."""
    planes = STACK.planes(298.15, 4.0)
    dense = replace(planes, multiplicity=np.linspace(1, 3, planes.count))
    found = equilibrium(dense)
    charge = dense.multiplicity * (found.occupation - dense.filling)
    np.testing.assert_allclose(found.fields_V_A[4:], dense.fields_V_A(charge)[4:], atol=1e-9)
    eta = found.energy_eV[1:-1] + dense.kT_eV * found.log_odds
    np.testing.assert_allclose(eta, found.electrochemical_potential_eV, atol=1e-8)


def test_linked_squares_have_the_results_of_the_regular_stack():
    regular, linked = (space_charge(kind(STACK.layers, contacts=STACK.contacts), 4.0) for kind in (Stack, LinkedStack))
    assert linked.asr_ohm_cm2 == pytest.approx(regular.asr_ohm_cm2, rel=1e-12)
    assert linked.profile.occupation == pytest.approx(regular.profile.occupation, abs=1e-12)
    assert linked.scl_charge_uC_cm2 == pytest.approx(regular.scl_charge_uC_cm2, rel=1e-12)
    assert isinstance(STACK, LayeredStack)


def test_slowdowns_of_a_square_grid_leave_of_gaps_what_they_slow_them_to():
    planes = square_links(STACK.planes(298.15, 4.0))
    found = equilibrium(planes)
    slowdown = even_slowdown(planes, found, 3.0)
    assert slowdown.gaps.min() < 0.5
    np.testing.assert_allclose(conductance_factors(planes, found, slowdown), slowdown.gaps, rtol=1e-7)


def test_slowdowns_count_ways_within_planes():
    """Slowed down alike everywhere, a stack conducts by that factor less; and a plane alone lies in between."""
    planes = square_links(STACK.planes(298.15, 4.0))
    links = planes.links
    # Two sites a plane, the way up from one of which does not go on.
    P = planes.count
    doubled = Links(
        links.cell_A,
        np.full(P, 2),
        np.concatenate([2 * np.arange(P - 1) + np.arange(P - 1) % 2, 2 * np.arange(P)]),
        np.concatenate([2 * np.arange(1, P) + np.arange(P - 1) % 2, 2 * np.arange(P) + 1]),
        np.zeros((2 * P - 1, 2), int),
        np.concatenate([planes.frequency_Hz[1:-1], planes.in_plane_frequency_Hz]),
    )
    planes = replace(planes, links=doubled, multiplicity=np.full(P, 2.0))
    found = equilibrium(planes)
    slow = type(even_slowdown(planes, found, 3.0))
    every = slow(np.full(P + 1, 0.1), np.full(P, 0.1))
    np.testing.assert_allclose(conductance_factors(planes, found, every), 0.1, rtol=1e-6)
    half = slow(np.full(P + 1, 0.1), np.ones(P))
    left = conductance_factors(planes, found, half)[2:-2]
    assert (left > 0.1 * (1 - 1e-9)).all()
    assert (left < 1).all()
    assert left.max() > 0.11


def test_simulated_linked_squares_agree_with_the_regular_stack():
    options = StackRunOptions(hops=3e6, cells=(20, 20), seed=3)
    regular, linked = (
        simulate_stack(kind(STACK.layers, contacts=STACK.contacts), 4.0, options=options)
        for kind in (Stack, LinkedStack)
    )
    assert linked.provenance["parameters"]["repeats"] == (20, 20)
    exact = space_charge(STACK, 4.0)
    for result in (regular, linked):
        assert abs(result.asr_ohm_cm2 - exact.asr_ohm_cm2) < 4 * result.asr_err_ohm_cm2 + 0.01 * exact.asr_ohm_cm2
        assert result.asr_err_ohm_cm2 < 0.1 * result.asr_ohm_cm2
    both = np.hypot(regular.profile.occupation_err, linked.profile.occupation_err)
    apart = np.array(regular.profile.occupation) - np.array(linked.profile.occupation)
    assert (np.abs(apart) < 5 * both).all()
