"""Names of phases: aliases, formulas, and what is neither."""

import string

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pymatgen.core import Composition

from interfacekit.errors import InputError
from interfacekit.materials import aliases, materials
from interfacekit.phases import SAME_FRACTION, Phase, distinct_phases, phase

SYMBOLS = ("Li", "Co", "O", "P", "S", "Nb", "Ge", "C", "N", "H")


def refuse(what, function, *args):
    with pytest.raises(InputError, match=what) as caught:
        function(*args)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("LCO", "LiCoO2"),
        ("LNO", "LiNbO3"),  # in this field's coatings; LiNiO2 has no short alias
        ("LGPS", "Li10GeP2S12"),
        ("LPSCl", "Li6PS5Cl"),
        ("LLZO", "Li7La3Zr2O12"),
        ("LPS", "Li3PS4"),
        ("LTO", "Li4Ti5O12"),
        ("LPO", "Li3PO4"),
        ("LATP", "Li1.3Al0.3Ti1.7(PO4)3"),
        ("LAGP", "Li1.5Al0.5Ge1.5(PO4)3"),
        ("LNMO", "LiNi0.5Mn1.5O4"),
        ("NMC532", "LiNi0.5Mn0.3Co0.2O2"),
        ("NMC622", "LiNi0.6Mn0.2Co0.2O2"),
        ("NMC811", "LiNi0.8Mn0.1Co0.1O2"),
        ("NMC111", "Li3(NiMnCo)O6"),
        ("LNTO", "LiNb0.5Ta0.5O3"),
    ],
)
def test_aliases_mean_their_formula(name, formula):
    for spelling in (name, name.lower(), name.upper(), f" {name}\n"):
        assert phase(spelling).same_composition(phase(formula)), spelling
        assert phase(spelling).label == name


@pytest.mark.parametrize("alias", aliases())
def test_an_alias_means_the_same_in_any_case_unless_it_spells_elements(alias):
    for spelling in (alias.lower(), alias.upper()):
        assert phase(spelling).amounts == phase(alias).amounts


@pytest.mark.parametrize("formula", ["LaO", "LiC"])
def test_a_formula_is_not_taken_for_an_alias_that_differs_in_case(formula):
    assert formula.casefold() in {alias.casefold() for alias in aliases()}
    assert phase(formula) == Phase(formula, formula, tuple(sorted(Composition(formula).as_dict().items())))


def test_half_delithiated_lithium_cobalt_oxide():
    read = phase("Li0.5CoO2")
    assert read == Phase("Li0.5CoO2", "Li0.5CoO2", (("Co", 1.0), ("Li", 0.5), ("O", 2.0)))
    assert read.n_atoms == 3.5
    assert read.elements == {"Co", "Li", "O"}
    assert not read.same_composition(phase("LCO"))
    assert hash(read) == hash(phase("Li0.5CoO2"))


def test_labels_are_what_the_user_wrote():
    assert phase("LiCoO2").label == "LiCoO2"
    assert phase("lco").label == "LCO"
    assert phase("Co9S8").label == "Co9S8"
    assert phase(phase("lgps")) == phase("LGPS")


def test_vector():
    assert phase("LPS").vector(("S", "Xe", "Li")).tolist() == [4.0, 0.0, 3.0]
    assert phase("LPS").vector(("S",)).dtype == np.float64


numbers = st.one_of(st.integers(1, 999).map(str), st.integers(10, 9999).map(lambda n: f"{n / 1000:g}"))
formulas = st.dictionaries(st.sampled_from(SYMBOLS), st.just("") | numbers, min_size=1, max_size=6)


@given(formulas)
def test_amounts_are_those_written(parts):
    read = phase("".join(symbol + amount for symbol, amount in parts.items()))
    assert dict(read.amounts) == {symbol: float(amount or 1) for symbol, amount in parts.items()}
    assert read.amounts == tuple(sorted(read.amounts))


@given(formulas, st.integers(2, 9))
def test_a_multiple_is_the_same_composition(parts, factor):
    formula = "".join(symbol + amount for symbol, amount in parts.items())
    several = phase(f"({formula}){factor}")
    assert several.same_composition(phase(formula))
    assert several.n_atoms == pytest.approx(factor * phase(formula).n_atoms)
    refuse("phases must be distinct compositions", distinct_phases, [formula, f"({formula}){factor}"])


@given(formulas, formulas)
def test_same_composition_is_that_of_pymatgen(left, right):
    first, second = (phase("".join(s + n for s, n in parts.items())) for parts in (left, right))
    fractions = [Composition(dict(p.amounts)).fractional_composition for p in (first, second)]
    assert first.same_composition(second) == second.same_composition(first)
    assert first.same_composition(second) == fractions[0].almost_equals(fractions[1], rtol=0, atol=SAME_FRACTION)


def test_a_small_difference_is_a_difference():
    assert not phase("Li1.001CoO2").same_composition(phase("LiCoO2"))
    assert phase("Li1.00001CoO2").same_composition(phase("LiCoO2"))  # digits that no one can weigh
    assert phase("Li0.333333333CoO2").same_composition(phase("LiCo3O6"))


@given(st.text(alphabet=string.ascii_letters + string.digits + ".()[]+- \n,é₂\0", max_size=12) | st.text(max_size=8))
@example("Li" + "(" * 3000)
@example("9" * 6000)
@example("Li" + "9" * 6000)
def test_any_text_is_a_phase_or_one_line(name):
    try:
        read = phase(name)
    except InputError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert 0 < read.n_atoms <= 1e6
        assert all(amount > 0 for _, amount in read.amounts)
        assert len(dict(read.amounts)) == len(read.amounts)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("", "got an empty text; such as LGPS"),
        (" \n", "got an empty text"),
        ("Li3P0", "amounts of a formula must be positive, got a zero in 'Li3P0'; leave the element out"),
        ("Li3P0.0S4", "must be positive, got a zero"),
        ("Li(CoO2)0", "must be positive, got a zero"),
        ("Li0.0000001CoO2", "must be positive, got a zero"),
        ("LGPX", r"G, L, X are not elements; did you mean LGPS"),
        ("LGSP", "did you mean .*LGPS"),
        ("LPSC", "did you mean .*LPSCl"),
        ("licoo2", "did you mean LiCoO2"),
        ("LiCoO2X", "X is not an element; did you mean LiCoO2"),
        ("Zz", "try an alias such as LGPS, or a formula such as Li3PS4"),
        ("Li-Co-O", "'Li-Co-O' is not a formula; use element symbols"),
        ("Li+", "is not a formula"),
        ("Li(CoO2", "unknown phase"),
        ("Li99999999", "got 1e.08 in"),
        ("Li1e999", "got inf in"),
        ("Li0.001", "got 0.001 in"),
        ("LiCoO2.", "is not a formula"),
        ("LiCoO2\nLiNbO3", r"'LiCoO2\\nLiNbO3' is not a formula"),
    ],
)
def test_what_is_neither_says_what_would_be(name, what):
    refuse(what, phase, name)


def test_isotopes_are_one_element():
    assert phase("HDO").amounts == (("H", 2.0), ("O", 1.0))


def test_the_same_phase_twice():
    refuse(
        "phases must be distinct compositions, got LCO and LiCoO2; name each once",
        distinct_phases,
        ["LCO", "LNO", "LiCoO2"],
    )
    refuse("phases must be distinct compositions, got LCO twice;", distinct_phases, ["LCO", "lco"])
    assert [p.label for p in distinct_phases(["LCO", "LNO", phase("LGPS")])] == ["LCO", "LNO", "LGPS"]


def test_every_record_is_a_phase_under_its_formula():
    for record in materials():
        assert phase(record.formula).label == record.formula
        assert phase(record.alias).label == record.alias
