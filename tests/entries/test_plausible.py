"""Formation energies that no compound has are refused, unlikely ones are pointed out."""

import json

import numpy as np
import pytest

from interfacekit.entries import EntryTable, load_entries
from interfacekit.entries.files import load_file
from interfacekit.entries.plausible import LEAST_eV_per_atom, MOST_eV_per_atom
from interfacekit.errors import InputError, InputWarning
from tests import places

CASES = places.CASES / "thermo"
HEADER = "formula,formation_energy_eV_per_atom\n"


def write_csv(folder, rows):
    path = folder / "mine.csv"
    path.write_text(HEADER + "".join(f"{formula},{energy}\n" for formula, energy in rows.items()))
    return path


def write_json(folder, totals):
    path = folder / "mine.json"
    path.write_text(json.dumps([{"composition": formula, "energy": energy} for formula, energy in totals]))
    return path


def refuse(path, what):
    with pytest.raises(InputError, match=what) as caught:
        load_file(path)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(path.name)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("meV_by_mistake.csv", r"formation energy of Li2S must lie between -6 and 3 eV/atom.* got -1450; .*meV/atom"),
        ("per_formula_by_mistake.csv", r"of Li3PS4 must lie between .* got -7\.76; it looks like eV per formula unit"),
    ],
)
def test_files_in_other_units_are_refused_with_the_slip(name, what, interfacekit):
    refuse(CASES / name, what)
    run = interfacekit("window", "Li3PS4", "--entries", CASES / name)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)


def test_a_real_table_in_any_other_unit_is_refused(tmp_path):
    table = load_entries(elements="Li-P-S")
    energies = dict(zip(table.formulas, table.formation_energies_eV_per_atom.tolist(), strict=True))
    atoms = dict(zip(table.formulas, table.compositions.sum(axis=1).tolist(), strict=True))
    refuse(write_csv(tmp_path, {f: 1000 * e for f, e in energies.items()}), "it looks like meV/atom")
    refuse(write_csv(tmp_path, {f: atoms[f] * e for f, e in energies.items()}), "it looks like eV per formula unit")
    totals = {f: atoms[f] * (e - 9) if atoms[f] > 1 else 0.0 for f, e in energies.items()}
    refuse(write_csv(tmp_path, totals), "it looks like a total energy")


def test_the_snapshot_is_within_the_limits():
    energies = load_entries().formation_energies_eV_per_atom
    assert LEAST_eV_per_atom < energies.min() < -4
    assert 2 < energies.max() < MOST_eV_per_atom


@pytest.mark.parametrize("energy", [LEAST_eV_per_atom - 0.01, MOST_eV_per_atom + 0.01])
def test_the_limits(tmp_path, energy):
    refuse(write_csv(tmp_path, {"Li2O": energy}), "formation energy of Li2O must lie between")


TOTALS = [("Li", -1.9), ("O2", -9.8), ("S", -4.1), ("Li2O", -14.2), ("Li2S", -12.2), ("Li2SO4", -40.5)]


def test_the_totals_of_these_tests_are_possible(tmp_path):
    assert load_file(write_json(tmp_path, TOTALS)).warnings == ()


def test_a_foreign_element_is_suspected(tmp_path):
    foreign = [(formula, 4.0 if formula == "O2" else energy) for formula, energy in TOTALS]
    refuse(write_json(tmp_path, foreign * 1 + [("LiO3", 90.0)]), r"the entry of an element \(.*O.*\) is probably")
    strange = [(formula, 40.0 if formula == "O2" else energy) for formula, energy in TOTALS]
    refuse(write_json(tmp_path, strange), r"the entry of an element \(O\) is probably missing its ground state")


def test_an_energy_per_atom_is_suspected(tmp_path):
    per_atom = [(formula, -40.5 / 7 if formula == "Li2SO4" else energy) for formula, energy in TOTALS]
    refuse(write_json(tmp_path, per_atom), "of Li2SO4 .* it looks like an energy per atom: give that of the whole")


def test_entries_of_one_composition_far_apart_are_pointed_out(tmp_path):
    path = write_json(tmp_path, [*TOTALS, ("Li4O2", -28.4 + 6 * 0.6), ("S8", 8 * (-4.1 + 0.4))])
    with pytest.warns(InputWarning, match=r"differ by more than 0\.5 eV/atom: Li2O \(0\.60 eV/atom\)$"):
        table = load_entries(path)
    assert table.formation_energies_eV_per_atom[table.formulas.index("Li2O")] == pytest.approx(-5.5 / 3)


@pytest.mark.parametrize("elements", [("Li", "O"), ("Na", "O")])
def test_a_compound_far_above_the_hull_is_pointed_out(tmp_path, elements):
    metal, other = elements
    path = write_csv(tmp_path, {f"{metal}2{other}": -2.0, f"{metal}3{other}": -0.4, f"{metal}{other}2": -0.6})
    with pytest.warns(InputWarning, match=rf"more than 1 eV/atom above the hull: {metal}3{other} \(1\.10 eV/atom\)$"):
        load_entries(path)


def test_sources_that_contradict_one_another_are_pointed_out(tmp_path):
    path = write_csv(tmp_path, {"Li2O": -1.4, "Li2S": -1.5})
    with pytest.warns(InputWarning, match=r"^mp2019 \+ mine.csv: .* Li2O \(0\.67 eV/atom\)$"):
        joined = load_entries(["mp2019", path], "Li-O-S", thermo_type="GGA_GGA+U_legacy")
    assert len(joined.warnings) == 1


def test_tables_from_rows_are_not_judged():
    rows = [({"Li": 1.0}, 0.0), ({"O": 1.0}, 0.0), ({"Li": 1.0, "O": 1.0}, -20.0)]
    table = EntryTable.from_rows(rows, thermo_type="model", source="model", sha256="0" * 64)
    assert np.array_equal(table.formation_energies_eV_per_atom, [0.0, -20.0, 0.0])


def test_an_energy_per_atom_is_told_from_other_slips(tmp_path):
    elements = [("Li", -11.1), ("F", -11.1)]
    refuse(write_json(tmp_path, [*elements, ("LiF", -16.0)]), r"got 3\.1; it looks like an energy per atom")
    assert load_file(write_json(tmp_path, [*elements, ("LiF", -32.0)])).warnings == ()
    refuse(write_json(tmp_path, [*elements, ("LiF", -38.0)]), r"got -7\.9; the entry of an element")


def test_a_free_atom_is_unlikely_and_not_refused(tmp_path):
    path = write_json(tmp_path, [*TOTALS, ("O", -1.3)])
    (warning,) = load_file(path).warnings
    assert warning.endswith("O2 (3.60 eV/atom)")


def test_elements_alone_are_a_table(tmp_path):
    assert load_file(write_json(tmp_path, [("Li", -1.9), ("O2", -9.8)])).warnings == ()


def test_the_unit_that_is_guessed(tmp_path):
    limits = LEAST_eV_per_atom, MOST_eV_per_atom
    assert len(load_file(write_csv(tmp_path, {"Li2O": limits[0], "LiO2": limits[1]}))) == 4
    refuse(write_csv(tmp_path, {"Li2O": 1000 * limits[0]}), "it looks like meV/atom: divide by 1000$")
    refuse(write_csv(tmp_path, {"Li2O": 1000 * limits[0] - 1}), "; give formation energies from the elements in eV per")
