"""One call for every source."""

import pytest

from interfacekit.entries import EntryTable, is_file, load_entries
from interfacekit.errors import InputError

LEGACY = "GGA_GGA+U_legacy"
CSV = "formula,formation_energy_eV_per_atom\n"


def refuse(what, *args, **kwargs):
    with pytest.raises(InputError, match=what) as caught:
        load_entries(*args, **kwargs)
    assert len(str(caught.value).splitlines()) == 1


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.csv"
    # One new phase, one better and one worse than the snapshot has.
    path.write_text(f"{CSV}Li5O,-0.9\nLi2O,-2.3\nLi2O2,-1.5\n")
    return path


def energy(table, formula):
    return table.formation_energies_eV_per_atom[table.formulas.index(formula)]


def test_the_snapshot_is_the_default():
    assert load_entries() is load_entries("mp2019")
    assert load_entries(elements="Li-O") == load_entries().subset("Li-O")
    assert load_entries(elements="Li-O").thermo_type == LEGACY


def test_a_table_passes_through(mine):
    table = load_entries(mine)
    assert load_entries(table) is table
    assert load_entries(table, "O-Li") is table
    assert load_entries(table, "Li").formulas == ("Li",)
    refuse("mine.csv has no energies for Co; it covers Li-O", table, "Li-Co")
    refuse("thermo_type must be undeclared, that of mine.csv, got R2SCAN", table, thermo_type="R2SCAN")


def test_a_file_by_path_or_name(mine, monkeypatch):
    monkeypatch.chdir(mine.parent)
    assert load_entries("mine.csv") == load_entries(mine) == load_entries(str(mine))
    assert load_entries(mine, thermo_type="R2SCAN").thermo_type == "R2SCAN"
    refuse("mine.csv has no energies for S", mine, "Li-S")


@pytest.mark.parametrize("order", [1, -1])
def test_joined_sources_keep_the_lower_energy(mine, order):
    snapshot = load_entries("mp2019", "Li-O")
    sources = ["mp2019", mine][::order]
    joined = load_entries(sources, "Li-O", thermo_type=LEGACY)
    assert set(joined.formulas) == {*snapshot.formulas, "Li5O"}
    assert energy(joined, "Li2O") == -2.3
    assert energy(joined, "Li2O2") == energy(snapshot, "Li2O2") < -1.5
    assert joined.thermo_type == LEGACY
    assert joined.source == " + ".join(["mp2019", "mine.csv"][::order])


def test_a_joined_file_need_not_cover_all_elements(mine):
    joined = load_entries(["mp2019", mine], "Li-O-S", thermo_type=LEGACY)
    assert joined.elements == ("Li", "O", "S")
    assert joined.subset("S-O") == EntryTable.from_dict(
        load_entries("mp2019", "S-O").as_dict() | {"source": joined.source, "sha256": joined.sha256}
    )


def test_a_join_is_cut_to_the_elements_asked_for(mine):
    assert load_entries(["mp2019", mine], "O", thermo_type=LEGACY).formulas == ("O",)
    refuse("mine.csv has no energies for S; it covers Li-O", [mine], "Li-S")


def test_joining_with_the_whole_snapshot(mine):
    joined = load_entries(["mp2019", load_entries(mine, thermo_type=LEGACY)])
    assert len(joined) == len(load_entries()) + 1
    assert energy(joined, "Li2O") == -2.3


def test_sources_of_different_thermo_types_do_not_join(mine):
    refuse(r"cannot join mp2019 \(GGA_GGA\+U_legacy\) and mine.csv \(undeclared\).*no common zero", ["mp2019", mine])
    other = load_entries(mine, thermo_type="R2SCAN")
    refuse("different thermo types", ["mp2019", other], "Li-O")
    refuse(r"thermo_type must be GGA_GGA\+U_legacy, that of mp2019, got R2SCAN", ["mp2019", mine], thermo_type="R2SCAN")


def test_the_snapshot_has_the_thermo_type_that_it_has():
    assert load_entries("mp2019", "Li-O", thermo_type=LEGACY) == load_entries("mp2019", "Li-O")
    refuse(r"thermo_type must be GGA_GGA\+U_legacy, that of mp2019, got R2SCAN", "mp2019", "Li-O", thermo_type="R2SCAN")


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("MP2020", "unknown source of energies 'MP2020'; choose from mp2019, mp or a file"),
        ("mine.xlsx", r"unknown source of energies 'mine.xlsx'.*\.json, \.json\.gz, \.csv"),
        ("a\nb", r"'a\\nb'"),
        ("", "unknown source of energies ''"),
        ([], "entries must be one or more sources of energies"),
        ("absent.json", "cannot read absent.json: No such file"),
        (["mp2019", "absent.csv"], "cannot read absent.csv: No such file"),
        ("mp", "elements must name a chemical system for the source mp"),
        ("mp:", "elements must name a chemical system for the source mp"),
    ],
)
def test_unusable_sources(source, what):
    refuse(what, source)


def test_unusable_elements():
    refuse("no energies for Xe; it covers 84 elements", "mp2019", "Li-Xe")
    refuse("no elements given", "mp2019", [])
    refuse("'Qq': not an element symbol", "mp2019", "Li-Qq")


@pytest.mark.parametrize(
    ("source", "expected"), [("mp2019", False), ("mp", False), ("mp:R2SCAN", False), ("mp.csv", True)]
)
def test_which_sources_are_files(source, expected):
    assert is_file(source) is expected
