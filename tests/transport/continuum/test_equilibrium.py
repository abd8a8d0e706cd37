"""The equilibrium of the mean field against closed forms, against another way to solve it, and in its symmetries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit

import interfacekit as ik
from interfacekit.constants import CHARGE_V_A, BOLTZMANN_eV_K
from interfacekit.errors import ComputationError
from interfacekit.materials import reference_table
from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.hopping.rates import rate_Hz
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.transport.example_stacks import between_electrodes, debye_A, film, reversed_stack, stacks

T = 298.15
kT = BOLTZMANN_eV_K * T


def field_V_A(material, potential_V):
    """First integral of Poisson's equation from the neutral bulk: E^2 = (2 n kT / eps) (ln(1 - c + c e^-u) + c u)."""
    c, u = material.filling, np.asarray(potential_V) / kT
    n = material.site_density_per_cm3 * 1e-24
    energy = np.logaddexp(np.log1p(-c), np.log(c) - u) + c * u
    return np.sign(u) * np.sqrt(2 * n * kT * CHARGE_V_A / material.permittivity * energy)


# Closed forms of the continuum


@pytest.mark.parametrize("filling", [0.5, 0.8, 1e-3])
def test_small_potentials_decay_over_the_debye_length(filling):
    material = film(site_density_per_cm3=1e20, filling=filling)
    debye = debye_A(material, T)
    errors = []
    for fineness in (5, 10, 20):
        spacing = debye / fineness
        planes = between_electrodes(material, planes=10 * fineness, plane_A=spacing, left_V=1e-7)
        potential = equilibrium(planes).potential_V[1 : 2 * fineness + 1]
        decay = np.log(potential[:-1] / potential[1:])
        # On planes the second difference stands for the second derivative.
        np.testing.assert_allclose(decay, np.arccosh(1 + (spacing / debye) ** 2 / 2), rtol=1e-4)
        errors.append(abs(decay.mean() / spacing * debye - 1))
    assert errors[-1] < 2e-4
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.2)


@pytest.mark.parametrize("filling", [0.5, 0.8333, 0.05])
@pytest.mark.parametrize("potential_V", [0.6, -0.6, 0.05, -0.2])
def test_field_follows_the_potential_as_the_first_integral_says(filling, potential_V):
    material = film(site_density_per_cm3=1e20, filling=filling)
    errors = []
    for fineness in (8, 16):
        spacing = debye_A(material, T) / fineness
        planes = between_electrodes(material, planes=20 * fineness, plane_A=spacing, left_V=potential_V)
        found = equilibrium(planes)
        inside = found.potential_V[1:-1]
        middle = (inside[1:] + inside[:-1]) / 2
        # Left half: the right electrode is the bulk.
        near = slice(0, 4 * fineness)
        expected = field_V_A(material, middle[near])
        field = found.fields_V_A[1:-1][near] / material.permittivity
        errors.append(np.abs(field - expected).max() / np.abs(expected).max())
    assert errors[1] < 2e-3
    assert errors[0] / errors[1] > 3


@pytest.mark.parametrize("filling", [0.5, 0.25])
def test_differential_capacitance_is_that_of_kilic_bazant_and_ajdari(filling):
    """Ions +e on half of the sites, background -e/2: their mixture of ions +-e/2 that fills all space (nu = 1).

    Kilic, Bazant & Ajdari 2007, doi:10.1103/PhysRevE.75.021502; at any filling C = charge density over field at the
    surface, from the same first integral.
    """
    material = film(site_density_per_cm3=1e20, filling=filling)
    debye, eps = debye_A(material, T), material.permittivity
    spacing = debye / 40
    for potential_V in (0.02, -0.05, 0.15, 0.4, -0.8):
        step = 1e-4
        charges = []
        for change in (step, -step):
            left_V = potential_V + change
            planes = between_electrodes(material, planes=500, plane_A=spacing, left_V=left_V)
            charges.append(equilibrium(planes).fields_V_A[0])
        capacitance = (charges[0] - charges[1]) / (2 * step)  # of D over eps0, 1/A
        u = potential_V / kT
        c = expit(np.log(filling / (1 - filling)) - u)
        n = material.site_density_per_cm3 * 1e-24
        assert capacitance == pytest.approx(n * CHARGE_V_A * (filling - c) / field_V_A(material, potential_V), rel=2e-3)
        if filling == 0.5:
            squared = 2 * np.sinh(u / 4) ** 2  # z = 1/2
            steric = eps / debye * np.sinh(abs(u) / 2) / ((1 + squared) * np.sqrt(2 * np.log1p(squared)))
            assert capacitance == pytest.approx(steric, rel=2e-3)


ARITHMETIC = [row for row in reference_table("space_charge") if row["quantity"] == "Debye length; 1 V depletion width"]


@pytest.mark.parametrize("row", ARITHMETIC, ids=lambda row: row["system"])
def test_debye_length_and_depletion_width_of_the_reference_table(row):
    eps, density = (float(part.split("=")[1].split("/")[0]) for part in row["system"].split(", "))
    debye_nm, width_nm = (float(part) for part in row["value"].split(";"))
    # As many charges screen as in a solution with `density` of both signs: n c (1 - c) = 2 density.
    screening = film(site_density_per_cm3=8 * density, permittivity=eps)
    spacing = debye_A(screening, T) / 30
    planes = between_electrodes(screening, planes=300, plane_A=spacing, left_V=1e-7)
    potential = equilibrium(planes).potential_V[1:-1]
    length_nm = spacing / 10 * 50 / np.log(potential[5] / potential[55])
    assert length_nm == pytest.approx(debye_nm, abs=0.0051)
    # All of `density` leave a layer at 1 V, but for what is left at its edge, where the potential changes by some kT.
    leaving = film(site_density_per_cm3=2 * density, permittivity=eps)
    rounded_nm = 0.0051
    for temperature_K, closeness in ((T, 0.02), (20.0, 0.002)):
        planes = between_electrodes(leaving, planes=200, plane_A=width_nm / 6, left_V=1.0, temperature_K=temperature_K)
        charge = equilibrium(planes).fields_V_A[0] / CHARGE_V_A  # per A^2
        held_nm = charge / (density * 1e-24) / 10
        left = 2 * np.log(2) * BOLTZMANN_eV_K * temperature_K
        assert held_nm == pytest.approx(width_nm * np.sqrt(1 - left), abs=rounded_nm + 1e-3 * width_nm)
        assert held_nm == pytest.approx(width_nm, abs=rounded_nm + closeness * width_nm)
    # Cold, the edge is as sharp as a plane.
    half_empty_nm = np.interp(0.25, equilibrium(planes).occupation, planes.position_A / 10)
    assert half_empty_nm == pytest.approx(width_nm, abs=rounded_nm + width_nm / 60)


def test_gauss_law_holds_in_every_plane():
    planes = Stack([Layer("LCO"), Layer("LNO", 3.0), Layer("LGPS", 5.0)]).planes(T, 4.1)
    found = equilibrium(planes)
    inside = np.flatnonzero(~planes.conductor)
    steps = np.diff(found.fields_V_A)[inside]
    np.testing.assert_allclose(
        steps, planes.field_per_charge_V_A * (found.occupation - planes.filling)[inside], atol=1e-14
    )


# Another way to the same solution


def shoot(planes):
    """Occupations by shooting from the left: the field before the first plane decides all the rest."""
    eta = planes.left.electrochemical_potential_eV(planes.temperature_K)
    thermal = planes.kT_eV

    def occupation(p, potential):
        def excess(y):
            own = planes.site_energy_eV[p] + planes.repulsion_eV[p] * (expit(y) - planes.filling[p])
            return thermal * y + own + potential - eta

        return expit(brentq(excess, -1e5, 1e5, xtol=1e-14, rtol=1e-15))

    def profile(first):
        field, potential, found = first, planes.left.potential_V, []
        for p in range(planes.count):
            potential -= planes.elastance_A[p] * field
            found.append(occupation(p, potential))
            field += planes.field_per_charge_V_A * (found[-1] - planes.filling[p])
        return np.array(found), potential - planes.elastance_A[-1] * field

    last = brentq(lambda first: profile(first)[1] - planes.right.potential_V, -30, 30, xtol=1e-16, rtol=1e-15)
    return profile(last)[0]


@pytest.mark.parametrize("temperature_K", [250.0, 900.0])
@pytest.mark.parametrize(
    "stack",
    [
        Stack([Layer(film("a", permittivity=300.0), planes=4), Layer(film("b", filling=0.8), planes=3)],
              contacts={"a|b": {"offset_eV": -0.4}}),
        Stack([Layer(film("a", filling=0.2, repulsion_eV=0.7), planes=3), Layer(film("b"), planes=2),
               Layer(film("c", permittivity=80.0, filling=0.9), planes=1)],
              contacts={"a|b": {"offset_eV": 0.5}, "b|c": {"offset_eV": 0.3}}),
        Stack([Layer("LCO", planes=2), Layer("LNO", planes=3), Layer("LGPS", planes=2)]),
    ],
    ids=["two", "three", "coated"],
)  # fmt: skip
def test_shooting_finds_the_same(stack, temperature_K):
    planes = stack.planes(temperature_K, 4.1)
    np.testing.assert_allclose(equilibrium(planes).occupation, shoot(planes), atol=1e-9)


# Properties of all stacks


@settings(max_examples=80, deadline=None)
@given(
    stack=stacks(),
    temperature_K=st.sampled_from([100.0, 300.0, 1500.0]),
    voltage_V=st.floats(3.8, 4.2),
    ends=st.sampled_from(["fixed", "open", "closed"]),
)
def test_equilibrium_is_one(stack, temperature_K, voltage_V, ends):
    planes = stack.planes(temperature_K, voltage_V, ends=ends)
    found = equilibrium(planes)
    np.testing.assert_allclose(
        found.energy_eV[1:-1] + planes.kT_eV * found.log_odds, found.electrochemical_potential_eV, atol=1e-11
    )
    np.testing.assert_allclose(found.occupation, expit(found.log_odds))
    charge = found.occupation - planes.filling
    fields = planes.fields_V_A(charge, found.electrode_charge)
    np.testing.assert_allclose(planes.potentials_V(fields), found.potential_V, atol=1e-9)
    np.testing.assert_allclose(fields[planes.elastance_A > 0], found.fields_V_A[planes.elastance_A > 0], atol=1e-9)
    if ends == "closed":
        assert charge.sum() == pytest.approx(0, abs=1e-11)
        assert found.exchange_Hz[[0, -1]].tolist() == [0, 0]
    else:
        ends_V = [planes.left.potential_V, planes.right.potential_V]
        np.testing.assert_allclose(found.potential_V[[0, -1]], ends_V, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(stack=stacks(most_planes=8), voltage_V=st.floats(3.8, 4.2))
def test_a_stack_turned_around_is_its_mirror_image(stack, voltage_V):
    there = ik.space_charge(stack, voltage_V)
    back = ik.space_charge(reversed_stack(stack), voltage_V)
    np.testing.assert_allclose(there.profile.occupation, back.profile.occupation[::-1], atol=1e-10)
    np.testing.assert_allclose(
        there.profile.potential_V, np.array(back.profile.potential_V[::-1]) + _reference_V(there, back), atol=1e-10
    )
    assert there.asr_ohm_cm2 == pytest.approx(back.asr_ohm_cm2, rel=1e-9)
    there_parts = {frozenset(name.split("|")): part for name, part in there.asr_layers.items()}
    back_parts = {frozenset(name.split("|")): part for name, part in back.asr_layers.items()}
    assert there_parts == pytest.approx(back_parts, rel=1e-9, abs=1e-9 * there.asr_ohm_cm2)


def _reference_V(there, back):
    """Without a cathode the first layer's level is that at 0 V."""
    return there.profile.potential_V[0] - back.profile.potential_V[-1] if there.voltage_V is None else 0.0


@settings(max_examples=40, deadline=None)
@given(stack=stacks(), bias_V=st.floats(-0.5, 0.5))
def test_open_ends_settle_where_fixed_ones_are_held(stack, bias_V):
    held = equilibrium(stack.planes(T, 4.0))
    settled = equilibrium(stack.planes(T, 4.0, ends="open", bias_V=bias_V))
    np.testing.assert_allclose(settled.occupation, held.occupation, atol=1e-9)
    np.testing.assert_allclose(settled.potential_V, held.potential_V, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    drop_V=st.floats(-3, 3),
    permittivity=st.floats(0, 3).map(lambda x: 10**x),
    temperature_K=st.floats(0, 3.3).map(lambda x: 10**x),
    filling=st.floats(-30, 30).map(expit),
    density=st.floats(20, 23).map(lambda x: 10**x),
)
def test_any_drop_converges(drop_V, permittivity, temperature_K, filling, density):
    material = film(permittivity=permittivity, site_density_per_cm3=density, filling=filling)
    planes = between_electrodes(
        material, planes=60, plane_A=3.0, left_V=drop_V, right_V=-drop_V / 3, temperature_K=temperature_K
    )
    found = equilibrium(planes)
    # What an ion gains in potential it loses in entropy, however few are left.
    odds = np.log(filling) - np.log1p(-filling)
    thermal = BOLTZMANN_eV_K * temperature_K
    np.testing.assert_allclose(found.log_odds * thermal + found.potential_V[1:-1], odds * thermal, atol=1e-11)
    assert np.isfinite(found.log_exchange_Hz).all()


def test_neutral_stacks_stay_neutral():
    """Pair energies and repulsion count from the neutral stack, whose energies hold them already."""
    level = -kT * np.log(0.8 / 0.2)
    stack = Stack(
        [
            Layer(film("a", pair_energy_eV=0.06), planes=4),
            Layer(film("b", filling=0.8, repulsion_eV=0.5, pair_energy_eV=0.03), planes=4),
        ],
        contacts={"a|b": {"offset_eV": level}},
    )
    planes = stack.planes(T)
    found = equilibrium(planes)
    np.testing.assert_allclose(found.occupation, planes.filling, atol=1e-12)
    np.testing.assert_allclose(found.potential_V, 0, atol=1e-12)


def test_exchange_across_each_gap_is_the_same_both_ways():
    planes = Stack([Layer("LCO"), Layer("LNO", 2.0), Layer("LGPS", 3.0)], ladder=True).planes(T, 4.2)
    found = equilibrium(planes)
    c = np.concatenate([[planes.left.filling], found.occupation, [planes.right.filling]])
    change = np.diff(found.energy_eV)
    up = c[:-1] * (1 - c[1:]) * rate_Hz(planes.barrier_eV, change, planes.frequency_Hz, T)
    down = c[1:] * (1 - c[:-1]) * rate_Hz(planes.barrier_eV, -change, planes.frequency_Hz, T)
    np.testing.assert_allclose(up, found.exchange_Hz, rtol=1e-9)
    np.testing.assert_allclose(down, found.exchange_Hz, rtol=1e-9)
    within = found.occupation * (1 - found.occupation)
    expected = within * rate_Hz(planes.in_plane_barrier_eV, 0.0, planes.in_plane_frequency_Hz, T)
    np.testing.assert_allclose(found.in_plane_exchange_Hz, expected)


def test_separating_ions_are_told_in_one_line():
    stack = Stack(
        [Layer(film("a"), planes=20), Layer(film("b", filling=0.4, pair_energy_eV=-2 / 3), planes=20)],
        contacts={"a|b": {"offset_eV": 1 / 3}},
        electrostatics=False,
    )
    with pytest.raises(ComputationError, match="give weaker ones") as caught:
        equilibrium(stack.planes(100.0))
    assert "\n" not in str(caught.value)
