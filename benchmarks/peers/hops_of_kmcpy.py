"""Hops of kMCpy on the simple cubic lattice, half filled.

    hops_of_kmcpy.py CELLS HOPS [free|kra] [SEED]

Runs in an environment of its own (`pip install kmcpy`). "free": one barrier for all. "kra": neighbours repel each other
by kT / 2, and the barrier is constant but for half of the change in energy; both are cluster expansions written by hand
here, of ten sites around a hop. Events are made here too, through kMCpy's own classes. The loop is that of its
`KMC.run`, which can only be asked for multiples of the number of sites. Prints one line of JSON; the set-up is not
timed.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import logging
import sys
import time

import numpy as np
from kmcpy import KMC, CompositeLCEModel, Configuration, Event, LocalBarrierModel, LocalClusterExpansion, State, Tracker
from kmcpy.event import EventLib
from kmcpy.units import BOLTZMANN_CONSTANT_MEV_PER_K
from numba import njit
from numba.typed import List
from pymatgen.core import Lattice, Structure

TEMPERATURE, BARRIER, WARM_UP = 300.0, 300.0, 5  # K, meV, hops
STEPS = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])


@njit
def rows(start: np.ndarray, entries: np.ndarray) -> List:
    """Lists of lists as kMCpy keeps them."""
    lists = List()
    for i in range(start.size - 1):
        row = List()
        for j in range(start[i], start[i + 1]):
            row.append(entries[j])
        lists.append(row)
    return lists


def event_library(cells: int, *, environment: bool) -> tuple[EventLib, np.ndarray]:
    """One event for each pair of neighbours; if asked, with the other five neighbours of both sites."""
    sites = np.stack(np.unravel_index(np.arange(cells**3), (cells,) * 3), axis=1)
    beside = np.ravel_multi_index(tuple(((sites[:, None] + STEPS) % cells).T), (cells,) * 3).T
    library = EventLib()
    for i in range(cells**3):
        for k in (0, 2, 4):
            j = int(beside[i, k])
            around = [*np.delete(beside[i], k).tolist(), *np.delete(beside[j], k + 1).tolist()]
            library.add_event(Event((i, j), tuple(around) if environment else ()))
    # What `generate_event_dependencies` finds, in a time that does not grow as the square of the number of sites.
    dependent = [
        sorted(
            set(itertools.chain(*(library.site_to_events[s] for s in (*e.mobile_ion_indices, *e.local_env_indices))))
        )
        for e in library.events
    ]
    start = np.concatenate([[0], np.cumsum([len(d) for d in dependent])])
    library.event_dependencies = rows(start, np.fromiter(itertools.chain(*dependent), np.int64))
    return library, sites / cells


def expansion(clusters: list[list[list[int]]], coefficients: list[float], constant: float) -> LocalClusterExpansion:
    """Cluster expansion in products of how many of its sites are vacant; meV."""
    model = LocalClusterExpansion.from_dict(
        {
            "cluster_site_indices": clusters,
            "correlation_basis_indices": [[[0] * len(c) for c in orbit] for orbit in clusters],
            "site_basis_values": [[[0.0], [1.0]]] * 10,
        }
    )
    model.set_parameters({"keci": coefficients, "empty_cluster": constant})
    return model


def rate_model(workload: str) -> LocalBarrierModel | CompositeLCEModel:
    """Rates of the workload."""
    if workload == "free":
        return LocalBarrierModel.constant_barrier(BARRIER)
    eps = 0.5 * BOLTZMANN_CONSTANT_MEV_PER_K * TEMPERATURE
    from_side, to_side = [[s] for s in range(5)], [[s] for s in range(5, 10)]
    return CompositeLCEModel(
        site_model=expansion([from_side, to_side], [eps, -eps], 0.0),
        kra_model=expansion([from_side + to_side], [0.0], BARRIER),
    )


def main(cells: str, hops: str, workload: str = "free", seed: str = "1") -> None:
    """Time the hops."""
    if workload not in ("free", "kra"):
        sys.exit(f"workload must be free or kra, not {workload}")
    logging.disable(logging.WARNING)
    n, number = int(cells) ** 3, int(hops)
    rng = np.random.default_rng(int(seed))
    library, places = event_library(int(cells), environment=workload == "kra")
    structure = Structure(Lattice.cubic(3.0 * int(cells)), ["Li"] * n, places)
    vacant = np.zeros(n, int)
    vacant[rng.permutation(n)[n // 2 :]] = 1
    state = State(vacant.tolist())
    config = Configuration(elementary_hop_distance=3.0, temperature=TEMPERATURE, attempt_frequency=1e13)
    kmc = KMC(structure, rate_model(workload), library, config, simulation_state=state)
    kmc.rng = rng
    tracker = Tracker(config, structure, state, property_plan=kmc.property_plan, default_property_interval=n)

    def run(count: int) -> None:
        for _ in range(count):
            event, dt = kmc.propose(library.events)
            tracker.update(event, dt)
            kmc.update(event, dt=dt)
            tracker.sample_properties(step=state.step, sim_time=state.time)

    run(WARM_UP)
    start = time.perf_counter()
    run(number)
    seconds = time.perf_counter() - start
    if tracker.hop_counter.sum() != number + WARM_UP or sum(state.occupations) != n - n // 2:
        sys.exit("kMCpy lost an ion or a hop")
    print(
        json.dumps(
            {
                "peer": "kmcpy",
                "version": importlib.metadata.version("kmcpy"),
                "workload": workload,
                "sites": n,
                "hops": number,
                "seconds": round(seconds, 6),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
