"""Files of the package that one task enters, and modules that it loads: how far a reader has to walk.

    python benchmarks/journeys.py
    python benchmarks/journeys.py react --files

A file is entered where one of its functions runs, other than while a module is imported. Each task runs in a process of
its own, once before it is counted, so that kernels are compiled.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from ase.build import bulk

import interfacekit

if TYPE_CHECKING:
    from types import FrameType

PACKAGE = str(Path(interfacekit.__file__).parent)
COMMANDS = {
    "react": "react LCO LGPS --voltage 3.9",
    "shell --kmc": "shell --cathode LCO --coating LNO --electrolyte LGPS --thickness 2 --voltage 4 --kmc --hops 1e6",
    "barriers": "barriers al.cif --calculator emt --mobile Al",
}
TASKS = ("simulate", *COMMANDS)


def simulate() -> None:
    """A short run on a regular lattice from Python."""
    import interfacekit as ik
    from interfacekit.transport import HoppingModel, RunOptions

    lattice = ik.regular_lattice("simple_cubic", 6, hop_distance_A=3.0)
    ik.simulate(HoppingModel(lattice, 0.5, [0.3]), 300.0, options=RunOptions(hops=2e5, replicas=2))


def run(task: str) -> None:
    """A task, in this process."""
    if task == "simulate":
        simulate()
        return
    from interfacekit.cli import main

    sys.argv = ["interfacekit", *COMMANDS[task].split()]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise


def journey(task: str) -> dict[str, list[str]]:
    """Files that a task enters and modules of the package that it loads."""
    entered: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(PACKAGE) and file not in entered and not importing(frame):
            entered.add(file)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        with redirect_stdout(sys.stderr):
            run(task)
    finally:
        sys.setprofile(None)
    modules = sorted(name for name in sys.modules if name.split(".")[0] == "interfacekit")
    return {"files": sorted(file.removeprefix(f"{PACKAGE}/") for file in entered), "modules": modules}


def importing(frame: FrameType) -> bool:
    """Return True if a function runs because a module of the package is imported."""
    caller: FrameType | None = frame
    while caller is not None:
        if caller.f_code.co_name == "<module>" and caller.f_code.co_filename.startswith(PACKAGE):
            return True
        caller = caller.f_back
    return False


def counted(task: str) -> dict[str, list[str]]:
    """The journey of a task in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        bulk("Al", cubic=True).write(Path(folder, "al.cif"))
        for _ in range(2):
            found = subprocess.run(  # noqa: S603
                [sys.executable, __file__, "--here", task], check=True, capture_output=True, text=True, cwd=folder
            )
    return json.loads(found.stdout)


def main() -> None:
    """Print one line for each task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=", ".join(TASKS))
    parser.add_argument("--files", action="store_true", help="name the files")
    parser.add_argument("--here", choices=TASKS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(journey(options.here)))
        return
    for task in options.tasks or TASKS:
        found = counted(task)
        print(f"{task:12} {len(found['files']):3} files entered, {len(found['modules']):3} modules loaded")
        if options.files:
            print(*(f"    {file}" for file in found["files"]), sep="\n")


if __name__ == "__main__":
    main()
