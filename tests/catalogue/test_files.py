"""Files of materials of one's own: read whole or refused in one line that names all that is missing or wrong."""

import json
import re
from pathlib import Path

import pytest

import interfacekit as ik
from interfacekit.catalogue.files import as_catalogue, load_materials, read_catalogue
from interfacekit.errors import InputError
from interfacekit.materials import crystal_path
from interfacekit.transport import layer_material, measured_points

COATING = {
    "formula": "Li3NbO4",
    "names": ["coat"],
    "ion_density_per_cm3": 3e22,
    "filling": 0.5,
    "conductivity_S_cm": {"value": 2e-4, "unit": "mS/cm", "role": "measured", "source": "mine", "certainty": "seen"},
    "barrier_eV": 0.5,
    "layer": {"site_density_per_cm3": {"derive": "ion_density", "unit": "1/cm3"}, "permittivity": 20},
    "bulk": {"lattice": "simple_cubic"},
    "measured": [{"conductivity_S_cm": 1e-7, "temperature_K": 300, "note": "another film"}],
}
CONTACTS = {"LCO|coat": {"offset_eV": 0.1}, "LGPS|XYZ": {"offset_eV": -0.2, "barrier_eV": 0.45}}


@pytest.fixture
def catalogue(tmp_path):
    return load_materials(written(tmp_path, {"materials": {"XYZ": COATING}, "contacts": CONTACTS}))


def written(folder, document):
    """A file of materials: JSON is YAML."""
    path = folder / "mine.yaml"
    path.write_text(json.dumps(document))
    return path


def test_a_layer_has_the_numbers_of_the_file_with_their_origin(catalogue):
    layer = layer_material("coat", catalogue=catalogue)
    assert (layer.name, layer.site_density_per_cm3, layer.temperature_K) == ("XYZ", 6e22, 298.15)
    assert layer.conductivity_S_cm == pytest.approx(2e-7, rel=1e-15)
    origins = {p.name: (p.role, p.source) for p in layer.parameters}
    assert origins["conductivity_S_cm"] == ("measured", "mine")
    assert origins["barrier_eV"] == ("given", "given")


def test_a_hopping_model_has_the_conductivity_of_the_layer(catalogue):
    bulk = ik.bulk_model("XYZ", catalogue=catalogue)
    assert "calibrated to 2e-07 S/cm at 298.15 K" in bulk.calibration
    assert ik.transport.lattice_gas_conductivity_S_cm(bulk.model, 298.15) == pytest.approx(2e-7, rel=1e-12)
    (point,) = measured_points("XYZ", catalogue)
    assert (point.sample, point.conductivity_low_S_cm, point.note) == ("XYZ", 1e-7, "another film")


def test_a_stack_takes_materials_and_contacts_of_the_file(catalogue):
    stack = ik.Stack(["LCO", ik.Layer("coat", 2.0), "LGPS"], catalogue=catalogue)
    assert stack.layer_names == ("LCO", "XYZ", "LGPS")
    assert [c.offset_eV for c in stack.contact_numbers()] == [0.1, 0.2]
    assert stack.contact_numbers()[1].barrier_eV == 0.45
    changed = ik.Stack(
        ["LCO", ik.Layer("coat", 2.0), "LGPS"], materials={"coat": {"permittivity": 5}}, catalogue=catalogue
    )
    assert changed.layer_materials[1].permittivity == 5.0


def test_plain_mappings_make_the_same_stack(catalogue):
    plain = json.loads(json.dumps(catalogue.plain()))
    layers = ["LCO", ik.Layer("XYZ", 2.0), "LGPS"]
    stacks = [ik.Stack(layers, catalogue=one) for one in (catalogue, plain, as_catalogue(plain))]
    assert len({json.dumps(ik.space_charge(stack, 4.0).as_dict()["asr_ohm_cm2"]) for stack in stacks}) == 1


def test_a_stack_computes_its_materials_once(catalogue, monkeypatch):
    from interfacekit.transport.stacks import layered

    asked = []
    known = layered.layer_material
    monkeypatch.setattr(layered, "layer_material", lambda *given: asked.append(given[0]) or known(*given))
    stack = ik.Stack(["LCO", ik.Layer("XYZ", 2.0), "LGPS"], catalogue=catalogue)
    ik.space_charge(stack, 4.0)
    assert asked == ["LCO", "XYZ", "LGPS"]


def test_a_phase_has_the_formula_of_the_file_and_the_name_of_the_material(catalogue):
    found = catalogue.phase("coat")
    assert (found.label, found.formula) == ("XYZ", "Li3NbO4")
    assert catalogue.phase("Li3NbO4") == ik.phase("Li3NbO4")
    assert catalogue.phase("LNO") == ik.phase("LNO")
    assert catalogue.phase(found) == found


def test_a_structure_is_beside_its_file(tmp_path):
    (tmp_path / "mine.cif").write_text("data_x")
    path = written(tmp_path, {"materials": {"XYZ": {**COATING, "structure": "mine.cif"}}})
    assert load_materials(path).materials["XYZ"]["structure"] == str(tmp_path / "mine.cif")


def test_a_stack_of_crystals_takes_the_structure_of_the_file(tmp_path):
    (tmp_path / "mine.cif").write_text(crystal_path("LNO").read_text())
    density = {"value": 3e22, "unit": "1/cm3", "role": "computed", "source": "another cell", "certainty": "derived"}
    described = {**COATING, "structure": "mine.cif", "ion_density_per_cm3": density}
    mine = load_materials(written(tmp_path, {"materials": {"XYZ": described}}))
    stack = ik.CrystalStack([ik.CrystalLayer("coat", 1.5)], catalogue=mine)
    assert stack.layer_names == ("XYZ",)
    assert len(stack.networks[0].sites) == len(ik.lithium_network("LNO").sites)
    sites = next(p for p in stack.layer_materials[0].parameters if p.name == "site_density_per_cm3")
    assert sites.role == "sites of the crystal"


def test_contacts_may_stand_in_a_file_of_their_own(tmp_path):
    first = written(tmp_path, {"materials": {"XYZ": COATING}})
    second = tmp_path / "contacts.yaml"
    second.write_text(json.dumps({"contacts": CONTACTS}))
    assert set(load_materials(first, second).contacts) == {"LCO|XYZ", "LGPS|XYZ"}


ALL_AT_ONCE = {
    "XYZ": {
        "formula": "Lx",
        "filing": 0.5,
        "barrier_eV": {"value": 500, "unit": "eV"},
        "layer": {"conductor": "maybe"},
        "bulk": {"lattice": "cubic"},
    },
    "ABC": {"layer": {"permittivity": 9}},
}


def test_all_that_is_missing_or_wrong_is_in_one_line(tmp_path):
    with pytest.raises(InputError) as caught:
        load_materials(written(tmp_path, {"materials": ALL_AT_ONCE, "contacts": {"XYZ|LGPS": {}}}))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("mine.yaml: XYZ lacks ")
    for part in (
        "site_density_per_cm3 (1/cm3), filling (-), conductivity_S_cm (S/cm), permittivity (-)",
        "unknown key 'filing' of XYZ, did you mean filling?",
        "barrier_eV of XYZ must be above 0 and at most 10 eV, got 500 eV",
        "'Lx' is not a formula",
        "conductor of XYZ must be true or false, got 'maybe'",
        "unknown lattice of bulk of XYZ 'cubic'; choose from chain, ",
        "ABC lacks formula (such as LiCoO2), site_density_per_cm3 (1/cm3), filling (-), conductivity_S_cm (S/cm)",
        "XYZ|LGPS lacks offset_eV (eV)",
    ):
        assert part in line
    assert not re.search(r"lacks [^;]*barrier_eV[^;]*; unknown key 'filing'", line)  # it is wrong, not missing


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "it has no materials"),
        ({"material": {}}, "unknown key 'material'; choose from materials, contacts"),
        ({"materials": ["LNO"]}, "materials must be a mapping of names to descriptions"),
        ({"materials": {"a|b": COATING}}, "the name of a material must be one word without | and :, got 'a|b'"),
        ({"materials": {"a\nb": COATING}}, "the name of a material must be one word without | and :, got 'a\\nb'"),
        ({"materials": {"interphase": COATING}}, "the name of a material must be"),
        ({"materials": {"XYZ": 3}}, "XYZ must be a mapping of keys to values, got 3"),
        ({"materials": {"LNO": {"permitivity": 3}}}, "unknown key 'permitivity' of LNO, did you mean permittivity?"),
        ({"materials": {"LNO": {"permittivity": 0}}}, "permittivity of LNO must be from 1"),
        ({"materials": {"LNO": {"filling": 0.4}, "LiNbO3": {"filling": 0.5}}}, "LiNbO3 is described twice"),
        ({"materials": {"XYZ": {**COATING, "role": "hero"}}}, "unknown role of XYZ 'hero'; choose from cathode"),
        ({"materials": {"XYZ": {**COATING, "names": "coat"}}}, "names of XYZ must be a list of texts, got 'coat'"),
        ({"materials": {"XYZ": {**COATING, "names": ["lno"]}}}, "got lno, which is the built-in LNO"),
        ({"materials": {"XYZ": {**COATING, "layer": 3}}}, "layer of XYZ must be a mapping of keys to values, got 3"),
        (
            {"materials": {"XYZ": {**COATING, "measured": [{"temperature_K": 300}]}}},
            "measurement 1 of XYZ must have one",
        ),
        ({"materials": {"XYZ": {**COATING, "samples": {"a": {"colour": 1}}}}}, "unknown key 'colour' of a of XYZ"),
        (
            {"materials": {"XYZ": {**COATING, "bulk": {"lattice": "fcc", "calibrate": "divacancy_barrier"}}}},
            "lattice of bulk of XYZ must be layered_triangular for a divacancy_barrier, got fcc",
        ),
        (
            {"materials": {"XYZ": {**COATING, "bulk": {}}}},
            "XYZ lacks lattice (such as simple_cubic), hop_distance_A (A)",
        ),
        ({"materials": {"XYZ": {**COATING, "bulk": {"lattice": "fcc"}}}}, "XYZ lacks hop_distance_A (A)"),
        ({"contacts": {"XYZ": {"offset_eV": 0}}}, "the name of a contact must be two materials with | between them"),
        (
            {"contacts": {"LCO|a b": {"offset_eV": 0}}},
            "the name of a contact must be two materials with | between them",
        ),
        ({"contacts": {"LCO|X": {"offset_eV": 0}, "X|LiCoO2": {"offset_eV": 0}}}, "X|LCO is described twice"),
        ({"contacts": {"LCO|LNO": {"height": 0}}}, "unknown key 'height' of LCO|LNO"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(tmp_path, document, message):
    with pytest.raises(InputError) as caught:
        load_materials(written(tmp_path, document))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_uses_that_a_description_does_not_allow_name_all_that_they_lack():
    named = read_catalogue({"materials": {"XYZ": {"formula": "Li3NbO4"}}})
    with pytest.raises(InputError, match=r"XYZ is described, but not as a layer; add site_density_per_cm3 \(1/"):
        layer_material("XYZ", catalogue=named)
    with pytest.raises(InputError, match="XYZ is described, but without a hopping model; add a block bulk"):
        ik.bulk_model("XYZ", catalogue=named)
    with pytest.raises(InputError, match="catalogue must be a Catalogue, got 3"):
        ik.Stack(["LNO"], catalogue=3)
    two = {name: {"filling": 0.5, "permittivity": 9} for name in ("one", "two")}
    with pytest.raises(InputError, match=r"one lacks site_density.*; two lacks site_density_per_cm3"):
        ik.Stack(["one", "two"], materials=two)


def test_the_examples_of_the_manual_are_read(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "materials.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block)
        assert load_materials(path).plain() != {"materials": {}, "contacts": {}}
