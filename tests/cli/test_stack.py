"""`interfacekit scl` and `interfacekit shell`: thin stacks, small planes and short runs."""

import csv
import io
import json
import re
import signal
import sys
import threading

import pytest
from monty.json import MontyDecoder

from interfacekit.errors import ComputationError
from interfacekit.structure import CrystalLayer, CrystalStack
from interfacekit.sweep import Store, executors
from interfacekit.transport import (
    Interphase,
    Layer,
    Stack,
    StackRunOptions,
    StackTransport,
    shell_point,
    simulate_stack,
    space_charge,
)
from interfacekit.transport.shells import point as shell
from tests import children
from tests.sweep_tasks import until
from tests.test_sweep_cluster import Cluster
from tests.transport.example_stacks import whole_planes_nm

STACK = ("scl", "LCO", "LNO:2nm", "LGPS:4nm", "--voltage", "4.0")
SHELL = ("shell", "--cathode", "LCO", "--coating", "LNO", "--electrolyte", "LGPS")
SHORT = ("--hops", "2e5", "--cells", "12")
CONTRACT = {
    "thickness_nm", "voltage_V", "temperature_K", "asr_ohm_cm2", "asr_err_ohm_cm2", "asr_layers", "scl_width_nm",
    "scl_charge_uC_cm2", "potential_drop_V", "method", "provenance",
}  # fmt: skip
OWN = """\
layers: LCO, LNO:2nm, mine:1nm, LGPS:4nm
materials:
  LNO: {permittivity: 30}
  mine: {site_density_per_cm3: 3e22, filling: 0.5, conductivity_S_cm: 1e-7, barrier_eV: 0.5, permittivity: 20}
contacts:
  LCO|LNO: {offset_eV: 0.1, barrier_eV: 0.4}
  mine|LNO: {offset_eV: 0.05}
  mine|LGPS: {offset_eV: -0.1}
interphases:
  LNO|mine: {thickness_nm: 300, conductivity_S_cm: 2e-9}
ladder: true
site_spacing_A: 3.1
particle_size: 5
voltage: 4.1
temperature: 320
"""


def found(run):
    assert run.status == 0, run.err
    return json.loads(run.out, cls=MontyDecoder)


def whole(thickness_nm):
    """Thickness of the planes of LNO that come nearest, to twelve digits."""
    return float(f"{whole_planes_nm('LNO', thickness_nm):.12g}")


def points(results):
    return [(float(f"{r.thickness_nm:.12g}"), r.voltage_V, r.temperature_K, r.method) for r in results]


def files(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_one_point_is_an_object_with_the_documented_keys(interfacekit):
    for command in (STACK, (*SHELL, "--thickness", "2", "--voltage", "4")):
        run = interfacekit(*command, "--json")
        assert (run.status, run.err) == (0, "")
        document = json.loads(run.out)
        assert CONTRACT <= document.keys()
        assert (document["voltage_V"], document["method"]) == (4.0, "continuum")
        assert document["thickness_nm"] == pytest.approx(whole(2.0))
        assert document["requested_thicknesses_nm"][1] == 2.0
        assert set(document["asr_layers"]) == {"LCO", "LNO", "LGPS", "LCO|LNO", "LNO|LGPS"}


def test_a_stack_by_both_methods_is_that_of_the_library(interfacekit):
    continuum, kmc = found(interfacekit(*STACK, "--kmc", *SHORT, "--replicas", "3", "--seed", "4", "--json"))
    stack = Stack([Layer("LCO"), Layer("LNO", 2.0), Layer("LGPS", 4.0)])
    assert continuum == space_charge(stack, 4.0)
    options = StackRunOptions(hops=2e5, replicas=3, seed=4, cells=(12, 12))
    assert kmc == simulate_stack(stack, 4.0, options=options)


def test_several_points_are_a_list(interfacekit):
    run = interfacekit(*STACK, "--voltage", "4.2", "--temperature", "300:350:50", "--json")
    assert points(found(run)) == [(whole(2.0), v, t, "continuum") for v in (4.0, 4.2) for t in (300.0, 350.0)]
    commas = interfacekit(*STACK[:-1], "4.0,4.2", "--temperature", "300,350", "--json")
    assert commas.out == run.out


def test_options_of_a_stack(interfacekit):
    layers = [Layer("LCO", planes=4), Interphase(300.0, 2e-9), Layer("LNO", 2.0), Layer("LGPS", 4.0)]
    words = (
        "scl", "LiCoO2:4planes", "interphase:300nm:2e-9", "LNO:2", "LGPS:4nm", "--voltage", "4", "--ladder",
        "--particle-size", "5", "--json",
    )  # fmt: skip
    for more, electrostatics, ends in (("--no-field",), False, "fixed"), (("--ends", "open"), True, "open"):
        stack = Stack(layers, ladder=True, electrostatics=electrostatics)
        assert found(interfacekit(*words, *more)) == space_charge(stack, 4.0, ends=ends, particle_size_um=5.0)
    alone = found(interfacekit("scl", "LNO:2nm", "--json"))
    assert alone.voltage_V is None
    assert alone == space_charge(Stack([Layer("LNO", 2.0)]))


def test_a_configuration_changes_every_number(interfacekit, tmp_path):
    config = tmp_path / "own.yaml"
    config.write_text(OWN.replace("LCO, LNO:2nm, mine:1nm, LGPS:4nm", "[LCO, LNO:2nm, mine:1nm, LGPS:4nm]"))
    mine = {
        "site_density_per_cm3": 3e22, "filling": 0.5, "conductivity_S_cm": 1e-7, "barrier_eV": 0.5, "permittivity": 20,
    }  # fmt: skip
    stack = Stack(
        [Layer("LCO"), Layer("LNO", 2.0), Interphase(300.0, 2e-9), Layer("mine", 1.0), Layer("LGPS", 4.0)],
        materials={"LNO": {"permittivity": 30}, "mine": mine},
        contacts={
            "LCO|LNO": {"offset_eV": 0.1, "barrier_eV": 0.4},
            "mine|LNO": {"offset_eV": 0.05},
            "mine|LGPS": {"offset_eV": -0.1},
        },
        ladder=True,
        site_spacing_A=3.1,
    )
    run = interfacekit("scl", "--config", config, "--json")
    assert found(run) == space_charge(stack, 4.1, 320.0, particle_size_um=5.0)
    config.write_text(config.read_text().replace("[LCO, LNO:2nm, mine:1nm, LGPS:4nm]", "LCO LNO:2nm mine:1nm LGPS:4nm"))
    assert interfacekit("scl", "--config", config, "--json").out == run.out
    assert found(interfacekit("scl", "--config", config, "--voltage", "4.2", "--json")).voltage_V == 4.2


def test_the_grid_is_thickness_voltage_temperature_and_method(interfacekit):
    command = (*SHELL, "--thickness", "0,2", "--voltage", "4.0:4.1:0.1", "--temperature", "300,320", "--json")
    results = found(interfacekit(*command, "--kmc", *SHORT, "--replicas", "3"))
    conditions = [(t, v, T) for t in (0.0, whole(2.0)) for v in (4.0, 4.1) for T in (300.0, 320.0)]
    assert points(results) == [(*at, method) for at in conditions for method in ("continuum", "kmc")]
    ends = "LCO", "LNO", "LGPS"
    assert results[4] == shell_point(*ends, 0.0, 4.1, 300.0)
    assert results[-1] == shell_point(
        *ends, 2.0, 4.1, 320.0, method="kmc", hops=2e5, cells=(12, 12), replicas=3, threads=1
    )
    assert found(interfacekit(*command)) == results[::2]


def test_several_seeds_are_as_many_points_of_kinetic_monte_carlo(interfacekit):
    results = found(
        interfacekit(*SHELL, "--thickness", "2", "--voltage", "4", "--kmc", *SHORT, "--seed", "0,3", "--json")
    )
    assert [(r.method, r.provenance["parameters"].get("seed")) for r in results] == [
        ("continuum", None), ("kmc", 0), ("kmc", 3),
    ]  # fmt: skip
    assert results[1].asr_ohm_cm2 != results[2].asr_ohm_cm2


def test_a_configuration_of_a_shell(interfacekit, tmp_path):
    config = tmp_path / "shell.yaml"
    config.write_text(
        "cathode: LiCoO2\ncoating: LNO\nelectrolyte: LGPS\nthickness: [0, 2]\nvoltage: 4.0:4.1:0.1\n"
        "interphases: {LGPS|LCO: {thickness_nm: 300, conductivity_S_cm: 2e-9, barrier_eV: 0.4}}\n"
        "contacts: {LNO|LiCoO2: {offset_eV: 0.2}}\nmaterials: {LiNbO3: {permittivity: 30}}\n"
        "cathode_planes: 5\nelectrolyte_thickness_nm: 4\nladder: true\nsite_spacing_A: 3.1\nparticle_size: 5\n"
    )
    results = found(interfacekit("shell", "--config", config, "--json"))
    changed = {
        "interphases": {"LCO|LGPS": {"thickness_nm": 300, "conductivity_S_cm": 2e-9, "barrier_eV": 0.4}},
        "contacts": {"LNO|LCO": {"offset_eV": 0.2}},
        "materials": {"LNO": {"permittivity": 30}},
        "cathode_planes": 5,
        "electrolyte_thickness_nm": 4.0,
        "ladder": True,
        "site_spacing_A": 3.1,
        "particle_size_um": 5.0,
    }
    assert results == [
        shell_point("LCO", "LNO", "LGPS", t, v, 298.15, **changed) for t in (0.0, 2.0) for v in (4.0, 4.1)
    ]
    assert results[0].asr_layers["LCO|LGPS interphase"] == pytest.approx(15_000)
    lpo = found(interfacekit("shell", "--config", config, "--thickness", "0", "--voltage", "4.2", "--json"))
    assert (lpo.thickness_nm, lpo.voltage_V) == (0.0, 4.2)


def test_every_format_is_written_at_once(interfacekit, tmp_path):
    paths = [tmp_path / f"r.{suffix}" for suffix in ("csv", "json", "nc", "png")]
    outputs = [argument for path in paths for argument in ("-o", path)]
    run = interfacekit(*SHELL, "--thickness", "0,2", "--voltage", "4.0,4.2", *outputs, "--json")
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    results = found(run)
    assert json.loads(paths[1].read_text(), cls=MontyDecoder) == results
    rows = list(csv.DictReader(io.StringIO(paths[0].read_text())))
    for row, result in zip(rows, results, strict=True):
        for name in ("thickness_nm", "voltage_V", "asr_ohm_cm2", "scl_charge_uC_cm2", "potential_drop_V"):
            assert float(row[name]) == pytest.approx(getattr(result, name), rel=1e-11)
        for name, value in result.asr_layers.items():
            assert float(row[f"asr_layers_ohm_cm2 {name}"]) == pytest.approx(value, rel=1e-11)
        assert row["interfacekit_version"] == result.provenance["version"]
    assert rows[0]["asr_layers_ohm_cm2 LNO"] == ""
    import xarray as xr

    with xr.open_dataset(paths[2]) as data:
        for result in results:
            at = {"method": "continuum", "thickness_nm": result.thickness_nm, "voltage_V": result.voltage_V}
            assert data.sel(at).asr_ohm_cm2.item() == result.asr_ohm_cm2
    assert paths[3].read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def drawn(monkeypatch):
    """Which figures were asked for, and of what; none is drawn."""
    from matplotlib.figure import Figure

    from interfacekit import plots

    calls = []
    for name in ("plot_stack_profiles", "plot_shell_resistance", "plot_shell_map"):
        draw = lambda *given, name=name: calls.append((name, *given)) or Figure().subplots()  # noqa: E731
        monkeypatch.setattr(plots, name, draw)
    return calls


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--figure", "resistance"), ("plot_shell_resistance",)),
        (("--figure", "profiles"), ("plot_stack_profiles",)),
        (("--figure", "charge-map"), ("plot_shell_map", "scl_charge_uC_cm2")),
        (("--figure", "map"), ("plot_shell_map", "interface_ohm_cm2")),
        ((), ("plot_shell_map", "interface_ohm_cm2")),
        (("--temperature", "300,350"), ("plot_shell_resistance",)),
    ],
)
def test_figures_of_a_shell(interfacekit, tmp_path, drawn, options, expected):
    command = (*SHELL, "--thickness", "0,2", "--voltage", "4.0,4.2", *options, "--json")
    run = interfacekit(*command, "-o", tmp_path / "f.svg")
    ((name, results, *others),) = drawn
    assert (name, *others) == expected
    assert results == found(run)
    assert "<svg" in (tmp_path / "f.svg").read_text()


def test_one_shell_at_more_voltages_than_colours_is_a_map(interfacekit, tmp_path, drawn):
    command = (*SHELL, "--thickness", "2", "--voltage", "3.7:4.4:0.1")
    assert interfacekit(*command, "-o", tmp_path / "f.svg").status == 0
    assert drawn[0][0] == "plot_shell_map"


def test_a_figure_of_several_seeds_is_that_of_the_first(interfacekit, tmp_path, drawn):
    command = (*SHELL, "--thickness", "2", "--voltage", "4", "--kmc", *SHORT, "--seed", "3,0")
    assert interfacekit(*command, "-o", tmp_path / "f.svg").status == 0
    ((name, results),) = drawn
    assert name == "plot_stack_profiles"
    assert [r.provenance["parameters"].get("seed") for r in results] == [None, 3]


@pytest.mark.parametrize(
    ("options", "expected"),
    [((), "plot_stack_profiles"), (("--figure", "resistance"), "plot_shell_resistance")],
)
def test_figures_of_a_stack(interfacekit, tmp_path, drawn, options, expected):
    run = interfacekit(*STACK, *options, "-o", tmp_path / "f.svg", "--json")
    assert drawn == [(expected, [found(run)])]


def test_tables_of_a_stack_are_its_profiles(interfacekit, tmp_path):
    run = interfacekit(*STACK, "--voltage", "4.1", "-o", tmp_path / "p.csv", "--json")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "p.csv").read_text())))
    planes = [
        (r.voltage_V, *plane) for r in found(run) for plane in zip(r.profile.layer, r.profile.potential_V, strict=True)
    ]
    for row, (voltage_V, layer, potential_V) in zip(rows, planes, strict=True):
        assert (row["layers"], row["layer"], row["method"]) == ("LCO|LNO|LGPS", layer, "continuum")
        assert float(row["voltage_V"]) == voltage_V
        assert float(row["potential_V"]) == pytest.approx(potential_V, rel=1e-11, abs=1e-15)


def test_a_store_is_not_computed_again(interfacekit, tmp_path):
    command = (*SHELL, "--thickness", "0,2", "--voltage", "4", "--kmc", *SHORT, "--store", tmp_path / "kept", "--json")
    first = interfacekit(*command)
    kept = files(tmp_path / "kept")
    assert len(kept) == 4
    assert interfacekit(*command).out == first.out
    assert files(tmp_path / "kept") == kept
    more = found(interfacekit(*command, "--voltage", "4.1"))
    assert len(more) == 8
    assert files(tmp_path / "kept").items() > kept.items()
    assert all(isinstance(record.result, StackTransport) for record in Store(tmp_path / "kept"))


def test_equal_plane_counts_are_one_point(interfacekit, tmp_path):
    """Whatever thicknesses ask for them, and in however many conditions."""
    store = tmp_path / "kept"
    command = (*SHELL, "--voltage", "4.0,4.1", "--store", store, "-o", tmp_path / "r.nc")
    run = interfacekit(*command, "--thickness", "0,3,3.05,5,3.1", "--json")
    assert run.status == 0
    assert run.err.splitlines()[0] == "interfacekit: equally many planes, so computed once: 3, 3.05, 3.1 (nm)"
    results = found(run)
    conditions = [(t, v) for t in (0.0, whole(3.0), whole(5.0)) for v in (4.0, 4.1)]
    assert [(t, v) for t, v, *_ in points(results)] == conditions
    assert [r.requested_thickness_nm for r in results[::2]] == [0.0, 3.0, 5.0]
    assert len(files(store)) == 6
    many = interfacekit(*SHELL, "--voltage", "4", "--thickness", "2:3:0.05", "--json")
    assert many.err == "interfacekit: equally many planes, so computed once: {} and 1 more (nm)\n".format(
        "2, 2.05, 2.1, 2.15 | 2.2, 2.25, 2.3, 2.35, 2.4, 2.45 | 2.5, 2.55, 2.6, 2.65, 2.7"
    )
    assert (tmp_path / "r.nc").exists()


def test_files_have_the_requested_thickness_beside_that_of_whole_planes(interfacekit, tmp_path):
    interfacekit(*SHELL, "--voltage", "4", "--thickness", "0,5", "-o", tmp_path / "shell.csv")
    interfacekit("scl", "LCO", "LNO:5nm", "LGPS", "--voltage", "4", "-o", tmp_path / "scl.csv")
    for name, requested in (("shell.csv", [0.0, 5.0]), ("scl.csv", [5.0])):
        rows = list(csv.DictReader(io.StringIO((tmp_path / name).read_text())))
        pairs = {float(row["requested_thickness_nm"]): float(row["thickness_nm"]) for row in rows}
        assert pairs == {t: pytest.approx(whole(t)) for t in requested}


def test_points_that_fail_are_told_and_the_others_delivered(interfacekit, tmp_path, monkeypatch):
    thicknesses = "0,1,2,3,4"
    command = (*SHELL, "--thickness", thicknesses, "--voltage", "4", "--kmc", *SHORT, "--store", tmp_path / "kept")
    command = (*command, "-o", tmp_path / "r.csv", "--json")

    def fail(stack, *arguments, **options):
        if len(stack.site_layers) == 3:
            raise ComputationError("there is\n  no such luck")
        return simulate_stack(stack, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr("interfacekit.transport.stack_kmc.simulate.simulate_stack", fail)
        run = interfacekit(*command)
    assert run.status == 1
    lines = run.err.splitlines()
    assert lines[0] == f"wrote {tmp_path / 'r.csv'}"
    assert lines[1] == "interfacekit: failed: 1 nm, 4 V, 298.15 K, kinetic Monte Carlo: there is no such luck"
    assert len(lines) == 5
    assert lines[-1] == "interfacekit: 4 of 10 points failed; the same command computes them again"
    delivered = json.loads(run.out, cls=MontyDecoder)
    assert [(r.requested_thickness_nm, r.method) for r in delivered] == [
        (0.0, "continuum"), (0.0, "kmc"), *((t, "continuum") for t in (1.0, 2.0, 3.0, 4.0)),
    ]  # fmt: skip
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 7
    records = {path.name: json.loads(path.read_text())["record"]["status"] for path in (tmp_path / "kept").iterdir()}
    kept = files(tmp_path / "kept")
    assert len(found(interfacekit(*command))) == 10
    again = files(tmp_path / "kept")
    assert {name for name in again if again[name] != kept[name]} == {n for n, s in records.items() if s == "failed"}


def test_nothing_is_written_where_all_points_fail(interfacekit, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise ComputationError("no")

    monkeypatch.setattr(shell, "space_charge", fail)
    run = interfacekit(*SHELL, "--thickness", "0,2", "--voltage", "4", "-o", tmp_path / "r.csv")
    assert (run.status, run.out, run.err.count("\n")) == (1, "", 4)
    assert "2 thicknesses: 0, 2 nm" in run.err
    assert "2 of 2 points failed; with --store DIR the same command would compute only them again" in run.err
    assert list(tmp_path.iterdir()) == []


def test_too_few_hops_are_told(interfacekit):
    run = interfacekit(*STACK, "--kmc", "--hops", "300", "--cells", "12", "--json")
    assert (run.status, run.err.count("\n")) == (1, 1)
    assert "give more hops" in run.err
    assert [result["method"] for result in json.loads(run.out)] == ["continuum"]


def test_an_interrupted_sweep_goes_on_to_the_same_result(interfacekit, tmp_path, monkeypatch):
    command = (*SHELL, "--thickness", "0,2,3", "--voltage", "4", "--kmc", *SHORT, "--scheduler", "serial", "--json")
    whole = interfacekit(*command).out
    calls = []

    def interrupt(*arguments, **options):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(arguments)
        return simulate_stack(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr("interfacekit.transport.stack_kmc.simulate.simulate_stack", interrupt)
        run = interfacekit(*command, "--store", tmp_path / "kept", "-o", tmp_path / "r.csv")
        bare = interfacekit(*command)
    assert (run.status, run.out, run.err.count("\n")) == (130, "", 1)
    assert f"interfacekit: interrupted; the same command goes on from what is in {tmp_path / 'kept'}" in run.err
    assert not (tmp_path / "r.csv").exists()
    assert (bare.status, bare.err.count("\n")) == (130, 1)
    assert "with --store DIR" in bare.err
    kept = files(tmp_path / "kept")
    assert len(kept) == 5
    assert interfacekit(*command, "--store", tmp_path / "kept").out == whole
    assert files(tmp_path / "kept").items() > kept.items()


@pytest.fixture
def terminal(monkeypatch):
    """Interrupts as a terminal sends them; pytest may have another handler, or ignore them in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler


def test_ctrl_c_lets_threads_finish_what_they_run(interfacekit, tmp_path, monkeypatch, terminal):
    calls = []

    def interrupt(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:
            terminal()
        return simulate_stack(*arguments, **options)

    monkeypatch.setattr("interfacekit.transport.stack_kmc.simulate.simulate_stack", interrupt)
    command = (*SHELL, "--thickness", "1,2,3,4", "--voltage", "4", "--kmc", *SHORT, "--workers", "1")
    run = interfacekit(*command, "--store", tmp_path / "kept")
    assert (run.status, run.out) == (130, "")
    assert run.err == (
        f"interfacekit: interrupted; the same command goes on from what is in {tmp_path / 'kept'}; "
        "the points that run are finished first, unless you press Ctrl-C again\n"
    )
    kept = [record.point["method"] for record in Store(tmp_path / "kept")]
    assert kept.count("continuum") == 4
    assert 2 <= kept.count("kmc") == len(calls) < 4


def test_a_killed_sweep_goes_on(interfacekit, tmp_path, monkeypatch):
    command = [*SHELL, "--thickness", "1,2,3", "--voltage", "4", "--kmc", "--hops", "6e5", "--cells", "12"]
    command = [*command, "--workers", "1", "--store", "kept", "--json"]
    monkeypatch.chdir(tmp_path)
    process = children.start(children.command, *command)

    def kept():
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "kept").glob("[0-9a-f]*.json")}

    try:
        until(lambda: not process.is_alive() or len(kept()) >= 4)
    finally:
        process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    before = kept()
    assert 4 <= len(before) < 6
    results = found(interfacekit(*command))
    assert len(results) == 6
    assert kept().items() > before.items()
    last = shell_point("LCO", "LNO", "LGPS", 3.0, 4.0, 298.15, method="kmc", hops=6e5, cells=(12, 12), threads=1)
    assert results[-1] == last


def test_an_interrupted_stack_says_how_to_go_on(interfacekit, tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    command = (*STACK, "--kmc", *SHORT, "--json")
    whole = interfacekit(*command).out
    assert interfacekit(*command, "--checkpoint", kept).out == whole
    assert interfacekit(*command, "--checkpoint", kept).out == whole
    assert [path.name for path in kept.iterdir()] == ["4V-298.15K"]
    other = interfacekit(*command, "--checkpoint", kept, "--seed", "1")
    assert (other.status, other.err.count("\n")) == (2, 1)
    assert "checkpoints of another run" in other.err
    for kelvin in ("298.15,350", "350,298.15"):
        few = ["1e5" if word == "2e5" else word for word in command]
        fewer = interfacekit(*few, "--checkpoint", kept, "--temperature", kelvin)
        assert (fewer.status, fewer.out, fewer.err.count("\n")) == (2, "", 1)
        assert re.search("4V-298.15K keeps a run of 200000 hops, more than 100000", fewer.err)
    assert [path.name for path in kept.iterdir()] == ["4V-298.15K"]

    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("interfacekit.transport.simulate_stack", interrupt)
    for more, told in (((), "--checkpoint DIR"), (("--checkpoint", kept), f"goes on from what is in {kept}")):
        run = interfacekit(*command, *more)
        assert (run.status, run.out, run.err.count("\n")) == (130, "", 1)
        assert told in run.err


def test_a_dask_scheduler_gives_the_same_results(interfacekit, tmp_path):
    command = (*SHELL, "--thickness", "0,2", "--voltage", "4", "--kmc", *SHORT, "--json")
    cluster = Cluster(tmp_path, allowed_failures=0)
    try:
        cluster.worker()
        there = interfacekit(*command, "--scheduler", cluster.address)
    finally:
        cluster.close()
    assert there.status == 0, there.err
    assert there.out == interfacekit(*command, "--scheduler", "threads", "--workers", "2").out


def test_a_scheduler_that_does_not_answer_is_told(interfacekit, tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "ANSWER_WITHIN_s", 0.5)
    store = tmp_path / "kept"
    run = interfacekit(
        *SHELL, "--thickness", "2", "--voltage", "4", "--scheduler", "tcp://127.0.0.1:1", "--store", store
    )
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert "no dask scheduler answers at tcp://127.0.0.1:1" in run.err
    assert list(tmp_path.iterdir()) == []


BAD_STACKS = [
    ([], "layers is missing"),
    ([""], "layers is empty"),
    (["LCO", "LNO:0.1nm", "LGPS"], "0.1 nm of LNO is thinner than one of its planes; give 0.259 nm or more"),
    (["LCO", "LNO:5um", "LGPS"], "'LNO:5um' is not a layer"),
    (["LCO", "LNO:5A", "LGPS"], "(interphase:300nm:2e-9); thicknesses are in nm alone"),
    (["LCO", "LNO:0nm", "LGPS"], "thickness must be above 0"),
    (["LCO", "LNO:0planes", "LGPS"], "number of planes must be a whole number from 1 to 20000, got 0"),
    (["LCO", "LNO:1e5nm", "LGPS"], "more than 20000 planes"),
    (["LCO", "XX", "LGPS"], "nothing is known of XX as a layer; there is LCO, LNO, LNTO, LPO, LGPS"),
    (["LCO", "LNO", "LNTO", "LGPS"], "nothing is known of the site energies across LNO|LNTO"),
    (["LCO", "interphase:300nm", "LGPS"], "(interphase:300nm:2e-9); the S/cm are missing"),
    (["LCO", "interphase:300nm:0", "LGPS"], "conductivity must be from 1e-30"),
    (["LCO", "interphase:300nm:2e-9"], "an interphase lies between two layers"),
    (["interphase:300nm:2e-9"], "a stack without a layer of sites"),
    (["LCO", "LNO:5", "nm", "LGPS"], "nm is a unit, not a layer; write the thickness without a space, such as LNO:5nm"),
    (["LCO", "LGPS", "--voltage", ""], "voltage is empty"),
    (["LCO", "LGPS"], "LCO needs a voltage"),
    (["LCO", "LGPS", "--voltage", "3"], "at 3 V the reservoir of LCO is full; give a voltage from 3.55 to"),
    (["LCO", "LGPS", "--voltage", "4,5"], "at 5 V the reservoir of LCO is empty; give a voltage from 3.55 to"),
    (["LCO", "LGPS", "--voltage", "4000"], "4 V where mV are meant"),
    (["LNO:2nm", "--voltage", "4"], "a voltage is of no effect"),
    (["LCO", "LGPS", "--voltage", "4", "--temperature", "0"], "from 100 to 3000 K, got 0 K"),
    (
        ["LCO", "LGPS", "--voltage", "4", "--temperature", "25"],
        "temperature must be from 100 to 3000 K, got 25 K; give kelvin, such as 300 (298.15 K",
    ),
    (["LCO", "LGPS", "--voltage", "3.7:4.4:0.1", "-o", "p.png"], "8 profiles are more than 7 colours can tell apart"),
    (["LCO", "LGPS", "--voltage", "4", "--ends", "closed"], "ends must be 'fixed' or 'open', got 'closed'"),
    (["LCO", "LGPS", "--voltage", "4", "--ends", "open", "--kmc"], "no steady current passes open ends"),
    (
        ["LCO", "LGPS", "--voltage", "4", "--particle-size", "0"],
        "particle_size must be from 0.001 to 10000 um, got 0 um",
    ),
    (
        ["LCO", "LGPS", "--voltage", "4", "--particle-size", "small"],
        "particle_size must be a number from 0.001 to 10000 um, got 'small'; give micrometres, such as 10",
    ),
    (["LCO", "LGPS", "--voltage", "4", "--kmc", "--hops", "0"], "hops must be from 1 to 1e+15, got 0"),
    (["LCO", "LGPS", "--voltage", "4", "--kmc", "--replicas", "2"], "replicas must be a whole number from 3"),
    (["LCO", "LGPS", "--voltage", "4", "--kmc", "--cells", "0"], "is not a plane"),
    (["LCO", "LGPS", "--voltage", "4", "--kmc", "--cells", "9,9,9"], "is not a plane"),
    (["LCO", "LGPS", "--voltage", "4", "--kmc", "--cells", "300"], "planes of 300 x 300 sites are not possible"),
    (["LCO", "LGPS", "--voltage", "4", "--kmc", "--evenness", "0.5"], "evenness must be from 1 to 1e+12, got 0.5"),
    (["LCO", "LGPS", "--voltage", "4", "--kmc", "--seed", "-1"], "seed must be a whole number from 0"),
    (["LCO", "LGPS", "--voltage", "4", "--kmc", "--threads", "0"], "threads"),
    (["LCO", "LGPS", "--voltage", "4", "--figure", "map"], "figure must be 'profiles' or 'resistance', got 'map'"),
    (["LCO", "LGPS", "--voltage", "4", "--store", "kept"], "No such option"),
    (["LCO", "LGPS", "--voltage", "4", "-o", "r.xyz"], "choose one of .csv .json .nc .png .svg .pdf"),
]
INTERPHASE = "{thickness_nm: 5, conductivity_S_cm: 1e-9}"
GRID = ["--cathode", "LCO", "--coating", "LNO", "--electrolyte", "LGPS"]
BAD_SHELLS = [
    (["LCO", "LNO", "LGPS"], "it takes options alone, such as --cathode, --coating, --electrolyte (see interfacekit"),
    (
        [*GRID, "--thickness", "0:8:1", "--voltage", "4", "--figure", "profiles", "-o", "p.png"],
        "9 profiles are more than 7 colours can tell apart; draw fewer",
    ),
    ([], "cathode is missing: give it on the command line or in the configuration, such as LCO"),
    ([*GRID, "--voltage", "4"], "thickness is missing"),
    ([*GRID, "--thickness", "5"], "voltage is missing"),
    ([*GRID, "--thickness", "5,0.1", "--voltage", "4"], "0.1 nm of LNO is thinner than one of its planes"),
    (
        [*GRID, "--thickness", "-1", "--voltage", "4"],
        "thickness must be from 0 to 1000000 nm, got -1 nm; give nanometres, 0 for a bare contact",
    ),
    ([*GRID, "--thickness", "nan", "--voltage", "4"], "thickness must be a number from 0"),
    ([*GRID, "--thickness", "5nm", "--voltage", "4"], "such as 5 (give the number alone, in nm)"),
    ([*GRID, "--thickness", "5:1:1", "--voltage", "4"], "reversed"),
    ([*GRID, "--thickness", "1:5", "--voltage", "4"], "needs a step"),
    ([*GRID, "--thickness", "5", "--voltage", "3.9:5:0.1"], "the reservoir of LCO is empty"),
    (
        [*GRID, "--thickness", "5", "--voltage", "4", "--temperature", "cold"],
        "temperature must be a number from 100 to 3000 K, got 'cold'",
    ),
    (
        [*GRID[:2], *GRID[4:], "--coating", "XX", "--thickness", "5", "--voltage", "4"],
        "nothing is known of XX as a layer",
    ),
    (
        [*GRID[2:], "--cathode", "LNTO", "--thickness", "0", "--voltage", "4"],
        "the cathode conducts electrons and the rest does not, but LNTO does not; give them in the order cathode,",
    ),
    (
        [*GRID[2:4], "--cathode", "LGPS", "--electrolyte", "LCO", "--thickness", "0,5", "--voltage", "4"],
        "but LGPS does not; give them in the order cathode, coating, electrolyte, or take interfacekit scl",
    ),
    ([*GRID[:4], "--electrolyte", "LCO", "--thickness", "5", "--voltage", "4"], "the rest does not, but LCO does;"),
    ([*GRID, "--thickness", "5", "--voltage", "4", "--kmc", "--seed", "0,x"], "seed: '0,x' is not possible"),
    ([*GRID, "--thickness", "5", "--voltage", "4", "--kmc", "--hops", "-1"], "hops must be from 1 to 1e+15, got -1"),
    ([*GRID, "--thickness", "5", "--voltage", "4", "--kmc", "--cells", "300"], "planes of 300 x 300 sites"),
    (
        [*GRID, "--thickness", "5", "--voltage", "4", "--kmc", "--scheduler", "gpu"],
        "choose from processes, threads, serial, or tcp",
    ),
    ([*GRID, "--thickness", "5", "--voltage", "4", "--scheduler", "tcp://x"], "the address of a scheduler must be"),
    ([*GRID, "--thickness", "5", "--voltage", "4", "--kmc", "--workers", "0"], "workers must be a whole number from 1"),
    ([*GRID, "--thickness", "5", "--voltage", "4", "--figure", "pie"], "figure must be"),
    ([*GRID, "--thickness", "5", "--voltage", "4", "--temperature", "300,310", "--figure", "map"], "one temperature"),
    ([*GRID, "--thickness", "5", "--voltage", "4", "-o", "nowhere/r.nc"], "no directory nowhere"),
    ([*GRID, "--thickness", "5", "--voltage", "4", "--store", "/dev/null"], "/dev/null"),
]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [*((["scl", *a], m) for a, m in BAD_STACKS), *((["shell", *a, "-o", "r.csv"], m) for a, m in BAD_SHELLS)],
)
def test_bad_input_is_one_line_and_status_2(interfacekit, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    store = ("--store", "kept") if arguments[0] == "shell" and "--store" not in arguments else ()
    run = interfacekit(*arguments, *store)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("volage: 4", "unknown key 'volage'; did you mean voltage?"),
        ("materials: [LNO]", "cannot read LNO: No such file or directory; name a file"),
        ("materials: {LNO: 30}", "has no numbers by name"),
        (
            "materials: {LNO: {permittivity: 0}}",
            "permittivity of LNO must be from 1 to 1000000, got 0; give a relative permittivity",
        ),
        ("materials: {LNO: {permitivity: 30}}", "'permitivity' is no number of LNO; there is site_density_per_cm3"),
        ("materials: {LNO: {permittivity: high}}", "permittivity of LNO must be a number from 1"),
        ("materials: {LPO: {permittivity: 30}}", "LPO"),
        ("contacts: {LCO|LNO: {ofset_eV: 0.1}}", "'ofset_eV' is no number of a contact; there is offset_eV"),
        ("contacts: {LCO|LPO: {offset_eV: 0.1}}", "LCO|LPO"),
        ("interphases: {LCO|LPO: {thickness_nm: 9, conductivity_S_cm: 1e-9}}", "LCO|LPO"),
        ("interphases: {LCO|LNO: {thickness: 9, conductivity_S_cm: 1e-9}}", "there is thickness_nm, conductivity_S_cm"),
        ("interphases: {LCO|LNO: {thickness_nm: 9}}", "the interphase of LCO|LNO lacks conductivity_S_cm"),
        (
            "interphases: {LCO|LNO: {thickness_nm: -9, conductivity_S_cm: 1e-9}}",
            "thickness_nm of LCO|LNO must be above 0",
        ),
        ("materials: {LCO: {level_eV: null}}", "LCO conducts electrons but has no level_eV"),
        (
            "materials: {LiNbO3: {permittivity: 30}, LNO: {permittivity: 40}}",
            "LiNbO3 and LNO are one material; give its numbers once",
        ),
        (
            "contacts: {LCO|LNO: {offset_eV: 0.5}, LNO|LCO: {offset_eV: 0.5}}",
            "LCO|LNO and LNO|LCO are one contact; give its numbers once",
        ),
        (
            "contacts: {LCO|LNO: {offset_eV: 0.5}, LiCoO2|LNO: {barrier_eV: 0.5}}",
            "LCO|LNO and LiCoO2|LNO are one contact",
        ),
        (
            f"interphases: {{LCO|LNO: {INTERPHASE}, LNO|LCO: {INTERPHASE}}}",
            "LCO|LNO and LNO|LCO are one contact",
        ),
        (
            "interphases: {LCO|LNO: {thickness_nm: 9, conductivity_S_cm: 1e-9, barrier_eV: high}}",
            "barrier_eV of LCO|LNO must be a",
        ),
        ("site_spacing_A: 0", "site_spacing_A must be from 0.5"),
    ],
)
@pytest.mark.parametrize("command", [STACK, (*SHELL, "--thickness", "0,2", "--voltage", "4", "--store", "kept")])
def test_bad_configurations_are_told_in_one_line(interfacekit, tmp_path, monkeypatch, command, written, message):
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "run.yaml"
    config.write_text(written + "\n")
    run = interfacekit(*command, "--config", config)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err
    assert list(tmp_path.iterdir()) == [config]


def test_a_slip_of_a_key_is_told_before_what_it_left_out(interfacekit, tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text("cathod: LCO\n")
    run = interfacekit("shell", "--config", config)
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "run.yaml: unknown key 'cathod'; did you mean cathode" in run.err


def test_cells_that_pair_energies_need_are_told_before_any_work(interfacekit, tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text("materials: {LNO: {pair_energy_eV: 0.05}}\nkmc: true\ncells: 2\n")
    run = interfacekit(*SHELL, "--thickness", "2", "--voltage", "4", "--config", config, "--store", tmp_path / "kept")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "or no pair energies" in run.err
    assert not (tmp_path / "kept").exists()


def test_netcdf_without_its_extra_is_told_before_any_work(interfacekit, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "netCDF4", None)
    store = tmp_path / "kept"
    command = (*SHELL, "--thickness", "2", "--voltage", "4", "--store", store, "-o", tmp_path / "r.nc")
    run = interfacekit(*command)
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "pip install 'interfacekit[io]'" in run.err
    assert list(tmp_path.iterdir()) == []


def test_the_continuum_alone_starts_no_workers(interfacekit, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError

    monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor.submit", refuse)
    assert len(found(interfacekit(*SHELL, "--thickness", "0,2", "--voltage", "4", "--json"))) == 2


CRYSTALS = ("scl", "LCO:1nm", "LNO:2nm", "LGPS:2nm", "--voltage", "4.0", "--crystals", "--amorphous", "LNO")


def test_a_stack_of_crystals(interfacekit, tmp_path):
    """The numbers are those of the stack in Python, and what was assumed of its contacts is told."""
    shown = interfacekit(*CRYSTALS, "-o", tmp_path / "stack.json").out
    found = json.loads((tmp_path / "stack.json").read_text(), cls=MontyDecoder)
    stack = CrystalStack([CrystalLayer("LCO", 1), CrystalLayer("LNO", 2, amorphous=True), CrystalLayer("LGPS", 2)])
    assert found.asr_ohm_cm2 == pytest.approx(space_charge(stack, 4.0).asr_ohm_cm2, rel=1e-9)
    assert "LCO: 1 nm of LCO, (1 0 4) facing the contacts" in shown
    assert "LNO: 2 nm of a glass that stands in for the film" in shown
    assert re.search(r"how far ions hop across contacts is assumed \(4\.5 A\): ASR .* up to 4 A, .* up to 5 A", shown)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--across", "4"), "across has no effect without --crystals"),
        (("--amorphous", "LNO"), "amorphous has no effect without --crystals"),
        (("--crystals", "--amorphous", "LPO"), "no layer of LPO that could be amorphous"),
        (("--crystals", "--across", "0"), "across must be from 0.2 to 50 A, got 0 A"),
    ],
)
def test_options_of_stacks_of_crystals(interfacekit, words, what):
    run = interfacekit("scl", "LCO:1nm", "LGPS:2nm", "--voltage", "4.0", *words)
    assert (run.status, run.out) == (2, "")
    assert what in run.err
    assert len(run.err.splitlines()) == 1


def test_planes_of_crystals_are_cut_to_a_thickness(interfacekit):
    run = interfacekit("scl", "LCO:3planes", "LGPS:2nm", "--voltage", "4.0", "--crystals")
    assert run.status == 2
    assert "give thickness_nm, not planes" in run.err
