"""Columns of candidates: the same numbers as of the objects, whole and in part."""

import numpy as np
import pytest

from interfacekit.thermo import screen
from interfacekit.thermo.screening.columns import CandidateColumns


@pytest.fixture(scope="module")
def candidates():
    return screen("LCO", "LGPS", ["LNO", "Li3PO4", "LiAlO2", "Al2O3"]).candidates


def test_worst_reactions_are_those_of_the_candidates(candidates):
    columns = CandidateColumns.of(candidates)
    for name in ("cathode_eV_per_atom", "electrolyte_eV_per_atom"):
        assert getattr(columns, name).tolist() == [getattr(candidate, name) for candidate in candidates]
        assert getattr(columns, name) is getattr(columns, name)


def test_a_part_has_the_numbers_of_its_candidates_alone(candidates):
    columns = CandidateColumns.of(candidates)
    whole = columns.cathode_eV_per_atom
    part = columns.take([2, 0])
    assert part.labels == [candidates[2].label, candidates[0].label]
    assert part.cathode_eV_per_atom.tolist() == whole[[2, 0]].tolist()
    assert part.numbers.keys() == columns.numbers.keys()
    assert all(
        np.array_equal(part.numbers[name], columns.numbers[name][[2, 0]], equal_nan=True) for name in part.numbers
    )
    assert part.products(1, 0) == candidates[0].reactions["cathode_closed"].products
