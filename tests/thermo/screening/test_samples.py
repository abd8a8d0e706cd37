"""Candidates in samples against screenings of tables with these errors."""

import numpy as np
import pytest

from interfacekit.entries import load_entries
from interfacekit.thermo import ErrorModel, Gates, perturbed, screen
from interfacekit.thermo.screening.candidate import REACTIONS
from interfacekit.thermo.screening.ensemble import _concerned
from interfacekit.thermo.screening.prepared import prepared
from interfacekit.thermo.screening.samples import _AboveOthers, sampled_candidates

NAMES = ["LiTi2(PO4)3", "LiTaO3", "Li3PO4", "LiAlO2", "Li0.37MnO2", "Li3BO3", "Al2O3"]
GATES = Gates(oxidation_V=3.9, lithium_fraction=0.1)
MODEL = ErrorModel()


@pytest.fixture(scope="module")
def screened():
    return screen("LCO", "LGPS", NAMES, gates=GATES)


@pytest.fixture(scope="module")
def table(screened):
    return _concerned(load_entries("mp2019"), screened, screened.candidates)


def numbers(candidate):
    names = ("energy_above_hull_eV_per_atom", "reduction_V", "oxidation_V", "decomposition_eV_per_atom",
             "cathode_eV_per_atom", "electrolyte_eV_per_atom")  # fmt: skip
    return [getattr(candidate, name) for name in names] + [candidate.reactions[r].eV_per_atom for r in REACTIONS]


def test_samples_are_screenings_of_tables_with_these_errors(screened, table):
    n = 12
    errors = MODEL.errors(table, n, seed=6)
    samples = sampled_candidates(screened, screened.candidates, table, MODEL, n, seed=6)
    moved = 0
    for k in (0, 3, 11):
        expected = screen("LCO", "LGPS", NAMES, entries=perturbed(table, errors[k]), gates=GATES)
        for candidate in expected.candidates:
            found = samples[k][candidate.formula]
            assert numbers(found) == pytest.approx(numbers(candidate), abs=1e-9)
            assert (found.rank, found.front, found.failed) == (candidate.rank, candidate.front, candidate.failed)
            plain = next(c for c in screened.candidates if c.formula == candidate.formula)
            moved += numbers(found) != pytest.approx(numbers(plain), abs=1e-4)
    assert moved == 3 * len(NAMES)


def test_only_phases_above_the_hull_of_a_sample_are_left_out(table):
    above = _AboveOthers.of(table)
    assert above.shares.sum(axis=1) == pytest.approx(np.ones(len(table)), abs=1e-6)
    assert above.shares.min() >= 0
    fractions = table.compositions / table.compositions.sum(axis=1, keepdims=True)
    made = (fractions[above.parts] * above.shares[:, :, None]).sum(axis=1)
    assert made == pytest.approx(fractions, abs=1e-6)
    energies = (table.formation_energies_eV_per_atom[above.parts] * above.shares).sum(axis=1)
    assert energies == pytest.approx(prepared(table).hull_energies, abs=1e-6)
    errors = MODEL.errors(table, 1, seed=9)[0]
    left = above.possible(table.formation_energies_eV_per_atom + errors)
    stable = prepared(perturbed(table, errors)).stable
    assert left[stable].all()
    assert 0 < (~left).sum() < len(table)
