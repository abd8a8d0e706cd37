"""All kernels are compiled at once, and no command compiles one after that."""

import json
import os
import subprocess
import sys

import pytest

from interfacekit import warm
from interfacekit.errors import ComputationError

#: A run of the command line that says on stderr how many kernels it compiled.
COUNTING = """
import sys
from interfacekit import cli, warm
try:
    cli.main()
finally:
    print(warm._counts()[0], "compiled", file=sys.stderr)
"""
COMMANDS = (
    "window LGPS LNO",
    "window LGPS --ensemble 20",
    "react LCO LGPS --voltage 3.9",
    "react LCO LNO LGPS",
    "map LCO LGPS --fields",
    "screen --cathode LCO --electrolyte LGPS --candidates LNO Li3PO4",
    "kmc LGPS --hops 1e7",
    "kmc LCO --hops 1e7",
    "kmc LNO --hops 1e7",
    "scl LCO LNO:5nm LGPS --voltage 4.0 --kmc --hops 3e6",
    "interface LCO LNO --max-area 80",
)


def run(command, cache, code=None):
    start = [sys.executable, "-c", code] if code else [sys.executable, "-m", "interfacekit"]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    return subprocess.run([*start, *command.split()], capture_output=True, text=True, env=environment, check=False)  # noqa: S603


@pytest.mark.slow
def test_after_it_no_command_compiles(tmp_path):
    first = run("warm --json", tmp_path)
    assert first.returncode == 0, first.stderr
    steps = json.loads(first.stdout)["steps"]
    assert [step["workload"] for step in steps] == list(warm.WORKLOADS)
    assert sum(step["compiled"] for step in steps) > 20
    for command in ("warm", *COMMANDS):
        again = run(command, tmp_path, COUNTING)
        assert again.returncode == 0, again.stderr
        assert again.stderr.splitlines()[-1] == "0 compiled", command


def test_each_workload_is_tracked_and_counted(monkeypatch, interfacekit):
    ran = []
    monkeypatch.setattr(warm, "WORKLOADS", {"first": lambda: ran.append(1), "second": lambda: ran.append(2)})
    result = warm.warm()
    assert ran == [1, 2]
    assert [step.workload for step in result.steps] == ["first", "second"]
    assert result.compiled == 0
    assert result.to_frame()["workload"].tolist() == ["first", "second"]
    shown = interfacekit("warm")
    assert shown.status == 0
    assert shown.out.startswith("all kernels are compiled already; kept in")


def test_a_cache_that_cannot_be_written_is_reported(monkeypatch, interfacekit):
    def refused():
        raise RuntimeError("cannot cache function 'minimise': no locator available")

    monkeypatch.setattr(warm, "WORKLOADS", {"first": refused})
    shown = interfacekit("warm")
    assert (shown.status, shown.out) == (1, "")
    assert shown.err.splitlines()[-1].startswith("interfacekit: numba cannot keep what it compiles (")
    assert "NUMBA_CACHE_DIR" in shown.err


def test_a_workload_that_fails_is_no_fault_of_the_cache(monkeypatch):
    def fails():
        raise ComputationError("no solution for X")

    monkeypatch.setattr("interfacekit.warm.WORKLOADS", {"bad": fails})
    with pytest.raises(ComputationError, match=r"^no solution for X$"):
        warm.warm()


def test_a_workload_that_fails_costs_no_other(monkeypatch, interfacekit):
    def fails():
        raise ComputationError("no solution for X")

    monkeypatch.setattr(warm, "WORKLOADS", {"bad": fails, "good": lambda: None})
    result = warm.warm()
    assert [(step.workload, step.error) for step in result.steps] == [("bad", "no solution for X"), ("good", None)]
    shown = interfacekit("warm", "--json")
    assert (shown.status, shown.err) == (1, "interfacekit: bad: no solution for X\n")
    assert [step["error"] for step in json.loads(shown.out)["steps"]] == ["no solution for X", None]
