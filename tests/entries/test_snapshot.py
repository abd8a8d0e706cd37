"""The embedded snapshot: provenance, contents, and its own formula reader against pymatgen."""

import csv
import gzip
import hashlib
import io
from importlib.resources import files

import numpy as np
import pytest
from pymatgen.core import Composition

from interfacekit.entries import snapshot
from interfacekit.entries.snapshot import load_snapshot
from interfacekit.errors import InputError

CONTENT = (files("interfacekit") / "data" / "mp2019_formation_energies.csv.gz").read_bytes()


@pytest.fixture(scope="module")
def source_rows():
    return list(csv.DictReader(io.StringIO(gzip.decompress(CONTENT).decode())))


def test_provenance():
    table = load_snapshot(("Li", "O"))
    assert table.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (table.source, table.thermo_type) == ("mp2019", "GGA_GGA+U_legacy")


def test_the_full_table_has_every_row_of_the_file_and_the_elements(source_rows):
    table = load_snapshot()
    assert len(source_rows) == 95_034
    assert len(table.elements) == 84
    energies = {row["formula"]: float(row["e_form_per_atom_eV"]) for row in source_rows}
    assert dict.fromkeys(table.elements, 0.0) | energies == dict(
        zip(table.formulas, table.formation_energies_eV_per_atom.tolist(), strict=True)
    )


def test_compositions_are_those_that_pymatgen_reads():
    table = load_snapshot()
    chosen = np.random.default_rng(2019).choice(len(table), 600, replace=False)
    assert sum("(" in table.formulas[i] for i in chosen) > 50
    for i in chosen:
        row = {table.elements[j]: table.compositions[i, j] for j in np.flatnonzero(table.compositions[i])}
        assert row == Composition(table.formulas[i]).get_el_amt_dict(), table.formulas[i]


@pytest.mark.parametrize("formula", ["Li10Ge(PS6)2", "Li", "CO", "Fe2(SO4)3", "H8C2(NO)4", "Co(H2O)6", "Li(Li2O)2"])
def test_formula_reader_adds_up_every_term(formula):
    atoms: dict[str, float] = {}
    for symbol, amount in snapshot._amounts(formula):
        atoms[symbol] = atoms.get(symbol, 0) + amount
    assert atoms == Composition(formula).get_el_amt_dict()


def test_a_part_loaded_alone_is_the_part_of_the_whole():
    wanted = ("Co", "Ge", "Li", "Nb", "O", "P", "S")
    part = load_snapshot(wanted)
    assert len(part) == 453
    assert part == load_snapshot().subset(wanted)


def test_average_voltage_of_lithium_cobalt_oxide():
    table = load_snapshot(("Co", "Li", "O"))
    charged = table.formation_energy_eV_per_atom([1, 0, 2])
    discharged = table.formation_energy_eV_per_atom([1, 1, 2])
    # Li + CoO2 -> LiCoO2, with pymatgen on these data: 3.745 V.
    assert 3 * charged - 4 * discharged == pytest.approx(3.745, abs=5e-4)


@pytest.mark.parametrize("noble", ["He", "Xe"])
def test_an_element_that_the_snapshot_lacks(noble):
    with pytest.raises(InputError, match=f"mp2019 has no energies for {noble}; it covers 84 elements: Ac Ag") as caught:
        load_snapshot(("Li", noble))
    assert "\n" not in str(caught.value)
