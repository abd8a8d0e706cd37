"""The continuum twin: resistances, the founding case, and results."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monty.json import MontyDecoder
from scipy.constants import elementary_charge, epsilon_0

import interfacekit as ik
from interfacekit.constants import CHARGE_V_A, BOLTZMANN_eV_K
from interfacekit.errors import ComputationError, InputError
from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.materials.known_layers import layer_material
from interfacekit.transport.stacks.layers import Interphase, Layer
from interfacekit.transport.stacks.planes import Reservoir
from interfacekit.transport.stacks.stack import SITE_SPACING_A, Stack
from tests.transport.example_stacks import debye_A, film

T = 298.15
kT = BOLTZMANN_eV_K * T


# Resistance


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-9, -2), st.floats(0.2, 0.7), st.integers(1, 30)), min_size=1, max_size=5))
def test_neutral_layers_add_up(layers):
    made = [
        Layer(film(f"m{i}", conductivity_S_cm=10**log_sigma, barrier_eV=barrier), planes=planes)
        for i, (log_sigma, barrier, planes) in enumerate(layers)
    ]
    contacts = {f"m{i}|m{i + 1}": {"offset_eV": 0.0} for i in range(len(made) - 1)}
    stack = Stack(made, contacts=contacts, electrostatics=False)
    found = ik.space_charge(stack)
    planes = stack.planes(T)
    bulk = [t * 1e-7 / layer.material.conductivity_S_cm for t, layer in zip(stack.thicknesses_nm, made, strict=True)]
    np.testing.assert_allclose([found.asr_layers[layer.name] for layer in made], bulk, rtol=1e-9)
    # Across a contact all ions take the slower hop: half a gap more of the slower, and half a gap less of the faster.
    gaps = np.array([r / layer.planes for r, layer in zip(bulk, made, strict=True)])
    slower = [max(pair) - sum(pair) / 2 for pair in zip(gaps, gaps[1:], strict=False)]
    assert found.asr_ohm_cm2 == pytest.approx(sum(bulk) + sum(slower), rel=1e-9)
    assert planes.count == sum(layer.planes for layer in made)


def test_coatings_of_lno_cost_1_56_ohm_cm2_per_nm_at_303_K():
    thin, thick = (
        ik.space_charge(Stack([Layer("LCO"), Layer("LNO", t), Layer("LGPS")]), 4.0, 303.0) for t in (10.0, 20.0)
    )
    slope = (thick.asr_ohm_cm2 - thin.asr_ohm_cm2) / (thick.thickness_nm - thin.thickness_nm)
    assert slope == pytest.approx(1.56, rel=0.005)
    assert slope == pytest.approx(thin.asr_layers["LNO"] / thin.thickness_nm, rel=1e-9)


def test_series_of_thicknesses_is_a_line():
    asr = [
        ik.space_charge(Stack([Layer("LCO"), Layer("LNO", planes=p), Layer("LGPS")]), 4.0).asr_ohm_cm2
        for p in (20, 30, 40)
    ]
    assert asr[1] - asr[0] == pytest.approx(asr[2] - asr[1], rel=1e-9)


#: Site energies that step by half an electronvolt, and by less; films with space charges in all three.
THICK_STACKS = {
    "LCO|LNO|LGPS, +0.5 and -0.5 eV": (
        ("LCO", "LNO", "LGPS"),
        {"LCO|LNO": {"offset_eV": 0.5}, "LNO|LGPS": {"offset_eV": -0.5}},
    ),
    "LCO|LPO|LGPS": (("LCO", "LPO", "LGPS"), {"LCO|LPO": {"offset_eV": -0.2}, "LPO|LGPS": {"offset_eV": 0.3}}),
    "films": (
        (film("a", filling=0.7), film("b", permittivity=40.0, site_density_per_cm3=3e22), film("c")),
        {"a|b": {"offset_eV": 0.3}, "b|c": {"offset_eV": -0.2}},
    ),
}


def screening_nm(material):
    """Distance over which a small potential decays by e: that of Debye, or longer where planes lie farther apart."""
    spacing_A = material.plane_distance_A(SITE_SPACING_A**2)
    return spacing_A / 10 / np.arccosh(1 + (spacing_A / debye_A(material, T)) ** 2 / 2)


def material_of(layer):
    return layer_material(layer) if isinstance(layer, str) else layer


def contact_terms(layers, contacts, thickness):
    """Resistances of both contacts (Ohm cm2), and the result, of a film of a thickness (nm) or a number of planes."""
    first, between, last = layers
    stack = Stack([Layer(first, planes=20), Layer(between, **thickness), Layer(last, 10.0)], contacts=contacts)
    found = ik.space_charge(stack, 4.0)
    return [value for name, value in found.asr_layers.items() if "|" in name], found


@pytest.mark.parametrize(("layers", "contacts"), THICK_STACKS.values(), ids=THICK_STACKS)
def test_contacts_of_thick_films_resist_alike_whatever_the_number_of_planes(layers, contacts):
    """Beyond ten screening lengths neither contact feels the other."""
    material = material_of(layers[1])
    least = int(np.ceil(100 * screening_nm(material) / material.plane_distance_A(SITE_SPACING_A**2)))
    terms = np.array([contact_terms(layers, contacts, {"planes": count})[0] for count in range(least, least + 60)])
    assert terms.shape == (60, 2)
    assert (np.ptp(terms, axis=0) < 1e-3 * np.abs(terms).min(axis=0)).all()


@pytest.mark.parametrize(("layers", "contacts"), THICK_STACKS.values(), ids=THICK_STACKS)
def test_forty_thicknesses_have_no_sawtooth(layers, contacts):
    material = material_of(layers[1])
    plane_nm = material.plane_distance_A(SITE_SPACING_A**2) / 10
    thinnest_nm = 10 * screening_nm(material) + plane_nm / 2
    thicknesses = np.linspace(thinnest_nm, 3 * thinnest_nm, 40)
    results = [contact_terms(layers, contacts, {"thickness_nm": t})[1] for t in thicknesses]
    asr, size = (np.array([getattr(r, name) for r in results]) for name in ("asr_ohm_cm2", "thickness_nm"))
    assert np.abs(size - thicknesses).max() <= plane_nm / 2 * (1 + 1e-9)
    assert (np.diff(size) >= 0).all()
    assert (np.diff(asr) >= -1e-9 * asr[:-1]).all()
    beyond_bulk = asr - 1e-7 * size / material.bulk_conductivity_S_cm(T)
    assert np.ptp(beyond_bulk) < 1e-3 * beyond_bulk.min()
    # The planes of one count are one stack.
    for count in np.unique(size.round(9)):
        assert len({r.asr_ohm_cm2 for r in results if round(r.thickness_nm, 9) == count}) == 1


def test_exchanges_far_apart_add_up():
    """Some 60 powers of ten between the gaps: the rarest exchange is all of the resistance."""
    barrier = 0.4
    stack = Stack(
        [Layer(film("a"), planes=3), Layer(film("b"), planes=3)],
        contacts={"a|b": {"offset_eV": 0.0, "barrier_eV": barrier + 60 * kT * np.log(10)}},
    )
    found = ik.space_charge(stack)
    usual = ik.space_charge(replace(stack, contacts={"a|b": {"offset_eV": 0.0}}))
    assert found.asr_ohm_cm2 / (usual.asr_ohm_cm2 / 6) == pytest.approx(1e60, rel=1e-6)


# The founding case


def bare(voltage_V):
    return ik.space_charge(Stack([Layer("LCO"), Layer("LGPS")]), voltage_V, 300.0)


def coated(voltage_V):
    return ik.space_charge(Stack([Layer("LCO"), Layer("LNO", 5.0), Layer("LGPS")]), voltage_V, 300.0)


def test_bare_contact_drops_about_0_9_V_on_a_plane_poor_in_lithium():
    found = bare(4.0)
    assert -1.0 < found.potential_drops_V["LCO|LGPS"] < -0.8
    assert found.potential_drop_V == pytest.approx(-0.93, abs=0.02)
    first = found.profile.layer.index("LGPS")
    assert found.profile.occupation[first] < 0.6
    assert found.profile.occupation[first + 1] > 0.8
    assert found.scl_charge_uC_cm2 < 0 < found.scl_capacity_mAh_g
    assert found.scl_width_nm < 0.5


def test_coating_leaves_0_3_V_at_lgps_and_little_at_lco():
    found = coated(4.0)
    assert found.potential_drops_V["LNO|LGPS"] == pytest.approx(-0.3, abs=0.02)
    assert abs(found.potential_drops_V["LCO|LNO"]) < 0.1
    assert abs(found.potential_drops_V["LNO"]) < 0.02
    assert abs(found.scl_charge_uC_cm2) < abs(bare(4.0).scl_charge_uC_cm2) / 3
    # The two sides of the inner contact hold opposite charges.
    sides = {(side.layer, side.contact): side.charge_uC_cm2 for side in found.space_charges}
    assert sides["LNO", "LNO|LGPS"] == pytest.approx(-sides["LGPS", "LNO|LGPS"], rel=0.01)


def test_drop_follows_the_voltage_of_the_cathode():
    drops = [bare(voltage).potential_drop_V for voltage in (3.9, 4.0, 4.3)]
    assert np.diff(drops) == pytest.approx([-0.1, -0.3], abs=1e-9)
    # LNO takes it up: what LGPS sees of it is the same at any voltage.
    charges = [coated(voltage).scl_charge_uC_cm2 for voltage in (3.9, 4.0, 4.3)]
    assert np.ptp(charges) < 1e-6


# The result


def test_result_is_complete():
    stack = Stack(
        [Layer("LCO"), Interphase(300.0, 1e-9), Layer("LNO", 2.0), Layer(film(permittivity=20.0), 3.0)],
        contacts={"LNO|film": {"offset_eV": 0.1}},
    )
    found = ik.space_charge(stack, 4.0, 310.0, ends="open", particle_size_um=5.0)
    assert json.loads(found.to_json(), cls=MontyDecoder) == found
    assert (found.method, found.voltage_V, found.temperature_K) == ("continuum", 4.0, 310.0)
    assert sum(found.asr_layers.values()) == pytest.approx(found.asr_ohm_cm2)
    assert found.asr_layers["LCO|LNO interphase"] == pytest.approx(300e-7 / 1e-9)
    assert set(found.asr_err_layers.values()) == {0.0}
    assert not any(found.profile.occupation_err)
    parameters = found.provenance["parameters"]
    assert parameters["particle_size_um"] == 5.0
    assert parameters["layers"][2]["permittivity"] == 20.0
    assert any("Haruyama" in p["source"] for p in parameters["contacts"]["LCO|LNO"]["parameters"])
    assert len(found.profile.to_frame()) == stack.planes(310.0, 4.0).count
    assert found.to_frame()["asr_layers_ohm_cm2 LCO|LNO interphase"][0] == pytest.approx(3e4)


def test_a_point_takes_far_less_than_a_second():
    stack = Stack([Layer("LCO"), Layer("LNO", 20.0), Layer("LGPS")])
    ik.space_charge(stack, 4.0)
    start = time.perf_counter()
    for voltage in (3.8, 3.9, 4.0, 4.1, 4.2):
        ik.space_charge(stack, voltage)
    assert (time.perf_counter() - start) / 5 < 0.25


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ik.space_charge(Stack([Layer("LCO"), Layer("LGPS")])), "LCO needs a voltage"),
        (lambda: ik.space_charge(Stack([Layer("LCO"), Layer("LGPS")]), 5.5), "is empty; give a voltage from"),
        (lambda: ik.space_charge(Stack([Layer("LCO"), Layer("LGPS")]), 2.0), "is full; give a voltage from"),
        (lambda: ik.space_charge(Stack([Layer("LCO"), Layer("LGPS")]), 4.0, -3.0), "from 100 to 3000 K, got -3 K"),
        (lambda: ik.space_charge(Stack([Layer("LGPS")]), ends="closed"), "no current passes"),
        (lambda: ik.space_charge(Stack([Layer("LGPS")]), particle_size_um=0.0), "particle size must be from 0.001"),
        (lambda: equilibrium(Stack([Layer("LGPS")]).planes(300.0, bias_V=0.1)), "differ by 0.1 eV"),
    ],
)
def test_bad_input_is_told_in_one_line(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_resistance_beyond_all_numbers_is_told_in_one_line():
    with pytest.raises(ComputationError, match="give a higher temperature") as caught:
        ik.space_charge(Stack([Layer("LNO"), Layer("LGPS")], materials={"LNO": {"barrier_eV": 9.9}}), None, 100.0)
    assert "\n" not in str(caught.value)


def test_units_of_charge():
    assert CHARGE_V_A == pytest.approx(elementary_charge / epsilon_0 / 1e-10)
    assert Reservoir(0.5, 1.0, 0.25).electrochemical_potential_eV(300.0) == 1.25
