"""The interface phase diagram of a pair: which phases form, over voltage and mixing ratio.

The mixtures of two phases with any amount of Li are a plane through the closed hull. An edge of the hull's trace on
that plane is a set of products that holds between two mixing ratios and between two voltages, so the diagram is a
tiling of rectangles, and finding them is exact: a voltage interval is done when each field that crosses its middle
spans it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interfacekit.errors import ComputationError
from interfacekit.phases import Phase, distinct_phases
from interfacekit.results import Result, provenance
from interfacekit.thermo.system import system
from interfacekit.thermo.tie_line import TieLine, tie_line
from interfacekit.units import check_voltage_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from interfacekit.entries import Source
    from interfacekit.thermo.equilibria import Engine
    from interfacekit.thermo.system import System

#: Voltages closer than this are the same; the rounding of the snapshot's energies moves a voltage by 1e-5 V or more.
VOLTAGE_TOLERANCE = 1e-7
#: Where in an interval to look, in turn, until the place is not itself a transition.
_PLACES = (0.5, 0.381966, 0.618034, 0.236068, 0.763932)


@dataclass(frozen=True)
class PhaseField(Result):
    """Products that form between two mixing ratios (atom fraction of the first phase) and two voltages."""

    x_low: float
    x_high: float
    voltage_low_V: float
    voltage_high_V: float
    products: tuple[str, ...]


@dataclass(frozen=True)
class PhaseMap(Result):
    """Phase fields that tile voltage x mixing ratio for a pair open to Li.

    Attributes
    ----------
    phases, formulas
        Labels and formulas; `x` is the fraction of atoms that come from the first.
    voltage_low_V, voltage_high_V
        The range covered; fields are cut off there.
    fields
        By rising voltage, then `x`.
    provenance
        Where the numbers come from.
    """

    phases: tuple[str, str]
    formulas: tuple[str, str]
    voltage_low_V: float
    voltage_high_V: float
    fields: tuple[PhaseField, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per field; products are joined by ` + `."""
        import pandas as pd

        return pd.DataFrame(
            [(f.x_low, f.x_high, f.voltage_low_V, f.voltage_high_V, " + ".join(f.products)) for f in self.fields],
            columns=["x_low", "x_high", "voltage_low_V", "voltage_high_V", "products"],
        )


def phase_map(
    first: str | Phase,
    second: str | Phase,
    voltage_V: tuple[float, float] = (0.0, 5.0),
    entries: Source = "mp2019",
    *,
    engine: Engine = "kernels",
) -> PhaseMap:
    """Products of two phases in contact over voltage and mixing ratio, exact in both.

    Raises
    ------
    InputError
        As `interface_reaction`; and if the voltage range is reversed or empty.
    """
    pair = distinct_phases([first, second])
    voltage_V = check_voltage_range(*voltage_V)
    surroundings = system(pair, entries, engine)
    fields: dict[tuple[float, ...], PhaseField] = {}
    for slab in voltage_slabs(surroundings, *voltage_V):
        for whole in slab.fields:
            field = replace(
                whole,
                voltage_low_V=max(whole.voltage_low_V, voltage_V[0]),
                voltage_high_V=min(whole.voltage_high_V, voltage_V[1]),
            )
            corners = (field.x_low, field.x_high, field.voltage_low_V, field.voltage_high_V)
            fields.setdefault(tuple(round(corner, 6) for corner in corners), field)
    return PhaseMap(
        phases=(pair[0].label, pair[1].label),
        formulas=(pair[0].formula, pair[1].formula),
        voltage_low_V=voltage_V[0],
        voltage_high_V=voltage_V[1],
        fields=tuple(sorted(fields.values(), key=lambda f: (f.voltage_low_V, f.x_low))),
        provenance=provenance(
            surroundings.table, solver=engine, phases=(pair[0].formula, pair[1].formula), voltage_V=voltage_V
        ),
    )


@dataclass(frozen=True, eq=False)
class VoltageSlab:
    """Voltages between which the kinks of a pair and their products stay the same, with the tie line at one of them."""

    low_V: float
    high_V: float
    line: TieLine
    fields: tuple[PhaseField, ...]


def voltage_slabs(surroundings: System, low_V: float, high_V: float) -> list[VoltageSlab]:
    """Divide a voltage range into slabs for a system of two phases, contiguous and by rising voltage."""
    slabs: list[VoltageSlab] = []
    todo = [(low_V, high_V)]
    while todo:
        low, high = todo.pop()
        if high - low <= VOLTAGE_TOLERANCE:
            continue
        slab = _slab_inside(surroundings, (low, high))
        slabs.append(slab)
        todo += [(low, slab.low_V), (slab.high_V, high)]
    return sorted(slabs, key=lambda slab: slab.low_V)


def _slab_inside(surroundings: System, limits: tuple[float, float]) -> VoltageSlab:
    for place in _PLACES:
        voltage = limits[0] + place * (limits[1] - limits[0])
        line = tie_line(surroundings, voltage)
        spans = list(_spans(line, surroundings))
        low = max(low for low, _, _ in spans)
        high = min(high for _, high, _ in spans)
        if voltage - low > VOLTAGE_TOLERANCE / 4 and high - voltage > VOLTAGE_TOLERANCE / 4:
            break
    else:
        raise ComputationError(f"every voltage tried between {limits[0]} and {limits[1]} V is a transition")
    fields = tuple(
        PhaseField(
            x_low=float(line.x[k]),
            x_high=float(line.x[k + 1]),
            voltage_low_V=span_low,
            voltage_high_V=span_high,
            products=products,
        )
        for k, (span_low, span_high, products) in enumerate(spans)
    )
    return VoltageSlab(low_V=max(low, limits[0]), high_V=min(high, limits[1]), line=line, fields=fields)


def _spans(line: TieLine, surroundings: System) -> Iterator[tuple[float, float, tuple[str, ...]]]:
    """Voltages between which each interval of the mixing keeps its products, and those products."""
    assert line.voltage_V is not None  # noqa: S101  # for the type checker: slabs are open
    closed, reservoir = surroundings.equilibria(), surroundings.equilibria(line.voltage_V)
    first, second = (surroundings.vector(phase) for phase in line.pair)
    columns = [closed.elements.index(element) for element in reservoir.elements]
    for left, right in zip(line.mixing[:-1], line.mixing[1:], strict=True):
        middle = (left + right) / 2
        mixture = (1 - middle) * line.end_formulas[0] * second + middle * line.end_formulas[1] * first
        stair = next(stair for stair in closed.staircase(mixture) if stair.voltage_high_V > line.voltage_V)
        phases = reservoir.equilibrium(mixture[columns])
        names = tuple(reservoir.formulas[i] for i in sorted(phases, key=lambda i: -phases[i]))
        yield stair.voltage_low_V, stair.voltage_high_V, names
