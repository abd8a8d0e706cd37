"""Kinetic Monte Carlo of a crystal's own network with a table of barriers; nothing is calibrated.

Hops that have no barrier are left out where the network leads as far without them, and reaches the same sites; where it
does not, there is no result.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.results import Result
from interfacekit.transport.bulk.series import with_activation_energy
from interfacekit.transport.bulk.simulate import simulate
from interfacekit.transport.materials.parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from interfacekit.structure.barriers.hop_barrier import HopBarrier
    from interfacekit.structure.barriers.published import PublishedBarrier
    from interfacekit.structure.barriers.table import BarrierTable
    from interfacekit.structure.network.result import LithiumNetwork
    from interfacekit.transport.bulk.options import RunOptions
    from interfacekit.transport.bulk.result import Transport

Kind = Literal["computed", "published"]
_SAME_K = 1e-6


class Value(NamedTuple):
    """A number, its standard error, and whether it was simulated or extrapolated."""

    value: float
    error: float
    how: Literal["simulated", "interpolated", "extrapolated"]


@dataclass(frozen=True)
class Box(Result):
    """How a crystal's network is run, whichever barriers it has.

    Attributes
    ----------
    cells
        Of the periodic box.
    filling
        Share of the sites that are occupied, assumed.
    reason
        For that filling.
    attempt_frequency_Hz
        Of all hops, assumed.
    """

    cells: tuple[int, int, int]
    filling: float
    reason: str
    attempt_frequency_Hz: float = 1e13


@dataclass(frozen=True)
class BarrierSource:
    """A table of barriers and where it comes from.

    Attributes
    ----------
    name
        `CHGNet`, `published`, ...
    table
        The barriers.
    published
        Barriers from the literature that the table is of; empty where a calculator gave it.
    """

    name: str
    table: BarrierTable
    published: Sequence[PublishedBarrier] = ()

    @property
    def kind(self) -> Kind:
        """`published`, or `computed` by a calculator."""
        return "published" if self.published else "computed"


@dataclass(frozen=True)
class BarrierRun(Result):
    """What one table of barriers makes of a crystal.

    Attributes
    ----------
    name
        Of the table: `CHGNet`, `published`.
    kind
        `computed` by a calculator, or `published`.
    table
        The barriers.
    published
        Where they come from; empty where they are computed.
    transports
        By rising temperature; empty where the run was left out.
    left_out
        Hop classes that the run goes without, for want of a barrier.
    failures
        What could not be run, one line each.
    """

    name: str
    kind: Kind
    table: BarrierTable
    published: tuple[PublishedBarrier, ...] = ()
    transports: tuple[Transport, ...] = ()
    left_out: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def activation_energy_eV(self) -> float | None:
        """Of conductivity times temperature."""
        return self.transports[0].activation_energy_eV if self.transports else None

    @property
    def activation_energy_err_eV(self) -> float | None:
        """Its standard error."""
        return self.transports[0].activation_energy_err_eV if self.transports else None

    def at(self, temperature_K: float) -> Transport | None:
        """Return what was simulated at a temperature."""
        return next((r for r in self.transports if abs(r.temperature_K - temperature_K) < _SAME_K), None)

    def conductivity_S_cm(self, temperature_K: float) -> Value | None:
        """Conductivity at any temperature: simulated there, or on the line through those that were."""
        simulated = self.at(temperature_K)
        if simulated is not None:
            return Value(simulated.conductivity_S_cm, simulated.conductivity_err_S_cm, "simulated")
        T = np.array([r.temperature_K for r in self.transports])
        if self.activation_energy_eV is None:
            return None
        y = np.array([r.conductivity_S_cm for r in self.transports]) * T
        relative = np.maximum([r.conductivity_err_S_cm / r.conductivity_S_cm for r in self.transports], 1e-12)
        # The line about its value at this temperature: intercept and error are what is asked for.
        x = 1 / (BOLTZMANN_eV_K * T) - 1 / (BOLTZMANN_eV_K * temperature_K)
        design = np.column_stack([np.ones_like(x), -x]) / relative[:, None]
        covariance = np.linalg.inv(design.T @ design)
        intercept, slope = covariance @ design.T @ (np.log(y) / relative)
        scatter = np.sum(((np.log(y) - intercept + slope * x) / relative) ** 2) / max(len(T) - 2, 1)
        error = math.sqrt(covariance[0, 0] * max(float(scatter) if len(T) > 2 else 1.0, 1.0))
        value = math.exp(intercept) / temperature_K
        within = T.min() <= temperature_K <= T.max()
        return Value(value, value * error, "interpolated" if within else "extrapolated")


def barrier_run(
    network: LithiumNetwork,
    source: BarrierSource,
    box: Box,
    temperatures_K: Sequence[float],
    *,
    options: RunOptions | None = None,
    threads: int | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> BarrierRun:
    """Run a network with a table of barriers.

    Parameters
    ----------
    network, source, box
        The crystal's network, the barriers of its hops, and how it is run.
    temperatures_K
        Kelvin; two or more for an activation energy.
    options, threads, checkpoint, progress
        As of `simulate`; each temperature has a folder of its own.

    Returns
    -------
    BarrierRun
        A temperature that cannot be run says so, and the others go on.
    """
    table = source.table
    without = hops_without_barrier(network, table)
    run = BarrierRun(source.name, source.kind, table, tuple(source.published), left_out=without)
    reason = cannot_do_without(network, table, without)
    if reason:
        return replace(run, failures=(reason,))
    kept = without_hops(network, without)
    model = table.hopping_model(
        box.cells, network=kept, filling=box.filling, attempt_frequencies_Hz=box.attempt_frequency_Hz
    )
    notes = {
        "sample": source.name,
        "calibration": None,
        "model": [asdict(parameter) for parameter in _parameters(kept, run, box)],
    }
    results, failures = [], []
    temperatures = sorted(temperatures_K)
    for done, temperature in enumerate(temperatures):
        try:
            result = simulate(
                model,
                temperature,
                options=options,
                name=network.crystal.name,
                threads=threads,
                checkpoint=None if checkpoint is None else checkpoint / f"{temperature:.10g}K",
                progress=_share(progress, done, len(temperatures)),
                notes=notes,
            )
        except InputError as error:
            failures.append(f"{temperature:g} K: {error}")
            continue
        if result.conductivity_S_cm > result.conductivity_err_S_cm:
            results.append(result)
        else:
            failures.append(f"{temperature:g} K: the conductivity is within its error of 0; give more hops")
    return replace(run, transports=with_activation_energy(results), failures=tuple(failures))


def _share(progress: Callable[[float], None] | None, done: int, count: int) -> Callable[[float], None] | None:
    """Progress of one of several runs as a share of all."""
    return None if progress is None else lambda part: progress((done + part) / count)


def hops_without_barrier(network: LithiumNetwork, table: BarrierTable) -> tuple[str, ...]:
    """Classes of hops for which a table has no barrier by one of its mechanisms, or no row."""
    rows: dict[str, list[HopBarrier]] = {}
    for row in table.rows:
        rows.setdefault(row.hop, []).append(row)
    return tuple(
        name for name in network.class_names if name not in rows or any(row.barrier_eV is None for row in rows[name])
    )


def cannot_do_without(network: LithiumNetwork, table: BarrierTable, hops: Sequence[str]) -> str | None:
    """Why a network cannot be run without some of its hops; None where it can."""
    if not hops:
        return None
    missing = f"{', '.join(hops)} {'has' if len(hops) == 1 else 'have'} no barrier"
    kept = [name for name in network.class_names if name not in hops]
    if not kept:
        return f"{missing}, and there is no other hop"
    if any(row.mechanism == "divacancy" for row in table.rows):
        return f"{missing}, and what is beside the other hops is told by these"
    whole, rest = network.percolation(), network.percolation(kept)
    if rest.dimension < whole.dimension:
        return f"{missing}; without, the network is {rest.direction}, not {whole.direction}"
    if set(rest.stranded) != set(whole.stranded):
        lost = dict.fromkeys(network.sites[site].site_class for site in set(rest.stranded) - set(whole.stranded))
        return f"{missing}; without, ions do not get away from {', '.join(lost)}"
    return None


def without_hops(network: LithiumNetwork, hops: Iterable[str]) -> LithiumNetwork:
    """Leave classes of hops out of a network."""
    dropped = set(hops)
    if not dropped:
        return network
    kept = [number for number, hop in enumerate(network.classes) if hop.name not in dropped]
    return replace(
        network,
        classes=tuple(network.classes[number] for number in kept),
        hops=tuple((*hop[:5], kept.index(hop[5])) for hop in network.hops if hop[5] in kept),
    )


def _parameters(network: LithiumNetwork, run: BarrierRun, box: Box) -> list[Parameter]:
    """Numbers that went in, for the provenance of a result."""
    source = run.table.provenance["parameters"].get("calculator", {}).get("version", run.name)
    parameters = [
        Parameter("occupation of sites", box.filling, "-", "assumed", box.reason, "assumed"),
        Parameter(
            "attempt frequency", box.attempt_frequency_Hz, "1/s", "assumed", "usual order of magnitude", "assumed"
        ),
    ]
    if run.kind == "published":
        return parameters + [
            Parameter(f"barrier, {one.mechanism}", one.barrier_eV, "eV", "published", one.source, one.certainty)
            for one in run.published
        ]
    return parameters + [
        Parameter(f"barrier, {row.hop}, {row.mechanism}", row.barrier_eV, "eV", "predicted", source, "computed")
        for row in run.table.rows
        if row.barrier_eV is not None and row.hop in network.class_names
    ]
