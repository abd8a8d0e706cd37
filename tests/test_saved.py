"""Files of older versions: every class of results, sweeps, runs and datasets, and what they are called today."""

import importlib
import json
import pkgutil
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ase.build import bulk
from monty.json import MontyDecoder

import interfacekit as ik
from interfacekit import saved, sweep
from interfacekit.entries import load_entries
from interfacekit.errors import InputError, InputWarning
from interfacekit.export import netcdf
from interfacekit.export.files import save, to_frame
from interfacekit.report import show
from interfacekit.results import Result, has_rows
from interfacekit.saved import RESULT_HOMES, public_class
from interfacekit.store import Store
from interfacekit.structure.barriers.migration import migration_barriers
from interfacekit.structure.barriers.options import BandOptions
from interfacekit.structure.barriers.reading import read_barriers
from interfacekit.transport import (
    HoppingModel,
    RunOptions,
    StackRunOptions,
    regular_lattice,
    shell_point,
    simulate,
    simulate_stack,
)

SAVED = Path(__file__).parent / "saved"
FIRST = sorted((SAVED / "e5e5e2b").glob("*.json"))
PYMATGEN = "pymatgen.core.structure"

#: What has changed since e5e5e2b: fields that are gone, and fields that are new with what stands there for old files.
REMOVED = {"HopBarrier": {"seconds"}, "Transport": {"hops_per_second"}}
_NOTHING_ROUNDED = {"rounded_reduction_V": None, "rounded_oxidation_V": None}
_NO_NEAREST = {"nearest_entry": None, "nearest_entry_distance_atom_fraction": None}
ADDED = {
    "Window": {"li_tolerance_per_formula": 0.01, **_NOTHING_ROUNDED, **_NO_NEAREST},
    "Candidate": {**_NOTHING_ROUNDED, **_NO_NEAREST},
    "Screening": {"not_judged": {}},
    "StabilityMap": {"not_mapped": {}},
    "StackTransport": {"requested_thicknesses_nm": []},
    "VariedShell": {"requested_thickness_nm": None},
    "LithiumNetwork": {"notes": []},
    "Termination": {"cut_polyanions_per_nm2": None, "cut_valence_per_nm2": None},
    "InterfaceCandidate": {"cut_polyanions": None, "strain_energy_meV_per_atom": None},
}
#: Transport coefficients were along the Cartesian axes.
CARTESIAN = {
    "slow_directions": [],
    "axes": np.eye(3).tolist(),
    "conductivity_tensor_S_cm": None,
    "D_tracer_tensor_cm2_s": None,
    "D_charge_tensor_cm2_s": None,
}
DIRECTIONS = {"xyz": (3, "3D"), "xy": (2, "2D along x and y (Cartesian)")}
RENAMED = {
    "structure.measured.Measured": "MeasuredTransport",
    "transport.shell_evidence.Measured": "Measurement",
}


@pytest.fixture(autouse=True)
def _of_that_version(monkeypatch):
    """Stores and runs are known by the version of the package, too."""
    for module in ("interfacekit.store", "interfacekit.sweep.runs", "interfacekit.transport.runs.request"):
        monkeypatch.setattr(f"{module}.package_version", lambda: "0.1.0")


def require_same(old, new, name):
    """Make sure that today's document has the numbers of an old one, and nothing else but what the tables above say."""
    if isinstance(old, list):
        assert len(new) == len(old), name
        for before, after in zip(old, new, strict=True):
            require_same(before, after, name)
    elif isinstance(old, dict):
        kind = old.get("@class")
        keys, added = set(old), ADDED.get(kind, {})
        if kind == "Transport":
            dimensions, direction = DIRECTIONS[old["axes"]]
            added = {**CARTESIAN, "dimensions": dimensions, "direction": direction, "warnings": new["warnings"]}
            assert len(new["warnings"]) == 1
            keys.remove("axes")
        if kind is not None and old["@module"] != PYMATGEN:
            full = f"{old['@module'].removeprefix('interfacekit.')}.{kind}"
            assert (new["@module"], new["@class"]) == ("interfacekit", RENAMED.get(full, kind))
        assert set(new) == (keys - REMOVED.get(kind, set())) | set(added), name
        assert {key: new[key] for key in added} == added
        for key in keys - REMOVED.get(kind, set()) - {"@module", "@class", "@version"}:
            if key == "xyz":  # pymatgen computes it from the fractional coordinates, to the last bit or not
                assert new[key] == pytest.approx(old[key], abs=1e-12)
            else:
                require_same(old[key], new[key], f"{name}: {key}")
    else:
        assert (new, isinstance(new, bool)) == (old, isinstance(old, bool)), name


@pytest.mark.parametrize("path", FIRST, ids=lambda path: path.stem)
def test_a_file_of_the_first_version_loads_and_compares_equal(path, tmp_path):
    old = json.loads(path.read_text())
    found = ik.load(path)
    again = save(found, tmp_path / "again.json") if hasattr(found, "provenance") or isinstance(found, list) else None
    text = again.read_text() if again else found.to_json()
    require_same(old, json.loads(text), path.stem)
    assert json.loads(text, cls=MontyDecoder) == found
    if again:
        assert ik.load(again) == found


def classes_in(document):
    """Modules and names of classes that a document names."""
    return set(re.findall(r'"@module": ?"([\w.]+)", ?"@class": ?"(\w+)"', document))


def test_the_files_have_every_class_of_that_version():
    named = {item for path in FIRST for item in classes_in(path.read_text())} - {(PYMATGEN, "Structure")}
    today = {public_class(module, name) for module, name in named} | {"Record"}
    since = {"SlowDirection", "Tensor", "WarmStep", "Warmed"}
    assert today | since == {name for names in RESULT_HOMES.values() for name in names}


@pytest.mark.parametrize("path", FIRST, ids=lambda path: path.stem)
def test_results_of_old_files_make_tables(path, capsys):
    found = ik.load(path)
    several = found if isinstance(found, list) else [found]
    if all(map(has_rows, several)):
        assert len(to_frame(several)) > 0
    if all(type(one).presentation.tables for one in several):
        show(found)
        assert capsys.readouterr().out.count("\n") >= 3


def test_what_old_files_do_not_have_is_said(capsys):
    show(ik.load(SAVED / "e5e5e2b" / "transports.json"))
    assert "saved by a version without tensors: a, b and c are the Cartesian x, y and z" in capsys.readouterr().out
    show(ik.load(SAVED / "e5e5e2b" / "coherent_interfaces.json"))
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines() if line.startswith("   1 ")] == ["-"]
    show(ik.load(SAVED / "e5e5e2b" / "published_barriers.json"))
    assert "LCO: migration barriers of Li as published" in capsys.readouterr().out


def test_interfaces_of_old_files_are_built_from_the_faces_that_break_the_fewest_bonds():
    found = ik.load(SAVED / "e5e5e2b" / "coherent_interfaces.json")
    before = ik.load(SAVED / "e5e5e2b" / "interface.json")
    assert found.build().structure == before.structure


@pytest.mark.parametrize("name", ["barrier_table", "published_barriers"])
def test_barriers_of_old_files_are_read(name):
    path = SAVED / "e5e5e2b" / f"{name}.json"
    assert read_barriers(path) == ik.load(path)


def test_a_field_of_no_version_is_refused(tmp_path):
    document = json.loads((SAVED / "e5e5e2b" / "barrier_table.json").read_text())
    for of in (document, document["rows"][0]):
        of["colour"] = "red"
        (tmp_path / "x.json").write_text(json.dumps(document))
        with pytest.raises(InputError, match=r"x\.json holds no results of interfacekit: .*'colour'"):
            ik.load(tmp_path / "x.json")
        del of["colour"]


def test_a_name_that_two_classes_had_is_told_apart_by_its_module(tmp_path):
    document = json.loads((SAVED / "e5e5e2b" / "evidence.json").read_text())["measured"]
    assert document["@class"] == "Measured"
    document["@module"] = "interfacekit"
    (tmp_path / "x.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"names interfacekit\.Measured, which is not a result"):
        ik.load(tmp_path / "x.json")


def defined():
    """Classes of results in all modules of the package."""
    for module in pkgutil.walk_packages(ik.__path__, "interfacekit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, waiting = [], [Result]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        found += [one for one in subclasses if one.__module__.partition(".")[0] == "interfacekit"]
        waiting += subclasses
    return found


def test_every_class_of_results_has_a_public_name_of_its_own():
    found = defined()
    assert not [name for name, count in Counter(one.__name__ for one in found).items() if count > 1]
    homes = {name: home for home, names in RESULT_HOMES.items() for name in names}
    assert {one.__name__: one.__module__ for one in found} == homes
    assert all(getattr(ik, one.__name__) is one for one in found)


def test_public_names_cost_nothing_until_they_are_used():
    code = (
        "import sys, interfacekit; from interfacekit.saved import RESULT_HOMES; "
        "print([home for home in RESULT_HOMES if home in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    assert done.stdout == "[]\n"


def test_a_table_of_energies_names_the_package():
    table = load_entries("mp2019", "Li-O")
    assert json.loads(table.to_json())["@module"] == "interfacekit"
    assert json.loads(table.to_json(), cls=MontyDecoder) == table


def test_former_tasks_are_tasks_of_the_package():
    found = {
        name
        for module in pkgutil.walk_packages(ik.__path__, "interfacekit.")
        if not module.name.endswith("__main__")
        for name, value in vars(importlib.import_module(module.name)).items()
        if name in saved._FORMER_TASKS and getattr(value, "__module__", None) == module.name
    }
    assert found == set(saved._FORMER_TASKS)


def copy(name, folder):
    return Path(shutil.copytree(SAVED / name, folder / "kept"))


def test_a_sweep_goes_on_from_records_that_name_modules(tmp_path, resumed):
    store = Store(copy("6e62930/sweep", tmp_path))
    assert {record.provenance["parameters"]["task"] for record in store} == {"interfacekit.shell_point"}
    before = {record.status: record for record in store}
    points = [before[status].point for status in ("done", "failed")]
    done, failed = sweep.run(shell_point, points, store=store, retry_failed=False)
    assert resumed.messages == [f"2 of 2 points are in {store.path}"]
    assert (done.seconds, failed.seconds) == (before["done"].seconds, before["failed"].seconds)
    assert (done.result, failed.error) == (before["done"].result, before["failed"].error)
    assert done.result == shell_point(**done.point)
    # Their keys are today's, as those of a new store.
    assert done == sweep.run(shell_point, points[:1], store=tmp_path / "new")[0]


def test_a_screening_goes_on_from_records_that_name_modules(tmp_path, resumed):
    folder = copy("6e62930/screening", tmp_path)
    found = ik.screen("LCO", "LGPS", ["LNO", "Li3PO4", "LiCl"], store=folder)
    assert [message.partition(" parts")[0] for message in resumed.messages] == ["1 of 1"]
    assert found == ik.screen("LCO", "LGPS", ["LNO", "Li3PO4", "LiCl"])


def test_barriers_go_on_from_records_that_name_modules(tmp_path, resumed):
    folder = copy("6e62930/barriers", tmp_path)
    options = {"mobile": "Cu", "supercell_shape": (2, 2, 2), "options": BandOptions(images=3, fmax_eV_A=0.05)}
    count = len(list(folder.glob("*.json")))
    migration_barriers(bulk("Cu", cubic=True), "emt", store=folder, **options)
    assert len(list(folder.glob("*.json"))) == count
    assert [re.sub(" are in .*", "", message) for message in resumed.messages] == ["2 of 2 ends", "1 of 1 bands"]


def test_records_without_a_checksum_are_refused_in_one_line(tmp_path):
    store = Store(copy("e5e5e2b/sweep", tmp_path))
    with pytest.warns(
        InputWarning, match=r"2 records are damaged and count as missing \([^\n]*it has no checksum[^\n]*\)$"
    ):
        assert list(store) == []


def lattice_gas(folder):
    model = HoppingModel(regular_lattice("simple_cubic", 4, 3.0), 0.5, 0.3)
    return simulate(model, 300.0, options=RunOptions(hops=1e5, replicas=2, seed=1), threads=1, checkpoint=folder)


def stack(folder):
    of = ik.Stack([ik.Layer("LCO", 1.0), ik.Layer("LNO", 1.0)])
    return simulate_stack(
        of, 4.0, options=StackRunOptions(hops=2e5, cells=(6, 6), seed=2), threads=1, checkpoint=folder
    )


@pytest.mark.parametrize(("name", "run"), [("kmc", lattice_gas), ("scl", stack)])
def test_a_run_that_was_begun_before_is_the_same_run(name, run, tmp_path):
    folder = copy(f"6e62930/{name}", tmp_path)
    before = json.loads((folder / "run.json").read_text())
    run(folder)
    after = json.loads((folder / "run.json").read_text())
    assert after["fingerprint"] == before["fingerprint"]
    assert after["sampling"] == before["sampling"]


def test_a_run_without_a_checksum_is_reported_in_one_line(tmp_path):
    folder = copy("e5e5e2b/kmc", tmp_path)
    with pytest.warns(InputWarning, match=r"^[^\n]*run\.json is damaged \(it has no checksum\); it is written anew$"):
        lattice_gas(folder)


def test_a_dataset_names_no_module():
    with xr.open_dataset(SAVED / "e5e5e2b" / "shells.nc") as old:
        assert "interfacekit." not in old.attrs["provenance"]
        points = [
            shell_point("LCO", "LNO", "LGPS", thickness_nm, voltage_V, 300.0, interphases=BETWEEN)
            for thickness_nm in (0.0, 2.0)
            for voltage_V in (4.0, 4.2)
        ]
        new = netcdf.to_dataset(points)
        assert set(new.dims) == set(old.dims)
        assert set(old.data_vars) == set(new.data_vars)
        assert "@module" not in new.attrs["provenance"]


BETWEEN = {"LCO|LGPS": {"thickness_nm": 300, "conductivity_S_cm": 2e-9}}
