"""Hop classes of a crystal beside those of pymatgen-analysis-diffusion, and supercells for kinetic Monte Carlo.

    pip install '.[diffusion]'
    python benchmarks/li_network.py

Both find the symmetry-distinct hops between the Li sites of a crystal up to the same cutoff; they are checked to agree
in the number of the classes and their lengths.
"""

from __future__ import annotations

import math
import statistics
import time
import warnings

from pymatgen.analysis.diffusion.neb.full_path_mapper import MigrationGraph
from pymatgen.core import Element

from interfacekit.structure import Crystal, LithiumNetwork, crystal, lithium_network

#: Crystal, cutoff in angstrom, and cells of a supercell of 100,000 sites.
CASES = (("LCO", 5.0, (183, 183, 1)), ("LNO", 5.2, (26, 26, 25)), ("LGPS", 4.3, (17, 17, 18)))
REPEATS = 5


def main() -> None:
    """Print medians and their ratio."""
    print("crystal  classes     ours      peer  ratio  supercell")
    for name, cutoff_A, cells in CASES:
        print(measured(crystal(name), cutoff_A, cells))


def measured(of: Crystal, cutoff_A: float, cells: tuple[int, int, int]) -> str:
    """A line of the table."""
    ours, theirs, built = [], [], []
    for _ in range(REPEATS):
        started = time.perf_counter()
        network = lithium_network(of, cutoff_A=cutoff_A, estimates=False)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        graph = migration_graph(of, cutoff_A)
        theirs.append(time.perf_counter() - started)
        started = time.perf_counter()
        network.supercell(cells)
        built.append(time.perf_counter() - started)
    check_agreement(network, graph)
    a, b = statistics.median(ours), statistics.median(theirs)
    sites = math.prod(cells) * len(network.sites)
    return (
        f"{of.name:7}  {len(network.classes):7d}  {1e3 * a:4.0f} ms  {1e3 * b:5.0f} ms  {b / a:5.1f}  "
        f"{sites:,} sites in {statistics.median(built):.2f} s"
    )


def migration_graph(of: Crystal, cutoff_A: float) -> MigrationGraph:
    """The peer's graph of the same hops."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MigrationGraph.with_distance(of.structure, Element("Li"), max_distance=cutoff_A, symprec=0.01)


def check_agreement(network: LithiumNetwork, graph: MigrationGraph) -> None:
    """Make sure that both have as many classes, of the same lengths."""
    mine = sorted(round(hop.distance_A, 3) for hop in network.classes)
    yours = sorted(round(float(hop["hop"].length), 3) for hop in graph.unique_hops.values())
    if mine != yours:
        raise RuntimeError(f"the classes differ: {mine} and {yours}")


if __name__ == "__main__":
    main()
