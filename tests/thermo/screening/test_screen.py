"""Screenings against single windows and reactions, voltages on a grid that they were not made from, and brute force."""

import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from interfacekit.entries import load_entries
from interfacekit.errors import ComputationError, InputError
from interfacekit.kernels.equilibria import screening as kernel
from interfacekit.phases import phase
from interfacekit.thermo import decomposition, electrochemical_window, interface_reaction
from interfacekit.thermo.screening import chunks as screening_run
from interfacekit.thermo.screening.candidate import REACTIONS
from interfacekit.thermo.screening.ranking import Gates, ranked
from interfacekit.thermo.screening.screen import screen

KNOWN = ["LiNbO3", "LiTaO3", "Li3PO4", "Li2ZrO3", "LiAlO2", "Al2O3", "Li7La3Zr2O12", "Li0.37MnO2"]


def lithium_compounds(count, seed, most_elements=6):
    table = load_entries("mp2019")
    li = table.elements.index("Li")
    n_elements = (table.compositions > 0).sum(axis=1)
    rows = np.flatnonzero((table.compositions[:, li] > 0) & (n_elements > 1) & (n_elements <= most_elements))
    chosen = np.random.default_rng(seed).choice(rows, count, replace=False)
    return [table.formulas[i] for i in chosen]


@pytest.fixture(scope="module")
def screened():
    return screen("LCO", "LGPS", [*KNOWN, *lithium_compounds(16, seed=5)])


def test_stability_and_windows_are_those_of_the_phases(screened):
    for candidate in screened.candidates:
        window = electrochemical_window(candidate.formula)
        assert candidate.reduction_V == pytest.approx(window.reduction_V, abs=1e-9)
        assert candidate.oxidation_V == pytest.approx(window.oxidation_V, abs=1e-9)
        assert candidate.energy_above_hull_eV_per_atom == pytest.approx(window.energy_above_hull_eV_per_atom, abs=1e-9)
        voltages = np.linspace(2.5, 4.3, 7)
        at = [decomposition(candidate.formula, voltage).eV_per_atom for voltage in voltages]
        assert candidate.decomposition_eV_per_atom == pytest.approx(min(at), abs=1e-9)
        assert at[int(np.argmin(np.abs(voltages - candidate.decomposition_V)))] == pytest.approx(min(at), abs=1e-9)
        elements = phase(candidate.formula).elements
        assert candidate.elements == tuple(sorted(elements))
        assert candidate.lithium_fraction == pytest.approx(
            phase(candidate.formula).amount("Li") / phase(candidate.formula).n_atoms
        )


def test_closed_reactions_are_those_of_the_pairs(screened):
    for candidate in screened.candidates:
        for name, partner in zip(REACTIONS[:3], ("LiCoO2", "Li0.5CoO2", "Li10GeP2S12"), strict=True):
            expected = interface_reaction(candidate.formula, partner).mutual
            found = candidate.reactions[name]
            assert found.eV_per_atom == pytest.approx(expected.eV_per_atom, abs=1e-9)
            if expected.eV_per_atom < -1e-6:
                assert found.x == pytest.approx(expected.x, abs=1e-7)
                assert found.products == pytest.approx(expected.products, abs=1e-6)
                assert found.voltage_V is None


def test_open_reactions_are_the_worst_of_all_voltages(screened):
    for candidate in screened.candidates[::3]:
        for name, partner in zip(REACTIONS[3:], ("LiCoO2", "Li10GeP2S12"), strict=True):
            found = candidate.reactions[name]
            reactions = [interface_reaction(candidate.formula, partner, v) for v in np.linspace(2.5, 4.3, 41)]
            energies = [kink.mutual_eV_per_atom for reaction in reactions for kink in reaction.kinks]
            assert found.eV_per_atom <= min(energies) + 1e-9
            if found.voltage_V is None:
                assert min(energies) > -1e-9
                continue
            kinks = interface_reaction(candidate.formula, partner, found.voltage_V).kinks
            there = min(kinks, key=lambda kink: kink.mutual_eV_per_atom)
            assert found.eV_per_non_Li_atom == pytest.approx(there.mutual_eV_per_non_Li_atom, abs=1e-8)
            assert found.eV_per_atom == pytest.approx(there.mutual_eV_per_atom, abs=1e-8)
            assert found.x == pytest.approx(there.x, abs=1e-6)


def test_the_worst_per_atom_is_not_that_per_other_atom():
    (candidate,) = screen("LCO", "LGPS", ["LiTi2(PO4)3"]).candidates
    least = interface_reaction("LiTi2(PO4)3", "LGPS", 4.3).mutual.eV_per_atom
    assert candidate.reactions["electrolyte_open"].eV_per_atom < least - 0.01


def test_a_store_tells_tables_apart_by_what_is_in_them(tmp_path):
    table = load_entries("mp2019", "Co-Ge-Li-Nb-O-P-S")
    row = table.formulas.index("LiNbO3")
    energies = table.formation_energies_eV_per_atom.copy()
    energies[row] -= 0.3
    lower = replace(table, formation_energies_eV_per_atom=energies)
    assert lower.sha256 == table.sha256
    for entries in (table, lower, table):
        assert screen("LCO", "LGPS", ["LNO"], entries=entries, store=tmp_path) == screen(
            "LCO", "LGPS", ["LNO"], entries=entries
        )
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_a_composition_without_an_energy_of_its_own_has_none_above_the_hull(screened):
    (mixture,) = screen("LCO", "LGPS", ["Li0.37MnO2"]).candidates
    assert mixture.energy_above_hull_eV_per_atom is None
    assert "no entry (at most 25)" in mixture.failed


def test_candidates_are_chosen_by_their_elements():
    found = screen("LCO", "LGPS", contains=["Zr", "O"], exclude=["F", "Cl"], max_elements=3)
    table = load_entries("mp2019", "Li-Zr-O")
    expected = {f for f in table.formulas if phase(f).elements == {"Li", "Zr", "O"}}
    assert {candidate.formula for candidate in found.candidates} == expected
    assert found.n_candidates == len(expected)
    assert found.complete


def test_gates_say_what_failed_and_nothing_is_hidden(screened):
    for candidate in screened.candidates:
        react = [words for words in candidate.failed if words.startswith("reacts with the electrolyte by")]
        assert bool(react) == (candidate.reactions["electrolyte_closed"].eV_per_atom < -0.1)
    assert len(screened.candidates) == len(KNOWN) + 16
    n_failed = [len(candidate.failed) for candidate in screened.candidates]
    assert n_failed == sorted(n_failed)
    none = Gates(**dict.fromkeys(vars(Gates())))
    assert all(not c.failed for c in ranked(screened.candidates, none, ["cathode"]))
    strict = ranked(screened.candidates, replace(none, oxidation_V=4.0, reduction_V=1.0), ["oxidation"])
    for candidate in strict:
        limits = candidate.oxidation_V is None or candidate.oxidation_V >= 4.0, candidate.reduction_V <= 1.0
        assert len(candidate.failed) == limits.count(False)


def test_counts_are_those_of_single_gates(screened):
    by_hand = {
        "energy_above_hull_eV_per_atom": lambda c: (
            c.energy_above_hull_eV_per_atom is None or c.energy_above_hull_eV_per_atom > 0.025
        ),
        "decomposition_eV_per_atom": lambda c: c.decomposition_eV_per_atom < -0.1,
        "cathode_closed_eV_per_atom": lambda c: min(c.reactions[n].eV_per_atom for n in REACTIONS[:2]) < -0.1,
        "electrolyte_closed_eV_per_atom": lambda c: c.reactions["electrolyte_closed"].eV_per_atom < -0.1,
    }
    assert screened.failed_by_gate == {name: sum(map(fails, screened.candidates)) for name, fails in by_hand.items()}
    assert all(screened.failed_by_gate.values())
    assert screened.n_screened == screened.n_candidates == len(KNOWN) + 16
    assert screened.n_passed == sum(not candidate.failed for candidate in screened.candidates)
    few = screened.top(3)
    assert len(few.candidates) == 3
    assert (few.n_screened, few.failed_by_gate) == (screened.n_screened, screened.failed_by_gate)


def test_ranked_again_is_a_screening_by_these_gates(screened):
    gates = Gates(decomposition_eV_per_atom=None, lithium_fraction=0.25)
    names = [candidate.label for candidate in screened.candidates]
    again = screened.ranked_again(gates, ["oxidation", "cathode"], exclude=["Nb"])
    expected = screen("LCO", "LGPS", names, exclude=["Nb"], gates=gates, objectives=["oxidation", "cathode"])
    assert again == expected
    assert again.n_candidates < screened.n_candidates
    (aluminate,) = (c for c in again.candidates if c.formula == "LiAlO2")
    (tantalate,) = (c for c in again.candidates if c.formula == "LiTaO3")
    assert not any("are Li" in words for words in aluminate.failed)
    assert "20% of its atoms are Li (at least 25%)" in tantalate.failed
    assert again.failed_by_gate.keys() == {
        "energy_above_hull_eV_per_atom", "cathode_closed_eV_per_atom", "electrolyte_closed_eV_per_atom",
        "lithium_fraction",
    }  # fmt: skip


def test_a_candidate_is_found_by_any_name_of_it(screened):
    assert screened.candidate("LNO") is screened.candidate("Li2Nb2O6")
    assert screened.candidate("LNO").formula == "LiNbO3"
    assert screened.candidate("LLZO").elements == ("La", "Li", "O", "Zr")
    with pytest.raises(InputError, match="LGPS is not among the screened candidates"):
        screened.candidate("LGPS")


def test_a_screening_goes_on_from_its_store(tmp_path, monkeypatch):
    monkeypatch.setattr(screening_run, "CHUNK", 2)
    names = lithium_compounds(125, seed=9, most_elements=4)
    told = []
    compute = screening_run.screened_chunk

    def slowly(*question):
        time.sleep(0.02)  # or threads finish all of them while the first two are written
        return compute(*question)

    def interrupt(share):
        told.append(share)
        if len(told) == 3:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(screening_run, "screened_chunk", slowly)
        part = screen("LCO", "LGPS", names, store=tmp_path, progress=interrupt, keep_finished=True)
    assert not part.complete
    assert 0 < len(part.candidates) < part.n_candidates == 125
    done = len(list(tmp_path.glob("*.json")))
    again = []
    whole = screen("LCO", "LGPS", names, store=tmp_path, progress=again.append)
    assert again[0] == pytest.approx(done / 63)
    assert whole.complete
    assert whole == screen("LCO", "LGPS", names)


def test_an_interrupt_is_passed_on():
    def interrupt(share):
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        screen("LCO", "LGPS", ["LNO"], progress=interrupt)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cathode": "S"}, "cathode must contain Li, got S"),
        ({"electrolyte": "LCO"}, "phases must be distinct compositions"),
        ({"candidates": ["LCO"]}, "must not include the cathode"),
        ({"candidates": ["Li"]}, "candidates must not include Li metal"),
        ({"candidates": ["Qq", "Li"]}, "none of the 2 candidates can be judged; the first: 'Qq'"),
        ({"required": ["Li3PO4"]}, "Li3PO4 is not among the candidates to screen"),
        ({"required": ["PuO2"]}, "PuO2 is not among the candidates to screen"),
        ({"candidates": None, "exclude": ["P"], "required": ["Li3PO4"]}, "not among the candidates to screen"),
        ({"contains": ["Xx"]}, "not an element symbol"),
        ({"contains": ["Zr"], "exclude": ["Zr"]}, "no candidate"),
        ({"voltage_V": (4.3, 2.5)}, "must be increasing"),
        ({"objectives": ["price"]}, "unknown objective 'price'"),
        ({"objectives": []}, "objectives must be one or more"),
        ({"electrolyte": "Li"}, "must not be Li metal"),
    ],
)
def test_what_cannot_be_screened_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        screen(**({"cathode": "LCO", "electrolyte": "LGPS", "candidates": ["LNO"]} | arguments))


def test_a_candidate_that_cannot_be_judged_costs_its_row():
    few = load_entries("mp2019", "Li-Co-O-Ge-P-S-Nb")
    slips = ["LCO", "Li", "LiNbO3", "Qq", "Li2ZrO3"]
    found = screen("LCO", "LGPS", ["LNO", *slips[:3], "Li3PO4", *slips[3:]], entries=few)
    assert found.candidates == screen("LCO", "LGPS", ["LNO", "Li3PO4"], entries=few).candidates
    assert found.n_candidates == found.n_screened == 2
    assert found.complete
    assert {name: reason.partition(";")[0] for name, reason in found.not_judged.items()} == {
        "LCO": "candidates must not include the cathode, got LCO",
        "Li": "candidates must not include Li metal, the reservoir of a screening",
        "LiNbO3": "phases must be distinct compositions, got LNO and LiNbO3",
        "Qq": "'Qq' is not a formula: Qq is not an element",
        "Li2ZrO3": f"{few.source} has no energies for Zr",
    }
    frame = found.to_frame()
    assert frame["label"].tolist()[2:] == list(found.not_judged)
    assert frame["not_judged"].fillna("").tolist() == ["", "", *found.not_judged.values()]
    assert frame["rank"].isna().tolist() == [False, False, *[True] * 5]
    assert found.top(1).not_judged == found.ranked_again(exclude=["Nb"]).not_judged == found.not_judged


def test_a_candidate_without_a_solution_costs_its_row(monkeypatch):
    names = ["LNO", "Li3PO4", "LiTaO3"]
    expected = screen("LCO", "LGPS", ["LNO", "LiTaO3"])
    compute = kernel.screen

    def fails(entries, atoms, *arguments):
        compute(entries, atoms, *arguments)
        arguments[-1].status[1] = -1

    with monkeypatch.context() as patch:
        patch.setattr(kernel, "screen", fails)
        found = screen("LCO", "LGPS", names)
        assert found.not_judged == {"Li3PO4": "its phase equilibria have no solution"}
        assert found.candidates == expected.candidates
        patch.setattr(kernel, "screen", lambda *arguments: arguments[-1].status.fill(-1))
        with pytest.raises(ComputationError, match="no solution for LNO, Li3PO4"):
            screen("LCO", "LGPS", names[:2])


def test_a_repeated_name_counts_once():
    found = screen("LCO", "LGPS", ["LNO", "LNO", "LiNbO3"])
    assert [candidate.label for candidate in found.candidates] == ["LNO"]
    assert list(found.not_judged) == ["LiNbO3"]
