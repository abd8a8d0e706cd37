"""Limits of the validity of a run: windows that are too short, fields that are too strong, single-file motion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.transport.bulk.motion import tracer_series
from interfacekit.transport.bulk.sample import mean_over
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.runs.statistics import estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from interfacekit.transport.bulk.motion import ChargeMotion
    from interfacekit.transport.bulk.replica import Replica
    from interfacekit.transport.bulk.sample import Sample
    from interfacekit.transport.hopping.rates import HoppingModel
    from interfacekit.transport.runs.statistics import Estimate

#: Energy that a hop may gain along a field for a linear response, in kT: the excess of sinh(1/2) over 1/2 is 4 %.
MOST_GAIN = 1.0
#: A fall of the tracer diffusion coefficient within a window counts from this many errors on.
_SEEN = 3.0
#: The charge has lost its memory if the slowest mode of an inhomogeneous medium decays by this exponent in a window.
_DECAYS = 3.0


def limits(
    sample: Sample, charge: ChargeMotion, drift_A_s: NDArray[np.float64], D_tracer: Estimate, D_charge: Estimate
) -> Iterable[str]:
    """Reasons why coefficients depend on the length of the windows, or on the strength of the field.

    Parameters
    ----------
    sample
        The run.
    charge
        Motion of its charge.
    drift_A_s
        Mean velocity of the ions; shape (3,).
    D_tracer, D_charge
        Diffusion coefficients, A^2/s.
    """
    if sample.paths.fast.dimensions == 0:
        yield "the hops do not percolate: all motion is bounded, and transport coefficients are zero"
        return
    yield from _field_limits(sample.model, sample.kT_eV)
    yield from _tracer_limits(sample, drift_A_s, D_tracer)
    if charge.has_memory and D_charge.mean > 0:
        yield from _charge_limits(sample, charge.lag, D_charge)


def _field_limits(model: HoppingModel, kT: float) -> Iterable[str]:
    steps = np.asarray(model.sites.displacements_A, dtype=float).reshape(-1, 3)
    gain = float(np.abs(steps @ np.asarray(model.field_V_A, dtype=float)).max())
    if gain > MOST_GAIN * kT:
        yield (
            f"strong field: a hop along it gains up to {gain / kT:.2g} kT, so that the response is not linear: the "
            "conductivity is that in this field, and the tracer coefficients, the correlation factor and the Haven "
            "ratio are not those of equilibrium; give a weaker field"
        )


def _tracer_limits(sample: Sample, drift_A_s: NDArray[np.float64], D_tracer: Estimate) -> Iterable[str]:
    most = max(_most_in_a_channel(replica, sample.paths.channel) for replica in sample.replicas)
    if most > 1:
        yield (
            f"single-file motion: up to {most} ions share a channel of one dimension in which they cannot pass each "
            "other, so that the tracer diffusion coefficient, the correlation factor and the Haven ratio decrease with "
            "the length of the windows"
        )
        return
    early, late = (
        [mean_over(D, sample.fast) for D in sample.series(lambda r, mark=mark: tracer_series(r, drift_A_s, mark))]  # type: ignore[misc]
        for mark in (1, 2)
    )
    fall = estimate([a - b for a, b in zip(early, late, strict=True)])
    if fall.mean > max(_SEEN * fall.error, D_tracer.error):
        yield (
            f"short windows: the tracer diffusion coefficient still falls by {100 * fall.mean / D_tracer.mean:.2g} % "
            "from the second quarter of a window to its second half; give more hops, or more per window (hops_per_ion)"
        )


def _charge_limits(sample: Sample, lag: int, D_charge: Estimate) -> Iterable[str]:
    plan = sample.plan
    cell = _varied_over_A(sample.model)
    length_A = float(np.linalg.norm(cell @ sample.fast, axis=1).max())
    # The slowest mode of an inhomogeneous medium with this period decays with the rate 4 pi^2 D / L^2.
    decays = 4 * np.pi**2 * D_charge.mean * plan.window_s / length_A**2
    if decays < _DECAYS:
        yield (
            f"short windows: barriers or site energies vary over {length_A:.3g} A, which ions do not cross within a "
            "window, so that the conductivity is that of shorter paths and may be much too large; give at least "
            f"{_DECAYS / decays:.2g} times as many hops per window (hops_per_ion)"
        )
    elif 4 * lag >= plan.samples:
        yield (
            "short windows: the mean square displacement of the charge becomes linear late in a window, if at all, so "
            "that the conductivity may be off by more than its error; give more hops, or more per window (hops_per_ion)"
        )


def _most_in_a_channel(replica: Replica, channel: NDArray[np.int64]) -> int:
    """Largest number of ions in one single-file channel, which they never leave."""
    inside = channel[replica.engine.occupied(replica.tables, replica.state)]
    counts = np.bincount(inside[inside >= 0]) if np.any(inside >= 0) else np.zeros(1, np.int64)
    return int(counts.max())


def _varied_over_A(model: HoppingModel) -> NDArray[np.float64]:
    """Period of barriers, frequencies and site energies, as the vectors of a cell, rows; angstrom."""
    sites: Any = model.sites
    by_class = {(), (len(sites.class_names),)}
    given: list[Any] = [model.barriers_eV, model.attempt_frequencies_Hz]
    varied = any(np.asarray(values).shape not in by_class for values in given)
    if isinstance(sites, Lattice):
        return sites.box_A if varied or model.site_energies_eV is not None else sites.cell_A
    if varied or not _is_by_class(model.site_energies_eV, sites.site_classes):
        return np.asarray(sites.box_A)
    return np.asarray(sites.box_A / np.array(sites.repeats)[:, None])


def _is_by_class(energies: Any, classes: NDArray[np.int64]) -> bool:
    """Whether sites of one class have one energy."""
    if energies is None:
        return True
    values = np.asarray(energies, dtype=float)
    _, first, number = np.unique(classes, return_index=True, return_inverse=True)
    return bool(np.allclose(values, values[first][number], atol=1e-12))
