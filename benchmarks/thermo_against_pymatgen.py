"""Windows, interfaces, screenings and ensembles beside pymatgen's own classes, in one run.

    python benchmarks/thermo_against_pymatgen.py [--repeats 7] [--candidates 8] [--json FILE]

Both sides start from entries in memory, and none keeps anything from one repetition to the next. Rows are medians of
interleaved repetitions: the kernel alone (on arrays, as screenings and ensembles use it), the public function with all
that its result holds, and pymatgen on the diagram of the elements present. What they find is compared too.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pymatgen.analysis.interface_reactions import GrandPotentialInterfacialReactivity, InterfacialReactivity
from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram, PDEntry, PhaseDiagram
from pymatgen.core import Composition, Element
from rich.console import Console
from rich.table import Table

from interfacekit.entries import load_entries
from interfacekit.kernels import simplex
from interfacekit.phases import phase
from interfacekit.thermo import (
    ErrorModel,
    electrochemical_window,
    interface_reaction,
    perturbed,
    reaction_ensemble,
    screen,
    stability_map,
    to_pd_entries,
)
from interfacekit.thermo.minimiser import Minimiser, minimiser
from interfacekit.thermo.screening_run import prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from interfacekit.entries import EntryTable


CONSOLE = Console(width=120)
CATHODE, ELECTROLYTE = "LiCoO2", "Li10GeP2S12"
VOLTAGE_V = 3.9
SAMPLES = 1000
#: pymatgen takes minutes beyond this.
MOST_ELEMENTS = 7
#: Added one after another to a system, and their number at first.
ELEMENTS = ("Li", "O", "P", "S", "Ge", "Co", "Nb", "Ti", "Zr", "Al", "Si", "La")
FEWEST_ELEMENTS = 3


@dataclass(frozen=True)
class Row:
    """Seconds of one case, where there is such a side."""

    case: str
    kernel_s: float | None
    public_s: float | None
    pymatgen_s: float | None
    apart: float | None = None


def median_times(calls: dict[str, Callable[[], object] | None], repeats: int) -> dict[str, float | None]:
    """Medians of interleaved repetitions; what takes microseconds is repeated within one."""
    loops = {}
    for name, call in calls.items():
        if call is not None:
            call()  # compiles, or reads what is compiled
            start = time.perf_counter()
            call()
            loops[name] = max(1, int(0.02 / (time.perf_counter() - start)))
    found: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(repeats):
        for name, count in loops.items():
            call = calls[name]
            start = time.perf_counter()
            for _ in range(count):
                call()
            found[name].append((time.perf_counter() - start) / count)
    return {name: statistics.median(found[name]) if name in found else None for name in calls}


def vector(name: str, equilibria: Minimiser) -> np.ndarray:
    """Atom fractions on the axes of a system."""
    atoms = phase(name).vector(equilibria.elements)
    return atoms / atoms.sum()


def profile_call(open_system: Minimiser, others: np.ndarray) -> Callable[[], object]:
    """The kernel of a Li staircase on arrays."""
    (m, n), room = open_system._fractions.shape, 128
    lithium = open_system.lithium[open_system._rows] / open_system._n_atoms
    given = open_system._fractions, open_system._energies, lithium, int(np.count_nonzero(lithium == 0))
    work = simplex.workspace(m, n)
    found = np.empty(room), np.empty(room), np.empty((room, m), dtype=np.int64), np.empty((room, m))
    fractions = others / others.sum()
    return lambda: simplex.lithium_profile(*given, fractions, work, *found)


def tie_line_call(system: Minimiser, start: np.ndarray, end: np.ndarray) -> Callable[[], object]:
    """The kernel of all mixtures of two compositions on arrays."""
    (m, n), room = system._fractions.shape, 128
    work = simplex.workspace(m, n)
    basis, rest = np.empty((room, m), dtype=np.int64), (np.empty((room, m)), np.empty((room, m)), np.empty((room, 2)))
    found = np.empty(room), np.empty(room), basis, *rest
    return lambda: simplex.tie_line(system._fractions, system._energies, start, end, work, *found)


def window_row(repeats: int) -> Row:
    """The window of LGPS."""
    table = load_entries(elements=phase(ELECTROLYTE).elements)
    entries, open_system = to_pd_entries(table), Minimiser(table, 0.0)
    others = phase(ELECTROLYTE).vector(open_system.elements)

    def theirs() -> list[dict]:
        return PhaseDiagram(entries).get_element_profile(Element("Li"), Composition(ELECTROLYTE))

    times = median_times(
        {
            "kernel": profile_call(open_system, others),
            "public": lambda: (minimiser.cache_clear(), electrochemical_window(ELECTROLYTE, table)),
            "pymatgen": theirs,
        },
        repeats,
    )
    limits = np.array([step.voltage_low_V for step in electrochemical_window(ELECTROLYTE, table).steps[1:]])
    their_limits = np.array([-step["chempot"] for step in theirs()])
    apart = max(np.abs(their_limits - limit).min() for limit in limits)
    return Row(f"window of LGPS, {len(table)} compositions", times["kernel"], times["public"], times["pymatgen"], apart)


def interface_row(voltage: float | None, repeats: int) -> Row:
    """LCO|LGPS, closed or at a voltage."""
    table = load_entries(elements=phase(CATHODE).elements | phase(ELECTROLYTE).elements)
    entries, system = to_pd_entries(table), Minimiser(table, voltage)
    ends = vector(ELECTROLYTE, system), vector(CATHODE, system)
    pair = Composition(CATHODE), Composition(ELECTROLYTE)

    def theirs() -> InterfacialReactivity:
        diagram = PhaseDiagram(entries)
        if voltage is None:
            reactivity = InterfacialReactivity(*pair, diagram, use_hull_energy=True)
        else:
            grand = GrandPotentialPhaseDiagram(entries, {Element("Li"): -voltage})
            reactivity = GrandPotentialInterfacialReactivity(*pair, grand, diagram, include_no_mixing_energy=False)
        reactivity.get_kinks()
        return reactivity

    times = median_times(
        {
            "kernel": tie_line_call(system, *ends),
            "public": lambda: (minimiser.cache_clear(), interface_reaction(CATHODE, ELECTROLYTE, voltage, table)),
            "pymatgen": theirs,
        },
        repeats,
    )
    mutual = interface_reaction(CATHODE, ELECTROLYTE, voltage, table).mutual
    ours = mutual.eV_per_atom if voltage is None else mutual.eV_per_non_Li_atom
    name = "closed" if voltage is None else f"at {voltage:g} V"
    return Row(
        f"LCO|LGPS {name}, {len(table)} compositions",
        times["kernel"],
        times["public"],
        times["pymatgen"],
        abs(ours - theirs().minimum[1]),
    )


def map_row(repeats: int) -> Row:
    """The exact stability map of LCO|LGPS over 0-5 V; pymatgen has none."""
    table = load_entries(elements=phase(CATHODE).elements | phase(ELECTROLYTE).elements)
    call = {"public": lambda: (minimiser.cache_clear(), stability_map([(CATHODE, ELECTROLYTE)], entries=table))}
    return Row("LCO|LGPS map 0-5 V, exact", None, median_times(call, repeats)["public"], None)


def screening_rows(count: int) -> list[Row]:
    """All compounds with Li, and those of up to four elements; pymatgen on a few, closed with both partners."""
    table = load_entries()
    pair = Composition(CATHODE), Composition(ELECTROLYTE)
    screen(CATHODE, ELECTROLYTE, ["LiNbO3"], entries=table)  # compiles
    rows = []
    for most in (4, None):
        prepared.cache_clear()
        start = time.perf_counter()
        found = screen(CATHODE, ELECTROLYTE, entries=table, max_elements=most)
        seconds = time.perf_counter() - start
        name = "all with Li" if most is None else f"with Li, up to {most} elements"
        rows.append(Row(f"{found.n_candidates} candidates {name}: everything", None, seconds, None))
    each = rows[-1].public_s / found.n_candidates
    few = [c for c in found.candidates if len({*c.elements, *pair[0].as_dict(), *pair[1].as_dict()}) <= MOST_ELEMENTS]
    chosen = np.random.default_rng(0).choice(len(few), count, replace=False)
    times, apart = [], []
    for candidate in (few[i] for i in chosen):
        elements = {*candidate.elements, *(e.symbol for member in pair for e in member)}
        entries, own = to_pd_entries(load_entries(table, elements)), Composition(candidate.formula)
        start = time.perf_counter()
        diagram = PhaseDiagram(entries)
        theirs = [InterfacialReactivity(own, member, diagram, use_hull_energy=True).minimum[1] for member in pair]
        times.append(time.perf_counter() - start)
        ours = [candidate.reactions[f"{side}_closed"].eV_per_atom for side in ("cathode", "electrolyte")]
        apart.append(max(abs(a - b) for a, b in zip(ours, theirs, strict=True)))
    name = f"one candidate of up to {MOST_ELEMENTS} elements together (pymatgen: closed reactions only)"
    rows.append(Row(name, None, each, statistics.median(times), max(apart)))
    return rows


def ensemble_row(repeats: int) -> Row:
    """One sample of an ensemble of LCO|LGPS, closed; pymatgen on a table with the same errors."""
    table = load_entries(elements=phase(CATHODE).elements | phase(ELECTROLYTE).elements)
    model = ErrorModel()
    shifted = to_pd_entries(perturbed(table, model.errors(table, 1, 0)[0]))
    pair = Composition(CATHODE), Composition(ELECTROLYTE)

    def theirs() -> float:
        return InterfacialReactivity(*pair, PhaseDiagram(shifted), use_hull_energy=True).minimum[1]

    times = median_times(
        {
            "public": lambda: reaction_ensemble(CATHODE, ELECTROLYTE, n=SAMPLES, error_model=model, entries=table),
            "pymatgen": theirs,
        },
        min(repeats, 3),
    )
    ours = interface_reaction(CATHODE, ELECTROLYTE, None, perturbed(table, model.errors(table, 1, 0)[0])).mutual
    name = f"LCO|LGPS closed, a sample of {SAMPLES:,}"
    return Row(name, None, times["public"] / SAMPLES, times["pymatgen"], abs(ours.eV_per_atom - theirs()))


def growth_rows(repeats: int) -> list[Row]:
    """The hull energy and the decomposition of an even mixture, with more and more elements."""
    rows = []
    for count in range(FEWEST_ELEMENTS, len(ELEMENTS) + 1):
        table = load_entries(elements=ELEMENTS[:count])
        system, composition = Minimiser(table), np.full((1, count), 1 / count)
        entries = to_pd_entries(table) if count <= MOST_ELEMENTS else None
        even = Composition(dict.fromkeys(ELEMENTS[:count], 1))

        def theirs(entries: list = entries, even: Composition = even) -> tuple:
            return PhaseDiagram(entries).get_decomp_and_e_above_hull(PDEntry(even, 0.0), allow_negative=True)

        work = simplex.workspace(count, len(table))

        def public(table: EntryTable = table, even: np.ndarray = composition) -> object:
            minimiser.cache_clear()
            return minimiser(table).energies(even)

        found = np.empty((1, count), dtype=np.int64), np.empty((1, count)), np.empty((1, count))
        given = system._fractions, system._energies, composition, work, *found
        times = median_times(
            {
                "kernel": lambda given=given: simplex.equilibria(*given),
                "public": public,
                "pymatgen": theirs if entries else None,
            },
            repeats,
        )
        apart = abs(-theirs()[1] - system.energy(composition[0])) if entries else None
        name = f"{count} elements, {len(table)} compositions"
        rows.append(Row(name, times["kernel"], times["public"], times["pymatgen"], apart))
    return rows


def show(title: str, rows: list[Row]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left")
    for column in ("case", "kernel", "public function", "pymatgen", "kernel is faster", "public is faster", "apart"):
        table.add_column(column, justify="left" if column == "case" else "right")
    for row in rows:
        table.add_row(
            row.case,
            *(duration(seconds) for seconds in (row.kernel_s, row.public_s, row.pymatgen_s)),
            *(
                f"{row.pymatgen_s / seconds:,.0f}x" if seconds and row.pymatgen_s else "-"
                for seconds in (row.kernel_s, row.public_s)
            ),
            "-" if row.apart is None else f"{row.apart:.0e}",
        )
    CONSOLE.print(table)


def duration(seconds: float | None) -> str:
    """Seconds in a unit that fits."""
    if seconds is None:
        return "-"
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--candidates", type=int, default=8, help="that pymatgen screens, %(default)s")
    parser.add_argument("--json", type=Path, help="write the rows there")
    options = parser.parse_args()
    tables = {
        "Windows, interfaces and maps": [
            window_row(options.repeats),
            *(interface_row(voltage, options.repeats) for voltage in (None, VOLTAGE_V)),
            map_row(options.repeats),
        ],
        "Ensembles": [ensemble_row(options.repeats)],
        "Screening between LCO and LGPS, 2.5-4.3 V": screening_rows(options.candidates),
        "Decomposition of an even mixture": growth_rows(min(options.repeats, 3)),
    }
    for title, rows in tables.items():
        show(title, rows)
    print(f"pymatgen-core {version('pymatgen-core')}, numba {version('numba')}, Python {platform.python_version()}")
    if options.json:
        options.json.write_text(json.dumps({t: [asdict(row) for row in rows] for t, rows in tables.items()}, indent=1))


if __name__ == "__main__":
    main()
