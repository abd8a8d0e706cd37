"""The built-in catalogue: every number complete, each in one place, and the same for all that reads it."""

import re
from importlib.resources import files

import pytest
import yaml

from interfacekit import transport
from interfacekit.catalogue.catalogue import BUILT_IN, built_in_material
from interfacekit.catalogue.descriptions import LATTICES
from interfacekit.catalogue.files import read_catalogue
from interfacekit.errors import InputError
from interfacekit.materials import built_in, reference_table
from interfacekit.yaml_documents import load_yaml

FILES = sorted((files("interfacekit") / "data" / "catalogue").iterdir(), key=lambda file: file.name)
DESCRIBED = ("LCO", "LNO", "LNTO", "LPO", "LGPS")


def all_numbers():
    """Every number of the catalogue with its owner."""
    for alias in built_in("materials"):
        found = built_in_material(alias)
        blocks = [found.numbers, found.layer or {}, found.bulk.numbers if found.bulk else {}, *found.samples.values()]
        yield from ((alias, number) for block in blocks for number in block.values())
    for name in built_in("contacts"):
        description, is_mirrored = BUILT_IN.find_contact(*name.split("|"))
        assert not is_mirrored
        yield from ((name, number) for number in description.numbers.values())


NUMBERS = list(all_numbers())
IDS = [f"{owner} {number.name}" for owner, number in NUMBERS]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_strict_reader_reads_the_files_of_the_package_alike(file):
    fast = {kind: value for kind in ("materials", "contacts") if (value := load_yaml(file).get(kind))}
    assert fast
    for kind, described in fast.items():
        assert described.items() <= built_in(kind).items()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_files_of_the_package_are_what_a_user_may_write(file):
    document = load_yaml(file)
    assert read_catalogue(document).plain() == {"materials": {}, "contacts": {}, **document}


def described_numbers(document):
    """Mappings that describe numbers, anywhere in a document."""
    for value in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        if isinstance(value, dict) and {"value", "row", "derive"} & {*value}:
            yield value
        else:
            yield from described_numbers(value)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_number_says_its_unit_role_source_certainty_and_range(file):
    for described in described_numbers(yaml.safe_load(file.read_text())):
        assert "unit" in described
        if "value" in described:
            assert {"role", "source", "certainty", "range"} <= {*described}
        for spread in [described.get("range")]:
            assert spread in (None, "fixed") or {"distribution", "source", "certainty"} <= {*spread}


@pytest.mark.parametrize(("owner", "number"), NUMBERS, ids=IDS)
def test_the_range_of_every_number_holds_it(owner, number):
    for value in number.values:
        low, high = number.range.ends(value)
        assert low <= value <= high
        assert (low < high) == (number.range.distribution != "fixed")
    if number.certainty == "assumed" and number.role == "measured":
        pytest.fail(f"{number.name} of {owner} is measured, and its certainty assumed")


def test_a_range_that_no_source_gives_is_assumed():
    rows = {row["source"] for table in ("transport", "space_charge") for row in reference_table(table)}
    for owner, number in NUMBERS:
        relative = number.range.plus_minus is not None or number.range.factor is not None
        if relative:
            assert number.range.certainty == "assumed", f"{number.name} of {owner}"
        if number.text and not number.role.startswith("assumed"):
            assert number.source in rows


def test_numbers_that_conditions_of_rows_repeat_are_those_of_the_rows():
    rows = {(row["system"], row["quantity"]): row["conditions"] for row in reference_table("transport")}
    film = rows["LiNbO3 ALD film", "ionic conductivity"]
    assert float(re.match(r"(\d+) K", film)[1]) == built_in_material("LNO").numbers["temperature_K"].value
    haven = built_in_material("LPO").numbers["haven_ratio"]
    value, error = re.search(
        r"Haven ratio ([\d.]+)\+-([\d.]+)", rows["amorphous Li3PO4 film", "Li tracer diffusion coefficient"]
    ).groups()
    assert haven.value == float(value)
    assert haven.range.ends(haven.value) == pytest.approx((float(value) - float(error), float(value) + float(error)))


def test_a_layer_and_a_hopping_model_have_one_conductivity():
    for alias in ("LNO", "LGPS"):
        layer = transport.layer_material(alias)
        bulk = transport.bulk_model(alias)
        assert f"calibrated to {layer.conductivity_S_cm:g} S/cm at {layer.temperature_K:g} K" in bulk.calibration
        exact = transport.lattice_gas_conductivity_S_cm(bulk.model, layer.temperature_K)
        assert exact == pytest.approx(layer.conductivity_S_cm, rel=1e-12)


def test_lattices_of_descriptions_are_those_that_there_are():
    assert LATTICES == transport.LATTICES


def test_a_built_in_material_is_found_by_all_its_names():
    assert BUILT_IN.find("LiNbO3") is BUILT_IN.find("LNO") is BUILT_IN.find("lno")
    assert BUILT_IN.find("unobtainium") is None


def test_numbers_alone_change_a_built_in_layer_and_nothing_else():
    mine = read_catalogue({"materials": {"LiNbO3": {"permittivity": {"value": 30, "unit": "-", "source": "me"}}}})
    plain, changed = transport.layer_material("LNO"), transport.layer_material("LNO", catalogue=mine)
    assert (changed.permittivity, changed.conductivity_S_cm) == (30.0, plain.conductivity_S_cm)
    assert {p.source for p in changed.parameters if p.name == "permittivity"} == {"me"}
    assert transport.layer_material("LNO") == plain


def test_numbers_of_a_built_in_layer_hold_for_its_hopping_model():
    mine = read_catalogue({"materials": {"LNO": {"conductivity_S_cm": 1e-6}}})
    bulk = transport.bulk_model("LNO", catalogue=mine)
    assert transport.lattice_gas_conductivity_S_cm(bulk.model, 303.0) == pytest.approx(1e-6, rel=1e-12)
    denser = read_catalogue({"materials": {"LNO": {"site_density_per_cm3": 1e22}}})
    with pytest.raises(InputError, match="site_density_per_cm3 of LNO alone makes no hopping model"):
        transport.bulk_model("LNO", catalogue=denser)


def test_a_built_in_name_may_be_described_anew():
    layer = {
        "site_density_per_cm3": 1e22,
        "filling": 0.5,
        "conductivity_S_cm": 1e-6,
        "barrier_eV": 0.4,
        "permittivity": 9,
    }
    mine = read_catalogue({"materials": {"LNO": {"layer": layer}}})
    assert transport.layer_material("LNO", catalogue=mine).site_density_per_cm3 == 1e22
    assert mine.phase("LNO").formula == "LiNbO3"
    with pytest.raises(InputError, match="LNO is described, but without a hopping model"):
        transport.bulk_model("LNO", catalogue=mine)
