"""The workflow is run as a user runs it, on a vacancy in aluminium with ASE's EMT instead of CHGNet."""

import importlib.util
import json
import math
import re
import time

import pytest
import yaml
from ase.build import bulk
from ase.io import write
from monty.json import MontyDecoder

from interfacekit.config import BarriersToConductivityConfig, read_config
from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.structure import read_barriers
from tests.workflows.scripts import FOLDER, run, run_here, started

SCRIPT = FOLDER / "barriers_to_conductivity.py"
FILLING = 0.98
PUBLISHED_eV = 0.6


def kept(folder):
    return {path.name: path.read_bytes() for path in (folder / "out" / "barriers").glob("[0-9a-f]*.json")}


def run_until_killed(config, folder):
    """Start the workflow, kill it as soon as an end is relaxed, and return the records that it leaves."""
    process = started(SCRIPT, config, folder)
    while not kept(folder):
        assert process.is_alive()
        time.sleep(0.005)
    process.kill()
    process.join()
    return kept(folder)


def crystal_in(folder):
    write(folder / "Al.vasp", bulk("Al", cubic=True))


@pytest.fixture(scope="module")
def workflow():
    """The script as a module, for what needs no process of its own."""
    spec = importlib.util.spec_from_file_location("barriers_to_conductivity", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def config():
    whole = yaml.safe_load(SCRIPT.with_suffix(".yaml").read_text())
    book = {"barrier": PUBLISHED_eV, "source": "a book", "certainty": "memory-approx"}
    aluminium = {
        "crystal": "Al.vasp",
        "mobile": "Al",
        "supercell": [2, 2, 2],
        "cells": [5, 5, 5],
        "filling": FILLING,
        "reason": "some vacancies",
        "published": [{"name": "a book", "barriers": [book]}],
        "measured": [{"system": "LiNbO3 ALD film", "quantity": "activation energy", "note": "another one"}],
    }
    return whole | {
        "calculator": "emt",
        "images": 3,
        "scheduler": "serial",
        "temperature": [298.15, 400],
        "hops": 1e6,
        "hops_per_ion": 20,
        "replicas": 2,
        "materials": [aluminium],
        "figure_formats": ["png"],
        "results": "out",
    }


@pytest.fixture(scope="module")
def study(config, tmp_path_factory):
    """What the workflow leaves when it was killed while it computed bands, and run again."""
    folder = tmp_path_factory.mktemp("study")
    crystal_in(folder)
    before = run_until_killed(config, folder)
    done = run(SCRIPT, config, folder)
    assert done.returncode == 0, done.stderr
    return done, folder, before


def results(folder, name):
    return json.loads((folder / "out" / "tables" / f"{name}.json").read_text(), cls=MontyDecoder)


def exact_S_cm(barrier_eV, temperature_K):
    """Ions that only exclude one another on the sites of an fcc metal: n e^2 (1 - c) 2 Gamma a^2 / (2 kT)."""
    kT, a = BOLTZMANN_eV_K * temperature_K, bulk("Al", cubic=True).cell[0, 0]
    # 8 of the 12 hops go along x, by a/2.
    D_A2_s = 1e13 * math.exp(-barrier_eV / kT) * 8 * (a / 2) ** 2 / 2 * (1 - FILLING)
    return FILLING * 4 / a**3 * D_A2_s / kT * 1.602176634e-11


def test_it_says_the_gist_and_where_the_results_are(study):
    done, _, _ = study
    gist, *last = done.stdout.splitlines()
    assert last == ["report:  out/report.md", "tables:  out/tables", "figures: out/figures"]
    assert re.fullmatch(r"Al: EMT .* S/cm, 0\.\d+ ± .* eV; a book .* S/cm, 0\.\d+ ± .* eV", gist)


def test_conductivities_are_those_of_the_barriers(study):
    """By a closed form: nothing but the barrier and the filling goes in."""
    _, folder, _ = study
    table = read_barriers(folder / "out" / "tables" / "barriers_Al.json")  # as `kmc --barrier-table` takes it
    (result,) = results(folder, "conductivities")
    barrier_eV = table.rows[0].barrier_eV
    assert 0.3 < barrier_eV < 0.5
    for one, expected_eV in zip(result.runs, (barrier_eV, PUBLISHED_eV), strict=True):
        assert one.activation_energy_eV == pytest.approx(expected_eV, abs=4 * one.activation_energy_err_eV)
        for r in one.transports:
            exact = exact_S_cm(expected_eV, r.temperature_K)
            assert r.conductivity_S_cm == pytest.approx(exact, abs=4 * r.conductivity_err_S_cm)
            # f = 0.7815 of a single vacancy, a little more at 2 % of them.
            assert r.haven_ratio == pytest.approx(0.785, abs=4 * r.haven_ratio_err)


def test_a_run_that_was_killed_goes_on(study):
    _, folder, before = study
    after = kept(folder)
    assert 1 <= len(before) < len(after)
    assert all(after[name] == content for name, content in before.items())


def test_tables_and_figures_are_there(study):
    _, folder, _ = study
    names = sorted(path.name for path in (folder / "out" / "tables").iterdir())
    stems = ("barriers_Al", "beside_measured", "conductivities", "transport_Al")
    assert names == [f"{stem}.{suffix}" for stem in stems for suffix in ("csv", "json")]
    assert sorted(p.name for p in (folder / "out" / "figures").iterdir()) == ["arrhenius.png", "arrhenius_Al.png"]
    assert {r.provenance["parameters"]["sample"] for r in results(folder, "transport_Al")} == {"EMT", "a book"}
    rows = results(folder, "beside_measured")
    assert [(row.run, row.measured.certainty) for row in rows] == [("EMT", "seen"), ("a book", "seen")]


def test_the_report_names_figures_that_are_there(study):
    _, folder, _ = study
    text = (folder / "out" / "report.md").read_text()
    for path in re.findall(r"\]\((figures/.*?)\)", text):
        assert (folder / "out" / path).is_file()
    assert "Calibrated: nothing" in text
    assert "Not computed" not in text
    assert "Deng" not in text  # what is known of CHGNet is not said of others


def test_a_second_run_computes_nothing_again_and_says_the_same(study, config, workflow, monkeypatch):
    _, folder, _ = study
    monkeypatch.chdir(folder)
    before = {path: path.stat().st_mtime_ns for path in (folder / "out" / "barriers").glob("*.json")}
    checkpoints = sorted((folder / "out" / "checkpoints").rglob("*.npz"))
    assert len(checkpoints) == 2 * 2 * 2
    second = workflow.Study(BarriersToConductivityConfig.model_validate(config))
    assert second.text(second.run()) == (folder / "out" / "report.md").read_text()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert sorted((folder / "out" / "checkpoints").rglob("*.npz")) == checkpoints


def test_another_box_starts_anew_in_the_same_folder(study, config, workflow, monkeypatch):
    _, folder, _ = study
    monkeypatch.chdir(folder)
    changed = config | {"materials": [config["materials"][0] | {"filling": 0.97}]}
    (result,) = workflow.Study(BarriersToConductivityConfig.model_validate(changed)).run()
    before = results(folder, "conductivities")[0]
    assert [run.failures for run in result.runs] == [(), ()]
    ratio = result.computed.transports[0].conductivity_S_cm / before.computed.transports[0].conductivity_S_cm
    assert ratio == pytest.approx(0.97 * 0.03 / (0.98 * 0.02), rel=0.2)


def test_without_a_barrier_there_is_no_number(config, workflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    crystal_in(tmp_path)
    changed = config | {"max_steps": 1}
    study = workflow.Study(BarriersToConductivityConfig.model_validate(changed))
    found = study.run()
    assert found[0].computed.transports == ()
    assert found[0].published[0].transports != ()
    text = study.text(found)
    assert "no conductivity by EMT: Al1-Al1 2.86 A has no barrier" in text
    assert "unconverged" in text.split("## Not computed")[1]
    study.write(found)
    study.draw(found)


def test_bad_input_is_told_in_one_line_and_nothing_is_written(config, tmp_path):
    crystal_in(tmp_path)
    done = run_here(SCRIPT, config | {"calculator": "emd"}, tmp_path)
    assert done.returncode == 2
    assert "no calculator 'emd'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_without_the_extra_one_line_says_what_to_install(config, workflow, tmp_path, monkeypatch):
    from importlib import metadata

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.chdir(tmp_path)
    crystal_in(tmp_path)
    monkeypatch.setattr("interfacekit.structure.calculators.metadata.version", missing)
    with pytest.raises(InputError, match=r"pip install 'interfacekit\[mlip\]'"):
        workflow.Study(BarriersToConductivityConfig.model_validate(config | {"calculator": "chgnet"}))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crystal": "Al.cif"}, "Al.cif"),
        ({"mobile": "Li"}, "has no Li"),
        ({"filling": 1.0}, "filling must be between 0 and 1"),
        ({"filling": 0.9999}, "makes 500 mobile ions and 0 vacancies"),
        ({"supercell": [1, 0, 1]}, "1, 0, 1|above 0|not a box"),
        ({"mechanism": "vacancies"}, "mechanism"),
        ({"published": [{"name": "x", "barriers": [{"barrier": 0.5}]}]}, "with its source and certainty"),
        ({"published": [{"name": "x", "barriers": [{"system": "LiCoO2", "quantity": "barrier"}]}]}, "no 'barrier' of"),
        ({"published": []}, "published"),
        ({"measured": [{"system": "LPS", "quantity": "colour"}]}, "no 'colour' of 'LPS'"),
        ({"temperature": [-5]}, "-5"),
        ({"rattle": 2}, "rattle"),
        ({"fillings": 0.5}, "unknown key 'materials.0.fillings'"),
    ],
)
def test_slips_are_told_before_anything_is_written(change, message, config, workflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    crystal_in(tmp_path)
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(config | {"materials": [config["materials"][0] | change]}))
    with pytest.raises(InputError, match=message):
        workflow.Study(read_config(BarriersToConductivityConfig, path, {}))
    assert not (tmp_path / "out").exists()


def test_the_configuration_beside_the_script_is_possible(workflow):
    """All but the calculator, which needs an extra: crystals, published and measured numbers, boxes."""
    config = read_config(BarriersToConductivityConfig, SCRIPT.with_suffix(".yaml"), {})
    found = {asked.crystal: workflow.Material(asked, config) for asked in config.materials}
    assert list(found) == ["LCO", "LNO", "LGPS"]
    lco = {
        name: table.environment_barriers(table.barriers_eV()).table_eV for name, table in found["LCO"].tables.items()
    }
    assert list(lco.values()) == [((0.2, 0.2, 0.8),), ((0.6, 0.6, 0.8),)]
    assert set(found["LNO"].tables["published, tracer"].barriers_eV().values()) == {1.33}
    assert set(found["LGPS"].tables["published, c and ab"].barriers_eV().values()) == {0.17, 0.28}
    assert all(any(m.point for m in material.measured) for material in found.values())
