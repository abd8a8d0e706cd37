"""Tables of screenings: what they say, and that a terminal of 100 columns has room for them."""

from dataclasses import replace

import pytest
from rich.console import Console

from interfacekit.presentation import tables_of
from interfacekit.thermo import Gates, screen

NAMES = ["LNO", "LiTaO3", "Li3PO4", "Li2ZrO3", "LiTi2(PO4)3", "LiPO3", "Al2O3", "Li0.37MnO2", "Li3B5(HO5)2"]


@pytest.fixture(scope="module")
def screening():
    return screen("LCO", "LGPS", NAMES)


def text(result, width=100):
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        for part in tables_of([result]):
            console.print(part)
    return captured.get()


def rows(result):
    return {line.split()[1]: line.split() for line in text(result, 140).splitlines() if line[:5].strip().isdigit()}


def test_rows_hold_the_energies(screening):
    found = rows(screening)
    for c in screening.candidates:
        row = found[c.label]
        closed = [c.reactions[name].eV_per_atom for name in ("cathode_closed", "half_lithiated_cathode_closed")]
        energies = [
            c.decomposition_eV_per_atom,
            min(closed),
            c.reactions["cathode_open"].eV_per_atom,
            c.reactions["electrolyte_closed"].eV_per_atom,
            c.reactions["electrolyte_open"].eV_per_atom,
        ]
        assert int(row[0]) == c.rank
        assert [int(cell) for cell in row[4:9]] == [round(1000 * energy) for energy in energies]
        assert "-0" not in row
    assert found["LNO"][2] == "1.74-3.76"
    assert found["Al2O3"][2].endswith("-")
    assert found["Li0.37MnO2"][3] == "-"


def test_what_failed_is_in_the_row_and_in_the_foot(screening):
    found = rows(screening)
    assert found["LNO"][9:] == ["decomposes,", "electrolyte"]
    assert found["Li3PO4"][9:] == ["-"]
    said = " ".join(text(screening).split())
    assert f"{screening.n_passed} of 9 pass all gates" in said
    counts = screening.failed_by_gate
    assert f"energy above the hull at most 25 meV/atom ({counts['energy_above_hull_eV_per_atom']} fail)" in said
    assert (
        f"decomposition over the voltage range at most 100 meV/atom ({counts['decomposition_eV_per_atom']} fail)"
        in said
    )
    assert "oxidation limit" not in said
    gates = Gates(**dict.fromkeys(vars(Gates())))
    assert "No gates." in text(screening.ranked_again(gates))
    strict = replace(gates, oxidation_V=4.0, lithium_fraction=0.25)
    said = " ".join(text(screening.ranked_again(strict)).split())
    assert "oxidation limit at least 4 V" in said
    assert "atom fraction of Li at least 25 %" in said


def test_the_foot_says_the_rule_and_where_energies_come_from(screening):
    said = " ".join(text(screening.ranked_again(objectives=["oxidation", "cathode"])).split())
    assert "then by Pareto fronts of oxidation limit, worst reaction with the cathode, then by the sum" in said
    assert "at 0 K" in said
    assert "Li conductivity, kinetics and synthesis are not considered" in said
    assert "mp2019 (GGA_GGA+U_legacy)" in said


def test_a_cut_or_partial_table_says_so(screening):
    cut = text(screening.top(2))
    assert list(rows(screening.top(2))) == [c.label for c in screening.candidates[:2]]
    assert "9 candidates were screened" in cut
    assert "the 2 best are shown" in cut
    assert "PARTIAL" not in cut
    part = text(replace(screening, complete=False, n_candidates=70))
    assert "PARTIAL: 9 of 70 candidates" in part


def test_a_hundred_columns_are_enough(screening):
    lines = text(screening).splitlines()
    assert max(map(len, lines)) <= 100
    body = "\n".join(lines)
    for candidate in screening.candidates:
        assert candidate.label in body
    for word in ("electrolyte", "decomposes"):
        assert word in body.split("fails")[1]
