"""How fast the kernels are on this machine: hops per second of one core, for workloads of rising difficulty.

Interacting workloads are repulsive: each pair of neighbouring ions costs +kT/2, or +kT with class lists. They are not
the attractive lattice gas that SPPARKS is measured with, whose ions cluster and hop more rarely.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.quantities import BENCH_SITES, SECONDS
from interfacekit.results import provenance
from interfacekit.transport.bulk.choice import prepared
from interfacekit.transport.bulk.result import KernelTiming
from interfacekit.transport.hopping.lattice import FEWEST_CELLS, Lattice, regular_lattice
from interfacekit.transport.hopping.rates import HoppingModel, gaussian_barriers_eV, gaussian_site_energies_eV

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from interfacekit.transport.bulk.engine import State, Tables
    from interfacekit.transport.bulk.options import Kernel

TEMPERATURE_K = 300.0
FILLING = 0.5
#: Measurements of which the median is taken.
REPEATS = 5
#: Attempts that bring a random configuration to equilibrium and warm the caches, for each site, and at most.
WARM_UP_PER_SITE, MOST_WARM_UP = 20, 50_000_000
#: Smaller boxes are no boxes, and larger ones take long to make.
#: Tables of a network of more sites would take gigabytes.
MOST_NETWORK_SITES = 2_000_000

_kT = BOLTZMANN_eV_K * TEMPERATURE_K
_DISTANCE_A, _BARRIER_eV, _DISORDERED_BARRIER_eV, _DISORDER_eV = 3.0, 0.3, 0.35, 0.025


@dataclass(frozen=True)
class _Workload:
    description: str
    kernel: Kernel
    model: Callable[[Lattice], HoppingModel]

    @property
    def on_network(self) -> bool:
        return self.kernel != "lattice"


def _disordered(lattice: Lattice) -> HoppingModel:
    sites = lattice.network()
    return HoppingModel(
        sites,
        FILLING,
        gaussian_barriers_eV(sites, _DISORDERED_BARRIER_eV, _DISORDER_eV, seed=1),
        site_energies_eV=gaussian_site_energies_eV(sites, _DISORDER_eV, seed=2),
    )


_WORKLOADS = {
    "free": _Workload("no interactions", "lattice", lambda lattice: HoppingModel(lattice, FILLING, _BARRIER_eV)),
    "repulsion": _Workload(
        "repulsion kT/2, Metropolis",
        "lattice",
        lambda lattice: HoppingModel(lattice, FILLING, 0.0, pair_energies_eV=_kT / 2),
    ),
    "barriers": _Workload(
        "repulsion kT/2, barriers",
        "lattice",
        lambda lattice: HoppingModel(lattice, FILLING, _BARRIER_eV, pair_energies_eV=_kT / 2),
    ),
    "network": _Workload("disorder of 25 meV", "rejection", _disordered),
    "class-lists": _Workload(
        "repulsion kT, barriers",
        "class lists",
        lambda lattice: HoppingModel(lattice.network(), FILLING, _BARRIER_eV, pair_energies_eV=_kT),
    ),
}
#: Names that `kernel_benchmark` knows, the easy ones first.
WORKLOADS = tuple(_WORKLOADS)


def cases(sites: Iterable[float]) -> list[tuple[str, int]]:
    """Workloads and cells along each axis for boxes of about so many sites, without networks that are too large.

    Raises
    ------
    InputError
        If a number of sites is not possible.
    """
    boxes = [round(BENCH_SITES.check(number) ** (1 / 3)) for number in sites]
    return [(workload, cells) for workload in WORKLOADS for cells in boxes if can_measure(workload, cells)]


def can_measure(workload: str, cells: int) -> bool:
    """Whether the tables of a workload fit into memory with so many cells along each axis."""
    return cells**3 <= (MOST_NETWORK_SITES if _WORKLOADS[workload].on_network else 2 * BENCH_SITES.high)


def kernel_benchmark(workload: str, cells: int, seconds: float) -> KernelTiming:
    """Measure the hops per second of one core.

    Parameters
    ----------
    workload
        One of `WORKLOADS`: a simple cubic lattice, half filled, at 300 K.
    cells
        Along each axis.
    seconds
        About how long to measure, after a warm-up that also brings the ions to equilibrium.

    Raises
    ------
    InputError
        If there is no such workload, the box is too small or too large, or the time is not possible.
    """
    if workload not in _WORKLOADS:
        raise InputError(f"no workload {workload!r}; there is {', '.join(WORKLOADS)}")
    SECONDS.check(seconds)
    if cells < FEWEST_CELLS or not can_measure(workload, cells):
        raise InputError(
            f"{workload} cannot be measured with {cells} cells along each axis; give {FEWEST_CELLS} or more, and for a "
            f"network at most {MOST_NETWORK_SITES:g} sites"
        )
    chosen = _WORKLOADS[workload]
    model = chosen.model(regular_lattice("simple_cubic", cells, _DISTANCE_A))
    engine, tables = prepared(model, TEMPERATURE_K, chosen.kernel, "ions")
    state = engine.start(tables, 1, 0)

    def timed(attempts: int) -> float:
        before = time.perf_counter()
        engine.advance(tables, state, 1, attempts)
        return time.perf_counter() - before

    first_call_s = timed(1)
    warm_up = min(WARM_UP_PER_SITE * model.sites.n_sites, MOST_WARM_UP)
    attempts = max(int(seconds / REPEATS * warm_up / timed(warm_up)), 1000)
    hops, durations = np.zeros(REPEATS), np.zeros(REPEATS)
    for k in range(REPEATS):
        before = int(state.hop_counts.sum())
        durations[k] = timed(attempts)
        hops[k] = int(state.hop_counts.sum()) - before
    speeds = hops / durations / 1e6
    return KernelTiming(
        workload=workload,
        description=chosen.description,
        sites=model.sites.n_sites,
        kernel=tables.name,
        million_hops_per_s=float(np.median(speeds)),
        slowest_million_hops_per_s=float(speeds.min()),
        fastest_million_hops_per_s=float(speeds.max()),
        ns_per_attempt=float(np.median(durations)) / attempts * 1e9,
        acceptance=float(hops.sum()) / (attempts * REPEATS),
        bytes_per_site=_bytes(tables, state) / model.sites.n_sites,
        first_call_s=first_call_s,
        provenance=provenance(
            workload=workload,
            cells=cells,
            seconds=seconds,
            temperature_K=TEMPERATURE_K,
            filling=FILLING,
            warm_up_attempts=warm_up,
            attempts=attempts,
            repeats=REPEATS,
        ),
    )


def _bytes(tables: Tables, state: State) -> int:
    """Bytes of the state that hops change, and of the kernel's tables."""
    changed = [array for name, array in state.arrays.items() if name not in ("plan", "record")]
    return sum(array.nbytes for array in changed) + tables.nbytes
