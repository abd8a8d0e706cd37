"""Crystals of JSON are built from plain numbers: the same as by pymatgen, and nothing that they name is imported."""

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure
from pymatgen.core.periodic_table import Species

from interfacekit.crystal_documents import structure_of_document
from interfacekit.entries.materials_project import load_structure
from interfacekit.errors import InputError
from interfacekit.results import CRYSTAL_CLASS
from interfacekit.store import decode
from interfacekit.structure import crystal

INTRUDER = {"@module": "intruder", "@class": "Thing"}


@pytest.fixture
def plain():
    return json.loads(json.dumps(crystal("LCO").structure.as_dict()))


@pytest.fixture
def sentinel(tmp_path, monkeypatch):
    """A file that appears where the module `intruder` is imported."""
    path = tmp_path / "imported"
    (tmp_path / "intruder.py").write_text(f"open({str(path)!r}, 'w').close()\nclass Thing:\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield path
    sys.modules.pop("intruder", None)


def test_the_decoder_of_pymatgen_imports_what_a_site_names(plain, sentinel):
    """What is shut out here: should it ever fail, pymatgen no longer does."""
    for site in plain["sites"]:
        site["properties"] = {"x": INTRUDER}
    Structure.from_dict(plain)
    assert sentinel.exists()


@pytest.mark.parametrize("where", ["site", "species", "lattice", "structure"])
@pytest.mark.parametrize("mark", [INTRUDER, {"@module": "intruder", "@callable": "Thing"}, {"@class": "Thing"}])
def test_a_class_mark_is_refused_and_not_followed(plain, sentinel, tmp_path, monkeypatch, where, mark):
    site = plain["sites"][1]
    parts = {"site": site, "species": site["species"][0], "lattice": plain["lattice"], "structure": plain}
    parts[where].setdefault("properties", {})["x"] = [{"y": mark}]
    with pytest.raises(InputError, match=r"mine\.json: y names the class .*Thing; crystals are read from numbers"):
        structure_of_document(plain, "mine.json")
    with pytest.raises(ValueError, match=r"a crystal in it: y names the class .*Thing; crystals are read from numbers"):
        decode(json.dumps({"crystal": plain}))
    monkeypatch.setenv("INTERFACEKIT_CACHE", str(tmp_path))
    cached = tmp_path / "mp" / "structures" / "mp-1.json"
    cached.parent.mkdir(parents=True)
    cached.write_text(json.dumps({"database_version": "1", "structure": plain}))
    with pytest.raises(InputError, match="is damaged; delete it, or ask again with refresh"):
        load_structure("mp-1")
    assert not sentinel.exists()


def test_results_of_this_package_are_no_properties_of_sites(plain):
    plain["sites"][0]["properties"] = {"x": {"@module": "interfacekit.results", "@class": "Result"}}
    with pytest.raises(ValueError, match=r"names the class interfacekit\.results\.Result"):
        decode(json.dumps(plain))


def test_a_crystal_of_a_result_is_not_followed_by_from_dict(plain, sentinel):
    """The same way as `json.loads(text, cls=MontyDecoder)` takes, from the result on."""
    document = json.loads(crystal("LCO").to_json())
    document["structure"]["sites"][0]["properties"] = {"x": INTRUDER}
    with pytest.raises(InputError, match=r"names the class intruder\.Thing"):
        json.loads(json.dumps(document), cls=MontyDecoder)
    assert not sentinel.exists()


coordinates = st.floats(-2, 2, allow_subnormal=False)
properties = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3) | st.lists(coordinates, max_size=3)
species = st.sampled_from(["Li", "O", Species("Co", 3), Species("Fe", 2, spin=5), {"Ni": 0.5, "Co": 0.4}])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(species, st.tuples(*[coordinates] * 3), properties), min_size=1, max_size=4),
    st.tuples(*[st.booleans()] * 3),
)
def test_crystals_are_those_of_pymatgen(sites, pbc):
    structure = Structure(
        Lattice.from_parameters(5, 6, 7, 80, 90, 100, pbc=pbc),
        [site[0] for site in sites],
        [site[1] for site in sites],
        site_properties={"x": [site[2] for site in sites]},
        labels=[f"A{n}" for n in range(len(sites))],
        properties={"origin": "a test"},
    )
    document = json.loads(json.dumps(structure.as_dict()))
    assert (document["@module"], document["@class"]) == CRYSTAL_CLASS
    again = structure_of_document(document, "mine.json")
    assert again == structure
    assert again.as_dict() == structure.as_dict()


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        (("lattice",), [1], "it is no structure of pymatgen"),
        (("lattice", "matrix"), None, "a matrix of three vectors"),
        (("lattice", "matrix"), [[1, 0], [0, 1], [1, 1]], "lattice vector must be three numbers"),
        (("lattice", "matrix", 0, 0), 1e300, "lattice vector must be a number of at most 100000, got 1e"),
        (("lattice", "matrix", 0, 0), "1", "lattice vector must be a number"),
        (("lattice", "matrix", 0, 0), True, "lattice vector must be a number"),
        (("lattice", "pbc"), [1, 1, 1], "pbc must be three of true or false"),
        (("sites",), {}, "sites must be a list of 1 to 50000 atoms"),
        (("sites",), [], "sites must be a list of 1 to 50000 atoms"),
        (("sites",), [1] * 50_001, "sites must be a list of 1 to 50000 atoms"),
        (("sites", 0), 1, "site 1 must have species and abc"),
        (("sites", 2, "abc"), None, "site 3: abc must be three numbers"),
        (("sites", 2, "abc", 1), 10**99, "site 3: abc must be a number of at most 1e[+]06"),
        (("sites", 0, "species"), [], "site 1 must have species with occupancies from 0 to 1"),
        (("sites", 0, "species", 0, "occu"), -0.5, "occupancies from 0 to 1"),
        (("sites", 0, "species", 0, "occu"), 2, "occu must be a number of at most 1"),
        (("sites", 0, "species", 0, "element"), "Xx", "must name an element, got 'Xx'"),
        (("sites", 0, "species", 0, "element"), {"a": 1}, "must name an element"),
        (("sites", 0, "species", 0), "Li", "must name an element, got None"),
        (("sites", 0, "species", 0, "oxidation_state"), 1e9, "oxidation_state must be a number"),
        (("sites", 0, "properties"), [1], "properties must be a mapping"),
        (("sites", 0, "label"), 7, "label must be text"),
        (("charge",), "much", "charge must be a number"),
        (("properties",), "x", "properties must be a mapping"),
    ],
)
def test_what_no_crystal_has_is_refused(plain, part, value, message):
    inner = plain
    for key in part[:-1]:
        inner = inner[key]
    inner[part[-1]] = value
    with pytest.raises(InputError, match=message) as caught:
        structure_of_document(plain, "mine.json")
    assert "mine.json" in str(caught.value)
    assert len(str(caught.value)) < 250
