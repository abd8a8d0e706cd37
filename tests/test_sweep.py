"""Sweeps: the same numbers wherever they run, nothing lost and nothing computed twice, and what is refused."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest

from interfacekit import sweep
from interfacekit.errors import ComputationError, InputError
from interfacekit.sweep import runs
from tests import sweep_tasks
from tests.sweep_tasks import (
    FREE,
    GRID,
    POINTS,
    beside,
    deadly,
    fragile,
    kept,
    lattice_gas,
    leaving,
    logged,
    numbers,
    returned,
    until,
    waiting,
)

ROOT = Path(__file__).parents[1]


@pytest.fixture
def log(tmp_path, monkeypatch):
    """File of what the tasks compute."""
    path = tmp_path / "log"
    path.touch()
    monkeypatch.setenv("LOG", str(path))
    return path


def test_the_last_axis_varies_fastest():
    points = sweep.grid(thickness_nm=[10, 5], temperature_K=np.array([300.0, 350.0]))
    assert points == [
        {"thickness_nm": 10, "temperature_K": 300.0},
        {"thickness_nm": 10, "temperature_K": 350.0},
        {"thickness_nm": 5, "temperature_K": 300.0},
        {"thickness_nm": 5, "temperature_K": 350.0},
    ]
    assert all(type(point["temperature_K"]) is float for point in points)


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        ({}, "one or more axes"),
        ({"x": []}, "the axis x must have one or more values"),
        ({"x": 3}, "the axis x must be a list of values, got 3"),
        ({"x": "LCO"}, "the axis x must be a list of values, got 'LCO'"),
        ({"x": [1, 2, 1.0]}, "values of the axis x must be distinct, got 1.0 twice"),
        ({"x": [1.0, float("nan")]}, "x must be finite in a point of the grid, got nan"),
        ({"x": [{"a": [float("inf")]}]}, "x must be finite in a point of the grid, got inf"),
        ({"x": [1j]}, "or lists or dicts of them, got complex"),
        ({"x": [np.zeros(2)]}, "or lists or dicts of them, got ndarray"),
        ({"x": [{1: 2}]}, "that does not begin with @, got 1"),
        ({"x": [{"@module": "os"}]}, "that does not begin with @, got '@module'"),
    ],
)
def test_axes_that_are_refused(axes, told):
    with pytest.raises(InputError, match=told):
        sweep.grid(**axes)


def local_task():
    def task(x):
        return x

    return task


@pytest.mark.parametrize(
    ("task", "points", "told"),
    [
        (numbers, [{"x": 1}, {"x": 1.0}], "got {'x': 1.0} twice"),
        (numbers, [{"x": 1}, {"x": 2, "y": 2}], "cannot be called with .* 'y'"),
        (numbers, [{"x": 1}, {}], "cannot be called with .* 'x'"),
        (numbers, [{"x": 1}, {"x": float("nan")}], "x must be finite in a point of the grid, got nan"),
        (numbers, [{"x": 1}, {"seconds": 1}], "got seconds"),
        (lambda x: x, GRID, "cannot be imported"),
        (local_task(), GRID, "cannot be imported"),
        ("numbers", GRID, "task must be a function of a module, got 'numbers'"),
    ],
)
def test_what_cannot_be_swept_is_told_before_any_work(task, points, told, tmp_path, log):
    with pytest.raises(InputError, match=told):
        sweep.run(task, points, store=tmp_path / "store")
    assert not (tmp_path / "store").exists()
    assert log.read_text() == ""


def test_records_are_in_the_order_of_the_grid_with_where_they_come_from():
    first, second = sweep.run(numbers, [{"x": 2}, {"x": np.int64(1)}])
    assert (first.point, second.point) == ({"x": 2}, {"x": 1})
    assert (first.status, first.error) == ("done", None)
    assert first.result["digits"] == tuple(numbers(2)["digits"])
    assert second.result["mean"] == numbers(1)["mean"]
    assert first.provenance["parameters"] == {"task": "tests.sweep_tasks.numbers"}
    assert first.key != second.key
    assert first.seconds > 0


def test_what_a_task_cannot_return_is_a_failure_of_its_point():
    nan, other, foreign, results = sweep.run(returned, sweep.grid(kind=["nan", "object", "foreign", "results"]))
    assert [record.status for record in (nan, other, foreign, results)] == ["failed", "failed", "failed", "done"]
    assert nan.error.startswith("ValueError: Out of range float")
    assert other.error == "TypeError: a task must return results of interfacekit or plain data, got object"
    assert foreign.error == "ValueError: it names os.system, which is not a result of interfacekit"
    assert results.result == (lattice_gas(600.0, 0.5, 1),)


GASES = sweep.grid(temperature_K=[500.0, 700.0], filling=[0.25, 0.5], seed=[1, 2])


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_every_executor_gives_the_numbers_of_a_serial_sweep(kind, tmp_path, log):
    serial = sweep.run(lattice_gas, GASES, store=tmp_path / "serial")
    assert {record.status for record in serial} == {"done"}
    with sweep.executor(kind, 2) as pool:
        assert sweep.run(lattice_gas, GASES, pool, store=tmp_path / "spread") == serial
    stored, others = (
        [json.loads(path.read_text())["record"] | {"seconds": 0} for path in sorted((tmp_path / name).iterdir())]
        for name in ("serial", "spread")
    )
    assert stored == others
    assert (len(logged(log)[1]) > 1) == (kind == "processes")
    before = log.read_text()
    assert sweep.run(lattice_gas, GASES, store=tmp_path / "spread") == serial
    assert log.read_text() == before


def test_any_executor_will_do():
    serial = sweep.run(numbers, GRID)
    with ThreadPoolExecutor(3) as pool:
        assert sweep.run(numbers, GRID, pool) == serial
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        assert sweep.run(numbers, GRID, pool) == serial
    with sweep.executor("serial") as none:
        assert sweep.run(numbers, GRID, none) == serial


def test_failures_are_recorded_and_computed_again_alone(tmp_path, log):
    points = [{"x": x, "healed": str(tmp_path / "healed")} for x in range(POINTS)]
    store = sweep.Store(tmp_path / "store")
    first = sweep.run(fragile, points, store=store)
    assert [record.status for record in first] == ["failed", "done"] * (POINTS // 2)
    assert (first[2].error, first[2].result) == ("ValueError: 2 is even", None)
    assert (first[3].error, first[3].result) == (None, 3)
    (tmp_path / "healed").touch()
    log.write_text("")
    assert sweep.run(fragile, points, store=store, retry_failed=False) == first
    assert logged(log)[0] == []
    again = sweep.run(fragile, points, store=store)
    assert logged(log)[0] == list(range(0, POINTS, 2))
    assert [record.result for record in again] == list(range(POINTS))
    assert again[1::2] == first[1::2]
    assert sweep.run(fragile, points, store=store, retry_failed=False) == again


def test_progress_is_told_from_what_is_known_to_the_end(tmp_path):
    sweep.run(numbers, GRID[:3], store=tmp_path)
    told = []
    with sweep.executor("threads", 2) as pool:
        sweep.run(numbers, GRID, pool, store=tmp_path, progress=told.append)
    assert told == [done / POINTS for done in range(3, POINTS + 1)]


def test_an_executor_has_a_limited_number_of_points_at_a_time(monkeypatch):
    class Held(Executor):
        """Computes the oldest point when somebody waits for one."""

        def __init__(self):
            self.points, self.sizes = deque(), []

        def submit(self, *call):
            self.points.append((future := Future(), call))
            return future

        def compute(self):
            self.sizes.append(len(self.points))
            future, (function, *arguments) = self.points.popleft()
            future.set_result(function(*arguments))

    class Waiting(SimpleQueue):
        def get(self):
            held.compute()
            return super().get()

    held = Held()
    monkeypatch.setattr(runs, "AHEAD", 3)
    monkeypatch.setattr(runs, "SimpleQueue", Waiting)
    assert sweep.run(numbers, GRID, held) == sweep.run(numbers, GRID)
    assert held.sizes == [3] * (POINTS - 2) + [2, 1]


def test_a_worker_of_another_version_computes_nothing(log):
    outcome = runs._attempt(numbers, {"x": 1}, "0.0.0")
    assert outcome.error.startswith("InputError: the worker must have interfacekit ")
    assert log.read_text() == ""


def test_a_killed_process_costs_its_point_alone(tmp_path):
    with sweep.executor("processes", 2) as pool:
        records = sweep.run(deadly, GRID, pool, store=tmp_path)
    assert [record.point["x"] for record in records if record.status == "failed"] == [3]
    assert records[3].error == "ComputationError: the process was killed; did it run out of memory?"
    expected = sweep.run(numbers, GRID)
    assert all(record.result == expected[x].result for x, record in enumerate(records) if x != 3)
    assert len(list(sweep.Store(tmp_path))) == POINTS


def test_a_broken_executor_is_told_and_what_is_finished_stays(tmp_path):
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        for _ in range(2):  # it breaks down, and is broken
            with pytest.raises(ComputationError, match=r"the executor of the sweep failed \(BrokenProcessPool"):
                sweep.run(deadly, GRID, pool, store=tmp_path)
    assert [record.point["x"] for record in sweep.Store(tmp_path)] == [0, 1, 2]
    assert {record.status for record in sweep.Store(tmp_path)} == {"done"}


def test_processes_that_do_not_start_are_told(tmp_path):
    """Those of a script without the guard would sweep themselves."""
    script = tmp_path / "script.py"
    script.write_text(
        "from interfacekit import sweep\n"
        "from tests.sweep_tasks import numbers\n"
        "with sweep.executor('processes', 1) as pool:\n"
        "    sweep.run(numbers, sweep.grid(x=[1]), pool, store='store')\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    done = subprocess.run(  # noqa: S603
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "under if __name__ == '__main__':" in done.stderr.splitlines()[-1]
    assert list((tmp_path / "store").iterdir()) == []


def test_an_interrupt_keeps_what_threads_are_at(tmp_path, monkeypatch, log):
    monkeypatch.setenv("GATE", str(tmp_path / "gate"))

    def interrupt():
        until(lambda: len(logged(log)[0]) == FREE + 2 and len(kept(tmp_path)) == FREE)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    def sweep_and_interrupt():
        with sweep.executor("threads", 2) as pool:
            try:
                sweep.run(waiting, GRID, pool, store=tmp_path / "store")
            finally:
                (tmp_path / "gate").touch()

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        sweep_and_interrupt()
    interrupting.join()
    assert [record.point["x"] for record in sweep.Store(tmp_path / "store")] == list(range(FREE + 2))
    assert logged(log)[0] == list(range(FREE + 2))


@pytest.mark.parametrize("kind", ["serial", "threads"])
def test_a_task_that_ends_the_program_does(kind, tmp_path):
    with sweep.executor(kind, 1) as pool, pytest.raises(SystemExit):
        sweep.run(leaving, GRID, pool, store=tmp_path)
    kept = [record.point["x"] for record in sweep.Store(tmp_path)]
    assert kept[:3] == [0, 1, 2]
    assert 3 not in kept


@pytest.fixture
def started(tmp_path, log):
    """Start a sweep in a process of its own, and wait until its free points are kept and others wait."""

    def start(kind, waits, points=POINTS):
        environment = os.environ | {"GATE": str(tmp_path / "gate")}
        command = [sys.executable, "-m", sweep_tasks.__name__, str(tmp_path / "store"), kind, str(points)]
        process = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        processes.append(process)
        until(lambda: process.poll() is not None or len(logged(log)[0]) == FREE + waits)
        until(lambda: process.poll() is not None or len(kept(tmp_path)) == FREE)
        return process

    processes = []
    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def runs_still(process):
    """Whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(("kind", "waits"), [("serial", 1), ("processes", 2)])
def test_a_killed_sweep_computes_only_what_was_unfinished(kind, waits, tmp_path, started, log):
    process = started(kind, waits)
    assert process.poll() is None
    workers = logged(log)[1]
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    until(lambda: not any(runs_still(worker) for worker in workers))
    files = {path: path.read_bytes() for path in kept(tmp_path)}
    assert len(files) == FREE
    log.write_text("")
    records = sweep.run(waiting, GRID, store=tmp_path / "store")
    assert logged(log)[0] == list(range(FREE, POINTS))
    assert {path: path.read_bytes() for path in files} == files
    assert records == sweep.run(waiting, GRID)


def test_ctrl_c_ends_a_sweep_and_its_processes_at_once(tmp_path, started, log):
    """As a terminal sends it: to all processes, of which one is busy and the other is not."""
    process = started("processes", 1, FREE + 1)
    workers = logged(log)[1]
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGINT
    assert err.count("Traceback") == 1
    assert err.endswith("KeyboardInterrupt\n")
    assert not any(runs_still(worker) for worker in workers)
    assert len(kept(tmp_path)) == FREE


@pytest.mark.parametrize(
    ("kind", "workers", "told"),
    [
        ("cluster", None, "unknown executor 'cluster'; choose from processes, threads, serial"),
        ("threads", 0, "workers must be a whole number from 1 to 100000, got 0"),
        ("tcp://127.0.0.1:8786", 2, "it has workers of its own"),
        ("tcp://127.0.0.1", None, "such as tcp://127.0.0.1:8786"),
        ("http://127.0.0.1:8786", None, "the address of a scheduler must be"),
        ("tcp://a b:1", None, "the address of a scheduler must be"),
    ],
)
def test_executors_that_are_refused(kind, workers, told):
    with pytest.raises(InputError, match=told), sweep.executor(kind, workers):
        pass


def test_every_core_has_a_worker_by_default():
    threads = set()
    barrier = threading.Barrier(len(os.sched_getaffinity(0)))

    def work():
        threads.add(threading.get_ident())
        barrier.wait(timeout=60)

    with sweep.executor("threads") as pool:
        for future in [pool.submit(work) for _ in range(barrier.parties)]:
            future.result()
    assert len(threads) == barrier.parties


def test_arguments_aside_are_no_part_of_a_point(tmp_path):
    first = sweep.run(numbers, [{"x": 1}], store=tmp_path / "store")
    again = sweep.run(beside, [{"x": 1}], store=tmp_path / "store", aside={"folder": "here"})
    moved = sweep.run(beside, [{"x": 1}], store=tmp_path / "store", aside={"folder": "there"})
    assert again[0].point == first[0].point == {"x": 1}
    assert again[0].result == "here"
    assert moved[0] == again[0]  # known by its point alone, it is not computed again


def test_a_point_cannot_have_an_argument_that_is_passed_aside():
    with pytest.raises(InputError, match="cannot be called"):
        sweep.run(beside, [{"x": 1, "folder": "mine"}], aside={"folder": "here"})


def test_processes_get_the_arguments_aside():
    with sweep.executor("processes", 1) as pool:
        (record,) = sweep.run(beside, [{"x": 1}], pool, aside={"folder": "here"})
    assert record.result == "here"
