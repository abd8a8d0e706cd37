"""Runs: the same however they are cut, killed and resumed; what is refused; what is reported on the way."""

import signal
import subprocess
import sys
from dataclasses import replace
from time import sleep

import numpy as np
import pytest

from interfacekit.errors import ComputationError, InputError, InputWarning
from interfacekit.transport.bulk import lattice_engine
from interfacekit.transport.bulk import replica as replicas
from interfacekit.transport.bulk import simulate as kmc
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.bulk.simulate import simulate, simulate_series
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.network import network
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel
from interfacekit.transport.runs import pool
from tests.children import ended
from tests.transport.bulk import killed_run
from tests.transport.models import KERNELS, WALKERS

CUBE = regular_lattice("simple_cubic", 5)
MODEL = HoppingModel(CUBE, 0.4, 0.3, pair_energies_eV=0.03)
SHORT = RunOptions(hops=6e4, replicas=3, seed=5, hops_per_ion=2.0)


def stored(folder):
    """Everything in the checkpoints of a directory, as bytes."""
    arrays = {}
    for path in sorted(folder.glob("replica-*.npz")):
        with np.load(path) as kept:
            arrays |= {(path.name, name): kept[name].tobytes() for name in kept.files}
    return arrays


@pytest.mark.parametrize("walkers", WALKERS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_results_do_not_depend_on_threads_or_chunks(kernel, walkers, monkeypatch):
    options = replace(SHORT, kernel=kernel, walkers=walkers, check=True)
    whole = simulate(MODEL, 600.0, options=options, threads=1)
    for threads in (2, 3):
        assert simulate(MODEL, 600.0, options=options, threads=threads) == whole
    for chunk in (997, 20_003):
        monkeypatch.setattr(replicas, "CHUNK", chunk)
        assert simulate(MODEL, 600.0, options=options, threads=2) == whole
    assert simulate(MODEL, 600.0, options=replace(options, seed=6)) != whole


@pytest.mark.parametrize(
    ("name", "kills"),
    [
        ("vacancies on a lattice", [("advance", 20), ("write", 9)]),
        ("class lists", [("write", 4), ("advance", 15)]),
    ],
)
def test_a_killed_run_goes_on_to_the_same_end(name, kills, tmp_path):
    """Killed between two checkpoints and while one is written, every time further on."""
    whole = killed_run.run(tmp_path / "whole", name)
    folder = tmp_path / "killed"
    started = []
    for where, count in kills:
        assert ended(killed_run.main, folder, name, where, count) == -signal.SIGKILL
        started.append(stored(folder))
    assert any(started)
    assert stored(tmp_path / "whole") not in started
    assert killed_run.run(folder, name) == whole
    assert stored(folder) == stored(tmp_path / "whole")


@pytest.fixture
def calls(monkeypatch):
    """Calls of the kernel, of which there are many, and each takes a moment."""
    advance, made = lattice_engine.advance, []

    def counted(tables, state, stop, budget):
        made.append(stop)
        sleep(0.001)
        return advance(tables, state, stop, budget)

    monkeypatch.setattr(replicas, "CHUNK", 20_011)
    monkeypatch.setattr(lattice_engine, "advance", counted)
    return made


def test_an_interrupted_run_keeps_a_checkpoint(tmp_path, calls):
    name = "vacancies on a lattice"
    whole = killed_run.run(tmp_path / "whole", name)
    needed, end = len(calls), stored(tmp_path / "whole")

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed_run.run(tmp_path / "cut", name, progress=interrupt)
    cut = stored(tmp_path / "cut")
    assert cut
    assert any(array != end[key] for key, array in cut.items())
    before = len(calls)
    assert killed_run.run(tmp_path / "cut", name) == whole
    assert stored(tmp_path / "cut") == end
    assert len(calls) - before < 0.95 * needed  # it did not begin anew


def test_a_run_is_interrupted_while_it_starts(tmp_path, calls, monkeypatch):
    """Where the first replica runs already, and the second is about to."""

    class Interrupted(pool.ThreadPoolExecutor):
        def submit(self, function, number):
            if number == 1:
                raise KeyboardInterrupt
            return super().submit(function, number)

    name = "vacancies on a lattice"
    killed_run.run(tmp_path / "whole", name)
    needed = len(calls)
    monkeypatch.setattr(pool, "ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        killed_run.run(tmp_path / "cut", name)
    assert len(calls) - needed < 0.2 * needed


def test_a_finished_run_is_read_and_not_repeated(tmp_path, monkeypatch):
    options = replace(SHORT, kernel="rejection")
    first = simulate(MODEL, 600.0, options=options, checkpoint=tmp_path)
    before = stored(tmp_path)

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(replicas.Replica, "_measure", refuse)
    assert simulate(MODEL, 600.0, options=options, checkpoint=tmp_path) == first
    assert stored(tmp_path) == before
    assert first == simulate_without_checkpoint(options, monkeypatch)


def simulate_without_checkpoint(options, monkeypatch):
    monkeypatch.undo()
    return simulate(MODEL, 600.0, options=options)


def test_a_series_keeps_each_temperature(tmp_path):
    options = replace(SHORT, hops=3e4)
    first = simulate_series(MODEL, [500.0, 600.0], options=options, checkpoint=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["500K", "600K"]
    longer = simulate_series(MODEL, [500.0, 600.0, 700.0], options=options, checkpoint=tmp_path)
    for before, after in zip(first, longer, strict=False):
        assert after.activation_energy_eV != before.activation_energy_eV
        energy = {"activation_energy_eV": None, "activation_energy_err_eV": None}
        assert replace(before, **energy) == replace(after, **energy)


@pytest.mark.parametrize(
    "other",
    [
        {"model": replace(MODEL, pair_energies_eV=0.04)},
        {"model": HoppingModel(CUBE.with_shape((5, 5, 6)), 0.4, 0.3, pair_energies_eV=0.03)},
        {"temperature_K": 601.0},
        {"options": replace(SHORT, seed=6)},
        {"options": replace(SHORT, hops_per_ion=3.0)},
        {"options": replace(SHORT, hops=7e4, kernel="rejection")},
    ],
    ids=["model", "box", "temperature", "seed", "windows", "kernel"],
)
def test_checkpoints_of_another_run_are_refused(other, tmp_path):
    call = {"model": MODEL, "temperature_K": 600.0, "options": SHORT, "checkpoint": tmp_path}
    simulate(**call)
    before = stored(tmp_path)
    with pytest.raises(InputError, match=r"^[^\n]* keeps checkpoints of another run; name another directory[^\n]*$"):
        simulate(**{**call, **other})
    assert stored(tmp_path) == before


def test_a_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"^cannot keep checkpoints in [^\n]*$"):
        simulate(MODEL, 600.0, options=SHORT, checkpoint=tmp_path / "file" / "folder")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hops": 0}, "hops must be from 1 to 1e\\+15, got 0"),
        ({"hops": -5}, "hops must be from 1 to 1e\\+15, got -5"),
        ({"hops": 1e30}, "got 1e\\+30"),
        ({"hops": float("nan")}, "hops must be a number .* got nan"),
        ({"hops": float("inf")}, "hops must be from 1 to 1e\\+15, got inf"),
        ({"hops": "many"}, "many"),
        ({"replicas": 0}, "replicas must be a whole number from 1 to 100000, got 0"),
        ({"replicas": -1}, "from 1 to 100000, got -1"),
        ({"replicas": True}, "from 1 to 100000, got True"),
        ({"replicas": 2.5}, "from 1 to 100000, got 2.5"),
        ({"replicas": 10**9}, "from 1 to 100000, got 1000000000"),
        ({"seed": -1}, "seed must be a whole number from 0 .* got -1"),
        ({"seed": 2**63}, "got 9223372036854775808"),
        ({"seed": 1.5}, "seed must be a whole number .* got 1.5"),
        ({"hops_per_ion": 0}, "hops_per_ion must be above 0"),
        ({"hops_per_ion": float("nan")}, "hops_per_ion must be a number"),
        ({"kernel": "class_lists"}, "class_lists"),
        ({"walkers": "electrons"}, "electrons"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InputError, match=f"^[^\n]*{message}[^\n]*$"):
        RunOptions(**options)


BLOCKED = HoppingModel(CUBE, 0.4, 8.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"temperature_K": 0}, "temperature must be from 100 to 3000 K, got 0 K"),
        ({"temperature_K": float("nan")}, "temperature must be a number from 100 to 3000 K"),
        ({"threads": 0}, "threads must be a whole number from 1 to 4096, got 0"),
        (
            {"options": RunOptions(hops=1e3)},
            "1000 hops are too few for 4 replicas of 50 ions .* give 6.4e\\+04 or more",
        ),
        ({"options": RunOptions(hops=1)}, "1 hops are too few"),
        # At 100 K no rate is above the smallest number.
        (
            {"model": BLOCKED, "temperature_K": 100.0},
            "no hop has a rate above 0 .* lower barriers or a higher temperature",
        ),
        ({"model": replace(BLOCKED, sites=CUBE.network()), "temperature_K": 100.0}, "no hop has a rate above 0"),
        ({"model": replace(MODEL, barriers_eV=8.0), "temperature_K": 100.0}, "no hop has a rate above 0"),
    ],
)
def test_impossible_runs_are_refused(call, message):
    with pytest.raises(InputError, match=f"^[^\n]*{message}[^\n]*$"):
        simulate(**{"model": MODEL, "temperature_K": 600.0, "options": SHORT, **call})


def test_ions_that_never_hop_are_an_error(monkeypatch):
    """One ion on a site without hops, as the others are far too high in energy."""
    monkeypatch.setattr(kmc, "STUCK", 100_000)
    with pytest.warns(UserWarning, match="no hop leads to 1 of 3 sites"):
        net = network(
            cell_A=np.eye(3) * 9, positions_A=[[0, 0, 0], [1, 0, 0], [2, 0, 0]], origins=[0, 1], targets=[1, 0]
        )
    model = HoppingModel(net, 1 / 3, 0.3, site_energies_eV=[3.0, 3.0, 0.0])
    with pytest.raises(
        ComputationError, match=r"^the ions are stuck at 300 K: [^\n]* give a higher temperature[^\n]*$"
    ):
        simulate(model, 300.0, options=RunOptions(hops=1e5))


@pytest.mark.parametrize("kernel", KERNELS)
def test_ions_that_freeze_after_some_hops_are_an_error(kernel, monkeypatch):
    monkeypatch.setattr(kmc, "STUCK", 1_000_000)
    model = HoppingModel(CUBE, 0.5, 0.5, pair_energies_eV=2.5)
    with pytest.raises(ComputationError, match=r"^the ions are stuck at 100 K"):
        simulate(model, 100.0, options=RunOptions(hops=5e4, replicas=2, hops_per_ion=5, kernel=kernel))


def test_a_series_needs_temperatures():
    with pytest.raises(InputError, match="no temperature is given"):
        simulate_series(MODEL, [], options=SHORT)
    with pytest.raises(InputError, match="temperature must be from 100 to 3000 K, got -1 K"):
        simulate_series(MODEL, [300.0, -1.0], options=SHORT)


def test_an_error_in_one_replica_ends_the_run(monkeypatch):
    advance = lattice_engine.advance

    def failing(tables, state, stop, budget):
        if state.sample > 100:
            raise ComputationError("broken")
        return advance(tables, state, stop, budget)

    monkeypatch.setattr(lattice_engine, "advance", failing)
    with pytest.raises(ComputationError, match="broken"):
        simulate(MODEL, 600.0, options=SHORT, threads=2)


def test_progress_goes_from_nothing_to_all():
    shares = []
    simulate(MODEL, 600.0, options=SHORT, progress=shares.append)
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] == 1.0
    shares.clear()
    simulate_series(MODEL, [500.0, 600.0], options=SHORT, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert 0.5 in shares


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("replicas", [1, 3])
def test_runs_make_about_as_many_hops_as_are_wanted(replicas, kernel):
    result = simulate(MODEL, 600.0, options=replace(SHORT, kernel=kernel, hops=2e5, replicas=replicas))
    assert result.hops == pytest.approx(2e5, rel=0.05)
    parameters = result.provenance["parameters"]
    assert parameters["windows"] == min(round(2e5 / replicas / (50 * 2.0)), kmc.MOST_WINDOWS)
    assert parameters["kernel"] == kernel


def test_windows_are_no_more_than_pay_off():
    result = simulate(MODEL, 600.0, options=RunOptions(hops=4e5, replicas=1, hops_per_ion=0.5))
    assert result.provenance["parameters"]["windows"] == kmc.MOST_WINDOWS
    assert result.hops == pytest.approx(4e5, rel=0.05)


def test_notes_and_names_are_kept():
    result = simulate(MODEL, 600.0, options=SHORT, name="cubes", notes={"origin": "assumed"})
    assert result.material == "cubes"
    assert result.provenance["parameters"]["origin"] == "assumed"


def test_no_path_gets_into_results(tmp_path):
    result = simulate(MODEL, 600.0, options=SHORT, checkpoint=tmp_path)
    assert str(tmp_path) not in result.to_json()
    assert (tmp_path / "run.json").is_file()


def test_the_time_of_a_series_is_that_of_all_temperatures(monkeypatch):
    model = HoppingModel(regular_lattice("simple_cubic", 6, 3.0), 0.2, 0.3)
    monkeypatch.setattr(kmc, "PILOT_CHUNK", 100)
    monkeypatch.setattr("interfacekit.limits.ANNOUNCED_s", 0.0)
    with pytest.warns(InputWarning, match=r"^3 temperatures of 1e\+05 hops will take about") as told:
        simulate_series(model, [300, 350, 400], options=RunOptions(hops=1e5, replicas=2))
    assert len(told) == 1
    monkeypatch.setattr("interfacekit.limits.MOST_s", 0.0)
    with pytest.raises(InputError, match=r"^3 temperatures .* would take .*, or fewer temperatures$"):
        simulate_series(model, [300, 350, 400], options=RunOptions(hops=1e5, replicas=2))


def test_boxes_that_cannot_be_run_are_refused_before_their_tables(monkeypatch):
    layered = regular_lattice("layered_triangular", [5000, 5000, 1], 2.8, layer_distance_A=4.7, interlayer_hops=False)
    model = HoppingModel(layered, 0.7, EnvironmentBarriers([[0.3, 0.3, 0.8]]))
    monkeypatch.setattr(type(layered), "network", lambda _: pytest.fail("the tables are made"))
    monkeypatch.setattr("interfacekit.limits.memory_bytes", lambda: 1e12)
    with pytest.raises(InputError, match=r"1e\+08 hops are too few for 1 replicas .* or fewer cells"):
        simulate(model, 300, options=RunOptions(hops=1e8, replicas=1))
    monkeypatch.setattr("interfacekit.limits.memory_bytes", lambda: 1.6e10)
    with pytest.raises(InputError, match=r"1 replicas of 2.5e\+07 sites need about 46.* GB of memory"):
        simulate(model, 300, options=RunOptions(hops=1e11, replicas=1))


def test_a_run_on_a_lattice_loads_no_more_than_it_needs():
    """Neither networks, which it has not, nor checkpoints, which it keeps none of."""
    source = """import sys
import interfacekit as ik
from interfacekit.transport import HoppingModel, RunOptions
model = HoppingModel(ik.regular_lattice("simple_cubic", 5), 0.4, 0.3)
ik.simulate(model, 600.0, options=RunOptions(hops=6e4, replicas=2, hops_per_ion=2.0))
print(*(name for name in sys.modules if name.startswith("interfacekit")))
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)  # noqa: S603
    loaded = done.stdout.split()
    assert not [name for name in loaded if "network" in name or "checkpoint" in name or "stack" in name]
