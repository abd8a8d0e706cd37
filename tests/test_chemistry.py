from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from interfacekit.chemistry import mixture_text, printed, printed_amounts, reaction_text
from interfacekit.entries import load_entries


@pytest.mark.parametrize(
    ("formula", "expected", "units"),
    [
        ("Li(CoO2)2", "Li0.5CoO2", 2),
        ("Li3(NiO2)4", "Li0.75NiO2", 4),
        ("Li(FePO4)2", "Li0.5FePO4", 2),
        ("Li(CoO2)3", "LiCo3O6", 1),
        ("Li10Ge(PS6)2", "Li10GeP2S12", 1),
        ("Li5(NbS2)7", "Li5Nb7S14", 1),
        ("Co3(PO4)2", "Co3(PO4)2", 1),
        ("Li2Co(SO4)2", "Li2Co(SO4)2", 1),
        ("Ti2(P2O7)3", "Ti2(P2O7)3", 1),
        ("LiCoO2", "LiCoO2", 1),
        ("Li0.5CoO2", "Li0.5CoO2", 1),
        ("O2", "O2", 1),
    ],
)
def test_formulas_are_those_of_papers(formula, expected, units):
    assert printed(formula) == (expected, units)


def test_printed_formulas_have_the_atoms_of_the_entries():
    for formula in load_entries("mp2019", "Li-Co-O-P-S-Ge-Nb").formulas:
        written = printed(formula)
        assert (Composition(written.formula) * written.units).almost_equals(Composition(formula)), formula


def test_amounts_follow_their_formulas():
    assert printed_amounts({"Li(CoO2)2": 0.5, "Li0.5CoO2": 1.0, "Co": 2.0}) == {"Li0.5CoO2": 2.0, "Co": 2.0}
    assert mixture_text({"Li(CoO2)2": 0.5, "Li": 0.5}) == "Li0.5CoO2 + 0.5 Li"
    assert mixture_text({}) == ""


def test_small_coefficients_are_whole():
    products = {"Li(CoO2)2": 0.5}
    assert reaction_text({"LiCoO2": 1.0}, products, lithium=-0.5) == "2 LiCoO2 -> 2 Li0.5CoO2 + Li"
    assert reaction_text({"Li2S": 0.4, "P2S5": 0.2}, {"Li2PS3.5": 0.4}, lithium=0) == "2 Li2S + P2S5 -> 2 Li2PS3.5"


def test_other_coefficients_are_per_scarcer_reactant():
    assert reaction_text({"A2B": 0.9, "CD": 0.1}, {"AB": 1 / 7}) == "9 A2B + CD -> 1.429 AB"


def test_a_phase_that_does_not_react_stands_alone():
    assert reaction_text({"LiCoO2": 1.0, "Li3PS4": 0.0}, {"LiCoO2": 1.0}) == "LiCoO2"


@given(
    st.lists(st.integers(1, 10), min_size=2, max_size=2),
    st.lists(st.integers(1, 20), min_size=1, max_size=4),
    st.integers(1, 30),
)
def test_whole_coefficients_are_found_in_any_unit(reactants, products, unit):
    left = {f"A{n}B": Fraction(k, unit) for n, k in enumerate(reactants, 2)}
    right = {f"C{n}D": Fraction(k, unit) for n, k in enumerate(products, 2)}
    text = reaction_text({f: float(a) for f, a in left.items()}, {f: float(a) for f, a in right.items()})
    sides = [side.split(" + ") for side in text.split(" -> ")]
    amounts = [Fraction(term.rpartition(" ")[0] or "1") for side in sides for term in side]
    assert [round(float(a / amounts[0]), 3) for a in amounts] == [
        pytest.approx(round(float(a / left["A2B"]), 3), abs=2e-3 * float(a / left["A2B"]) + 2e-3)
        for a in (*left.values(), *right.values())
    ]
    ratios = [a / min(left.values()) for a in (*left.values(), *right.values())]
    if all(ratio.denominator == 1 for ratio in ratios):
        assert all(a.denominator == 1 for a in amounts)
