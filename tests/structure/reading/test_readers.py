"""Files of crystals as people have them: what is read, with which remarks, and which cause is named where it is not."""

import json
import re
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure
from pymatgen.core.operations import SymmOp

from interfacekit.errors import InputError
from interfacekit.structure import crystal
from interfacekit.structure.reading.readers import read_crystal
from tests import places

CASES = places.CASES / "structure"

#: Li and Al in the Zintl phase LiAl: 8a and 8b of Fd-3m, by their two origins.
LIAL = {"1": ("0 0 0", "0.5 0.5 0.5"), "2": ("0.125 0.125 0.125", "0.375 0.375 0.375")}


def refuse(source, what):
    with pytest.raises(InputError, match=what) as caught:
        crystal(source)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def cif(path, sites, *, cell=(6.37, 6.37, 6.37, 90, 90, 90), columns="label x y z occupancy", **items):
    """Write a CIF: items by name without the underscore, `label x y z occupancy` of each site."""
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    full = {"x": "fract_x", "y": "fract_y", "z": "fract_z"}
    lines = ["data_x", *(f"_cell_{name} {value}" for name, value in zip(names, cell, strict=True))]
    for name, value in items.items():
        if isinstance(value, list):
            lines += ["loop_", f"_{name}", *(f"'{one}'" for one in value)]
        else:
            lines.append(f"_{name.replace('_H_M', '_H-M')} '{value}'")
    lines += ["loop_", *(f"_atom_site_{full.get(column, column)}" for column in columns.split()), *sites]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def lial(path, setting="", origin="2", **items):
    symbol = f"F d -3 m {setting}".strip()
    sites = [f"{label} {place} 1" for label, place in zip(("Li1", "Al1"), LIAL[origin], strict=True)]
    return cif(path, sites, symmetry_space_group_name_H_M=symbol, **items)


# Settings.


def test_the_origin_in_the_symbol_is_taken():
    """LiAl (Zintl): 8 formula units in 6.37 A are 1.74 g/cm3."""
    found = crystal(CASES / "LiAl_Fd3m2.cif")
    assert (found.formula, len(found.structure), found.space_group) == ("LiAl", 16, "Fd-3m")
    assert found.density_g_cm3 == pytest.approx(8 * (6.94 + 26.982) * 1.66054 / 6.37**3, rel=1e-4)
    (note,) = found.notes
    assert "Fd-3m :2" in note


@pytest.mark.parametrize("origin", ["1", "2"])
def test_both_origins_are_the_same_crystal(tmp_path, origin):
    found = crystal(lial(tmp_path / "x.cif", f":{origin}", origin))
    assert found.structure.matches(crystal(CASES / "LiAl_Fd3m2.cif").structure, scale=False)


def test_an_origin_that_is_not_named_is_that_of_the_formula(tmp_path):
    reference = crystal(CASES / "LiAl_Fd3m2.cif").structure
    for origin in ("1", "2"):
        found = crystal(
            lial(tmp_path / f"{origin}.cif", origin=origin, chemical_formula_sum="Li Al", cell_formula_units_Z="8")
        )
        assert found.structure.matches(reference, scale=False)
        assert f"Fd-3m :{origin}" in found.notes[0]


def test_an_origin_that_nothing_decides_is_asked_for(tmp_path):
    refuse(lial(tmp_path / "x.cif"), r"settings with different atoms.*write 'Fd-3m :1' or 'Fd-3m :2'")


def test_an_origin_that_multiplicities_decide(tmp_path):
    sites = [f"{label} {place} 1 8" for label, place in zip(("Li1", "Al1"), LIAL["2"], strict=True)]
    columns = "label x y z occupancy symmetry_multiplicity"
    path = cif(tmp_path / "x.cif", sites, columns=columns, symmetry_space_group_name_H_M="F d -3 m")
    assert crystal(path).formula == "LiAl"


def test_a_setting_that_contradicts_the_formula_is_refused(tmp_path):
    text = refuse(
        lial(tmp_path / "x.cif", ":1", chemical_formula_sum="Li8 Al8"), "but the formula of the file is Li8 Al8"
    )
    assert "Li16 Al32" in text


@pytest.mark.parametrize("name", ["_space_group_symop.operation_xyz", "_SYMMETRY_EQUIV_POS_AS_XYZ"])
def test_operators_count_more_than_the_symbol_however_their_name_is_written(tmp_path, name):
    path = lial(tmp_path / "x.cif", ":1", chemical_formula_sum="Li Al")
    # P1 with one unit, in whatever spelling: the operators of the file are these.
    path.write_text(path.read_text() + f"loop_\n{name}\n'x,y,z'\n")
    assert len(crystal(path).structure) == 2


def test_operators_of_a_written_cif_give_what_its_setting_gives(tmp_path):
    first = crystal("LNO").structure
    first.to(filename=str(tmp_path / "with.cif"), symprec=0.01)
    lines = (tmp_path / "with.cif").read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if "_symmetry_equiv_pos_site_id" in line) - 1
    end = next(n for n, line in enumerate(lines) if n > start and line.strip() == "loop_" and n != start)
    (tmp_path / "without.cif").write_text("\n".join(lines[:start] + lines[end:]))
    again = crystal(tmp_path / "without.cif")
    assert again.structure.matches(first, ltol=1e-4, stol=1e-4, angle_tol=0.01, scale=False)
    assert "R3c :H" in again.notes[0]


def test_a_broken_operator_is_named(tmp_path):
    for operator in ("x,y", "x,x,z", "x,y,z;import os", "2x,y,z", "x+1/0,y,z", "x+./2,y,z"):
        path = lial(tmp_path / "x.cif", symmetry_equiv_pos_as_xyz=["x,y,z", operator])
        refuse(path, "is no symmetry operator")


def test_a_file_without_any_space_group_says_that_it_is_taken_as_it_is(tmp_path):
    found = crystal(cif(tmp_path / "x.cif", ["Li1 0 0 0 1", "F1 0.5 0.5 0.5 1"], cell=(4, 4, 4, 90, 90, 90)))
    assert len(found.structure) == 2
    assert "names no space group" in found.notes[0]


def test_a_magnetic_group_has_operators_and_centring(tmp_path):
    """Rock salt with antiferromagnetic layers: the operators count, and the moments do not."""
    path = cif(tmp_path / "x.cif", ["Ni1 0 0 0 1", "O1 0.5 0 0 1"], cell=(4.2, 4.2, 4.2, 90, 90, 90))
    magnetic = """loop_
_space_group_symop_magn_operation.id
_space_group_symop_magn_operation.xyz
1 x,y,z,+1
2 -x,-y,-z,+1
loop_
_space_group_symop_magn_centering.id
_space_group_symop_magn_centering.xyz
1 x,y,z,+1
2 x+1/2,y+1/2,z,+1
3 x,y,z+1/2,-1
4 x+1/2,y+1/2,z+1/2,-1
"""
    path.write_text(path.read_text() + magnetic)
    found = crystal(path)
    assert sorted(found.structure.frac_coords.round(3).tolist())[0] == [0, 0, 0]
    assert found.structure.formula == "Ni4 O4"
    path.write_text(path.read_text() + "_cell_modulation_dimension 1\n")
    refuse(path, "it is modulated")


def test_atoms_close_together_in_a_large_cell_are_two(tmp_path):
    """H2 in a box of 100 A: the bond of 0.74 A is less than a hundredth of the edge."""
    sites = ["H1 0 0 0 1", "H2 0.0074 0 0 1"]
    path = cif(tmp_path / "x.cif", sites, cell=(100, 100, 100, 90, 90, 90), symmetry_equiv_pos_as_xyz=["x,y,z"])
    assert len(crystal(path).structure) == 2


# Occupancies.


def test_occupancies_that_nearly_add_up_to_one_are_scaled():
    found = crystal(CASES / "NMC333_simple.cif")
    assert found.formula == "Li3MnCoNiO6"
    assert any("Ni 0.334 + Mn 0.333 + Co 0.334 add up to 1.001" in note for note in found.notes)


@settings(max_examples=30, deadline=None)
@given(total=st.floats(0.95, 1.05), share=st.floats(0.3, 0.7))
def test_shared_sites_are_full_within_two_per_cent(tmp_path_factory, total, share):
    path = tmp_path_factory.mktemp("occupancies") / "x.cif"
    sites = ["Li1 0 0 0.5 1", f"Ni1 0 0 0 {total * share:.6f}", f"Co1 0 0 0 {total * (1 - share):.6f}", "O1 0 0 0.24 1"]
    cif(path, sites, cell=(2.86, 2.86, 14.227, 90, 90, 120), symmetry_space_group_name_H_M="R -3 m")
    if total > 1.02 + 1e-5:
        refuse(path, r"add up to 1\.0.* must add up to 1 at most")
    elif total < 1.02 - 1e-5:
        structure, _ = read_crystal(path)
        for site in structure:
            amounts = site.species.as_dict()
            if "Ni" in amounts:
                expected = 1 if total > 0.98 + 1e-5 else total
                assert abs(total - 0.98) < 1e-5 or sum(amounts.values()) == pytest.approx(expected, abs=1e-5)
                assert amounts["Ni"] / sum(amounts.values()) == pytest.approx(share, abs=1e-5)


def test_two_atoms_on_one_site_are_named(tmp_path):
    path = cif(
        tmp_path / "x.cif", ["Li1 0 0 0 1", "Fe1 0 0 0 1", "O1 0.5 0.5 0.5 1"], symmetry_equiv_pos_as_xyz=["x,y,z"]
    )
    refuse(path, r"add up to 2 \(Li 1 \+ Fe 1\)")


@pytest.mark.parametrize("bad", ["-0.5", "half"])
def test_an_occupancy_that_is_none_is_named(tmp_path, bad):
    path = cif(tmp_path / "x.cif", ["Li1 0 0 0 1", f"F1 0.5 0.5 0.5 {bad}"], symmetry_equiv_pos_as_xyz=["x,y,z"])
    refuse(path, f"occupancy of F1 in x.cif must be 0 to 1, got '{bad}'")


def test_unknown_occupancies_are_full_and_empty_sites_are_none(tmp_path):
    sites = ["Li1 0 0 0 ?", "F1 0.5 0.5 0.5 .", "Na1 0.5 0 0 0"]
    assert crystal(cif(tmp_path / "x.cif", sites, symmetry_equiv_pos_as_xyz=["x,y,z"])).structure.formula == "Li1 F1"


@pytest.mark.parametrize(
    ("name", "site"), [("122", "Cl 0.385, S 0.615"), ("97p", "Cl 0.438, S 0.562"), ("j8q", "Li 0.466")]
)
def test_disordered_electrolytes_are_refused_for_their_cause(name, site):
    text = refuse(
        CASES / f"obelix_{name}.cif", rf"partly occupied sites \({site}\) that make no whole numbers of atoms"
    )
    assert "damaged" not in text


# Formulas.


@pytest.mark.parametrize(
    ("items", "agrees"),
    [
        ({"chemical_formula_sum": "Li8 Al8"}, True),
        ({"chemical_formula_sum": "Al Li"}, True),
        ({"chemical_formula_sum": "Li8 Al8", "cell_formula_units_Z": "8"}, True),
        ({"chemical_formula_sum": "Li1 Al1", "cell_formula_units_Z": "8"}, True),
        ({"chemical_formula_sum": "Li1.00(1) Al1.00(2)", "cell_formula_units_Z": "8"}, True),
        ({"chemical_formula_sum": "Li1 Al1", "cell_formula_units_Z": "4"}, False),
        ({"chemical_formula_sum": "Li Al2"}, False),
        ({"chemical_formula_sum": "Li9 Al8"}, False),
        ({"chemical_formula_sum": "Li Al O"}, False),
        ({"chemical_formula_sum": "Li"}, False),
        ({"chemical_formula_structural": "LiAl"}, True),
        ({"chemical_formula_structural": "LiAl2"}, False),
        ({"chemical_formula_sum": "?"}, True),
    ],
)
def test_a_crystal_has_the_formula_that_its_file_declares(tmp_path, items, agrees):
    path = lial(tmp_path / "x.cif", ":2", **items)
    if agrees:
        assert len(crystal(path).structure) == 16
    else:
        text = refuse(path, "the atoms of x.cif are Li8 Al8 per cell, but the formula of the file is")
        assert all(value in text for value in items.values())


def test_refined_occupancies_may_differ_a_little_from_the_formula(tmp_path):
    def path(formula):
        sites = ["Li1 0 0 0.5 1", "Ni1 0 0 0 0.51", "Co1 0 0 0 0.49", "O1 0 0 0.24 1"]
        items = {
            "chemical_formula_sum": formula,
            "cell_formula_units_Z": "3",
            "symmetry_space_group_name_H_M": "R -3 m",
        }
        return cif(tmp_path / "x.cif", sites, cell=(2.86, 2.86, 14.227, 90, 90, 120), **items)

    assert read_crystal(path("Li1 Ni0.5 Co0.5 O2"))[0].composition["Ni"] == pytest.approx(1.53)
    refuse(path("Li1 Ni0.8 Co0.2 O2"), "but the formula of the file is Li1 Ni0.8 Co0.2 O2")


def test_a_lost_atom_of_many_is_noticed(tmp_path):
    structure = crystal("LGPS").structure.copy()
    formula = structure.composition.formula
    structure.remove_sites([0])
    path = tmp_path / "x.cif"
    structure.to(filename=str(path))
    path.write_text(path.read_text().replace(structure.composition.formula, formula))
    refuse(path, "Li19 .* but the formula of the file is Li20 ")


def test_hydrogen_without_sites_is_said_to_be_left_out(tmp_path):
    sites = ["Li1 0 0 0 1", "O1 0.5 0.5 0.5 1", "H1 ? ? ? 1"]
    path = cif(
        tmp_path / "x.cif",
        sites,
        cell=(4, 4, 4, 90, 90, 90),
        symmetry_equiv_pos_as_xyz=["x,y,z"],
        chemical_formula_sum="Li O H",
    )
    found = crystal(path)
    assert found.structure.formula == "Li1 O1"
    assert any("1 hydrogen sites without coordinates" in note for note in found.notes)
    assert any("1 of the 1 hydrogen atoms of the formula" in note for note in found.notes)
    path.write_text(path.read_text().replace("H1 ? ? ? 1", "H1 0.5 0.5 0.74 1").replace("Li O H", "Li O"))
    refuse(path, "Li1 H1 O1 per cell, but the formula")


# Encodings.


def test_a_byte_order_mark_and_a_latin_comment_are_read():
    assert (crystal(CASES / "LFP_BOM.cif").formula, crystal(CASES / "LFP_BOM.cif").space_group) == ("LiFePO4", "Pnma")
    found = crystal(CASES / "POSCAR_latin1")
    assert found.structure.formula == "Li15 Fe16 P16 O64"
    assert found.notes == ()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("suffix", ["cif", "vasp", "extxyz", "json"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_gives_the_same_crystal(tmp_path, encoding, suffix, end):
    first = crystal("LNO")
    path = tmp_path / f"x.{suffix}"
    if suffix == "extxyz":
        first.atoms.write(path, format="extxyz")
    else:
        first.structure.to(filename=str(path), fmt={"vasp": "poscar"}.get(suffix, suffix))
    comment = {"cif": "# für Müller\n", "vasp": "", "extxyz": "", "json": ""}[suffix]
    text = comment + path.read_text(encoding="utf-8")
    text = text.replace("Li6 Nb6 O18\n", "Li6 Nb6 O18 für Müller\n", 1) if suffix == "vasp" else text
    path.write_bytes(text.replace("\n", end).encode(encoding))
    assert crystal(path).structure.matches(first.structure, scale=False)


def test_typographic_minus_signs_keep_their_sign(tmp_path):
    sites = ["Li1 \u22120.2 0 0 1", "F1 0.5 \u20130.3 0.5 1"]
    found = crystal(cif(tmp_path / "x.cif", sites, symmetry_equiv_pos_as_xyz=["x,y,z"])).structure
    assert sorted(found.frac_coords.round(6).tolist()) == [[0.5, 0.7, 0.5], [0.8, 0, 0]]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x1f\x8b\x08\x00rest", r"is compressed \(gzip\); unpack it"),
        (b"PK\x03\x04rest", r"is compressed \(zip\)"),
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (bytes(range(256)), "is a binary file"),
        (b"\xff\xfed\x00a", "breaks off"),
    ],
)
def test_files_that_hold_no_text(tmp_path, content, what):
    (tmp_path / "x.cif").write_bytes(content)
    refuse(tmp_path / "x.cif", what)


# Causes.


@pytest.mark.parametrize(
    ("name", "text", "cause"),
    [
        ("x.cif", "hello\n", "it has no data block"),
        ("x.cif", "data_x\n_cell_length_a 3\n", "it lists no atoms"),
        (
            "x.cif",
            "data_x\nloop_\n_atom_site_label\n_atom_site_fract_x\nLi1 0 Li2\n",
            "a number of values that does not fill",
        ),
        (
            "x.cif",
            "data_x\nloop_\n_atom_site_label\n_atom_site_fract_x\nLi1 0\n",
            "its atoms have no _atom_site_fract_y",
        ),
        ("x.cif", "data_x\nloop_\n_atom_site_label\n_atom_site_Cartn_x\nLi1 0\n", "coordinates are Cartesian"),
        ("POSCAR", "hello\n", "this file has 1 lines"),
        (
            "POSCAR",
            "a\nb\n1 0 0\n0 1 0\n0 0 1\nLi\n1\nDirect\n0 0 0\n",
            "line 2 must be the scale of the cell, got 'b'",
        ),
        ("POSCAR", "a\n1\n1 0 0\n0 1\n0 0 1\nLi\n1\nDirect\n0 0 0\n", "line 4 must be a cell vector, got '0 1'"),
        (
            "POSCAR",
            "a\n1\n1 0 0\n0 1 0\n0 0 1\nLi\nx\nDirect\n0 0 0\n",
            "line 7 must be the number of atoms of each element",
        ),
        (
            "POSCAR",
            "a\n1\n9 0 0\n0 9 0\n0 0 9\nLi\n2\nDirect\n0 0 0\n",
            "coordinates of 1 atoms, and line 7 promises 2; is it damaged",
        ),
        (
            "POSCAR",
            "a\n1\n9 0 0\n0 9 0\n0 0 9\nLi F\n2\nDirect\n0 0 0\n",
            "line 6 names 2 elements, and line 7 has 1 numbers",
        ),
        ("x.extxyz", "Li\n", "line 1 must be the number of atoms, got 'Li'"),
        ("x.extxyz", "2\nLattice='1 0 0'\nLi 0 0 0\n", "it has 1 atoms, and line 1 promises 2; is it damaged"),
        ("x.json", "[1, 2]", "it is no structure of pymatgen"),
        ("x.json", '{"a": 1}', "it is no structure of pymatgen"),
    ],
)
def test_the_cause_is_named(tmp_path, name, text, cause):
    (tmp_path / name).write_text(text)
    refuse(tmp_path / name, f"{name} cannot be read as a crystal: .*{cause}")


def test_atoms_without_a_cell_are_molecules(tmp_path):
    (tmp_path / "x.xyz").write_text("1\nwater\nO 0 0 0\n")
    refuse(tmp_path / "x.xyz", "the atoms of x.xyz have no cell; give a crystal, with Lattice=")


@pytest.mark.parametrize(
    ("site", "cause"),
    [
        ("Li1 ? 0 0 1", r"atom Li1 has no coordinates in the cell, but \? 0 0"),
        ("Li1 x 0 0 1", "atom Li1 has no coordinates"),
        ("OH1 0 0 0 1", r"stands for a group of atoms"),
        ("Q1 0 0 0 1", "'Q1', which is no element"),
    ],
)
def test_a_site_that_cannot_be_read_is_named(tmp_path, site, cause):
    refuse(cif(tmp_path / "x.cif", ["F1 0.5 0.5 0.5 1", site], symmetry_equiv_pos_as_xyz=["x,y,z"]), cause)


@pytest.mark.parametrize("value", ["?", "long", "0", "-3"])
def test_a_cell_that_cannot_be_read_is_named(tmp_path, value):
    path = lial(tmp_path / "x.cif", ":2")
    path.write_text(path.read_text().replace("_cell_length_b 6.37", f"_cell_length_b {value}"))
    refuse(path, "_cell_length_b must be a number above 0, got")


def test_the_crystal_system_completes_a_cell(tmp_path):
    path = lial(tmp_path / "x.cif", ":2")
    text = re.sub(r"_cell_(length_[bc]|angle).*\n", "", path.read_text())
    path.write_text(text + "_symmetry_cell_setting Cubic\n")
    assert len(crystal(path).structure) == 16
    for system in ("trigonal", "from_dict", "__init__"):
        path.write_text(f"{text}_symmetry_cell_setting {system}\n")
        refuse(path, "_cell_length_b must be a number above 0, got none")


# Safety, and libraries.


def test_nothing_that_a_file_names_is_imported(tmp_path, monkeypatch):
    """Decoders of pymatgen's documents import the module that a site property names."""
    marker = tmp_path / "imported"
    (tmp_path / "intruder.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Thing:\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    intruder = {"@module": "intruder", "@class": "Thing"}
    plain = crystal("LCO").structure.as_dict()
    for part in ("structure", "lattice", "site", "species", "list"):
        document = json.loads(json.dumps(plain))
        site = document["sites"][0]
        parts = {"structure": document, "lattice": document["lattice"], "site": site, "species": site["species"][0]}
        parts.get(part, site)["properties"] = {"x": [[intruder]] if part == "list" else intruder}
        for content in (document, {"@module": "intruder", "@class": "Crystal", "structure": document}):
            (tmp_path / "x.json").write_text(json.dumps(content))
            refuse(tmp_path / "x.json", "names the class intruder.Thing; crystals are read from numbers and text alone")
    (tmp_path / "x.json").write_text(json.dumps({"@module": "intruder", "@class": "Crystal", "structure": plain}))
    assert crystal(tmp_path / "x.json").formula == "LiCoO2"
    assert not marker.exists()
    assert "intruder" not in sys.modules


def test_remarks_of_the_parser_become_notes(tmp_path, recwarn):
    sites = ["LIA 0.6667 0.3333 0 1", "F1 0.5 0.5 0.5 1"]
    found = crystal(cif(tmp_path / "x.cif", sites, symmetry_equiv_pos_as_xyz=["x,y,z"]))
    assert found.notes == ("the atom type LIA is read as Li",)
    assert not recwarn.list


def test_blocks_and_tables_of_other_things_are_passed_over(tmp_path):
    """Journals put their own block first, in which tables may be left empty."""
    path = cif(tmp_path / "x.cif", ["Li1 0 0 0 1", "F1 0.5 0.5 0.5 1"], symmetry_equiv_pos_as_xyz=["x,y,z"])
    path.write_text("data_global\nloop_\n_publ_author_name\n_publ_author_address\n'Someone'\n" + path.read_text())
    assert crystal(path).formula == "LiF"
    assert crystal(path).notes == ()


def test_mixed_signs_and_uncertainties_are_numbers(tmp_path):
    """Operators as files write them, and coordinates with standard uncertainties."""
    operators = ["x, y, z", "-X,-Y,-Z", "1/2+x, 1/2-y, z", "0.5-x, y+1/2, -z"]
    path = cif(tmp_path / "x.cif", ["Li1 0.1234(5) 0.2 0.3 1"], symmetry_equiv_pos_as_xyz=operators)
    places = {tuple(place) for place in crystal(path).structure.frac_coords.round(4).tolist()}
    assert places == {(0.1234, 0.2, 0.3), (0.8766, 0.8, 0.7), (0.6234, 0.3, 0.3), (0.3766, 0.7, 0.7)}


@settings(max_examples=20, deadline=None)
@given(place=st.tuples(*[st.floats(0.05, 0.2)] * 3), number=st.sampled_from([2, 19, 62, 148, 195, 227]))
def test_atoms_are_those_of_pymatgen_where_the_file_has_operators(tmp_path_factory, place, number):
    """The table of operators of a group, written out, makes as many atoms as the group has operators."""
    from interfacekit.structure.reading.space_group_settings import SpaceGroupNames, operators, settings_of

    cell = Lattice.hexagonal(8, 9) if number == 148 else Lattice.cubic(9)
    symmetry = operators(settings_of(SpaceGroupNames(number=number), np.array(cell.matrix), "x")[-1])
    texts = [SymmOp.as_xyz_str(operator) for operator in symmetry]
    path = tmp_path_factory.mktemp("operators") / "x.cif"
    cif(path, [f"He1 {' '.join(map(str, place))} 1"], cell=(*cell.abc, *cell.angles), symmetry_equiv_pos_as_xyz=texts)
    found, _ = read_crystal(path)
    images = Structure(cell, ["He"] * len(symmetry), [operator.operate(place) for operator in symmetry])
    if images.is_valid(0.2):
        assert len(found) == len(symmetry)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(["LFP_BOM.cif", "LiAl_Fd3m2.cif", "NMC333_simple.cif", "POSCAR_latin1"]))
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path_factory, data, name):
    content = bytearray((CASES / name).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[place] = data.draw(st.sampled_from(b"0123456789 .-?'x\n_"))
    path = tmp_path_factory.mktemp("damaged") / name
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    messages = [name]
    try:
        crystal(path)
    except InputError as error:
        messages = str(error).splitlines()
    assert len(messages) == 1
    assert name in messages[0]


HUGE_CIF = """data_x
_cell_length_a {a}
_cell_length_b 4
_cell_length_c 4
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_symmetry_equiv_pos_as_xyz
{operators}
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
{sites}
"""
HUGE_POSCAR = "x\n{scale}\n4 0 0\n0 4 0\n0 0 {c}\nLi F\n{counts}\nDirect\n0 0 0\n{z} 0.5 0.5\n"


def huge_cif(a="4", operators="'x,y,z'", sites="Li1 0 0 0"):
    return HUGE_CIF.format(a=a, operators=operators, sites=sites)


def huge_poscar(scale="1", c="4", counts="1 1", z="0.5"):
    return HUGE_POSCAR.format(scale=scale, c=c, counts=counts, z=z)


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("x.cif", huge_cif(a="1e300"), "_cell_length_a must be at most 100000, got 1e300"),
        ("x.cif", huge_cif(a="9" * 5000), "_cell_length_a must be a number above 0, got 9999"),
        ("x.cif", huge_cif(operators="'x,y,z'\n" * 5000), "it must have at most 1000 symmetry operators, got 5000"),
        ("x.cif", huge_cif(operators=f"'x+{'1' * 5000},y,z'"), "is no symmetry operator"),
        (
            "x.cif",
            huge_cif(operators="'x,y,z'\n" * 900, sites="Li1 0 0 0\n" * 900),
            "its 900 sites times 900 symmetry operators must be at most 20000",
        ),
        ("x.cif", huge_cif(sites="Li1 1e300 0 0"), "atom Li1 has no coordinates in the cell"),
        ("x.cif", huge_cif() + "'" * 100_000, "lines of many quotes that do not close"),
        ("POSCAR", huge_poscar(counts="100000000000 1"), r"line 7 must be 1 to 50000 atoms in all, got 1e\+11"),
        ("POSCAR", huge_poscar(counts="1e11 1"), "line 7 must be 1 to 50000 atoms in all"),
        ("POSCAR", huge_poscar(counts="0 0"), "line 7 must be 1 to 50000 atoms in all, got 0"),
        ("POSCAR", huge_poscar(scale="1e300"), r"must be shorter than 100000 A, got 4e\+300 A"),
        ("POSCAR", huge_poscar(c="1e300"), "must be shorter than 100000 A"),
        ("POSCAR", huge_poscar(z="1e300"), "atom 2 of POSCAR is nowhere"),
        ("x.extxyz", '1\nLattice="1e300 0 0 0 1 0 0 0 1"\nLi 0 0 0\n', "must be shorter than 100000 A"),
    ],
)
def test_numbers_that_no_crystal_has_are_refused(tmp_path, name, text, what):
    (tmp_path / name).write_text(text)
    assert len(refuse(tmp_path / name, what)) < 400
