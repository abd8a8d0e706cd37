"""The user's own energies: what is read, and what each kind of bad file is told."""

import csv
import gzip
import hashlib
import io
import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monty.json import MontyEncoder
from pymatgen.analysis.phase_diagram import PhaseDiagram
from pymatgen.core import Composition, Lattice, Structure
from pymatgen.entries.compatibility import MaterialsProject2020Compatibility
from pymatgen.entries.computed_entries import ComputedEntry, ComputedStructureEntry

from interfacekit.entries import EntryTable, load_entries
from interfacekit.entries.files import json_totals, load_file
from interfacekit.entries.schemes import entry_thermo_type
from interfacekit.errors import InputError

#: Uncorrected total energies (eV), made up, each formula in a cell of several units.
TOTALS = {"Li2": -3.81, "Co4": -28.4, "O8": -39.4, "Li4O2": -28.62, "Co3O4": -41.9, "Li3Co3O6": -68.4, "CoO2": -17.1}
MIXING = {"cls": {"@class": "MaterialsProjectDFTMixingScheme"}}
MP2020 = {"cls": {"@class": "MaterialsProject2020Compatibility"}}
LEGACY = {"cls": {"@class": "MaterialsProjectCompatibility"}}


def computed_entries(**kwargs):
    return [ComputedEntry(formula, energy, **kwargs) for formula, energy in TOTALS.items()]


def entry(composition, energy, **more):
    return {"composition": composition, "energy": energy, **more}


def write_json(path, document):
    content = json.dumps(document, cls=MontyEncoder).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def energies(table):
    return dict(zip(table.formulas, table.formation_energies_eV_per_atom.tolist(), strict=True))


def from_pymatgen(entries):
    diagram = PhaseDiagram(entries)
    lowest = {}
    for one in entries:
        energy = diagram.get_form_energy_per_atom(one)
        formula = one.composition.element_composition.get_integer_formula_and_factor()[0]
        formula = one.composition.elements[0].symbol if len(one.composition.elements) == 1 else formula
        lowest[formula] = min(energy, lowest.get(formula, np.inf))
    return lowest


def corrected_entries():
    def make(formula, energy, oxide_type, **states):
        parameters = {"run_type": "GGA", "hubbards": {}, "is_hubbard": False}
        data = {"oxidation_states": states, "oxide_type": oxide_type}
        return ComputedEntry(formula, energy, parameters=parameters, data=data)

    raw = [make("Li2", -3.8, "None"), make("O2", -9.86, "None"), make("Li2O", -14.3, "oxide", Li=1, O=-2)]
    raw.append(make("Li4O4", -38.9, "peroxide", Li=1, O=-1))
    return MaterialsProject2020Compatibility(check_potcar=False).process_entries(raw)


def refuse(path, what, **kwargs):
    with pytest.raises(InputError, match=what) as caught:
        load_file(path, **kwargs)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize("name", ["mine.json", "mine.json.gz", "MINE.JSON"])
@pytest.mark.parametrize("wrap", [list, lambda entries: {"entries": entries}])
def test_formation_energies_are_those_of_pymatgen(tmp_path, name, wrap):
    entries = computed_entries()
    path = write_json(tmp_path / name, wrap([one.as_dict() for one in entries]))
    table = load_file(path, "R2SCAN")
    assert energies(table) == pytest.approx(from_pymatgen(entries), abs=1e-12)
    assert table.thermo_type == "R2SCAN"
    assert table.source == name
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_corrections_of_pymatgen_count_and_tell_the_thermo_type(tmp_path):
    entries = corrected_entries()
    assert max(abs(one.correction) for one in entries) > 0.5
    table = load_file(write_json(tmp_path / "mine.json", entries))
    assert energies(table) == pytest.approx(from_pymatgen(entries), abs=1e-12)
    assert table.thermo_type == "GGA_GGA+U"


def test_an_old_correction_without_adjustments_counts(tmp_path):
    entries = [ComputedEntry("Li", -1.9), ComputedEntry("O2", -9.8), ComputedEntry("Li2O", -14.0, correction=-0.7)]
    documents = [{k: v for k, v in one.as_dict().items() if k != "energy_adjustments"} for one in entries]
    table = load_file(write_json(tmp_path / "mine.json", documents))
    assert energies(table) == pytest.approx(from_pymatgen(entries), abs=1e-12)


def test_structures_with_oxidation_states(tmp_path):
    def rock_salt(*species):
        structure = Structure(Lattice.cubic(4), species, [[0, 0, 0], [0.5, 0.5, 0.5]])
        return ComputedStructureEntry(structure, -9.0)

    entries = [ComputedEntry("Li", -1.9), ComputedEntry("Fe", -8.2), ComputedEntry("O", -4.9)]
    entries += [rock_salt("Li+", "O-"), ComputedEntry(Composition({"Fe2+": 1, "Fe3+": 2, "O2-": 4}), -54.0)]
    table = load_file(write_json(tmp_path / "mine.json", entries))
    assert table.formulas == ("Fe", "Fe3O4", "Li", "Li2O2", "O")
    assert energies(table)["Fe3O4"] == pytest.approx((-54.0 + 3 * 8.2 + 4 * 4.9) / 7)
    assert energies(table)["Li2O2"] == pytest.approx((-9.0 + 1.9 + 4.9) / 2)


def test_isotopes_are_their_element(tmp_path):
    path = write_json(
        tmp_path / "mine.json", [entry("H2", -6.8), entry("O2", -9.8), entry({"D": 1, "H": 1, "O": 1}, -15)]
    )
    assert load_file(path).formulas == ("H", "H2O", "O")


def test_csv_round_trip(tmp_path):
    table = load_entries("mp2019", "Li-P-S")
    path = tmp_path / "mine.csv"
    table.to_frame().to_csv(path, index=False)
    mine = load_file(path, table.thermo_type)
    assert mine.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    again = EntryTable.from_dict(mine.as_dict() | {"source": table.source, "sha256": table.sha256})
    assert again == table


def test_csv_of_a_spreadsheet(tmp_path):
    path = tmp_path / "mine.csv"
    text = "thermo_type,note,formula,formation_energy_eV_per_atom\r\nR2SCAN,mine,Li2O,-2.0\r\n,,LiCoO2,-1.7\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    table = load_file(path)
    assert energies(table) == {"Co": 0, "Li": 0, "Li2O": -2.0, "LiCoO2": -1.7, "O": 0}
    assert table.thermo_type == "R2SCAN"


@pytest.mark.parametrize("cut", [1, 0.1, 0.5, 0.9, -1])
@pytest.mark.parametrize("name", ["mine.json", "mine.json.gz"])
def test_truncated_json(tmp_path, name, cut):
    content = write_json(tmp_path / name, computed_entries()).read_bytes()
    path = tmp_path / f"cut-{name}"
    path.write_bytes(content[: cut if isinstance(cut, int) else int(cut * len(content))])
    refuse(path, f"cut-{name} is truncated or not")


def test_csv_cut_anywhere_in_a_row(tmp_path):
    path = tmp_path / "mine.csv"
    text = 'formula,formation_energy_eV_per_atom\nLi2O,-2.07151\n"LiCoO2",-1.78951\n'
    for end in range(len(text)):
        if end and text[end - 1] == "\n" and end > text.index("\n") + 1:
            continue  # cut between rows: nothing in the file tells
        path.write_text(text[:end])
        refuse(path, "mine.csv .*(truncated|lacks the column|empty|damaged|no entries)")
    path.write_text(text)
    assert len(load_file(path)) == 5


@pytest.mark.parametrize("name", ["mine.json", "mine.csv", "mine.json.gz"])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty|truncated"),
        (b" \n", "empty|gzip"),
        (b"\x00\xff\xfe\x80", "damaged|gzip|UTF-8"),
        (b"\x00" * 9, "is a binary file|gzip"),
    ],
)
def test_files_that_are_neither(tmp_path, name, content, what):
    path = tmp_path / name
    path.write_bytes(content)
    assert name in refuse(path, what)


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (3, "not a list of pymatgen entry dicts"),
        ({"a": 1}, "not a list of pymatgen entry dicts"),
        ([1, 2], "not a list of pymatgen entry dicts"),
        ({"entries": {"a": 1}}, "not a list of pymatgen entry dicts"),
        ([], "mine.json has no entries"),
        ([{"energy": -1}], "entry 1 lacks composition"),
        ([entry("Li", -1), {"composition": {"Li": 1}}], "entry 2 lacks energy"),
        ([entry(None, -1)], "entry 1 lacks composition"),
        ([entry("Li", -1, energy_adjustments=[{"value": -0.7}])], "entry 1 lacks correction"),
        ([entry({"Li": 1}, float("nan"))], "entry 1: energy must be a number from -1e[+]09 to 1e[+]09 eV, got nan"),
        ([entry({"Li": 1}, float("-inf"))], "entry 1: energy must be from -1e[+]09 to 1e[+]09 eV, got -inf"),
        ([entry({"Li": 1}, "low")], "entry 1: energy must be a number from -1e[+]09 to 1e[+]09 eV, got 'low'"),
        ([entry({"Li": 1}, [1])], "entry 1: energy"),
        ([entry({"Li": 1}, 10**400)], "a number has 401 digits; write at most 100"),
        ([entry({"Li": 1}, -1, correction=float("nan"))], "entry 1: correction must be a number"),
        ([entry({"Li": -1}, -1)], "amount of Li must be from 1e-06 to 1000000, got -1"),
        ([entry({"Li": 0, "O": 1}, -1)], "amount of Li must be from 1e-06 to 1000000, got 0"),
        ([entry({"Li": float("nan")}, -1)], "amount of Li must be a number from 1e-06"),
        ([entry({"Li": 1e-9}, -1)], "amount of Li must be from 1e-06 to 1000000, got 1e-09"),
        ([entry({"Li": None}, -1)], "amount of Li must be a number from 1e-06 to 1000000, got None"),
        ([entry({}, -1)], "entry 1 has an empty composition"),
        ([entry({"Qq": 1}, -1)], "unknown element 'Qq'"),
        ([entry({"3": 1}, -1)], "unknown element '3'"),
        ([entry({"L\ni": 1}, -1)], r"unknown element 'L\\ni'"),
        ([entry(["Li"], -1)], r"composition must be a formula or atoms by symbol, got \['Li'\]"),
        ([entry("Li3P0", -1)], "got a zero in 'Li3P0'"),
        ([entry("LiQq", -1)], "entry 1: 'LiQq' is not a formula"),
        ([entry("Li2O", -14), entry("Li", -2)], "mine.json has no elemental reference for O; add an entry"),
    ],
)
def test_bad_entries(tmp_path, document, what):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(document))
    message = refuse(path, what)
    assert message.startswith("mine.json")
    assert len(message) < 250


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a,b\n1,2\n", "lacks the column formula; its header must be formula,formation_energy_eV_per_atom"),
        ("formula,energy\nLi2O,-2\n", "lacks the column formation_energy_eV_per_atom"),
        ("formula,formation_energy_eV_per_atom\n", "has no entries"),
        ("formula,formation_energy_eV_per_atom\nLi2O\n", "line 2 is truncated"),
        (
            f"formula,formation_energy_eV_per_atom\n{'(' * 9000}Li{')' * 9000},-1\n",
            "line 2: a formula must have at most 300 characters, got 18002",
        ),
        ("formula,formula,formation_energy_eV_per_atom\nLi2O,Li2S,-1\n", "has the column formula twice"),
        (
            "formula,formation_energy_eV_per_atom\nLi2O,\n",
            "line 2: formation energy must be a number .* got ''",
        ),
        ("formula,formation_energy_eV_per_atom\nLi2O,nan\n", "line 2: formation energy must be a number .* got 'nan'"),
        ("formula,formation_energy_eV_per_atom\nLi2O,-2,07\n", "line 2 has more cells .*decimal point"),
        (
            "formula,formation_energy_eV_per_atom\nLi2O,-2\n,-1\n",
            "line 3: a phase must be an alias or a formula, got an empty text",
        ),
        ("formula,formation_energy_eV_per_atom\nLi2Qq,-2\n", "line 2: 'Li2Qq' is not a formula: Qq is not"),
        ("formula,formation_energy_eV_per_atom\nLi,-0.4\n", "element Li has a formation energy below 0"),
        (
            'formula,formation_energy_eV_per_atom\n"Li2O,-2\n',
            "not CSV: a quote that opens in line 2 or below does not close",
        ),
        ("formula,formation_energy_eV_per_atom\nLi\x00O,-2\n", "mine.csv is a binary file, no text"),
        (
            "formula,formation_energy_eV_per_atom,thermo_type\nLi2O,-2,R2SCAN\nLi2S,-1,GGA_GGA+U\n",
            r"mixes thermo types GGA_GGA\+U, R2SCAN, which have no common zero",
        ),
    ],
)
def test_bad_csv(tmp_path, text, what):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    assert refuse(path, what).startswith("mine.csv")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("absent.json", "No such file"),
        ("folder.json", "Is a directory"),
        ("absent/mine.csv", "No such file"),
        ("n\0.csv", "embedded null"),  # byte or character
    ],
)
def test_paths_without_a_file(tmp_path, name, what):
    (tmp_path / "folder.json").mkdir()
    refuse(tmp_path / name, f"cannot read .*{what}")


def test_a_name_of_two_lines_gives_a_message_of_one(tmp_path):
    path = tmp_path / "two\nlines.json"
    path.write_text("{")
    refuse(path, r"two\\nlines")
    refuse(tmp_path / "two\nabsent.json", r"two\\nabsent")


@pytest.mark.parametrize(
    ("one", "thermo_type"),
    [
        ({}, "undeclared"),
        ({"data": {"thermo_type": "R2SCAN"}, "energy_adjustments": [MP2020]}, "R2SCAN"),
        ({"energy_adjustments": [{"name": "mine"}, MP2020]}, "GGA_GGA+U"),
        ({"energy_adjustments": [LEGACY]}, "GGA_GGA+U_legacy"),
        ({"energy_adjustments": [MP2020, MIXING]}, "GGA_GGA+U_R2SCAN"),
        ({"parameters": {"run_type": "r2SCAN"}}, "R2SCAN"),
        ({"data": {"run_type": "R2SCAN+U"}}, "R2SCAN"),
        ({"parameters": {"run_type": "GGA+U"}}, "undeclared"),
        ({"data": 3, "parameters": [], "energy_adjustments": {"a": 1}}, "undeclared"),
        ({"energy_adjustments": [3, {"cls": 3}, {"cls": {"@class": ["x"]}}]}, "undeclared"),
    ],
)
def test_thermo_type_of_an_entry(one, thermo_type):
    assert entry_thermo_type(one) == thermo_type


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([{}, MP2020], "GGA_GGA+U"),
        ([MP2020, MIXING, {"run_type": "R2SCAN"}], "GGA_GGA+U_R2SCAN"),
        ([{}, {}], "undeclared"),
    ],
)
def test_thermo_type_of_a_file(tmp_path, entries, expected):
    assert load_file(typed_file(tmp_path, entries)).thermo_type == expected


@pytest.mark.parametrize(
    "entries",
    [
        [MP2020, LEGACY],
        [{"run_type": "R2SCAN"}, {"run_type": "GGA"}],
        [{"thermo_type": "R2SCAN"}, {"thermo_type": "GGA_GGA+U"}],
        [{"thermo_type": "GGA_GGA+U"}, {"thermo_type": "GGA_GGA+U_R2SCAN"}],
    ],
)
def test_a_file_of_mixed_thermo_types(tmp_path, entries):
    refuse(typed_file(tmp_path, entries), "mixes thermo types .*no common zero")


def typed_file(folder, kinds):
    """A file with one entry per kind: an energy adjustment, or what to say in `data`."""

    def make(kind):
        if "cls" in kind:
            return entry("Li", -1, correction=0.0, energy_adjustments=[kind])
        return entry("Li", -1, data=kind)

    return write_json(folder / "mine.json", [make(kind) for kind in kinds])


def test_the_thermo_type_given_must_be_that_of_the_file(tmp_path):
    path = typed_file(tmp_path, [MP2020])
    assert load_file(path, "GGA_GGA+U").thermo_type == "GGA_GGA+U"
    refuse(path, r"thermo_type must be GGA_GGA\+U, that of mine.json, got R2SCAN", thermo_type="R2SCAN")


def test_nothing_in_a_file_is_imported_or_run(tmp_path, monkeypatch):
    """Class names in a file, which monty would import, have no effect wherever they stand."""
    (tmp_path / "hostile.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    hostile = {"@module": "hostile", "@class": "Anything", "@version": "1", "@callable": "system", "@bound": None}
    entries = [
        entry({"Li": 1} | hostile, -1, data={"x": hostile}, parameters=hostile, structure=hostile, **hostile),
        entry({"Li": 2}, -2, correction=0.0, energy_adjustments=[hostile | {"cls": hostile}]),
    ]
    table = load_file(write_json(tmp_path / "mine.json", hostile | {"entries": entries}))
    assert table.formulas == ("Li",)
    assert "hostile" not in sys.modules


def test_deep_nesting_is_one_line_too(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text("[" * 100_000)
    refuse(path, "mine.json must have at most 64 levels")
    path.write_text("9" * 5000)
    refuse(path, "a number has 5000 digits")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["Li", "LiCoO2", "O2-", "", "\n", "R2SCAN"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Li", "O2-", "@class", "cls", "thermo_type", "run_type", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
wild_entries = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["composition", "energy", "correction", "energy_adjustments", "data", "parameters"], json_values
    ),
)


@given(st.lists(wild_entries, max_size=3) | json_values)
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused_in_one_line(document):
    try:
        totals, _ = json_totals("mine.json", json.dumps(document).encode())
    except InputError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert all(np.isfinite([energy, *atoms.values()]).all() and atoms for atoms, energy in totals)


@given(st.lists(st.lists(st.text(max_size=8) | st.sampled_from(["Li2O", "-1"]), max_size=3), max_size=4), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_csv_is_read_or_refused_in_one_line(tmp_path_factory, cells, headed):
    stream = io.StringIO(newline="")
    header = [["formula", "formation_energy_eV_per_atom"]] if headed else []
    csv.writer(stream).writerows(header + cells)
    path = tmp_path_factory.mktemp("csv") / "mine.csv"
    path.write_bytes(stream.getvalue().encode("utf-8", "surrogatepass"))
    try:
        table = load_file(path)
    except InputError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert "Li" in table.elements


@pytest.mark.parametrize(("separator", "written"), [(";", "';'"), ("\t", "tabs")])
def test_columns_that_are_not_separated_by_commas(tmp_path, separator, written):
    path = tmp_path / "mine.csv"
    path.write_text(f"formula{separator}formation_energy_eV_per_atom\nLi2O{separator}-2.0\n")
    with pytest.raises(InputError, match=f"its columns are separated by {written}; write commas"):
        load_entries(path)
