"""Sweeps: a task at every point of a grid, on this or other machines; an interrupted sweep continues."""

from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.store import Record, Store
    from interfacekit.sweep.executors import executor
    from interfacekit.sweep.grids import grid, task_name
    from interfacekit.sweep.runs import run

_HOMES = {
    "interfacekit.store": ("Record", "Store"),
    "interfacekit.sweep.executors": ("executor",),
    "interfacekit.sweep.grids": ("grid", "task_name"),
    "interfacekit.sweep.runs": ("run",),
}

__all__ = ["Record", "Store", "executor", "grid", "run", "task_name"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
