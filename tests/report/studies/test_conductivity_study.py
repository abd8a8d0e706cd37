"""The words of the report follow from the numbers: other numbers, other words."""

from dataclasses import replace

import pytest

from interfacekit.report.studies.conductivity_answer import gist
from interfacekit.report.studies.conductivity_study import conductivity_study_text
from interfacekit.structure.barriers.published import published_barrier, published_table
from interfacekit.structure.conductivity.comparison import crystal_conductivity
from interfacekit.structure.conductivity.measured import measured_of, measured_row
from interfacekit.structure.conductivity.runs import BarrierSource, Box, barrier_run
from interfacekit.structure.network.search import lithium_network
from interfacekit.transport.bulk.options import RunOptions

NMR = ("Li10GeP2S12", "activation energy (NMR/EIS)")
BOX = Box((3, 3, 3), 0.8, "so assumed")
OPTIONS = RunOptions(hops=5e5, replicas=2, seed=5)


@pytest.fixture(scope="module")
def lgps():
    return lithium_network("LGPS", estimates=False)


def by_calculator(network, barrier_eV, status="done"):
    """A table as CHGNet might give it."""
    table = published_table(network, [replace(published_barrier(*NMR), barrier_eV=barrier_eV)])
    rows = [replace(row, status=status, notes=(), error=None if status == "done" else "lost") for row in table.rows]
    parameters = {"calculator": {"name": "chgnet", "version": "chgnet 0"}}
    return replace(table, rows=tuple(rows), provenance={**table.provenance, "parameters": parameters})


def studied(network, table, temperatures=(298.15, 400.0)):
    published = [published_barrier(*NMR)]
    runs = [
        barrier_run(network, BarrierSource("CHGNet", table), BOX, temperatures, options=OPTIONS),
        barrier_run(
            network,
            BarrierSource("NMR", published_table(network, published), published),
            BOX,
            temperatures,
            options=OPTIONS,
        ),
    ]
    measured = [
        *measured_of("LGPS"),
        measured_row(*NMR),
        measured_row("LiNbO3 crystalline sol-gel 450 C", "ionic conductivity"),
    ]
    return crystal_conductivity(network, BOX, runs, measured)


@pytest.fixture(scope="module")
def soft(lgps):
    return studied(lgps, by_calculator(lgps, 0.08))


@pytest.fixture(scope="module")
def hard(lgps):
    return studied(lgps, by_calculator(lgps, 0.60))


def test_barriers_that_are_too_low_are_called_so(soft):
    text = conductivity_study_text([soft])
    # 0.14 eV at 298.15 K: 0.14 / kT / ln 10 = 2.37 decades, by hand.
    assert "are 5; 5 of them are above that of CHGNet, by 0.14 eV, which makes a hop 2.4 decades faster" in text
    assert "as is known of it: M3GNet, CHGNet and MACE-MP-0 predict" in text
    assert "doi:10.1038/s41524-024-01500-6; abstract" in text
    assert "2.4 decades above *NMR*" in text


def test_barriers_that_are_too_high_are_not_called_soft(hard):
    text = conductivity_study_text([hard])
    assert "are 5; none of them are above that of CHGNet; though it is known for the opposite" in text
    assert "decades below *NMR*" in text
    assert "The activation energy is 0.38 eV above that of Li10GeP2S12 (seen)." in text


def test_alike_is_called_alike(lgps):
    text = conductivity_study_text([studied(lgps, by_calculator(lgps, 0.22))])
    assert "about that of *NMR*" in text
    assert "The activation energy is about that of Li10GeP2S12" in text
    assert "The conductivity is about that of *NMR*, between" not in text


def test_hops_without_a_saddle_are_counted(lgps):
    table = by_calculator(lgps, 0.1)
    ends = {"end_energies_eV": (0.0, -0.2), "energies_eV": (0.0, -0.1, -0.2)}
    rows = [replace(row, **ends) if "Li1-Li3" in row.hop else row for row in table.rows]
    text = conductivity_study_text([studied(lgps, replace(table, rows=tuple(rows)))])
    assert "1 of 5 of its hops by CHGNet has no saddle above both ends" in text
    assert "no saddle" not in conductivity_study_text([studied(lgps, table)])


def test_what_was_measured_stands_with_its_certainty(soft):
    text = conductivity_study_text([soft])
    section = text.split("## Beside what was measured")[1].split("\n## ")[0]
    assert "non-conducting" in section
    assert "| 0.012 S/cm at 298.15 K | seen |" in section
    bulk = next(row for row in soft.beside_measured() if row.measured.low == 0.012)
    assert f"{bulk.above_low:+.2f} decades" in section
    assert section.count("(put in)") == 1
    assert "say nothing by coming out again" in section
    assert "Kamaya" in section


def test_what_is_predicted_assumed_and_calibrated_is_said(soft):
    section = conductivity_study_text([soft]).split("## What the numbers rest on")[1].split("\n## ")[0]
    assert "* Calibrated: nothing." in section
    assert "by CHGNet (chgnet 0)" in section
    assert "1e+13 1/s for every hop; fillings: LGPS 0.8 of 20 sites" in section
    assert "(so assumed)" in section
    assert "* Published barriers, seen: LGPS 0.22 eV (vacancy; Kuhn" in section


def test_extrapolated_conductivities_are_called_so(lgps):
    result = studied(lgps, by_calculator(lgps, 0.1), (350.0, 400.0))
    text = conductivity_study_text([result])
    assert text.count("(extrapolated)") >= 4
    assert "(extrapolated)" in gist([result])[0]


def test_without_barriers_no_number_is_made_up(lgps):
    result = studied(lgps, by_calculator(lgps, 0.1, "unconverged"))
    text = conductivity_study_text([result])
    assert "no conductivity by CHGNet: " in text
    assert "LGPS, Li1-Li2 3.10 A, vacancy: unconverged: lost." in text.split("## Not computed")[1]
    assert "LGPS: CHGNet no S/cm, no eV; NMR (" in gist([result])[0]
    assert "Published barriers of the same hop" not in text


def test_runs_without_some_hops_say_so(lgps):
    table = by_calculator(lgps, 0.1)
    rows = [replace(row, status="failed", error="lost") if "Li1-Li3" in row.hop else row for row in table.rows]
    text = conductivity_study_text([studied(lgps, replace(table, rows=tuple(rows)))])
    assert "LGPS by CHGNet goes without Li1-Li3 3.63 A, which has no barrier." in text
    assert "Li1-Li3 3.63 A, vacancy: failed: lost." in text


def test_figures_are_shown_and_linked(soft):
    text = conductivity_study_text([soft], {"figures/a.png": "all", "figures/b.png": "one"})
    assert "![all](figures/a.png)" in text
    assert "* [one](figures/b.png)" in text
    assert "## Figures" not in conductivity_study_text([soft])


def test_the_gist_is_one_line_for_each_crystal(soft, hard):
    lines = gist([soft, hard])
    assert len(lines) == 2
    assert lines[0].startswith("LGPS: CHGNet (")
    assert lines[0].endswith("measured 0.0012 to 0.012 S/cm")
