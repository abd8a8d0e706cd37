"""A run that kills itself, for a process of its own.

It saves a checkpoint at every chance, and is killed at the given call of the kernel, or while it writes one.
"""

import os
import signal

import numpy as np

from interfacekit.transport.bulk import lattice_engine, network_engine, replica
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.bulk.simulate import simulate
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.rates import HoppingModel

LATTICE = regular_lattice("layered_triangular", 4)
RUNS = {
    "vacancies on a lattice": (
        HoppingModel(LATTICE, 0.8, (0.3, 0.32)),
        RunOptions(hops=4e5, replicas=2, seed=3, kernel="lattice", walkers="vacancies", hops_per_ion=10.0),
    ),
    "class lists": (
        HoppingModel(LATTICE, 0.4, 0.3, site_energies_eV=np.linspace(-0.05, 0.05, 64), pair_energies_eV=0.03),
        RunOptions(hops=1e5, replicas=2, seed=3, kernel="class lists", hops_per_ion=5.0),
    ),
}


def run(folder, name, **options):
    model, chosen = RUNS[name]
    return simulate(model, 600.0, options=chosen, checkpoint=folder, threads=2, **options)


def kill_at(owner, name, count, before=lambda *_: None):
    """Let the count-th call of a function kill the process."""
    original, calls = getattr(owner, name), 0

    def wrapped(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == count:
            before(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)

    setattr(owner, name, wrapped)


def write_half(file):
    file.write(b"PK\x03\x04 the first half")
    file.flush()


def main(folder, name, where, count):
    replica.CHECKPOINT_EVERY_s = 0.0
    replica.CHUNK = 20_011
    if where == "advance":
        kill_at(lattice_engine if RUNS[name][1].kernel == "lattice" else network_engine, "advance", count)
    else:
        kill_at(np, "savez", count, write_half)
    run(folder, name)
