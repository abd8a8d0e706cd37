"""Copies of the states of kernels and their twins, and the comparison of two of them, array by array."""

import numpy as np


def copied(state):
    return type(state)(*(array.copy() for array in state))


def assert_same(state, twin):
    for name, array, expected in zip(state._fields, state, twin, strict=True):
        np.testing.assert_array_equal(array, expected, strict=True, err_msg=name)


def changes(state, before):
    """Names of the arrays that differ."""
    return {name for name, a, b in zip(state._fields, state, before, strict=True) if not np.array_equal(a, b)}
