"""Stacks of crystals and glasses: what they are made of, and how they compare with regular stacks."""

from collections import Counter

import numpy as np
import pytest
from ase.neighborlist import neighbor_list

from interfacekit.constants import OHM_CM2_PER_V_A2_s_e
from interfacekit.errors import InputError
from interfacekit.structure.network.search import lithium_network
from interfacekit.structure.stacks.assembly import APART_A
from interfacekit.structure.stacks.crystal_layer import CrystalLayer
from interfacekit.structure.stacks.crystal_stack import CrystalStack
from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.continuum.space_charge import space_charge
from interfacekit.transport.hopping.network import Network
from interfacekit.transport.materials.known_layers import layer_material
from interfacekit.transport.stack_kmc.options import StackRunOptions
from interfacekit.transport.stack_kmc.simulate import simulate_stack
from interfacekit.transport.stack_kmc.slowdown import conductance_factors, even_slowdown
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.structure.barriers.test_table import row, table

THICKNESSES_nm = {"LCO": 1.0, "LNO": 3.0, "LGPS": 3.0}


@pytest.fixture(scope="module")
def crystals():
    """LCO|LNO|LGPS, all crystals."""
    return CrystalStack([CrystalLayer(name, thickness) for name, thickness in THICKNESSES_nm.items()])


@pytest.fixture(scope="module")
def surrogate():
    """LCO|LNO|LGPS with a glass for LNO."""
    return CrystalStack(
        [CrystalLayer(name, thickness, amorphous=name == "LNO") for name, thickness in THICKNESSES_nm.items()]
    )


@pytest.fixture(params=["crystals", "surrogate"])
def stack(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def regular():
    return Stack([Layer(name, thickness) for name, thickness in THICKNESSES_nm.items()])


def test_slices_hold_all_sites_and_hops_lead_to_the_next_at_most(stack):
    planes = stack.planes(298.15, 4.0)
    links = planes.links
    assert links.sites.tolist() == planes.multiplicity.tolist()
    assert (links.sites > 0).all()
    assert planes.spacing_A.min() > 0.5
    for number, thickness in enumerate(stack.thicknesses_nm):
        assert planes.spacing_A[planes.layer == number].sum() == pytest.approx(10 * thickness)
    assert (np.diff(planes.position_A) > 0).all()
    assert planes.length_A[1:-1] == pytest.approx(np.diff(planes.position_A))
    assert (np.bincount(links.gap[links.gap > 0], minlength=planes.count)[1:] > 0).all()


def test_densities_are_those_of_the_crystals_and_of_the_film(stack, regular):
    """To the sites of one plane, which a cut of a thickness has more or less."""
    planes = stack.planes(298.15, 4.0)
    for number, material in enumerate(stack.layer_materials):
        mine = planes.layer == number
        density = planes.multiplicity[mine].sum() / (planes.spacing_A[mine].sum() * planes.site_area_A2) * 1e24
        of_a_plane = planes.multiplicity[mine].max() / planes.multiplicity[mine].sum()
        assert density == pytest.approx(material.site_density_per_cm3, rel=of_a_plane + 0.06)
    lco = lithium_network("LCO").crystal
    assert stack.layer_materials[0].site_density_per_cm3 == pytest.approx(lco.lithium_density_per_cm3)
    film = layer_material("LNO").site_density_per_cm3
    if "glass" in " ".join(stack.notes):
        assert stack.layer_materials[1].site_density_per_cm3 == film


def test_neutral_bulk_resists_as_its_conductivity_along_the_stack(crystals):
    """Kirchhoff's laws on the sites of the stack, against the conductivity of the infinite crystal."""
    planes = crystals.planes(298.15, 4.0)
    exchange = np.concatenate([[1.0], planes.filling * (1 - planes.filling), [1.0]])
    log = np.log(planes.frequency_Hz) - planes.barrier_eV / planes.kT_eV + np.log(exchange[1:] * exchange[:-1]) / 2
    gaps = planes.kT_eV * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e / np.exp(log)
    conductivity = crystals._grid(298.15).conductivity_S_cm
    for number in range(3):
        inner = np.flatnonzero((planes.layer[1:] == number) & (planes.layer[:-1] == number)) + 1
        inner = inner[1:-1]
        if number == 2:
            inner = inner[: len(inner) // 2 * 2]  # two slices of LGPS make one period
        apart = (planes.position_A[inner] - planes.position_A[inner - 1]).sum() * 1e-8
        assert gaps[inner].sum() == pytest.approx(apart / conductivity[number], rel=0.002)


def test_a_crystal_conducts_as_was_measured_in_the_mean_of_its_directions(crystals):
    """LCO has two such directions; its planes (1 0 4) lie across them."""
    conductivity = crystals._grid(298.15).conductivity_S_cm
    measured = [m.bulk_conductivity_S_cm(298.15) for m in crystals.layer_materials]
    lco = lithium_network("LCO").crystal.structure.lattice
    normal = np.linalg.inv(lco.matrix) @ [1, 0, 4]
    along_c = normal @ lco.matrix[2] / lco.c / np.linalg.norm(normal)
    assert conductivity[0] / measured[0] == pytest.approx(1 - along_c**2, rel=0.08)  # and strained
    assert 0.5 < conductivity[2] / measured[2] < 2


def test_thicker_layers_add_their_bulk():
    """LGPS by whole periods of 1.2657 nm: in series."""
    period = 1.26575
    parts = [
        space_charge(CrystalStack([CrystalLayer("LGPS", count * period)], electrostatics=False)).asr_ohm_cm2
        for count in (2, 3, 4)
    ]
    conductivity = CrystalStack([CrystalLayer("LGPS", 2 * period)])._grid(298.15).conductivity_S_cm[0]
    assert parts[1] - parts[0] == pytest.approx(period * 1e-7 / conductivity, rel=1e-3)
    assert parts[2] - parts[1] == pytest.approx(period * 1e-7 / conductivity, rel=1e-3)
    assert parts[0] == pytest.approx(2 * period * 1e-7 / conductivity, rel=0.2)


def test_resistances_are_near_those_of_the_regular_stack(stack, regular):
    """LCO has 1.43 times the resistivity in (1 0 4) planes; the others differ by less than the whole of a contact."""
    found, usual = space_charge(stack, 4.0), space_charge(regular, 4.0)
    resistivity, usual_one = (r.asr_layers["LCO"] / r.thicknesses_nm[0] for r in (found, usual))
    assert resistivity / usual_one == pytest.approx(1.43, abs=0.03)
    assert 0.8 < found.asr_layers["LNO"] / usual.asr_layers["LNO"] < 1.25
    assert 0.5 < found.asr_layers["LGPS"] / usual.asr_layers["LGPS"] < 2
    apart = found.asr_ohm_cm2 - found.asr_layers["LCO"] - (usual.asr_ohm_cm2 - usual.asr_layers["LCO"])
    assert abs(apart) < 7
    assert found.asr_ohm_cm2 == pytest.approx(sum(found.asr_layers.values()))
    assert found.scl_charge_uC_cm2 == pytest.approx(usual.scl_charge_uC_cm2, rel=0.4)
    assert found.potential_drop_V == pytest.approx(usual.potential_drop_V, abs=0.02)
    assert found.provenance["parameters"]["crystals"][0]["miller"] == (1, 0, 4)
    assert type(found).from_dict(found.as_dict()) == found


def test_lco_with_its_planes_along_the_contacts_blocks():
    with pytest.raises(
        InputError, match=r"LCO lets no Li through its planes \(0 0 1\): its network is 2D in the ab plane"
    ):
        CrystalStack([CrystalLayer("LCO", miller=(0, 0, 3)), "LGPS"]).planes(298.15, 4.0)


def test_notes_say_what_was_made(crystals, surrogate):
    text = "\n".join(crystals.notes)
    assert "LCO: 1 nm of LCO, (1 0 4) facing the contacts, strained by" in text
    assert "LGPS: 3 nm of LGPS, (0 0 1) facing the contacts, strained by +0.0 and +0.0 %" in text
    assert "LCO|LNO: " in text
    assert "glass that stands in for the film" in "\n".join(surrogate.notes)


def test_atoms_keep_apart_and_hold_the_crystals(crystals):
    atoms = crystals.atoms()
    # S-O and P-S bonds apart, nothing is closer than in the crystals.
    assert neighbor_list("i", atoms, 1.4).size == 0
    z = atoms.positions[:, 2]
    count = Counter(atoms.get_chemical_symbols())
    assert count["Co"] > 50
    assert count["Nb"] > 50
    assert count["Ge"] > 5
    assert z[[s == "Ge" for s in atoms.symbols]].min() > z[[s == "Co" for s in atoms.symbols]].max()
    metals = [z[[s == m for s in atoms.symbols]] for m in ("Co", "Nb")]
    assert metals[0].max() < metals[1].min()
    assert APART_A == 1.8


def test_the_network_is_that_of_the_slices(surrogate):
    found = surrogate.network()
    planes = surrogate.planes(298.15, 4.0)
    assert isinstance(found, Network)
    cells = found.n_sites // int(planes.multiplicity.sum())
    assert np.bincount(found.planes).tolist() == (cells * planes.multiplicity).tolist()
    steps = found.planes[found.targets] - found.planes[found.origins]
    assert set(steps.tolist()) == {-1, 0, 1}
    assert found.n_hops == 2 * cells * len(planes.links.origins)
    lengths = np.linalg.norm(found.displacements_A, axis=1)
    assert 1.5 < lengths.min()
    assert lengths.max() < 6.0
    assert {"LCO|LNO hop", "LNO|LGPS hop"} < set(found.class_names)
    assert found.site_class_names == ("LCO", "LNO", "LGPS")


def test_barriers_of_classes_change_the_ways_but_not_the_calibrated_mean():
    names = lithium_network("LGPS").class_names
    along = dict.fromkeys(names[1:3], 0.15)
    plain, chains = (CrystalStack([CrystalLayer("LGPS", 2.5315, barriers_eV=barriers)]) for barriers in ({}, along))
    usual = plain._grid(298.15).conductivity_S_cm[0]
    assert chains._grid(298.15).conductivity_S_cm[0] > 1.5 * usual
    assert chains._grid(298.15).barrier_eV[0] == 0.15
    given = CrystalStack([CrystalLayer("LGPS", 2.5315, attempt_frequency_Hz=1e13)])
    twice = CrystalStack([CrystalLayer("LGPS", 2.5315, attempt_frequency_Hz=2e13)])
    ratio = twice._grid(298.15).conductivity_S_cm[0] / given._grid(298.15).conductivity_S_cm[0]
    assert ratio == pytest.approx(2.0)


def test_a_table_of_barriers_is_as_good_as_its_numbers():
    names = lithium_network("LGPS").class_names
    rows = [row(name, "Li1", "Li2", (0.0, 0.0), 0.2 + 0.01 * number) for number, name in enumerate(names)]
    numbers = {name: 0.2 + 0.01 * number for number, name in enumerate(names)}
    given, told = (CrystalStack([CrystalLayer("LGPS", 2.5315, barriers_eV=b)]) for b in (table(*rows), numbers))
    assert given.geometry["crystals"][0]["barriers_eV"] == pytest.approx(numbers)
    found = [stack._grid(298.15) for stack in (given, told)]
    np.testing.assert_allclose(found[0].frequency_Hz, found[1].frequency_Hz, rtol=1e-9)
    assert found[0].barrier_eV[0] == pytest.approx(0.2)


def test_vacant_sites_set_the_filling():
    network = lithium_network("LNO", vacant=[[0.0, 0.0, 0.0]])
    assert network.occupied_share < 1
    stack = CrystalStack([CrystalLayer("LNO", 2.0, crystal=network)])
    assert stack.layer_materials[0].filling == pytest.approx(network.occupied_share)
    mine = CrystalStack([CrystalLayer("LNO", 2.0, crystal=network)], materials={"LNO": {"filling": 0.3}})
    assert mine.layer_materials[0].filling == 0.3


def test_slowdowns_leave_what_kirchhoff_says(surrogate):
    planes = surrogate.planes(298.15, 4.0)
    found = equilibrium(planes)
    slowdown = even_slowdown(planes, found, 3.0)
    left = conductance_factors(planes, found, slowdown)
    assert (left <= 1 + 1e-9).all()
    assert left.min() < 1e-4
    assert (left > 0.5 * slowdown.gaps).all()


@pytest.mark.slow
@pytest.mark.parametrize("evenness", [3.0, 12.0])
def test_simulations_agree_with_the_continuum(stack, evenness):
    """Whatever is slowed down: total and contacts within their errors."""
    exact = space_charge(stack, 4.0)
    found = simulate_stack(stack, 4.0, options=StackRunOptions(hops=2e7, seed=2, evenness=evenness, check=True))
    assert abs(found.asr_ohm_cm2 - exact.asr_ohm_cm2) < 4 * found.asr_err_ohm_cm2
    assert found.asr_err_ohm_cm2 < 0.05 * found.asr_ohm_cm2
    for name in ("LCO|LNO", "LNO|LGPS"):
        assert abs(found.asr_layers[name] - exact.asr_layers[name]) < 4 * found.asr_err_layers[name]
    apart = np.array(found.profile.occupation) - np.array(exact.profile.occupation)
    assert np.abs(apart).max() < 0.01
    assert found.provenance["parameters"]["hops_made"] > 1e7


def test_a_few_hops_of_a_crystal_run():
    stack = CrystalStack([CrystalLayer("LGPS", 2.5315)])
    options = StackRunOptions(hops=2e6, cells=(16, 16), seed=1, check=True)
    found, exact = simulate_stack(stack, options=options), space_charge(stack)
    assert abs(found.asr_ohm_cm2 - exact.asr_ohm_cm2) < 5 * found.asr_err_ohm_cm2
    assert found.asr_err_ohm_cm2 < 0.2 * found.asr_ohm_cm2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CrystalLayer("LGPS", planes=3), "give thickness_nm, not planes"),
        (lambda: CrystalLayer("LNO", amorphous=True, miller=(0, 0, 1)), "no crystal, plane or hop classes"),
        (lambda: CrystalLayer("LGPS", barriers_eV={"x": -1}), "barrier of x must be above 0"),
        (lambda: CrystalLayer("LGPS", attempt_frequency_Hz=0), "attempt frequency must be from 1"),
        (lambda: CrystalStack([CrystalLayer("LGPS", barriers_eV={"x": 1})]).planes(300), "no hop class 'x'"),
        (lambda: CrystalStack([CrystalLayer("LGPS", miller=(0, 0, 0))]).planes(300), "no lattice plane"),
        (lambda: CrystalStack([Layer("LGPS")]), "give a CrystalLayer"),
        (lambda: CrystalStack(["LGPS"], across_A=-1), "across_A must be from 0.2 to 50 A, got -1 A"),
        (lambda: CrystalStack([]), "without a layer"),
        (lambda: CrystalStack(["LGPS"], materials={"LGPS": {"pair_energy_eV": 0.1}}), "pair energies"),
        (lambda: CrystalStack([CrystalLayer("LGPS", 0.01)]).planes(300), "too thin"),
        (lambda: CrystalStack(["LCO", "LGPS"], max_area_A2=80).planes(300, 4.0), "raise max_area"),
        (lambda: CrystalStack([CrystalLayer("LPO", 2.0)]).planes(300), "no crystal structure of 'LPO'"),
    ],
)
def test_bad_input_is_told_in_one_line(make, message):
    with pytest.raises(InputError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
