"""Symbols and plain formulas, beside pymatgen's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition, Element

from interfacekit.elements import SYMBOLS, is_symbol, plain_amounts
from interfacekit.entries import load_entries

AMOUNT = st.one_of(
    st.just(""),
    st.integers(1, 300).map(str),
    st.floats(1e-3, 300).map(lambda amount: f"{amount:.5f}"),
    st.integers(1, 99).map(lambda amount: f".{amount:02d}"),
)
PLAIN = st.lists(st.tuples(st.sampled_from(SYMBOLS), AMOUNT), min_size=1, max_size=6, unique_by=lambda term: term[0])


def test_symbols_are_those_of_all_elements():
    assert [Element.from_Z(z).symbol for z in range(1, 119)] == list(SYMBOLS)
    assert all(is_symbol(symbol) == Element.is_valid_symbol(symbol) for symbol in (*SYMBOLS, "D", "T", "Qq", "li", ""))


@given(PLAIN)
def test_plain_formulas_are_read_as_pymatgen_reads_them(terms):
    formula = "".join(symbol + amount for symbol, amount in terms)
    expected = Composition(formula).get_el_amt_dict()
    assert plain_amounts(formula) in (None, expected)  # None where two symbols make another one: S and C make Sc
    assert plain_amounts(formula) == expected or any(len(symbol) > 1 for symbol in expected)


def test_formulas_of_the_snapshot():
    formulas = load_entries("mp2019").formulas[::50]
    plain = {formula: amounts for formula in formulas if (amounts := plain_amounts(formula))}
    assert len(plain) > len(formulas) / 2
    assert all(amounts == Composition(formula).get_el_amt_dict() for formula, amounts in plain.items())


@pytest.mark.parametrize(
    "formula", ["Li(PO3)2", "LiLi", "Qq2", "", "2Li", "Li2 O", "li2O", "Li1e3", "D2O", "Li٢O", "Li2O\n"]
)
def test_other_text_is_left_to_pymatgen(formula):
    assert plain_amounts(formula) is None
