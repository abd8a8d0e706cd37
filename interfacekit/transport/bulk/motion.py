"""Motion of labelled ions and of all charge: diffusion coefficients of the windows of a run.

Without a field the charge moves by its equilibrium fluctuations (Einstein), in a field by its drift over the field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.transport.bulk.replica import MARKS
from interfacekit.transport.bulk.sample import along_axes, cleaned, mean_over
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.runs.statistics import diffusion_series, estimate, plateau_lag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.replica import Replica
    from interfacekit.transport.bulk.sample import Sample
    from interfacekit.transport.hopping.rates import HoppingModel
    from interfacekit.transport.runs.statistics import Estimate

#: Rates times displacements from a site that add up to less than this share of the largest one vanish.
_BALANCED = 1e-6


@dataclass(frozen=True, eq=False)
class TracerMotion:
    """Motion of labelled ions.

    Attributes
    ----------
    drift_A_s
        Mean velocity of all ions, about which they diffuse; shape (3,), 0 without a field.
    tensors
        Diffusion tensors of the windows of each replica, (W, 3, 3); A^2/s.
    """

    drift_A_s: NDArray[np.float64]
    tensors: list[NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class ChargeMotion:
    """Motion of all ions together, in units of a diffusion coefficient (A^2/s).

    Attributes
    ----------
    series
        Coefficients of the windows of each replica, in the directions in which the hops percolate, or along the field.
    tracer
        Those of labelled ions in the same directions.
    by_axis
        Along a, b and c.
    tensors
        Of the windows, (W, 3, 3); None in a field.
    lag
        Samples over which displacements are taken.
    has_memory
        Whether displacements may remember those before.
    """

    series: list[NDArray[np.float64]]
    tracer: list[NDArray[np.float64]]
    by_axis: list[Estimate]
    tensors: list[NDArray[np.float64]] | None
    lag: int
    has_memory: bool


def tracer_motion(sample: Sample) -> TracerMotion:
    """Diffusion of labelled ions about the drift of all."""
    velocities = sample.series(_drift_series)
    drift_A_s = np.concatenate(velocities).mean(axis=0) if sample.field_V_A.any() else np.zeros(3)
    return TracerMotion(drift_A_s, sample.series(lambda replica: tracer_series(replica, drift_A_s)))


def charge_motion(sample: Sample, tracer: TracerMotion) -> ChargeMotion:
    """Diffusion of the charge by fluctuations, or by its drift in a field."""
    return (_driven if sample.field_V_A.any() else _fluctuating)(sample, tracer)


def _driven(sample: Sample, tracer: TracerMotion) -> ChargeMotion:
    driving, kT = sample.fast @ sample.field_V_A, sample.kT_eV
    strength = float(np.linalg.norm(driving))
    along, velocities = driving / strength, sample.series(_drift_series)
    axes = [cleaned(axis @ sample.everywhere) for axis in sample.model.sites.axes]
    return ChargeMotion(
        series=[v @ along * kT / strength for v in velocities],
        tracer=[np.einsum("wij,i,j->w", t, along, along) for t in tracer.tensors],
        by_axis=[estimate([v @ axis * kT / strength for v in velocities]) for axis in axes],
        tensors=None,
        lag=sample.plan.samples,
        has_memory=False,
    )


def _fluctuating(sample: Sample, tracer: TracerMotion) -> ChargeMotion:
    has_memory = not _without_memory(sample.model, sample.temperature_K, sample.fast)
    tensors, lag = _charge_series(sample, has_memory=has_memory)
    return ChargeMotion(
        series=[mean_over(D, sample.fast) for D in tensors],
        tracer=[mean_over(t, sample.fast) for t in tracer.tensors],
        by_axis=along_axes(tensors, sample.model.sites.axes, sample.everywhere),
        tensors=tensors,
        lag=lag,
        has_memory=has_memory,
    )


def _without_memory(model: HoppingModel, temperature_K: float, projector: NDArray[np.float64]) -> bool:
    """Whether the mean current along some directions is 0 in every configuration of ions that only exclude one another.

    The current of a bond is proportional to c_i (1 - c_j) - c_j (1 - c_i) = c_i - c_j, and at each site the sum of rate
    times displacement over its bonds vanishes.
    """
    if model.interacting or model.site_energies_eV is not None:
        return False
    sites: Any = model.sites
    if isinstance(sites, Lattice) and model.homogeneous:
        steps, classes = sites.displacements_A.reshape(-1, 3), np.tile(sites.hop_class, len(sites.basis_A))
        origins = np.repeat(np.arange(len(sites.basis_A)), sites.coordination)
    else:
        net = sites.network() if isinstance(sites, Lattice) else sites
        steps, classes, origins = net.displacements_A, net.hop_classes, net.origins
    barriers = model.hop_barriers_eV(classes)
    rates = model.hop_frequencies_Hz(classes) * np.exp((barriers.min() - barriers) / (BOLTZMANN_eV_K * temperature_K))
    flux = rates[:, None] * (steps @ projector)
    drift = np.array([np.bincount(origins, weights=flux[:, axis]) for axis in range(3)])
    return bool(np.abs(drift).max() < _BALANCED * np.abs(flux).max())


def tracer_series(replica: Replica, drift_A_s: NDArray[np.float64], late: int = 2) -> NDArray[np.float64]:
    """Tracer diffusion tensors of the windows between one of the `MARKS` and the one before; (W, 3, 3), A^2/s.

    The difference of the mean products, about the drift, leaves out the correlated first hops, which add a constant.
    """
    marks = [late - 1, late]
    times = replica.plan.window_s / np.array(MARKS)[marks]
    mean, products = replica.moments[:, marks, 0], replica.moments[:, marks, 1:]
    moved = drift_A_s * times[:, None]
    crossed = np.einsum("wmi,mj->wmij", mean, moved)
    about = products - crossed - crossed.swapaxes(2, 3) + np.einsum("mi,mj->mij", moved, moved)
    return np.asarray((about[:, 1] - about[:, 0]) / (2 * (times[1] - times[0])))


def _drift_series(replica: Replica) -> NDArray[np.float64]:
    """Mean velocity of the ions in each window; (W, 3), A/s."""
    positions = replica.positions_A
    return np.asarray((positions[:, -1] - positions[:, 0]) / replica.tables.model.n_ions / replica.plan.window_s)


def _charge_series(sample: Sample, *, has_memory: bool) -> tuple[list[NDArray[np.float64]], int]:
    """Charge diffusion tensors of the windows at the shortest sufficient lag, A^2/s; and that lag.

    Where displacements have a memory, what counts is the slope of their mean square from one lag to twice as much: it
    has lost the memory as soon as the first lag has, while the mean square itself keeps a constant of it.
    """
    plan, fast = sample.plan, sample.fast
    lags = [1 << power for power in range(int(np.log2(plan.samples)) + 1)]
    positions = sample.series(lambda replica: replica.positions_A)
    einstein = {
        lag: [diffusion_series(moved, sample.ions, plan.interval_s, lag) for moved in positions] for lag in lags
    }
    if not has_memory:
        return einstein[1], 1
    slopes = {
        lag: [2 * twice - once for once, twice in zip(einstein[lag], einstein[2 * lag], strict=True)]
        for lag in lags[:-1]
    }
    if not fast.any():
        return slopes[max(slopes)], max(slopes)
    lag = plateau_lag({lag: [mean_over(D, fast) for D in slopes[lag]] for lag in slopes})
    # One lag further, what memory the test could not see in the noise is gone.
    lag = min(2 * lag, max(slopes))
    return slopes[lag], lag
