"""The words of the report follow from the numbers: other gates, other words."""

from dataclasses import replace

import pytest

from interfacekit.report.studies.screening_study import CoatingStudy, screening_study_text, summary
from interfacekit.thermo import Gates, interface_reaction, screen

KNOWN = ["LNO", "Li3PO4", "LiAlO2", "LiTi2(PO4)3"]
OTHERS = ["LiF", "Li2SO4", "LiYF4", "BaLiF3", "Li2B4O7", "LiCl", "CsLi(B3O5)2", "Li2ZrO3", "Li4Ti5O12"]


@pytest.fixture(scope="module")
def study():
    everything = screen("LCO", "LGPS", [*KNOWN, *OTHERS])
    without = everything.ranked_again(exclude=["Cs", "Y"])
    return CoatingStudy(
        everything=everything,
        without=without,
        with_lithium=without.ranked_again(Gates(lithium_fraction=0.2)),
        excluded=["Cs", "Y"],
        known=KNOWN,
        bare=[interface_reaction(cathode, "LGPS") for cathode in ("LCO", "Li0.5CoO2")],
        best=3,
    )


@pytest.fixture(scope="module")
def text(study):
    return screening_study_text(study, {"figures/map.png": "Worst reactions"})


def section(text, title):
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def cells(text, title):
    lines = [line for line in section(text, title).splitlines() if line.startswith("| ")][2:]
    return {row[0]: row for row in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)}


def test_the_title_has_the_rule_and_the_bare_contact(study, text):
    assert "13 compounds with Li were screened with formation energies of mp2019" in text
    assert f"{study.everything.n_passed} pass all gates" in text
    assert "decomposition over the voltage range at most 100 meV/atom" in text
    closed = round(1000 * interface_reaction("LCO", "LGPS").mutual.eV_per_atom)
    assert f"Without a coating the closed contact has {closed} (LCO|LGPS)" in text


def test_known_coatings_have_their_ranks_and_failures(study, text):
    rows = cells(text, "Known coatings")
    assert set(rows) == {"LiNbO3", "Li3PO4", "LiAlO2", "LiTi2(PO4)3"}
    for name in KNOWN:
        candidate = study.everything.candidate(name)
        row = rows[candidate.formula]
        assert int(row[1]) == candidate.rank
        assert row[-1] == ("; ".join(candidate.failed) or "nothing")
        assert int(row[3]) == round(1000 * candidate.decomposition_eV_per_atom)
    passing = section(text, "Known coatings").strip().splitlines()[-1]
    assert passing in ("Li3PO4 and LiTi2(PO4)3 pass all gates.", "LiTi2(PO4)3 and Li3PO4 pass all gates.")


def test_what_beats_a_known_coating_is_better_in_all(study, text):
    rows = cells(text, "What beats the known coatings")
    own = study.everything.candidate("Li3PO4")
    better = [
        c.formula
        for c in study.everything.candidates
        if not c.failed
        and c.formula != own.formula
        and c.cathode_eV_per_atom >= own.cathode_eV_per_atom
        and c.electrolyte_eV_per_atom >= own.electrolyte_eV_per_atom
        and c.decomposition_eV_per_atom >= own.decomposition_eV_per_atom
    ]
    assert {"CsLi(B3O5)2", "LiF", "Li2SO4"} == set(better)
    assert rows["Li3PO4"][1:4] == ["3", "2", "2"]
    assert set(rows["Li3PO4"][4].split(", ")) == {"LiF", "Li2SO4"}
    assert rows["LiTi2(PO4)3"][1:] == ["1", "0", "0", "none"]


def test_the_rankings_are_cut_and_excluded(study, text):
    best = cells(text, "The best of all candidates")
    assert [row[1].strip("*") for row in best.values()] == [c.formula for c in study.everything.candidates[:3]]
    without = section(text, "The best without the excluded elements")
    assert "Excluded: Cs, Y." in without
    assert "LiYF4" not in without
    rich = cells(text, "The best without these, with at least 20% of atoms Li")
    assert all(int(row[3].rstrip("%")) >= 20 for row in rich.values())


def test_how_many_pass_with_other_thresholds_is_counted(study, text):
    said = section(text, "How sure this is")
    limits = {
        "energy_above_hull_eV_per_atom": 0.025,
        "decomposition_eV_per_atom": 0.1,
        "cathode_closed_eV_per_atom": 0.1,
        "electrolyte_closed_eV_per_atom": 0.1,
    }
    wider = study.everything.ranked_again(Gates(**{name: limit + 0.024 for name, limit in limits.items()}))
    assert wider.n_passed > study.everything.n_passed
    assert f"24 wider, {wider.n_passed} candidates would pass instead of {study.everything.n_passed}" in said
    assert "of the known ones LNO besides" in said
    narrow = Gates(energy_above_hull_eV_per_atom=0.01, decomposition_eV_per_atom=None)
    assert study.everything.ranked_again(narrow).n_passed  # below 0 a gate would be refused
    screening_study_text(replace_everything(study, narrow))


def replace_everything(study, gates):
    return replace(study, everything=study.everything.ranked_again(gates))


def test_what_it_does_not_say_is_said(text):
    said = section(text, "What this does not say")
    for words in ("0 K", "Mutual reactions only", "Nothing on Li conductivity", "synthesis", "Gates are conventions"):
        assert words in said
    assert "![Worst reactions](figures/map.png)" in text


def test_a_part_and_nothing_passing_are_told(study):
    none = study.everything.ranked_again(Gates(lithium_fraction=0.9))
    part = replace(none, complete=False, n_candidates=100)
    text = screening_study_text(replace(study, everything=part, without=none, with_lithium=none))
    assert "**Partial: 13 of 100 candidates.**" in text
    assert "None passes." in text
    assert summary(replace(study, everything=part, with_lithium=none))[1:] == [
        "known coatings that pass: none",
        "the best of the last: none",
    ]
