"""EntryTable: invariants, values, subsets and joins."""

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monty.json import MontyDecoder
from pymatgen.core import Composition

from interfacekit.entries import EntryTable, chemical_system, load_entries
from interfacekit.errors import InputError

SYMBOLS = ("Li", "Co", "O", "S")
FIELDS = {
    "elements": ("Li", "O"),
    "formulas": ("Li", "Li2O", "O"),
    "compositions": np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 1.0]]),
    "formation_energies_eV_per_atom": np.array([0.0, -2.0, 0.0]),
    "thermo_type": "R2SCAN",
    "source": "test",
    "sha256": "0" * 64,
}


def make(**changes):
    return EntryTable(**(FIELDS | changes))


def from_rows(*rows, source="test", thermo_type="R2SCAN", sha256="0" * 64):
    return EntryTable.from_rows(rows, thermo_type=thermo_type, source=source, sha256=sha256)


@pytest.mark.parametrize("name", ["compositions", "formation_energies_eV_per_atom"])
def test_arrays_are_private_copies_that_cannot_be_written(name):
    given_array = FIELDS[name].copy()
    table = make(**{name: given_array})
    given_array += 1
    np.testing.assert_array_equal(getattr(table, name), FIELDS[name])
    with pytest.raises(ValueError, match="read-only"):
        getattr(table, name)[0] = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(table, name, given_array)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])  # noqa: S301
def test_copies_and_pickles_are_equal_and_read_only_too(duplicate):
    table = make()
    other = duplicate(table)
    assert other == table
    assert hash(other) == hash(table)
    assert not other.compositions.flags.writeable
    assert not other.formation_energies_eV_per_atom.flags.writeable


@pytest.mark.parametrize(
    "changes",
    [
        {"elements": ("Li", "S"), "formulas": ("Li", "Li2S", "S")},
        {"compositions": np.array([[1.0, 0.0], [2.0, 2.0], [0.0, 1.0]])},
        {"formation_energies_eV_per_atom": np.array([0.0, -2.1, 0.0])},
        {"thermo_type": "GGA_GGA+U"},
        {"source": "other"},
        {"sha256": "1" * 64},
    ],
)
def test_equal_only_if_every_field_is(changes):
    assert make() == make()
    assert hash(make()) == hash(make())
    assert make(**changes) != make()
    assert make() != "a table"
    assert len({make(), make(), make(**changes)}) == 2


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"compositions": np.ones((3, 3))}, "compositions must have the shape"),
        ({"formation_energies_eV_per_atom": np.zeros(2)}, "formation_energies_eV_per_atom must have the shape"),
        ({"formation_energies_eV_per_atom": np.array([0.0, np.nan, 0.0])}, "Li2O is not a finite number"),
        ({"formation_energies_eV_per_atom": np.array([0.0, -np.inf, 0.0])}, "Li2O is not a finite number"),
        ({"formation_energies_eV_per_atom": np.array([-0.1, -2.0, 0.0])}, "reference of Li is not at 0"),
        ({"compositions": np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 1.0]])}, "negative"),
        ({"compositions": np.array([[1.0, 0.0], [np.nan, 1.0], [0.0, 1.0]])}, "not finite"),
        ({"formulas": ("Li", "Li2O", "Li2O2"), "compositions": np.array([[1, 0], [2, 1], [2, 2]])}, "reference for O"),
        ({"elements": ("O", "Li")}, "elements must be sorted"),
        ({"formulas": ("Li2O", "Li", "O")}, "formulas must be sorted"),
        ({"formulas": ("Li", "Li", "O")}, "formulas must be sorted and distinct"),
    ],
)
def test_a_table_that_does_not_hold_together_is_refused(changes, what):
    with pytest.raises(InputError, match=what):
        make(**changes)


def test_from_rows_keeps_the_lowest_energy_per_reduced_composition():
    table = from_rows(
        ({"Li": 4, "O": 2}, -1.9), ({"Li": 2, "O": 1}, -2.0), ({"Li": 1, "O": 0.5}, -1.8), ({"Li": 2, "O": 2}, -1.6)
    )
    assert table.formulas == ("Li", "Li2O", "Li2O2", "O")
    np.testing.assert_array_equal(table.compositions, [[1, 0], [2, 1], [2, 2], [0, 1]])
    np.testing.assert_array_equal(table.formation_energies_eV_per_atom, [0, -2.0, -1.6, 0])


def test_an_excited_element_is_dropped_and_one_below_its_reference_refused():
    assert from_rows(({"Li": 2}, 0.3)).formation_energies_eV_per_atom.tolist() == [0.0]
    with pytest.raises(InputError, match="element Li has a formation energy below 0"):
        from_rows(({"Li": 2}, -0.3))


@pytest.mark.parametrize("first", [-9.0, 0.0])
def test_an_element_too_scarce_for_a_formula_of_whole_atoms_is_refused_not_forgotten(first):
    with pytest.raises(InputError, match="too little Li beside CoO2"):
        from_rows(({"Co": 1, "O": 2}, first), ({"Li": 1e-5, "Co": 1, "O": 2}, -1.0))


amounts = st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 12), min_size=1, max_size=4)
rows = st.lists(st.tuples(amounts, st.floats(0, 3)), min_size=1, max_size=8)


@given(rows, st.integers(2, 7))
@settings(max_examples=60, deadline=None)
def test_the_size_of_the_formula_unit_does_not_matter(some, factor):
    scaled = [({symbol: n * factor for symbol, n in unit.items()}, energy) for unit, energy in some]
    assert from_rows(*some) == from_rows(*scaled)


@given(rows, rows)
@settings(max_examples=60, deadline=None)
def test_join_is_the_table_of_all_rows(some, others):
    left, right = from_rows(*some, source="a", sha256="a"), from_rows(*others, source="b", sha256="b")
    joined, both = left.join(right), from_rows(*some, *others)
    assert joined.elements == both.elements
    assert joined.formulas == both.formulas
    np.testing.assert_array_equal(joined.compositions, both.compositions)
    np.testing.assert_array_equal(joined.formation_energies_eV_per_atom, both.formation_energies_eV_per_atom)
    assert joined.source == "a + b"


@given(rows, st.sets(st.sampled_from(SYMBOLS), min_size=1))
@settings(max_examples=60, deadline=None)
def test_subset_holds_the_rows_made_of_its_elements_only(some, wanted):
    whole = from_rows(*some, *(({symbol: 1}, 0.0) for symbol in SYMBOLS))
    part = whole.subset(wanted)
    assert part.elements == tuple(sorted(wanted))
    expected = [f for f in whole.formulas if {e.symbol for e in Composition(f)} <= wanted]
    assert list(part.formulas) == expected
    for formula, row, energy in zip(part.formulas, part.compositions, part.formation_energies_eV_per_atom, strict=True):
        assert {s: n for s, n in zip(part.elements, row, strict=True) if n} == Composition(formula).as_dict()
        assert energy == whole.formation_energies_eV_per_atom[whole.formulas.index(formula)]
    assert (part.thermo_type, part.source, part.sha256) == (whole.thermo_type, whole.source, whole.sha256)


def test_subset_takes_a_chemical_system_and_names_what_is_missing():
    table = make()
    assert table.subset("O").formulas == ("O",)
    assert table.subset("O-Li") == table
    with pytest.raises(InputError, match="test has no energies for Co, S; it covers Li-O"):
        table.subset("Li-S-Co")


def test_joining_different_thermo_types_says_why_not():
    with pytest.raises(InputError, match=r"test \(R2SCAN\) and mine \(GGA_GGA\+U\).*no common zero"):
        make().join(make(thermo_type="GGA_GGA+U", source="mine"))


def test_joined_fingerprint_depends_on_both():
    other = make(sha256="1" * 64)
    assert len({make().join(make()).sha256, make().join(other).sha256, other.join(make()).sha256}) == 3


def test_round_trip_through_json():
    table = make(formation_energies_eV_per_atom=np.array([0.0, -2 / 3, 0.0]))
    text = json.dumps(table.as_dict(), allow_nan=False)
    assert MontyDecoder().decode(text) == table
    assert MontyDecoder().decode(table.to_json()) == table
    assert EntryTable.from_dict(json.loads(text)) == table


def test_energy_of_a_composition_whatever_its_size():
    table = make()
    assert table.formation_energy_eV_per_atom([0.5, 0.25]) == -2.0
    assert table.formation_energy_eV_per_atom([1, 1]) is None


def test_frame_and_repr():
    frame = make().to_frame()
    assert list(frame.columns) == ["formula", "formation_energy_eV_per_atom"]
    assert frame.to_numpy().tolist() == [["Li", 0.0], ["Li2O", -2.0], ["O", 0.0]]
    assert repr(make()) == "EntryTable(test, R2SCAN: 3 compositions of Li-O, sha256 000000000000)"
    assert len(make()) == 3


@pytest.mark.parametrize(
    "given_elements", ["O-Li-Co", " Co - Li-O", ["O", "Co", "Li", "Li"], {"Li": 1, "Co": 1, "O": 2}]
)
def test_chemical_system(given_elements):
    assert chemical_system(given_elements) == ("Co", "Li", "O")


@pytest.mark.parametrize(
    ("given_elements", "what"),
    [("", "no elements given"), ([], "no elements given"), ("Li-Qq", "'Qq'"), (["L\ni"], r"'L\\ni'"), ([3], "'3'")],
)
def test_chemical_system_refuses(given_elements, what):
    with pytest.raises(InputError, match=what) as caught:
        chemical_system(given_elements)
    assert "\n" not in str(caught.value)


@given(st.data())
def test_the_row_of_a_composition_is_the_nearest_of_all_rows(data):
    table = load_entries("mp2019", "Li-Nb-O-P-S")
    row = data.draw(st.integers(0, len(table) - 1))
    tolerance = data.draw(st.sampled_from([1e-7, 1e-5, 1e-2, 0.1]))
    shift = np.array(data.draw(st.lists(st.floats(0, 0.1), min_size=5, max_size=5))) * tolerance
    composition = table.compositions[row] * data.draw(st.sampled_from([1.0, 0.5, 3.0])) + shift
    fractions = table.compositions / table.compositions.sum(axis=1, keepdims=True)
    distances = np.abs(fractions - composition / composition.sum()).max(axis=1)
    expected = int(np.argmin(distances)) if distances.min() < tolerance else None
    assert table.row_of(composition, tolerance) == expected
    assert table.row_of(list(composition), tolerance) == expected
