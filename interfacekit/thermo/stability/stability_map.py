"""Decomposition and reaction energies of phases and pairs over voltage, exact in their breakpoints."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import ComputationError, InputError
from interfacekit.phases import Phase, distinct_phases, phase, require_list
from interfacekit.results import Result, provenance, written
from interfacekit.thermo.equilibria.engine import ENERGY_TOLERANCE, clean, named_amounts
from interfacekit.thermo.equilibria.envelope import upper_envelope
from interfacekit.thermo.equilibria.system import load_system
from interfacekit.thermo.stability.phase_map import VOLTAGE_TOLERANCE, voltage_slabs
from interfacekit.units import LITHIUM, check_voltage_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from interfacekit.entries import Source
    from interfacekit.thermo.equilibria.engine import Engine
    from interfacekit.thermo.equilibria.system import System
    from interfacekit.thermo.stability.phase_map import VoltageSlab
    from interfacekit.thermo.stability.tie_line import Baseline

BASELINES = ("mutual", "total")
BASES = ("eV_per_atom", "eV_per_non_Li_atom")


@dataclass(frozen=True)
class MapSegment(Result):
    """Voltage interval with one worst reaction, whose energy is linear in voltage.

    Attributes
    ----------
    voltage_low_V
        Lower end, V vs Li/Li+.
    voltage_high_V
        Upper end, V vs Li/Li+.
    energy_low_eV_per_atom
        Energy at the lower end, eV/atom; negative if exothermic.
    energy_high_eV_per_atom
        Energy at the upper end, eV/atom.
    energy_low_eV_per_non_Li_atom
        Energy at the lower end, eV per non-Li atom.
    energy_high_eV_per_non_Li_atom
        Energy at the upper end, eV per non-Li atom.
    x
        Fraction of atoms from the first phase of the pair; None for a single phase.
    li_per_formula
        Li taken up from the reservoir (> 0) or released to it (< 0), Li per formula unit of the reactants.
    products
        Formula units per formula unit of the reactants.

    Examples
    --------
    >>> import interfacekit as ik
    >>> segment = ik.stability_map(["LGPS"], (2.0, 4.5)).rows[0].segments[0]
    >>> print(f"{segment.voltage_low_V:.2f}-{segment.voltage_high_V:.2f} V: {segment.products}")
    2.00-2.29 V: {'Li3PS4': 2.0, 'Li4GeS4': 1.0}
    """

    voltage_low_V: float
    voltage_high_V: float
    energy_low_eV_per_atom: float
    energy_high_eV_per_atom: float
    energy_low_eV_per_non_Li_atom: float
    energy_high_eV_per_non_Li_atom: float
    x: float | None
    li_per_formula: float
    products: dict[str, float]


@dataclass(frozen=True)
class MapRow(Result):
    """One phase or pair over the voltage range.

    Attributes
    ----------
    subject
        Label, such as `LGPS` or `LCO|LGPS`.
    formulas
        One or two formulas.
    segments
        Contiguous segments in order of increasing voltage (V).

    Examples
    --------
    >>> import interfacekit as ik
    >>> row = ik.stability_map([("LCO", "LGPS")], (2.0, 4.5)).rows[0]
    >>> row.subject, len(row.segments)
    ('LCO|LGPS', 18)
    """

    subject: str
    formulas: tuple[str, ...]
    segments: tuple[MapSegment, ...]


@dataclass(frozen=True)
class StabilityMap(
    Result,
    tables="interfacekit.report.tables.maps:stability_tables",
    figure="interfacekit.plots.thermo.stability_map:plot_stability_map",
):
    """Decomposition and reaction energies of phases and pairs with a Li reservoir, over a voltage range.

    Attributes
    ----------
    baseline
        `mutual`: pairs against each phase in its own equilibrium with the reservoir, single phases against their hull
        energy. `total`: both against the own energies of the phases.
    voltage_low_V
        Lowest voltage, V vs Li/Li+.
    voltage_high_V
        Highest voltage, V vs Li/Li+.
    rows
        One row per phase or pair.
    provenance
        Version, engine, formation energies and parameters.
    not_mapped
        Reason for each phase or pair without a row, such as an element without energies.

    Examples
    --------
    >>> import interfacekit as ik
    >>> diagram = ik.stability_map(["LGPS", ("LCO", "LGPS")], (2.0, 4.5))
    >>> [(row.subject, len(row.segments)) for row in diagram.rows]
    [('LGPS', 4), ('LCO|LGPS', 18)]
    """

    baseline: str
    voltage_low_V: float
    voltage_high_V: float
    rows: tuple[MapRow, ...]
    provenance: dict[str, Any]
    not_mapped: dict[str, str] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per segment; products are text such as `2 Li3PS4 + GeS2`."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"subject": row.subject, "formulas": "|".join(row.formulas), "baseline": self.baseline}
                | asdict(segment)
                | {"products": written(segment.products)}
                for row in self.rows
                for segment in row.segments
            ]
        )


def stability_map(
    subjects: Sequence[str | Phase | tuple[str | Phase, str | Phase]],
    voltage_V: tuple[float, float] = (0.0, 5.0),
    baseline: Baseline = "mutual",
    entries: Source = "mp2019",
    progress: Callable[[Sequence[tuple[Phase, ...]]], Iterable[tuple[Phase, ...]]] = iter,
    *,
    engine: Engine = "kernels",
) -> StabilityMap:
    """Decomposition energies of phases and reaction energies of pairs over voltage.

    Within a segment the energy is linear in voltage: its slope is the Li taken up (doi:10.1021/acsami.5b07517 for
    phases, doi:10.1021/acs.chemmater.5b04082 for pairs).

    Parameters
    ----------
    subjects
        Phases (aliases or formulas) and pairs of phases (tuples).
    voltage_V
        Lowest and highest voltage, V vs Li/Li+; default (0.0, 5.0).
    baseline
        `"mutual"` (default) or `"total"`, see `StabilityMap`.
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    progress
        Wrapper of the iteration over subjects, such as `rich.progress.track`; none by default.
    engine
        `"kernels"` (default) or `"pymatgen"`, which builds convex hulls.

    Returns
    -------
    StabilityMap
        Energies in eV per atom and per non-Li atom, exact at every voltage.

    Raises
    ------
    InputError
        If there is no subject, a subject is repeated, a name is not a phase, the source lacks an element of every
        subject, the voltage range is negative, not finite or reversed, or the baseline is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> diagram = ik.stability_map(["LGPS", ("LCO", "LGPS")], voltage_V=(2.0, 4.5))
    >>> row = diagram.rows[1]
    >>> print(f"{1000 * ik.thermo.energies_at(row, [4.0])[0]:.0f} meV per non-Li atom at 4.0 V")
    -707 meV per non-Li atom at 4.0 V
    """
    if baseline not in BASELINES:
        raise InputError(f"unknown baseline {baseline!r}; choose from {', '.join(BASELINES)}")
    voltage_V = check_voltage_range(voltage_V)
    require_list(subjects, "subjects")
    read = [_read_subject(subject) for subject in subjects]
    labels = [_label(members) for members in read]
    if not labels:
        raise InputError("subjects must be one or more phases or pairs, got none; such as ['LGPS', ('LCO', 'LGPS')]")
    if repeated := sorted({label for label in labels if labels.count(label) > 1}):
        raise InputError(f"subjects must be distinct, got {repeated[0]} twice; name each phase or pair once")
    rows, tables = [], []
    problems: dict[str, InputError | ComputationError] = {}
    for members in progress(read):
        try:
            system = load_system(members, entries, engine)
            segments = tuple(_segments(system, voltage_V, baseline))
        except (InputError, ComputationError) as problem:
            problems[_label(members)] = problem
            continue
        tables.append(system.table)
        rows.append(MapRow(_label(members), tuple(phase.formula for phase in members), segments))
    if problems and not rows:
        raise next(iter(problems.values()))
    return StabilityMap(
        baseline=baseline,
        voltage_low_V=voltage_V[0],
        voltage_high_V=voltage_V[1],
        rows=tuple(rows),
        provenance=provenance(
            *tables, solver=engine, subjects=tuple(row.formulas for row in rows), voltage_V=voltage_V, baseline=baseline
        ),
        not_mapped={label: str(problem) for label, problem in problems.items()},
    )


def energies_at(row: MapRow, voltages_V: ArrayLike, basis: str = "eV_per_non_Li_atom") -> NDArray[np.float64]:
    """Energy of a row of a stability map at given voltages, exact: linear within each segment.

    Parameters
    ----------
    row
        Row of a `StabilityMap`.
    voltages_V
        Voltages within the range of the row, V vs Li/Li+, shape (n,).
    basis
        `"eV_per_non_Li_atom"` (default) or `"eV_per_atom"`. The latter is discontinuous where the worst reaction of a
        pair changes its mixing ratio; the value is that of the segment above.

    Returns
    -------
    ndarray of float64, shape (n,)
        Energies in eV per non-Li atom or per atom; negative if exothermic.

    Raises
    ------
    InputError
        If a voltage is outside the range of the row, or the basis is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> row = ik.stability_map([("LCO", "LGPS")], (2.0, 4.5)).rows[0]
    >>> ik.thermo.energies_at(row, [2.5, 3.0, 4.0]).round(3)
    array([-0.569, -0.57 , -0.707])
    """
    if basis not in BASES:
        raise InputError(f"unknown basis {basis!r}; choose from {', '.join(BASES)}")
    voltages = np.asarray(voltages_V, dtype=np.float64)
    starts = np.array([s.voltage_low_V for s in row.segments])
    ends = np.array([s.voltage_high_V for s in row.segments])
    if voltages.size and not (voltages.min() >= starts[0] and voltages.max() <= ends[-1]):
        raise InputError(
            f"voltages_V must lie between {starts[0]:g} and {ends[-1]:g} V, as {row.subject} does; map a wider range"
        )
    at_start = np.array([getattr(s, f"energy_low_{basis}") for s in row.segments])
    at_end = np.array([getattr(s, f"energy_high_{basis}") for s in row.segments])
    k = np.searchsorted(starts, voltages, side="right") - 1
    share = (voltages - starts[k]) / (ends[k] - starts[k])
    energies: NDArray[np.float64] = at_start[k] + share * (at_end[k] - at_start[k])
    return energies


def _label(members: tuple[Phase, ...]) -> str:
    return "|".join(member.label for member in members)


def _read_subject(subject: Any) -> tuple[Phase, ...]:
    is_pair = isinstance(subject, tuple | list)
    if is_pair and len(subject) != 2:
        raise InputError(
            f"a subject must be a phase or a pair of phases, got {len(subject)} phases; map each pair of them"
        )
    members = distinct_phases(subject) if is_pair else (phase(subject),)
    if any(member.elements == {LITHIUM} for member in members):
        raise InputError(
            "subjects must not include Li metal, the reservoir of a Li-open map; use `react` without a voltage"
        )
    return members


def _segments(system: System, voltage_V: tuple[float, float], baseline: Baseline) -> list[MapSegment]:
    if len(system.phases) == 1:
        return _phase_segments(system, voltage_V, baseline)
    slabs = voltage_slabs(system, *voltage_V)
    return _merged([segment for slab in slabs for segment in _pair_segments(slab, baseline)])


def _phase_segments(system: System, voltage_V: tuple[float, float], baseline: Baseline) -> list[MapSegment]:
    (subject,), equilibria = system.phases, system.equilibria()
    composition = system.vector(subject)
    own_lithium = subject.amount(LITHIUM)
    axis = np.array(equilibria.elements) == LITHIUM
    reference = system.energy(subject) if baseline == "total" else system.hull_energy(subject)
    segments = []
    for plateau in equilibria.staircase(composition):
        low, high = max(plateau.voltage_low_V, voltage_V[0]), min(plateau.voltage_high_V, voltage_V[1])
        if high - low <= VOLTAGE_TOLERANCE:
            continue
        taken_up = plateau.lithium - own_lithium
        formed = equilibria.energy(composition + taken_up * axis) - reference
        energies = [formed + taken_up * voltage for voltage in (low, high)]
        segments.append(
            _segment(
                (low, high),
                per_atom=[energy / subject.n_atoms for energy in energies],
                per_non_lithium_atom=[energy / (subject.n_atoms - own_lithium) for energy in energies],
                x=None,
                li_per_formula=taken_up,
                products=named_amounts(equilibria.named(plateau.phases)),
            )
        )
    return segments


def _pair_segments(slab: VoltageSlab, baseline: Baseline) -> list[MapSegment]:
    """Divide a slab where another kink becomes the worst; the energy of each kink is a line in voltage."""
    line = slab.line
    energies, slopes = line.energies(baseline), line.slopes(baseline)
    intercepts = energies - slopes * (line.voltage_V or 0.0)
    worst = upper_envelope(-intercepts, -slopes, slab.low_V, slab.high_V, ENERGY_TOLERANCE)
    segments = []
    for low, high, line_index in zip(worst.kinks[:-1], worst.kinks[1:], worst.lines, strict=True):
        at_ends = intercepts[line_index] + slopes[line_index] * np.array([low, high])
        kink = int(line_index) if at_ends.min() < -ENERGY_TOLERANCE else 0
        at_ends = intercepts[kink] + slopes[kink] * np.array([low, high])
        segments.append(
            _segment(
                (float(low), float(high)),
                per_atom=at_ends / line.atoms[kink],
                per_non_lithium_atom=at_ends / line.non_lithium_atoms[kink],
                x=float(line.x[kink]),
                li_per_formula=float(line.lithium_per_formula[kink]),
                products=line.products(kink),
            )
        )
    return segments


def _segment(
    voltages_V: tuple[float, float],
    *,
    per_atom: Sequence[float] | NDArray[np.float64],
    per_non_lithium_atom: Sequence[float] | NDArray[np.float64],
    x: float | None,
    li_per_formula: float,
    products: dict[str, float],
) -> MapSegment:
    low, high = (clean(energy) for energy in per_atom)
    low_non_li, high_non_li = (clean(energy) for energy in per_non_lithium_atom)
    return MapSegment(
        voltage_low_V=voltages_V[0],
        voltage_high_V=voltages_V[1],
        energy_low_eV_per_atom=low,
        energy_high_eV_per_atom=high,
        energy_low_eV_per_non_Li_atom=low_non_li,
        energy_high_eV_per_non_Li_atom=high_non_li,
        x=x,
        li_per_formula=round(li_per_formula, 9) + 0.0,
        products=products,
    )


def _merged(segments: list[MapSegment]) -> list[MapSegment]:
    """Merge neighbouring segments of one reaction; slabs also end where products of other kinks change."""
    merged = segments[:1]
    for segment in segments[1:]:
        last = merged[-1]
        if _is_continuation(last, segment):
            merged[-1] = _segment(
                (last.voltage_low_V, segment.voltage_high_V),
                per_atom=(last.energy_low_eV_per_atom, segment.energy_high_eV_per_atom),
                per_non_lithium_atom=(last.energy_low_eV_per_non_Li_atom, segment.energy_high_eV_per_non_Li_atom),
                x=last.x,
                li_per_formula=last.li_per_formula,
                products=last.products,
            )
        else:
            merged.append(segment)
    return merged


def _is_continuation(last: MapSegment, segment: MapSegment) -> bool:
    def slope(s: MapSegment) -> float:
        return (s.energy_high_eV_per_non_Li_atom - s.energy_low_eV_per_non_Li_atom) / (
            s.voltage_high_V - s.voltage_low_V
        )

    same_line = abs(slope(last) - slope(segment)) < 1e-6 and abs((last.x or 0.0) - (segment.x or 0.0)) < 1e-6
    return same_line and last.products.keys() == segment.products.keys()
