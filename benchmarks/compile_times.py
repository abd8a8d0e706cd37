"""Compile times of all kernels, by function and specialisation, in the commands that the README shows.

    python benchmarks/compile_times.py [--only TEXT ...] [--json FILE]

The commands run one after another and keep what they compile in one folder that is empty at first, so that each
specialisation is compiled by the first command that needs it, and again only where numba cannot keep it. Seconds are
processor time of the compiling thread, without the functions of interfacekit that are compiled meanwhile, which have
rows of their own; what numba compiles of itself, and code that it inlines, counts where it is used. Writing to the
folder and reading from it are not in them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from latency import in_new_folder
from measuring import CONSOLE, cannot_run, machine, print_rows, readme_commands
from numba.core import event

KERNELS = "interfacekit."


class Recorder(event.Listener):
    """Listener that notes the seconds of each specialisation."""

    def __init__(self) -> None:
        self.compiled: list[dict[str, Any]] = []
        self._running: list[list[float]] = []

    def on_start(self, event: event.Event) -> None:
        """Begin a specialisation, which may be in the middle of another."""
        if _is_ours(event):
            self._running.append([time.thread_time(), 0.0])

    def on_end(self, event: event.Event) -> None:
        """End it; its seconds are not those of the one around it."""
        if _is_ours(event):
            start, within = self._running.pop()
            seconds = time.thread_time() - start
            if self._running:
                self._running[-1][1] += seconds
            function = event.data["dispatcher"].py_func
            self.compiled.append(
                {
                    "module": function.__module__,
                    "function": function.__qualname__,
                    "signature": str(event.data["args"]),
                    "seconds": seconds - within,
                }
            )


def _is_ours(event: event.Event) -> bool:
    return str(event.data["dispatcher"].py_func.__module__).startswith(KERNELS)


def work(words: list[str], record: Path) -> None:
    """Run a command in this process, and write down what it compiles."""
    from interfacekit.cli import main as command

    recorder = Recorder()
    event.register("numba:compile", recorder)
    sys.argv = ["interfacekit", *words]
    try:
        command()
    finally:
        record.write_text(json.dumps(recorder.compiled), encoding="utf-8")


def measure(only: list[str] | None) -> list[dict[str, Any]]:
    """Run all commands; rows of all that they compile."""
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        for command in readme_commands():
            if cannot_run(command) or (only and not any(text in command.text for text in only)):
                continue
            record = Path(cache, "record.json")
            words = [str(Path(__file__).resolve()), "--worker", str(record), *command.words]
            try:
                in_new_folder(command, words, Path(cache))
            except RuntimeError as error:
                CONSOLE.print(f"{command.text}: {error}", markup=False, highlight=False)
                continue
            compiled = json.loads(record.read_text(encoding="utf-8"))
            rows += [{"command": command.text, **row} for row in compiled]
            seconds = sum(row["seconds"] for row in compiled)
            CONSOLE.print(f"{len(compiled):3} {seconds:6.2f} s  {command.text}", markup=False, highlight=False)
    return rows


def show(rows: list[dict[str, Any]]) -> None:
    """Print functions by module, the slowest first, and modules with their sums."""
    functions, modules = defaultdict(list), defaultdict(list)
    for row in rows:
        functions[row["module"], row["function"]].append(row)
        modules[row["module"]].append(row)
    columns = {
        "module": "left",
        "function": "left",
        "specialisations": "right",
        "compiled": "right",
        "seconds": "right",
    }
    seconds = {key: sum(row["seconds"] for row in group) for key, group in functions.items()}
    cells = [
        [
            module.removeprefix(KERNELS),
            function,
            f"{len({row['signature'] for row in functions[module, function]})}",
            f"{len(functions[module, function])}",
            f"{seconds[module, function]:.2f}",
        ]
        for module, function in sorted(seconds, key=lambda key: (key[0], -seconds[key]))
    ]
    print_rows("Functions that are compiled", columns, cells)
    del columns["function"]
    cells = [
        [
            module.removeprefix(KERNELS),
            f"{len({(row['function'], row['signature']) for row in group})}",
            f"{len(group)}",
            f"{sum(row['seconds'] for row in group):.2f}",
        ]
        for module, group in [*sorted(modules.items()), ("all", rows)]
    ]
    print_rows("Modules", columns, cells)


def main() -> None:
    """Measure, or run the command of one process."""
    if sys.argv[1:2] == ["--worker"]:
        work(sys.argv[3:], Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="commands that contain one of these")
    parser.add_argument("--json", type=Path, help="write the rows there")
    options = parser.parse_args()
    CONSOLE.print(machine(), highlight=False)
    rows = measure(options.only)
    show(rows)
    if options.json:
        record = {"machine": machine(), "rows": rows}
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
