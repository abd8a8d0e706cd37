"""Tasks of sweeps, importable by worker processes; and sweeps to kill: `python -m tests.sweep_tasks STORE KIND POINTS`.

With LOG in the environment, tasks write there what they compute, and in which process; with GATE, some points wait
until there is a file of that name.
"""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from interfacekit import sweep

POINTS = 12
#: Points that do not wait.
FREE = 6
#: Temperature at which a lattice gas waits.
HELD_K = 800.0
GRID = sweep.grid(x=range(POINTS))


def log(x):
    if "LOG" in os.environ:
        with Path(os.environ["LOG"]).open("a") as file:
            file.write(f"{x} {os.getpid()}\n")


def logged(path):
    """Points that were computed, and the processes that did it."""
    lines = [line.split() for line in Path(path).read_text().splitlines()]
    return sorted(int(x) for x, _ in lines), {int(process) for _, process in lines}


def kept(folder):
    """Files of records; those that begin with a dot are being written."""
    return sorted(path for path in (folder / "store").glob("*.json") if path.name[0] != ".")


def wait_at_the_gate():
    while "GATE" in os.environ and not Path(os.environ["GATE"]).exists():
        time.sleep(0.01)


def until(condition):
    """Wait for another process."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lattice_gas(temperature_K, filling, seed):
    """A real run, but for the clock on the wall."""
    # Imported here: the processes of other tasks start faster.
    from interfacekit.transport import HoppingModel, RunOptions, regular_lattice, simulate

    log(seed)
    if temperature_K == HELD_K:
        wait_at_the_gate()
    model = HoppingModel(regular_lattice("simple_cubic", 4), filling, 0.3, pair_energies_eV=0.03)
    options = RunOptions(hops=3e3, replicas=1, seed=seed, hops_per_ion=2.0)
    return simulate(model, temperature_K, options=options, threads=1)


def beside(x, folder):
    return folder


def numbers(x):
    """Whose last bits matter."""
    log(x)
    draws = np.random.default_rng(x).standard_normal(100)
    return {"x": x, "mean": draws.mean(), "digits": [float(d) ** 3 for d in draws[:5]], "n": np.int64(draws.size)}


def waiting(x):
    """The later points wait for the gate."""
    result = numbers(x)
    if x >= FREE:
        wait_at_the_gate()
    return result


def fragile(x, healed):
    """Even points fail until there is a file of this name."""
    log(x)
    if x % 2 == 0 and not Path(healed).exists():
        raise ValueError(f"{x} is\n  even")
    return x


def deadly(x):
    """Point 3 kills the process that computes it."""
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return numbers(x)


def returned(kind):
    """What a task may and may not return."""
    return {
        "nan": float("nan"),
        "object": object(),
        "foreign": {"@module": "os", "@class": "system"},
        "results": [lattice_gas(600.0, 0.5, 1)] if kind == "results" else None,
    }[kind]


def leaving(x):
    """Point 3 ends the program."""
    if x == 3:
        raise SystemExit(5)
    return x


def main(store, kind, points):
    with sweep.executor(kind, None if kind == "serial" else 2) as pool:
        try:
            sweep.run(waiting, GRID[: int(points)], pool, store=store)
        finally:
            time.sleep(0.5)  # time for processes to say what they should not


if __name__ == "__main__":
    main(*sys.argv[1:])
