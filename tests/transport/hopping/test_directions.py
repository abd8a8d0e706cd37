"""Lattices of integer vectors, and the names of the directions that they span."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit.transport.hopping.directions import direction_of, lattice_basis


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-6, 6)] * 3), min_size=1, max_size=6))
def test_the_basis_of_a_lattice_spans_its_vectors_and_no_more(vectors):
    given_vectors = np.array(vectors)
    basis = np.array(lattice_basis(given_vectors)).reshape(-1, 3)
    assert len(basis) == np.linalg.matrix_rank(given_vectors)
    if len(basis):
        # Coordinates in the basis are whole; and the basis is spanned: adding it changes nothing.
        coordinates = np.linalg.lstsq(basis.T.astype(float), given_vectors.T.astype(float), rcond=None)[0]
        assert np.allclose(coordinates, np.round(coordinates), atol=1e-6)
        if len(basis) == 3:
            assert abs(np.linalg.det(basis)) == pytest.approx(_divisor(given_vectors))
        assert lattice_basis(np.concatenate([given_vectors, basis])) == lattice_basis(basis)


def _divisor(vectors):
    """The greatest common divisor of all 3 x 3 minors is the volume of the lattice's cell."""
    minors = [round(np.linalg.det(np.array(three))) for three in combinations(vectors, 3)]
    return np.gcd.reduce(minors)


@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        ([], "0D"),
        ([(0, 0, 2)], "1D along c"),
        ([(2, -2, 0)], "1D along [1-10]"),
        ([(1, 0, 0), (1, 1, 0)], "2D in the ab plane"),
        ([(0, 1, 1), (0, 0, 1)], "2D in the bc plane"),
        ([(1, -1, 0), (0, 1, -1)], "2D in the (111) plane"),
        ([(1, 0, 0), (0, 3, 0), (0, 0, 1)], "3D"),
        ([(11, 1, 0)], "1D along [11 1 0]"),
    ],
)
def test_directions_in_words(vectors, words):
    assert direction_of(lattice_basis(np.array(vectors, dtype=int).reshape(-1, 3))) == words
