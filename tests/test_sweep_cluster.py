"""Sweeps on a dask scheduler, while workers or the scheduler are killed."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from interfacekit import sweep
from interfacekit.errors import ComputationError, InputError
from interfacekit.sweep import executors
from tests.sweep_tasks import FREE, GRID, HELD_K, POINTS, deadly, kept, lattice_gas, logged, until, waiting

pytest.importorskip("distributed")
ROOT = Path(__file__).parents[1]
GASES = sweep.grid(temperature_K=[500.0, 600.0, 700.0, HELD_K], filling=[0.2, 0.4, 0.6], seed=range(2))


class Cluster:
    """A scheduler, and workers that are processes with one thread each and are not replaced."""

    def __init__(self, folder, allowed_failures):
        self.log = folder / "log"
        self.log.touch()
        self._environment = os.environ | {
            "LOG": str(self.log),
            "GATE": str(folder / "gate"),
            # Workers that die at a point before it is given up; of points that wait at a worker, none is counted.
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures),
            "DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": "1.0",
            # For so long, results are sought on a worker that has just died.
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
        }
        self._out = (folder / "cluster").open("w")
        self.processes = []
        file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--host", "127.0.0.1", "--scheduler-file", str(file))
        until(lambda: file.is_file() and file.read_text().endswith("}"))
        self.address = json.loads(file.read_text())["address"]

    def worker(self):
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny")

    def _start(self, what, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments, "--no-dashboard"]
        process = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=self._environment, stdout=self._out, stderr=self._out
        )
        self.processes.append(process)
        return process

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self._out.close()


@pytest.fixture
def cluster(tmp_path, request):
    one = Cluster(tmp_path, getattr(request, "param", 3))
    yield one
    one.close()


def test_a_sweep_completes_bit_for_bit_although_a_worker_is_killed_half_way(tmp_path, cluster):
    victim, other = cluster.worker(), cluster.worker()
    computed = []

    def kill(share):
        if share == 0.5:
            victim.kill()
            computed.append(logged(cluster.log))
            (tmp_path / "gate").touch()

    with sweep.executor(cluster.address) as pool:
        pool._client.wait_for_workers(2)
        pool._client.run(lattice_gas, 500.0, 0.5, 0)  # each has all that it needs
        cluster.log.write_text("")
        records = sweep.run(lattice_gas, GASES, pool, store=tmp_path / "store", progress=kill)
    assert len(records) == len(GASES) == 24
    assert victim.wait() == -signal.SIGKILL
    assert other.poll() is None
    ((points, workers),) = computed
    assert 12 <= len(points) <= 20  # the last six wait, two of them on the workers
    assert workers == {victim.pid, other.pid}
    serial = sweep.run(lattice_gas, GASES)
    assert [record.status for record in serial] == ["done"] * 24
    assert records == serial
    assert [record.result.to_json() for record in records] == [record.result.to_json() for record in serial]
    assert sweep.run(lattice_gas, GASES, store=tmp_path / "store") == serial


@pytest.mark.parametrize("cluster", [0], indirect=True)
def test_a_point_that_kills_its_workers_fails_alone(cluster):
    cluster.worker()
    cluster.worker()
    with sweep.executor(cluster.address) as pool:
        records = sweep.run(deadly, GRID, pool)
    assert [record.point["x"] for record in records if record.status == "failed"] == [3]
    assert records[3].error.startswith("KilledWorker: ")
    assert "\n" not in records[3].error


@pytest.mark.parametrize("interrupted", [False, True], ids=["scheduler killed", "interrupted"])
def test_a_sweep_that_stops_keeps_what_is_finished(interrupted, tmp_path, cluster, caplog):
    cluster.worker()
    for name in ("distributed", "distributed.client"):  # which pass nothing on
        logging.getLogger(name).addHandler(caplog.handler)

    def stop():
        until(lambda: len(logged(cluster.log)[0]) > FREE and len(kept(tmp_path)) == FREE)
        if interrupted:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        else:
            cluster.scheduler.kill()

    told = (
        (KeyboardInterrupt, None)
        if interrupted
        else (ComputationError, r"the executor of the sweep failed .* continues")
    )
    stopping = threading.Thread(target=stop)
    stopping.start()
    with pytest.raises(told[0], match=told[1]), sweep.executor(cluster.address) as pool:
        sweep.run(waiting, GRID, pool, store=tmp_path / "store")
    stopping.join()
    assert caplog.records == []
    assert [record.point["x"] for record in sweep.Store(tmp_path / "store")] == list(range(FREE))
    expected = sweep.run(waiting, GRID)
    computed = []
    assert sweep.run(waiting, GRID, store=tmp_path / "store", progress=computed.append) == expected
    assert computed == [done / POINTS for done in range(FREE, POINTS + 1)]


@pytest.fixture
def port():
    """Open, and silent."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("silent", [True, False], ids=["silent", "closed"])
def test_a_scheduler_that_does_not_answer_is_told_in_one_line(silent, port, monkeypatch, capfd):
    monkeypatch.setattr(executors, "ANSWER_WITHIN_s", 0.3)
    address = f"tcp://127.0.0.1:{port if silent else 1}"
    with pytest.raises(InputError) as caught, sweep.executor(address):
        pass
    assert str(caught.value) == (
        f"no dask scheduler answers at {address} within 0.3 s; start one with `dask scheduler`, or correct the address"
    )
    assert capfd.readouterr() == ("", "")


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'interfacekit\[cluster\]'"), sweep.executor("tcp://a:1"):
        pass
