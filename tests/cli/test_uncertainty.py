"""`--ensemble` and `--leave-one-out` of window and react."""

import csv
import json

import pytest
from monty.json import MontyDecoder

from interfacekit.thermo import ErrorModel, leave_one_out, reaction_ensemble, window_ensemble


def document(run):
    assert run.status == 0, run.err
    return json.loads(run.out, cls=MontyDecoder)


def test_windows_with_intervals(interfacekit):
    assert document(interfacekit("window", "LGPS", "--ensemble", "20", "--json")) == window_ensemble("LGPS", 20)
    several = document(
        interfacekit("window", "LGPS", "CoS2", "--ensemble", "10", "--sigma", "0.03", "--seed", "4", "--json")
    )
    assert several == [window_ensemble(name, 10, ErrorModel(0.03), seed=4) for name in ("LGPS", "CoS2")]


def test_reactions_with_intervals(interfacekit):
    closed = document(interfacekit("react", "LCO", "LGPS", "--ensemble", "10", "--json"))
    assert closed == reaction_ensemble("LCO", "LGPS", None, 10)
    several = document(
        interfacekit("react", "LCO", "LGPS", "--ensemble", "10", "--voltage", "3.0", "--voltage", "3.9", "--json")
    )
    assert several == [reaction_ensemble("LCO", "LGPS", voltage, 10) for voltage in (3.0, 3.9)]


def test_phases_that_results_hang_on(interfacekit):
    assert document(interfacekit("window", "LGPS", "--leave-one-out", "--json")) == leave_one_out("LGPS")
    found = document(
        interfacekit("react", "LCO", "LGPS", "--voltage", "3.9", "--leave-one-out", "--sigma", "0.01", "--json")
    )
    assert found == leave_one_out(["LCO", "LGPS"], 3.9, below_hull_eV_per_atom=0.01)


def test_tables_say_what_the_intervals_are(interfacekit):
    printed = interfacekit("window", "LGPS", "CoS2", "--ensemble", "50").out
    assert printed.count("assumed error model") == 1
    result = window_ensemble("LGPS", 50)
    assert f"2.291 [{result.oxidation_V.low:.3f}, {result.oxidation_V.high:.3f}]" in printed
    assert "LiS4 100" in printed
    printed = interfacekit("react", "LCO", "LNO", "--ensemble", "50").out
    assert "not a measured accuracy" in printed
    assert "no reaction in" in printed
    printed = interfacekit("window", "LGPS", "--leave-one-out").out
    rows = [line.split() for line in printed.splitlines() if "LiS4" in line]
    assert rows == [["oxidation", "(V)", "LiS4", "removed", "2.291", "2.421", "+0.130"]]


def test_files_are_written(interfacekit, tmp_path):
    outputs = [arg for name in ("w.csv", "w.json", "w.png") for arg in ("-o", tmp_path / name)]
    assert interfacekit("window", "LGPS", "LNO", "--ensemble", "10", *outputs).status == 0
    with (tmp_path / "w.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["quantity"] for row in rows] == ["reduction_V", "oxidation_V", "width_V"] * 2
    assert {row["seed"] for row in rows} == {"0"}
    assert (tmp_path / "w.png").stat().st_size > 10_000
    for options in (["--ensemble", "10"], ["--leave-one-out"]):
        for name in ("r.csv", "r.svg"):
            path = tmp_path / name
            assert interfacekit("react", "LCO", "LGPS", *options, "-o", path).status == 0
            assert path.stat().st_size > 500
            path.unlink()


def test_a_configuration_has_the_same_options(interfacekit, tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text("phases: [LGPS]\nensemble: 10\nsigma: 0.03\nseed: 2\n")
    found = document(interfacekit("window", "--config", config, "--json"))
    assert found == window_ensemble("LGPS", 10, ErrorModel(0.03), seed=2)
    config.write_text("phases: [LGPS]\nleave_one_out: true\n")
    assert document(interfacekit("window", "--config", config, "--json")) == leave_one_out("LGPS")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["window", "LGPS", "--ensemble", "0"], "ensemble must be a whole number from 1"),
        (["window", "LGPS", "--ensemble", "many"], "ensemble"),
        (["window", "LGPS", "--ensemble", "5", "--sigma", "24"], "0.024 eV/atom where meV/atom are meant"),
        (["window", "LGPS", "--ensemble", "5", "--sigma", "wide"], "sigma"),
        (["window", "LGPS", "--ensemble", "5", "--sigma", "-0.1"], "sigma must be from 0 to below 1 eV/atom"),
        (["window", "LGPS", "--ensemble", "5", "--seed", "-1"], "seed must be a whole number from 0"),
        (["window", "LGPS", "--ensemble", "5", "--leave-one-out"], "ensemble has no effect with leave_one_out"),
        (["window", "LGPS", "--seed", "1"], "seed has no effect without an ensemble"),
        (["window", "LGPS", "--sigma", "0.03"], "sigma has no effect without --ensemble"),
        (["window", "LGPS", "--ensemble", "5", "--figure", "staircase"], "figure has no effect with --ensemble"),
        (["window", "LCO", "--ensemble", "5", "--delithiated", "CoO2"], "delithiated has no effect with --ensemble"),
        (["window", "LGPS", "LGPS", "--ensemble", "5"], "phases must be distinct compositions"),
        (["window", "LGPS", "--leave-one-out", "--sigma", "0"], "between 0 and 1 eV/atom"),
        (["react", "LCO", "LNO", "LGPS", "--ensemble", "5"], "name two phases"),
        (["react", "LCO", "LGPS", "--ensemble", "5", "--figure", "amounts"], "figure has no effect with --ensemble"),
        (["react", "LCO", "Li", "--voltage", "3", "--leave-one-out"], "Li metal"),
    ],
)
def test_bad_input_is_one_line_and_status_2(interfacekit, arguments, message):
    run = interfacekit(*arguments)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err


def test_screenings_have_a_table(capsys):
    from interfacekit.report import show
    from interfacekit.thermo import screen, screening_ensemble

    screening = screen("LCO", "LGPS", ["Li3PO4", "LiAlO2"])
    result = screening_ensemble(screening, n=10)
    show(result)
    printed = capsys.readouterr().out
    assert "assumed error model" in printed
    first = result.candidates[0]
    lialo2 = next(c for c in result.candidates if c.label == "LiAlO2")
    share = lialo2.gate_probabilities["decomposition_eV_per_atom"]
    assert share < 1
    assert f"decomposition {100 * share:.0f}" in printed
    assert f"{first.rank.value} [{first.rank.low:.0f}, {first.rank.high:.0f}]" in printed
