"""Gates that candidates fail, and what beats them."""

from dataclasses import replace

import pytest

from interfacekit.errors import InputError
from interfacekit.thermo.screening.ranking import Gates, beating, ranked
from interfacekit.thermo.screening.screen import screen


def test_a_gate_counts_once_however_often_it_fails():
    (base,) = screen("LCO", "LGPS", ["LiTi2(PO4)3"]).candidates

    def reacting(formula, electrolyte, *names):
        worse = {name: replace(base.reactions[name], eV_per_atom=-0.2) for name in names}
        energies = {"cathode_eV_per_atom": -0.2, "electrolyte_eV_per_atom": electrolyte}
        return replace(base, formula=formula, reactions=base.reactions | worse, **energies)

    twice = reacting("A", -0.05, "cathode_closed", "half_lithiated_cathode_closed")
    once = reacting("B", -0.06, "half_lithiated_cathode_closed")
    first, second = ranked([once, twice], Gates(), ["cathode", "electrolyte"])
    assert (first.formula, len(first.failed), second.formula, len(second.failed)) == ("A", 2, "B", 1)


def test_a_gate_below_zero_is_refused():
    with pytest.raises(InputError, match="the gate oxidation_V must be from 0 to 10 V, got -1 V"):
        Gates(oxidation_V=-1.0)


def test_what_beats_a_candidate_is_nowhere_worse():
    candidates = screen("LCO", "LGPS", contains=["P"], max_elements=3).candidates
    assert len(candidates) > 24
    for candidate in candidates:
        found = beating(candidate, candidates, ["cathode", "decomposition"])
        own = candidate.cathode_eV_per_atom, candidate.decomposition_eV_per_atom
        for other in candidates:
            theirs = other.cathode_eV_per_atom, other.decomposition_eV_per_atom
            assert (other in found) == (theirs != own and theirs[0] >= own[0] and theirs[1] >= own[1])
    assert any(beating(candidate, candidates, ["cathode"]) for candidate in candidates)
