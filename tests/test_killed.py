"""Commands that are killed at random moments, and go on to the same bytes."""

import os
import random
import signal
import sys
import time

import pytest

from interfacekit.thermo.screening import chunks as screening_run
from interfacekit.transport.bulk import replica
from interfacekit.transport.stack_kmc import replica as stack_replica
from tests import children

OUTPUTS = ("printed.json", "r.csv", "r.json")
COMMANDS = {
    "screen": (
        ("screen", "--cathode", "LCO", "--electrolyte", "LGPS", "--voltage", "2.5:4.3", "--contains", "O"),
        ("--max-elements", "3", "--store", "kept"),
        "kept/[0-9a-f]*.json",
    ),
    "shell": (
        ("shell", "--cathode", "LCO", "--coating", "LNO", "--electrolyte", "LGPS", "--thickness", "0,1,2,3,4"),
        ("--voltage", "3.9,4.1", "--kmc", "--hops", "6e5", "--cells", "12", "--store", "kept"),
        "kept/[0-9a-f]*.json",
    ),
    "kmc": (
        ("kmc", "LGPS", "--temperature", "300:350:50", "--cells", "6", "--hops", "2e6", "--replicas", "3"),
        ("--checkpoint", "kept"),
        "kept/*/replica-*.npz",
    ),
}
#: Kills of each command before its first record, and after it.
BEFORE, AFTER = 2, 5


def run_in(folder, *arguments):
    """Run a command in a folder, with its standard streams in files there."""
    os.chdir(folder)
    sys.stdout, sys.stderr = (open(name, "w") for name in ("printed.json", "told.txt"))  # noqa: PTH123, SIM115
    children.command(*arguments, "--json", "-o", "r.csv", "-o", "r.json")


def outputs(folder):
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


def wait_for(process, condition):
    while process.is_alive() and not condition():
        time.sleep(0.001)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_killed_goes_on_to_the_same_bytes(name, tmp_path, monkeypatch):
    start, end, records = COMMANDS[name]
    command, chance = (*start, *end), random.Random(name)  # noqa: S311  # when to kill
    monkeypatch.setattr(screening_run, "CHUNK", 8)
    for module in (replica, stack_replica):
        monkeypatch.setattr(module, "CHECKPOINT_EVERY_s", 0.1)
        monkeypatch.setattr(module, "CHUNK", 200_000)

    def started(folder):
        folder.mkdir()
        begun = time.monotonic()
        return children.start(run_in, folder, *command), begun

    whole = tmp_path / "whole"
    process, begun = started(whole)
    wait_for(process, lambda: next(whole.glob(records), None))
    first_s = time.monotonic() - begun
    process.join(120)
    assert process.exitcode == 0
    rest_s = time.monotonic() - begun - first_s
    expected, kills = outputs(whole), {"before": 0, "after": 0}
    attempt = 0
    while kills["before"] < BEFORE or kills["after"] < AFTER:
        attempt += 1
        assert attempt <= 5 * (BEFORE + AFTER)
        folder = tmp_path / str(attempt)
        late = kills["before"] == BEFORE
        process, begun = started(folder)
        if late:
            wait_for(process, lambda folder=folder: next(folder.glob(records), None))
        time.sleep(chance.uniform(0, (0.9 * rest_s) if late else first_s))
        process.kill()
        process.join(60)
        if process.exitcode != -signal.SIGKILL:
            continue  # it was faster this time
        kills["after" if next(folder.glob(records), None) else "before"] += 1
        assert not (folder / "r.json").exists()
        assert children.ended(run_in, folder, *command) == 0
        assert outputs(folder) == expected
        assert not list(folder.rglob(".interfacekit-*"))
    assert kills["before"] + kills["after"] >= BEFORE + AFTER
