"""Pareto fronts against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from interfacekit.pareto import pareto_fronts

LOSSES = arrays.arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 3)), elements=st.integers(0, 5))


def beats(one, other):
    return (one <= other).all() and (one < other).any()


def peeled(losses):
    """Fronts by repeated removal of the candidates that none of those left beats."""
    fronts, left = np.zeros(len(losses), dtype=int), set(range(len(losses)))
    number = 0
    while left:
        number += 1
        first = {i for i in left if not any(beats(losses[j], losses[i]) for j in left)}
        fronts[list(first)] = number
        left -= first
    return fronts


@given(LOSSES)
def test_fronts_are_those_of_repeated_removal(losses):
    assert pareto_fronts(losses).tolist() == peeled(losses).tolist()


@given(LOSSES)
def test_a_front_follows_the_last_one_of_those_that_beat_it(losses):
    fronts = pareto_fronts(losses)
    for i, row in enumerate(losses):
        assert fronts[i] == 1 + max((fronts[j] for j, other in enumerate(losses) if beats(other, row)), default=0)


@given(LOSSES, st.randoms(use_true_random=False))
def test_fronts_do_not_depend_on_the_order(losses, random):
    order = list(range(len(losses)))
    random.shuffle(order)
    assert pareto_fronts(losses[order]).tolist() == pareto_fronts(losses)[order].tolist()


@pytest.mark.parametrize(
    ("losses", "fronts"),
    [
        ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [1, 2, 2, 3]),
        ([[2.0], [1.0], [2.0]], [2, 1, 2]),
        ([[-np.inf, 1.0], [0.0, 0.0]], [1, 1]),
    ],
)
def test_fronts_of_few_candidates(losses, fronts):
    assert pareto_fronts(np.array(losses)).tolist() == fronts
