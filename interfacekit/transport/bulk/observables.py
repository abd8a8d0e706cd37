"""Transport coefficients of a run, each with its error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import CM2_PER_A2, BOLTZMANN_eV_K, S_CM_PER_e_V_A_s
from interfacekit.results import Result, provenance
from interfacekit.transport.bulk.replica import MARKS
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.percolation import percolation
from interfacekit.transport.runs.statistics import (
    Estimate,
    arrhenius_fit,
    diffusion_series,
    equilibration_cut,
    estimate,
    plateau_lag,
    ratio,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.replica import Replica
    from interfacekit.transport.hopping.percolation import Directions, Percolation
    from interfacekit.transport.hopping.rates import HoppingModel

AXES = "abc"
#: Components below this share of the largest are rounding errors.
_ZERO = 1e-12
#: Rates times displacements from a site that add up to less than this share of the largest one vanish.
_BALANCED = 1e-6
#: Energy that a hop may gain along a field for a linear response, in kT: the excess of sinh(1/2) over 1/2 is 4 %.
MOST_GAIN = 1.0
#: A fall of the tracer diffusion coefficient within a window counts from this many errors on.
_SEEN = 3.0
#: The charge has lost its memory if the slowest mode of an inhomogeneous medium decays by this exponent in a window.
_DECAYS = 3.0

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class SiteClass(Result):
    """Occupation of one class of sites, and how long an ion stays on such a site."""

    name: str
    occupation: float
    occupation_err: float
    residence_time_s: float | None
    residence_time_err_s: float | None


@dataclass(frozen=True)
class Tensor(Result):
    """A symmetric tensor with its errors, in Cartesian coordinates and by principal axes.

    Attributes
    ----------
    components, errors
        Shape (3, 3).
    principal_values, principal_errors
        In falling order; shape (3,).
    principal_axes
        Unit vectors of the principal values, rows, Cartesian; shape (3, 3).
    """

    components: tuple[Triple, Triple, Triple]
    errors: tuple[Triple, Triple, Triple]
    principal_values: Triple
    principal_errors: Triple
    principal_axes: tuple[Triple, Triple, Triple]


@dataclass(frozen=True)
class SlowDirection(Result):
    """A direction that ions reach only by hops much slower than the others.

    Attributes
    ----------
    direction
        In terms of the cell, such as `1D along c`.
    slower_kT
        Logarithm of the ratio of the rates of the hops.
    conductivity_S_cm, conductivity_err_S_cm
        Mean over the direction; None if the run has sampled no such hop.
    """

    direction: str
    slower_kT: float
    conductivity_S_cm: float | None
    conductivity_err_S_cm: float | None


@dataclass(frozen=True)
class Transport(Result):
    """Transport coefficients at one temperature; `_err` is the error of one standard deviation.

    Scalars are means over the directions in which the hops percolate (`direction`). Motion perpendicular to these is
    bounded and contributes nothing. Directions that need much slower hops are reported apart (`slow_directions`).

    Attributes
    ----------
    material
        Name of the model.
    temperature_K
        Temperature in kelvin.
    method
        `equilibrium fluctuations` or `drift in a field`.
    dimensions, direction
        Dimension and directions of percolation in terms of the unit cell, such as `2D in the ab plane`.
    slow_directions
        Directions that are reached only by hops more than 10 kT slower.
    conductivity_S_cm
        n e^2 D_charge / kT (Nernst-Einstein with the collective diffusion coefficient) or, in a field, current density
        over field, both projected onto the directions of percolation.
    conductivity_by_axis_S_cm, D_tracer_by_axis_cm2_s
        Projections on the axes a, b and c of the unit cell (`axes`). In a field, the conductivity is the current
        density along an axis over the strength of the field in the directions of percolation.
    axes
        Unit vectors along a, b and c, rows, Cartesian.
    conductivity_tensor_S_cm, D_tracer_tensor_cm2_s, D_charge_tensor_cm2_s
        Tensors; None for those of the charge in a field, where one direction is measured.
    D_tracer_cm2_s, D_charge_cm2_s
        Of one labelled ion, and of all ions together: <|sum_i dr_i|^2> / (2 d N t).
    haven_ratio
        D_tracer / D_charge; in a field, both along it.
    correlation_factor
        D_tracer divided by that of the same number of uncorrelated hops.
    activation_energy_eV
        Of conductivity times temperature over the temperatures of the series; None for one temperature.
    site_classes
        Occupation and mean residence time of each class of sites.
    simulated_time_s
        Of each replica, without the equilibration.
    equilibration
        Share of the run that was left out.
    warnings
        Limits of the result: windows that are too short, single-file motion.
    """

    material: str
    temperature_K: float
    method: str
    dimensions: int
    direction: str
    slow_directions: tuple[SlowDirection, ...]
    conductivity_S_cm: float
    conductivity_err_S_cm: float
    axes: tuple[Triple, Triple, Triple]
    conductivity_by_axis_S_cm: Triple
    conductivity_err_by_axis_S_cm: Triple
    conductivity_tensor_S_cm: Tensor | None
    D_tracer_cm2_s: float
    D_tracer_err_cm2_s: float
    D_tracer_by_axis_cm2_s: Triple
    D_tracer_err_by_axis_cm2_s: Triple
    D_tracer_tensor_cm2_s: Tensor
    D_charge_cm2_s: float
    D_charge_err_cm2_s: float
    D_charge_tensor_cm2_s: Tensor | None
    haven_ratio: float
    haven_ratio_err: float
    correlation_factor: float
    correlation_factor_err: float
    activation_energy_eV: float | None
    activation_energy_err_eV: float | None
    site_classes: tuple[SiteClass, ...]
    ions: int
    sites: int
    ion_density_per_cm3: float
    replicas: int
    simulated_time_s: float
    equilibration: float
    hops: int
    attempts: int
    warnings: tuple[str, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row with all numbers: projections by axis, components and principal values of tensors."""
        import pandas as pd

        row: dict[str, Any] = {}
        for name, value in self.__dict__.items():
            if name in ("provenance", "site_classes", "slow_directions", "axes"):
                continue
            if "_by_axis" in name:
                row |= {name.replace("_by_axis", f"_{axis}"): part for axis, part in zip(AXES, value, strict=True)}
            elif isinstance(value, Tensor):
                row |= _tensor_columns(name, value)
            elif "_tensor" not in name:
                row[name] = "; ".join(value) if name == "warnings" else value
        for slow in self.slow_directions:
            row[f"conductivity_S_cm slow {slow.direction}"] = slow.conductivity_S_cm
        for site in self.site_classes:
            row[f"occupation {site.name}"] = site.occupation
            row[f"residence_time_s {site.name}"] = site.residence_time_s
        return pd.DataFrame([row])


def _tensor_columns(name: str, tensor: Tensor) -> dict[str, float]:
    """Columns of a tensor: its six components, and its principal values with their errors."""
    columns = {
        name.replace("_tensor", f"_{'xyz'[i]}{'xyz'[j]}"): tensor.components[i][j]
        for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    }
    for number in range(3):
        columns[name.replace("_tensor", f"_principal_{number + 1}")] = tensor.principal_values[number]
        columns[name.replace("_tensor", f"_err_principal_{number + 1}")] = tensor.principal_errors[number]
    return columns


def observe(replicas: Sequence[Replica], *, name: str, temperature_K: float, parameters: dict[str, Any]) -> Transport:
    """Evaluate finished replicas.

    Parameters
    ----------
    replicas
        All of one model, at one temperature and with one plan.
    name
        Name of the model.
    temperature_K
        Temperature in kelvin.
    parameters
        For the provenance.
    """
    tables, plan = replicas[0].tables, replicas[0].plan
    model, ions = tables.model, tables.model.n_ions
    cuts = [equilibration_cut(r.hops_by_window, r.energies_eV) if _may_relax(model) else 0 for r in replicas]
    paths = percolation(model, temperature_K)
    fast, everywhere = paths.fast.projector, paths.projector
    kT = BOLTZMANN_eV_K * temperature_K
    to_conductivity = ions / model.sites.volume_A3 / kT * S_CM_PER_e_V_A_s
    field = np.asarray(model.field_V_A, dtype=float)
    velocities = [_drift_series(r)[cut:] for r, cut in zip(replicas, cuts, strict=True)]
    drift_A_s = np.concatenate(velocities).mean(axis=0) if field.any() else np.zeros(3)
    tracer = [_tracer_series(r, drift_A_s)[cut:] for r, cut in zip(replicas, cuts, strict=True)]
    axes = model.sites.axes
    charge_tensor: list[NDArray[np.float64]] | None = None
    has_memory = False
    tracer_beside = [_mean_over(t, fast) for t in tracer]
    if field.any():
        driving, lag = fast @ field, plan.samples
        strength = float(np.linalg.norm(driving))
        along = driving / strength
        charge = [v @ along * kT / strength for v in velocities]
        tracer_beside = [np.einsum("wij,i,j->w", t, along, along) for t in tracer]
        by_axis = [estimate([v @ _cleaned(axis @ everywhere) * kT / strength for v in velocities]) for axis in axes]
    else:
        has_memory = not _without_memory(model, temperature_K, fast)
        charge_tensor, lag = _charge_series(replicas, cuts, fast, has_memory=has_memory)
        charge = [_mean_over(D, fast) for D in charge_tensor]
        by_axis = _along_axes(charge_tensor, axes, everywhere)
    D_charge = estimate(charge)
    D_tracer = estimate([_mean_over(t, fast) for t in tracer])
    tracer_by_axis = _along_axes(tracer, axes, everywhere)
    hopped = [_mean_over(r.squares[cut:], fast) for r, cut in zip(replicas, cuts, strict=True)]
    moves = sum(float(x.sum()) for x in hopped) > 0
    correlation = Estimate(0.0, 0.0)
    haven = Estimate(0.0, 0.0)
    if moves:
        correlation = ratio([2 * _mean_over(t, fast) * ions * plan.window_s for t in tracer], hopped)
        haven = ratio(tracer_beside, charge)
    conductivity = _scaled(D_charge, to_conductivity)
    conductivities = [_scaled(D, to_conductivity) for D in by_axis]
    hops = sum(int(r.state.hops[-1]) for r in replicas)
    return Transport(
        material=name,
        temperature_K=temperature_K,
        method="drift in a field" if field.any() else "equilibrium fluctuations",
        dimensions=paths.fast.dimensions,
        direction=paths.fast.name,
        slow_directions=tuple(_slow(direction, charge_tensor, to_conductivity) for direction in paths.slow),
        conductivity_S_cm=conductivity.mean,
        conductivity_err_S_cm=conductivity.error,
        axes=_rows(axes),
        conductivity_by_axis_S_cm=_three(c.mean for c in conductivities),
        conductivity_err_by_axis_S_cm=_three(c.error for c in conductivities),
        conductivity_tensor_S_cm=_tensor(charge_tensor, everywhere, to_conductivity) if charge_tensor else None,
        D_tracer_cm2_s=D_tracer.mean * CM2_PER_A2,
        D_tracer_err_cm2_s=D_tracer.error * CM2_PER_A2,
        D_tracer_by_axis_cm2_s=_three(D.mean * CM2_PER_A2 for D in tracer_by_axis),
        D_tracer_err_by_axis_cm2_s=_three(D.error * CM2_PER_A2 for D in tracer_by_axis),
        D_tracer_tensor_cm2_s=_tensor(tracer, everywhere, CM2_PER_A2),
        D_charge_cm2_s=D_charge.mean * CM2_PER_A2,
        D_charge_err_cm2_s=D_charge.error * CM2_PER_A2,
        D_charge_tensor_cm2_s=_tensor(charge_tensor, everywhere, CM2_PER_A2) if charge_tensor else None,
        haven_ratio=haven.mean,
        haven_ratio_err=haven.error,
        correlation_factor=correlation.mean,
        correlation_factor_err=correlation.error,
        activation_energy_eV=None,
        activation_energy_err_eV=None,
        site_classes=_site_classes(replicas, cuts),
        ions=ions,
        sites=model.sites.n_sites,
        ion_density_per_cm3=ions / model.sites.volume_A3 * 1e24,
        replicas=len(replicas),
        simulated_time_s=plan.window_s * (plan.windows - float(np.mean(cuts))),
        equilibration=float(np.mean(cuts)) / plan.windows,
        hops=hops,
        attempts=sum(r.state.attempts for r in replicas),
        warnings=tuple(_limits(replicas, cuts, paths, drift_A_s, lag, D_tracer, D_charge, kT, has_memory=has_memory)),
        provenance=provenance(
            **parameters,
            temperature_K=temperature_K,
            field_V_A=list(field),
            **_box(model),
            engine=tables.name,
            windows=plan.windows,
            window_s=plan.window_s,
            charge_lag_s=lag * plan.interval_s,
        ),
    )


def with_activation_energy(results: Sequence[Transport]) -> tuple[Transport, ...]:
    """Give each result the activation energy of conductivity times temperature over all of them.

    None where there is one temperature, or where noise has made a conductivity (of drift in a weak field) negative.
    """
    if len({r.temperature_K for r in results}) < 2 or not all(r.conductivity_S_cm > 0 for r in results):
        return tuple(results)
    fit = arrhenius_fit(
        [r.temperature_K for r in results],
        [r.conductivity_S_cm * r.temperature_K for r in results],
        [r.conductivity_err_S_cm * r.temperature_K for r in results],
    )
    return tuple(
        replace(r, activation_energy_eV=fit.activation_energy_eV, activation_energy_err_eV=fit.activation_energy_err_eV)
        for r in results
    )


def _box(model: HoppingModel) -> dict[str, Any]:
    sites = model.sites
    return {"lattice": sites.name, "cells": list(sites.shape)} if isinstance(sites, Lattice) else {}


def _may_relax(model: HoppingModel) -> bool:
    """Whether a random configuration is anything but equilibrium."""
    return bool(np.any(model.pair_energies_by_class_eV != 0)) or model.site_energies_eV is not None


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


def _tracer_series(replica: Replica, drift_A_s: NDArray[np.float64], late: int = 2) -> NDArray[np.float64]:
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


def _charge_series(
    replicas: Sequence[Replica], cuts: Sequence[int], fast: NDArray[np.float64], *, has_memory: bool
) -> tuple[list[NDArray[np.float64]], int]:
    """Charge diffusion tensors of the windows at the shortest sufficient lag, A^2/s; and that lag.

    Where displacements have a memory, what counts is the slope of their mean square from one lag to twice as much: it
    has lost the memory as soon as the first lag has, while the mean square itself keeps a constant of it.
    """
    plan = replicas[0].plan
    lags = [1 << power for power in range(int(np.log2(plan.samples)) + 1)]
    einstein = {
        lag: [
            diffusion_series(replica.positions_A[cut:], replica.tables.model.n_ions, plan.interval_s, lag)
            for replica, cut in zip(replicas, cuts, strict=True)
        ]
        for lag in lags
    }
    if not has_memory:
        return einstein[1], 1
    slopes = {
        lag: [2 * twice - once for once, twice in zip(einstein[lag], einstein[2 * lag], strict=True)]
        for lag in lags[:-1]
    }
    if not fast.any():
        return slopes[max(slopes)], max(slopes)
    lag = plateau_lag({lag: [_mean_over(D, fast) for D in slopes[lag]] for lag in slopes})
    # One lag further, what memory the test could not see in the noise is gone.
    lag = min(2 * lag, max(slopes))
    return slopes[lag], lag


def _mean_over(tensors: NDArray[np.float64], projector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of tensors over the directions of a space; (W,), 0 for a space without directions."""
    dimensions = max(round(float(np.trace(projector))), 1)
    return np.asarray(np.einsum("wij,ij->w", tensors, projector) / dimensions)


def _along_axes(
    series: Sequence[NDArray[np.float64]], axes: NDArray[np.float64], everywhere: NDArray[np.float64]
) -> list[Estimate]:
    """Projections of a tensor on three axes, without bounded motion."""
    inside = [_cleaned(axis @ everywhere) for axis in axes]
    return [estimate([np.einsum("wij,i,j->w", D, along, along) for D in series]) for along in inside]


def _tensor(series: Sequence[NDArray[np.float64]], everywhere: NDArray[np.float64], factor: float) -> Tensor:
    """Mean of a series of tensors without bounded motion, with errors."""
    inside = _cleaned(everywhere)
    projected = [inside @ D @ inside * factor for D in series]
    found = [[estimate([D[:, i, j] for D in projected]) for j in range(3)] for i in range(3)]
    mean = np.array([[cell.mean for cell in row] for row in found])
    values, vectors = np.linalg.eigh((mean + mean.T) / 2)
    # The largest component of each axis is positive, so that equal tensors have equal axes.
    axes = np.array([v * np.sign(v[np.argmax(np.abs(v))]) for v in vectors.T[::-1]])
    errors = [estimate([np.einsum("wij,i,j->w", D, axis, axis) for D in projected]).error for axis in axes]
    return Tensor(
        components=_rows(mean),
        errors=_rows(np.array([[cell.error for cell in row] for row in found])),
        principal_values=_three(_cleaned(values[::-1])),
        principal_errors=_three(_cleaned(np.array(errors))),
        principal_axes=_rows(_cleaned(axes)),
    )


def _slow(direction: Directions, charge: Sequence[NDArray[np.float64]] | None, to_conductivity: float) -> SlowDirection:
    """Conductivity along a direction that is reached by slow hops only."""
    found = None
    if charge is not None:
        found = _scaled(estimate([_mean_over(D, direction.projector) for D in charge]), to_conductivity)
        if found.error == 0:  # no such hop was sampled
            found = None
    return SlowDirection(
        direction=direction.name,
        slower_kT=direction.slower_kT,
        conductivity_S_cm=found and found.mean,
        conductivity_err_S_cm=found and found.error,
    )


def _limits(
    replicas: Sequence[Replica],
    cuts: Sequence[int],
    paths: Percolation,
    drift_A_s: NDArray[np.float64],
    lag: int,
    D_tracer: Estimate,
    D_charge: Estimate,
    kT: float,
    *,
    has_memory: bool,
) -> Iterable[str]:
    """Reasons why coefficients depend on the length of the windows, or on the strength of the field."""
    if paths.fast.dimensions == 0:
        yield "the hops do not percolate: all motion is bounded, and transport coefficients are zero"
        return
    yield from _field_limits(replicas[0].tables.model, kT)
    yield from _tracer_limits(replicas, cuts, paths, drift_A_s, D_tracer)
    if has_memory and D_charge.mean > 0:
        yield from _charge_limits(replicas[0], paths, lag, D_charge)


def _field_limits(model: HoppingModel, kT: float) -> Iterable[str]:
    steps = np.asarray(model.sites.displacements_A, dtype=float).reshape(-1, 3)
    gain = float(np.abs(steps @ np.asarray(model.field_V_A, dtype=float)).max())
    if gain > MOST_GAIN * kT:
        yield (
            f"strong field: a hop along it gains up to {gain / kT:.2g} kT, so that the response is not linear: the "
            "conductivity is that in this field, and the tracer coefficients, the correlation factor and the Haven "
            "ratio are not those of equilibrium; give a weaker field"
        )


def _tracer_limits(
    replicas: Sequence[Replica],
    cuts: Sequence[int],
    paths: Percolation,
    drift_A_s: NDArray[np.float64],
    D_tracer: Estimate,
) -> Iterable[str]:
    most = max(_most_in_a_channel(replica, paths.channel) for replica in replicas)
    if most > 1:
        yield (
            f"single-file motion: up to {most} ions share a channel of one dimension in which they cannot pass each "
            "other, so that the tracer diffusion coefficient, the correlation factor and the Haven ratio decrease with "
            "the length of the windows"
        )
        return
    early, late = (
        [
            _mean_over(_tracer_series(r, drift_A_s, mark)[cut:], paths.fast.projector)
            for r, cut in zip(replicas, cuts, strict=True)
        ]
        for mark in (1, 2)
    )
    fall = estimate([a - b for a, b in zip(early, late, strict=True)])
    if fall.mean > max(_SEEN * fall.error, D_tracer.error):
        yield (
            f"short windows: the tracer diffusion coefficient still falls by {100 * fall.mean / D_tracer.mean:.2g} % "
            "from the second quarter of a window to its second half; give more hops, or more per window (hops_per_ion)"
        )


def _charge_limits(replica: Replica, paths: Percolation, lag: int, D_charge: Estimate) -> Iterable[str]:
    cell = _varied_over_A(replica.tables.model)
    length_A = float(np.linalg.norm(cell @ paths.fast.projector, axis=1).max())
    # The slowest mode of an inhomogeneous medium with this period decays with the rate 4 pi^2 D / L^2.
    decays = 4 * np.pi**2 * D_charge.mean * replica.plan.window_s / length_A**2
    if decays < _DECAYS:
        yield (
            f"short windows: barriers or site energies vary over {length_A:.3g} A, which ions do not cross within a "
            "window, so that the conductivity is that of shorter paths and may be much too large; give at least "
            f"{_DECAYS / decays:.2g} times as many hops per window (hops_per_ion)"
        )
    elif 4 * lag >= replica.plan.samples:
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


def _site_classes(replicas: Sequence[Replica], cuts: Sequence[int]) -> tuple[SiteClass, ...]:
    names = replicas[0].tables.site_class_names
    sites = np.bincount(replicas[0].tables.site_classes, minlength=len(names))
    window_s = replicas[0].plan.window_s
    classes = []
    for c, name in enumerate(names):
        if sites[c] == 0:
            continue
        occupied = [r.occupied[cut:, c].astype(float) for r, cut in zip(replicas, cuts, strict=True)]
        left = [r.departures[cut:, c].astype(float) for r, cut in zip(replicas, cuts, strict=True)]
        occupation = _scaled(estimate(occupied), 1 / sites[c])
        stays = _scaled(ratio(occupied, left), window_s) if sum(x.sum() for x in left) > 0 else None
        classes.append(
            SiteClass(
                name=name,
                occupation=occupation.mean,
                occupation_err=occupation.error,
                residence_time_s=stays.mean if stays else None,
                residence_time_err_s=stays.error if stays else None,
            )
        )
    return tuple(classes)


def _three(values: Iterable[float]) -> Triple:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _rows(matrix: NDArray[np.float64]) -> tuple[Triple, Triple, Triple]:
    x, y, z = (_three(row) for row in matrix)
    return x, y, z


def _cleaned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same numbers, and exactly 0 for those that are only the rounding of larger ones."""
    return np.where(np.abs(values) < _ZERO * np.abs(values).max(initial=0.0), 0.0, values)


def _scaled(value: Estimate, factor: float) -> Estimate:
    return Estimate(value.mean * factor, value.error * abs(factor))
