"""The kinetic Monte Carlo of stacks: hops per second with electrostatics exact at every hop, beside C in the same run.

    python benchmarks/stack_kernel.py [--repeats 7] [--hops 2e6] [--json FILE]

Rows are medians of interleaved repetitions on one core: every workload, beside the yardstick where that can do the
same, then all again from other starts. Seconds are those of the processor, since others may keep it busy. The
yardstick, `stack_yardstick.c`, is compiled on the spot with gcc and knows one uniform material alone. Both simulate the
same time of the same stack, and what they find is compared too.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from kmc_kernel import CONSOLE, show, yardstick

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.materials.layers import LayerMaterial
from interfacekit.transport.stack_kmc import grid_engine
from interfacekit.transport.stack_kmc.planes_engine import Sampling, advance
from interfacekit.transport.stack_kmc.slowdown import Slowdown, even_slowdown
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.planes import Planes, Reservoir
from interfacekit.transport.stacks.stack import Stack

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Of the uniform material, as the yardstick has them.
TEMPERATURE_K, SPACING_A, PERMITTIVITY, BARRIER_eV = 300.0, 3.2, 10.0, 0.3
#: Fillings of its reservoirs: a current passes, and the outermost planes are charged.
LOWER, UPPER = 0.3, 0.7
#: Time before anything is counted; times are in units of exp(Eb) / nu.
WARM_UP = 20
#: Hops of a site in a unit of time, about; with pair energies of kT there are fewer.
ACTIVITY = 1.5
#: Of the layered stack: volts of the cathode, evenness of the hops, and attempts for each site before any is counted.
VOLTAGE_V, EVENNESS, WARM_UP_PER_SITE = 4.0, 3.0, 50
#: Larger stacks are repeated less; fewer repetitions than the last say little about their scatter.
LARGE_SITES, FEWER, FEWEST_TO_COMPARE = 500_000, 3, 5


@dataclass(frozen=True)
class Workload:
    """Planes of side x side sites; layered as LCO|LNO|LGPS where there is no pair energy to name.

    `prototype` is what prototypes had reached (million hops/s), as published in the design and not measured here.
    """

    name: str
    side: int
    planes: int
    pair_energy_kT: float | None
    prototype: float | None = None

    @property
    def sites(self) -> int:
        """In all planes."""
        return self.side**2 * self.planes

    @property
    def shape(self) -> str:
        """50x50x40."""
        return f"{self.side}x{self.side}x{self.planes}"


WORKLOADS = (
    Workload("uniform", 50, 40, 0.0, 5.6),
    Workload("LCO|LNO|LGPS", 50, 40, None),
    Workload("pairs kT/2", 50, 40, 0.5),
    Workload("pairs kT", 50, 40, 1.0, 0.56),
    Workload("uniform", 100, 100, 0.0, 4.8),
    Workload("pairs kT", 100, 100, 1.0, 0.30),
)


class Run(NamedTuple):
    """What was counted in a repetition, and the mean occupation of each plane; nothing of it in a layered stack."""

    within: int
    across: int
    attempts: int
    went_up: float
    time: float
    seconds: float
    occupation: NDArray[np.float64]

    @property
    def million_hops_per_s(self) -> float:
        """Of both kinds."""
        return (self.within + self.across) / self.seconds / 1e6


@dataclass
class Runs:
    """Repetitions of a workload."""

    ours: list[Run] = field(default_factory=list)
    in_c: list[Run] = field(default_factory=list)


def uniform_planes(workload: Workload) -> Planes:
    """One material, half filled, between reservoirs at one potential."""
    material = LayerMaterial(
        "uniform",
        site_density_per_cm3=1e24 / SPACING_A**3,
        filling=0.5,
        conductivity_S_cm=1e-6,
        barrier_eV=BARRIER_eV,
        permittivity=PERMITTIVITY,
        temperature_K=TEMPERATURE_K,
        pair_energy_eV=(workload.pair_energy_kT or 0.0) * BOLTZMANN_eV_K * TEMPERATURE_K,
    )
    planes = Stack([Layer(material, planes=workload.planes)], site_spacing_A=SPACING_A).planes(TEMPERATURE_K)
    return replace(planes, left=Reservoir(LOWER, 0.0, 0.0), right=Reservoir(UPPER, 0.0, 0.0))


def layered_planes(workload: Workload) -> Planes:
    """Three planes of LCO, then LNO and LGPS in equal parts."""
    half = (workload.planes - 3) // 2
    layers = [Layer("LCO", planes=3), Layer("LNO", planes=half), Layer("LGPS", planes=workload.planes - 3 - half)]
    return Stack(layers).planes(TEMPERATURE_K, VOLTAGE_V)


def run_uniform(workload: Workload, duration: int, seed: int) -> Run:
    """Count the kernel's hops of a while, sampled once in a unit of time."""
    planes, M = uniform_planes(workload), workload.side**2
    slowdown = Slowdown(np.ones(planes.count + 1), np.ones(planes.count))
    tables = grid_engine.prepare(planes, (workload.side, workload.side), slowdown)
    unit_s = math.exp(BARRIER_eV / planes.kT_eV) / float(planes.frequency_Hz[0])
    state = grid_engine.start(tables, planes.filling, Sampling(WARM_UP + duration, unit_s), seed, 0)
    most = 10**15
    advance(tables, state, most, WARM_UP)
    attempts, before = state.attempts, time.thread_time()
    advance(tables, state, most)
    seconds = time.thread_time() - before
    record = state.record
    first, last = WARM_UP - 1, WARM_UP + duration - 1
    crossed = record.mean_crossed[WARM_UP:].mean(axis=0)
    across = record.upward + record.downward
    return Run(
        within=int((record.in_plane[last] - record.in_plane[first]).sum()),
        across=int((across[last] - across[first]).sum()),
        attempts=state.attempts - attempts,
        went_up=float((record.crossed[last] - record.crossed[first]).mean()),
        time=float(duration),
        seconds=seconds,
        occupation=(state.start + crossed[:-1] - crossed[1:]) / M,
    )


def run_layered(workload: Workload, hops: float, seed: int) -> Run:
    """Count the kernel's hops in a stack whose fast layers are slowed down, from the equilibrium of the mean field."""
    planes = layered_planes(workload)
    found = equilibrium(planes)
    tables = grid_engine.prepare(planes, (workload.side, workload.side), even_slowdown(planes, found, EVENNESS))
    state = grid_engine.start(tables, found.occupation, Sampling(1, 1e30), seed, 0)
    advance(tables, state, WARM_UP_PER_SITE * workload.sites)
    attempts, made = state.attempts, state.hops
    before = time.thread_time()
    advance(tables, state, int(3 * hops))
    seconds = time.thread_time() - before
    return Run(state.hops - made, 0, state.attempts - attempts, 0.0, 0.0, seconds, np.zeros(planes.count))


def run_yardstick(program: Path, workload: Workload, duration: int, seed: int) -> Run:
    """Count the hops of the C program."""
    numbers = (workload.pair_energy_kT, workload.side, workload.planes, LOWER, UPPER, WARM_UP, duration, seed)
    command = [str(program), *map(str, numbers)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()  # noqa: S603
    within, across, attempts, went_up, passed, seconds = map(float, lines[0].split())
    occupation = np.array([float(word) for word in lines[1].split()])
    return Run(int(within), int(across), int(attempts), went_up, passed, seconds, occupation)


def measure(repeats: int, hops: float) -> list[tuple[Workload, Runs]]:
    """Run all workloads in turn, each followed by the yardstick."""
    runs = [(workload, Runs()) for workload in WORKLOADS]
    with tempfile.TemporaryDirectory() as folder:
        program = yardstick(Path(folder), "stack_yardstick")
        for repeat in range(repeats):
            for workload, done in runs:
                if workload.sites > LARGE_SITES and repeat >= FEWER:
                    continue
                if workload.pair_energy_kT is None:
                    done.ours.append(run_layered(workload, hops, repeat))
                    continue
                duration = math.ceil(hops / (ACTIVITY * workload.sites))
                done.ours.append(run_uniform(workload, duration, repeat))
                if program is not None:
                    done.in_c.append(run_yardstick(program, workload, duration, repeat))
    return runs


def timings(runs: list[tuple[Workload, Runs]]) -> list[dict[str, Any]]:
    """Speeds: medians, and the range of ours."""
    rows = []
    for workload, done in runs:
        speeds = [run.million_hops_per_s for run in done.ours]
        in_c = statistics.median(run.million_hops_per_s for run in done.in_c) if done.in_c else None
        hops = sum(run.within + run.across for run in done.ours)
        rows.append(
            {
                "workload": workload.name,
                "sites": workload.shape,
                "million_hops_per_s": statistics.median(speeds),
                "slowest": min(speeds),
                "fastest": max(speeds),
                "ns_per_attempt": statistics.median(run.seconds / run.attempts * 1e9 for run in done.ours),
                "acceptance": hops / sum(run.attempts for run in done.ours),
                "yardstick_million_hops_per_s": in_c,
                "ratio_to_yardstick": statistics.median(speeds) / in_c if in_c else None,
                "prototype_as_published": workload.prototype,
            }
        )
    return rows


def observed(workload: Workload, run: Run) -> dict[str, float]:
    """What the kernel and the yardstick must agree on; the current is per site of a plane."""
    return {
        "hops within planes, per site and time": run.within / run.time / workload.sites,
        "hops across gaps, per site and time": run.across / run.time / workload.sites,
        "current downwards": -run.went_up / run.time / workload.side**2,
        "occupation of the first plane": run.occupation[0],
        "occupation of the last plane": run.occupation[-1],
        "occupation of all others": run.occupation[1:-1].mean(),
    }


def agreement(runs: list[tuple[Workload, Runs]]) -> list[dict[str, Any]]:
    """Means of ours and the yardstick's, and their difference in standard errors of it."""
    rows = []
    for workload, done in runs:
        if min(len(done.ours), len(done.in_c)) < FEWEST_TO_COMPARE:
            continue
        ours, in_c = ([observed(workload, run) for run in group] for group in (done.ours, done.in_c))
        for name in ours[0]:
            a, b = (np.array([values[name] for values in group]) for group in (ours, in_c))
            error = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
            rows.append(
                {
                    "workload": f"{workload.name} {workload.shape}",
                    "mean_of": name,
                    "ours": f"{a.mean():.5f}",
                    "yardstick": f"{b.mean():.5f}",
                    "standard_errors_apart": (a.mean() - b.mean()) / error,
                }
            )
    return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--hops", type=float, default=2e6, help="of each timing, about")
    parser.add_argument("--json", type=Path, help="write all rows to this file")
    options = parser.parse_args()
    started = time.perf_counter()
    CONSOLE.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"numba {version('numba')}"
    )
    runs = measure(options.repeats, options.hops)
    results = {"stacks": timings(runs), "agreement": agreement(runs)}
    show("Stacks, one core", results["stacks"])
    show("What was simulated, beside the yardstick", results["agreement"])
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    CONSOLE.print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
