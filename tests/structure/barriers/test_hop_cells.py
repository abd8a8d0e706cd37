"""Supercells of hops: what is taken out and put in, and that an end is one however it was reached."""

import numpy as np
import pytest
from ase.geometry import find_mic
from pymatgen.core import Lattice, Structure

from interfacekit.errors import InputError
from interfacekit.structure.barriers.hop_cells import Place, hop_cell, image_distance_A, place, supercell
from interfacekit.structure.barriers.hop_plans import common_neighbours
from interfacekit.structure.crystals.crystal import crystal
from interfacekit.structure.network.result import NetworkSite
from interfacekit.structure.network.search import lithium_network

SHAPES = {"LCO": (3, 3, 1), "LNO": (2, 2, 1), "LGPS": (1, 1, 1)}


@pytest.fixture(scope="module")
def lco():
    net = lithium_network("LCO")
    cells = supercell(net.crystal.structure, "Li")
    return net, cells


def ends(net, hop):
    return place(net.sites[hop.origin]), place(net.sites[hop.target], hop.image)


def same(positions_A, others_A, cell_A):
    """Whether two sets of points are one in a periodic cell."""
    left = list(np.asarray(others_A))
    for position in np.asarray(positions_A):
        distances = [find_mic(position - other, cell_A)[1] for other in left]
        if not left or min(distances) > 1e-6:
            return False
        left.pop(int(np.argmin(distances)))
    return not left


@pytest.mark.parametrize("name", SHAPES)
def test_the_fewest_copies_keep_ions_eight_angstroms_apart(name):
    structure = crystal(name).structure
    cells = supercell(structure, "Li")
    assert cells.shape == SHAPES[name]
    assert image_distance_A(cells.cell_A) >= 8.0
    for axis in range(3):
        fewer = np.array(cells.shape) - np.eye(3, dtype=int)[axis]
        if fewer.min():
            assert image_distance_A(np.asarray(structure.lattice.matrix) * fewer[:, None]) < 8.0


def test_copies_are_nearest_across_an_oblique_cell():
    """The short diagonal of a rhombohedral cell, not its edge."""
    lattice = Lattice.rhombohedral(5.0, 33.0)
    edge = np.linalg.norm(lattice.matrix[0] - lattice.matrix[1])
    assert image_distance_A(lattice.matrix) == pytest.approx(edge)
    assert image_distance_A(supercell(Structure(lattice, ["Li"], [[0, 0, 0]]), "Li").cell_A) >= 8.0


@pytest.mark.parametrize("shape", [(3, 3), (3, 3, 0), (3, 3, 1.5), (3, 3, True)])
def test_a_supercell_is_three_whole_numbers(shape):
    with pytest.raises(InputError, match="three whole numbers"):
        supercell(crystal("LCO").structure, "Li", shape)


def test_ends_lack_the_atom_at_the_target_and_at_the_origin(lco):
    net, cells = lco
    origin, target = ends(net, net.classes[0])
    cell = hop_cell(cells, origin, target, "vacancy")
    full = np.concatenate([np.asarray(net.crystal.structure.cart_coords) + s for s in shifts_A(cells)])
    for end, gone in ((cell.initial, target), (cell.final, origin)):
        atoms = end.atoms()
        moved = np.array(end.moved) @ net.cell_A
        assert len(atoms["symbols"]) == 107
        assert same([*atoms["positions_A"], cells.position_A(gone) + moved], full, cells.cell_A)
    # An end that differs by a translation only is the same one.
    beyond = tuple(Place(p.fractional, tuple(np.add(p.cell, (1, 2, 0))), p.atom) for p in (origin, target))
    assert hop_cell(cells, *beyond, "vacancy").initial.atoms() == cell.initial.atoms()


def shifts_A(cells):
    return np.array(cells.cells) @ np.asarray(cells.structure.lattice.matrix)


def test_in_the_band_the_ion_goes_straight_and_all_else_stays(lco):
    net, cells = lco
    hop = net.classes[0]
    cell = hop_cell(cells, *ends(net, hop), "vacancy")
    band = cell.band_ends(cell.initial.atoms()["positions_A"], cell.final.atoms()["positions_A"])
    moves = np.asarray(band["final_A"]) - np.asarray(band["initial_A"])
    np.testing.assert_allclose(moves[:-1], 0.0, atol=1e-7)
    assert np.linalg.norm(moves[-1]) == pytest.approx(hop.distance_A, abs=1e-7)
    assert band["symbols"][-1] == "Li"
    assert cell.strayed_A(band) == pytest.approx((0.0, 0.0), abs=1e-7)


def test_displacements_of_relaxed_ends_stay_with_their_atoms(lco):
    """Each atom is displaced by a function of where it is: the band has it there too."""
    net, cells = lco
    cell = hop_cell(cells, *ends(net, net.classes[0]), "vacancy")
    rng = np.random.default_rng(1)
    waves = rng.integers(-1, 2, (3, 3)) @ (2 * np.pi * np.linalg.inv(cells.cell_A).T)
    amplitudes = rng.normal(0, 0.05, (3, 3))

    def field(positions_A):
        return np.sin(np.asarray(positions_A) @ waves.T) @ amplitudes

    relaxed = []
    for end in (cell.initial, cell.final):
        ideal = np.asarray(end.atoms()["positions_A"])
        moved = np.array(end.moved) @ net.cell_A
        # Relaxed positions may lie in any copy of the cell.
        relaxed.append(ideal + field(ideal - moved) + rng.integers(-1, 2, ideal.shape) @ cells.cell_A)
    band = cell.band_ends(*relaxed)
    straight = cell.band_ends(cell.initial.atoms()["positions_A"], cell.final.atoms()["positions_A"])
    for which in ("initial_A", "final_A"):
        moves = np.asarray(band[which]) - np.asarray(straight[which])
        np.testing.assert_allclose(moves, field(straight[which]), atol=1e-6)


def test_beside_a_divacancy_the_ion_starts_towards_the_tetrahedron(lco):
    net, cells = lco
    hop = net.classes[0]
    origin, target = ends(net, hop)
    common = common_neighbours(net, hop)
    assert len(common) == 2
    third = place(net.sites[common[0][0]], common[0][1])
    cell = hop_cell(cells, origin, target, "divacancy", third)
    assert len(cell.initial.atoms()["symbols"]) == len(cell.final.atoms()["symbols"]) == 106
    corners = np.array([cells.position_A(p) for p in (origin, target, third)])
    np.testing.assert_allclose(
        [np.linalg.norm(corners[a] - corners[b]) for a, b in ((0, 1), (0, 2), (1, 2))], hop.distance_A, atol=1e-4
    )
    middle = (corners[0] + corners[1]) / 2 + cell.towards_A
    np.testing.assert_allclose(middle, corners.mean(axis=0), atol=1e-9)
    # The centre of a face that the octahedra of the three ions share with a tetrahedron: an O is above or below it.
    heights = [
        abs(oxygen.coords[2] - middle[2])
        for oxygen in net.crystal.structure.get_sites_in_sphere(middle, 2.5)
        if oxygen.specie.symbol == "O" and np.linalg.norm((oxygen.coords - middle)[:2]) < 1e-3
    ]
    assert len(heights) == 1
    assert 0.9 < heights[0] < 1.5


def toy(atoms):
    lattice = Lattice.orthorhombic(8.0, 9.0, 10.0)
    return Structure(lattice, ["Li", "O"][: len(atoms)], atoms)


VACANT = NetworkSite((0.5, 0.0, 0.0), occupied=False, site_class="vacant1")
OTHER = NetworkSite((0.75, 1.5, 0.0), occupied=False, site_class="vacant1")
TAKEN = NetworkSite((0.1, 0.0, 0.0), occupied=True, site_class="Li1", atom=0)


@pytest.mark.parametrize(
    ("origin", "target", "mechanism", "counts"),
    [
        (TAKEN, VACANT, "Frenkel pair", (2, 2)),
        (VACANT, TAKEN, "Frenkel pair", (2, 2)),
        (VACANT, OTHER, "interstitial", (3, 3)),
    ],
)
def test_ions_reach_vacant_sites(origin, target, mechanism, counts):
    cells = supercell(toy([[0.1, 0, 0], [0.3, 0.5, 0.5]]), "Li", (1, 1, 1))
    cell = hop_cell(cells, place(origin), place(target), mechanism)
    assert tuple(len(end.atoms()["symbols"]) for end in (cell.initial, cell.final)) == counts
    band = cell.band_ends(cell.initial.atoms()["positions_A"], cell.final.atoms()["positions_A"])
    moves = np.asarray(band["final_A"]) - np.asarray(band["initial_A"])
    np.testing.assert_allclose(moves[:-1], 0.0, atol=1e-7)
    vector = (np.array(target.fractional) - np.array(origin.fractional)) * [8.0, 9.0, 10.0]
    np.testing.assert_allclose(moves[-1], vector, atol=1e-7)


@pytest.mark.parametrize(
    ("origin", "target", "mechanism"),
    [
        (TAKEN, VACANT, "vacancy"),
        (VACANT, OTHER, "Frenkel pair"),
        (TAKEN, VACANT, "interstitial"),
        (TAKEN, VACANT, "divacancy"),
    ],
)
def test_a_mechanism_needs_its_sites(origin, target, mechanism):
    cells = supercell(toy([[0.1, 0, 0], [0.3, 0.5, 0.5]]), "Li", (1, 1, 1))
    with pytest.raises(InputError, match=f"does not go by the mechanism {mechanism}"):
        hop_cell(cells, place(origin), place(target), mechanism)


def test_an_ion_cannot_hop_to_its_own_copy():
    cells = supercell(toy([[0.1, 0, 0]]), "Li", (1, 1, 1))
    with pytest.raises(InputError, match="own copy"):
        hop_cell(cells, place(TAKEN), place(TAKEN, (1, 0, 0)), "vacancy")
