"""Classes of hops against those of pymatgen-analysis-diffusion (extra `diffusion`)."""

import warnings
from collections import Counter

import numpy as np
import pytest
from pymatgen.core import Element, Structure

from interfacekit.structure.network.search import lithium_network

path_mapper = pytest.importorskip("pymatgen.analysis.diffusion.neb.full_path_mapper")


@pytest.mark.parametrize(("name", "cutoff_A"), [("LCO", 5.0), ("LNO", 5.2), ("LGPS", 4.3)])
def test_classes_are_those_of_the_migration_graph(name, cutoff_A):
    """The same hops fall into the same classes; its graph has no other hops, and ours none that it lacks."""
    net = lithium_network(name, cutoff_A=cutoff_A, estimates=False)
    found = net.crystal.structure
    plain = Structure(found.lattice, [site.specie.symbol for site in found], found.frac_coords)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = path_mapper.MigrationGraph.with_distance(plain, Element("Li"), max_distance=cutoff_A, symprec=0.01)
    theirs = graph.m_graph.graph.edges(data=True)
    ours = {row[:5]: row[5] for row in net.hops}
    pairs = Counter()
    for first, last, edge in theirs:
        pairs[ours[first, last, *map(int, edge["to_jimage"])], edge["hop_label"]] += 1
    # A one-to-one correspondence of classes, with the same number of hops in each.
    assert len({mine for mine, _ in pairs}) == len({label for _, label in pairs}) == len(pairs) == len(net.classes)
    assert [count for _, count in sorted(pairs.items())] == [hop.multiplicity for hop in net.classes]
    assert len(graph.unique_hops) == len(net.classes)
    lengths = {edge["hop_label"]: edge["hop"].length for _, _, edge in theirs}
    for mine, label in pairs:
        assert np.isclose(lengths[label], net.classes[mine].distance_A, atol=1e-3)
