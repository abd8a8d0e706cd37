"""Results of one model at several temperatures: their activation energy, and their names among those of others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interfacekit.constants import A_PER_NM
from interfacekit.transport.runs.statistics import arrhenius_fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interfacekit.transport.bulk.result import Transport


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


def by_series(results: Iterable[Transport]) -> dict[str, list[Transport]]:
    """Group results by material, sample and field, under names such as `LGPS (bulk)`; in the order given."""
    series: dict[str, list[Transport]] = {}
    for result in results:
        series.setdefault(_name(result), []).append(result)
    return series


def _name(result: Transport) -> str:
    parameters = result.provenance["parameters"]
    sample = f" ({parameters['sample']})" if parameters.get("sample") else ""
    field_V_nm = [A_PER_NM * component for component in parameters["field_V_A"]]
    along = [f"{strength:g} V/nm along {axis}" for strength, axis in zip(field_V_nm, "xyz", strict=True) if strength]
    return f"{result.material}{sample}" + (f", {' and '.join(along)}" if along else "")
