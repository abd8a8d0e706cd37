"""The embedded snapshot: provenance, contents, and its own formula reader against pymatgen."""

import copy
import csv
import gzip
import hashlib
import io
import pickle
from dataclasses import replace
from importlib.resources import files
from zipfile import ZipFile

import numpy as np
import pytest
from pymatgen.core import Composition

from interfacekit.entries.hull_energies import hull_energies
from interfacekit.entries.snapshot import BINARY, CSV, current_binary, hull_code, load_snapshot, snapshot_table
from interfacekit.entries.snapshot_arrays import SnapshotArrays, atoms_of
from interfacekit.errors import InputError

CONTENT = (files("interfacekit") / "data" / CSV).read_bytes()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


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
    assert atoms_of(formula) == Composition(formula).get_el_amt_dict()


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


HEADER = "chemsys,formula,e_form_per_atom_eV"
#: Two compounds on the hull of their elements, and one above it.
SMALL = gzip.compress(f"{HEADER}\nLi-O,Li2O,-2.0\nLi-O,Li2O2,-1.6\nLi-O,LiO8,0.3\n".encode(), mtime=0)


@pytest.fixture
def small_snapshot(tmp_path):
    """A folder of data with a CSV of three compounds and its binary copy."""
    (tmp_path / CSV).write_bytes(SMALL)
    current_binary(tmp_path)
    return tmp_path


def test_the_binary_copy_is_of_the_csv(small_snapshot):
    sha256 = hashlib.sha256(SMALL).hexdigest()
    read = snapshot_table(sha256, SnapshotArrays.read(small_snapshot / BINARY, sha256))
    parsed = snapshot_table(sha256, SnapshotArrays.from_csv(SMALL))
    assert read == parsed
    assert read.formulas == ("Li", "Li2O", "Li2O2", "LiO8", "O")
    assert parsed.hull is None
    # Li O8 is made of 1/2 Li2O2 and oxygen: 2 of 9 atoms at -1.6 eV.
    assert read.hull.energies_eV_per_atom == pytest.approx([0, -2.0, -1.6, -1.6 * 2 / 9, 0])
    assert read.hull.on_hull.tolist() == [True, True, True, False, True]


def test_a_current_binary_copy_is_not_made_again_and_another_one_is(small_snapshot):
    binary = small_snapshot / BINARY
    before = binary.stat().st_mtime_ns
    assert current_binary(small_snapshot) == binary
    assert binary.stat().st_mtime_ns == before
    (small_snapshot / CSV).write_bytes(gzip.compress(f"{HEADER}\nLi-O,Li2O,-1.0\n".encode(), mtime=0))
    current_binary(small_snapshot)
    sha256 = hashlib.sha256((small_snapshot / CSV).read_bytes()).hexdigest()
    assert snapshot_table(sha256, SnapshotArrays.read(binary, sha256)).formulas == ("Li", "Li2O", "O")


@pytest.mark.parametrize("change", ["other CSV", "cut short", "empty", "absent", "other format"])
def test_a_binary_copy_of_another_csv_is_not_used(small_snapshot, change):
    binary = small_snapshot / BINARY
    sha256 = hashlib.sha256(SMALL + b"x" if change == "other CSV" else SMALL).hexdigest()
    if change == "absent":
        binary.unlink()
    elif change == "other format":
        np.savez(binary, **{**np.load(binary), "format": 0})
    elif change != "other CSV":
        binary.write_bytes(binary.read_bytes()[: 100 if change == "cut short" else 0])
    assert SnapshotArrays.read(binary, sha256) is None


@pytest.mark.parametrize("name", ["sha256", "format", "energy", "text", "hull_energy"])
def test_a_damaged_copy_is_not_used_and_is_made_again(small_snapshot, name):
    binary = small_snapshot / BINARY
    sha256 = hashlib.sha256(SMALL).hexdigest()
    content = bytearray(binary.read_bytes())
    with ZipFile(binary) as archive:
        member = archive.getinfo(f"{name}.npy")
        # The last byte of the member: its header is followed by its name, an extra field and its data.
        extra = int.from_bytes(content[member.header_offset + 28 : member.header_offset + 30], "little")
        end = member.header_offset + 30 + len(member.filename) + extra + member.compress_size
    content[end - 1] ^= 0xFF
    binary.write_bytes(content)
    assert SnapshotArrays.read(binary, sha256) is None
    current_binary(small_snapshot)
    assert SnapshotArrays.read(binary, sha256).has_hull(hull_code())


def test_hull_energies_that_other_code_has_computed_are_not_used(small_snapshot):
    binary = small_snapshot / BINARY
    sha256 = hashlib.sha256(SMALL).hexdigest()
    with np.load(binary) as copy:
        arrays = dict(copy)
    wrong = {"hull_energy": np.full_like(arrays["hull_energy"], -9.0), "hull_code": np.array("of another revision")}
    np.savez(binary, **arrays | wrong)
    assert snapshot_table(sha256, SnapshotArrays.read(binary, sha256)).hull is None
    current_binary(small_snapshot)
    table = snapshot_table(sha256, SnapshotArrays.read(binary, sha256))
    assert np.array_equal(table.hull.energies_eV_per_atom, arrays["hull_energy"])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda table: pickle.loads(pickle.dumps(table))])  # noqa: S301
def test_copies_of_a_table_keep_its_hull(copied):
    table = load_snapshot(("Co", "Li", "O"))
    other = copied(table)
    assert other == table
    for before, after in zip(table.hull, other.hull, strict=True):
        assert np.array_equal(before, after)
        assert not after.flags.writeable


def test_the_package_is_built_with_a_binary_copy_of_its_csv(source_rows):
    arrays = SnapshotArrays.read(files("interfacekit") / "data" / BINARY, SHA256)
    assert arrays is not None, "install the package: hatch_build.py makes the binary copy"
    assert arrays.has_hull(hull_code())
    parsed = SnapshotArrays.from_csv(CONTENT)
    assert snapshot_table(SHA256, arrays) == snapshot_table(SHA256, parsed)


def test_hull_energies_that_come_with_the_snapshot_are_those_of_its_part():
    part = load_snapshot(("Co", "Ge", "Li", "Nb", "O", "P", "S"))
    computed = hull_energies(part)
    assert np.array_equal(part.hull.energies_eV_per_atom, computed)
    assert np.array_equal(part.hull.on_hull, part.formation_energies_eV_per_atom - computed < 1e-8)


def test_a_part_of_a_table_keeps_its_hull_energies_and_a_changed_table_does_not():
    table = load_snapshot(("Co", "Li", "O", "S"))
    part = table.subset(("Li", "O"))
    expected = load_snapshot(("Li", "O")).hull
    assert np.array_equal(part.hull.energies_eV_per_atom, expected.energies_eV_per_atom)
    assert np.array_equal(part.hull.on_hull, expected.on_hull)
    changed = replace(table, formation_energies_eV_per_atom=table.formation_energies_eV_per_atom * 0.5)
    joined = table.join(table)
    fewer = table.only(table.compositions[:3])
    assert (changed.hull, joined.hull, fewer.hull) == (None, None, None)
