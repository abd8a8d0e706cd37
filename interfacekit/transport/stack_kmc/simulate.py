"""Kinetic Monte Carlo of a stack: space charge in equilibrium, and resistances under a small bias both ways.

*Slowdown.* Layers hop at rates that differ by many orders of magnitude, and a plain run would spend all its events in
the fastest. Hops across each gap are slowed down, in both directions alike, to at most `evenness` times the exchange of
the slowest gap in the mean field. That changes neither equilibrium nor detailed balance. Where ions on facing sites are
independent, the electrochemical potential drops in linear response by R_g I in gap g whatever the other gaps are, so
that a gap whose hops are slower by a factor s has the resistance s times the one that was measured. They are not where
an ion that has crossed hops back before it has gone elsewhere; what takes it elsewhere is therefore left fast enough to
make them so, or as fast as it really is.

*Drops.* The electrochemical potential of a plane follows from its own ions and its empty sites, by detailed balance
between them (Widom 1963, doi:10.1063/1.1734110): exp(eta / kT) = <n> / <(1 - n) exp(-E / kT)>.

*Start.* Replicas begin with the occupations of the steady state of the mean field, so that little is left to relax.

*Bias.* One third of the replicas has none, and gives the profile; the others have one to either side, whose half
difference has no even order, such as the rectification of a space charge. The next order is that of hops over a
barrier, 2 sinh(drop / 2kT) for drop / kT: resistances come out low by at most the square of `bias_kT` over 24.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.constants import OHM_CM2_PER_V_A2_s_e
from interfacekit.errors import ComputationError, InputError
from interfacekit.kernels.stacks.state import MOST_SITES_OF_A_PLANE
from interfacekit.limits import MOST_s, require_time
from interfacekit.quantities import (
    EVENNESS,
    HOPS,
    PARTICLE_SIZE,
    PLANE_CELLS,
    SEED,
    STACK_REPLICAS,
    BIAS_kT,
    check_switch,
    keep_plain,
)
from interfacekit.results import provenance
from interfacekit.sweep.cores import cores
from interfacekit.transport.continuum import mean_field
from interfacekit.transport.continuum.drift_diffusion import steady_state
from interfacekit.transport.continuum.space_charge import Equilibrium, equilibrium, stack_parameters
from interfacekit.transport.runs.checkpoint import Request, require_same_run
from interfacekit.transport.runs.checkpoint import checkpoint as open_checkpoint
from interfacekit.transport.runs.pool import run_replicas
from interfacekit.transport.runs.statistics import Estimate, jackknife_of_joined
from interfacekit.transport.stack_kmc.crystal_engine import NetworkStackEngine, check_repeats, repeats_of
from interfacekit.transport.stack_kmc.grid_engine import FEWEST_CELLS, StackEngine
from interfacekit.transport.stack_kmc.planes_engine import Slowdown
from interfacekit.transport.stack_kmc.replica import BLOCKS, Blocks, StackReplica
from interfacekit.transport.stacks.result import (
    PARTICLE_SIZE_um,
    StackTransport,
    drops_V,
    interior_gaps,
    net_charges,
    resistance_parts,
    sides_of_contacts,
    space_charges,
    stack_transport,
    unique_names,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from interfacekit.transport.stack_kmc.planes_engine import PlanesEngine
    from interfacekit.transport.stacks.layered import LayeredStack
    from interfacekit.transport.stacks.planes import Ends, Planes

#: Samples of a replica.
SAMPLES = 640
#: Directions of the bias of replicas 0, 1, 2, ...
DIRECTIONS = (0, 1, -1)
#: Neighbouring blocks that are joined when errors are estimated.
JOINED_BLOCKS = (1, 2, 4)
#: The same of means without a bias, up to whole replicas, as long as this many degrees of freedom are left.
ALL_JOINED_BLOCKS = (1, 2, 4, 8, 16)
FEWEST_FREE = 3
#: Of a plane's ions, or its empty sites, at least such a share has to be seen outside of any one block.
FEWEST_SEEN = 1e-9
#: Ions that face each other across a gap separate so many times as fast as makes their hops differ from independent.
SEPARATION = 20.0
#: Of the resistance: gaps with less of it need not be those of the mean field.
LEAST_SHARE = 1e-3
#: Rates beyond it, in those of the slowest gap, are all alike.
LARGEST_LOG_RATE = 600.0
#: What an attempt costs that draws an ion, in those that draw a bond.
COST_BY_ION = 8.0
#: A current with fewer standard errors is not told from none.
RESOLVED = 3.0
#: Hops of a stack on one core: a usual number, for estimates of time alone.
HOPS_PER_s = 3e6


@dataclasses.dataclass(frozen=True)
class StackRunOptions:
    """How a stack is run.

    Attributes
    ----------
    hops
        Accepted hops, all replicas together (about).
    replicas
        Independent runs, three or more.
    seed
        Determines all random numbers; results do not depend on threads, chunks or restarts.
    cells
        Sites of each plane along x and y; in small planes a single ion moves the potential. Of a stack of crystals as
        many cells are taken as make planes of so many sites on average.
    evenness
        Exchange of the fastest gaps over that of the slowest one, 1 or more; infinite leaves all hops as they are. Gaps
        beside one whose ions would soon come back across it may be faster.
    bias_kT
        Largest drop of the electrochemical potential in a gap; 0.3 costs at most 0.4 % of the resistance.
    check
        Assert in every attempt that no rate is above its bound.
    """

    hops: float = 3e7
    replicas: int = 6
    seed: int = 0
    cells: tuple[int, int] = (50, 50)
    evenness: float = 3.0
    bias_kT: float = 0.3
    check: bool = False

    def __post_init__(self) -> None:
        nx, ny = (PLANE_CELLS.check(cells) for cells in self.cells)
        if nx * ny > MOST_SITES_OF_A_PLANE:
            raise InputError(
                f"planes of {nx} x {ny} sites are not possible; give at most {MOST_SITES_OF_A_PLANE} in all, such as "
                "50 x 50"
            )
        keep_plain(
            self,
            hops=HOPS.check(self.hops),
            replicas=STACK_REPLICAS.check(self.replicas),
            seed=SEED.check(self.seed),
            cells=(nx, ny),
            evenness=math.inf if self.evenness == math.inf else EVENNESS.check(self.evenness),
            bias_kT=BIAS_kT.check(self.bias_kT),
            check=check_switch(self.check, "check"),
        )


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
        If there were too few hops to tell the current from none, or to meet a plane's rare ions or empty sites.
    """
    if ends != "fixed":
        raise InputError(f"no steady current passes {ends} ends; give fixed ones")
    chosen = options or StackRunOptions()
    particle_size_um = PARTICLE_SIZE.check(particle_size_um)
    planes, found, slowdown, bias_V = _under_bias(stack, voltage_V, temperature_K, chosen)
    request = _request(planes, slowdown, bias_V, chosen)
    require_same_run(checkpoint, request)
    left = conductances_left(planes, found, slowdown)
    biased = {direction: stack.planes(temperature_K, voltage_V, bias_V=direction * bias_V) for direction in DIRECTIONS}
    start = {
        direction: steady_state(dataclasses.replace(driven, frequency_Hz=driven.frequency_Hz * left)).occupation
        for direction, driven in biased.items()
    }
    repeats = None if planes.links is None else repeats_of(planes.links, chosen.cells[0] * chosen.cells[1])
    if planes.links is not None and repeats is not None:
        check_repeats(planes.links, repeats)
    areas = math.prod(repeats or chosen.cells)
    require_hops_time(chosen.hops, min(threads or cores(), cores(), chosen.replicas))
    by_ion = repeats is None and min(chosen.cells) >= FEWEST_CELLS and _saves_attempts_by_ion(planes, found, slowdown)
    parameters = {**dataclasses.asdict(chosen), "cells": list(chosen.cells)}

    def sampling() -> dict[str, float]:
        return {"samples": SAMPLES, "interval_s": _interval_s(planes, found, slowdown, chosen, areas)}

    def engine(number: int, samples: int, interval_s: float) -> PlanesEngine:
        direction = DIRECTIONS[number % len(DIRECTIONS)]
        how: dict[str, Any] = {"samples": samples, "interval_s": interval_s, "replica": number}
        how |= {"seed": chosen.seed, "check": chosen.check}
        if repeats is None:
            return StackEngine(biased[direction], chosen.cells, slowdown, start[direction], by_ion=by_ion, **how)
        return NetworkStackEngine(biased[direction], repeats, slowdown, start[direction], **how)

    with open_checkpoint(checkpoint, request, plan=sampling) as kept:
        samples, interval_s = round(kept.run.sampling["samples"] * kept.run.extension), kept.run.sampling["interval_s"]
        kept.announce(chosen.replicas, samples)
        replicas = run_replicas(
            lambda number: StackReplica(engine(number, samples, interval_s), kept.file(number)),
            chosen.replicas,
            threads,
            progress,
        )
    by_direction = {
        direction: [r for number, r in enumerate(replicas) if DIRECTIONS[number % len(DIRECTIONS)] == direction]
        for direction in DIRECTIONS
    }
    weights = np.exp(found.log_resistance - found.log_resistance.max()) / left
    names, values = _resistances(planes, by_direction[1], by_direction[-1], left, weights / weights.sum())
    rest = _at_rest(planes, by_direction)
    return stack_transport(
        stack,
        planes,
        voltage_V=voltage_V,
        occupation=rest.occupation,
        occupation_err=rest.occupation_err,
        potential_V=rest.potential_V,
        potential_err_V=rest.potential_err_V,
        parts=dict(zip(names, values[:-1], strict=True)),
        asr=values[-1],
        charge_errors=rest.charge_errors,
        width_errors=rest.width_errors,
        drop_errors_V=rest.drop_errors_V,
        method="kmc",
        hop_shares=_hop_shares(planes, replicas),
        provenance=provenance(
            **stack_parameters(stack),
            voltage_V=voltage_V,
            temperature_K=planes.temperature_K,
            ends=ends,
            particle_size_um=particle_size_um,
            method="kmc",
            **parameters,
            **kept.run.origin,
            **_repeats(repeats),
            bias_V=bias_V,
            largest_slowdown=float(1 / slowdown.gaps.min()),
            hops_made=int(sum(r.engine.hops for r in replicas)),
            **_bulk_with_pairs(planes),
        ),
        particle_size_um=particle_size_um,
    )


class _UnderBias(NamedTuple):
    """Planes in the equilibrium of the mean field, and how they are driven."""

    planes: Planes
    found: Equilibrium
    slowdown: Slowdown
    bias_V: float


def _under_bias(
    stack: LayeredStack, voltage_V: float | None, temperature_K: float, options: StackRunOptions
) -> _UnderBias:
    planes = stack.planes(temperature_K, voltage_V)
    found = equilibrium(planes)
    slowdown = even_slowdown(planes, found, options.evenness)
    return _UnderBias(planes, found, slowdown, small_bias_V(planes, found, slowdown, options.bias_kT))


def _request(planes: Planes, slowdown: Slowdown, bias_V: float, options: StackRunOptions) -> Request:
    """Run that a checkpoint belongs to: all but the hops determines the trajectories."""
    course = {key: value for key, value in dataclasses.asdict(options).items() if key != "hops"}
    return Request((planes, slowdown, bias_V, course), options.hops, options.replicas)


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
        planes, _, slowdown, bias_V = _under_bias(stack, voltage_V, temperature_K, options)
        require_same_run(checkpoint, _request(planes, slowdown, bias_V, options))


def _repeats(repeats: tuple[int, int] | None) -> dict[str, Any]:
    """Cells of a stack of crystals, for its provenance."""
    return {} if repeats is None else {"repeats": list(repeats)}


def even_slowdown(planes: Planes, found: Equilibrium, evenness: float) -> Slowdown:
    """Slow down hops across gaps to `evenness` times the exchange of the slowest gap, and those within planes likewise.

    Hops within a plane mix its sites, and are slowed down by their rate, not by how many ions a plane holds: an almost
    empty plane would otherwise draw all attempts. Where an ion that has crossed a gap would soon come back, less is
    slowed down around it (see `_left_to_separate`).
    """
    slowest = float(found.log_exchange_Hz[np.isfinite(found.log_exchange_Hz)].min())
    limit = slowest + math.log(evenness)
    with np.errstate(divide="ignore"):
        in_plane = np.log(planes.in_plane_frequency_Hz) - planes.in_plane_barrier_eV / planes.kT_eV
    quarter = math.log(4.0)  # the largest c (1 - c)
    even = Slowdown(
        gaps=np.exp(
            np.minimum(0.0, limit - np.where(np.isfinite(found.log_exchange_Hz), found.log_exchange_Hz, limit))
        ),
        planes=np.exp(np.minimum(0.0, limit - (in_plane + np.log(planes.multiplicity) - quarter))),
    )
    if planes.links is not None:
        # Ways within planes are in series with those across gaps, and must not become the slowest.
        across, within = _hops_Hz(planes, found, even)
        beside = np.maximum(across[1:], across[:-1]) / np.where(within > 0, within, 1.0)
        even = Slowdown(even.gaps, np.minimum(1.0, even.planes * np.maximum(1.0, beside)))
    return _left_to_separate(planes, found, even, in_plane - slowest, slowest)


def conductances_left(planes: Planes, found: Equilibrium, slowdown: Slowdown) -> NDArray[np.float64]:
    """What hops that are slowed down leave of the conductance of each gap; shape (P + 1,).

    Between linked planes the ways within both planes count too, which may be slowed down by another factor.
    """
    links = planes.links
    if links is None:
        return slowdown.gaps
    # Exchanges of the links: those of the mean field, which are told for gaps as a whole.
    inner = slice(1, -1)
    log_gaps = np.zeros(planes.count + 1)
    log_gaps[inner] = found.log_exchange_Hz[inner] - np.log(planes.frequency_Hz[inner])
    log_planes = np.log(found.occupation * (1 - found.occupation)) - planes.in_plane_barrier_eV / planes.kT_eV
    before = links.resistances(log_gaps, log_planes)
    after = links.resistances(log_gaps + np.log(slowdown.gaps), log_planes + np.log(slowdown.planes))
    return np.concatenate([slowdown.gaps[:1], np.exp(before - after), slowdown.gaps[-1:]])


def _left_to_separate(
    planes: Planes, found: Equilibrium, even: Slowdown, log_in_plane: NDArray[np.float64], log_unit_Hz: float
) -> Slowdown:
    """Slow down less wherever ions that have crossed a gap would come back before they have left their site otherwise.

    With the rates u and d of an ion that has a vacancy before it, the net current up a gap is

        u <n> - d <n'> + (d - u) <n n'>,

    which is that of the mean field if sites that face each other are independent. They become so by hops within either
    plane and across the gaps beyond; together these are left `SEPARATION` times as fast as abs(d - u), or as they are.
    The plane where such hops are rarest comes first, as they cost least there.
    """
    log_c, log_v = _log_ions_and_vacancies(planes, found)
    log_exchange = found.log_exchange_Hz - log_unit_Hz - _log_pairs(planes)
    log_up, log_down = log_exchange - log_c[:-1] - log_v[1:], log_exchange - log_c[1:] - log_v[:-1]
    up, down, within = (np.exp(np.minimum(r, LARGEST_LOG_RATE)) for r in (log_up, log_down, log_in_plane))
    rare = (log_c + log_v)[1:-1]
    share = np.exp(found.log_resistance - found.log_resistance.max())
    share /= share.sum()
    slow_gaps, slow_planes = even.gaps.copy(), even.planes.copy()
    for g in np.flatnonzero(share[1:-1] > LEAST_SHARE) + 1:
        wanted = SEPARATION * abs(up[g] - down[g]) * even.gaps[g]
        for p in (g - 1, g) if rare[g - 1] < rare[g] else (g, g - 1):
            if within[p] > 0:
                slow_planes[p] = max(slow_planes[p], min(1.0, wanted / within[p]))
            wanted = max(wanted - within[p] * slow_planes[p], 0.0)
        for beyond in (g - 1, g + 1):
            fastest = max(up[beyond], down[beyond])
            slow_gaps[beyond] = max(slow_gaps[beyond], min(1.0, wanted / fastest) if fastest > 0 else 1.0)
    return Slowdown(slow_gaps, slow_planes)


def small_bias_V(planes: Planes, found: Equilibrium, slowdown: Slowdown, bias_kT: float) -> float:
    """Bias with which no gap drops by more than `bias_kT`, nor occupations change much where no field holds them.

    Where charges are screened by electrons, or there are none, a drop is one of the occupation alone: over all such
    gaps together it may change the logarithm of its odds by as much.
    """
    shares = np.exp(found.log_resistance - found.log_resistance.max()) / conductances_left(planes, found, slowdown)
    shares /= shares.sum()
    stiffness = 1 + planes.repulsion_eV * found.occupation * (1 - found.occupation) / planes.kT_eV
    stiffness = np.minimum(np.append(stiffness, stiffness[-1]), np.insert(stiffness, 0, stiffness[0]))
    unscreened = float((shares / stiffness)[planes.elastance_A == 0].sum())
    return planes.kT_eV * bias_kT / max(float(shares.max()), unscreened)


def require_hops_time(hops: float, at_a_time: int) -> None:
    """Announce so many hops in stacks, on some cores, where they take long; refuse them where they take a year."""
    require_time(
        f"{hops:.3g} hops",
        hops / at_a_time / HOPS_PER_s,
        f"give at most {at_a_time * HOPS_PER_s * MOST_s:.1g} hops",
        "Ctrl-C and a checkpoint or store keep what is finished",
    )


def _interval_s(planes: Planes, found: Equilibrium, slowdown: Slowdown, options: StackRunOptions, areas: int) -> float:
    """Time between samples in which the wanted hops are made, by the rates of the mean field."""
    rate_Hz = sum(float(hops.sum()) for hops in _hops_Hz(planes, found, slowdown)) * areas
    if not rate_Hz > 0:
        raise ComputationError(
            f"at {planes.temperature_K:g} K no ion moves within the age of the universe; give a higher temperature"
        )
    return options.hops / options.replicas / SAMPLES / rate_Hz


def _log_pairs(planes: Planes) -> NDArray[np.float64]:
    """Logarithm of what the exchange of each gap is in that of one pair of sites; shape (P + 1,)."""
    links = planes.links
    if links is None:
        return np.zeros(planes.count + 1)
    pairs = np.concatenate([links.sites[:1], np.bincount(links.gap[links.gap > 0])[1:], links.sites[-1:]])
    log_pairs = np.log(pairs)
    log_pairs[1:-1] -= np.log(links.sums_Hz()[0][1:-1] / planes.frequency_Hz[1:-1])
    return np.asarray(log_pairs)


def _hops_Hz(planes: Planes, found: Equilibrium, slowdown: Slowdown) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hops across each gap, both ways (P + 1,), and within each plane (P,), on the site area."""
    across = 2 * np.exp(found.log_exchange_Hz + np.log(slowdown.gaps))
    if planes.links is not None:
        # More ions cross a gap than it conducts where those that have crossed it must go on within a plane.
        across[1:-1] *= planes.links.sums_Hz()[0][1:-1] / planes.frequency_Hz[1:-1]
    return across, 4 * found.in_plane_exchange_Hz * slowdown.planes * planes.multiplicity


def _saves_attempts_by_ion(planes: Planes, found: Equilibrium, slowdown: Slowdown) -> bool:
    """Whether far fewer attempts are in vain if ions are drawn than if bonds are; see `StackEngine`."""
    log_c, log_v = _log_ions_and_vacancies(planes, found)
    exchange = found.log_exchange_Hz + np.log(slowdown.gaps)
    within = np.log(planes.in_plane_frequency_Hz * slowdown.planes) - planes.in_plane_barrier_eV / planes.kT_eV

    # Ions that may hop, or the rarer of them and of the vacancies that they may hop to.
    ions = np.logaddexp(exchange - log_v[1:], exchange - log_v[:-1])
    rarer = np.logaddexp(exchange - np.maximum(log_v[1:], log_c[:-1]), exchange - np.maximum(log_v[:-1], log_c[1:]))
    by_ion = np.logaddexp.reduce(np.append(ions, math.log(4) + within + log_c[1:-1]))
    by_bond = np.logaddexp.reduce(np.append(rarer, math.log(2) + within))
    return bool(by_bond > by_ion + math.log(COST_BY_ION))


def _log_ions_and_vacancies(planes: Planes, found: Equilibrium) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of c and 1 - c of the left reservoir, the planes and the right one; shape (P + 2,)."""
    y = mean_field.log_odds_with_reservoirs(planes, found.log_odds)
    return -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y)


class _Sums(NamedTuple):
    """What the resistances follow from: means over blocks of one direction of the bias."""

    occupation: NDArray[np.float64]
    opening: NDArray[np.float64]
    crossings_Hz: NDArray[np.float64]


def _resistances(
    planes: Planes,
    forward: Sequence[StackReplica],
    backward: Sequence[StackReplica],
    conductances_left: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> tuple[tuple[str, ...], list[Estimate]]:
    """Resistances of the layers and contacts and, last, of all; Ohm cm2.

    The current is the mean over the gaps weighted by their share of the bias, which has the least noise (Ramo and
    Shockley).
    """
    conducts_as_told = resistance_parts(planes)
    interior = interior_gaps(planes)
    areas = forward[0].engine.site_areas
    ends = {
        direction: [
            end.electrochemical_potential_eV(planes.temperature_K)
            for end in (r.engine.planes.left, r.engine.planes.right)
        ]
        for direction, r in ((1, forward[0]), (-1, backward[0]))
    }

    def drops_eV(sums: _Sums, direction: int) -> NDArray[np.float64]:
        eta = ends[direction][0] + planes.kT_eV * (np.log(sums.occupation) - np.log(sums.opening))
        return -np.diff([ends[direction][0], *eta, ends[direction][1]])

    def current_Hz(sums: _Sums) -> float:
        return float(weights @ sums.crossings_Hz) / areas

    def resistances(one: _Sums, other: _Sums) -> NDArray[np.float64]:
        drop = (drops_eV(one, 1) - drops_eV(other, -1)) / 2
        per_area = (current_Hz(one) - current_Hz(other)) / 2
        gaps = conductances_left * drop / per_area * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e
        parts = conducts_as_told
        if interior:
            bulk = planes.bulk_resistance_ohm_cm2
            for layer, inside in interior.items():
                if len(inside):
                    bulk[planes.layer == layer] = gaps[inside].mean()
            parts = resistance_parts(planes, bulk)
        values = parts.weights @ gaps - parts.baseline
        return np.append(values, values.sum())

    groups = [_joined([r.blocks() for r in replicas]) for replicas in (forward, backward)]
    _check_resolved(planes, groups, weights)
    # A cathode's composition relaxes slowly.
    return conducts_as_told.names, jackknife_of_joined(
        lambda one, other: resistances(_Sums(*one), _Sums(*other)), groups, JOINED_BLOCKS
    )


def _bulk_with_pairs(planes: Planes) -> dict[str, Any]:
    """Layers with pair energies whose bulk is measured, and those too thin for that."""
    names, interior = unique_names(planes.layer_names), interior_gaps(planes)
    if len(names) == 1 or not interior:
        return {}
    measured = [names[layer] for layer, gaps in interior.items() if len(gaps)]
    return {"measured_bulk": measured, "bulk_in_excess": [names[n] for n in interior if names[n] not in measured]}


def _joined(blocks: Sequence[Blocks]) -> tuple[NDArray[np.float64], ...]:
    return tuple(
        np.concatenate([getattr(b, name) for b in blocks]) for name in ("occupation", "opening", "crossings_Hz")
    )


def _check_resolved(
    planes: Planes, groups: Sequence[tuple[NDArray[np.float64], ...]], weights: NDArray[np.float64]
) -> None:
    for quantity, what in enumerate(("an ion", "an empty site")):
        seen = np.array([_least_without_a_block(group[quantity]) > FEWEST_SEEN for group in groups]).all(axis=0)
        if not seen.all():
            plane = int(np.argmin(seen))
            raise ComputationError(
                f"plane {plane + 1} of {planes.count} ({planes.layer_names[planes.layer[plane]]}) never had {what}, or "
                "hardly ever; give more hops, or take the continuum"
            )
    currents = [group[2] @ weights for group in groups]
    difference = float(currents[0].mean() - currents[1].mean())
    error = math.sqrt(sum(float(c.var(ddof=1)) / len(c) for c in currents))
    if not difference > RESOLVED * error:
        raise ComputationError("there were too few hops to tell the current from none; give more hops")


def _least_without_a_block(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smallest share of a sum over blocks (B, P) that is left without one of the longest ones; 0 of nothing; (P,)."""
    longest = values.reshape(-1, max(JOINED_BLOCKS), values.shape[1]).sum(axis=1)
    total = longest.sum(axis=0)
    return np.where(total > 0, 1 - longest.max(axis=0) / np.where(total > 0, total, 1.0), 0.0)


@dataclasses.dataclass(frozen=True, eq=False)
class _AtRest:
    """Means without a bias and their standard errors; see `stack_transport`."""

    occupation: NDArray[np.float64]
    potential_V: NDArray[np.float64]
    occupation_err: NDArray[np.float64]
    potential_err_V: NDArray[np.float64]
    charge_errors: dict[tuple[str, str], float]
    width_errors: dict[tuple[str, str], float]
    drop_errors_V: dict[str, float]


def _at_rest(planes: Planes, by_direction: Mapping[int, Sequence[StackReplica]]) -> _AtRest:
    """What the replicas without a bias say, with errors from the fluctuations of all of them.

    A small bias moves means, but not what they fluctuate by; a few replicas alone would know little of what relaxes as
    slowly as a cathode's composition.
    """
    blocks = {direction: [r.blocks() for r in replicas] for direction, replicas in by_direction.items()}
    values = {
        direction: tuple(np.concatenate([getattr(b, name) for b in several]) for name in ("occupation", "potential_V"))
        for direction, several in blocks.items()
    }
    occupation, potential_V = (part.mean(axis=0) for part in values[0])
    around = tuple(
        np.concatenate([part - part.mean(axis=0) + mean for part in parts])
        for parts, mean in zip(zip(*values.values(), strict=True), (occupation, potential_V), strict=True)
    )
    sides, drops = sides_of_contacts(planes), list(drops_V(planes, potential_V[1:-1]))
    lengths = np.cumsum([planes.count, planes.count + 2, len(sides), len(sides)])

    def numbers(means: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
        occupation, potential_V = means
        charges = space_charges(planes, net_charges(planes, occupation), {}, PARTICLE_SIZE_um)
        of_sides = [c.charge_uC_cm2 for c in charges], [c.width_nm for c in charges]
        return np.concatenate([occupation, potential_V, *of_sides, list(drops_V(planes, potential_V[1:-1]).values())])

    errors = np.zeros(lengths[-1] + len(drops))
    replicas = sum(map(len, by_direction.values()))
    for joined in ALL_JOINED_BLOCKS:
        count = replicas * BLOCKS // joined
        if (free := count - len(by_direction)) < FEWEST_FREE:
            break
        # Of each direction the mean was taken away, and only the blocks without a bias make up the result.
        more = (count - 1) / free * replicas / len(by_direction[0])
        found = jackknife_of_joined(numbers, [around], [joined])
        errors = np.maximum(errors, [one.error * math.sqrt(more) for one in found])
    of_planes, of_potentials, of_charges, of_widths, of_drops = np.split(errors, lengths)
    names = [(layer, contact) for layer, contact, _ in sides]
    return _AtRest(
        occupation,
        potential_V,
        of_planes,
        of_potentials,
        dict(zip(names, of_charges.tolist(), strict=True)),
        dict(zip(names, of_widths.tolist(), strict=True)),
        dict(zip(drops, of_drops.tolist(), strict=True)),
    )


def _hop_shares(planes: Planes, replicas: Sequence[StackReplica]) -> dict[str, float]:
    """Share of the hops in each layer; those across a contact or an end count half on each side that is a layer."""
    across = np.sum([r.hops()[0] for r in replicas], axis=0)
    used = np.sum([r.hops()[1] for r in replicas], axis=0) + across[1:] / 2 + across[:-1] / 2
    used[0] += across[0] / 2
    used[-1] += across[-1] / 2
    by_layer = np.bincount(planes.layer, weights=used)
    return dict(zip(unique_names(planes.layer_names), (by_layer / by_layer.sum()).tolist(), strict=True))
