"""Screenings under an error model against screenings of tables with these errors."""

import json
from dataclasses import replace

import numpy as np
import pytest
from monty.json import MontyDecoder

from interfacekit.entries import load_entries
from interfacekit.errors import InputError
from interfacekit.thermo import ErrorModel, Gates, screen, screening_ensemble
from interfacekit.thermo.screening.ensemble import _concerned
from interfacekit.thermo.screening.samples import sampled_candidates

NAMES = ["LiTi2(PO4)3", "LiTaO3", "Li3PO4", "LiAlO2", "Li0.37MnO2", "Li3BO3", "Al2O3"]
GATES = Gates(oxidation_V=3.9, lithium_fraction=0.1)
MODEL = ErrorModel()


@pytest.fixture(scope="module")
def screened():
    return screen("LCO", "LGPS", NAMES, gates=GATES)


@pytest.fixture(scope="module")
def table(screened):
    return _concerned(load_entries("mp2019"), screened, screened.candidates)


def test_summaries_are_those_of_the_samples(screened, table):
    n = 30
    samples = sampled_candidates(screened, screened.candidates, table, MODEL, n, seed=6)
    result = screening_ensemble(screened, n=n, seed=6)
    assert [c.formula for c in result.candidates] == [c.formula for c in screened.candidates]
    for summary, plain in zip(result.candidates, screened.candidates, strict=True):
        of_it = [sample[plain.formula] for sample in samples]
        assert summary.rank.value == plain.rank
        assert summary.rank.deviation == pytest.approx(np.std([c.rank for c in of_it]))
        assert summary.pass_probability == np.mean([not c.failed for c in of_it])
        assert summary.front_probability == np.mean([c.front == 1 for c in of_it])
        assert list(summary.gate_probabilities) == [
            "energy_above_hull_eV_per_atom", "decomposition_eV_per_atom", "cathode_closed_eV_per_atom",
            "electrolyte_closed_eV_per_atom", "oxidation_V", "lithium_fraction",
        ]  # fmt: skip
        passes = np.mean([c.oxidation_V is None or c.oxidation_V >= 3.9 for c in of_it])
        assert summary.gate_probabilities["oxidation_V"] == passes
        assert min(summary.gate_probabilities.values()) >= summary.pass_probability
        energies = np.array([c.reactions["cathode_open"].eV_per_atom for c in of_it])
        assert summary.reactions["cathode_open"].deviation == pytest.approx(energies.std())
    assert any(0 < c.gate_probabilities["oxidation_V"] < 1 for c in result.candidates)
    assert {round(c.gate_probabilities["lithium_fraction"], 9) for c in result.candidates} == {0.0, 1.0}
    own_less = next(c for c in result.candidates if c.formula == "Li0.37MnO2")
    assert own_less.energy_above_hull_eV_per_atom is None
    assert own_less.gate_probabilities["energy_above_hull_eV_per_atom"] == 0.0


def test_without_sigma_all_samples_are_the_screening(screened):
    result = screening_ensemble(screened, top=4, n=2, error_model=ErrorModel(0.0))
    assert len(result.candidates) == 4
    for summary, plain in zip(result.candidates, screened.candidates, strict=False):
        assert summary.pass_probability == (not plain.failed)
        for interval in summary.intervals.values():
            assert (interval.low, interval.high) == pytest.approx((interval.value, interval.value), abs=1e-9)


def test_results_do_not_depend_on_threads_and_are_read_back(screened, monkeypatch):

    found = []
    for threads in (1, 3):
        monkeypatch.setitem(sampled_candidates.__globals__, "cores", lambda count=threads: count)
        found.append(screening_ensemble(screened, top=3, n=6, seed=1))
    assert found[0] == found[1]
    assert json.loads(found[0].to_json(), cls=MontyDecoder) == found[0]
    assert found[0].provenance["parameters"]["seed"] == 1
    frame = found[0].to_frame()
    assert len(frame) == sum(len(c.intervals) for c in found[0].candidates)
    assert {"rank", "cathode_open_eV_per_atom"} <= set(frame["quantity"])


def test_progress_is_told(screened):
    told = []
    screening_ensemble(screened, top=1, n=4, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_bad_input_is_told(screened):
    with pytest.raises(InputError, match="top must select at least one candidate"):
        screening_ensemble(screened, top=0)
    with pytest.raises(InputError, match="ensemble must be a whole number from 1"):
        screening_ensemble(screened, n=0)
    with pytest.raises(InputError, match="entries must be those of the screening"):
        screening_ensemble(screened, entries=replace(load_entries("mp2019", "Li-Co-O"), sha256="0" * 64))
