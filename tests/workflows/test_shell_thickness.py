"""The workflow is run as a user runs it, on fewer shells."""

import csv
import importlib.util
import json
import re
import time
from dataclasses import replace

import pytest
import yaml
from monty.json import MontyDecoder

from interfacekit.config import ShellThicknessConfig, read_config
from interfacekit.errors import InputError
from tests.transport.example_stacks import whole_planes_nm
from tests.workflows.scripts import FOLDER, run, run_here, started

SCRIPT = FOLDER / "shell_thickness.py"


def kept(folder):
    return {path.name: path.read_bytes() for path in (folder / "out" / "records").glob("[0-9a-f]*.json")}


def run_until_killed(config, folder):
    """Start the workflow, kill it while it computes, and return the records that it leaves."""
    process = started(SCRIPT, config, folder)
    while len(list((folder / "out" / "records").glob("[0-9a-f]*.json"))) < 10:
        assert process.is_alive()
        time.sleep(0.005)
    process.kill()
    process.join()
    return kept(folder)


@pytest.fixture(scope="module")
def workflow():
    """The script as a module, for what needs no process of its own."""
    spec = importlib.util.spec_from_file_location("shell_thickness", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def config():
    whole = yaml.safe_load(SCRIPT.with_suffix(".yaml").read_text())
    kmc = {"thickness": {"LNO": [0, 1]}, "hops": 1e6, "hops_per_nm": 0.0, "cells": [20, 20]}
    return whole | {
        "coatings": ["LNO"],
        "thickness": [0, 1, 5],
        "voltage": [3.9, 4.0],
        "kmc": whole["kmc"] | kmc,
        "changes": whole["changes"] | {"hop_barriers_eV": [0.2], "site_spacings_A": [3.6], "ladder": False},
        "figure_formats": ["png"],
        "results": "out",
    }


@pytest.fixture(scope="module")
def study(config, tmp_path_factory):
    """What the workflow leaves when it was killed on the way and run again."""
    folder = tmp_path_factory.mktemp("study")
    before = run_until_killed(config, folder)
    done = run(SCRIPT, config, folder)
    assert done.returncode == 0, done.stderr
    return done, folder, before


def results(folder, name):
    return json.loads((folder / "out" / "tables" / f"{name}.json").read_text(), cls=MontyDecoder)


def test_it_says_the_gist_in_five_lines_and_where_the_results_are(study):
    done, folder, _ = study
    last = ["report:  out/report.md", "tables:  out/tables", "figures: out/figures"]
    *gist, _, _, _ = lines = done.stdout.splitlines()
    assert lines[-3:] == last
    assert len(gist) == 5
    resistance = results(folder, "evidence")[0]
    counted = (
        f"{resistance.singles - resistance.singles_alike} of {resistance.singles} results with one of them changed"
    )
    assert gist[0].startswith("LCO|LGPS at 4 V: space charge and hops across add ")
    assert gist[1].endswith(": enough; the numbers support the interphase school (interphase-limited)")
    assert counted in gist[2]


def test_the_report_says_which_school_and_how_strongly_it_hangs_on_inputs(study):
    _, folder, _ = study
    text = (folder / "out" / "report.md").read_text()
    resistance = results(folder, "evidence")[0]
    assert (resistance.verdict, resistance.interphase_verdict) == ("not enough", "enough")
    assert "support the **interphase** school" in text
    assert f"{resistance.all - resistance.all_alike} of {resistance.all} with one or more do" in text
    assert "Not computed" not in text


def test_tables_hold_every_shell_and_every_change(study):
    _, folder, _ = study
    shells = results(folder, "shells")
    assert [(r.requested_thickness_nm, r.voltage_V) for r in shells] == [(t, v) for t in (0, 1, 5) for v in (3.9, 4.0)]
    assert [r.thickness_nm for r in shells[1::2]] == pytest.approx([0, *(whole_planes_nm("LNO", t) for t in (1, 5))])
    assert [(r.method, r.requested_thickness_nm) for r in results(folder, "shells_kmc")] == [("kmc", 0), ("kmc", 1)]
    changed = results(folder, "changed_inputs_bare")
    assert len(changed) == 2 * 3 * 3 * 2 * 2
    with (folder / "out" / "tables" / "changed_inputs_shells.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["certainty"] for row in rows} >= {"", "assumed", "seen-secondary", "memory-approx"}
    assert len(results(folder, "bare_with_interphases")) == 2


def test_figures_are_there(study):
    _, folder, _ = study
    drawn = sorted(path.name for path in (folder / "out" / "figures").iterdir())
    per_coating = ["between_slices", "changed_inputs", "charge", "profiles", "resistance"]
    names = [*(f"{name}_LNO.png" for name in per_coating), "changed_inputs_bare.png", "resistance_with_interphase.png"]
    assert drawn == sorted(names)
    text = (folder / "out" / "report.md").read_text()
    assert sorted(re.findall(r"\]\(figures/(.*?)\)", text)) == drawn


def test_a_study_that_was_killed_goes_on(study):
    _, folder, before = study
    after = kept(folder)
    assert 10 <= len(before) < len(after)
    assert all(after[name] == content for name, content in before.items())


def test_a_second_run_computes_nothing_again_and_says_the_same(study, config, workflow, monkeypatch):
    _, folder, _ = study
    monkeypatch.chdir(folder)
    records = {path: path.stat().st_mtime_ns for path in (folder / "out" / "records").iterdir()}
    second = workflow.Study(ShellThicknessConfig.model_validate(config))
    assert second.text(second.run()) == (folder / "out" / "report.md").read_text()
    assert {path: path.stat().st_mtime_ns for path in (folder / "out" / "records").iterdir()} == records


def test_profiles_are_as_many_as_colours_tell_apart_with_or_without_kinetic_monte_carlo(study, workflow):
    _, folder, _ = study
    shells = [r for r in results(folder, "shells") if r.voltage_V == 4.0]
    simulated = results(folder, "shells_kmc")
    assert [(r.method, r.requested_thickness_nm) for r in workflow.profiles(shells, simulated)] == [
        ("continuum", 0),
        ("continuum", 1),
        ("kmc", 0),
        ("kmc", 1),
    ]
    assert workflow.profiles(shells, []) == shells
    many = [replace(shells[-1], thickness_nm=float(size)) for size in range(1, 10)]
    assert [r.thickness_nm for r in workflow.profiles(many, [])] == [1, 2, 3, 4, 5, 6, 7]


def test_equal_plane_counts_are_computed_once(config, workflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    several = {
        "thickness": [0, 3, 3.05, 5],
        "kmc": config["kmc"] | {"thickness": {"LNO": [3, 3.05]}, "hops_per_nm": 1e6},
    }
    study = workflow.Study(ShellThicknessConfig.model_validate(config | several))
    assert [(p["thickness_nm"], p["voltage_V"]) for p in study.shells()] == [
        (t, v) for t in (0, 3, 5) for v in (3.9, 4.0)
    ]
    assert [p["thickness_nm"] for p in study.simulated()] == [3]


def test_bad_input_is_told_in_one_line_and_nothing_is_written(config, tmp_path):
    done = run_here(SCRIPT, config | {"electrolyte": "LBO"}, tmp_path)
    assert done.returncode == 2
    assert "nothing is known of LBO as a layer" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"thickness": [1, 5]}, "give 0 \\(the bare contact\\)"),
        ({"thickness": [0, 0.1]}, "0.1 nm of LNO is thinner than one of its planes"),
        ({"voltage": [2.0, 4.0]}, "at 2 V the reservoir of LCO is full"),
        ({"kmc": {"voltage": 5.0, "thickness": {"LNO": [0]}}}, "5 V is not among the voltages"),
        ({"kmc": {"voltage": 4.0, "thickness": {"LPO": [1]}}}, "LPO is not among the coatings"),
        (
            {"kmc": {"voltage": 4.0, "thickness": {"LNO": [1]}, "replicas": 1}},
            "replicas must be a whole number from 3 to 100000, got 1",
        ),
        ({"changes": {"permittivity_factor": 1}}, "permittivity_factor must be above 1"),
        ({"changes": {"site_spacing_A": 3}}, "unknown key 'changes.site_spacing_A'"),
        ({"thresholds": {"enough": 0.1, "negligible": 0.5}}, "0 < negligible < enough"),
        ({"interphases": [{"thickness_nm": -1, "conductivity_S_cm": 1e-9}]}, "thickness_nm must be above 0"),
    ],
)
def test_slips_are_told_before_anything_is_written(change, message, config, workflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(config | change))
    with pytest.raises(InputError, match=message):
        workflow.Study(read_config(ShellThicknessConfig, path, {}))
    assert not (tmp_path / "out").exists()


def test_what_fails_is_told_and_the_rest_goes_on(config, workflow, tmp_path, monkeypatch):
    """With so few hops no current can be told from none."""
    monkeypatch.chdir(tmp_path)
    few = config["kmc"] | {"hops": 1e3}
    study = workflow.Study(ShellThicknessConfig.model_validate(config | {"kmc": few, "voltage": [4.0]}))
    found = study.run()
    assert found.kmc == []
    assert "too few hops" in study.text(found).split("## Not computed")[1]
