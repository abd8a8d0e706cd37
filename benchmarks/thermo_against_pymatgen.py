"""Windows, interfaces, screenings and ensembles beside pymatgen's own classes, in one run.

    python benchmarks/thermo_against_pymatgen.py [--repeats 7] [--candidates 8] [--json FILE]

Both sides start from the entries of the elements present, in memory, and each is measured in two states. *Kept*: what
is made of the entries alone stays from one repetition to the next. For pymatgen that is the phase diagram, closed or of
grand potentials; for the public function it is all that `interfacekit.thermo` caches, such as the sorted and scaled
arrays of the linear programme. *Rebuilt*: that is made anew in each repetition. No side keeps the answer. The kernel
alone, which screenings and ensembles call, has its arrays and its workspace kept in any case, and makes no result.
Nothing can be kept where the entries differ from question to question: samples of an ensemble, candidates of a
screening.

Rows are medians of interleaved repetitions in processor time, and what both sides find is compared too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import cached_functions, machine, print_rows
from pymatgen.analysis.interface_reactions import GrandPotentialInterfacialReactivity, InterfacialReactivity
from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram, PDEntry, PhaseDiagram
from pymatgen.core import Composition, Element

from interfacekit.entries import load_entries
from interfacekit.kernels.equilibria import simplex
from interfacekit.phases import phase
from interfacekit.results import provenance
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
from interfacekit.thermo.equilibria.minimiser import Minimiser, minimiser

if TYPE_CHECKING:
    from collections.abc import Callable

    from interfacekit.entries import EntryTable
    from interfacekit.thermo import InterfaceReaction, StabilityMap, Window


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
    """Seconds of one case on each side in each state, and the difference of both sides' answers; eV or V."""

    case: str
    kernel_s: float | None = None
    kept_s: float | None = None
    pymatgen_kept_s: float | None = None
    rebuilt_s: float | None = None
    pymatgen_rebuilt_s: float | None = None
    apart: float | None = None


def rebuilding(call: Callable[[], object]) -> Callable[[], object]:
    """Let the thermodynamic functions forget what they keep before each call."""
    call()  # loads the modules
    functions = cached_functions("interfacekit.thermo")

    def forgetting() -> object:
        for function in functions:
            function.cache_clear()
        return call()

    return forgetting


def median_times(calls: dict[str, Callable[[], object] | None], repeats: int) -> dict[str, float | None]:
    """Medians of interleaved repetitions; what takes microseconds is repeated within one."""
    loops = {}
    for name, call in calls.items():
        if call is not None:
            call()  # compiles, or reads what is compiled
            start = time.process_time()
            call()
            loops[name] = max(1, int(0.02 / max(time.process_time() - start, 1e-9)))
    found: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(repeats):
        for name, count in loops.items():
            call = calls[name]
            start = time.process_time()
            for _ in range(count):
                call()
            found[name].append((time.process_time() - start) / count)
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
    kept = PhaseDiagram(entries)

    def ours() -> Window:
        return electrochemical_window(ELECTROLYTE, table)

    def theirs(diagram: PhaseDiagram) -> list[dict]:
        forget_answers()
        return diagram.get_element_profile(Element("Li"), Composition(ELECTROLYTE))

    times = median_times(
        {
            "kernel_s": profile_call(open_system, phase(ELECTROLYTE).vector(open_system.elements)),
            "kept_s": ours,
            "pymatgen_kept_s": lambda: theirs(kept),
            "rebuilt_s": rebuilding(ours),
            "pymatgen_rebuilt_s": lambda: theirs(PhaseDiagram(entries)),
        },
        repeats,
    )
    their_limits = np.array([-step["chempot"] for step in theirs(kept)])
    apart = max(np.abs(their_limits - step.voltage_low_V).min() for step in ours().steps[1:])
    return Row(f"window of LGPS, {len(table)} compositions", **times, apart=apart)


def interface_row(voltage: float | None, repeats: int) -> Row:
    """LCO|LGPS, closed or at a voltage."""
    table = load_entries(elements=phase(CATHODE).elements | phase(ELECTROLYTE).elements)
    entries, system = to_pd_entries(table), Minimiser(table, voltage)
    pair = Composition(CATHODE), Composition(ELECTROLYTE)

    def diagrams() -> tuple[PhaseDiagram, GrandPotentialPhaseDiagram | None]:
        grand = None if voltage is None else GrandPotentialPhaseDiagram(entries, {Element("Li"): -voltage})
        return PhaseDiagram(entries), grand

    def theirs(diagram: PhaseDiagram, grand: GrandPotentialPhaseDiagram | None) -> InterfacialReactivity:
        forget_answers()
        if grand is None:
            reactivity = InterfacialReactivity(*pair, diagram, use_hull_energy=True)
        else:
            reactivity = GrandPotentialInterfacialReactivity(*pair, grand, diagram, include_no_mixing_energy=False)
        reactivity.get_kinks()
        return reactivity

    def ours() -> InterfaceReaction:
        return interface_reaction(CATHODE, ELECTROLYTE, voltage, table)

    kept = diagrams()
    times = median_times(
        {
            "kernel_s": tie_line_call(system, vector(ELECTROLYTE, system), vector(CATHODE, system)),
            "kept_s": ours,
            "pymatgen_kept_s": lambda: theirs(*kept),
            "rebuilt_s": rebuilding(ours),
            "pymatgen_rebuilt_s": lambda: theirs(*diagrams()),
        },
        repeats,
    )
    mutual = ours().mutual
    energy = mutual.eV_per_atom if voltage is None else mutual.eV_per_non_Li_atom
    name = "closed" if voltage is None else f"at {voltage:g} V"
    name = f"LCO|LGPS {name}, {len(table)} compositions"
    return Row(name, **times, apart=abs(energy - theirs(*kept).minimum[1]))


def map_row(repeats: int) -> Row:
    """The exact stability map of LCO|LGPS over 0-5 V; pymatgen has none."""
    table = load_entries(elements=phase(CATHODE).elements | phase(ELECTROLYTE).elements)

    def ours() -> StabilityMap:
        return stability_map([(CATHODE, ELECTROLYTE)], entries=table)

    return Row("LCO|LGPS map 0-5 V, exact", **median_times({"kept_s": ours, "rebuilt_s": rebuilding(ours)}, repeats))


def screening_rows(count: int) -> list[Row]:
    """All compounds with Li, and those of up to four elements; pymatgen on a few, closed with both partners."""
    table = load_entries()
    pair = Composition(CATHODE), Composition(ELECTROLYTE)
    screen(CATHODE, ELECTROLYTE, ["LiNbO3"], entries=table)  # compiles
    rows = []
    for most in (4, None):
        for function in cached_functions("interfacekit.thermo"):
            function.cache_clear()
        start = time.process_time()
        found = screen(CATHODE, ELECTROLYTE, entries=table, max_elements=most)
        seconds = time.process_time() - start
        name = "all with Li" if most is None else f"with Li, up to {most} elements"
        rows.append(Row(f"{found.n_candidates} candidates {name}: everything", rebuilt_s=seconds))
    each = seconds / found.n_candidates
    few = [c for c in found.candidates if len({*c.elements, *pair[0].as_dict(), *pair[1].as_dict()}) <= MOST_ELEMENTS]
    chosen = np.random.default_rng(0).choice(len(few), count, replace=False)
    times, apart = [], []
    for candidate in (few[i] for i in chosen):
        elements = {*candidate.elements, *(e.symbol for member in pair for e in member)}
        entries, own = to_pd_entries(load_entries(table, elements)), Composition(candidate.formula)
        start = time.process_time()
        diagram = PhaseDiagram(entries)
        theirs = [InterfacialReactivity(own, member, diagram, use_hull_energy=True).minimum[1] for member in pair]
        times.append(time.process_time() - start)
        ours = [candidate.reactions[f"{side}_closed"].eV_per_atom for side in ("cathode", "electrolyte")]
        apart.append(max(abs(a - b) for a, b in zip(ours, theirs, strict=True)))
    name = f"a candidate, up to {MOST_ELEMENTS} elements together (pymatgen: its two closed reactions alone)"
    return [*rows, Row(name, rebuilt_s=each, pymatgen_rebuilt_s=statistics.median(times), apart=max(apart))]


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
            "ours": lambda: reaction_ensemble(CATHODE, ELECTROLYTE, n=SAMPLES, error_model=model, entries=table),
            "theirs": theirs,
        },
        min(repeats, 3),
    )
    ours = interface_reaction(CATHODE, ELECTROLYTE, None, perturbed(table, model.errors(table, 1, 0)[0])).mutual
    return Row(
        f"LCO|LGPS closed, a sample of {SAMPLES:,}",
        rebuilt_s=times["ours"] / SAMPLES,
        pymatgen_rebuilt_s=times["theirs"],
        apart=abs(ours.eV_per_atom - theirs()),
    )


def growth_rows(repeats: int) -> list[Row]:
    """The hull energy and the decomposition of an even mixture, with more and more elements."""
    rows = []
    for count in range(FEWEST_ELEMENTS, len(ELEMENTS) + 1):
        table = load_entries(elements=ELEMENTS[:count])
        composition = np.full((1, count), 1 / count)
        calls = {"kernel_s": equilibrium_call(Minimiser(table), composition)} | our_states(table, composition)
        if count <= MOST_ELEMENTS:
            calls |= their_states(table)
        times = median_times(calls, repeats)
        apart = None
        if count <= MOST_ELEMENTS:
            energy = -calls["pymatgen_kept_s"]()[1]
            apart = abs(energy - Minimiser(table).energy(composition[0]))
        rows.append(Row(f"{count} elements, {len(table)} compositions", **times, apart=apart))
    return rows


def equilibrium_call(system: Minimiser, composition: np.ndarray) -> Callable[[], object]:
    """The kernel of a decomposition on arrays."""
    m, n = system._fractions.shape
    found = np.empty((1, m), dtype=np.int64), np.empty((1, m)), np.empty((1, m))
    given = system._fractions, system._energies[None], composition, simplex.workspace(m, n), *found
    return lambda: simplex.equilibria(*given)


def our_states(table: EntryTable, composition: np.ndarray) -> dict[str, Callable[[], object]]:
    """Hull energy of a composition, from what is kept of a table and from the table."""

    def ours() -> object:
        return minimiser(table).energies(composition)

    return {"kept_s": ours, "rebuilt_s": rebuilding(ours)}


def their_states(table: EntryTable) -> dict[str, Callable[[], Any]]:
    """Decomposition of an even mixture by a diagram that is kept, and by one that is built."""
    entries = to_pd_entries(table)
    kept, even = PhaseDiagram(entries), PDEntry(Composition(dict.fromkeys(table.elements, 1)), 0.0)

    def theirs(diagram: PhaseDiagram) -> tuple:
        forget_answers()
        return diagram.get_decomp_and_e_above_hull(even, allow_negative=True)

    return {"pymatgen_kept_s": lambda: theirs(kept), "pymatgen_rebuilt_s": lambda: theirs(PhaseDiagram(entries))}


def forget_answers() -> None:
    """Let pymatgen's diagrams forget the composition that they were last asked for."""
    for method in vars(PhaseDiagram).values():
        if hasattr(method, "cache_clear"):
            method.cache_clear()


def show(title: str, rows: list[Row]) -> None:
    """Print a table."""
    columns = ["kernel"]
    for state in ("kept", "rebuilt"):
        columns += [f"function, {state}", f"pymatgen, {state}", f"ratio, {state}"]
    cells = [
        [
            row.case,
            duration(row.kernel_s),
            duration(row.kept_s),
            duration(row.pymatgen_kept_s),
            times_faster(row.kept_s, row.pymatgen_kept_s),
            duration(row.rebuilt_s),
            duration(row.pymatgen_rebuilt_s),
            times_faster(row.rebuilt_s, row.pymatgen_rebuilt_s),
            times_faster(row.kernel_s, row.pymatgen_kept_s),
            "-" if row.apart is None else f"{row.apart:.0e}",
        ]
        for row in rows
    ]
    print_rows(title, {"case": "left"} | dict.fromkeys([*columns, "kernel to pymatgen, kept", "apart"], "right"), cells)


def times_faster(ours: float | None, theirs: float | None) -> str:
    """Their seconds in ours."""
    if ours is None or theirs is None:
        return "-"
    ratio = theirs / ours
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.1f}x"


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
    print(f"{machine()}, {provenance(solver='pymatgen')['engine']}")
    if options.json:
        record = {title: [asdict(row) for row in rows] for title, rows in tables.items()}
        options.json.write_text(json.dumps({"machine": machine(), **record}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
