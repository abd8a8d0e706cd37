"""Stacks as planes, the numbers of their materials and contacts, and how results are divided among them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit.constants import CHARGE_V_A, BOLTZMANN_eV_K, UC_CM2_PER_e_A2
from interfacekit.errors import ComputationError, InputError
from interfacekit.transport.continuum.space_charge import space_charge
from interfacekit.transport.materials.contacts import Contact, contact
from interfacekit.transport.materials.known_layers import known_layers, layer_material
from interfacekit.transport.materials.layers import LayerMaterial
from interfacekit.transport.shells.point import shell_stack
from interfacekit.transport.stacks.layers import Interphase, Layer
from interfacekit.transport.stacks.stack import SITE_SPACING_A, Stack
from tests.transport.example_stacks import film, reversed_stack, stacks, whole_planes_nm

T = 298.15
COATED = Stack([Layer("LCO"), Layer("LNO", 5.0), Layer("LGPS", 8.0)])


# Planes


@pytest.mark.parametrize("name", known_layers())
def test_planes_hold_the_sites_of_the_material(name):
    material = layer_material(name)
    stack = Stack([Layer(name, 6.0)])
    planes = stack.planes(T, 4.0)
    density = 1e24 / (planes.site_area_A2 * planes.spacing_A)
    np.testing.assert_allclose(density, material.site_density_per_cm3, rtol=1e-12)
    (thickness_nm,) = stack.thicknesses_nm
    assert planes.spacing_A.sum() == pytest.approx(10 * thickness_nm)
    assert thickness_nm == pytest.approx(whole_planes_nm(name, 6.0))
    assert abs(thickness_nm - 6.0) <= planes.spacing_A[0] / 20
    assert stack.requested_thicknesses_nm == (6.0,)
    np.testing.assert_allclose(np.diff(planes.position_A), planes.spacing_A[0])
    np.testing.assert_allclose(planes.length_A, planes.spacing_A[0])


@settings(max_examples=60, deadline=None)
@given(stack=stacks(), temperature_K=st.floats(100, 1500), bias_V=st.floats(-0.3, 0.3))
def test_planes_fit_together(stack, temperature_K, bias_V):
    planes = stack.planes(temperature_K, 4.0, bias_V=bias_V)
    gaps = planes.count + 1
    for name in ("length_A", "elastance_A", "barrier_eV", "frequency_Hz", "gap_pair_energy_eV"):
        assert getattr(planes, name).shape == (gaps,)
    assert np.isfinite(planes.frequency_Hz).all()
    assert planes.length_A.sum() == pytest.approx(planes.spacing_A.sum() + planes.length_A[[0, -1]].sum() / 2)
    assert (planes.elastance_A[1:-1] == 0).sum() == max(planes.conductor.sum() - 1, 0)
    drop = [end.electrochemical_potential_eV(temperature_K) for end in (planes.left, planes.right)]
    assert drop[0] - drop[1] == pytest.approx(bias_V, abs=1e-9)
    assert (np.diff(planes.layer) >= 0).all()
    np.testing.assert_array_equal(planes.interface_gaps, 1 + np.flatnonzero(np.diff(planes.layer)))


@settings(max_examples=30, deadline=None)
@given(stack=stacks(cathode=False))
def test_turning_a_stack_around_mirrors_its_planes(stack):
    there, back = stack.planes(T), reversed_stack(stack).planes(T)
    for name in ("spacing_A", "filling", "barrier_eV", "frequency_Hz", "elastance_A", "gap_pair_energy_eV"):
        np.testing.assert_allclose(getattr(there, name), getattr(back, name)[::-1])
    np.testing.assert_allclose(np.diff(there.site_energy_eV), -np.diff(back.site_energy_eV)[::-1], atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    charge=st.lists(st.floats(-1, 1), min_size=9, max_size=9),
    gap=st.integers(0, 9),
    ends=st.sampled_from(["fixed", "open", "closed"]),
)
def test_one_crossing_changes_the_field_of_one_gap(charge, gap, ends):
    """Against the ends that hold no potential; fixed ends shift all others together."""
    stack = Stack(
        [Layer(film("a"), planes=4), Layer(film("b", permittivity=40.0), planes=5)],
        contacts={"a|b": {"offset_eV": 0.0}},
    )
    planes = stack.planes(T, ends=ends)
    before = np.array(charge)
    after = before.copy()
    kept = 0.0
    for plane, sign in ((gap - 1, -1), (gap, 1)):
        if 0 <= plane < planes.count:
            after[plane] += sign
        elif plane < 0:
            kept -= 1.0
    change = planes.fields_V_A(after, kept) - planes.fields_V_A(before)
    unit = planes.field_per_charge_V_A
    assert unit == pytest.approx(CHARGE_V_A / SITE_SPACING_A**2)
    common = 0.0
    if ends == "fixed":
        common = unit * planes.elastance_A[gap] / planes.elastance_A.sum()
        potentials = planes.potentials_V(planes.fields_V_A(after))
        assert potentials[[0, -1]] == pytest.approx([planes.left.potential_V, planes.right.potential_V], abs=1e-9)
    expected = np.full(planes.count + 1, common)
    expected[gap] -= unit
    np.testing.assert_allclose(change, expected, atol=1e-9)


def test_hops_carry_the_measured_conductivity():
    for name in known_layers():
        material = layer_material(name)
        planes = Stack([Layer(name, 5.0)]).planes(material.temperature_K, 4.0)
        kT = BOLTZMANN_eV_K * material.temperature_K
        rate = planes.frequency_Hz[2] * np.exp(-planes.barrier_eV[2] / kT)
        c = material.filling
        # sigma = e^2 n c (1 - c) d^2 rate / kT, in e / (V A s) and then S/cm
        density = 1 / (planes.site_area_A2 * planes.spacing_A[2])
        sigma = density * c * (1 - c) * planes.spacing_A[2] ** 2 * rate / kT * 1.602176634e-19 * 1e8
        assert sigma == pytest.approx(material.conductivity_S_cm, rel=1e-9)
        # Within planes ions diffuse as fast as across them.
        in_plane = planes.in_plane_frequency_Hz[2] * np.exp(-planes.in_plane_barrier_eV[2] / kT)
        assert in_plane * SITE_SPACING_A**2 == pytest.approx(rate * planes.spacing_A[2] ** 2)


def test_conductivity_follows_the_barrier():
    material = film(conductivity_S_cm=1e-6, barrier_eV=0.5)
    hot = Stack([Layer(material, 5.0)]).planes(400.0).conductivity_S_cm[0]
    boltzmann = np.exp(0.5 / BOLTZMANN_eV_K * (1 / T - 1 / 400))
    assert hot == pytest.approx(1e-6 * T / 400 * boltzmann)


def test_a_cathode_conducts_at_its_own_occupation():
    planes = Stack([Layer("LCO"), Layer("LGPS")]).planes(T, 4.3)
    x, c = planes.left.filling, planes.filling[0]
    bulk = layer_material("LCO").bulk_conductivity_S_cm(T)
    assert planes.conductivity_S_cm[0] == pytest.approx(bulk * x * (1 - x) / (c * (1 - c)))
    assert planes.conductivity_S_cm[-1] == pytest.approx(layer_material("LGPS").bulk_conductivity_S_cm(T))


def test_voltage_sets_the_occupation_of_the_cathode():
    planes = {V: COATED.planes(T, V) for V in (3.8, 4.0, 4.3)}
    fillings = [p.left.filling for p in planes.values()]
    assert fillings == sorted(fillings, reverse=True)
    for voltage, found in planes.items():
        assert found.left.electrochemical_potential_eV(T) == pytest.approx(-voltage)
        assert found.right.electrochemical_potential_eV(T) == pytest.approx(-voltage)
        assert found.right.filling == pytest.approx(20 / 24)
    # Level and filling of LCO: a lattice gas with a repulsion around 4.0 V.
    kT = BOLTZMANN_eV_K * T
    x = planes[4.0].left.filling
    assert 4.0 - 0.9 * (x - 0.7) - kT * np.log(x / (1 - x)) == pytest.approx(4.0)


def test_stack_without_fields_has_no_potentials():
    planes = replace(COATED, electrostatics=False).planes(T, 4.0)
    assert not planes.elastance_A.any()
    assert planes.left.potential_V == planes.right.potential_V == 0
    assert planes.right.electrochemical_potential_eV(T) == pytest.approx(-4.0)


def test_closed_ends_let_nothing_through():
    planes = COATED.planes(T, 4.0, ends="closed")
    assert planes.frequency_Hz[[0, -1]].tolist() == [0, 0]
    assert (planes.frequency_Hz[1:-1] > 0).all()


# Materials and contacts


def test_every_number_says_where_it_is_from():
    for name in known_layers():
        material = layer_material(name)
        named = {p.name for p in material.parameters}
        assert {"site_density_per_cm3", "filling", "conductivity_S_cm", "barrier_eV", "permittivity"} <= named
        for parameter in material.parameters:
            assert parameter.source
            assert parameter.role
            assert parameter.certainty
            assert parameter.value == pytest.approx(getattr(material, parameter.name), rel=1e-12)


def test_changes_replace_numbers_and_their_origin():
    by_alias = Stack([Layer("LiNbO3", 5.0)], materials={"LNO": {"permittivity": 30.0}})
    by_name = Stack([Layer("LiNbO3", 5.0)], materials={"LiNbO3": {"permittivity": 30.0}})
    for stack in (by_alias, by_name):
        (material,) = stack.layer_materials
        assert (material.name, material.permittivity) == ("LNO", 30.0)
        assert {p.role for p in material.parameters if p.name == "permittivity"} == {"given"}
        assert material.barrier_eV == layer_material("LNO").barrier_eV
    own = Stack([Layer(film(), 5.0)], materials={"film": {"barrier_eV": 0.3}})
    assert own.layer_materials[0].barrier_eV == 0.3


def test_the_origin_of_an_offset_has_its_sign_on_either_side():
    given = {"LNO|LCO": {"offset_eV": 0.5}}
    for stack in (reversed_stack(COATED), COATED, replace(COATED, contacts=given)):
        for name, found in zip(stack.contact_names, stack.contact_numbers(), strict=True):
            (offset,) = (p for p in stack.parameters()[name] if p.name == "offset_eV")
            assert offset.value == found.offset_eV
    assert offset.value > 0
    (turned, _) = replace(COATED, contacts=given).contact_numbers()
    assert (turned.offset_eV, turned.parameters[0].value, turned.parameters[0].role) == (-0.5, -0.5, "given")


def test_what_has_two_names_is_given_once():
    layers = [Layer("LCO"), Layer("LiNbO3", 3.0)]
    both = {"LCO|LNO": {"offset_eV": 0.1}, "LNO|LCO": {"offset_eV": -0.1}}
    with pytest.raises(InputError, match=r"^LCO\|LNO and LNO\|LCO are one contact; give its numbers once$"):
        Stack(layers, contacts=both)
    with pytest.raises(InputError, match=r"^LNO and LiNbO3 are one material; give its numbers once$"):
        Stack(layers, materials={"LNO": {"filling": 0.4}, "LiNbO3": {"permittivity": 9.0}})
    interphase = {"thickness_nm": 5.0, "conductivity_S_cm": 1e-9}
    for name in ("LCO|LNO", "LNO|LCO"):
        (between,) = shell_stack("LCO", "LNO", "LGPS", 3.0, interphases={name: interphase}).interphases.values()
        assert between == Interphase(**interphase)
    with pytest.raises(InputError, match=r"are one contact; give its interphase once$"):
        shell_stack("LCO", "LNO", "LGPS", 3.0, interphases={"LCO|LNO": interphase, "LNO|LCO": interphase})


def test_a_level_can_be_left_out_where_no_electrons_need_it():
    with pytest.raises(InputError, match=r"^LCO conducts electrons but has no level_eV; give "):
        layer_material("LCO", {"level_eV": None})
    insulating = layer_material("LCO", {"level_eV": None, "conductor": False})
    assert insulating.level_eV is None
    assert "level_eV" not in {p.name for p in insulating.parameters}


def test_a_change_of_the_slope_leaves_the_conductivity():
    steeper = layer_material("LCO", {"repulsion_eV": 1.8})
    assert steeper.conductivity_S_cm == layer_material("LCO").conductivity_S_cm
    roles = {p.name: p.role for p in steeper.parameters}
    assert roles["repulsion_eV"] == "given"
    assert "chemical diffusion coefficient with a recalled slope" in roles["conductivity_S_cm"]


def test_a_material_of_ones_own_needs_all_its_numbers():
    numbers = {"site_density_per_cm3": 1e22, "filling": 0.5, "conductivity_S_cm": 1e-6, "barrier_eV": 0.4}
    with pytest.raises(InputError, match="lacks permittivity"):
        Stack([Layer("mine", 5.0)], materials={"mine": numbers})
    stack = Stack([Layer("mine", 5.0)], materials={"mine": {**numbers, "permittivity": 12.0}})
    assert stack.layer_materials[0].permittivity == 12.0
    assert {p.role for p in stack.parameters()["mine"]} == {"given"}


def test_contacts_of_the_founding_case():
    bare, inner, outer = contact("LCO", "LGPS"), contact("LCO", "LNO"), contact("LNO", "LGPS")
    # Means of the interface cells: 3.55 and 2.66, 3.68 and 3.75, 3.24 and 2.95 eV.
    assert bare.offset_eV == pytest.approx(3.55 - 2.662, abs=0.001)
    assert inner.offset_eV == pytest.approx(3.677 - 3.747, abs=0.001)
    assert outer.offset_eV == pytest.approx(3.237 - 2.950, abs=0.001)
    assert contact("LGPS", "LCO") == bare.reversed()
    assert contact("LNO", "LNO") == Contact(0.0)
    assert all("Haruyama" in p.source for p in bare.parameters)


def test_ladder_puts_energies_on_the_planes_next_to_a_contact():
    plain, ladder = (replace(COATED, ladder=ladder).planes(T, 4.0) for ladder in (False, True))
    change = ladder.site_energy_eV - plain.site_energy_eV
    lgps = np.flatnonzero(plain.layer == 2)
    np.testing.assert_allclose(change[lgps][:6], 2.95 - np.array([2.90, 2.42, 3.18, 2.99, 3.07, 3.14]), atol=1e-9)
    np.testing.assert_allclose(change[lgps][6:], 0)
    lno = np.flatnonzero(plain.layer == 1)
    np.testing.assert_allclose(change[lno][-3:].sum(), 0, atol=1e-9)
    # A ladder has no mean, so that the offset stays.
    mirrored = reversed_stack(replace(COATED, ladder=True)).planes(T, 4.0)
    np.testing.assert_allclose(mirrored.site_energy_eV[::-1], ladder.site_energy_eV, atol=1e-9)


def test_contacts_change_from_either_side():
    there = replace(COATED, contacts={"LNO|LGPS": {"offset_eV": 0.4, "right_ladder_eV": [0.1, -0.1]}})
    back = replace(COATED, contacts={"LGPS|LNO": {"offset_eV": -0.4, "left_ladder_eV": [0.1, -0.1]}})
    np.testing.assert_allclose(there.planes(T, 4.0).site_energy_eV, back.planes(T, 4.0).site_energy_eV)
    slow = replace(COATED, contacts={"LNO|LGPS": {"barrier_eV": 0.9, "attempt_frequency_Hz": 1e12}}).planes(T, 4.0)
    gap = slow.interface_gaps[1]
    assert (slow.barrier_eV[gap], slow.frequency_Hz[gap]) == (0.9, 1e12)


def test_hops_across_a_contact_are_those_of_the_slower_side():
    planes = COATED.planes(T, 4.0)
    gap = planes.interface_gaps[1]
    assert planes.barrier_eV[gap] == layer_material("LNO").barrier_eV
    assert planes.frequency_Hz[gap] == planes.frequency_Hz[gap - 1]


def test_a_conductor_between_other_layers_keeps_its_charge():
    stack = Stack([Layer("LNO", 5.0), Layer("LCO", planes=3), Layer("LNO", 5.0)])
    found = space_charge(stack)
    profile = found.profile
    charge = np.array(profile.charge_density_e_nm3) * stack.planes(T).spacing_A / 10
    lco = np.array(profile.layer) == "LCO"
    assert charge.sum() == pytest.approx(0.0, abs=1e-6)
    sides = sum(side.charge_uC_cm2 for side in found.space_charges)
    assert charge[lco].sum() * UC_CM2_PER_e_A2 / 100 == pytest.approx(-sides, rel=1e-6)
    assert sides > 20
    at_an_end = space_charge(Stack([Layer("LCO"), Layer("LNO", 5.0)]), 4.0).profile
    assert set(at_an_end.charge_density_e_nm3[: at_an_end.layer.count("LCO")]) == {0.0}


def test_an_interphase_with_a_barrier_changes_with_temperature():
    plain, activated = Interphase(300.0, 2e-9), Interphase(300.0, 2e-9, barrier_eV=0.4, temperature_K=300.0)
    assert [plain.asr_ohm_cm2(kelvin) for kelvin in (250.0, 400.0)] == pytest.approx([15e3, 15e3])
    assert activated.asr_ohm_cm2(300.0) == pytest.approx(15e3)
    # sigma T has the activation energy of the hops.
    slope = np.log(activated.asr_ohm_cm2(250.0) / 250 / (activated.asr_ohm_cm2(400.0) / 400)) / (1 / 250 - 1 / 400)
    assert slope * BOLTZMANN_eV_K == pytest.approx(0.4)
    stack = Stack([Layer("LCO"), activated, Layer("LGPS", 2.0)])
    for kelvin in (250.0, 400.0):
        found = space_charge(stack, 4.0, kelvin)
        assert found.asr_layers["LCO|LGPS interphase"] == activated.asr_ohm_cm2(kelvin)
        assert sum(found.asr_layers.values()) == pytest.approx(found.asr_ohm_cm2)
    with pytest.raises(ComputationError, match=r"^at 5 K an interphase resists with more than 1e\+299 Ohm cm2; give"):
        activated.asr_ohm_cm2(5.0)


def test_interphases_of_contacts_that_come_again_are_all_kept():
    between = [Interphase(10.0, 1e-9), Interphase(20.0, 1e-9)]
    stack = Stack([Layer("LCO"), between[0], Layer("LNO", 1.0), Layer("LCO"), between[1], Layer("LNO", 1.0)])
    assert stack.interphases == {"LCO|LNO": between[0], "LCO|LNO (2)": between[1]}


# Bad input

OWN = {"site_density_per_cm3": 1e22, "filling": 0.5, "conductivity_S_cm": 1e-6, "barrier_eV": 0.4, "permittivity": 10.0}
BARE = [Layer("LCO"), Layer("LGPS")]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Layer("LNO", 0.0), "thickness of LNO must be above 0"),
        (lambda: Layer("LNO", float("nan")), "a number above 0 and at most"),
        (lambda: Layer("LNO", "5"), "must be a number above 0 and at most 1000000 nm, got '5'"),
        (lambda: Layer("LNO", planes=0), "planes of LNO must be a whole number from 1 to 20000, got 0"),
        (lambda: Layer("LNO", planes=2.5), "from 1 to 20000, got 2.5"),
        (lambda: Layer("LNO", planes=True), "from 1 to 20000, got True"),
        (lambda: Layer("LNO", 1.0, planes=3), "give one of them"),
        (lambda: Interphase(0.0, 1e-9), "thickness_nm of an interphase must be above 0"),
        (
            lambda: Interphase(10.0, -1e-9),
            "conductivity_S_cm of an interphase must be from 1e-30 to 1000000 S/cm, got -1e-09",
        ),
        (lambda: Interphase(10.0, 1e-9, barrier_eV=0.0), "barrier_eV of an interphase must be above 0"),
        (
            lambda: Interphase(10.0, 1e-9, barrier_eV=5.0, temperature_K=100.0),
            "5 eV lets nothing be measured of an interphase",
        ),
        (
            lambda: Interphase(10.0, 1e-9, temperature_K=None),
            "temperature_K of an interphase must be a number from 100 to 3000 K, got None",
        ),
        (lambda: Stack([]), "without a layer of sites"),
        (lambda: Stack([Interphase(1.0, 1.0), Layer("LNO")]), "between two layers"),
        (lambda: Stack([Layer("LCO"), Interphase(1, 1), Interphase(1, 1), Layer("LNO")]), "make them one"),
        (lambda: Stack([Layer("LNO", 0.05)]), "thinner than one of its planes; give 0.259 nm or more"),
        (lambda: Stack([Layer("LNO", 1e5)]), "more than 20000 planes"),
        (lambda: Stack([Layer("LNO", planes=10**15)]), "must be a whole number from 1 to 20000"),
        (lambda: Stack([Layer("unobtainium")]), "nothing is known of unobtainium as a layer"),
        (lambda: Stack([Layer("LNO"), Layer("LNTO")]), "nothing is known of the site energies across LNO|LNTO"),
        (lambda: Stack(BARE, materials={"LNO": {"permittivity": 3.0}}), "no layer of LNO; it has LCO, LGPS"),
        (
            lambda: Stack(BARE, materials={"LGPS": {"permittivity": 0.0}}),
            "permittivity of LGPS must be from 1 to 1000000, got 0",
        ),
        (lambda: Stack(BARE, materials={"LGPS": {"permittivity": "x"}}), "permittivity of LGPS must be a number"),
        (lambda: Stack(BARE, materials={"LGPS": {"colour": 3.0}}), "'colour' is no number of LGPS"),
        (lambda: Stack(BARE, materials={"LGPS": {"filling": 1.0}}), "filling of LGPS must be between 0 and 1"),
        (lambda: Stack(BARE, materials={"LCO": {"repulsion_eV": -1.0}}), "would separate"),
        (lambda: Stack([Layer(film())], materials={"film": {"colour": 3.0}}), "'colour' is no number of film"),
        (lambda: Stack(BARE, contacts={"LCO|LNO": {"offset_eV": 0.0}}), "no contact LCO|LNO; there is LCO|LGPS"),
        (lambda: Stack([Layer("LNO")], contacts={"LCO|LNO": {}}), "it has one layer"),
        (lambda: Stack(BARE, contacts={"LCO|LGPS": {"height": 0.0}}), "'height' is no number of a contact"),
        (
            lambda: Stack(BARE, contacts={"LCO|LGPS": {"offset_eV": float("nan")}}),
            "offset_eV of LCO|LGPS must be a number",
        ),
        (
            lambda: Stack(BARE, contacts={"LCO|LGPS": {"offset_eV": "deep"}}),
            "must be a number from -20 to 20 eV, got 'deep'",
        ),
        (lambda: Stack(BARE, contacts={"LCO|LGPS": {"barrier_eV": 0.0}}), "barrier_eV of LCO|LGPS must be above 0"),
        (lambda: Stack(BARE, site_spacing_A=0.0), "site_spacing_A must be from 0.5 to 10000 A, got 0 A"),
        (lambda: Stack(BARE, site_spacing_A=1e-9), "from 0.5 to 10000 A"),
        (lambda: LayerMaterial("m", **{**OWN, "site_density_per_cm3": -1.0}), "sites per cm3, such as"),
        (lambda: LayerMaterial("m", **{**OWN, "conductivity_S_cm": float("inf")}), "S/cm, such as"),
        (lambda: LayerMaterial("m", **OWN, conductor=True), "no level_eV"),
        (lambda: LayerMaterial("m", **OWN, pair_energy_eV=float("nan")), "pair_energy_eV of m must be a number"),
        (lambda: LayerMaterial("m", **{**OWN, "barrier_eV": 5.0}, temperature_K=100.0), "lets nothing be measured"),
        (lambda: COATED.planes(T), "LCO needs a voltage"),
        (lambda: COATED.planes(T, "high"), "voltage must be a number from 0 to 10 V, got 'high'"),
        (lambda: COATED.planes(T, 4000.0), "4 V where mV are meant"),
        (lambda: COATED.planes(T, 5.0), "at 5 V the reservoir of LCO is empty; give a voltage from 3.5"),
        (lambda: COATED.planes(T, 3.0), "at 3 V the reservoir of LCO is full"),
        (lambda: COATED.planes(-5.0, 4.0), "temperature must be from 100 to 3000 K, got -5 K"),
        (lambda: COATED.planes(T, 4.0, bias_V=float("inf")), "bias_V must be from -10 to 10 V"),
        (lambda: COATED.planes(T, 4.0, ends="loose"), "'loose' ends are not known; give fixed, open, closed"),
    ],
)
def test_bad_input_is_told_in_one_line(make, words):
    with pytest.raises(InputError, match=words.replace("|", r"\|") if "20000" not in words else words) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 260


def test_the_voltages_that_are_offered_are_possible():
    with pytest.raises(InputError) as caught:
        COATED.planes(T, 5.0)
    low, high = (float(word) for word in str(caught.value).split("from ")[1].removesuffix(" V").split(" to "))
    for voltage in (low + 0.006, high - 0.006):
        assert 0 < COATED.planes(T, voltage).left.filling < 1


def test_numpy_numbers_are_numbers():
    stack = Stack([Layer(film(), np.float64(3.0)), Layer(film(), planes=np.int64(2))], site_spacing_A=np.float64(3.0))
    assert stack.planes(np.float64(300.0)).count > 2
