"""Matching of planes: cases whose supercells and strains are known, and what a match says of itself."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure

from interfacekit.errors import InputError
from interfacekit.structure import crystal
from interfacekit.structure.interfaces.cell_matching import match_to_cell
from interfacekit.structure.interfaces.lattice_match import LatticeMatch
from interfacekit.structure.interfaces.lattice_planes import Planes
from interfacekit.structure.interfaces.matching import lattice_matches


@pytest.fixture(scope="module")
def cubic():
    return Structure(Lattice.cubic(3.0), ["Po"], [[0, 0, 0]])


@pytest.fixture(scope="module")
def chiral():
    """A triangular helix along a threefold screw axis (P3_1), which no rotation turns into its mirror image."""
    atoms = [[x, y, k / 3 + z] for k, (x, y) in enumerate([(0.1, 0.3), (-0.3, -0.2), (0.2, -0.1)]) for z in (0.0,)]
    return Structure(Lattice.hexagonal(5.0, 6.0), ["Si"] * 3 + ["O"] * 3, [*atoms, *np.add(atoms, (0, 0, 0.11))])


def test_a_plane_matches_itself_without_strain():
    cell = Planes(crystal("LCO").structure).plane((0, 0, 1)).in_plane_A
    (match,) = match_to_cell("LCO", (0, 0, 1), cell)
    assert match.match.strain < 1e-9
    assert match.match.area_A2 == pytest.approx(2.8161**2 * math.sqrt(3) / 2, rel=1e-6)
    assert match.match.cells == match.match.onto_cells == 1


def test_a_square_on_a_larger_square(cubic):
    (match,) = match_to_cell(cubic, (0, 0, 1), [[3.06, 0], [0, 3.06]], max_area_A2=30)
    assert match.match.principal_strains == pytest.approx((0.02, 0.02))
    assert match.match.area_mismatch == pytest.approx(1.02**2 - 1)
    assert match.match.area_A2 == pytest.approx(3.06**2)


def test_squares_of_3_and_4_coincide_in_known_supercells(cubic):
    """A diagonal of 3 is 4.24, 6 % longer than 4; 4 x 4 cells on 3 x 3 fit exactly; what lies between strains less."""
    found = match_to_cell(cubic, (0, 0, 1), [[4, 0], [0, 4]], max_area_A2=144, max_strain=0.06)
    strains = [match.match.strain for match in found]
    areas = [match.match.area_A2 for match in found]
    assert areas[0] == pytest.approx(16)
    assert strains[0] == pytest.approx(1 - 4 / (3 * math.sqrt(2)))
    assert (found[0].match.cells, found[0].match.onto_cells) == (2, 1)
    assert areas[-1] == pytest.approx(144)
    assert strains[-1] < 1e-9
    assert strains == sorted(strains, reverse=True)
    assert areas == sorted(areas)


def test_every_match_within_the_limits_is_found(cubic):
    """Against all supercells of a rectangle by brute force: of each area, the smallest strain that any of them has."""
    plane = Planes(cubic).plane((0, 0, 1))
    onto = np.array([[3.7, 0.0], [0.4, 5.2]])
    found = {round(m.area_A2, 3): m.strain for m in lattice_matches(plane, onto, 120, 0.06)}
    best = {}
    for n in range(1, 7):
        theirs = [reduced(t @ onto) for t in hermite(n)]
        for k in range(1, 18):
            for ours in (reduced(t @ plane.in_plane_A) for t in hermite(k)):
                for a in theirs:
                    for b in (ours, ours * (1, -1), ours[::-1]):
                        strain = max(abs(np.linalg.svd(np.linalg.solve(b, a), compute_uv=False) - 1))
                        best[n] = min(best.get(n, 1), strain)
    least = 1.0
    expected = {}
    for n, strain in sorted(best.items()):
        area = n * np.linalg.det(onto)
        if strain <= 0.06 and area <= 120 and strain < least - 1e-6:
            expected[round(area, 3)] = least = strain
    assert found.keys() == expected.keys()
    assert [found[area] for area in expected] == pytest.approx(list(expected.values()))


def hermite(n):
    return [np.array([[a, b], [0, n // a]]) for a in range(1, n + 1) if n % a == 0 for b in range(n // a)]


def reduced(vectors):
    """The two shortest vectors of a lattice, less than 90 degrees apart."""
    a, b = vectors
    while True:
        if np.dot(b, b) < np.dot(a, a):
            a, b = b, a
        times = round(np.dot(a, b) / np.dot(a, a))
        if times == 0:
            return np.array([a, b if np.dot(a, b) >= 0 else -b])
        b = b - times * a


def test_the_deformation_puts_the_supercell_on_the_cell():
    """Positions of the crystal as given, turned and strained: lattice vectors along z keep their height."""
    loaded = crystal("LGPS")
    cell = [[17.3, 0.2], [0.1, 17.8]]
    match = match_to_cell(loaded, (0, 0, 1), cell, max_area_A2=400, max_strain=0.05)[0]
    lattice = loaded.structure.lattice.matrix
    on_cell = lattice @ match.deformation
    assert np.abs(np.linalg.det(match.deformation)) == pytest.approx(1 + match.match.area_mismatch)
    assert on_cell[:, 2] == pytest.approx([0, 0, 12.657546])
    # The common cell is made of whole vectors of the crystal.
    whole = np.array(match.match.cell_A) @ np.linalg.inv(on_cell[:2, :2])
    assert whole == pytest.approx(np.rint(whole), abs=1e-9)
    assert LatticeMatch.from_dict(match.match.as_dict()) == match.match
    assert MontyDecoder().decode(match.to_json()) == match


def test_strains_are_those_of_the_metric():
    """The stretches of vectors at any angle lie between the principal ones and reach them."""
    match = match_to_cell("LNO", (0, 0, 1), [[8.9, 0.3], [0.2, 5.3]], max_area_A2=200, max_strain=0.2)[0].match
    angles = np.linspace(0, math.pi, 2000)
    lines = np.column_stack([np.cos(angles), np.sin(angles)]) @ match.deformation
    stretches = np.linalg.norm(lines, axis=1) - 1
    assert (stretches.max(), stretches.min()) == pytest.approx(match.principal_strains, abs=1e-5)


def test_von_mises_strain_is_pymatgens():
    from pymatgen.analysis.elasticity.strain import Deformation

    match = match_to_cell("LNO", (0, 0, 1), [[8.9, 0.3], [0.2, 5.3]], max_area_A2=200, max_strain=0.2)[0].match
    gradient = np.eye(3)
    gradient[:2, :2] = match.deformation.T
    assert match.von_mises_strain == pytest.approx(Deformation(gradient).green_lagrange_strain.von_mises_strain)


def test_a_chiral_crystal_is_never_put_down_as_its_mirror_image(chiral):
    """The mirror image of an oblique plane would fit; the plane itself does not."""
    planes = Planes(chiral)
    assert not planes.is_achiral
    assert Planes(crystal("LGPS").structure).is_achiral
    plane = planes.plane((1, 1, 1))
    own = plane.in_plane_A
    assert lattice_matches(plane, own, plane.area_A2, 1e-3)
    assert not any(m.is_mirrored for m in lattice_matches(plane, own, 3 * plane.area_A2, 0.05))
    mirrored = own * (1, -1)
    skew = abs(np.dot(*own)) / np.dot(own[0], own[0])
    assert 0.02 < skew < 0.48, "the plane of this test must not be its own mirror image"
    assert not lattice_matches(plane, mirrored, plane.area_A2, 1e-3)
    assert lattice_matches(plane, mirrored, plane.area_A2, 1e-3, turned_over=True)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"miller": (0, 0, 0)}, "no lattice plane"),
        ({"miller": (0, 0.5, 1)}, "whole number from -50 to 50, got 0.5; give three integers"),
        ({"miller": (0, 1)}, "three integers"),
        ({"miller": "ab"}, "three integers"),
        ({"cell_2d_A": [[1, 0], [2, 0]]}, "not parallel"),
        ({"cell_2d_A": [[1, 0, 1], [0, 2, 0]]}, "not parallel"),
        ({"max_area_A2": -1}, "max_area_A2 must be above 0"),
        ({"max_area_A2": math.nan}, "max_area_A2 must be a number above 0"),
        ({"max_strain": 5}, "fraction"),
    ],
)
def test_bad_input_gets_one_line(arguments, line):
    usual = {"miller": (0, 0, 1), "cell_2d_A": [[5, 0], [0, 5]]}
    with pytest.raises(InputError, match=line) as caught:
        match_to_cell("LCO", **{**usual, **arguments})
    assert "\n" not in str(caught.value)


def test_what_nearly_matches_is_told(cubic):
    """Raising a limit by what the message says gives a match."""
    with pytest.raises(InputError, match=r"max_area_A2 to 144 .*max_strain to 0\.0572"):
        match_to_cell(cubic, (0, 0, 1), [[4, 0], [0, 4]], max_area_A2=50, max_strain=0.001)
    assert match_to_cell(cubic, (0, 0, 1), [[4, 0], [0, 4]], max_area_A2=50, max_strain=0.0572)
    assert match_to_cell(cubic, (0, 0, 1), [[4, 0], [0, 4]], max_area_A2=144, max_strain=0.001)


def in_a_process_of_its_own(code, **environment):
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ | environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_threads_that_match_first_all_find_the_generator():
    code = """
import threading
from interfacekit.structure.interfaces.zsl import zsl
barrier, found = threading.Barrier(6), []
def find():
    barrier.wait()
    found.append(zsl().ZSLGenerator)
threads = [threading.Thread(target=find) for _ in range(6)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
print(len(found), len(set(found)))
"""
    assert in_a_process_of_its_own(code).split() == ["6", "1"]


def test_a_namespace_beside_pymatgen_does_not_hide_its_matches(tmp_path):
    (tmp_path / "pymatgen" / "analysis" / "mine").mkdir(parents=True)
    code = "from interfacekit.structure.interfaces.zsl import zsl; print(zsl().ZSLGenerator.__name__)"
    assert in_a_process_of_its_own(code, PYTHONPATH=str(tmp_path)).split() == ["ZSLGenerator"]
