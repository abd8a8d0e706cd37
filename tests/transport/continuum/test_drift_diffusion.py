"""Steady currents: against the rates of hops, the linear response, closed forms and symmetry."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.constants import elementary_charge

from interfacekit.constants import BOLTZMANN_eV_K, OHM_CM2_PER_V_A2_s_e
from interfacekit.errors import InputError
from interfacekit.transport.continuum.drift_diffusion import steady_state
from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.continuum.space_charge import parts_ohm_cm2
from interfacekit.transport.hopping.rates import rate_Hz
from interfacekit.transport.materials.known_layers import layer_material
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.transport.example_stacks import film, reversed_stack, stacks

T = 298.15
FOUNDING = {
    "bare": Stack([Layer("LCO"), Layer("LGPS", 3.0)]),
    "coated": Stack([Layer("LCO"), Layer("LNO", 3.0), Layer("LGPS", 3.0)], ladder=True),
    "with pairs": Stack(
        [Layer("LCO"), Layer("LNO", 2.0), Layer("LGPS", 2.0)],
        materials={"LNO": {"pair_energy_eV": 0.03}, "LGPS": {"pair_energy_eV": 0.05, "repulsion_eV": 0.2}},
    ),
    "field-free": Stack(
        [Layer(film("a"), planes=5), Layer(film("b", filling=0.7), planes=5)],
        contacts={"a|b": {"offset_eV": 0.02}},
        electrostatics=False,
    ),
}


def net_rates_Hz(planes, found):
    """Hops up less hops down across each gap, per site, one by one; and those up alone."""
    c = np.concatenate([[planes.left.filling], found.occupation, [planes.right.filling]])
    change = np.diff(found.energy_eV)
    up = c[:-1] * (1 - c[1:]) * rate_Hz(planes.barrier_eV, change, planes.frequency_Hz, planes.temperature_K)
    down = c[1:] * (1 - c[:-1]) * rate_Hz(planes.barrier_eV, -change, planes.frequency_Hz, planes.temperature_K)
    return up - down, up + down


@pytest.mark.parametrize("bias_V", [0.3, -0.3, 1.5, -1.5])
@pytest.mark.parametrize("name", FOUNDING)
def test_current_is_that_of_the_hops_across_every_gap(name, bias_V):
    planes = FOUNDING[name].planes(T, 4.1, bias_V=bias_V)
    found = steady_state(planes)
    net, both = net_rates_Hz(planes, found)
    per_site = found.current_A_cm2 * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e
    assert np.sign(per_site) == np.sign(bias_V)
    np.testing.assert_allclose(net, per_site, rtol=1e-8, atol=1e-12 * both.max())
    charge = found.occupation - planes.filling
    np.testing.assert_allclose(planes.potentials_V(planes.fields_V_A(charge)), found.potential_V, atol=1e-10)
    assert found.electrochemical_potential_eV[0] - found.electrochemical_potential_eV[-1] == pytest.approx(bias_V)
    # The drops over all gaps are the bias.
    assert found.current_A_cm2 * np.exp(found.log_resistance).sum() == pytest.approx(bias_V)


@pytest.mark.parametrize("name", FOUNDING)
def test_small_currents_are_linear(name):
    stack = FOUNDING[name]
    resistances = np.exp(equilibrium(stack.planes(T, 4.1)).log_resistance)
    errors = []
    for bias_V in (1e-3, 1e-4):
        there, back = (steady_state(stack.planes(T, 4.1, bias_V=b)) for b in (bias_V, -bias_V))
        # What is of second order in the bias cancels between both directions.
        mean = (np.exp(there.log_resistance) + np.exp(back.log_resistance)) / 2
        errors.append(np.abs(mean / resistances - 1).max())
    assert errors[0] < 1e-2
    assert errors[1] < errors[0] / 30 + 1e-8


def test_chemical_diffusion_in_lco_is_the_measured_one():
    """By Fick's law between reservoirs at slightly different x; the film's D is 1e-12 cm2/s at x = 0.7."""
    material = layer_material("LCO")
    voltage_V = 4.0 - BOLTZMANN_eV_K * T * np.log(0.7 / 0.3)
    planes = Stack([Layer("LCO", planes=20)]).planes(T, voltage_V)
    assert planes.left.filling == pytest.approx(0.7)
    step = 1e-4
    fuller = replace(
        planes.left,
        filling=planes.left.filling + step,
        site_energy_eV=planes.left.site_energy_eV + material.repulsion_eV * step,
    )
    found = steady_state(replace(planes, left=fuller))
    across_cm = (planes.position_A[-1] - planes.position_A[0]) * 1e-8
    gradient_cm4 = (found.occupation[0] - found.occupation[-1]) * material.site_density_per_cm3 / across_cm
    assert found.current_A_cm2 / elementary_charge / gradient_cm4 == pytest.approx(1e-12, rel=0.01)
    # Its hops meet the barrier with which 1e13 attempts per second give that.
    distance_A = (material.site_density_per_cm3 * 1e-24) ** (-1 / 3)
    assert material.hop_frequency_Hz(distance_A, distance_A**2) == pytest.approx(1e13)


def test_parts_of_a_small_current_are_those_of_equilibrium():
    stack = FOUNDING["coated"]
    rest = parts_ohm_cm2(stack.planes(T, 4.1), equilibrium(stack.planes(T, 4.1)).log_resistance)
    driven = stack.planes(T, 4.1, bias_V=1e-5)
    flowing = parts_ohm_cm2(driven, steady_state(driven).log_resistance)
    assert flowing == pytest.approx(rest, rel=1e-3)
    assert list(rest) == ["LCO", "LNO", "LGPS", "LCO|LNO", "LNO|LGPS"]


@settings(max_examples=40, deadline=None)
@given(stack=stacks(), voltage_V=st.floats(3.8, 4.2))
def test_no_current_between_equal_reservoirs(stack, voltage_V):
    planes = stack.planes(T, voltage_V)
    found, rest = steady_state(planes), equilibrium(planes)
    np.testing.assert_allclose(found.occupation, rest.occupation, atol=1e-9)
    np.testing.assert_allclose(found.log_resistance, rest.log_resistance, atol=1e-6)
    assert abs(found.current_A_cm2) * np.exp(rest.log_resistance).sum() < 1e-10


@settings(max_examples=40, deadline=None)
@given(stack=stacks(most_planes=10), bias_V=st.floats(-1.0, 1.0), temperature_K=st.floats(200, 900))
def test_a_stack_turned_around_carries_the_opposite_current(stack, bias_V, temperature_K):
    there = steady_state(stack.planes(temperature_K, 4.0, bias_V=bias_V))
    planes = reversed_stack(stack).planes(temperature_K, 4.0)
    # The bias is put to what was the right end.
    left = planes.left
    key = "potential_V" if planes.elastance_A.any() else "site_energy_eV"
    back = steady_state(replace(planes, left=replace(left, **{key: getattr(left, key) - bias_V})))
    rounding = 1e-12 / np.exp(there.log_resistance).sum()
    assert there.current_A_cm2 == pytest.approx(-back.current_A_cm2, rel=1e-7, abs=rounding)
    np.testing.assert_allclose(there.occupation, back.occupation[::-1], atol=1e-7)


def test_diffusion_without_fields_is_linear():
    """Ions that only exclude one another diffuse with a constant D at any gradient: a straight line of occupation."""
    planes = Stack([Layer(film(), planes=9)], electrostatics=False).planes(T)
    left, right = replace(planes.left, filling=0.9), replace(planes.right, filling=0.1)
    found = steady_state(replace(planes, left=left, right=right))
    np.testing.assert_allclose(found.occupation, np.linspace(0.9, 0.1, 11)[1:-1], atol=1e-9)
    hop_Hz = rate_Hz(planes.barrier_eV[0], 0.0, planes.frequency_Hz[0], T)
    expected = hop_Hz * 0.08 / (planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e)
    assert found.current_A_cm2 == pytest.approx(float(expected))


def test_neutral_conductor_obeys_ohms_law_and_then_hops_downhill():
    """In a uniform field every gap has the same drop: J = 2 x sinh(drop / 2kT)."""
    planes = Stack([Layer(film(), planes=19)]).planes(T, bias_V=2.0)
    found = steady_state(planes)
    np.testing.assert_allclose(found.occupation, 0.5, atol=1e-10)
    exchange = 0.25 * rate_Hz(planes.barrier_eV[0], 0.0, planes.frequency_Hz[0], T)
    expected = 2 * exchange * np.sinh(0.1 / (2 * planes.kT_eV))
    assert found.current_A_cm2 * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e == pytest.approx(float(expected))


@pytest.mark.parametrize("ends", ["open", "closed"])
def test_other_ends_have_no_steady_current(ends):
    with pytest.raises(InputError, match="give fixed ones") as caught:
        steady_state(Stack([Layer("LGPS")]).planes(T, ends=ends))
    assert "\n" not in str(caught.value)
