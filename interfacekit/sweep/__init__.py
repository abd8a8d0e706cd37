"""Sweeps: one task at every point of a grid, here or on other cores and machines; a killed sweep goes on."""

from interfacekit.store import Record, Store
from interfacekit.sweep.executors import executor
from interfacekit.sweep.grids import grid, task_name
from interfacekit.sweep.runs import run

__all__ = ["Record", "Store", "executor", "grid", "run", "task_name"]
