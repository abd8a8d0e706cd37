"""What a network must not depend on: the origin, the order of atoms, the cell that describes the crystal."""

import re
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure

from interfacekit.errors import InputError
from interfacekit.structure.crystals.crystal import crystal
from interfacekit.structure.network.percolation import connected_parts, percolation_of
from interfacekit.structure.network.search import lithium_network
from interfacekit.transport.hopping.directions import lattice_basis

NAMES = ("LCO", "LNO", "LGPS")
#: Past the first gap in the distances, so that there are more classes than by default.
CUTOFFS = {"LCO": 5.0, "LNO": 5.2, "LGPS": 4.3}


@cache
def structure(name):
    return crystal(name).structure


@cache
def classes(name):
    return signature(lithium_network(structure(name), cutoff_A=CUTOFFS[name], estimates=False))


def signature(net):
    """Distance and hops per mobile ion of each class, whatever they are called."""
    return Counter((round(hop.distance_A, 3), round(hop.multiplicity / len(net.sites), 6)) for hop in net.classes)


def changed(base, order=None, shift=(0, 0, 0), repeats=None):
    atoms = base if order is None else [base[k] for k in order]
    copy = Structure.from_sites([*atoms])
    copy.translate_sites(range(len(copy)), shift, to_unit_cell=True)
    if repeats is not None:
        copy.make_supercell(repeats)
    return copy


@settings(max_examples=12, deadline=None)
@given(name=st.sampled_from(NAMES), shift=st.tuples(*[st.floats(-1, 1)] * 3), random=st.randoms(use_true_random=False))
def test_classes_do_not_depend_on_the_origin_or_the_order_of_atoms(name, shift, random):
    order = list(range(len(structure(name))))
    random.shuffle(order)
    moved = lithium_network(changed(structure(name), order, shift), cutoff_A=CUTOFFS[name], estimates=False)
    assert signature(moved) == classes(name)
    assert (
        moved.percolation().direction
        == lithium_network(name, cutoff_A=CUTOFFS[name], estimates=False).percolation().direction
    )


CELLS = [
    [[2, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
    [[1, 0, 0], [0, 1, 0], [1, 0, 2]],
    [[1, -1, 0], [1, 2, 0], [0, 0, 1]],
]


@pytest.mark.parametrize("repeats", CELLS)
@pytest.mark.parametrize("name", NAMES)
def test_classes_do_not_depend_on_the_cell(name, repeats):
    """Supercells and skewed ones: with the translations in them, equivalent hops stay equivalent."""
    net = lithium_network(changed(structure(name), repeats=repeats), cutoff_A=CUTOFFS[name], estimates=False)
    assert signature(net) == classes(name)


@pytest.mark.parametrize(("name", "direction"), [("LCO", "2D in the (111) plane"), ("LNO", "3D"), ("LGPS", "3D")])
def test_the_primitive_cell_has_the_same_network(name, direction):
    primitive = structure(name).get_primitive_structure(tolerance=0.01)
    net = lithium_network(primitive, estimates=False)
    default = lithium_network(name, estimates=False)
    assert signature(net) == signature(default)
    assert net.cutoff_A == pytest.approx(default.cutoff_A)
    assert net.percolation().dimension == default.percolation().dimension
    if name != "LCO" or np.ptp(primitive.lattice.angles) < 1e-3:
        assert net.percolation().direction == direction


@settings(max_examples=12, deadline=None)
@given(name=st.sampled_from(NAMES), cutoff=st.floats(3.0, 6.0))
def test_every_hop_has_its_reverse_and_its_distance(name, cutoff):
    assume(cutoff > 3.8 or name != "LNO")
    net = lithium_network(name, cutoff_A=cutoff, estimates=False)
    rows = {tuple(row) for row in net.hop_table.tolist()}
    assert len(rows) == len(net.hops)
    assert {(j, i, -a, -b, -c, k) for i, j, a, b, c, k in rows} == rows
    ends = net.fractional[net.hop_table[:, 1]] + net.hop_table[:, 2:5] - net.fractional[net.hop_table[:, 0]]
    distances = np.array([hop.distance_A for hop in net.classes])[net.hop_table[:, 5]]
    assert np.linalg.norm(ends @ net.cell_A, axis=1) == pytest.approx(distances, abs=1e-3)
    assert distances.max() <= cutoff + 0.03
    assert [hop.multiplicity for hop in net.classes] == (np.bincount(net.hop_table[:, 5]) // 2).tolist()
    assert [*distances[np.argsort(net.hop_table[:, 5], kind="stable")]] == sorted(distances)


@settings(max_examples=12, deadline=None)
@given(name=st.sampled_from(NAMES), shape=st.tuples(*[st.integers(1, 6)] * 3))
def test_supercells_have_the_hops_of_the_cell_in_each_of_their_cells(name, shape):
    """Each hop of a supercell is that of the cell, from the site in its place; or the shape is refused."""
    net = lithium_network(name, estimates=False)
    try:
        sites = net.supercell(shape)
    except InputError as refused:
        least = tuple(map(int, re.search("give (\\d+),(\\d+),(\\d+) or more", str(refused)).groups()))
        assert all(small <= large for small, large in zip(shape, least, strict=True))
        assert least != shape
        sites = net.supercell(least)
        shape = least
    cells, n = np.prod(shape), len(net.sites)
    assert (sites.n_sites, sites.n_hops) == (cells * n, cells * len(net.hops))
    assert sites.volume_A3 == pytest.approx(cells * net.crystal.structure.volume)
    distances = np.array([hop.distance_A for hop in net.classes])[sites.hop_classes]
    assert np.linalg.norm(sites.displacements_A, axis=1) == pytest.approx(distances, abs=1e-3)
    # No site meets a neighbour twice, nor itself.
    pairs = sites.origins * sites.n_sites + sites.targets
    assert len(np.unique(pairs)) == len(pairs)
    assert np.all(sites.origins != sites.targets)
    # The hops of every copy of a site are those of the site.
    rows = np.column_stack([sites.hop_classes, sites.displacements_A])
    for copy in range(0, sites.n_sites, max(1, sites.n_sites // 7)):
        mine, first = (rows[sites.origins == k] for k in (copy, copy % n))
        apart = np.abs(mine[:, None] - first[None]).max(axis=2)
        assert apart.min(axis=0).max() < 1e-6 > apart.min(axis=1).max()
        assert len(mine) == len(first)


@pytest.mark.parametrize("name", NAMES)
def test_hops_are_all_pairs_that_a_brute_force_search_finds(name):
    """All pairs within the cutoff, but those with a third Li within 0.75 A of the line between them."""
    net = lithium_network(name, cutoff_A=CUTOFFS[name], estimates=False)
    cells = np.stack(np.meshgrid(*[range(-3, 4)] * 3, indexing="ij"), -1).reshape(-1, 3)
    everywhere = (net.fractional[None] + cells[:, None]).reshape(-1, 3) @ net.cell_A
    found = set()
    for origin, start in enumerate(net.fractional @ net.cell_A):
        apart = everywhere - start
        distance = np.linalg.norm(apart, axis=1)
        near = np.flatnonzero((distance > 0.1) & (distance <= CUTOFFS[name]))
        for k in near:
            along = apart[k] / distance[k]
            foot = apart[near] @ along
            off = np.linalg.norm(apart[near] - np.clip(foot, 0, distance[k])[:, None] * along, axis=1)
            if not np.any((off < 0.75) & (near != k)):
                found.add((origin, int(k % len(net.sites)), *cells[k // len(net.sites)].tolist()))
    assert {row[:5] for row in net.hops} == found


def test_a_hop_does_not_lead_through_another_site():
    """Chains of Li 3 A apart: with a cutoff of 6.5 A, a hop of 6 A would pass through the ion between."""
    chain = Structure(Lattice.orthorhombic(3.0, 8.0, 8.0), ["Li"], [[0, 0, 0]])
    (hop,) = lithium_network(chain, cutoff_A=6.5).classes
    assert hop.distance_A == pytest.approx(3.0)


unimodular = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(-2, 2)).filter(lambda t: t[0] != t[1]), max_size=5
)


@settings(max_examples=60, deadline=None)
@given(
    edges=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), *[st.integers(-2, 2)] * 3), min_size=1, max_size=9),
    steps=unimodular,
    shifts=st.lists(st.tuples(*[st.integers(-3, 3)] * 3), min_size=5, max_size=5),
)
def test_percolation_does_not_depend_on_the_cell_vectors_or_where_sites_are_counted(edges, steps, shifts):
    """Any network: another basis of the same lattice, and sites shifted by whole cells, leave the dimensions."""
    hops = np.array(edges)
    hops = np.concatenate([hops, np.column_stack([hops[:, 1], hops[:, 0], -hops[:, 2:]])])
    matrix = np.eye(3, dtype=int)
    for i, j, times in steps:
        matrix[i] += times * matrix[j]
    shift = np.array(shifts)
    images = (hops[:, 2:] + shift[hops[:, 0]] - shift[hops[:, 1]]) @ matrix
    before = connected_parts(5, hops)
    after = connected_parts(5, np.column_stack([hops[:, :2], images]))
    assert [(part.sites, part.dimension) for part in after] == [(part.sites, part.dimension) for part in before]
    for old, new in zip(before, after, strict=True):
        assert lattice_basis(np.array(old.vectors).reshape(-1, 3) @ matrix) == new.vectors


def test_crossing_chains_are_named_both():
    """One chain along a through the first site, one along b through the second, and an isolated site."""
    hops = np.array([[0, 0, 1, 0, 0], [0, 0, -1, 0, 0], [1, 1, 0, 1, 0], [1, 1, 0, -1, 0]])
    found = percolation_of(3, hops, ("x",))
    assert (found.dimension, found.direction, found.stranded) == (1, "1D along a and along b", (2,))


def test_interpenetrating_networks_are_told_apart():
    """Two primitive cubic networks in one bcc cell: each percolates by itself, at unit vectors."""
    steps = np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
    hops = np.concatenate([np.column_stack([np.full((6, 2), site), steps]) for site in (0, 1)])
    found = percolation_of(2, hops, ())
    assert [(part.sites, part.dimension) for part in found.parts] == [((0,), 3), ((1,), 3)]
    # Hops twice as long as the cell reach every other site only.
    twice = percolation_of(1, np.column_stack([np.zeros((6, 2), int), 2 * steps]), ())
    assert twice.vectors == ((2, 0, 0), (0, 2, 0), (0, 0, 2))


def test_olivine_has_channels_along_b():
    """LiFePO4 (Streltsov et al. 1993, doi:10.1107/S0108768192004701) conducts along [010] of Pnma alone."""
    olivine = Structure.from_spacegroup(
        "Pnma",
        Lattice.orthorhombic(10.332, 6.010, 4.692),
        ["Li", "Fe", "P", "O", "O", "O"],
        [
            [0, 0, 0],
            [0.28222, 0.25, 0.97472],
            [0.09486, 0.25, 0.41820],
            [0.09678, 0.25, 0.74279],
            [0.45710, 0.25, 0.20602],
            [0.16558, 0.04646, 0.28478],
        ],
    )
    net = lithium_network(olivine)
    assert [(hop.name, hop.multiplicity) for hop in net.classes] == [("Li1-Li1 3.00 A", 4)]
    assert net.percolation().direction == "1D along b"


def test_hops_past_a_cation_are_left_out_unless_they_are_asked_for():
    net = lithium_network("LCO", cutoff_A=5.0)
    assert [hop.name for hop in net.classes] == ["Li1-Li1 2.82 A", "Li1-Li1 4.88 A", "Li1-Li1 4.96 A"]
    blocked = net.classes[2]
    assert (blocked.bottleneck_A, blocked.bond_valence_mismatch) == (None, None)
    assert net.percolation().direction == "3D"
    assert net.percolation(["Li1-Li1 2.82 A", "Li1-Li1 4.88 A"]).direction == "2D in the ab plane"


def test_layers_far_apart_get_no_hops_between_them():
    """With the layers of LiCoO2 brought so near that their distance is below the longest looked at."""
    near = Structure.from_spacegroup(
        "R-3m", Lattice.hexagonal(2.8161, 12.3), ["Li", "Co", "O"], [[0, 0, 0], [0, 0, 0.5], [0, 0, 0.2605]]
    )
    assert lithium_network(near, cutoff_A=4.5).percolation().direction == "3D"
    assert lithium_network(near).percolation().direction == "2D in the ab plane"


def test_no_crystal_without_the_mobile_ion():
    with pytest.raises(InputError, match="LCO has no Na; it has Li, Co, O: give another crystal"):
        lithium_network("LCO", mobile="Na")
