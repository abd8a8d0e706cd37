"""Oxidation states by charge balance."""

import pytest
from pymatgen.core import Lattice, Structure

from interfacekit.structure import crystal
from interfacekit.structure.crystals.oxidation import oxidation_states, usual_states


def of_formula(**amounts):
    """A structure of that composition; where its atoms are has no part in it."""
    symbols = [symbol for symbol, amount in amounts.items() for _ in range(amount)]
    return Structure(Lattice.cubic(100), symbols, [[k / len(symbols), 0, 0] for k in range(len(symbols))])


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"Li": 1, "Co": 1, "O": 2}, {"Li": 1, "Co": 3, "O": -2}),
        ({"Li": 6, "P": 1, "S": 5, "Cl": 1}, {"Li": 1, "P": 5, "S": -2, "Cl": -1}),
        ({"Li": 2, "P": 1, "O": 2, "N": 1}, {"Li": 1, "P": 5, "O": -2, "N": -3}),
        ({"Ba": 1, "S": 1, "O": 4}, {"Ba": 2, "S": 6, "O": -2}),
    ],
    ids=lambda value: "".join(map(str, value)),
)
def test_states_balance_the_charges(amounts, expected):
    assert oxidation_states(of_formula(**amounts)) == expected
    assert usual_states(of_formula(**amounts)) == expected


def test_an_alloy_has_no_ions():
    assert oxidation_states(of_formula(Ni=1, Al=1)) is None
    assert usual_states(of_formula(Ni=1, Al=1)) is None


def test_a_large_formula_has_the_states_of_the_small_one():
    """Two cells of LGPS that lack one Li2S, and then one Li more: pymatgen alone would take minutes."""
    small = oxidation_states(crystal("LGPS").structure)
    assert oxidation_states(of_formula(Li=38, Ge=4, P=8, S=47)) == small
    assert oxidation_states(of_formula(Li=37, Ge=4, P=8, S=47)) is None
    assert usual_states(of_formula(Li=37, Ge=4, P=8, S=47)) == small
