"""One tolerance decides what is on the hull, whichever way it is asked."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from interfacekit.entries import EntryTable, load_entries
from interfacekit.entries.hull_energies import ON_HULL_eV_per_atom, above_hull
from interfacekit.plots import plot_windows
from interfacekit.report.tables.windows import window_tables
from interfacekit.thermo import (
    decomposition,
    electrochemical_window,
    entries_above_hull,
    leave_one_out,
    window_ensemble,
)
from interfacekit.thermo.screening.prepared import prepared
from interfacekit.thermo.screening.screen import screen
from interfacekit.thermo.uncertainty.error_model import ErrorModel

STABLE = ["Li2ZrO3", "LiNbO3", "Li3PO4", "LiCoO2", "Li3PS4", "Li2O", "LiTaO3"]


def near_the_hull(above_eV_per_atom):
    """Li2GeS3 this far above the tie line of Li2S and GeS2."""
    rows = [({"Li": 2.0, "S": 1.0}, -1.5), ({"Ge": 1.0, "S": 2.0}, -0.5), *(({e: 1.0}, 0.0) for e in ("Ge", "Li", "S"))]
    rows.append(({"Li": 2.0, "Ge": 1.0, "S": 3.0}, -1.0 + above_eV_per_atom))
    return EntryTable.from_rows(rows, thermo_type="model", source=f"model {above_eV_per_atom}", sha256="0" * 64)


@pytest.mark.parametrize("name", STABLE)
@pytest.mark.parametrize("engine", ["kernels", "pymatgen"])
def test_a_stable_phase_is_exactly_on_the_hull(name, engine):
    window = electrochemical_window(name, engine=engine)
    assert window.energy_above_hull_eV_per_atom == 0.0
    assert window.is_on_hull
    assert decomposition(name, engine=engine).eV_per_atom == 0.0
    assert not any(isinstance(part, str) for part in window_tables([window]))  # no note


def test_all_ways_to_ask_agree_on_every_entry_of_a_system():
    table = load_entries(elements="Li-Zr-O-Nb")
    listed = {e.formula: e.energy_above_hull_eV_per_atom for e in entries_above_hull("Li-Zr-O-Nb").entries}
    screened = {c.formula: c for c in screen("LCO", "LGPS", [f for f in listed if "Li" in f and len(f) > 2]).candidates}
    of_windows = {f: electrochemical_window(f).energy_above_hull_eV_per_atom for f in screened}
    stable = {table.formulas[row] for row in prepared(table).stable}
    assert stable == {formula for formula, above in listed.items() if above == 0.0}
    for formula, candidate in screened.items():
        for above in (candidate.energy_above_hull_eV_per_atom, of_windows[formula], listed[formula]):
            assert above == pytest.approx(-decomposition(formula).eV_per_atom, abs=1e-12)
            assert (above == 0.0) == (formula in stable)


@pytest.mark.parametrize(("share", "on_hull"), [(0.5, True), (-0.5, True), (2.0, False)])
def test_the_tolerance_is_one_for_numbers_notes_figures_samples_and_candidates(share, on_hull):
    table = near_the_hull(share * ON_HULL_eV_per_atom)
    window = electrochemical_window("Li2GeS3", table)
    assert window.is_on_hull == on_hull
    assert (window.energy_above_hull_eV_per_atom == 0.0) == on_hull
    assert (decomposition("Li2GeS3", entries=table).eV_per_atom == 0.0) == on_hull
    above = {e.formula: e.energy_above_hull_eV_per_atom for e in entries_above_hull("Li-Ge-S", table).entries}
    assert (above["Li2GeS3"] == 0.0) == on_hull
    assert any("above the hull" in part for part in window_tables([window]) if isinstance(part, str)) != on_hull
    bar = plot_windows([window], ax=Figure().subplots()).patches[0]
    assert bool(bar.get_hatch()) != on_hull
    assert (table.formulas.index("Li2GeS3") in prepared(table).stable) == on_hull
    moved = {shift.phase for shift in leave_one_out("Li2GeS3", entries=table).shifts if shift.change == "stabilised"}
    assert ("Li2GeS3" in moved) != on_hull
    no_errors = ErrorModel(sigma_eV_per_atom=1e-15)
    assert window_ensemble("Li2GeS3", 20, no_errors, table).hull_probability == float(on_hull)


def test_distances_keep_their_shape_and_lack_of_a_number():
    own = np.array([[0.5, np.nan], [ON_HULL_eV_per_atom / 2, -1.0]])
    above = above_hull(own, 0.0)
    assert np.array_equal(above, [[0.5, np.nan], [0.0, -1.0]], equal_nan=True)
