"""Kinetic Monte Carlo of a stack: space charge in equilibrium, and resistances under a small bias both ways.

*Slowdown.* Fast hops are slowed down, in both directions alike (see `transport.stack_kmc.slowdown`).

*Drops.* Those of the electrochemical potential follow from the ions and empty sites of each plane (see
`transport.stack_kmc.estimates`).

*Start.* Replicas begin with the occupations of the steady state of the mean field, so that little is left to relax.

*Bias.* One third of the replicas has none, and gives the profile; the others have one to either side, whose half
difference has no even order, such as the rectification of a space charge. The next order is that of hops over a
barrier, 2 sinh(drop / 2kT) for drop / kT: resistances come out low by at most the square of `bias_kT` over 24.
"""

from __future__ import annotations

import dataclasses
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import ComputationError, InputError
from interfacekit.limits import cores
from interfacekit.quantities import PARTICLE_SIZE
from interfacekit.results import provenance
from interfacekit.transport.continuum.drift_diffusion import steady_state
from interfacekit.transport.continuum.equilibrium import Equilibrium, equilibrium
from interfacekit.transport.runs.pool import run_replicas
from interfacekit.transport.runs.request import Request
from interfacekit.transport.runs.resuming import checkpoint as open_checkpoint
from interfacekit.transport.runs.resuming import require_same_run
from interfacekit.transport.stack_kmc import grid_engine
from interfacekit.transport.stack_kmc.estimates import bulk_with_pairs, hop_shares, means_at_rest, resistances
from interfacekit.transport.stack_kmc.grid_engine import FEWEST_CELLS
from interfacekit.transport.stack_kmc.options import DIRECTIONS, SAMPLES, StackRunOptions, require_hops_time
from interfacekit.transport.stack_kmc.planes_engine import Sampling
from interfacekit.transport.stack_kmc.replica import StackReplica
from interfacekit.transport.stack_kmc.slowdown import (
    Slowdown,
    conductance_factors,
    even_slowdown,
    hops_Hz,
    saves_attempts_by_ion,
    small_bias_V,
)
from interfacekit.transport.stacks.assembly import Computation, stack_parameters, stack_transport
from interfacekit.transport.stacks.result import PARTICLE_SIZE_um, StackTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from interfacekit.transport.runs.replica_files import ReplicaFile
    from interfacekit.transport.stacks.layered import LayeredStack
    from interfacekit.transport.stacks.planes import Ends, Planes


def simulate_stack(
    stack: LayeredStack,
    voltage_V: float | None = None,
    temperature_K: float = 298.15,
    *,
    options: StackRunOptions | None = None,
    ends: Ends = "fixed",
    particle_size_um: float = PARTICLE_SIZE_um,
    threads: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> StackTransport:
    """Space charge and resistance of a stack by kinetic Monte Carlo.

    Parameters
    ----------
    stack
        Layers between two reservoirs.
    voltage_V
        Of the cathode against Li/Li+; needed where an outermost layer conducts electrons.
    temperature_K
        Kelvin.
    options
        Hops, replicas, seed, and how strongly fast hops are slowed down.
    ends
        `fixed`; a steady current needs ends that are held at their potentials.
    particle_size_um
        Diameter of the cathode particles whose capacity the space charge is compared with.
    threads
        At most so many replicas at a time; all cores by default. Results do not depend on it.
    checkpoint
        Directory that keeps what was run; the same call with the same directory goes on from there. A call that differs
        in nothing but more hops continues the same trajectories, with as many more samples at the intervals of the
        first call: its result depends on the hops of the first call (`first_hops` of the provenance) and of this one
        alone. Fewer hops are refused.
    progress
        Called now and then with the share done.

    Returns
    -------
    StackTransport
        Method `kmc`.

    Raises
    ------
    InputError
        If the temperature, voltage or options are not possible, a reservoir would be empty or full, or the directory
        keeps another run, or is in use.
    ComputationError
        If there were too few hops to resolve the current, or to meet a plane's rare ions or empty sites.
    """
    if ends != "fixed":
        raise InputError(f"no steady current passes {ends} ends; give fixed ones")
    chosen = options or StackRunOptions()
    particle_size_um = PARTICLE_SIZE.check(particle_size_um)
    driven = _driven(stack, voltage_V, temperature_K, chosen)
    planes, request = driven.planes, driven.request(chosen)
    require_same_run(checkpoint, request)
    factors = conductance_factors(planes, driven.rest, driven.slowdown)
    repeats = _repeats(planes, chosen)
    make = _replica_maker(driven, _biased(stack, voltage_V, driven), factors, repeats, chosen)
    require_hops_time(chosen.hops, min(threads or cores(), cores(), chosen.replicas))
    with open_checkpoint(checkpoint, request, plan=lambda: _sampling(driven, repeats, chosen)) as kept:
        sampling = Sampling(round(kept.run.sampling["samples"] * kept.run.extension), kept.run.sampling["interval_s"])
        kept.announce(chosen.replicas, sampling.samples)
        replicas = run_replicas(
            lambda number: make(number, sampling, kept.file(number)), chosen.replicas, threads, progress
        )
    by_direction = {direction: replicas[place :: len(DIRECTIONS)] for place, direction in enumerate(DIRECTIONS)}
    found = resistances(planes, by_direction, factors, driven.shares(factors))
    cells: dict[str, Any] = {} if repeats is None else {"repeats": list(repeats)}
    origin = provenance(
        **stack_parameters(stack),
        voltage_V=voltage_V,
        temperature_K=planes.temperature_K,
        ends=ends,
        particle_size_um=particle_size_um,
        method="kmc",
        **{**dataclasses.asdict(chosen), "cells": list(chosen.cells)},
        **kept.run.origin,
        **cells,
        bias_V=driven.bias_V,
        largest_slowdown=float(1 / driven.slowdown.gaps.min()),
        hops_made=int(sum(r.state.hops for r in replicas)),
        **bulk_with_pairs(planes),
    )
    return stack_transport(
        stack,
        planes,
        means_at_rest(planes, by_direction),
        found,
        Computation("kmc", origin, hop_shares(planes, replicas)),
        voltage_V=voltage_V,
        particle_size_um=particle_size_um,
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Driven:
    """A stack in the equilibrium of its mean field, and the slowdown and the bias with which it is simulated."""

    planes: Planes
    rest: Equilibrium
    slowdown: Slowdown
    bias_V: float

    def request(self, options: StackRunOptions) -> Request:
        """Return the run that a checkpoint belongs to: all but the hops determines the trajectories."""
        course = {key: value for key, value in dataclasses.asdict(options).items() if key != "hops"}
        return Request((self.planes, self.slowdown, self.bias_V, course), options.hops, options.replicas)

    def shares(self, factors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of each gap in the bias, with the factors of its conductance; shape (P + 1,)."""
        drops = np.exp(self.rest.log_resistance - self.rest.log_resistance.max()) / factors
        return np.asarray(drops / drops.sum())


def _driven(stack: LayeredStack, voltage_V: float | None, temperature_K: float, options: StackRunOptions) -> _Driven:
    planes = stack.planes(temperature_K, voltage_V)
    rest = equilibrium(planes)
    slowdown = even_slowdown(planes, rest, options.evenness)
    return _Driven(planes, rest, slowdown, small_bias_V(planes, rest, slowdown, options.bias_kT))


def _biased(stack: LayeredStack, voltage_V: float | None, driven: _Driven) -> dict[int, Planes]:
    """The planes under the bias, by its direction."""
    temperature_K = driven.planes.temperature_K
    return {
        direction: stack.planes(temperature_K, voltage_V, bias_V=direction * driven.bias_V) for direction in DIRECTIONS
    }


def _repeats(planes: Planes, options: StackRunOptions) -> tuple[int, int] | None:
    """Cells of linked planes along both vectors; None of regular ones."""
    if planes.links is None:
        return None
    from interfacekit.transport.stack_kmc.crystal_engine import check_repeats, repeats_of

    repeats = repeats_of(planes.links, options.cells[0] * options.cells[1])
    check_repeats(planes.links, repeats)
    return repeats


def _replica_maker(
    driven: _Driven,
    biased: Mapping[int, Planes],
    factors: NDArray[np.float64],
    repeats: tuple[int, int] | None,
    options: StackRunOptions,
) -> Callable[[int, Sampling, ReplicaFile | None], StackReplica]:
    """Return what makes the replicas of a run from their number, samples and file."""
    slowdown, cells, check = driven.slowdown, options.cells, options.check
    start = {
        direction: steady_state(dataclasses.replace(planes, frequency_Hz=planes.frequency_Hz * factors)).occupation
        for direction, planes in biased.items()
    }
    if repeats is None:
        engine: Any = grid_engine
        by_ion = min(cells) >= FEWEST_CELLS and saves_attempts_by_ion(driven.planes, driven.rest, slowdown)
        prepare = partial(grid_engine.prepare, cells=cells, slowdown=slowdown, by_ion=by_ion, check=check)
    else:
        from interfacekit.transport.stack_kmc import crystal_engine as engine

        prepare = partial(engine.prepare, repeats=repeats, slowdown=slowdown, check=check)
    tables = {direction: prepare(planes) for direction, planes in biased.items()}

    def make(number: int, sampling: Sampling, file: ReplicaFile | None) -> StackReplica:
        direction = DIRECTIONS[number % len(DIRECTIONS)]
        state = engine.start(tables[direction], start[direction], sampling, options.seed, number)
        return StackReplica(tables[direction], state, file)

    return make


def _sampling(driven: _Driven, repeats: tuple[int, int] | None, options: StackRunOptions) -> dict[str, float]:
    """Samples of a replica, and the time between them in which the wanted hops are made by the rates of the mean field.

    Raises
    ------
    ComputationError
        If there are none.
    """
    planes = driven.planes
    rate_Hz = sum(float(hops.sum()) for hops in hops_Hz(planes, driven.rest, driven.slowdown))
    rate_Hz *= math.prod(repeats or options.cells)
    if not rate_Hz > 0:
        raise ComputationError(
            f"at {planes.temperature_K:g} K no ion moves within the age of the universe; give a higher temperature"
        )
    return {"samples": SAMPLES, "interval_s": options.hops / options.replicas / SAMPLES / rate_Hz}


def require_same_stack(
    checkpoint: str | Path | None,
    stack: LayeredStack,
    voltage_V: float | None,
    temperature_K: float,
    options: StackRunOptions,
) -> None:
    """Refuse a directory before any work, if it keeps checkpoints of another run than `simulate_stack` would make.

    Raises
    ------
    InputError
        If it keeps another run, or more hops.
    """
    if checkpoint is not None:
        require_same_run(checkpoint, _driven(stack, voltage_V, temperature_K, options).request(options))
