"""A run of a stack that kills itself, for a process of its own."""

import numpy as np

from interfacekit.transport.stack_kmc import replica as stack_replica
from interfacekit.transport.stack_kmc.options import StackRunOptions
from interfacekit.transport.stack_kmc.simulate import simulate_stack
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.transport.bulk.killed_run import kill_at, write_half

STACK = Stack([Layer("LCO"), Layer("LNO", 1.0), Layer("LGPS", 1.2)])
OPTIONS = StackRunOptions(hops=6e5, replicas=3, seed=5, cells=(12, 12))


def run(folder):
    return simulate_stack(STACK, 4.0, 300.0, options=OPTIONS, checkpoint=folder, threads=2)


def main(folder, where, count):
    stack_replica.CHECKPOINT_EVERY_s = 0.0
    stack_replica.CHUNK = 40_009
    if where == "advance":
        kill_at(stack_replica, "advance", count)
    else:
        kill_at(np, "savez", count, write_half)
    run(folder)
