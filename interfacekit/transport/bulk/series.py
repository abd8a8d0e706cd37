"""Results of one model at several temperatures, told apart from those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.transport.hopping.drive import A_PER_NM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interfacekit.transport.bulk.observables import Transport


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
