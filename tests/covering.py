"""Parameters of tests of which a part runs every time: each pair of values meets there, and the slow run has all."""

from itertools import combinations, product

import pytest


def crossed(*axes, when=lambda *case: True):
    """Every possible combination of the values of all axes, as parameters of a test.

    Those marked slow repeat only pairs of values that meet in one of the others.

    Parameters
    ----------
    axes
        Values of each parameter; two or more lists.
    when
        Whether a combination is possible.
    """
    cases = [case for case in product(*axes) if when(*case)]
    pairs = [{((i, case[i]), (j, case[j])) for i, j in combinations(range(len(axes)), 2)} for case in map(_keys, cases)]
    unmet, fast = set().union(*pairs), set()
    while unmet:
        best = max(range(len(cases)), key=lambda number: len(pairs[number] & unmet))
        fast.add(best)
        unmet -= pairs[best]
    return [pytest.param(*case, marks=() if i in fast else pytest.mark.slow) for i, case in enumerate(cases)]


def in_turns(*axes):
    """Every combination of the values of all axes, as parameters of a test; each value is in one that is not slow."""
    axes = [list(axis) for axis in axes]
    fast = [tuple(axis[turn % len(axis)] for axis in axes) for turn in range(max(map(len, axes)))]
    return some(list(product(*axes)), fast)


def some(cases, fast):
    """Parameters of a test: those among `fast` run every time, the others are slow."""
    return [case if case in fast else pytest.param(*_row(case), marks=pytest.mark.slow) for case in cases]


def _keys(case):
    return [repr(value) for value in case]


def _row(case):
    return case if isinstance(case, tuple) else (case,)
