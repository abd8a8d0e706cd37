"""Ranks of candidates: fronts of Pareto, those that sever polyanions after all others."""

import numpy as np
import pytest

from interfacekit.structure.interfaces.ranking import fronts


@pytest.fixture
def points():
    return [(float(a), float(s)) for a, s in np.random.default_rng(3).integers(0, 12, (60, 2))]


def test_fronts_are_those_of_pareto(points):
    numbers = fronts(points, [0] * len(points))
    for (area, strain), front in zip(points, numbers, strict=True):
        beaten_by = {
            f
            for (a, s), f in zip(points, numbers, strict=True)
            if (a, s) != (area, strain) and a <= area and s <= strain
        }
        assert front == max(beaten_by, default=0) + 1


def test_candidates_that_sever_polyanions_form_fronts_after_all_others(points):
    cuts = [k % 3 for k in range(len(points))]
    numbers = fronts(points, cuts)
    whole = [n for n, cut in zip(numbers, cuts, strict=True) if not cut]
    severed = [n for n, cut in zip(numbers, cuts, strict=True) if cut]
    assert min(severed) == max(whole) + 1
    assert whole == fronts([p for p, cut in zip(points, cuts, strict=True) if not cut], [0] * len(whole))
    assert fronts(points, [2] * len(points)) == fronts(points, [0] * len(points))
