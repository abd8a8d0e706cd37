"""The workflow is run as a user runs it, with fewer hops."""

import json

import pytest
import yaml
from monty.json import MontyDecoder

from tests.workflows.scripts import FOLDER, run, run_here

SCRIPT = FOLDER / "bulk_transport.py"


@pytest.fixture(scope="module")
def config():
    whole = yaml.safe_load(SCRIPT.with_suffix(".yaml").read_text())
    runs = [{**r, "temperature": [300, 350], "cells": 8, "hops": 3e5} for r in whole["runs"]]
    return whole | {"runs": runs, "replicas": 2, "figure_formats": ["png"], "results": "out"}


@pytest.fixture(scope="module")
def study(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    done = run(SCRIPT, config, folder)
    assert done.returncode == 0, done.stderr
    return done, folder


def test_it_ends_by_saying_where_the_results_are(study):
    done, _ = study
    assert done.stdout.splitlines()[-2:] == ["tables:  out/tables", "figures: out/figures"]


def test_every_material_has_its_tables_and_says_what_was_calibrated(study):
    done, folder = study
    for name in ("LGPS_bulk", "LGPS_shell", "LNO_film", "LCO_film"):
        results = json.loads((folder / "out" / "tables" / f"{name}.json").read_text(), cls=MontyDecoder)
        assert [r.temperature_K for r in results] == [300, 350]
        assert all("calibrated to" in r.provenance["parameters"]["calibration"] for r in results)
        assert (folder / "out" / "tables" / f"{name}.csv").is_file()
    assert done.stdout.count("calibrated to") == 4


def test_one_figure_shows_all_and_each_material_has_its_own(study):
    _, folder = study
    drawn = sorted(path.name for path in (folder / "out" / "figures").iterdir())
    assert drawn == ["arrhenius.png", "arrhenius_LCO.png", "arrhenius_LGPS.png", "arrhenius_LNO.png"]


def test_a_second_run_goes_on_from_the_first_and_gives_the_same(study, config):
    _, folder = study
    table = folder / "out" / "tables" / "LNO_film.json"
    before = json.loads(table.read_text())
    done = run_here(SCRIPT, config, folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(table.read_text()) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"runs": [{"material": "LPS", "temperature": 300}]}, "no hopping model of LPS"),
        ({"runs": [{"material": "LNO", "temperature": -1}]}, "-1"),
        ({"runs": []}, "runs"),
        ({"hops": "many"}, "many"),
    ],
)
def test_bad_input_is_told_in_one_line_and_nothing_is_written(change, message, config, tmp_path):
    done = run_here(SCRIPT, config | change, tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
