"""Rounded formulas: the voltages between which they keep their Li, and the entry that they may stand for."""

import json

import numpy as np
import pytest
from monty.json import MontyDecoder

from interfacekit.entries import EntryTable, load_entries
from interfacekit.errors import InputError
from interfacekit.phases import phase
from interfacekit.report.tables.windows import window_tables
from interfacekit.thermo import electrochemical_window, electrochemical_windows, snapped
from interfacekit.thermo.screening.screen import screen
from interfacekit.thermo.stability.nearest import MOST_SNAPPED, nearest_entry

NMC, LLTO = "LiNi0.333Mn0.333Co0.333O2", "Li0.33La0.557TiO3"


def notes(*windows):
    return [part for part in window_tables(windows) if isinstance(part, str)]


@pytest.mark.parametrize("engine", ["kernels", "pymatgen"])
@pytest.mark.parametrize(("formula", "low", "high"), [(NMC, 2.200, 3.392), (LLTO, 1.754, 3.709)])
def test_a_rounded_formula_has_the_window_of_its_phase(formula, low, high, engine):
    window = electrochemical_window(formula, engine=engine)
    assert window.reduction_V == window.oxidation_V  # exact, and of no use
    assert (window.rounded_reduction_V, window.rounded_oxidation_V) == pytest.approx((low, high), abs=5e-4)
    assert window.li_tolerance_per_formula == 0.01
    (note,) = [note for note in notes(window) if "its Li content" in note]
    assert f"within 0.01 per formula unit between {low:.3f} and {high:.3f} V" in note


@pytest.mark.parametrize("formula", [NMC, LLTO, "Li0.37CoO2", "LGPS", "CoS2", "Li2S", "Li0.995NbO3"])
def test_the_tolerance_bounds_the_li_content_of_the_staircase(formula):
    window = electrochemical_window(formula)
    high = np.inf if window.rounded_oxidation_V is None else window.rounded_oxidation_V
    for step in window.steps:
        is_inside = window.rounded_reduction_V <= step.voltage_low_V < high
        assert is_inside == (abs(step.li_per_formula) <= 0.01)
    assert window.rounded_reduction_V <= window.reduction_V


def test_the_rounded_window_is_that_of_the_exact_composition():
    exact = electrochemical_window("NMC111")
    window = electrochemical_window(NMC)
    assert window.nearest_entry == exact.nearest_entry == "Li3MnCoNiO6"
    assert exact.nearest_entry_distance_atom_fraction == 0.0
    assert window.nearest_entry_distance_atom_fraction == pytest.approx(1.9e-4, rel=0.02)
    assert (window.rounded_reduction_V, window.rounded_oxidation_V) == pytest.approx(
        (exact.reduction_V, exact.oxidation_V), abs=1e-9
    )


@pytest.mark.parametrize("formula", ["LGPS", "LiNbO3", "Li3PO4", "LLZO", "LPSCl", "CoS2", "Li2S", "LiCoO2", "NMC111"])
def test_phases_have_no_further_line(formula):
    window = electrochemical_window(formula)
    assert (window.rounded_reduction_V, window.rounded_oxidation_V) == (window.reduction_V, window.oxidation_V)
    assert not any("nearest" in note or "within" in note for note in notes(window))


def test_a_composition_close_to_an_entry_names_it():
    near, far = electrochemical_window("Li3.25Ge0.25P0.75S4"), electrochemical_window("Li5.5PS4.5Cl1.5")
    assert any("nearest entry, Li10GeP2S12, differs in 1.6 % of the atoms" in note for note in notes(near))
    assert far.nearest_entry == "Li6PS5Cl"
    assert not any("nearest" in note for note in notes(far))


def test_a_window_of_no_width_names_an_entry_farther_away():
    (note,) = [note for note in notes(electrochemical_window("Li0.1NbO3")) if "nearest" in note]
    assert note == "Li0.1NbO3: the nearest entry, NbO3, differs in 2.4 % of the atoms (--snap takes it)"
    assert not any("nearest" in note for note in notes(electrochemical_window("Co0.8S2")))  # never oxidised


def test_new_numbers_are_in_json_and_tables():
    window = electrochemical_window(NMC)
    assert json.loads(window.to_json(), cls=MontyDecoder) == window
    frame = window.to_frame()
    for name in ("rounded_reduction_V", "rounded_oxidation_V", "nearest_entry", "nearest_entry_distance_atom_fraction"):
        assert (frame[name] == getattr(window, name)).all()


def test_a_window_saved_before_has_no_note():
    document = json.loads(electrochemical_window(NMC).to_json())
    for name in [name for name in document if name.startswith(("rounded", "nearest", "li_tolerance"))]:
        del document[name]
    old = json.loads(json.dumps(document), cls=MontyDecoder)
    assert old.rounded_reduction_V is None
    assert not any("within" in note or "nearest" in note for note in notes(old))


@pytest.mark.parametrize("formula", [NMC, "LGPS", "Li6.75La3Zr1.75Ta0.25O12"])
def test_snap_takes_the_nearest_entry(formula):
    window = electrochemical_window(formula, snap=True)
    entry = phase(electrochemical_window(formula).nearest_entry)
    assert phase(window.formula).same_composition(entry)
    plain = electrochemical_window(window.formula)
    assert (window.reduction_V, window.oxidation_V, window.steps) == (plain.reduction_V, plain.oxidation_V, plain.steps)
    assert window.provenance["parameters"]["snapped_from"] == phase(formula).formula
    assert window.nearest_entry_distance_atom_fraction == 0.0
    assert any("nearest entry to" in note for note in notes(window)) == (formula != "LGPS")


def test_an_entry_keeps_its_name_when_snapped():
    assert snapped("LGPS") == phase("LGPS")
    assert snapped(phase("Li3Co3O6")) == phase("Li3Co3O6")


def test_nothing_is_snapped_from_far_away():
    for formula in ("Li5Co12O", "Li9SCl"):
        distance = electrochemical_window(formula).nearest_entry_distance_atom_fraction
        assert distance > MOST_SNAPPED
        with pytest.raises(InputError, match=f"no entry near {formula}: the nearest, .*, differs in .* % of its atoms"):
            electrochemical_window(formula, snap=True)
    rows = [({"Li": 1.0}, 0.0), ({"S": 1.0}, 0.0)]
    elements = EntryTable.from_rows(rows, thermo_type="model", source="model", sha256="0" * 64)
    assert electrochemical_window("Li2S", elements).nearest_entry is None
    with pytest.raises(InputError, match="model has no entry near Li2S; name an entry"):
        electrochemical_window("Li2S", elements, snap=True)


def test_two_names_of_one_entry_may_be_snapped():
    first, second = electrochemical_windows([NMC, "LiNi0.334Mn0.333Co0.333O2"], snap=True)
    assert first.formula == second.formula


def test_the_nearest_entry_is_that_with_most_atoms_in_common():
    table = load_entries(elements="Li-Ni-Mn-Co-O")
    compounds = np.count_nonzero(table.compositions, axis=1) > 1
    fractions = table.compositions / table.compositions.sum(axis=1, keepdims=True)
    rng = np.random.default_rng(0)
    for _ in range(30):
        asked = rng.dirichlet(np.full(5, 0.7))
        common = np.minimum(fractions, asked).sum(axis=1)
        found = nearest_entry(table, asked)
        assert found.distance_atom_fraction == pytest.approx(1 - common[compounds].max(), abs=1e-12)
        assert common[found.row] == pytest.approx(common[compounds].max(), abs=1e-12)


def test_a_screening_reports_and_snaps_rounded_candidates():
    rounded = screen("LCO", "LGPS", ["LNO", NMC])
    for candidate in rounded.candidates:
        window = electrochemical_window(candidate.formula)
        assert (candidate.rounded_reduction_V, candidate.rounded_oxidation_V) == pytest.approx(
            (window.rounded_reduction_V, window.rounded_oxidation_V), abs=1e-9
        )
        assert candidate.nearest_entry == window.nearest_entry
        assert candidate.nearest_entry_distance_atom_fraction == pytest.approx(
            window.nearest_entry_distance_atom_fraction, abs=1e-12
        )
    frame = rounded.to_frame().set_index("label")
    assert frame.loc[NMC, "rounded_oxidation_V"] == pytest.approx(3.392, abs=5e-4)
    assert frame.loc["LNO", "nearest_entry"] == "LiNbO3"
    snapped_ones = screen("LCO", "LGPS", ["LNO", NMC], snap=True)
    assert {c.formula for c in snapped_ones.candidates} == {"LiNbO3", "Li3MnCoNiO6"}
    assert [found.provenance["parameters"]["snap"] for found in (rounded, snapped_ones)] == [False, True]
