"""Tables of transport coefficients, and of the speed of the kernels."""

from __future__ import annotations

from itertools import combinations
from math import hypot
from typing import TYPE_CHECKING, Any

from interfacekit.report.tables.common import continued, new_table
from interfacekit.results import with_error
from interfacekit.transport.bulk.result import AXES
from interfacekit.transport.bulk.series import by_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.report.layout import Table
    from interfacekit.transport import Transport
    from interfacekit.transport.bulk.result import KernelTiming

#: Axes differ where their conductivities do by so many standard errors.
_APART = 3.0
#: A first call that is shorter has not compiled or loaded anything.
_COMPILING_S = 0.05


def transport_tables(results: Sequence[Transport]) -> list[Table | str]:
    """Transport coefficients, in tables for each series of temperatures."""
    return [part for name, series in by_series(results).items() for part in _series_tables(name, series)]


def _series_tables(name: str, series: Sequence[Transport]) -> list[Table | str]:
    directions = " or ".join(dict.fromkeys(r.direction for r in series))
    table = new_table(
        f"{name}: Li transport by kinetic Monte Carlo, {directions}",
        "T (K)",
        "conductivity (S/cm)",
        "D tracer (cm2/s)",
        "D charge (cm2/s)",
        "Haven ratio (-)",
        "correl. (-)",
    )
    for r in series:
        table.add_row(
            f"{r.temperature_K:g}",
            with_error(r.conductivity_S_cm, r.conductivity_err_S_cm, scientific=True),
            f"{r.D_tracer_cm2_s:.2e}",
            f"{r.D_charge_cm2_s:.2e}",
            with_error(r.haven_ratio, r.haven_ratio_err),
            f"{r.correlation_factor:.3f}",
        )
    extra = [part for part in (_axis_table(series), _site_table(series)) if part is not None]
    return [table, *extra, *_notes(series)]


def _axis_table(series: Sequence[Transport]) -> Table | None:
    """Conductivities along the axes of the cell where these differ by more than their errors."""
    if series[0].method == "drift in a field" or not any(_differ(r, i, j) for r in series for i, j in _pairs()):
        return None
    table = new_table("Conductivity along each axis", "T (K)", *(f"{axis} (S/cm)" for axis in AXES))
    for r in series:
        values = zip(r.conductivity_by_axis_S_cm, r.conductivity_err_by_axis_S_cm, strict=True)
        texts = [with_error(value, error, scientific=True) if value else "0" for value, error in values]
        table.add_row(f"{r.temperature_K:g}", *texts)
    return table


def _pairs() -> list[tuple[int, int]]:
    return list(combinations(range(3), 2))


def _differ(result: Transport, i: int, j: int) -> bool:
    values, errors = result.conductivity_by_axis_S_cm, result.conductivity_err_by_axis_S_cm
    return abs(values[i] - values[j]) > _APART * hypot(errors[i], errors[j])


def _site_table(series: Sequence[Transport]) -> Table | None:
    """Occupation and residence time of each class of sites where there are several."""
    if all(len(r.site_classes) < 2 for r in series):
        return None
    table = new_table("Sites", "T (K)", "class", "occupation (-)", "residence time (s)")
    for r in series:
        for site in r.site_classes:
            stay = site.residence_time_s
            table.add_row(
                f"{r.temperature_K:g}",
                site.name,
                with_error(site.occupation, site.occupation_err),
                "never left" if stay is None else with_error(stay, site.residence_time_err_s or 0.0, scientific=True),
            )
    return table


def _notes(series: Sequence[Transport]) -> list[str]:
    first = series[0]
    notes = ["Haven ratio: D tracer / D charge; correl.: D tracer / that of as many uncorrelated hops"]
    if first.activation_energy_eV is not None:
        energy = with_error(first.activation_energy_eV, first.activation_energy_err_eV or 0.0)
        notes.append(f"activation energy of conductivity x T: {energy} eV")
    notes += _slow_directions(series)
    notes += dict.fromkeys(warning for r in series for warning in r.warnings)
    notes += _origins(first.provenance["parameters"])
    least, most = min(r.hops for r in series), max(r.hops for r in series)
    hops = f"{least:.2g}" if f"{least:.2g}" == f"{most:.2g}" else f"{least:.2g} to {most:.2g}"
    kernel = ", ".join(dict.fromkeys(f"{r.provenance['parameters']['engine']}" for r in series))
    left_out = max(r.equilibration for r in series)
    notes.append(
        f"{first.ions} ions on {first.sites} sites; {hops} hops{' at each temperature' if len(series) > 1 else ''} in "
        f"{first.replicas} replica{'s' if first.replicas > 1 else ''}"
        + (f", up to {100 * left_out:.0f} % left out as equilibration" if left_out > 0 else "")
        + f" (kernel: {kernel})"
    )
    return notes + continued(series)


def _slow_directions(series: Sequence[Transport]) -> list[str]:
    """Directions that are left out of the scalars because they need much slower hops."""
    notes = []
    for r in series:
        for slow in r.slow_directions:
            value = (
                ""
                if slow.conductivity_S_cm is None
                else f": {with_error(slow.conductivity_S_cm, slow.conductivity_err_S_cm or 0.0, scientific=True)} S/cm"
            )
            notes.append(
                f"{slow.direction} only by hops slower by a factor exp({slow.slower_kT:.1f}) at {r.temperature_K:g} K, "
                f"not in the means{value}"
            )
    return notes


def _origins(parameters: dict[str, Any]) -> list[str]:
    """What was fitted, what was given, and what is uncertain, of a known material."""
    inputs = parameters.get("model") or ()
    if not inputs:
        return []
    source = next((p["source"] for p in inputs if p["role"].startswith("calibrated")), "given")
    notes = [
        f"the size of the conductivity is fitted, not predicted: {parameters['calibration']} ({source})"
        if parameters["calibration"]
        else "nothing was calibrated to a measurement"
    ]
    for certainty, what in (
        ("given", "given by you"),
        ("memory-approx", "recalled from memory, to be checked"),
        ("assumed", "assumed"),
    ):
        of_it = [
            f"{p['name']} {p['value']:.4g} {p['unit']}".removesuffix(" -")
            for p in inputs
            if p["certainty"] == certainty
        ]
        if of_it:
            notes.append(f"{what}: {', '.join(of_it)}")
    return notes


def timing_tables(timings: Sequence[KernelTiming]) -> list[Table | str]:
    """Speed of the kernels, a row for each workload."""
    table = new_table(
        "Speed of the kernels on one core: simple cubic, half filled, 300 K",
        "workload",
        "sites (-)",
        "kernel",
        "10^6 hops (1/s)",
        "attempt (ns)",
        "accepted (%)",
        "memory (B/site)",
    )
    for t in timings:
        table.add_row(
            t.description,
            f"{t.sites:,}",
            t.kernel,
            f"{t.million_hops_per_s:.3g}",
            f"{t.ns_per_attempt:.3g}",
            f"{100 * t.acceptance:.1f}",
            f"{t.bytes_per_site:.0f}",
        )
    compiled = [t for t in timings if t.first_call_s > _COMPILING_S]
    notes = [
        f"first call of {t.kernel.split(',')[0]}: {t.first_call_s:.2g} s, which compiles or loads its code"
        for t in compiled
    ]
    if any("repulsion" in t.description for t in timings):
        notes.insert(0, "repulsion: +kT/2 or +kT per pair of neighbouring ions, not SPPARKS's attractive lattice gas")
    return [table, *notes]
