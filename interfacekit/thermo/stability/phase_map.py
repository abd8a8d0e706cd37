"""The interface phase diagram of a pair: which phases form, over voltage and mixing ratio.

The mixtures of two phases with any amount of Li are a plane through the closed hull. An edge of the hull's trace on
that plane is a set of products that holds between two mixing ratios and between two voltages, so the diagram is a
tiling of rectangles, and finding them is exact: a voltage interval is done when each field that crosses its middle
spans it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.errors import ComputationError
from interfacekit.phases import Phase, distinct_phases
from interfacekit.results import Result, provenance
from interfacekit.thermo.equilibria.system import load_system
from interfacekit.thermo.stability.tie_line import TieLine, tie_line
from interfacekit.units import check_voltage_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.entries import Source
    from interfacekit.thermo.equilibria.engine import Engine
    from interfacekit.thermo.equilibria.system import System

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
class PhaseMap(
    Result,
    tables="interfacekit.report.tables.maps:field_tables",
    figure="interfacekit.plots.thermo.phase_map:plot_phase_map",
):
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
    voltage_V = check_voltage_range(voltage_V)
    system = load_system(pair, entries, engine)
    fields: dict[tuple[float, ...], PhaseField] = {}
    for slab in voltage_slabs(system, *voltage_V):
        x = slab.line.x.tolist()
        for k, (low, high) in enumerate(slab.spans):
            corners = (x[k], x[k + 1], max(low, voltage_V[0]), min(high, voltage_V[1]))
            known = tuple(round(corner, 6) for corner in corners)
            if known not in fields:
                fields[known] = PhaseField(*corners, _products(system, slab.line, k))
    return PhaseMap(
        phases=(pair[0].label, pair[1].label),
        formulas=(pair[0].formula, pair[1].formula),
        voltage_low_V=voltage_V[0],
        voltage_high_V=voltage_V[1],
        fields=tuple(sorted(fields.values(), key=lambda f: (f.voltage_low_V, f.x_low))),
        provenance=provenance(
            system.table, solver=engine, phases=(pair[0].formula, pair[1].formula), voltage_V=voltage_V
        ),
    )


@dataclass(frozen=True, eq=False)
class VoltageSlab:
    """Voltages between which the kinks of a pair and their products stay the same.

    Attributes
    ----------
    low_V, high_V
        Its limits.
    line
        The tie line at one of its voltages.
    spans
        For each interval between neighbouring kinks of the line, the voltages between which it keeps its products.
    """

    low_V: float
    high_V: float
    line: TieLine
    spans: tuple[tuple[float, float], ...]


def voltage_slabs(system: System, low_V: float, high_V: float) -> list[VoltageSlab]:
    """Divide a voltage range into slabs for a system of two phases, contiguous and by rising voltage."""
    slabs: list[VoltageSlab] = []
    known = _Spans(system)
    todo = [(low_V, high_V)]
    while todo:
        low, high = todo.pop()
        if high - low <= VOLTAGE_TOLERANCE:
            continue
        slab = _slab_inside(system, (low, high), known)
        slabs.append(slab)
        todo += [(low, slab.low_V), (slab.high_V, high)]
    return sorted(slabs, key=lambda slab: slab.low_V)


def _slab_inside(system: System, limits: tuple[float, float], known: _Spans) -> VoltageSlab:
    for place in _PLACES:
        voltage = limits[0] + place * (limits[1] - limits[0])
        line = tie_line(system, voltage)
        spans = tuple(known.of(line, voltage))
        low = max(low for low, _ in spans)
        high = min(high for _, high in spans)
        if voltage - low > VOLTAGE_TOLERANCE / 4 and high - voltage > VOLTAGE_TOLERANCE / 4:
            break
    else:
        raise ComputationError(f"every voltage tried between {limits[0]} and {limits[1]} V is a transition")
    return VoltageSlab(low_V=max(low, limits[0]), high_V=min(high, limits[1]), line=line, spans=spans)


class _Spans:
    """Voltages between which intervals of the mixing ratio keep their products, each found once.

    Most intervals are crossed by many slabs.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._found: dict[tuple[float, float], list[tuple[float, float]]] = {}

    def of(self, line: TieLine, voltage_V: float) -> Iterator[tuple[float, float]]:
        """Yield the span of each interval of a tie line at a voltage."""
        mixing = line.mixing.tolist()
        for k, ends in enumerate(zip(mixing[:-1], mixing[1:], strict=True)):
            found = self._found.setdefault((round(ends[0], 9), round(ends[1], 9)), [])
            # Inside a span, away from both ends.
            margin = VOLTAGE_TOLERANCE / 4
            span = next((span for span in found if span[0] + margin < voltage_V < span[1] - margin), None)
            if span is None:
                plateaus = self._system.equilibria().staircase(_mixture(self._system, line, k))
                span = plateaus.limits_V(plateaus.plateau_at(voltage_V))
                found.append(span)
            yield span


def _mixture(system: System, line: TieLine, k: int) -> NDArray[np.float64]:
    """Atoms of all elements in the middle of an interval between neighbouring kinks, shape (d,)."""
    first, second = (system.vector(phase) for phase in line.pair)
    middle = (line.mixing[k] + line.mixing[k + 1]) / 2
    mixture: NDArray[np.float64] = (1 - middle) * line.end_formulas[0] * second + middle * line.end_formulas[1] * first
    return mixture


def _products(system: System, line: TieLine, k: int) -> tuple[str, ...]:
    """Formulas of the products of an interval between neighbouring kinks, the most first."""
    closed, reservoir = system.equilibria(), system.equilibria(line.voltage_V)
    columns = [closed.elements.index(element) for element in reservoir.elements]
    phases = reservoir.equilibrium(_mixture(system, line, k)[columns])
    return tuple(reservoir.formulas[i] for i in sorted(phases, key=lambda i: -phases[i]))
