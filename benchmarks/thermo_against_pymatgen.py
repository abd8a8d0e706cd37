"""Windows and interface reactions beside pymatgen's own classes, in one run: medians of interleaved repetitions.

Run `python benchmarks/thermo_against_pymatgen.py`. Both sides start from entries in memory; neither result is cached
from one repetition to the next.
"""

from __future__ import annotations

import platform
import statistics
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from pymatgen.analysis.interface_reactions import GrandPotentialInterfacialReactivity, InterfacialReactivity
from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram, PhaseDiagram
from pymatgen.core import Composition, Element
from rich.console import Console
from rich.table import Table

from interfacekit.entries import load_entries
from interfacekit.thermo import (
    adapter,
    electrochemical_window,
    interface_reaction,
    stability_map,
    to_pd_entries,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REPETITIONS = 7
VOLTAGES = [2.0 + 0.1 * i for i in range(26)]
LCO, LGPS = Composition("LiCoO2"), Composition("Li10GeP2S12")
TABLE = load_entries(elements="Co-Ge-Li-O-P-S")
ENTRIES = to_pd_entries(TABLE)
LGPS_ENTRIES = to_pd_entries(TABLE.subset("Ge-Li-P-S"))


def forget() -> None:
    """Empty the package's caches, so that each repetition builds its diagrams."""
    for cached in (adapter.closed_hull, adapter.open_hull, adapter._closed_diagram):  # noqa: SLF001
        cached.cache_clear()


def pymatgen_window() -> None:
    """The Li profile of LGPS."""
    PhaseDiagram(LGPS_ENTRIES).get_element_profile(Element("Li"), LGPS)


def pymatgen_closed() -> None:
    """Kinks of LCO|LGPS."""
    InterfacialReactivity(LCO, LGPS, PhaseDiagram(ENTRIES), use_hull_energy=True).get_kinks()


def pymatgen_open() -> None:
    """Kinks of LCO|LGPS at 26 voltages."""
    diagram = PhaseDiagram(ENTRIES)
    for voltage in VOLTAGES:
        grand = GrandPotentialPhaseDiagram(ENTRIES, {Element("Li"): -voltage})
        GrandPotentialInterfacialReactivity(LCO, LGPS, grand, diagram).get_kinks()


def our_open() -> None:
    """The same 26 reactions."""
    for voltage in VOLTAGES:
        interface_reaction("LCO", "LGPS", voltage, TABLE)


CASES: list[tuple[str, Callable[[], object], Callable[[], object] | None]] = [
    ("window of LGPS", lambda: electrochemical_window("LGPS", TABLE), pymatgen_window),
    ("LCO|LGPS closed", lambda: interface_reaction("LCO", "LGPS", None, TABLE), pymatgen_closed),
    (f"LCO|LGPS open, {len(VOLTAGES)} voltages", our_open, pymatgen_open),
    ("LCO|LGPS map 0-5 V, exact", lambda: stability_map([("LCO", "LGPS")], entries=TABLE), None),
]


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call from empty caches."""
    forget()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    table = Table(title=f"{len(TABLE)} compositions of {'-'.join(TABLE.elements)}", title_justify="left")
    for column in ("case", "interfacekit (ms)", "pymatgen (ms)", "ratio"):
        table.add_column(column, justify="left" if column == "case" else "right")
    for name, ours, theirs in CASES:
        seconds(ours)  # imports and lazy loading are not part of the comparison
        pairs = [(seconds(ours), seconds(theirs) if theirs else None) for _ in range(REPETITIONS)]
        mine = statistics.median(pair[0] for pair in pairs)
        if theirs is None:
            table.add_row(name, f"{1000 * mine:.1f}", "-", "-")
            continue
        peer = statistics.median(pair[1] for pair in pairs if pair[1] is not None)
        table.add_row(name, f"{1000 * mine:.1f}", f"{1000 * peer:.1f}", f"{peer / mine:.1f}")
    Console(width=100).print(table)
    print(f"pymatgen-core {version('pymatgen-core')}, Python {platform.python_version()}, {platform.machine()}")


if __name__ == "__main__":
    main()
