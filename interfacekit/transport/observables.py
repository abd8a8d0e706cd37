"""Transport coefficients of a run, each with its error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.results import Result, provenance
from interfacekit.transport.lattice import Lattice
from interfacekit.transport.rates import BOLTZMANN_eV_K
from interfacekit.transport.replica import site_class_names
from interfacekit.transport.statistics import (
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

    from interfacekit.transport.rates import HoppingModel
    from interfacekit.transport.replica import Replica

CM2_PER_A2 = 1e-16
#: 1 e^2 / (eV A s) in S/cm: e / V = 1.602e-19 A s / V, and 1e8 A / cm.
S_CM_PER_e_V_A_s = 1.602176634e-19 * 1e8
AXES = "xyz"


@dataclass(frozen=True)
class SiteClass(Result):
    """Occupation of one class of sites, and how long an ion stays on such a site."""

    name: str
    occupation: float
    occupation_err: float
    residence_time_s: float | None
    residence_time_err_s: float | None


@dataclass(frozen=True)
class Transport(Result):
    """Transport coefficients at one temperature; `_err` is the standard error.

    Scalars are means over the axes along which ions move (`axes`); `_by_axis` are along x, y and z.

    Attributes
    ----------
    material
        Name of the model.
    temperature_K
        Kelvin.
    conductivity_S_cm
        n e^2 D_charge / kT (Nernst-Einstein with the collective diffusion coefficient) or, in a field, current density
        over field (`method` says which).
    D_tracer_cm2_s, D_charge_cm2_s
        Of one labelled ion, and of all ions together: <|sum_i dr_i|^2> / (2 d N t).
    haven_ratio
        D_tracer / D_charge; in a field, both along it.
    correlation_factor
        D_tracer over that of as many uncorrelated hops.
    activation_energy_eV
        Of conductivity times temperature over the temperatures of the series; None for one temperature.
    site_classes
        Occupation and mean residence time of each class of sites.
    simulated_time_s
        Of each replica, without the equilibration.
    equilibration
        Share of the run that was left out.
    """

    material: str
    temperature_K: float
    method: str
    axes: str
    conductivity_S_cm: float
    conductivity_err_S_cm: float
    conductivity_by_axis_S_cm: tuple[float, float, float]
    conductivity_err_by_axis_S_cm: tuple[float, float, float]
    D_tracer_cm2_s: float
    D_tracer_err_cm2_s: float
    D_tracer_by_axis_cm2_s: tuple[float, float, float]
    D_tracer_err_by_axis_cm2_s: tuple[float, float, float]
    D_charge_cm2_s: float
    D_charge_err_cm2_s: float
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
    hops_per_second: float
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row: all numbers, tensors by axis."""
        import pandas as pd

        row: dict[str, Any] = {}
        for name, value in self.__dict__.items():
            if name in ("provenance", "site_classes"):
                continue
            if "_by_axis" in name:
                row |= {name.replace("_by_axis", f"_{axis}"): part for axis, part in zip(AXES, value, strict=True)}
            else:
                row[name] = value
        for site in self.site_classes:
            row[f"occupation {site.name}"] = site.occupation
            row[f"residence_time_s {site.name}"] = site.residence_time_s
        return pd.DataFrame([row])


def observe(replicas: Sequence[Replica], *, name: str, temperature_K: float, parameters: dict[str, Any]) -> Transport:
    """Evaluate finished replicas.

    Parameters
    ----------
    replicas
        All of one model, at one temperature and with one plan.
    name
        Of the model.
    temperature_K
        Kelvin.
    parameters
        For the provenance.
    """
    engine, plan = replicas[0].engine, replicas[0].plan
    model, ions = engine.model, engine.n_ions
    cuts = [equilibration_cut(r.hops_by_window, r.energies_eV) if _may_relax(model) else 0 for r in replicas]
    field = np.asarray(model.field_V_A, dtype=float)
    moving = np.any(np.concatenate([r.squares for r in replicas]) > 0, axis=0)
    velocities = [_drift_series(r)[cut:] for r, cut in zip(replicas, cuts, strict=True)]
    drift_A_s = np.concatenate(velocities).mean(axis=0) if field.any() else np.zeros(3)
    tracer = [_tracer_series(r, drift_A_s)[cut:] for r, cut in zip(replicas, cuts, strict=True)]
    density = ions / model.sites.volume_A3
    to_conductivity = density / (BOLTZMANN_eV_K * temperature_K) * S_CM_PER_e_V_A_s
    strength = float(np.linalg.norm(field))
    kT = BOLTZMANN_eV_K * temperature_K
    if strength > 0:
        along, lag = field / strength, plan.samples
        by_field = np.divide(kT, field, out=np.zeros(3), where=field != 0)
        charge_by_axis = [v * by_field for v in velocities]
        charge = [v @ along * kT / strength for v in velocities]
    else:
        along = np.zeros(3)
        charge_by_axis, lag = _charge_series(replicas, cuts, moving)
        charge = [D[:, moving].mean(axis=1) for D in charge_by_axis]
    D_charge = estimate(charge)
    D_tracer = estimate([t[:, moving].mean(axis=1) for t in tracer])
    by_axis = [estimate([t[:, axis] for t in tracer]) for axis in range(3)]
    conductivities = [_scaled(estimate([D[:, axis] for D in charge_by_axis]), to_conductivity) for axis in range(3)]
    correlation = ratio(
        [2 * t.sum(axis=1) * ions * plan.window_s for t in tracer],
        [r.squares[cut:].sum(axis=1) for r, cut in zip(replicas, cuts, strict=True)],
    )
    along_field = estimate([t @ along**2 for t in tracer]) if strength > 0 else D_tracer
    haven = _quotient(along_field, D_charge)
    conductivity = _scaled(D_charge, to_conductivity)
    seconds = sum(r.seconds for r in replicas)
    hops = sum(int(r.engine.hops()[-1]) for r in replicas)
    return Transport(
        material=name,
        temperature_K=temperature_K,
        method="drift in a field" if strength > 0 else "equilibrium fluctuations",
        axes="".join(axis for axis, moves in zip(AXES, moving, strict=True) if moves),
        conductivity_S_cm=conductivity.mean,
        conductivity_err_S_cm=conductivity.error,
        conductivity_by_axis_S_cm=_three(c.mean for c in conductivities),
        conductivity_err_by_axis_S_cm=_three(c.error for c in conductivities),
        D_tracer_cm2_s=D_tracer.mean * CM2_PER_A2,
        D_tracer_err_cm2_s=D_tracer.error * CM2_PER_A2,
        D_tracer_by_axis_cm2_s=_three(D.mean * CM2_PER_A2 for D in by_axis),
        D_tracer_err_by_axis_cm2_s=_three(D.error * CM2_PER_A2 for D in by_axis),
        D_charge_cm2_s=D_charge.mean * CM2_PER_A2,
        D_charge_err_cm2_s=D_charge.error * CM2_PER_A2,
        haven_ratio=haven.mean,
        haven_ratio_err=haven.error,
        correlation_factor=correlation.mean,
        correlation_factor_err=correlation.error,
        activation_energy_eV=None,
        activation_energy_err_eV=None,
        site_classes=_site_classes(replicas, cuts),
        ions=ions,
        sites=model.sites.n_sites,
        ion_density_per_cm3=density * 1e24,
        replicas=len(replicas),
        simulated_time_s=plan.window_s * (plan.windows - float(np.mean(cuts))),
        equilibration=float(np.mean(cuts)) / plan.windows,
        hops=hops,
        attempts=sum(r.engine.attempts for r in replicas),
        hops_per_second=hops / seconds,
        provenance=provenance(
            **parameters,
            temperature_K=temperature_K,
            field_V_A=list(field),
            **_box(model),
            engine=engine.name,
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


def _without_memory(model: HoppingModel) -> bool:
    """Whether the mean current is 0 in every configuration: ions on a regular lattice that only exclude one another.

    The current of a bond is proportional to c_i (1 - c_j) - c_j (1 - c_i) = c_i - c_j, and at each site the sum of rate
    times displacement over its bonds vanishes.
    """
    lattice = model.sites
    if not isinstance(lattice, Lattice) or model.interacting or not model.homogeneous:
        return False
    steps = lattice.displacements_A
    drift = np.array([steps[:, lattice.hop_class == c].sum(axis=1) for c in range(len(lattice.class_names))])
    return bool(np.allclose(drift, 0.0, atol=1e-6))


def _tracer_series(replica: Replica, drift_A_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tracer diffusion coefficients of the windows by axis, from their second halves; (W, 3), A^2/s.

    The difference of the mean squares, about the drift, leaves out the correlated first hops, which add a constant.
    """
    mean, square = replica.moments[:, :, 0], replica.moments[:, :, 1]
    moved = drift_A_s * (replica.plan.window_s * np.array([[0.5], [1.0]]))
    about = square - 2 * mean * moved + moved**2
    return np.asarray((about[:, 1] - about[:, 0]) / replica.plan.window_s)


def _drift_series(replica: Replica) -> NDArray[np.float64]:
    """Mean velocity of the ions in each window; (W, 3), A/s."""
    positions = replica.positions_A
    return np.asarray((positions[:, -1] - positions[:, 0]) / replica.engine.n_ions / replica.plan.window_s)


def _charge_series(
    replicas: Sequence[Replica], cuts: Sequence[int], moving: NDArray[np.bool_]
) -> tuple[list[NDArray[np.float64]], int]:
    """Charge diffusion coefficients of the windows at the shortest lag that will do, A^2/s; and that lag.

    Where displacements have a memory, what counts is the slope of their mean square from one lag to twice as much: it
    has lost the memory as soon as the first lag has, while the mean square itself keeps a constant of it.
    """
    plan = replicas[0].plan
    lags = [1 << power for power in range(int(np.log2(plan.samples)) + 1)]
    einstein = {
        lag: [
            diffusion_series(replica.positions_A[cut:], replica.engine.n_ions, plan.interval_s, lag)
            for replica, cut in zip(replicas, cuts, strict=True)
        ]
        for lag in lags
    }
    if _without_memory(replicas[0].engine.model):
        return einstein[1], 1
    slopes = {
        lag: [2 * twice - once for once, twice in zip(einstein[lag], einstein[2 * lag], strict=True)]
        for lag in lags[:-1]
    }
    lag = plateau_lag({lag: [D[:, moving].mean(axis=1) for D in slopes[lag]] for lag in slopes})
    # One lag further, what memory the test could not see in the noise is gone.
    lag = min(2 * lag, max(slopes))
    return slopes[lag], lag


def _site_classes(replicas: Sequence[Replica], cuts: Sequence[int]) -> tuple[SiteClass, ...]:
    names = site_class_names(replicas[0].engine)
    sites = np.bincount(replicas[0].site_class, minlength=len(names))
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


def _three(values: Iterable[float]) -> tuple[float, float, float]:
    x, y, z = values
    return x, y, z


def _scaled(value: Estimate, factor: float) -> Estimate:
    return Estimate(value.mean * factor, value.error * abs(factor))


def _quotient(a: Estimate, b: Estimate) -> Estimate:
    """Quotient of two estimates, as if independent."""
    value = a.mean / b.mean
    return Estimate(value, abs(value) * float(np.hypot(a.error / a.mean, b.error / b.mean)))
