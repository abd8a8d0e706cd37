"""Hops of lattice_mc on the simple cubic lattice, half filled.

    hops_of_lattice_mc.py CELLS HOPS [free|metropolis] [SEED]

Runs in an environment of its own (`pip install numpy scipy`, then `pip install --no-deps lattice_mc`). Neighbours
repel each other by kT / 2 in "metropolis". Prints one line of JSON; the set-up is not timed.
"""

from __future__ import annotations

import importlib.metadata
import json
import random
import sys
import time
import warnings

warnings.simplefilter("ignore")  # old escapes in its regular expressions

from lattice_mc import init_lattice, simulation  # noqa: E402
from lattice_mc.global_vars import kT  # noqa: E402


def main(cells: str, hops: str, workload: str = "free", seed: str = "1") -> None:
    """Time the hops."""
    edge, number = int(cells), int(hops)
    if workload not in ("free", "metropolis"):
        sys.exit(f"workload must be free or metropolis, not {workload}")
    random.seed(int(seed))
    run = simulation.Simulation()
    run.lattice = init_lattice.cubic_lattice(edge, edge, edge, 1.0)
    run.set_number_of_atoms(edge**3 // 2)
    if workload == "metropolis":
        run.set_nn_energy(0.5 * kT)
        run.setup_lookup_table()
    run.set_number_of_jumps(number)
    start = time.perf_counter()
    run.run()
    seconds = time.perf_counter() - start
    if sum(atom.number_of_hops for atom in run.atoms.atoms) != number:
        sys.exit("lattice_mc lost a hop")
    print(
        json.dumps(
            {
                "peer": "lattice_mc",
                "version": importlib.metadata.version("lattice_mc"),
                "workload": workload,
                "sites": edge**3,
                "hops": number,
                "seconds": round(seconds, 6),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
