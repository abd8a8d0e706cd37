"""Runs with checkpoints: which run a folder belongs to, and how it goes on."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacekit.transport.bulk.replica import Plan
from interfacekit.transport.runs.request import Request
from interfacekit.transport.runs.resuming import checkpoint, require_same_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interfacekit.transport.bulk.options import RunOptions
    from interfacekit.transport.bulk.replica import Replica
    from interfacekit.transport.hopping.rates import HoppingModel
    from interfacekit.transport.runs.replica_files import ReplicaFile


def require_same(folder: str | Path, model: HoppingModel, temperature_K: float, options: RunOptions) -> None:
    """Refuse a folder before any work, if it keeps another run, or more hops.

    Raises
    ------
    InputError
        If it does.
    """
    require_same_run(folder, _request(model, temperature_K, options))


def folders_of_series(
    folder: str | Path, model: HoppingModel, temperatures_K: Sequence[float], options: RunOptions
) -> list[Path]:
    """Return the folder of each temperature of a series, unless one of them keeps another run.

    Raises
    ------
    InputError
        If a folder keeps another run, or more hops.
    """
    folders = [Path(folder) / f"{temperature:.10g}K" for temperature in temperatures_K]
    for path, temperature in zip(folders, temperatures_K, strict=True):
        require_same(path, model, temperature, options)
    return folders


def resumed(
    folder: str | Path,
    asked: tuple[HoppingModel, float, RunOptions],
    plan: Callable[[], Plan],
    run: Callable[[Plan, Callable[[int], ReplicaFile | None]], list[Replica]],
) -> tuple[list[Replica], dict[str, Any]]:
    """Go on from the checkpoints of a folder, or begin them.

    Parameters
    ----------
    folder
        Made where there is none.
    asked
        Model, temperature (K) and options of the run that is asked for.
    plan
        Returns the windows of a first request; later ones continue these.
    run
        Runs the replicas of a plan, each with its file.

    Returns
    -------
    replicas : list of Replica
    origin : dict
        Hops of the first request for the provenance, where they are not those of this one.
    """
    request = _request(*asked)
    with checkpoint(folder, request, plan=lambda: dataclasses.asdict(plan())) as kept:
        whole = Plan(**kept.run.sampling).extended(kept.run.extension)  # type: ignore[arg-type]  # whole ones are whole
        kept.announce(request.replicas, whole.total_samples)
        return run(whole, kept.file), kept.run.origin


def _request(model: HoppingModel, temperature_K: float, options: RunOptions) -> Request:
    """Run that a checkpoint belongs to: all but the hops determines the trajectories."""
    course = {key: value for key, value in dataclasses.asdict(options).items() if key != "hops"}
    return Request((model, temperature_K, course), options.hops, options.replicas)
