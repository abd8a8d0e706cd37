"""Interface phase diagram of a pair: equilibrium products over voltage and mixing ratio.

The mixtures of two phases with any amount of Li form a plane through the closed hull. An edge of the section of the
hull by this plane is a set of products that holds between two mixing ratios and between two voltages. The diagram is
therefore a tiling of rectangles, and can be computed exactly: a voltage interval is complete if every field that
crosses its middle spans it.
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

#: Largest difference of equal voltages (V); the rounding of the snapshot's energies shifts voltages by at least 1e-5 V.
VOLTAGE_TOLERANCE = 1e-7
#: Places in an interval at which the slab is searched, in turn, until one is not a transition.
_PLACES = (0.5, 0.381966, 0.618034, 0.236068, 0.763932)


@dataclass(frozen=True)
class PhaseField(Result):
    """Products that form between two mixing ratios and two voltages.

    Attributes
    ----------
    x_low
        Lower mixing ratio: fraction of atoms from the first phase.
    x_high
        Upper mixing ratio: fraction of atoms from the first phase.
    voltage_low_V
        Lower voltage, V vs Li/Li+.
    voltage_high_V
        Upper voltage, V vs Li/Li+.
    products
        Formulas of the products in order of decreasing formula units.

    Examples
    --------
    >>> import interfacekit as ik
    >>> field = ik.phase_map("LCO", "LGPS", (3.0, 4.0)).fields[0]
    >>> field.products
    ('GeS2', 'P2S7', 'LiS4', 'S8O', 'CoS2')
    """

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
    """Phase fields of a pair open to Li, over voltage and mixing ratio.

    Attributes
    ----------
    phases
        Labels of both phases; the mixing ratio x is the fraction of atoms from the first.
    formulas
        Formulas of both phases.
    voltage_low_V
        Lowest voltage of the diagram, V vs Li/Li+.
    voltage_high_V
        Highest voltage of the diagram, V vs Li/Li+.
    fields
        Fields that tile the diagram, in order of increasing voltage, then mixing ratio.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> len(ik.phase_map("LCO", "LGPS", (3.0, 4.0)).fields)
    100
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
    """Interface phase diagram: equilibrium products of two phases over voltage and mixing ratio, exact in both.

    Parameters
    ----------
    first, second
        Aliases or formulas of two distinct compositions.
    voltage_V
        Lowest and highest voltage, V vs Li/Li+; default (0.0, 5.0).
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    engine
        `"kernels"` (default) or `"pymatgen"`, which builds convex hulls.

    Returns
    -------
    PhaseMap
        Rectangular fields; mixing ratio as fraction of atoms from the first phase, voltages in V vs Li/Li+.

    Raises
    ------
    InputError
        See `interface_reaction`; also if the voltage range is reversed or empty.

    Examples
    --------
    >>> import interfacekit as ik
    >>> diagram = ik.phase_map("LNO", "LGPS", voltage_V=(2.0, 2.5))
    >>> diagram.to_frame().shape
    (38, 5)
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
    """Voltage interval in which the kinks of a pair and their products do not change.

    Attributes
    ----------
    low_V, high_V
        Limits, V.
    line
        Tie line at a voltage within the interval.
    spans
        Voltage range (V) of the products of each interval between neighbouring kinks.
    """

    low_V: float
    high_V: float
    line: TieLine
    spans: tuple[tuple[float, float], ...]


def voltage_slabs(system: System, low_V: float, high_V: float) -> list[VoltageSlab]:
    """Divide a voltage range into contiguous slabs of a system of two phases, by increasing voltage."""
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
    """Voltage ranges of the products of mixing-ratio intervals; each is computed once, since many slabs cross it."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._found: dict[tuple[float, float], list[tuple[float, float]]] = {}

    def of(self, line: TieLine, voltage_V: float) -> Iterator[tuple[float, float]]:
        """Yield the voltage range of each interval of a tie line at a voltage."""
        mixing = line.mixing.tolist()
        for k, ends in enumerate(zip(mixing[:-1], mixing[1:], strict=True)):
            known = self._found.setdefault((round(ends[0], 9), round(ends[1], 9)), [])
            # Inside a span, away from both ends.
            margin = VOLTAGE_TOLERANCE / 4
            span = next((span for span in known if span[0] + margin < voltage_V < span[1] - margin), None)
            if span is None:
                plateaus = self._system.equilibria().staircase(_mixture(self._system, line, k))
                span = plateaus.limits_V(plateaus.plateau_at(voltage_V))
                known.append(span)
            yield span


def _mixture(system: System, line: TieLine, k: int) -> NDArray[np.float64]:
    """Atoms of all elements at the middle of an interval between neighbouring kinks, shape (d,)."""
    first, second = (system.vector(phase) for phase in line.pair)
    middle = (line.mixing[k] + line.mixing[k + 1]) / 2
    mixture: NDArray[np.float64] = (1 - middle) * line.end_formulas[0] * second + middle * line.end_formulas[1] * first
    return mixture


def _products(system: System, line: TieLine, k: int) -> tuple[str, ...]:
    """Formulas of the products of an interval between neighbouring kinks, in order of decreasing formula units."""
    closed, reservoir = system.equilibria(), system.equilibria(line.voltage_V)
    columns = [closed.elements.index(element) for element in reservoir.elements]
    phases = reservoir.equilibrium(_mixture(system, line, k)[columns])
    return tuple(reservoir.formulas[i] for i in sorted(phases, key=lambda i: -phases[i]))
