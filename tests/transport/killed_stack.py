"""A run of a stack that kills itself: `python killed_stack.py DIRECTORY advance|write COUNT`."""

import sys

import numpy as np

from interfacekit.transport import stack_replica
from interfacekit.transport.stack import Layer, Stack
from interfacekit.transport.stack_engine import StackEngine
from interfacekit.transport.stack_kmc import StackRunOptions, simulate_stack

STACK = Stack([Layer("LCO"), Layer("LNO", 1.0), Layer("LGPS", 1.2)])
OPTIONS = StackRunOptions(hops=6e5, replicas=3, seed=5, cells=(12, 12))


def run(folder):
    return simulate_stack(STACK, 4.0, 300.0, options=OPTIONS, checkpoint=folder, threads=2)


def main(folder, where, count):
    from killed_run import _kill_at, _write_half

    stack_replica.CHECKPOINT_EVERY_s = 0.0
    stack_replica.CHUNK = 40_009
    if where == "advance":
        _kill_at(StackEngine, "advance", int(count))
    else:
        _kill_at(np, "savez", int(count), _write_half)
    run(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
