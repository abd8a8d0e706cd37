"""Latency of the commands that the README shows, cold and warm: processor time, elapsed time, peak memory.

    python benchmarks/latency.py [--repeats 3] [--only TEXT ...] [--json FILE]

Each run is a process in a folder of its own, with the files that the README shows before the command. *Cold* is the
first run after an installation: no kernel is compiled. *Warm* runs find the kernels of the cold one, and their medians
count. Neither finds stores of earlier runs. Commands that need a key, an extra that is not installed, or a file of the
reader's, and those that fail, are listed with the reason.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from measuring import (
    CONSOLE,
    ReadmeCommand,
    Usage,
    caching_in,
    cannot_run,
    compile_modules,
    machine,
    print_rows,
    readme_commands,
    run,
)

#: Longer ones are cut in the table.
MOST_LETTERS = 60


@dataclass(frozen=True)
class Latency:
    """A command's seconds and megabytes; times of warm runs are medians, and peaks are the largest."""

    command: str
    section: str
    cold_cpu_s: float
    cold_wall_s: float
    cold_peak_MB: float
    warm_cpu_s: float
    warm_wall_s: float
    warm_peak_MB: float


def in_new_folder(command: ReadmeCommand, words: list[str], cache: Path) -> Usage:
    """Run Python in a folder with nothing but the files of a command, and with kernels kept in another.

    Raises
    ------
    RuntimeError
        If it does not succeed, with its last line.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, content in command.files.items():
            Path(folder, name).write_text(content, encoding="utf-8")
        used = run([sys.executable, *words], Path(folder), {**caching_in(cache), **command.environment})
    if used.status != 0:
        raise RuntimeError(f"failed: {used.err.strip().rpartition(chr(10))[2]}")
    return used


def latency(command: ReadmeCommand, repeats: int) -> Latency:
    """Run a command cold, and then warm."""
    words = ["-m", "interfacekit", *command.words]
    with tempfile.TemporaryDirectory() as cache:
        cold = in_new_folder(command, words, Path(cache))
        warm = [in_new_folder(command, words, Path(cache)) for _ in range(repeats)]
    return Latency(
        command=command.text,
        section=command.section,
        cold_cpu_s=cold.cpu_s,
        cold_wall_s=cold.wall_s,
        cold_peak_MB=cold.peak_MB,
        warm_cpu_s=statistics.median(used.cpu_s for used in warm),
        warm_wall_s=statistics.median(used.wall_s for used in warm),
        warm_peak_MB=max(used.peak_MB for used in warm),
    )


def show(rows: list[Latency]) -> None:
    """Print the table."""
    names = [f"{state} {name}" for state in ("cold", "warm") for name in ("CPU", "wall", "MB")]
    columns = {"command": "left"} | dict.fromkeys(names, "right")
    cells = []
    for row in rows:
        short = row.command.removeprefix("interfacekit ")
        cells.append(
            [
                short if len(short) <= MOST_LETTERS else f"{short[: MOST_LETTERS - 3]}...",
                *(f"{value:.2f}" for value in (row.cold_cpu_s, row.cold_wall_s)),
                f"{row.cold_peak_MB:.0f}",
                *(f"{value:.2f}" for value in (row.warm_cpu_s, row.warm_wall_s)),
                f"{row.warm_peak_MB:.0f}",
            ]
        )
    print_rows("Commands of the README: seconds of the processor and elapsed, and peak memory", columns, cells)


def main() -> None:
    """Measure the commands."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3, help="of warm runs, %(default)s")
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="commands that contain one of these")
    parser.add_argument("--json", type=Path, help="write the rows there")
    options = parser.parse_args()
    CONSOLE.print(machine(), highlight=False)
    compile_modules(sys.executable, Path(__file__).parent.parent / "interfacekit")
    rows, left_out = [], {}
    for command in readme_commands():
        if options.only and not any(text in command.text for text in options.only):
            continue
        if reason := cannot_run(command):
            left_out[command.text] = reason
            continue
        try:
            rows.append(latency(command, options.repeats))
        except RuntimeError as error:
            left_out[command.text] = str(error)
            continue
        CONSOLE.print(
            f"{rows[-1].cold_cpu_s:6.2f} s, {rows[-1].warm_cpu_s:6.2f} s  {command.text}", markup=False, highlight=False
        )
        if options.json:
            record = {"machine": machine(), "rows": [asdict(row) for row in rows], "left_out": left_out}
            options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    show(rows)
    for text, reason in left_out.items():
        CONSOLE.print(f"left out: {text}: {reason}", markup=False, highlight=False)


if __name__ == "__main__":
    main()
