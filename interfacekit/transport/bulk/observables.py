"""Transport coefficients of a run, each with its error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import CM2_PER_A2, S_CM_PER_e_V_A_s
from interfacekit.results import provenance
from interfacekit.transport.bulk.motion import charge_motion, tracer_motion
from interfacekit.transport.bulk.result import SiteClass, SlowDirection, Transport
from interfacekit.transport.bulk.sample import along_axes, mean_over, mean_tensor, rows, sampled, scaled, three
from interfacekit.transport.bulk.validity import limits
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.runs.statistics import Estimate, estimate, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.transport.bulk.motion import ChargeMotion, TracerMotion
    from interfacekit.transport.bulk.replica import Replica
    from interfacekit.transport.bulk.result import Tensor
    from interfacekit.transport.bulk.sample import Sample
    from interfacekit.transport.hopping.directions import Directions


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
    sample = sampled(replicas, temperature_K)
    model, cut = sample.model, float(np.mean(sample.cuts))
    density_A3 = sample.ions / model.sites.volume_A3
    to_conductivity = density_A3 / sample.kT_eV * S_CM_PER_e_V_A_s
    tracer = tracer_motion(sample)
    charge = charge_motion(sample, tracer)
    D_charge = estimate(charge.series)
    D_tracer = estimate([mean_over(t, sample.fast) for t in tracer.tensors])
    tracer_by_axis = along_axes(tracer.tensors, model.sites.axes, sample.everywhere)
    correlation, haven = _ratios(sample, tracer, charge)
    conductivity = scaled(D_charge, to_conductivity)
    conductivities = [scaled(D, to_conductivity) for D in charge.by_axis]
    return Transport(
        material=name,
        temperature_K=temperature_K,
        method="drift in a field" if sample.field_V_A.any() else "equilibrium fluctuations",
        dimensions=sample.paths.fast.dimensions,
        direction=sample.paths.fast.name,
        slow_directions=tuple(_slow(direction, charge, to_conductivity) for direction in sample.paths.slow),
        conductivity_S_cm=conductivity.mean,
        conductivity_err_S_cm=conductivity.error,
        axes=rows(model.sites.axes),
        conductivity_by_axis_S_cm=three(c.mean for c in conductivities),
        conductivity_err_by_axis_S_cm=three(c.error for c in conductivities),
        conductivity_tensor_S_cm=_tensor(charge, sample, to_conductivity),
        D_tracer_cm2_s=D_tracer.mean * CM2_PER_A2,
        D_tracer_err_cm2_s=D_tracer.error * CM2_PER_A2,
        D_tracer_by_axis_cm2_s=three(D.mean * CM2_PER_A2 for D in tracer_by_axis),
        D_tracer_err_by_axis_cm2_s=three(D.error * CM2_PER_A2 for D in tracer_by_axis),
        D_tracer_tensor_cm2_s=mean_tensor(tracer.tensors, sample.everywhere, CM2_PER_A2),
        D_charge_cm2_s=D_charge.mean * CM2_PER_A2,
        D_charge_err_cm2_s=D_charge.error * CM2_PER_A2,
        D_charge_tensor_cm2_s=_tensor(charge, sample, CM2_PER_A2),
        haven_ratio=haven.mean,
        haven_ratio_err=haven.error,
        correlation_factor=correlation.mean,
        correlation_factor_err=correlation.error,
        activation_energy_eV=None,
        activation_energy_err_eV=None,
        site_classes=_site_classes(sample),
        ions=sample.ions,
        sites=model.sites.n_sites,
        ion_density_per_cm3=density_A3 * 1e24,
        replicas=len(replicas),
        simulated_time_s=sample.plan.window_s * (sample.plan.windows - cut),
        equilibration=cut / sample.plan.windows,
        hops=sum(int(r.state.hops[-1]) for r in replicas),
        attempts=sum(r.state.attempts for r in replicas),
        warnings=tuple(limits(sample, charge, tracer.drift_A_s, D_tracer, D_charge)),
        provenance=_provenance(sample, charge, parameters),
    )


def _ratios(sample: Sample, tracer: TracerMotion, charge: ChargeMotion) -> tuple[Estimate, Estimate]:
    """Correlation factor and Haven ratio; 0 where no ion has moved."""
    hopped = [mean_over(squares, sample.fast) for squares in sample.series(lambda replica: replica.squares)]
    if not sum(float(x.sum()) for x in hopped) > 0:
        return Estimate(0.0, 0.0), Estimate(0.0, 0.0)
    moved = [2 * mean_over(t, sample.fast) * sample.ions * sample.plan.window_s for t in tracer.tensors]
    return ratio(moved, hopped), ratio(charge.tracer, charge.series)


def _tensor(charge: ChargeMotion, sample: Sample, factor: float) -> Tensor | None:
    """Tensor of the charge times a factor; None in a field, where one direction is measured."""
    return None if charge.tensors is None else mean_tensor(charge.tensors, sample.everywhere, factor)


def _provenance(sample: Sample, charge: ChargeMotion, parameters: dict[str, Any]) -> dict[str, Any]:
    plan, sites = sample.plan, sample.model.sites
    box: dict[str, Any] = {"lattice": sites.name, "cells": list(sites.shape)} if isinstance(sites, Lattice) else {}
    return provenance(
        **parameters,
        temperature_K=sample.temperature_K,
        field_V_A=list(sample.field_V_A),
        **box,
        engine=sample.replicas[0].tables.name,
        windows=plan.windows,
        window_s=plan.window_s,
        charge_lag_s=charge.lag * plan.interval_s,
    )


def _slow(direction: Directions, charge: ChargeMotion, to_conductivity: float) -> SlowDirection:
    """Conductivity along a direction that is reached by slow hops only."""
    found = None
    if charge.tensors is not None:
        found = scaled(estimate([mean_over(D, direction.projector) for D in charge.tensors]), to_conductivity)
        if found.error == 0:  # no such hop was sampled
            found = None
    return SlowDirection(
        direction=direction.name,
        slower_kT=direction.slower_kT,
        conductivity_S_cm=found and found.mean,
        conductivity_err_S_cm=found and found.error,
    )


def _site_classes(sample: Sample) -> tuple[SiteClass, ...]:
    replicas = sample.replicas
    tables = replicas[0].tables
    names = tables.site_class_names
    sites = np.bincount(tables.site_classes, minlength=len(names))
    window_s = replicas[0].plan.window_s
    classes = []
    for c, name in enumerate(names):
        if sites[c] == 0:
            continue
        occupied = sample.series(lambda r, c=c: r.occupied[:, c].astype(float))  # type: ignore[misc]
        left = sample.series(lambda r, c=c: r.departures[:, c].astype(float))  # type: ignore[misc]
        occupation = scaled(estimate(occupied), 1 / sites[c])
        stays = scaled(ratio(occupied, left), window_s) if sum(x.sum() for x in left) > 0 else None
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
