"""Ensembles against the distributions that follow from the error model, and against single calculations."""

import json
from dataclasses import replace

import numpy as np
import pytest
from monty.json import MontyDecoder
from scipy import stats

from interfacekit.entries import EntryTable, load_entries
from interfacekit.errors import InputError, InputWarning
from interfacekit.phases import phase
from interfacekit.thermo import (
    ErrorModel,
    electrochemical_window,
    interface_reaction,
    perturbed,
    reaction_ensemble,
    window_ensemble,
)
from interfacekit.thermo.equilibria.system import load_system
from interfacekit.thermo.uncertainty import samples
from interfacekit.thermo.uncertainty.ensemble import Interval
from interfacekit.thermo.uncertainty.samples import reaction_samples, window_samples

MODEL = ErrorModel()
N = 4000


def table_of(**energies):
    rows = [(dict(phase(formula).amounts), energy) for formula, energy in energies.items()]
    return EntryTable.from_rows(rows, thermo_type="test", source="test", sha256="0" * 64)


CHARGED = table_of(LiCoO2=-1.8, CoO2=-1.0)
TERNARY = table_of(MgO=-3.0, CaO=-3.2, CaMgO2=-3.1, MgS=-1.7, LiMg=-0.1)


def row(table, formula):
    return table.formulas.index(formula)


def test_covariances_are_those_of_the_model():
    """By hand: sums of squares and products of atom fractions."""
    covariance = MODEL.covariance(TERNARY)
    own, element, anion = MODEL.own_sigma_eV_per_atom, MODEL.element_sigma_eV, MODEL.anion_sigma_eV
    mgo, cao, mixed, sulfide, alloy = (row(TERNARY, f) for f in ("MgO", "CaO", "CaMgO2", "MgS", "LiMg"))
    assert covariance[mgo, mgo] == pytest.approx(own**2 + 0.5 * element**2 + 0.25 * anion**2)
    assert covariance[mixed, mixed] == pytest.approx(own**2 + 0.375 * element**2 + 0.25 * anion**2)
    assert covariance[mgo, cao] == pytest.approx(0.25 * (element**2 + anion**2))
    assert covariance[mgo, sulfide] == pytest.approx(0.25 * element**2)
    assert covariance[cao, sulfide] == 0.0
    assert covariance[alloy, mgo] == pytest.approx(0.25 * element**2)
    assert covariance[alloy, alloy] == pytest.approx(own**2 + 0.5 * element**2)
    elements = [row(TERNARY, symbol) for symbol in TERNARY.elements]
    assert not covariance[elements].any()


def test_sigma_is_that_of_a_ternary_from_its_binaries_and_of_the_typical_compound():
    covariance = MODEL.covariance(TERNARY)
    reaction = np.zeros(len(TERNARY))
    reaction[[row(TERNARY, f) for f in ("CaMgO2", "MgO", "CaO")]] = 1.0, -0.5, -0.5
    assert reaction @ covariance @ reaction == pytest.approx(0.024**2)
    assert covariance[row(TERNARY, "CaMgO2"), row(TERNARY, "CaMgO2")] == pytest.approx(0.024**2)


def test_samples_have_the_covariances_of_the_model():
    """The error of a sampled covariance is sqrt((C_ii C_jj + C_ij^2) / n)."""
    errors = MODEL.errors(TERNARY, N, seed=1)
    expected = MODEL.covariance(TERNARY)
    found = errors.T @ errors / N
    variances = np.diag(expected)
    tolerance = 4.5 * np.sqrt((np.outer(variances, variances) + expected**2) / N)
    assert (np.abs(found - expected) <= tolerance).all()
    assert (np.abs(errors.mean(axis=0)) <= 4.5 * np.sqrt(variances / N)).all()
    own = row(TERNARY, "LiMg")
    assert stats.kstest(errors[:, own] / np.sqrt(variances[own]), "norm").pvalue > 1e-3


def test_elements_stay_at_their_references():
    table = load_entries("mp2019", "Li-Co-O")
    errors = MODEL.errors(table, 5)
    alone = (table.compositions > 0).sum(axis=1) == 1
    assert not errors[:, alone].any()
    assert errors[:, ~alone].all()


def test_a_compound_has_the_same_errors_in_every_system_and_the_first_samples_are_those_of_few():
    small, large = load_entries("mp2019", "Li-P-S"), load_entries("mp2019", "Li-Ge-P-S-O")
    few, many = MODEL.errors(small, 3, seed=7), MODEL.errors(large, 8, seed=7)
    rows = [large.formulas.index(formula) for formula in small.formulas]
    assert np.array_equal(few, many[:3, rows])
    assert not np.array_equal(MODEL.errors(small, 3, seed=8), few)


def test_without_sigma_all_samples_are_the_plain_result():
    model = ErrorModel(sigma_eV_per_atom=0.0)
    window, found = electrochemical_window("LGPS"), window_ensemble("LGPS", 20, model)
    for value, interval in ((window.reduction_V, found.reduction_V), (window.oxidation_V, found.oxidation_V)):
        assert interval == Interval(value, value, value, value, pytest.approx(0.0, abs=1e-12))
    assert found.oxidation_products == dict.fromkeys(sorted(window.oxidation_products), 1.0)
    assert found.hull_probability == 0.0
    assert window_ensemble("LCO", 20, model).hull_probability == 1.0
    for voltage in (None, 3.9):
        reaction, sampled = (
            interface_reaction("LCO", "LGPS", voltage),
            reaction_ensemble("LCO", "LGPS", voltage, 20, model),
        )
        for name in ("mutual", "total"):
            for basis in ("eV_per_atom", "eV_per_non_Li_atom"):
                interval = getattr(sampled, f"{name}_{basis}")
                expected = getattr(getattr(reaction, name), basis)
                assert (interval.low, interval.median, interval.high) == pytest.approx([expected] * 3, abs=1e-9)
                assert interval.value == expected
        assert sampled.products == dict.fromkeys(sorted(reaction.mutual.products), 1.0)


def test_the_voltage_of_two_phases_is_gaussian_with_the_variance_of_their_difference():
    """LiCoO2 gives off its Li to become CoO2 at E(CoO2) - E(LiCoO2) per formula: linear in two correlated errors."""
    errors = MODEL.errors(CHARGED, N, seed=3)
    limits, _, above = window_samples(load_system([phase("LiCoO2")], CHARGED), errors)
    weights = np.zeros(len(CHARGED))
    weights[row(CHARGED, "CoO2")], weights[row(CHARGED, "LiCoO2")] = 3.0, -4.0
    assert limits[:, 1] == pytest.approx(4 * 1.8 - 3 * 1.0 + errors @ weights, abs=1e-9)
    sigma = np.sqrt(weights @ MODEL.covariance(CHARGED) @ weights)
    assert stats.kstest((limits[:, 1] - 4.2) / sigma, "norm").pvalue > 1e-3
    assert set(above[above >= 0]) == {row(CHARGED, "CoO2")}
    summary = window_ensemble("LiCoO2", N, entries=CHARGED, seed=3).oxidation_V
    assert summary.value == pytest.approx(4.2)
    assert summary.median == pytest.approx(4.2, abs=4 * 1.2533 * sigma / np.sqrt(N))
    assert summary.deviation == pytest.approx(sigma, rel=4 / np.sqrt(2 * N))
    # A quantile's error: sqrt(p (1 - p) / n) over the density there.
    spread = 4 * np.sqrt(0.05 * 0.95 / N) / (stats.norm.pdf(1.6449) / sigma)
    assert summary.high - 4.2 == pytest.approx(1.6449 * sigma, abs=spread)
    assert 4.2 - summary.low == pytest.approx(1.6449 * sigma, abs=spread)


def test_shared_errors_leave_reactions_between_compounds_alone():
    """They count atoms, and no element takes part in this reaction."""
    shared = ErrorModel(sigma_eV_per_atom=0.01, element_share=0.5, anion_share=0.5)
    table = table_of(LiMg=-0.1, MgO=-3.0, CaS=-2.4, MgS=-1.7, CaO=-3.2)
    found = reaction_ensemble("MgS", "CaO", None, 50, shared, table)
    assert found.mutual_eV_per_atom.value == pytest.approx((-3.0 - 2.4 + 1.7 + 3.2) / 2)
    assert found.mutual_eV_per_atom.deviation < 1e-9
    assert reaction_ensemble("MgS", "CaO", None, 50, MODEL, table).mutual_eV_per_atom.deviation > 0.01


@pytest.mark.parametrize("name", ["LGPS", "LCO", "Li0.5CoO2", "CoS2"])
def test_windows_are_those_of_single_calculations_with_these_energies(name):
    system = load_system([phase(name)], "mp2019")
    errors = MODEL.errors(system.table, 40, seed=11)
    limits, below, above = window_samples(system, errors)
    for k in range(40):
        window = electrochemical_window(name, perturbed(system.table, errors[k]))
        assert limits[k, 0] == pytest.approx(window.reduction_V, abs=1e-9)
        if window.oxidation_V is None:
            assert np.isnan(limits[k, 1])
        else:
            assert limits[k, 1] == pytest.approx(window.oxidation_V, abs=1e-9)
        for rows, products in ((below[k], window.reduction_products), (above[k], window.oxidation_products)):
            names = {system.table.formulas[i] for i in rows if i >= 0}
            assert names == {formula.removesuffix("2") if formula in ("O2", "N2") else formula for formula in products}


@pytest.mark.parametrize("voltage", [None, 3.9])
@pytest.mark.parametrize("pair", [("LCO", "LGPS"), ("LGPS", "Li0.45CoO2"), ("LNO", "LCO"), ("Li0.9CoO2", "Li0.5CoO2")])
def test_reactions_are_those_of_single_calculations_with_these_energies(pair, voltage):
    system = load_system([phase(name) for name in pair], "mp2019")
    errors = MODEL.errors(system.table, 25, seed=12)
    found = reaction_samples(system, voltage, errors)
    for k in range(25):
        reaction = interface_reaction(*pair, voltage, perturbed(system.table, errors[k]))
        for name in ("mutual", "total"):
            for basis in ("eV_per_atom", "eV_per_non_Li_atom"):
                expected = getattr(getattr(reaction, name), basis)
                assert found[f"{name}_{basis}"][k] == pytest.approx(expected, abs=1e-9)
        if reaction.mutual.eV_per_atom < -1e-6:
            assert found["x"][k] == pytest.approx(reaction.mutual.x, abs=1e-7)
            names = {system.table.formulas[i] for i in found["products"][k] if i >= 0}
            assert {
                formula.removesuffix("2") if formula == "O2" else formula for formula in reaction.mutual.products
            } == names


def test_hull_probabilities_are_those_of_single_calculations():
    system = load_system([phase("LGPS")], "mp2019")
    errors = MODEL.errors(system.table, 60, seed=0)
    tables = [perturbed(system.table, one) for one in errors]
    on_hull = [electrochemical_window("LGPS", table).energy_above_hull_eV_per_atom < 1e-8 for table in tables]
    assert 0 < sum(on_hull) < 60
    assert window_ensemble("LGPS", 60).hull_probability == pytest.approx(np.mean(on_hull))
    assert window_ensemble("Li0.45CoO2", 5).hull_probability is None


def test_results_do_not_depend_on_threads(monkeypatch):
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(samples, "cores", lambda count=threads: count)
        found.append((window_ensemble("LGPS", 50, seed=4), reaction_ensemble("LCO", "LGPS", 3.0, 50, seed=4)))
    assert found[0] == found[1] == found[2]
    assert window_ensemble("LGPS", 50, seed=5) != found[0][0]


def test_room_grows_where_there_is_too_little(monkeypatch):
    expected = window_ensemble("LGPS", 6), reaction_ensemble("LCO", "LGPS", None, 6)
    monkeypatch.setattr(samples, "_ROOM", 3)
    assert (window_ensemble("LGPS", 6), reaction_ensemble("LCO", "LGPS", None, 6)) == expected


def test_results_are_read_back_and_say_their_seed_and_model():
    model = replace(MODEL, sigma_eV_per_atom=0.03)
    for result in (window_ensemble("CoS2", 5, model, seed=2), reaction_ensemble("LCO", "LGPS", 3.9, 5, model, seed=2)):
        assert json.loads(result.to_json(), cls=MontyDecoder) == result
        parameters = result.provenance["parameters"]
        assert (parameters["n"], parameters["seed"]) == (5, 2)
        assert ErrorModel(**parameters["error_model"]) == model
    assert json.loads(model.to_json(), cls=MontyDecoder) == model


def test_frames_have_a_row_for_each_number():
    frame = window_ensemble("LGPS", 5).to_frame()
    assert list(frame["quantity"]) == ["reduction_V", "oxidation_V", "width_V"]
    assert (frame["percentile_5"] <= frame["median"]).all()
    assert list(window_ensemble("CoS2", 5).to_frame()["quantity"]) == ["reduction_V"]
    assert list(reaction_ensemble("LCO", "LGPS", None, 5).to_frame()["quantity"]) == [
        "mutual_eV_per_atom", "mutual_eV_per_non_Li_atom", "total_eV_per_atom", "total_eV_per_non_Li_atom", "x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ErrorModel(-0.01), "sigma must be from 0 to below 1 eV/atom"),
        (lambda: ErrorModel(float("nan")), "sigma must be a number from 0"),
        (lambda: ErrorModel(24.0), "0.024 eV/atom where meV/atom are meant"),
        (lambda: ErrorModel(element_share=0.7, anion_share=0.5), "must be at most 1"),
        (lambda: ErrorModel(element_share=-0.1), "element_share must be from 0 to 1"),
        (lambda: window_ensemble("LGPS", 0), "ensemble must be a whole number from 1"),
        (lambda: window_ensemble("LGPS", 5, seed=-1), "seed must be a whole number from 0"),
        (lambda: window_ensemble("Li", 5), "Li metal"),
        (lambda: reaction_ensemble("LCO", "LCO", None, 5), "phases must be distinct"),
        (lambda: reaction_ensemble("LCO", "Li", 3.0, 5), "Li metal"),
        (lambda: reaction_ensemble("LCO", "LGPS", -1.0, 5), "3.9 V|negative|below"),
    ],
)
def test_bad_input_is_told(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_long_ensembles_are_announced_and_the_pilot_changes_nothing(monkeypatch):
    plain = window_ensemble("Li2O", 60)
    monkeypatch.setattr("interfacekit.thermo.uncertainty.samples._MANY", 50)
    monkeypatch.setattr("interfacekit.thermo.uncertainty.samples._PILOT", 20)
    assert window_ensemble("Li2O", 60) == plain
    monkeypatch.setattr("interfacekit.limits.ANNOUNCED_s", 0.0)
    with pytest.warns(InputWarning, match="^60 samples will take about"):
        window_ensemble("Li2O", 60)
