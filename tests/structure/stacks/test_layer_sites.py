"""Layers of sites: cuts of crystals, glasses, what their networks conduct, and slices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit.errors import InputError
from interfacekit.structure.stacks.layer_sites import LONGEST, SHORTEST, PeriodicSites, are_direct, cut, glass, joined
from interfacekit.structure.stacks.slices import slices_of, thicknesses_A


def cubic(distance_A=3.0, classes=("x", "y", "z")):
    hops = []
    for axis in range(3):
        for sign in (1, -1):
            image = [0, 0, 0]
            image[axis] = sign
            hops.append([0, 0, *image, axis])
    return PeriodicSites(
        distance_A * np.eye(3), np.zeros((1, 3)), np.array(hops), classes, np.array([[0.0, 0.0, 0.0]]), ("Li",)
    )


def test_a_cubic_lattice_conducts_by_the_squares_of_its_hops():
    conductance = cubic().conductance(np.array([1.0, 2.0, 0.5]))
    np.testing.assert_allclose(conductance, np.diag([1.0, 2.0, 0.5]) * 9 / 27, rtol=1e-12)


def test_ways_in_series_conduct_by_the_harmonic_mean():
    """A chain of hops with rates 1 and 4 in turn, on a cell of 2 x 2 x 5 A: the squares alone would say 2.5."""
    chain = PeriodicSites(
        np.diag([2.0, 2.0, 5.0]),
        np.array([[0.0, 0.0, 0.1], [0.0, 0.0, 0.4]]),
        np.array([[0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 1, 1], [0, 1, 0, 0, -1, 1]]),
        ("slow", "fast"),
        np.zeros((0, 3)),
        (),
    )
    conductance = chain.conductance(np.array([1.0, 4.0]))
    # Two resistors of 1 and 1/4 on 5 A: 0.8 * 5 / 4 A^2.
    np.testing.assert_allclose(conductance, np.diag([0, 0, 0.8 * 5 / 4]), atol=1e-12)


def test_a_dead_end_conducts_nothing():
    pair = PeriodicSites(
        3.0 * np.eye(3),
        np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.5]]),
        np.array([[0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]]),
        ("hop",),
        np.zeros((0, 3)),
        (),
    )
    np.testing.assert_allclose(pair.conductance(np.ones(1)), 0, atol=1e-12)


@pytest.mark.parametrize(
    "cell", [6.0 * np.eye(2), np.array([[3.0, 3.0], [-3.0, 3.0]]), np.array([[9.0, 0], [3.0, 3.0]])]
)
def test_a_cut_has_all_sites_and_hops_between_its_faces(cell):
    layer = cut(cubic(), np.eye(3), cell, 12.0, 3.0)
    in_plane = round(abs(np.linalg.det(cell)) / 9)
    assert len(layer.positions_A) == 4 * in_plane == len(layer.atoms_A)
    assert set(np.round(layer.positions_A[:, 2], 6)) == {1.5, 4.5, 7.5, 10.5}
    rise = layer.positions_A[layer.pairs[:, 1], 2] - layer.positions_A[layer.pairs[:, 0], 2]
    steps = layer.positions_A[layer.pairs[:, 1]] - layer.positions_A[layer.pairs[:, 0]]
    steps[:, :2] += layer.pairs[:, 2:4] @ cell
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), 3.0, atol=1e-6)
    assert np.bincount(layer.pairs[:, 4]).tolist() == [4 * in_plane, 4 * in_plane, 3 * in_plane]
    assert (rise >= -1e-9).all()
    keys = {tuple(row) for row in layer.pairs[:, :4].tolist()}
    assert len(keys) == len(layer.pairs)
    assert not keys & {(b, a, -i, -j) for a, b, i, j in keys if a != b}


def test_a_cut_is_strained_onto_its_cell():
    stretch = np.diag([1.02, 0.97, 1.0])
    layer = cut(cubic(), stretch, np.diag([2 * 3.06, 2.91]), 6.0, 3.0)
    assert len(layer.positions_A) == 4
    assert np.ptp(layer.positions_A[:, 0]) == pytest.approx(3.06)


def test_a_glass_has_its_density_and_shortest_distance():
    density = 0.038
    solid = glass(20.0 * np.eye(2), 25.0, density, 1)
    mean = density ** (-1 / 3)
    assert len(solid.fractional) == round(density * 20 * 20 * 25)
    lengths = np.linalg.norm(solid.displacements_A, axis=1)
    assert SHORTEST * mean <= lengths.min() < 1.1 * SHORTEST * mean
    assert lengths.max() <= LONGEST * mean
    hops = {tuple(row) for row in solid.hops[:, :5].tolist()}
    assert hops == {(b, a, -i, -j, -k) for a, b, i, j, k in hops}
    conductance = solid.conductance(np.ones(1))
    assert np.linalg.eigvalsh(conductance).min() > 0.8 * np.trace(conductance) / 3
    again = glass(20.0 * np.eye(2), 25.0, density, 1)
    np.testing.assert_array_equal(again.fractional, solid.fractional)
    assert not np.allclose(glass(20.0 * np.eye(2), 25.0, density, 2).fractional, solid.fractional)


def test_a_glass_thinner_than_its_hops_is_refused():
    with pytest.raises(InputError, match="thinner than its hops"):
        glass(20.0 * np.eye(2), 3.0, 0.038, 1)


def test_a_glass_on_a_cell_narrower_than_its_hops_is_refused():
    with pytest.raises(
        InputError, match=r"cell of a glass in the plane must be wider than its hops of 4\.2 A, got edges"
    ):
        glass(np.diag([2.8, 30.0]), 25.0, 0.038, 1)


def test_pairs_across_a_contact_are_all_within_the_distance():
    rng = np.random.default_rng(1)
    cell = np.array([[6.0, 0.0], [2.0, 5.0]])
    lower, upper = (np.column_stack([rng.random((7, 2)) @ cell, z + rng.random(7)]) for z in (0.0, 2.0))
    found = {tuple(row) for row in joined(lower, upper, cell, 4.0).tolist()}
    for a in range(7):
        for b in range(7):
            for i in range(-3, 4):
                for j in range(-3, 4):
                    there = upper[b] + [*(np.array([i, j]) @ cell), 0.0]
                    assert ((a, b, i, j) in found) == (np.linalg.norm(there - lower[a]) <= 4.0)


@given(st.lists(st.floats(0, 30), min_size=3, max_size=40), st.floats(1, 6), st.integers(0, 2**31))
@settings(max_examples=100, deadline=None)
def test_hops_never_lead_past_a_slice(heights, longest, seed):
    heights = np.array(heights)
    rng = np.random.default_rng(seed)
    apart = np.abs(heights[:, None] - heights)
    pairs = np.argwhere(np.triu(apart < longest, 1) & (rng.random(apart.shape) < 0.5))
    ends = [rng.choice(len(heights), rng.integers(0, 3)) for _ in range(2)]
    found = slices_of(heights, pairs, first_holds=ends[0], last_holds=ends[1])
    assert found.min() == 0
    assert set(found) == set(range(found.max() + 1))
    assert (np.abs(np.diff(found[pairs], axis=1)) <= 1).all()
    assert (found[ends[0]] == 0).all()
    assert (found[ends[1]] == found.max()).all()
    order = np.argsort(heights)
    assert (np.diff(found[order]) >= 0).all()
    spacing = thicknesses_A(heights, found, 31.0)
    assert spacing.sum() == pytest.approx(31.0)


def test_only_direct_pairs_are_joined():
    """One pair passes a third site, another one an image of it in the next cell."""
    cell = 8.0 * np.eye(2)
    lower, upper = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 2.0]]), np.array([[1.0, 1.0, 4.0], [7.5, 1.0, 3.0]])
    pairs = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, -1, 0], [0, 1, -1, 0], [0, 1, 0, 0]])
    assert are_direct(lower, upper, cell, pairs).tolist() == [False, True, True, False, False]
    assert are_direct(lower, upper, cell, pairs[:0]).tolist() == []


def test_sparse_slices_join_those_beside_them():
    heights = np.repeat([0.0, 3.0, 6.0, 9.0], [1, 6, 6, 6])
    ends = np.cumsum([0, 1, 6, 6])
    pairs = np.column_stack([ends[:-1], ends[1:]])
    none = np.zeros(0, int)
    assert np.bincount(slices_of(heights, pairs, first_holds=none, last_holds=none)).tolist() == [7, 6, 6]


def test_slices_of_a_lattice_are_its_planes():
    layer = cut(cubic(), np.eye(3), 6.0 * np.eye(2), 15.0, 3.0)
    none = np.zeros(0, int)
    found = slices_of(layer.positions_A[:, 2], layer.pairs, first_holds=none, last_holds=none)
    assert np.bincount(found).tolist() == [4] * 5
    np.testing.assert_allclose(thicknesses_A(layer.positions_A[:, 2], found, 15.0), 3.0, atol=1e-9)
