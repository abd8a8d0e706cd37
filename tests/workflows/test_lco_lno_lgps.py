"""The workflow is run as a user runs it, on fewer voltages and interfaces."""

import csv
import json

import pytest
import yaml
from monty.json import MontyDecoder

from tests.workflows.scripts import FOLDER, run, run_here

SCRIPT = FOLDER / "lco_lno_lgps.py"


@pytest.fixture(scope="module", params=[3, pytest.param(4, marks=pytest.mark.slow)])
def config(request):
    whole = yaml.safe_load(SCRIPT.with_suffix(".yaml").read_text())
    interfaces = whole["interfaces"][: request.param]
    assert len(interfaces) == request.param
    computed = {"|".join(pair) for pair in interfaces}
    claims = [c | {"interfaces": [i for i in c.get("interfaces", []) if i in computed]} for c in whole["claims"]]
    fewer = {"interfaces": interfaces, "claims": claims, "voltage": [2.0, 3.9], "map_voltage": "3.5:4"}
    return whole | fewer | {"figure_formats": ["png"], "results": "out"}


@pytest.fixture(scope="module")
def study(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    done = run(SCRIPT, config, folder)
    assert done.returncode == 0, done.stderr
    return done, folder / "out"


def test_it_ends_by_saying_where_the_results_are(study):
    done, _ = study
    assert done.stdout.splitlines()[-2:] == ["tables:  out/tables", "figures: out/figures"]


def test_every_interface_is_computed_closed_and_open(study, config):
    _, folder = study
    for first, second in config["interfaces"]:
        for state, voltages in (("closed", [None]), ("open", [2.0, 3.9])):
            path = folder / "tables" / f"reaction_{first}_{second}_{state}.json"
            results = json.loads(path.read_text(), cls=MontyDecoder)
            assert [r.voltage_V for r in (results if isinstance(results, list) else [results])] == voltages


def test_windows_cover_the_phases_and_their_decomposition_products(study):
    _, folder = study
    windows = json.loads((folder / "tables" / "windows.json").read_text())
    products = json.loads((folder / "tables" / "windows_of_products.json").read_text())
    assert [w["phase"] for w in windows] == ["LCO", "LNO", "LGPS"]
    named = {formula for w in windows for side in ("reduction_products", "oxidation_products") for formula in w[side]}
    assert {w["formula"] for w in products} == named


def test_the_comparison_has_all_three_verdicts(study):
    _, folder = study
    with (folder / "tables" / "comparison_with_spectroscopy.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["verdict"] for row in rows} == {"agrees", "disagrees", "not predictable"}
    assert all(row["certainty"] and row["source"] for row in rows)


def test_figures_are_whole(study):
    _, folder = study
    figures = list((folder / "figures").iterdir())
    assert len(figures) > 20
    for path in figures:
        assert path.read_bytes()[-8:-4] == b"IEND"


def test_a_bad_configuration_is_one_line(config, tmp_path):
    done = run_here(SCRIPT, config | {"phases": ["LCO", "LGSP"]}, tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "LGPS" in done.stderr
    assert not (tmp_path / "out").exists()
