"""Functions of kernels whose body depends on the type of their arrays."""

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from interfacekit.kernels.compiled import by_arrays


class Squares(NamedTuple):
    side: np.ndarray


class Circles(NamedTuple):
    radius: np.ndarray


class Points(NamedTuple):
    number: int


@by_arrays
def size(shapes, i):
    """Length by which a shape is known."""


@size.of(Squares)
def _side(shapes, i):
    return shapes.side[i]


@size.of(Circles)
def _diameter(shapes, i):
    return 2.0 * shapes.radius[i]


def total(shapes, n):
    return sum([size(shapes, i) for i in range(n)])


@pytest.mark.parametrize("compiled", [total, njit(total)], ids=["Python", "compiled"])
def test_the_type_of_the_arrays_chooses_the_body(compiled):
    lengths = np.array([1.0, 2.0, 4.0])
    assert compiled(Squares(lengths), 3) == 7.0
    assert compiled(Circles(lengths), 3) == 14.0


def test_a_type_without_a_body_is_not_compiled():
    with pytest.raises(TypingError, match="size"):
        njit(total)(Points(3), 1)
