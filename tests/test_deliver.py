"""What fails after valid work costs its own file or point; what would cost a good file is refused before the work."""

import csv
import errno
import json
import os
import sys
from contextlib import chdir

import pytest

from interfacekit import plots, transport
from interfacekit.atomic import is_same_file
from interfacekit.errors import ComputationError, InputError
from interfacekit.thermo.screening import screen as screening
from interfacekit.transport.bulk import simulate as kmc

SCREEN = ("screen", "--cathode", "LCO", "--electrolyte", "LGPS")


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def fails(error):
    def fail(*arguments, **options):
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("a\nnew kind of failure"), "ValueError: a new kind of failure"),
        (MemoryError(), "MemoryError"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (InputError("there is no candidate to draw"), "there is no candidate to draw"),
    ],
)
def test_a_figure_that_fails_costs_no_other_file(interfacekit, tmp_path, monkeypatch, error, told):
    monkeypatch.setattr(plots, "plot_windows", fails(error))
    files = [tmp_path / name for name in ("w.png", "w.csv", "w.pdf", "w.json")]
    run = interfacekit("window", "LGPS", "--json", "-o", files[0], *(f"-o{file}" for file in files[1:]))
    assert run.status == 1
    assert json.loads(run.out)["phase"] == "LGPS"
    wrote = [f"wrote {files[1]}", f"wrote {files[3]}"]
    assert run.err.splitlines() == [
        *wrote, *(f"interfacekit: {files[k]} was not written: {told}" for k in (0, 2)),
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.csv", "w.json"]


def test_a_file_that_cannot_be_written_keeps_the_old_one(interfacekit, tmp_path, monkeypatch):
    old = tmp_path / "w.csv"
    old.write_text("old")

    def full(path, content):
        if path == old:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        path.write_text(content)

    monkeypatch.setattr("interfacekit.export.files._write", full)
    run = interfacekit("window", "LGPS", "-o", old, "-o", tmp_path / "w.json")
    assert (run.status, old.read_text()) == (1, "old")
    assert "LGPS" in run.out
    assert f"wrote {tmp_path / 'w.json'}\n" in run.err
    assert f"{old} was not written: No space left" in run.err


def test_a_file_that_is_replaced_is_reported(interfacekit, tmp_path):
    path = tmp_path / "w.csv"
    command = ("window", "LGPS", "-o", path, "--json")
    assert interfacekit(*command).err == f"wrote {path}\n"
    assert interfacekit(*command).err == f"wrote {path} (replaces the file that was there)\n"


def test_a_phase_without_energies_costs_its_row(interfacekit, tmp_path):
    (tmp_path / "own.csv").write_text("formula,formation_energy_eV_per_atom\nLi2S,-1.4\nLi3P,-0.8\nLi2O,-2.0\n")
    energies = ("--entries", tmp_path / "own.csv")
    run = interfacekit("window", "Li2S", "NaCl", "Li3P", *energies, "--json", "-o", tmp_path / "w.csv")
    assert run.status == 1
    assert [window["phase"] for window in json.loads(run.out)] == ["Li2S", "Li3P"]
    assert {row["phase"] for row in rows(tmp_path / "w.csv")} == {"Li2S", "Li3P"}
    assert [line for line in run.err.splitlines() if line.startswith("interfacekit: NaCl: ")]
    run = interfacekit("window", "NaCl", *energies)
    assert (run.status, run.out) == (2, "")
    run = interfacekit("map", "Li2S", "NaCl", *energies, "--json")
    assert run.status == 1
    found = json.loads(run.out)
    assert ([row["subject"] for row in found["rows"]], list(found["not_mapped"])) == (["Li2S"], ["NaCl", "Li2S|NaCl"])
    assert "not mapped: NaCl: " in interfacekit("map", "Li2S", "NaCl", *energies).out


def test_a_voltage_that_fails_costs_its_reaction(interfacekit, monkeypatch):
    from interfacekit import thermo

    compute = thermo.interface_reaction

    def some(first, second, voltage_V, source):
        if voltage_V == 3.0:
            raise ComputationError("no solution")
        return compute(first, second, voltage_V, source)

    monkeypatch.setattr(thermo, "interface_reaction", some)
    run = interfacekit("react", "LCO", "LGPS", "--voltage", "2,3,4", "--json")
    assert (run.status, run.err) == (1, "interfacekit: 3 V: no solution\n")
    assert [reaction["voltage_V"] for reaction in json.loads(run.out)] == [2.0, 4.0]
    run = interfacekit("react", "LCO", "LGPS", "--voltage", "3", "--json")
    assert (run.status, run.out, run.err) == (1, "", "interfacekit: no solution\n")


def test_a_temperature_at_which_ions_are_stuck_costs_its_result(interfacekit, monkeypatch, tmp_path):
    plan = kmc._plan

    def stuck(engine, tables, temperature_K, *others):
        if temperature_K == 310:
            raise ComputationError("the ions are stuck at 310 K")
        return plan(engine, tables, temperature_K, *others)

    monkeypatch.setattr(kmc, "_plan", stuck)
    short = ("kmc", "LNO", "--cells", "6", "--hops", "2e5", "--replicas", "2", "--json")
    run = interfacekit(*short, "--temperature", "300,310,320", "-o", tmp_path / "k.csv")
    assert run.status == 1
    assert run.err.splitlines() == [f"wrote {tmp_path / 'k.csv'}", "interfacekit: 310 K: the ions are stuck at 310 K"]
    assert [result["temperature_K"] for result in json.loads(run.out)] == [300.0, 320.0]
    assert len(rows(tmp_path / "k.csv")) == 2
    assert interfacekit(*short, "--temperature", "310").status == 1


def test_a_refusal_before_any_result_ends_a_series_at_once(interfacekit, tmp_path):
    short = ("kmc", "LNO", "--cells", "6", "--hops", "2e5", "--replicas", "2", "--checkpoint", tmp_path / "kept")
    assert interfacekit(*short, "--temperature", "300").status == 0
    run = interfacekit(*short, "--seed", "1", "--temperature", "300,320")
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["300K"]


def test_a_stack_that_fails_at_a_point_is_delivered_at_the_others(interfacekit, monkeypatch):
    compute = transport.space_charge

    def some(stack, voltage_V, kelvin, **options):
        if kelvin == 310:
            raise ComputationError("no such luck")
        return compute(stack, voltage_V, kelvin, **options)

    monkeypatch.setattr(transport, "space_charge", some)
    run = interfacekit("scl", "LCO", "LNO:2nm", "--voltage", "4", "--temperature", "300,310", "--json")
    assert (run.status, run.err) == (1, "2 temperatures: 300, 310 K\ninterfacekit: 4 V, 310 K: no such luck\n")
    assert [result["temperature_K"] for result in json.loads(run.out)] == [300.0]


def test_a_simulation_that_fails_costs_no_continuum(interfacekit, monkeypatch):
    monkeypatch.setattr(transport, "simulate_stack", fails(ComputationError("no such luck")))
    run = interfacekit("scl", "LCO", "LNO:2nm", "--voltage", "4", "--kmc", "--json")
    assert (run.status, run.err) == (1, "interfacekit: 4 V, 298.15 K, kinetic Monte Carlo: no such luck\n")
    assert [result["method"] for result in json.loads(run.out)] == ["continuum"]


def test_a_candidate_that_cannot_be_judged_is_listed_with_the_reason(interfacekit, tmp_path):
    names = ("LNO", "LCO", "Li3PO4", "LiQq", "LiNbO3")
    run = interfacekit(*SCREEN, "--candidates", *names, "-o", tmp_path / "s.csv", "--json")
    assert run.status == 1
    found = json.loads(run.out)
    assert [candidate["label"] for candidate in found["candidates"]] == ["Li3PO4", "LNO"]
    assert list(found["not_judged"]) == ["LCO", "LiQq", "LiNbO3"]
    assert [line.split(" was not judged: ")[0] for line in run.err.splitlines()[1:]] == [
        f"interfacekit: {name}" for name in found["not_judged"]
    ]
    table = rows(tmp_path / "s.csv")
    assert [(row["rank"], row["label"]) for row in table] == [
        ("1", "Li3PO4"), ("2", "LNO"), *(("", name) for name in found["not_judged"]),
    ]  # fmt: skip
    assert [row["not_judged"] for row in table] == ["", "", *found["not_judged"].values()]
    shown = interfacekit(*SCREEN, "--candidates", *names)
    assert shown.status == 1
    assert "not judged: LCO: candidates must not include the cathode, got LCO" in " ".join(shown.out.split())


def test_highlights_are_checked_before_the_screening(interfacekit, monkeypatch, tmp_path):
    monkeypatch.setattr(screening, "prepared", fails(AssertionError("the work has begun")))
    for names, named in ((("LNO", "LiTaO3"), "LiTaO3"), (("LCO",), "LCO")):
        run = interfacekit(*SCREEN, "--candidates", "LNO", "--highlight", *names, "-o", tmp_path / "s.png")
        assert (run.status, run.err.count("\n")) == (2, 1)
        assert f"{named} is not among the candidates to screen" in run.err


@pytest.fixture
def place(tmp_path):
    """A folder with inputs, links to it and to them, and a folder of finished work."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "own.csv").write_text("formula,formation_energy_eV_per_atom\nLi2S,-1.4\n")
    (tmp_path / "same.csv").symlink_to("own.csv")
    (tmp_path / "later.csv").symlink_to("new.csv")
    (tmp_path / "run.json").write_text("phases: [Li2S]\n")
    (tmp_path / "kept").mkdir()
    with chdir(tmp_path):
        yield tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("window LGPS -o x.csv -o ./x.csv", "the output x.csv is named twice"),
        ("window LGPS -o real/x.csv -o link/x.csv", "the output link/x.csv (as real/x.csv) is named twice"),
        ("window LGPS -o new.csv -o later.csv", "the output later.csv (as new.csv) is named twice"),
        ("window Li2S --entries own.csv -o own.csv", "the output own.csv is the input of entries"),
        ("window Li2S --entries own.csv -o same.csv", "the output same.csv is the input of entries"),
        ("window --config run.json -o run.json", "the output run.json is the input of config"),
        ("kmc LGPS --checkpoint kept -o kept/run.json", "lies among the files of checkpoint kept"),
        ("kmc LGPS --checkpoint kept -o kept/300K/run.json", "no directory kept/300K"),
        ("kmc LGPS --checkpoint new.json -o new.json", "lies among the files of checkpoint new.json"),
        ("kmc LGPS --checkpoint own.csv", "checkpoint must be a folder, got own.csv: own.csv is a file"),
        ("kmc LGPS --checkpoint own.csv/kept", "checkpoint must be a folder, got own.csv/kept: own.csv is a file"),
        ("screen --cathode LCO --electrolyte LGPS --store own.csv", "store must be a folder, got own.csv"),
        ("screen --cathode LCO --electrolyte LGPS --gate oxidation_V=4 --gate oxidation_V=none", "given twice"),
        ("map LCO LGPS --voltage 2:4 --voltage 3:5", "--voltage is given twice; give it once"),
    ],
)
def test_files_that_would_take_each_others_place_are_refused(interfacekit, place, words, message):
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    run = interfacekit(*words.split())
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_other_files_of_one_folder_are_possible(interfacekit, place):
    os.link("own.csv", "twin.csv")
    assert interfacekit("window", "Li2S", "--entries", "own.csv", "-o", "twin.csv", "-o", "real/own.csv").status == 0
    assert "Li2S,-1.4" in (place / "own.csv").read_text()
    assert "reduction_V" in (place / "twin.csv").read_text()
    ignores_case = (place / "OWN.csv").exists()
    assert is_same_file(place / "a.csv", place / "A.csv") == ignores_case


def test_a_figure_is_refused_where_nothing_draws(interfacekit, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "interfacekit.plots.style", None)
    run = interfacekit("window", "LGPS", "-o", tmp_path / "w.png", "--json")
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert "matplotlib cannot be imported" in run.err


def test_a_checkpoint_of_another_stack_is_refused_at_once(interfacekit, tmp_path):
    short = ("scl", "LCO", "LNO:2nm", "--voltage", "4", "--kmc", "--hops", "2e5", "--cells", "12")
    short = (*short, "--checkpoint", tmp_path / "kept")
    assert interfacekit(*short, "--temperature", "300").status == 0
    run = interfacekit(*short, "--seed", "1", "--temperature", "300,320")
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["4V-300K"]
