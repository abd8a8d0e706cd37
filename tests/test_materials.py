"""Records of materials: unique names, readable formulas, and numbers that keep their source and certainty."""

import csv
from collections import Counter
from importlib.resources import files

import pytest
import yaml
from pymatgen.core import Composition, Element, Structure

from interfacekit.errors import ComputationError, InputError
from interfacekit.materials import aliases, crystal_path, find_material, material, materials, reference_table

DATA = files("interfacekit") / "data"


def rows(name):
    return list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()))


def records():
    """Materials of all files of the catalogue, by name."""
    for path in (DATA / "catalogue").iterdir():
        yield from yaml.safe_load(path.read_text(encoding="utf-8")).get("materials", {}).items()


RECORDS, TRANSPORT = sorted(records()), rows("reference/transport.csv")
IDS = [alias for alias, _ in RECORDS]
MAIN_CERTAINTIES = {"seen", "derived", "seen-secondary", "figure-read", "memory-approx"}


def test_aliases_are_unique_in_any_case():
    counted = Counter(alias.casefold() for alias in aliases())
    assert [alias for alias, n in counted.items() if n > 1] == []
    assert len(counted) >= len(RECORDS) == len(set(IDS)) == len(materials())


def test_formulas_are_unique_and_made_of_elements():
    for record in materials():
        assert all(isinstance(element, Element) for element in Composition(record.formula))
    reduced = Counter(Composition(record.formula).reduced_formula for record in materials())
    assert reduced.most_common(1)[0][1] == 1


def test_no_alias_of_one_record_is_the_formula_of_another():
    formulas = {record.formula: record.alias for record in materials()}
    for record in materials():
        for alias in (record.alias, *record.other_aliases):
            assert formulas.get(alias, record.alias) == record.alias


@pytest.mark.parametrize(("alias", "record"), RECORDS, ids=IDS)
def test_every_transport_system_named_is_there(alias, record):
    named = record.get("literature", [])
    assert len(named) == len(set(named))
    assert set(named) <= {row["system"] for row in TRANSPORT}


@pytest.mark.parametrize(("alias", "record"), RECORDS, ids=IDS)
def test_numbers_are_those_of_the_table_with_source_and_certainty(alias, record):
    named = record.get("literature", [])
    expected = sorted(tuple(row.values()) for row in TRANSPORT if row["system"] in named)
    found = material(alias).properties
    assert (
        sorted((p.system, p.quantity, p.text, p.unit, p.conditions, p.source, p.certainty) for p in found) == expected
    )
    for number in found:
        assert number.source
        assert number.certainty.split(" ")[0] in MAIN_CERTAINTIES
        if number.value is not None:
            assert number.value == float(number.text)


def test_what_is_recalled_from_memory_says_so():
    recalled = [p for record in materials() for p in record.properties if p.certainty == "memory-approx"]
    assert len(recalled) > 5
    by_quantity = {(p.system, p.quantity): p for p in recalled}
    assert by_quantity["LiCoO2", "attempt frequency"].value == 1e13
    assert by_quantity["LiCoO2", "Li barrier divacancy (tetrahedral hop)"].value is None
    assert by_quantity["LiCoO2", "Li barrier divacancy (tetrahedral hop)"].text == "0.2-0.6"


def test_every_system_that_a_record_is_named_after_belongs_to_it():
    """A material's numbers must not be lost: a system that is an alias or a formula is named in that record."""
    for row in TRANSPORT:
        record = find_material(row["system"])
        if record is not None:
            assert row["system"] in {number.system for number in record.properties}


@pytest.mark.parametrize(("alias", "record"), RECORDS, ids=IDS)
def test_a_record_is_found_by_any_of_its_names(alias, record):
    found = material(alias)
    assert found.formula == record["formula"]
    for name in (alias.lower(), record["formula"], *record.get("names", [])):
        assert find_material(name) is found


def test_names_without_a_record():
    assert find_material("LaO") is None
    assert find_material("licoo2") is None
    with pytest.raises(InputError, match="unknown material 'LXO'; choose from LCO, ") as caught:
        material("LXO")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "path", [p for p in (DATA / "reference").iterdir() if p.name.endswith(".csv")], ids=lambda p: p.name
)
def test_reference_tables_give_source_and_certainty_in_every_row(path):
    table = reference_table(path.name.removesuffix(".csv"))
    assert len(table) > 5
    assert all(row["source"] and row["certainty"] for row in table)


@pytest.mark.parametrize("name", ["", "absent", "../materials", "transport.csv"])
def test_an_unknown_reference_table(name):
    with pytest.raises(InputError, match=r"unknown reference table .*choose from .*transport"):
        reference_table(name)


@pytest.mark.parametrize(("alias", "atoms"), [("LCO", 12), ("LNO", 30), ("LGPS", 50)])
def test_crystal_structures_are_of_their_materials(alias, atoms):
    structure = Structure.from_file(crystal_path(alias))
    assert len(structure) == atoms
    assert structure.composition.reduced_composition == Composition(material(alias).formula).reduced_composition


def test_a_material_without_a_structure_says_which_have_one():
    with pytest.raises(InputError, match="choose from LCO, LNO, LGPS"):
        crystal_path("LLZO")


def test_a_structure_that_an_installation_lacks(monkeypatch, tmp_path):
    monkeypatch.setattr("interfacekit.materials.files", lambda package: tmp_path / package)
    monkeypatch.setattr("interfacekit.materials.material", dict.fromkeys(["LCO"], material("LCO")).get)
    with pytest.raises(ComputationError, match=r"structure of LCO \(LiCoO2.*\.cif\) is missing from this installation"):
        crystal_path("LCO")
