"""Numbers of descriptions: values, rows of literature tables, units, ranges and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.catalogue.numbers import read_number
from interfacekit.catalogue.ranges import Range
from interfacekit.errors import InputError
from interfacekit.materials import reference_table
from interfacekit.quantities import (
    CONDUCTIVITY,
    DIFFUSION,
    FILLING,
    LAYER_BARRIER,
    LAYER_DISTANCE,
    PERMITTIVITY,
    SITE_ENERGY,
)

FILM = {"system": "LiNbO3 ALD film", "quantity": "ionic conductivity"}
D_ROW = {"system": "LixCoO2 PLD film", "quantity": "D from PITT"}
MODELS = {"table": "space_charge", "system": "sulfide SE", "quantity": "relative permittivity used in models"}


def row_of(system, quantity, table="transport", **rest):
    return next(r for r in reference_table(table) if (r["system"], r["quantity"]) == (system, quantity))


@pytest.mark.parametrize("value", [0.45, "0.45", {"value": 0.45, "unit": "eV"}, {"value": 450, "unit": "meV"}])
def test_a_number_alone_is_given_and_fixed(value):
    number = read_number("barrier_eV", LAYER_BARRIER, value, "XYZ")
    assert number.value == pytest.approx(0.45, rel=1e-15)
    assert (number.unit, number.role, number.source, number.certainty) == ("eV", "given", "given", "given")
    assert number.range == Range("fixed")


def test_a_row_brings_its_number_source_and_certainty():
    number = read_number("conductivity_S_cm", CONDUCTIVITY, {"row": FILM, "unit": "S/cm"}, "XYZ")
    row = row_of(**FILM)
    assert (number.value, number.source, number.certainty) == (float(row["value"]), row["source"], row["certainty"])
    assert (number.role, number.system) == ("measured", FILM["system"])


def test_a_row_in_another_unit_is_converted():
    row = {"system": "Li10GeP2S12", "quantity": "ionic conductivity"}
    assert row_of(**row)["unit"] == "mS/cm"
    number = read_number("conductivity_S_cm", CONDUCTIVITY, {"row": row, "unit": "S/cm"}, "XYZ")
    assert number.value == float(row_of(**row)["value"]) * 1e-3


def test_what_the_description_says_goes_before_the_row():
    described = {"row": FILM, "unit": "S/cm", "role": "assumed", "source": "as of LiNbO3", "certainty": "assumed"}
    number = read_number("conductivity_S_cm", CONDUCTIVITY, described, "XYZ")
    assert (number.role, number.source, number.certainty) == ("assumed", "as of LiNbO3", "assumed")


@pytest.mark.parametrize(("take", "expected"), [("low", 10.0), ("middle", 15.0), ("high", 20.0)])
def test_of_a_row_with_two_ends_one_number_is_taken(take, expected):
    number = read_number("permittivity", PERMITTIVITY, {"row": {**MODELS, "take": take}, "unit": "-"}, "XYZ")
    assert (number.value, number.ends) == (expected, (10.0, 20.0))
    assert number.source.startswith("middle of 10-20, ") == (take == "middle")


@pytest.mark.parametrize(("part", "expected"), [(0, 2.815), (1, 14.05)])
def test_a_row_with_several_numbers_has_parts(part, expected):
    row = {"system": "LiCoO2", "quantity": "lattice a;c", "part": part}
    number = read_number("lattice_constant_a_A", LAYER_DISTANCE, {"row": row, "unit": "A"}, "XYZ")
    assert number.value == expected


def test_site_energies_are_several():
    row = {
        "table": "space_charge",
        "system": "LNO|LPS interface, LNO side",
        "quantity": "Li vacancy formation energy (site ladder)",
    }
    number = read_number("left_site_energies_eV", SITE_ENERGY, {"row": row, "unit": "eV"}, "XYZ", several=True)
    assert number.values == (3.13, 3.32, 3.26)
    with pytest.raises(InputError, match=r"the row of .* has '3.13/3.32/3.26'; take its low, middle or high number"):
        read_number("level_eV", SITE_ENERGY, {"row": row, "unit": "eV"}, "XYZ")


@given(value=st.floats(0.1, 9.0), width=st.floats(1e-3, 0.05), factor=st.floats(1.01, 1.1))
def test_relative_ranges_are_about_the_value(value, width, factor):
    for kind, size, ends in (
        ("plus_minus", width, (value - width, value + width)),
        ("factor", factor, (value / factor, value * factor)),
    ):
        described = {"value": value, "unit": "eV", "range": {"distribution": "uniform", kind: size}}
        number = read_number("barrier_eV", LAYER_BARRIER, described, "XYZ")
        assert number.range.ends(number.value) == ends


def test_a_range_has_the_unit_of_its_number():
    described = {"value": 12, "unit": "mS/cm", "range": {"distribution": "log-uniform", "low": 6, "high": 25}}
    number = read_number("conductivity_S_cm", CONDUCTIVITY, described, "XYZ")
    assert number.range.ends(number.value) == (6e-3, 25e-3)


def test_a_range_of_rows_has_the_ends_of_all():
    rows = [D_ROW, {"system": "LixCoO2 (003) PLD film", "quantity": "D from PITT"}]
    described = {
        "row": {**D_ROW, "take": "low"},
        "unit": "cm2/s",
        "range": {"distribution": "log-uniform", "rows": rows},
    }
    number = read_number("chemical_diffusion_cm2_s", DIFFUSION, described, "XYZ")
    assert number.range.ends(number.value) == (6e-13, 4e-11)


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"value": 0.5}, "the unit of filling of XYZ is missing; give -"),
        ({"value": 0.5, "unit": "eV"}, "the unit of filling of XYZ must be - or %, got 'eV'"),
        ({"unit": "-"}, "filling of XYZ must have one of value, row, derive, got none of them"),
        ({"value": 0.5, "row": FILM, "unit": "-"}, "one of value, row, derive, got value and row"),
        ({"value": 0.5, "unit": "-", "sorce": "me"}, "unknown key of filling of XYZ 'sorce'; choose from value, row"),
        ({"value": 1.5, "unit": "-"}, "filling of XYZ must be between 0 and 1, got 1.5"),
        ({"value": [0.5], "unit": "-"}, "filling of XYZ must be a number"),
        ({"value": 0.5, "unit": "-", "source": ""}, "source of filling of XYZ must be text"),
        (
            {"value": 0.5, "unit": "-", "certainty": "sure"},
            "unknown certainty of filling of XYZ 'sure'; choose from seen",
        ),
        (
            {"value": 0.5, "unit": "-", "role": "dreamt"},
            "unknown role of filling of XYZ 'dreamt'; choose from measured",
        ),
        ({"derive": "magic", "unit": "-"}, "unknown derive of filling of XYZ 'magic'; choose from nothing"),
        ({"row": "LiNbO3", "unit": "-"}, "row of filling of XYZ must have a system and a quantity"),
        ({"row": {**FILM, "table": "spells"}, "unit": "-"}, "unknown reference table 'spells'"),
        ({"row": {**FILM, "system": "nowhere"}, "unit": "-"}, "the table transport has no row 'ionic conductivity' of"),
        ({"row": {**D_ROW, "part": 9}, "unit": "-"}, "the unit of filling of XYZ must be - or %, got 'cm2/s'"),
        ({"row": FILM, "unit": "-"}, "the unit of filling of XYZ must be - or %, got 'S/cm'"),
        ({"value": 0.5, "unit": "-", "range": "wide"}, "range of filling of XYZ must be fixed or a mapping"),
        ({"value": 0.5, "unit": "-", "range": {"low": 0.1}}, "low and high of the range of filling of XYZ must be two"),
        ({"value": 0.5, "unit": "-", "range": {"low": 0.9, "high": 0.8}}, "the lower first, got 0.9 and 0.8"),
        ({"value": 0.5, "unit": "-", "range": {"low": 0.6, "high": 0.8}}, "must lie within its range, from 0.6 to 0.8"),
        (
            {"value": 0.5, "unit": "-", "range": {"low": 0.1, "high": 1.8}},
            "an end of the range of filling of XYZ must be",
        ),
        (
            {"value": 0.5, "unit": "-", "range": {"factor": 0.5}},
            "factor of the range of filling of XYZ must be a number",
        ),
        ({"value": 0.5, "unit": "-", "range": {"plus_minus": True}}, "must be a number above 0, got True"),
        ({"value": 0.5, "unit": "-", "range": {"rows": []}}, "rows of the range of filling of XYZ must be a list"),
        (
            {"value": 0.5, "unit": "-", "range": {"distribution": "normal", "plus_minus": 0.1}},
            "unknown distribution of the range of filling of XYZ 'normal'; choose from uniform, log-uniform",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(described, message):
    with pytest.raises(InputError) as caught:
        read_number("filling", FILLING, described, "XYZ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    described=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["value", "row", "derive", "unit", "range", "low", "rows", "system"]), inner
            )
        ),
        max_leaves=6,
    )
)
def test_odd_descriptions_are_refused_in_one_line_or_read(described):
    number, line = outcome(described)
    assert (number is None) != (line is None)
    assert line is None or "\n" not in line
    assert number is None or 0 < number.value < 1


def outcome(described):
    """The number that is described, or the message of its refusal."""
    try:
        return read_number("filling", FILLING, described, "XYZ"), None
    except InputError as error:
        return None, str(error)
