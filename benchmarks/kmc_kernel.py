"""The kinetic Monte Carlo kernels: hops per second by size, beside C on the same machine and packages of others.

    python benchmarks/kmc_kernel.py [--sites 1e4,1e5,1e6,1e7] [--seconds 2] [--repeats 5] [--no-peers] [--json FILE]

Rows are medians of interleaved repetitions on one core: every workload at every size, then all again. Workloads with
interactions are repulsive: `repulsion` is eps = +kT/2 for each pair of neighbouring ions with Metropolis rates, not the
attractive lattice gas that SPPARKS is measured with. The yardstick, `kmc_yardstick.c`, is compiled on the spot with gcc
and does the same work for the simple cubic lattice alone. The peers are installed from the Python package index into
environments of their own under `.benchmark-peers`, where they stay.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from interfacekit.transport.bulk.bench import WORKLOADS, can_measure, kernel_benchmark

if TYPE_CHECKING:
    from interfacekit.transport.bulk.result import KernelTiming

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent / ".benchmark-peers"
CONSOLE = Console(width=130)
#: The workload of the yardstick that is the same as one of ours.
YARDSTICK = {"free": "free", "repulsion": "metropolis", "barriers": "kra"}
#: Package, how pip installs it, script, and for each workload of ours its own name, cells along an edge and hops.
PEERS: list[tuple[str, list[list[str]], str, list[tuple[str, str, int, int]]]] = [
    (
        "lattice_mc",
        [["numpy", "scipy"], ["--no-deps", "lattice_mc"]],
        "hops_of_lattice_mc.py",
        [
            ("free", "free", 8, 1000),
            ("free", "free", 22, 30),
            ("repulsion", "metropolis", 22, 20),
        ],
    ),
    (
        "kmcpy",
        [["kmcpy"]],
        "hops_of_kmcpy.py",
        [
            ("free", "free", 8, 2000),
            ("free", "free", 22, 300),
            ("barriers", "kra", 22, 20),
        ],
    ),
]


def yardstick(folder: Path, name: str = "kmc_yardstick") -> Path | None:
    """Compile a C program; None without a compiler."""
    compiler = shutil.which("gcc")
    if compiler is None:
        return None
    program = folder / name
    command = [compiler, "-O3", "-march=native", str(HERE / f"{name}.c"), "-o", str(program), "-lm"]
    subprocess.run(command, check=True)  # noqa: S603
    return program


def yardstick_rate(program: Path, workload: str, cells: int, attempts: int) -> float:
    """Million hops per second of the C program."""
    command = [str(program), workload, str(cells), str(attempts), "1"]
    words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()  # noqa: S603
    return int(words[3]) / float(words[4]) / 1e6


def peer_python(name: str, packages: list[list[str]]) -> Path | None:
    """Interpreter of a peer's environment, made on first use; None where it cannot be installed."""
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    if not (folder / "installed").is_file():
        CONSOLE.print(f"installing {name} into {folder.relative_to(HERE.parent)}")
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603
            for names in packages:
                command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names]
                subprocess.run(command, check=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            CONSOLE.print(f"{name} could not be installed: {error}")
            return None
        (folder / "installed").touch()
    return python


def cold_and_cached_s(workload: str) -> tuple[float, float]:
    """Seconds until a kernel has run for the first time, compiled anew and read from numba's cache."""
    script = (
        "import time; from interfacekit.transport.bulk.bench import kernel_benchmark; start = time.perf_counter(); "
        f"kernel_benchmark({workload!r}, 8, 0.01); print(time.perf_counter() - start)"
    )
    seconds = []
    with tempfile.TemporaryDirectory() as cache:
        for _ in range(2):
            command = [sys.executable, "-c", script]
            done = subprocess.run(  # noqa: S603
                command, check=True, capture_output=True, text=True, env={**os.environ, "NUMBA_CACHE_DIR": cache}
            )
            seconds.append(float(done.stdout))
    return seconds[0], seconds[1]


def measure(sizes: list[int], seconds: float, repeats: int) -> list[dict[str, Any]]:
    """Time all workloads at all sizes, interleaved with the yardstick."""
    ours: dict[tuple[str, int], list[KernelTiming]] = {}
    theirs: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        program = yardstick(Path(folder))
        for _ in range(repeats):
            for cells in sizes:
                for workload in (w for w in WORKLOADS if can_measure(w, cells)):
                    timing = kernel_benchmark(workload, cells, seconds)
                    ours.setdefault((workload, cells), []).append(timing)
                    if program is not None and workload in YARDSTICK:
                        attempts = int(seconds * 1e9 / timing.ns_per_attempt)
                        rate = yardstick_rate(program, YARDSTICK[workload], cells, max(attempts, 1_000_000))
                        theirs.setdefault((workload, cells), []).append(rate)
    rows = []
    for (workload, cells), timings in ours.items():
        rate = statistics.median(t.million_hops_per_s for t in timings)
        in_c = statistics.median(theirs[workload, cells]) if (workload, cells) in theirs else None
        rows.append(
            {
                "workload": workload,
                "sites": cells**3,
                "kernel": timings[0].kernel,
                "million_hops_per_s": rate,
                "ns_per_attempt": statistics.median(t.ns_per_attempt for t in timings),
                "acceptance": statistics.median(t.acceptance for t in timings),
                "bytes_per_site": timings[0].bytes_per_site,
                "yardstick_million_hops_per_s": in_c,
                "ratio_to_yardstick": rate / in_c if in_c else None,
            }
        )
    return rows


def all_cores(workload: str, cells: int, seconds: float) -> dict[str, Any]:
    """Hops per second of one replica on each core at a time, beside one replica alone."""
    cores = os.cpu_count() or 1
    alone = kernel_benchmark(workload, cells, seconds).million_hops_per_s
    with ThreadPoolExecutor(cores) as pool:
        timings = list(pool.map(lambda _: kernel_benchmark(workload, cells, seconds), range(cores)))
    together = sum(t.million_hops_per_s for t in timings)
    return {
        "workload": workload,
        "sites": cells**3,
        "one_core_million_hops_per_s": alone,
        "cores": cores,
        "all_cores_million_hops_per_s": together,
        "speed_up": together / alone,
    }


def peers(seconds: float) -> list[dict[str, Any]]:
    """Time the peers and, right after each, ourselves at the same size."""
    rows = []
    for name, packages, script, cases in PEERS:
        python = peer_python(name, packages)
        for workload, theirs, cells, hops in cases if python else ():
            command = [str(python), str(HERE / "peers" / script), str(cells), str(hops), theirs]
            done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
            if done.returncode != 0:
                CONSOLE.print(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
                continue
            record = json.loads(done.stdout.splitlines()[-1])
            rate = record["hops"] / record["seconds"]
            own = kernel_benchmark(workload, cells, seconds).million_hops_per_s * 1e6
            rows.append(
                {
                    "peer": f"{name} {record['version']}",
                    "workload": workload,
                    "sites": cells**3,
                    "peer_hops_per_s": rate,
                    "hops_per_s": own,
                    "ratio": own / rate,
                }
            )
    return rows


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows as a table."""
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        table.add_column(column.replace("_", " "), justify="right" if column not in ("workload", "peer") else "left")
    for row in rows:
        table.add_row(*("-" if v is None else f"{v:.3g}" if isinstance(v, float) else f"{v}" for v in row.values()))
    CONSOLE.print(table)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", default="1e4,1e5,1e6,1e7", help="sizes, about")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each timing")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", type=Path, help="write all rows to this file")
    options = parser.parse_args()
    sizes = [round(float(sites) ** (1 / 3)) for sites in options.sites.split(",")]
    started = time.perf_counter()
    CONSOLE.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"numba {version('numba')}"
    )
    results: dict[str, list[dict[str, Any]]] = {"kernels": measure(sizes, options.seconds, options.repeats)}
    show("Simple cubic, half filled, one core", results["kernels"])
    results["cores"] = [all_cores(workload, 46, options.seconds) for workload in WORKLOADS]
    show("All cores, one replica on each", results["cores"])
    compiled = {workload: cold_and_cached_s(workload) for workload in WORKLOADS}
    results["compilation"] = [{"workload": w, "cold_s": cold, "cached_s": warm} for w, (cold, warm) in compiled.items()]
    show("First call, kernels compiled anew and from the cache", results["compilation"])
    if not options.no_peers:
        results["peers"] = peers(options.seconds)
        show("Peers, one core, in this run", results["peers"])
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    CONSOLE.print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
