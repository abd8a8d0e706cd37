"""Measured numbers of transport that stand beside what a crystal's network gives, with how sure each is."""

from __future__ import annotations

from dataclasses import dataclass

from interfacekit.results import Result
from interfacekit.structure.barriers.published import literature, numbers_in
from interfacekit.transport.materials.measured import MeasuredPoint, measured_points

#: Units of the literature in those of results.
_UNITS = {"S/cm": ("S/cm", 1.0), "mS/cm": ("S/cm", 1e-3), "S/m": ("S/cm", 1e-2), "eV": ("eV", 1.0)}


@dataclass(frozen=True)
class MeasuredTransport(Result):
    """A measured number, or two ends of a range; `value` is what the source says, where it is in words.

    Attributes
    ----------
    sample, quantity, unit, value
        As the table has them; `S/cm` or `eV` where they can stand beside a run.
    low, high
        In that unit; None in words.
    temperature_K
        Of a conductivity.
    note
        What kind of sample it is.
    source, certainty
        Where it comes from, and how sure that is.
    """

    sample: str
    quantity: str
    unit: str
    value: str
    low: float | None
    high: float | None
    temperature_K: float | None
    note: str
    source: str
    certainty: str

    @property
    def point(self) -> MeasuredPoint | None:
        """For an Arrhenius plot; None unless it is a conductivity."""
        if self.unit != "S/cm" or self.low is None or self.high is None or self.temperature_K is None:
            return None
        return MeasuredPoint(
            self.sample, self.temperature_K, self.low, self.high, self.source, self.certainty, self.note
        )


def measured_of(alias: str) -> list[MeasuredTransport]:
    """Measured conductivities of a material (see `transport.measured_points`)."""
    return [
        MeasuredTransport(
            sample=point.sample,
            quantity="ionic conductivity",
            unit="S/cm",
            value=f"{point.conductivity_low_S_cm:g} - {point.conductivity_high_S_cm:g}",
            low=point.conductivity_low_S_cm,
            high=point.conductivity_high_S_cm,
            temperature_K=point.temperature_K,
            note=point.note,
            source=point.source,
            certainty=point.certainty,
        )
        for point in measured_points(alias)
    ]


def measured_row(
    system: str, quantity: str, *, temperature_K: float | None = None, note: str = ""
) -> MeasuredTransport:
    """Take a measured number from the table of transport numbers; its numbers are the ends of a range.

    Raises
    ------
    InputError
        If there is no such row.
    """
    row = literature(system, quantity)
    numbers = numbers_in(row["value"])
    unit, factor = _UNITS.get(row["unit"], (row["unit"], 1.0))
    known = bool(numbers) and row["unit"] in _UNITS
    return MeasuredTransport(
        sample=system,
        quantity=quantity,
        unit=unit,
        value=row["value"],
        low=min(numbers) * factor if known else None,
        high=max(numbers) * factor if known else None,
        temperature_K=temperature_K,
        note=note or row["conditions"],
        source=row["source"],
        certainty=row["certainty"],
    )
