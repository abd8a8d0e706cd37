"""Crystals: what is known of the three that come with the package, every kind of source, and what is refused."""

import json

import numpy as np
import pytest
from ase import Atoms
from ase.constraints import FixAtoms
from ase.io import write
from monty.json import MontyDecoder
from pymatgen.core import Element, Lattice, Species, Structure
from pymatgen.io.vasp import Poscar

from interfacekit.errors import InputError
from interfacekit.materials import crystal_path, material
from interfacekit.structure import Crystal, bond_lengths, crystal
from interfacekit.structure.reading import space_group_settings

#: Space group, cell edges (A), Li in the cell and Li density (1e22/cm3), as SOURCES.md and NOTICE.md have them.
KNOWN = {
    "LCO": ("R-3m", 166, (2.8161, 2.8161, 14.0536), 3, 3.11),
    "LNO": ("R3c", 161, (5.14829, 5.14829, 13.8631), 6, 1.89),
    "LGPS": ("P4_2mc", 105, (8.788, 8.788, 12.658), 20, 2.05),
}


def layered(**occupations):
    """LixCoO2-like layers with these occupations of the sites 3a and 3b, such as a={"Li": 0.5}, b="Co"."""
    species = [occupations.get("a", "Li"), occupations.get("b", "Co"), "O"]
    sites = [[0, 0, 0], [0, 0, 0.5], [0, 0, 0.2605]]
    return Structure.from_spacegroup("R-3m", Lattice.hexagonal(2.8161, 14.0536), species, sites)


def refuse(source, what):
    with pytest.raises(InputError, match=what) as caught:
        crystal(source)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("alias", KNOWN)
def test_the_crystals_are_those_of_their_sources(alias):
    symbol, number, edges, lithium, density = KNOWN[alias]
    found = crystal(alias)
    assert (found.space_group, found.space_group_number, found.n_lithium) == (symbol, number, lithium)
    assert found.structure.lattice.abc == pytest.approx(edges, abs=6e-4)
    assert found.lithium_density_per_cm3 == pytest.approx(density * 1e22, rel=3e-3)
    assert found.notes == ()


def test_crystals_with_operators_do_without_the_table_of_settings(monkeypatch):
    """It takes 0.1 s to make."""
    monkeypatch.setattr(space_group_settings, "_settings", None)
    for alias in KNOWN:
        assert crystal(alias).n_lithium


@pytest.mark.parametrize("alias", ["LCO", "LNO"])
def test_the_density_of_lithium_is_the_one_that_transport_uses(alias):
    row = next(p for p in material(alias).properties if p.quantity == "Li number density")
    assert crystal(alias).lithium_density_per_cm3 == pytest.approx(row.value, rel=3e-3)


def test_bond_lengths_of_lithium_niobate():
    """Abrahams 1966, as NOTICE.md has them: three short and three long bonds of both cations."""
    bonds = {bond.centre: bond for bond in bond_lengths(crystal("LNO"))}
    for centre, short, long in (("Li", 2.068, 2.238), ("Nb", 1.889, 2.112)):
        bond = bonds[centre]
        assert (bond.shortest_A, bond.longest_A) == pytest.approx((short, long), abs=1e-3)
        assert bond.mean_A == pytest.approx((short + long) / 2, abs=1e-3)
        assert bond.coordination == 6


def test_bond_lengths_of_lithium_cobalt_oxide():
    """By hand: an oxygen at z lies sqrt(a^2 / 3 + (c dz)^2) from its cations, dz being z - 1/6 and 1/3 - z."""
    a, c, z = 2.8161, 14.0536, 0.2605
    expected = {"Li": np.hypot(a / 3**0.5, c * (z - 1 / 6)), "Co": np.hypot(a / 3**0.5, c * (1 / 3 - z))}
    assert expected == pytest.approx({"Li": 2.093, "Co": 1.921}, abs=1e-3)
    for bond in bond_lengths(crystal("LCO")):
        assert bond.coordination == 6
        assert (bond.shortest_A, bond.longest_A) == pytest.approx([expected[bond.centre]] * 2, abs=1e-9)


def test_tetrahedra_of_lgps():
    """Sums of ionic radii (Shannon 1976): P5+ 0.17, Ge4+ 0.39 and S2- 1.84 A, all within 5 %."""
    bonds = {bond.centre: bond for bond in bond_lengths(crystal("LGPS"))}
    for centre, radius in (("P", 0.17), ("Ge", 0.39)):
        assert bonds[centre].coordination == 4
        assert bonds[centre].mean_A == pytest.approx(radius + 1.84, rel=0.05)
        assert bonds[centre].longest_A - bonds[centre].shortest_A < 0.05


@pytest.mark.parametrize("alias", KNOWN)
def test_every_kind_of_source_gives_the_same_crystal(alias, tmp_path):
    first = crystal(alias)
    Poscar(first.structure).write_file(tmp_path / "POSCAR")
    first.structure.to(filename=str(tmp_path / "one.cif"))
    first.structure.to(filename=str(tmp_path / "one.json"))
    (tmp_path / "ours.json").write_text(first.to_json())
    write(tmp_path / "one.extxyz", first.atoms)
    files = [tmp_path / name for name in ("POSCAR", "one.cif", "one.json", "ours.json", "one.extxyz")]
    for source in (crystal_path(alias), *map(str, files), first.atoms, first.structure, first):
        again = crystal(source)
        assert again.structure.matches(first.structure)
        assert again.space_group_number == first.space_group_number
        assert len(again.structure) == len(first.structure)
    assert crystal(files[0], name="mine").name == "mine"
    assert crystal(files[1]).name == "one"


def test_a_crystal_round_trips_through_json():
    first = crystal("LGPS")
    assert json.loads(first.to_json(), cls=MontyDecoder) == first
    (row,) = first.to_frame().to_dict("records")
    assert (row["space_group"], row["lithium"], row["volume_A3"]) == ("P4_2mc", 20, pytest.approx(977.45, abs=0.01))


def test_charges_and_velocities_are_left_out():
    structure = crystal("LCO").structure.copy()
    structure.add_oxidation_state_by_element({"Li": 1, "Co": 3, "O": -2})
    structure.add_site_property("magmom", [1.0] * len(structure))
    structure.add_spin_by_element({"Co": 4})
    found = crystal(structure).structure
    assert found == crystal("LCO").structure
    assert {type(site.specie) for site in found} == {Element}


def test_mixed_charges_of_an_element_are_one_element():
    mixed = {Species("Co", 2): 0.25, Species("Co", 4): 0.75}
    assert crystal(layered(b=mixed)).structure == crystal(layered()).structure


def test_half_the_lithium_is_ordered_in_two_cells():
    found = crystal(layered(a={"Li": 0.5}))
    assert found.structure.is_ordered
    assert (found.formula, len(found.structure)) == ("Li(CoO2)2", 21)
    assert "ordered in a supercell of 2x1x1" in found.notes[0]


def test_mixed_metals_are_ordered_within_the_cell():
    found = crystal(layered(b={"Co": 0.333, "Ni": 0.333, "Mn": 0.334}))
    assert found.formula == "Li3MnCoNiO6"
    assert "in the cell" in found.notes[0]


def test_the_composition_is_never_rounded_away():
    refuse(layered(a={"Li": 0.617}), r"partly occupied sites \(Li 0\.617\) that make no whole numbers of atoms")


def test_too_many_orderings_to_try_are_ordered_site_by_site():
    """Li6PS5Cl: half of 48 Li sites, in pairs 1.9 A apart, give 3e13 ways; no two of a pair are full together."""
    sites = [[0.183, 0.183, 0.024], [0.5, 0.5, 0.5], [0.119, -0.119, 0.619], [0, 0, 0], [0.25, 0.25, 0.75]]
    mixed = {"S": 0.5, "Cl": 0.5}
    found = crystal(
        Structure.from_spacegroup("F-43m", Lattice.cubic(9.85), [{"Li": 0.5}, "P", "S", mixed, mixed], sites)
    )
    assert found.formula == "Li6PS5Cl"
    assert "site by site" in found.notes[0]
    lithium = [n for n, site in enumerate(found.structure) if site.specie.symbol == "Li"]
    between = found.structure.distance_matrix[np.ix_(lithium, lithium)] + 9 * np.eye(len(lithium))
    assert between.min() > 2.2


def test_partial_occupancy_without_charges():
    refuse(layered(a={"He": 0.5, "Ne": 0.5}, b="Ar"), "no common charges of .* give an ordered cell")


def test_overlapping_atoms_are_named():
    refuse(Structure(Lattice.cubic(3), ["Li", "O"], [[0, 0, 0], [0, 0, 0.1]]), r"Li1 and O2 overlap: they are 0\.30 A")


def test_real_bonds_do_not_overlap():
    """The shortest bonds there are: H2, 0.74 A, and N2, 1.10 A."""
    for element, length in (("H", 0.741), ("N", 1.098)):
        crystal(Structure(Lattice.cubic(8), [element] * 2, [[0, 0, 0], [0, 0, length / 8]]))


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("nope.cif", "there is no file nope.cif; give the path"),
        ("nope", "no crystal structure of 'nope'; give LCO, LNO, LGPS, a file"),
        ("LLZO", "no crystal structure of 'LLZO'"),
        ("", "no crystal structure of ''"),
        (5, "int is no crystal"),
        (Atoms("Li"), "these Atoms have no cell"),
        (Atoms(cell=[3, 3, 3]), "ASE Atoms has no atoms"),
    ],
)
def test_what_is_no_crystal(source, what):
    refuse(source, what)


@pytest.mark.parametrize(
    ("name", "text"),
    [("bad.cif", "data_x\n_cell_length_a 3\n"), ("POSCAR", "hello\n"), ("bad.json", "{"), ("bad.extxyz", "2\n\nLi 0")],
)
def test_a_damaged_file_is_named(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    refuse(tmp_path / name, f"{name} (cannot be read as a crystal|is truncated or not JSON)")


def broken(cell=4.0, species=("Li", "F"), place=0.5):
    lattice = Lattice.cubic(cell) if np.isscalar(cell) else Lattice(cell)
    return Structure(lattice, species, [[0, 0, 0], [place, 0.5, 0.5]])


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (broken(place=np.nan), r"atom 2 of a pymatgen Structure is nowhere"),
        (
            Atoms("LiF", positions=[[0, 0, 0], [2, np.nan, 0]], cell=[4, 4, 4], pbc=True),
            "atom 2 of ASE Atoms is nowhere",
        ),
        (broken([[4, 0, 0], [0, np.nan, 0], [0, 0, 4]]), "span no volume"),
        (broken([[4, 0, 0], [8, 0, 0], [0, 0, 4]]), "span no volume"),
        (broken(cell=1.0), r"1 A3 for 2 atoms and planes 1 A apart, which no crystal has; give lengths in angstrom"),
        (broken(np.diag([4, 4, 0.01])), "planes 0.01 A apart"),
        (broken(cell=1e5), "which no crystal has"),
        (broken(species=("Li", "X")), r"atom 2 of a pymatgen Structure is X.*, which is no element"),
        (Atoms("LiX", positions=[[0, 0, 0], [2, 2, 2]], cell=[4, 4, 4], pbc=True), "which is no element"),
        ("x" * 5000, "there is no crystal structure of"),
    ],
)
def test_what_has_no_atoms_at_places_is_no_crystal(source, what):
    refuse(source, what)


def test_a_poscar_without_elements_is_not_taken_for_hydrogen(tmp_path):
    path = tmp_path / "old.vasp"
    path.write_text("LiF\n4.0\n1 0 0\n0 1 0\n0 0 1\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n")
    refuse(path, "old.vasp names no elements")


def test_one_of_several_crystals_of_a_file_is_named(tmp_path):
    cif, frames = tmp_path / "two.cif", tmp_path / "two.extxyz"
    cif.write_text("".join(crystal(alias).structure.to(fmt="cif") + "\n" for alias in ("LCO", "LNO")))
    write(frames, [crystal(alias).atoms for alias in ("LCO", "LNO")])
    assert (crystal(cif).formula, crystal(frames).formula) == ("LiCoO2", "LiNbO3")
    assert "the first of the 2 crystals in the file" in crystal(cif).notes
    assert crystal(frames).notes == ("the last of the 2 frames in the file",)


def test_fixed_atoms_of_a_file_are_told(tmp_path):
    found = crystal("LCO")
    atoms = found.atoms
    write(tmp_path / "free.extxyz", atoms)
    atoms.set_constraint(FixAtoms([0, 1]))
    write(tmp_path / "held.extxyz", atoms)
    for name, first in (("free", [True] * 3), ("held", [True, False, True])):
        moves = [first, *[[True] * 3] * (len(atoms) - 1)]
        Poscar(found.structure, selective_dynamics=moves).write_file(tmp_path / f"{name}.vasp")
    for suffix in ("vasp", "extxyz"):
        assert crystal(tmp_path / f"free.{suffix}").notes == ()
        (note,) = crystal(tmp_path / f"held.{suffix}").notes
        assert "fixes atoms; here all are free" in note


def test_a_file_of_an_unknown_kind(tmp_path):
    (tmp_path / "notes.txt").write_text("LiCoO2")
    refuse(tmp_path / "notes.txt", r"no known kind; give a file that ends in \.cif")


def test_a_result_is_a_frozen_crystal():
    found = crystal("LCO")
    assert isinstance(found, Crystal)
    with pytest.raises(AttributeError):
        found.name = "other"
