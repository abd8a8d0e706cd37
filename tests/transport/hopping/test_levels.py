"""Levels: every combination of neighbours has a number of its own, with the energy and the barrier of that many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.errors import InputError
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.levels import (
    energy_changes_eV,
    environment_barriers_eV,
    level_barriers_eV,
    model_levels,
)
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel, NeighbourBarriers
from tests.transport.models import irregular

CUBE = regular_lattice("simple_cubic", 4)
LAYERS = regular_lattice("layered_triangular", 3)


def level_of(levels, occupied_by_class):
    return int(levels.stride @ np.array(occupied_by_class))


def test_without_interactions_there_is_one_level():
    levels = model_levels(HoppingModel(CUBE, 0.5, 0.3))
    assert len(levels) == 1
    assert levels.stride.tolist() == [0]
    assert levels.possible(0).tolist() == [True]
    assert levels.energies_eV.tolist() == [0.0]


@given(st.lists(st.sampled_from([0.0, -0.02, 0.05]), min_size=2, max_size=2), st.data())
def test_levels_count_the_neighbours_that_matter(pairs, data):
    model = HoppingModel(LAYERS, 0.5, 0.3, pair_energies_eV=pairs)
    levels = model_levels(model)
    occupied = [data.draw(st.integers(0, 6)) for _ in pairs]
    level = level_of(levels, occupied)
    assert levels.energies_eV[level] == pytest.approx(np.dot(pairs, occupied), abs=1e-12)
    by_energy = {J: sum(n for pair, n in zip(pairs, occupied, strict=True) if pair == J) for J in set(pairs) - {0.0}}
    assert levels.counts[level].tolist() == [by_energy[J] for J in sorted(by_energy)]
    assert levels.neighbours[level] == sum(by_energy.values())
    sizes = [6 * pairs.count(J) + 1 for J in by_energy]
    assert len(levels) == np.prod(sizes, dtype=int)


def test_the_other_end_of_a_hop_does_not_count():
    levels = model_levels(HoppingModel(LAYERS, 0.5, 0.3, pair_energies_eV=(0.1, 0.2)))
    for hop_class in (0, 1):
        possible = levels.possible(hop_class)
        assert possible.tolist() == (levels.counts[:, hop_class] < 6).tolist()
    assert not possible.all()


def test_tables_of_neighbours_count_all_classes():
    row = np.arange(23) / 100
    model = HoppingModel(LAYERS, 0.5, NeighbourBarriers([row, 1 + row]))
    levels = model_levels(model)
    assert len(levels) == 13
    for vacancies in (False, True):
        heights = level_barriers_eV(model, levels, 1, vacancies=vacancies)
        for p, q in [(0, 0), (3, 4), (11, 11), (11, 0)]:
            assert heights[p, q] == pytest.approx(((22 - p - q) if vacancies else p + q) / 100)


def test_changes_of_energy_are_those_of_the_levels():
    levels = model_levels(HoppingModel(CUBE, 0.5, 0.3, pair_energies_eV=0.1))
    changes = energy_changes_eV(levels)
    assert changes[1, 4] == pytest.approx(0.3)
    np.testing.assert_allclose(changes, -changes.T)


def test_barriers_of_surroundings_are_above_the_lowest_of_their_class():
    net = irregular()
    model = HoppingModel(net, 0.5, EnvironmentBarriers([[0.3, 0.2, 0.4], [0.5, 0.6, 0.7]]))
    sizes, classes = np.array([2, 1, 2]), np.array([0, 1, 0])
    ions = environment_barriers_eV(model, sizes, classes, vacancies=False)
    np.testing.assert_allclose(ions[0], [0.1, 0.0, 0.2])
    np.testing.assert_allclose(ions[1, :2], [0.0, 0.1])
    vacancies = environment_barriers_eV(model, sizes, classes, vacancies=True)
    np.testing.assert_allclose(vacancies[0], [0.2, 0.0, 0.1])
    np.testing.assert_allclose(vacancies[1, :2], [0.1, 0.0])


def test_tables_that_are_too_short_are_refused():
    model = HoppingModel(CUBE, 0.5, NeighbourBarriers([[0.3] * 10]))
    with pytest.raises(InputError, match=r"^[^\n]*nearest has 10 entries; a hop can have 0 to 10 .*, give 11$"):
        level_barriers_eV(model, model_levels(model), 0, vacancies=False)
    model = HoppingModel(CUBE, 0.5, EnvironmentBarriers([[0.3, 0.2]]))
    with pytest.raises(InputError, match=r"^[^\n]*nearest has 2 entries; its hops have 3 sites around them, give 4$"):
        environment_barriers_eV(model, np.array([3]), np.array([0]), vacancies=False)


def test_tables_need_not_be_longer_than_any_hop_s_neighbours():
    """Sites 0 and 2 have five and four neighbours, all others fewer: no hop has more than seven around it."""
    net = irregular()
    around = net.degrees[net.origins] + net.degrees[net.targets] - 2
    assert around.max() == 7
    model = HoppingModel(net, 0.5, NeighbourBarriers([[0.3] * 8] * 2), pair_energies_eV=(0.01, 0.02))
    for hop_class in (0, 1):
        assert not level_barriers_eV(model, model_levels(model), hop_class, vacancies=False).any()
