"""Faces of crystals whose cuts, broken bonds and dipoles are textbook knowledge."""

import math

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.core.surface import SlabGenerator

from interfacekit.errors import InputError
from interfacekit.structure import crystal
from interfacekit.structure.crystals.oxidation import oxidation_states
from interfacekit.structure.interfaces.lattice_planes import Planes
from interfacekit.structure.interfaces.terminations import (
    SAME_PLANE_A,
    _between_planes,
    best_pair,
    slab_generator,
    terminations,
)
from tests import places

A = 5.64
CASES = places.CASES / "structure"
ARGYRODITE = str(CASES / "Li6PS5Cl_ordered.cif")
WHOLE_CRYSTALS = ["LCO_primitive.cif", "LFP_BOM.cif", "LiAl_Fd3m2.cif", "NMC333_simple.cif", "POSCAR_latin1"]


def rock_salt():
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(A), ["Na", "Cl"], [[0, 0, 0], [0.5, 0, 0]])


def zinc_blende():
    return Structure.from_spacegroup("F-43m", Lattice.cubic(A), ["Zn", "S"], [[0, 0, 0], [0.25, 0.25, 0.25]])


def faces(structure, miller):
    return terminations(Planes(structure), miller, oxidation_states(structure))


def test_rock_salt_100_breaks_one_bond_of_each_ion_and_is_not_polar():
    (face,) = faces(rock_salt(), (1, 0, 0))
    assert face.label == "ClNa/ClNa"
    assert face.cut_bonds_per_nm2 == pytest.approx(100 * 4 / A**2)
    assert face.dipole_e_per_A == pytest.approx(0, abs=1e-9)
    assert face.is_polar is False


def test_rock_salt_111_is_polar_with_either_ion_outermost():
    """A bilayer of the charges +e and -e per a^2 sqrt(3) / 4, half of a spacing a / sqrt(3) apart."""
    both = faces(rock_salt(), (1, 1, 1))
    assert sorted(face.label for face in both) == ["Cl/Na", "Na/Cl"]
    for face in both:
        assert abs(face.dipole_e_per_A) == pytest.approx(A / math.sqrt(3) / 2 / (A**2 * math.sqrt(3) / 4))
        assert face.cut_bonds_per_nm2 == pytest.approx(100 * 3 / (A**2 * math.sqrt(3) / 4))
        assert (face.dipole_e_per_A > 0) == face.outermost.startswith("Na")
        assert face.outermost_charge_e == (1 if face.outermost == "Na" else -1)
        assert face.is_polar


def test_both_sides_of_a_polar_axis_are_found():
    """Zinc blende along [111] has a face with one and a face with three broken bonds for each element, and no more."""
    found = faces(zinc_blende(), (1, 1, 1))
    per_cell = {(f.label, round(f.cut_bonds_per_nm2 * A**2 * math.sqrt(3) / 4 / 100)) for f in found}
    assert per_cell == {("Zn/S", 1), ("S/Zn", 1), ("Zn/S", 3), ("S/Zn", 3)}
    assert {f.miller for f in found if f.label == "S/Zn"} == {(1, 1, 1), (-1, -1, -1)}
    assert [round(f.cut_bonds_per_nm2) for f in found] == sorted(round(f.cut_bonds_per_nm2) for f in found)


def test_faces_that_break_the_fewest_bonds_and_bring_opposite_charges_together_come_first():
    lower, upper = (faces(crystal(name).structure, (0, 0, 1)) for name in ("LCO", "LNO"))
    assert [face.label for face in lower] == ["Li/O", "O/Co", "Co/O", "O/Li"]
    assert {face.label for face in upper} == {"Li/O3", "O3/Li", "Nb/Li", "Li/Nb", "O3/Nb", "Nb/O3"}
    one, other = best_pair(lower, upper)
    assert lower[one].cut_bonds_per_nm2 == 0
    assert lower[one].outermost_charge_e * upper[other].outermost_charge_e < 0


def test_a_metal_counts_bonds_of_nearest_neighbours():
    """An atom of fcc (100) loses 4 of its 12 neighbours, on an area of a^2 / 2."""
    copper = Structure.from_spacegroup("Fm-3m", Lattice.cubic(3.6), ["Cu"], [[0, 0, 0]])
    (face,) = faces(copper, (1, 0, 0))
    assert face.cut_bonds_per_nm2 == pytest.approx(100 * 4 / (3.6**2 / 2))
    assert (face.dipole_e_per_A, face.is_polar) == (None, None)


@pytest.mark.parametrize("name", ["LCO", "LNO", "LGPS"])
def test_slabs_are_whole_repeats_of_the_smallest_cell(name):
    structure = crystal(name).structure
    planes = Planes(structure)
    for miller in planes.distinct(1):
        plane = planes.plane(miller)
        assert plane.cell.volume / len(plane.cell) == pytest.approx(structure.volume / len(structure))
        assert len(plane.cell) == len(structure.get_primitive_structure())
        slab = slab_generator(plane, 2 * plane.spacing_A).get_slab(shift=0.123)
        assert len(slab) == 2 * len(plane.cell)
        assert slab.lattice.matrix[:2] == pytest.approx(plane.vectors_A[:2])


def test_a_cell_that_is_not_conventional_has_the_planes_of_the_conventional_one():
    conventional = crystal("LCO").structure
    primitive, large = conventional.get_primitive_structure(), conventional * (2, 1, 1)
    for miller in [(0, 0, 1), (1, 0, 4), (1, -1, 2)]:
        planes = [Planes(each).plane(miller) for each in (conventional, primitive, large)]
        assert [plane.area_A2 for plane in planes] == pytest.approx([planes[0].area_A2] * 3)
        assert [plane.spacing_A for plane in planes] == pytest.approx([planes[0].spacing_A] * 3)


@pytest.mark.skipif(not hasattr(SlabGenerator, "gen_possible_terminations"), reason="pymatgen before August 2026")
@pytest.mark.parametrize("name", ["LCO", "LNO", "LGPS", ARGYRODITE, *(str(CASES / name) for name in WHOLE_CRYSTALS)])
def test_cuts_between_planes_are_those_of_pymatgen(name):
    """On the outward side of every plane; where atoms have no mean height, pymatgen's is a rounding error."""
    planes = Planes(crystal(name).structure)
    evenly_spread = []
    for miller in planes.distinct(2):
        plane = planes.plane(miller)
        heights = np.sort(plane.cell.frac_coords[:, 2] % 1.0)
        room_A = np.diff(np.append(heights, heights[0] + 1.0)) * plane.spacing_A
        own = _between_planes(heights, room_A)
        theirs = slab_generator(plane, 1.0).gen_possible_terminations(ftol=SAME_PLANE_A)
        if len(theirs) == 1 and abs(np.exp(2j * np.pi * heights).mean()) < 1e-9:
            evenly_spread.append(miller)
            assert np.abs((heights - own[0] + 0.5) % 1.0 - 0.5).min() == pytest.approx(
                room_A.max() / plane.spacing_A / 2, abs=1e-6
            )
        else:
            apart = np.abs((np.subtract.outer(own, theirs) + 0.5) % 1.0 - 0.5)  # 0 and 1 are one height
            assert len(own) == len(theirs)
            assert apart.min(axis=0).max() < 1e-9
            assert apart.min(axis=1).max() < 1e-9
    assert len(evenly_spread) <= 7


def test_atoms_without_a_mean_height_are_cut_in_the_widest_gap():
    """Pairs of atoms 0.1 A apart, 0.2 A from the next pair: no gap parts planes, and heights have no mean."""
    heights = np.array([0.0, 0.1, 0.3, 0.4, 0.6, 0.7]) / 0.9
    room_A = np.array([0.1, 0.2, 0.1, 0.2, 0.1, 0.2])
    assert _between_planes(heights, room_A) == pytest.approx([0.2 / 0.9])


def test_distinct_planes_of_a_cube():
    assert Planes(rock_salt()).distinct(2) == [(1, 0, 0), (1, 1, 0), (1, 1, 1), (2, 1, 0), (2, 1, 1), (2, 2, 1)]


@pytest.mark.parametrize("thickness", [0, -3, math.nan])
def test_a_slab_without_thickness_is_refused(thickness):
    plane = Planes(rock_salt()).plane((1, 0, 0))
    with pytest.raises(InputError, match=r"thickness_A must be .*above 0"):
        slab_generator(plane, thickness)


def is_cut(plane, height, centres, reach_A=2.6):
    """Whether a plane parts S from any of the P and Ge that it is bonded to: by distances alone."""
    cell = plane.cell
    for number, site in enumerate(cell):
        if site.specie.symbol in centres:
            near = [n for n in cell.get_neighbors(site, reach_A) if n.specie.symbol == "S"]
            assert len(near) == 4, number
            ends = [site.frac_coords[2], *(n.frac_coords[2] for n in near)]
            if math.floor(max(ends) - height) != math.floor(min(ends) - height):
                return True
    return False


@pytest.mark.parametrize(("source", "centres"), [("LGPS", ("P", "Ge")), (ARGYRODITE, ("P",))])
def test_the_first_face_leaves_polyanions_whole_wherever_a_height_does(source, centres):
    """Against a scan of all heights, in steps of a hundredth of an angstrom."""
    structure = crystal(source).structure
    planes = Planes(structure)
    seen = set()
    for miller in planes.distinct(1):
        plane = planes.plane(miller)
        steps = round(plane.spacing_A / 0.01)
        room = longest_run([not is_cut(plane, k / steps, centres) for k in range(steps)]) * plane.spacing_A / steps
        best = faces(structure, miller)[0]
        assert (best.cut_polyanions_per_nm2 == 0) == (room > 0.03)
        assert is_cut(planes.plane(best.miller), best.shift, centres) == (best.cut_polyanions_per_nm2 > 0)
        seen.add(best.cut_polyanions_per_nm2 > 0)
        if (source, miller) == ("LGPS", (0, 0, 1)):
            assert room == pytest.approx(0.11, abs=0.02)
    assert False in seen


def longest_run(whole):
    """Length of the longest run of true values, of which the last is followed by the first."""
    best = run = 0
    for value in whole * 2:
        run = run + 1 if value else 0
        best = max(best, run)
    return min(best, len(whole))


def test_a_cut_breaks_the_valence_of_its_bonds():
    """Rock salt (100) cuts one bond of each of two Na and two Cl of valence 1/6 on a^2; LCO (001) three of Li."""
    (face,) = faces(rock_salt(), (1, 0, 0))
    assert face.cut_valence_per_nm2 == pytest.approx(100 * 4 / 6 / A**2)
    best = faces(crystal("LCO").structure, (0, 0, 1))[0]
    assert best.cut_valence_per_nm2 == pytest.approx(100 * 3 / 6 / (2.8161**2 * math.sqrt(3) / 2))
    assert best.cut_bonds_per_nm2 == 0


def test_weak_bonds_are_cut_before_strong_ones_of_the_same_number():
    """Between the Nb and O3 of LiNbO3 (001) go three bonds a cell; the long ones are weaker than the short ones."""
    found = faces(crystal("LNO").structure, (0, 0, 1))
    assert len({round(face.cut_bonds_per_nm2, 6) for face in found}) == 1
    valences = [face.cut_valence_per_nm2 for face in found]
    assert valences == pytest.approx(sorted(valences), rel=1e-9)
    assert valences[-1] > 1.3 * valences[0]
